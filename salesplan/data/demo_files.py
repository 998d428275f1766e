"""Exports of the demo company as they would lie in a real folder: several encodings, units and faults."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pandas as pd

from salesplan.data.demo_people import Staff
from salesplan.data.demo_sales import Sales

ROLE_WORDS = {"rep": "销售代表", "senior": "高级销售", "manager": "经理", "director": "总监"}
STATUS_WORDS = {"sale": "已审核", "one_off": "已审核", "return": "已关闭", "void": "已作废"}
UGLY_NAMES = ("=cmd|' /C calc'!A0", "<script>alert('demo')</script>贸易商行")
"""Customer names that a careless workbook or page would run; they are real customers all the same."""

ORDER_COLUMNS = ["订单编号", "行号", "订单日期", "客户编号", "客户名称", "产品编号", "产品名称", "数量", "单价", "金额",
                 "工号", "业务员", "销售部门", "单据状态", "是否退货"]  # fmt: skip
_UNREADABLE_AMOUNTS = ("面议", "待定", "约30万", "#REF!", "1.2.3", "5%")
_UNREADABLE_DATES = ("2025-02-30", "2025年13月5日", "待补", "2025-04-31")
_STYLES = [  # encoding, header of the amount, yuan per unit, how a date is written
    ("gb18030", "金额", 1, "{0.year}/{0.month}/{0.day}"),
    ("gb18030", "金额(万元)", 10_000, "{0.year}年{0.month}月{0.day}日"),
    ("utf-8-sig", "金额(元)", 1, "{0:%Y-%m-%d}"),
    ("utf-8", "金额", 1, "{0:%Y-%m-%d}"),
]


def write_staff(folder: Path, staff: Staff) -> None:
    """Organisation, staff list (a workbook with title, two header rows and signature), assignments, absences."""
    units = staff.units
    write_csv(folder / "组织架构.csv", pd.DataFrame({
        "部门编号": units["org_id"], "部门名称": units["name"], "上级部门编号": units["parent_org_id"],
        "部门层级": units["level"], "区域": units["region"], "生效日期": iso_days(units["valid_from"]),
        "失效日期": iso_days(units["valid_to"])}), "utf-8-sig")
    people = staff.people
    _write_staff_book(folder / "人员花名册.xlsx", people)
    seats = staff.assignments
    name = people.set_index("employee_no")["name"]
    unit = units.drop_duplicates("org_id").set_index("org_id")["name"]
    write_csv(folder / "任职记录.csv", pd.DataFrame({
        "工号": seats["employee_no"], "姓名": seats["employee_no"].map(name), "部门编号": seats["org_id"],
        "部门": seats["org_id"].map(unit), "角色": seats["role"].map(ROLE_WORDS), "职级": seats["tier"],
        "上级工号": seats["manager_no"], "工作量": 1, "承担目标": np.where(seats["quota_bearing"], "是", "否"),
        "生效日期": iso_days(seats["valid_from"]), "失效日期": iso_days(seats["valid_to"])}), "gb18030")
    leaves = staff.leaves
    write_csv(folder / "休假记录.csv", pd.DataFrame({
        "工号": leaves["employee_no"], "姓名": leaves["employee_no"].map(name), "假别": leaves["leave_type"],
        "开始日期": iso_days(leaves["start_date"]), "结束日期": iso_days(leaves["end_date"])}), "utf-8")


def _write_staff_book(path: Path, people: pd.DataFrame) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "花名册"
    sheet.append(["示例远帆仪器 销售人员花名册"])
    sheet.merge_cells("A1:F1")
    sheet.append(["基本信息", None, None, "在职信息", None, None])
    sheet.merge_cells("A2:C2")
    sheet.merge_cells("D2:F2")
    sheet.append(["工号", "姓名", "邮箱", "状态", "入职日期", "离职日期"])
    status = people["status"].map({"active": "在职", "left": "离职"})
    for number, name, mail, state, hired, left in zip(
        people["employee_no"], people["name"], people["email"], status, people["hire_date"], people["leave_date"],
        strict=True,
    ):
        sheet.append([number, name, mail, state, hired.date(), None if pd.isna(left) else left.date()])
    sheet.append(["合计", f"{len(people)}人"])
    sheet.append(["制表人：人力资源部"])
    written = io.BytesIO()
    book.save(written)
    write_without_clock(path, written)


def write_without_clock(path: Path, workbook: io.BytesIO) -> None:
    """The same workbook with fixed times inside, so that the same company is the same bytes."""
    stamp = "2000-01-01T00:00:00Z"
    with ZipFile(workbook) as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp.encode(), content)
            target.writestr(ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, ZIP_DEFLATED)


def write_sales(folder: Path, sales: Sales, staff: Staff, *, rng: np.random.Generator) -> dict[str, int]:
    """Customers, products, orders of each year with planted faults, receipts. Gives the count of each fault."""
    customers = sales.customers.copy()
    customers.loc[customers.index[[7, 400]], "name"] = list(UGLY_NAMES)
    person = staff.people.set_index("employee_no")["name"]
    write_csv(folder / "客户档案.csv", pd.DataFrame({
        "客户编号": customers["customer_id"], "客户名称": customers["name"], "客户级别": customers["tier"],
        "行业": customers["industry"], "省份": customers["province"], "城市": customers["city"],
        "渠道": customers["channel"], "细分": customers["segment"],
        "客户潜力(万元)": (customers["potential"] / 10_000).map("{:.1f}".format),
        "负责人工号": customers["owner_no"], "负责人": customers["owner_no"].map(person)}), "gb18030")
    goods = sales.products
    write_csv(folder / "产品目录.csv", pd.DataFrame({
        "产品编号": goods["product_id"], "产品名称": goods["name"], "产品线": goods["line"], "计量单位": goods["unit"],
        "标价": goods["list_price"].map("{:.2f}".format), "成本": goods["unit_cost"].map("{:.2f}".format),
        "在售": "是"}), "utf-8-sig")
    name = customers.set_index("customer_id")["name"]
    receipts = sales.receipts
    write_csv(folder / "回款明细.csv", pd.DataFrame({
        "回款编号": receipts["receipt_no"], "回款日期": iso_days(receipts["receipt_date"]),
        "订单编号": receipts["order_no"], "客户编号": receipts["customer_id"],
        "客户名称": receipts["customer_id"].map(name), "回款金额": yuan_text(receipts["amount_fen"], 1),
        "工号": receipts["employee_no"], "负责人": receipts["employee_no"].map(person)}), "utf-8")
    return _write_orders(folder, sales, staff, name, rng)


def _write_orders(
    folder: Path, sales: Sales, staff: Staff, customer: pd.Series, rng: np.random.Generator
) -> dict[str, int]:
    orders, goods = sales.orders, sales.products
    unit = staff.units.drop_duplicates("org_id").set_index("org_id")["name"]
    teams = staff.units.loc[staff.units["level"] == "团队", "org_id"].drop_duplicates().to_numpy()
    years = orders["order_date"].dt.year
    faults: dict[str, int] = {}
    for place, year in enumerate(sorted(years.unique())):
        encoding, caption, size, written = _STYLES[place % len(_STYLES)]
        part = orders[years == year]
        seller = part["employee_no"].where(~part["is_house"], "")
        frame = pd.DataFrame({
            "订单编号": part["order_no"], "行号": part["line_no"],
            "订单日期": [written.format(day) for day in part["order_date"]],
            "客户编号": part["customer_id"], "客户名称": part["customer_id"].map(customer),
            "产品编号": goods["product_id"].to_numpy()[part["product"]],
            "产品名称": goods["name"].to_numpy()[part["product"]],
            "数量": part["qty"], "单价": part["unit_price"].map("{:.2f}".format),
            "金额": yuan_text(part["amount_fen"], size), "工号": seller,
            "业务员": seller.map(staff.people.set_index("employee_no")["name"]).fillna(""),
            "销售部门": unit.loc[teams[staff.seat_team[part["seat"]]]].to_numpy(),
            "单据状态": part["kind"].map(STATUS_WORDS), "是否退货": np.where(part["kind"] == "return", "是", "否"),
        }).astype(str)
        frame = _with_faults(frame, faults, place, rng, twins=_twin_teams(staff, unit))
        total = pd.DataFrame([{"订单编号": "合计", "金额": yuan_text(part["amount_fen"].sum(), size)}])
        signed = pd.DataFrame([{"订单编号": "制表人：销售运营部"}])
        count_fault(faults, "footer_or_total_row", 2)
        frame = pd.concat([frame, total, signed], ignore_index=True)[ORDER_COLUMNS]
        write_csv(folder / f"订单明细_{year}.csv", frame.rename(columns={"金额": caption}), encoding)
    return faults


def _twin_teams(staff: Staff, unit: pd.Series) -> list[str]:
    twins = staff.people.loc[staff.people["name"] == "张伟", "employee_no"]
    teams = staff.assignments[staff.assignments["employee_no"].isin(twins)].drop_duplicates("employee_no")["org_id"]
    return unit.loc[teams].tolist()


def _with_faults(
    frame: pd.DataFrame, faults: dict[str, int], place: int, rng: np.random.Generator, *, twins: Sequence[str]
) -> pd.DataFrame:
    """Rows that must not count, each a changed copy of a good one under a number of its own."""
    by_name = frame["业务员"].eq("张伟") & frame["销售部门"].isin(twins) & (frame["工号"] != "")
    no_number = frame.index[by_name][:2]
    frame = frame.copy()
    frame.loc[no_number, "工号"] = ""
    count_fault(faults, "seller_by_name_and_unit", len(no_number))
    models = frame[(frame["是否退货"] == "否") & (frame["单据状态"] == "已审核") & (frame["工号"] != "")]
    bad = models.iloc[np.sort(rng.choice(len(models), size=18, replace=False))].reset_index(drop=True)
    bad["订单编号"], bad["行号"] = [f"ER{place}{n:04d}" for n in range(len(bad))], "1"
    rows = []
    for n, text in enumerate(_UNREADABLE_AMOUNTS):
        rows.append(bad.loc[[n]].assign(金额=text))
    count_fault(faults, "unparseable_amount", len(_UNREADABLE_AMOUNTS))
    for n, text in enumerate(_UNREADABLE_DATES, 6):
        rows.append(bad.loc[[n]].assign(订单日期=text))
    count_fault(faults, "unparseable_date", len(_UNREADABLE_DATES))
    rows.append(bad.loc[10:12].assign(工号="E9999", 业务员="查无此人"))
    count_fault(faults, "unknown_seller", 3)
    rows.append(bad.loc[13:14].assign(工号="", 业务员="张伟", 销售部门=""))
    count_fault(faults, "ambiguous_seller", 2)
    rows.append(bad.loc[15:17].assign(金额="-" + bad.loc[15:17, "金额"], 数量="-" + bad.loc[15:17, "数量"]))
    count_fault(faults, "negative_without_return_flag", 3)
    repeated = models.iloc[np.sort(rng.choice(len(models), size=8, replace=False))]
    count_fault(faults, "exact_duplicate", len(repeated))
    middle = len(frame) // 2
    header = pd.DataFrame([{c: c for c in frame.columns}]) if place == 2 else frame.iloc[:0]
    count_fault(faults, "repeated_header", len(header))
    return pd.concat([frame.iloc[:middle], header, *rows, frame.iloc[middle:], repeated], ignore_index=True)


def write_market(folder: Path, index: pd.DataFrame) -> None:
    """Market index as its publisher would give it."""
    write_csv(folder / "市场指数.csv", pd.DataFrame({
        "指数代码": index["index_code"], "期间": index["month"].astype(str), "频率": "M", "区域": "全国",
        "数值": index["value"].map("{:.2f}".format), "单位": "指数", "发布日期": iso_days(index["published"]),
        "提供方": "示例市场研究所"}), "utf-8-sig")


def write_targets(folder: Path, targets: pd.DataFrame, staff: Staff) -> None:
    """Targets of people and of units in 万元, one row a month."""
    unit = staff.units.drop_duplicates("org_id").set_index("org_id")["name"]
    person = staff.people.set_index("employee_no")["name"]
    amount = yuan_text(targets["amount_fen"], 10_000)
    whole = pd.DataFrame({"考核月": targets["month"].astype(str), "工号": targets["employee_no"],
                          "姓名": targets["employee_no"].map(person), "部门编号": targets["org_id"],
                          "部门": targets["org_id"].map(unit), "目标金额(万元)": amount})
    own = targets["employee_no"].notna()
    write_csv(folder / "个人销售目标.csv", whole[own].drop(columns="部门编号"), "utf-8-sig")
    write_csv(folder / "部门销售目标.csv", whole[~own].drop(columns=["工号", "姓名"]), "gb18030")


def write_csv(path: Path, frame: pd.DataFrame, encoding: str) -> None:
    """A table as CSV, with the line ends people get with that encoding."""
    frame.to_csv(path, index=False, encoding=encoding, lineterminator="\r\n" if encoding == "gb18030" else "\n")


def iso_days(dates: pd.Series) -> pd.Series:
    """Days as 2026-03-31; missing ones stay missing."""
    return pd.to_datetime(dates).dt.strftime("%Y-%m-%d")


def yuan_text(fen: "pd.Series | int", size: int) -> "pd.Series | str":
    """Whole fen as text in units of ``size`` yuan, without loss."""
    digits, per = (2, 100) if size == 1 else (6, 1_000_000)
    if not isinstance(fen, pd.Series):
        return f"{'-' if fen < 0 else ''}{abs(int(fen)) // per}.{abs(int(fen)) % per:0{digits}d}"
    whole, rest = np.divmod(np.abs(fen.to_numpy(np.int64)), per)
    sign = np.where(fen.to_numpy() < 0, "-", "")
    text = [f"{s}{w}.{r:0{digits}d}" for s, w, r in zip(sign, whole.tolist(), rest.tolist(), strict=True)]
    return pd.Series(text, index=fen.index)


def count_fault(faults: dict[str, int], kind: str, rows: int) -> None:
    """Note that rows with a fault were planted."""
    faults[kind] = faults.get(kind, 0) + rows
