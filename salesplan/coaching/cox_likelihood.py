"""The partial likelihood of Cox regression with its slope and curvature, for tied times and late entry."""

from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.coaching.survival import check_times
from salesplan.errors import InputError

Array = NDArray[np.float64]
Ties = Literal["efron", "breslow", "exact"]

_MOST_PATHS = 5_000_000


class CoxLikelihood:
    """Log partial likelihood at any coefficients: value, gradient, information (minus the curvature).

    Sums over those at risk are running sums over people in order of time, less those who have not entered yet, so one
    evaluation costs one pass over the people.
    """

    def __init__(self, time: ArrayLike, event: ArrayLike, x: Array, *, entry: ArrayLike | None, ties: Ties) -> None:
        t, d, start = check_times(time, event, entry)
        if len(x) != len(t):
            raise InputError("predictors must have one row for each person", where="Cox regression")
        if not (d > 0).any():
            raise InputError("nobody left, there is nothing to compare", where="Cox regression")
        self.centre = x.mean(axis=0)
        order = np.argsort(-t, kind="stable")
        self.t, self.d, self.start, self.x = t[order], d[order] > 0, start[order], x[order] - self.centre
        self.ties = ties
        self.n, self.n_events = len(t), int(self.d.sum())
        self.times, self.place = np.unique(self.t[self.d], return_inverse=True)
        self.n_tied = np.bincount(self.place)
        # People still there at each time: the first so many in falling order of time, less the first so many in falling entry.
        self.still = np.searchsorted(-self.t, -self.times, side="right")
        entered = np.where(self.start > 0, self.start, -1.0)
        self.by_entry = np.argsort(-entered, kind="stable")
        self.not_yet = np.searchsorted(-entered[self.by_entry], -self.times, side="right")
        k = x.shape[1]
        self.leaving = np.zeros((len(self.times), k))
        np.add.at(self.leaving, self.place, self.x[self.d])
        if ties == "exact":
            size = self.still - self.not_yet
            paths = float((size * self.n_tied).sum()) * k * k
            if paths > _MOST_PATHS or (self.n_tied > 100).any():
                raise InputError(f"{int(self.n_tied.max())} people leave at one time, too many for ties='exact'",
                                 fix="Use ties='efron'.")

    def __call__(self, beta: Array) -> tuple[float, Array, Array]:
        """Value, gradient and information."""
        return self._exact(beta) if self.ties == "exact" else self._tied(beta)

    def _at_risk(self, values: Array) -> Array:
        """Sums over those at risk at each event time."""
        zero = np.zeros((1, *values.shape[1:]))
        still = np.concatenate([zero, np.cumsum(values, axis=0)])[self.still]
        if not self.not_yet.any():
            return still
        early: Array = np.concatenate([zero, np.cumsum(values[self.by_entry], axis=0)])[self.not_yet]
        return still - early

    def _sums(self, beta: Array, products: Array) -> tuple[Array, Array, Array, float]:
        """Weighted means of products of predictors over those at risk, one row a leaver (Efron) or a time (Breslow)."""
        eta = self.x @ beta
        shift = float(eta.max())
        weight = np.exp(eta - shift)
        values = weight[:, None] * products
        risk = self._at_risk(values)
        if self.ties != "efron":
            return risk[:, 0], risk[:, 1:] / risk[:, :1], self.n_tied.astype(float), shift
        tied = np.stack([np.bincount(self.place, column, len(self.times)) for column in values[self.d].T], axis=1)
        at = np.repeat(np.arange(len(self.times)), self.n_tied)
        first = np.repeat(np.cumsum(self.n_tied) - self.n_tied, self.n_tied)
        sums = risk[at] - ((np.arange(len(at)) - first) / self.n_tied[at])[:, None] * tied[at]
        return sums[:, 0], sums[:, 1:] / sums[:, :1], np.ones(len(at)), shift

    def _tied(self, beta: Array) -> tuple[float, Array, Array]:
        k = len(beta)
        total, means, times, shift = self._sums(beta, self._products)
        mean = means[:, :k]
        value = float((self.x[self.d] @ beta).sum() - times @ (np.log(total) + shift))
        information = np.zeros((k, k))
        information[np.triu_indices(k)] = times @ means[:, k:]
        information = information + np.triu(information, 1).T
        return value, self.leaving.sum(axis=0) - times @ mean, information - (mean * times[:, None]).T @ mean

    @cached_property
    def _products(self) -> Array:
        """One, the predictors, and their products in pairs."""
        first, second = np.triu_indices(self.x.shape[1])
        return np.column_stack([np.ones(self.n), self.x, self.x[:, first] * self.x[:, second]])

    def _exact(self, beta: Array) -> tuple[float, Array, Array]:
        """Sum over all ways in which as many could have left, by a recursion over those at risk (Gail et al. 1981)."""
        k = len(beta)
        eta = self.x @ beta
        value, gradient, information = float(eta[self.d].sum()), self.leaving.sum(axis=0).copy(), np.zeros((k, k))
        for j, time in enumerate(self.times):
            there = (self.t >= time) & (np.where(self.start > 0, self.start, -1.0) < time)
            m = int(self.n_tied[j])
            shift = float(eta[there].max())
            e, g, h = np.zeros(m + 1), np.zeros((m + 1, k)), np.zeros((m + 1, k, k))
            e[0] = 1.0
            for w, xi in zip(np.exp(eta[there] - shift), self.x[there], strict=True):
                cross = np.einsum("ma,b->mab", g[:-1], xi)
                h[1:] += w * (h[:-1] + cross + cross.transpose(0, 2, 1) + e[:-1, None, None] * np.outer(xi, xi))
                g[1:] += w * (g[:-1] + e[:-1, None] * xi)
                e[1:] += w * e[:-1]
            mean = g[m] / e[m]
            value -= np.log(e[m]) + m * shift
            gradient -= mean
            information += h[m] / e[m] - np.outer(mean, mean)
        return float(value), gradient, information

    def penalised(self, beta: Array) -> tuple[float, Array, Array]:
        """With Firth's penalty, half the log determinant of the information, whose slope takes third central moments."""
        k = len(beta)
        value, gradient, information = self._tied(beta)
        sign, size = np.linalg.slogdet(information)
        if sign <= 0:
            return -1e300, gradient, information + 1e-9 * np.eye(k)
        inverse = np.linalg.inv(information)
        size_of = ((self.x @ inverse) * self.x).sum(axis=1, keepdims=True)
        _, means, times, _ = self._sums(beta, np.column_stack([self._products, size_of, size_of * self.x]))
        mean, pairs, extra = means[:, :k], means[:, k:-k - 1], means[:, -k - 1 :]
        squares = np.zeros((len(mean), k, k))
        upper = np.triu_indices(k)
        squares[:, upper[0], upper[1]] = squares[:, upper[1], upper[0]] = pairs
        along = mean @ inverse
        third = (extra[:, 1:] - extra[:, :1] * mean - 2 * np.einsum("tab,tb->ta", squares, along)
                 + 2 * (along * mean).sum(axis=1, keepdims=True) * mean)
        slope = times @ third
        return value + float(size) / 2, gradient + slope / 2, information

    def separated(self) -> NDArray[np.bool_]:
        """Which 0-1 predictors have a side on which nobody left while both sides were at risk."""
        found = np.zeros(self.x.shape[1], bool)
        raw = self.x + self.centre
        for j in range(raw.shape[1]):
            levels = np.unique(raw[:, j])
            if len(levels) == 2:
                found[j] = len(np.unique(raw[self.d, j])) < 2
        return found

    def proportional(self, beta: Array, covariance: Array) -> Array:
        """p-value of each predictor: do scaled Schoenfeld residuals move with the rank of time?"""
        from scipy.special import chdtrc

        if len(self.times) < 3:
            return np.full(len(beta), np.nan)
        weight = np.exp(self.x @ beta)
        risk = self._at_risk(np.column_stack([weight, weight[:, None] * self.x]))
        mean = risk[:, 1:] / risk[:, :1]
        residual = self.x[self.d] - mean[self.place]
        scaled = self.n_events * residual @ covariance
        rank = np.searchsorted(np.sort(self.t[self.d]), self.t[self.d], side="left") + (self.n_tied[self.place] + 1) / 2
        centred = rank - rank.mean()
        size = float(centred @ centred)
        if size == 0:
            return np.full(len(beta), np.nan)
        slope = centred @ scaled
        found: Array = chdtrc(1, slope**2 / (self.n_events * np.diag(covariance) * size))
        return found
