"""Which months of the orders can be relied on: no half month at the end, no typing error years away."""

from dataclasses import dataclass

import pandas as pd

from salesplan.calendars.working_days import working_days

ALWAYS_TOLERATED = 2
"""Working days without orders at the end of a month that never make it incomplete."""
STRAY_GAP = 3
STRAY_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class LastMonth:
    """The last month with orders and whether it counts.

    ``quiet_days`` are the working days of the month after its last order (or after the day the data are
    read for); ``tolerated_days`` is how many of them the company's earlier months ended with at most.
    """

    month: pd.Period
    is_complete: bool
    quiet_days: int
    tolerated_days: int

    @property
    def last_complete(self) -> pd.Period:
        """The month facts are taken up to."""
        return self.month if self.is_complete else self.month - 1


def check_last_month(
    month_ends: pd.DataFrame, *, country: str = "CN", as_of: pd.Timestamp | None = None
) -> LastMonth:
    """Say whether the last month with orders is over.

    A month is taken as over when no more working days follow its last order than followed at the worst
    of the twelve months before (at least two are always tolerated), and when ``as_of``, if given, leaves
    no working day of it. A company that books once a month is thus not cut short. The only month there
    is always counts.

    Parameters
    ----------
    month_ends
        ``month`` (period M) and ``last_order_date``, as the reducer ``month_ends`` gives them.
    country
        Whose working days.
    as_of
        Day the data are read for; None when they are simply what was exported.

    Examples
    --------
    >>> ends = pd.DataFrame({"month": pd.period_range("2026-08", "2026-10", freq="M"),
    ...                      "last_order_date": pd.to_datetime(["2026-08-31", "2026-09-29", "2026-10-14"])})
    >>> found = check_last_month(ends)
    >>> found.is_complete, found.quiet_days, str(found.last_complete)
    (False, 12, '2026-09')
    """
    ends = month_ends.sort_values("month").tail(13)
    first = ends["month"].iloc[0].start_time.normalize()
    last: pd.Period = ends["month"].iloc[-1]
    days = working_days(first, last.end_time.normalize(), country=country)
    workdays = pd.DatetimeIndex(days.loc[days["is_workday"], "date"])
    quiet = [_after(workdays, month, day) for month, day in zip(ends["month"], ends["last_order_date"], strict=True)]
    tolerated = max([ALWAYS_TOLERATED, *quiet[:-1]])
    is_over = quiet[-1] <= tolerated
    if as_of is not None and (left := _after(workdays, last, as_of)) > 0:
        is_over, quiet[-1] = False, left
    return LastMonth(month=last, is_complete=is_over or len(month_ends) == 1, quiet_days=quiet[-1],
                     tolerated_days=tolerated)


def stray_months(month_ends: pd.DataFrame) -> list[pd.Period]:
    """Months at either end that stand apart from all others: more likely a wrong date than a sale.

    A month is stray when more than three months without any order lie between it and the rest, and it has
    less than a tenth of the lines of an average month.

    Parameters
    ----------
    month_ends
        ``month`` and ``lines``, as the reducer ``month_ends`` gives them.

    Examples
    --------
    >>> ends = pd.DataFrame({"month": pd.PeriodIndex(["2026-01", "2026-02", "2026-03", "2062-03"], freq="M"),
    ...                      "lines": [200, 180, 210, 1]})
    >>> [str(month) for month in stray_months(ends)]
    ['2062-03']
    """
    ends = month_ends.sort_values("month")
    months, lines = ends["month"].tolist(), ends["lines"].tolist()
    few = STRAY_SHARE * float(ends["lines"].mean())
    stray = []
    while len(months) > 1 and (months[-1] - months[-2]).n > STRAY_GAP + 1 and lines[-1] < few:
        stray.append(months.pop())
        lines.pop()
    while len(months) > 1 and (months[1] - months[0]).n > STRAY_GAP + 1 and lines[0] < few:
        stray.append(months.pop(0))
        lines.pop(0)
    return sorted(stray)


def _after(workdays: pd.DatetimeIndex, month: pd.Period, day: pd.Timestamp) -> int:
    return int(((workdays > day) & (workdays <= month.end_time)).sum())
