"""Annual targets over months and weeks, and floor and stretch cell by cell."""

import numpy as np
import pandas as pd

from salesplan.money import split_groups
from salesplan.targets.timing import split_time


def spread_cells(
    line_fen: pd.DataFrame,
    sellers: pd.DataFrame,
    capacity: pd.DataFrame,
    seasonal_index: pd.DataFrame,
    working: pd.DataFrame,
    pieces: pd.DataFrame,
    *,
    unit: int,
) -> pd.DataFrame:
    """Cells of the plan: seller x line x month x week, exact in every direction.

    A month gets its share by season per working day x working days x the seller's capacity in the
    month; a week gets its share of the month by working days. Floor and stretch follow the target
    cell by cell, so that floor <= target <= stretch holds in every one.

    Parameters
    ----------
    line_fen
        Seller x product line, int64.
    sellers
        ``floor_fen``, ``target_fen``, ``stretch_fen`` by ``seller_id``.
    capacity
        Seller x month, fraction of a full seller.
    seasonal_index
        Product line x twelve months, per working day, mean 1.
    working, pieces
        Working days by month; ISO weeks cut at month borders.
    """
    n_lines = line_fen.shape[1]
    shape = capacity.to_numpy(float)
    shape = shape / np.maximum(shape.max(axis=1, keepdims=True), 1e-12)
    season = seasonal_index.reindex(list(line_fen.columns)).fillna(1.0).to_numpy(float)
    profile = (shape[:, None, :] * season[None, :, :]).reshape(-1, shape.shape[1])
    timed = split_time(line_fen.to_numpy(np.int64).reshape(-1), profile, working, pieces, unit=unit)
    seller = np.repeat(np.arange(len(line_fen)), n_lines)[timed["row"].to_numpy()]
    line = np.tile(np.arange(n_lines), len(line_fen))[timed["row"].to_numpy()]
    target = timed["fen"].to_numpy(np.int64)
    cells = pd.DataFrame({
        "seller_id": line_fen.index.to_numpy()[seller],
        "product_line": np.asarray(line_fen.columns)[line],
        "month": timed["month"].array,
        "iso_week": timed["iso_week"].astype(object).to_numpy(),
    })
    for level in ("floor", "stretch"):
        totals = sellers[f"{level}_fen"].to_numpy(np.int64)[:, None]
        cells[f"{level}_fen"] = split_groups(totals, target.astype(float)[:, None], seller, unit=unit)[:, 0]
    cells.insert(5, "target_fen", target)
    return cells
