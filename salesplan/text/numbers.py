"""Numbers, money, shares and dates as a reader in zh or en expects to see them."""

import datetime as dt
import math
import re
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.text import check_language

MISSING = "–"
"""What a missing value looks like in every table."""

NEARLY_NOTHING = "≈0"
"""An amount that its table's scale would show as nothing, though it is not."""

Scale = Literal["auto", "exact", "one", "thousand", "ten_thousand", "million", "hundred_million", "billion"]

_FACTORS = {
    "one": 1,
    "thousand": 10**3,
    "ten_thousand": 10**4,
    "million": 10**6,
    "hundred_million": 10**8,
    "billion": 10**9,
}
_SUFFIXES = {
    "zh": {"one": "", "thousand": "千", "ten_thousand": "万", "million": "百万", "hundred_million": "亿",
           "billion": "十亿"},
    "en": {"one": "", "thousand": "K", "ten_thousand": "×10K", "million": "M", "hundred_million": "×100M",
           "billion": "B"},
}
_STEPS = {"zh": ("one", "ten_thousand", "hundred_million"), "en": ("one", "thousand", "million", "billion")}
_DIGITS = {"one": 0, "thousand": 1, "ten_thousand": 1, "million": 2, "hundred_million": 2, "billion": 2}
_WORDS = {"thousand": "thousand", "ten_thousand": "ten thousand", "million": "million",
          "hundred_million": "hundred million", "billion": "billion"}
_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$", "TWD": "NT$"}


def is_missing(value: Any) -> bool:
    """Whether a single value is missing (None, NaN, NaT, NA).

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing(0)
    (True, True, False)
    """
    return value is None or (bool(pd.api.types.is_scalar(value)) and bool(pd.isna(value)))


def _grouped(value: float, digits: int, *, signed: bool = False) -> str:
    rounded = round(float(value), digits) + 0.0
    return f"{rounded:{'+' if signed and rounded else ''},.{digits}f}"


def _infinite(value: float) -> str:
    return "∞" if value > 0 else "-∞"


@cache
def currency_digits(currency: str) -> int:
    """Decimal places of a currency's smallest coin (2 for CNY, 0 for JPY)."""
    from babel.numbers import get_currency_precision

    return int(get_currency_precision(currency))


def currency_symbol(currency: str) -> str:
    """The sign put before an amount in English.

    Examples
    --------
    >>> currency_symbol("CNY"), currency_symbol("CHF")
    ('¥', 'CHF ')
    """
    return _SYMBOLS.get(currency, f"{currency} ")


@cache
def currency_name(currency: str, lang: str) -> str:
    """The word put after an amount in Chinese, and the name used in English captions.

    Examples
    --------
    >>> currency_name("CNY", "zh"), currency_name("USD", "zh"), currency_name("CNY", "en")
    ('元', '美元', '¥')
    """
    if check_language(lang) == "en":
        return currency_symbol(currency).strip()
    if currency == "CNY":
        return "元"
    from babel.numbers import get_currency_name

    return str(get_currency_name(currency, locale="zh"))


def money_unit(scale: str, lang: str, *, currency: str = "CNY") -> str:
    """Name of the unit a column of money is written in.

    Examples
    --------
    >>> money_unit("ten_thousand", "zh"), money_unit("one", "zh"), money_unit("million", "en")
    ('万元', '元', '¥ million')
    """
    _check_scale(scale)
    name = currency_name(currency, lang)
    if lang == "zh":
        return f"{_SUFFIXES['zh'].get(scale, '')}{name}"
    return f"{name} {_WORDS[scale]}" if scale in _WORDS else name


def common_scale(values: Any, lang: str) -> str:
    """The one scale in which a whole column or table of money reads best.

    The median of the amounts that are not zero decides, so that one very large total does not shrink
    every other cell to nothing, and no scale is taken that would do so to one cell in twenty.

    Examples
    --------
    >>> common_scale([1_200_000, 90_000, 0], "zh"), common_scale([350, 9_800], "zh")
    ('ten_thousand', 'one')
    >>> common_scale([1_200_000, 1_900_000], "en")
    'million'
    """
    check_language(lang)
    size = np.abs(np.asarray(values, dtype=float).ravel())
    size = size[np.isfinite(size) & (size > 0)]
    if not size.size:
        return "one"
    middle, least = float(np.median(size)), float(np.quantile(size, 0.05))
    fitting = [s for s in _STEPS[lang] if middle >= _FACTORS[s] and least >= _FACTORS[s] / 20]
    return fitting[-1] if fitting else "one"


