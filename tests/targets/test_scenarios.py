import numpy as np
import pytest
from scipy.special import ndtr

from salesplan.errors import InputError
from salesplan.targets.scenarios import compare_draws, compare_plans, paired_difference
from tests.targets.small_plan import SmallForecast, make_small_plan


def test_identical_scenarios_differ_by_exactly_zero():
    plans = {"A": make_small_plan(), "B": make_small_plan()}
    table = compare_plans(plans).to_frame()
    zero = [c for c in table if "difference" in c or c == "se"]
    assert len(zero) > 8
    assert (table[zero] == 0).all(axis=None)
    assert (table["p_above"] == 0.5).all()
    draws = np.random.default_rng(0).normal(size=(3, 500))
    same = compare_draws({"A": draws, "B": draws.copy()}).table
    assert (same[["difference", "difference_lower", "difference_upper", "se"]] == 0).all(axis=None)


def test_a_higher_target_lowers_the_chance_by_the_paired_share():
    one, two = make_small_plan(growth=0.05), make_small_plan(growth=0.10)
    row = compare_plans({"A": one, "B": two}, draws=20_000).summary().iloc[0]
    assert row["node_id"] == "co|*"
    assert row["target_difference_fen"] == two.nodes.loc["co|*", "target_fen"] - one.nodes.loc["co|*", "target_fen"]
    assert row["difference"] == pytest.approx(-row["target_difference"])
    assert row["difference_lower"] == pytest.approx(row["difference_upper"])
    annual = one.forecast.annual.loc["co|*"]
    exact = [ndtr((annual["mean"] - p.nodes.loc["co|*", "target"]) / annual["sd"]) for p in (one, two)]
    assert row["p_difference"] == pytest.approx(exact[1] - exact[0], abs=0.02)
    assert row["p_difference_lower"] < row["p_difference"] < row["p_difference_upper"]
    assert row["shortfall_difference"] > 0


def test_pairing_narrows_the_interval_of_a_difference():
    rng = np.random.default_rng(2)
    luck = rng.normal(100, 20, 4000)
    paired = paired_difference(luck, luck * 1.02)
    unpaired = paired_difference(luck, rng.permutation(luck) * 1.02)
    assert paired["difference"] == pytest.approx(luck.mean() * 0.02)
    assert paired["difference_upper"] - paired["difference_lower"] < 0.1 * (
        unpaired["difference_upper"] - unpaired["difference_lower"]
    )
    assert paired["se"] < unpaired["se"] / 10


def test_interval_holds_the_stated_share_of_draws():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=5000), rng.normal(size=5000)
    told = paired_difference(a, b, coverage=0.9)
    inside = np.mean((b - a >= told["difference_lower"]) & (b - a <= told["difference_upper"]))
    assert inside == pytest.approx(0.9, abs=0.002)


def test_every_scenario_is_held_against_the_baseline_node_by_node():
    plans = {name: make_small_plan(growth=g) for name, g in (("A", 0.05), ("B", 0.1), ("C", 0.15))}
    comparison = compare_plans(plans, baseline="B", draws=200)
    assert comparison.baseline == "B"
    assert comparison.table["scenario"].tolist()[:2] == ["A", "C"]
    nodes = plans["A"].nodes.index
    assert comparison.table["node_id"].drop_duplicates().tolist() == nodes.tolist()


def test_a_cap_moves_target_between_sellers_and_nothing_at_the_top():
    free, capped = make_small_plan(), make_small_plan(cap=520.0)
    table = compare_plans({"free": free, "capped": capped}, draws=200).table.set_index("node_id")
    assert table.loc["co|*", "target_difference_fen"] == 0
    assert table.loc["d|*", "target_difference_fen"] < 0
    sellers = table.loc[["a|*", "b|*", "c|*", "d|*"], "target_difference_fen"]
    assert sellers.sum() == 0


def test_nodes_that_only_one_plan_has_are_listed():
    one, two = make_small_plan(), make_small_plan()
    two.nodes = two.nodes.drop(index="d|y")
    comparison = compare_plans({"A": one, "B": two}, draws=50)
    assert comparison.only_in == {"A": ["d|y"]}
    assert "d|y" not in set(comparison.table["node_id"])


def test_business_taken_over_counts_as_forecast():
    plan, doubled = make_small_plan(), make_small_plan()
    doubled.nodes.loc["a|*", "forecast"] *= 2
    row = compare_plans({"A": plan, "B": doubled}, node_ids=["a|*"], draws=500).table.iloc[0]
    assert row["p_target"] > row["p_target_baseline"]


def test_other_forecasts_are_compared_on_the_same_luck():
    better = make_small_plan(forecast=SmallForecast({"a": 1100.0, "b": 2200.0, "c": 1650.0, "d": 550.0}))
    better.nodes["target"] = make_small_plan().nodes["target"]
    row = compare_plans({"A": make_small_plan(), "B": better}, draws=2000).summary().iloc[0]
    assert row["difference"] == pytest.approx(500, rel=0.02)
    assert row["difference_lower"] > 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: compare_draws({"A": [1.0]}), "at least two"),
        (lambda: compare_draws({"A": [1.0], "B": [1.0, 2.0]}), "draws of B"),
        (lambda: compare_draws({"A": [1.0], "B": [1.0]}, baseline="C"), "baseline == 'C'"),
        (lambda: compare_draws({"A": [1.0], "B": [1.0]}, node_ids=["x", "y"]), "2 names"),
        (lambda: paired_difference([1.0], [1.0, 2.0]), "equally long"),
        (lambda: paired_difference([1.0], [1.0], coverage=80), "coverage == 80"),
        (lambda: compare_plans({"A": make_small_plan(), "B": make_small_plan()}, node_ids=["zz"]), "zz"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_chances_of_scenarios_are_those_of_the_plan():
    plan, other = make_small_plan(growth=0.05), make_small_plan(growth=0.10)
    for one in (plan, other):  # the company's own interval is wider than independent sellers make it
        one.forecast.annual.loc["co|*", "sd"] *= 3
    row = compare_plans({"A": plan, "B": other}, draws=20_000).summary().iloc[0]
    stated = [float(p.forecast.probability_at_least(p.nodes["target"])["co|*"]) for p in (plan, other)]
    assert row["p_target_baseline"] == pytest.approx(stated[0], abs=0.015)
    assert row["p_target"] == pytest.approx(stated[1], abs=0.015)
