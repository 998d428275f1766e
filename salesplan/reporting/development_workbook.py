"""A development sheet as a workbook: gaps that follow the levels, a plan to tick off, an agenda to fill in."""

import math
from typing import TYPE_CHECKING

from salesplan.reporting.development_html import WORDS
from salesplan.reporting.kpi_sheet import KpiSheet, text_lines
from salesplan.reporting.neutral import neutral_text
from salesplan.reporting.workbook_style import Book
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.reporting.development_sheet import DevelopmentSheet

LEVEL, HOURS = "0.0", "0.0"
SKILL, REQUIRED, PRESENT, LOWER, UPPER, GAP, IMPORTANCE, FREQUENCY, NEED, ASSESSED = range(1, 11)
CAPTIONS = (
    mark("Skill"), mark("Required level"), mark("Present level"), mark("Present level, from"), mark("Present level, to"),
    mark("Skill gap"), mark("Importance"), mark("Frequency of use"), mark("Need"), mark("Assessed by"),
)  # fmt: skip
WIDTHS = (30, 11, 11, 11, 11, 11, 11, 11, 11, 44)
STEP_CAPTIONS = (mark("Step"), mark("How"), mark("Skills"), mark("Hours"), mark("By"), mark("Status"), mark("Why, and when it is done"))
STEP_COLUMNS = (1, 2, 4, 6, 7, 8, 10)
"""First column of each caption of the plan; it shares the columns of the skills above."""
STATUSES = (mark("Open"), mark("In progress"), mark("Done"), mark("Dropped"))
LONG = 7
"""From more skills than this on the plan starts on a page of its own."""
LOWEST_BAR = "#FDBA74"


def development_workbook(sheet: "DevelopmentSheet") -> bytes:
    """The workbook of one sheet; the same sheet gives the same bytes.

    Levels, required levels and the status of each step stand in blue and may be changed; gap, need and hours are
    formulas over them, written with their values. Text is harmless.
    """
    return _Writer(sheet).write()


