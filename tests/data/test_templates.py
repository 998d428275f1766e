"""Forms to hand out: what they offer, what they refuse, and that they come back."""

from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from salesplan.data.importing import import_files
from salesplan.data.schema import table_named
from salesplan.data.synonyms import column_labels, normal_label
from salesplan.data.template_forms import TEMPLATES
from salesplan.data.templates import export_templates
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.coaching_company import coaching_workspace, tables
from tests.data.companies import make_workspace

DAY = date(2026, 11, 2)


@pytest.fixture
def shop(tmp_path) -> Workspace:
    return coaching_workspace(tmp_path / "shop")


def books(folder: Path, **options: object) -> dict[str, openpyxl.Workbook]:
    return {path.stem: openpyxl.load_workbook(path) for path in export_templates(folder, as_of=DAY, **options)}


def lists(book: openpyxl.Workbook, sheet: str) -> dict[str, str]:
    """Column letter to the words its list offers, or the range of the sheet it takes them from."""
    found = {}
    for check in book[sheet].data_validations.dataValidation:
        if check.type == "list":
            where, cells = check.formula1.split("!")
            where = where.strip("'")
            words = [row[0].value for row in book[where][cells.replace("$", "")]] if where == "_lists" else check.formula1
            found[str(check.sqref)[0]] = words
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_caption_is_one_an_import_knows(language):
    for template in TEMPLATES:
        for form in template.forms:
            labels = column_labels(form.table)
            captions = [entry.caption(form.table, language, currency="CNY") for entry in form.entries]
            assert [labels.get(normal_label(caption)) for caption in captions] == [entry.column for entry in form.entries]
            assert len(set(captions)) == len(captions)


def test_every_needed_column_is_asked_for_unless_an_import_can_make_it():
    made = {"assessment_id", "goal_id", "rep_id"}
    for template in TEMPLATES:
        for form in template.forms:
            needed = {c.name for c in table_named(form.table).columns if c.required}
            asked = {entry.stored or entry.column for entry in form.entries}
            assert needed - asked <= made


def test_the_lists_offer_what_the_workspace_knows(shop, tmp_path):
    made = books(tmp_path / "t", workspace=shop)
    offered = lists(made["技能评估"], "技能评估")
    assert offered["A"][:2] == ["周训 (E8)", "赵磊 (E6)"]
    assert "王芳 (E3)" not in offered["A"], "she has left"
    assert offered["B"] == ["产品知识", "谈判", "k3"]
    assert offered["C"] == ["自评", "上级", "测试", "客户", "同事"]
    profile = lists(made["岗位技能要求"], "岗位技能要求")
    assert set(profile["A"]) == {"新人", "骨干", "T", "M", "D"}
    assert profile["C"] == "'技能'!$B$2:$B$3000", "skills typed on the sheet before are offered at once"
    assert lists(made["发展目标"], "发展目标")["F"] == ["进行中", "已完成", "取消"]
    assert lists(made["课程目录"], "课程")["J"] == ["是", "否"]


def test_numbers_and_dates_have_limits(tmp_path):
    made = books(tmp_path / "t")
    checks = {str(c.sqref)[0]: c for c in made["技能评估"]["技能评估"].data_validations.dataValidation}
    assert (checks["G"].type, checks["G"].operator or "between", checks["G"].formula1, checks["G"].formula2) == (
        "decimal", "between", "1.0", "5.0")
    assert checks["E"].type == "date"
    assert checks["G"].error == "请输入1至5之间的数字。"
    course = {str(c.sqref)[0]: c for c in made["课程目录"]["课程"].data_validations.dataValidation}
    assert (course["F"].type, course["F"].operator, course["F"].formula1) == ("whole", "greaterThanOrEqual", "1.0")


