from datetime import date

import pandas as pd
import pyarrow as pa

from salesplan.data.people import PersonMatches, match_people

REPS = pd.DataFrame({
    "rep_id": ["r1", "r2", "r3", "r4"], "employee_no": ["E01", "E02", "E03", None], "name": ["张伟", "张伟", "李 娜", "Wei Zhang"],
    "email": ["zw@x.cn", "zw2@x.cn", None, None], "hire_date": [date(2020, 1, 1), date(2024, 6, 1), None, None],
    "leave_date": [None, None, date(2025, 12, 31), None],
})  # fmt: skip
SEATS = pd.DataFrame({
    "rep_id": ["r1", "r1", "r2", "r3"], "org_id": ["a", "b", "b", "a"],
    "valid_from": [date(2020, 1, 1), date(2026, 1, 1), date(2024, 6, 1), None],
    "valid_to": [date(2025, 12, 31), None, None, None],
})  # fmt: skip
UNITS = pd.DataFrame({"org_id": ["co", "a", "b"], "parent_org_id": [None, "co", "co"], "code": None, "name": ["公司", "华东", "华南"]})


def match(dates: list[date] | None = None, identities: dict[str, str] | None = None, **said: list[str]) -> PersonMatches:
    columns = {k: pa.array(v) for k, v in said.items()}
    days = None if dates is None else pa.array(dates, pa.date32())
    return match_people(columns, reps=REPS, assignments=SEATS, units=UNITS, dates=days, identities=identities)


def test_numbers_and_mails_come_before_names():
    got = match(employee_no=["e02", "", "E99"], email=["", "ZW@x.cn", ""], name=["李娜", "李娜", "李娜"])
    assert got.rep_id.to_pylist() == ["r2", "r1", None]
    assert got.method.tolist() == ["employee_no", "email", "none"]


def test_names_are_compared_without_gaps_width_and_remarks():
    got = match(name=["李娜", "李　娜（离职）", "WEI  ZHANG", "", "王五"])
    assert got.rep_id.to_pylist() == ["r3", "r3", "r4", None, None]
    assert got.doubts == {4: "王五"}
    assert got.method[3] == "blank"


def test_namesakes_are_told_by_unit_and_day_or_not_at_all():
    days = [date(2025, 1, 5), date(2025, 1, 5), date(2026, 2, 1), date(2023, 5, 1), date(2025, 1, 5)]
    got = match(days, name=["张伟"] * 5, org=["华东", "华南", "华南", "", "公司"])
    assert got.rep_id.to_pylist() == ["r1", "r2", None, "r1", None]
    assert got.doubts == {2: "张伟: E01, E02", 4: "张伟: E01, E02"}


def test_similar_names_are_never_taken():
    assert match(name=["张炜", "李娜娜", "Wei Zhan"]).rep_id.null_count == 3


def test_confirmed_identities_and_numbers_in_names():
    got = match(name=["小张", "张伟", "张伟(E02)", "E01 张伟"], org=["", "华南", "", ""],
                identities={"小张": "E01", "张伟 @ 华南": "r2"})  # fmt: skip
    assert got.rep_id.to_pylist() == ["r1", "r2", "r2", "r1"]
    assert got.method.tolist() == ["confirmed", "confirmed", "employee_no", "employee_no"]
