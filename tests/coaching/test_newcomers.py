"""Newcomers against settled sellers: nobody's team, no half month and no skewed figure may lift or lower them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.newcomers import newcomer_ramp, newcomer_results

MONTHS = pd.period_range("2024-11", periods=24, freq="M")
SPEED = 0.4


def company(seed: int = 1, *, settled: int = 60, new: int = 60, day: int = 1, skew: float = 0.5, leaders: int = 8) -> SimpleNamespace:
    """Settled sellers and newcomers of the same strength; a month's sales are in proportion to the days worked
    and to what newcomers reach on average over it."""
    rng = np.random.default_rng(seed)
    hired = [pd.Timestamp("2020-03-01")] * (settled + leaders)
    hired += [(MONTHS[int(m)].start_time + pd.Timedelta(days=day - 1)) for m in rng.integers(0, 12, new)]
    ids = [f"p{i:03d}" for i in range(len(hired))]
    sells = np.array([True] * settled + [False] * leaders + [True] * new)
    rows = []
    for who, (start, seller) in enumerate(zip(hired, sells, strict=True)):
        strength = np.exp(rng.normal(-skew**2 / 2, skew))
        for month in MONTHS[start.to_period("M") <= MONTHS]:
            worked = 1.0 if month != start.to_period("M") else (month.days_in_month + 1 - start.day) / month.days_in_month
            tenure = (month - start.to_period("M")).n + (start.to_period("M").days_in_month + 1 - start.day) / 30.4
            begun = max(tenure - 1, 0.0)
            grown = 1 - (np.exp(-SPEED * begun) - np.exp(-SPEED * tenure)) / SPEED / (tenure - begun)
            sold = 1e5 * strength * grown * worked * np.exp(rng.normal(-skew**2 / 2, skew)) * (1.5 if month.month == 12 else 1.0)
            rows.append((ids[who], month, sold if seller else 9e5))
    people = pd.DataFrame({"seller_id": ids, "is_seller": sells, "hire_date": hired})
    careers = people[["seller_id", "hire_date"]].assign(start_date=people["hire_date"], end_date=pd.NaT, left=False, leave_kind="",
                                                        tier="P1", region="East", org_id="e")
    return SimpleNamespace(people=people, careers=careers, quota=pd.DataFrame(rows, columns=["seller_id", "month", "sales"]))


@pytest.mark.parametrize("day", [1, 3, 16, 27])
def test_newcomers_as_strong_as_the_rest_reach_their_level_on_whatever_day_they_came(day):
    heights, times = [], []
    for seed in range(8):
        row = newcomer_ramp(company(seed, day=day), coverage=0.9).table.iloc[0]
        heights.append(row["plateau"])
        times.append(row["t90"])
    assert np.mean(heights) == pytest.approx(1, abs=0.06)
    assert np.mean(times) == pytest.approx(np.log(10) / SPEED, rel=0.12)


def test_a_first_month_that_was_short_is_left_out():
    from_the_first = newcomer_results(company(day=2))
    assert from_the_first["month_in_role"].min() == 0.5 and (from_the_first["month_in_role"] % 1 == 0.5).all()
    later = newcomer_results(company(day=16))
    assert later["month_in_role"].between(0.95, 1.1).any() and later["month_in_role"].min() > 0.9
    hired = later["seller_id"].map(company(day=16).careers.set_index("seller_id")["hire_date"]).dt.to_period("M")
    assert (later["month"] > hired).all()


def test_teams_of_leaders_count_on_neither_side():
    data = company(new=10, leaders=20)
    leaders = data.people.loc[~data.people["is_seller"], "seller_id"]
    without = SimpleNamespace(**{**vars(data), "quota": data.quota[~data.quota["seller_id"].isin(leaders)]})
    pd.testing.assert_frame_equal(newcomer_results(data), newcomer_results(without))
    sell = SimpleNamespace(**{**vars(data), "people": data.people.assign(is_seller=True)})
    assert newcomer_results(sell)["value"].mean() < 0.8 * newcomer_results(data)["value"].mean()


def test_settled_sellers_are_at_one_on_average_though_half_of_them_sell_less():
    data = company(new=10, leaders=0)
    settled = data.quota[data.quota["seller_id"] < "p060"].merge(newcomer_results(data)[["month"]].drop_duplicates())
    one = newcomer_results(data).merge(data.quota, on=["seller_id", "month"]).assign(usual=lambda f: f["sales"] / f["value"])
    usual = one.groupby("month")["usual"].first()
    early = settled[settled["month"] < MONTHS[12]]
    assert (early["sales"] / early["month"].map(usual)).mean() == pytest.approx(1)
    assert (early["sales"] / early["month"].map(usual)).median() < 0.9


def test_few_settled_sellers_are_no_measure():
    assert newcomer_results(company(settled=4, leaders=0, new=3)).query("month < '2025-11'").empty


def test_a_career_in_several_spells_is_one_newcomer():
    data = company(new=5)
    cut = data.careers.assign(end_date=pd.Timestamp("2026-05-01"), tier="P0")
    moved = pd.concat([cut, data.careers.assign(start_date=pd.Timestamp("2026-05-01"), region="West")]).sort_values(
        ["seller_id", "start_date"], ignore_index=True)
    found = newcomer_results(SimpleNamespace(**{**vars(data), "careers": moved}))
    pd.testing.assert_frame_equal(found.drop(columns="region"), newcomer_results(data).drop(columns="region"))
    assert found["region"].eq("West").all()
