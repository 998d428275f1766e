"""The scores of everybody in one period, each open down to its figures."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError, Sentence, known_choices
from salesplan.kpis.score_explanation import Note, ScoreExplanation, explain_line
from salesplan.kpis.score_notes import NO_BANDS
from salesplan.kpis.scoring_rules import ScoringRule

if TYPE_CHECKING:
    from salesplan.kpis.score_draws import ScoreDraws

LINE_COLUMNS = (
    "seller_id", "kpi", "set", "actual", "target", "attainment", "raw_score", "score", "weight", "nominal_weight",
    "points", "policy", "evidence_rows", "case",
)  # fmt: skip
TOTAL_COLUMNS = (
    "name", "org_id", "tier", "set", "score", "score_lower", "score_upper", "rank", "rank_lower", "rank_upper", "n_ranked",
    "band", "n_bands", "org_rank", "company_rank", "n_comparable", "n_missing",
)  # fmt: skip
BAND_COLUMNS = ("score_lower", "score_upper", "rank_lower", "rank_upper", "band", "n_bands")
_EXPLAINED = ("kpi", "set", "actual", "target", "raw_score", "score", "weight", "nominal_weight", "points", "evidence_rows", "case")
SCORECARD = Sentence("scorecard")
_OWN_SUFFIX = re.compile(r"\s*[(（][^()（）]*[)）]$")


@dataclass(frozen=True, kw_only=True, eq=False)
class Scorecard:
    """Scores of a period.

    ``lines`` has one row a person and KPI: seller_id, kpi, set, actual, target, attainment (actual / target, for less
    is better target / actual; a fraction), raw_score (before floor and cap), score, weight (after KPIs left out),
    nominal_weight, points (weight x score), policy (marked words, empty when the formula alone decided), evidence_rows,
    case (number of the `Policy`).
    ``totals`` has one row a person, index seller_id: name, org_id, tier, set, score, score_lower, score_upper, rank,
    rank_lower, rank_upper and band (missing without draws) with n_ranked and n_bands, the people and bands they are among,
    org_rank, company_rank, n_comparable, n_missing (KPIs left out). Places are among those under the same KPI set, and
    equal scores share the better one: who is scored by other KPIs, as leaders are, is no peer. org_rank is among those of
    them in the org unit; company_rank is among the n_comparable people under all sets with the same KPIs and rules, and
    missing where the own set is the only such one.
    ``rules`` gives the `ScoringRule` of each (set, kpi), ``units`` the unit of each KPI, ``notes`` what a reader has to
    know before believing the scores. ``country`` is whose working days the period has (ISO code).

    Raises
    ------
    InputError
        A column is missing, or somebody's points do not add up to the score.
    """

    lines: pd.DataFrame
    totals: pd.DataFrame
    rules: Mapping[tuple[str, str], ScoringRule]
    period: str
    units: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    scheme: Any = None
    rule_version: str = ""
    fingerprint: str = ""
    coverage: float = 0.9
    country: str = "CN"

    def __post_init__(self) -> None:
        for frame, columns, name in ((self.lines, LINE_COLUMNS, "lines"), (self.totals, TOTAL_COLUMNS, "totals")):
            lacking = [column for column in columns if column not in frame]
            if lacking:
                raise InputError(f"{lacking[0]} is missing, must be a column", where=name)
        order = np.argsort(self.totals.index.get_indexer(pd.Index(self.lines["seller_id"])), kind="stable")
        object.__setattr__(self, "lines", self.lines.iloc[order].reset_index(drop=True))
        object.__setattr__(self, "totals", self.totals.copy())
        for name in ("rules", "units"):
            object.__setattr__(self, name, dict(getattr(self, name)))
        object.__setattr__(self, "notes", tuple(self.notes))
        at = self.totals.index.get_indexer(pd.Index(self.lines["seller_id"]))
        if (at < 0).any():
            raise InputError(f"seller_id == {self.lines['seller_id'][int(np.argmin(at))]!r}, must be in totals",
                             where="lines")
        added = np.bincount(at, weights=self.lines["points"].to_numpy(float), minlength=len(self.totals))
        score = self.totals["score"].to_numpy(float)
        off = np.flatnonzero(np.abs(added - score) > 1e-9 * np.maximum(1.0, np.abs(score)))
        if off.size:
            raise InputError(f"score == {score[off[0]]:g}, must be the sum of the points, {added[off[0]]:g}",
                             where=f"seller {self.totals.index[off[0]]}")

    def to_frame(self) -> pd.DataFrame:
        """One row a person, with seller_id as a column."""
        return self.totals.reset_index()

    def with_draws(self, draws: "ScoreDraws | pd.DataFrame", *, coverage: float = 0.9) -> "Scorecard":
        """The same scores with their intervals, rank intervals and bands.

        Parameters
        ----------
        draws
            Scores under other luck, people x draws. Who is not there gets no interval and no band, and may stand
            anywhere: one place more is left open for everybody else under the same set.
        coverage
            Rate at which an interval is to contain the truth.
        """
        from salesplan.kpis.bands import band_notes, rank_bands

        frame = draws if isinstance(draws, pd.DataFrame) else draws.to_frame()
        frame, sets = frame.reindex(self.totals.index), self.totals["set"]
        bands = pd.concat([rank_bands(scores, draws=frame.loc[scores.index], coverage=coverage)
                           for _, scores in self.totals["score"].groupby(sets, dropna=False, sort=False)])
        bands = bands.reindex(self.totals.index)
        bands["n_bands"] = bands["band"].groupby(sets, dropna=False).transform("nunique").where(bands["band"].notna()).astype("Int64")
        totals = self.totals.assign(**{column: bands[column] for column in BAND_COLUMNS})
        unplaced = (totals["score"].notna() & totals["rank_upper"].isna()).groupby(sets, dropna=False).transform("sum")
        totals["rank_upper"] += unplaced.astype("Int64")
        kept = [note for note in self.notes if note["msgid"] != NO_BANDS]
        made = [] if isinstance(draws, pd.DataFrame) else list(draws.notes)
        notes = (*kept, *made, *band_notes(bands, coverage=coverage, names=totals["name"]))
        return replace(self, totals=totals, notes=notes, coverage=coverage)

    def summary(self) -> pd.DataFrame:
        """One row a KPI set: people, mean, median, lowest and highest score, and people without a score."""
        by = self.totals.groupby("set", sort=False)["score"]
        return by.agg(
            n_sellers="size", mean_score="mean", median_score="median", lowest_score="min", highest_score="max",
            n_without_score=lambda scores: int(scores.isna().sum()),
        ).reset_index()  # fmt: skip

    def restricted_to(self, sellers: Collection[str]) -> "Scorecard":
        """The card of some people only; places and bands stay those among everybody.

        Notes that name people are left out with the rest.
        """
        kept = self.totals.index.isin(list(sellers))
        lines = self.lines[self.lines["seller_id"].isin(self.totals.index[kept])]
        notes = tuple(note for note in self.notes if "names" not in note["details"])
        return replace(self, lines=lines.reset_index(drop=True), totals=self.totals[kept], notes=notes)

    def of_set(self, code: str) -> "Scorecard":
        """The card of those under one KPI set.

        Raises
        ------
        InputError
            Nobody is under it.
        """
        there = self.totals.index[self.totals["set"] == code]
        if not len(there):
            known = sorted(map(str, self.totals["set"].dropna().unique()))
            raise InputError(f"set == {code!r}, must be a set somebody is under in {self.period}", where="scorecard",
                             fix=known_choices(code, known))
        return self.restricted_to(there)

    def seller_of(self, called: str) -> str:
        """The seller_id meant by an id, or by a name that only one person has.

        Raises
        ------
        InputError
            Nobody is called so (the nearest are named), or several are (their ids are listed).
        """
        wanted = str(called)
        if wanted in self._place:
            return wanted
        known = self._by_name.get(wanted, self._by_plain_name.get(wanted, []))
        if len(known) == 1:
            return known[0]
        if known:
            raise InputError(Sentence("seller == {given}, is the name of {n}: {ids}", given=repr(wanted), n=len(known),
                                      ids=", ".join(known)), where=SCORECARD, fix=Sentence("Write the id."), seller_ids=known)
        near = get_close_matches(wanted, [*self.totals.index, *self._by_name], n=3, cutoff=0.5)
        some = [*self.totals.index[:3], *list(self._by_name)[:3]]
        raise InputError(Sentence("seller == {given}, must be a seller of the scorecard", given=repr(wanted)), where=SCORECARD,
                         fix=Sentence("Did you mean {names}?", names=", ".join(near)) if near
                         else Sentence("Write an id or a name, such as {names}", names=", ".join(some)), nearest=near)

    def explain(self, seller: str) -> ScoreExplanation:
        """Why somebody has the score they have.

        Parameters
        ----------
        seller
            An id, or a name that only one person has.

        Raises
        ------
        InputError
            As for `seller_of`, or the person is under no KPI set.
        """
        who = self.seller_of(seller)
        at = self._place[who]
        name, code, score = (self._totals[column][at] for column in ("name", "set", "score"))
        start, stop = self._span.get(who, (0, 0))
        if start == stop and pd.notna(code):
            raise InputError(Sentence("seller == {given}, is under set {set}, which is not scored in {period}", given=repr(who),
                                      set=code, period=self.period), where=SCORECARD,
                             fix=Sentence("Mend the definition of the KPI that cannot be read; the notes name it."))
        if start == stop:
            raise InputError(Sentence("seller == {given}, is under no KPI set in {period}", given=repr(who), period=self.period),
                             where=SCORECARD, fix=Sentence("Add a set without conditions to the scheme."))
        rows, rules = [], []
        for values in zip(*(column[start:stop] for column in self._columns), strict=True):
            line = dict(zip(_EXPLAINED, values, strict=True))
            rule, unit = self.rules[line["set"], line["kpi"]], self.units.get(line["kpi"], "")
            rows.append(explain_line(line, rule, unit))
            rules.append((rule, unit))
        return ScoreExplanation(seller_id=who, name=str(name), set=str(code), score=float(score), rows=tuple(rows),
                                rules=tuple(rules))

    def explain_all(self, sellers: Sequence[str] | None = None) -> dict[str, ScoreExplanation]:
        """The explanation of everybody who is under a KPI set, or of those asked for, by seller_id."""
        return {who: self.explain(who) for who in (self._span if sellers is None else sellers)}

    @cached_property
    def _columns(self) -> list[list[Any]]:
        return [self.lines[column].to_list() for column in _EXPLAINED]

    @cached_property
    def _totals(self) -> dict[str, Any]:
        return {column: self.totals[column].to_list() for column in ("name", "set", "score")}

    @cached_property
    def _place(self) -> dict[str, int]:
        return {str(who): at for at, who in enumerate(self.totals.index)}

    @cached_property
    def _span(self) -> dict[str, tuple[int, int]]:
        ids = self.lines["seller_id"].to_numpy(object)
        first = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]])) if len(ids) else np.array([], int)
        last = [*first[1:].tolist(), len(ids)]
        return {str(ids[a]): (a, b) for a, b in zip(first.tolist(), last, strict=True)} if len(ids) else {}

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _ids_by(self.totals["name"].astype(str), self.totals.index)

    @cached_property
    def _by_plain_name(self) -> dict[str, list[str]]:
        return _ids_by(self.totals["name"].astype(str).map(lambda name: _OWN_SUFFIX.sub("", name)), self.totals.index)


def _ids_by(names: pd.Series, ids: pd.Index) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, who in zip(names, ids, strict=True):
        found.setdefault(name, []).append(str(who))
    return found
