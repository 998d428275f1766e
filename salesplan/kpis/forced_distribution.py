"""Forced distribution, such as 20/70/10: how many of each grade, who gets which, and how often that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.text import mark

Note = dict[str, Any]

SMALL_GROUP = 10
"""Below this many people the last tenth is one person or nobody."""
SIMULATED = 4_000_000
"""People simulated by `misgrading_at_reliability`, in groups of n."""

CUT_IN_TIE = mark("The border between {upper_grade} and {lower_grade} runs through one score: {names} stand on both sides.")
CUT_IN_BAND = mark(
    "The border between {upper_grade} and {lower_grade} runs through band {band_number}: nobody can tell {n} people of it"
    " apart, among them {names}."
)
MISGRADED = mark(
    "Roughly {p_wrong} of the people get another grade than their true score deserves, by how well the score repeats"
    " itself (in simulated companies the true share was {least_factor} to {most_factor} times the stated one); of those"
    " given {grade}, about {p_wrong_in_grade} do not belong there."
)
MISGRADED_BY_DRAWS = mark(
    "Very roughly {p_wrong} of the people get another grade than their true score deserves, by the score intervals (in"
    " simulated companies the true share was {least_factor} to {most_factor} times the stated one); of those given"
    " {grade}, about {p_wrong_in_grade} do not belong there."
)
BY_RELIABILITY = (0.85, 1.05)
BY_DRAWS = (0.7, 1.5)
"""True over stated share of wrong grades, the least and the most found in simulation."""
NO_DRAWS = mark("{n} {n:person|people} without a score interval {n:is|are} left out of the share of wrong grades: {names}.")
UNKNOWN_MISGRADING = mark("How many people get the wrong grade is unknown: there are no score intervals and no reliability.")
SMALL = mark("With {n} {n:person|people} one person is {one_share} of the group: the shares agreed cannot be kept.")
NOT_GRADED = mark("{n} {n:person has|people have} no score and {n:gets|get} no grade: {names}.")


def forced_counts(n: int, shares: Mapping[str, Any] | Sequence[Any]) -> list[int]:
    """How many people of a group get each grade.

    Parameters
    ----------
    n
        People in the group.
    shares
        Share of each grade, best grade first, in any common unit (20, 70, 10 or 0.2, 0.7, 0.1). Text is read
        exactly ("1/3").

    Raises
    ------
    InputError
        A negative share, all zero, or text that is no number.

    Notes
    -----
    Largest remainder with exact fractions (a written 0.1 is one tenth). Equal remainders go to the better
    grade, so that rounding is never to anybody's disadvantage.

    Examples
    --------
    >>> [forced_counts(n, ["20", "70", "10"]) for n in (5, 8, 30)]
    [[1, 4, 0], [2, 5, 1], [6, 21, 3]]
    """
    if n < 0:
        raise InputError(f"n == {n}, must not be negative")
    exact = _exact_shares(shares)
    quotas = [n * share for share in exact]
    counts = [int(quota) for quota in quotas]
    left = n - sum(counts)
    by_remainder = sorted(range(len(counts)), key=lambda i: (-(quotas[i] - counts[i]), i))
    for i in by_remainder[:left]:
        counts[i] += 1
    return counts


def _exact_shares(shares: Mapping[str, Any] | Sequence[Any]) -> list[Fraction]:
    values = list(shares.values()) if isinstance(shares, Mapping) else list(shares)
    names = list(shares) if isinstance(shares, Mapping) else [str(i + 1) for i in range(len(values))]
    exact = []
    for name, value in zip(names, values, strict=True):
        try:
            share = Fraction(str(value).strip())
        except (ValueError, ZeroDivisionError):
            raise InputError(f"share == {value!r}, must be a number", where=f"grade {name}") from None
        if share < 0:
            raise InputError(f"share == {value}, must not be negative", where=f"grade {name}")
        exact.append(share)
    whole = sum(exact, Fraction(0))
    if not whole:
        raise InputError("shares are all zero, must leave a grade for somebody")
    return [share / whole for share in exact]


@dataclass(frozen=True, kw_only=True, eq=False)
class ForcedDistribution:
    """Grades given by quota, and what they are worth.

    ``table`` has one row a person: score, grade, p_wrong (chance that the true score deserves another
    grade; missing when unknown), on_border (a tie or band is cut here). ``counts`` says how many each grade
    got, ``shares`` how many were agreed, ``p_wrong`` the expected share of wrong grades, ``p_wrong_by_grade``
    the same among those given a grade.
    """

    table: pd.DataFrame
    counts: pd.Series
    shares: pd.Series
    p_wrong: float
    p_wrong_by_grade: pd.Series
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        for name in ("table", "counts", "shares", "p_wrong_by_grade"):
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "notes", tuple(self.notes))
        graded = self.table["grade"].notna().sum()
        if int(self.counts.sum()) != int(graded):
            raise InputError(f"counts sum to {int(self.counts.sum())}, must be the {int(graded)} people with a grade")

    def to_frame(self) -> pd.DataFrame:
        """One row a person."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """One row a grade: people, share agreed, share given, chance that a grade given is wrong."""
        n = max(int(self.counts.sum()), 1)
        return pd.DataFrame({
            "grade": self.counts.index, "n_sellers": self.counts.to_numpy(), "agreed_share": self.shares.to_numpy(),
            "given_share": self.counts.to_numpy() / n, "p_wrong": self.p_wrong_by_grade.to_numpy(),
        })  # fmt: skip


def forced_distribution(
    scores: pd.Series,
    shares: Mapping[str, Any],
    *,
    draws: pd.DataFrame | ArrayLike | None = None,
    reliability: float | None = None,
    bands: pd.Series | None = None,
    names: pd.Series | None = None,
    seed: int = 0,
) -> ForcedDistribution:
    """Give grades by quota, and say how often that is wrong.

    Parameters
    ----------
    scores
        One a person, index the person; a missing score gets no grade.
    shares
        Grade -> share, best grade first: ``{"A": 20, "B": 70, "C": 10}``.
    reliability
        Share of the spread of scores that is true (`split_half`): gives the chance of a wrong grade, the same for
        everybody of a grade. Goes before the draws, because it comes out nearer the truth.
    draws
        People x draws of the scores (`score_draws`), where the reliability is unknown: a chance for each person.
    bands
        Band of each person (`rank_bands`): a border inside a band is said, with names.
    names
        Names for the notes; the index otherwise.
    seed
        Of the simulations.

    Returns
    -------
    ForcedDistribution

    Raises
    ------
    InputError
        Shares that are no numbers, a person twice, a reliability outside 0 to 1.

    Notes
    -----
    Inside a tie the order of the index decides who gets the better grade: an arbitrary choice, which is why it
    is flagged. With draws, what a draw gives to everybody alike is no error of anybody; the true scores are the
    observed ones pulled towards the mean by each person's reliability (normal empirical Bayes) and spread
    accordingly. People without draws count neither as right nor as wrong, and are named.

    Measured through `score_draws` and `split_half` with 40 simulated companies each of 15, 40 or 120 people with 2 to
    60 orders a month (gamma, log-normal or Pareto amounts, clustered days, days good or bad for everybody), one KPI or
    three, capped or not, the true share of wrong grades averaged 24-41 %. By the reliability 27-40 % was stated, and the
    true share was 0.86 to 1.01 times that (among those given the last grade 0.93 to 1.18 times). By draws it was 1.25
    to 1.49 times what was stated under caps, and 0.71 to 0.88 times without them: what people at a cap could lose is
    not in their draws, and few orders make wide ones. Draws whose error is right come within 4 percentage points
    (tests/kpis/test_forced_distribution.py).

    Examples
    --------
    >>> scores = pd.Series({"a": 95.0, "b": 90.0, "c": 88.0, "d": 80.0, "e": 70.0})
    >>> given = forced_distribution(scores, {"A": 20, "B": 60, "C": 20}, reliability=0.6)
    >>> given.table["grade"].tolist(), 0.3 < given.p_wrong < 0.5
    (['A', 'B', 'B', 'B', 'C'], True)
    """
    if not scores.index.is_unique:
        raise InputError(f"person {scores.index[scores.index.duplicated()][0]!r} stands twice, must be there once")
    if reliability is not None and not 0 <= reliability <= 1:
        raise InputError(f"reliability == {reliability:g}, must be between 0 and 1")
    graded = scores[scores.notna()]
    grades = [str(grade) for grade in shares]
    counts = forced_counts(len(graded), shares)
    order = sorted(range(len(graded)), key=lambda i: (-round(float(graded.iloc[i]), 9), str(graded.index[i])))
    given = np.empty(len(graded), np.int64)
    given[order] = np.repeat(np.arange(len(grades)), counts)
    table = pd.DataFrame({"score": scores, "grade": pd.Series(np.array(grades, object)[given], index=graded.index)},
                         index=scores.index)
    p_each = pd.Series(np.nan, index=graded.index)
    by_grade = np.full(len(grades), np.nan)
    by_draws = reliability is None and draws is not None
    if by_draws and len(graded) > 1:
        matrix = draws.reindex(graded.index).to_numpy(float) if isinstance(draws, pd.DataFrame) else (
            np.asarray(draws, float)[scores.notna().to_numpy()])
        p_each = pd.Series(_p_wrong(graded.to_numpy(float), matrix, given, counts, seed), index=graded.index)
        by_grade = np.array([p_each[given == g].mean() if (given == g).any() else np.nan for g in range(len(grades))])
    elif reliability is not None and len(graded) > 1:
        by_grade = misgrading_at_reliability(counts, reliability, seed=seed)
        p_each = pd.Series(by_grade[given], index=graded.index)
    table["p_wrong"] = p_each
    called = pd.Series(scores.index.astype(str), index=scores.index) if names is None else names
    notes, border = _borders(graded, given, order, grades, bands, called)
    table["on_border"] = pd.Series(border, index=graded.index)
    table["on_border"] = table["on_border"].eq(True)
    p_wrong = float(p_each.mean()) if p_each.notna().any() else float("nan")
    notes = _error_notes(p_wrong, by_grade, grades, len(graded), by_draws=by_draws) + notes
    if by_draws and np.isfinite(p_wrong) and (blind := p_each.index[p_each.isna()]).size:
        notes.append({"msgid": NO_DRAWS, "details": {"n": len(blind), "names": _listed(blind, called)}})
    if (lost := scores.index[scores.isna()]).size:
        notes.append({"msgid": NOT_GRADED, "details": {"n": len(lost), "names": [str(called[p]) for p in lost[:10]]}})
    return ForcedDistribution(
        table=table, counts=pd.Series(counts, index=grades, name="n_sellers"),
        shares=pd.Series([float(s) for s in _exact_shares(shares)], index=grades, name="agreed_share"),
        p_wrong=p_wrong, p_wrong_by_grade=pd.Series(by_grade, index=grades, name="p_wrong"), notes=tuple(notes),
    )  # fmt: skip


def _p_wrong(
    score: NDArray[np.float64], draws: NDArray[np.float64], given: NDArray[np.int64], counts: Sequence[int], seed: int
) -> NDArray[np.float64]:
    """Chance that a person's true score deserves another grade; missing for people without draws.

    A draw's mean over people is taken off first: luck that hits everybody alike changes nobody's grade.
    """
    known: NDArray[np.bool_] = np.asarray(np.isfinite(draws).all(axis=1))
    n = int(known.sum())
    if n < 2:
        return np.full(len(score), np.nan)
    rng = np.random.default_rng(seed)
    own = (draws[known] - draws[known].mean(axis=0)) * np.sqrt(n / (n - 1))
    noise = np.empty(draws.shape)
    noise[known] = own - own.mean(axis=1)[:, None]
    each = noise[known].var(axis=1, ddof=1)
    usual = float(each.mean())
    noise[~known] = np.sqrt(usual) * rng.standard_normal((len(score) - n, draws.shape[1]))
    error = np.full(len(score), usual)
    error[known] = each
    true = max(float(score[known].var(ddof=1)) - usual, 0.0)
    kept = np.divide(true, true + error, out=np.zeros_like(error), where=true + error > 0)
    drawn = score.mean() + kept[:, None] * (score - score.mean())[:, None] + np.sqrt(kept)[:, None] * noise
    if true == 0:
        drawn = rng.standard_normal(draws.shape)
    place = np.argsort(np.argsort(-drawn, axis=0, kind="stable"), axis=0, kind="stable")
    grade = np.searchsorted(np.cumsum(counts), place, side="right")
    return np.where(known, (grade != given[:, None]).mean(axis=1), np.nan)


def misgrading_at_reliability(
    counts: Sequence[int], reliability: float, *, seed: int = 0, simulated: int = SIMULATED
) -> NDArray[np.float64]:
    """Chance that somebody given a grade by quota truly deserves another one, for each grade.

    Parameters
    ----------
    counts
        People who get each grade, best first.
    reliability
        Share of the variance of scores that is true.
    simulated
        People simulated; four million give a standard error of about 0.001 for the last of ten.

    Notes
    -----
    Observed score = true score + error, both normal, in groups of ``sum(counts)``; Monte Carlo.

    Examples
    --------
    >>> 1 - misgrading_at_reliability([9, 1], 0.6).round(2)
    array([0.94, 0.49])
    """
    if not 0 <= reliability <= 1:
        raise InputError(f"reliability == {reliability:g}, must be between 0 and 1")
    n, rng = int(sum(counts)), np.random.default_rng(seed)
    wrong, total = np.zeros(len(counts)), np.zeros(len(counts))
    if n < 2:
        return np.where(np.asarray(counts) > 0, 0.0, np.nan)
    edges = np.cumsum(counts)
    for _ in range(max(1, int(np.ceil(simulated / 500_000)))):
        groups = max(1, min(simulated, 500_000) // n)
        true = rng.standard_normal((groups, n), np.float32)
        seen = np.sqrt(reliability) * true + np.sqrt(1 - reliability) * rng.standard_normal((groups, n), np.float32)
        at = np.argsort(-seen, axis=1)
        deserved = np.empty((groups, n), np.int8)
        np.put_along_axis(deserved, np.argsort(-true, axis=1), np.repeat(np.arange(len(counts)), counts)[None, :].astype(np.int8),
                          axis=1)
        along = np.take_along_axis(deserved, at, axis=1)
        for g, (a, b) in enumerate(zip([0, *edges[:-1]], edges, strict=True)):
            wrong[g] += (along[:, a:b] != g).sum()
            total[g] += along[:, a:b].size
    return np.divide(wrong, total, out=np.full(len(counts), np.nan), where=total > 0)


def _borders(
    graded: pd.Series, given: NDArray[np.int64], order: list[int], grades: list[str], bands: pd.Series | None,
    names: pd.Series,
) -> tuple[list[Note], NDArray[np.bool_]]:
    """Borders between grades that run through a tie or a band, with the people on them."""
    notes: list[Note] = []
    border = np.zeros(len(graded), bool)
    value = graded.round(9).to_numpy(float)
    band = None if bands is None else bands.reindex(graded.index)
    for upper, lower in pairwise(order):
        if given[upper] == given[lower]:
            continue
        about = {"upper_grade": grades[given[upper]], "lower_grade": grades[given[lower]]}
        if value[upper] == value[lower]:
            tied: NDArray[np.bool_] = np.asarray(value == value[upper])
            border |= tied
            notes.append({"msgid": CUT_IN_TIE, "details": {**about, "names": _listed(graded.index[tied], names)}})
        elif band is not None and pd.notna(band.iloc[upper]) and band.iloc[upper] == band.iloc[lower]:
            inside = (band == band.iloc[upper]).fillna(False).to_numpy(bool)
            border |= inside
            at = order.index(upper)
            near = [i for i in order[max(0, at - 2) : at + 4] if inside[i]]
            notes.append({"msgid": CUT_IN_BAND, "details": {
                **about, "band_number": str(band.iloc[upper]), "n": int(inside.sum()),
                "names": [str(names[graded.index[i]]) for i in near]}})  # fmt: skip
    return notes, border


def _listed(people: pd.Index, names: pd.Series) -> list[str]:
    shown = [str(names[p]) for p in people]
    return [*sorted(shown)[:10], "…"] if len(shown) > 10 else sorted(shown)


def _error_notes(
    p_wrong: float, by_grade: NDArray[np.float64], grades: list[str], n: int, *, by_draws: bool
) -> list[Note]:
    notes: list[Note] = []
    known = np.flatnonzero(np.isfinite(by_grade))
    if np.isfinite(p_wrong) and known.size:
        worst = int(known[-1])
        least, most = BY_DRAWS if by_draws else BY_RELIABILITY
        notes.append({"msgid": MISGRADED_BY_DRAWS if by_draws else MISGRADED, "details": {
            "p_wrong": p_wrong, "grade": grades[worst], "p_wrong_in_grade": float(by_grade[worst]),
            "least_factor": least, "most_factor": most}})  # fmt: skip
    elif n > 1:
        notes.append({"msgid": UNKNOWN_MISGRADING, "details": {}})
    if 0 < n < SMALL_GROUP:
        notes.append({"msgid": SMALL, "details": {"n": n, "one_share": 1 / n}})
    return notes
