"""What a reader has to know before believing a scorecard: mixed rules, missing data, people without targets, few cases."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.kpis.score_explanation import Note
from salesplan.kpis.scoring_policies import Policy
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.kpis.set_scores import ScoredSet, weighted_totals
from salesplan.text import mark

LEAST_SELLERS = 10
"""Fewer people than this give ranks that say little."""
LEAST_EVIDENCE = 5
"""A figure that rests on fewer rows than this is called thin."""
LEAST_WEIGHT = 0.5
"""Who is scored on less of the weight than this is named."""

RAW_BESIDE_TARGET = mark(
    "{set}: mixed rules, raw percentage for {raw_kpis} but actual against target for {other_kpis}; with actual ÷ target"
    " for all of them the average score would be {consistent_score}, not {score} (people: {n_sellers})."
)
RAW_WITHOUT_TARGET = mark(
    "{set}: mixed rules, raw percentage for {raw_kpis} but actual against target for {other_kpis}; {raw_kpis} has no"
    " targets, so the score under one rule cannot be said."
)
BOTH_LOWER_FORMS = mark(
    "{set}: mixed rules where less is better, a straight line for {raw_kpis} but target ÷ actual for {other_kpis}; with"
    " target ÷ actual for all of them the average score would be {consistent_score}, not {score} (people: {n_sellers})."
)
NO_DATA = mark("{set}: {kpi} has no data for anybody.")
NO_TARGET = mark("{set}: sellers without a target for {kpi}: {n_sellers}. Their other KPIs carry its weight.")
THIN = mark("{set}: sellers whose {kpi} rests on fewer than {n_least} records: {n_sellers}. One case moves their score.")
LITTLE_WEIGHT = mark("Scored on less than {least_weight} of the weights: {names} ({n_sellers}).")
NO_SCORE = mark("No score and no rank, because none of the KPIs could be scored: {names} ({n_sellers}).")
NOT_SCORED = mark("{set}: nobody is scored ({n_sellers} {n_sellers:person|people}), because the definition of {kpis} cannot be read.")
NO_SET = mark("Under no KPI set: {names} ({n_sellers}).")
FEW = mark("Sellers with a score: {n_sellers}. Ranks among so few say little.")
MANY_SETS = mark("Places and bands are among those under the same KPI set ({n_sets} sets): who is scored by other KPIs is no peer.")
NO_BANDS = mark("Scores without their chance interval: a difference of a few points may be luck.")

_AGAINST_TARGET = ("achievement_rate", "capped", "lower_is_better_reciprocal", "lower_is_better_linear", "range_score")
_LISTED = 10


def score_notes(
    sets: Sequence[ScoredSet],
    totals: pd.DataFrame,
    *,
    set_names: Mapping[str, Any],
    kpi_names: Mapping[str, Any],
    unread: Mapping[str, Sequence[str]] | None = None,
) -> list[Note]:
    """Sentences with details about what is doubtful in a scorecard.

    Parameters
    ----------
    sets
        Everybody's points, set by set.
    totals
        As of `Scorecard.totals`.
    set_names, kpi_names
        Code -> name in zh and en; a code that is not there stands for itself.
    unread
        Sets that are not scored -> their KPIs whose definition cannot be read.
    """
    notes: list[Note] = []
    for code, kpis in (unread or {}).items():
        if n := int((totals["set"] == code).sum()):
            notes.append({"msgid": NOT_SCORED, "details": {"set": set_names.get(code, code), "kpis": list(kpis),
                                                           "n_sellers": n}})
    for one in sets:
        shown = set_names.get(one.code, one.code)
        notes += _mixtures(one, shown, kpi_names)
        notes += _data_notes(one, shown, kpi_names)
    names = totals["name"].astype(str)
    without_set, scored = totals["set"].isna(), totals["score"].notna()
    carried = pd.Series(1.0, index=totals.index)
    for one in sets:
        carried.iloc[one.members] = (~np.isnan(one.score) * one.nominal).sum(axis=1)
    notes += _people(LITTLE_WEIGHT, names[scored & (carried < LEAST_WEIGHT - 1e-9)], least_weight=LEAST_WEIGHT)
    notes += _people(NO_SCORE, names[~scored & ~without_set & ~totals["set"].isin(list(unread or {}))])
    notes += _people(NO_SET, names[without_set])
    if 0 < scored.sum() < LEAST_SELLERS:
        notes.append({"msgid": FEW, "details": {"n_sellers": int(scored.sum())}})
    if len(sets) > 1:
        notes.append({"msgid": MANY_SETS, "details": {"n_sets": len(sets)}})
    if scored.any():
        notes.append({"msgid": NO_BANDS, "details": {}})
    return notes


def _people(msgid: str, names: pd.Series, **details: Any) -> list[Note]:
    if not len(names):
        return []
    shown = sorted(names)
    listed = [*shown[:_LISTED], "…"] if len(shown) > _LISTED else shown
    return [{"msgid": msgid, "details": {"n_sellers": len(shown), "names": listed, **details}}]


def _data_notes(one: ScoredSet, shown: Any, kpi_names: Mapping[str, Any]) -> list[Note]:
    notes: list[Note] = []
    for at, kpi in enumerate(one.kpis):
        about = {"set": shown, "kpi": kpi_names.get(kpi, kpi)}
        there = pd.notna(one.actuals[at])
        if not there.any():
            notes.append({"msgid": NO_DATA, "details": about})
            continue
        if n := int((one.policy[:, at] == Policy.NO_TARGET_LEFT_OUT).sum()):
            notes.append({"msgid": NO_TARGET, "details": {**about, "n_sellers": n}})
        thin = there & (one.evidence[:, at] > 0) & (one.evidence[:, at] < LEAST_EVIDENCE)
        if n := int(thin.sum()):
            notes.append({"msgid": THIN, "details": {**about, "n_sellers": n, "n_least": LEAST_EVIDENCE}})
    return notes


def _mixtures(one: ScoredSet, shown: Any, kpi_names: Mapping[str, Any]) -> list[Note]:
    """Rules of one set that give the same achievement different points."""
    functions = [rule.function for rule in one.rules]
    notes: list[Note] = []
    raw = [at for at, name in enumerate(functions) if name == "raw_percentage"]
    against = [at for at, rule in enumerate(one.rules) if rule.function in _AGAINST_TARGET
               or (rule.function in ("piecewise", "step_grade") and rule.needs_target)]
    if raw and against:
        notes.append(_mixture(one, shown, kpi_names, raw, against, "achievement_rate", RAW_BESIDE_TARGET))
    straight = [at for at, name in enumerate(functions) if name == "lower_is_better_linear"]
    reciprocal = [at for at, name in enumerate(functions) if name == "lower_is_better_reciprocal"]
    if straight and reciprocal:
        notes.append(_mixture(one, shown, kpi_names, straight, reciprocal, "lower_is_better_reciprocal", BOTH_LOWER_FORMS))
    return notes


def _mixture(
    one: ScoredSet, shown: Any, kpi_names: Mapping[str, Any], odd: list[int], others: list[int], function: str, text: str
) -> Note:
    score = one.score.copy()
    for at in odd:
        kept = one.rules[at]
        case = {"zero_actual": "exclude"} if function == "lower_is_better_reciprocal" and kept.cap is None else {}
        rule = ScoringRule(function=function, floor=kept.floor, cap=kept.cap, zero_target="exclude",
                           negative_target="exclude", **case)
        score[:, at] = rule.score(one.actuals[at], one.targets[at])
    total, _ = weighted_totals(score, one.nominal)
    both = ~np.isnan(one.total) & (np.isnan(score) == np.isnan(one.score)).all(axis=1)
    details = {"set": shown, "raw_kpis": [kpi_names.get(one.kpis[at], one.kpis[at]) for at in odd],
               "other_kpis": [kpi_names.get(one.kpis[at], one.kpis[at]) for at in others]}
    if not both.any():
        return {"msgid": RAW_WITHOUT_TARGET, "details": details}
    return {"msgid": text, "details": {**details, "n_sellers": int(both.sum()), "score": float(one.total[both].mean()),
                                       "consistent_score": float(total[both].mean())}}
