"""Parameters of KPI weighting: each fault is named with the parameter, its value and the rule."""

import pytest

from salesplan.errors import ParameterError
from salesplan.kpis.default_scheme import default_scheme
from salesplan.kpis.parameters import KpiParameters, ratio_of

BEST_WORST = {"best": "a", "worst": "c", "best_to_others": {"b": 2, "c": 8}, "others_to_worst": {"a": 8, "b": 4}}


def test_defaults_are_valid_and_agree_with_the_default_scheme():
    given = KpiParameters.read({})
    made = default_scheme()
    assert given.scheme_name == made.name
    assert (given.weight_step, given.result_share) == (made.step, made.result_share)
    assert sum(given.forced_distribution.values()) == pytest.approx(1)


def test_every_parameter_is_described_and_survives_a_round_trip():
    assert all(field.description for field in KpiParameters.model_fields.values())
    given = KpiParameters.read({"period": "2026Q3", "judgments": {"王": {"a/b": "1/3", "b/c": 2}}, "best_worst": BEST_WORST,
                                "method": "best_worst", "weights": {"a": 0.5, "b": 0.5}})
    assert KpiParameters.read(given.model_dump()) == given


@pytest.mark.parametrize(("values", "message"), [
    ({"objectiv_share": 0.1}, "objectiv_share is not a parameter.*did you mean 'objective_share'"),
    ({"objective_share": 0.31}, "objective_share == 0.31.*0.3"),
    ({"period": "2026-13"}, "period == '2026-13'"),
    ({"weight_step": 0.3}, "weight_step == 0.3.*divide 1"),
    ({"method": "guess"}, "method == 'guess'"),
    ({"weights": {"a": 0.5, "b": 0.4}}, "weights adds up to 0.9, must add up to 1"),
    ({"weights": {"a": 1.5, "b": -0.5}}, "weights a == 1.5, must be a fraction"),
    ({"forced_distribution": {"A": 20, "B": 80}}, "forced_distribution A == 20"),
    ({"judgments": {"王": {"a-b": 3}}}, "judgments 王: 'a-b' must name two different KPIs"),
    ({"judgments": {"王": {"a/a": 3}}}, "must name two different KPIs"),
    ({"judgments": {"王": {"a/b": 0}}}, "王, a/b == 0, must be a ratio above 0"),
    ({"judgments": {"王": {"a/b": "1/0"}}}, "a/b == '1/0', must be a ratio above 0"),
    ({"judgments": {"王": {"a/b": "three"}}}, "a/b == 'three'"),
    ({"best_worst": {"best": "a"}}, "best_worst must hold exactly"),
    ({"best_worst": {**BEST_WORST, "worst": "a"}}, "best and worst must be two KPIs"),
    ({"best_worst": {**BEST_WORST, "best_to_others": {"b": 10}}}, "best_to_others, b == 10, must be a number from 1 to 9"),
    ({"best_worst": {**BEST_WORST, "best_to_others": 3}}, "best_to_others must be a mapping"),
    ({"method": "best_worst_nonlinear"}, "best_worst must be given when method == 'best_worst_nonlinear'"),
    ({"process_kpis": ["sales_amount"]}, "process_kpis holds the outcome sales_amount"),
    ({"min_group": 1}, "min_group == 1"),
    ({"result_rule": "maybe"}, "result_rule == 'maybe'"),
])
def test_faults_are_named(values, message):
    with pytest.raises(ParameterError, match=message):
        KpiParameters.read(values)


@pytest.mark.parametrize(("values", "message"), [
    ({"period": "foo"}, "period == 'foo', must be a month, quarter, ISO week or year. Where: KPI weighting parameters. "
                        "Fix: Write 2026-10, 2026Q3, 2026-W41 or 2026."),
    ({"weight_step": 0.3}, "weight_step == 0.3, must divide 1 into whole steps. Where: KPI weighting parameters. "
                           "Fix: Use 0.05, 0.1, 0.025, 0.02 or 0.01."),
])
def test_a_fault_found_by_a_deeper_check_is_said_once(values, message):
    with pytest.raises(ParameterError) as refused:
        KpiParameters.read(values)
    assert str(refused.value) == message


def test_a_notebook_hands_over_only_what_is_a_parameter():
    assert KpiParameters.from_notebook({"pd": object(), "period": "2026-10", "seed": 3}).seed == 3


def test_changes_are_checked_again():
    given = KpiParameters().with_changes(result_share=0.5)
    assert given.result_share == 0.5
    with pytest.raises(ParameterError, match="result_share == 2"):
        given.with_changes(result_share=2)


@pytest.mark.parametrize(("written", "ratio"), [
    (3, 3.0), ("3", 3.0), ("1/3", 1 / 3), ("1:3", 1 / 3), (" 2 / 3 ", 2 / 3), (0.25, 0.25), ("0.25", 0.25),
    (0, None), (-2, None), ("", None), ("1/0", None), (float("inf"), None), (float("nan"), None), ("1/2/3", None),
])
def test_ratios_as_people_write_them(written, ratio):
    assert ratio_of(written) == ratio
