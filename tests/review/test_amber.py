"""Amber catches misses in time, and says what it is worth."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.review.amber import amber_flags, amber_rule
from salesplan.review.outlook import look_ahead
from salesplan.review.projection import project
from tests.review.projected_companies import amber_rates, mid_quarter_companies, mid_year_companies
from tests.review.review_company import make_review_company


def test_amber_in_the_middle_of_the_year_catches_four_in_five_misses_with_one_in_five_false_alarms():
    """Companies of 18 sellers: 20 % monthly luck each, 4 % shared by company and team, drift 3 %, targets spread by 15 %."""
    rows = mid_year_companies().query("level == 'rep'")
    caught, false = amber_rates(rows)
    assert caught >= 0.8 and false <= 0.2, (caught, false)
    assert rows["is_attainable"].all()


def test_amber_in_the_middle_of_a_quarter_is_about_as_good():
    rows = mid_quarter_companies().query("span == 'quarter' and level == 'rep'")
    caught, false = amber_rates(rows)
    assert caught >= 0.75 and false <= 0.25, (caught, false)


def test_the_stated_rates_come_true():
    rows = mid_quarter_companies().query("level == 'rep'")
    for _, part in rows.groupby("span"):
        caught, false = amber_rates(part)
        assert caught == pytest.approx(part["caught_rate"].mean(), abs=0.1)
        assert false == pytest.approx(part["false_alarm_rate"].mean(), abs=0.1)


def test_pure_luck_half_known_allows_three_in_four_only_and_says_so():
    rule = amber_rule([1.0], [np.sqrt(0.5)], draws=100_000)
    assert not rule.is_attainable
    assert rule.caught_rate == pytest.approx(0.75, abs=0.01) and rule.false_alarm_rate == pytest.approx(0.25, abs=0.01)
    assert rule.resolved_rate == pytest.approx(0.5)


def test_more_known_or_targets_that_differ_make_four_in_five_attainable():
    assert amber_rule([1.0], [np.sqrt(0.3)]).is_attainable
    assert amber_rule([1.0], [np.sqrt(0.5)], margin_spread=1.0).is_attainable


def test_the_same_seed_gives_the_same_line():
    assert amber_rule([1.0], [0.6], seed=4) == amber_rule([1.0], [0.6], seed=4)


def test_impossible_spreads_and_rates_are_refused():
    for start, rest in (([0.0], [0.0]), ([1.0], [-1.0]), ([], [])):
        with pytest.raises(InputError):
            amber_rule(start, rest)
    with pytest.raises(InputError):
        amber_rule([1.0], [0.5], catch=1.0)


def test_when_the_period_is_over_amber_is_what_was_missed_and_without_target_there_is_no_flag():
    company = make_review_company(seed=3, as_of="2026-10-31")
    months = pd.PeriodIndex(["2026-10"], freq="M")
    outlook = look_ahead(company.history, company.daily, company.units, as_of="2026-10-31", until=pd.Period("2026-12"))
    some = company.targets[company.targets["scope_id"] != "t1s1"]
    found = project(outlook, some, months=months)
    flags = amber_flags(found, outlook)
    table = found.table
    assert flags.table["is_amber"].tolist() == (table["actual"] < table["target"]).tolist()
    assert not flags.table.set_index("unit_id").loc["t1s1", "is_amber"]
    assert flags.details("co")["caught_rate"] == 1.0
