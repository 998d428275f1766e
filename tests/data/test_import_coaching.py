"""Skills, assessments, courses, goals and mentors arrive from files as people keep them, and faults name row and column."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from salesplan.data.import_report import ImportReport
from salesplan.data.importing import import_files
from salesplan.data.propose import propose_mapping
from salesplan.data.workspace import Workspace

FILES = {
    "组织架构.csv": "部门编号,上级部门编号,部门名称,部门层级\nC,,公司,公司\nT1,C,一组,团队\n",
    "花名册.csv": "工号,姓名,邮箱,入职日期,离职日期,离职类型,状态\nE01,张伟,a@x.cn,2024-01-01,,,在职\nE02,王芳,b@x.cn,2026-01-01,,,在职\n"
                  "E03,李强,c@x.cn,2020-01-01,,,在职\nE04,赵训,t@x.cn,2020-01-01,,,在职\nE05,钱走,q@x.cn,2020-01-01,2026-01-31,辞退,离职\n",
    "任职记录.csv": "工号,部门编号,角色,职级,上级工号,生效日期\nE01,T1,销售代表,骨干,E03,2024-01-01\n"
                    "E02,T1,销售代表,新人,E03,2026-01-01\nE03,T1,经理,管理者,,2020-01-01\nE04,C,培训师,管理者,,2020-01-01\n",
    "技能清单.csv": "技能编号,技能名称,技能英文名,技能类别,对应指标,技能说明\nS1,产品知识,Product knowledge,知识,赢单率,懂产品\n"
                    "S2,谈判,Negotiation,,毛利率,\n",
    "岗位技能要求.csv": "职级,岗位,技能编号,技能名称,要求等级,重要性,使用频率\n新人,,S1,产品知识,3,4,5\n骨干,销售代表,S1,产品知识,4,4,5\n"
                        "骨干,,S2,谈判,7,4,5\n新人,,S9,没有,3,3,3\n骨干,,S2,谈判,4,9,5\n",
    "技能测评.csv": "工号,姓名,技能名称,考试日期,考试成绩(百分制)\nE01,张伟,产品知识,2026-09-01,80\nE02,王芳,产品知识,2026-09-01,105\n"
                    "E02,王芳,不存在,2026-09-01,60\nE02,王芳,谈判,2026-09-01,\n",
    "技能评估_2026H1.csv": "评估编号,工号,姓名,技能编号,评估来源,评估人工号,评估人,评估日期,评估轮次,评分(1-5分)\n"
                           "A1,E01,张伟,S1,上级,E03,李强,2026-06-01,2026H1,4\nA2,E01,张伟,S1,自评,,,2026-06-01,2026H1,5\n"
                           "A3,E01,张伟,S2,上级,,外部顾问,2026-06-01,2026H1,3\n",
    "课程目录.csv": "课程编号,课程名称,学时,每人费用(元),开班费用(元),名额,互斥组,先修课程,授课方式,是否开课\n"
                    "C1,产品入门,8,500,2000,20,,,线下,是\nC2,产品进阶,8,500,2000,20,甲,C1,线下,\nC3,坏课,-3,500,2000,20,,C1,线下,是\n",
    "课程技能.csv": "课程编号,技能编号,提升等级,最高可达等级\nC1,S1,1,3\nC2,S1,1,5\nC9,S1,1,5\n",
    "发展目标.csv": "工号,姓名,技能名称,目标等级,设定日期,截止日期,目标状态,备注\nE01,张伟,谈判,4,2026-07-01,2026-12-31,进行中,每周演练\n",
    "导师.csv": "导师工号,导师,可带人数,每周带教小时\nE03,李强,2,1.5\n",
    "不可配对.csv": "导师工号,导师,学员工号,学员,不配对原因\nE03,李强,E02,王芳,亲属\nE03,李强,E03,李强,x\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for place, (name, text) in enumerate(files.items()):
        (folder / name).write_text(text, encoding="gb18030" if place % 2 else "utf-8-sig")
    return folder


def bring(folder: Path, space: Workspace, files: dict[str, str]) -> ImportReport:
    return import_files(write(folder, files), space, confirm=lambda m: True)


@pytest.fixture(scope="module")
def arrived(tmp_path_factory) -> tuple[Workspace, ImportReport]:
    folder = tmp_path_factory.mktemp("coaching")
    space = Workspace(folder / "w")
    return space, bring(folder / "in", space, FILES)


@pytest.fixture
def space(tmp_path) -> Workspace:
    made = Workspace(tmp_path / "w")
    bring(tmp_path / "base", made, {n: FILES[n] for n in ("组织架构.csv", "花名册.csv", "任职记录.csv", "技能清单.csv")})
    return made


def test_every_file_is_told_by_its_headers(arrived):
    told = {rule.match: {t.table for t in rule.tables} for rule in arrived[1].mapping.files}
    assert told["技能清单.csv"] == {"skill"}
    assert told["岗位技能要求.csv"] == {"role_profile"}
    assert told["技能测评.csv"] == {"skill_assessment"}
    assert told["课程目录.csv"] == {"course"}
    assert told["课程技能.csv"] == {"course_skill"}
    assert told["发展目标.csv"] == {"development_goal"}
    assert told["导师.csv"] == {"mentor"}
    assert told["不可配对.csv"] == {"cannot_match"}


@pytest.mark.parametrize(("header", "table"), [
    ("Skill ID,Skill,Skill type,Description", "skill"), ("Grade,Job title,Skill,Required level,Importance", "role_profile"),
    ("Employee No,Skill,Source,Assessed by,Assessment date,Score (1-5)", "skill_assessment"),
    ("Course ID,Course name,Duration,Cost per seat,Seats,Prerequisites", "course"),
    ("Course,Skill,Level gain,Max level", "course_skill"),
    ("Employee No,Competency,Target level,Due date,Status", "development_goal"),
    ("Mentor,Max mentees,Hours per week", "mentor"), ("Mentor,Mentee,Reason", "cannot_match"),
    ("学员,课程名称,培训日期,培训状态,学时", "training_record"), ("被评价人,评价人,评价维度,评分,评价日期", "feedback"),
])
def test_english_headers_and_neighbouring_tables_are_told_apart(tmp_path, header, table):
    path = tmp_path / "list.csv"
    path.write_text(header + "\n" + ",".join("1" for _ in header.split(",")) + "\n", encoding="utf-8")
    assert [t.table for t in propose_mapping(path).files[0].tables] == [table]


def test_faults_name_row_column_value_and_scale(arrived):
    held = arrived[0].read_quarantine().set_index(["file", "src_row"])[["columns", "reasons", "detail"]]
    assert held.loc[("岗位技能要求.csv", 4)].tolist() == ["required_level", "score_outside_scale", "7 (1–5)"]
    assert held.loc[("岗位技能要求.csv", 5)].tolist() == ["skill_id", "unknown_skill", "S9"]
    assert held.loc[("岗位技能要求.csv", 6)].tolist() == ["importance", "score_outside_scale", "9 (1–5)"]
    assert held.loc[("技能测评.csv", 3)].tolist() == ["score", "score_outside_scale", "105 (0–100)"]
    assert held.loc[("技能测评.csv", 4)].tolist() == ["skill_id", "unknown_skill", "不存在"]
    assert held.loc[("课程目录.csv", 4)].tolist() == ["hours", "value_below_zero", ""]
    assert held.loc[("课程技能.csv", 4)].tolist() == ["course_id", "unknown_course", "C9"]
    assert held.loc[("不可配对.csv", 3)].tolist() == ["mentee_id", "mentor_is_mentee", ""]
    assert len(held) == 8


def test_words_and_names_become_codes_and_ids(arrived):
    space = arrived[0]
    skills = space.read_table("skill").set_index("skill_id")
    assert skills["kpi"].tolist() == ["win_rate", "gross_margin"]
    assert skills["kind"].tolist() == ["knowledge", "skill"], "nothing said means a skill"
    assert space.read_table("role_profile")["role"].dropna().tolist() == ["rep"]
    assert space.read_table("development_goal")[["rep_id", "skill_id", "status"]].values.tolist() == [["E01", "S2", "open"]]
    roles = space.read_table("rep_assignment").set_index("rep_id")["role"]
    assert roles["E04"] == "trainer"
    assert space.read_table("rep").set_index("rep_id").loc["E05", "leave_kind"] == "managed"
    assert space.read_table("course").set_index("course_id")["is_offered"].tolist() == [True, True]


def test_a_header_that_says_test_and_scale_fills_both(arrived):
    said = arrived[0].read_table("skill_assessment")
    test = said[said["source"] == "test"].iloc[0]
    assert test[["rep_id", "skill_id", "score", "scale_min", "scale_max"]].tolist() == ["E01", "S1", 80.0, 0.0, 100.0]


def test_assessors_are_found_or_stand_as_said(arrived):
    said = arrived[0].read_table("skill_assessment").set_index("assessment_id")["assessor_id"]
    assert said[["A1", "A2", "A3"]].tolist() == ["E03", "E01", "外部顾问"]


def test_rows_without_a_score_are_set_aside_and_counted(arrived):
    lines = arrived[1].to_frame()
    line = lines[(lines["file"] == "技能测评.csv")].iloc[0]
    assert line[["rows_in", "rows_ok", "rows_quarantined", "rows_set_aside"]].tolist() == [4, 1, 2, 1]


def test_a_corrected_score_replaces_the_old_one_and_two_at_once_contradict(space, tmp_path):
    header = "工号,技能编号,评估来源,评估日期,评估轮次,评分\n"
    bring(tmp_path / "a", space, {"技能评估.csv": header + "E01,S1,上级,2026-06-01,2026H1,3\n"})
    again = bring(tmp_path / "b", space, {"技能评估.csv": header + "E01,S1,上级,2026-06-01,2026H1,4\n"})
    assert again.replaced["skill_assessment"] == 1
    assert space.read_table("skill_assessment")["score"].tolist() == [4.0]
    both = bring(tmp_path / "c", space, {"技能评估.csv": header + "E02,S1,上级,2026-06-01,,3\nE02,S1,上级,2026-06-01,,4\n"})
    assert both.quarantine["reasons"].tolist() == ["duplicate_key_conflict"] * 2


def test_customers_without_a_name_are_not_taken_for_one(space, tmp_path):
    text = "工号,技能编号,评估来源,评估日期,评分\nE01,S1,客户,2026-06-01,3\nE01,S1,客户,2026-06-01,4\nE01,S1,客户,2026-06-01,4\n"
    report = bring(tmp_path / "a", space, {"技能评估.csv": text})
    assert sorted(space.read_table("skill_assessment")["score"]) == [3.0, 4.0]
    assert report.to_frame()["rows_exact_dup"].sum() == 1


def test_a_list_with_a_column_for_each_assessor_is_read_for_each(space, tmp_path):
    bring(tmp_path / "a", space, {"技能评估.csv": "姓名,技能,日期,自评,上级评分,考试成绩\n张伟,谈判,2026-06-02,4,3,\n"})
    said = space.read_table("skill_assessment").set_index("source")["score"]
    assert said.to_dict() == {"self": 4.0, "manager": 3.0}


def test_without_a_scale_five_points_are_meant(space, tmp_path):
    text = ("工号,技能编号,评估来源,评估日期,评分,满分\nE01,S1,上级,2026-06-01,4,\nE01,S2,上级,2026-06-01,85,\n"
            "E02,S1,上级,2026-06-01,85,100\n")
    report = bring(tmp_path / "a", space, {"技能评估.csv": text})
    said = space.read_table("skill_assessment").set_index("rep_id")[["scale_min", "scale_max"]]
    assert said.loc["E01"].tolist() == [1.0, 5.0]
    assert said.loc["E02"].tolist() == [0.0, 100.0]
    assert report.quarantine[["src_row", "columns", "detail"]].values.tolist() == [[3, "score", "85 (1–5)"]]


def test_a_scale_that_ends_below_its_start_is_refused(space, tmp_path):
    text = "工号,技能编号,评估来源,评估日期,评分,最低分,满分\nE01,S1,上级,2026-06-01,5,5,5\n"
    report = bring(tmp_path / "a", space, {"技能评估.csv": text})
    assert report.quarantine[["columns", "reasons"]].values.tolist() == [["scale_max", "score_outside_scale"]]


def test_without_a_skill_list_skills_stand_as_said(tmp_path):
    space = Workspace(tmp_path / "w")
    bring(tmp_path / "a", space, {n: FILES[n] for n in ("组织架构.csv", "花名册.csv", "任职记录.csv")} | {
        "技能评估.csv": "工号,技能名称,评估来源,评估日期,评分\nE01,谈判,上级,2026-06-01,3\n"})
    assert space.read_table("skill_assessment")["skill_id"].tolist() == ["谈判"]


def test_levels_of_goals_and_courses_off_the_scale_are_held_back(space, tmp_path):
    report = bring(tmp_path / "a", space, {
        "发展目标.csv": "工号,技能名称,目标等级,设定日期,截止日期\nE01,谈判,90,2026-07-01,2026-12-31\n"
                        "E01,产品知识,4,2026-07-01,2026-06-30\n",
        "课程目录.csv": FILES["课程目录.csv"], "课程技能.csv": "课程编号,技能编号,提升等级,最高可达等级\nC1,S1,1,9\n"})
    held = report.quarantine.set_index("table")[["columns", "detail"]]
    assert held.loc["development_goal"].tolist() == ["target_level", "90 (1–5)"]
    assert held.loc["course_skill"].tolist() == ["up_to_level", "9 (1–5)"]
    assert report.issues.set_index("table").loc["development_goal", "reason"] == "ends_before_start"


def test_numbers_in_brackets_tell_people_apart_whatever_they_look_like(tmp_path):
    space = Workspace(tmp_path / "w")
    roster = "工号,姓名,部门,邮箱,状态\nS-7/a,张伟,一组,a@x.cn,在职\nS-7/b,张伟,一组,b@x.cn,在职\n"
    bring(tmp_path / "a", space, {"花名册.csv": roster, "技能清单.csv": FILES["技能清单.csv"],
                                  "发展目标.csv": "姓名,技能,目标等级,设定日期\n张伟 (S-7/b),谈判,4,2026-07-01\n张伟,谈判,4,2026-08-01\n"})
    assert space.read_table("development_goal")["rep_id"].tolist() == ["S-7/b"]
    assert space.read_quarantine()["reasons"].tolist() == ["unknown_rep"]


def test_days_are_days(arrived):
    said = arrived[0].read_table("skill_assessment")
    assert pd.to_datetime(said["assessed_date"]).max() == pd.Timestamp("2026-09-01")


def test_courses_that_ask_for_one_another_are_remarked_on_and_taken(tmp_path):
    courses = "课程编号,课程名称,学时,先修课程\nX1,甲课,8,乙课\nX2,乙课,8,X1\nX3,丙课,8,X1\n"
    report = import_files(write(tmp_path / "in", {**FILES, "课程目录.csv": courses}), tmp_path / "w")
    noted = report.issues.set_index("reason").loc["course_circle"]
    assert (noted["rows"], noted["detail"]) == (2, "X1 → X2 → X1")
    assert any("课程互为先修" in line and "X1 → X2 → X1" in line for line in report.lines("zh"))
    assert len(Workspace(tmp_path / "w").read_table("course")) == 3
    assert "course_circle" not in set(import_files(write(tmp_path / "ok", FILES), tmp_path / "w2").issues["reason"])


def test_a_course_that_asks_for_an_unknown_one_is_remarked_on(tmp_path):
    courses = "课程编号,课程名称,学时,每人费用(元),先修课程\nX1,甲课,8,100,\nX5,戊课,8,100,C99\n"
    report = import_files(write(tmp_path / "in", {**FILES, "课程目录.csv": courses}), tmp_path / "w")
    noted = report.issues.set_index("reason").loc["unknown_prerequisite"]
    assert (noted["rows"], noted["detail"]) == (1, "X5 → C99")
    assert any("先修课程不在课程表中" in line and "X5 → C99" in line for line in report.lines("zh"))
    assert len(Workspace(tmp_path / "w").read_table("course")) == 2


def test_money_of_a_course_that_cannot_be_read_is_never_taken_for_free(tmp_path):
    courses = "课程编号,课程名称,学时,每人费用(元),开班费用(元),名额\nX1,甲课,8,八百,2000,20\nX2,乙课,8,800,2000,不限人\nX3,丙课,8,,2000,\n"
    report = import_files(write(tmp_path / "in", {**FILES, "课程目录.csv": courses}), tmp_path / "w")
    assert set(Workspace(tmp_path / "w").read_table("course")["course_id"]) == {"X3"}, "an empty cell is no slip"
    held = report.quarantine[report.quarantine["table"].eq("course")]
    assert sorted(held["src_row"]) == [2, 3]


def test_a_score_in_words_is_a_number_that_cannot_be_read_and_a_later_day_is_remarked_on(space, tmp_path):
    said = ("工号,姓名,技能名称,考试日期,考试成绩(百分制)\nE01,张伟,产品知识,2026-09-01,很好\nE01,张伟,产品知识,2028-09-01,80\n")
    report = import_files(write(tmp_path / "in", {"技能测评.csv": said}), space, confirm=lambda m: True, as_of=date(2026, 10, 31))
    told = " ".join(report.lines("zh"))
    assert "数字无法识别" in told and "金额无法识别" not in told
    assert report.issues.set_index("reason").loc["future_assessment", "rows"] == 1 and "评估日期在将来" in told


def test_slips_in_hours_and_days_are_held_or_hinted_at(space, tmp_path):
    head = {name: FILES[name].split("\n")[0] for name in ("课程目录.csv", "发展目标.csv", "导师.csv")}
    report = bring(tmp_path / "odd", space, {
        "课程目录.csv": head["课程目录.csv"] + "\nC1,产品入门,0,500,2000,20,,,线下,是\n",
        "发展目标.csv": head["发展目标.csv"] + "\nE01,张伟,谈判,4,2026-07-01,2026-05-31,进行中,\n",
        "导师.csv": head["导师.csv"] + "\nE03,李强,2,60\n"})
    held = space.read_quarantine()
    assert held["reasons"].tolist() == ["more_than_a_week"]
    noted = "\n".join(report.lines("en"))
    assert "The course lasts 0 hours" in noted
    assert "The end lies before the start" in noted
