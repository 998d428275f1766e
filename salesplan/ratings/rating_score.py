"""One 360° score a person: severity taken out, relations weighted, small groups hidden everywhere."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.ratings.rating_severity import SeverityFree, remove_severity
from salesplan.ratings.ratings_table import (
    NAMED_RELATIONS,
    RELATION_NAMES,
    RELATIONS,
    check_ratings,
    named_raters,
    only_round,
)
from salesplan.ratings.suppression import EXEMPT, differencing_risks, suppress_small_groups
from salesplan.text import mark

RELATION_WEIGHTS: Mapping[str, float] = {"manager": 0.4, "peer": 0.3, "customer": 0.2, "self": 0.1}
"""Weights of the groups where nothing else is agreed."""

RENORMALISED = mark(
    "{n} {n:person was|people were} not rated by every group, or a group of theirs is hidden; the weights of their other groups were"
    " raised to 100% together."
)
ONLY_SELF = mark("{n} {n:person has|people have} nothing but their own view to show; they get no score.")
NO_WEIGHT = mark("Ratings by {relations_msgid} have no weight; they are shown but do not count.")
SEVERITY_OUT = mark("Scores are what the average rater would have given; they can pass 0 or 100.")
CHANGED_GROUPS = mark(
    "{n} groups, or items of theirs, have nearly the raters of another round (fewer than {n_least} differ); a change of"
    " their means would point to those raters, so do not hand on both rounds in figures."
)
MIXED_UNPROVED = mark(
    "With severities from a mixed model it is not proved that means keep single answers safe; items are left out. Where"
    " raters were promised anonymity, use fixed severities."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class RatingExplanation:
    """Why somebody has this score: one row a group in ``steps`` (points add up to the score), items below."""

    ratee_id: str
    score: float
    score_lower: float
    score_upper: float
    steps: pd.DataFrame
    items: pd.DataFrame
    notes: tuple[dict[str, Any], ...]

    def to_frame(self) -> pd.DataFrame:
        """The steps."""
        return self.steps.copy()


@dataclass(frozen=True, kw_only=True, eq=False)
class RatingScores:
    """Scores of one round; holds nothing that a hidden group said.

    ``scores`` by ratee_id: score, score_lower, score_upper, score_se, n_raters (counted ones), n_groups,
    is_renormalised. ``groups``: ratee_id, relation, n_raters (text, ``<3`` where hidden), score, nominal_weight,
    weight, points (weight x score), is_hidden. ``items``: the same by item (no rows with severity ``mixed``).
    """

    scores: pd.DataFrame
    groups: pd.DataFrame
    items: pd.DataFrame
    rating_round: str
    severity: str
    minimum: int
    coverage: float
    reliability: float
    notes: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        for name in ("scores", "groups", "items"):
            object.__setattr__(self, name, getattr(self, name).copy())
        for frame in (self.groups, self.items):
            if frame.loc[frame["is_hidden"], "score"].notna().any():
                raise InputError("scores of hidden groups must be missing", where="RatingScores")

    def to_frame(self) -> pd.DataFrame:
        """One row a person."""
        return self.scores.reset_index()

    def summary(self) -> pd.DataFrame:
        """One row: people, people with a score, hidden groups, mean score, reliability."""
        return pd.DataFrame([{
            "n_ratees": len(self.scores), "n_scored": int(self.scores["score"].notna().sum()),
            "n_groups": len(self.groups), "n_hidden": int(self.groups["is_hidden"].sum()),
            "mean_score": float(self.scores["score"].mean()), "reliability": self.reliability,
            "severity_method": self.severity,
        }])  # fmt: skip

    def explain(self, ratee_id: str) -> RatingExplanation:
        """Groups, weights and points of one person; hidden groups stay hidden."""
        if ratee_id not in self.scores.index:
            raise InputError(f"ratee_id == {ratee_id!r}, must be somebody who was rated in this round",
                             fix=known_choices(ratee_id, list(self.scores.index[:200])))
        row: Any = self.scores.loc[ratee_id]
        steps, items = (f[f["ratee_id"] == ratee_id].drop(columns="ratee_id").reset_index(drop=True)
                        for f in (self.groups, self.items))
        return RatingExplanation(ratee_id=ratee_id, score=float(row["score"]), score_lower=float(row["score_lower"]),
                                 score_upper=float(row["score_upper"]), steps=steps, items=items, notes=self.notes)


def rating_scores(
    frame: pd.DataFrame,
    *,
    relation_weights: Mapping[str, float] = RELATION_WEIGHTS,
    minimum: int = 3,
    exempt: Collection[str] = NAMED_RELATIONS,
    severity: Literal["fixed", "mixed", "none"] = "fixed",
    rating_round: str | None = None,
    coverage: float = 0.9,
) -> RatingScores:
    """Score people from what manager, peers, customers and they themselves say.

    Parameters
    ----------
    frame
        Ratings as for `check_ratings`, of one round, or of several (then ``rating_round`` names the one to score and
        the others help to judge severity only).
    relation_weights
        Weight of each relation; they sum to 1. Where a person lacks a group the weights of the others are raised
        in proportion.
    minimum
        Fewest raters of a group, and of an item within a group, that are shown and counted; a single manager is such a
        group.
    exempt
        Relations whose ratings are no secret, so that no minimum holds for them: by default one's own view only; with
        ``("self", "manager")`` managers rate under their name.
    severity
        How the raters' severity is taken out: ``fixed``, ``mixed`` (see `rater_severity`) or ``none``. With ``mixed``
        no items are shown.
    coverage
        Of the intervals.

    Returns
    -------
    RatingScores
        Score = sum over shown groups of weight x mean of its shown items, each item the mean over its raters of
        points (0-100) less the rater's effect.

    Raises
    ------
    InputError
        Bad ratings or weights; with ``fixed``, raters in separate groups or no group of raters who rated several.

    Notes
    -----
    Anonymity: hidden groups' ratings are left out before anything else is computed, severities included, so no
    output depends on them (`suppress_small_groups` tells what this cannot protect). Group means are means of item
    means, not of raters: with a rater who skipped an item the two together would give his answer away. For the same
    reason scores before and after severity must not both be handed on; `remove_severity` tells why means after ``fixed``
    severities are safe, which is not proved for ``mixed``. Intervals reckon with the chance of who rated and with the
    error of estimated severities; spread is pooled over all groups, and where fewer than ``minimum`` anonymous groups
    would be pooled there is no interval, since it would be nearly one group's own.

    Examples
    --------
    >>> f = pd.DataFrame({"ratee_id": "A", "rater_id": list("mabcxy"), "item": "i", "score": [3, 4, 5, 3, 1, 2],
    ...                   "relation": ["manager", "peer", "peer", "peer", "customer", "customer"]})
    >>> rating_scores(f, severity="none").groups["n_raters"].tolist()
    ['<3', '3', '<3']
    >>> s = rating_scores(f, severity="none", exempt=["self", "manager"])
    >>> s.explain("A").steps[["relation", "n_raters", "weight", "points"]].round(2).values.tolist()
    [['manager', '1', 0.57, 28.57], ['peer', '3', 0.43, 32.14], ['customer', '<3', 0.0, 0.0]]
    >>> round(float(s.scores.loc["A", "score"]), 2)
    60.71
    """
    weights = _check_weights(relation_weights)
    if severity not in ("fixed", "mixed", "none"):
        raise InputError(f"severity == {severity!r}, must be a known way",
                         fix=known_choices(severity, ("fixed", "mixed", "none")))
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1")
    table = check_ratings(frame)
    now = only_round(table, rating_round)
    scored_round = str(now["round"].iloc[0])
    cut = suppress_small_groups(table, minimum=minimum, by=["ratee_id", "round", "relation", "item"], exempt=exempt)
    free = remove_severity(cut.kept, method=severity, minimum=minimum, exempt=exempt)
    items = _item_table(cut.cells[cut.cells["round"] == scored_round], free, scored_round, minimum)
    groups = _group_table(items, free.table[free.table["round"] == scored_round], weights, minimum)
    scores = _score_table(sorted(set(now["ratee_id"])), items, groups, free, scored_round, coverage)
    notes = [*_notes(scores, groups, weights, minimum, severity, exempt), *free.notes]
    if len(set(table["round"])) > 1:
        risky = pd.concat([differencing_risks(t, minimum=minimum, exempt=exempt) for t in (table, free.table)])
        risky = risky[(risky["round"] == scored_round) | (risky["next_round"] == scored_round)]
        n = len(risky.drop_duplicates(["ratee_id", "relation"]))
        notes += [{"msgid": CHANGED_GROUPS, "details": {"n": n, "n_least": minimum}}] if n else []
    return RatingScores(
        scores=scores, groups=groups, items=items.iloc[:0] if severity == "mixed" else items,
        rating_round=scored_round, severity=severity, minimum=minimum,
        coverage=coverage, reliability=_reliability(scores), notes=tuple(notes),
    )  # fmt: skip


def _reliability(scores: pd.DataFrame) -> float:
    """Share of the variance of scores that is not error; without differences between people there is none."""
    error, n = float((scores["score_se"] ** 2).mean()), int(scores["score"].notna().sum())
    if n < 2 or np.isnan(error):
        return np.nan
    spread = float(scores["score"].var(ddof=1))
    return float(np.clip(1 - error / spread, 0, 1)) if spread > 0 else 0.0


def _check_weights(given: Mapping[str, float]) -> dict[str, float]:
    for relation, weight in given.items():
        if relation not in RELATIONS:
            raise InputError(f"relation == {relation!r}, must be a known relation", where="relation_weights",
                             fix=known_choices(relation, RELATIONS))
        if not (np.isfinite(weight) and weight >= 0):
            raise InputError(f"weight == {weight!r}, must not be negative", where=f"relation_weights, {relation}")
    total = sum(given.values())
    if abs(total - 1) > 1e-9:
        raise InputError(f"relation_weights sum to {total:g}, must sum to 1", where="relation_weights")
    return {r: float(given.get(r, 0.0)) for r in RELATIONS}


def _item_table(cells: pd.DataFrame, free: SeverityFree, scored_round: str, minimum: int) -> pd.DataFrame:
    """Cells of the round; those that severity left too few raters are hidden with the rest."""
    keys = ["ratee_id", "relation", "item"]
    now = free.table[free.table["round"] == scored_round]
    clean = now.assign(_named=named_raters(now["rater_id"])).groupby(keys).agg(
        score=("clean", "mean"), n=("_named", "nunique")
    ).reset_index()
    items = cells[keys].merge(clean, how="left", on=keys)
    items["is_hidden"] = items["score"].isna()
    items["n_raters"] = np.where(items["is_hidden"], f"<{minimum}", items["n"].fillna(0).clip(lower=1).astype(int).astype(str))
    return _in_order(items)[["ratee_id", "relation", "item", "n_raters", "score", "is_hidden"]]


def _group_table(items: pd.DataFrame, kept: pd.DataFrame, weights: dict[str, float], minimum: int) -> pd.DataFrame:
    keys = ["ratee_id", "relation"]
    groups = items.groupby(keys, sort=True).agg(score=("score", "mean"), is_hidden=("is_hidden", "all")).reset_index()
    named = kept.assign(_named=named_raters(kept["rater_id"])).groupby(keys)["_named"]
    counted = named.nunique().clip(lower=1).rename("counted").reset_index()
    groups = groups.merge(counted, on=keys, how="left")
    groups["n_raters"] = np.where(groups["is_hidden"], f"<{minimum}", groups["counted"].fillna(0).astype(int).astype(str))
    groups["nominal_weight"] = groups["relation"].map(weights)
    live = groups["nominal_weight"].where(~groups["is_hidden"], 0.0)
    total = live.groupby(groups["ratee_id"]).transform("sum")
    by_others = live.where(groups["relation"] != "self", 0.0).groupby(groups["ratee_id"]).transform("sum")
    groups["weight"] = np.where(by_others > 0, live / total.where(total > 0, 1.0), 0.0)
    groups["points"] = groups["weight"] * groups["score"].fillna(0.0)
    return _in_order(groups)[["ratee_id", "relation", "n_raters", "score", "nominal_weight", "weight", "points", "is_hidden"]]


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    order = frame["relation"].map({r: i for i, r in enumerate(("manager", "peer", "customer", "report", "self"))})
    keys = ["ratee_id", "_order", *(["item"] if "item" in frame else [])]
    return frame.assign(_order=order).sort_values(keys, kind="stable").reset_index(drop=True)


def _score_table(
    people: list[str], items: pd.DataFrame, groups: pd.DataFrame, free: SeverityFree, scored_round: str, coverage: float
) -> pd.DataFrame:
    from scipy.special import stdtrit

    counts = groups[groups["weight"] > 0].groupby("ratee_id")
    scores = pd.DataFrame(index=pd.Index(people, name="ratee_id"))
    scores["score"] = counts["points"].sum().reindex(scores.index)
    shown = items[~items["is_hidden"]]
    per_group = shown.groupby(["ratee_id", "relation"]).size().rename("n_items").reset_index()
    rows = free.table.assign(_at=np.arange(len(free.table)))
    rows = rows[rows["round"] == scored_round].merge(groups[["ratee_id", "relation", "weight"]], on=["ratee_id", "relation"])
    rows = rows.merge(per_group, on=["ratee_id", "relation"])
    in_cell = rows.groupby(["ratee_id", "relation", "item"])["_at"].transform("size")
    rows["share"] = rows["weight"] / rows["n_items"] / in_cell
    rows = rows[rows["share"] > 0]
    mean = scores.index.get_indexer(pd.Index(rows["ratee_id"]))
    variance = free.error_variance(rows["_at"].to_numpy(), mean, rows["share"].to_numpy(), len(scores))
    half = float(stdtrit(free.df, (1 + coverage) / 2)) if free.df > 0 else np.nan
    scores["score_se"] = np.sqrt(variance)
    scores.loc[scores["score"].isna(), "score_se"] = np.nan
    scores["score_lower"] = scores["score"] - half * scores["score_se"]
    scores["score_upper"] = scores["score"] + half * scores["score_se"]
    counted = groups[groups["weight"] > 0].groupby("ratee_id")["n_raters"].agg(lambda n: n.astype(int).sum())
    scores["n_raters"] = counted.reindex(scores.index).fillna(0).astype(int)
    scores["n_groups"] = counts.size().reindex(scores.index).fillna(0).astype(int)
    nominal = counts["nominal_weight"].sum().reindex(scores.index)
    scores["is_renormalised"] = (nominal < 1 - 1e-9).to_numpy()
    return scores[["score", "score_lower", "score_upper", "score_se", "n_raters", "n_groups", "is_renormalised"]]


def _notes(
    scores: pd.DataFrame, groups: pd.DataFrame, weights: dict[str, float], minimum: int, severity: str,
    exempt: Collection[str],
) -> list[dict[str, Any]]:
    from salesplan.ratings.suppression import HIDDEN

    notes: list[dict[str, Any]] = []

    def note(when: bool | int, msgid: str, **details: Any) -> None:
        if when:
            notes.append({"msgid": msgid, "details": details})

    present = set(groups["relation"])
    n_hidden = int(groups["is_hidden"].sum())
    note(n_hidden, HIDDEN, n=n_hidden, n_least=minimum)
    named = [RELATION_NAMES[r] for r in RELATIONS if r in present and r in exempt]
    note(bool(named) and minimum > 1, EXEMPT, relations_msgid=named)
    n = int(scores["is_renormalised"].sum())
    note(n, RENORMALISED, n=n)
    n = int(scores["score"].isna().sum())
    note(n, ONLY_SELF, n=n)
    idle = [RELATION_NAMES[r] for r in RELATIONS if r in present and not weights[r]]
    note(bool(idle), NO_WEIGHT, relations_msgid=idle)
    note(severity != "none", SEVERITY_OUT)
    note(severity == "mixed", MIXED_UNPROVED)
    return notes
