"""Best-worst: consistent judgements come back, optima are optimal, ranges hold all of them, slips are named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from salesplan.errors import InputError, ParameterError
from salesplan.text.wording import say_details
from salesplan.weighting import best_worst_weights
from salesplan.weighting.best_worst import CONSISTENCY_INDEX, INPUT_THRESHOLDS, consistency_index

MODELS = ("linear", "nonlinear")
CARS = ("quality", "price", "comfort", "safety", "style")


def lists(best, worst, names=CARS):
    return dict(zip(names, best, strict=False)), dict(zip(names, worst, strict=False))


@st.composite
def judgements(draw):
    n, top = draw(st.integers(3, 6)), draw(st.integers(2, 9))
    names = [f"k{i}" for i in range(n)]
    best = {name: draw(st.integers(2, top)) for name in names}
    worst = {name: draw(st.integers(2, top)) for name in names}
    best |= {"k0": 1, "k1": top}
    worst |= {"k0": top, "k1": 1}
    return best, worst


def violation(weights, best, worst, model):
    """Largest deviation of weights from the judgements, as the model counts it."""
    w = weights
    pairs = [("k0", j, a) for j, a in best.items() if j != "k0"]
    pairs += [(j, "k1", a) for j, a in worst.items() if j not in ("k0", "k1")]
    if model == "linear":
        return max(abs(w[i] - a * w[j]) for i, j, a in pairs)
    return max(abs(w[i] / w[j] - a) for i, j, a in pairs)


@settings(max_examples=30, deadline=None)
@given(judgements(), st.sampled_from(MODELS), st.integers(0, 1000))
def test_no_other_weights_violate_the_judgements_less(given_, model, seed):
    best, worst = given_
    result = best_worst_weights(best, worst, model=model)
    values = result.weights.to_series()
    assert values.sum() == pytest.approx(1, abs=1e-12) and (values >= 0).all()
    rng = np.random.default_rng(seed)
    for scale in (1e-3, 1e-2, 0.1):
        for _ in range(10):
            nudged = values * np.exp(rng.normal(0, scale, len(values)))
            assert violation(nudged / nudged.sum(), best, worst, model) >= result.xi - 1e-6
    frame = result.to_frame()
    assert (frame["weight_lower"] <= frame["weight_upper"]).all()


@settings(max_examples=30, deadline=None)
@given(judgements())
def test_below_the_nonlinear_optimum_no_weights_are_left(given_):
    best, worst = given_
    xi = best_worst_weights(best, worst, model="nonlinear").xi
    at = {name: k for k, name in enumerate(best)}
    pairs = [("k0", j, a) for j, a in best.items() if j != "k0"]
    pairs += [(j, "k1", a) for j, a in worst.items() if j not in ("k0", "k1")]

    def feasible(limit: float) -> bool:
        rows = np.zeros((2 * len(pairs), len(at)))
        for k, (i, j, a) in enumerate(pairs):
            rows[2 * k, [at[i], at[j]]] = 1, -(a + limit)
            rows[2 * k + 1, [at[i], at[j]]] = -1, a - limit
        found = linprog(np.zeros(len(at)), A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=np.ones((1, len(at))), b_eq=[1])
        return bool(found.success)

    assert feasible(xi + 1e-6)
    assert xi < 1e-3 or not feasible(xi - 1e-3)


@settings(max_examples=30, deadline=None)
@given(judgements(), st.sampled_from(MODELS), st.randoms(use_true_random=False))
def test_the_order_of_kpis_changes_nothing_but_the_order(given_, model, random):
    best, worst = given_
    one = best_worst_weights(best, worst, model=model)
    names = list(best)
    random.shuffle(names)
    other = best_worst_weights({n: best[n] for n in names}, worst, model=model)
    np.testing.assert_allclose(other.weights.to_series()[list(best)], one.weights.to_series(), atol=1e-5)
    assert other.xi == pytest.approx(one.xi, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(2, 8), min_size=1, max_size=5), st.sampled_from(MODELS))
def test_judgements_that_agree_give_the_weights_back(middle, model):
    true = np.array([9, 1, *middle], float)
    names = [f"k{i}" for i in range(len(true))]
    best = dict(zip(names, true[0] / true, strict=True))
    worst = dict(zip(names, true / true[1], strict=True))
    result = best_worst_weights(best, worst, model=model)
    np.testing.assert_allclose(result.weights.to_series(), true / true.sum(), atol=1e-6)
    assert result.xi == pytest.approx(0, abs=1e-9)
    assert result.cr_input == 0 and result.is_consistent is True and result.weights.caveats == ()


def test_nonlinear_optima_fill_their_ranges():
    result = best_worst_weights(*lists([2, 1, 4, 3, 8], [4, 8, 2, 3, 1]), model="nonlinear")
    assert (result.upper - result.lower).max() > 0.001
    assert any("Several sets" in note["msgid"] for note in result.weights.caveats)
    linear = best_worst_weights(*lists([2, 1, 4, 3, 8], [4, 8, 2, 3, 1]))
    assert (linear.upper - linear.lower).max() < 1e-5


def test_the_consistency_index_belongs_to_the_nonlinear_model_only():
    given_ = lists([8, 2, 1], [1, 5, 8])
    assert np.isnan(best_worst_weights(*given_).cr)
    nonlinear = best_worst_weights(*given_, model="nonlinear")
    assert nonlinear.cr == pytest.approx(nonlinear.xi / 4.47)


def test_the_published_index_is_its_equation_in_two_decimals():
    for a, published in enumerate(CONSISTENCY_INDEX, start=1):
        assert consistency_index(a) == published
        assert consistency_index(a + 1e-9) == pytest.approx(published, abs=0.0051)


def test_thresholds_are_used_where_published_and_silent_elsewhere():
    known = best_worst_weights(*lists([8, 2, 1], [1, 5, 8]))
    assert known.threshold == INPUT_THRESHOLDS[8][0] and known.is_consistent is True
    small = best_worst_weights(*lists([2, 2, 1], [1, 2, 2]))
    assert np.isnan(small.threshold) and small.is_consistent is None
    assert "published" in small.weights.caveats[0]["msgid"]


def test_contradiction_names_the_kpi_and_the_numbers():
    best = {"sales": 1, "margin": 5, "visits": 6}
    worst = {"sales": 6, "margin": 6, "visits": 1}
    result = best_worst_weights(best, worst)
    assert result.is_consistent is False and result.cr_input == pytest.approx(24 / 30)
    note = result.weights.caveats[0]
    text = say_details(note["msgid"], note["details"], "en")
    assert "margin: sales over it is 5, it over visits is 6, which makes 30 and not 6" in text
    assert "margin" in say_details(note["msgid"], note["details"], "zh")
    assert result.local.set_index("name").loc["margin", "implied_factor"] == 30


@pytest.mark.parametrize(("best", "worst", "words"), [
    ({"a": 1, "b": 3}, {"a": 3, "c": 1}, "b, c stands in one"),
    ({"a": 2, "b": 3}, {"a": 3, "b": 1}, "no KPI is judged 1 in best_to_others"),
    ({"a": 1, "b": 3}, {"a": 3, "b": 2}, "no KPI is judged 1 in others_to_worst"),
    ({"a": 1, "b": 1, "c": 4}, {"a": 4, "b": 4, "c": 1}, "a, b are all judged 1 in best_to_others.*best='a'"),
    ({"a": 1, "b": 4, "c": 4}, {"a": 4, "b": 1, "c": 1}, "b, c are all judged 1 in others_to_worst.*worst='b'"),
    ({"a": 1, "b": 3, "c": 4}, {"a": 5, "b": 2, "c": 1}, "a over c is 4 in best_to_others and 5 in others_to_worst"),
    ({"a": 1, "b": 3, "c": 2}, {"a": 2, "b": 2, "c": 1}, "judgement == 3, must be at most 2.*best_to_others, b"),
    ({"a": 1, "b": 2, "c": 2}, {"a": 2, "b": 3, "c": 1}, "judgement == 3, must be at most 2.*others_to_worst, b"),
    ({"a": 1, "b": "1/2", "c": 2}, {"a": 2, "b": 3, "c": 1}, "judgement == 0.5, must be 1 or more.*best_to_others, b"),
    ({"a": 1, "b": 0, "c": 2}, {"a": 2, "b": 3, "c": 1}, "judgement == 0.*best_to_others, b"),
    ({"a": 1, "b": float("nan"), "c": 2}, {"a": 2, "b": 3, "c": 1}, "best_to_others, b"),
    ({"a": 1, "b": 3}, {"a": 1, "b": 3}, "a is judged both best and worst"),
    ({"a": 1}, {"a": 1}, "at least two"),
])
def test_what_cannot_be_meant_is_named(best, worst, words):
    with pytest.raises(InputError, match=words):
        best_worst_weights(best, worst)


def test_naming_one_of_several_best_settles_it():
    given_ = ({"a": 1, "b": 1, "c": 4}, {"a": 4, "b": 4, "c": 1})
    for name in "ab":
        weights = best_worst_weights(*given_, best=name).weights.to_series()
        assert weights.to_dict() == pytest.approx({"a": 4 / 9, "b": 4 / 9, "c": 1 / 9}, abs=1e-6)
    with pytest.raises(InputError, match="best_to_others, c"):
        best_worst_weights(*given_, best="c")
    with pytest.raises(InputError, match="worst == 'd'"):
        best_worst_weights(*given_, best="a", worst="d")
    with pytest.raises(ParameterError, match="did you mean 'nonlinear'"):
        best_worst_weights(*given_, best="a", model="nonlinar")


def test_all_equally_important():
    ones = dict.fromkeys("abc", 1)
    for model in MODELS:
        result = best_worst_weights(ones, ones, best="a", worst="b", model=model)
        np.testing.assert_allclose(result.weights.to_series(), 1 / 3, atol=1e-6)
    assert result.cr == 0


def test_two_kpis_are_one_judgement():
    result = best_worst_weights({"a": 1, "b": 3}, {"a": 3, "b": 1}, model="nonlinear")
    assert result.weights.to_series().to_dict() == pytest.approx({"a": 0.75, "b": 0.25}, abs=1e-6)
    assert result.summary()["measured_value"].iloc[0] == pytest.approx(0, abs=1e-12)
