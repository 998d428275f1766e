"""What it takes to close the gap that is left: orders, opportunities and visits, against what was done before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.pipeline.backward_funnel import backward_funnel
from salesplan.pipeline.funnel_rates import funnel_rate
from salesplan.pipeline.funnel_volume import sales_goal
from salesplan.review.closing_paces import Paces, work_paces
from salesplan.review.closing_season import Expected, doubt_as_seen
from salesplan.review.off_pace_evidence import deal_variation
from salesplan.review.run_rate import RunRate
from salesplan.text import mark

CONFIDENCE = 0.8
WINDOW = 12
"""Months that rates come from: a whole year, so that the season levels out."""
PRIOR_ORDERS = 10.0
"""Orders at the tier's rates that a person's own are drawn towards."""
HALF = 0.5
"""Orders a visit above which they are no draw from the visits: a visit may bring several."""
FEWEST_ORDERS = 5.0
HARDLY = 0.1
"""Chance at the best pace ever below which a gap is out of reach."""
DRAWS = 400

VERDICTS: Mapping[str, str] = {
    "closed": mark("Nothing is missing any more."),
    "usual": mark("The pace to be expected is enough."),
    "stretch": mark("More than to be expected, but it has been done."),
    "doubtful": mark("More than ever done; at the best pace ever, or the one to be expected now, the chance is {p_best}."),
    "beyond": mark("Out of reach: at the best pace ever, or the one to be expected now, the chance is {p_best}."),
    "unseen": mark("More than to be expected; the history is too short to say whether it has been done."),
    "unknown": mark("Too few orders to count back from."),
}
"""What the pace needed means, beside what was done before."""
NO_VISITS = mark("Visits are not recorded, so only orders are counted back.")
SEVERAL = mark("Orders are recorded more often than every second visit, so a visit counts as able to bring several.")
NOT_FROM_VISITS = mark("Orders hardly follow visits here, so only orders are counted back: more visits alone would close nothing.")
NOT_FROM_OPPORTUNITIES = mark("More orders than opportunities are recorded: they are not counted back to opportunities.")


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosingGap:
    """What closing the gap takes, for every node that lacks something.

    Attributes
    ----------
    table
        ``unit_id, parent_id, level, name, gap_amount`` (still missing), ``order_amount`` (mean order), ``step`` (visits, or orders
        where visits are not known), ``n_needed`` of it with ``confidence``, ``n_mean`` at the means alone, ``needed_pace, usual_pace,
        best_pace`` (a working day; best of any ``n_months`` in a row), ``p_usual, p_best`` (chance of closing it at that pace),
        ``verdict`` (closed; usual, stretch, doubtful, beyond: see
        `VERDICTS`; unseen, unknown), ``rate_value`` (orders a visit) with ``rate_value_lower, rate_value_upper``.
    steps
        ``unit_id, step, n_mean, n_needed, usual_pace, best_pace`` from the first step to orders.
    working_days_left, n_months
        Working days to the end of the period, and months a best stretch has.
    until
        ``quarter`` or ``year``.
    """

    table: pd.DataFrame
    steps: pd.DataFrame
    working_days_left: int
    n_months: int
    until: str
    confidence: float
    notes: Sequence[dict[str, Any]] = field(default=())

    def __post_init__(self) -> None:
        for name in ("table", "steps"):
            object.__setattr__(self, name, getattr(self, name).copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a node with a target."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """The top node."""
        return self.table.head(1).reset_index(drop=True)

    def row(self, unit_id: str) -> dict[str, Any] | None:
        """A node's figures; None where it has no target or no day is left."""
        own = self.table[self.table["unit_id"].eq(unit_id)]
        return {str(name): value for name, value in own.iloc[0].items()} if len(own) else None

    def for_units(self, unit_ids: Sequence[str]) -> "ClosingGap":
        """The same for some nodes only."""
        kept = list(unit_ids)
        return ClosingGap(
            table=self.table[self.table["unit_id"].isin(kept)].reset_index(drop=True),
            steps=self.steps[self.steps["unit_id"].isin(kept)].reset_index(drop=True), working_days_left=self.working_days_left,
            n_months=self.n_months, until=self.until, confidence=self.confidence, notes=self.notes)


