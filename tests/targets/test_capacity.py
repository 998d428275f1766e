"""What each seller can carry in each month: hire, ramp, leave, part time, departure."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.targets.capacity import capacity_shares, seller_capacity

YEAR = pd.period_range("2026-01", "2026-12", freq="M")


def capacity(sellers, **options):
    return seller_capacity(pd.DataFrame(sellers), YEAR, **options)


def test_somebody_hired_in_mid_month_counts_by_working_days():
    # of the 22 working days of March 2026, 12 lie on or after the 16th
    assert capacity([{"seller_id": "a", "hire_date": "2026-03-16"}]).loc["a", "2026-03"] == pytest.approx(12 / 22)


def test_the_last_day_is_worked():
    table = capacity([{"seller_id": "a", "leave_date": "2026-03-31"}, {"seller_id": "b", "leave_date": "2026-04-01"}])
    assert table.sum(axis=1).round(6).tolist() == [3.0, round(3 + 1 / 21, 6)]


def test_leave_takes_working_days_once_even_where_leaves_overlap():
    leaves = pd.DataFrame({"seller_id": ["a", "a", "a", "stranger"],
                           "start_date": ["2026-07-01", "2026-07-10", "2026-07-31", "2026-01-01"],
                           "end_date": ["2026-07-20", "2026-07-31", "2026-07-31", "2026-12-31"]})
    assert capacity([{"seller_id": "a"}], leaves=leaves).loc["a"].tolist() == [1.0] * 6 + [0.0] + [1.0] * 5


def test_a_leave_without_an_end_goes_on_and_one_before_the_hire_counts_nothing():
    leaves = pd.DataFrame({"seller_id": ["a", "b"], "start_date": ["2026-10-01", "2025-01-01"],
                           "end_date": [None, "2025-12-31"]})
    table = capacity([{"seller_id": "a"}, {"seller_id": "b", "hire_date": "2026-01-01"}], leaves=leaves)
    assert table.sum(axis=1).tolist() == [9.0, 12.0]


def test_part_time_tier_and_ramp_multiply():
    table = capacity([{"seller_id": "a", "fte": 0.5, "tier": "新人", "hire_date": "2026-01-01"}],
                     ramp=[0.2], tier_productivity={"新人": 0.8})
    assert table.loc["a"].tolist() == pytest.approx([0.08] + [0.4] * 11)


def test_a_seller_hired_last_year_is_still_ramping():
    assert capacity([{"seller_id": "a", "hire_date": "2025-11-10"}], ramp=[0.1, 0.2, 0.3, 0.4]).loc["a"].tolist() == (
        [0.3, 0.4] + [1.0] * 10)


def test_planned_hires_and_those_after_the_year_are_kept_apart():
    table = capacity([{"seller_id": "a", "hire_date": "2026-12-01"}, {"seller_id": "b", "hire_date": "2027-01-04"},
                      {"seller_id": "c", "leave_date": "2025-12-31"}])
    assert table.sum(axis=1).tolist() == [1.0, 0.0, 0.0]


def test_missing_values_mean_the_usual():
    table = capacity([{"seller_id": "a", "hire_date": None, "leave_date": None, "fte": None, "tier": None}],
                     tier_productivity={"骨干": 0.5})
    assert (table.loc["a"] == 1.0).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 15))
def test_capacity_lies_between_nothing_and_fte_and_order_changes_nothing(seed, size):
    rng = np.random.default_rng(seed)
    sellers = pd.DataFrame({
        "seller_id": [f"s{i}" for i in range(size)],
        "hire_date": pd.Timestamp("2025-06-01") + pd.to_timedelta(rng.integers(0, 400, size), unit="D"),
        "leave_date": pd.Timestamp("2026-08-01") + pd.to_timedelta(rng.integers(0, 400, size), unit="D"),
        "fte": rng.uniform(0, 1, size),
    })
    start = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 300, 2 * size), unit="D")
    leaves = pd.DataFrame({"seller_id": rng.choice(sellers["seller_id"], 2 * size), "start_date": start,
                           "end_date": start + pd.to_timedelta(rng.integers(0, 90, 2 * size), unit="D")})
    table = seller_capacity(sellers, YEAR, leaves=leaves, ramp=[0.5])
    assert (table.to_numpy() >= 0).all()
    assert (table.to_numpy() <= sellers["fte"].to_numpy()[:, None] + 1e-12).all()
    order = rng.permutation(size)
    other = seller_capacity(sellers.iloc[order], YEAR, leaves=leaves.iloc[::-1], ramp=[0.5])
    pd.testing.assert_frame_equal(other.loc[table.index], table, check_exact=True)


def test_shares_add_up_and_potential_weighs():
    table = capacity([{"seller_id": "a"}, {"seller_id": "b"}])
    assert capacity_shares(table, weight=pd.Series({"a": 3.0, "b": 1.0})).tolist() == [0.75, 0.25]
    with pytest.raises(InputError, match="capacity of all sellers == 0"):
        capacity_shares(table * 0)
    with pytest.raises(InputError, match="weight of 'b'"):
        capacity_shares(table, weight=pd.Series({"a": 3.0}))


@pytest.mark.parametrize(
    ("sellers", "options", "words"),
    [
        ([{"seller_id": "a"}, {"seller_id": "a"}], {}, "stands twice"),
        ([{"seller_id": "a", "hire_date": "2026-05-01", "leave_date": "2026-04-01"}], {}, "Where: seller a"),
        ([{"seller_id": "a", "fte": -1}], {}, "fte == -1"),
        ([{"seller_id": "a", "hire_date": "soon"}], {}, "not a date"),
        ([{"seller_id": "a", "tier": "x"}], {"tier_productivity": {"x": -1}}, "tier_productivity"),
        ([{"seller_id": "a"}], {"ramp": [-0.1]}, "ramp"),
        ([{"seller_id": "a"}], {"leaves": pd.DataFrame(
            {"seller_id": ["a"], "start_date": ["2026-05-02"], "end_date": ["2026-05-01"]})}, "leaves of a"),
    ],
)
def test_bad_input_names_the_seller(sellers, options, words):
    with pytest.raises(InputError, match=words):
        capacity(sellers, **options)
