"""The demo company's exports of deals, contacts, ratings, training and judgements, untidy as they would be."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from salesplan.data.demo_conduct import Process
from salesplan.data.demo_files import count_fault, iso_days, write_csv, write_without_clock, yuan_text
from salesplan.data.demo_people import Staff
from salesplan.data.demo_sales import LINES, Sales
from salesplan.data.demo_voices import ITEMS, KPI_SET, Ratings

STAGE_WORDS = {"lead": "初步接触", "qualify": "意向确认", "need": "需求分析", "proposal": "方案报价", "negotiation": "商务谈判",
               "won": "赢单", "lost": "输单"}  # fmt: skip
STATUS_WORDS = {"open": "进行中", "won": "赢单", "lost": "输单", "void": "作废"}
TYPE_WORDS = {"visit": "上门拜访", "proposal": "提交方案", "demo": "产品演示", "call": "电话", "email": "邮件", "im": "微信"}
RELATION_WORDS = {"self": "本人", "manager": "上级", "peer": "同事", "customer": "客户"}
TRAINING_WORDS = {"done": "已完成", "absent": "缺席", "planned": "已报名"}
KPI_WORDS = {"sales_amount": "销售额", "receipts": "回款", "win_rate": "赢单率", "customer_satisfaction": "客户满意度",
             "visits": "拜访量"}  # fmt: skip
_STYLES = [  # encoding, how a day is written, header of the duration
    ("gb18030", "{0.year}/{0.month}/{0.day}", "时长"),
    ("utf-8-sig", "{0:%Y-%m-%d} 09:30:00", "时长(秒)"),
]
Faults = dict[str, dict[str, int]]
"""Table -> kind of fault -> rows planted."""


class _Names:
    """Numbers and names of people and customers by row."""

    def __init__(self, staff: Staff, sales: Sales, prospects: pd.DataFrame) -> None:
        self.number = staff.people["employee_no"].to_numpy(object)
        self.person = staff.people["name"].to_numpy(object)
        everybody = pd.concat([sales.customers[["customer_id", "name"]], prospects[["customer_id", "name"]]])
        self.customer_id = np.append(everybody["customer_id"].to_numpy(object), "")
        self.customer = np.append(everybody["name"].to_numpy(object), "")
        teams = staff.units[staff.units["level"] == "团队"].drop_duplicates("org_id")["name"].to_numpy(object)
        self.team_of_seat = teams[staff.seat_team]


def write_process(
    folder: Path, process: Process, staff: Staff, sales: Sales, *, rng: np.random.Generator
) -> tuple[dict[str, int], Faults, float]:
    """Write all of it; give the rows that arrive and the planted faults of each table, and the yuan in good deals."""
    names = _Names(staff, sales, process.prospects)
    faults: Faults = {t: {} for t in ("opportunity", "activity", "feedback", "training_record", "kpi_judgment")}
    _write_prospects(folder, process.prospects)
    amount = _write_deals(folder, process.deals, names, faults["opportunity"], rng)
    _write_contacts(folder, process.contacts, names, faults["activity"], rng)
    _write_satisfaction(folder, process.satisfaction, names, faults["feedback"], rng)
    _write_ratings(folder, process.ratings, names, faults["feedback"])
    _write_training(folder, process.training, names, faults["training_record"], rng)
    _write_judgements(folder, process, names, faults["kpi_judgment"])
    scores = int(process.ratings.scores[list(ITEMS)].notna().to_numpy().sum())
    rows = {"opportunity": len(process.deals), "activity": len(process.contacts),
            "feedback": len(process.satisfaction) + scores, "training_record": len(process.training),
            "kpi_judgment": len(process.judgements) + faults["kpi_judgment"]["unparseable_ratio"]}
    return rows, {table: dict(sorted(planted.items())) for table, planted in faults.items()}, amount


def _write_prospects(folder: Path, prospects: pd.DataFrame) -> None:
    write_csv(folder / "潜在客户.csv", pd.DataFrame({
        "客户编号": prospects["customer_id"], "客户名称": prospects["name"], "行业": prospects["industry"],
        "省份": prospects["province"], "城市": prospects["city"], "渠道": prospects["channel"],
        "细分": prospects["segment"]}), "utf-8-sig")


def copies_to_spoil(frame: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Copies of good rows, to be spoilt."""
    return frame.iloc[np.sort(rng.choice(len(frame), size=count, replace=False))].reset_index(drop=True)


