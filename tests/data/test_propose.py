from pathlib import Path

import pytest

from salesplan.data.propose import candidates, propose_mapping
from salesplan.data.readers import read_sheets
from salesplan.errors import DataError, InputError
from tests.shared import shared_path


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def tables(folder: Path) -> dict[str, list[str]]:
    return {f.match: [t.table for t in f.tables] for f in propose_mapping(folder).files}


def test_tables_are_told_by_their_headers_in_chinese_and_english(tmp_path: Path):
    folder = write(
        tmp_path,
        a="工号,姓名,部门,职级,入职日期,离职日期\nE1,张伟,华东,P3,2020-01-01,\n",
        b="部门编号,部门名称,上级部门\nd1,华东,\n",
        c="Order Number,Order Date,Customer,Sales Rep,Amount\n1,2027-01-05,X,张伟,5\n",
        d="收款单号,到账日期,收款金额\n1,2027-01-05,5\n",
        e="月份,姓名,目标金额（万元）\n2027-01,张伟,5\n",
        f="产品编号,产品名称,产品线\n1,甲,线\n",
        g="客户编号,客户名称,行业\n1,甲,零售\n",
        h="姓名,假别,开始日期,结束日期\n张伟,产假,2027-01-01,2027-04-01\n",
        i="指数代码,月份,指数值\nPMI,2027-01,50\n",
        j="备忘,内容\n1,2\n",
    )
    assert tables(folder) == {
        "a.csv": ["rep", "rep_assignment"], "b.csv": ["org_unit"], "c.csv": ["order_line"], "d.csv": ["receipt"],
        "e.csv": ["target"], "f.csv": ["product"], "g.csv": ["customer"], "h.csv": ["rep_leave"], "i.csv": ["market_index"],
    }  # fmt: skip
    assert propose_mapping(folder).ignored("j.csv") == "no known table in its headers"


def test_lists_nobody_keeps_are_read_off_the_orders(tmp_path: Path):
    folder = write(tmp_path, 订单="订单号,下单日期,业务员,区域,客户名称,产品名称,产品线,金额\n1,2027-01-05,张伟,华东,甲,乙,丙,5\n")
    rules = propose_mapping(folder).files[0].tables
    assert [t.table for t in rules] == ["org_unit", "rep", "rep_assignment", "customer", "product", "order_line"]
    assert [t.distinct for t in rules] == [True] * 5 + [False]


def test_files_of_several_years_share_a_rule(tmp_path: Path):
    text = "订单号,下单日期,金额{}\n1,2027-01-05,5\n"
    folder = write(tmp_path, 订单_2026=text.format(""), 订单_2027=text.format("(万元)"))
    assert tables(folder) == {"订单_*.csv": ["order_line"]}


def test_month_columns_need_a_year(tmp_path: Path):
    months = ",".join(f"{m}月" for m in range(1, 13))
    text = f"姓名,{months}\n张伟,{','.join('1' * 12)}\n"
    assert tables(write(tmp_path, 目标2027=text)) == {"目标2027.csv": ["target"]}
    (tmp_path / "目标2027.csv").rename(tmp_path / "目标.csv")
    with pytest.raises(DataError, match="months without a year"):
        propose_mapping(tmp_path)


def test_an_undecided_sheet_names_the_candidates_and_the_flag(tmp_path: Path):
    folder = write(tmp_path, a="单据编号,订单日期,收款日期,金额\n1,2027-01-05,2027-01-06,5\n")
    assert {c.table for c in candidates(read_sheets(folder / "a.csv")[0])[:2]} == {"order_line", "receipt"}
    with pytest.raises(DataError, match=r"could be .*--table 'a.csv="):
        propose_mapping(folder)
    assert propose_mapping(folder, tables={"a.csv": "receipt"}).files[0].tables[0].table == "receipt"
    with pytest.raises(InputError, match="did you mean 'receipt'"):
        propose_mapping(folder, tables={"a.csv": "receipts"})
    with pytest.raises(DataError, match="lacks"):
        propose_mapping(folder, tables={"a.csv": "market_index"})


def test_nothing_recognised_says_what_is_lacking(tmp_path: Path):
    with pytest.raises(DataError, match=r"nearest to .* but lacks"):
        propose_mapping(write(tmp_path, a="订单日期,金额\n2027-01-05,5\n"))


def test_line_amounts_are_preferred_to_amounts_of_merged_cells():
    mapping = propose_mapping(shared_path("crm", "samples", "files", "subform_merged.xlsx"))
    order = next(t for t in mapping.files[0].tables if t.table == "order_line")
    assert order.columns["amount"].sources == ["小计"]


def test_a_list_that_merely_names_customers_is_no_customer_list():
    with pytest.raises(DataError, match="no table is recognised"):
        propose_mapping(shared_path("crm", "samples", "files", "opportunity_gbk.csv"))


@pytest.mark.parametrize("header", ["业务员编码", "销售员工号", "业务员工号", "销售工号", "人员编码", "负责人工号", "seller code",
                                    "Rep_Code", "sales rep no", "客户经理编号", "业务员 ID", "Salesperson Number"])
def test_numbers_of_people_are_recognised_beside_their_name(tmp_path: Path, header: str):
    write(tmp_path, a=f"订单编号,订单日期,客户编号,金额,{header},销售员\nA1,2027-01-05,C1,5,E1,张伟\n")
    order = next(t for t in propose_mapping(tmp_path).files[0].tables if t.table == "order_line")
    person = order.columns["rep_id"].person
    assert person is not None
    assert (person.employee_no, person.name) == (header, "销售员")


def test_a_customer_owner_is_told_by_number(tmp_path: Path):
    write(tmp_path, 客户="客户编号,客户名称,行业,城市,负责人编码,负责人\nC1,甲,化工,上海,E1,张伟\n")
    customer = propose_mapping(tmp_path).files[0].tables[0]
    person = customer.columns["owner_rep_id"].person
    assert person is not None
    assert (person.employee_no, person.name) == ("负责人编码", "负责人")


@pytest.mark.parametrize("header", ["销售编号", "sales number", "sales id", "业务编号"])
def test_numbers_of_sales_are_not_taken_for_people(tmp_path: Path, header: str):
    write(tmp_path, a=f"订单编号,订单日期,客户编号,金额,{header}\nA1,2027-01-05,C1,5,77\n")
    mapping = propose_mapping(tmp_path)
    assert mapping.files[0].not_used == [header]


def test_a_number_that_stands_for_the_name_is_noted(tmp_path: Path):
    write(tmp_path, a="订单编号,订单日期,客户编号,金额\nA1,2027-01-05,C1,5\n")
    customer = next(t for t in propose_mapping(tmp_path).files[0].tables if t.table == "customer")
    assert "客户编号" in customer.note
    assert "客户名称" in customer.note


def test_what_is_lacking_is_said_with_headers_people_use(tmp_path: Path):
    with pytest.raises(DataError) as stop:
        propose_mapping(write(tmp_path, a="订单日期,金额\n2027-01-05,5\n"))
    assert "订单编号" in str(stop.value)
    assert "|" not in str(stop.value)
