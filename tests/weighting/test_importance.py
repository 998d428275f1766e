import subprocess
import sys
from itertools import combinations, permutations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.text.wording import say_details
from salesplan.weighting.importance import relative_importance
from salesplan.weighting.importance_notes import (
    IDENTITY,
    NEGATIVE,
    NOT_CAUSAL,
    SAMPLED,
    SUPPRESSOR,
    TANGLED,
    TOO_FEW,
    WEAK,
)
from salesplan.weighting.importance_sampling import draw_orders, gains_in_order, sampled_shares
from salesplan.weighting.subset_lattice import gain_by_size, lmg_shares, subset_r2
from tests.weighting.samples import make_regression


def r2_by_regression(x, y, chosen):
    design = np.column_stack([np.ones(len(y)), x[:, list(chosen)]])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - residual @ residual / np.sum((y - y.mean()) ** 2)


def lmg_by_orders(x, y):
    """Mean gain over every order of entry, from one regression a subset."""
    p = x.shape[1]
    r2 = {frozenset(s): r2_by_regression(x, y, s) for k in range(p + 1) for s in combinations(range(p), k)}
    gains = np.zeros(p)
    for order in permutations(range(p)):
        for at, j in enumerate(order):
            gains[j] += r2[frozenset(order[: at + 1])] - r2[frozenset(order[:at])]
    return gains / factorial(p), r2


def msgids(found):
    return [note["msgid"] for note in found.caveats]


def test_all_subsets_and_their_mean_over_orders_equal_separate_regressions():
    x, y = make_regression(50, 5)
    correlation = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    expected, r2 = lmg_by_orders(x.to_numpy(), y.to_numpy())
    of_subsets = subset_r2(correlation[None])[:, 0]
    for chosen, value in r2.items():
        assert of_subsets[sum(1 << j for j in chosen)] == pytest.approx(value, abs=1e-10)
    np.testing.assert_allclose(lmg_shares(correlation[None])[0], expected, atol=1e-10)
    np.testing.assert_allclose(gain_by_size(correlation).mean(axis=1), expected, atol=1e-10)
    np.testing.assert_allclose(relative_importance(x, y, bootstraps=0).table["explained_share"], expected, atol=1e-10)


@pytest.mark.parametrize("method", ["lmg", "johnson"])
@settings(max_examples=20, deadline=None)
@given(st.integers(2, 7), st.integers(0, 10**6), st.lists(st.floats(1e-3, 1e5), min_size=7, max_size=7))
def test_shares_add_up_and_neither_order_nor_unit_changes_them(method, p, seed, units):
    x, y = make_regression(30, p, seed)
    found = relative_importance(x, y, method=method, bootstraps=0)
    table = found.table.set_index("name")
    assert table["explained_share"].sum() == pytest.approx(found.r2)
    assert (table["weight"] >= 0).all() and table["weight"].sum() == pytest.approx(1)
    assert found.r2 == pytest.approx(r2_by_regression(x.to_numpy(), y.to_numpy(), range(p)))
    rng = np.random.default_rng(seed)
    mixed = (x * units[:p] + 3).iloc[rng.permutation(30), rng.permutation(p)]
    again = relative_importance(mixed, 5 - 2 * y, method=method, bootstraps=0)
    assert again.weights.names == tuple(mixed.columns)
    np.testing.assert_allclose(again.table.set_index("name").loc[x.columns, "weight"], table["weight"], atol=1e-8)
    np.testing.assert_allclose(again.weights.to_series()[x.columns], table["weight"], atol=1e-8)


def test_unrelated_predictors_get_their_squared_correlations_by_every_method():
    signs = np.array([[(i >> j) & 1 for j in range(3)] for i in range(8)] * 2) * 2.0 - 1
    x = pd.DataFrame(signs, columns=["a", "b", "c"])
    y = 3 * x["a"] + x["b"] + np.tile([1.0, -1.0], 8) * x["a"] * x["b"] + np.repeat([0.5, -0.5], 8)
    for method in ("lmg", "johnson"):
        table = relative_importance(x, y.rename("y"), method=method, bootstraps=0).table
        for column in ("first_share", "last_share", "betasq_value", "pratt_value", "car_share"):
            np.testing.assert_allclose(table["explained_share"], table[column], atol=1e-12)


