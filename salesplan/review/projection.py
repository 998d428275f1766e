"""Where the month, the quarter or the year will end: projected, with an interval, and the chance of the target."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.forecasting.distribution import amount_at, chance_of_at_least
from salesplan.review.node_targets import SELLER_LEVEL, NodeTargets, node_targets
from salesplan.review.outlook import Outlook
from salesplan.review.share_projection import linear_projection, share_projection
from salesplan.review.target_cover import WHOLE, TargetCover, target_cover
from salesplan.targets.attainment import QuotaCount, number_at_quota
from salesplan.text import mark

Floats = NDArray[np.float64]

SHARED_LUCK = 0.1
"""Correlation of sellers' results when the number at quota is counted: they share a market."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """The end of a period for every node.

    ``table``: ``unit_id, parent_id, level, name, target, actual, projected, lower, upper, sd, p_hit, projected_gap,
    projected_by_share, projected_linear, method, n_years, covered_amount, covered_share``. ``actual`` is exact, ``projected`` adds up
    over the tree, intervals and chances are each node's own and do not. ``covered_amount`` is the part of ``projected`` that the
    target is about (`target_cover`): ``p_hit`` compares it alone, and is missing where a coming month has no target.
    ``gaps``: who sells in which month without a target for it.
    """

    table: pd.DataFrame
    months: pd.PeriodIndex
    as_of: pd.Timestamp
    coverage: float
    months_left: float
    notes: Sequence[dict[str, Any]] = field(default=())
    gaps: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["unit_id", "month", "is_ahead", "amount"]))

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
                          months_left=self.months_left, notes=self.notes, gaps=self.gaps[self.gaps["unit_id"].isin(list(unit_ids))])

    def rest_of(self, unit_id: str) -> tuple[float, float, float]:
        """Mean and spread of what is still to come of the sales a node's target is about, and what of them is booked."""
        row = self.row(unit_id)
        rest = float(row["projected"] - row["actual"])
        covered = float(row["covered_rest"])
        return covered, float(row["sd"]) * (covered / rest if rest > 0 else 0.0), float(row["covered_amount"]) - covered

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
    each node's own noise and of how little season, 春节 and growth could be known then and are known now (`spread_factors`); the
    interval and the chance of the target follow from it.

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
    Measured by ``benchmarks/review_projection.py`` in two kinds of simulated companies. Calm: 3 teams of 6 sellers with 20 %
    monthly luck each, shared luck, drift, 39 months of history (60 companies on three days). Restless: 2 regions, 6 teams and 36
    sellers whose sales are sums of few uneven deals, with shocks of company and team that last, a season that differs between
    years, growth that changes, people who come and go (55 companies on five days, among them the end of February and
    mid-November). The 80 % intervals of quarter and year covered

    * calm: 82 and 83 % of sellers, 87 and 88 % of teams, 90 and 93 % of companies;
    * restless: 77 and 82 % of sellers, 82 and 86 % of teams, 82 and 83 % of regions, 81 and 83 % of companies; on single days, at
      the end of February when a festival has just been misjudged and before December, as few as 71 % of companies.

    The company's interval was 13 and 10 % of its sales wide where calm, 20 and 17 % where restless; a seller's 30 and 21 %, and 71
    and 51 %. Sellers' stated chances of the quarter of 19, 40, 60 and 80 % came true in 20, 40, 62 and 84 % (calm), 24, 45, 64 and
    80 % (restless); those of restless units of 20, 41, 60 and 81 % in 20, 53, 72 and 91 %: growth is projected cautiously, so
    that a growing company does rather better than stated. The error of sellers' projections was 0.71 (year) and 0.66 (quarter)
    of a steady pace's where calm, 0.73 and 0.83 where restless; of companies' 0.31 and 0.29, 0.42 and 0.56.
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
    cover = _cover(outlook, goal, months)
    open_ = cover.is_open & ~np.isnan(target)
    spread = sd * np.divide(cover.rest, rest, out=np.ones(len(rest)), where=rest > 0)
    chance = np.where(np.isnan(target) | open_, np.nan, chance_of_at_least(cover.rest, spread, np.nan_to_num(target) - cover.done))
    covered = np.where(np.isnan(target), np.nan, cover.done + cover.rest)
    by_share, n_years = share_projection(outlook, months)
    table = outlook.units.assign(
        target=target, actual=actual, projected=actual + rest, lower=actual + amount_at(rest, sd, 0.5 - coverage / 2),
        upper=actual + amount_at(rest, sd, 0.5 + coverage / 2), sd=sd, p_hit=chance, projected_gap=actual + rest - target,
        projected_by_share=by_share, projected_linear=linear_projection(outlook, months), method=outlook.method, n_years=n_years,
        covered_amount=covered, covered_rest=np.where(np.isnan(target), np.nan, cover.rest),
        covered_share=np.divide(covered, actual + rest, out=np.where(np.isnan(target), np.nan, 1.0), where=(actual + rest) > 0),
    )
    return Projection(table=table, months=months, as_of=outlook.as_of, coverage=coverage,
                      months_left=outlook.months_left(months), gaps=cover.gaps,
                      notes=_notes(outlook, table, months))


def _cover(outlook: Outlook, goal: NodeTargets, months: pd.PeriodIndex) -> TargetCover:
    facts = outlook.facts_fen.reindex(columns=months, fill_value=0).to_numpy(float) / 100
    mean = outlook.mean.reindex(columns=months, fill_value=0.0).to_numpy(float)
    return target_cover(goal, outlook.units, months, done=facts, rest=mean,
                        first_ahead=pd.PeriodIndex(outlook.mean.columns)[0])


def _notes(outlook: Outlook, table: pd.DataFrame, months: pd.PeriodIndex) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    if n := int(((table["level"] == SELLER_LEVEL) & table["target"].isna()).sum()):
        notes.append({"msgid": mark("{n} {n:person has|people have} no target for this period and no chance of reaching it."),
                      "details": {"n": n}})
    person = table["level"] == SELLER_LEVEL
    if n := int((person & table["target"].notna() & table["p_hit"].isna()).sum()):
        notes.append({"msgid": mark("{n} {n:person has|people have} no target for a coming month of the period: they are given no"
                                    " chance, and their sales of such months do not count towards their unit's."), "details": {"n": n}})
    if n := int((person & table["p_hit"].notna() & table["covered_share"].lt(WHOLE)).sum()):
        notes.append({"msgid": mark("{n} {n:person|people} had no target in some months gone: their chance is about the months with one."),
                      "details": {"n": n}})
    left = outlook.months_left(months)
    if left > 0 and not outlook.folds(max(1, round(left))):
        notes.append({"msgid": mark("The history is too short for a backtest; intervals rest on usual month-to-month changes."),
                      "details": {}})
    if (table["method"] == "cohort_ramp").any():
        notes.append({"msgid": mark("{n} {n:newcomer is|newcomers are} projected by the ramp of past newcomers."),
                      "details": {"n": int(((table["method"] == "cohort_ramp") & (table["level"] == SELLER_LEVEL)).sum())}})
    notes.append({"msgid": mark("Projections add up over the organisation; intervals and chances do not."), "details": {}})
    return notes
