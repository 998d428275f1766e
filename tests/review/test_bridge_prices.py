"""Who is new by all orders ever, and prices told by product and with their luck where few customers bought on both sides."""

import numpy as np
import pandas as pd
import pytest

from tests.review.bridge_company import NOW, THEN, order, order_lines
from tests.review.test_bridge_last_year import bridge, parts, sums_are_exact


def first(**months: str) -> pd.DataFrame:
    """First purchases: ``customer_x="2020-01"``."""
    rows = [(*name.split("_", 1), pd.Period(month, "M")) for name, month in months.items()]
    return pd.DataFrame(rows, columns=["kind", "id", "month"])


def test_who_bought_before_the_lines_begin_is_not_new():
    lines = order_lines([order(NOW, "a", "back", 900), order(NOW, "a", "fresh", 50), order(THEN, "a", "k", 400), order(NOW, "a", "k", 400),
                         order(NOW, "a", "k", 70, product="again")])
    assert parts(bridge(lines), "co")["new_customers"] == 950.0
    told = bridge(lines, first_purchases=first(customer_back="2021-05", customer_fresh="2026-10", product_again="2022-01"))
    assert parts(told, "co")["new_customers"] == 50.0 and "new_products" not in parts(told, "co")
    sums_are_exact(told)
    assert not any("counts as new" in note["msgid"] for note in told.notes)


def other_customers(seed: int, *, rise: float = 1.0, n: int = 150) -> pd.DataFrame:
    """Customers who buy in some months only, at prices of their own around the product's, which went up by ``rise``."""
    rng = np.random.default_rng(seed)
    rows = []
    for month, price in ((THEN, 1.0), (NOW, rise)):
        for k in rng.choice(1000, n, replace=False):
            product, qty = f"p{rng.integers(4)}", float(rng.integers(1, 9))
            own = 100 * price * np.exp(rng.normal(0, 0.15)) * (1 + int(product[1]))
            rows.append(order(month, rng.choice(["a", "b", "c"]), f"k{k}", own * qty, qty=qty, product=product))
    return order_lines(rows)


def everybody() -> pd.DataFrame:
    return first(**{f"customer_k{k}": "2020-01" for k in range(1000)})


def test_where_hardly_anybody_bought_on_both_sides_price_is_the_products_with_its_luck():
    beyond = []
    for seed in range(12):
        found = bridge(other_customers(seed), first_purchases=everybody())
        steps = found.steps("co").set_index("part")
        assert abs(steps.loc["price", "share"]) < 0.08 and steps.loc["price", "lower"] < steps.loc["price", "amount"]
        beyond += (~steps.loc[["price", "mix"], "can_be_luck"]).tolist()
        sums_are_exact(found)
    assert np.mean(beyond) < 0.5, "80 % intervals of what did not change"
    assert any("average price of each product" in note["msgid"] for note in found.notes)


def test_a_price_rise_over_all_customers_is_found_though_none_of_them_bought_twice():
    steps = bridge(other_customers(3, rise=1.25), first_purchases=everybody()).steps("co").set_index("part")
    assert steps.loc["price", "lower"] > 0 and steps.loc["price", "share"] == pytest.approx(0.22, abs=0.08)


def test_bands_of_a_unit_are_those_of_its_people_together_and_the_same_every_time():
    lines = other_customers(5)
    found, again = (bridge(lines, first_purchases=everybody(), seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(found.spread, again.spread)
    assert found.draws is not None
    rows = [i for i, u in enumerate(found.draw_units) if u in ("a", "b")]
    price = list(found.parts).index("price")
    assert found.spread.loc["t1", "price"] == pytest.approx(found.draws[rows, price].sum(axis=0).std(), rel=1e-4)