def _some(which: pd.Series, count: int, rng: np.random.Generator) -> np.ndarray:
    """A few rows of those marked."""
    return np.sort(rng.choice(which.index[which], size=count, replace=False))


def put_among(frame: pd.DataFrame, added: list[pd.DataFrame], repeated: pd.DataFrame) -> pd.DataFrame:
    """Spoilt rows in the middle and repeated ones at the end."""
    middle = len(frame) // 2
    return pd.concat([frame.iloc[:middle], *added, frame.iloc[middle:], repeated], ignore_index=True)


def _write_deals(
    folder: Path, deals: pd.DataFrame, names: _Names, faults: dict[str, int], rng: np.random.Generator
) -> float:
    """Write the opportunities; give the yuan in those with a readable amount."""
    line = np.array(LINES, object)[deals["line"]]
    frame = pd.DataFrame({
        "商机编号": deals["deal_no"], "商机名称": names.customer[deals["customer"]] + line + "项目",
        "客户编号": names.customer_id[deals["customer"]], "客户名称": names.customer[deals["customer"]],
        "商机阶段": deals["stage"].map(STAGE_WORDS), "商机状态": deals["status"].map(STATUS_WORDS),
        "预计金额(万元)": yuan_text(deals["amount_fen"], 10_000), "负责人工号": names.number[deals["person"]],
        "负责人": names.person[deals["person"]], "创建日期": iso_days(deals["created"]),
        "预计成交日期": iso_days(deals["expected"]), "实际结束日期": iso_days(deals["closed"]).fillna(""),
        "输单原因": deals["reason"], "商机来源": deals["source"]}).astype(str)
    bad = copies_to_spoil(frame, 6, rng)
    bad["商机编号"] = ["OPERR0", "OPERR1", "OPERR2", "OPERR3", "OPERR4", "OPERR4"]
    bad.loc[0:1, "创建日期"] = ["2026-02-30", "上个月"]
    bad.loc[2:3, ["负责人工号", "负责人"]] = ["E9999", "查无此人"]
    bad.loc[4:5, "预计金额(万元)"] = ["12.5", "15.0"]
    repeated = copies_to_spoil(frame, 6, rng)
    unclear = _some(deals["status"].eq("open") & ~frame["商机编号"].isin(repeated["商机编号"]), 3, rng)
    frame.loc[unclear, "预计金额(万元)"] = ["面议", "几十万", "20-30"]
    for kind, rows in {"unparseable_amount": 3, "unparseable_date": 2, "unknown_seller": 2, "contradiction": 2,
                       "exact_duplicate": len(repeated), "footer_or_total_row": 2}.items():  # fmt: skip
        count_fault(faults, kind, rows)
    foot = pd.DataFrame([{"商机编号": "合计", "预计金额(万元)": yuan_text(int(deals["amount_fen"].sum()), 10_000)},
                         {"商机编号": "制表人：销售运营部"}])
    whole = pd.concat([put_among(frame, [bad], repeated), foot], ignore_index=True)
    write_csv(folder / "商机_CRM导出.csv", whole, "gb18030")
    return int(deals["amount_fen"].drop(unclear).sum()) / 100


def _write_contacts(
    folder: Path, contacts: pd.DataFrame, names: _Names, faults: dict[str, int], rng: np.random.Generator
) -> None:
    number = [f"GJ{n:06d}" for n in range(1, len(contacts) + 1)]
    years = contacts["date"].dt.year
    for place, year in enumerate(sorted(years.unique())):
        encoding, written, caption = _STYLES[place % len(_STYLES)]
        rows = np.flatnonzero(years == year)
        part = contacts.iloc[rows]
        clock = place % len(_STYLES) == 0
        day = {d: written.format(d) for d in part["date"].unique()}
        frame = pd.DataFrame({
            "跟进编号": np.array(number, object)[rows], "跟进日期": part["date"].map(day).to_numpy(object),
            "跟进方式": part["type"].map(TYPE_WORDS).to_numpy(object), "工号": names.number[part["person"]],
            "跟进人": names.person[part["person"]], "部门": names.team_of_seat[part["seat"]],
            "客户编号": names.customer_id[part["customer"]], "客户名称": names.customer[part["customer"]],
            "商机编号": part["deal_no"].to_numpy(object), caption: _durations(part["seconds"], clock=clock),
            "是否完成": np.where(part["completed"], "是", "否"), "跟进结果": part["outcome"].to_numpy(object)})
        frame = _with_spoilt_contacts(frame, caption, place, faults, rng)
        write_csv(folder / f"跟进记录_{year}.csv", frame, encoding)


