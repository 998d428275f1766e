"""Rows of the panel's table: who or what stands below the node that is looked at."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.hierarchy import ALL_LINES, node_id
from salesplan.plots.frames import carried_months, node_history
from salesplan.plots.targets import shown_name
from salesplan.text import mark, say
from salesplan.text.numbers import format_month, format_week

if TYPE_CHECKING:
    from salesplan.targets.plan import TargetPlan

LEVELS = ("floor", "target", "stretch")
FULL_YEAR = 12
PART = mark("part of a year")


@dataclass(frozen=True, kw_only=True)
class DrillRow:
    """One row: amounts in currency units, None where there is none; ``opens`` says what a click opens.

    ``growth_note`` and ``last_note`` say what a reader must know of those two figures.
    """

    key: str
    name: str
    opens: str
    target: float
    floor: float | None = None
    stretch: float | None = None
    last_year: float | None = None
    forecast: float | None = None
    growth: float | None = None
    p_target: float | None = None
    growth_note: str = ""
    last_note: str = ""


def is_part_year(plan: "TargetPlan", node: str) -> bool:
    """Whether a node has sold for fewer than twelve months, so that growth on last year says nothing."""
    return bool(plan.forecast.annual["n_months"].loc[node] < FULL_YEAR)


def is_listed(row: pd.Series) -> bool:
    """Everybody is listed, even with nothing; former staff only where there is something."""
    if row["level"] != "former":
        return True
    figures = (row["target"], row["forecast"], row["last_year"])
    return any(np.isfinite(float(f)) and abs(float(f)) > 0.5 for f in figures)


def node_row(plan: "TargetPlan", node: str, row: pd.Series, language: str) -> DrillRow:
    """The year's figures of one node of the plan."""
    part = is_part_year(plan, node)
    return DrillRow(
        key=str(row["unit_id"]),
        name=shown_name(row, language),
        opens="unit",
        target=float(row["target"]),
        floor=float(row["floor"]),
        stretch=float(row["stretch"]),
        last_year=_number(row["last_year"]),
        forecast=_number(row["forecast"]),
        growth=None if part else _number(row["growth"]),
        growth_note=say(PART, language) if part else "",
        p_target=_number(row["p_target"]),
    )


def unit_rows(plan: "TargetPlan", *, unit_id: str, product_line: str = ALL_LINES, language: str) -> list[DrillRow]:
    """Units or sellers directly below, largest target first."""
    children = plan.children(node_id(unit_id, product_line))
    return [node_row(plan, str(node), row, language) for node, row in children.iterrows() if is_listed(row)]


def month_rows(
    plan: "TargetPlan",
    *,
    unit_id: str,
    product_line: str = ALL_LINES,
    language: str,
    history: pd.DataFrame | None = None,
) -> list[DrillRow]:
    """The months of the year; a click opens the weeks of one."""
    node = node_id(unit_id, product_line)
    sums = plan.table(node, by="month").reindex(plan.year).fillna(0.0)
    forecast = carried_months(plan, node)["forecast"].to_numpy(float)
    part = is_part_year(plan, node)
    before = np.full(len(plan.year), np.nan)
    if history is not None:
        past = node_history(history, plan.hierarchy, unit_id=unit_id, product_line=product_line)
        before = past.reindex(plan.year - 12).to_numpy(float)
    rows = []
    for at, month in enumerate(plan.year):
        last, target = _number(before[at]), float(sums["target"].iloc[at])
        rows.append(
            DrillRow(
                key=str(month),
                name=format_month(month, language),
                opens="month",
                target=target,
                floor=float(sums["floor"].iloc[at]),
                stretch=float(sums["stretch"].iloc[at]),
                last_year=last,
                forecast=_number(forecast[at]),
                growth=target / last - 1 if last and last > 0 and not part else None,
                growth_note=say(PART, language) if part else "",
            )
        )
    return rows


def week_rows(
    plan: "TargetPlan", *, unit_id: str, product_line: str = ALL_LINES, month: str, language: str
) -> list[DrillRow]:
    """ISO weeks of a month, cut at its borders; they add up to the month."""
    cells = plan.cells_of(node_id(unit_id, product_line))
    cells = cells[cells["month"] == pd.Period(month, freq="M")]
    sums = cells.groupby("iso_week", sort=True, observed=True)[[f"{level}_fen" for level in LEVELS]].sum() / 100
    return [
        DrillRow(
            key=str(week),
            name=format_week(str(week), language),
            opens="",
            target=float(row["target_fen"]),
            floor=float(row["floor_fen"]),
            stretch=float(row["stretch_fen"]),
        )
        for week, row in sums.iterrows()
    ]


def _number(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(float(value)) else None
