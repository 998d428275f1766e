"""Make forecasts of every node add up, giving each node a say according to its past errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from salesplan.errors import InputError, known_choices

Floats = NDArray[np.float64]

METHODS = ("mint_shrink", "wls_var", "wls_struct", "ols", "mint_cov")
DENSE_CONSTRAINTS = 1500
RIDGE = 1e-8


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorCovariance:
    """``W = diag(diagonal) + factors factors'``, the covariance of the nodes' errors, never formed."""

    diagonal: Floats
    factors: Floats
    shrinkage: float

    def dense(self) -> Floats:
        """W itself, for small hierarchies and tests."""
        return np.asarray(np.diag(self.diagonal) + self.factors @ self.factors.T)

    def times(self, matrix: Floats) -> Floats:
        """``W @ matrix``."""
        return np.asarray(self.diagonal[:, None] * matrix + self.factors @ (self.factors.T @ matrix))


def shrinkage_intensity(residuals: Floats) -> float:
    """Schaefer-Strimmer weight of the diagonal, without forming an n x n matrix.

    Sums over all pairs of nodes are taken through the (months x months) Gram matrix, so that the cost
    grows linearly with the number of nodes. Residuals are nodes x months, centred here; nodes without
    variance are left out.
    """
    x = residuals - residuals.mean(axis=1, keepdims=True)
    t = x.shape[1]
    sd = np.sqrt((x**2).sum(axis=1) / (t - 1))
    x = x[sd > 0] / sd[sd > 0, None]
    if len(x) < 2 or t < 4:
        return 1.0
    square = x**2
    gram = x.T @ x
    pairs = (gram**2).sum() - (square.sum(axis=1) ** 2).sum()  # sum over i != j of (sum_t x_i x_j)^2
    fourth = (square.sum(axis=0) ** 2).sum() - (square**2).sum()  # sum over i != j of sum_t (x_i x_j)^2
    variance = t / (t - 1) ** 3 * (fourth - pairs / t)
    correlation = pairs / (t - 1) ** 2
    return float(np.clip(variance / correlation, 0.0, 1.0)) if correlation > 0 else 1.0


def error_covariance(residuals: ArrayLike, *, method: str = "mint_shrink",
                     summing: sparse.spmatrix | None = None) -> ErrorCovariance:
    """Covariance of the nodes' errors in the conventions of Wickramasuriya et al. (2019).

    Parameters
    ----------
    residuals
        Nodes x months of one-step errors.
    method
        ``mint_shrink`` and ``mint_cov`` use centred residuals with ddof 1; ``wls_var`` the uncentred mean
        of squares; ``wls_struct`` the number of bottom nodes below (needs ``summing``); ``ols`` ones.

    Examples
    --------
    >>> error_covariance([[1.0, -1.0], [2.0, 2.0]], method="wls_var").diagonal.tolist()
    [1.0, 4.0]
    """
    if method not in METHODS:
        raise InputError(f"reconciliation == {method!r}, must be a known method", fix=known_choices(method, METHODS))
    e = np.asarray(residuals, float)
    nothing = np.zeros((len(e), 1))
    if method == "ols":
        return ErrorCovariance(diagonal=np.ones(len(e)), factors=nothing, shrinkage=1.0)
    if method == "wls_struct":
        if summing is None:
            raise InputError("summing == None, must be given for wls_struct")
        ones = np.asarray(summing.sum(axis=1), float).ravel()
        return ErrorCovariance(diagonal=ones, factors=nothing, shrinkage=1.0)
    if method == "wls_var":
        return ErrorCovariance(diagonal=(e**2).mean(axis=1), factors=nothing, shrinkage=1.0)
    t = e.shape[1]
    if t < 3:
        raise InputError(f"months of residuals == {t}, must be at least 3 for {method}", fix="Use wls_var.")
    centred = e - e.mean(axis=1, keepdims=True)
    variance = (centred**2).sum(axis=1) / (t - 1)
    lam = shrinkage_intensity(e) if method == "mint_shrink" else 0.0
    return ErrorCovariance(diagonal=lam * variance, factors=np.sqrt((1 - lam) / (t - 1)) * centred, shrinkage=lam)


def _constraints(summing: sparse.csr_matrix, bottom: NDArray[np.int64]) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    n = summing.shape[0]
    upper = np.setdiff1d(np.arange(n), bottom)
    a = summing[upper]
    select = sparse.csr_matrix((np.ones(len(upper)), (np.arange(len(upper)), upper)), shape=(len(upper), n))
    place = sparse.csr_matrix((np.ones(len(bottom)), (np.arange(len(bottom)), bottom)), shape=(len(bottom), n))
    return sparse.csr_matrix(select - a @ place), upper


def _adjust(base: Floats, c: sparse.csr_matrix, w: ErrorCovariance) -> Floats:
    """``base - W C' (C W C')^-1 C base`` with W diagonal plus a few factors."""
    gap = c @ base
    diagonal = w.diagonal
    cu = c @ w.factors
    if c.shape[0] <= DENSE_CONSTRAINTS:
        core = np.asarray((c.multiply(diagonal) @ c.T).todense()) + cu @ cu.T
        level = RIDGE * max(float(np.trace(core)) / len(core), 1e-300)
        core[np.diag_indices_from(core)] += level * 1e-4
        try:
            solved = np.linalg.solve(core, gap)
        except np.linalg.LinAlgError:
            solved = np.linalg.lstsq(core, gap, rcond=None)[0]
    else:
        core = (c.multiply(diagonal) @ c.T).tocsc()
        level = RIDGE * float(core.diagonal().mean())
        lu = splu((core + level * sparse.identity(core.shape[0])).tocsc())
        direct, through = lu.solve(np.ascontiguousarray(gap)), lu.solve(np.ascontiguousarray(cu))
        small = np.eye(cu.shape[1]) + cu.T @ through
        solved = direct - through @ np.linalg.solve(small, cu.T @ direct)
    return np.asarray(base - w.times(c.T @ solved))


def reconcile(base: ArrayLike, *, summing: sparse.spmatrix, bottom: ArrayLike, covariance: ErrorCovariance,
              fixed: ArrayLike | None = None, nonnegative: bool = True) -> Floats:
    """Coherent forecasts nearest to ``base`` when errors are weighed by ``covariance``.

    ``y = f - W C' (C W C')^-1 C f`` with ``C = [I, -A]``: one equation for each node above the bottom.

    Parameters
    ----------
    base
        Nodes x months.
    summing
        S, nodes x bottom nodes; ``bottom`` holds the positions of the bottom nodes among the nodes.
    fixed
        Bottom nodes (bool, one for each bottom node) whose forecast must stay as it is.
    nonnegative
        Bottom nodes that come out below zero are set to zero and the rest is solved again, until none
        is left (Di Fonzo & Girolimetto 2023); the result stays coherent.

    Examples
    --------
    >>> S = sparse.csr_matrix([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    >>> w = error_covariance([[1.0], [1.0], [1.0]], method="ols")
    >>> reconcile([[12.0], [4.0], [5.0]], summing=S, bottom=[1, 2], covariance=w).round(6).ravel().tolist()
    [11.0, 5.0, 6.0]
    """
    f = np.atleast_2d(np.asarray(base, float))
    s = sparse.csr_matrix(summing)
    place = np.asarray(bottom, int)
    if f.shape[0] != s.shape[0]:
        raise InputError(f"base has {f.shape[0]} rows, must be one for each of {s.shape[0]} nodes")
    c, upper = _constraints(s, place)
    w = covariance
    still = np.zeros(len(place), bool) if fixed is None else np.asarray(fixed, bool)
    if nonnegative:
        f = f.copy()
        f[place] = np.maximum(f[place], 0.0)
    if len(upper) == 0:
        return np.asarray(s @ f[place])
    answer = _solve(f, s, c, w, place, still)
    if nonnegative:
        answer = _without_negatives(f, answer, s, c, w, place, still)
    return np.asarray(s @ answer)


def _solve(f: Floats, s: sparse.csr_matrix, c: sparse.csr_matrix, w: ErrorCovariance, place: NDArray[np.int64],
           still: NDArray[np.bool_]) -> Floats:
    """Bottom rows of the coherent forecast, with the bottom nodes in ``still`` left as they are."""
    diagonal, factors = w.diagonal.copy(), w.factors.copy()
    floor = RIDGE * max(float(diagonal.max(initial=0.0)), float((factors**2).sum(axis=1).max(initial=0.0)), 1e-300)
    upper = np.ones(len(diagonal), bool)
    upper[place] = False
    diagonal[upper] = np.maximum(diagonal[upper], floor)
    if still.any():
        # what stands only on fixed nodes is fixed itself, at their sum
        closed = upper & (s @ (~still).astype(float) == 0)
        f = f.copy()
        f[closed] = s[closed] @ f[place]
        diagonal[place[still]], factors[place[still]] = 0.0, 0.0
        diagonal[closed], factors[closed] = floor, 0.0
    held = ErrorCovariance(diagonal=diagonal, factors=factors, shrinkage=w.shrinkage)
    return _adjust(f, c, held)[place]


def _without_negatives(f: Floats, answer: Floats, s: sparse.csr_matrix, c: sparse.csr_matrix, w: ErrorCovariance,
                       place: NDArray[np.int64], still: NDArray[np.bool_], rounds: int = 6) -> Floats:
    answer = answer.copy()
    size = np.abs(f).max(initial=0.0)
    for h in np.flatnonzero((answer < -1e-9 * size).any(axis=0)):
        zero = np.zeros(len(place), bool)
        column = f[:, [h]].copy()
        for _ in range(rounds):
            below = answer[:, h] < -1e-9 * size
            if not below.any():
                break
            zero |= below
            column[place[zero]] = 0.0
            answer[:, h] = _solve(column, s, c, w, place, still | zero)[:, 0]
    return np.asarray(np.maximum(answer, 0.0))
