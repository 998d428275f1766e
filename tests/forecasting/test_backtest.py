import dataclasses

import numpy as np
import pandas as pd

from salesplan.forecasting.backtest import judge, leaning_levels, run_folds
from salesplan.forecasting.folds import backtest_design
from salesplan.forecasting.history import check_history
from salesplan.forecasting.point import Settings
from salesplan.hierarchy import Hierarchy
from tests.forecasting.companies import make_company


def test_later_months_do_not_leak_into_a_fold():
    company = make_company(sellers=3, months=40)
    design = backtest_design(40, gap=2, span=12)
    honest = run_folds(check_history(company.history, company.hierarchy), design, Settings())
    changed = company.history.copy()
    changed.iloc[design.origins[0]:] *= np.random.default_rng(0).gamma(2, 1, (40 - design.origins[0], changed.shape[1]))
    other = run_folds(check_history(changed, company.hierarchy), design, Settings())
    np.testing.assert_array_equal(honest[0].forecast, other[0].forecast)
    assert not np.allclose(honest[0].actual, other[0].actual)


def test_table_pools_folds_and_scores_a_perfect_forecast():
    company = make_company(sellers=2, months=40)
    design = backtest_design(40, gap=0, span=12)
    folds = run_folds(check_history(company.history, company.hierarchy), design, Settings())
    groups = np.zeros(len(folds[0].noise), int)
    perfect = [type(f)(**{**vars(f), "forecast": f.actual}) for f in folds]
    hits = [np.ones(len(groups))] * len(folds)
    table = judge(perfect, groups, [("company", False)], hits)
    assert isinstance(table, pd.DataFrame)
    assert table.loc[0, ["mase", "wape", "annual_wape", "bias", "skill", "coverage"]].tolist() == [0, 0, 0, 0, 1, 1]
    assert table.loc[0, "folds"] == len(design.origins)


def test_a_fold_does_not_know_who_will_leave():
    months = pd.period_range("2023-01", periods=40, freq="M")
    units = pd.DataFrame({"unit_id": ["co", "a", "co/former"], "parent_id": [None, "co", "co"],
                          "level": ["company", "rep", "former"], "name": ["Co", "A", "Former staff"]})
    rising, falling = 100 * 1.2 ** (np.arange(40) / 12), 80 * 0.6 ** (np.arange(40) / 12)
    history = pd.DataFrame({("a", "x"): rising, ("co/former", "x"): falling}, index=months)
    sales = check_history(history, Hierarchy(units=units, lines=["x"]))
    design = backtest_design(40, gap=2, span=12)
    unlabelled = dataclasses.replace(sales, former=np.zeros(len(sales.bottom), bool))
    for one, two in zip(run_folds(sales, design, Settings()), run_folds(unlabelled, design, Settings()), strict=True):
        np.testing.assert_array_equal(one.forecast, two.forecast)


def test_a_forecast_that_is_always_too_low_is_told_from_one_off_by_chance():
    company = make_company(sellers=4, months=40)
    design = backtest_design(40, gap=0, span=12)
    folds = run_folds(check_history(company.history, company.hierarchy), design, Settings())
    count = len(folds[0].noise)
    hits = [np.ones(count)] * len(folds)
    groups = np.where(np.arange(count) == 0, 0, 1)
    names = [("company", False), ("rest", False)]
    low = [dataclasses.replace(f, forecast=0.9 * f.actual) for f in folds]
    table = judge(low, groups, names, hits)
    np.testing.assert_allclose(table["bias"], -0.1)
    assert leaning_levels(table)["level"].tolist() == ["rest"]
    sign = np.where(np.arange(count) % 2 == 0, 0.1, -0.1)[:, None]
    even = judge([dataclasses.replace(f, forecast=(1 + sign) * f.actual) for f in folds], groups, names, hits)
    assert "rest" not in leaning_levels(even)["level"].tolist()


def test_few_years_say_nothing_of_coverage_and_a_row_that_hardly_sold_does_not_rule_the_level():
    company = make_company(sellers=4, months=40)
    design = backtest_design(40, gap=0, span=12)
    folds = run_folds(check_history(company.history, company.hierarchy), design, Settings())
    count = len(folds[0].noise)
    one = np.where(np.arange(count) == 0, 0, 1)
    hits = [np.ones(count)] * len(folds)
    table = judge(folds[:2], one, [("company", False), ("rest", False)], hits[:2])
    assert np.isnan(table.loc[0, "coverage"])
    assert table.loc[1, "coverage"] == 1
    quiet = [dataclasses.replace(f, train=np.vstack([f.train[:-1], 1e-6 * f.train[-1:]])) for f in folds]
    usual, thin = (judge(f, np.zeros(count, int), [("all", False)], hits) for f in (folds, quiet))
    assert thin.loc[0, "mase"] < 1.1 * usual.loc[0, "mase"]
