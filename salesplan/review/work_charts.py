"""Is the way of working still the same: visits a day, win rate, orders a visit and order size on control charts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from salesplan.review.control_charts import ControlChart, ewma_chart, rate_chart, xmr_chart
from salesplan.text import mark

MEASURES: Mapping[str, str] = {
    "visits_per_day": mark("Visits per working day"), "win_rate": mark("Win rate of deals closed"),
    "orders_per_visit": mark("Orders per visit"), "amount_per_order": mark("Amount per order"),
}  # fmt: skip
VERDICTS: Mapping[str, str] = {
    "usual": mark("Within its usual range"), "below": mark("Below its usual range this month"),
    "above": mark("Above its usual range this month"),
    "drift_below": mark("Lower than it used to be for some months"), "drift_above": mark("Higher than it used to be for some months"),
}  # fmt: skip
FEWEST = 12
"""Months before the one judged that limits need."""
RECENT, WEIGHT, WIDTH = 6, 0.3, 3.2
"""Months whose weighted mean tells a lasting shift from those before, the weight of the newest, and its limits; wider than those of
a known level, for level and noise are themselves estimated."""
FALSE_RATE = 0.03
"""False warnings a figure and month: of 900 quiet histories of normal months each 3.3 % with 18 months before, 2.7 % with 24."""
RATE = mark("Limits come from the months before. In a quiet month about {false_rate} of the figures are outside by chance.")


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkCharts:
    """Figures of one unit's month on their charts.

    ``table``: measure, value, centre_value, lower_value, upper_value, verdict (a key of `VERDICTS`), n_months (before the one
    judged). ``charts``: the chart of each measure, the month judged last.
    """

    table: pd.DataFrame
    charts: Mapping[str, ControlChart]
    month: pd.Period
    notes: tuple[dict[str, Any], ...] = field(default=({"msgid": RATE, "details": {"false_rate": {"number": FALSE_RATE, "digits": 0}}},))

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a measure."""
        return self.table.copy()


def work_charts(process: pd.DataFrame, *, month: pd.Period) -> WorkCharts:
    """Which figures of the work left their usual range in a month, or have shifted over the last ones.

    Parameters
    ----------
    process
        ``seller_id, month, working_days, visits, won, lost, orders, amount_fen`` of a unit's people; missing where not recorded.
    month
        The month judged, over by now.

    Notes
    -----
    Individuals and moving ranges for visits a day and order size, Laney's p' for the win rate and u' for orders a visit, limits
    from the months before (12 at least); then an exponentially weighted mean of the last six, standardised by those before them. Sums
    over people are compared, so a change of who works in the unit shows as well.

    Examples
    --------
    >>> months = pd.period_range("2025-01", periods=20, freq="M")
    >>> process = pd.DataFrame({"seller_id": "a", "month": months, "working_days": 20, "visits": [60.0, 64.0] * 9 + [62.0, 30.0],
    ...     "won": np.nan, "lost": np.nan, "orders": 12, "amount_fen": 1_200_000})
    >>> work_charts(process, month=months[-1]).table.set_index("measure")["verdict"].to_dict()
    {'visits_per_day': 'below', 'orders_per_visit': 'usual', 'amount_per_order': 'usual'}
    """
    rows = process[process["month"] <= month]
    closed = rows["won"] + rows["lost"] if {"won", "lost"} <= set(rows) else rows["visits"] * np.nan
    amount = rows["amount_fen"].astype(float) / 100
    pairs = {"visits_per_day": (rows["visits"], rows["working_days"]), "orders_per_visit": (rows["orders"], rows["visits"]),
             "amount_per_order": (amount, rows["orders"]), "win_rate": (rows.get("won", closed), closed)}
    table, charts = [], {}
    for measure in MEASURES:
        top, bottom = (part.astype(float) for part in pairs[measure])
        known = top.notna() & bottom.notna()
        sums = pd.DataFrame({"top": top, "bottom": bottom})[known].groupby(rows.loc[known, "month"]).sum()
        sums = sums[sums["bottom"] > 0]
        if len(sums) <= FEWEST or sums.index[-1] != month:
            continue
        before = len(sums) - 1
        chart = _chart(measure, sums, before)
        earlier = _chart(measure, sums, before + 1 - RECENT) if before + 1 - RECENT >= FEWEST else None
        now = chart.table.iloc[-1]
        charts[measure] = chart
        table.append({"measure": measure, "value": now["value"], "centre_value": now["centre_value"], "lower_value": now["lower_value"],
                      "upper_value": now["upper_value"], "verdict": _verdict(chart, earlier), "n_months": before})
    columns = ["measure", "value", "centre_value", "lower_value", "upper_value", "verdict", "n_months"]
    return WorkCharts(table=pd.DataFrame(table, columns=columns), charts=charts, month=month)


def _chart(measure: str, sums: pd.DataFrame, baseline: int) -> ControlChart:
    if measure == "win_rate":
        return rate_chart(sums["top"], sums["bottom"], kind="p", baseline=baseline)
    if measure == "orders_per_visit":
        return rate_chart(sums["top"], sums["bottom"], kind="u", baseline=baseline)
    return xmr_chart(sums["top"] / sums["bottom"], baseline=baseline)


def _verdict(chart: ControlChart, earlier: ControlChart | None) -> str:
    """Of the month by its chart, else of the last months by the limits of those before them."""
    now = chart.table.iloc[-1]
    if now["is_signal"]:
        return "below" if now["value"] < now["centre_value"] else "above"
    if earlier is None:
        return "usual"
    table = earlier.table.tail(RECENT)
    value, centre, lower, upper = (table[f"{name}value"].to_numpy(float) for name in ("", "centre_", "lower_", "upper_"))
    spread = np.maximum(upper - centre, centre - lower) / 3  # limits of rates may be cut off at 0 or 1
    if not (spread > 0).all():
        return "usual"
    z = (value - centre) / spread
    recent = ewma_chart(z, centre=0.0, sd=1.0, weight=WEIGHT, width=WIDTH).table.iloc[-1]
    if not recent["is_signal"]:
        return "usual"
    return "drift_below" if recent["value"] < 0 else "drift_above"
