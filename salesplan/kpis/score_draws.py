"""How far a score might have come out otherwise for the same work: the period's days drawn again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.kpis.bands import quantiles
from salesplan.kpis.day_resampling import FEWEST_BLOCKS, Block, DayMaterial, KpiDays, block_weights, day_material
from salesplan.kpis.drawn_actuals import analytic_actuals, resampled_actuals
from salesplan.kpis.library import load_library
from salesplan.kpis.score_figures import points_of
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.scoring_functions import capped
from salesplan.kpis.scoring_policies import Policy
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.text import mark

How = Literal["day_bootstrap", "analytic"]

LEAST_DRAWS = 100

DRAWN_BY_DAYS = mark("Score intervals: {n_blocks} days drawn again {n_draws} times, the same days for all people.")
DRAWN_BY_WEEKS = mark("Score intervals: {n_blocks} weeks drawn again {n_draws} times, the same weeks for all people.")
DRAWN_BY_FORMULA = mark("Score intervals by formula (compound Poisson), people's luck taken as independent.")
TOO_SHORT = mark("The period has {n_blocks} days or weeks with figures, too few to draw them again: by formula instead.")
KEPT = mark("Kept as they are in every draw, because their days do not add up to the period: {kpis}.")
KEPT_FOR_SOME = mark("{kpi} is kept as it is for {n} {n:person|people}, whose days do not add up to the figure scored.")
NO_EVIDENCE = mark("{n} {n:person has|people have} no record that could be drawn again, so their score has no interval: {names}.")
PARTLY = mark("For {n} {n:person|people} the interval covers less than half of the weight; their score is less certain than it looks.")

_FORMULA_CASES = (int(Policy.NONE), int(Policy.NEGATIVE_AS_IS), int(Policy.NEGATIVE_AS_ZERO))
_PEOPLE_AT_ONCE = 512
_KNOTS = 65


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreDraws:
    """Scores that the same people might as well have had.

    ``values`` is people x draws (missing for people without evidence), in the order of ``sellers``;
    ``drawn_weight`` the share of each person's weight whose KPIs could be drawn; ``notes`` what a reader has to know.
    """

    sellers: pd.Index
    values: NDArray[np.float32]
    drawn_weight: pd.Series
    how: str
    block: str
    n_blocks: int
    notes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        values = np.array(self.values, np.float32)
        if values.ndim != 2 or len(values) != len(self.sellers):
            raise InputError(f"values has shape {values.shape}, must be {len(self.sellers)} people x draws")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "drawn_weight", self.drawn_weight.copy())
        object.__setattr__(self, "notes", tuple(self.notes))

    @property
    def n(self) -> int:
        """Number of draws."""
        return int(self.values.shape[1])

    def to_frame(self) -> pd.DataFrame:
        """People x draws, index seller_id."""
        return pd.DataFrame(self.values, index=self.sellers)

    def interval(self, *, coverage: float = 0.9) -> pd.DataFrame:
        """score_lower, score_upper and score_se of each person; missing where nothing could be drawn."""
        if not 0 < coverage < 1:
            raise InputError(f"coverage == {coverage:g}, must be between 0 and 1")
        lower, upper = quantiles(self.values, [(1 - coverage) / 2, (1 + coverage) / 2])
        return pd.DataFrame({"score_lower": lower, "score_upper": upper, "score_se": self.values.std(axis=1, dtype=float)},
                            index=self.sellers)

    def summary(self) -> pd.DataFrame:
        """How the draws were made, for how many people, and how wide the intervals are."""
        band = self.interval()
        width = (band["score_upper"] - band["score_lower"]).dropna()
        return pd.DataFrame([{
            "method": self.how, "n_draws": self.n, "n_blocks": self.n_blocks, "n_sellers": len(self.sellers),
            "n_without_interval": int(band["score_lower"].isna().sum()),
            "median_width_points": float(width.median()) if len(width) else np.nan,
        }])  # fmt: skip


def score_draws(
    daily: pd.DataFrame,
    card: Scorecard,
    *,
    n: int = 400,
    seed: int = 0,
    how: How = "day_bootstrap",
    block: Block = "auto",
    days: pd.DatetimeIndex | None = None,
) -> ScoreDraws:
    """How much of a score is luck: what the same sellers could have scored in another month of the same kind.

    Parameters
    ----------
    daily
        seller_id, kpi, date, numerator, denominator, evidence_rows of the scorecard's period, for KPIs
        whose days add up.
    card
        The scores (`score_people` without draws). Targets, rules and the weights after what was left out stay
        as they are there.
    n
        Draws.
    how
        ``day_bootstrap`` draws the period's days again, jointly for all people and KPIs, so that what hits
        everybody alike cancels in comparisons. ``analytic`` goes by formula, person by person.
    block, days
        See `day_material`: weeks instead of days for a quarter and longer; days on which people could work.

    Returns
    -------
    ScoreDraws
        Feed it back: ``score_people(..., draws=draws)`` gives intervals, rank intervals and bands.

    Raises
    ------
    InputError
        Fewer than 100 draws, an unknown option, or daily figures without the columns needed.

    Notes
    -----
    KPIs without daily figures, or whose days do not add up to the figure scored, keep their points in every
    draw and are named. A line decided by a policy keeps its points too. Who has no evidence at all has no
    interval rather than one of width zero.

    The plain bootstrap of 22 days is too sure of itself for lumpy sales. Measured with compound Poisson sales
    (log-normal orders, cv 0.95 and 1.8), win rates and visits of sellers with 3, 11 and 45 orders a month, an interval
    meant to hold in 90 % of months held the true sales in 79-84 % and 69-83 % of them. With the corrections of
    `resampled_actuals` it held the true total score, uncapped or capped at 110 to 150, in 86-96 %, by formula in
    88-97 % (tests/kpis/test_score_draws.py has a shorter run). The interval speaks of luck within the period only: seasons, territories
    and people who change are not in it, nor is luck that spans days, such as one customer who orders twice.

    Examples
    --------
    >>> from salesplan.kpis.scheme import KpiScheme
    >>> from salesplan.kpis.score_people import score_people
    >>> item = {"kpi": "visits", "weight": 1, "rule": {"function": "achievement_rate"}, "target": {"value": 60}}
    >>> scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": [item]}])
    >>> dates = pd.bdate_range("2026-11-02", periods=20)
    >>> daily = pd.DataFrame({"seller_id": "a", "kpi": "visits", "date": dates, "numerator": [2.0, 4.0] * 10,
    ...                       "denominator": np.nan, "evidence_rows": [2, 4] * 10})
    >>> figures = pd.DataFrame({"seller_id": ["a"], "kpi": ["visits"], "actual": [60.0], "target": [60.0],
    ...                         "evidence_rows": [60]})
    >>> card = score_people(figures, scheme, pd.DataFrame({"seller_id": ["a"], "tier": ["x"]}), period="2026-11")
    >>> score_draws(daily, card).interval().round(0).values.tolist()
    [[89.0, 112.0, 7.0]]
    """
    if n < LEAST_DRAWS:
        raise InputError(f"n == {n}, must be at least {LEAST_DRAWS} draws")
    if how not in ("day_bootstrap", "analytic"):
        raise InputError(f"how == {how!r}, {known_choices(how, ('day_bootstrap', 'analytic'))}")
    sellers = card.totals.index
    material = day_material(daily, wide_actuals(card), days=days, block=block, country=card.country)
    groups = pd.factorize(card.totals["tier"].astype(object).where(card.totals["tier"].notna(), ""), sort=True)[0]
    notes: list[dict[str, Any]] = []
    if how == "day_bootstrap" and material.n_blocks < FEWEST_BLOCKS:
        notes.append({"msgid": TOO_SHORT, "details": {"n_blocks": material.n_blocks}})
        how = "analytic"
    weights = block_weights(material.n_blocks, n, np.random.default_rng(seed)) if how == "day_bootstrap" else None
    total = DrawnTotals(len(sellers), n)
    drawn, evidence = np.zeros(len(sellers)), np.zeros(len(sellers))
    kept: set[str] = set()
    for kpi, parts in lines_by_kpi(card, sellers):
        figures = material.kpis.get(kpi)
        own_luck = np.random.default_rng([seed, crc32(kpi.encode())])
        drawn_figures = None if figures is None else draw_figures(figures, weights, n, groups.astype(np.int64), own_luck)
        if drawn_figures is None:
            kept.add(kpi)
        lost = 0
        for part in parts:
            able = part.by_formula & (figures.known[part.person] if figures is not None else False)
            lost += int((part.by_formula & ~able).sum())
            if drawn_figures is not None:
                total.add(drawn_figures, part, able)
            total.add_fixed(part, ~able)
            drawn[part.person] += np.where(able, part.weight, 0.0)
            evidence[part.person] += np.where(able, part.evidence, 0.0)
        if lost and drawn_figures is not None:
            notes.append({"msgid": KEPT_FOR_SOME, "details": {"kpi": _called(kpi), "n": lost}})
    nothing = (evidence <= 0) | (drawn <= 0) | card.totals["score"].isna().to_numpy()
    values = total.limited()
    values[nothing] = np.nan
    notes = _how_drawn(how, material, n) + notes + _people_notes(card, nothing, drawn, kept)
    return ScoreDraws(
        sellers=sellers, values=values, drawn_weight=pd.Series(drawn, index=sellers, name="drawn_share"), how=how,
        block=material.block, n_blocks=material.n_blocks, notes=tuple(notes),
    )  # fmt: skip


def wide_actuals(card: Scorecard) -> pd.DataFrame:
    """Figures scored, people x KPIs; words (grades) are left out."""
    lines = card.lines
    kpis = pd.unique(lines["kpi"])
    place = card.totals.index.get_indexer(pd.Index(lines["seller_id"]))
    column = pd.Index(kpis).get_indexer(pd.Index(lines["kpi"]))
    values = np.full((len(card.totals), len(kpis)), np.nan)
    values[place, column] = pd.to_numeric(lines["actual"], errors="coerce").to_numpy(float)
    return pd.DataFrame(values, index=card.totals.index, columns=kpis)


@dataclass(frozen=True, kw_only=True, eq=False)
class LinePart:
    """Lines of one KPI under one rule."""

    rule: ScoringRule
    person: NDArray[np.intp]
    target: NDArray[np.float64]
    weight: NDArray[np.float64]
    score: NDArray[np.float64]
    evidence: NDArray[np.float64]
    by_formula: NDArray[np.bool_]


def lines_by_kpi(card: Scorecard, sellers: pd.Index) -> Iterator[tuple[str, list[LinePart]]]:
    """Each KPI of a scorecard with its lines, rule by rule."""
    lines = card.lines
    person = sellers.get_indexer(pd.Index(lines["seller_id"]))
    columns = {c: pd.to_numeric(lines[c], errors="coerce").to_numpy(float)
               for c in ("actual", "target", "weight", "score", "evidence_rows", "case")}
    numbers: Mapping[str, NDArray[np.float64]] = {**columns, "weight": np.nan_to_num(columns["weight"])}
    code, kpis = pd.factorize(lines["kpi"])
    set_code, sets = pd.factorize(lines["set"])
    for i, kpi in enumerate(kpis):
        parts = []
        for j, one in enumerate(sets):
            at = np.flatnonzero((code == i) & (set_code == j))
            if at.size:
                rule = card.rules[str(one), str(kpi)]
                formula = np.isfinite(numbers["actual"][at]) & np.isin(numbers["case"][at], _FORMULA_CASES)
                parts.append(LinePart(
                    rule=rule, person=person[at], target=numbers["target"][at], weight=numbers["weight"][at],
                    score=numbers["score"][at], evidence=np.nan_to_num(numbers["evidence_rows"][at]),
                    by_formula=formula & np.isfinite(numbers["score"][at]) & (numbers["weight"][at] > 0),
                ))  # fmt: skip
        yield str(kpi), parts


def draw_figures(
    figures: KpiDays, weights: NDArray[np.float32] | None, n: int, groups: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """A KPI's figures under other luck, people x draws; by formula where no days are drawn."""
    if weights is None:
        return analytic_actuals(figures, n, groups, rng)
    return resampled_actuals(figures, weights, groups, rng)


