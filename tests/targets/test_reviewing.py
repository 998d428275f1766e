"""The review knows the facts: capacity, fairness, sellers nothing is forecast for."""

import pandas as pd
import pytest

from salesplan.targets import (
    TargetParameters,
    forecast_year,
    plan_capacity_gap,
    review_targets,
    set_targets,
    year_to_plan,
)
from tests.targets.company import make_facts

BASE = TargetParameters(language="en")


def planned(facts, **changes):
    parameters = BASE.with_changes(**changes)
    year = year_to_plan(facts, parameters)
    return set_targets(facts, forecast_year(facts, parameters, year), parameters, year=year)


@pytest.fixture(scope="module")
def facts():
    return make_facts()


@pytest.fixture(scope="module")
def plan(facts):
    return planned(facts)


def test_findings_come_with_words_in_both_languages(plan, facts):
    findings = review_targets(plan, facts)
    keys = [finding.key for finding in findings]
    assert "capacity_gap" in keys
    assert len(set(keys)) > 5
    for finding in findings:
        assert finding.text("zh") != finding.text("en")
        assert "{" not in finding.text("zh") + finding.text("en") + finding.action_text("zh") + finding.action_text("en")


def test_a_larger_target_is_harder_to_produce(facts, plan):
    more = planned(facts, growth=0.6, max_growth=None)
    assert plan_capacity_gap(more, facts).p_short > plan_capacity_gap(plan, facts).p_short


def test_nobody_leaving_is_no_worse_than_many_leaving(facts):
    stay = plan_capacity_gap(planned(facts, attrition_rate=0.0), facts)
    go = plan_capacity_gap(planned(facts, attrition_rate=0.5), facts)
    assert stay.output.mean() > go.output.mean()


def test_capacity_is_not_judged_from_one_seller(facts):
    alone = make_facts()
    alone.sellers["hire_date"] = pd.Timestamp("2026-12-01")
    assert plan_capacity_gap(planned(facts), alone) is None
