"""The period a scorecard is for: a month, a calendar quarter, an ISO week or a year."""

import re
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from salesplan.errors import InputError

PeriodKind = Literal["year", "quarter", "month", "week"]

_KINDS: dict[str, PeriodKind] = {"Y": "year", "A": "year", "Q": "quarter", "M": "month", "W": "week"}


@dataclass(frozen=True, kw_only=True)
class KpiPeriod:
    """First and last day of a period, and what it is called (``2026-10``, ``2026Q3``, ``2026-W41``, ``2026``)."""

    label: str
    kind: PeriodKind
    start: pd.Timestamp
    end: pd.Timestamp

    @property
    def last_month(self) -> pd.Period:
        """Month of the last day."""
        return self.end.to_period("M")


def read_period(period: "str | pd.Period | KpiPeriod") -> KpiPeriod:
    """Read a period from text or a pandas period (quarters are calendar quarters, weeks ISO weeks).

    Raises
    ------
    InputError
        Anything that is no such period.

    Examples
    --------
    >>> read_period("2026Q3").end.date(), read_period("2026-W41").start.date(), read_period("2026-10").kind
    (datetime.date(2026, 9, 30), datetime.date(2026, 10, 5), 'month')
    """
    if isinstance(period, KpiPeriod):
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
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})", text):
        if not 1 <= int(match[2]) <= 12:
            raise _refused(period)
        return _from_pandas(pd.Period(year=int(match[1]), month=int(match[2]), freq="M"))
    if re.fullmatch(r"\d{4}", text):
        return _from_pandas(pd.Period(text, freq="Y"))
    raise _refused(period)


def _refused(period: object) -> InputError:
    return InputError(f"period == {period!r}, must be a month, quarter, ISO week or year",
                      fix="Write 2026-10, 2026Q3, 2026-W41 or 2026.")


def _week(monday: pd.Timestamp) -> KpiPeriod:
    year, week, _ = monday.isocalendar()
    return KpiPeriod(label=f"{year}-W{week:02d}", kind="week", start=monday, end=monday + pd.Timedelta(days=6))


def _from_pandas(period: pd.Period) -> KpiPeriod:
    kind = _KINDS.get(period.freqstr.split("-")[0].rstrip("ES"))
    start = period.start_time.normalize()
    if kind == "week":
        return _week(start - pd.Timedelta(days=start.dayofweek))
    if kind is None:
        raise _refused(period)
    label = {"month": str(period), "quarter": f"{period.year}Q{period.quarter}", "year": str(period.year)}[kind]
    return KpiPeriod(label=label, kind=kind, start=start, end=period.end_time.normalize())
