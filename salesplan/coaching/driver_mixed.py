"""Result on skill levels by tier, with a random intercept for each team, by restricted maximum likelihood."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from salesplan.coaching.peers import Floats
from salesplan.errors import InputError, known_choices

BOUNDS = (-12.0, 8.0)
"""Logarithm of team variance over residual variance that is searched; below the first teams do not differ."""
Spread = Literal["by_tier", "common"]


@dataclass(frozen=True, kw_only=True, eq=False)
class MixedFit:
    """Fixed effects of a model with one random intercept a team.

    ``covariance`` supposes one spread of all people; ``robust_covariance`` (HC3, MacKinnon & White 1985, on the data with
    the team effects taken out as the fit weighs them) holds where spreads differ between people too.
    """

    coefficients: pd.Series
    covariance: pd.DataFrame
    robust_covariance: pd.DataFrame
    team_variance: float
    residual_variance: float
    reml_loglik: float
    n: int
    n_teams: int

    @property
    def degrees(self) -> float:
        """Degrees of freedom of slopes within teams: people less coefficients less teams, at least 1."""
        teams = self.n_teams - 1 if self.team_variance > 0 else 0
        return float(max(self.n - len(self.coefficients) - teams, 1))


def fit_random_intercept(design: pd.DataFrame, outcome: Floats, team: np.ndarray) -> MixedFit:
    """REML fit of ``outcome = design b + team effect + error``.

    Parameters
    ----------
    design
        People x coefficients, the intercept included.
    team
        Team of each person.

    Raises
    ------
    InputError
        Columns are combinations of one another, or there are no more people than coefficients.

    Notes
    -----
    With ``V = s2 (I + theta ZZ')`` the REML likelihood depends on ``theta`` alone and every team's inverse is
    ``I - theta / (1 + n theta) 11'`` (Bates et al. 2015 profile the same); ``theta`` by bounded search, 0 included.

    Examples
    --------
    >>> x = np.arange(12.0)
    >>> fit = fit_random_intercept(pd.DataFrame({"one": 1.0, "x": x}), 3 + 2 * x + np.tile([1.0, -1.0], 6), np.arange(12) // 4)
    >>> fit.coefficients.round(1).tolist(), fit.n_teams
    ([3.2, 2.0], 3)
    """
    from scipy.optimize import minimize_scalar

    x, y = design.to_numpy(float), np.asarray(outcome, float)
    n, p = x.shape
    if n <= p:
        raise InputError(f"{n} people for {p} coefficients, must be more people")
    if np.linalg.matrix_rank(x) < p:
        raise InputError("skill levels are combinations of one another", where=f"columns {list(map(str, design.columns))}",
                         fix="Leave one of them out, or use the ridge method.")
    codes, teams = pd.factorize(team)
    size = np.bincount(codes).astype(float)
    sum_x = np.zeros((len(teams), p))
    np.add.at(sum_x, codes, x)
    sum_y = np.bincount(codes, weights=y)
    xx, xy, yy = x.T @ x, x.T @ y, float(y @ y)

    def parts(theta: float) -> tuple[Floats, Floats, float, float]:
        shrink = theta / (1 + size * theta)
        a = xx - (sum_x * shrink[:, None]).T @ sum_x
        b = np.linalg.solve(a, xy - sum_x.T @ (shrink * sum_y))
        rest = yy - float(sum_y**2 @ shrink) - float(b @ (xy - sum_x.T @ (shrink * sum_y)))
        s2 = max(rest, 1e-300) / (n - p)
        deviance = (n - p) * (1 + np.log(2 * np.pi * s2)) + np.log1p(size * theta).sum() + np.linalg.slogdet(a)[1]
        return b, a, s2, float(deviance)

    theta = 0.0
    if len(teams) > 1 and (size > 1).any():
        found = minimize_scalar(lambda t: parts(float(np.exp(t)))[3], bounds=BOUNDS, method="bounded",
                                options={"xatol": 1e-10})
        if found.fun < parts(0.0)[3]:
            theta = float(np.exp(found.x))
    b, a, s2, deviance = parts(theta)
    names = list(map(str, design.columns))
    drawn = 1 - 1 / np.sqrt(1 + size * theta)
    within_x, within_y = x - (sum_x * (drawn / size)[:, None])[codes], y - (sum_y * drawn / size)[codes]
    inverse = np.linalg.inv(a)
    leverage = np.clip(((within_x @ inverse) * within_x).sum(axis=1), 0.0, 1 - 1e-9)
    scores = within_x * ((within_y - within_x @ b) / (1 - leverage))[:, None]
    robust = inverse @ (scores.T @ scores) @ inverse
    return MixedFit(coefficients=pd.Series(b, index=names), team_variance=theta * s2, residual_variance=s2,
                    covariance=pd.DataFrame(s2 * inverse, index=names, columns=names),
                    robust_covariance=pd.DataFrame(robust, index=names, columns=names),
                    reml_loglik=-deviance / 2, n=n, n_teams=len(teams))


def tier_slopes(
    levels: pd.DataFrame, outcome: pd.Series, tier: pd.Series, team: pd.Series, *, spread: Spread = "by_tier"
) -> tuple[pd.DataFrame, dict[str, MixedFit]]:
    """Slope of each skill within each tier, all skills in one model.

    Parameters
    ----------
    levels
        People x skills, no gaps.
    spread
        ``by_tier``: each tier is fitted on its own, with its own team and residual variance, and an error is the larger of
        the model's and the robust one (HC3; Angrist & Pischke 2009, 8.1): newcomers' results scatter more than those of
        the experienced, and one common spread gives the noisy tier
        intervals that are far too short. ``common``: the published form, one model with one spread for all tiers.

    Returns
    -------
    DataFrame
        skill, tier, slope, slope_se, degrees (of freedom).
    dict
        Tier -> its model (``common``: the same one); its coefficient ``skill | tier`` is the slope.

    Raises
    ------
    InputError
        The spread is unknown, skills are combinations of one another, or a tier has no more people than coefficients.
    """
    if spread not in ("by_tier", "common"):
        raise InputError(f"spread == {spread!r}, {known_choices(spread, ('by_tier', 'common'))}")
    tiers = sorted(map(str, tier.unique()))
    fits: dict[str, MixedFit] = {}
    for together in [tiers] if spread == "common" else [[t] for t in tiers]:
        own = tier.isin(together).to_numpy()
        member = {t: (tier[own] == t).to_numpy(float) for t in together}
        columns = {f"(Intercept) | {t}": member[t] for t in together}
        for skill in levels.columns:
            centred = (levels.loc[own, skill] - levels.loc[own, skill].mean()).to_numpy(float)
            columns |= {f"{skill} | {t}": centred * member[t] for t in together}
        fit = fit_random_intercept(pd.DataFrame(columns, index=levels.index[own]), outcome[own].to_numpy(float),
                                   team[own].to_numpy())
        fits |= dict.fromkeys(together, fit)
    errors: dict[str, pd.Series] = {}
    for t, fit in fits.items():
        variance = np.diag(fit.covariance.to_numpy(float))
        if spread == "by_tier":
            variance = np.maximum(variance, np.diag(fit.robust_covariance.to_numpy(float)))
        errors[t] = pd.Series(np.sqrt(variance), index=fit.coefficients.index)
    rows = []
    for skill in map(str, levels.columns):
        for t, fit in fits.items():
            name = f"{skill} | {t}"
            rows.append((skill, t, fit.coefficients[name], errors[t][name], fit.degrees))
    return pd.DataFrame(rows, columns=["skill", "tier", "slope", "slope_se", "degrees"]), fits
