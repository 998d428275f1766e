"""The steps from a working day to an amount, of each seller against own past and peers, with their errors."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.forecasting.ramp import RAMP_MONTHS, USUAL_RAMP

Floats = NDArray[np.float64]

STEPS = ("absence", "activity", "pipeline", "conversion", "deal_size")
"""Days present a month, visits a day, opportunities a visit, orders an opportunity, amount an order: their product is the amount."""
LEAST_PEERS = 5
BEFORE = 12
"""Months before the window that a seller's own usual figures come from."""
OWN_LEAST = 6
USUAL_CV = 0.9
"""Variation of deal sizes (standard deviation over mean) where too few months show it."""


HALF = 0.5
"""Part of opportunities turned into orders above which the orders are no draw from them."""

@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Figures of the window, sellers as index.

    ``now``, ``own``, ``peers``: value of each step now, in the seller's year before, and among peers now. ``own_change``,
    ``peer_change``: logarithm of now over each, the season taken out through the peers; ``own_se``, ``peer_se`` their errors.
    ``has_opportunities``: False where only orders a visit are known (then in ``conversion``).
    """

    totals: pd.DataFrame
    before: pd.DataFrame
    now: pd.DataFrame
    own: pd.DataFrame
    peers: pd.DataFrame
    own_change: pd.DataFrame
    peer_change: pd.DataFrame
    own_se: pd.DataFrame
    peer_se: pd.DataFrame
    ramp: pd.Series
    deal_variation: float
    has_opportunities: bool


def gather_evidence(
    process: pd.DataFrame, sellers: pd.DataFrame, *, month: pd.Period, window: int = 3
) -> Evidence:
    """Steps of the last ``window`` months of each seller present, with what is usual beside them.

    Parameters
    ----------
    process
        seller_id, month, working_days, visits, opportunities, orders, amount_fen; missing where not recorded.
    sellers
        seller_id, tier, hire_date.
    """
    recent = process[(process["month"] <= month) & (process["month"] > month - window)]
    past = process[(process["month"] <= month - window) & (process["month"] > month - window - BEFORE)]
    has = _orders_come_from(recent)
    index = pd.Index(sorted(recent["seller_id"].unique()), name="seller_id")
    totals, before = _totals(recent, index, has), _totals(past, index, has)
    tier = sellers.drop_duplicates("seller_id").set_index("seller_id")["tier"].reindex(index).fillna("")
    now, was = _rates(totals, has), _rates(before, has)
    usual_now, usual_was = _peer_rates(totals, tier, has), _peer_rates(before, tier, has)
    ramp = _ramp(sellers, index, month, window)
    variation = deal_variation(process)
    dispersion = _dispersion(process)
    se_now, se_was = _errors(totals, variation, dispersion, has), _errors(before, variation, dispersion, has)
    with np.errstate(divide="ignore", invalid="ignore"):
        peer_change = pd.DataFrame(np.log(now / usual_now))
        own_change = peer_change - pd.DataFrame(np.log(was / usual_was))
    own_change = own_change.where(before["months"].ge(OWN_LEAST), axis=0)
    return Evidence(totals=totals, before=before, now=now, own=was, peers=usual_now, own_change=own_change,
                    peer_change=peer_change, own_se=pd.DataFrame(np.sqrt(se_now**2 + se_was**2)), peer_se=se_now, ramp=ramp,
                    deal_variation=variation, has_opportunities=has)


def _orders_come_from(recent: pd.DataFrame) -> bool:
    """Whether opportunities are recorded and orders come from them: with more orders than opportunities they do not."""
    if "opportunities" not in recent or recent["opportunities"].isna().all():
        return False
    both = recent[recent["opportunities"].notna()]
    return bool(both["orders"].sum() <= both["opportunities"].sum())


def _totals(rows: pd.DataFrame, index: pd.Index, has: bool) -> pd.DataFrame:
    names = ["working_days", "visits", "orders", *(["opportunities"] if has else [])]
    source = rows["opportunities"] if has else rows["visits"]
    rows = rows.assign(days_seen=rows["working_days"].where(rows["visits"].notna()), orders_seen=rows["orders"].where(source.notna()),
                       visits_seen=rows["visits"].where(source.notna()))
    names += ["days_seen", "orders_seen", "visits_seen"]
    grouped = rows.groupby("seller_id")
    sums = pd.DataFrame({name: grouped[name].sum(min_count=1) for name in names})
    sums["amount"] = grouped["amount_fen"].sum(min_count=1).astype(float) / 100
    sums["months"] = grouped["month"].nunique()
    return sums.reindex(index).astype(float)


def _rates(totals: pd.DataFrame, has: bool) -> pd.DataFrame:
    """Value of each step over the months in which both its figures are known; where orders do not come from recorded
    opportunities, orders a visit stand in conversion."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = pd.DataFrame({
            "absence": totals["working_days"] / totals["months"],
            "activity": totals["visits"] / totals["days_seen"],
            "pipeline": totals["opportunities"] / totals["visits_seen"] if has else np.nan,
            "conversion": totals["orders_seen"] / (totals["opportunities"] if has else totals["visits"]),
            "deal_size": totals["amount"] / totals["orders"],
        }, index=totals.index)  # fmt: skip
    return found.where(np.isfinite(found) & (found > 0))


