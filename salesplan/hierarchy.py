"""The tree a target runs down: organisation crossed with product line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from salesplan.errors import InputError

ALL_LINES = "*"


def node_id(unit_id: str, product_line: str = ALL_LINES) -> str:
    """Name of the node where a unit (or seller) meets a product line.

    Examples
    --------
    >>> node_id("u:east"), node_id("u:east", "Bikes")
    ('u:east|*', 'u:east|Bikes')
    """
    return f"{unit_id}|{product_line}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Hierarchy:
    """Organisation tree x product line, with the top, every unit, every seller and every crossing.

    The bottom nodes are (leaf unit, product line). Nodes are ordered top-down by depth, first all
    ``*`` nodes (all product lines together), then one block for each product line, each block in
    the same order of units; the last ``n_leaves`` of a block are NOT necessarily its leaves, so
    use ``bottom_positions``.

    Parameters
    ----------
    units
        One row a unit or seller: ``unit_id``, ``parent_id`` (missing for the top), ``level``,
        ``name``. Leaves may stand at different depths.
    lines
        Product lines. With a single line the ``*`` nodes and the line's nodes are the same
        numbers; both are kept, so that every caller can rely on them.

    Raises
    ------
    InputError
        No top or several, an unknown parent, a unit listed twice, or a cycle; named with its ids.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
    ...                       "level": ["company", "rep", "rep"], "name": ["Co", "A", "B"]})
    >>> tree = Hierarchy(units=units, lines=["x", "y"])
    >>> tree.nodes["node_id"].tolist()[:4]
    ['co|*', 'a|*', 'b|*', 'co|x']
    >>> tree.aggregate(np.array([1.0, 2.0, 3.0, 4.0]))[:3].tolist()   # a|x, b|x, a|y, b|y
    [10.0, 4.0, 6.0]
    """

    units: pd.DataFrame
    lines: Sequence[str] = field(default=("all",))

    def __post_init__(self) -> None:
        units = self.units.loc[:, ["unit_id", "parent_id", "level", "name"]].reset_index(drop=True)
        object.__setattr__(self, "units", _top_down(units))
        lines = tuple(self.lines)
        if not lines or ALL_LINES in lines or len(set(lines)) != len(lines):
            raise InputError(
                f"lines == {list(lines)}, must be distinct product lines without '{ALL_LINES}'",
                fix="Rename or merge the product lines.",
            )
        object.__setattr__(self, "lines", lines)

    @cached_property
    def parent_positions(self) -> np.ndarray:
        """Position of each unit's parent among ``units``; -1 for the top."""
        place = pd.Series(np.arange(len(self.units)), index=self.units["unit_id"])
        return place.reindex(self.units["parent_id"]).fillna(-1).to_numpy(int)

    @cached_property
    def leaf_positions(self) -> np.ndarray:
        """Positions, among ``units``, of the units without children (the sellers)."""
        has_child = np.zeros(len(self.units), bool)
        has_child[self.parent_positions[1:]] = True
        return np.flatnonzero(~has_child)

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """One row a node: ``node_id``, ``parent_id`` (same line), ``unit_id``, ``product_line``, ``level``, ``name``, ``is_bottom``."""
        blocks = []
        leaf = np.zeros(len(self.units), bool)
        leaf[self.leaf_positions] = True
        for line in (ALL_LINES, *self.lines):
            block = self.units.copy()
            block["product_line"] = line
            block["node_id"] = [node_id(u, line) for u in block["unit_id"]]
            block["is_bottom"] = leaf & (line != ALL_LINES)
            block["parent_id"] = [None if pd.isna(p) else node_id(p, line) for p in block["parent_id"]]
            blocks.append(block)
        columns = ["node_id", "parent_id", "unit_id", "product_line", "level", "name", "is_bottom"]
        return pd.concat(blocks, ignore_index=True)[columns]

    @cached_property
    def bottom_positions(self) -> np.ndarray:
        """Positions of the bottom nodes among ``nodes``, line by line, leaves in ``units`` order."""
        return np.flatnonzero(self.nodes["is_bottom"].to_numpy())

    @property
    def bottom_ids(self) -> pd.Index:
        """``node_id`` of the bottom nodes, in the order ``aggregate`` expects."""
        return pd.Index(self.nodes["node_id"].to_numpy()[self.bottom_positions])

    @cached_property
    def unit_summing(self) -> sparse.csr_matrix:
        """Units x leaves: 1 where the leaf lies under the unit."""
        leaves = self.leaf_positions
        rows, columns = [], []
        current, column = leaves.copy(), np.arange(len(leaves))
        while current.size:
            rows.append(current)
            columns.append(column)
            above = self.parent_positions[current]
            current, column = above[above >= 0], column[above >= 0]
        r, c = np.concatenate(rows), np.concatenate(columns)
        return sparse.csr_matrix((np.ones(len(r)), (r, c)), shape=(len(self.units), len(leaves)))

    @cached_property
    def summing(self) -> sparse.csr_matrix:
        """The summing matrix S: nodes x bottom nodes."""
        one = self.unit_summing
        top = sparse.hstack([one] * len(self.lines))
        return sparse.csr_matrix(sparse.vstack([top, sparse.block_diag([one] * len(self.lines))]))

    def aggregate(self, bottom: np.ndarray) -> np.ndarray:
        """Sum bottom values (bottom nodes first axis) to every node."""
        bottom = np.asarray(bottom)
        if bottom.shape[0] != self.summing.shape[1]:
            raise InputError(f"bottom has {bottom.shape[0]} rows, must be one for each of {self.summing.shape[1]} bottom nodes")
        summing = self.summing.astype(bottom.dtype) if bottom.dtype.kind == "i" else self.summing
        flat = summing @ bottom.reshape(bottom.shape[0], -1)
        return np.asarray(flat).reshape(self.summing.shape[0], *bottom.shape[1:])


def _top_down(units: pd.DataFrame) -> pd.DataFrame:
    ids = units["unit_id"]
    twice = ids[ids.duplicated()].unique().tolist()
    if twice:
        raise InputError(f"unit_id == {twice[:5]}, must be listed once", where="organisation")
    parents = units["parent_id"]
    tops = ids[parents.isna()].tolist()
    unknown = sorted(set(parents.dropna()) - set(ids))
    if unknown:
        orphans = ids[parents.isin(unknown)].tolist()
        raise InputError(f"parent_id == {unknown[:5]}, must be a known unit", where=f"units {orphans[:5]}",
                         fix="Add the missing unit or correct the parent.")
    if len(tops) > 1:
        raise InputError(f"tops == {tops[:5]}, must be exactly one unit without a parent", where="organisation",
                         fix="Give all but one of them a parent.")
    depth = pd.Series(0, index=ids)
    up = pd.Series(parents.to_numpy(), index=ids)
    walker = up.copy()
    for _ in range(len(ids)):
        alive = walker.notna()
        if not alive.any():
            break
        depth[alive] += 1
        walker = walker.map(up, na_action="ignore")
    else:
        cycle = walker.index[walker.notna()].tolist()
        raise InputError(f"units {cycle[:5]} report to one another in a circle", where="organisation",
                         fix="Correct one parent_id so that the chain reaches the top.")
    return units.iloc[np.argsort(depth.to_numpy(), kind="stable")].reset_index(drop=True)
