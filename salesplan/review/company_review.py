"""What is worked out once for the whole company, so that every unit's review says the same of the same people."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from salesplan.calendars.working_days import monthly_working_days, working_days
from salesplan.review.adjustment_trigger import adjustment_triggers
from salesplan.review.amber import Amber, amber_flags
from salesplan.review.attainment import Attainment, attainment
from salesplan.review.bridge import Bridge
from salesplan.review.bridge_last_year import bridge_last_year
from salesplan.review.bridge_response import follows, orders_after_visits
from salesplan.review.bridge_target import bridge_target
from salesplan.review.closing_gap import ClosingGap, closing_gap
from salesplan.review.closing_season import expected_rest
from salesplan.review.linearity import Linearity, month_linearity
from salesplan.review.measures import review_measures
from salesplan.review.off_pace import OffPace, off_pace
from salesplan.review.outlook import Outlook, look_ahead
from salesplan.review.pace import ReviewPace, month_pace
from salesplan.review.parameters import ReviewParameters
from salesplan.review.projection import Projection, project
from salesplan.review.run_rate import RunRate, required_run_rate
from salesplan.review.sales_of_nobody import sales_of_nobody
from salesplan.review.signals import Signals, signals


@dataclass(frozen=True, kw_only=True, eq=False)
class CompanyReview:
    """A month of the whole company; each part is worked out when it is asked for, once.

    Attributes
    ----------
    data
        From `load_review_data`, not scoped.
    parameters
        What was set; unit and language play no part here.
    """

    data: Any
    parameters: ReviewParameters

    @cached_property
    def first_month(self) -> pd.Series:
        """Month of hire by seller."""
        hired: pd.Series = self.data.sellers.set_index("seller_id")["hire_date"].dropna()
        return hired.dt.to_period("M")

    @property
    def ended(self) -> pd.Period:
        """The last month that is over: what is asked why, and judged against usual months."""
        month: pd.Period = self.data.month
        return month if self.data.is_complete else month - 1

    @property
    def country(self) -> str:
        """Whose working days count."""
        return str(self.data.settings.country)

    @cached_property
    def attainment(self) -> Attainment:
        """How far everybody got: the month, the quarter and the year to date."""
        data = self.data
        return attainment(data.lines, data.targets, data.units, data.seats, month=data.month,
                          quarter_months=data.quarter_months, year_months=data.year_months)

    @cached_property
    def outlook(self) -> Outlook:
        """What the rest of the year will probably bring."""
        data = self.data
        return look_ahead(data.history, data.daily, data.units, as_of=data.as_of, until=data.year_months[-1],
                          country=self.country, first_month=self.first_month, lasting=sales_of_nobody(data.lines, ended=self.ended))

    @cached_property
    def month_pace(self) -> ReviewPace:
        """Whether everybody is where they should be on the day."""
        data = self.data
        return month_pace(self.outlook, data.targets, months=pd.PeriodIndex([data.month]), country=self.country, seats=data.seats)

    @cached_property
    def linearity(self) -> Linearity:
        """How the month ran, and whether its last days borrow from the next."""
        return month_linearity(self.data.daily, self.data.units, as_of=self.data.as_of, country=self.country)

    def _projected(self, months: pd.PeriodIndex) -> Projection:
        return project(self.outlook, self.data.targets, months=months, coverage=self.parameters.coverage, seats=self.data.seats)

    def _required(self, months: pd.PeriodIndex) -> RunRate:
        return required_run_rate(self.outlook, self.data.daily, self.data.targets, months=months, country=self.country,
                                 seats=self.data.seats)

    @cached_property
    def quarter_end(self) -> Projection:
        """Where the quarter will probably end."""
        return self._projected(self.data.quarter_months)

    @cached_property
    def year_end(self) -> Projection:
        """Where the year will probably end."""
        return self._projected(self.data.year_months)

    @cached_property
    def amber(self) -> Amber:
        """Who will probably miss the quarter, and what that flag is worth at this point of it."""
        return amber_flags(self.quarter_end, self.outlook, seed=self.parameters.seed)

    @cached_property
    def quarter_rate(self) -> RunRate:
        """What each working day left in the quarter must bring."""
        return self._required(self.data.quarter_months)

    @cached_property
    def year_rate(self) -> RunRate:
        """What each working day left in the year must bring."""
        return self._required(self.data.year_months)

    @cached_property
    def closing(self) -> ClosingGap:
        """What closing the gap takes: to the quarter's end, and where no day of it is left, to the year's."""
        data, is_open = self.data, self.quarter_rate.working_days_left > 0
        return closing_gap(self.quarter_rate if is_open else self.year_rate, data.process, data.sellers, data.units, ended=self.ended,
                           until="quarter" if is_open else "year", former_leaves=data.former_leaves, country=self.country,
                           expected=expected_rest(self.quarter_end if is_open else self.year_end), follows_visits=self.follows_visits)

    @cached_property
    def signals(self) -> Signals:
        """Which units and people moved by more than chance."""
        return signals(self.data.history, self.data.units, month=self.ended, first_month=self.first_month,
                       false_alarms=self.parameters.false_alarms, country=self.country)

    @cached_property
    def triggers(self) -> pd.DataFrame:
        """Units whose last months are beyond the band, so that an adjustment may be proposed."""
        return adjustment_triggers(self.signals.residuals, month=self.signals.month)

    @cached_property
    def follows_visits(self) -> bool:
        """Whether orders of a month go with its visits here; taken to be so until months enough say otherwise."""
        return follows(orders_after_visits(self.data.process, month=self.ended + 1))

    @cached_property
    def off_pace(self) -> OffPace | None:
        """Sellers behind and what holds them back; None where nobody has a target."""
        data = self.data
        asked = data.targets["scope_type"].eq("rep") & data.targets["month"].between(self.ended - 2, self.ended)
        if not asked.any():
            return None
        return off_pace(data.process, data.sellers, data.targets, month=self.ended,
                        potential=data.potential if len(data.potential) else None, follows_visits=self.follows_visits)

    @cached_property
    def bridge_last_year(self) -> Bridge:
        """From the same month last year to the last month that is over."""
        data, now = self.data, pd.PeriodIndex([self.ended])
        return bridge_last_year(data.lines, data.seats, data.sellers, data.units, months_now=now, months_then=now - 12,
                                working_days=self._days_to_date(now.union(now - 12)), first_purchases=data.first_purchases,
                                seed=self.parameters.seed)

    def _days_to_date(self, months: pd.PeriodIndex) -> pd.Series:
        """Working days by month, of a month under way those counted so far."""
        days: pd.Series = monthly_working_days(months, country=self.country)["working_days"]
        month, as_of = self.data.month, self.data.as_of
        if as_of < month.end_time.normalize() and month in days.index:
            days = days.copy()
            days[month] = int(working_days(month.start_time, as_of, country=self.country)["is_workday"].sum())
        return days

    @cached_property
    def bridge_target(self) -> Bridge:
        """From the target of the last month that is over to its sales."""
        data, months = self.data, pd.PeriodIndex([self.ended])
        past = pd.period_range(data.process["month"].min(), self.ended, freq="M")
        days = self._days_to_date(past.union(months))
        return bridge_target(data.targets, data.process, data.lines, data.seats, data.units, months=months, working_days=days,
                             as_of=min(data.as_of, self.ended.end_time.normalize()), deals=data.deals, version="judged",
                             seed=self.parameters.seed)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The figures actions aim at, month by month, of the months that are over."""
        process = self.data.process[self.data.process["month"].le(self.ended)]
        return review_measures(process, self.data.targets, self.data.units, former_leaves=self.data.former_leaves)
