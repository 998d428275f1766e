"""What closing the gap takes, as a sheet: orders and visits counted back from what is missing, against what was done before."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import CHANCE, SHARE, ReviewSheet, TreeRows
from salesplan.reporting.review_sheets_outlook import DAYS_ROW, PLACE, OutlookSheet
from salesplan.reporting.show_closing import MEANS, NOTHING, STEPS, SURE, TITLE, verdict_words
from salesplan.reporting.workbook_style import Book
from salesplan.review.closing_paces import WEEK
from salesplan.text import mark, say
from salesplan.text.numbers import format_percent

if TYPE_CHECKING:
    from salesplan.review.closing_gap import ClosingGap

FIRST = 7
PACE = "#,##0.0"
COLUMNS = (
    ("missing", mark("Still missing"), 17.0), ("order", mark("Amount an order"), 14.0), ("orders", mark("Orders at the means"), 11.0),
    ("rate", mark("Orders a visit"), 10.0), ("means", mark("Visits at the means"), 11.0), ("step", mark("Counted in"), 12.0),
    ("needed", "", 12.0), ("week", mark("Needed a week"), 11.0), ("usual", mark("Usual a week"), 11.0),
    ("best", mark("Best ever a week"), 11.0), ("over", mark("Needed over best ever"), 11.0),
    ("p_usual", mark("Chance at the usual pace"), 11.0), ("p_best", mark("Chance at the best pace"), 11.0),
    ("words", mark("In words"), 88.0),
)  # fmt: skip
AT = {name: column for column, (name, _, _) in enumerate(COLUMNS, start=3)}


class ClosingSheet:
    """What closing the gap takes, for every node that lacks something."""

    def __init__(self, book: Book, found: "ClosingGap", ends: OutlookSheet, names: ReviewNames) -> None:
        self.sheet = ReviewSheet(book, say(TITLE, names.language), names.language)
        self.found, self.ends, self.names, self.money = found, ends, names, book.money_format
        self.frame = found.table[found.table["unit_id"].isin(list(ends.rows))].set_index("unit_id", drop=False)
        self.own: dict[str, dict[str, Any]] = {str(row["unit_id"]): row for row in self.frame.to_dict("records")}  # type: ignore[misc]
        self.tree = TreeRows(units=self.frame[["unit_id", "parent_id"]])
        self.rows = {node: FIRST + at for at, node in enumerate(self.tree.order)}

    def write(self, *, title: str) -> None:
        """Write all rows."""
        sheet, language = self.sheet, self.names.language
        if self.frame.empty:
            sheet.title(title, say(NOTHING, language))
            sheet.set_widths([20.0] * 6)
            sheet.print_on_one_page()
            return
        sheet.title(title, say(MEANS, language))
        sheet.text(DAYS_ROW, 1, sheet.say(mark("Working days left")), kind="muted")
        sheet.live(DAYS_ROW, 2, f"={self.ends.sheet.outside(DAYS_ROW, 2)}", float(self.found.working_days_left), "#,##0")
        sure = say(SURE, language, share=format_percent(self.found.confidence, language, 0))
        captions = [(sheet.say(mark("Name")), 30.0), (sheet.say(mark("Level")), 11.0)]
        captions += [(sheet.say(word) if word else sure, width) for _, word, width in COLUMNS]
        sheet.captions(captions, row=FIRST - 1, groups=[
            (AT["orders"], AT["means"], sheet.say(mark("At the means alone"))), (AT["week"], AT["over"], sheet.say(mark("A week"))),
            (AT["p_usual"], AT["p_best"], sheet.say(mark("Chance of closing it")))])  # fmt: skip
        for node in self.tree.order:
            self._write(node)
        sheet.freeze(FIRST, 2, last_column=len(captions), last_row=FIRST + len(self.rows) - 1)
        sheet.print_on_one_page()

    def _write(self, node: str) -> None:
        row, own, sheet = self.rows[node], self.own[node], self.sheet
        unit = node in self.tree.children
        sheet.node(row, self.names.node(node), str(own["level"]), depth=self.tree.depth[node], unit=unit)
        missing = self.ends.sheet.outside(self.ends.rows[node], PLACE["missing"])
        cell = {name: sheet.at(row, column) for name, column in AT.items()}
        gap, mean, rate, needed = (float(own[name]) for name in ("gap_amount", "order_amount", "rate_value", "n_needed"))
        sheet.live(row, AT["missing"], f'=IF(ISNUMBER({missing}),{missing},"")', gap, self.money, unit=unit)
        sheet.figure(row, AT["order"], mean, self.money, unit=unit)
        sheet.live(row, AT["orders"], f'=IF(N({cell["order"]})>0,{cell["missing"]}/{cell["order"]},"")', gap / mean, PACE, unit=unit)
        sheet.figure(row, AT["rate"], rate, "0.00", unit=unit)
        sheet.live(row, AT["means"], f'=IF(N({cell["rate"]})>0,{cell["orders"]}/{cell["rate"]},"")', gap / mean / rate, PACE, unit=unit)
        sheet.words(row, AT["step"], sheet.say(STEPS[own["step"]]) if own["step"] else "", unit=unit)
        sheet.figure(row, AT["needed"], needed, "#,##0", unit=unit)
        days, days_left = sheet.fixed(DAYS_ROW, 2), self.found.working_days_left
        week = WEEK * needed / days_left if days_left else np.nan
        per_week = f'=IF(AND(ISNUMBER({cell["needed"]}),{days}>0),{WEEK}*{cell["needed"]}/{days},"")'
        sheet.live(row, AT["week"], per_week, week, PACE, unit=unit)
        best = WEEK * float(own["best_pace"])
        sheet.figure(row, AT["usual"], WEEK * float(own["usual_pace"]), PACE, unit=unit)
        sheet.figure(row, AT["best"], best, PACE, unit=unit)
        over = week / best if pd.notna(best) and best > 0 else np.nan
        sheet.live(row, AT["over"], f'=IF(AND(ISNUMBER({cell["week"]}),N({cell["best"]})>0),{cell["week"]}/{cell["best"]},"")', over, SHARE,
                   unit=unit)
        for name in ("p_usual", "p_best"):
            sheet.figure(row, AT[name], own[name], CHANCE, unit=unit)
        sheet.words(row, AT["words"], verdict_words(str(own["verdict"]), own["p_best"], self.names.language), unit=unit)
