"""Gains in the middle against the top: exact shares, ties, and the quoted claim checked on the company's own sales."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.middle_sixty import (
    CLAIM_FAILS,
    CLAIM_HOLDS,
    CLAIM_OPEN,
    NO_RANGE,
    TIED,
    TOO_FEW,
    middle_sixty,
    segment_of,
    uplift_gains,
)
from salesplan.errors import InputError
from tests.shared import shared_path


def sellers(values):
    return pd.Series(values, index=[f"s{i:03d}" for i in range(len(values))], dtype=float)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=10, max_size=60), st.randoms(use_true_random=False))
def test_segments_add_up_and_the_order_of_sellers_does_not_matter(values, random):
    if sum(sorted(values)[-max(len(values) // 5, 1):]) == 0:
        return
    found = middle_sixty(sellers(values), bootstraps=100)
    assert found.table["amount"].sum() == pytest.approx(sum(values))
    assert found.table["n"].sum() == pytest.approx(len(values))
    assert (found.table["mean_amount"].diff().dropna() <= 1e-9).all()
    mixed = list(values)
    random.shuffle(mixed)
    again = middle_sixty(sellers(mixed), bootstraps=100)
    assert again.table["amount"].to_numpy() == pytest.approx(found.table["amount"].to_numpy())
    assert found.ratio == pytest.approx(uplift_gains(
        middle=found.table["sales_share"][1], top=found.table["sales_share"][0])["ratio"])


def test_equal_sellers_share_a_segment_and_equal_sales_give_the_shares_of_people():
    found = middle_sixty(sellers([7.0] * 40))
    assert found.status != "ok" and np.isnan(found.ratio_lower), "no spread, nothing to tell of chance"
    assert NO_RANGE in [note["msgid"] for note in found.notes]
    tied = next(note for note in found.notes if note["msgid"] == TIED)
    assert tied["details"] == {"n_top": 0, "n_middle": 40, "n_bottom": 0}
    assert found.table["sales_share"].tolist() == pytest.approx([0.2, 0.6, 0.2])
    assert found.ratio == pytest.approx(3)
    assert set(found.segments) == {"middle"}
    ties = segment_of(sellers([9, 9, 9, 5, 5, 5, 5, 5, 1, 1]))
    assert ties.groupby(ties.index.map(dict(zip(ties.index, [9, 9, 9, 5, 5, 5, 5, 5, 1, 1], strict=True)))).nunique().eq(1).all()


def test_the_claim_holds_for_even_sales_and_fails_for_steep_ones():
    rng = np.random.default_rng(0)
    even = middle_sixty(sellers(rng.normal(100, 8, 200)))
    steep = middle_sixty(sellers(rng.lognormal(0, 1.2, 200)))
    assert CLAIM_HOLDS in [note["msgid"] for note in even.notes]
    assert CLAIM_FAILS in [note["msgid"] for note in steep.notes]
    assert steep.ratio < 1 < even.ratio
    for found in (even, steep):
        assert found.ratio_lower < found.ratio < found.ratio_upper


@pytest.mark.parametrize("n", [30, 50, 100])
def test_intervals_hold_the_truth_mostly(n):
    # lognormal(0, s): the share above the quantile q is Phi(s - z_q)
    from scipy.stats import norm

    spread = 0.5
    top = norm.cdf(spread - norm.ppf(0.8))
    bottom = 1 - norm.cdf(spread - norm.ppf(0.2))
    truth = (1 - top - bottom) / top
    rng = np.random.default_rng(1)
    found = [middle_sixty(sellers(rng.lognormal(0, spread, n)), bootstraps=200, seed=s) for s in range(150)]
    assert np.mean([m.ratio_lower <= truth <= m.ratio_upper for m in found]) > 0.83
    assert np.mean([m.table["sales_share_lower"][0] <= top <= m.table["sales_share_upper"][0] for m in found]) > 0.83


@pytest.mark.parametrize("n", [10, 29])
def test_few_sellers_get_the_shares_and_no_verdict(n):
    found = middle_sixty(sellers(np.random.default_rng(2).lognormal(0, 1.5, n)))
    words = [note["msgid"] for note in found.notes]
    assert found.status == "insufficient evidence"
    assert np.isnan([found.ratio_lower, found.ratio_upper]).all()
    assert found.table[["sales_share_lower", "sales_share_upper"]].isna().all().all()
    assert np.isfinite(found.ratio) and found.table["sales_share"].sum() == pytest.approx(1)
    assert TOO_FEW in words and not {CLAIM_HOLDS, CLAIM_FAILS, CLAIM_OPEN} & set(words)


def test_an_idle_half_has_intervals_and_a_top_that_sells_all_has_none():
    rng = np.random.default_rng(3)
    half = middle_sixty(sellers([0.0] * 30 + list(rng.lognormal(0, 0.5, 30))))
    assert half.status == "ok" and half.ratio_lower < half.ratio < half.ratio_upper
    assert half.table["sales_share_upper"][2] == 0
    assert middle_sixty(sellers([0.0] * 40 + list(range(1, 9)))).status != "ok"


def test_sellers_without_ties_are_in_the_segments_of_the_table():
    assert TIED not in [note["msgid"] for note in middle_sixty(sellers(np.arange(1.0, 44))).notes]


def test_real_sellers():
    frame = pd.read_csv(shared_path("data", "people_analytics", "employee_performance.csv"))
    found = middle_sixty(frame["sales"].rename_axis("seller_id"))
    ordered = np.sort(frame["sales"])[::-1]
    assert found.table["amount"][0] == pytest.approx(ordered[:73].sum() + 0.2 * ordered[73])
    assert found.segments.value_counts()["top"] == pytest.approx(73, abs=2)


@pytest.mark.parametrize(("values", "message"), [
    ([1.0] * 5, "5 sellers"), ([1.0] * 9 + [np.nan], "must be a number"), ([0.0] * 10, "add up to 0"),
])
def test_wrong_sales_are_named(values, message):
    with pytest.raises(InputError, match=message):
        middle_sixty(sellers(values))


def test_wrong_options_and_doubles_are_named():
    with pytest.raises(InputError, match="uplift == 0"):
        middle_sixty(sellers(np.arange(10.0)), uplift=0)
    with pytest.raises(InputError, match="comes twice"):
        middle_sixty(pd.Series(np.arange(12.0), index=["a"] * 12))
    with pytest.raises(InputError, match="top == 0"):
        uplift_gains(middle=0.5, top=0)


def test_returns_beyond_sales_are_said():
    assert any("below 0" in note["msgid"] for note in middle_sixty(sellers([-5.0, *range(1, 20)])).notes)
