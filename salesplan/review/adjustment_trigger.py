"""Whether the year may be planned anew for a unit: a fall beyond the band, rare enough not to be chance."""

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.review.adjustment_limits import seen_within_two, two_month_fall, yearly_limits
from salesplan.review.cusum import cusum_sums
from salesplan.review.seasonal_residuals import SeasonalResiduals
from salesplan.review.signals import DRIFT_MONTHS, SLACK, run_spread, signal_position
from salesplan.text import mark

YEARLY = 0.05
"""Share of a unit's quiet years in which chance alone may trigger an adjustment."""
SHOCK = -0.2
PASSED_ON = 0.9
"""What is left of a shock in the second month: its first month has already moved the level a little."""
MOST_ALIKE = 0.8
FARTHEST = 3.0
"""Most that one month counts in the cumulative sum, so that no single month makes a drift."""

CHANCE = mark(
    "In a year in which nothing happens, chance alone proposes an adjustment of a unit with a probability of at most {yearly_rate}."
    " With {n_units} units judged, expect up to {proposals_value} false proposals a year: a person decides on each."
)


def adjustment_triggers(
    residuals: SeasonalResiduals, *, month: pd.Period | str | None = None, yearly: float = YEARLY, shock: float = SHOCK
) -> pd.DataFrame:
    """Units whose last months lie below the band, so that an adjustment may be proposed.

    People alone never trigger one: their months are too noisy, and their targets move with their unit's. Nor does a rise:
    targets are not raised because they were beaten.

    Parameters
    ----------
    residuals
        Of every node, see `seasonal_residuals`.
    month
        Last month that has ended.
    yearly
        Probability that in a year in which nothing happens chance triggers an adjustment of a given unit, all rules and the
        twelve months together; see `expected_proposals` for what that makes of an organisation.
    shock
        Lasting change of sales whose chance of being seen is worked out.

    Returns
    -------
    DataFrame
        unit_id, name, level, rule (two_months or drift), direction, value, limit, is_trigger, month_noise_share (of one month), p_shock
        (probability that the shock puts the mean of its first two months beyond the limit), yearly_rate, n_units (units judged); one
        row a unit judged, its rule nearest to its limit. ``is_trigger`` only where the direction is below.

    Notes
    -----
    The mean of the last two months, both at least one spread low, or the CUSUM of the last twelve beyond its limit
    (`yearly_limits`); the band of the mean is never narrower than two spreads.

    Measured on simulated companies of 3 regions, 14 teams and 108 sellers (14 lognormal deals a month each, season, moving 春节,
    8 % growth, a tenth newcomers, luck of all that fades over months), twelve months each. Quiet unit-years with a trigger: 4.3 %
    with 36 months of history and 3.0 % with 60 (540 each; standard error about 1 %). A lasting fall of a fifth triggers within
    two ended months (40 companies; in brackets what ``p_shock`` promised): 36 months of history 95 % of companies (88 %; noise
    4.7 %), 88 % of regions (81 %; 6 %), 35 % of teams (31 %; 11 %); 60 months 100 % (99 %), 98 % (92 %), 36 % (37 %). With 18
    months the season is hardly known and hardly anything triggers: about one company in twenty and half of the regions. A
    team's fall shows in its region's figures, or later as a drift.

    No rule could do much better: where everything is known but the month of the fall, and months are independent with a noise of
    12 %, the best test that chance passes in 5 % of years sees a fall of a fifth within two months with a probability of
    47 % (11 %: 56 %; 8 %: 87 %; 6 %: 99 %); with a fifth of a month's luck lasting and the level known to three tenths of a
    month's noise with 34 % (11 %: 42 %; 8 %: 74 %; 6 %: 95 %). Sister teams do not help where a team's noise is that of its own
    deals.

    Examples
    --------
    >>> from salesplan.review.seasonal_residuals import seasonal_residuals
    >>> months = pd.period_range("2023-01", periods=40, freq="M")
    >>> sales = pd.DataFrame(np.random.default_rng(1).normal([100, 50], 5, (40, 2)), index=months, columns=["a", "b"])
    >>> sales.iloc[-2:] *= 0.6
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"],
    ...                       "level": ["company", "rep", "rep"], "name": ["Co", "A", "B"]})
    >>> adjustment_triggers(seasonal_residuals(sales, units))[["unit_id", "direction", "is_trigger"]].values.tolist()
    [['co', 'below', True]]
    """
    if not 0 < yearly <= 0.5 or not -1 < shock < 0:
        raise InputError(f"yearly == {yearly:g} and shock == {shock:g}, must be a rate up to 0.5 and a loss", where="adjustment")
    t = signal_position(residuals.months, month)
    units = residuals.units
    inner = units["unit_id"].isin(units["parent_id"].dropna()).to_numpy()
    at = np.flatnonzero(inner & np.isfinite(residuals.z[t]))
    found = units.iloc[at][["unit_id", "name", "level"]].reset_index(drop=True)
    columns = ["unit_id", "name", "level", "rule", "direction", "value", "limit", "is_trigger", "month_noise_share", "p_shock",
               "yearly_rate", "n_units"]  # fmt: skip
    if found.empty:
        return pd.DataFrame(columns=columns)
    z = residuals.z
    before, now = (z[t - 1, at] if t else np.full(len(at), np.nan)), z[t, at]
    first = max(t - DRIFT_MONTHS + 1, 0)
    spread = run_spread(residuals, first, t, at)
    up, down = (sums[:, -1] for sums in cusum_sums(np.clip(z[first: t + 1, at].T, -FARTHEST, FARTHEST) / spread[:, None], SLACK))
    echo, shared = np.clip(residuals.echo[t, at], 0, 0.6), np.clip(np.nan_to_num(residuals.shared[t, at]), 0, 0.6)
    band, limit = np.array([yearly_limits(yearly, *(round(float(v), 1) for v in own)) for own in zip(echo, shared, spread, strict=True)]).T
    # rules x units, each side by itself: how far on the way to its limit
    reach = np.vstack([band, limit])
    low, high = np.vstack([-two_month_fall(before, now), down]), np.vstack([-two_month_fall(-before, -now), up])
    is_trigger = np.asarray((low > reach).any(axis=0), np.bool_)
    below = is_trigger | ((low / reach).max(axis=0) >= (high / reach).max(axis=0))
    side = np.where(below, low, high)
    pick = (side / reach).argmax(axis=0)
    each = np.arange(len(at))
    noise = residuals.noise[t, at]
    seen = 2 * (1 - np.sqrt(1 + shock)) / noise
    chance = seen_within_two(band, np.clip(echo + shared, 0, MOST_ALIKE), seen, PASSED_ON * seen, residuals.freedom[t, at])
    return found.assign(
        rule=np.where(pick == 0, "two_months", "drift"), direction=np.where(below, "below", "above"),
        value=np.where(below, -1, 1) * side[pick, each], limit=reach[pick, each], is_trigger=is_trigger, month_noise_share=noise,
        p_shock=chance, yearly_rate=yearly, n_units=len(at))[columns]


def expected_proposals(trigger: pd.Series) -> dict[str, object]:
    """Marked sentence: how often chance alone proposes an adjustment, of this unit and of all units judged.

    Examples
    --------
    >>> expected_proposals(pd.Series({"yearly_rate": 0.05, "n_units": 18}))["details"]
    {'yearly_rate': 0.05, 'n_units': 18, 'proposals_value': {'number': 0.9, 'digits': 1}}
    """
    rate, n = float(trigger["yearly_rate"]), int(trigger["n_units"])
    return {"msgid": CHANCE, "details": {"yearly_rate": rate, "n_units": n, "proposals_value": {"number": round(rate * n, 1), "digits": 1}}}
