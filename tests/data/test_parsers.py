import csv
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.data.parsers import money_sum, parse_column
from salesplan.data.parsers_amount import header_unit, parse_amount
from salesplan.data.parsers_date import parse_date, parse_period
from salesplan.data.schema import TABLES
from tests.shared import shared_path

AMOUNT = TABLES["order_line"].column("amount")


def test_published_amount_cases_are_read_exactly():
    with shared_path("crm", "samples", "parse_amount_cases.csv").open(encoding="utf-8") as stream:
        cases = list(csv.DictReader(stream))
    assert len(cases) == 31
    for case in cases:
        got = parse_amount(case["input"], unit=int(case["header_unit_multiplier"]))
        wanted = Decimal(case["expected_amount"]) if case["expected_amount"] else None
        assert got == (wanted, case["expected_currency"] or None, case["expected_reason"] or None), case
        column = parse_column(pa.array([case["input"]]), AMOUNT, unit=int(case["header_unit_multiplier"]))
        assert column.cells.to_pylist() == [wanted]
        assert list(column.faults) == ([case["expected_reason"]] if case["expected_reason"] else [])


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 234.50", "1234.50"), ("−5", "-5"), ("-¥5", "-5"), ("(¥5)", "-5"), ("3百万", "3000000"), ("2千", "2000"),
     ("1,234元", "1234"), (".5", "0.5"), ("1.5w", "15000")],
)  # fmt: skip
def test_amounts_as_people_write_them(text: str, value: str):
    assert parse_amount(text).value == Decimal(value)


@pytest.mark.parametrize("text", ["1,23,456", "1.2.3", "5%", "=1+1", "@SUM(A1)", "+cmd|'x'", "1e99", "面议", "9" * 16])
def test_what_is_no_amount_has_a_reason_and_no_value(text: str):
    got = parse_amount(text)
    assert got.value is None
    assert got.reason is not None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12))
def test_no_text_makes_a_parser_raise(text: str):
    parse_amount(text)
    parse_date(text)
    parse_period(text)


@settings(max_examples=60, deadline=None)
@given(st.decimals(min_value=-10**9, max_value=10**9, places=4), st.sampled_from([1, 1000, 10_000]))
def test_plain_numbers_keep_every_digit(number: Decimal, unit: int):
    column = parse_column(pa.array([f"{number:f}"]), AMOUNT, unit=unit)
    assert column.cells[0].as_py() == number * unit
    assert money_sum(column.cells) == number * unit


def test_units_of_headers():
    got = [header_unit(h) for h in ("金额", "金额(万元)", "金额（千元）", "金额_亿元", "单位：元", "数量(件)")]
    assert got == [1, 10_000, 1_000, 100_000_000, 1, 1]


@pytest.mark.parametrize(
    "text",
    ["2027年1月5日", "2027/1/5", "2027.01.05", "20270105", "2027-01-05", "2027-01-05 09:30:00", "2027-01-05T09:30",
     "46392", "46392.5", "２０２７-０１-０５", "5 Jan 2027", "Jan 5, 2027", "2027-01-04T16:00:00Z", "2027年1月5日 星期二"],
)  # fmt: skip
def test_dates_as_people_and_programs_write_them(text: str):
    assert parse_date(text).value == date(2027, 1, 5)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("3/4/2027", "ambiguous_date"), ("3/4/27", "ambiguous_date"), ("2027-02-30", "unparseable_date"),
     ("2027年13月5日", "unparseable_date"), ("待补", "unparseable_date"), ("12", "date_serial_out_of_range"),
     ("1850-01-01", "date_out_of_range"), ("#REF!", "excel_error"), ("=TODAY()", "formula_text")],
)  # fmt: skip
def test_what_is_no_date_has_a_reason(text: str, reason: str):
    assert parse_date(text) == (None, reason)


def test_day_and_month_are_swapped_only_when_declared():
    assert parse_date("3/4/2027", order="mdy").value == date(2027, 3, 4)
    assert parse_date("3/4/2027", order="dmy").value == date(2027, 4, 3)


def test_utc_stamps_become_local_days():
    column = TABLES["order_line"].column("order_date")
    texts = pa.array(["2026-03-31T16:00:00.000Z", "2026-03-31 16:00:00", "2026-03-31"])
    got = parse_column(texts, column, parser="date_local_from_utc").cells.to_pylist()
    assert got == [date(2026, 4, 1), date(2026, 4, 1), date(2026, 3, 31)]
    assert parse_column(pa.array(["1774972800000"]), column, parser="date_from_epoch_ms").cells[0].as_py() == date(2026, 4, 1)


def test_periods():
    assert [parse_period(t)[2] for t in ("2027-03", "202703", "2027年3月", "2027Q1", "2027年第一季度", "2027年", "FY2027")] == [
        "month", "month", "month", "quarter", "quarter", "year", "year"]  # fmt: skip
    assert parse_period("2027-Feb")[:2] == (date(2027, 2, 1), date(2027, 2, 28))
    assert parse_period("2027-13")[3] == "unparseable_date"


def test_ids_keep_zeros_and_say_when_digits_were_lost():
    column = TABLES["order_line"].column("order_id")
    got = parse_column(pa.array(["007", " 12 ", "1.23457E+16", "=1+1", "", "NULL", "\ufffd1"]), column)
    assert got.cells.to_pylist() == ["007", "12", None, None, None, None, None]
    assert {k: v.tolist() for k, v in got.faults.items()} == {
        "id_lost_precision": [2], "formula_text": [3], "encoding_replacement_char": [6]}  # fmt: skip
    assert parse_column(pa.array(["277.0"]), column, parser="id_number").cells.to_pylist() == ["277"]


def test_words_of_picklists():
    status = TABLES["rep"].column("status")
    got = parse_column(pa.array(["在职", "Active", "?", ""]), status, words={"在职": "active"})
    assert got.cells.to_pylist() == ["active", "active", None, None]
    assert got.faults["unknown_picklist"].tolist() == [2]
    flag = TABLES["order_line"].column("is_return")
    assert parse_column(pa.array(["是", "N", "1", ""]), flag).cells.to_pylist() == [True, False, True, None]


def test_currencies_named_in_cells_are_kept():
    got = parse_column(pa.array(["USD 1,000", "¥5", "7"]), AMOUNT)
    assert got.currency is not None
    assert got.currency.to_pylist() == ["USD", "CNY", None]
