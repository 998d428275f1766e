"""Where nobody's habits change, volume, mix and price reach beyond their bands about once in five."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.review.bridge_company import NOW, THEN, order, order_lines
from tests.review.test_bridge_last_year import bridge
from tests.review.test_bridge_prices import everybody


def steady_customers(seed: int, *, rate: float = 0.5, more: float = 1.0, customers: int = 250) -> pd.DataFrame:
    """Customers who buy by chance, as often and as much both years (``more`` times as much now), and all once in between."""
    rng = np.random.default_rng(seed)
    often, home, product = rng.gamma(2, rate / 2, customers), rng.choice(list("abc"), customers), rng.integers(0, 4, customers)
    usual, price = np.exp(rng.normal(1, 0.6, customers)), np.exp(rng.normal(0, 0.15, customers))
    rows = [order(THEN + 6, home[k], f"k{k}", 1.0, product=f"p{product[k]}") for k in range(customers)]
    for month, size in ((THEN, 1.0), (NOW, more)):
        for k in np.flatnonzero(rng.random(customers) < 1 - np.exp(-often)):
            qty = float(max(1, rng.poisson(size * usual[k])))
            paid = 100 * price[k] * np.exp(rng.normal(0, 0.05)) * (1 + product[k]) * qty
            rows.append(order(month, home[k], f"k{k}", paid, qty=qty, product=f"p{product[k]}"))
    return order_lines(rows)


@cache
def nothing_happens() -> pd.DataFrame:
    frames = []
    for seed in range(24):
        found = bridge(steady_customers(seed, rate=(0.5, 1.2)[seed % 2]), first_purchases=everybody())
        frames += [found.steps(unit).set_index("part").loc[["volume", "mix", "price"]] for unit in ("co", "a", "b", "c")]
    return pd.concat(frames)


@pytest.mark.parametrize("part", ["volume", "mix", "price"])
def test_chance_alone_passes_an_80_percent_band_about_once_in_five(part: str):
    rows = nothing_happens().loc[part]
    assert rows["lower"].notna().all()
    assert 0.06 <= 1 - rows["can_be_luck"].mean() <= 0.34


def test_a_third_more_bought_by_everybody_is_beyond_luck():
    steps = bridge(steady_customers(3, rate=3.0, more=1.5, customers=400), first_purchases=everybody()).steps("co").set_index("part")
    assert steps.loc["volume", "lower"] > 0 and steps.loc["volume", "share"] > 0.2
    assert steps.loc["price", "can_be_luck"]
