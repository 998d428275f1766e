import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.calendars.spring_festival import centred_shares
from salesplan.errors import InputError
from salesplan.forecasting import forecast_hierarchy
from salesplan.hierarchy import Hierarchy
from tests.forecasting.companies import make_company

YEAR = pd.period_range("2027-01", periods=12, freq="M")


def truth_of(company, year=YEAR) -> pd.Series:
    total = company.future.loc[year].sum()
    bottom = np.array([total[tuple(b.split("|"))] for b in company.hierarchy.bottom_ids])
    return pd.Series(company.hierarchy.aggregate(bottom), index=company.hierarchy.nodes["node_id"])


def test_a_year_after_a_gap_is_close_to_the_truth_and_beats_last_year():
    company = make_company(sellers=8, lines=2, growth=0.08)
    result = forecast_hierarchy(company.history, company.hierarchy, year=YEAR)
    truth = truth_of(company)
    assert abs(result.annual["mean"].iloc[0] / truth.iloc[0] - 1) < 0.05
    table = result.backtest.set_index(["level", "by_product_line"])
    assert table.loc[("company", False), "skill"] > 0
    assert (table["wape"] < 0.3).all()
    assert (table["folds"] == 2).all()
    assert result.monthly.columns.equals(YEAR)
    assert (result.annual["lower"] <= result.annual["mean"]).all()
    assert any("months between" in n["msgid"] for n in result.notes)
    inside = (truth >= result.annual["lower"]) & (truth <= result.annual["upper"])
    assert inside.mean() > 0.6


def test_months_already_over_are_facts():
    company = make_company(sellers=3)
    year = pd.period_range("2026-04", periods=12, freq="M")
    result = forecast_hierarchy(company.history, company.hierarchy, year=year)
    top = company.history.sum(axis=1)
    np.testing.assert_allclose(result.monthly.iloc[0, :7], top.loc["2026-04":"2026-10"])
    np.testing.assert_allclose(result.monthly_lower.iloc[0, :7], result.monthly_upper.iloc[0, :7])
    row = result.annual.iloc[0]
    assert row["facts"] == pytest.approx(top.loc["2026-04":].sum())
    assert row["lower"] > row["facts"]
    assert row["last_year"] == pytest.approx(top.loc["2025-04":"2026-03"].sum())
    assert (result.draws(20).sum(axis=0) > row["facts"]).all()
    sure = result.probability_at_least(pd.Series({result.annual.index[0]: row["facts"]}))
    assert sure.iloc[0] == 1.0


@pytest.mark.parametrize("months", [1, 5, 11, 13, 17, 23, 25, 30, 35])
def test_short_histories_still_get_a_forecast_and_say_so(months):
    company = make_company(sellers=3, months=months, ahead=12)
    result = forecast_hierarchy(company.history, company.hierarchy, year=company.future.index)
    assert np.isfinite(result.annual[["mean", "sd", "lower", "upper"]].to_numpy()).all()
    assert result.annual["mean"].iloc[0] == pytest.approx(truth_of(company, company.future.index).iloc[0], rel=0.4)
    assert any("too short" in n["msgid"] for n in result.notes)


def test_rows_without_sales_returns_and_one_offs_are_survived():
    company = make_company(sellers=4)
    history = company.history.copy()
    history[("s000", "line0")] = 0.0
    history.iloc[20, history.columns.get_loc(("s001", "line0"))] = -5000.0
    history.iloc[25, history.columns.get_loc(("s002", "line1"))] *= 40
    history.iloc[3, history.columns.get_loc(("s003", "line1"))] = np.nan
    result = forecast_hierarchy(history, company.hierarchy, year=YEAR)
    assert result.annual.loc["s000|line0", "method"] == "none"
    assert result.annual.loc["s000|line0", "mean"] == 0
    assert result.outliers["node_id"].tolist() == ["s002|line1"]
    assert (result.monthly >= 0).all(axis=None)
    said = " ".join(n["msgid"] for n in result.notes)
    assert "one-off" in said
    assert "negative" in said
    assert result.probability_at_least(pd.Series({"s000|line0": 1.0})).iloc[0] == 0.0


def test_nothing_sold_at_all_is_forecast_as_nothing():
    company = make_company(sellers=2)
    result = forecast_hierarchy(company.history * 0, company.hierarchy, year=YEAR)
    assert (result.annual["mean"] == 0).all()
    assert set(result.annual["method"]) == {"none"}
    assert (result.draws(5) == 0).all()


def test_calendar_moves_the_festival_months_only():
    company = make_company(sellers=4, noise=0.05)
    months = pd.period_range(company.history.index[0], YEAR[-1], freq="M")
    shares = centred_shares(months)
    effect = np.exp(shares.to_numpy() @ np.array([0.2, -0.4, -0.1]))
    history = company.history.mul(effect[:40], axis=0)
    result = forecast_hierarchy(history, company.hierarchy, year=YEAR, spring_festival=shares,
                                working_days=pd.Series(21.0, index=months))
    plain = forecast_hierarchy(history, company.hierarchy, year=YEAR)
    truth = company.future.loc[YEAR].sum(axis=1) * effect[42:]
    miss = [np.abs(r.monthly.iloc[0, :2].to_numpy() - truth.iloc[:2].to_numpy()).sum() for r in (result, plain)]
    assert miss[0] < miss[1]
    assert list(result.festival.index) == list(shares.columns)
    np.testing.assert_allclose(result.seasonal_index.mean(axis=1), 1)
    assert any("January and February" in n["msgid"] for n in result.notes)