def test_shares_are_explained_by_what_a_predictor_adds_to_the_others():
    x, y = make_regression()
    found = relative_importance(x, y, bootstraps=0)
    row = found.table.set_index("name").loc["x01"]
    steps = found.explain("x01")
    assert steps["n_others"].tolist() == [0, 1, 2, 3]
    assert steps["explained_share"].mean() == pytest.approx(row["explained_share"])
    assert steps["explained_share"].iloc[0] == pytest.approx(row["first_share"])
    assert steps["explained_share"].iloc[-1] == pytest.approx(row["last_share"])
    with pytest.raises(InputError, match="did you mean 'x01'"):
        found.explain("x1")
    with pytest.raises(InputError, match="lmg"):
        relative_importance(x, y, method="johnson", bootstraps=0).explain("x01")


def test_the_people_of_both_tables_are_matched_by_name():
    x, y = make_regression()
    expected = relative_importance(x, y, bootstraps=0).table
    pd.testing.assert_frame_equal(relative_importance(x, y.iloc[::-1], bootstraps=0).table, expected)
    with pytest.raises(InputError, match=r"1 people stand in one table only.*p3"):
        relative_importance(x.drop(index="p3"), y)
    twice = x.rename(index={"p1": "p0"})
    with pytest.raises(InputError, match="more than one row"):
        relative_importance(twice, y)


def test_bad_input_is_named():
    x, y = make_regression()
    with pytest.raises(InputError, match=r"x01 == nan.*row p5, column x01"):
        relative_importance(x.mask((x.index == "p5")[:, None] & (x.columns == "x01")), y)
    with pytest.raises(InputError, match=r"sales == nan.*row p2, column sales"):
        relative_importance(x, y.where(y.index != "p2"))
    with pytest.raises(InputError, match="x02 == 4 for everybody"):
        relative_importance(x.assign(x02=4), y)
    with pytest.raises(InputError, match="sales == 1 for everybody"):
        relative_importance(x, y * 0 + 1)
    with pytest.raises(InputError, match=r"x03 follows exactly from x00, must"):
        relative_importance(x.assign(x03=2 * x["x00"] + 1), y)
    with pytest.raises(InputError, match=r"x03 follows exactly from x00, x02.*columns x00, x02, x03"):
        relative_importance(x.assign(x03=x["x00"] - 3 * x["x02"]), y)
    with pytest.raises(InputError, match=r"rows == 5, must be at least 6"):
        relative_importance(x.head(5), y.head(5))
    with pytest.raises(InputError, match="stands among the predictors"):
        relative_importance(x.assign(sales=y), y)
    with pytest.raises(InputError, match="predictors == 1"):
        relative_importance(x[["x00"]], y)
    with pytest.raises(InputError, match="did you mean 'lmg'"):
        relative_importance(x, y, method="lgm")
    with pytest.raises(InputError, match="orders == 1"):
        relative_importance(x, y, orders=1)


def test_an_outcome_that_nothing_goes_with_has_no_shares():
    x = pd.DataFrame({"a": [1, 1, -1, -1] * 2, "b": [1, -1, 1, -1] * 2})
    with pytest.raises(InputError, match="no predictor goes with y"):
        relative_importance(x, pd.Series([1.0] * 4 + [-1.0] * 4, name="y"))


