"""AdventureWorks of March 2020: the review ties to its orders, and differs where territories were swapped, by their sales."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from salesplan.data.review_data import ReviewData, load_review_data
from salesplan.data.workspace import Workspace
from tests.shared import shared_path

MONTH = pd.Period("2020-03", "M")
SINCE = pd.Period("2018-07", "M")
"""First month of the fiscal year before."""


@pytest.fixture(scope="module")
def source() -> Path:
    return shared_path("data", "adventureworks")


@pytest.fixture(scope="module")
def data(adventureworks: Path) -> ReviewData:
    return load_review_data(adventureworks, period="2020-03")


@pytest.fixture(scope="module")
def orders(source: Path) -> pd.DataFrame:
    """Orders as plain pandas reads them, in whole cents."""
    lines = pd.read_csv(source / "lab_Sales.csv", dtype={"EmployeeKey": str})
    return lines.assign(month=pd.to_datetime(lines["OrderDate"], format="mixed").dt.to_period("M"),
                        cents=(lines["Sales"] * 100).round().astype("int64"))


def test_the_review_ties_to_the_orders_to_the_cent(data: ReviewData, orders: pd.DataFrame) -> None:
    two_years = orders[orders["month"].between(SINCE, MONTH)]
    assert [str(m) for m in data.year_months[[0, -1]]] == ["2019-07", "2020-06"] and data.is_complete
    assert [str(m) for m in data.quarter_months] == ["2020-01", "2020-02", "2020-03"]
    assert data.lines["amount_fen"].sum() == two_years["cents"].sum()
    by_person = two_years.groupby(["month", "EmployeeKey"])["cents"].sum()
    booked = data.booked[data.booked["month"] >= SINCE].groupby(["month", "rep_id"])["amount_fen"].sum()
    assert booked.tolist() == by_person.tolist() and booked.index.tolist() == by_person.index.tolist()
    now = data.process[data.process["month"] == MONTH].set_index("seller_id")
    mine = orders[orders["month"] == MONTH].groupby("EmployeeKey")
    assert now.loc[list(mine.groups), "amount_fen"].tolist() == mine["cents"].sum().tolist()
    assert now.loc[list(mine.groups), "orders"].tolist() == mine["SalesOrderNumber"].nunique().tolist()


def test_judged_and_restated_differ_by_the_sales_of_those_who_moved_and_by_nothing_else(data: ReviewData) -> None:
    """281 and 283 swapped the north-east (T2) and the centre (T3) at the turn of 2019."""
    judged = data.booked[data.booked["month"] >= SINCE].groupby("org_id")["amount_fen"].sum()
    restated = data.lines.groupby(data.lines["unit_id"].map(data.parents))["amount_fen"].sum()
    differ = (restated - judged)[lambda d: d != 0]
    before = data.booked[data.booked["month"].between(SINCE, pd.Period("2018-12", "M"))]
    sold = before.groupby("rep_id")["amount_fen"].sum()
    assert differ.to_dict() == {"T2": sold["283"] - sold["281"], "T3": sold["281"] - sold["283"]}
    seats = data.seats.set_index(["month", "seller_id"])["org_id"]
    for month, where in (("2018-12", ("T2", "T3")), ("2019-01", ("T3", "T2"))):
        assert (seats[pd.Period(month, "M"), "281"], seats[pd.Period(month, "M"), "283"]) == where


def test_an_older_move_shows_in_the_review_of_its_own_year(data: ReviewData, orders: pd.DataFrame) -> None:
    """288 came from Canada (T6) to the United Kingdom (T10) in July 2018: the history follows, what was booked does not."""
    own = data.booked[data.booked["rep_id"] == "288"]
    canada = own.loc[own["org_id"] == "T6", "amount_fen"].sum()
    earlier = orders[(orders["EmployeeKey"] == "288") & (orders["month"] < SINCE)]["cents"].sum()
    assert canada == earlier > 0 and data.parents["288"] == "T10"
    assert round(data.history["288"].sum() * 100) == own["amount_fen"].sum()


def test_the_quotas_count_are_split_over_the_quarter_and_add_up(data: ReviewData, source: Path) -> None:
    raw = pd.read_csv(source / "dw_FactSalesQuota.csv", dtype={"EmployeeKey": str})
    order = {day: pd.Period("2017Q3", "Q") + n for n, day in enumerate(sorted(raw["Date"].unique()))}
    quota = raw[raw["Date"].map(order) == pd.Period("2020Q1", "Q")].set_index("EmployeeKey")["SalesAmountQuota"]
    found = data.targets[data.targets["month"].isin(data.quarter_months)].groupby("scope_id")["judged"].sum()
    assert found.to_dict() == pytest.approx(quota.to_dict())
    assert any("longer period" in note["msgid"] for note in data.notes)
    assert any("of people only" in note["msgid"] for note in data.notes)
    assert [n["details"]["other_sets"] for n in data.notes if "other_sets" in n["details"]] == [["monthly_target"]]


@pytest.mark.parametrize("chosen", ["monthly_target", ""])
def test_monthly_targets_count_where_they_are_chosen_and_as_the_finer_ones_where_nothing_is(
    chosen: str, adventureworks: Path, source: Path, tmp_path: Path
) -> None:
    space = Workspace(shutil.copytree(adventureworks, tmp_path / "company"))
    space.set_settings(target_set=chosen)
    data = load_review_data(space, period="2020-03")
    people = pd.read_csv(source / "lab_Salesperson.csv", dtype=str).set_index("EmployeeID")["EmployeeKey"]
    known = pd.read_csv(source / "lab_Targets.csv", dtype={"EmployeeID": str})
    amount = known["TargetAmount"].astype(str).str.replace(r"[^0-9.]", "", regex=True).astype(float)
    month = pd.to_datetime(known["TargetMonth"], format="mixed").dt.to_period("M")
    wanted = amount[month == MONTH].groupby(known["EmployeeID"].map(people)).sum()
    found = data.targets[data.targets["month"] == MONTH].set_index("scope_id")["judged"]
    assert found.to_dict() == pytest.approx(wanted.to_dict())
