import pandas as pd
import pytest

from salesplan.calendars.working_days import working_days
from salesplan.data.kpi_targets import kpi_targets
from salesplan.data.workspace import Workspace
from tests.data.companies import days, make_workspace
from tests.data.kpi_company import SALES, VISITS, WIN_RATE, kpi_workspace, tables

KPIS = [SALES, VISITS, WIN_RATE]


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return kpi_workspace(tmp_path_factory.mktemp("targets"))


def found(frame: pd.DataFrame, column: str = "target") -> dict[tuple[str, str], float]:
    return dict(zip(zip(frame["seller_id"], frame["kpi"], strict=True), frame[column], strict=True))


def test_the_newest_approved_version_counts_and_old_metric_words_are_known(shop):
    got = found(kpi_targets(shop, KPIS, period="2026-10"))
    assert got["r1", "sales_amount"] == 1200.0
    assert got["r1", "visits"] == 20.0
    assert got["r1", "win_rate"] == pytest.approx(0.3)
    assert ("r2", "sales_amount") not in got                                      # a quarter's target is not cut up


def test_leaders_take_their_units_target(shop):
    got = found(kpi_targets(shop, KPIS, period="2026-10"))
    assert got["m1", "sales_amount"] == 5000.0
    assert ("d1", "sales_amount") not in got


def test_months_are_added_up_and_ratios_averaged(shop):
    quarter = kpi_targets(shop, KPIS, period="2026Q4")
    got = found(quarter)
    assert got["r1", "sales_amount"] == 2000.0
    assert got["r2", "sales_amount"] == 3000.0
    october, november = (int(working_days(*span)["is_workday"].sum())
                         for span in (("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")))
    assert got["r1", "win_rate"] == pytest.approx((0.3 * october + 0.6 * november) / (october + november))
    share = found(quarter, "covered_share")
    assert share["r2", "sales_amount"] == 1.0
    assert 0.5 < share["r1", "sales_amount"] < 0.75                               # December is not there


def test_a_week_takes_its_working_days_of_the_month(shop):
    got = found(kpi_targets(shop, KPIS, period="2026-W43"))
    assert got["r1", "sales_amount"] == pytest.approx(1200 * 5 / 18)
    assert got["r1", "win_rate"] == pytest.approx(0.3)
    bridge = found(kpi_targets(shop, KPIS, period="2026-W44"))                    # 26 October to 1 November
    assert bridge["r1", "sales_amount"] == pytest.approx(1200 * 5 / 18)


def test_lines_are_added_up_where_no_row_stands_for_all(tmp_path):
    rows = pd.DataFrame({"metric": "sales_amount", "scope_type": "rep", "scope_id": ["r1", "r1", "r2", "r2"],
                         "product_category": ["仪器", "耗材", "*", "耗材"], "period_type": "month",
                         "period_start": days(*["2026-10-01"] * 4), "period_end": days(*["2026-10-31"] * 4),
                         "value": [10.0, 5.0, 100.0, 7.0], "unit": "CNY", "version": 1, "target_set": "quota"})
    shop = make_workspace(tmp_path / "w", {**tables(), "target": rows}, currency="CNY")
    whole = found(kpi_targets(shop, KPIS, period="2026-10"))
    assert (whole["r1", "sales_amount"], whole["r2", "sales_amount"]) == (15.0, 100.0)
    part = found(kpi_targets(shop, KPIS, period="2026-10", product_lines=["耗材"]))
    assert (part["r1", "sales_amount"], part["r2", "sales_amount"]) == (5.0, 7.0)


def test_no_targets_give_an_empty_frame(shop, tmp_path):
    assert kpi_targets(shop, KPIS, period="2020-01").empty
    bare = make_workspace(tmp_path / "w", {"rep": tables()["rep"]}, currency="CNY")
    assert kpi_targets(bare, KPIS, period="2026-10").columns.tolist() == ["seller_id", "kpi", "target", "covered_share"]
