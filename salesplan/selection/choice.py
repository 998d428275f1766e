"""Choosing a system: scores by four methods, must-haves, costs, and how much of the answer rests on what."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.selection.claims import GRADES, best_evidence, contradictions
from salesplan.selection.costs import cost_ranges
from salesplan.selection.decision import Decision
from salesplan.selection.gates import check_gates
from salesplan.selection.methods import METHODS, ranks_of
from salesplan.selection.robustness import dominated, first_place_shares


@dataclass(frozen=True, kw_only=True, eq=False)
class SystemChoice:
    """What follows from a decision's scores, and how far it can be relied on.

    Attributes
    ----------
    matrix, lower, upper
        Systems x weighed criteria: value used, and what sources say at least and at most.
    scores
        By system: ``<method>_score`` and ``<method>_rank`` for each method.
    first
        By system, the share of all weightings under which it is first (:func:`first_place_shares`).
    evidence
        By system, the share of the weight that rests on each grade of evidence.
    cells, gates, costs, contradictions, dominated
        The material, in long form.
    left_out
        ``system, why``: systems without a score on every weighed criterion, or that miss a must-have.
    """

    decision: Decision
    matrix: pd.DataFrame
    lower: pd.DataFrame
    upper: pd.DataFrame
    scores: pd.DataFrame
    first: pd.DataFrame
    evidence: pd.DataFrame
    cells: pd.DataFrame
    gates: pd.DataFrame
    costs: pd.DataFrame
    contradictions: pd.DataFrame
    dominated: pd.DataFrame
    left_out: pd.DataFrame

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, pd.DataFrame):
                object.__setattr__(self, name, value.copy())
        shares = self.first.filter(like="_first_share").sum()
        if not np.allclose(shares, 1.0, atol=1e-6):
            raise InputError("shares of first places do not add up to 1", where=", ".join(self.matrix.index))

    @property
    def only_claims(self) -> bool:
        """Whether nothing but vendors' claims stands behind every score."""
        return set(self.cells["evidence"]) <= {"vendor_claim"}

    def to_frame(self) -> pd.DataFrame:
        """One row a system: ranks by method, the share of weightings under which SAW puts it first and its error."""
        ranks = self.scores[[f"{method}_rank" for method in METHODS]]
        evidence = self.evidence.reindex(ranks.index)
        return ranks.join(self.first[["saw_first_share", "mc_error_share"]]).join(evidence).rename_axis("system").reset_index()

    def explain(self, system: str) -> pd.DataFrame:
        """Why a system scores as it does: each criterion's value, range, weight, evidence and sources."""
        if system not in self.matrix.index:
            raise InputError(f"system == {system!r}, must be one that was scored", where=", ".join(self.matrix.index))
        own = self.cells[self.cells["system"] == system].set_index("criterion")
        weights = _weights(self.decision, list(self.matrix.columns))
        said = self.decision.claims_frame()
        sources = said[said["system"] == system].groupby("criterion")["source"].agg("; ".join)
        table = own[["value", "value_lower", "value_upper", "evidence"]].copy()
        table.insert(0, "weight", pd.Series(weights, index=list(self.matrix.columns)))
        return table.join(sources).reset_index()