def test_assessments_have_a_row_for_every_skill_a_tier_needs(shop, tmp_path):
    sheet = books(tmp_path / "t", workspace=shop)["技能评估"]["技能评估"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[:4] for row in rows] == [
        ["张伟 (E2)", "产品知识", "上级", "陈静 (E5)"], ["张伟 (E2)", "谈判", "上级", "陈静 (E5)"],
        ["张伟 (E1)", "产品知识", "上级", "赵磊 (E6)"], ["张伟 (E1)", "谈判", "上级", "赵磊 (E6)"],
        ["李娜 (E4)", "产品知识", "上级", "赵磊 (E6)"]]
    assert {row[4].date() for row in rows} == {DAY}
    assert {row[6] for row in rows} == {None}
    own = books(tmp_path / "s", workspace=shop, source="self", user="E4")["技能评估"]["技能评估"]
    assert [[cell.value for cell in row][:4] for row in own.iter_rows(min_row=2)] == [["李娜 (E4)", "产品知识", "自评", "李娜 (E4)"]]


def test_a_manager_gets_forms_of_own_people_only(shop, tmp_path):
    folder = tmp_path / "t"
    for path in export_templates(folder, workspace=shop, user="E5", as_of=DAY):
        words = "".join(str(cell.value) for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row)
        assert "李娜" not in words
        assert "E1)" not in words
    with pytest.raises(InputError, match="must come with a workspace"):
        export_templates(folder, user="E5")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_filled_in_they_come_back(shop, tmp_path, language):
    folder = tmp_path / "t"
    files = export_templates(folder, language=language, workspace=shop, as_of=DAY)
    zh = language == "zh"
    fills = {
        0: {1: [["k4", "演示", "Demo", "技能" if zh else "skill", "赢单率" if zh else "win_rate", "能讲清价值"]],
            2: [["骨干", "高级销售" if zh else "senior", "演示", 4, 5, 2]]},
        2: {1: [["c03", "演示课", 6, 800, 3000, 15, "甲", "c01", "线上", "是" if zh else "yes"]], 2: [["演示课", "谈判", 1, 4]]},
        3: {1: [["李娜 (E4)", "谈判", 3, date(2026, 11, 1), date(2027, 3, 1), "进行中" if zh else "open", "=1+1 演练"]]},
        4: {1: [["赵磊 (E6)", 3, 2]], 2: [["赵磊 (E6)", "李娜 (E4)", "同乡"]]},
    }
    for place, sheets in fills.items():
        book = openpyxl.load_workbook(files[place])
        for number, rows in sheets.items():
            sheet = book.worksheets[number]
            start = next(r for r in range(2, 4000) if sheet.cell(r, 1).value is None)
            for at, row in enumerate(rows, start=start):
                for column, value in enumerate(row, start=1):
                    sheet.cell(at, column).value = value
                    if isinstance(value, str):
                        sheet.cell(at, column).data_type = "s"
        book.save(files[place])
    book = openpyxl.load_workbook(files[1])
    book.worksheets[1].cell(2, 7).value, book.worksheets[1].cell(3, 7).value = 3.5, 7
    book.save(files[1])
    report = import_files(folder, shop, confirm=lambda m: True)
    assert report.quarantine[["table", "src_row", "columns", "reasons", "detail"]].values.tolist() == [
        ["skill_assessment", 3, "score", "score_outside_scale", "7 (1–5)"]]
    lines = report.to_frame().set_index("table")
    assert lines.loc["skill_assessment", ["rows_in", "rows_ok", "rows_quarantined", "rows_set_aside"]].tolist() == [5, 1, 1, 3]
    score = shop.read_table("skill_assessment").set_index("rep_id").query("source_file.str.contains('xlsx')").loc["r2"]
    assert score[["skill_id", "source", "assessor_id", "score"]].tolist() == ["k1", "manager", "m1", 3.5]
    assert pd.Timestamp(score["assessed_date"]).date() == DAY
    skill = shop.read_table("skill").set_index("skill_id").loc["k4"]
    assert skill[["name", "name_en", "kind", "kpi"]].tolist() == ["演示", "Demo", "skill", "win_rate"]
    profile = shop.read_table("role_profile").query("skill_id == 'k4'").iloc[0]
    assert profile[["tier", "role", "required_level", "importance", "frequency"]].tolist() == ["骨干", "senior", 4.0, 5.0, 2.0]
    course = shop.read_table("course").set_index("course_id").loc["c03"]
    assert [float(course[c]) for c in ("hours", "cost", "fixed_cost", "seats")] == [6.0, 800.0, 3000.0, 15.0]
    assert course["is_offered"]
    taught = shop.read_table("course_skill").query("course_id == 'c03'")
    assert taught[["skill_id", "gain", "up_to_level"]].values.tolist() == [["k2", 1.0, 4.0]]
    goal = shop.read_table("development_goal").query("rep_id == 'r4'").iloc[0]
    assert goal[["skill_id", "target_level", "status", "note"]].tolist() == ["k2", 3.0, "open", "=1+1 演练"]
    assert shop.read_table("mentor").set_index("rep_id").loc["d1", "capacity"] == 3
    assert ["d1", "r4", "同乡"] in shop.read_table("cannot_match")[["mentor_id", "mentee_id", "reason"]].values.tolist()


