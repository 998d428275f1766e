"""The same people and figures under other weights, at the speed of a slider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.kpis.bands import quantiles
from salesplan.kpis.day_resampling import FEWEST_BLOCKS, block_weights, day_material
from salesplan.kpis.score_draws import (
    PARTLY,
    LinePart,
    ScoreDraws,
    draw_figures,
    knots_of,
    limited_totals,
    lines_by_kpi,
    points_again,
    score_draws,
    wide_actuals,
)
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.scoring_functions import Floats, capped
from salesplan.kpis.set_scores import weighted_totals

Weighting = Mapping[str, Mapping[str, float]]
"""KPI set -> KPI -> fraction."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _SetLuck:
    """Points of a set's KPIs under other luck: people x KPIs x draws, before and after floors and caps."""

    able: NDArray[np.bool_]
    free: NDArray[np.float32]
    plain: NDArray[np.float32]
    path: NDArray[np.float32]
    held: NDArray[np.float32]

    def totals(self, weight: Floats, score: Floats, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Totals of some of the people under their effective weights, people x draws."""
        able = self.able[rows]
        drawn = np.where(able, weight, 0.0).astype(np.float32)
        fixed = np.where(able, 0.0, weight * np.nan_to_num(score)).sum(axis=1).astype(np.float32)[:, None]
        free, plain, path, held = (np.einsum("mk,mkn->mn", drawn, array[rows]) + fixed
                                   for array in (self.free, self.plain, self.path, self.held))
        touched = ((self.plain[rows] != self.free[rows]).any(axis=2) & able).any(axis=1)
        return limited_totals(plain, free, path, held, touched)


class ReweightedScores:
    """Scores of one period under any weights of its KPI sets.

    What a KPI is worth to a person, and how much of that is luck, does not depend on the weights. Both are worked
    out once; other weights then take a few matrix products.

    Parameters
    ----------
    card
        The scores under the scheme in force, with or without bands.
    daily
        Daily figures of the period, as for `score_draws`.
    n, seed
        Draws, as for `score_draws`: the same weights give the same draws as there.

    Examples
    --------
    >>> from salesplan.kpis.scheme import KpiScheme
    >>> from salesplan.kpis.score_people import score_people
    >>> items = [{"kpi": kpi, "weight": 0.5, "rule": {"function": "achievement_rate"}, "target": {"value": 10}}
    ...          for kpi in ("visits", "calls")]
    >>> scheme = KpiScheme(name="s", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])
    >>> figures = pd.DataFrame({"seller_id": ["a", "a", "b", "b"], "kpi": ["visits", "calls"] * 2,
    ...                         "actual": [10.0, 6, 5, 10], "target": 10.0, "evidence_rows": 9})
    >>> card = score_people(figures, scheme, pd.DataFrame({"seller_id": ["a", "b"], "tier": "x"}), period="2026-11")
    >>> again = ReweightedScores(card)
    >>> again.totals({"all": {"visits": 0.8, "calls": 0.2}}).round(1).tolist(), again.totals({}).round(1).tolist()
    ([92.0, 60.0], [80.0, 75.0])
    """

    def __init__(self, card: Scorecard, daily: pd.DataFrame | None = None, *, n: int = 400, seed: int = 0) -> None:
        self.card, self.daily, self.n, self.seed = card, daily, n, seed
        self.sellers = card.totals.index
        self._kpis: dict[str, tuple[str, ...]] = {}
        self._members: dict[str, NDArray[np.intp]] = {}
        self._scores: dict[str, Floats] = {}
        self._nominal: dict[str, dict[str, float]] = {}
        place = self.sellers.get_indexer(pd.Index(card.lines["seller_id"]))
        for code, lines in card.lines.groupby("set", sort=False):
            kpis = tuple(map(str, pd.unique(lines["kpi"])))
            members, row = np.unique(place[lines.index], return_inverse=True)
            score = np.full((len(members), len(kpis)), np.nan)
            score[row, pd.Index(kpis).get_indexer(pd.Index(lines["kpi"]))] = lines["score"].to_numpy(float)
            self._kpis[str(code)], self._members[str(code)], self._scores[str(code)] = kpis, members, score
            first = lines.drop_duplicates("kpi").set_index("kpi")["nominal_weight"]
            self._nominal[str(code)] = {kpi: float(first[kpi]) for kpi in kpis}
        self._luck: dict[str, _SetLuck] | None = None
        self._base: ScoreDraws | None = None

    @property
    def sets(self) -> tuple[str, ...]:
        """Sets that hold for somebody."""
        return tuple(self._kpis)

    def points(self, set_code: str) -> pd.DataFrame:
        """What each KPI is worth to the people of a set: people x KPIs, missing where a KPI is left out."""
        if set_code not in self._kpis:
            return pd.DataFrame()
        return pd.DataFrame(self._scores[set_code], index=self.sellers[self._members[set_code]],
                            columns=list(self._kpis[set_code]))

    def totals(self, weights: Weighting) -> Floats:
        """Everybody's score, in the order of the scorecard; sets that are not named keep their weights.

        Raises
        ------
        InputError
            A KPI of a set has no weight.
        """
        score = self.card.totals["score"].to_numpy(float).copy()
        for code in self._sets_of(weights):
            score[self._members[code]] = self._weigh(code, weights)[0]
        return score

    def effective_weights(self, set_code: str, weights: Weighting) -> pd.DataFrame:
        """Weights that count for each person of a set, after KPIs left out: people x KPIs."""
        return pd.DataFrame(self._weigh(set_code, weights)[1], index=self.sellers[self._members[set_code]],
                            columns=list(self._kpis[set_code]))

    def weighted_points(self, set_code: str, weights: Weighting, sellers: Sequence[str]) -> Floats:
        """Weight times points of some people, people x KPIs of the set; missing for people of other sets."""
        kpis, members = self._kpis.get(set_code, ()), self._members.get(set_code, np.empty(0, np.intp))
        found = np.full((len(sellers), len(kpis)), np.nan)
        at = np.full(len(self.sellers) + 1, -1)
        at[members] = np.arange(len(members))
        rows = at[self.sellers.get_indexer(pd.Index(sellers))]
        mine = np.flatnonzero(rows >= 0)
        if mine.size:
            score = self._scores[set_code][rows[mine]]
            nominal = [weights[set_code][kpi] for kpi in kpis]
            found[mine] = score * weighted_totals(score, nominal)[1]
        return found

    def intervals(self, weights: Weighting, sellers: Sequence[str], *, coverage: float = 0.9) -> tuple[Floats, Floats]:
        """Lower and upper end of some people's scores; missing without daily figures. For a page that shows a few."""
        if self.daily is None:
            gap = np.full(len(sellers), np.nan)
            return gap, gap
        values, _ = self._drawn(weights, self.sellers.get_indexer(pd.Index(sellers)), self.daily)
        lower, upper = quantiles(values, [(1 - coverage) / 2, (1 + coverage) / 2])
        return lower, upper

    def draws(self, weights: Weighting) -> ScoreDraws | None:
        """Scores under other luck and these weights; nothing without daily figures."""
        if self.daily is None:
            return None
        values, drawn = self._drawn(weights, np.arange(len(self.sellers)), self.daily)
        base, _ = self._prepared(self.daily)
        partly = int((~np.isnan(values).all(axis=1) & (drawn < 0.5 - 1e-9)).sum())
        notes = [note for note in base.notes if note["msgid"] != PARTLY]
        notes += [{"msgid": PARTLY, "details": {"n": partly}}] if partly else []
        return replace(base, values=values, notes=tuple(notes),
                       drawn_weight=pd.Series(drawn, index=self.sellers, name=base.drawn_weight.name))

    def _drawn(self, weights: Weighting, places: NDArray[np.intp], daily: pd.DataFrame) -> tuple[NDArray[np.float32], Floats]:
        """Draws of the people at some places, and the share of their weight that is drawn."""
        base, luck = self._prepared(daily)
        values = base.to_frame().to_numpy()[places].copy()
        drawn = base.drawn_weight.to_numpy(float)[places].copy()
        at = np.full(len(self.sellers), -1)
        at[places] = np.arange(len(places))
        nothing = np.isnan(values).all(axis=1)
        for code in self._sets_of(weights):
            rows = np.flatnonzero(at[self._members[code]] >= 0)
            if not rows.size or weights[code] == self._nominal[code]:
                continue
            mine = at[self._members[code][rows]]
            score = self._scores[code][rows]
            weight = weighted_totals(score, [weights[code][kpi] for kpi in self._kpis[code]])[1]
            values[mine] = luck[code].totals(weight, score, rows)
            drawn[mine] = np.where(luck[code].able[rows], weight, 0.0).sum(axis=1)
        values[nothing] = np.nan
        return values, drawn

    def _sets_of(self, weights: Weighting) -> list[str]:
        return [code for code in weights if code in self._kpis]

    def _weigh(self, code: str, weights: Weighting) -> tuple[Floats, Floats]:
        for kpi in self._kpis[code]:
            if kpi not in weights[code]:
                raise InputError(f"{kpi} has no weight, must have one", where=f"KPI set {code}")
        return weighted_totals(self._scores[code], [weights[code][kpi] for kpi in self._kpis[code]])

    def _prepared(self, daily: pd.DataFrame) -> tuple[ScoreDraws, dict[str, _SetLuck]]:
        if self._base is None or self._luck is None:
            self._base = score_draws(daily, self.card, n=self.n, seed=self.seed)
            self._luck = self._draw_luck(daily, by_days=self._base.how == "day_bootstrap")
        return self._base, self._luck

    def _draw_luck(self, daily: pd.DataFrame, *, by_days: bool) -> dict[str, _SetLuck]:
        """The figures of `score_draws` once more, KPI by KPI and before they are weighed."""
        card, n = self.card, self.n
        material = day_material(daily, wide_actuals(card), country=card.country)
        tiers = card.totals["tier"]
        groups = pd.factorize(tiers.astype(object).where(tiers.notna(), ""), sort=True)[0].astype(np.int64)
        weights = None
        if by_days and material.n_blocks >= FEWEST_BLOCKS:
            weights = block_weights(material.n_blocks, n, np.random.default_rng(self.seed))
        knots = knots_of(n)
        luck = {code: _SetLuck(
            able=np.zeros((len(self._members[code]), len(kpis)), bool),
            **{name: np.zeros((len(self._members[code]), len(kpis), size), np.float32)
               for name, size in (("free", n), ("plain", n), ("path", len(knots)), ("held", len(knots)))},
        ) for code, kpis in self._kpis.items()}
        for kpi, parts in lines_by_kpi(card, self.sellers):
            figures = material.kpis.get(kpi)
            if figures is None:
                continue
            drawn = draw_figures(figures, weights, n, groups, np.random.default_rng([self.seed, crc32(kpi.encode())]))
            for part in parts:
                self._fill(luck, kpi, part, drawn, part.by_formula & figures.known[part.person], knots)
        return luck

    def _fill(
        self, luck: Mapping[str, _SetLuck], kpi: str, part: LinePart, figures: NDArray[np.float32],
        able: NDArray[np.bool_], knots: NDArray[np.intp],
    ) -> None:
        who = part.person[able]
        if not who.size:
            return
        code = next(c for c, members in self._members.items() if kpi in self._kpis[c] and np.isin(who[0], members))
        row, column = np.searchsorted(self._members[code], who), self._kpis[code].index(kpi)
        free = points_again(part.rule, figures[who], part.target[able][:, None]).astype(np.float32)
        plain = np.asarray(capped(free, floor=part.rule.floor, cap=part.rule.cap), np.float32)
        mine = luck[code]
        mine.able[row, column], mine.free[row, column], mine.plain[row, column] = True, free, plain
        mine.path[row, column] = np.sort(free, axis=1)[:, knots]
        mine.held[row, column] = np.sort(plain, axis=1)[:, knots]
