"""The tables of a training workbook: courses, needs, gaps and causes of everybody whom its reader may see."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.coaching.needs import gap_need
from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.course_sheet import BookedCourse, BookedPerson
from salesplan.reporting.diagnosis_words import said_verdict
from salesplan.reporting.page_parts import told_status
from salesplan.text import say
from salesplan.text.numbers import format_month

if TYPE_CHECKING:
    from salesplan.coaching.course_plan import CoursePlan
    from salesplan.coaching.diagnosis import Diagnosis
    from salesplan.coaching.training_needs import TrainingNeeds


def needs_frame(needs: "TrainingNeeds", names: CoachingNames) -> pd.DataFrame:
    """Skills by need within each tier, with the range of their rank."""
    rows = names.by_tier(needs.needs.table)
    frame = pd.DataFrame({"tier": rows["tier"].astype(str), "skill_name": [names.skill(s) for s in rows["skill"]],
                          "n_assessed": rows["n"].astype(float)})
    for column, source in (("skill_gap", "gap"), ("importance", "importance"), ("frequency", "frequency"), ("need", "need"),
                           ("rank", "rank"), ("rank_lower", "rank_lower"), ("rank_upper", "rank_upper"), ("p_top3", "p_top3")):
        frame[column] = rows[source].astype(float)
    frame["told_status"] = [told_status(str(s), names.language) for s in rows["status"]]
    return frame


def gaps_frame(needs: "TrainingNeeds", names: CoachingNames) -> pd.DataFrame:
    """Every person's skills against the role profile, the largest need first."""
    people = needs.people.set_index("seller_id")
    rows = needs.gaps.persons[needs.gaps.persons["seller_id"].isin(needs.shown)]
    need = gap_need(rows[["required_level", "level", "importance", "frequency"]].astype(float))["need"]
    order = pd.DataFrame({"seller_id": rows["seller_id"], "need": -need.fillna(-1.0), "skill": rows["skill"]})
    rows = rows.loc[order.sort_values(["seller_id", "need", "skill"], kind="stable").index]
    return pd.DataFrame({
        "seller_id": rows["seller_id"].astype(str), "name": [names.person(one) for one in rows["seller_id"]],
        "unit_name": [_unit(people, one, names) for one in rows["seller_id"]], "tier": rows["tier"].astype(str),
        "skill_name": [names.skill(s) for s in rows["skill"]], "required_level": rows["required_level"].astype(float),
        "present_level": rows["level"].astype(float), "present_level_lower": rows["level_lower"].astype(float),
        "present_level_upper": rows["level_upper"].astype(float), "skill_gap": rows["plain_gap"].astype(float),
        "need": need.loc[rows.index], "p_below": rows["p_below"].astype(float), "self_only": rows["self_only"].astype(bool),
    }).reset_index(drop=True)  # fmt: skip


def causes_frame(needs: "TrainingNeeds", diagnosis: "Diagnosis", names: CoachingNames) -> pd.DataFrame:
    """The verdict on every seller and the next step; results stand only beside those of peers, never in money."""
    rows = diagnosis.people
    rows = rows[rows.index.isin(needs.shown)].sort_values("result_change", kind="stable")
    people = needs.people.set_index("seller_id")
    language = names.language
    return pd.DataFrame({
        "seller_id": rows.index.astype(str), "name": [names.person(one) for one in rows.index],
        "unit_name": [_unit(people, one, names) for one in rows.index], "tier": rows["tier"].astype(str).to_numpy(),
        "likely_cause": [said_verdict(str(v), language) for v in rows["verdict"]],
        "also_possible": [said_verdict(str(v), language) for v in rows["second"]],
        "result_change": rows["result_change"].to_numpy(float), "shortfall_share": rows["shortfall_share"].to_numpy(float),
        "n_peers": rows["n_peers"].to_numpy(float), "next_step": [say(str(m), language) for m in rows["next_step_msgid"]],
    })  # fmt: skip


def booked_courses(needs: "TrainingNeeds", plan: "CoursePlan", names: CoachingNames) -> list[BookedCourse]:
    """Courses of the plan, then the others on offer, in the order of the data."""
    courses = needs.data.courses
    courses = courses.iloc[(~courses["course"].isin(plan.runs["course"])).to_numpy().argsort(kind="stable")]
    kept = courses[courses["is_offered"].astype(bool) | courses["course"].isin(plan.runs["course"])]
    return [
        BookedCourse(course=str(r["course"]), name=names.course(r["course"]), hours=float(r["hours"]), cost=_or_nought(r["cost"]),
                     fixed_cost=_or_nought(r["fixed_cost"]),
                     seats=float(r["seats"]) if not pd.isna(r["seats"]) and np.isfinite(float(r["seats"])) else float("nan"))
        for r in kept.to_dict("records")
    ]  # fmt: skip


