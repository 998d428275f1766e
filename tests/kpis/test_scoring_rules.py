"""A rule answers every case by name: missing, zero, negative, words; and cannot be written so that better earns less."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError, ParameterError
from salesplan.kpis.scoring_policies import POLICY_TEXT, Policy
from salesplan.kpis.scoring_rules import FORMULAS, FUNCTIONS, ScoringRule

NAN = float("nan")


def rule(function="achievement_rate", **fields):
    return ScoringRule(function=function, **fields)


EVERY_RULE = [
    rule(cap=120), rule("capped", floor=0, cap=110, zero_target="full_if_any"), rule("raw_percentage", full=5, cap=100),
    rule("lower_is_better_reciprocal", cap=120), rule("lower_is_better_linear", floor=None),
    rule("range_score", minimum=6), rule("range_score", minimum=60, direction="lower"),
    rule("piecewise", points=[[0, 0], [60, 0], [80, 60], [100, 100], [120, 150]]),
    rule("piecewise", of="actual", direction="lower", points=[[0, 120], [30, 100], [60, 0]]),
    rule("step_grade", steps=[[0, 0], [60, 60], [90, 100]], missing="peer_median"),
    rule("step_grade", of="actual", direction="lower", steps=[[30, 100], [45, 80]]),
    rule("step_grade", grades={"优秀": 100, "良好": 80}, missing="zero"),
]  # fmt: skip


@pytest.mark.parametrize("one", EVERY_RULE, ids=lambda r: f"{r.function}-{r.direction}")
def test_a_rule_survives_json(one):
    kept = json.loads(json.dumps(one.to_dict()))
    assert ScoringRule.from_dict(kept) == one
    assert one.formula == FORMULAS[one.function]


def test_every_function_has_words_and_every_policy_a_text():
    assert set(FORMULAS) == set(FUNCTIONS) == {one.function for one in EVERY_RULE}
    assert set(POLICY_TEXT) == set(Policy)


@pytest.mark.parametrize(("given_fields", "said"), [
    ({"function": "achievment_rate"}, "did you mean 'achievement_rate'"),
    ({"function": "achievement_rate", "capp": 120}, "did you mean 'cap'"),
    ({"function": "capped", "cap": 120, "floor": None}, "floor is missing"),
    ({"function": "range_score"}, "minimum is missing"),
    ({"function": "piecewise"}, "points is missing"),
    ({"function": "step_grade"}, "steps or grades"),
    ({"function": "achievement_rate", "minimum": 3}, "belongs to range_score"),
    ({"function": "achievement_rate", "direction": "lower"}, "does not fit"),
    ({"function": "lower_is_better_linear", "direction": "higher"}, "does not fit"),
    ({"function": "achievement_rate", "floor": 50, "cap": 20}, "must not lie above"),
    ({"function": "piecewise", "points": [[0, 10], [50, 5]]}, "never lower the score"),
    ({"function": "piecewise", "direction": "lower", "points": [[0, 0], [50, 5]]}, "never lower the score"),
    ({"function": "piecewise", "points": [[50, 0], [50, 5]]}, "rise"),
    ({"function": "step_grade", "steps": [[0, 0], [60, 60], [90, 50]]}, "never lower the score"),
    ({"function": "step_grade", "steps": [[60, 60]], "below": 70}, "never lower the score"),
    ({"function": "range_score", "minimum": 1, "zero_target": "full_if_any"}, "zero_target"),
    ({"function": "achievement_rate", "missing": "ignore"}, "missing == 'ignore'"),
    ({"function": "achievement_rate", "cap": float("inf")}, "finite"),
])  # fmt: skip
def test_a_rule_that_contradicts_itself_is_refused(given_fields, said):
    with pytest.raises(ParameterError, match=said) as caught:
        ScoringRule.from_dict(given_fields, where="scheme s, set core, KPI visits")
    assert "scheme s, set core, KPI visits" in str(caught.value)


def test_missing_actuals_go_by_the_rule_that_is_named():
    actual, target = [80.0, NAN, 100.0, 90.0], 100.0
    assert np.isnan(rule().score(actual, target)[1])
    assert rule(missing="zero").score(actual, target)[1] == 0
    assert rule(missing="peer_median").score(actual, target)[1] == 90
    with pytest.raises(InputError, match=r"actual is missing.*Where: seller b, KPI visits"):
        rule(missing="error").score_figures(actual, target, sellers=list("abcd"), kpi="visits")


def test_the_median_of_nobody_is_left_out_rather_than_invented():
    found = rule(missing="peer_median").score_figures([NAN, NAN], 100.0)
    assert np.isnan(found.score).all()
    assert found.policy.tolist() == [Policy.NO_PEERS_LEFT_OUT] * 2


def test_zero_targets_go_by_the_rule_that_is_named():
    with pytest.raises(InputError, match=r"target == 0, must be above 0.*seller b, KPI visits.*zero_target"):
        rule().score_figures([1.0, 0.0], [5.0, 0.0], sellers=["a", "b"], kpi="visits")
    assert np.isnan(rule(zero_target="exclude").score([5.0, 0.0], 0.0)).all()
    full = rule(zero_target="full_if_any").score_figures([5.0, 0.0, -1.0], 0.0)
    np.testing.assert_array_equal(full.score, [100.0, NAN, 0.0])
    assert full.policy.tolist() == [Policy.ZERO_TARGET_FULL, Policy.ZERO_BOTH_LEFT_OUT, Policy.ZERO_TARGET_MISSED]


def test_where_less_is_better_a_zero_target_is_reached_by_zero():
    found = rule("lower_is_better_linear", zero_target="full_if_any").score([0.0, 2.0], 0.0)
    assert found.tolist() == [100.0, 0.0]


def test_negative_and_missing_targets_are_never_divided_by():
    with pytest.raises(InputError, match="target == -5"):
        rule().score(1.0, -5.0)
    found = rule(negative_target="exclude").score_figures([-9.0, 9.0, 9.0], [-5.0, -5.0, NAN])
    assert np.isnan(found.score).all()
    assert found.policy.tolist()[1:] == [Policy.NEGATIVE_TARGET_LEFT_OUT, Policy.NO_TARGET_LEFT_OUT]
    with pytest.raises(InputError, match="target is missing"):
        rule(missing_target="error").score(1.0, NAN)


def test_a_range_needs_a_target_better_than_its_minimum():
    one = rule("range_score", minimum=6.0)
    for target in (6.0, 5.0):
        with pytest.raises(InputError, match="better than the least acceptable figure 6"):
            one.score(8.0, target)
    kept = rule("range_score", minimum=6.0, zero_target="exclude", negative_target="exclude")
    np.testing.assert_array_equal(kept.score(8.0, [6.0, 5.0, 10.0]), [NAN, NAN, 50.0])
    assert rule("range_score", minimum=60.0, direction="lower").score(45.0, 30.0) == 50


def test_an_actual_of_zero_under_the_reciprocal_is_capped_or_refused():
    assert rule("lower_is_better_reciprocal", cap=120).score([0.0, -3.0], 30.0).tolist() == [120.0, 120.0]
    with pytest.raises(InputError, match="actual == 0.*cap"):
        rule("lower_is_better_reciprocal").score(0.0, 30.0)
    assert np.isnan(rule("lower_is_better_reciprocal", zero_actual="exclude").score(0.0, 30.0))


def test_returns_go_by_the_rule_that_is_named():
    assert rule().score(-5.0, 100.0) == 0
    assert rule(floor=None).score(-5.0, 100.0) == -5
    assert rule(floor=None, negative_actual="zero").score(-5.0, 100.0) == 0
    assert np.isnan(rule(negative_actual="exclude").score(-5.0, 100.0))
    with pytest.raises(InputError, match="actual == -5, must not be negative"):
        rule(negative_actual="error").score(-5.0, 100.0)


def test_grades_in_words_and_numbers_stand_side_by_side():
    one = rule("step_grade", of="actual", steps=[[0, 0], [60, 60], [90, 100]], grades={"优秀": 100, "良好": 80})
    assert one.score([" 良好 ", 95, "60", None]).tolist()[:3] == [80.0, 100.0, 60.0]
    with pytest.raises(InputError, match=r"actual == '良'.*must be a grade.*seller b.*did you mean '良好'"):
        one.score_figures(["优秀", "良"], sellers=["a", "b"], kpi="teamwork")
    with pytest.raises(InputError, match="must be a number"):
        rule().score(["九十"], 100.0)
    with pytest.raises(InputError, match="must be one of 优秀"):
        rule("step_grade", grades={"优秀": 100}).score([3.0])


def test_infinite_figures_are_refused():
    with pytest.raises(InputError, match="finite"):
        rule().score(float("inf"), 1.0)
    with pytest.raises(InputError, match="finite"):
        rule().score(1.0, float("inf"))


def test_many_draws_score_like_each_of_them():
    rng = np.random.default_rng(3)
    actual, target = rng.normal(50, 60, (40, 7)), rng.uniform(20, 90, (40, 1))
    for one in (rule(cap=120), rule("lower_is_better_reciprocal", cap=120), rule("range_score", minimum=5)):
        together = one.score(actual, target)
        assert together.shape == (40, 7)
        for at in range(7):
            np.testing.assert_array_equal(together[:, at], one.score(actual[:, at], target[:, 0]))


@settings(max_examples=60, deadline=None)
@given(
    which=st.sampled_from(EVERY_RULE[:-1]), a=st.floats(-500, 500), b=st.floats(-500, 500), target=st.floats(7, 59),
    policy=st.sampled_from(["as_is", "zero"]), cap=st.one_of(st.none(), st.floats(0, 200)), floor=st.floats(-50, 0),
)  # fmt: skip
def test_a_better_actual_never_lowers_a_score(which, a, b, target, policy, cap, floor):
    fields = which.to_dict() | {"negative_actual": policy, "cap": 130 if cap is None else cap, "floor": floor}
    one = ScoringRule.from_dict(fields)
    worse, better = (min(a, b), max(a, b)) if one.direction == "higher" else (max(a, b), min(a, b))
    scores = one.score([worse, better], target)
    assert scores[0] <= scores[1]
    assert one.floor <= scores.min() and scores.max() <= one.cap


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_points_that_are_accepted_never_fall(data):
    edges = sorted(data.draw(st.sets(st.integers(0, 200), min_size=2, max_size=5)))
    worth = data.draw(st.lists(st.integers(0, 150), min_size=len(edges), max_size=len(edges)))
    field = data.draw(st.sampled_from(["piecewise:points", "step_grade:steps"]))
    direction = data.draw(st.sampled_from(["higher", "lower"]))
    function, name = field.split(":")
    fields = {"function": function, name: list(zip(edges, worth, strict=True)), "of": "actual", "direction": direction}
    x = np.linspace(-10, 210, 441)
    falls = np.diff(worth if direction == "higher" else worth[::-1]) < 0
    if falls.any():
        with pytest.raises(ParameterError, match="never lower"):
            ScoringRule(**fields)
    else:
        step = np.diff(ScoringRule(**fields).score(x))
        assert (step >= -1e-9).all() if direction == "higher" else (step <= 1e-9).all()
