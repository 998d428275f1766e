"""Sheets of a review workbook with one row a unit or person, in which every unit adds up what is below it."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from salesplan.reporting.kpi_sheet import GIVEN, KpiSheet, text_lines
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.workbook_style import BAD, BAND, CHANCE_FORMAT, GOOD, HEAD, MUTED, RULE, Book
from salesplan.text import say
from salesplan.text.captions import VALUES

SHARE, CHANCE = "0.0%", CHANCE_FORMAT
POINTS = "+0.00;[Red]-0.00;0.00"
DATE = "yyyy-mm-dd"
MANY = 200
"""Pieces a SUM is given at most."""
DEEPEST = 6
"""Levels that a spreadsheet can fold."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TreeRows:
    """Units and people in the order of the sheets: each unit, its people, then its units, so that sums are few ranges.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["c", "t", "a", "b"], "parent_id": [None, "c", "t", "c"]})
    >>> TreeRows(units=units).order, TreeRows(units=units).depth["a"]
    (['c', 'b', 't', 'a'], 2)
    """

    units: pd.DataFrame

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", self.units.reset_index(drop=True))

    @cached_property
    def children(self) -> Mapping[str, list[str]]:
        """Nodes directly below each node, people first."""
        known = set(self.units["unit_id"])
        below: dict[str, list[str]] = {}
        for node, parent in zip(self.units["unit_id"], self.units["parent_id"], strict=True):
            if parent in known:
                below.setdefault(str(parent), []).append(str(node))
        return {unit: [n for n in nodes if n not in below] + [n for n in nodes if n in below] for unit, nodes in below.items()}

    @cached_property
    def order(self) -> list[str]:
        """All nodes, each unit before what is below it."""
        known = set(self.units["unit_id"])
        stack = [str(u) for u, p in zip(self.units["unit_id"], self.units["parent_id"], strict=True) if p not in known][::-1]
        found: list[str] = []
        while stack:
            node = stack.pop()
            found.append(node)
            stack.extend(reversed(self.children.get(node, [])))
        return found

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """How far below the top each node is."""
        found: dict[str, int] = {}
        for node in self.order:
            found.setdefault(node, 0)
            for child in self.children.get(node, []):
                found[child] = found[node] + 1
        return found


class ReviewSheet(KpiSheet):
    """A sheet of a review: figures that were given in blue, formulas in black, units on a band."""

    def __init__(self, book: Book, name: str, language: str) -> None:
        super().__init__(book, name)
        self.language = language
        self.sheet.outline_settings(True, False, False, False)

    def say(self, word: str, **details: Any) -> str:
        """A sentence in the sheet's language."""
        return say(word, self.language, **details)

    def captions(self, columns: Sequence[tuple[str, float]], *, row: int, groups: Sequence[tuple[int, int, str]] = ()) -> None:
        """Captions of a table, said already, with their widths; captions of groups of columns above them."""
        self.header([neutral_text(word) for word, _ in columns], row=row)
        self.sheet.set_row(row - 1, 15 * max(2, *(text_lines(word, width) for word, width in columns)))
        self.set_widths([width for _, width in columns])
        look = self.book.look(bold=True, font_color=HEAD, align="center", bottom=1, bottom_color=RULE)
        for first, last, word in groups:
            if last > first:
                self.sheet.merge_range(row - 2, first - 1, row - 2, last - 1, word, look)
            elif last == first:
                self.sheet.write_string(row - 2, first - 1, word, look)

    def node(self, row: int, name: str, level: str, *, depth: int, unit: bool) -> None:
        """Name and level of a unit or a person, further in the deeper it is; rows fold by level."""
        properties: dict[str, Any] = {"bg_color": BAND, "bold": True} if unit else {}
        look = self.book.look(align="left", indent=min(depth, 8), valign="top", **properties)
        self.sheet.write_string(row - 1, 0, neutral_text(name), look)
        said = self.say(VALUES[level]) if level in VALUES else neutral_text(level)
        self.sheet.write_string(row - 1, 1, said, self.book.look(valign="top", font_color=MUTED, **properties))
        self.sheet.set_row(row - 1, None, None, {"level": min(depth, DEEPEST)})

    def words(self, row: int, column: int, text: str, *, unit: bool = False) -> None:
        """A few words in one line."""
        if text or unit:
            look = self._look("unit" if unit else "plain", **({"indent": 1, "align": "left"} if column > 1 else {}))
            self.sheet.write_string(row - 1, column - 1, neutral_text(text), look)

    def day(self, row: int, column: int, day: Any) -> None:
        """A day; an empty cell where there is none."""
        if day is not None and pd.notna(day):
            moment = dt.datetime.combine(pd.Timestamp(day).date(), dt.time())
            self.sheet.write_datetime(row - 1, column - 1, moment, self._look("plain", num_format=DATE, align="left"))

    def figure(self, row: int, column: int, value: Any, form: str, *, unit: bool = False) -> None:
        """A figure that went in; an empty cell where there is none."""
        missing = value is None or pd.isna(value) or not math.isfinite(float(value))
        kind = "given_unit" if unit else "given"
        if missing:
            if unit:
                self.sheet.write_blank(row - 1, column - 1, None, self._look("unit"))
            return
        self.given(row, column, float(value), form, kind=kind)

    def live(self, row: int, column: int, formula: str, value: Any, form: str, *, unit: bool = False) -> None:
        """A formula with the value it gives; a missing value is an empty text."""
        shown = "" if value is None or pd.isna(value) else float(value)
        self.formula(row, column, formula, shown, form, kind="unit" if unit else "plain")

    def sum_of(self, column: int, rows: Sequence[int]) -> str:
        """SUM of cells of a column, neighbours as ranges, without ``=``; 0 where there are none."""
        spans: list[list[int]] = []
        for row in sorted(rows):
            if spans and spans[-1][1] == row - 1:
                spans[-1][1] = row
            else:
                spans.append([row, row])
        names = [self.at(first, column) + (f":{self.at(last, column)}" if last > first else "") for first, last in spans]
        if not names:
            return "0"
        return "+".join(f"SUM({','.join(names[at:at + MANY])})" for at in range(0, len(names), MANY))

    def note(self, row: int, text: str, *, columns: int, width: float) -> int:
        """A sentence across columns whose widths add up to ``width``; the next row."""
        look = self._look("plain", text_wrap=True, align="left")
        self.sheet.merge_range(row - 1, 0, row - 1, columns - 1, neutral_text(text), look)
        self.set_height(row, text_lines(text, width))
        return row + 1

    def check_zero(self, row: int, column: int, formula: str, *, unit: bool = False) -> None:
        """A difference that must be 0: green when it is, red when it is not."""
        self.live(row, column, formula, 0.0, self.book.money_format, unit=unit)
        for criterion, colour in (("==", GOOD), ("!=", BAD)):
            self.sheet.conditional_format(self.at(row, column), {"type": "cell", "criteria": criterion, "value": 0,
                                                                 "format": self.book.fill(colour)})

    def _look(self, kind: str, **properties: Any) -> Any:
        if kind == "unit":
            return super()._look("strong", bg_color=BAND, **properties)
        if kind == "given_unit":
            return super()._look("strong", bg_color=BAND, font_color=GIVEN, **properties)
        return super()._look(kind, **properties)

