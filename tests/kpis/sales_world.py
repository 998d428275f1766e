"""Sellers whose true rates are known, months of their lumpy business, and the truth their scores estimate."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scorecard import Scorecard

KPIS = ("sales_amount", "win_rate", "visits")
WEIGHTS = (0.5, 0.25, 0.25)
DAYS = 22


@dataclass(frozen=True, kw_only=True, eq=False)
class Sellers:
    """True rates a day, and targets a month; ``size`` 0 has about 3.5 orders a month, 1 has 11, 2 has 46."""

    size: NDArray[np.int64]
    orders: NDArray[np.float64]
    order_value: NDArray[np.float64]
    deals: NDArray[np.float64]
    p_won: NDArray[np.float64]
    visits: NDArray[np.float64]
    sales_target: NDArray[np.float64]
    sigma: float

    @property
    def ids(self) -> list[str]:
        return [f"E{i:05d}" for i in range(len(self.size))]

    def true_scores(self, card: Scorecard, *, cap: float | None = None) -> NDArray[np.float64]:
        """Score of the true rates, with the weights that counted on the card."""
        rates = np.column_stack([self.orders * self.order_value * DAYS / self.sales_target, self.p_won / 0.35,
                                 self.visits / 4.0]) * 100
        rates = rates if cap is None else np.minimum(rates, cap)
        weight = card.lines["weight"].to_numpy(float).reshape(-1, 3)
        return (rates * weight).sum(axis=1)


def sellers(n: int, rng: np.random.Generator, *, sigma: float = 1.0, spread: float = 1.0) -> Sellers:
    size = np.arange(n) % 3
    base, value = np.array([0.16, 0.5, 2.1])[size], rng.lognormal(0, 0.3, n) * 100
    skill = np.clip(rng.normal(1, 0.15 * spread, n), 0.4, 2)
    return Sellers(size=size, orders=base * skill, order_value=value, deals=np.array([0.3, 0.7, 1.6])[size],
                   p_won=np.clip(rng.normal(0.35, 0.08 * spread, n), 0.05, 0.9), visits=rng.uniform(2, 6, n),
                   sales_target=base * value * DAYS, sigma=sigma)


def month_of(who: Sellers, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Daily figures, figures of the month with targets, and profiles."""
    n, ids = len(who.size), np.array(who.ids)
    orders = rng.poisson(np.repeat(who.orders[:, None], DAYS, axis=1))
    place = np.repeat(np.arange(n * DAYS), orders.ravel())
    amount = rng.lognormal(-who.sigma**2 / 2, who.sigma, len(place)) * who.order_value[place // DAYS]
    sales = np.bincount(place, amount, n * DAYS).reshape(n, DAYS)
    closed = rng.poisson(np.repeat(who.deals[:, None], DAYS, axis=1))
    won = rng.binomial(closed, who.p_won[:, None])
    visits = rng.poisson(np.repeat(who.visits[:, None], DAYS, axis=1))
    dates, daily, figures = pd.bdate_range("2026-11-02", periods=DAYS), [], []
    parts = {"sales_amount": (sales, None, orders, who.sales_target), "win_rate": (won, closed, closed, np.full(n, 0.35)),
             "visits": (visits, None, visits, np.full(n, 4.0 * DAYS))}
    for kpi, (top, below, rows, target) in parts.items():
        i, j = np.nonzero(rows)
        daily.append(pd.DataFrame({"seller_id": ids[i], "kpi": kpi, "date": dates[j], "numerator": top[i, j].astype(float),
                                   "denominator": np.nan if below is None else below[i, j].astype(float),
                                   "evidence_rows": rows[i, j]}))
        total = top.sum(axis=1).astype(float)
        if below is not None:
            total = np.divide(total, below.sum(axis=1), out=np.full(n, np.nan), where=below.sum(axis=1) > 0)
        figures.append(pd.DataFrame({"seller_id": ids, "kpi": kpi, "actual": total, "target": target,
                                     "evidence_rows": rows.sum(axis=1)}))
    profiles = pd.DataFrame({"seller_id": ids, "name": ids, "org_id": "o", "tier": np.array(["a", "b", "c"])[who.size]})
    return pd.concat(daily, ignore_index=True), pd.concat(figures, ignore_index=True), profiles


def scheme(*, cap: float | None = None, function: str = "achievement_rate") -> KpiScheme:
    rule = {"function": function, "floor": 0.0} | ({} if cap is None else {"cap": cap})
    items = [{"kpi": kpi, "weight": weight, "rule": rule, "target": {"value": 1}}
             for kpi, weight in zip(KPIS, WEIGHTS, strict=True)]
    return KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])


def card_of(
    who: Sellers, rng: np.random.Generator, *, cap: float | None = None
) -> tuple[Scorecard, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Scores of one month, with the daily figures, the figures and the profiles behind them."""
    daily, figures, profiles = month_of(who, rng)
    return score_people(figures, scheme(cap=cap), profiles, period="2026-11"), daily, figures, profiles
