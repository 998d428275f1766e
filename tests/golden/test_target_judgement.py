"""Published cases of attainability, the number at quota and fairness."""

import json

import numpy as np
import pytest

from salesplan.targets.attainment import probability_at_least, share_at_quota, team_attainment
from salesplan.targets.fairness import fairness_test, regress_hc3
from salesplan.targets.levels import LevelRule, company_levels
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden", "02_target_decomposition.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def close(actual, expected, case):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=case["tolerance"]["abs"])


def test_team_attainment_under_correlation(cases):
    case = cases["team_attainment_correlated"]
    given, expected = case["inputs"], case["expected"]
    teams = [team_attainment(given["mu"], given["sigma"], given["target"], correlation=rho) for rho in given["rho"]]
    close([t.probability for t in teams], [expected["p_rho0"], expected["p_rho03"], expected["p_rho1"]], case)
    close([t.sd for t in teams], expected["sd_total"], case)
    close(teams[1].expected_shortfall, expected["expected_shortfall_rho03"], case)


def test_targets_of_equal_probability_have_it(cases):
    case = cases["equal_probability_targets"]
    given, expected = case["inputs"], case["expected"]
    chances = probability_at_least(given["mu"], given["sigma"], expected["targets"])
    close(chances, [expected["p_attain"]] * len(given["mu"]), case)


def test_share_at_quota_with_both_intervals(cases):
    case = cases["quota_rule_interval"]
    share = share_at_quota(case["inputs"]["at_quota"], case["inputs"]["n"], usual=(0.60, 0.70))
    expected = case["expected"]
    close(share.share, expected["share"], case)
    close([share.wilson_lower, share.wilson_upper], expected["wilson95"], case)
    close([share.clopper_pearson_lower, share.clopper_pearson_upper], expected["clopper_pearson95"], case)
    close(share.p_value, expected["binom_test_p_vs_065"], case)


def test_quota_fairness_regression(cases):
    import pandas as pd

    case = cases["quota_fairness_regression"]
    data, expected = case["inputs"]["data"], case["expected"]
    fit = regress_hc3(data["att"], np.log(data["pot"]))
    close(fit.coefficients, expected["coef"], case)
    close(fit.se_hc3, expected["se_hc3"], case)
    close(fit.se_ols, expected["se_ols"], case)
    close(fit.t_hc3[1], expected["t_hc3"], case)
    close(fit.p_hc3[1], expected["p_hc3_t28"], case)
    close(fit.r2, expected["r2"], case)
    frame = pd.DataFrame({"potential": data["pot"], "attainment": data["att"]})
    row = fairness_test(frame).table.iloc[0]
    close([row["slope"], row["spearman"]], [expected["coef"][1], expected["spearman"]], case)
    assert row["verdict"] == "cannot tell"


def test_growth_of_the_run_rate_is_not_growth_of_the_year(cases):
    by_month = cases["seed_growth_compounding"]["expected"]["annual_if_4pct_m"]
    shares = {level: LevelRule(by="share", value=value) for level, value in (("floor", 0.9), ("stretch", 1.1))}
    target = LevelRule(by="run_rate", value=by_month)
    table = company_levels(
        shares | {"target": target}, last_year=1e6, quantile=lambda q: 1e6, probability_at_least=lambda amount: 0.5
    )
    assert table.loc["target", "growth"] == pytest.approx(0.302, abs=5e-4)
