"""The page that leads to every review: figures, words beside colours, links that work from a folder, every width."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from salesplan.reporting.review_index import LONGEST_LIST, sparkline, write_index
from salesplan.reporting.review_record import UnitRecord

FILES = {form: {"name": f"monthly_review.{form}", "sha256": "0", "bytes": 1} for form in ("html", "pdf", "ipynb")}


def record(unit_id: str, path: tuple[str, ...], **values: Any) -> UnitRecord:
    review = {"status": "act", "attainment": 0.812, "p_hit": 0.004, "n_act": 2, "n_watch": 1, "sparkline": [1, None, 3, 2], **values}
    state = values.pop("state", "done")
    return UnitRecord(unit_id=unit_id, name=path[-1], level="team", parent_id=values.get("parent_id", "") or "", path=path,
                      folder=unit_id, state=state, files=FILES if state == "done" else {}, error=values.get("error", ""),
                      review=review if state == "done" else {})


def page(tmp_path: Path, records: list[UnitRecord], language: str = "en") -> str:
    states = [one.state for one in records]
    counts = {state: states.count(state) for state in ("done", "failed", "not_run")}
    write_index(tmp_path / "index.html", lambda: iter(records), label="2026-10", counts=counts, fingerprint="0f1e", language=language)
    return (tmp_path / "index.html").read_text("utf-8")


def test_a_unit_shows_its_figures_a_word_and_links(tmp_path: Path) -> None:
    text = page(tmp_path, [record("e1", ("Co", "East", "A"))])
    for said in ("81.2%", "&lt;1%", "Act", "2 to act on · 1 to watch", 'href="e1/monthly_review.html"', 'href="e1/monthly_review.pdf"',
                 "<svg", "0f1e", "Oct 2026"):
        assert said in text, said
    assert "monthly_review.xlsx" not in text and "<script" not in text and "http" not in text.replace("http-equiv", "")


def test_every_status_has_a_sign_and_a_word_of_its_own(tmp_path: Path) -> None:
    records = [record(status, ("Co", status), status=status) for status in ("act", "watch", "ok", "unknown")]
    text = page(tmp_path, [*records, record("f", ("Co", "f"), state="failed", error="why"), record("n", ("Co", "n"), state="not_run")])
    pills = re.findall(r'<span class="pill"><i aria-hidden="true">(.)</i>([^<]+)</span>', text)
    assert len(pills) == 6 and len({sign for sign, _ in pills}) == 6 and len({word for _, word in pills}) == 6


def test_chinese_is_spoken_throughout(tmp_path: Path) -> None:
    text = page(tmp_path, [record("e1", ("公司", "华东", "一组")), record("f", ("公司", "f"), state="failed", error="没有数据")], "zh")
    words = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.S))
    assert set(re.findall(r"[A-Za-z]{2,}", words)) <= {"HTML", "PDF"}
    assert '<html lang="zh-CN">' in text and "2项需行动" in text and "达成概率" in text


def test_names_errors_and_folders_carry_no_markup(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    text = page(tmp_path, [record("a b#?%", ("Co", name, name)), record("f", ("Co", "f"), state="failed", error=name)])
    assert "<img" not in text and html.escape(name) in text
    links = [unquote(link) for link in re.findall(r'href="(a[^"]+)"', text)]
    assert links and all(link.startswith("a b#?%/") for link in links) and "a b#?%/" not in re.findall(r'href="([^"]+)"', text)


def test_the_place_in_the_tree_is_said_where_the_unit_above_is_not_listed(tmp_path: Path) -> None:
    above = record("e", ("Co", "East"), parent_id="co")
    below = record("e1", ("Co", "East", "A"), parent_id="e")
    assert "<small>" not in page(tmp_path, [above, below])
    assert "<small>East</small>" in page(tmp_path, [below])


def test_units_are_read_one_after_another(tmp_path: Path) -> None:
    alive = most = 0

    class Counted(UnitRecord):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def records() -> Iterator[UnitRecord]:
        nonlocal alive, most
        for number in range(400):
            alive += 1
            most = max(most, alive)
            yield Counted(unit_id=f"u{number}", name="u", level="team", parent_id="", path=("Co", "u"), folder=f"u{number}",
                          state="failed", error="why")

    write_index(tmp_path / "index.html", records, label="2026-10", counts={"done": 0, "failed": 400, "not_run": 0}, fingerprint="0",
                language="en")
    text = (tmp_path / "index.html").read_text("utf-8")
    assert text.count("<tr id=") == 400 and most < 10
    assert f"and {400 - LONGEST_LIST} more in the table" in text


def test_a_course_with_gaps_is_drawn_in_pieces() -> None:
    drawn = str(sparkline([1.0, 2.0, None, 3.0, 2.0, float("nan"), 1.0], "ok", "en"))
    assert drawn.count("<polyline") == 2 and drawn.count("<circle") == 2 and "nan" not in drawn
    assert sparkline([], "ok", "en") == ""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 420])
def test_the_page_fits_the_screen(tmp_path: Path, width: int) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    import shutil

    if not shutil.which("chromium"):
        pytest.skip("no Chromium on this machine")
    long = "特大客户与战略合作伙伴事业部" * 2
    records = [record("e", ("公司", "华东"), parent_id="co"), record("e1", ("公司", "华东", long), parent_id="e"),
               record("f", ("公司", "f"), state="failed", error="ValueError: " + "x" * 200)]
    page(tmp_path, records, "zh")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 800})
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto((tmp_path / "index.html").as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert [url.split(":")[0] for url in asked if not url.startswith("data:")] == ["file"]
        browser.close()
