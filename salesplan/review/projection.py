"""Where the month, the quarter or the year will end: projected, with an interval, and the chance of the target."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.forecasting.distribution import amount_at, chance_of_at_least
from salesplan.review.node_targets import SELLER_LEVEL, node_targets
from salesplan.review.outlook import Outlook
from salesplan.review.share_projection import linear_projection, share_projection
from salesplan.targets.attainment import QuotaCount, number_at_quota
from salesplan.text import mark

Floats = NDArray[np.float64]

SHARED_LUCK = 0.1
"""Correlation of sellers' results when the number at quota is counted: they share a market."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """The end of a period for every node.

    ``table``: ``unit_id, parent_id, level, name, target, actual, projected, lower, upper, sd, p_hit, projected_gap,
    projected_by_share, projected_linear, method, n_years``. ``actual`` is exact, ``projected`` adds up over the tree, intervals
    and chances are each node's own and do not.
    """

    table: pd.DataFrame
    months: pd.PeriodIndex
    as_of: pd.Timestamp
    coverage: float
    months_left: float
    notes: Sequence[dict[str, Any]] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "notes", [dict(note) for note in self.notes])
        bad = self.table[(self.table["lower"] > self.table["upper"] + 0.01)]
        if len(bad):
            raise InputError(f"lower > upper for {bad['unit_id'].tolist()[:3]}, must be an interval")

    def to_frame(self) -> pd.DataFrame:
        """The whole table."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """The top node."""
        return self.table.head(1).reset_index(drop=True)

    def for_units(self, unit_ids: Sequence[str]) -> "Projection":
        """The same figures for some nodes only: a team's report and the company's then agree."""
        kept = self.table[self.table["unit_id"].isin(list(unit_ids))].reset_index(drop=True)
        return Projection(table=kept, months=self.months, as_of=self.as_of, coverage=self.coverage,
                          months_left=self.months_left, notes=self.notes)

    def row(self, unit_id: str) -> pd.Series:
        """One node's figures."""
        found = self.table[self.table["unit_id"] == unit_id]
        if found.empty:
            raise InputError(f"unit_id == {unit_id!r}, must be known",
                             fix=known_choices(unit_id, self.table["unit_id"].tolist()))
        return found.iloc[0]

    def at_quota(self, unit_id: str, *, correlation: float = SHARED_LUCK) -> QuotaCount | None:
        """How many people below a unit will make their target; None where nobody has one."""
        self.row(unit_id)
        parent = self.table.set_index("unit_id")["parent_id"]
        above, below = pd.Series(unit_id, index=[unit_id]), [unit_id]
        while len(above):
            next_ids = parent.index[parent.isin(above.index)]
            below += next_ids.tolist()
            above = pd.Series(unit_id, index=next_ids)
        people = self.table[self.table["unit_id"].isin(below) & (self.table["level"] == SELLER_LEVEL)]
        chances = people.loc[people["p_hit"].notna(), "p_hit"].to_numpy()
        if not len(chances):
            return None
        return QuotaCount(chances=number_at_quota(np.clip(chances, 1e-9, 1 - 1e-9), correlation=correlation))


def project(outlook: Outlook, targets: pd.DataFrame, *, months: pd.PeriodIndex, coverage: float = 0.8,
            seats: pd.DataFrame | None = None) -> Projection:
    """Sales so far plus what is still to come, for the months of a quarter, a year or one month.

    The spread of what is to come is that of the same forecast made from past months over the same span, in units of
    each node's own noise, pooled within the level; the interval and the chance of the target follow from it.

    Parameters
    ----------
    outlook
        From `look_ahead`, reaching at least the last of ``months``.
    targets
        As for `node_targets`; the newest targets count, against sales under today's organisation.
    months
        Months of the period, all of it.
    coverage
        Nominal coverage of the interval.

    Raises
    ------
    InputError
        The outlook does not reach the period's end, the history does not reach its beginning, or a coverage outside 0 to 1.

    Notes
    -----
    In 40 simulated companies of 18 sellers on three days each (``benchmarks/review_projection.py``: 20 % monthly luck a
    seller, shared luck, drift, 39 months of history) the 80 % interval of the year covered 82 % of sellers, 87 % of teams
    and 92 % of companies, that of the quarter 83, 88 and 91 %, of the month 89 to 95 %; stated chances of the quarter of
    20, 40, 60 and 81 % came true in 20, 40, 63 and 87 %. The error of sellers' projections was 0.74 (year), 0.69 (quarter) and
    0.64 (month) of a steady pace's, of companies' 0.27 to 0.29.
    ``projected_by_share`` is the sales to date over the mean share that past fiscal years had reached by then,
    ``projected_linear`` the steady-day projection: both are for comparison.
    """
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage}, must be between 0 and 1")
    past, future = pd.PeriodIndex(outlook.facts_fen.columns), pd.PeriodIndex(outlook.mean.columns)
    known = past.union(future)
    missing = months.difference(known)
    if len(missing):
        raise InputError(f"months missing {[str(m) for m in missing[:3]]}, must lie in the history or the outlook",
                         where="projection", fix="Look further ahead, or hand over a longer history.")
    done = past.intersection(months)
    ahead = future.intersection(months)
    actual = outlook.facts_fen[done].to_numpy("int64").sum(axis=1) / 100
    rest = outlook.mean[ahead].to_numpy().sum(axis=1)
    sd = outlook.rest_sd(months, coverage=coverage)
    goal = node_targets(targets, outlook.units, months, view="restated", seats=seats)
    target = goal.total()
    chance = np.where(np.isnan(target), np.nan, chance_of_at_least(rest, sd, np.nan_to_num(target) - actual))
    by_share, n_years = share_projection(outlook, months)
    table = outlook.units.assign(
        target=target, actual=actual, projected=actual + rest, lower=actual + amount_at(rest, sd, 0.5 - coverage / 2),
        upper=actual + amount_at(rest, sd, 0.5 + coverage / 2), sd=sd, p_hit=chance, projected_gap=actual + rest - target,
        projected_by_share=by_share, projected_linear=linear_projection(outlook, months), method=outlook.method, n_years=n_years,
    )
    gaps = np.asarray(~goal.known.all(axis=1) & goal.known.any(axis=1))
    return Projection(table=table, months=months, as_of=outlook.as_of, coverage=coverage,
                      months_left=outlook.months_left(months), notes=_notes(outlook, table, gaps, months))


def _notes(outlook: Outlook, table: pd.DataFrame, gaps: NDArray[np.bool_], months: pd.PeriodIndex) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    if n := int(((table["level"] == SELLER_LEVEL) & table["target"].isna()).sum()):
        notes.append({"msgid": mark("{n} people have no target for this period; they have no chance of reaching it."),
                      "details": {"n": n}})
    if n := int(gaps.sum()):
        notes.append({"msgid": mark("{n} targets cover a part of the period only; all sales of the period count against them."),
                      "details": {"n": n}})
    left = outlook.months_left(months)
    if left > 0 and not outlook.folds(max(1, round(left))):
        notes.append({"msgid": mark("The history is too short for a backtest; intervals rest on usual month-to-month changes."),
                      "details": {}})
    if (table["method"] == "cohort_ramp").any():
        notes.append({"msgid": mark("{n} newcomers are projected by the ramp of past newcomers."),
                      "details": {"n": int(((table["method"] == "cohort_ramp") & (table["level"] == SELLER_LEVEL)).sum())}})
    notes.append({"msgid": mark("Projections add up over the organisation; intervals and chances do not."), "details": {}})
    return notes
