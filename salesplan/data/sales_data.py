"""What a plan is made from: the organisation of a day, its people and their restated sales."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from salesplan.data.access import find_person, visible_units
from salesplan.data.settings import WorkspaceSettings
from salesplan.errors import DataError, InputError
from salesplan.hierarchy import Hierarchy

PUBLIC = "public"
"""Mark of a note that tells nothing about single units or people."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SalesData:
    """Sales facts under the organisation of ``as_of``; every total ties to the orders that count.

    Attributes
    ----------
    units
        ``unit_id, parent_id, level, name``, top first. Sellers are leaves of level ``rep``; a leaf of
        level ``former`` holds the sales of a unit that belong to none of today's sellers.
    sellers
        ``seller_id, name, employee_no, org_id, role, tier, hire_date, leave_date, status, fte,
        is_future_hire``.
    leaves
        Absences: ``seller_id, start_date, end_date`` (empty: still away).
    history
        Months x (``unit_id``, ``product_line``), float currency units, restated: a seller's past sales
        follow the seller.
    actuals
        ``month, org_id, rep_id, product_line, amount, orders`` as booked at the time, and ``unit_id``,
        the leaf the row is counted under today.
    potential
        Market potential a year by seller, currency units; empty where customers carry none.
    people
        Everybody employed (leaders included): who sees what is decided by it.
    reconciliation
        ``reason, lines, amount``: order money that counts and why the rest does not.
    notes
        What a reader should know, as ``{"msgid", "details", "scope"}``.
    """

    units: pd.DataFrame
    sellers: pd.DataFrame
    leaves: pd.DataFrame
    history: pd.DataFrame
    actuals: pd.DataFrame
    potential: pd.Series
    targets: pd.DataFrame
    market_index: pd.DataFrame
    people: pd.DataFrame
    reconciliation: pd.DataFrame
    product_lines: Sequence[str]
    settings: WorkspaceSettings
    as_of: pd.Timestamp
    fingerprint: str
    source: str
    notes: Sequence[dict[str, Any]] = field(default=())
    scope: str | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, (pd.DataFrame, pd.Series)):
                object.__setattr__(self, name, value.copy())
        object.__setattr__(self, "product_lines", list(self.product_lines))
        object.__setattr__(self, "notes", [dict(note) for note in self.notes])
        tree = self._hierarchy
        wanted = [(leaf, line) for line in tree.lines for leaf in tree.units["unit_id"].iloc[tree.leaf_positions]]
        if self.history.columns.tolist() != wanted:
            raise InputError("history columns differ from the leaves of units x product_lines, must be the same")
        kept, booked = float(self.history.to_numpy().sum()), float(self.actuals["amount"].sum())
        if not np.isclose(kept, booked, rtol=1e-9, atol=0.01):
            raise DataError(f"history adds up to {kept:,.2f} and actuals to {booked:,.2f}, must be the same total")

    @cached_property
    def _hierarchy(self) -> Hierarchy:
        return Hierarchy(units=self.units, lines=self.product_lines)

    def hierarchy(self) -> Hierarchy:
        """The tree of units and product lines."""
        return self._hierarchy

    @property
    def currency(self) -> str:
        """ISO code all amounts are in."""
        return self.settings.currency

    @property
    def period_start(self) -> pd.Period:
        """First month of the history."""
        return self.history.index[0]

    @property
    def period_end(self) -> pd.Period:
        """Last month of the history."""
        return self.history.index[-1]

    @property
    def top(self) -> str:
        """``unit_id`` of the top."""
        return str(self.units["unit_id"].iloc[0])

    def summary(self) -> dict[str, Any]:
        """The headline facts of the data, for a header or a command line."""
        return {"source": self.source, "period_start": str(self.period_start), "period_end": str(self.period_end),
                "amount": float(self.history.to_numpy().sum()), "currency": self.currency,
                "sellers": len(self.sellers), "units": int((~self.units["level"].isin(["rep", "former"])).sum()),
                "product_lines": len(self.product_lines), "fingerprint": self.fingerprint}

    def to_frame(self) -> pd.DataFrame:
        """Restated history in long form: ``month, unit_id, product_line, amount``."""
        long = self.history.melt(ignore_index=False, value_name="amount").reset_index()
        return long[["month", "unit_id", "product_line", "amount"]]

    def scoped_to(self, user: str) -> "SalesData":
        """The same data with only what a person may see; nothing else is left in it.

        A manager gets their unit as the top; who sees several separate units gets a top of their own above
        them. Notes about the whole company and targets of others are gone.

        Parameters
        ----------
        user
            Person id, employee number or e-mail.

        Raises
        ------
        InputError
            Unknown user, or nobody whose data they may see.
        """
        person = find_person(self.people, user)
        seen = visible_units(self.units, self.people, user)
        units = self.units[self.units["unit_id"].isin(seen)]
        if len(units) == len(self.units):
            return replace(self, scope=person["rep_id"])
        roots = units.loc[~units["parent_id"].isin(seen), "unit_id"]
        parents = units["parent_id"].where(units["parent_id"].isin(seen), None)
        if len(roots) > 1:
            top = f"scope/{person['rep_id']}"
            parents = parents.where(~units["unit_id"].isin(roots), top)
            first = pd.DataFrame({"unit_id": [top], "parent_id": [None], "level": ["scope"], "name": [person["name"]]})
            units = pd.concat([first, units.assign(parent_id=parents)], ignore_index=True)
        else:
            units = units.assign(parent_id=parents)
        return self.restricted_to(units, scope=person["rep_id"])

    def restricted_to(self, units: pd.DataFrame, *, scope: str | None = None) -> "SalesData":
        """The same data under a part of the tree (``units`` as in the attribute, with one top)."""
        tree = Hierarchy(units=units, lines=self.product_lines)
        kept = set(tree.units["unit_id"])
        actuals = self.actuals[self.actuals["unit_id"].isin(kept)]
        leaves = tree.units["unit_id"].iloc[tree.leaf_positions]
        columns = pd.MultiIndex.from_tuples([(leaf, line) for line in tree.lines for leaf in leaves],
                                            names=["unit_id", "product_line"])
        people = self.people[self.people["rep_id"].isin(kept | {scope}) | self.people["org_id"].isin(kept)]
        people = people.assign(manager_rep_id=people["manager_rep_id"].where(
            people["manager_rep_id"].isin(people["rep_id"]), None))
        counted = pd.DataFrame({"reason": ["counted"], "lines": [pd.NA], "amount": [actuals["amount"].sum()]})
        return replace(
            self, units=tree.units, scope=scope or self.scope,
            sellers=self.sellers[self.sellers["seller_id"].isin(kept)].reset_index(drop=True),
            leaves=self.leaves[self.leaves["seller_id"].isin(kept)].reset_index(drop=True),
            history=self.history.reindex(columns=columns), actuals=actuals.reset_index(drop=True),
            potential=self.potential[self.potential.index.isin(kept)],
            targets=_targets_of(self.targets, kept),
            people=people.reset_index(drop=True), reconciliation=counted,
            notes=[note for note in self.notes if note.get("scope") == PUBLIC],
        )


def _targets_of(targets: pd.DataFrame, kept: set[str]) -> pd.DataFrame:
    own = targets["scope_type"].isin(["org", "rep"]) & targets["scope_id"].isin(kept)
    return targets[own].reset_index(drop=True)
