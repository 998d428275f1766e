"""Do raters agree: intraclass correlations of a full table, Krippendorff's alpha of any table."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError, known_choices
from salesplan.ratings.resampling import percentile_interval
from salesplan.text import mark

Array = NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS = ("nominal", "ordinal", "interval", "ratio")

_MOST_VALUES = 1500

QUESTIONS = {
    "ICC(1,1)": mark("One rating, each person by raters of their own"),
    "ICC(2,1)": mark("One rating, raters drawn at random, harsh raters count as error"),
    "ICC(3,1)": mark("One rating, these raters only, harshness set aside"),
    "ICC(1,k)": mark("Mean rating, each person by raters of their own"),
    "ICC(2,k)": mark("Mean rating, raters drawn at random, harsh raters count as error"),
    "ICC(3,k)": mark("Mean rating, these raters only, harshness set aside"),
}
FEW_PEOPLE = mark("Only {n} {n:person was|people were} rated; the intervals are wide, read them before the figures.")
NO_ICC = mark("{kind_names} or its interval cannot be computed from these ratings: people or raters do not differ enough.")
NEGATIVE = mark("People differ less than chance would have them differ; a negative figure means no agreement at all.")


@dataclass(frozen=True, kw_only=True, eq=False)
class IntraclassCorrelation:
    """Six intraclass correlations of one table of ratings.

    ``table`` by the notation of Shrout & Fleiss (1979), ``ICC(2,1)``: ``mcgraw_wong`` (the notation of 1996,
    ``ICC(A,1)``), ``question_msgid``, icc, icc_lower, icc_upper, f_value, df1, df2, p_value.
    """

    table: pd.DataFrame
    n_ratees: int
    n_raters: int
    mean_squares: dict[str, float]
    coverage: float
    notes: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        for kind, icc, lower, upper in self.table[["icc", "icc_lower", "icc_upper"]].itertuples():
            slack = 1e-9 * max(1.0, abs(icc)) if np.isfinite(icc) else 0.0
            if lower > icc + slack or icc > upper + slack:
                raise InputError(f"interval is {lower:g} to {upper:g}, must hold the figure {icc:g}", where=str(kind))

    def __getitem__(self, kind: str) -> float:
        """One of the six by its 1979 name."""
        if kind not in self.table.index:
            raise InputError(f"kind == {kind!r}, must be an intraclass correlation",
                             fix=known_choices(kind, list(self.table.index)))
        return float(self.table["icc"][kind])

    def to_frame(self) -> pd.DataFrame:
        """One row a kind."""
        return self.table.reset_index()


def intraclass_correlation(ratings: pd.DataFrame | ArrayLike, *, coverage: float = 0.95) -> IntraclassCorrelation:
    """How much of the differences in ratings is about the people rated.

    Parameters
    ----------
    ratings
        Ratees x raters, every cell filled: every rater rated everybody (see `ratings_matrix`).
    coverage
        Of the F-based intervals.

    Returns
    -------
    IntraclassCorrelation
        (1,.) when everybody has raters of their own, (2,.) when the raters stand for others and must agree on
        the height of the score, (3,.) when only the order counts; (.,1) for one rater, (.,k) for the mean of all.
        Figures of the mean of all reach down to minus infinity, where one rating is worse than unrelated; what these
        ratings leave undefined is missing, with a note.

    Raises
    ------
    InputError
        A missing cell (use `rater_severity` with method mixed, or `krippendorff_alpha`), fewer than two people or
        raters, or ratings that are all the same.

    Notes
    -----
    Shrout & Fleiss (1979), Psychological Bulletin 86; second notation McGraw & Wong (1996).

    Examples
    --------
    >>> icc = intraclass_correlation([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9],
    ...                               [6, 2, 4, 7]])
    >>> icc.table["icc"].round(2).to_dict()
    {'ICC(1,1)': 0.17, 'ICC(2,1)': 0.29, 'ICC(3,1)': 0.71, 'ICC(1,k)': 0.44, 'ICC(2,k)': 0.62, 'ICC(3,k)': 0.91}
    """
    from scipy.special import fdtrc

    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1")
    frame = ratings if isinstance(ratings, pd.DataFrame) else pd.DataFrame(np.asarray(ratings, float))
    x = frame.to_numpy(float, na_value=np.nan)
    _refuse_gaps(frame, x)
    n, k = x.shape
    if n < 2 or k < 2:
        raise InputError(f"ratings are {n} people x {k} raters, must be at least 2 x 2")
    x = x - x.mean()
    total = float((x**2).sum())
    noise = 1e-13 * total
    if total <= 1e-20 * max(1.0, float((frame.to_numpy(float) ** 2).sum())):
        raise InputError("ratings are all the same, must differ for agreement to be judged")
    between = _beyond(k * float((x.mean(axis=1) ** 2).sum()), noise)
    judges = _beyond(n * float((x.mean(axis=0) ** 2).sum()), noise)
    msb, msj = between / (n - 1), judges / (k - 1)
    msw = _beyond(total - between, noise) / (n * (k - 1))
    mse = _beyond(total - between - judges, noise) / ((n - 1) * (k - 1))
    icc1 = (msb - msw) / (msb + (k - 1) * msw)
    spread = msb + (k - 1) * mse + k * (msj - mse) / n
    icc2 = (msb - mse) / spread if spread > noise else np.nan
    icc3 = (msb - mse) / (msb + (k - 1) * mse) if msb + mse > 0 else np.nan
    tail = (1 - coverage) / 2
    bounds = {
        "1": _ratio_bounds(msb, msw, n - 1, n * (k - 1), k, tail),
        "2": _absolute_bounds(msb, msj, mse, icc2, n, k, tail),
        "3": _ratio_bounds(msb, mse, n - 1, (n - 1) * (k - 1), k, tail),
    }
    rows = []
    for mean in (False, True):
        for kind, one, error, df2, other in (("1", icc1, msw, n * (k - 1), ""), ("2", icc2, mse, (n - 1) * (k - 1), "A,"),
                                             ("3", icc3, mse, (n - 1) * (k - 1), "C,")):
            lower, upper = bounds[kind]
            if not lower <= one + 1e-9 or not one <= upper + 1e-9:
                lower = upper = np.nan
            values = [v if not mean else _spearman_brown(v, k) for v in (one, lower, upper)]
            f_value = msb / error if error > 0 else np.inf
            tag = "k" if mean else "1"
            rows.append({"kind": f"ICC({kind},{tag})", "mcgraw_wong": f"ICC({other}{tag})",
                         "question_msgid": QUESTIONS[f"ICC({kind},{tag})"], "icc": values[0], "icc_lower": values[1],
                         "icc_upper": values[2], "f_value": f_value, "df1": n - 1, "df2": df2,
                         "p_value": float(fdtrc(n - 1, df2, f_value)) if np.isfinite(f_value) else 0.0})
    notes = [{"msgid": FEW_PEOPLE, "details": {"n": n}}] if n < 10 else []
    notes += [{"msgid": NEGATIVE, "details": {}}] if min(icc1, icc3) < 0 else []
    table = pd.DataFrame(rows).set_index("kind")
    unknown = list(table.index[table[["icc", "icc_lower", "icc_upper"]].isna().any(axis=1)])
    notes += [{"msgid": NO_ICC, "details": {"kind_names": unknown}}] if unknown else []
    return IntraclassCorrelation(
        table=table, n_ratees=n, n_raters=k, coverage=coverage, notes=tuple(notes),
        mean_squares={"ratees": msb, "raters": msj, "residual": mse, "within": msw},
    )  # fmt: skip


def _refuse_gaps(frame: pd.DataFrame, x: Array) -> None:
    gaps = np.argwhere(~np.isfinite(x))
    if len(gaps):
        at, column = gaps[0]
        raise InputError(
            f"{len(gaps)} ratings are missing, an intraclass correlation must have every rater rate everybody",
            where=f"row {frame.index[at]}, column {frame.columns[column]}",
            fix="Use rater_severity(method='mixed') or krippendorff_alpha, which take gaps.",
        )


def _beyond(squares: float, noise: float) -> float:
    """A sum of squares; nothing where it is no more than rounding."""
    return squares if squares > noise else 0.0


def _spearman_brown(r: float, k: int) -> float:
    """Of the mean of k raters; falls to minus infinity where r falls to -1/(k-1), and stays there."""
    if np.isnan(r):
        return np.nan
    rest = 1 + (k - 1) * r
    return k * r / rest if rest > 1e-12 else -np.inf


def _ratio_bounds(msb: float, error: float, df1: int, df2: int, k: int, tail: float) -> tuple[float, float]:
    from scipy.special import fdtri

    def at(quantile: float) -> float:
        high = msb / quantile
        return (high - error) / (high + (k - 1) * error) if high + error > 0 else np.nan

    return at(float(fdtri(df1, df2, 1 - tail))), at(1 / float(fdtri(df2, df1, 1 - tail)))


def _absolute_bounds(
    msb: float, msj: float, mse: float, icc: float, n: int, k: int, tail: float
) -> tuple[float, float]:
    """Satterthwaite's degrees of freedom; written without dividing by the residual, which may be zero."""
    from scipy.special import fdtri

    if mse == 0 and msj == 0:
        return 1.0, 1.0
    if np.isnan(icc):
        return np.nan, np.nan
    rest = n * (1 + (k - 1) * icc) - k * icc
    v = (k - 1) * (n - 1) * (k * icc * msj + mse * rest) ** 2
    size = (n - 1) * (k * icc * msj) ** 2 + (mse * rest) ** 2
    if size == 0 or v == 0:
        return np.nan, np.nan
    v /= size
    upper, lower = float(fdtri(n - 1, v, 1 - tail)), float(fdtri(v, n - 1, 1 - tail))
    spread = k * msj + (k * n - k - n) * mse
    return n * (msb - upper * mse) / (upper * spread + n * msb), n * (lower * msb - mse) / (spread + n * lower * msb)


