"""Published cases: which skill moves which KPI by tier, and the middle 60 % against the top 20 %."""

import json

import pandas as pd
import pytest

from salesplan.coaching.middle_sixty import uplift_gains
from salesplan.coaching.skill_drivers import skill_drivers
from tests.coaching.driver_design import fit_with_interaction
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden", "07_training_retention.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def test_mixed_model_of_skill_by_tier(cases):
    case = cases["skill_driver_mixed"]
    frame = pd.DataFrame(case["inputs"]["data"]).rename(columns={"skill": "level", "kpi": "outcome"})
    fit = fit_with_interaction(frame, baseline=case["inputs"]["baseline_tier"])
    expected, tolerance = case["expected"], case["tolerance"]["abs"]
    names = {"(Intercept)": "(Intercept)", "skill": "level", "tiernew": "tiernew", "tierstar": "tierstar",
             "skill:tiernew": "level:tiernew", "skill:tierstar": "level:tierstar"}
    for theirs, ours in names.items():
        assert fit.coefficients[ours] == pytest.approx(expected["fixef"][theirs], abs=tolerance)
    variance = {row["grp"]: row["vcov"] for row in expected["vc"]}
    assert fit.team_variance == pytest.approx(variance["team"], abs=tolerance)
    assert fit.residual_variance == pytest.approx(variance["Residual"], abs=tolerance)
    assert fit.reml_loglik == pytest.approx(expected["reml_loglik"], abs=tolerance)


def test_slopes_by_tier_as_people_see_them(cases):
    case = cases["skill_driver_mixed"]
    frame = pd.DataFrame(case["inputs"]["data"])
    frame.index = pd.Index([f"s{i:02d}" for i in range(len(frame))], name="seller_id")
    people = frame[["tier", "team"]].rename(columns={"team": "org_id"}).reset_index()
    found = skill_drivers(frame[["skill"]].rename(columns={"skill": "closing"}), frame["kpi"], people, spread="common")
    slopes = found.table.set_index("tier")["slope"]
    for tier, slope in case["expected"]["slope_by_tier"].items():
        assert slopes[tier] == pytest.approx(slope, abs=case["tolerance"]["abs"])


def test_middle_sixty_against_top_twenty(cases):
    case = cases["middle60_uplift"]
    shares, expected = case["inputs"]["share_of_sales"], case["expected"]
    found = uplift_gains(middle=shares["mid60"], top=shares["top20"], uplift=case["inputs"]["uplift"])
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=case["tolerance"]["abs"])
