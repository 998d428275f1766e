"""What closing a gap takes closes it as often as promised, and says whether it was ever done."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.review.closing_findings import closing_findings, closing_words
from salesplan.review.closing_gap import (
    NO_VISITS,
    NOT_FROM_OPPORTUNITIES,
    NOT_FROM_VISITS,
    SEVERAL,
    ClosingGap,
    closing_gap,
)
from salesplan.review.closing_season import Expected
from salesplan.review.off_pace_evidence import deal_variation
from salesplan.review.run_rate import RunRate
from salesplan.text.wording import say_details

MONTHS = pd.period_range("2025-07", "2026-09", freq="M")
UNITS = pd.DataFrame([("t", None, "team", "T"), ("a", "t", "rep", "A"), ("b", "t", "rep", "B"), ("n", "t", "rep", "N")],
                     columns=["unit_id", "parent_id", "level", "name"])
SELLERS = pd.DataFrame({"seller_id": ["a", "b", "n"], "tier": "core"})


def work(visits: dict[str, float], *, orders: float = 0.1, opportunities: float = 0.3) -> pd.DataFrame:
    """Every month the same visits; a tenth become orders of 10,000, each third or so an opportunity. ``n`` has two months."""
    rows = [(who, month, 20, n, round(n * opportunities), round(n * orders), round(n * orders) * 1_000_000)
            for who, n in visits.items() for month in (MONTHS if who != "n" else MONTHS[-2:])]
    return pd.DataFrame(rows, columns=["seller_id", "month", "working_days", "visits", "opportunities", "orders", "amount_fen"])


def missing(days: int = 40, **required: float) -> RunRate:
    table = UNITS.assign(target=1e6, required=[required.get(unit, np.nan) for unit in UNITS["unit_id"]])
    table.loc[table["required"].isna(), "target"] = np.nan
    return RunRate(table=table, working_days_left=days, n_stretches=0)


def closed(rate: RunRate, process: pd.DataFrame, **more: Any) -> ClosingGap:
    return closing_gap(rate, process, SELLERS, UNITS, ended=MONTHS[-1], **more)


def test_the_funnel_is_counted_back_step_by_step_and_needs_more_than_its_means() -> None:
    found = closed(missing(t=300_000.0, a=200_000.0), work({"a": 100.0, "b": 60.0}))
    steps = found.steps[found.steps["unit_id"].eq("t")].set_index("step")
    assert steps.index.tolist() == ["visits", "opportunities", "orders"]
    assert steps["n_mean"].to_dict() == {"visits": 300, "opportunities": 90, "orders": 30}
    assert (steps["n_needed"] > steps["n_mean"]).all()
    row = found.row("t")
    assert row is not None
    assert row["rate_value"] == pytest.approx(0.1)
    assert row["rate_value_lower"] < 0.1 < row["rate_value_upper"]
    assert row["usual_pace"] * 20 == pytest.approx(160, rel=0.1)  # a unit counts days of the calendar
    assert found.row("b") is None  # without a target nothing is asked


def test_visits_at_the_pace_needed_close_the_gap_with_the_confidence_stated() -> None:
    found = closed(missing(t=300_000.0), work({"a": 100.0, "b": 60.0}), confidence=0.9)
    row = found.row("t")
    assert row is not None
    rng = np.random.default_rng(4)
    rate = rng.beta(16 * 12 + 1, 1920 - 192 + 1, 6000)
    orders = rng.binomial(int(row["n_needed"]), rate)
    process = work({"a": 100.0, "b": 60.0})
    spread = np.sqrt(np.log1p(deal_variation(process) ** 2))
    sums = [rng.lognormal(np.log(10_000) - spread**2 / 2, spread, k).sum() for k in orders]
    assert np.mean(np.array(sums) >= 300_000) == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(("required", "verdict"), [(0.0, "closed"), (60_000.0, "usual"), (220_000.0, "stretch"), (1_500_000.0, "beyond")])
def test_the_verdict_goes_by_the_chance_at_the_usual_and_at_the_best_pace(required: float, verdict: str) -> None:
    process = work({"a": 100.0})
    best = process["month"].isin(MONTHS[:2])
    process.loc[best, "visits"] = 220.0
    found = closed(missing(a=required), process)
    row = found.row("a")
    assert row is not None
    assert row["verdict"] == verdict
    if verdict != "closed":
        assert row["best_pace"] == pytest.approx(11.0) and found.n_months == 2
        assert row["p_usual"] <= row["p_best"] + 1e-9
    made = closing_findings(found, unit_id="a", name="A", due=pd.Timestamp("2026-10-15").date())
    assert [f.status for f in made] == {"closed": [], "usual": ["ok"], "stretch": ["watch"], "beyond": ["act"]}[verdict]
    if verdict == "beyond":
        assert "Out of reach: at the best pace ever, or the one to be expected now, the chance is <1%." in made[0].text("en")
        assert "难以做到" in made[0].text("zh") and made[0].action_text("zh")


def test_a_newcomer_is_counted_at_rates_near_those_of_the_tier() -> None:
    found = closed(missing(n=50_000.0, a=50_000.0), work({"a": 100.0, "b": 60.0, "n": 20.0}, orders=0.1))
    new, settled = found.row("n"), found.row("a")
    assert new is not None and settled is not None
    assert new["rate_value"] == pytest.approx(0.1, rel=0.05)
    assert new["n_needed"] > settled["n_needed"]  # less is known of them
    assert new["best_pace"] == pytest.approx(1.0)
    longer = closed(missing(n=9e4, days=90), work({"a": 100.0, "n": 20.0})).row("n")
    assert longer is not None and longer["verdict"] == "unseen"  # never so many months in a row


def test_several_orders_a_visit_and_orders_without_opportunities_are_said() -> None:
    found = closed(missing(t=300_000.0), work({"a": 50.0}, orders=1.2, opportunities=0.3))
    assert [note["msgid"] for note in found.notes] == [SEVERAL, NOT_FROM_OPPORTUNITIES]
    row = found.row("t")
    assert row is not None
    assert row["rate_value"] == pytest.approx(1.2) and found.steps["step"].tolist() == ["visits", "orders"]
    assert row["n_mean"] == 25


def test_without_visits_orders_are_counted() -> None:
    process = work({"a": 100.0, "b": 60.0}).assign(visits=np.nan, opportunities=np.nan)
    found = closed(missing(t=300_000.0), process)
    row, words = found.row("t"), closing_words(found, "t")
    assert row is not None and words is not None
    assert [note["msgid"] for note in found.notes] == [NO_VISITS]
    assert (row["step"], row["n_mean"]) == ("orders", 30) and row["n_needed"] > 30
    said = closing_findings(found, unit_id="t", name="T", due=pd.Timestamp("2026-10-15").date())[0].text("en")
    assert "orders in the 40 working days left (80% sure)" in said


def test_no_day_left_and_too_few_orders_say_nothing_made_up() -> None:
    assert closed(missing(t=1e5, days=0), work({"a": 100.0})).table.empty
    thin = closed(missing(a=1e5), work({"a": 2.0}))
    assert thin.table["verdict"].tolist() == ["unknown"] and closing_words(thin, "a") is None
    with pytest.raises(InputError, match="confidence"):
        closed(missing(t=1e5), work({"a": 100.0}), confidence=1.0)


def test_nothing_of_others_is_left_for_a_part() -> None:
    found = closed(missing(t=3e5, a=2e5, b=1e5), work({"a": 100.0, "b": 60.0})).for_units(["b"])
    assert set(found.table["unit_id"]) == set(found.steps["unit_id"]) == {"b"}


def test_the_pace_to_be_expected_has_the_chance_of_the_projection_and_its_season() -> None:
    process = work({"a": 100.0, "b": 60.0})
    gap = 400_000.0
    strong = {"t": Expected(mean=gap, spread=0.15)}
    for follows_visits in (True, False):
        usual = closed(missing(t=gap), process, follows_visits=follows_visits).row("t")
        season = closed(missing(t=gap), process, expected=strong, follows_visits=follows_visits).row("t")
        assert usual is not None and season is not None
        assert usual["p_usual"] < 0.2 and season["p_usual"] == pytest.approx(0.5, abs=0.06)  # what is missing is what is projected
        assert season["n_needed"] < usual["n_needed"] or not follows_visits
        assert season["p_best"] >= season["p_usual"]
        wide = closed(missing(t=gap), process, expected={"t": Expected(mean=gap, spread=0.4)}, follows_visits=follows_visits).row("t")
        assert wide is not None and wide["n_needed"] > season["n_needed"]
    assert closed(missing(t=gap, a=gap), process, expected=strong).row("a") is None  # nobody's chance, nothing to count back


def test_where_orders_do_not_follow_visits_orders_are_asked_for() -> None:
    found = closed(missing(t=300_000.0), work({"a": 100.0}), follows_visits=False)
    words = closing_words(found, "t")
    assert words is not None and "orders" in say_details(words["msgid"], words["details"], "en")
    assert [note["msgid"] for note in found.notes] == [NOT_FROM_VISITS]
