from datetime import date

import pandas as pd
import pytest

from salesplan.data.quality import check_quality
from salesplan.data.quality_coaching import circles, coaching_findings
from salesplan.data.workspace import Workspace
from tests.data.coaching_company import coaching_workspace, tables
from tests.data.companies import days, make_workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return coaching_workspace(tmp_path_factory.mktemp("quality"))


def found(space: Workspace, **options: object) -> dict:
    return {case.key: case for case in coaching_findings(space, **options)}


def test_cases_name_people_skills_and_courses(shop):
    cases = found(shop)
    assert cases["never_assessed"].details["count"] == 3, "trainers and people hired later are not expected to be"
    assert "李娜" in cases["never_assessed"].details["names"]
    assert cases["mentors_who_left"].details["names"] == "王芳"
    assert "stale_assessments" not in cases
    assert "course_cycle" not in cases
    assert set(cases) == {"never_assessed", "mentors_who_left"}
    assert all(case.message and case.action for case in cases.values())


def test_an_old_assessment_is_stale(shop):
    case = found(shop, as_of=date(2028, 1, 31))["stale_assessments"]
    assert case.details["count"] == 2
    assert case.details["n_months"] == 12


def test_everything_wrong_is_found(tmp_path):
    whole = tables()
    only = whole["skill_assessment"]
    whole["skill_assessment"] = only[(only["source"] == "self") & (only["skill_id"] == "k1")]
    whole["role_profile"] = whole["role_profile"].assign(tier=["新人", "骨干", "骨干", "专家"])
    whole["course"] = pd.DataFrame({
        "course_id": ["a", "b", "c", "d"], "name": ["甲", "乙", "丙", "丁"], "hours": 8.0,
        "prerequisites": ["b", "c; x9", "a", None], "is_offered": True})
    whole["course_skill"] = whole["course_skill"].assign(course_id=["a", "b", "c"])
    cases = found(make_workspace(tmp_path / "w", whole, currency="CNY"))
    assert cases["only_self_ratings"].details["count"] == 2
    assert cases["skills_nobody_assesses"].details["names"] == "谈判"
    assert cases["profiles_of_no_tier"].details["names"] == "专家"
    assert cases["courses_for_no_skill"].details["names"] == "丁"
    assert cases["course_cycle"].details["path"] == "a → b → c → a"
    assert cases["course_cycle"].status == "act"
    assert cases["unknown_prerequisites"].details["names"] == "b → x9"
    assert cases["courses_not_listed"].details["rows"] == 3


def test_the_check_of_a_workspace_holds_them(shop):
    quality = check_quality(shop)
    assert "never_assessed" in {case.key for case in quality.findings}
    assert set(quality.tables["table"]) >= {"skill", "role_profile", "skill_assessment", "course", "mentor"}


def test_nothing_is_said_of_what_was_never_imported(tmp_path):
    bare = make_workspace(tmp_path / "w", {"rep": pd.DataFrame({"rep_id": ["a"], "name": ["甲"], "hire_date": days(None)})},
                          currency="CNY")
    assert found(bare) == {}


def test_two_circles_and_a_long_tail():
    assert circles({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c", "a"], "e": ["a", "c"]}) == [["a", "b", "a"], ["c", "d", "c"]]
    chain = {f"c{n:04d}": [f"c{n + 1:04d}"] for n in range(5_000)}
    assert circles(chain) == []
