"""HTML tables escape everything, line numbers up and name their unit once."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.text.tables import html_table, table_css


class Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(html: str) -> Balanced:
    page = Balanced()
    page.feed(html)
    assert not page.open
    return page


def test_script_in_names_headers_caption_and_id_is_text() -> None:
    evil = "<script>alert(1)</script>"
    frame = pd.DataFrame({"name": [evil], evil: ['"><img src=x onerror=1>']}, index=pd.Index([evil], name=evil + "i"))
    html = html_table(frame, "en", caption=evil, table_id='x"><script>')
    assert set(parsed(html).tags) == {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert html.count("&lt;script&gt;") >= 4


def test_money_columns_share_one_unit_named_once() -> None:
    target = [1.2e8, 1.5e6]
    frame = pd.DataFrame({"name": ["公司", "张伟"], "target": target, "target_fen": [int(t * 100) for t in target]})
    html = html_table(frame, "zh", caption="年度目标")
    assert html.count("万元") == 1
    assert re.findall(r'<td class="num">([^<]+)<', html) == ["12,000.0", "12,000.0", "150.0", "150.0"]
    assert "<caption>年度目标<span" in html
    assert "(Unit: ¥ million)" in html_table(frame, "en")


def test_exact_amounts_are_in_the_currency_itself() -> None:
    html = html_table(pd.DataFrame({"target_fen": [123_456_789]}), "zh", scale="exact")
    assert "1,234,567.89" in html
    assert "单位：元" in html


def test_no_money_no_unit_and_no_empty_caption() -> None:
    assert "caption" not in html_table(pd.DataFrame({"name": ["a"]}), "zh")


def test_numbers_and_negative_numbers_are_marked() -> None:
    html = html_table(pd.DataFrame({"growth": [-0.1, 0.1], "name": ["-5", "b"]}), "en")
    assert '<td class="num neg">-10.0%</td>' in html
    assert '<td class="num">+10.0%</td>' in html
    assert '<td class="text short">-5</td>' in html


def test_rows_are_indented_by_level() -> None:
    frame = pd.DataFrame({"name": ["公司", "大区", "很深"]})
    html = html_table(frame, "zh", levels=[0, 1, 99])
    assert re.findall(r'tr class="([^"]+)"', html) == ["sp-level-0", "sp-level-1", "sp-level-6"]
    with pytest.raises(InputError, match="one for each of 3 rows"):
        html_table(frame, "zh", levels=[0])


def test_cut_table_says_what_it_leaves_out() -> None:
    html = html_table(pd.DataFrame({"name": list("abc")}), "zh", max_rows=2, levels=[0, 1, 1])
    assert "共3行，显示前2行" in html
    assert html.count("<tr") == 3
    with pytest.raises(InputError):
        html_table(pd.DataFrame({"name": ["a"]}), "zh", max_rows=0)


def test_named_index_is_shown_first() -> None:
    months = pd.period_range("2027-01", periods=2, freq="M", name="month")
    html = html_table(pd.DataFrame({"target": [1.0, 2.0]}, index=months), "zh")
    assert html.index("月份") < html.index("目标")
    assert "2027年1月" in html


def test_same_input_gives_same_bytes_and_style_comes_on_request() -> None:
    frame = pd.DataFrame({"target": [1.0]})
    assert html_table(frame, "en") == html_table(frame, "en")
    assert html_table(frame, "en", with_style=True).startswith(f"<style>{table_css()}")
    assert "http" not in table_css()
    assert "ellipsis" not in table_css()


def test_empty_frame_gives_a_table_without_rows() -> None:
    assert "<tbody></tbody>" in html_table(pd.DataFrame({"target": pd.Series(dtype=float)}), "zh")


def test_a_stacked_table_never_makes_a_phone_scroll_sideways(tmp_path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    import shutil

    if not shutil.which("chromium"):
        pytest.skip("no Chromium on this machine")
    wide = pd.DataFrame({f"最好节奏的把握与说明{n}": [n, 2 * n] for n in range(12)})
    file = tmp_path / "page.html"
    body = html_table(wide, "zh", stacked=True, with_style=True)
    file.write_text(f"<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><body>{body}", "utf-8")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 420, "height": 800})
        tab.goto(file.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= 420
        browser.close()
