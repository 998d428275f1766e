"""Self-ratings against others: who overrates, and that chance alone does not make stars modest."""

import numpy as np
import pytest

from salesplan.coaching.skill_levels import skill_levels
from tests.coaching.assessed_company import assessed_company


def found(seed, **kwargs):
    company = assessed_company(seed, n_people=300, **kwargs)
    return skill_levels(company.assessments, people=company.people)


def test_overrating_is_found_and_its_interval_holds():
    held = []
    for seed in range(10):
        table = found(seed, overrating=0.5, modesty=0.0, leniency_sd=0.0, manager_bias=0.0).severity
        whole = table[table["by"] == "all"].iloc[0]
        held.append(whole["overrated_level_lower"] <= 0.5 <= whole["overrated_level_upper"])
        skills = table[table["by"] == "skill"]
        held += ((skills["overrated_level_lower"] <= 0.5) & (skills["overrated_level_upper"] >= 0.5)).tolist()
    assert np.mean(held) >= 0.85


def test_newcomers_overrate_where_the_best_underrate():
    table = found(1, overrating=0.3, modesty=-0.5).severity.query("by == 'tier'").set_index("tier")["overrated_level"]
    assert table["new"] > table["core"] > table["lead"]


def test_stars_who_underrate_are_found():
    slopes = [found(seed, modesty=-0.4).self_severity for seed in range(4)]
    assert np.mean([s.slope for s in slopes]) == pytest.approx(-0.4, abs=0.08)
    assert all(s.slope_upper < 0 for s in slopes)


def test_chance_alone_does_not_make_stars_modest():
    slopes = [found(seed, modesty=0.0, noise={"test": 0.7, "manager": 0.8}).self_severity for seed in range(15)]
    assert abs(np.mean([s.slope for s in slopes])) < 0.05
    assert sum(s.slope_lower <= 0 <= s.slope_upper for s in slopes) >= 11


def test_without_two_others_on_a_skill_the_slope_is_not_told():
    assert np.isnan(found(1, sources=("manager", "self")).self_severity.slope)


def test_tiers_with_few_people_are_hidden():
    company = assessed_company(1, n_people=60)
    people = company.people.copy()
    people.loc[:2, "tier"] = "trainee"
    table = skill_levels(company.assessments, people=people).severity.query("by == 'tier'").set_index("tier")
    assert table.loc["trainee", "status"] == "insufficient evidence"
    assert np.isnan(table.loc["trainee", "overrated_level"])
    assert (table["status"] != "ok").sum() == 2
