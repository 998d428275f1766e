"""How much of each person's shortfall effort, leads, territory, ramp, knowledge and skill account for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.coaching.peers import Floats, Peers, robust_spread

RATIOS = ("effort", "leads", "territory")
"""Compared as ratios to what is usual (logarithms)."""
LEVELS = ("knowledge", "skill")
"""Compared as differences of levels."""
MEASURES = RATIOS + LEVELS
"""In the order in which they are looked at: training comes last."""

ASSUMED_SLOPES: dict[str, tuple[float, float]] = {
    "effort": (0.6, 0.3),
    "leads": (0.4, 0.3),
    "territory": (0.4, 0.3),
    "knowledge": (0.1, 0.15),
    "skill": (0.2, 0.15),
}
"""Mean and standard deviation of each slope before the data speak: per cent of result for one per cent of effort, leads
or territory; logarithm of the result for a quarter of the skill scale (one level of 1 to 5). An assumption: it decides
in companies too small to estimate slopes and fades with every seller."""

USUAL_T90 = 9.0
"""Months to nine tenths of full output that are assumed before newcomers' results are looked at."""
T90_SPREAD = 0.7
"""Standard deviation of the logarithm of that."""
LEADS_PRIOR = 0.5
"""Standard deviation, before the data speak, of how much fewer leads one per cent less effort brings."""
LEAST_FOR_EFFORT = 20
"""Sellers with effort and leads from whom this is found out."""
FULL = float(np.log(10))
LEAST_SPREAD_SHARE = 0.25
"""Part of the observed spread of a measure that is never put down to measurement error."""
FAR = 4.0
"""Spreads beyond which a deviation counts no further for their variance."""
HUBER = 1.345
CLEARLY = 1.645
"""Standard errors below usual from which a person is clearly below (95 %)."""
QUARTER = 0.674
"""Spreads below usual from which a person is in the lowest quarter of peers."""
ROUNDS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class CauseModel:
    """What a result is made of, person by person; all deviations are logarithms of ratios or differences of levels.

    Attributes
    ----------
    usual
        seller_id x measure: what is usual among the person's peers, in the measure's own unit.
    deviation, deviation_se
        Measured deviation from it, and its measurement error.
    contribution, contribution_se
        Logarithm of the result that the (shrunk) deviation accounts for; 0 where it is unknown.
    spread
        measure -> how much people truly differ in it.
    slopes
        index measure: slope, slope_lower, slope_upper (90 %), assumed_share (1: nothing but the assumption).
    result_gap, result_se
        Logarithm of result over that of ramped peers at their usual effort, leads and skill; its error.
    ramp
        Logarithm of the share of full output expected over the months of the person's result (0 when ramped).
    t90, n_newcomers
        Months to nine tenths of full output, and newcomers it rests on.
    noise
        Spread of results that nothing explains.
    """

    usual: pd.DataFrame
    deviation: pd.DataFrame
    deviation_se: pd.DataFrame
    contribution: pd.DataFrame
    contribution_se: pd.DataFrame
    spread: Mapping[str, float]
    slopes: pd.DataFrame
    result_gap: pd.Series
    result_se: pd.Series
    ramp: pd.Series
    t90: float
    n_newcomers: int
    noise: float


def ramp_share(tenure_months: Floats, t90: float) -> Floats:
    """Share of full output after so many months, ``1 - exp(-ln 10 t / t90)``; half a month where it is less.

    Examples
    --------
    >>> ramp_share(np.array([9.0, 90.0]), 9.0).round(3).tolist()
    [0.9, 1.0]
    """
    return 1 - np.exp(-FULL * np.maximum(tenure_months, 0.5) / t90)


def mean_ramp_share(first: Floats, last: Floats, t90: float) -> Floats:
    """Mean share of full output between two tenures in months: what a result of several months rests on.

    The integral of `ramp_share` over the time between, nothing before the first day; at one tenure its share there.

    Examples
    --------
    >>> mean_ramp_share(np.array([9.0, 3.0]), np.array([9.0, 9.0]), 9.0).round(3).tolist()
    [0.9, 0.763]
    """
    speed = FULL / t90

    def output(months: Floats) -> Floats:
        worked = np.maximum(months, 0.0)
        return worked + np.expm1(-speed * worked) / speed

    length = last - first
    several = length > 1e-6
    mean = (output(last) - output(first)) / np.where(several, length, 1.0)
    return np.where(several, np.maximum(mean, ramp_share(np.zeros(1), t90) / 2), ramp_share(last, t90))


