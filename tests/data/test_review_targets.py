"""Targets of a month: from the table, from longer periods, and from plans approved before or after the month's end."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesplan.calendars.working_days import monthly_working_days
from salesplan.data.plan_store import PlanStore
from salesplan.data.review_data import ReviewData, load_review_data
from salesplan.data.workspace import Workspace
from tests.data.companies import make_workspace, small_tables

TABLE, SPLIT = "Target table", "Target table, longer periods split by working days"
PLAN, LATER = "Approved plan", "Target table; the plan was approved later"


def targets(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Scope, id, kind of period, first day, value; optionally version, status, product line, set."""
    given = [(*row, *(1, "approved", "*", "quota")[len(row) - 5:]) for row in rows]
    frame = pd.DataFrame(given, columns=["scope_type", "scope_id", "period_type", "period_start", "value", "version", "status",
                                         "product_category", "target_set"])
    return frame.assign(metric="sales_amount", unit="CNY", period_start=pd.to_datetime(frame["period_start"]))


def company(folder: Path, *rows: tuple[Any, ...]) -> Workspace:
    return make_workspace(folder / "w", small_tables(lines=200) | {"target": targets(*rows)})


def of(data: ReviewData, month: str) -> dict[str, tuple[float, float, str]]:
    """Scope -> judged, restated, source; an unknown target is -1."""
    rows = data.targets[data.targets["month"] == month].fillna({"judged": -1.0, "restated": -1.0})
    assert not rows["scope_id"].duplicated().any()
    return {who: (judged, restated, source) for who, judged, restated, source in
            rows[["scope_id", "judged", "restated", "source"]].itertuples(index=False)}


def test_month_rows_count_of_the_newest_version_and_frozen_ones_judge(tmp_path: Path) -> None:
    data = load_review_data(company(
        tmp_path, ("rep", "r1", "month", "2026-09-01", 100.0), ("rep", "r1", "month", "2026-09-01", 120.0, 2),
        ("rep", "r1", "month", "2026-09-01", 999.0, 3, "draft"), ("rep", "r2", "month", "2026-09-01", 50.0, 1, "frozen"),
        ("rep", "r2", "month", "2026-09-01", 60.0, 2), ("rep", "r3", "month", "2026-09-01", 5.0, 1, None, "L1"),
        ("rep", "r3", "month", "2026-09-01", 6.0, 1, None, "L2"), ("rep", "m1", "month", "2026-09-01", 1.0, 1, None, "L1"),
        ("rep", "m1", "month", "2026-09-01", 9.0), ("org", "e", "month", "2026-09-01", 400.0),
        ("company", "x", "month", "2026-09-01", 900.0), ("customer", "c1", "month", "2026-09-01", 7.0)), period="2026-09")
    assert of(data, "2026-09") == {
        "r1": (120.0, 120.0, TABLE), "r2": (50.0, 60.0, TABLE), "r3": (11.0, 11.0, TABLE), "m1": (9.0, 9.0, TABLE),
        "e": (400.0, 400.0, TABLE), "co": (900.0, 900.0, TABLE)}
    assert not [n for n in data.notes if "argets of {month}" in n["msgid"]]


def test_a_quarter_or_year_is_split_by_working_days_and_adds_up(tmp_path: Path) -> None:
    data = load_review_data(company(
        tmp_path, ("rep", "r1", "quarter", "2026-07-01", 640.0), ("rep", "r2", "year", "2026-01-01", 1200.0),
        ("rep", "r1", "month", "2026-08-01", 300.0)), period="2026-09")
    days = monthly_working_days(pd.period_range("2026-01", "2026-12", freq="M"))["working_days"]
    september = of(data, "2026-09")
    assert september["r1"][0] == pytest.approx(640 * days["2026-09"] / days["2026-07":"2026-09"].sum())
    assert september["r2"] == (pytest.approx(1200 * days["2026-09"] / days.sum()), pytest.approx(september["r2"][0]), SPLIT)
    assert of(data, "2026-08")["r1"] == (300.0, 300.0, TABLE)
    whole = data.targets[data.targets["scope_id"] == "r2"]
    assert whole["judged"].sum() == pytest.approx(1200.0) and len(whole) == 12
    note = next(n for n in data.notes if "longer period" in n["msgid"])
    assert note["scope"] == "public"


@pytest.mark.parametrize(("scope", "who", "said"), [("rep", "r1", "of people only"), ("org", "e", "of units only")])
def test_targets_of_people_only_or_units_only_are_said(tmp_path: Path, scope: str, who: str, said: str) -> None:
    data = load_review_data(company(tmp_path, (scope, who, "month", "2026-09-01", 100.0)), period="2026-09")
    assert any(said in n["msgid"] for n in data.notes)
    assert set(data.targets["scope_type"]) == {scope}
    part = data.for_unit("w")
    assert set(part.targets["scope_id"]) == ({"r1"} if scope == "rep" else set())


# ---- plans


def lines(**fen: int) -> pd.DataFrame:
    """Plan lines of September and October: two product lines a seller."""
    return pd.DataFrame([
        {"seller_id": who, "product_line": line, "month": month, "target_fen": part * (1 if month == "2026-09" else 2)}
        for who, whole in fen.items() for line, part in (("L1", whole - 1), ("L2", 1)) for month in ("2026-09", "2026-10")])


