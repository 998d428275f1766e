"""The sheet of one person: true figures on the page, formulas that follow, text that no program runs."""

import io
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from salesplan.errors import InputError
from salesplan.reporting.development_html import development_html, said_level
from salesplan.reporting.development_workbook import development_workbook
from tests.reporting.development_example import EVIL, NAN, TAG, example, skill_line
from tests.reporting.office import recalculated


def shown(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "\n", re.sub(r"<style>.*?</style>", "", page, flags=re.S)))


def book(sheet, *, values: bool = False) -> Workbook:
    return load_workbook(io.BytesIO(development_workbook(sheet)), data_only=values)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_is_the_same_every_time_fetches_nothing_and_runs_nothing(language: str) -> None:
    page = development_html(example(language))
    assert page == development_html(example(language))
    assert "<script" not in page and "http" not in page and "src=" not in page
    assert TAG in shown(page) and "NaN" not in page and "nan" not in shown(page).split()


def test_the_page_tells_levels_gaps_plan_and_agenda() -> None:
    page = shown(development_html(example()))
    for words in ("Skill: train", "Result: 78%; usual 96%", "Watch a visit.", "1.7", "1.9–2.7", "Not assessed",
                  "Objection workshop", "4.5", "2026-12-15", "Li Na: strong", "Win rate 14%", "Where did they say no?",
                  "Levels are estimates.", "0f1e2d3c", "scale from 1 to 5"):
        assert words in page, words


def test_levels_stand_where_the_scale_says() -> None:
    page = development_html(example())
    assert 'class="dot" style="left:32.5%"' in page and 'class="need" style="left:75.0%"' in page
    assert 'left:22.5%;width:20.0%' in page, "the interval"
    assert page.count('class="dot" style') == 2, "nothing is drawn for a skill nobody assessed"


def test_an_empty_plan_says_so() -> None:
    page = shown(development_html(example(steps=(), goals=(), mentor=(), verdict="", skills=())))
    assert "Nothing is planned" in page and "Goals agreed before" not in page and "What holds results back" not in page


def test_a_gap_that_is_not_the_difference_is_refused() -> None:
    with pytest.raises(InputError, match="skill S1"):
        example(skills=(replace(skill_line("S1", "x", 4.0, 2.0), gap=1.0),))
    with pytest.raises(InputError, match="must rise"):
        example(scale=(5.0, 1.0))


def test_the_workbook_carries_the_figures_and_what_they_come_to() -> None:
    rows = [[c.value for c in row] for row in book(example(), values=True)["Development plan"].iter_rows()]
    found = {row[0]: row for row in rows if row[0]}
    assert found["Objection handling"][1:9] == pytest.approx([4.0, 2.3, 1.9, 2.7, 1.7, 4.0, 3.0, 20.4])
    assert found["Hours in all"][5] == pytest.approx(16.5)
    assert found["Industry insight"][5] in (None, "")
    talk = [c.value for row in book(example())["Agenda"].iter_rows() for c in row if c.value]
    assert {"Where did they say no?", "Win rate 14%; upper quarter 27%."} <= set(talk)


def test_another_program_computes_the_same(tmp_path: Path) -> None:
    files = []
    for language in ("en", "zh"):
        files.append(tmp_path / f"{language}.xlsx")
        book(example(language)).save(files[-1])  # formulas only
    for path, language in zip(recalculated(files, tmp_path), ("en", "zh"), strict=True):
        mine = book(example(language), values=True).worksheets[0]
        theirs = load_workbook(path, data_only=True).worksheets[0]
        formulas = [c.coordinate for row in book(example(language)).worksheets[0].iter_rows() for c in row if c.data_type == "f"]
        assert len(formulas) == 7
        for at in formulas:
            assert (theirs[at].value or "") == pytest.approx(mine[at].value or ""), at


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_workbook_is_the_same_every_time_and_its_text_is_harmless(language: str) -> None:
    assert development_workbook(example(language)) == development_workbook(example(language))
    cells = [c for sheet in book(example(language)) for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
    assert not [c.value for c in cells if c.data_type != "f" and c.value.startswith(("=", "+", "-", "@"))]
    assert [c.value for c in cells if EVIL in c.value] == [f"'{EVIL}", f"'{EVIL}", f"2. {EVIL}"]
    assert {c.value.split("(")[0] for c in cells if c.data_type == "f"} <= {"=IF", "=SUM"}


def test_levels_have_the_decimals_they_need() -> None:
    assert [said_level(x, "en") for x in (3.0, 2.46, 2.96, NAN, 12.0)] == ["3", "2.5", "3", "–", "12"]
