"""An action counts as followed by a change only beyond what would have happened anyway."""

import numpy as np
import pandas as pd
import pytest

from salesplan.review.follow_up import follow_up
from salesplan.review.measures import review_measures, spread_of_changes

MONTHS = pd.period_range("2025-01", periods=22, freq="M")


def _seen(values, node="r1"):
    return pd.DataFrame({"node_id": node, "month": MONTHS[-len(values):], "measure": "visits_per_day", "value": values})


def _actions(nodes, **more):
    return pd.DataFrame({"action_id": [f"a{n}" for n in nodes], "period": str(MONTHS[-2]), "node_id": nodes,
                         "measure": "visits_per_day", "measure_value": 1.0, "better": "higher", "status": "accepted"} | more)


@pytest.mark.parametrize("pull", [0.0, 0.6])
def test_what_was_picked_for_being_low_does_not_seem_to_improve_by_itself(pull):
    rng, people = np.random.default_rng(5), 3_000
    noise = rng.normal(size=(people, 60)) * 0.3
    values = np.zeros_like(noise)
    for t in range(1, 60):
        values[:, t] = pull * values[:, t - 1] + noise[:, t]
    values = 3 + values[:, -22:]
    picked = values[values[:, -2] < np.quantile(values[:, -2], 0.1)]
    nodes = [f"r{i}" for i in range(len(picked))]
    seen = pd.concat([_seen(row, node) for node, row in zip(nodes, picked, strict=True)])
    verdicts = follow_up(_actions(nodes), seen, month=MONTHS[-1])["verdict"].value_counts(normalize=True)
    assert verdicts.get("improved", 0.0) <= 0.09
    assert verdicts.get("worse", 0.0) <= 0.09
    naive = (picked[:, -1] > picked[:, -2] + 1.645 * 0.3).mean()
    assert naive > 2 * verdicts.get("improved", 0.0)


def test_a_real_rise_is_seen():
    rng = np.random.default_rng(2)
    rows = {f"r{i}": np.r_[rng.normal(3, 0.3, 20), 2.2, 4.4] for i in range(40)}
    found = follow_up(_actions(list(rows)), pd.concat([_seen(v, n) for n, v in rows.items()]), month=MONTHS[-1])
    assert (found["verdict"] == "improved").mean() > 0.9
    lower = follow_up(_actions(list(rows), better="lower"), pd.concat([_seen(v, n) for n, v in rows.items()]), month=MONTHS[-1])
    assert (lower["verdict"] == "worse").mean() > 0.9


def test_too_short_a_history_or_no_figure_cannot_tell():
    assert follow_up(_actions(["r1"]), _seen([3.0, 2.9, 3.1, 2.0, 3.2]), month=MONTHS[-1])["verdict"].tolist() == ["cannot_tell"]
    assert follow_up(_actions(["gone"]), _seen([3.0] * 22), month=MONTHS[-1])["verdict"].tolist() == ["cannot_tell"]
    assert follow_up(_actions([]), _seen([3.0] * 22), month=MONTHS[-1]).empty


def test_a_flat_figure_has_no_swing_to_judge_by():
    level, pull, noise = spread_of_changes(pd.Series([2.0] * 12))
    assert (level, pull, noise) == (2.0, 0.0, 0.0)
    assert follow_up(_actions(["r1"]), _seen([2.0] * 21 + [3.0]), month=MONTHS[-1])["verdict"].tolist() == ["cannot_tell"]


def _process(**more):
    return pd.DataFrame({"seller_id": ["r1", "r2"], "month": MONTHS[-1], "working_days": [20, 20], "visits": [40.0, 10.0],
                         "orders": [4.0, 0.0], "amount_fen": [9_000_00, 0], "pipeline": [np.nan, 5.0]} | more)


UNITS = pd.DataFrame({"unit_id": ["co", "t", "r1", "r2"], "parent_id": [None, "co", "t", "t"]})
TARGETS = pd.DataFrame({"month": MONTHS[-1], "scope_type": ["rep", "rep", "org"], "scope_id": ["r1", "r2", "t"],
                        "judged": [10_000.0, 10_000.0, 30_000.0]})


def _values(process):
    found = review_measures(process, TARGETS, UNITS)
    return found.set_index(["node_id", "measure"])["value"]


def test_a_units_figure_is_the_ratio_of_sums():
    values = _values(_process())
    assert values["t", "attainment"] == values["co", "attainment"] == 0.45
    assert values["t", "orders_per_visit"] == 4 / 50
    assert values["t", "amount_per_order"] == 2_250
    assert ("r2", "amount_per_order") not in values.index
    assert values["t", "pipeline_cover"] == 5 / 10_000


def test_what_is_not_known_of_somebody_is_left_out_of_both_sums():
    values = _values(_process(visits=[40.0, np.nan]))
    assert values["t", "visits_per_day"] == 2.0
    assert values["t", "orders_per_visit"] == 0.1
