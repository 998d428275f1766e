"""Published cases of survival come out of the kit's own functions."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.cox import cox_regression
from salesplan.coaching.cumulative_incidence import cumulative_incidence
from salesplan.coaching.survival import kaplan_meier, logrank, restricted_mean
from tests.shared import shared_path


def case(name: str) -> dict[str, Any]:
    cases = json.loads(shared_path("golden", "03_funnel_monitoring.public.json").read_text("utf-8"))
    return next(c for c in cases if c["id"] == name)


def near(found: Any, expected: Any, public: dict[str, Any]) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=public["tolerance"]["abs"])


@pytest.mark.parametrize("bounds", ["log-log", "log"])
def test_kaplan_meier_of_the_leukaemia_patients(bounds):
    public = case("km_6mp")
    inputs, expected = public["inputs"], public["expected"]
    curve = kaplan_meier(inputs["time"], inputs["event"], bounds=bounds)
    table = curve.table
    assert table["time"].tolist() == expected["times"]
    near(table["survival"], expected["survival"], public)
    near(table["se"], expected["greenwood_se"], public)
    near(table["survival_lower"], expected[f"lower95_{bounds.replace('-', '')}"], public)
    near(table["survival_upper"], expected[f"upper95_{bounds.replace('-', '')}"], public) if bounds == "log-log" else None
    assert curve.median == expected["median"]


def test_log_rank_and_cox_with_three_ways_of_ties():
    public = case("logrank_cox_gehan")
    inputs, expected = public["inputs"], public["expected"]
    time, event, control = inputs["time"], inputs["event"], inputs["treat_control"]
    near(logrank(time, event, control).chi2, expected["logrank_chi2"], public)
    x = pd.DataFrame({"control": control})
    for ties in ("efron", "breslow"):
        row = cox_regression(time, event, x, ties=ties).table.iloc[0]
        near([row["coefficient"], row["se"]], [expected[f"cox_{ties}"]["coef"], expected[f"cox_{ties}"]["se"]], public)
    near(cox_regression(time, event, x, ties="exact").table["coefficient"].iloc[0], expected["cox_exact"], public)
    at = np.array(control) == 1
    for name, who in (("treat=control", at), ("treat=6-MP", ~at)):
        curve = kaplan_meier(np.array(time)[who], np.array(event)[who])
        near(restricted_mean(curve, 24).mean_time, expected["rmst24"][name], public)


def test_won_and_lost_deals_with_those_still_open():
    public = case("funnel_cumulative_incidence")
    inputs, expected = public["inputs"], public["expected"]
    found = cumulative_incidence(inputs["t"], inputs["state"])
    won, lost = found.at(inputs["times"], 1), found.at(inputs["times"], 2)
    near(won, expected["won"], public)
    near(lost, expected["lost"], public)
    near(1 - won - lost, expected["still_open"], public)
    naive = kaplan_meier(inputs["t"], np.array(inputs["state"]) == 1)
    near(1 - naive.at(inputs["times"]), expected["naive_1_minus_KM_won"], public)
