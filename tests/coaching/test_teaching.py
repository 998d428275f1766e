"""Whose gaps enter the course plan, and how much they count."""

from types import SimpleNamespace

import pandas as pd
import pytest

from salesplan.coaching.parameters import CoachingParameters
from salesplan.coaching.teaching import TRAINING_FIRST, planner_of, teachable_gaps
from salesplan.text.wording import say_details


def persons():
    rows = [("a", "ask", 4.0, 2.0, "below", 1.0), ("a", "close", 4.0, 3.95, "cannot tell", 0.5), ("b", "ask", 4.0, 3.0, "below", 0.9),
            ("c", "ask", 4.0, 4.5, "meets it", 0.0), ("d", "ask", 4.0, 3.0, "below", 0.9)]
    frame = pd.DataFrame(rows, columns=["seller_id", "skill", "required_level", "level", "status", "p_below"])
    return frame.assign(importance=5.0, frequency=2.0)


def test_gaps_count_by_need_and_by_how_sure_they_are():
    gaps = teachable_gaps(persons(), people=["a", "b", "c"], first=["a"]).set_index(["seller_id", "skill"])
    assert list(gaps.index) == [("a", "ask"), ("b", "ask")], "who meets it, or is hardly short, needs no seat"
    assert gaps.loc[("a", "ask"), ["weight", "priority"]].tolist() == [10.0, TRAINING_FIRST]
    assert gaps.loc[("b", "ask"), "priority"] == 1
    assert gaps.loc[("b", "ask"), "weight"] == pytest.approx(9.0)


def test_whose_trouble_no_course_mends_is_left_out_and_who_lacks_skill_comes_first():
    data = SimpleNamespace(
        courses=pd.DataFrame({"course": ["T1"], "hours": [8.0], "cost": [1000.0]}),
        course_skills=pd.DataFrame({"course": ["T1"], "skill": ["ask"], "gain": [1.0]}),
        training=pd.DataFrame({"seller_id": [], "course": [], "status": []}))
    verdicts = pd.Series({"a": "effort", "b": "healthy", "d": "skill"})
    planner = planner_of(data, persons(), verdicts, CoachingParameters(), shown=["a", "b", "c", "d"])
    plan = planner.solve(1000)
    assert plan.assignments["seller_id"].tolist() == ["d"] and plan.covered_share == pytest.approx(0.5)
    told = " ".join(say_details(n["msgid"], n["details"], "en") for n in plan.notes)
    assert "of the 1 people" in told and "count 3 times" in told and "0.1 of a level and 1 person" in told and "Effort too low" in told
    assert set(planner.solve(9000).assignments["seller_id"]) == {"b", "d"}
    everybody = planner_of(data, persons(), verdicts, CoachingParameters(leave_out=[]), shown=["a", "b", "c", "d"])
    assert set(everybody.solve(9000).assignments["seller_id"]) == {"a", "b", "d"}


def test_who_was_there_already_is_not_sent_again():
    data = SimpleNamespace(
        courses=pd.DataFrame({"course": ["T1"], "hours": [8.0], "cost": [1000.0]}),
        course_skills=pd.DataFrame({"course": ["T1"], "skill": ["ask"], "gain": [1.0]}),
        training=pd.DataFrame({"seller_id": ["b", "d"], "course": ["T1", "T1"], "status": ["done", "absent"]}))
    planner = planner_of(data, persons(), pd.Series(dtype=object), CoachingParameters(), shown=["b", "d"])
    assert planner.solve(9000).assignments["seller_id"].tolist() == ["d"]
