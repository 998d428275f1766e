"""Totals, weights and ranks of everybody, what is said about them, and that order changes nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.kpis.bands import rank_bands
from salesplan.kpis.score_notes import (
    BOTH_LOWER_FORMS,
    FEW,
    LITTLE_WEIGHT,
    MANY_SETS,
    NO_BANDS,
    NO_DATA,
    NO_SCORE,
    NO_SET,
    NO_TARGET,
    RAW_BESIDE_TARGET,
    RAW_WITHOUT_TARGET,
    THIN,
)
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.scoring_policies import POLICY_TEXT, WEIGHT_RAISED, Policy
from salesplan.kpis.set_scores import weighted_totals
from salesplan.text.captions import CAPTIONS
from salesplan.text.captions_scoring import CAPTIONS as SCORING
from salesplan.text.wording import say_details
from tests.kpis.scored_company import RULES, figures_of, kpi_set, people_of, scheme_of

MONTH = "2026-10"
SALES_AND_VISITS = {"sales_amount": (0.75, {"function": "achievement_rate"}), "visits": (0.25, {"function": "achievement_rate"})}


@pytest.fixture(scope="module")
def card():
    people = people_of(30)
    return score_people(figures_of(people, missing=0.1), scheme_of(), people, period=MONTH, fingerprint="f" * 12)


def few(rows, **fields):
    table = pd.DataFrame(rows, columns=["seller_id", "kpi", "actual", "target"]).assign(**fields)
    people = people_of(4).assign(seller_id=list("abcd"), name=["A", "B", "C", "D"])
    return score_people(table, scheme_of(kpi_set("all", SALES_AND_VISITS)), people, period=MONTH)


def notes(card, msgid):
    return [note["details"] for note in card.notes if note["msgid"] == msgid]


def test_points_are_weight_times_score_and_add_up_to_the_total(card):
    lines = card.lines
    np.testing.assert_allclose(lines["points"], (lines["weight"] * lines["score"]).fillna(0.0))
    np.testing.assert_allclose(lines.groupby("seller_id")["points"].sum(), card.totals["score"])
    np.testing.assert_allclose(lines.groupby("seller_id")["weight"].sum(), 1.0)


def test_scores_equal_those_computed_one_person_at_a_time(card):
    for who, mine in card.lines.groupby("seller_id"):
        total = weight = 0.0
        for row in mine.itertuples():
            if np.isnan(row.actual):
                continue
            a, t = row.actual, row.target
            points = {"sales_amount": lambda a=a, t=t: 100 * a / t, "days_to_pay": lambda a=a, t=t: 100 * t / a,
                      "gross_margin": lambda a=a, t=t: 100 * (a - 0.1) / (t - 0.1),
                      "visits": lambda a=a, t=t: max(w for e, w in ((0, 0), (60, 60), (80, 80), (90, 100)) if 100 * a / t >= e),
                      "teamwork_rating": lambda a=a: 100 * a}[row.kpi]()  # fmt: skip
            total += RULES[row.kpi][0] * min(max(points, 0), 120)
            weight += RULES[row.kpi][0]
        assert card.totals.loc[who, "score"] == pytest.approx(total / weight)


def test_a_kpi_left_out_passes_its_weight_on_and_the_lines_say_so():
    one = few([("a", "sales_amount", 80.0, 100.0), ("b", "sales_amount", 80.0, 100.0), ("b", "visits", 50.0, 100.0)])
    mine = one.lines[one.lines["seller_id"] == "a"].set_index("kpi")
    assert mine["weight"].to_dict() == {"sales_amount": 1.0, "visits": 0.0}
    assert mine.loc["visits", "policy"] == POLICY_TEXT[Policy.NO_ACTUAL_LEFT_OUT]
    assert mine.loc["sales_amount", "policy"] == WEIGHT_RAISED
    assert one.totals["score"].tolist()[:2] == [80.0, 72.5]
    assert one.totals["n_missing"].tolist()[:2] == [1, 0]


def test_who_has_nothing_has_no_score_no_rank_and_is_named():
    one = few([("a", "sales_amount", 80.0, 100.0)])
    assert np.isnan(one.totals.loc["b", "score"]) and pd.isna(one.totals.loc["b", "rank"])
    assert notes(one, NO_SCORE) == [{"n_sellers": 3, "names": ["B", "C", "D"]}]
    assert np.isnan(one.explain("b").score)


def test_ties_share_the_better_place():
    one = few([("a", "sales_amount", 90.0, 100.0), ("b", "sales_amount", 90.0, 100.0), ("c", "sales_amount", 70.0, 100.0)])
    assert one.totals["rank"].tolist()[:3] == [1, 1, 3]


def test_ranks_within_the_unit_and_the_set(card):
    for _, unit in card.totals.groupby("org_id"):
        expected = unit["score"].rank(method="min", ascending=False)
        assert unit["org_rank"].tolist() == expected.tolist()
    assert card.totals["rank"].tolist() == card.totals["score"].rank(method="min", ascending=False).tolist()
    assert card.totals["n_ranked"].eq(card.totals["score"].notna().sum()).all()
    assert card.totals["company_rank"].isna().all(), "one set is no company beside it"


@pytest.fixture(scope="module")
def three_sets():
    """Sellers and juniors scored by the same KPIs and rules at other weights, leaders by others."""
    people = people_of(12).assign(tier=["core"] * 5 + ["new"] * 4 + ["lead"] * 3, org_id=["T0"] * 6 + ["T1"] * 6)
    lighter = {kpi: (0.5, rule) for kpi, (_, rule) in SALES_AND_VISITS.items()}
    scheme = scheme_of(kpi_set("core", SALES_AND_VISITS, tier=["core"]), kpi_set("new", dict(reversed(lighter.items())), tier=["new"]),
                       kpi_set("lead", {"sales_amount": (1.0, {"function": "capped", "cap": 300})}, tier=["lead"]))
    return score_people(figures_of(people), scheme, people, period=MONTH)


def test_people_scored_by_other_kpis_are_no_peers(three_sets):
    totals = three_sets.totals
    for code, group in totals.groupby("set"):
        assert group["rank"].tolist() == group["score"].rank(method="min", ascending=False).tolist()
        assert group["n_ranked"].eq(len(group)).all(), code
    for _, group in totals.groupby(["org_id", "set"]):
        assert group["org_rank"].tolist() == group["score"].rank(method="min", ascending=False).tolist()
    assert notes(three_sets, MANY_SETS) == [{"n_sets": 3}]


def test_a_company_place_is_given_only_among_comparable_sets(three_sets):
    alike = three_sets.totals[three_sets.totals["set"] != "lead"]
    assert alike["company_rank"].tolist() == alike["score"].rank(method="min", ascending=False).tolist()
    assert alike["n_comparable"].eq(9).all()
    assert three_sets.totals.loc[three_sets.totals["set"] == "lead", ["company_rank", "n_comparable"]].isna().all(axis=None)
    assert three_sets.scheme.comparable_sets() == {"core": "core", "new": "core", "lead": "lead"}


def test_bands_and_rank_intervals_are_those_of_each_set_alone(three_sets):
    score = three_sets.totals["score"]
    draws = pd.DataFrame(score.to_numpy()[:, None] + np.random.default_rng(2).normal(0, 8, (len(score), 300)), index=score.index)
    draws.iloc[-1] = np.nan
    banded = three_sets.with_draws(draws)
    for code, group in banded.totals.groupby("set"):
        alone = rank_bands(score[group.index], draws=draws.loc[group.index])
        unplaced = int(alone["band"].isna().sum())
        assert group["band"].tolist() == alone["band"].tolist() and unplaced == (code == "lead")
        placed = group[group["band"].notna()]
        assert placed["rank_upper"].tolist() == (alone["rank_upper"].dropna() + unplaced).tolist()
        assert placed["n_bands"].eq(alone["band"].nunique()).all() and (placed["rank_upper"] <= len(group)).all()
    restricted = banded.of_set("new")
    pd.testing.assert_frame_equal(restricted.totals, banded.totals[banded.totals["set"] == "new"])
    with pytest.raises(InputError, match="did you mean 'new'"):
        banded.of_set("nev")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_people_kpis_and_rows_changes_nothing(seed):
    people = people_of(12)
    table = figures_of(people, missing=0.15)
    first = score_people(table, scheme_of(), people, period=MONTH)
    rng = np.random.default_rng(seed)
    names = list(RULES)
    rng.shuffle(names)
    other = score_people(table.sample(frac=1, random_state=seed), scheme_of(kpi_set("all", {k: RULES[k] for k in names})),
                         people.sample(frac=1, random_state=seed), period=MONTH)
    pd.testing.assert_frame_equal(first.totals, other.totals, check_exact=False, rtol=1e-12)
    keys = ["seller_id", "kpi"]
    pd.testing.assert_frame_equal(first.lines.sort_values(keys, ignore_index=True),
                                  other.lines.sort_values(keys, ignore_index=True), check_exact=False, rtol=1e-12)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), kpi=st.sampled_from(list(RULES)), step=st.floats(0, 2))
def test_a_better_actual_never_lowers_a_total_nor_a_rank(seed, kpi, step):
    people = people_of(8)
    table = figures_of(people, seed=seed)
    better = table.copy()
    at = better.index[(better["kpi"] == kpi) & (better["seller_id"] == "R03")][0]
    better.loc[at, "actual"] *= 1 / (1 + step) if kpi == "days_to_pay" else (1 + step)
    if better.loc[at, "actual"] < table.loc[at, "actual"] and kpi != "days_to_pay":
        return
    before, after = (score_people(t, scheme_of(), people, period=MONTH).totals.loc["R03"] for t in (table, better))
    assert after["score"] >= before["score"]
    assert after["rank"] <= before["rank"]


def test_each_person_is_scored_by_the_set_of_their_tier():
    people = people_of(6).assign(tier=["new"] * 3 + ["core"] * 3)
    scheme = scheme_of(kpi_set("core", SALES_AND_VISITS), kpi_set("new", {"visits": (1.0, {"function": "achievement_rate"})}, tier=["new"]))
    one = score_people(figures_of(people), scheme, people, period=MONTH)
    assert one.totals["set"].tolist() == ["new"] * 3 + ["core"] * 3
    assert one.lines.groupby("set")["kpi"].unique().map(list).to_dict() == {"core": ["sales_amount", "visits"], "new": ["visits"]}
    assert one.totals["rank"].max() == 3
    assert notes(one, MANY_SETS) == [{"n_sets": 2}]
    assert one.summary()["n_sellers"].tolist() == [3, 3]


def test_people_under_no_set_are_named_and_not_scored():
    people = people_of(6).assign(tier=["new"] * 3 + ["core"] * 3)
    one = score_people(figures_of(people), scheme_of(kpi_set("new", RULES, tier=["new"])), people, period=MONTH)
    assert notes(one, NO_SET)[0]["n_sellers"] == 3
    assert one.totals["score"].notna().sum() == 3
    with pytest.raises(InputError, match="R05.*under no KPI set"):
        one.explain("R05")


def test_a_set_for_nobody_is_an_error():
    people = people_of(3)
    with pytest.raises(InputError, match="no KPI set fits anybody"):
        score_people(figures_of(people), scheme_of(kpi_set("new", RULES, tier=["new"])), people, period=MONTH)


def test_missing_data_targets_and_thin_evidence_are_noted():
    people = people_of(12)
    table = figures_of(people)
    table.loc[table["kpi"] == "visits", "actual"] = np.nan
    table.loc[(table["kpi"] == "sales_amount") & (table["seller_id"] <= "R03"), "target"] = np.nan
    table.loc[(table["kpi"] == "gross_margin") & (table["seller_id"] == "R05"), "evidence_rows"] = 2
    one = score_people(table, scheme_of(), people, period=MONTH)
    assert [note["kpi"]["en"] for note in notes(one, NO_DATA)] == ["Visits"]
    assert [(note["kpi"]["en"], note["n_sellers"]) for note in notes(one, NO_TARGET)] == [("Sales amount", 4)]
    assert [(note["kpi"]["en"], note["n_sellers"]) for note in notes(one, THIN)] == [("Gross margin", 1)]
    assert notes(one, LITTLE_WEIGHT)[0]["n_sellers"] == 4
    assert not notes(one, FEW) and notes(one, NO_BANDS)


def test_a_kpi_without_any_row_counts_as_no_data_for_anybody():
    people = people_of(12)
    table = figures_of(people)
    one = score_people(table[table["kpi"] != "visits"], scheme_of(), people, period=MONTH)
    assert len(notes(one, NO_DATA)) == 1
    assert (one.lines.loc[one.lines["kpi"] == "visits", "weight"] == 0).all()


def test_ranks_among_few_people_are_doubted():
    assert notes(few([("a", "visits", 1.0, 2.0)]), FEW) == [{"n_sellers": 1}]


def test_raw_percentage_beside_achievement_is_flagged_with_the_consistent_score():
    rules = {"sales_amount": (0.5, {"function": "achievement_rate"}), "gross_margin": (0.5, {"function": "raw_percentage"})}
    people = people_of(12)
    table = figures_of(people)
    one = score_people(table, scheme_of(kpi_set("all", rules)), people, period=MONTH)
    consistent = {**rules, "gross_margin": (0.5, {"function": "achievement_rate"})}
    other = score_people(table, scheme_of(kpi_set("all", consistent)), people, period=MONTH)
    details = notes(one, RAW_BESIDE_TARGET)[0]
    assert details["score"] == pytest.approx(one.totals["score"].mean())
    assert details["consistent_score"] == pytest.approx(other.totals["score"].mean())
    assert not notes(other, RAW_BESIDE_TARGET)
    blind = table.assign(target=table["target"].where(table["kpi"] != "gross_margin"))
    assert notes(score_people(blind, scheme_of(kpi_set("all", rules)), people, period=MONTH), RAW_WITHOUT_TARGET)


def test_both_forms_of_less_is_better_are_flagged():
    rules = {"days_to_pay": (0.5, {"function": "lower_is_better_reciprocal", "cap": 120}),
             "sales_cycle_days": (0.5, {"function": "lower_is_better_linear", "cap": 120})}
    people = people_of(10)
    table = figures_of(people)
    table = pd.concat([table, table[table["kpi"] == "days_to_pay"].assign(kpi="sales_cycle_days", actual=45.0)])
    one = score_people(table, scheme_of(kpi_set("all", rules)), people, period=MONTH)
    details = notes(one, BOTH_LOWER_FORMS)[0]
    assert details["consistent_score"] - details["score"] == pytest.approx((200 / 3 - 50) / 2)


def test_a_rule_that_pays_for_the_worse_figure_is_refused():
    scheme = scheme_of(kpi_set("all", {"days_to_pay": (1.0, {"function": "achievement_rate"})}))
    people = people_of(3)
    with pytest.raises(InputError, match="days_to_pay"):
        score_people(figures_of(people), scheme, people, period=MONTH)


@pytest.mark.parametrize(("change", "said"), [
    (lambda t: pd.concat([t, t.head(1)]), "sales_amount of R00 stands twice"),
    (lambda t: t.assign(seller_id=t["seller_id"].replace("R02", "R99")), "'R99', must be in the profiles"),
    (lambda t: t.drop(columns="actual"), "actual is missing"),
    (lambda t: t.assign(target=t["target"].where(t["seller_id"] != "R04", 0.0)), "target == 0.*seller R04, KPI sales_amount"),
    (lambda t: t.assign(actual=t["actual"].astype(object).where(t["seller_id"] != "R04", "many")),
     "actual == 'many'.*seller R04, KPI sales_amount"),
])  # fmt: skip
def test_bad_figures_are_named(change, said):
    people = people_of(6)
    with pytest.raises(InputError, match=said):
        score_people(change(figures_of(people)), scheme_of(), people, period=MONTH)


def test_people_must_be_told_apart_by_id():
    people = people_of(3)
    with pytest.raises(InputError, match="'R01' stands twice"):
        score_people(figures_of(people), scheme_of(), pd.concat([people, people.iloc[[1]]]), period=MONTH)


def test_weights_of_what_is_left_sum_to_one():
    scores = np.array([[[80.0, np.nan, 50.0], [np.nan] * 3], [[1.0, 2.0, 3.0], [np.nan, np.nan, 7.0]]])
    totals, weights = weighted_totals(scores, [0.5, 0.3, 0.2])
    np.testing.assert_allclose(totals, [[(40 + 10) / 0.7, np.nan], [1.7, 7.0]])
    np.testing.assert_allclose(weights.sum(axis=-1), [[1, 0], [1, 1]])
    with pytest.raises(InputError, match="sum to 0.9"):
        weighted_totals(scores, [0.5, 0.2, 0.2])


def test_a_scorecard_whose_points_do_not_add_up_is_refused(card):
    totals = card.totals.copy()
    totals.iloc[4, totals.columns.get_loc("score")] += 0.01
    with pytest.raises(InputError, match=r"sum of the points.*seller R04"):
        Scorecard(lines=card.lines, totals=totals, rules=card.rules, period=MONTH)


def test_inputs_are_not_changed_and_frames_are_copies(card):
    people = people_of(5)
    table = figures_of(people)
    kept, kept_people = table.copy(), people.copy()
    one = score_people(table, scheme_of(), people, period=MONTH)
    pd.testing.assert_frame_equal(table, kept)
    pd.testing.assert_frame_equal(people, kept_people)
    frame = one.to_frame()
    frame["score"] = 0.0
    assert (one.totals["score"] > 0).all()
    assert card.rule_version == scheme_of().rule_version and card.fingerprint == "f" * 12


def test_draws_bring_intervals_and_bands(card):
    rng = np.random.default_rng(1)
    score = card.totals["score"]
    draws = pd.DataFrame(score.to_numpy()[:, None] + rng.normal(0, 1.5, (len(score), 200)), index=score.index)
    banded = card.with_draws(draws.drop(index="R07"), coverage=0.8)
    inside = banded.totals.drop(index="R07")
    assert (inside["score_lower"] <= inside["score"]).all() and (inside["score"] <= inside["score_upper"]).all()
    assert (inside["rank_lower"] <= inside["rank"]).all() and (inside["rank"] <= inside["rank_upper"]).all()
    assert 1 < inside["band"].max() < len(inside)
    assert pd.isna(banded.totals.loc["R07", "band"]) and banded.totals.loc["R07", "rank"] == card.totals.loc["R07", "rank"]
    assert not notes(banded, NO_BANDS) and notes(card, NO_BANDS)
    assert banded.coverage == 0.8


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_note_can_be_said(card, lang):
    said = [say_details(note["msgid"], note["details"], lang) for note in card.notes]
    assert said and not any("{" in text for text in said)


def test_every_column_has_a_caption(card):
    known = CAPTIONS | SCORING
    columns = [*card.lines, *card.to_frame(), *card.summary(), *card.explain("R00").to_frame()]
    lacking = {c for c in columns if c not in known and c.removesuffix("_lower").removesuffix("_upper") not in known}
    assert not lacking
