import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.targets.stacking import assigned_quotas, compound_buffers, stretch_stacking
from tests.targets.small_plan import make_small_plan


@pytest.fixture
def tree():
    return pd.DataFrame(
        {
            "node_id": ["co", "east", "west", "a", "b", "c"],
            "parent_id": [None, "co", "co", "east", "east", "west"],
            "level": ["company", "team", "team", "rep", "rep", "rep"],
            "target": [100.0, 60.0, 40.0, 30.0, 30.0, 40.0],
        }
    )


def test_an_exact_plan_shows_exactly_zero(tree):
    stacking = stretch_stacking(tree)
    assert stacking.is_exact
    assert stacking.compounded == 0
    assert stacking.to_frame()["over_assignment"].tolist() == [0, 0]
    whole = stretch_stacking(make_small_plan().nodes)
    assert whole.is_exact
    assert (whole.by_level["compounded"] == 0).all()


@pytest.mark.parametrize(("buffers", "total"), [((0.1, 0.1), 0.21), ((0.1, 0.05), 0.155), ((0.0, 0.2), 0.2)])
def test_buffers_compound_from_company_to_sellers(tree, buffers, total):
    quotas = assigned_quotas(tree, buffers={"company": buffers[0], "team": buffers[1]})
    stacking = stretch_stacking(tree, assigned=quotas)
    assert stacking.compounded == pytest.approx(total)
    assert compound_buffers(buffers) == pytest.approx(total)
    np.testing.assert_allclose(stacking.by_level["over_assignment"], buffers, atol=1e-12)
    np.testing.assert_allclose(stacking.by_level["compounded"], [buffers[0], total], atol=1e-12)


def test_three_levels_of_ten_percent_plan_a_third_too_much():
    assert compound_buffers([0.1, 0.1, 0.05]) == pytest.approx(0.2705)
    assert compound_buffers([0.1, 0.1, 0.1]) == pytest.approx(0.331)


def test_leaves_at_different_depths_count_once():
    nodes = pd.DataFrame(
        {
            "node_id": ["co", "team", "key", "a"],
            "parent_id": [None, "co", "co", "team"],
            "level": ["company", "team", "rep", "rep"],
            "target": [100.0, 60.0, 40.0, 90.0],
        }
    )
    stacking = stretch_stacking(nodes)
    assert stacking.compounded == pytest.approx(0.3)
    assert stacking.by_level["compounded"].tolist() == pytest.approx([0, 0.3])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_integer_plans_that_add_up_never_show_drift(fen):
    nodes = pd.DataFrame(
        {
            "node_id": ["co", *range(len(fen))],
            "parent_id": [None, *["co"] * len(fen)],
            "level": ["company", *["rep"] * len(fen)],
            "target_fen": [sum(fen), *fen],
        }
    ).assign(target=lambda f: f["target_fen"] / 100)
    assert stretch_stacking(nodes).compounded == 0.0


def test_children_above_an_empty_parent_are_infinite(tree):
    tree.loc[tree["node_id"] == "east", "target"] = 0.0
    row = stretch_stacking(tree).by_parent.set_index("node_id").loc["east"]
    assert row["over_assignment"] == np.inf


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: assigned_quotas(t, buffers={"division": 0.1}), "division"),
        (lambda t: assigned_quotas(t, buffers={"team": -1}), "above -1"),
        (lambda t: stretch_stacking(t.drop(columns="level")), "level"),
        (lambda t: stretch_stacking(t, assigned=pd.Series({"co": 1.0})), "no quota"),
        (lambda t: stretch_stacking(t[t["node_id"] != "east"]), "known node"),
    ],
)
def test_bad_input_is_named(tree, call, words):
    with pytest.raises(InputError, match=words):
        call(tree)


def test_input_frames_stay_as_they_were(tree):
    before = tree.copy()
    assigned_quotas(tree, buffers={"team": 0.1})
    stretch_stacking(tree)
    pd.testing.assert_frame_equal(tree, before)