def _check_scale(scale: str) -> None:
    if scale not in _FACTORS and scale not in ("auto", "exact"):
        raise InputError(f"scale == {scale!r}, must be a money scale",
                         fix=known_choices(scale, ["auto", "exact", *_FACTORS]))


def format_money(
    value: float | None,
    lang: str,
    *,
    currency: str = "CNY",
    digits: int | None = None,
    scale: str = "auto",
    with_unit: bool = False,
    suffix: bool = True,
) -> str:
    """An amount of money in currency units (yuan, not fen).

    Parameters
    ----------
    value
        Amount; missing gives a dash.
    lang
        ``zh`` (万, 亿) or ``en`` (K, M, B).
    currency
        ISO code; decides the decimals of ``exact`` and, with ``with_unit``, the sign.
    digits
        Decimals; by default one for 万 and K, two for 亿, M and B, none for amounts of 100 and more.
    scale
        ``auto`` picks by size; ``exact`` writes every digit down to the smallest coin; or a fixed
        scale (``one``, ``thousand``, ``ten_thousand``, ``million``, ``hundred_million``, ``billion``).
    with_unit
        Also name the currency: ``123.5万元``, ``¥1.23M``.
    suffix
        Whether a scaled amount carries its 万 or M; off in tables whose caption names the unit.

    Examples
    --------
    >>> format_money(1234567, "zh"), format_money(1.2e8, "zh"), format_money(1234567, "en")
    ('123.5万', '1.20亿', '1.23M')
    >>> format_money(1234567, "zh", scale="exact"), format_money(1234567, "en", with_unit=True)
    ('1,234,567.00', '¥1.23M')
    >>> format_money(-99_999_999.6, "zh"), format_money(None, "zh")
    ('-1.00亿', '–')
    >>> format_money(3, "zh", scale="ten_thousand")
    '≈0'
    """
    check_language(lang)
    _check_scale(scale)
    if value is None or is_missing(value):
        return MISSING
    amount = float(value)
    if math.isinf(amount):
        return _infinite(amount)
    if scale == "exact":
        text, tail = _grouped(amount, currency_digits(currency) if digits is None else digits), ""
    else:
        step = _step(amount, lang, digits) if scale == "auto" else scale
        places = _places(amount, step, digits)
        text = _grouped(amount / _FACTORS[step], places)
        tail = _SUFFIXES[lang][step] if suffix else ""
        if step != "one" and amount and not float(text.replace(",", "")):
            text, tail = NEARLY_NOTHING, ""
    if not with_unit:
        return text + tail
    if lang == "zh":
        return f"{text}{tail}{currency_name(currency, lang)}"
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}{currency_symbol(currency)}{body}{tail}"


def _places(amount: float, step: str, digits: int | None) -> int:
    if digits is not None:
        return digits
    if step == "one" and abs(amount) < 100 and amount != round(amount):
        return 2
    return _DIGITS[step]


def _step(amount: float, lang: str, digits: int | None) -> str:
    """Largest scale that the amount, as it will be rounded, still fills."""
    steps = _STEPS[lang]
    at = max((i for i, s in enumerate(steps) if abs(amount) >= _FACTORS[s]), default=0)
    if at + 1 < len(steps):
        shown = round(abs(amount) / _FACTORS[steps[at]], _places(amount, steps[at], digits))
        if shown * _FACTORS[steps[at]] >= _FACTORS[steps[at + 1]]:
            at += 1
    return steps[at]


def format_percent(value: float | None, lang: str, digits: int = 1) -> str:
    """A share or rate, given as a fraction.

    Examples
    --------
    >>> format_percent(0.1234, "zh"), format_percent(-0.00001, "en")
    ('12.3%', '0.0%')
    """
    return _percent(value, lang, digits, signed=False)


def format_signed_percent(value: float | None, lang: str, digits: int = 1) -> str:
    """A change, given as a fraction, with its sign.

    Examples
    --------
    >>> format_signed_percent(0.12, "zh"), format_signed_percent(-0.034, "zh")
    ('+12.0%', '-3.4%')
    """
    return _percent(value, lang, digits, signed=True)


