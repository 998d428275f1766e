"""The target plan: integer cells at the bottom, every other number a sum of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.hierarchy import ALL_LINES, Hierarchy, node_id
from salesplan.targets.parameters import TargetParameters

if TYPE_CHECKING:
    from salesplan.forecasting import HierarchyForecast
    from salesplan.targets.explain import Explanation

LEVELS = ("floor", "target", "stretch")
LEVELS_FEN = ("floor_fen", "target_fen", "stretch_fen")
FEN = 100
PERIODS = ("year", "quarter", "month", "week")


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetPlan:
    """Targets of one year for every unit, seller, product line, month and week.

    Parameters
    ----------
    cells
        One row for each seller x product line x month x ISO week: ``seller_id``, ``product_line``,
        ``month``, ``quarter``, ``iso_week`` and ``floor_fen``, ``target_fen``, ``stretch_fen`` (int64).
    nodes
        One row for each node of the hierarchy, indexed by ``node_id``.
    sellers
        One row a seller, indexed by ``seller_id``: shares, weights, bounds and the annual target.
    company
        One row for each of floor, target, stretch: ``amount``, ``growth``, ``p_attain``, ``how``, ``details``.
    months
        One row a month of the year: ``working_days``, ``is_estimated``.

    Raises
    ------
    InputError
        A node is not the sum of its cells, or a floor lies above its target (the plan refuses to exist).
    """

    cells: pd.DataFrame
    nodes: pd.DataFrame
    sellers: pd.DataFrame
    company: pd.DataFrame
    months: pd.DataFrame
    hierarchy: Hierarchy
    forecast: "HierarchyForecast"
    parameters: TargetParameters
    year: pd.PeriodIndex
    year_label: str
    currency: str
    fingerprint: str
    source: str = ""
    notes: Sequence[dict[str, Any]] = field(default=())

    def __post_init__(self) -> None:
        for name in ("cells", "nodes", "sellers", "company", "months"):
            object.__setattr__(self, name, getattr(self, name).copy())
        wrong = np.argwhere(sum_to_nodes(self.cells, self.hierarchy) != self.nodes[list(LEVELS_FEN)].to_numpy())
        if wrong.size:
            node, level = wrong[0]
            raise InputError(f"{LEVELS[level]} of {self.nodes.index[node]} is not the sum of its cells", where="target plan")
        ordered = (self.cells["floor_fen"] <= self.cells["target_fen"]) & (
            self.cells["target_fen"] <= self.cells["stretch_fen"])
        if not ordered.all():
            raise InputError("floor <= target <= stretch does not hold in every cell", where="target plan")

    @property
    def top(self) -> str:
        """``node_id`` of the company."""
        return str(self.nodes.index[0])

    @property
    def lines(self) -> tuple[str, ...]:
        """Product lines of the plan."""
        return tuple(self.hierarchy.lines)

    def check_node(self, node: str) -> str:
        """The node itself, or an error that names the nearest one."""
        if node in self.nodes.index:
            return node
        if node_id(node) in self.nodes.index:
            return node_id(node)
        raise InputError(f"node == {node!r}, must be a node of the plan", where="target plan",
                         fix=known_choices(node, list(self.nodes.index[:2000]))[:200])

    def sellers_below(self, unit_id: str) -> list[str]:
        """Sellers under a unit (the seller itself for a seller)."""
        units = self.hierarchy.units
        position = np.flatnonzero(units["unit_id"].to_numpy() == unit_id)
        if not position.size:
            raise InputError(f"unit_id == {unit_id!r}, must be a unit of the plan", where="target plan")
        leaves = self.hierarchy.unit_summing[position[0]].indices
        below = units["unit_id"].to_numpy()[self.hierarchy.leaf_positions[leaves]]
        return [u for u in below if u in self.sellers.index]

    def cells_of(self, node: str) -> pd.DataFrame:
        """Cells that add up to a node."""
        row = self.nodes.loc[self.check_node(node)]
        keep = self.cells["seller_id"].isin(self.sellers_below(str(row["unit_id"])))
        if row["product_line"] != ALL_LINES:
            keep &= self.cells["product_line"] == row["product_line"]
        return self.cells[keep]

    def table(self, node: str | None = None, *, by: str = "month") -> pd.DataFrame:
        """Targets of a node by year, quarter, month or week, in currency units.

        Returns
        -------
        DataFrame
            Index the period; columns ``floor``, ``target``, ``stretch``; the rows add up exactly.
        """
        if by not in PERIODS:
            raise InputError(f"by == {by!r}, must be a period", where="TargetPlan.table", fix=known_choices(by, PERIODS))
        cells = self.cells_of(node or self.top)
        key = {"year": pd.Series(self.year_label, index=cells.index), "quarter": cells["quarter"],
               "month": cells["month"], "week": cells["iso_week"]}[by]
        sums = cells.groupby(key.rename(by), sort=True, observed=True)[[f"{level}_fen" for level in LEVELS]].sum()
        return (sums / FEN).rename(columns=lambda c: c.removesuffix("_fen"))

    def children(self, node: str) -> pd.DataFrame:
        """Nodes directly below a node (same product line), largest target first."""
        below = self.nodes[self.nodes["parent_id"] == self.check_node(node)]
        return below.sort_values(["target_fen", "name"], ascending=[False, True], kind="stable")

    def to_frame(self, *, level: str | None = None, by: str = "year", product_line: str = ALL_LINES) -> pd.DataFrame:
        """Targets of all nodes of a level: one row a node, one column a period, in currency units."""
        keep = self.nodes["product_line"] == product_line
        if level is not None:
            if level not in set(self.nodes["level"]):
                raise InputError(f"level == {level!r}, must be a level of the organisation", where="TargetPlan.to_frame",
                                 fix=known_choices(level, sorted(set(self.nodes["level"]))))
            keep &= self.nodes["level"] == level
        rows = self.nodes[keep]
        tables = [self.table(node, by=by)["target"].rename(node) for node in rows.index]
        out = pd.DataFrame(tables).fillna(0.0)
        return pd.concat([rows[["name", "level"]], out], axis=1)

    def summary(self) -> pd.DataFrame:
        """The three company levels with growth and P(attain)."""
        return self.company[["amount", "growth", "p_attain"]].copy()

    def explain(self, node: str) -> "Explanation":
        """Open a target into its arithmetic, to the fen."""
        from salesplan.targets.explain import explain_node

        return explain_node(self, self.check_node(node))


def sum_to_nodes(cells: pd.DataFrame, hierarchy: Hierarchy) -> np.ndarray:
    """Floor, target and stretch in fen of each node (nodes x 3), summed over its cells, in the order of ``hierarchy.nodes``."""
    leaves = hierarchy.units["unit_id"].to_numpy()[hierarchy.leaf_positions]
    places = []
    for column, names in (("seller_id", leaves), ("product_line", np.asarray(hierarchy.lines, dtype=object))):
        codes, known = pd.factorize(cells[column].to_numpy())
        places.append(pd.Index(names).get_indexer(pd.Index(known))[codes])
    seller, line = places
    if len(cells) and min(seller.min(), line.min()) < 0:
        raise InputError("a cell names a seller or line that the hierarchy does not know", where="target plan")
    bottom = np.zeros((len(leaves) * len(hierarchy.lines), len(LEVELS)), np.int64)
    np.add.at(bottom, line * len(leaves) + seller, cells[list(LEVELS_FEN)].to_numpy(np.int64))
    return hierarchy.aggregate(bottom)
