"""A proposal to change the targets of the months left: on a signal or an agreed reason, capped, and never backwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, Sentence
from salesplan.money import split_exact
from salesplan.review.adjustment_effect import what_if
from salesplan.review.adjustment_trigger import expected_proposals
from salesplan.review.ratchet import followed_results
from salesplan.review.roll_forward import roll_forward
from salesplan.text import mark

Status = Literal["proposed", "refused"]

NO_SIGNAL = mark(
    "No adjustment: the last months lie within the band of usual noise ({value_value} spreads; an adjustment needs"
    " {limit_value}). Moving targets on noise makes them noise."
)
UNJUDGED = mark("No adjustment: the history of this unit is too short to tell a signal from noise.")
AHEAD = mark(
    "No adjustment: the unit is ahead of its plan by {ahead}. Raising targets of those who did well is the ratchet that"
    " teaches them to hold back."
)
NONE_LEFT = mark("No adjustment: no month of the year is left that has a target; ended months never change.")
RISEN = mark(
    "No adjustment: the last months lie above what was to be expected, beyond the band ({value_value} spreads against {limit_value});"
    " what they bring closes part of the gap by itself."
)
SIGNALLED = mark("The last months lie below the band ({value_value} spreads against {limit_value}).")
AGREED = mark("Agreed outside reason: {reason}.")
UNABSORBED = mark(
    "The limit of {cap_share} a month leaves {unabsorbed} unplaced. It stays visible as a gap and is not hidden in later targets."
)
WHOLE = mark("The months left take the whole amount within the limit of {cap_share} a month.")


@dataclass(frozen=True, kw_only=True)
class OutsideReason:
    """A reason outside the unit that was agreed on beforehand: a product withdrawn, a tender cancelled.

    ``change`` is what it does to the targets of the months left, as a share of them.
    """

    reason: str
    change: float

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError(Sentence("reason is empty, must say what was agreed"), where="adjustment")
        if not -1 < self.change <= 1:
            raise InputError(f"change == {self.change:g}, must be a share above -1 and at most 1", where="adjustment")


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjustment:
    """What is proposed for one unit, or why nothing is. All amounts are whole fen.

    Attributes
    ----------
    lines
        seller_id, month, target_fen (proposed), old_fen, change_fen: the months of the year, ended ones unchanged; without a
        proposal all unchanged. The columns seller_id, month, target_fen are what a plan version keeps.
    months
        month, old_fen, target_fen, change_fen, actual_fen, is_ended.
    ledger
        plan_fen (year before), ended_plan_fen, ended_actual_fen, left_plan_fen, gap_fen (to be carried), agreed_fen (what the
        outside reason changes), wanted_fen (asked of the months left without a limit), new_left_fen, unabsorbed_fen, total_fen
        (what the year comes to when every target left is met).
    what_if
        See `what_if`; empty when refused.
    messages
        Marked sentences with details: why, what the limit did, what it does to incentives.
    """

    unit_id: str
    status: Status
    lines: pd.DataFrame
    months: pd.DataFrame
    ledger: Mapping[str, int]
    what_if: pd.DataFrame
    messages: tuple[dict[str, Any], ...]
    ratchet_factor: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        book = self.ledger
        sums = self.lines.groupby("month")["target_fen"].sum()
        ended = self.lines["month"].isin(self.months.loc[self.months["is_ended"], "month"])
        if (self.lines.loc[ended, "change_fen"] != 0).any():
            raise InputError("a month that has ended would change, must stay as it was", where=f"adjustment of {self.unit_id}")
        same = sums.reindex(self.months["month"]).fillna(0).to_numpy() == self.months["target_fen"].to_numpy()
        whole = book["wanted_fen"] == book["new_left_fen"] + book["unabsorbed_fen"]
        if self.status == "proposed" and not (same.all() and whole):
            raise InputError("lines, months and ledger do not add up, must agree to the fen", where=f"adjustment of {self.unit_id}")

    def to_frame(self) -> pd.DataFrame:
        """Lines of a plan version: seller_id, month (as text), target_fen."""
        frame = self.lines[["seller_id", "month", "target_fen"]].copy()
        return frame.assign(month=frame["month"].astype(str), target_fen=frame["target_fen"].astype("int64"))

    def summary(self) -> pd.DataFrame:
        """Month by month, with before and after."""
        return self.months.copy()


def propose_adjustment(
    plan: pd.DataFrame, actual: pd.Series, trigger: pd.Series | None, *, unit_id: str, month: pd.Period,
    outside: OutsideReason | None = None, cap: float = 0.05, rest: tuple[float, float] | None = None,
    booked: float = 0.0, uncounted: float = 0.0,
) -> Adjustment:
    """Targets of the months left after a signal or an agreed reason, or a refusal that says why.

    Parameters
    ----------
    plan
        seller_id, month, target_fen of the unit's sellers, every month of the fiscal year.
    actual
        Sales of the unit by ended month, whole fen.
    trigger
        Row of `adjustment_triggers` for the unit; None where it could not be judged.
    month
        Last ended month. It and all before keep their targets.
    outside
        Agreed reason. It changes the total; the gap so far is then not carried, for the reason may explain it.
    cap
        Most a month's target may move, up or down.
    rest
        Mean and spread, in currency units, of what is still to come in the months left; for the probabilities.
    booked, uncounted
        What the months left hold already, and sales of the months gone that the year's target is not about.

    Returns
    -------
    Adjustment

    Raises
    ------
    InputError
        Missing columns, amounts that are not whole fen, a line twice, or a limit outside [0, 1).

    Notes
    -----
    Without an outside reason the year's total is preserved: new targets left = plan left + gap, month by month in proportion,
    at most ``cap`` more; what does not fit is reported as unabsorbed. Splits to sellers by largest remainder.

    Examples
    --------
    >>> months = pd.period_range("2026-01", periods=4, freq="M")
    >>> plan = pd.DataFrame([(s, m, 100_00) for s in "ab" for m in months], columns=["seller_id", "month", "target_fen"])
    >>> actual = pd.Series([150_00, 150_00], index=months[:2])
    >>> seen = pd.Series({"is_trigger": True, "direction": "below", "value": -2.6, "limit": 2.2, "rule": "two_months"})
    >>> found = propose_adjustment(plan, actual, seen, unit_id="t", month=months[1], cap=0.2)
    >>> found.status, found.ledger["unabsorbed_fen"], found.months["target_fen"].tolist()
    ('proposed', 2000, [20000, 20000, 24000, 24000])
    """
    lines = _checked(plan, cap)
    table = lines.groupby("month")["target_fen"].sum().rename("old_fen").reset_index()
    table["is_ended"] = table["month"] <= month
    if actual.isna().any() or (np.asarray(actual) != np.rint(np.asarray(actual, float))).any():
        raise InputError("actual holds missing or broken fen, must be whole fen of each ended month", where=f"adjustment of {unit_id}")
    done = actual[[m <= month for m in actual.index]]
    table["actual_fen"] = table["month"].map(done).where(table["is_ended"]).astype("Int64")
    ended_plan = int(table.loc[table["is_ended"], "old_fen"].sum())
    ended_actual = int(table.loc[table["is_ended"], "actual_fen"].fillna(0).sum())
    left = int(table.loc[~table["is_ended"], "old_fen"].sum())
    gap = ended_plan - ended_actual
    agreed = 0 if outside is None else _rounded(Fraction(str(float(outside.change))) * left)
    carried = 0 if outside is not None else gap
    refusal = _refusal(trigger, outside, left, gap)
    wanted = left + carried + agreed if refusal is None else left
    old, open_ = table["old_fen"].to_numpy(np.int64), ~table["is_ended"].to_numpy()
    new = old.copy()
    if refusal is None:
        new[open_] = roll_forward(old, table.loc[~open_, "actual_fen"].fillna(0).to_numpy(float), max_up=cap,
                                  required=wanted if outside is not None else None).in_fen()
    table["target_fen"] = new
    table["change_fen"] = new - old
    new_left = int(new[open_].sum())
    ledger = {"plan_fen": ended_plan + left, "ended_plan_fen": ended_plan, "ended_actual_fen": ended_actual, "left_plan_fen": left,
              "gap_fen": gap, "agreed_fen": agreed if refusal is None else 0, "wanted_fen": wanted, "new_left_fen": new_left,
              "unabsorbed_fen": wanted - new_left, "total_fen": ended_actual + new_left}
    ratchet = (new_left - left) / gap if refusal is None and outside is None and gap > 0 else 0.0
    effect = pd.DataFrame()
    said: list[dict[str, Any]] = [refusal] if refusal is not None else []
    if refusal is None:
        effect, notes = what_if(ledger, ratchet=ratchet, rest=rest, booked=booked, uncounted=uncounted)
        seen = {} if trigger is None else _figures(trigger)
        said.append({"msgid": AGREED, "details": {"reason": outside.reason}} if outside is not None
                    else {"msgid": SIGNALLED, "details": seen})
        said.append({"msgid": UNABSORBED if ledger["unabsorbed_fen"] else WHOLE,
                     "details": {"cap_share": cap, "unabsorbed": ledger["unabsorbed_fen"] / 100}})
        said += notes
        if outside is None and trigger is not None and "n_units" in trigger:
            said.append(expected_proposals(trigger))
    lesson = followed_results(table)
    said += [lesson] if lesson is not None else []
    return Adjustment(unit_id=unit_id, status="proposed" if refusal is None else "refused", lines=_to_people(lines, table),
                      months=table[["month", "old_fen", "target_fen", "change_fen", "actual_fen", "is_ended"]], ledger=ledger,
                      what_if=effect, messages=tuple(said), ratchet_factor=float(ratchet), details=ledger)


def _refusal(
    trigger: pd.Series | None, outside: OutsideReason | None, left: int, gap: int
) -> dict[str, Any] | None:
    if left <= 0:
        return {"msgid": NONE_LEFT, "details": {}}
    if outside is not None:
        return None
    if trigger is None:
        return {"msgid": UNJUDGED, "details": {}}
    risen = trigger["direction"] == "above" and abs(trigger["value"]) > trigger["limit"]
    if not risen and not bool(trigger["is_trigger"]):
        return {"msgid": NO_SIGNAL, "details": _figures(trigger)}
    if gap <= 0:
        return {"msgid": AHEAD, "details": {"ahead": -gap / 100}}
    if risen:
        return {"msgid": RISEN, "details": _figures(trigger)}
    return None


def _figures(trigger: pd.Series) -> dict[str, Any]:
    return {"value_value": {"number": abs(float(trigger["value"])), "digits": 1},
            "limit_value": {"number": float(trigger["limit"]), "digits": 1}}


def _to_people(lines: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    parts = []
    new = table.set_index("month")["target_fen"]
    for month, own in lines.groupby("month", sort=True):
        old = own["target_fen"].to_numpy(np.int64)
        total = int(new[month])
        target = old if total == old.sum() else split_exact(total, old.astype(float), keys=own["seller_id"].tolist())
        parts.append(own.assign(old_fen=old, target_fen=target, change_fen=target - old))
    return pd.concat(parts, ignore_index=True)[["seller_id", "month", "target_fen", "old_fen", "change_fen"]]


def _rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


def _checked(plan: pd.DataFrame, cap: float) -> pd.DataFrame:
    for column in ("seller_id", "month", "target_fen"):
        if column not in plan:
            raise InputError(f"column {column} is missing, must be there", where="adjustment, plan")
    if not 0 <= cap < 1:
        raise InputError(f"cap == {cap:g}, must be a fraction from 0 to below 1", where="adjustment")
    if plan.empty or not pd.api.types.is_integer_dtype(plan["target_fen"]) or (plan["target_fen"] < 0).any():
        raise InputError("target_fen is empty, negative or no whole number, must be whole fen", where="adjustment, plan")
    if plan.duplicated(["seller_id", "month"]).any():
        row = plan[plan.duplicated(["seller_id", "month"])].iloc[0]
        raise InputError("a line stands twice, must be there once", where=f"seller {row['seller_id']}, {row['month']}")
    return plan[["seller_id", "month", "target_fen"]].sort_values(["month", "seller_id"], ignore_index=True)
