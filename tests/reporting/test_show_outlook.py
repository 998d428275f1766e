"""The page's tables of where things stand and will end: columns add up, one unit each, and no chance of what is over."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show_follow_up import show_follow_up
from salesplan.reporting.show_outlook import outlook_rest, show_outlook
from salesplan.reporting.show_rates import show_rates
from salesplan.reporting.show_standing import show_standing, standing_parts, standing_rest
from salesplan.review.amber import Amber
from salesplan.review.attainment import Attainment, attainment
from salesplan.review.projection import Projection

NAMES = {language: ReviewNames(language=language, nodes={"t": "T", "a": "A", "b": "B", "t/former": "gone"}) for language in ("zh", "en")}


def ending(*, left: float, target: float = 900_000.0) -> Projection:
    """A team of two and what a person sold who left; the team's target holds 50,000 that nobody has."""
    rows = [("t", None, "team", 600_000.0, target, 880_000.0), ("a", "t", "rep", 300_000.0, 500_000.0, 450_000.0),
            ("b", "t", "rep", 260_000.0, target - 550_000.0, 390_000.0), ("t/former", "t", "former", 40_000.0, np.nan, 40_000.0)]
    table = pd.DataFrame(rows, columns=["unit_id", "parent_id", "level", "actual", "target", "projected"])
    if not left:
        table["projected"] = table["actual"]
    spread = 90_000.0 if left else 0.0
    table = table.assign(lower=table["projected"] - spread, upper=table["projected"] + spread, p_hit=[0.3, 0.2, 0.6, np.nan])
    return Projection(table=table, months=pd.period_range("2026-10", "2026-12", freq="M"), as_of=pd.Timestamp("2026-10-31"), coverage=0.8,
                      months_left=left)


def flags() -> Amber:
    return Amber(table=pd.DataFrame({"unit_id": ["t", "a", "b", "t/former"], "is_amber": [True, True, False, False]}), rules={})


def cells(page: str, title: str) -> list[list[str]]:
    """Rows of the table with the title."""
    table = next(part for part in page.split("<table") if f"<caption>{title}" in part)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tbody>")[1].split("<tr")[1:]]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_column_of_money_adds_up_to_the_unit(language: str) -> None:
    end = ending(left=2.0)
    rest = outlook_rest(end, unit_id="t", language=language)
    people, own = end.table.iloc[1:3], end.row("t")
    for column in ("actual", "target", "projected"):
        assert people[column].sum() + rest[column].sum() == pytest.approx(own[column]), column
    page = show_outlook(end, end, flags(), NAMES[language], unit_id="t").html
    title = "季末推算，分部分看" if language == "zh" else "The quarter&#x27;s end, part by part"
    assert [row[0] for row in cells(page, title)][2:] == rest["name"].tolist()
    whole = cells(page, "季末与年末" if language == "zh" else "How the quarter")
    shown = [float(row[3].replace(",", "")) for row in cells(page, title) if row[3] != "–"]
    assert sum(shown) == pytest.approx(float(whole[0][3].replace(",", "")), abs=0.3)


def test_an_interval_stands_in_the_unit_of_its_table() -> None:
    frame = pd.DataFrame({"name": ["A", "B"], "projected": [1.3e8, 0.3e8], "lower": [0.81e8, 9_000.0], "upper": [1.9e8, 0.9e8]})
    page = review_table(frame, "zh", interval="80% 区间").html
    assert "单位：万元" in page and "8,100.0至19,000.0" in page and "0.9至9,000.0" in page and "sp-stack" in page
    assert 'data-head="80% 区间"' in page


def test_a_period_that_is_over_says_reached_or_missed_and_has_no_chance() -> None:
    page = show_outlook(ending(left=0.0), ending(left=0.0), flags(), NAMES["en"], unit_id="t").html
    assert "Target missed" in page and "interval" not in page and "P(hit)" not in page and "Amber" not in page
    assert "Target reached" in show_outlook(ending(left=0.0, target=600_000.0), ending(left=2.0), flags(), NAMES["en"], unit_id="t").html
    half = cells(show_outlook(ending(left=0.0), ending(left=2.0), flags(), NAMES["en"], unit_id="t").html, "How the quarter")
    assert half[0][4:6] == ["–", "–"] and half[1][4] == "790.0 to 970.0"


