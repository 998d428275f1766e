"""From the demo company's files to weights, scores and versions: known truths are found again."""

import shutil
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from salesplan.data.demo import DemoTruth
from salesplan.data.scheme_store import SchemeStore
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, ParameterError
from salesplan.kpis import KpiParameters, grade_people, kpi_quality, rate_people, review_kpis, score_period, weigh_kpis
from salesplan.kpis.period_scores import period_figures
from salesplan.kpis.weighing import METHOD_NAMES
from salesplan.reporting.kpi_period import open_kpi_period


@pytest.fixture(scope="module")
def opened(demo_workspace):
    return open_kpi_period(demo_workspace, KpiParameters(history_months=12))


@pytest.fixture(scope="module")
def truth(demo_workspace):
    return DemoTruth.read(demo_workspace.parent / "demo_truth.yaml")


@pytest.fixture(scope="module")
def card(opened):
    return score_period(opened.data, opened.scheme, library=opened.library, seed=3)


def weighed(opened, **changes):
    parameters = KpiParameters(kpi_set="senior", **changes)
    return weigh_kpis(opened.data, opened.scheme, parameters, library=opened.library)


def test_the_judges_known_weights_are_recovered(opened, truth):
    found = weighed(opened, method="ahp")
    known = pd.Series(truth.kpi_weights)
    assert (found.weights["ahp"].to_series() - known).abs().max() < 0.05
    judges = found.ahp.judges.set_index("judge")
    assert judges.index[judges["is_consistent"].eq(False)].tolist() == [truth.inconsistent_judge]
    steps = found.agreed.to_series() * 20
    assert steps.round().astype(int).sum() == 20
    np.testing.assert_allclose(steps, steps.round(), atol=1e-12)


def test_the_known_importance_of_process_kpis_is_recovered(opened, truth):
    odd = [*truth.gaming["last_day_spike"], *truth.gaming["one_second_calls"]]
    from dataclasses import replace

    data = replace(opened.data, history=opened.data.history[~opened.data.history["seller_id"].isin(odd)])
    parameters = KpiParameters(kpi_set="senior", process_kpis=list(truth.process_kpis), seed=5)
    found = weigh_kpis(data, opened.scheme, parameters, library=opened.library).importance
    table = found.table.set_index("name")
    inside = sum(table.loc[kpi, "weight_lower"] - 0.02 <= share <= table.loc[kpi, "weight_upper"] + 0.02
                 for kpi, share in zip(truth.observed_importance, truth.observed_importance.values(), strict=True))
    assert inside >= 4
    assert found.r2 == pytest.approx(truth.observed_r2, abs=0.15)


def test_every_method_gives_weights_of_the_set_or_says_why_not(opened):
    found = weighed(opened)
    told = {note["details"].get("method_msgid") for note in found.notes}
    for name, words in METHOD_NAMES.items():
        if name.startswith("best_worst"):
            continue
        assert name in found.weights or words in told, name
    for weights in found.weights.values():
        assert weights.to_series().sum() == pytest.approx(1)
        assert weights.names == opened.scheme["senior"].kpis
    assert found.caveats("entropy")


def test_a_method_without_material_is_refused_with_the_reason(opened):
    with pytest.raises(ParameterError, match="no pairwise judgments"):
        weigh_kpis(opened.data, opened.scheme, KpiParameters(kpi_set="newcomer", method="ahp"), library=opened.library)


def test_weights_of_other_kpis_are_refused(opened):
    with pytest.raises(ParameterError, match=r"must be of the KPIs of set senior.*visits"):
        weighed(opened, weights={"sales_amount": 1.0})


def test_best_worst_and_hold_the_result_share(opened):
    kpis = opened.scheme["senior"].kpis
    answers = {"best": "sales_amount", "worst": "visits",
               "best_to_others": dict(zip(kpis, [1, 2, 3, 4, 6], strict=True)),
               "others_to_worst": dict(zip(kpis, [6, 4, 3, 2, 1], strict=True))}
    found = weighed(opened, method="best_worst", best_worst=answers, result_rule="hold", result_share=0.6)
    results = [k for k in kpis if opened.library[k].type == "result"]
    assert found.weights["best_worst"].to_series()[results].sum() == pytest.approx(0.6)
    assert found.best_worst is not None


def test_scores_add_up_and_open(opened, card):
    for who in card.totals.index[:20]:
        explained = card.explain(who)
        assert explained.recomputed() == pytest.approx(card.totals.loc[who, "score"])
    assert card.totals["score"].notna().mean() > 0.95
    assert card.fingerprint == opened.data.fingerprint


