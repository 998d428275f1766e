import numpy as np
import pandas as pd
import pytest

from salesplan.weighting.importance import relative_importance
from salesplan.weighting.importance_bootstrap import johnson_shares, lmg_draws, resampled_correlations
from salesplan.weighting.importance_notes import BOUNDED
from salesplan.weighting.importance_sampling import draw_orders
from salesplan.weighting.objective_bootstrap import DROPPED, NO_INTERVAL
from salesplan.weighting.subset_lattice import lmg_shares
from tests.weighting.samples import make_regression


def test_each_resample_is_the_correlation_of_the_drawn_people():
    x, y = make_regression(25, 3)
    numbers = np.column_stack([x, y])
    found = resampled_correlations(numbers, bootstraps=4, rng=np.random.default_rng(2))
    rng = np.random.default_rng(2)
    for matrix in found:
        np.testing.assert_allclose(matrix, np.corrcoef(numbers[rng.integers(0, 25, 25)], rowvar=False), atol=1e-12)


def test_draws_are_the_method_on_each_resample():
    x, y = make_regression(25, 4)
    matrices = resampled_correlations(np.column_stack([x, y]), bootstraps=6, rng=np.random.default_rng(2))
    one_by_one = np.concatenate([lmg_shares(m[None]) for m in matrices])
    np.testing.assert_allclose(lmg_draws(matrices), one_by_one, atol=1e-12)
    by_orders = lmg_draws(matrices, orders=draw_orders(4, 4000, np.random.default_rng(0)))
    np.testing.assert_allclose(by_orders, one_by_one, atol=0.02)
    np.testing.assert_allclose(johnson_shares(matrices).sum(axis=1), one_by_one.sum(axis=1), atol=1e-10)


def test_order_of_people_and_predictors_changes_no_interval():
    x, y = make_regression(40, 4)
    one = relative_importance(x, y, bootstraps=60).table.set_index("name")
    mixed = x.iloc[::-1, [3, 1, 0, 2]]
    two = relative_importance(mixed, y.iloc[::-1], bootstraps=60).table.set_index("name").loc[one.index]
    np.testing.assert_allclose(two, one, atol=1e-9)


@pytest.mark.parametrize("method", ["lmg", "johnson"])
def test_intervals_lie_around_the_shares(method):
    x, y = make_regression(150, 4)
    found = relative_importance(x, y, method=method, bootstraps=200, coverage=0.8)
    t = found.table
    assert ((t["weight_lower"] < t["weight"]) & (t["weight"] < t["weight_upper"])).all()
    assert ((t["explained_share_lower"] < t["explained_share"]) & (t["explained_share"] < t["explained_share_upper"])).all()
    assert found.weights.coverage == 0.8
    np.testing.assert_array_equal(found.weights.lower, t["weight_lower"])
    wider = relative_importance(x, y, method=method, bootstraps=200, coverage=0.95).table
    assert (wider["weight_upper"] - wider["weight_lower"] > t["weight_upper"] - t["weight_lower"]).all()


def test_resamples_that_carry_no_regression_are_missing():
    x, y = make_regression(40, 3)
    few = np.column_stack([x, y])[:5]
    found = resampled_correlations(few, bootstraps=300, rng=np.random.default_rng(0))
    missing = np.isnan(found[:, 0, 0])
    rng = np.random.default_rng(0)
    distinct = np.array([len(np.unique(rng.integers(0, 5, 5))) for _ in range(300)])
    np.testing.assert_array_equal(missing, distinct <= 4)


def test_too_few_people_for_a_bootstrap_give_shares_without_intervals():
    x, y = make_regression(8, 4)
    found = relative_importance(x, y, bootstraps=100)
    assert found.weights.lower is None
    assert found.table["weight_lower"].isna().all()
    assert NO_INTERVAL in [n["msgid"] for n in found.caveats]


def test_a_rare_predictor_drops_some_resamples_and_says_so():
    x, y = make_regression(60, 3)
    rare = x.assign(x02=pd.Series(0.0, index=x.index).mask(x.index.isin(["p1", "p2", "p3", "p4"]), 1.0))
    found = relative_importance(rare, y, bootstraps=800)
    note = next(n for n in found.caveats if n["msgid"] == DROPPED)
    assert 1 <= note["details"]["n_dropped"] <= 40
    assert np.isfinite(found.table["weight_lower"]).all()


def test_intervals_contain_the_share_of_the_population_about_as_often_as_they_say():
    x, y = make_regression(100_000, 3, seed=1)
    truth = relative_importance(x, y, bootstraps=0).weights.values
    rng = np.random.default_rng(0)
    hits = []
    for seed in range(100):
        chosen = rng.integers(0, len(x), 100)
        sample = x.iloc[chosen].reset_index(drop=True), y.iloc[chosen].reset_index(drop=True)
        found = relative_importance(*sample, bootstraps=200, seed=seed).weights
        hits.append((found.lower <= truth) & (truth <= found.upper))
    assert 0.82 <= np.mean(hits) <= 0.96


def test_intervals_of_a_predictor_without_relation_reach_zero_and_real_ones_keep_their_cover():
    slopes = np.array([1.0, 0.6, 0.0])
    truth = slopes**2 / (slopes**2).sum()
    hits = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        x = pd.DataFrame(rng.normal(size=(100, 3)), columns=["a", "b", "noise"])
        y = pd.Series(x.to_numpy() @ slopes + 1.5 * rng.normal(size=100), name="sales")
        found = relative_importance(x, y, bootstraps=150, seed=seed).weights
        assert ((found.lower <= found.values) & (found.values <= found.upper)).all()
        hits.append((found.lower <= truth) & (truth <= found.upper))
    cover = np.mean(hits, axis=0)
    assert (cover[:2] >= 0.8).all() and cover[2] >= 0.95


def test_intervals_come_with_what_they_do_not_show():
    x, y = make_regression(80, 3)
    assert BOUNDED in [n["msgid"] for n in relative_importance(x, y, bootstraps=60).weights.caveats]
    assert BOUNDED not in [n["msgid"] for n in relative_importance(x, y, bootstraps=0).caveats]
