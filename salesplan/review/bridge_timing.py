"""Deals that slipped out of a month or were pulled into it: sales that came at another time, neither won nor lost."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.review.bridge_response import Response, response
from salesplan.text import mark

LEAST_MONTHS = 6
"""Past months fewer than which do not tell what moved deals do to sales."""
LEAST_LATE = 10
"""Late deals with a known end, fewer than which do not tell how many still come."""


def deal_timing(deals: pd.DataFrame, *, month: pd.Period, as_of: pd.Timestamp) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Money that came into a month from others, less what went to others, by seller.

    Parameters
    ----------
    deals
        ``seller_id, status (open, won, lost), amount, expected_close_date, closed_date``.
    month
        The month judged.
    as_of
        Last day known; while the month runs, open deals can still come and are not counted as slipped.

    Returns
    -------
    tuple
        ``seller_id, timing`` (currency units, signed), ``came_in`` and ``went_out`` (neither below 0, their difference is
        timing), and notes (none without deals).

    Raises
    ------
    InputError
        A column is missing.

    Notes
    -----
    In: won in the month, expected in another. Out: expected in the month and won in another; expected in it and still open
    counts by the share of such late deals that were won in the end. With steady habits in and out cancel, so that what is
    usual stays in the reference. Where the expected day is overwritten as a deal moves, slipping cannot be seen.

    Examples
    --------
    >>> deals = pd.DataFrame({"seller_id": ["a", "a"], "status": ["won", "won"], "amount": [100.0, 300.0],
    ...     "expected_close_date": pd.to_datetime(["2026-11-02", "2026-10-20"]),
    ...     "closed_date": pd.to_datetime(["2026-10-30", "2026-11-05"])})
    >>> deal_timing(deals, month=pd.Period("2026-10"), as_of=pd.Timestamp("2026-11-30"))[0]["timing"].tolist()
    [-200.0]
    """
    missing = [c for c in ("seller_id", "status", "amount", "expected_close_date", "closed_date") if c not in deals]
    if missing:
        raise InputError(f"columns {missing} are missing, must be there", where="deals")
    expected, closed = (pd.to_datetime(deals[c]) for c in ("expected_close_date", "closed_date"))
    amount = deals["amount"].astype(float)
    usable = expected.notna() & deals["seller_id"].notna() & amount.notna()
    won = deals["status"].eq("won") & closed.notna() & (closed <= as_of)
    due, came = expected.dt.to_period("M") == month, won & (closed.dt.to_period("M") == month)
    still = ~won & ~(deals["status"].eq("lost") & (closed.isna() | (closed <= as_of))) & (as_of >= month.end_time.normalize())
    p_late = _late_wins(deals[usable], expected[usable], closed[usable], won[usable])
    into, out = amount * (came & ~due), amount * ((due & won & ~came) + (due & still) * np.nan_to_num(p_late))
    moved = pd.DataFrame({"seller_id": deals["seller_id"], "timing": into - out, "came_in": into, "went_out": out})
    found = moved[usable & ((into != 0) | (out != 0))]
    if not usable.any():
        return found.groupby("seller_id", as_index=False, sort=True)[["timing", "came_in", "went_out"]].sum(), []
    notes: list[dict[str, Any]] = [{
        "msgid": mark("Timing: won in the month though expected in another, less what was expected in it and came in another. "
                      "Where the expected day of a deal is overwritten, slipping cannot be seen."),
        "details": {}, "scope": "public",
    }]  # fmt: skip
    if np.isfinite(p_late):
        notes.append({"msgid": mark("Deals still open after the month they were expected in count as slipped by {late_share} "
                                    "of their amount: so many of such were won in the end."),
                      "details": {"late_share": p_late}, "scope": "public"})
    else:
        notes.append({"msgid": mark("Too few late deals have ended to tell how many still come: deals still open do not count "
                                    "as slipped."), "details": {}, "scope": "public"})
    return found.groupby("seller_id", as_index=False, sort=True)[["timing", "came_in", "went_out"]].sum(), notes


@dataclass(frozen=True, kw_only=True, eq=False)
class TimingHabit:
    """How deals moved in past months: ``follows``, how far sales of a month go with them, and ``past``, sellers x months
    (currency units, each seller's mean taken out; empty where fewer than `LEAST_MONTHS` are known)."""

    follows: Response
    past: pd.DataFrame

    def draws(self, sellers: pd.Index, timing: NDArray[np.float64], rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Sellers x draws of how far off timing could be: of the slope, and of what months usually bring and take."""
        error = timing[:, None] * (self.follows.draws(rng, n) - self.follows.slope)
        if self.past.empty:
            return error
        usual = self.past.reindex(sellers).fillna(0.0).to_numpy(float)
        return np.asarray(error + self.follows.slope * usual[:, rng.integers(0, usual.shape[1], n)])


def timing_habit(deals: pd.DataFrame, process: pd.DataFrame, *, month: pd.Period, months: int = 12) -> TimingHabit:
    """What recorded moves of deals did to sales in the months before one, each as it stood at its own end.

    Where orders do not come from the deals recorded, or a deal that slips is made up by others, only a part of what moved
    shows in sales; taking out all of it would put the opposite into the other bars.
    """
    closed = pd.to_datetime(deals["closed_date"])
    created = pd.to_datetime(deals["created_date"]) if "created_date" in deals else None
    first = closed.min()
    spans = pd.period_range(month if pd.isna(first) else max(first.to_period("M"), month - months), month - 1, freq="M")
    if len(spans) < LEAST_MONTHS:
        return TimingHabit(follows=Response(), past=pd.DataFrame())
    found = []
    for one in spans:
        day = one.end_time.normalize()
        later = closed > day
        then = deals.assign(status=deals["status"].astype(object).where(~later, "open"), closed_date=closed.where(~later))
        then = then if created is None else then[~(created > day)]
        found.append(deal_timing(then, month=one, as_of=day)[0].set_index("seller_id")["timing"])
    wide = pd.concat(found, axis=1, keys=list(spans)).fillna(0.0).sort_index()
    rows = process[pd.PeriodIndex(process["month"]).isin(spans)].sort_values(["seller_id", "month"])
    sales, ordinal = rows["amount_fen"].to_numpy(float) / 100, pd.PeriodIndex(rows["month"]).asi8
    person = pd.factorize(rows["seller_id"], sort=True)[0].astype(np.int64)
    level = np.bincount(person, np.maximum(np.nan_to_num(sales), 0)) / np.maximum(np.bincount(person), 1)
    moved = wide.reindex(rows["seller_id"]).fillna(0.0).to_numpy(float)[np.arange(len(rows)), ordinal - spans[0].ordinal]
    weight = np.divide(1.0, level, out=np.zeros_like(level), where=level > 0)[person]
    return TimingHabit(follows=response(sales, moved, person, ordinal, weight), past=wide.sub(wide.mean(axis=1), axis=0))


def _late_wins(deals: pd.DataFrame, expected: pd.Series, closed: pd.Series, won: pd.Series) -> float:
    """Share of deals that ended after the month they were expected in which were won; missing with too few."""
    ended = deals["status"].isin(["won", "lost"]) & closed.notna()
    late = ended & (closed.dt.to_period("M") > expected.dt.to_period("M"))
    return float((late & won).sum() / late.sum()) if late.sum() >= LEAST_LATE else float("nan")
