import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.text.wording import say_details
from salesplan.weighting import acceptability
from salesplan.weighting.acceptability import NEVER_DRAWN, rank_acceptability


def make_scores(n=5, k=3, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        rng.uniform(0, 100, (n, k)), index=[f"p{i}" for i in range(n)], columns=[f"k{j}" for j in range(k)]
    )


def test_two_criteria_have_the_share_of_the_line_on_which_each_is_first():
    scores = pd.DataFrame({"a": [90.0, 60.0], "b": [50.0, 100.0]}, index=["x", "y"])
    found = rank_acceptability(scores, n=40_000)
    # x is first while 30 w > 50 (1 - w), that is from w = 0.625 on
    assert found.first["x"] == pytest.approx(0.375, abs=4 * found.first_error["x"])
    assert found.central_weights.loc["x", "a"] == pytest.approx((0.625 + 1) / 2, abs=0.005)
    assert found.central_weights.loc["y", "a"] == pytest.approx(0.625 / 2, abs=0.005)


def test_three_symmetric_specialists_are_first_a_third_of_the_time_each_and_the_middle_as_computed():
    scores = pd.DataFrame(np.eye(3), index=list("xyz"), columns=list("abc"))
    found = rank_acceptability(scores, n=60_000)
    np.testing.assert_allclose(found.first, 1 / 3, atol=0.01)
    # somebody at one half everywhere is first where no weight exceeds one half: a quarter of the triangle
    scores.loc["middle"] = 0.5
    assert rank_acceptability(scores, n=60_000).first["middle"] == pytest.approx(0.25, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 8), st.integers(1, 5), st.integers(0, 10**6))
def test_rows_and_ranks_add_up_and_order_changes_nothing(n, k, seed):
    scores = make_scores(n, k, seed)
    found = rank_acceptability(scores, n=200, seed=seed)
    np.testing.assert_allclose(found.acceptability.sum(axis=0), 1)
    np.testing.assert_allclose(found.acceptability.sum(axis=1), 1)
    np.testing.assert_allclose(found.acceptability @ np.arange(1, n + 1), found.mean_rank)
    rng = np.random.default_rng(seed)
    mixed = rank_acceptability(scores.iloc[rng.permutation(n), rng.permutation(k)], n=200, seed=seed)
    pd.testing.assert_frame_equal(mixed.acceptability.loc[scores.index], found.acceptability)
    pd.testing.assert_frame_equal(
        mixed.central_weights.loc[scores.index, scores.columns], found.central_weights, check_exact=False
    )


def test_equal_alternatives_share_their_places():
    scores = pd.DataFrame({"a": [9.0, 9.0, 1.0], "b": [9.0, 9.0, 1.0]}, index=["x", "y", "z"])
    found = rank_acceptability(scores, n=500)
    assert found.acceptability.to_numpy().tolist() == [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]
    assert found.mean_rank.tolist() == [1.5, 1.5, 3]
    np.testing.assert_array_equal(found.central_weights.loc["x"], found.central_weights.loc["y"])
    assert found.central_weights.loc["z"].isna().all()
    assert rank_acceptability(scores, n=500, ranks=1).acceptability[1].tolist() == [0.5, 0.5, 0]


def test_equal_up_to_rounding_counts_as_equal():
    scores = pd.DataFrame({"a": [0.1 + 0.2, 0.3], "b": [1.0, 1.0]}, index=["x", "y"])
    assert rank_acceptability(scores, n=200).first.tolist() == [0.5, 0.5]


def test_around_given_weights_stays_near_them():
    scores = pd.DataFrame({"a": [90.0, 60.0], "b": [50.0, 100.0]}, index=["x", "y"])
    near = rank_acceptability(scores, around={"a": 0.8, "b": 0.2}, concentration=400, n=4000)
    far = rank_acceptability(scores, around={"a": 0.8, "b": 0.2}, concentration=5, n=4000)
    assert near.first["x"] > 0.999
    assert 0.7 < far.first["x"] < 0.95
    assert near.explain("x").set_index("criterion")["central_weight"]["a"] == pytest.approx(0.8, abs=0.01)
    spread = np.sqrt(0.8 * 0.2 / 401)
    assert f"{spread:.1%}" in say_details(near.caveats[0]["msgid"], near.caveats[0]["details"], "en")


