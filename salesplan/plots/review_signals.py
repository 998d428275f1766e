"""Picture of a unit's warnings: residuals against their limits, and the cumulative sums below."""

from typing import Any

import numpy as np

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.theme import ACTUAL, BAD, FORECAST, MUTED, PAPER, TARGET
from salesplan.review.cusum import cusum_sums
from salesplan.review.signals import DRIFT_MONTHS, RULES, SLACK, Signals, run_spread, signal_position
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_month

SHOWN = 24
"""Months drawn."""
ROOM = 4
"""Months between two points that carry their figures."""


def plot_control(found: Signals, unit_id: str, language: str, *, months: int = SHOWN) -> Chart:
    """Standardised residuals of a unit or seller with this month's limits, and its CUSUM below.

    Parameters
    ----------
    found
        Warnings of the month.
    unit_id
        Unit or seller drawn.
    months
        How many months back.

    Raises
    ------
    InputError
        The unit is unknown or has no month that could be judged.
    """
    check_language(language)
    residuals = found.residuals
    ids = residuals.units["unit_id"].tolist()
    if unit_id not in ids:
        raise InputError(f"unit_id == {unit_id!r}, must be a unit or seller of the review", where="plot_control")
    at, last = ids.index(unit_id), signal_position(residuals.months, found.month)
    first = max(last + 1 - months, 0)
    z = residuals.z[first: last + 1, at]
    tests = found.of(unit_id).set_index("rule")
    if tests.empty or not np.isfinite(z).any():
        raise InputError(f"unit_id == {unit_id!r} has no month that can be judged, must have more than six of its own",
                         where="plot_control")
    name = str(residuals.units["name"].iloc[at])
    labels = [str(m) for m in residuals.months[first: last + 1]]
    limit, reach = float(tests["limit"]["month"]), float(tests["limit"]["drift"])
    rows: list[dict[str, Any]] = [{"month": m, "z": round(float(v), 3), "beyond": bool(abs(v) >= limit)}
                                  for m, v in zip(labels, z, strict=True) if np.isfinite(v)]
    drift_rows = _sums(found, at, last, language)
    hit = tests[tests["is_signal"]].sort_values("q_value")
    if len(hit):
        said = say(mark("Warning: {rule}, since {since}."), language, rule=say(RULES[str(hit.index[0])], language),
                   since=format_month(hit["since"].iloc[0], language))
    else:
        said = say(mark("No warning this month."), language)
    heading = say(mark("{name}: how far each month lay from its seasonal expectation"), language, name=name)
    note = say(mark("Distance in spreads, with the limits of this month's warnings; below: cumulative sums of the last twelve"
                    " months."), language)
    highest = max([abs(r["z"]) for r in rows] + [limit]) * 1.2
    tallest = max([abs(r["sum"]) for r in drift_rows] + [reach]) * 1.1
    spec = {"title": {"text": heading, "subtitle": [said, note]}, "spacing": 14,
            **_layers(rows, labels, limit, highest, drift_rows, reach, tallest, language)}
    return Chart(spec=spec, description=say(mark("Residuals of {n} months of {name}; {said}"), language, n=len(rows), name=name,
                                            said=said))


def _sums(found: Signals, at: int, last: int, language: str) -> list[dict[str, Any]]:
    residuals = found.residuals
    first = max(last - DRIFT_MONTHS + 1, 0)
    spread = run_spread(residuals, first, last, np.array([at]))
    up, down = cusum_sums(residuals.z[first: last + 1, at][None, :] / spread[:, None], SLACK)
    rows = []
    for m, high, low in zip(residuals.months[first: last + 1], up[0], down[0], strict=True):
        rows += [{"month": str(m), "sum": round(float(high), 3), "side": say(mark("upwards"), language)},
                 {"month": str(m), "sum": round(-float(low), 3), "side": say(mark("downwards"), language)}]
    return rows


