"""春节 moves between January and February, and sales move with it."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from salesplan.calendars.days import check_months
from salesplan.calendars.lunar import FIRST_YEAR, LAST_YEAR, SPRING_FESTIVAL, festival_dates
from salesplan.errors import InputError

WINDOWS = ("before", "during", "after")


def spring_festival_date(year: int) -> pd.Timestamp:
    """New Year's Day of the lunar year (正月初一).

    Raises
    ------
    InputError
        The year is outside 1950-2100.

    Examples
    --------
    >>> spring_festival_date(2027)
    Timestamp('2027-02-06 00:00:00')
    """
    return pd.Timestamp(festival_dates(int(year))[SPRING_FESTIVAL])


def spring_festival_shares(
    months: Any, *, before: int = 20, during: int = 7, after: int = 20
) -> pd.DataFrame:
    """How much of the time before, during and after 春节 falls into each month.

    Regressors for a monthly series: sales rise before the holiday, stop in it and come back slowly.

    Parameters
    ----------
    months
        Distinct months.
    before, during, after
        Lengths of the three windows in days; the middle one starts on New Year's Day.

    Returns
    -------
    DataFrame
        Index ``month``; ``before``, ``during``, ``after``: the share of the window's days that lie in
        the month. Each window of one year sums to 1 over the months it touches.

    Raises
    ------
    InputError
        A window is shorter than one day or longer than 60, or a year outside 1950-2100.

    Notes
    -----
    Findley et al. (1998) for X-12 ``genhol``; Lin and Liu (2002) for moving holidays.

    Examples
    --------
    >>> spring_festival_shares(["2025-01", "2025-02"]).round(3).values.tolist()
    [[1.0, 0.429, 0.0], [0.0, 0.571, 1.0]]
    """
    index = check_months(months)
    lengths = _check_windows(before, during, after)
    days = np.zeros((len(index), 3), dtype="int64")
    years = sorted(set(index.year))
    # a window of up to 60 days around a day of late January can reach into the year before
    reach = sorted({*years, *(y + 1 for y in years if y < LAST_YEAR)})
    place = pd.Series(np.arange(len(index)), index=index)
    for year in reach:
        for column, window in enumerate(_windows(year, lengths)):
            found = place.reindex(window.to_period("M")).dropna().to_numpy(int)
            np.add.at(days[:, column], found, 1)
    return pd.DataFrame(days / np.array(lengths), index=index, columns=list(WINDOWS))


def centred_shares(months: Any, *, before: int = 20, during: int = 7, after: int = 20) -> pd.DataFrame:
    """Shares of the 春节 windows less what the same calendar month has in the long run.

    A seasonal index already holds the average 春节; what is left here is how this year differs.
    The long run is every year from 1950 to 2100, so the answer does not depend on the history at hand.

    Returns
    -------
    DataFrame
        As :func:`spring_festival_shares`; months that no window ever touches are 0.

    Examples
    --------
    >>> centred_shares(["2026-01", "2026-02", "2026-06"])["during"].round(2).tolist()
    [-0.25, 0.25, 0.0]
    """
    index = check_months(months)
    shares = spring_festival_shares(index, before=before, during=during, after=after)
    mean = _long_run_mean(*_check_windows(before, during, after))
    return shares - mean[index.month.to_numpy() - 1]


def combine_january_february(monthly: pd.Series) -> pd.Series:
    """Monthly figures with January and February of each year added up, for reporting.

    Parameters
    ----------
    monthly
        Additive figures indexed by month.

    Returns
    -------
    Series
        Indexed by ``year`` and ``period`` (``01-02``, ``03`` ... ``12``). A year with only one of
        January and February gets a missing value there, never half a sum.

    Examples
    --------
    >>> months = pd.PeriodIndex(["2024-01", "2024-02", "2025-01", "2025-02"], freq="M")
    >>> sales = pd.Series([100, 60, 72, 92], index=months)
    >>> combine_january_february(sales).tolist()
    [160.0, 164.0]
    """
    index = check_months(monthly.index)
    values = _by_year(monthly, index, ["01-02" if m <= 2 else f"{m:02d}" for m in index.month])
    groups = values.groupby(level=["year", "period"])
    total = groups.sum(min_count=1)
    wanted = pd.Series(np.where(total.index.get_level_values("period") == "01-02", 2, 1), index=total.index)
    return total.where(groups.count() == wanted)


def year_on_year(monthly: pd.Series, *, join_january_february: bool = True) -> pd.Series:
    """Growth of each month over the same month a year before, January and February as one.

    Returns
    -------
    Series
        Fractions, indexed by ``year`` and ``period``; missing where the year before is unknown or
        not positive.

    Examples
    --------
    >>> months = pd.PeriodIndex(["2024-01", "2024-02", "2025-01", "2025-02"], freq="M")
    >>> sales = pd.Series([100, 60, 72, 92], index=months)
    >>> year_on_year(sales).round(3).dropna().tolist()
    [0.025]
    >>> year_on_year(sales, join_january_february=False).round(3).dropna().tolist()   # misleading
    [-0.28, 0.533]
    """
    if join_january_february:
        figures = combine_january_february(monthly)
    else:
        index = check_months(monthly.index)
        figures = _by_year(monthly, index, [f"{m:02d}" for m in index.month]).sort_index()
    before = figures.copy()
    before.index = pd.MultiIndex.from_tuples(
        [(year + 1, period) for year, period in figures.index], names=["year", "period"]
    )
    before = before.reindex(figures.index)
    return figures / before.where(before > 0) - 1


def _by_year(monthly: pd.Series, index: pd.PeriodIndex, periods: list[str]) -> pd.Series:
    keys = pd.MultiIndex.from_arrays([index.year, np.array(periods)], names=["year", "period"])
    return pd.Series(monthly.to_numpy(dtype=float), index=keys, name=monthly.name)


def _check_windows(before: int, during: int, after: int) -> tuple[int, int, int]:
    for name, days in zip(WINDOWS, (before, during, after), strict=True):
        if isinstance(days, bool) or not isinstance(days, (int, np.integer)) or not 1 <= days <= 60:
            raise InputError(
                f"{name} == {days!r}, must be a number of days from 1 to 60", where="spring festival"
            )
    return int(before), int(during), int(after)


def _windows(year: int, lengths: tuple[int, int, int]) -> list[pd.DatetimeIndex]:
    before, during, _ = lengths
    first = spring_festival_date(year)
    starts = (first - pd.Timedelta(days=before), first, first + pd.Timedelta(days=during))
    return [pd.date_range(s, periods=n, freq="D") for s, n in zip(starts, lengths, strict=True)]


@cache
def _long_run_mean(before: int, during: int, after: int) -> np.ndarray:
    years = LAST_YEAR - FIRST_YEAR + 1
    mean = np.zeros((12, 3))
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for column, window in enumerate(_windows(year, (before, during, after))):
            mean[:, column] += np.bincount(window.month - 1, minlength=12) / len(window)
    mean /= years
    mean.setflags(write=False)
    return mean
