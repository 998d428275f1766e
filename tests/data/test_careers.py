"""Careers in spells: gaps bridged, units moved, nothing from after the day, nobody's time counted twice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.career_spells import career_spells
from salesplan.data.careers import CAREER_COLUMNS, join_spells, make_careers

day = pd.Timestamp
UNTIL = day("2026-10-31")
UNITS = pd.DataFrame({
    "org_id": ["co", "n", "s", "a", "a", "b"], "parent_org_id": [None, "co", "co", "n", "s", "n"],
    "name": ["Co", "North", "South", "A", "A", "B"], "level": ["company", "region", "region", "team", "team", "team"], "region": None,
    "valid_from": pd.to_datetime([None, None, None, None, "2025-03-01", None])})  # fmt: skip


def person(hired: object = "2024-01-10", left: object = None, **more) -> pd.DataFrame:
    return pd.DataFrame({"rep_id": ["p"], "status": "active" if left is None else "left", "leave_kind": "regretted" if left else None,
                         "hire_date": pd.to_datetime([hired]), "leave_date": pd.to_datetime([left])} | more)


def seats(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    """Unit, tier, from, to."""
    frame = pd.DataFrame(rows, columns=["org_id", "tier", "valid_from", "valid_to"])
    return frame.assign(rep_id="p", role="rep", manager_rep_id=None, fte=1.0, quota_bearing=True,
                        valid_from=pd.to_datetime(frame["valid_from"]), valid_to=pd.to_datetime(frame["valid_to"]))


def told(rep: pd.DataFrame, assignments: pd.DataFrame) -> list[tuple]:
    found = make_careers(rep, assignments, UNITS, until=UNTIL)
    assert tuple(found.columns) == CAREER_COLUMNS
    return [(f"{s:%Y-%m-%d}", None if pd.isna(e) else f"{e:%Y-%m-%d}", bool(gone), tier, region, org)
            for s, e, gone, tier, region, org in found.drop(columns=["seller_id", "hire_date", "leave_kind"]).itertuples(index=False)]


def test_the_first_spell_starts_at_the_hire_and_gaps_belong_to_the_one_before():
    found = told(person(left="2026-08-31"), seats(("b", "P1", "2024-02-01", "2024-12-31"), ("b", "P2", "2025-02-01", "2025-12-31")))
    assert found == [("2024-01-10", "2025-02-01", False, "P1", "North", "b"), ("2025-02-01", "2026-08-31", True, "P2", "North", "b")]


def test_a_unit_that_is_moved_takes_its_people_to_another_region():
    found = told(person(), seats(("a", "P1", "2024-01-10", None)))
    assert found == [("2024-01-10", "2025-03-01", False, "P1", "North", "a"), ("2025-03-01", None, False, "P1", "South", "a")]


def test_of_two_seats_at_once_the_one_with_a_quota_counts_and_the_rest_comes_back():
    two = seats(("b", "P1", "2024-01-10", None), ("a", "P9", "2024-05-01", "2024-06-30"))
    assert told(person(), two.assign(quota_bearing=[True, False])) == [("2024-01-10", None, False, "P1", "North", "b")]
    turned = told(person(), two.assign(quota_bearing=[False, True]))
    assert [(row[0], row[3]) for row in turned] == [("2024-01-10", "P1"), ("2024-05-01", "P9"), ("2024-07-01", "P1")]


def test_same_place_twice_in_a_row_is_one_spell():
    found = told(person(), seats(("b", "P1", "2024-01-10", "2024-06-30"), ("b", "P1", "2024-07-01", None)))
    assert found == [("2024-01-10", None, False, "P1", "North", "b")]


def test_who_leaves_or_rises_after_the_day_has_not_yet():
    found = told(person(left="2026-12-31"), seats(("b", "P1", None, "2026-11-30"), ("b", "P2", "2026-12-01", None)))
    assert found == [("2024-01-10", None, False, "P1", "North", "b")]


@pytest.mark.parametrize("assignments", [seats(), seats(("b", "P1", "2027-01-01", None)), seats(("b", "P1", "2020-01-01", "2020-12-31"))])
def test_without_an_assignment_in_those_years_there_is_one_spell(assignments):
    found = make_careers(person(left="2026-01-31"), assignments, UNITS, until=UNTIL)
    assert len(found) == 1 and found["left"].all() and found["start_date"].iloc[0] == day("2024-01-10")


def test_without_a_hire_date_there_is_one_spell_without_a_start():
    found = make_careers(person(hired=None), seats(("b", "P1", "2024-01-01", None), ("b", "P2", "2025-01-01", None)), UNITS, until=UNTIL)
    assert len(found) == 1 and found["start_date"].isna().all() and found["tier"].tolist() == ["P2"]


def test_who_left_nobody_knows_when_is_no_career():
    assert make_careers(person(status="left"), seats(), UNITS, until=UNTIL).empty


def test_days_made_months_lose_no_leaver():
    found = make_careers(person(left="2025-03-20"), seats(("a", "P1", None, None)), UNITS, until=UNTIL)
    for column in ("hire_date", "start_date", "end_date"):
        found[column] = found[column].dt.to_period("M").dt.to_timestamp()
    spells, _ = career_spells(join_spells(found), as_of=UNTIL, history_start=day("2024-06-01"))
    assert spells[["region", "left"]].values.tolist() == [["North", False], ["South", True]]
    assert (spells["months"] > spells["entry"]).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "n"]), st.sampled_from(["P1", "P2"]), st.integers(-300, 1200),
                          st.integers(0, 500)), max_size=6), st.integers(0, 1000))
def test_spells_fill_a_career_without_gap_or_overlap(rows, stay):
    hired, left = day("2023-06-15"), day("2023-06-15") + pd.Timedelta(days=stay)
    made = seats(*[(org, tier, hired + pd.Timedelta(days=begin), hired + pd.Timedelta(days=begin + length))
                   for org, tier, begin, length in rows])
    found = make_careers(person(hired=hired, left=left), made, UNITS, until=UNTIL)
    assert found["start_date"].iloc[0] == hired and found["end_date"].iloc[-1] == left
    assert (found["start_date"].iloc[1:].to_numpy() == found["end_date"].iloc[:-1].to_numpy()).all()
    assert found["left"].tolist() == [False] * (len(found) - 1) + [True]
    spells, _ = career_spells(found, as_of=UNTIL, history_start=day("2020-01-01"))
    whole = found.head(1).assign(end_date=left, left=True)
    alone, _ = career_spells(whole, as_of=UNTIL, history_start=day("2020-01-01"))
    assert np.isclose((spells["months"] - spells["entry"]).sum(), alone["months"].iloc[0]) and spells["left"].sum() == 1
