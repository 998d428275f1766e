"""Where the parts of a unit stand: sales against target, the furthest behind first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.picture import Picture
from salesplan.plots.scale import money_scale, unit_subtitle
from salesplan.plots.svg_marks import box, line
from salesplan.plots.svg_nothing import nothing_known
from salesplan.plots.svg_rows import Rows
from salesplan.plots.svg_sheet import Key, Sheet
from salesplan.plots.theme import ACTUAL, BAD, FORECAST, INK
from salesplan.text import check_language, say
from salesplan.text.numbers import format_percent

BEHIND, REACHED, FREE = "behind", "reached", "free"
COLOURS = {BEHIND: BAD, REACHED: FORECAST, FREE: ACTUAL}
_NEEDED = ("name", "target", "actual", "attainment")


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A row of the picture, in units of its axis; ``target`` is None where there is none."""

    name: str
    actual: float
    target: float | None
    state: str
    label: str

    @property
    def furthest(self) -> float:
        return max(self.actual, self.target or 0.0, 0.0)


def plot_standing(frame: pd.DataFrame, language: str, *, title: str = "", currency: str = "CNY", most: int = 20) -> Picture:
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
    >>> plot_standing(frame, "en").description
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
    parts = tuple(_part(row, scale.divisor, words[FREE], language) for row in shown.to_dict("records"))
    legend = [Key(text=words[state], colour=COLOURS[state]) for state in words if any(part.state == state for part in parts)]
    heading = title or say("Sales against target", language)
    subtitle = unit_subtitle(scale, language, say("the line across is the target", language))
    if not any(part.actual or part.target is not None for part in parts):
        return nothing_known(heading, language)
    return Picture(draw=partial(_draw, parts=parts, heading=heading, subtitle=subtitle, legend=legend), description=heading)


def _part(row: dict[Any, Any], divisor: float, no_target: str, language: str) -> _Part:
    actual, target = np.nan_to_num(float(row["actual"])) / divisor, float(row["target"]) / divisor
    known = bool(np.isfinite(target))
    label = format_percent(row["attainment"], language) if pd.notna(row["attainment"]) else no_target
    return _Part(name=str(row["name"]), actual=actual, target=target if known else None, label=label,
                 state=FREE if not known else REACHED if actual >= target else BEHIND)


def _draw(width: int, *, parts: Sequence[_Part], heading: str, subtitle: str, legend: Sequence[Key]) -> str:
    sheet = Sheet(width, heading, [subtitle], legend)
    rows = Rows(sheet, [part.name for part in parts], edges=[part.furthest for part in parts], figures=[part.label for part in parts],
                low=min([0.0, *(part.actual for part in parts)]), high=max([part.furthest for part in parts], default=0.0))
    zero = rows.scale.at(0)
    for number, part in enumerate(parts):
        middle = rows.middle(number)
        sheet.add(box(zero, middle - 8, rows.scale.at(part.actual) - zero, 16, COLOURS[part.state], rx=2,
                      says=f"{part.name}: {part.actual:,.2f}"))
        if part.target is not None:
            at = rows.scale.at(part.target)
            sheet.add(line(at, middle - 13, at, middle + 13, INK, width=2.5))
        sheet.add(rows.figure(number, part.furthest, part.label))
    return sheet.finished(heading)
