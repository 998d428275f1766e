import datetime as dt

import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.targets.smart import (
    CRITERIA,
    Goal,
    check_smart,
    check_smart_goals,
    check_smart_nodes,
    read_goal,
)


def whole_goal(**changes):
    known = {
        "metric": "revenue", "scope": "East", "amount": 5e6, "unit": "CNY", "parent": "company",
        "period_start": dt.date(2027, 1, 1), "period_end": dt.date(2027, 12, 31), "p_attain": 0.5,
    }  # fmt: skip
    return Goal(**(known | changes))


@pytest.mark.parametrize("text", ["提升业绩", "increase sales", "做大做强", "work harder"])
def test_vague_goals_fail_with_reason_and_fix(text):
    check = check_smart(text)
    assert {"specific", "measurable", "time_bound"} <= set(check.failed)
    assert not check.passed
    table = check.to_frame("en")
    failing = table[table["status"].isin(["act", "watch"])]
    assert (failing["reason"] != "").all()
    assert (failing["fix"] != "").all()


@pytest.mark.parametrize(
    ("text", "metric", "amount", "unit", "end"),
    [
        ("在2025年第一季度实现销售额500万元", "销售额", 500, "万元", dt.date(2025, 3, 31)),
        ("2025年实现销售额6000万元", "销售额", 6000, "万元", dt.date(2025, 12, 31)),
        ("2025年1月实现销售额500万元", "销售额", 500, "万元", dt.date(2025, 1, 31)),
        ("2025年第二周实现销售额125万元", "销售额", 125, "万元", dt.date(2025, 1, 12)),
        ("2027下半年回款率达到95%", "回款率", 95, "%", dt.date(2027, 12, 31)),
        ("Grow revenue by 12.5% in Q3 2027", "revenue", 12.5, "%", dt.date(2027, 9, 30)),
        ("revenue of 1,250,000 CNY by end of 2027", "revenue", 1_250_000, "CNY", dt.date(2027, 12, 31)),
        ("2028年2月新增客户20家", "新增客户", 20, "家", dt.date(2028, 2, 29)),
    ],
)
def test_words_are_read_for_metric_number_and_time(text, metric, amount, unit, end):
    goal = read_goal(text)
    assert (goal.metric, goal.amount, goal.unit, goal.period_end) == (metric, amount, unit, end)
    assert check_smart(text).failed == ["relevant"]


def test_a_goal_with_a_period_but_no_date_is_watched_not_failed():
    check = check_smart("每月新增客户数量增加20%")
    status = {f.key: f.status for f in check.findings}
    assert status["smart_time_bound"] == "watch"
    assert status["smart_measurable"] == "ok"


def test_a_year_or_quarter_is_not_mistaken_for_the_amount():
    assert read_goal("Q3 2027 revenue").amount is None
    assert read_goal("2027年第一季度销售额").amount is None


def test_a_number_without_unit_is_asked_for_its_unit():
    assert check_smart(whole_goal(unit="")).failed == ["measurable"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"p_attain": 0.049}, "act"),
        ({"p_attain": 0.05}, "ok"),
        ({"p_attain": 0.95}, "ok"),
        ({"p_attain": 0.96}, "watch"),
        ({"p_attain": None}, "unknown"),
        ({"p_attain": None, "growth": 0.5, "best_growth": 0.2}, "watch"),
        ({"p_attain": None, "growth": 0.1, "best_growth": 0.2}, "ok"),
        ({"p_attain": 0.3, "growth": 0.5, "best_growth": 0.2}, "watch"),
    ],
)
def test_attainable_follows_chance_and_best_ever(changes, status):
    check = check_smart(whole_goal(**changes))
    assert check.findings[CRITERIA.index("attainable")].status == status


def test_the_band_is_a_parameter():
    assert check_smart(whole_goal(p_attain=0.3), band=(0.4, 0.6)).failed == ["attainable"]


def test_a_complete_goal_passes_every_letter():
    check = check_smart(whole_goal())
    assert check.passed
    assert check.failed == []


def test_fields_go_before_the_words():
    goal = check_smart(whole_goal(text="2025年实现销售额6000万元", metric="", amount=10.0)).goal
    assert (goal.metric, goal.amount, goal.period_end) == ("销售额", 10.0, dt.date(2027, 12, 31))


def test_nodes_of_a_plan_are_sorted_into_cases():
    nodes = pd.DataFrame(
        {
            "target": [1.0, 1.0, 1.0, 0.0],
            "p_target": [0.01, 0.99, 0.5, 1.0],
            "growth": [0.1, 0.1, 0.9, 0.0],
            "best_growth": [0.2, 0.2, 0.3, 0.3],
            "level": ["rep", "rep", "rep", "team"],
        }
    )
    assert check_smart_nodes(nodes)["case"].tolist() == ["too_hard", "too_easy", "beyond_best", ""]
    assert len(check_smart_nodes(nodes, levels=["team"])) == 1


def test_many_goals_make_one_table():
    table = check_smart_goals(["提升业绩", whole_goal()])
    assert table["passed"].tolist() == [False, True]
    assert table.columns.tolist() == ["goal", *CRITERIA, "passed"]


def test_reasons_exist_in_chinese():
    table = check_smart("提升业绩").to_frame("zh")
    assert not table[["criterion", "reason", "fix"]].map(str.isascii).loc[[0, 1, 4]].any(axis=None)


def test_bad_input_is_named():
    with pytest.raises(InputError, match="p_attain == 50"):
        check_smart(whole_goal(p_attain=50))
    with pytest.raises(InputError, match="period_end"):
        check_smart(whole_goal(period_end=dt.date(2026, 1, 1)))
