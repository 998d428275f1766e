"""The training plan of a month as one workbook: budget, who goes to which course, needs, gaps, causes, mentors."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from salesplan import __version__
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.course_sheet import BUDGET, COST, FIGURES, LEFT, MONEY, CourseSheet
from salesplan.reporting.diagnosis_words import NO_DIAGNOSIS, diagnosis_of
from salesplan.reporting.frame_sheet import HEAD_ROW, write_frame
from salesplan.reporting.kpi_figures import said_period
from salesplan.reporting.kpi_sheet import KpiSheet, text_lines
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.show_mentors import left_out_frame, load_frame, pairs_frame
from salesplan.reporting.show_plan import PROVEN
from salesplan.reporting.statements import write_whole
from salesplan.reporting.training_frames import (
    booked_courses,
    booked_people,
    causes_frame,
    gaps_frame,
    needs_frame,
    open_frame,
    roll_out_frame,
)
from salesplan.reporting.workbook_style import Book
from salesplan.text import check_language, mark, say
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.coaching.course_plan import CoursePlan
    from salesplan.coaching.mentoring import MentorMatch
    from salesplan.coaching.training_needs import TrainingNeeds

UNPROVEN = mark("A better plan may exist: time ran out before the proof.")
PRINTED = mark("on paper the first {n} of {n_all} rows")
MOST_PRINTED = 120
"""Rows of a list that are printed; the sheet holds all of them."""
LEVELS = ("required_level", "present_level", "present_level_lower", "present_level_upper", "skill_gap")
"""Columns of skill levels, on the company's scale."""
WORDS = ("tier", "skill_name", "name", "unit_name", "course_name", "start_month", "likely_cause", "also_possible", "next_step",
         "told_status", "mentor", "mentee", "mentor_no", "mentee_no", "pair_reason", "reason")  # fmt: skip
"""Columns of words."""


@overload
def export_training_workbook(
    needs: "TrainingNeeds", path: None = None, *, language: str = "zh", plan: "CoursePlan | None" = None
) -> bytes: ...
@overload
def export_training_workbook(
    needs: "TrainingNeeds", path: str | Path, *, language: str = "zh", plan: "CoursePlan | None" = None
) -> Path: ...
def export_training_workbook(
    needs: "TrainingNeeds", path: str | Path | None = None, *, language: str = "zh", plan: "CoursePlan | None" = None
) -> bytes | Path:
    """Write the training plan as a workbook, or give its bytes when no path is given.

    Seats, hours and money of the courses are live formulas over who goes where, written with their values. Nobody stands in
    it whom the reader may not see; results stand only beside those of peers, never in money. Text is harmless, and the same
    needs give the same bytes.

    Parameters
    ----------
    needs
        From `open_coaching_period`.
    plan
        The plan to write, such as one for another budget; that of the needs by default. Where nobody can be diagnosed, there
        is none: a course could be the wrong answer for anybody.
    """
    check_language(language)
    content = _Writer(needs, language, plan).write()
    return content if path is None else write_whole(Path(path), content)


