"""Ranks with honesty: between which places somebody truly stands, and who cannot be told apart from whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from salesplan.errors import InputError, known_choices
from salesplan.text import mark

Floats = NDArray[np.float64]
Family = Literal["person", "everyone"]

EXACT_PEOPLE = 400
"""Up to this many people every pair has its own correlation; beyond it all pairs share the mean one."""

UNRANKED = mark("{n} {n:person has|people have} a score but no interval, so that nothing can be said about their place: {names}.")
BAND_MEANING = mark(
    "Nobody in a band can be told apart from the best of that band (at {coverage}); the best of a band is told apart"
    " from the best of the band above. Neighbours on two sides of a border may still be equally good."
)


def rank_bands(
    scores: pd.Series,
    *,
    draws: pd.DataFrame | ArrayLike | None = None,
    standard_errors: pd.Series | ArrayLike | None = None,
    coverage: float = 0.9,
    family: Family = "person",
) -> pd.DataFrame:
    """Between which places each person truly stands, and who shares a band.

    Parameters
    ----------
    scores
        One score a person, index the person; higher is better. A missing score has no place.
    draws
        People x draws of the same scores (``ScoreDraws.to_frame()``); rows are matched by index when they
        come as a frame. Shocks that hit everybody alike are in the draws and cancel in the differences.
    standard_errors
        One a person, instead of draws; the people's luck is then taken to be independent.
    coverage
        Rate at which an interval is to contain the truth.
    family
        ``person``: each person's own rank interval holds at the rate. ``everyone``: all rank intervals hold
        at once at the rate; they are wider.

    Returns
    -------
    DataFrame in the order of `scores`
        score, score_lower, score_upper, rank (equal scores share the better place), rank_lower (best
        possible place), rank_upper (worst), band (1 is best). Who has no interval has no rank, no band.

    Raises
    ------
    InputError
        Neither or both of draws and standard errors, shapes that do not fit, a person twice.

    Notes
    -----
    Rank confidence sets from differences (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies
    91:476): a place is 1 + the number of people shown to be better, up to n - the number shown to be worse,
    all comparisons of the family at one critical value. For ``person`` the value is the quantile of the
    largest of the n - 1 normal differences with one's own luck in common (by quadrature); for ``everyone``
    Tukey-Kramer, exact for equal errors and on the safe side otherwise (Hayter 1984). Scores of small
    sellers are skewed, so an error is measured on the side that counts: how far the better one may lie
    lower, and the worse one higher.

    A band starts with its best and goes down until the first who can be told apart from the best, at the
    critical value for all pairs at once: a higher score never lies in a lower band, and with the stated rate
    the best of every band are truly in that order. Neighbours across a border may be equally good.

    Measured on months of lumpy sales, 60 and 600 people (tests/kpis/test_bands.py has a shorter run): 90 %
    rank intervals of single people held in more than 99 % of cases, those of everyone at once in 97 % of the
    months or more. Of pairs in different bands 2-10 % were in the wrong order, averaged over the months; where
    luck outweighs skill there is mostly one band, and where there were two, 15-28 % of the pairs across the
    border were wrong. Where skill outweighs luck 92-99 % of such pairs were right.

    Examples
    --------
    >>> s = pd.Series({"a": 100.0, "b": 99.0, "c": 60.0})
    >>> rank_bands(s, standard_errors=[2.0, 2.0, 2.0])[["rank", "rank_lower", "rank_upper", "band"]].values.tolist()
    [[1, 1, 2, 1], [2, 1, 2, 1], [3, 3, 3, 2]]
    """
    _check(scores, coverage, family)
    if (draws is None) == (standard_errors is None):
        raise InputError("draws and standard_errors: give one of the two", where="rank_bands")
    spread = _from_draws(scores, draws, coverage) if draws is not None else _from_errors(scores, standard_errors, coverage)
    table = pd.DataFrame(index=scores.index)
    value = scores.to_numpy(float)
    table["score"] = value
    table["score_lower"], table["score_upper"] = spread.lower, spread.upper
    for column in ("rank", "rank_lower", "rank_upper", "band"):
        table[column] = pd.array([pd.NA] * len(table), dtype="Int64")
    able = np.flatnonzero(np.isfinite(value) & np.isfinite(spread.lower))
    if able.size:
        places = _places(np.round(value[able], 9), spread.of(able), coverage, family)
        for column, numbers in places.items():
            whole = pd.array([pd.NA] * len(table), dtype="Int64")
            whole[able] = numbers
            table[column] = whole
    return table


def band_notes(bands: pd.DataFrame, *, coverage: float = 0.9, names: pd.Series | None = None) -> list[dict[str, Any]]:
    """What a reader of the bands has to know: their meaning, and who could not be placed.

    Parameters
    ----------
    bands
        Result of :func:`rank_bands`.
    names
        Name of each person for the sentence; the index otherwise.

    Examples
    --------
    >>> b = rank_bands(pd.Series({"a": 90.0, "b": 80.0}), standard_errors=[1.0, np.nan])
    >>> band_notes(b)[1]["details"]
    {'n': 1, 'names': ['b']}
    """
    notes: list[dict[str, Any]] = []
    if bands["band"].notna().any():
        notes.append({"msgid": BAND_MEANING, "details": {"coverage": coverage}})
    lost = bands.index[bands["score"].notna() & bands["band"].isna()]
    if len(lost):
        shown = [str(p) if names is None else str(names.get(p, p)) for p in sorted(lost)]
        notes.append({"msgid": UNRANKED, "details": {"n": len(lost), "names": shown[:10]}})
    return notes


@dataclass(frozen=True, kw_only=True, eq=False)
class _Spread:
    """How far each score may lie lower and higher (as standard errors), and how much people share."""

    lower: Floats
    upper: Floats
    down: Floats
    up: Floats
    correlation: Floats

    def of(self, rows: NDArray[np.intp]) -> "_Spread":
        shared = self.correlation if self.correlation.ndim == 0 else self.correlation[np.ix_(rows, rows)]
        return _Spread(lower=self.lower[rows], upper=self.upper[rows], down=self.down[rows], up=self.up[rows],
                       correlation=shared)


def _from_errors(scores: pd.Series, errors: Any, coverage: float) -> _Spread:
    e = errors.reindex(scores.index) if isinstance(errors, pd.Series) else errors
    se = np.asarray(e, float)
    if se.shape != (len(scores),):
        raise InputError(f"standard_errors has {se.size} entries, must have one for each of {len(scores)} scores")
    if (se < 0).any():
        who = scores.index[np.flatnonzero(se < 0)[0]]
        raise InputError(f"standard error == {float(np.nanmin(se)):g}, must not be negative", where=f"person {who}")
    half = ndtri((1 + coverage) / 2) * se
    x = scores.to_numpy(float)
    return _Spread(lower=x - half, upper=x + half, down=se, up=se, correlation=np.array(0.0))


def _from_draws(scores: pd.Series, draws: Any, coverage: float) -> _Spread:
    values = (draws.reindex(scores.index) if isinstance(draws, pd.DataFrame) else np.asarray(draws))
    values = np.asarray(values)
    if values.ndim != 2 or len(values) != len(scores) or values.shape[1] < 50:
        raise InputError(f"draws has shape {values.shape}, must be {len(scores)} people x at least 50 draws")
    tail = (1 - coverage) / 2
    lower, upper = quantiles(values, [tail, 1 - tail])
    x, z = scores.to_numpy(float), float(ndtri(1 - tail))
    known = np.isfinite(lower) & np.isfinite(x)
    lower, upper = np.where(known, np.minimum(lower, x), np.nan), np.where(known, np.maximum(upper, x), np.nan)
    return _Spread(lower=lower, upper=upper, down=(x - lower) / z, up=(upper - x) / z,
                   correlation=_shared_luck(values, known))


def quantiles(draws: NDArray[Any], at: list[float]) -> list[Floats]:
    """Quantiles along the rows of a matrix of draws, missing where a row holds a gap.

    Examples
    --------
    >>> [q.tolist() for q in quantiles(np.array([[1.0, 2.0, 3.0], [1.0, np.nan, 3.0]]), [0.5, 1.0])]
    [[2.0, nan], [3.0, nan]]
    """
    places = np.asarray(at) * (draws.shape[1] - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, draws.shape[1] - 1)
    part = np.partition(draws, sorted({*below.tolist(), *above.tolist()}), axis=1)
    gap = ~np.isfinite(draws.sum(axis=1))
    found = []
    for i in range(len(places)):
        share = places[i] - below[i]
        row = part[:, below[i]].astype(float) * (1 - share) + part[:, above[i]].astype(float) * share
        found.append(np.where(gap, np.nan, row))
    return found


def _shared_luck(draws: NDArray[Any], known: NDArray[np.bool_]) -> Floats:
    """Correlation of people's luck: a matrix for few people, the mean over all pairs for many."""
    rows = np.flatnonzero(known)
    deviation = draws[rows] - draws[rows].mean(axis=1, keepdims=True)
    size = np.sqrt((deviation * deviation).sum(axis=1, keepdims=True))
    standard = np.divide(deviation, size, out=np.zeros_like(deviation), where=size > 0)
    if len(draws) <= EXACT_PEOPLE:
        full = np.zeros((len(draws), len(draws)))
        full[np.ix_(rows, rows)] = np.clip(standard @ standard.T, -0.9999, 0.9999)
        return full
    n, total = len(rows), standard.sum(axis=0, dtype=float)
    pairs = (float(total @ total) - float((size > 0).sum())) / max(n * (n - 1), 1)
    return np.array(np.clip(pairs, 0.0, 0.9999))


