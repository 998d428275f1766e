"""The demo company's files of skills, courses and coaching, untidy as they would be."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from salesplan.data.demo_coaching import Coaching
from salesplan.data.demo_coaching_catalogue import COURSE_NAMES_EN, COURSE_SKILLS, COURSES, SKILLS, role_profiles
from salesplan.data.demo_coaching_people import TRAINER, Guidance
from salesplan.data.demo_coaching_roll_out import RollOut
from salesplan.data.demo_files import count_fault, iso_days, write_csv, write_without_clock
from salesplan.data.demo_people import Staff
from salesplan.data.demo_process_files import TRAINING_WORDS, Faults, copies_to_spoil, put_among
from salesplan.data.demo_sales import Sales

KIND_WORDS = {"knowledge": "知识", "skill": "技能"}
GOAL_WORDS = {"open": "进行中", "done": "已完成", "dropped": "取消"}
SOURCE_WORDS = {"self": "自评", "manager": "上级", "test": "考试", "customer": "客户"}
_NUMBERS = {"self": "ZP", "manager": "SJ", "test": "KS", "customer": "KP"}
_STRANGER = ("E9999", "查无此人")


def write_coaching(
    folder: Path, coaching: Coaching, staff: Staff, sales: Sales, *, rng: np.random.Generator
) -> tuple[dict[str, int], Faults]:
    """Write all of it; give the rows that arrive and the planted faults of each table."""
    faults: Faults = {}
    number = staff.people["employee_no"].to_numpy(object)
    name = staff.people["name"].to_numpy(object)
    _write_trainer(folder, staff)
    _write_catalogue(folder, faults)
    _write_assessments(folder, coaching, staff, sales, faults, rng)
    _write_guidance(folder, coaching.guidance, number, name, faults)
    _write_roll_out(folder, coaching.roll_out, number, name)
    rows = {"skill": len(SKILLS), "role_profile": len(role_profiles()),
            "skill_assessment": len(coaching.scores.assessments), "course": len(COURSES),
            "course_skill": len(COURSE_SKILLS), "development_goal": len(coaching.guidance.goals),
            "mentor": len(coaching.guidance.mentors), "cannot_match": len(coaching.guidance.cannot_match)}
    return rows, {table: dict(sorted(faults.get(table, {}).items())) for table in rows}


def _write_trainer(folder: Path, staff: Staff) -> None:
    """The training centre's own list, of one person."""
    first = staff.assignments["valid_from"].min()
    write_csv(folder / "培训中心人员.csv", pd.DataFrame({
        "工号": [TRAINER["employee_no"]], "姓名": [TRAINER["name"]], "邮箱": [TRAINER["email"]], "状态": ["在职"],
        "入职日期": [f"{first:%Y-%m-%d}"], "部门编号": [TRAINER["org_id"]], "角色": ["培训经理"], "承担目标": ["否"]}),
        "utf-8-sig")


def _write_catalogue(folder: Path, faults: Faults) -> None:
    """Skills, what each tier needs, courses and what they teach."""
    write_csv(folder / "技能清单.csv", pd.DataFrame({
        "技能编号": SKILLS["skill_id"], "技能名称": SKILLS["name"], "技能英文名": SKILLS["name_en"],
        "技能类别": SKILLS["kind"].map(KIND_WORDS), "对应指标": SKILLS["kpi"], "技能说明": SKILLS["description"]}),
        "utf-8-sig")
    title = dict(zip(SKILLS["skill_id"], SKILLS["name"], strict=True))
    needed = role_profiles()
    rows = [[r.tier, r.role or None, r.skill_id, title[r.skill_id], r.required_level, r.importance, r.frequency]
            for r in needed.itertuples(index=False)]
    bad = [["骨干", None, "S99", "舞台表演", 3.0, 3, 3], ["骨干", None, "S12", title["S12"], 7.0, 3, 3],
           ["新人", None, "S12", title["S12"], 2.0, 9, 3]]
    _note(faults, "role_profile", unknown_skill=1, score_outside_scale=2, footer_or_total_row=1)
    _write_book(folder / "岗位技能要求.xlsx", "示例远帆仪器 岗位技能要求（1-5级）",
                ["职级", "岗位", "技能编号", "技能名称", "要求等级(1-5级)", "重要性", "使用频率"],
                [*rows, *bad, ["制表人：培训中心"]])
    courses = pd.DataFrame({
        "课程编号": COURSES["course_id"], "课程名称": COURSES["name"],
        "课程英文名": COURSES["course_id"].map(COURSE_NAMES_EN), "学时": COURSES["hours"].map("{:g}".format),
        "每人费用(元)": COURSES["cost"].astype(str), "开班费用(元)": COURSES["fixed_cost"].astype(str),
        "名额": COURSES["seats"].map(lambda n: "" if pd.isna(n) else f"{n:.0f}"), "互斥组": COURSES["exclusive_group"],
        "先修课程": COURSES["prerequisites"], "授课方式": COURSES["delivery"],
        "是否开课": np.where(COURSES["is_offered"], "是", "否")})
    spoilt = courses.iloc[[0]].assign(课程编号="TERR0", 学时="-4")
    _note(faults, "course", value_below_zero=1, footer_or_total_row=1)
    write_csv(folder / "课程目录.csv", _signed(pd.concat([courses, spoilt]), "课程编号"), "gb18030")
    taught = pd.DataFrame({
        "课程编号": COURSE_SKILLS["course_id"], "技能编号": COURSE_SKILLS["skill_id"],
        "提升等级": COURSE_SKILLS["gain"].map("{:.1f}".format),
        "最高可达等级": COURSE_SKILLS["up_to_level"].map("{:.1f}".format)})
    extra = taught.iloc[[0, 1]].assign(课程编号=["T77", "T01"], 技能编号=["S01", "S99"])
    _note(faults, "course_skill", unknown_course=1, unknown_skill=1)
    write_csv(folder / "课程技能.csv", pd.concat([taught, extra]), "utf-8-sig")


