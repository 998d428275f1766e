"""Bounded allocation of one amount among many: closed form, exact sum, blind to order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.targets.allocation import allocate_entropic, allocate_quadratic, equal_probability_targets

SEEDS = st.integers(0, 2**32 - 1)


def make_problem(rng, size):
    base, weights = rng.uniform(0, 100, size), rng.uniform(0, 3, size).round(1)
    lower = base * rng.choice([0, 0.5, 0.9, 1.0], size)
    upper = np.where(rng.random(size) < 0.3, np.inf, base * rng.choice([1.0, 1.1, 1.5, 3.0], size) + 1)
    reach = np.where(weights > 0, np.minimum(upper, base * 3 + 100), base.clip(lower, upper))
    least = np.where(weights > 0, lower, base.clip(lower, upper))
    return base, weights, lower, upper, least.sum() + rng.random() * (reach.sum() - least.sum())


@settings(max_examples=50, deadline=None)
@given(SEEDS, st.integers(1, 60))
def test_quadratic_agrees_with_a_root_found_numerically(seed, size):
    base, weights, lower, upper, total = make_problem(np.random.default_rng(seed), size)
    if not weights.any():
        return
    plan = allocate_quadratic(total, base, weights, lower, upper)
    assert abs(plan.amounts.sum() - total) <= 1e-12 * max(1, total) * size
    assert (plan.amounts >= lower).all()
    assert (plan.amounts <= upper).all()

    def gap(m):
        return np.clip(base + m * weights, lower, upper).sum() - total

    edge = 1e5
    if gap(-edge) < 0 < gap(edge):
        root = brentq(gap, -edge, edge, xtol=1e-13)
        assert np.allclose(plan.amounts, np.clip(base + root * weights, lower, upper), atol=1e-6, rtol=0)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 60))
def test_order_of_receivers_changes_no_bit(seed, size):
    rng = np.random.default_rng(seed)
    base, weights, lower, upper, total = make_problem(rng, size)
    order = rng.permutation(size)
    straight = allocate_quadratic(total, base, weights, lower, upper)
    other = allocate_quadratic(total, base[order], weights[order], lower[order], upper[order])
    assert other.amounts.tolist() == straight.amounts[order].tolist()
    assert other.binding.tolist() == straight.binding[order].tolist()


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(2, 40))
def test_entropic_growth_is_one_rate_for_all_whom_no_rule_holds(seed, size):
    rng = np.random.default_rng(seed)
    base = rng.uniform(1, 100, size)
    lower, upper = base * rng.uniform(0, 1, size), base * rng.uniform(1.5, 3, size)
    plan = allocate_entropic(base.sum() * 1.2, base, lower, upper)
    free = plan.binding == ""
    assert np.allclose((plan.amounts / base)[free], plan.multiplier, rtol=1e-12)
    assert (plan.amounts[plan.binding == "cap"] == upper[plan.binding == "cap"]).all()


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 30))
def test_raising_a_cap_never_worsens_the_optimum(seed, size):
    rng = np.random.default_rng(seed)
    base, weights, lower, upper, total = make_problem(rng, size)
    weights = weights + 0.1
    total = lower.sum() + rng.random() * (np.minimum(upper, 1e3).sum() - lower.sum())

    def cost(caps):
        return (((allocate_quadratic(total, base, weights, lower, caps).amounts - base) ** 2) / weights).sum()

    raised = upper.copy()
    raised[rng.integers(size)] += rng.uniform(0, 50)
    assert cost(raised) <= cost(upper) * (1 + 1e-9) + 1e-9


def test_a_million_receivers_are_solved_to_the_last_digit():
    rng = np.random.default_rng(4)
    base = rng.lognormal(10, 1, 200_000)
    plan = allocate_quadratic(base.sum() * 1.3, base, base, base * 0.9, base * 1.5)
    assert abs(plan.amounts.sum() / (base.sum() * 1.3) - 1) < 1e-13


def test_refusal_names_the_fewest_floors_with_both_sums():
    with pytest.raises(InfeasibleTargetError) as caught:
        allocate_quadratic(100, [1, 1, 1], [1, 1, 1], lower=[70, 20, 60], names=["Li", "Wu", "Xu"])
    details = caught.value.details
    assert (details["sum_lower"], details["sum_upper"], details["total"]) == (150, np.inf, 100)
    assert {rule["unit"] for rule in details["binding"]} == {"Li", "Xu", "the whole"}


def test_a_floor_above_its_cap_is_named():
    with pytest.raises(InfeasibleTargetError, match="floor of Li 9 is above cap of Li 5"):
        allocate_quadratic(100, [1, 1], [1, 1], lower=[9, 0], upper=[5, np.inf], names=["Li", "Wu"])


def test_missing_bounds_mean_none_and_zero_weights_stay_at_base():
    plan = allocate_quadratic(120, [40, 40], [0, 1], lower=[np.nan, 10], upper=[np.nan, np.nan])
    assert plan.amounts.tolist() == [40, 80]
    assert plan.to_frame(["a", "b"]).loc["b", "amount"] == 80
    assert allocate_entropic(50, [0, 10], [5, 0]).amounts.tolist() == [5, 45]


def test_equal_probability_needs_some_uncertainty():
    assert equal_probability_targets([10, 20], [0, 0], 30)["p_attain"].tolist() == [0.5, 0.5]
    with pytest.raises(InputError, match="all sigma == 0"):
        equal_probability_targets([10, 20], [0, 0], 31)
    with pytest.raises(InputError, match="zero or more"):
        equal_probability_targets([10, 20], [1, -1], 31)
    with pytest.raises(InputError, match="one for each"):
        equal_probability_targets([10, 20], [1], 31)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((100, [1, 2], [1, -1]), "weight == -1"),
        ((100, [1, np.nan], [1, 1]), "base holds missing"),
        ((100, [1, 2], [1, 1, 1]), "one for each"),
        ((np.inf, [1, 2], [1, 1]), "finite"),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        allocate_quadratic(*arguments)


def test_entropic_refuses_a_negative_base():
    with pytest.raises(InputError, match="base == -1"):
        allocate_entropic(10, [-1, 5])