def test_central_weights_stand_beside_the_mean_of_all_draws():
    scores = pd.DataFrame({"b": [90.0, 60.0, 0.0], "a": [50.0, 100.0, 0.0]}, index=["x", "y", "z"])
    found = rank_acceptability(scores, n=5000)
    told = found.explain("x").set_index("criterion")
    assert told["mean_weight"].tolist() == pytest.approx([0.5, 0.5], abs=0.02)
    shares, central = found.first[["x", "y"]], found.central_weights.loc[["x", "y"]]
    np.testing.assert_allclose(told["mean_weight"], shares @ central, atol=1e-12)
    assert found.explain("z")["central_weight"].isna().all() and found.explain("z")["mean_weight"].notna().all()


def test_the_error_of_a_share_adds_two_successes_and_two_failures():
    scores = pd.DataFrame({"a": [9.0, 1.0], "b": [9.0, 1.0]}, index=["x", "y"])
    error = rank_acceptability(scores, n=100).first_error["x"]
    assert error == pytest.approx(np.sqrt(102 / 104 * 2 / 104 / 104))


def test_scores_that_differ_little_beside_their_size_are_told_apart():
    scores = pd.DataFrame({"a": [1e6 + 2e-4, 1e6], "b": [1e6 + 1e-4, 1e6]}, index=["x", "y"])
    assert rank_acceptability(scores, n=200).first.tolist() == [1, 0]


def test_a_weight_of_zero_stays_zero_and_its_scores_break_no_tie():
    scores = pd.DataFrame({"a": [5.0, 5.0], "b": [3.0, 3.0], "c": [1.0, 9.0]}, index=["x", "y"])
    found = rank_acceptability(scores, around={"a": 0.5, "b": 0.5, "c": 0.0}, n=300)
    assert found.first.tolist() == [0.5, 0.5]
    assert (found.central_weights["c"] == 0).all()
    assert next(n for n in found.caveats if n["msgid"] == NEVER_DRAWN)["details"] == {"names": ["c"]}


def test_the_stated_error_is_the_spread_between_seeds():
    scores = make_scores()
    runs = [rank_acceptability(scores, n=400, seed=seed) for seed in range(60)]
    spread = np.std([r.first.to_numpy() for r in runs], axis=0)
    stated = np.mean([r.first_error.to_numpy() for r in runs], axis=0)
    busy = spread > 0.005
    assert busy.any()
    np.testing.assert_allclose(spread[busy], stated[busy], rtol=0.35)
    assert (runs[0].first_error > 0).all()


def test_working_in_chunks_changes_nothing(monkeypatch):
    scores = make_scores()
    whole = rank_acceptability(scores, n=500)
    monkeypatch.setattr(acceptability, "CELLS", 150)
    pieces = rank_acceptability(scores, n=500)
    pd.testing.assert_frame_equal(pieces.acceptability, whole.acceptability)
    pd.testing.assert_frame_equal(pieces.central_weights, whole.central_weights)


def test_the_table_lists_the_best_first_and_ranks_can_be_cut():
    scores = make_scores(130, 3)
    found = rank_acceptability(scores, n=200)
    assert found.acceptability.shape == (130, 100)
    frame = found.to_frame()
    assert frame["p_first"].is_monotonic_decreasing
    assert frame["p_first"].sum() == pytest.approx(1)
    assert found.summary().loc[0, "alternative"] == found.first.idxmax()
    assert rank_acceptability(scores, n=200, ranks=3).acceptability.columns.tolist() == [1, 2, 3]


def test_bad_input_is_named():
    scores = make_scores()
    with pytest.raises(InputError, match="row p1, column k0"):
        rank_acceptability(scores.mask((scores.index == "p1")[:, None] & (scores.columns == "k0")))
    with pytest.raises(InputError, match="at least 100"):
        rank_acceptability(scores, n=10)
    with pytest.raises(InputError, match="concentration"):
        rank_acceptability(scores, concentration=0)
    with pytest.raises(InputError, match="between 1 and the 5"):
        rank_acceptability(scores, ranks=6)
    with pytest.raises(InputError, match="k2 not in both"):
        rank_acceptability(scores, around={"k0": 0.5, "k1": 0.5})
    with pytest.raises(InputError, match="Known: p0, p1"):
        rank_acceptability(scores).explain("p9")