def _durations(seconds: pd.Series, *, clock: bool) -> np.ndarray:
    """Seconds, or a clock of hours, minutes and seconds; empty for none."""
    known = {s: "" if s < 0 else f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" if clock else str(s)
             for s in seconds.unique().tolist()}
    return seconds.map(known).to_numpy(object)


def _with_spoilt_contacts(
    frame: pd.DataFrame, caption: str, place: int, faults: dict[str, int], rng: np.random.Generator
) -> pd.DataFrame:
    bad = copies_to_spoil(frame, 10, rng)
    bad["跟进编号"] = [f"GJERR{place}{n:02d}" for n in range(len(bad))]
    bad.loc[0:3, "跟进日期"] = ["2025-02-30", "昨天", "2026年13月2日", "待补"]
    bad.loc[4:5, "跟进方式"] = "团建"
    bad.loc[6:8, ["工号", "跟进人"]] = ["E9999", "查无此人"]
    bad.loc[9, ["工号", "跟进人", "部门"]] = ["", "张伟", ""]
    repeated = copies_to_spoil(frame[~frame["跟进人"].eq("张伟")], 7, rng)
    twins = frame.index[frame["跟进人"].eq("张伟")][:3]
    frame.loc[twins, "工号"] = ""
    unclear = _some(frame["跟进方式"].eq("上门拜访") & ~frame["跟进编号"].isin(repeated["跟进编号"]), 2, rng)
    frame.loc[unclear, caption] = ["约半小时", "很久"]
    header = pd.DataFrame([{c: c for c in frame.columns}]) if place % 2 else frame.iloc[:0]
    for kind, rows in {"unparseable_date": 4, "unknown_type": 2, "unknown_seller": 3, "unparseable_duration": 2,
                       "ambiguous_seller": 1, "seller_by_name_and_unit": len(twins), "repeated_header": len(header),
                       "exact_duplicate": len(repeated), "footer_or_total_row": 1}.items():  # fmt: skip
        count_fault(faults, kind, rows)
    signed = pd.DataFrame([{"跟进编号": "制表人：销售运营部"}])
    return pd.concat([put_among(frame, [header, bad], repeated), signed], ignore_index=True)


def _write_satisfaction(
    folder: Path, scores: pd.DataFrame, names: _Names, faults: dict[str, int], rng: np.random.Generator
) -> None:
    frame = pd.DataFrame({
        "回访编号": [f"HF{n:06d}" for n in range(1, len(scores) + 1)],
        "回访日期": [f"{d.year}年{d.month}月{d.day}日" for d in scores["date"]],
        "客户编号": names.customer_id[scores["customer"]], "客户名称": names.customer[scores["customer"]],
        "工号": names.number[scores["person"]], "业务员": names.person[scores["person"]],
        "满意度(1-10分)": scores["score"].astype(str)})
    bad = copies_to_spoil(frame, 7, rng)
    bad["回访编号"] = [f"HFERR{n:02d}" for n in range(len(bad))]
    bad.loc[0:2, "满意度(1-10分)"] = ["非常满意", "一般", "8/10"]
    bad.loc[3:4, "满意度(1-10分)"] = ["15", "0"]
    bad.loc[5:6, ["工号", "业务员"]] = ["E9999", "查无此人"]
    repeated = copies_to_spoil(frame, 4, rng)
    for kind, rows in {"unparseable_score": 3, "score_outside_scale": 2, "unknown_seller": 2,
                       "exact_duplicate": len(repeated)}.items():  # fmt: skip
        count_fault(faults, kind, rows)
    write_csv(folder / "客户满意度回访.csv", put_among(frame, [bad], repeated), "gb18030")


