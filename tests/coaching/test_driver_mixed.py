"""The random-intercept fit against statsmodels and against what is known."""

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.driver_mixed import fit_random_intercept, tier_slopes
from salesplan.errors import InputError
from tests.coaching.driver_design import fit_with_interaction


def sample(n=80, *, team_sd=2.0, seed=0):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n // 10), 10)
    tier = rng.choice(["core", "new"], n)
    level = rng.normal(3, 0.7, n)
    outcome = 50 + 4 * level + 3 * (tier == "new") * level + rng.normal(0, team_sd, n // 10)[team] + rng.normal(0, 2, n)
    return pd.DataFrame({"level": level, "tier": tier, "team": team, "outcome": outcome})


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_statsmodels(seed):
    mixed_linear = pytest.importorskip("statsmodels.regression.mixed_linear_model")
    frame = sample(seed=seed)
    ours = fit_with_interaction(frame, baseline="core")
    new = (frame["tier"] == "new").astype(float)
    design = np.column_stack([np.ones(len(frame)), frame["level"], new, frame["level"] * new])
    theirs = mixed_linear.MixedLM(frame["outcome"].to_numpy(), design, frame["team"].to_numpy()).fit(reml=True)
    assert ours.coefficients.to_numpy() == pytest.approx(theirs.fe_params, abs=2e-3)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse_fe, rel=0.02)
    assert ours.reml_loglik == pytest.approx(theirs.llf, abs=2e-3)


def test_teams_that_do_not_differ_give_plain_regression():
    frame = sample(team_sd=0.0, seed=4)
    rest = pd.Series(np.random.default_rng(4).normal(0, 2, len(frame)))
    frame["outcome"] = 50 + 4 * frame["level"] + rest - rest.groupby(frame["team"]).transform("mean")
    fit = fit_with_interaction(frame, baseline="core")
    assert fit.team_variance == 0
    new = (frame["tier"] == "new").astype(float)
    design = np.column_stack([np.ones(len(frame)), frame["level"], new, frame["level"] * new])
    assert fit.coefficients.to_numpy() == pytest.approx(np.linalg.lstsq(design, frame["outcome"], rcond=None)[0])
    assert fit.degrees == len(frame) - 4


def test_slopes_by_tier_are_baseline_plus_interaction():
    frame = sample(seed=5)
    one = fit_with_interaction(frame, baseline="core")
    slopes, fits = tier_slopes(frame[["level"]], frame["outcome"], frame["tier"], frame["team"], spread="common")
    assert fits["core"] is fits["new"]
    by_tier = slopes.set_index("tier")["slope"]
    assert by_tier["core"] == pytest.approx(one.coefficients["level"], abs=1e-5)
    assert by_tier["new"] == pytest.approx(one.coefficients["level"] + one.coefficients["level:tiernew"], abs=1e-5)


def test_each_tier_is_fitted_on_its_own():
    frame = sample(seed=6)
    both, fits = tier_slopes(frame[["level"]], frame["outcome"], frame["tier"], frame["team"])
    core = frame[frame["tier"] == "core"]
    alone, _ = tier_slopes(core[["level"]], core["outcome"], core["tier"], core["team"])
    pd.testing.assert_frame_equal(both[both["tier"] == "core"].reset_index(drop=True), alone)
    assert fits["core"].n + fits["new"].n == len(frame)


def test_robust_errors_are_hc3_of_statsmodels_where_teams_do_not_differ():
    linear = pytest.importorskip("statsmodels.regression.linear_model")
    rng = np.random.default_rng(7)
    x = rng.normal(0, 1, 40)
    y = 1 + x + rng.normal(0, 1, 40) * (0.2 + np.abs(x))
    design = pd.DataFrame({"one": 1.0, "x": x})
    fit = fit_random_intercept(design, y, np.zeros(40))
    theirs = linear.OLS(y, design.to_numpy()).fit(cov_type="HC3")
    assert fit.robust_covariance.to_numpy() == pytest.approx(theirs.cov_params(), rel=1e-8)


def test_what_cannot_be_fitted_is_named():
    x = np.arange(20.0)
    with pytest.raises(InputError, match="combinations of one another"):
        fit_random_intercept(pd.DataFrame({"one": 1.0, "a": x, "b": 2 * x}), x, np.arange(20) // 5)
    with pytest.raises(InputError, match="2 people for 2 coefficients"):
        fit_random_intercept(pd.DataFrame({"one": [1.0, 1], "a": [1.0, 2]}), np.array([1.0, 2]), np.array([0, 1]))
    frame = sample()
    with pytest.raises(InputError, match="spread == 'each'"):
        tier_slopes(frame[["level"]], frame["outcome"], frame["tier"], frame["team"], spread="each")
