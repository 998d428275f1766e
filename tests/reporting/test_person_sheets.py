"""Development sheets: one file a person and format, their own figures, nobody else's, and only whom the reader may see."""

import re
from functools import cache
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.errors import InputError
from salesplan.reporting.development_facts import DevelopmentSheetMaker
from salesplan.reporting.development_html import development_html
from salesplan.reporting.person_sheets import export_development_sheets
from tests.reporting.coached_company import EVIL, IDLE, LEADERS, SELLERS, TAG, WEAK, needs, shown_only


@cache
def found() -> TrainingNeeds:
    return needs()


@cache
def maker(language: str = "en") -> DevelopmentSheetMaker:
    return DevelopmentSheetMaker(found(), language)


def shown(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.S))))


def test_each_person_gets_a_page_and_a_workbook(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    some = SELLERS[:3]
    files = export_development_sheets(found(), tmp_path / "out", language="en", sellers=some, progress=lambda *at: seen.append(at))
    assert [f.suffix for f in files] == [".html", ".xlsx"] * 3 and all(f.exists() for f in files)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(f.name for f in files) and seen[-1] == (3, 3)
    again = export_development_sheets(found(), tmp_path / "again", language="en", sellers=some)
    assert [f.read_bytes() for f in files] == [f.read_bytes() for f in again]


def test_people_are_found_by_id_or_by_a_name_of_their_own(tmp_path: Path) -> None:
    files = export_development_sheets(found(), tmp_path, sellers=["E005", "销售6"], formats=["html"])
    assert [f.name for f in files] == ["E005_销售5.html", "E006_销售6.html"]
    with pytest.raises(InputError, match="E002, E003"):
        export_development_sheets(found(), tmp_path, sellers=["张伟"])
    with pytest.raises(InputError, match="somebody with a development sheet"):
        export_development_sheets(found(), tmp_path, sellers=["nobody"])
    with pytest.raises(InputError, match="pdf"):
        export_development_sheets(found(), tmp_path, formats=["pdf"])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", [WEAK[0], IDLE[0], SELLERS[35], LEADERS[0]])
def test_a_sheet_holds_the_persons_own_figures(who: str, language: str) -> None:
    sheet = maker(language).of(who)
    own = found().gaps.persons.query("seller_id == @who").set_index("skill")
    assert {line.skill for line in sheet.skills} == set(own.index)
    for line in sheet.skills:
        assert line.required == own.loc[line.skill, "required_level"]
        assert line.level == pytest.approx(own.loc[line.skill, "level"]) and line.gap == pytest.approx(own.loc[line.skill, "plain_gap"])
    page = shown(development_html(sheet))
    people = found().people.set_index("seller_id")["name"]
    boss = found().people.set_index("seller_id").loc[who, "manager_id"]
    others = people.drop([one for one in (who, boss) if one in people.index])
    others = others[others != EVIL]  # a skill is called so, too
    assert not [name for name in others if re.search(rf"{re.escape(name)}(?!\d)", page)], "nobody else is named"
    assert "nan" not in page.split() and "None" not in page.split()


def test_skills_stand_by_need_and_say_what_is_not_sure() -> None:
    sheet = maker().of(WEAK[0])
    need = [line.gap * line.importance * line.frequency for line in sheet.skills]
    assert need == sorted(need, reverse=True)
    own = found().gaps.persons.query("seller_id == @WEAK[0]").set_index("skill")
    unsure = [line for line in sheet.skills if own.loc[line.skill, "status"] == "cannot tell" and not own.loc[line.skill, "not_told_apart"]]
    assert all("Not sure whether it is enough." in line.remarks for line in unsure)
    assert all("Skill test" in line.assessed and "2026" in line.assessed for line in sheet.skills)


def test_the_cause_comes_with_its_evidence_and_leaders_have_none() -> None:
    weak, idle, leader = (maker().of(one) for one in (WEAK[0], IDLE[0], LEADERS[0]))
    assert weak.verdict_kind == "skill" and "joint visit" in weak.next_step
    assert idle.verdict_kind == "effort" and any(line.startswith("Effort") and "below usual" in line for line in idle.evidence)
    assert leader.verdict == "" and leader.evidence == () and leader.skills


def test_the_plan_stands_in_order_with_what_counts_as_done() -> None:
    who = str(found().plan.assignments["seller_id"].iloc[0])
    plan, sheet = found().development(who), maker().of(who)
    assert len(plan.steps) == len(sheet.steps) > 0
    assert [s.hours for s in sheet.steps] == plan.steps["hours"].tolist() and all(s.done and s.due for s in sheet.steps)
    courses = plan.steps[plan.steps["how"] == "course"]
    names = dict(zip(found().data.courses["course"], found().data.courses["name"], strict=True))
    assert [s.what for s in sheet.steps if s.how == "Training course"] == [names[c] for c in courses["what"]]
    page = shown(development_html(sheet))
    assert all(s.what in page and s.done in page for s in sheet.steps)


def test_mentor_and_mentee_both_read_of_their_pair() -> None:
    pair = found().mentors.optimal.iloc[0]
    mentee, mentor = maker().of(str(pair["mentee_id"])), maker().of(str(pair["mentor_id"]))
    names = found().people.set_index("seller_id")["name"]
    assert names[pair["mentor_id"]] in mentee.mentor[0] and "is clearly stronger" in mentee.mentor[0]
    assert mentor.mentor[-1].startswith("Guides ") and names[pair["mentee_id"]] in mentor.mentor[-1]
    apart = set(names.index) - set(found().mentors.optimal["mentee_id"]) - set(found().mentors.optimal["mentor_id"])
    assert maker().of(sorted(apart)[0]).mentor == ()


def test_the_talk_has_three_questions_and_something_to_agree_on() -> None:
    talk = maker().of(IDLE[1]).talk
    agenda = found().talk(IDLE[1])
    assert len(talk.questions) == 3 and len(talk.focus) == 1 + len(agenda.progress) and talk.agreement
    assert not [line for line in (*talk.focus, *talk.questions, talk.agreement) if "{" in line]


def test_open_goals_are_there_and_done_ones_not() -> None:
    assert [(g.skill, g.status, g.note) for g in maker().of(SELLERS[0]).goals] == [("Objection handling", "Open", TAG)]
    assert maker().of(SELLERS[1]).goals == ()


def test_own_ratings_that_stand_apart_are_named() -> None:
    table = found().levels.table
    apart = table[(table["self_level"] - table["level"]).abs() >= 1.0]
    who = str(apart["seller_id"].iloc[0])
    remarks = [remark for line in maker().of(who).skills for remark in line.remarks]
    assert any(remark.startswith("Own rating") for remark in remarks)
    alone = table[table["self_only"]]
    assert alone.empty or any("Own rating only" in remark for remark in
                              [r for line in maker().of(str(alone["seller_id"].iloc[0])).skills for r in line.remarks])


def test_only_people_the_reader_may_see_have_a_sheet(tmp_path: Path) -> None:
    few = shown_only(found(), SELLERS[:2])
    files = export_development_sheets(few, tmp_path, formats=["html"], language="en")
    assert len(files) == 2
    with pytest.raises(InputError, match="may see"):
        DevelopmentSheetMaker(few, "en").of(SELLERS[5])
    page = shown(files[0].read_text("utf-8"))
    assert not [one for one in SELLERS[2:] if one in page.split()]


def test_who_sees_no_money_gets_none(tmp_path: Path) -> None:
    import dataclasses

    data = found().data
    quota = data.quota.assign(quota=np.nan, sales=np.nan)
    history = data.history.copy()
    history.loc[history["kpi"] == "sales_amount", ["numerator", "actual"]] = np.nan
    veiled = dataclasses.replace(found(), data=dataclasses.replace(data, quota=quota, history=history, shows_money=False))
    sheet = DevelopmentSheetMaker(veiled, "en").of(IDLE[0])
    assert sheet.verdict_kind == "effort"
    assert not re.search(r"\d+(\.\d+)?[KM]\b|¥", shown(development_html(sheet)))


def test_workbooks_hold_the_same_levels(tmp_path: Path) -> None:
    file = export_development_sheets(found(), tmp_path, sellers=[WEAK[1]], formats=["xlsx"], language="en")[0]
    rows = [[c.value for c in row] for row in load_workbook(file, data_only=True)["Development plan"].iter_rows()]
    sheet = maker().of(WEAK[1])
    names = {line.name if not line.name.startswith("=") else "'" + line.name: line for line in sheet.skills}
    told = {row[0]: row for row in rows if row[0] in names}
    assert set(told) == set(names)
    for name, line in names.items():
        assert told[name][1:3] == pytest.approx([line.required, line.level]) and told[name][5] == pytest.approx(line.gap)
