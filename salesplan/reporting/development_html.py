"""A development sheet as one page: no network, no script, readable on a telephone and on paper."""

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from salesplan import __version__
from salesplan.reporting.statement_html import HTML_LANGUAGE
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING, format_count

if TYPE_CHECKING:
    from jinja2 import Template

    from salesplan.reporting.development_sheet import DevelopmentSheet, SkillLine

WORDS = {
    "title": mark("Development sheet"), "cause": mark("What holds results back"), "next": mark("Next step"),
    "skills": mark("Skills against the role profile"), "skill": mark("Skill"), "present": mark("Present level"),
    "interval": mark("how sure the level is"), "required": mark("Required level"), "gap": mark("Skill gap"),
    "assessed": mark("Assessed by"), "plan": mark("Plan"), "step": mark("Step"), "hours": mark("Hours"),
    "due": mark("By"), "mentor": mark("Mentor"), "goals": mark("Goals agreed before"), "target": mark("Target level"),
    "status": mark("Status"), "talk": mark("Agenda of the next 1:1"), "know": mark("What to know"), "done": mark("Done when"),
    "agree": mark("To agree"),
    "no_steps": mark("Nothing is planned: no gap that a course, coaching or a mentor would have to close."),
}  # fmt: skip


def development_html(sheet: "DevelopmentSheet") -> str:
    """The page of one sheet; the same sheet gives the same bytes.

    Every name and figure is escaped. The page carries its own style and fetches nothing.
    """
    language = sheet.language
    low, high = sheet.scale
    return _template().render(
        s=sheet, skills=[_shown(line, sheet.scale, language) for line in sheet.skills],
        steps=[{"what": step.what, "how": step.how, "skills": step.skills, "due": step.due or MISSING, "why": step.why, "done": step.done,
                "hours": said_level(step.hours, language)} for step in sheet.steps],
        goals=[{"skill": goal.skill, "target": said_level(goal.target, language), "due": goal.due or MISSING,
                "status": goal.status, "note": goal.note} for goal in sheet.goals],
        words=_words(language), css=_css(), version=__version__, html_language=HTML_LANGUAGE[language],
        low=f"{low:g}", high=f"{high:g}",
        scale=say(mark("scale from {low} to {high}"), language, low=f"{low:g}", high=f"{high:g}"),
    )  # fmt: skip


def said_level(level: float, language: str) -> str:
    """A level or a number of hours with as many decimals as it needs, one at most.

    Examples
    --------
    >>> said_level(3.0, "en"), said_level(2.46, "en"), said_level(float("nan"), "en")
    ('3', '2.5', '–')
    """
    if math.isnan(level):
        return MISSING
    return format_count(level, language, 0 if abs(level - round(level)) < 0.05 else 1)


def _shown(line: "SkillLine", scale: tuple[float, float], language: str) -> dict[str, Any]:
    known = not math.isnan(line.level)
    sure = known and not math.isnan(line.level_lower) and not math.isnan(line.level_upper)
    left, right = (_place(line.level_lower, scale), _place(line.level_upper, scale)) if sure else (0.0, 0.0)
    return {
        "name": line.name, "known": known, "remarks": line.remarks, "assessed": line.assessed,
        "level": format_count(line.level, language, 1) if known else MISSING,
        "interval": f"{line.level_lower:.1f}–{line.level_upper:.1f}" if sure else "",
        "required": said_level(line.required, language),
        "gap": format_count(line.gap, language, 1) if known else MISSING, "short": known and line.gap > 0,
        "at": f"{_place(line.level, scale):.1f}" if known else "", "need": f"{_place(line.required, scale):.1f}",
        "left": f"{left:.1f}", "span": f"{right - left:.1f}" if sure else "",
    }  # fmt: skip


def _place(level: float, scale: tuple[float, float]) -> float:
    """Where a level stands on its scale, in percent."""
    low, high = scale
    return min(max((level - low) / (high - low), 0.0), 1.0) * 100


@cache
def _words(language: str) -> dict[str, str]:
    return {name: say(word, language) for name, word in WORDS.items()}


@cache
def _css() -> Any:
    from markupsafe import Markup

    return Markup(_file("statement.css") + _file("development.css"))


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False, keep_trailing_newline=True)
    return environment.from_string(_file("development.html.j2"))


def _file(name: str) -> str:
    return files("salesplan.reporting").joinpath("template", name).read_text(encoding="utf-8")
