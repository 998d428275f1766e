"""The bridge from last year: exact, order-free, from the lowest level, with people, customers and calendar in their place."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.calendars.working_days import monthly_working_days
from salesplan.errors import InputError
from salesplan.review.bridge import Bridge
from salesplan.review.bridge_last_year import LAST_YEAR_PARTS, bridge_last_year
from tests.review.bridge_company import DAYS, NOW, THEN, order, order_lines, random_lines, seats_of, sellers_of, tree

PEOPLE = {"a": "t1", "b": "t1", "c": "t2"}
UNITS = tree({"t1": ["a", "b"], "t2": ["c"]}, former=["t1"])


def bridge(lines, *, seats=None, sellers=None, units=UNITS, days=DAYS, **options) -> Bridge:
    return bridge_last_year(
        lines, seats_of(PEOPLE, [THEN, "2026-09", NOW]) if seats is None else seats,
        sellers_of(PEOPLE) if sellers is None else sellers, units, months_now=[NOW], months_then=[THEN], working_days=days, **options)


def parts(found: Bridge, unit: str) -> dict[str, float]:
    steps = found.steps(unit).set_index("part")["amount"]
    return {k: v for k, v in steps.items() if v}


def sums_are_exact(found: Bridge) -> None:
    table = found.by()
    assert (table[list(found.parts)].sum(axis=1) == table["end_fen"] - table["start_fen"]).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(["shapley", "standard"]), added=st.sampled_from([None, ("x",)]))
def test_parts_add_up_to_the_fen_at_every_node_whatever_the_data(seed, method, added):
    rng = np.random.default_rng(seed)
    lines = random_lines(rng, UNITS, 150)
    seats = seats_of(PEOPLE, [THEN, NOW])
    seats = seats[~((seats["seller_id"] == "b") & (seats["month"] == rng.choice([THEN, NOW])))]
    found = bridge(lines, seats=seats, days=pd.Series([17, 19], index=[THEN, NOW]), method=method, units_add_up=added)
    sums_are_exact(found)
    table = found.by()
    months = lines["month"]
    assert table.loc["co", "end_fen"] == lines.loc[months == NOW, "amount_fen"].sum()
    assert table.loc["co", "start_fen"] == lines.loc[months == THEN, "amount_fen"].sum()
    assert table.loc["co", "hands"] == 0
    shuffled = bridge(lines.sample(frac=1, random_state=seed), seats=seats.sample(frac=1, random_state=seed),
                      days=pd.Series([17, 19], index=[THEN, NOW]), method=method, units_add_up=added)
    pd.testing.assert_frame_equal(shuffled.by(), table)


def test_price_rises_of_every_seller_are_a_plus_though_the_average_price_falls():
    lines = order_lines([
        order(THEN, "a", "k1", 1000, qty=10), order(NOW, "a", "k1", 2200, qty=20),          # 100 -> 110
        order(THEN, "c", "k2", 10_000, qty=10), order(NOW, "c", "k2", 5_500, qty=5),        # 1,000 -> 1,100
    ])
    found = bridge(lines)
    assert parts(found, "a")["price"] > 0 and parts(found, "c")["price"] > 0
    assert parts(found, "co")["price"] == parts(found, "a")["price"] + parts(found, "c")["price"]
    unit_value = lines.groupby("month")["amount_fen"].sum() / lines.groupby("month")["qty"].sum()
    assert unit_value[NOW] < unit_value[THEN], "worked out at the top, price would be a minus"


def test_a_price_rise_alone_is_price_alone():
    lines = order_lines([order(THEN, "a", "k", 1000, qty=10), order(NOW, "a", "k", 1100, qty=10)])
    assert parts(bridge(lines), "co") == {"price": 100.0}


def test_a_customer_who_skips_a_month_is_not_lost_and_brings_no_price():
    lines = order_lines([order(THEN, "a", "k", 1000, qty=10), order("2026-06", "a", "k", 500, qty=5),
                         order(THEN, "a", "m", 100), order(NOW, "a", "m", 100)])
    assert parts(bridge(lines), "co") == {"volume": -1000.0}


def test_new_and_lost_customers_and_products_are_bars_of_their_own():
    lines = order_lines([
        order(THEN, "a", "gone", 700), order(NOW, "b", "fresh", 900), order(THEN, "a", "k", 50, product="old"),
        order(NOW, "a", "k", 80, product="launched"), order(THEN, "a", "k", 400), order(NOW, "a", "k", 400)])
    assert parts(bridge(lines), "co") == {
        "lost_customers": -700.0, "new_customers": 900.0, "lost_products": -50.0, "new_products": 80.0}


def test_a_customer_who_changed_hands_is_neither_lost_nor_new():
    lines = order_lines([order(THEN, "a", "k", 1000, qty=10), order(NOW, "c", "k", 1200, qty=12)])
    found = bridge(lines)
    assert parts(found, "a") == {"hands": -1000.0} and parts(found, "c") == {"hands": 1000.0, "volume": 200.0}
    assert parts(found, "co") == {"volume": 200.0}


def test_people_who_left_or_joined_take_only_what_nobody_else_kept():
    seats = pd.concat([seats_of({"a": "t1", "old": "t1"}, [THEN]), seats_of({"a": "t1", "b": "t1"}, [NOW])])
    lines = order_lines([
        order(THEN, "t1/former", "kept", 1000, rep="old"), order(NOW, "b", "kept", 1000),
        order(THEN, "t1/former", "lost", 300, rep="old"), order(NOW, "b", "won", 500), order(NOW, "a", "won by a", 70)])
    assert parts(bridge(lines, seats=seats), "t1") == {"left": -300.0, "joined": 500.0, "new_customers": 70.0}


def test_a_seller_who_moved_changes_no_bar_of_either_team():
    lines = order_lines([order(THEN, "c", "k", 1000, org="t1"), order(NOW, "c", "k", 1000, org="t2")])
    found = bridge(lines)
    assert parts(found, "t1") == {} and parts(found, "t2") == {}


def test_returns_and_orders_of_nobody_are_visible():
    lines = order_lines([order(THEN, "a", "k", 100), order(NOW, "a", "k", 100), order(NOW, "a", "k", -900, qty=-9, product="q"),
                         order(THEN, "t1/former", "z", 40, rep=None)])
    found = bridge(lines)
    assert parts(found, "co") == {"returns": -900.0, "unassigned": -40.0}
    assert found.by(["a"])["end_fen"].item() == -80_000


def test_spring_festival_february_is_working_days_not_volume():
    february = pd.PeriodIndex(["2025-02", "2026-02"], freq="M")
    days = monthly_working_days(february)["working_days"]
    assert days.tolist() == [19, 16]
    lines = order_lines([order("2025-02", "a", "k", 1900, qty=19), order("2026-02", "a", "k", 1600, qty=16)])
    found = bridge_last_year(lines, seats_of(PEOPLE, february), sellers_of(PEOPLE), UNITS, months_now=february[1:],
                             months_then=february[:1], working_days=days)
    assert parts(found, "co") == {"working_days": -300.0}
    assert any("Spring Festival" in note["msgid"] for note in found.notes)


def test_units_that_do_not_add_up_give_volume_and_no_mix():
    lines = order_lines([
        order(THEN, "a", "k", 1000, qty=1, product="machine"), order(THEN, "a", "k", 1000, qty=1000, product="screws"),
        order(NOW, "a", "k", 2000, qty=2, product="machine"), order(NOW, "a", "k", 500, qty=500, product="screws")])
    assert parts(bridge(lines, units_add_up=()), "co") == {"volume": 500.0}
    added = parts(bridge(lines), "co")
    assert added["volume"] < 0 < added["mix"], "screws and machines counted alike"


def test_amounts_without_quantity_count_as_volume():
    lines = order_lines([order(THEN, "a", "k", 300, qty=np.nan), order(NOW, "a", "k", 100, qty=0)])
    assert parts(bridge(lines), "co") == {"volume": -200.0}


def test_a_line_that_only_one_side_sold_keeps_its_price_from_others():
    lines = order_lines([
        order(THEN, "a", "k", 1000, qty=10), order(NOW, "a", "k", 1100, qty=10),
        order("2025-03", "b", "m", 1, product="p"), order(NOW, "b", "m", 1100, qty=10)])
    found = parts(bridge(lines), "b")
    assert found == {"volume": 1050.0, "price": 50.0}, "half of the price change, as it was sold on one of two sides"


def test_a_cut_bridge_keeps_its_figures_and_names_nobody_else():
    found = bridge(random_lines(np.random.default_rng(5), UNITS, 200))
    team = found.within("t1")
    pd.testing.assert_frame_equal(team.by(), found.by(["t1", "a", "b", "t1/former"]))
    assert set(team.units["unit_id"]) == {"t1", "a", "b", "t1/former"} and not set(team.cells["unit_id"]) & {"c", "t2"}


def test_product_lines_of_a_node_add_up_to_its_bars():
    found = bridge(random_lines(np.random.default_rng(6), UNITS, 200))
    pd.testing.assert_series_equal(found.by_line("t1").sum(), found.by(["t1"])[list(found.parts)].iloc[0], check_names=False)


def test_words_name_the_unit_that_weighs_most():
    lines = order_lines([order(THEN, "a", "gone", 700), order(THEN, "c", "gone2", 100)])
    said = bridge(lines).explain("co")
    assert said[1]["details"]["part_msgid"] == LAST_YEAR_PARTS["lost_customers"]
    assert said[1]["details"]["name"] == "T1" and said[1]["details"]["part_amount"] == -700.0


def test_what_cannot_be_bridged_is_refused_by_name():
    lines = order_lines([order(NOW, "a", "k", 1)])
    with pytest.raises(InputError, match="qty"):
        bridge(lines.drop(columns="qty"))
    with pytest.raises(InputError, match="before months_now"):
        bridge_last_year(lines, seats_of(PEOPLE, [NOW]), sellers_of(PEOPLE), UNITS, months_now=[THEN], months_then=[NOW],
                         working_days=DAYS)
    with pytest.raises(InputError, match="working_days"):
        bridge(lines, days=pd.Series([20], index=pd.PeriodIndex([NOW], freq="M")))
    with pytest.raises(InputError, match="nobody"):
        bridge(order_lines([order(NOW, "nobody", "k", 1)]))
    with pytest.raises(InputError, match="unit_id == 'z'"):
        bridge(lines).steps("z")


def test_a_range_that_was_replaced_on_the_way_is_products_old_and_new_and_no_volume():
    # the old product was sold for months after the month compared with, but by nobody in the last three
    lines = order_lines([
        order(THEN, "a", "k", 1000, product="old"), order("2026-03", "b", "m", 300, product="old"),
        order("2026-09", "a", "k", 700, product="new"), order(NOW, "a", "k", 880, product="new")])
    found = bridge(lines)
    assert parts(found, "co") == {"lost_products": -1000.0, "new_products": 880.0}
    sums_are_exact(found)
    still = order_lines([order("2026-08", "b", "m", 300, product="old")])
    assert "lost_products" not in parts(bridge(pd.concat([lines, still], ignore_index=True)), "co")
