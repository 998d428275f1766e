"""Fiscal years, quarters and periods for any first month."""

from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pandas as pd

from salesplan.calendars.days import Day, check_day
from salesplan.errors import InputError

DayLike = Day | pd.Period
DayColumn = pd.Series | pd.DatetimeIndex | pd.PeriodIndex


@dataclass(frozen=True, kw_only=True)
class FiscalCalendar:
    """A company's year: twelve months from ``start_month``, named for the calendar year it ends in.

    With ``start_month=7`` the fiscal year 2020 runs from July 2019 to June 2020. With 1, fiscal and
    calendar year are the same.

    Parameters
    ----------
    start_month
        First month of the fiscal year, 1 to 12.

    Raises
    ------
    InputError
        ``start_month`` is not a whole number from 1 to 12.

    Examples
    --------
    >>> july = FiscalCalendar(start_month=7)
    >>> july.year_of("2019-07-01"), july.period_of("2019-07-01"), july.quarter_of("2020-06-30")
    (2020, 1, 4)
    >>> july.label(2020), FiscalCalendar().label(2027)
    ('FY2020', '2027')
    """

    start_month: int = 1

    def __post_init__(self) -> None:
        month = self.start_month
        if isinstance(month, bool) or not isinstance(month, (int, np.integer)) or not 1 <= month <= 12:
            raise InputError(f"start_month == {month!r}, must be a month from 1 to 12",
                             where="fiscal calendar", fix="Write 1 for January or 7 for July.")
        object.__setattr__(self, "start_month", int(month))

    @overload
    def year_of(self, date: DayLike) -> int: ...
    @overload
    def year_of(self, date: DayColumn) -> np.ndarray: ...
    def year_of(self, date: DayLike | DayColumn) -> int | np.ndarray:
        """Fiscal year of a day or month, or of a column of them."""
        year, month = _year_month(date)
        return _plain(year + ((month >= self.start_month) & (self.start_month > 1)))

    @overload
    def period_of(self, date: DayLike) -> int: ...
    @overload
    def period_of(self, date: DayColumn) -> np.ndarray: ...
    def period_of(self, date: DayLike | DayColumn) -> int | np.ndarray:
        """Fiscal month, 1 to 12, of a day or month, or of a column of them."""
        _, month = _year_month(date)
        return _plain((month - self.start_month) % 12 + 1)

    @overload
    def quarter_of(self, date: DayLike) -> int: ...
    @overload
    def quarter_of(self, date: DayColumn) -> np.ndarray: ...
    def quarter_of(self, date: DayLike | DayColumn) -> int | np.ndarray:
        """Fiscal quarter, 1 to 4, of a day or month, or of a column of them."""
        _, month = _year_month(date)
        return _plain((month - self.start_month) % 12 // 3 + 1)

    def start(self, fiscal_year: int) -> pd.Timestamp:
        """First day of a fiscal year.

        Examples
        --------
        >>> FiscalCalendar(start_month=7).start(2020)
        Timestamp('2019-07-01 00:00:00')
        """
        year = _check_year(fiscal_year) - (self.start_month > 1)
        return pd.Timestamp(year=year, month=self.start_month, day=1)

    def end(self, fiscal_year: int) -> pd.Timestamp:
        """Last day of a fiscal year.

        Examples
        --------
        >>> FiscalCalendar(start_month=7).end(2020)
        Timestamp('2020-06-30 00:00:00')
        """
        return self.start(fiscal_year) + pd.DateOffset(years=1) - pd.Timedelta(days=1)

    def months(self, fiscal_year: int) -> pd.PeriodIndex:
        """The twelve months of a fiscal year, in order.

        Examples
        --------
        >>> FiscalCalendar(start_month=7).months(2020)[[0, 11]].astype(str).tolist()
        ['2019-07', '2020-06']
        """
        first = self.start(fiscal_year).to_period("M")
        return pd.period_range(first, periods=12, freq="M", name="month")

    def label(self, fiscal_year: int) -> str:
        """Name of a fiscal year: ``2027``, or ``FY2027`` where it is not the calendar year."""
        year = _check_year(fiscal_year)
        return str(year) if self.start_month == 1 else f"FY{year}"

    def quarter_label(self, date: DayLike) -> str:
        """Name of the quarter of a day or month.

        Examples
        --------
        >>> FiscalCalendar(start_month=7).quarter_label("2020-02-01")
        'FY2020Q3'
        """
        return f"{self.label(self.year_of(date))}Q{self.quarter_of(date)}"

    def quarters(self, fiscal_year: int) -> pd.DataFrame:
        """Months of a fiscal year with their quarter: columns ``month`` and ``quarter``.

        Examples
        --------
        >>> FiscalCalendar(start_month=7).quarters(2020)["quarter"].tolist()[::3]
        ['FY2020Q1', 'FY2020Q2', 'FY2020Q3', 'FY2020Q4']
        """
        months = self.months(fiscal_year)
        labels = [f"{self.label(fiscal_year)}Q{q}" for q in self.quarter_of(months)]
        return pd.DataFrame({"month": months, "quarter": pd.Series(labels, dtype=object)})


def _check_year(year: int) -> int:
    if isinstance(year, bool) or not isinstance(year, (int, np.integer)) or not 1900 <= year <= 2200:
        raise InputError(f"fiscal_year == {year!r}, must be a year such as 2027")
    return int(year)


def _year_month(date: Any) -> tuple[Any, Any]:
    if isinstance(date, pd.Series):
        return date.dt.year.to_numpy(), date.dt.month.to_numpy()
    if isinstance(date, (pd.DatetimeIndex, pd.PeriodIndex)):
        return date.year.to_numpy(), date.month.to_numpy()
    day = check_day(date)
    return day.year, day.month


def _plain(value: Any) -> Any:
    return value.astype("int64") if isinstance(value, np.ndarray) else int(value)
