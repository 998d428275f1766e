import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.data.restate import make_units, restate, restated_history
from salesplan.errors import InputError
from salesplan.hierarchy import Hierarchy

ORG = pd.DataFrame({"org_id": ["co", "a", "b"], "parent_org_id": [None, "co", "co"], "name": ["Co", "A", "B"],
                    "level": ["company", "team", "team"]})
SELLERS = pd.DataFrame({"seller_id": ["r1", "r2"], "name": ["X", "Y"], "org_id": ["a", "b"]})


def units_of(org: pd.DataFrame = ORG, sellers: pd.DataFrame = SELLERS, leaves: list[str] | None = None) -> dict:
    tree = make_units(org, sellers, pd.Series(leaves or ["r1", "r2"]))
    return dict(zip(tree["unit_id"], tree["parent_id"], strict=True))


def test_units_without_people_or_history_are_left_out():
    assert "b" not in units_of(sellers=SELLERS.head(1), leaves=["r1"])
    assert units_of(sellers=SELLERS.head(1), leaves=["r1", "b/former"])["b/former"] == "b"


def test_several_tops_get_a_company_above_them():
    assert units_of(ORG.iloc[1:].assign(parent_org_id=None))["a"] == "company"


def test_a_unit_with_an_unknown_parent_goes_below_the_top():
    assert units_of(ORG.assign(parent_org_id=[None, "co", "nowhere"]))["b"] == "co"


def test_unassigned_people_and_orders_have_a_unit_of_their_own():
    tree = units_of(sellers=SELLERS.assign(org_id=["a", "unassigned"]))
    assert tree["r2"] == "unassigned"
    assert tree["unassigned"] == "co"


def test_orders_alone_still_make_a_tree():
    tree = units_of(ORG.iloc[:0], SELLERS.iloc[:0], ["unassigned/former"])
    assert tree == {"unassigned": None, "unassigned/former": "unassigned"}


def test_an_id_of_both_a_unit_and_a_seller_is_refused():
    with pytest.raises(InputError, match="name a unit and a seller"):
        units_of(sellers=SELLERS.assign(seller_id=["a", "r2"]))


def test_a_circle_is_refused():
    with pytest.raises(InputError, match="circle"):
        units_of(ORG.assign(parent_org_id=["b", "co", "a"]))


bookings = st.lists(st.tuples(
    st.integers(0, 5), st.sampled_from(["a", "b", "gone", None]), st.sampled_from(["r1", "r2", "r9", None]),
    st.sampled_from(["x", "y"]), st.integers(-10_000, 10_000)), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(bookings)
def test_restating_preserves_the_total_and_every_month(rows):
    booked = pd.DataFrame(rows, columns=["month", "org_id", "rep_id", "product_line", "amount"])
    months = pd.period_range("2026-01", periods=6, freq="M", name="month")
    booked["month"] = months[booked["month"]]
    booked["unit_id"] = restate(booked, SELLERS, {"a": "a", "b": "b"})
    tree = Hierarchy(units=make_units(ORG, SELLERS, booked["unit_id"]), lines=["x", "y"])
    history = restated_history(booked, tree, months)
    assert history.sum(axis=1).tolist() == booked.groupby("month")["amount"].sum().reindex(months).fillna(0).tolist()
    assert history.shape[1] == len(tree.bottom_ids)
    assert [f"{unit}|{line}" for unit, line in history.columns] == tree.bottom_ids.tolist()
    own = booked.loc[booked["rep_id"] == "r1", "amount"].sum()
    assert history["r1"].to_numpy().sum() == own
