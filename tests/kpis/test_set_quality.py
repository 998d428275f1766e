"""The findings about a KPI set: a good one is called good, a bad one is looked at, little evidence is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.redundancy import comparable_figures
from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.score_people import score_people
from salesplan.kpis.set_quality import FIRST_OF_COMPLETE, FIRST_SHARE, NO_RANKS, UNREPEATED, check_set_quality
from tests.kpis.sales_world import card_of, sellers


def status_of(found) -> dict[str, str]:
    return {f.key: f.status for f in found.findings}


@pytest.fixture(scope="module")
def month():
    rng = np.random.default_rng(1)
    return card_of(sellers(60, rng, spread=3), rng)


def test_every_question_is_answered_in_both_languages(month):
    card, daily, _, _ = month
    found = check_set_quality(card, daily)
    assert {"weights_all", "first_all", "redundant", "reliability", "patterns"} <= set(status_of(found))
    assert status_of(found)["redundant"] == "ok"
    for finding in found.findings:
        for language in ("en", "zh"):
            text = finding.text(language) + finding.action_text(language)
            assert "{" not in text and "nan" not in text
        assert finding.status in ("ok", "watch", "unknown")
    assert set(found.stability["criterion"]) == {"sales_amount", "win_rate", "visits"}
    assert found.summary()["n"].sum() == len(found.findings)


def test_two_kpis_that_say_the_same_are_watched(month):
    _, daily, figures, profiles = month
    twin = figures[figures["kpi"] == "sales_amount"].assign(kpi="receipts")
    items = [{"kpi": kpi, "weight": weight, "rule": {"function": "achievement_rate"}, "target": {"value": 1}}
             for kpi, weight in (("sales_amount", 0.5), ("receipts", 0.2), ("visits", 0.3))]
    scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])
    card = score_people(pd.concat([figures, twin]), scheme, profiles, period="2026-11")
    found = check_set_quality(card, daily)
    assert status_of(found)["redundant_receipts_sales_amount"] == "watch"
    finding = next(f for f in found.findings if f.key == "redundant_receipts_sales_amount")
    assert "Receipts" in finding.action_text("en") and "回款额" in finding.action_text("zh")


@pytest.fixture(scope="module")
def calling():
    """A month of 30 people, p03 with many calls of a second, and the calls of that month and eleven before."""
    rng, people = np.random.default_rng(2), [f"p{i:02d}" for i in range(30)]
    items = [{"kpi": kpi, "weight": 0.5, "rule": {"function": "achievement_rate"}, "target": {"value": 1}}
             for kpi in ("calls", "visits")]
    scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])
    dates = pd.bdate_range("2026-11-02", periods=20)
    daily = pd.DataFrame([(p, kpi, d, float(k), np.nan, k) for p in people for kpi, mean in (("calls", 6), ("visits", 3))
                          for d, k in zip(dates, rng.poisson(mean, 20), strict=True) if k],
                         columns=["seller_id", "kpi", "date", "numerator", "denominator", "evidence_rows"])
    daily.loc[(daily["seller_id"] == "p03") & (daily["kpi"] == "calls"), ["numerator", "evidence_rows"]] = [14.0, 14]
    sums = daily.groupby(["seller_id", "kpi"], as_index=False)[["numerator", "evidence_rows"]].sum()
    figures = sums.rename(columns={"numerator": "actual"}).assign(target=100.0)
    card = score_people(figures, scheme, pd.DataFrame({"seller_id": people, "tier": "x"}), period="2026-11")
    calls = daily[daily["kpi"] == "calls"].loc[lambda f: f.index.repeat(f["evidence_rows"])]
    now = pd.DataFrame({"seller_id": calls["seller_id"], "date": calls["date"], "seconds": rng.gamma(2, 60, len(calls)) + 5})
    now.loc[(now["seller_id"] == "p03") & (rng.random(len(now)) < 0.6), "seconds"] = 1.0
    before = [now.assign(date=now["date"] - pd.DateOffset(months=k)) for k in range(1, 12)]
    return card, daily, pd.concat([now, *before], ignore_index=True)


def test_only_the_short_calls_of_the_period_are_taken_off(calling):
    card, daily, contacts = calling
    found = check_set_quality(card, daily, contacts=contacts)
    finding = next(f for f in found.findings if f.key == "short_calls_calls")
    assert finding.status == "watch" and finding.details["names"] == ["p03"]
    assert card.totals["score"].idxmax() == "p03"
    moved = found.survival["rows"].table.loc["p03"]
    assert moved["rank_after"] > moved["rank_before"]
    short = contacts[(contacts["seller_id"] == "p03") & (contacts["seconds"] < 5) & (contacts["date"] >= "2026-11-01")]
    assert moved["score_before"] - moved["score_after"] == pytest.approx(0.5 * len(short))
    assert "short calls" in next(f for f in found.findings if f.key == "survival_rows").text("en")


def test_calls_without_a_date_are_looked_at_but_taken_off_nobody(calling):
    card, daily, contacts = calling
    found = check_set_quality(card, daily, contacts=contacts.drop(columns="date"))
    assert "short_calls_calls" in status_of(found) and "rows" not in found.survival


def test_leaders_are_not_compared_with_the_people_they_lead(calling):
    card, daily, contacts = calling
    own = pd.Index([f"p{i:02d}" for i in range(25)])
    found = check_set_quality(card, daily, contacts=contacts, history=card.lines, people=own)
    for check in found.patterns:
        if check.kind in ("last_days", "short_calls"):
            assert set(check.table["seller_id"]) == set(own)
    assert found.split_half.table["n"].max() == 25
    assert found.redundancy.pairs["n"].max() == 25
    assert check_set_quality(card, daily).split_half.table["n"].max() == 30


def test_the_months_last_days_are_those_of_the_scorecards_country(calling):
    card, daily, contacts = calling
    shift = pd.Timestamp("2026-02-02") - daily["date"].min()
    february = daily.assign(date=daily["date"] + shift)

    def in_last_days(country: str) -> int:
        found = check_set_quality(replace(card, country=country), february, contacts=contacts)
        return int(next(c for c in found.patterns if c.kind == "last_days").table["n_last"].sum())

    rows = february[february["kpi"] == "calls"].groupby("date")["evidence_rows"].sum()
    assert in_last_days("CN") == rows["2026-02-27":].sum() < rows["2026-02-26":].sum() == in_last_days("DE")


def test_attainment_is_compared_with_attainment_and_never_with_points(month):
    _, _, figures, profiles = month
    rules = {"sales_amount": "achievement_rate", "visits": "achievement_rate"}
    items = [{"kpi": kpi, "weight": 0.5, "rule": {"function": f, "missing": "peer_median"}, "target": {"value": 1}}
             for kpi, f in rules.items()]
    scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])
    lost = figures["seller_id"].isin(profiles["seller_id"][:20])
    gone = figures.assign(actual=figures["actual"].mask(lost))
    card = score_people(gone, scheme, profiles, period="2026-11")
    found = comparable_figures(card)
    assert found.notna().sum().tolist() == [40, 40]
    assert found.max().max() < 20
    assert set(check_set_quality(card, pd.DataFrame(columns=month[1].columns)).redundancy.pairs["status"]) == {"distinct"}


def test_points_stand_in_where_nobody_has_an_attainment(month):
    card = month[0]
    lines = card.lines.assign(attainment=card.lines["attainment"].mask(card.lines["kpi"] == "visits"))
    found = comparable_figures(replace(card, lines=lines))
    pd.testing.assert_series_equal(found["visits"], comparable_figures(card)["visits"])


def test_the_first_by_score_is_named_or_the_first_of_those_with_all_figures(month):
    _, daily, figures, profiles = month
    items = [{"kpi": kpi, "weight": 0.5, "rule": {"function": "achievement_rate", "missing": "exclude"}, "target": {"value": 1}}
             for kpi in ("sales_amount", "visits")]
    scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])
    whole = score_people(figures, scheme, profiles, period="2026-11")
    best = whole.totals["score"].idxmax()
    said = {f.key: f for f in check_set_quality(whole, daily).findings}["first_all"]
    assert said.message == FIRST_SHARE and said.details["name"] == best
    assert "(± " in said.text("en") and 0 < said.details["error_share"] < 0.03
    high = (figures["seller_id"] == best) & (figures["kpi"] == "sales_amount")
    no_visits = (figures["seller_id"] == best) & (figures["kpi"] == "visits")
    part = figures.assign(actual=figures["actual"].mask(no_visits).mask(high, 100 * figures["target"]))
    card = score_people(part, scheme, profiles, period="2026-11")
    assert card.totals["score"].idxmax() == best
    said = {f.key: f for f in check_set_quality(card, daily).findings}["first_all"]
    assert said.message == FIRST_OF_COMPLETE and said.details["name"] != best and said.details["n"] == 59


def test_little_evidence_is_unknown_and_never_a_verdict():
    rng = np.random.default_rng(3)
    card, daily, _, _ = card_of(sellers(2, rng), rng)
    statuses = status_of(check_set_quality(card, daily))
    assert {statuses[k] for k in ("weights_all", "redundant", "reliability", "patterns")} == {"unknown"}
    assert status_of(check_set_quality(card, daily.iloc[:0]))["reliability"] == "unknown"


def test_a_rate_that_is_none_is_refused(month):
    card, daily, _, _ = month
    with pytest.raises(InputError, match="false_alarm_rate"):
        check_set_quality(card, daily, false_alarm_rate=0)


def test_a_score_that_turns_round_within_the_period_gets_a_sentence_of_its_own():
    """Who does more on one working day does less on the next; over the month everybody does the same."""
    rows = [(f"p{i:02d}", "visits", day, 9.0 + (i / 5 if at % 2 else -i / 5), np.nan, 4)
            for i in range(30) for at, day in enumerate(pd.bdate_range("2026-11-02", periods=20))]
    daily = pd.DataFrame(rows, columns=["seller_id", "kpi", "date", "numerator", "denominator", "evidence_rows"])
    figures = daily.groupby(["seller_id", "kpi"], as_index=False)[["numerator", "evidence_rows"]].sum()
    items = [{"kpi": "visits", "weight": 1, "rule": {"function": "achievement_rate"}, "target": {"value": 1}}]
    scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])
    card = score_people(figures.rename(columns={"numerator": "actual"}).assign(target=180.0), scheme,
                        pd.DataFrame({"seller_id": figures["seller_id"], "tier": "x"}), period="2026-11")
    found = {f.key: f for f in check_set_quality(card, daily).findings}["reliability"]
    assert found.details["reliability_value"] < 0 and found.status == "watch"
    assert (found.message, found.action) == (UNREPEATED, NO_RANKS)
    assert "below zero" in found.text("en") and "低于零" in found.text("zh")
