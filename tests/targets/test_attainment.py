from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.targets.attainment import (
    QuotaCount,
    expected_shortfall,
    number_at_quota,
    number_at_quota_from_draws,
    probability_at_least,
    share_at_quota,
    team_attainment,
    total_sd,
)


def count_by_enumeration(p):
    chances = np.zeros(len(p) + 1)
    for made in product([0, 1], repeat=len(p)):
        chances[sum(made)] += np.prod([q if m else 1 - q for q, m in zip(p, made, strict=True)])
    return chances


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=0, max_size=9))
def test_number_at_quota_equals_enumeration(p):
    np.testing.assert_allclose(number_at_quota(p), count_by_enumeration(p), atol=1e-12)


def test_number_at_quota_of_a_large_company_is_a_distribution_with_the_right_moments():
    p = np.random.default_rng(0).uniform(0, 1, 3000)
    chances, k = number_at_quota(p), np.arange(3001)
    mean = chances @ k
    assert chances.min() >= 0
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    assert mean == pytest.approx(p.sum())
    assert chances @ (k - mean) ** 2 == pytest.approx((p * (1 - p)).sum())


@pytest.mark.parametrize("correlation", [0.1, 0.5, 0.9])
def test_correlated_number_at_quota_equals_simulation(correlation):
    p = np.array([0.2, 0.4, 0.5, 0.7, 0.9])
    rng = np.random.default_rng(3)
    common, own = rng.standard_normal(400_000), rng.standard_normal((5, 400_000))
    z = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    from scipy.special import ndtri

    drawn = number_at_quota_from_draws(z, -ndtri(p))
    np.testing.assert_allclose(number_at_quota(p, correlation=correlation), drawn, atol=0.004)


def test_fully_correlated_sellers_make_it_in_the_order_of_their_chances():
    np.testing.assert_allclose(number_at_quota([0.2, 0.5, 0.9], correlation=1.0), [0.1, 0.4, 0.3, 0.2])


def test_draws_equal_to_the_quota_count_as_made():
    assert number_at_quota_from_draws([[3.0, 2.9]], [3.0]).tolist() == [0.5, 0.5]


def test_team_chance_and_shortfall_equal_simulation():
    mu, sigma = np.array([110.0, 95, 140]), np.array([12.0, 15, 20])
    covariance = 0.3 * np.outer(sigma, sigma)
    np.fill_diagonal(covariance, sigma**2)
    total = np.random.default_rng(1).multivariate_normal(mu, covariance, 400_000).sum(axis=1)
    team = team_attainment(mu, sigma, 360, correlation=0.3)
    assert team.probability == pytest.approx(np.mean(total >= 360), abs=0.003)
    assert team.expected_shortfall == pytest.approx(np.maximum(360 - total, 0).mean(), rel=0.01)
    matrix = 0.3 + 0.7 * np.eye(3)
    assert total_sd(sigma, correlation=matrix) == pytest.approx(team.sd)
    assert team.summary()["p_target"] == team.probability


def test_a_known_total_is_certain_or_impossible():
    assert probability_at_least(10, 0, [9, 10, 11]).tolist() == [1, 1, 0]
    assert expected_shortfall(10, 0, [9, 12]).tolist() == [0, 2]


def test_missing_forecast_gives_a_missing_chance():
    assert np.isnan(probability_at_least(np.nan, 1.0, 2.0))


def test_quota_count_summarises_its_distribution():
    count = QuotaCount(chances=number_at_quota([0.5] * 10))
    told = count.summary()
    assert count.expected == pytest.approx(5)
    assert (told["at_quota_share_lower"], told["at_quota_share_upper"]) == (0.3, 0.7)
    frame = count.to_frame()
    assert frame["p_at_least"].iloc[0] == pytest.approx(1)
    assert told["p_usual"] == pytest.approx(frame["p_exactly"].iloc[6:8].sum())
    assert told["p_below_usual"] == pytest.approx(frame["p_exactly"].iloc[:6].sum())


@pytest.mark.parametrize(("k", "n"), [(0, 8), (8, 8), (3, 8), (57, 90)])
def test_share_intervals_agree_with_statsmodels(k, n):
    from statsmodels.stats.proportion import proportion_confint

    share = share_at_quota(k, n)
    np.testing.assert_allclose(
        (share.wilson_lower, share.wilson_upper), proportion_confint(k, n, method="wilson"), atol=1e-12
    )
    np.testing.assert_allclose(
        (share.clopper_pearson_lower, share.clopper_pearson_upper), proportion_confint(k, n, method="beta"), atol=1e-12
    )


def test_the_usual_share_is_a_parameter():
    assert share_at_quota(19, 24).compatible
    assert not share_at_quota(19, 24, usual=(0.4, 0.5)).compatible


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: probability_at_least(1, -1, 1), "sd == -1"),
        (lambda: total_sd([1, 1, 1], correlation=-0.9), "between -0.5 and 1"),
        (lambda: total_sd([1, 1], correlation=[[1, 2], [2, 1]]), "positive semidefinite"),
        (lambda: total_sd([1, 1], correlation=[[1, 0, 0]]), "symmetric 2 x 2"),
        (lambda: number_at_quota([0.5, 1.2]), "between 0 and 1"),
        (lambda: number_at_quota([0.5], correlation=2), "correlation == 2"),
        (lambda: number_at_quota_from_draws([1.0], [1.0]), "sellers x draws"),
        (lambda: share_at_quota(5, 4), "at_quota == 5"),
        (lambda: share_at_quota(1, 4, usual=(0.7, 0.6)), "usual"),
        (lambda: share_at_quota(1, 4, confidence=95), "confidence == 95"),
        (lambda: QuotaCount(chances=np.array([0.5, 0.4])), "sum to 1"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        call()
