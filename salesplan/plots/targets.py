"""Pictures of a target plan: months, chances, and what each unit carries."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.forecast import LEVEL_NAMES, LEVELS
from salesplan.plots.scale import money_scale, month_name, unit_subtitle
from salesplan.plots.theme import (
    ACTUAL,
    FORECAST,
    LEVEL_COLOURS,
    SOFT_TARGET,
)
from salesplan.text import check_language, say
from salesplan.text.numbers import format_probability

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan


def plot_month_targets(frame: pd.DataFrame, language: str, *, title: str = "", currency: str = "CNY") -> Chart:
    """Target of each month as a bar, with floor and stretch as marks and the forecast and last year as points.

    Parameters
    ----------
    frame
        Index of months (PeriodIndex[M]) with ``target`` and, where known, ``floor``, ``stretch``,
        ``forecast``, ``last_year`` in currency units (`salesplan.plots.frames.forecast_frame`).

    Raises
    ------
    InputError
        No ``target`` column or no months.

    Examples
    --------
    >>> frame = pd.DataFrame({"target": [1e6]}, index=pd.period_range("2027-01", periods=1, freq="M"))
    >>> plot_month_targets(frame, "zh").spec["title"]["text"]
    '每月目标'
    """
    check_language(language)
    if "target" not in frame.columns or not isinstance(frame.index, pd.PeriodIndex):
        raise InputError(
            f"columns == {list(frame.columns)[:8]}, must have months as index and target", where="plot_month_targets"
        )
    present = [c for c in ("last_year", "forecast", *LEVELS) if c in frame.columns]
    scale = money_scale(frame[present].to_numpy().ravel(), language, currency=currency)
    names = {
        "last_year": say("Last year", language),
        "forecast": say("Forecast", language),
        **{k: say(v, language) for k, v in LEVEL_NAMES.items()},
    }
    colours = {"last_year": ACTUAL, "forecast": FORECAST, **LEVEL_COLOURS}
    months = [month_name(m, language) for m in frame.index]
    rows = [
        {"month": month, "series": names[c], "key": c, "value": float(v)}
        for c in present
        for month, v in zip(months, scale.of(frame[c]), strict=True)
        if np.isfinite(v)
    ]
    shown = [c for c in ("target", "floor", "stretch", "forecast", "last_year") if c in present]
    domain, colour_range = [names[c] for c in shown], [SOFT_TARGET if c == "target" else colours[c] for c in shown]
    x = {
        "field": "month",
        "type": "nominal",
        "sort": months,
        "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": True, "labelSeparation": 3, "ticks": False},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": {"tickCount": 5},
        "scale": {"zero": True, "nice": True},
    }
    colour = {"field": "series", "type": "nominal", "sort": domain, "scale": {"domain": domain, "range": colour_range}}
    marks: dict[str, dict[str, Any]] = {
        "target": {"type": "bar", "cornerRadiusEnd": 3, "width": {"band": 0.62}},
        "floor": {"type": "tick", "thickness": 2.5, "opacity": 1, "width": {"band": 0.62}},
        "stretch": {"type": "tick", "thickness": 2.5, "opacity": 1, "width": {"band": 0.62}},
        "last_year": {"type": "point", "shape": "diamond", "filled": False, "size": 46, "strokeWidth": 1.8},
        "forecast": {"type": "point", "shape": "circle", "filled": True, "size": 42},
    }
    layers = [
        {"transform": [{"filter": f"datum.key=='{key}'"}], "mark": mark, "encoding": {"x": x, "y": y, "color": colour}}
        for key, mark in marks.items()
        if key in present
    ]
    heading = title or say("Targets by month", language)
    spec = {
        "title": {"text": heading, "subtitle": unit_subtitle(scale, language)},
        "height": 240,
        "data": {"values": rows},
        "layer": layers,
    }
    return Chart(spec=spec, description=heading)


def plot_attainment_probability(
    plan: "TargetPlan", language: str, *, unit_id: str | None = None, product_line: str = "*", points: int = 61
) -> Chart:
    """How the chance to attain falls as the target of a unit rises, with the three levels marked.

    Examples
    --------
    Needs a plan; ``plot_attainment_probability(plan, "en", unit_id="east")``.
    """
    from salesplan.hierarchy import node_id

    check_language(language)
    unit = unit_id or str(plan.hierarchy.units["unit_id"].iloc[0])
    node: Any = plan.nodes.loc[node_id(unit, product_line)]
    marks = pd.Series({level: float(node[level]) for level in LEVELS})
    low = min(marks.min(), float(node["forecast_lower"])) * 0.97
    high = max(marks.max(), float(node["forecast_upper"])) * 1.03
    amounts = np.linspace(low, high, points)
    chances = _chances(plan, node, amounts)
    scale = money_scale([high], language, currency=plan.currency)
    curve = [{"amount": float(a), "p": float(p)} for a, p in zip(scale.of(amounts), chances, strict=True)]
    dots = []
    for level in LEVELS:
        label = f"{say(LEVEL_NAMES[level], language)} {format_probability(float(node[f'p_{level}']), language)}"
        dots.append(
            {
                "amount": float(scale.of(marks[level])),
                "p": float(node[f"p_{level}"]),
                "zero": 0.0,
                "label": label,
                "colour": LEVEL_COLOURS[level],
            }
        )
    x = {
        "field": "amount",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": False, "padding": 12},
        "axis": {"tickCount": 6},
    }
    y = {
        "field": "p",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "tickCount": 5},
    }
    layers = [
        {
            "data": {"values": curve},
            "mark": {"type": "area", "color": "#dbeafe", "opacity": 0.55, "line": {"color": FORECAST}},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": {"values": dots},
            "mark": {"type": "rule", "strokeDash": [3, 3], "opacity": 0.8},
            "encoding": {
                "x": x,
                "y": {**y, "field": "zero"},
                "y2": {"field": "p"},
                "color": {"field": "colour", "type": "nominal", "scale": None},
            },
        },
        {
            "data": {"values": dots},
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": {"field": "colour", "type": "nominal", "scale": None}},
        },
        {
            "data": {"values": dots},
            "mark": {"type": "text", "align": "left", "dx": 8, "dy": -9, "fontWeight": 600},
            "encoding": {
                "x": x,
                "y": y,
                "text": {"field": "label"},
                "color": {"field": "colour", "type": "nominal", "scale": None},
            },
        },
    ]
    heading = say("Chance to attain: {name}", language, name=shown_name(node, language))
    spec = {
        "title": {
            "text": heading,
            "subtitle": unit_subtitle(scale, language, say("across: annual target, up: chance", language)),
        },
        "height": 230,
        "layer": layers,
    }
    return Chart(spec=spec, description=heading)


def shown_name(node: Any, language: str) -> str:
    """Name of a node for a reader; names the kit gives itself are translated."""
    name = str(node["name"])
    return say("Former staff", language) if str(node["level"]) == "former" else name


def _chances(plan: "TargetPlan", node: pd.Series, amounts: np.ndarray) -> np.ndarray:
    """P(at least) through the three known points, as a normal tail fitted to them."""
    from scipy.special import ndtr, ndtri

    p = np.clip([float(node[f"p_{level}"]) for level in LEVELS], 1e-4, 1 - 1e-4)
    t = np.array([float(node[level]) for level in LEVELS])
    spread = (float(node["forecast_upper"]) - float(node["forecast_lower"])) / 2.563
    order = np.argsort(t)
    t, z = t[order], ndtri(1 - p)[order]
    keep = np.concatenate([[True], np.diff(t) > 1e-9])
    t, z = t[keep], np.maximum.accumulate(z[keep])
    slope = 1 / max(spread, 1e-9)
    inside = np.interp(amounts, t, z)
    inside = np.where(amounts < t[0], z[0] - (t[0] - amounts) * slope, inside)
    inside = np.where(amounts > t[-1], z[-1] + (amounts - t[-1]) * slope, inside)
    return np.asarray(1 - ndtr(inside))
