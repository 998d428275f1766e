"""Published cases of agreement, consistency and rater severity."""

import json

import numpy as np
import pandas as pd
import pytest

from salesplan.ratings import (
    cronbach_alpha,
    intraclass_correlation,
    krippendorff_alpha,
    mcdonald_omega,
    rater_severity,
)
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden", "05_scoring_ratings.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def attitude():
    return pd.read_csv(shared_path("golden", "data", "attitude.csv"))


def test_six_intraclass_correlations(cases):
    case = cases["icc_shrout_fleiss"]
    table = intraclass_correlation(case["inputs"]["ratings"]).table
    names = {"ICC1": "ICC(1,1)", "ICC2": "ICC(2,1)", "ICC3": "ICC(3,1)",
             "ICC1k": "ICC(1,k)", "ICC2k": "ICC(2,k)", "ICC3k": "ICC(3,k)"}
    for column, key in (("icc", "icc"), ("icc_lower", "ci95_lo"), ("icc_upper", "ci95_hi")):
        for name, value in case["expected"][key].items():
            assert table.loc[names[name], column] == pytest.approx(value, abs=case["tolerance"]["abs"])


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorff_with_gaps(cases, level):
    case = cases["krippendorff_alpha"]
    by_person = pd.DataFrame(case["inputs"]["raters_by_units"], dtype=float).T
    found = krippendorff_alpha(by_person, level=level, bootstraps=300)
    assert found.alpha == pytest.approx(case["expected"]["alpha"][level], abs=case["tolerance"]["abs"])
    assert found.alpha_lower < found.alpha < found.alpha_upper


def test_cronbach_of_attitude(cases, attitude):
    case = cases["cronbach_attitude"]
    expected, tolerance = case["expected"], case["tolerance"]["abs"]
    found = cronbach_alpha(attitude)
    assert found.alpha == pytest.approx(expected["raw"], abs=tolerance)
    assert found.standardised == pytest.approx(expected["standardised"], abs=tolerance)
    assert found.items["alpha_if_dropped"].to_dict() == pytest.approx(expected["if_dropped"], abs=tolerance)
    assert found.items["item_rest_r"].to_dict() == pytest.approx(expected["item_rest_r"], abs=tolerance)


def test_omega_of_attitude_by_both_extractions(attitude):
    assert mcdonald_omega(attitude, extraction="ml").omega == pytest.approx(0.84054, abs=1e-5)
    assert mcdonald_omega(attitude, extraction="minres").omega == pytest.approx(0.85099, abs=1e-5)


@pytest.fixture(scope="module")
def linked(cases):
    frame = pd.DataFrame(cases["rater_bias_incomplete"]["inputs"]["data"], columns=["ratee_id", "rater_id", "score"])
    return frame.assign(relation="peer", item="overall", scale_min=0, scale_max=100)


def test_severity_by_fixed_effects(cases, linked):
    expected = cases["rater_bias_incomplete"]["expected"]
    tolerance = cases["rater_bias_incomplete"]["tolerance"]["abs_fixed"]
    found = rater_severity(linked)
    people = found.ratees.set_index("ratee_id")
    assert people["raw_mean"].to_dict() == pytest.approx(expected["raw_mean"], abs=tolerance)
    assert people["adjusted_mean"].to_dict() == pytest.approx(expected["adjusted_mean_fixed"], abs=tolerance)
    effect = -found.raters.set_index("rater_id")["severity"]
    assert effect.to_dict() == pytest.approx(expected["rater_effect_fixed"], abs=tolerance)


def test_severity_by_mixed_model(cases, linked):
    expected = cases["rater_bias_incomplete"]["expected"]
    found = rater_severity(linked, method="mixed")
    assert found.intercept == pytest.approx(expected["lmm_intercept"], abs=1e-3)
    people = found.ratees.set_index("ratee_id")["adjusted_mean"] - found.intercept
    assert people.to_dict() == pytest.approx(expected["lmm_ratee_blup"], abs=1e-3)
    effect = -found.raters.set_index("rater_id")["severity"]
    assert effect.to_dict() == pytest.approx(expected["lmm_rater_blup"], abs=1e-3)
    variances = {row["grp"]: row["vcov"] for row in expected["lmm_vc"]}
    np.testing.assert_allclose([found.ratee_variance, found.rater_variance, found.residual_variance],
                               [variances["ratee"], variances["rater"], variances["Residual"]], rtol=1e-3)
