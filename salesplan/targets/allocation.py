"""One amount shared among many within floors and caps: closed form, no solver."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from salesplan.errors import InputError
from salesplan.targets.conflicts import check_room

Method = Literal["quadratic", "entropic"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Allocation:
    """Amounts that add up to a total within bounds.

    Parameters
    ----------
    amounts
        What each receiver gets, in the units of the total.
    multiplier
        Quadratic: stretch given for each unit of weight. Entropic: factor on the base.
    binding
        ``"floor"``, ``"cap"``, ``"pin"`` or ``""`` where no bound decides.
    total
        What the amounts add up to.
    """

    amounts: NDArray[np.float64]
    multiplier: float
    binding: NDArray[np.str_]
    total: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "amounts", np.array(self.amounts, dtype=float))
        if abs(float(self.amounts.sum()) - self.total) > 1e-9 * max(1.0, float(np.abs(self.amounts).sum())):
            raise InputError(f"amounts add up to {self.amounts.sum()}, must be the total {self.total}")

    def to_frame(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """One row a receiver: ``amount`` and ``binding``."""
        return pd.DataFrame({"amount": self.amounts, "binding": self.binding},
                            index=None if names is None else pd.Index(names))


def allocate_quadratic(
    total: float,
    base: ArrayLike,
    weights: ArrayLike,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
) -> Allocation:
    """Give each receiver the base plus a share of the stretch by weight, within floor and cap.

    What is cut off at a cap is shared among the others by the same weights, so nobody is moved
    further from the base than the rules make necessary.

    Parameters
    ----------
    total
        Amount to give out.
    base
        Where each would stand without stretch or rules (the forecast, say).
    weights
        Capacity for stretch, zero or more; with zero the receiver stays at the base.
    lower, upper
        Floors and caps; zero and none by default.
    names
        Receivers' ids for messages.

    Returns
    -------
    Allocation

    Raises
    ------
    InfeasibleTargetError
        The total lies outside the sums of the floors and caps; both sums and the binding rules are
        in ``details``.
    InputError
        Arrays of different length, missing values or negative weights.

    Notes
    -----
    Minimises ``sum((x - base)**2 / weights)`` subject to ``sum(x) == total`` and the bounds, the
    continuous quadratic knapsack (Patriksson 2008, EJOR 185:1): ``x = clip(base + m * weights,
    lower, upper)`` where m is found on the sorted breakpoints. Order of receivers does not matter
    to the last bit.

    Examples
    --------
    >>> allocate_quadratic(130, [60, 40], [1, 1], upper=[70, 100]).amounts.tolist()
    [70.0, 60.0]
    """
    start, slope = _numbers("base", base), _numbers("weights", weights)
    if slope.size == 1 and start.size != 1:
        slope = np.broadcast_to(slope, start.shape).copy()
    if (slope < 0).any():
        raise InputError(f"weight == {slope.min()}, must be zero or more", fix="Use zero for who takes no stretch.")
    return _allocate(total, start, slope, lower, upper, names)


def allocate_entropic(
    total: float,
    base: ArrayLike,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
) -> Allocation:
    """Scale every base by one common factor, within floor and cap.

    Everybody not held by a rule grows at the same rate; zero bases stay at their floor.

    Parameters, results and errors as for :func:`allocate_quadratic`; the base must not be negative.

    Notes
    -----
    Minimises the relative entropy ``sum(x log(x / base))``: ``x = clip(f * base, lower, upper)``.

    Examples
    --------
    >>> allocate_entropic(130, [60, 40], upper=[70, 100]).amounts.tolist()
    [70.0, 60.0]
    >>> allocate_entropic(130, [60, 40]).multiplier
    1.3
    """
    slope = _numbers("base", base)
    if (slope < 0).any():
        raise InputError(f"base == {slope.min()}, must be zero or more",
                         fix="Use allocate_quadratic, or a base of zero for net returns.")
    return _allocate(total, np.zeros(slope.size), slope, lower, upper, names)


def equal_probability_targets(mu: ArrayLike, sigma: ArrayLike, total: float) -> pd.DataFrame:
    """Set targets that everybody has the same chance of reaching.

    Parameters
    ----------
    mu, sigma
        Forecast and its standard deviation for each receiver.
    total
        What the targets must add up to.

    Returns
    -------
    DataFrame
        ``target``, ``z`` (standard deviations above the forecast) and ``p_attain``, one row each.

    Raises
    ------
    InputError
        All standard deviations are zero while the total differs from the forecasts, or one is
        negative.

    Notes
    -----
    ``target = mu + z * sigma`` with ``z = (total - sum(mu)) / sum(sigma)`` under normal errors.

    Examples
    --------
    >>> equal_probability_targets([100, 50], [20, 10], 180)["target"].tolist()
    [120.0, 60.0]
    """
    centre, spread = _numbers("mu", mu), _numbers("sigma", sigma)
    if centre.shape != spread.shape:
        raise InputError(f"sigma has {spread.size} entries, must have one for each of {centre.size} forecasts")
    if (spread < 0).any():
        raise InputError(f"sigma == {spread.min()}, must be zero or more")
    gap, room = total - float(np.sort(centre).sum()), float(np.sort(spread).sum())
    if room == 0 and abs(gap) > 1e-9 * max(1.0, abs(total)):
        raise InputError("all sigma == 0, must leave room for the total to differ from the forecasts",
                         fix="Give the forecasts a standard deviation.")
    z = gap / room if room else 0.0
    chance = float(ndtr(-z))
    return pd.DataFrame({"target": centre + z * spread, "z": z, "p_attain": chance})


@dataclass(frozen=True, kw_only=True, eq=False)
class Response:
    """What a group would take at each level of the multiplier: a rising, piecewise linear curve.

    Parameters
    ----------
    start
        Amount below the first knot.
    knots
        Multipliers where the slope changes, ascending.
    bends
        Change of slope at each knot.
    """

    start: float
    knots: NDArray[np.float64]
    bends: NDArray[np.float64]

    @classmethod
    def of_receivers(cls, base: NDArray[np.float64], slope: NDArray[np.float64], lower: NDArray[np.float64],
                     upper: NDArray[np.float64]) -> "Response":
        """Sum of ``clip(base + m * slope, lower, upper)``; floors must be finite where the slope is not zero."""
        moves = slope > 0
        capped = moves & np.isfinite(upper)
        still = float(np.clip(base, lower, upper)[~moves].sum())
        knots = np.concatenate([(lower - base)[moves] / slope[moves], (upper - base)[capped] / slope[capped]])
        bends = np.concatenate([slope[moves], -slope[capped]])
        return cls.sum([cls(start=still + float(lower[moves].sum()), knots=knots, bends=bends)])

    @classmethod
    def sum(cls, parts: "Sequence[Response]") -> "Response":
        """What several groups take together."""
        knots = np.concatenate([part.knots for part in parts])
        bends = np.concatenate([part.bends for part in parts])
        order = np.argsort(knots, kind="stable")
        return cls(start=float(sum(part.start for part in parts)), knots=knots[order], bends=bends[order])

    @cached_property
    def _table(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        slopes = np.cumsum(self.bends)
        slopes[np.abs(slopes) < 1e-14 * np.abs(self.bends).max(initial=0.0)] = 0.0
        values = self.start + np.concatenate([[0.0], np.cumsum(slopes[:-1] * np.diff(self.knots))])
        return np.maximum.accumulate(values), np.maximum(slopes, 0.0)

    def solve(self, amount: float) -> tuple[float, float]:
        """Multiplier at which the amount is taken, and the slope there; the nearest end if out of reach."""
        if self.knots.size == 0:
            return 0.0, 0.0
        values, slopes = self._table
        at = int(np.searchsorted(values, amount, side="left")) - 1
        if at < 0:
            return float(self.knots[0]), 0.0
        if slopes[at] <= 0:
            return float(self.knots[min(at + 1, self.knots.size - 1)]), 0.0
        return float(self.knots[at] + (amount - values[at]) / slopes[at]), float(slopes[at])

    def at(self, multiplier: float) -> float:
        """Amount taken at a multiplier."""
        if self.knots.size == 0 or multiplier <= self.knots[0]:
            return self.start
        values, slopes = self._table
        k = int(np.searchsorted(self.knots, multiplier, side="right")) - 1
        return float(values[k] + slopes[k] * (multiplier - self.knots[k]))

    def clipped(self, lower: float, upper: float) -> "Response":
        """The same curve, never below `lower` nor above `upper`."""
        knots, bends, start = self.knots, self.bends, self.start
        if upper < np.inf and knots.size:
            values, slopes = self._table
            if values[-1] > upper or slopes[-1] > 0:
                end, slope = self.solve(upper)
                keep = knots < end if slope else knots <= end
                level = float(np.sum(bends[keep]))
                knots, bends = np.append(knots[keep], end), np.append(bends[keep], -level)
        start = min(start, upper)
        if lower > start:
            curve = Response(start=start, knots=knots, bends=bends)
            begin, _ = curve.solve(lower)
            later = knots > begin
            slope = float(np.sum(bends[~later]))
            knots, bends = np.insert(knots[later], 0, begin), np.insert(bends[later], 0, slope)
            start = lower
        return Response(start=start, knots=knots, bends=bends)


def _allocate(total: float, base: NDArray[np.float64], slope: NDArray[np.float64], lower: ArrayLike | None,
              upper: ArrayLike | None, names: Sequence[str] | None) -> Allocation:
    size = base.size
    low = np.zeros(size) if lower is None else _numbers("lower", lower, missing=0.0)
    high = np.full(size, np.inf) if upper is None else _numbers("upper", upper, missing=np.inf)
    if not base.shape == slope.shape == low.shape == high.shape:
        raise InputError(f"base, weights, lower and upper have {base.size}, {slope.size}, {low.size} and {high.size} "
                         "entries, must have one for each receiver")
    if not np.isfinite(total) or not np.isfinite(low).all():
        raise InputError(f"total == {total} and lower must be finite numbers")
    called = [f"receiver {i}" for i in range(size)] if names is None else [str(name) for name in names]
    still = slope == 0
    held = np.clip(base, low, high)
    parents = np.concatenate([[-1], np.zeros(size, int)])
    check_room(parents, np.concatenate([[-np.inf], np.where(still & (low <= high), held, low)]),
               np.concatenate([[np.inf], np.where(still & (low <= high), held, high)]), ["the whole", *called],
               total=float(total), fixed=np.concatenate([[False], still & (low < high)]))
    order = np.lexsort((high, low, slope, base))
    amounts, multiplier = np.empty(size), 0.0
    b, s, lo, hi = base[order], slope[order], low[order], high[order]
    multiplier, _ = Response.of_receivers(b, s, lo, hi).solve(float(total))
    amounts[order], multiplier = polish(float(total), b, s, lo, hi, multiplier)
    return Allocation(amounts=amounts, multiplier=multiplier, total=float(total),
                      binding=which_bound(base + multiplier * slope, low, high))


def polish(total: float, base: NDArray[np.float64], slope: NDArray[np.float64], lower: NDArray[np.float64],
           upper: NDArray[np.float64], multiplier: float) -> tuple[NDArray[np.float64], float]:
    """Amounts at a multiplier, with the last rounding error of their sum removed.

    Examples
    --------
    >>> one, none = np.ones(2), np.full(2, np.inf)
    >>> polish(3.0, one, one, 0 * one, none, 0.4999)[0].tolist()
    [1.5, 1.5]
    """
    for _ in range(3):
        wanted = base + multiplier * slope
        amounts = np.clip(wanted, lower, upper)
        free = float(slope[(wanted >= lower) & (wanted <= upper)].sum())
        gap = total - float(amounts.sum())
        if not free or abs(gap) <= 1e-15 * max(1.0, abs(total)):
            break
        multiplier += gap / free
    return np.clip(base + multiplier * slope, lower, upper), multiplier


def which_bound(
    wanted: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]
) -> NDArray[np.str_]:
    """Name the bound that decides where a wanted amount lies outside.

    Examples
    --------
    >>> which_bound(np.array([1.0, 5.0, 9.0]), np.array([2.0, 2.0, 4.0]), np.array([8.0, 8.0, 4.0])).tolist()
    ['floor', '', 'pin']
    """
    return np.select([lower == upper, wanted < lower, wanted > upper], ["pin", "floor", "cap"], "")


def _numbers(name: str, values: ArrayLike, *, missing: float | None = None) -> NDArray[np.float64]:
    array = np.atleast_1d(np.asarray(values, dtype=float))
    if missing is not None:
        array = np.where(np.isnan(array), missing, array)
    if array.ndim != 1 or np.isnan(array).any() or (missing is None and not np.isfinite(array).all()):
        raise InputError(f"{name} holds missing or infinite values, must be one list of numbers",
                         fix="Fill or drop them first.")
    return array
