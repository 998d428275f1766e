"""How many leave for which reason, when one reason makes the others impossible."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.coaching.survival import check_times, count_at_risk
from salesplan.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CumulativeIncidence:
    """Share gone for each cause by time.

    ``table``: time, cause (number as given), n_at_risk, n_events, incidence, se, incidence_lower, incidence_upper.
    Incidences of all causes and the share still there add up to 1 at every time.
    """

    table: pd.DataFrame
    causes: tuple[int, ...]
    n: int
    coverage: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        if (self.table.groupby("time")["incidence"].sum() > 1 + 1e-9).any():
            raise InputError("incidences add up to more than 1", where="CumulativeIncidence")

    def to_frame(self) -> pd.DataFrame:
        """One row a time and cause."""
        return self.table.copy()

    def at(self, times: ArrayLike, cause: int, column: str = "incidence") -> Array:
        """Share gone for one cause by the given times; 0 before the first."""
        own = self.table[self.table["cause"] == cause]
        place = np.searchsorted(own["time"].to_numpy(float), np.asarray(times, float), side="right")
        found: Array = np.concatenate([[0.0], own[column].to_numpy(float)])[place]
        return found


def cumulative_incidence(
    time: ArrayLike, state: ArrayLike, *, entry: ArrayLike | None = None, coverage: float = 0.95
) -> CumulativeIncidence:
    """Share gone by cause: regretted and managed exits, deals won and lost.

    Parameters
    ----------
    time, state
        How long each was seen; 0 still there, 1, 2, … the cause of the end.
    entry
        Time from which each was watched.

    Raises
    ------
    InputError
        As for `kaplan_meier`, or nobody ended.

    Notes
    -----
    Aalen & Johansen (1978): sum over times of (share still there just before) x (gone for the cause / at risk). One minus
    Kaplan-Meier with the other causes taken as still there answers what would be if they did not exist, and is too
    high. Variance by the delta method (Marubini & Valsecchi 1995), bounds on the log-log scale.

    Examples
    --------
    >>> found = cumulative_incidence([1, 2, 3, 4], [1, 2, 0, 1])
    >>> found.at([2, 4], 1).tolist(), found.at([4], 2).tolist()
    ([0.25, 0.75], [0.25])
    """
    from scipy.special import ndtri

    t, d, start = check_times(time, state, entry)
    causes = tuple(int(c) for c in np.unique(d[d > 0]))
    if not causes:
        raise InputError("nobody ended, there is no cause to tell", where="cumulative incidence")
    times, at_risk, events, _ = count_at_risk(t, d, start)
    place = np.searchsorted(times, t)
    left = np.cumprod(1 - events / at_risk)
    before = np.concatenate([[1.0], left[:-1]])
    z = float(ndtri((1 + coverage) / 2))
    parts = []
    for cause in causes:
        own = np.bincount(place, d == cause, len(times)).astype(float)
        incidence = np.cumsum(before * own / at_risk)
        se = np.sqrt(_variance(incidence, before, own, events, at_risk))
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = z * se / (incidence * np.log(incidence))
            lower, upper = incidence ** np.exp(-spread), incidence ** np.exp(spread)
        nothing = (incidence <= 0) | (incidence >= 1)
        parts.append(pd.DataFrame({
            "time": times, "cause": cause, "n_at_risk": at_risk.astype(int), "n_events": own.astype(int),
            "incidence": incidence, "se": se, "incidence_lower": np.where(nothing, incidence, lower),
            "incidence_upper": np.where(nothing, incidence, upper),
        }))  # fmt: skip
    return CumulativeIncidence(table=pd.concat(parts, ignore_index=True), causes=causes, n=len(t), coverage=coverage)


def _variance(incidence: Array, before: Array, own: Array, events: Array, at_risk: Array) -> Array:
    """Delta-method variance at every time, by running sums of (F(t) - F(s))² and F(t) - F(s)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(at_risk > events, events / (at_risk * (at_risk - events)), 0.0)
    b = before**2 * own * (at_risk - own) / at_risk**3
    c = before * own / at_risk**2
    f = incidence
    first = f**2 * np.cumsum(a) - 2 * f * np.cumsum(f * a) + np.cumsum(f**2 * a)
    third = f * np.cumsum(c) - np.cumsum(f * c)
    found: Array = np.maximum(first + np.cumsum(b) - 2 * third, 0.0)
    return found
