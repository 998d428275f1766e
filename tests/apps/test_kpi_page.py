"""The KPI panel in a real browser: sliders redraw weights and people, bands follow, a scheme is saved and approved."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from salesplan.reporting.params_yaml import read_params
from tests.apps.conftest import RunningApp, Watched, nothing_clipped, quiet, served_panel, watch
from tests.notebook_factory import ROOT

Open = Callable[..., Watched]
CELL = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from salesplan.apps.context import app_language
from salesplan.apps.kpi_panel import kpi_panel
from tests.apps.kpi_company import make_kpi_data, make_library, make_parameters, make_scheme
data = make_kpi_data()
kpi_panel(data, make_scheme(), make_parameters(), make_library(), language=app_language("zh"))
"""


@pytest.fixture(scope="module")
def kpi_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with served_panel(tmp_path_factory.mktemp("kpis"), name="kpi_weighting", title="指标权重", cell=CELL) as app:
        yield app


@pytest.fixture(scope="module")
def kpi_page(browser: Any, kpi_app: RunningApp) -> Iterator[Watched]:
    """The Chinese panel, wide; the tests that use it go on from one another's state."""
    seen = watch(browser, kpi_app.address, width=1366)
    ready(seen)
    yield seen
    seen.page.context.close()


def ready(seen: Watched) -> None:
    seen.page.wait_for_selector(".sp-k-people", state="visible", timeout=60_000)
    seen.page.wait_for_selector(".sp-k-stable", state="visible", timeout=30_000)


def fits(seen: Watched) -> None:
    nothing_clipped(seen.page, ".sp-kpi-panel .widget-label, .sp-kpi-panel .sp-button, .sp-k-table :is(th, td),"
                    " .sp-kpi-v, .sp-k-said, .sp-k-ends span, .sp-k-w-n")


def test_a_slider_moved_by_key_redraws_weights_and_people_and_then_the_bands(kpi_app: RunningApp, kpi_page: Watched) -> None:
    page = kpi_page.page
    page.wait_for_function("!document.querySelector('.sp-k-wait')")
    before = page.locator(".sp-k-people").inner_text()
    handle = page.locator(".sp-k-pair .noUi-handle").first
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    page.wait_for_selector(".sp-k-said >> text=回款额的重要性是销售额的 5 倍")
    page.wait_for_selector(".noUi-handle[aria-valuetext='回款额的重要性是销售额的 5 倍']", state="attached")
    page.wait_for_function("old => document.querySelector('.sp-k-people').innerText !== old", arg=before)
    page.wait_for_selector(".sp-k-pairwise >> text=判断前后矛盾")
    page.wait_for_function("!document.querySelector('.sp-k-wait')")
    page.locator(".sp-k-apply").click()
    page.wait_for_selector(".sp-k-pairwise >> text=判断前后一致")
    page.wait_for_selector(".sp-findings-card .sp-finding")
    fits(kpi_page)
    assert quiet(kpi_page, kpi_app)


def test_a_person_opens_and_files_are_handed_over(kpi_app: RunningApp, kpi_page: Watched) -> None:
    page = kpi_page.page
    page.locator(".sp-k-filter-query input").fill("E0003")
    page.wait_for_selector(".sp-k-page >> text=第 1 / 1 页")
    page.locator(".sp-k-filter-query input").fill("E0004")
    page.locator(".sp-k-name >> text=E0004").click()
    page.wait_for_selector(".sp-k-person >> text=按现行方案为")
    with page.expect_download() as got:
        page.locator(".sp-get-xlsx").click()
    assert load_workbook(io.BytesIO(Path(got.value.path()).read_bytes())).sheetnames
    with page.expect_download() as got:
        page.locator(".sp-get-yaml").click()
    assert read_params(Path(got.value.path()).read_text(encoding="utf-8"))["kpi_set"] == "senior"
    with page.expect_download() as got:
        page.locator(".sp-get-statement").click()
    assert got.value.suggested_filename == "个人考核单_E0004_2026-10.html"
    assert quiet(kpi_page, kpi_app)


def test_a_scheme_is_saved_and_approved_for_next_month(kpi_app: RunningApp, kpi_page: Watched) -> None:
    page = kpi_page.page
    page.locator(".sp-scheme-author input").fill("王总监")
    page.locator(".sp-scheme-reason input").fill("试行")
    page.locator(".sp-scheme-reason input").blur()
    page.locator(".sp-save-scheme").click()
    page.wait_for_selector(".sp-k-versions >> text=已保存为第 1 版（草稿）")
    page.locator(".sp-scheme-who input").fill("刘总")
    page.locator(".sp-scheme-why input").fill("同意")
    page.locator(".sp-scheme-why input").blur()
    page.locator(".sp-approve-scheme").click()
    from salesplan.data.scheme_store import SchemeStore
    from salesplan.text.numbers import format_month

    month = max(pd.Period("2026-11", freq="M"), pd.Period(pd.Timestamp.now(), freq="M"))
    page.wait_for_selector(f".sp-k-versions >> text=自{format_month(month, 'zh')}起适用；此前的得分保持不变")

    store = SchemeStore(kpi_app.workspace / "plan.db")
    kept = store.in_force("kpi_scheme", str(month))
    assert kept is not None and (kept.author, kept.reason) == ("王总监", "试行") and store.in_force("kpi_scheme", "2026-10") is None
    fits(kpi_page)
    assert quiet(kpi_page, kpi_app)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_narrow_page_fits_and_names_stay_text(kpi_app: RunningApp, open_page: Open, language: str) -> None:
    seen = open_page(kpi_app.address + f"?lang={language}", width=420)
    ready(seen)
    fits(seen)
    page = seen.page
    assert page.locator(".sp-k-names b").count() == 0 and "<b>赵敏</b>" in page.locator(".sp-k-names").first.inner_text()
    page.locator(".sp-k-choose-method select").select_option({"en": "Agreed weights", "zh": "约定权重"}[language])
    slider = page.locator(".sp-k-weight-slider .noUi-handle").first
    slider.wait_for(state="visible")
    page.wait_for_function("!document.querySelector('.sp-k-wait')")
    for _ in range(3):  # a key pressed while the cards are still being drawn may be lost
        slider.press("ArrowRight")
        page.wait_for_timeout(2500)
        if page.locator(".sp-k-weights >> text=45%").count():
            break
    page.wait_for_selector(".sp-k-weights >> text=45%")
    assert json.loads(page.evaluate("JSON.stringify([...document.querySelectorAll('.sp-k-w b')].map(b => b.innerText))"))[-1] == "100%"
    assert quiet(seen, kpi_app)
