"""Opportunities of the demo company: won ones precede large orders, lost ones as the seller's win rate has it."""

import numpy as np
import pandas as pd

from salesplan.data.demo_people import Staff
from salesplan.data.demo_process import PROCESS_KPIS, Traits
from salesplan.data.demo_sales import LINES, Sales

WIN_INTERCEPT, WIN_SLOPE = -0.35, 0.40
"""Log odds of winning a deal: of the average seller, and more for each deviation of the follow-up trait."""
LARGE = 0.70
"""Orders above this quantile of amounts had an opportunity before them."""
STAGES = ("lead", "qualify", "need", "proposal", "negotiation")
_REASONS = ["价格偏高", "竞争对手中标", "预算取消", "交期不符", "技术指标不符", "无人决策"]
_SOURCES = ["老客户", "转介绍", "展会", "官网咨询", "电话开发"]
_OPEN_PER_SEAT = 7.0
_OPEN_DAYS = 100
_VOID = 0.015


def win_rates(traits: Traits) -> np.ndarray:
    """Chance that a decided deal of each person is won."""
    follow_up = traits.latent[:, PROCESS_KPIS.index("follow_up_rate")]
    return 1 / (1 + np.exp(-(WIN_INTERCEPT + WIN_SLOPE * follow_up)))


