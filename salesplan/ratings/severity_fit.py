"""Ratee and rater effects from forms: by fixed effects, or by REML with both factors crossed and random."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.ratings.block_system import BlockSystem, CrossedDesign

Array = NDArray[np.float64]

_STARTS = (0.2, 1.0, 5.0)
_LARGEST = 1e4


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoWayFit:
    """An additive model ``score = ratee + rater + residual``, solved.

    ``ratee``, ``rater``, ``fixed`` are the effects as solved. ``ratee_variance`` and ``rater_variance`` are those of
    random effects, missing for fixed effects. Levels and rater effects are counted from the average rater at hand.
    """

    system: BlockSystem
    ratee: Array
    rater: Array
    fixed: Array
    residual_variance: float
    df: float
    ratee_variance: float = np.nan
    rater_variance: float = np.nan

    @property
    def is_mixed(self) -> bool:
        """Whether both factors are random."""
        return not np.isnan(self.rater_variance)

    def levels(self) -> tuple[Array, Array, float]:
        """What the average rater gives each ratee, its error variance, and the reliability of the differences."""
        from scipy.sparse import eye_array

        q = len(self.ratee)
        own = self.system.quadratic(
            eye_array(q).tocsc(), np.zeros((len(self.rater), q)), np.zeros((len(self.fixed), q))
        )
        reference = self._reference()
        solved = self.system.solve(*reference)
        constant = float(sum(a @ b for a, b in zip(reference, solved, strict=True)))
        variance = self.residual_variance * np.maximum(own + 2 * solved[0] + constant, 0)
        level = self.ratee + self.rater.mean() + (self.fixed[0] if self.is_mixed else 0.0)
        total = self.system.solve(np.ones(q), np.zeros(len(self.rater)), np.zeros(len(self.fixed)))[0].sum()
        error = self.residual_variance * (own.sum() - total / q) / max(q - 1, 1)
        spread = self.ratee_variance if self.is_mixed else float(np.var(level, ddof=1)) if q > 1 else 0.0
        if q < 2 or np.isnan(error):
            reliability = np.nan
        else:
            reliability = float(np.clip(1 - error / spread, 0, 1)) if spread > 0 else 0.0
        return level, variance, reliability

    def rater_effects(self, relation_weights: Array) -> tuple[Array, Array]:
        """What each rater gives above the average rater, and its error variance.

        ``relation_weights`` is p x raters: the mean of the fixed columns (without the intercept) over a rater's forms.
        """
        from scipy.sparse import eye_array

        k = len(self.rater)
        nobody = np.zeros((len(self.ratee), k))
        own = self.system.quadratic(nobody, eye_array(k).tocsc(), relation_weights)
        average = np.full(k, 1 / k)
        relations = relation_weights.mean(axis=1)
        _, solved, shift = self.system.solve(np.zeros(len(self.ratee)), average, relations)
        shared = solved + relation_weights.T @ shift
        variance = own - 2 * shared + float(average @ solved + relations @ shift)
        effect = self.rater + relation_weights.T @ self.fixed
        return effect - effect.mean(), self.residual_variance * np.maximum(variance, 0)

    def form_effects(self) -> Array:
        """The rater's part of each form: what `clean` scores leave out."""
        design = self.system.design
        if not self.is_mixed:
            return (self.rater - self.rater.mean())[design.rater]
        return self.rater[design.rater] + design.fixed[:, 1:] @ self.fixed[1:]

    def contrast(self, raters: Array, fixed: Array) -> tuple[Array, Array]:
        """Weighted sums of rater and fixed effects with error variances, one column a contrast."""
        value = raters.T @ self.rater + fixed.T @ self.fixed
        variance = self.system.quadratic(np.zeros((len(self.ratee), raters.shape[1])), raters, fixed)
        return value, self.residual_variance * np.maximum(variance, 0)

    def error_variance(self, weights: Any) -> Array:
        """Error variance of weighted means of scores after their raters' effects were taken out.

        Parameters
        ----------
        weights
            Sparse, forms x means.

        Notes
        -----
        A mean errs by the residuals of its own forms and by the estimated effects of its raters; the two are
        correlated, because the residuals helped to estimate the effects.
        """
        from scipy.sparse import coo_array

        design = self.system.design
        at = np.arange(design.n)
        ones = np.ones(design.n)
        ratees = (coo_array((ones, (design.ratee, at)), shape=(design.n_ratees, design.n)) @ weights).tocsc()
        raters = (coo_array((ones, (design.rater, at)), shape=(design.n_raters, design.n)) @ weights).tocsc()
        columns = np.asarray(weights.T @ design.fixed).T
        effect_columns = columns.copy()
        effect_columns[:1] = 0
        nobody = np.zeros((len(self.ratee), weights.shape[1]))
        own: Any = raters if self.is_mixed else raters.toarray() - np.asarray(raters.sum(axis=0)) / design.n_raters
        squares = np.asarray(weights.multiply(weights).sum(axis=0)).ravel()
        effect = self.system.quadratic(nobody, own, effect_columns)
        shared = self.system.quadratic(nobody, own, effect_columns, other=(ratees, raters, columns))
        return self.residual_variance * np.maximum(squares - 2 * shared + effect, 0)

    def _reference(self) -> tuple[Array, Array, Array]:
        fixed = np.zeros(len(self.fixed))
        if self.is_mixed:
            fixed[0] = 1.0
        return np.zeros(len(self.ratee)), np.full(len(self.rater), 1 / len(self.rater)), fixed


