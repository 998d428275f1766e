"""Where a reader stands in the monthly review: month, unit or person, and the view; no widget in sight."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import traitlets as t

from salesplan.apps.review_actions import ActionDesk
from salesplan.apps.review_approval import AdjustmentDesk, Approved
from salesplan.apps.review_reader import ReviewReader
from salesplan.apps.review_rows import all_rows
from salesplan.apps.review_why import why_page
from salesplan.errors import InputError, SalesplanError, Sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.review.monthly_review import MonthlyReview
from salesplan.text import mark

if TYPE_CHECKING:
    import pandas as pd

    from salesplan.review.company_review import CompanyReview
    from salesplan.review.parameters import ReviewParameters

VIEWS: Final = ("standing", "why", "actions", "earlier", "targets")
PLAN_FILE: Final = "plan.db"
MONTHS_SHOWN = 24
MONTHS_KEPT = 3
"""Months of the company that are kept in memory at a time."""
REVIEWS_KEPT = 24
NOT_YOURS: Final = mark("{place} is not a unit or person you may see in {month}")
NOT_READ: Final = mark("the figures of {month} are still being read")
NOT_LEADING: Final = mark("only who leads {unit} decides about its actions")
NO_WORKSPACE: Final = mark("this page was opened without a workspace, so nothing can be read or kept")
_WHERE: Final = mark("review panel")
_OF_VIEW: Final[Mapping[str, tuple[str, ...]]] = {
    "standing": ("attainment", "year_end"), "why": ("bridge_target", "bridge_last_year", "closing", "why_page"), "actions": ("findings",),
    "earlier": ("followed",), "targets": ("adjustment",),
}  # fmt: skip
_OF_PERSON: Final = ("attainment", "year_end", "off_pace", "closing", "bridge_target")


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """A part to be worked out, and for what month and place it was wanted."""

    part: str
    month: str
    place: str
    work: Callable[[], Any]


class ReviewModel(t.HasTraits):
    """State of the review panel. Whatever a page sends is checked against what the reader may see.

    Parameters
    ----------
    review
        From `open_review_period`, as the reader may see it.
    workspace
        Where other months, plans and actions are; without it there is only what the review holds.
    user
        Whose view it is; nobody in particular sees the whole company, where the page is an app.
    is_live
        Whether it is an app; a report never shows more than the review it was given.
    """

    month = t.Unicode()
    place = t.Unicode()
    view = t.Unicode("standing")

    def __init__(
        self, review: MonthlyReview, language: str, *, workspace: str | Path | None = None, user: str | None = None, is_live: bool = False
    ) -> None:
        super().__init__()
        self.parameters: ReviewParameters = review.parameters
        self.language, self.is_live = language, is_live
        self.workspace = Path(workspace) if workspace else None
        self.user = user or review.data.scope
        file = self.workspace / PLAN_FILE if self.workspace else None
        self.actions, self.approvals = ActionDesk(file, user=self.user), AdjustmentDesk(self.workspace, user=self.user)
        self._given = review
        self._rows: tuple[tuple[str, bool, bool], pd.DataFrame] | None = None
        self._companies: dict[str, CompanyReview] = {review.data.label: review.company}
        self._readers: dict[str, ReviewReader] = {}
        self._reviews: dict[tuple[str, str], MonthlyReview] = {}
        self.pages: dict[tuple[str, str], str] = {}
        """Pages with pictures, by month and place."""
        self._faults: dict[tuple[str, str, str], SalesplanError] = {}
        self._known_months = _months_of(review.company)
        self._later_months: tuple[str, ...] | None = None
        self.month = review.data.label
        self.place = review.top if review.top in self.reader.units else self.reader.roots[0]
        self._reviews[self.month, self.place] = review

    # -- what is there ------------------------------------------------------------------------------

    @property
    def is_loaded(self) -> bool:
        """Whether the company's figures of the month looked at have been read."""
        return self.month in self._companies

    @property
    def company(self) -> "CompanyReview":
        """The whole company's month; the reader sees only what `reader` lets through."""
        if not self.is_loaded:
            raise InputError(Sentence(NOT_READ, month=self.month), where=Sentence(_WHERE))
        return self._companies[self.month]

    @property
    def reader(self) -> ReviewReader:
        """What the reader may see of the month looked at."""
        if self.month not in self._readers:
            data = self.company.data
            if self.user:
                seen = data.scoped_to(self.user)
            elif self.is_live or self._given.data.is_whole:
                seen = data
            else:
                seen = data.for_unit(self._given.top)
            self._readers[self.month] = ReviewReader(seen, user=self.user)
        return self._readers[self.month]

    @property
    def names(self) -> ReviewNames:
        """What units and people are called."""
        return self.reader.names(self.language)

    @property
    def currency(self) -> str:
        """ISO code all money is in."""
        return str(self.company.data.currency)

    @property
    def is_person(self) -> bool:
        """Whether a person is looked at."""
        return self.reader.level(self.place) == "rep"

    @property
    def review(self) -> MonthlyReview:
        """The review of the unit or person looked at."""
        return self.review_of(self.place)

    def review_of(self, place: str) -> MonthlyReview:
        """The review of a unit or person, cut out of the company's month."""
        self._check_place(place)
        key = (self.month, place)
        if key not in self._reviews:
            data = self.reader.data.for_unit(place)
            earlier = self.actions.earlier(self.month, data.units["unit_id"].tolist())
            while len(self._reviews) >= REVIEWS_KEPT:
                self._reviews.pop(next(iter(self._reviews)))
            self._reviews[key] = MonthlyReview(data=data, company=self.company, earlier_actions=earlier,
                                               parameters=self.parameters.with_changes(period=self.month, unit=place))
        return self._reviews[key]

    @property
    def asked_unit(self) -> str:
        """The unit whose actions are shown: the one looked at, or that of the person where the reader sees it."""
        above = self.reader.parent(self.place) if self.is_person else None
        return above or self.place

    def months(self) -> tuple[str, ...]:
        """Months with data, newest first."""
        return tuple(sorted(self._known_months | set(self._later_months or ()), reverse=True))

    # -- moves --------------------------------------------------------------------------------------

    def open_place(self, place: str) -> None:
        """Look at a unit or a person.

        Raises
        ------
        InputError
            Not one the reader may see: what a page sends is checked, not believed.
        """
        self._check_place(place)
        self.place = place

    def open_month(self, month: str) -> None:
        """Look at another month; its figures are read by `load`.

        Raises
        ------
        InputError
            Not a month with data.
        """
        if month not in self.months():
            raise InputError(Sentence("period == {given}, must be a month with orders", given=repr(month)), where=Sentence(_WHERE))
        if month not in self._companies and self.workspace is None:
            raise InputError(Sentence(NO_WORKSPACE), where=Sentence(_WHERE))
        self.month = month
        if self.is_loaded:
            self._settle()
        else:
            self._faults = {key: error for key, error in self._faults.items() if key[0] != month}

    def open_view(self, view: str) -> None:
        """Choose what is shown of the unit or person."""
        if view not in VIEWS:
            raise InputError(Sentence("view == {given}, must be one of the panel", given=repr(view)), where=Sentence(_WHERE))
        self.view = view

    def _check_place(self, place: str) -> None:
        if place not in self.reader.units:
            raise InputError(Sentence(NOT_YOURS, place=repr(place), month=self.month), where=Sentence(_WHERE))

    def _settle(self) -> None:
        """Stay at the unit where it existed in the month, else go to the top."""
        if self.place not in self.reader.units:
            self.place = self.reader.roots[0]

    # -- what takes time ----------------------------------------------------------------------------

    def wanted(self) -> tuple[str, ...]:
        """Parts of the review that the view shows."""
        return _OF_PERSON if self.view == "standing" and self.is_person else _OF_VIEW[self.view]

    def missing(self) -> str:
        """What has to be worked out next before the view is whole; empty when it is, or when it cannot be."""
        if not self.is_loaded:
            return "company" if self.fault("company") is None else ""
        return next((part for part in self.wanted() if not self.has(part) and self.fault(part) is None), "")

    def has(self, part: str) -> bool:
        """Whether a part has been worked out and costs nothing any more."""
        if part == "why_page":
            return (self.month, self.place) in self.pages
        return part in self._holder(part).__dict__

    def fault(self, *parts: str) -> SalesplanError | None:
        """Why one of some parts cannot be worked out."""
        return next((self._faults[key] for part in parts if (key := (self.month, self.place, part)) in self._faults), None)

    def _holder(self, part: str) -> "MonthlyReview | CompanyReview":
        """Whose part it is: the unit's own, or the company's, from which a unit's is cut."""
        if part in ("followed", "adjustment"):
            return self.review
        return self.review_of(self.asked_unit) if part == "findings" else self.company

    def job(self) -> "Job | None":
        """The next part that is missing, as work that can be done beside the page: it moves nothing here."""
        part, month, place = self.missing(), self.month, self.place
        if not part:
            return None
        if part == "company":
            return Job(part=part, month=month, place=place, work=lambda: self._load(month))
        if part == "why_page":
            review, names = self.review, self.names
            return Job(part=part, month=month, place=place, work=lambda: why_page(review, names))
        holder = self._holder(part)
        return Job(part=part, month=month, place=place, work=lambda: getattr(holder, part))

    def finish(self, job: "Job", result: Any) -> None:
        """Take over what a job has worked out, or why it could not."""
        if isinstance(result, SalesplanError):
            self._faults[job.month, job.place, job.part] = result
            if job.part == "company" and job.month == self.month:
                self.go_back()
        elif job.part == "months":
            self._later_months = result
        elif job.part == "company":
            self.take(result)
        elif job.part == "why_page":
            self.pages[job.month, job.place] = result

    def take(self, company: "CompanyReview") -> None:
        """Keep the figures of a month that were read."""
        month = company.data.label
        while len(self._companies) >= MONTHS_KEPT:
            gone = next(iter(self._companies))
            self._companies.pop(gone)
            self._forget(gone)
        self._forget(month)
        self._companies[month], self._rows = company, None
        self._known_months |= _months_of(company)
        if month == self.month:
            self._settle()

    def go_back(self) -> None:
        """Return to a month that has been read, where the one asked for cannot be."""
        if not self.is_loaded and self._companies:
            self.month = next(reversed(self._companies))
            self._settle()

    def forget_all(self) -> None:
        """Have everything read anew: the plan in the workspace has changed."""
        for month in list(self._companies):
            self._companies.pop(month)
            self._forget(month)
        self._later_months = self._later_months or ()

    # -- decisions ----------------------------------------------------------------------------------

    def shown_actions(self, *, earlier: bool) -> "pd.DataFrame":
        """Actions of the month, or those of earlier months with what became of them; those on a person's own page are theirs."""
        if earlier:
            return self.actions.about(self.review.followed)
        if not self.is_person:
            return self.actions.of_month(self.review)
        if self.asked_unit == self.place:
            return self.actions.about_person(self.month, self.place)
        found = self.actions.of_month(self.review_of(self.asked_unit))
        return found[found["node_id"].eq(self.place)].reset_index(drop=True)

    def decides(self, unit: str) -> bool:
        """Whether the reader decides about the actions of a unit."""
        return self.actions.can_keep and self.reader.leads(unit)

    def decide(
        self, shown: "pd.DataFrame", chosen: str, decision: str, *, who: str, why: str, owner: str | None = None, due: Any = None
    ) -> str:
        """Decide about an action shown, see :meth:`ActionDesk.decide`; only who leads its unit does."""
        rows = shown[shown["action_id"].eq(chosen)]
        for unit in rows["unit_id"].astype(str):
            if not self.reader.leads(unit):
                raise InputError(Sentence(NOT_LEADING, unit=self.names.node(unit)), where=Sentence(_WHERE))
        others = self.actions.decide(shown, chosen, decision, who=who, why=why, owner=owner, due=due)
        period = str(rows["period"].iloc[0])
        for key, review in list(self._reviews.items()):
            if key[0] > period:
                self._reviews[key] = self._with_decisions(review)
        return others

    def _with_decisions(self, review: MonthlyReview) -> MonthlyReview:
        """The review after a decision about an earlier action: what became of actions is told anew, everything else stays."""
        earlier = self.actions.earlier(review.data.label, review.data.units["unit_id"].tolist())
        fresh = MonthlyReview(data=review.data, company=review.company, parameters=review.parameters, earlier_actions=earlier)
        fresh.__dict__.update({name: value for name, value in review.__dict__.items()
                               if name not in ("earlier_actions", "followed", "findings")})
        return fresh

    def approve(self, *, who: str, why: str, seen: int) -> "Approved":
        """Approve the adjustment proposed for the unit looked at, see :meth:`AdjustmentDesk.approve`; then all is read anew."""
        done = self.approvals.approve(self.review, leads=not self.is_person and self.reader.leads(self.place), who=who, why=why,
                                      seen=seen, language=self.language)
        self.forget_all()
        return done

    def _forget(self, month: str) -> None:
        self._readers.pop(month, None)
        self._reviews = {key: review for key, review in self._reviews.items() if key[0] != month}
        self.pages = {key: page for key, page in self.pages.items() if key[0] != month}
        self._faults = {key: error for key, error in self._faults.items() if key[0] != month}

    def _load(self, month: str) -> "CompanyReview":
        from salesplan.data.workspace import Workspace
        from salesplan.reporting.review_period import company_month

        if self.workspace is None:
            raise InputError(Sentence(NO_WORKSPACE), where=Sentence(_WHERE))
        return company_month(Workspace(self.workspace).require(), self.parameters.with_changes(period=month))

    @property
    def needs_months(self) -> bool:
        """Whether later months than the one the page was opened at have not been looked for yet."""
        return self._later_months is None and self.workspace is not None

    def months_job(self) -> Job:
        """What looks for later months."""
        from salesplan.apps.review_months import months_with_orders

        space, newest = self.workspace, max(self._known_months)
        return Job(part="months", month=self.month, place=self.place, work=lambda: months_with_orders(str(space), after=newest))

    def path(self) -> list[str]:
        """From the top of what the reader sees to where they stand."""
        return self.reader.path(self.place)

    @property
    def rows(self) -> "pd.DataFrame":
        """Every unit and person of what the reader sees, with the figures known so far."""
        known = (self.month, self.has("year_end"), self.has("signals"))
        if self._rows is None or self._rows[0] != known:
            self._rows = (known, all_rows(self))
        return self._rows[1]


def _months_of(company: "CompanyReview") -> set[str]:
    """Months that the figures of one reach back to, and the month itself."""
    return {str(month) for month in company.data.history.index[-MONTHS_SHOWN:]} | {company.data.label}
