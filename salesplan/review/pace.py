"""Who is on pace: sales to date against what season and working days should have brought by now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.calendars.working_days import monthly_working_days
from salesplan.review.node_targets import node_targets
from salesplan.review.outlook import Outlook
from salesplan.text import mark

Floats = NDArray[np.float64]

TOO_EARLY = 0.02
"""Share of the period that must be usual by now before a pace says anything."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewPace:
    """Pace of every node in a period.

    ``table``: ``unit_id, parent_id, level, name, target, actual, working_days_total, working_days_elapsed, share_elapsed``
    (working days), ``share_expected`` (season, working days and how the month runs), ``expected, ahead`` (actual less
    expected), ``pace_ratio, planned`` (targets of the months gone and of the month in progress by its share).
    """

    table: pd.DataFrame
    months: pd.PeriodIndex
    as_of: pd.Timestamp
    is_estimated: bool
    notes: Sequence[dict[str, Any]] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """The whole table."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """The top node."""
        return self.table.head(1).reset_index(drop=True)

    def for_units(self, unit_ids: Sequence[str]) -> "ReviewPace":
        """The same for some nodes only."""
        kept = self.table[self.table["unit_id"].isin(list(unit_ids))].reset_index(drop=True)
        return ReviewPace(table=kept, months=self.months, as_of=self.as_of, is_estimated=self.is_estimated, notes=self.notes)


def month_pace(outlook: Outlook, targets: pd.DataFrame, *, months: pd.PeriodIndex, country: str = "CN",
               subdivision: str | None = None, seats: pd.DataFrame | None = None) -> ReviewPace:
    """Are units and people where they should be on this day of the month, quarter or year?

    Expected to date is the target times the share of the period that is usually done by now: every month weighs its
    season, working days and 春节, the month in progress the share it usually has by the day. A pace of 1 is on plan.
    It is missing where there is no positive target, and as long as less than 2 % of the period is expected.

    Parameters
    ----------
    outlook
        From `look_ahead`, reaching the period's end.
    targets, seats
        As for `node_targets`; the newest targets count.
    months
        Months of the period, all of it.
    """
    facts = outlook.facts_fen
    progress = outlook.progress
    weights = outlook.weights.of(months)
    gone = np.where(months < progress.month, 1.0, np.where(months == progress.month, progress.share_expected, 0.0))
    if progress.month in facts.columns and progress.month not in outlook.mean.columns:
        gone = np.where(months == progress.month, 1.0, gone)
    expected_share = (weights * gone).sum(axis=1) / weights.sum(axis=1)
    days = monthly_working_days(months, country=country, subdivision=subdivision)
    total = int(days["working_days"].sum())
    elapsed = int(days.loc[months < progress.month, "working_days"].sum())
    elapsed += progress.working_days_elapsed if progress.month in months else 0
    goal = node_targets(targets, outlook.units, months, view="restated", seats=seats)
    target = goal.total()
    actual = facts[pd.PeriodIndex(facts.columns).intersection(months)].to_numpy("int64").sum(axis=1) / 100
    expected = target * expected_share
    usable = (np.nan_to_num(expected) > 0) & (expected_share >= TOO_EARLY)
    table = outlook.units.assign(
        target=target, actual=actual, working_days_total=total, working_days_elapsed=elapsed,
        share_elapsed=elapsed / total if total else np.nan, share_expected=expected_share, expected=expected,
        ahead=actual - expected, pace_ratio=np.divide(actual, expected, out=np.full(len(actual), np.nan), where=usable),
        planned=np.where(np.isnan(target), np.nan, (goal.fen * gone).sum(axis=1) / 100),
    )
    return ReviewPace(table=table, months=months, as_of=outlook.as_of,
                      is_estimated=bool(days["is_estimated"].any()), notes=_notes(outlook, expected_share, days))


def _notes(outlook: Outlook, share: Floats, days: pd.DataFrame) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    if share[0] < TOO_EARLY:
        notes.append({"msgid": mark("By {as_of} only {expected_share} of the period is usually done: too early for a pace."),
                      "details": {"as_of": outlook.as_of, "expected_share": float(share[0])}})
    if outlook.weights.n_years < 2:
        notes.append({"msgid": mark("Less than two years of history: months weigh by their working days, without a season."),
                      "details": {}})
    if days["is_estimated"].any():
        notes.append({"msgid": mark("The holidays of a part of the period are not announced yet; its working days are estimated."),
                      "details": {}})
    return notes
