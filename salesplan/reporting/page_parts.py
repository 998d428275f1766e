"""Small pieces that pages about training needs share: sentences, intervals in one cell, pieces one below the other."""

import html
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd

from salesplan.coaching.small_groups import SHOWN
from salesplan.reporting.show import Fragment, show_notes
from salesplan.text import say
from salesplan.text.numbers import MISSING, format_count, format_percent, format_signed_percent

IntervalKind = Literal["level", "percent", "change", "months"]


def interval_text(low: Any, high: Any, kind: IntervalKind, language: str) -> str:
    """An interval in one cell.

    Examples
    --------
    >>> interval_text(0.131, 0.26, "level", "en"), interval_text(0.05, 0.2, "percent", "en")
    ('0.13–0.26', '5.0%–20.0%')
    >>> interval_text(-0.05, 0.2, "change", "en"), interval_text(None, 1.0, "level", "en")
    ('-5.0% to +20.0%', '–')
    """
    if pd.isna(low) or pd.isna(high):
        return MISSING
    if kind == "change":
        return f"{format_signed_percent(float(low), language)}{_to(language)}{format_signed_percent(float(high), language)}"
    if kind == "percent":
        return f"{format_percent(float(low), language)}–{format_percent(float(high), language)}"
    digits = 2 if kind == "level" else 1
    joint = _to(language) if float(low) < 0 else "–"
    return f"{format_count(float(low), language, digits)}{joint}{format_count(float(high), language, digits)}"


def _to(language: str) -> str:
    return "至" if language == "zh" else " to "


def interval_column(frame: pd.DataFrame, name: str, kind: IntervalKind, language: str) -> list[str]:
    """The interval of a figure, ``<name>_lower`` to ``<name>_upper``, row by row."""
    bounds = zip(frame[f"{name}_lower"], frame[f"{name}_upper"], strict=True)
    return [interval_text(low, high, kind, language) for low, high in bounds]


def told_status(status: str, language: str) -> str:
    """Why a group has no figure; nothing where it has one."""
    return "" if status == SHOWN else say(status, language)


def sentence(words: str, *, strong: bool = False) -> Fragment:
    """A sentence, said already, as a paragraph."""
    said = html.escape(words)
    return Fragment(html=f"<p><b>{said}</b></p>" if strong else f"<p>{said}</p>", plain=words)


def notes_once(notes: Iterable[Mapping[str, Any]], language: str, *, currency: str = "CNY") -> Fragment:
    """Notes as sentences, each once, in the order given."""
    return show_notes(list({repr(note): note for note in notes}.values()), language, currency=currency)


def pictured(picture: Any) -> Fragment:
    """A picture as a piece of a page, with what it shows in words."""
    return Fragment(html=picture._repr_html_(), plain=picture.description)


def joined(*parts: Fragment) -> Fragment:
    """Pieces of a page, one below the other."""
    return Fragment(html="".join(p.html for p in parts), plain="\n".join(p.plain for p in parts if p.plain))
