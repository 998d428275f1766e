"""Points, orders of importance, and the part that result KPIs get."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError, ParameterError
from salesplan.weighting import direct_weights, rank_order_weights, split_result_process
from salesplan.weighting.direct import RANK_METHODS


@pytest.mark.parametrize(("points", "words"), [
    ({"a": 1, "b": -1}, "points == -1.*b"),
    ({"a": 1, "b": float("nan")}, "points == nan.*b"),
    ({"a": 1, "b": None}, "points == None.*b"),
    ({"a": 1, "b": "2"}, "points == '2'.*b"),
    ({"a": 0, "b": 0}, "all points are zero"),
    ({}, "empty"),
])
def test_points_that_cannot_be_meant_are_refused(points, words):
    with pytest.raises(InputError, match=words):
        direct_weights(points)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.just(0.0) | st.floats(1e-6, 1e9), min_size=1, max_size=9).filter(any), st.floats(0.01, 100))
def test_the_scale_of_points_does_not_matter(points, factor):
    names = [f"k{i}" for i in range(len(points))]
    one = direct_weights(dict(zip(names, points, strict=True))).to_series()
    other = direct_weights({n: p * factor for n, p in zip(names, points, strict=True)}).to_series()
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_rank_order_falls_with_the_place_and_carries_its_caveat():
    for method in RANK_METHODS:
        weights = rank_order_weights(list("abcdef"), method=method)
        values = weights.to_series().to_numpy()
        assert (np.diff(values) < 0).all()
        assert values.sum() == pytest.approx(1)
        assert weights.caveats


def test_centroid_is_the_mean_of_all_weights_in_that_order():
    drawn = -np.sort(-np.random.default_rng(3).dirichlet(np.ones(4), 40_000), axis=1)
    weights = rank_order_weights(list("abcd")).to_series()
    np.testing.assert_allclose(weights, drawn.mean(axis=0), atol=0.003)


def test_equal_places_share_their_weights():
    weights = rank_order_weights([["a", "b"], "c"]).to_series()
    assert weights["a"] == weights["b"] == pytest.approx((11 / 18 + 5 / 18) / 2)


def test_an_order_names_each_kpi_once():
    with pytest.raises(InputError, match="'a' stands twice"):
        rank_order_weights(["a", ["b", "a"]])
    with pytest.raises(InputError, match="must be a list"):
        rank_order_weights("sales")
    with pytest.raises(ParameterError, match="did you mean 'rank_sum'"):
        rank_order_weights(["a"], method="ranksum")


KINDS = {"sales": "result", "margin": "result", "visits": "process", "training": "support"}


def test_results_get_their_share_and_proportions_stay():
    before = direct_weights({"sales": 2, "margin": 1, "visits": 5, "training": 2})
    after = split_result_process(before, KINDS, result_share=0.7)
    values = after.to_series()
    assert values[["sales", "margin"]].sum() == pytest.approx(0.7)
    assert values["sales"] / values["margin"] == pytest.approx(2)
    assert values["visits"] / values["training"] == pytest.approx(2.5)
    assert after.method == before.method
    assert after.caveats[-1]["details"] == {"result_share": 0.7}


def test_a_part_without_kpis_is_refused():
    with pytest.raises(InputError, match="no process KPI carries weight, must be one for 30%"):
        split_result_process({"sales": 1.0}, KINDS)
    with pytest.raises(InputError, match="no result KPI"):
        split_result_process({"visits": 1.0}, KINDS)
    assert split_result_process({"sales": 1.0}, KINDS, result_share=1).to_series().to_dict() == {"sales": 1.0}


def test_types_must_be_known():
    with pytest.raises(InputError, match="kinds, calls"):
        split_result_process({"sales": 0.5, "calls": 0.5}, KINDS)
    with pytest.raises(InputError, match="did you mean 'process'"):
        split_result_process({"sales": 0.5, "calls": 0.5}, KINDS | {"calls": "proces"})
    with pytest.raises(ParameterError, match="result_share"):
        split_result_process({"sales": 1.0}, KINDS, result_share=70)
