"""A frame as a worksheet: captions for its columns, figures as figures in the form their names demand, words that wrap."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.reporting.kpi_sheet import KpiSheet, text_lines, text_width
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.workbook_style import CHANCE_FORMAT, GROWTH_FORMAT, Book
from salesplan.text.frames import caption, format_frame
from salesplan.text.kinds import NUMERIC, column_kinds

FORMATS = {"money": "#,##0", "percent": "0.0%", "signed_percent": GROWTH_FORMAT, "probability": CHANCE_FORMAT, "points": "0.0",
           "count": "#,##0", "number": "0.00"}
NARROWEST, WIDEST = 9.0, 46.0
HEAD_ROW = 4


def write_frame(
    book: Book, name: str, frame: pd.DataFrame, language: str, *, title: str, note: str = "", frozen: int = 1,
    kinds: Mapping[Any, str] | None = None, currency: str = "CNY",
) -> KpiSheet:
    """A sheet of one table; text is harmless, missing figures are empty cells.

    Parameters
    ----------
    book
        Where the sheet goes.
    name
        Of the sheet.
    frame
        Columns with the kit's names; money is in currency units.
    title, note
        The two lines above the table.
    frozen
        Columns kept in sight.
    kinds
        Kinds for columns whose name does not tell.
    """
    sheet = KpiSheet(book, name)
    sheet.title(neutral_text(title), note)
    captions = [caption(column, language) for column in frame.columns]
    sheet.header(captions, row=HEAD_ROW)
    found = column_kinds(frame, kinds)
    said = format_frame(frame, language, kinds=kinds, currency=currency)
    widths = [_width(caption_, said.iloc[:, at], found[at] in NUMERIC) for at, caption_ in enumerate(captions)]
    for row in range(len(frame)):
        lines = 1
        for at, kind in enumerate(found):
            value = frame.iloc[row, at]
            if kind in NUMERIC:
                sheet.given(HEAD_ROW + 1 + row, at + 1, _number(value), FORMATS.get(kind, "0.00"), kind="plain")
            elif not _is_missing(value):
                text = str(said.iloc[row, at])
                sheet.wrapped(HEAD_ROW + 1 + row, at + 1, text)
                lines = max(lines, text_lines(text, widths[at] - 1))
        if lines > 1:
            sheet.set_height(HEAD_ROW + 1 + row, lines)
    sheet.set_widths(widths)
    sheet.freeze(HEAD_ROW + 1, frozen + 1, last_column=max(len(captions), 1), last_row=HEAD_ROW + len(frame))
    sheet.print_on_one_page()
    return sheet


def _width(name: str, texts: pd.Series, numeric: bool) -> float:
    if numeric:
        return max(NARROWEST, min(text_width(name) * 0.62 + 3, 15))
    longest = max((text_width(line) for text in texts for line in str(text).split("\n")), default=0.0)
    return float(min(max(longest * 1.05 + 3, text_width(name) * 0.7 + 3, NARROWEST), WIDEST))


def _number(value: Any) -> float | None:
    number = pd.to_numeric(value, errors="coerce")
    return None if pd.isna(number) or not np.isfinite(float(number)) else float(number)


def _is_missing(value: Any) -> bool:
    return value is None or (not isinstance(value, str | list | tuple) and bool(pd.isna(value)))