def save(space: Workspace, name: str, frame: pd.DataFrame, *, approved: str | None, saved: str = "2026-01-05") -> int:
    with PlanStore(space.plan_url) as store:
        number = store.save(frame, name=name, parameters={}, fingerprint="f", author="ana", reason="x",
                            when=datetime.fromisoformat(saved))
        if approved:
            store.approve(name, number, who="boss", why="agreed", when=datetime.fromisoformat(approved))
    return number


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return company(tmp_path, ("rep", "r1", "month", "2026-09-01", 100.0), ("rep", "r2", "month", "2026-09-01", 200.0),
                   ("org", "t1", "month", "2026-09-01", 210.0), ("org", "t2", "month", "2026-09-01", 70.0),
                   ("org", "e", "month", "2026-09-01", 290.0), ("org", "w", "month", "2026-09-01", 110.0))


def test_a_plan_approved_in_time_counts_before_the_table(space: Workspace) -> None:
    before = load_review_data(space, period="2026-09").fingerprint
    save(space, "2026", lines(r1=30_000, r2=40_000), approved="2026-09-30T15:00:00")
    save(space, "2026", lines(r1=99_900, r2=99_900), approved=None)  # a draft
    data = load_review_data(space, period="2026-09")
    found = of(data, "2026-09")
    assert found["r1"] == (300.0, 300.0, PLAN) and found["r2"] == (400.0, 400.0, PLAN)
    assert {"t1", "e", "w", "co"} & set(found) == set()  # sums of people whom the plan covers
    assert found["t2"] == (70.0, 70.0, TABLE)  # nobody of the plan sits there
    assert of(data, "2026-10")["r1"] == (600.0, 600.0, PLAN)
    assert data.fingerprint != before


def test_a_unit_of_which_a_plan_covers_a_part_keeps_its_own_target(tmp_path: Path) -> None:
    space = company(tmp_path, ("rep", "r1", "month", "2026-09-01", 100.0), ("rep", "r2", "month", "2026-09-01", 200.0),
                    ("org", "w", "month", "2026-09-01", 110.0), ("company", "x", "month", "2026-09-01", 900.0))
    save(space, "West", lines(r1=30_000), approved="2026-09-30T15:00:00")
    found = of(load_review_data(space, period="2026-09"), "2026-09")
    assert found["r1"] == (300.0, 300.0, PLAN) and found["r2"] == (200.0, 200.0, TABLE)
    assert found["co"] == (900.0, 900.0, TABLE)  # 400 of it are not passed down
    assert "w" not in found or found["w"][1] == -1.0  # everybody there today has a target of the plan


def test_a_version_approved_after_the_month_restates_and_does_not_judge(space: Workspace) -> None:
    save(space, "2026", lines(r1=30_000), approved="2026-10-01T00:30:00+08:00")
    found = of(load_review_data(space, period="2026-09"), "2026-09")
    assert found["r1"] == (100.0, 300.0, LATER) and found["r2"] == (200.0, 200.0, TABLE)
    assert found["w"] == (110.0, -1.0, TABLE) and found["t1"] == (210.0, 210.0, TABLE)  # r1 sits in the west
    notes = [n["msgid"] for n in load_review_data(space, period="2026-09").notes]
    assert any("approved after the month" in text for text in notes)


def test_of_two_versions_each_judges_its_own_months(space: Workspace) -> None:
    save(space, "2026", lines(r1=30_000), approved="2026-09-10")
    save(space, "2026", lines(r1=50_000), approved="2026-10-20")
    data = load_review_data(space, period="2026-09")
    assert of(data, "2026-09")["r1"] == (300.0, 500.0, PLAN)
    assert of(data, "2026-10")["r1"] == (1000.0, 1000.0, PLAN)


def test_an_approval_taken_back_in_time_does_not_judge(space: Workspace) -> None:
    number = save(space, "2026", lines(r1=30_000), approved="2026-09-10")
    with PlanStore(space.plan_url) as store:
        store.decide("2026", number, "rejected", who="boss", why="wrong", when=datetime(2026, 9, 20))
    assert of(load_review_data(space, period="2026-09"), "2026-09")["r1"] == (100.0, 100.0, TABLE)


def test_who_has_two_plans_gets_the_one_approved_last(space: Workspace) -> None:
    save(space, "2026", lines(r1=30_000, r2=40_000), approved="2026-02-01")
    save(space, "2026 · m1", lines(r2=70_000), approved="2026-03-01")
    found = of(load_review_data(space, period="2026-09"), "2026-09")
    assert found["r1"][0] == 300.0 and found["r2"][0] == 700.0


def test_a_plan_of_nodes_gives_units_their_target(space: Workspace) -> None:
    nodes = pd.DataFrame({"node_id": ["e|*", "e|L1", "e|L2", "w|L1", "w|L2"], "month": "2026-09",
                          "target_fen": [500_00, 300_00, 200_00, 20_00, 5_00]})
    save(space, "2026", nodes, approved="2026-02-01")
    found = of(load_review_data(space, period="2026-09"), "2026-09")
    assert found["e"] == (500.0, 500.0, PLAN) and found["w"] == (25.0, 25.0, PLAN)
    assert found["t1"] == (210.0, 210.0, TABLE)


def test_reading_does_not_make_a_plan_store(space: Workspace) -> None:
    load_review_data(space, period="2026-09")
    assert not (space.path / "plan.db").exists()
