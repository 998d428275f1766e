"""Where everybody stands, as a sheet: targets and sales that add up from the people, attainment and contributions as formulas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import POINTS, SHARE, ReviewSheet, TreeRows
from salesplan.reporting.workbook_style import Book
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.review.attainment import Attainment, Span

FIRST = 6
SHEETS: Mapping["Span", str] = {"month": mark("This month"), "quarter": mark("Quarter to date"), "year": mark("Year to date")}
NOTE = mark(
    "Blue is given, black is worked out: change a person's figure and every unit above follows. Units add up what is below them;"
    " attainment is sales over target, never a mean. Currency: {currency}."
)
MONEY_WIDTH = 17.0


@dataclass(kw_only=True)
class _Rest:
    """What a unit's own figures hold that nobody below it does, whole fen."""

    elsewhere: dict[str, int] = field(default_factory=dict)
    judged: dict[str, int] = field(default_factory=dict)
    restated: dict[str, int] = field(default_factory=dict)
    restated_actual: dict[str, int] = field(default_factory=dict)


class StandingSheet:
    """One span of the standing.

    Attributes
    ----------
    sheet
        The sheet, for formulas elsewhere.
    rows
        Row of every node that stands in it.
    places
        Column by what stands in it: ``target, actual, gap, attainment, points, restated_target, restated_actual,
        restated_attainment`` and more.
    """

    def __init__(self, book: Book, found: "Attainment", span: "Span", names: ReviewNames, *, currency: str) -> None:
        self.sheet = ReviewSheet(book, say(SHEETS[span], names.language), names.language)
        self.names, self.currency, self.money = names, currency, book.money_format
        frame = found.frame(span)
        quiet = frame["level"].eq("former") & frame[
            ["judged_actual_fen", "restated_actual_fen", "inside_actual_fen", "judged_target_fen", "restated_target_fen"]].eq(0).all(axis=1)
        self.frame = frame[~quiet].set_index("unit_id", drop=False)
        self.own: dict[str, dict[str, Any]] = {str(row["unit_id"]): row for row in self.frame.to_dict("records")}  # type: ignore[misc]
        self.tree = TreeRows(units=self.frame[["unit_id", "parent_id"]])
        self.rows = {node: FIRST + at for at, node in enumerate(self.tree.order)}
        self.rest = self._rests()
        self.places = self._layout()

    def write(self, *, title: str) -> None:
        """Write all rows."""
        sheet, language = self.sheet, self.names.language
        sheet.title(title, say(NOTE, language, currency=self.currency))
        self._captions()
        for node in reversed(self.tree.order):
            self._write(node)
        sheet.freeze(FIRST, 2, last_column=len(self.places) + 2, last_row=FIRST + len(self.rows) - 1)
        sheet.print_on_one_page()

    def at(self, node: str, what: str) -> tuple[str, Any]:
        """Name of a cell as another sheet writes it, and its value."""
        source = {"target": "judged_target", "actual": "judged_actual", "attainment": "judged_attainment", "points": "contribution_points"}
        row = self.own[node]
        value = self._gap(row) if what == "gap" else row[source.get(what, what)]
        return self.sheet.outside(self.rows[node], self.places[what]), value

    def _layout(self) -> dict[str, int]:
        """Columns, the workings only where there is something in them."""
        frame, rest = self.frame, self.rest
        below = frame[frame["parent_id"].isin(frame.index)]
        moved = below["inside_actual_fen"].ne(below["judged_actual_fen"]) | below["inside_target_fen"].ne(below["judged_target_fen"])
        wanted = ["target", "actual", "gap", "attainment", "points", "restated_target", "restated_actual", "restated_attainment",
                  "moved_actual", "moved_target"]  # fmt: skip
        wanted += [name for name in ("moved_msgid", "target_msgid") if frame[name].fillna("").ne("").any()]
        wanted += ["inside_actual", "inside_target"] if moved.any() else []
        for name, needed in (("elsewhere", rest.elsewhere), ("not_down", rest.judged), ("restated_not_down", rest.restated),
                             ("restated_elsewhere", rest.restated_actual)):
            wanted += [name] if any(needed.values()) else []
        for name in ("judged_untargeted", "restated_untargeted"):
            wanted += [name] if frame[name].ne(0).any() else []
        return {name: column for column, name in enumerate(wanted, start=3)}

    def _rests(self) -> _Rest:
        rest = _Rest()
        for unit, below in self.tree.children.items():
            own, inside = self.own[unit], self.frame.loc[below]
            rest.elsewhere[unit] = int(own["judged_actual_fen"] - inside["inside_actual_fen"].sum())
            rest.restated_actual[unit] = int(own["restated_actual_fen"] - inside["restated_actual_fen"].sum())
            if pd.notna(own["judged_target"]):
                rest.judged[unit] = int(own["judged_target_fen"] - inside["inside_target_fen"].sum())
            if pd.notna(own["restated_target"]):
                rest.restated[unit] = int(own["restated_target_fen"] - inside["restated_target_fen"].sum())
        return rest

    def _captions(self) -> None:
        words = {
            "target": mark("Target"), "actual": mark("Sales"), "gap": mark("Gap"), "attainment": mark("Attainment"),
            "points": mark("Contribution, percentage points"), "restated_target": mark("Target"), "restated_actual": mark("Sales"),
            "restated_attainment": mark("Attainment"), "moved_actual": mark("Sales moved by restating"),
            "moved_target": mark("Target moved by restating"), "moved_msgid": mark("Why the two differ"),
            "target_msgid": mark("Where the target comes from"), "inside_actual": mark("Sales counted in the unit above"),
            "inside_target": mark("Target counted in the unit above"), "elsewhere": mark("Sales of people now elsewhere"),
            "not_down": mark("Target not passed down"), "restated_not_down": mark("Target not passed down, restated"),
            "restated_elsewhere": mark("Sales of nobody below"),
            "judged_untargeted": mark("Sales in months without target"),
            "restated_untargeted": mark("Sales in months without target, restated"),
        }  # fmt: skip
        widths = {"attainment": 10.0, "restated_attainment": 10.0, "points": 12.0, "moved_msgid": 32.0, "target_msgid": 22.0}
        columns = [(self.sheet.say(mark("Name")), 30.0), (self.sheet.say(mark("Level")), 11.0)]
        columns += [(self.sheet.say(words[name]), widths.get(name, MONEY_WIDTH)) for name in self.places]
        last = max(self.places.values())
        words_end = self.places["moved_target"] + sum(name in self.places for name in ("moved_msgid", "target_msgid"))
        groups = [(self.places["target"], self.places["points"], self.sheet.say(mark("As judged then"))),
                  (self.places["restated_target"], self.places["moved_target"], self.sheet.say(mark("As today's organisation has it"))),
                  (words_end + 1, last, self.sheet.say(mark("Workings")))]
        self.sheet.captions(columns, row=FIRST - 1, groups=groups)

    def _write(self, node: str) -> None:
        row, at, own = self.rows[node], self.places, self.own[node]
        unit, sheet, language = node in self.tree.children, self.sheet, self.names.language
        sheet.node(row, self.names.node(node), str(own["level"]), depth=self.tree.depth[node], unit=unit)
        for name, total in (("target", self._sum(node, "target", "inside_target", "not_down")),
                            ("actual", self._sum(node, "actual", "inside_actual", "elsewhere")),
                            ("restated_target", self._sum(node, "restated_target", "restated_target", "restated_not_down")),
                            ("restated_actual", self._sum(node, "restated_actual", "restated_actual", "restated_elsewhere"))):
            value = own[name if name.startswith("restated") else f"judged_{name}"]
            if unit and pd.notna(value):
                sheet.live(row, at[name], f"={total}", value, self.money, unit=True)
            else:
                sheet.figure(row, at[name], value, self.money, unit=unit)
        cell = {name: sheet.at(row, column) for name, column in at.items()}
        gap = self._gap(own)
        sheet.live(row, at["gap"], f'=IF(ISNUMBER({cell["target"]}),{cell["actual"]}-{cell["target"]},"")', gap, self.money, unit=unit)
        for name, goal, sales in (("attainment", "target", "actual"), ("restated_attainment", "restated_target", "restated_actual")):
            view = "restated" if name.startswith("restated") else "judged"
            counted = f"({cell[sales]}-{cell[f'{view}_untargeted']})" if f"{view}_untargeted" in at else cell[sales]
            sheet.live(row, at[name], f'=IF(N({cell[goal]})>0,{counted}/{cell[goal]},"")', own[f"{view}_attainment"], SHARE, unit=unit)
        self._write_points(node, unit=unit)
        sheet.live(row, at["moved_actual"], f"={cell['restated_actual']}-{cell['actual']}", own["moved_actual"], self.money, unit=unit)
        both = f"AND(ISNUMBER({cell['restated_target']}),ISNUMBER({cell['target']}))"
        sheet.live(row, at["moved_target"], f'=IF({both},{cell["restated_target"]}-{cell["target"]},"")', own["moved_target"], self.money,
                   unit=unit)
        for name in ("moved_msgid", "target_msgid"):
            if name in at:
                sheet.words(row, at[name], say(own[name], language) if isinstance(own[name], str) and own[name] else "", unit=unit)
        self._write_workings(node, unit=unit)

    def _sum(self, node: str, own: str, inside: str, rest: str) -> str:
        """What is below a unit, and what nobody below has."""
        column = self.places.get(inside, self.places[own])
        total = self.sheet.sum_of(column, [self.rows[child] for child in self.tree.children.get(node, [])])
        return total + (f"+{self.sheet.at(self.rows[node], self.places[rest])}" if rest in self.places else "")

    def _write_points(self, node: str, *, unit: bool) -> None:
        """What the node adds to the gap of the unit above, in points of that unit's target."""
        row, at, own = self.rows[node], self.places, self.own[node]
        above = own["parent_id"]
        if above not in self.rows:
            self.sheet.figure(row, at["points"], None, POINTS, unit=unit)
            return
        actual = self.sheet.at(row, at.get("inside_actual", at["actual"]))
        target = self.sheet.at(row, at.get("inside_target", at["target"]))
        goal = self.sheet.fixed(self.rows[above], at["target"])
        self.sheet.live(row, at["points"], f'=IF(N({goal})>0,100*({actual}-N({target}))/{goal},"")', own["contribution_points"], POINTS,
                        unit=unit)

    def _write_workings(self, node: str, *, unit: bool) -> None:
        row, at, own = self.rows[node], self.places, self.own[node]
        for name, source, column in (("inside_actual", "judged_actual_fen", "actual"), ("inside_target", "judged_target_fen", "target")):
            if name not in at:
                continue
            same = own[f"{name}_fen"] == own[source]
            value = own[f"{name}_fen"] / 100
            if same and pd.notna(own[source.removesuffix("_fen")]):
                self.sheet.live(row, at[name], f"={self.sheet.at(row, at[column])}", value, self.money, unit=unit)
            else:
                self.sheet.figure(row, at[name], value, self.money, unit=unit)
        rests = {"elsewhere": self.rest.elsewhere, "not_down": self.rest.judged, "restated_not_down": self.rest.restated,
                 "restated_elsewhere": self.rest.restated_actual}  # fmt: skip
        for name, found in rests.items():
            if name in at:
                self.sheet.figure(row, at[name], found[node] / 100 if node in found else None, self.money, unit=unit)
        for name in ("judged_untargeted", "restated_untargeted"):
            if name in at:
                self.sheet.figure(row, at[name], own[name], self.money, unit=unit)

    @staticmethod
    def _gap(row: Mapping[str, Any]) -> float:
        return float(row["judged_actual"] - row["judged_target"]) if pd.notna(row["judged_target"]) else np.nan
