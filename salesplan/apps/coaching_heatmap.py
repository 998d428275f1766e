"""The heatmap of skill gaps as plain HTML: the figures beside the names of the app, or with names for a report."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.apps.coaching_drill import EVERY_TEAM, MISSING, SAME_FOR_ALL, SELF_ONLY, SkillDrill, is_grey
from salesplan.apps.panel_html import e
from salesplan.coaching.small_groups import SHOWN
from salesplan.plots.skill_heatmap import SHADES
from salesplan.text import mark, say
from salesplan.text.numbers import format_count

if TYPE_CHECKING:
    from salesplan.reporting.coaching_names import CoachingNames

DARKEST = 1.5
"""Levels missing at which a cell is as dark as it gets, where no gap is larger."""
GAP = mark("{row}, {skill}: {gap} levels missing ({lower} to {upper}); present {level}, required {required}; people: {n}")
FEW = mark("{row}, {skill}: insufficient evidence, {n} {n:person|people} assessed by others")
HIDDEN = mark("{row}, {skill}: hidden, so that a smaller group cannot be told from it")
UNASSESSED = mark("{row}, {skill}: not assessed yet")
FLAT = mark("{row}, {skill}: nearly everybody is rated at one end of the scale, which tells nobody apart")
OWN_WORD = mark("{row}, {skill}: {gap} levels missing by the own rating alone, corrected")
NOT_ASKED = mark("{row}, {skill}: not asked of this tier")
LEGEND = (
    ("fill", mark("levels missing on average: the darker, the more")),
    ("few", mark("insufficient evidence, hidden for a smaller group, or rated the same for all")),
    ("self", mark("own rating only")),
)
PEOPLE_LEGEND = (("fill", mark("levels missing: the darker, the more")),
                 ("few", mark("not assessed, or rated the same for all")), LEGEND[2])  # fmt: skip


def heatmap_html(drill: SkillDrill, language: str, *, named: bool = False) -> str:
    """One row a tier, team or person, one column a skill; grey where too little is known."""
    cells = drill.cells()
    asked = set(cells["skill"])
    skills = [skill for skill in drill.skills if skill in asked]
    if not skills:
        return ""
    most = np.nanmax([DARKEST, *cells["gap"].to_numpy(float)])
    at = {(str(c["row"]), str(c["skill"])): c for c in cells.to_dict("records")}
    heads = "".join(f'<th scope="col" data-skill="{e(s)}"><span>{e(drill.names.skill(s))}</span></th>' for s in skills)
    body = "".join(
        f'<tr data-row="{e(row)}"{" class=sp-c-open" if row == drill.person else ""}>'
        + (f'<th scope="row">{e(drill.row_name(row))}</th>' if named else "")
        + "".join(_cell(at.get((row, s)), drill.row_name(row), drill.names.skill(s), most, language) for s in skills)
        + "</tr>"
        for row in drill.rows
    )
    corner = "<th></th>" if named else ""
    return (f'<div class="sp-k-scroll" tabindex="0"><table class="sp-c-map" data-depth="{drill.depth}"><thead><tr>{corner}{heads}</tr>'
            f"</thead><tbody>{body}</tbody></table></div>")


def _cell(cell: Mapping[Any, Any] | None, row: str, skill: str, most: float, language: str) -> str:
    words: dict[str, Any] = {"row": row, "skill": skill}
    if cell is None:
        return f'<td class="sp-c-none" data-state="not_asked" title="{e(say(NOT_ASKED, language, **words))}"></td>'
    state, n = str(cell["state"]), int(cell["n"])
    if is_grey(state) or pd.isna(cell["gap"]):
        if state == MISSING:
            title, text = say(UNASSESSED, language, **words), "–"
        elif state == SAME_FOR_ALL:
            title, text = say(FLAT, language, **words), "–"
        elif state == SHOWN or n == 0 or "insufficient" in state:
            title, text = say(FEW, language, n=n, **words), f"n={n}"
        else:
            title, text = say(HIDDEN, language, **words), "×"
        return f'<td class="sp-c-few" data-state="{e(state)}" title="{e(title)}">{e(text)}</td>'
    gap = float(cell["gap"])
    figures = {name: format_count(float(cell[column]), language, 1) for name, column in (
        ("gap", "gap"), ("lower", "gap_lower"), ("upper", "gap_upper"), ("level", "level"), ("required", "required_level"))}
    own = state == SELF_ONLY
    title = say(OWN_WORD, language, gap=figures["gap"], **words) if own else say(GAP, language, n=n, **figures, **words)
    shade = int(np.clip(round(gap / most * (len(SHADES) - 1)), 0, len(SHADES) - 1))
    light = " sp-c-light" if shade >= len(SHADES) // 2 else ""
    return (f'<td class="sp-c-gap{light}{" sp-c-self" if own else ""}" data-state="{e(state)}" style="background:{SHADES[shade]}" '
            f'title="{e(title)}">{e(figures["gap"])}</td>')


def legend_html(drill: SkillDrill, language: str) -> str:
    """What colours and signs of the heatmap mean."""
    kinds = PEOPLE_LEGEND if drill.depth == "person" else LEGEND[:2]
    return '<div class="sp-c-legend">' + "".join(
        f'<span><i class="sp-c-key-{kind}"></i>{e(say(text, language))}</span>' for kind, text in kinds) + "</div>"


def said_place(drill: SkillDrill, names: "CoachingNames", language: str) -> str:
    """What the rows are, as a sentence."""
    if drill.depth == "tier":
        return say(mark("Tiers of the whole company. Click a tier to see its teams."), language)
    if drill.depth == "team":
        return say(mark("Teams of {tier}, the largest gap first. Click a team to see its people."), language, tier=drill.tier)
    if drill.team == EVERY_TEAM:
        told = say(mark("People of {tier} in all teams, the largest gap first. Click a name to see why and what to do."), language,
                   tier=drill.tier)
        n = len(drill.people(drill.tier, drill.team)) - len(drill.rows)
        return told if n == 0 else f"{told} {say(mark('{n} with smaller gaps are left out; choose a team to see them.'), language, n=n)}"
    return say(mark("People of {tier} in {team}, the largest gap first. Click a name to see why and what to do."), language,
               tier=drill.tier, team=names.unit(drill.team))
