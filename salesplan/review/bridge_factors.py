"""What was needed, what is usual and what was done by each seller in a month: the factors of the target bridge."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.review.bridge_reference import Array, UsualRatio
from salesplan.review.bridge_response import Response

FOLLOWS = Response()
"""Orders follow visits in full, where nothing else is known."""
SLOTS = ("days", "pace", "conversion", "deal_size", "kept")
"""Factors whose product is the sales of a seller; where visits are not known pace is orders a day and conversion is 1."""


def month_factors(
    people: pd.DataFrame, usual: Mapping[str, UsualRatio], *, full_days: float, usual_kept: float,
    follows: Response = FOLLOWS,
) -> pd.DataFrame:
    """Factors needed, usual and done, one row a person with a target.

    Parameters
    ----------
    people
        ``target, sold, returned`` (currency units, returned not above 0), ``timing, working_days, visits, orders``; missing
        where not known. Rows in the order of the people of ``usual``.
    usual
        From `usual_ratios`.
    full_days
        Working days of the month for somebody always there.
    usual_kept
        Share of sales that usually stays after returns.
    follows
        How far orders follow visits within a month, from `orders_after_visits`.

    Returns
    -------
    DataFrame
        ``by_visits``, ``known`` (a reference exists), ``timing``, ``loose`` (returns that belong to no sale of the month)
        and for each slot of `SLOTS` ``<slot>_needed``, ``<slot>_usual``, ``<slot>_done``; the product of needed is the
        target, of done the sales less timing and loose. ``pace_counted`` and ``conversion_counted`` have the same product
        as those done; the bridge goes by them.

    Notes
    -----
    A ratio without a denominator cannot be told and stays as usual, so that it takes no part: no day at work leaves all to
    days; no visit all to pace; visits without an order all to conversion. Orders without visits, or on no day at work, go
    by orders a day. Deal size and returns are told apart only when something was sold.

    Visits count for what they do to orders within the month: with slope ``b`` a pace of ``v`` where ``u`` is usual counts
    as ``u (1 - b) + b v``, and orders a visit are told against that. So in a month in which visits alone moved, pace takes
    the orders that usually come or go with them and no more, and neither bar leans to one side when nothing changed.
    """
    sold, target = people["sold"].to_numpy(float), people["target"].to_numpy(float)
    visits, orders, days = (people[c].to_numpy(float) for c in ("visits", "orders", "working_days"))
    timing = np.minimum(np.nan_to_num(people["timing"].to_numpy(float)), sold)
    rest = sold - timing
    size = usual["deal_size"].value / usual_kept
    shown_orders = np.where(np.nan_to_num(orders) > 0, orders, np.where(sold > 0, sold / size, 0.0))
    count = np.where(sold > 0, shown_orders * np.divide(rest, sold, out=np.zeros_like(rest), where=sold > 0), rest / size)
    count = np.where(rest > 0, count, np.where(sold > 0, 0.0, np.nan_to_num(orders)))
    absent = (days == 0) & (count > 0)
    done_days = np.where(np.isfinite(days) & ~absent, days, full_days)
    seen = np.isfinite(visits) & np.isfinite(usual["conversion"].value) & np.isfinite(usual["pace"].value)
    by_visits = seen & ~((visits == 0) & (count > 0)) & ~absent
    there = done_days > 0
    usual_pace = np.where(by_visits, usual["pace"].value, usual["order_pace"].value)
    usual_conversion = np.where(by_visits, usual["conversion"].value, 1.0)
    known = np.isfinite(size) & np.isfinite(usual_pace) & (size > 0) & (usual_pace > 0)
    needed_pace = _over(target, full_days * usual_conversion * size * usual_kept)
    events = np.where(by_visits, visits, count)
    pace = np.where(there, _over(events, done_days), needed_pace)
    conversion = np.where(by_visits & (np.nan_to_num(visits) > 0), _over(count, visits), usual_conversion)
    counted, counted_conversion = _counted(pace, conversion, usual_pace, usual_conversion, by_visits & there, follows.slope)
    returned = people["returned"].to_numpy(float)
    done_size = np.where(count > 0, _over(rest, count), size)
    kept = np.where(rest > 0, 1 + _over(returned, rest), usual_kept)
    return pd.DataFrame({
        "by_visits": by_visits, "known": known, "timing": timing, "loose": np.where(rest > 0, 0.0, returned),
        "days_needed": full_days, "days_usual": full_days, "days_done": done_days,
        "pace_needed": needed_pace, "pace_usual": usual_pace, "pace_done": pace,
        "pace_counted": counted, "conversion_counted": counted_conversion,
        "conversion_needed": usual_conversion, "conversion_usual": usual_conversion, "conversion_done": conversion,
        "deal_size_needed": size, "deal_size_usual": size, "deal_size_done": done_size,
        "kept_needed": usual_kept, "kept_usual": usual_kept, "kept_done": kept,
    }, index=people.index)  # fmt: skip


def stack(frame: pd.DataFrame, side: str) -> Array:
    """Slots x people of one side (needed, usual, done); what was done with visits as they count."""
    counted = ("pace", "conversion") if side == "done" else ()
    return np.stack([frame[f"{slot}_{'counted' if slot in counted else side}"].to_numpy(float) for slot in SLOTS])


def _counted(
    pace: Array, conversion: Array, usual_pace: Array, usual_conversion: Array, moved: NDArray[np.bool_], slope: float
) -> tuple[Array, Array]:
    """Pace and orders a visit as visits count for orders; their product is unchanged.

    Nobody seen and nothing sold is all pace where orders mostly follow visits.
    """
    idle = (pace <= 0) & (slope > 0.5)
    felt = np.where(moved & ~idle & np.isfinite(usual_pace), usual_pace * (1 - slope) + slope * pace, pace)
    told = np.where(moved & (felt > 0) & ~idle, _over(np.where(pace > 0, pace * conversion, 0.0), felt), conversion)
    return felt, np.where(moved & (felt <= 0), usual_conversion, told)


def drawn_sides(
    frame: pd.DataFrame, usual: Mapping[str, UsualRatio], *, seed: tuple[int, int], n: int, target: Array,
    follows: Response = FOLLOWS,
) -> tuple[Array, Array, Array]:
    """Needed, usual pace and done as they could be: slots x people x draws, people x draws, slots x people x draws.

    The reference moves by its own error, shared within a tier, and so does how far orders follow visits; what was done
    moves by the usual scatter of months with so many days, visits and orders under an unchanged true ratio. What could not
    be told stays as the reference. Months share the draws of the reference (``seed[0]``) and each has its own luck.
    """
    rng, month_rng = np.random.default_rng(seed[0]), np.random.default_rng(seed)
    slope = follows.draws(rng, n)
    drawn = {name: usual[name].draws(rng, n) for name in ("pace", "conversion", "order_pace", "deal_size")}
    by_visits = frame["by_visits"].to_numpy(bool)[:, None]
    kept = frame["kept_needed"].to_numpy(float)[:, None]
    full = frame["days_needed"].to_numpy(float)[:, None]
    size = drawn["deal_size"] / kept
    conversion = np.where(by_visits, drawn["conversion"], 1.0)
    pace = np.where(by_visits, drawn["pace"], drawn["order_pace"])
    ones = np.ones((len(frame), n))
    needed = np.stack([full * ones, target[:, None] / (full * conversion * size * kept), conversion, size, kept * ones])
    fixed = stack(frame, "done")
    done = np.repeat(fixed[:, :, None], n, axis=2)
    luck = month_rng.standard_normal((3, len(frame), n))
    days, rate, felt = (frame[c].to_numpy(float) for c in ("days_done", "pace_done", "pace_counted"))
    moved = by_visits & (days > 0)[:, None] & (fixed[1] > 0)[:, None]
    orders = days * fixed[1] * fixed[2]
    scatter = np.where(by_visits[:, 0], usual["pace"].luck, usual["order_pace"].luck)
    seen = np.maximum(rate[:, None] + np.sqrt(_over(scatter, days))[:, None] * luck[0], 0.0)
    done[1] = np.where(moved, pace * (1 - slope) + slope * seen, seen)
    held = np.where(moved, pace * (1 - slope) + slope * rate[:, None], 1.0)
    level = np.where(moved, _over(np.broadcast_to((fixed[1] * fixed[2])[:, None], held.shape), held), fixed[2][:, None])
    noise = np.maximum(usual["conversion"].luck * follows.noise, usual["conversion"].value)
    chance = np.sqrt(_over(noise, days * felt))[:, None]
    done[2] = np.maximum(level + np.where(by_visits, chance, 0.0) * luck[1], 0.0)
    done[3] = np.maximum(done[3] + np.sqrt(_over(usual["deal_size"].luck, orders))[:, None] / kept * luck[2], 0.0)
    same = fixed == stack(frame, "needed")
    done = np.where(same[:, :, None], needed, done)
    return needed, pace, done


def _over(above: NDArray[np.float64], below: NDArray[np.float64] | float) -> Array:
    """A ratio, 0 where there is nothing below."""
    bottom = np.broadcast_to(np.asarray(below, dtype=float), np.shape(above))
    return np.divide(above, bottom, out=np.zeros(np.shape(above)), where=np.nan_to_num(bottom) > 0)
