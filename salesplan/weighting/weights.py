"""One weight for each KPI, adding up to 1: what every weighting method gives and every scorecard takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, ParameterError
from salesplan.money.bounded import split_bounded
from salesplan.money.remainders import rank_of, split_exact
from salesplan.text import mark

Floats = NDArray[np.float64]
Note = Mapping[str, Any]

SUM_TOLERANCE = 1e-9
DECIMALS_OF_A_TIE = 12
"""Shares nearer than this are one and the same share: a tie is broken by name, not by the last bit."""

GIVEN = mark("Given weights")


@dataclass(frozen=True, kw_only=True, eq=False)
class Weights:
    """Weights of named criteria (KPIs) as fractions of 1, with the method that made them and its caveats.

    Parameters
    ----------
    names
        The criteria, each once.
    values
        One fraction for each name, zero or more, adding up to 1.
    method
        Marked name of the method.
    caveats
        Notes ``{"msgid", "details"}`` a reader must know before using the weights.
    lower, upper
        Interval of each weight where the method gives one.
    coverage
        Probability that the interval claims; missing for intervals that are not statistical (all
        optimal solutions of best-worst, for instance).
    measured_share
        Part of the weights, 0 to 1, that comes from a sample of people's results rather than from judgement.

    Raises
    ------
    InputError
        A name stands twice, a weight is negative or missing, the sum is not 1, an interval is upside
        down; the criterion is named.

    Examples
    --------
    >>> w = Weights(names=("sales_amount", "visits"), values=[0.7, 0.3], method=GIVEN)
    >>> w.to_series().to_dict()
    {'sales_amount': 0.7, 'visits': 0.3}
    """

    names: tuple[str, ...]
    values: Floats
    method: str
    caveats: tuple[Note, ...] = ()
    lower: Floats | None = None
    upper: Floats | None = None
    coverage: float | None = None
    measured_share: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", check_names(self.names))
        values = _one_each(self.names, self.values, "weight")
        _check_simplex(self.names, values)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "caveats", tuple(dict(note) for note in self.caveats))
        if (self.lower is None) != (self.upper is None):
            raise InputError("lower and upper, must be given together")
        if self.lower is not None and self.upper is not None:
            lower, upper = (_one_each(self.names, v, "interval of the weight") for v in (self.lower, self.upper))
            for name, least, most in zip(self.names, lower, upper, strict=True):
                if not least <= most:
                    raise InputError(f"interval == {least:g} to {most:g}, must not be upside down", where=name)
            object.__setattr__(self, "lower", lower)
            object.__setattr__(self, "upper", upper)
        if self.coverage is not None and not 0 < self.coverage < 1:
            raise ParameterError(f"coverage == {self.coverage:g}, must be between 0 and 1")
        if not -SUM_TOLERANCE <= self.measured_share <= 1 + SUM_TOLERANCE:
            raise ParameterError(f"measured_share == {self.measured_share:g}, must be a fraction of 1")
        object.__setattr__(self, "measured_share", min(max(float(self.measured_share), 0.0), 1.0))

    def __getitem__(self, name: str) -> float:
        if name not in self.names:
            raise InputError(f"{name!r} has no weight", fix=f"Known: {', '.join(self.names)}")
        return float(self.values[self.names.index(name)])

    def to_series(self) -> pd.Series:
        """Weight by name."""
        return pd.Series(self.values, index=pd.Index(self.names, name="name"), name="weight")

    def to_frame(self) -> pd.DataFrame:
        """Columns name, weight, weight_lower, weight_upper (missing without an interval)."""
        gap = np.full(len(self.names), np.nan)
        return pd.DataFrame({
            "name": list(self.names),
            "weight": self.values,
            "weight_lower": gap if self.lower is None else self.lower,
            "weight_upper": gap if self.upper is None else self.upper,
        })  # fmt: skip

    def rounded(self, step: float = 0.05, *, minimum: float = 0.0) -> "Weights":
        """The same weights in whole steps that add up to 1; see :func:`round_weights`.

        The interval stays that of the exact weights.
        """
        whole = round_weights(self, step=step, minimum=minimum)
        return replace(self, values=whole.to_numpy(float))


def round_weights(
    weights: Mapping[str, float] | pd.Series | Weights, *, step: float = 0.05, minimum: float = 0.0
) -> pd.Series:
    """Weights people can remember: multiples of a step, still adding up to exactly 1.

    Parameters
    ----------
    weights
        Fractions that add up to 1, by name.
    step
        Size of a step; 1 must be a whole number of them (0.05, 0.1, 0.025, 0.01).
    minimum
        Least weight of every KPI that has a weight at all; a weight of zero stays zero.

    Returns
    -------
    Series
        Weight by name, in the order given; each is the float nearest to its multiple of the step.

    Raises
    ------
    InputError, ParameterError
        Weights that do not add up to 1, a step that does not divide 1, a minimum too large for so many
        KPIs.

    Notes
    -----
    Largest remainder (Hamilton). Equal remainders are served in the order of the names, so the order of
    the rows changes nothing.

    Examples
    --------
    >>> round_weights({"sales": 0.452, "margin": 0.331, "visits": 0.217}).to_dict()
    {'sales': 0.45, 'margin': 0.35, 'visits': 0.2}
    >>> round_weights({"b": 1 / 3, "a": 1 / 3, "c": 1 / 3}, step=0.1).to_dict()
    {'b': 0.3, 'a': 0.4, 'c': 0.3}
    """
    names, values = weight_values(weights)
    steps = count_steps(step)
    if not 0 <= minimum <= 1:
        raise ParameterError(f"minimum == {minimum:g}, must be a fraction of 1")
    shares = np.round(values, DECIMALS_OF_A_TIE)
    floor = int(np.ceil(round(minimum * steps, 9)))
    if floor == 0:
        units = split_exact(steps, shares, keys=names)
        return pd.Series(units / steps, index=pd.Index(names, name="name"), name="weight")
    used = values > 0
    if floor * int(used.sum()) > steps:
        raise ParameterError(
            f"minimum == {minimum:g} for {int(used.sum())} KPIs, must leave at most 1 in all",
            fix="Lower the minimum or use fewer KPIs.",
        )
    units = split_bounded(
        [steps], shares * steps, np.zeros(len(names), np.int64), np.where(used, floor, 0),
        np.where(used, steps, 0), rank=rank_of(names, len(names)),
    )  # fmt: skip
    return pd.Series(units / steps, index=pd.Index(names, name="name"), name="weight")


def count_steps(step: float) -> int:
    """How many steps make 1.

    Examples
    --------
    >>> count_steps(0.05)
    20
    """
    if not (np.isfinite(step) and 0 < step <= 1) or abs(round(1 / step) * step - 1) > SUM_TOLERANCE:
        raise ParameterError(
            f"step == {step:g}, must divide 1 into whole steps", fix="Use 0.05, 0.1, 0.025, 0.02 or 0.01."
        )
    return round(1 / step)


def weight_values(weights: Mapping[str, float] | pd.Series | Weights) -> tuple[tuple[str, ...], Floats]:
    """Names and fractions of weights in any of the forms they come in, checked to add up to 1.

    Examples
    --------
    >>> names, values = weight_values({"a": 0.25, "b": 0.75})
    >>> names, values.tolist()
    (('a', 'b'), [0.25, 0.75])
    """
    given = weights.to_series() if isinstance(weights, Weights) else weights
    names = check_names(tuple(given.keys()))
    values = _one_each(names, [value for _, value in given.items()], "weight")
    _check_simplex(names, values, tolerance=1e-6)
    return names, values / values.sum()


def check_names(names: Sequence[Any]) -> tuple[str, ...]:
    """Names of criteria as a tuple; refuses none, empty and double ones.

    Examples
    --------
    >>> check_names(["a", "b"])
    ('a', 'b')
    """
    if isinstance(names, str):
        raise InputError(f"names == {names!r}, must be a list of names")
    found = tuple(names)
    if not found:
        raise InputError("names is empty, must hold at least one KPI")
    for at, name in enumerate(found):
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"name == {name!r}, must be text", where=f"names, position {at + 1}")
    if len(set(found)) < len(found):
        at, name = next((at, name) for at, name in enumerate(found) if found.index(name) != at)
        raise InputError(f"name == {name!r} stands twice, must be there once", where=f"names, position {at + 1}")
    return found


def _one_each(names: tuple[str, ...], values: Any, what: str) -> Floats:
    listed = np.asarray(values, dtype=object).ravel()
    if listed.size != len(names):
        raise InputError(f"{what}s == {listed.size} numbers, must be one for each of {len(names)} names")
    numbers = np.empty(len(names))
    for at, (name, value) in enumerate(zip(names, listed, strict=True)):
        try:
            numbers[at] = float(value)
        except (TypeError, ValueError):
            numbers[at] = np.nan
        if isinstance(value, str) or not np.isfinite(numbers[at]):
            raise InputError(f"{what} == {value!r}, must be a number", where=name)
    return numbers


def _check_simplex(names: tuple[str, ...], values: Floats, *, tolerance: float = SUM_TOLERANCE) -> None:
    for name, value in zip(names, values, strict=True):
        if value < 0:
            raise InputError(f"weight == {value:g}, must be zero or more", where=name)
    total = float(values.sum())
    if abs(total - 1) > tolerance:
        raise InputError(
            f"weights add up to {total:.12g}, must add up to 1",
            where=", ".join(f"{n} {v:g}" for n, v in zip(names, values, strict=True)),
            fix="Weights are fractions; points on another scale go through direct_weights().",
        )
