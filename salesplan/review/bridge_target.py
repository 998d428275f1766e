"""The bridge from target to actual: days, pace, conversion, deal size, returns, timing, and what nobody carries."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.hierarchy import ALL_LINES
from salesplan.review.bridge import Bridge
from salesplan.review.bridge_factors import drawn_sides, month_factors, stack
from salesplan.review.bridge_people import MonthPeople, month_people
from salesplan.review.bridge_reference import Array, UsualRatio, carried_by_orders, usual_ratios
from salesplan.review.bridge_response import LEAST_ROWS, Response, orders_after_visits
from salesplan.review.bridge_rounding import whole_parts
from salesplan.review.bridge_targets import month_targets
from salesplan.review.bridge_timing import TimingHabit, deal_timing, timing_habit
from salesplan.review.lmdi import lmdi_products
from salesplan.review.shapley import shapley_products
from salesplan.text import mark

TargetMethod = Literal["shapley", "lmdi"]
TARGET_PARTS = {
    "uncarried": mark("Target not shared out"),
    "capacity": mark("Days at work"),
    "stretch": mark("Target against usual pace"),
    "activity": mark("Visits a day"),
    "conversion": mark("Orders a visit"),
    "orders": mark("Orders a day"),
    "deal_size": mark("Deal size"),
    "returns": mark("Returns"),
    "timing": mark("Deals moved in time"),
    "unknown": mark("Cannot be told"),
    "no_target": mark("People without a target"),
    "unassigned": mark("Orders of nobody"),
}
"""Parts of the bridge in the order of its bars."""
DRIVERS = ("capacity", "stretch", "activity", "conversion", "orders", "deal_size", "returns")
DRAWS = 160
PUBLIC = "public"
TREND_WORDS = {"order_pace": mark("orders a day {trend_growth}"), "pace": mark("visits a day {trend_growth}"),
               "conversion": mark("orders a visit {trend_growth}"), "deal_size": mark("deal size {trend_growth}")}


def bridge_target(
    targets: pd.DataFrame, process: pd.DataFrame, lines: pd.DataFrame, seats: pd.DataFrame, units: pd.DataFrame, *,
    months: Any, working_days: pd.Series, as_of: pd.Timestamp, deals: pd.DataFrame | None = None,
    version: Literal["judged", "restated"] = "restated", method: TargetMethod = "shapley", reference_months: int = 12,
    seasonal: bool = True, seed: int = 0,
) -> Bridge:
    """Why sales differ from the target, in parts a manager can act on.

    For each seller and month sales are ``days x visits a day x orders a visit x amount an order x share kept after
    returns``. The reference is what the target needed of this seller:

    ``pace needed = target / (full working days x usual orders a visit x usual amount an order x usual share kept)``

    Usual is the seller's own figure over the ``reference_months`` before the month, moved to the season and drawn towards
    the tier's mean as far as it could be luck (`usual_ratios`). So the reference asks of nobody a conversion they never
    had: what a target wants beyond the usual shows as pace. That bar is cut in two, which is exact because a driver's
    Shapley share is its change times a weight:

    * **target against usual pace**: usual less needed. Below zero the target asked for more visits a day than is usual.
      It says nothing about effort;
    * **visits a day**: done less usual. This one is effort. It counts for what visits do to orders of the same month here
      (`orders_after_visits`): where orders come without more visits, more or fewer visits explain nothing.

    Then **days at work** (absence, late start, empty seat), **orders a visit**, **deal size** and **returns** (pooled
    usual share). Where visits are not known, or orders came without one, **orders a day** stands for visits and orders a
    visit. **Deals moved in time** come out first, by as much as moved deals
    showed in sales before (`timing_habit`), and the rest is explained without them. **Target not shared out** is what
    a unit's target is above those of its people (below zero: nobody carries it; above: more was handed out than it has);
    where none of its people has a target, the unit's is spread over them by what is usual for them. People without a
    target, and orders of nobody, have bars of their own.

    Parameters
    ----------
    targets
        ``month, scope_type (rep, org), scope_id, judged, restated``, currency units.
    process
        ``seller_id, month, working_days, visits, orders, amount_fen`` of the months and those before; missing where not
        known.
    lines
        Sales as in `bridge_last_year`, by today's leaf: ``month, unit_id, rep_id, amount_fen, n_orders``.
    seats
        ``month, seller_id, org_id, tier`` at each month's end.
    units
        ``unit_id, parent_id, level, name``; sellers are leaves, ``<org>/former`` holds those no longer there.
    months
        Months judged; each is bridged on its own and then added up.
    working_days
        Working days by month; of a month in progress those counted up to ``as_of``, with the target cut alike by the caller.
    as_of
        Last day known.
    deals
        As for `deal_timing`; without them timing stays within the other parts.
    version
        ``restated`` (today's organisation, as the lines) or ``judged`` (in force at each month's end).
    method
        ``shapley``, or ``lmdi`` where all factors are above zero (Shapley takes the others).
    seasonal, reference_months, seed
        About the reference, and the draws behind ``lower`` and ``upper``.

    Returns
    -------
    Bridge
        ``factors`` holds needed, usual and done of each seller and month. ``lower`` and ``upper`` of a bar cover 80 % of
        what error of the reference and luck of the month (so few orders, such uneven deals) would make of it. Where nothing had
        changed (60 sellers, 15 or 25 months of history, orders following visits or not; 269 companies) 25 % of companies' bars of
        deal size lay beyond it, 9 % of orders a visit, 13 % of target against pace and 5 % of visits; of teams' 18, 11, 8 and 11 %.

    Raises
    ------
    InputError
        A column is missing, a month has no working days, or ``version`` or ``method`` is unknown.

    Notes
    -----
    Parts say what differed, not why. Visits may be recorded late, which shows as fewer visits and better conversion.
    A target that was already cut for a planned absence counts the absence twice: less pace needed, days lost. In a first
    year no season is known.
    """
    if version not in ("judged", "restated"):
        raise InputError(f"version == {version!r}, {known_choices(version, ['judged', 'restated'])}")
    if method not in ("shapley", "lmdi"):
        raise InputError(f"method == {method!r}, {known_choices(method, ['shapley', 'lmdi'])}")
    cells, ends, factors, draws, notes = [], [], [], [], []
    for month in pd.PeriodIndex(months, freq="M"):
        full = float(working_days.get(month, np.nan))
        if not full > 0:
            raise InputError(f"working_days == {full}, must be above zero", where=str(month))
        timing, said = (None, []) if deals is None else deal_timing(deals, month=month, as_of=as_of)
        habit = TimingHabit(follows=Response(), past=pd.DataFrame())
        if deals is not None and timing is not None:
            habit = timing_habit(deals, process, month=month)
            timing = timing.assign(timing=timing["timing"] * habit.follows.slope)
            said = [*said, *_timing_notes(habit)]
        named = targets.loc[(pd.PeriodIndex(targets["month"]) == month) & targets["scope_type"].eq("rep"), "scope_id"]
        people = month_people(process, lines, seats, units, month=month, timing=timing, named=list(named))
        usual = usual_ratios(process, people.tiers, month=month, months=reference_months, seasonal=seasonal)
        follows = orders_after_visits(process, month=month)
        usual = carried_by_orders(usual, slope=follows.slope, months=reference_months)
        kept = _usual_kept(lines, month, reference_months)
        normal = _normal_output(usual, full, people)
        own, above = month_targets(targets, units, month=month, column=version, usual=normal, homes=people.homes)
        found, end, frame, drawn = _bridge_month(people, own, above, usual, full, kept, follows, habit, method=method,
                                                 seed=(seed, month.ordinal))
        cells.append(found)
        ends.append(end)
        factors.append(frame.assign(month=pd.PeriodIndex([month] * len(frame), freq="M")))
        draws.append(drawn)
        notes += [n for n in [*said, *_reference_notes(usual, reference_months), *_notes(frame, follows)] if n not in notes]
    at = pd.Index(sorted({u for names, _ in draws for u in names}))
    total = np.zeros((len(at), len(TARGET_PARTS), DRAWS), np.float32)
    for names, values in draws:
        np.add.at(total, at.get_indexer(pd.Index(names)), values)
    whole = pd.concat(cells, ignore_index=True).groupby(["unit_id", "part"], sort=True, as_index=False)["amount_fen"].sum()
    return Bridge(
        kind="target", cells=whole[whole["amount_fen"] != 0].assign(product_line=ALL_LINES), parts=TARGET_PARTS, units=units,
        ends=pd.concat(ends, ignore_index=True).groupby("unit_id", sort=True, as_index=False).sum(),
        start_msgid=mark("Target"), end_msgid=mark("Actual"), draws=total, draw_units=list(at), notes=notes,
        factors=pd.concat(factors, ignore_index=True),
    )  # fmt: skip


def _bridge_month(
    people: MonthPeople, own: pd.Series, above: pd.Series, usual: Mapping[str, UsualRatio], full: float, kept: float,
    follows: Response, habit: TimingHabit, *, method: TargetMethod, seed: tuple[int, int],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[list[str], NDArray[np.float32]]]:
    """Cells, ends, factors and draws of one month."""
    facts = people.facts
    target_fen = own.reindex(facts.index).fillna(0).to_numpy("int64")
    judged = target_fen > 0
    facts = facts.assign(target=target_fen / 100)
    factors = month_factors(facts, usual, full_days=full, usual_kept=kept, follows=follows)
    known = judged & factors["known"].to_numpy(bool)
    change = facts["actual_fen"].to_numpy("int64") - target_fen
    at = np.flatnonzero(known)
    mine = factors.iloc[at]
    there = mine["days_done"].to_numpy(float) > 0
    cut = np.where(there, mine["pace_usual"].to_numpy(float), mine["pace_needed"].to_numpy(float))
    parts = _driver_parts(stack(mine, "needed"), stack(mine, "done"), cut, mine["by_visits"].to_numpy(bool),
                          method=method)
    parts[DRIVERS.index("returns")] += mine["loose"].to_numpy(float)
    parts = np.vstack([parts, mine["timing"].to_numpy(float)[None, :]])
    names = [*DRIVERS, "timing"]
    whole = whole_parts(100 * parts, change[at], names=names)
    homes = people.nodes.to_numpy(object)
    cells = [pd.DataFrame({"unit_id": homes[at], "part": n, "amount_fen": f}) for n, f in zip(names, whole, strict=True)]
    for part, chosen in (("unknown", judged & ~known), ("no_target", ~judged)):
        cells.append(pd.DataFrame({"unit_id": homes[chosen], "part": part, "amount_fen": change[chosen]}))
    cells += [people.others, pd.DataFrame({"unit_id": above.index, "part": "uncarried", "amount_fen": above.to_numpy()})]
    found = pd.concat(cells, ignore_index=True)
    ends = pd.concat([
        pd.DataFrame({"unit_id": homes, "start_fen": target_fen, "end_fen": facts["actual_fen"].to_numpy("int64")}),
        pd.DataFrame({"unit_id": people.others["unit_id"], "start_fen": 0, "end_fen": people.others["amount_fen"]}),
        pd.DataFrame({"unit_id": above.index, "start_fen": -above.to_numpy(), "end_fen": 0}),
    ], ignore_index=True)  # fmt: skip
    needed, pace, done = drawn_sides(factors, usual, seed=seed, n=DRAWS, target=facts["target"].to_numpy(float),
                                    follows=follows)
    shape = (len(at), DRAWS)
    by_visits = np.repeat(mine["by_visits"].to_numpy(bool), DRAWS)
    cuts = np.where(there[:, None], pace[at], needed[1, at])
    drawn = _driver_parts(needed[:, at].reshape(5, -1), done[:, at].reshape(5, -1), cuts.ravel(), by_visits)
    order = [list(TARGET_PARTS).index(n) for n in DRIVERS]
    values = np.zeros((len(at), len(TARGET_PARTS), DRAWS), np.float32)
    rng = np.random.default_rng((*seed, 1))
    recorded = mine["timing"].to_numpy(float) / habit.follows.slope if habit.follows.slope > 0 else np.zeros(len(at))
    values[:, list(TARGET_PARTS).index("timing")] = 100 * habit.draws(facts.index[at], recorded, rng, DRAWS)
    values[:, order] = 100 * drawn.reshape(len(DRIVERS), *shape).transpose(1, 0, 2)
    factors = factors.assign(came_in=facts["came_in"].to_numpy(), went_out=facts["went_out"].to_numpy())
    frame = factors.assign(seller_id=facts.index, unit_id=homes, target=facts["target"].to_numpy(), is_judged=judged,
                           actual=facts["actual_fen"].to_numpy() / 100, own_months=usual["deal_size"].n_months)
    frame = frame[judged].reset_index(drop=True)
    return found[found["amount_fen"] != 0], ends, frame, (list(homes[at]), values)


def _driver_parts(
    needed: Array, done: Array, usual_pace: Array, by_visits: NDArray[np.bool_], *, method: TargetMethod = "shapley"
) -> Array:
    """`DRIVERS` x cells from slots x cells; the share of pace is cut at the usual pace."""
    shares = shapley_products(needed, done)
    if method == "lmdi":
        sound = (needed > 0).all(axis=0) & (done > 0).all(axis=0)
        if sound.any():
            shares[:, sound] = lmdi_products(needed[:, sound], done[:, sound])
    moved = done[1] - needed[1]
    whole = np.abs(moved) > 1e-12 * np.maximum(np.abs(done[1]), np.abs(needed[1]))
    weight = shares[1] / np.where(whole, moved, 1.0)
    if not whole.all():
        weight[~whole] = _weight_of_pace(needed[:, ~whole], done[:, ~whole])
    stretch = (usual_pace - needed[1]) * weight
    own = shares[1] - stretch
    zero = np.zeros_like(own)
    return np.stack([shares[0], stretch, np.where(by_visits, own, zero), np.where(by_visits, shares[2], zero),
                     np.where(by_visits, zero, own), shares[3], shares[4]])


def _weight_of_pace(needed: Array, done: Array) -> Array:
    """What one more of pace is worth, where pace did not change at all."""
    up = done.copy()
    up[1] = needed[1] + 1.0
    return np.asarray(shapley_products(needed, up)[1])


def _normal_output(usual: Mapping[str, UsualRatio], full: float, people: MonthPeople) -> pd.Series:
    """What each seller in service usually sells in such a month, currency units."""
    output = full * usual["order_pace"].value * usual["deal_size"].value
    found = pd.Series(np.nan_to_num(output), index=people.facts.index)
    return found[people.in_service]


def _usual_kept(lines: pd.DataFrame, month: pd.Period, months: int) -> float:
    """Share of sales that stays after returns, of everybody over the months before; 1 where nothing is known."""
    when = pd.PeriodIndex(lines["month"])
    fen = lines.loc[(when < month) & (when >= month - months), "amount_fen"].to_numpy(float)
    sold = float(fen[fen > 0].sum())
    return max(float(fen.sum()) / sold, 0.05) if sold > 0 else 1.0


def _reference_notes(usual: Mapping[str, UsualRatio], months: int) -> list[dict[str, Any]]:
    """What usual means here: the mean of past months, and how far the company's own trend moved it."""
    known = [name for name in TREND_WORDS if np.isfinite(usual[name].value).any()]
    trends = {name: float(usual[name].trend or 0.0) for name in known}
    if any(trends.values()):
        said = [{"msgid": TREND_WORDS[name], "details": {"trend_growth": trend}} for name, trend in trends.items()]
        return [{"msgid": mark("Usual is the mean of the {n_months} months before, carried on by the company's own trend of the "
                               "past year: {trends} a year."),
                 "details": {"n_months": months, "trends": said}, "scope": PUBLIC}]
    return [{"msgid": mark("Usual is the mean of the {n_months} months before; no trend of the company stands out from chance or "
                           "can be told, so in one that grows or shrinks the bars compare with months that lie behind."),
             "details": {"n_months": months}, "scope": PUBLIC}]


