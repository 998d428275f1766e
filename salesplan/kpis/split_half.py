"""Would the other half of the period have ranked people alike? The reliability of each KPI and of the score."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.kpis.day_resampling import DayMaterial, KpiDays, day_material, weighted_actuals
from salesplan.kpis.score_draws import wide_actuals
from salesplan.kpis.scorecard import Scorecard
from salesplan.text import mark

LEAST_PEOPLE = 10
"""Fewer people with figures in both halves than this are insufficient evidence."""
SHAKY = 0.7
"""Below this reliability a ranking is called shaky; a convention, not a law."""

SHAKY_STATUS = mark("shaky")
PERHAPS = mark("perhaps")
INSUFFICIENT = mark("insufficient evidence")

CAVEAT = mark(
    "Reliability says whether the figure repeats itself within the period, not whether it measures the right thing;"
    " differences between tiers and territories raise it."
)
LEFT_OUT = mark("Not split, because their days do not add up to the period: {kpis}; the score is split without them.")

Halves = Literal["days", "weeks"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitHalf:
    """Reliability of each KPI and of the total score (row ``score``).

    ``table``: kpi, n (people), r (correlation of the halves, of attainment where all have targets, so that a large
    territory does not pass for a reliable figure), reliability with interval (of the whole period),
    status (``ok``, ``shaky``, ``perhaps`` when the interval reaches below the limit, ``insufficient evidence``).
    """

    table: pd.DataFrame
    halves: str
    coverage: float
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        object.__setattr__(self, "notes", tuple(self.notes))

    def to_frame(self) -> pd.DataFrame:
        """One row a KPI, the total score last."""
        return self.table.copy()

    @property
    def score_reliability(self) -> float:
        """Reliability of the total score; missing without evidence."""
        return float(self.table.loc[self.table["kpi"] == "score", "reliability"].iloc[0])


def split_half(
    daily: pd.DataFrame,
    card: Scorecard,
    *,
    halves: Halves = "days",
    bootstraps: int = 1000,
    coverage: float = 0.9,
    seed: int = 0,
    days: pd.DatetimeIndex | None = None,
) -> SplitHalf:
    """How well one half of the period's days predicts the other, for each KPI and for the score.

    Parameters
    ----------
    daily
        seller_id, kpi, date, numerator, denominator, evidence_rows of the scorecard's period.
    card
        Scores of the period; each half is scored by the same rules, with sums scaled up to the whole period.
    halves
        ``days``: every second working day; ``weeks``: every second ISO week, which keeps luck that
        spans a few days in one half, but has few weeks in a month.
    bootstraps
        People drawn again, for the interval.

    Raises
    ------
    InputError
        Fewer than 2 days or weeks, or an unknown option.

    Notes
    -----
    Spearman-Brown: ``2 r / (1 + r)`` (both halves equally long); the interval is the percentile one over people
    drawn with replacement. A negative correlation gives a negative reliability (at least -1): no reliability at all.

    Examples
    --------
    >>> from salesplan.kpis.scheme import KpiScheme
    >>> from salesplan.kpis.score_people import score_people
    >>> item = {"kpi": "visits", "weight": 1, "rule": {"function": "achievement_rate"}, "target": {"value": 60}}
    >>> scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": [item]}])
    >>> rng, people = np.random.default_rng(1), [f"p{i:02d}" for i in range(40)]
    >>> daily = pd.DataFrame([(p, "visits", d, float(rng.poisson(2 + i / 5)), np.nan, 1) for i, p in enumerate(people)
    ...                       for d in pd.bdate_range("2026-11-02", periods=20)],
    ...                      columns=["seller_id", "kpi", "date", "numerator", "denominator", "evidence_rows"])
    >>> figures = daily.groupby(["seller_id", "kpi"], as_index=False)["numerator"].sum().assign(target=60.0, evidence_rows=9)
    >>> figures = figures.rename(columns={"numerator": "actual"})
    >>> card = score_people(figures, scheme, pd.DataFrame({"seller_id": people, "tier": "x"}), period="2026-11")
    >>> found = split_half(daily, card)
    >>> found.table["status"].tolist(), found.score_reliability > 0.9
    (['ok', 'ok'], True)
    """
    if halves not in ("days", "weeks"):
        raise InputError(f"halves == {halves!r}, {known_choices(halves, ('days', 'weeks'))}")
    if bootstraps < 100:
        raise InputError(f"bootstraps == {bootstraps}, must be at least 100")
    material = day_material(daily, wide_actuals(card), days=days, block="day" if halves == "days" else "week",
                            country=card.country)
    if material.n_blocks < 2:
        raise InputError(f"{halves} == {material.n_blocks}, must be at least 2 to split them")
    weights = _half_weights(material)
    rng = np.random.default_rng(seed)
    rows, wide = [], {}
    for kpi, figures in sorted(material.kpis.items()):
        both = weighted_actuals(figures, weights)
        both[~(figures.known & _has_rows(figures, material.parity))] = np.nan
        wide[kpi] = both
        rows.append({"kpi": kpi, **_reliability(_attained(card, kpi, both), bootstraps, coverage, rng)})
    scored = _scores_of_halves(card, wide)
    rows.append({"kpi": "score", **_reliability(scored, bootstraps, coverage, rng)})
    notes = [{"msgid": CAVEAT, "details": {}}]
    if left := sorted(set(card.lines["kpi"]) - set(wide)):
        notes.append({"msgid": LEFT_OUT, "details": {"kpis": left}})
    return SplitHalf(table=pd.DataFrame(rows), halves=halves, coverage=coverage, notes=tuple(notes))


def _attained(card: Scorecard, kpi: str, both: NDArray[np.float64]) -> NDArray[np.float64]:
    """The halves over the targets, where all who were scored have one; else as they are."""
    lines = card.lines[(card.lines["kpi"] == kpi) & card.lines["score"].notna()]
    target = np.full(len(card.totals), np.nan)
    place = card.totals.index.get_indexer(pd.Index(lines["seller_id"]))
    target[place] = pd.to_numeric(lines["target"], errors="coerce").to_numpy(float)
    return both / target[:, None] if (target[place] > 0).all() else both


def _half_weights(material: DayMaterial) -> NDArray[np.float64]:
    """Blocks x 2: each half alone, scaled up to the whole period."""
    even = material.parity == 0
    return np.column_stack([np.where(even, len(even) / even.sum(), 0.0), np.where(~even, len(even) / (~even).sum(), 0.0)])


def _has_rows(figures: KpiDays, parity: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Who can be split: sums with any row at all, ratios with rows in both halves."""
    first, second = figures.rows[:, parity == 0].sum(axis=1), figures.rows[:, parity == 1].sum(axis=1)
    return (first + second > 0) if figures.denominator is None else (first > 0) & (second > 0)


