"""Files of what sellers do and how they are judged: told by their headers and imported as CRM systems export them."""

from pathlib import Path

import pandas as pd
import pytest

from salesplan.data.importing import import_files
from salesplan.data.propose import propose_mapping
from salesplan.data.propose_people import named_scale
from salesplan.data.workspace import Workspace

FILES = {
    "组织架构.csv": "部门编号,部门名称,上级部门编号,部门层级\nD1,公司,,公司\nD2,华东队,D1,团队\nD3,华南队,D1,团队\n",
    "花名册.csv": "工号,姓名,部门编号,角色,职级,入职日期\nE1,张伟,D2,销售代表,P1,2020-01-01\nE2,张伟,D3,销售代表,P2,2020-01-01\n"
                  "E3,王芳,D2,销售经理,M1,2019-01-01\n",
    "客户档案.csv": "客户编号,客户名称,客户级别,行业\nC1,东海仪器,A,制造\nC2,南方药业,B,医药\n",
    "商机.csv": "商机编号,商机名称,客户名称,负责人,所属部门,商机阶段,商机状态,预计金额(万元),"
                "创建时间,预计成交日期,实际成交日期,输单原因,商机来源\n"
                "O1,甲,东海仪器,张伟,华东队,方案报价,进行中,12.5,2026-01-05 10:11:12,2026-05-01,,,展会\n"
                "O2,乙,南方药业,张伟,华南队,赢单,,3,2026-01-06,2026-03-01,2026-03-02,,官网\n"
                "O3,丙,未知公司,王芳,华东队,,输单,3,2026-01-06,2026-03-01,2026-01-02,价格,官网\n"
                "O4,丁,东海仪器,王芳,华东队,,搞不清,3,2026-01-06,2026-03-01,,,官网\n",
    "跟进记录.csv": "跟进编号,跟进人工号,跟进人,客户名称,商机编号,跟进方式,跟进时间,时长(分钟),跟进结果\n"
                    "A1,E1,张伟,东海仪器,O1,上门拜访,2026-01-05 09:00,45,有意向\nA2,E2,张伟,南方药业,O2,电话,2026-01-06,1.5,\n"
                    "A3,,张伟,南方药业,,微信,2026-01-07,,\nA4,E2,张伟,南方药业,O2,电话,2026-01-06,00:00:40,\n"
                    "A5,E2,张伟,南方药业,O2,电话,2026-01-06,很久,\n",
    "客户满意度.csv": "问卷编号,客户名称,客户经理工号,满意度(百分制),提交时间\n"
                      "Q1,东海仪器,E1,92,2026-02-01\nQ2,南方药业,E2,88,2026-02-03\n",
    "360评价.csv": "轮次,被评价人工号,评价人工号,评价关系,评价维度,得分(1-5),评价日期\n2026H1,E1,E3,上级,沟通,4,2026-06-10\n"
                   "2026H1,E1,E2,同事,团队合作,5,2026-06-10\n2026H1,E1,,自评,团队合作,5,2026-06-10\n"
                   "2026H1,E1,E2,同事,团队合作,6,2026-06-10\n2026H1,E1,E2,同事,团队合作,5,2026-06-10\n",
    "培训记录.csv": "记录编号,学员工号,学员,课程名称,开始日期,完成日期,完成状态,考试成绩,学时,培训费用\n"
                    "T1,E1,张伟,谈判技巧,2026-03-01,2026-03-02,已完成,88,8,1200\n",
    "权重判断问卷.csv": "判断人,指标体系,指标甲,指标乙,重要性比值,填写日期\n王芳,骨干,销售额,visits,3,2026-05-01\n"
                        "王芳,骨干,销售额,赢单率,1/2,2026-05-01\n外部专家,骨干,销售额,拜访量,1：3,2026-05-01\n"
                        "外部专家,骨干,拜访量,赢单率,同等,2026-05-01\n",
    "订单.csv": "订单编号,订单日期,客户编号,业务员工号,销售部门,产品,数量,金额\nS1,2026-01-05,C1,E1,华东队,仪器,1,1000\n",
}  # fmt: skip


def write(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("crm") / "exports")


@pytest.fixture(scope="module")
def shop(folder) -> Workspace:
    import_files(folder, folder.parent / "w")
    return Workspace(folder.parent / "w")


def test_each_file_is_told_by_its_headers_with_nothing_left_over(folder):
    mapping = propose_mapping(folder)
    told = {rule.match: {t.table for t in rule.tables} for rule in mapping.files}
    assert told["商机.csv"] == {"opportunity"}
    assert told["跟进记录.csv"] == {"activity"}
    assert told["客户满意度.csv"] == told["360评价.csv"] == {"feedback"}
    assert told["培训记录.csv"] == {"training_record"}
    assert told["权重判断问卷.csv"] == {"kpi_judgment"}
    assert not [rule.not_used for rule in mapping.files if rule.not_used]


