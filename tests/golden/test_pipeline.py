"""Published cases of the funnel come out of the kit's own functions."""

import numpy as np
import pytest

from salesplan.pipeline.backward_funnel import backward_funnel
from salesplan.pipeline.funnel_rates import funnel_rate
from salesplan.pipeline.funnel_volume import sales_goal
from tests.golden.test_review_warn import case

AREA = "03_funnel_monitoring"


def test_target_back_to_visits():
    public = case(AREA, "backward_funnel_deterministic")
    inputs, expected = public["inputs"], public["expected"]
    rates = dict(zip(("visits", "opps", "proposals"), inputs["rates"].values(), strict=True))
    found = backward_funnel(inputs["target"], mean_deal=inputs["avg_deal"], rates=rates).set_index("step")
    assert found["n_needed"].to_dict() == {name: expected[name] for name in ("visits", "opps", "proposals", "deals")}
    assert found.loc["visits", "needed_value"] == expected["visits_unrounded"]


def test_volume_for_a_confidence():
    public = case(AREA, "funnel_volume_for_confidence")
    found = [sales_goal(c["k"], mean_deal=1, deal_variation=0, rate=c["p"]).volume(c["c"]) for c in public["inputs"]["cases"]]
    assert [v.n_needed for v in found] == public["expected"]["n"]
    assert [v.n_mean for v in found] == public["expected"]["naive_n"]


@pytest.mark.parametrize(("confidence", "needed"), [(0.8, 206), (0.9, 237)])
def test_volume_with_an_uncertain_rate(confidence, needed):
    assert sales_goal(20, mean_deal=1, deal_variation=0, seen=(18, 150)).volume(confidence).n_needed == needed


def test_interval_of_the_whole_funnel():
    public = case(AREA, "funnel_product_ci")
    found = funnel_rate([(s["success"], s["trials"]) for s in public["inputs"]["stages"]])
    expected = public["expected"]
    np.testing.assert_allclose([found.rate, found.log_se, found.rate_lower, found.rate_upper],
                               [expected["rate"], expected["se_log"], *expected["ci95"]], rtol=0, atol=public["tolerance"]["abs"])
