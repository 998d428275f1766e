"""Figures of KPIs, periods and scores as people read them: money in 万 or M, shares in percent, days as days."""

import math
from collections.abc import Mapping
from typing import Any

from salesplan.calendars.period import read_period
from salesplan.kpis.kpi_weights import are_on_step
from salesplan.kpis.printed_digits import TOTAL_DIGITS
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
        return say("{n_days} {n_days:day|days}", language, n_days=plain)
    return say("{n_hours} {n_hours:hour|hours}", language, n_hours=plain) if unit == "hours" else plain


def said_points(points: float, language: str, digits: int = TOTAL_DIGITS) -> str:
    """A score or points, with two decimals or as many as its arithmetic needs.

    Examples
    --------
    >>> said_points(88.3333, "en"), said_points(88.3333, "en", 3), said_points(float("nan"), "en")
    ('88.33', '88.333', '–')
    """
    return format_count(points, language, digits)


def said_weights(weights: Mapping[str, float], language: str) -> dict[str, str]:
    """Weights in whole percent where all are whole, else with the fewest decimals that add up to 100 % as printed.

    Equal weights always print alike: where no two decimals add up (three times a third), one decimal is printed.

    Examples
    --------
    >>> said_weights({"a": 0.25, "b": 0.75}, "en"), said_weights({"a": 7 / 17, "b": 4 / 17, "c": 3 / 17, "d": 3 / 17}, "en")
    ({'a': '25%', 'b': '75%'}, {'a': '41.2%', 'b': '23.5%', 'c': '17.6%', 'd': '17.6%'})
    >>> said_weights(dict.fromkeys("abc", 1 / 3), "en")["a"], said_weights({"a": 0.125, "b": 0.875}, "en")
    ('33.3%', {'a': '12.5%', 'b': '87.5%'})
    """
    if are_on_step(weights, step=0.01):
        return {name: format_percent(weight, language, 0) for name, weight in weights.items()}
    digits = next((d for d in (1, 2) if abs(sum(round(w, d + 2) for w in weights.values()) - 1) < 1e-9), 1)
    return {name: format_percent(weight, language, digits) for name, weight in weights.items()}


def said_period(period: str, language: str) -> str:
    """What a period is called.

    Examples
    --------
    >>> said_period("2026-10", "zh"), said_period("2026Q3", "en"), said_period("2026-W41", "en"), said_period("2026", "zh")
    ('2026年10月', 'Q3 2026', 'W41 2026', '2026年')
    """
    read = read_period(period)
    if read.kind == "week":
        return format_week(read.label, language, year=True)
    if read.kind == "month":
        return format_month(read.last_month, language)
    if read.kind == "quarter":
        return format_quarter(read.label, language)
    return f"{read.label}年" if language == "zh" else read.label


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
