"""Everything training needs and coaching of a month are made from, read once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.calendars.period import NamedPeriod, read_period
from salesplan.data.batch import DEFAULT_SCALE
from salesplan.data.careers import read_careers
from salesplan.data.coaching_access import money_parts, scope_coaching, visible_people
from salesplan.data.coaching_frames import (
    Scale,
    check_scale,
    read_assessments,
    read_course_skills,
    read_courses,
    read_goals,
    read_mentors,
    read_role_profiles,
    read_skills,
    read_training,
)
from salesplan.data.coaching_notes import coaching_notes
from salesplan.data.coaching_results import read_history, read_leads, read_leaves, read_potential, read_quota
from salesplan.data.kpi_measures import KpiFacts, KpiLike
from salesplan.data.organisation import LEADING_ROLES
from salesplan.data.organisation_facts import last_complete_month, organisation_at
from salesplan.data.reducers import reduce
from salesplan.data.seller_profiles import seller_profiles
from salesplan.data.settings import WorkspaceSettings
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError, Sentence
from salesplan.text import check_language

PEOPLE = ["seller_id", "name", "employee_no", "org_id", "unit_name", "role", "tier", "hire_date", "leave_date",
          "tenure_months", "manager_id", "is_seller", "working_share", "is_shown"]
_FRAMES = ("people", "careers", "units", "staff", "skills", "role_profiles", "assessments", "courses", "course_skills",
           "training", "goals", "mentors", "cannot_match", "history", "quota", "leads", "leaves")
_OF_PEOPLE = ("assessments", "training", "goals", "mentors", "history", "quota", "leads", "leaves")


@dataclass(frozen=True, kw_only=True, eq=False)
class CoachingData:
    """Facts of one month for training needs and coaching.

    Levels are on one ``scale``. In a scoped view the figures of colleagues stay without their names (``is_shown`` False
    in ``people``), so that comparisons are those of the whole company.

    Attributes
    ----------
    people
        Everybody in service on the last day: ``seller_id, name, employee_no, org_id, unit_name, role, tier, hire_date,
        leave_date, tenure_months, manager_id, is_seller, working_share, is_shown``.
    careers
        Everybody ever employed, one row for each spell in one tier, region and unit: ``seller_id, hire_date, start_date,
        end_date`` (missing: still running), ``left`` (the spell ended by leaving), ``leave_kind`` (regretted, managed or
        empty), ``tier, region, org_id``.
    units, staff
        The organisation of the last day with the people as leaves, and who may see whom.
    skills
        ``skill, name, name_en, kind, kpi, description``.
    role_profiles
        ``tier, role`` (empty: every role), ``skill, required_level, importance, frequency, is_judged``.
    assessments
        ``seller_id, skill, source, assessor_id, assessed_date, round, level``.
    courses, course_skills
        What can be taught: ``course, name, hours, cost, fixed_cost, seats, exclusive_group, prerequisites, delivery,
        is_offered``, and ``course, skill, gain, up_to_level``. Money in currency units.
    training
        ``seller_id, course, course_name, started_date, completed_date, status, score, hours, cost``; those planned are
        the waiting list.
    goals, mentors, cannot_match
        ``goal_id, seller_id, skill, target_level, set_date, due_date, status, note``; ``seller_id, capacity,
        hours_per_week``; ``mentor_id, mentee_id, reason``.
    history
        KPIs by person and month: ``seller_id, kpi, month, numerator, denominator, actual, evidence_rows``.
    quota
        ``seller_id, month, quota, sales, attainment``.
    potential
        By ``seller_id``; its name says what it is (``market_potential``, ``owned_customers``, ``potential_factor``).
    leads
        Opportunities entered: ``seller_id, month, n_leads``.
    leaves
        Months with leave: ``seller_id, month, worked_share`` (of the working days).
    money
        (KPI, field) pairs that are money.
    first_assessed
        Day of the first assessment of anybody, also one after the period.
    shows_money
        False for trainers.
    notes
        What a reader should know, as ``{"msgid", "details", "scope"}``.
    scope
        Person whose view it is; ``None`` for everybody's.
    """

    people: pd.DataFrame
    careers: pd.DataFrame
    units: pd.DataFrame
    staff: pd.DataFrame
    skills: pd.DataFrame
    role_profiles: pd.DataFrame
    assessments: pd.DataFrame
    courses: pd.DataFrame
    course_skills: pd.DataFrame
    training: pd.DataFrame
    goals: pd.DataFrame
    mentors: pd.DataFrame
    cannot_match: pd.DataFrame
    history: pd.DataFrame
    quota: pd.DataFrame
    potential: pd.Series
    leads: pd.DataFrame
    scale: Scale
    label: str
    period_start: pd.Timestamp
    period_end: pd.Timestamp
    settings: WorkspaceSettings
    fingerprint: str
    source: str
    money: Collection[tuple[str, str]] = frozenset()
    leaves: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["seller_id", "month", "worked_share"]))
    first_assessed: pd.Timestamp | None = None
    shows_money: bool = True
    notes: Sequence[dict[str, Any]] = field(default=())
    scope: str | None = None

    def __post_init__(self) -> None:
        for name in (*_FRAMES, "potential"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", [dict(note) for note in self.notes])
        object.__setattr__(self, "money", frozenset(self.money))
        known = set(self.people["seller_id"])
        for name in _OF_PEOPLE:
            strange = set(getattr(self, name)["seller_id"]) - known
            if strange:
                raise DataError(f"{name} name {sorted(strange)[:3]}, must name people in service only")
        low, high = self.scale
        outside = self.assessments[~self.assessments["level"].between(low - 1e-9, high + 1e-9)]
        if len(outside):
            one = outside.iloc[0]
            raise DataError(f"level == {one['level']:g}, must be {low:g} to {high:g}",
                            where=f"assessment of {one['skill']} of {one['seller_id']}")

    @property
    def currency(self) -> str:
        """ISO code all money is in."""
        return self.settings.currency

    @property
    def shown(self) -> pd.Index:
        """Ids of the people the reader may see; everybody in an unscoped view."""
        return pd.Index(self.people.loc[self.people["is_shown"], "seller_id"], name="seller_id")

    def skill_names(self, language: str) -> dict[str, str]:
        """What each skill is called in a language."""
        column = "name_en" if check_language(language) == "en" else "name"
        return dict(zip(self.skills["skill"], self.skills[column], strict=True))

    def visible_people(self, user: str) -> pd.Index:
        """Whom of the people in service a person may see (person id, employee number or e-mail)."""
        seen = visible_people(self.units, self.staff, user)
        return pd.Index(self.people.loc[self.people["seller_id"].isin(seen), "seller_id"], name="seller_id")

    def scoped_to(self, user: str) -> "CoachingData":
        """The same data as a person may see them.

        A manager sees the unit with everything below it, a seller only themself, a trainer everybody of the unit they
        belong to, but results only as ratios, attainment and counts (``shows_money`` False; what courses cost stays).
        Of everybody else figures without a name are left; goals, mentors and pairs are of visible people only. Which
        colleague or customer assessed somebody stays unknown.

        Raises
        ------
        InputError
            Unknown user, or nobody whose data they may see.
        """
        return scope_coaching(self, user)

    def summary(self) -> pd.DataFrame:
        """How far each tier can be told: ``tier, n_people, n_assessed, n_assessments, n_open_goals, n_courses_done``."""
        tier = self.people.set_index("seller_id")["tier"].fillna("")
        counts = {
            "n_people": self.people["seller_id"], "n_assessed": pd.Series(self.assessments["seller_id"].unique()),
            "n_assessments": self.assessments["seller_id"],
            "n_open_goals": self.goals.loc[self.goals["status"] == "open", "seller_id"],
            "n_courses_done": self.training.loc[self.training["status"] == "done", "seller_id"]}
        whole = pd.DataFrame({name: ids.map(tier).value_counts() for name, ids in counts.items()})
        return whole.fillna(0).astype(int).sort_index().rename_axis("tier").reset_index()


def load_coaching_data(
    workspace: Workspace | str | Path, *, period: str | pd.Period | NamedPeriod | None = None, months: int = 12,
    kpis: Iterable[KpiLike] | Mapping[str, KpiLike] | None = None, user: str | None = None,
    scale: Scale = DEFAULT_SCALE,
) -> CoachingData:
    """Read what training needs and coaching of a month are made from.

    Parameters
    ----------
    workspace
        Folder of imported data.
    period
        Month such as ``2026-10``; the last one that is over in the orders by default.
    months
        Months of results, quotas and leads, the period included.
    kpis
        KPIs whose history is read; none by default (sales and quotas are read all the same).
    user
        Only what this person may see (person id, employee number or e-mail); all by default.
    scale
        Lowest and highest level everything is brought to.

    Raises
    ------
    MissingWorkspaceError
        The folder holds no imported data.
    DataError
        No period is given and there are no orders to tell one from.
    InputError
        No such month, one without figures, fewer than one month, an unknown user, or a KPI that cannot be measured.
    """
    space = (workspace if isinstance(workspace, Workspace) else Workspace(workspace)).require()
    listed = [] if kpis is None else list(kpis.values() if isinstance(kpis, Mapping) else kpis)
    scale = check_scale(scale)
    if months < 1:
        raise InputError(f"months == {months}, must be 1 or more")
    with KpiFacts(space) as facts:
        when = read_period(last_complete_month(facts, where=str(space.path)) if period is None else period)
        if when.kind != "month":
            raise InputError(f"period == {when.label!r}, must be a month such as 2026-10")
        _check_has_figures(facts, when)
        everybody = seller_profiles(facts, period=when, everybody=True)
        units, staff = organisation_at(facts, everybody, when.end)
        people = _people(everybody, staff, facts, when)
        measured = (everybody["is_seller"] | everybody["role"].isin(LEADING_ROLES)) & everybody["seller_id"].isin(
            people["seller_id"])
        span: dict[str, Any] = {"period": when, "months": months, "profiles": everybody[measured].reset_index(drop=True)}
        history = read_history(facts, listed, **span)
        quota = read_quota(facts, listed, history, **span)
        leads, potential = read_leads(facts, **span), read_potential(facts, span["profiles"])
        leaves = read_leaves(facts, **span)
        careers = read_careers(facts, until=when.end)
        fingerprint = space.fingerprint(connection=facts.connection)
        settings = replace(space.settings, currency=facts.currency or space.settings.currency)
    ids = people["seller_id"]
    profiles_asked = read_role_profiles(space, scale)
    assessments, n_few_peers = read_assessments(space, scale, people=ids, until=when.end)
    courses, n_without_cost = read_courses(space)
    course_skills = read_course_skills(space, scale)
    goals = read_goals(space, scale, people=ids, until=when.end)
    mentors, cannot_match, n_without_capacity = read_mentors(space, people=ids)
    used = pd.concat([f["skill"] for f in (profiles_asked, assessments, course_skills, goals)])
    data = CoachingData(
        people=people, careers=careers, units=units, staff=staff, skills=read_skills(space, used=set(used)),
        role_profiles=profiles_asked, assessments=assessments, courses=courses, course_skills=course_skills,
        training=read_training(space, courses, people=ids, until=when.end), goals=goals, mentors=mentors,
        cannot_match=cannot_match, history=history, quota=quota, potential=potential, leads=leads, leaves=leaves, scale=scale,
        first_assessed=_first_day(space),
        label=when.label, period_start=when.start, period_end=when.end, settings=settings, fingerprint=fingerprint,
        source=settings.source or space.path.name, money=money_parts(listed))
    notes = coaching_notes(data, n_few_peers=n_few_peers, n_courses_without_cost=n_without_cost,
                           n_mentors_without_capacity=n_without_capacity)
    data = replace(data, notes=notes)
    return data if user is None else data.scoped_to(user)


def _first_day(space: Workspace) -> pd.Timestamp | None:
    days = pd.to_datetime(space.read_table("skill_assessment")["assessed_date"]) if "skill_assessment" in space.tables() else None
    return None if days is None or days.dropna().empty else days.min()


def _check_has_figures(facts: KpiFacts, when: NamedPeriod) -> None:
    """Refuse a month before the first or after the last one with orders: nothing could be said of it."""
    months = reduce("month_ends", facts.connection, as_of=facts.as_of, currency=facts.currency)["month"]
    if len(months) and not months.min() <= when.last_month <= months.max():
        raise InputError(Sentence("period == {given}, must be a month with figures, from {first} to {last}", given=repr(when.label),
                                  first=str(months.min()), last=str(months.max())),
                         where=Sentence("{subject} parameters", subject=Sentence("training needs")))


def _people(everybody: pd.DataFrame, staff: pd.DataFrame, facts: KpiFacts, when: NamedPeriod) -> pd.DataFrame:
    """Those of a period who are in service on its last day, with their manager and, where known, their leaving date."""
    rep = facts.connection.sql("SELECT rep_id, leave_date FROM rep").df()
    left = everybody["seller_id"].map(pd.to_datetime(rep.set_index("rep_id")["leave_date"]))
    leads = everybody["seller_id"].map(staff.set_index("rep_id")["manager_rep_id"])
    people = everybody.assign(leave_date=left, is_shown=True, manager_id=leads.astype(object).where(leads.notna(), None))
    here = people[~(people["leave_date"] < when.end)].reset_index(drop=True)
    here["manager_id"] = here["manager_id"].where(here["manager_id"].isin(here["seller_id"]), None)
    return here[PEOPLE]
