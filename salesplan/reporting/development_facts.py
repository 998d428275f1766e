"""From what was found about everybody to the development sheet of one person, in words."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan import __version__
from salesplan.coaching.assessments import SOURCE_NAMES
from salesplan.coaching.gaps import UNSURE
from salesplan.coaching.one_on_one import talk_figures
from salesplan.errors import InputError, known_choices
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.development_sheet import DevelopmentSheet, GoalLine, SkillLine
from salesplan.reporting.development_steps import said_steps, said_talk
from salesplan.reporting.diagnosis_words import NO_DIAGNOSIS, diagnosis_of, evidence_sentences, said_verdict
from salesplan.reporting.kpi_figures import said_period
from salesplan.reporting.show_mentors import said_pair
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_date, format_percent
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.coaching.training_needs import TrainingNeeds

NOT_ASSESSED = mark("Not assessed yet.")
SELF_ONLY = mark("Own rating only, corrected by what others say of people who rate themselves alike.")
NOT_SURE = mark("Not sure whether it is enough.")
NOT_APART = mark("Nearly everybody is rated at one end of the scale here; the level says little.")
OVERRATED = mark("Own rating {own}, others say {others}.")
LEVELS_UNSURE = mark("Levels are estimates from several sources; with a probability of {coverage} they lie within the pale bar.")
NOT_PROOF = mark("What holds results back is read from figures beside those of peers; it is a reason to talk, not proof.")
NEED_RANKS = mark("Skills stand in the order of need: gap times importance times frequency.")
GUIDES = mark("Guides {n} colleagues: {names}.")
GOAL_STATUS = {"open": mark("Open"), "done": mark("Done"), "dropped": mark("Dropped")}
CLEARLY_APART = 1.0
"""Levels by which an own rating is named as apart from what others say."""


class DevelopmentSheetMaker:
    """Makes the development sheets of a month; what is the same for many people is worked out once.

    Parameters
    ----------
    needs
        From `open_coaching_period`; only people its reader may see have a sheet.
    language
        Of the reader.
    """

    def __init__(self, needs: "TrainingNeeds", language: str) -> None:
        check_language(language)
        self.needs, self.language = needs, language
        self.names = CoachingNames.of(needs.data, language)
        self._currency, self._diagnosis = needs.data.currency, diagnosis_of(needs)
        self._pairs, self._figures = needs.mentors.pairs(needs.parameters.matching), talk_figures(needs)
        people = needs.people
        self._people = {str(r["seller_id"]): r for r in people.to_dict("records")}
        self._gaps = dict(iter(needs.gaps.persons.groupby("seller_id", sort=False)))
        self._own = needs.levels.table.set_index(["seller_id", "skill"])
        goals = needs.data.goals
        self._goals = dict(iter(goals[goals["status"] != "done"].groupby("seller_id", sort=False)))
        self._origin = tuple((say(word, language), value) for word, value in (
            (mark("Data fingerprint"), needs.data.fingerprint), (mark("Source"), needs.data.source), (mark("Version"), __version__),
        ) if value)  # fmt: skip

    @property
    def sellers(self) -> list[str]:
        """Everybody whom the reader may see and whose role asks for any skill."""
        shown = set(map(str, self.needs.shown))
        return [who for who in self._people if who in shown and who in self._gaps]

    def of(self, seller_id: str) -> DevelopmentSheet:
        """The sheet of one person.

        Raises
        ------
        InputError
            Nobody with that id has a role profile, or the reader may not see them.
        """
        if seller_id not in self.sellers:
            raise InputError(f"seller_id == {seller_id!r}, must be a person with a role profile whom the reader may see",
                             fix=known_choices(seller_id, self.sellers))
        person, data, language = self._people[seller_id], self.needs.data, self.language
        kind, evidence, step = self._cause(seller_id)
        skills = tuple(self._skill(r) for r in _by_need(self._gaps[seller_id]).to_dict("records"))
        plan = None if self._diagnosis is None else self.needs.development(seller_id)
        talk, told = said_talk(self.needs, seller_id, language, figures=self._figures)
        return DevelopmentSheet(
            seller_id=seller_id, name=self.names.person(seller_id), language=language, period=said_period(data.label, language),
            scale=data.scale, facts=self._facts(seller_id, person), verdict=said_verdict(kind, language), verdict_kind=kind,
            evidence=evidence, next_step=step, skills=skills, steps=() if plan is None else said_steps(plan, self.names),
            goals=self._goal_lines(seller_id), mentor=self._mentor(seller_id), talk=talk,
            caveats=(*(() if plan is None else self._said(plan.notes)), *self._caveats(kind), *told), origin=self._origin,
        )  # fmt: skip

    def _said(self, notes: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
        return tuple(say_details(n["msgid"], n["details"], self.language, currency=self._currency) for n in notes)

    def _mentor(self, seller_id: str) -> tuple[str, ...]:
        """Who guides the person and why, or whom the person guides."""
        pairs, shown = self._pairs, set(map(str, self.needs.shown))
        own = [said_pair(pair, self.names) for pair in pairs[pairs["mentee_id"] == seller_id].to_dict("records")]
        guided = [one for one in sorted(pairs.loc[pairs["mentor_id"] == seller_id, "mentee_id"].astype(str)) if one in shown]
        if guided:
            comma = "、" if self.language == "zh" else ", "
            own.append(say(GUIDES, self.language, n=len(guided), names=comma.join(self.names.person(one) for one in guided)))
        return tuple(own)

    def _facts(self, seller_id: str, person: Mapping[Any, Any]) -> tuple[tuple[str, str], ...]:
        number = _text(person.get("employee_no"))
        months = person.get("tenure_months")
        manager = _text(person.get("manager_id"))
        known = [
            (mark("Employee no."), number if number != seller_id else ""), (mark("Seller id"), seller_id),
            (mark("Unit"), _text(person.get("unit_name")) or self.names.unit(person.get("org_id"))),
            (mark("Tier"), _text(person.get("tier"))),
            (mark("Months in service"), "" if pd.isna(months) else f"{float(months):.0f}"),
            (mark("Manager"), self.names.person(manager) if manager else ""),
        ]  # fmt: skip
        return tuple((say(word, self.language), value) for word, value in known if value)

    def _cause(self, seller_id: str) -> tuple[str, tuple[str, ...], str]:
        """Verdict, its evidence and the next step; nothing for people who do not sell themselves."""
        found = self._diagnosis
        if found is None or seller_id not in found.people.index:
            return "", (), ""
        row: Any = found.people.loc[seller_id]
        evidence = evidence_sentences(
            found, seller_id, self.language, result_is_money=self.needs.material.result_kind == "sales",
            shows_money=self.needs.data.shows_money, currency=self._currency, months=self.needs.parameters.result_months)
        return str(row["verdict"]), tuple(evidence), say(str(row["next_step_msgid"]), self.language)

    def _skill(self, row: Mapping[Any, Any]) -> SkillLine:
        language, level = self.language, float(row["level"])
        known = not np.isnan(level)
        remarks = []
        key = (row["seller_id"], row["skill"])
        own = self._own.loc[key] if key in self._own.index else None
        if own is not None and bool(row["self_only"]):
            remarks.append(say(SELF_ONLY, language))
        elif own is not None and known and abs(float(own["self_level"]) - level) >= CLEARLY_APART:
            remarks.append(say(OVERRATED, language, own=f"{float(own['self_level']):.1f}", others=f"{level:.1f}"))
        if own is not None and bool(row["not_told_apart"]):
            remarks.append(say(NOT_APART, language))
        elif known and row["status"] == UNSURE:
            remarks.append(say(NOT_SURE, language))
        required = float(row["required_level"])
        return SkillLine(
            skill=str(row["skill"]), name=self.names.skill(row["skill"]), required=required, level=level,
            level_lower=float(row["level_lower"]), level_upper=float(row["level_upper"]),
            gap=max(0.0, required - level) if known else np.nan, importance=float(row["importance"]),
            frequency=float(row["frequency"]), assessed=self._assessed(own), remarks=tuple(remarks),
        )  # fmt: skip

    def _assessed(self, own: Any) -> str:
        """Who assessed a skill, and when last."""
        if own is None:
            return say(NOT_ASSESSED, self.language)
        named = [say(SOURCE_NAMES[s], self.language) for s in str(own["sources"]).split("+") if s in SOURCE_NAMES]
        when = "" if pd.isna(own["assessed_date"]) else format_date(own["assessed_date"], self.language)
        return " · ".join(part for part in (("、" if self.language == "zh" else ", ").join(named), when) if part)

    def _goal_lines(self, seller_id: str) -> tuple[GoalLine, ...]:
        if seller_id not in self._goals:
            return ()
        rows = self._goals[seller_id].to_dict("records")
        return tuple(
            GoalLine(skill=self.names.skill(r["skill"]), target=_number(r["target_level"]),
                     due="" if pd.isna(r["due_date"]) else format_date(r["due_date"], self.language),
                     status=say(GOAL_STATUS.get(str(r["status"]), str(r["status"])), self.language), note=_text(r["note"]))
            for r in rows)

    def _caveats(self, kind: str) -> tuple[str, ...]:
        coverage = format_percent(self.needs.gaps.coverage, self.language, 0)
        told = [say(LEVELS_UNSURE, self.language, coverage=coverage), say(NEED_RANKS, self.language)]
        if self._diagnosis is None:
            told.append(say(NO_DIAGNOSIS, self.language))
        return tuple([*told, say(NOT_PROOF, self.language)] if kind else told)


def _by_need(rows: pd.DataFrame) -> pd.DataFrame:
    """A person's skills, the largest need first; those nobody assessed last."""
    need = rows["plain_gap"].astype(float) * rows["importance"].astype(float) * rows["frequency"].astype(float)
    return rows.iloc[np.lexsort((rows["skill"], -need.fillna(-1.0)))]


def _number(value: Any) -> float:
    return float("nan") if pd.isna(value) else float(value)


def _text(value: Any) -> str:
    return "" if value is None or (not isinstance(value, str) and bool(pd.isna(value))) else str(value)
