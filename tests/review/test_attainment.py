"""Attainment as judged then and as restated; sums to the fen; missing, zero and negative targets; newcomers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.review import attainment as rooms
from salesplan.review.attainment import Attainment, attainment
from salesplan.review.node_targets import NONE, OWN, node_targets

MONTH = pd.Period("2026-02", "M")
YEAR = pd.period_range("2026-01", periods=12, freq="M")
UNITS = pd.DataFrame(
    [("co", None, "company", "C"), ("a", "co", "team", "A"), ("b", "co", "team", "B"), ("p", "a", "rep", "P"),
     ("q", "a", "rep", "Q"), ("r", "b", "rep", "R"), ("a/former", "a", "former", "former")],
    columns=["unit_id", "parent_id", "level", "name"])


def lines(*rows: tuple[str, str, str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["month", "unit_id", "org_id", "rep_id", "amount_fen"])
    return frame.assign(month=pd.PeriodIndex(frame["month"], freq="M"))


def targets(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["month", "scope_type", "scope_id", "judged", "restated"])
    return frame.assign(month=pd.PeriodIndex(frame["month"], freq="M"), source="table")


def seats(*rows: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["month", "seller_id", "org_id"])
    return frame.assign(month=pd.PeriodIndex(frame["month"], freq="M"), tier="core")


def judge(sold: pd.DataFrame, goals: pd.DataFrame, sat: pd.DataFrame, **options: Any) -> Attainment:
    return attainment(sold, goals, UNITS, sat, month=MONTH, quarter_months=YEAR[:3], year_months=YEAR, **options)


# q sat in b in January and has sat in a since February; somebody who left sold for a in January
SOLD = lines(("2026-01", "p", "a", "p", 90_00), ("2026-01", "q", "b", "q", 40_00), ("2026-01", "r", "b", "r", 70_00),
             ("2026-01", "a/former", "a", "gone", 5_00), ("2026-02", "p", "a", "p", 10_01), ("2026-02", "q", "a", "q", 50_00),
             ("2026-02", "r", "b", "r", 30_00))
SAT = seats(("2026-01", "p", "a"), ("2026-01", "q", "b"), ("2026-01", "r", "b"), ("2026-01", "gone", "a"),
            ("2026-02", "p", "a"), ("2026-02", "q", "a"), ("2026-02", "r", "b"))
GOALS = targets(("2026-01", "rep", "p", 100, 100), ("2026-01", "rep", "q", 50, 50), ("2026-01", "rep", "r", 60, 60),
                ("2026-01", "rep", "gone", 10, 10), ("2026-02", "rep", "p", 20, 20), ("2026-02", "rep", "q", 40, 45),
                ("2026-02", "rep", "r", 60, 60))


def test_who_moved_counts_then_in_the_old_and_restated_in_the_new_unit():
    year = judge(SOLD, GOALS, SAT).frame("year").set_index("unit_id")
    assert year.loc["a", "judged_actual"] == 90 + 5 + 10.01 + 50
    assert year.loc["a", "restated_actual"] == 90 + 5 + 10.01 + 50 + 40
    assert year.loc["b", ["judged_actual", "restated_actual"]].tolist() == [140, 100]
    assert year.loc["a", ["judged_target", "restated_target"]].tolist() == [100 + 10 + 20 + 40, 100 + 10 + 20 + 50 + 45]
    assert year.loc["a", "moved_msgid"] == rooms.PEOPLE_AND_TARGET
    assert year.loc["q", "moved_msgid"] == rooms.TARGET_ONLY
    assert year.loc["p", "moved_msgid"] == ""
    assert year.loc["co", "judged_actual"] == year.loc["co", "restated_actual"] == 295.01


def test_a_units_own_target_that_did_not_follow_its_people_is_said():
    own = pd.concat([GOALS, targets(("2026-01", "org", "a", 110, 110), ("2026-02", "org", "a", 60, 60))])
    found = judge(SOLD, own, SAT)
    row = found.frame("year").set_index("unit_id").loc["a"]
    assert (row["judged_target"], row["moved_msgid"], row["target_msgid"]) == (170, rooms.PEOPLE_ONLY, OWN)
    assert row["restated_attainment"] == pytest.approx(195.01 / 170)


def test_a_teams_attainment_is_not_the_mean_of_its_people():
    month = judge(SOLD, GOALS, SAT).frame("month").set_index("unit_id")
    assert month.loc["a", "judged_attainment"] == pytest.approx(60.01 / 60)
    assert month.loc["a", "judged_attainment"] != pytest.approx(month.loc[["p", "q"], "judged_attainment"].mean())


def test_contributions_of_members_of_people_now_elsewhere_and_of_target_not_passed_down_add_up():
    own = pd.concat([GOALS, targets(("2026-01", "org", "b", 130, 130))])
    found = judge(SOLD, own, SAT)
    for unit in ("co", "a", "b"):
        row = found.frame("year").set_index("unit_id").loc[unit]
        parts = found.contributions(unit, "year")
        assert parts["gap_fen"].sum() == row["judged_actual_fen"] - row["judged_target_fen"]
        assert parts["contribution_points"].sum() == pytest.approx(100 * (row["judged_attainment"] - 1))
    b = found.contributions("b", "year").set_index("name")
    assert b.loc[rooms.ELSEWHERE, "actual_fen"] == 40_00
    assert b.loc[rooms.NOT_PASSED_DOWN, "gap_fen"] == -(130_00 - 60_00)


def test_a_newcomer_is_measured_from_the_first_month_with_a_target():
    goals = GOALS[~((GOALS["scope_id"] == "q") & (GOALS["month"] == YEAR[0]))]
    row = judge(SOLD, goals, SAT).frame("year").set_index("unit_id").loc["q"]
    assert (row["judged_actual"], row["judged_untargeted"], row["judged_attainment"]) == (90, 40, 50 / 40)


def test_without_target_with_zero_and_with_negative_target_there_is_no_attainment_and_it_is_said():
    goals = targets(("2026-02", "rep", "p", 0, 0), ("2026-02", "rep", "q", -5, -5))
    found = judge(SOLD, goals, SAT)
    month = found.frame("month").set_index("unit_id")
    assert month.loc[["p", "q", "r", "b"], "judged_attainment"].isna().all()
    assert np.isnan(month.loc["r", "judged_target"]) and month.loc["b", "target_msgid"] == NONE
    said = {str(note["msgid"]): note["details"]["n"] for note in found.notes}
    assert [n for text, n in said.items() if "people have} no target this month" in text] == [1]
    assert [n for text, n in said.items() if "zero or negative" in text] == [4]  # p, q, their team and the company
    with pytest.raises(InputError, match="no target"):
        found.contributions("b", "month")


def test_sales_of_a_unit_that_is_gone_count_where_its_leaf_went_or_at_the_top():
    sold = pd.concat([SOLD, lines(("2026-02", "a/former", "old", "gone", 7_00), ("2026-02", "p", "old", "p", 3_00),
                                  ("2026-02", "p", "never", "p", 2_00))])
    month = judge(sold, GOALS, SAT).frame("month").set_index("unit_id")
    assert month.loc["a", "judged_actual"] == 70.01
    assert month.loc["co", "judged_actual"] == 102.01
    cut = judge(sold, GOALS, SAT, scope="co").frame("month").set_index("unit_id")
    assert cut.loc["co", "judged_actual"] == 100.01


def test_a_fiscal_year_from_july_counts_from_july():
    year = pd.period_range("2025-07", periods=12, freq="M")
    sold = pd.concat([SOLD, lines(("2025-07", "p", "a", "p", 1_00), ("2025-06", "p", "a", "p", 8_00))])
    found = attainment(sold, GOALS, UNITS, SAT, month=MONTH, quarter_months=year[6:9], year_months=year)
    assert found.frame("year").set_index("unit_id").loc["p", "judged_actual"] == 101.01
    with pytest.raises(InputError, match="month under review"):
        attainment(sold, GOALS, UNITS, SAT, month=MONTH, quarter_months=year[:3], year_months=year)


def test_a_target_that_stands_twice_is_refused():
    with pytest.raises(InputError, match="stands twice"):
        node_targets(pd.concat([GOALS, GOALS]), UNITS, YEAR)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["2026-01", "2026-02"]), st.sampled_from(["p", "q", "r", "gone"]),
                          st.sampled_from(["a", "b", "co", "old"]), st.integers(-10**7, 10**9)), max_size=20))
def test_judged_and_restated_add_up_to_the_fen_at_every_node(sales: list[tuple[str, str, str, int]]):
    rows = [(m, "a/former" if who == "gone" else who, org, who, fen) for m, who, org, fen in sales]
    sold = lines(*rows) if rows else SOLD.iloc[:0]
    found = judge(sold, GOALS, SAT)
    whole = int(sold["amount_fen"].sum())
    frame = found.frame("year").set_index("unit_id")
    assert frame.loc["co", "judged_actual_fen"] == frame.loc["co", "restated_actual_fen"] == whole
    assert frame.loc[["p", "q", "a/former"], "restated_actual_fen"].sum() == frame.loc["a", "restated_actual_fen"]
    for unit in ("co", "a", "b"):
        row = frame.loc[unit]
        assert found.contributions(unit, "year")["gap_fen"].sum() == row["judged_actual_fen"] - row["judged_target_fen"]
