from pathlib import Path

import pytest

from salesplan.data.mapping import ColumnRule, Mapping, load_mapping, packaged_mappings, recognise
from salesplan.data.mapping_apply import Sources, extract
from salesplan.data.readers import Sheet, read_sheets
from salesplan.data.synonyms import column_labels, picklist_words
from salesplan.errors import DataError, ParameterError
from salesplan.text import say
from tests.shared import shared_path


def sheet(folder: Path, text: str, name: str = "a.csv") -> Sheet:
    (folder / name).write_text(text, encoding="utf-8")
    return read_sheets(folder / name)[0]


def table(folder: Path, text: str, rule: str, **settings: str) -> tuple[dict[str, list[object]], object]:
    mapping = Mapping.model_validate({"source": "t", "files": [], **settings})
    part = sheet(folder, text)
    rules = Mapping.from_yaml(f"source: t\nfiles: [{{match: a.csv, tables: [{rule}]}}]").files[0].tables[0]
    got = extract(part, rules, mapping, Sources([part]))
    return {k: v.to_pylist() for k, v in got.columns.items()}, got


@pytest.mark.parametrize("name", packaged_mappings())
def test_packaged_mappings_survive_yaml(name: str):
    mapping = load_mapping(name)
    assert mapping.source == name
    assert Mapping.from_yaml(mapping.to_yaml()) == mapping
    assert not mapping.to_frame().empty


def test_every_synonym_leads_to_one_column():
    assert column_labels("order_line")["价税合计"] == "amount"
    assert column_labels("order_line")["ordernumber"] == "order_no"
    assert picklist_words("role")["销售经理"] == "manager"


@pytest.mark.parametrize(
    ("text", "said"),
    [("source: t\nfiles: [{match: a, tables: [{table: orders}]}]", "order_line"),
     ("source: t\nfiles: [{match: a, tables: [{table: rep, columns: {nam: x}}]}]", "did you mean 'name'"),
     ("source: t\nfiles: [{match: a, tables: [{table: rep, columns: {name: {from: a, const: b}}}]}]", "exactly one"),
     ("source: t\nfiles: [{match: a, tables: [{table: rep, columns: {name: {from: a, parse: dat}}}]}]", "did you mean 'date'"),
     ("source: t\ncolour: red", "colour"), ("a: [", "not YAML"), ("", "source")],
)  # fmt: skip
def test_faults_in_a_mapping_are_named(text: str, said: str):
    with pytest.raises(ParameterError, match=said):
        Mapping.from_yaml(text)


def test_unknown_mapping_names_the_nearest():
    with pytest.raises(ParameterError, match="did you mean 'maven_crm'"):
        load_mapping("maven_crn")


def test_join_prefix_default_map_and_units(tmp_path: Path):
    rule = """{table: target, columns: {target_set: {const: q}, scope_id: {join: [a, b], sep: /}, value: {from: v, unit: 万元},
      status: {from: s, map: {好: approved}, otherwise: empty, default: draft}, product_category: {from: a, prefix: P-}}}"""
    got, _ = table(tmp_path, "a,b,v,s\nx,1,2.5,好\ny,2,3元,坏\n", rule)
    assert got["scope_id"] == ["x/1", "y/2"]
    assert [str(v) for v in got["value"]] == ["25000.0000", "3.0000"]
    assert got["status"] == ["approved", "draft"]
    assert got["product_category"] == ["P-x", "P-y"]


def test_header_units_are_read_unless_the_mapping_says_otherwise(tmp_path: Path):
    got, _ = table(tmp_path, "n,金额(万元)\n1,2\n2,3\n", "{table: receipt, columns: {amount: 金额}}")
    assert [int(v) for v in got["amount"]] == [20_000, 30_000]
    got, _ = table(tmp_path, "n,金额(万元)\n1,2\n2,3\n", "{table: receipt, columns: {amount: {from: 金额, unit: 元}}}")
    assert [int(v) for v in got["amount"]] == [2, 3]


def test_where_sets_rows_aside_with_their_money(tmp_path: Path):
    rule = "{table: receipt, where: {s: [Won]}, columns: {receipt_id: i, amount: v}}"
    got, part = table(tmp_path, "i,s,v\n1,Won,5\n2,Lost,7\n", rule)
    assert got["receipt_id"] == ["1"]
    assert (part.aside.tolist(), [int(v) for v in part.aside_amount.to_pylist()]) == ([1], [7])


def test_months_in_columns_become_rows_and_empty_ones_do_not_count(tmp_path: Path):
    rule = """{table: target, unpivot: {columns: "M(\\\\d\\\\d)", name: m, value: v}, columns: {scope_id: who, value: v,
      period_start: {join: [year, m], parse: month}, period_type: {const: month}}}"""
    got, part = table(tmp_path, "year,who,M01,M02,M03\n2017,007,NULL,5,\n2018,008,1,2,3\n", rule)
    assert sorted(zip(got["scope_id"], [d.isoformat() for d in got["period_start"]], map(int, got["value"]), strict=True)) == [
        ("007", "2017-02-01", 5), ("008", "2018-01-01", 1), ("008", "2018-02-01", 2), ("008", "2018-03-01", 3)]  # fmt: skip
    assert sorted(part.base.tolist()) == [0, 1, 1, 1]


