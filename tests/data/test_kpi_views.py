import pandas as pd
import pytest

from salesplan.data.reducers import KPI_VIEWS, kpi_view
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.companies import make_workspace
from tests.data.kpi_company import kpi_workspace, tables


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return kpi_workspace(tmp_path_factory.mktemp("views"))


def view(shop: Workspace, name: str, **limits: object) -> pd.DataFrame:
    with shop.connect() as connection:
        return kpi_view(name, connection, **{"currency": "CNY", **limits}).to_pandas()


def test_every_view_works_on_an_empty_workspace_and_carries_person_and_date(tmp_path):
    empty = Workspace(tmp_path / "w").create()
    for name in KPI_VIEWS:
        got = view(empty, name)
        assert got.empty
        assert "rep_id" in got
        assert ("date" in got) == (name != "owned_customer")
    with pytest.raises(InputError, match="did you mean 'sale'"):
        view(empty, "sales")


def test_sales_count_as_orders_do(shop):
    got = view(shop, "sale").set_index("order_line_id")
    assert set(got.index) == {"1", "2", "3", "4", "5", "7", "9", "10"}          # void and other currencies are out
    assert float(got["amount"].sum()) == 100 + 200 + 300 + 10 - 100 + 100 + 50 + 40
    assert got.loc["5", ["qty", "list_amount", "cost"]].tolist() == [-1.0, -120.0, -60.0]
    assert got.loc["3", ["product_line", "customer_type"]].tolist() == ["仪器", "B"]
    assert pd.isna(got.loc["9", "cost"])
    assert view(shop, "sale", as_of=pd.Timestamp("2026-10-05"))["date"].max() == pd.Timestamp("2026-10-05").date()


def test_first_orders_belong_to_one_order_and_not_to_customers_who_bought_before(shop):
    got = view(shop, "sale").set_index("order_line_id")
    assert set(got.index[got["is_first_order"]]) == {"1", "3", "4", "9"}         # c3 bought in 2019, c4's second is 10
    assert set(got.index[got["is_repeat"]]) == {"2", "5", "7", "10"}


def test_payments_follow_the_seller_of_their_order_and_refunds_are_negative(shop):
    got = view(shop, "payment").set_index("receipt_id")
    assert got["rep_id"].to_dict() == {"1": "r1", "2": "r2", "3": "r1"}
    assert got["amount"].astype(float).to_dict() == {"1": 150.0, "2": 100.0, "3": -20.0}
    assert got.loc[["1", "2"], "days_to_pay"].tolist() == [10, 8]
    assert pd.isna(got.loc["3", "days_to_pay"])


def test_deals_stand_as_they_did_on_the_day(shop):
    late = view(shop, "deal").set_index("opportunity_id")
    assert late["status"].to_dict() == {"o1": "won", "o2": "lost", "o3": "won", "o4": "open"}
    assert late.loc["o1", "cycle_days"] == 40
    assert pd.isna(late.loc["o3", "amount"])                                     # another currency
    early = view(shop, "deal", as_of=pd.Timestamp("2026-10-11")).set_index("opportunity_id")
    assert early["status"].to_dict() == {"o1": "won", "o2": "open", "o3": "open", "o4": "open"}
    assert early.loc[["o2", "o3"], ["closed_date", "cycle_days", "stage_code"]].isna().all(axis=None)
    assert late["is_new_customer"].to_dict() == {"o1": False, "o2": True, "o3": False, "o4": False}


def test_an_export_with_one_close_date_uses_it_for_deals_that_ended(tmp_path):
    frames = tables()
    frames["opportunity"]["closed_date"] = pd.NaT
    shop = kpi_workspace(tmp_path / "w")
    shop.append_load("opportunity", frames["opportunity"], load_id=shop.next_load_id())
    got = view(shop, "deal").set_index("opportunity_id")["closed_date"]
    assert got["o1"] == pd.Timestamp("2026-10-01").date()
    assert pd.isna(got["o4"])


def test_contacts_know_first_visits_gaps_and_follow_ups(shop):
    got = view(shop, "contact").set_index("activity_id")
    assert "v4" not in got.index                                                 # did not take place
    assert set(got.index[got["is_first_visit"]]) == {"v1", "v8"}                 # c1 was seen before r2 came
    assert got["days_since_previous_contact"].dropna().to_dict() == {"v2": 2, "v3": 7, "v5": 7}
    followed = got["followed_up_within_3_days"]
    assert followed["v1"]                                                        # the call of the 7th
    assert not followed["v3"]
    assert not followed["v5"]                                                    # a task is no contact
    assert pd.isna(followed["v8"])                                               # the three days are not over
    assert set(got.index[got["is_own_customer"]]) == {"v1", "v2", "v3", "v8", "v9"}


def test_scores_are_put_on_one_scale_or_left_empty(shop):
    got = view(shop, "customer_voice").set_index("feedback_id")
    assert got.loc[["f1", "f2", "f3", "f8"], "score01"].tolist() == [1.0, 0.5, 0.0, 0.8]
    assert pd.isna(got.loc["f9", "score01"])
    assert got.loc["f8", "customer_type"] == "A"


def test_follow_up_is_unknown_for_all_visits_of_the_last_days(tmp_path):
    acts = pd.DataFrame([("1", "visit", "c1", "2026-10-26"), ("2", "call", "c1", "2026-10-27"), ("3", "visit", "c1", "2026-10-28"),
                         ("4", "visit", "c2", "2026-10-28"), ("5", "call", "c1", "2026-10-29")],
                        columns=["activity_id", "type", "customer_id", "activity_date"])
    acts = acts.assign(rep_id="r1", activity_date=lambda f: pd.to_datetime(f["activity_date"]))
    shop = make_workspace(tmp_path / "w", {"activity": acts}, currency="CNY")
    followed = view(shop, "contact").set_index("activity_id")["followed_up_within_3_days"]
    assert followed["1"]
    assert followed[["3", "4"]].isna().all(), "not even where somebody has already called"


def test_a_return_under_the_first_orders_number_wins_no_customer_again(tmp_path):
    lines = pd.DataFrame([("1", "a", "2026-09-10", 1000.0, False), ("2", "a", "2026-10-08", 300.0, True),
                          ("3", "a", "2026-10-09", 50.0, False)],
                         columns=["order_line_id", "order_id", "order_date", "amount", "is_return"])
    lines = lines.assign(rep_id="r1", customer_id="c1", order_date=lambda f: pd.to_datetime(f["order_date"]))
    shop = make_workspace(tmp_path / "w", {"order_line": lines}, currency="CNY")
    got = view(shop, "sale").set_index("order_line_id")["is_first_order"]
    assert got.to_dict() == {"1": True, "2": False, "3": False}
