import numpy as np
import pytest

from salesplan.forecasting.growth import (
    FASTEST,
    company_growth,
    growth_ahead,
    growth_and_error,
    growth_of_months,
    like_for_like_growth,
)


def test_noise_is_not_taken_for_growth():
    rng = np.random.default_rng(4)
    found = [company_growth(rng.normal(100, 10, 36)) for _ in range(200)]
    assert np.mean(np.array(found) == 0) > 0.6
    assert abs(np.mean(found)) < 0.01


def test_explosions_are_capped_and_short_histories_have_none():
    assert company_growth(3.0 ** (np.arange(36) / 12)) == FASTEST
    assert company_growth(np.arange(20.0)) == 0.0
    assert company_growth(np.zeros(36)) == 0.0


def test_growth_ahead_fades():
    steps = np.diff(np.log(growth_ahead(0.12, horizon=24)))
    assert growth_ahead(0.12, horizon=12)[-1] < 1.12
    assert (steps > 0).all()
    assert (np.diff(steps) < 0).all()
    known = growth_of_months(0.12, months=13)
    assert known[[0, -1]] == pytest.approx([1 / 1.12, 1.0])


def test_clear_growth_is_kept_and_doubtful_growth_is_not():
    rng = np.random.default_rng(3)
    luck = np.exp(0.03 * rng.standard_normal((200, 36)))
    for growth in (-0.1, 0.1, 0.2):
        found = [company_growth(row) for row in luck * (1 + growth) ** (np.arange(36) / 12)]
        assert np.mean(found) == pytest.approx(growth, abs=0.005)
    assert np.mean([company_growth(row) == 0 for row in luck]) > 0.8


def test_the_standard_error_is_the_spread_of_the_estimate_when_months_are_correlated():
    rng = np.random.default_rng(5)
    found, stated = [], []
    for _ in range(400):
        shock = rng.standard_normal(60)
        for t in range(1, 60):
            shock[t] = 0.6 * shock[t - 1] + 0.8 * shock[t]
        y = 100 * (1 + 0.04 * shock[24:])
        growth, error = growth_and_error(y[:-12], y[12:])
        found.append(growth)
        stated.append(error)
    assert np.median(stated) == pytest.approx(np.std(found), rel=0.2)


def test_the_forecast_does_not_jump_where_hiring_begins_to_matter():
    steady = 100 * 1.06 ** (np.arange(48) / 12) * np.ones((10, 1))
    sizes = np.linspace(0, 400, 81)
    hired = [like_for_like_growth(np.vstack([steady, np.where(np.arange(48) >= 30, size, 0.0)]), [0] * 10 + [30],
                                  left=[False] * 11) for size in sizes]
    assert np.abs(np.diff(hired)).max() < 0.02
    assert hired[0] == pytest.approx(0.06, abs=1e-3)
    assert hired[-1] == pytest.approx(0.06, abs=1e-3)
    assert max(hired) > 0.08


def test_hiring_is_not_taken_for_growth_of_those_who_were_there():
    steady = np.full((3, 48), 100.0)
    hired = np.where(np.arange(48) >= 30, 100.0, 0.0) * np.ones((2, 1))
    rows = np.vstack([steady, hired])
    assert company_growth(rows.sum(axis=0)) > 0.15
    assert like_for_like_growth(rows, [0, 0, 0, 30, 30], left=[False] * 5) == 0.0


def test_without_much_hiring_the_total_speaks_and_leavers_do_not_count_as_decline():
    grown = 100 * 1.08 ** (np.arange(48) / 12) * np.ones((4, 1))
    gone, successor = grown[:1].copy(), grown[:1].copy()
    gone[:, 36:], successor[:, :36] = 0.0, 0.0
    rows = np.vstack([grown, gone, successor])
    starts, left = [0, 0, 0, 0, 0, 36], [False] * 4 + [True, False]
    assert like_for_like_growth(rows, starts, left=left) == company_growth(rows.sum(axis=0))
    assert abs(like_for_like_growth(rows, starts, left=left) - 0.08) < 1e-4
