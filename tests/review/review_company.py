"""A small company in the frames of the monthly review: season, Spring Festival, days, luck shared and luck of one's own."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.calendars.spring_festival import centred_shares
from salesplan.calendars.working_days import month_days

SEASON = np.array([0.95, 0.9, 1.05, 1.0, 0.95, 1.1, 0.9, 0.9, 1.1, 0.95, 1.05, 1.15])
FESTIVAL = np.array([0.1, -0.25, -0.15])
"""What a month wholly inside the windows before, during and after 春节 gains or loses, as a log."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewCompany:
    """Frames as the review's data room hands them over, and the months to come (``future``: months x leaf, what will happen)."""

    units: pd.DataFrame
    sellers: pd.DataFrame
    history: pd.DataFrame
    daily: pd.DataFrame
    lines: pd.DataFrame
    booked: pd.DataFrame
    targets: pd.DataFrame
    seats: pd.DataFrame
    future: pd.DataFrame
    month: pd.Period
    as_of: pd.Timestamp

    @property
    def leaves(self) -> list[str]:
        """Sellers in the order of the history's columns."""
        return list(self.history.columns)


def company_units(teams: int = 3, people: int = 6) -> pd.DataFrame:
    """Company, teams ``t1`` … and sellers ``t1s1`` …"""
    rows: list[tuple[str, str | None, str, str]] = [("co", None, "company", "公司")]
    rows += [(f"t{t}", "co", "team", f"华东-{t}组") for t in range(1, teams + 1)]
    rows += [(f"t{t}s{s}", f"t{t}", "rep", f"销售{t}{s}") for t in range(1, teams + 1) for s in range(1, people + 1)]
    return pd.DataFrame(rows, columns=["unit_id", "parent_id", "level", "name"])


