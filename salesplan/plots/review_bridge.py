"""Picture of a bridge: a waterfall from target or last year to what was sold."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.plots.chart import Chart
from salesplan.plots.scale import MoneyScale, money_scale, unit_subtitle
from salesplan.plots.theme import ACTUAL, BAD, GOOD, INK, MUTED, PAPER, RULE
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import NEARLY_NOTHING

if TYPE_CHECKING:
    from salesplan.review.bridge import Bridge

LUCK = "#cbd5e1"
SMALL_SHARE = 0.002
"""Parts smaller than so much of the larger end are left out of the picture, and said to be."""
ROW = 27


def plot_bridge(
    bridge: "Bridge", language: str, *, unit_id: str | None = None, start_label: str = "", end_label: str = "",
    currency: str = "CNY",
) -> Chart:
    """A waterfall, top to bottom: start, each part in its order, end; parts that may be luck are grey.

    Parameters
    ----------
    unit_id
        Node to draw; the top without it.
    start_label, end_label
        Instead of the bridge's own names of its ends, in the reader's language.

    Raises
    ------
    InputError
        An unknown unit.
    """
    check_language(language)
    unit = unit_id or str(bridge.units["unit_id"].iloc[0])
    steps = bridge.steps(unit)
    row = bridge.by([unit]).iloc[0]
    start, end = float(row["start_fen"]) / 100, float(row["end_fen"]) / 100
    largest = max(abs(start), abs(end), float(steps["amount"].abs().max()))
    shown = steps[steps["amount"].abs() > SMALL_SHARE * largest]
    rest = float(steps["amount"].sum() - shown["amount"].sum())
    scale = money_scale([largest], language, currency=currency)
    names = (start_label or say(bridge.start_msgid, language), end_label or say(bridge.end_msgid, language))
    colours = {"end": "", "up": say(mark("Adds"), language),
               "down": say(mark("Takes away"), language), "luck": say(mark("May be luck"), language)}
    bars = _bars(shown, scale, language, start=start, end=end, names=names, rest=rest)
    kinds = [k for k in colours if k in set(bars["kind"])]
    bars["series"] = bars["kind"].map(colours)
    domain = [colours[k] for k in kinds]
    paint = {"end": ACTUAL, "up": GOOD, "down": BAD, "luck": LUCK}
    heading = say(mark("From {start} to {end}: {name}"), language, start=names[0], end=names[1],
                  name=str(bridge.units.set_index("unit_id").loc[unit, "name"]))
    unsure = bars["lower"].notna().any()
    note = say(mark("line: 80% of what luck and the reference would make of it"), language) if unsure else ""
    spec = _spec(bars, domain, [paint[k] for k in kinds], named=[colours[k] for k in kinds if k != "end"])
    spec["title"] = {"text": heading, "subtitle": unit_subtitle(scale, language, note)}
    return Chart(spec=spec, description=heading)


def _bars(
    steps: pd.DataFrame, scale: MoneyScale, language: str, *, start: float, end: float, names: tuple[str, str], rest: float
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [{"name": names[0], "kind": "end", "from": 0.0, "to": start, "amount": start}]
    at = start
    for step in steps.to_dict("records"):
        kind = "luck" if step["can_be_luck"] else ("up" if step["amount"] > 0 else "down")
        wide = float(step["upper"] - step["amount"])
        rows.append({"name": say(step["bar_msgid"], language), "kind": kind, "from": at, "to": at + step["amount"],
                     "amount": step["amount"], "lower": at + step["amount"] - wide, "upper": at + step["amount"] + wide})
        at += step["amount"]
    if abs(rest) >= 0.005:
        kind = "up" if rest > 0 else "down"
        rows.append({"name": say(mark("Smaller parts"), language), "kind": kind, "from": at, "to": at + rest, "amount": rest})
    rows.append({"name": names[1], "kind": "end", "from": 0.0, "to": end, "amount": end})
    frame = pd.DataFrame(rows, columns=["name", "kind", "from", "to", "amount", "lower", "upper"])
    size = float(np.abs(frame["amount"]).max()) / scale.divisor
    digits = 0 if size >= 1000 else (1 if size >= 100 else 2)
    frame["label"] = [_label(float(a) / scale.divisor, digits, signed=k != "end")
                      for a, k in zip(frame["amount"], frame["kind"], strict=True)]
    for column in ("from", "to", "lower", "upper"):
        frame[column] = scale.of(frame[column].astype(float))
    frame["edge"] = frame[["from", "to", "upper"]].max(axis=1)
    frame["next"] = frame["name"].shift(-1)
    return frame


def _label(amount: float, digits: int, *, signed: bool) -> str:
    if round(amount, digits) == 0:
        return NEARLY_NOTHING if amount else "0"
    return f"{amount:{'+' if signed else ''},.{digits}f}"


def _spec(bars: pd.DataFrame, domain: list[str], paint: list[str], *, named: list[str]) -> dict[str, Any]:
    order = bars["name"].tolist()
    values = [{k: (None if isinstance(v, float) and np.isnan(v) else v) for k, v in row.items()}
              for row in bars.drop(columns=["next"]).to_dict("records")]
    joints = [{"name": a, "next": b, "at": float(t)} for a, b, t in
              zip(bars["name"].iloc[:-1], bars["next"].iloc[:-1], bars["to"].iloc[:-1], strict=True)]
    ends = bars[["from", "to", "lower", "upper"]]
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    room = 0.22 * (max(high, 0.0) - min(low, 0.0))
    reach = {"domain": [min(low, 0.0), max(high, 0.0) + room], "nice": False, "zero": True}
    y = {"field": "name", "type": "nominal", "sort": order, "title": None,
         "axis": {"domain": False, "ticks": False, "labelColor": INK, "labelFontSize": 12, "labelLimit": 170, "labelPadding": 6}}
    x = {"field": "from", "type": "quantitative", "title": None, "scale": reach,
         "axis": {"grid": True, "tickCount": 4, "format": ",~f", "gridColor": RULE}}
    colour = {"field": "series", "type": "nominal", "sort": domain, "scale": {"domain": domain, "range": paint},
              "legend": {"values": named} if named else None}
    return {
        "height": ROW * len(bars),
        "layer": [
            {"data": {"values": joints}, "mark": {"type": "rule", "color": MUTED, "strokeWidth": 0.8, "opacity": 0.7},
             "encoding": {"x": {**x, "field": "at"}, "y": y, "y2": {"field": "next"}}},
            {"data": {"values": values}, "mark": {"type": "bar", "height": {"band": 0.62}, "cornerRadius": 1.5},
             "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": colour}},
            {"data": {"values": [v for v in values if v["lower"] is not None]},
             "mark": {"type": "rule", "color": INK, "strokeWidth": 1.3, "opacity": 0.75},
             "encoding": {"x": {**x, "field": "lower"}, "x2": {"field": "upper"}, "y": y}},
            {"data": {"values": values},
             "mark": {"type": "text", "align": "left", "dx": 6, "fill": INK, "stroke": PAPER, "strokeWidth": 3, "strokeOffset": 0},
             "encoding": {"x": {**x, "field": "edge"}, "y": y, "text": {"field": "label"}}},
            {"data": {"values": values}, "mark": {"type": "text", "align": "left", "dx": 6, "fill": INK, "fontWeight": 600},
             "encoding": {"x": {**x, "field": "edge"}, "y": y, "text": {"field": "label"}}},
        ],
    }  # fmt: skip
