"""Stretch stacking: what every manager adds on top before handing a target down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices

MOST_LEVELS = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class StretchStacking:
    """Over-assignment at every parent and level, as fractions of the parent's own target.

    ``by_parent``: node_id, level, n_children, amount, children_amount, over_assignment.
    ``by_level``: level, n_parents, amount, children_amount, over_assignment, compounded (children
    of this level against the company's target). ``compounded``: all sellers together against the
    company's target.
    """

    by_parent: pd.DataFrame
    by_level: pd.DataFrame
    compounded: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_parent", self.by_parent.copy())
        object.__setattr__(self, "by_level", self.by_level.copy())

    @property
    def is_exact(self) -> bool:
        """Whether every parent equals the sum of its children."""
        return bool((self.by_parent["over_assignment"] == 0).all())

    def to_frame(self) -> pd.DataFrame:
        """One row a level, as printed beside a plan."""
        return self.by_level.copy()


def compound_buffers(buffers: Sequence[float]) -> float:
    """What buffers of several management levels make together.

    Parameters
    ----------
    buffers
        One fraction a level, top first.

    Examples
    --------
    >>> [round(compound_buffers(b), 4) for b in ([0.1, 0.1, 0.05], [0.1, 0.1, 0.1])]
    [0.2705, 0.331]
    """
    return float(np.prod(1 + np.asarray(buffers, float)) - 1)


def assigned_quotas(nodes: pd.DataFrame, *, buffers: Mapping[str, float], amount: str = "target") -> pd.Series:
    """The quotas people really get when each level adds a buffer to what it hands down.

    Parameters
    ----------
    nodes
        One row a node: index or column ``node_id``, and ``parent_id``, ``level`` and the amount.
    buffers
        Level of the manager -> fraction added to everything that manager hands down.
    amount
        Column with the planned amounts.

    Returns
    -------
    Series by ``node_id``; the company keeps its own target.

    Raises
    ------
    InputError
        A level that does not occur, or a buffer below -1.

    Examples
    --------
    >>> nodes = pd.DataFrame({"node_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
    ...                       "level": ["company", "rep", "rep"], "target": [100.0, 60.0, 40.0]})
    >>> assigned_quotas(nodes, buffers={"company": 0.1}).round(2).tolist()
    [100.0, 66.0, 44.0]
    """
    tree = _tree(nodes, amount)
    levels = set(tree["level"])
    for level, buffer in buffers.items():
        if level not in levels:
            raise InputError(f"buffers level == {level!r}, {known_choices(level, levels)}")
        if not buffer > -1:
            raise InputError(f"buffer of {level} == {buffer:g}, must be a fraction above -1")
    factor = tree["level"].map(dict(buffers)).fillna(0.0).to_numpy() + 1.0
    parent = _parent_positions(tree)
    total = np.ones(len(tree))
    walker = parent.copy()
    for _ in range(MOST_LEVELS):
        above = walker >= 0
        if not above.any():
            break
        total[above] *= factor[walker[above]]
        walker[above] = parent[walker[above]]
    return pd.Series(tree[amount].to_numpy(float) * total, index=tree["node_id"], name="quota")


def stretch_stacking(
    nodes: pd.DataFrame, *, amount: str = "target", assigned: pd.Series | None = None
) -> StretchStacking:
    """Print how much more is handed down than was received, level by level.

    A plan that adds up shows 0 % everywhere. Buffers of 10 %, 10 % and 5-10 % on three levels make
    27-33 %, with which the company plans against itself: most sellers miss while the company makes it.

    Parameters
    ----------
    nodes
        One row a node: index or column ``node_id``, and ``parent_id``, ``level`` and the amount;
        with a ``product_line`` column only the rows of all lines together (``*``) count. If a column
        ``<amount>_fen`` is present it is used, so that an exact plan shows exactly zero.
    amount
        Column to test.
    assigned
        Quotas people really got, by ``node_id``, when they differ from the plan (``assigned_quotas``).

    Raises
    ------
    InputError
        A parent that is not among the nodes, or an assigned quota missing.

    Notes
    -----
    ``sum(children) / parent - 1``; a parent of zero with children above zero is infinite.

    Examples
    --------
    >>> nodes = pd.DataFrame({"node_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
    ...                       "level": ["company", "rep", "rep"], "target": [100.0, 60.0, 40.0]})
    >>> stretch_stacking(nodes).compounded
    0.0
    >>> quotas = assigned_quotas(nodes, buffers={"company": 0.1})
    >>> round(stretch_stacking(nodes, assigned=quotas).compounded, 4)
    0.1
    """
    tree = _tree(nodes, amount)
    if assigned is not None:
        values = assigned.reindex(tree["node_id"])
        lost = values.index[values.isna()].tolist()
        if lost:
            raise InputError(f"assigned has no quota for {lost[:5]}, must have one for every node")
        value, unit = values.to_numpy(float), 1.0
    elif f"{amount}_fen" in tree:
        value, unit = tree[f"{amount}_fen"].to_numpy(), 100.0
    else:
        value, unit = tree[amount].to_numpy(float), 1.0
    parent = _parent_positions(tree)
    is_child = parent >= 0
    children = np.zeros(len(tree), value.dtype)
    np.add.at(children, parent[is_child], value[is_child])
    n_children = np.bincount(parent[is_child], minlength=len(tree))
    is_parent = n_children > 0
    table = pd.DataFrame(
        {
            "node_id": tree["node_id"].to_numpy()[is_parent],
            "level": tree["level"].to_numpy()[is_parent],
            "n_children": n_children[is_parent],
            "amount": value[is_parent] / unit,
            "children_amount": children[is_parent] / unit,
            "over_assignment": _over(children[is_parent], value[is_parent]),
        }
    )
    depth = _depths(parent)
    raw = pd.DataFrame(
        {
            "level": table["level"],
            "own": value[is_parent],
            "below": children[is_parent],
            "depth": depth[is_parent],
        }
    )
    level = raw.groupby("level", sort=False).agg(
        n_parents=("own", "size"), own=("own", "sum"), below=("below", "sum"), depth=("depth", "max")
    )
    level = level.sort_values("depth", kind="stable").reset_index()
    company = value[~is_child].sum()
    front = [value[(depth == d + 1) | ((depth <= d) & ~is_parent)].sum() for d in level["depth"]]
    by_level = pd.DataFrame(
        {
            "level": level["level"],
            "n_parents": level["n_parents"],
            "amount": level["own"] / unit,
            "children_amount": level["below"] / unit,
            "over_assignment": _over(level["below"].to_numpy(), level["own"].to_numpy()),
            "compounded": _over(np.array(front, value.dtype), np.full(len(level), company)),
        }
    )
    compounded = float(_over(value[~is_parent].sum(keepdims=True), np.array([company]))[0])
    return StretchStacking(by_parent=table, by_level=by_level, compounded=compounded)


def _over(children: np.ndarray, parent: np.ndarray) -> np.ndarray:
    difference = (children - parent).astype(float)
    if children.dtype.kind == "f":
        difference[np.abs(difference) <= 1e-9 * np.abs(parent)] = 0.0
    empty = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    return np.divide(difference, parent, out=empty, where=parent != 0)


def _tree(nodes: pd.DataFrame, amount: str) -> pd.DataFrame:
    tree = nodes if "node_id" in nodes.columns else nodes.rename_axis(index="node_id").reset_index()
    if "product_line" in tree.columns and (tree["product_line"] == "*").any():
        tree = tree[tree["product_line"] == "*"]
    missing = [c for c in ("node_id", "parent_id", "level", amount) if c not in tree.columns]
    if missing:
        raise InputError(f"nodes has no column {missing}, must have node_id, parent_id, level and {amount}")
    return tree.reset_index(drop=True)


def _parent_positions(tree: pd.DataFrame) -> np.ndarray:
    place = pd.Series(np.arange(len(tree)), index=tree["node_id"])
    known = tree["parent_id"].isna() | tree["parent_id"].isin(place.index)
    if not known.all():
        raise InputError(
            f"parent_id == {tree.loc[~known, 'parent_id'].unique()[:5].tolist()}, must be a known node",
            where="nodes",
            fix="Hand in the whole tree, or clear the parent of its top.",
        )
    return place.reindex(tree["parent_id"]).fillna(-1).to_numpy(int)


def _depths(parent: np.ndarray) -> np.ndarray:
    depth, walker = np.zeros(len(parent), int), parent.copy()
    for _ in range(MOST_LEVELS):
        above = walker >= 0
        if not above.any():
            break
        depth[above] += 1
        walker[above] = parent[walker[above]]
    return depth
