"""Intervals know what a forecast cannot know: a season seen two or three times, a level that moves, units that share their luck."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from salesplan.forecasting.backtest import Fold
from salesplan.review.rest_spread import season_doubt, spread_factors
from tests.review.projected_companies import restless_companies

MONTHS = pd.period_range("2022-10", "2026-12", freq="M")
LEVELS = np.array([0, 1, 1, *[2] * 12])
IS_UNIT = LEVELS < 2


def folds_of(miss: np.ndarray, *, seed: int = 0, count: int = 8) -> list[Fold]:
    """Past forecasts of a flat 100 a month with noise 10 a node, off by so many times their usual luck."""
    rng = np.random.default_rng(seed)
    n, said = len(miss), np.full((len(miss), 3), 100.0)
    found = []
    for k in range(count):
        off = miss * 10 * np.sqrt(3 * 1.6) * rng.standard_normal(n)
        found.append(Fold(origin=24 + k, forecast=said, naive=said, actual=said + off[:, None] / 3, train=np.ones((n, 24)),
                          noise=np.full(n, 10.0), known=np.ones(n, bool)))
    return found


def factors(miss: np.ndarray, *, periods: float = 4.0) -> np.ndarray:
    doubt = season_doubt(np.full(40, 1000.0), MONTHS, country="US")
    return spread_factors(folds_of(miss), doubt, LEVELS, IS_UNIT, coverage=0.8, periods=periods)


def test_a_company_missed_by_much_is_not_drawn_to_its_people():
    calm, missed = np.ones(15), np.where(LEVELS == 0, 3.0, 1.0)
    assert factors(missed)[0] > 1.2 * factors(calm)[0]
    assert factors(missed)[-1] == pytest.approx(factors(calm)[-1], rel=0.1)


def test_few_past_periods_make_units_less_sure():
    many, few = factors(np.ones(15), periods=12.0), factors(np.ones(15), periods=1.0)
    assert few[0] > 1.1 * many[0] and few[-1] == many[-1]


def test_a_month_after_the_festival_is_less_sure_than_one_in_summer_and_a_longer_history_helps():
    rng = np.random.default_rng(3)
    total = 1000 * np.exp(rng.normal(0, 0.1, len(MONTHS)))
    doubt = season_doubt(total, MONTHS, country="CN")
    march, july = (doubt.variance(MONTHS.get_loc(pd.Period(m)), np.ones(1)) for m in ("2026-03", "2026-07"))
    assert march > 1.2 * july
    february = [MONTHS.get_loc(pd.Period(f"{year}-02")) for year in (2024, 2026)]
    assert doubt.variance(february[0], np.ones(3)) > 1.2 * doubt.variance(february[1], np.ones(3))


@cache
def restless() -> pd.DataFrame:
    return restless_companies(range(700, 704), ("2026-02-28", "2026-08-14"))


def test_intervals_hold_in_a_company_that_is_nothing_like_the_one_they_were_made_for():
    """Deals of uneven size, lasting shocks, a season that differs between years, growth that changes, people who come and go."""
    rows = restless()
    units = rows[rows["level"] != "rep"]
    for span in ("quarter", "year"):
        assert units.loc[units["span"] == span, "inside"].mean() >= 0.72
        assert 0.68 <= rows.loc[(rows["level"] == "rep") & (rows["span"] == span), "inside"].mean() <= 0.92


def test_and_are_of_use_there():
    top = restless().query("level == 'company' and span == 'year'")
    assert ((top["upper"] - top["lower"]) / top["projected"]).mean() < 0.3
    assert (top["projected"] - top["truth"]).abs().sum() < 0.8 * (top["projected_linear"] - top["truth"]).abs().sum()
