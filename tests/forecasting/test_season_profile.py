"""The season of a product line: its own where its years agree, the company's where they do not."""

import numpy as np

from salesplan.forecasting.season_profile import season_profiles

FALLBACK = np.full((1, 12), 1.0)
MONTHS = np.arange(36)


def test_growth_inside_the_years_is_not_taken_for_a_season() -> None:
    grown = 100 * 1.3 ** (MONTHS / 12)
    index = season_profiles(grown[None], grown, fallback=FALLBACK)
    assert np.abs(index - 1).max() < 0.002


def test_a_line_that_repeats_its_own_season_keeps_it() -> None:
    own = np.tile(np.r_[np.full(11, 0.9), 2.1], 3)
    company = 10 * np.ones(36) + own
    index = season_profiles(own[None], company, fallback=FALLBACK)
    assert np.allclose(index, own[:12])


def test_a_line_of_mere_chance_takes_the_season_of_the_company() -> None:
    rng = np.random.default_rng(3)
    season = np.tile(np.r_[np.full(11, 0.9), 2.1], 3)
    lines = season * rng.lognormal(0, 0.5, (200, 36))
    index = season_profiles(lines, season * 200, fallback=np.ones((200, 12)))
    raw = lines.reshape(200, 3, 12).sum(axis=1)
    raw = raw / raw.mean(axis=1, keepdims=True)
    assert np.abs(index - season[:12]).mean() < 0.6 * np.abs(raw - season[:12]).mean()


def test_less_than_two_years_or_an_empty_year_give_the_fallback() -> None:
    fallback = np.full((1, 12), 1.0) + np.arange(12) / 100
    assert (season_profiles(np.ones((1, 20)), np.ones(20), fallback=fallback) == fallback).all()
    assert (season_profiles(np.r_[np.zeros(12), np.ones(24)][None], np.ones(36), fallback=fallback) == fallback).all()