def closing_gap(
    rate: RunRate, process: pd.DataFrame, sellers: pd.DataFrame, units: pd.DataFrame, *, ended: pd.Period, until: str = "quarter",
    former_leaves: Mapping[str, str] | None = None, country: str = "CN", confidence: float = CONFIDENCE,
    expected: Mapping[str, Expected] | None = None, follows_visits: bool = True,
) -> ClosingGap:
    """Can what is missing still be sold, and how many visits would that take?

    Parameters
    ----------
    rate
        What is missing and how many working days are left, from `required_run_rate`.
    process
        ``seller_id, month, working_days, visits, opportunities, orders, amount_fen``; missing where not recorded.
    sellers
        ``seller_id, tier``.
    units
        The tree with sellers as leaves.
    ended
        Last month that is over.
    until
        Whose end ``rate`` is about: ``quarter`` or ``year``.
    former_leaves
        People who are no sellers today -> the leaf that holds what they did.
    confidence
        Probability with which the visits named close the gap.
    expected
        What is still to come by node, from `expected_rest`, nodes not in it left out; without it the months left bring what usual ones do.
    follows_visits
        Whether orders follow visits in this company (`orders_after_visits`); where they do not, orders are asked for and no visits.

    Raises
    ------
    InputError
        A confidence outside (0, 1).

    Notes
    -----
    Rates are those of the last twelve months, all of a unit's people together; a person's are drawn towards those of the tier
    by ten orders. The visits needed allow for chance, for how few orders the rates rest on, and for deals of different size
    (`sales_goal`); those at the means alone (`backward_funnel`) close the gap about every second time. With ``expected`` usual work
    brings what is projected, so that a season is in it, and its chance is that of the projection: an order is worth as much more (of
    orders counted alone there are as many more), and the rate varies by as much as the projection beyond the luck of single orders.
    Visits already made for
    deals still open count for nothing, as those made in the last days bring their orders later: the two are taken as equal.
    """
    if not 0 < confidence < 1:
        raise InputError(f"confidence == {confidence:g}, must be a fraction between 0 and 1", where="closing gap")
    days = rate.working_days_left
    rows = process[process["month"] <= ended]
    rows = rows.assign(seller_id=rows["seller_id"].replace(dict(former_leaves or {})))
    paces = work_paces(rows, units, days=max(days, 1), window=WINDOW, ended=ended, country=country)
    chain, repeats, notes = _chain(paces) if follows_visits else ((), True, [{"msgid": NOT_FROM_VISITS, "details": {}}])
    open_ = rate.table[rate.table["target"].notna() & rate.table["level"].ne("former")] if days else rate.table.head(0)
    tier = _tier_sums(paces, sellers, former_leaves or {})
    variation = deal_variation(rows)
    table, steps = [], []
    for own in open_[["unit_id", "parent_id", "level", "name", "required"]].to_dict("records"):
        if expected is not None and str(own["unit_id"]) not in expected:
            continue
        still = (expected or {}).get(str(own["unit_id"]), Expected(mean=0.0, spread=0.0))
        made, parts = _node(own, paces, tier, chain, days, variation, confidence, repeats=repeats, still=still)
        table.append(made)
        steps += [{"unit_id": own["unit_id"], **part} for part in parts]
    columns = ["unit_id", "parent_id", "level", "name", "gap_amount", "order_amount", "step", "n_needed", "n_mean", "needed_pace",
               "usual_pace", "best_pace", "p_usual", "p_best", "verdict", "rate_value", "rate_value_lower", "rate_value_upper"]  # fmt: skip
    laid = pd.DataFrame(steps, columns=["unit_id", "step", "n_mean", "n_needed", "usual_pace", "best_pace"])
    return ClosingGap(table=pd.DataFrame(table, columns=columns), steps=laid, working_days_left=days, n_months=paces.n_months,
                      until=until, confidence=confidence, notes=notes)


def _chain(paces: Paces) -> tuple[tuple[str, ...], bool, list[dict[str, Any]]]:
    """Steps that orders can be counted back to, and whether a visit may bring several orders."""
    whole = paces.of(paces.top)
    if not whole["visits"] > 0 or not whole["orders_seen"] > 0:
        return (), True, [{"msgid": NO_VISITS, "details": {}}]
    if whole["orders_seen"] > HALF * whole["visits"]:
        notes = [{"msgid": SEVERAL, "details": {}}]
        known = whole["opportunities"] > 0 and whole["orders_seen"] > whole["opportunities"]
        return ("visits",), True, notes + ([{"msgid": NOT_FROM_OPPORTUNITIES, "details": {}}] if known else [])
    if not whole["opportunities"] > 0:
        return ("visits",), False, []
    if not whole["orders_seen"] <= whole["opportunities"] <= whole["visits"]:
        return ("visits",), False, [{"msgid": NOT_FROM_OPPORTUNITIES, "details": {}}]
    return ("visits", "opportunities"), False, []


