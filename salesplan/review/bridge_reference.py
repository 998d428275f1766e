"""What is usual for each seller: visits a day, orders a visit and amount an order, drawn to their tier as far as luck asks."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError

Array = NDArray[np.float64]
LEAST_GROUP = 5
"""People of a tier with figures, fewer than which are compared with everybody."""
RATIOS = {"pace": ("visits", "working_days"), "conversion": ("orders", "visits"), "order_pace": ("orders", "working_days"),
          "deal_size": ("amount", "orders")}  # fmt: skip
"""Usual figures and what they are ratios of; `order_pace` serves where visits are not known."""
LEAST_COMPARED = 10
"""Months comparable with a year before, fewer than which show no trend."""
FEW_REPEATS = 4.0
"""Calendar months seen twice that the scatter of all months counts for, when it is asked what a month scatters without a
season: two or three pairs of months alike by chance must not make a season."""
LARGEST_ERROR = 0.7
"""Log error beyond which a reference is worth nothing anyway; keeps draws from running away."""


@dataclass(frozen=True, kw_only=True, eq=False)
class UsualRatio:
    """One ratio by person: ``value``, its own and its group's variance, ``group`` codes, and ``luck``: variance of the
    ratio over one unit of the denominator (visits, days, orders), ``season_error``: log error
    all share in moving to season and trend, ``trend``: the company's own a year (0.05: five percent up) that the value was
    moved by, None where two years are not known. Missing where nobody of the company has any."""

    value: Array
    own_variance: Array
    group_variance: Array
    group: NDArray[np.int64]
    luck: Array
    n_months: NDArray[np.int64]
    season_error: float = 0.0
    trend: float | None = None

    def draws(self, rng: np.random.Generator, n: int) -> Array:
        """People x draws of what the true ratio may be; people of a group share the error of their group's mean."""
        size = np.maximum(self.value, 1e-300)
        own = np.minimum(np.sqrt(self.own_variance) / size, LARGEST_ERROR)
        shared = np.minimum(np.sqrt(self.group_variance) / size, LARGEST_ERROR)
        groups = int(self.group.max()) + 1 if len(self.group) else 0
        error = own[:, None] * rng.standard_normal((len(size), n))
        error += shared[:, None] * rng.standard_normal((groups, n))[self.group]
        error += self.season_error * rng.standard_normal(n)
        return np.asarray(self.value[:, None] * np.exp(error - (own**2 + shared**2)[:, None] / 2))


def usual_ratio(top: Array, bottom: Array, person: NDArray[np.int64], tier: NDArray[np.int64], *, counts: bool) -> UsualRatio:
    """A ratio of sums for each person, mixed with the tier's mean by how noisy it is (empirical Bayes).

    Parameters
    ----------
    top, bottom
        Sums of each person and month; rows with a missing value or nothing below are left out.
    person
        Code of the person of each row.
    tier
        Code of the tier of each person.
    counts
        Whether the top counts events: then luck is at least that of a Poisson count.

    Notes
    -----
    ``top_im = r_i bottom_im + e``, ``var(e) = phi bottom_im`` with phi pooled in the tier from the months' residuals (it
    holds more than chance: bunching, good and bad months). ``r_i = sum top / sum bottom`` has variance ``v_i = phi / sum
    bottom``. Between people ``tau2`` is DerSimonian and Laird's (1986); the usual ratio is ``m + (1 - B_i)(r_i - m)``, ``B_i
    = v_i / (v_i + tau2)``, ``m`` the tier's mean weighted by precision. Whoever has no months gets the tier's mean.

    Examples
    --------
    >>> found = usual_ratio(np.array([2.0, 3, 30, 28]), np.array([20.0, 20, 200, 200]), np.array([0, 0, 1, 1]),
    ...                     np.zeros(3, int), counts=True)
    >>> found.value.round(3).tolist()       # the third has no months
    [0.143, 0.143, 0.143]
    """
    n = len(tier)
    known = np.isfinite(top) & np.isfinite(bottom) & (np.nan_to_num(bottom) > 0)
    top, bottom, person = top[known], bottom[known], person[known]
    above, below = np.bincount(person, top, n), np.bincount(person, bottom, n)
    months = np.bincount(person, minlength=n).astype(np.int64)
    raw = np.divide(above, below, out=np.full(n, np.nan), where=below > 0)
    group = _large_groups(tier, below > 0)
    value, own, shared, luck = (np.full(n, np.nan) for _ in range(4))
    if below.sum() > 0 and above.sum() > 0:
        squares = np.bincount(person, (top - raw[person] * bottom) ** 2 / bottom, n).astype(float)
        everybody = _phi(squares, months, above.sum() / below.sum(), counts=counts)
        for code in np.unique(group):
            inside = group == code
            has = inside & (below > 0)
            mean = above[has].sum() / below[has].sum() if has.any() else 0.0
            mean = mean if mean > 0 else above.sum() / below.sum()
            phi = _phi(squares[has], months[has], mean, counts=counts) or everybody
            noise = phi / below[has]
            centre, centre_variance, tau2 = _between(raw[has], noise, mean)
            share = np.ones(int(inside.sum()))
            at = has[inside]
            share[at] = noise / (noise + tau2) if tau2 > 0 else 1.0
            mixed = np.where(at, centre + (1 - share) * (np.nan_to_num(raw[inside]) - centre), centre)
            spread = np.full(len(share), tau2)
            spread[at] = (1 - share[at]) * noise
            value[inside], own[inside] = np.maximum(mixed, 0.02 * centre), spread
            shared[inside], luck[inside] = share**2 * centre_variance, phi
    return UsualRatio(value=value, own_variance=own, group_variance=shared, group=group, luck=luck, n_months=months)


