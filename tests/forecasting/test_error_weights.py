import numpy as np
from scipy import sparse

from salesplan.forecasting.error_weights import monthly_noise, weigh_errors

S = sparse.csr_matrix(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))


def weigh(months: int, unsure=(False, False, False), method="mint_shrink"):
    rng = np.random.default_rng(0)
    history = S @ rng.gamma(20, 5, (2, months))
    fitted = history + rng.normal(0, 3, history.shape)
    fitted[2, :-3] = np.nan
    return weigh_errors(history, fitted, np.full((3, 2), 100.0), method=method, unsure=np.array(unsure), spread=0.5,
                        summing=S)


def test_nodes_with_few_errors_or_newcomers_get_the_spread_of_newcomers():
    w = weigh(36, unsure=(False, True, False))
    assert w.diagonal[1:].tolist() == [2500.0, 2500.0]
    assert (w.factors[1:] == 0).all()


def test_one_year_of_errors_is_not_believed():
    w = weigh(15)
    assert w.diagonal.tolist() == [10_000.0] * 3


def test_a_perfect_fit_counts_as_no_error():
    y = np.random.default_rng(1).gamma(9, 1, (3, 30))
    w = weigh_errors(y, y * (1 + 1e-14), y[:, :2], method="wls_var", unsure=np.zeros(3, bool), spread=0.5, summing=S)
    assert (w.diagonal == 0).all()


def test_noise_measures_changes_and_leaves_out_the_climb_of_newcomers():
    y = np.random.default_rng(2).normal(100, 10, (3, 48))
    y[1, :26] = 0.0
    y[2, :20] = 0.0
    noise = monthly_noise(y, np.array([0, 26, 20]), np.arange(3))
    assert 7 < noise[0] < 13
    assert np.isnan(noise[1])
    assert 5 < noise[2] < 16
    assert np.isnan(monthly_noise(y[:, :12], np.zeros(3, int), np.arange(3))).all()


def test_a_lucky_year_does_not_make_a_seller_sure():
    y = np.random.default_rng(3).normal(100, 20, (8, 27))
    y[0, 12:] = np.resize(y[0, :12], 15)
    alone, among = (monthly_noise(y, np.zeros(8, int), g) for g in (np.arange(8), np.zeros(8, int)))
    assert alone[0] == 0 or np.isnan(alone[0])
    y[0, 12:] *= 1.02
    alone, among = (monthly_noise(y, np.zeros(8, int), g) for g in (np.arange(8), np.zeros(8, int)))
    assert alone[0] < 3
    assert among[0] > 6
    long = np.random.default_rng(4).normal(100, 20, (8, 36))
    np.testing.assert_allclose(*(monthly_noise(long, np.zeros(8, int), g) for g in (np.arange(8), np.zeros(8, int))))
