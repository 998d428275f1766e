import numpy as np
import pandas as pd

from salesplan.forecasting.outliers import outlier_log, winsorise


def test_a_towering_month_is_lowered_and_logged():
    rng = np.random.default_rng(0)
    y = rng.normal(100, 10, (2, 30))
    y[1, 7] = 5000
    lowered, where = winsorise(y)
    log = outlier_log(y, lowered, where, pd.Index(["a|x", "b|x"]), pd.period_range("2024-01", periods=30, freq="M"))
    assert log[["node_id", "amount_before"]].to_numpy().tolist() == [["b|x", 5000.0]]
    assert str(log["month"][0]) == "2024-08"
    assert log["amount_after"][0] < 150
    assert y[1, 7] == 5000


def test_seasonal_peaks_growth_and_sparse_rows_stay():
    peaks = np.tile(np.r_[np.ones(11), 4.0], 3)
    growth = 1.1 ** np.arange(36)
    sparse = np.zeros(36)
    sparse[[3, 20]] = [1, 50]
    y = np.vstack([peaks, growth, sparse, np.zeros(36)])
    lowered, where = winsorise(y)
    assert (lowered == y).all()
    assert len(where) == 0


def test_short_histories_stay():
    y = np.r_[np.ones(8), 100.0][None]
    assert (winsorise(y)[0] == y).all()
