"""Where everybody will probably end, as a sheet: projection, interval, chance, and what each working day left must bring."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import CHANCE, SHARE, ReviewSheet, TreeRows
from salesplan.reporting.workbook_style import Book
from salesplan.text import mark, say
from salesplan.text.numbers import format_percent

if TYPE_CHECKING:
    from salesplan.review.projection import Projection
    from salesplan.review.run_rate import RunRate

FIRST, DAYS_ROW = 7, 3
NOTE = mark(
    "Sales and targets as today's organisation has them. Projections add up, intervals and chances do not. Required a working day ="
    " still missing over working days left. Currency: {currency}."
)
COLUMNS = (
    ("target", mark("Target"), 17.0), ("actual", mark("Sales"), 17.0), ("done", mark("Done so far"), 10.0),
    ("missing", mark("Still missing"), 17.0), ("required_per_day", mark("Required a working day"), 15.0),
    ("usual_per_day", mark("Usual a day"), 15.0), ("best_per_day", mark("Best ever a day"), 15.0),
    ("required_ratio", mark("Required over best ever"), 12.0), ("projected", mark("Projected"), 17.0), ("lower", mark("From"), 17.0),
    ("upper", mark("To"), 17.0), ("p_hit", mark("P(hit)"), 10.0), ("projected_gap", mark("Projected less target"), 17.0),
)  # fmt: skip
PLACE = {name: column for column, (name, _, _) in enumerate(COLUMNS, start=3)}


class OutlookSheet:
    """The end of a quarter or a year for every node.

    Attributes
    ----------
    sheet, rows
        The sheet and the row of every node, for formulas elsewhere.
    """

    def __init__(self, book: Book, name: str, found: "Projection", rate: "RunRate", names: ReviewNames, *, currency: str) -> None:
        self.sheet = ReviewSheet(book, say(name, names.language), names.language)
        self.found, self.names, self.currency, self.money = found, names, currency, book.money_format
        self.days = int(rate.working_days_left)
        rates = rate.table.set_index("unit_id")[["required", "required_per_day", "usual_per_day", "best_per_day", "required_ratio"]]
        frame = found.table.set_index("unit_id", drop=False).join(rates)
        quiet = frame["level"].eq("former") & frame["actual"].eq(0) & frame["projected"].abs().lt(0.005)
        self.frame = frame[~quiet]
        self.tree = TreeRows(units=self.frame[["unit_id", "parent_id"]])
        self.rows = {node: FIRST + at for at, node in enumerate(self.tree.order)}

    def write(self, *, title: str) -> None:
        """Write all rows."""
        sheet, language = self.sheet, self.names.language
        sheet.title(title, say(NOTE, language, currency=self.currency))
        sheet.text(DAYS_ROW, 1, sheet.say(mark("Working days left")), kind="muted")
        sheet.given(DAYS_ROW, 2, float(self.days), "#,##0")
        captions = [(sheet.say(mark("Name")), 30.0), (sheet.say(mark("Level")), 11.0)]
        captions += [(sheet.say(word), width) for _, word, width in COLUMNS]
        interval = sheet.say(mark("{share} interval"), share=format_percent(self.found.coverage, language, 0))
        sheet.captions(captions, row=FIRST - 1, groups=[
            (PLACE["target"], PLACE["missing"], sheet.say(mark("So far"))),
            (PLACE["required_per_day"], PLACE["required_ratio"], sheet.say(mark("A working day"))),
            (PLACE["lower"], PLACE["upper"], interval)])
        for node in reversed(self.tree.order):
            self._write(node)
        sheet.freeze(FIRST, 2, last_column=len(captions), last_row=FIRST + len(self.rows) - 1)
        sheet.print_on_one_page()

    def at(self, node: str, what: str) -> tuple[str, Any]:
        """Name of a cell as another sheet writes it, and its value."""
        value = self.frame.loc[node, what] if what in self.frame else np.nan
        return self.sheet.outside(self.rows[node], PLACE[what]), self._per_day(node) if what == "required_per_day" else value

    def _per_day(self, node: str) -> float:
        value: Any = self.frame.loc[node, "required_per_day"]
        return float(value) if self.days and pd.notna(value) else np.nan

    def _write(self, node: str) -> None:
        row, own, sheet = self.rows[node], self.frame.loc[node], self.sheet
        unit = node in self.tree.children
        sheet.node(row, self.names.node(node), str(own["level"]), depth=self.tree.depth[node], unit=unit)
        for name in ("target", "actual", "projected"):
            below = self.tree.children.get(node, [])
            adds_up = unit and pd.notna(own[name]) and abs(self.frame.loc[below, name].sum() - own[name]) < 0.005
            if adds_up:
                total = sheet.sum_of(PLACE[name], [self.rows[child] for child in below])
                sheet.live(row, PLACE[name], f"={total}", own[name], self.money, unit=True)
            else:
                sheet.figure(row, PLACE[name], own[name], self.money, unit=unit)
        cell = {name: sheet.at(row, column) for name, column in PLACE.items()}
        goal, known = own["target"], f"ISNUMBER({cell['target']})"
        done = own["actual"] / goal if goal > 0 else np.nan
        sheet.live(row, PLACE["done"], f'=IF(N({cell["target"]})>0,{cell["actual"]}/{cell["target"]},"")', done, SHARE, unit=unit)
        sheet.live(row, PLACE["missing"], f'=IF({known},MAX({cell["target"]}-{cell["actual"]},0),"")', own["required"], self.money,
                   unit=unit)
        days = sheet.fixed(DAYS_ROW, 2)
        sheet.live(row, PLACE["required_per_day"], f'=IF(AND({known},{days}>0),{cell["missing"]}/{days},"")', self._per_day(node),
                   self.money, unit=unit)
        best = cell["best_per_day"]
        over = f'=IF(AND(ISNUMBER({cell["required_per_day"]}),N({best})>0),{cell["required_per_day"]}/{best},"")'
        sheet.live(row, PLACE["required_ratio"], over, own["required_ratio"] if self.days else np.nan, SHARE, unit=unit)
        for name in ("usual_per_day", "best_per_day", "lower", "upper"):
            sheet.figure(row, PLACE[name], own[name], self.money, unit=unit)
        sheet.figure(row, PLACE["p_hit"], own["p_hit"], CHANCE, unit=unit)
        sheet.live(row, PLACE["projected_gap"], f'=IF({known},{cell["projected"]}-{cell["target"]},"")', own["projected_gap"], self.money,
                   unit=unit)