def _write_assessments(
    folder: Path, coaching: Coaching, staff: Staff, sales: Sales, faults: Faults, rng: np.random.Generator
) -> None:
    """A file a source: two of them GB18030, one a workbook, tests on 100 points, customers on 10."""
    said = coaching.scores.assessments
    number = staff.people["employee_no"].to_numpy(object)
    person = staff.people["name"].to_numpy(object)
    known = {**dict(zip(number, person, strict=True)), TRAINER["employee_no"]: TRAINER["name"]}
    buyer = sales.customers.set_index("customer_id")["name"]
    title = SKILLS.set_index("skill_id")["name"]
    names = [name for name, _ in coaching.scores.rounds]
    for source, own in said.groupby("source", sort=True):
        frame = pd.DataFrame({
            "评估编号": [f"{_NUMBERS[str(source)]}{n:05d}" for n in range(1, len(own) + 1)],
            "评估轮次": [names[r] for r in own["round"]], "评估日期": iso_days(own["date"]).to_numpy(object),
            "工号": number[own["person"]], "姓名": person[own["person"]], "技能编号": own["skill"].to_numpy(object),
            "技能名称": own["skill"].map(title).to_numpy(object), "评估来源": SOURCE_WORDS[str(source)],
            "评估人工号": own["assessor"].to_numpy(object),
            "评估人": own["assessor"].map(known).fillna("").to_numpy(object),
            "评分": own["score"].map("{:g}".format).to_numpy(object)})
        if source == "self":
            _write_self(folder, frame, faults, rng)
        elif source == "manager":
            _write_managers(folder, frame, faults, rng)
        elif source == "test":
            _write_tests(folder, frame, faults, rng)
        else:
            frame["客户编号"] = own["assessor"].to_numpy(object)
            frame["客户名称"] = own["assessor"].map(buyer).to_numpy(object)
            frame = frame.drop(columns=["评估人工号", "评估人"]).assign(最低分="1", 满分="10")
            write_csv(folder / "技能评估_客户.csv", frame, "utf-8-sig")


def _write_self(folder: Path, frame: pd.DataFrame, faults: Faults, rng: np.random.Generator) -> None:
    bad = copies_to_spoil(frame, 15, rng)
    bad["评估编号"] = [f"ZPERR{n:02d}" for n in range(len(bad))]
    bad.loc[0:3, ["技能编号", "技能名称"]] = ["S99", "舞台表演"]
    bad.loc[4:6, "评分"] = ["0", "6", "7"]
    bad.loc[7:8, "评分"] = ["良好", "中上"]
    bad.loc[9:14, "评分"] = ""
    repeated = copies_to_spoil(frame, 5, rng)
    _note(faults, "skill_assessment", unknown_skill=4, score_outside_scale=3, unparseable_score=2, blank_score=6,
          exact_duplicate=len(repeated), footer_or_total_row=1)
    whole = _signed(put_among(frame, [bad], repeated), "评估编号")
    whole["评估日期"] = whole["评估日期"].str.replace("-", "/")
    write_csv(folder / "技能评估_自评.csv", whole.drop(columns=["评估人工号", "评估人"]), "gb18030")


def _write_managers(folder: Path, frame: pd.DataFrame, faults: Faults, rng: np.random.Generator) -> None:
    bad = copies_to_spoil(frame, 4, rng)
    bad["评估编号"] = [f"SJERR{n:02d}" for n in range(len(bad))]
    bad.loc[0:1, "评分"] = ["5.5", "0.5"]
    bad.loc[2:3, ["工号", "姓名"]] = list(_STRANGER)
    repeated = copies_to_spoil(frame, 3, rng)
    _note(faults, "skill_assessment", score_outside_scale=2, unknown_seller=2, exact_duplicate=len(repeated),
          footer_or_total_row=1)
    whole = put_among(frame, [bad], repeated).rename(columns={"评分": "评分(1-5分)"})
    rows = whole.astype({"评分(1-5分)": float}).astype(object)
    _write_book(folder / "技能评估_上级.xlsx", "示例远帆仪器 销售技能上级评估（1-5分，可打半分）", list(whole.columns),
                [*rows.to_numpy().tolist(), ["制表人：培训中心"]])


