"""Tables of a review: one money unit each with three digits or more, intervals in that unit, cards on a telephone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from salesplan.reporting.show import Fragment, show_table
from salesplan.text.kinds import column_kinds
from salesplan.text.numbers import MISSING, common_scale, currency_digits, format_money

COARSE = {"hundred_million": (1e8, "ten_thousand"), "billion": (1e9, "million"), "million": (1e6, "thousand")}
"""Scales with two decimals: their factor, and the next finer one."""
NARROW = 5
"""Columns of figures that a telephone has room for."""
SMALL = 0.1
"""Share of the amounts that may have fewer digits."""


def review_table(
    frame: pd.DataFrame, language: str, *, title: str = "", currency: str = "CNY", kinds: Mapping[Any, str] | None = None,
    interval: str = "",
) -> Fragment:
    """A table whose money all stands in one unit.

    Parameters
    ----------
    frame
        As for :func:`~salesplan.reporting.show.show_table`.
    interval
        What the columns ``lower`` and ``upper`` are called together, said already; they are shown as one.

    Examples
    --------
    >>> frame = pd.DataFrame({"name": ["East"], "projected": [257_000.0], "lower": [116_300.0], "upper": [437_700.0]})
    >>> page = review_table(frame, "en", interval="80% interval")
    >>> ">257.0<" in page.html, ">116.3 to 437.7<" in page.html
    (True, True)
    """
    chosen = dict(kinds or {})
    amounts = _amounts(frame, chosen, currency)
    scale = review_scale(amounts, language) if amounts.size else None
    if interval and scale:
        at = frame.columns.get_loc("lower")
        spans = money_spans(frame["lower"], frame["upper"], language, currency=currency, scale=scale)
        frame = frame.drop(columns=["lower", "upper"])
        frame.insert(int(at), interval, spans)  # type: ignore[arg-type]
        chosen[interval] = "text"
    worded = [kind == "text" for kind in column_kinds(frame, chosen)]
    return show_table(frame, language, title=title, currency=currency, kinds=chosen, scale=scale,
                      stacked=any(worded[1:]) or len(worded) > NARROW)


def review_scale(amounts: ArrayLike, language: str) -> str:
    """The scale in which nine amounts of ten show three digits or more.

    Examples
    --------
    >>> review_scale([2.5e8, 0.9e8, 0.6e8], "zh"), review_scale([2.5e9, 1.1e9], "zh"), review_scale([0.26e6, 3e6], "en")
    ('ten_thousand', 'hundred_million', 'thousand')
    """
    scale = common_scale(amounts, language)
    size = np.abs(np.asarray(amounts, dtype=float).ravel())
    size = size[np.isfinite(size) & (size > 0)]
    while scale in COARSE and np.quantile(size, SMALL) < COARSE[scale][0]:
        scale = COARSE[scale][1]
    return scale


def money_spans(lower: pd.Series, upper: pd.Series, language: str, *, currency: str = "CNY", scale: str) -> list[str]:
    """Each interval in one cell, in the table's unit."""
    joint = "至" if language == "zh" else " to "
    return [
        MISSING if pd.isna(low) or pd.isna(high)
        else joint.join(format_money(end, language, currency=currency, scale=scale, suffix=False) for end in (low, high))
        for low, high in zip(lower, upper, strict=True)
    ]  # fmt: skip


def _amounts(frame: pd.DataFrame, kinds: Mapping[Any, str], currency: str) -> np.ndarray:
    """All money of a table, in currency units."""
    found = [np.empty(0)]
    for name, kind in zip(frame.columns, column_kinds(frame, kinds), strict=True):
        if kind in ("money", "money_fen"):
            amounts = pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=np.nan)
            found.append(amounts / 10 ** currency_digits(currency) if kind == "money_fen" else amounts)
    return np.concatenate(found)
