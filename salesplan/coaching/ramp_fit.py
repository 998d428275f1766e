"""The growth curve a (1 - exp(-(k t)^c)) of several groups at once, each borrowing from the others what it lacks."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SLOWEST, FASTEST = float(np.log(0.004)), float(np.log(6.0))
"""Bounds of log k: nine tenths after 576 months, or within a fortnight; beyond them the data say nothing of the shape."""
BETWEEN = 0.4
"""Standard deviation of log plateau and log speed between groups that is assumed with the weight of two groups."""
SHAPES = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4)
"""Powers tried: above 1 newcomers start slowly and then bend more sharply than the plain curve can."""
CLEARLY_BETTER = 3.84
"""Twice the logarithm of the likelihood by which another shape must be better than the plain one (95 %)."""
SHAPE_STEP = 0.2
VAGUE_SHAPE = 0.5
"""Largest standard deviation of the power."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupMonths:
    """Months of one group: month in role, value, and which seller each is of."""

    month: Array
    value: Array
    seller: NDArray[np.intp]

    @property
    def n_sellers(self) -> int:
        """Sellers with a figure."""
        return len(np.unique(self.seller))


@dataclass(frozen=True, kw_only=True, eq=False)
class RampFit:
    """Logarithms of plateau and speed of each group with their covariances, and how groups, sellers and months differ.

    ``shape`` is the power c, ``shape_sd`` its error, ``beside`` the logarithms of plateau and speed at a power
    ``SHAPE_STEP`` less and more (none for the plain curve, whose power is not estimated); ``deviance`` is minus twice
    the logarithm of the likelihood, less a constant.
    """

    theta: Array
    covariance: Array
    centre: Array
    between: Array | None
    seller_variance: float
    month_variance: float
    shape: float = 1.0
    deviance: float = 0.0
    shape_sd: float = 0.0
    beside: tuple[Array, Array] | None = None

    def log_error(self, group: int, month: Array) -> Array:
        """Standard error of the logarithm of a group's curve."""
        theta = self.theta[group]
        value = curve(theta, month, self.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(value[:, None] > 0, slopes(theta, month, self.shape) / value[:, None], 0.0)
        variance = np.einsum("ti,ij,tj->t", relative, self.covariance[group], relative)
        if self.beside is not None:
            less, more = (curve(at[group], month, self.shape + step)
                          for at, step in zip(self.beside, (-SHAPE_STEP, SHAPE_STEP), strict=True))
            with np.errstate(divide="ignore", invalid="ignore"):
                change = np.where(value > 0, np.log(more / less) / (2 * SHAPE_STEP), 0.0)
            variance = variance + (change * self.shape_sd) ** 2
        return np.asarray(np.sqrt(variance), float)

    def t90(self, group: int) -> tuple[float, float]:
        """Months to nine tenths of the plateau, and the standard error of their logarithm."""
        variance = max(float(self.covariance[group, 1, 1]), 0.0)
        if self.beside is not None:
            less, more = (_log_t90(at[group], self.shape + step)
                          for at, step in zip(self.beside, (-SHAPE_STEP, SHAPE_STEP), strict=True))
            variance += ((more - less) / (2 * SHAPE_STEP) * self.shape_sd) ** 2
        return float(np.exp(_log_t90(self.theta[group], self.shape))), float(np.sqrt(variance))


def _log_t90(theta: Array, shape: float) -> float:
    return float(np.log(np.log(10)) / shape - theta[1])


def curve(theta: Array, month: Array, shape: float = 1.0) -> Array:
    """Value in a month."""
    found: Array = np.exp(theta[0]) * -np.expm1(-((np.exp(theta[1]) * month) ** shape))
    return found


def slopes(theta: Array, month: Array, shape: float = 1.0) -> Array:
    """Change of the value with log plateau and log speed."""
    grown = (np.exp(theta[1]) * month) ** shape
    return np.column_stack([curve(theta, month, shape), np.exp(theta[0]) * shape * grown * np.exp(-grown)])


def fit_shape(groups: list[GroupMonths]) -> RampFit:
    """The plain curve (power 1), or one with a slow start and a sharper bend where the months clearly show it.

    The power is common to all groups: the best of `SHAPES` by likelihood when it beats the plain curve clearly. Its
    error, from the likelihood beside it, counts in the errors of the curve and of the time to nine tenths.
    """
    tried = {shape: fit_groups(groups, shape=shape) for shape in SHAPES}
    plain, best = tried[1.0], min(tried.values(), key=lambda fit: fit.deviance)
    if best.shape == 1.0 or plain.deviance - best.deviance <= CLEARLY_BETTER:
        return plain
    less, more = (fit_groups(groups, shape=best.shape + step) for step in (-SHAPE_STEP, SHAPE_STEP))
    bend = (less.deviance + more.deviance - 2 * best.deviance) / SHAPE_STEP**2
    sd = min(np.sqrt(2 / bend), VAGUE_SHAPE) if bend > 0 else VAGUE_SHAPE
    return replace(best, shape_sd=float(sd), beside=(less.theta, more.theta))


def fit_groups(groups: list[GroupMonths], *, shape: float = 1.0, rounds: int = 40) -> RampFit:
    """Every group's curve as a draw from a common distribution (two or more groups), or by least squares (one).

    Linearised mixed model (Lindstrom & Bates 1990): a seller's own scale makes the months of one seller alike; groups vary
    around a common centre, whose spread is estimated from them by EM with a weak prior, so that few groups cannot make it
    zero.
    """
    pooled = _start(np.concatenate([g.month for g in groups]), np.concatenate([g.value for g in groups]), shape)
    theta = np.tile(pooled, (len(groups), 1))
    if len(groups) == 1:
        theta[0] = _fit(groups[0], theta[0], 1.0, 0.0, np.zeros((2, 2)), pooled, shape)[0]
        month, seller = _variances(groups, theta, shape)
        theta[0], covariance = _fit(groups[0], theta[0], month, seller, np.zeros((2, 2)), pooled, shape)
        return RampFit(theta=theta, covariance=covariance[None], centre=theta[0], between=None, seller_variance=seller,
                       month_variance=month, shape=shape, deviance=_deviance(groups, theta, month, seller, shape))
    centre, between = pooled, np.diag([BETWEEN, BETWEEN]) ** 2
    covariance = np.zeros((len(groups), 2, 2))
    month, seller = _variances(groups, theta, shape)
    for _ in range(rounds):
        before = theta.copy()
        hold = np.linalg.inv(between)
        for g, group in enumerate(groups):
            theta[g], covariance[g] = _fit(group, theta[g], month, seller, hold, centre, shape)
        centre = theta.mean(axis=0)
        off = theta - centre
        between = (2 * np.diag([BETWEEN, BETWEEN]) ** 2 + off.T @ off + covariance.sum(axis=0)) / (len(groups) + 2)
        month, seller = _variances(groups, theta, shape)
        if np.abs(theta - before).max() < 1e-4:
            break
    # The centre is estimated too: what a group borrows is uncertain by as much.
    of_centre = (between + covariance.mean(axis=0)) / len(groups)
    lent = covariance @ np.linalg.inv(between)
    covariance = covariance + lent @ of_centre @ lent.transpose(0, 2, 1)
    return RampFit(theta=theta, covariance=covariance, centre=centre, between=between, seller_variance=seller,
                   month_variance=month, shape=shape, deviance=_deviance(groups, theta, month, seller, shape))


def _deviance(groups: list[GroupMonths], theta: Array, month: float, seller: float, power: float) -> float:
    """Minus twice the logarithm of the likelihood, sellers' scales integrated out."""
    found = 0.0
    for group, at in zip(groups, theta, strict=True):
        code = np.unique(group.seller, return_inverse=True)[1]
        f = curve(at, group.month, power)
        rest = group.value - f
        whole = month + seller * np.bincount(code, f**2)
        found += float(rest @ rest - (seller / whole) @ np.bincount(code, f * rest) ** 2) / month
        found += float((len(rest) - len(whole)) * np.log(month) + np.log(whole).sum())
    return found


def _start(month: Array, value: Array, power: float) -> Array:
    """Best of a grid of speeds, the plateau by least squares."""
    best, found = np.inf, np.array([0.0, np.log(0.2)])
    for log_k in np.linspace(SLOWEST + 1, FASTEST - 1, 40):
        shape = curve(np.array([0.0, log_k]), month, power)
        plateau = float(shape @ value) / float(shape @ shape)
        miss = float(np.square(value - plateau * shape).sum())
        if plateau > 0 and miss < best:
            best, found = miss, np.array([np.log(plateau), log_k])
    return found


def _fit(
    group: GroupMonths, theta: Array, month: float, seller: float, hold: Array, centre: Array, power: float
) -> tuple[Array, Array]:
    """Damped Gauss-Newton of one group, held to the centre; covariance is the inverse of the information."""
    order = np.argsort(group.seller, kind="stable")
    t, y, code = group.month[order], group.value[order], np.unique(group.seller[order], return_inverse=True)[1]

    def parts(at: Array) -> tuple[float, Array, Array]:
        f, j = curve(at, t, power), slopes(at, t, power)
        rest = y - f
        c = seller / (month + seller * np.bincount(code, f**2))
        along = np.stack([np.bincount(code, f * column) for column in (rest, *j.T)], axis=1)
        weighted = along * c[:, None]
        inside = (j.T @ j - along[:, 1:].T @ weighted[:, 1:]) / month
        pull = (j.T @ rest - along[:, 1:].T @ weighted[:, 0]) / month
        off = at - centre
        value = (float(rest @ rest) - float(along[:, 0] @ weighted[:, 0])) / month + float(off @ hold @ off)
        return value, pull - hold @ off, inside + hold

    value, pull, inside = parts(theta)
    damping = 1e-3
    for _ in range(100):
        step = np.linalg.solve(inside + damping * np.diag(np.diag(inside) + 1e-12), pull)
        trial = theta + np.clip(step, -1.0, 1.0)
        trial[1] = np.clip(trial[1], SLOWEST, FASTEST)
        new = parts(trial)
        if new[0] <= value + 1e-12 * abs(value):
            done = np.abs(trial - theta).max() < 1e-8
            theta, (value, pull, inside), damping = trial, new, max(damping / 5, 1e-12)
            if done:
                break
        else:
            damping *= 10
            if damping > 1e12:
                break
    return theta, np.asarray(np.linalg.pinv(inside), float)


def _variances(groups: list[GroupMonths], theta: Array, power: float) -> tuple[float, float]:
    """Variance of single months, and of sellers' scales relative to the curve, by moments."""
    inside, freedom, along, size = 0.0, 0.0, 0.0, 0.0
    for group, at in zip(groups, theta, strict=True):
        code = np.unique(group.seller, return_inverse=True)[1]
        f = curve(at, group.month, power)
        rest = group.value - f
        square = np.bincount(code, f**2)
        own = np.bincount(code, f * rest) ** 2 / np.maximum(square, 1e-300)
        n = len(square)
        inside += float(rest @ rest) - float(own.sum())
        # One seller's scale is the group's own plateau; its speed costs one more.
        freedom += max(len(rest) - n - 1, 1)
        along += float(own.sum())
        size += float(square.sum()) * (1 - 1 / n)
    month = max(inside / freedom, 1e-12)
    sellers = sum(g.n_sellers - 1 for g in groups)
    seller = max(0.0, (along - sellers * month) / size) if size > 0 and sellers > 0 else 0.0
    return month, seller