def _peer_rates(totals: pd.DataFrame, tier: pd.Series, has: bool) -> pd.DataFrame:
    """Median of the others of the tier; of all others where the tier has fewer than five."""
    rates = _rates(totals, has)
    values, tiers = rates.to_numpy(float), pd.factorize(tier)[0]
    found = np.full(values.shape, np.nan)
    others = ~np.eye(len(values), dtype=bool)
    alike = others & (tiers[:, None] == tiers[None, :])
    for j in range(values.shape[1]):
        known = np.isfinite(values[:, j])
        for i in range(len(values)):
            own = alike[i] & known
            chosen = own if own.sum() >= LEAST_PEERS else others[i] & known
            if chosen.sum() >= LEAST_PEERS:
                found[i, j] = np.median(values[chosen, j])
    return pd.DataFrame(found, index=rates.index, columns=rates.columns)


def _ramp(sellers: pd.DataFrame, index: pd.Index, month: pd.Period, window: int) -> pd.Series:
    """Mean share of full output expected over the window; 1 for the settled."""
    hired = pd.to_datetime(sellers.drop_duplicates("seller_id").set_index("seller_id")["hire_date"]).reindex(index)
    shares = []
    for day in hired:
        if pd.isna(day):
            shares.append(1.0)
            continue
        first = pd.Period(day, "M")
        tenure = [int((month - k).ordinal - first.ordinal) for k in range(window)]
        own = [1.0 if k >= RAMP_MONTHS else USUAL_RAMP[k] for k in tenure if k >= 0]
        shares.append(float(np.mean(own)) if own else 1.0)
    return pd.Series(shares, index=index)


def deal_variation(process: pd.DataFrame) -> float:
    """Standard deviation of a deal's size over its mean, from how much the mean amounts of months vary."""
    rows = process[(process["orders"] > 0) & (process["amount_fen"] > 0)]
    mean = rows["amount_fen"].astype(float) / rows["orders"]
    own = rows["seller_id"]
    usual = mean.groupby(own).transform("mean")
    many = own.groupby(own).transform("size") >= OWN_LEAST
    if many.sum() < 60:
        return USUAL_CV
    square = ((mean / usual - 1) ** 2 * rows["orders"])[many]
    return float(np.clip(np.sqrt(square.clip(upper=float(square.quantile(0.98))).mean()), 0.2, 3.0))


def _dispersion(process: pd.DataFrame) -> float:
    """How much more visits of a month vary than counting alone explains; at least 1."""
    rows = process[process["visits"].notna() & (process["working_days"] > 0)]
    rate = rows["visits"] / rows["working_days"]
    usual = rate.groupby(rows["seller_id"]).transform("mean") * rows["working_days"]
    if len(rows) < 60:
        return 2.0
    square = ((rows["visits"] - usual) ** 2 / usual.where(usual > 0)).dropna()
    return float(np.clip(square.clip(upper=float(square.quantile(0.95))).mean(), 1.0, 10.0))


def _errors(totals: pd.DataFrame, variation: float, dispersion: float, has: bool) -> pd.DataFrame:
    """Standard errors of the logarithms: counts as overdispersed Poisson, deal sizes by their variation.

    Orders that are a small part of the opportunities are drawn from them; else both counts err.
    """
    orders = totals["orders"].clip(lower=0.5)
    source = (totals["opportunities"] if has else totals["visits"]).clip(lower=0.5)
    turned = orders / source
    drawn = (1 - turned.clip(upper=HALF)) / orders
    converted = drawn.where(turned <= HALF, 1 / orders + 1 / source) if has else 1 / orders + 1 / source
    return pd.DataFrame({
        "absence": 0.02,
        "activity": np.sqrt(dispersion / totals["visits"].clip(lower=0.5)),
        "pipeline": np.sqrt(1 / totals["opportunities"].clip(lower=0.5)) if has else np.nan,
        "conversion": np.sqrt(converted),
        "deal_size": variation / np.sqrt(orders),
    }, index=totals.index)  # fmt: skip
