"""Are we on pace: measured in working days and season, not in calendar days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.calendars.days import Day, check_day, check_span
from salesplan.calendars.month_shares import season_weights
from salesplan.calendars.working_days import working_days
from salesplan.errors import InputError


@dataclass(frozen=True, kw_only=True, eq=False)
class Pace:
    """Where a seller or unit stands in its period. Money in currency units, shares as fractions.

    ``share_elapsed`` counts working days, ``share_expected`` weighs them by season; ``pace_ratio`` is
    actual over expected to date; ``projected`` is the end of the period if the same ratio holds;
    ``required_per_day`` is what each working day left must bring, and ``required_ratio`` how that
    compares with what was planned for those days.
    """

    as_of: pd.Timestamp
    actual: float
    target: float
    working_days_total: int
    working_days_elapsed: int
    share_elapsed: float
    share_expected: float
    is_estimated: bool

    def __post_init__(self) -> None:
        if not 0 <= self.working_days_elapsed <= self.working_days_total:
            raise InputError(f"working_days_elapsed == {self.working_days_elapsed}, "
                             f"must be between 0 and {self.working_days_total}")

    @property
    def working_days_left(self) -> int:
        """Working days after ``as_of``."""
        return self.working_days_total - self.working_days_elapsed

    @property
    def expected(self) -> float:
        """What season and working days should have brought by now."""
        return self.target * self.share_expected

    @property
    def pace_ratio(self) -> float:
        """Actual over expected; missing before anything is expected."""
        return self.actual / self.expected if self.expected > 0 else float("nan")

    @property
    def projected(self) -> float:
        """End of the period if the present ratio holds."""
        return self.actual / self.share_expected if self.share_expected > 0 else float("nan")

    @property
    def required(self) -> float:
        """What is still missing to the target; negative once it is passed."""
        return self.target - self.actual

    @property
    def required_per_day(self) -> float:
        """What each working day left must bring; infinite when none is left."""
        if self.working_days_left:
            return max(self.required, 0.0) / self.working_days_left
        return 0.0 if self.required <= 0 else float("inf")

    @property
    def required_ratio(self) -> float:
        """Required over planned for the rest of the period."""
        left = self.target * (1 - self.share_expected)
        return max(self.required, 0.0) / left if left > 1e-12 * self.target else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """One row with every figure."""
        names = ("as_of", "actual", "target", "working_days_total", "working_days_elapsed",
                 "working_days_left", "share_elapsed", "share_expected", "expected", "pace_ratio",
                 "projected", "required", "required_per_day", "required_ratio", "is_estimated")
        return pd.DataFrame({name: [getattr(self, name)] for name in names})


def working_day_pace(
    actual_to_date: float,
    target: float,
    *,
    as_of: Day,
    start: Day,
    end: Day,
    country: str = "CN",
    subdivision: str | None = None,
    profile: Sequence[float] | pd.Series | None = None,
) -> Pace:
    """How actual sales to date compare with what the working days gone should have brought.

    Parameters
    ----------
    actual_to_date, target
        Sales from ``start`` to ``as_of``, and the target from ``start`` to ``end``, currency units.
    as_of
        Last day whose sales are counted (the whole day). Before ``start`` nothing has elapsed, after
        ``end`` everything.
    profile
        Seasonal index per working day for each month that the period touches.

    Raises
    ------
    InputError
        Dates that are no dates, a negative or missing target, an unfit profile, no working day.

    Examples
    --------
    >>> pace = working_day_pace(900.0, 2000.0, as_of="2025-01-31", start="2025-01-01", end="2025-02-28")
    >>> pace.working_days_elapsed, pace.working_days_left, pace.pace_ratio, round(pace.required_per_day, 2)
    (19, 19, 0.9, 57.89)
    """
    first, last = check_span(start, end)
    today = check_day(as_of, "as_of")
    if not np.isfinite(target) or target < 0:
        raise InputError(f"target == {target}, must be an amount of 0 or more")
    if not np.isfinite(actual_to_date):
        raise InputError(f"actual_to_date == {actual_to_date}, must be an amount")
    days = working_days(first, last, country=country, subdivision=subdivision)
    month = pd.PeriodIndex(days["date"], freq="M")
    months = month.unique()
    weight = pd.Series(season_weights(months, profile), index=months).reindex(month).to_numpy()
    worked = days["is_workday"].to_numpy()
    gone = (days["date"] <= today).to_numpy()
    weighted = weight * worked
    if not weighted.sum() > 0:
        raise InputError("period holds no working day with weight, must hold at least one",
                         where=f"{first.date()} to {last.date()}", fix="Choose a longer period.")
    return Pace(
        as_of=today,
        actual=float(actual_to_date),
        target=float(target),
        working_days_total=int(worked.sum()),
        working_days_elapsed=int((worked & gone).sum()),
        share_elapsed=float((worked & gone).sum() / worked.sum()),
        share_expected=float(weighted[gone].sum() / weighted.sum()),
        is_estimated=bool(days["is_estimated"].any()),
    )
