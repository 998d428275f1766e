"""The period scores and figures are for: a month, a calendar quarter, an ISO week or a year."""

import re
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from salesplan.calendars.working_days import monthly_working_days, working_days
from salesplan.errors import InputError, Sentence

PeriodKind = Literal["year", "quarter", "month", "week"]

_KINDS: dict[str, PeriodKind] = {"Y": "year", "A": "year", "Q": "quarter", "M": "month", "W": "week"}


@dataclass(frozen=True, kw_only=True)
class NamedPeriod:
    """First and last day of a period, and what it is called (``2026-10``, ``2026Q3``, ``2026-W41``, ``2026``)."""

    label: str
    kind: PeriodKind
    start: pd.Timestamp
    end: pd.Timestamp

    @property
    def months(self) -> pd.PeriodIndex:
        """Months it touches, in order.

        Examples
        --------
        >>> [str(month) for month in read_period("2026-W40").months]
        ['2026-09', '2026-10']
        """
        return pd.period_range(self.start, self.end, freq="M")

    @property
    def last_month(self) -> pd.Period:
        """Month of the last day."""
        return self.end.to_period("M")

    def length_in_months(self, *, country: str = "CN") -> float:
        """How many months of work it holds: whole months count 1, a week its share of working days.

        A week without a working day (the Spring Festival's) holds 0.

        Parameters
        ----------
        country
            Whose working days a week's share is counted in, by ISO code.

        Examples
        --------
        >>> read_period("2026Q3").length_in_months(), round(read_period("2026-W45").length_in_months(), 3)
        (3.0, 0.238)
        >>> [read_period("2026-W08").length_in_months(country=code) for code in ("CN", "DE")]
        [0.0, 0.25]
        """
        if self.kind != "week":
            return float(len(self.months))
        in_month = monthly_working_days(self.months, country=country)["working_days"]
        days = working_days(self.start, self.end, country=country)
        worked = days.loc[days["is_workday"], "date"].dt.to_period("M").map(in_month)
        return float((1.0 / worked).sum())


def read_period(period: "str | pd.Period | NamedPeriod") -> NamedPeriod:
    """Read a period from text or a pandas period (quarters are calendar quarters, weeks ISO weeks).

    Raises
    ------
    InputError
        Anything that is no such period, or a week its year does not have.

    Examples
    --------
    >>> read_period("2026Q3").end.date(), read_period("2026-W41").start.date(), read_period("2026-10").kind
    (datetime.date(2026, 9, 30), datetime.date(2026, 10, 5), 'month')
    """
    if isinstance(period, NamedPeriod):
        return period
    if isinstance(period, pd.Period):
        return _from_pandas(period)
    text = str(period).strip().upper()
    if match := re.fullmatch(r"(\d{4})-?W(\d{1,2})", text):
        try:
            monday = pd.Timestamp.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError as error:
            raise _refused(period) from error
        return _week(monday)
    if match := re.fullmatch(r"(\d{4})-?Q([1-4])", text):
        return _from_pandas(pd.Period(year=int(match[1]), quarter=int(match[2]), freq="Q"))
    if match := re.fullmatch(r"(\d{4})-?(\d\d)|(\d{4})-(\d)", text):
        year, month = int(match[1] or match[3]), int(match[2] or match[4])
        if not 1 <= month <= 12:
            raise _refused(period)
        return _from_pandas(pd.Period(year=year, month=month, freq="M"))
    if re.fullmatch(r"\d{4}", text):
        return _from_pandas(pd.Period(text, freq="Y"))
    raise _refused(period)


def _refused(period: object) -> InputError:
    return InputError(Sentence("period == {given}, must be a month, quarter, ISO week or year", given=repr(period)),
                      fix=Sentence("Write 2026-10, 2026Q3, 2026-W41 or 2026."))


def _week(monday: pd.Timestamp) -> NamedPeriod:
    year, week, _ = monday.isocalendar()
    return NamedPeriod(label=f"{year}-W{week:02d}", kind="week", start=monday, end=monday + pd.Timedelta(days=6))


def _from_pandas(period: pd.Period) -> NamedPeriod:
    kind = _KINDS.get(period.freqstr.split("-")[0].rstrip("ES"))
    start = period.start_time.normalize()
    if kind == "week":
        return _week(start - pd.Timedelta(days=start.dayofweek))
    if kind is None:
        raise _refused(period)
    label = {"month": str(period), "quarter": f"{period.year}Q{period.quarter}", "year": str(period.year)}[kind]
    return NamedPeriod(label=label, kind=kind, start=start, end=period.end_time.normalize())
