"""Which process KPIs go with results: R-squared shared out over predictors that overlap."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.text import mark
from salesplan.weighting.importance_bootstrap import (
    johnson_draws,
    johnson_shares,
    lmg_draws,
    orthogonal_weights,
    resampled_correlations,
    share_interval,
)
from salesplan.weighting.importance_noise import noise_shares
from salesplan.weighting.importance_notes import bounded_note, importance_notes, sampling_note
from salesplan.weighting.importance_sample import RegressionSample, check_regression
from salesplan.weighting.importance_sampling import draw_orders, gains_in_order, sampled_shares
from salesplan.weighting.objective_bootstrap import check_bootstrap
from salesplan.weighting.subset_lattice import gain_by_size, lmg_shares
from salesplan.weighting.weights import Floats, Note, Weights

Method = Literal["lmg", "johnson"]

TITLES = {"lmg": mark("Relative importance, LMG"), "johnson": mark("Relative importance, Johnson")}

MOST_EXACT = 15
"""Most predictors whose 2**p subsets are all computed."""

ORDERS_A_RESAMPLE = 200
"""Orders of entry for each resample when there are too many predictors for all subsets."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RelativeImportance:
    """How the explained part of an outcome is shared among predictors.

    ``table`` has one row a predictor: name, weight (share of R-squared) with its interval, explained_share
    (the same as a share of the outcome's variance) with its interval, noise_share (the explained_share it would
    have on average with its figures dealt out to the people at random), first_share (alone), last_share (beyond
    all others), beta_value, betasq_value, pratt_value, car_share, correlation_value, inflation_factor. ``gains``
    holds the mean R-squared that a predictor adds to 0, 1, … others (LMG only). ``sampling_error`` is the
    Monte-Carlo standard error of each explained_share, 0 where all subsets were computed.
    """

    outcome: str
    method: Method
    n: int
    r2: float
    r2_adjusted: float
    table: pd.DataFrame
    weights: Weights
    caveats: tuple[Note, ...]
    gains: pd.DataFrame | None
    sampling_error: Floats
    bootstraps: int
    coverage: float

    def __post_init__(self) -> None:
        total = float(self.table["explained_share"].sum())
        if abs(total - self.r2) > 1e-6:
            raise InputError(f"shares add up to {total:.9g}, must add up to R-squared {self.r2:.9g}")
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a predictor, in the order given."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """One row: outcome, method, n, r2_share, r2_adjusted_share, n_resamples, sampling_error_value."""
        return pd.DataFrame([{
            "outcome": self.outcome, "method_msgid": TITLES[self.method], "n": self.n, "r2_share": self.r2,
            "r2_adjusted_share": self.r2_adjusted, "n_resamples": self.bootstraps,
            "sampling_error_value": float(self.sampling_error.max()),
        }])  # fmt: skip

    def explain(self, name: str) -> pd.DataFrame:
        """Why a predictor has its share: the R-squared it adds to so many others; the mean is its share.

        Raises
        ------
        InputError
            An unknown predictor, or a method that does not average over orders.
        """
        if self.gains is None:
            raise InputError(f"method == {self.method!r}, must be 'lmg' to be explained by order of entry")
        if name not in self.gains.index:
            raise InputError(f"predictor == {name!r}, {known_choices(name, list(self.gains.index))}")
        row = self.gains.loc[name]
        return pd.DataFrame({"n_others": row.index.to_numpy(), "explained_share": row.to_numpy()})


def relative_importance(
    predictors: pd.DataFrame,
    outcome: pd.Series,
    *,
    method: Method = "lmg",
    bootstraps: int = 1000,
    coverage: float = 0.9,
    seed: int = 0,
    orders: int = 2000,
) -> RelativeImportance:
    """Which process KPIs go with a result KPI, when the process KPIs overlap with one another.

    Parameters
    ----------
    predictors
        One row a person, one column a predictor.
    outcome
        The result of the same people (same index).
    method
        ``lmg`` averages what a predictor adds to R-squared over all orders of entry; ``johnson`` gets close
        to it without any order, for many predictors.
    bootstraps
        Resamples of people for the intervals; 0 for none.
    coverage
        Of the intervals, a fraction.
    orders
        Orders of entry drawn when there are more than 15 predictors.

    Raises
    ------
    InputError
        Missing or non-numeric cells, other people in one table than in the other, no more people than
        predictors + 1, a constant column, predictors that are combinations of one another, or an outcome
        that no predictor explains at all.

    Notes
    -----
    LMG (Lindeman, Merenda & Gold 1980; Grömping 2006) is the Shapley value of R-squared and equals general
    dominance (Azen & Budescu 2003). Johnson (2000) equals Genizi (1993). Also given: first, last, squared
    standardised coefficient, Pratt's product, CAR score squared (Zuber & Strimmer 2011). Up to 15 predictors
    exactly; above that by drawn orders with their Monte-Carlo error.

    Intervals by bootstrap over people; resamples that cannot carry the regression are left out and counted. Shares
    cannot be negative, so that no interval tells whether a predictor matters at all: hold a share against its
    ``noise_share``, which a predictor that is noise still exceeds in about one sample of three. What the intervals
    were found to cover stands at `salesplan.weighting.importance_bootstrap.share_interval`. ``noise_share`` is
    that of LMG for both methods.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = pd.DataFrame(rng.normal(size=(80, 3)), columns=["visits", "calls", "quotes"])
    >>> y = (2 * x["visits"] + x["quotes"] + rng.normal(size=80)).rename("sales")
    >>> found = relative_importance(x, y, bootstraps=200)
    >>> found.weights.to_series().round(2).to_dict()
    {'visits': 0.77, 'calls': 0.01, 'quotes': 0.22}
    >>> found.explain("visits")["explained_share"].round(2).tolist()
    [0.62, 0.65, 0.67]
    """
    if method not in TITLES:
        raise InputError(f"method == {method!r}, {known_choices(method, TITLES)}")
    check_bootstrap(bootstraps, coverage)
    if orders < 4:
        raise InputError(f"orders == {orders}, must be at least 4")
    sample, places = check_regression(predictors, outcome).in_fixed_order()
    rng = np.random.default_rng(seed)
    raw, error, by_size, draws = _shares(sample, method, bootstraps, orders, rng)
    r2 = float(raw.sum())
    if r2 < 1e-9:
        raise InputError(
            f"R-squared == 0, must be above 0: no predictor goes with {sample.outcome} at all",
            where=f"outcome {sample.outcome}",
        )
    adjusted = 1 - (1 - r2) * (sample.n - 1) / (sample.n - len(sample.names) - 1)
    table = _table(sample, raw, _noise(sample, orders, rng))
    notes = importance_notes(sample, table, r2)
    if error.any():
        notes.append(sampling_note(orders, float(error.max())))
    weights = Weights(names=sample.names, values=raw / r2, method=TITLES[method], measured_share=1.0)
    if bootstraps:
        portions = draws / draws.sum(axis=1, keepdims=True)
        of_r2, of_all = share_interval(portions, raw / r2, coverage), share_interval(draws, raw, coverage)
        notes += of_r2.notes
        table["weight_lower"], table["weight_upper"] = of_r2.lower, of_r2.upper
        table["explained_share_lower"], table["explained_share_upper"] = of_all.lower, of_all.upper
        if np.isfinite(of_r2.lower).all():
            weights = replace(weights, lower=of_r2.lower, upper=of_r2.upper, coverage=coverage)
            notes.append(bounded_note())
    table = table.iloc[places].reset_index(drop=True)
    gains = None
    if by_size is not None:
        gains = pd.DataFrame(by_size[places], index=pd.Index(table["name"]), columns=range(len(raw)))
    return RelativeImportance(
        outcome=sample.outcome,
        method=method,
        n=sample.n,
        r2=r2,
        r2_adjusted=float(adjusted),
        table=table,
        weights=_in_order(weights, places, tuple(notes)),
        caveats=tuple(notes),
        gains=gains,
        sampling_error=error[places],
        bootstraps=bootstraps,
        coverage=coverage,
    )


def _shares(
    sample: RegressionSample, method: str, bootstraps: int, n_orders: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats | None, Floats]:
    """Shares of the sample, their sampling error, gains by size, and shares of each resample."""
    p = len(sample.names)
    correlation = sample.correlation
    exact = np.zeros(p)
    matrices = resampled_correlations(sample.numbers, bootstraps=bootstraps, rng=rng)
    if method == "johnson":
        return johnson_shares(correlation[None])[0], exact, None, johnson_draws(matrices)
    if p <= MOST_EXACT:
        return lmg_shares(correlation[None])[0], exact, gain_by_size(correlation), lmg_draws(matrices)
    found = sampled_shares(correlation, draw_orders(p, n_orders, rng))
    few = draw_orders(p, ORDERS_A_RESAMPLE, rng)
    # resamples see few orders: what these few get wrong in the sample itself is taken off again
    shift = found.raw - gains_in_order(correlation, few).mean(axis=0)
    return found.raw, found.error, found.by_size, np.maximum(lmg_draws(matrices, orders=few) + shift, 0.0)


def _noise(sample: RegressionSample, n_orders: int, rng: np.random.Generator) -> Floats:
    p = len(sample.names)
    orders = None if p <= MOST_EXACT else draw_orders(p, n_orders, rng)
    return noise_shares(sample.correlation, sample.n, orders=orders)


def _table(sample: RegressionSample, raw: Floats, noise: Floats) -> pd.DataFrame:
    among, with_outcome = sample.correlation[:-1, :-1], sample.correlation[:-1, -1]
    inverse = np.linalg.inv(among)
    beta = inverse @ with_outcome
    columns: dict[str, Any] = {
        "name": list(sample.names),
        "weight": raw / raw.sum(),
        "weight_lower": np.nan,
        "weight_upper": np.nan,
        "explained_share": raw,
        "explained_share_lower": np.nan,
        "explained_share_upper": np.nan,
        "noise_share": noise,
        "first_share": with_outcome**2,
        "last_share": beta**2 / np.diag(inverse),
        "beta_value": beta,
        "betasq_value": beta**2,
        "pratt_value": beta * with_outcome,
        "car_share": orthogonal_weights(among, with_outcome[:, None])[:, 0] ** 2,
        "correlation_value": with_outcome,
        "inflation_factor": np.diag(inverse),
    }
    return pd.DataFrame(columns)


def _in_order(weights: Weights, places: np.ndarray, notes: tuple[Note, ...]) -> Weights:
    return replace(
        weights,
        names=tuple(weights.names[i] for i in places),
        values=weights.to_series().to_numpy()[places],
        lower=None if weights.lower is None else weights.lower[places],
        upper=None if weights.upper is None else weights.upper[places],
        caveats=notes,
    )
