"""Judgements are read as people write them; what cannot be a judgement is refused by row and column."""

from itertools import pairwise

import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.weighting import PairwiseComparison, pairwise_from
from salesplan.weighting.pairwise import read_ratio

NAMES = ("sales", "margin", "visits")


def build(cells) -> PairwiseComparison:
    return PairwiseComparison(names=NAMES, matrix=cells)


@pytest.mark.parametrize(("cells", "words"), [
    ([[1, 3, 2], [1 / 3, 1, 0], [1 / 2, 1, 1]], "judgement == 0.0.*row margin, column visits"),
    ([[1, -3, 2], [-1 / 3, 1, 1], [1 / 2, 1, 1]], "judgement == -3.0.*row sales, column margin"),
    ([[1, 3, 2], [1 / 3, 1, 1], [1 / 3, 1, 1]], "reciprocal.*row sales, column visits.*Write 0.5 in row visits, column sales"),
    ([[1, 3, 2], [1 / 3, np.nan, 1], [1 / 2, 1, 1]], "judgement == nan, must be 1.*row margin, column margin"),
    ([[1, 3, 2], [1 / 3, 2, 1], [1 / 2, 1, 1]], "judgement == 2, must be 1.*row margin, column margin"),
    ([[1, 3, np.nan], [1 / 3, 1, 1], [1 / 2, 1, 1]], "missing while the mirror.*row sales, column visits"),
    ([[1, np.inf, 2], [0, 1, 1], [1 / 2, 1, 1]], "judgement == inf.*row sales, column margin"),
    ([["1", "1/0", "2"], ["1", "1", "1"], ["1/2", "1", "1"]], "judgement == '1/0'.*row sales, column margin"),
    ([["1", "much", "2"], ["1", "1", "1"], ["1/2", "1", "1"]], "judgement == 'much'.*row sales, column margin"),
    ([["1", "0/3", "2"], ["1", "1", "1"], ["1/2", "1", "1"]], "judgement == '0/3'.*row sales, column margin"),
])
def test_bad_cells_are_named(cells, words):
    with pytest.raises(InputError, match=words):
        build(cells)


@pytest.mark.parametrize("cells", [[[1, 2], [0.5, 1]], [[1, 2, 3]], 5, [[1, 2, 3], [1], [1]]])
def test_a_matrix_of_the_wrong_shape_is_refused(cells):
    with pytest.raises(InputError, match="shape.*each of 3 names"):
        build(cells)


def test_two_kpis_are_needed():
    with pytest.raises(InputError, match="at least two"):
        PairwiseComparison(names=("sales",), matrix=[[1]])


def test_text_and_gaps_are_read():
    c = build([["1", "1:3", ""], ["3", "1", "2"], [None, "1/2", "1"]])
    assert c.ratio("sales", "margin") == pytest.approx(1 / 3)
    assert np.isnan(c.ratio("visits", "sales"))
    assert (c.n_judged, c.is_complete) == (2, False)


@pytest.mark.parametrize(("answer", "value"), [("1/3", 1 / 3), (" 1 : 3 ", 1 / 3), ("1：4", 0.25), ("7", 7), (2, 2), ("2.5/5", 0.5)])
def test_ways_to_write_a_judgement(answer, value):
    assert read_ratio(answer) == pytest.approx(value)


@pytest.mark.parametrize("answer", ["", "1/", "/3", "1/2/3", "-1/3", 0, -2, None, True, float("nan"), 1e9, "1e9", [1]])
def test_what_is_no_judgement(answer):
    with pytest.raises(InputError, match="must be a positive number"):
        read_ratio(answer, where="here")


def test_pairs_build_the_matrix():
    c = pairwise_from({"sales/margin": 2, ("visits", "sales"): "1/4"}, NAMES)
    np.testing.assert_allclose(c.matrix, [[1, 2, 4], [0.5, 1, np.nan], [0.25, np.nan, 1]])
    assert c.summary()["ratio_factor"].tolist()[:2] == [2, 4]


def test_names_may_hold_a_slash():
    c = pairwise_from({"sales/new/visits": 3}, ["sales/new", "visits"])
    assert c.ratio("sales/new", "visits") == 3
    with pytest.raises(InputError, match="one / between"):
        pairwise_from({"a/a/a": 3}, ["a", "a/a"])


@pytest.mark.parametrize(("judgments", "words"), [
    ({"sales/vists": 3}, "kpi == 'vists'.*judgement sales/vists.*did you mean 'visits'"),
    ({"sales/sales": 3}, "'sales' is compared with itself"),
    ({"sales/visits": 3, "visits/sales": 3}, "visits over sales is judged twice.*row visits, column sales"),
    ({"sales": 3}, "one / between"),
    ({"sales/visits": "1/0"}, "'1/0'.*row sales, column visits"),
    ({3: 3}, "must be 'a/b'"),
])
def test_bad_pairs_are_named(judgments, words):
    with pytest.raises(InputError, match=words):
        pairwise_from(judgments, NAMES)


def test_the_same_answer_twice_is_no_contradiction():
    c = pairwise_from({"sales/visits": 3, "visits/sales": "1/3"}, NAMES)
    assert c.ratio("sales", "visits") == 3


def test_a_changed_judgement_leaves_the_first_comparison_alone():
    before = pairwise_from({"sales/visits": 3}, NAMES)
    after = before.changed("visits", "sales", "1/5")
    assert (before.ratio("sales", "visits"), after.ratio("sales", "visits")) == (3, 5)
    assert after.changed("sales", "visits", None).n_judged == 0
    with pytest.raises(InputError, match="itself"):
        before.changed("sales", "sales", 1)
    with pytest.raises(InputError, match="did you mean 'visits'"):
        before.changed("sales", "visit", 1)
    with pytest.raises(ValueError, match="read-only"):
        before.matrix[0, 1] = 2


def test_parts_that_are_never_compared_are_named():
    c = pairwise_from({"a/b": 2, "c/d": 3}, list("abcde"))
    assert c.parts() == [("a", "b"), ("c", "d"), ("e",)]
    with pytest.raises(InputError, match=r"3 groups.*a, b \| c, d \| e.*Judge for instance a against c"):
        c.check_linked()


def test_a_long_chain_is_one_part():
    names = [f"k{i:02d}" for i in range(20)]
    c = pairwise_from(dict.fromkeys(pairwise(names), 1), names)
    assert len(c.parts()) == 1


def test_reordering_moves_rows_and_columns_together():
    c = pairwise_from({"sales/visits": 3, "sales/margin": 2}, NAMES)
    other = c.reordered(["visits", "sales", "margin"])
    assert other.ratio("sales", "visits") == 3 and other.names[0] == "visits"
    with pytest.raises(InputError, match="must be the KPIs compared"):
        c.reordered(["sales"])


@pytest.mark.parametrize(("judgments", "names", "told"), [
    (["sales", "visits"], {"sales/visits": 3}, "judgments == list, must be a mapping"),
    ({"sales/visits": 3}, {"sales/visits": 3}, "names == dict, must be a list of the KPIs"),
    ({"sales/visits": 3}, "sales", "names == str, must be a list"),
])
def test_swapped_arguments_are_told(judgments, names, told):
    with pytest.raises(InputError, match=told) as refused:
        pairwise_from(judgments, names)
    assert "judgements first and then the names" in str(refused.value)
