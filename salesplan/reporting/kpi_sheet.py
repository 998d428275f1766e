"""A worksheet of scores: figures that were given in blue, formulas beside them, sentences that wrap."""

import math
from collections.abc import Sequence
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.workbook_style import A4, MUTED, Book, Sheet

GIVEN = "#1D4ED8"
"""Colour of figures that were given and may be changed."""
LINE = 14.5


class KpiSheet(Sheet):
    """A sheet whose cells each have a number format of their own; rows and columns count from 1."""

    def __init__(self, book: Book, name: str) -> None:
        super().__init__(book, name)
        self._used: set[int] = set()

    def given(self, row: int, column: int, value: Any, form: str, *, kind: str = "given") -> None:
        """A figure or grade that went in; an empty cell where there is none."""
        if value is None or (not isinstance(value, str) and math.isnan(value)):
            return
        look = self._look(kind, num_format=form, align="right")
        self._used.add(column)
        if isinstance(value, str):
            self.sheet.write_string(row - 1, column - 1, neutral_text(value.strip()), look)
        else:
            self.sheet.write_number(row - 1, column - 1, value, look)

    def formula(self, row: int, column: int, formula: str, value: float | str, form: str, *, kind: str = "plain") -> None:
        """A formula with the value it gives."""
        self._used.add(column)
        self.sheet.write_formula(row - 1, column - 1, formula, self._look(kind, num_format=form), value)

    def wrapped(self, row: int, column: int, text: str) -> None:
        """Text over several lines, if the column is too narrow."""
        self.sheet.write_string(row - 1, column - 1, neutral_text(text), self._look("plain", text_wrap=True, align="left", indent=1))

    def fixed(self, row: int, column: int) -> str:
        """Name of a cell that stays when a formula is copied, such as ``$D$5``."""
        return str(xl_rowcol_to_cell(row - 1, column - 1, row_abs=True, col_abs=True))

    def outside(self, row: int, column: int, last_row: int = 0) -> str:
        """Name of a cell, or of a piece of a column, as another sheet writes it."""
        span = self.fixed(row, column) + (f":{self.fixed(last_row, column)}" if last_row else "")
        quoted = self.name.replace("'", "''")
        return f"'{quoted}'!{span}"

    def is_used(self, column: int) -> bool:
        """Whether a figure or formula stands in the column."""
        return column in self._used

    def hide(self, column: int) -> None:
        """Leave a column out of sight."""
        self.sheet.set_column(column - 1, column - 1, None, None, {"hidden": True})

    def set_widths(self, widths: Sequence[float]) -> None:
        """Widths of the first columns."""
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)

    def set_height(self, row: int, lines: int) -> None:
        """Height of a row that holds so many lines of text."""
        self.sheet.set_row(row - 1, max(1, lines) * LINE)

    def freeze(self, row: int, column: int, *, last_column: int, last_row: int) -> None:
        """Keep captions and first columns in sight and on every page, and let people filter."""
        self.sheet.freeze_panes(row - 1, column - 1)
        self.sheet.repeat_rows(0, row - 2)
        if last_row > row:
            self.sheet.autofilter(row - 2, 0, last_row - 1, last_column - 1)

    def print_on_one_page(self) -> None:
        """Landscape on A4, as wide as the page."""
        self.sheet.set_landscape()
        self.sheet.set_paper(A4)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&L&8&A&R&8&P / &N")
        self.sheet.fit_to_pages(1, 0)

    def _look(self, kind: str, **properties: Any) -> Any:
        if kind == "given":
            return super()._look("plain", font_color=GIVEN, valign="top", **properties)
        if kind == "muted":
            return super()._look("plain", font_color=MUTED, **properties)
        return super()._look(kind, **{"valign": "top", **properties})


def text_lines(text: str, width: float) -> int:
    """How many lines a text takes in a column of a width.

    Examples
    --------
    >>> text_lines("short", 20), text_lines("权重" * 30, 20)
    (1, 7)
    """
    return max(1, math.ceil(text_width(text) / max(width - 1, 1)))


def text_width(text: str) -> float:
    """Width of a text in letters; a Chinese one is two wide.

    Examples
    --------
    >>> text_width("KPI 权重")
    8.0
    """
    return sum(2.0 if letter >= "\u2e80" else 1.0 for letter in text)