class DrawnTotals:
    """Total scores of the draws under floors and caps.

    A total of capped KPIs lies too low in its draws: they seldom reach their caps together, though the true figures
    may. So ``path`` and ``held`` add up each KPI's points from its worst draw to its best, before and after the limits:
    what the limits take away from a total (``free``, before limits) of a given size. In the better half of a
    person's draws the total is at least that; ``plain`` is the total as drawn.
    """

    def __init__(self, people: int, n: int) -> None:
        self.free, self.path, self.held, self.plain = np.zeros((4, people, n), np.float32)
        self.touched = np.zeros(people, bool)

    def add_fixed(self, part: LinePart, rows: NDArray[np.bool_]) -> None:
        """Lines that are the same in every draw."""
        points = (part.weight * np.nan_to_num(part.score))[rows].astype(np.float32)[:, None]
        for array in (self.free, self.path, self.held, self.plain):
            array[part.person[rows]] += points

    def add(self, figures: NDArray[np.float32], part: LinePart, able: NDArray[np.bool_]) -> None:
        """Weight x points of every draw, a few hundred people at a time."""
        rows, limits = np.flatnonzero(able), {"floor": part.rule.floor, "cap": part.rule.cap}
        for a in range(0, len(rows), _PEOPLE_AT_ONCE):
            some = rows[a : a + _PEOPLE_AT_ONCE]
            who, weight = part.person[some], part.weight[some].astype(np.float32)[:, None]
            free = points_again(part.rule, figures[who], part.target[some][:, None]).astype(np.float32)
            held = capped(free, **limits).astype(np.float32)
            self.free[who] += free * weight
            self.plain[who] += held * weight
            self.touched[who] |= (held != free).any(axis=1)
            free.sort(axis=1)
            held.sort(axis=1)
            self.path[who] += free * weight
            self.held[who] += held * weight

    def limited(self) -> NDArray[np.float32]:
        """Totals of the draws after floors and caps."""
        knots = knots_of(self.plain.shape[1])
        return limited_totals(self.plain, self.free, self.path[:, knots], self.held[:, knots], self.touched)