def test_the_season_of_each_line_is_reported():
    company = make_company(sellers=6, noise=0.05)
    result = forecast_hierarchy(company.history, company.hierarchy, year=YEAR)
    from tests.forecasting.companies import SEASON

    np.testing.assert_allclose(result.seasonal_index.loc["line0"], SEASON / SEASON.mean(), atol=0.1)


def test_unequal_depths_and_a_company_of_one():
    units = pd.DataFrame({"unit_id": ["co", "t", "a", "b"], "parent_id": [None, "co", "t", "co"],
                          "level": ["company", "team", "rep", "rep"], "name": list("CTAB")})
    months = pd.period_range("2024-01", periods=36, freq="M")
    rng = np.random.default_rng(0)
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("b", "x")])
    history = pd.DataFrame(rng.gamma(20, 5, (36, 2)), index=months, columns=columns)
    year = pd.period_range("2027-01", periods=12, freq="M")
    result = forecast_hierarchy(history, Hierarchy(units=units, lines=["x"]), year=year)
    assert not result.backtest["by_product_line"].any()
    assert result.draws(10).shape == (2, 10)
    alone = Hierarchy(units=units.iloc[:1], lines=["x"])
    single = forecast_hierarchy(history[[("a", "x")]].rename(columns={"a": "co"}, level=0), alone, year=year)
    assert single.draws(10).shape == (1, 10)


@pytest.mark.parametrize(("change", "message"), [
    ({"reconciliation": "mint"}, "reconciliation == 'mint'"),
    ({"coverage": 1.2}, "coverage == 1.2"),
    ({"year": YEAR[:6]}, "6 months"),
    ({"year": YEAR - 24}, "must end after"),
])
def test_bad_requests_are_refused(change, message):
    company = make_company(sellers=2)
    with pytest.raises(InputError, match=message):
        forecast_hierarchy(company.history, company.hierarchy, **{"year": YEAR, **change})


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), months=st.sampled_from([14, 26, 38]), lines=st.integers(1, 3),
       method=st.sampled_from(["mint_shrink", "wls_var"]), zeros=st.floats(0, 0.7))
def test_any_company_adds_up_and_stays_above_zero(seed, months, lines, method, zeros):
    company = make_company(seed=seed, sellers=2, lines=lines, months=months, newcomers=0, former=seed % 2 == 0)
    rng = np.random.default_rng(seed)
    returns = 100 * (rng.random(company.history.shape) > 0.97)
    history = company.history * (rng.random(company.history.shape) > zeros) - returns
    result = forecast_hierarchy(history, company.hierarchy, year=YEAR, reconciliation=method)
    months_ahead = result.monthly.to_numpy()
    gap = company.hierarchy.aggregate(months_ahead[company.hierarchy.bottom_positions]) - months_ahead
    assert np.abs(gap).max() <= 1e-6 * max(1.0, months_ahead.max())
    assert months_ahead.min() >= 0
    assert (result.annual["lower"] <= result.annual["upper"]).all()
    assert np.isfinite(result.annual["sd"]).all()


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_sellers_changes_nothing(seed):
    company = make_company(seed=seed, sellers=3, newcomers=2, months=38, ahead=16)
    shuffled = company.hierarchy.units.sample(frac=1, random_state=seed % 2**16)
    turned = Hierarchy(units=shuffled, lines=company.hierarchy.lines)
    one, two = (forecast_hierarchy(company.history, tree, year=YEAR, first_month=company.first_month)
                for tree in (company.hierarchy, turned))
    columns = ["mean", "sd", "lower", "upper", "last_year"]
    both = two.annual.loc[one.annual.index]
    np.testing.assert_allclose(one.annual[columns], both[columns], rtol=1e-5, atol=1e-3)
    assert (one.annual["method"] == both["method"]).all()


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), months=st.sampled_from([20, 38]))
def test_money_in_thousands_scales_the_forecast(seed, months):
    company = make_company(seed=seed, sellers=3, months=months)
    one = forecast_hierarchy(company.history, company.hierarchy, year=YEAR)
    thousand = forecast_hierarchy(company.history * 1000, company.hierarchy, year=YEAR)
    columns = ["mean", "sd", "lower", "upper"]
    np.testing.assert_allclose(thousand.annual[columns], 1000 * one.annual[columns], rtol=1e-6, atol=1e-3)
    pd.testing.assert_frame_equal(one.backtest, thousand.backtest, rtol=1e-6)


@pytest.mark.parametrize("growth", [-0.05, 0.1, 0.2])
def test_steady_growth_is_neither_missed_nor_overshot(growth):
    ratios = []
    for seed in range(6):
        company = make_company(seed=seed, growth=growth)
        result = forecast_hierarchy(company.history, company.hierarchy, year=YEAR)
        ratios.append(result.annual["mean"].iloc[0] / truth_of(company).iloc[0])
    assert abs(np.mean(ratios) - 1) < 0.02
