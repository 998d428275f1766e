"""Judgements of several people into one set of weights, with who contradicts whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, ParameterError, known_choices
from salesplan.text import mark
from salesplan.weighting.ahp import AhpMethod, AhpWeights, ahp_weights
from salesplan.weighting.pairwise import PairwiseComparison
from salesplan.weighting.random_index import RandomIndex
from salesplan.weighting.triads import ratio_text
from salesplan.weighting.weights import Note, Weights

Floats = NDArray[np.float64]
Aggregation = Literal["aij", "aip"]

AGGREGATIONS: dict[Aggregation, str] = {
    "aij": mark("AHP of a group, mean of judgements (AIJ)"),
    "aip": mark("AHP of a group, mean of priorities (AIP)"),
}
OPPOSED = mark(
    "On {n_opposed} of {n_pairs} pairs some judges hold the one KPI for more important and some the other, most on"
    " {kpi_a} against {kpi_b}: {highest} by {highest_judge}, {lowest} by {lowest_judge}. A mean hides that; talk first."
)
CONTRADICT_THEMSELVES = mark("{n_inconsistent} of {n_judges} judges contradict themselves: {judges}.")
PARTLY_JUDGED = mark("{n_partial} pairs were judged by some of the judges only; there the mean is theirs alone.")


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupAhpWeights:
    """Weights of a group of judges.

    Parameters
    ----------
    weights
        The group's weights; lower and upper are the least and most that one judge's own weights give
        (no statistical interval); judges who count nothing left out.
    aggregation
        ``"aij"`` or ``"aip"``.
    group
        The mean judgements and their consistency, which is that of the mean and may hide disagreement;
        None for AIP.
    judges
        One row a judge: judge, judge_weight, n_pairs (judged), cr_value, gci_value, is_consistent,
        distance_factor (by how much the judge's weights differ from the group's: 1 is not at all).
    judge_weights
        Each judge's own weights, judges x KPIs; missing where a judge's answers do not link all KPIs.
    pairs
        One row a pair, the most disputed first: kpi_a, kpi_b, group_factor (a over b, geometric mean),
        spread_factor (geometric standard deviation between judges), lowest_factor, lowest_judge,
        highest_factor, highest_judge, n_judges, is_opposed.
    agreement
        Kendall's W of the judges' orders: 1 the same order, 0 no common order; missing with fewer than
        two judges.
    """

    weights: Weights
    aggregation: Aggregation
    group: AhpWeights | None
    judges: pd.DataFrame
    judge_weights: pd.DataFrame
    pairs: pd.DataFrame
    agreement: float

    def __post_init__(self) -> None:
        for name in ("judges", "judge_weights", "pairs"):
            object.__setattr__(self, name, getattr(self, name).copy())

    def to_frame(self) -> pd.DataFrame:
        """Columns name, weight, weight_lower, weight_upper."""
        return self.weights.to_frame()

    def summary(self) -> pd.DataFrame:
        """One row a judge; see ``judges``."""
        return self.judges.copy()


def group_ahp_weights(
    comparisons: Mapping[str, PairwiseComparison],
    *,
    aggregation: Aggregation = "aij",
    judge_weights: Mapping[str, float] | None = None,
    method: AhpMethod = "eigenvector",
    random_index: RandomIndex = "saaty",
) -> GroupAhpWeights:
    """What several judges together say the KPIs should weigh.

    Parameters
    ----------
    comparisons
        Judge -> judgements on the same KPIs, in any order.
    aggregation
        ``"aij"`` takes the geometric mean of the judgements and then the weights (the group decides as
        one); ``"aip"`` takes each judge's weights and then their geometric mean (each judge counts as a
        whole).
    judge_weights
        How much each judge counts, zero or more; equally if not given. A judge of weight zero keeps a row in
        ``judges`` and ``judge_weights`` and enters nothing else: no interval, agreement or note.
    method, random_index
        As for :func:`salesplan.weighting.ahp.ahp_weights`.

    Raises
    ------
    InputError
        No judges, judges who compared other KPIs, judge weights that are negative, missing or all zero;
        judgements that do not link all KPIs (of each judge for AIP, of all together for AIJ).

    Notes
    -----
    Aczél & Saaty (1983): only the geometric mean keeps judgements reciprocal. Forman & Peniwati (1998)
    on AIJ and AIP; with ``method="geometric_mean"`` and complete judgements both give the same.

    Examples
    --------
    >>> from salesplan.weighting.pairwise import pairwise_from
    >>> boss, team = ({"sales/visits": r} for r in (9, 1))
    >>> both = {"boss": pairwise_from(boss, ["sales", "visits"]), "team": pairwise_from(team, ["sales", "visits"])}
    >>> group_ahp_weights(both).weights.to_series().round(2).to_dict()
    {'sales': 0.75, 'visits': 0.25}
    """
    if aggregation not in AGGREGATIONS:
        raise ParameterError(
            f"aggregation == {aggregation!r}, must be a known one", fix=known_choices(aggregation, AGGREGATIONS)
        )
    aligned = _align(comparisons)
    judges = list(aligned)
    names = aligned[judges[0]].names
    shares = _judge_shares(judges, judge_weights)
    stack = np.stack([np.log(c.matrix) for c in aligned.values()])
    counts = shares > 0
    own = {
        judge: _own_weights(judge, c, must_link=aggregation == "aip" and bool(count), method=method, table=random_index)
        for (judge, c), count in zip(aligned.items(), counts, strict=True)
    }
    each = pd.DataFrame(
        [np.full(len(names), np.nan) if o is None else o.to_frame()["weight"].to_numpy() for o in own.values()],
        index=pd.Index(judges, name="judge"), columns=list(names),
    )  # fmt: skip
    group: AhpWeights | None = None
    if aggregation == "aij":
        group = ahp_weights(
            PairwiseComparison(names=names, matrix=np.exp(_mean_judgements(stack, shares))),
            method=method, random_index=random_index,
        )  # fmt: skip
        values = group.weights.to_series().to_numpy()
    else:
        logs = shares[counts] @ np.log(each.to_numpy()[counts])
        values = np.exp(logs - logs.max())
        values = values / values.sum()
    pairs = _pairs_frame(names, judges, stack, shares)
    frame = _judges_frame(own, aligned, shares, each, values)
    heard = each[counts].dropna()
    weights = Weights(
        names=names,
        values=values,
        method=AGGREGATIONS[aggregation],
        caveats=(*(group.weights.caveats if group else ()), *_caveats(frame[counts], pairs)),
        lower=heard.min().to_numpy() if len(heard) else None,
        upper=heard.max().to_numpy() if len(heard) else None,
    )
    return GroupAhpWeights(
        weights=weights, aggregation=aggregation, group=group, judges=frame, judge_weights=each, pairs=pairs,
        agreement=kendall_w(heard.to_numpy()),
    )  # fmt: skip


def kendall_w(scores: Floats) -> float:
    """Kendall's coefficient of concordance of the orders that judges give, corrected for ties.

    Parameters
    ----------
    scores
        Judges x things judged.

    Returns
    -------
    float
        0 (no common order) to 1 (the same order); missing with fewer than two judges or when no judge
        tells the things apart.

    Examples
    --------
    >>> kendall_w(np.array([[0.5, 0.3, 0.2], [0.6, 0.3, 0.1]])), kendall_w(np.array([[2.0, 1.0], [1.0, 2.0]]))
    (1.0, 0.0)
    """
    table = pd.DataFrame(np.round(scores, 9))
    m, n = table.shape
    if m < 2:
        return float("nan")
    ranks = table.rank(axis=1).to_numpy()
    sums = ranks.sum(axis=0)
    ties = sum(float((counts**3 - counts).sum()) for counts in (np.unique(r, return_counts=True)[1] for r in ranks))
    most = m**2 * (n**3 - n) - m * ties
    return float(12 * ((sums - sums.mean()) ** 2).sum() / most) if most > 0 else float("nan")


def _align(comparisons: Mapping[str, PairwiseComparison]) -> dict[str, PairwiseComparison]:
    if not comparisons:
        raise InputError("comparisons is empty, must hold at least one judge")
    judges = list(comparisons)
    names = comparisons[judges[0]].names
    for judge in judges[1:]:
        odd = sorted(set(comparisons[judge].names) ^ set(names))
        if odd:
            raise InputError(
                f"judge {judge} and judge {judges[0]} compared different KPIs ({', '.join(odd)}), must compare the same",
                where=f"judge {judge}",
            )
    return {judge: c if c.names == names else c.reordered(names) for judge, c in comparisons.items()}


def _judge_shares(judges: list[str], given: Mapping[str, float] | None) -> Floats:
    if given is None:
        return np.full(len(judges), 1 / len(judges))
    odd = sorted(set(map(str, given)) ^ set(map(str, judges)))
    if odd:
        raise InputError(f"judge_weights and comparisons differ in {', '.join(odd)}, must name the same judges")
    shares = np.array([float(given[judge]) for judge in judges])
    for judge, share in zip(judges, shares, strict=True):
        if not (np.isfinite(share) and share >= 0):
            raise InputError(f"judge weight == {share:g}, must be zero or more", where=f"judge {judge}")
    if not shares.any():
        raise InputError("all judge weights are zero, must let somebody count")
    return shares / shares.sum()


def _own_weights(
    judge: str, comparison: PairwiseComparison, *, must_link: bool, method: AhpMethod, table: RandomIndex
) -> AhpWeights | None:
    """A judge's own weights; None where they can be done without: others link the KPIs, or the judge does not count."""
    parts = comparison.parts()
    if len(parts) > 1:
        if not must_link:
            return None
        raise InputError(
            f"the judgements of {judge} fall into {len(parts)} groups that are never compared, must be linked",
            where=" | ".join(", ".join(part) for part in parts),
            fix="Judge a pair across the groups, leave the judge out or use aggregation='aij'.",
        )
    return ahp_weights(comparison, method=method, random_index=table)


