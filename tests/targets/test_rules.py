"""Rules as analysts write them: read, matched to people, turned into bounds, contradictions named."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InfeasibleTargetError, InputError
from salesplan.targets.rules import find_unit, read_rules, rule_bounds

UNITS = pd.DataFrame({
    "unit_id": ["co", "east", "E0041", "E0042", "E0043"],
    "parent_id": [None, "co", "east", "east", "east"],
    "name": ["公司", "华东", "张伟 (E0041)", "张伟 (E0042)", "李娜"],
})
LAST_YEAR = pd.Series({"co": 300.0, "east": 300.0, "E0041": 100.0, "E0042": 200.0, "E0043": 0.0})


def bounds(*rules, **options):
    return rule_bounds(read_rules(list(rules)), UNITS, last_year=LAST_YEAR, **options)


def test_without_rules_nothing_is_bound():
    free = bounds()
    assert free["lower"].tolist() == [0.0] * 5
    assert np.isinf(free["upper"]).all()
    assert (free["rule"] == "").all()


def test_growth_limits_hold_for_sellers_with_a_full_year_only():
    limited = bounds(min_growth=-0.3, max_growth=0.6, full_year={"E0041", "E0043"})
    assert limited.loc["E0041", ["lower", "upper"]].tolist() == [70.0, 160.0]
    assert limited.loc["E0042", ["lower", "upper"]].tolist() == [0.0, np.inf]
    assert limited.loc["E0043", "upper"] == np.inf
    assert limited.loc["east", "upper"] == np.inf
    assert limited.loc["E0041", "rule"] == "min_growth+max_growth"


def test_a_rule_by_name_goes_before_the_common_limits():
    own = bounds({"unit": "E0041", "kind": "floor", "amount": 500, "reason": "key account"},
                 {"unit": "E0042", "kind": "cap", "growth": -0.5}, min_growth=-0.3, max_growth=0.6)
    assert own.loc["E0041", ["lower", "upper"]].tolist() == [500.0, np.inf]
    assert own.loc["E0041", "reason"] == "key account"
    assert own.loc["E0042", ["lower", "upper"]].tolist() == [0.0, 100.0]
    pinned = bounds({"unit_id": "李娜", "kind": "pin", "amount": "80"})
    assert pinned.loc["E0043", ["lower", "upper", "rule"]].tolist() == [80.0, 80.0, "pin"]


def test_units_can_be_bound_too():
    assert bounds({"unit": "华东", "kind": "cap", "growth": 0.1}).loc["east", "upper"] == pytest.approx(330)


def test_two_people_of_one_name_must_be_told_apart_by_id():
    with pytest.raises(InputError, match="is the name of 2: E0041, E0042") as caught:
        bounds({"unit": "张伟", "kind": "pin", "amount": 1})
    assert caught.value.details["unit_ids"] == ["E0041", "E0042"]
    assert find_unit("张伟 (E0042)", UNITS) == "E0042"


def test_an_unknown_unit_is_named_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean E0043"):
        bounds({"unit": "E00043", "kind": "pin", "amount": 1})
    with pytest.raises(InputError, match="Use an id"):
        bounds({"unit": "zzzzzz", "kind": "pin", "amount": 1})


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([("floor", 50), ("cap", 40)], "floor of 张伟 (E0041) 50.00 is above cap"),
        ([("pin", 50), ("cap", 40)], "pin of 张伟 (E0041) 50.00 is above cap"),
        ([("pin", 50), ("floor", 60)], "floor of 张伟 (E0041) 60.00 is above pin"),
    ],
)
def test_rules_of_one_person_that_contradict_are_named(rules, words):
    with pytest.raises(InfeasibleTargetError) as caught:
        bounds(*({"unit": "E0041", "kind": kind, "amount": amount} for kind, amount in rules))
    assert words in str(caught.value)
    assert len(caught.value.details["binding"]) == 2


def test_the_same_kind_twice_must_agree():
    same = {"unit": "E0041", "kind": "cap", "amount": 5}
    assert bounds(same, dict(same)).loc["E0041", "upper"] == 5
    with pytest.raises(InputError, match=r"given twice: 5\.00 and 6\.00"):
        bounds(same, {**same, "amount": 6})


def test_sellers_without_capacity_carry_nothing_and_cannot_be_pinned():
    assert bounds(unable={"E0043"}).loc["E0043", ["lower", "upper"]].tolist() == [0.0, 0.0]
    with pytest.raises(InfeasibleTargetError, match="no capacity"):
        bounds({"unit": "E0043", "kind": "pin", "amount": 5}, unable={"E0043"})


def test_growth_needs_a_last_year():
    with pytest.raises(InputError, match=r"is a growth, but last year is 0\.00"):
        bounds({"unit": "E0043", "kind": "cap", "growth": 0.1})


def test_common_limits_must_not_cross():
    with pytest.raises(InputError, match="must not exceed"):
        bounds(min_growth=0.3, max_growth=0.1)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"unit": "a", "kind": "celing", "amount": 1}, "kind == 'celing'"),
        ({"unit": "a", "kind": "cap"}, "either an amount or a growth"),
        ({"unit": "a", "kind": "cap", "amount": 1, "growth": 0.1}, "either an amount or a growth"),
        ({"unit": "a", "kind": "cap", "amout": 1}, "did you mean 'amount'"),
        ({"kind": "cap", "amount": 1}, "unit is missing"),
        ({"unit": "a", "kind": "cap", "amount": "lots"}, "must be a number"),
        ({"unit": "a", "kind": "cap", "amount": float("inf")}, "finite"),
        ({"unit": "a", "kind": "cap", "amount": -1}, "below zero"),
    ],
)
def test_an_incomplete_rule_is_named_by_its_number(rule, words):
    with pytest.raises(InputError, match=words) as caught:
        read_rules([{"unit": "x", "kind": "pin", "amount": 1}, rule])
    assert "rule 2" in str(caught.value)


def test_rules_may_come_as_a_frame():
    frame = pd.DataFrame({"unit": ["E0041"], "kind": ["cap"], "amount": [5.0], "growth": [np.nan], "reason": [None]})
    assert read_rules(frame)["reason"].tolist() == [""]
    assert read_rules([]).empty