def usual_ratios(
    process: pd.DataFrame, people: pd.Series, *, month: pd.Period, months: int = 12, seasonal: bool = True
) -> dict[str, UsualRatio]:
    """Usual figures of people before a month, at that month's season and as far on as the company's trend carries them.

    Parameters
    ----------
    process
        ``seller_id, month, working_days, visits, orders, amount_fen``; missing where nothing is known.
    people
        Tier by seller id, of everybody wanted; others with months count for nothing.
    month
        The month to be judged; only the ``months`` before it are looked at.
    seasonal
        Move the figures to the calendar month as the whole company's stood above or below its mean in it before, as far
        as that is more than chance; and from the middle of the months looked at to the month by the trend of the same
        people against a year before, likewise.

    Returns
    -------
    dict
        For each of `RATIOS`, people in the order of ``people``; amounts in currency units.

    Raises
    ------
    InputError
        A column is missing.
    """
    missing = [c for c in ("seller_id", "month", "working_days", "visits", "orders", "amount_fen") if c not in process]
    if missing:
        raise InputError(f"columns {missing} are missing, must be there", where="process")
    when = pd.PeriodIndex(process["month"])
    past = process[(when < month) & (when >= month - 24)].sort_values(["seller_id", "month"])
    code = pd.Index(people.index).get_indexer(pd.Index(past["seller_id"]))
    past, code = past[code >= 0], code[code >= 0]
    tier = pd.factorize(people.fillna("").astype(str), sort=True)[0].astype(np.int64)
    ordinal = pd.PeriodIndex(past["month"]).asi8
    recent = ordinal >= (month - months).ordinal
    values = {c: past[c].to_numpy(float) for c in ("working_days", "visits", "orders")}
    values["amount"] = past["amount_fen"].to_numpy(float) / 100
    found = {}
    for name, (above, below) in RATIOS.items():
        top, bottom = values[above], values[below]
        ratio = usual_ratio(top[recent], bottom[recent], code[recent], tier, counts=above != "amount")
        trend, doubt = yearly_trend(top, bottom, code, ordinal, month) if seasonal else (None, 0.0)
        on, slope = (months + 1) / 24, np.log1p(trend or 0.0)
        flat = bottom * np.exp(slope * (ordinal - month.ordinal) / 12)
        factor, error = season_factor(top, flat, ordinal, month) if seasonal else (1.0, 0.0)
        factor, error = factor * float(np.exp(slope * on)), float(np.hypot(error, doubt * on))
        found[name] = UsualRatio(value=ratio.value * factor, own_variance=ratio.own_variance * factor**2,
                                 group_variance=ratio.group_variance * factor**2, group=ratio.group,
                                 luck=ratio.luck * factor**2, n_months=ratio.n_months, season_error=error,
                                 trend=trend)
    return found


def carried_by_orders(usual: dict[str, UsualRatio], *, slope: float, months: int) -> dict[str, UsualRatio]:
    """Usual orders a visit moved by the trend of orders a day, where visits are too young to show a trend of their own.

    Only as far as orders do not follow visits (1 less ``slope``): that part of their growth is not visits'.
    """
    orders, conversion = usual["order_pace"], usual["conversion"]
    if conversion.trend is not None or not orders.trend:
        return usual
    factor = float((1 + orders.trend) ** ((1 - slope) * (months + 1) / 24))
    moved = replace(conversion, value=conversion.value * factor, own_variance=conversion.own_variance * factor**2,
                    group_variance=conversion.group_variance * factor**2, luck=conversion.luck * factor**2,
                    season_error=float(np.hypot(conversion.season_error, (1 - slope) * orders.season_error)),
                    trend=(1 + orders.trend) ** (1 - slope) - 1)
    return {**usual, "conversion": moved}


