"""Every gap gets its course, mentor or coaching, in time, with what counts as done."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.development_plan import (
    ALL_ALIKE,
    ATTENDED,
    FOR_LATER,
    GOAL_TOO_SOON,
    LATER,
    NO_ASSESSMENT,
    NOT_TRAINING,
    NOTHING_TO_DO,
    development_plan,
)
from salesplan.errors import InputError
from salesplan.text.wording import say_details

NEEDS = pd.DataFrame({
    "skill": ["ask", "close", "care", "talk", "law"], "level": [2.0, 2.5, 3.0, 3.4, None],
    "required_level": [3.5, 3.5, 3.5, 3.5, 4.0], "gap": [1.5, 1.0, 0.5, 0.1, None], "importance": [5, 4, 3, 5, 5],
    "frequency": [4, 4, 3, 5, 5]})  # fmt: skip
COURSES = pd.DataFrame({"course": ["T01", "T02"], "skills": [("basics",), ("ask", "close")], "hours": [8.0, 12.0],
                        "gain": [(0.5,), (0.6, 2.0)]})


def plan(**options):
    return development_plan(options.pop("needs", NEEDS), options.pop("courses", COURSES), options.pop("mentor", None),
                            options.pop("goals", None), as_of="2026-10-31", **options)  # fmt: skip


def messages(found):
    return [note["msgid"] for note in found.notes]


def test_courses_stand_in_order_and_take_the_months_their_hours_need():
    steps = plan(hours_per_month=8).steps
    courses = steps[steps["how"] == "course"]
    assert courses["what"].tolist() == ["T01", "T02"]
    assert courses["begin_month"].astype(str).tolist() == ["2026-11", "2026-12"]
    assert courses["due_month"].astype(str).tolist() == ["2026-11", "2027-01"]
    assert (steps["begin_month"] > pd.Period("2026-10", "M")).all()


def test_a_course_without_a_gap_of_its_own_says_what_it_comes_before():
    first = plan().steps.iloc[0]
    assert (first["why_msgid"], first["why_details"], first["done_msgid"]) == (FOR_LATER, {"courses": ["T02"]}, ATTENDED)


def test_done_is_the_requirement_or_what_the_course_can_give():
    step = plan().steps.query("what == 'T02'").iloc[0]
    targets = {t["details"]["skill"]: t["details"]["target_value"]["number"] for t in step["done_details"]["targets"]}
    assert targets == {"ask": pytest.approx(2.6), "close": pytest.approx(3.5)}


def test_what_no_course_and_no_mentor_closes_is_coached():
    found = plan(mentor={"mentor_id": "m", "skills": ("ask", "care")})
    assert found.gaps.set_index("skill")["how"].to_dict() == {"ask": ("course", "mentor"), "close": ("course",), "care": ("mentor",)}
    alone = plan(courses=None)
    assert alone.gaps.set_index("skill")["how"].to_dict() == {"ask": ("coaching",), "close": ("coaching",), "care": ("coaching",)}
    assert alone.steps["due_month"].astype(str).tolist() == ["2026-12", "2026-12", "2027-02"]


def test_a_mentor_for_other_skills_makes_no_step():
    assert "mentor" not in set(plan(mentor={"mentor_id": "m", "skills": ("talk",)}).steps["how"])


def test_hours_of_a_pair_are_weeks_times_hours():
    step = plan(mentor={"mentor_id": "m", "skills": ("ask",)}, mentor_hours_per_week=1.5, mentor_months=6).steps.query("how == 'mentor'")
    assert step["hours"].tolist() == [39.0]
    assert str(step["due_month"].iloc[0]) == "2027-04"
    assert step["done_details"].iloc[0]["n_months"] == 6


def test_small_gaps_are_left_alone_unassessed_skills_and_the_rest_are_named():
    found = plan(courses=None, most_skills=1)
    assert found.gaps["skill"].tolist() == ["ask", "close", "care"]
    assert found.steps["what"].tolist() == ["ask"]
    notes = {note["msgid"]: note["details"]["skills"] for note in found.notes}
    assert notes[LATER] == ["close", "care"]
    assert notes[NO_ASSESSMENT] == ["law"]
    assert found.gaps.set_index("skill").loc["care", "how"] == ()


def test_an_open_goal_raises_the_target_and_a_date_too_soon_is_told():
    goals = pd.DataFrame({"goal_id": ["g1", "g2"], "skill": ["talk", "ask"], "target_level": [4.5, 3.0],
                          "due_date": ["2027-12-31", "2026-11-15"], "status": ["open", "open"]})
    found = plan(goals=goals)
    gaps = found.gaps.set_index("skill")
    assert gaps.loc["talk", "gap"] == pytest.approx(1.1)
    assert gaps.loc["ask", "target_level"] == 3.5
    told = [note["details"]["skills"] for note in found.notes if note["msgid"] == GOAL_TOO_SOON]
    assert told == [["ask"]]
    assert plan(goals=goals.assign(status="done")).gaps["skill"].tolist() == ["ask", "close", "care"]


def test_a_cause_other_than_skill_is_said_and_nothing_to_do_is_an_answer():
    assert NOT_TRAINING in messages(plan(verdict="effort"))
    assert NOT_TRAINING not in messages(plan(verdict="skill"))
    fine = plan(needs=NEEDS[NEEDS["skill"] == "talk"], courses=None)
    assert fine.steps.empty
    assert fine.hours == 0
    assert NOTHING_TO_DO in messages(fine)
    assert fine.to_frame().empty
    assert fine.summary().empty


def test_every_sentence_can_be_said_with_skills_by_name():
    goals = pd.DataFrame({"goal_id": ["g2"], "skill": ["ask"], "target_level": [3.0], "due_date": ["2026-11-15"]})
    found = plan(mentor={"mentor_id": "m", "skills": ("ask",)}, goals=goals, verdict="effort", most_skills=1,
                 skill_names={"ask": {"zh": "提问", "en": "Asking"}})
    for language, word in (("zh", "提问不低于3.5"), ("en", "Asking at 3.5 or more")):
        said = [say_details(r[f"{k}_msgid"], r[f"{k}_details"], language) for r in found.steps.to_dict("records") for k in ("done", "why")]
        assert any(word in sentence for sentence in said)
        assert all(say_details(note["msgid"], note["details"], language) for note in found.notes)
    assert found.explain("ask")["how"].tolist() == ["mentor", "course"]
    assert found.summary()["hours"].sum() == pytest.approx(found.hours)


def test_input_is_left_as_it_was():
    needs, courses = NEEDS.copy(), COURSES.copy()
    plan(needs=needs, courses=courses)
    pd.testing.assert_frame_equal(needs, NEEDS)
    pd.testing.assert_frame_equal(courses, COURSES)


@pytest.mark.parametrize(("change", "told"), [
    ({"needs": NEEDS.drop(columns="gap")}, "lack 'gap'"), ({"needs": pd.concat([NEEDS, NEEDS])}, "'ask' stands twice"),
    ({"courses": COURSES.drop(columns="hours")}, "lack 'hours'"), ({"courses": pd.concat([COURSES, COURSES])}, "'T01' stands twice"),
    ({"courses": COURSES.assign(hours=-1.0)}, "hours == -1"), ({"hours_per_month": 0}, "hours_per_month == 0"),
    ({"most_skills": 0}, "most_skills == 0"),
])  # fmt: skip
def test_bad_input_is_named(change, told):
    with pytest.raises(InputError, match=told):
        plan(**change)


def test_a_month_that_is_none_is_named():
    with pytest.raises(InputError, match="as_of == 'soon'"):
        development_plan(NEEDS, as_of="soon")


def test_a_skill_that_was_rated_alike_for_all_is_not_called_unassessed():
    needs = pd.DataFrame({"skill": ["ask", "close", "know"], "level": [2.0, np.nan, np.nan], "required_level": 3.0,
                          "gap": [1.0, np.nan, np.nan], "not_told_apart": [False, True, False]})
    notes = {n["msgid"]: n["details"]["skills"] for n in development_plan(needs, as_of="2026-10").notes if "skills" in n["details"]}
    assert notes[ALL_ALIKE] == ["close"] and notes[NO_ASSESSMENT] == ["know"]
