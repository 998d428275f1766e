"""Can the team carry the target at all: people who leave, seats that stay empty, newcomers who ramp."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from salesplan.errors import InputError
from salesplan.text import mark

MONTHS = 12
NEWCOMER = "newcomer"

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class TeamModel:
    """What moves a team's output; rates are fractions, times are months.

    Parameters
    ----------
    productivity
        Output of one capacity month (one fully ramped standard seller for a month), currency units;
        one number, or by tier.
    productivity_cv
        Spread between people and years of one person's output, relative to its mean.
    market_cv
        Spread of the year shared by everybody.
    attrition_rate
        Share who leave in a year; one number, or by tier.
    months_to_fill, fill_cv
        Mean time until an empty seat is filled, and its relative spread.
    ramp
        Output of a newcomer in months 1, 2, …; full after the last.
    season
        Twelve weights with mean 1, how the year's selling is spread.
    """

    productivity: float | Mapping[str, float]
    productivity_cv: float = 0.3
    market_cv: float = 0.05
    attrition_rate: float | Mapping[str, float] = 0.15
    months_to_fill: float = 2.0
    fill_cv: float = 0.5
    ramp: Sequence[float] = (0.1, 0.25, 0.45, 0.65, 0.8, 0.9)
    season: ArrayLike = field(default=(1.0,) * MONTHS)

    def __post_init__(self) -> None:
        rates = [self.attrition_rate] if np.isscalar(self.attrition_rate) else list(dict(self.attrition_rate).values())  # type: ignore[arg-type]
        if any(not 0 <= float(r) < 1 for r in rates):  # type: ignore[arg-type]
            raise InputError(
                f"attrition_rate == {self.attrition_rate}, must be a fraction from 0 up to, not including, 1"
            )
        for name in ("productivity_cv", "market_cv", "months_to_fill", "fill_cv"):
            if not getattr(self, name) >= 0:
                raise InputError(f"{name} == {getattr(self, name):g}, must not be negative")
        if any(not 0 <= r <= 1 for r in self.ramp):
            raise InputError(f"ramp == {list(self.ramp)}, must be fractions, one for each month since hire")
        season = np.asarray(self.season, float)
        if season.shape != (MONTHS,) or (season < 0).any() or abs(season.mean() - 1) > 1e-6:
            raise InputError("season must be 12 weights with mean 1, none negative")
        object.__setattr__(self, "season", tuple(season.tolist()))
        object.__setattr__(self, "ramp", tuple(float(r) for r in self.ramp))

    def of_tier(self, name: str, tier: str) -> float:
        """A rate that may differ by tier; tiers without a number of their own take the mean."""
        value = getattr(self, name)
        if not isinstance(value, Mapping):
            return float(value)
        return float(value[tier]) if tier in value else float(np.mean(list(value.values())))

    def newcomer_curve(self) -> Floats:
        """Season-weighted capacity of a newcomer by start, at starts 0, 1, …, 12 months into the year.

        Between whole months it is exactly linear.
        """
        return np.asarray(self.newcomer_months() @ np.asarray(self.season))

    def newcomer_months(self) -> Floats:
        """The same by month: 13 starts x 12 months."""
        level = np.concatenate([self.ramp, np.ones(2 * MONTHS)])
        built = np.concatenate([np.zeros(MONTHS + 1), np.cumsum(level)])  # ramp integral at -12, …
        start, month = np.arange(MONTHS + 1)[:, None], np.arange(MONTHS)[None, :]
        return np.asarray(built[month + 1 - start + MONTHS] - built[month - start + MONTHS])


@dataclass(frozen=True, kw_only=True, eq=False)
class CapacityGap:
    """Distribution of what the team can produce against its target.

    ``output`` holds one total a draw, currency units. ``bridge`` leads from all seats filled the
    whole year to the expected output and adds up. ``by_month`` has the expected output of each
    month by source. ``hires_needed`` is the number of further hires that lift the chance to
    ``confidence``; missing when no number up to ``max_hires`` does.
    """

    target: float
    output: Floats
    bridge: pd.DataFrame
    by_month: pd.DataFrame
    hires_needed: int | None
    p_with_hires: Floats
    confidence: float

    def __post_init__(self) -> None:
        for name in ("output", "p_with_hires"):
            array = np.array(getattr(self, name), float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        for name in ("bridge", "by_month"):
            object.__setattr__(self, name, getattr(self, name).copy())
        parts, total = self.bridge["amount"].iloc[:-1].sum(), self.bridge["amount"].iloc[-1]
        if abs(parts - total) > 1e-6 * max(1.0, abs(total)):
            raise InputError(f"bridge adds up to {parts:g}, must equal the expected output {total:g}")

    @property
    def p_short(self) -> float:
        """Chance that capacity falls short of the target."""
        return self.p_short_of(self.target)

    def p_short_of(self, amount: float) -> float:
        """Chance that capacity falls short of another amount."""
        return float(np.mean(self.output < amount))

    def gap_quantile(self, q: float) -> float:
        """Quantile of output minus target; negative is missing."""
        return float(np.quantile(self.output, q) - self.target)

    def summary(self) -> dict[str, float | int | None]:
        """The headline: chance of falling short, expected gap, its 80 % interval, hires needed."""
        return {
            "target": self.target,
            "expected_output": float(self.output.mean()),
            "p_short": self.p_short,
            "expected_gap": float(self.output.mean() - self.target),
            "gap_lower": self.gap_quantile(0.1),
            "gap_upper": self.gap_quantile(0.9),
            "n_hires_needed": self.hires_needed,
        }

    def to_frame(self) -> pd.DataFrame:
        """``hires``, ``p_enough``: the chance that capacity suffices with 0, 1, … further hires."""
        return pd.DataFrame({"hires": np.arange(len(self.p_with_hires)), "p_enough": self.p_with_hires})


def productivity_by_tier(sellers: pd.DataFrame, *, least: int = 5) -> pd.DataFrame:
    """What a capacity month brought in last year, by tier.

    Parameters
    ----------
    sellers
        ``tier``, ``last_year`` (currency units) and ``capacity_months`` worked last year.
    least
        Tiers with fewer sellers take the figures of all sellers.

    Returns
    -------
    DataFrame by tier: ``productivity`` (per capacity month), ``productivity_cv``, ``n``.

    Examples
    --------
    >>> s = pd.DataFrame({"tier": ["A"] * 5, "last_year": [12.0] * 5, "capacity_months": [12.0] * 5})
    >>> productivity_by_tier(s)["productivity"].to_dict()
    {'A': 1.0}
    """
    known = sellers[(sellers["capacity_months"] > 0) & sellers["last_year"].notna()]
    if known.empty:
        raise InputError(
            "sellers has no row with capacity_months above 0 and a last_year, must have some",
            fix="Give the productivity by hand.",
        )

    def describe(rows: pd.DataFrame) -> tuple[float, float, int]:
        mean = rows["last_year"].sum() / rows["capacity_months"].sum()
        each = rows["last_year"] / rows["capacity_months"]
        weight = rows["capacity_months"] / rows["capacity_months"].sum()
        cv = float(np.sqrt((weight * (each - mean) ** 2).sum())) / mean if mean > 0 else 0.0
        return float(mean), cv, len(rows)

    overall = describe(known)
    rows = {}
    for tier, group in known.groupby("tier", dropna=False, sort=True):
        own = describe(group)
        rows[tier] = own if own[2] >= least else (*overall[:2], own[2])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["productivity", "productivity_cv", "n"]).rename_axis(
        "tier"
    )


def capacity_gap(
    capacity: pd.DataFrame,
    *,
    target: float,
    model: TeamModel,
    tiers: pd.Series | None = None,
    vacancies: pd.DataFrame | None = None,
    hire_month: float = 0.0,
    confidence: float = 0.8,
    max_hires: int = 50,
    draws: int = 2000,
    seed: int = 0,
) -> CapacityGap:
    """Chance that the people there are, and those to come, cannot produce the target.

    Parameters
    ----------
    capacity
        Seller x 12 months: fraction of a fully ramped standard seller, with ramp, leave, hire and
        leave dates already in it (``seller_capacity``).
    target
        Amount the team must produce, currency units.
    model
        Productivity, attrition, time to fill and ramp.
    tiers
        Tier by seller, for rates that differ by tier.
    vacancies
        Open seats: ``seat_id``, ``tier``, ``start_month`` (month of the year, 0 = first, in which the
        search starts); filled after the model's time to fill.
    hire_month
        Month in which the search for further hires starts.
    confidence
        Chance of sufficing that ``hires_needed`` aims at.
    draws, seed
        Size and seed of the simulation. Every seat has its own stream of luck, drawn from its id, so
        that two calls with the same seed differ only by what was changed, whatever the order of rows.

    Notes
    -----
    A seller leaves after an exponential time with the tier's annual rate; the seat stays empty for a
    lognormal time; the successor ramps up and does not leave within the year. Output is capacity x
    productivity x season x a personal and a common lognormal factor, each with mean 1. Sellers without
    capacity at year end (known leavers) are not replaced: list their seats among the vacancies.

    Examples
    --------
    >>> capacity = pd.DataFrame(1.0, index=["a", "b"], columns=range(12))
    >>> sure = TeamModel(productivity=100.0, productivity_cv=0, market_cv=0, attrition_rate=0)
    >>> gap = capacity_gap(capacity, target=2500.0, model=sure)
    >>> gap.p_short, gap.summary()["expected_gap"], gap.hires_needed
    (1.0, -100.0, 1)
    """
    _check(capacity, target, confidence, draws)
    team = capacity.sort_index(key=lambda ids: ids.astype(str))
    tier = (tiers if tiers is not None else pd.Series("", index=team.index)).reindex(team.index).fillna("").astype(str)
    season = np.asarray(model.season)
    newcomer = model.newcomer_curve()
    cap = team.to_numpy(float)
    full = cap.max(axis=1)
    output = np.zeros(draws)
    months = {"sellers": np.zeros(MONTHS), "successors": np.zeros(MONTHS), "vacancies": np.zeros(MONTHS)}
    planned_luck = np.zeros(draws)
    market = _lognormal(_spread_evenly(_stream(seed, "market"), draws), model.market_cv)
    newcomer_months = model.newcomer_months()
    all_year = planned = 0.0
    for i, seat in enumerate(team.index):
        luck = _stream(seed, f"seller:{seat}")
        uniform, normal = luck.random(draws), luck.standard_normal((3, draws))
        each = model.of_tier("productivity", tier.iloc[i])
        own = each * market * _lognormal(normal[0], model.productivity_cv)
        all_year += full[i] * each * season.sum()
        planned += each * float(cap[i] @ season)
        planned_luck += own * float(cap[i] @ season)
        leave = _leaving_time(cap[i], uniform, model.of_tier("attrition_rate", tier.iloc[i]))
        built = np.concatenate([[0.0], np.cumsum(cap[i] * season)])
        output += own * _between(built, leave)
        months["sellers"] += (_knots(leave, own) @ _kept()) * cap[i]
        if cap[i, -1] > 0:
            start = leave + _fill_time(normal[1], model)
            after = full[i] * each * market * _lognormal(normal[2], model.productivity_cv)
            output += after * _between(newcomer, start)
            months["successors"] += _knots(start, after) @ newcomer_months
    seats: Any = (vacancies if vacancies is not None else pd.DataFrame()).itertuples()
    for row in seats:
        start, after = _newcomer(model, f"vacancy:{row.seat_id}", str(row.tier), float(row.start_month), market, seed)
        output += after * _between(newcomer, start)
        months["vacancies"] += _knots(start, after) @ newcomer_months
    by_month = pd.DataFrame(months, index=pd.RangeIndex(MONTHS)) / draws
    by_month = by_month.mul(season, axis=0).set_axis(team.columns, axis=0)
    by_month["total"] = by_month.sum(axis=1)
    kept, successors, filled = (float(by_month[c].sum()) for c in months)
    bridge = pd.DataFrame(
        [
            (mark("All sellers fully ramped, the whole year"), all_year),
            (mark("Ramp, leave, hire and leave dates"), planned - all_year),
            (mark("Luck of the draws"), float(planned_luck.mean()) - planned),
            (mark("Sellers who leave"), kept - float(planned_luck.mean())),
            (mark("Their successors"), successors),
            (mark("Open seats once filled"), filled),
            (mark("Expected output"), kept + successors + filled),
        ],
        columns=["step", "amount"],
    )
    enough = [float(np.mean(output >= target))]
    lifted = output.copy()
    while enough[-1] < confidence and len(enough) <= max_hires:
        start, after = _newcomer(model, f"{NEWCOMER}:{len(enough)}", NEWCOMER, hire_month, market, seed)
        lifted += after * _between(newcomer, start)
        enough.append(float(np.mean(lifted >= target)))
    return CapacityGap(
        target=float(target),
        output=output,
        bridge=bridge,
        by_month=by_month,
        hires_needed=len(enough) - 1 if enough[-1] >= confidence else None,
        p_with_hires=np.array(enough),
        confidence=confidence,
    )


def _check(capacity: pd.DataFrame, target: float, confidence: float, draws: int) -> None:
    if capacity.shape[1] != MONTHS or (capacity.to_numpy(float) < 0).any() or capacity.isna().any(axis=None):
        raise InputError(f"capacity has shape {capacity.shape}, must have 12 months without gaps or negative values")
    if capacity.index.has_duplicates:
        raise InputError(f"seller_id == {capacity.index[capacity.index.duplicated()][0]!r}, must be listed once")
    if not np.isfinite(target) or not 0 < confidence < 1 or draws < 1:
        raise InputError(
            f"target == {target}, confidence == {confidence}, draws == {draws}:"
            " must be a number, a fraction and at least 1"
        )


def _stream(seed: int, seat: str) -> np.random.Generator:
    digest = hashlib.blake2b(seat.encode(), digest_size=8).digest()
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, int.from_bytes(digest, "little")])))


def _spread_evenly(rng: np.random.Generator, draws: int) -> Floats:
    """Standard normal draws, one from the middle of each of n equally likely strata, shuffled."""
    return np.asarray(ndtri((rng.permutation(draws) + 0.5) / draws), float)


def _lognormal(z: Floats, cv: float) -> Floats:
    variance = np.log1p(cv * cv)
    return np.asarray(np.exp(np.sqrt(variance) * z - variance / 2))


def _leaving_time(capacity: Floats, uniform: Floats, rate: float) -> Floats:
    first = int(np.argmax(capacity > 0))
    if rate == 0:
        return np.full_like(uniform, float(MONTHS))
    return np.minimum(first - np.log1p(-uniform) * MONTHS / -np.log1p(-rate), MONTHS)


def _fill_time(z: Floats, model: TeamModel) -> Floats:
    return model.months_to_fill * _lognormal(z, model.fill_cv)


def _newcomer(
    model: TeamModel, seat: str, tier: str, start_month: float, market: Floats, seed: int
) -> tuple[Floats, Floats]:
    normal = _stream(seed, seat).standard_normal((2, len(market)))
    output = model.of_tier("productivity", tier) * market * _lognormal(normal[1], model.productivity_cv)
    return start_month + _fill_time(normal[0], model), output


def _between(knots: Floats, time: Floats) -> Floats:
    """Values given at whole months 0 to 12, read at any time; constant after the year's end."""
    at = np.minimum(time, MONTHS)
    whole = np.minimum(at.astype(np.int64), MONTHS - 1)
    return np.asarray(knots[whole] + (at - whole) * (knots[whole + 1] - knots[whole]))


def _knots(time: Floats, weight: Floats) -> Floats:
    """Weight that falls on each whole month when times between are shared linearly."""
    at = np.minimum(time, MONTHS)
    whole = np.minimum(at.astype(np.int64), MONTHS - 1)
    part = at - whole
    size = MONTHS + 1
    return np.asarray(
        np.bincount(whole, weight * (1 - part), size) + np.bincount(whole + 1, weight * part, size), float
    )


def _kept() -> Floats:
    return np.asarray(np.clip(np.arange(MONTHS + 1)[:, None] - np.arange(MONTHS)[None, :], 0.0, 1.0))