def _layers(
    rows: list[dict[str, Any]], labels: list[str], limit: float, highest: float, drift: list[dict[str, Any]], reach: float,
    tallest: float, language: str,
) -> dict[str, Any]:
    """Both pictures in one frame: the sums scaled below the residuals, each with its own zero and limits."""
    sides = [say(mark("upwards"), language), say(mark("downwards"), language)]
    bottom = -2.6
    # residuals fill -1 … 1, the sums a strip of half that height below
    points = [{**r, "y": round(r["z"] / highest, 4), "label": f"{r['z']:.1f}".replace("-", "−")} for r in rows]
    strip = [{**r, "y": round(-1.8 + 0.62 * r["sum"] / tallest, 4)} for r in drift]
    rules = [{"y": 0.0}, {"y": -1.8}]
    limits = [{"y": s * limit / highest} for s in (-1, 1)]
    far = [{"y": -1.8 + 0.62 * s * reach / tallest} for s in (-1, 1)]
    x = {"field": "month", "type": "ordinal", "sort": labels, "title": None, "scale": {"domain": labels},
         "axis": {"labelAngle": -45, "labelOverlap": True, "labelFontSize": 11}}
    y = {"field": "y", "type": "quantitative", "title": None, "scale": {"domain": [bottom, 1.3], "nice": False}, "axis": None}
    edge = say(mark("limit of this month"), language)
    words = [{"y": 1.22, "text": f"{say(mark('Standardised residual'), language)} · {edge} ±{limit:.1f}"},
             {"y": -1.13, "text": f"{say(mark('Cumulative sum'), language)} · {edge} ±{reach:.1f}"}]
    low = min(limit / highest, 1.0)
    told = _told(points, labels)
    return {
        "height": 330,
        "layer": [
            {"data": {"values": [{"y": -low, "y2": low}]}, "mark": {"type": "rect", "color": FORECAST, "opacity": 0.06},
             "encoding": {"y": y, "y2": {"field": "y2"}}},
            {"data": {"values": rules}, "mark": {"type": "rule", "color": "#cbd5e1"}, "encoding": {"y": y}},
            {"data": {"values": limits + far}, "mark": {"type": "rule", "color": BAD, "strokeDash": [4, 4]}, "encoding": {"y": y}},
            {"data": {"values": points}, "mark": {"type": "line", "color": ACTUAL, "strokeWidth": 1.6}, "encoding": {"x": x, "y": y}},
            {"data": {"values": points}, "mark": {"type": "point", "filled": True, "opacity": 1, "size": 46},
             "encoding": {"x": x, "y": y, "color": {"condition": {"test": "datum.beyond", "value": BAD}, "value": ACTUAL}}},
            *[{"data": {"values": [p for p in told if (p["z"] < 0) == low_side]},
               "mark": {"type": "text", "dy": 14 if low_side else -11, "fontWeight": 600, **halo},
               "encoding": {"x": x, "y": y, "text": {"field": "label"}}}
              for low_side in (True, False) for halo in ({"stroke": PAPER, "strokeWidth": 3, "strokeJoin": "round"}, {})],
            {"data": {"values": strip}, "mark": {"type": "line", "strokeWidth": 2},
             "encoding": {"x": x, "y": y, "color": {"field": "side", "type": "nominal", "sort": sides,
                                                    "scale": {"domain": sides, "range": [FORECAST, TARGET]}}}},
            {"data": {"values": words}, "mark": {"type": "text", "align": "left", "x": 2, "color": MUTED},
             "encoding": {"y": y, "text": {"field": "text"}}},
        ],
    }


def _told(points: list[dict[str, Any]], labels: list[str]) -> list[dict[str, Any]]:
    """Points that carry their figure: the last, and the farthest beyond the limit with room around them."""
    place = {month: i for i, month in enumerate(labels)}
    kept: list[dict[str, Any]] = [p for p in points if p["month"] == labels[-1]]
    for point in sorted((p for p in points if p["beyond"]), key=lambda p: -abs(p["z"])):
        if all(abs(place[point["month"]] - place[p["month"]]) >= ROOM for p in kept):
            kept.append(point)
    return kept
