import pandas as pd
import pytest

from salesplan.data.kpi_actuals import kpi_actuals
from salesplan.data.kpi_targets import kpi_targets
from salesplan.data.seller_profiles import answers_for, seller_profiles
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.companies import days, make_workspace
from tests.data.kpi_company import SALES, kpi_workspace, tables


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return kpi_workspace(tmp_path_factory.mktemp("profiles"))


@pytest.fixture(scope="module")
def october(shop) -> pd.DataFrame:
    return seller_profiles(shop, period="2026-10").set_index("seller_id")


def test_everybody_employed_on_any_day_is_there(shop, october):
    assert set(october.index) == {"r1", "r2", "r3", "r4", "m1", "d1"}
    assert set(seller_profiles(shop, period="2026-11")["seller_id"]) == {"r1", "r2", "r4", "m1", "d1"}
    assert "gone" in set(seller_profiles(_with_seat(shop), period="2025-05")["seller_id"])


def _with_seat(shop: Workspace) -> Workspace:
    seat = pd.DataFrame({"rep_id": ["gone"], "org_id": ["e"], "role": ["rep"], "valid_from": days("2024-01-01")})
    shop.append_load("rep_assignment", seat, load_id=shop.next_load_id())
    return shop


def test_the_assignment_is_the_one_at_the_periods_end_or_the_last_day_there(shop, october):
    assert october.loc["r1", ["org_id", "unit_name", "role", "tier"]].tolist() == ["w", "华西", "senior", "P2"]
    assert seller_profiles(shop, period="2026-09").set_index("seller_id").loc["r1", "tier"] == "P1"
    assert seller_profiles(shop, period="2026-W41").set_index("seller_id").loc["r1", "org_id"] == "e"
    assert october.loc["r3", ["org_id", "tier"]].tolist() == ["e", "rep"]         # no tier: the role stands for it


def test_twins_are_told_apart_and_roles_known(october):
    assert october.loc[["r1", "r2", "r3"], "name"].tolist() == ["张伟 (E1)", "张伟 (E2)", "王芳"]
    assert october["is_seller"].to_dict() == {"r1": True, "r2": True, "r3": True, "r4": True, "m1": False, "d1": False}


def test_tenure_counts_whole_months(october):
    assert october.loc["r2", "tenure_months"] == 24
    assert october.loc["r4", "tenure_months"] == 0
    assert pd.isna(october.loc["r3", "tenure_months"])


def test_working_share_takes_hire_leaving_and_leave_off(october):
    # October 2026 in China: holidays 1 to 7, the 10th worked; 18 working days
    assert october["working_share"].round(6).to_dict() == {
        "r1": 1.0, "r2": round(13 / 18, 6), "r3": round(7 / 18, 6), "r4": round(10 / 18, 6), "m1": 1.0, "d1": 1.0}


def test_what_is_sold_to_whom_is_named_where_it_dominates(shop, october):
    assert october.loc[["r1", "r2", "r3"], "product_line"].tolist() == ["仪器", "仪器", "耗材"]
    assert october.loc["r2", "customer_type"] == "A"
    assert october.loc["r1", "customer_type"] == "B"                              # 310 of 510, the return taken off
    assert october.loc["r3", "customer_type"] == "*"                              # the customer has no tier
    strict = seller_profiles(shop, period="2026-10", dominant_share=0.65).set_index("seller_id")
    assert strict.loc["r1", ["product_line", "customer_type"]].tolist() == ["仪器", "*"]
    with pytest.raises(InputError, match="dominant_share"):
        seller_profiles(shop, period="2026-10", dominant_share=0.5)


def test_leaders_answer_for_everybody_below(shop, october):
    pairs = answers_for(shop, october.reset_index(), period="2026-10")
    team = pairs.groupby("seller_id")["member_id"].agg(set).to_dict()
    assert team["m1"] == {"m1", "r2", "r3"}
    assert team["d1"] == {"d1", "m1", "r1", "r2", "r3", "r4"}
    assert team["r1"] == {"r1"}


def test_without_a_staff_list_whoever_sold_is_there(tmp_path):
    frames = tables()
    shop = make_workspace(tmp_path / "w", {"order_line": frames["order_line"]}, currency="CNY")
    got = seller_profiles(shop, period="2026-10").set_index("seller_id")
    assert set(got.index) == {"r1", "r2", "r3"}
    assert got["org_id"].unique().tolist() == ["unassigned"]


@pytest.mark.parametrize("quota", [False, None])
def test_one_order_of_their_own_takes_no_team_away_from_a_leader(tmp_path, quota):
    frames = tables()
    frames["order_line"].loc[len(frames["order_line"])] = {
        **frames["order_line"].iloc[6].to_dict(), "order_line_id": "11", "order_id": "own", "rep_id": "m1"}
    seats = frames["rep_assignment"]
    frames["rep_assignment"] = seats.assign(quota_bearing=seats["quota_bearing"].astype(object).where(seats["rep_id"] != "m1", quota))
    shop = make_workspace(tmp_path / "w", frames, currency="CNY")
    people = seller_profiles(shop, period="2026-10")
    assert not people.set_index("seller_id").loc["m1", "is_seller"]
    sales = kpi_actuals(shop, [SALES], period="2026-10").set_index("seller_id")["actual"]
    assert sales["m1"] == 100 + 50 + 100, "the team's and the own"
    assert kpi_targets(shop, [SALES], period="2026-10").set_index("seller_id").loc["m1", "target"] == 5000.0
