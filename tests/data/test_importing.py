import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from salesplan.data.import_report import ImportReport
from salesplan.data.importing import import_files
from salesplan.data.mapping import Mapping, load_mapping
from salesplan.data.quality import check_quality
from salesplan.data.quarantine import REASONS
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, ParameterError
from tests.shared import shared_path

ORDERS = "订单号,行号,下单日期,工号,业务员,部门,产品名称,数量,单价,金额,是否退货\n"
STAFF = "工号,姓名,邮箱,入职日期,离职日期\nE01,张伟,a@x.cn,2020-01-01,\nE02,张伟,b@x.cn,2020-01-01,\nE03,李娜,c@x.cn,2020-01-01,\n"
SEATS = "工号,部门,岗位,生效日期\nE01,华东,销售代表,2020-01-01\nE02,华南,销售代表,2020-01-01\nE03,华东,销售经理,2020-01-01\n"
UNITS = "部门编号,部门名称,上级部门\nco,公司,\nd1,华东,公司\nd2,华南,公司\n"


def company(folder: Path, orders: str, **files: str) -> Path:
    folder = folder / "exports"
    folder.mkdir(exist_ok=True)
    for name, text in {"人员": STAFF, "任职": SEATS, "组织": UNITS, "订单": ORDERS + orders, **files}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def imported(folder: Path, orders: str, **files: str) -> tuple[Workspace, ImportReport]:
    space = Workspace(folder / "workspace")
    return space, import_files(company(folder, orders, **files), space, as_of=date(2027, 6, 30))


def reasons(report: ImportReport) -> dict[tuple[str, str], int]:
    return report.reasons().groupby(["table", "reason"])["rows"].sum().to_dict()


def test_bad_rows_are_held_back_whole_with_file_row_column_and_reason(tmp_path: Path):
    space, report = imported(
        tmp_path,
        "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n"
        "A2,1,2027-01-05,E09,谁,华东,甲,1,5,5,否\n"
        "A3,1,2027-02-30,E01,张伟,华东,甲,1,5,5,否\n"
        "A4,1,2027-01-05,E01,张伟,华东,甲,-1,5,-5,否\n"
        "A5,1,2027-01-05,E01,张伟,华东,甲,-1,5,-5,是\n"
        "A6,1,2027-01-05,E01,张伟,华东,甲,1,5,=B2*C2,否\n"
        ",1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n"
        "A8,1,2062-01-05,E01,张伟,华东,甲,1,5,,否\n"
        "合计,,,,,,,,,20,\n",
    )
    held = report.quarantine.set_index("src_row")
    assert held["reasons"].to_dict() == {
        3: "unknown_rep", 4: "unparseable_date", 5: "negative_without_return_flag", 7: "formula_text", 8: "missing_value",
        9: "missing_value; date_out_of_range", 10: "footer_or_total_row"}  # fmt: skip
    assert held.loc[3, ["file", "columns", "detail"]].tolist() == ["订单.csv", "rep_id", "E09"]
    assert json.loads(held.loc[7, "raw"])["金额"] == "=B2*C2"
    assert set("; ".join(held["reasons"]).split("; ")) <= set(REASONS)
    line = report.to_frame().set_index("table").loc["order_line"]
    assert line[["rows_in", "rows_ok", "rows_quarantined"]].tolist() == [9, 2, 7]
    assert (line["amount_in"], line["amount_ok"], line["amount_quarantined"]) == (Decimal(10), Decimal(0), Decimal(10))
    assert line["rows_unreadable_amount"] == 1
    assert space.read_table("order_line")["amount"].tolist() == [5.0, -5.0]
    assert len(space.read_quarantine()) == 7


def test_namesakes_stay_apart_and_doubt_is_quarantined_with_candidates(tmp_path: Path):
    space, report = imported(
        tmp_path,
        "A1,1,2027-01-05,,张伟,华东,甲,1,5,5,否\nA2,1,2027-01-05,,张伟,华南,甲,1,5,5,否\nA3,1,2027-01-05,,张伟,,甲,1,5,5,否\n"
        "A4,1,2027-01-05,,李娜,,甲,1,5,5,否\nA5,1,2027-01-05,,,华东,甲,1,5,5,否\n",
    )
    assert space.read_table("order_line")["rep_id"].fillna("").tolist() == ["E01", "E02", "E03", ""]
    assert report.quarantine["detail"].tolist() == ["张伟: E01, E02"]


