"""Where the parts of a unit stand: sales against target, the furthest behind first."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.scale import money_scale, unit_subtitle
from salesplan.plots.theme import ACTUAL, BAD, FORECAST, INK, RULE
from salesplan.text import check_language, say
from salesplan.text.numbers import format_percent

BEHIND, REACHED, FREE = "behind", "reached", "free"
_NEEDED = ("name", "target", "actual", "attainment")


def plot_standing(frame: pd.DataFrame, language: str, *, title: str = "", currency: str = "CNY", most: int = 20) -> Chart:
    """Sales of each part of a unit as a bar, its target as a line across, attainment written beside it.

    Parameters
    ----------
    frame
        A row a part: ``name, target, actual, attainment``; parts without a target have a bar only.
    most
        How many parts are drawn; those furthest behind are.

    Raises
    ------
    InputError
        A column is missing.

    Examples
    --------
    >>> frame = pd.DataFrame({"name": ["East"], "target": [2e6], "actual": [1.8e6], "attainment": [0.9]})
    >>> plot_standing(frame, "en").spec["title"]["text"]
    'Sales against target'
    """
    check_language(language)
    missing = [name for name in _NEEDED if name not in frame]
    if missing:
        raise InputError(f"columns lack {missing}, must have {list(_NEEDED)}", where="plot_standing")
    behind_first = (frame["actual"] - frame["target"].fillna(0)).sort_values(kind="stable").index
    shown = frame.loc[behind_first].head(most)
    scale = money_scale(shown[["target", "actual"]].to_numpy().ravel(), language, currency=currency)
    words = {BEHIND: say("Below target", language), REACHED: say("Target reached", language),
             FREE: say("No target", language)}
    rows = [_row(row, scale.divisor, words, language) for row in shown.to_dict("records")]
    order = [row["name"] for row in rows]
    states = [word for word in words.values() if any(row["state"] == word for row in rows)]
    colours = dict(zip(words.values(), (BAD, FORECAST, ACTUAL), strict=True))
    y = {"field": "name", "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": 170}}
    x = {"field": "actual", "type": "quantitative", "title": None, "axis": {"tickCount": 5, "grid": True, "gridColor": RULE}}
    colour = {"field": "state", "type": "nominal", "scale": {"domain": states, "range": [colours[word] for word in states]}}
    bar = {"mark": {"type": "bar", "cornerRadiusEnd": 3, "height": {"band": 0.55}}, "encoding": {"x": x, "y": y, "color": colour}}
    goal = {
        "transform": [{"filter": "isValid(datum.target)"}],
        "mark": {"type": "tick", "thickness": 2.5, "color": INK, "opacity": 1, "height": {"band": 0.85}},
        "encoding": {"x": {"field": "target", "type": "quantitative"}, "y": y},
    }
    label = {
        "mark": {"type": "text", "align": "left", "dx": 8, "clip": False},
        "encoding": {"x": {"field": "furthest", "type": "quantitative"}, "y": y, "text": {"field": "label"}},
    }
    top = max([row["furthest"] for row in rows], default=1.0)
    x["scale"] = {"domain": [min([0.0, *(row["actual"] for row in rows)]), top * 1.16]}
    heading = title or say("Sales against target", language)
    spec = {
        "title": {"text": heading, "subtitle": unit_subtitle(scale, language, say("the line across is the target", language))},
        "height": {"step": 30},
        "data": {"values": rows},
        "layer": [bar, goal, label],
    }
    return Chart(spec=spec, description=heading)


def _row(row: dict[Any, Any], divisor: float, words: dict[str, str], language: str) -> dict[str, Any]:
    actual, target = float(row["actual"]) / divisor, float(row["target"]) / divisor
    known = np.isfinite(target)
    state = FREE if not known else REACHED if actual >= target else BEHIND
    label = format_percent(row["attainment"], language) if pd.notna(row["attainment"]) else words[FREE]
    return {
        "name": str(row["name"]), "actual": round(actual, 4), "target": round(target, 4) if known else None,
        "furthest": round(max(actual, target, 0.0) if known else max(actual, 0.0), 4),
        "state": words[state], "label": label,
    }  # fmt: skip
