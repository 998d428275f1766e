"""What visits and moved deals do to sales of a month is measured, so that no bar leans to one side when nothing changed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from salesplan.review.bridge_reference import usual_ratios
from salesplan.review.bridge_response import Response, orders_after_visits, response
from salesplan.review.bridge_timing import timing_habit
from salesplan.review.company_review import CompanyReview
from salesplan.review.parameters import ReviewParameters
from tests.review.target_company import DAYS, HISTORY, NOW, TargetCompany, target_company

SELLERS = 16


def repeat_business(seed: int, *, low: float = 1.0) -> TargetCompany:
    """Few visits, and orders that come without them; ``low`` multiplies the visits of the last month."""
    rng = np.random.default_rng(seed)
    company = target_company(seed=seed, teams=2, people=SELLERS // 2)
    process = company.process.copy()
    own_visits, own_orders = (dict(zip(process["seller_id"].unique(), mean * np.exp(rng.normal(0, 0.3, SELLERS)), strict=True))
                              for mean in (8, 7))
    last = process["month"].eq(NOW).map({True: low, False: 1.0})
    process["visits"] = rng.poisson(process["seller_id"].map(own_visits) * last).astype(float)
    process["orders"] = rng.poisson(process["seller_id"].map(own_orders)).astype(float)
    amount = np.where(process["orders"] > 0, rng.gamma(np.maximum(2 * process["orders"], 1e-9), 5_000), 0.0)
    process["amount_fen"] = np.rint(100 * amount).astype("int64")
    home = company.seats.drop_duplicates("seller_id").set_index("seller_id")["org_id"]
    lines = process.loc[process["amount_fen"] > 0, ["month", "seller_id", "amount_fen"]].rename(columns={"seller_id": "unit_id"})
    lines = lines.assign(org_id=lines["unit_id"].map(home), rep_id=lines["unit_id"], n_orders=1)
    goal = company.targets["scope_id"].map(own_orders) * 10_000
    return TargetCompany(units=company.units, process=process, lines=lines, seats=company.seats,
                         targets=company.targets.assign(judged=goal.round(2), restated=goal.round(2)))


def share(company: TargetCompany, part: str) -> float:
    return float(company.bridge().steps("co").set_index("part").loc[part, "share"])


def test_the_slope_is_found_and_doubtful_ones_lean_to_following():
    rng = np.random.default_rng(2)
    person, month = np.repeat(np.arange(30), 12), np.tile(np.arange(12), 30)
    x = rng.normal(size=360) + person
    for true in (0.0, 0.5, 1.0):
        found = response(true * x + 3 * person + 5 * month + 0.5 * rng.normal(size=360), x, person, month, np.ones(360))
        assert abs(found.slope - true) < 0.1 and 0 < found.error < 0.05
    wild = response(100 * rng.normal(size=360), x, person, month, np.ones(360))
    assert wild.slope > 0.5, "no information says nothing against it"
    assert response(x[:5], x[:5], person[:5], month[:5], np.ones(5)).slope == Response().slope == 1.0


def test_orders_from_visits_follow_them_and_repeat_business_does_not():
    assert orders_after_visits(target_company(seed=4, visits=30).process, month=NOW).slope > 0.8
    assert orders_after_visits(repeat_business(4).process, month=NOW).slope < 0.2


def test_when_nothing_changed_visits_are_not_blamed_whether_orders_follow_them_or_not():
    for make in (repeat_business, lambda seed: target_company(seed=seed, teams=2, people=8, visits=200)):
        activity = [share(make(300 + seed), "activity") for seed in range(6)]
        assert abs(np.mean(activity)) < 0.02
    conversion = [share(repeat_business(300 + seed), "conversion") for seed in range(6)]
    assert abs(np.mean(conversion)) < 0.08


def test_a_month_of_a_third_fewer_visits_costs_where_orders_follow_and_nothing_where_they_do_not():
    low = {f"t{t}s{s}": {"visits": 0.7} for t in range(2) for s in range(8)}
    steps = target_company(seed=6, teams=2, people=8, visits=150, now=low).bridge().steps("co").set_index("part")
    assert -0.4 < steps.loc["activity", "share"] < -0.2 and steps.loc["activity", "upper"] < 0
    assert abs(steps.loc["conversion", "share"]) < 0.1
    idle = repeat_business(6, low=0.6)
    assert abs(share(idle, "activity")) < 0.06
    note = next(n for n in idle.bridge().notes if "orders_share" in n["details"])
    assert 0 <= note["details"]["orders_share"] < 0.02


def test_usual_is_carried_on_by_the_trend_of_the_company():
    growth = 1.2 ** (np.arange(len(HISTORY)) / 12)
    process = pd.concat([pd.DataFrame({
        "month": HISTORY, "seller_id": name, "working_days": 20.0, "visits": 60.0, "orders": 12 * growth,
        "amount_fen": (12 * growth * 1e6).round()}) for name in ("a", "b")], ignore_index=True)
    found = usual_ratios(process, pd.Series({"a": "core", "b": "core"}), month=NOW)
    assert found["conversion"].trend == pytest.approx(0.2, abs=0.01)
    assert found["conversion"].value == pytest.approx(12 * growth[-1] / 60, rel=0.02), "not the mean of months long past"
    assert found["pace"].value == pytest.approx(3.0, rel=1e-6) and found["deal_size"].value == pytest.approx(1e4, rel=1e-6)
    young = usual_ratios(process[process["month"] > NOW - 18], pd.Series({"a": "core", "b": "core"}), month=NOW)
    assert young["conversion"].trend is None


@pytest.mark.parametrize(("real", "low", "high"), [(0.0, 0.0, 0.35), (1.0, 0.7, 1.0)])
def test_moved_deals_count_for_what_they_did_to_sales_before(real: float, low: float, high: float):
    rng, early = np.random.default_rng(9), 150_000.0
    company = target_company(seed=9, teams=2, people=8, visits=300, conversion=0.3)
    process, rows = company.process.copy(), []
    for month in HISTORY[-13:]:
        for seller in rng.choice(process["seller_id"].unique(), 12 if month == NOW else 8, replace=False):
            rows.append((seller, "won", early, (month + 1).start_time + pd.Timedelta(days=5), month.start_time + pd.Timedelta(days=9)))
            for when, sign in ((month, 1), (month + 1, -1)):
                at = process["seller_id"].eq(seller) & process["month"].eq(when)
                process.loc[at, "amount_fen"] += sign * int(real * 100 * early)
    deals = pd.DataFrame(rows, columns=["seller_id", "status", "amount", "expected_close_date", "closed_date"])
    habit = timing_habit(deals, process, month=NOW)
    assert low <= habit.follows.slope <= high and habit.past.shape[1] == 12
    moved = TargetCompany(units=company.units, process=process, lines=company.lines, seats=company.seats, targets=company.targets)
    found = moved.bridge(deals=deals)
    step = found.steps("co").set_index("part").loc["timing"]
    assert step["amount"] == pytest.approx(habit.follows.slope * 4 * early, rel=0.01) and step["lower"] < step["amount"]
    said = next(s for s in found.explain("co") if "in_amount" in s["details"])
    assert said["details"]["in_amount"] == pytest.approx(12 * early)
    assert said["details"]["out_amount"] == pytest.approx(8 * early)


def test_a_month_under_way_goes_by_the_days_counted_so_far():
    company = target_company(seed=11)
    half = company.process["month"].eq(NOW)
    process = company.process.assign(working_days=company.process["working_days"].where(~half, 10.0))
    so_far = TargetCompany(units=company.units, process=process, lines=company.lines, seats=company.seats, targets=company.targets)
    days = DAYS.copy()
    days[NOW] = 10
    steps = so_far.bridge(working_days=days, as_of=pd.Timestamp("2026-10-16")).steps("co").set_index("part")
    assert steps.loc["capacity", "amount"] == 0
    data = SimpleNamespace(month=NOW, as_of=pd.Timestamp("2026-10-14"), settings=SimpleNamespace(country="CN"))
    told = CompanyReview(data=data, parameters=ReviewParameters())._days_to_date(pd.period_range("2025-10", NOW, freq="M"))
    assert told[NOW] == 6 and told[NOW - 12] == 18, "after the holiday of the first week; a year ago whole"
