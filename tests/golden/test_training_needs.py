"""Published cases of need, quadrants and ceiling."""

import json

import pandas as pd
import pytest

from salesplan.coaching.ceiling import ceiling_share
from salesplan.coaching.importance_performance import importance_performance
from salesplan.coaching.needs import gap_need
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden", "07_training_retention.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def test_importance_performance_quadrants(cases):
    case = cases["ipa_quadrants"]
    given, expected = case["inputs"], case["expected"]
    found = importance_performance(pd.DataFrame({"skill": given["skills"], "importance": given["importance"],
                                                 "level": given["performance"]}))
    assert found.table["quadrant_mean_msgid"].tolist() == expected["quadrant_mean"]
    assert found.table["quadrant_median_msgid"].tolist() == expected["quadrant_median"]
    assert found.table["quadrant_midscale_msgid"].tolist() == expected["quadrant_midscale_3"]
    line = found.crosshairs.set_index("crosshair").loc["mean", ["importance", "level"]].tolist()
    assert line == pytest.approx(expected["mean_crosshair"])
    agreed = [len({a, b, c}) == 1 for a, b, c in zip(expected["quadrant_mean"], expected["quadrant_median"],
                                                    expected["quadrant_midscale_3"], strict=True)]
    assert found.table["agree"].tolist() == agreed


def test_need_is_gap_times_importance_times_frequency(cases):
    case = cases["gap_importance_frequency"]
    given = case["inputs"]
    found = gap_need(pd.DataFrame({"required_level": given["target"], "level": given["level"],
                                   "importance": given["importance"], "frequency": given["frequency"]}))
    tolerance = case["tolerance"]["abs"]
    assert found["gap"].tolist() == pytest.approx(case["expected"]["gap"], abs=tolerance)
    assert found["need"].tolist() == pytest.approx(case["expected"]["priority"], abs=tolerance)
    assert found["rank"].astype(int).tolist() == case["expected"]["rank"]


def test_ceiling_share(cases):
    case = cases["ceiling_share"]
    found = ceiling_share(case["inputs"]["scores"], maximum=case["inputs"]["max"])
    expected = case["expected"]
    assert found["ceiling_share"] == pytest.approx(expected["ceiling_share"], abs=case["tolerance"]["abs"])
    assert (found["threshold"], found["is_useless"]) == (expected["flag_threshold"], expected["flag"])