def booked_people(needs: "TrainingNeeds", plan: "CoursePlan", names: CoachingNames) -> list[BookedPerson]:
    """Everybody with a need whom the reader may see, and where the plan sends them, those with courses first."""
    going = {str(s): own.sort_values("step")["course"].astype(str).tolist()
             for s, own in plan.assignments.groupby("seller_id", sort=False)}
    shown = set(map(str, needs.shown))
    people = {str(r["seller_id"]): r for r in needs.people.to_dict("records")}
    concerned = [s for s in dict.fromkeys([*going, *plan.coverage["seller_id"].astype(str)]) if s in shown and s in people]
    ordered = sorted(concerned, key=lambda s: (s not in going, str(people[s]["org_id"] or ""), s))
    return [BookedPerson(seller_id=s, name=names.person(s), unit=names.unit(people[s]["org_id"]) if people[s]["org_id"] else "",
                         tier=str(people[s]["tier"] or ""), courses=going.get(s, [])) for s in ordered]


def open_frame(plan: "CoursePlan", needs: "TrainingNeeds", names: CoachingNames) -> pd.DataFrame:
    """Gaps that the plan leaves, with the reason, the heaviest first."""
    rows = plan.coverage[(plan.coverage["open_level"] > 1e-9) & plan.coverage["seller_id"].isin(needs.shown)]
    persons = needs.gaps.persons[["seller_id", "skill", "required_level", "level", "importance", "frequency"]]
    whole = gap_need(persons.astype(dict.fromkeys(persons.columns[2:], float))).set_index(["seller_id", "skill"])[["gap", "need"]]
    own = whole.reindex(pd.MultiIndex.from_frame(rows[["seller_id", "skill"]]))
    part = (rows["open_level"] / rows["gap"]).to_numpy(float).clip(0.0, 1.0)  # the plan counts in steps; the gap has none
    rows = rows.assign(gap=own["gap"].to_numpy(float), open_level=own["gap"].to_numpy(float) * part, need=own["need"].to_numpy(float),
                       _open=-own["need"].to_numpy(float) * part)
    rows["covered_level"] = rows["gap"] - rows["open_level"]
    rows = rows.sort_values(["_open", "seller_id", "skill"], kind="stable")
    return pd.DataFrame({
        "seller_id": rows["seller_id"].astype(str), "name": [names.person(s) for s in rows["seller_id"]],
        "skill_name": [names.skill(s) for s in rows["skill"]], "skill_gap": rows["gap"].astype(float),
        "covered_level": rows["covered_level"].astype(float), "open_level": rows["open_level"].astype(float),
        "need": rows["need"].astype(float), "reason": [say(str(m), names.language) for m in rows["reason_msgid"]],
    }).reset_index(drop=True)  # fmt: skip


def roll_out_frame(needs: "TrainingNeeds", names: CoachingNames) -> pd.DataFrame:
    """Who of the next course begins in which wave, as drawn; nobody where no course has enough people."""
    following = needs.roll_out
    rows = pd.DataFrame(columns=["seller_id", "wave", "start_month", "course"]) if following is None else following.to_frame()
    people = needs.people.set_index("seller_id")
    rows = rows[rows["seller_id"].isin(needs.shown)].sort_values(["wave", "seller_id"], kind="stable")
    return pd.DataFrame({
        "seller_id": rows["seller_id"].astype(str), "name": [names.person(one) for one in rows["seller_id"]],
        "unit_name": [_unit(people, one, names) for one in rows["seller_id"]],
        "tier": [str(people["tier"].get(one) or "") for one in rows["seller_id"]],
        "course_name": [names.course(c) for c in rows["course"]], "wave": rows["wave"].astype(float),
        "start_month": [format_month(month, names.language) for month in rows["start_month"]],
    }).reset_index(drop=True)  # fmt: skip


def _or_nought(value: Any) -> float:
    return 0.0 if pd.isna(value) else float(value)


def _unit(people: pd.DataFrame, seller_id: object, names: CoachingNames) -> str:
    org = people["org_id"].get(seller_id)
    return "" if org is None or bool(pd.isna(org)) else names.unit(org)
