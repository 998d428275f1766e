import numpy as np
import pandas as pd
import pytest

from salesplan.data.kpi_actuals import kpi_actuals, kpi_daily, kpi_history
from salesplan.data.kpi_measures import KpiFacts
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.companies import make_workspace
from tests.data.kpi_company import (
    ALL,
    COVERAGE,
    CUSTOMERS,
    SALES,
    SATISFACTION,
    TEAMWORK,
    VISITS,
    WIN_RATE,
    Kpi,
    Measure,
    kpi_workspace,
    tables,
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return kpi_workspace(tmp_path_factory.mktemp("actuals"))


def by_seller(frame: pd.DataFrame, kpi: str, column: str = "actual") -> dict[str, float]:
    mine = frame[frame["kpi"] == kpi]
    return dict(zip(mine["seller_id"], mine[column], strict=True))


def test_actuals_are_what_one_counts_by_hand(shop):
    got = kpi_actuals(shop, ALL, period="2026-10")
    assert len(got) == 6 * len(ALL)
    assert by_seller(got, "sales_amount") == {"r1": 210.0, "r2": 100.0, "r3": 50.0, "r4": 0.0, "m1": 150.0, "d1": 360.0}
    assert by_seller(got, "sales_amount", "evidence_rows")["r1"] == 3
    assert by_seller(got, "visits") == {"r1": 2.0, "r2": 2.0, "r3": 0.0, "r4": 0.0, "m1": 2.0, "d1": 4.0}
    assert by_seller(got, "active_customers")["r1"] == 1.0
    rate = by_seller(got, "win_rate")
    assert rate["r1"] == 0.5
    assert np.isnan(rate["r2"])                                                   # won in November: 0 / 0 is no rate


def test_a_leader_without_quota_answers_for_the_unit_but_is_rated_alone(shop):
    got = kpi_actuals(shop, ALL, period="2026-10")
    customers = by_seller(got, "active_customers")
    assert customers["d1"] == 3                                                   # distinct over the team, not added up
    assert by_seller(got, "customer_coverage")["d1"] == pytest.approx(2 / 4)
    assert np.isnan(by_seller(got, "teamwork")["m1"])


def test_nothing_found_is_zero_only_where_the_source_reaches(shop, tmp_path):
    august = kpi_actuals(shop, [SALES, VISITS], period="2026-08")
    assert august["actual"].isna().all()
    assert (august["evidence_rows"] == 0).all()
    september = kpi_actuals(shop, [SALES, VISITS], period="2026-09")
    assert by_seller(september, "sales_amount")["r2"] == 0.0
    assert by_seller(september, "visits")["r2"] == 0.0                            # a call shows that activities were kept
    bare = tables()
    del bare["activity"]
    poor = make_workspace(tmp_path / "w", bare, currency="CNY")
    assert kpi_actuals(poor, [VISITS], period="2026-10")["actual"].isna().all()


def test_a_column_nobody_fills_makes_no_zero(shop):
    costed = Kpi("profit", Measure("sale", "sum(amount - cost)", "cost IS NOT NULL AND product_line = '耗材'"))
    assert kpi_actuals(shop, [costed], period="2026-10")["actual"].isna().all()
    empty = Kpi("seconds", Measure("contact", "sum(seconds)", "type = 'task'"))
    assert np.isnan(by_seller(kpi_actuals(shop, [empty], period="2026-10"), "seconds")["r2"])


def test_scores_of_few_colleagues_do_not_count(shop):
    got = kpi_actuals(shop, [TEAMWORK, SATISFACTION], period="2026-10")
    assert by_seller(got, "teamwork")["r1"] == pytest.approx((1.0 + 0.5 + 0.0) / 3)  # without the only manager
    assert np.isnan(by_seller(got, "teamwork")["r2"])                             # two peers and a manager: nobody is left
    with KpiFacts(shop, named_raters=["manager"]) as facts:
        named = by_seller(kpi_actuals(facts, [TEAMWORK], period="2026-10"), "teamwork")
    assert named["r1"] == pytest.approx((1.0 + 0.5 + 0.0 + 0.75) / 4) and named["r2"] == 1.0
    assert by_seller(got, "satisfaction")["r1"] == pytest.approx(0.8)             # the score without a scale is left out
    months = kpi_history(shop, [TEAMWORK], period="2026-10", months=2)
    assert by_seller(months[months["month"] == "2026-10"], "teamwork", "evidence_rows")["r2"] == 0


def test_customers_in_a_round_are_anonymous_like_peers(tmp_path):
    rows = pd.DataFrame({"feedback_id": list("abc"), "rep_id": "r1", "by_role": "customer", "rater_id": ["c1", "c2", "c1"],
                         "topic": "satisfaction", "score": [4.0, 5.0, 3.0], "scale_min": 1.0, "scale_max": 5.0,
                         "round": ["2026H2", "2026H2", None], "given_date": pd.Timestamp("2026-10-20")})
    space = Workspace(tmp_path).create()
    space.append_load("feedback", rows, load_id=space.next_load_id())
    got = kpi_actuals(space, [SATISFACTION], period="2026-10", sellers=["r1"])
    assert by_seller(got, "satisfaction")["r1"] == 0.5, "only the survey answer counts; two raters of a round stay unknown"


def test_filters_leave_kpis_that_cannot_tell_missing(shop):
    got = kpi_actuals(shop, [SALES, VISITS], period="2026-10", product_lines=["耗材"])
    assert by_seller(got, "sales_amount")["r1"] == 10.0
    assert got.loc[got["kpi"] == "visits", "actual"].isna().all()
    tier = kpi_actuals(shop, [SALES, VISITS], period="2026-10", customer_types=["A"])
    assert by_seller(tier, "sales_amount")["r1"] == -100.0
    assert by_seller(tier, "visits")["r2"] == 2.0


def test_as_of_and_sellers_limit_what_is_seen(shop):
    got = kpi_actuals(shop, [SALES, WIN_RATE], period="2026-10", as_of="2026-10-11", sellers=["r1", "stranger"])
    assert by_seller(got, "sales_amount") == {"r1": 210.0, "stranger": 0.0}
    assert by_seller(got, "win_rate")["r1"] == 1.0


def test_times_scale_ratios_and_sums(shop):
    per_hundred = Kpi("rate", WIN_RATE.numerator, WIN_RATE.denominator, times=100.0)
    assert by_seller(kpi_actuals(shop, [per_hundred], period="2026-10"), "rate")["r1"] == 50.0


@pytest.mark.parametrize("period", ["2026Q4", "2026-W41", "2026"])
def test_other_periods_add_up_their_days(shop, period):
    whole = kpi_actuals(shop, [SALES], period=period, sellers=["r1", "r2", "r3"])
    days = kpi_daily(shop, [SALES], period=period, sellers=["r1", "r2", "r3"])
    summed = days.groupby("seller_id")["numerator"].sum()
    assert whole.set_index("seller_id")["actual"].to_dict() == summed.to_dict()


def test_days_hold_only_what_adds_up(shop):
    days = kpi_daily(shop, ALL, period="2026-10")
    assert set(days["kpi"]) <= {"sales_amount", "visits", "win_rate", "teamwork", "satisfaction"}
    assert not days.duplicated(["seller_id", "kpi", "date"]).any()
    assert days.loc[days["kpi"] == "sales_amount", "denominator"].isna().all()
    rate = days[(days["kpi"] == "win_rate") & (days["seller_id"] == "r1")]
    assert rate[["numerator", "denominator"]].to_numpy().tolist() == [[1.0, 1.0], [0.0, 1.0]]
    assert kpi_daily(shop, [CUSTOMERS, COVERAGE], period="2026-10").empty


def test_history_agrees_with_each_months_actuals(shop):
    with KpiFacts(shop) as facts:
        past = kpi_history(facts, ALL, period="2026-10", months=3)
        now = kpi_actuals(facts, ALL, period="2026-10")
    last = past[past["month"] == "2026-10"].drop(columns="month").reset_index(drop=True)
    pd.testing.assert_frame_equal(last[now.columns], now)
    assert past["month"].astype(str).unique().tolist() == ["2026-08", "2026-09", "2026-10"]
    assert "r4" not in set(past.loc[past["month"] == "2026-09", "seller_id"])     # not hired yet
    with pytest.raises(InputError, match="months == 0"):
        kpi_history(shop, ALL, period="2026-10", months=0)


def test_history_of_a_week_stops_with_the_week(shop):
    past = kpi_history(shop, [SALES], period="2026-W41", months=1, sellers=["r1", "r3"])
    assert by_seller(past, "sales_amount") == {"r1": 210.0, "r3": 50.0}
    assert by_seller(kpi_history(shop, [SALES], period="2026-W40", months=1, sellers=["r1"]), "sales_amount") != {"r1": 210.0}


def test_a_denominator_below_zero_gives_no_actual(tmp_path):
    frames = tables()
    frames["receipt"] = frames["receipt"].assign(rep_id="r1", is_refund=True)
    frames["order_line"] = frames["order_line"].assign(is_return=lambda f: f["rep_id"] == "r1")
    shop = make_workspace(tmp_path / "w", frames, currency="CNY")
    rate = Kpi("rate", Measure("payment", "sum(amount)"), SALES.numerator)
    got = kpi_actuals(shop, [rate], period="2026-10", sellers=["r1"]).iloc[0]
    assert got["numerator"] < 0 and got["denominator"] < 0
    assert np.isnan(got["actual"]), "refunds over returns are no collection"


def test_leaders_answer_in_each_month_for_the_team_of_that_month(tmp_path):
    frames = tables()
    frames["rep"].loc[frames["rep"]["rep_id"] == "r2", "leave_date"] = pd.Timestamp("2026-09-30")
    shop = make_workspace(tmp_path / "w", frames, currency="CNY")
    past = kpi_history(shop, [SALES, COVERAGE], period="2026-11", months=3).set_index(["kpi", "month", "seller_id"]).sort_index()
    sales = past.loc["sales_amount", "actual"]
    assert sales["2026-09", "m1"] == 200.0, "r1 was in the East then"
    assert sales["2026-10", "m1"] == 50.0, "r1 had moved, r3 left in the month, what r2 is booked for later is nobody's"
    assert sales["2026-10", "d1"] == 210.0 + 50.0
    assert past.loc["customer_coverage", "denominator"]["2026-09", "m1"] == 4
