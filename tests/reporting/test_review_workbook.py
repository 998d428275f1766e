"""The review as a workbook: sums that another program agrees with, nobody of other units, the same bytes every time."""

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from salesplan.errors import ParameterError
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_period import open_review_period
from salesplan.reporting.review_sheets import ReviewSheet, TreeRows
from salesplan.reporting.review_sheets_adjustment import AdjustmentSheets
from salesplan.reporting.review_sheets_bridge import BridgeSheet
from salesplan.reporting.review_sheets_standing import StandingSheet
from salesplan.reporting.review_workbook import export_review_workbook
from salesplan.reporting.show_review import review_record
from salesplan.reporting.workbook_style import Book
from salesplan.review.adjustment import propose_adjustment
from salesplan.review.attainment import attainment
from salesplan.review.bridge import Bridge
from salesplan.review.monthly_review import MonthlyReview
from salesplan.review.parameters import ReviewParameters
from tests.reporting.office import recalculated

EVIL = "=1+cmd|' /C calc'!A0"
UNITS = pd.DataFrame(
    [("co", None, "company", "C"), ("a", "co", "team", EVIL), ("b", "co", "team", "B"), ("p", "a", "rep", "P"), ("q", "a", "rep", "Q"),
     ("r", "b", "rep", "R"), ("a/former", "a", "former", "former")], columns=["unit_id", "parent_id", "level", "name"],
)  # fmt: skip
YEAR = pd.period_range("2026-01", periods=12, freq="M")


def months(rows: list[tuple[Any, ...]], *columns: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["month", *columns])
    return frame.assign(month=pd.PeriodIndex(frame["month"], freq="M"))


def standing() -> Any:
    """q moved from b to a after January; somebody who left sold for a; a has a target of its own that is not passed down."""
    sold = months([("2026-01", "p", "a", "p", 9000), ("2026-01", "q", "b", "q", 4000), ("2026-01", "r", "b", "r", 7000),
                   ("2026-01", "a/former", "a", "gone", 500), ("2026-02", "p", "a", "p", 1001), ("2026-02", "q", "a", "q", 5000),
                   ("2026-02", "r", "b", "r", 3000)], "unit_id", "org_id", "rep_id", "amount_fen")
    sat = months([("2026-01", "p", "a"), ("2026-01", "q", "b"), ("2026-01", "r", "b"), ("2026-02", "p", "a"), ("2026-02", "q", "a"),
                  ("2026-02", "r", "b")], "seller_id", "org_id").assign(tier="core")
    goals = months([("2026-01", "rep", "p", 100, 100), ("2026-01", "rep", "q", 50, 50), ("2026-02", "rep", "p", 20, 20),
                    ("2026-02", "rep", "q", 40, 45), ("2026-02", "rep", "r", 60, 60), ("2026-02", "org", "a", 75, 75)],
                   "scope_type", "scope_id", "judged", "restated").assign(source="table")
    return attainment(sold, goals, UNITS, sat, month=pd.Period("2026-02", "M"), quarter_months=YEAR[:3], year_months=YEAR)


def bridge() -> Bridge:
    """What belongs to nobody below stands at the team itself."""
    cells = pd.DataFrame([("p", "x", "volume", 300), ("p", "x", "price", -120), ("q", "x", "price", 45), ("b", "*", "volume", -77)],
                         columns=["unit_id", "product_line", "part", "amount_fen"])
    ends = pd.DataFrame([("p", 1000, 1180), ("q", 0, 45), ("b", 77, 0)], columns=["unit_id", "start_fen", "end_fen"])
    return Bridge(kind="last_year", cells=cells, parts={"volume": "Volume", "price": "Price", "mix": "Mix"}, ends=ends, units=UNITS,
                  start_msgid="Last year", end_msgid="This month")


@cache
def made_by_hand() -> bytes:
    """Sheets of cases that the demo company does not have; the adjustment is proposed."""
    book, names = Book(decimals=2), ReviewNames(language="en", nodes=dict(zip(UNITS["unit_id"], UNITS["name"], strict=True)))
    for span in ("month", "quarter", "year"):
        StandingSheet(book, standing(), span, names, currency="CNY").write(title=EVIL)
    BridgeSheet(book, bridge(), names, currency="CNY").write(title="bridge")
    plan = pd.DataFrame([(s, m, 100_00 + 7 * m.month) for s in "pq" for m in YEAR if (s, m.month) != ("q", 2)],
                        columns=["seller_id", "month", "target_fen"])
    seen = pd.Series({"is_trigger": True, "direction": "below", "value": -2.6, "limit": 2.2, "rule": "two_months"})
    sales = pd.Series([20_00, 30_01], index=YEAR[:2])
    found = propose_adjustment(plan, sales, seen, unit_id="a", month=YEAR[1], cap=0.05, rest=(1800.0, 90.0))
    assert found.status == "proposed"
    sheets = AdjustmentSheets(book, found, names, parents=UNITS.set_index("unit_id")["parent_id"], currency="CNY")
    sheets.write(title="adjust", people_title="people")
    return book.to_bytes()


