"""What an adjustment changes beside doing nothing: chances, and what people learn from it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.forecasting.distribution import chance_of_at_least
from salesplan.text import mark

KEEP, ADJUST = mark("Keep the targets"), mark("Adjust the months left")

RATCHET = mark(
    "Ratchet effect: of every yuan missed so far {ratchet_rate} is asked again in the months left. Whoever expects that"
    " has less reason to sell early; say in advance when and how far targets move."
)
SAME_YEAR = mark("The year's chance stays the same: the total does not change, only the months in which it is asked.")
NEW_YEAR = mark("The year's chance changes because the agreed reason changes the total; the sales expected are the same.")
BEYOND = mark(
    "Whether adjusted or not, the months left are asked for more than they are expected to bring: agree on measures, not on"
    " targets."
)
NO_PROJECTION = mark("No projection of the months left at hand, so chances are not given.")
KEPT_REASON = mark("If nothing is changed, the gap of {gap} stays in the year and monthly targets keep what people agreed to.")


def what_if(
    ledger: Mapping[str, int], *, ratchet: float, rest: tuple[float, float] | None, booked: float = 0.0,
    uncounted: float = 0.0,
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Doing nothing and adjusting side by side.

    Parameters
    ----------
    ledger
        Of an `Adjustment`, fen.
    ratchet
        Part of the gap that is asked again.
    rest
        Mean and spread of what is still to come in the months left, currency units.
    booked
        What these months hold already, of one under way.
    uncounted
        Sales of the months gone that the year's target is not about (see `target_cover`).

    Returns
    -------
    DataFrame and notes
        choice_msgid, total_fen (what the year is judged by), left_fen (asked of the months left), gap_fen (open in the year and
        asked of nobody), p_year (reaching the year's total), p_left (meeting what is asked of the months left).

    Examples
    --------
    >>> book = {"plan_fen": 1200, "ended_actual_fen": 500, "ended_plan_fen": 600, "left_plan_fen": 600, "new_left_fen": 630,
    ...         "gap_fen": 100, "agreed_fen": 0, "unabsorbed_fen": 70}
    >>> what_if(book, ratchet=0.3, rest=(6.0, 1.0))[0][["p_year", "p_left"]].round(2).values.tolist()
    [[0.16, 0.48], [0.16, 0.36]]
    """
    agreed = int(ledger["agreed_fen"])
    totals = (int(ledger["plan_fen"]), int(ledger["plan_fen"]) + agreed)
    lefts = (int(ledger["left_plan_fen"]), int(ledger["new_left_fen"]))
    rows: list[dict[str, Any]] = []
    for choice, total, left in zip((KEEP, ADJUST), totals, lefts, strict=True):
        needed = np.array([total - int(ledger["ended_actual_fen"]), left]) / 100 + [uncounted, 0.0]
        if rest is None or not np.isfinite(rest).all():
            chance = [float("nan")] * 2
        else:
            chance = chance_of_at_least(rest[0], rest[1], needed - booked).tolist()
        rows.append({"choice_msgid": choice, "total_fen": total, "left_fen": left,
                     "gap_fen": total - int(ledger["ended_actual_fen"]) - left, "p_year": chance[0], "p_left": chance[1]})
    notes: list[dict[str, Any]] = [{"msgid": KEPT_REASON, "details": {"gap": int(ledger["gap_fen"]) / 100}}]
    notes.append({"msgid": NEW_YEAR if agreed else SAME_YEAR, "details": {}})
    if ratchet > 0:
        notes.append({"msgid": RATCHET, "details": {"ratchet_rate": float(ratchet)}})
    if rest is None:
        notes.append({"msgid": NO_PROJECTION, "details": {}})
    elif rows[0]["p_left"] < 0.5:
        notes.append({"msgid": BEYOND, "details": {}})
    return pd.DataFrame(rows), notes