def test_caveats_fit_the_sample():
    x, y = make_regression(200, 4)
    assert msgids(relative_importance(x, y, bootstraps=0)) == [NOT_CAUSAL]
    assert TOO_FEW in msgids(relative_importance(x.head(30), y.head(30), bootstraps=0))
    noise = pd.Series(np.random.default_rng(8).normal(size=200), index=x.index, name="luck")
    assert WEAK in msgids(relative_importance(x, noise, bootstraps=0))
    assert IDENTITY in msgids(relative_importance(x, x.sum(axis=1).rename("total"), bootstraps=0))
    twin = x.assign(x03=x["x00"] + 0.01 * noise)
    note = next(n for n in relative_importance(twin, y, bootstraps=0).caveats if n["msgid"] == TANGLED)
    assert note["details"]["names"] == ["x00", "x03"]
    less = relative_importance(x.assign(x00=-x["x00"]), y, bootstraps=0)
    assert next(n for n in less.caveats if n["msgid"] == NEGATIVE)["details"]["names"] == ["x00"]
    for found in (less, relative_importance(twin, y, bootstraps=0)):
        for note in found.caveats:
            assert "{" not in say_details(note["msgid"], note["details"], "zh")


def test_a_suppressor_is_named():
    rng = np.random.default_rng(0)
    skill, easy = rng.normal(size=200), rng.normal(size=200)
    x = pd.DataFrame({"deals": skill + easy, "territory": easy + 0.1 * rng.normal(size=200)})
    y = pd.Series(skill + 0.3 * rng.normal(size=200), name="sales")
    found = relative_importance(x, y, bootstraps=0)
    assert "territory" in next(n for n in found.caveats if n["msgid"] == SUPPRESSOR)["details"]["names"]


def test_drawn_orders_come_near_all_orders_within_their_stated_error():
    x, y = make_regression(80, 8)
    correlation = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    exact = lmg_shares(correlation[None])[0]
    found = [sampled_shares(correlation, draw_orders(8, 200, np.random.default_rng(seed))) for seed in range(40)]
    error = np.array([(f.raw - exact) / f.error for f in found])
    assert np.abs(np.array([f.raw.sum() for f in found]) - exact.sum()).max() < 1e-10
    assert 0.8 < np.sqrt((error**2).mean()) < 1.2
    np.testing.assert_allclose(np.mean([f.by_size for f in found], axis=0), gain_by_size(correlation), atol=0.01)


def test_an_order_gains_what_separate_regressions_gain():
    x, y = make_regression(30, 3)
    correlation = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    steps = [r2_by_regression(x.to_numpy(), y.to_numpy(), s) for s in ([], [2], [2, 0], [2, 0, 1])]
    expected = np.diff(steps)[[1, 2, 0]]
    np.testing.assert_allclose(gains_in_order(correlation, np.array([[2, 0, 1]]))[0], expected, atol=1e-12)


def test_many_predictors_are_sampled_and_say_their_error():
    x, y = make_regression(120, 18)
    found = relative_importance(x, y, bootstraps=40, orders=400)
    assert found.sampling_error.max() > 0
    assert found.table["explained_share"].sum() == pytest.approx(found.r2)
    note = next(n for n in found.caveats if n["msgid"] == SAMPLED)
    assert note["details"] == {"n_orders": 400, "error_value": pytest.approx(found.sampling_error.max())}
    assert (found.weights.lower <= found.weights.upper).all()
    other = relative_importance(x, y, bootstraps=0, orders=400, seed=9)
    gap = np.abs(other.table["explained_share"] - found.table["explained_share"])
    assert (gap < 6 * (found.sampling_error + other.sampling_error)).all()


def test_inputs_are_left_alone_and_the_result_is_a_copy():
    x, y = make_regression()
    before = x.copy(), y.copy()
    found = relative_importance(x, y, bootstraps=30)
    pd.testing.assert_frame_equal(x, before[0])
    pd.testing.assert_series_equal(y, before[1])
    taken = found.to_frame()
    taken["weight"] = 0.0
    assert found.table["weight"].sum() == pytest.approx(1)
    assert found.summary().loc[0, "n_resamples"] == 30


def test_importing_it_loads_no_statistics_package():
    code = (
        "import sys, salesplan.weighting.importance, salesplan.weighting.objective, salesplan.weighting.acceptability,"
        " salesplan.weighting.stability, salesplan.weighting.combination;"
        "print(*[m for m in ('scipy.stats', 'scipy.optimize', 'statsmodels') if m in sys.modules])"
    )
    assert not subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
