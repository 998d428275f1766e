"""Retention by group: honest about late records, silent about small groups, never about one person."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.career_spells import career_spells
from salesplan.coaching.retention import EVERYBODY, OTHERS, retention
from salesplan.coaching.survival import kaplan_meier
from salesplan.errors import InputError
from tests.shared import shared_path


def company(n: int = 240, seed: int = 1, start: str | None = None) -> pd.DataFrame:
    """North leaves at a rate of .4 a year, south at .8; with a start, earlier leavers are not on record."""
    rng = np.random.default_rng(seed)
    hired = pd.Timestamp("2016-01-01") + pd.to_timedelta(rng.integers(0, 3600, n), "D")
    south = rng.random(n) < 0.5
    left = hired + pd.to_timedelta(np.round(rng.exponential(365.25 / np.where(south, 0.8, 0.4))), "D")
    frame = pd.DataFrame({"seller_id": [f"p{i}" for i in range(n)], "hire_date": hired, "start_date": hired, "end_date": left,
                          "left": True, "leave_kind": rng.choice(["regretted", "managed"], n),
                          "region": np.where(south, "south", "north")})
    return frame if start is None else frame[frame["end_date"] > start].reset_index(drop=True)


def climbers(seed: int, *, n: int = 250, monthly: float = 0.03, promoted: tuple[int, int] = (12, 12)) -> pd.DataFrame:
    """Everybody leaves at one rate, whatever their tier; who is still there after so many months becomes a senior."""
    rng = np.random.default_rng(seed)
    hired = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 1800, n), "D")
    gone = hired + pd.to_timedelta(np.ceil(rng.exponential(30.4375 / monthly, n)), "D")
    risen = pd.DatetimeIndex([h + pd.DateOffset(months=int(m)) for h, m in zip(hired, rng.integers(promoted[0], promoted[1] + 1, n),
                                                                               strict=True)])
    who = pd.DataFrame({"seller_id": [f"p{i}" for i in range(n)], "hire_date": hired, "leave_kind": "", "risen": risen, "gone": gone})
    junior = who.assign(tier="junior", start_date=hired, end_date=np.minimum(risen, gone), left=gone <= risen)
    senior = who[gone > risen].assign(tier="senior", start_date=risen[gone > risen], end_date=gone[gone > risen], left=True)
    return pd.concat([junior, senior], ignore_index=True).drop(columns=["risen", "gone"])


def by_last_tier(spells: pd.DataFrame) -> pd.DataFrame:
    """One row a person with the tier of the last day: the way that makes seniors immortal."""
    last = spells.sort_values(["seller_id", "start_date"]).drop_duplicates("seller_id", keep="last")
    return last.assign(start_date=last["hire_date"])


def test_rates_and_shares_are_those_planted_though_early_leavers_are_not_on_record():
    frame = company(4000, start="2023-06-01")
    found = retention(frame, by="region", as_of="2025-12-31", history_start="2023-06-01")
    table = found.table.set_index("group")
    assert table["leaving_rate"].to_dict() == pytest.approx({"north": 0.4, "south": 0.8}, rel=0.12)
    assert table["retained_share"].to_dict() == pytest.approx({"north": np.exp(-0.4), "south": np.exp(-0.8)}, abs=0.06)
    row = found.ratios.iloc[0]
    assert {row["group"], row["against"]} == {"north", "south"}
    assert row["hazard_ratio"] == pytest.approx(2 if row["group"] == "south" else 0.5, rel=0.2)
    estimated = retention(frame, by="region", as_of="2025-12-31").table.set_index("group")
    assert estimated["leaving_rate"].to_dict() == pytest.approx(table["leaving_rate"].to_dict(), rel=0.02)


def test_taking_the_records_for_complete_would_flatter():
    frame = company(3000, start="2023-06-01")
    months = (np.minimum(frame["end_date"], pd.Timestamp("2025-12-31")) - frame["hire_date"]).dt.days / 30.4375
    naive = kaplan_meier(months.clip(lower=0), frame["end_date"] <= "2025-12-31").at([12])[0]
    honest = retention(frame, as_of="2025-12-31").table["retained_share"].iloc[0]
    assert naive > honest + 0.1


def test_small_groups_stand_together_and_no_total_gives_one_away():
    frame = company(60)
    frame.loc[:2, "region"], frame.loc[3:5, "region"] = "west", "east"
    found = retention(frame, by="region", as_of="2025-12-31")
    assert set(found.table["group"]) == {OTHERS, "north", "south"}
    assert found.table.set_index("group").loc[OTHERS, "n"] == 6
    frame.loc[3:5, "region"] = "north"
    two = retention(frame, by="region", as_of="2025-12-31")
    assert "west" not in set(two.table.loc[two.table["n"].notna(), "group"])
    assert (two.table["n"].dropna() >= 5).all() and len(two.table.dropna(subset=["n"])) == 2


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 14), min_size=2, max_size=6), st.integers(0, 1000))
def test_nothing_shown_rests_on_fewer_than_five_people(sizes, seed):
    if sum(sizes) < 5:
        return
    frame = company(sum(sizes), seed=seed).assign(region=np.repeat([f"r{i}" for i in range(len(sizes))], sizes))
    watched = len(career_spells(frame, as_of=pd.Timestamp("2025-12-31"))[0])
    if watched < 5:
        return
    found = retention(frame, by="region", as_of="2025-12-31")
    shown = found.table.loc[found.table["status"] == "ok"]
    assert (shown["n"] >= 5).all()
    assert watched - shown["n"].sum() == 0 or watched - shown["n"].sum() >= 5 or shown.empty
    assert (found.curves["n_at_risk"] >= 5).all()
    assert set(found.curves["group"]) <= set(shown["group"])
    assert set(found.ratios["group"]) <= set(shown["group"])
    assert (found.curves["months"] % 1 == 0).all()


def test_a_group_nobody_left_has_no_ratio():
    frame = company(80)
    frame.loc[frame["region"] == "north", ["end_date", "left"]] = [pd.NaT, False]
    found = retention(frame, by="region", as_of="2025-12-31")
    row = found.ratios.iloc[0]
    assert (row["group"], row["status"]) == ("north", "insufficient evidence")
    assert np.isnan(row["hazard_ratio"])
    assert found.table.set_index("group").loc["north", "leaving_rate_upper"] > 0
    assert any("Nobody left" in note["msgid"] for note in found.notes)


def test_nobody_left_yet_is_no_certainty():
    frame = company(40).assign(hire_date=pd.Timestamp("2024-01-01"), start_date=pd.Timestamp("2024-01-01"), end_date=pd.NaT, left=False)
    frame.loc[:5, ["end_date", "left"]] = [pd.Timestamp("2025-06-01"), True]
    row = retention(frame, as_of="2025-12-31", history_start="2020-01-01").table.iloc[0]
    assert row["retained_share"] == 1 == row["retained_share_upper"]
    assert row["retained_share_lower"] == pytest.approx(0.05 ** (1 / 40))


def test_a_ratio_needs_leavers_on_both_sides():
    frame = company(80).assign(end_date=pd.NaT, left=False)
    for region, n, day in (("north", 6, "2025-11-30"), ("south", 2, "2025-12-01")):
        rows = frame.index[frame["region"] == region][:n]
        frame.loc[rows, "end_date"], frame.loc[rows, "left"] = pd.Timestamp(day), True
    row = retention(frame, by="region", as_of="2025-12-31", history_start="2016-01-01").ratios.iloc[0]
    assert (row["group"], row["status"]) == ("south", "insufficient evidence") and np.isnan(row["hazard_ratio"])


def test_nobody_gets_a_score():
    found = retention(company(80), by="region", as_of="2025-12-31")
    for frame in (found.table, found.curves, found.ratios, found.exits):
        assert "seller_id" not in frame
    assert any("no score" in note["msgid"] for note in found.notes)


def test_equal_leaving_shows_as_equal_whoever_rises_after_a_year():
    apart, stayed, agree = [], [], []
    for seed in range(20):
        found = retention(climbers(seed), by="tier", as_of="2025-12-31", history_start="2018-01-01")
        table = found.table.set_index("group")
        agree += [(table["leaving_rate_lower"] <= 0.03 * 12) & (table["leaving_rate_upper"] >= 0.03 * 12)]
        stayed.append(table["retained_share"])
        apart.append(found.ratios["status"].iloc[0])
        assert table["from_month"].tolist() == [0, 12]
    assert np.mean(agree) >= 0.8
    assert pd.DataFrame(stayed).mean().to_dict() == pytest.approx(dict.fromkeys(("junior", "senior"), np.exp(-0.36)), abs=0.03)
    assert set(apart) == {"insufficient evidence"}, "nobody is a junior and nobody a senior in the same month since hire"
    said = " ".join(note["msgid"] for note in found.notes)
    assert "time spent there" in said and "those who reached the month" in said and "same months since joining" in said


def test_ratios_between_tiers_cover_one_as_often_as_stated():
    covered, wrong = [], []
    for seed in range(60):
        spells = climbers(seed, promoted=(6, 18))
        row = retention(spells, by="tier", as_of="2025-12-31", history_start="2018-01-01", coverage=0.9).ratios.iloc[0]
        covered.append(row["hazard_ratio_lower"] <= 1 <= row["hazard_ratio_upper"])
        if seed < 10:
            old = retention(by_last_tier(spells), by="tier", as_of="2025-12-31", history_start="2018-01-01", coverage=0.9)
            row = old.ratios.iloc[0]
            wrong.append(row["hazard_ratio_lower"] <= 1 <= row["hazard_ratio_upper"])
            assert old.table.set_index("group")["retained_share"]["senior"] > 0.8 > np.exp(-0.36)
    assert 0.8 <= np.mean(covered) <= 0.99
    assert not any(wrong), "by the last tier seniors seem to stay"


@pytest.mark.parametrize("seed", range(5))
def test_a_difference_between_tiers_is_found(seed):
    spells = climbers(seed, n=600, promoted=(3, 24))
    rng = np.random.default_rng(seed)
    longer = spells["tier"].eq("senior")
    days = np.ceil(rng.exponential(30.4375 / 0.06, longer.sum()))
    spells.loc[longer, "end_date"] = spells.loc[longer, "start_date"] + pd.to_timedelta(days, "D")
    row = retention(spells, by="tier", as_of="2025-12-31", history_start="2018-01-01").ratios.iloc[0]
    ratio = row["hazard_ratio"] if row["group"] == "senior" else 1 / row["hazard_ratio"]
    assert ratio == pytest.approx(2, rel=0.4)


def test_a_person_counts_once_in_each_group_and_their_time_once_in_all():
    spells = climbers(3, n=60)
    whole = retention(spells, as_of="2025-12-31", history_start="2018-01-01")
    found = retention(spells, by="tier", as_of="2025-12-31", history_start="2018-01-01")
    again = spells.loc[spells["tier"] == "senior", "seller_id"]
    assert found.table.set_index("group")["n"].to_dict() == {"junior": 60, "senior": again.nunique()}
    assert found.table["person_years"].sum() == pytest.approx(whole.table["person_years"].iloc[0])
    assert found.table["n_left"].sum() == whole.table["n_left"].iloc[0] <= whole.table["n"].iloc[0] == 60
    moved = spells.copy()
    cut = moved["end_date"] - moved["start_date"] > pd.Timedelta(days=20)
    half = (moved["start_date"] + (moved["end_date"] - moved["start_date"]) / 2).dt.normalize()
    halves = pd.concat([moved.assign(end_date=moved["end_date"].where(~cut, half), left=moved["left"] & ~cut),
                        moved[cut].assign(start_date=half[cut])], ignore_index=True)
    pd.testing.assert_frame_equal(retention(halves, by="tier", as_of="2025-12-31", history_start="2018-01-01").table, found.table)


def test_the_same_few_people_in_two_small_groups_are_still_few():
    frame = company(40).assign(end_date=pd.NaT, left=False)
    few = frame.loc[:2, ["seller_id"]].index
    moved = frame.loc[few].assign(start_date=pd.Timestamp("2025-10-01"), region="east")
    frame.loc[few, "region"], frame.loc[few, "end_date"] = "west", pd.Timestamp("2025-10-01")
    found = retention(pd.concat([frame, moved], ignore_index=True), by="region", as_of="2025-12-31", history_start="2015-01-01")
    table = found.table.set_index("group")
    assert table.loc[OTHERS, "n"] >= 5 and len(table.dropna(subset=["n"])) == 2


def test_exits_by_cause_add_up_to_all_exits():
    found = retention(company(400), as_of="2025-12-31", history_start="2016-01-01")
    gone = found.exits.groupby("months")["incidence"].sum()
    stayed = found.curves.set_index("months")["survival"]
    np.testing.assert_allclose(gone + stayed.reindex(gone.index), 1, atol=1e-9)
    assert found.table["group"].tolist() == [EVERYBODY]


def test_a_curve_that_cannot_start_at_the_first_day_starts_later_and_says_so():
    frame = company(300, start="2023-06-01")
    frame = frame[frame["hire_date"] < "2022-06-01"]
    found = retention(frame, as_of="2025-12-31", history_start="2023-06-01")
    assert found.curves["months"].min() >= 12
    row = found.table.iloc[0]
    assert row["from_month"] == found.curves["months"].min() and pd.isna(row["median_months"]) and pd.isna(row["mean_months"])
    after = found.curves.set_index("months")["survival"]
    assert row["retained_share"] == pytest.approx(after[row["from_month"] + 12]) and after.iloc[0] == 1
    assert any("those who reached the month" in note["msgid"] for note in found.notes)


@pytest.mark.parametrize(("change", "options", "message"), [
    ({}, {"by": "city"}, "by == 'city'"), ({}, {"minimum": 1}, "at least 2"), ({}, {"coverage": 2}, "fraction"),
    ({"end_date": pd.Timestamp("1999-01-01")}, {}, "seller p0"), ({"start_date": pd.Timestamp("1999-01-01")}, {}, "seller p0"),
    ({"end_date": pd.NaT}, {}, "must have an end_date"), ({"seller_id": "p0"}, {}, "may follow leaving"),
    ({"seller_id": "p0", "left": False}, {}, "before the one before it ended"), ({}, {"as_of": "2015-01-01"}, "nobody was employed"),
])
def test_bad_input(change, options, message):
    with pytest.raises(InputError, match=message):
        retention(company(30).assign(**change), **({"as_of": "2025-12-31"} | options))


def test_missing_dates_and_columns_are_named():
    with pytest.raises(InputError, match="column hire_date is missing"):
        retention(company(30).drop(columns="hire_date"), as_of="2025-12-31")
    frame = company(30)
    frame.loc[0, ["hire_date", "start_date"]] = pd.NaT
    assert any("no hire date" in note["msgid"] for note in retention(frame, as_of="2025-12-31").notes)


def test_the_public_job_retention_data():
    """3,770 people followed for 12 months: the textbook's Kaplan-Meier and Cox, by way of dates."""
    from statsmodels.duration.hazard_regression import PHReg

    jobs = pd.read_csv(shared_path("data", "people_analytics", "job_retention.csv"))
    end = pd.Timestamp("2021-01-01")
    hired = pd.Series([end - pd.DateOffset(months=int(m)) for m in jobs["month"]])
    careers = pd.DataFrame({"seller_id": jobs.index, "hire_date": hired, "start_date": hired, "left": jobs["left"] == 1,
                            "end_date": pd.Series(end, jobs.index).where(jobs["left"] == 1), "field": jobs["field"]})
    options = {"as_of": end, "history_start": "2019-12-31", "horizon": 11}
    found = retention(careers, by="field", **options)
    assert found.table["n"].sum() == len(jobs) and found.table["n_left"].sum() == jobs["left"].sum()
    curve = kaplan_meier(jobs["month"], jobs["left"])
    whole = retention(careers, **options).curves.set_index("months")["survival"]
    np.testing.assert_allclose(whole, curve.at(whole.index), atol=1e-9)
    assert whole.index.max() == 12
    names = found.ratios["group"].tolist()
    dummies = np.column_stack([(jobs["field"] == g).astype(float) for g in names])
    expected = PHReg(jobs["month"], dummies, status=jobs["left"], ties="efron").fit()
    np.testing.assert_allclose(np.log(found.ratios["hazard_ratio"].astype(float)), expected.params, atol=0.01)
    assert found.p_value < 0.05
