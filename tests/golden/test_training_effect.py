"""Published cases of training effects and learning come out of the kit's own functions."""

import json
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.learning_curve import wright_curve
from salesplan.coaching.ramp_curve import ramp_curve
from salesplan.coaching.training_effect import training_effect
from tests.shared import shared_path


def case(name: str) -> dict[str, Any]:
    cases = json.loads(shared_path("golden", "07_training_retention.public.json").read_text("utf-8"))
    return next(c for c in cases if c["id"] == name)


def test_four_ways_to_judge_a_training():
    public = case("training_effect")
    expected, atol = public["expected"], public["tolerance"]["abs"]
    frame = pd.DataFrame(public["inputs"]["data"]).rename(columns={"id": "seller_id"})
    found = training_effect(frame, errors="classical")
    rows = found.table.set_index("method")
    for method in ("ancova", "did"):
        row = rows.loc[method]
        np.testing.assert_allclose([row["effect"], row["se"]], [expected[method]["est"], expected[method]["se"]], atol=atol)
        np.testing.assert_allclose(row[["effect_lower", "effect_upper"]].astype(float), expected[method]["ci95"], atol=atol)
    np.testing.assert_allclose(rows.loc["post_only", "effect"], expected["post_only"], atol=atol)
    np.testing.assert_allclose(rows.loc["pre_post", "effect"], expected["prepost_trained"], atol=atol)
    assert found.verdict == "works"
    assert found.effect_lower < expected["true_effect"] < found.effect_upper


def test_wright_80():
    public = case("wright_80")
    inputs = public["inputs"]
    np.testing.assert_allclose(wright_curve(inputs["n"], first=inputs["t1"], rate=inputs["rate"]), public["expected"]["unit"],
                               atol=public["tolerance"]["abs"])


def test_ramp_fit():
    public = case("ramp_fit")
    inputs, expected = public["inputs"], public["expected"]
    frame = pd.DataFrame({"seller_id": "one", "month_in_role": inputs["month"], "value": inputs["y"]})
    row = ramp_curve(frame).table.iloc[0]
    np.testing.assert_allclose([row["plateau"], row["speed"], row["t90"]], [expected["a"], expected["k"], expected["t90"]],
                               rtol=public["tolerance"]["rel"])
    assert row["is_beyond_data"]
