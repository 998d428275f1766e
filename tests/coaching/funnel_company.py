"""A second simulated sales force, made otherwise than `company_of_causes`: month by month, visit by visit, deal by deal.

Visits make opportunities with falling returns, opportunities are won with a chance that depends on skill and knowledge
(logistic, not linear), deals have sizes, newcomers learn along a straight line, luck has fat tails and lasts, regions and
seasons differ, skill and diligence go together, raters give whole marks and the errors are estimated from the data.
Everything beside the planted cause differs between people as much as among the others.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

OFFSET = -1.2
"""Logarithm of the odds of winning at usual skill and knowledge."""


@dataclass(frozen=True, kw_only=True)
class FunnelWorld:
    """What is true of the company."""

    sellers: int = 200
    months: int = 6
    drop: tuple[float, float] = (0.60, 0.70)
    rate: float = 0.07
    newcomers: float = 0.15
    ramp_months: float = 9.0
    visits: float = 60.0
    returns: float = 0.8
    """Per cent more opportunities for one per cent more visits; of potential: 0.6."""
    deals: float = 12.0
    effort_sd: float = 0.15
    territory_sd: float = 0.22
    level_sd: float = 0.40
    luck_sd: float = 0.09
    raters: int = 4


def simulate_funnel(world: FunnelWorld, *, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Measures as `diagnose` wants them, and the true cause of each seller (``grey``: newcomers nearly ramped)."""
    rng = np.random.default_rng(seed)
    n, months = world.sellers, world.months
    newcomer = rng.random(n) < world.newcomers
    tenure = np.where(newcomer, rng.uniform(1, 12, n), rng.uniform(13, 150, n))
    tier = np.where(newcomer, "新人", np.where(tenure < 60, "骨干", "资深"))
    usual_level = np.select([newcomer, tenure < 60], [2.7, 3.2], default=3.5)
    both = rng.normal(0, 1, n)
    skill, effort = _together(rng, both, world)
    knowledge = rng.normal(0, world.level_sd, n)
    territory = rng.normal(0, world.territory_sd, n)
    draw = rng.random(n)
    cause = np.full(n, "healthy", dtype=object)
    loss = np.log(rng.uniform(*world.drop, n))
    for i, name in enumerate(("effort", "territory", "skill")):
        cause[(draw >= i * world.rate) & (draw < (i + 1) * world.rate) & ~newcomer] = name
    effort = effort + np.where(cause == "effort", loss / world.returns, 0)
    territory = territory + np.where(cause == "territory", loss / 0.6, 0)
    odds = OFFSET + 0.45 * skill + 0.3 * knowledge
    skill = skill + np.where(cause == "skill", _lack(odds, loss) / 0.45, 0)
    odds = OFFSET + 0.45 * skill + 0.3 * knowledge
    end = np.maximum(tenure, 0.5)
    month_tenure = end[:, None] - np.arange(months)[::-1][None, :] - 0.5
    there = month_tenure > -0.5
    learned = np.clip(0.15 + 0.85 * np.maximum(month_tenure, 0) / world.ramp_months, 0.15, 1.0)
    learned = np.where(newcomer[:, None], learned, 1.0)
    now = np.clip(0.15 + 0.85 * end / world.ramp_months, 0, 1)
    cause[newcomer] = np.where(now[newcomer] < 0.7, "ramp", "grey")
    season = np.exp(rng.normal(0, 0.15, months))
    region = rng.integers(0, 5, n)
    own = world.luck_sd * rng.standard_t(5, n)
    lasting = np.zeros((n, months))
    for m in range(months):
        lasting[:, m] = 0.5 * (lasting[:, m - 1] if m else 0) + rng.normal(0, 0.12, n)
    visits = rng.poisson(rng.gamma(12, world.visits * np.exp(effort)[:, None] * np.ones(months) / 12) * there)
    usual = 1 / (1 + np.exp(-OFFSET))
    rate = world.deals / usual * (visits / world.visits) ** world.returns * np.exp(0.6 * territory)[:, None] * season[None, :]
    leads = rng.poisson(rate)
    force = np.exp(own + rng.normal(0, 0.05, 5)[region])[:, None] * learned * np.exp(lasting)
    win = np.clip(1 / (1 + np.exp(-odds))[:, None] * force, 0, 0.95)
    deals = rng.binomial(leads, win)
    size = np.where(tier == "资深", 1.3, 1.0)
    sales = rng.gamma(np.maximum(deals, 1e-9) * 2.0, 0.5) * size[:, None] * there
    n_there = there.sum(axis=1)

    def mean_and_error(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = (table * there).sum(axis=1) / n_there
        seasonal = mean.mean() * ((table * there).sum(axis=0) / there.sum(axis=0)) / (table * there).sum() * there.sum()
        rest = np.where(there, table - mean[:, None] * seasonal / seasonal.mean(), 0.0)
        spread = np.sqrt((rest**2).sum() / max(there.sum() - n, 1))
        return mean, spread / np.sqrt(n_there) * np.sqrt(np.maximum(mean, 0.2 * mean.mean()) / mean.mean())

    frame = pd.DataFrame({"tier": tier, "tenure_months": tenure, "region": [f"r{r}" for r in region],
                          "result_from_months": np.maximum(end - months, 0.0), "result_to_months": end})  # fmt: skip
    for name, table in (("result", sales), ("effort", visits), ("leads", leads)):
        frame[name], frame[f"{name}_se"] = mean_and_error(table)
    frame["territory"] = np.round(300 * np.exp(territory + rng.normal(0, 0.15, n)))
    for name, level in (("skill", usual_level + skill), ("knowledge", usual_level + knowledge)):
        marks = np.clip(np.round(level[:, None] + rng.normal(0, 0.7, (n, world.raters))), 1, 5)
        frame[name] = marks.mean(axis=1)
        frame[f"{name}_se"] = np.sqrt((marks.var(axis=1, ddof=1).mean() + 1e-3) / world.raters)
    frame.index = pd.Index([f"s{i:03d}" for i in range(n)], name="seller_id")
    return frame, pd.Series(cause, index=frame.index, name="cause")


def _together(rng: np.random.Generator, both: np.ndarray, world: FunnelWorld) -> tuple[np.ndarray, np.ndarray]:
    """Skill and effort that go together (correlation 0.3)."""
    own = np.sqrt(1 - 0.3)
    return (world.level_sd * (np.sqrt(0.3) * both + own * rng.normal(0, 1, len(both))),
            world.effort_sd * (np.sqrt(0.3) * both + own * rng.normal(0, 1, len(both))))


def _lack(odds: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """By how much the logarithm of the odds falls when the chance falls by the factor ``exp(loss)``."""
    chance = np.exp(loss) / (1 + np.exp(-odds))
    return np.log(chance / (1 - chance)) - odds
