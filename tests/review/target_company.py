"""A company with visits, orders and amounts month by month, in which what happened in the last month is known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.review.bridge import Bridge
from salesplan.review.bridge_target import bridge_target
from tests.review.bridge_company import tree

NOW = pd.Period("2026-10", "M")
HISTORY = pd.period_range("2024-10", NOW, freq="M")
DAYS = pd.Series(20, index=HISTORY)


@dataclass(kw_only=True, eq=False)
class TargetCompany:
    """Frames of the target bridge."""

    units: pd.DataFrame
    process: pd.DataFrame
    lines: pd.DataFrame
    seats: pd.DataFrame
    targets: pd.DataFrame

    def bridge(self, **options) -> Bridge:
        given = {"months": [NOW], "working_days": DAYS, "as_of": NOW.end_time} | options
        return bridge_target(self.targets, self.process, self.lines, self.seats, self.units, **given)


def target_company(*, seed: int = 0, teams: int = 3, people: int = 8, conversion: float = 0.15, visits: float = 60,
                   size: float = 10_000, ask: float = 1.0, now: dict[str, dict[str, float]] | None = None) -> TargetCompany:
    """Sellers with steady habits; ``now`` multiplies visits, conversion or size of sellers in the last month.

    Everybody's target is what they usually sell times ``ask``.
    """
    rng = np.random.default_rng(seed)
    names = {f"t{t}": [f"t{t}s{s}" for s in range(people)] for t in range(teams)}
    units = tree(names, former=list(names))
    sellers = [s for team in names.values() for s in team]
    home = {s: t for t, team in names.items() for s in team}
    n, k = len(sellers), len(HISTORY)
    own = {"visits": visits * np.exp(rng.normal(0, 0.2, n)), "conversion": conversion * np.exp(rng.normal(0, 0.2, n)),
           "size": size * np.exp(rng.normal(0, 0.2, n))}
    factor = {name: np.ones((k, n)) for name in own}
    for seller, changes in (now or {}).items():
        for name, value in changes.items():
            factor[name][-1, sellers.index(seller)] = value
    made = rng.poisson(own["visits"] * factor["visits"])
    orders = rng.binomial(made, np.minimum(own["conversion"] * factor["conversion"], 1))
    mean = own["size"] * factor["size"]
    amount = np.where(orders > 0, rng.gamma(np.maximum(2 * orders, 1e-9), mean / 2), 0.0)
    fen = np.rint(100 * amount).astype("int64")
    process = pd.DataFrame({
        "month": np.repeat(HISTORY.to_numpy(), n), "seller_id": np.tile(sellers, k), "working_days": 20.0,
        "visits": made.ravel().astype(float), "orders": orders.ravel().astype(float), "amount_fen": fen.ravel()})
    process["month"] = pd.PeriodIndex(process["month"], freq="M")
    lines = process[process["amount_fen"] > 0][["month", "seller_id", "amount_fen"]].rename(columns={"seller_id": "unit_id"})
    lines = lines.assign(org_id=lines["unit_id"].map(home), rep_id=lines["unit_id"], customer_id="c", product_id="p",
                         product_line="x", qty=1.0, n_orders=1)
    seats = process[["month", "seller_id"]].assign(org_id=process["seller_id"].map(home), tier="core")
    goal = (ask * own["visits"] * own["conversion"] * own["size"]).round(2)
    by_rep = pd.DataFrame({"month": NOW, "scope_type": "rep", "scope_id": sellers, "judged": goal, "restated": goal})
    return TargetCompany(units=units, process=process, lines=lines.reset_index(drop=True), seats=seats, targets=by_rep)
