import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from salesplan.errors import InputError
from salesplan.selection import promethee_flows, saw_scores, topsis_scores, vikor_scores
from salesplan.selection.methods import METHODS
from salesplan.selection.robustness import dominated, first_place_shares

TABLES = arrays(float, (4, 3), elements=st.floats(1, 100).map(lambda x: round(x, 2)))
SIGNS = {"a": 1, "b": -1, "c": 1}
WEIGHTS = {"a": 0.5, "b": 0.3, "c": 0.2}


def frame(values):
    return pd.DataFrame(values, index=list("WXYZ"), columns=list("abc"))


@settings(max_examples=40)
@given(TABLES, st.permutations(range(4)), st.permutations(range(3)))
def test_the_order_of_systems_and_criteria_changes_nothing(values, rows, columns):
    m = frame(values)
    for _, score, _ in METHODS.values():
        one = score(m, WEIGHTS, directions=SIGNS)
        other = score(m.iloc[list(rows), list(columns)], WEIGHTS, directions=SIGNS).reindex(m.index)
        np.testing.assert_allclose(one, other, atol=1e-9)


@settings(max_examples=40)
@given(TABLES, st.floats(0.01, 1000))
def test_the_unit_of_a_criterion_changes_nothing(values, factor):
    m = frame(values)
    for _, score, _ in METHODS.values():
        np.testing.assert_allclose(score(m, WEIGHTS, directions=SIGNS),
                                   score(m.assign(b=m["b"] * factor), WEIGHTS, directions=SIGNS), atol=1e-7)


@settings(max_examples=40)
@given(TABLES)
def test_many_weightings_at_once_are_the_same_as_one_by_one(values):
    m = frame(values)
    stack = np.array([[0.5, 0.3, 0.2], [1, 0, 0], [0.2, 0.2, 0.6]])
    for _, score, _ in METHODS.values():
        together = score(m, stack, directions=SIGNS)
        for at, weights in enumerate(stack):
            np.testing.assert_allclose(together[at], score(m, dict(zip("abc", weights, strict=True)), directions=SIGNS), atol=1e-9)


@settings(max_examples=40)
@given(TABLES)
def test_a_dominating_system_is_never_behind_by_sum_topsis_or_flow(values):
    m = frame(values)
    for better, worse in dominated(m, SIGNS).itertuples(index=False):
        for score in (saw_scores, topsis_scores, promethee_flows):
            found = score(m, WEIGHTS, directions=SIGNS)
            assert found[better] >= found[worse] - 1e-9
        compromise = vikor_scores(m, WEIGHTS, directions=SIGNS)
        assert compromise[better] <= compromise[worse] + 1e-9


def test_shares_of_first_places_match_the_exact_answer():
    # two criteria: A is first when its weight on x exceeds 1/4
    m = pd.DataFrame({"x": [1.0, 0.7], "y": [0.9, 1.0]}, index=["A", "B"])
    share = first_place_shares(m, directions={"x": 1, "y": 1}, methods=["saw"], n=40_000, seed=3)["saw_first_share"]
    assert share["A"] == pytest.approx(0.75, abs=0.01)
    assert share.sum() == pytest.approx(1)


def test_doubt_about_scores_spreads_the_first_place():
    m = pd.DataFrame({"x": [8.5, 8.0], "y": [7.0, 7.0]}, index=["A", "B"])
    doubt = np.array([[1, 0], [0, 0]])
    sure = first_place_shares(m, directions={"x": 1, "y": 1}, methods=["saw"], n=2000)["saw_first_share"]
    wide = first_place_shares(m, directions={"x": 1, "y": 1}, lower=m - doubt, upper=m + doubt,
                              methods=["saw"], n=2000)["saw_first_share"]
    assert sure["A"] == 1
    assert 0.6 < wide["A"] < 0.9


@pytest.mark.parametrize(("change", "message"), [
    (lambda m: m.mask(m == 3), "missing.*Y, b"),
    (lambda m: m.assign(b=[1, 2, -3, 4]), "above zero.*Y, b"),
    (lambda m: m.set_axis(list("WXYX")), "'X' stands twice"),
])
def test_a_faulty_cell_is_named(change, message):
    m = change(pd.DataFrame({"a": [1.0, 2, 5, 4], "b": [1.0, 2, 3, 4]}, index=list("WXYZ")))
    with pytest.raises(InputError, match=message):
        saw_scores(m, {"a": 1, "b": 1}, directions={"a": 1, "b": -1})


def test_weights_of_other_criteria_are_refused():
    m = pd.DataFrame({"a": [1.0, 2]}, index=list("WX"))
    with pytest.raises(InputError, match="must be of the criteria"):
        saw_scores(m, {"b": 1}, directions={"a": 1})
    with pytest.raises(InputError, match="direction"):
        saw_scores(m, {"a": 1}, directions={})
