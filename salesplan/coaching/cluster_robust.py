"""How far chance can move one coefficient of a regression when people of a team share their luck."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError, known_choices

Array = NDArray[np.float64]
Errors = Literal["classical", "cr1", "cr2"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Coefficient:
    """One coefficient with its standard error, degrees of freedom, two-sided p-value and interval."""

    estimate: float
    se: float
    degrees: float
    p_value: float
    lower: float
    upper: float


class LeastSquares:
    """A least squares fit, seen from one of its coefficients.

    ``direction`` holds the weight of every outcome in the coefficient (after Frisch, Waugh and Lovell), so that the
    coefficient is ``direction @ y``. Collinear columns are allowed as long as the tested one is not among them. ``cells``
    numbers the group each row is compared in, which stands for one column a group (and the constant).
    """

    def __init__(self, y: ArrayLike, x: ArrayLike, tested: int, *, cells: ArrayLike | None = None) -> None:
        self.y, self.x = np.asarray(y, float), np.asarray(x, float)
        n, k = self.x.shape
        if self.y.shape != (n,) or not (np.isfinite(self.x).all() and np.isfinite(self.y).all()):
            raise InputError("outcome and predictors must be finite and of one length", where="regression")
        others = np.delete(np.arange(k), tested)
        self.basis = _orthonormal(self.x[:, others], cells)
        column = self.x[:, tested]
        rest = column - self.basis @ (self.basis.T @ column)
        size = float(rest @ rest)
        if size <= 1e-10 * max(float(column @ column), 1e-300):
            raise InputError(f"column {tested} is a combination of the others, its coefficient cannot be told",
                             where="regression")
        self.direction: Array = rest / size
        self.column_rest: Array = rest
        self.estimate = float(self.direction @ self.y)
        null_rest = self.y - self.basis @ (self.basis.T @ self.y)
        self.outcome_rest: Array = null_rest
        self.residuals: Array = null_rest - self.estimate * rest
        self.full_basis: Array = np.column_stack([self.basis, rest / np.sqrt(size)])
        self.freedom = n - self.full_basis.shape[1]


def _orthonormal(x: Array, cells: ArrayLike | None) -> Array:
    """An orthonormal basis of the cells and the columns, collinear ones once."""
    groups = np.zeros((len(x), 0))
    size = np.maximum(np.linalg.norm(x, axis=0), 1e-300)
    if cells is not None:
        code = np.unique(np.asarray(cells), return_inverse=True)[1]
        groups = np.zeros((len(x), int(code.max()) + 1))
        groups[np.arange(len(x)), code] = 1 / np.sqrt(np.bincount(code))[code]
        x = x - groups @ (groups.T @ x)
    if not x.shape[1]:
        return groups
    u, s, _ = np.linalg.svd(x / size, full_matrices=False)
    return np.column_stack([groups, u[:, s > 1e-9 * max(float(s[0]), 1e-6)]])


def coefficient_error(
    fit: LeastSquares, clusters: ArrayLike | None = None, *, errors: Errors = "cr2", coverage: float = 0.95
) -> Coefficient:
    """Standard error and interval of the tested coefficient.

    Parameters
    ----------
    fit
        The regression.
    clusters
        Group of each row; people in one group may share their luck. Missing: everybody is a group (then ``cr2`` is HC2,
        ``cr1`` is HC1).
    errors
        ``classical`` (one variance for all, no clusters), ``cr1`` (t with groups - 1), ``cr2`` (bias-reduced, t with
        Satterthwaite's degrees of freedom: right with few or unequal groups).

    Notes
    -----
    CR2 and its degrees of freedom: Bell & McCaffrey (2002), Survey Methodology 28; Pustejovsky & Tipton (2018),
    Journal of Business & Economic Statistics 36, whose generalised inverse allows effects of the groups themselves.

    Examples
    --------
    >>> x = np.column_stack([np.ones(8), [0, 0, 0, 0, 1, 1, 1, 1]])
    >>> fit = LeastSquares([1, 2, 3, 4, 3, 4, 5, 6], x, 1)
    >>> c = coefficient_error(fit, errors="classical")
    >>> round(c.estimate, 3), round(c.se, 3), c.degrees
    (2.0, 0.913, 6.0)
    >>> round(coefficient_error(fit).se, 3)
    0.913
    """
    if errors not in ("classical", "cr1", "cr2"):
        raise InputError(f"errors == {errors!r}", fix=known_choices(errors, ("classical", "cr1", "cr2")))
    if fit.freedom < 1:
        raise InputError(f"{len(fit.y)} rows leave no degrees of freedom, must be more than the predictors")
    if errors == "classical":
        spread = float(fit.residuals @ fit.residuals) / fit.freedom
        return _interval(fit.estimate, np.sqrt(spread * float(fit.direction @ fit.direction)), fit.freedom, coverage)
    code = np.arange(len(fit.y)) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    n_groups = int(code.max()) + 1
    if n_groups < 2:
        raise InputError("everybody is in one group, an error by groups needs two", where="clusters")
    if errors == "cr1":
        scores = np.bincount(code, fit.direction * fit.residuals, n_groups)
        correction = n_groups / (n_groups - 1) * (len(code) - 1) / fit.freedom
        return _interval(fit.estimate, float(np.sqrt(correction * scores @ scores)), n_groups - 1, coverage)
    weights = _bias_reduced(fit, code, n_groups)
    scores = np.bincount(code, weights * fit.residuals, n_groups)
    size = np.bincount(code, weights**2, n_groups)
    loads = np.stack([np.bincount(code, weights * column, n_groups) for column in fit.full_basis.T], axis=1)
    inside = loads.T @ loads
    traced = float(size.sum() - np.trace(inside))
    squared = float((size**2).sum() - 2 * (size * (loads**2).sum(axis=1)).sum() + (inside**2).sum())
    degrees = traced**2 / squared if squared > 0 and traced > 0 else np.nan
    return _interval(fit.estimate, float(np.sqrt(scores @ scores)), degrees, coverage)


def _bias_reduced(fit: LeastSquares, code: NDArray[np.intp], n_groups: int) -> Array:
    """Directions adjusted by the inverse root of what the fit leaves of each group's chance."""
    if n_groups == len(code):
        left = 1 - (fit.full_basis**2).sum(axis=1)
        return np.where(left > 1e-9, fit.direction / np.sqrt(np.maximum(left, 1e-9)), 0.0)
    order = np.argsort(code, kind="stable")
    adjusted = np.empty_like(fit.direction)
    for members in np.split(order, np.cumsum(np.bincount(code, minlength=n_groups))[:-1]):
        q = fit.full_basis[members]
        values, vectors = np.linalg.eigh(np.eye(len(members)) - q @ q.T)
        root = np.where(values > 1e-9, 1 / np.sqrt(np.maximum(values, 1e-9)), 0.0)
        adjusted[members] = vectors @ (root * (vectors.T @ fit.direction[members]))
    return adjusted


def _interval(estimate: float, se: float, degrees: float, coverage: float) -> Coefficient:
    from scipy.special import stdtr, stdtrit

    if not np.isfinite(degrees) or se <= 0:
        nothing = bool(se <= 0 and np.isfinite(degrees))
        p = (1.0 if estimate == 0 else 0.0) if nothing else np.nan
        bound = estimate if nothing else np.nan
        return Coefficient(estimate=estimate, se=float(se), degrees=float(degrees), p_value=p, lower=bound, upper=bound)
    half = float(stdtrit(degrees, (1 + coverage) / 2)) * se
    return Coefficient(estimate=estimate, se=float(se), degrees=float(degrees), lower=estimate - half,
                       upper=estimate + half, p_value=float(2 * stdtr(degrees, -abs(estimate / se))))
