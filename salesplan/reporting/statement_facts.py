"""What a statement tells one person about their score, in words: nothing about anybody else is in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan import __version__
from salesplan.errors import InputError
from salesplan.kpis.bands import BAND_MEANING
from salesplan.kpis.library import KpiLibrary, load_library
from salesplan.kpis.printed_digits import PrintedDigits
from salesplan.kpis.score_draws import DRAWN_BY_DAYS, DRAWN_BY_FORMULA, DRAWN_BY_WEEKS, KEPT, TOO_SHORT
from salesplan.kpis.score_notes import LEAST_EVIDENCE, LEAST_WEIGHT, MANY_SETS
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.scoring_policies import WEIGHT_RAISED, Policy
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.kpis.small_ratings import LEAST_SCORES, has_few_scores, is_confidential
from salesplan.kpis.target_rules import FROM_PEERS
from salesplan.reporting.kpi_figures import said_figure, said_period
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_percent
from salesplan.text.spoken_errors import sentence_detail
from salesplan.text.wording import say_details

PUBLIC_NOTES = (BAND_MEANING, DRAWN_BY_DAYS, DRAWN_BY_WEEKS, DRAWN_BY_FORMULA, TOO_SHORT, KEPT, MANY_SETS)
"""Notes of a scorecard that hold for everybody and name nobody; all others stay out of statements."""

UNREADABLE_ENTRY = mark("{kpi} counts for nobody: its entry in the company's own KPIs cannot be used ({reason}).")
BETWEEN = mark(
    "What this work is worth on average, luck evened out, lies between {lower_points} and {upper_points} (set to {coverage};"
    " at 90 % simulations found 84 to 94 %). One other month may well score outside."
)
NO_INTERVAL = mark("How much of this score is luck is not known; a difference of a few points may be luck.")
PLACE = mark("Place {n_place} of {n_people} under the same KPI set.")
COMPANY_PLACE = mark("Among all {n_people} scored by the same KPIs and rules, whatever the weights: place {n_place}.")
PLACE_RANGE = mark(
    "Place {n_place} of {n_people} under the same KPI set; the true place lies between {n_best} and {n_worst} (probability {coverage})."
)
ALONE = mark("Everybody else can be told apart from this score.")
NOT_APART = mark("This score cannot be told apart from those of {n_alike} {n_alike:other|others}.")
NO_FIGURES = mark("The data hold no figure of this person for {period}, so there is no score and no rank.")
NO_SCORE = mark("No KPI could be scored, so there is no score and no rank.")
TOO_FEW_SCORES = mark(
    "Too few people gave a score: not counted, so that nobody learns who said what. Its weight of {nominal_weight} goes"
    " to the other KPIs."
)
THIN = mark("Rests on {n_records} {n_records:record|records}: one case moves it.")
PART_OF_PERIOD = mark("Target of the full period {full}, {working_share} of the working days present.")
FOLLOWS_OTHERS = mark("{kpis}: the target follows what colleagues of the tier reached; it moves with them.")
LITTLE_WEIGHT = mark("Only {counted_weight} of the agreed weight could be scored; the total says little about the rest.")
LIMITS = mark("not below {floor}, not above {cap} points")
FLOOR = mark("not below {floor} points")
CAP = mark("not above {cap} points")
SHARED_WEIGHT = mark("The weight of KPIs left out goes to the others in proportion to theirs.")
NOT_MEASURED = mark("{kpis}: in the KPI set, but without data for anybody; left out.")
MIXED = mark("Mixed rules: {raw_kpis} counts as it is, {other_kpis} against a target; equal effort does not give equal points.")

_AGAINST_TARGET = frozenset({
    "achievement_rate", "capped", "lower_is_better_reciprocal", "lower_is_better_linear", "range_score",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class StatementLine:
    """One KPI of a person: figures for computing, and the same in words."""

    kpi: str
    name: str
    unit: str
    rule: ScoringRule
    case: int
    actual: Any
    target: Any
    raw_score: float
    score: float
    weight: float
    nominal_weight: float
    points: float
    said_actual: str
    said_target: str
    target_from: str
    scored_by: str
    formula: str
    remarks: tuple[str, ...]

    @property
    def is_counted(self) -> bool:
        """Whether the KPI has points; one that is left out has none."""
        return not np.isnan(self.score)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Statement:
    """The score of one person in one period with its arithmetic, in one language.

    ``facts`` and ``origin`` are pairs of a name and a value; ``standing`` and ``caveats`` are sentences. ``score`` is
    missing when no KPI could be scored. ``digits`` are the decimals with which the arithmetic comes out by hand.
    """

    seller_id: str
    name: str
    language: str
    period: str
    score: float
    score_lower: float
    score_upper: float
    facts: tuple[tuple[str, str], ...]
    band: str
    standing: tuple[str, ...]
    closing: str
    caveats: tuple[str, ...]
    origin: tuple[tuple[str, str], ...]
    lines: tuple[StatementLine, ...]
    digits: PrintedDigits

    def __post_init__(self) -> None:
        added = sum(line.points for line in self.lines if line.is_counted)
        if not np.isnan(self.score) and abs(added - self.score) > 1e-9 * max(1.0, abs(self.score)):
            raise InputError(f"score == {self.score:g}, must be the sum of the points, {added:g}",
                             where=f"seller {self.seller_id}")


class StatementMaker:
    """Makes the statements of a scorecard; what is the same for many people is worked out once.

    Parameters
    ----------
    card
        The scores.
    language
        Of the reader.
    library
        Names of the KPIs; the packaged one by default.
    profiles
        seller_id, and where known unit_name and employee_no; without them the id of the unit is shown.
    source
        Name of the data's source.
    currency
        ISO code of all money.

    Raises
    ------
    InputError
        A figure rests on fewer than three confidential scores, so that a statement would give them away.
    """

    def __init__(
        self, card: Scorecard, language: str, *, library: KpiLibrary | None = None, profiles: pd.DataFrame | None = None,
        source: str = "", currency: str = "CNY",
    ) -> None:  # fmt: skip
        check_language(language)
        self.card, self.language, self.currency = card, language, currency
        self.library = load_library() if library is None else library
        check_confidential(card, self.library)
        self._totals = {
            str(who): {str(k): v for k, v in row.items()}
            for who, row in zip(card.totals.index, card.totals.to_dict("records"), strict=True)}
        self._people = _said_people(profiles)
        self._lines = _target_facts(card.lines)
        self._names = {one.code: one.name.said(language) for one in getattr(card.scheme, "sets", ())}
        self._set_notes: dict[str, list[str]] = {}
        self._period = said_period(card.period, language)
        self._public = [self._say(n["msgid"], n["details"]) for n in card.notes if n["msgid"] in PUBLIC_NOTES]
        self._public += [self._say(UNREADABLE_ENTRY, {"kpi": code, "reason": sentence_detail(fault.what)})
                         for code, fault in self.library.unreadable.items()]
        self._origin = tuple(
            (say(word, language), value) for word, value in (
                (mark("Version of the rules"), card.rule_version), (mark("Data fingerprint"), card.fingerprint),
                (mark("Source"), source), (mark("Version"), __version__),
            ) if value)  # fmt: skip

    @property
    def sellers(self) -> list[str]:
        """Everybody who is under a KPI set, in the order of the scorecard."""
        return [who for who, total in self._totals.items() if isinstance(total["set"], str)]

    def of(self, seller: str) -> Statement:
        """The statement of one person.

        Raises
        ------
        InputError
            Nobody is called so, several are, or the person is under no KPI set.
        """
        explained = self.card.explain(seller)
        who, total = explained.seller_id, self._totals[explained.seller_id]
        lines = tuple(self._line(row, self._lines.get((who, row["kpi"]), {}), explained.set) for row in explained.printed_rows)
        return Statement(
            seller_id=who, name=explained.name, language=self.language, period=self._period, score=explained.score,
            score_lower=_number(total["score_lower"]), score_upper=_number(total["score_upper"]),
            facts=self._facts(who, explained.name, total), band=self._band(total), standing=self._standing(total, explained.rows),
            closing=self._say(explained.closing["msgid"], explained.closing["details"]),
            caveats=tuple(self._caveats(explained.set, lines)), origin=self._origin, lines=lines, digits=explained.digits,
        )  # fmt: skip

    def _say(self, msgid: str, details: Mapping[str, Any]) -> str:
        return say_details(msgid, details, self.language, currency=self.currency)

    def _facts(self, who: str, name: str, total: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        person = self._people.get(who, {})
        number = person.get("employee_no", "")
        facts = [
            (mark("Name"), name), (mark("Employee no."), number if number != who else ""), (mark("Seller id"), who),
            (mark("Unit"), person.get("unit_name") or _text(total["org_id"])), (mark("Tier"), _text(total["tier"])),
            (mark("KPI set"), self._names.get(total["set"], total["set"])), (mark("Period"), self._period),
        ]  # fmt: skip
        return tuple((say(word, self.language), value) for word, value in facts if value)

    def _band(self, total: Mapping[str, Any]) -> str:
        if pd.isna(total["band"]):
            return ""
        return say(mark("Band {band} of {n_bands}"), self.language, band=int(total["band"]), n_bands=int(total["n_bands"]))

    def _standing(self, total: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        if pd.isna(total["score"]):
            empty = all(_is_missing(row["actual"]) and not _number(row["evidence_rows"]) > 0 for row in rows)
            return (self._say(NO_FIGURES, {"period": self._period}) if empty else say(NO_SCORE, self.language),)
        about: dict[str, Any] = {"coverage": format_percent(self.card.coverage, self.language, 0), "n_place": int(total["rank"]),
                                 "n_people": int(total["n_ranked"])}
        company = () if pd.isna(total["company_rank"]) else (self._say(
            COMPANY_PLACE, {"n_place": int(total["company_rank"]), "n_people": int(total["n_comparable"])}),)
        if pd.isna(total["band"]):
            return self._say(PLACE, about), *company, say(NO_INTERVAL, self.language)
        best, worst = int(total["rank_lower"]), int(total["rank_upper"])
        about |= {"n_best": best, "n_worst": worst, "n_alike": worst - best,
                  "lower_points": total["score_lower"], "upper_points": total["score_upper"]}
        alike = NOT_APART if worst > best else ALONE
        between, place, told = (self._say(text, about) for text in (BETWEEN, PLACE_RANGE, alike))
        return between, place, *company, told

    def _line(self, row: Mapping[str, Any], facts: Mapping[str, Any], code: str) -> StatementLine:
        kpi = row["kpi"]
        unit = self.card.units.get(kpi, "")
        rule = self.card.rules[code, kpi]
        return StatementLine(
            kpi=kpi, name=self.library.title(kpi, self.language), unit=unit, rule=rule, case=int(facts.get("case", 0)),
            actual=row["actual"], target=row["target"], raw_score=row["raw_score"], score=row["score"],
            weight=row["weight"], nominal_weight=row["nominal_weight"], points=row["points"],
            said_actual=said_figure(row["actual"], unit, self.language, currency=self.currency),
            said_target=said_figure(row["target"], unit, self.language, currency=self.currency) if _has_target(row, rule)
            else "–",
            target_from=say(facts["target_source"], self.language) if _text(facts.get("target_source")) else "",
            scored_by=self._scored_by(rule),
            formula=self._say(row["formula"], row["details"]) if row["formula"] else "",
            remarks=tuple(self._remarks(row, facts, rule, unit)),
        )  # fmt: skip

    def _scored_by(self, rule: ScoringRule) -> str:
        words = say(rule.formula, self.language)
        if rule.floor is None and rule.cap is None:
            return words
        limits = LIMITS if rule.floor is not None and rule.cap is not None else CAP if rule.floor is None else FLOOR
        said = say(limits, self.language, floor=_plain(rule.floor), cap=_plain(rule.cap))
        return say(mark("{rule}; {limits}"), self.language, rule=words, limits=said)

    def _remarks(self, row: Mapping[str, Any], facts: Mapping[str, Any], rule: ScoringRule, unit: str) -> Iterator[str]:
        records = _number(row["evidence_rows"])
        hidden = int(facts.get("case", 0)) == Policy.NO_ACTUAL_LEFT_OUT and self._is_hidden(row, records)
        for at, policy in enumerate(row["policies"]):
            if policy["msgid"] == WEIGHT_RAISED:  # the weights stand beside each other, and a caveat says why
                continue
            if at == 0 and hidden:
                yield self._say(TOO_FEW_SCORES, {"nominal_weight": row["nominal_weight"]})
            else:
                yield self._say(policy["msgid"], policy["details"])
        share = _number(facts.get("working_share", np.nan))
        if share < 1 and _has_target(row, rule):
            full = said_figure(_number(facts.get("full_target", np.nan)), unit, self.language, currency=self.currency)
            yield self._say(PART_OF_PERIOD, {"full": full, "working_share": share})
        if 0 < records < LEAST_EVIDENCE and not np.isnan(row["score"]):
            yield self._say(THIN, {"n_records": records})

    def _is_hidden(self, row: Mapping[str, Any], records: float) -> bool:
        """Whether a figure is missing because too few gave a score."""
        kpi = row["kpi"]
        gone = _is_missing(row["actual"]) and records > 0
        return gone and kpi in self.library and is_confidential(self.library[kpi], named=_named_raters(self.card))

    def _caveats(self, code: str, lines: Sequence[StatementLine]) -> Iterator[str]:
        joint = "、" if self.language == "zh" else ", "
        counted = sum(line.nominal_weight for line in lines if line.is_counted)
        if 0 < counted < LEAST_WEIGHT - 1e-9:
            yield self._say(LITTLE_WEIGHT, {"counted_weight": counted})
        follows = say(FROM_PEERS, self.language)
        if counted and any(not line.is_counted for line in lines):
            yield say(SHARED_WEIGHT, self.language)
        if relative := [line.name for line in lines if line.target_from == follows and line.is_counted]:
            yield say(FOLLOWS_OTHERS, self.language, kpis=joint.join(relative))
        if code not in self._set_notes:
            self._set_notes[code] = list(self._notes_of_set(code, lines, joint))
        yield from self._set_notes[code]
        yield from self._public

    def _notes_of_set(self, code: str, lines: Sequence[StatementLine], joint: str) -> Iterator[str]:
        if gone := getattr(self.card.scheme, "dropped", {}).get(code, ()):
            yield say(NOT_MEASURED, self.language, kpis=joint.join(self.library.title(k, self.language) for k in gone))
        raw = [line.name for line in lines if line.rule.function == "raw_percentage"]
        against = [line.name for line in lines if line.rule.function in _AGAINST_TARGET]
        if raw and against:
            yield say(MIXED, self.language, raw_kpis=joint.join(raw), other_kpis=joint.join(against))


def _named_raters(card: Scorecard) -> tuple[str, ...]:
    """Roles that score under their name, because the scheme says so."""
    return tuple(getattr(card.scheme, "named_raters", ()))


def check_confidential(card: Scorecard, library: KpiLibrary) -> None:
    """Refuse to show a score that gives away what one or two people said.

    Raises
    ------
    InputError
        A counted figure rests on fewer than three confidential scores; the person and the KPI are named.
    """
    few = has_few_scores(card.lines, library, named=_named_raters(card)) & card.lines["score"].notna() & card.lines["actual"].notna()
    if few.any():
        line = card.lines[few].iloc[0]
        raise InputError(f"{line['kpi']} rests on {int(line['evidence_rows'])} scores, must rest on at least {LEAST_SCORES}"
                         " to be shown to anybody", where=f"seller {line['seller_id']}",
                         fix="Score again with hide_small_ratings, which leaves such figures out.")


def _target_facts(lines: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """What the lines know beyond the explanation, by person and KPI."""
    columns = [c for c in ("target_source", "full_target", "working_share", "case") if c in lines]
    rows: list[Any] = lines[columns].to_dict("records")
    return dict(zip(zip(lines["seller_id"], lines["kpi"], strict=True), rows, strict=True))


def _said_people(profiles: pd.DataFrame | None) -> dict[str, dict[str, str]]:
    if profiles is None:
        return {}
    columns = [c for c in ("unit_name", "employee_no") if c in profiles]
    rows = profiles[columns].to_dict("records")
    return {str(who): {str(k): _text(v) for k, v in row.items()} for who, row in zip(profiles["seller_id"], rows, strict=True)}


def _has_target(row: Mapping[str, Any], rule: ScoringRule) -> bool:
    return rule.needs_target or isinstance(row["target"], str)


def _is_missing(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and bool(np.isnan(value)))


def _text(value: Any) -> str:
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else str(value)


def _plain(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"


def _number(value: Any) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)
