"""Which units and people moved by more than chance, ranked, with a stated rate of false alarms."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.review.cusum import cusum_limit, cusum_p, cusum_sums, run_starts
from salesplan.review.seasonal_residuals import SeasonalResiduals, seasonal_residuals
from salesplan.text import mark

Floats = NDArray[np.float64]

RULES: dict[str, str] = {
    "month": mark("One month far off"),
    "two_months": mark("Two months in a row"),
    "drift": mark("Drift"),
}
"""What each rule looks at; the words for people."""
SLACK, DRIFT_LIMIT, DRIFT_MONTHS = 0.5, 5.0, 12
"""CUSUM of the last twelve standardised residuals: half the shift looked for, the usual limit, and its length."""

RUN = 6
"""Months of a run for which the spread of its mean is allowed for."""
MOST_ALIKE = 0.8
_GAUSS = np.polynomial.legendre.leggauss(32)
NODES, WEIGHTS = 3.0 * (_GAUSS[0] + 1.0), 3.0 * _GAUSS[1]
"""Points and weights of an integral over the six units above a value."""

RATE = mark(
    "In a month in which nothing has happened, chance alone brings a warning of any kind with a probability of at most"
    " {false_alarm_rate}. In months in which something has, at most {false_alarm_rate} of the warnings are false on average."
)
YEAR_RATE = mark("Over a quiet year of {n_months} months, expect {alarms_value} months with a false warning.")
UNJUDGED = mark("{n} {n:unit or person has|units and people have} less than six months of {n:its|their} own and {n:is|are} not judged.")
SHORT = mark(
    "The history holds {n_months} months: the season is uncertain, and only very large changes can be told from it."
)
SHORT_MONTHS = 24


@dataclass(frozen=True, kw_only=True, eq=False)
class Signals:
    """Tests of one month, most striking first.

    ``table``: unit_id, name, level, rule, direction (below or above), value (standardised; of a drift its cumulative sum), limit
    (from which it is a signal this month), p, rank, q_value (p allowing for all tests of the month), since (first month of
    what is seen), actual and expected of the month, is_signal.
    """

    table: pd.DataFrame
    month: pd.Period
    false_alarms: float
    residuals: SeasonalResiduals
    n_unjudged: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a test."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """Signals only, the strongest of each unit, with what it was beside what was to be expected."""
        found = self.table[self.table["is_signal"]]
        return found.drop_duplicates("unit_id").reset_index(drop=True)

    def of(self, unit_id: str) -> pd.DataFrame:
        """The tests of one unit or seller."""
        return self.table[self.table["unit_id"] == unit_id].reset_index(drop=True)

    def notes(self) -> list[dict[str, object]]:
        """The rate of false alarms in words, and what could not be judged."""
        found: list[dict[str, object]] = [
            {"msgid": RATE, "details": {"false_alarm_rate": self.false_alarms}},
            {"msgid": YEAR_RATE, "details": {"n_months": 12, "alarms_value": round(12 * self.false_alarms, 1)}},
        ]
        if self.n_unjudged:
            found.append({"msgid": UNJUDGED, "details": {"n": self.n_unjudged}})
        known = len(self.residuals.months)
        if known < SHORT_MONTHS:
            found.append({"msgid": SHORT, "details": {"n_months": known}})
        return found


def signals(
    history: pd.DataFrame | None, units: pd.DataFrame, *, month: pd.Period | str | None = None, false_alarms: float = 0.1,
    first_month: pd.Series | None = None, country: str = "CN", residuals: SeasonalResiduals | None = None,
) -> Signals:
    """Warnings of a month for every unit and seller.

    Parameters
    ----------
    history, units, first_month, country
        As in `seasonal_residuals`.
    month
        Month judged; the last of the history where it is missing or not complete yet.
    false_alarms
        Probability that a month in which nothing has happened brings any warning at all; in other months the mean share of
        false ones among the warnings.
    residuals
        Worked out before, for several months in turn; ``history`` is then not read.

    Raises
    ------
    InputError
        A rate outside (0, 0.5], or a month before the history.

    Notes
    -----
    Three rules a node: the month's residual; the smaller of the last two on one side, two-sided, allowing for luck that
    lasts; the CUSUM of the last twelve, divided by how much more a run's mean varies than that of independent months (lasting
    luck, uncertain growth), its chance from a Markov chain. Over all tests Benjamini & Hochberg (1995), each level of the
    organisation with the same weight (Genovese et al. 2006), so that many people do not hide a few units.

    Measured on simulated companies in which nothing happens (3 regions, 14 teams, 108 sellers of 14 lognormal deals a month,
    season, moving 春节, 8 % growth, a tenth newcomers, luck of all that fades over months), at the stated 10 %: 5.8 % of months
    with 36 months of history (40 company-years, every other month, standard error 1.7 %) and 9.4 % with 60 (30, 2.2 %); of
    Januaries and Februaries 2.5 % and 3.3 %; where every newcomer follows somebody who left, 6.1 % with 36 months.

    Examples
    --------
    >>> months = pd.period_range("2023-01", periods=40, freq="M")
    >>> sales = pd.DataFrame(np.random.default_rng(1).normal([100, 50], 5, (40, 2)), index=months, columns=["a", "b"])
    >>> sales.iloc[-2:, 0] = 60.0
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
    ...                       "level": ["company", "rep", "rep"], "name": ["Co", "A", "B"]})
    >>> signals(sales, units).summary()[["unit_id", "direction"]].values.tolist()[0]
    ['a', 'below']
    """
    if not 0 < false_alarms <= 0.5:
        raise InputError(f"false_alarms == {false_alarms:g}, must be a fraction above 0 and at most 0.5", where="signals")
    if residuals is None:
        if history is None:
            raise InputError("history and residuals are both missing, must be one of them", where="signals")
        residuals = seasonal_residuals(history, units, country=country, first_month=first_month)
    t = signal_position(residuals.months, month)
    tests = _tests(residuals, t)
    table = _ranked(tests, false_alarms)
    judged = np.isfinite(residuals.z[t])
    alive = residuals.actual[max(t - 11, 0): t + 1].any(axis=0)
    return Signals(table=table, month=residuals.months[t], false_alarms=false_alarms, residuals=residuals,
                   n_unjudged=int((alive & ~judged & ~_former(residuals)).sum()))


def _former(residuals: SeasonalResiduals) -> NDArray[np.bool_]:
    return residuals.units["unit_id"].astype(str).str.endswith("/former").to_numpy()


def signal_position(months: pd.PeriodIndex, month: pd.Period | str | None) -> int:
    """Position of the month judged: the last where it is missing or not complete yet."""
    wanted = months[-1] if month is None else pd.Period(month, "M")
    if wanted < months[0]:
        raise InputError(f"month == {wanted}, must not lie before the history, which begins in {months[0]}", where="signals")
    return int(min(wanted.ordinal, months[-1].ordinal) - months[0].ordinal)


def _tests(residuals: SeasonalResiduals, t: int) -> pd.DataFrame:
    """One row a judged node and rule: value with its sign, chance, where it began."""
    from scipy.special import ndtr

    z = residuals.z
    at = np.flatnonzero(np.isfinite(z[t]))
    now = z[t, at]
    before = z[t - 1, at] if t else np.full(len(at), np.nan)
    both = np.where(np.isfinite(before) & (np.sign(before) == np.sign(now)), np.minimum(np.abs(before), np.abs(now)), 0.0)
    alike = np.minimum(residuals.echo[t, at] + np.nan_to_num(residuals.shared[t, at]), MOST_ALIKE)
    first = max(t - DRIFT_MONTHS + 1, 0)
    recent = z[first: t + 1, at].T / run_spread(residuals, first, t, at)[:, None]
    up, down = cusum_sums(recent, SLACK)
    higher = up[:, -1] >= down[:, -1]
    larger = np.where(higher, up[:, -1], down[:, -1])
    begun = np.where(higher, run_starts(up)[:, -1], run_starts(down)[:, -1])
    seen = np.isfinite(recent).sum(axis=1)
    drift_p = np.ones(len(at))
    for n in np.unique(seen):
        of = seen == n
        drift_p[of] = np.minimum(2 * cusum_p(larger[of], slack=SLACK, months=int(n)), 1.0)
    months = residuals.months
    parts = {
        "month": (now, 2 * ndtr(-np.abs(now)), np.full(len(at), t)),
        "two_months": (both * np.sign(now), np.where(both > 0, 2 * both_beyond(both, alike), 1.0), np.full(len(at), max(t - 1, 0))),
        "drift": (np.where(higher, larger, -larger), drift_p, np.where(begun >= 0, first + begun, t)),
    }
    unit = residuals.units.iloc[at][["unit_id", "name", "level"]].reset_index(drop=True)
    frames = [unit.assign(rule=rule, value=value, p=p, since=months[since], actual=residuals.actual[t, at],
                          expected=residuals.expected[t, at], n_seen=seen, alike=alike)
              for rule, (value, p, since) in parts.items()]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _ranked(tests: pd.DataFrame, false_alarms: float) -> pd.DataFrame:
    total = len(tests)
    columns = ["unit_id", "name", "level", "rule", "direction", "value", "limit", "p", "rank", "q_value", "since", "actual",
               "expected", "is_signal"]  # fmt: skip
    if not total:
        return pd.DataFrame(columns=columns)
    size = tests.groupby("level")["rule"].transform("size")
    weight = total / tests["level"].nunique() / size
    scaled = (tests["p"] / weight).to_numpy()
    order = np.lexsort((np.arange(total), scaled))
    steps = scaled[order] * total / np.arange(1, total + 1)
    adjusted = np.empty(total)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    found = tests.assign(q_value=adjusted, is_signal=adjusted <= false_alarms)
    # the limit of a test is the value at which it becomes a signal this month
    cut = max(int(found["is_signal"].sum()), 1) * false_alarms / total * weight
    found["limit"] = _limits(found, np.minimum(cut.to_numpy(), 1.0))
    found["direction"] = np.where(found["value"] < 0, "below", "above")
    found = found.iloc[order].reset_index(drop=True)
    found["rank"] = np.arange(1, total + 1)
    return found[columns]


def _limits(tests: pd.DataFrame, p: Floats) -> Floats:
    from scipy.special import ndtri

    limit = -ndtri(p / 2)
    of = (tests["rule"] == "two_months").to_numpy()
    limit[of] = both_limit(p[of], tests["alike"].to_numpy(float)[of])
    drifts = np.flatnonzero((tests["rule"] == "drift").to_numpy())
    seen = tests["n_seen"].to_numpy()
    solved = {key: drift_limit(*key) for key in {(float(p[i]), int(seen[i])) for i in drifts}}
    limit[drifts] = [solved[float(p[i]), int(seen[i])] for i in drifts]
    return limit


def run_spread(residuals: SeasonalResiduals, first: int, t: int, at: NDArray[np.int64]) -> Floats:
    """By how much the mean of a run of residuals varies more than independent ones: luck that lasts, and unknown growth."""
    echo = residuals.echo[t, at]
    shared = np.nan_to_num(residuals.shared[first: t + 1, at]).mean(axis=0)
    return np.sqrt((1 + echo) / (1 - echo) + (RUN - 1) * shared)


def both_beyond(value: Floats, alike: Floats) -> Floats:
    """Chance that two months in a row are both beyond a value upwards, when they are correlated.

    Examples
    --------
    >>> both_beyond(np.array([2.0, 2.0]), np.array([0.0, 0.2])).round(5).tolist()
    [0.00052, 0.00137]
    """
    from scipy.special import ndtr

    low, r = np.asarray(value, float)[..., None], np.asarray(alike, float)[..., None]
    x = low + NODES
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray((WEIGHTS * density * ndtr((r * x - low) / np.sqrt(1 - r**2))).sum(axis=-1))


def both_limit(p: Floats, alike: Floats) -> Floats:
    """Value beyond which two months in a row lie on one side with probability ``p``, either side counted.

    Examples
    --------
    >>> both_limit(np.array([0.00103]), np.array([0.0])).round(2).tolist()
    [2.0]
    """
    low, high = np.zeros(len(p)), np.full(len(p), 9.0)
    for _ in range(24):
        middle = (low + high) / 2
        above = 2 * both_beyond(middle, alike) > p
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return high


def drift_limit(p: float, months: int) -> float:
    """Cumulative sum that chance reaches on either side with probability ``p`` after so many months.

    Examples
    --------
    >>> round(drift_limit(0.01, 12), 1)
    4.4
    """
    return cusum_limit(p / 2, slack=SLACK, months=months)
