"""Which floors, caps and pins cannot hold together: the smallest sets that clash."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salesplan.errors import InfeasibleTargetError
from salesplan.money.tree import depths

SLACK = 1e-9
SHOWN = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class RoomToMove:
    """What every unit can have at least and at most, once the rules above and below it are heard.

    Parameters
    ----------
    least, most
        Sum of the floors (caps) that count under each unit, or its own where that is stricter.
    """

    least: NDArray[np.float64]
    most: NDArray[np.float64]


def check_room(
    parents: NDArray[np.int64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    names: Sequence[str],
    *,
    total: float | None = None,
    fixed: NDArray[np.bool_] | None = None,
) -> RoomToMove:
    """Check that floors, caps, pins and the total of a tree can hold together.

    Parameters
    ----------
    parents
        Position of each unit's parent, -1 for the top, top-down.
    lower, upper
        Bounds of each unit; ``-inf`` and ``inf`` where there is no rule.
    names
        How each unit is called in messages.
    total
        Amount the top must have, besides its own bounds.
    fixed
        Units that cannot move because their weight is zero; named so instead of as pins.

    Returns
    -------
    RoomToMove

    Raises
    ------
    InfeasibleTargetError
        With ``details``: ``conflicts``, a list of minimal clashing sets (drop any rule of a set and
        that set no longer clashes); ``binding``, the rules of all sets; ``sum_lower`` and
        ``sum_upper`` of the whole tree; ``total``.

    Notes
    -----
    Bounds on a tree are a laminar family: they can hold together exactly if at every unit the floors
    below do not exceed the cap, and the caps below reach the floor. The minimal set on the side of
    the floors takes the largest floors until they exceed the cap.

    Examples
    --------
    >>> import numpy as np
    >>> try:
    ...     _ = check_room(np.array([-1, 0, 0]), np.array([-np.inf, 60.0, 50.0]),
    ...                    np.array([np.inf, np.inf, np.inf]), ["company", "Ann", "Bo"], total=100)
    ... except InfeasibleTargetError as error:
    ...     print(error.what)
    floors cannot be met: floor of Ann 60 + floor of Bo 50 = 110, above total of company 100
    """
    search = _Search(parents, lower.copy(), upper.copy(), list(names), total, fixed)
    conflicts = search.conflicts()
    if conflicts:
        binding = [rule for conflict in conflicts for rule in conflict["rules"]]
        raise InfeasibleTargetError(
            "; ".join(str(conflict["what"]) for conflict in conflicts[:3]),
            where=", ".join(str(conflict["unit"]) for conflict in conflicts[:3]),
            fix="Change one of the rules named.",
            binding=binding, conflicts=conflicts, total=total,
            sum_lower=float(search.sum_lower), sum_upper=float(search.sum_upper))
    return RoomToMove(least=search.least, most=search.most)


class _Search:
    def __init__(self, parents: NDArray[np.int64], lower: NDArray[np.float64], upper: NDArray[np.float64],
                 names: list[str], total: float | None, fixed: NDArray[np.bool_] | None) -> None:
        self.parents, self.lower, self.upper, self.names = parents, lower, upper, names
        self.total, self.fixed = total, fixed
        self.has_child = np.zeros(len(parents), bool)
        self.has_child[parents[1:]] = True
        self.depth = depths(parents)
        order = np.argsort(parents, kind="stable")
        self._order, self._bounds = order, np.searchsorted(parents[order], np.arange(len(parents) + 1))

    def children(self, unit: int) -> NDArray[np.int64]:
        return self._order[self._bounds[unit] : self._bounds[unit + 1]]

    def conflicts(self) -> list[dict[str, Any]]:
        below_least, below_most, bad = self._sum_up(with_total=False)
        self.sum_lower, self.sum_upper = self.least[0], self.most[0]
        if self.total is not None:
            below_least, below_most, bad = self._sum_up(with_total=True)
        found = []
        for unit in np.flatnonzero(bad):
            low, high = self.own(int(unit))
            if low > high + self._slack(low, high):
                found.append(self._own_conflict(int(unit)))
            elif below_least[unit] > high:
                found.append(self._floors_above(int(unit), high))
            else:
                found.append(self._caps_below(int(unit), low, below_most[unit]))
        return found

    def own(self, unit: int) -> tuple[float, float]:
        low, high = float(self.lower[unit]), float(self.upper[unit])
        if unit == 0 and self.total is not None:
            return max(low, self.total), min(high, self.total)
        return low, high

    def _slack(self, *amounts: float) -> float:
        return SLACK * max([1.0, *(abs(a) for a in amounts if np.isfinite(a))])

    def _sum_up(self, *, with_total: bool) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        size = len(self.parents)
        below_least, below_most = np.zeros(size), np.zeros(size)
        low, high = self.lower.copy(), self.upper.copy()
        if with_total and self.total is not None:
            low[0], high[0] = max(low[0], self.total), min(high[0], self.total)
        self.least, self.most = np.empty(size), np.empty(size)
        bad, excused = np.zeros(size, bool), np.zeros(size, bool)
        for level in range(int(self.depth.max()), -1, -1):
            rows = np.flatnonzero(self.depth == level)
            inner = self.has_child[rows]
            least = np.where(inner, np.maximum(low[rows], below_least[rows]), low[rows])
            most = np.where(inner, np.minimum(high[rows], below_most[rows]), high[rows])
            size_of = np.maximum(np.abs(np.where(np.isfinite(least), least, 0)),
                                 np.abs(np.where(np.isfinite(most), most, 0)))
            clash = (least > most + SLACK * np.maximum(size_of, 1.0)) & ~excused[rows]
            bad[rows] = clash
            free = clash | excused[rows]
            self.least[rows] = np.where(free, np.minimum(least, most), least)
            self.most[rows] = np.where(free, np.maximum(least, most), most)
            if level:
                above = self.parents[rows]
                np.add.at(below_least, above, self.least[rows])
                np.add.at(below_most, above, self.most[rows])
                excused[above[free]] = True
        return below_least, below_most, bad

    def rule(self, unit: int, side: str) -> dict[str, Any]:
        low, high = float(self.lower[unit]), float(self.upper[unit])
        kind, amount = side, low if side == "floor" else high
        if self.fixed is not None and self.fixed[unit]:
            kind = "zero weight"
        elif low == high:
            kind = "pin"
        if unit == 0 and self.total is not None and not (low if side == "floor" else -high) > (
                self.total if side == "floor" else -self.total):
            kind, amount = "total", self.total
        return {"unit": self.names[unit], "position": unit, "kind": kind, "amount": amount}

    def _own_conflict(self, unit: int) -> dict[str, Any]:
        rules = [self.rule(unit, "floor"), self.rule(unit, "cap")]
        return {"unit": self.names[unit], "rules": rules,
                "what": f"{_say(rules[0])} is above {_say(rules[1])}"}

    def _floors_above(self, unit: int, cap: float) -> dict[str, Any]:
        floors: list[int] = []
        waiting = list(self.children(unit))
        while waiting:
            at = int(waiting.pop())
            if self.has_child[at] and self.least[at] > self.lower[at]:
                waiting += list(self.children(at))
            elif np.isfinite(self.lower[at]):
                floors.append(at)
        floors.sort(key=lambda at: (-self.lower[at], self.names[at]))
        kept, reached = [], 0.0
        for at in floors:
            kept.append(at)
            reached += float(self.lower[at])
            if reached > cap + self._slack(cap):
                break
        rules = [self.rule(at, "floor") for at in kept]
        over = self.rule(unit, "cap")
        return {"unit": self.names[unit], "rules": [*rules, over], "what": (
            f"floors cannot be met: {_list(rules)}{_sum(rules, reached)}, above {_say(over)}")}

    def _caps_below(self, unit: int, floor: float, reach: float) -> dict[str, Any]:
        spare = floor - reach
        caps: list[int] = []
        waiting = sorted(map(int, self.children(unit)), key=lambda at: self.names[at], reverse=True)
        while waiting:
            at = waiting.pop()
            extra = float(self.upper[at] - self.most[at])
            if not self.has_child[at] or extra < spare - self._slack(floor):
                caps.append(at)
                spare -= max(extra, 0.0)
            else:
                waiting += sorted(map(int, self.children(at)), key=lambda one: self.names[one], reverse=True)
        rules = [self.rule(at, "cap") for at in caps]
        under = self.rule(unit, "floor")
        reached = float(sum(self.upper[at] for at in caps))
        return {"unit": self.names[unit], "rules": [*rules, under], "what": (
            f"caps leave too little: {_list(rules)}{_sum(rules, reached)}, below {_say(under)}")}


def _say(rule: dict[str, Any]) -> str:
    return f"{rule['kind']} of {rule['unit']} {_money(rule['amount'])}"


def _money(amount: float) -> str:
    return f"{amount:,.2f}".removesuffix(".00")


def _sum(rules: list[dict[str, Any]], reached: float) -> str:
    return f" = {_money(reached)}" if len(rules) > 1 else ""


def _list(rules: list[dict[str, Any]]) -> str:
    said = [_say(rule) for rule in rules[:SHOWN]]
    rest = rules[SHOWN:]
    if rest:
        said.append(f"{len(rest)} more {_money(sum(rule['amount'] for rule in rest))}")
    return " + ".join(said)