def fit_causes(
    measures: pd.DataFrame, *, peers: Peers, full_peers: Peers, ramp_months: float, scale: tuple[float, float],
    t90: float | None = None, within_tier: bool = False,
) -> CauseModel:
    """Deviations from peers, slopes of the result on them, the ramp, and what each accounts for.

    Parameters
    ----------
    measures
        Checked: index seller_id, tenure_months, result, MEASURES (all there, NaN where unknown) and their ``_se``;
        perhaps ``result_from_months, result_to_months``: tenure at the begin and the end of the months the result is of
        (else the result counts as one at ``tenure_months``).
    peers
        With whom effort, leads, knowledge and skill are compared.
    full_peers
        With whom results are compared; only people past ``ramp_months`` set what is usual.
    within_tier
        Results of other tiers say nothing (sales in money): past the ramp, people of a tier with fewer than
        ``full_peers.minimum`` such results are compared with nobody.

    Notes
    -----
    A deviation ``e`` with error ``s`` counts as ``e t2 / (t2 + s2)``, ``t2`` the variance of true deviations: a slope
    on deviations so shrunk is the slope on the true ones (regression calibration), so that a noisy test is
    neither blamed too little nor too much. Slopes: Huber's weights, normal prior `ASSUMED_SLOPES`, never below 0.
    Slopes, ramp and the usual result are fitted in turn; the usual result is that of people at usual effort, leads,
    skill and full ramp, so that a company where many lack one of these does not take the shortfall for usual.
    Leads are compared with those usual for the person's effort as far as, in this company, leads come of visits; where
    it is the other way round (nobody to visit) a lack of leads counts as one of effort.
    """
    index = measures.index
    tenure = measures["tenure_months"].to_numpy(float)
    newcomer = np.isfinite(tenure) & (tenure < ramp_months)
    columns: dict[str, tuple[Floats, Floats, Floats, float]] = {name: deviations(measures, name, peers) for name in MEASURES}
    columns["leads"] = _given_effort(columns["leads"], columns["effort"])
    shrunk, left = np.zeros((len(index), len(MEASURES))), np.zeros((len(index), len(MEASURES)))
    for j, name in enumerate(MEASURES):
        _, deviation, error, spread = columns[name]
        true = _true_variance(deviation, error, spread)
        if name in LEVELS and spread > 0:
            best, variance_left = _two_kinds(deviation, error, spread**2, true)
        else:
            kept = true / (true + error**2) if true > 0 else np.zeros_like(error)
            best, variance_left = deviation * kept, kept * error**2
        shrunk[:, j] = np.where(np.isfinite(deviation), np.nan_to_num(best), 0.0)
        left[:, j] = np.where(np.isfinite(deviation), np.nan_to_num(variance_left), 0.0)
    result = np.log(measures["result"].to_numpy(float))
    result_se = (measures["result_se"] / measures["result"]).fillna(0.0).to_numpy(float)
    prior = _prior(scale)
    first, last = _months_of_result(measures)
    known = np.isfinite(result)
    if within_tier:
        known &= newcomer | (_alike(measures["tier"], known & ~newcomer) >= full_peers.minimum)
    usual_in_all = ~((shrunk < -CLEARLY * np.sqrt(left)) & (shrunk < 0)).any(axis=1)
    slopes, covariance, noise = prior[:, 0], np.diag(prior[:, 1] ** 2), 0.2
    ramp, found_t90 = np.zeros(len(index)), t90 if t90 is not None else USUAL_T90
    gap = np.full(len(index), np.nan)
    for _ in range(ROUNDS):
        explained = shrunk @ slopes
        level = _full_level(result - explained - ramp, (known & ~newcomer & usual_in_all, known & ~newcomer, known), full_peers)
        gap = np.where(known, result - level, np.nan)
        if t90 is None:
            found_t90 = _fit_ramp((gap - explained)[newcomer & known], first[newcomer & known], last[newcomer & known], noise)
        ramp = np.where(newcomer, np.log(mean_ramp_share(first, last, found_t90)), 0.0)
        slopes, covariance, noise = _fit_slopes(shrunk[known], (gap - ramp)[known], result_se[known], prior)
    deviation_of_slope = np.sqrt(np.diag(covariance))
    table = pd.DataFrame({"slope": slopes, "slope_lower": np.maximum(slopes - 1.645 * deviation_of_slope, 0.0),
                          "slope_upper": slopes + 1.645 * deviation_of_slope,
                          "assumed_share": np.minimum((deviation_of_slope / prior[:, 1]) ** 2, 1.0)},
                         index=pd.Index(MEASURES, name="measure"))  # fmt: skip
    variance = slopes**2 * left + shrunk**2 * deviation_of_slope**2

    def frame(values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=list(MEASURES))

    return CauseModel(
        usual=frame(np.column_stack([columns[name][0] for name in MEASURES])),
        deviation=frame(np.column_stack([columns[name][1] for name in MEASURES])),
        deviation_se=frame(np.column_stack([columns[name][2] for name in MEASURES])),
        contribution=frame(shrunk * slopes), contribution_se=frame(np.sqrt(variance)),
        spread={name: columns[name][3] for name in MEASURES}, slopes=table,
        result_gap=pd.Series(gap, index=index), result_se=pd.Series(result_se, index=index),
        ramp=pd.Series(ramp, index=index), t90=float(found_t90), n_newcomers=int((newcomer & known).sum()), noise=noise)


