"""Courses are checked before anybody is planned into one."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.courses import check_course_skills, check_courses, course_order
from salesplan.errors import InputError
from salesplan.text.spoken_errors import say_error


def courses_of(**columns):
    return pd.DataFrame({"course": ["A", "B", "C"], "hours": [4.0, 8.0, 12.0], **columns})


def test_defaults_are_free_unlimited_and_offered():
    table = check_courses(courses_of())
    assert table["cost"].tolist() == [0.0] * 3 and table["fixed_cost"].tolist() == [0.0] * 3
    assert np.isinf(table["seats"]).all() and table["is_offered"].all()
    assert table["prerequisites"].tolist() == [(), (), ()]


def test_the_table_handed_in_stays_as_it_was():
    table = courses_of(cost=[1, None, 2])
    before = table.copy()
    check_courses(table)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(("value", "expected"), [("A; B", ("A", "B")), ("A、B", ("A", "B")), (("A",), ("A",)), (None, ()), ("", ()),
                                                 (np.nan, ())])
def test_prerequisites_are_read_from_text_and_tuples(value, expected):
    table = check_courses(courses_of(prerequisites=pd.Series([None, None, value], dtype=object)))
    assert table["prerequisites"].iloc[2] == expected


@pytest.mark.parametrize(("columns", "message"), [
    ({"cost": [1.0, -5.0, 2.0]}, r"cost == -5.0, must be a number of at least 0.*course B, column cost"),
    ({"seats": [1.0, 2.0, -1.0]}, r"seats == -1.0.*course C"),
    ({"hours": [4.0, np.nan, 8.0]}, r"hours is missing.*course B"),
    ({"cost": ["10", "many", "3"]}, r"cost == many.*course B"),
    ({"prerequisites": [("A1",), (), ()]}, r"prerequisite == 'A1', must be a course; did you mean 'A'.*course A"),
])
def test_a_wrong_course_is_named(columns, message):
    with pytest.raises(InputError, match=message):
        check_courses(courses_of(**columns))


def test_a_course_that_stands_twice_is_named():
    with pytest.raises(InputError, match="course == 'A', must stand once"):
        check_courses(pd.DataFrame({"course": ["A", "A"], "hours": [1, 2]}))


def test_a_circle_of_prerequisites_is_spelled_out():
    with pytest.raises(InputError, match="A → B → C → A"):
        check_courses(courses_of(prerequisites=[("B",), ("C",), ("A",)]))
    with pytest.raises(InputError, match="B → B"):
        check_courses(courses_of(prerequisites=[(), ("B",), ()]))
    with pytest.raises(InputError) as stopped:
        check_courses(courses_of(prerequisites=[("B",), ("A",), ()]))
    assert say_error(stopped.value, "zh") == "先修课程形成循环：A → B → A。位置：课程表，先修课程列。处理：请去掉其中一条先修要求。"


def test_courses_stand_after_what_they_build_on():
    order = course_order(check_courses(courses_of(prerequisites=[("C",), ("A",), ()])))
    assert order.index("C") < order.index("A") < order.index("B")


@pytest.mark.parametrize(("row", "skills", "message"), [
    (("D", "ask", 1.0), None, r"course == 'D', must be a course"),
    (("A", "asks", 1.0), ["ask", "close"], r"skill == 'asks', must be a skill; did you mean 'ask'"),
    (("A", "ask", -1.0), None, r"gain == -1.0.*course A, skill ask"),
    (("A", "ask", None), None, r"gain is missing.*course A, skill ask"),
])
def test_a_wrong_lesson_is_named(row, skills, message):
    with pytest.raises(InputError, match=message):
        check_course_skills(pd.DataFrame([row], columns=["course", "skill", "gain"]), check_courses(courses_of()), skills=skills)


def test_a_course_may_teach_below_nought_on_scales_that_begin_there():
    table = check_course_skills(pd.DataFrame({"course": ["A"], "skill": ["s"], "gain": [1.0], "up_to_level": [-2.0]}),
                                check_courses(courses_of()))
    assert table["up_to_level"].tolist() == [-2.0]
