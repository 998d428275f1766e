"""Skills by what they matter and how well they are mastered, in four quadrants (Martilla & James 1977)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from salesplan.coaching.importance_performance import (
    CONCENTRATE,
    KEEP_UP,
    LOW_PRIORITY,
    OVERKILL,
    ImportancePerformance,
)
from salesplan.errors import InputError, known_choices
from salesplan.plots.chart import Chart
from salesplan.plots.theme import FORECAST, GOOD, INK, MUTED, PAPER, TARGET
from salesplan.text import check_language, mark, say

QUADRANT_LOOKS = {
    CONCENTRATE: (TARGET, "triangle-up"), KEEP_UP: (GOOD, "circle"), LOW_PRIORITY: ("#64748b", "square"),
    OVERKILL: (FORECAST, "diamond"),
}  # fmt: skip
CROSSHAIR_DASHES: dict[str, list[int]] = {"mean": [1, 0], "median": [7, 4], "midscale": [2, 3]}
WIDTH, HEIGHT = 655.0, 380.0
"""Pixels of the wide picture's inside: names are laid out in it so that none covers another."""
NARROW_WIDTH, NARROW_HEIGHT = 275.0, 300.0
LINE = 13.0


def plot_importance_performance(
    found: ImportancePerformance,
    language: str,
    *,
    group: str | None = None,
    names: Mapping[str, str] | None = None,
    chosen: Literal["mean", "median", "midscale"] = "mean",
) -> Chart:
    """Skills in four quadrants under three crosshairs; hollow where the quadrant depends on the crosshair.

    Parameters
    ----------
    found
        From `importance_performance` or `needs_performance`.
    group
        Which tier or team; may be left out where there is only one.
    names
        Name of each skill by its id.
    chosen
        Crosshair that colours the skills.

    Raises
    ------
    InputError
        The group is unknown or not named, or none of its skills has a level.
    """
    check_language(language)
    table, lines = _of_group(found, group)
    known = table[table["level"].notna()]
    if known.empty:
        raise InputError(f"group == {group!r}, must be one with assessed skills", where="plot_importance_performance")
    called = dict(names or {})
    points: list[dict[str, Any]] = [
        {"number": at, "name": called.get(str(r["skill"]), str(r["skill"])), "x": round(float(r["level"]), 4),
         "y": round(float(r["importance"]), 4), "quadrant": say(str(r[f"quadrant_{chosen}_msgid"]), language),
         "agree": bool(r["agree"])}
        for at, r in enumerate(known.to_dict("records"), start=1)
    ]  # fmt: skip
    x_domain = _domain([p["x"] for p in points], [place[0] for place in lines.values()])
    y_domain = _domain([p["y"] for p in points], [place[1] for place in lines.values()])
    heading = (say(mark("What matters most and is mastered least: {group}"), language, group=group) if group
               else say(mark("What matters most and is mastered least"), language))
    parts = _Parts(points, lines, chosen, x_domain, y_domain, language)
    places = _label_places(points, x_domain, y_domain)
    numbered = _label_places([{**p, "name": str(p["number"])} for p in points], x_domain, y_domain, size=(NARROW_WIDTH, NARROW_HEIGHT))
    left = [p for p in points if p["number"] not in places]
    wide = parts.spec(heading, HEIGHT, key=left, labels=places)
    small = parts.spec(heading, NARROW_HEIGHT, key=points, labels=numbered)
    return Chart(spec=wide, narrow=small, description=heading)


def _of_group(found: ImportancePerformance, group: str | None) -> tuple[pd.DataFrame, dict[str, tuple[float, float]]]:
    """The skills of one group, and where its three crosshairs cross: (level, importance)."""
    keys = [c for c in found.crosshairs.columns if c not in ("crosshair", "importance", "level")]
    table, lines = found.table, found.crosshairs
    if keys:
        groups = [str(one) for one in dict.fromkeys(table[keys[0]])]
        if group is None and len(groups) == 1:
            group = groups[0]
        if group not in groups:
            raise InputError(f"group == {group!r}, {known_choices(group, groups)}", where="plot_importance_performance")
        table, lines = table[table[keys[0]].astype(str) == group], lines[lines[keys[0]].astype(str) == group]
    crosshairs = {str(r["crosshair"]): (float(r["level"]), float(r["importance"])) for r in lines.to_dict("records")}
    return table, {name: crosshairs[name] for name in CROSSHAIR_DASHES if name in crosshairs}


