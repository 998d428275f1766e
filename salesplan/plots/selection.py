"""In what share of all weightings each system comes first."""

import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.theme import INK, SERIES
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_percent

METHOD_NAMES = {"saw": "SAW", "topsis": "TOPSIS", "promethee": "PROMETHEE II", "vikor": "VIKOR"}


def plot_first_places(first: pd.DataFrame, language: str) -> Chart:
    """Dots by system and method: how often it is first when nothing is known about the weights.

    Parameters
    ----------
    first
        ``first`` of a `SystemChoice`: by system, ``<method>_first_share``.
    """
    check_language(language)
    methods = [m for m in METHOD_NAMES if f"{m}_first_share" in first]
    if not methods:
        raise InputError(f"columns == {list(first.columns)}, must have a <method>_first_share", where="plot_first_places")
    order = first[f"{methods[0]}_first_share"].sort_values(ascending=False, kind="stable").index
    rows = [
        {"system": str(s), "method": METHOD_NAMES[m], "share": float(first.loc[s, f"{m}_first_share"]),
         "label": format_percent(float(first.loc[s, f"{m}_first_share"]), language, 0)}
        for s in order for m in methods
    ]  # fmt: skip
    heading = say(mark("Who is first, under how many weightings"), language)
    y = {"field": "system", "type": "nominal", "sort": [str(s) for s in order], "title": None,
         "axis": {"domain": False, "ticks": False, "labelColor": INK, "labelFontSize": 13}}
    x = {"field": "share", "type": "quantitative", "title": None, "scale": {"domain": [0, 1]},
         "axis": {"grid": True, "format": ".0%", "tickCount": 6}}
    colour = {"field": "method", "type": "nominal",
              "scale": {"domain": [METHOD_NAMES[m] for m in methods], "range": SERIES[: len(methods)]}}
    offset = {"field": "method", "type": "nominal", "sort": [METHOD_NAMES[m] for m in methods]}
    spec = {
        "title": {"text": heading, "subtitle": say(mark("share of all possible weightings, by method"), language)},
        "height": 62 * len(order),
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "height": 9, "cornerRadiusEnd": 3}, "encoding": {"x": x, "y": y, "yOffset": offset, "color": colour}},
            {"mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 10.5},
             "encoding": {"x": x, "y": y, "yOffset": offset, "text": {"field": "label"}}},
        ],
    }
    return Chart(spec=spec, description=heading)
