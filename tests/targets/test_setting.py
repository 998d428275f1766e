"""A plan is exact at every node in every direction, and keeps every rule."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.money import UNITS
from salesplan.targets import TargetParameters, forecast_year, set_targets, year_to_plan
from tests.targets.company import make_facts

BASE = TargetParameters(language="en")


@pytest.fixture(scope="module")
def facts():
    return make_facts()


@pytest.fixture(scope="module")
def year(facts):
    return year_to_plan(facts, BASE)


@pytest.fixture(scope="module")
def forecast(facts, year):
    return forecast_year(facts, BASE, year)


@pytest.fixture(scope="module")
def set_with(facts, forecast, year):
    return lambda **changes: set_targets(facts, forecast, BASE.with_changes(**changes), year=year)


@pytest.fixture(scope="module")
def plan(set_with):
    return set_with()


def test_the_year_after_the_data_is_planned(year):
    assert year.label == "2027"
    assert list(year.quarters.values())[::3] == ["2027Q1", "2027Q2", "2027Q3", "2027Q4"]


@pytest.mark.parametrize("level", ["floor", "target", "stretch"])
def test_every_node_is_the_sum_of_its_children_and_of_its_periods(plan, level):
    fen = plan.nodes[f"{level}_fen"]
    children = fen.groupby(plan.nodes["parent_id"]).sum()
    assert (children == fen[children.index]).all()
    company = plan.nodes.loc[[f"co|{line}" for line in plan.lines], f"{level}_fen"].sum()
    assert company == fen.iloc[0] == plan.company.loc[level, "amount_fen"]
    for node in ["co|*", "east|仪器", "e1|*", "E0|耗材"]:
        for by in ["quarter", "month", "week"]:
            assert round(plan.table(node, by=by)[level].sum() * 100) == fen[node]


@pytest.mark.parametrize("unit", ["fen", "yuan", "thousand"])
def test_every_cell_is_a_multiple_of_the_unit(set_with, unit):
    cells = set_with(unit=unit).cells
    assert (cells[["floor_fen", "target_fen", "stretch_fen"]] % UNITS[unit] == 0).all(axis=None)


def test_growth_is_over_the_years_total(plan, forecast):
    last = forecast.annual["last_year"].iloc[0]
    assert plan.company.loc["target", "amount"] == pytest.approx(last * 1.12, abs=1)
    assert plan.company.loc["floor", "amount"] == pytest.approx(plan.company.loc["target", "amount"] * 0.9, abs=1)


def test_chances_fall_from_floor_to_stretch_everywhere(plan):
    n = plan.nodes[plan.nodes["target_fen"] > 0]
    assert plan.nodes.loc[plan.nodes["target_fen"] == 0, "p_target"].isna().all()
    assert (n["p_floor"] >= n["p_target"] - 1e-12).all()
    assert (n["p_target"] >= n["p_stretch"] - 1e-12).all()


def test_forecast_and_stretch_add_up_to_the_target(plan):
    n = plan.nodes
    np.testing.assert_allclose(n["forecast"] + n["stretch_part"], n["target"], atol=1e-6)


def test_the_business_of_former_staff_is_carried_by_colleagues(plan, forecast):
    assert plan.nodes.loc["w1/former|*", "target_fen"] == 0
    total = forecast.annual["mean"].iloc[0]
    assert plan.sellers["carried_forecast"].sum() == pytest.approx(total)
    assert plan.nodes.loc["w1|*", "forecast"] == pytest.approx(forecast.annual.loc["w1|*", "mean"])


def test_order_of_sellers_changes_nothing(plan):
    shuffled = make_facts(order=np.array([5, 2, 7, 0, 3, 6, 1, 4]))
    year = year_to_plan(shuffled, BASE)
    other = set_targets(shuffled, forecast_year(shuffled, BASE, year), BASE, year=year)
    both = plan.nodes[["target_fen", "floor_fen"]].join(other.nodes[["target_fen", "floor_fen"]], rsuffix="_other")
    assert (both["target_fen"] == both["target_fen_other"]).all()
    assert (both["floor_fen"] == both["floor_fen_other"]).all()


def test_the_same_parameters_give_the_same_plan(plan, set_with):
    pd.testing.assert_frame_equal(plan.cells, set_with().cells)


def test_pins_floors_and_caps_hold_to_the_fen(set_with):
    plan = set_with(rules=[
        {"unit": "E0", "kind": "pin", "amount": 2_345_678.90, "reason": "agreed"},
        {"unit": "西部", "kind": "cap", "amount": 7_000_000, "reason": "ceiling"},
    ], unit="fen", max_growth=None, min_growth=None)
    assert plan.sellers.loc["E0", "target_fen"] == 234_567_890
    assert plan.nodes.loc["west|*", "target_fen"] <= 700_000_000
    assert "pin" in plan.sellers.loc["E0", "rule"]


def test_two_people_of_one_name_must_be_named_by_id(set_with):
    with pytest.raises(InputError, match=r"E0.*E1"):
        set_with(rules=[{"unit": "张伟", "kind": "pin", "amount": 1_000_000, "reason": "?"}])


def test_rules_that_cannot_hold_are_refused_by_name(set_with):
    with pytest.raises(InfeasibleTargetError) as error:
        set_with(rules=[{"unit": "华东", "kind": "cap", "amount": 100, "reason": "x"},
                        {"unit": "西部", "kind": "cap", "amount": 100, "reason": "x"}])
    assert "华东" in str(error.value)
    assert "西部" in str(error.value)


def test_a_line_held_at_its_growth_holds_and_so_do_the_sellers(set_with, forecast):
    plan = set_with(line_growth={"仪器": 0.3})
    expected = forecast.annual.loc["co|仪器", "last_year"] * 1.3
    assert plan.nodes.loc["co|仪器", "target"] == pytest.approx(expected, abs=1)
    assert plan.nodes.loc["co|*", "target_fen"] == plan.company.loc["target", "amount_fen"]


def test_lines_that_take_more_than_the_total_are_refused(set_with):
    with pytest.raises(InfeasibleTargetError, match="line_growth"):
        set_with(line_growth={"仪器": 0.9, "耗材": 0.9})


def test_months_on_leave_carry_less(plan):
    months = plan.table("E2|*", by="month")["target"]
    alike = plan.table("E3|*", by="month")["target"]
    assert months["2027-04"] == 0
    assert alike["2027-04"] > 0
    assert plan.sellers.loc["E2", "capacity_months"] == pytest.approx(9.0, abs=0.05)


def test_run_rate_growth_asks_less_of_the_year_than_the_sum(set_with):
    assert set_with(growth=0.5, growth_basis="run_rate", max_growth=None).company.loc["target", "growth"] < 0.5


@pytest.mark.parametrize(("change", "share"), [({"target_by": "probability", "target_probability": 0.3}, 0.3),
                                               ({"floor_by": "probability", "floor_value": 0.9}, 0.9)])
def test_a_level_set_by_chance_has_that_chance(set_with, change, share):
    plan = set_with(**change)
    level = "target" if "target_by" in change else "floor"
    assert plan.company.loc[level, "p_attain"] == pytest.approx(share, abs=0.01)


def test_levels_that_cross_are_refused_with_their_amounts(set_with):
    with pytest.raises(InputError, match="floor"):
        set_with(floor_by="probability", floor_value=0.01)


@pytest.mark.parametrize("allocation", ["quadratic", "entropic"])
@pytest.mark.parametrize("anchor", [0.0, 1.0])
def test_both_allocations_with_and_without_the_forecast(set_with, allocation, anchor):
    plan = set_with(allocation=allocation, forecast_anchor=anchor, max_growth=None, min_growth=None)
    assert plan.sellers["target_fen"].sum() == plan.company.loc["target", "amount_fen"]


def test_nobody_able_to_sell_is_said(facts, forecast, year):
    gone = make_facts()
    gone.sellers["leave_date"] = pd.Timestamp("2026-12-31")
    with pytest.raises(InputError, match="sellers able to sell"):
        set_targets(gone, forecast, BASE, year=year)


@pytest.mark.parametrize(("number", "says"), [(2026, "must not be over"), (2030, "must be at most 12")])
def test_a_year_that_is_over_or_too_far_is_refused(facts, number, says):
    with pytest.raises(InputError, match=says):
        year_to_plan(facts, BASE.with_changes(plan_year=number))


def test_a_frame_by_level_has_a_row_a_unit_and_a_column_a_quarter(plan):
    frame = plan.to_frame(level="region", by="quarter")
    assert frame.shape == (2, 6)
    assert frame.iloc[:, 2:].sum().sum() == pytest.approx(plan.company.loc["target", "amount"])


def test_an_unknown_node_is_answered_with_the_nearest(plan):
    with pytest.raises(InputError, match="eest"):
        plan.table("eest|*")


def test_a_leaver_keeps_only_the_forecast_of_the_days_they_are_there(facts, forecast, year):
    leaving = make_facts()
    leaving.sellers.loc[leaving.sellers["seller_id"] == "E5", "leave_date"] = pd.Timestamp("2027-02-10")
    plan = set_targets(leaving, forecast, BASE, year=year)
    own, carried = plan.sellers.loc["E5", ["forecast", "carried_forecast"]]
    assert 0.05 < carried / own < 0.2
    assert plan.sellers.loc["E5", "target_fen"] / 100 < 0.25 * own
    assert plan.sellers["carried_forecast"].sum() == pytest.approx(forecast.annual["mean"].iloc[0])
    assert plan.sellers.loc["E6", "carried_forecast"] > plan.sellers.loc["E6", "forecast"]
    assert plan.table("E5|*", by="month")["target"]["2027-03":].sum() == 0


def test_forecast_part_and_stretch_part_add_up_even_below_the_forecast(set_with):
    nodes = set_with(growth=-0.2, min_growth=None).nodes
    np.testing.assert_allclose(nodes["forecast_part"] + nodes["stretch_part"], nodes["target"], atol=1e-6)
    assert nodes["stretch_part"].iloc[0] < 0


def test_who_inherits_everything_gets_a_chance_between_none_and_all():
    heir = make_facts()
    heir.history.loc[:, [("E6", "仪器"), ("E6", "耗材")]] = 0.0
    year = year_to_plan(heir, BASE)
    outlook = forecast_year(heir, BASE, year)
    leaving = heir.sellers["seller_id"].isin(["E5", "E7"])
    heir.sellers.loc[leaving, "leave_date"] = pd.Timestamp("2026-12-31")
    plan = set_targets(heir, outlook, BASE.with_changes(max_growth=None, min_growth=None), year=year)
    assert plan.nodes.loc["E6|*", "forecast"] > 0
    assert 0.001 < plan.nodes.loc["E6|*", "p_target"] < 0.999


def test_growth_that_the_common_limit_cannot_carry_is_refused_by_its_name(set_with):
    with pytest.raises(InfeasibleTargetError, match="max_growth == 0.6"):
        set_with(growth=1.5)
    with pytest.raises(InfeasibleTargetError, match="min_growth == -0.3"):
        set_with(growth=-0.9)


def test_a_year_that_has_begun_says_so_and_keeps_what_was_sold():
    from salesplan.targets import review_targets

    begun = make_facts(months=34)
    begun.history.index = pd.period_range(end="2027-04", periods=34, freq="M", name="month")
    parameters = BASE.with_changes(plan_year=2027, max_growth=None, min_growth=None)
    year = year_to_plan(begun, parameters)
    plan = set_targets(begun, forecast_year(begun, parameters, year), parameters, year=year)
    assert any(note["details"].get("n") == 4 for note in plan.notes)
    sold = begun.history.loc["2027-01":"2027-04"].sum().sum()
    assert plan.forecast.annual["facts"].iloc[0] == pytest.approx(sold)
    findings = review_targets(plan, begun)
    assert "capacity_gap" not in [finding.key for finding in findings]
    assert all(finding.due is None or finding.due >= pd.Timestamp("2027-05-01").date() for finding in findings)
