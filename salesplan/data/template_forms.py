"""The forms that are handed out to collect skills, assessments, courses, goals and mentors: sheets, columns, limits."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from salesplan.data.row_checks import JUDGED_FROM_TO
from salesplan.data.schema import table_named
from salesplan.data.synonyms import picklist_words, usual_label
from salesplan.text import mark

Choices = Literal["", "people", "skills", "courses", "tiers", "words", "yes_no"]

LEVELS: Final = (1.0, 5.0)
"""Scale of the levels people are asked for."""
PERSON = mark("Pick the person; the employee number in brackets tells namesakes apart.")
SKILL = mark("Pick the skill by its name.")
LEVEL_WORDS = mark("1: cannot do it yet. 2: with help. 3: alone in usual cases. 4: alone in hard cases. 5: teaches others.")
COURSE = mark("Pick the course by its name.")
_ABBREVIATED: Final = re.compile(r"\b(id|kpi)\b")
_TAIL: Final = {"zh": "({low:g}-{high:g}分)", "en": " ({low:g}-{high:g})"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One column of a form.

    Parameters
    ----------
    column
        Column of the table, or what leads to it (``rep_name``, ``skill_name`` …); its captions are those an import knows.
    stored
        Column of the table it fills, where that is another.
    choices
        What the list offers; ``words`` are those of the column.
    is_open
        Other words than those of the list are allowed, with a question.
    low, high
        Least and greatest number.
    is_whole
        Whole numbers only.
    is_scaled
        The caption names the scale.
    hint
        What goes in (msgid), where the meaning of the column does not say it.
    width
        Width in characters.
    """

    column: str
    stored: str = ""
    choices: Choices = ""
    is_open: bool = False
    low: float | None = None
    high: float | None = None
    is_whole: bool = False
    is_scaled: bool = False
    hint: str = ""
    width: int = 14

    def caption(self, table: str, language: str, *, currency: str) -> str:
        """The caption, with its scale or currency, and a mark where it must be filled in."""
        named = usual_label(table, self.column, chinese=language == "zh")
        if language == "en":
            named = _ABBREVIATED.sub(lambda match: match[0].upper(), named[:1].upper() + named[1:])
        column = table_named(table).column(self.stored or self.column)
        if self.is_scaled:
            named += _TAIL[language].format(low=self.low, high=self.high)
        if column.kind == "money":
            named += "(元)" if (language, currency) == ("zh", "CNY") else f" ({currency})"
        return named + ("*" if column.required else "")

    def kind(self, table: str) -> str:
        """Kind of the values."""
        return table_named(table).column(self.stored or self.column).kind

    def is_required(self, table: str) -> bool:
        """Whether a row without it is held back."""
        return table_named(table).column(self.stored or self.column).required

    def meaning(self, table: str) -> str:
        """What goes in (msgid)."""
        return self.hint or table_named(table).column(self.stored or self.column).meaning

    def words(self, table: str, language: str) -> dict[str, str]:
        """Choices of the column and the word each is offered as."""
        column = table_named(table).column(self.stored or self.column)
        known = picklist_words(column.name, table=table)
        codes = column.choices or tuple(dict.fromkeys(known.values()))
        first: dict[str, str] = {}
        for word, code in known.items():
            if language == "zh" and not word.isascii():
                first.setdefault(code, word)
        return {code: first.get(code, code) for code in codes}


@dataclass(frozen=True, kw_only=True)
class Form:
    """One sheet to fill in: rows of one table. ``purpose`` (msgid) says what it is for."""

    table: str
    purpose: str
    entries: tuple[Entry, ...]

    def title(self, language: str) -> str:
        """Name of the sheet."""
        table = table_named(self.table)
        return table.zh if language == "zh" else table.en


@dataclass(frozen=True, kw_only=True)
class Template:
    """One workbook: its name in Chinese and English and its sheets."""

    zh: str
    en: str
    forms: tuple[Form, ...]

    def file_name(self, language: str) -> str:
        """Name of the file."""
        return f"{self.zh if language == 'zh' else self.en}.xlsx"


