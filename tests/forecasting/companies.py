"""Small companies whose truth is known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.hierarchy import Hierarchy

SEASON = np.array([0.8, 0.7, 1.0, 1.0, 1.05, 1.1, 0.9, 0.95, 1.15, 1.05, 1.1, 1.2])


@dataclass(frozen=True)
class Company:
    history: pd.DataFrame
    hierarchy: Hierarchy
    first_month: pd.Series
    future: pd.DataFrame


def make_company(*, seed: int = 1, regions: int = 2, teams: int = 2, sellers: int = 5, lines: int = 2, months: int = 40,
                 ahead: int = 14, end: str = "2026-10", newcomers: int = 0, future_hires: int = 0, noise: float = 0.15,
                 growth: float = 0.05, former: bool = False, ramp_months: int = 9) -> Company:
    rng = np.random.default_rng(seed)
    index = pd.period_range(end=pd.Period(end, "M") + ahead, periods=months + ahead, freq="M")
    units = [("co", None, "company", "Company")]
    columns: list[tuple[str, str]] = []
    values, hired = [], {}
    names = [f"line{k}" for k in range(lines)]
    count = regions * teams * sellers
    new = set(rng.choice(count, newcomers + future_hires, replace=False).tolist())
    late = set(list(new)[:future_hires])
    time = np.arange(months + ahead)
    season = SEASON[index.month - 1]
    trend = (1 + growth) ** (time / 12)
    shock = np.exp(0.02 * rng.standard_normal(len(time)))
    k = 0
    for r in range(regions):
        units.append((f"r{r}", "co", "region", f"Region {r}"))
        for t in range(teams):
            team = f"r{r}t{t}"
            units.append((team, f"r{r}", "team", f"Team {team}"))
            for _ in range(sellers):
                seller = f"s{k:03d}"
                units.append((seller, team, "rep", f"Seller {k}"))
                start = -24
                if k in late:
                    start = months + 2
                elif k in new:
                    early = len(hired) % 2 == 0
                    start = int(rng.integers(8, months - 12) if early else rng.integers(months - 11, months - 1))
                hired[seller] = index[0] + start
                scale = 100_000 * rng.lognormal(0, 0.3)
                ramp = np.clip((time - start + 1) / ramp_months, 0, 1)
                for line in names:
                    share = rng.dirichlet(np.full(lines, 8.0)).max() if lines > 1 else 1.0
                    luck = np.exp(noise * rng.standard_normal(len(time)) - noise**2 / 2)
                    y = scale * share * season * trend * shock * ramp * luck
                    columns.append((seller, line))
                    values.append(y)
                k += 1
            if former:
                units.append((f"{team}/former", team, "former", "Former staff"))
                for line in names:
                    y = 80_000 / lines * season * trend * (time < months - 8)
                    columns.append((f"{team}/former", line))
                    values.append(y)
    frame = pd.DataFrame(np.array(values).T, index=index, columns=pd.MultiIndex.from_tuples(columns))
    frame.index.name = "month"
    tree = Hierarchy(units=pd.DataFrame(units, columns=["unit_id", "parent_id", "level", "name"]), lines=names)
    return Company(history=frame.iloc[:months], hierarchy=tree, first_month=pd.Series(hired),
                   future=frame.iloc[months:])
