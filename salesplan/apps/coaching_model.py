"""What a person sets in the coaching panel and what follows from it; no widget in sight."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import traitlets as t

from salesplan.apps.coaching_budget import UNHURRIED, BudgetPlans, Wanted, budget_stops, curve_stops
from salesplan.apps.coaching_drill import SkillDrill
from salesplan.errors import InputError, known_choices
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.development_facts import DevelopmentSheetMaker

if TYPE_CHECKING:
    import pandas as pd

    from salesplan.coaching.course_plan import CoursePlan
    from salesplan.coaching.mentoring import MentorMatch
    from salesplan.coaching.parameters import CoachingParameters
    from salesplan.coaching.shadow_value import ShadowValue
    from salesplan.coaching.training_needs import TrainingNeeds
    from salesplan.reporting.development_sheet import DevelopmentSheet

KNOBS = ("budget", "hours_per_person", "courses_per_person", "matching")
"""Parameters that the panel sets; everything else stays as it was given."""
_OF_PLANNER = ("hours_per_person", "courses_per_person")
_KEPT = ("people", "in_teams", "shown", "sellers", "levels", "gaps", "needs", "person_needs", "quadrants", "ceilings", "outcome", "drivers",
         "material", "diagnosis", "mentors", "skill_words", "effect", "course_verdicts", "middle", "path", "ramp", "retention")  # fmt: skip
"""Parts of the needs that no knob moves; what follows from the plan is worked out anew when asked for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Proof:
    """What is known of one budget when its search has ended."""

    budget: float
    plans: BudgetPlans
    plan: "CoursePlan"
    following: "ShadowValue"


class CoachingModel(t.HasTraits):
    """State of the coaching panel: where the heatmap stands, what training may cost, who follows which matching.

    Examples
    --------
    A test moves the model; the view does the same when a slider moves::

        model = CoachingModel(needs, "zh")
        model.drill.open_tier("骨干")
        model.set(budget=50_000)
        model.plan.spent
    """

    needs = t.Any()

    def __init__(self, needs: "TrainingNeeds", language: str) -> None:
        super().__init__()
        self.base, self.language = needs, language
        self.names = CoachingNames.of(needs.data, language)
        self.drill = SkillDrill(needs, self.names)
        self._maker: tuple[Any, DevelopmentSheetMaker] | None = None
        self.following: ShadowValue | None = None
        self.curve: pd.DataFrame | None = None
        self.unplanned: InputError | None = None
        """Why there is no plan, where too little is known to tell whom a course would help."""
        self.plans: BudgetPlans | None = None
        budget = needs.parameters.budget
        try:
            self.plans = BudgetPlans(needs.planner)
        except InputError as error:
            self.unplanned, self.needs, self.stops = error, needs, budget_stops(0.0, budget)
        else:
            whole = self.plans.whole()
            self.reachable_share, self.stops = whole.covered_share, budget_stops(whole.spent, budget)
            self.needs = _changed(needs, needs.parameters, plan=self.plans.quick(budget, seconds=UNHURRIED))

    @property
    def data(self) -> Any:
        """What the needs are made from."""
        return self.needs.data

    @property
    def parameters(self) -> "CoachingParameters":
        """Parameters as the panel stands, for the file a report run reads."""
        found: CoachingParameters = self.needs.parameters
        return found

    @property
    def plan(self) -> "CoursePlan | None":
        """The course plan on the screen; nothing where none can be made (`unplanned` says why)."""
        return None if self.plans is None else self.needs.plan

    def set(self, **knobs: Any) -> None:
        """Move knobs; the plan follows.

        Raises
        ------
        InputError
            Not a knob of the panel.
        ParameterError
            A value outside its rule.
        """
        for name in knobs:
            if name not in KNOBS:
                raise InputError(f"{name} is not set here, {known_choices(name, KNOBS)}", where="coaching panel")
        before = self.needs.parameters
        after = before.with_changes(**knobs)
        moved = {name for name in KNOBS if getattr(before, name) != getattr(after, name)}
        if not moved:
            return
        if self.plans is None:
            self.needs = _changed(self.needs, after)
            return
        plans, plan = self.plans, self.plan
        if moved & set(_OF_PLANNER):
            plans = BudgetPlans(_changed(self.needs, after).planner)
            self.reachable_share, self.curve = plans.whole().covered_share, None
        if moved - {"matching"}:
            plan, self.following = plans.quick(after.budget), None
        self.plans, self.needs = plans, _changed(self.needs, after, plan=plan)

    def reset(self) -> None:
        """Every knob back to where the panel started."""
        self.set(**{name: getattr(self.base.parameters, name) for name in KNOBS})

    def proof(self, *, is_wanted: Wanted = lambda: True) -> Proof | None:
        """The proven plan for the budget on the screen and what more money would add; takes seconds and changes nothing.

        Given up when it is no longer wanted; nothing then.
        """
        if self.plans is None:
            return None
        plans, budget = self.plans, self.parameters.budget
        plan = plans.proven(budget, is_wanted=is_wanted)
        following = plans.next_money(budget, is_wanted=is_wanted) if is_wanted() else None
        return Proof(budget=budget, plans=plans, plan=plan, following=following) if following is not None else None

    def settle(self) -> Proof | None:
        """`proof` for a page nobody waits for: the plan is the one the needs themselves give, the same on any machine."""
        if self.plans is None:
            return None
        self.plans.know(_changed(self.base, self.parameters).plan if self.parameters != self.base.parameters else self.base.plan)
        return self.proof()

    def take(self, proof: Proof) -> None:
        """Show what `proof` found, unless a knob has moved since."""
        if proof.plans is self.plans and proof.budget == self.parameters.budget:
            self.following = proof.following
            self.needs = _changed(self.needs, self.parameters, plan=proof.plan)

    def curve_budgets(self) -> list[float]:
        """Budgets at which the curve is worked out."""
        return curve_stops(self.stops, self.parameters.budget)

    @property
    def mentors(self) -> "MentorMatch":
        """Mentors and mentees matched, both ways.

        Raises
        ------
        InputError
            The lists contradict one another: a mentor who is a mentee.
        """
        found: MentorMatch = self.needs.mentors
        return found

    def own_levels(self, seller_id: str) -> dict[str, float]:
        """A person's own ratings by skill, where they gave one."""
        table = self.needs.levels.table
        rows = table[(table["seller_id"] == seller_id) & table["self_level"].notna()]
        return dict(zip(rows["skill"], rows["self_level"].astype(float), strict=True))

    def sheet_of(self, seller_id: str) -> "DevelopmentSheet":
        """The development sheet of one person, under the plan on the screen."""
        if self._maker is None or self._maker[0] is not self.needs:
            self._maker = (self.needs, DevelopmentSheetMaker(self.needs, self.language))
        return self._maker[1].of(seller_id)


def _changed(needs: "TrainingNeeds", parameters: "CoachingParameters", **known: Any) -> "TrainingNeeds":
    """The needs under other knobs, with the parts that are known."""
    changed = replace(needs, parameters=parameters)
    changed.__dict__.update({name: needs.__dict__[name] for name in _KEPT if name in needs.__dict__} | known)
    return changed