def _months_of_result(measures: pd.DataFrame) -> tuple[Floats, Floats]:
    """Tenure at the begin and the end of the months of each result; the last day's where these are unknown."""
    tenure = np.nan_to_num(measures["tenure_months"].to_numpy(float))
    if not {"result_from_months", "result_to_months"} <= set(measures.columns):
        return tenure, tenure
    first, last = (measures[name].to_numpy(float) for name in ("result_from_months", "result_to_months"))
    known = np.isfinite(first) & np.isfinite(last) & (last > 0) & (last >= first)
    return np.where(known, first, tenure), np.where(known, last, tenure)


def _alike(tier: pd.Series, counts: NDArray[np.bool_]) -> NDArray[np.intp]:
    """How many people of each person's tier count."""
    group = pd.factorize(tier.fillna(""))[0]
    return np.bincount(group, weights=counts)[group].astype(np.intp)


def deviations(measures: pd.DataFrame, name: str, peers: Peers) -> tuple[Floats, Floats, Floats, float]:
    """Usual figure, deviation, its measurement error, and the robust spread of true deviations."""
    value, error = measures[name].to_numpy(float), measures[f"{name}_se"].fillna(0.0).to_numpy(float)
    if name in RATIOS:
        with np.errstate(divide="ignore", invalid="ignore"):
            error, value = error / value, np.log(value)
    usual = peers.usual(pd.Series(value, index=measures.index)).to_numpy(float)
    deviation = value - usual
    error = np.where(np.isfinite(deviation), error, np.nan)
    seen = robust_spread(deviation)
    spread = 0.0
    if np.isfinite(seen) and seen > 0:
        spread = float(np.sqrt(max(seen**2 - np.nanmedian(error**2), LEAST_SPREAD_SHARE * seen**2)))
    return (np.exp(usual) if name in RATIOS else usual), deviation, error, spread


def _given_effort(
    leads: tuple[Floats, Floats, Floats, float], effort: tuple[Floats, Floats, Floats, float]
) -> tuple[Floats, Floats, Floats, float]:
    """Leads against those usual for so much effort: who visits less finds fewer, and that is no fault of the territory."""
    usual, deviation, error, spread = leads
    _, worked, worked_error, worked_spread = effort
    both = np.isfinite(deviation) & np.isfinite(worked)
    if spread <= 0 or worked_spread <= 0 or both.sum() < LEAST_FOR_EFFORT:
        return leads
    variance = _true_variance(worked, worked_error, worked_spread)
    kept = np.where(both, variance / (variance + np.nan_to_num(worked_error) ** 2), 0.0)
    x, y = (kept * np.nan_to_num(worked))[both], deviation[both]
    slope, se = 0.0, 0.0
    for _ in range(ROUNDS):
        rest = y - slope * x
        noise = max(robust_spread(rest), 0.02)
        weight = np.minimum(1.0, HUBER * noise / np.maximum(np.abs(rest - np.median(rest)), 1e-12)) / noise**2
        xc, yc = x - np.average(x, weights=weight), y - np.average(y, weights=weight)
        precision = float((weight * xc**2).sum())
        slope, se = float((weight * xc * yc).sum()) / (precision + LEADS_PRIOR**-2), (precision + LEADS_PRIOR**-2) ** -0.5
    slope = max(slope - se, 0.0)
    due = slope * kept * np.nan_to_num(worked)
    error = np.hypot(error, slope * np.sqrt(kept) * np.nan_to_num(worked_error))
    deviation = deviation - due
    seen = robust_spread(deviation)
    spread = float(np.sqrt(max(seen**2 - float(np.nanmedian(error**2)), LEAST_SPREAD_SHARE * seen**2)))
    return usual * np.exp(due), deviation, error, spread


