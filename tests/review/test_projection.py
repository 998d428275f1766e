"""Projections are honest: intervals cover, chances come true, sums hold, any day of the month can be asked."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.hierarchy import Hierarchy
from salesplan.review.outlook import Outlook, look_ahead
from salesplan.review.projection import project
from tests.review.projected_companies import error_ratio, mid_quarter_companies, reliability
from tests.review.review_company import ReviewCompany, make_review_company

YEAR = pd.period_range("2026-01", "2026-12", freq="M")
QUARTER = YEAR[9:]


@cache
def seen(day: str) -> tuple[ReviewCompany, Outlook]:
    company = make_review_company(seed=3, as_of=day)
    return company, look_ahead(company.history, company.daily, company.units, as_of=day, until=YEAR[-1])


@pytest.mark.parametrize(("span", "level", "lowest", "highest"), [
    ("quarter", "rep", 0.72, 0.92), ("year", "rep", 0.70, 0.92), ("quarter", "team", 0.64, 1.0), ("year", "team", 0.60, 1.0),
    ("quarter", "company", 0.55, 1.0), ("year", "company", 0.50, 1.0)])
def test_an_80_percent_interval_covers_about_80_percent_of_outcomes(span: str, level: str, lowest: float, highest: float):
    rows = mid_quarter_companies().query("span == @span and level == @level")
    assert lowest <= rows["inside"].mean() <= highest


def test_a_chance_means_what_it_says():
    rows = mid_quarter_companies().query("span != 'month'")
    table = reliability(rows, (0, 0.2, 0.4, 0.6, 0.8, 1))
    error = np.sqrt(table["stated"] * (1 - table["stated"]) / table["n"])
    assert (table["n"] >= 25).all()
    assert ((table["stated"] - table["hit"]).abs() <= 0.05 + 2.5 * error).all(), table
    assert table["hit"].iloc[0] < 0.2 < 0.8 < table["hit"].iloc[-1]


def test_errors_are_smaller_than_those_of_a_steady_pace_and_of_past_shares():
    rows = mid_quarter_companies()
    for _, part in rows.groupby(["span", "level"]):
        assert error_ratio(part, "projected_linear") < 0.9
    for _, part in rows[rows["level"] == "rep"].groupby("span"):
        assert error_ratio(part, "projected_by_share") < 0.9


@pytest.mark.parametrize("day", ["2026-10-01", "2026-10-05", "2026-10-16", "2026-10-30", "2026-10-31"])
def test_children_add_up_to_their_parent_on_any_day(day: str):
    company, outlook = seen(day)
    for months in (YEAR[9:10], QUARTER, YEAR):
        table = project(outlook, company.targets, months=months).table.set_index("unit_id")
        for unit in ("co", "t1", "t2", "t3"):
            below = table[table["parent_id"] == unit]
            assert below["projected"].sum() == pytest.approx(table.loc[unit, "projected"], rel=1e-9)
            assert round(below["actual"].sum() * 100) == round(table.loc[unit, "actual"] * 100)
        assert (table["lower"] >= table["actual"]).all()
        assert ((table["lower"] <= table["projected"] * 1.0001) & (table["projected"] <= table["upper"] * 1.0001)).all()


def test_on_the_last_day_the_month_is_known_and_its_interval_closed():
    company, outlook = seen("2026-10-31")
    found = project(outlook, company.targets, months=YEAR[9:10])
    assert found.months_left == 0
    assert (found.table["projected"] == found.table["actual"]).all() and set(found.table["p_hit"]) <= {0.0, 1.0}
    np.testing.assert_allclose(found.table["actual"].iloc[4:], company.future.loc[YEAR[9], company.leaves])


def test_the_interval_narrows_as_the_quarter_runs():
    widths = []
    for day in ("2026-10-01", "2026-10-16", "2026-10-30"):
        company, outlook = seen(day)
        widths.append(project(outlook, company.targets, months=QUARTER).summary()["sd"].iloc[0])
    assert widths[0] > widths[1] > widths[2]


def test_a_moving_spring_festival_moves_the_projection_with_it():
    # the festival of 2026 lies in mid February, that of 2025 in January: last year's February is no guide
    ratio = []
    for seed in range(2):
        company = make_review_company(seed=seed, month="2026-01", as_of="2026-01-31", noise=0.05, shared=0.02, drift=0.0)
        year = pd.period_range("2026-01", "2026-12", freq="M")
        outlook = look_ahead(company.history, company.daily, company.units, as_of="2026-01-31", until=year[-1])
        forecast, truth = outlook.mean.loc["co", year[1]], company.future.loc[year[1]].sum()
        naive = company.history.sum(axis=1)[pd.Period("2025-02")] * 1.06
        ratio.append(abs(forecast - truth) / abs(naive - truth))
    assert np.mean(ratio) < 0.5


def test_nodes_without_a_target_have_no_chance_and_it_is_said():
    company, outlook = seen("2026-10-16")
    some = company.targets[company.targets["scope_id"] != "t1s1"]
    found = project(outlook, some, months=QUARTER)
    assert np.isnan(found.row("t1s1")["p_hit"]) and found.row("t1s2")["p_hit"] >= 0
    assert any("no target" in str(note["msgid"]) for note in found.notes)
    zero = company.targets.assign(restated=company.targets["restated"].where(company.targets["scope_id"] != "t1s1", 0.0))
    assert project(outlook, zero, months=QUARTER).row("t1s1")["p_hit"] == 1.0


def test_a_newcomer_is_projected_by_the_ramp_and_widely():
    company = make_review_company(seed=5, as_of="2026-09-30", month="2026-09")
    history, daily = company.history.copy(), company.daily
    history.loc[: pd.Period("2026-06"), "t1s1"] = 0.0
    daily = daily[(daily["unit_id"] != "t1s1") | (daily["date"] >= "2026-07-01")]
    hired = pd.Series({"t1s1": pd.Period("2026-07", "M")})
    outlook = look_ahead(history, daily, company.units, as_of="2026-09-30", until=YEAR[-1], first_month=hired)
    table = project(outlook, company.targets, months=QUARTER).table.set_index("unit_id")
    assert table.loc["t1s1", "method"] == "cohort_ramp" and table.loc["t1s1", "projected"] > 0
    relative = table["sd"] / table["projected"]
    assert relative["t1s1"] > relative["t1s2"]


def test_the_number_at_quota_counts_the_people_below():
    company, outlook = seen("2026-10-16")
    found = project(outlook, company.targets, months=QUARTER)
    team = found.at_quota("t1")
    assert team is not None and team.n == 6
    people = found.table[found.table["parent_id"] == "t1"]
    assert team.expected == pytest.approx(people["p_hit"].sum(), abs=0.02)
    assert found.at_quota("co").n == 18  # type: ignore[union-attr]


def test_a_slice_says_the_same_as_the_whole():
    company, outlook = seen("2026-10-16")
    found = project(outlook, company.targets, months=QUARTER)
    assert found.for_units(["t1", "t1s1"]).row("t1s1").equals(found.row("t1s1"))


def test_what_cannot_be_answered_is_refused():
    company, outlook = seen("2026-10-16")
    with pytest.raises(InputError, match="months missing"):
        project(outlook, company.targets, months=pd.period_range("2027-01", periods=3, freq="M"))
    with pytest.raises(InputError, match="coverage"):
        project(outlook, company.targets, months=QUARTER, coverage=1.0)
    with pytest.raises(InputError, match="must end with"):
        look_ahead(company.history.iloc[:-2], company.daily, company.units, as_of="2026-10-16", until=YEAR[-1])


def test_a_short_history_still_gives_a_projection_with_a_wide_interval():
    company = make_review_company(seed=2, months=12, as_of="2026-10-16")
    outlook = look_ahead(company.history, company.daily, company.units, as_of="2026-10-16", until=YEAR[-1])
    found = project(outlook, company.targets, months=QUARTER)
    top = found.summary().iloc[0]
    assert top["upper"] > 1.05 * top["projected"] > 0
    tree = Hierarchy(units=company.units)
    assert len(found.table) == len(tree.units)
