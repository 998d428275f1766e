"""The review of one unit's month as a whole: where it stands, why, what will happen, what to do, what became of actions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from salesplan.findings import Finding, Status, sort_findings
from salesplan.review.adjustment import Adjustment
from salesplan.review.amber import Amber
from salesplan.review.attainment import Attainment
from salesplan.review.bridge import Bridge
from salesplan.review.closing_gap import ClosingGap
from salesplan.review.company_review import CompanyReview
from salesplan.review.follow_up import follow_up
from salesplan.review.linearity import Linearity
from salesplan.review.off_pace import OffPace
from salesplan.review.pace import ReviewPace
from salesplan.review.parameters import ReviewParameters
from salesplan.review.progress import year_course
from salesplan.review.projection import Projection
from salesplan.review.reviewing import review_findings
from salesplan.review.run_rate import RunRate
from salesplan.review.signals import Signals
from salesplan.review.target_cover import cover_notes
from salesplan.review.unit_adjustment import unit_adjustment
from salesplan.review.unit_status import unit_statuses
from salesplan.review.work_charts import WorkCharts, work_charts
from salesplan.text import mark

UNDER_WAY = mark(
    "The month is under way: sales until {as_of} stand against the whole month's target. Why, warnings and people behind are about"
    " the last month that is over."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class MonthlyReview:
    """A unit's month, cut out of what was worked out for the whole company; each part when it is asked for.

    Attributes
    ----------
    data
        From `load_review_data`, cut to the unit and to what the reader may see.
    company
        The whole company's month.
    parameters
        What was set.
    earlier_actions
        Actions of earlier months about the unit and what is below it.
    """

    data: Any
    company: CompanyReview
    parameters: ReviewParameters
    earlier_actions: pd.DataFrame

    @property
    def top(self) -> str:
        """``unit_id`` of the unit reviewed."""
        return str(self.data.top)

    @cached_property
    def nodes(self) -> list[str]:
        """The unit, what is below it, and its people."""
        return [str(unit) for unit in self.data.units["unit_id"]]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Name by id of the unit, what is below it, and its people."""
        return dict(zip(self.nodes, self.data.units["name"].astype(str), strict=True))

    @property
    def is_whole(self) -> bool:
        """Whether the unit is the whole company."""
        return self.top == self.company.data.top

    def _own(self, found: Any) -> Any:
        """A part of the company's result without notes that count people and units of others."""
        return found if self.is_whole else replace(found, notes=[note for note in found.notes if not note["details"]])

    def _covered(self, found: Projection) -> Projection:
        """A projection with what the reader of the unit's chance must know of its target."""
        own: Projection = self._own(found)
        return replace(own, notes=[*cover_notes(own.row(self.top)), *own.notes])

    @cached_property
    def attainment(self) -> Attainment:
        """How far everybody got: the month, the quarter and the year to date."""
        found = self._own(self.company.attainment.for_units(self.nodes))
        if self.data.is_complete:
            return found
        return replace(found, notes=[{"msgid": UNDER_WAY, "details": {"as_of": self.data.as_of}}, *found.notes])

    @cached_property
    def month_pace(self) -> ReviewPace:
        """Whether everybody is where they should be on the day."""
        return self._own(self.company.month_pace.for_units(self.nodes))

    @cached_property
    def linearity(self) -> Linearity:
        """How the month ran, and whether its last days borrow from the next."""
        return self.company.linearity.for_units(self.nodes)

    @cached_property
    def quarter_end(self) -> Projection:
        """Where the quarter will probably end."""
        return self._covered(self.company.quarter_end.for_units(self.nodes))

    @cached_property
    def year_end(self) -> Projection:
        """Where the year will probably end."""
        return self._covered(self.company.year_end.for_units(self.nodes))

    @cached_property
    def amber(self) -> Amber:
        """Who will probably miss the quarter, and what that flag is worth at this point of it."""
        return self.company.amber.for_units(self.nodes)

    @cached_property
    def quarter_rate(self) -> RunRate:
        """What each working day left in the quarter must bring."""
        return self.company.quarter_rate.for_units(self.nodes)

    @cached_property
    def year_rate(self) -> RunRate:
        """What each working day left in the year must bring."""
        return self.company.year_rate.for_units(self.nodes)

    @cached_property
    def closing(self) -> ClosingGap:
        """What closing the gap takes: orders, opportunities and visits, against what was done before."""
        return self.company.closing.for_units(self.nodes)

    @cached_property
    def course(self) -> pd.DataFrame:
        """The unit's year in running totals."""
        return year_course(self.company.outlook, self.company.data.targets, unit_id=self.top, months=self.data.year_months,
                           seats=self.company.data.seats)

    @cached_property
    def ends(self) -> pd.DataFrame:
        """Interval of the running total at the ends of the quarter and the year, where they are still to come."""
        quarter, year = self.quarter_end.row(self.top), self.year_end.row(self.top)
        last = self.data.quarter_months[-1]
        before = self.course.loc[self.course["month"].lt(self.data.quarter_months[0]), "actual"]
        start = float(before.iloc[-1]) if len(before) else 0.0
        rows = [{"month": last, "lower": start + quarter["lower"], "upper": start + quarter["upper"]},
                {"month": self.data.year_months[-1], "lower": year["lower"], "upper": year["upper"]}]
        kept = [row for row in rows if row["month"] > self.data.month or not self.data.is_complete]
        return pd.DataFrame(kept, columns=["month", "lower", "upper"]).drop_duplicates("month", keep="last")

    @cached_property
    def signals(self) -> Signals:
        """Which units and people moved by more than chance, judged within the whole company."""
        found = self.company.signals
        kept = found.table[found.table["unit_id"].isin(self.nodes)]
        return replace(found, table=kept, n_unjudged=found.n_unjudged if self.is_whole else 0)

    @cached_property
    def work(self) -> WorkCharts:
        """Whether the unit's way of working left its usual range: visits, win rate, conversion, order size."""
        return work_charts(self.data.process, month=self.company.ended)

    @cached_property
    def bridge_target(self) -> Bridge:
        """From the month's target to its sales."""
        return self.company.bridge_target.within(self.top)

    @cached_property
    def bridge_last_year(self) -> Bridge:
        """From the same month last year to this one."""
        return self.company.bridge_last_year.within(self.top)

    @cached_property
    def off_pace(self) -> OffPace | None:
        """The unit's sellers who are behind and what holds them back; None where nobody has a target."""
        found = self.company.off_pace
        if found is None:
            return None
        return replace(self._own(found), table=found.table[found.table["seller_id"].isin(self.nodes)],
                       evidence=found.evidence[found.evidence["seller_id"].isin(self.nodes)])

    @cached_property
    def adjustment(self) -> Adjustment | None:
        """What is proposed for the targets of the months left, or why nothing is; None where nobody has a target."""
        return unit_adjustment(self.data, self.company, self.parameters)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The figures actions aim at, month by month."""
        found = self.company.measures
        return found[found["node_id"].isin(self.nodes)]

    @cached_property
    def followed(self) -> pd.DataFrame:
        """What became of earlier actions, and whether their figures moved."""
        return follow_up(self.earlier_actions, self.measures, month=self.company.ended)

    @cached_property
    def status(self) -> Status:
        """The one word for the unit, about itself alone."""
        found: Status = unit_statuses([self.top], quarter=self.quarter_end, year=self.year_end, month=self.attainment,
                                      signals=self.signals)[self.top]
        return found

    @cached_property
    def findings(self) -> list[Finding]:
        """What a manager should know, most urgent first."""
        return sort_findings(review_findings(self))