def test_two_people_of_one_name_stay_two(card, truth):
    with pytest.raises(InputError) as refused:
        card.explain("张伟")
    assert all(number in str(refused.value) for number in truth.twins if number in card.totals.index)


@pytest.mark.parametrize("role", ["manager", "rep"])
def test_score_place_and_interval_do_not_depend_on_who_looks(opened, demo_workspace, role):
    people = opened.data.people
    user = people.loc[people["role"].isin([role, "senior"] if role == "rep" else [role]), "rep_id"].iloc[0]
    own = open_kpi_period(demo_workspace, KpiParameters(), user=user)
    assert len(own.data.profiles) == len(opened.data.profiles)
    whole = score_period(opened.data, opened.scheme, library=opened.library, seed=3).totals
    mine = score_period(own.data, own.scheme, library=own.library, seed=3)
    assert set(mine.totals.index) == set(own.data.shown)
    assert len(mine.totals) < len(whole)
    same = whole.loc[mine.totals.index]
    assert mine.totals["n_ranked"].tolist() == same["n_ranked"].tolist() and mine.totals["n_ranked"].min() > 1
    np.testing.assert_allclose(mine.totals["score"], same["score"], rtol=1e-9)
    assert mine.totals["rank"].tolist() == same["rank"].tolist()
    np.testing.assert_allclose(mine.totals["score_lower"], same["score_lower"], atol=10)  # luck is drawn in another order


def test_nobody_is_ranked_beside_people_who_are_scored_by_other_kpis(opened, card):
    leaders = opened.data.profiles.loc[~opened.data.profiles["is_seller"].astype(bool), "seller_id"]
    sets = card.totals.loc[card.totals.index.isin(leaders), "set"].unique()
    for code, group in card.totals.groupby("set"):
        assert group["rank"].min() == 1 and group["rank"].max() <= len(group), code
        assert (group["rank_upper"].dropna() <= len(group)).all()
    assert "manager" in sets and card.totals["company_rank"].isna().all(), "the packaged sets differ in their KPIs"


def test_nothing_of_others_is_in_what_a_manager_takes_away(opened, demo_workspace, tmp_path):
    from salesplan.reporting.scorecard_workbook import export_scorecard_workbook
    from salesplan.reporting.statements import export_statements

    people = opened.data.people
    boss = people.loc[people["role"] == "manager", "rep_id"].iloc[0]
    own = open_kpi_period(demo_workspace, KpiParameters(), user=boss)
    card = score_period(own.data, own.scheme, library=own.library)
    made = export_statements(card, tmp_path, language="zh", library=own.library, profiles=own.data.profiles)
    export_scorecard_workbook(card, tmp_path / "all.xlsx", library=own.library, profiles=own.data.profiles)
    assert len(made) == 2 * len(own.data.shown)
    hidden = set(opened.data.profiles["name"]) - set(own.data.profiles["name"])
    text = "".join(path.read_text(encoding="utf-8") for path in made if path.suffix == ".html")
    from zipfile import ZipFile

    text += ZipFile(tmp_path / "all.xlsx").read("xl/sharedStrings.xml").decode()
    assert not [name for name in hidden if name in text]
    assert "other-0" not in text


def test_planted_gaming_is_looked_at_and_nobody_is_accused(opened, card, truth):
    quality = kpi_quality(opened.data, card, library=opened.library)
    short = next(check for check in quality.patterns if check.kind == "short_calls")
    assert set(truth.gaming["one_second_calls"]) <= set(short.flagged["seller_id"])
    assert {f.status for f in quality.findings} <= {"ok", "watch", "unknown"}
    found = review_kpis(weighed(opened, method="ahp"), card, quality, library=opened.library)
    keys = {f.key for f in found}
    assert "judge_contradicts" in keys
    assert "nobody_told_apart" in keys or "bands" in keys
    assert all(f.text("zh") and f.text("en") for f in found)


def test_forced_grades_print_how_many_are_wrong(opened, card):
    grades = grade_people(opened.data, card, {"A": 0.2, "B": 0.7, "C": 0.1})
    counts = grades.table["grade"].value_counts()
    n = card.totals["score"].notna().sum()
    assert counts.sum() == n
    assert counts["A"] == pytest.approx(0.2 * n, abs=1)
    assert 0 < grades.p_wrong < 1


