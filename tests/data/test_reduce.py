import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.data.reducers import REDUCERS, reduce
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.companies import counted, days, make_workspace, small_tables


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("shop"), small_tables())


@pytest.mark.parametrize("name", sorted(REDUCERS))
def test_every_reducer_runs_on_an_empty_workspace(tmp_path, name):
    assert reduce(name, Workspace(tmp_path).create()).empty


def test_monthly_actuals_keep_the_total(shop):
    actuals = reduce("monthly_actuals", shop)
    assert actuals["amount"].sum() == pytest.approx(counted(small_tables()["order_line"]), abs=1e-6)
    assert not actuals.duplicated(["month", "org_id", "rep_id", "product_line"]).any()


def test_sales_belong_to_the_unit_of_the_day(shop):
    moved = reduce("monthly_actuals", shop).query("rep_id == 'r1'")
    assert set(moved.loc[moved["month"] < "2026-07", "org_id"]) == {"t1"}
    assert set(moved.loc[moved["month"] >= "2026-07", "org_id"]) == {"t3"}


def test_orders_without_a_seller_keep_the_unit_they_were_booked_on(shop):
    nobody = reduce("monthly_actuals", shop)
    nobody = nobody[nobody["rep_id"].isna()]
    assert {"t1", "t2", "old"} <= set(nobody["org_id"].dropna())
    assert nobody["org_id"].isna().any()


def test_product_line_falls_back_to_the_name(shop):
    assert set(reduce("monthly_actuals", shop)["product_line"]) == {"L1", "b"}


def test_product_line_is_all_where_there_are_no_products(tmp_path):
    tables = small_tables(lines=20)
    del tables["product"]
    assert set(reduce("monthly_actuals", make_workspace(tmp_path, tables))["product_line"]) == {"all"}


def test_as_of_and_currency_limit_what_counts(tmp_path):
    lines = pd.DataFrame({"order_line_id": list("abc"), "order_id": list("abc"), "amount": [1.0, 2.0, 4.0],
                          "order_date": days("2026-01-05", "2026-02-05", "2026-02-06"),
                          "currency": ["CNY", None, "USD"]})
    shop = make_workspace(tmp_path, {"order_line": lines})
    assert reduce("monthly_actuals", shop, currency="CNY")["amount"].sum() == 3
    assert reduce("monthly_actuals", shop, as_of="2026-02-05")["amount"].sum() == 3
    totals = reduce("order_totals", shop, as_of="2026-02-05", currency="CNY").set_index("reason")["amount"]
    assert totals.to_dict() == {"counted": 3.0, "after as_of": 4.0}


def test_refunds_reduce_receipts(tmp_path):
    receipts = pd.DataFrame({"receipt_id": ["1", "2", "3"], "amount": [100.0, 30.0, -5.0], "rep_id": "r",
                             "receipt_date": days(*["2026-01-05"] * 3), "is_refund": [False, True, True]})
    found = reduce("monthly_receipts", make_workspace(tmp_path, {"receipt": receipts}))
    assert found["amount"].tolist() == [65.0]


def test_unknown_reducer_and_parameter_name_the_nearest(shop):
    with pytest.raises(InputError, match="did you mean 'monthly_actuals'"):
        reduce("monthly_actual", shop)
    with pytest.raises(InputError, match="did you mean 'as_of'"):
        reduce("month_ends", shop, asof="2026-01-01")


seats = st.lists(
    st.tuples(st.sampled_from(["r1", "r2"]), st.sampled_from(["t1", "t2", "t3"]),
              st.one_of(st.none(), st.integers(0, 60)), st.one_of(st.none(), st.integers(0, 60)),
              st.sampled_from([None, True, False])),
    max_size=8, unique_by=lambda seat: (seat[0], seat[2]))


@settings(max_examples=15, deadline=None)
@given(seats)
def test_overlapping_assignments_never_count_an_order_twice(tmp_path_factory, seats):
    tables = small_tables(lines=60)
    start = pd.Timestamp("2025-01-01")
    rows = [(rep, org, None if a is None else start + pd.Timedelta(days=10 * a),
             None if b is None else start + pd.Timedelta(days=10 * b), quota) for rep, org, a, b, quota in seats]
    frame = pd.DataFrame(rows, columns=["rep_id", "org_id", "valid_from", "valid_to", "quota_bearing"])
    for column in ("valid_from", "valid_to"):
        frame[column] = pd.to_datetime(frame[column])
    tables["rep_assignment"] = frame.astype({"quota_bearing": "boolean", "rep_id": "str", "org_id": "str"})
    shop = make_workspace(tmp_path_factory.mktemp("seats"), tables)
    actuals = reduce("monthly_actuals", shop)
    assert actuals["amount"].sum() == pytest.approx(counted(tables["order_line"]), abs=1e-6)