def test_copies_are_counted_and_contradictions_are_quarantined(tmp_path: Path):
    row = "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,{},否\n"
    _, report = imported(tmp_path, row.format(5) * 3 + "A2" + row.format(5)[2:] + "A2" + row.format(6)[2:])
    line = report.to_frame().set_index("table").loc["order_line"]
    assert line[["rows_in", "rows_ok", "rows_quarantined", "rows_exact_dup"]].tolist() == [5, 1, 2, 2]
    assert line["amount_exact_dup"] == Decimal(10)
    assert reasons(report) == {("order_line", "duplicate_key_conflict"): 2}


def test_lines_without_a_number_are_numbered_within_their_order(tmp_path: Path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "订单.csv").write_text("订单号,下单日期,产品名称,金额\nA1,2027-01-05,甲,5\nA1,2027-01-05,乙,6\nA1,2027-01-05,乙,6\n")
    report = import_files(folder, tmp_path / "w")
    assert Workspace(tmp_path / "w").read_table("order_line")["order_line_id"].tolist() == ["A1-1", "A1-2"]
    assert report.to_frame().set_index("table").loc["order_line", "rows_exact_dup"] == 1


def test_people_rules(tmp_path: Path):
    staff = STAFF + "E04,王芳,d@x.cn,2027-12-01,\nE05,赵六,e@x.cn,2024-01-01,2023-01-01\n"
    space, report = imported(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n", 人员=staff)
    assert reasons(report) == {("rep", "leave_before_hire"): 1}
    assert sorted(space.read_table("rep")["rep_id"]) == ["E01", "E02", "E03", "E04"]
    noted = {(r.reason, r.rows) for r in report.issues.itertuples()}
    assert {("future_hire_date", 1), ("rep_without_unit", 1)} <= noted


def test_unknown_units(tmp_path: Path):
    seats = SEATS + "E03,西北,销售代表,2026-01-01\n"
    space, report = imported(tmp_path, "A1,1,2027-01-05,E01,张伟,西南,甲,1,5,5,否\n", 任职=seats)
    assert reasons(report) == {("rep_assignment", "unknown_org"): 1}
    assert space.read_table("order_line")["org_id"].isna().all()
    assert report.issues.set_index("reason").loc["unknown_org", "detail"] == "西南"


def test_a_circle_in_the_organisation_stops_the_import(tmp_path: Path):
    units = "部门编号,部门名称,上级部门\nco,公司,\nd1,华东,华南\nd2,华南,华东\n"
    with pytest.raises(DataError, match="d1 -> d2 -> d1 report to one another"):
        imported(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n", 组织=units)
    assert Workspace(tmp_path / "workspace").tables() == []


def test_the_same_file_again_is_a_no_op_that_says_so(tmp_path: Path):
    space, first = imported(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n")
    before = space.fingerprint()
    again = import_files(tmp_path / "exports", space)
    assert not first.nothing_new
    assert again.nothing_new
    assert sorted(again.unchanged) == ["人员.csv", "任职.csv", "组织.csv", "订单.csv"]
    assert again.lines("zh")[0] == "没有新内容：4个文件都已导入过且没有变化"
    assert space.fingerprint() == before
    assert len(list(space.raw.rglob("*.csv"))) == 4


def test_a_longer_export_adds_only_what_is_new_and_newer_versions_replace(tmp_path: Path):
    row = "A{0},1,2027-01-05,E01,张伟,华东,甲,1,{1},{1},否\n"
    space, _ = imported(tmp_path, row.format(1, 5) + row.format(2, 5))
    _, report = imported(tmp_path, row.format(1, 5) + row.format(2, 7) + row.format(3, 5))
    line = report.to_frame().set_index("table").loc["order_line"]
    assert line[["rows_in", "rows_ok", "rows_exact_dup"]].tolist() == [3, 2, 1]
    assert report.replaced["order_line"] == 1
    assert space.read_table("order_line")["amount"].tolist() == [5.0, 7.0, 5.0]


def test_another_mapping_for_the_same_file_replaces_its_rows(tmp_path: Path):
    space, report = imported(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\nA2,1,2027-01-05,E09,谁,华东,甲,1,5,5,否\n")
    assert report.mapping is not None
    mapping = report.mapping.model_copy(deep=True)
    rule = next(t for f in mapping.files for t in f.tables if t.table == "order_line")
    rule.columns["order_line_id"] = rule.columns["order_line_id"].model_copy(update={"prefix": "X"})
    import_files(tmp_path / "exports", space, mapping=mapping)
    assert space.read_table("order_line")["order_line_id"].tolist() == ["XA1-1"]
    assert len(space.read_quarantine()) == 1


def test_a_proposal_is_confirmed_saved_and_used_again(tmp_path: Path):
    folder = company(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n")
    seen: list[Mapping] = []
    with pytest.raises(DataError, match="not confirmed"):
        import_files(folder, tmp_path / "w", confirm=lambda m: bool(seen.append(m)))
    assert not (tmp_path / "w" / "canonical" / "order_line").exists()
    import_files(folder, tmp_path / "w", confirm=lambda m: seen[0])
    assert load_mapping(tmp_path / "w" / "mappings" / "exports.yaml") == seen[0]
    (folder / "订单.csv").write_text(ORDERS + "A2,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n", encoding="utf-8")
    report = import_files(folder, tmp_path / "w", confirm=lambda m: pytest.fail("asked again"))
    assert report.rows_ok == 1


def test_a_renamed_column_stops_until_acknowledged(tmp_path: Path):
    row = "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n"
    space, _ = imported(tmp_path, row)
    renamed = ORDERS.replace("单价", "价格") + row.replace("A1", "A2")
    with pytest.raises(DataError, match=r"\['单价'\] are not in the header.*--acknowledge column_renamed"):
        imported(tmp_path, "", 订单=renamed)
    report = import_files(tmp_path / "exports", space, acknowledge=["column_renamed"])
    assert report.rows_ok == 1
    needed = ORDERS.replace("金额", "钱数") + row.replace("A1", "A3")
    company(tmp_path, "", 订单=needed)
    with pytest.raises(DataError, match="are not in the header"):
        import_files(tmp_path / "exports", space, acknowledge=["column_renamed"])
    with pytest.raises(ParameterError, match="did you mean 'column_renamed'"):
        import_files(tmp_path / "exports", space, acknowledge=["columns_renamed"])


def test_money_in_the_wrong_unit_stops_until_acknowledged(tmp_path: Path):
    rows = "".join(f"A{n},1,2027-01-{n + 1:02d},E01,张伟,华东,甲,1,{n + 3}0000,{n + 3},否\n" for n in range(9))
    with pytest.raises(DataError, match=r"0.0001 times quantity times unit price.*unit_suspect_x10000"):
        imported(tmp_path, rows)
    space = Workspace(tmp_path / "workspace")
    assert import_files(tmp_path / "exports", space, acknowledge=["unit_suspect_x10000"]).rows_ok > 9
    later = "".join(f"B{n},1,2027-02-{n + 1:02d},E01,张伟,华东,甲,,,{n + 3}0000,否\n" for n in range(9))
    company(tmp_path, later)
    with pytest.raises(DataError, match="times earlier loads"):
        import_files(tmp_path / "exports", space)


def test_ugly_names_are_data_and_the_readable_quarantine_is_harmless(tmp_path: Path):
    name = "=cmd|' /C calc'!A0"
    customers = f"客户编号,客户名称,行业\nC1,{name},零售\nC2,<script>alert(1)</script>,零售\n"
    orders = f"A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\nA2,1,2027-01-05,E01,{name},华东,甲,1,5,+面议,否\n"
    space, report = imported(tmp_path, orders, 客户=customers)
    assert space.read_table("customer")["name"].tolist() == [name, "<script>alert(1)</script>"]
    assert report.rows_quarantined == 1
    text = (space.quarantine / "000001.csv").read_text(encoding="utf-8-sig")
    assert pd.read_csv(space.quarantine / "000001.csv").iloc[0]["raw"].startswith("{")
    assert "\n=" not in text
    assert ",=" not in text


def test_progress_is_told(tmp_path: Path):
    told: list[tuple[str, int, int]] = []
    import_files(company(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n"), tmp_path / "w",
                 progress=lambda *a: told.append(a))  # fmt: skip
    assert {s for s, _, _ in told} == {"Reading files", "Checking tables", "Writing tables"}
    assert all(done <= total for _, done, total in told)


def test_totals_at_the_foot_that_differ_are_remarked(tmp_path: Path):
    row = "A{0},1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n"
    _, right = imported(tmp_path / "a" if (tmp_path / "a").mkdir() is None else tmp_path, row.format(1) + "合计,,,,,,,,,5,\n")
    assert "amount_sum_mismatch" not in set(right.issues["reason"])
    _, wrong = imported(tmp_path / "b" if (tmp_path / "b").mkdir() is None else tmp_path, row.format(1) + "合计,,,,,,,,,6,\n")
    assert wrong.issues.set_index("reason").loc["amount_sum_mismatch", "detail"] == "6.00 / 5.00"


@pytest.mark.parametrize("folder", ["adventureworks", "maven_crm", "zh_superstore"])
def test_published_sets_import_unedited_and_reconcile(tmp_path: Path, folder: str):
    source = shared_path("data", folder)
    report = import_files(source, tmp_path / "w")
    space = Workspace(tmp_path / "w")
    assert report.source == folder
    assert report.rows_quarantined == 0
    orders = space.read_table("order_line", exact=True)
    total = sum(orders["amount"], Decimal(0))
    wanted = {
        "adventureworks": (57_851, Decimal("77548570.2"), ("USD", "US", 7)),
        "maven_crm": (4_238, Decimal("10005534"), ("USD", "US", 1)),
        "zh_superstore": (10_000, Decimal("16117548.2360"), ("CNY", "CN", 1)),
    }[folder]
    settings = space.settings
    assert (len(orders), (settings.currency, settings.country, settings.fiscal_start_month)) == (wanted[0], wanted[2])
    assert abs(total - wanted[1]) < Decimal("0.01")
    assert orders["rep_id"].isin(set(space.read_table("rep")["rep_id"])).all()
    assert orders["product_id"].isin(set(space.read_table("product")["product_id"])).all()
    assert orders["customer_id"].isin(set(space.read_table("customer")["customer_id"])).all()
    assert import_files(source, space).nothing_new


def test_adventureworks_moves_and_quotas_are_on_the_calendar_of_the_orders(tmp_path: Path):
    import_files(shared_path("data", "adventureworks"), tmp_path / "w")
    space = Workspace(tmp_path / "w")
    seats = space.read_table("rep_assignment")
    moves = seats[seats["rep_id"].isin(["281", "283", "288"])].sort_values(["rep_id", "valid_from"])
    assert moves["org_id"].tolist() == ["T2", "T3", "T3", "T2", "T6", "T10"]
    assert moves["valid_from"].dt.strftime("%Y-%m-%d").tolist() == ["2017-07-01", "2019-01-01"] * 2 + ["2017-07-01", "2018-07-01"]
    targets = space.read_table("target").groupby("target_set")["period_start"].agg(["size", "min", "max", "nunique"])
    assert targets.loc["quota"].tolist() == [163, pd.Timestamp("2017-07-01"), pd.Timestamp("2020-04-01"), 12]
    assert targets.loc["monthly_target", "size"] == 809


def test_superstore_orders_appear_once_and_returns_are_marked(tmp_path: Path):
    source = shared_path("data", "zh_superstore")
    report = import_files(source, tmp_path / "w")
    assert report.skipped["file"].tolist() == ["订单.csv", "退货.csv", "销售人员.csv"]
    orders = Workspace(tmp_path / "w").read_table("order_line")
    assert orders["is_return"].sum() == (orders["status"] == "void").sum() == 1163
    assert any(line.startswith("订单明细提示1,163行，金额") and "退货" in line for line in report.lines("zh"))
    assert [why for why in report.lines("zh") if "read through" in why] == []
    only = tmp_path / "csv"
    only.mkdir()
    for name in ("订单.csv", "退货.csv", "销售人员.csv"):
        (only / name).write_bytes((source / name).read_bytes())
    import_files(only, tmp_path / "w2")
    assert Workspace(tmp_path / "w2").fingerprint() == Workspace(tmp_path / "w").fingerprint()


def test_maven_takes_won_deals_and_counts_the_others(tmp_path: Path):
    report = import_files(shared_path("data", "maven_crm"), tmp_path / "w")
    line = report.to_frame().set_index("table").loc["order_line"]
    assert line[["rows_in", "rows_ok", "rows_set_aside"]].tolist() == [8800, 4238, 4562]
    orders = Workspace(tmp_path / "w").read_table("order_line")
    assert (orders["product_id"] == "GTX Pro").sum() > 0
    assert not (orders["product_id"] == "GTXPro").any()


def small(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_number_decides_who_is_meant_whatever_the_name_says(tmp_path: Path):
    orders = "订单号,下单日期,业务员编码,业务员,金额\nA1,2027-01-05,E02,张伟,5\nA2,2027-01-05,E03,张伟,6\n"
    space, report = imported(tmp_path, "", 订单=orders)
    assert space.read_table("order_line")["rep_id"].tolist() == ["E02", "E03"]
    assert not len(report.quarantine)


def test_columns_no_rule_reads_are_said(tmp_path: Path):
    folder = small(tmp_path / "in", 订单="订单号,下单日期,业务员,金额,颜色,备注\nA1,2027-01-05,张伟,5,红,无\n")
    report = import_files(folder, tmp_path / "w")
    assert report.not_used == {"订单.csv": ["颜色", "备注"]}
    assert report.mapping is not None
    assert report.mapping.files[0].not_used == ["颜色", "备注"]
    assert "订单.csv：未使用的列：颜色, 备注" in report.lines("zh")


def test_money_of_several_currencies_is_never_added_up(tmp_path: Path):
    folder = small(tmp_path / "in", 订单="订单号,下单日期,金额,币种\nA1,2027-01-05,5,CNY\nA2,2027-01-05,7,usd\nA3,2027-13-05,8,USD\n")
    report = import_files(folder, tmp_path / "w")
    money = report.reconciliation.by_currency("order_line").set_index("currency")
    assert money["amount_in"].to_dict() == {"CNY": Decimal(5), "USD": Decimal(15)}
    assert money["amount_quarantined"].to_dict() == {"CNY": Decimal(0), "USD": Decimal(8)}
    lines = report.lines("en")
    assert "Order lines: USD 15.00 = 7.00 + 8.00 + 0.00 + 0.00" in lines
    assert any(line.startswith("Attention: Order lines holds several currencies (CNY, USD)") for line in lines)
    assert not any("20.00" in line for line in lines)


def test_money_set_aside_keeps_its_currency(tmp_path: Path):
    folder = small(tmp_path / "in", deals="No,Date,Total,Money,Stage\nA1,2027-01-05,5,CNY,won\nA2,2027-01-05,7,USD,lost\n")
    mapping = Mapping.model_validate({"source": "deals", "files": [{"match": "deals.csv", "tables": [{
        "table": "order_line", "where": {"Stage": ["won"]}, "columns": {
            "order_line_id": "No", "order_id": "No", "order_date": "Date", "amount": "Total", "currency": "Money"}}]}]})
    money = import_files(folder, tmp_path / "w", mapping=mapping).reconciliation.by_currency("order_line")
    assert money.set_index("currency")["amount_set_aside"].to_dict() == {"CNY": Decimal(0), "USD": Decimal(7)}


def test_nothing_new_repeats_the_account_that_was_kept(tmp_path: Path):
    space, first = imported(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\nA2,1,2027-02-30,E01,张伟,华东,甲,1,5,7,否\n")
    again = import_files(tmp_path / "exports", space)
    assert again.nothing_new
    assert again.stored_loads == ("000001",)
    assert again.to_frame().equals(first.to_frame())
    assert again.quarantine["reasons"].tolist() == ["unparseable_date"]
    account = [line for line in first.lines("zh") if line.startswith(("订单明细", "订单明细隔离"))]
    assert account
    assert set(account) <= set(again.lines("zh"))


def test_a_corrected_file_heals_the_quarantine_and_keeps_its_history(tmp_path: Path):
    row = "A{},1,{},E01,张伟,华东,甲,1,5,5,否\n"
    days = [f"2027-01-{d:02d}" for d in range(5, 15)]
    whole = "".join(row.format(n, d) for n, d in enumerate(days))
    space, _ = imported(tmp_path, whole.replace("2027-01-09", "2027-02-30") + "合计,,,,,,,,,50,\n")
    assert check_quality(space).quarantine["reasons"].tolist() == ["unparseable_date", "footer_or_total_row"]
    _, second = imported(tmp_path, whole)
    quality = check_quality(space)
    assert second.to_frame().set_index("table").loc["order_line", ["rows_ok", "rows_exact_dup"]].tolist() == [1, 9]
    assert quality.quarantine.empty
    row_ = quality.to_frame().set_index("table").loc["order_line"]
    assert (row_["rows_quarantined"], row_["ok_share"]) == (0, 1.0)
    assert row_["rows_in"] == row_["rows_ok"] + row_["rows_exact_dup"]
    history = space.read_quarantine(superseded=True)
    assert history["superseded_by"].tolist() == ["000002", "000002"]


def test_a_file_that_only_adds_rows_heals_only_what_it_repeats(tmp_path: Path):
    row = "A{},1,{},E01,张伟,华东,甲,1,5,5,否\n"
    first = "".join(row.format(n, "2027-01-05") for n in range(5)) + row.format(7, "2027-02-30") + row.format(8, "2027-02-31")
    space, _ = imported(tmp_path, first)
    imported(tmp_path, row.format(7, "2027-02-20") + row.format(9, "2027-02-20"))
    assert space.read_quarantine()["row_key"].tolist() == ["A8-1"]


def test_a_corrected_row_in_a_file_of_another_name_heals_too(tmp_path: Path):
    row = "A{},1,{},E01,张伟,华东,甲,1,5,5,否\n"
    space, _ = imported(tmp_path, row.format(1, "2027-01-05") + row.format(2, "2027-02-30") + row.format(3, "2027-02-31"))
    imported(tmp_path, row.format(1, "2027-01-05") + row.format(2, "2027-02-30") + row.format(3, "2027-02-31"),
             订单2=ORDERS + row.format(2, "2027-02-20"))
    assert space.read_quarantine()["row_key"].tolist() == ["A3-1"]


def test_rows_of_an_unknown_person_are_tried_again_once_the_list_has_them(tmp_path: Path):
    orders = "A1,1,2027-01-05,E09,谁,华东,甲,1,5,5,否\nA2,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n"
    space, first = imported(tmp_path, orders)
    assert reasons(first) == {("order_line", "unknown_rep"): 1}
    _, second = imported(tmp_path, orders, 人员=STAFF + "E09,谁,z@x.cn,2020-01-01,\n")
    assert second.rows_quarantined == 0
    assert len(space.read_table("order_line")) == 2
    assert space.read_quarantine().empty
    assert import_files(tmp_path / "exports", space).nothing_new


def test_lines_that_differ_in_the_amount_alone_are_kept_and_said(tmp_path: Path):
    row = "{},2027-01-05,C1,甲,张伟,{}\n"
    folder = small(tmp_path / "in", 订单="订单号,下单日期,客户,产品名称,业务员,金额\n" + row.format("A1", 1001)
                   + row.format("A1", 9999) + row.format("A2", 5))
    report = import_files(folder, tmp_path / "w")
    assert report.rows_ok >= 3
    noted = report.issues.set_index("reason").loc["possible_duplicate_line"]
    assert (noted["rows"], noted["detail"]) == (2, "A1: 1,001.00 / 9,999.00")
    assert any("A1: 1,001.00 / 9,999.00" in line for line in report.lines("zh"))
    found = next(f for f in check_quality(tmp_path / "w").findings if f.key == "possible_duplicate_line")
    assert found.details == {"rows": 2, "example": "A1: 1,001.00 / 9,999.00"}


def test_line_numbers_tell_lines_of_one_product_apart(tmp_path: Path):
    _, report = imported(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\nA1,2,2027-01-05,E01,张伟,华东,甲,1,6,6,否\n")
    assert "possible_duplicate_line" not in set(report.issues["reason"])


def test_a_file_of_headers_alone_is_refused_or_said(tmp_path: Path):
    head = "订单号,下单日期,业务员,金额\n"
    with pytest.raises(DataError, match="headers but no rows"):
        import_files(small(tmp_path / "in", 订单=head), tmp_path / "w")
    folder = small(tmp_path / "in", 订单_2026=head, 订单=head + "A1,2027-01-05,张伟,5\n")
    report = import_files(folder, tmp_path / "w")
    assert "Attention: 订单_2026.csv holds headers but no rows" in report.lines("en")


def test_a_row_with_two_reasons_is_counted_once(tmp_path: Path):
    _, report = imported(tmp_path, "A8,1,2062-01-05,E01,张伟,华东,甲,1,5,,否\nA3,1,2027-01-05,,张伟,,甲,1,5,5,否\n"
                         "A4,1,2027-01-05,E09,谁,华东,甲,1,5,5,否\n")
    said = report.reasons()
    assert said["rows"].sum() == report.rows_quarantined == 3
    assert set(said["meaning"]) == {"A required value is missing", "Several people could be meant", "The person is not known"}
    assert "订单明细隔离1行：可能指多人，无法确定" in report.lines("zh")


def test_the_mapping_is_saved_before_tables_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = company(tmp_path, "A1,1,2027-01-05,E01,张伟,华东,甲,1,5,5,否\n")
    monkeypatch.setattr(Workspace, "append_load", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        import_files(folder, tmp_path / "w")
    monkeypatch.undo()
    assert not import_files(folder, tmp_path / "w", confirm=lambda m: pytest.fail("asked again")).nothing_new
