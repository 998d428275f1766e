"""The app in a real browser: no network, no complaint, sliders move the plan, files open, kernels end."""

import io
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from salesplan.reporting.params_yaml import read_params
from tests.apps.conftest import RunningApp, Watched, until

PANEL = ".sp-target-panel .sp-kpi-target .sp-kpi-v"
Open = Callable[..., Watched]


def ready(seen: Watched) -> None:
    seen.page.wait_for_selector(PANEL, state="visible", timeout=60_000)
    seen.page.wait_for_selector(".sp-provenance", state="visible")


def press(seen: Watched, slider: str, key: str, times: int = 1) -> None:
    handle = seen.page.locator(f"{slider} .noUi-handle").first
    handle.focus()
    for _ in range(times):
        handle.press(key)


def outside(seen: Watched, app: RunningApp) -> list[str]:
    local = (app.address, app.address.replace("http", "ws"), "data:", "blob:")
    return [r for r in seen.requests if not r.startswith(local)]


def test_the_panel_works_from_slider_to_download(panel_app: RunningApp, panel_page: Watched) -> None:
    seen = panel_page
    ready(seen)
    page = seen.page
    assert page.locator(".sp-bar").inner_text().count("演示公司 <demo>") == 1
    assert page.locator("html").get_attribute("lang") == "zh-CN"

    before, table = page.locator(PANEL).inner_text(), page.locator(".sp-rows").inner_text()
    press(seen, ".sp-slider-growth", "ArrowRight", 3)
    changed = "([selector, old]) => document.querySelector(selector).innerText !== old"
    page.wait_for_function(changed, arg=[PANEL, before])
    page.wait_for_function(changed, arg=[".sp-rows", table])

    page.get_by_role("button", name="华东大区").click()
    page.get_by_role("button", name="华东一组").click()
    page.get_by_role("button", name="李娜").click()
    page.get_by_role("button", name="2027年3月").click()
    page.wait_for_selector(".sp-crumb-here >> text=2027年3月")
    assert page.locator(".sp-rows .sp-row").count() >= 4
    page.locator(".sp-crumbs button").first.click()
    page.wait_for_selector(".sp-rows >> text=华南大区")

    with page.expect_download() as got:
        page.locator(".sp-get-xlsx").click()
    book = load_workbook(io.BytesIO(Path(got.value.path()).read_bytes()))
    assert got.value.suggested_filename == "目标计划_2027.xlsx" and book["总览"]["B6"].value.startswith("='公司'!")
    with page.expect_download() as got:
        page.locator(".sp-get-yaml").click()
    assert read_params(Path(got.value.path()).read_text(encoding="utf-8"))["growth"] == pytest.approx(0.15)

    page.locator(".sp-keep-b").click()
    page.wait_for_selector(".sp-scenarios")
    assert page.locator(".sp-changes").first.inner_text() == "增长率：+12.0% → +15.0%"
    page.wait_for_selector(".sp-picture svg")
    page.wait_for_selector(".sp-findings >> text=<growth> +15.0%")
    assert "start parameters" not in page.locator("body").inner_text()
    assert outside(seen, panel_app) == [] and seen.complaints == []


def test_a_version_is_saved_and_the_screen_compared_with_it(panel_app: RunningApp, panel_page: Watched) -> None:
    seen = panel_page
    ready(seen)
    page = seen.page
    page.locator(".sp-version-author input").fill("王总监")
    page.locator(".sp-version-reason input").fill("首版")
    page.locator(".sp-version-reason input").blur()
    page.locator(".sp-save-version").click()
    page.wait_for_selector(".sp-versions >> text=已保存为第 1 版")
    page.wait_for_selector(".sp-versions >> text=没有人的目标发生变化")
    press(seen, ".sp-slider-growth", "ArrowRight")
    page.wait_for_selector(".sp-versions >> text=16 人中有 16 人的目标发生变化")
    assert (panel_app.workspace / "plan.db").exists()
    assert outside(seen, panel_app) == [] and seen.complaints == []


def test_the_narrow_page_in_english_fits_and_escapes(panel_app: RunningApp, open_page: Open) -> None:
    seen = open_page(panel_app.address + "?lang=en", width=420)
    ready(seen)
    page = seen.page
    assert "Target of the year" in page.locator(".sp-kpis").inner_text()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    page.get_by_role("button", name="华南大区").click()
    page.get_by_role("button", name="华南二组").click()
    page.wait_for_selector("text=<script>alert(1)</script>")
    fonts = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family).join()")
    assert "Font Awesome" in fonts
    assert outside(seen, panel_app) == [] and seen.complaints == []


