"""A picture of how much a ranking hangs on its weights: how far each may move."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.plots.chart import Chart
from salesplan.plots.kpis import TITLE_AXIS, need_columns, title_lines
from salesplan.plots.theme import BAND, FORECAST, INK
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_percent

if TYPE_CHECKING:
    from salesplan.kpis.library import KpiLibrary


def plot_stability(frame: pd.DataFrame, language: str, library: "KpiLibrary") -> Chart:
    """How far each weight may move before somebody else is first, and before any place changes.

    Parameters
    ----------
    frame
        From `weight_stability_intervals`: criterion (a KPI), weight, weight_lower, weight_upper, ranking_weight_lower,
        ranking_weight_upper.

    Raises
    ------
    InputError
        A column is missing, or there are no rows.
    """
    check_language(language)
    needed = ("criterion", "weight", "weight_lower", "weight_upper", "ranking_weight_lower", "ranking_weight_upper")
    need_columns(frame, needed, "plot_stability")
    first, ranking = say(mark("the first place stays"), language), say(mark("every place stays"), language)
    rows, bars = [], []
    found: list[Any] = list(frame.itertuples())
    for r in found:
        kpi = title_lines(library.title(str(r.criterion), language))
        rows.append({"kpi": kpi, "weight": round(float(r.weight), 5), "label": format_percent(float(r.weight), language, 0)})
        bars += [
            {"kpi": kpi, "what": what, "lower": round(float(low), 5), "upper": round(float(high), 5)}
            for what, low, high in ((first, r.weight_lower, r.weight_upper),
                                    (ranking, r.ranking_weight_lower, r.ranking_weight_upper))
        ]  # fmt: skip
    y = {"field": "kpi", "type": "nominal", "sort": [row["kpi"] for row in rows], "title": None, "axis": TITLE_AXIS}
    x = {"type": "quantitative", "title": say(mark("Weight"), language), "scale": {"domain": [0, 1]},
         "axis": {"grid": True, "format": ".0%", "tickCount": 5}}
    colour = {"field": "what", "type": "nominal", "sort": [first, ranking],
              "scale": {"domain": [first, ranking], "range": [BAND, FORECAST]}}
    heading = say(mark("How far a weight may move"), language)

    def bar(what: str, height: int) -> dict[str, Any]:
        return {"data": {"values": [b for b in bars if b["what"] == what]},
                "mark": {"type": "bar", "height": height, "cornerRadius": 3},
                "encoding": {"x": {**x, "field": "lower"}, "x2": {"field": "upper"}, "y": y, "color": colour}}

    spec = {
        "title": {"text": heading, "subtitle": say(mark("black: the weight now; the other weights keep their proportions"),
                                                   language)},
        "height": 46 * len(rows),
        "layer": [
            bar(first, 20), bar(ranking, 8),
            {"data": {"values": rows}, "mark": {"type": "tick", "thickness": 3, "height": 26, "opacity": 1, "color": INK},
             "encoding": {"x": {**x, "field": "weight"}, "y": y}},
            {"data": {"values": rows}, "mark": {"type": "text", "dy": -19, "fontWeight": 600},
             "encoding": {"x": {**x, "field": "weight"}, "y": y, "text": {"field": "label"}}},
        ],
    }  # fmt: skip
    return Chart(spec=spec, description=heading)
