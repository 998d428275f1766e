"""Made samples of people and KPIs."""

import numpy as np
import pandas as pd


def make_people(n=40, k=4, seed=0):
    """Positive KPIs that overlap, on scales of their own."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    values = np.exp(0.3 * (rng.normal(size=(n, k)) + 0.6 * common * rng.choice([-1, 1], k)) + np.arange(k))
    return pd.DataFrame(values, index=[f"p{i}" for i in range(n)], columns=[f"kpi_{j}" for j in range(k)])


def make_regression(n=60, p=4, seed=0, noise=1.0):
    """Overlapping predictors and an outcome that depends on some of them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) + 0.7 * rng.normal(size=(n, 1))
    y = x @ np.linspace(1.0, 0.0, p) + noise * rng.normal(size=n)
    index = [f"p{i}" for i in range(n)]
    return (
        pd.DataFrame(x, index=index, columns=[f"x{j:02d}" for j in range(p)]),
        pd.Series(y, index=index, name="sales"),
    )
