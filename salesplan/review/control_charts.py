"""Control charts: which values of a series are more than its usual noise."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]

D2, D4 = 1.128, 3.268
"""Constants of moving ranges of two (Wheeler & Chambers)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ControlChart:
    """A series with its limits.

    ``table``: value, centre_value, lower_value, upper_value, is_signal, and for individuals moving_range. ``range_upper`` is
    the limit of the moving ranges, ``dispersion_factor`` by how much the values vary more than counting alone explains
    (p and u charts).
    """

    table: pd.DataFrame
    method: str
    range_upper: float = float("nan")
    dispersion_factor: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    @property
    def signals(self) -> list[int]:
        """Positions (from 0) beyond the limits."""
        return [int(i) for i in np.flatnonzero(self.table["is_signal"])]

    @property
    def range_signals(self) -> list[int]:
        """Positions whose step from the value before is beyond its limit; of individuals only."""
        if "moving_range" not in self.table:
            return []
        return [int(i) for i in np.flatnonzero(self.table["moving_range"] > self.range_upper)]

    def to_frame(self) -> pd.DataFrame:
        """One row a value."""
        return self.table.copy()


def xmr_chart(values: ArrayLike, *, baseline: int | None = None) -> ControlChart:
    """Individuals and moving ranges: what is usual for a series that is neither seasonal nor drifting.

    Parameters
    ----------
    values
        In order of time. Raw monthly sales have season and drift: chart their standardised residuals
        (`salesplan.review.seasonal_residuals`) instead.
    baseline
        So many first values make the limits; all without it. What is to be judged should not widen its own limits.

    Raises
    ------
    InputError
        Fewer than two values, or a missing one.

    Notes
    -----
    ``mean -+ 3 MR / 1.128``; ranges up to ``3.268 MR`` (Wheeler & Chambers 1992).

    Examples
    --------
    >>> chart = xmr_chart([10.0, 12.0, 11.0, 9.0, 30.0, 10.0])
    >>> chart.signals, chart.range_signals, round(float(chart.table["upper_value"].iloc[0]), 2)
    ([], [], 38.14)
    """
    x = _check(values, least=2)
    step, first = np.abs(np.diff(x)), _first(baseline, len(x))
    mean, usual = float(x[:first].mean()), float(step[: first - 1].mean())
    reach = 2.66 * usual
    table = pd.DataFrame({"value": x, "centre_value": mean, "lower_value": mean - reach, "upper_value": mean + reach,
                          "moving_range": np.concatenate([[np.nan], step])})
    return ControlChart(table=_judged(table), method="xmr", range_upper=D4 * usual)


def ewma_chart(values: ArrayLike, *, centre: float, sd: float, weight: float = 0.1, width: float = 2.7) -> ControlChart:
    """Exponentially weighted mean against its limits: finds small lasting shifts.

    Parameters
    ----------
    centre, sd
        Usual level and noise of one value, known beforehand (of standardised residuals 0 and 1).
    weight
        Of the newest value.
    width
        Half width of the limits in standard deviations of the weighted mean.

    Notes
    -----
    ``z = w x + (1 - w) z``, ``sd sqrt(w / (2 - w) (1 - (1 - w)^(2t)))`` (Roberts 1959).

    Examples
    --------
    >>> ewma_chart([0.0, 1.0, 1.0, 1.0], centre=0.0, sd=1.0, weight=0.5, width=1.0).signals
    [2, 3]
    """
    x = _check(values, least=1)
    _check_sd(sd)
    if not 0 < weight <= 1:
        raise InputError(f"weight == {weight:g}, must be above 0 and at most 1", where="EWMA chart")
    smooth, previous = np.empty(len(x)), float(centre)
    for t, value in enumerate(x):
        previous = weight * value + (1 - weight) * previous
        smooth[t] = previous
    number = np.arange(1, len(x) + 1)
    reach = width * sd * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * number)))
    table = pd.DataFrame({"value": smooth, "centre_value": float(centre), "lower_value": centre - reach,
                          "upper_value": centre + reach})
    return ControlChart(table=_judged(table), method="ewma")