@dataclass(frozen=True, kw_only=True, eq=False)
class KrippendorffAlpha:
    """Agreement beyond chance with an interval from resampling the people rated.

    ``n_dropped`` of ``n_resamples`` had no figure because everybody in them had the same rating; above a tenth of them
    the interval is missing.
    """

    alpha: float
    alpha_lower: float
    alpha_upper: float
    level: str
    n_ratees: int
    n_ratings: int
    n_left_out: int
    coverage: float
    n_resamples: int
    n_dropped: int
    notes: tuple[dict[str, Any], ...]

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([{"measurement": self.level, "alpha": self.alpha, "alpha_lower": self.alpha_lower,
                              "alpha_upper": self.alpha_upper, "n_ratees": self.n_ratees, "n_ratings": self.n_ratings,
                              "n_resamples": self.n_resamples, "n_dropped": self.n_dropped}])


def krippendorff_alpha(
    ratings: pd.DataFrame | ArrayLike,
    *,
    level: Level = "ordinal",
    bootstraps: int = 1000,
    coverage: float = 0.95,
    seed: int = 0,
) -> KrippendorffAlpha:
    """Do raters agree, with any number of raters and gaps.

    Parameters
    ----------
    ratings
        Ratees x raters with gaps (NaN) where a rater did not rate; who has fewer than two ratings is left out.
    level
        What differences mean: ``nominal`` (same or not), ``ordinal`` (order; usual for 1-5), ``interval``, ``ratio``.
    bootstraps
        Resamples of people (unit bootstrap, percentile interval; chance agreement is computed anew in each). Zero gives
        no interval.

    Raises
    ------
    InputError
        No person with two ratings, ratings that are all the same, negative values at ratio level.

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability. Hayes & Krippendorff (2007) resample pairs of
    values; resampling people keeps a person's ratings together and is the wider of the two. By convention .8 is
    reliable and .667 the least for tentative conclusions.

    Examples
    --------
    >>> round(krippendorff_alpha([[1, 1, None], [2, 2, 3], [3, 3, 3], [4, 4, 4]], level="interval").alpha, 3)
    0.925
    """
    if level not in LEVELS:
        raise InputError(f"level == {level!r}, must be a level of measurement", fix=known_choices(level, LEVELS))
    if not 0 < coverage < 1 or bootstraps < 0:
        raise InputError(f"coverage == {coverage:g} and bootstraps == {bootstraps}, must be a fraction and not negative")
    frame = ratings if isinstance(ratings, pd.DataFrame) else pd.DataFrame(np.asarray(ratings, float))
    x = frame.to_numpy(float, na_value=np.nan)
    size = np.isfinite(x).sum(axis=1)
    pairable = x[size >= 2]
    if not len(pairable):
        raise InputError("nobody has two ratings, agreement must be judged on people rated twice or more")
    values = np.unique(pairable[np.isfinite(pairable)])
    if len(values) == 1:
        raise InputError("ratings are all the same, must differ for agreement to be judged")
    if level == "ratio" and values[0] < 0:
        raise InputError(f"rating == {values[0]:g}, must not be negative at ratio level")
    if level in ("ordinal", "ratio", "nominal") and len(values) > _MOST_VALUES:
        raise InputError(f"ratings have {len(values)} different values, must be at most {_MOST_VALUES} at level {level}",
                         fix="Use level='interval', or round the ratings.")
    counts = np.stack([(pairable == v).sum(axis=1) for v in values], axis=1).astype(float)
    once = np.ones((1, len(counts)))
    alpha = float(_alphas(once, counts, values, level)[0])
    lower, upper, n_dropped = np.nan, np.nan, 0
    notes: tuple[dict[str, Any], ...] = ()
    if bootstraps:
        rng = np.random.default_rng(seed)
        drawn = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=bootstraps).astype(float)
        lower, upper, n_dropped, notes = percentile_interval(_alphas(drawn, counts, values, level), coverage)
    return KrippendorffAlpha(alpha=alpha, alpha_lower=lower, alpha_upper=upper, level=level,
                             n_ratees=len(counts), n_ratings=int(counts.sum()), n_left_out=int((size < 2).sum()),
                             coverage=coverage, n_resamples=bootstraps, n_dropped=n_dropped, notes=notes)  # fmt: skip


