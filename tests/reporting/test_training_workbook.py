"""The training plan as a workbook: figures that add up in another program, people only whom the reader may see."""

import dataclasses
import io
import re
from functools import cache
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.errors import InputError
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.course_sheet import (
    BUDGET,
    COST,
    FIRST,
    FIRST_COURSE,
    LEFT,
    BookedCourse,
    BookedPerson,
    CourseSheet,
)
from salesplan.reporting.training_frames import gaps_frame, open_frame
from salesplan.reporting.training_workbook import export_training_workbook
from salesplan.reporting.workbook_style import Book
from tests.reporting.coached_company import EVIL, SELLERS, TAG, needs, shown_only
from tests.reporting.office import recalculated

NAN = float("nan")


@cache
def found() -> TrainingNeeds:
    return needs()


def book(language: str = "en", *, of: TrainingNeeds | None = None, values: bool = False) -> Workbook:
    return load_workbook(io.BytesIO(export_training_workbook(of or found(), language=language)), data_only=values)


def rows(sheet, first: int = 5) -> list[list]:
    return [list(row) for row in sheet.iter_rows(min_row=first, values_only=True) if row[0] is not None]


def course_book(*, budget: float = 60_000.0) -> tuple[bytes, CourseSheet]:
    courses = [BookedCourse(course="C1", name="Closing", hours=8.0, cost=500.0, fixed_cost=2000.0, seats=2.0),
               BookedCourse(course="C2", name=EVIL, hours=16.0, cost=1500.0, fixed_cost=0.0, seats=NAN),
               BookedCourse(course="C3", name="Empty", hours=4.0, cost=100.0, fixed_cost=900.0, seats=10.0)]
    people = [BookedPerson(seller_id=f"E{i}", name="张伟" if i else EVIL, unit="East", tier="新人", courses=courses_)
              for i, courses_ in enumerate((["C1", "C2"], ["C1"], ["C1"], ["C2"], []))]
    whole = Book(decimals=2)
    sheet = CourseSheet(whole, "Plan", "en", people=people, courses=courses, budget=budget, hours_per_person=20.0)
    sheet.write(title="Plan", note="")
    return whole.to_bytes(), sheet


def test_seats_runs_hours_and_money_follow_who_goes_where(tmp_path: Path) -> None:
    content, sheet = course_book()
    assert sheet.cost == pytest.approx(3 * 500 + 2 * 2000 + 2 * 1500)
    mine = load_workbook(io.BytesIO(content), data_only=True)["Plan"]
    file = tmp_path / "plan.xlsx"
    changed = load_workbook(io.BytesIO(content))
    changed.save(file)  # formulas only
    moved = tmp_path / "moved.xlsx"
    changed["Plan"].cell(FIRST + 4, FIRST_COURSE + 2, 1)  # the fifth person goes to the empty course
    changed.save(moved)
    theirs, other = (load_workbook(path, data_only=True)["Plan"] for path in recalculated([file, moved], tmp_path))
    formulas = [c.coordinate for row in load_workbook(file)["Plan"].iter_rows() for c in row if c.data_type == "f"]
    assert len(formulas) == 3 * 3 + 3 * 5 + 2
    for at in formulas:
        assert theirs[at].value == pytest.approx(mine[at].value), at
    assert theirs.cell(COST, 3).value == pytest.approx(8500) and theirs.cell(LEFT, 3).value == pytest.approx(51_500)
    assert other.cell(COST, 3).value == pytest.approx(8500 + 100 + 900) and other.cell(BUDGET, 3).value == 60_000


def test_a_plan_of_nobody_costs_nothing() -> None:
    whole = Book(decimals=2)
    empty = CourseSheet(whole, "Plan", "zh", people=[], courses=[], budget=0.0, hours_per_person=8.0)
    empty.write(title="", note="")
    sheet = load_workbook(io.BytesIO(whole.to_bytes()), data_only=True)["Plan"]
    assert sheet.cell(COST, 3).value == 0 and sheet.cell(LEFT, 3).value == 0


