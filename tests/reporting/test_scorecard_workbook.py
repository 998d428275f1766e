"""Everybody's scores as a workbook: sums that are live, text that is harmless, nothing that gives raters away."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from salesplan.errors import InputError
from salesplan.kpis.score_people import score_people
from salesplan.reporting.scorecard_workbook import export_scorecard_workbook
from tests.reporting.office import recalculated
from tests.reporting.scored_sellers import IDS, RULES, card, figures, scheme, sellers


def book(language: str = "en", *, values: bool = False, **options) -> Workbook:
    content = export_scorecard_workbook(options.pop("of", card()), language=language, profiles=sellers(), source="crm")
    return load_workbook(io.BytesIO(content), data_only=values)


def people(found: Workbook) -> dict[str, list]:
    return {row[0]: list(row) for row in found["People"].iter_rows(min_row=5, values_only=True) if row[0]}


def test_everybody_is_there_in_the_order_of_their_place() -> None:
    found, totals = people(book(values=True)), card().totals
    assert list(found) == totals.sort_values("rank", kind="stable").index.tolist()
    for who, row in found.items():
        assert row[5] == pytest.approx(totals.loc[who, "score"], abs=1e-9)
        assert [row[8], row[9], row[10], row[11]] == totals.loc[who, ["rank", "rank_lower", "rank_upper", "band"]].tolist()
    assert found["E0002"][2] == "'华东=一部" or found["E0002"][2] == "华东=一部"


def test_the_lines_and_the_scheme_are_there() -> None:
    found = book(values=True)
    assert found.sheetnames == ["Overview", "People", "KPIs of each person", "KPI sets", "What to know"]
    assert found["KPIs of each person"].max_row == 4 + len(IDS) * len(RULES)
    items = [row for row in found["KPI sets"].iter_rows(min_row=5, values_only=True) if row[0]]
    assert len(items) == len(RULES) and sum(row[2] for row in items) == pytest.approx(1)
    notes = [row[0] for row in found["What to know"].iter_rows(min_row=4, values_only=True) if row[0]]
    assert any("mixed rules" in note for note in notes)
    overview = [str(cell.value) for row in found["Overview"].iter_rows() for cell in row]
    assert {"0f1e2d3c4b5a", scheme().rule_version, "crm", "90%"} <= set(overview)


def test_another_program_adds_up_the_same_scores(tmp_path: Path) -> None:
    file = tmp_path / "card.xlsx"
    book().save(file)  # formulas only
    found = people(load_workbook(recalculated([file], tmp_path)[0], data_only=True))
    assert {who: row[5] for who, row in found.items()} == pytest.approx(card().totals["score"].to_dict(), abs=1e-9)


def test_without_bands_and_in_chinese(tmp_path: Path) -> None:
    path = export_scorecard_workbook(card(bands=False), tmp_path / "card.xlsx", language="zh")
    assert [p.name for p in tmp_path.iterdir()] == ["card.xlsx"]
    found = load_workbook(path, data_only=True)
    assert [row[11] for row in found["人员"].iter_rows(min_row=5, values_only=True)] == [None] * len(IDS)
    same = [export_scorecard_workbook(card(), language="zh") for _ in range(2)]
    assert same[0] == same[1]


def test_names_are_never_formulas_and_few_ratings_are_refused() -> None:
    cells = [cell for sheet in book() for row in sheet.iter_rows() for cell in row]
    assert all(cell.value.startswith(("=SUM(", "=H")) for cell in cells if cell.data_type == "f")
    assert "'=cmd|' /C calc'!A0" in [cell.value for cell in cells]
    table = figures()
    table.loc[table["kpi"] == "teamwork_rating", "evidence_rows"] = 1
    with pytest.raises(InputError, match="rests on 1 scores"):
        book(of=score_people(table, scheme(), sellers(), period="2026-10"))
