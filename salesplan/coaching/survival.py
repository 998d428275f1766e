"""How long people stay, or deals stay open, when many are still there: counted without forgetting them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError, known_choices

Array = NDArray[np.float64]
Bounds = Literal["log-log", "log", "plain"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SurvivalCurve:
    """Share still there, by time.

    ``table``: time (every time at which somebody left or was last seen), n_at_risk, n_events, n_censored, survival, se,
    survival_lower, survival_upper.
    """

    table: pd.DataFrame
    n: int
    n_events: int
    coverage: float
    bounds: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        survival = self.table["survival"].to_numpy(float)
        if (np.diff(survival) > 1e-12).any() or ((survival < -1e-12) | (survival > 1 + 1e-12)).any():
            raise InputError("survival must fall from 1 and stay above 0", where="SurvivalCurve")

    def to_frame(self) -> pd.DataFrame:
        """One row a time."""
        return self.table.copy()

    def at(self, times: ArrayLike, column: str = "survival") -> Array:
        """The curve at any times: 1 before the first, missing beyond the last time seen unless nobody was left."""
        t = np.asarray(times, float)
        own, values = self.table["time"].to_numpy(float), self.table[column].to_numpy(float)
        start = 0.0 if column == "se" else 1.0
        found = np.concatenate([[start], values])[np.searchsorted(own, t, side="right")]
        ended = len(own) > 0 and self.table["survival"].iloc[-1] > 0
        return np.where(ended & (t > (own[-1] if len(own) else np.inf)), np.nan, found)

    def quantile(self, share: float = 0.5) -> float:
        """First time by which this share has left; missing when it never happened."""
        reached = np.flatnonzero(self.table["survival"].to_numpy(float) <= 1 - share + 1e-12)
        return float(self.table["time"].iloc[reached[0]]) if reached.size else np.nan

    @property
    def median(self) -> float:
        """First time by which half have left; missing when fewer did."""
        return self.quantile(0.5)


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    bounds: Bounds = "log-log",
    coverage: float = 0.95,
) -> SurvivalCurve:
    """Share still there after each time, with people counted only while they were watched.

    Parameters
    ----------
    time, event
        How long each was seen, and whether it ended then (1) or was still open (0).
    entry
        Time from which each was watched (left truncation): who joined before the records begin is counted from the
        tenure they had then, because colleagues who left earlier are not in the records. Default 0.
    bounds
        Scale of the interval: ``log-log`` (stays within 0-1; usual default of lifelines), ``log`` (of R), ``plain``.

    Raises
    ------
    InputError
        Lengths differ, a time is negative or missing, somebody ends before being watched.

    Notes
    -----
    Kaplan & Meier (1958), JASA 53; Greenwood's variance; log-log bounds Kalbfleisch & Prentice (2002). With entry the curve
    says "of those still there": where few are watched early it can fall too far, see `retention`, which starts it later.

    Examples
    --------
    >>> curve = kaplan_meier([6, 6, 6, 6, 7, 9, 10, 10], [1, 1, 1, 0, 1, 0, 1, 0])
    >>> curve.table[["time", "n_at_risk", "survival"]].round(3).values.tolist()
    [[6.0, 8.0, 0.625], [7.0, 4.0, 0.469], [9.0, 3.0, 0.469], [10.0, 2.0, 0.234]]
    >>> curve.median
    7.0
    """
    from scipy.special import ndtri

    if bounds not in ("log-log", "log", "plain"):
        raise InputError(f"bounds == {bounds!r}", fix=known_choices(bounds, ("log-log", "log", "plain")))
    t, d, start = check_times(time, event, entry)
    times, at_risk, events, censored = count_at_risk(t, d, start)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - events / at_risk)
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        se = np.where(survival > 0, survival * np.sqrt(greenwood), np.nan)
    lower, upper = survival_bounds(np.asarray(survival, float), np.asarray(greenwood, float), bounds,
                                   float(ndtri((1 + coverage) / 2)))
    table = pd.DataFrame({
        "time": times, "n_at_risk": at_risk.astype(int), "n_events": events.astype(int), "n_censored": censored.astype(int),
        "survival": survival, "se": se, "survival_lower": lower, "survival_upper": upper,
    })  # fmt: skip
    return SurvivalCurve(table=table, n=len(t), n_events=int(d.sum()), coverage=coverage, bounds=bounds)


def survival_bounds(survival: Array, variance_of_log: Array, bounds: str, z: float) -> tuple[Array, Array]:
    """Bounds of a curve from the variance of its logarithm; missing once nobody is left."""
    s, v = survival, np.where(survival > 0, variance_of_log, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        if bounds == "log":
            lower, upper = s * np.exp(-z * np.sqrt(v)), np.minimum(1.0, s * np.exp(z * np.sqrt(v)))
        elif bounds == "plain":
            lower, upper = np.maximum(0.0, s * (1 - z * np.sqrt(v))), np.minimum(1.0, s * (1 + z * np.sqrt(v)))
        else:
            spread = z * np.sqrt(v) / np.log(s)
            lower, upper = s ** np.exp(-spread), s ** np.exp(spread)
    whole = s >= 1
    return np.where(whole, 1.0, lower), np.where(whole, 1.0, upper)


def check_times(
    time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None
) -> tuple[Array, NDArray[np.int64], Array]:
    """Times, events (0 or a cause) and entries as arrays, checked."""
    t, raw = np.asarray(time, float), np.asarray(event)
    start = np.zeros(len(t)) if entry is None else np.asarray(entry, float)
    if t.ndim != 1 or raw.shape != t.shape or start.shape != t.shape:
        raise InputError("time, event and entry must have one value for each person", where="survival")
    if not len(t):
        raise InputError("nobody was watched, at least one must be", where="survival")
    for name, values in (("time", t), ("entry", start)):
        wrong = np.flatnonzero(~np.isfinite(values) | (values < 0))
        if wrong.size:
            raise InputError(f"{name} == {values[wrong[0]]:g}, must be a number that is not negative",
                             where=f"row {wrong[0] + 1}, column {name}")
    d = np.asarray(raw, float)
    wrong = np.flatnonzero(~np.isfinite(d) | (d != np.round(d)) | (d < 0))
    if wrong.size:
        raise InputError(f"event == {raw[wrong[0]]}, must be 0 (still there) or a whole number", where=f"row {wrong[0] + 1}")
    late = np.flatnonzero((start >= t) & (start > 0))
    if late.size:
        raise InputError(f"entry == {start[late[0]]:g} does not lie before time == {t[late[0]]:g}",
                         where=f"row {late[0] + 1}", fix="Leave out who was gone before watching began.")
    return t, d.astype(np.int64), start


def count_at_risk(t: Array, d: NDArray[np.int64], start: Array) -> tuple[Array, Array, Array, Array]:
    """Times at which somebody left or was last seen, people watched just before, events, last seen.

    Who enters at a time is not yet at risk of leaving at it; who enters at zero may leave at zero.
    """
    times, place = np.unique(t, return_inverse=True)
    events = np.bincount(place, d > 0, len(times)).astype(float)
    censored = np.bincount(place, d == 0, len(times)).astype(float)
    return np.asarray(times, float), number_at_risk(times, t, start), events, censored


def number_at_risk(times: Array, t: Array, start: Array) -> Array:
    """How many are watched just before each of the times."""
    entered = np.sort(np.where(start > 0, start, -1.0))
    gone = np.searchsorted(np.sort(t), times, side="left")
    return (np.searchsorted(entered, times, side="left") - gone).astype(float)


@dataclass(frozen=True, kw_only=True, eq=False)
class LogRank:
    """Whether groups leave at one rate: ``table`` group, n, n_events, expected_events; chi2, degrees, p_value."""

    table: pd.DataFrame
    chi2: float
    degrees: int
    p_value: float

    def to_frame(self) -> pd.DataFrame:
        """One row a group."""
        return self.table.copy()


def logrank(time: ArrayLike, event: ArrayLike, group: ArrayLike, *, entry: ArrayLike | None = None) -> LogRank:
    """Do groups leave at different rates, beyond chance?

    Notes
    -----
    Mantel (1966) with the hypergeometric variance. It sees curves that keep a constant ratio best and can miss curves that
    cross.

    Examples
    --------
    >>> found = logrank([1, 2, 3, 4, 10, 11, 12, 13], [1] * 8, list("aaaabbbb"))
    >>> round(found.chi2, 2), found.degrees, round(found.p_value, 3)
    (7.34, 1, 0.007)
    """
    from scipy.special import chdtrc

    t, d, start = check_times(time, event, entry)
    names, code = np.unique(np.asarray(group).astype(str), return_inverse=True)
    if code.shape != t.shape:
        raise InputError("group must have one value for each person", where="logrank")
    if len(names) < 2:
        raise InputError(f"everybody is in group {names[0]}, must be two groups or more", where="logrank")
    times = np.unique(t[d > 0])
    if not len(times):
        raise InputError("nobody left, there is nothing to compare", where="logrank")
    risk, gone = np.empty((len(times), len(names))), np.empty((len(times), len(names)))
    for g in range(len(names)):
        own = code == g
        risk[:, g] = number_at_risk(times, t[own], start[own])
        gone[:, g] = np.bincount(np.searchsorted(times, t[own & (d > 0)]), minlength=len(times))
    total, leaving = risk.sum(axis=1), gone.sum(axis=1)
    expected = risk * (leaving / total)[:, None]
    factor = np.where(total > 1, leaving * (total - leaving) / np.maximum(total - 1, 1), 0.0)
    share = risk / total[:, None]
    variance = np.diag((factor[:, None] * share).sum(axis=0)) - (share * factor[:, None]).T @ share
    off = (gone - expected).sum(axis=0)[:-1]
    chi2 = float(off @ np.linalg.pinv(variance[:-1, :-1]) @ off)
    degrees = int(np.linalg.matrix_rank(variance[:-1, :-1]))
    table = pd.DataFrame({"group": names, "n": np.bincount(code), "n_events": gone.sum(axis=0).astype(int),
                          "expected_events": expected.sum(axis=0)})
    return LogRank(table=table, chi2=chi2, degrees=degrees, p_value=float(chdtrc(degrees, chi2)) if degrees else np.nan)


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanTime:
    """Mean time up to a horizon, with its interval."""

    mean_time: float
    se: float
    lower: float
    upper: float
    horizon: float


def restricted_mean(curve: SurvivalCurve, horizon: float, *, coverage: float = 0.95) -> MeanTime:
    """Mean time there within a horizon: what a person is worth in months, also where fewer than half have left.

    Raises
    ------
    InputError
        The horizon lies beyond the last time seen, where the curve says nothing.

    Notes
    -----
    Area under the curve; variance as in Klein & Moeschberger (2003, 4.5). Royston & Parmar (2013).

    Examples
    --------
    >>> round(restricted_mean(kaplan_meier([1, 2, 3, 4], [1, 1, 1, 0]), 4).mean_time, 2)
    2.5
    """
    from scipy.special import ndtri

    table = curve.table
    times, survival = table["time"].to_numpy(float), table["survival"].to_numpy(float)
    if horizon <= 0 or (horizon > times[-1] and survival[-1] > 0):
        raise InputError(f"horizon == {horizon:g}, must lie within the {times[-1]:g} seen")
    steps = np.concatenate([[0.0], times[times < horizon], [horizon]])
    level = np.concatenate([[1.0], survival[times < horizon]])
    pieces = level * np.diff(steps)
    mean = float(pieces.sum())
    rest = mean - np.cumsum(pieces)[:-1]
    events, risk = (table[c].to_numpy(float)[times < horizon] for c in ("n_events", "n_at_risk"))
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(rest > 0, rest**2 * events / (risk * (risk - events)), 0.0)
    se = float(np.sqrt(np.nansum(each)))
    half = float(ndtri((1 + coverage) / 2)) * se
    return MeanTime(mean_time=mean, se=se, lower=max(0.0, mean - half), upper=min(horizon, mean + half), horizon=horizon)
