"""What a person sets in the target panel and what follows from it; no widget in sight."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import traitlets as t

from salesplan.errors import InputError
from salesplan.hierarchy import ALL_LINES, node_id

if TYPE_CHECKING:
    from salesplan.findings import Finding
    from salesplan.targets.parameters import TargetParameters
    from salesplan.targets.plan import TargetPlan

RULE_KINDS = ("pin", "floor", "cap")
SetTargets = Callable[[Any, Any, "TargetParameters"], "TargetPlan"]
ReviewTargets = Callable[["TargetPlan", Any], "list[Finding]"]
KNOBS = (
    "target_by",
    "growth",
    "target_amount",
    "target_probability",
    "floor_by",
    "floor_value",
    "stretch_by",
    "stretch_value",
    "capacity_weight",
    "potential_weight",
    "history_weight",
    "min_growth",
    "max_growth",
    "unit",
    "forecast_anchor",
    "allocation",
    "attrition_rate",
    "rules",
)
"""Parameters that the panel moves; a trait of the model for each."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario:
    """A plan put aside, with the parameters it was made from."""

    name: str
    parameters: "TargetParameters"
    plan: "TargetPlan"


class TargetModel(t.HasTraits):
    """State of the target panel: parameters, what is looked at, scenarios kept, and the plan.

    Examples
    --------
    A test moves a trait and calls `recompute`; the view does the same when a slider is let go::

        model = TargetModel(data=data, forecast=forecast, parameters=parameters, set_targets=set_targets)
        model.growth = 0.2
        model.recompute()
        model.plan.nodes
    """

    target_by = t.Enum(["growth", "amount", "probability"], default_value="growth")
    growth = t.Float(0.1)
    target_amount = t.Float(None, allow_none=True)
    target_probability = t.Float(0.5)
    floor_by = t.Enum(["share", "probability"], default_value="share")
    floor_value = t.Float(0.9)
    stretch_by = t.Enum(["share", "probability"], default_value="share")
    stretch_value = t.Float(1.1)
    capacity_weight = t.Float(0.5)
    potential_weight = t.Float(0.3)
    history_weight = t.Float(0.2)
    min_growth = t.Float(None, allow_none=True)
    max_growth = t.Float(None, allow_none=True)
    unit = t.Enum(["fen", "yuan", "thousand", "ten_thousand"], default_value="yuan")

    forecast_anchor = t.Float(1.0)
    allocation = t.Enum(["quadratic", "entropic"], default_value="quadratic")
    attrition_rate = t.Float(0.15)
    rules = t.List(t.Dict())

    unit_id = t.Unicode()
    month = t.Unicode("")
    product_line = t.Unicode(ALL_LINES)
    view = t.Enum(["units", "months", "why"], default_value="units")
    region = t.Unicode("")

    plan = t.Any()
    scenario_a = t.Instance(Scenario, allow_none=True)
    scenario_b = t.Instance(Scenario, allow_none=True)
    is_stale = t.Bool(False)

    def __init__(
        self,
        *,
        data: Any,
        forecast: Any,
        parameters: "TargetParameters",
        set_targets: SetTargets,
        review_targets: ReviewTargets | None = None,
    ) -> None:
        super().__init__()
        self._paired: tuple[tuple[int, int, str], dict[str, float]] | None = None
        self._found: tuple[TargetPlan, list[Finding]] | None = None
        self.data, self.forecast, self.base, self.set_targets = data, forecast, parameters, set_targets
        self.review_targets = review_targets
        self.take(parameters)
        self.recompute()
        self.unit_id = self.top
        self.keep("A")
        other = parameters.scenario()
        if other is not None:
            self.scenario_b = Scenario(name="B", parameters=other, plan=set_targets(data, forecast, other))

    def take(self, parameters: "TargetParameters") -> None:
        """Move every knob to where the parameters say."""
        with self.hold_trait_notifications():
            for name in KNOBS:
                setattr(self, name, getattr(parameters, name))

    @property
    def parameters(self) -> "TargetParameters":
        """Parameters as the knobs stand, checked.

        Raises
        ------
        ParameterError
            The knobs contradict one another.
        """
        values = {name: getattr(self, name) for name in KNOBS}
        values = {name: round(v, 6) if isinstance(v, float) else v for name, v in values.items()}
        if self.target_by == "amount" and self.target_amount is None:
            values["target_amount"] = self.base.target_amount or max(1.0, round(self.plan.company["amount"]["target"]))
        return self.base.with_changes(**values)

    def recompute(self) -> None:
        """Make the plan anew from the knobs; the old one stays, marked stale, when that fails."""
        self.is_stale = True
        self.plan = self.set_targets(self.data, self.forecast, self.parameters)
        if self.unit_id and node_id(self.unit_id, self.product_line) not in self.plan.nodes.index:
            self.open_unit(self.top)
        self.is_stale = False

    def findings(self) -> "list[Finding]":
        """Findings about the plan as it stands now; computed once for each plan, when they are asked for."""
        if self.review_targets is None:
            return []
        if self._found is None or self._found[0] is not self.plan:
            self._found = (self.plan, self.review_targets(self.plan, self.data))
        return self._found[1]

    @property
    def top(self) -> str:
        """The unit everything adds up to."""
        return str(self.plan.hierarchy.units["unit_id"].iloc[0])

    @property
    def node(self) -> str:
        """``node_id`` of what is looked at."""
        return node_id(self.unit_id, self.product_line)

    def path(self) -> list[str]:
        """Units from the top down to the one looked at."""
        units = self.plan.hierarchy.units
        parent = dict(zip(units["unit_id"], units["parent_id"], strict=True))
        trail = [self.unit_id]
        while isinstance(parent.get(trail[0]), str):
            trail.insert(0, parent[trail[0]])
        return trail

    def has_children(self, unit_id: str | None = None) -> bool:
        """Whether anybody stands below a unit."""
        return bool((self.plan.hierarchy.units["parent_id"] == (unit_id or self.unit_id)).any())

    def open_unit(self, unit_id: str) -> None:
        """Look at a unit or seller.

        Raises
        ------
        InputError
            The unit is not in the plan: what a page sends is checked, not believed.
        """
        if node_id(unit_id, self.product_line) not in self.plan.nodes.index:
            raise InputError(f"unit_id == {unit_id!r}, must be a unit of the plan", where="target panel")
        with self.hold_trait_notifications():
            self.unit_id = unit_id
            self.month = ""
            if self.view != "why":
                self.view = "units" if self.has_children(unit_id) else "months"

    def open_month(self, month: str) -> None:
        """Look at the weeks of a month ("2027-03"); an empty text goes back to the months."""
        if month and month not in [str(m) for m in self.plan.year]:
            raise InputError(f"month == {month!r}, must be a month of the plan", where="target panel")
        with self.hold_trait_notifications():
            self.view = "months"
            self.month = month

    def add_rule(self, kind: str, amount: float, reason: str = "") -> None:
        """Give the unit or person looked at a pin, floor or cap, in currency units, for all product lines.

        A rule of the same kind for the same unit is replaced.

        Raises
        ------
        InputError
            Not a kind of rule, or an amount below zero.
        """
        if kind not in RULE_KINDS:
            raise InputError(f"kind == {kind!r}, must be pin, floor or cap", where="target panel")
        if not (math.isfinite(amount) and amount >= 0):
            raise InputError(f"amount == {amount}, must be zero or more", where="target panel")
        rule = {"unit": self.unit_id, "kind": kind, "amount": float(amount), "reason": reason.strip()}
        same = (self.unit_id, kind)
        kept = [r for r in self.rules if (r.get("unit", r.get("unit_id")), r.get("kind")) != same]
        self.rules = [*kept, rule]

    def remove_rule(self, place: int) -> None:
        """Take a rule off, by its place in the list."""
        if not 0 <= place < len(self.rules):
            raise InputError(f"rule == {place}, must be one of {len(self.rules)}", where="target panel")
        self.rules = [rule for at, rule in enumerate(self.rules) if at != place]

    def keep(self, name: str) -> Scenario:
        """Put the plan aside as scenario A or B."""
        if name not in ("A", "B"):
            raise InputError(f"scenario == {name!r}, must be A or B", where="target panel")
        kept = Scenario(name=name, parameters=self.plan.parameters, plan=self.plan)
        setattr(self, f"scenario_{name.lower()}", kept)
        return kept

    def paired(self) -> dict[str, float] | None:
        """How B differs from A at the node looked at when both meet the same luck; None without both.

        ``difference`` is the surplus over target, B minus A, with its interval; equal plans give exactly zero.
        """
        a, b = self.scenario_a, self.scenario_b
        if a is None or b is None or any(self.node not in s.plan.nodes.index for s in (a, b)):
            return None
        key = (id(a), id(b), self.node)
        if self._paired is None or self._paired[0] != key:
            from salesplan.targets.scenarios import compare_plans

            table = compare_plans(
                {"A": a.plan, "B": b.plan}, node_ids=[self.node], draws=1000, seed=self.base.seed
            ).table
            row = table.iloc[0]
            names = (
                "difference",
                "difference_lower",
                "difference_upper",
                "p_difference",
                "p_difference_lower",
                "p_difference_upper",
            )
            self._paired = (key, {name: float(row[name]) for name in names})
        return self._paired[1]

    def parameters_with_scenario(self) -> "TargetParameters":
        """Parameters for the file: the plan's own, and what B does otherwise.

        When the plan on the screen is B itself, the file holds A and what B does otherwise, so that the
        report compares the two as the panel does.
        """
        ours = self.plan.parameters.with_changes(scenario_b={})
        if self.scenario_b is None:
            return ours
        other = self._difference(ours, self.scenario_b.parameters)
        if not other and self.scenario_a is not None:
            ours = self.scenario_a.parameters.with_changes(scenario_b={})
            other = self._difference(ours, self.scenario_b.parameters)
        return ours.with_changes(scenario_b=other)

    @property
    def file_holds_a(self) -> bool:
        """Whether the parameter file starts from scenario A because the screen shows B."""
        written = self.parameters_with_scenario()
        return bool(self._difference(self.plan.parameters, written))

    @staticmethod
    def _difference(ours: "TargetParameters", theirs: "TargetParameters") -> dict[str, Any]:
        here, there = ours.model_dump(), theirs.model_dump()
        return {k: v for k, v in there.items() if v != here[k] and k not in ("scenario_b", "language", "workspace")}
