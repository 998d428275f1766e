"""Published case of choosing courses under a budget."""

import json

import pandas as pd
import pytest

from salesplan.coaching.course_greedy import greedy_plan
from salesplan.coaching.course_material import course_material
from salesplan.coaching.course_plan import plan_courses
from tests.shared import shared_path


@pytest.fixture(scope="module")
def case():
    path = shared_path("golden", "07_training_retention.public.json")
    return next(c for c in json.loads(path.read_text(encoding="utf-8")) if c["id"] == "knapsack_classic")


@pytest.fixture(scope="module")
def tables(case):
    names = [f"C{i}" for i in range(len(case["inputs"]["value"]))]
    needs = pd.DataFrame({"seller_id": "a", "skill": names, "gap": 1.0, "weight": case["inputs"]["value"]})
    courses = pd.DataFrame({"course": names, "hours": 1.0, "cost": case["inputs"]["cost"]})
    return needs, courses, pd.DataFrame({"course": names, "skill": names, "gain": 1.0})


def test_the_best_courses_for_the_money(case, tables):
    plan = plan_courses(*tables, budget=case["inputs"]["budget"])
    assert plan.value == pytest.approx(case["expected"]["best"], abs=case["tolerance"]["abs"] + 1e-9)
    assert sorted(plan.assignments["course"]) == [f"C{i}" for i in case["expected"]["chosen"]]
    assert plan.is_proven and plan.gap_share == 0


def test_choosing_by_worth_for_money_loses_a_quarter(case, tables):
    material = course_material(*tables, hours_per_person=99.0, max_courses_per_person=None, max_runs=1, taken=None, level_step=None)
    points = greedy_plan(material.model.with_budget(case["inputs"]["budget"]))[2]
    assert points * material.unit == pytest.approx(160)
