"""How a workbook looks; every formula is written with its value, and the same plan gives the same bytes."""

import datetime as dt
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

FACE = "Microsoft YaHei"
CHINESE = 134  # character set: a machine without the font takes its own Chinese one
INK, MUTED, HEAD, BAND, RULE = "#1E293B", "#64748B", "#1E3A5F", "#EEF2F7", "#CBD5E1"
GOOD, BAD = "#DCFCE7", "#FECACA"
A4, WIDEST_PAGE, PAGES_ACROSS = 9, 26, 4
FIXED_TIME = dt.datetime(2000, 1, 1)
GROWTH_FORMAT = "+0.0%;-0.0%;0.0%"
CHANCE_FORMAT = '[>0.99]">99%";[<0.01]"<1%";0%'
"""A chance is never shown as certain or as impossible."""

Part = tuple["Sheet", int, int, int]
"""A piece of a column that is added up: sheet, first row, last row, column."""


class Book:
    """A workbook in memory and the looks its cells share.

    Parameters
    ----------
    decimals
        Digits of money after the point: 2 where amounts are whole fen, 0 where they are whole yuan or more.
    """

    def __init__(self, *, decimals: int) -> None:
        self._file = io.BytesIO()
        self.decimals = decimals
        self.book = xlsxwriter.Workbook(
            self._file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.book.set_properties({"author": "salesplan", "created": FIXED_TIME})
        digits = "#,##0" + ("." + "0" * decimals if decimals else "")
        self.money_format = f"{digits};[Red]-{digits};{digits.replace('#,##', '')}"
        self._looks: dict[tuple[tuple[str, Any], ...], Any] = {}

    def look(self, **properties: Any) -> Any:
        """A cell format; the same one for the same properties."""
        whole = {"font_name": FACE, "font_charset": CHINESE, "font_size": 10, "font_color": INK, **properties}
        key = tuple(sorted(whole.items()))
        if key not in self._looks:
            self._looks[key] = self.book.add_format(whole)
        return self._looks[key]

    def fill(self, colour: str) -> Any:
        """A format that only paints the ground, for conditions."""
        return self.book.add_format({"bg_color": colour})

    def to_bytes(self) -> bytes:
        """Close the workbook and give its bytes; no clock is in them."""
        self.book.close()
        return self._file.getvalue()


class Sheet:
    """One worksheet, written cell by cell in the kit's style; rows and columns count from 1.

    It remembers the numbers it holds, so that a formula over its cells can be written with its value:
    write the sheets below before those that add them up.
    """

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.sheet = book.book.add_worksheet(name)
        self.widths: dict[int, float] = {}
        self.values: dict[tuple[int, int], float] = {}
        self.sheet.hide_gridlines(2)

    @staticmethod
    def at(row: int, column: int) -> str:
        """Name of a cell, such as ``D5``."""
        return str(xl_rowcol_to_cell(row - 1, column - 1))

    def cell(self, row: int, column: int) -> str:
        """Name of a cell as another sheet writes it."""
        return f"'{self.name}'!{self.at(row, column)}"

    def value(self, row: int, column: int) -> float:
        """The number a cell holds or computes; 0 where it holds none."""
        return self.values.get((row, column), 0.0)

    def title(self, text: str, note: str) -> None:
        """Title and a line below it."""
        self.sheet.write_string(0, 0, text, self.book.look(font_size=15, bold=True, font_color=HEAD))
        self.sheet.write_string(1, 0, note, self.book.look(font_color=MUTED))
        self.sheet.set_row(0, 26)

    def header(self, captions: Sequence[str], *, row: int) -> None:
        """Captions of a table."""
        look = self.book.look(
            bold=True, font_color="#FFFFFF", bg_color=HEAD, align="center", valign="vcenter", text_wrap=True
        )
        for column, caption in enumerate(captions, start=1):
            self.sheet.write_string(row - 1, column - 1, caption, look)
            self._wide(column, min(_text_width(caption), 10))
        self.sheet.set_row(row - 1, 30)

    def text(self, row: int, column: int, value: str, *, kind: str = "plain") -> None:
        """Text that stays text."""
        self.sheet.write_string(row - 1, column - 1, value, self._look(kind))
        self._wide(column, min(_text_width(value), 34))

    def money(self, row: int, column: int, amount: float | None, *, kind: str = "plain") -> None:
        """An amount in currency units; an empty cell where there is none."""
        self._number(row, column, amount, kind, self.book.money_format)

    def chance(self, row: int, column: int, fraction: float | None) -> None:
        """A probability shown as a percentage."""
        self._number(row, column, fraction, "plain", CHANCE_FORMAT)

    def number(self, row: int, column: int, value: float) -> None:
        """A number as it is."""
        self.sheet.write_number(row - 1, column - 1, value, self.book.look(align="left"))

    def sum(self, row: int, column: int, parts: Sequence[Part], *, kind: str = "plain") -> None:
        """A live sum of pieces of columns, of this sheet or of others."""
        amount = round(math.fsum(s.value(r, c) for s, first, last, c in parts for r in range(first, last + 1)), 2)
        spans = [
            ("" if s is self else f"'{s.name}'!") + f"{self.at(first, c)}:{self.at(last, c)}"
            for s, first, last, c in parts
        ]
        many = len(spans) > 200  # more than a function takes
        formula = "=" + "+".join(f"SUM({s})" for s in spans) if many else f"=SUM({','.join(spans)})"
        self._formula(row, column, formula, amount, kind, self.book.money_format)

    def row_sum(self, row: int, column: int, *, first: int, last: int, kind: str = "strong") -> None:
        """A live sum of a row's own cells."""
        amount = round(math.fsum(self.value(row, c) for c in range(first, last + 1)), 2)
        formula = f"=SUM({self.at(row, first)}:{self.at(row, last)})"
        self._formula(row, column, formula, amount, kind, self.book.money_format)

    def copy(self, row: int, column: int, source: "Sheet", at: tuple[int, int], *, kind: str = "plain") -> None:
        """A live copy of another sheet's cell."""
        self._formula(row, column, f"={source.cell(*at)}", source.value(*at), kind, self.book.money_format)

    def growth(self, row: int, column: int, now: tuple[str, float], before: tuple[str, float]) -> None:
        """Growth of one cell over another, each given as its name and its number; empty where there is no base."""
        value = now[1] / before[1] - 1 if before[1] > 0 else ""
        formula = f'=IF({before[0]}>0,{now[0]}/{before[0]}-1,"")'
        self._formula(row, column, formula, value, "plain", GROWTH_FORMAT)

    def check(self, row: int, column: int, one: tuple[str, float], other: tuple[str, float]) -> None:
        """The difference of two cells, which must be 0; green when it is, red when it is not."""
        value = round(one[1] - other[1], 2)
        self._formula(row, column, f"=ROUND({one[0]}-{other[0]},2)", value, "strong", self.book.money_format)
        for criterion, colour in (("==", GOOD), ("!=", BAD)):
            rule = {"type": "cell", "criteria": criterion, "value": 0, "format": self.book.fill(colour)}
            self.sheet.conditional_format(self.at(row, column), rule)

    def blank(self, row: int, columns: Iterator[int] | range, *, kind: str) -> None:
        """Cells without content that have a look."""
        for column in columns:
            self.sheet.write_blank(row - 1, column - 1, None, self._look(kind))

    def fit(
        self, *, frozen_row: int, frozen_column: int, last_row: int, filter_row: int = 0, narrow: bool = False
    ) -> None:
        """Column widths that hold their text, frozen panes, filter, and how it prints."""
        for column, width in self.widths.items():
            self.sheet.set_column(column - 1, column - 1, max(width, 7) + (2 if narrow else 1))
        last_column = max(self.widths)
        self.sheet.set_landscape()
        self.sheet.set_paper(A4)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&L&8&A&R&8&P / &N")
        self.sheet.fit_to_pages(1 if last_column <= WIDEST_PAGE else PAGES_ACROSS, 0)
        if frozen_row:
            self.sheet.freeze_panes(frozen_row - 1, frozen_column - 1)
            self.sheet.repeat_rows(0, frozen_row - 2)
            if last_column > WIDEST_PAGE:
                self.sheet.repeat_columns(0, frozen_column - 2)
        if filter_row and last_row > filter_row + 1:
            self.sheet.autofilter(filter_row - 1, 0, last_row - 2, last_column - 1)

    def _look(self, kind: str, **properties: Any) -> Any:
        if kind == "total":
            properties.update(bg_color=BAND, top=1, top_color=RULE)
        return self.book.look(bold=kind in ("strong", "total"), **properties)

    def _number(self, row: int, column: int, number: float | None, kind: str, form: str) -> None:
        if number is None:
            return
        self.values[row, column] = number
        self.sheet.write_number(row - 1, column - 1, number, self._look(kind, num_format=form))
        self._wide(column, self._figure_width(number))

    def _formula(self, row: int, column: int, formula: str, value: float | str, kind: str, form: str) -> None:
        if not isinstance(value, str):
            self.values[row, column] = value
            self._wide(column, self._figure_width(value))
        self.sheet.write_formula(row - 1, column - 1, formula, self._look(kind, num_format=form), value)

    def _figure_width(self, number: float) -> float:
        return len(f"{number:,.{self.book.decimals}f}") * 1.1 + 1

    def _wide(self, column: int, width: float) -> None:
        self.widths[column] = max(self.widths.get(column, 0.0), width)


def _text_width(text: str) -> float:
    """Width in Excel's units; a Chinese letter is two wide."""
    return sum(2.1 if letter >= "\u2e80" else 1.1 for letter in text) + 2
