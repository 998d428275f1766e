"""Sellers behind their target, with the likely cause, how sure it is, and the next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.review.off_pace_causes import TERRITORY_SLOPE, cause_probabilities, drawn_in
from salesplan.review.off_pace_evidence import Evidence, gather_evidence
from salesplan.review.off_pace_words import CAUSES, EVIDENCE, NEXT_STEPS, STEP_NAMES, WHY_NOT

Floats = NDArray[np.float64]

BEHIND = 0.9
"""Attainment below which a seller counts as behind."""
CERTAIN = 0.7
"""Probability of a cause from which it is named."""
LUCK = 0.2
"""Chance of such a result with usual figures, from which it is left to luck."""
FEW_ORDERS = 10.0
"""Orders expected below which their count decides what chance can do."""
NEWCOMERS, BELOW_RAMP = 0.45, 0.05
"""Spread between newcomers of the same tenure (logarithm), and the chance of so little on the ramp from which they are off pace."""
SETTLED = 0.9
"""Share of full output from which being new excuses nothing: whoever is behind is behind in spite of it."""
SIZEABLE = 0.25
"""Part of the shortfall that the named cause must account for."""
BY_VISITS = ("activity", "pipeline", "conversion")
"""Steps that say something only where orders follow visits."""
JUDGED = ("activity", "pipeline", "conversion", "deal_size")


@dataclass(frozen=True, kw_only=True, eq=False)
class OffPace:
    """Who is behind and why.

    ``table``: seller_id, target, actual, gap, attainment, cause (a key of ``CAUSES``), strength_value (probability of the cause),
    p_luck (of a result so low with usual figures), compared (own or peers), evidence_msgid, step_msgid, details; largest gap
    first. ``evidence``: seller_id, step, now_value, usual_value, change, contribution_change, se_value. People who are new and not
    clearly below what the ramp lets expect (one newcomer in twenty falls so low by chance) stand with the cause ``ramp`` and
    ``is_off_pace`` False.
    """

    table: pd.DataFrame
    evidence: pd.DataFrame
    month: pd.Period
    window: int
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in ("table", "evidence"):
            object.__setattr__(self, name, getattr(self, name).copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a seller behind."""
        return self.table.copy()

    def explain(self, seller_id: str) -> pd.DataFrame:
        """Every step of one seller, now and as usual.

        Raises
        ------
        InputError
            The seller is not behind.
        """
        own = self.evidence[self.evidence["seller_id"] == seller_id]
        if own.empty:
            raise InputError(f"seller_id == {seller_id!r}, must be a seller who is behind", where="off pace")
        return own.reset_index(drop=True)


