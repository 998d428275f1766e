import pandas as pd
import pytest

from salesplan.data.organisation import home_units, people_at, units_at
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.companies import days, make_workspace, small_tables

TODAY = pd.Timestamp("2026-10-31")
NO_SALES = pd.DataFrame({"rep_id": [], "org_id": [], "amount": []}).astype({"rep_id": "str", "org_id": "str"})


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("shop"), small_tables())


def seats(shop: Workspace, extra: pd.DataFrame | None = None, sold: pd.DataFrame = NO_SALES, day=TODAY) -> pd.DataFrame:
    assignments = shop.read_table("rep_assignment")
    if extra is not None:
        assignments = pd.concat([assignments, extra], ignore_index=True)
    return people_at(shop.read_table("rep"), assignments, sold, day).set_index("rep_id")


def test_closed_units_are_gone_and_their_home_is_above_them(shop):
    org = shop.read_table("org_unit")
    units = units_at(org, TODAY)
    assert "old" not in set(units["org_id"])
    assert home_units(org, units["org_id"])["old"] == "w"
    assert "old" in set(units_at(org, pd.Timestamp("2025-06-30"))["org_id"])


def test_a_circle_above_a_closed_unit_is_named():
    org = pd.DataFrame({"org_id": ["a", "b"], "parent_org_id": ["b", "a"], "valid_from": days(None, None)})
    with pytest.raises(InputError, match="circle"):
        home_units(org, pd.Series(["c"]))


def test_people_who_left_are_gone_and_hires_to_come_are_flagged(shop):
    people = seats(shop)
    assert "r4" not in people.index
    assert people.index[people["is_future_hire"]].tolist() == ["r5"]
    assert "r4" in seats(shop, day=pd.Timestamp("2026-03-30")).index


def test_the_seat_is_the_one_in_force_that_day(shop):
    assert seats(shop).loc["r1", "org_id"] == "t3"
    assert seats(shop, day=pd.Timestamp("2026-06-30")).loc["r1", "org_id"] == "t1"


def test_of_parallel_seats_quota_then_share_then_start_then_sales_decide(shop):
    extra = pd.DataFrame({"rep_id": "r2", "org_id": ["t2", "t3"], "fte": [0.5, 1.0], "quota_bearing": [True, False],
                          "valid_from": days("2026-01-01", "2026-02-01")})
    assert seats(shop, extra).loc["r2", "org_id"] == "t1"  # a full share against a half one
    assert seats(shop, extra.assign(fte=1.0)).loc["r2", "org_id"] == "t2"  # the later start with quota
    alike = pd.DataFrame({"rep_id": "r2", "org_id": ["t2", "t3"], "valid_from": days("2026-01-01", "2026-01-01")})
    sold = pd.DataFrame({"rep_id": ["r2"], "org_id": ["t3"], "amount": [9.0]})
    assert seats(shop, alike, sold).loc["r2", "org_id"] == "t3"


def test_without_an_assignment_the_unit_of_the_sales_counts(shop):
    none = shop.read_table("rep_assignment").iloc[:0]
    sold = pd.DataFrame({"rep_id": ["r3", "r3"], "org_id": ["t1", "t2"], "amount": [1.0, 5.0]})
    people = people_at(shop.read_table("rep"), none, sold, TODAY).set_index("rep_id")
    assert people.loc["r3", "org_id"] == "t2"
    assert pd.isna(people.loc["r2", "org_id"])


def test_leaders_sell_only_when_they_do(shop):
    assert not seats(shop).loc["m1", "is_seller"]
    sold = pd.DataFrame({"rep_id": ["m1"], "org_id": ["e"], "amount": [5.0]})
    assert seats(shop, sold=sold).loc["m1", "is_seller"]
