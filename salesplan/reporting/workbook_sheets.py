"""Rows of a plan workbook: which line of which sheet adds up which lines below."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan

PEOPLE, DETAIL = "People", "Detail"


@dataclass(frozen=True, kw_only=True, eq=False)
class SheetRows:
    """One sheet: its units in order, and for each the ranges below that add up to it.

    Parameters
    ----------
    key
        English name of the sheet, translated when it is written.
    units
        ``unit_id`` in row order.
    parts
        For each unit a list of (sheet key, first row, last row), rows counted from 0.
    """

    key: str
    units: Sequence[str]
    parts: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)


def sheet_rows(plan: "TargetPlan") -> list[SheetRows]:
    """Sheets top-down: one for each level of units, then the people, then people by product line.

    People stand together under their unit (leaves before sub-units), so that each sum is one range.
    """
    units = plan.hierarchy.units
    children: dict[str, list[str]] = {}
    for unit, parent in zip(units["unit_id"], units["parent_id"], strict=True):
        if isinstance(parent, str):
            children.setdefault(parent, []).append(unit)
    level = dict(zip(units["unit_id"], units["level"], strict=True))
    top = str(units["unit_id"].iloc[0])
    order: dict[str, list[str]] = {}
    stack = [top]
    while stack:
        unit = stack.pop()
        order.setdefault(_sheet_of(unit, children, level), []).append(unit)
        below = children.get(unit, [])
        stack.extend(reversed([u for u in below if u not in children] + [u for u in below if u in children]))
    place = {unit: (key, row) for key, members in order.items() for row, unit in enumerate(members)}
    keys = [k for k in order if k != PEOPLE] + [PEOPLE]
    sheets = []
    for key in keys:
        parts = {u: _ranges([place[c] for c in children.get(u, [])]) for u in order[key]}
        if key == PEOPLE and len(plan.lines) > 1:
            n = len(plan.lines)
            parts = {u: [(DETAIL, row * n, row * n + n - 1)] for row, u in enumerate(order[key])}
        sheets.append(SheetRows(key=key, units=order[key], parts=parts))
    return sheets


def _sheet_of(unit: str, children: dict[str, list[str]], level: dict[str, str]) -> str:
    """People stand on one sheet whatever their depth; two levels of the same name share a sheet."""
    return level[unit] if unit in children else PEOPLE


def _ranges(places: list[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Neighbouring rows of one sheet as ranges."""
    out: list[tuple[str, int, int]] = []
    for key, row in sorted(places):
        if out and out[-1][0] == key and out[-1][2] == row - 1:
            out[-1] = (key, out[-1][1], row)
        else:
            out.append((key, row, row))
    return out


def people_amounts(plan: "TargetPlan", *, column: str, by: Sequence[str]) -> pd.DataFrame:
    """Amounts of people (and lines) in currency units: rows (seller, line), one column a period."""
    table = plan.cells.pivot_table(
        index=["seller_id", "product_line"],
        columns=list(by),
        values=column,
        aggfunc="sum",
        fill_value=0,
        observed=True,
        sort=True,
    )
    return table.astype(np.int64) / 100
