"""Weights lie on the simplex, say what is wrong with those that do not, and round to whole steps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError, ParameterError
from salesplan.weighting import Weights, round_weights
from salesplan.weighting.weights import GIVEN

fractions = st.lists(st.floats(0, 1), min_size=1, max_size=12).filter(lambda v: sum(v) > 0.1)


def some(values, **more) -> Weights:
    return Weights(names=tuple(f"k{i}" for i in range(len(values))), values=np.asarray(values, float), method=GIVEN, **more)


@pytest.mark.parametrize(("values", "words"), [
    ([0.5, 0.6], "add up to 1.1"),
    ([1.2, -0.2], "weight == -0.2.*k1"),
    ([np.nan, 1.0], "weight == nan.*k0"),
    ([np.inf, 1.0], "k0"),
])
def test_weights_off_the_simplex_are_refused(values, words):
    with pytest.raises(InputError, match=words):
        some(values)


def test_names_must_be_there_once_and_be_text():
    with pytest.raises(InputError, match="'a' stands twice"):
        Weights(names=("a", "a"), values=[0.5, 0.5], method=GIVEN)
    with pytest.raises(InputError, match="must be text"):
        Weights(names=("a", ""), values=[0.5, 0.5], method=GIVEN)
    with pytest.raises(InputError, match="empty"):
        Weights(names=(), values=[], method=GIVEN)
    with pytest.raises(InputError, match="one for each of 2"):
        Weights(names=("a", "b"), values=[1.0], method=GIVEN)


def test_text_is_not_a_weight():
    with pytest.raises(InputError, match="weight == '0.5'.*b"):
        Weights(names=("a", "b"), values=[0.5, "0.5"], method=GIVEN)


def test_intervals_come_in_pairs_and_the_right_way_up():
    with pytest.raises(InputError, match="together"):
        some([0.5, 0.5], lower=np.zeros(2))
    with pytest.raises(InputError, match="upside down.*k1"):
        some([0.5, 0.5], lower=np.array([0.1, 0.9]), upper=np.array([0.6, 0.8]))
    with pytest.raises(ParameterError, match="coverage"):
        some([0.5, 0.5], coverage=90)


def test_what_was_handed_in_is_copied():
    values, notes = np.array([0.5, 0.5]), {"msgid": "x", "details": {}}
    made = some(values, caveats=(notes,))
    values[0], notes["msgid"] = 9, "y"
    assert made["k0"] == 0.5
    assert made.caveats[0]["msgid"] == "x"


def test_frame_has_intervals_or_gaps():
    assert some([0.25, 0.75]).to_frame()["weight_lower"].isna().all()
    frame = some([0.25, 0.75], lower=np.array([0.2, 0.7]), upper=np.array([0.3, 0.8])).to_frame()
    assert frame.columns.tolist() == ["name", "weight", "weight_lower", "weight_upper"]
    assert frame.loc[1].tolist() == ["k1", 0.75, 0.7, 0.8]


def test_unknown_name_lists_the_known():
    with pytest.raises(InputError, match="Known: k0, k1"):
        some([0.25, 0.75])["sales"]


@settings(max_examples=60, deadline=None)
@given(fractions, st.sampled_from([0.05, 0.1, 0.025, 0.02, 0.01, 0.2, 1.0]))
def test_rounded_weights_are_whole_steps_that_add_up_to_one(values, step):
    shares = np.array(values) / sum(values)
    rounded = round_weights({f"k{i}": v for i, v in enumerate(shares)}, step=step)
    steps = rounded.to_numpy() / step
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)
    assert int(np.rint(steps).sum()) == round(1 / step)
    assert (np.abs(rounded.to_numpy() - shares) < step + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(fractions, st.randoms(use_true_random=False))
def test_order_of_names_changes_no_rounded_weight(values, random):
    shares = {f"k{i}": v / sum(values) for i, v in enumerate(values)}
    shuffled = list(shares.items())
    random.shuffle(shuffled)
    assert round_weights(dict(shuffled)).to_dict() == round_weights(shares).to_dict()


def test_weights_already_in_steps_stay():
    given = {"a": 0.35, "b": 0.25, "c": 0.2, "d": 0.15, "e": 0.05}
    assert round_weights(given).to_dict() == given
    assert round_weights(pd.Series(given)).to_dict() == given


def test_ties_go_to_the_first_name():
    thirds = {"c": 1 / 3, "a": 1 / 3, "b": 1 / 3}
    assert round_weights(thirds).to_dict() == {"c": 0.3, "a": 0.35, "b": 0.35}


def test_minimum_lifts_small_weights_and_leaves_zero():
    rounded = round_weights({"a": 0.97, "b": 0.02, "c": 0.01, "d": 0.0}, minimum=0.05)
    assert rounded.to_dict() == {"a": 0.9, "b": 0.05, "c": 0.05, "d": 0.0}
    with pytest.raises(ParameterError, match="for 3 KPIs"):
        round_weights({"a": 0.4, "b": 0.3, "c": 0.3}, minimum=0.4)


@pytest.mark.parametrize("step", [0.3, 0, -0.05, 2, np.nan])
def test_step_must_divide_one(step):
    with pytest.raises(ParameterError, match="step"):
        round_weights({"a": 1.0}, step=step)


def test_points_are_not_silently_taken_for_fractions():
    with pytest.raises(InputError, match="add up to 100.*direct_weights"):
        round_weights({"a": 60, "b": 40})


def test_rounded_keeps_method_and_caveats():
    made = some([0.333, 0.667], caveats=({"msgid": "x", "details": {}},), lower=np.zeros(2), upper=np.ones(2))
    rounded = made.rounded(0.1)
    assert rounded.to_series().to_dict() == {"k0": 0.3, "k1": 0.7}
    assert rounded.method == GIVEN and rounded.caveats == made.caveats and rounded.upper is not None


def test_a_measured_share_is_a_fraction():
    assert Weights(names=("a",), values=[1.0], method="AHP").measured_share == 0
    with pytest.raises(ParameterError, match="measured_share == 1.2"):
        Weights(names=("a",), values=[1.0], method="AHP", measured_share=1.2)
