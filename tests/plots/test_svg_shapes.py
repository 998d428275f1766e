"""What drawn pictures are made of: words that fit, round marks, legends in lines, nothing from data taken as markup."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.plots.svg_marks import box, words
from salesplan.plots.svg_scale import Scale, marks_that_fit, tick_labels, tick_step, ticks
from salesplan.plots.svg_sheet import Key, Sheet
from salesplan.plots.svg_words import balanced, lines_of, shortened, text_width, wrapped
from tests.plots.drawn import check_layout
from tests.plots.drawn import words as drawn_words


@settings(max_examples=60)
@given(st.text(alphabet="ab W.，（）华东大区·&<", max_size=60), st.integers(40, 300))
def test_lines_fit_and_lose_nothing_but_spaces(text: str, room: int) -> None:
    lines = wrapped(text, 11.5, room)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert text_width(line.rstrip("，。；：、！？）》”"), 11.5) <= room
    few = lines_of(text, 11.5, room, 2)
    assert len(few) <= 2 and (few == lines or few[-1].endswith("…"))
    assert text_width(shortened(text, 11.5, room), 11.5) <= room


@settings(max_examples=60)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e7), st.integers(60, 700))
def test_marks_are_round_inside_and_their_labels_do_not_touch(low: float, wide: float, room: int) -> None:
    values, labels = marks_that_fit(low, low + wide, room, count=5, size=11.5)
    scale = Scale(low=low, high=low + wide, start=0, end=room)
    assert all(-1 <= scale.at(value) <= room + 1 for value in values) and len(set(labels)) == len(labels) <= 12
    for first, second, one, other in zip(values, values[1:], labels, labels[1:], strict=False):
        assert scale.at(second) - scale.at(first) >= (text_width(one, 11.5) + text_width(other, 11.5)) / 2


@pytest.mark.parametrize(("low", "high", "labels"), [
    (0, 3.3, ["0", "1", "2", "3"]), (0, 0.05, ["0.00", "0.01", "0.02", "0.03", "0.04", "0.05"]),
    (-300, 290, ["−200", "0", "200"]), (0, 9e8, ["0", "200,000,000", "400,000,000", "600,000,000", "800,000,000"]),
])  # fmt: skip
def test_marks_say_as_many_digits_as_they_need(low: float, high: float, labels: list[str]) -> None:
    step = tick_step(low, high, 4)
    assert tick_labels(ticks(low, high, step), step) == labels


def test_a_legend_takes_as_many_lines_as_it_needs() -> None:
    texts = ["完成", "x" * 80, "A & B <c>", "预计完成" * 4]
    keys = [Key(text=text, colour="#000", dash=[] if n % 2 else None) for n, text in enumerate(texts)]
    narrow = Sheet(330, "一个很长的标题" * 6, ["Unit: ¥ million · " * 5], keys)
    svg = narrow.finished('says "so"')
    check_layout(svg)
    assert len({word.foot for word in drawn_words(svg) if word.size == 11}) == 3
    assert ElementTree.fromstring(svg).attrib["aria-label"] == 'says "so"'


def test_names_are_text_and_never_markup() -> None:
    text = '</text><script>"&'
    for shape in (words(text, 1, 2, says=text), box(0, 0, -3, 4, text, says=text)):
        found = ElementTree.fromstring(shape)
        assert [e.tag for e in found.iter()][1:] == ["title"] and found[0].text == text


def test_no_line_of_a_title_holds_one_letter_alone() -> None:
    for room in range(120, 700, 17):
        lines = balanced("示例远帆仪器：每月偏离季节预期的程度与本月预警", 14, room, bold=True)
        assert len(lines) == len(wrapped("示例远帆仪器：每月偏离季节预期的程度与本月预警", 14, room, bold=True))
        assert all(text_width(line, 14, bold=True) <= room for line in lines) and min(map(len, lines)) > 2
