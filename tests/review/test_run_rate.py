"""Required run-rate against the best stretch ever."""

import numpy as np
import pandas as pd
import pytest

from salesplan.calendars.working_days import working_days
from salesplan.review.outlook import look_ahead
from salesplan.review.run_rate import RunRate, required_run_rate
from tests.review.review_company import make_review_company

MONTH = pd.PeriodIndex(["2026-10"], freq="M")
COMPANY = make_review_company(seed=3, as_of="2026-10-16")
OUTLOOK = look_ahead(COMPANY.history, COMPANY.daily, COMPANY.units, as_of="2026-10-16", until=pd.Period("2026-12"))


def test_required_per_day_over_the_days_left_makes_the_target():
    table = required_run_rate(OUTLOOK, COMPANY.daily, COMPANY.targets, months=MONTH).table
    made = table["actual"] + table["required_per_day"] * table["working_days_left"]
    np.testing.assert_allclose(made, np.maximum(table["target"], table["actual"]))


def test_the_best_stretch_is_the_largest_of_its_length_counted_by_hand():
    found = required_run_rate(OUTLOOK, COMPANY.daily, COMPANY.targets, months=MONTH)
    days = working_days(COMPANY.daily["date"].min().replace(day=1), "2026-10-16").set_index("date")
    sold = COMPANY.daily[COMPANY.daily["unit_id"] == "t1s1"].groupby("date")["amount_fen"].sum() / 100
    worked = days.index[days["is_workday"]]
    by_day = sold.reindex(worked).fillna(0.0)  # this company sells on working days only
    best = by_day.rolling(found.working_days_left).mean()
    row = found.table.set_index("unit_id").loc["t1s1"]
    assert row["best_per_day"] == pytest.approx(best.max())
    inside = by_day.loc[row["best_start_date"]: row["best_end_date"]]
    assert len(inside) == found.working_days_left and inside.mean() == pytest.approx(best.max())
    assert row["reached_share"] == pytest.approx((best.dropna() >= row["required_per_day"]).mean())


def test_more_than_ever_done_is_named():
    hard = COMPANY.targets.assign(restated=COMPANY.targets["restated"] * 20)
    table = required_run_rate(OUTLOOK, COMPANY.daily, hard, months=MONTH).table
    assert table["is_beyond_best"].all() and (table["required_ratio"] > 1).all() and (table["reached_share"] == 0).all()


def test_a_target_already_made_needs_nothing_and_a_missing_one_says_nothing():
    goals = COMPANY.targets[COMPANY.targets["scope_id"] != "t1s2"].copy()
    goals.loc[goals["scope_id"] == "t1s1", "restated"] = 1.0
    table = required_run_rate(OUTLOOK, COMPANY.daily, goals, months=MONTH).table.set_index("unit_id")
    assert table.loc["t1s1", "required_per_day"] == 0 and not table.loc["t1s1", "is_beyond_best"]
    assert np.isnan(table.loc["t1s2", "required_per_day"]) and not table.loc["t1s2", "is_beyond_best"]


def test_no_day_left_leaves_a_gap_that_no_rate_can_close():
    company = make_review_company(seed=3, as_of="2026-10-31")
    outlook = look_ahead(company.history, company.daily, company.units, as_of="2026-10-31", until=pd.Period("2026-12"))
    table = required_run_rate(outlook, company.daily, company.targets, months=MONTH).table
    missed = table["actual"] < table["target"]
    assert missed.any() and np.isinf(table.loc[missed, "required_per_day"]).all()
    assert (table.loc[~missed, "required_per_day"] == 0).all() and table["required_ratio"].isna().all()


def test_a_long_rest_is_compared_with_months_older_than_the_daily_history():
    company = make_review_company(seed=3, as_of="2026-10-31")
    history = company.history.copy()
    history.iloc[:12] *= 10  # glorious years before the daily history begins
    outlook = look_ahead(history, company.daily, company.units, as_of="2026-10-31", until=pd.Period("2026-12"))
    found = required_run_rate(outlook, company.daily, company.targets, months=pd.period_range("2026-10", "2026-12", freq="M"))
    assert (found.table["best_end_date"] < pd.Timestamp("2024-08-31")).all()


def test_a_rate_above_the_best_says_so_of_the_projection_too():
    found = required_run_rate(OUTLOOK, COMPANY.daily, COMPANY.targets.assign(restated=COMPANY.targets["restated"] * 20), months=MONTH)
    assert found.beyond_words("co") is None  # the projection lies within what was done
    best = found.table["best_per_day"]
    grown = RunRate(table=found.table.assign(projected_per_day=best * 1.1, required_per_day=best * 1.21, is_beyond_best=True),
                    working_days_left=found.working_days_left, n_stretches=found.n_stretches)
    words = grown.beyond_words("co")
    assert words is not None and words["details"]["above_change"] == pytest.approx(0.1)
    assert grown.table["projected_per_day"].iloc[0] == pytest.approx(words["details"]["projected"])
