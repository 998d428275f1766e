"""Figures of KPIs, periods and scores as people read them: money in 万 or M, shares in percent, days as days."""

import math
import re
from typing import Any

from salesplan.kpis.periods import read_period
from salesplan.text import say
from salesplan.text.numbers import (
    MISSING,
    format_count,
    format_money,
    format_month,
    format_percent,
    format_quarter,
    format_week,
)

_WEEK = re.compile(r"^(\d{4})-?W(\d{1,2})$", re.IGNORECASE)

NUMBER_FORMATS = {"money": "#,##0.00", "percent": "0.0%", "days": "#,##0.0", "hours": "#,##0.0", "points": "#,##0.0"}
"""How a spreadsheet shows a KPI's figure, by its unit."""


def said_figure(value: Any, unit: str, language: str, *, currency: str = "CNY") -> str:
    """A KPI's figure in its unit; grades in words stay words.

    Parameters
    ----------
    unit
        ``money``, ``percent``, ``count``, ``days``, ``hours``, ``points``, or empty for a plain number.

    Examples
    --------
    >>> said_figure(1_234_567.0, "money", "zh"), said_figure(0.085, "percent", "en"), said_figure(12.0, "days", "en")
    ('123.5万', '8.5%', '12 days')
    >>> said_figure("良好", "percent", "zh"), said_figure(float("nan"), "count", "zh")
    ('良好', '–')
    """
    if isinstance(value, str):
        return value
    if value is None or math.isnan(value):
        return MISSING
    number = float(value)
    if unit == "money":
        return format_money(number, language, currency=currency)
    if unit == "percent":
        return format_percent(number, language)
    digits = 0 if number == round(number) else 1 if unit in NUMBER_FORMATS or abs(number) >= 100 else 2
    plain = format_count(number, language, digits)
    if unit == "days":
        return say("{n_days} days", language, n_days=plain)
    return say("{n_hours} hours", language, n_hours=plain) if unit == "hours" else plain


def said_points(points: float, language: str) -> str:
    """A score or points, with the two decimals that let a reader add them up.

    Examples
    --------
    >>> said_points(88.3333, "en"), said_points(float("nan"), "en")
    ('88.33', '–')
    """
    return format_count(points, language, 2)


def said_period(period: str, language: str) -> str:
    """What a period is called.

    Examples
    --------
    >>> said_period("2026-10", "zh"), said_period("2026Q3", "en"), said_period("2026-W41", "en"), said_period("2026", "zh")
    ('2026年10月', 'Q3 2026', 'W41 2026', '2026年')
    """
    if week := _WEEK.match(period):
        return format_week(f"{week[1]}-W{int(week[2]):02d}", language, year=True)
    read = read_period(period)
    if read.freqstr.startswith("M"):
        return format_month(read, language)
    if read.freqstr.startswith("Q"):
        return format_quarter(str(read), language)
    return f"{read.year}年" if language == "zh" else str(read.year)


def number_format(value: Any, unit: str) -> str:
    """How a spreadsheet shows one figure of a KPI.

    Examples
    --------
    >>> number_format(3.0, "count"), number_format(3.5, "count"), number_format(3.0, "money")
    ('#,##0', '#,##0.00', '#,##0.00')
    """
    if unit in NUMBER_FORMATS:
        return NUMBER_FORMATS[unit]
    whole = isinstance(value, str) or value is None or math.isnan(value) or float(value) == round(float(value))
    return "#,##0" if whole else "#,##0.00"
