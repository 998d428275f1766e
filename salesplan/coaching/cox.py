"""How many times faster a group leaves: hazard ratios by Cox, also when a group has hardly any leavers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from salesplan.coaching.cox_likelihood import CoxLikelihood, Ties
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

Array = NDArray[np.float64]
_ENDLESS = 10.0
"""A coefficient beyond this many standard deviations of its predictor is still growing."""

SEPARATED = mark(
    "{predictor_name}: one side has no leavers, the ratio has no end; the figure is drawn towards 1 and only its finite bound"
    " means something."
)
NOT_PROPORTIONAL = mark(
    "{predictor_name}: the ratio changes with time there (p = {p_value}); the one figure is an average of it."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CoxFit:
    """Hazard ratios: ``table`` predictor, coefficient, se, hazard_ratio with lower and upper, p_value, is_separated,
    proportional_p (small: the ratio is not one number)."""

    table: pd.DataFrame
    covariance: Array
    log_likelihood: float
    null_log_likelihood: float
    n: int
    n_events: int
    ties: str
    penalty: str
    coverage: float
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a predictor."""
        return self.table.copy()


def cox_regression(
    time: ArrayLike,
    event: ArrayLike,
    predictors: pd.DataFrame,
    *,
    entry: ArrayLike | None = None,
    ties: Ties = "efron",
    penalty: Literal["none", "firth"] = "none",
    coverage: float = 0.95,
) -> CoxFit:
    """How many times faster do people with a mark leave than those without it?

    Parameters
    ----------
    time, event, entry
        As for `kaplan_meier`. Figures that change with time go in as several rows a person (entry, time] each.
    predictors
        Numbers, one row a person, one column a predictor; no constant.
    ties
        Of people who leave at one time: ``efron`` (good and quick), ``breslow``, ``exact`` (discrete conditional likelihood, for
        few people or heavy ties).
    penalty
        ``firth`` keeps ratios finite where a group has no leavers, with profile likelihood bounds (one of them may be
        infinite); ``none`` raises there.

    Raises
    ------
    InputError
        Predictors that are constant, collinear or no numbers, no events, or separation without a penalty.

    Notes
    -----
    Cox (1972), JRSS B 34; Efron (1977), JASA 72; Firth's penalty: Heinze & Schemper (2001), Biometrics 57. Proportional hazards
    tested by the correlation of scaled Schoenfeld residuals with the rank of time (Grambsch & Therneau 1994).

    Examples
    --------
    >>> x = pd.DataFrame({"b": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> fit = cox_regression([5, 8, 9, 12, 1, 3, 6, 10], [1] * 8, x)
    >>> fit.table[["predictor", "hazard_ratio"]].round(2).values.tolist()
    [['b', 2.12]]
    """
    if ties not in ("efron", "breslow", "exact") or penalty not in ("none", "firth"):
        raise InputError(f"ties == {ties!r}, penalty == {penalty!r}",
                         fix=known_choices(ties, ("efron", "breslow", "exact")) + "; none or firth")
    if ties == "exact" and penalty == "firth":
        raise InputError("penalty == 'firth' must go with ties efron or breslow")
    names, x = _predictors(predictors)
    likelihood = CoxLikelihood(time, event, x, entry=entry, ties=ties)
    objective: Callable[[Array], tuple[float, Array, Array]] = likelihood.penalised if penalty == "firth" else likelihood
    separated = likelihood.separated()
    if separated.any() and penalty == "none":
        raise InputError(f"{names[int(np.flatnonzero(separated)[0])]}: one side has no leavers, its ratio has no end",
                         where="Cox regression", fix="Use penalty='firth', or merge the group.")
    beta, information = maximise(objective, np.zeros(x.shape[1]))
    if penalty == "none" and (np.abs(beta) * x.std(axis=0)).max() > _ENDLESS:
        raise InputError(f"{names[int(np.argmax(np.abs(beta)))]}: leavers lie on one side of it, its ratio has no end",
                         where="Cox regression", fix="Use penalty='firth', or merge groups.")
    covariance = np.asarray(np.linalg.inv(information), float)
    table = _table(names, beta, covariance, objective, penalty, coverage)
    table["is_separated"] = separated
    table["proportional_p"] = likelihood.proportional(beta, covariance) if ties != "exact" else np.nan
    notes = [{"msgid": SEPARATED, "details": {"predictor_name": names[j]}} for j in np.flatnonzero(separated)]
    notes += [{"msgid": NOT_PROPORTIONAL, "details": {"predictor_name": name, "p_value": float(p)}}
              for name, p in zip(names, table["proportional_p"], strict=True) if p < 0.01]
    return CoxFit(table=table, covariance=covariance, log_likelihood=likelihood(beta)[0], penalty=penalty, ties=ties,
                  null_log_likelihood=likelihood(np.zeros(len(beta)))[0], n=likelihood.n, n_events=likelihood.n_events,
                  coverage=coverage, notes=tuple(notes))


