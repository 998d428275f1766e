"""A company in which some sellers are behind for one known cause."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

PLANTED = ("activity", "pipeline", "conversion", "deal_size", "territory", "absence")


@dataclass(frozen=True, kw_only=True, eq=False)
class OffPaceCompany:
    """Frames as the data room hands them over, and the truth."""

    process: pd.DataFrame
    sellers: pd.DataFrame
    targets: pd.DataFrame
    potential: pd.Series
    truth: pd.Series
    month: pd.Period


def make_off_pace_company(
    *, seed: int, sellers: int = 120, drop: float = 0.5, rate: float = 0.07, newcomers: float = 0.1, visits: float = 2.0,
    opportunities: float = 0.35, orders: float = 0.55, variation: float = 0.7, months: int = 18,
) -> OffPaceCompany:
    """Steps drawn for each seller; in the last three months one step of the chosen falls by ``drop``."""
    rng = np.random.default_rng(seed)
    month = pd.Period("2026-10", "M")
    index = pd.period_range(month - months + 1, month, freq="M")
    ids = [f"s{i:03d}" for i in range(sellers)]
    truth = pd.Series("ordinary", index=pd.Index(ids, name="seller_id"))
    draw = rng.random(sellers)
    for i, name in enumerate(PLANTED):
        truth[(draw >= i * rate) & (draw < (i + 1) * rate)] = name
    new = rng.random(sellers) < newcomers
    truth[new] = "ramp"
    hired = np.where(new, rng.integers(3, 7, sellers), 60)
    base = {name: np.exp(rng.normal(0, 0.12, sellers)) for name in ("visits", "opportunities", "orders", "size")}
    potential = np.exp(rng.normal(0, 0.15, sellers))
    thin = (truth == "territory").to_numpy()
    potential[thin] *= 1 - drop
    days = rng.integers(19, 23, len(index)).astype(float)
    season = np.where(index.month == 12, 1.2, 1.0)
    rows = []
    for t, m in enumerate(index):
        late = t >= len(index) - 3

        def now(name: str, late: bool = late) -> np.ndarray:
            return np.where((truth == name).to_numpy() & late, 1 - drop, 1.0)

        tenure = hired - (len(index) - 1 - t)
        ramp = np.where(new, np.clip(0.15 + 0.85 * tenure / 8, 0.05, 1.0), 1.0)
        present = np.round(days[t] * now("absence"))
        held = np.where(thin, (1 - drop), 1.0) ** 0.5
        v = rng.negative_binomial(40, 40 / (40 + visits * present * base["visits"] * now("activity")))
        o = rng.poisson(v * opportunities * base["opportunities"] * now("pipeline") * held * season[t])
        w = rng.poisson(o * orders * base["orders"] * now("conversion") * ramp)
        size = 30_000 * base["size"] * now("deal_size") * held
        amount = np.where(w > 0, rng.gamma(np.maximum(w, 1) / variation**2, variation**2) * size, 0.0)
        there = (tenure >= 0) | ~new
        rows.append(pd.DataFrame({"seller_id": ids, "month": m, "working_days": present, "visits": v.astype(float),
                                  "opportunities": o.astype(float), "orders": w.astype(float),
                                  "amount_fen": np.rint(amount * 100).astype("int64")})[there])
    process = pd.concat(rows, ignore_index=True)
    usual = visits * base["visits"] * opportunities * base["opportunities"] * orders * base["orders"] * 30_000 * base["size"]
    targets = pd.concat([
        pd.DataFrame({"scope_type": "rep", "scope_id": ids, "month": m, "judged": usual * days[t] * season[t]})
        for t, m in enumerate(index)], ignore_index=True)
    people = pd.DataFrame({"seller_id": ids, "tier": "core",
                           "hire_date": [(month - int(h)).start_time for h in hired]})
    return OffPaceCompany(process=process, sellers=people, targets=targets, truth=truth, month=month,
                          potential=pd.Series(potential * usual * 250, index=ids))
