"""How sales run through a month."""

import numpy as np
import pandas as pd
import pytest

from salesplan.calendars.working_days import month_days
from salesplan.errors import InputError
from salesplan.review.linearity import PARTS, month_linearity
from tests.review.review_company import make_review_company

UNITS = pd.DataFrame({"unit_id": ["t", "a", "b"], "parent_id": [None, "t", "t"], "level": ["team", "rep", "rep"],
                      "name": ["T", "A", "B"]})


def days_with(push: float, *, borrow: float = 0.0, seed: int = 0, last: str = "2026-10") -> pd.DataFrame:
    """Two sellers over 25 months: the last 3 days push by a random part of ``push``, the next month starts that much weaker."""
    rng = np.random.default_rng(seed)
    days = month_days(pd.period_range(pd.Period(last) - 24, last, freq="M"))
    worked = days[days["is_workday"]]
    order, total = worked.groupby("month").cumcount(), worked.groupby("month")["date"].transform("size")
    frames = []
    for who in ("a", "b"):
        strength = pd.Series(push * rng.uniform(0.2, 1.8, worked["month"].nunique()), index=worked["month"].unique())
        late = (order >= total - 3) * worked["month"].map(strength)
        early = (order < total / 3) * worked["month"].map(strength.shift(1).fillna(0.0)) * borrow
        weight = (1 + late - early).clip(lower=0.05) * rng.gamma(8, 1 / 8, len(worked))
        frames.append(pd.DataFrame({"date": worked["date"], "unit_id": who, "amount_fen": np.rint(10_000 * weight).astype(int)}))
    return pd.concat(frames, ignore_index=True)


def test_thirds_of_a_month_add_up_to_it():
    company = make_review_company(seed=1)
    table = month_linearity(company.daily, company.units, as_of=company.as_of).table
    for kind in ("share", "usual_share"):
        assert table[[f"{name}_{kind}" for name in PARTS[:3]]].sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_a_hockey_stick_is_found_and_an_even_month_is_not_one():
    late = month_linearity(days_with(1.5), UNITS, as_of=pd.Timestamp("2026-10-31")).table
    even = month_linearity(days_with(0.0), UNITS, as_of=pd.Timestamp("2026-10-31")).table
    assert (late["excess_lower_share"] > 0).all() and late["shape_msgid"].str.startswith("Late").all()
    assert (even["excess_lower_share"] <= 0).all() and not even["shape_msgid"].str.startswith("Late").any()


def test_what_the_last_days_borrow_is_missing_from_the_next_month():
    table = month_linearity(days_with(1.0, borrow=0.4), UNITS, as_of=pd.Timestamp("2026-10-31")).table
    assert (table["pull_value_upper"] < 0).all() and (table["shape_msgid"] == "Late, and borrowed from the next month").all()


def test_usual_months_are_called_unusual_as_often_as_stated():
    flags, borrowed = [], []
    for seed in range(12):
        company = make_review_company(seed=seed, months=26, ahead=0)
        table = month_linearity(company.daily, company.units, as_of=company.as_of).table
        borrowed.append((table["pull_value_upper"] < 0).to_numpy())
        flags.append(table[[f"{name}_is_unusual" for name in PARTS]].to_numpy())
    assert 0.01 <= np.mean(flags) <= 0.09  # 5 % stated
    assert np.mean(borrowed) <= 0.07  # 2.5 % stated on this side


def test_a_month_pushed_into_its_last_days_is_unusual():
    daily = days_with(0.3)
    last = daily["date"] >= "2026-10-28"
    daily.loc[last, "amount_fen"] *= 6
    table = month_linearity(daily, UNITS, as_of=pd.Timestamp("2026-10-31")).table
    assert table["last_days_is_unusual"].all() and table["last_third_is_unusual"].all()


def test_an_unfinished_month_has_no_shares_yet():
    company = make_review_company(seed=1, as_of="2026-10-16")
    table = month_linearity(company.daily, company.units, as_of=company.as_of).table
    assert table[[f"{name}_share" for name in PARTS]].isna().all(axis=None)
    assert table["first_third_usual_share"].notna().all()


def test_too_few_months_are_said():
    daily = days_with(1.0)
    table = month_linearity(daily[daily["date"] >= "2026-06-01"], UNITS, as_of=pd.Timestamp("2026-10-31")).table
    assert (table["shape_msgid"] == "Too few months to tell").all() and table["last_days_upper_share"].isna().all()
    with pytest.raises(InputError):
        month_linearity(daily, UNITS, as_of=pd.Timestamp("2026-10-31"), coverage=0.0)


def test_bounds_of_a_share_are_shares_and_nothing_sold_at_the_end_is_no_surprise_to_a_small_seller():
    daily, units = days_with(0.0), UNITS
    rare = daily.groupby("unit_id").sample(frac=0.06, random_state=3)
    table = month_linearity(rare, units, as_of=pd.Timestamp("2026-10-31")).to_frame()
    for part in PARTS:
        lower, upper = table[f"{part}_lower_share"].dropna(), table[f"{part}_upper_share"].dropna()
        assert len(lower) and (lower >= 0).all() and (upper <= 1).all() and (lower < upper).all(), part
        empty = table[table[f"{part}_share"].eq(0) & table[f"{part}_lower_share"].lt(0.01)]
        assert not empty[f"{part}_is_unusual"].any(), part