def fit_fixed(design: CrossedDesign, y: Array) -> TwoWayFit:
    """Ordinary least squares with an effect for each ratee and each rater; the design must be connected."""
    system = BlockSystem.of(design, None)
    ratee, rater, fixed = system.solve(*system.totals(y))
    residual = y - ratee[design.ratee] - rater[design.rater]
    df = design.n - design.n_ratees - design.n_raters + 1
    variance = float(residual @ residual) / df if df > 0 else np.nan
    return TwoWayFit(system=system, ratee=ratee, rater=rater, fixed=fixed, residual_variance=variance, df=df)


def fit_mixed(design: CrossedDesign, y: Array) -> TwoWayFit:
    """REML with crossed random ratees and raters.

    Notes
    -----
    The criterion is profiled over the residual variance and the fixed effects and searched over the two ratios of
    spread (standard deviation of ratees, of raters, over residual), zero included; Bates et al. (2015), eq. 41 ff.

    Raises
    ------
    InputError
        Too few forms, or scores without any residual spread.
    """
    from scipy.optimize import minimize

    p = design.fixed.shape[1]
    if design.n <= p + 2 or design.n_ratees < 2 or design.n_raters < 2:
        raise InputError(f"ratings == {design.n} of {design.n_ratees} people by {design.n_raters} raters, must be more"
                         " for a mixed model", fix="Use method='fixed', or gather more ratings.")
    centre = float(y.mean())
    shifted = y - centre
    if float(shifted @ shifted) <= 1e-18 * design.n * max(1.0, centre**2):
        raise InputError("scores are all the same, must differ for a mixed model")

    def criterion(log_ratios: Array) -> float:
        return _profile(design, shifted, _ratios(log_ratios))[0]

    grid = [(np.log1p(a), np.log1p(b)) for a in _STARTS for b in _STARTS]
    start = min(grid, key=lambda at: criterion(np.array(at)))
    found = minimize(criterion, start, method="Nelder-Mead", bounds=[(0, np.log1p(_LARGEST))] * 2,
                     options={"xatol": 1e-5, "fatol": 1e-7, "maxiter": 600})
    edges = [np.array([0.0, found.x[1]]), np.array([found.x[0], 0.0]), np.zeros(2)]
    best = min([found.x, *edges], key=criterion)
    ratios = _ratios(best)
    _, system, (ratee, rater, fixed), variance = _profile(design, shifted, ratios)
    if max(ratios) > 0.99 * _LARGEST:
        raise InputError("scores have no residual spread, must have some for a mixed model", fix="Use method='fixed'.")
    fixed = fixed.copy()
    fixed[0] += centre
    return TwoWayFit(system=system, ratee=ratee, rater=rater, fixed=fixed, residual_variance=variance, df=design.n - p,
                     ratee_variance=variance * ratios[0] ** 2, rater_variance=variance * ratios[1] ** 2)


def _ratios(log_ratios: Array) -> tuple[float, float]:
    return float(np.expm1(log_ratios[0])), float(np.expm1(log_ratios[1]))


def _profile(
    design: CrossedDesign, y: Array, ratios: tuple[float, float]
) -> tuple[float, BlockSystem, tuple[Array, Array, Array], float]:
    """REML criterion (-2 log likelihood), the system, its solution and the residual variance."""
    system = BlockSystem.of(design, ratios)
    ratee, rater, fixed = solution = system.solve(*system.totals(y))
    residual = y - ratee[design.ratee] - rater[design.rater] - design.fixed @ fixed
    penalty = sum(float(u @ u) / ratio**2 for u, ratio in zip((ratee, rater), ratios, strict=True) if ratio > 0)
    freedom = design.n - design.fixed.shape[1]
    variance = (float(residual @ residual) + penalty) / freedom
    value = system.log_determinant() + freedom * (1 + np.log(2 * np.pi * variance))
    return value, system, solution, variance
