"""Published cases of contributions and pacing come out of the monthly review's own functions."""

import json
from typing import Any

import numpy as np
import pytest

from salesplan.review.contributions import shortfall_contributions
from salesplan.review.share_projection import project_by_share, reached_shares
from tests.shared import shared_path


def case(area: str, name: str) -> dict[str, Any]:
    cases = json.loads(shared_path("golden", f"{area}.public.json").read_text("utf-8"))
    return next(c for c in cases if c["id"] == name)


def test_shortfall_contribution():
    public = case("08_variance_review", "shortfall_contribution")
    inputs, expected = public["inputs"], public["expected"]
    found = shortfall_contributions(inputs["target"], inputs["actual"])
    for ours, theirs in (("gap", "gap"), ("attainment", "attainment"), ("contribution_points", "contribution_pp")):
        np.testing.assert_allclose(found[ours], expected[theirs], atol=public["tolerance"]["abs"])
    team = found["actual"].sum() / found["target"].sum()
    assert team == pytest.approx(expected["team_attainment"], abs=1e-12)
    assert found["attainment"].mean() == pytest.approx(expected["mean_of_rep_attainments"], abs=1e-12)
    assert found["contribution_points"].sum() == pytest.approx(100 * (team - 1), abs=1e-9)


def test_pacing_projection_by_the_share_of_past_years():
    public = case("03_funnel_monitoring", "pacing_projection")
    inputs, expected = public["inputs"], public["expected"]
    years = np.array(inputs["history_share_3y"])[None, :, :]
    shares = reached_shares(years, len(inputs["ytd"]))
    np.testing.assert_allclose(shares[0], expected["cum_share_june"], atol=1e-9)
    actual = np.array([sum(inputs["ytd"])])
    assert project_by_share(actual, shares)[0] == pytest.approx(expected["projection"], abs=1e-9)
    each = sorted(float(project_by_share(actual, shares[:, [k]])[0]) for k in range(3))
    assert [each[0], each[-1]] == pytest.approx(expected["range"], abs=1e-9)
    mean = float(shares.mean())
    assert mean == pytest.approx(expected["mean_share"], abs=1e-9)
    left = inputs["target"] - actual[0]
    assert [left, left / (inputs["target"] * (1 - mean))] == pytest.approx(
        [expected["required_remaining"], expected["run_rate_needed_vs_plan_rest"]], abs=public["tolerance"]["abs"])
