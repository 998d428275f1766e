"""What each unit below carries of a target."""

from typing import TYPE_CHECKING, Any

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.forecast import level_name
from salesplan.plots.scale import money_scale, unit_subtitle
from salesplan.plots.targets import shown_name
from salesplan.plots.theme import FORECAST, INK, TARGET
from salesplan.text import check_language, say
from salesplan.text.numbers import format_probability

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan


def plot_allocation(
    plan: "TargetPlan", language: str, *, unit_id: str | None = None, product_line: str = "*", limit: int = 20
) -> Chart:
    """What each unit below carries: the part the forecast already holds and the part that is stretch.

    Parameters
    ----------
    unit_id
        Whose children are shown; the top by default.
    limit
        At most this many units, the largest targets first; the subtitle says how many are left out.

    Raises
    ------
    InputError
        The unit has nobody below.
    """
    from salesplan.hierarchy import node_id

    check_language(language)
    unit = unit_id or str(plan.hierarchy.units["unit_id"].iloc[0])
    children = plan.children(node_id(unit, product_line))
    children = children[(children["target"] != 0) | (children["forecast_part"] != 0)]
    if children.empty:
        raise InputError(f"unit_id == {unit!r}, must have units below", where="plot_allocation")
    shown = children.head(limit)
    scale = money_scale(shown["target"], language, currency=plan.currency)
    held, stretch, above = (
        say("Held by the forecast", language),
        say("Stretch part", language),
        say("Forecast above target", language),
    )
    rows: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for _, node in shown.iterrows():
        name = shown_name(node, language)
        target, forecast = float(scale.of(node["target"])), float(scale.of(node["forecast"]))
        inside = min(target, forecast)
        rows.append({"name": name, "part": held, "from": 0.0, "to": inside})
        if target > forecast:
            rows.append({"name": name, "part": stretch, "from": inside, "to": target})
        elif forecast > target:
            rows.append({"name": name, "part": above, "from": target, "to": forecast})
        labels.append(
            {
                "name": name,
                "end": max(target, forecast),
                "label": f"{target:,.4g}  ({format_probability(float(node['p_target']), language)})",
            }
        )
    names = [r["name"] for r in labels]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {"domain": False, "ticks": False, "labelColor": INK},
    }
    reach = max(r["end"] for r in labels) or 1.0
    x = {
        "field": "from",
        "type": "quantitative",
        "title": None,
        "axis": {"grid": True, "tickCount": 5},
        "scale": {"domain": [0, reach * 1.4], "nice": False},
    }
    domain = [held, stretch, above]
    used = [d for d in domain if any(r["part"] == d for r in rows)]
    colours = {held: FORECAST, stretch: TARGET, above: "#93c5fd"}
    layers = [
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "height": {"band": 0.55}},
            "encoding": {
                "x": x,
                "x2": {"field": "to"},
                "y": y,
                "color": {
                    "field": "part",
                    "type": "nominal",
                    "scale": {"domain": used, "range": [colours[u] for u in used]},
                },
            },
        },
        {
            "data": {"values": labels},
            "mark": {"type": "text", "align": "left", "dx": 6},
            "encoding": {"x": {**x, "field": "end"}, "y": y, "text": {"field": "label"}},
        },
    ]
    left_out = len(children) - len(shown)
    more = say("{n} smaller ones not shown", language, n=left_out) if left_out else ""
    level = level_name(str(shown["level"].iloc[0]), language)
    heading = say("What each carries ({level})", language, level=level)
    spec = {
        "title": {
            "text": heading,
            "subtitle": unit_subtitle(scale, language, say("in brackets: chance to attain", language), more),
        },
        "height": max(27 * len(names), min(230, 46 * len(names))),
        "layer": layers,
    }
    return Chart(spec=spec, description=heading)
