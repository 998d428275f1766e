"""Picture of a unit's warnings: residuals against their limits, and the cumulative sums below."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from salesplan.errors import InputError
from salesplan.plots.picture import Picture
from salesplan.plots.svg_marks import box, dot, line, path, words
from salesplan.plots.svg_months import SIZE, Months
from salesplan.plots.svg_nothing import nothing_known
from salesplan.plots.svg_scale import Scale
from salesplan.plots.svg_sheet import LEFT, Key, Sheet
from salesplan.plots.svg_words import text_width, wrapped
from salesplan.plots.theme import ACTUAL, BAD, FORECAST, MUTED, TARGET
from salesplan.review.cusum import cusum_sums
from salesplan.review.signals import DRIFT_MONTHS, RULES, SLACK, Signals, run_spread, signal_position
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_month

SHOWN = 24
"""Months drawn."""
ROOM = 4
"""Months between two points that carry their figures."""

RESIDUALS, SUMS = 176.0, 104.0
"""Heights of the two parts."""


@dataclass(frozen=True, kw_only=True)
class _Course:
    """What is drawn: residuals by month (NaN where none could be told), sums by month, and this month's limits."""

    months: Sequence[str]
    z: Sequence[float]
    up: Sequence[float]
    down: Sequence[float]
    limit: float
    reach: float


def plot_control(found: Signals, unit_id: str, language: str, *, months: int = SHOWN) -> Picture:
    """Standardised residuals of a unit or seller with this month's limits, and its CUSUM below; a sentence where no month could
    be judged.

    Parameters
    ----------
    found
        Warnings of the month.
    unit_id
        Unit or seller drawn.
    months
        How many months back.

    Raises
    ------
    InputError
        The unit is unknown.
    """
    check_language(language)
    residuals = found.residuals
    ids = residuals.units["unit_id"].tolist()
    if unit_id not in ids:
        raise InputError(f"unit_id == {unit_id!r}, must be a unit or seller of the review", where="plot_control")
    at, last = ids.index(unit_id), signal_position(residuals.months, found.month)
    first = max(last + 1 - months, 0)
    z = residuals.z[first: last + 1, at]
    tests = found.of(unit_id).set_index("rule")
    name = str(residuals.units["name"].iloc[at])
    heading = say(mark("{name}: how far each month lay from its seasonal expectation"), language, name=name)
    if tests.empty or not np.isfinite(z).any():
        return nothing_known(heading, language)
    labels = [str(m) for m in residuals.months[first: last + 1]]
    up, down = _sums(found, at, last)
    course = _Course(months=labels, z=np.round(z, 3).tolist(), up=up, down=down, limit=float(tests["limit"]["month"]),
                     reach=float(tests["limit"]["drift"]))
    hit = tests[tests["is_signal"]].sort_values("q_value")
    if len(hit):
        said = say(mark("Warning: {rule}, since {since}."), language, rule=say(RULES[str(hit.index[0])], language),
                   since=format_month(hit["since"].iloc[0], language))
    else:
        said = say(mark("No warning this month."), language)
    note = say(mark("Distance in spreads, with the limits of this month's warnings; below: cumulative sums of the last twelve"
                    " months."), language)
    edge = say(mark("limit of this month"), language)
    captions = (f"{say(mark('Standardised residual'), language)} · {edge} ±{course.limit:.1f}",
                f"{say(mark('Cumulative sum'), language)} · {edge} ±{course.reach:.1f}")
    legend = [Key(text=say(mark("upwards"), language), colour=FORECAST, dash=[]),
              Key(text=say(mark("downwards"), language), colour=TARGET, dash=[])]
    return Picture(draw=partial(_draw, course=course, heading=heading, subtitles=(said, note), captions=captions, legend=legend),
                   description=say(mark("Residuals of {n} months of {name}; {said}"), language, n=int(np.isfinite(z).sum()), name=name,
                                   said=said))


