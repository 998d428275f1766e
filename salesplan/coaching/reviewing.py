"""What a trainer or manager should know of a month's training needs, what to do about it, who and by when."""

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from salesplan.coaching.diagnosis_findings import TRAINER, diagnosis_findings
from salesplan.coaching.false_discovery import false_discovery
from salesplan.coaching.plan_cautions import plan_findings
from salesplan.coaching.ramp_curve import NINE_TENTHS
from salesplan.coaching.small_groups import INSUFFICIENT
from salesplan.coaching.training_effect import TrainingEffect
from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.errors import InputError
from salesplan.findings import ANALYST, PEOPLE_PARTNER, SALES_DIRECTOR, SALES_MANAGER, Finding, Status
from salesplan.text import mark

DAYS_TO_ACT = 15
CLEAR_P = 0.05
"""Groups leave at different speeds only if the log-rank test says so, and each pair after Benjamini and Hochberg."""
CLEAR_BIAS = 0.3
"""Levels by which self-ratings must lie off before it is worth a word."""

TOP_NEED = mark(
    "{tier}: {skill} is the largest training need, {skill_gap_value} levels short on average over {n} people (rank"
    " {rank_lower_value} to {rank_upper_value} of {n_skills})."
)
TOP_NEED_ACTION = mark("Put {skill} first when courses for this tier are booked; see the plan for who.")
CEILING = mark("{source_msgid} scores of {skill} are at the top for {ceiling_share} of people: the item tells nobody apart.")
CEILING_ACTION = mark("Ask a harder question or lengthen the scale; until then do not train or pay by it.")
OVERRATED = mark("{tier}: people rate themselves {level_value} levels above what others see (interval {lower_value} to"
                 " {upper_value}).")  # fmt: skip
UNDERRATED = mark("{tier}: people rate themselves {level_value} levels below what others see (interval {lower_value} to"
                  " {upper_value}).")  # fmt: skip
SELF_ACTION = mark("Do not pick trainees by self-ratings; talk about the difference in the 1:1.")
EFFECT_ACTIONS: dict[str, str] = {
    "works": mark("Offer it to those who wait, by need."),
    "no_sign": mark("Stop booking it for this purpose, or change it and test again."),
    "harmful": mark("Stop it and find out what it displaced."),
    "cannot_tell": mark("Roll the next course out with a waiting list drawn by lot, large enough for the effect that matters."),
}
EFFECT_STATUS: dict[str, Status] = {"works": "ok", "no_sign": "watch", "harmful": "act", "cannot_tell": "unknown"}
COURSE_EFFECT = mark("{course}, judged by {kpi}: {verdict}")
MIDDLE = mark("+5% in the middle 60% of sellers brings {ratio_value} times what +5% in the top 20% brings (interval"
              " {lower_value} to {upper_value}).")  # fmt: skip
MIDDLE_ACTION = mark("A group that sells more in all brings more by the same percentage: decide by what a gain costs in each.")
RAMP = mark("{group_msgid}: newcomers sell nine tenths of what settled sellers do after {months_value} months (interval"
            " {lower_value} to {upper_value}).")  # fmt: skip
OPEN_RAMP = mark("{group_msgid}: newcomers sell nine tenths of what settled sellers do after about {months_value} months; the"
                 " figures do not bound it.")  # fmt: skip
NO_RAMP = mark("{group_msgid}: newcomers do not reach nine tenths of what settled sellers do within the months watched.")
RAMP_ACTION = mark("Set the ramp of newcomers' targets by it.")
LEAVING = mark("{group_msgid} leaves {ratio_value} times as fast as {against_msgid} (interval {lower_value} to {upper_value}).")
LEAVING_ACTION = mark("Talk to those who left and those who stayed; the figures say where, not why.")


def review_training_needs(found: TrainingNeeds, *, names: Mapping[str, str] | None = None) -> list[Finding]:
    """Findings about needs, causes, the plan, mentors, effect, ramp and leaving; people are named only if shown.

    Parameters
    ----------
    found
        The month's training needs.
    names
        seller_id -> name; ids otherwise.
    """
    due = (found.data.period_end + pd.Timedelta(days=DAYS_TO_ACT)).date()
    waiting = found.data.training.loc[found.data.training["status"].eq("planned"), "seller_id"]
    return [
        *diagnosis_findings(found.diagnosis, found.material, names=names, kpi_names=found.kpi_names,
                            enrolled=set(waiting), due=due, only=set(found.shown)),
        *_top_needs(found, due), *_ceilings(found, due), *_self_ratings(found), *_effect(found, due), *_middle(found),
        *_ramp(found), *_leaving(found), *_plan(found, due),
    ]  # fmt: skip


