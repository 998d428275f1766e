"""Style and settings of the coaching panel as plain HTML; the same in the live app and in the printed report."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from salesplan.apps.coaching_mentors_card import MATCHINGS
from salesplan.apps.coaching_plan_html import money
from salesplan.apps.panel_html import e, panel_style
from salesplan.reporting.development_html import said_level
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.apps.coaching_model import CoachingModel


@lru_cache(maxsize=1)
def coaching_style() -> str:
    """Style of the panel: that of every panel, and its own."""
    css = (Path(__file__).parent / "coaching_panel.css").read_text(encoding="utf-8")
    return f"{panel_style()}<style>{css}</style>"


def settings_html(model: "CoachingModel", language: str) -> str:
    """What was set, for the report, where no slider shows it."""
    given = model.parameters
    values = (
        (mark("Budget"), money(given.budget, model, language)),
        (mark("Hours a person"), said_level(given.hours_per_person, language)),
        (mark("Courses a person"), str(given.courses_per_person)),
        (mark("Mentor pairs"), say(dict(MATCHINGS)[given.matching], language)),
    )
    items = "".join(f"<div><dt>{e(say(name, language))}</dt><dd>{e(value)}</dd></div>" for name, value in values)
    return f'<dl class="sp-settings">{items}</dl>'
