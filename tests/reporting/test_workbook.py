"""The workbook: live sums that add up, harmless text, the same bytes; checked by another program."""

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from salesplan.reporting.workbook import export_plan_workbook
from tests.plan_factory import make_plan


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert export_plan_workbook(make_plan()) == export_plan_workbook(make_plan())
    assert export_plan_workbook(make_plan()) != export_plan_workbook(make_plan(growth=0.2))


def test_no_clock_is_in_the_file() -> None:
    with zipfile.ZipFile(io.BytesIO(export_plan_workbook(make_plan()))) as file:
        assert {i.date_time[:3] for i in file.infolist()} <= {(1980, 1, 1), (1980, 1, 31)}
        assert b"2000-01-01" in file.read("docProps/core.xml")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_text_is_never_a_formula(language: str) -> None:
    book = load_workbook(io.BytesIO(export_plan_workbook(make_plan(), language=language)))
    formulas = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    texts = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "s"]
    assert all(f.startswith(("=SUM(", "=IF(", "=ROUND(", "='")) for f in formulas)
    assert "'=cmd|' /C calc'!A0" in texts and "=cmd|' /C calc'!A0" not in texts


def test_every_level_is_a_sum_of_the_one_below() -> None:
    book = load_workbook(io.BytesIO(export_plan_workbook(make_plan(), language="en")))
    assert book.sheetnames == [
        "Summary",
        "Company",
        "Region",
        "Team",
        "People",
        "People by product line",
        "People by week",
    ]
    assert book["Company"]["D5"].value == "=SUM('Region'!D5:D6)"
    assert book["Region"]["D6"].value == "=SUM('Team'!D7:D8)"
    assert book["Team"]["D6"].value == "=SUM('People'!D9:D12)"
    assert book["People"]["D6"].value == "=SUM('People by product line'!D8:D10)"
    assert isinstance(book["People by product line"]["D5"].value, int | float)
    assert book["People"].freeze_panes == "D5"


def numbers(content: bytes, *, computed: bool) -> dict[tuple[str, str], float]:
    """Every number of a workbook by sheet and cell: as stored beside formulas, or as constants only."""
    book = load_workbook(io.BytesIO(content), data_only=computed)
    cells = ((sheet.title, cell) for sheet in book for row in sheet.iter_rows() for cell in row)
    return {(name, c.coordinate): c.value for name, c in cells if isinstance(c.value, int | float)}


def test_a_preview_that_computes_nothing_shows_the_plans_numbers() -> None:
    plan = make_plan()
    content = export_plan_workbook(plan, language="en")
    book = load_workbook(io.BytesIO(content), data_only=True)
    summary = {row[0].value: row[1].value for row in book["Summary"].iter_rows(max_col=2)}
    top = plan.nodes.iloc[0]
    assert [round(summary[n] * 100) for n in ("Floor", "Target", "Stretch")] == [
        top[f"{k}_fen"] for k in ("floor", "target", "stretch")
    ]
    team = {row[0]: row for row in book["Team"].iter_rows(min_row=5, values_only=True)}
    for unit in ("t00", "t01", "t10", "t11"):
        node = plan.nodes.loc[f"{unit}|*"]
        months = plan.table(f"{unit}|*", by="month")["target"]
        assert [round(v, 2) for v in team[unit][3:15]] == [round(v, 2) for v in months]
        assert round(team[unit][15] * 100) == node["target_fen"] and team[unit][19] == pytest.approx(node["growth"])
    formulas = {
        (sheet.title, c.coordinate)
        for sheet in load_workbook(io.BytesIO(content))
        for row in sheet.iter_rows()
        for c in row
        if c.data_type == "f"
    }
    assert formulas <= set(numbers(content, computed=True)), "every formula has its value beside it"


@pytest.mark.parametrize(("unit", "shown"), [("yuan", "#,##0;"), ("fen", "#,##0.00;")])
def test_money_has_as_many_decimals_as_the_plan(unit: str, shown: str) -> None:
    book = load_workbook(io.BytesIO(export_plan_workbook(make_plan(unit=unit), language="en")))
    assert book["Team"]["D5"].number_format.startswith(shown)
    assert book["Team"]["A2"].value.startswith("Unit: ")


def test_it_prints_across_a_page_with_its_captions() -> None:
    book = load_workbook(io.BytesIO(export_plan_workbook(make_plan(), language="en")))
    people = book["People"]
    assert people.page_setup.orientation == "landscape" and people.sheet_properties.pageSetUpPr.fitToPage
    assert people.page_setup.fitToWidth in (None, 1) and people.page_setup.fitToHeight == 0
    assert people.print_title_rows == "$1:$4" and book["People by week"].print_title_cols == "$A:$C"
    assert people["A5"].font.name == "Microsoft YaHei"


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = export_plan_workbook(make_plan(), tmp_path / "plan.xlsx", weeks=False)
    assert path.exists() and [p.name for p in tmp_path.iterdir()] == ["plan.xlsx"]
    assert "人员×周" not in load_workbook(path).sheetnames


def test_another_program_computes_the_same_totals(tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    plan = make_plan()
    source = export_plan_workbook(plan, tmp_path / "plan.xlsx", language="en")
    done = subprocess.run(
        [
            office,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(tmp_path / "out"),
            str(source),
        ],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    book = load_workbook(tmp_path / "out" / "plan.xlsx", data_only=True)
    summary = {row[0].value: row[1].value for row in book["Summary"].iter_rows(max_col=2)}
    company = plan.nodes.iloc[0]
    for name, column in (("Floor", "floor"), ("Target", "target"), ("Stretch", "stretch")):
        assert round(summary[name] * 100) == company[f"{column}_fen"]
    assert [summary[n] for n in ("Region", "Team", "People", "People by product line", "People by week")] == [0] * 5
    people = book["People"]
    assert round(people["P5"].value * 100) == plan.nodes.loc["E000|*", "target_fen"]
    ours = numbers(source.read_bytes(), computed=True)
    theirs = numbers((tmp_path / "out" / "plan.xlsx").read_bytes(), computed=True)
    assert {k: round(v, 6) for k, v in ours.items()} == pytest.approx({k: theirs[k] for k in ours}, abs=1e-6)


def test_growth_on_a_part_of_a_year_is_said_to_be_that() -> None:
    plan = make_plan()
    annual = plan.forecast.annual.copy()
    annual.loc["E001|*", "n_months"] = 5
    plan = replace(plan, forecast=replace(plan.forecast, annual=annual))
    sheet = load_workbook(io.BytesIO(export_plan_workbook(plan, language="en", weeks=False)))["People"]
    head = {cell.value: cell.column for cell in sheet[4]}
    growth = {row[0].value: row[head["Growth"] - 1].value for row in sheet.iter_rows(min_row=5)}
    assert growth["E001"] == "part of a year" and str(growth["E000"]).startswith("=IF(")
