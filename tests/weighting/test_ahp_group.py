"""A group's weights: the geometric mean of judgements or of priorities, and who disagrees with whom."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError, ParameterError
from salesplan.text.wording import say_details
from salesplan.weighting import ahp_weights, group_ahp_weights, pairwise_from
from salesplan.weighting.ahp_group import PARTLY_JUDGED, kendall_w
from tests.weighting.comparisons import consistent, judgements, without

NAMES = ("sales", "margin", "visits")
BOSS = pairwise_from({"sales/margin": 3, "sales/visits": 5, "margin/visits": 2}, NAMES)
TEAM = pairwise_from({"sales/margin": "1/2", "sales/visits": 2, "margin/visits": 4}, NAMES)


@st.composite
def groups(draw):
    n = draw(st.integers(3, 5))
    same_size = judgements(least=n, most=n)
    judges = {f"judge {i}": draw(same_size) for i in range(draw(st.integers(1, 4)))}
    counts = {name: draw(st.floats(0.1, 5)) for name in judges}
    return judges, counts


@settings(max_examples=60, deadline=None)
@given(groups())
def test_with_geometric_means_both_ways_of_aggregating_agree(group):
    judges, counts = group
    aij, aip = (
        group_ahp_weights(judges, aggregation=a, judge_weights=counts, method="geometric_mean") for a in ("aij", "aip")
    )
    np.testing.assert_allclose(aij.weights.to_series(), aip.weights.to_series(), rtol=1e-9)
    assert aij.weights.to_series().sum() == pytest.approx(1, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(groups(), st.sampled_from(["aij", "aip"]), st.randoms(use_true_random=False))
def test_order_of_judges_and_kpis_changes_nothing(group, aggregation, random):
    judges, counts = group
    first = group_ahp_weights(judges, aggregation=aggregation, judge_weights=counts)
    names = list(first.weights.names)
    random.shuffle(names)
    shuffled = list(judges.items())
    random.shuffle(shuffled)
    other = group_ahp_weights(
        {judge: c.reordered(names) for judge, c in shuffled}, aggregation=aggregation, judge_weights=counts
    )
    np.testing.assert_allclose(other.weights.to_series()[list(first.weights.names)], first.weights.to_series(), rtol=1e-7)
    if not np.isnan(first.agreement):
        assert other.agreement == pytest.approx(first.agreement)


@settings(max_examples=40, deadline=None)
@given(judgements(), st.integers(1, 4), st.sampled_from(["aij", "aip"]))
def test_judges_of_one_mind_are_one_judge(given_, count, aggregation):
    group = group_ahp_weights({f"j{i}": given_ for i in range(count)}, aggregation=aggregation)
    np.testing.assert_allclose(group.weights.to_series(), ahp_weights(given_).weights.to_series(), rtol=1e-7)
    np.testing.assert_allclose(group.judges["distance_factor"], 1, rtol=1e-6)
    np.testing.assert_allclose(group.pairs["spread_factor"], 1, rtol=1e-6)


def test_a_judge_may_list_the_kpis_in_another_order():
    group = group_ahp_weights({"boss": BOSS, "team": TEAM.reordered(NAMES[::-1])})
    assert group.group.comparison.ratio("sales", "margin") == pytest.approx(np.sqrt(1.5))
    assert group.group.comparison.ratio("margin", "visits") == pytest.approx(np.sqrt(8))


def test_judges_count_by_their_weights():
    only = group_ahp_weights({"boss": BOSS, "team": TEAM}, judge_weights={"boss": 2, "team": 0})
    np.testing.assert_allclose(only.weights.to_series(), ahp_weights(BOSS).weights.to_series(), rtol=1e-9)
    assert only.judges["judge_weight"].tolist() == [1, 0]
    tilted = group_ahp_weights({"boss": BOSS, "team": TEAM}, judge_weights={"boss": 3, "team": 1})
    assert tilted.group.comparison.ratio("sales", "visits") == pytest.approx(5**0.75 * 2**0.25)


@pytest.mark.parametrize(("counts", "words"), [
    ({"boss": 1}, "differ in team"),
    ({"boss": 1, "team": 1, "guest": 1}, "differ in guest"),
    ({"boss": -1, "team": 1}, "judge weight == -1.*judge boss"),
    ({"boss": float("nan"), "team": 1}, "judge boss"),
    ({"boss": 0, "team": 0}, "all judge weights are zero"),
])
def test_judge_weights_that_cannot_be_meant(counts, words):
    with pytest.raises(InputError, match=words):
        group_ahp_weights({"boss": BOSS, "team": TEAM}, judge_weights=counts)


def test_judges_must_compare_the_same_kpis():
    other = pairwise_from({"sales/calls": 2}, ["sales", "calls"])
    with pytest.raises(InputError, match="judge new and judge boss compared different KPIs .calls, margin, visits"):
        group_ahp_weights({"boss": BOSS, "new": other})
    with pytest.raises(InputError, match="at least one judge"):
        group_ahp_weights({})
    with pytest.raises(ParameterError, match="aggregation"):
        group_ahp_weights({"boss": BOSS}, aggregation="mean")


def test_opposite_opinions_are_said_because_the_mean_hides_them():
    group = group_ahp_weights({"boss": BOSS, "team": TEAM})
    worst = group.pairs.iloc[0]
    assert (worst["kpi_a"], worst["kpi_b"], bool(worst["is_opposed"])) == ("sales", "margin", True)
    assert (worst["highest_judge"], worst["lowest_judge"]) == ("boss", "team")
    assert worst["spread_factor"] == pytest.approx(np.sqrt(6))
    note = next(n for n in group.weights.caveats if "n_opposed" in n["details"])
    assert "sales against margin: 3 by boss, 1/2 by team" in say_details(note["msgid"], note["details"], "en")
    assert "boss判为3" in say_details(note["msgid"], note["details"], "zh")


def test_a_judge_who_contradicts_himself_is_named_though_the_mean_agrees():
    circular = pairwise_from({"sales/margin": 3, "margin/visits": 3, "sales/visits": "1/3"}, NAMES)
    mirror = pairwise_from({"sales/margin": "1/3", "margin/visits": "1/3", "sales/visits": 3}, NAMES)
    group = group_ahp_weights({"ann": circular, "bob": mirror})
    assert group.group.is_consistent
    assert group.judges["is_consistent"].tolist() == [False, False]
    note = next(n for n in group.weights.caveats if "judges" in n["details"])
    assert note["details"] == {"n_inconsistent": 2, "n_judges": 2, "judges": ["ann", "bob"]}


def test_judges_may_share_the_work_when_judgements_are_averaged():
    parts = {
        "ann": without(BOSS, ("sales", "visits"), ("margin", "visits")),
        "bob": without(BOSS, ("sales", "margin"), ("sales", "visits")),
    }
    group = group_ahp_weights(parts)
    assert group.group.comparison.n_judged == 2
    np.testing.assert_allclose(group.weights.to_series(), np.array([6, 2, 1]) / 9, rtol=1e-9)
    assert group.judge_weights.isna().all().all()
    assert group.weights.lower is None and np.isnan(group.agreement)
    with pytest.raises(InputError, match=r"judgements of ann.*sales, margin \| visits"):
        group_ahp_weights(parts, aggregation="aip")


def test_pairs_judged_by_some_only_are_counted():
    group = group_ahp_weights({"boss": BOSS, "team": without(TEAM, ("sales", "visits"))})
    assert group.group.comparison.ratio("sales", "visits") == pytest.approx(5)
    assert any(n["details"] == {"n_partial": 1} for n in group.weights.caveats)


def test_pairs_left_out_by_another_judge_each_are_counted():
    full = pairwise_from({"sales/margin": 2, "sales/visits": 4, "margin/visits": 2}, NAMES)
    gaps = [("sales", "margin"), ("sales", "visits"), ("margin", "visits")]
    group = group_ahp_weights({f"j{k}": without(full, gap) for k, gap in enumerate(gaps)})
    assert group.pairs["n_judges"].tolist() == [2, 2, 2]
    note = next(n for n in group.weights.caveats if n["msgid"] == PARTLY_JUDGED)
    assert note["details"] == {"n_partial": 3}


@pytest.mark.parametrize("aggregation", ["aij", "aip"])
def test_a_judge_who_counts_nothing_changes_nothing(aggregation):
    wild = pairwise_from({"sales/margin": "1/9", "margin/visits": "1/9", "sales/visits": 9}, NAMES)
    heard = {"boss": BOSS, "team": TEAM}
    alone = group_ahp_weights(heard, aggregation=aggregation)
    for guest in (wild, without(wild, ("sales", "margin"), ("sales", "visits"))):
        beside = group_ahp_weights(
            heard | {"guest": guest}, aggregation=aggregation, judge_weights={"boss": 1, "team": 1, "guest": 0}
        )
        np.testing.assert_allclose(beside.to_frame().iloc[:, 1:], alone.to_frame().iloc[:, 1:], rtol=1e-12)
        assert beside.agreement == alone.agreement
        assert beside.weights.caveats == alone.weights.caveats
        assert beside.judges["judge"].tolist() == ["boss", "team", "guest"]


def test_range_of_the_judges_stands_beside_the_weights():
    group = group_ahp_weights({"boss": BOSS, "team": TEAM})
    frame = group.to_frame()
    assert (frame["weight_lower"] <= frame["weight"]).all() and (frame["weight"] <= frame["weight_upper"]).all()
    assert group.weights.coverage is None
    assert group.summary()["judge"].tolist() == ["boss", "team"]


def test_kendall_counts_ties_and_needs_two_judges():
    assert kendall_w(np.array([[3.0, 2, 1], [3, 2, 1], [3, 2, 1]])) == 1
    assert kendall_w(np.array([[3.0, 1, 1], [3, 1, 1]])) == 1
    assert np.isnan(kendall_w(np.array([[3.0, 2, 1]])))
    assert np.isnan(kendall_w(np.ones((3, 3))))
    mixed = kendall_w(np.array([[4.0, 3, 2, 1], [4, 3, 1, 2], [3, 4, 2, 1]]))
    assert mixed == pytest.approx(12 * ((np.array([11, 10, 5, 4]) - 7.5) ** 2).sum() / (9 * 60))


def test_agreement_is_full_for_the_same_order():
    group = group_ahp_weights({"ann": consistent([5, 3, 1]), "bob": consistent([9, 2, 1])})
    assert group.agreement == 1
