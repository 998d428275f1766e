"""A restless company: counted deals of uneven size, luck that lasts, growth that changes, people who come and go.

Unlike `review_company` nothing here is built in the way the projections think: sales are sums of deals, shocks of company and
team last from month to month, the season differs from year to year, and growth changes every year.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.calendars.spring_festival import centred_shares
from salesplan.calendars.working_days import month_days

SEASON = np.array([-0.10, -0.20, 0.15, 0.05, -0.05, 0.10, -0.05, -0.10, 0.10, -0.05, 0.05, 0.15])
RAMP = np.array([0.2, 0.35, 0.5, 0.65, 0.8, 0.9])
FIRST_DAILY = 26
"""Months of daily sales kept, the present one included."""


@dataclass(frozen=True, kw_only=True)
class Unrest:
    """How restless the company is (logarithms)."""

    deals: float = 6.0
    bunching: float = 10.0
    """Size of the negative binomial: smaller is more uneven."""
    deal_cv: float = 0.9
    company: float = 0.04
    company_lasting: float = 0.04
    team_lasting: float = 0.04
    seller_lasting: float = 0.12
    fading: float = 0.7
    season_between_years: float = 0.03
    growth: float = 0.08
    growth_change: float = 0.06
    come: float = 0.1
    leave: float = 0.06


@dataclass(frozen=True, kw_only=True, eq=False)
class RestlessCompany:
    """What is known on ``as_of``, and what will happen (``future``: months x leaf)."""

    units: pd.DataFrame
    history: pd.DataFrame
    daily: pd.DataFrame
    targets: pd.DataFrame
    first_month: pd.Series
    last_month: pd.Series
    future: pd.DataFrame
    as_of: pd.Timestamp


def restless_units(regions: int, teams: int, people: int) -> pd.DataFrame:
    """Company, regions ``r0`` …, teams ``r0t0`` …, sellers ``r0t0s0`` …"""
    rows: list[tuple[str, str | None, str]] = [("co", None, "company")]
    for r in range(regions):
        rows.append((f"r{r}", "co", "region"))
        for t in range(teams):
            rows.append((f"r{r}t{t}", f"r{r}", "team"))
            rows += [(f"r{r}t{t}s{s}", f"r{r}t{t}", "rep") for s in range(people)]
    frame = pd.DataFrame(rows, columns=["unit_id", "parent_id", "level"])
    return frame.assign(name=frame["unit_id"])


def make_restless_company(
    *, seed: int, as_of: str, months: int = 41, regions: int = 2, teams: int = 3, people: int = 6, unrest: Unrest | None = None,
    target_spread: float = 0.12, stretch: float = 0.06,
) -> RestlessCompany:
    """A seeded company; ``months`` are those up to the one of ``as_of``, the rest of the year is simulated too."""
    own = unrest or Unrest()
    rng = np.random.default_rng(seed)
    today = pd.Timestamp(as_of)
    now = today.to_period("M")
    index = pd.period_range(now - months + 1, pd.Period(f"{now.year}-12", "M"), freq="M", name="month")
    units = restless_units(regions, teams, people)
    leaves = units.loc[units["level"] == "rep", "unit_id"].tolist()
    rate, first, last = _rates(rng, index, regions * teams, people, own)
    amounts = _deals(rng, rate, index, own)
    by_month = np.zeros(rate.shape)
    np.add.at(by_month, (amounts["t"], amounts["i"]), amounts["fen"])
    future = pd.DataFrame(by_month / 100, index=index, columns=pd.Index(leaves, name="unit_id"))
    seen = pd.DataFrame({"date": amounts["date"], "unit_id": np.array(leaves)[amounts["i"]], "amount_fen": amounts["fen"]})
    seen = seen[(seen["date"] <= today) & (seen["date"] >= (now - FIRST_DAILY + 1).start_time)]
    daily = seen.groupby(["date", "unit_id"], as_index=False)["amount_fen"].sum()
    done = today == now.end_time.normalize()
    year = index[index.year == now.year]
    before = future.loc[year[0] - 12: year[0] - 1].mean().clip(lower=2000.0)
    goal = before * (1 + stretch) * np.exp(rng.normal(0, target_spread, len(leaves)))
    targets = pd.concat([pd.DataFrame({"month": m, "scope_type": "rep", "scope_id": leaves, "judged": goal.round(2).to_numpy()})
                         for m in year], ignore_index=True)
    return RestlessCompany(
        units=units, history=future.loc[: now if done else now - 1], daily=daily, targets=targets.assign(restated=targets["judged"]),
        first_month=pd.Series(np.where(first > 0, index[np.minimum(first, len(index) - 1)], pd.Period("2018-01", "M")), index=leaves),
        last_month=pd.Series(index[last], index=leaves), future=future, as_of=today)


def _rates(rng: np.random.Generator, index: pd.PeriodIndex, teams: int, people: int, own: Unrest
           ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Deals to be expected, months x sellers, and first and last month of each seller."""
    n, sellers = len(index), teams * people
    place = index.month.to_numpy() - 1
    years = index.year.to_numpy() - index.year.min()
    festival = centred_shares(index).to_numpy(float) @ rng.normal([0.12, -0.15, -0.1], 0.05)
    season = SEASON[place] + rng.normal(0, own.season_between_years, (years.max() + 1, 12))[years, place]
    growth = np.cumsum(rng.normal(own.growth, own.growth_change, years.max() + 1)[years] / 12)
    company = rng.normal(0, own.company, n) + lasting(rng, n, 1, own.company_lasting, own.fading)[:, 0]
    team = np.repeat(lasting(rng, n, teams, own.team_lasting, own.fading), people, axis=1)
    seller = lasting(rng, n, sellers, own.seller_lasting, 0.9)
    size = own.deals * np.exp(rng.normal(0, 0.4, sellers))
    worked = month_days(index).groupby("month")["is_workday"].sum().reindex(index).to_numpy(float) / 21
    first = np.where(rng.random(sellers) < own.come, rng.integers(3, n - 1, sellers), 0)
    last = np.where((rng.random(sellers) < own.leave) & (first == 0), rng.integers(12, n, sellers), n - 1)
    tenure = np.arange(n)[:, None] - first
    ramp = np.where(first == 0, 1.0, np.where(tenure < 0, 0.0, np.where(tenure < 6, RAMP[np.clip(tenure, 0, 5)], 1.0)))
    ramp = np.where(np.arange(n)[:, None] > last, 0.0, ramp)
    shared = worked * np.exp(season + festival + growth + company)
    return size * ramp * shared[:, None] * np.exp(team + seller), first, last