def test_ratings_of_the_round_hide_the_planted_small_group(opened, truth):
    ratings = rate_people(opened.data, minimum=3)
    groups = ratings.groups.set_index(["ratee_id", "relation"])
    assert groups.loc[(truth.few_peers, "peer"), "is_hidden"]
    assert pd.isna(groups.loc[(truth.few_peers, "peer"), "score"])
    assert groups.loc[(truth.few_peers, "peer"), "n_raters"] == "<3"


def test_an_approved_version_counts_from_its_month_and_never_before(demo_workspace, tmp_path):
    folder = shutil.copytree(demo_workspace, tmp_path / "workspace")
    first = open_kpi_period(folder, KpiParameters(period="2026-09"))
    assert first.version is None
    changed = first.scheme.with_weights("senior", {"sales_amount": 0.5, "receipts": 0.2, "customer_satisfaction": 0.1,
                                                   "win_rate": 0.1, "visits": 0.1})
    store = SchemeStore(Workspace(folder).plan_url)
    store.save("kpi_scheme", changed.to_dict(), valid_from="2026-10", author="ana", reason="agreed in the review")
    assert open_kpi_period(folder, KpiParameters(period="2026-10")).version is None, "a draft counts for nothing"
    with pytest.raises(InputError, match="scores of months that are over would change"):
        store.approve("kpi_scheme", 1, who="boss", why="agreed", when=datetime(2026, 11, 2))
    store.approve("kpi_scheme", 1, who="boss", why="agreed, October is scored anew", retroactive=True)
    store.close()
    before, after = (open_kpi_period(folder, KpiParameters(period=p)) for p in ("2026-09", "2026-10"))
    assert before.version is None
    assert after.version.version == 1
    assert after.rule_version.startswith("v1 ")
    assert after.scheme["senior"].weights["sales_amount"] == 0.5
    old, new = (score_period(o.data, o.scheme, library=o.library, with_bands=False) for o in (before, after))
    assert old.lines.query("kpi == 'sales_amount' and set == 'senior'")["nominal_weight"].eq(0.4).all()
    assert new.lines.query("kpi == 'sales_amount' and set == 'senior'")["nominal_weight"].eq(0.5).all()


def test_a_quarter_and_a_week_are_scored_too(demo_workspace):
    for period in ("2026Q3", "2026-W41"):
        opened = open_kpi_period(demo_workspace, KpiParameters(period=period))
        scores = score_period(opened.data, opened.scheme, library=opened.library).totals["score"]
        assert scores.notna().sum() > 80
        assert scores.median() == pytest.approx(95, abs=40)


@pytest.mark.parametrize("code", ["newcomer", "senior"])
def test_results_are_held_at_the_sets_own_share_where_it_states_one(opened, code):
    own = opened.scheme[code].result_share
    parameters = KpiParameters(kpi_set=code, result_rule="hold", result_share=0.6)
    found = weigh_kpis(opened.data, opened.scheme, parameters, library=opened.library)
    results = [kpi for kpi in found.kpis if opened.library[kpi].type == "result"]
    wanted = 0.6 if own is None else own
    assert found.weights["direct"].to_series()[results].sum() == pytest.approx(wanted)
    assert {note["details"]["result_share"] for note in found.notes if "result_share" in note["details"]} == {wanted}
    assert (code == "newcomer") == (own == 0.4)


def test_directors_together_sold_what_was_sold(opened, demo_workspace):
    """Teams of each month with the people who have left since; only orders without a seller are nobody's."""
    from salesplan.data.kpi_measures import KpiFacts

    with KpiFacts(demo_workspace) as facts:
        facts.keep("sale")
        sold = facts.fetch("SELECT date_trunc('month', date) AS month, sum(amount)::DOUBLE AS amount FROM sale "
                           "WHERE rep_id IS NOT NULL GROUP BY 1")
    sold = sold.assign(month=pd.PeriodIndex(sold["month"], freq="M")).set_index("month")["amount"]
    directors = opened.data.profiles.loc[opened.data.profiles["role"] == "director", "seller_id"]
    past = opened.data.history.query("kpi == 'sales_amount'")
    told = past[past["seller_id"].isin(directors)].groupby("month")["actual"].sum()
    assert len(told) >= 12
    np.testing.assert_allclose(told, sold.reindex(told.index), rtol=1e-9)


def test_targets_do_not_depend_on_how_much_history_is_asked_for(demo_workspace):
    short, long = (open_kpi_period(demo_workspace, KpiParameters(history_months=months)) for months in (3, 12))
    one, two = (period_figures(o.data, o.scheme, library=o.library) for o in (short, long))
    pd.testing.assert_frame_equal(one, two)


