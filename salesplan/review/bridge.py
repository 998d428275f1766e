"""A bridge: the way from what was wanted, or from last year, to what was sold, in parts that add up to the fen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from salesplan.errors import InputError, known_choices
from salesplan.hierarchy import Hierarchy
from salesplan.text import mark

BridgeKind = Literal["target", "last_year"]
COVERAGE = 0.8
Z_80 = 1.2815515655446004
CELL_COLUMNS = ["unit_id", "product_line", "part", "amount_fen"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Bridge:
    """Parts of a change, worked out at the lowest level and summed up the organisation.

    Parameters
    ----------
    kind
        ``target`` or ``last_year``.
    cells
        ``unit_id, product_line, part, amount_fen`` (int64); usually of leaves, a cell of a unit holds what belongs to none
        of its people.
    parts
        Names of the parts in the order of the waterfall -> what they are called (marked).
    ends
        ``unit_id, start_fen, end_fen`` of every unit with cells, each its own and not its children's.
    units
        ``unit_id, parent_id, level, name``, the whole tree.
    start_msgid, end_msgid
        What the first and the last bar are called.
    draws
        Units x parts x draws of how far each part could be off in fen, where the bridge rests on estimates: the error of
        the reference and the luck of the period together. Rows are ``draw_units``.
    factors
        What the bridge rests on, one row a person and month; empty where nothing is estimated.
    notes
        What a reader should know, as ``{"msgid", "details", "scope"}``.

    Raises
    ------
    InputError
        The parts of a unit do not add up to its end less its start, or a cell names an unknown unit or part.
    """

    kind: BridgeKind
    cells: pd.DataFrame
    parts: Mapping[str, str]
    ends: pd.DataFrame
    units: pd.DataFrame
    start_msgid: str
    end_msgid: str
    draws: NDArray[np.float32] | None = None
    draw_units: Sequence[str] = ()
    factors: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        cells = self.cells.loc[:, CELL_COLUMNS].reset_index(drop=True)
        cells["amount_fen"] = cells["amount_fen"].astype("int64")
        object.__setattr__(self, "cells", cells)
        object.__setattr__(self, "parts", dict(self.parts))
        object.__setattr__(self, "ends", self.ends.loc[:, ["unit_id", "start_fen", "end_fen"]].reset_index(drop=True))
        object.__setattr__(self, "units", self._tree.units)
        object.__setattr__(self, "factors", self.factors.copy())
        object.__setattr__(self, "notes", [dict(note) for note in self.notes])
        strange = sorted(set(cells["part"].unique()) - set(self.parts))
        if strange:
            raise InputError(f"part == {strange[0]!r}, {known_choices(strange[0], list(self.parts))}", where="Bridge")
        here = {*cells["unit_id"].unique(), *self.ends["unit_id"].unique()}
        unknown = sorted(here - set(self.units["unit_id"].tolist()))
        if unknown:
            raise InputError(f"unit_id == {unknown[:3]}, must be units of the organisation", where="Bridge")
        off = self._own[:, 1:-1].sum(axis=1) + self._own[:, 0] - self._own[:, -1]
        if off.any():
            at = int(np.flatnonzero(off)[0])
            raise InputError(f"parts miss the change by {off[at]} fen, must add up to it",
                             where=f"unit {self.units['unit_id'].iloc[at]}")

    @cached_property
    def _tree(self) -> Hierarchy:
        return Hierarchy(units=self.units)

    @cached_property
    def _below(self) -> sparse.csr_matrix:
        """Units x units: 1 where the column lies under the row or is it."""
        parents = self._tree.parent_positions
        n = len(parents)
        rows, columns = np.arange(n), np.arange(n)
        found = [(rows, columns)]
        current = parents.copy()
        while (current >= 0).any():
            alive = current >= 0
            found.append((current[alive], columns[alive]))
            current = np.where(alive, parents[np.maximum(current, 0)], -1)
        r, c = (np.concatenate(x) for x in zip(*found, strict=True))
        return sparse.csr_matrix((np.ones(len(r), np.int64), (r, c)), shape=(n, n))

    @cached_property
    def _place(self) -> pd.Series:
        return pd.Series(np.arange(len(self.units)), index=self.units["unit_id"])

    @cached_property
    def _own(self) -> NDArray[np.int64]:
        """Units x start, parts and end of the cells that stand at the unit itself."""
        n, names = len(self.units), list(self.parts)
        own = np.zeros((n, len(names) + 2), np.int64)
        at = self._place.index.get_indexer(pd.Index(self.cells["unit_id"]))
        column = pd.Index(names).get_indexer(pd.Index(self.cells["part"])) + 1
        np.add.at(own, (at, column), self.cells["amount_fen"].to_numpy("int64"))
        edge = self._place.index.get_indexer(pd.Index(self.ends["unit_id"]))
        np.add.at(own[:, 0], edge, self.ends["start_fen"].to_numpy("int64"))
        np.add.at(own[:, -1], edge, self.ends["end_fen"].to_numpy("int64"))
        return own

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every node x ``start_fen``, each part, ``end_fen``; int64 fen, summed from the cells."""
        return pd.DataFrame(self._below @ self._own, index=pd.Index(self.units["unit_id"], name="unit_id"),
                            columns=["start_fen", *self.parts, "end_fen"])

    @cached_property
    def spread(self) -> pd.DataFrame:
        """Every node x part: standard deviation in fen of reference and luck together; missing where nothing is estimated."""
        if self.draws is None:
            return pd.DataFrame(np.nan, index=self.table.index, columns=list(self.parts))
        n = len(self.units)
        own = np.zeros((n, *self.draws.shape[1:]), dtype=float)
        np.add.at(own, self._place.reindex(list(self.draw_units)).to_numpy(int), self.draws)
        summed = (self._below @ own.reshape(n, -1)).reshape(own.shape)
        return pd.DataFrame(summed.std(axis=2), index=self.table.index, columns=list(self.parts))

    def by(self, units: pd.DataFrame | Sequence[str] | None = None) -> pd.DataFrame:
        """Nodes x parts in fen, of the units named (all without any).

        Raises
        ------
        InputError
            An unknown unit.
        """
        if units is None:
            return self.table.copy()
        wanted = list(units["unit_id"]) if isinstance(units, pd.DataFrame) else list(units)
        for unit_id in wanted:
            self._check(unit_id)
        return self.table.loc[wanted]

    def by_line(self, unit_id: str) -> pd.DataFrame:
        """Product lines x parts of one node in fen; a line ``*`` holds what belongs to no line."""
        self._check(unit_id)
        row = self._below[[int(self._place[unit_id])]].indices
        inside = self.cells[self.cells["unit_id"].isin(self.units["unit_id"].iloc[row])]
        wide = inside.pivot_table(index="product_line", columns="part", values="amount_fen", aggfunc="sum", fill_value=0)
        return wide.reindex(columns=list(self.parts), fill_value=0)

    def steps(self, unit_id: str) -> pd.DataFrame:
        """The bars of one node in order: ``part, bar_msgid, amount, share, lower, upper, can_be_luck``.

        Amounts are currency units; ``share`` is the part of the start, so that shares of a target bridge add up to
        attainment less 1. ``lower`` and ``upper`` hold 80 % where the part rests on estimates; ``can_be_luck`` says that
        zero lies between them: such a bar is arithmetic, not a cause.

        Raises
        ------
        InputError
            An unknown unit.
        """
        self._check(unit_id)
        row, names = self.table.iloc[int(self._place[unit_id])], list(self.parts)
        fen = row[names].to_numpy("int64")
        wide = Z_80 * self.spread.loc[unit_id].to_numpy(float)
        start = int(self.table["start_fen"].iloc[int(self._place[unit_id])])
        unsure = np.where(wide > 0, wide, np.nan)
        return pd.DataFrame({
            "part": names, "bar_msgid": list(self.parts.values()), "amount": fen / 100,
            "share": fen / start if start else np.full(len(fen), np.nan), "lower": (fen - unsure) / 100,
            "upper": (fen + unsure) / 100, "can_be_luck": (np.abs(fen) < unsure) & (fen != 0),
        })  # fmt: skip

    def within(self, unit_id: str) -> "Bridge":
        """The bridge of one unit and what lies below it, with the same figures; nothing of others is left.

        References taken from all colleagues need the whole company, so a bridge is worked out once and cut afterwards.

        Raises
        ------
        InputError
            An unknown unit.
        """
        self._check(unit_id)
        kept = self.units.iloc[np.sort(self._below[[int(self._place[unit_id])]].indices)].copy()
        kept.loc[kept["unit_id"] == unit_id, "parent_id"] = None
        inside = set(kept["unit_id"])
        rows = [i for i, u in enumerate(self.draw_units) if u in inside]
        factors = self.factors[self.factors["seller_id"].isin(inside)] if len(self.factors) else self.factors
        return replace(
            self, units=kept, cells=self.cells[self.cells["unit_id"].isin(inside)], factors=factors,
            ends=self.ends[self.ends["unit_id"].isin(inside)], draws=None if self.draws is None else self.draws[rows],
            draw_units=[self.draw_units[i] for i in rows], notes=[n for n in self.notes if n.get("scope") == "public"],
        )  # fmt: skip

    def summary(self) -> pd.DataFrame:
        """`steps` of the top."""
        return self.steps(str(self.units["unit_id"].iloc[0]))

    def to_frame(self) -> pd.DataFrame:
        """Long form of every node: ``unit_id, name, level, part, amount, share, lower, upper, can_be_luck``."""
        frames = [self.steps(u).assign(unit_id=u) for u in self.units["unit_id"]]
        long = pd.concat(frames, ignore_index=True).merge(self.units[["unit_id", "name", "level"]], on="unit_id", how="left")
        return long[["unit_id", "name", "level", "part", "bar_msgid", "amount", "share", "lower", "upper", "can_be_luck"]]

    def drivers(self, unit_id: str) -> pd.DataFrame:
        """What a target bridge rests on, one row a person and month of the node: needed, usual and done of each driver.

        Without visits (``by_visits`` False) pace is orders a day and orders a visit are left out.

        Raises
        ------
        InputError
            An unknown unit, or a bridge that rests on no drivers.
        """
        self._check(unit_id)
        if "pace_needed" not in self.factors:
            raise InputError(f"kind == {self.kind!r}, must be 'target' to rest on drivers", where="Bridge.drivers")
        inside = self.units["unit_id"].iloc[self._below[[int(self._place[unit_id])]].indices]
        rows = self.factors[self.factors["unit_id"].isin(inside)].reset_index(drop=True)
        seen = rows["by_visits"]
        return pd.DataFrame({
            "seller_id": rows["seller_id"], "month": rows["month"], "target": rows["target"], "actual": rows["actual"],
            "by_visits": seen, "days_needed": rows["days_needed"], "days_done": rows["days_done"],
            "pace_needed_value": rows["pace_needed"], "pace_usual_value": rows["pace_usual"],
            "pace_done_value": rows["pace_done"].where(rows["days_done"] > 0),
            "conversion_usual_value": rows["conversion_usual"].where(seen),
            "conversion_done_value": rows["conversion_done"].where(seen),
            "deal_size_usual_amount": rows["deal_size_usual"], "deal_size_done_amount": rows["deal_size_done"],
            "kept_usual_share": rows["kept_usual"], "kept_done_share": rows["kept_done"], "timing_amount": rows["timing"],
            "own_months": rows["own_months"],
        })  # fmt: skip

    def explain(self, unit_id: str) -> list[dict[str, Any]]:
        """Sentences about one node, most important first, as ``{"msgid", "details"}``.

        What led from start to end; each part beyond its luck, largest first, with the unit below it that weighs most; and
        which parts may be luck.

        Raises
        ------
        InputError
            An unknown unit.
        """
        steps = self.steps(unit_id)
        row = self.table.loc[unit_id]
        said: list[dict[str, Any]] = [{
            "msgid": mark("{name}: from {start} to {end}, {gap} apart."),
            "details": {"name": self._name(unit_id), "start": row["start_fen"] / 100, "end": row["end_fen"] / 100,
                        "gap": (row["end_fen"] - row["start_fen"]) / 100},
        }]  # fmt: skip
        said += self._reference(unit_id)
        sure = steps[(steps["amount"] != 0) & ~steps["can_be_luck"]]
        largest = sure.loc[sure["amount"].abs().sort_values(ascending=False, kind="stable").index]
        said.extend(self._sentence(unit_id, step) for step in largest.to_dict("records"))
        said += self._moved_deals(unit_id)
        luck = steps.loc[steps["can_be_luck"], "bar_msgid"].tolist()
        if luck:
            said.append({"msgid": mark("May be luck or an error of the reference, no cause to act on: {parts_msgid}."),
                         "details": {"parts_msgid": luck}})
        return said

    def _reference(self, unit_id: str) -> list[dict[str, Any]]:
        """What one person's target needed, as a sentence; nothing for units, several months or without a reference."""
        mine = self.factors[self.factors["seller_id"].eq(unit_id)] if len(self.factors) else self.factors
        if len(mine) != 1 or not mine["known"].iloc[0]:
            return []
        row = self.drivers(unit_id).iloc[0]
        details = {**{f"{side}_value": {"number": float(np.nan_to_num(row[f"pace_{side}_value"])), "digits": 2}
                      for side in ("needed", "usual", "done")}, "size": row["deal_size_usual_amount"]}
        if not row["by_visits"]:
            return [{"msgid": mark("At the usual {size} an order the target needed {needed_value} orders a working day; usual "
                                   "are {usual_value}, there were {done_value}."), "details": details}]
        return [{"msgid": mark("At the usual {orders_value} orders a visit and {size} an order the target needed "
                               "{needed_value} visits a working day; usual are {usual_value}, there were {done_value}."),
                 "details": {**details, "orders_value": {"number": float(row["conversion_usual_value"]), "digits": 2}}}]

    def _moved_deals(self, unit_id: str) -> list[dict[str, Any]]:
        """What deals brought into the period and took out of it, as recorded."""
        if "came_in" not in self.factors:
            return []
        inside = self.units["unit_id"].iloc[self._below[[int(self._place[unit_id])]].indices]
        into, out = self.factors.loc[self.factors["unit_id"].isin(inside), ["came_in", "went_out"]].sum()
        if not into and not out:
            return []
        return [{"msgid": mark("Deals expected in other months brought in {in_amount} here; deals expected now took out "
                               "{out_amount} by coming at another time or staying open."),
                 "details": {"in_amount": float(into), "out_amount": float(out)}}]

    def _sentence(self, unit_id: str, step: Mapping[Any, Any]) -> dict[str, Any]:
        children = self.units.loc[self.units["parent_id"] == unit_id, "unit_id"]
        details = {"part_msgid": step["bar_msgid"], "amount": step["amount"]}
        if children.empty:
            return {"msgid": mark("{part_msgid}: {amount}."), "details": details}
        below = self.table.loc[children, step["part"]]
        weighs = below if step["amount"] > 0 else -below
        most = str(weighs.idxmax())
        if weighs[most] <= 0:
            return {"msgid": mark("{part_msgid}: {amount}."), "details": details}
        return {"msgid": mark("{part_msgid}: {amount}, most of it at {name} ({part_amount})."),
                "details": {**details, "name": self._name(most), "part_amount": below[most] / 100}}

    def _name(self, unit_id: str) -> str:
        return str(self.units["name"].iloc[int(self._place[unit_id])])

    def _check(self, unit_id: str) -> None:
        if unit_id not in self._place.index:
            raise InputError(f"unit_id == {unit_id!r}, must be a unit of the organisation",
                             fix=known_choices(unit_id, list(map(str, self.units["unit_id"]))))
