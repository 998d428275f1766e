"""The best-worst method: the most and the least important KPI against all others, 2n - 3 judgements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, ParameterError, known_choices
from salesplan.text import mark
from salesplan.weighting.best_worst_judgements import BestWorstJudgements, read_best_worst
from salesplan.weighting.weights import Note, Weights

Floats = NDArray[np.float64]
BestWorstModel = Literal["linear", "nonlinear"]

MODELS: dict[BestWorstModel, str] = {
    "linear": mark("Best-worst method, linear"),
    "nonlinear": mark("Best-worst method, non-linear"),
}

CONSISTENCY_INDEX = (0.0, 0.44, 1.0, 1.63, 2.3, 3.0, 3.73, 4.47, 5.23)
"""Largest xi of the non-linear model for best over worst of 1 to 9 (Rezaei 2015); not for the linear xi."""

INPUT_THRESHOLDS: dict[int, tuple[float, ...]] = {
    3: (0.1667, 0.1667, 0.1667, 0.1667, 0.1667, 0.1667, 0.1667),
    4: (0.1121, 0.1529, 0.1898, 0.2206, 0.2527, 0.2577, 0.2683),
    5: (0.1354, 0.1994, 0.2306, 0.2546, 0.2716, 0.2844, 0.2960),
    6: (0.1330, 0.1990, 0.2643, 0.3044, 0.3144, 0.3221, 0.3262),
    7: (0.1294, 0.2457, 0.2819, 0.3029, 0.3144, 0.3251, 0.3403),
    8: (0.1309, 0.2521, 0.2958, 0.3154, 0.3408, 0.3620, 0.3657),
    9: (0.1359, 0.2681, 0.3062, 0.3337, 0.3517, 0.3620, 0.3662),
}
"""Input-based ratio accepted at most, by best over worst (rows) and 3 to 9 KPIs (Liang, Brunelli & Rezaei 2020)."""

SEVERAL_SOLUTIONS = mark(
    "Several sets of weights fit the judgements equally well; shown is the middle of each range, scaled to add up to 1."
)
TOO_INCONSISTENT = mark(
    "The judgements contradict one another (input-based ratio {found_value}, at most {limit_value} is accepted)."
    " Look first at {kpi}: {best} over it is {best_over}, it over {worst} is {over_worst}, which makes {implied}"
    " and not {direct} for {best} over {worst}."
)
NO_THRESHOLD = mark("No accepted limit of the input-based ratio is published for this number of KPIs and this scale.")

WIDE = 1e-5
"""Ranges narrower than this are one solution to the precision of the solver."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BestWorstWeights:
    """Weights from best-to-others and others-to-worst judgements.

    Parameters
    ----------
    weights
        Middle of the range of each weight over all optimal solutions, scaled to add up to 1; lower and
        upper are these ranges (not a statistical interval).
    judgements
        What was judged, with the best and the worst KPI.
    model
        ``"linear"`` or ``"nonlinear"``.
    xi
        Largest violation: of ``w_B - a_Bj w_j`` (linear) or of ``w_B / w_j - a_Bj`` (non-linear).
    cr
        ``xi`` over the consistency index, non-linear model only; the linear xi is its own indicator
        (0 is consistent) and has no ratio.
    cr_input
        Largest ``|a_Bj a_jW - a_BW| / (a_BW^2 - a_BW)``, known before any solving.
    threshold
        Published limit of ``cr_input``; missing where none is published.
    is_consistent
        ``cr_input <= threshold``; True without any contradiction, None where no limit is published.
    local
        One row a KPI: name, best_factor (best over it), worst_factor (it over worst), implied_factor
        (their product), inconsistency_value (its part of ``cr_input``).
    """

    weights: Weights
    judgements: BestWorstJudgements
    model: BestWorstModel
    xi: float
    cr: float
    cr_input: float
    threshold: float
    is_consistent: bool | None
    local: pd.DataFrame

    def __post_init__(self) -> None:
        object.__setattr__(self, "local", self.local.copy())

    @property
    def lower(self) -> Floats:
        """Least weight over all optimal solutions."""
        return self.to_frame()["weight_lower"].to_numpy()

    @property
    def upper(self) -> Floats:
        """Largest weight over all optimal solutions."""
        return self.to_frame()["weight_upper"].to_numpy()

    def to_frame(self) -> pd.DataFrame:
        """Columns name, weight, weight_lower, weight_upper."""
        return self.weights.to_frame()

    def summary(self) -> pd.DataFrame:
        """One row a measure: measure_msgid, measured_value, limit_value (accepted at most)."""
        rows: list[tuple[str, float, float]] = [
            (mark("Largest violation ξ"), self.xi, np.nan),
            (mark("Consistency ratio CR"), self.cr, np.nan),
            (mark("Input-based consistency ratio"), self.cr_input, self.threshold),
        ]
        return pd.DataFrame(rows, columns=["measure_msgid", "measured_value", "limit_value"])


