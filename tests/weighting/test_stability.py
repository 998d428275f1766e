import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.weighting.additive_scores import rank_totals, tie_width
from salesplan.weighting.stability import rank_changes, weight_stability_intervals


def make_scores(n, k, seed):
    rng = np.random.default_rng(seed)
    scores = pd.DataFrame(
        rng.uniform(0, 100, (n, k)), index=[f"p{i}" for i in range(n)], columns=[f"k{j}" for j in range(k)]
    )
    return scores, pd.Series(rng.dirichlet(np.ones(k)), index=scores.columns)


def moved(weights, name, t):
    """One weight at t, the others in their proportions."""
    rest = weights.drop(name)
    return pd.concat([rest / rest.sum() * (1 - t), pd.Series({name: t})])[weights.index]


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 8), st.integers(2, 5), st.integers(0, 10**6))
def test_inside_the_interval_the_first_stays_and_just_outside_the_challenger_leads(n, k, seed):
    scores, weights = make_scores(n, k, seed)
    order = (scores @ weights).sort_values(ascending=False).index
    for row in weight_stability_intervals(scores, weights).itertuples():
        assert row.weight_lower <= row.ranking_weight_lower <= row.weight <= row.ranking_weight_upper <= row.weight_upper
        for t in np.linspace(row.weight_lower, row.weight_upper, 5)[1:-1]:
            assert (scores @ moved(weights, row.criterion, t)).idxmax() == order[0]
        for t in np.linspace(row.ranking_weight_lower, row.ranking_weight_upper, 5)[1:-1]:
            totals = scores @ moved(weights, row.criterion, t)
            assert list(totals.sort_values(ascending=False).index) == list(order)
        outside = [(row.weight_lower, -1e-6, row.challenger_below), (row.weight_upper, 1e-6, row.challenger_above)]
        for limit, step, challenger in outside:
            if not challenger:
                assert limit in (0.0, 1.0)
            elif 0 <= limit + step <= 1:
                totals = scores @ moved(weights, row.criterion, limit + step)
                assert totals[challenger] > totals[order[0]]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_order_and_a_common_scale_change_nothing(seed):
    scores, weights = make_scores(6, 4, seed)
    rng = np.random.default_rng(seed)
    mixed = (scores * 7 - 20).iloc[rng.permutation(6), rng.permutation(4)]
    one = weight_stability_intervals(scores, weights).set_index("criterion")
    two = weight_stability_intervals(mixed, weights).set_index("criterion").loc[one.index]
    pd.testing.assert_frame_equal(one, two, atol=1e-9)
    before = rank_changes(scores, weights).set_index(["criterion", "weight_change"])
    after = rank_changes(mixed, weights).set_index(["criterion", "weight_change"]).loc[before.index]
    pd.testing.assert_frame_equal(before, after, atol=1e-9)


