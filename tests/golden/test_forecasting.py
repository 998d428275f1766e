"""Published forecasting cases, through the kit's own functions."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from salesplan.forecasting import metrics
from salesplan.forecasting.decompose import stl_decompose
from salesplan.forecasting.folds import rolling_origins
from salesplan.forecasting.reconcile import error_covariance, reconcile
from salesplan.forecasting.seasonal import seasonal_naive, seasonal_naive_interval
from salesplan.forecasting.smoothing import holt_forecast, ses_forecast
from salesplan.forecasting.theta import theta_forecast
from tests.shared import shared_path


def case(name: str, file: str = "01_forecasting.public.json") -> dict:
    found = {c["id"]: c for c in json.loads(shared_path("golden", file).read_text(encoding="utf-8"))}
    return found[name]


def close(actual, expected, tolerance) -> None:
    np.testing.assert_allclose(np.asarray(actual, float), np.asarray(expected, float), atol=tolerance.get("abs", 0),
                               rtol=tolerance.get("rel", 1e-12))


def test_error_measures_on_airline_passengers():
    c = case("metrics_airpassengers")
    i, e = c["inputs"], c["expected"]
    y, f, train = i["test"], i["forecast"], i["train"]
    close(seasonal_naive(train, horizon=12), f, c["tolerance"])
    ours = {
        "MASE": metrics.mase(y, f, train), "RMSSE": metrics.rmsse(y, f, train), "sMAPE_pct": 100 * metrics.smape(y, f),
        "WAPE": metrics.wape(y, f), "MAE": metrics.mae(y, f), "bias": metrics.bias(y, f),
        "pinball90": metrics.pinball(y, i["q90"], q=0.9), "mase_scale": float(metrics.seasonal_scale(train)),
    }
    assert set(ours) == set(e)
    for name, value in ours.items():
        close(value, e[name], c["tolerance"])


def test_probability_scores():
    c = case("crps")
    i, e = c["inputs"], c["expected"]
    close(metrics.crps_normal(i["obs"], i["mu"], i["sigma"]), e["crps_normal"], c["tolerance"])
    close(metrics.log_score_normal(i["obs"], i["mu"], i["sigma"]), e["log_score"], c["tolerance"])
    close(metrics.crps_ensemble(i["obs"], i["ensemble"]), e["crps_ensemble"], c["tolerance"])
    close(metrics.crps_ensemble(i["obs"], i["ensemble"], fair=True), e["crps_ensemble_fair"], c["tolerance"])


def test_interval_score():
    c = case("interval_score")
    i = c["inputs"]
    n = len(i["obs"])
    close(metrics.winkler(i["obs"], [i["lo"]] * n, [i["hi"]] * n, coverage=0.8), c["expected"]["score"], c["tolerance"])


def test_smoothing_with_fixed_weights():
    c = case("ses_holt_fixed")
    i, e = c["inputs"], c["expected"]
    level, trend = i["init_holt"]
    close(ses_forecast(i["y"], alpha=i["alpha"], level=i["init_level_ses"]), e["ses_next"], c["tolerance"])
    for name, phi in (("holt", 1.0), ("damped", i["phi"])):
        ours = holt_forecast(i["y"], alpha=i["alpha"], beta=i["beta"], level=level, trend=trend, horizon=2, phi=phi)
        close(ours, e[name], c["tolerance"])


def test_theta_on_a_yearly_series():
    c, r = case("theta_annual"), case("theta_annual_R")
    fit = theta_forecast(c["inputs"]["y"], horizon=3, period=1)
    close(fit.slope[0], c["expected"]["slope_ols"], {"abs": 1e-9})
    close(fit.forecast[0], c["expected"]["statsmodels_forecast"], {"rel": 1e-3})
    close(fit.forecast[0], c["expected"]["statsforecast_forecast"], c["tolerance"])
    close(fit.forecast[0], r["expected"]["mean"], r["tolerance"])
    close(fit.alpha[0], r["expected"]["alpha"], r["tolerance"])
    close(fit.slope[0] / 2, r["expected"]["drift"], r["tolerance"])


def test_rolling_origins():
    c = case("rolling_origin_folds")
    i = c["inputs"]
    ours = rolling_origins(i["n"], horizon=i["h"], folds=i["folds"], step=i["step"])
    assert [list(pair) for pair in ours] == c["expected"]["train_end_test_end"]


def test_stl_of_nottingham_temperatures():
    c = case("stl_nottem")
    i = c["inputs"]
    parts = stl_decompose(i["y"], period=i["period"], seasonal=i["seasonal"], trend=i["trend"],
                          seasonal_degree=i["seasonal_deg"], trend_degree=i["trend_deg"],
                          low_pass_degree=i["low_pass_deg"])
    close(parts["seasonal"][:24], c["expected"]["seasonal_first24"], c["tolerance"])
    close(parts["trend"][:24], c["expected"]["trend_first24"], c["tolerance"])


def test_seasonal_naive_of_accidental_deaths():
    c = case("snaive_usacc")
    i, e = c["inputs"], c["expected"]
    lower, upper = seasonal_naive_interval(i["train"], horizon=12)
    close(seasonal_naive(i["train"], horizon=12), e["mean"], c["tolerance"])
    close(lower, e["lo80"], c["tolerance"])
    close(upper, e["hi80"], c["tolerance"])
    close(metrics.mase(i["test"], e["mean"], i["train"]), e["mase_test"], c["tolerance"])


def test_m3_table_is_consistent_with_the_paper():
    # the contest's series are not at hand, so the published means are checked against one another only
    c = case("m3_monthly_official")
    for method, paper in c["expected"]["published_paper"].items():
        assert abs(c["expected"]["sMAPE"][method] - paper) <= c["tolerance"]["abs_vs_paper"]


@pytest.mark.parametrize("method", ["ols", "wls_struct", "wls_var", "mint_shrink", "mint_cov"])
def test_reconciliation_of_seven_nodes(method):
    c = case("mintrace_7nodes", "02_target_decomposition.public.json")
    i, e = c["inputs"], c["expected"]
    summing = sparse.csr_matrix(np.array(i["S"]))
    w = error_covariance(i["residuals"], method=method, summing=summing)
    ours = reconcile(np.array(i["y_hat"])[:, None], summing=summing, bottom=[3, 4, 5, 6], covariance=w)
    close(ours[:, 0], e["hierarchicalforecast_1_5_3"][method], c["tolerance"])
    if method == "mint_shrink":
        close(w.shrinkage, e["shrink_lambda_centred"], {"abs": 1e-9})


def test_seasonal_naive_reproduces_the_tourism_rows():
    c = case("tourismlarge_w36_peers", "01b_forecast_benchmark.public.json")
    data = pd.read_csv(shared_path("benchmarks", "tourism", "hyndman_tourism_large.csv"))
    y = data.drop(columns=["Year", "Month"])
    keys = {"Country": lambda n: "", "Country/Purpose": lambda n: n[3:], "Country/State": lambda n: n[0],
            "Country/State/Purpose": lambda n: n[0] + n[3:], "Country/State/Zone": lambda n: n[:2],
            "Country/State/Zone/Purpose": lambda n: n[:2] + n[3:], "Country/State/Zone/Region": lambda n: n[:3],
            "Country/State/Zone/Region/Purpose": lambda n: n}
    for level, key in keys.items():
        series = y.T.groupby(key).sum().to_numpy()
        rows = []
        for origin in c["inputs"]["origins"]:
            end = (origin - 1998 + 1) * 12
            train, test = series[:, end - 36:end], series[:, end:end + 12]
            f = seasonal_naive(train, horizon=12)
            scaled = [metrics.mase(t, g, h) for t, g, h in zip(test, f, train, strict=True)]
            rows.append((np.nanmean(scaled), metrics.wape(test, f), metrics.annual_wape(test, f)))
        expected = c["expected"]["seasonal_naive_by_level"][level]
        close(np.mean(rows, axis=0), [expected[k] for k in ("MASE", "WAPE", "AnnualWAPE")], c["tolerance"])
