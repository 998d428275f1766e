"""People who have just come, have not come yet, or have left: what their rows can be forecast from."""

from dataclasses import dataclass

import numpy as np

from salesplan.forecasting.combine import ONE_YEAR
from salesplan.forecasting.history import NEVER, STOPPED_MONTHS, Bools, Floats, Ints, SalesHistory
from salesplan.forecasting.ramp import CohortRamp, shrunk_scale

FASTEST_DECAY, SLOWEST_DECAY = 0.5, 0.92
COLLEAGUES = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Kinds:
    """Bottom nodes: cold (1 to 11 months), unseen (0 months), gone (stopped or former), empty."""

    cold: Bools
    unseen: Bools
    gone: Bools
    empty: Bools


def kinds_of(sales: SalesHistory, bottom: Floats, first: int, hindsight: bool) -> Kinds:
    """Sort the bottom rows by what is known of them ``first + months`` after the history begins.

    A newcomer started within the last year; a row is gone when its people are (``hindsight``) or when a
    regular row has been silent for half a year.
    """
    n = bottom.shape[1]
    until = first + n
    selling = bottom != 0
    some = selling.any(axis=1)
    former = sales.former & hindsight
    newcomer = (until - sales.hired < ONE_YEAR) & (sales.hired < NEVER) & (sales.launched < until) & ~sales.former
    newcomer &= sales.hired > 0
    unseen = newcomer & ~_of_seller(some, sales)
    cold = newcomer & ~unseen
    if not hindsight:
        unseen &= sales.hired < until
    quiet = np.zeros(len(bottom), bool)
    if n > 2 * STOPPED_MONTHS:
        before = selling[:, :-STOPPED_MONTHS]
        active = n - STOPPED_MONTHS - np.clip(sales.starts - first, 0, n - STOPPED_MONTHS - 1)
        quiet = ~selling[:, -STOPPED_MONTHS:].any(axis=1) & (before.sum(axis=1) / active >= 0.5)
    gone = (former | quiet) & some & ~cold
    return Kinds(cold=cold, unseen=unseen, gone=gone, empty=~some & ~unseen & ~cold)


def _of_seller(rows: Bools, sales: SalesHistory) -> Bools:
    """True for every row of a seller who has any True row."""
    lines = len(sales.hierarchy.lines)
    return np.tile(rows.reshape(lines, -1).any(axis=0), lines)


def seller_sales(sales: SalesHistory, bottom: Floats, starts: Ints) -> tuple[Floats, Ints]:
    """Sales of each seller over all lines, with the month they started; rows of former staff left out."""
    lines = len(sales.hierarchy.lines)
    cube = bottom.reshape(lines, -1, bottom.shape[1])
    real = ~sales.former[: cube.shape[1]]
    start = starts.reshape(lines, -1)[0]
    return cube.sum(axis=0)[real], start[real]


def newcomer_forecast(sales: SalesHistory, bottom: Floats, forecast: Floats, starts: Ints, ramp: CohortRamp,
               new: Bools, established: Bools) -> Floats:
    """Colleagues' mean forecast x ramp x the newcomer's own scale (shrunk)."""
    tree = sales.hierarchy
    lines, n, horizon = len(tree.lines), bottom.shape[1], forecast.shape[1]
    leaves = tree.leaf_positions
    shape = (lines, len(leaves))
    peers = np.asarray(established.reshape(shape) & ~new.reshape(shape).any(axis=0))
    experienced = np.asarray(peers.any(axis=0))
    under = tree.unit_summing @ experienced.astype(float)
    both = np.concatenate([bottom, forecast], axis=1).reshape(*shape, n + horizon) * peers[..., None]
    typical = np.stack([tree.unit_summing @ both[k] for k in range(lines)]) / np.maximum(under, 1)[None, :, None]
    group = tree.parent_positions[leaves].copy()
    group[group < 0] = 0
    for _ in range(len(tree.units)):
        few = (under[group] < COLLEAGUES) & (tree.parent_positions[group] >= 0)
        if not few.any():
            break
        group[few] = tree.parent_positions[group[few]]
    start = starts.reshape(shape)[0]
    expected = typical[:, group] * ramp.at(np.arange(n + horizon) - start[:, None])[None]
    seen = np.clip(n - start, 0, n)
    scale = shrunk_scale(bottom.reshape(*shape, n).sum(axis=(0, 2)), expected[..., :n].sum(axis=(0, 2)), seen)
    return np.asarray((expected[..., n:] * scale[None, :, None]).reshape(len(bottom), horizon))


def fading_forecast(history: Floats, index: Floats, horizon: int) -> Floats:
    """Rows whose people have left: the recent level, shrinking at the pace of the last half-year."""
    if not len(history):
        return np.zeros((0, horizon))
    n = history.shape[1]
    level = history[:, -3:].mean(axis=1) if n >= 3 else history.mean(axis=1)
    recent = np.maximum(history[:, -6:].sum(axis=1), 0)
    before = np.maximum(history[:, -12:-6].sum(axis=1), 1e-300) if n >= 12 else recent
    decay = np.clip((recent / np.maximum(before, 1e-300)) ** (1 / 6), FASTEST_DECAY, SLOWEST_DECAY)
    shape = decay[:, None] ** np.arange(1, horizon + 1)
    return np.asarray(np.maximum(level, 0)[:, None] * shape)
