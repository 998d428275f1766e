import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.text.catalogues import translations
from salesplan.text.wording import say_details
from salesplan.weighting.criteria_table import MEASURES_SPREAD, TOO_FEW
from salesplan.weighting.critic import critic_weights
from salesplan.weighting.dispersion import standard_deviation_weights, variation_weights
from salesplan.weighting.entropy import SHIFTED_ZERO, column_entropy, entropy_weights
from salesplan.weighting.merec import merec_weights
from salesplan.weighting.objective import OBJECTIVE_METHODS, objective_weights
from salesplan.weighting.principal_components import (
    ON_THE_EDGE,
    REWARDS_AGREEMENT,
    RUNS_AGAINST,
    pca_weights,
    principal_components,
)
from tests.weighting.samples import make_people

METHODS = sorted(OBJECTIVE_METHODS)
ZERO_POINT_FREE = ["critic", "entropy_min_max", "pca", "standard_deviation"]


def weigh(frame, method, directions=None):
    return objective_weights(frame, method=method, directions=directions, bootstraps=0).to_series()


def msgids(weights):
    return [note["msgid"] for note in weights.caveats]


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None)
@given(st.integers(3, 30), st.integers(2, 6), st.integers(0, 10**6))
def test_weights_lie_on_the_simplex_and_order_changes_nothing(method, n, k, seed):
    frame = make_people(n, k, seed)
    directions = {"kpi_1": -1}
    weights = weigh(frame, method, directions)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    rng = np.random.default_rng(seed)
    mixed = frame.iloc[rng.permutation(n), rng.permutation(k)]
    np.testing.assert_allclose(weigh(mixed, method, directions)[frame.columns], weights, atol=1e-10)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(1e-3, 1e6), min_size=4, max_size=4))