def _sums(found: Signals, at: int, last: int) -> tuple[list[float], list[float]]:
    """Cumulative sums of the last months, upwards and downwards (negative)."""
    residuals = found.residuals
    first = max(last - DRIFT_MONTHS + 1, 0)
    spread = run_spread(residuals, first, last, np.array([at]))
    up, down = cusum_sums(residuals.z[first: last + 1, at][None, :] / spread[:, None], SLACK)
    return np.round(up[0], 3).tolist(), np.round(-down[0], 3).tolist()


def _draw(
    width: int, *, course: _Course, heading: str, subtitles: Sequence[str], captions: tuple[str, str], legend: Sequence[Key]
) -> str:
    """Residuals above, sums below, each with its own zero and limits, over the same months."""
    sheet = Sheet(width, heading, subtitles)
    columns = Months(sheet, course.months, left=LEFT)
    y = _part(sheet, captions[0], RESIDUALS, reach=course.limit, values=course.z, room=1.25, shaded=True)
    points = [(columns.at(n), y.at(v)) for n, v in enumerate(course.z) if np.isfinite(v)]
    sheet.add(path(points, ACTUAL, width=1.6))
    beyond = [bool(abs(v) >= course.limit) for v in course.z]
    sheet.add(*(dot(columns.at(n), y.at(v), 3.6, BAD if beyond[n] else ACTUAL) for n, v in enumerate(course.z) if np.isfinite(v)))
    for number in _told(course.z, beyond):
        figure = f"{course.z[number]:.1f}".replace("-", "−")
        x = min(columns.at(number), sheet.right + 8 - text_width(figure, SIZE, bold=True) / 2)
        foot = y.at(course.z[number]) + (18 if course.z[number] < 0 else -10)
        sheet.add(words(figure, x, foot, anchor="middle", bold=True, halo=True))
    sheet.y += 8
    y = _part(sheet, captions[1], SUMS, reach=course.reach, values=[*course.up, *course.down], room=1.1, legend=legend)
    first = len(course.months) - len(course.up)
    for sums, key in zip((course.up, course.down), legend, strict=True):
        drawn = [(columns.at(first + n), y.at(v)) for n, v in enumerate(sums) if np.isfinite(v) and first + n >= 0]
        sheet.add(path(drawn, key.colour, width=2.0))
    columns.add_names(sheet.y + 17)
    sheet.y += 22
    return sheet.finished(f"{heading}. {subtitles[0]}")


def _part(
    sheet: Sheet, caption: str, height: float, *, reach: float, values: Sequence[float], room: float, shaded: bool = False,
    legend: Sequence[Key] = (),
) -> Scale:
    """A caption and below it the ground of one course: its zero and its limits."""
    for text in wrapped(caption, SIZE, sheet.right - LEFT):
        sheet.add(words(text, LEFT, sheet.y + 11, size=SIZE, fill=MUTED))
        sheet.y += 16
    sheet.add_legend(legend)
    farthest = max([abs(v) for v in values if np.isfinite(v)] + [reach]) * room
    y = Scale(low=-farthest, high=farthest, start=sheet.y + height, end=sheet.y)
    if shaded:
        sheet.add(box(LEFT, y.at(reach), sheet.right - LEFT, y.at(-reach) - y.at(reach), FORECAST, opacity="0.06"))
    sheet.add(line(LEFT, y.at(0), sheet.right, y.at(0), "#cbd5e1"),
              *(line(LEFT, y.at(side), sheet.right, y.at(side), BAD, stroke_dasharray="4,4") for side in (-reach, reach)))
    sheet.y += height
    return y


def _told(z: Sequence[float], beyond: Sequence[bool]) -> list[int]:
    """Months that carry their figure: the last, and the farthest beyond the limit with room around them."""
    kept = [len(z) - 1] if np.isfinite(z[-1]) else []
    for number in sorted((n for n, is_beyond in enumerate(beyond) if is_beyond), key=lambda n: -abs(z[n])):
        if all(abs(number - other) >= ROOM for other in kept):
            kept.append(number)
    return kept