def yearly_trend(
    top: Array, bottom: Array, person: NDArray[np.int64], ordinal: NDArray[np.int64], month: pd.Period
) -> tuple[float | None, float]:
    """Change of a ratio within a year among the same people, drawn to 0 as far as it could be chance.

    Each of the twelve months before is compared with the month a year earlier over those known in both, so that neither
    season nor newcomers look like a trend. Returns the change (None where fewer than ten months can be compared) and the
    standard error of its logarithm.

    Examples
    --------
    >>> months = np.arange(24) + pd.Period("2024-10").ordinal
    >>> trend, error = yearly_trend(1.01 ** np.arange(24) * 50, np.full(24, 50.0), np.zeros(24, int), months,
    ...                             pd.Period("2026-10"))
    >>> round(trend, 3), round(error, 3)
    (0.127, 0.0)
    """
    known = np.isfinite(top) & np.isfinite(bottom) & (np.nan_to_num(bottom) > 0) & (ordinal < month.ordinal)
    known &= ordinal >= month.ordinal - 24
    rows = pd.DataFrame({"person": person[known], "at": ordinal[known], "top": top[known], "bottom": bottom[known]})
    both = rows.merge(rows.assign(at=rows["at"] + 12), on=["person", "at"], suffixes=("", "_before"))
    sums = both.groupby("at")[["top", "bottom", "top_before", "bottom_before"]].sum()
    sums = sums[(sums["top"] > 0) & (sums["top_before"] > 0)]
    if len(sums) < LEAST_COMPARED:
        return None, 0.0
    moved = np.log((sums["top"] / sums["bottom"]) / (sums["top_before"] / sums["bottom_before"])).to_numpy(float)
    mean, variance = float(moved.mean()), float(moved.var(ddof=1)) / len(moved)
    share = max(0.0, 1 - variance / mean**2) if mean else 0.0
    return float(np.expm1(share * mean)), float(np.sqrt(share * variance))


def season_factor(top: Array, bottom: Array, ordinal: NDArray[np.int64], month: pd.Period) -> tuple[float, float]:
    """How far the company's ratio stood from its mean in a calendar month before, drawn to 1 by the spread of all months.

    Returns the factor and its standard error.

    Needs twelve months; 1 without them. With one or two such months before, a shock of then looks like a season: it is
    drawn to 1 by what other months scatter.

    Examples
    --------
    >>> months = np.arange(24) + pd.Period("2024-10").ordinal
    >>> season_factor(np.full(24, 5.0), np.full(24, 50.0), months, pd.Period("2026-10"))
    (1.0, 0.0)
    """
    known = np.isfinite(top) & np.isfinite(bottom) & (np.nan_to_num(bottom) > 0)
    if not known.any():
        return 1.0, 0.0
    when, place = np.unique(ordinal[known], return_inverse=True)
    above, below = np.bincount(place, top[known]), np.bincount(place, bottom[known])
    if len(when) < 12 or above.sum() <= 0:
        return 1.0, 0.0
    year = np.maximum((month.ordinal - 1 - when) // 12, 0)
    usual = np.bincount(year, above) / np.maximum(np.bincount(year, below), 1e-300)
    index = np.divide(above / below, usual[year], out=np.ones(len(when)), where=usual[year] > 0)
    calendar = when % 12
    mean = np.bincount(calendar, index - 1, 12) / np.maximum(np.bincount(calendar, minlength=12), 1)
    times = np.bincount(calendar, minlength=12)
    if times.max() > 1:
        free = len(when) - int((times > 0).sum())
        within = float((((index - 1) - mean[calendar]) ** 2).sum())
        noise = (within + FEW_REPEATS * float(np.var(index))) / (free + FEW_REPEATS)
    else:
        noise = float(np.var(index)) / 2
    at = month.ordinal % 12
    if not times[at]:
        return 1.0, 0.0
    between = max(0.0, float((mean[times > 0] ** 2).mean()) - noise / float(times[times > 0].mean()))
    if between <= 0:
        return 1.0, 0.0
    share = between / (between + noise / times[at])
    return float(1 + mean[at] * share), float(np.sqrt(share * noise / times[at]))


def _large_groups(tier: NDArray[np.int64], has: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Tiers with enough people keep their own mean; the others share one."""
    people = np.bincount(tier, has, int(tier.max()) + 1) if len(tier) else np.zeros(0)
    return np.where(people[tier] >= LEAST_GROUP, tier + 1, 0) if len(tier) else tier


def _phi(squares: NDArray[Any], months: NDArray[np.int64], mean: float, *, counts: bool) -> float:
    free = float(np.maximum(months - 1, 0).sum())
    found = float(squares.sum()) / free if free > 0 else 0.0
    return max(found, mean) if counts else found


def _between(raw: Array, noise: Array, mean: float) -> tuple[float, float, float]:
    """Mean weighted by precision, its variance, and the variance between people."""
    if not len(raw):
        return mean, mean**2, 0.25 * mean**2
    weight = 1 / np.maximum(noise, 1e-12 * mean**2 + 1e-300)
    centre = float((weight * raw).sum() / weight.sum())
    room = float(weight.sum() - (weight**2).sum() / weight.sum())
    apart = float((weight * (raw - centre) ** 2).sum())
    tau2 = max(0.0, (apart - (len(raw) - 1)) / room) if len(raw) > 1 and room > 0 else 0.0
    weight = 1 / (np.maximum(noise, 1e-12 * mean**2 + 1e-300) + tau2)
    centre = float((weight * raw).sum() / weight.sum())
    return (centre if centre > 0 else mean), 1 / float(weight.sum()), tau2
