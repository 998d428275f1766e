"""Pace and shape of the month, as sheets: sales against what is usual by now, and how the month ran."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import SHARE, ReviewSheet, TreeRows
from salesplan.reporting.workbook_style import BAD, Book
from salesplan.text import mark, say
from salesplan.text.numbers import format_percent

if TYPE_CHECKING:
    from salesplan.review.linearity import Linearity
    from salesplan.review.pace import ReviewPace

PACE, SHAPE = mark("Pace of the month"), mark("Shape of the month")
FIRST = 7
DAYS_ROW, GONE_ROW = 3, 4
SHAPE_FIRST = 6
PACE_NOTE = mark(
    "Expected by now = target times the share of the month usual by this day: season, working days and how months run. Targets and sales"
    " as today's organisation has them. Currency: {currency}."
)
PACE_COLUMNS = (
    ("target", mark("Target"), 17.0), ("actual", mark("Sales"), 17.0), ("share", mark("Usual share by now"), 12.0),
    ("expected", mark("Expected by now"), 17.0), ("ahead", mark("Ahead of it"), 17.0), ("pace", mark("Pace"), 10.0),
    ("missing", mark("Still missing"), 17.0), ("per_day", mark("Required a working day"), 15.0),
)  # fmt: skip
PACE_AT = {name: column for column, (name, _, _) in enumerate(PACE_COLUMNS, start=3)}
SHAPE_NOTE = mark(
    "Shares of the month by thirds of its working days and by its last {n} days; red lies outside its own usual {share} range."
    " More than even: what the last days bring beyond an even month."
)
PARTS = {
    "first_third": mark("First third"), "second_third": mark("Second third"), "last_third": mark("Last third"),
    "last_days": mark("Last 3 working days"),
}  # fmt: skip


class PaceSheet:
    """Where everybody should be on the day, and what the rest of the month must bring."""

    def __init__(self, book: Book, found: "ReviewPace", names: ReviewNames, *, currency: str) -> None:
        self.sheet = ReviewSheet(book, say(PACE, names.language), names.language)
        self.names, self.currency, self.money = names, currency, book.money_format
        frame = found.table.set_index("unit_id", drop=False)
        self.frame = frame[~(frame["level"].eq("former") & frame["actual"].eq(0))]
        self.tree = TreeRows(units=self.frame[["unit_id", "parent_id"]])
        self.rows = {node: FIRST + at for at, node in enumerate(self.tree.order)}

    def write(self, *, title: str) -> None:
        """Write all rows."""
        sheet, top = self.sheet, self.frame.iloc[0]
        sheet.title(title, sheet.say(PACE_NOTE, currency=self.currency))
        self.days, self.gone = int(top["working_days_total"]), int(top["working_days_elapsed"])
        for row, word, value in ((DAYS_ROW, mark("Working days of the month"), self.days), (GONE_ROW, mark("Of these gone"), self.gone)):
            sheet.text(row, 1, sheet.say(word), kind="muted")
            sheet.given(row, 2, float(value), "#,##0")
        captions = [(sheet.say(mark("Name")), 30.0), (sheet.say(mark("Level")), 11.0)]
        captions += [(sheet.say(word), width) for _, word, width in PACE_COLUMNS]
        sheet.captions(captions, row=FIRST - 1, groups=[(PACE_AT["share"], PACE_AT["pace"], sheet.say(mark("By now"))),
                                                        (PACE_AT["missing"], PACE_AT["per_day"], sheet.say(mark("The rest of the month")))])
        for node in reversed(self.tree.order):
            self._write(node)
        sheet.freeze(FIRST, 2, last_column=len(captions), last_row=FIRST + len(self.rows) - 1)
        sheet.print_on_one_page()

    def _write(self, node: str) -> None:
        row, own, sheet, at = self.rows[node], self.frame.loc[node], self.sheet, PACE_AT
        below = self.tree.children.get(node, [])
        sheet.node(row, self.names.node(node), str(own["level"]), depth=self.tree.depth[node], unit=bool(below))
        unit = bool(below)
        for name in ("target", "actual"):
            if unit and pd.notna(own[name]) and abs(self.frame.loc[below, name].sum() - own[name]) < 0.005:
                total = sheet.sum_of(at[name], [self.rows[child] for child in below])
                sheet.live(row, at[name], f"={total}", own[name], self.money, unit=True)
            else:
                sheet.figure(row, at[name], own[name], self.money, unit=unit)
        cell = {name: sheet.at(row, column) for name, column in at.items()}
        known = f"ISNUMBER({cell['target']})"
        sheet.figure(row, at["share"], own["share_expected"], SHARE, unit=unit)
        sheet.live(row, at["expected"], f'=IF({known},{cell["target"]}*{cell["share"]},"")', own["expected"], self.money, unit=unit)
        sheet.live(row, at["ahead"], f'=IF({known},{cell["actual"]}-{cell["expected"]},"")', own["ahead"], self.money, unit=unit)
        pace = own["actual"] / own["expected"] if own["expected"] > 0 else np.nan
        sheet.live(row, at["pace"], f'=IF(N({cell["expected"]})>0,{cell["actual"]}/{cell["expected"]},"")', pace, SHARE, unit=unit)
        missing = max(own["target"] - own["actual"], 0.0) if pd.notna(own["target"]) else np.nan
        sheet.live(row, at["missing"], f'=IF({known},MAX({cell["target"]}-{cell["actual"]},0),"")', missing, self.money, unit=unit)
        days, gone, left = sheet.fixed(DAYS_ROW, 2), sheet.fixed(GONE_ROW, 2), self.days - self.gone
        sheet.live(row, at["per_day"], f'=IF(AND({known},{days}>{gone}),{cell["missing"]}/({days}-{gone}),"")',
                   missing / left if left > 0 else np.nan, self.money, unit=unit)


def write_shape(book: Book, found: "Linearity", names: ReviewNames, *, title: str) -> None:
    """How the month ran for everybody, third by third, against the own past months."""
    from salesplan.review.linearity import LAST_DAYS

    language = names.language
    sheet = ReviewSheet(book, say(SHAPE, language), language)
    share = format_percent(found.coverage, language, 0)
    sheet.title(title, sheet.say(SHAPE_NOTE, n=LAST_DAYS, share=share))
    frame = found.table.set_index("unit_id", drop=False)
    frame = frame[~frame["level"].eq("former")]
    tree = TreeRows(units=frame[["unit_id", "parent_id"]])
    captions = [(sheet.say(mark("Name")), 30.0), (sheet.say(mark("Level")), 11.0)]
    groups = []
    for word in PARTS.values():
        groups.append((len(captions) + 1, len(captions) + 3, sheet.say(word)))
        captions += [(sheet.say(mark("Share")), 10.0), (sheet.say(mark("From")), 9.0), (sheet.say(mark("To")), 9.0)]
    first = len(captions) + 1
    groups.append((first, first + 4, sheet.say(mark("Last days against an even month"))))
    captions += [(sheet.say(word), width) for word, width in (
        (mark("Even month"), 10.0), (mark("More than even"), 10.0), (mark("Usually more"), 10.0), (mark("From"), 9.0), (mark("To"), 9.0),
        (mark("In words"), 44.0))]  # fmt: skip
    sheet.captions(captions, row=SHAPE_FIRST - 1, groups=groups)
    bad = book.fill(BAD)
    for row, node in enumerate(tree.order, start=SHAPE_FIRST):
        own, unit = frame.loc[node], node in tree.children
        sheet.node(row, names.node(node), str(own["level"]), depth=tree.depth[node], unit=unit)
        for place, part in enumerate(PARTS):
            column = 3 + 3 * place
            for offset, name in enumerate(("share", "lower_share", "upper_share")):
                sheet.figure(row, column + offset, own[f"{part}_{name}"], SHARE, unit=unit)
            now, low, high = (sheet.at(row, column + offset) for offset in range(3))
            sheet.sheet.conditional_format(now, {"type": "formula", "format": bad, "criteria":
                                                 f"=AND(ISNUMBER({now}),ISNUMBER({low}),OR({now}<{low},{now}>{high}))"})  # fmt: skip
        last, even = sheet.at(row, 3 + 3 * list(PARTS).index("last_days")), sheet.at(row, first)
        sheet.figure(row, first, own["even_share"], SHARE, unit=unit)
        more = own["last_days_share"] - own["even_share"]
        sheet.live(row, first + 1, f'=IF(AND(ISNUMBER({last}),ISNUMBER({even})),{last}-{even},"")', more, SHARE, unit=unit)
        for offset, name in enumerate(("excess_share", "excess_lower_share", "excess_upper_share"), start=2):
            sheet.figure(row, first + offset, own[name], SHARE, unit=unit)
        sheet.words(row, first + 5, sheet.say(str(own["shape_msgid"])), unit=unit)
    sheet.freeze(SHAPE_FIRST, 3, last_column=len(captions), last_row=SHAPE_FIRST + len(tree.order) - 1)
    sheet.print_on_one_page()