def _alphas(times: Array, counts: Array, values: Array, level: str) -> Array:
    """Alpha for each row of ``times``, how often each person is taken."""
    weight = 1 / (counts.sum(axis=1) - 1)
    total = times @ counts
    n = total.sum(axis=1)
    if level == "interval":
        values = values - values.mean()
        mean = counts @ values
        own = 2 * (counts.sum(axis=1) * (counts @ values**2) - mean**2) * weight
        observed = times @ own
        expected = 2 * (n * (total @ values**2) - (total @ values) ** 2)
    elif level == "ordinal":
        pairs = [_ordinal_disagreement(t, c, counts, weight) for t, c in zip(times, total, strict=True)]
        observed, expected = np.array(pairs).T
    else:
        delta = _distances(values, level)
        observed = times @ (np.einsum("uv,uv->u", counts @ delta, counts) * weight)
        expected = np.einsum("bv,bv->b", total @ delta, total)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((total > 0).sum(axis=1) > 1, 1 - (n - 1) * observed / expected, np.nan)


def _distances(values: Array, level: str) -> Array:
    a, b = values[:, None], values[None, :]
    if level == "nominal":
        return (a != b).astype(float)
    return np.divide((a - b) ** 2, (a + b) ** 2, out=np.zeros((len(values),) * 2), where=(a + b) > 0)


def _ordinal_disagreement(times: Array, total: Array, counts: Array, weight: Array) -> tuple[float, float]:
    """Distance between two values: how many ratings lie between their midranks."""
    middle = np.cumsum(total) - total / 2
    return _moments(times, total, counts, weight, middle)


def _moments(times: Array, total: Array, counts: Array, weight: Array, values: Array) -> tuple[float, float]:
    own = 2 * (counts.sum(axis=1) * (counts @ values**2) - (counts @ values) ** 2) * weight
    n = float(total.sum())
    return float(times @ own), float(2 * (n * (total @ values**2) - (total @ values) ** 2))
