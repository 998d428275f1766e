"""Largest remainder: exact, fair to one unit, blind to the order of sellers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.money import split_exact, split_groups

WEIGHTS = st.lists(st.floats(0, 1e9, allow_subnormal=True), min_size=1, max_size=30).filter(any)
TOTALS = st.integers(-(10**15), 10**15)


def hamilton(total: int, weights: list[float]) -> list[int]:
    """The method in rational numbers, as a textbook has it."""
    exact = [Fraction(w) for w in weights]
    share = [abs(total) * w / sum(exact) for w in exact]
    floor = [int(s) for s in share]
    order = sorted(range(len(share)), key=lambda i: (floor[i] - share[i], i))
    for i in order[: abs(total) - sum(floor)]:
        floor[i] += 1
    return [f if total >= 0 else -f for f in floor]


@settings(max_examples=60, deadline=None)
@given(TOTALS, WEIGHTS, st.sampled_from([1, 100, 100_000]))
def test_sum_is_exact_and_nobody_is_a_unit_away_from_the_exact_share(total, weights, unit):
    total = total // unit * unit
    shares = split_exact(total, weights, unit=unit)
    assert shares.sum() == total
    assert (shares % unit == 0).all()
    whole = sum(map(Fraction, weights))
    for share, weight in zip(shares.tolist(), weights, strict=True):
        assert abs(share - total * Fraction(weight) / whole) < unit * 1.05
        assert weight or not share


@settings(max_examples=60, deadline=None)
@given(TOTALS, st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_whole_weights_give_the_textbook_answer_in_rational_numbers(total, weights):
    assert split_exact(total, weights).tolist() == hamilton(total, [float(w) for w in weights])


@settings(max_examples=60, deadline=None)
@given(TOTALS, WEIGHTS, st.randoms(use_true_random=False))
def test_order_of_sellers_changes_nothing(total, weights, random):
    keys = [f"s{i:02}" for i in range(len(weights))]
    shuffled = list(range(len(weights)))
    random.shuffle(shuffled)
    straight = split_exact(total, weights, keys=keys)
    other = split_exact(total, [weights[i] for i in shuffled], keys=[keys[i] for i in shuffled])
    assert other.tolist() == straight[shuffled].tolist()


def test_a_thousand_equal_tenths_in_any_order_give_equal_shares():
    assert set(split_exact(10**15, [0.1] * 1000).tolist()) == {10**12}


def test_scaling_all_weights_by_a_power_of_two_changes_nothing():
    weights = np.random.default_rng(1).lognormal(0, 3, 50)
    assert (split_exact(10**15, weights) == split_exact(10**15, weights * 2.0**-900)).all()


def test_smallest_and_largest_floats_are_split_without_overflow():
    assert split_exact(9, [5e-324, 1e308]).tolist() == [0, 9]
    assert split_exact(9, [5e-324, 1e-323]).tolist() == [3, 6]


def test_net_returns_mirror_sales():
    weights = [3, 2, 2]
    assert (split_exact(-1000, weights) == -split_exact(1000, weights)).all()


@pytest.mark.parametrize(
    ("total", "weights", "options", "words"),
    [
        (100, [0, 0], {}, "all 2 weights are zero"),
        (100, [], {}, "nobody"),
        (100, [1, -1], {}, "zero or more"),
        (100, [1, float("nan")], {}, "zero or more"),
        (150, [1, 1], {"unit": 100}, "multiple of the unit 100"),
        (100, [1, 1], {"unit": 0}, "at least 1"),
        (100, [1, 1], {"unit": "yaun"}, "did you mean 'yuan'"),
        (100, [1, 1], {"keys": ["a", "a"]}, "stand twice"),
        (100, [1, 1], {"keys": ["a"]}, "one for each"),
        (10.5, [1, 1], {}, "whole minor units"),
        ("ten", [1, 1], {}, "whole minor units"),
        (2**57, [1, 1], {}, "must be at most"),
        (100, [[1, 1]], {}, "dimensions"),
    ],
)
def test_bad_input_is_refused_with_its_reason(total, weights, options, words):
    with pytest.raises(InputError, match=words):
        split_exact(total, weights, **options)


def test_nothing_to_split_needs_no_weights():
    assert split_exact(0, [0, 0]).tolist() == [0, 0]
    assert split_exact(0, []).tolist() == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 40), st.integers(1, 3))
def test_groups_agree_with_one_split_a_parent(seed, parents, children, columns):
    rng = np.random.default_rng(seed)
    above = np.concatenate([np.arange(parents), rng.integers(0, parents, children)])
    weights = rng.integers(0, 4, (above.size, columns)) + rng.random((above.size, columns)) * rng.integers(0, 2)
    weights[:parents] += 0.5
    totals = rng.integers(-(10**12), 10**12, (parents, columns))
    rank = rng.permutation(above.size)
    together = split_groups(totals, weights, above, rank=rank)
    for parent in range(parents):
        rows = above == parent
        for column in range(columns):
            one = split_exact(int(totals[parent, column]), weights[rows, column], keys=rank[rows].tolist())
            assert together[rows, column].tolist() == one.tolist()


def test_a_parent_whose_children_all_weigh_nothing_is_named():
    with pytest.raises(InputError, match="parent 1, column 0") as caught:
        split_groups([0, 5], [0, 0, 0], [0, 0, 1])
    assert caught.value.details["parent"] == 1


@pytest.mark.parametrize(
    ("totals", "weights", "above", "words"),
    [
        ([1, 5], [1, 1], [0, 0], "no children"),
        ([1], [1, 1], [0, 1], "row numbers"),
        ([1], [1, 1], [0], "one for each"),
        ([[1, 2]], [[1], [1]], [0, 0], "same columns"),
    ],
)
def test_misfit_groups_are_refused(totals, weights, above, words):
    with pytest.raises(InputError, match=words):
        split_groups(totals, weights, above)


def test_rank_must_fit_the_children():
    with pytest.raises(InputError, match="rank"):
        split_groups([1], [1, 1], [0, 0], rank=[1])
