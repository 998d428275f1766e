"""The year's course in one picture: sold, asked for, last year, and where it will probably end."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.plots.picture import Picture
from salesplan.plots.scale import money_scale, month_name, unit_subtitle
from salesplan.plots.svg_marks import box, dot, line, path, words
from salesplan.plots.svg_months import SIZE, Months
from salesplan.plots.svg_nothing import nothing_known
from salesplan.plots.svg_scale import Scale, tick_labels, tick_step, ticks
from salesplan.plots.svg_sheet import LEFT, Key, Sheet
from salesplan.plots.svg_words import text_width
from salesplan.plots.theme import ACTUAL, BAND, FORECAST, INK, MUTED, RULE, TARGET
from salesplan.text import check_language, say
from salesplan.text.numbers import format_percent

_LOOK: dict[str, tuple[str, list[float]]] = {
    "actual": (INK, []), "projected": (FORECAST, [5, 4]), "target": (TARGET, []), "last_year": (ACTUAL, [2, 3]),
}  # fmt: skip
_SERIES = tuple(_LOOK)
_HEIGHT = 236.0


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A running total, in units of the axis; NaN where it has no value."""

    key: Key
    totals: Sequence[float]


def plot_progress(
    course: pd.DataFrame, ends: pd.DataFrame, language: str, *, coverage: float = 0.8, title: str = "", currency: str = "CNY"
) -> Picture:
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
    >>> plot_progress(course, ends, "en").description
    'The year so far and its probable end'
    """
    check_language(language)
    missing = [name for name in ("month", *_SERIES) if name not in course]
    if missing or course.empty:
        raise InputError(f"course lacks {missing or 'months'}, must come from year_course", where="plot_progress")
    scale = money_scale(np.r_[course[list(_SERIES)].to_numpy(float).ravel(), ends[["lower", "upper"]].to_numpy(float).ravel()],
                        language, currency=currency)
    said = {"actual": say("Sold so far", language), "projected": say("Projected", language), "target": say("Target", language),
            "last_year": say("Last year", language)}
    lines = [_Line(key=Key(text=said[name], colour=colour, dash=dash), totals=(course[name].astype(float) / scale.divisor).tolist())
             for name, (colour, dash) in _LOOK.items() if np.isfinite(course[name].astype(float)).any()]
    place = {month: number for number, month in enumerate(course["month"])}
    spans = [(place[row["month"]], row["lower"] / scale.divisor, row["upper"] / scale.divisor)
             for row in ends.to_dict("records") if np.isfinite(row["lower"]) and row["month"] in place]
    bars = say("bars: {share} interval of the end", language, share=format_percent(coverage, language, 0)) if len(ends) else ""
    heading = title or say("The year so far and its probable end", language)
    subtitle = unit_subtitle(scale, language, say("running totals", language), bars)
    months = [month_name(month, language) for month in course["month"]]
    if not lines:
        return nothing_known(heading, language)
    return Picture(draw=partial(_draw, lines=lines, spans=spans, months=months, heading=heading, subtitle=subtitle), description=heading)


def _draw(
    width: int, *, lines: Sequence[_Line], spans: Sequence[tuple[int, float, float]], months: Sequence[str], heading: str, subtitle: str
) -> str:
    sheet = Sheet(width, heading, [subtitle], [one.key for one in lines])
    values = [v for one in lines for v in one.totals if np.isfinite(v)] + [v for _, low, high in spans for v in (low, high)]
    low, high = min([0.0, *values]), max([0.0, *values])
    high = high if high > low else 1.0
    step = tick_step(low, high, 5)
    low, high = np.floor(low / step + 1e-9) * step, np.ceil(high / step - 1e-9) * step
    marks = ticks(low, high, step)
    labels = tick_labels(marks, step)
    left = LEFT + max(text_width(label, SIZE) for label in labels) + 7
    y = Scale(low=low, high=high, start=sheet.y + _HEIGHT, end=sheet.y + 6)
    for value, label in zip(marks, labels, strict=True):
        sheet.add(line(left, y.at(value), sheet.right, y.at(value), MUTED if value == 0 else RULE),
                  words(label, left - 6, y.at(value) + 4, size=SIZE, fill=MUTED, anchor="end"))
    columns = Months(sheet, months, left=left)
    for number, lower, upper in spans:
        half = columns.band * 0.28
        sheet.add(box(columns.at(number) - half, y.at(upper), 2 * half, max(y.at(lower) - y.at(upper), 1.5), BAND))
    for one in lines:
        points = [(columns.at(n), y.at(v), f"{months[n]} · {one.key.text}: {v:,.2f}") for n, v in enumerate(one.totals) if np.isfinite(v)]
        sheet.add(path(((x, at) for x, at, _ in points), one.key.colour, dash=one.key.dash or ()),
                  *(dot(x, at, 2.4, one.key.colour, says=says) for x, at, says in points))
    columns.add_names(y.start + 17)
    sheet.y = y.start + 22
    return sheet.finished(heading)
