"""One person opened: levels with intervals, self against others, what holds results back, the plan, the next talk."""

import math
from typing import TYPE_CHECKING

from salesplan.apps.panel_html import e, head
from salesplan.coaching.verdicts import TRAINING
from salesplan.reporting.development_html import WORDS, said_level
from salesplan.text import mark, say
from salesplan.text.numbers import format_count

if TYPE_CHECKING:
    from salesplan.apps.coaching_model import CoachingModel
    from salesplan.reporting.development_sheet import DevelopmentSheet, SkillLine

OWN = mark("Self")
APART = 0.5
"""Levels between own rating and what others say from which the difference stands out."""
KEYS = (("dot", mark("level by others")), ("span", mark("how sure the level is")), ("need", mark("required")), ("own", mark("own rating")))
AGAINST = mark("own rating against what others say")
NO_VERDICT = mark("Does not sell: results are not diagnosed.")
FREE_PEOPLE = ("healthy", "cannot_tell", "ramp")


def person_html(model: "CoachingModel", language: str) -> str:
    """The person who is open; nothing when nobody is."""
    if not model.drill.person:
        return ""
    sheet = model.sheet_of(model.drill.person)
    facts = "".join(f"<div><dt>{e(name)}</dt><dd>{e(value)}</dd></div>" for name, value in sheet.facts)
    caveats = "".join(f"<li>{e(one)}</li>" for one in sheet.caveats)
    return (
        f'<div class="sp-c-person" data-person="{e(sheet.seller_id)}">{head("fa-user", sheet.name)}'
        f'<dl class="sp-settings">{facts}</dl>{_verdict(sheet, language)}{_skills(model, sheet, language)}'
        f'<div class="sp-c-next">{_steps(sheet, language)}{_talk(sheet, language)}</div>'
        f'<details><summary>{e(say(WORDS["know"], language))}</summary><ul class="sp-notes">{caveats}</ul></details></div>'
    )


def _title(word: str, language: str) -> str:
    return f"<h5>{e(say(word, language))}</h5>"


def _items(sentences: tuple[str, ...], kind: str = "ul") -> str:
    return f"<{kind}>{''.join(f'<li>{e(one)}</li>' for one in sentences)}</{kind}>" if sentences else ""


def _verdict(sheet: "DevelopmentSheet", language: str) -> str:
    if not sheet.verdict:
        return f'<p class="sp-note">{e(say(NO_VERDICT, language))}</p>'
    tone = "good" if sheet.verdict_kind == "healthy" else "fair" if sheet.verdict_kind in FREE_PEOPLE else "poor"
    trains = sheet.verdict_kind in TRAINING
    step = f'<p class="sp-c-todo"><b>{e(say(WORDS["next"], language))}</b> {e(sheet.next_step)}</p>' if sheet.next_step else ""
    return (f'<section class="sp-c-verdict" data-verdict="{e(sheet.verdict_kind)}" data-trains="{str(trains).lower()}">'
            f'{_title(WORDS["cause"], language)}<p><em class="sp-chip sp-{tone}">{e(sheet.verdict)}</em></p>'
            f"{_items(sheet.evidence)}{step}</section>")


def _skills(model: "CoachingModel", sheet: "DevelopmentSheet", language: str) -> str:
    own = model.own_levels(sheet.seller_id)
    keys = "".join(f'<span><i class="sp-c-i sp-c-{kind}"></i>{e(say(text, language))}</span>' for kind, text in KEYS)
    words = (WORDS["skill"], "", WORDS["present"], WORDS["required"], WORDS["gap"], OWN, WORDS["assessed"])
    heads = "".join(f"<th>{e(say(word, language)) if word else ''}</th>" for word in words)
    rows = "".join(_skill(line, own.get(line.skill, math.nan), sheet.scale, language) for line in sheet.skills)
    return (f'<section>{_title(WORDS["skills"], language)}<div class="sp-c-legend">{keys}</div><div class="sp-table-wrap" tabindex="0">'
            f'<table class="sp-k-table sp-c-skills"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>')


