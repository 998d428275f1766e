"""From a matrix of judgements to priorities: principal eigenvector and logarithmic least squares."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-12
"""Inconsistency below this (relative to the size of the matrix) is the rounding of the computer."""

SQUARINGS = 8
"""The 256th power of a matrix of judgements holds hardly anything but its first eigenvector."""


def principal_eigenvector(matrix: Floats) -> tuple[Floats, float]:
    """Priorities by the eigenvector of the largest eigenvalue, and that eigenvalue.

    Parameters
    ----------
    matrix
        Reciprocal n x n judgements, NaN where not judged; the judged cells must link all rows.

    Notes
    -----
    Saaty (1977). Where judgements are missing, Harker (1987): the missing cells become 0 and the
    diagonal 1 plus the number missing in the row, which is the same as filling each missing cell with
    the ratio of the priorities found. The eigenvalue is n exactly when the judgements agree.

    Examples
    --------
    >>> weights, largest = principal_eigenvector(np.array([[1, 3], [1 / 3, 1]]))
    >>> weights.round(4).tolist(), round(largest, 9)
    ([0.75, 0.25], 2.0)
    """
    values, vectors = np.linalg.eig(filled_by_harker(matrix))
    at = int(np.argmax(values.real))
    vector = np.abs(vectors[:, at].real)
    return vector / vector.sum(), _at_least_n(float(values[at].real), len(matrix))


def largest_eigenvalues(matrices: Floats) -> Floats:
    """Largest eigenvalue of each matrix of a stack (k x n x n), complete judgements.

    By repeated squaring, several times faster than all eigenvalues; to about nine digits.

    Examples
    --------
    >>> largest_eigenvalues(np.array([[[1, 3], [1 / 3, 1]]])).round(9).tolist()
    [2.0]
    """
    n = matrices.shape[-1]
    power = matrices
    for _ in range(SQUARINGS):
        power = power @ power
        power = power / power.max(axis=(1, 2), keepdims=True)
    vector = power.sum(axis=2, keepdims=True)
    largest = (matrices @ vector).sum(axis=(1, 2)) / vector.sum(axis=(1, 2))
    return np.asarray(np.where(largest - n < ROUNDING * n, float(n), largest), float)


def filled_by_harker(matrix: Floats) -> Floats:
    """Judgements with 0 for the missing and 1 plus the number missing on the diagonal.

    Examples
    --------
    >>> filled_by_harker(np.array([[1, 2, np.nan], [0.5, 1, 3], [np.nan, 1 / 3, 1]])).round(2).tolist()
    [[2.0, 2.0, 0.0], [0.5, 1.0, 3.0], [0.0, 0.33, 2.0]]
    """
    gap = np.isnan(matrix)
    if not gap.any():
        return matrix
    filled = np.where(gap, 0.0, matrix)
    filled[np.diag_indices(len(matrix))] += gap.sum(axis=1)
    return filled


def _at_least_n(largest: float, n: int) -> float:
    """The largest eigenvalue of judgements is never below n; less is rounding."""
    return float(n) if largest - n < ROUNDING * n else largest


@dataclass(frozen=True, kw_only=True, eq=False)
class LogFit:
    """Log priorities that fit the log judgements best, and what is left over.

    ``log_weights`` (mean 0), ``residuals`` (n x n, log judgement minus fit, 0 where not judged),
    ``leverage`` (n x n: how much of each judgement its own fit repeats; 1 where nothing else links the
    two), ``squares`` (sum over pairs) and ``free`` (pairs judged beyond the n - 1 that are needed).
    """

    log_weights: Floats
    residuals: Floats
    leverage: Floats
    squares: float
    free: int

    @property
    def weights(self) -> Floats:
        """Priorities that add up to 1."""
        raw = np.exp(self.log_weights - self.log_weights.max())
        return raw / raw.sum()

    @property
    def gci(self) -> float:
        """Residual variance of the log judgements; missing where no judgement checks another."""
        return self.squares / self.free if self.free else np.nan


def log_least_squares(matrix: Floats) -> LogFit:
    """Priorities by least squares on the logarithms of the judgements given.

    Parameters
    ----------
    matrix
        As for :func:`principal_eigenvector`.

    Notes
    -----
    On complete judgements this is the geometric mean of each row (Crawford & Williams 1985) and the
    residual variance is the geometric consistency index (Aguarón & Moreno-Jiménez 2003). Missing pairs
    are left out of the sum (Bozóki, Fülöp & Rónyai 2010) and of its degrees of freedom.

    Examples
    --------
    >>> fit = log_least_squares(np.array([[1, 2, np.nan], [0.5, 1, 3], [np.nan, 1 / 3, 1]]))
    >>> fit.weights.round(2).tolist(), fit.free
    ([0.6, 0.3, 0.1], 0)
    """
    n = len(matrix)
    if not np.isnan(matrix).any():
        return _row_means(np.log(matrix))
    judged = ~np.isnan(matrix)
    judged[np.diag_indices(n)] = False
    logs = np.zeros((n, n))
    np.log(matrix, out=logs, where=judged)
    degrees = judged.sum(axis=1)
    spread = np.full((n, n), 1 / n)
    inverse = np.linalg.inv(np.diag(degrees) - judged + spread) - spread
    fitted = inverse @ logs.sum(axis=1)
    residuals = np.where(judged, logs - (fitted[:, None] - fitted[None, :]), 0.0)
    own = np.diag(inverse)
    leverage = np.where(judged, own[:, None] + own[None, :] - 2 * inverse, 1.0)
    return _fit(fitted, residuals, leverage, free=int(degrees.sum()) // 2 - (n - 1))


def _row_means(logs: Floats) -> LogFit:
    """The fit of complete judgements: row means, and each judgement repeats 2/n of itself."""
    n = len(logs)
    fitted = logs.mean(axis=1)
    residuals = logs - (fitted[:, None] - fitted[None, :])
    return _fit(fitted, residuals, np.full((n, n), 2 / n), free=(n - 1) * (n - 2) // 2)


def _fit(fitted: Floats, residuals: Floats, leverage: Floats, *, free: int) -> LogFit:
    squares = float(np.vdot(residuals, residuals)) / 2
    return LogFit(
        log_weights=fitted,
        residuals=residuals,
        leverage=leverage,
        squares=0.0 if free == 0 or squares < ROUNDING**2 * len(fitted) else squares,
        free=free,
    )
