import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.text.wording import say_details
from salesplan.weighting.combination import (
    CONVENTION,
    PRODUCT_SHARPENS,
    TOO_MUCH_MEASURED,
    combine_weights,
    game_theory_alphas,
)
from salesplan.weighting.direct import split_result_process
from salesplan.weighting.entropy import entropy_weights
from salesplan.weighting.importance import relative_importance
from salesplan.weighting.weights import Weights
from tests.weighting.samples import make_people, make_regression

NAMES = ("sales", "margin", "visits")


def given_weights(values, names=NAMES, method="AHP"):
    return Weights(names=names, values=np.asarray(values, float) / np.sum(values), method=method)


def msgids(weights):
    return [note["msgid"] for note in weights.caveats]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 4), st.sampled_from(["linear", "multiplicative"]), st.integers(0, 10**6))
def test_blends_lie_on_the_simplex_and_order_changes_nothing(k, how, seed):
    rng = np.random.default_rng(seed)
    sources = [given_weights(rng.exponential(size=3)) for _ in range(k)]
    shares = rng.dirichlet(np.ones(k))
    blend = combine_weights(sources, how=how, shares=shares)
    assert (blend.values >= 0).all() and blend.values.sum() == pytest.approx(1)
    turned = [
        given_weights(s.values[::-1], NAMES[::-1]) if at % 2 else s for at, s in reversed(list(enumerate(sources)))
    ]
    again = combine_weights(turned, how=how, shares=shares[::-1])
    np.testing.assert_allclose(again.to_series()[list(NAMES)], blend.values, atol=1e-12)


@pytest.mark.parametrize("how", ["linear", "game_theory"])
def test_equal_sources_blend_to_themselves(how):
    a = given_weights([5, 3, 2])
    np.testing.assert_allclose(combine_weights([a, a, a], how=how).values, a.values)


def test_exponents_follow_the_shares_and_equal_shares_are_the_plain_product():
    a, b = given_weights([5, 3, 2]), given_weights([1, 1, 2])
    product = a.values * b.values
    np.testing.assert_allclose(combine_weights([a, b], how="multiplicative").values, product / product.sum())
    tilted = a.values**1.5 * b.values**0.5
    found = combine_weights([a, b], how="multiplicative", shares=[0.75, 0.25])
    np.testing.assert_allclose(found.values, tilted / tilted.sum())
    assert PRODUCT_SHARPENS in msgids(found)


def test_a_weight_of_zero_stays_zero_in_a_product_unless_its_source_has_no_share():
    a, b = given_weights([1, 1, 0]), given_weights([1, 2, 3])
    assert combine_weights([a, b], how="multiplicative")["visits"] == 0
    np.testing.assert_allclose(combine_weights([a, b], how="multiplicative", shares=[0, 1])["visits"], 9 / 14)
    with pytest.raises(InputError, match="product == 0 for sales, margin, visits"):
        combine_weights([a, given_weights([0, 0, 1])], how="multiplicative")


def test_game_theory_solves_its_system_and_calls_it_a_convention():
    a, b = given_weights([5, 3, 2]), given_weights([2, 3, 5])
    alphas = game_theory_alphas([a, b])
    products = np.array([[s.values @ t.values for t in (a, b)] for s in (a, b)])
    np.testing.assert_allclose(products @ alphas, np.diag(products))
    blend = combine_weights([a, b], how="game_theory")
    note = next(n for n in blend.caveats if n["msgid"] == CONVENTION)
    assert "50.0%, 50.0%" in say_details(note["msgid"], note["details"], "en")


def test_a_negative_share_is_refused_by_name():
    wide, narrow = given_weights([90, 5, 5], method="Direct points"), given_weights([40, 30, 30], method="Entropy")
    middle = given_weights([60, 25, 15], method="CRITIC")
    with pytest.raises(InputError, match=r"share of (Entropy|CRITIC|Direct points) == -.*sources conflict"):
        combine_weights([wide, narrow, middle], how="game_theory")


def test_sources_that_are_blends_of_others_are_refused_by_game_theory():
    a, b = given_weights([5, 3, 2]), given_weights([2, 3, 5])
    with pytest.raises(InputError, match="determine one another"):
        game_theory_alphas([a, b, combine_weights([a, b])])


def test_a_large_measured_part_is_warned_about():
    frame = make_people(40, 3).set_axis(NAMES, axis=1)
    judged, measured = given_weights([5, 3, 2]), entropy_weights(frame)
    assert measured.measured_share > 0 == judged.measured_share
    little = combine_weights([judged, measured], shares=[0.7, 0.3])
    assert TOO_MUCH_MEASURED not in msgids(little)
    assert set(msgids(measured)) <= set(msgids(little))
    much = combine_weights([judged, measured], shares=[0.69, 0.31])
    note = next(n for n in much.caveats if n["msgid"] == TOO_MUCH_MEASURED)
    assert "31.0%" in say_details(note["msgid"], note["details"], "en")
    assert TOO_MUCH_MEASURED in msgids(combine_weights([judged, measured], how="multiplicative"))
    flat = given_weights([4, 3, 3])
    alphas = game_theory_alphas([flat, measured])
    assert alphas[1] / alphas.sum() > 0.3
    assert TOO_MUCH_MEASURED in msgids(combine_weights([flat, measured], how="game_theory"))


def test_the_measured_part_of_a_blend_of_blends_is_counted_through():
    frame = make_people(40, 3).set_axis(NAMES, axis=1)
    judged, measured = given_weights([5, 3, 2]), entropy_weights(frame)
    little = combine_weights([judged, measured], shares=[0.9, 0.1])
    nested = combine_weights([judged, little], shares=[0.5, 0.5])
    assert nested.measured_share == pytest.approx(0.05) and TOO_MUCH_MEASURED not in msgids(nested)
    half = combine_weights([judged, measured], shares=[0.5, 0.5])
    assert TOO_MUCH_MEASURED in msgids(half)
    diluted = combine_weights([judged, half], shares=[0.8, 0.2])
    assert diluted.measured_share == pytest.approx(0.1) and TOO_MUCH_MEASURED not in msgids(diluted)
    assert half.rounded().measured_share == 0.5


def test_relative_importance_counts_as_measured():
    x, y = make_regression(60, 3)
    measured = relative_importance(x, y, bootstraps=0).weights
    assert measured.measured_share == 1
    blend = combine_weights([given_weights([1, 1, 1], measured.names), measured], shares=[0.5, 0.5])
    assert TOO_MUCH_MEASURED in msgids(blend)
    kinds = dict.fromkeys(measured.names, "process") | {measured.names[0]: "result"}
    assert split_result_process(measured, kinds).measured_share == 1


def test_wrong_input_is_named():
    a = given_weights([5, 3, 2])
    with pytest.raises(InputError, match="at least 2"):
        combine_weights([a])
    with pytest.raises(InputError, match=r"calls, visits not in every source.*position 2 \(AHP\)"):
        combine_weights([a, given_weights([1, 1, 1], ("sales", "margin", "calls"))])
    with pytest.raises(InputError, match="one for each of 2 sources"):
        combine_weights([a, a], shares=[1.0])
    with pytest.raises(InputError, match="add up to 1"):
        combine_weights([a, a], shares=[0.5, 0.6])
    with pytest.raises(InputError, match="must be left out"):
        combine_weights([a, a], how="game_theory", shares=[0.5, 0.5])
    with pytest.raises(InputError, match="did you mean 'linear'"):
        combine_weights([a, a], how="liner")