def _skill(line: "SkillLine", own: float, scale: tuple[float, float], language: str) -> str:
    known = not math.isnan(line.level)
    low, high = scale

    def at(level: float) -> float:
        return 100 * min(max((level - low) / (high - low), 0.0), 1.0)

    marks = f'<i class="sp-c-i sp-c-need" style="left:{at(line.required):.1f}%"></i>'
    if known:
        left, right = at(line.level_lower), at(line.level_upper)
        marks = (f'<i class="sp-c-i sp-c-span" style="left:{left:.1f}%;width:{right - left:.1f}%"></i>{marks}'
                 f'<i class="sp-c-i sp-c-dot" style="left:{at(line.level):.1f}%"></i>')
    if not math.isnan(own):
        marks += f'<i class="sp-c-i sp-c-own" style="left:{at(own):.1f}%"></i>'
    level = format_count(line.level, language, 1) if known else "–"
    interval = f"<small>{line.level_lower:.1f}–{line.level_upper:.1f}</small>" if known else ""
    short = ' class="sp-c-short"' if known and line.gap > 0 else ""
    apart = own - line.level if known and not math.isnan(own) else math.nan
    beside = ""
    if not math.isnan(apart) and abs(apart) >= APART:
        beside = f'<small title="{e(say(AGAINST, language))}">{apart:+.1f}</small>'

    def label(word: str) -> str:
        return f' data-label="{e(say(word, language))}"'

    remarks = "".join(f"<small>{e(one)}</small>" for one in line.remarks)
    return (f'<tr data-skill="{e(line.skill)}"><th scope="row">{e(line.name)}{remarks}</th><td class="sp-c-track"><span>{marks}</span></td>'
            f"<td{label(WORDS['present'])}><b>{e(level)}</b>{interval}</td>"
            f"<td{label(WORDS['required'])}>{e(said_level(line.required, language))}</td>"
            f"<td{label(WORDS['gap'])}{short}>{e(format_count(line.gap, language, 1) if known else '–')}</td>"
            f"<td{label(OWN)}>{e(said_level(own, language))}{beside}</td><td>{e(line.assessed)}</td></tr>")


def _steps(sheet: "DevelopmentSheet", language: str) -> str:
    rows = "".join(
        f"<li><b>{e(step.what)}</b> <em>{e(step.how)}</em><small>"
        + e(" · ".join(part for part in (step.skills, said_hours(step.hours, language), step.due, step.why) if part))
        + "</small></li>"
        for step in sheet.steps
    )
    plan = f"<ol>{rows}</ol>" if rows else f'<p class="sp-note">{e(say(WORDS["no_steps"], language))}</p>'
    mentor = _title(WORDS["mentor"], language) + _items(sheet.mentor) if sheet.mentor else ""
    goals = "".join(
        f"<li>{e(goal.skill)} → {e(said_level(goal.target, language))}<small>"
        + e(" · ".join(part for part in (goal.status, goal.due, goal.note) if part)) + "</small></li>"
        for goal in sheet.goals
    )
    agreed = f'{_title(WORDS["goals"], language)}<ul>{goals}</ul>' if goals else ""
    return f'<section class="sp-c-steps">{_title(WORDS["plan"], language)}{plan}{mentor}{agreed}</section>'


def said_hours(hours: float, language: str) -> str:
    """A number of hours with its unit; nothing where it is not known.

    Examples
    --------
    >>> said_hours(1, "en"), said_hours(7.5, "en"), said_hours(float("nan"), "en")
    ('1 hour', '7.5 hours', '')
    """
    return "" if math.isnan(hours) else say("{n_hours} {n_hours:hour|hours}", language, n_hours=said_level(hours, language))


def _talk(sheet: "DevelopmentSheet", language: str) -> str:
    if not sheet.talk.focus and not sheet.talk.questions:
        return ""
    return (f'<section class="sp-c-talk">{_title(WORDS["talk"], language)}{_items(sheet.talk.focus)}'
            f"{_items(sheet.talk.questions, 'ol')}</section>")