def monthly_truth(
    rng: np.random.Generator, index: pd.PeriodIndex, sellers: int, teams: int, *, noise: float, shared: float,
    drift: float, growth: float,
) -> np.ndarray:
    """Sales, months x sellers: usual size, season x working days x festival, a slow drift, shared and own luck."""
    days = month_days(index)
    worked = days.groupby("month")["is_workday"].sum().reindex(index).to_numpy(float)
    n = len(index)
    calendar = SEASON[index.month.to_numpy() - 1] * worked / 21 * np.exp(centred_shares(index).to_numpy(float) @ FESTIVAL)
    team = np.repeat(np.arange(teams), sellers // teams)
    size = 100_000 * np.exp(rng.normal(0, 0.35, sellers))
    walk = np.cumsum(rng.normal(0, drift, (n, sellers)), axis=0)
    luck = (rng.normal(0, shared, (n, 1)) + rng.normal(0, shared, (n, teams))[:, team] + rng.normal(0, noise, (n, sellers)))
    trend = (1 + growth) ** (np.arange(n) / 12)
    return np.asarray(size * trend[:, None] * calendar[:, None] * np.exp(walk + luck - noise**2 / 2))


def spread_days(rng: np.random.Generator, monthly: np.ndarray, index: pd.PeriodIndex, *, push: float) -> pd.DataFrame:
    """Days x sellers with the months' totals to the fen: working days, more towards the end by ``push``."""
    days = month_days(index)
    place = index.get_indexer(pd.PeriodIndex(days["month"]))
    work = days["is_workday"].to_numpy(float)
    order = days.groupby("month")["is_workday"].cumsum().to_numpy(float)
    total = days.groupby("month")["is_workday"].transform("sum").to_numpy(float)
    usual = work * (1 + push * (order > total - 3))
    weight = usual[:, None] * rng.gamma(1.5, 1.0, (len(days), monthly.shape[1])) + 1e-12 * work[:, None]
    sums = np.zeros_like(monthly)
    np.add.at(sums, place, weight)
    fen = np.rint(100 * monthly[place] * weight / sums[place]).astype("int64")
    return pd.DataFrame(fen, index=pd.DatetimeIndex(days["date"]))


def make_review_company(
    *, seed: int = 0, teams: int = 3, people: int = 6, months: int = 40, month: str = "2026-10", as_of: str | None = None,
    ahead: int = 12, noise: float = 0.2, shared: float = 0.04, drift: float = 0.03, growth: float = 0.06,
    push: float = 1.5, stretch: float = 0.03, target_spread: float = 0.15, fiscal_start: int = 1,
) -> ReviewCompany:
    """A seeded company of ``teams`` x ``people`` sellers, the month under review the last of ``months``.

    Parameters
    ----------
    as_of
        Last day counted; before the end of the month the month is in progress.
    ahead
        Months to come that are simulated too.
    noise, shared, drift
        Monthly luck of a seller, luck that company and team share, and the monthly step of each seller's slow drift (logs).
    push
        How much more the last three working days of a month bring.
    stretch, target_spread
        Targets are last year's truth grown and stretched, with this spread between sellers (log).
    """
    rng = np.random.default_rng(seed)
    now = pd.Period(month, "M")
    index = pd.period_range(now - max(months, 25) + 1, now + ahead, freq="M", name="month")
    units = company_units(teams, people)
    leaves = units.loc[units["level"] == "rep", "unit_id"].tolist()
    truth = monthly_truth(rng, index, len(leaves), teams, noise=noise, shared=shared, drift=drift, growth=growth)
    begin = now - months + 1
    recent = pd.period_range(now - 24, now + ahead, freq="M")
    days = spread_days(rng, truth[-len(recent):], recent, push=push)
    days.columns = pd.Index(leaves)
    monthly = pd.DataFrame(np.round(truth, 2), index=index, columns=pd.Index(leaves, name="unit_id"))
    monthly.loc[recent] = days.groupby(days.index.to_period("M")).sum().to_numpy() / 100
    last = pd.Timestamp(as_of) if as_of else now.end_time.normalize()
    done = last >= now.end_time.normalize()
    seen = days.loc[:last].melt(ignore_index=False, var_name="unit_id", value_name="amount_fen").rename_axis("date").reset_index()
    daily = seen[(seen["amount_fen"] != 0) & (seen["date"] >= begin.start_time)].sort_values(["date", "unit_id"], ignore_index=True)
    start = now - (now.month - fiscal_start) % 12
    counted = pd.period_range(start - 12, now, freq="M")
    by_month = seen.assign(month=seen["date"].dt.to_period("M")).groupby(["month", "unit_id"], as_index=False)["amount_fen"].sum()
    lines = by_month[by_month["month"].isin(counted[counted >= begin])].reset_index(drop=True)
    home = units.set_index("unit_id")["parent_id"]
    lines = lines.assign(org_id=lines["unit_id"].map(home), rep_id=lines["unit_id"], customer_id="c1", product_id="p1",
                         product_line="x", qty=1.0, n_orders=1)
    return ReviewCompany(
        units=units, sellers=_sellers(units, now), history=monthly.loc[begin: now if done else now - 1], daily=daily, lines=lines,
        booked=lines[["month", "org_id", "rep_id", "amount_fen"]],
        targets=_targets(rng, monthly, units, start, stretch=stretch, spread=target_spread),
        seats=_seats(units, counted), future=monthly, month=now, as_of=last,
    )


def _sellers(units: pd.DataFrame, now: pd.Period) -> pd.DataFrame:
    people = units[units["level"] == "rep"]
    home = units.set_index("unit_id")["name"]
    return pd.DataFrame({
        "seller_id": people["unit_id"], "name": people["name"], "employee_no": people["unit_id"], "org_id": people["parent_id"],
        "unit_name": people["parent_id"].map(home), "role": "rep", "tier": "core", "hire_date": pd.Timestamp("2018-01-01"),
        "leave_date": pd.NaT, "tenure_months": 12 * (now.year - 2018) + now.month, "manager_id": None, "working_share": 1.0,
        "is_shown": True,
    }).reset_index(drop=True)


def _seats(units: pd.DataFrame, counted: pd.PeriodIndex) -> pd.DataFrame:
    people = units[units["level"] == "rep"]
    frames = [pd.DataFrame({"month": m, "seller_id": people["unit_id"], "org_id": people["parent_id"], "tier": "core"})
              for m in counted]
    return pd.concat(frames, ignore_index=True)


def _targets(
    rng: np.random.Generator, monthly: pd.DataFrame, units: pd.DataFrame, start: pd.Period, *, stretch: float, spread: float
) -> pd.DataFrame:
    """Targets of last and this fiscal year: the level of the twelve months before, season and days, stretched."""
    people = units.loc[units["level"] == "rep"]
    team = people["parent_id"].to_numpy()
    frames = []
    for first in (start - 12, start):
        year = pd.period_range(first, periods=12, freq="M")
        before = monthly.loc[first - 12: first - 1]
        if len(before) < 12:
            continue
        days = month_days(year).groupby("month")["is_workday"].sum().reindex(year).to_numpy(float)
        shape = SEASON[year.month.to_numpy() - 1] * days * np.exp(centred_shares(year).to_numpy(float) @ FESTIVAL)
        annual = before.sum().to_numpy() * (1 + stretch) * np.exp(rng.normal(0, spread, len(people)))
        fen = np.rint(100 * np.outer(shape / shape.sum(), annual)).astype("int64")
        by_rep = pd.DataFrame(fen, index=year, columns=people["unit_id"].to_numpy())
        by_team = by_rep.T.groupby(team).sum().T
        top = by_rep.sum(axis=1).to_frame("co")
        for kind, frame in (("rep", by_rep), ("org", by_team), ("org", top)):
            long = frame.rename_axis("month").reset_index().melt("month", var_name="scope_id", value_name="judged")
            frames.append(long.assign(scope_type=kind, judged=long["judged"] / 100))
    whole = pd.concat(frames, ignore_index=True)
    whole["restated"] = whole["judged"]
    return whole.assign(source="target table")[["month", "scope_type", "scope_id", "judged", "restated", "source"]]
