"""Growth means one thing at a time; what does not add up is caught by name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.targets.growth import (
    Growth,
    annual_growth,
    check_growth_claims,
    growth_from_target,
    required_rate,
    required_rates,
    target_from_growth,
)


@settings(max_examples=60, deadline=None)
@given(st.floats(-0.9, 5), st.integers(1, 52), st.sampled_from(["run_rate", "year_sum"]), st.booleans())
def test_the_rate_each_period_comes_to_the_annual_growth(annual, periods, basis, compounding):
    if not compounding and basis == "run_rate" and annual < -0.5:
        return
    rate = required_rate(annual, periods, basis=basis, compounding=compounding)
    assert annual_growth(rate, periods, basis=basis, compounding=compounding) == pytest.approx(annual, abs=1e-9)


def test_half_as_much_again_has_four_readings():
    table = required_rates(0.5).set_index(["basis", "compounding"])["month_growth"]
    assert table["run_rate", True] == pytest.approx(0.034366, abs=1e-6)
    assert table["run_rate", False] == pytest.approx(0.5 / 12)
    assert table["year_sum", True] == pytest.approx(0.0610, abs=5e-5)
    assert table["year_sum", False] == pytest.approx(2 * 0.5 / 13)


def test_one_path_told_in_both_meanings():
    growth = Growth(rate=0.5, basis="year_sum")
    as_level = growth.as_basis("run_rate")
    assert np.allclose(as_level.path(), growth.path())
    assert as_level.as_basis("year_sum").rate == pytest.approx(0.5)
    assert growth.as_basis("year_sum").rate == 0.5


def test_targets_follow_the_meaning():
    assert target_from_growth([100, 200], Growth(rate=0.5)).tolist() == [150, 300]
    run_rate = Growth(rate=1.04**12 - 1, basis="run_rate")
    assert float(target_from_growth(100, run_rate)) == pytest.approx(130.22, abs=0.005)
    assert growth_from_target(100, 150) == 0.5
    assert np.isnan(growth_from_target(0, 150))


def test_rates_that_do_not_compound_are_caught_with_what_they_come_to():
    findings = check_growth_claims(annual=0.5, quarterly=0.12)
    assert [f.key for f in findings] == ["growth_compounding"]
    details = findings[0].details
    assert details["compounded_growth"] == pytest.approx(0.57351936)
    assert details["needed_growth"] == pytest.approx(0.1066819197)
    monthly = check_growth_claims(annual=0.5, monthly=0.04)[0].details
    assert monthly["compounded_growth"] == pytest.approx(0.6010322186)
    assert monthly["sum_growth"] == pytest.approx(0.0610, abs=5e-5)


def test_either_meaning_of_a_right_claim_is_accepted():
    assert check_growth_claims(annual=0.5, quarterly=0.1067, monthly=0.0344) == []
    assert check_growth_claims(annual=0.5, monthly=0.061) == []


def test_weeks_that_make_more_than_the_year_are_caught():
    finding = check_growth_claims(annual_amount=60_000_000, quarterly_amount=15_000_000, monthly_amount=5_000_000,
                                  weekly_amount=1_250_000)
    assert [f.key for f in finding] == ["weeks_in_a_year"]
    assert finding[0].details["sum_amount"] == 65_000_000
    assert finding[0].details["sum_change"] == pytest.approx(1 / 12)
    assert finding[0].details["even_amount"] == pytest.approx(1_153_846.1538)
    assert check_growth_claims(annual_amount=60_000_000, weekly_amount=1_250_000, weeks=48) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_findings_speak_both_languages(lang):
    findings = check_growth_claims(annual=0.5, quarterly=0.12, monthly=0.04, annual_amount=6e7, quarterly_amount=1e7,
                                   monthly_amount=1e6, weekly_amount=1.25e6)
    assert len(findings) == 6
    spoken = [f.text(lang) + f.action_text(lang) for f in findings]
    assert all("{" not in text for text in spoken)
    if lang == "zh":
        assert spoken[-1].startswith("每周125.0万，52周合计6,500.0万，而不是6,000.0万")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Growth(rate=-1.0), "above -1"),
        (lambda: Growth(rate=0.1, basis="annual"), "meaning of growth"),
        (lambda: Growth(rate=0.1).per("week"), "part of the year"),
        (lambda: Growth(rate=0.1).as_basis("x"), "meaning of growth"),
        (lambda: required_rate(-2, 4), "above -1"),
        (lambda: required_rate(0.1, 0), "at least 1"),
        (lambda: required_rate(0.1, 4, basis="x"), "meaning of growth"),
        (lambda: target_from_growth(np.nan, Growth(rate=0.1)), "missing"),
        (lambda: check_growth_claims(annual_amount=0, weekly_amount=1), "above zero"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()
