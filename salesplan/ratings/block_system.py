"""Linear algebra of two crossed factors: thousands of raters are eliminated, only the smaller factor is solved densely."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_AT_ONCE = 400


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossedDesign:
    """Who rated whom: ``ratee`` and ``rater`` are codes from 0 of each form, ``fixed`` n x p further regressors."""

    ratee: NDArray[Any]
    rater: NDArray[Any]
    fixed: Array

    @property
    def n(self) -> int:
        """Forms."""
        return len(self.ratee)

    @property
    def n_ratees(self) -> int:
        """People rated."""
        return int(self.ratee.max()) + 1

    @property
    def n_raters(self) -> int:
        """People who rate."""
        return int(self.rater.max()) + 1

    def ratee_is_small(self) -> bool:
        """Whether ratees are the smaller factor, which stays in the dense system."""
        return self.n_ratees <= self.n_raters


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockSystem:
    """The normal equations ``[[A, B], [B', D]]`` with diagonal D, solved by eliminating D.

    A holds the smaller factor and then the fixed columns, D the larger factor. ``scale_small`` and ``scale_large`` turn
    the solution of standardised effects back to effects.
    """

    design: CrossedDesign
    cross: Any
    diagonal: Array
    lower: Array
    scale_small: float
    scale_large: float

    @classmethod
    def of(cls, design: CrossedDesign, scales: tuple[float, float] | None) -> "BlockSystem":
        """Factorise; ``scales`` are the ratios of ratee and rater spread to residual spread, none for fixed effects."""
        from scipy.linalg import cholesky
        from scipy.sparse import coo_array, vstack

        small, large = (design.ratee, design.rater) if design.ratee_is_small() else (design.rater, design.ratee)
        s, q, p = int(small.max()) + 1, int(large.max()) + 1, design.fixed.shape[1]
        ones = np.ones(design.n)
        pairs = coo_array((ones, (small, large)), shape=(s, q)).tocsr()
        n_small, n_large = np.bincount(small, minlength=s), np.bincount(large, minlength=q)
        left, right, ridge = 1.0, 1.0, 0.0
        if scales is not None:
            left, right = scales if design.ratee_is_small() else scales[::-1]
            ridge = 1.0
        block = np.zeros((s + p, s + p))
        block[np.arange(s), np.arange(s)] = left**2 * n_small + ridge
        diagonal: Array = (right**2 * n_large + ridge).astype(np.float64)
        cross = left * right * pairs
        if p:
            x_small = _sum_by(small, s, design.fixed)
            block[:s, s:] = left * x_small
            block[s:, :s] = left * x_small.T
            block[s:, s:] = design.fixed.T @ design.fixed
            x_large = right * _sum_by(large, q, design.fixed)
            cross = vstack([cross, coo_array(x_large.T)]).tocsr()
        schur = block - ((cross * (1 / diagonal)) @ cross.T).toarray()
        if scales is None:
            schur += np.mean(np.diag(block)) / s
        return cls(design=design, cross=cross, diagonal=diagonal, lower=cholesky(schur, lower=True),
                   scale_small=left, scale_large=right)

    def log_determinant(self) -> float:
        """Log determinant of the whole system."""
        return float(np.log(self.diagonal).sum() + 2 * np.log(np.diag(self.lower)).sum())

    def solve(self, ratees: Array, raters: Array, fixed: Array | None = None) -> tuple[Array, Array, Array]:
        """Apply the (generalised) inverse to a right-hand side given by ratees, raters and fixed columns."""
        from scipy.linalg import cho_solve

        few, many = (ratees, raters) if self.design.ratee_is_small() else (raters, ratees)
        p = self.design.fixed.shape[1]
        shape = (p, *np.shape(few)[1:])
        head = np.concatenate([self.scale_small * few, np.zeros(shape) if fixed is None else fixed])
        tail = self.scale_large * many
        column = self.diagonal if tail.ndim == 1 else self.diagonal[:, None]
        top = cho_solve((self.lower, True), head - self.cross @ (tail / column))
        bottom = (tail - self.cross.T @ top) / column
        s = len(top) - p
        small, large = self.scale_small * top[:s], self.scale_large * bottom
        both = (small, large) if self.design.ratee_is_small() else (large, small)
        return (*both, top[s:])

    def quadratic(self, ratees: Any, raters: Any, fixed: Array, *, other: tuple[Any, Any, Array] | None = None) -> Array:
        """``x' G x`` for each column x of sparse blocks, or ``t' G x`` with ``other`` = t; a few hundred at a time."""
        m = fixed.shape[1]
        found = np.empty(m)
        for start in range(0, m, _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            x = (_dense(ratees, part), _dense(raters, part), fixed[:, part])
            t = x if other is None else (_dense(other[0], part), _dense(other[1], part), other[2][:, part])
            found[part] = sum((a * b).sum(axis=0) for a, b in zip(t, self.solve(*x), strict=True))
        return found

    def totals(self, y: Array) -> tuple[Array, Array, Array]:
        """Right-hand side that an observation by form leads to: sums by ratee, by rater and by fixed column."""
        d = self.design
        return (_sum_by(d.ratee, d.n_ratees, y), _sum_by(d.rater, d.n_raters, y), d.fixed.T @ y)


def _dense(block: Any, part: slice) -> Array:
    return block[:, part].toarray() if hasattr(block, "toarray") else block[:, part]


def _sum_by(code: NDArray[Any], n: int, values: Array) -> Array:
    if values.ndim == 1:
        return np.bincount(code, values, minlength=n).astype(float)
    return np.stack([np.bincount(code, v, minlength=n) for v in values.T], axis=1).astype(float)
