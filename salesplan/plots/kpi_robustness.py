"""Pictures of how much a ranking hangs on its weights: how far a weight may move, and who is first how often."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.plots.chart import Chart
from salesplan.plots.kpis import TITLE_AXIS, need_columns, title_lines
from salesplan.plots.theme import BAND, FORECAST, INK
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_percent, format_probability

if TYPE_CHECKING:
    from salesplan.kpis.library import KpiLibrary

MOST_ALTERNATIVES, LEAST_SHOWN = 15, 3
NEARLY_NEVER = 0.005
"""Who is first more rarely is not shown."""


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


def plot_acceptability(
    frame: pd.DataFrame, language: str, *, names: Mapping[str, str] | None = None, most: int = MOST_ALTERNATIVES
) -> Chart:
    """Under what share of weightings each of the people (or systems) comes first, with the error of the drawing.

    Parameters
    ----------
    frame
        From `RankAcceptability.to_frame()`: alternative, p_first, p_first_error.
    names
        Name of each alternative; by default it stands for itself.
    most
        So many are shown at most, those who are first most often; who is nearly never first is not.

    Raises
    ------
    InputError
        A column is missing, or there are no rows.
    """
    check_language(language)
    need_columns(frame, ("alternative", "p_first", "p_first_error"), "plot_acceptability")
    ordered = frame.sort_values("p_first", ascending=False, kind="stable").head(most)
    shown = ordered.head(max(LEAST_SHOWN, int((ordered["p_first"] >= NEARLY_NEVER).sum())))
    called = dict(names or {})
    labels = [called.get(str(a), str(a)) for a in shown["alternative"]]
    twice = {label for label in labels if labels.count(label) > 1}
    rows = []
    found: list[Any] = list(shown.itertuples())
    for r, label in zip(found, labels, strict=True):
        p, error = float(r.p_first), float(r.p_first_error)
        rows.append({"name": f"{label} ({r.alternative})" if label in twice else label, "p": round(p, 5),
                     "lower": round(max(p - 1.96 * error, 0.0), 5), "upper": round(min(p + 1.96 * error, 1.0), 5),
                     "label": format_probability(p, language)})
    y = {"field": "name", "type": "nominal", "sort": [row["name"] for row in rows], "title": None,
         "axis": {"domain": False, "ticks": False, "labelColor": INK, "labelFontSize": 12, "labelLimit": 135}}
    x = {"type": "quantitative", "title": None, "scale": {"domainMin": 0, "nice": True},
         "axis": {"grid": True, "format": ".0%", "tickCount": 6}}
    heading = say(mark("Who is first, under how many weightings"), language)
    note = say(mark("share of weightings that put them first; thin line: error of the drawing"), language)
    if len(frame) > len(shown):
        note += " · " + say(mark("the first {shown} of {n}"), language, shown=len(shown), n=f"{len(frame):,}")
    spec = {
        "title": {"text": heading, "subtitle": note},
        "height": 30 * len(rows) + 10,
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "height": 14, "cornerRadiusEnd": 3, "color": FORECAST},
             "encoding": {"x": {**x, "field": "p"}, "y": y}},
            {"mark": {"type": "rule", "strokeWidth": 1.5, "color": INK},
             "encoding": {"x": {**x, "field": "lower"}, "x2": {"field": "upper"}, "y": y}},
            {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {
                "x": {**x, "field": "upper"}, "y": y, "text": {"field": "label"}}},
        ],
    }  # fmt: skip
    return Chart(spec=spec, description=heading)
