"""The planning calendar of a year: year, quarter, month, week, with owners and due dates on working days."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from salesplan.calendars.working_days import working_days
from salesplan.errors import InputError, known_choices
from salesplan.findings import ANALYST, PEOPLE_PARTNER, SALES_DIRECTOR, SALES_MANAGER, SELLER
from salesplan.text import mark, say
from salesplan.text.numbers import format_month, format_quarter, format_week

CADENCES = ("year", "quarter", "month", "week")
CADENCE_NAMES = {"year": mark("Yearly"), "quarter": mark("Quarterly"), "month": mark("Monthly"), "week": mark("Weekly")}

FINANCE = mark("Finance")


@dataclass(frozen=True)
class Step:
    """One kind of appointment: when it falls in its period, who owns it, what must be there at the end.

    ``month`` counts from 0 in the fiscal year; ``day`` is the due day of that month, -1 for the last;
    ``begin`` the first day of the work. ``backward`` moves a day off to the working day before instead
    of after (deadlines by which money or a decision must be there).
    """

    key: str
    title: str
    result: str
    owner: str
    with_whom: tuple[str, ...] = ()
    month: int = 0
    begin: int = 1
    day: int = 1
    backward: bool = False


YEARLY = (
    Step("facts", mark("Facts and forecast"),
         mark("Three years of sales, market and competitors read; forecast with its backtest agreed."),
         ANALYST, (SALES_DIRECTOR,), 0, 1, 8),
    Step("goal_setting", mark("Goal setting and decomposition"),
         mark("Floor, target and stretch set; split by unit, product line, quarter and month."),
         SALES_DIRECTOR, (SALES_MANAGER, ANALYST, FINANCE), 0, 9, 18),
    Step("internal_review", mark("Internal review and revision"),
         mark("Objections answered, SMART and fairness checked, the plan approved."),
         SALES_DIRECTOR, (SALES_MANAGER, ANALYST, FINANCE, PEOPLE_PARTNER), 0, 20, -1, True),
    Step("acceptance", mark("Announcement and acceptance"),
         mark("Every seller has seen the arithmetic of the own target and accepted it or countered with a reason."),
         SALES_MANAGER, (SELLER,), 1, 1, 10),
    Step("kpis_and_incentives", mark("KPIs and incentive rules"),
         mark("KPIs, weights and pay-out rules published."),
         PEOPLE_PARTNER, (SALES_DIRECTOR, FINANCE), 1, 11, -1, True),
    Step("year_end_review", mark("Year-end review"),
         mark("Attainment, causes and lessons written down; the facts for next year's plan handed over."),
         SALES_DIRECTOR, (SALES_MANAGER, ANALYST), 11, 1, 15),
    Step("pay_out", mark("Awards and pay-out"),
         mark("Bonuses calculated, checked and paid."),
         FINANCE, (PEOPLE_PARTNER, SALES_DIRECTOR), 11, 16, -1, True),
)  # fmt: skip

QUARTERLY = Step("quarter_review", mark("Quarterly review and adjustment"),
                 mark("The last quarter reviewed; targets adjusted only on a signal beyond the forecast band."),
                 SALES_DIRECTOR, (SALES_MANAGER, ANALYST), day=10)  # fmt: skip
MONTHLY = Step("month_plan", mark("Monthly plan"),
               mark("Last month reviewed; tasks, visits and resources of this month fixed."),
               SALES_MANAGER, (SELLER,), day=1)  # fmt: skip
WEEKLY = Step("week_tasks", mark("Weekly tasks and follow-up"),
              mark("Tasks of the week taken on; last week's follow-ups checked."),
              SELLER, (SALES_MANAGER,))  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Timetable:
    """Appointments of one fiscal year.

    ``steps``: key, cadence, period, title, result, owner, with_whom (marked words), begin, nominal, due
    (dates), is_moved (a day off was left), is_estimated (the holidays are not yet announced).
    """

    steps: pd.DataFrame
    year: pd.PeriodIndex
    country: str

    def __post_init__(self) -> None:
        steps = self.steps.copy()
        late = steps["begin"] > steps["due"]
        if late.any():
            raise InputError(f"step {steps.loc[late, 'key'].iloc[0]} begins after it is due", where="timetable")
        object.__setattr__(self, "steps", steps)

    def to_frame(self, lang: str | None = None, *, cadence: str | None = None) -> pd.DataFrame:
        """The table, in words of a language, or with marked words; optionally of one cadence."""
        if cadence is not None and cadence not in CADENCES:
            raise InputError(f"cadence == {cadence!r}, must be a cadence", fix=known_choices(cadence, CADENCES))
        frame = self.steps if cadence is None else self.steps[self.steps["cadence"] == cadence]
        frame = frame.reset_index(drop=True).copy()
        if lang is None:
            return frame
        frame["period"] = [_period_text(p, c, lang) for p, c in zip(frame["period"], frame["cadence"], strict=True)]
        frame["cadence"] = [say(CADENCE_NAMES[c], lang) for c in frame["cadence"]]
        for column in ("title", "result", "owner"):
            frame[column] = [say(text, lang) for text in frame[column]]
        comma = "、" if lang == "zh" else ", "
        frame["with_whom"] = [comma.join(say(r, lang) for r in roles) for roles in frame["with_whom"]]
        return frame

    def to_ics(self, lang: str, *, name: str = "") -> bytes:
        """The calendar as an iCalendar file for Outlook, DingTalk, Feishu or a phone.

        The same timetable gives the same bytes: identifiers and time stamps come from the year and
        the step, never from the clock. A changed due date keeps its identifier, so that importing a
        new version moves the appointment instead of doubling it.
        """
        from icalendar import Calendar, Event

        calendar = Calendar()
        calendar.add("prodid", "-//salesplan//planning timetable//EN")
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("x-wr-calname", name or f"{say(mark('Planning timetable'), lang)} {self._year_text()}")
        stamp = dt.datetime.combine(self.year[0].start_time.date(), dt.time(), dt.UTC)
        rows: Any = self.steps.itertuples()
        words: Any = self.to_frame(lang).itertuples()
        for row, word in zip(rows, words, strict=True):
            event = Event()
            mark_of = f"{self.country}/{self.year[0]}/{row.key}/{row.period}"
            event.add("uid", f"{hashlib.sha256(mark_of.encode()).hexdigest()[:24]}@salesplan")
            event.add("dtstamp", stamp)
            event.add("summary", f"{word.title} ({word.period})")
            begin = row.begin if row.cadence == "year" else row.due
            event.add("dtstart", begin)
            event.add("dtend", row.due + dt.timedelta(days=1))
            lines = [word.result, f"{say(mark('Owner'), lang)}: {word.owner}"]
            if word.with_whom:
                lines.append(f"{say(mark('With'), lang)}: {word.with_whom}")
            if row.is_estimated:
                lines.append(
                    say(mark("Public holidays of this year are estimated; check again when they are announced."), lang)
                )
            event.add("description", "\n".join(lines))
            event.add("categories", [word.cadence, word.owner])
            event.add("transp", "TRANSPARENT")
            calendar.add_component(event)
        return bytes(calendar.to_ical())

    def _year_text(self) -> str:
        return str(self.year[-1].year) if self.year[0].month == 1 else f"FY{self.year[-1].year}"


def planning_timetable(
    year: pd.PeriodIndex, *, country: str = "CN", dates: Mapping[str, dt.date] | None = None
) -> Timetable:
    """Set up the year's planning calendar, from goal setting in the first month to pay-out in the last.

    Parameters
    ----------
    year
        The 12 months of the fiscal year; months in the steps count from its first.
    country
        Whose public holidays and make-up working days move due dates.
    dates
        Due dates that the company sets otherwise: step key of the yearly steps -> day.

    Raises
    ------
    InputError
        Not 12 consecutive months, an unknown step or a date outside the year.

    Notes
    -----
    Yearly steps fall in months 1, 2 and 12; the quarter review in months 4, 7 and 10; the monthly plan
    on the 1st; weekly tasks on Monday. A due day that is not worked moves to the next working day;
    approvals and payments to the one before; a week without any working day has no appointment.

    Examples
    --------
    >>> plan = planning_timetable(pd.period_range("2026-01", periods=12, freq="M"))
    >>> plan.to_frame("en", cadence="year")[["title", "due"]].iloc[0].tolist()
    ['Facts and forecast', datetime.date(2026, 1, 8)]
    >>> plan.to_ics("zh") == plan.to_ics("zh")
    True
    """
    months = pd.PeriodIndex(year)
    if len(months) != 12 or (months != pd.period_range(months[0], periods=12, freq="M")).any():
        raise InputError(f"year has {len(months)} months, must be 12 consecutive months")
    first, last = months[0].start_time.date(), months[-1].end_time.date()
    days = working_days(first - dt.timedelta(days=7), last + dt.timedelta(days=31), country=country)
    work = _WorkingDays(days)
    rows = [_yearly(step, months, work, dates or {}) for step in YEARLY]
    unknown = set(dates or {}) - {s.key for s in YEARLY}
    if unknown:
        key = sorted(unknown)[0]
        raise InputError(f"dates names {key!r}, must be a yearly step", fix=known_choices(key, [s.key for s in YEARLY]))
    for q in (3, 6, 9):
        label = f"{months[q + 2].year}Q{q // 3 + 1}" if months[0].month == 1 else f"FY{months[-1].year}Q{q // 3 + 1}"
        rows.append(
            _row(QUARTERLY, "quarter", label, months[q].start_time.date(), _day(months[q], QUARTERLY.day), work)
        )
    rows += [_row(MONTHLY, "month", month, _day(month, 1), _day(month, 1), work) for month in months]
    monday = first - dt.timedelta(days=first.weekday())
    while monday <= last:
        sunday = monday + dt.timedelta(days=6)
        due = work.at_or_after(max(monday, first))
        if due <= min(sunday, last):
            iso = monday.isocalendar()
            rows.append(
                _row(WEEKLY, "week", f"{iso.year}-W{iso.week:02d}", max(monday, first), max(monday, first), work)
            )
        monday += dt.timedelta(days=7)
    rows.sort(key=lambda row: (row["due"], CADENCES.index(str(row["cadence"]))))
    steps = pd.DataFrame(rows)
    return Timetable(steps=steps, year=months, country=country)


class _WorkingDays:
    """Look-up of the nearest working day."""

    def __init__(self, days: pd.DataFrame) -> None:
        dates = [d.date() for d in pd.to_datetime(days["date"])]
        self.worked = [d for d, w in zip(dates, days["is_workday"], strict=True) if w]
        self.estimated = {d for d, e in zip(dates, days["is_estimated"], strict=True) if e}

    def at_or_after(self, day: dt.date) -> dt.date:
        return next(d for d in self.worked if d >= day)

    def at_or_before(self, day: dt.date) -> dt.date:
        return next(d for d in reversed(self.worked) if d <= day)


def _day(month: pd.Period, day: int) -> dt.date:
    return dt.date(month.year, month.month, month.days_in_month if day == -1 else day)


def _yearly(step: Step, months: pd.PeriodIndex, work: _WorkingDays, dates: Mapping[str, dt.date]) -> dict[str, Any]:
    month = months[step.month]
    nominal, begin = _day(month, step.day), _day(month, step.begin)
    if step.key in dates:
        nominal = dates[step.key]
        if not months[0].start_time.date() <= nominal <= months[-1].end_time.date():
            raise InputError(f"{step.key} == {nominal}, must be a day of the year", where="timetable")
        begin = min(begin, nominal)
    return _row(step, "year", str(months[-1].year), begin, nominal, work)


def _row(
    step: Step, cadence: str, period: object, begin: dt.date, nominal: dt.date, work: _WorkingDays
) -> dict[str, Any]:
    due = work.at_or_before(nominal) if step.backward else work.at_or_after(nominal)
    begin = min(work.at_or_after(begin), due)
    return {
        "key": step.key,
        "cadence": cadence,
        "period": str(period),
        "title": step.title,
        "result": step.result,
        "owner": step.owner,
        "with_whom": step.with_whom,
        "begin": begin,
        "nominal": nominal,
        "due": due,
        "is_moved": due != nominal,
        "is_estimated": due in work.estimated,
    }


def _period_text(period: str, cadence: str, lang: str) -> str:
    if cadence == "quarter":
        return format_quarter(period, lang)
    if cadence == "month":
        return format_month(period, lang)
    return format_week(period, lang) if cadence == "week" else period
