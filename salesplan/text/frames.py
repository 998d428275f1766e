"""Frames for people: captions for columns, and values written as their column's name demands."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.text import check_language, say
from salesplan.text.captions import CAPTIONS, NAMES, VALUES
from salesplan.text.kinds import NUMERIC, QUARTER_LABEL, WEEK_LABEL, Kind, column_kinds
from salesplan.text.numbers import (
    MISSING,
    common_scale,
    currency_digits,
    format_count,
    format_date,
    format_money,
    format_month,
    format_percent,
    format_probability,
    format_quarter,
    format_signed_percent,
    format_week,
    is_missing,
)


def caption(name: Any, lang: str) -> str:
    """What one column is called. Periods as labels become months, quarters and weeks.

    Examples
    --------
    >>> caption("attainment", "zh"), caption("forecast_lower", "zh"), caption("p_target", "en")
    ('达成率', '预测下限', 'P(target)')
    >>> caption(pd.Period("2027-01", "M"), "zh"), caption("FY2020Q3", "en"), caption("odd_name", "en")
    ('2027年1月', 'Q3 FY2020', 'Odd name')
    """
    check_language(lang)
    if isinstance(name, tuple):
        return " · ".join(caption(part, lang) for part in name if str(part))
    if isinstance(name, pd.Period):
        return format_quarter(str(name), lang) if name.freqstr.startswith("Q") else format_month(name, lang)
    text = str(name)
    if QUARTER_LABEL.match(text):
        return format_quarter(text, lang)
    if WEEK_LABEL.match(text):
        return format_week(text, lang)
    for known in (text, text.removesuffix("_fen"), text.removesuffix("_msgid")):
        if known in CAPTIONS:
            return say(CAPTIONS[known], lang)
    if text.endswith("_lower"):
        return say("{name}, from", lang, name=caption(text.removesuffix("_lower"), lang))
    if text.endswith("_upper"):
        return say("{name}, to", lang, name=caption(text.removesuffix("_upper"), lang))
    if text.startswith("p_") and text[2:] in CAPTIONS:
        return say("P({name})", lang, name=caption(text[2:], lang))
    if re.fullmatch(r"[a-z][a-z0-9_]*", text):
        words = text.replace("_", " ")
        return say(words[0].upper() + words[1:], lang)
    return text


def table_scale(
    frame: pd.DataFrame, lang: str, *, currency: str = "CNY", kinds: Mapping[Any, str] | None = None
) -> str | None:
    """The one money scale of a table; None where it shows no money.

    Examples
    --------
    >>> table_scale(pd.DataFrame({"target": [1_200_000.0, 800_000.0]}), "zh")
    'ten_thousand'
    """
    amounts = [
        _currency_amounts(frame.iloc[:, at], kind, currency)
        for at, kind in enumerate(column_kinds(frame, kinds))
        if kind in ("money", "money_fen")
    ]
    return common_scale(np.concatenate(amounts), lang) if amounts else None


def _currency_amounts(values: pd.Series, kind: Kind, currency: str) -> np.ndarray:
    amounts = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return amounts / 10 ** currency_digits(currency) if kind == "money_fen" else amounts


def format_frame(
    frame: pd.DataFrame,
    lang: str,
    *,
    currency: str = "CNY",
    kinds: Mapping[Any, str] | None = None,
    scale: str | None = None,
    suffix: bool = True,
) -> pd.DataFrame:
    """Every value as text, in the way its column's name demands; names and index stay.

    Parameters
    ----------
    frame
        Any frame with the kit's column names: ``*_fen`` is exact money in the smallest coin, ``p_*`` a
        probability, ``*_share``, ``*_rate`` and ``attainment`` percentages, ``growth`` a signed
        percentage, ``*_lower`` and ``*_upper`` as their stem; missing values become a dash.
    lang, currency
        Language of the reader; currency of the money columns.
    kinds
        Kinds for columns whose name does not tell.
    scale
        One money scale for the whole table; chosen by :func:`table_scale` when left out. ``exact``
        writes every digit.
    suffix
        Whether each amount carries its 万 or M (off where a caption names the unit).

    Examples
    --------
    >>> frame = pd.DataFrame({"target": [1_234_567.0, 90_000.0], "growth": [0.12, None]})
    >>> format_frame(frame, "zh").values.tolist()
    [['123.5万', '+12.0%'], ['9.0万', '–']]
    """
    check_language(lang)
    found = column_kinds(frame, kinds)
    money_scale = scale or table_scale(frame, lang, currency=currency, kinds=kinds) or "one"
    columns = [
        _format_column(frame.iloc[:, at], kind, lang, currency=currency, scale=money_scale, suffix=suffix)
        for at, kind in enumerate(found)
    ]
    text = pd.DataFrame(dict(enumerate(columns)), index=frame.index, dtype=object)
    text.columns = frame.columns
    return text


def _format_column(
    values: pd.Series, kind: Kind, lang: str, *, currency: str, scale: str, suffix: bool
) -> list[str]:
    if kind in ("money", "money_fen"):
        amounts = _currency_amounts(values, kind, currency)
        return [format_money(v, lang, currency=currency, scale=scale, suffix=suffix) for v in amounts]
    if kind in NUMERIC:
        return _format_numbers(pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan), kind, lang)
    several_years = kind == "week" and len({str(v)[:4] for v in values if not is_missing(v)}) > 1
    return [MISSING if is_missing(v) else _format_word(v, kind, lang, several_years) for v in values]


def _format_numbers(numbers: np.ndarray, kind: Kind, lang: str) -> list[str]:
    if kind == "percent":
        return [format_percent(v, lang) for v in numbers]
    if kind == "signed_percent":
        return [format_signed_percent(v, lang) for v in numbers]
    if kind == "probability":
        return [format_probability(v, lang) for v in numbers]
    if kind == "points":
        return [format_count(v, lang, 1) for v in numbers]
    finite = numbers[np.isfinite(numbers)]
    most = 1 if kind == "count" else 3 if finite.size and float(np.abs(finite).max()) < 10 else 2
    shown = np.round(finite, most)
    digits = next((d for d in range(most) if np.array_equal(np.round(finite, d), shown)), most)
    return [format_count(v, lang, digits) for v in numbers]


def _format_word(value: Any, kind: Kind, lang: str, several_years: bool) -> str:
    if kind == "date":
        return format_date(value, lang)
    if kind == "month":
        return format_month(value, lang)
    if kind == "quarter":
        return format_quarter(value, lang)
    if kind == "week":
        return format_week(value, lang, year=several_years)
    if kind == "flag":
        return say("Yes", lang) if value else say("No", lang)
    if kind == "plain" and isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return ("、" if lang == "zh" else ", ").join(str(part) for part in value)
    text = str(value)
    if kind == "name":
        return say(NAMES[text], lang) if text in NAMES else text
    return say(VALUES.get(text, text), lang) if kind == "word" else text