def _scores_of_halves(card: Scorecard, wide: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Total score of each half: the KPIs that could be split, their weights scaled to 1."""
    sums, weight = np.zeros((2, len(card.totals), 2))
    lines = card.lines
    person = card.totals.index.get_indexer(pd.Index(lines["seller_id"]))
    for (code, kpi), part in lines.groupby(["set", "kpi"], sort=False):
        if str(kpi) not in wide:
            continue
        at = part.index.to_numpy()
        rule, who = card.rules[str(code), str(kpi)], person[at]
        share = np.nan_to_num(part["weight"].to_numpy(float))
        target = pd.to_numeric(part["target"], errors="coerce").to_numpy(float)
        counted = part["score"].notna().to_numpy() & (share > 0)
        if not counted.any():
            continue
        safe = rule.model_copy(update={"negative_actual": "zero" if rule.negative_actual == "error" else rule.negative_actual,
                                       "missing": "exclude", "zero_actual": "exclude"})
        score = np.full((len(at), 2), np.nan)
        score[counted] = safe.score(wide[str(kpi)][who[counted]], target[counted][:, None])
        there = np.isfinite(score).all(axis=1)
        sums[who[there]] += score[there] * share[there][:, None]
        weight[who[there]] += share[there][:, None]
    return np.divide(sums, weight, out=np.full_like(sums, np.nan), where=weight > 0)


def _reliability(
    both: NDArray[np.float64], bootstraps: int, coverage: float, rng: np.random.Generator
) -> dict[str, Any]:
    used = both[np.isfinite(both).all(axis=1)]
    row: dict[str, Any] = {"n": len(used), "r": np.nan, "reliability": np.nan, "reliability_lower": np.nan,
                           "reliability_upper": np.nan, "status": INSUFFICIENT}  # fmt: skip
    if len(used) < LEAST_PEOPLE or (np.ptp(used, axis=0) <= 1e-12 * np.abs(used).max()).any():
        return row
    r = float(_correlation(used[None])[0])
    drawn = np.concatenate([_correlation(used[rng.integers(0, len(used), (size, len(used)))])
                            for size in _portions(bootstraps, len(used))])
    whole = _spearman_brown(drawn[np.isfinite(drawn)])
    lower, upper = np.quantile(whole, [(1 - coverage) / 2, (1 + coverage) / 2])
    value = float(_spearman_brown(np.array([r]))[0])
    status = "ok" if lower >= SHAKY else SHAKY_STATUS if value < SHAKY else PERHAPS
    return row | {"r": r, "reliability": value, "reliability_lower": float(lower), "reliability_upper": float(upper),
                  "status": status}


def _portions(total: int, people: int) -> list[int]:
    step = max(1, 2_000_000 // people)
    return [min(step, total - a) for a in range(0, total, step)]


def _correlation(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = pairs - pairs.mean(axis=1, keepdims=True)
    cross = (centred[..., 0] * centred[..., 1]).sum(axis=1)
    size = np.sqrt((centred**2).sum(axis=1).prod(axis=1))
    return np.divide(cross, size, out=np.full(len(pairs), np.nan), where=size > 0)


def _spearman_brown(r: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(2 * r / (1 + np.maximum(r, -0.999)), -1.0)