def test_no_working_day_left_is_said_in_a_sentence() -> None:
    rate: Any = SimpleNamespace(working_days_left=0, table=pd.DataFrame([{
        "unit_id": "t", "target": 100.0, "actual": 90.0, "required_per_day": np.inf, "usual_per_day": 1.0, "last_year_per_day": 1.0,
        "best_per_day": 2.0, "is_beyond_best": False, "reached_share": np.nan}]))
    pace: Any = SimpleNamespace(table=pd.DataFrame([{"unit_id": "t", "working_days_elapsed": 20, "working_days_total": 20,
                                                     "pace_ratio": 1.0}]))
    parts = ("first_third", "second_third", "last_third", "last_days")
    shape: Any = SimpleNamespace(table=pd.DataFrame([{"unit_id": "t", **{f"{part}_share": np.nan for part in parts}}]))
    page = show_rates(pace, rate, rate, shape, NAMES["en"], unit_id="t").html
    assert "before the quarter&#x27;s end: the target was missed." in page and "in The" not in page


def moved(*, changes: bool) -> Attainment:
    """Person b sold 10 of 50 in another unit; with changes, the newest target of b is another one."""
    units = pd.DataFrame([("t", None, "team", "T"), ("a", "t", "rep", "A"), ("b", "t", "rep", "B")],
                         columns=["unit_id", "parent_id", "level", "name"])
    months = pd.PeriodIndex(["2026-09"], freq="M")
    sold = pd.DataFrame({"month": months.repeat(2), "unit_id": ["a", "b"], "org_id": "t", "rep_id": ["a", "b"], "amount_fen": [9000, 5000]})
    seats = pd.DataFrame({"month": months.repeat(2), "seller_id": ["a", "b"], "org_id": "t"})
    goals = pd.DataFrame({"month": months.repeat(3), "scope_type": ["rep", "rep", "org"], "scope_id": ["a", "b", "t"],
                          "judged": [100.0, 50.0, 150.0], "restated": [100.0, 80.0 if changes else 50.0, 180.0 if changes else 150.0],
                          "source": ""})
    year = pd.period_range("2026-01", "2026-12", freq="M")
    return attainment(sold, goals, units, seats, month=months[0], quarter_months=year[6:9], year_months=year)


def test_both_views_stand_on_the_page_or_the_page_says_that_they_are_one() -> None:
    same, other = (show_standing(moved(changes=changes), NAMES["en"], unit_id="t").html for changes in (False, True))
    assert "Nobody moved and no target changed" in same and "Attainment restated" not in same
    assert "Nobody moved" not in other
    rows = cells(other, "This month, part by part, restated")
    assert [row[1] for row in rows] == ["100", "80"] and sum(float(row[1]) for row in rows) == 180


def test_parts_add_up_where_somebody_sold_elsewhere_too() -> None:
    found = moved(changes=False)
    table = found.table.copy()
    table.loc[table["unit_id"].eq("b"), "inside_actual_fen"] = 4000
    table.loc[table["unit_id"].eq("t"), ["judged_actual", "judged_actual_fen"]] = [130.0, 13_000]
    found = Attainment(table=table, months=found.months)
    parts, rest = standing_parts(found, NAMES["en"], unit_id="t"), standing_rest(found, NAMES["en"], unit_id="t")
    assert parts["actual"].sum() + rest["actual"].sum() == pytest.approx(130.0) and len(rest) == 1


def test_decided_actions_stand_before_open_ones_and_the_rest_is_counted() -> None:
    rows: list[dict[str, Any]] = [
        {"period": "2026-09", "node_id": "a", "action": f"Do {n}.", "details": {}, "status": "proposed" if n else "accepted",
         "decided_by": None if n else "Li", "why": None if n else "worth it", "measure": "attainment", "value_then": 0.8,
         "value_now": 0.9, "verdict": "cannot_tell"} for n in (1, 2, 0, 3)]
    page = show_follow_up(pd.DataFrame(rows), NAMES["en"], top=2).html
    found = cells(page, "Actions of earlier months")
    assert len(found) == 2 and found[0][2:5] == ["Do 0.", "Accepted · Li – worth it", "Attainment 80.0% → 90.0%"]
    assert "2 more actions stand in the workbook." in page
