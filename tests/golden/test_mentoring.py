"""Published cases of mentor matching."""

import json

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.mentoring import CAPACITY, match_mentors
from salesplan.coaching.optimal_matching import matched_points, optimal_matching
from salesplan.coaching.stable_matching import blocking_pairs, stable_matching
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden", "07_training_retention.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def test_best_total_with_two_places_a_mentor(cases):
    case = cases["mentor_matching_capacity"]
    points, capacity = np.array(case["inputs"]["score"]).T, case["inputs"]["capacity"]
    matched = optimal_matching(points, capacity)
    assert matched_points(matched, points) == pytest.approx(case["expected"]["total"], abs=case["tolerance"]["abs"])
    assert (np.bincount(matched, minlength=len(capacity)) <= capacity).all()
    assert blocking_pairs(stable_matching(points, capacity), points, capacity) == []


def test_more_mentees_than_places_names_who_is_left(cases):
    case = cases["mentor_infeasible"]
    n, capacity = case["inputs"]["mentees"], case["inputs"]["capacity"]
    mentees, mentors = [f"e{i}" for i in range(n)], [f"m{i}" for i in range(len(capacity))]
    gaps = pd.DataFrame({"seller_id": mentees + mentors, "skill": "close", "level": [2.0] * n + [4.5] * len(mentors),
                         "required_level": 3.5, "gap": [1.5] * n + [0.0] * len(mentors), "importance": 5, "frequency": 3})
    match = match_mentors(pd.DataFrame({"seller_id": mentees + mentors}), gaps,
                          pd.DataFrame({"seller_id": mentors, "capacity": capacity}), mentees=mentees)
    for mode in ("optimal", "stable"):
        assert match.unmatched[f"in_{mode}"].sum() == case["expected"]["unmatched"]
    assert set(match.unmatched["why_msgid"]) == {CAPACITY}
