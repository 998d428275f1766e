"""The fiscal year to plan, its forecast, and the plan in one call."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.calendars import FiscalCalendar, centred_shares, monthly_working_days, week_pieces
from salesplan.errors import InputError
from salesplan.hierarchy import Hierarchy
from salesplan.targets.parameters import TargetParameters
from salesplan.targets.shares import PlanningFacts

if TYPE_CHECKING:
    from salesplan.forecasting import HierarchyForecast
    from salesplan.targets.plan import TargetPlan

MAX_GAP = 12  # months between the end of the data and the start of the year


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanYear:
    """The fiscal year a plan is for.

    Parameters
    ----------
    number
        Fiscal year, named for the calendar year in which it ends.
    label
        Its name, such as ``FY2027``.
    months
        Its twelve months.
    quarters
        The quarter each month belongs to, such as ``2027Q1``.
    working_days, week_pieces
        Working days by month; ISO weeks cut at month borders.
    """

    number: int
    label: str
    months: pd.PeriodIndex
    quarters: Mapping[pd.Period, str]
    working_days: pd.DataFrame
    week_pieces: pd.DataFrame


def year_to_plan(facts: PlanningFacts, parameters: TargetParameters) -> PlanYear:
    """The year to plan: the one asked for, or the first that starts after the data end.

    Raises
    ------
    InputError
        The year is over already, or starts more than twelve months after the data end.
    """
    calendar = FiscalCalendar(start_month=facts.settings.fiscal_start_month)
    last = facts.history.index[-1]
    number = parameters.plan_year
    if number is None:
        number = calendar.year_of((last + 1).to_timestamp())
        if calendar.months(number)[0] <= last:
            number += 1
    months = calendar.months(number)
    if months[-1] <= last:
        raise InputError(f"plan_year == {number}, must not be over: the data reach {last}", where="target parameters",
                         fix=f"Plan {calendar.year_of((last + 1).to_timestamp())} or later, or load less data.")
    gap = max(0, (months[0] - last).n - 1)
    if gap > MAX_GAP:
        raise InputError(f"plan_year == {number} starts {gap} months after the data end ({last}), must be at most {MAX_GAP}",
                         where="target parameters", fix="Plan an earlier year or import newer orders.")
    named = calendar.quarters(number)
    quarters = dict(zip(pd.PeriodIndex(named["month"]), named["quarter"].astype(str), strict=True))
    return PlanYear(number=number, label=calendar.label(number), months=months, quarters=quarters,
                    **_days_of(months[0], facts.settings.country))


@lru_cache(maxsize=8)
def _days_of(first: pd.Period, country: str) -> dict[str, pd.DataFrame]:
    """Calendar of the twelve months from ``first``; kept, because every moved slider asks for it."""
    months = pd.period_range(first, periods=12, freq="M", name="month")
    return {"working_days": monthly_working_days(months, country=country),
            "week_pieces": week_pieces(months, country=country)}


def forecast_year(facts: PlanningFacts, parameters: TargetParameters, year: PlanYear) -> "HierarchyForecast":
    """Forecast every node of the organisation x product lines for the year, with its backtest."""
    from salesplan.forecasting import forecast_hierarchy

    hierarchy = Hierarchy(units=facts.units, lines=facts.product_lines)
    months = pd.period_range(facts.history.index[0], year.months[-1], freq="M")
    country = facts.settings.country
    hired = facts.sellers.set_index("seller_id")["hire_date"].dropna()
    return forecast_hierarchy(
        facts.history, hierarchy, year=year.months, reconciliation=parameters.reconciliation,
        working_days=monthly_working_days(months, country=country)["working_days"],
        spring_festival=centred_shares(months) if country == "CN" else None,
        first_month=pd.to_datetime(hired).dt.to_period("M"),
        coverage=parameters.coverage, seed=parameters.seed,
    )


def plan_targets(facts: PlanningFacts, parameters: TargetParameters) -> "TargetPlan":
    """Forecast and plan in one call: what the report does.

    Raises
    ------
    InputError, InfeasibleTargetError
        As `year_to_plan`, `forecast_year` and `set_targets`.
    """
    from salesplan.targets.setting import set_targets

    year = year_to_plan(facts, parameters)
    return set_targets(facts, forecast_year(facts, parameters, year), parameters, year=year)
