"""Odd patterns are found, natural ones raise no more alarms than stated, little evidence raises none."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from salesplan.errors import InputError
from salesplan.kpis.gaming import EVEN_STEPS, bunching, last_day_spikes, share_outliers, short_calls
from salesplan.kpis.gaming_check import INSUFFICIENT, LOOK, benjamini_hochberg, holm


def history(attainment, kpi="sales_amount", **more) -> pd.DataFrame:
    return pd.DataFrame({"seller_id": [f"p{i % 50}" for i in range(len(attainment))], "kpi": kpi,
                         "attainment": attainment, **more})


def counts(hits, trials) -> pd.DataFrame:
    return pd.DataFrame({"hits": hits, "trials": trials}, index=[f"p{i:03d}" for i in range(len(hits))])


@pytest.mark.parametrize(("n", "mean", "sd"), [(400, 0.95, 0.2), (3000, 0.8, 0.15), (3000, 1.1, 0.3)])
def test_smooth_attainment_raises_no_more_alarms_than_stated(n, mean, sd):
    rng, tested, alarms = np.random.default_rng(1), 0, 0
    for _ in range(150):
        check = bunching(history(rng.normal(mean, sd, n)))
        tested, alarms = tested + check.n_tested, alarms + len(check.flagged)
    assert tested > 30
    assert alarms / tested <= 0.09


def test_figures_lifted_over_the_threshold_are_worth_a_look():
    rng, found = np.random.default_rng(2), 0
    for _ in range(30):
        a = rng.normal(0.95, 0.2, 1500)
        near = (a > 0.97) & (a < 1) & (rng.random(1500) < 0.6)
        found += len(bunching(history(np.where(near, 1 + 0.01 * rng.random(1500), a))).flagged)
    assert found >= 27


def test_thresholds_may_differ_by_kpi_and_are_tested_together():
    rng = np.random.default_rng(3)
    both = pd.concat([history(rng.normal(1, 0.2, 2000)), history(rng.normal(1, 0.2, 2000), kpi="visits")])
    check = bunching(both, thresholds={"sales_amount": [0.8, 1.0], "visits": [1.2]})
    assert check.table[["kpi", "threshold_rate"]].values.tolist() == [
        ["sales_amount", 0.8], ["sales_amount", 1.0], ["visits", 1.2]]
    assert (check.table["p_adjusted"] >= check.table["p_value"]).all()


def test_whole_numbers_reaching_a_small_target_are_not_bunching():
    rng = np.random.default_rng(4)
    target = rng.integers(4, 12, 3000)
    reached = rng.poisson(target) / target
    coarse = bunching(history(reached, target=target), units={"sales_amount": "count"})
    assert coarse.table["status"].tolist() == [INSUFFICIENT]
    assert any(n["msgid"] == EVEN_STEPS and n["details"]["n"] == 3000 for n in coarse.notes)
    fine = rng.integers(400, 1200, 3000)
    spread = np.round(rng.normal(1, 0.2, 3000) * fine) / fine
    assert bunching(history(spread, target=fine), units={"sales_amount": "count"}).n_tested == 1


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("people", [18, 80])
def test_colleagues_who_differ_raise_no_more_alarms_than_stated(people, spread):
    rng, any_alarm = np.random.default_rng(5), []
    for _ in range(80):
        trials = rng.integers(20, 200, people)
        share = np.full(people, 0.08) if spread == 0 else rng.beta(0.08 * (1 / spread - 1), 0.92 * (1 / spread - 1), people)
        any_alarm.append(len(share_outliers(counts(rng.binomial(trials, share), trials)).flagged) > 0)
    assert np.mean(any_alarm) <= 0.12


def test_a_person_far_above_the_others_is_worth_a_look_and_few_rows_are_not():
    rng = np.random.default_rng(6)
    trials = np.full(40, 100)
    hits = rng.binomial(trials, 0.05)
    hits[3], trials[7], hits[7] = 60, 5, 5
    check = share_outliers(counts(hits, trials))
    assert check.flagged["seller_id"].tolist() == ["p003"]
    assert check.table.loc[7, "status"] == INSUFFICIENT
    assert check.table.loc[3, "usual_share"] == pytest.approx(0.05, abs=0.02)
    few = share_outliers(counts(hits[:10], trials[:10]))
    assert few.n_tested == 0 and few.table["status"].eq(INSUFFICIENT).all()


def test_order_of_people_changes_nothing():
    rng = np.random.default_rng(7)
    table = counts(rng.binomial(60, 0.1, 30), np.full(30, 60))
    pd.testing.assert_frame_equal(share_outliers(table).table, share_outliers(table.sample(frac=1, random_state=1)).table)


def days_of(rng, people=30, months=("2026-09", "2026-10", "2026-11")) -> pd.DataFrame:
    rows = []
    for month in months:
        dates = pd.bdate_range(f"{month}-01", periods=19)
        for i in range(people):
            n = rng.poisson(1.0, 19)
            rows += [(f"p{i:03d}", "sales_amount", d, 100.0 * k, k) for d, k in zip(dates, n, strict=True) if k]
    return pd.DataFrame(rows, columns=["seller_id", "kpi", "date", "numerator", "evidence_rows"])


def test_who_saves_the_month_for_its_last_days_is_worth_a_look():
    rng = np.random.default_rng(8)
    daily = days_of(rng)
    worked = pd.DatetimeIndex(sorted(daily["date"].unique()))
    last = worked.to_series().groupby(worked.to_period("M")).tail(2)
    late = (daily["seller_id"] == "p004") & (rng.random(len(daily)) < 0.7)
    month_end = pd.Series(last.groupby(last.dt.to_period("M")).max())
    daily.loc[late, "date"] = daily.loc[late, "date"].dt.to_period("M").map(month_end)
    check = last_day_spikes(daily, kpi="sales_amount", days=worked)
    assert check.flagged["seller_id"].tolist() == ["p004"]
    assert check.flagged["last_share"].iloc[0] > 0.5 > check.usual_share
    assert check.flagged["amount_share"].iloc[0] == pytest.approx(check.flagged["last_share"].iloc[0])


def test_a_month_end_that_everybody_has_is_nobodys_spike():
    rng = np.random.default_rng(9)
    daily = days_of(rng)
    moved = rng.random(len(daily)) < 0.5
    end = daily["date"].dt.to_period("M").dt.to_timestamp(how="end").dt.normalize()
    daily.loc[moved, "date"] = end[moved]
    check = last_day_spikes(daily, kpi="sales_amount")
    assert check.usual_share > 0.45
    assert len(check.flagged) == 0
    with pytest.raises(InputError, match="sales_amount"):
        last_day_spikes(daily, kpi="sales")


@pytest.mark.parametrize(("country", "first_last_day"), [("CN", 27), ("DE", 26)])
def test_last_days_are_those_of_the_country(country, first_last_day):
    """28 February 2026, a Saturday, was worked in China in exchange for a longer Spring Festival."""
    daily = pd.DataFrame({"seller_id": "p000", "kpi": "visits", "date": pd.date_range("2026-02-01", "2026-02-28"),
                          "numerator": 1.0, "evidence_rows": 1})
    check = last_day_spikes(daily, kpi="visits", country=country)
    assert check.table["n_last"].item() == 28 - first_last_day + 1


def test_one_second_calls_are_found_among_calls_that_nobody_answered():
    rng = np.random.default_rng(10)
    calls = pd.DataFrame({"seller_id": np.repeat([f"p{i:02d}" for i in range(25)], 80),
                          "seconds": np.where(rng.random(2000) < 0.1, 3.0, rng.gamma(2, 60, 2000) + 5)})
    assert len(short_calls(calls).flagged) == 0
    calls.loc[(calls["seller_id"] == "p09") & (rng.random(2000) < 0.6), "seconds"] = 1.0
    calls.loc[calls.index[:10], "seconds"] = np.nan
    check = short_calls(calls)
    assert check.flagged["seller_id"].tolist() == ["p09"]
    assert check.table.loc[check.table["seller_id"] == "p00", "n"].item() == 70
    assert check.summary()["n_flagged"] == 1


def test_adjusted_p_values():
    p = [0.01, np.nan, 0.02, 0.03, 0.9]
    assert holm(p).round(3).tolist()[::2] == [0.04, 0.06, 0.9]
    assert benjamini_hochberg(p).round(3).tolist()[::2] == [0.04, 0.04, 0.9]
    rng = np.random.default_rng(11)
    trials = np.full(60, 100)
    hits = rng.binomial(trials, np.where(np.arange(60) < 8, 0.35, 0.05))
    strict, loose = (share_outliers(counts(hits, trials), control=c).flagged for c in ("holm", "bh"))
    assert len(loose) >= len(strict)
    assert set(strict["status"]) <= {LOOK}


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="between 0 and trials"):
        share_outliers(counts([5], [3]))
    with pytest.raises(InputError, match="attainment is missing"):
        bunching(pd.DataFrame({"seller_id": [], "kpi": []}))
    with pytest.raises(InputError, match="seconds is missing"):
        short_calls(pd.DataFrame({"seller_id": []}))
    with pytest.raises(InputError, match="did you mean"):
        share_outliers(counts([1], [3]), control="holms")  # type: ignore[arg-type]


def test_shares_of_a_few_deals_reaching_the_target_are_not_bunching():
    rng = np.random.default_rng(12)
    closed = rng.integers(3, 60, 4000)
    won = rng.binomial(closed, 0.35) / closed
    few = bunching(history(won / 0.35, actual=won, target=0.35, evidence_rows=closed), units={"sales_amount": "percent"})
    assert few.table["status"].tolist() == [INSUFFICIENT]
    bare = bunching(history(won / 0.35))
    assert bare.table["status"].tolist() == [INSUFFICIENT]
    many = rng.integers(400, 900, 4000)
    share = rng.binomial(many, np.clip(rng.normal(0.35, 0.06, 4000), 0.05, 0.9)) / many
    enough = bunching(history(share / 0.35, actual=share, target=0.35, evidence_rows=many))
    assert enough.n_tested == 1 and not len(enough.flagged)


def test_several_extreme_people_do_not_hide_one_another():
    rng = np.random.default_rng(4)
    trials = rng.integers(150, 500, 108).astype(float)
    hits = rng.binomial(trials.astype(int), 0.01).astype(float)
    hits[[3, 7, 20, 40]] = np.round(0.6 * trials[[3, 7, 20, 40]])
    counts = pd.DataFrame({"hits": hits, "trials": trials}, index=[f"s{i:03d}" for i in range(108)])
    assert share_outliers(counts).flagged["seller_id"].tolist() == ["s003", "s007", "s020", "s040"]


def habits(kind, people, rng):
    """Hits and trials of people who differ, none of whom plays a trick."""
    trials = rng.integers(25, 400, people)
    if kind == "roles":
        share = np.where(rng.random(people) < 0.12, 0.30, 0.08) * np.exp(rng.normal(0, 0.15, people))
    else:
        share = expit(rng.normal(logit(kind[0]), kind[1], people))
    return counts(rng.binomial(trials, share), trials)


@pytest.mark.parametrize("people", [20, 100])
@pytest.mark.parametrize("kind", [(0.06, 0.4), (0.06, 0.8), (0.12, 0.8), "roles"])
def test_honest_but_skewed_habits_raise_no_more_alarms_than_stated(kind, people):
    rng = np.random.default_rng(13)
    alarms = [len(share_outliers(habits(kind, people, rng)).flagged) > 0 for _ in range(60)]
    assert np.mean(alarms) <= 0.05 + 1.65 * np.sqrt(0.05 * 0.95 / 60)


def test_people_are_compared_within_their_role():
    rng = np.random.default_rng(14)
    role = pd.Series(np.where(np.arange(80) < 40, "hunter", "farmer"), index=[f"p{i:03d}" for i in range(80)])
    trials = np.full(80, 200)
    hits = rng.binomial(trials, np.where(np.arange(80) < 40, 0.4, 0.02))
    hits[60] = 60
    table = counts(hits, trials)
    assert "p060" not in set(share_outliers(table).flagged["seller_id"])
    assert share_outliers(table, groups=role).flagged["seller_id"].tolist() == ["p060"]
    few = role.mask(role.index > "p069", "other")
    small = share_outliers(table, groups=few).table.set_index("seller_id")
    assert small.loc["p075", "usual_share"] > 0.15 > small.loc["p050", "usual_share"]