def test_the_unit_of_a_kpi_changes_nothing(method, seed, units):
    frame = make_people(12, 4, seed)
    directions = {"kpi_2": -1}
    np.testing.assert_allclose(
        weigh(frame * units, method, directions), weigh(frame, method, directions), rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("method", ZERO_POINT_FREE)
def test_methods_on_the_range_do_not_depend_on_the_zero_point(method):
    frame = make_people()
    np.testing.assert_allclose(weigh(frame.add([5, 0, 100, 7]), method), weigh(frame, method), atol=1e-9)


@pytest.mark.parametrize("method", ["entropy", "variation", "merec"])
def test_methods_on_portions_depend_on_the_zero_point_as_they_say(method):
    frame = make_people()
    assert np.abs(weigh(frame.add([5, 0, 100, 7]), method) - weigh(frame, method)).max() > 0.01


@pytest.mark.parametrize("method", METHODS)
def test_every_method_says_in_both_languages_that_it_measures_spread_and_what_fails(method):
    weights = objective_weights(make_people(8), method=method, bootstraps=50)
    found = msgids(weights)
    assert found[:2] == [MEASURES_SPREAD, TOO_FEW]
    assert len(found) > 2
    assert weights.method in translations("zh")
    for note in weights.caveats:
        spoken = say_details(note["msgid"], note["details"], "zh")
        assert "{" not in spoken and spoken != note["msgid"]


@pytest.mark.parametrize("method", METHODS)
def test_a_kpi_equal_for_everybody_is_named(method):
    with pytest.raises(InputError, match=r"kpi_2 == 3 for everybody.*column kpi_2"):
        weigh(make_people().assign(kpi_2=3.0), method)
    with pytest.raises(InputError, match=r"kpi_2 == 3, kpi_3 == 0\.5 for everybody.*column kpi_2, kpi_3"):
        weigh(make_people().assign(kpi_2=3.0, kpi_3=0.5), method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gap", [np.nan, np.inf, None])
def test_a_gap_is_named_by_person_and_kpi(method, gap):
    frame = make_people().astype(object)
    frame.loc["p7", "kpi_1"] = gap
    with pytest.raises(InputError, match=r"kpi_1 == .*must be a number.*row p7, column kpi_1"):
        weigh(frame, method)


def test_wrong_tables_are_refused_in_words():
    frame = make_people()
    with pytest.raises(InputError, match="at least 2"):
        entropy_weights(frame[["kpi_0"]])
    with pytest.raises(InputError, match="'kpi_0' twice"):
        entropy_weights(frame[["kpi_0", "kpi_0"]])
    with pytest.raises(InputError, match="rows == 2"):
        critic_weights(frame.head(2))
    with pytest.raises(InputError, match="did you mean 'kpi_0'"):
        critic_weights(frame, directions={"kpi0": -1})
    with pytest.raises(InputError, match=r"must be 1 or -1.*kpi_0"):
        critic_weights(frame, directions={"kpi_0": 0})
    with pytest.raises(InputError, match="did you mean 'critic'"):
        objective_weights(frame, method="critik")
    with pytest.raises(InputError, match="min_max"):
        entropy_weights(frame, normalisation="max")


def test_values_a_method_cannot_read_name_the_cell():
    frame = make_people()
    frame.loc["p3", "kpi_2"] = -0.5
    for weights in (entropy_weights, variation_weights, merec_weights):
        with pytest.raises(InputError, match=r"kpi_2 == -0.5.*row p3, column kpi_2"):
            weights(frame)
    frame.loc["p3", "kpi_2"] = 0.0
    assert entropy_weights(frame).values.sum() == pytest.approx(1)
    with pytest.raises(InputError, match=r"kpi_2 == 0, must be above 0"):
        merec_weights(frame)


def test_inputs_are_left_alone():
    frame = make_people()
    before = frame.copy()
    for method in METHODS:
        weigh(frame, method, {"kpi_0": -1})
    pd.testing.assert_frame_equal(frame, before)


def test_entropy_equals_its_formula_also_for_nearly_equal_values():
    frame = make_people()
    p = frame / frame.sum()
    entropy = -(p * np.log(p)).sum() / np.log(len(p))
    np.testing.assert_allclose(column_entropy(frame), entropy, atol=1e-12)
    tiny = np.array([-1, 0, 1, 2, -2]) * 1e-6
    nearly = pd.DataFrame({"a": 1e3 * (1 + tiny), "b": 5 * (1 + 2 * tiny)})
    # 1 - E is a quarter of it at half the spread: exact to many digits, where the difference has none left
    np.testing.assert_allclose(entropy_weights(nearly).values, [0.2, 0.8], rtol=1e-4)


def test_entropy_with_zeros_counts_them_as_nothing():
    assert column_entropy(pd.DataFrame({"a": [0, 0, 4], "b": [0, 2, 2]})).to_numpy() == pytest.approx(
        [0.0, np.log(2) / np.log(3)]
    )


def test_entropy_after_min_max_differs_and_says_so():
    frame = make_people()
    shifted = entropy_weights(frame, normalisation="min_max")
    assert SHIFTED_ZERO in msgids(shifted)
    assert np.abs(shifted.values - entropy_weights(frame).values).max() > 0.01
    turned = entropy_weights(frame, directions={"kpi_0": -1}, normalisation="min_max")
    assert np.abs(turned.values - shifted.values).max() > 1e-3


def test_critic_applies_directions_before_correlating():
    rng = np.random.default_rng(0)
    skill = rng.normal(size=50)
    frame = pd.DataFrame({
        "sales": skill + 0.3 * rng.normal(size=50),
        "days": -skill + 0.3 * rng.normal(size=50),
        "visits": rng.normal(size=50),
    })  # fmt: skip
    turned = critic_weights(frame, directions={"days": -1})
    by_hand = critic_weights(frame.assign(days=-frame["days"]))
    np.testing.assert_allclose(turned.values, by_hand.values)
    assert turned["days"] < critic_weights(frame)["days"] - 0.05


def test_critic_is_refused_where_all_columns_move_together():
    x = np.array([1.0, 2.0, 4.0, 3.5])
    frame = pd.DataFrame({"sales": x, "deals": 3 * x + 2, "days": 9 - x})
    with pytest.raises(InputError, match=r"sales, deals, days all move together.*0/0"):
        critic_weights(frame, directions={"days": -1})
    # turned the other way, one column contradicts the two others
    weights = critic_weights(frame)
    assert weights["days"] == pytest.approx(0.5)


def test_standard_deviation_ignores_direction_and_unit_but_not_an_extreme_person():
    frame = make_people()
    np.testing.assert_allclose(
        standard_deviation_weights(frame, directions={"kpi_0": -1}).values, standard_deviation_weights(frame).values
    )
    extreme = frame.copy()
    extreme.loc["p0", "kpi_0"] *= 50
    assert standard_deviation_weights(extreme)["kpi_0"] < standard_deviation_weights(frame)["kpi_0"]


def test_merec_equals_leaving_out_one_column_at_a_time():
    frame = make_people(9, 4, 2)
    signs = {"kpi_1": -1}
    ratio = pd.DataFrame({
        c: frame[c] / frame[c].max() if signs.get(c, 1) < 0 else frame[c].min() / frame[c] for c in frame
    })
    logs = np.log(ratio).abs()
    whole = np.log(1 + logs.sum(axis=1) / 4)
    effect = [(np.log(1 + logs.drop(columns=c).sum(axis=1) / 4) - whole).abs().sum() for c in frame]
    np.testing.assert_allclose(merec_weights(frame, directions=signs).values, np.array(effect) / sum(effect))


def test_pca_squares_away_signs_and_names_a_kpi_that_runs_against_the_others():
    rng = np.random.default_rng(0)
    skill = rng.normal(size=60)
    frame = pd.DataFrame({name: skill + 0.5 * rng.normal(size=60) for name in ("sales", "deals", "calls")})
    frame["days"] = -skill + 0.5 * rng.normal(size=60)
    raw, turned = pca_weights(frame), pca_weights(frame, directions={"days": -1})
    np.testing.assert_allclose(raw.values, turned.values, atol=1e-12)
    note = next(n for n in raw.caveats if n["msgid"] == RUNS_AGAINST)
    assert note["details"]["names"] == ["days"]
    assert RUNS_AGAINST not in msgids(turned)
    assert REWARDS_AGREEMENT in msgids(turned)


def test_pca_of_unrelated_kpis_keeps_every_component_and_says_that_it_hangs_on_a_thread():
    frame = pd.DataFrame([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], columns=list("abc"))
    assert principal_components(frame).n_kept == 3
    weights = pca_weights(frame)
    np.testing.assert_allclose(weights.values, 1 / 3)
    assert ON_THE_EDGE in msgids(weights)


def test_principal_component_weights_differ_from_communalities_as_their_note_says():
    frame = make_people(60, 3).assign(alone=np.random.default_rng(4).normal(50, 5, 60))
    frame["beside"] = frame["alone"] + np.random.default_rng(5).normal(0, 5, 60)
    found = principal_components(frame)
    assert found.n_kept == 2
    explained = found.loadings[:, : found.n_kept] ** 2 @ found.eigenvalues[: found.n_kept]
    weights = pca_weights(frame).values
    np.testing.assert_allclose(weights, explained / explained.sum(), atol=1e-12)
    assert np.abs(weights - found.communality / found.communality.sum()).max() > 0.01
