import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from salesplan.errors import InputError
from salesplan.forecasting import reconcile as module
from salesplan.forecasting.reconcile import error_covariance, reconcile, shrinkage_intensity

S = sparse.csr_matrix(np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], *np.eye(4)], float))
BOTTOM = [3, 4, 5, 6]


def residuals(seed: int = 0, nodes: int = 7, months: int = 24) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 5, (nodes, months))


def test_equals_the_projection_with_the_full_matrix():
    e, f = residuals(), np.array([103.0, 41, 66, 22, 17, 35, 28])[:, None]
    w = error_covariance(e)
    inverse = np.linalg.inv(w.dense())
    s = S.toarray()
    expected = s @ np.linalg.solve(s.T @ inverse @ s, s.T @ inverse @ f)
    np.testing.assert_allclose(reconcile(f, summing=S, bottom=BOTTOM, covariance=w), expected, rtol=1e-6)


def test_shrinkage_without_the_big_matrix_equals_the_definition():
    e = residuals(3)
    x = e - e.mean(axis=1, keepdims=True)
    x = x / x.std(axis=1, ddof=1, keepdims=True)
    t = x.shape[1]
    top = bottom = 0.0
    for i in range(len(x)):
        for j in range(len(x)):
            if i != j:
                w = x[i] * x[j]
                top += t / (t - 1) ** 3 * ((w - w.mean()) ** 2).sum()
                bottom += (w.sum() / (t - 1)) ** 2
    assert shrinkage_intensity(e) == pytest.approx(min(1.0, top / bottom))


@pytest.mark.parametrize("method", ["mint_shrink", "wls_var"])
def test_sparse_and_dense_solutions_agree(method, monkeypatch):
    e, f = residuals(1), np.random.default_rng(2).gamma(4, 10, (7, 5))
    w = error_covariance(e, method=method)
    dense = reconcile(f, summing=S, bottom=BOTTOM, covariance=w)
    monkeypatch.setattr(module, "DENSE_CONSTRAINTS", 0)
    np.testing.assert_allclose(reconcile(f, summing=S, bottom=BOTTOM, covariance=w), dense, rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-50, 200), min_size=7, max_size=7), st.integers(0, 1000))
def test_result_is_coherent_and_never_negative(values, seed):
    w = error_covariance(residuals(seed))
    out = reconcile(np.array(values)[:, None], summing=S, bottom=BOTTOM, covariance=w)
    np.testing.assert_allclose(S @ out[3:], out, atol=1e-9)
    assert out.min() >= 0


def test_coherent_forecasts_are_left_alone():
    f = S @ np.array([[1.0], [2], [3], [4]])
    np.testing.assert_allclose(reconcile(f, summing=S, bottom=BOTTOM, covariance=error_covariance(residuals())), f)


def test_fixed_nodes_keep_their_forecast_and_so_do_sums_of_fixed_nodes():
    f = np.array([103.0, 50, 66, 22, 17, 35, 28])[:, None]
    out = reconcile(f, summing=S, bottom=BOTTOM, covariance=error_covariance(residuals()),
                    fixed=[True, True, False, False])
    np.testing.assert_allclose(out[[1, 3, 4], 0], [39, 22, 17])
    np.testing.assert_allclose(S @ out[3:], out)


def test_nothing_to_say_gives_zero():
    w = error_covariance(np.zeros((7, 12)))
    assert (reconcile(np.zeros((7, 3)), summing=S, bottom=BOTTOM, covariance=w) == 0).all()


def test_bad_requests_are_refused():
    with pytest.raises(InputError, match="did you mean 'mint_shrink'"):
        error_covariance(residuals(), method="mint_shrnk")
    with pytest.raises(InputError, match="months of residuals"):
        error_covariance(residuals(months=2))
    with pytest.raises(InputError, match="summing"):
        error_covariance(residuals(), method="wls_struct")
    with pytest.raises(InputError, match="3 rows"):
        reconcile(np.ones((3, 1)), summing=S, bottom=BOTTOM, covariance=error_covariance(residuals()))
