"""Tables as HTML: escaped, one money unit a table, numbers that line up."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.text import check_language, say
from salesplan.text.frames import caption as column_caption
from salesplan.text.frames import format_frame, table_scale
from salesplan.text.kinds import NUMERIC, column_kinds
from salesplan.text.numbers import money_unit

DEEPEST = 6
"""Levels that the style indents; deeper rows are indented as this one."""

SHORT = 18
"""Characters of a text that are kept on one line."""

TINY, LONG = 8, 40
"""Widths of a text (a Chinese letter is two) that half a card of a telephone has room for, and from which a column is given more room."""


@cache
def table_css() -> str:
    """The style of the tables, to be put once into a page.

    Examples
    --------
    >>> "tabular-nums" in table_css()
    True
    """
    return files("salesplan.text").joinpath("tables.css").read_text("utf-8")


def html_table(
    frame: pd.DataFrame,
    lang: str,
    *,
    caption: str | None = None,
    table_id: str | None = None,
    currency: str = "CNY",
    kinds: Mapping[Any, str] | None = None,
    scale: str | None = None,
    levels: Sequence[int] | pd.Series | None = None,
    max_rows: int | None = None,
    with_style: bool = False,
    stacked: bool = False,
) -> str:
    """A frame as an HTML table that a sales manager can read and nobody can inject into.

    Parameters
    ----------
    frame
        Any frame with the kit's column names; a named index is shown as first columns, a nameless one
        is not.
    lang
        ``zh`` or ``en``, for captions, numbers, dates and states.
    caption
        Sentence above the table, said already; the money unit is added to it.
    table_id
        ``id`` of the table; none by default, so that the same input gives the same bytes.
    currency, kinds, scale
        As :func:`salesplan.text.frames.format_frame`; all money of a table shares one scale, named once.
    levels
        Depth of each row in the organisation, 0 for the top; indents the first column.
    max_rows
        Show so many rows and say how many there are.
    with_style
        Put the style in front, for a place whose page does not carry it.
    stacked
        On a telephone each row becomes a card with the captions beside the values, so that no column is out of sight.

    Returns
    -------
    str
        ``<div class="sp-table-wrap"><table class="sp-table">…``; numbers have class ``num``.

    Raises
    ------
    InputError
        ``levels`` has another length than the frame, ``max_rows`` is not positive, or the language,
        kind or scale is unknown.

    Examples
    --------
    >>> frame = pd.DataFrame({"name": ["<b>华东</b>"], "target": [1_234_567.0]})
    >>> page = html_table(frame, "zh", caption="目标")
    >>> "&lt;b&gt;华东" in page, '<td class="num">123.5</td>' in page, "单位：万元" in page
    (True, True, True)
    """
    check_language(lang)
    depth = _check_levels(levels, len(frame))
    total = len(frame)
    if max_rows is not None:
        if max_rows < 1:
            raise InputError(f"max_rows == {max_rows}, must be 1 or more")
        frame, depth = frame.iloc[:max_rows], depth[:max_rows]
    frame = _with_index(frame)
    money_scale = scale or table_scale(frame, lang, currency=currency, kinds=kinds)
    text = format_frame(frame, lang, currency=currency, kinds=kinds, scale=money_scale, suffix=False)
    numeric = [kind in NUMERIC for kind in column_kinds(frame, kinds)]
    parts = [f"<style>{table_css()}</style>"] if with_style else []
    identity = f' id="{escape(table_id)}"' if table_id else ""
    look = "sp-table sp-stack" if stacked else "sp-table"
    parts.append(f'<div class="sp-table-wrap" tabindex="0"><table class="{look}"{identity}>')
    unit = money_unit("one" if money_scale == "exact" else money_scale, lang, currency=currency) if money_scale else ""
    parts.append(_caption_html(caption, unit, len(frame), total, lang))
    heads = [column_caption(name, lang) for name in frame.columns]
    parts.append(_head_html(heads, numeric))
    parts.append(_body_html(text, numeric, depth, heads if stacked else None))
    parts.append("</table></div>")
    return "".join(parts)


def _check_levels(levels: Sequence[int] | pd.Series | None, rows: int) -> list[int | None]:
    if levels is None:
        return [None] * rows
    depth = np.asarray(levels)
    if depth.shape != (rows,):
        raise InputError(f"levels has {depth.size} values, must have one for each of {rows} rows")
    return [min(max(int(d), 0), DEEPEST) for d in depth]


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    if all(name is None for name in frame.index.names):
        return frame
    shown = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return pd.concat([frame.index.to_frame(index=False)[shown], frame.reset_index(drop=True)], axis=1)


def _caption_html(caption: str | None, unit: str, shown: int, total: int, lang: str) -> str:
    pieces = [escape(caption)] if caption else []
    notes = [say("Unit: {unit}", lang, unit=unit)] if unit else []
    if shown < total:
        notes.append(say("First {shown} of {total} rows", lang, shown=f"{shown:,}", total=f"{total:,}"))
    for note in notes:
        text = escape(note)
        pieces.append(f'<span class="sp-unit">{f"（{text}）" if lang == "zh" else f"({text})"}</span>')
    joint = "" if lang == "zh" else " "
    return f"<caption>{joint.join(pieces)}</caption>" if pieces else ""


def _head_html(captions: list[str], numeric: list[bool]) -> str:
    cells = [
        f'<th scope="col"{" class=" + chr(34) + "num" + chr(34) if num else ""}>{escape(text)}</th>'
        for text, num in zip(captions, numeric, strict=True)
    ]
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


def _body_html(text: pd.DataFrame, numeric: list[bool], depth: list[int | None], heads: list[str] | None) -> str:
    rows = []
    named = [f' data-head="{escape(head)}"' for head in heads] if heads else [""] * len(numeric)
    for level, cells in zip(depth, text.itertuples(index=False, name=None), strict=True):
        opening = "<tr>" if level is None else f'<tr class="sp-level-{level}">'
        shown = "".join(_cell_html(cell, num, head) for cell, num, head in zip(cells, numeric, named, strict=True))
        rows.append(f"{opening}{shown}</tr>")
    return f"<tbody>{''.join(rows)}</tbody>"


def _room(width: int) -> str:
    return " tiny" if width <= TINY else " long" if width > LONG else ""


_NEGATIVE = re.compile(r"^-\d")


def _cell_html(cell: str, num: bool, head: str) -> str:
    if not num:
        size = (" short" if len(cell) <= SHORT else "") + (_room(sum(2 if letter >= "\u2e80" else 1 for letter in cell)) if head else "")
        return f'<td class="text{size}"{head}>{escape(cell)}</td>'
    return f'<td class="num{" neg" if _NEGATIVE.match(cell) else ""}"{head}>{escape(cell)}</td>'
