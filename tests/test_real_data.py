"""Three real-format data sets go in with their packaged mapping, unedited, and come out as plans that add up."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesplan.data.dataset import load
from salesplan.data.import_report import ImportReport
from salesplan.data.importing import import_files
from salesplan.data.sales_data import SalesData
from salesplan.data.workspace import Workspace
from salesplan.findings import Finding
from salesplan.targets import TargetParameters, TargetPlan, plan_targets, review_targets, yearly_sales
from tests.shared import shared_path

QUOTA_SHIFT = 73
"""Months from the dates of AdventureWorks' personnel files to those of its orders."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One data set all the way through."""

    source: Path
    report: ImportReport
    workspace: Workspace
    data: SalesData
    plan: TargetPlan
    findings: list[Finding]


def _case(source: Path, workspace: Path) -> Case:
    report = import_files(source, workspace)
    data = load(workspace)
    plan = plan_targets(data, TargetParameters())
    return Case(source=source, report=report, workspace=Workspace(workspace), data=data, plan=plan,
                findings=review_targets(plan, data))


@pytest.fixture(scope="module")
def adventureworks(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return _case(shared_path("data", "adventureworks"), tmp_path_factory.mktemp("adventureworks"))


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return _case(shared_path("data", "maven_crm"), tmp_path_factory.mktemp("maven"))


@pytest.fixture(scope="module")
def superstore(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The folder as it is: the workbook, and CSV copies of its sheets that must not count twice."""
    return _case(shared_path("data", "zh_superstore"), tmp_path_factory.mktemp("superstore"))


@pytest.fixture(params=["adventureworks", "maven", "superstore"])
def case(request: pytest.FixtureRequest) -> Case:
    return request.getfixturevalue(request.param)


# ---- every data set


def test_rows_and_money_in_are_the_sum_of_where_they_went(case: Case) -> None:
    lines = case.report.to_frame()
    rows = lines["rows_ok"] + lines["rows_quarantined"] + lines["rows_exact_dup"] + lines["rows_set_aside"]
    assert (lines["rows_in"] == rows).all()
    money = lines[[f"amount_{part}" for part in ("ok", "quarantined", "exact_dup", "set_aside")]].astype(float)
    assert np.allclose(lines["amount_in"].astype(float), money.sum(axis=1), atol=1e-6, equal_nan=True)
    assert case.report.rows_quarantined == 0
    assert (lines["rows_unreadable_amount"].fillna(0) == 0).all()


def test_history_is_the_money_of_the_orders_that_count(case: Case) -> None:
    counted = case.data.reconciliation.set_index("reason")["amount"]["counted"]
    assert case.data.history.to_numpy().sum() == pytest.approx(counted, abs=0.01)
    assert case.data.actuals["amount"].sum() == pytest.approx(counted, abs=0.01)


def test_every_node_of_the_plan_is_exactly_the_sum_of_its_parts(case: Case) -> None:
    plan, nodes = case.plan, case.plan.nodes
    for level in ("floor_fen", "target_fen", "stretch_fen"):
        below = nodes[nodes["parent_id"].notna()].groupby("parent_id")[level].sum()
        assert (below == nodes.loc[below.index, level]).all()
        lines = nodes[nodes["product_line"] != "*"].groupby("unit_id")[level].sum()
        whole = nodes[nodes["product_line"] == "*"].set_index("unit_id")[level]
        assert (lines == whole.loc[lines.index]).all()
        assert plan.cells[level].sum() == nodes[level].iloc[0] == plan.company.loc[level[:-4], "amount_fen"]
        assert (plan.cells[level] % 100 == 0).all()
        assert (plan.sellers[level] == plan.cells.groupby("seller_id")[level].sum().reindex(plan.sellers.index)).all()
    top = nodes["target"].iloc[0]
    for by, count in (("quarter", 4), ("month", 12)):
        table = plan.table(by=by)
        assert len(table) == count and table["target"].sum() == top
    assert plan.table(by="week")["target"].sum() == top
    assert (nodes["floor"] <= nodes["target"]).all() and (nodes["target"] <= nodes["stretch"]).all()


def test_the_plan_is_plausible_to_a_sales_director(case: Case) -> None:
    whole = case.plan.nodes[case.plan.nodes["product_line"] == "*"]
    top = whole.iloc[0]
    assert top["target"] == pytest.approx(1.12 * top["last_year"], rel=1e-6)
    assert 0.9 < top["forecast"] / top["last_year"] < 1.3
    assert top["forecast_lower"] < top["forecast"] < top["forecast_upper"]
    assert 0.2 < top["p_target"] < 0.9
    asked = whole[whole["target_fen"] > 0]  # where nothing is asked there is no chance to state
    assert (asked["p_floor"] >= asked["p_target"]).all() and (asked["p_target"] >= asked["p_stretch"]).all()
    grown = whole[(whole["last_year"] > 0.01 * top["last_year"]) & (whole["level"] == "rep")]["growth"]
    assert grown.between(-0.31, 0.61).all()


def test_nothing_is_planned_for_a_team_in_a_line_it_never_sells(case: Case) -> None:
    nodes = case.plan.nodes
    never = nodes[(nodes["product_line"] != "*") & (nodes["forecast"] == 0) & (nodes["level"] != "rep")]
    assert (never["target_fen"] == 0).all()


def test_every_target_can_be_opened_and_every_finding_read_in_both_languages(case: Case) -> None:
    plan = case.plan
    units = plan.nodes.index[(plan.nodes["product_line"] == "*") & (plan.nodes["level"] != "former")][:25]
    for lang in ("zh", "en"):
        for node in units:
            told = plan.explain(node)
            assert told.sentences(lang)
        for finding in case.findings:
            said = finding.text(lang, currency=plan.currency) + finding.action_text(lang, currency=plan.currency)
            assert not re.search(r"(?<![a-z-])nan(?![a-z])|[{}]", said, re.IGNORECASE), said
    stacking = next(f for f in case.findings if f.key == "stretch_stacking")
    assert stacking.status == "ok" and stacking.details["over_assignment"] == 0
    assert "beyond_best_year" not in {f.key for f in case.findings if f.details.get("n_all") == 0}


def test_importing_the_same_folder_again_changes_nothing(maven: Case) -> None:
    before = maven.workspace.fingerprint()
    assert import_files(maven.source, maven.workspace).nothing_new
    assert maven.workspace.fingerprint() == before


# ---- AdventureWorks


@pytest.fixture(scope="module")
def lab(adventureworks: Case) -> pd.DataFrame:
    """Orders as plain pandas reads them."""
    orders = pd.read_csv(adventureworks.source / "lab_Sales.csv", dtype={"EmployeeKey": str})
    orders["month"] = pd.to_datetime(orders["OrderDate"], format="mixed").dt.to_period("M")
    return orders


def _keys(folder: Path) -> dict[str, str]:
    """Personnel number of the OLTP files to employee key of the orders."""
    oltp = pd.read_csv(folder / "oltp_Employee.csv", dtype=str).set_index("NationalIDNumber")["BusinessEntityID"]
    people = pd.read_csv(folder / "lab_Salesperson.csv", dtype=str)
    return dict(zip(people["EmployeeID"].map(oltp), people["EmployeeKey"], strict=True))


def test_adventureworks_orders_arrive_to_the_cent(adventureworks: Case, lab: pd.DataFrame) -> None:
    data = adventureworks.data
    row = adventureworks.report.reconciliation.by_table().set_index("table").loc["order_line"]
    assert row["rows_in"] == row["rows_ok"] == len(lab) == 57_851
    assert float(row["amount_ok"]) == pytest.approx(lab["Sales"].sum(), abs=0.005)
    assert adventureworks.workspace.read_table("order_line")["order_id"].nunique() == 3_616
    assert (str(data.period_start), str(data.period_end), len(data.history)) == ("2017-07", "2020-05", 35)
    by_month = lab.groupby("month")["Sales"].sum()
    assert np.allclose(data.history.sum(axis=1), by_month.reindex(data.history.index), atol=0.01)
    booked = data.actuals.groupby("rep_id")["amount"].sum()
    assert np.allclose(booked, lab.groupby("EmployeeKey")["Sales"].sum().reindex(booked.index), atol=0.01)
    assert lab["EmployeeKey"].nunique() == booked.size == 17


def test_adventureworks_years_run_from_july(adventureworks: Case, lab: pd.DataFrame) -> None:
    year = (lab["month"] + 6).dt.year
    known = lab.groupby(year)["Sales"].sum()
    told = yearly_sales(adventureworks.data)
    assert told["fiscal_year"].tolist() == ["FY2018", "FY2019", "FY2020"]
    assert np.allclose(told["amount"], known, atol=0.01)
    assert told["n_months"].tolist() == [12, 12, 11]
    same = lab.loc[year.eq(2019) & (lab["month"] != pd.Period("2019-06", "M")), "Sales"].sum()
    assert told["growth"].iloc[2] == pytest.approx(known[2020] / same - 1)
    plan = adventureworks.plan
    assert plan.year_label == "FY2021" and str(plan.year[0]) == "2020-07"
    assert plan.table(by="quarter").index.tolist() == [f"FY2021Q{q}" for q in (1, 2, 3, 4)]


def test_adventureworks_says_that_the_base_holds_a_month_of_forecast(adventureworks: Case, lab: pd.DataFrame) -> None:
    facts = lab.loc[lab["month"] >= pd.Period("2019-07", "M"), "Sales"].sum()
    assert adventureworks.plan.nodes["last_year"].iloc[0] > facts
    note = next(n for n in adventureworks.plan.notes if "not over yet" in n["msgid"])
    assert note["details"]["n"] == 1


def test_adventureworks_people_stand_where_a_sales_manager_looks_for_them(adventureworks: Case) -> None:
    data = adventureworks.data
    units = data.units.set_index("unit_id")
    assert data.settings.language == "en" and data.currency == "USD" and data.settings.fiscal_start_month == 7
    assert units["level"].value_counts().to_dict() == {"rep": 18, "team": 10, "region": 3, "company": 1}
    assert set(data.product_lines) == {"Bikes", "Components", "Clothing", "Accessories"}
    above = units["parent_id"]
    assert above["272"] == "North America" and above["290"] == "Europe" and above["294"] == "Pacific"
    assert units.loc[above["288"], "name"] == "United Kingdom"
    assert above[above["288"]] == "Europe" and above[above["296"]] == "Pacific"
    assert units.loc["288", "name"] == "José Saraiva"
    region = pd.read_csv(adventureworks.source / "lab_Region.csv", dtype=str)
    for key, name, group in region.loc[region["Group"] != "Corporate HQ",
                                       ["SalesTerritoryKey", "Region", "Group"]].itertuples(index=False):
        assert (units.loc[f"T{key}", "name"], above[f"T{key}"]) == (name, group)


def test_adventureworks_territory_moves_are_dated_and_sales_follow_the_seller(
    adventureworks: Case, lab: pd.DataFrame
) -> None:
    data, keys = adventureworks.data, _keys(adventureworks.source)
    moves = pd.read_csv(adventureworks.source / "oltp_SalesTerritoryHistory.csv", dtype=str)
    moves["rep_id"] = moves["BusinessEntityID"].map(keys)
    seats = adventureworks.workspace.read_table("rep_assignment")
    sellers = seats[seats["role"] == "rep"]
    assert len(sellers) == len(moves) == 17
    now = moves[moves["EndDate"].isna()].set_index("rep_id")["TerritoryID"]
    home = data.sellers.set_index("seller_id")["org_id"]
    assert (home[now.index] == "T" + now).all()
    swapped = {keys["275"]: ("T2", "T3"), keys["277"]: ("T3", "T2"), keys["282"]: ("T6", "T10")}
    for rep, (before, after) in swapped.items():
        spans = sellers[sellers["rep_id"] == rep].sort_values("valid_from")
        assert spans["org_id"].tolist() == [before, after]
        last_day, first_day = spans["valid_to"].iloc[0], spans["valid_from"].iloc[1]
        assert first_day - last_day == pd.Timedelta(days=1)
        known = pd.Timestamp(moves.loc[(moves["rep_id"] == rep) & moves["EndDate"].notna(), "EndDate"].item())
        assert abs((first_day - (known + pd.DateOffset(months=QUOTA_SHIFT))).days) <= 16
        booked = data.actuals[data.actuals["rep_id"] == rep]
        assert {before, after} <= set(booked["org_id"])
        own = data.history.T.groupby(level="unit_id").sum().T[rep]
        assert own.sum() == pytest.approx(lab.loc[lab["EmployeeKey"] == rep, "Sales"].sum(), abs=0.01)
    left = sellers[(sellers["rep_id"] == keys["280"])]
    assert len(left) == 1 and home[keys["280"]] == "T1"


def test_adventureworks_quotas_give_the_known_attainment(adventureworks: Case, lab: pd.DataFrame) -> None:
    """Quarterly sales over quota; the last quarter has two of its three months."""
    data = adventureworks.data
    quota = data.targets[data.targets["target_set"] == "quota"]
    quota = quota.assign(quarter=pd.to_datetime(quota["period_start"]).dt.to_period("Q"))
    sold = data.actuals.assign(quarter=data.actuals["month"].dt.asfreq("Q")).groupby(["rep_id", "quarter"])["amount"].sum()
    attained = pd.DataFrame({"quota": quota.set_index(["scope_id", "quarter"])["value"].astype(float)})
    attained["attainment"] = sold.reindex(attained.index) / attained["quota"]
    assert len(attained) == 163 and attained["attainment"].notna().all()

    raw = pd.read_csv(adventureworks.source / "dw_FactSalesQuota.csv", dtype={"EmployeeKey": str})
    order = {day: pd.Period("2017Q3", "Q") + n for n, day in enumerate(sorted(raw["Date"].unique()))}
    raw["quarter"] = raw["Date"].map(order)
    sales = lab.groupby(["EmployeeKey", lab["month"].dt.asfreq("Q")])["Sales"].sum()
    raw = raw.set_index(["EmployeeKey", "quarter"])
    known = sales.reindex(raw.index) / raw["SalesAmountQuota"]
    assert np.allclose(attained["attainment"].sort_index(), known.sort_index(), rtol=1e-9)
    assert attained["quota"].sum() == raw["SalesAmountQuota"].sum() == pytest.approx(
        pd.read_csv(adventureworks.source / "oltp_SalesPersonQuotaHistory.csv")["SalesQuota"].sum())

    logs = np.corrcoef(np.log(sales.reindex(raw.index)), np.log(raw["SalesAmountQuota"]))[0, 1]
    whole = attained[attained.index.get_level_values("quarter") < pd.Period("2020Q2", "Q")]
    usual = whole[~whole.index.get_level_values("scope_id").isin(["286", "289"])]
    assert logs > 0.97
    assert usual["attainment"].std() == pytest.approx(0.0646, abs=0.0005)
    assert usual["attainment"].median() == pytest.approx(0.8404, abs=0.0005)
    last = attained.xs(pd.Period("2020Q2", "Q"), level="quarter")["attainment"]
    assert last.median() == pytest.approx(0.547, abs=0.001)


def test_adventureworks_director_without_sales_is_named_and_not_forecast(adventureworks: Case) -> None:
    row = adventureworks.plan.sellers.loc["277"]
    assert row["name"] == "Brian Welcker" and row["last_year"] == row["carried_forecast"] == 0
    assert row["target_fen"] < 0.002 * adventureworks.plan.company.loc["target", "amount_fen"]
    named = next(f for f in adventureworks.findings if f.key == "no_forecast")
    assert named.details["names"] == ["Brian Welcker"]


# ---- Maven CRM


def test_maven_counts_won_deals_alone(maven: Case) -> None:
    deals = pd.read_csv(maven.source / "sales_pipeline.csv")
    won = deals[deals["deal_stage"] == "Won"]
    row = maven.report.reconciliation.by_table().set_index("table").loc["order_line"]
    assert (row["rows_in"], row["rows_ok"], row["rows_set_aside"]) == (8_800, len(won), len(deals) - len(won))
    assert float(row["amount_ok"]) == won["close_value"].sum() == 10_005_534
    data = maven.data
    months = pd.to_datetime(won["close_date"]).dt.to_period("M")
    assert np.allclose(data.history.sum(axis=1), won.groupby(months)["close_value"].sum(), atol=0.01)
    assert (str(data.period_start), str(data.period_end)) == ("2017-03", "2017-12")
    orders = maven.workspace.read_table("order_line")
    assert {"GTX Pro"} <= set(orders["product_id"]) and "GTXPro" not in set(orders["product_id"])
    assert orders["customer_id"].notna().all()
    series = pd.read_csv(maven.source / "products.csv").set_index("product")["series"]
    by_line = won.groupby(won["product"].replace("GTXPro", "GTX Pro").map(series))["close_value"].sum()
    got = data.history.T.groupby(level="product_line").sum().T.sum()
    assert got.to_dict() == pytest.approx(by_line.to_dict())
    assert "technolgy" not in set(maven.workspace.read_table("customer")["industry"])


def test_maven_teams_are_the_managers_in_their_offices(maven: Case) -> None:
    data = maven.data
    teams = pd.read_csv(maven.source / "sales_teams.csv")
    units = data.units.set_index("unit_id")
    assert units["level"].value_counts().to_dict() == {"rep": 35, "team": 6, "region": 3, "company": 1}
    for agent, manager, office in teams.itertuples(index=False):
        team = units.loc[agent, "parent_id"]
        assert (units.loc[team, "name"], units.loc[team, "parent_id"]) == (manager, office)
    assert not set(teams["manager"]) & set(data.sellers["seller_id"])
    assert data.currency == "USD" and data.settings.language == "en"


def test_maven_agents_without_deals_are_named_not_invented(maven: Case) -> None:
    agents = set(pd.read_csv(maven.source / "sales_teams.csv")["sales_agent"])
    idle = sorted(agents - set(pd.read_csv(maven.source / "sales_pipeline.csv")["sales_agent"]))
    assert len(idle) == 5
    note = next(n for n in maven.data.notes if "no sales yet" in n["msgid"])
    assert note["details"]["sellers"] == idle
    assert maven.plan.sellers.loc[idle, "target_fen"].sum() == 0
    assert next(f for f in maven.findings if f.key == "no_forecast").details["names"] == idle


def test_maven_short_year_is_said_and_no_season_is_invented_from_ten_months(maven: Case) -> None:
    """Every quarter closes high, and 2017 has one month of its first: neither is a season that can be known yet."""
    assert yearly_sales(maven.data)["n_months"].tolist() == [10]
    note = next(n for n in maven.plan.notes if "months only" in n["msgid"])
    assert note["details"]["n_known"] == 10
    assert np.allclose(maven.plan.forecast.seasonal_index, 1.0)
    assert "forecast_skill" in {f.key for f in maven.findings if f.status == "unknown"}
    total = maven.data.history.sum(axis=1)
    closing = total.index.month % 3 == 0
    assert total[closing].mean() > 1.2 * total[~closing].mean()
    top = maven.plan.nodes.iloc[0]
    assert (top["forecast_upper"] - top["forecast_lower"]) / top["forecast"] > 0.3


def test_maven_sellers_are_relieved_alike_when_the_target_lies_below_the_forecast(maven: Case) -> None:
    """Nothing in ten months of chance tells good from bad: nobody gets a harder year than a colleague."""
    sellers = maven.plan.sellers[maven.plan.sellers["target_fen"] > 0]
    burden = sellers["target_fen"] / 100 / sellers["carried_forecast"]
    assert burden.max() - burden.min() < 0.001 and burden.max() < 1


# ---- 示例 - 超市


@pytest.fixture(scope="module")
def orders(superstore: Case) -> pd.DataFrame:
    frame = pd.read_csv(superstore.source / "订单.csv", encoding="utf-8-sig")
    back = pd.read_csv(superstore.source / "退货.csv", encoding="utf-8-sig")["订单 ID"]
    return frame.assign(returned=frame["订单 ID"].isin(back), month=pd.to_datetime(frame["订单日期"]).dt.to_period("M"))


def test_superstore_orders_count_once_though_they_lie_there_twice(superstore: Case, orders: pd.DataFrame) -> None:
    row = superstore.report.reconciliation.by_table().set_index("table").loc["order_line"]
    assert row["rows_in"] == row["rows_ok"] == len(orders) == 10_000
    assert float(row["amount_ok"]) == pytest.approx(orders["销售额"].sum(), abs=0.01)
    assert set(superstore.report.skipped["file"]) == {"订单.csv", "退货.csv", "销售人员.csv"}
    assert superstore.workspace.read_table("customer")["customer_id"].nunique() == orders["客户 ID"].nunique()
    assert superstore.workspace.read_table("product")["product_id"].nunique() == orders["产品 ID"].nunique()


def test_superstore_returned_orders_do_not_count_and_are_said(superstore: Case, orders: pd.DataFrame) -> None:
    data, kept = superstore.data, orders[~orders["returned"]]
    back = orders[orders["returned"]]
    assert back["订单 ID"].nunique() == 296
    void = next(n for n in data.notes if "void" in n["msgid"])
    assert void["details"]["lines"] == len(back)
    assert void["details"]["amount"] == pytest.approx(back["销售额"].sum(), abs=0.01)
    by_year = yearly_sales(data).set_index("fiscal_year")["amount"]
    assert np.allclose(by_year, kept.groupby(kept["month"].dt.year)["销售额"].sum(), atol=0.01)
    assert len(data.history) == 48


def test_superstore_has_one_manager_for_each_of_six_regions(superstore: Case, orders: pd.DataFrame) -> None:
    data = superstore.data
    known = pd.read_csv(superstore.source / "销售人员.csv", encoding="utf-8-sig").set_index("地区")["地区经理"]
    units = data.units.set_index("unit_id")
    assert units["level"].value_counts().to_dict() == {"region": 6, "rep": 6, "company": 1}
    assert units.index[0] == "全国" and data.settings.language == "zh" and data.currency == "CNY"
    assert {units.loc[name, "parent_id"]: name for name in data.sellers["name"]} == known.to_dict()
    kept = orders[~orders["returned"]]
    table = kept.groupby(["地区", "类别"])["销售额"].sum()
    for (region, line), amount in table.items():
        assert data.history[(known[region], line)].sum() == pytest.approx(amount, abs=0.01)
    assert set(data.product_lines) == {"家具", "技术", "办公用品"}


def test_superstore_csv_files_alone_give_the_same_plan(
    superstore: Case, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("csv") / "exports"
    folder.mkdir()
    for name in ("订单.csv", "退货.csv", "销售人员.csv"):
        shutil.copy(superstore.source / name, folder / name)
    alone = _case(folder, folder.parent / "workspace")
    pd.testing.assert_frame_equal(alone.data.history, superstore.data.history)
    assert (alone.plan.nodes["target_fen"] == superstore.plan.nodes["target_fen"]).all()
    assert alone.report.reconciliation.by_table()["rows_ok"].tolist() == \
        superstore.report.reconciliation.by_table()["rows_ok"].tolist()
