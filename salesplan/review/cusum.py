"""Cumulative sums: drifts too small to see in one month, and how often chance makes one."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]

CELLS = 400
"""Cells of the sum's range in which chances are computed."""
SUM_STEPS = 4000
"""Cells of the longer range in which the chance of a sum is tabled."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cusum:
    """Sums upwards and downwards in the values' own unit.

    ``table``: value, up_value, down_value (0 or more), is_signal, started (position at which the sum that is larger last
    left zero).
    """

    table: pd.DataFrame
    slack: float
    limit: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    @property
    def first_signal(self) -> int | None:
        """Number (from 1) of the first value at which a sum passes the limit."""
        hit = np.flatnonzero(self.table["is_signal"])
        return int(hit[0]) + 1 if hit.size else None

    def to_frame(self) -> pd.DataFrame:
        """One row a value."""
        return self.table.copy()


def cusum(values: ArrayLike, *, centre: float = 0.0, sd: float = 1.0, slack: float = 0.5, limit: float = 5.0) -> Cusum:
    """Tabular CUSUM: ``C+ = max(0, C+ + x - centre - slack sd)``, and the same downwards.

    Parameters
    ----------
    values
        In order of time; of sales their standardised residuals, never raw sales (season would be taken for a drift).
    slack, limit
        In standard deviations: half the shift to be found, and where a sum is a signal. With 0.5 and 5 chance alone
        makes a signal every 465 values (`cusum_arl`).

    Raises
    ------
    InputError
        Missing values, a slack below 0, or an sd or limit of 0 or less.

    Examples
    --------
    >>> found = cusum([0.0, -2.0, -2.0, -2.0, -2.0])
    >>> found.table["down_value"].tolist(), found.first_signal
    ([0.0, 1.5, 3.0, 4.5, 6.0], 5)
    """
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise InputError("values are missing or no list, must be numbers in order of time", where="CUSUM")
    if not sd > 0 or slack < 0 or not limit > 0:
        raise InputError(f"sd == {sd:g}, slack == {slack:g}, limit == {limit:g}, must be positive (slack 0 or more)", where="CUSUM")
    up, down = cusum_sums(x[None, :] - centre, slack * sd)
    table = pd.DataFrame({"value": x, "up_value": up[0], "down_value": down[0]})
    table["is_signal"] = (table[["up_value", "down_value"]] > limit * sd).any(axis=1)
    table["started"] = run_starts(np.where(up[0] >= down[0], up[0], down[0])[None, :])[0]
    return Cusum(table=table, slack=slack, limit=limit)


def cusum_sums(values: Floats, slack: float, *, start: ArrayLike = 0.0) -> tuple[Floats, Floats]:
    """Upper and lower sums of series x time; missing values leave a sum where it is."""
    up, down = np.zeros(values.shape), np.zeros(values.shape)
    high = low = np.zeros(len(values)) + np.asarray(start, float)
    for t in range(values.shape[1]):
        x = values[:, t]
        known = np.isfinite(x)
        high = np.where(known, np.maximum(0.0, high + np.nan_to_num(x) - slack), high)
        low = np.where(known, np.maximum(0.0, low - np.nan_to_num(x) - slack), low)
        up[:, t], down[:, t] = high, low
    return up, down


def run_starts(sums: Floats) -> NDArray[np.int64]:
    """Position at which each sum left zero; -1 where it is zero."""
    at = np.full(sums.shape, -1, np.int64)
    for t in range(sums.shape[1]):
        before = at[:, t - 1] if t else np.full(len(sums), -1)
        at[:, t] = np.where(sums[:, t] > 0, np.where(before >= 0, before, t), -1)
    return at


@lru_cache(maxsize=64)
def cusum_arl(slack: float = 0.5, limit: float = 5.0, *, shift: float = 0.0, two_sided: bool = True) -> float:
    """Mean number of values until a signal when the values are normal and independent.

    Parameters
    ----------
    slack, limit
        In standard deviations.
    shift
        Lasting change of the mean in standard deviations; 0: how long until a false alarm.

    Notes
    -----
    Markov chain on the range of the sum (Brook & Evans 1972); both sides: ``1 / (1/up + 1/down)``.

    Examples
    --------
    >>> round(cusum_arl(0.5, 5.0)), round(cusum_arl(0.5, 4.0)), round(cusum_arl(0.5, 5.0, shift=1.0), 1)
    (465, 168, 10.4)
    """
    def one_side(mean: float) -> float:
        step = _steps(slack - mean, limit, CELLS)
        return float(np.linalg.solve(np.eye(CELLS) - step, np.ones(CELLS))[0])

    up = one_side(shift)
    return 1.0 / (1.0 / up + 1.0 / one_side(-shift)) if two_sided else up


@lru_cache(maxsize=32)
def _tail_table(slack: float, months: int) -> tuple[Floats, Floats]:
    """Sums, and the chance that an upward sum that began at zero so many values ago is at least as large."""
    top = 16.0
    step = _steps(slack, top, SUM_STEPS // 10)
    chance = np.zeros(SUM_STEPS // 10)
    chance[0] = 1.0
    for _ in range(months):
        chance = chance @ step
    width = 2 * top / (2 * len(chance) - 1)
    above = np.concatenate([[1.0], 1.0 - np.cumsum(chance)])
    edges = np.concatenate([[0.0], (np.arange(len(chance)) + 0.5) * width])
    return edges, np.clip(above, 0.0, 1.0)


def cusum_p(sums: ArrayLike, *, slack: float = 0.5, months: int = 12) -> Floats:
    """Chance that noise alone brings an upward sum at least this far, so many values after it began at zero.

    Examples
    --------
    >>> cusum_p([0.0, 2.0, 5.0]).round(4).tolist()
    [1.0, 0.0707, 0.0025]
    """
    edges, above = _tail_table(slack, months)
    logs = np.log(np.maximum(above, 1e-14))
    return np.asarray(np.exp(np.interp(np.asarray(sums, float), edges, logs)))


def cusum_limit(p: float, *, slack: float = 0.5, months: int = 12) -> float:
    """Sum that noise alone reaches with chance ``p``: the inverse of `cusum_p`."""
    edges, above = _tail_table(slack, months)
    logs = np.log(np.maximum(above, 1e-14))
    return float(np.interp(-np.log(p), -logs, edges))


def _steps(slack: float, limit: float, cells: int) -> Floats:
    """Chances of going from one cell of the sum to another; what goes past the limit is left out."""
    from scipy.special import ndtr

    width = 2 * limit / (2 * cells - 1)
    middle = np.arange(cells) * width
    upper = ndtr(middle[None, :] + width / 2 - middle[:, None] + slack)
    lower = ndtr(middle[None, :] - width / 2 - middle[:, None] + slack)
    lower[:, 0] = 0.0
    return np.asarray(upper - lower)
