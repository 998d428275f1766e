"""A statement as one page: no network, no script, readable on a telephone and on paper."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from salesplan import __version__
from salesplan.reporting.kpi_figures import said_points
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING, format_percent

if TYPE_CHECKING:
    from jinja2 import Template

    from salesplan.reporting.statement_facts import Statement, StatementLine

HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
LONGEST_BAR = 150.0
"""Points at the right end of a bar."""

WORDS = {
    "title": mark("Score statement"), "total": mark("Score"), "how": mark("How the score comes about"),
    "kpi": mark("KPI"), "actual": mark("Actual"), "target": mark("Target"), "score": mark("Score"),
    "weight": mark("Weight"), "points": mark("Weighted points"), "sum": mark("Total"), "know": mark("What to know"),
}  # fmt: skip


def statement_html(statement: "Statement") -> str:
    """The page of one statement; the same statement gives the same bytes.

    Every name and figure is escaped. The page carries its own style and fetches nothing.
    """
    counted = sum(line.weight for line in statement.lines if line.is_counted)
    return _template().render(
        s=statement, lines=[_shown(line, statement) for line in statement.lines],
        total=said_points(statement.score, statement.language), words=_words(statement.language),
        weights=format_percent(counted, statement.language, 0), css=_css(), version=__version__,
        html_language=HTML_LANGUAGE[statement.language],
    )  # fmt: skip


def said_weight(weight: float, language: str, digits: int = 1) -> str:
    """A weight in whole percent, or with decimals where it is not whole.

    Examples
    --------
    >>> said_weight(0.25, "en"), said_weight(0.2353, "en"), said_weight(0.2353, "en", 2)
    ('25%', '23.5%', '23.53%')
    """
    whole = abs(weight * 100 - round(weight * 100)) < 1e-7
    return format_percent(weight, language, 0 if whole else digits)


def _shown(line: "StatementLine", statement: "Statement") -> dict[str, Any]:
    language, digits = statement.language, statement.digits
    limited = line.is_counted and abs(line.raw_score - line.score) > 1e-9
    raised = abs(line.weight - line.nominal_weight) > 1e-9
    return {
        "name": line.name, "scored_by": line.scored_by, "actual": line.said_actual, "target": line.said_target,
        "target_from": line.target_from, "counted": line.is_counted, "formula": line.formula, "remarks": line.remarks,
        "score": said_points(line.score, language, digits.score),
        "limited": say(mark("before limits {points}"), language, points=said_points(line.raw_score, language, digits.score))
        if limited else "",
        "width": f"{min(max(line.score, 0.0), LONGEST_BAR) / LONGEST_BAR * 100:.1f}" if line.is_counted else "",
        "weight": said_weight(line.weight, language, digits.weight),
        "agreed": say(mark("agreed {weight}"), language, weight=said_weight(line.nominal_weight, language)) if raised else "",
        "points": said_points(line.points, language, digits.points) if line.is_counted else MISSING,
    }  # fmt: skip


@cache
def _words(language: str) -> dict[str, str]:
    return {name: say(word, language) for name, word in WORDS.items()}


@cache
def _css() -> Any:
    from markupsafe import Markup

    return Markup(_file("statement.css"))


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False, keep_trailing_newline=True)
    return environment.from_string(_file("statement.html.j2"))


def _file(name: str) -> str:
    return files("salesplan.reporting").joinpath("template", name).read_text(encoding="utf-8")
