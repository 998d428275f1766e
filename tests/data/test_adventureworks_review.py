"""AdventureWorks reviewed by the command line for March 2020: pages and workbooks against the files as plain pandas reads them."""

import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from salesplan.cli.commands import app
from salesplan.kernels.fork_pool import can_fork
from tests.shared import shared_path

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes cannot be forked on this system")
SOUTHWEST, NORTHEAST, CENTRAL = "T4", "T2", "T3"
SOUTHWEST_SELLERS = ("282", "287")
HOLIDAYS = ["2020-01-01", "2020-01-20", "2020-02-17", "2020-05-25"]


class Source:
    """The files, read without the kit."""

    def __init__(self, folder: Path) -> None:
        lines = pd.read_csv(folder / "lab_Sales.csv", dtype={"EmployeeKey": str, "SalesTerritoryKey": str})
        self.lines = lines.assign(month=pd.to_datetime(lines["OrderDate"], format="mixed").dt.to_period("M"))
        raw = pd.read_csv(folder / "dw_FactSalesQuota.csv", dtype={"EmployeeKey": str})
        order = {day: pd.Period("2017Q3", "Q") + n for n, day in enumerate(sorted(raw["Date"].unique()))}
        self.quotas = raw.assign(quarter=raw["Date"].map(order)).set_index(["quarter", "EmployeeKey"])["SalesAmountQuota"]

        self.names = pd.read_csv(folder / "lab_Salesperson.csv", dtype=str).set_index("EmployeeKey")["Salesperson"]

    def sold(self, first: str, last: str, *sellers: str) -> float:
        mine = self.lines["month"].between(pd.Period(first, "M"), pd.Period(last, "M"))
        if sellers:
            mine &= self.lines["EmployeeKey"].isin(sellers)
        return round(float(self.lines.loc[mine, "Sales"].sum()), 2)


@pytest.fixture(scope="module")
def source() -> Source:
    return Source(shared_path("data", "adventureworks"))


@pytest.fixture(scope="module")
def reviews(adventureworks: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviews")
    for period, units in (("2020-03", f"company,{SOUTHWEST}"), ("2019-03", f"{NORTHEAST},{CENTRAL}")):
        done = CliRunner().invoke(app, ["review", "-w", str(adventureworks), "--period", period, "--units", units, "--format", "html,xlsx",
                                        "-l", "en", "-o", str(folder)])
        assert done.exit_code == 0, done.output
    return folder


def sheet(reviews: Path, unit: str, name: str, period: str = "2020-03") -> list[tuple[object, ...]]:
    return list(load_workbook(reviews / period / unit / "monthly_review.xlsx")[name].iter_rows(values_only=True))


def page(reviews: Path, unit: str, period: str = "2020-03") -> str:
    """The words of a page."""
    text = (reviews / period / unit / "monthly_review.html").read_text("utf-8")
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_sellers_are_held_against_their_quotas(reviews: Path, source: Source) -> None:
    rows = sheet(reviews, SOUTHWEST, "Quarter to date")
    for key in SOUTHWEST_SELLERS:
        row = next(row for row in rows if row[0] == source.names[key])
        assert row[2] == pytest.approx(source.quotas[pd.Period("2020Q1", "Q"), key])
        assert row[3] == source.sold("2020-01", "2020-03", key)


def test_the_company_stands_where_quotas_and_orders_put_it(reviews: Path, source: Source) -> None:
    words = page(reviews, "company")
    quarter = source.sold("2020-01", "2020-03") / source.quotas[pd.Period("2020Q1", "Q")].sum()
    year = source.sold("2019-07", "2020-03") / source.quotas.loc[[pd.Period(q, "Q") for q in ("2019Q3", "2019Q4", "2020Q1")]].sum()
    days = np.busday_count(["2020-03-01", "2020-01-01"], "2020-04-01", holidays=HOLIDAYS)
    for share in (quarter, year):
        assert f"{share:.1%}" in words
    month = source.sold("2020-03", "2020-03") / (source.quotas[pd.Period("2020Q1", "Q")].sum() * days[0] / days[1])
    assert f"{month:.1%}" in words
    left = np.busday_count("2020-04-01", "2020-07-01", holidays=HOLIDAYS)
    asked = (source.quotas.loc[[pd.Period(q, "Q") for q in ("2019Q3", "2019Q4", "2020Q1", "2020Q2")]].sum()
             - source.sold("2019-07", "2020-03")) / left
    assert f"The year's end {left} {asked / 1000:,.1f}" in words


@pytest.mark.parametrize(("unit", "sellers"), [("company", ()), (SOUTHWEST, SOUTHWEST_SELLERS)])
def test_bridges_leave_nothing_over(reviews: Path, source: Source, unit: str, sellers: tuple[str, ...]) -> None:
    for name in ("From target to actual", "From last year to this year"):
        rows = sheet(reviews, unit, name)
        leaves = [[cell for cell in row[2:] if isinstance(cell, int | float)] for row in rows if row[1] == "Rep"]
        assert leaves
        for *parts, actual in leaves:
            assert round(sum(parts) - actual, 2) == 0.0
        assert round(sum(parts[-1] for parts in leaves), 2) == source.sold("2020-03", "2020-03", *sellers)
        if name == "From last year to this year":
            assert round(sum(parts[0] for parts in leaves), 2) == source.sold("2019-03", "2019-03", *sellers)


def test_who_swapped_territories_is_judged_where_they_sold_and_restated_where_they_are(reviews: Path, source: Source) -> None:
    """281 and 283 swapped the north-east and the centre at the turn of 2019, in the middle of the fiscal year."""
    for unit, now, before in ((NORTHEAST, "283", "281"), (CENTRAL, "281", "283")):
        rows = sheet(reviews, unit, "Year to date", "2019-03")
        assert source.names[now] in [row[0] for row in rows]
        head = next(row for row in rows if row[0] == "Name")
        whole, own = (next(row for row in rows if row[1] == level) for level in ("Team", "Rep"))
        judged = own[head.index("Sales counted in the unit above")] + whole[head.index("Sales of people now elsewhere")]
        restated = own[len(head) - 1 - head[::-1].index("Sales")]
        assert judged == pytest.approx(source.sold("2018-07", "2018-12", before) + source.sold("2019-01", "2019-03", now), abs=0.01)
        assert restated == pytest.approx(source.sold("2018-07", "2019-03", now), abs=0.01)
        assert abs(judged - restated) > 50_000


@pytest.mark.parametrize("unit", ["company", SOUTHWEST])
def test_what_is_not_in_the_data_is_said_and_not_made_up(reviews: Path, unit: str) -> None:
    words = page(reviews, unit)
    for said in ("There are no activities: visits are unknown.",
                 "There are no opportunities: pipeline and conversion of deals are unknown.",
                 "Targets of Mar 2020 are those of the set quota", "left aside: monthly_target"):
        assert said in words, said
    assert not re.search(r"(?<![A-Za-z-])nan(?![a-z])|[{}]|¥", words, re.IGNORECASE)
    for row in sheet(reviews, unit, "Evidence of causes"):
        if row[1] in ("Visits a working day", "Opportunities a visit"):
            assert row[2] is None and row[3] is None, row


def test_money_is_in_dollars_and_people_have_names(reviews: Path) -> None:
    words = page(reviews, "company") + page(reviews, SOUTHWEST)
    assert "$" in words and "Linda Mitchell" in words
    assert not re.search(r"\b2[78]\d\b(?!,)(?= (lacks|stands))", words)