def _write_ratings(folder: Path, ratings: Ratings, names: _Names, faults: dict[str, int]) -> None:
    from openpyxl import Workbook

    scores = ratings.scores
    columns = ["评价编号", "评价轮次", "评价日期", "被评价人工号", "被评价人", "评价关系", "评价人编号", *ITEMS]
    plain = scores[list(ITEMS)].astype(object).where(scores[list(ITEMS)].notna(), None)
    rows = [
        [f"PJ{n:05d}", ratings.round, day.date(), names.number[ratee], names.person[ratee], RELATION_WORDS[relation],
         rater, *(None if p is None else int(p) for p in points)]
        for n, (day, ratee, relation, rater, points) in enumerate(zip(
            scores["date"], scores["ratee"], scores["relation"], scores["rater"], plain.to_numpy(), strict=True), 1)]
    whole = [row for row in rows if None not in row]
    like = whole[len(whole) // 2]
    bad = [["PJERR1", *like[1:7], "优", None, None, None], ["PJERR2", *like[1:7], None, 6, None, None],
           ["PJERR3", *like[1:3], "E9999", "查无此人", *like[5:]]]
    repeated = whole[10:12]
    for kind, count in {"unparseable_score": 1, "score_outside_scale": 1, "unknown_seller": len(ITEMS),
                        "exact_duplicate": len(repeated) * len(ITEMS), "footer_or_total_row": 1}.items():  # fmt: skip
        count_fault(faults, kind, count)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("评价明细")
    sheet.append([f"示例远帆仪器 {ratings.round} 360度评价（1-5分）"])
    sheet.append(columns)
    for row in [*rows[:40], *bad, *rows[40:], *repeated, ["制表人：人力资源部"]]:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    write_without_clock(folder / f"360评价_{ratings.round}.xlsx", written)


def _write_training(
    folder: Path, training: pd.DataFrame, names: _Names, faults: dict[str, int], rng: np.random.Generator
) -> None:
    frame = pd.DataFrame({
        "培训编号": [f"PX{n:05d}" for n in range(1, len(training) + 1)], "工号": names.number[training["person"]],
        "姓名": names.person[training["person"]], "课程编号": training["course"], "课程名称": training["name"],
        "开始日期": iso_days(training["started"]), "完成日期": iso_days(training["completed"]).fillna(""),
        "培训状态": training["status"].map(TRAINING_WORDS), "考试成绩": training["score"].map("{:.0f}".format),
        "学时": training["hours"].map("{:g}".format), "培训费用(元)": training["cost"].astype(str)})
    frame["考试成绩"] = frame["考试成绩"].replace("nan", "")
    bad = copies_to_spoil(frame, 2, rng).assign(培训编号=["PXERR0", "PXERR1"], 工号="E9999", 姓名="查无此人")
    repeated = copies_to_spoil(frame, 3, rng)
    unclear = _some(~frame["培训编号"].isin(repeated["培训编号"]), 3, rng)
    frame.loc[unclear[:2], "开始日期"] = ["2026-04-31", "年初"]
    frame.loc[unclear[2], "培训状态"] = "说不清"
    for kind, rows in {"unparseable_date": 2, "unknown_seller": 2, "unknown_status": 1,
                       "exact_duplicate": len(repeated), "footer_or_total_row": 1}.items():  # fmt: skip
        count_fault(faults, kind, rows)
    signed = pd.DataFrame([{"培训编号": "制表人：培训中心"}])
    whole = pd.concat([put_among(frame, [bad], repeated), signed], ignore_index=True)
    write_csv(folder / "培训记录.csv", whole, "gb18030")


def _write_judgements(folder: Path, process: Process, names: _Names, faults: dict[str, int]) -> None:
    said = process.judgements
    person = dict(zip(names.number, names.person, strict=True))
    order = {judge: place for place, judge in enumerate(said["judge"].unique())}
    ratio = [_ratio_text(r, sign="：" if order[j] % 2 else "/") for j, r in zip(said["judge"], said["ratio"], strict=True)]
    day = process.months[-1].start_time.normalize() - pd.Timedelta(days=20)
    frame = pd.DataFrame({
        "评委工号": said["judge"], "评委": said["judge"].map(person), "指标体系": KPI_SET,
        "指标A": said["kpi_a"].map(KPI_WORDS), "指标B": said["kpi_b"].map(KPI_WORDS), "重要性比值": ratio,
        "填写日期": [f"{day + pd.Timedelta(days=order[j]):%Y-%m-%d}" for j in said["judge"]]})
    bad = frame.iloc[[0]].rename(columns={"指标A": "指标B", "指标B": "指标A"}).assign(重要性比值="差不多")
    repeated = frame.iloc[[20]]
    count_fault(faults, "unparseable_ratio", len(bad))
    count_fault(faults, "exact_duplicate", len(repeated))
    write_csv(folder / "KPI权重判断.csv", put_among(frame, [bad], repeated), "utf-8-sig")


def _ratio_text(ratio: float, *, sign: str) -> str:
    """Saaty's way of writing: 3, or 1/3 for the other way round."""
    return f"{ratio:.0f}" if ratio >= 1 else f"1{sign}{1 / ratio:.0f}"
