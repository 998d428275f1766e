"""Where skills are missing: gaps by skill and group as a heatmap with the number in each cell."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.coaching import NAME_AXIS, name_lines
from salesplan.plots.kpis import need_columns
from salesplan.plots.theme import INK, MUTED, PAPER
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_count

SHADES = ["#f1f5f9", "#c7dbf5", "#7fb0e6", "#2f74c0", "#134a8e", "#0b2a5b"]
"""One hue from light to dark: read the same without colour, and by people who see no red and green."""
UNKNOWN_FILL, UNKNOWN_RULE = "#f8fafc", "#94a3b8"
MOST_ROWS, MOST_COLUMNS, MOST_NARROW = 40, 14, 6
ROUND = 3


def plot_skill_heatmap(
    frame: pd.DataFrame,
    language: str,
    *,
    rows: str = "skill",
    columns: str = "tier",
    value: str = "gap",
    names: Mapping[str, str] | None = None,
    scale: tuple[float, float] = (1.0, 5.0),
) -> Chart:
    """Mean gap between required and present level, for each skill in each group; grey where too few people tell.

    Parameters
    ----------
    frame
        One row a cell: the columns named by ``rows`` and ``columns``, ``value`` and where known ``<value>_lower``,
        ``<value>_upper`` and ``n``, the people behind it. A cell without a value is drawn grey with its ``n``.
    rows, columns
        What stands down and across: skills down by default; for the people of a team, people down and skills across.
    names
        Name of each skill, unit or person by its id; an id without one stands for itself.
    scale
        Ends of the scale of levels, said below the title.

    Raises
    ------
    InputError
        A column is missing, there are no rows, or a cell is there twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"skill": ["S1", "S1"], "tier": ["新人", "骨干"], "gap": [1.2, None], "n": [14, 3]})
    >>> "n=3" in plot_skill_heatmap(frame, "en", names={"S1": "Closing"}).svg()
    True
    """
    check_language(language)
    need_columns(frame, (rows, columns, value), "plot_skill_heatmap")
    twice = frame[frame.duplicated([rows, columns])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(f"{rows} {first[rows]} and {columns} {first[columns]} are there twice, must be one cell",
                         where="plot_skill_heatmap")
    size = frame.groupby(rows, sort=False)[value].mean()
    down = size.sort_values(ascending=False, kind="stable", na_position="last").index.tolist()
    across = list(dict.fromkeys(frame[columns]))
    if columns == "skill" or len(across) > MOST_COLUMNS:
        mean = frame.groupby(columns, sort=False)[value].mean()
        across = mean.sort_values(ascending=False, kind="stable", na_position="last").index.tolist()
    heading = say(mark("Skill gaps: required level minus present level"), language)
    drawn = _Cells(frame, rows, columns, value, dict(names or {}), language, scale)
    wide = drawn.spec(heading, down[:MOST_ROWS], across[:MOST_COLUMNS], len(down), len(across), narrow=False)
    small = drawn.spec(heading, down[:MOST_ROWS], across[:MOST_NARROW], len(down), len(across), narrow=True)
    return Chart(spec=wide, narrow=small, description=heading)


class _Cells:
    """The cells of one heatmap and how they look."""

    def __init__(
        self, frame: pd.DataFrame, rows: str, columns: str, value: str, names: dict[str, str], language: str,
        scale: tuple[float, float],
    ) -> None:  # fmt: skip
        self.frame, self.rows, self.columns, self.value = frame, rows, columns, value
        self.language, self.scale = language, scale
        self.down = _apart(frame[rows], names)
        self.across = _apart(frame[columns], names)
        seen = frame[value].to_numpy(float)
        most = float(np.nanmax(seen)) if np.isfinite(seen).any() else 0.0
        self.darkest = max(float(np.ceil(most * 2) / 2), 1.0)

    def spec(
        self, heading: str, down: list[Any], across: list[Any], n_down: int, n_across: int, *, narrow: bool
    ) -> dict[str, Any]:
        """The picture of some rows and columns."""
        shown = self.frame[self.frame[self.rows].isin(down) & self.frame[self.columns].isin(across)]
        with_interval = len(across) <= (3 if narrow else 5) and f"{self.value}_lower" in shown and len(down) <= 25
        cells = [self._cell(r, with_interval) for r in shown.to_dict("records")]
        y = {"field": "row", "type": "nominal", "sort": [name_lines(self.down[d]) for d in down], "title": None,
             "scale": {"paddingInner": 0.06},
             "axis": {**NAME_AXIS, "labelLimit": 92 if narrow else 150, "labelLineHeight": 13}}
        crowded = len(across) > (3 if narrow else 7)
        x = {"field": "column", "type": "nominal", "sort": [self.across[c] for c in across], "title": None,
             "scale": {"paddingInner": 0.04},
             "axis": {"orient": "top", "domain": False, "ticks": False, "labelColor": INK, "labelFontSize": 11.5,
                      "labelAngle": -90 if crowded else 0, "labelLimit": 130, "labelOverlap": False, "grid": False,
                      **({"labelAlign": "left", "labelBaseline": "middle"} if crowded else {})}}  # fmt: skip
        at = {"x": x, "y": y}
        colour = {"field": "value", "type": "quantitative",
                  "scale": {"domain": [0, self.darkest], "range": SHADES, "clamp": True},
                  "legend": {"title": say(mark("levels missing"), self.language), "titleOrient": "left", "gradientLength": 140,
                             "titleFontWeight": "normal", "titleColor": MUTED, "labelColor": MUTED,
                             "gradientThickness": 9, "tickCount": 3, "orient": "bottom", "format": ".1~f"}}
        ink = {"condition": {"test": f"datum.value > {0.52 * self.darkest:.4f}", "value": PAPER}, "value": INK}
        size = 10 if narrow and crowded else 11.5
        known, gone = [c for c in cells if c["value"] is not None], [c for c in cells if c["value"] is None]
        row_height = 34 if with_interval else 30 if narrow else 26
        tall = max((name_lines(self.down[d]).count("\n") for d in down), default=0) > 1
        layer: list[dict[str, Any]] = []
        if known:
            layer += [
                {"data": {"values": known}, "mark": {"type": "rect", "cornerRadius": 2}, "encoding": {**at, "color": colour}},
                {"data": {"values": known}, "mark": {"type": "text", "fontWeight": 600, "fontSize": size,
                                                      "dy": -6 if with_interval else 0},
                 "encoding": {**at, "text": {"field": "label"}, "color": ink}},
            ]  # fmt: skip
        if known and with_interval:
            layer.append({"data": {"values": known}, "mark": {"type": "text", "fontSize": 9.5, "dy": 7, "opacity": 0.85},
                          "encoding": {**at, "text": {"field": "interval"}, "color": ink}})
        if gone:
            layer += [
                {"data": {"values": gone}, "mark": {"type": "rect", "cornerRadius": 2, "fill": UNKNOWN_FILL, "strokeWidth": 1,
                                                     "stroke": UNKNOWN_RULE, "strokeDash": [3, 3]}, "encoding": at},
                {"data": {"values": gone}, "mark": {"type": "text", "fontSize": 9.5, "fill": MUTED},
                 "encoding": {**at, "text": {"field": "label"}}},
            ]  # fmt: skip
        return {
            "title": {"text": heading, "subtitle": self._subtitle(len(down), n_down, len(across), n_across, bool(gone),
                                                                        len(cells) < len(down) * len(across))},
            "height": max(60, (40 if tall else row_height) * len(down)), "data": {"values": []}, "layer": layer,
        }  # fmt: skip

    def _cell(self, record: Mapping[Any, Any], with_interval: bool) -> dict[str, Any]:
        value, n = record[self.value], record.get("n")
        cell: dict[str, Any] = {"row": name_lines(self.down[record[self.rows]]), "column": self.across[record[self.columns]]}
        if pd.isna(value):
            known = n is not None and not pd.isna(n) and int(n) > 0
            return {**cell, "value": None, "label": f"n={int(n)}" if known and n else "–"}
        cell |= {"value": round(float(value), ROUND), "label": format_count(float(value), self.language, 1)}
        low, high = (record.get(f"{self.value}_{end}", np.nan) for end in ("lower", "upper"))
        if with_interval and not (pd.isna(low) or pd.isna(high)):
            cell["interval"] = f"{float(low):.1f}–{float(high):.1f}"
        return cell

    def _subtitle(self, down: int, n_down: int, across: int, n_across: int, gone: bool, empty: bool) -> str:
        low, high = self.scale
        parts = [say(mark("levels on a scale from {low} to {high}"), self.language, low=f"{low:g}", high=f"{high:g}")]
        if down < n_down:
            parts.append(say(mark("the {shown} rows of {n} with the largest gaps"), self.language, shown=down, n=n_down))
        if across < n_across:
            parts.append(say(mark("the {shown} columns of {n} with the largest gaps"), self.language, shown=across, n=n_across))
        if gone:
            parts.append(say(mark("dashed: too few people, or hidden for their sake"), self.language))
        if empty:
            parts.append(say(mark("empty: not asked of them"), self.language))
        return " · ".join(parts)


def _apart(ids: pd.Series, names: dict[str, str]) -> dict[Any, str]:
    """Name of each id, with the id beside names that two of them share."""
    found = {one: names.get(str(one), str(one)) for one in dict.fromkeys(ids)}
    said = list(found.values())
    return {one: f"{name} ({one})" if said.count(name) > 1 else name for one, name in found.items()}