def choose_system(decision: Decision, *, n: int = 10_000, seed: int = 0) -> SystemChoice:
    """Weigh the systems of a decision.

    Parameters
    ----------
    decision
        Criteria, scores, must-haves and costs.
    n, seed
        Weightings drawn for the robustness, and their seed.

    Raises
    ------
    InputError
        Fewer than two systems are left to compare; who is out and why is in the message.

    Notes
    -----
    Overall scores are not weighed: they would count the others twice. SAW uses shares of the best value, TOPSIS
    vectors, PROMETHEE II the decision's thresholds, VIKOR majority 0.5.

    Examples
    --------
    >>> from salesplan.selection.decision import articles_decision
    >>> choice = choose_system(articles_decision(), n=500)
    >>> choice.scores["saw_rank"].to_dict(), choice.only_claims
    ({'简道云': 1, '用友T+': 2, '金蝶云星空': 2, 'Zoho CRM': 2}, True)
    """
    claims = decision.claims_frame()
    costs = cost_ranges(decision.costs, users=decision.users, years=decision.years) if decision.costs else _no_costs()
    cells = _cells(decision, claims, costs)
    gates = check_gates(decision.must_haves, decision.systems)
    criteria = [n for n, c in decision.criteria.items() if not c.overall and c.weight > 0]
    left_out = _left_out(decision, cells, gates, criteria)
    systems = [s for s in decision.systems if s not in set(left_out["system"])]
    if len(systems) < 2:
        why = "; ".join(f"{s} ({w})" for s, w in zip(left_out["system"], left_out["reason"], strict=True))
        raise InputError(f"{len(systems)} systems can be compared, must be at least two", where=why,
                         fix="Add the missing scores, or leave criteria out.")
    tables = {column: cells.pivot_table(index="system", columns="criterion", values=column, sort=False).loc[systems, criteria]
              for column in ("value", "value_lower", "value_upper")}
    directions: dict[str, int] = {name: decision.criteria[name].direction for name in criteria}
    options = {"promethee": _thresholds(decision)}
    return SystemChoice(
        decision=decision, matrix=tables["value"], lower=tables["value_lower"], upper=tables["value_upper"],
        scores=_scores(tables["value"], decision, directions),
        first=first_place_shares(tables["value"], directions=directions, lower=tables["value_lower"],
                                 upper=tables["value_upper"], options=options, n=n, seed=seed),
        evidence=_evidence(cells, decision, systems, criteria), cells=cells, gates=gates, costs=costs,
        contradictions=contradictions(claims), left_out=left_out,
        dominated=dominated(tables["value"], directions, lower=tables["value_lower"], upper=tables["value_upper"]))


def _weights(decision: Decision, criteria: list[str]) -> np.ndarray:
    weights = np.array([decision.criteria[name].weight for name in criteria])
    return np.asarray(weights / weights.sum(), dtype=float)


def _thresholds(decision: Decision) -> dict[str, dict[str, float]]:
    return {"indifference": decision.indifference, "preference": decision.preference}


def _no_costs() -> pd.DataFrame:
    return pd.DataFrame(columns=["system", "amount_lower", "amount", "amount_upper", "evidence"])


def _cells(decision: Decision, claims: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """Best evidence for each cell; a criterion from costs takes the totals."""
    cells = [best_evidence(claims)] if len(claims) else []
    for name, criterion in decision.criteria.items():
        if criterion.from_costs:
            cells.append(pd.DataFrame({
                "system": costs["system"], "criterion": name, "value": costs["amount"], "value_lower": costs["amount_lower"],
                "value_upper": costs["amount_upper"], "evidence": costs["evidence"], "n_sources": 1}))
    return pd.concat(cells, ignore_index=True)


def _left_out(decision: Decision, cells: pd.DataFrame, gates: pd.DataFrame, criteria: list[str]) -> pd.DataFrame:
    """Systems that cannot be compared: a missed must-have, or a score that nobody gives."""
    scored = cells.groupby("system")["criterion"].agg(set).to_dict()
    rows: list[tuple[str, str, str]] = []
    for system in decision.systems:
        missed = gates[(gates["system"] == system) & ~gates["passes"].astype(bool)]["gate"].tolist()
        absent = [name for name in criteria if name not in scored.get(system, set())]
        if missed:
            rows.append((system, "gate", ", ".join(missed)))
        elif absent:
            rows.append((system, "missing", ", ".join(absent)))
    return pd.DataFrame(rows, columns=["system", "cause", "reason"])


def _scores(matrix: pd.DataFrame, decision: Decision, directions: dict[str, int]) -> pd.DataFrame:
    weights = dict(zip(matrix.columns, _weights(decision, list(matrix.columns)), strict=True))
    out: dict[str, Any] = {}
    for name, (_, score, sign) in METHODS.items():
        options = _thresholds(decision) if name == "promethee" else {}
        out[f"{name}_value"] = score(matrix, weights, directions=directions, **options)
        out[f"{name}_rank"] = ranks_of(out[f"{name}_value"], more_is_better=sign > 0)
    return pd.DataFrame(out)


def _evidence(cells: pd.DataFrame, decision: Decision, systems: list[str], criteria: list[str]) -> pd.DataFrame:
    weights = dict(zip(criteria, _weights(decision, criteria), strict=True))
    own = cells[cells["criterion"].isin(criteria) & cells["system"].isin(systems)]
    weighed = own.assign(weight=own["criterion"].map(weights))
    shares = weighed.pivot_table(index="system", columns="evidence", values="weight", aggfunc="sum", fill_value=0.0)
    return shares.reindex(index=systems, columns=list(GRADES), fill_value=0.0).add_suffix("_share")
