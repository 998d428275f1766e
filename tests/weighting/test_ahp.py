"""AHP gives consistent judges their own weights back, measures contradiction and says what to look at first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError, ParameterError
from salesplan.text.wording import say_details
from salesplan.weighting import ahp_weights, pairwise_from
from salesplan.weighting.ahp import CONTRADICTORY, CONTRADICTORY_ROUND, gci_threshold
from salesplan.weighting.best_change import SCALE
from salesplan.weighting.priorities import log_least_squares, principal_eigenvector
from salesplan.weighting.random_index import random_index_value
from tests.weighting.comparisons import NAMES, comparison, consistent, gappy, judgements, weights, without

METHODS = ("eigenvector", "geometric_mean")
MANY = settings(max_examples=60, deadline=None)


def shares(result):
    return result.weights.to_series()


@MANY
@given(judgements(), st.sampled_from(METHODS))
def test_weights_lie_on_the_simplex(given_, method):
    values = shares(ahp_weights(given_, method=method))
    assert (values > 0).all()
    assert values.sum() == pytest.approx(1, abs=1e-12)


@MANY
@given(weights, st.sampled_from(METHODS))
def test_judgements_that_agree_give_the_weights_back(values, method):
    result = ahp_weights(consistent(values), method=method)
    np.testing.assert_allclose(shares(result), np.array(values) / sum(values), rtol=1e-9)
    assert result.cr == pytest.approx(0, abs=1e-9)
    assert result.gci == pytest.approx(0, abs=1e-9)
    assert result.is_consistent is True
    assert result.worst_triad is None
    assert result.weights.caveats == ()


@MANY
@given(judgements(), st.randoms(use_true_random=False), st.sampled_from(METHODS))
def test_the_order_of_kpis_changes_nothing_but_the_order(given_, random, method):
    order = list(given_.names)
    random.shuffle(order)
    one, other = ahp_weights(given_, method=method), ahp_weights(given_.reordered(order), method=method)
    np.testing.assert_allclose(shares(other)[list(given_.names)], shares(one), rtol=1e-8)
    assert other.cr == pytest.approx(one.cr, abs=1e-9)
    if one.worst_triad:
        assert other.worst_triad.inconsistency == pytest.approx(one.worst_triad.inconsistency)


@MANY
@given(judgements())
def test_the_eigenvalue_is_never_below_n_and_zero_ratio_means_agreement(given_):
    result = ahp_weights(given_)
    assert result.lambda_max >= len(given_.names)
    assert (result.cr < 1e-9) == (result.gci < 1e-9) == (result.worst_triad is None)


@MANY
@given(judgements(), st.sampled_from(METHODS))
def test_the_suggested_change_helps_by_as_much_as_it_says(given_, method):
    result = ahp_weights(given_, method=method)
    worst = result.worst_triad
    if worst is None:
        return
    assert given_.ratio(worst.first, worst.second) == pytest.approx(worst.current)
    after = ahp_weights(given_.changed(worst.first, worst.second, worst.suggested), method=method)
    assert after.cr == pytest.approx(worst.cr_after, abs=1e-9)
    assert after.gci == pytest.approx(worst.gci_after, abs=1e-9)
    if method == "geometric_mean":
        assert after.gci < result.gci


@MANY
@given(judgements())
def test_the_worst_triad_is_the_most_inconsistent_of_all(given_):
    result = ahp_weights(given_)
    n = len(given_.names)
    assert len(result.triads) == n * (n - 1) * (n - 2) // 6
    largest = 0.0
    for i in range(n):
        for j in range(n):
            for k in range(n):
                if len({i, j, k}) == 3:
                    off = given_.matrix[i, k] / (given_.matrix[i, j] * given_.matrix[j, k])
                    largest = max(largest, 1 - min(off, 1 / off))
    assert result.triads["inconsistency_value"].iloc[0] == pytest.approx(largest, abs=1e-9)
    assert (np.diff(result.triads["inconsistency_value"]) <= 1e-9).all()
    if result.worst_triad:
        assert result.worst_triad.inconsistency == pytest.approx(largest, abs=1e-9)


def test_one_wrong_judgement_among_consistent_ones_is_found_and_mended():
    true = np.array([8, 4, 2, 1, 1]) / 16
    bent = consistent(true).changed("sales_amount", "new_customers", "1/4")
    worst = ahp_weights(bent).worst_triad
    assert {worst.first, worst.second} == {"sales_amount", "new_customers"}
    fixed = worst.suggested if worst.first == "sales_amount" else 1 / worst.suggested
    assert fixed == 4
    assert worst.cr_after == pytest.approx(0, abs=1e-9)


def _by_hand(given_, method, values):
    """Least index over every pair and some values for it, each set and weighed anew."""
    found = []
    for i, j in zip(*np.triu_indices(len(given_.names), 1), strict=True):
        if not np.isnan(given_.matrix[i, j]):
            for value in values:
                after = ahp_weights(given_.changed(given_.names[i], given_.names[j], value), method=method)
                found.append(after.cr if after.judged_by == "CR" else after.gci)
    return min(found)


@settings(max_examples=12, deadline=None)
@given(judgements(least=4, most=5), st.sampled_from(METHODS))
def test_no_other_single_change_on_the_scale_helps_more(given_, method):
    result = ahp_weights(given_, method=method)
    change = result.best_change
    if change is not None and change.suggested in SCALE:
        after = change.cr_after if result.judged_by == "CR" else change.gci_after
        assert after == pytest.approx(_by_hand(given_, method, SCALE), abs=1e-7)


def test_the_change_that_helps_most_may_lie_outside_the_worst_triad():
    rng = np.random.default_rng(3)
    outside = 0
    for _ in range(30):
        n, matrix = 6, np.eye(6)
        for i, j in zip(*np.triu_indices(n, 1), strict=True):
            matrix[i, j] = rng.choice(SCALE)
            matrix[j, i] = 1 / matrix[i, j]
        result = ahp_weights(comparison(matrix))
        worst = result.worst_triad
        assert (worst.first, worst.second) == (result.best_change.first, result.best_change.second)
        outside += not {worst.first, worst.second} < set(worst.kpis)
    assert outside > 0


def test_judgements_that_contradict_in_a_ring_without_a_triad_are_said():
    ring = pairwise_from({"a/b": 9, "b/c": 9, "c/d": 9, "d/a": 9}, list("abcd"))
    result = ahp_weights(ring)
    assert result.is_consistent is False and result.worst_triad is None
    note = next(n for n in result.weights.caveats if n["msgid"] == CONTRADICTORY_ROUND)
    change = result.best_change
    assert (note["details"]["kpi_a"], note["details"]["kpi_b"]) == (change.first, change.second)
    assert ahp_weights(ring.changed(change.first, change.second, change.suggested)).gci < result.gci
    for lang in ("en", "zh"):
        text = say_details(note["msgid"], note["details"], lang)
        assert "{" not in text and "19.3" in text


@MANY
@given(gappy())
def test_incomplete_judgements_that_contradict_are_always_said(given_):
    result = ahp_weights(given_)
    said = {n["msgid"] for n in result.weights.caveats} & {CONTRADICTORY, CONTRADICTORY_ROUND}
    assert bool(said) is (result.is_consistent is False)


def test_contradiction_is_said_with_the_judgement_to_look_at():
    result = ahp_weights(pairwise_from({"a/b": 3, "b/c": 3, "a/c": "1/3"}, ["a", "b", "c"]))
    assert result.is_consistent is False
    (note,) = result.weights.caveats
    text = say_details(note["msgid"], note["details"], "en")
    assert "a, b, c fit together least" in text
    assert "CR is 1.1" in text and "at most 0.1 is accepted" in text
    assert "CR" in say_details(note["msgid"], note["details"], "zh")


def test_two_kpis_cannot_contradict():
    result = ahp_weights(pairwise_from({"a/b": 4}, ["a", "b"]))
    assert shares(result).to_dict() == pytest.approx({"a": 0.8, "b": 0.2})
    assert (result.cr, result.gci, result.is_consistent, result.worst_triad) == (0, 0, True, None)
    assert result.triads.empty


def test_geometric_mean_is_the_mean_of_each_row():
    matrix = np.array([[1, 3, 5, 2], [1 / 3, 1, 4, 1], [1 / 5, 1 / 4, 1, 1 / 3], [1 / 2, 1, 3, 1]])
    mean = matrix.prod(axis=1) ** 0.25
    result = ahp_weights(comparison(matrix), method="geometric_mean")
    np.testing.assert_allclose(shares(result), mean / mean.sum(), rtol=1e-12)
    w = mean / mean.sum()
    errors = [np.log(matrix[i, j] * w[j] / w[i]) ** 2 for i in range(4) for j in range(i + 1, 4)]
    assert result.gci == pytest.approx(2 * sum(errors) / (3 * 2))


def test_random_index_is_named_and_ends_with_its_table():
    matrix = consistent(np.arange(1, 10)).matrix
    assert ahp_weights(comparison(matrix)).random_index == "Saaty 1980"
    assert ahp_weights(comparison(matrix), random_index="alonso_lamata").random_index_value == 1.4499
    eleven = [f"k{i}" for i in range(11)]
    many = pairwise_from({(a, b): 1 for i, a in enumerate(eleven) for b in eleven[i + 1 :]}, eleven)
    with pytest.raises(InputError, match="11 KPIs are compared.*at most 10.*alonso_lamata"):
        ahp_weights(many)
    assert ahp_weights(many, random_index="alonso_lamata").random_index_value == 1.5141
    with pytest.raises(ParameterError, match="did you mean 'saaty'"):
        ahp_weights(comparison(matrix), random_index="saatyy")
    with pytest.raises(ParameterError, match="geometric_mean"):
        ahp_weights(comparison(matrix), method="geometric")


def test_the_regression_goes_on_where_the_table_ends():
    table = [random_index_value(n, table="alonso_lamata")[0] for n in (14, 15)]
    line, named = random_index_value(16, table="alonso_lamata")
    assert 0 < line - table[1] < 2 * (table[1] - table[0])
    assert "regression" in named


def test_random_judgements_have_a_ratio_of_about_one():
    rng = np.random.default_rng(11)
    scale = [1 / k for k in range(9, 1, -1)] + list(range(1, 10))
    found = []
    for _ in range(400):
        matrix = np.eye(5)
        for i, j in zip(*np.triu_indices(5, 1), strict=True):
            matrix[i, j] = rng.choice(scale)
            matrix[j, i] = 1 / matrix[i, j]
        found.append(ahp_weights(comparison(matrix), random_index="alonso_lamata").cr)
    assert np.mean(found) == pytest.approx(1, abs=4 * np.std(found) / 20)


def test_thresholds_of_the_geometric_index():
    assert [gci_threshold(n) for n in (3, 4, 5, 9)] == [0.31, 0.35, 0.37, 0.37]


@MANY
@given(weights, st.data())
def test_gaps_between_consistent_judgements_change_nothing(values, data):
    full = consistent(values)
    n = len(values)
    loose = [(full.names[i], full.names[j]) for i, j in zip(*np.triu_indices(n, 2), strict=True)]
    gone = data.draw(st.sets(st.sampled_from(loose)))
    for method in METHODS:
        result = ahp_weights(without(full, *gone), method=method)
        np.testing.assert_allclose(shares(result), np.array(values) / sum(values), rtol=1e-8)
        assert result.ci == pytest.approx(0, abs=1e-9)


@MANY
@given(gappy())
def test_harker_equals_filling_the_gaps_with_ratios_of_the_weights(given_):
    vector, largest = principal_eigenvector(given_.matrix)
    filled = np.where(np.isnan(given_.matrix), vector[:, None] / vector[None, :], given_.matrix)
    again, same = principal_eigenvector(filled)
    np.testing.assert_allclose(again, vector, rtol=1e-7)
    assert same == pytest.approx(largest, rel=1e-9)


@MANY
@given(gappy())
def test_least_squares_of_gappy_judgements_cannot_be_bettered(given_):
    fit = log_least_squares(given_.matrix)

    def squares(logs):
        off = np.log(given_.matrix) - (logs[:, None] - logs[None, :])
        return np.nansum(off**2) / 2

    assert squares(fit.log_weights) == pytest.approx(fit.squares, abs=1e-9)
    rng = np.random.default_rng(0)
    for _ in range(5):
        nudged = fit.log_weights + rng.normal(0, 0.05, len(fit.log_weights))
        assert squares(nudged) >= fit.squares - 1e-12


def test_incomplete_judgements_get_no_consistency_ratio():
    full = comparison([[1, 3, 5, 2], [1 / 3, 1, 4, 1], [1 / 5, 1 / 4, 1, 1 / 3], [1 / 2, 1, 3, 1]])
    result = ahp_weights(without(full, ("sales_amount", "visits")))
    assert np.isnan(result.cr) and result.random_index == ""
    assert result.is_consistent is (result.gci <= 0.35)
    (note,) = result.weights.caveats
    assert note["details"] == {"n_missing": 1, "n_pairs": 6}
    assert "Harker" in result.weights.method
    assert np.isnan(result.worst_triad.cr_after)
    after = ahp_weights(result.comparison.changed(
        result.worst_triad.first, result.worst_triad.second, result.worst_triad.suggested))
    assert after.gci == pytest.approx(result.worst_triad.gci_after, abs=1e-9)


def test_the_least_number_of_judgements_cannot_be_checked():
    result = ahp_weights(pairwise_from({"a/b": 2, "b/c": 3}, ["a", "b", "c"]))
    assert shares(result).to_dict() == pytest.approx({"a": 0.6, "b": 0.3, "c": 0.1})
    assert result.is_consistent is None
    assert np.isnan(result.gci) and result.worst_triad is None
    assert "no judgement checks another" in result.weights.caveats[0]["msgid"]


def test_judgements_in_separate_groups_give_no_weights():
    with pytest.raises(InputError, match=r"a, b \| c, d"):
        ahp_weights(pairwise_from({"a/b": 2, "c/d": 3}, list("abcd")))


def test_summary_holds_every_measure_with_its_limit():
    frame = ahp_weights(consistent([3, 2, 1])).summary()
    assert frame["limit_value"].tolist()[3:] == [0.10, 0.31]
    assert frame["measured_value"].iloc[0] == pytest.approx(3)
    assert ahp_weights(consistent([3, 2, 1])).to_frame()["name"].tolist() == list(NAMES[:3])
