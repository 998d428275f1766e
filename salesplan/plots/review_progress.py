"""The year's course in one picture: sold, asked for, last year, and where it will probably end."""

from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.chart import Chart
from salesplan.plots.scale import money_scale, month_name, unit_subtitle
from salesplan.plots.theme import ACTUAL, BAND, FORECAST, INK, TARGET
from salesplan.text import check_language, say
from salesplan.text.numbers import format_percent

_SERIES = ("actual", "projected", "target", "last_year")


def plot_progress(
    course: pd.DataFrame, ends: pd.DataFrame, language: str, *, coverage: float = 0.8, title: str = "", currency: str = "CNY"
) -> Chart:
    """Running totals of the year against the target's, and the interval at the ends of the quarter and the year.

    Parameters
    ----------
    course
        From :func:`~salesplan.review.progress.year_course`.
    ends
        ``month, lower, upper`` of the running total at the end of a period; months that are over have none.
    coverage
        What the interval claims.

    Raises
    ------
    InputError
        No months, or a column is missing.

    Examples
    --------
    >>> months = pd.period_range("2026-01", periods=3, freq="M")
    >>> course = pd.DataFrame({"month": months, "actual": [1e6, 2e6, np.nan], "projected": [np.nan, 2e6, 3e6],
    ...                        "target": [1e6, 2.1e6, 3.3e6], "last_year": [np.nan] * 3})
    >>> ends = pd.DataFrame({"month": months[-1:], "lower": [2.8e6], "upper": [3.2e6]})
    >>> plot_progress(course, ends, "en").spec["title"]["text"]
    'The year so far and its probable end'
    """
    check_language(language)
    missing = [name for name in ("month", *_SERIES) if name not in course]
    if missing or course.empty:
        raise InputError(f"course lacks {missing or 'months'}, must come from year_course", where="plot_progress")
    scale = money_scale(np.r_[course[list(_SERIES)].to_numpy(float).ravel(), ends[["lower", "upper"]].to_numpy(float).ravel()],
                        language, currency=currency)
    words = {"actual": say("Sold so far", language), "projected": say("Projected", language), "target": say("Target", language),
             "last_year": say("Last year", language)}
    months = [month_name(month, language) for month in course["month"]]
    rows = [{"month": name, "series": words[series], "value": round(float(value) / scale.divisor, 4)}
            for series in _SERIES for name, value in zip(months, course[series], strict=True) if np.isfinite(value)]
    shown = [series for series in _SERIES if any(row["series"] == words[series] for row in rows)]
    look = {"actual": (INK, [1, 0]), "projected": (FORECAST, [5, 4]), "target": (TARGET, [1, 0]), "last_year": (ACTUAL, [2, 3])}
    names = [words[series] for series in shown]
    x = {"field": "month", "type": "nominal", "sort": months, "title": None, "scale": {"domain": months},
         "axis": {"labelAngle": 0, "labelOverlap": True, "ticks": False}}  # fmt: skip
    y = {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": 5}, "scale": {"zero": True}}
    colour = {"field": "series", "type": "nominal", "sort": names, "legend": {"symbolType": "stroke", "symbolSize": 220},
              "scale": {"domain": names, "range": [look[series][0] for series in shown]}}  # fmt: skip
    dash = {"field": "series", "type": "nominal", "sort": names,
            "scale": {"domain": names, "range": [look[series][1] for series in shown]}}  # fmt: skip
    layers: list[dict[str, Any]] = [
        {"data": {"values": _bars(ends, scale.divisor, language)}, "mark": {"type": "bar", "color": BAND, "width": {"band": 0.55}},
         "encoding": {"x": x, "y": {"field": "lower", "type": "quantitative"}, "y2": {"field": "upper"}}},
        {"mark": {"type": "line", "point": {"size": 22}}, "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash}},
    ]  # fmt: skip
    said = say("bars: {share} interval of the end", language, share=format_percent(coverage, language, 0)) if len(ends) else ""
    heading = title or say("The year so far and its probable end", language)
    spec = {
        "title": {"text": heading, "subtitle": unit_subtitle(scale, language, say("running totals", language), said)},
        "height": 260,
        "data": {"values": rows},
        "layer": layers,
    }
    return Chart(spec=spec, description=heading)


def _bars(ends: pd.DataFrame, divisor: float, language: str) -> list[dict[str, Any]]:
    return [
        {"month": month_name(row["month"], language), "lower": round(row["lower"] / divisor, 4), "upper": round(row["upper"] / divisor, 4)}
        for row in ends.to_dict("records")
        if np.isfinite(row["lower"])
    ]
