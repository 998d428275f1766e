"""Adding a copy turns a distributive ranking round and leaves an ideal one as it was."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from salesplan.errors import InputError, ParameterError
from salesplan.weighting import ahp_scores, direct_weights

THIRDS = {"x": 1 / 3, "y": 1 / 3, "z": 1 / 3}


def table(rows, names) -> pd.DataFrame:
    return pd.DataFrame(rows, index=list(names), columns=["x", "y", "z"])


BEFORE = table([[1, 9, 8], [9, 1, 9], [1, 1, 1]], "ABC")


def test_a_copy_reverses_distributive_ranks_only():
    after = pd.concat([BEFORE, BEFORE.loc[["B"]].rename(index={"B": "D"})])
    first = ahp_scores(BEFORE, THIRDS, mode="distributive")
    then = ahp_scores(after, THIRDS, mode="distributive")
    assert first["B"] > first["A"] and then["B"] < then["A"]
    ideal, ideal_then = ahp_scores(BEFORE, THIRDS), ahp_scores(after, THIRDS)
    assert ideal["B"] > ideal["A"]
    pd.testing.assert_series_equal(ideal_then[["A", "B", "C"]], ideal)


@settings(max_examples=60, deadline=None)
@given(arrays(float, (4, 3), elements=st.floats(0.01, 1)), st.integers(0, 3))
def test_any_copy_leaves_ideal_priorities_alone(rows, copied):
    before = table(rows, "ABCD")
    after = pd.concat([before, before.iloc[[copied]].rename(index=lambda _: "E")])
    weights = direct_weights({"x": 3, "y": 2, "z": 1})
    np.testing.assert_allclose(ahp_scores(after, weights)[:4], ahp_scores(before, weights), rtol=1e-12)
    assert ahp_scores(after, weights, mode="distributive").sum() == pytest.approx(1)
    assert ahp_scores(after, weights).max() <= 1 + 1e-12


def test_columns_may_stand_in_any_order():
    pd.testing.assert_series_equal(ahp_scores(BEFORE[["z", "x", "y"]], THIRDS), ahp_scores(BEFORE, THIRDS))


@pytest.mark.parametrize(("frame", "words"), [
    (BEFORE.drop(columns="z"), r"criteria \['z'\]"),
    (BEFORE.replace(8, np.nan), "priority == nan.*row A, column z"),
    (BEFORE.replace(8, -1), "priority == -1.*row A, column z"),
    (BEFORE.assign(y=0), "all priorities are zero.*column y"),
    (BEFORE.rename(index={"C": "A"}), "alternative == 'A' stands twice"),
])
def test_bad_priorities_are_named(frame, words):
    with pytest.raises(InputError, match=words):
        ahp_scores(frame, THIRDS)


def test_unknown_mode():
    with pytest.raises(ParameterError, match="did you mean 'ideal'"):
        ahp_scores(BEFORE, THIRDS, mode="ideall")
