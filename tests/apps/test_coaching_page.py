"""The coaching panel in a real browser: the heatmap opens to a person, the budget makes the plan again, files are taken."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from salesplan.reporting.params_yaml import read_params
from tests.apps.conftest import RunningApp, Watched, nothing_clipped, quiet, served_panel, watch
from tests.notebook_factory import ROOT

Open = Callable[..., Watched]
CELL = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from salesplan.apps.coaching_panel import coaching_panel
from tests.reporting.coached_company import needs
coaching_panel(needs())
"""


@pytest.fixture(scope="module")
def coaching_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with served_panel(tmp_path_factory.mktemp("coaching"), name="training_needs", title="培训需求与辅导", cell=CELL) as app:
        yield app


@pytest.fixture(scope="module")
def coaching_page(browser: Any, coaching_app: RunningApp) -> Iterator[Watched]:
    """The Chinese panel, wide; the tests that use it go on from one another's state."""
    seen = watch(browser, coaching_app.address, width=1366)
    ready(seen)
    yield seen
    seen.page.context.close()


def ready(seen: Watched) -> None:
    seen.page.wait_for_selector(".sp-c-map", state="visible", timeout=90_000)
    seen.page.wait_for_selector(".sp-c-headline[data-proven=true]", state="visible", timeout=60_000)


def fits(seen: Watched) -> None:
    nothing_clipped(seen.page, ".sp-coaching-panel .widget-label, .sp-coaching-panel .sp-button, .sp-kpi-v, .sp-kpi-n,"
                    " .sp-c-skills :is(th, td), .sp-c-map thead th span, .sp-c-pairs td")


def stand_beside(seen: Watched) -> None:
    """Every name stands at the height of its row of the heatmap."""
    tops = """() => {const y = q => [...document.querySelectorAll(q)].map(e => Math.round(e.getBoundingClientRect().top));
        return [y('.sp-c-board .sp-k-name'), y('.sp-c-map tbody tr')]}"""
    count = "document.querySelectorAll('.sp-c-board .sp-k-name').length === document.querySelectorAll('.sp-c-map tbody tr').length"
    seen.page.wait_for_function(count)
    names, rows = seen.page.evaluate(tops)
    assert all(abs(a - b) <= 2 for a, b in zip(names, rows, strict=True))


def test_the_heatmap_opens_from_tier_to_team_to_person(coaching_app: RunningApp, coaching_page: Watched) -> None:
    page = coaching_page.page
    stand_beside(coaching_page)
    assert page.locator(".sp-c-few").count() > 0
    page.locator(".sp-k-name >> text=骨干").click()
    page.wait_for_selector(".sp-c-map[data-depth=team]")
    page.locator(".sp-k-name >> text=团队1").click()
    page.wait_for_selector(".sp-c-map[data-depth=person]")
    stand_beside(coaching_page)
    page.locator(".sp-k-name >> text=销售5").click()
    page.wait_for_selector(".sp-c-person[data-person=E005] .sp-c-verdict[data-verdict=effort]")
    page.locator(".sp-c-choose-person select").select_option("销售9")
    page.wait_for_selector(".sp-c-person[data-person=E009]")
    fits(coaching_page)
    assert quiet(coaching_page, coaching_app)


def test_the_budget_moved_by_key_makes_the_plan_again(coaching_app: RunningApp, coaching_page: Watched) -> None:
    page = coaching_page.page
    before = page.locator(".sp-c-headline").inner_text()
    handle = page.locator(".sp-c-knob-budget .noUi-handle")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowLeft")
    page.wait_for_selector(".sp-c-knob-budget .widget-readout >> text=3.7万")
    page.wait_for_function("old => document.querySelector('.sp-c-headline').innerText !== old", arg=before)
    page.wait_for_selector(".sp-c-headline >> text=预算3.7万元")
    ready(coaching_page)
    page.locator(".sp-c-plan .widget-toggle-button >> text=增加预算").click()
    page.wait_for_selector(".sp-c-plan .sp-picture svg")
    page.locator(".sp-c-plan .widget-toggle-button >> text=还剩什么").click()
    page.wait_for_selector(".sp-c-why[data-reason]")
    fits(coaching_page)
    assert quiet(coaching_page, coaching_app)


def test_the_other_matching_is_a_switch_away(coaching_app: RunningApp, coaching_page: Watched) -> None:
    page = coaching_page.page
    assert page.locator(".sp-c-pairs tbody tr").count() > 0 and page.locator("[data-unmatched]").count() > 0
    page.locator(".sp-c-matching .widget-toggle-button").nth(1).click()
    page.wait_for_selector(".sp-c-mentors >> text=都宁愿换成彼此")
    assert quiet(coaching_page, coaching_app)


def test_files_are_taken_away(coaching_app: RunningApp, coaching_page: Watched) -> None:
    page = coaching_page.page
    with page.expect_download() as got:
        page.locator(".sp-get-xlsx").click()
    assert load_workbook(io.BytesIO(Path(got.value.path()).read_bytes())).sheetnames
    with page.expect_download() as got:
        page.locator(".sp-get-yaml").click()
    given = read_params(Path(got.value.path()).read_text(encoding="utf-8"))
    assert (given["budget"], given["matching"]) == (37_000, "stable")
    with page.expect_download() as got:
        page.locator(".sp-get-sheet").click()
    assert got.value.suggested_filename == "发展计划_E009_2026-10.html"
    assert quiet(coaching_page, coaching_app)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_narrow_page_fits_and_names_stay_text(coaching_app: RunningApp, open_page: Open, language: str) -> None:
    seen = open_page(coaching_app.address + f"?lang={language}", width=420)
    ready(seen)
    fits(seen)
    page = seen.page
    page.locator(".sp-k-name >> text=骨干").click()
    page.wait_for_selector(".sp-c-map[data-depth=team]")
    page.locator(".sp-k-name >> text=团队0").click()
    page.wait_for_selector(".sp-c-map[data-depth=person]")
    stand_beside(seen)
    assert page.locator(".sp-k-names script").count() == 0 and "林<script>" in page.locator(".sp-k-names").inner_text()
    page.locator(".sp-k-name >> text=林").click()
    page.wait_for_selector(".sp-c-person[data-person=E000]")
    fits(seen)
    assert quiet(seen, coaching_app)