def test_wide_targets_of_the_published_set_equal_the_long_ones():
    wide = read_sheets(shared_path("data", "adventureworks", "lab_ResellerSalesTargets_wide.csv"))[0]
    long = read_sheets(shared_path("data", "adventureworks", "lab_Targets.csv"))[0]
    columns = {"scope_id": "EmployeeID", "period_start": {"parse": "month"}}
    rule = {"table": "target", "unpivot": {"columns": r"M(\d\d)", "name": "m", "value": "v"},
            "columns": {**columns, "period_start": {"join": ["Year", "m"], "parse": "month"},
                        "value": {"from": "v", "unit": "thousand"}}}  # fmt: skip
    plain = {"table": "target", "columns": {**columns, "period_start": {"from": "TargetMonth", "parse": "month"},
                                            "value": "TargetAmount"}}  # fmt: skip
    mapping = Mapping.model_validate({"source": "t", "files": [{"match": "*", "tables": [rule, plain]}]})
    got = [extract(s, t, mapping, Sources([s])) for s, t in zip((wide, long), mapping.files[0].tables, strict=True)]
    rows = [set(zip(*(e.columns[c].to_pylist() for c in ("scope_id", "period_start", "value")), strict=True)) for e in got]
    assert len(got[0]) == 245
    assert rows[0] <= rows[1]


def test_lookups_follow_a_chain_of_files(tmp_path: Path):
    first = sheet(tmp_path, "no,v\n7,1\n8,2\n", "first.csv")
    second = sheet(tmp_path, "no,mail\n7.0,a@x\n8.0,b@x\n", "second.csv")
    third = sheet(tmp_path, "mail,id\na@x,R1\n", "third.csv")
    rule = ColumnRule.model_validate({"from": "no", "lookup": [
        {"file": "second.csv", "match": "no", "value": "mail"}, {"file": "third.csv", "match": "mail", "value": "id"}]})  # fmt: skip
    mapping = Mapping.model_validate({"source": "t", "files": [{"match": "first.csv", "tables": [
        {"table": "rep", "columns": {"rep_id": rule, "name": "v"}}]}]})  # fmt: skip
    got = extract(first, mapping.files[0].tables[0], mapping, Sources([first, second, third]))
    assert got.columns["rep_id"].to_pylist() == ["R1", None]
    with pytest.raises(DataError, match="must be among the files"):
        extract(first, mapping.files[0].tables[0], mapping, Sources([first, second]))


def test_dates_move_to_another_calendar_and_snap_to_months(tmp_path: Path):
    rule = """{table: rep_assignment, columns: {valid_from: {from: a, shift_months: 73, snap: month_start},
      valid_to: {from: b, shift_months: 73, snap: month_end}}}"""
    got, _ = table(tmp_path, "a,b\n2012-11-30,2012-11-29\n2012-02-29,\n", rule)
    assert [d.isoformat() for d in got["valid_from"]] == ["2019-01-01", "2018-04-01"]
    assert [d and d.isoformat() for d in got["valid_to"]] == ["2018-12-31", None]


def test_money_of_merged_cells_counts_once():
    part = read_sheets(shared_path("crm", "samples", "files", "subform_merged.xlsx"))[0]
    rule = "{match: '*', tables: [{table: order_line, columns: {order_id: 订单编号, amount: 合同金额}}]}"
    mapping = Mapping.from_yaml(f"source: t\nfiles: [{rule}]")
    got = extract(part, mapping.files[0].tables[0], mapping, Sources([part]))
    assert got.columns["order_id"].to_pylist() == ["SO0000", "SO0001", "SO0002"]
    assert got.aside.tolist() == [1, 3, 5]


def test_a_missing_column_names_the_nearest(tmp_path: Path):
    with pytest.raises(DataError, match="did you mean '订单日期'"):
        table(tmp_path, "订单号,订单日期\n1,2\n", "{table: receipt, columns: {receipt_date: 订货日期}}")


def test_known_folders_are_recognised_by_their_files():
    assert recognise(["订单.csv", "退货.csv", "销售人员.csv"]).source == "zh_superstore"
    assert recognise(["订单.csv"]) is None


@pytest.mark.parametrize("name", packaged_mappings())
def test_reasons_for_leaving_files_out_are_said_in_chinese(name: str):
    for ignored in load_mapping(name).ignore:
        assert any("\u4e00" <= c <= "\u9fff" for c in say(ignored.why, "zh")), ignored.why
