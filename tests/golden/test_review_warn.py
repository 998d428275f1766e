"""Published cases of control charts, roll-forward and ratchet come out of the kit's own functions."""

import json
from typing import Any

import numpy as np

from salesplan.review.control_charts import ewma_chart, xmr_chart
from salesplan.review.cusum import cusum
from salesplan.review.ratchet import ratchet_path
from salesplan.review.roll_forward import roll_forward
from tests.shared import shared_path


def case(area: str, name: str) -> dict[str, Any]:
    cases = json.loads(shared_path("golden", f"{area}.public.json").read_text("utf-8"))
    return next(c for c in cases if c["id"] == name)


def near(found: Any, expected: Any, public: dict[str, Any]) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=public["tolerance"]["abs"])


def test_individuals_and_moving_ranges():
    public = case("03_funnel_monitoring", "xmr_chart")
    expected, chart = public["expected"], xmr_chart(public["inputs"]["y"])
    row = chart.table.iloc[0]
    near([row["centre_value"], row["upper_value"], row["lower_value"], chart.range_upper],
         [expected["mean"], expected["unpl"], expected["lnpl"], expected["url_mr"]], public)
    near(chart.table["moving_range"].mean(), expected["mr_bar"], public)
    assert (chart.signals, chart.range_signals) == (expected["signals_x"], expected["signals_mr"])


def test_weighted_mean_chart():
    public = case("03_funnel_monitoring", "ewma_montgomery")
    inputs, expected = public["inputs"], public["expected"]
    chart = ewma_chart(inputs["x"], centre=inputs["mu0"], sd=inputs["sigma"], weight=inputs["lam"], width=inputs["L"])
    near(chart.table["value"], expected["z"], public)
    near(chart.table["upper_value"], expected["ucl"], public)
    assert chart.signals[0] + 1 == expected["first_signal"]


def test_tabular_cusum():
    public = case("03_funnel_monitoring", "cusum_montgomery")
    inputs, expected = public["inputs"], public["expected"]
    found = cusum(inputs["x"], centre=inputs["mu0"], sd=inputs["sigma"], slack=inputs["K"], limit=inputs["H"])
    near(found.table["up_value"], expected["C_plus"], public)
    near(found.table["down_value"], expected["C_minus"], public)
    assert found.first_signal == expected["first_signal"]


def test_roll_forward_with_a_limit():
    public = case("08_variance_review", "roll_forward")
    inputs, expected = public["inputs"], public["expected"]
    found = roll_forward(inputs["plan"], inputs["actual"], max_up=inputs["max_up"])
    near([found.required, found.factor, found.capped.sum(), found.unabsorbed],
         [expected["remaining_required"], expected["uniform_factor"], expected["capped_total"], expected["unabsorbed"]], public)
    near(found.rolled, expected["rolled"], public)


def test_ratchet():
    public = case("08_variance_review", "ratchet_path")
    inputs, expected = public["inputs"], public["expected"]
    for rho, name in ((inputs["rho"], "targets"), (0.0, "rho0")):
        near(ratchet_path(inputs["T0"], inputs["actual"], growth=inputs["g"], ratchet=rho), expected[name], public)
