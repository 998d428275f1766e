"""Companies whose truth is known: nothing happens but season, 春节, growth and luck, or one thing more does."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.calendars.spring_festival import centred_shares
from salesplan.calendars.working_days import monthly_working_days

SEASON = np.array([0.83, 0.82, 1.04, 1.0, 1.01, 1.08, 0.93, 0.94, 1.05, 1.0, 1.08, 1.22])
FESTIVAL = np.array([0.10, -0.20, -0.25])
DEAL_SPREAD = 0.6


@dataclass(frozen=True, kw_only=True)
class Luck:
    """How uncertain the sales of the company are."""

    deals: float = 14.0
    """Deals of a seller in a usual month; sizes are lognormal."""
    shared: float = 0.025
    """Spread of what all share in a month (logarithm), which fades from month to month."""
    fading: float = 0.4
    team_season: float = 0.03
    """Spread of what a team's calendar months have of their own."""
    newcomers: float = 0.1
    """Share of sellers who come during the history and ramp up over eight months."""
    growth: float = 0.08


def tree(teams: int = 14, regions: int = 3, people: int = 108) -> pd.DataFrame:
    """A company with regions, teams and sellers: 18 units and 108 people by default."""
    rows: list[tuple[str, str | None, str]] = [("co", None, "company")]
    rows += [(f"r{r}", "co", "region") for r in range(regions)]
    rows += [(f"t{t:02d}", f"r{t % regions}", "team") for t in range(teams)]
    rows += [(f"s{s:03d}", f"t{s % teams:02d}", "rep") for s in range(people)]
    frame = pd.DataFrame(rows, columns=["unit_id", "parent_id", "level"])
    return frame.assign(name=frame["unit_id"])


def calendar(months: pd.PeriodIndex) -> np.ndarray:
    """True factor of season, working days and 春节."""
    days = monthly_working_days(months)["working_days"].to_numpy(float)
    return SEASON[months.month.to_numpy() - 1] * days / 21 * np.exp(centred_shares(months).to_numpy() @ FESTIVAL)


def draw_history(
    units: pd.DataFrame, months: pd.PeriodIndex, rng: np.random.Generator, *, luck: Luck | None = None,
    shock: float = 0.0, shocked: str = "co", shock_months: int = 0, fresh: bool = True,
) -> pd.DataFrame:
    """Months x sellers; the last ``shock_months`` of the unit ``shocked`` are changed by ``shock``."""
    luck = luck or Luck()
    leaves = units.loc[units["level"] == "rep", "unit_id"].tolist()
    n, people = len(months), len(leaves)
    parent = dict(zip(units["unit_id"], units["parent_id"], strict=True))
    step = rng.normal(0, luck.shared * np.sqrt(1 - luck.fading**2), n)
    shared = np.zeros(n)
    for t in range(n):
        shared[t] = (luck.fading * shared[t - 1] if t else 0.0) + step[t]
    team = pd.factorize(pd.Series([parent[leaf] for leaf in leaves]))[0]
    own = rng.normal(0, luck.team_season, (team.max() + 1, 12))[team][:, months.month.to_numpy() - 1].T
    size = np.exp(rng.normal(0, 0.35, people))
    ramp = np.ones((n, people))
    if fresh and luck.newcomers:
        start = np.where(rng.random(people) < luck.newcomers, rng.integers(0, n, people), -99)
        tenure = np.arange(n)[:, None] - start
        ramp = np.where(tenure < 0, 0.0, np.minimum(1.0, 0.15 + 0.85 * tenure / 8))
    trend = (1 + luck.growth) ** (np.arange(n) / 12)
    mean = luck.deals * size * ramp * (trend * calendar(months) * np.exp(shared))[:, None] * np.exp(own)
    if shock_months:
        below = [leaf for leaf in leaves if shocked in _above(leaf, parent)]
        mean[-shock_months:, [leaves.index(leaf) for leaf in below]] *= 1 + shock
    count = rng.poisson(mean)
    # the sum of so many lognormal deals, drawn as a gamma of the same mean and variance
    shape = count / (np.exp(DEAL_SPREAD**2) - 1)
    amount = rng.gamma(np.maximum(shape, 1e-9), 1.0) * (np.exp(DEAL_SPREAD**2) - 1) * (count > 0)
    return pd.DataFrame(np.round(amount * 18_000, 2), index=months, columns=leaves)


def _above(unit: str, parent: dict[str, str | None]) -> set[str]:
    found: set[str] = set()
    walk: str | None = unit
    while isinstance(walk, str):
        found.add(walk)
        walk = parent.get(walk)
    return found