def best_worst_weights(
    best_to_others: Mapping[str, float | str],
    others_to_worst: Mapping[str, float | str],
    *,
    model: BestWorstModel = "linear",
    best: str | None = None,
    worst: str | None = None,
) -> BestWorstWeights:
    """Weights from few judgements: how far the best is above each KPI and each above the worst.

    Parameters
    ----------
    best_to_others
        KPI -> how many times as important the best is, 1 (itself) or more.
    others_to_worst
        KPI -> how many times as important it is as the worst, 1 (the worst itself) or more.
    model
        ``"linear"`` (Rezaei 2016) minimises the largest ``|w_B - a_Bj w_j|`` and ``|w_j - a_jW w_W|``;
        ``"nonlinear"`` (Rezaei 2015) the largest ``|w_B / w_j - a_Bj|`` and ``|w_j / w_W - a_jW|``.
    best, worst
        Which KPI is meant where several are judged 1.

    Raises
    ------
    InputError
        The two sets name different KPIs, a judgement below 1, no or several best or worst, best over
        worst judged differently in the two sets, a judgement above it; the KPI is named.
    ParameterError
        An unknown model.

    Notes
    -----
    The linear program and the ranges are solved by HiGHS. The non-linear optimum is found by bisection:
    for a given xi the ratios ``w_j / w_W`` can be met exactly when the interval left for ``w_B / w_W``
    is not empty. The consistency index of the non-linear model is the root of
    ``xi^2 - (1 + 2 a) xi + (a^2 - a) = 0`` with a = best over worst, published for 1 to 9 in two decimals.

    Examples
    --------
    >>> result = best_worst_weights({"load": 8, "reach": 2, "cost": 1}, {"load": 1, "reach": 5, "cost": 8})
    >>> result.weights.to_series().round(4).to_dict(), round(result.xi, 4)
    ({'load': 0.0714, 'reach': 0.3214, 'cost': 0.6071}, 0.0357)
    """
    if model not in MODELS:
        raise ParameterError(f"model == {model!r}, must be a known model", fix=known_choices(model, MODELS))
    given = read_best_worst(best_to_others, others_to_worst, best=best, worst=worst)
    if model == "linear":
        xi = _linear_optimum(given)
        rows = _linear_rows(given)
        lower, upper = _ranges(rows[:, :-1], -rows[:, -1] * xi)
        cr = np.nan
    else:
        xi = _nonlinear_optimum(given)
        rows = _nonlinear_rows(given, xi)
        lower, upper = _ranges(rows, np.zeros(len(rows)))
        index = consistency_index(given.best_over_worst)
        cr = xi / index if index > 0 else 0.0
    centre = (lower + upper) / 2
    local, cr_input = _input_based(given)
    limit = _threshold(given)
    agrees = True if cr_input == 0 else None if np.isnan(limit) else bool(cr_input <= limit + 1e-12)
    weights = Weights(
        names=given.names,
        values=centre / centre.sum(),
        method=MODELS[model],
        caveats=_caveats(given, local, cr_input, limit, agrees, several=bool((upper - lower).max() > WIDE)),
        lower=lower,
        upper=upper,
    )
    return BestWorstWeights(
        weights=weights, judgements=given, model=model, xi=xi, cr=cr, cr_input=cr_input, threshold=limit,
        is_consistent=agrees, local=local,
    )  # fmt: skip


def consistency_index(best_over_worst: float) -> float:
    """Largest xi that the non-linear model can have for this judgement of best over worst.

    Examples
    --------
    >>> consistency_index(8), round(consistency_index(8.5), 4)
    (4.47, 4.8467)
    """
    a = best_over_worst
    if a == int(a) and 1 <= a <= len(CONSISTENCY_INDEX):
        return CONSISTENCY_INDEX[int(a) - 1]
    return float((1 + 2 * a - np.sqrt(8 * a + 1)) / 2)


def _pairs(given: BestWorstJudgements) -> list[tuple[int, int, float]]:
    """Judgements as (more, less, how many times), each once."""
    b, w = given.best_at, given.worst_at
    others = [j for j in range(len(given.names)) if j not in (b, w)]
    return [
        (b, w, given.best_over_worst),
        *((b, j, float(given.best_over[j])) for j in others),
        *((j, w, float(given.over_worst[j])) for j in others),
    ]