def lasting(rng: np.random.Generator, n: int, series: int, spread: float, fading: float) -> np.ndarray:
    """Luck with this spread that passes ``fading`` of itself on to the next month, months x series."""
    step = rng.normal(0, spread * np.sqrt(1 - fading**2), (n, series))
    step[0] /= np.sqrt(1 - fading**2)
    for t in range(1, n):
        step[t] += fading * step[t - 1]
    return step


def _deals(rng: np.random.Generator, rate: np.ndarray, index: pd.PeriodIndex, own: Unrest) -> dict[str, np.ndarray]:
    """Month, seller, day and amount of every deal; the last four working days of a month bring more."""
    count = np.where(rate > 0, rng.negative_binomial(own.bunching, own.bunching / (own.bunching + rate)), 0)
    t, i = (np.repeat(x, count.ravel()) for x in np.divmod(np.arange(rate.size), rate.shape[1]))
    variance = np.log(1 + own.deal_cv**2)
    fen = np.rint(3e6 * np.exp(rng.normal(-variance / 2, np.sqrt(variance), len(t)))).astype("int64")
    day = np.empty(len(t), "datetime64[ns]")
    days = month_days(index)
    for place, (_, part) in enumerate(days[days["is_workday"]].groupby("month")):
        dates = part["date"].to_numpy()
        weight = np.where(np.arange(len(dates)) >= len(dates) - 4, 1.8, 1.0)
        at = t == place
        day[at] = rng.choice(dates, at.sum(), p=weight / weight.sum())
    return {"t": t, "i": i, "fen": fen, "date": day}