def rate_chart(
    events: ArrayLike, trials: ArrayLike, *, kind: Literal["p", "u"] = "p", overdispersed: bool = True, width: float = 3.0,
    baseline: int | None = None,
) -> ControlChart:
    """Rates of months with different numbers behind them: win rates (p) or orders per visit (u).

    Parameters
    ----------
    events, trials
        Deals won of deals closed (p), or orders and visits (u); same length.
    overdispersed
        Widen the limits by what the rates vary between months beyond counting (Laney's p' and u'). With thousands of trials
        a month counting alone explains almost nothing and every month would be a signal.
    baseline
        As in `xmr_chart`.

    Raises
    ------
    InputError
        Different lengths, no trials at all, negative counts, or (p) more events than trials.

    Notes
    -----
    ``mean -+ width sigma sqrt(v / n)``, ``v`` = ``p (1 - p)`` or ``u``; ``sigma`` = mean moving range of the
    standardised rates / 1.128, at least 1 (Laney 2002). Months without trials have no value and give no signal.

    Examples
    --------
    >>> chart = rate_chart([10, 12, 9, 30, 11], [100, 100, 100, 100, 100], overdispersed=False)
    >>> chart.signals
    [3]
    """
    won, n = _check(events, least=1), _check(trials, least=1)
    if len(won) != len(n):
        raise InputError(f"{len(won)} events and {len(n)} trials, must be as many", where="rate chart")
    if (won < 0).any() or (n < 0).any() or n.sum() <= 0:
        raise InputError("events or trials are negative or all zero, must be counts with some trials", where="rate chart")
    if kind == "p" and (won > n).any():
        worst = int((won > n).argmax())
        raise InputError(f"{won[worst]:g} of {n[worst]:g} succeeded, must not be more than all",
                         where=f"rate chart, value {worst + 1}")
    first = _first(baseline, len(n))
    if n[:first].sum() <= 0:
        raise InputError("the first values hold no trials, must hold some", where="rate chart")
    mean = float(won[:first].sum() / n[:first].sum())
    unit = mean * (1 - mean) if kind == "p" else mean
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, sd = np.where(n > 0, won / n, np.nan), np.sqrt(unit / n)
    factor = 1.0
    if overdispersed and unit > 0:
        score = ((rate - mean) / sd)[:first][n[:first] > 0]
        if len(score) > 1:
            factor = max(float(np.abs(np.diff(score)).mean() / D2), 1.0)
    reach = width * factor * sd
    upper = mean + reach
    table = pd.DataFrame({"value": rate, "centre_value": mean, "lower_value": np.maximum(mean - reach, 0.0),
                          "upper_value": np.minimum(upper, 1.0) if kind == "p" else upper})
    table.loc[n <= 0, ["lower_value", "upper_value"]] = np.nan
    return ControlChart(table=_judged(table), method=kind, dispersion_factor=factor)


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    beyond = (table["value"] < table["lower_value"]) | (table["value"] > table["upper_value"])
    return table.assign(is_signal=beyond)


def _check(values: ArrayLike, *, least: int) -> Floats:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or len(x) < least:
        raise InputError(f"{x.size} values, must be a list of at least {least}", where="control chart")
    if not np.isfinite(x).all():
        at = int(np.flatnonzero(~np.isfinite(x))[0]) + 1
        raise InputError("a value is missing or infinite, must be a number", where=f"control chart, value {at}")
    return x


def _first(baseline: int | None, n: int) -> int:
    if baseline is not None and not 2 <= baseline <= n:
        raise InputError(f"baseline == {baseline}, must be from 2 to {n} values", where="control chart")
    return n if baseline is None else baseline


def _check_sd(sd: float) -> None:
    if not np.isfinite(sd) or sd <= 0:
        raise InputError(f"sd == {sd:g}, must be above 0", where="control chart")
