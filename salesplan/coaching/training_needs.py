"""Training needs of a month as a whole: what people lack, why results fall short, what to teach, and whether it works."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from salesplan.coaching.ceiling import ceiling_items
from salesplan.coaching.course_effects import CourseEffect, courses_to_judge, judge_course, roll_out_power
from salesplan.coaching.course_plan import CoursePlan, CoursePlanner, ShadowValue
from salesplan.coaching.development_plan import DevelopmentPlan, development_plan
from salesplan.coaching.diagnosis import Diagnosis, diagnose
from salesplan.coaching.diagnosis_material import DiagnosisMaterial, diagnosis_material
from salesplan.coaching.focus_metric import MonthlyFigures
from salesplan.coaching.gaps import SkillGaps, skill_gaps
from salesplan.coaching.growth_path import GrowthPath, growth_path
from salesplan.coaching.importance_performance import ImportancePerformance, needs_performance
from salesplan.coaching.mentoring import MentorMatch
from salesplan.coaching.middle_sixty import MiddleSixty, middle_sixty
from salesplan.coaching.needs import SkillNeeds, skill_needs
from salesplan.coaching.newcomers import newcomer_ramp
from salesplan.coaching.next_roll_out import LATER_WAVE, NextRollOut, next_roll_out
from salesplan.coaching.one_on_one import OneOnOne, one_on_one, talk_figures
from salesplan.coaching.pairing import pair_people
from salesplan.coaching.parameters import PARAMETERS, CoachingParameters
from salesplan.coaching.plan_cautions import PART_ONLY, effects_not_seen
from salesplan.coaching.power import PowerTable
from salesplan.coaching.ramp_curve import RampCurve
from salesplan.coaching.results import outcome_of, year_of_sales
from salesplan.coaching.retention import Retention, retention
from salesplan.coaching.skill_drivers import SkillDrivers, skill_drivers
from salesplan.coaching.skill_levels import SkillLevels, skill_levels
from salesplan.coaching.teaching import planner_of
from salesplan.errors import DataError, InputError, Sentence, known_choices

LEAST_SELLERS = 10
TRAINS = "trainer"
"""Role of those who train the others: it is no tier, also where it stands in for one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingNeeds:
    """What trainers and managers need to know before money goes into courses; each part is worked out when asked for.

    People whose names the reader may not see count in every comparison and are left out wherever people are named.

    Attributes
    ----------
    data
        From `load_coaching_data`, perhaps scoped to a reader.
    parameters
        What was set.
    kpi_names
        KPI code -> ``{"zh": …, "en": …}``.
    lower_is_better
        KPIs that should fall.
    kpi_units
        KPI code -> money, percent, count, days, …
    """

    data: Any
    parameters: CoachingParameters
    kpi_names: Mapping[str, Any]
    lower_is_better: Collection[str] = ()
    kpi_units: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.data.assessments.empty:
            first = getattr(self.data, "first_assessed", None)
            if first is not None:
                raise DataError(Sentence("period == '{period}', must not lie before the first assessment on {date}",
                                         period=self.data.label, date=f"{first:%Y-%m-%d}"), where=PARAMETERS,
                                fix=Sentence("Choose a month from {month} on.", month=f"{first:%Y-%m}"))
            raise DataError(Sentence("nobody was assessed, must have at least one skill assessment"), where=self.data.source,
                            fix=Sentence("Hand out the forms of `salesplan templates` and import them filled in."))
        if self.data.role_profiles.empty:
            raise DataError("no tier asks for any skill, must have role profiles", where=self.data.source,
                            fix="Fill in the role profile form of `salesplan templates` and import it.")

        self._check_tiers()

    def _check_tiers(self) -> None:
        """Refuse tiers, other than those set out of the box, that nobody has and no profile asks for."""
        tiers = {*self.data.people["tier"].dropna().astype(str), *self.data.role_profiles["tier"].dropna().astype(str)}
        known = sorted(tiers - {"", TRAINS})
        usual = CoachingParameters.read({})
        for name in ("mentor_tiers", "mentee_tiers"):
            given = getattr(self.parameters, name)
            strange = [tier for tier in given if tier not in known]
            if strange and given != getattr(usual, name):
                raise InputError(Sentence("{name} == {given}, must be a tier: {known}", name=name, given=repr(strange[0]),
                                          known=", ".join(known)), where=PARAMETERS,
                                 fix=known_choices(strange[0], known))

    @cached_property
    def people(self) -> pd.DataFrame:
        """Everybody in service; ``team`` is their unit."""
        people: pd.DataFrame = self.data.people
        return people.assign(team=people["org_id"])

    @cached_property
    def in_teams(self) -> pd.DataFrame:
        """Everybody with the team they work in, under a code where the reader may not see it; who has none stands alone."""
        people = self.people
        known = people["team_code"] if "team_code" in people else people["team"]
        alone = known.isna() | known.astype(str).eq("")
        team = known.astype(object).where(~alone, people["seller_id"])
        return people.assign(team=team, org_id=team)

    @cached_property
    def shown(self) -> pd.Index:
        """Whom the reader may see."""
        return pd.Index(self.data.shown)

    @property
    def main_tier(self) -> str:
        """The tier most people are in."""
        return str(self.people["tier"].mode().iloc[0])

    @cached_property
    def levels(self) -> SkillLevels:
        """What everybody can, every source weighed."""
        return skill_levels(
            self.data.assessments, people=self.people, scale=self.data.scale, as_of=self.data.period_end,
            source_weights=self.parameters.sources, half_life_months=self.parameters.half_life_months,
            coverage=self.parameters.coverage)

    @cached_property
    def gaps(self) -> SkillGaps:
        """Levels held against what each tier asks for."""
        return skill_gaps(self.levels, self.people, self.data.role_profiles, minimum=self.parameters.min_group,
                          team_totals=False)

    @cached_property
    def needs(self) -> SkillNeeds:
        """Skills by need within each tier."""
        return skill_needs(self.gaps, by="tier", seed=self.parameters.seed)

    @cached_property
    def person_needs(self) -> SkillNeeds:
        """Skills by need of each person."""
        return skill_needs(self.gaps, by="person", seed=self.parameters.seed)

    @cached_property
    def quadrants(self) -> ImportancePerformance:
        """Importance against level in each tier."""
        return needs_performance(self.gaps, by="tier")

    @cached_property
    def ceilings(self) -> pd.DataFrame:
        """Skills whose scores pile up at an end of the scale, by source."""
        return ceiling_items(self.data.assessments, scale=self.data.scale)

    @cached_property
    def outcome(self) -> pd.Series:
        """The result skills should move: a month's mean of each seller, over the months looked at."""
        return outcome_of(self.data, self.parameters.driver_kpi, months=self.parameters.result_months)

    def outcome_name(self, language: str) -> str:
        """What the result that skills should move is called."""
        words = self.kpi_names.get(self.parameters.driver_kpi, {})
        return str(words.get(language, self.parameters.driver_kpi))

    @cached_property
    def drivers(self) -> SkillDrivers:
        """Which skills go with better results, by tier."""
        sellers = self.in_teams[self.in_teams["is_seller"].eq(True)]
        return skill_drivers(self.levels.table, self.outcome, sellers, coverage=self.parameters.coverage)

    @cached_property
    def sellers(self) -> pd.DataFrame:
        """Those of the people who sell."""
        return self.people[self.people["is_seller"].eq(True)]

    @cached_property
    def material(self) -> DiagnosisMaterial:
        """Result, effort, territory, knowledge and skill of each seller over the months looked at."""
        data = self.data
        return diagnosis_material(
            self.people, history=data.history, quota=data.quota, levels=self.levels, skills=data.skills,
            role_profiles=data.role_profiles, potential=data.potential, leads=data.leads, leaves=data.leaves,
            months=self.parameters.result_months, result=self.parameters.result, scale=data.scale)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """What holds each seller's result down, if anything does."""
        return diagnose(self.material.measures, scale=self.data.scale, fine_result=self.material.fine_result)

    @cached_property
    def planner(self) -> CoursePlanner:
        """Plans courses for the people shown under any budget; those whose trouble no course mends are left out."""
        return planner_of(self.data, self.gaps.persons, self.diagnosis.people["verdict"], self.parameters, shown=self.shown)

    @cached_property
    def plan(self) -> CoursePlan:
        """Who goes to which course for the budget."""
        plan = self.planner.settled(self.parameters.budget)
        return replace(plan, notes=(*self.cautions(plan), *plan.notes))

    def cautions(self, plan: CoursePlan) -> list[dict[str, Any]]:
        """Which courses of a plan were not seen to work, each judged by its own figure, and whom the plan is for."""
        able = courses_to_judge(self.data)["course"]
        for course in plan.runs.loc[plan.runs["course"].isin(able) & ~plan.runs["course"].isin(self.course_verdicts), "course"]:
            own = self.parameters.with_changes(effect_course=course, effect_kpi="")
            try:
                found = judge_course(self.data, self.in_teams, own, lower_is_better=self.lower_is_better)
            except InputError:  # nobody has figures of it
                continue
            if found is not None and found.effect is not None:
                self.course_verdicts[course] = found.effect.verdict
        return [*self.of_part(plan), *effects_not_seen(plan, self.course_verdicts, self.course_words)]

    def of_part(self, plan: CoursePlan) -> list[dict[str, Any]]:
        """That plan and mentors are of the people shown alone; nothing where that is everybody."""
        n, n_all = len(self.shown), len(self.people)
        return [{"msgid": PART_ONLY, "details": {"n": n, "n_all": n_all, "budget_money": plan.budget}}] if n < n_all else []

    @cached_property
    def course_words(self) -> dict[str, dict[str, str]]:
        """Course -> ``{"zh": …, "en": …}``."""
        courses = self.data.courses
        english = courses["name_en"] if "name_en" in courses else courses["name"]
        return {one: {"zh": zh, "en": en} for one, zh, en in zip(courses["course"], courses["name"], english, strict=True)}

    @cached_property
    def course_verdicts(self) -> dict[str, str]:
        """Verdicts on courses so far, filled where they are asked for."""
        return {}

    @cached_property
    def shadow_value(self) -> ShadowValue:
        """What the next thousand of the currency would close, beside what a thousand closes on average."""
        return self.planner.shadow_value(self.parameters.budget)

    @cached_property
    def mentors(self) -> MentorMatch:
        """Who mentors whom, matched for most points and for stability."""
        return pair_people(self.data, self.people, self.gaps.persons, self.parameters, shown=self.shown,
                           skill_words=self.skill_words)

    def development(self, seller_id: str) -> DevelopmentPlan:
        """What closes which gap of one person by when.

        Raises
        ------
        InputError
            Nobody the reader may see.
        """
        if seller_id not in self.shown:
            raise InputError(f"seller_id == {seller_id!r}, must be somebody the reader may see",
                             fix=known_choices(seller_id, list(map(str, self.shown))))
        booked = self.plan.assignments[self.plan.assignments["seller_id"].eq(seller_id)].sort_values("step")
        taught = self.data.course_skills.groupby("course")["skill"].agg(tuple)
        gains = self.data.course_skills.groupby("course")["gain"].agg(tuple)
        courses = booked[["course", "hours"]].assign(skills=booked["course"].map(taught), gain=booked["course"].map(gains))
        pairs = self.mentors.pairs(self.parameters.matching)
        pair = pairs[pairs["mentee_id"].eq(seller_id)]
        hours = self.mentors.weekly_hours(str(pair["mentor_id"].iloc[0])) if len(pair) else self.parameters.mentor_hours
        words = self.skill_words
        made = development_plan(
            self.gaps.persons[self.gaps.persons["seller_id"].eq(seller_id)], courses if len(courses) else None,
            None if pair.empty else pair.iloc[0], self.data.goals[self.data.goals["seller_id"].eq(seller_id)],
            seller_id=seller_id, as_of=self.data.period_end, mentor_hours_per_week=hours,
            mentor_months=self.parameters.mentor_months, verdict=self.verdict_of(seller_id), skill_names=words)
        return replace(made, notes=(*made.notes, *self._later_wave(seller_id)))

    def _later_wave(self, seller_id: str) -> list[dict[str, Any]]:
        """That a proposed waiting list would have this person wait, and until when."""
        proposed = self._proposed_waves
        if proposed is None or seller_id not in proposed.later().index:
            return []
        return [{"msgid": LATER_WAVE, "details": {"course": self.course_words.get(proposed.course, proposed.course),
                                                  "start_month": proposed.later()[seller_id]}}]

    def talk(self, seller_id: str) -> OneOnOne:
        """The manager's agenda for a talk with one person.

        Raises
        ------
        InputError
            Nobody the reader may see.
        """
        return one_on_one(seller_id, self, units=self.kpi_units, lower_is_better=self.lower_is_better, figures=self._figures)

    @cached_property
    def _figures(self) -> MonthlyFigures:
        return talk_figures(self)

    @cached_property
    def skill_words(self) -> dict[str, dict[str, str]]:
        """Skill -> ``{"zh": …, "en": …}``."""
        skills = self.data.skills
        return {one: {"zh": zh, "en": en} for one, zh, en in zip(skills["skill"], skills["name"], skills["name_en"], strict=True)}

    def verdict_of(self, seller_id: str) -> str:
        """The verdict on one person; empty for people who do not sell."""
        return str(self.diagnosis.people["verdict"].get(seller_id, ""))

    @cached_property
    def effect(self) -> CourseEffect | None:
        """Whether the course looked at works; nothing where none was completed by enough people."""
        return judge_course(self.data, self.in_teams, self.parameters, lower_is_better=self.lower_is_better)

    @cached_property
    def power(self) -> PowerTable | None:
        """What a next course, rolled out by lot, could show with how many people; nothing where figures are too few."""
        return None if self.effect is None else roll_out_power(self.effect)

    @cached_property
    def roll_out(self) -> NextRollOut | None:
        """Who of the plan's largest course begins and who waits, drawn by lot; nothing without a plan or enough people."""
        return self._waves(self.effect)

    @cached_property
    def _proposed_waves(self) -> NextRollOut | None:
        """The same draw, without judging what it can show."""
        return self._waves(None)

    def _waves(self, judged: CourseEffect | None) -> NextRollOut | None:
        try:
            plan = self.plan
        except InputError:  # too little is known to tell whom a course would help
            return None
        try:
            outcome = self.outcome
        except InputError:  # the reader may not see the result
            outcome = None
        return next_roll_out(plan, self.people, self.parameters, period_end=self.data.period_end, outcome=outcome,
                             judged=judged, courses=self.data.courses)

    @cached_property
    def middle(self) -> MiddleSixty | None:
        """What a gain in the middle brings against one at the top; nothing where too few were there all the last year."""
        sales = year_of_sales(self.data, self.sellers)
        if len(sales) < LEAST_SELLERS:
            return None
        return middle_sixty(sales, coverage=self.parameters.coverage, seed=self.parameters.seed)

    @cached_property
    def path(self) -> GrowthPath | None:
        """What sets each segment of sellers apart from the one above."""
        if self.middle is None:
            return None
        measures = self.material.measures
        known = [c for c in ("effort", "leads", "territory", "knowledge", "skill", "conversion") if c in measures]
        return growth_path(measures[known], self.middle.segments, within=measures["tier"],
                           coverage=self.parameters.coverage)

    @cached_property
    def ramp(self) -> RampCurve | None:
        """How newcomers' results grow."""
        return newcomer_ramp(self.data, coverage=self.parameters.coverage)

    @cached_property
    def retention(self) -> Retention:
        """How many stay, by group; nobody has a figure of their own."""
        return retention(self.data.careers, by=self.parameters.retention_by, as_of=self.data.period_end,
                         minimum=self.parameters.min_group, coverage=self.parameters.coverage)