class _Writer:
    def __init__(self, sheet: "DevelopmentSheet") -> None:
        self.s, self.language = sheet, sheet.language
        self.book = Book(decimals=2)
        self.plan = KpiSheet(self.book, say(mark("Development plan"), self.language))

    def write(self) -> bytes:
        row = self._write_skills(self._write_head())
        self._write_words(self._write_goals(self._write_steps(row)))
        self.plan.set_widths(WIDTHS)
        self.plan.print_on_one_page()
        if self.s.talk.focus or self.s.talk.questions:
            self._write_talk()
        return self.book.to_bytes()

    def _write_head(self) -> int:
        sheet, lang = self.plan, self.language
        sheet.title(neutral_text(self.s.name), f"{say(mark('Development sheet'), lang)} · {self.s.period}")
        for at, (name, value) in enumerate(self.s.facts):
            row, column = 4 + at // 2, SKILL if at % 2 == 0 else GAP
            sheet.text(row, column, name, kind="muted")
            sheet.text(row, column + (1 if at % 2 == 0 else 2), neutral_text(value), kind="strong")
        row = 5 + math.ceil(len(self.s.facts) / 2)
        if self.s.verdict:
            sheet.text(row, SKILL, say(mark("What holds results back"), lang), kind="muted")
            sheet.text(row, REQUIRED, self.s.verdict, kind="strong")
            sentences = [*self.s.evidence, *([self.s.next_step] if self.s.next_step else [])]
            for at, sentence in enumerate(sentences, start=1):
                sheet.text(row + at, SKILL, f"· {sentence}")
            row += len(sentences) + 1
        return row + 1

    def _write_skills(self, row: int) -> int:
        if not self.s.skills:
            return row
        sheet, lang = self.plan, self.language
        sheet.header([say(caption, lang) for caption in CAPTIONS], row=row)
        first = row + 1
        for row, line in enumerate(self.s.skills, start=first):
            known = not math.isnan(line.level)
            sheet.text(row, SKILL, neutral_text(line.name), kind="strong")
            sheet.given(row, REQUIRED, line.required, LEVEL)
            sheet.given(row, PRESENT, line.level, LEVEL)
            for column, value in ((LOWER, line.level_lower), (UPPER, line.level_upper)):
                sheet.given(row, column, value, LEVEL, kind="plain")
            level, required = sheet.at(row, PRESENT), sheet.at(row, REQUIRED)
            sheet.formula(row, GAP, f'=IF({level}="","",MAX(0,{required}-{level}))', line.gap if known else "", LEVEL)
            sheet.given(row, IMPORTANCE, line.importance, LEVEL)
            sheet.given(row, FREQUENCY, line.frequency, LEVEL)
            gap = sheet.at(row, GAP)
            need = line.gap * line.importance * line.frequency
            formula = f'=IF({gap}="","",{gap}*{sheet.at(row, IMPORTANCE)}*{sheet.at(row, FREQUENCY)})'
            sheet.formula(row, NEED, formula, need if known and not math.isnan(need) else "", LEVEL, kind="strong")
            words = [line.assessed, *line.remarks]
            sheet.wrapped(row, ASSESSED, "\n".join(words))
            sheet.set_height(row, sum(text_lines(text, WIDTHS[ASSESSED - 1] + 3) for text in words))
        last = first + len(self.s.skills) - 1
        sheet.sheet.conditional_format(f"{sheet.at(first, GAP)}:{sheet.at(last, GAP)}",
                                       {"type": "data_bar", "bar_color": LOWEST_BAR, "bar_solid": True, "min_type": "num", "min_value": 0,
                                        "max_type": "num", "max_value": self.s.scale[1] - self.s.scale[0]})
        note = say(mark("Need = gap × importance × frequency. Blue figures may be changed."), lang)
        sheet.text(last + 1, SKILL, note, kind="muted")
        return last + 3

    def _write_steps(self, row: int) -> int:
        sheet, lang = self.plan, self.language
        if len(self.s.skills) > LONG:
            sheet.sheet.set_h_pagebreaks([row - 1])
        sheet.text(row, SKILL, say(mark("Plan"), lang), kind="strong")
        if not self.s.steps:
            sheet.text(row + 1, SKILL, say(WORDS["no_steps"], lang))
            return row + 3
        captions = dict(zip(STEP_COLUMNS, STEP_CAPTIONS, strict=True))
        sheet.header([say(captions[c], lang) if c in captions else "" for c in range(1, ASSESSED + 1)], row=row + 1)
        first = row + 2
        for at, step in enumerate(self.s.steps):
            sheet.text(first + at, 1, neutral_text(f"{at + 1}. {step.what}"), kind="strong")
            for column, text in {2: step.how, 4: step.skills, 7: step.due}.items():
                sheet.text(first + at, column, f" {neutral_text(text)}" if column == 7 and text else neutral_text(text))
            sheet.given(first + at, 6, step.hours, HOURS)
            sheet.given(first + at, 8, say(STATUSES[0], lang), "General")
            words = [part for part in (step.why, f"{say(WORDS['done'], lang)}: {step.done}" if step.done else "") if part]
            sheet.wrapped(first + at, 10, "\n".join(words))
            sheet.set_height(first + at, max(1, sum(text_lines(text, WIDTHS[ASSESSED - 1] + 3) for text in words)))
        last = first + len(self.s.steps) - 1
        sheet.sheet.data_validation(f"{sheet.at(first, 8)}:{sheet.at(last, 8)}",
                                    {"validate": "list", "source": [say(word, lang) for word in STATUSES]})
        sheet.blank(last + 1, range(1, ASSESSED + 1), kind="total")
        sheet.text(last + 1, 1, say(mark("Hours in all"), lang), kind="total")
        hours = math.fsum(step.hours for step in self.s.steps if not math.isnan(step.hours))
        sheet.formula(last + 1, 6, f"=SUM({sheet.at(first, 6)}:{sheet.at(last, 6)})", hours, HOURS, kind="total")
        return last + 3

    def _write_goals(self, row: int) -> int:
        sheet, lang = self.plan, self.language
        if self.s.mentor:
            sheet.text(row, SKILL, say(mark("Mentor"), lang), kind="strong")
            for at, sentence in enumerate(self.s.mentor, start=1):
                sheet.text(row + at, SKILL, f"· {sentence}")
            row += len(self.s.mentor) + 2
        if self.s.goals:
            sheet.text(row, SKILL, say(mark("Goals agreed before"), lang), kind="strong")
            for at, goal in enumerate(self.s.goals, start=1):
                sheet.text(row + at, SKILL, neutral_text(goal.skill))
                sheet.given(row + at, REQUIRED, goal.target, LEVEL)
                sheet.text(row + at, PRESENT, goal.due)
                sheet.text(row + at, UPPER, goal.status)
                sheet.text(row + at, IMPORTANCE, neutral_text(goal.note))
            row += len(self.s.goals) + 2
        return row

    def _write_words(self, row: int) -> None:
        sheet, lang = self.plan, self.language
        if self.s.caveats:
            sheet.text(row, SKILL, say(mark("What to know"), lang), kind="strong")
            for at, caveat in enumerate(self.s.caveats, start=1):
                sheet.text(row + at, SKILL, f"· {caveat}")
            row += len(self.s.caveats) + 2
        for at, (name, value) in enumerate(self.s.origin):
            sheet.text(row + at, SKILL, name, kind="muted")
            sheet.text(row + at, REQUIRED, neutral_text(value))

    def _write_talk(self) -> None:
        lang = self.language
        sheet = KpiSheet(self.book, say(mark("Agenda"), lang))
        sheet.title(neutral_text(self.s.name), f"{say(mark('Agenda of the next 1:1'), lang)} · {self.s.period}")
        row = 4
        for sentence in self.s.talk.focus:
            sheet.wrapped(row, 1, sentence)
            sheet.set_height(row, text_lines(sentence, 58))
            row += 1
        sheet.header([say(mark("Question"), lang), say(mark("Answer"), lang)], row=row + 1)
        for at, question in enumerate(self.s.talk.questions, start=row + 2):
            sheet.wrapped(at, 1, question)
            sheet.set_height(at, 4)
        end = row + 3 + len(self.s.talk.questions)
        sheet.header([say(mark("Agreed"), lang), say(mark("By"), lang)], row=end)
        if self.s.talk.agreement:
            sheet.wrapped(end + 1, 1, self.s.talk.agreement)
        for at in range(end + 1, end + 4):
            sheet.set_height(at, 2)
        sheet.set_widths((60, 60))
        sheet.print_on_one_page()