def _true_variance(deviation: Floats, error: Floats, spread: float) -> float:
    """Variance of true deviations, people far off included: what a slope on shrunk deviations must allow for."""
    known = np.isfinite(deviation)
    if spread <= 0:
        return 0.0
    seen = np.clip(deviation[known], -FAR * spread, FAR * spread)
    return max(float((seen**2).mean() - (error[known] ** 2).mean()), spread**2)


def _two_kinds(deviation: Floats, error: Floats, usual: float, whole: float) -> tuple[Floats, Floats]:
    """Mean and variance of true deviations when most people differ a little (variance ``usual``) and a few a lot.

    The few make up what the variance of all, ``whole``, has beyond that. Drawing everybody towards the middle by the
    variance of all would take the noise of ordinary people for a lack.
    """
    far = FAR**2 * usual
    few = min(max((whole - usual) / (far - usual), 0.0), 0.5)
    seen_usual, seen_far = usual + error**2, far + error**2
    density = [part * np.exp(-(deviation**2) / (2 * seen)) / np.sqrt(seen)
               for part, seen in ((1 - few, seen_usual), (few, seen_far))]
    is_far = density[1] / np.maximum(density[0] + density[1], 1e-300)
    near, distant = deviation * usual / seen_usual, deviation * far / seen_far
    inside = (1 - is_far) * usual * error**2 / seen_usual + is_far * far * error**2 / seen_far
    return near + is_far * (distant - near), inside + is_far * (1 - is_far) * (distant - near) ** 2


def _full_level(clean: Floats, choices: tuple[NDArray[np.bool_], ...], full_peers: Peers) -> Floats:
    """Usual result of each person's ramped peers: of the first choice of people who are enough in the widest group."""
    widest = full_peers.levels.iloc[:, 0]
    counts = next((choice for choice in choices if choice.sum() >= full_peers.minimum), choices[-1]).copy()
    for choice in choices[:2]:
        few = (widest != "").to_numpy() & (_alike(widest, counts) < full_peers.minimum)
        counts |= few & choice & (_alike(widest, choice) >= full_peers.minimum)
    values = pd.Series(np.where(counts, clean, np.nan), index=full_peers.table.index)
    return full_peers.usual(values).to_numpy(float)


def _fit_ramp(gap: Floats, first: Floats, last: Floats, noise: float) -> float:
    """Months to nine tenths of full output: absolute deviations of newcomers, against what is usually so."""
    grid = np.exp(np.linspace(np.log(0.5), np.log(36.0), 90))
    misfit = ((np.log(grid) - np.log(USUAL_T90)) / T90_SPREAD) ** 2 / 2
    if len(gap):
        expected = np.log([mean_ramp_share(first, last, float(t90)) for t90 in grid])
        misfit = misfit + np.abs(gap[None, :] - expected).sum(axis=1) / max(noise, 0.05)
    return float(grid[int(np.argmin(misfit))])


def _prior(scale: tuple[float, float]) -> Floats:
    """Mean and standard deviation of each slope; those on levels for this scale's unit."""
    unit = (scale[1] - scale[0]) / 4
    return np.array([np.array(ASSUMED_SLOPES[name]) / (unit if name in LEVELS else 1.0) for name in MEASURES])


def _fit_slopes(x: Floats, y: Floats, y_se: Floats, prior: Floats) -> tuple[Floats, Floats, float]:
    """Posterior mean and covariance of the slopes, with Huber's weights; and the unexplained spread."""
    precision = np.diag(1 / prior[:, 1] ** 2)
    slopes = prior[:, 0].copy()
    covariance, noise = np.diag(prior[:, 1] ** 2), 0.2
    if not y.size:  # nobody has peers to be compared with: nothing is learned beyond the prior
        return slopes, covariance, noise
    for _ in range(ROUNDS):
        rest = y - x @ slopes
        noise = max(robust_spread(rest), 0.02)
        spread = np.sqrt(max(noise**2 - np.median(y_se**2), LEAST_SPREAD_SHARE * noise**2) + y_se**2)
        centred = rest - np.median(rest)
        weight = np.minimum(1.0, HUBER * spread / np.maximum(np.abs(centred), 1e-12)) / spread**2
        mean_x, mean_y = np.average(x, axis=0, weights=weight), float(np.average(y, weights=weight))
        xc, yc = x - mean_x, y - mean_y
        covariance = np.linalg.inv(xc.T @ (xc * weight[:, None]) + precision)
        slopes = np.maximum(covariance @ (xc.T @ (weight * yc) + precision @ prior[:, 0]), 0.0)
    return slopes, covariance, noise