def _places(score: Floats, spread: _Spread, coverage: float, family: Family) -> dict[str, NDArray[np.int64]]:
    n = len(score)
    least = 1e-9 * max(1.0, float(np.abs(score).max()))
    up, down = np.maximum(spread.up, least), np.maximum(spread.down, least)
    size = np.sqrt((up * up + down * down) / 2)
    order = np.lexsort((-down, -size, -score))
    matrix = spread.correlation[np.ix_(order, order)] if spread.correlation.ndim else spread.correlation
    x, up, down, size = score[order], up[order], down[order], size[order]
    one = critical_values(size, coverage=coverage)
    everyone = np.maximum(one, tukey_value(n, coverage=coverage))
    critical = one if family == "person" else everyone
    better, worse = _count_told_apart(x, up, down, size, matrix, critical)
    rank = np.searchsorted(-x, -x, side="left") + 1
    places = {"rank": rank, "rank_lower": 1 + better, "rank_upper": n - worse, "band": _bands(x, up, down, size, matrix, everyone)}
    back = np.empty(n, np.int64)
    back[order] = np.arange(n)
    return {column: np.asarray(numbers, np.int64)[back] for column, numbers in places.items()}


def count_bands(scores: ArrayLike, errors: ArrayLike, *, coverage: float = 0.9) -> NDArray[np.int64]:
    """Into how many bands each row of scores falls (``rank_bands``), rows x people, one standard error a person.

    Examples
    --------
    >>> count_bands([[100.0, 99.0, 60.0], [80.0, 80.0, 80.0]], [2.0, 2.0, 2.0]).tolist()
    [2, 1]
    """
    e = np.asarray(errors, float)
    critical = np.maximum(critical_values(e, coverage=coverage), tukey_value(len(e), coverage=coverage))
    alone, counts = np.array(0.0), []
    for row in np.atleast_2d(np.asarray(scores, float)):
        order = np.lexsort((-e, -row))
        size = e[order]
        counts.append(_bands(row[order], size, size, size, alone, critical[order])[-1])
    return np.array(counts, np.int64)


