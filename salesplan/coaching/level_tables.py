"""The tables of skill levels: one row a person and skill, sources, lenient managers, why a level is what it is, notes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.assessments import GONE, SOURCE_NAMES, SOURCES, TOO_LATE, Array, CodedAssessments
from salesplan.coaching.self_severity import SELF, SelfSeverity
from salesplan.coaching.source_bias import SourceBias, pairs_of
from salesplan.coaching.source_noise import LEAST_PAIRS, MANAGER, RatingCells, SourceNoise
from salesplan.text import mark

SHRUNK = mark(
    "Levels are drawn towards the mean of the person's tier in the skill, by {mean_share} on average: the fewer and the"
    " noisier the ratings, the more."
)
REFERENCE = mark(
    "Levels are on the scale of {reference_msgid}: what other sources and single managers add to everybody's ratings was"
    " estimated and taken off, from {n_pairs} skills of people that it and another source rated."
)
NOT_COMPARED = mark(
    "Ratings of {sources_msgid} can hardly be compared with others on the same skill; their leniency could not be"
    " estimated and {n} levels rest on them alone."
)
FLAT = mark(
    "Most ratings of {skills} by one source or more are at one end of the scale and tell nobody apart; they count nothing"
    " there. {n} levels rest on them alone and are not told."
)
NEVER_COMPARED = mark(
    "{n_managers} managers were never compared with another source, which touches {n} people: their leniency is not known,"
    " and intervals allow for a spread of {spread_factor} levels between managers."
)
AGED = mark(
    "Nothing tells how fast levels change: the error variance of a rating was doubled for every {half_life_value} months of"
    " age."
)
NO_TEST = mark(
    "No test tells how mild {reference_msgid} is as a whole: if all who assess are too mild, every level is too high and every"
    " gap too small by as much, and no interval knows it."
)
ASSUMED_NOISE = mark(
    "Too few skills were rated by two sources to see how precise a rating is; an error of {noise_factor} levels was"
    " assumed."
)
ONLY_SELF = mark(
    "{n} levels rest on a self-assessment alone; it was corrected by what others say of people who rate themselves alike."
    " They count in no mean of a group."
)
ONLY_SELF_UNCHECKED = mark(
    "{n} levels rest on a self-assessment alone, and nothing tells how far to trust it; the interval is a guess. They"
    " count in no mean of a group."
)


def level_table(cells: RatingCells, sellers: Sequence[str], skills: Sequence[str], mean: Array, variance: Array, raw: Array,
           share: Array, others: NDArray[np.bool_], scale: tuple[float, float], coverage: float, *, with_self: bool,
           counts: NDArray[np.bool_], unclear: NDArray[np.bool_]) -> pd.DataFrame:  # fmt: skip
    """One row a person and skill; ``counts`` says which sources count in which cell."""
    from scipy.special import stdtrit

    se = np.sqrt(variance)
    half = float(stdtrit(max(len(np.unique(cells.seller)) - 2, 2), (1 + coverage) / 2)) * se
    there = np.isfinite(cells.rating)
    told = there & counts
    told[:, SELF] = there[:, SELF] & ((with_self & others) | ~(others | unclear))
    kinds, kind = np.unique(told @ (1 << np.arange(len(SOURCES))), return_inverse=True)
    words = ["+".join(s for at, s in enumerate(SOURCES) if int(k) >> at & 1) for k in kinds]
    days = np.where(told, cells.day, np.datetime64("1900-01-01")).max(axis=1).astype("datetime64[D]")
    return pd.DataFrame({
        "seller_id": np.array(sellers, dtype=object)[cells.seller], "skill": np.array(skills, dtype=object)[cells.skill],
        "level": np.clip(mean, *scale), "level_lower": np.clip(mean - half, *scale), "level_upper": np.clip(mean + half, *scale),
        "se": se, "raw_level": raw, "group_share": share, "n_sources": told.sum(axis=1),
        "sources": np.array(words, dtype=object)[kind], "self_level": cells.rating[:, SELF], "self_only": ~(others | unclear),
        "not_told_apart": unclear,
        "assessed_date": days.astype("datetime64[s]"),
    })  # fmt: skip


def level_steps(
    cells: RatingCells, at: NDArray[np.int64], names: Sequence[str], adjustments: Array, parts: Array, corrected: Array,
    unclear: NDArray[np.bool_],
) -> pd.DataFrame:  # fmt: skip
    """Ratings behind the levels of rows ``at``: skill, source, assessed_date, given_level, bias_level, adjusted_level,
    source_weight (share in the level before it is drawn to the tier's mean)."""
    rows = []
    for row in at:
        spoken = float(parts[row].sum())
        for source in np.flatnonzero(np.isfinite(cells.rating[row])):
            given = float(cells.rating[row, source])
            own = source == SELF
            share = (0.0 if unclear[row] else max(0.0, 1 - spoken)) if own else float(parts[row, source])
            bias = given - float(corrected[row]) if own else float(adjustments[row, source])
            counts = share > 1e-12
            rows.append({
                "skill": names[cells.skill[row]], "source": SOURCES[source],
                "assessed_date": pd.Timestamp(cells.day[row, source]), "given_level": given,
                "bias_level": bias if counts else np.nan, "adjusted_level": given - bias if counts else np.nan,
                "source_weight": share,
            })  # fmt: skip
    columns = ["skill", "source", "assessed_date", "given_level", "bias_level", "adjusted_level", "source_weight"]
    return pd.DataFrame(rows, columns=columns)


def source_table(source: NDArray[np.int64], noise: SourceNoise, bias: SourceBias, weights: Array) -> pd.DataFrame:
    """One row a source that assessed others."""
    n = np.bincount(source, minlength=len(SOURCES))
    effects = np.r_[bias.effects, 0.0][bias.source_column]
    shown = (n > 0) & (np.arange(len(SOURCES)) != SELF)
    precision = np.where(shown, 1 / noise.total, 0.0)
    table = pd.DataFrame({
        "source": SOURCES, "n": n, "bias_level": np.where(weights > 0, effects, np.nan),
        "noise_level": np.sqrt(noise.total), "weight": weights, "precision_weight": precision / max(precision.sum(), 1e-12),
    })  # fmt: skip
    return table[shown].reset_index(drop=True)


def leniency_table(bias: SourceBias, compared: RatingCells, assessors: Sequence[str], coverage: float) -> pd.DataFrame:
    """One row a manager, the mildest first."""
    from scipy.special import ndtri

    columns = ["assessor_id", "n", "leniency_level", "leniency_level_lower", "leniency_level_upper"]
    named = compared.manager[(compared.manager >= 0) & np.isfinite(compared.rating[:, MANAGER])]
    n = np.bincount(named, minlength=len(assessors))
    if not len(bias.manager_column) or (bias.manager_column < 0).all() or not n.any():
        return pd.DataFrame(columns=columns)
    at = np.flatnonzero(n)
    column = bias.manager_column[at]
    effect, half = bias.effects[column], float(ndtri((1 + coverage) / 2)) * np.sqrt(np.diag(bias.covariance)[column])
    rows = pd.DataFrame({"assessor_id": np.array(assessors, dtype=object)[at], "n": n[at], "leniency_level": effect,
                         "leniency_level_lower": effect - half, "leniency_level_upper": effect + half})
    return rows.sort_values("leniency_level", ascending=False, ignore_index=True)[columns]


def level_notes(
    coded: CodedAssessments, noise: SourceNoise, counted: NDArray[np.bool_], reference: int, cells: RatingCells,
    others: NDArray[np.bool_], share: Array, severity: SelfSeverity, compared: RatingCells, flat: NDArray[np.bool_],
    *, unclear: NDArray[np.bool_], age: Array, half_life: float,
) -> list[dict[str, Any]]:  # fmt: skip
    """What a reader of levels has to keep in mind."""
    notes: list[dict[str, Any]] = []
    if coded.n_gone:
        notes.append({"msgid": GONE, "details": {"n": coded.n_gone}})
    if coded.n_late:
        notes.append({"msgid": TOO_LATE, "details": {"n": coded.n_late, "as_of": coded.as_of}})
    useless = [coded.skills[k] for k in np.flatnonzero((flat & counted).any(axis=1))]
    if useless:
        notes.append({"msgid": FLAT, "details": {"skills": useless, "n": int(unclear.sum())}})
    there = np.isfinite(cells.rating) & counted
    alone = there & (there.sum(axis=1) == 1)[:, None]
    weak = np.flatnonzero(counted & there.any(axis=0) & (noise.n_pairs < LEAST_PAIRS))
    if noise.n_pairs.max(initial=0) < LEAST_PAIRS and others.any():
        notes.append({"msgid": ASSUMED_NOISE, "details": {"noise_factor": round(float(np.sqrt(noise.own[0])), 2)}})
    elif others.any():
        notes.append({"msgid": REFERENCE, "details": {"reference_msgid": SOURCE_NAMES[SOURCES[reference]],
                                                      "n_pairs": int(pairs_of(compared, counted, reference).sum())}})
    if others.any() and SOURCES[reference] != "test":
        notes.append({"msgid": NO_TEST, "details": {"reference_msgid": SOURCE_NAMES[SOURCES[reference]]}})
    if len(weak) and there.any(axis=0).sum() > 1:
        notes.append({"msgid": NOT_COMPARED, "details": {"sources_msgid": [SOURCE_NAMES[SOURCES[s]] for s in weak],
                                                         "n": int(alone[:, weak].sum())}})
    notes += _manager_notes(noise, counted, cells, compared)
    if np.isnan(noise.drift) and (there & (age > half_life / 4)).any():
        notes.append({"msgid": AGED, "details": {"half_life_value": round(half_life, 1)}})
    if others.any():
        notes.append({"msgid": SHRUNK, "details": {"mean_share": float(share[others].mean())}})
    alone_by_self = int((~(others | unclear)).sum())
    if alone_by_self:
        known = severity.is_calibrated
        notes.append({"msgid": ONLY_SELF if known else ONLY_SELF_UNCHECKED, "details": {"n": alone_by_self}})
    return [*notes, *severity.notes]


def _manager_notes(
    noise: SourceNoise, counted: NDArray[np.bool_], cells: RatingCells, compared: RatingCells
) -> list[dict[str, Any]]:
    """Managers whom nothing tells mild or severe, and how many people they rated."""
    rated = np.isfinite(cells.rating[:, MANAGER]) & (cells.manager >= 0) & counted[MANAGER]
    known = compared.manager[np.isfinite(compared.rating[:, MANAGER])]
    never = rated & ~np.isin(cells.manager, known)
    if not never.any() or noise.leniency <= 0:
        return []
    return [{"msgid": NEVER_COMPARED, "details": {
        "n_managers": len(np.unique(cells.manager[never])), "n": len(np.unique(cells.seller[never])),
        "spread_factor": round(float(np.sqrt(noise.leniency)), 2)}}]
