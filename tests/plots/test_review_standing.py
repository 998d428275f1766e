"""Bars against targets: as long as the figures say, behind first, readable whatever the names and amounts."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.plots.review_standing import COLOURS, REACHED, plot_standing
from salesplan.plots.theme import INK
from tests.plots.drawn import check_layout, shapes, words

LONG = "北京市海淀区中关村重点客户与政企解决方案销售一部（原第三事业部）"


def frame(*rows: tuple[str, float, float]) -> pd.DataFrame:
    found = pd.DataFrame(list(rows), columns=["name", "target", "actual"]).astype({"target": float, "actual": float})
    return found.assign(attainment=found["actual"] / found["target"])


HARD = {
    "long names": frame((LONG, 2e6, 1.8e6), ("Northern Territories Strategic Accounts <North> & South", 1e6, 1.3e6), ("C", np.nan, 4e5)),
    "returns": frame(("A", 2e6, 1.8e6), ("退货", 1e6, -8e5)),
    "nothing but returns": frame(("A", np.nan, -8e5), ("B", np.nan, -1.2e5)),
    "one of ten yuan": frame(("A", 10, 12)),
    "ten yuan beside a billion": frame(("A", 1e9, 1.31e9), ("B", 1e9, 10), ("C", 30, 20)),
    "nothing known": frame(("A", np.nan, 0), ("B", np.nan, 0)),
    "nobody": frame(),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", HARD)
def test_every_text_is_inside_and_alone(case: str, language: str) -> None:
    chart = plot_standing(HARD[case], language)
    for width in (720, 330):
        svg = chart.svg(width=width)
        assert svg == plot_standing(HARD[case], language).svg(width=width)
        check_layout(svg)
        if case in ("nothing known", "nobody"):
            assert chart.description in {word.text for word in words(svg)} and chart.description[:2] in ("没有", "No")
            continue
        assert any(("单位" if language == "zh" else "Unit") in word.text and ("元" in word.text or "¥" in word.text) for word in words(svg))
    assert "<North>" not in svg and chart.svg() in chart._repr_html_() and svg in chart._repr_html_()


def test_bars_and_targets_lie_where_their_amounts_are() -> None:
    svg = plot_standing(frame(("A", 2e6, 1e6), ("B", 5e5, 1e6), ("C", 4e6, -1e6)), "en").svg()
    bars = {bar["y"]: bar for bar in shapes(svg, "rect") if bar.get("rx") == "2"}
    c, a, b = (bars[y] for y in sorted(bars, key=float))  # furthest behind first
    assert float(a["width"]) == pytest.approx(float(b["width"])) == pytest.approx(float(c["width"]), abs=0.2)
    assert float(c["x"]) + float(c["width"]) == pytest.approx(float(a["x"]), abs=0.2), "both ends meet at nothing"
    assert b["fill"] == COLOURS[REACHED] != a["fill"]
    targets = [float(line["x1"]) - float(a["x"]) for line in shapes(svg, "line", stroke=INK)]
    assert targets == pytest.approx([float(a["width"]) * share for share in (4, 2, 0.5)], abs=0.6)


def test_only_those_furthest_behind_are_drawn() -> None:
    many = frame(*((f"员工{n}", 1e5 + n, 1e5) for n in range(40)))
    told = {word.text for word in words(plot_standing(many, "zh").svg())}
    assert {f"员工{n}" for n in range(20, 40)} <= told and "员工19" not in told


def test_a_name_cut_off_is_told_in_full() -> None:
    svg = plot_standing(HARD["long names"], "zh").svg(width=330)
    assert "…</" not in svg.replace("…<title>", "") and f"<title>{LONG}</title>" in svg


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="attainment"):
        plot_standing(frame().drop(columns="attainment"), "zh")
