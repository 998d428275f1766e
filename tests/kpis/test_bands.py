"""Rank intervals and bands: at their stated rate, the same for any order of people, and fair to ties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.kpis.bands import UNRANKED, band_notes, critical_values, quantiles, rank_bands, tukey_value
from salesplan.kpis.score_draws import score_draws
from tests.kpis.sales_world import card_of, sellers


def places(true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ranked = pd.Series(-np.round(true, 9))
    return ranked.rank(method="min").to_numpy(), ranked.rank(method="max").to_numpy()


def holds(bands: pd.DataFrame, true: np.ndarray) -> np.ndarray:
    best, worst = places(true)
    return (bands["rank_lower"].to_numpy(int) <= worst) & (best <= bands["rank_upper"].to_numpy(int))


def test_rank_intervals_contain_the_true_rank_at_least_at_the_stated_rate():
    rng, single, everyone = np.random.default_rng(1), [], []
    for _ in range(60):
        n = int(rng.integers(2, 40))
        true, se = rng.normal(90, rng.choice([2, 10, 30]), n), rng.uniform(2, 9, n)
        scores = pd.Series(true + se * rng.standard_normal(n))
        single.append(holds(rank_bands(scores, standard_errors=se), true).mean())
        everyone.append(holds(rank_bands(scores, standard_errors=se, family="everyone"), true).all())
    assert np.mean(single) >= 0.9
    assert np.mean(everyone) >= 0.9


def test_two_people_reach_exactly_the_stated_rate():
    rng = np.random.default_rng(2)
    told = [rank_bands(pd.Series(rng.normal(0, 1, 2)), standard_errors=[1.0, 1.0])["rank_upper"].eq(1).any()
            for _ in range(300)]
    assert np.mean(told) == pytest.approx(0.1, abs=0.05)


def test_rank_intervals_hold_in_months_of_lumpy_sales():
    rng, single, everyone, wrong = np.random.default_rng(3), [], [], []
    for month in range(8):
        who = sellers(60, rng, sigma=0.8, spread=3)
        card, daily, _, _ = card_of(who, rng, cap=150.0)
        true, draws = who.true_scores(card, cap=150.0), score_draws(daily, card, seed=month, n=200).to_frame()
        bands = rank_bands(card.totals["score"], draws=draws)
        single.append(holds(bands, true).mean())
        everyone.append(holds(rank_bands(card.totals["score"], draws=draws, family="everyone"), true).all())
        band = bands["band"].to_numpy(int)
        upper, lower = np.nonzero(band[:, None] < band[None, :])
        wrong.append((true[upper] < true[lower]).mean() if len(upper) else 0.0)
    assert np.mean(single) >= 0.9
    assert np.mean(everyone) >= 0.9
    assert np.mean(wrong) <= 0.15


@pytest.mark.parametrize("spread", [10, 20, 40])
def test_people_in_different_bands_are_truly_in_that_order(spread):
    rng, right, pairs = np.random.default_rng(4), 0, 0
    for _ in range(40):
        true, se = rng.normal(90, spread, 30), rng.uniform(2, 9, 30)
        band = rank_bands(pd.Series(true + se * rng.standard_normal(30)), standard_errors=se)["band"].to_numpy(int)
        upper, lower = np.nonzero(band[:, None] < band[None, :])
        right, pairs = right + int((true[upper] > true[lower]).sum()), pairs + len(upper)
    assert pairs > 1000
    assert right / pairs >= 0.9


def test_best_of_the_bands_are_truly_in_order_even_when_nobody_differs():
    rng, split = np.random.default_rng(5), []
    for _ in range(80):
        bands = rank_bands(pd.Series(90 + 5 * rng.standard_normal(25)), standard_errors=np.full(25, 5.0))
        split.append(bands["band"].max() > 1)
    assert np.mean(split) <= 0.15


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), min_size=1, max_size=25), st.randoms())
def test_order_of_people_changes_nothing_and_ties_share(rows, chance):
    scores = pd.Series([float(s) for s, _ in rows], index=[f"p{i:02d}" for i in range(len(rows))])
    se = pd.Series([float(e) for _, e in rows], index=scores.index)
    found = rank_bands(scores, standard_errors=se)
    mixed = list(scores.index)
    chance.shuffle(mixed)
    again = rank_bands(scores[mixed], standard_errors=se[mixed])
    pd.testing.assert_frame_equal(found, again.reindex(found.index))
    for _, same in found.groupby("score"):
        assert same["rank"].nunique() == 1 and same["band"].nunique() == 1
    ordered = found.sort_values("score", ascending=False)
    assert ordered["band"].is_monotonic_increasing
    assert (found["rank_lower"] <= found["rank"]).all() and (found["rank"] <= found["rank_upper"]).all()


def test_many_people_give_the_same_as_few_would():
    rng = np.random.default_rng(6)
    true = rng.normal(90, 15, 450)
    scores = pd.Series(true + 3 * rng.standard_normal(450))
    draws = scores.to_numpy()[:, None] + 3 * rng.standard_normal((450, 400)) + 8 * rng.standard_normal(400)
    shared = rank_bands(scores, draws=draws)
    plain = rank_bands(scores, standard_errors=np.full(450, 3.0))
    assert holds(shared, true).mean() >= 0.9
    width = (shared["rank_upper"] - shared["rank_lower"]).median(), (plain["rank_upper"] - plain["rank_lower"]).median()
    assert width[0] == pytest.approx(width[1], rel=0.1)


def test_luck_in_common_cancels_for_few_people_too():
    rng = np.random.default_rng(7)
    scores = pd.Series([100.0, 97.0, 94.0])
    draws = scores.to_numpy()[:, None] + 0.5 * rng.standard_normal((3, 400)) + 20 * rng.standard_normal(400)
    assert rank_bands(scores, draws=draws)["band"].tolist() == [1, 2, 3]


def test_who_has_no_interval_has_no_place_and_is_said():
    scores = pd.Series({"a": 90.0, "b": 80.0, "c": np.nan, "d": 70.0})
    bands = rank_bands(scores, standard_errors=[1.0, np.nan, 1.0, 1.0])
    assert bands.loc["b", ["rank", "rank_lower", "band"]].isna().all()
    assert bands.loc["c"].isna().all()
    assert bands.loc[["a", "d"], "rank"].tolist() == [1, 2]
    notes = band_notes(bands, names=pd.Series({"b": "李娜 (E2)"}))
    assert [n["details"] for n in notes if n["msgid"] == UNRANKED] == [{"n": 1, "names": ["李娜 (E2)"]}]
    assert band_notes(rank_bands(scores, standard_errors=[np.nan] * 4))[0]["details"]["n"] == 3


def test_known_scores_are_ranked_exactly():
    bands = rank_bands(pd.Series([3.0, 1.0, 2.0, 2.0]), standard_errors=[0.0] * 4)
    assert bands["rank_lower"].tolist() == [1, 4, 2, 2]
    assert bands["rank_upper"].tolist() == [1, 4, 3, 3]
    assert bands["band"].tolist() == [1, 3, 2, 2]


def test_critical_values_agree_with_simulation_and_with_tukey():
    from scipy.stats import studentized_range

    assert tukey_value(12, coverage=0.95) == pytest.approx(studentized_range.ppf(0.95, 12, 1e6) / np.sqrt(2), abs=1e-3)
    e = np.array([1.0, 1.0, 3.0, 5.0])
    z = np.random.default_rng(8).standard_normal((4, 100_000)) * e[:, None]
    for j in range(4):
        others = [k for k in range(4) if k != j]
        largest = np.max([np.abs(z[j] - z[k]) / np.hypot(e[j], e[k]) for k in others], axis=0)
        assert critical_values(e)[j] == pytest.approx(np.quantile(largest, 0.9), abs=0.02)


def test_quantiles_are_numpys():
    draws = np.random.default_rng(9).normal(size=(5, 37))
    np.testing.assert_allclose(quantiles(draws, [0.05, 0.5, 0.95]), np.quantile(draws, [0.05, 0.5, 0.95], axis=1))


def test_bad_input_is_refused():
    scores = pd.Series([1.0, 2.0])
    with pytest.raises(InputError, match="one of the two"):
        rank_bands(scores)
    with pytest.raises(InputError, match="must be 2 people x"):
        rank_bands(scores, draws=np.zeros((3, 100)))
    with pytest.raises(InputError, match="must not be negative"):
        rank_bands(scores, standard_errors=[1.0, -1.0])
    with pytest.raises(InputError, match="stands twice"):
        rank_bands(pd.Series([1.0, 2.0], index=["a", "a"]), standard_errors=[1.0, 1.0])
    with pytest.raises(InputError, match="everyone"):
        rank_bands(scores, standard_errors=[1.0, 1.0], family="all")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="coverage"):
        rank_bands(scores, standard_errors=[1.0, 1.0], coverage=1.0)