class _Writer:
    def __init__(self, needs: "TrainingNeeds", language: str, plan: "CoursePlan | None") -> None:
        self.needs, self.language = needs, language
        self.names = CoachingNames.of(needs.data, language)
        self.diagnosis = diagnosis_of(needs)
        self.plan = plan if plan is not None or self.diagnosis is None else needs.plan
        self.booked: CourseSheet | None = None
        self.book = Book(decimals=2)
        self.overview = KpiSheet(self.book, say(mark("Overview"), language))
        self.period = said_period(needs.data.label, language)
        self.origin = say(mark("Data {fingerprint} · scale from {low} to {high}"), language,
                          fingerprint=needs.data.fingerprint or "–", low=f"{needs.data.scale[0]:g}", high=f"{needs.data.scale[1]:g}")

    def write(self) -> bytes:
        needs, language = self.needs, self.language
        if self.plan is not None:
            self._write_plan(self.plan)
            if self.plan is needs.plan and len(waves := roll_out_frame(needs, self.names)):
                self._sheet(mark("Waiting list"), waves, kinds={"wave": "count"}, frozen=2)
        self._sheet(mark("Needs by tier"), needs_frame(needs, self.names), kinds={"need": "points"})
        self._sheet(mark("Skill gaps"), gaps_frame(needs, self.names), kinds={"need": "points"}, frozen=2)
        if self.diagnosis is not None:
            self._sheet(mark("Causes"), causes_frame(needs, self.diagnosis, self.names), frozen=2)
        self._write_mentors(needs.mentors)
        self._write_notes(KpiSheet(self.book, say(mark("What to know"), language)))
        self._write_overview()
        return self.book.to_bytes()

    def _sheet(self, name: str, frame: Any, *, kinds: dict[str, str] | None = None, frozen: int = 1) -> None:
        said = say(name, self.language)
        levels = {c: "number" for c in LEVELS if c in frame}
        words = {c: "text" for c in WORDS if c in frame}
        shown = frame.drop(columns="told_status") if "told_status" in frame and (frame["told_status"] == "").all() else frame
        found = {k: v for k, v in {**levels, **words, **(kinds or {})}.items() if k in shown}
        cut = len(shown) > MOST_PRINTED
        note = f"{self.origin} · {say(PRINTED, self.language, n=MOST_PRINTED, n_all=len(shown))}" if cut else self.origin
        sheet = write_frame(self.book, said, shown, self.language, title=f"{said} · {self.period}", note=note, kinds=found,
                            frozen=frozen, currency=self.needs.data.currency)
        if cut:
            sheet.sheet.print_area(0, 0, HEAD_ROW - 1 + MOST_PRINTED, shown.shape[1] - 1)

    def _write_plan(self, plan: "CoursePlan") -> None:
        """Who goes where, with live money; then what stays open, and why."""
        needs, lang = self.needs, self.language
        booked = CourseSheet(
            self.book, say(mark("Training plan"), lang), lang, people=booked_people(needs, plan, self.names),
            courses=booked_courses(needs, plan, self.names), budget=plan.budget, hours_per_person=needs.parameters.hours_per_person,
            currency=needs.data.currency)
        booked.write(title=f"{say(mark('Training plan'), lang)} · {self.period}", note=self.origin)
        self.booked = booked
        self._sheet(mark("Not covered"), open_frame(plan, needs, self.names), frozen=2)

    def _write_mentors(self, match: "MentorMatch") -> None:
        """The pairs of the matching that was chosen, those left out, and the mentors' time; its worth only with money."""
        matching, money = self.needs.parameters.matching, self.needs.data.shows_money
        pairs, load = pairs_frame(match, self.names, matching), load_frame(match, self.names, matching, shows_money=money)
        left, shown = left_out_frame(match, self.names, matching), list(map(str, self.needs.shown))
        for name, frame, key in ((mark("Mentors"), pairs, "mentee_no"), (mark("Mentors' time"), load, "mentor_no"),
                                 (mark("Without a mentor"), left, "mentee_no")):
            seen = frame[frame[key].isin(shown)].reset_index(drop=True)
            if len(seen):
                self._sheet(name, seen)

    def _notes(self) -> Sequence[dict[str, Any]]:
        needs = self.needs
        plan = self.plan
        planned = [*([] if plan is None else [*needs.cautions(plan), *plan.notes]), *needs.mentors.notes]
        causes = self.diagnosis.notes if self.diagnosis is not None else [{"msgid": NO_DIAGNOSIS, "details": {}}]
        if plan is not None and plan is needs.plan and needs.roll_out is not None:
            planned = [*needs.roll_out.notes, *planned]
        levels = self.names.in_notes(needs.levels.notes)
        found = [*planned, *needs.data.notes, *levels, *needs.gaps.notes, *needs.needs.notes, *causes]
        return list({repr((n["msgid"], n["details"])): n for n in found}.values())

    def _write_notes(self, sheet: KpiSheet) -> None:
        sheet.title(f"{sheet.name} · {self.period}", self.origin)
        for row, note in enumerate(self._notes(), start=4):
            words = say_details(note["msgid"], note["details"], self.language, currency=self.needs.data.currency)
            sheet.wrapped(row, 1, words)
            sheet.set_height(row, text_lines(words, 118))
        sheet.set_widths((120,))
        sheet.print_on_one_page()

    def _write_overview(self) -> None:
        sheet, lang, needs = self.overview, self.language, self.needs
        sheet.title(f"{say(mark('Training needs and plan'), lang)} · {self.period}", self.origin)
        shown = needs.people[needs.people["seller_id"].isin(needs.shown)]
        assessed = needs.levels.table["seller_id"].isin(needs.shown)
        facts = [
            (mark("People"), len(shown)), (mark("People assessed"), needs.levels.table.loc[assessed, "seller_id"].nunique()),
        ]  # fmt: skip
        row = 4
        for word, value in facts:
            sheet.text(row, 1, say(word, lang), kind="muted")
            sheet.given(row, 2, float(value), "#,##0", kind="plain")
            row += 1
        row = self._write_top(self._write_money(row) + 1)
        for word, text in ((mark("Source"), needs.data.source), (mark("Data fingerprint"), needs.data.fingerprint),
                           (mark("Version"), __version__)):
            sheet.text(row, 1, say(word, lang), kind="muted")
            sheet.text(row, 2, neutral_text(str(text)))
            row += 1
        sheet.set_widths((34, 24, 14, 14, 14))
        sheet.print_on_one_page()

    def _write_money(self, row: int) -> int:
        """Budget, cost and rest as live copies of the plan's cells."""
        booked = self.booked
        if self.plan is None or booked is None:
            return row
        sheet, lang, unit = self.overview, self.language, booked.unit
        for word, source, value in ((mark("Budget"), BUDGET, booked.budget), (mark("Cost of the plan"), COST, booked.cost),
                                    (mark("Left of the budget"), LEFT, booked.budget - booked.cost)):
            sheet.text(row, 1, f"{say(word, lang)} ({unit})", kind="muted")
            sheet.formula(row, 2, f"={booked.sheet.outside(source, FIGURES)}", value, MONEY, kind="strong")
            row += 1
        for word, value, form in ((mark("People sent to a course"), float(self.plan.assignments["seller_id"].nunique()), "#,##0"),
                                  (mark("Share of the need closed"), self.plan.covered_share, "0.0%")):
            sheet.text(row, 1, say(word, lang), kind="muted")
            sheet.given(row, 2, value, form, kind="plain")
            row += 1
        proof = PROVEN if self.plan.is_proven else UNPROVEN
        sheet.text(row, 1, say(proof, lang))
        return row + 1

    def _write_top(self, row: int) -> int:
        """The three largest needs of each tier."""
        sheet, lang = self.overview, self.language
        sheet.text(row, 1, say(mark("What to teach first"), lang), kind="strong")
        captions = (mark("Tier"), mark("Skill"), mark("Skill gap"), mark("Need"), mark("P(among the top three)"))
        sheet.header([say(word, lang) for word in captions], row=row + 1)
        row += 2
        for r in self.names.by_tier(self.needs.needs.top(3)).to_dict("records"):
            sheet.text(row, 1, neutral_text(str(r["tier"])))
            sheet.text(row, 2, neutral_text(self.names.skill(r["skill"])), kind="strong")
            sheet.given(row, 3, float(r["gap"]), "0.00", kind="plain")
            sheet.given(row, 4, float(r["need"]), "0.0", kind="plain")
            sheet.chance(row, 5, float(r["p_top3"]))
            row += 1
        return row + 1
