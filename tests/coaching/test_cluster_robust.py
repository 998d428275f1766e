"""Standard errors by teams agree with textbook formulas and stay honest with few teams."""

import numpy as np
import pytest

from salesplan.coaching.cluster_robust import LeastSquares, coefficient_error
from salesplan.errors import InputError


@pytest.fixture
def sample():
    rng = np.random.default_rng(5)
    team = np.repeat(np.arange(9), [4, 6, 8, 5, 12, 3, 9, 7, 6])
    trained = (team % 3 == 0).astype(float)
    pre = rng.normal(100, 10, len(team))
    y = 3 * trained + 0.6 * pre + rng.normal(0, 3, 9)[team] + rng.normal(0, 8, len(team))
    return y, np.column_stack([np.ones(len(team)), trained, pre]), team


@pytest.mark.parametrize(("errors", "kind"), [("classical", "nonrobust"), ("cr1", "cluster")])
def test_agrees_with_statsmodels(sample, errors, kind):
    import statsmodels.api as sm

    y, x, team = sample
    options = {"cov_type": kind, "cov_kwds": {"groups": team}, "use_t": True} if kind == "cluster" else {}
    expected = sm.OLS(y, x).fit(**options)
    found = coefficient_error(LeastSquares(y, x, 1), team if kind == "cluster" else None, errors=errors)
    np.testing.assert_allclose([found.estimate, found.se, found.p_value],
                               [expected.params[1], expected.bse[1], expected.pvalues[1]], rtol=1e-8)


def test_without_teams_it_is_hc2(sample):
    import statsmodels.api as sm

    y, x, _ = sample
    expected = sm.OLS(y, x).fit(cov_type="HC2")
    assert coefficient_error(LeastSquares(y, x, 1)).se == pytest.approx(expected.bse[1], rel=1e-8)


def test_by_teams_it_is_the_formula_written_out(sample):
    y, x, team = sample
    n = len(y)
    hat = x @ np.linalg.inv(x.T @ x) @ x.T
    left, rest = np.eye(n) - hat, y - hat @ y
    direction = (np.linalg.inv(x.T @ x) @ x.T)[1]
    variance, loads = 0.0, []
    for g in np.unique(team):
        own = np.flatnonzero(team == g)
        values, vectors = np.linalg.eigh(left[np.ix_(own, own)])
        adjusted = vectors @ np.diag(values**-0.5) @ vectors.T @ direction[own]
        variance += float(adjusted @ rest[own]) ** 2
        loads.append(left[:, own] @ adjusted)
    weights = np.linalg.eigvalsh(np.array(loads) @ np.array(loads).T)
    found = coefficient_error(LeastSquares(y, x, 1), team)
    assert found.se == pytest.approx(np.sqrt(variance), rel=1e-8)
    assert found.degrees == pytest.approx(weights.sum() ** 2 / (weights**2).sum(), rel=1e-6)
    assert found.degrees < 8


def test_effects_of_the_teams_themselves_are_allowed(sample):
    y, _, team = sample
    rng = np.random.default_rng(1)
    inside = rng.integers(0, 2, len(y)).astype(float)
    dummies = (team[:, None] == np.unique(team)).astype(float)
    by_dummies = coefficient_error(LeastSquares(y, np.column_stack([inside, dummies]), 0), team)
    twice = coefficient_error(LeastSquares(y, np.column_stack([inside, dummies, np.ones(len(y))]), 0), team)
    assert by_dummies.se == pytest.approx(twice.se, rel=1e-9)
    assert np.isfinite(by_dummies.se) and 0 < by_dummies.degrees < 9


def test_what_cannot_be_told_is_refused(sample):
    y, x, team = sample
    with pytest.raises(InputError, match="combination of the others"):
        LeastSquares(y, np.column_stack([x, x[:, 1] + x[:, 2]]), 3)
    with pytest.raises(InputError, match="one group"):
        coefficient_error(LeastSquares(y, x, 1), np.zeros(len(y)))
    with pytest.raises(InputError, match="errors == 'hc9'"):
        coefficient_error(LeastSquares(y, x, 1), team, errors="hc9")


def test_cells_are_the_same_as_a_column_for_each(sample):
    y, x, team = sample
    inside = np.random.default_rng(2).integers(0, 2, len(y)).astype(float)
    dummies = (team[:, None] == np.unique(team)).astype(float)
    one = coefficient_error(LeastSquares(y, np.column_stack([inside, x[:, 2], dummies]), 0), team)
    two = coefficient_error(LeastSquares(y, np.column_stack([inside, x[:, 2]]), 0, cells=team), team)
    np.testing.assert_allclose([one.estimate, one.se, one.degrees], [two.estimate, two.se, two.degrees], rtol=1e-8)
