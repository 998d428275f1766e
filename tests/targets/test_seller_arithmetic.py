import pytest

from salesplan.targets.seller_arithmetic import binding_side, rule_name, seller_parts, seller_weight_details
from tests.targets.small_plan import make_small_plan


@pytest.mark.parametrize(
    ("rule", "side", "name"),
    [
        ("floor+max_growth", "upper", "most growth"),
        ("floor+max_growth", "lower", "floor"),
        ("pin", "lower", "pin"),
        ("", "upper", "cap"),
        ("", "lower", "floor"),
        ("no_capacity", "upper", "no capacity in the year"),
    ],
)
def test_the_rule_behind_a_bound_is_named(rule, side, name):
    assert rule_name(rule, side) == name


def test_bounds_are_felt_within_a_rounding_unit():
    plan = make_small_plan()
    target = plan.sellers["target_fen"] / 100
    plan.sellers["upper"] = [target["a"] + 1.4, target["b"] + 5.0, 9e9, 9e9]
    plan.sellers["lower"] = [0.0, 0.0, target["c"] - 1.4, target["d"] - 5.0]
    assert binding_side(plan).tolist() == ["upper", "", "lower", ""]


def test_a_seller_without_capacity_stands_at_zero():
    plan = make_small_plan()
    plan.sellers.loc["d", ["target_fen", "lower", "upper", "base", "forecast", "carried_forecast", "weight"]] = 0
    assert binding_side(plan)["d"] == "upper"
    assert sum(part[2] for part in seller_parts(plan, "d", 0)) == 0


def test_potential_is_named_when_it_is_known():
    plan = make_small_plan()
    plan.sellers["potential_share"] = 0.25
    text, details = seller_weight_details(plan, plan.sellers.loc["a"])
    assert "{potential_share} of the potential" in text
    assert details["potential_share"] == 0.25


def test_a_rule_of_the_unit_above_is_told_apart_from_rounding():
    plan = make_small_plan()
    plan.sellers.loc["a", "target_fen"] += 5_000
    plan.sellers.loc["b", "target_fen"] -= 9_000
    parts = seller_parts(plan, "b", int(plan.sellers.loc["b", "target_fen"]))
    assert parts[-1][0].startswith("Rules of the units above")
    assert sum(part[2] for part in parts) == plan.sellers.loc["b", "target_fen"]


def test_the_anchor_is_a_part_of_its_own():
    plan = make_small_plan()
    plan.sellers["base"] += 50.0
    parts = seller_parts(plan, "a", int(plan.sellers.loc["a", "target_fen"]))
    assert [p[2] for p in parts if p[0].startswith("Moved")] == [5_000]
