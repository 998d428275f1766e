"""Is it a good set? Weights that decide too much, KPIs that say the same, figures that do not repeat, odd patterns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.findings import ANALYST, Finding, sort_findings
from salesplan.kpis.gaming_check import GamingCheck
from salesplan.kpis.library import KpiLibrary, load_library
from salesplan.kpis.odd_patterns import name_of, odd_patterns, pattern_findings, survival_findings, survival_without
from salesplan.kpis.rank_survival import RankSurvival
from salesplan.kpis.redundancy import INSUFFICIENT, LEAST_PEOPLE, REDUNDANT, Redundancy, comparable_figures, redundancy
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.split_half import SHAKY, SplitHalf, split_half
from salesplan.text import mark
from salesplan.weighting.acceptability import RankAcceptability, rank_acceptability
from salesplan.weighting.stability import rank_changes, weight_stability_intervals

FEWEST_FOR_WEIGHTS = 3
"""People a set needs before its weights are varied."""
MOST_FOR_ACCEPTABILITY = 200
"""The best of a set, by score, that all weightings are tried on, together with the best in each KPI."""
MOST_OF_A_KPI = 30
WEIGHTINGS = 2_000
TWO_SIDED = 1.96
"""Standard errors either way that hold the truth in 95 of 100 drawings."""
STEADY = 0.9
"""Rank correlation under a fifth more or less of a weight above which a set is called steady."""

STEADY_WEIGHTS = mark(
    "{set}: a fifth more or less of any one weight leaves the ranks much as they are (correlation at least"
    " {least_value})."
)
TOUCHY_WEIGHTS = mark(
    "{set}: a fifth more or less of {kpi} reorders people (correlation {least_value}, {n_moved} people move)."
)
FIRST_SHARE = mark("{set}: {name} is first today, and under {first_share} of all possible weightings (± {error_share}).")
FIRST_OF_COMPLETE = mark(
    "{set}: of the {n} people with all figures {name} is first today, and under {first_share} of all possible weightings"
    " (± {error_share}); the first by score lacks figures."
)
FEW_IN_SET = mark("{set}: too few people with all figures ({n}) to try other weights.")
SAME_TWICE = mark(
    "{kpi_a} and {kpi_b} say nearly the same (correlation {pearson_value}, by ranks {spearman_value}, {n} people);"
    " without {drop} the ranks correlate {survival_value} with today's and {n_moved} people move."
)
SAME_TWICE_SHORT = mark(
    "{kpi_a} and {kpi_b} say nearly the same (correlation {pearson_value}, by ranks {spearman_value}, {n} people)."
)
ALL_DISTINCT = mark("No two KPIs say the same: the highest correlation is {pearson_value}.")
NO_PAIRS = mark("Whether KPIs say the same twice cannot be told: fewer than {n_least} people have both figures.")
RELIABLE = mark(
    "One half of the period predicts the other: reliability of the score {reliability_value}"
    " ({lower_value} to {upper_value}, {n} people)."
)
UNRELIABLE = mark(
    "The score repeats itself poorly within the period: reliability {reliability_value}"
    " ({lower_value} to {upper_value}, {n} people); ranks by it are partly luck."
)
UNREPEATED = mark(
    "The score does not repeat itself within the period: reliability {reliability_value} is below zero ({lower_value} to"
    " {upper_value}, {n} people). Who is ahead in one half is no better, or worse, in the other; ranks by it say nothing"
    " about people."
)
RELIABILITY_UNKNOWN = mark("How well the score repeats itself is unknown: too few people or days with figures.")
WIDEN = mark("Agree on the weights with those concerned, or say that the first places depend on them.")
DROP_ONE = mark("Consider leaving out {drop}, after a look at earlier periods.")
NO_RANKS = mark(
    "Do not rank or grade by this period; look at a quarter, and for something that goes by turns, such as orders held over."
)
LONGER = mark("Look at a quarter instead of a month, or use bands instead of ranks.")


@dataclass(frozen=True, kw_only=True, eq=False)
class SetQuality:
    """What speaks for and against a scorecard's KPIs and weights.

    ``stability`` and ``changes`` have the weights' room and effect in each KPI set, ``acceptability`` who is first
    under which share of weightings, ``redundancy`` pairs of KPIs, ``split_half`` reliabilities, ``patterns`` the
    gaming checks, ``survival`` what the ranks do without what looked odd, ``findings`` all of it in sentences.
    """

    findings: tuple[Finding, ...]
    stability: pd.DataFrame
    changes: pd.DataFrame
    acceptability: Mapping[str, RankAcceptability] = field(default_factory=dict)
    redundancy: Redundancy | None = None
    split_half: SplitHalf | None = None
    patterns: tuple[GamingCheck, ...] = ()
    survival: Mapping[str, RankSurvival] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", tuple(sort_findings(self.findings)))
        for name in ("stability", "changes"):
            object.__setattr__(self, name, getattr(self, name).copy())
        for name in ("acceptability", "survival"):
            object.__setattr__(self, name, dict(getattr(self, name)))

    def stability_of(self, set_code: str) -> pd.DataFrame:
        """How far the weights of one KPI set can move."""
        if "set" not in self.stability:
            return self.stability.copy()
        return self.stability[self.stability["set"] == set_code].drop(columns="set").reset_index(drop=True)

    def summary(self) -> pd.DataFrame:
        """How many findings of each status."""
        counts = pd.Series([f.status for f in self.findings]).value_counts(sort=False)
        return counts.rename_axis("status").reset_index(name="n")


def check_set_quality(
    card: Scorecard,
    daily: pd.DataFrame,
    *,
    history: pd.DataFrame | None = None,
    contacts: pd.DataFrame | None = None,
    thresholds: Sequence[float] = (1.0,),
    last_days: int = 2,
    library: KpiLibrary | None = None,
    false_alarm_rate: float = 0.05,
    people: pd.Index | None = None,
    coverage: float = 0.9,
    seed: int = 0,
) -> SetQuality:
    """Is it a good set of KPIs: do small changes of weights, luck or odd records decide who is first?

    Parameters
    ----------
    card
        Scores of the period.
    daily
        seller_id, kpi, date, numerator, denominator, evidence_rows of the period (`score_draws`).
    history
        seller_id, kpi, attainment of earlier months, and target where known; without it the period's own
        attainments are looked at for bunching.
    contacts
        seller_id and seconds, one row a call, of the period and as many months before as there are. With ``date``
        also what the ranks do without the period's short calls.
    thresholds
        Attainments that the rules reward.
    library
        Names, types and units; the packaged one by default.
    people
        seller_id of those who sell for themselves; everybody by default. Leaders, whose figures are their team's, are
        left out wherever people are compared with one another: halves, pairs of KPIs, thresholds, last days, calls.

    Returns
    -------
    SetQuality
        Statuses are ``watch`` (look at it), ``ok`` and ``unknown`` (too little evidence), never an accusation.
    """
    if not 0 < false_alarm_rate < 1:
        raise InputError(f"false_alarm_rate == {false_alarm_rate:g}, must be between 0 and 1")
    known = load_library() if library is None else library
    findings: list[Finding] = []
    stability, changes, acceptability = _vary_weights(card, findings, known, seed)
    own = card if people is None else _only(card, people)
    if people is not None:
        daily = daily[daily["seller_id"].isin(people)]
        history = None if history is None else history[history["seller_id"].isin(people)]
        contacts = None if contacts is None else contacts[contacts["seller_id"].isin(people)]
    alike = _find_alike(own, findings, known)
    halves = _split(daily, own, findings, coverage, seed)
    patterns = odd_patterns(own, daily, library=known, history=history, contacts=contacts, thresholds=thresholds,
                            last_days=last_days, rate=false_alarm_rate)
    survival = survival_without(card, patterns, contacts=contacts)
    findings += pattern_findings(patterns, card, library=known, rate=false_alarm_rate)
    findings += survival_findings(survival, library=known)
    return SetQuality(findings=tuple(findings), stability=stability, changes=changes, acceptability=acceptability,
                      redundancy=alike, split_half=halves, patterns=tuple(check for _, check in patterns),
                      survival=survival)


def _only(card: Scorecard, people: pd.Index) -> Scorecard:
    """The scorecard of some of its people."""
    return replace(card, totals=card.totals[card.totals.index.isin(people)],
                   lines=card.lines[card.lines["seller_id"].isin(people)])


def _vary_weights(
    card: Scorecard, findings: list[Finding], library: KpiLibrary, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, RankAcceptability]]:
    rooms, effects, accepted = [], [], {}
    for code, lines in card.lines.groupby("set", sort=True):
        called = _set_name(card, str(code))
        scores = lines.pivot_table(index="seller_id", columns="kpi", values="score", aggfunc="first").dropna()
        if len(scores) < FEWEST_FOR_WEIGHTS or scores.shape[1] < 2:
            findings.append(Finding(key=f"weights_{code}", status="unknown", message=FEW_IN_SET,
                                    details={"set": called, "n": len(scores)}))
            continue
        weights = lines.groupby("kpi")["nominal_weight"].first().reindex(scores.columns)
        weights = weights / weights.sum()
        rooms.append(weight_stability_intervals(scores, weights).assign(set=str(code)))
        effect = rank_changes(scores, weights).assign(set=str(code))
        effects.append(effect)
        total = scores @ weights
        best = scores.loc[who_may_be_first(scores, total)]
        accepted[str(code)] = rank_acceptability(best, n=WEIGHTINGS, seed=seed, ranks=1)
        findings += _weight_findings(str(code), called, effect, accepted[str(code)], card, scores.index, best.index[0], library)
    none = pd.DataFrame()
    return (pd.concat(rooms, ignore_index=True) if rooms else none,
            pd.concat(effects, ignore_index=True) if effects else none, accepted)  # fmt: skip


def who_may_be_first(scores: pd.DataFrame, total: pd.Series) -> list[Any]:
    """Today's best by the total, and the best in each KPI: whom other weights could put first.

    Parameters
    ----------
    scores
        People x KPIs.
    total
        Score of each of them.
    """
    best = list(total.sort_values(ascending=False, kind="stable").index[:MOST_FOR_ACCEPTABILITY])
    for kpi in scores:
        best += list(scores[kpi].sort_values(ascending=False, kind="stable").index[:MOST_OF_A_KPI])
    return list(dict.fromkeys(best))


def _weight_findings(
    code: str, called: Any, effect: pd.DataFrame, accepted: RankAcceptability, card: Scorecard, complete: pd.Index,
    first: Any, library: KpiLibrary,
) -> list[Finding]:
    found = []
    if effect["spearman"].notna().any():
        worst = effect.iloc[int(np.nanargmin(effect["spearman"].to_numpy(float)))]
        least, steady = float(worst["spearman"]), float(worst["spearman"]) >= STEADY
        details = {"set": called, "kpi": name_of(str(worst["criterion"]), library), "least_value": least,
                   "n_moved": int(worst["n_moved"])}
        found.append(Finding(key=f"weights_{code}", status="ok" if steady else "watch",
                             message=STEADY_WEIGHTS if steady else TOUCHY_WEIGHTS, details=details,
                             action="" if steady else WIDEN, owner=ANALYST))
    share, is_first = float(accepted.first[first]), bool(card.totals.loc[first, "rank"] == 1)
    found.append(Finding(key=f"first_{code}", status="ok" if share >= 0.5 else "watch",
                         message=FIRST_SHARE if is_first else FIRST_OF_COMPLETE,
                         details={"set": called, "name": str(card.totals.loc[first, "name"]), "first_share": share,
                                  "error_share": TWO_SIDED * float(accepted.first_error[first]),
                                  **({} if is_first else {"n": len(complete)})},
                         action="" if share >= 0.5 else WIDEN, owner=ANALYST, node_id=str(first)))  # fmt: skip
    return found


def _set_name(card: Scorecard, code: str) -> Any:
    if card.scheme is not None and code in getattr(card.scheme, "codes", ()):
        return card.scheme[code].name.model_dump()
    return code


def _find_alike(card: Scorecard, findings: list[Finding], library: KpiLibrary) -> Redundancy | None:
    lines, figures = card.lines, comparable_figures(card)
    if figures.shape[1] < 2:
        return None
    kinds = {kpi: str(library[kpi].type) for kpi in figures.columns if kpi in library}
    found = redundancy(figures, weights=lines.groupby("kpi")["nominal_weight"].mean(), kinds=kinds, card=card)
    pairs = found.pairs
    tested = pairs[pairs["status"] != INSUFFICIENT]
    twice = tested[tested["status"] == REDUNDANT]
    rows: Any = twice.itertuples()
    for row in rows:
        drop = name_of(row.drop_kpi, library)
        details = {"kpi_a": name_of(row.kpi_a, library), "kpi_b": name_of(row.kpi_b, library), "n": int(row.n),
                   "pearson_value": row.pearson, "spearman_value": row.spearman, "drop": drop}
        without = found.survival.get(row.drop_kpi)
        if without is not None and np.isfinite(without.spearman):
            details |= {"survival_value": without.spearman, "n_moved": without.n_moved}
        findings.append(Finding(key=f"redundant_{row.kpi_a}_{row.kpi_b}", status="watch", details=details, action=DROP_ONE,
                                message=SAME_TWICE if "survival_value" in details else SAME_TWICE_SHORT, owner=ANALYST))
    if not len(tested):
        findings.append(Finding(key="redundant", status="unknown", message=NO_PAIRS, details={"n_least": LEAST_PEOPLE}))
    elif not len(twice):
        findings.append(Finding(key="redundant", status="ok", message=ALL_DISTINCT,
                                details={"pearson_value": float(tested["pearson"].max())}))
    return found


def _split(
    daily: pd.DataFrame, card: Scorecard, findings: list[Finding], coverage: float, seed: int
) -> SplitHalf | None:
    try:
        found = split_half(daily, card, coverage=coverage, seed=seed)
    except InputError:
        findings.append(Finding(key="reliability", status="unknown", message=RELIABILITY_UNKNOWN))
        return None
    row = found.table.iloc[-1]
    if not np.isfinite(row["reliability"]):
        findings.append(Finding(key="reliability", status="unknown", message=RELIABILITY_UNKNOWN))
        return found
    good = row["reliability"] >= SHAKY
    details = {"reliability_value": row["reliability"], "lower_value": row["reliability_lower"],
               "upper_value": row["reliability_upper"], "n": int(row["n"])}
    message, action = (RELIABLE, "") if good else (UNREPEATED, NO_RANKS) if row["reliability"] < 0 else (UNRELIABLE, LONGER)
    findings.append(Finding(key="reliability", status="ok" if good else "watch", message=message, details=details,
                            action=action, owner=ANALYST))
    return found
