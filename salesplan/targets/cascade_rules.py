"""One amount down the organisation with floors, caps and pins on any unit: exact, no solver."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InfeasibleTargetError, InputError, known_choices
from salesplan.money import split_bounded
from salesplan.money.tree import depths
from salesplan.money.units import unit_size
from salesplan.targets.allocation import Method, Response, polish, which_bound
from salesplan.targets.conflicts import RoomToMove, check_room

NEAR_WHOLE = 1e-6
LARGE = 2.0**53


@dataclass(frozen=True, kw_only=True, eq=False)
class TreeAllocation:
    """Amounts of every unit and seller, with the multiplier and the rule that decided each.

    Parameters
    ----------
    nodes
        Index ``unit_id``, in the order of the units given: ``amount``, ``binding`` (``floor``,
        ``cap``, ``pin`` or empty), ``multiplier`` in force below a unit's parent, ``base``,
        ``weight``, ``lower``, ``upper`` and ``is_leaf``.
    parents
        Position of each unit's parent.
    method
        ``quadratic`` or ``entropic``.
    """

    nodes: pd.DataFrame
    parents: NDArray[np.int64]
    method: Method

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", self.nodes.copy())
        amounts = self.nodes["amount"].to_numpy(float)
        gap = amounts.copy()
        np.subtract.at(gap, self.parents[1:], amounts[1:])
        inner = ~self.nodes["is_leaf"].to_numpy(bool)
        if (np.abs(gap[inner]) > 1e-9 * max(1.0, float(np.abs(amounts).sum()))).any():
            raise InputError("amounts of children must add up to their parent's")

    @property
    def amounts(self) -> NDArray[np.float64]:
        """Amounts of the leaves, in the order of the units given."""
        leaves = self.nodes["is_leaf"].to_numpy(bool)
        return self.nodes["amount"].to_numpy(float)[leaves]

    def to_frame(self) -> pd.DataFrame:
        """One row a unit."""
        return self.nodes.copy()

    def explain(self, unit_id: str) -> dict[str, object]:
        """The arithmetic of one leaf: base, stretch, what it came to, and the rule that decided it.

        Raises
        ------
        InputError
            The unit is unknown or not a leaf.
        """
        if unit_id not in self.nodes.index or not self.nodes.loc[unit_id, "is_leaf"]:
            raise InputError(f"unit_id == {unit_id!r}, must be a seller of this allocation")
        row = self.nodes.loc[unit_id]
        step = row["multiplier"] * (row["weight"] if self.method == "quadratic" else row["base"])
        wanted = row["base"] + step if self.method == "quadratic" else step
        return {"base": row["base"], "weight": row["weight"], "multiplier": row["multiplier"], "wanted": wanted,
                "lower": row["lower"], "upper": row["upper"], "amount": row["amount"], "binding": row["binding"]}


def allocate_tree(
    units: pd.DataFrame,
    total: float,
    base: ArrayLike,
    weights: ArrayLike,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    *,
    unit_lower: ArrayLike | None = None,
    unit_upper: ArrayLike | None = None,
    method: Method = "quadratic",
) -> NDArray[np.float64]:
    """Share an amount among sellers while rules on sellers, teams and regions all hold.

    Parameters, errors and formula as for :func:`solve_tree`; gives the sellers' amounts alone.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "east", "west", "a", "b", "c"],
    ...                       "parent_id": [None, "co", "co", "east", "east", "west"]})
    >>> allocate_tree(units, 150, [40, 40, 40], [1, 1, 1], unit_upper=[999, 90, 999, 999, 999, 999]).tolist()
    [45.0, 45.0, 60.0]
    """
    return solve_tree(units, total, base, weights, lower, upper, unit_lower=unit_lower, unit_upper=unit_upper,
                      method=method).amounts


def solve_tree(
    units: pd.DataFrame,
    total: float,
    base: ArrayLike,
    weights: ArrayLike,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    *,
    unit_lower: ArrayLike | None = None,
    unit_upper: ArrayLike | None = None,
    method: Method = "quadratic",
) -> TreeAllocation:
    """Share an amount among sellers while rules on sellers, teams and regions all hold.

    Parameters
    ----------
    units
        ``unit_id``, ``parent_id`` (missing for the top) and, for messages, ``name``; top-down, as in
        ``Hierarchy.units``. Leaves are the sellers.
    total
        Amount of the top, currency units.
    base, weights
        One for each leaf, in the order of `units`: where the seller stands without stretch, and the
        weight in sharing it out. Entropic allocation scales the base and does not use the weights.
    lower, upper
        Floors and caps of the leaves; zero and none where missing.
    unit_lower, unit_upper
        Floors and caps of every unit (leaves too, where the stricter counts); missing: no rule. A
        pin is a floor equal to the cap.
    method
        ``quadratic``: smallest ``sum((x - base)**2 / weight)``. ``entropic``: smallest
        ``sum(x * log(x / base))``, one growth rate for all whom no rule holds.

    Returns
    -------
    TreeAllocation

    Raises
    ------
    InfeasibleTargetError
        The rules cannot hold together; ``details['conflicts']`` has the minimal clashing sets.
    InputError
        Arrays that do not fit, missing numbers, negative weights.

    Notes
    -----
    Bounds on a tree are a laminar family. Optimal amounts of a group, as a function of the
    multiplier m at its parent, are ``X(m) = clip(sum of the children's X(m), floor, cap)``: a rising,
    piecewise linear curve, kept as sorted knots. The root for the top gives its multiplier; a group
    that is clipped gets a multiplier of its own. Rows in another order give the same numbers.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"]})
    >>> solve_tree(units, 130, [60, 40], [1, 1], upper=[70, 100]).nodes["binding"].tolist()
    ['', 'cap', '']
    """
    if method not in ("quadratic", "entropic"):
        raise InputError(f"method == {method!r}, must be a known allocation",
                         fix=known_choices(method, ["quadratic", "entropic"]))
    tree = _Tree(units)
    start, slope = tree.leaf_numbers("base", base), tree.leaf_numbers("weights", weights)
    if (slope < 0).any():
        raise InputError(f"weight == {slope.min()}, must be zero or more")
    if method == "entropic" and (start < 0).any():
        raise InputError(f"base == {start.min()}, must be zero or more for entropic allocation",
                         fix="Use the quadratic allocation, or a base of zero for net returns.")
    low, high = tree.bounds(lower, upper, unit_lower, unit_upper)
    if not np.isfinite(total):
        raise InputError(f"total == {total}, must be a finite number")
    offset, pace = (start, slope) if method == "quadratic" else (np.zeros(start.size), start)
    leaves = tree.leaves
    held = np.clip(offset, low[leaves], high[leaves])
    still = (pace == 0) & (low[leaves] <= high[leaves])
    tight_low, tight_high, fixed = low.copy(), high.copy(), np.zeros(low.size, bool)
    tight_low[leaves], tight_high[leaves] = np.where(still, held, low[leaves]), np.where(still, held, high[leaves])
    fixed[leaves] = still & (low[leaves] < high[leaves])
    room = check_room(tree.parents, tight_low, tight_high, tree.names, total=float(total), fixed=fixed)
    amounts, multiplier, binding = _descend(tree, float(total), offset, pace, tight_low, tight_high, room)
    nodes = pd.DataFrame({"amount": amounts, "binding": np.where(fixed, "", binding), "multiplier": multiplier},
                         index=pd.Index(tree.ids, name="unit_id"))
    nodes["base"], nodes["weight"] = np.nan, np.nan
    nodes.iloc[leaves, [3, 4]] = np.column_stack([start, slope])
    nodes["lower"], nodes["upper"] = low, high
    nodes["is_leaf"] = tree.is_leaf
    return TreeAllocation(nodes=nodes, parents=tree.parents, method=method)


def round_tree(
    units: pd.DataFrame,
    amounts: ArrayLike,
    total_fen: int,
    *,
    unit_lower: ArrayLike | None = None,
    unit_upper: ArrayLike | None = None,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    unit: str | int = 1,
    digits: int = 2,
) -> NDArray[np.int64]:
    """Whole minor units for every leaf: sums exact at every unit and every rule kept to the fen.

    Rounding after the allocation must not push a pinned seller off the pin or a team above its cap.
    Each unit gets the rounding unit below or above its amount; floors are read as the next multiple
    above, caps as the next below. Where no multiple lies between a floor and its cap (a seller much
    smaller than the rounding unit), the two multiples around them count.

    Parameters
    ----------
    units
        As for :func:`solve_tree`.
    amounts
        Leaves' amounts in currency, from :func:`allocate_tree`.
    total_fen
        Amount of the top in minor units, a multiple of `unit`.
    lower, upper, unit_lower, unit_upper
        Bounds in currency, as for :func:`solve_tree`.
    unit
        Rounding unit in minor units, or its name.
    digits
        Decimal places of the currency.

    Returns
    -------
    ndarray of int64
        Minor units of each leaf, in the order of `units`; with :func:`salesplan.money.sum_up` of
        every unit.

    Raises
    ------
    InputError
        A pin is no multiple of the rounding unit.
    InfeasibleTargetError
        After rounding the rules to multiples of the unit they no longer hold together.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b", "c"], "parent_id": [None, "co", "co", "co"]})
    >>> round_tree(units, [33.33, 33.3333, 33.3367], 10_000, lower=[33.33, 0, 0], upper=[33.33, 99, 99]).tolist()
    [3333, 3333, 3334]
    """
    tree, size = _Tree(units), unit_size(unit)
    if total_fen % size:
        raise InputError(f"total == {total_fen}, must be a multiple of the unit {size}")
    in_units = size / 10**digits
    low, high = tree.bounds(lower, upper, unit_lower, unit_upper)
    pinned = np.where(low == high, low, 0.0) / in_units
    pins = np.flatnonzero(np.abs(pinned - np.rint(pinned)) > NEAR_WHOLE)
    if pins.size:
        raise InputError(f"pin of {tree.names[pins[0]]} == {low[pins[0]]:,.2f}, must be a multiple of {in_units:,.12g}",
                         fix="Round the pin or choose a smaller rounding unit.", unit_ids=tree.ids[pins].tolist())
    whole_low, whole_high = np.ceil(low / in_units - NEAR_WHOLE), np.floor(high / in_units + NEAR_WHOLE)
    between = (whole_low > whole_high) & (low <= high)
    whole_low, whole_high = whole_low - between, whole_high + between
    try:
        room = check_room(tree.parents, whole_low, whole_high, tree.names, total=float(total_fen // size))
    except InfeasibleTargetError as error:
        raise InfeasibleTargetError(
            f"in multiples of {in_units:,.12g}: {error.what}", where=error.where,
            fix="Choose a smaller rounding unit, or rules that are multiples of it.", **error.details) from None
    leaf = tree.leaf_numbers("amounts", amounts) / in_units
    wanted = tree.sum_up(leaf)
    units_of = np.zeros(len(tree.ids), np.int64)
    units_of[0] = total_fen // size
    for level in range(1, int(tree.depth.max()) + 1):
        rows = np.flatnonzero(tree.depth == level)
        families, family = np.unique(tree.parents[rows], return_inverse=True)
        least, most = (np.clip(bound[rows], -LARGE, LARGE) for bound in (room.least, room.most))
        units_of[rows] = split_bounded(units_of[families], wanted[rows], family, least, most, rank=tree.rank[rows])
    return units_of[tree.leaves] * size


class _Tree:
    """Positions, order by id and names of a tree of units."""

    def __init__(self, units: pd.DataFrame) -> None:
        self.ids = units["unit_id"].to_numpy(dtype=object)
        if len(set(self.ids)) != len(self.ids):
            raise InputError("unit_id must be listed once for each unit", where="organisation")
        place = pd.Series(np.arange(len(self.ids)), index=self.ids)
        self.parents: NDArray[np.int64] = place.reindex(units["parent_id"]).fillna(-1).to_numpy(np.int64)
        self.depth = depths(self.parents)
        self.is_leaf = np.ones(len(self.ids), bool)
        self.is_leaf[self.parents[1:]] = False
        self.leaves = np.flatnonzero(self.is_leaf)
        self.by_id = np.array(sorted(range(len(self.ids)), key=lambda i: str(self.ids[i])), dtype=np.intp)
        self.rank = np.empty(len(self.ids), np.int64)
        self.rank[self.by_id] = np.arange(len(self.ids))
        called = [str(name) for name in units.get("name", units["unit_id"])]
        self.names = [n if str(i) in n else f"{n} ({i})" for n, i in zip(called, self.ids, strict=True)]

    def leaf_numbers(self, name: str, values: ArrayLike) -> NDArray[np.float64]:
        array = np.asarray(values, dtype=float)
        if array.shape != self.leaves.shape:
            raise InputError(f"{name} has {array.size} entries, must have one for each of {self.leaves.size} leaves")
        if not np.isfinite(array).all():
            where = self.names[self.leaves[int(np.flatnonzero(~np.isfinite(array))[0])]]
            raise InputError(f"{name} is missing or infinite, must be a number", where=where)
        return array

    def bounds(self, lower: ArrayLike | None, upper: ArrayLike | None, unit_lower: ArrayLike | None,
               unit_upper: ArrayLike | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        size, leaves = len(self.ids), self.leaves
        low = _filled("unit_lower", unit_lower, size, -np.inf)
        high = _filled("unit_upper", unit_upper, size, np.inf)
        leaf_low = _filled("lower", lower, leaves.size, -np.inf)
        leaf_high = _filled("upper", upper, leaves.size, np.inf)
        together = np.maximum(low[leaves], leaf_low)
        low[leaves] = np.where(np.isneginf(together), np.minimum(0.0, np.minimum(high[leaves], leaf_high)), together)
        high[leaves] = np.minimum(high[leaves], leaf_high)
        return low, high

    def sum_up(self, leaf_amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        amounts = np.zeros(len(self.ids))
        amounts[self.leaves] = leaf_amounts
        for level in range(int(self.depth.max()), 0, -1):
            rows = self.by_id[self.depth[self.by_id] == level]
            np.add.at(amounts, self.parents[rows], amounts[rows])
        return amounts


def _filled(name: str, values: ArrayLike | None, size: int, missing: float) -> NDArray[np.float64]:
    if values is None:
        return np.full(size, missing)
    array = np.array(values, dtype=float)
    if array.shape != (size,):
        raise InputError(f"{name} has {array.size} entries, must have {size}")
    return np.where(np.isnan(array), missing, array)


def _descend(
    tree: _Tree,
    total: float,
    offset: NDArray[np.float64],
    pace: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    room: RoomToMove,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    """Curves up the tree, multipliers down it; only units whose rule can bind keep a curve."""
    size = len(tree.ids)
    start, slope = np.zeros(size), np.zeros(size)
    start[tree.leaves], slope[tree.leaves] = offset, pace
    below = np.zeros((2, size))
    np.add.at(below[0], tree.parents[1:], room.least[1:])
    np.add.at(below[1], tree.parents[1:], room.most[1:])
    ruled = ~tree.is_leaf & ((low > below[0]) | (high < below[1]))
    ruled[0] = True
    owner = np.full(size, -1)
    for level in range(1, int(tree.depth.max()) + 1):
        rows = np.flatnonzero(tree.depth == level)
        above = tree.parents[rows]
        owner[rows] = np.where(ruled[above], above, owner[above])
    if tree.is_leaf[0]:
        return np.array([total]), np.zeros(1), which_bound(np.array([total]), low, high)
    rows = tree.by_id[tree.is_leaf[tree.by_id] | ruled[tree.by_id]]
    rows = rows[owner[rows] >= 0]
    rows = rows[np.argsort(owner[rows], kind="stable")]
    groups = {int(owner[part[0]]): part for part in np.split(rows, np.flatnonzero(np.diff(owner[rows])) + 1)}
    members = {unit: (part[tree.is_leaf[part]], part[~tree.is_leaf[part]]) for unit, part in groups.items()}
    inside: dict[int, Response] = {}
    outside: dict[int, Response] = {}
    for unit in sorted(members, key=lambda u: -tree.depth[u]):
        leaves, subs = members[unit]
        curve = Response.of_receivers(start[leaves], slope[leaves], low[leaves], high[leaves])
        inside[unit] = Response.sum([curve, *(outside[int(sub)] for sub in subs)])
        outside[unit] = inside[unit].clipped(float(low[unit]), float(high[unit]))
    amounts, local = np.zeros(size), np.zeros(size)
    amounts[0] = total
    wanted = {0: total}
    for unit in sorted(members, key=lambda u: tree.depth[u]):
        leaves, subs = members[unit]
        amount, multiplier = float(amounts[unit]), float(local[owner[unit]]) if unit else np.nan
        if not (unit and inside[unit].at(multiplier) == amount):
            multiplier, _ = inside[unit].solve(amount)
        amounts[subs] = [outside[int(sub)].at(multiplier) for sub in subs]
        wanted.update((int(sub), inside[int(sub)].at(multiplier)) for sub in subs)
        if subs.size:
            amounts[leaves] = np.clip(start[leaves] + multiplier * slope[leaves], low[leaves], high[leaves])
        else:
            amounts[leaves], multiplier = polish(amount, start[leaves], slope[leaves], low[leaves], high[leaves],
                                                 multiplier)
        local[unit] = multiplier
    shown = tree.sum_up(amounts[tree.leaves])
    local = np.where(ruled, local, 0.0)
    in_force = np.where(owner >= 0, local[owner], local[0])
    asked = np.where(tree.is_leaf, start + in_force * slope, shown)
    for unit, amount in wanted.items():
        asked[unit] = amount
    asked[0] = total
    return shown, in_force, which_bound(asked, low, high)
