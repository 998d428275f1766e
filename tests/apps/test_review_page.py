"""The review panel in a real browser: opened down to a person, an action decided about, new targets approved."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from salesplan.data.action_store import ActionStore
from salesplan.data.plan_store import PlanStore
from tests.apps.conftest import RunningApp, Watched, nothing_clipped, quiet, served_panel
from tests.apps.reviewed_company import company_files
from tests.notebook_factory import ROOT

Open = Callable[..., Watched]
CELL = """
import sys; sys.path.insert(0, {root!r})
from salesplan.apps.review_panel import review_panel
from tests.apps.reviewed_company import opened
review_panel(opened({company!r}, workspace={company!r}))
"""


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company_files(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def review_app(tmp_path_factory: pytest.TempPathFactory, reviewed: Path) -> Iterator[RunningApp]:
    cell = CELL.format(root=str(ROOT), company=str(reviewed))
    with served_panel(tmp_path_factory.mktemp("review"), name="monthly_review", title="月度复盘", cell=cell) as app:
        yield app


def ready(seen: Watched) -> None:
    seen.page.wait_for_selector(".sp-r-headline[data-whole=true]", state="visible", timeout=90_000)
    seen.page.wait_for_selector(".sp-r-table tbody tr", state="visible")


def fits(seen: Watched) -> None:
    nothing_clipped(seen.page, ".sp-review-panel .widget-label, .sp-review-panel .sp-button, .sp-kpi-v, .sp-kpi-n, .sp-r-table td")


def stand_beside(seen: Watched) -> None:
    """Every name stands at the height of its row of figures."""
    tops = """() => {const y = q => [...document.querySelectorAll(q)].map(e => Math.round(e.getBoundingClientRect().top));
        return [y('.sp-r-board .sp-k-name'), y('.sp-r-table tbody tr')]}"""
    names, rows = seen.page.evaluate(tops)
    assert names and all(abs(a - b) <= 3 for a, b in zip(names, rows, strict=True))


def test_a_manager_drills_down_decides_and_approves(review_app: RunningApp, reviewed: Path, open_page: Open) -> None:
    seen = open_page(review_app.address, width=1366)
    ready(seen)
    page = seen.page
    stand_beside(seen)
    page.locator(".sp-r-board .sp-k-name >> text=East").click()
    page.wait_for_selector(".sp-r-headline[data-place=e]")
    page.locator(".sp-r-board .sp-k-name >> text=Two").click()
    page.wait_for_selector(".sp-r-headline[data-place=t2]")
    page.locator(".sp-r-board .sp-k-name >> text=林").click()
    page.wait_for_selector(".sp-r-person[data-person=r3] .sp-r-step", timeout=60_000)
    assert page.locator(".sp-r-board").is_hidden() and page.locator(".sp-crumb-here script").count() == 0
    fits(seen)
    page.locator(".sp-crumb >> text=East").click()
    page.wait_for_selector(".sp-r-headline[data-place=e]")

    page.locator(".sp-r-views .widget-toggle-button >> text=动作").first.click()
    page.locator(".sp-r-decide:visible").first.click(timeout=60_000)
    page.locator(".sp-r-who input").fill("ana")
    page.locator(".sp-r-why input").fill("本周就做")
    page.locator(".sp-r-save").click()
    page.wait_for_selector(".sp-r-said[data-status=accepted] >> text=ana")
    fits(seen)
    assert ActionStore(reviewed / "plan.db").decisions()[["decision", "who", "why"]].values.tolist() == [["accepted", "ana", "本周就做"]]

    page.locator(".sp-r-views .widget-toggle-button >> text=目标调整").click()
    page.locator(".sp-r-approved-by input").fill("ana", timeout=60_000)
    page.locator(".sp-r-approve-why input").fill("招标取消")
    page.locator(".sp-r-approve").click()
    page.wait_for_selector(".sp-r-approved[data-version='2'] >> text=招标取消", timeout=90_000)
    assert page.locator(".sp-r-approve").is_hidden() and page.locator(".sp-r-adjustment .sp-table tbody tr").count() == 1
    with PlanStore(reviewed / "plan.db") as store:
        assert store.versions()["status"].tolist() == ["draft", "approved"]
    fits(seen)
    assert quiet(seen, review_app)


def test_the_narrow_page_fits(review_app: RunningApp, open_page: Open) -> None:
    seen = open_page(review_app.address + "?lang=en", width=420)
    ready(seen)
    stand_beside(seen)
    fits(seen)
    seen.page.locator(".sp-r-board .sp-k-name >> text=West").click()
    seen.page.wait_for_selector(".sp-r-headline[data-place=w]")
    seen.page.locator(".sp-r-views .widget-toggle-button >> text=Causes").click()
    seen.page.wait_for_selector(".sp-r-bridge svg:visible", timeout=90_000)
    fits(seen)
    assert quiet(seen, review_app)