def _top_needs(found: TrainingNeeds, due: dt.date) -> list[Finding]:
    words, table = found.skill_words, found.needs.table
    told = table[table["rank"].eq(1) & table["need"].gt(0)]
    return [
        Finding(key="top_need", status="watch", message=TOP_NEED, action=TOP_NEED_ACTION, owner=TRAINER, due=due, details={
            "tier": row["tier"], "skill": words.get(row["skill"], row["skill"]), "skill_gap_value": round(float(row["gap"]), 1),
            "n": int(row["n"]), "rank_lower_value": int(row["rank_lower"]), "rank_upper_value": int(row["rank_upper"]),
            "n_skills": int(table["tier"].eq(row["tier"]).sum())})
        for _, row in told.iterrows()
    ]


def _ceilings(found: TrainingNeeds, due: dt.date) -> list[Finding]:
    from salesplan.coaching.assessments import SOURCE_NAMES

    words, table = found.skill_words, found.ceilings
    told = table[table["status"].eq("useless at the top") & table["source"].ne("self")]
    return [
        Finding(key="ceiling_item", status="watch", message=CEILING, action=CEILING_ACTION, owner=ANALYST, due=due, details={
            "source_msgid": SOURCE_NAMES[row["source"]], "skill": words.get(row["skill"], row["skill"]),
            "ceiling_share": float(row["ceiling_share"])})
        for _, row in told.iterrows()
    ]


def _self_ratings(found: TrainingNeeds) -> list[Finding]:
    table = found.levels.severity
    told = table[table["by"].eq("tier") & table["status"].ne(INSUFFICIENT)]
    made = []
    for _, row in told.iterrows():
        bias, low, high = (float(row[f"overrated_level{end}"]) for end in ("", "_lower", "_upper"))
        if abs(bias) < CLEAR_BIAS or low <= 0 <= high:
            continue
        ends = sorted((abs(low), abs(high)))
        made.append(Finding(
            key="self_ratings_off", status="watch", message=OVERRATED if bias > 0 else UNDERRATED, action=SELF_ACTION,
            owner=SALES_MANAGER, details={"tier": row["tier"], "level_value": round(abs(bias), 1),
                                          "lower_value": round(ends[0], 1), "upper_value": round(ends[1], 1)}))
    return made


def _effect(found: TrainingNeeds, due: dt.date) -> list[Finding]:
    judged = found.effect
    if judged is None or judged.effect is None:
        return []
    effect: TrainingEffect = judged.effect
    return [Finding(
        key="course_effect", status=EFFECT_STATUS[effect.verdict], message=COURSE_EFFECT, owner=TRAINER, due=due,
        action=EFFECT_ACTIONS[effect.verdict], details={
            "course": judged.name, "kpi": found.kpi_names.get(judged.kpi, judged.kpi),
            "verdict": {"msgid": effect.message, "details": effect.details}})]


def _plan(found: TrainingNeeds, due: dt.date) -> list[Finding]:
    try:
        plan = found.plan
    except InputError:  # too little is known to tell whom a course would help
        return []
    return plan_findings(plan, found.course_verdicts, found.course_words, owner=TRAINER, due=due)


def _middle(found: TrainingNeeds) -> list[Finding]:
    middle = found.middle
    if middle is None or middle.status != "ok":
        return []
    return [Finding(key="middle_sixty", status="ok", message=MIDDLE, action=MIDDLE_ACTION, owner=SALES_DIRECTOR, details={
        "ratio_value": round(middle.ratio, 2), "lower_value": round(middle.ratio_lower, 2),
        "upper_value": round(middle.ratio_upper, 2)})]


def _ramp(found: TrainingNeeds) -> list[Finding]:
    if found.ramp is None:
        return []
    made = []
    for row in found.ramp.months_to(NINE_TENTHS).to_dict("records"):
        months, low, high = (float(row[name]) for name in ("months", "months_lower", "months_upper"))
        bounded = low == low and high == high
        words = NO_RAMP if row["is_beyond"] else RAMP if bounded else OPEN_RAMP
        made.append(Finding(
            key="ramp", status="unknown" if words != RAMP else "ok", message=words, action=RAMP_ACTION if words == RAMP else "",
            owner=SALES_DIRECTOR, details={"group_msgid": row["group"], **({} if row["is_beyond"] else {
                "months_value": round(months, 1), "lower_value": round(low, 1), "upper_value": round(high, 1)})}))
    return made


def _leaving(found: TrainingNeeds) -> list[Finding]:
    if not found.retention.p_value <= CLEAR_P:
        return []
    ratios = found.retention.ratios[found.retention.ratios["p_value"].notna()]
    clear = ratios[false_discovery(ratios["p_value"].to_numpy(float)) <= CLEAR_P]
    return [
        Finding(key="leaving", status="watch", message=LEAVING, action=LEAVING_ACTION, owner=PEOPLE_PARTNER, details={
            "group_msgid": row["group"], "against_msgid": row["against"], "ratio_value": round(float(row["hazard_ratio"]), 1),
            "lower_value": round(float(row["hazard_ratio_lower"]), 1),
            "upper_value": round(float(row["hazard_ratio_upper"]), 1)})
        for _, row in clear.iterrows()
    ]
