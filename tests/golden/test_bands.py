"""Published cases of forced distributions."""

import json
from typing import Any

import numpy as np

from salesplan.kpis.forced_distribution import forced_counts, misgrading_at_reliability
from tests.shared import shared_path


def case(name: str) -> dict[str, Any]:
    cases = json.loads(shared_path("golden", "05_scoring_ratings.public.json").read_text("utf-8"))
    return next(c for c in cases if c["id"] == name)


def test_forced_distribution_counts() -> None:
    public = case("forced_distribution_counts")
    counts = [forced_counts(n, public["inputs"]["shares"]) for n in public["inputs"]["n"]]
    assert counts == public["expected"]["counts"]


def test_forced_bottom_misclassification() -> None:
    public = case("forced_bottom_misclassification")
    n = public["inputs"]["n"]
    wrong = misgrading_at_reliability([n - 1, 1], public["inputs"]["reliability"], seed=1)
    np.testing.assert_allclose(1 - wrong[1], public["expected"]["p"], atol=public["tolerance"]["abs"])