def test_published_form_by_hand():
    scores = pd.DataFrame({"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.5, 0.5]}, index=["x", "y"])
    found = weight_stability_intervals(scores, {"a": 0.5, "b": 0.3, "c": 0.2}).set_index("criterion")
    # x leads while a outweighs b: t - (1 - t) * 0.6 = 0 at t = 0.375; c only dilutes both
    assert found.loc["a", ["weight_lower", "weight_upper"]].tolist() == pytest.approx([0.375, 1])
    assert found.loc["b", ["weight_lower", "weight_upper"]].tolist() == pytest.approx([0, 1 / (1 + 7 / 5)])
    assert found.loc["c", ["weight_lower", "weight_upper"]].tolist() == pytest.approx([0, 1])
    assert found.loc["a", "challenger_below"] == "y"


def test_a_shared_first_place_has_no_room_unless_the_scores_are_the_same():
    scores = pd.DataFrame({"a": [80.0, 60.0, 10.0], "b": [60.0, 80.0, 10.0]}, index=["x", "y", "z"])
    found = weight_stability_intervals(scores, {"a": 0.5, "b": 0.5})
    np.testing.assert_allclose(found[["weight_lower", "weight_upper"]], 0.5)
    twins = scores.assign(b=scores["a"])
    found = weight_stability_intervals(twins.iloc[[0, 0, 2]].set_axis(list("xyz")), {"a": 0.5, "b": 0.5})
    assert found[["weight_lower", "weight_upper"]].to_numpy().tolist() == [[0, 1], [0, 1]]


def test_a_weight_of_one_gives_way_to_the_others_in_equal_parts():
    scores = pd.DataFrame({"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.0, 0.5]}, index=["x", "y"])
    found = weight_stability_intervals(scores, {"a": 1.0, "b": 0.0, "c": 0.0}).set_index("criterion")
    assert found.loc["a", "weight_lower"] == pytest.approx(0.75 / 1.75)
    assert found.loc["b", ["weight_lower", "weight_upper"]].tolist() == pytest.approx([0, 0.5])


def test_one_criterion_or_one_alternative_can_never_change_hands():
    one = weight_stability_intervals(pd.DataFrame({"a": [3.0, 1.0]}), {"a": 1.0})
    assert one[["weight_lower", "weight_upper"]].to_numpy().tolist() == [[0, 1]]
    alone = weight_stability_intervals(pd.DataFrame({"a": [3.0], "b": [2.0]}), {"a": 0.4, "b": 0.6})
    assert alone["ranking_weight_upper"].tolist() == [1, 1]


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 8), st.integers(2, 5), st.integers(0, 10**6))
def test_rank_changes_equal_ranking_again(n, k, seed):
    scores, weights = make_scores(n, k, seed)
    before = (scores @ weights).rank(ascending=False)
    for row in rank_changes(scores, weights, swing=0.3).itertuples():
        changed = weights.copy()
        changed[row.criterion] *= 1 + row.weight_change
        changed /= changed.sum()
        after = (scores @ changed).rank(ascending=False)
        assert row.changed_weight == pytest.approx(changed[row.criterion])
        assert row.spearman == pytest.approx(before.corr(after))
        assert row.n_moved == (before != after).sum()
        assert row.n_places == (before - after).abs().max()
        assert row.first_keeps == (before.idxmin() == after.idxmin())


def test_equal_alternatives_share_places_and_have_no_rank_correlation():
    scores = pd.DataFrame({"a": [5.0, 5.0], "b": [1.0, 1.0]})
    found = rank_changes(scores, {"a": 0.5, "b": 0.5})
    assert found["spearman"].isna().all()
    assert found["first_keeps"].all() and (found["n_moved"] == 0).all()


def test_a_first_place_that_becomes_shared_is_not_kept():
    scores = pd.DataFrame({"a": [60.0, 50.0], "b": [50.0, 60.0]}, index=["x", "y"])
    found = rank_changes(scores, {"a": 0.5, "b": 0.5}, swing=0.2)
    assert not found["first_keeps"].any()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_ranks_of_ties_are_their_mean(values):
    expected = pd.Series(values, dtype=float).rank(ascending=False)
    np.testing.assert_array_equal(rank_totals(np.array(values, float)[:, None], 1e-9)[:, 0], expected)


def test_bad_input_is_named():
    scores, weights = make_scores(4, 3, 0)
    with pytest.raises(InputError, match=r"score == nan.*row p2, column k1"):
        weight_stability_intervals(scores.mask((scores.index == "p2")[:, None] & (scores.columns == "k1")), weights)
    with pytest.raises(InputError, match="k2 not in both"):
        rank_changes(scores.drop(columns="k2"), weights)
    with pytest.raises(InputError, match="row 'p0' stands twice"):
        rank_changes(scores.rename(index={"p1": "p0"}), weights)
    with pytest.raises(InputError, match="swing == 1"):
        rank_changes(scores, weights, swing=1)
    with pytest.raises(InputError, match="at least 2"):
        rank_changes(scores.head(1), weights)
    with pytest.raises(InputError, match="0 x 3"):
        rank_changes(scores.head(0), weights)


def test_what_counts_as_a_tie_follows_the_spread_not_the_size():
    spread = np.array([[0.0, 10.0], [100.0, 20.0]])
    assert tie_width(spread) == pytest.approx(1e-7)
    assert tie_width(spread + 1e5) == pytest.approx(1e-7)
    assert 0 < tie_width(np.full((3, 2), 7.0)) < 1e-12
    close = pd.DataFrame({"a": [1e6 + 2e-4, 1e6], "b": [1e6 + 1e-4, 1e6]}, index=["x", "y"])
    assert rank_changes(close, {"a": 0.5, "b": 0.5})["spearman"].tolist() == [1, 1, 1, 1]
