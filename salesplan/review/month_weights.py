"""What part of a year's business every month should bring: season, working days and 春节, for every node."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.spring_festival import centred_shares
from salesplan.calendars.working_days import monthly_working_days
from salesplan.errors import InputError
from salesplan.forecasting.calendar_effect import calendar_effect
from salesplan.forecasting.season_profile import season_profiles
from salesplan.hierarchy import Hierarchy

Floats = NDArray[np.float64]
FEWEST_MONTHS = 24


@dataclass(frozen=True, kw_only=True, eq=False)
class MonthWeights:
    """Relative size of every month for every node (rows as ``units``), past and to come, and what it rests on."""

    table: pd.DataFrame
    n_years: int

    def of(self, months: pd.PeriodIndex) -> Floats:
        """Nodes x months."""
        return self.table.loc[:, months].to_numpy(float)


def month_weights(history: pd.DataFrame, units: pd.DataFrame, months: pd.PeriodIndex, *, country: str = "CN",
                  subdivision: str | None = None) -> MonthWeights:
    """How large each month is against a usual one: seasonal index x working days x spring festival.

    The season of a node is the company's plus as much of its own as its years agree on; with less than two years of
    history working days alone count. Spring festival is modelled where the calendar is China's, so that a festival
    that moves from January to February moves the weight with it.

    Parameters
    ----------
    history
        Months x leaf, complete months only.
    months
        Months to weigh besides those of the history.

    Raises
    ------
    InputError
        The history is empty or has a gap.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["t", "a"], "parent_id": [None, "t"], "level": ["team", "rep"], "name": ["T", "A"]})
    >>> index = pd.period_range("2024-01", periods=24, freq="M")
    >>> found = month_weights(pd.DataFrame({"a": np.ones(24)}, index=index), units, pd.period_range("2026-01", "2026-02", freq="M"))
    >>> found.n_years, found.of(pd.PeriodIndex(["2026-01"], freq="M")).shape
    (2, (2, 1))
    """
    if not len(history) or len(history) != history.index[-1].ordinal - history.index[0].ordinal + 1:
        raise InputError("history is empty or has a gap, must be complete months in a row", where="sales history")
    tree = Hierarchy(units=units)
    leaves = tree.units["unit_id"].to_numpy()[tree.leaf_positions]
    sales = tree.unit_summing @ history.reindex(columns=leaves).fillna(0.0).to_numpy(float).T
    index = pd.period_range(history.index[0], max(history.index[-1], months.max()), freq="M")
    days = monthly_working_days(index, country=country, subdivision=subdivision)["working_days"]
    days = days.where(days > 0, 1)  # a month without a working day still has days
    festival = centred_shares(index) if country.upper() == "CN" else None
    effect = calendar_effect(sales[0], index, working_days=days, spring_festival=festival)
    n = len(history)
    season = np.ones((len(sales), len(index)))
    if n >= FEWEST_MONTHS:
        level = sales / effect.factor[:n]
        fallback = season_profiles(level[:1], level[0], fallback=np.ones((1, 12)))
        profile = season_profiles(level, level[0], fallback=np.repeat(fallback, len(level), axis=0))
        season = profile[:, (np.arange(len(index)) - n) % 12]
    table = pd.DataFrame(season * effect.factor, index=pd.Index(tree.units["unit_id"]), columns=index)
    return MonthWeights(table=table, n_years=n // 12)