def _mean_judgements(stack: Floats, shares: Floats) -> Floats:
    """Weighted mean of log judgements over those who judged; a judge who counts nothing is not heard."""
    heard = ~np.isnan(stack) & (shares > 0)[:, None, None]
    weight = np.where(heard, shares[:, None, None], 0.0)
    total = weight.sum(axis=0)
    summed = (np.where(heard, stack, 0.0) * weight).sum(axis=0)
    return np.divide(summed, total, out=np.full(total.shape, np.nan), where=total > 0)


def _pairs_frame(names: tuple[str, ...], judges: list[str], stack: Floats, shares: Floats) -> pd.DataFrame:
    mean = _mean_judgements(stack, shares)
    rows: list[dict[str, Any]] = []
    for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
        answers = stack[:, i, j]
        heard = np.flatnonzero(~np.isnan(answers) & (shares > 0))
        row: dict[str, Any] = {"kpi_a": names[i], "kpi_b": names[j], "n_judges": heard.size, "is_opposed": False}
        if heard.size:
            part = shares[heard] / shares[heard].sum()
            low, high = (heard[k] for k in (answers[heard].argmin(), answers[heard].argmax()))
            row |= {
                "group_factor": np.exp(mean[i, j]),
                "spread_factor": np.exp(np.sqrt((part * (answers[heard] - mean[i, j]) ** 2).sum())),
                "lowest_factor": np.exp(answers[low]), "lowest_judge": judges[low],
                "highest_factor": np.exp(answers[high]), "highest_judge": judges[high],
                "is_opposed": bool(answers[low] < -1e-9 and answers[high] > 1e-9),
            }  # fmt: skip
        rows.append(row)
    columns = [
        "kpi_a", "kpi_b", "group_factor", "spread_factor", "lowest_factor", "lowest_judge", "highest_factor",
        "highest_judge", "n_judges", "is_opposed",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    order = frame.assign(by=-frame["spread_factor"].fillna(0).round(9)).sort_values(["by", "kpi_a", "kpi_b"]).index
    return frame.loc[order].reset_index(drop=True)


def _judges_frame(
    own: Mapping[str, AhpWeights | None],
    comparisons: Mapping[str, PairwiseComparison],
    shares: Floats,
    each: pd.DataFrame,
    values: Floats,
) -> pd.DataFrame:
    distance = np.exp(np.abs(np.log(each.to_numpy()) - np.log(values)).mean(axis=1))
    return pd.DataFrame({
        "judge": list(own),
        "judge_weight": shares,
        "n_pairs": [c.n_judged for c in comparisons.values()],
        "cr_value": [np.nan if o is None else o.cr for o in own.values()],
        "gci_value": [np.nan if o is None else o.gci for o in own.values()],
        "is_consistent": pd.Series([None if o is None else o.is_consistent for o in own.values()], dtype="boolean"),
        "distance_factor": distance,
    })  # fmt: skip


def _caveats(judges: pd.DataFrame, pairs: pd.DataFrame) -> tuple[Note, ...]:
    """Notes on the judges who count."""
    notes: list[Note] = []
    wrong = judges.loc[~judges["is_consistent"].fillna(True).astype(bool), "judge"]
    if len(wrong):
        details: dict[str, Any] = {"n_inconsistent": len(wrong), "n_judges": len(judges), "judges": list(wrong)}
        notes.append({"msgid": CONTRADICT_THEMSELVES, "details": details})
    opposed = pairs[pairs["is_opposed"]]
    if len(opposed):
        worst = opposed.iloc[0]
        notes.append({
            "msgid": OPPOSED,
            "details": {
                "n_opposed": len(opposed), "n_pairs": len(pairs), "kpi_a": worst["kpi_a"], "kpi_b": worst["kpi_b"],
                "highest": ratio_text(worst["highest_factor"]), "highest_judge": worst["highest_judge"],
                "lowest": ratio_text(worst["lowest_factor"]), "lowest_judge": worst["lowest_judge"],
            },
        })  # fmt: skip
    partial = int(((pairs["n_judges"] > 0) & (pairs["n_judges"] < len(judges))).sum())
    if partial:
        notes.append({"msgid": PARTLY_JUDGED, "details": {"n_partial": partial}})
    return tuple(notes)