def test_a_course_nobody_knows_is_refused() -> None:
    with pytest.raises(InputError, match="plan of E1"):
        CourseSheet(Book(decimals=2), "Plan", "en", courses=[], budget=0.0, hours_per_person=8.0,
                    people=[BookedPerson(seller_id="E1", name="x", unit="", tier="", courses=["C9"])])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_needs_give_the_same_bytes_and_harmless_text(language: str) -> None:
    assert export_training_workbook(found(), language=language) == export_training_workbook(found(), language=language)
    cells = [c for sheet in book(language) for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
    assert not [c.value for c in cells if c.data_type != "f" and c.value.startswith(("=", "+", "-", "@"))]
    assert any(EVIL in c.value for c in cells) and any(TAG in c.value for c in cells)


def test_needs_gaps_and_causes_are_those_found() -> None:
    whole = book(values=True)
    told = {(r[0], r[1]): r for r in rows(whole["Needs by tier"])}
    for r in found().needs.top(3).to_dict("records"):
        name = found().data.skill_names("en")[r["skill"]]
        assert told[r["tier"], name][6] == pytest.approx(r["need"])
    gaps = rows(whole["Skill gaps"])
    assert len(gaps) == len(found().gaps.persons)
    causes = {r[0]: r for r in rows(whole["Causes"])}
    assert set(causes) == set(found().diagnosis.people.index)
    assert causes["E000"][6] == pytest.approx(found().diagnosis.people.loc["E000", "result_change"])


def test_the_sheet_of_courses_costs_what_the_plan_costs() -> None:
    plan, whole = found().plan, book(values=True)
    assert len(plan.assignments)
    sheet = whole["Training plan"]
    assert sheet.cell(COST, 3).value == pytest.approx(plan.spent) and sheet.cell(BUDGET, 3).value == plan.budget
    overview = {row[0]: row[1] for row in whole["Overview"].iter_rows(min_row=4, max_col=2, values_only=True) if row[0]}
    assert overview["Cost of the plan (¥)"] == pytest.approx(plan.spent)
    assert overview["Share of the need closed"] == pytest.approx(plan.covered_share)
    ticks = {sheet.cell(row, 1).value: sum(sheet.cell(row, c).value or 0 for c in range(FIRST_COURSE, FIRST_COURSE + 3))
             for row in range(FIRST, sheet.max_row + 1)}
    going = plan.assignments.groupby("seller_id").size()
    assert {who: n for who, n in ticks.items() if n} == going.to_dict()
    left = rows(whole["Not covered"])
    assert len(left) == int((plan.coverage["open_level"] > 1e-9).sum())


def test_another_budget_can_be_written() -> None:
    small = found().planner.solve(5_000.0)
    content = export_training_workbook(found(), language="en", plan=small)
    sheet = load_workbook(io.BytesIO(content), data_only=True)["Training plan"]
    assert sheet.cell(BUDGET, 3).value == 5_000 and sheet.cell(COST, 3).value == pytest.approx(small.spent)
    assert small.spent <= 5_000


def test_mentors_stand_in_it_with_money_only_for_those_who_see_it() -> None:
    match = found().mentors
    whole = load_workbook(io.BytesIO(export_training_workbook(found(), language="en")), data_only=True)
    told = {(r[0], r[1]) for r in rows(whole["Mentors"])}
    assert told == set(zip(match.optimal["mentee_id"], match.optimal["mentor_id"], strict=True))
    assert {r[0] for r in rows(whole["Without a mentor"])} == set(match.unmatched.query("in_optimal")["mentee_id"])
    time = rows(whole["Mentors' time"])
    assert sum(r[5] for r in time) == pytest.approx(float(match.load("optimal")["selling_cost"].sum()))
    veiled = dataclasses.replace(found(), data=dataclasses.replace(found().data, shows_money=False))
    whole = load_workbook(io.BytesIO(export_training_workbook(veiled, language="en")))
    assert whole["Mentors' time"].max_column == 5
    one = str(match.optimal["mentee_id"].iloc[0])
    few = load_workbook(io.BytesIO(export_training_workbook(shown_only(found(), [*SELLERS[:9], one]), language="en")))
    assert [r[0] for r in rows(few["Mentors"])] == [one] and "Without a mentor" not in few.sheetnames


def test_only_people_the_reader_may_see_stand_in_it() -> None:
    cells = {str(c.value) for sheet in book(of=shown_only(found(), SELLERS[:3])) for row in sheet.iter_rows() for c in row}
    assert {"E000", "E001", "E002"} <= cells and not set(SELLERS[3:]) & cells
    assert not [c for c in cells if re.fullmatch(r"销售(\d+)", c) and int(c[2:]) > 2]


def test_a_path_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = export_training_workbook(found(), tmp_path / "plan.xlsx", language="en")
    assert [p.name for p in tmp_path.iterdir()] == ["plan.xlsx"] and path.read_bytes() == export_training_workbook(found(), language="en")


def test_the_waiting_list_names_everybody_of_the_next_course_whom_the_reader_may_see() -> None:
    drawn = found().roll_out
    assert drawn is not None
    sheet = book()["Waiting list"]
    assert {(r[0], r[5]) for r in rows(sheet)} == set(zip(drawn.to_frame()["seller_id"], drawn.to_frame()["wave"], strict=True))


def test_the_need_of_a_person_and_skill_is_the_same_on_every_sheet() -> None:
    gaps = gaps_frame(found(), CoachingNames.of(found().data, "en")).set_index(["seller_id", "skill_name"])
    left = open_frame(found().plan, found(), CoachingNames.of(found().data, "en")).set_index(["seller_id", "skill_name"])
    assert len(left) and left["need"].tolist() == pytest.approx(gaps.loc[left.index, "need"].tolist())
    assert (left["covered_level"] + left["open_level"]).tolist() == pytest.approx(left["skill_gap"].tolist())
