"""A statement's workbook computes the same score again, and another one when its figures are changed."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from salesplan.reporting.statement_facts import StatementMaker
from salesplan.reporting.statement_workbook import ACTUAL, AGREED, RAW, SCORE, TARGET, WEIGHT, WORTH, statement_workbook
from tests.reporting.office import recalculated
from tests.reporting.scored_sellers import IDS, RULES, card, sellers

COMPUTED = {"raw_score": RAW, "score": SCORE, "weight": WEIGHT, "points": WORTH}


def content(who: str, language: str = "en") -> bytes:
    return statement_workbook(StatementMaker(card(), language, profiles=sellers()).of(who))


def rows_of(book: Workbook) -> dict[str, int]:
    """Row of each KPI and of the total on the first sheet."""
    sheet = book.worksheets[0]
    top = next(cell.row for cell in sheet["A"] if cell.value == "KPI")
    names = [cell.value for cell in sheet["A"][top : top + len(RULES) + 1]]
    return {name: top + 1 + at for at, name in enumerate(names)}


def computed(book: Workbook) -> list[list]:
    """What the formulas of the table give: a row a KPI, then the total."""
    sheet = book.worksheets[0]
    *lines, total = rows_of(book).values()
    number = [[sheet.cell(row, column).value for column in COMPUTED.values()] for row in lines]
    return [*[[v if isinstance(v, int | float) else None for v in row] for row in number], [sheet.cell(total, WORTH).value]]


def expected(who: str) -> list[list]:
    lines = card().lines[card().lines["seller_id"] == who]
    table = [[None if np.isnan(v) else v for v in row] for row in lines[list(COMPUTED)].to_numpy(float)]
    return [*table, [card().totals.loc[who, "score"]]]


def close(one: list[list], other: list[list]) -> bool:
    def same(a: float | None, b: float | None) -> bool:
        return a is b is None or (a is not None and b is not None and abs(a - b) <= 1e-9 * max(1.0, abs(b)))

    return all(same(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True))


@pytest.mark.parametrize("who", IDS)
def test_the_stored_values_are_those_of_the_scorecard(who: str) -> None:
    assert close(computed(load_workbook(io.BytesIO(content(who)), data_only=True)), expected(who))


def test_another_program_computes_the_same_scores(tmp_path: Path) -> None:
    files = []
    for at, who in enumerate(IDS):
        book = load_workbook(io.BytesIO(content(who)))  # formulas only: what was stored beside them is dropped
        book.save(tmp_path / f"{at}.xlsx")
        assert computed(load_workbook(tmp_path / f"{at}.xlsx", data_only=True))[0] == [None] * 4
        files.append(tmp_path / f"{at}.xlsx")
    for who, file in zip(IDS, recalculated(files, tmp_path), strict=True):
        assert close(computed(load_workbook(file, data_only=True)), expected(who)), who


def test_other_figures_give_their_own_score(tmp_path: Path) -> None:
    """One person's workbook with another's actuals and targets becomes the other's score, whatever the special case."""
    files = []
    for at, who in enumerate(IDS):
        book, other = (load_workbook(io.BytesIO(content(one))) for one in (IDS[0], who))
        for row, theirs in list(zip(rows_of(book).values(), rows_of(other).values(), strict=True))[:-1]:
            for column in (ACTUAL, TARGET):
                book.worksheets[0].cell(row, column).value = other.worksheets[0].cell(theirs, column).value
        place = rows_of(book)["Record completeness"] - rows_of(book)["Sales amount"]
        book.worksheets[1].cell(5 + place, 9).value = other.worksheets[1].cell(5 + place, 9).value
        book.save(tmp_path / f"{at}.xlsx")
        files.append(tmp_path / f"{at}.xlsx")
    for who, file in zip(IDS, recalculated(files, tmp_path), strict=True):
        assert close(computed(load_workbook(file, data_only=True)), expected(who)), who


def test_what_the_rule_forbids_is_an_error_and_a_changed_weight_counts(tmp_path: Path) -> None:
    books = [load_workbook(io.BytesIO(content("E0042"))) for _ in range(2)]
    at = rows_of(books[0])
    books[0].worksheets[0].cell(at["Average discount"], TARGET).value = -1.0
    books[1].worksheets[0].cell(at["Sales amount"], AGREED).value = 0.7
    files = [tmp_path / f"{number}.xlsx" for number in range(2)]
    for book, file in zip(books, files, strict=True):
        book.save(file)
    forbidden, heavier = (load_workbook(f, data_only=True).worksheets[0] for f in recalculated(files, tmp_path))
    assert forbidden.cell(at["Total"], WORTH).value == "#N/A"
    assert heavier.cell(at["Total"], WORTH).value == pytest.approx((97.5 + 0.5 * 90) / 1.5)


def test_the_same_statement_gives_the_same_bytes_and_no_clock() -> None:
    assert content("E0042") == content("E0042") != content("E0002")
    with zipfile.ZipFile(io.BytesIO(content("E0042"))) as file:
        assert b"2000-01-01" in file.read("docProps/core.xml")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_and_grades_are_never_formulas(language: str) -> None:
    book = load_workbook(io.BytesIO(content("E0004", language)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    texts = [cell.value for cell in cells if cell.data_type == "s"]
    assert "'=cmd|' /C calc'!A0" in texts and "=cmd|' /C calc'!A0" not in texts
    assert "'=A*" in texts and "=A*" not in texts
    assert all(cell.value.startswith(("=IF(", "=SUM(", "=A")) for cell in cells if cell.data_type == "f")


def test_every_input_is_blue_and_every_result_is_not() -> None:
    book = load_workbook(io.BytesIO(content("E0042")))
    sheet, row = book.worksheets[0], rows_of(book)["Sales amount"]
    colours = [sheet.cell(row, column).font.color.rgb for column in (ACTUAL, TARGET, AGREED, RAW, SCORE, WEIGHT, WORTH)]
    assert colours[:3] == ["FF1D4ED8"] * 3 and "FF1D4ED8" not in colours[3:]
    assert sheet.cell(row, ACTUAL).number_format == "#,##0.00" and sheet.cell(row, WEIGHT).number_format == "0.0%"


def test_it_holds_nobody_else() -> None:
    with zipfile.ZipFile(io.BytesIO(content("E0002", "zh"))) as file:
        text = " ".join(file.read(name).decode() for name in file.namelist() if name.endswith((".xml", ".rels")))
    assert "李娜" in text and not any(name in text for name in ("张伟", "王芳", "Brien", "E0042", "E0099"))
