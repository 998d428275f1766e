"""A simulated sales force in which some sellers' results are down for one known cause."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class World:
    """What is true of the company; defaults are sizes that a manager would care about."""

    sellers: int = 200
    months: int = 6
    drop: tuple[float, float] = (0.60, 0.70)
    """What is left of the result under the cause."""
    rate: float = 0.07
    """Share of sellers under each of effort, territory, skill and knowledge."""
    newcomers: float = 0.15
    t90: float = 10.0
    visits: float = 35.0
    leads: float = 8.0
    sales_sd: float = 0.25
    own_sd: float = 0.12
    effort_sd: float = 0.15
    territory_sd: float = 0.20
    level_sd: float = 0.40
    team_sd: float = 0.06
    level_se: tuple[float, float] = (0.30, 0.40)
    potential_sd: float = 0.10
    slopes: tuple[float, float, float, float] = (0.8, 0.7, 0.3, 0.2)
    """Effort, territory (through leads), skill, knowledge."""
    otherwise_ordinary: float = 0.5
    """Spread of everything else in sellers under a cause: their result is down because of that one."""
    knowledge_too: bool = False
    unassessed: float = 0.0


def simulate_company(world: World, *, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Measures as `diagnose` wants them, and the true cause of each seller (``grey``: newcomers nearly ramped)."""
    rng = np.random.default_rng(seed)
    n = world.sellers
    ids = pd.Index([f"s{i:03d}" for i in range(n)], name="seller_id")
    team = np.arange(n) // 10
    newcomer = rng.random(n) < world.newcomers
    tenure = np.where(newcomer, rng.uniform(1, 12, n), rng.uniform(18, 120, n))
    tier = np.where(newcomer, "新人", np.where(rng.random(n) < 0.7, "骨干", "资深"))
    base = pd.Series(tier).map({"新人": 0.0, "骨干": 0.0, "资深": 0.25}).to_numpy(float)
    level = pd.Series(tier).map({"新人": 2.6, "骨干": 3.2, "资深": 3.7}).to_numpy(float)
    cause = np.full(n, "healthy", dtype=object)
    planted = ["effort", "territory", "skill", *(["knowledge"] if world.knowledge_too else [])]
    draw = rng.random(n)
    for i, name in enumerate(planted):
        cause[(draw >= i * world.rate) & (draw < (i + 1) * world.rate) & ~newcomer] = name
    ramp = np.where(newcomer, 1 - np.exp(-np.log(10) * (tenure - 0.0) / world.t90), 1.0)
    cause[newcomer & (ramp < 0.7)] = "ramp"
    cause[newcomer & (ramp >= 0.7)] = "grey"
    b = dict(zip(("effort", "territory", "skill", "knowledge"), world.slopes, strict=True))
    deviation = {"effort": rng.normal(0, world.effort_sd, n), "territory": rng.normal(0, world.territory_sd, n),
                 "skill": rng.normal(0, world.level_sd, n), "knowledge": rng.normal(0, world.level_sd, n)}
    loss = np.log(rng.uniform(*world.drop, n))
    ordinary = np.where(np.isin(cause, planted), world.otherwise_ordinary, 1.0)
    for name in b:
        deviation[name] = deviation[name] * ordinary + np.where(cause == name, loss / b[name], 0.0)
    log_result = (base + np.log(ramp) + sum(b[name] * deviation[name] for name in b)
                  + rng.normal(0, world.team_sd, team.max() + 1)[team] + rng.normal(0, world.own_sd, n)
                  + rng.normal(0, 0.1, n) * newcomer)  # fmt: skip
    months = np.minimum(np.ceil(tenure), world.months)
    result_se = world.sales_sd / np.sqrt(months)
    visits = rng.poisson(rng.gamma(40 * months, np.exp(deviation["effort"]) * world.visits / 40))
    leads = rng.poisson(world.leads * months * np.exp(deviation["territory"]))
    level_se = rng.uniform(*world.level_se, (2, n))
    result = np.exp(log_result + rng.normal(0, 1, n) * result_se)
    frame = pd.DataFrame({
        "tier": tier, "tenure_months": tenure, "team": [f"t{t:02d}" for t in team],
        "result": result, "result_se": result * result_se,
        "effort": visits / months, "effort_se": visits / months * np.sqrt(1 / np.maximum(visits, 1) + 1 / (40 * months)),
        "leads": leads / months, "leads_se": np.sqrt(np.maximum(leads, 1)) / months,
        "territory": 100 * np.exp(deviation["territory"] + rng.normal(0, world.potential_sd, n)),
        "skill": np.clip(level + deviation["skill"] + rng.normal(0, 1, n) * level_se[0], 1, 5), "skill_se": level_se[0],
        "knowledge": np.clip(level + deviation["knowledge"] + rng.normal(0, 1, n) * level_se[1], 1, 5),
        "knowledge_se": level_se[1]}, index=ids)  # fmt: skip
    gone = rng.random(n) < world.unassessed
    frame.loc[gone, ["skill", "skill_se", "knowledge", "knowledge_se"]] = np.nan
    return frame, pd.Series(cause, index=ids, name="cause")