def knots_of(n: int) -> NDArray[np.intp]:
    """Draws, from the worst to the best, at which the effect of floors and caps is kept."""
    return np.unique(np.linspace(0, n - 1, _KNOTS).astype(np.intp))


def limited_totals(
    plain: NDArray[np.float32], free: NDArray[np.float32], path: NDArray[np.float32], held: NDArray[np.float32],
    touched: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Totals after floors and caps; see `DrawnTotals`, whose ``path`` and ``held`` stand here at their knots."""
    values = plain.copy()
    middle = np.median(free, axis=1)
    for row in np.flatnonzero(touched):
        better = np.flatnonzero(free[row] >= middle[row])
        along = np.interp(free[row, better], path[row].astype(float), held[row].astype(float))
        values[row, better] = np.maximum(along, values[row, better])
    return values


def points_again(rule: ScoringRule, actual: NDArray[Any], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points before floor and cap of drawn figures of people whose own figure the formula decides.

    A drawn figure below zero is scored as it stands where the rule says so and as zero otherwise; one that the
    target would be divided by never reaches zero.
    """
    a = np.asarray(actual, float)
    if rule.negative_actual != "as_is":
        a = np.maximum(a, 0.0)
    if rule.function == "lower_is_better_reciprocal":
        a = np.maximum(a, 1e-6 * target)
    return np.asarray(points_of(rule, a, np.asarray(np.broadcast_to(target, a.shape), float)), float)


def _called(kpi: str) -> Any:
    library = load_library()
    return library[kpi].name.model_dump() if kpi in library else kpi


def _how_drawn(how: str, material: DayMaterial, n: int) -> list[dict[str, Any]]:
    if how == "analytic":
        return [{"msgid": DRAWN_BY_FORMULA, "details": {}}]
    msgid = DRAWN_BY_WEEKS if material.block == "week" else DRAWN_BY_DAYS
    return [{"msgid": msgid, "details": {"n_blocks": material.n_blocks, "n_draws": n}}]


def _people_notes(
    card: Scorecard, nothing: NDArray[np.bool_], drawn: NDArray[np.float64], kept: set[str]
) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    if kept:
        notes.append({"msgid": KEPT, "details": {"kpis": [_called(kpi) for kpi in sorted(kept)]}})
    lost = nothing & card.totals["score"].notna().to_numpy()
    if lost.any():
        names = sorted(card.totals["name"].astype(str)[lost])
        notes.append({"msgid": NO_EVIDENCE, "details": {"n": len(names), "names": names[:10]}})
    if n := int((~nothing & (drawn < 0.5 - 1e-9)).sum()):
        notes.append({"msgid": PARTLY, "details": {"n": n}})
    return notes
