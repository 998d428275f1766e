import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.findings import to_frame
from salesplan.targets.fairness import fairness_test, regress_hc3


def make_sellers(n=60, *, slope=0.0, noise=0.05, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "potential": rng.lognormal(5, 0.6, n),
            "last_year": rng.lognormal(12, 0.5, n),
            "tenure_months": rng.integers(1, 120, n).astype(float),
        }
    )
    centred = np.log(frame["potential"]) - 5
    frame["attainment"] = 1 + slope * centred + rng.normal(0, noise, n)
    return frame


def test_regression_agrees_with_statsmodels_hc3():
    import statsmodels.api as sm

    frame = make_sellers(40, slope=-0.1)
    x = np.log(frame[["potential", "last_year"]].to_numpy())
    reference = sm.OLS(frame["attainment"].to_numpy(), sm.add_constant(x)).fit()
    robust = reference.get_robustcov_results("HC3", use_t=True)
    own = regress_hc3(frame["attainment"], x)
    np.testing.assert_allclose(own.coefficients, reference.params, rtol=1e-8)
    np.testing.assert_allclose(own.se_hc3, robust.bse, rtol=1e-7)
    np.testing.assert_allclose(own.se_ols, reference.bse, rtol=1e-7)
    np.testing.assert_allclose(own.p_hc3, robust.pvalues, rtol=1e-6)
    np.testing.assert_allclose(own.interval(), robust.conf_int(), rtol=1e-6)
    assert own.r2 == pytest.approx(reference.rsquared)


def test_quotas_that_burden_rich_territories_are_found_biased():
    test = fairness_test(make_sellers(slope=-0.15))
    row = test.to_frame().set_index("driver").loc["potential"]
    assert row["verdict"] == "biased"
    assert row["slope_lower"] < -0.15 < row["slope_upper"]
    assert row["effect"] == pytest.approx(row["slope"] * np.log(2))
    assert row["spearman_upper"] < 0
    assert abs(row["slope_joint"] - row["slope"]) < 0.05


def test_neutral_quotas_with_enough_sellers_are_called_fair():
    test = fairness_test(make_sellers(400, noise=0.05))
    assert set(test.table["verdict"]) == {"fair"}


def test_a_noisy_slope_is_not_called_fair():
    test = fairness_test(make_sellers(30, noise=0.5))
    assert set(test.table["verdict"]) == {"cannot tell"}
    assert "cannot tell" in test.sentences("en")[0]


def test_few_sellers_are_insufficient_evidence():
    test = fairness_test(make_sellers(24, slope=-0.5, noise=0.01))
    assert set(test.table["verdict"]) == {"insufficient evidence"}
    assert "24 sellers, at least 25" in test.sentences("en")[0]
    assert [f.status for f in test.findings()] == ["unknown"] * 3


def test_false_alarms_stay_near_the_stated_rate():
    alarms = sum(
        (fairness_test(make_sellers(40, noise=0.3, seed=s)).table["verdict"] == "biased").any() for s in range(120)
    )
    assert alarms / 120 <= 0.12


def test_sellers_all_alike_cannot_be_tested():
    frame = make_sellers(40).assign(tenure_months=12.0)
    assert fairness_test(frame).table.set_index("driver").loc["tenure_months", "verdict"] == "insufficient evidence"


def test_zero_bases_are_left_out_of_log_drivers():
    frame = make_sellers(60)
    frame.loc[:9, "last_year"] = 0.0
    table = fairness_test(frame).table.set_index("driver")
    assert table.loc["last_year", "n"] == 50
    assert table.loc["potential", "n"] == 60


def test_findings_name_driver_and_interval_in_words():
    findings = fairness_test(make_sellers(slope=-0.15)).findings()
    frame = to_frame(findings, "en")
    biased = frame[frame["key"] == "fairness_potential"].iloc[0]
    assert biased["status"] == "Act"
    assert "territory potential" in biased["message"]
    assert biased["action"]


def test_bad_input_is_named():
    with pytest.raises(InputError, match="outcome == 'att'"):
        fairness_test(make_sellers(), outcome="att")
    with pytest.raises(InputError, match="combinations"):
        regress_hc3(np.arange(5.0), np.ones(5))
    with pytest.raises(InputError, match="more than the 2"):
        regress_hc3([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(InputError, match="one row alone"):
        regress_hc3([1.0, 2.0, 3.0, 9.0], [0.0, 0.0, 0.0, 1.0])