def make_deals(
    staff: Staff, sales: Sales, traits: Traits, months: pd.PeriodIndex, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the opportunities that were decided in some of the last months or are open at their end.

    Returns
    -------
    One row a deal, in order of creation: ``deal_no, person, customer`` (rows), ``stage, status, amount_fen,
    created, expected, closed, reason, source, line``.
    """
    won = _won(staff, sales, months, rng)
    lost = _lost(won, staff, sales, traits, months, rng)
    deals = pd.concat([won, lost, _open(won, staff, sales, months, rng)], ignore_index=True)
    hired = staff.people["hire_date"].to_numpy("datetime64[s]")[deals["person"]]
    deals["created"] = np.maximum(deals["created"].to_numpy("datetime64[s]"), hired)
    deals["closed"] = deals["closed"].where(deals["closed"].isna() | (deals["closed"] >= deals["created"]),
                                            deals["created"])
    away = rng.normal(0, 15, len(deals)).round()
    planned = np.maximum(rng.gamma(4.0, 12.0, len(deals)).round(), 7)
    decided = (deals["closed"] - deals["created"]).dt.days.to_numpy(float)
    deals["expected"] = deals["created"] + pd.to_timedelta(
        np.where(np.isnan(decided), planned + 40, np.maximum(decided + away, 5)), unit="D")
    deals["source"] = rng.choice(_SOURCES, len(deals), p=[0.4, 0.2, 0.12, 0.13, 0.15])
    deals = deals.sort_values(["created", "person", "customer", "amount_fen"], kind="stable", ignore_index=True)
    number = deals.groupby(deals["created"].dt.to_period("M")).cumcount() + 1
    deals["deal_no"] = "OP" + deals["created"].dt.strftime("%Y%m") + number.astype(str).str.zfill(4)
    return deals


def _won(staff: Staff, sales: Sales, months: pd.PeriodIndex, rng: np.random.Generator) -> pd.DataFrame:
    lines = sales.orders[(sales.orders["kind"] == "sale") & (sales.orders["order_date"] >= months[0].start_time)]
    if "is_house" in lines:
        lines = lines[~lines["is_house"]]
    orders = lines.groupby("order_no", sort=False).agg(
        date=("order_date", "first"), person=("person", "first"), customer=("customer", "first"),
        amount_fen=("amount_fen", "sum"), line=("line", "first")).reset_index(drop=True)
    orders = orders[orders["amount_fen"] >= orders["amount_fen"].quantile(LARGE)].reset_index(drop=True)
    closed = orders["date"] - pd.to_timedelta(rng.integers(0, 5, len(orders)), unit="D")
    cycle = np.maximum(rng.gamma(4.0, 11.0, len(orders)).round(), 3)
    as_ordered = rng.random(len(orders)) < 0.75
    about = np.round(orders["amount_fen"] * rng.uniform(0.92, 1.12, len(orders)) / 10_000).astype(np.int64) * 10_000
    return pd.DataFrame({
        "person": orders["person"], "customer": orders["customer"], "line": orders["line"], "stage": "won",
        "status": "won", "amount_fen": orders["amount_fen"].where(as_ordered, about),
        "created": closed - pd.to_timedelta(cycle, unit="D"), "closed": closed, "reason": ""})


def _lost(
    won: pd.DataFrame, staff: Staff, sales: Sales, traits: Traits, months: pd.PeriodIndex, rng: np.random.Generator
) -> pd.DataFrame:
    """As many lost deals for each seller's won ones as the chance of winning tells; a few are void instead."""
    per_person = won.groupby("person").size()
    count = rng.negative_binomial(per_person.to_numpy(), win_rates(traits)[per_person.index.to_numpy()])
    model = np.concatenate([rng.choice(rows, n) for rows, n in
                            zip(won.groupby("person").indices.values(), count, strict=True)])
    like = won.iloc[model].reset_index(drop=True)
    closed = like["closed"] - pd.to_timedelta(rng.integers(0, 15, len(like)), unit="D")
    closed = closed.where(closed >= months[0].start_time, months[0].start_time)
    cycle = np.maximum(rng.gamma(4.0, 13.0, len(like)).round(), 3)
    amount = np.round(like["amount_fen"] * rng.uniform(0.6, 1.7, len(like)) / 100_000).astype(np.int64) * 100_000
    void = rng.random(len(like)) < _VOID
    reached = rng.choice(STAGES, len(like), p=[0.10, 0.15, 0.20, 0.30, 0.25])
    return pd.DataFrame({
        "person": like["person"], "customer": _neighbours(like["customer"].to_numpy(), sales, rng),
        "line": rng.integers(0, len(LINES), len(like)), "stage": np.where(void, reached, "lost"),
        "status": np.where(void, "void", "lost"), "amount_fen": np.maximum(amount, 100_000),
        "created": closed - pd.to_timedelta(cycle, unit="D"), "closed": closed,
        "reason": np.where(void, "", rng.choice(_REASONS, len(like), p=[0.28, 0.24, 0.14, 0.12, 0.12, 0.10]))})


def _open(
    won: pd.DataFrame, staff: Staff, sales: Sales, months: pd.PeriodIndex, rng: np.random.Generator
) -> pd.DataFrame:
    people = staff.occupant[:, -1]
    seats = np.repeat(np.arange(len(people)), np.where(people >= 0, rng.poisson(_OPEN_PER_SEAT, len(people)), 0))
    customers = sales.customers.groupby("seat").indices
    age = rng.integers(0, _OPEN_DAYS, len(seats))
    stage = np.clip((age / _OPEN_DAYS * 4 + rng.normal(0.5, 0.8, len(seats))).round(), 0, 4).astype(int)
    amount = rng.choice(won["amount_fen"].to_numpy(), len(seats)) * rng.uniform(0.6, 1.6, len(seats))
    end = months[-1].end_time.normalize()
    return pd.DataFrame({
        "person": people[seats], "customer": [rng.choice(customers[seat]) for seat in seats],
        "line": rng.integers(0, len(LINES), len(seats)), "stage": np.array(STAGES, object)[stage], "status": "open",
        "amount_fen": np.maximum(np.round(amount / 1_000_000), 1).astype(np.int64) * 1_000_000,
        "created": end - pd.to_timedelta(age, unit="D"), "closed": pd.NaT, "reason": ""})


def _neighbours(customer: np.ndarray, sales: Sales, rng: np.random.Generator) -> np.ndarray:
    """For each customer one of the same territory."""
    seat = sales.customers["seat"].to_numpy()
    size = np.bincount(seat)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    own = seat[customer]
    return first[own] + np.floor(rng.random(len(customer)) * size[own]).astype(int)


def deals_of(contacts: pd.DataFrame, deals: pd.DataFrame) -> pd.Series:
    """Number of the deal a proposal or demo was for: the seller's newest with that customer not closed by then."""
    own = contacts[contacts["type"].isin(["proposal", "demo"])].reset_index(names="row").sort_values("date")
    known = deals[["created", "closed", "person", "customer", "deal_no"]].sort_values("created", kind="stable")
    known["created"] = known["created"].astype(own["date"].dtype)
    found = pd.merge_asof(own[["row", "date", "person", "customer"]], known, left_on="date", right_on="created",
                          by=["person", "customer"])
    current = found["deal_no"].notna() & (found["closed"].isna() | (found["closed"] >= found["date"]))
    return found[current].set_index("row")["deal_no"].reindex(contacts.index).fillna("")
