"""Courses that no plan can hold are left out and named; the rest is planned."""

import numpy as np
import pandas as pd

from salesplan.coaching.course_plan import plan_courses
from salesplan.coaching.plannable_courses import IN_CIRCLE, UNKNOWN_BEFORE, WITHOUT_COST, plannable_courses
from salesplan.text.wording import say_details


def catalogue() -> pd.DataFrame:
    return pd.DataFrame({
        "course": ["C1", "C2", "C3", "C4", "C5", "C6"], "name": ["甲", "乙", "丙", "丁", "戊", "己"], "name_en": list("abcdef"),
        "hours": 8.0, "cost": [100.0, 100.0, 100.0, 100.0, 100.0, np.nan],
        "prerequisites": [("C2",), ("C1",), (), ("C3",), ("C99",), ()], "is_offered": True})


def test_unknown_prerequisites_circles_and_courses_without_cost_are_named_and_off_the_offer() -> None:
    kept, notes = plannable_courses(catalogue())
    assert kept.set_index("course")["is_offered"].to_dict() == {
        "C1": False, "C2": False, "C3": True, "C4": True, "C5": False, "C6": False}
    told = {n["msgid"]: say_details(n["msgid"], n["details"], "zh") for n in notes}
    assert set(told) == {UNKNOWN_BEFORE, IN_CIRCLE, WITHOUT_COST}
    assert "戊 → C99" in told[UNKNOWN_BEFORE] and "甲、乙" in told[IN_CIRCLE] and "己" in told[WITHOUT_COST]
    needs = pd.DataFrame({"seller_id": "p", "skill": [f"s{i}" for i in range(1, 7)], "gap": 1.0})
    teaches = pd.DataFrame({"course": kept["course"], "skill": needs["skill"], "gain": 1.0})
    assert plan_courses(needs, kept, teaches, budget=9_000).assignments["course"].tolist() == ["C3", "C4"]


def test_a_company_that_keeps_no_costs_plans_all_of_them() -> None:
    kept, notes = plannable_courses(catalogue().assign(cost=np.nan, prerequisites=[()] * 6))
    assert kept["is_offered"].all() and not notes


def test_courses_that_are_not_offered_anyway_are_no_news() -> None:
    assert plannable_courses(catalogue().assign(is_offered=False))[1] == []