def _linear_rows(given: BestWorstJudgements) -> Floats:
    """Rows of ``+-(w_i - a w_j) - xi <= 0``, the last column belonging to xi."""
    pairs = _pairs(given)
    rows = np.zeros((2 * len(pairs), len(given.names) + 1))
    rows[:, -1] = -1
    for k, (i, j, a) in enumerate(pairs):
        rows[2 * k, [i, j]] = 1, -a
        rows[2 * k + 1, [i, j]] = -1, a
    return rows


def _nonlinear_rows(given: BestWorstJudgements, xi: float) -> Floats:
    """Rows of ``w_i - (a + xi) w_j <= 0`` and ``(a - xi) w_j - w_i <= 0``."""
    pairs = _pairs(given)
    rows = np.zeros((2 * len(pairs), len(given.names)))
    for k, (i, j, a) in enumerate(pairs):
        rows[2 * k, [i, j]] = 1, -(a + xi)
        rows[2 * k + 1, [i, j]] = -1, a - xi
    return rows


def _solve(costs: Floats, rows: Floats, limits: Floats, sums: Floats) -> Any:
    from scipy.optimize import linprog

    found = linprog(costs, A_ub=rows, b_ub=limits, A_eq=sums[None], b_eq=[1.0], bounds=(0, None), method="highs")
    if not found.success:
        raise InputError(
            f"the best-worst program has no solution ({found.message}), must have one",
            fix="Check the judgements for extreme values.",
        )
    return found


def _linear_optimum(given: BestWorstJudgements) -> float:
    rows = _linear_rows(given)
    costs = np.append(np.zeros(len(given.names)), 1.0)
    return max(float(_solve(costs, rows, np.zeros(len(rows)), 1 - costs).fun), 0.0)


def _nonlinear_optimum(given: BestWorstJudgements) -> float:
    """Least xi for which some ratio of best to worst is left, by bisection to the last bit."""
    a = given.best_over_worst
    others = [j for j in range(len(given.names)) if j not in (given.best_at, given.worst_at)]
    over, under = given.best_over[others], given.over_worst[others]

    def fits(xi: float) -> bool:
        least = np.append(np.maximum(over - xi, 0) * np.maximum(under - xi, 0), a - xi).max()
        most = np.append((over + xi) * (under + xi), a + xi).min()
        return bool(least <= most * (1 + 1e-14))

    low, high = 0.0, float(a)
    if fits(low):
        return 0.0
    while high - low > 1e-15 * high and low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _ranges(rows: Floats, limits: Floats) -> tuple[Floats, Floats]:
    n = rows.shape[1]
    lower, upper = np.empty(n), np.empty(n)
    for k in range(n):
        costs = np.eye(n)[k]
        lower[k] = _solve(costs, rows, limits, np.ones(n)).x[k]
        upper[k] = _solve(-costs, rows, limits, np.ones(n)).x[k]
    return np.minimum(lower, upper), np.maximum(lower, upper)


def _input_based(given: BestWorstJudgements) -> tuple[pd.DataFrame, float]:
    a = given.best_over_worst
    implied = given.best_over * given.over_worst
    local = np.abs(implied - a) / (a * a - a) if a > 1 else np.zeros(len(implied))
    local[[given.best_at, given.worst_at]] = 0.0
    frame = pd.DataFrame({
        "name": list(given.names), "best_factor": given.best_over, "worst_factor": given.over_worst,
        "implied_factor": implied, "inconsistency_value": local,
    })  # fmt: skip
    largest = float(local.max())
    return frame, largest if largest > 1e-12 else 0.0


def _threshold(given: BestWorstJudgements) -> float:
    a, n = given.best_over_worst, len(given.names)
    if a != int(a) or int(a) not in INPUT_THRESHOLDS or not 3 <= n <= 9:
        return float("nan")
    return INPUT_THRESHOLDS[int(a)][n - 3]


def _caveats(
    given: BestWorstJudgements, local: pd.DataFrame, found: float, limit: float, agrees: bool | None, *, several: bool
) -> tuple[Note, ...]:
    notes: list[Note] = []
    if agrees is False:
        row = local.assign(by=-local["inconsistency_value"].round(12)).sort_values(["by", "name"]).iloc[0]
        details: dict[str, Any] = {
            "found_value": round(found, 3), "limit_value": limit, "kpi": row["name"], "best": given.best, "worst": given.worst,
            "best_over": f"{row['best_factor']:g}", "over_worst": f"{row['worst_factor']:g}",
            "implied": f"{row['implied_factor']:g}", "direct": f"{given.best_over_worst:g}",
        }  # fmt: skip
        notes.append({"msgid": TOO_INCONSISTENT, "details": details})
    if agrees is None:
        notes.append({"msgid": NO_THRESHOLD, "details": {}})
    if several:
        notes.append({"msgid": SEVERAL_SOLUTIONS, "details": {}})
    return tuple(notes)
