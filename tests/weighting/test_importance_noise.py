import numpy as np
import pandas as pd
import pytest

from salesplan.text.wording import say_details
from salesplan.weighting.importance import relative_importance
from salesplan.weighting.importance_bootstrap import johnson_shares
from salesplan.weighting.importance_noise import noise_shares
from salesplan.weighting.importance_notes import NOISE
from salesplan.weighting.importance_sampling import draw_orders
from salesplan.weighting.subset_lattice import lmg_shares
from tests.weighting.samples import make_regression


@pytest.mark.parametrize("shares", [lmg_shares, johnson_shares])
def test_noise_share_is_the_mean_share_of_shuffled_figures(shares):
    x, y = make_regression(40, 4)
    numbers = np.column_stack([x, y])
    expected = noise_shares(np.corrcoef(numbers, rowvar=False), 40)
    rng = np.random.default_rng(5)
    for j in (0, 3):
        matrices = []
        for _ in range(1500):
            shuffled = numbers.copy()
            shuffled[:, j] = rng.permutation(shuffled[:, j])
            matrices.append(np.corrcoef(shuffled, rowvar=False))
        found = shares(np.array(matrices))[:, j]
        assert expected[j] == pytest.approx(found.mean(), abs=4 * found.std() / np.sqrt(1500))


def test_drawn_orders_give_the_same_as_all_subsets():
    x, y = make_regression(50, 6)
    correlation = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    by_orders = noise_shares(correlation, 50, orders=draw_orders(6, 4000, np.random.default_rng(0)))
    np.testing.assert_allclose(by_orders, noise_shares(correlation, 50), rtol=0.02)


def test_a_predictor_no_better_than_noise_is_named_and_others_are_not():
    rng = np.random.default_rng(1)
    x = pd.DataFrame(rng.normal(size=(80, 2)), columns=["visits", "calls"])
    residual = rng.normal(size=80)
    design = np.column_stack([np.ones(80), x])
    residual -= design @ np.linalg.lstsq(design, residual, rcond=None)[0]
    y = (x["visits"] + residual).rename("sales")
    x["calls"] -= np.polyval(np.polyfit(x["visits"], x["calls"], 1), x["visits"])
    found = relative_importance(x, y, bootstraps=0)
    table = found.table.set_index("name")
    assert table.loc["calls", "explained_share"] < table.loc["calls", "noise_share"]
    assert table.loc["visits", "explained_share"] > table.loc["visits", "noise_share"]
    note = next(n for n in found.caveats if n["msgid"] == NOISE)
    assert note["details"]["names"] == ["calls"]
    assert "{" not in say_details(note["msgid"], note["details"], "zh")


def test_many_predictors_have_a_noise_share_too():
    x, y = make_regression(120, 17)
    table = relative_importance(x, y, bootstraps=0, orders=200).table
    assert table["noise_share"].between(0, 1 / 100).all() and (table["noise_share"] > 0).all()