def test_a_year_takes_targets_from_the_months_before_it(demo_workspace):
    opened = open_kpi_period(demo_workspace, KpiParameters(period="2026"))
    targets = period_figures(opened.data, opened.scheme, library=opened.library)
    from_peers = targets[targets["kpi"] == "win_rate"]
    assert from_peers["target"].notna().mean() > 0.9


def test_a_week_is_measured_in_the_working_days_of_the_workspaces_country(demo_workspace):
    from dataclasses import replace

    opened = open_kpi_period(demo_workspace, KpiParameters(period="2026-W40"))  # from 1 October on a holiday in China
    abroad = replace(opened.data, settings=replace(opened.data.settings, country="DE"), targets=opened.data.targets.iloc[:0])
    at_home = replace(opened.data, targets=opened.data.targets.iloc[:0])
    here, there = (period_figures(data, opened.scheme, library=opened.library).query("kpi == 'visits'")["full_target"].dropna()
                   for data in (at_home, abroad))
    ratio = (3 / 22 + 2 / 22) / (3 / 22)
    assert len(here) > 20
    assert there.median() / here.median() == pytest.approx(ratio, rel=0.1)


def test_a_period_without_data_is_refused_and_the_last_one_with_data_named(demo_workspace):
    for period in ("2026-12", "2031-01"):  # within the months looked back at, and far beyond them
        with pytest.raises(InputError, match=rf"{period}.*must be one with data.*Sales amount.*last month with figures is 2026-1[01]"):
            open_kpi_period(demo_workspace, KpiParameters(period=period))


OWN_KPIS = """
samples: {name: {zh: 送样, en: Samples}, type: process}
store_tours:
  name: {zh: 巡店, en: Store tours}
  type: process
  unit: count
  tables: [activity]
  numerator: {source: contact, value: sum(tour_length)}
  formula: {zh: 巡店次数, en: Tours}
  meaning: {zh: 巡店, en: Tours}
  gaming: {zh: 虚报, en: Invented}
"""


def test_broken_kpis_of_the_workspace_stop_only_the_sets_that_use_them(demo_workspace, tmp_path, opened):
    from salesplan.apps.kpi_panel import kpi_panel

    folder = shutil.copytree(demo_workspace, tmp_path / "workspace")
    (folder / "kpis.yaml").write_text(OWN_KPIS, encoding="utf-8")
    scheme = opened.scheme.to_dict()
    newcomer = next(one for one in scheme["sets"] if one["code"] == "newcomer")
    newcomer["items"][1]["kpi"] = "store_tours"
    store = SchemeStore(Workspace(folder).plan_url)
    store.save("kpi_scheme", scheme, valid_from="2026-10", author="ana", reason="tours")
    store.approve("kpi_scheme", 1, who="boss", why="agreed", retroactive=True)
    store.close()
    parameters = KpiParameters(period="2026-10")
    broken = open_kpi_period(folder, parameters)
    assert set(broken.library.unreadable) == {"samples", "store_tours"}
    where = broken.library.unreadable["store_tours"].where
    assert str(folder / "kpis.yaml") in where and "store_tours" in where
    card = score_period(broken.data, broken.scheme, library=broken.library, with_bands=False)
    by_set = card.totals.groupby("set")["score"].count()
    assert by_set["newcomer"] == 0 and by_set["senior"] > 0
    same = card.totals.index[card.totals["set"] == "senior"]
    whole = score_period(opened.data, opened.scheme, library=opened.library, with_bands=False)
    np.testing.assert_allclose(card.totals.loc[same, "score"], whole.totals.loc[same, "score"])
    weighing = weigh_kpis(broken.data, broken.scheme, parameters, library=broken.library)
    assert weighing.set_code != "newcomer"
    quality = kpi_quality(broken.data, card, library=broken.library)
    found = {f.key: f for f in review_kpis(weighing, card, quality, library=broken.library)}
    assert (found["unreadable_store_tours"].status, found["unreadable_samples"].status) == ("act", "watch")
    assert "tour_length" in found["unreadable_store_tours"].text("zh")
    panel = kpi_panel(broken.data, broken.scheme, parameters, broken.library, weighing=weighing, language="zh")
    panel.kpi_set.value = "newcomer"
    assert "kpis.yaml" in panel.banner.value and "store_tours" in panel.banner.value
    assert panel.kpi_set.value == panel.model.set_code == weighing.set_code and not panel.model.is_stale
    assert panel.snapshot()
