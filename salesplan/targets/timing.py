"""A year's target over months and weeks, to the fen."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.money import split_groups
from salesplan.money.remainders import whole_amounts


def split_months(
    annual_fen: ArrayLike, profile: ArrayLike, working_days: ArrayLike | pd.Series | pd.DataFrame, *,
    unit: str | int = 1,
) -> NDArray[np.int64]:
    """Split annual amounts over months by season x working days, exact to the unit.

    Parameters
    ----------
    annual_fen
        Minor units, one amount a row, or one number.
    profile
        Sales per working day in each month relative to the others (seasonal index, times capacity
        present): rows x months, or one list for all rows. Months with zero get nothing.
    working_days
        Working days of each month; a frame must have a column ``working_days``.
    unit
        Rounding unit in minor units, or its name.

    Returns
    -------
    ndarray of int64
        Rows x months; a single list if `annual_fen` is one number.

    Raises
    ------
    InputError
        A row has an amount but no month to put it in, or the arrays do not fit.

    Examples
    --------
    >>> split_months(1_000, [1.0, 1.0, 2.0], [20, 10, 10]).tolist()
    [400, 200, 400]
    """
    annual = np.atleast_1d(whole_amounts(annual_fen))
    days = _days_of(working_days)
    shape = np.asarray(profile, dtype=float)
    shape = np.broadcast_to(shape, (annual.size, days.size)) if shape.ndim == 1 and shape.size == days.size else shape
    if shape.shape != (annual.size, days.size):
        raise InputError(f"profile is {shape.shape}, must be {(annual.size, days.size)}: rows x months")
    weights = np.ascontiguousarray((shape * days).T)
    empty = np.flatnonzero((weights.sum(axis=0) == 0) & (annual != 0))
    if empty.size:
        raise InputError(f"{empty.size} rows have an amount but no month with season, capacity and working days",
                         where=f"row {empty[0]}", fix="Give the row a month, or an amount of zero.", rows=empty)
    months = split_groups(annual[None, :], weights, np.zeros(days.size, np.int64), unit=unit).T
    return months if np.ndim(annual_fen) else months[0]


def split_time(
    annual_fen: ArrayLike,
    profile: ArrayLike,
    working_days: pd.DataFrame | pd.Series,
    week_pieces: pd.DataFrame,
    *,
    unit: str | int = 1,
) -> pd.DataFrame:
    """Split annual amounts over months, and months over the pieces of ISO weeks inside them.

    A week that runs over the end of a month has a piece in each, so that pieces add up to months,
    months to the year, and the two pieces to the week.

    Parameters
    ----------
    annual_fen, profile, unit
        As for :func:`split_months`.
    working_days
        Index month; a frame must have a column ``working_days``
        (``salesplan.calendars.monthly_working_days``).
    week_pieces
        ``month``, ``iso_week``, ``days``, ``working_days``, in order of time
        (``salesplan.calendars.week_pieces``).

    Returns
    -------
    DataFrame
        One line a row and piece, row by row in order of time: ``row`` (position in `annual_fen`),
        ``month``, ``iso_week``, ``fen`` (int64) and ``by_days``, True where the month has no working
        day, so that its amount went by plain days.

    Raises
    ------
    InputError
        As for :func:`split_months`; or a month has no pieces.

    Examples
    --------
    >>> months = pd.period_range("2027-01", "2027-02", freq="M", name="month")
    >>> days = pd.Series([20, 16], index=months)
    >>> pieces = pd.DataFrame({"month": months.repeat(2), "iso_week": ["W1", "W2", "W2", "W3"],
    ...                        "days": [15, 16, 14, 14], "working_days": [10, 10, 16, 0]})
    >>> split_time([3_601], [1.0, 1.0], days, pieces)["fen"].tolist()
    [1001, 1000, 1600, 0]
    """
    months = pd.PeriodIndex(working_days.index, freq="M")
    annual = np.atleast_1d(whole_amounts(annual_fen))
    by_month = np.atleast_2d(split_months(annual, profile, working_days, unit=unit))
    place = pd.Series(np.arange(len(months)), index=months).reindex(pd.PeriodIndex(week_pieces["month"], freq="M"))
    if place.isna().any() or set(place) != set(range(len(months))):
        raise InputError("week_pieces and working_days must have the same months", where="calendar",
                         fix="Make both from one list of months.")
    month_of = place.to_numpy(np.int64)
    worked = week_pieces["working_days"].to_numpy(float)
    idle = np.bincount(month_of, worked, len(months)) == 0
    weights = np.where(idle[month_of], week_pieces["days"].to_numpy(float), worked)
    every = np.broadcast_to(weights[:, None], (weights.size, annual.size))
    fen = split_groups(np.ascontiguousarray(by_month.T), every, month_of, unit=unit).T
    rows, pieces = annual.size, weights.size
    return pd.DataFrame({
        "row": np.repeat(np.arange(rows), pieces),
        "month": months.take(np.tile(month_of, rows)),
        "iso_week": pd.Categorical.from_codes(*_repeated(week_pieces["iso_week"], rows)),
        "fen": np.ascontiguousarray(fen).reshape(-1),
        "by_days": np.tile(idle[month_of], rows),
    })


def _repeated(weeks: pd.Series, times: int) -> tuple[NDArray[np.intp], pd.Index]:
    codes, labels = pd.factorize(weeks.astype(object))
    return np.tile(codes, times), pd.Index(labels)


def _days_of(working_days: ArrayLike | pd.Series | pd.DataFrame) -> NDArray[np.float64]:
    counted = working_days["working_days"] if isinstance(working_days, pd.DataFrame) else working_days
    days = np.asarray(counted, dtype=float)
    if days.ndim != 1 or not (np.isfinite(days) & (days >= 0)).all():
        raise InputError("working_days must be one number of days for each month, zero or more")
    return days
