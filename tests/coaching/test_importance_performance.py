"""Quadrants under three crosshairs."""

import pandas as pd
import pytest

from salesplan.coaching.gaps import skill_gaps
from salesplan.coaching.importance_performance import importance_performance, needs_performance
from salesplan.coaching.skill_levels import skill_levels
from salesplan.errors import InputError
from tests.coaching.assessed_company import assessed_company


def test_each_group_has_lines_of_its_own():
    frame = pd.DataFrame({"tier": list("aabb"), "skill": ["x", "y"] * 2, "importance": [4, 2, 4, 2], "level": [1.0, 2, 4, 5]})
    found = importance_performance(frame, by=["tier"])
    lines = found.crosshairs.query("crosshair == 'mean'").set_index("tier")["level"]
    assert lines.to_dict() == {"a": 1.5, "b": 4.5}
    assert found.table["quadrant_mean_msgid"].tolist() == ["Concentrate here", "Possible overkill"] * 2


def test_a_skill_without_evidence_has_no_quadrant_and_moves_no_line():
    frame = pd.DataFrame({"skill": list("xyz"), "importance": [4.0, 2, 5], "level": [2.0, 4, None]})
    found = importance_performance(frame)
    assert found.table["quadrant_mean_msgid"].tolist()[2] == "insufficient evidence"
    assert found.crosshairs.set_index("crosshair").loc["mean", "importance"] == 3.0
    assert not found.table["agree"].iloc[2]


def test_a_skill_within_its_error_of_a_line_is_not_firm():
    frame = pd.DataFrame({"skill": list("xy"), "importance": [5.0, 1.0], "level": [2.9, 4.0], "level_lower": [2.5, 3.9],
                          "level_upper": [3.3, 4.1]})
    assert importance_performance(frame).table["is_firm"].tolist() == [False, True]
    far = frame.assign(level=[1.5, 4.0], level_lower=[1.2, 3.9], level_upper=[1.8, 4.1])
    assert importance_performance(far).table["is_firm"].tolist() == [True, True]


def test_quadrants_from_gaps_leave_small_groups_out():
    company = assessed_company(3, n_people=90)
    people = company.people.copy()
    people.loc[:1, "tier"] = "trainee"
    profiles = pd.concat([company.profiles, company.profiles[:6].assign(tier="trainee")])
    gaps = skill_gaps(skill_levels(company.assessments, people=people), people, profiles)
    table = needs_performance(gaps).table
    assert (table.loc[table["tier"] == "trainee", "quadrant_mean_msgid"] == "insufficient evidence").all()
    assert {"level_lower", "is_firm", "agree"} <= set(table)
    summary = needs_performance(gaps, by=None).summary()
    assert (summary.drop(columns="crosshair").sum(axis=1) == 6).all()


def test_bad_frames():
    with pytest.raises(InputError, match="lacks 'level'"):
        importance_performance(pd.DataFrame({"skill": ["x"], "importance": [1.0]}))
    with pytest.raises(InputError, match="stands twice"):
        importance_performance(pd.DataFrame({"skill": ["x", "x"], "importance": [1.0, 2], "level": [1.0, 2]}))
    with pytest.raises(InputError, match="importance is missing"):
        importance_performance(pd.DataFrame({"skill": ["x"], "importance": [None], "level": [1.0]}))