def test_what_is_known_comes_back_unchanged(shop, tmp_path):
    names = ("skill", "role_profile", "course", "course_skill")
    facts = {name: [c for c in table_named(name).names if not c.startswith("scale_") and c != "required_level"] for name in names}
    before = {name: shop.read_table(name)[facts[name]] for name in names}
    export_templates(tmp_path / "t", workspace=shop, as_of=DAY)
    report = import_files(tmp_path / "t", shop, confirm=lambda m: True)
    assert report.quarantine.empty
    assert report.to_frame()["rows_in"].sum() == 17
    for name in names:
        key, now = list(table_named(name).key), shop.read_table(name)[facts[name]]
        old, new = (f.sort_values(key, ignore_index=True).astype(object).where(lambda one: one.notna(), None) for f in (before[name], now))
        if name == "skill":
            assert new["kind"].tolist() == ["knowledge", "skill", "skill"], "what was meant where nothing was said is said now"
            assert new["name"].tolist()[2] == "k3", "a skill that was used only is listed now"
            new = new.head(2)
            old["kind"] = new["kind"]
        if name == "course":
            old["is_offered"] = new["is_offered"]
        pd.testing.assert_frame_equal(old, new, check_dtype=False)
    level = shop.read_table("role_profile").set_index(["tier", "role", "skill_id"])["required_level"]
    assert sorted(level) == [2.0, 4.0, 4.2, 5.0]


def test_text_of_a_workspace_is_never_a_formula(tmp_path):
    whole = tables()
    whole["skill"] = whole["skill"].assign(name=["=cmd|' /C calc'!A0", "@谈判"], description=["+1", "-x"])
    shop = make_workspace(tmp_path / "w", whole, currency="CNY")
    for path in export_templates(tmp_path / "t", workspace=shop, as_of=DAY):
        for sheet in openpyxl.load_workbook(path):
            for row in sheet:
                assert all(cell.data_type != "f" for cell in row)
                assert not any(isinstance(c.value, str) and c.value[:1] in "=@" for c in row if c.value)


def test_instructions_are_for_people_and_not_taken_for_a_table(tmp_path):
    zh = books(tmp_path / "zh")["课程目录"]
    assert zh.sheetnames == ["填写说明", "课程", "课程技能", "_lists"]
    assert zh["_lists"].sheet_state == "veryHidden"
    words = [cell.value for row in zh["填写说明"] for cell in row if cell.value]
    assert "1. 从第二行开始填写，不要改动表头。" in words
    assert "先修课程" in words
    en = books(tmp_path / "en", language="en")["courses"]
    words = " ".join(str(cell.value) for row in en["Instructions"] for cell in row if cell.value)
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in words)
    assert en["Courses"]["D1"].value == "Cost of a seat (CNY)"


def test_the_same_workspace_gives_the_same_bytes(shop, tmp_path):
    first, second = (export_templates(tmp_path / name, workspace=shop, as_of=DAY) for name in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_unknown_wishes_are_refused(tmp_path):
    with pytest.raises(InputError, match="did you mean 'manager'"):
        export_templates(tmp_path, source="manger")
