"""Intervals of scores hold the truth at about their rate, for small and large sellers, and admit what they cannot say."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.day_resampling import block_weights, day_material
from salesplan.kpis.score_draws import KEPT, KEPT_FOR_SOME, NO_EVIDENCE, TOO_SHORT, score_draws, wide_actuals
from salesplan.kpis.score_people import score_people
from tests.kpis.sales_world import card_of, month_of, scheme, sellers


@pytest.mark.parametrize("how", ["day_bootstrap", "analytic"])
@pytest.mark.parametrize(("sigma", "cap"), [(0.8, None), (1.2, None), (0.8, 120.0), (1.2, 150.0)])
def test_intervals_contain_the_true_score_at_about_the_stated_rate(how, sigma, cap):
    rng = np.random.default_rng(17)
    who = sellers(1200, rng, sigma=sigma)
    card, daily, _, _ = card_of(who, rng, cap=cap)
    truth = who.true_scores(card, cap=cap)
    band = score_draws(daily, card, how=how, n=200).interval(coverage=0.9)
    held = (band["score_lower"] <= truth) & (truth <= band["score_upper"])
    known = band["score_lower"].notna().to_numpy()
    by_size = [held[known & (who.size == size)].mean() for size in range(3)]
    assert min(by_size) >= 0.85 and max(by_size) <= 0.965, by_size


def test_plain_day_bootstrap_would_be_too_sure_of_itself():
    rng = np.random.default_rng(17)
    who = sellers(1500, rng, sigma=1.2)
    daily, figures, _ = month_of(who, rng)
    sales = daily[daily["kpi"] == "sales_amount"]
    wide = figures.pivot(index="seller_id", columns="kpi", values="actual")
    days = day_material(sales, wide, days=pd.bdate_range("2026-11-02", periods=22)).kpis["sales_amount"]
    draws = days.numerator @ rng.multinomial(22, np.full(22, 1 / 22), 300).T
    lower, upper = np.quantile(draws, [0.05, 0.95], axis=1)
    truth = who.orders * who.order_value * 22
    small = who.size == 0
    assert ((lower <= truth) & (truth <= upper))[small].mean() < 0.75


def test_weights_of_days_give_the_unbiased_variance():
    weights = block_weights(22, 40_000, np.random.default_rng(3)).astype(float)
    days = np.random.default_rng(1).lognormal(0, 1, 22)
    assert weights.min() > 0
    assert np.allclose(weights.mean(axis=0), 1, atol=1e-5)
    assert (days @ weights).var() == pytest.approx(22 * days.var(ddof=1), rel=0.03)


def test_the_same_seed_gives_the_same_draws_and_order_of_rows_changes_nothing():
    rng = np.random.default_rng(2)
    card, daily, figures, profiles = card_of(sellers(40, rng), rng)
    first = score_draws(daily, card, seed=5).to_frame()
    mixed = score_people(figures.sample(frac=1, random_state=1), scheme(), profiles.sample(frac=1, random_state=2),
                         period="2026-11")
    again = score_draws(daily.sample(frac=1, random_state=3), mixed, seed=5).to_frame()
    pd.testing.assert_frame_equal(first, again.reindex(first.index), rtol=1e-4)
    assert not np.allclose(first, score_draws(daily, card, seed=6).to_frame(), equal_nan=True)


def test_nobody_without_evidence_gets_an_interval():
    rng = np.random.default_rng(4)
    card, daily, figures, profiles = card_of(sellers(12, rng), rng)
    idle = figures["seller_id"] == "E00003"
    figures.loc[idle, ["actual", "evidence_rows"]] = [0.0, 0]
    card = score_people(figures, scheme(), profiles, period="2026-11")
    draws = score_draws(daily[daily["seller_id"] != "E00003"], card)
    band = draws.interval()
    assert card.totals.loc["E00003", "score"] == 0
    assert band.loc["E00003"].isna().all()
    assert (band.drop("E00003")["score_upper"] > band.drop("E00003")["score_lower"]).all()
    assert [n["details"]["names"] for n in draws.notes if n["msgid"] == NO_EVIDENCE] == [["E00003"]]


def test_a_month_without_a_sale_still_may_have_been_better():
    rng = np.random.default_rng(4)
    card, daily, figures, profiles = card_of(sellers(12, rng), rng)
    none = (figures["seller_id"] == "E00002") & (figures["kpi"] == "sales_amount")
    figures.loc[none, ["actual", "evidence_rows"]] = [0.0, 0]
    card = score_people(figures, scheme(), profiles, period="2026-11")
    daily = daily[~((daily["seller_id"] == "E00002") & (daily["kpi"] == "sales_amount"))]
    band = score_draws(daily, card).interval()
    assert band.loc["E00002", "score_upper"] > card.totals.loc["E00002", "score"]


def test_kpis_whose_days_do_not_add_up_keep_their_points_and_are_named():
    rng = np.random.default_rng(6)
    card, daily, _, _ = card_of(sellers(15, rng), rng)
    fixed = score_draws(daily[daily["kpi"] != "visits"], card)
    assert any(n["msgid"] == KEPT and "Visits" in str(n["details"]) for n in fixed.notes)
    assert (fixed.drawn_weight <= 0.75 + 1e-9).all()
    other = daily.copy()
    mine = (other["seller_id"] == "E00001") & (other["kpi"] == "visits")
    other.loc[mine, "numerator"] *= 0.5
    partly = score_draws(other, card)
    assert any(n["msgid"] == KEPT_FOR_SOME and n["details"]["n"] == 1 for n in partly.notes)
    everything = score_draws(daily, card)
    lower = partly.to_frame().loc["E00001"].std()
    assert lower < everything.to_frame().loc["E00001"].std()


def test_a_week_of_three_days_is_drawn_by_formula_and_says_so():
    rng = np.random.default_rng(6)
    _, daily, figures, profiles = card_of(sellers(9, rng), rng)
    short = daily[daily["date"] < "2026-11-05"]
    sums = short.groupby(["seller_id", "kpi"], as_index=False)[["numerator", "denominator", "evidence_rows"]].sum(min_count=1)
    sums["actual"] = np.where(sums["denominator"].notna(), sums["numerator"] / sums["denominator"], sums["numerator"])
    card = score_people(sums.merge(figures[["seller_id", "kpi", "target"]]), scheme(), profiles, period="2026-W45")
    draws = score_draws(short, card)
    assert draws.how == "analytic"
    assert draws.notes[1]["msgid"] == TOO_SHORT
    assert draws.interval()["score_upper"].notna().all()


def test_a_quarter_is_drawn_by_weeks():
    rng = np.random.default_rng(6)
    _, daily, figures, profiles = card_of(sellers(9, rng), rng)
    quarter = pd.concat([daily.assign(date=daily["date"] + pd.Timedelta(weeks=w)) for w in (0, 5, 9)])
    three = figures.assign(actual=np.where(figures["kpi"] == "win_rate", figures["actual"], 3 * figures["actual"]))
    card = score_people(three, scheme(), profiles, period="2026Q4")
    draws = score_draws(quarter, card)
    assert draws.block == "week" and 12 <= draws.n_blocks <= 15
    assert (draws.drawn_weight > 0.99).mean() > 0.8


def test_shocks_that_hit_everybody_are_shared_by_the_draws():
    dates, people = pd.bdate_range("2026-11-02", periods=22), [f"E{i}" for i in range(20)]
    shock = np.random.default_rng(8).gamma(1.0, 20.0, 22).round() + 1
    daily = pd.DataFrame([(p, "visits", d, s, np.nan, s) for p in people for d, s in zip(dates, shock, strict=True)],
                         columns=["seller_id", "kpi", "date", "numerator", "denominator", "evidence_rows"])
    figures = pd.DataFrame({"seller_id": people, "kpi": "visits", "actual": shock.sum(), "target": 100.0,
                            "evidence_rows": shock.sum()})
    card = score_people(figures, scheme(), pd.DataFrame({"seller_id": people, "tier": "x"}), period="2026-11")
    values = score_draws(daily, card).values
    assert np.corrcoef(values)[np.triu_indices(20, 1)].min() > 0.9


def test_rules_with_less_is_better_and_policies_survive_the_draws():
    rng = np.random.default_rng(9)
    _, daily, figures, profiles = card_of(sellers(12, rng), rng)
    rules = {"sales_amount": {"function": "achievement_rate", "negative_actual": "error"},
             "win_rate": {"function": "step_grade", "steps": [(50, 60), (100, 100)]},
             "visits": {"function": "lower_is_better_reciprocal", "cap": 150, "zero_actual": "error"}}
    from salesplan.kpis.scheme import KpiScheme

    odd = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全", "en": "All"}, "items": [
        {"kpi": k.replace("visits", "days_to_pay"), "weight": w, "rule": r, "target": {"value": 1}}
        for (k, r), w in zip(rules.items(), (0.5, 0.25, 0.25), strict=True)]}])
    renamed = {"visits": "days_to_pay"}
    card = score_people(figures.replace({"kpi": renamed}), odd, profiles, period="2026-11")
    band = score_draws(daily.replace({"kpi": renamed}), card).interval()
    assert np.isfinite(band.to_numpy()).all()
    inside = (card.totals["score"] >= band["score_lower"] - 1) & (card.totals["score"] <= band["score_upper"] + 1)
    assert inside.mean() >= 0.8


def test_bad_options_are_refused():
    rng = np.random.default_rng(6)
    card, daily, _, _ = card_of(sellers(6, rng), rng)
    with pytest.raises(InputError, match="at least 100 draws"):
        score_draws(daily, card, n=10)
    with pytest.raises(InputError, match="day_bootstrap"):
        score_draws(daily, card, how="bootstrap")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="evidence_rows is missing"):
        score_draws(daily.drop(columns="evidence_rows"), card)
    with pytest.raises(InputError, match="2026-11-02"):
        score_draws(daily, card, days=pd.bdate_range("2026-11-03", periods=21))
    assert score_draws(daily.iloc[:0], card).interval().isna().all(axis=None)
    assert list(wide_actuals(card).columns) == ["sales_amount", "win_rate", "visits"]


def test_what_is_recorded_on_a_day_off_belongs_to_the_working_day_before():
    daily = pd.DataFrame({"seller_id": "a", "kpi": "visits", "date": pd.to_datetime(["2026-11-02", "2026-11-07", "2026-11-13"]),
                          "numerator": [1.0, 2.0, 4.0], "denominator": np.nan, "evidence_rows": [1, 2, 4]})
    material = day_material(daily, pd.DataFrame({"visits": [7.0]}, index=["a"]))
    assert material.n_blocks == 10
    figures = material.kpis["visits"]
    assert figures.known.all() and figures.numerator[0].tolist() == [1, 0, 0, 0, 2, 0, 0, 0, 0, 4]