def _percent(value: float | None, lang: str, digits: int, *, signed: bool) -> str:
    check_language(lang)
    if value is None or is_missing(value):
        return MISSING
    if math.isinf(float(value)):
        return _infinite(float(value))
    return _grouped(float(value) * 100, digits, signed=signed) + "%"


def format_probability(value: float | None, lang: str) -> str:
    """A probability in whole percent; never a false 0 % or 100 %.

    Examples
    --------
    >>> [format_probability(p, "zh") for p in (0.634, 0.9991, 0.0, 1.0, 0.01)]
    ['63%', '>99%', '<1%', '>99%', '1%']
    """
    check_language(lang)
    if value is None or is_missing(value):
        return MISSING
    p = float(value)
    if p > 0.99:
        return ">99%"
    return "<1%" if p < 0.01 else f"{p * 100:.0f}%"


def format_count(value: float | None, lang: str, digits: int = 0) -> str:
    """A number of people, orders or days.

    Examples
    --------
    >>> format_count(12345, "zh"), format_count(2.5, "en", digits=1)
    ('12,345', '2.5')
    """
    check_language(lang)
    if value is None or is_missing(value):
        return MISSING
    return _infinite(float(value)) if math.isinf(float(value)) else _grouped(float(value), digits)


def _timestamp(value: Any) -> pd.Timestamp:
    if isinstance(value, pd.Period):
        return value.start_time
    try:
        return pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"date == {value!r}, must be a date such as 2027-01-31") from error


def format_date(value: dt.date | pd.Timestamp | str | None, lang: str) -> str:
    """A day.

    Examples
    --------
    >>> format_date("2027-01-05", "zh"), format_date("2027-01-05", "en")
    ('2027年1月5日', '5 Jan 2027')
    """
    check_language(lang)
    if is_missing(value):
        return MISSING
    day = _timestamp(value)
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_month(
    value: pd.Period | dt.date | pd.Timestamp | str | None, lang: str, *, year: bool = True
) -> str:
    """A month.

    Examples
    --------
    >>> format_month("2027-01", "zh"), format_month(pd.Period("2027-01", "M"), "en")
    ('2027年1月', 'Jan 2027')
    >>> format_month("2027-01", "zh", year=False)
    '1月'
    """
    check_language(lang)
    if is_missing(value):
        return MISSING
    day = _timestamp(value)
    if lang == "zh":
        return f"{day.year}年{day.month}月" if year else f"{day.month}月"
    return f"{_MONTHS[day.month - 1]} {day.year}" if year else _MONTHS[day.month - 1]


_QUARTER = re.compile(r"^(FY)?(\d{4})-?Q([1-4])$")


def format_quarter(value: pd.Period | str | None, lang: str) -> str:
    """A quarter, given as a period or as a label such as ``2027Q1`` or ``FY2020Q3``.

    Examples
    --------
    >>> format_quarter("2027Q1", "zh"), format_quarter("2027Q1", "en")
    ('2027年第1季度', 'Q1 2027')
    >>> format_quarter("FY2020Q3", "zh"), format_quarter("FY2020Q3", "en")
    ('2020财年第3季度', 'Q3 FY2020')
    """
    check_language(lang)
    if is_missing(value):
        return MISSING
    found = _QUARTER.match(str(value))
    if not found:
        raise InputError(f"quarter == {value!r}, must look like 2027Q1 or FY2027Q1")
    fiscal, year, quarter = found.groups()
    if lang == "zh":
        return f"{year}{'财年' if fiscal else '年'}第{quarter}季度"
    return f"Q{quarter} {fiscal or ''}{year}"


_WEEK = re.compile(r"^(\d{4})-?W(\d{2})$")


def format_week(value: str | None, lang: str, *, year: bool = False) -> str:
    """An ISO week, given as ``2027-W05``; with ``year`` the ISO year is named too.

    Examples
    --------
    >>> format_week("2027-W05", "zh"), format_week("2027-W05", "en")
    ('第5周', 'W05')
    >>> format_week("2027-W05", "zh", year=True), format_week("2027-W05", "en", year=True)
    ('2027年第5周', 'W05 2027')
    """
    check_language(lang)
    if is_missing(value):
        return MISSING
    found = _WEEK.match(str(value))
    if not found:
        raise InputError(f"week == {value!r}, must look like 2027-W05")
    iso_year, week = found.groups()
    if lang == "zh":
        return f"{iso_year}年第{int(week)}周" if year else f"第{int(week)}周"
    return f"W{week} {iso_year}" if year else f"W{week}"