def test_a_person_asks_why_and_sets_a_cap_on_a_narrow_page(panel_app: RunningApp, open_page: Open) -> None:
    seen = open_page(panel_app.address, width=420)
    ready(seen)
    page = seen.page
    page.get_by_role("button", name="华东大区").click()
    page.get_by_role("button", name="为什么是这个数").click()
    page.wait_for_selector(".sp-explanation >> text=华东大区的目标")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    wrap = "document.querySelector('.sp-explanation').parentElement"
    assert page.evaluate(f"getComputedStyle({wrap}).overflowX") == "auto"
    assert "gradient" in page.evaluate(f"getComputedStyle({wrap}).backgroundImage")
    page.locator(".sp-rule-reason input").fill("新市场")
    page.locator(".sp-rule-reason input").blur()
    page.locator(".sp-add-rule").click()
    page.wait_for_selector(".sp-rule >> text=新市场")
    page.locator(".sp-remove-rule").click()
    page.wait_for_selector(".sp-rule", state="detached")
    assert outside(seen, panel_app) == [] and seen.complaints == []


def test_a_failing_callback_tells_the_person_and_the_log(panel_app: RunningApp, panel_page: Watched) -> None:
    seen = panel_page
    ready(seen)
    page = seen.page
    press(seen, ".sp-slider-capacity_weight", "Home")
    press(seen, ".sp-slider-potential_weight", "Home")
    press(seen, ".sp-slider-history_weight", "Home")
    banner = page.wait_for_selector(".sp-banner")
    error_id = re.search(r"错误编号：([0-9a-f]{8})", banner.inner_text())
    assert error_id and "不能全为0" in banner.inner_text()
    assert until(lambda: f"error {error_id.group(1)}" in panel_app.log and "Traceback" in panel_app.log)
    press(seen, ".sp-slider-history_weight", "ArrowRight")
    page.wait_for_selector(".sp-banner", state="detached")


def test_pages_opened_at_once_all_show_their_panel(panel_app: RunningApp, panel_page: Watched) -> None:
    context = panel_page.page.context
    pages = [context.new_page() for _ in range(4)]
    for page in pages:
        page.goto(panel_app.address, wait_until="commit")
    for page in pages:
        page.wait_for_selector(PANEL, state="visible", timeout=60_000)
        page.close()
    assert "Timeout waiting for IOPub" not in panel_app.log


def _status(address: str, data: bytes | None = None) -> int:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object, **kwargs: object) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(urllib.request.Request(address, data=data), timeout=20) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_what_the_app_does_not_need_is_shut(panel_app: RunningApp) -> None:
    base = panel_app.address
    for path in ("target_setting.ipynb", "logs/app.log", "workspace.yaml", "../../etc/passwd"):
        assert _status(f"{base}voila/files/{path}") in (403, 404)
    for path in ("api/kernels", "api/contents", "api/terminals", "api/sessions"):
        assert _status(base + path, data=b"{}") in (403, 404, 405)


def test_a_password_is_asked_for(locked_app: RunningApp, open_page: Open) -> None:
    assert _status(locked_app.address) == 302
    seen = open_page(locked_app.address)
    seen.page.fill("#password_input", "wrong password")
    seen.page.click("#login_submit")
    seen.page.wait_for_selector(".wrong")
    log_in(seen)
    assert "小报告" in seen.page.locator("h1").first.inner_text()
    assert outside(seen, locked_app) == []
    assert "open sesame" not in locked_app.log


def log_in(seen: Watched) -> None:
    seen.page.fill("#password_input", "open sesame")
    seen.page.click("#login_submit")
    seen.page.wait_for_selector(".sp-provenance", state="visible", timeout=60_000)


def test_a_closed_page_ends_its_kernel_and_no_other_person_reaches_it(locked_app: RunningApp, open_page: Open) -> None:
    seen, stranger = open_page(locked_app.address), open_page(locked_app.address)
    log_in(seen)
    log_in(stranger)
    kernel = json.loads(seen.page.locator("#jupyter-config-data").inner_text())["kernelId"]
    mine = f"{locked_app.address}api/kernels/{kernel}"
    assert seen.page.request.get(mine).status == 200
    assert stranger.page.request.get(mine).status == 403
    xsrf = next(c["value"] for c in stranger.page.context.cookies() if c["name"] == "_xsrf")
    closing = stranger.page.request.post(
        f"{locked_app.address}voila/api/shutdown/{kernel}", headers={"X-XSRFToken": xsrf}
    )
    assert closing.status == 403
    assert seen.page.request.get(mine).status == 200
    seen.page.goto("about:blank")
    assert until(lambda: f"Kernel shutdown: {kernel}" in locked_app.log)