def _timing_notes(habit: TimingHabit) -> list[dict[str, Any]]:
    if habit.past.empty or habit.follows.n < LEAST_ROWS:
        return []
    return [{"msgid": mark("Of money in deals that moved between months {moved_share} showed in the sales of the month over the "
                           "past {n_months} months: moved deals count for so much."),
             "details": {"moved_share": habit.follows.slope, "n_months": habit.past.shape[1]}, "scope": PUBLIC}]


def _notes(frame: pd.DataFrame, follows: Response) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    if follows.n >= LEAST_ROWS and frame["by_visits"].any():
        notes.append({"msgid": mark("When a seller's visits move by 10%, orders of the same month move by {orders_share} here: "
                                    "visits count for so much, the rest is orders a visit. What visits bring in later months "
                                    "does not show."), "details": {"orders_share": 0.1 * follows.slope}, "scope": PUBLIC})
    blind = int((~frame["by_visits"] & frame["known"]).sum())
    if blind:
        notes.append({"msgid": mark("Visits are not known of {n} {n:seller|sellers}, or they had orders without one: their bridge goes by "
                                    "orders a day and deal size."), "details": {"n": blind}, "scope": "people"})
    new = int((frame["known"] & (frame["own_months"] < 3)).sum())
    if new:
        notes.append({"msgid": mark("{n} {n:seller has|sellers have} fewer than three months of their own: what is usual for them is "
                                    "mostly their tier's."), "details": {"n": new}, "scope": "people"})
    return notes
