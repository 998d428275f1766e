"""Floors, caps and pins on any unit: optimal, exact, blind to order, and refused by name when impossible."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.money import drift, sum_up
from salesplan.targets.cascade_rules import allocate_tree, round_tree, solve_tree

SEEDS = st.integers(0, 2**32 - 1)


def make_problem(rng, size=None, tightness=0.5):
    """A random organisation with bounds on some units that can hold together."""
    size = int(size or rng.integers(3, 14))
    parents = np.array([-1] + [int(rng.integers(0, i)) for i in range(1, size)])
    depth = np.zeros(size, int)
    for i in range(1, size):
        depth[i] = depth[parents[i]] + 1
    order = np.argsort(depth, kind="stable")
    place = np.argsort(order)
    parents = np.where(parents[order] >= 0, place[parents[order]], -1)
    ids = [f"u{i:03}" for i in rng.permutation(size)]
    units = pd.DataFrame({"unit_id": ids, "parent_id": [None if p < 0 else ids[p] for p in parents]})
    leaves = np.setdiff1d(np.arange(size), parents)
    base, weights = rng.uniform(0, 100, leaves.size), rng.uniform(0.2, 3, leaves.size)
    feasible = np.zeros(size)
    feasible[leaves] = base + rng.normal(0, 25, leaves.size).clip(-base)
    for i in range(size - 1, 0, -1):
        feasible[parents[i]] += feasible[i]
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    some = rng.random(size) < tightness
    low[some] = (feasible - rng.uniform(0, 15, size))[some].clip(0)
    some = rng.random(size) < tightness
    high[some] = (feasible + rng.uniform(0, 15, size))[some]
    pins = (rng.random(size) < 0.1) & (np.arange(size) > 0)
    low[pins] = high[pins] = feasible[pins]
    return units, parents, leaves, base, weights, low, high, float(feasible[0])


def members(parents, leaves):
    matrix = np.zeros((len(parents), leaves.size))
    for column, leaf in enumerate(leaves):
        at = int(leaf)
        while at >= 0:
            matrix[at, column] = 1
            at = int(parents[at])
    return matrix


def distance(x, base, weights):
    return float((((x - base) ** 2) / weights).sum())


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_quadratic_amounts_hold_all_rules_and_no_solver_finds_better(seed):
    rng = np.random.default_rng(seed)
    units, parents, leaves, base, weights, low, high, total = make_problem(rng)
    x = allocate_tree(units, total, base, weights, unit_lower=low, unit_upper=high)
    under = members(parents, leaves)
    slack = 1e-9 * max(1.0, total)
    assert abs(x.sum() - total) < slack
    assert (under @ x >= np.nan_to_num(low, nan=-np.inf) - slack).all()
    assert (under @ x <= np.nan_to_num(high, nan=np.inf) + slack).all()
    floor = np.where(np.isnan(low), -np.inf, low)
    cap = np.where(np.isnan(high), np.inf, high)
    rules = [{"type": "eq", "fun": lambda v: v.sum() - total}]
    for row, lo, hi in zip(under[1:], floor[1:], cap[1:], strict=True):
        if np.isfinite(lo):
            rules.append({"type": "ineq", "fun": lambda v, r=row, b=lo: r @ v - b})
        if np.isfinite(hi):
            rules.append({"type": "ineq", "fun": lambda v, r=row, b=hi: b - r @ v})
    found = minimize(distance, x * 0.98 + 0.02 * total / x.size, args=(base, weights), constraints=rules,
                     bounds=[(0, None)] * x.size, method="SLSQP", options={"ftol": 1e-12, "maxiter": 500})
    if found.success and (under @ found.x - floor >= -1e-7).all() and (cap - under @ found.x >= -1e-7).all():
        assert distance(x, base, weights) <= found.fun + 1e-5 * (1 + found.fun)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_multipliers_prove_that_quadratic_amounts_are_optimal(seed):
    """Every exchange between two sellers that the rules allow would raise the distance."""
    rng = np.random.default_rng(seed)
    units, parents, leaves, base, weights, low, high, total = make_problem(rng)
    x = allocate_tree(units, total, base, weights, unit_lower=low, unit_upper=high)
    under = members(parents, leaves)
    held = under @ x
    slack = 1e-7 * max(1.0, total)
    may_rise = held < np.nan_to_num(high, nan=np.inf) - slack
    may_fall = held > np.where(np.isnan(low), -np.inf, low) + slack
    may_fall[leaves] &= x > slack
    price = (x - base) / weights
    for giver in range(x.size):
        for taker in range(x.size):
            apart_down = (under[:, giver] == 1) & (under[:, taker] == 0)
            apart_up = (under[:, taker] == 1) & (under[:, giver] == 0)
            if may_fall[apart_down].all() and may_rise[apart_up].all():
                assert price[taker] >= price[giver] - 1e-6 * max(1.0, abs(price).max())


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_entropic_amounts_hold_all_rules_and_small_exchanges_do_not_help(seed):
    rng = np.random.default_rng(seed)
    units, parents, leaves, base, _, low, high, total = make_problem(rng)
    base = base + 1.0
    x = allocate_tree(units, total, base, np.ones(base.size), unit_lower=low, unit_upper=high, method="entropic")
    under = members(parents, leaves)
    held, slack = under @ x, 1e-7 * max(1.0, total)
    assert abs(x.sum() - total) < slack
    may_rise = held < np.nan_to_num(high, nan=np.inf) - slack
    may_fall = (held > np.where(np.isnan(low), -np.inf, low) + slack) & (held > slack)
    assert (held >= np.where(np.isnan(low), 0, low) - slack).all()
    assert (held <= np.nan_to_num(high, nan=np.inf) + slack).all()
    factor = x / base
    for giver in range(x.size):
        for taker in range(x.size):
            down = (under[:, giver] == 1) & (under[:, taker] == 0)
            up = (under[:, taker] == 1) & (under[:, giver] == 0)
            if may_fall[down].all() and may_rise[up].all():
                assert factor[taker] >= factor[giver] - 1e-6 * max(1.0, factor.max())


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from(["quadratic", "entropic"]))
def test_order_of_units_changes_nothing_to_the_last_bit(seed, method):
    rng = np.random.default_rng(seed)
    units, parents, leaves, base, weights, low, high, total = make_problem(rng)
    straight = solve_tree(units, total, base, weights, unit_lower=low, unit_upper=high, method=method)
    depth = np.zeros(len(units), int)
    for i in range(1, len(units)):
        depth[i] = depth[parents[i]] + 1
    order = np.lexsort((rng.random(len(units)), depth))
    leaf_row = {int(leaf): row for row, leaf in enumerate(leaves)}
    rows = [leaf_row[int(i)] for i in order if int(i) in leaf_row]
    other = solve_tree(units.iloc[order], total, base[rows], weights[rows], unit_lower=low[order],
                       unit_upper=high[order], method=method)
    pd.testing.assert_frame_equal(other.nodes.loc[straight.nodes.index], straight.nodes, check_exact=True)
    total_fen = round(total * 100)
    loose_low, loose_high = np.where(low == high, np.nan, low), np.where(low == high, np.nan, high)
    try:
        fen = round_tree(units, straight.amounts, total_fen, unit_lower=loose_low, unit_upper=loose_high)
    except InfeasibleTargetError:
        return
    again = round_tree(units.iloc[order], other.amounts, total_fen, unit_lower=loose_low[order],
                       unit_upper=loose_high[order])
    assert again.tolist() == fen[rows].tolist()


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([1, 100]))
def test_rounded_amounts_keep_sums_and_rules_to_the_unit(seed, unit):
    rng = np.random.default_rng(seed)
    units, parents, leaves, base, weights, low, high, total = make_problem(rng)
    low, high = np.floor(low) - 1, np.ceil(high) + 1
    low = np.maximum(low, 0)
    total = float(round(total))
    amounts = allocate_tree(units, total, base, weights, unit_lower=low, unit_upper=high)
    fen = round_tree(units, amounts, int(total) * 100, unit_lower=low, unit_upper=high, unit=unit)
    everywhere = np.zeros(len(units), np.int64)
    everywhere[leaves] = fen
    everywhere = sum_up(everywhere, parents)
    assert everywhere[0] == int(total) * 100
    assert not drift(everywhere, parents).any()
    assert (fen % unit == 0).all()
    assert (everywhere[1:] >= np.nan_to_num(low * 100, nan=0)[1:]).all()
    assert (everywhere[1:] <= np.nan_to_num(high * 100, nan=np.inf)[1:]).all()
    assert (np.abs(fen - amounts * 100) < unit + 1e-3).all()


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_raising_a_cap_never_lowers_what_is_possible_nor_worsens_the_optimum(seed):
    rng = np.random.default_rng(seed)
    units, _, _, base, weights, low, high, total = make_problem(rng)
    capped = np.flatnonzero(np.isfinite(high) & (low != high))
    if not capped.size:
        return
    before = allocate_tree(units, total, base, weights, unit_lower=low, unit_upper=high)
    raised = high.copy()
    raised[rng.choice(capped)] += rng.uniform(0, 50)
    after = allocate_tree(units, total, base, weights, unit_lower=low, unit_upper=raised)
    assert distance(after, base, weights) <= distance(before, base, weights) * (1 + 1e-9) + 1e-9

    def most(caps):
        with pytest.raises(InfeasibleTargetError) as caught:
            allocate_tree(units, 1e9, base, weights, unit_lower=low, unit_upper=np.where(np.isnan(caps), 1e6, caps))
        return caught.value.details["sum_upper"]

    assert most(raised) >= most(high)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_refusal_agrees_with_a_linear_program_and_names_a_minimal_set(seed):
    rng = np.random.default_rng(seed)
    units, parents, leaves, base, weights, low, high, total = make_problem(rng, tightness=0.6)
    total *= rng.uniform(0.6, 1.4)
    under = members(parents, leaves)

    def possible(floor, cap, goal):
        rows = np.vstack([under, -under])
        limits = np.concatenate([np.nan_to_num(cap, nan=1e9), -np.nan_to_num(floor, nan=-1e9)])
        return linprog(np.zeros(leaves.size), A_ub=rows, b_ub=limits, A_eq=under[:1] if goal is not None else None,
                       b_eq=[goal] if goal is not None else None, bounds=(0, None)).status == 0

    try:
        allocate_tree(units, total, base, weights, unit_lower=low, unit_upper=high)
        refused = None
    except InfeasibleTargetError as error:
        refused = error
    assert (refused is None) == possible(low, high, total)
    if refused is None:
        return
    for conflict in refused.details["conflicts"]:
        rules = [(r["position"], r["kind"]) for r in conflict["rules"]]
        side = "cap" if conflict["what"].startswith("floors") else "floor"

        def holds(kept, last_side=side, last=rules[-1]):
            floor, cap, goal = np.full(len(units), np.nan), np.full(len(units), np.nan), None
            for position, kind in kept:
                if kind == "total":
                    goal = total
                    continue
                at_last = (position, kind) == last
                if (last_side == "cap") == at_last:
                    cap[position] = high[position]
                else:
                    floor[position] = low[position]
            return possible(floor, cap, goal)

        if conflict["what"].startswith(("floors", "caps")):
            assert not holds(rules)
            assert all(holds([r for r in rules if r != dropped]) for dropped in rules)


ORG = pd.DataFrame({"unit_id": ["co", "east", "west", "E1", "E2", "W1"],
                    "parent_id": [None, "co", "co", "east", "east", "west"],
                    "name": ["Company", "East", "West", "张伟", "张伟", "Wu"]})


def bounds(**rules):
    return np.array([rules.get(unit, np.nan) for unit in ORG["unit_id"]], dtype=float)


@pytest.mark.parametrize(
    ("low", "high", "total", "words", "involved"),
    [
        ({"E1": 60, "E2": 50}, {"east": 100}, 200,
         "floor of 张伟 (E1) 60 + floor of 张伟 (E2) 50 = 110, above cap of East (east) 100",
         {("E1", "floor"), ("E2", "floor"), ("east", "cap")}),
        ({"E1": 70, "E2": 50}, {"E1": 70, "east": 100}, 200, "pin of 张伟 (E1) 70",
         {("E1", "pin"), ("E2", "floor"), ("east", "cap")}),
        ({"east": 100}, {"E1": 40, "E2": 50}, 200, "caps leave too little",
         {("E1", "cap"), ("E2", "cap"), ("east", "floor")}),
        ({"E1": 60}, {"E1": 50}, 200, "floor of 张伟 (E1) 60 is above cap of 张伟 (E1) 50",
         {("E1", "floor"), ("E1", "cap")}),
        ({}, {"east": 80, "west": 70, "W1": 69}, 200, "below total of Company (co) 200",
         {("east", "cap"), ("west", "cap"), ("co", "total")}),
        ({"E1": 150, "W1": 60, "E2": 1}, {}, 200, "above total of Company (co) 200",
         {("E1", "floor"), ("W1", "floor"), ("co", "total")}),
    ],
)
def test_rules_that_clash_are_named(low, high, total, words, involved):
    with pytest.raises(InfeasibleTargetError) as caught:
        allocate_tree(ORG, total, [40, 40, 40], [1, 1, 1], unit_lower=bounds(**low), unit_upper=bounds(**high))
    assert words in str(caught.value)
    assert {(ORG["unit_id"][r["position"]], r["kind"]) for r in caught.value.details["binding"]} == involved


def test_two_clashes_in_different_branches_are_both_named():
    with pytest.raises(InfeasibleTargetError) as caught:
        allocate_tree(ORG, 200, [40, 40, 40], [1, 1, 1], unit_lower=bounds(E1=60, W1=90),
                      unit_upper=bounds(east=50, west=80))
    assert [conflict["unit"] for conflict in caught.value.details["conflicts"]] == ["East (east)", "West (west)"]


def test_sellers_without_weight_stay_at_their_base_and_are_named_when_that_is_the_trouble():
    assert allocate_tree(ORG, 140, [40, 40, 40], [0, 1, 1]).tolist() == [40, 50, 50]
    with pytest.raises(InfeasibleTargetError, match="zero weight of Wu"):
        allocate_tree(ORG, 140, [40, 40, 40], [1, 1, 0], unit_upper=bounds(E1=45, E2=45))


def test_a_seller_opens_into_the_arithmetic():
    plan = solve_tree(ORG, 150, [40, 40, 40], [1, 1, 1], unit_upper=bounds(east=90))
    opened = plan.explain("E1")
    assert opened["amount"] == opened["base"] + opened["multiplier"] * opened["weight"] == 45
    assert plan.nodes.loc["east", "binding"] == "cap"
    assert plan.to_frame()["amount"].tolist() == [150, 90, 60, 45, 45, 60]
    with pytest.raises(InputError, match="must be a seller"):
        plan.explain("east")


def test_a_company_of_one_gets_the_total():
    one = pd.DataFrame({"unit_id": ["co"], "parent_id": [None]})
    assert allocate_tree(one, 5, [3], [1]).tolist() == [5]
    assert round_tree(one, [5.0], 500).tolist() == [500]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base": [1, 2]}, "base has 2 entries"),
        ({"base": [1, 2, np.nan]}, "base is missing"),
        ({"weights": [1, 2, -1]}, "weight == -1"),
        ({"method": "linear"}, "did you mean|Known: entropic"),
        ({"total": np.nan}, "total"),
        ({"unit_upper": [1, 2]}, "unit_upper has 2"),
        ({"base": [1, 2, -3], "method": "entropic"}, "entropic"),
    ],
)
def test_bad_input_is_refused_with_its_reason(change, words):
    given_ = {"total": 100, "base": [1, 2, 3], "weights": [1, 1, 1], **change}
    total, base, weights = given_.pop("total"), given_.pop("base"), given_.pop("weights")
    with pytest.raises(InputError, match=words):
        allocate_tree(ORG, total, base, weights, **given_)


def test_rounding_refuses_pins_between_units_and_rules_that_rounding_breaks():
    with pytest.raises(InputError, match=r"pin of 张伟 \(E1\) == 12.50, must be a multiple of 1"):
        round_tree(ORG, [12.5, 20, 67.5], 10_000, unit_lower=bounds(E1=12.5), unit_upper=bounds(E1=12.5), unit="yuan")
    with pytest.raises(InfeasibleTargetError, match="in multiples of 1"):
        round_tree(ORG, [12.6, 20.6, 66.8], 10_000, unit_upper=bounds(E1=12.6, E2=20.6, W1=66.8), unit="yuan")
    assert round_tree(ORG, [0.5, 20, 79.5], 10_000, unit_lower=bounds(E1=0.4), unit_upper=bounds(E1=0.6),
                      unit="yuan").tolist() == [100, 2000, 7900]
    with pytest.raises(InputError, match="multiple of the unit 100"):
        round_tree(ORG, [1, 2, 3], 601, unit=100)
