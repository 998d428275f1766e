"""The one word for a unit or person: about itself alone, whatever is found about those below."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.findings import Status
from salesplan.review.standing_findings import LIKELY, UNLIKELY
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.review.attainment import Attainment
    from salesplan.review.projection import Projection
    from salesplan.review.signals import Signals

RULE = mark(
    "Status is about the unit itself: act at a warning about it or a chance below {act_share} of the quarter's target (of the year's"
    " once the quarter is over); watch at a chance below {watch_share} of the quarter's or the year's; without chances, watch at a month"
    " below target. What is found about units and people below does not change it."
)
RULE_DETAILS = {"act_share": {"number": UNLIKELY, "digits": 0}, "watch_share": {"number": LIKELY, "digits": 0}}


def unit_statuses(
    unit_ids: Collection[str], *, quarter: "Projection", year: "Projection", month: "Attainment", signals: "Signals | None" = None
) -> pd.Series:
    """The word for each unit or person.

    Parameters
    ----------
    unit_ids
        Whose.
    quarter, year
        Projections to the end of the quarter and of the year; a chance that is missing says nothing.
    month
        Attainment; what counts where there is no chance.
    signals
        Warnings beyond chance, where they have been worked out.

    Returns
    -------
    Series of ``act``, ``watch``, ``ok``, ``unknown`` by ``unit_id``.
    """
    ids = pd.Index([str(unit) for unit in unit_ids], name="unit_id")
    chances = {name: found.table.set_index("unit_id")["p_hit"].reindex(ids) for name, found in (("quarter", quarter), ("year", year))}
    reached = month.frame("month").set_index("unit_id")["judged_attainment"].reindex(ids)
    warned: set[str] = set()
    if signals is not None:
        told = signals.summary()
        warned = set(told.loc[told["direction"].eq("below"), "unit_id"].astype(str))
    is_open = quarter.months_left > 0
    return pd.Series(
        [status_word(quarter=float(chances["quarter"][unit]), year=float(chances["year"][unit]), attainment=float(reached[unit]),
                     is_warned=unit in warned, quarter_is_open=is_open) for unit in ids], index=ids, dtype=object)  # fmt: skip


def status_word(*, quarter: float, year: float, attainment: float, is_warned: bool = False, quarter_is_open: bool = True) -> Status:
    """The word for a unit's chances of the quarter's and the year's target, its month's attainment and a warning about it.

    The nearest target that can still be reached decides between act and watch: a year that is lost for all units would
    tell none from another.

    Examples
    --------
    >>> nan = float("nan")
    >>> status_word(quarter=0.1, year=0.7, attainment=1.0), status_word(quarter=0.7, year=0.1, attainment=1.0)
    ('act', 'watch')
    >>> status_word(quarter=0.8, year=0.9, attainment=0.5), status_word(quarter=0.8, year=0.9, attainment=1.2, is_warned=True)
    ('ok', 'act')
    >>> status_word(quarter=0.0, year=0.5, attainment=1.0, quarter_is_open=False), status_word(quarter=nan, year=nan, attainment=nan)
    ('watch', 'unknown')
    """
    known = [chance for chance in ((quarter, year) if quarter_is_open else (year, quarter)) if chance == chance]
    if is_warned or (known and known[0] < UNLIKELY):
        return "act"
    if known:
        return "watch" if min(known) < LIKELY else "ok"
    if attainment != attainment:
        return "unknown"
    return "watch" if attainment < 1 else "ok"
