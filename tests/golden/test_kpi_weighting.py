"""Published cases of judgement-based weights come out of the kit's own functions."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesplan.weighting import (
    PairwiseComparison,
    ahp_scores,
    ahp_weights,
    best_worst_weights,
    group_ahp_weights,
    rank_order_weights,
)
from tests.shared import shared_path


def case(name: str) -> dict[str, Any]:
    cases = json.loads(shared_path("golden", "04_kpi_weighting.public.json").read_text("utf-8"))
    return next(c for c in cases if c["id"] == name)


def judged(public: dict[str, Any]) -> PairwiseComparison:
    inputs = public["inputs"]
    return PairwiseComparison(names=tuple(inputs.get("criteria") or inputs["items"]), matrix=inputs["matrix"])


def near(found, expected, public) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=public["tolerance"]["abs"])


@pytest.mark.parametrize("name", ["ahp_saaty_house", "ahp_saaty_wealth_of_nations", "ahp_drinks"])
def test_ahp(name):
    public = case(name)
    expected = public["expected"]
    result = ahp_weights(judged(public))
    near(result.weights.to_series(), expected["weights"], public)
    near(result.lambda_max, expected["lambda_max"], public)
    near(result.cr, next(v for k, v in expected.items() if k.startswith("CR_saaty")), public)
    if "CI" in expected:
        near(result.ci, expected["CI"], public)
    if "weights_geometric_mean" in expected:
        mean = ahp_weights(judged(public), method="geometric_mean")
        near(mean.weights.to_series(), expected["weights_geometric_mean"], public)
    if "published_weights" in expected:
        off = np.abs(result.weights.to_series() - expected["published_weights"])
        assert off.max() <= public["tolerance"].get("abs_vs_published", public["tolerance"]["abs"])


def test_the_house_of_the_textbook_is_flagged_and_one_judgement_mends_it():
    result = ahp_weights(judged(case("ahp_saaty_house")))
    assert result.is_consistent is False
    worst = result.worst_triad
    assert worst is not None and worst.cr_after < 0.10 < result.cr
    mended = ahp_weights(result.comparison.changed(worst.first, worst.second, worst.suggested))
    assert mended.is_consistent is True


def test_group_means_coincide_on_published_matrices():
    one = judged(case("ahp_saaty_wealth_of_nations"))
    two = PairwiseComparison(names=one.names, matrix=judged(case("ahp_drinks")).matrix)
    both = [
        group_ahp_weights(
            {"a": one, "b": two}, aggregation=a, judge_weights={"a": 2, "b": 1}, method="geometric_mean"
        ).weights.to_series()
        for a in ("aij", "aip")
    ]
    np.testing.assert_allclose(both[0], both[1], rtol=1e-12)


def test_rank_reversal():
    public = case("ahp_rank_reversal_belton_gear")
    inputs, expected = public["inputs"], public["expected"]
    criteria = ["c1", "c2", "c3"]
    weights = dict(zip(criteria, inputs["criteria_weights"], strict=True))
    before = pd.DataFrame(np.transpose(inputs["A_B_C_local"]), index=list("ABC"), columns=criteria)
    after = pd.DataFrame(np.transpose(inputs["local_with_D"]), index=list("ABCD"), columns=criteria)
    near(ahp_scores(before, weights, mode="distributive"), expected["scores_ABC"], public)
    near(ahp_scores(after, weights, mode="distributive"), expected["scores_ABCD"], public)
    ideal = ahp_scores(after, weights, mode="ideal")
    near(ideal[list("ABC")], ahp_scores(before, weights, mode="ideal"), public)
    assert ideal["B"] == pytest.approx(ideal["D"]) and ideal["B"] > ideal["A"] > ideal["C"]


@pytest.mark.parametrize("name", ["bwm_car_consistent", "bwm_car_2015", "bwm_transport_3crit"])
def test_best_worst(name):
    public = case(name)
    expected = public["expected"]
    kpis = [f"c{i}" for i in range(len(public["inputs"]["best_to_others"]))]
    given = [dict(zip(kpis, public["inputs"][side], strict=True)) for side in ("best_to_others", "others_to_worst")]
    linear, nonlinear = (best_worst_weights(*given, model=m) for m in ("linear", "nonlinear"))
    near(linear.weights.to_series(), expected["linear_weights"], public)
    near(linear.xi, expected["linear_ksi"], public)
    near(nonlinear.xi, expected["nonlinear_xi"], public)
    near(nonlinear.lower, expected["nonlinear_w_min"], public)
    near(nonlinear.upper, expected["nonlinear_w_max"], public)
    near(nonlinear.weights.to_series(), expected["nonlinear_w_centre_normalised"], public)
    near(nonlinear.cr, expected["CR_nonlinear"], public)
    near(nonlinear.cr_input, expected["input_based_CR"], public)
    assert np.isnan(linear.cr)


def test_rank_order():
    public = case("roc_rs_rr")
    order = [f"k{i}" for i in range(public["inputs"]["n"])]
    for method in ("roc", "rank_sum", "rank_reciprocal"):
        near(rank_order_weights(order, method=method).to_series(), public["expected"][method], public)