@pytest.fixture(scope="module")
def review(demo_workspace: Path) -> MonthlyReview:
    return open_review_period(demo_workspace, ReviewParameters(period="2026-10", unit="D30"))


@pytest.fixture(scope="module")
def written(review: MonthlyReview) -> Mapping[str, bytes]:
    return {language: export_review_workbook(review, language=language) for language in ("zh", "en")}


def opened(content: bytes, *, values: bool = True) -> Workbook:
    return load_workbook(io.BytesIO(content), data_only=values)


def formulas(book: Workbook) -> list[tuple[str, str]]:
    return [(sheet.title, cell.coordinate) for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def by_name(sheet: Any, column: int, *, first: int = 6) -> dict[str, Any]:
    """The cells of a column by the name in the first one."""
    return {str(sheet.cell(row, 1).value): sheet.cell(row, column).value for row in range(first, sheet.max_row + 1)}


def test_another_program_computes_the_same_and_totals_follow_a_changed_figure(written: Mapping[str, bytes], tmp_path: Path) -> None:
    files, contents = [], {"demo.xlsx": written["en"], "hand.xlsx": made_by_hand()}
    for name, content in contents.items():
        opened(content, values=False).save(tmp_path / name)  # formulas without values
        files.append(tmp_path / name)
    changed = opened(contents["hand.xlsx"], values=False)
    sheet = changed["This month"]
    row = next(row for row in range(6, sheet.max_row + 1) if sheet.cell(row, 1).value == "P")
    sheet.cell(row, 4, sheet.cell(row, 4).value + 25)
    changed.save(tmp_path / "changed.xlsx")
    *same, moved = recalculated([*files, tmp_path / "changed.xlsx"], tmp_path)
    for path in same:
        mine, theirs = opened(contents[path.name]), load_workbook(path, data_only=True)
        cells = formulas(opened(contents[path.name], values=False))
        assert len(cells) > 150, path.name
        for name, at in cells:
            value, other = mine[name][at].value, theirs[name][at].value
            if isinstance(value, str) or value is None:
                assert not value, (path.name, name, at)
                assert not other, (path.name, name, at)
            else:
                assert other == pytest.approx(value, rel=1e-9, abs=1e-6), (path.name, name, at)
    before, after = (by_name(book["This month"], 4) for book in (opened(contents["hand.xlsx"]), load_workbook(moved, data_only=True)))
    assert after["C"] == pytest.approx(before["C"] + 25)


def test_units_stand_as_the_attainment_has_them_where_people_moved_and_targets_were_not_passed_down() -> None:
    book = opened(made_by_hand())
    year = standing().frame("year").set_index("unit_id")
    sheet = book["Year to date"]
    heads = [str(cell.value) for cell in sheet[5]]
    assert {"Sales of people now elsewhere", "Target not passed down", "Sales counted in the unit above"} <= set(heads)
    for what, column in (("judged_target", 3), ("judged_actual", 4), ("judged_attainment", 6), ("contribution_points", 7),
                         ("restated_target", 8), ("restated_actual", 9), ("restated_attainment", 10)):
        found = by_name(sheet, column)
        for node, name in (("co", "C"), ("b", "B"), ("q", "Q")):
            value = year.loc[node, what]
            assert (found[name] or None) == (None if pd.isna(value) else pytest.approx(value)), (node, what)


def test_a_bridge_adds_up_with_what_belongs_to_nobody_below() -> None:
    book = opened(made_by_hand())
    sheet = book["From last year to this year"]
    assert [cell.value for cell in sheet[5]][:7] == ["Name", "Level", "Last year", "Volume", "Price", "This month, added up", "This month"]
    assert [cell.value for cell in sheet[6]][2:8] == [10.77, 2.23, -0.75, 12.25, 12.25, 0]
    volume = by_name(sheet, 4)
    assert volume["B"] == volume["Of no single person below"] == -0.77
    assert volume["R"] == 0


def test_a_proposed_adjustment_comes_person_by_person_to_the_months() -> None:
    book = opened(made_by_hand())
    people, months_of = book["Targets by person"], book["Adjustment"]
    total = people.max_row
    n = len(YEAR)
    assert [people.cell(total, column).value for column in (3, n + 4)] == [200.14, 200.14]  # January has ended
    assert people.cell(total, n + 4 + 11).value == pytest.approx(people.cell(total, 3 + 11).value * 1.05, abs=0.02)
    ledger = by_name(months_of, 2)
    assert ledger["Not placed, because of the limit"] == pytest.approx(
        ledger["Asked of the months left without a limit"] - ledger["Target of the months left, after"])


def test_nobody_of_another_unit_stands_in_it(review: MonthlyReview, written: Mapping[str, bytes]) -> None:
    mine = set(review.names.values())
    others = [str(name) for name in review.company.data.units["name"] if str(name) not in mine and len(str(name)) > 1]
    book = opened(written["en"])
    said = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert len(others) > 50
    assert not [name for name in others if name in said and not any(name in own for own in mine)]
    assert all(name in said for unit, name in review.names.items() if "/former" not in unit)


def test_standing_outlook_and_bridges_say_what_the_review_says(review: MonthlyReview, written: Mapping[str, bytes]) -> None:
    book = opened(written["en"])
    top = review.names[review.top]
    month = review.attainment.frame("month").set_index("unit_id").loc[review.top]
    assert by_name(book["This month"], 6)[top] == pytest.approx(month["judged_attainment"])
    year = book["The year's end"]
    row = review.year_end.row(review.top)
    missing, days = by_name(year, 6, first=7)[top], year["B3"].value
    assert missing == pytest.approx(row["target"] - row["actual"])
    assert by_name(year, 7, first=7)[top] == pytest.approx(missing / days)
    for name, bridge in (("From target to actual", review.bridge_target), ("From last year to this year", review.bridge_last_year)):
        sheet = book[name]
        ends = bridge.by([review.top])
        assert sheet.cell(6, sheet.max_column - 2).value == pytest.approx(ends["end_fen"].iloc[0] / 100)
        left = [sheet.cell(row, sheet.max_column).value for row in range(6, sheet.max_row + 1)]
        assert set(left) <= {0, None} and left.count(0) > len(review.nodes) // 2


def test_actions_carry_the_ids_the_app_knows_and_cells_to_decide_in(review: MonthlyReview, written: Mapping[str, bytes]) -> None:
    sheet = opened(written["en"])["Findings and actions"]
    ids = [sheet.cell(row, 11).value for row in range(5, sheet.max_row + 1) if sheet.cell(row, 11).value]
    assert ids == [action["action_id"] for action in review_record(review, "en")["actions"]] != []
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert rules["G5"].formula1 == '"Accepted,Dismissed,Done"'
    assert rules["I5"].type == "date"


def test_the_same_review_gives_the_same_bytes_in_either_language(
    review: MonthlyReview, written: Mapping[str, bytes], tmp_path: Path
) -> None:
    path = export_review_workbook(review, tmp_path / "review.xlsx", language="en")
    assert path.read_bytes() == written["en"] != written["zh"]
    zh = opened(written["zh"])
    assert zh.sheetnames[:3] == ["概览", "本月", "本季至今"]
    assert not [name for name in zh.sheetnames if name.isascii()]
    with pytest.raises(ParameterError, match="language"):
        export_review_workbook(review, language="fr")


def test_names_never_run_as_formulas() -> None:
    book = opened(made_by_hand(), values=False)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or "cmd" not in str(cell.value)
    assert f"'{EVIL}" in by_name(book["This month"], 1)


def test_many_pieces_are_added_up_in_sums_that_a_spreadsheet_takes() -> None:
    sheet = ReviewSheet(Book(decimals=2), "s", "en")
    assert sheet.sum_of(3, [5, 6, 7, 9]) == "SUM(C5:C7,C9)"
    many = sheet.sum_of(3, list(range(1, 1001, 2)))
    assert many.count("SUM(") == 3 and all(part.count(",") < 255 for part in many.split("+"))
    assert sheet.sum_of(3, []) == "0"


def test_people_stand_below_their_unit_before_its_units() -> None:
    units = pd.DataFrame({"unit_id": ["c", "t", "a", "b", "x"], "parent_id": [None, "c", "t", "c", "t"]})
    assert TreeRows(units=units).order == ["c", "b", "t", "a", "x"]
