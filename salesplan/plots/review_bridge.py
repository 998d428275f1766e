"""Picture of a bridge: a waterfall from target or last year to what was sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from salesplan.plots.picture import Picture
from salesplan.plots.scale import money_scale, unit_subtitle
from salesplan.plots.svg_marks import box, line
from salesplan.plots.svg_nothing import nothing_known
from salesplan.plots.svg_rows import Rows
from salesplan.plots.svg_sheet import Key, Sheet
from salesplan.plots.theme import ACTUAL, BAD, GOOD, INK, MUTED
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import NEARLY_NOTHING

if TYPE_CHECKING:
    from salesplan.review.bridge import Bridge

LUCK = "#cbd5e1"
SMALL_SHARE = 0.002
"""Parts smaller than so much of the larger end are left out of the picture, and said to be."""
ROW = 27
COLOURS = {"end": ACTUAL, "up": GOOD, "down": BAD, "luck": LUCK}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar of a waterfall, from and to in currency units; the interval is NaN where there is none."""

    name: str
    kind: str
    start: float
    end: float
    label: str = ""
    lower: float = np.nan
    upper: float = np.nan

    @property
    def amount(self) -> float:
        """What it stands for: of an end its height."""
        return self.end - self.start

    @property
    def edge(self) -> float:
        """Where it reaches furthest to the right."""
        return float(np.nanmax([self.start, self.end, self.upper]))


def plot_bridge(
    bridge: "Bridge", language: str, *, unit_id: str | None = None, start_label: str = "", end_label: str = "",
    currency: str = "CNY",
) -> Picture:
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
    bars = bridge_bars(bridge, language, unit_id=unit, start_label=start_label, end_label=end_label)
    scale = money_scale([max(abs(bar.amount) for bar in bars)], language, currency=currency)
    said = {"up": say(mark("Adds"), language), "down": say(mark("Takes away"), language), "luck": say(mark("May be luck"), language)}
    legend = [Key(text=text, colour=COLOURS[kind]) for kind, text in said.items() if any(bar.kind == kind for bar in bars)]
    heading = say(mark("From {start} to {end}: {name}"), language, start=bars[0].name, end=bars[-1].name,
                  name=str(bridge.units.set_index("unit_id").loc[unit, "name"]))
    unsure = any(np.isfinite(bar.lower) for bar in bars)
    note = say(mark("line: 80% of what luck and the reference would make of it"), language) if unsure else ""
    labelled = _labelled(bars, scale.divisor)
    if not any(bar.start or bar.end for bar in bars):
        return nothing_known(heading, language)
    return Picture(draw=partial(_draw, bars=labelled, legend=legend, heading=heading, subtitle=unit_subtitle(scale, language, note)),
                   description=heading)


def bridge_bars(bridge: "Bridge", language: str, *, unit_id: str, start_label: str = "", end_label: str = "") -> list[Bar]:
    """The bars of a unit's waterfall: its start, each part that can be seen, the rest of them, its end."""
    steps, row = bridge.steps(unit_id), bridge.by([unit_id]).iloc[0]
    start, end = float(row["start_fen"]) / 100, float(row["end_fen"]) / 100
    largest = max(abs(start), abs(end), float(steps["amount"].abs().max()))
    shown = steps[steps["amount"].abs() > SMALL_SHARE * largest]
    bars = [Bar(name=start_label or say(bridge.start_msgid, language), kind="end", start=0.0, end=start)]
    at = start
    for step in shown.to_dict("records"):
        kind, to = "luck" if step["can_be_luck"] else _way(step["amount"]), at + step["amount"]
        wide = float(step["upper"] - step["amount"])
        bars.append(Bar(name=say(step["bar_msgid"], language), kind=kind, start=at, end=to, lower=to - wide, upper=to + wide))
        at = to
    rest = float(steps["amount"].sum() - shown["amount"].sum())
    if abs(rest) >= 0.005:
        bars.append(Bar(name=say(mark("Smaller parts"), language), kind=_way(rest), start=at, end=at + rest))
    return [*bars, Bar(name=end_label or say(bridge.end_msgid, language), kind="end", start=0.0, end=end)]


def _way(amount: float) -> str:
    return "up" if amount > 0 else "down"


def _labelled(bars: Sequence[Bar], divisor: float) -> list[Bar]:
    """Bars in units of the axis, with their figures."""
    size = max(abs(bar.amount) for bar in bars) / divisor
    digits = 0 if size >= 1000 else (1 if size >= 100 else 2)
    return [Bar(name=bar.name, kind=bar.kind, start=bar.start / divisor, end=bar.end / divisor, lower=bar.lower / divisor,
                upper=bar.upper / divisor, label=_label(bar.amount / divisor, digits, signed=bar.kind != "end")) for bar in bars]


def _label(amount: float, digits: int, *, signed: bool) -> str:
    if round(amount, digits) == 0:
        return NEARLY_NOTHING if amount else "0"
    return f"{amount:{'+' if signed else ''},.{digits}f}"


def _draw(width: int, *, bars: Sequence[Bar], legend: Sequence[Key], heading: str, subtitle: str) -> str:
    sheet = Sheet(width, heading, [subtitle], legend)
    places = [0.0, *(place for bar in bars for place in (bar.start, bar.end, bar.lower, bar.upper) if np.isfinite(place))]
    rows = Rows(sheet, [bar.name for bar in bars], edges=[bar.edge for bar in bars], figures=[bar.label for bar in bars],
                low=min(places), high=max(places), step=ROW, bold=True)
    at = rows.scale.at
    for number, bar in enumerate(bars):
        middle = rows.middle(number)
        if number + 1 < len(bars):
            sheet.add(line(at(bar.end), middle, at(bar.end), middle + rows.step, MUTED, width=0.8))
        sheet.add(box(at(bar.start), middle - 8, at(bar.end) - at(bar.start), 16, COLOURS[bar.kind], rx=1.5))
        if np.isfinite(bar.lower):
            sheet.add(line(at(bar.lower), middle, at(bar.upper), middle, INK, width=1.3, opacity="0.75"))
        sheet.add(rows.figure(number, bar.edge, bar.label))
    return sheet.finished(heading)