class _Parts:
    def __init__(
        self, points: list[dict[str, Any]], lines: Mapping[str, tuple[float, float]], chosen: str,
        x_domain: list[float], y_domain: list[float], language: str,
    ) -> None:  # fmt: skip
        self.points, self.lines, self.chosen, self.language = points, lines, chosen, language
        self.x = {"field": "x", "type": "quantitative", "scale": {"domain": x_domain, "nice": False},
                  "title": say(mark("Present level"), language), "axis": {"tickCount": 5, "domain": True}}
        self.y = {"field": "y", "type": "quantitative", "scale": {"domain": y_domain, "nice": False},
                  "title": say(mark("Importance"), language), "axis": {"tickCount": 5, "domain": True}}

    def spec(
        self, heading: str, height: float, *, key: Sequence[dict[str, Any]], labels: Mapping[int, tuple[str, float, float]]
    ) -> dict[str, Any]:
        """The picture with some names beside their skills and the others in a key below the title."""
        at = {"x": self.x, "y": self.y}
        domain = [say(name, self.language) for name in QUADRANT_LOOKS]
        colour = {"field": "quadrant", "type": "nominal", "scale": {"domain": domain,
                                                                    "range": [look[0] for look in QUADRANT_LOOKS.values()]}}
        shape = {"field": "quadrant", "type": "nominal", "scale": {"domain": domain,
                                                                   "range": [look[1] for look in QUADRANT_LOOKS.values()]}}
        layer: list[dict[str, Any]] = self._crosshairs(at)
        layer += [
            {"transform": [{"filter": f"datum.agree == {str(solid).lower()}"}],
             "mark": {"type": "point", "filled": solid, "size": 95, "opacity": 1, "strokeWidth": 2,
                      **({} if solid else {"fill": PAPER})},
             "encoding": {**at, "color": colour, "shape": shape}}
            for solid in (True, False)
        ]  # fmt: skip
        keyed = {p["number"] for p in key}
        loose = [p for p in self.points if p["number"] in keyed - set(labels)]
        if loose:
            layer.append({"data": {"values": loose},
                          "mark": {"type": "text", "dx": 7, "dy": -7, "align": "left", "fontSize": 10.5, "fontWeight": 600},
                          "encoding": {**at, "text": {"field": "number"}}})
        for place in sorted(set(labels.values())):
            align, dx, dy = place
            mine = [{**p, "said": str(p["number"]) if p["number"] in keyed else p["name"]}
                    for p in self.points if labels.get(p["number"]) == place]
            look = {"type": "text", "align": align, "dx": dx, "dy": dy, "fontSize": 11.5, "baseline": "middle"}
            layer += [{"data": {"values": mine}, "mark": {**look, **halo}, "encoding": {**at, "text": {"field": "said"}}}
                      for halo in ({"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}, {})]
        return {"title": {"text": heading, "subtitle": self._subtitle(key)}, "height": int(height),
                "data": {"values": self.points}, "layer": layer}

    def _crosshairs(self, at: dict[str, Any]) -> list[dict[str, Any]]:
        layer: list[dict[str, Any]] = []
        for name, (performance, importance) in self.lines.items():
            look = {"type": "rule", "color": INK if name == self.chosen else MUTED, "strokeDash": CROSSHAIR_DASHES[name],
                    "strokeWidth": 1.2 if name == self.chosen else 1}
            cross = {"values": [{"x": round(float(performance), 4), "y": round(float(importance), 4)}]}
            layer += [{"data": cross, "mark": look, "encoding": {"x": at["x"]}},
                      {"data": cross, "mark": look, "encoding": {"y": at["y"]}}]
        return layer

    def _subtitle(self, key: Sequence[dict[str, Any]]) -> list[str]:
        said = {"mean": mark("full lines: mean"), "median": mark("dashed: median"), "midscale": mark("dotted: middle of the scale")}
        parts = [say(said[name], self.language) for name in self.lines]
        if not all(p["agree"] for p in self.points):
            parts.append(say(mark("hollow: another crosshair says another quadrant"), self.language))
        named = " · ".join(f"{p['number']} {p['name']}" for p in key)
        return [" · ".join(parts), *([named] if named else [])]


def _domain(values: Sequence[float], lines: Sequence[float]) -> list[float]:
    low, high = min([*values, *lines]), max([*values, *lines])
    room = max((high - low) * 0.1, 0.15)
    return [round(low - room, 4), round(high + room, 4)]


def _label_places(
    points: list[dict[str, Any]], x_domain: list[float], y_domain: list[float], *, size: tuple[float, float] = (WIDTH, HEIGHT)
) -> dict[int, tuple[str, float, float]]:
    """Where each name stands beside its point, by number; names that fit nowhere are left out."""
    width, height = size

    def pixel(p: dict[str, Any]) -> tuple[float, float]:
        return ((p["x"] - x_domain[0]) / (x_domain[1] - x_domain[0]) * width,
                (y_domain[1] - p["y"]) / (y_domain[1] - y_domain[0]) * height)

    taken = [(x - 7, y - 7, x + 7, y + 7) for x, y in map(pixel, points)]
    found: dict[int, tuple[str, float, float]] = {}
    for p in points:
        x, y = pixel(p)
        long = sum(11.6 if letter >= "\u2e80" else 6.5 for letter in p["name"])
        for align, dx, dy in (("left", 10.0, 0.0), ("right", -10.0, 0.0), ("center", 0.0, -14.0), ("center", 0.0, 14.0),
                              ("left", 8.0, -11.0), ("left", 8.0, 11.0), ("right", -8.0, -11.0), ("right", -8.0, 11.0)):
            left = x + dx - (long if align == "right" else long / 2 if align == "center" else 0)
            box = (left, y + dy - LINE / 2, left + long, y + dy + LINE / 2)
            inside = box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= height
            own = (x - 7, y - 7, x + 7, y + 7)
            if inside and not any(_cover(box, other) for other in taken if other != own):
                found[p["number"]] = (align, dx, dy)
                taken.append(box)
                break
    return found


def _cover(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
