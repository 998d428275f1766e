"""Adjustments change nothing that has ended, add up to the fen, and are refused on noise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.data.plan_store import PlanStore
from salesplan.errors import InputError
from salesplan.review.adjustment import AHEAD, NO_SIGNAL, RISEN, OutsideReason, propose_adjustment

MONTHS = pd.period_range("2026-01", periods=12, freq="M")
BELOW = pd.Series({"is_trigger": True, "direction": "below", "value": -2.9, "limit": 2.3, "rule": "two_months"})


def plan_of(rng: np.random.Generator, people: int = 5) -> pd.DataFrame:
    return pd.DataFrame([(f"s{i}", m, int(rng.integers(0, 9_000_000))) for i in range(people) for m in MONTHS],
                        columns=["seller_id", "month", "target_fen"])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), ended=st.integers(1, 11), share=st.floats(0.3, 0.99), cap=st.sampled_from([0.0, 0.01, 0.05, 0.5]))
def test_ended_months_stay_and_everything_adds_up_to_the_fen(seed, ended, share, cap):
    plan = plan_of(np.random.default_rng(seed))
    by_month = plan.groupby("month")["target_fen"].sum()
    actual = (by_month.iloc[:ended] * share).astype("int64")
    found = propose_adjustment(plan, actual, BELOW, unit_id="t", month=MONTHS[ended - 1], cap=cap)
    book, lines = found.ledger, found.lines
    assert (lines.loc[lines["month"] <= MONTHS[ended - 1], "change_fen"] == 0).all()
    assert lines["target_fen"].sum() == found.months["target_fen"].sum()
    assert book["total_fen"] + book["unabsorbed_fen"] == book["plan_fen"]
    assert (found.months["change_fen"] <= found.months["old_fen"] * cap + 1e-6).all()
    assert 0 <= found.ratchet_factor <= 1
    assert found.to_frame()["target_fen"].dtype == "int64"


def test_noise_and_being_ahead_are_refused_with_the_reason():
    plan = plan_of(np.random.default_rng(1))
    by_month = plan.groupby("month")["target_fen"].sum()
    quiet = BELOW.copy()
    quiet["is_trigger"] = False
    found = propose_adjustment(plan, by_month.iloc[:3], quiet, unit_id="t", month=MONTHS[2])
    assert (found.status, found.messages[0]["msgid"]) == ("refused", NO_SIGNAL)
    assert (found.lines["change_fen"] == 0).all()
    ahead = propose_adjustment(plan, by_month.iloc[:3] * 2, BELOW, unit_id="t", month=MONTHS[2])
    assert (ahead.status, ahead.messages[0]["msgid"]) == ("refused", AHEAD)


def test_a_rise_never_asks_for_more():
    plan = plan_of(np.random.default_rng(1))
    by_month = plan.groupby("month")["target_fen"].sum()
    risen = pd.Series({"is_trigger": False, "direction": "above", "value": 2.9, "limit": 2.3, "rule": "two_months"})
    behind = propose_adjustment(plan, (by_month.iloc[:3] * 0.9).astype("int64"), risen, unit_id="t", month=MONTHS[2])
    ahead = propose_adjustment(plan, by_month.iloc[:3] * 2, risen, unit_id="t", month=MONTHS[2])
    assert [found.messages[0]["msgid"] for found in (behind, ahead)] == [RISEN, AHEAD]


def test_the_lines_proposed_are_kept_as_a_version_of_the_plan(tmp_path):
    plan = plan_of(np.random.default_rng(2))
    actual = (plan.groupby("month")["target_fen"].sum().iloc[:4] * 0.8).astype("int64")
    found = propose_adjustment(plan, actual, BELOW, unit_id="t", month=MONTHS[3])
    store = PlanStore(tmp_path / "plan.db")
    common = {"name": "2026", "parameters": {}, "fingerprint": "f", "author": "a", "reason": "r"}
    first = store.save(plan.assign(month=plan["month"].astype(str)), **common)
    second = store.save(found.to_frame(), based_on=first, **common)
    kept = store.read("2026", second).frame.set_index(["seller_id", "month"])["target_fen"]
    wanted = found.to_frame().set_index(["seller_id", "month"])["target_fen"]
    pd.testing.assert_series_equal(kept.sort_index().astype("int64"), wanted.sort_index(), check_dtype=False, check_index_type=False)
    before = plan.assign(month=plan["month"].astype(str)).set_index(["seller_id", "month"])["target_fen"]
    moved = kept.index[kept != before.reindex(kept.index)]
    assert set(moved.get_level_values("month")) == {str(m) for m in MONTHS[4:]}


def test_an_agreed_reason_changes_the_total_and_carries_no_gap():
    plan = pd.DataFrame([("a", m, 100_00) for m in MONTHS], columns=["seller_id", "month", "target_fen"])
    actual = pd.Series([90_00, 90_00], index=MONTHS[:2])
    found = propose_adjustment(plan, actual, None, unit_id="t", month=MONTHS[1], cap=0.2, rest=(900.0, 100.0),
                               outside=OutsideReason(reason="product withdrawn", change=-0.1))
    assert found.months["target_fen"].tolist() == [100_00] * 2 + [90_00] * 10
    keep, adjust = found.what_if["p_year"]
    assert adjust > keep
    assert found.ledger["unabsorbed_fen"] == 0


def test_the_year_is_as_likely_either_way_but_the_months_left_are_not():
    plan = pd.DataFrame([("a", m, 100_00) for m in MONTHS], columns=["seller_id", "month", "target_fen"])
    found = propose_adjustment(plan, pd.Series([80_00] * 6, index=MONTHS[:6]), BELOW, unit_id="t", month=MONTHS[5], cap=0.1,
                               rest=(620.0, 50.0))
    keep, adjust = found.what_if.to_dict("records")
    assert keep["p_year"] == adjust["p_year"]
    assert keep["p_left"] > adjust["p_left"]
    assert found.ratchet_factor == pytest.approx(0.5)


def test_broken_fen_are_refused():
    plan = plan_of(np.random.default_rng(1)).astype({"target_fen": float})
    with pytest.raises(InputError, match="whole fen"):
        propose_adjustment(plan, pd.Series([1], index=MONTHS[:1]), BELOW, unit_id="t", month=MONTHS[0])