def _level(column: str, *, is_scaled: bool = False) -> Entry:
    return Entry(column=column, low=LEVELS[0], high=LEVELS[1], is_scaled=is_scaled, hint=LEVEL_WORDS if is_scaled else "")


def _judged(column: str) -> Entry:
    return Entry(column=column, low=JUDGED_FROM_TO[0], high=JUDGED_FROM_TO[1])


_SKILL = Entry(column="skill_name", stored="skill_id", choices="skills", hint=SKILL, width=20)
_PERSON = Entry(column="rep_name", stored="rep_id", choices="people", hint=PERSON, width=20)

TEMPLATES: Final[tuple[Template, ...]] = (
    Template(zh="岗位技能要求", en="role_profiles", forms=(
        Form(table="skill", purpose=mark("The skills there are. One row a skill; the other sheets pick from them."), entries=(
            Entry(column="skill_id", width=12), Entry(column="name", width=20), Entry(column="name_en", width=24),
            Entry(column="kind", choices="words"), Entry(column="kpi", choices="words", is_open=True, width=18),
            Entry(column="description", width=50))),
        Form(table="role_profile", purpose=mark("Which level each tier needs. One row a tier and skill; leave the role empty "
                                                "where every role of the tier needs the same."), entries=(
            Entry(column="tier", choices="tiers", is_open=True), Entry(column="role", choices="words", is_open=True, width=16),
            _SKILL, _level("required_level", is_scaled=True), _judged("importance"), _judged("frequency"))))),
    Template(zh="技能评估", en="skill_assessments", forms=(
        Form(table="skill_assessment", purpose=mark("How far people have each skill. One row a person and skill; rows without "
                                                    "a score are passed over."), entries=(
            _PERSON, _SKILL, Entry(column="source", choices="words"),
            Entry(column="assessor_name", stored="assessor_id", choices="people", is_open=True, width=20),
            Entry(column="assessed_date"), Entry(column="round"), _level("score", is_scaled=True))),)),
    Template(zh="课程目录", en="courses", forms=(
        Form(table="course", purpose=mark("What can be taught, and what it takes. One row a course."), entries=(
            Entry(column="course_id", width=12), Entry(column="name", width=24), Entry(column="hours", low=0.0),
            Entry(column="cost", low=0.0), Entry(column="fixed_cost", low=0.0),
            Entry(column="seats", low=1.0, is_whole=True), Entry(column="exclusive_group"),
            Entry(column="prerequisites", width=20), Entry(column="delivery"), Entry(column="is_offered", choices="yes_no"))),
        Form(table="course_skill", purpose=mark("Which skills a course teaches, and how far. One row a course and skill."),
             entries=(
            Entry(column="course_name", stored="course_id", choices="courses", hint=COURSE, width=24), _SKILL,
            Entry(column="gain", low=0.0, high=LEVELS[1] - LEVELS[0]), _level("up_to_level"))))),
    Template(zh="发展目标", en="development_goals", forms=(
        Form(table="development_goal", purpose=mark("What people and their managers agreed on. One row a person and skill."),
             entries=(
            _PERSON, _SKILL, _level("target_level"), Entry(column="set_date"), Entry(column="due_date"),
            Entry(column="status", choices="words"), Entry(column="note", width=50))),)),
    Template(zh="导师", en="mentors", forms=(
        Form(table="mentor", purpose=mark("Who can guide others. One row a mentor."), entries=(
            _PERSON, Entry(column="capacity", low=1.0, is_whole=True), Entry(column="hours_per_week", low=0.0, high=40.0))),
        Form(table="cannot_match", purpose=mark("Who must not guide whom, such as relatives. One row a pair."), entries=(
            Entry(column="mentor_name", stored="mentor_id", choices="people", hint=PERSON, width=20),
            Entry(column="mentee_name", stored="mentee_id", choices="people", hint=PERSON, width=20),
            Entry(column="reason", width=40))))),
)
"""Every workbook that is handed out."""
