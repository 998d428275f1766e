"""Draws of single KPIs hold the true rate: sums, means of orders, margins, shares of deals and of amounts."""

import numpy as np
import pytest

from salesplan.kpis.day_resampling import KpiDays, block_weights
from salesplan.kpis.drawn_actuals import analytic_actuals, resampled_actuals

DAYS = 22


@pytest.fixture(scope="module")
def month():
    """True rates and one month of orders of 1,500 sellers with about 4, 11 and 46 orders."""
    rng = np.random.default_rng(1)
    size = np.arange(1500) % 3
    rate, value = np.array([0.16, 0.5, 2.1])[size] * rng.lognormal(0, 0.2, 1500), rng.lognormal(4, 0.3, 1500)
    rows = rng.poisson(np.repeat(rate[:, None], DAYS, axis=1)).astype(float)
    place = np.repeat(np.arange(1500 * DAYS), rows.ravel().astype(int))
    who = place // DAYS
    amount = rng.lognormal(-0.405, 0.9, len(place)) * value[who]
    margin, returned = np.clip(rng.normal(0.3, 0.05, 1500), 0.1, 0.6), np.clip(rng.normal(0.1, 0.03, 1500), 0.02, 0.3)
    profit = amount * np.clip(margin[who] + rng.normal(0, 0.1, len(place)), 0.01, 1)

    def by_day(x):
        return np.bincount(place, x, 1500 * DAYS).reshape(1500, DAYS)

    sales = by_day(amount)
    return size, {
        "sales": (sales, None, rows, rate * value * DAYS),
        "order_value": (sales, rows, rows, value),
        "margin": (by_day(profit), sales, rows, margin),
        "returned": (by_day(amount * (rng.random(len(place)) < returned[who])), sales, rows, returned),
    }


@pytest.mark.parametrize("kpi", ["sales", "order_value", "margin", "returned"])
@pytest.mark.parametrize("how", ["days", "formula"])
def test_intervals_hold_the_true_rate(month, kpi, how):
    size, figures = month
    top, below, rows, truth = figures[kpi]
    days = KpiDays(kpi=kpi, numerator=top, denominator=below, rows=rows, scale=1.0, known=np.ones(len(size), bool))
    rng, tiers = np.random.default_rng(2), size.astype(np.int64)
    draws = (resampled_actuals(days, block_weights(DAYS, 300, rng), tiers, rng) if how == "days"
             else analytic_actuals(days, 300, tiers, rng))
    some = rows.sum(axis=1) > 0
    lower, upper = np.quantile(draws[some], [0.05, 0.95], axis=1)
    held = (lower <= truth[some]) & (truth[some] <= upper)
    by_size = [held[size[some] == s].mean() for s in range(3)]
    assert min(by_size) >= (0.78 if kpi == "margin" else 0.84), by_size
    assert max(by_size) <= 0.975, by_size


def test_kinds_of_ratio_are_told_apart(month):
    _, figures = month
    kinds = {kpi: KpiDays(kpi=kpi, numerator=top, denominator=below, rows=rows, scale=1.0, known=np.ones(1500, bool))
             for kpi, (top, below, rows, _) in figures.items()}
    assert [k for k, d in kinds.items() if d.is_proportion] == ["margin", "returned"]
    assert [k for k, d in kinds.items() if d.is_all_or_nothing] == ["returned"]


def test_shares_stay_between_nothing_and_all(month):
    size, figures = month
    top, below, rows, _ = figures["returned"]
    days = KpiDays(kpi="x", numerator=top, denominator=below, rows=rows, scale=1.0, known=np.ones(1500, bool))
    rng = np.random.default_rng(3)
    draws = resampled_actuals(days, block_weights(DAYS, 200, rng), size.astype(np.int64), rng)
    known = draws[rows.sum(axis=1) > 0]
    assert (known >= 0).all() and (known <= 1).all()
    assert np.isnan(draws[rows.sum(axis=1) == 0]).all()
