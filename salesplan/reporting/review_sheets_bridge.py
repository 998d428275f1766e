"""A bridge as a sheet: every node by part, units adding up what is below them, and a check that nothing is left over."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_sheets import SHARE, ReviewSheet, TreeRows
from salesplan.reporting.show_bridge import LUCK, TITLES
from salesplan.reporting.workbook_style import Book
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.review.bridge import Bridge

FIRST = 6
OWN = "\x00own"
NOTE = mark(
    "Every part adds up from the lowest level; a unit's end is its start and its parts. The last column must be 0 in every row."
    " Currency: {currency}."
)
OF_NOBODY = mark("Of no single person below")


class BridgeSheet:
    """One bridge; parts that are zero everywhere are left out."""

    def __init__(self, book: Book, found: "Bridge", names: ReviewNames, *, currency: str) -> None:
        self.key = TITLES[found.kind]
        self.sheet = ReviewSheet(book, say(self.key, names.language), names.language)
        self.found, self.names, self.currency, self.money = found, names, currency, book.money_format
        self.top = str(found.units["unit_id"].iloc[0])
        self.parts = [part for part in found.parts if found.table[part].ne(0).any()]
        self.columns = ["start_fen", *self.parts, "end_fen"]
        self.table, units = self._with_own_rows()
        self.tree = TreeRows(units=units)
        self.level = dict(zip(units["unit_id"], units["level"], strict=True))
        self.steps = self._steps()
        after = FIRST + 1 + len(self.steps)
        self.rows = {node: FIRST if node == self.top else after + at - 1 for at, node in enumerate(self.tree.order)}
        self.last = after + len(self.rows) - 2

    def write(self, *, title: str) -> None:
        """Write all rows."""
        sheet, language = self.sheet, self.names.language
        sheet.title(title, say(NOTE, language, currency=self.currency))
        captions = [(sheet.say(mark("Name")), 30.0), (sheet.say(mark("Level")), 11.0)]
        ends = [say(self.found.start_msgid, language), *(say(self.found.parts[part], language) for part in self.parts),
                sheet.say(mark("{end}, added up"), end=say(self.found.end_msgid, language)), say(self.found.end_msgid, language),
                sheet.say(mark("Left over"))]
        sheet.captions([*captions, *((word, 16.5) for word in ends)], row=FIRST - 1)
        for node in self.tree.order:
            self._write(node)
        self._write_steps()
        sheet.freeze(FIRST, 2, last_column=len(captions) + len(ends), last_row=self.last)
        sheet.print_on_one_page()

    def _with_own_rows(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The figures by node, with a row of its own for what stands at a unit itself; quiet rows of former staff left out."""
        table = self.found.table[self.columns]
        units = self.found.units[["unit_id", "parent_id", "level"]]
        quiet = units["level"].eq("former").to_numpy() & table.eq(0).all(axis=1).to_numpy()
        units = units[~quiet]
        below = table.loc[units["unit_id"]].groupby(units["parent_id"].to_numpy(object)).sum()
        own = table.loc[below.index] - below
        own = own[own.ne(0).any(axis=1)]
        extra = pd.DataFrame({"unit_id": [f"{unit}{OWN}" for unit in own.index], "parent_id": own.index, "level": ""})
        own.index = pd.Index(extra["unit_id"])
        return pd.concat([table.loc[units["unit_id"]], own]), pd.concat([units, extra], ignore_index=True)

    def _steps(self) -> list[tuple[str, str]]:
        known = self.found.steps(self.top).set_index("part").loc[self.parts]
        rows = [("share", mark("Share of the start"))]
        if known["lower"].notna().any():
            rows += [("lower", mark("80 % interval, from")), ("upper", mark("80 % interval, to")), ("luck", LUCK)]
        return rows

    def _write(self, node: str) -> None:
        row, own, sheet = self.rows[node], self.table.loc[node], self.sheet
        unit = node in self.tree.children
        name = sheet.say(OF_NOBODY) if node.endswith(OWN) else self.names.node(node)
        sheet.node(row, name, str(self.level[node]), depth=self.tree.depth[node], unit=unit)
        last = 2 + len(self.parts) + 1
        for column, key in enumerate(self.columns[:-1], start=3):
            value = own[key] / 100
            if unit:
                total = sheet.sum_of(column, [self.rows[child] for child in self.tree.children[node]])
                sheet.live(row, column, f"={total}", value, self.money, unit=True)
            else:
                sheet.figure(row, column, value, self.money)
        sheet.live(row, last + 1, f"=SUM({sheet.at(row, 3)}:{sheet.at(row, last)})", own["end_fen"] / 100, self.money, unit=unit)
        sheet.figure(row, last + 2, own["end_fen"] / 100, self.money, unit=unit)
        sheet.check_zero(row, last + 3, f"=ROUND({sheet.at(row, last + 1)}-{sheet.at(row, last + 2)},2)", unit=unit)

    def _write_steps(self) -> None:
        """Share, interval and luck of the unit's own parts, below its figures."""
        known = self.found.steps(self.top).set_index("part")
        sheet = self.sheet
        for row, (key, word) in enumerate(self.steps, start=FIRST + 1):
            sheet.text(row, 1, sheet.say(word), kind="muted")
            for column, part in enumerate(self.parts, start=4):
                value: Any = known.loc[part, "can_be_luck" if key == "luck" else key]
                if key == "share":
                    start, cell = sheet.fixed(FIRST, 3), sheet.at(FIRST, column)
                    sheet.live(row, column, f'=IF({start}<>0,{cell}/{start},"")', value, SHARE)
                elif key == "luck":
                    sheet.words(row, column, sheet.say(LUCK) if value else "")
                else:
                    sheet.figure(row, column, value, self.money)