def _tier_sums(paces: Paces, sellers: pd.DataFrame, former: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Sums of every seller's tier; of everybody where the tier has sold too little."""
    tier = sellers.drop_duplicates("seller_id").set_index("seller_id")["tier"].rename(index=dict(former)).fillna("")
    tier = tier[~tier.index.duplicated()]
    leaves = paces.sums.loc[paces.leaves]
    of = tier.reindex(leaves.index).fillna("")
    sums = leaves.groupby(of).transform("sum")
    whole = paces.of(paces.top)
    thin = sums["orders"].lt(5 * PRIOR_ORDERS) | sums["orders_seen"].lt(5 * PRIOR_ORDERS)
    for name in sums:
        sums.loc[thin, name] = whole[str(name)]
    return {str(leaf): {str(name): float(value) for name, value in row.items()} for leaf, row in sums.to_dict("index").items()}


def _node(
    own: Mapping[Any, Any], paces: Paces, tier: Mapping[str, Mapping[str, float]], chain: tuple[str, ...], days: int,
    variation: float, confidence: float, *, repeats: bool, still: Expected,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    unit, gap = str(own["unit_id"]), float(own["required"])
    made: dict[str, Any] = {"unit_id": unit, "parent_id": own["parent_id"], "level": own["level"], "name": own["name"], "gap_amount": gap}
    if gap <= 0:
        return made | {"verdict": "closed", "step": ""}, []
    sums = _drawn(paces.of(unit), tier.get(unit))
    if sums["orders"] < FEWEST_ORDERS or not sums["amount"] > 0:
        return made | {"verdict": "unknown", "step": ""}, []
    if chain and sums["orders_seen"] < FEWEST_ORDERS:
        chain = ()
    if len(chain) == 2 and not sums["orders_seen"] <= sums["opportunities"] <= sums["visits"]:
        chain = chain[:1]
    mean = sums["amount"] / sums["orders"]
    lead = chain[0] if chain else "orders"
    usual, best = paces.usual[lead].get(unit, np.nan), paces.best[lead].get(unit, np.nan)
    each = mean * (sums["orders_seen"] / sums[lead] if chain else 1.0)
    season = still.season(usual * days * each)
    mean, usual = (mean * season, usual) if chain else (mean, usual * season)
    variance = max(still.shared(still.mean / mean, variation), variation**2 / sums["orders"])  # the mean order is judged from few
    sized: Mapping[str, Any] = {"mean_deal": mean, "deal_variation": variation, "draws": DRAWS}
    orders = sales_goal(gap, **(_sure(variance) if not chain else {"rate": 1.0}), **sized)
    try:
        parts = {"orders": orders.volume(confidence)}
        goals = {}
        for step in chain:
            seen = (min(sums["orders_seen"], sums[step]) if not repeats else sums["orders_seen"], sums[step])
            goals[step] = sales_goal(gap, seen=doubt_as_seen(seen, variance, repeats=repeats), repeats=repeats, **sized)
            parts[step] = goals[step].volume(confidence)
    except InputError:  # more visits than there are
        return made | {"verdict": "unknown", "step": lead}, []
    goal = goals[lead] if chain else orders
    chances = [goal.chance(pace * days) if pace > 0 else np.nan for pace in (usual, best)]
    chances[1] = max(chances) if np.isfinite(chances).all() else chances[1]
    needed = parts[lead].n_needed / days
    verdict = _verdict(chances, confidence)
    means: dict[Any, int] = {lead: orders.n_mean}
    if chain:
        stages = [(sums["opportunities"], sums["visits"]), (sums["orders_seen"], sums["opportunities"])] if len(chain) == 2 else [
            (sums["orders_seen"], sums["visits"])]  # fmt: skip
        back = backward_funnel(gap, mean_deal=mean, rates={
            step: Fraction(str(done)) / Fraction(str(tried)) for step, (done, tried) in zip(chain, stages, strict=True)})
        means = back.set_index("step")["n_needed"].rename(index={"deals": "orders"}).to_dict()
        found = funnel_rate(stages, coverage=confidence, repeats=repeats)
        made |= {"rate_value": found.rate, "rate_value_lower": found.rate_lower, "rate_value_upper": found.rate_upper}
    made |= {"order_amount": mean, "step": lead, "n_needed": parts[lead].n_needed, "n_mean": int(means[lead]), "needed_pace": needed,
             "usual_pace": usual, "best_pace": best, "p_usual": chances[0], "p_best": chances[1], "verdict": verdict}
    return made, [{"step": step, "n_mean": int(means[step]), "n_needed": parts[step].n_needed,
                   "usual_pace": paces.usual[step].get(unit, np.nan) if step in paces.usual else np.nan,
                   "best_pace": paces.best[step].get(unit, np.nan) if step in paces.best else np.nan} for step in (*chain, "orders")]


def _sure(variance: float) -> dict[str, Any]:
    """Orders that are set out to be won: as many come, but for single ones' luck and what all share."""
    if variance <= 0:
        return {"rate": 1.0, "repeats": True}
    return {"seen": doubt_as_seen((1e9, 1e9), variance, repeats=True), "repeats": True}


def _verdict(chances: Sequence[float], confidence: float) -> str:
    usual, best = chances
    if usual >= confidence:
        return "usual"
    if not np.isfinite(best):
        return "unseen"
    return "stretch" if best >= confidence else "doubtful" if best >= HARDLY else "beyond"


def _drawn(own: Mapping[str, float], tier: Mapping[str, float] | None) -> dict[str, float]:
    """A person's sums with ten orders at the tier's rates added; those of a unit as they are."""
    found = dict(own)
    if tier is None:
        return found
    for name, per in (("amount", "orders"), ("visits", "orders_seen"), ("opportunities", "orders_seen")):
        found[name] += PRIOR_ORDERS * tier[name] / tier[per] if tier[per] > 0 else 0.0
    found["orders"] += PRIOR_ORDERS
    found["orders_seen"] += PRIOR_ORDERS if tier["orders_seen"] > 0 else 0.0
    return found