def _write_tests(folder: Path, frame: pd.DataFrame, faults: Faults, rng: np.random.Generator) -> None:
    bad = copies_to_spoil(frame, 7, rng)
    bad["评估编号"] = [f"KSERR{n:02d}" for n in range(len(bad))]
    bad.loc[0:2, "评分"] = ["105", "120", "-5"]
    bad.loc[3:4, ["技能编号", "技能名称"]] = ["S99", "舞台表演"]
    bad.loc[5:6, "评估日期"] = ["2026-02-30", "上周"]
    _note(faults, "skill_assessment", score_outside_scale=3, unknown_skill=2, unparseable_date=2)
    whole = put_among(frame, [bad], frame.iloc[:0]).rename(columns={"评分": "评分(百分制)"})
    write_csv(folder / "技能评估_考试.csv", whole, "gb18030")


def _write_guidance(
    folder: Path, guidance: Guidance, number: np.ndarray, name: np.ndarray, faults: Faults
) -> None:
    mentors, barred, goals = guidance.mentors, guidance.cannot_match, guidance.goals
    who = mentors["person"].to_numpy()
    rows: list[Sequence[object]] = [
        list(row) for row in zip(number[who], name[who], mentors["capacity"].tolist(), mentors["hours"].tolist(),
                                 strict=True)]
    rows.append([*_STRANGER, 1, 1.0])
    _note(faults, "mentor", unknown_seller=1)
    _write_book(folder / "导师名单.xlsx", "", ["导师工号", "导师", "可带人数", "每周带教小时"], rows)
    pairs = pd.DataFrame({
        "导师工号": number[barred["mentor"]], "导师": name[barred["mentor"]], "学员工号": number[barred["mentee"]],
        "学员": name[barred["mentee"]], "不配对原因": barred["reason"]})
    own = pd.DataFrame([[number[who[0]], name[who[0]], number[who[0]], name[who[0]], "填错"]], columns=pairs.columns)
    _note(faults, "cannot_match", mentor_is_mentee=1)
    write_csv(folder / "不可配对名单.csv", pd.concat([pairs, own]), "gb18030")
    plan = pd.DataFrame({
        "发展目标编号": [f"FZ{n:04d}" for n in range(1, len(goals) + 1)], "工号": number[goals["person"]],
        "姓名": name[goals["person"]], "技能名称": goals["skill"].map(SKILLS.set_index("skill_id")["name"]),
        "目标等级": goals["target"].map("{:g}".format), "设定日期": iso_days(goals["set"]),
        "截止日期": iso_days(goals["due"]), "目标状态": goals["status"].map(GOAL_WORDS), "备注": "陪访复盘"})
    bad = plan.iloc[[0, 1, 2]].assign(发展目标编号=["FZERR0", "FZERR1", "FZERR2"])
    bad["技能名称"] = ["舞台表演", *bad["技能名称"].iloc[1:]]
    bad.iloc[1:, [1, 2]] = list(_STRANGER)
    _note(faults, "development_goal", unknown_skill=1, unknown_seller=2)
    write_csv(folder / "发展目标.csv", pd.concat([plan, bad]), "gb18030")


def _write_roll_out(folder: Path, roll_out: RollOut, number: np.ndarray, name: np.ndarray) -> None:
    """The sign-in list of the courses, without hours or cost, and what the call centre's system recorded."""
    said = roll_out.records
    write_csv(folder / "培训签到表.csv", pd.DataFrame({
        "签到编号": [f"QD{n:05d}" for n in range(1, len(said) + 1)], "工号": number[said["person"]],
        "姓名": name[said["person"]], "课程编号": said["course"], "课程名称": said["name"],
        "开始日期": iso_days(said["started"]), "完成日期": iso_days(said["completed"]).fillna(""),
        "培训状态": said["status"].map(TRAINING_WORDS)}), "gb18030")
    calls = roll_out.calls
    write_csv(folder / "外呼系统通话.csv", pd.DataFrame({
        "通话编号": [f"WH{n:06d}" for n in range(1, len(calls) + 1)], "通话日期": iso_days(calls["date"]),
        "坐席工号": number[calls["person"]], "坐席": name[calls["person"]], "通话时长(秒)": calls["seconds"]}), "utf-8")


def _note(faults: Faults, table: str, **kinds: int) -> None:
    for kind, rows in kinds.items():
        count_fault(faults.setdefault(table, {}), kind, rows)


def _signed(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return pd.concat([frame, pd.DataFrame([{column: "制表人：培训中心"}])], ignore_index=True)


def _write_book(path: Path, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("明细")
    for row in [*([[title]] if title else []), list(columns), *rows]:
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    write_without_clock(path, written)
