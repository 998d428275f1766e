"""Published cases of target decomposition through the kit's own functions."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesplan.calendars.weeks import week_pieces
from salesplan.calendars.working_days import monthly_working_days
from salesplan.errors import InfeasibleTargetError
from salesplan.money import dhondt, sainte_lague, split_exact, to_currency
from salesplan.targets.allocation import allocate_quadratic, equal_probability_targets
from salesplan.targets.capacity import capacity_shares, seller_capacity
from salesplan.targets.growth import annual_growth, check_growth_claims, required_rate
from salesplan.targets.margins import fit_margins
from salesplan.targets.timing import split_months
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases() -> dict[str, dict[str, Any]]:
    path = shared_path("golden", "02_target_decomposition.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def test_largest_remainder_and_divisor_rules_on_the_textbook_votes(cases):
    case = cases["hamilton_wikipedia"]
    votes, seats, expected = case["inputs"]["weights"], case["inputs"]["seats"], case["expected"]
    assert split_exact(seats, votes).tolist() == expected["alloc"]
    assert sainte_lague(seats, votes).tolist() == expected["sainte_lague"]
    assert dhondt(seats, votes).tolist() == expected["dhondt"]


def test_the_alabama_paradox_shows_in_one_rule_and_not_in_the_other(cases):
    case = cases["hamilton_alabama_paradox"]
    weights, expected = case["inputs"]["weights"], case["expected"]
    for seats in case["inputs"]["seats"]:
        assert split_exact(seats, weights).tolist() == expected[f"alloc_{seats}"]
        assert sainte_lague(seats, weights).tolist() == expected[f"divisor_saintelague_{seats}"]


def test_ties_go_to_the_first(cases):
    case = cases["hamilton_ties"]
    assert split_exact(case["inputs"]["total_cents"], case["inputs"]["weights"]).tolist() == case["expected"]["alloc"]


def test_the_week_of_an_even_cascade_does_not_add_up_to_the_year(cases):
    case = cases["seed_calendar_cascade"]
    inputs, expected = case["inputs"], case["expected"]
    claim = inputs["seed"]
    findings = check_growth_claims(annual_amount=inputs["annual"], quarterly_amount=claim["q"],
                                   monthly_amount=claim["m"], weekly_amount=claim["w"])
    assert [finding.key for finding in findings] == ["weeks_in_a_year"]
    details = findings[0].details
    assert details["sum_amount"] == expected["weeks52"]
    assert details["sum_change"] == pytest.approx(expected["error_pct_52_weeks"], abs=1e-6)
    assert details["even_amount"] == pytest.approx(expected["week_equal_52"], abs=1e-6)
    four_week_months = expected["annual_from_4week_month"]
    assert check_growth_claims(annual_amount=four_week_months, weekly_amount=claim["w"], weeks=48) == []
    assert claim["q"] / 13 == pytest.approx(expected["q1_13_weeks_week"], abs=1e-6)
    pieces = week_pieces(pd.period_range("2025-01", "2025-01", freq="M"))
    assert pieces["days"].sum() / 7 == pytest.approx(expected["jan2025_calendar_weeks"], abs=1e-6)


def test_half_as_much_again_is_neither_twelve_a_quarter_nor_four_a_month(cases):
    case = cases["seed_growth_compounding"]
    annual, expected = case["inputs"]["annual"], case["expected"]
    assert required_rate(annual, 4) == pytest.approx(expected["q_needed"], abs=1e-12)
    assert required_rate(annual, 12) == pytest.approx(expected["m_needed"], abs=1e-12)
    assert annual_growth(0.12, 4) == pytest.approx(expected["annual_if_12pct_q"], abs=1e-12)
    assert annual_growth(0.04, 12) == pytest.approx(expected["annual_if_4pct_m"], abs=1e-12)
    assert annual_growth(0.04, 3) == pytest.approx(expected["q_if_4pct_m"], abs=1e-12)
    found = check_growth_claims(annual=annual, quarterly=0.12, monthly=0.04)
    assert {finding.key for finding in found} == {"growth_compounding"}


def test_capacity_with_ramp_hires_and_leavers(cases):
    case = cases["ramp_capacity"]
    inputs, expected = case["inputs"], case["expected"]
    year = pd.period_range("2026-01", "2026-12", freq="M")
    sellers = pd.DataFrame([
        {"seller_id": name,
         "hire_date": year[start].start_time if start else None,
         "leave_date": year[end - 1].end_time.normalize() if end < 12 else None}
        for name, (start, end) in inputs["start_end_month"].items()])
    capacity = seller_capacity(sellers, year, ramp=inputs["ramp"])
    assert capacity.sum(axis=1).to_dict() == pytest.approx(expected["capacity_months"], rel=1e-9)
    shares = capacity_shares(capacity)
    assert shares.to_dict() == pytest.approx(expected["share"], rel=1e-9)
    assert (shares * inputs["total"]).to_dict() == pytest.approx(expected["target"], rel=1e-9)
    exact = split_exact(inputs["total"] * 100, shares.to_numpy(), keys=list(shares.index))
    assert exact.sum() == inputs["total"] * 100


def test_quadratic_allocation_within_bounds(cases):
    case = cases["qp_allocation_bounds"]
    inputs, expected = case["inputs"], case["expected"]
    plan = allocate_quadratic(inputs["total"], inputs["prop"], inputs["base"], inputs["lower"], inputs["upper"])
    assert plan.amounts == pytest.approx(expected["x"], abs=1e-6)
    assert plan.amounts / np.array(inputs["base"]) - 1 == pytest.approx(expected["growth"], abs=1e-6)
    assert plan.multiplier == pytest.approx(expected["mu"], abs=1e-6)
    assert plan.binding.tolist() == ["", "", "cap", "", "", ""]


def test_impossible_bounds_are_refused_with_their_sums(cases):
    case = cases["allocation_infeasible"]
    inputs, expected = case["inputs"], case["expected"]
    with pytest.raises(InfeasibleTargetError) as caught:
        allocate_quadratic(inputs["total"], inputs["lower"], inputs["lower"], inputs["lower"], inputs["upper"])
    assert caught.value.details["sum_lower"] == expected["sum_lower"]
    assert caught.value.details["sum_upper"] == expected["sum_upper"]
    assert {rule["kind"] for rule in caught.value.details["binding"]} == {"cap", "total"}


def test_targets_of_equal_probability(cases):
    case = cases["equal_probability_targets"]
    inputs, expected = case["inputs"], case["expected"]
    targets = equal_probability_targets(inputs["mu"], inputs["sigma"], inputs["total"])
    assert targets["target"].to_numpy() == pytest.approx(expected["targets"], abs=1e-9)
    assert targets["z"].to_numpy() == pytest.approx(expected["z"], abs=1e-9)
    assert targets["p_attain"].to_numpy() == pytest.approx(expected["p_attain"], abs=1e-9)


def test_months_by_season_and_working_days_to_the_cent(cases):
    case = cases["month_split_wd_x_season"]
    inputs, expected = case["inputs"], case["expected"]
    cents = split_months(inputs["annual"] * 100, inputs["seasonal_index_per_workday"], inputs["working_days"])
    assert to_currency(cents).tolist() == expected["monthly_cents"]
    assert to_currency(cents) == pytest.approx(expected["monthly"], abs=case["tolerance"]["abs"] * 2)
    assert cents[:3].sum() / cents.sum() == pytest.approx(expected["share_q1"], abs=1e-9)
    months = pd.period_range("2025-01", "2025-12", freq="M")
    assert monthly_working_days(months)["working_days"].tolist() == inputs["working_days"]


def test_working_days_count_make_up_days(cases):
    case = cases["cn_working_days"]
    for year, days in case["expected"]["working_days"].items():
        months = pd.period_range(f"{year}-01", f"{year}-12", freq="M")
        assert monthly_working_days(months)["working_days"].tolist() == days
        assert sum(days) == case["expected"]["annual"][year]


def test_proportional_fitting_of_a_two_way_table(cases):
    case = cases["ipf_wikipedia"]
    inputs = case["inputs"]
    fitted = fit_margins(inputs["seed"], inputs["rows"], inputs["cols"])
    assert np.allclose(fitted, case["expected"]["fit"], atol=case["tolerance"]["abs"], rtol=0)


def test_structural_zeros_that_cannot_work_are_refused_with_the_culprit(cases):
    inputs = cases["ipf_structural_zero_infeasible"]["inputs"]
    with pytest.raises(InfeasibleTargetError) as caught:
        fit_margins(inputs["seed"], inputs["rows"], inputs["cols"])
    assert "row 0 can only be filled from column 1 (at most 30), but needs 60" in str(caught.value)
    assert (caught.value.details["need"], caught.value.details["most"]) == (60, 30)