def off_pace(
    process: pd.DataFrame, sellers: pd.DataFrame, targets: pd.DataFrame, *, month: pd.Period, window: int = 3,
    potential: pd.Series | None = None, behind: float = BEHIND, certain: float = CERTAIN,
    follows_visits: bool = True,
) -> OffPace:
    """Sellers behind over the last months and what holds them back.

    Parameters
    ----------
    process
        seller_id, month, working_days, visits, opportunities, orders, amount_fen of everybody, 15 months or more for a
        comparison with the own past.
    sellers
        seller_id, tier, hire_date.
    targets
        scope_type, scope_id, month, judged (currency units); rows of people count.
    month, window
        Last month looked at, and how many.
    potential
        What each seller's customers could buy (currency units a year); without it nothing is said about territories.
    behind
        Attainment of the window below which somebody counts as behind.
    certain
        Probability from which a cause is named; else it is ``cannot_tell``.
    follows_visits
        Whether orders follow visits in this company (`orders_after_visits`); where they do not, neither visits nor what becomes of
        them are causes of a bad month.

    Raises
    ------
    InputError
        Missing columns, nobody with a target in these months, or limits outside what they can be.

    Notes
    -----
    ``amount = days x visits/day x opportunities/visit x orders/opportunity x amount/order``. Each step is compared with the
    seller's year before (season through the peers) or with the peers now, whichever explains the gap to the target better. The
    probability of a cause is that of "this step is down and the others are as usual" among such stories, those of nothing
    and of two at once included (`cause_probabilities`); a cause named also accounts for at least a quarter of the shortfall.

    Measured on 16 simulated companies of 120 sellers (one step of 7 % each halved for three months, 10 % newcomers): 61 % of
    planted causes are named, all of these rightly (436 of 436): absence 89 %, deal size 76 %, activity 69 %, territory 59 %,
    pipeline 46 %, conversion 33 %. 0.5 % of ordinary sellers are given a cause (5 of 1033); where orders
    come without recorded opportunities, 2.3 % (20 of 880). None of 177 newcomers is, and 3 % of them are called off pace; 6 % of 313
    where half the company is new.
    """
    _check(process, sellers, targets, behind, certain, window)
    found = gather_evidence(process, sellers, month=month, window=window)
    own = targets[(targets["scope_type"] == "rep") & (targets["month"] <= month) & (targets["month"] > month - window)]
    target = own.groupby("scope_id")["judged"].sum().reindex(found.totals.index)
    actual = found.totals["amount"].fillna(0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        attainment = actual / target
    who = attainment.index[(attainment < behind) & target.gt(0)]
    rows, shown = [], []
    relative = _territory(potential, target, found)
    for seller in who:
        row, evidence = _judge(str(seller), found, float(target[seller]), float(actual[seller]), float(relative[seller]), certain,
                               follows_visits=follows_visits)
        rows.append(row)
        shown.append(evidence)
    columns = ["seller_id", "target", "actual", "gap", "attainment", "cause", "cause_msgid", "strength_value", "p_luck", "compared",
               "is_off_pace", "evidence_msgid", "step_msgid", "details"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).sort_values("gap", kind="stable", ignore_index=True)
    steps = pd.concat(shown, ignore_index=True) if shown else pd.DataFrame(
        columns=["seller_id", "step", "now_value", "usual_value", "change", "contribution_change", "se_value"])
    return OffPace(table=table, evidence=steps, month=month, window=window)


def _judge(
    seller: str, found: Evidence, target: float, actual: float, territory: float, certain: float, *,
    follows_visits: bool,
) -> tuple[dict[str, Any], pd.DataFrame]:
    gap = actual - target
    shortfall = np.log(max(actual, 0.02 * target) / target)
    ramp = float(np.log(found.ramp[seller])) if found.ramp[seller] < SETTLED else 0.0
    p_luck = _chance_of_so_little(seller, found, target, shortfall, ramp)
    changes, errors, compared, usual = _reference(seller, found, shortfall)
    if found.totals["months"][seller] < found.totals["months"].max():
        changes = np.where(np.arange(len(changes)) == 0, np.nan, changes)  # hired on the way: fewer days are no absence
    if not follows_visits:
        changes = np.where(np.isin(found.now.columns, BY_VISITS), np.nan, changes)
    known = np.isfinite(changes)
    names = [name for name, ok in zip(found.now.columns, known, strict=True) if ok]
    row: dict[str, Any] = {"seller_id": seller, "target": target, "actual": actual, "gap": gap, "attainment": actual / target,
                           "p_luck": p_luck, "compared": compared, "is_off_pace": True, "strength_value": np.nan}
    base: dict[str, Any] = {"attainment": actual / target, "gap": -gap, "n_months": int(found.totals["months"].max()), "p_luck": p_luck}
    kept = changes.copy()
    if ramp < 0 and np.isfinite(kept[3]):
        kept[3] -= ramp if compared == "peers" else 0.0  # being new lowers conversion among peers
    evidence = pd.DataFrame({
        "seller_id": seller, "step": found.now.columns, "now_value": found.now.loc[seller].to_numpy(float), "usual_value": usual,
        "change": np.expm1(changes), "contribution_change": np.expm1(drawn_in(kept, errors)), "se_value": errors})  # fmt: skip
    if ramp < 0:
        base["ramp_share"] = float(found.ramp[seller])
        if p_luck > BELOW_RAMP:
            return row | _called("ramp", base, 1 - p_luck) | {"is_off_pace": False}, evidence
    if "activity" not in names and "deal_size" not in names:
        return row | _unknown("unrecorded", base), evidence
    if p_luck > LUCK:  # nobody on the ramp comes this far
        return row | _unknown("luck", base), evidence
    lost = min(shortfall - min(ramp, 0.0), -0.05)
    chance, several = cause_probabilities(kept, errors, territory, among_peers=compared == "peers")
    cause = str(chance.drop("usual").idxmax())
    best = float(chance[cause])
    part = TERRITORY_SLOPE * territory if cause == "territory" else float(drawn_in(kept, errors)[found.now.columns.get_loc(cause)])
    if best < certain or part > SIZEABLE * lost:
        told = float(np.nansum(kept)) <= shortfall / 2  # the steps do make most of it, though none of them beyond chance
        why = "several" if several >= 0.5 else "usual" if chance["usual"] >= 0.5 and not told else "thin"
        if why == "usual" and not {"conversion", "deal_size"} <= set(names):
            why = "usual_part" if follows_visits else "loose_visits"
        why = "below_ramp" if ramp < 0 else why
        row["strength_value"] = best
        steps = [{"msgid": STEP_NAMES[name], "details": {}} for name in names]
        return row | _unknown(why, base | {"p_cause": best, "steps": steps}), evidence
    details = base | {"p_cause": best}
    if cause == "territory":
        details["change"] = float(np.expm1(territory))
    else:
        at = list(found.now.columns).index(cause)
        digits = 0 if cause in ("absence", "deal_size") else 2
        details |= {"now_value": {"number": float(found.now[cause][seller]), "digits": digits},
                    "usual_value": {"number": float(usual[at]), "digits": digits}, "change": float(np.expm1(changes[at]))}
    return row | _called(cause, details, best), evidence


def _chance_of_so_little(seller: str, found: Evidence, target: float, shortfall: float, ramp: float) -> float:
    """Probability of a result so low with usual figures: that of so few orders where few are to be expected."""
    from scipy.special import pdtr

    orders = float(found.totals["orders"].fillna(0.0)[seller])
    size = float(found.own["deal_size"].get(seller, np.nan))
    size = size if np.isfinite(size) else float(found.peers["deal_size"].get(seller, np.nan))
    asked = target * float(np.exp(min(ramp, 0.0)))
    expected = asked / size if np.isfinite(size) and size > 0 else max(orders, 0.5) * float(np.exp(min(ramp, 0.0) - shortfall))
    few = float(pdtr(np.floor(orders), max(expected, 1e-9)))
    noise = float(np.sqrt((1 + found.deal_variation**2) / max(expected, 1.0)))
    spread = float(np.hypot(noise, NEWCOMERS)) if ramp < 0 else noise
    return max(few, _below((shortfall - ramp) / spread)) if expected < FEW_ORDERS else _below((shortfall - ramp) / spread)


def _reference(seller: str, found: Evidence, shortfall: float) -> tuple[Floats, Floats, str, Floats]:
    """Comparison with own past or with peers: the one that leaves less of the shortfall unexplained."""
    own, peers = found.own_change.loc[seller].to_numpy(float), found.peer_change.loc[seller].to_numpy(float)
    whole = np.isfinite(own).sum() >= np.isfinite(peers).sum() and np.isfinite(own).any()
    if whole and abs(shortfall - np.nansum(own)) <= abs(shortfall - np.nansum(peers)) + 0.1:
        with np.errstate(divide="ignore", invalid="ignore"):
            usual = found.now.loc[seller].to_numpy(float) / np.exp(own)
        return own, found.own_se.loc[seller].to_numpy(float), "own", usual
    return peers, found.peer_se.loc[seller].to_numpy(float), "peers", found.peers.loc[seller].to_numpy(float)


def _territory(potential: pd.Series | None, target: pd.Series, found: Evidence) -> pd.Series:
    """Logarithm of potential over target, against the median of all."""
    if potential is None:
        return pd.Series(np.nan, index=target.index)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = pd.Series(np.log(potential.reindex(target.index).astype(float) / target))
    ratio = ratio.where(np.isfinite(ratio))
    return ratio - ratio.median()


def _below(z: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(z))


def _called(cause: str, details: Mapping[str, Any], strength: float) -> dict[str, Any]:
    return {"cause": cause, "cause_msgid": CAUSES[cause], "evidence_msgid": EVIDENCE[cause], "step_msgid": NEXT_STEPS[cause],
            "details": dict(details), "strength_value": strength}


def _unknown(why: str, details: Mapping[str, Any]) -> dict[str, Any]:
    return {"cause": "cannot_tell", "cause_msgid": CAUSES["cannot_tell"], "evidence_msgid": WHY_NOT[why],
            "step_msgid": NEXT_STEPS["cannot_tell"], "details": dict(details)}


def _check(process: pd.DataFrame, sellers: pd.DataFrame, targets: pd.DataFrame, behind: float, certain: float, window: int) -> None:
    for name, frame, columns in (("process", process, ("seller_id", "month", "working_days", "visits", "orders", "amount_fen")),
                                 ("sellers", sellers, ("seller_id", "tier", "hire_date")),
                                 ("targets", targets, ("scope_type", "scope_id", "month", "judged"))):
        for column in columns:
            if column not in frame:
                raise InputError(f"column {column} is missing, must be there", where=f"off pace, {name}")
    if not 0 < behind <= 1 or not 0.5 <= certain < 1 or window < 1:
        raise InputError(f"behind == {behind:g}, certain == {certain:g}, window == {window}, must be at most 1, from 0.5 to"
                         " below 1, and at least 1", where="off pace")