def test_english_exports_are_told_too(tmp_path):
    heads = {
        "deals.csv": ("Deal ID,Deal Name,Associated Company,Deal Owner,Deal Stage,Amount,Create Date,Close Date", "opportunity"),
        "calls.csv": ("Activity ID,Type,Assigned To,Account Name,Date,Duration (min)", "activity"),
        "review.csv": ("Review Cycle,Ratee,Reviewer,Relationship,Competency,Rating,Submitted", "feedback"),
        "courses.csv": ("Learner,Course Name,Start Date,Completion Date,Status,Hours", "training_record"),
        "ahp.csv": ("Expert,Criterion A,Criterion B,Judgment", "kpi_judgment")}
    for name, (head, _) in heads.items():
        (tmp_path / name).write_text(head + "\n" + ",".join("x" for _ in head.split(",")) + "\n", encoding="utf-8")
    mapping = propose_mapping(tmp_path)
    assert {rule.match: rule.tables[0].table for rule in mapping.files} == {n: t for n, (_, t) in heads.items()}


def test_deals_find_their_customer_seller_stage_and_state(shop):
    got = shop.read_table("opportunity").set_index("opportunity_id")
    assert got["rep_id"].to_dict() == {"O1": "E1", "O2": "E2", "O3": "E3", "O4": "E3"}
    assert got["customer_id"].to_dict() == {"O1": "C1", "O2": "C2", "O3": "未知公司", "O4": "C1"}
    assert got.loc["O1", ["stage", "status", "amount"]].tolist() == ["proposal", "open", 125000.0]
    assert got.loc["O2", ["stage", "status"]].tolist() == ["won", "won"]
    assert got.loc["O3", ["stage", "status"]].tolist() == ["lost", "lost"]
    assert pd.isna(got.loc["O4", "status"])                                       # an unknown word is not guessed


def test_durations_follow_their_header_and_twins_are_never_guessed(shop):
    got = shop.read_table("activity").set_index("activity_id")
    assert got["seconds"].dropna().to_dict() == {"A1": 2700, "A2": 90, "A4": 40}
    assert got.loc["A1", ["type", "rep_id", "customer_id"]].tolist() == ["visit", "E1", "C1"]
    held = shop.read_quarantine()
    assert held.loc[held["row_key"] == "A3", "reasons"].tolist() == ["unknown_rep"]


def test_scores_take_their_scale_from_the_header_and_raters_from_staff_or_customers(shop):
    got = shop.read_table("feedback")
    customers = got[got["by_role"] == "customer"].set_index("feedback_id")
    assert customers.loc["Q1", ["rater_id", "topic", "scale_min", "scale_max"]].tolist() == ["C1", "satisfaction", 0.0, 100.0]
    review = got[got["round"] == "2026H1"]
    assert sorted(zip(review["by_role"], review["rater_id"], review["topic"], strict=True)) == [
        ("manager", "E3", "communication"), ("peer", "E2", "teamwork"), ("self", "E1", "teamwork")]
    held = shop.read_quarantine()
    assert held.loc[held["table"] == "feedback", "reasons"].tolist() == ["score_outside_scale"]


def test_rows_without_a_number_get_the_same_one_again(shop, folder, tmp_path):
    first = shop.read_table("feedback").set_index(["rep_id", "by_role", "topic"])["feedback_id"]
    again = write(tmp_path / "again")
    (again / "360评价.csv").write_text(FILES["360评价.csv"] + "2026H1,E2,E1,同事,沟通,3,2026-06-11\n", encoding="utf-8")
    import_files(again, tmp_path / "w")
    import_files(folder, tmp_path / "w")
    second = Workspace(tmp_path / "w").read_table("feedback").set_index(["rep_id", "by_role", "topic"])["feedback_id"]
    assert len(second) == len(first) + 1
    assert second[first.index].tolist() == first.tolist()


def test_training_falls_back_to_the_courses_name(shop):
    got = shop.read_table("training_record").iloc[0]
    assert got[["rep_id", "course_id", "course_name", "status", "hours", "cost"]].tolist() == [
        "E1", "谈判技巧", "谈判技巧", "done", 8.0, 1200.0]


def test_judgements_may_come_from_outside_and_name_kpis_in_words(shop):
    got = shop.read_table("kpi_judgment").set_index(["judge_id", "kpi_a", "kpi_b"])["ratio"]
    assert got["E3", "sales_amount", "visits"] == 3.0
    assert got["E3", "sales_amount", "win_rate"] == 0.5
    assert got["外部专家", "sales_amount", "visits"] == pytest.approx(1 / 3)
    assert pd.isna(got["外部专家", "visits", "win_rate"])


def test_headers_may_name_their_scale():
    assert [named_scale(h) for h in ("评分（1-5分）", "满意度(百分制)", "得分[0~10]", "10分制评分", "评分", "评分(5-1)")] == [
        ("1", "5"), ("0", "100"), ("0", "10"), ("0", "10"), None, None]