def _count_told_apart(
    x: Floats, up: Floats, down: Floats, size: Floats, shared: Floats, critical: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For people in order of their score: how many are shown to be better, how many to be worse."""
    n = len(x)
    better, worse = np.zeros(n, np.int64), np.zeros(n, np.int64)
    kind = np.float32 if n > EXACT_PEOPLE else np.float64
    place: Any
    above: Any
    below: Any
    both: Any
    place, above, below, both = (v.astype(kind) for v in (x - x.mean(), up, down, size))
    limit: Any = (critical * critical).astype(kind)[:, None]
    for a, b in _chunks(n):
        own = shared[a:b, :b] if shared.ndim else kind(shared)
        gap = place[None, :b] - place[a:b, None]
        better[a:b] = ((gap > 0) & (gap * gap > limit[a:b] * _variance(above[a:b], below[:b], both[a:b], both[:b], own))).sum(axis=1)
        own = shared[a:b, a:] if shared.ndim else kind(shared)
        gap = place[a:b, None] - place[None, a:]
        worse[a:b] = ((gap > 0) & (gap * gap > limit[a:b] * _variance(below[a:b], above[a:], both[a:b], both[a:], own))).sum(axis=1)
    return better, worse


def _variance(
    row: NDArray[Any], column: NDArray[Any], row_size: NDArray[Any], column_size: NDArray[Any], shared: Any
) -> NDArray[Any]:
    """Variance of differences: on the sides that count, less what the two people's luck has in common."""
    total = (row * row)[:, None] + (column * column)[None, :]
    if np.ndim(shared) or float(shared) != 0:
        common = 2 * row_size[:, None] * column_size[None, :]
        common /= (row_size * row_size)[:, None] + (column_size * column_size)[None, :]
        total *= 1 - shared * common
    return total


def _chunks(n: int, step: int = 256) -> Iterator[tuple[int, int]]:
    for a in range(0, n, step):
        yield a, min(a + step, n)


def _bands(
    x: Floats, up: Floats, down: Floats, size: Floats, shared: Floats, critical: Floats
) -> NDArray[np.int64]:
    """Greedy bands of people in order of their score; people of one score are never parted."""
    n = len(x)
    group = np.concatenate([[0], np.cumsum(np.diff(x) < 0)])
    begin = np.flatnonzero(np.concatenate([[True], np.diff(group) > 0]))
    band, best, number = np.ones(n, np.int64), 0, 1
    while True:
        row = shared[best : best + 1, best:] if shared.ndim else float(shared)
        one = slice(best, best + 1)
        variance = _variance(down[one], up[best:], size[one], size[best:], row)[0]
        apart = x[best] - x[best:] > critical[best] * np.sqrt(variance)
        first = begin[np.searchsorted(begin, best):]
        whole = np.logical_and.reduceat(apart, first - best)
        cut = np.flatnonzero(whole)
        if not cut.size:
            band[best:] = number
            return band
        end = int(first[cut[0]])
        band[best:end] = number
        best, number = end, number + 1


def critical_values(errors: ArrayLike, *, coverage: float = 0.9) -> Floats:
    """How many standard errors a difference must have, one value a person, compared with all others at once.

    Parameters
    ----------
    errors
        Standard error of each person's score, above 0.

    Notes
    -----
    The ``coverage`` quantile of ``max_k |e_j Z_j - e_k Z_k| / sqrt(e_j^2 + e_k^2)`` over the others, with
    independent normal Z: given one's own Z the comparisons are independent, so the chance is a product,
    integrated over Z. Errors are grouped into at most 24 sizes and the answer is interpolated between 16.

    Examples
    --------
    >>> critical_values([1.0, 1.0]).round(3).tolist()
    [1.645, 1.645]
    """
    e = np.asarray(errors, float)
    n = len(e)
    if n < 2:
        return np.full(n, float(ndtri((1 + coverage) / 2)))
    parts = np.array_split(np.sort(e), min(24, n))
    size, number = np.array([p.mean() for p in parts]), np.array([len(p) for p in parts], float)
    own = np.unique(np.quantile(e, np.linspace(0, 1, 16))) if n > 16 else np.unique(e)
    count = np.tile(number * (n - 1) / n, (len(own), 1))
    if n <= 16:
        count = np.tile(number, (len(own), 1))
        count[np.arange(len(own)), np.searchsorted(size, own)] -= 1
    z = np.linspace(-5.0, 5.0, 41)
    weight = np.exp(-z * z / 2)
    weight /= weight.sum()
    both = np.sqrt(own[:, None] ** 2 + size[None, :] ** 2)
    centre = z[None, :, None] * (own[:, None] / size[None, :])[:, None, :]
    low, high = np.zeros(len(own)), np.full(len(own), 9.0)
    for _ in range(20):
        c = (low + high) / 2
        reach = c[:, None, None] * (both / size[None, :])[:, None, :]
        inside = ndtr(centre + reach) - ndtr(centre - reach)
        chance = np.exp(np.einsum("gzb,gb->gz", np.log(np.maximum(inside, 1e-300)), count)) @ weight
        low, high = np.where(chance < coverage, c, low), np.where(chance < coverage, high, c)
    return np.interp(e, own, (low + high) / 2)


def tukey_value(n: int, *, coverage: float = 0.9) -> float:
    """How many standard errors any of the n (n - 1) / 2 differences must have, all compared at once.

    Notes
    -----
    The quantile of the range of n standard normals over the square root of 2 (Tukey-Kramer), from
    ``P(range <= w) = n * integral phi(x) (Phi(x + w) - Phi(x))^(n - 1) dx``.

    Examples
    --------
    >>> round(tukey_value(3, coverage=0.95), 3), round(tukey_value(2), 3)
    (2.344, 1.645)
    """
    if n < 2:
        return float(ndtri((1 + coverage) / 2))
    x = np.linspace(-9.0, 9.0, 721)
    density = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])
    low, high = 0.0, 20.0
    for _ in range(36):
        w = (low + high) / 2
        chance = n * float((ndtr(x + w) - ndtr(x)) ** (n - 1) @ density)
        low, high = (w, high) if chance < coverage else (low, w)
    return (low + high) / 2 / float(np.sqrt(2))


def _check(scores: pd.Series, coverage: float, family: str) -> None:
    if not 0.5 <= coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be at least 0.5 and below 1")
    if family not in ("person", "everyone"):
        raise InputError(f"family == {family!r}, {known_choices(family, ('person', 'everyone'))}")
    if not scores.index.is_unique:
        who = scores.index[scores.index.duplicated()][0]
        raise InputError(f"person {who!r} stands twice, must be there once", where="scores")
