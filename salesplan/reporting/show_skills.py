"""Skill assessments, gaps and needs on a page: who assesses how, who lacks what, and what to teach first."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.coaching.assessments import SOURCE_NAMES
from salesplan.coaching.assessments import SOURCES as KNOWN_SOURCES
from salesplan.coaching.small_groups import SHOWN
from salesplan.data.veiled_people import VEILED_NAME
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.page_parts import interval_column, joined, notes_once, sentence, told_status
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.coaching.gaps import SkillGaps
    from salesplan.coaching.needs import SkillNeeds
    from salesplan.coaching.skill_levels import SkillLevels

SOURCES = mark("Who assesses, how leniently and how precisely")
OVERRATED = mark("How far people overrate themselves")
LENIENT = mark("Managers who rate clearly higher or lower than others")
GAPS_BY_TIER = mark("Gaps by tier")
LARGEST_GAPS = mark("The largest gaps")
NO_LENIENCE = mark("No manager rates clearly higher or lower than the others.")
NO_NEED = mark("No need above zero: everybody whose skills are assessed has the level the role asks for.")
NO_RANK = mark("{n} of {n_all} combinations of group and skill have too few people for a rank.")
TWO_QUESTIONS = mark(
    "A need holds a level against what the tier requires; a quadrant below holds it against the levels of the other skills. So a"
    " skill can stand in “Keep up” and still rank high in need, where the tier requires more than it has."
)
WITHOUT_DATA = mark(
    "Weights are the ones set; {missing_weight} of them belongs to sources without ratings ({sources_msgid}) and is shared out"
    " among the others in proportion."
)
BY_PRECISION = mark(
    "The weight by precision is what the errors of the sources alone would give; it stands there for comparison and is not"
    " used."
)
MOST_MANAGERS = 10


def show_assessments(levels: "SkillLevels", names: CoachingNames) -> Fragment:
    """Who assessed, how lenient and how precise each source is, and how people see themselves.

    Parameters
    ----------
    levels
        From `skill_levels`.
    names
        What skills and people are called, and in which language.
    """
    language = names.language
    sources = levels.sources
    table = pd.DataFrame({
        "assessed_by": [say(SOURCE_NAMES[s], language) for s in sources["source"]], "n_assessments": sources["n"],
        "bias_level": sources["bias_level"].round(2), "noise_level": sources["noise_level"].round(2),
        "weight": sources["weight"], "precision_weight": sources["precision_weight"],
    })  # fmt: skip
    parts = [show_table(table, language, title=SOURCES)]
    own = levels.severity
    own = own[(own["by"] != "skill") & (own["n"] > 0)]
    if len(own):
        table = pd.DataFrame({
            "tier": [say(mark("Everybody"), language) if one != "tier" else str(tier)
                     for one, tier in zip(own["by"], own["tier"], strict=True)],
            "n_people": own["n"], "overrated_level": own["overrated_level"].round(2),
            "interval": interval_column(own, "overrated_level", "level", language),
            "told_status": [told_status(s, language) for s in own["status"]],
        })  # fmt: skip
        parts.append(show_table(_without_empty(table), language, title=OVERRATED, kinds={"tier": "text", "interval": "text"}))
    clear = levels.leniency[(levels.leniency["leniency_level_lower"] > 0) | (levels.leniency["leniency_level_upper"] < 0)]
    if len(levels.leniency) and clear.empty:
        parts.append(sentence(say(NO_LENIENCE, language)))
    clear = clear[[not names.person(a).startswith(VEILED_NAME) for a in clear["assessor_id"]]]
    if len(clear):
        most = clear.iloc[clear["leniency_level"].abs().to_numpy().argsort(kind="stable")[::-1]].head(MOST_MANAGERS)
        table = pd.DataFrame({"manager": [names.person(a) for a in most["assessor_id"]], "n_assessments": most["n"],
                              "leniency_level": most["leniency_level"].round(2),
                              "interval": interval_column(most, "leniency_level", "level", language)})
        parts.append(show_table(table.reset_index(drop=True), language, title=LENIENT,
                                kinds={"manager": "text", "interval": "text"}))
    told = [*_weight_notes(levels), *levels.notes, *levels.self_severity.notes]
    return joined(*parts, notes_once(names.in_notes(told), language))


def show_gaps(gaps: "SkillGaps", names: CoachingNames, *, top: int = 12) -> Fragment:
    """Gaps by tier, and the largest ones by tier and skill with their change since the round before.

    Parameters
    ----------
    gaps
        From `skill_gaps`.
    top
        How many gaps of tier and skill.
    """
    language = names.language
    tiers = names.by_tier(gaps.by("tier"))
    table = _gap_table(tiers, names)
    cells = gaps.by(("tier", "skill"))
    most = cells[cells["status"] == SHOWN].sort_values("gap", ascending=False, kind="stable").head(top)
    kinds = dict.fromkeys(("tier", "skill_name", "interval", "change_interval"), "text")
    parts = [show_table(table, language, title=GAPS_BY_TIER, kinds={k: v for k, v in kinds.items() if k in table})]
    if len(most):
        table = _gap_table(most, names)
        parts.append(show_table(table, language, title=LARGEST_GAPS, kinds={k: v for k, v in kinds.items() if k in table}))
    return joined(*parts, notes_once(gaps.notes, language))


def show_needs(needs: "SkillNeeds", names: CoachingNames, *, top: int = 5) -> Fragment:
    """What to teach first in each tier (or team, or to each person): need, and between which ranks it may really stand.

    Parameters
    ----------
    needs
        From `skill_needs`.
    top
        Skills of each group.
    """
    language = names.language
    rows = needs.top(top)
    key = next((c for c in ("tier", "team", "seller_id") if c in rows), None)
    if rows.empty:
        return joined(sentence(say(NO_NEED, language)), notes_once(needs.notes, language))
    if key == "tier":
        rows = names.by_tier(rows)
    table = pd.DataFrame(index=rows.index)
    if key is not None:
        called: dict[str, Callable[[Any], str]] = {"tier": str, "team": names.unit, "seller_id": names.person}
        name = called[key]
        table["group_name"] = [name(one) for one in rows[key]]
    table["skill_name"] = [names.skill(s) for s in rows["skill"]]
    table["n_assessed"], table["skill_gap"] = rows["n"], rows["gap"].round(2)
    table["importance"], table["frequency"], table["need"] = (rows[c].round(1) for c in ("importance", "frequency", "need"))
    table["rank"] = rows["rank"]
    table["rank_span"] = [f"{low:.0f}–{high:.0f}" for low, high in zip(rows["rank_lower"], rows["rank_upper"], strict=True)]
    table["p_top3"] = rows["p_top3"]
    kinds = {"skill_name": "text", "rank": "count", "rank_span": "text", "need": "points"}
    if key is not None:
        kinds["group_name"] = "text"
    gone = needs.table[needs.table["need"].isna()]  # those whose need is 0 have none to rank either, but are no riddle
    parts = [show_table(table, language, kinds=kinds)]
    if len(gone):
        parts.append(sentence(say(NO_RANK, language, n=len(gone), n_all=len(needs.table))))
    if key == "tier":
        parts.append(sentence(say(TWO_QUESTIONS, language)))
    return joined(*parts, notes_once(needs.notes, language))


def _weight_notes(levels: "SkillLevels") -> list[dict[str, Any]]:
    """What the two columns of weights are, and whose weight the others take over."""
    spoke = {*levels.sources["source"], *(("self",) if levels.table["self_level"].notna().any() else ())}
    weights = dict(zip(KNOWN_SOURCES, levels.history_material.weights, strict=True))
    silent = [source for source, weight in weights.items() if weight > 0 and source not in spoke]
    notes: list[dict[str, Any]] = [{"msgid": BY_PRECISION, "details": {}}]
    if silent:
        missing = float(sum(weights[source] for source in silent))
        notes.insert(0, {"msgid": WITHOUT_DATA, "details": {
            "missing_weight": missing, "sources_msgid": [SOURCE_NAMES[source] for source in silent]}})
    return notes


def _gap_table(rows: pd.DataFrame, names: CoachingNames) -> pd.DataFrame:
    language = names.language
    table = pd.DataFrame({"tier": rows["tier"].astype(str)})
    if "skill" in rows:
        table["skill_name"] = [names.skill(s) for s in rows["skill"]]
    table["n_assessed"] = rows["n"]
    if "skill" not in rows:
        table["n_people"] = rows["n_people"]
    table["required_level"], table["present_level"] = rows["required_level"].round(2), rows["level"].round(2)
    table["skill_gap"], table["interval"] = rows["gap"].round(2), interval_column(rows, "gap", "level", language)
    table["below_share"] = rows["below_share"]
    if rows["change_level"].notna().any():
        table["change_level"] = rows["change_level"].round(2)
        table["change_interval"] = interval_column(rows, "change_level", "level", language)
    table["told_status"] = [told_status(s, language) for s in rows["status"]]
    return _without_empty(table)


def _without_empty(table: pd.DataFrame) -> pd.DataFrame:
    """The table without a column of reasons that holds none."""
    kept = table if (table["told_status"] != "").any() else table.drop(columns="told_status")
    return kept.reset_index(drop=True)
