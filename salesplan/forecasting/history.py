"""Sales history laid on the tree: checked, complete, with the first month of every node."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.hierarchy import ALL_LINES, Hierarchy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FORMER = "/former"
STOPPED_MONTHS = 6
NEVER = 10**6


@dataclass(frozen=True, kw_only=True, eq=False)
class SalesHistory:
    """Bottom nodes x months in the tree's order, with what is known of each row.

    ``hired`` is the month position of a row's seller (hire or first sale), beyond the end for people who
    have not come yet; ``launched`` that of its product line; ``NEVER`` where there is neither.
    """

    bottom: Floats
    months: pd.PeriodIndex
    hierarchy: Hierarchy
    hired: Ints
    launched: Ints
    former: Bools
    parents: Ints
    filled: int

    @property
    def starts(self) -> Ints:
        """Month from which a row counts: its seller is there and its line is sold."""
        return np.maximum(self.hired, self.launched)


def node_starts(hierarchy: Hierarchy, starts: Ints) -> Ints:
    """First month of every node: the earliest among the bottom nodes below it."""
    below = hierarchy.summing.tocoo()
    first = np.full(below.shape[0], NEVER)
    np.minimum.at(first, below.row, starts[below.col])
    return first


def check_history(history: pd.DataFrame, hierarchy: Hierarchy, *, first_month: pd.Series | None = None) -> SalesHistory:
    """Lay a frame of monthly sales on the tree.

    Parameters
    ----------
    history
        Months (PeriodIndex, monthly, no gap) x (unit_id, product_line). Missing cells are zero sales.
    first_month
        Month of hire by unit_id, where known.

    Raises
    ------
    InputError
        No months, a gap, an unknown unit or line, text or infinite amounts, or nothing but missing cells.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a"], "parent_id": [None, "co"], "level": ["company", "rep"],
    ...                       "name": ["Co", "A"]})
    >>> months = pd.period_range("2024-01", periods=3, freq="M")
    >>> frame = pd.DataFrame({("a", "x"): [0.0, 5.0, None]}, index=months)
    >>> laid = check_history(frame, Hierarchy(units=units, lines=["x"]))
    >>> laid.bottom.tolist(), laid.starts.tolist(), laid.filled
    ([[0.0, 5.0, 0.0]], [1], 1)
    """
    months = history.index
    if not isinstance(months, pd.PeriodIndex) or months.freqstr != "M":
        raise InputError(f"history.index is {type(months).__name__}, must be a monthly PeriodIndex",
                         fix="history.index = pd.PeriodIndex(history.index, freq='M')")
    if len(months) == 0 or history.shape[1] == 0:
        raise InputError(f"history.shape == {history.shape}, must have months and columns", where="sales history")
    if len(months) != months[-1].ordinal - months[0].ordinal + 1 or not months.is_monotonic_increasing:
        missing = pd.period_range(months.min(), months.max(), freq="M").difference(months)
        raise InputError(f"months missing {[str(m) for m in missing[:3]]}, must run without a gap and in order",
                         where="sales history", fix="Fill months without sales with zero and sort the index.")
    if history.columns.nlevels != 2 or history.columns.has_duplicates:
        raise InputError("history.columns must be distinct pairs (unit_id, product_line)", where="sales history")
    leaves = hierarchy.units["unit_id"].to_numpy()[hierarchy.leaf_positions]
    order = pd.MultiIndex.from_tuples([(u, line) for line in hierarchy.lines for u in leaves])
    place = order.get_indexer(history.columns)
    unknown = history.columns[place < 0].tolist()
    if unknown:
        raise InputError(f"history columns {unknown[:3]} must be a seller (leaf) and a product line of the hierarchy",
                         fix="Add the unit or line to the hierarchy, or leave the column out.")
    try:
        values = history.to_numpy(float)
    except (TypeError, ValueError) as error:
        raise InputError("history holds text, must be amounts", where="sales history") from error
    if np.isinf(values).any():
        raise InputError("history holds infinite amounts, must be finite", where="sales history")
    if np.isnan(values).all():
        raise InputError("history is empty (every cell missing), must hold sales", where="sales history",
                         fix="Check the import: no order reached this organisation.")
    bottom = np.zeros((len(order), len(months)))
    bottom[place] = np.nan_to_num(values.T)
    hired, launched = _starts(bottom, months, leaves, len(hierarchy.lines), first_month)
    former = np.tile(np.array([str(u).endswith(FORMER) for u in leaves]), len(hierarchy.lines))
    return SalesHistory(bottom=bottom, months=months, hierarchy=hierarchy, hired=hired, launched=launched,
                        former=former, parents=node_parents(hierarchy), filled=int(np.isnan(values).sum()))


def node_parents(hierarchy: Hierarchy) -> Ints:
    """Relative a node shares its season with: its parent unit; for a whole line, the whole company."""
    units = hierarchy.parent_positions
    blocks = len(hierarchy.lines) + 1
    shifted = np.concatenate([np.where(units >= 0, units + b * len(units), 0) for b in range(blocks)])
    shifted[0] = -1
    return np.asarray(shifted, np.int64)


def _starts(bottom: Floats, months: pd.PeriodIndex, leaves: NDArray[np.object_], lines: int,
            first_month: pd.Series | None) -> tuple[Ints, Ints]:
    cube = bottom.reshape(lines, len(leaves), -1) != 0
    first_sale = _first(cube.any(axis=0))
    hired = np.full(len(leaves), NEVER)
    if first_month is not None:
        known = first_month.dropna()
        position = pd.Series([pd.Period(m, "M").ordinal - months[0].ordinal for m in known], index=known.index)
        hired = np.maximum(position.reindex(leaves).fillna(NEVER).to_numpy(int), 0)
    unit = np.minimum(first_sale, hired)
    launched = _first(cube.any(axis=1))
    return np.tile(unit, lines), np.repeat(launched, len(leaves))


def _first(seen: Bools) -> Ints:
    return np.where(seen.any(axis=-1), seen.argmax(axis=-1), NEVER)


def level_groups(hierarchy: Hierarchy) -> tuple[Ints, list[tuple[str, bool]]]:
    """Level of each node, with all lines together or line by line: whose errors are pooled."""
    nodes = hierarchy.nodes
    pairs = list(zip(nodes["level"].astype(str), nodes["product_line"] != ALL_LINES, strict=True))
    names = list(dict.fromkeys(pairs))
    code = {pair: k for k, pair in enumerate(names)}
    return np.array([code[pair] for pair in pairs]), names