def maximise(
    objective: Callable[[Array], tuple[float, Array, Array]], start: Array, *, fixed: int | None = None,
    tolerance: float = 1e-9,
) -> tuple[Array, Array]:  # fmt: skip
    """Newton's steps, halved where they overshoot; ``fixed`` keeps one coefficient where it starts."""
    beta = np.array(start, float)
    free = np.array([j for j in range(len(beta)) if j != fixed], int)
    value, gradient, information = objective(beta)
    for _ in range(60):
        if not len(free):
            break
        inside = information[np.ix_(free, free)]
        step = np.zeros_like(beta)
        step[free] = np.clip(np.linalg.solve(inside, gradient[free]), -3.0, 3.0)
        for _ in range(30):
            trial = objective(beta + step)
            if trial[0] >= value - 1e-10 * abs(value):
                break
            step /= 2
        beta = beta + step
        value, gradient, information = trial
        if np.abs(step).max() < tolerance or np.abs(gradient[free]).max() < tolerance:
            break
    return beta, information


def _predictors(predictors: pd.DataFrame) -> tuple[list[str], Array]:
    names = [str(c) for c in predictors.columns]
    if not names:
        raise InputError("predictors are empty, must have a column", where="Cox regression")
    try:
        x = predictors.to_numpy(float)
    except (TypeError, ValueError) as error:
        raise InputError("predictors must be numbers", where="Cox regression", fix="Code groups as 0 and 1.") from error
    wrong = np.argwhere(~np.isfinite(x))
    if len(wrong):
        raise InputError(f"{names[wrong[0][1]]} is missing", where=f"row {predictors.index[wrong[0][0]]}")
    centred = x - x.mean(axis=0)
    flat = np.flatnonzero(np.abs(centred).max(axis=0) <= 1e-12 * np.maximum(1.0, np.abs(x).max(axis=0)))
    if flat.size:
        raise InputError(f"{names[flat[0]]} is the same for everybody, must differ", where="Cox regression")
    if np.linalg.matrix_rank(centred / centred.std(axis=0)) < len(names):
        raise InputError(f"{', '.join(names)} say the same twice, must not add up to each other", where="Cox regression")
    return names, x


def _table(
    names: list[str], beta: Array, covariance: Array, objective: Callable[[Array], tuple[float, Array, Array]],
    penalty: str, coverage: float,
) -> pd.DataFrame:  # fmt: skip
    from scipy.special import chdtrc, chdtri, ndtr, ndtri

    se = np.sqrt(np.diag(covariance))
    half = float(ndtri((1 + coverage) / 2)) * se
    lower, upper, p = beta - half, beta + half, 2 * ndtr(-np.abs(beta) / se)
    if penalty == "firth":
        best, reach = objective(beta)[0], float(chdtri(1, 1 - coverage)) / 2
        for j in range(len(beta)):
            lower[j], upper[j] = (_profile_edge(objective, beta, j, side * se[j], best - reach) for side in (-1, 1))
            null = np.where(np.arange(len(beta)) == j, 0.0, beta)
            fitted = maximise(objective, null, fixed=j)[0]
            p[j] = float(chdtrc(1, max(0.0, 2 * (best - objective(fitted)[0]))))
    return pd.DataFrame({
        "predictor": names, "coefficient": beta, "se": se, "hazard_ratio": np.exp(beta), "hazard_ratio_lower": np.exp(lower),
        "hazard_ratio_upper": np.exp(upper), "p_value": p,
    })  # fmt: skip


def _profile_edge(
    objective: Callable[[Array], tuple[float, Array, Array]], beta: Array, j: int, step: float, level: float
) -> float:
    """Where the profile likelihood of one coefficient falls to the level; infinite where it never does."""
    from scipy.optimize import brentq

    start = beta

    def above(steps: float) -> float:
        nonlocal start
        at = start.copy()
        at[j] = beta[j] + steps * step
        start, _ = maximise(objective, at, fixed=j, tolerance=1e-4)
        return objective(start)[0] - level

    inside, outside = 0.0, 1.6
    while above(outside) > 0:
        inside, outside = outside, outside * 1.6
        if abs(outside * step) > 12:
            return float(np.copysign(np.inf, step))
    return float(beta[j] + step * brentq(above, inside, outside, xtol=1e-4))
