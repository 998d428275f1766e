"""Published cases of price, volume and mix and of driver attribution."""

import json

import numpy as np
import pandas as pd
import pytest

from salesplan.review.lmdi import lmdi_products
from salesplan.review.price_volume_mix import price_volume_mix
from salesplan.review.shapley import shapley_products
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden", "08_variance_review.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def close(actual, expected, case):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=case["tolerance"]["abs"])


def products(given):
    frame = pd.DataFrame({"quantity_then": given["q0"], "price_then": given["p0"], "quantity_now": given["q1"],
                          "price_now": given["p1"]}, dtype=float)
    return frame.sort_index()


def test_price_volume_mix_of_three_products(cases):
    case = cases["pvm_3products"]
    expected, frame = case["expected"], products(case["inputs"])
    found = price_volume_mix(frame).by_product
    close(found[["revenue_then", "revenue_now"]].sum(), [expected["revenue0"], expected["revenue1"]], case)
    close(found[["volume", "mix", "price"]].sum(), [expected[k] for k in ("volume", "mix_total", "price_total")], case)
    for column, key in (("mix", "mix_by_product"), ("mix_relative", "mix_by_product_relative_to_avg"), ("price", "price_by_product")):
        close(found[column], pd.Series(expected[key]).sort_index(), case)


def test_bennet_and_lmdi_of_three_products(cases):
    case = cases["pvm_3products"]
    expected, frame = case["expected"], products(case["inputs"])
    base, actual = (frame[[f"quantity_{s}", f"price_{s}"]].to_numpy().T for s in ("then", "now"))
    for parts, name in ((shapley_products(base, actual), "bennet"), (lmdi_products(base, actual), "lmdi")):
        close(parts[0], pd.Series(expected[f"{name}_quantity"]).sort_index(), case)
        close(parts[1], pd.Series(expected[f"{name}_price"]).sort_index(), case)


def test_new_and_lost_products(cases):
    case = cases["pvm_new_lost"]
    expected = case["expected"]
    found = price_volume_mix(products(case["inputs"])).summary().set_index("part")["amount"]
    close(found[["new", "lost", "volume", "mix", "price"]],
          [expected[k] for k in ("new", "lost", "volume_continuing", "mix_continuing", "price_continuing")], case)
    close(found.sum(), expected["delta"], case)


def test_drivers_of_revenue(cases):
    case = cases["driver_attribution_3factor"]
    given, expected = case["inputs"], case["expected"]
    close(shapley_products(given["base"], given["actual"]), expected["shapley"], case)
    close(lmdi_products(given["base"], given["actual"]), expected["lmdi"], case)
