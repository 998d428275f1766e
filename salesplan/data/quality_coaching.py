"""What somebody should look at in the data on skills and training: who and what is missing, stale or contradictory."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import pandas as pd

from salesplan.data.coaching_frames import read_courses
from salesplan.data.organisation import TRAINING_ROLE
from salesplan.data.workspace import Workspace
from salesplan.findings import Finding
from salesplan.text import mark

STALE_MONTHS: Final = 12
"""An assessment older than this says little of what a person can do today."""
_NAMED: Final = 5


def coaching_findings(space: Workspace, *, as_of: date | None = None) -> Iterator[Finding]:
    """Cases in skills, assessments, courses and mentors; nothing where they were never imported.

    Parameters
    ----------
    as_of
        The day assessments are old at; that of the newest fact by default.
    """
    tables = set(space.tables())
    if "skill_assessment" in tables:
        yield from _assessments(space, tables, as_of)
    if "role_profile" in tables:
        yield from _profiles(space, tables)
    if "course" in tables:
        yield from _courses(space, tables)
    if "mentor" in tables:
        yield from _mentors(space)


def circles(before: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Circles of courses that ask for one another, each once, from its smallest id on.

    Examples
    --------
    >>> circles({"B": ["A"], "A": ["C"], "C": ["B"], "D": ["A"]})
    [['A', 'C', 'B', 'A']]
    >>> circles({"A": ["A"], "B": ["A"]})
    [['A', 'A']]
    """
    found: dict[tuple[str, ...], list[str]] = {}
    done: set[str] = set()
    for start in sorted(before):
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(sorted(before.get(start, ()))))]
        path = [start]
        while stack and start not in done:
            here, rest = stack[-1]
            above = next(rest, None)
            if above is None:
                done.add(here)
                stack.pop()
                path.pop()
            elif above in path:
                ring = path[path.index(above):]
                first = ring.index(min(ring))
                ring = [*ring[first:], *ring[:first]]
                found[tuple(ring)] = [*ring, ring[0]]
            elif above not in done:
                stack.append((above, iter(sorted(before.get(above, ())))))
                path.append(above)
    return list(found.values())


def _assessments(space: Workspace, tables: set[str], as_of: date | None) -> Iterator[Finding]:
    said = space.read_table("skill_assessment")[["rep_id", "skill_id", "source", "assessed_date"]]
    said = said.assign(assessed_date=pd.to_datetime(said["assessed_date"]))
    today = pd.Timestamp(as_of) if as_of is not None else _newest(space, tables, said["assessed_date"].max())
    here = _assessable(space, today)
    never = here[~here["rep_id"].isin(said["rep_id"])]
    if len(never):
        yield Finding(
            status="watch", key="never_assessed", message=mark("{count} {count:person was|people were} never "
                                                               "assessed: {names}"),
            action=mark("Hand out the assessment template to their managers"),
            details={"count": len(never), "names": _listed(never["name"])})
    last = said.groupby("rep_id")["assessed_date"].max()
    old = last[(last < today - pd.DateOffset(months=STALE_MONTHS)) & last.index.isin(here["rep_id"])]
    if len(old):
        yield Finding(
            status="watch", key="stale_assessments",
            message=mark("{count} {count:person was|people were} last assessed more than {n_months} months ago: "
                         "{names}"),
            action=mark("Assess them again before planning their training"),
            details={"count": len(old), "n_months": STALE_MONTHS,
                     "names": _listed(here.set_index("rep_id")["name"].reindex(old.index))})
    others = said.loc[said["source"].ne("self"), "rep_id"]
    alone = here[here["rep_id"].isin(said["rep_id"]) & ~here["rep_id"].isin(others)]
    if len(alone):
        yield Finding(
            status="watch", key="only_self_ratings", message=mark("{count} {count:person was|people were} rated by "
                                                                  "nobody else: {names}"),
            action=mark("Ask their managers or let them take a test: self-ratings alone say little"),
            details={"count": len(alone), "names": _listed(alone["name"])})


def _assessable(space: Workspace, today: pd.Timestamp) -> pd.DataFrame:
    """Those who work there on a day and do not train the others."""
    people = space.read_table("rep")
    seats = space.read_table("rep_assignment")
    trains = seats["role"].eq(TRAINING_ROLE).groupby(seats["rep_id"]).all()
    hired = pd.to_datetime(people["hire_date"])
    here = people["leave_date"].isna() & people["status"].fillna("active").ne("left") & ~(hired > today)
    return people[here & ~people["rep_id"].isin(trains.index[trains])]


def _profiles(space: Workspace, tables: set[str]) -> Iterator[Finding]:
    profiles = space.read_table("role_profile")
    names = _skill_names(space)
    assessed = set(space.read_table("skill_assessment")["skill_id"]) if "skill_assessment" in tables else set()
    missing = sorted(set(profiles["skill_id"]) - assessed)
    if missing and assessed:
        yield Finding(
            status="watch", key="skills_nobody_assesses",
            message=mark("{count} {count:skill|skills} of the role profiles {count:is|are} assessed by nobody: "
                         "{names}"),
            action=mark("Assess them, or take them out of the role profiles"),
            details={"count": len(missing), "names": _listed([names.get(one, one) for one in missing])})
    tiers = set(space.read_table("rep_assignment")["tier"].dropna())
    strange = sorted(set(profiles["tier"].dropna()) - tiers)
    if strange and tiers:
        yield Finding(
            status="act", key="profiles_of_no_tier", message=mark("Nobody has the tier of these role profiles: "
                                                                  "{names}"),
            action=mark("Write the tier as in the assignments"),
            details={"names": _listed(strange), "count": len(strange)})


def _courses(space: Workspace, tables: set[str]) -> Iterator[Finding]:
    courses, _ = read_courses(space)
    taught = set(space.read_table("course_skill")["course_id"]) if "course_skill" in tables else set()
    idle = courses[~courses["course"].isin(taught) & courses["is_offered"]]
    if len(idle):
        yield Finding(
            status="watch", key="courses_for_no_skill", message=mark("{count} {count:course teaches|courses teach} "
                                                                     "no skill: {names}"),
            action=mark("Say which skills they teach; no plan chooses them before"),
            details={"count": len(idle), "names": _listed(idle["name"])})
    before = dict(zip(courses["course"], courses["prerequisites"], strict=True))
    for ring in circles(before):
        yield Finding(
            status="act", key="course_cycle", message=mark("Courses ask for one another in a circle: {path}"),
            action=mark("Take one of the prerequisites out"), details={"path": " → ".join(ring)})
    lost = {course: [one for one in asked if one not in before] for course, asked in before.items()}
    unknown = [f"{course} → {', '.join(asked)}" for course, asked in lost.items() if asked]
    if unknown:
        yield Finding(
            status="act", key="unknown_prerequisites", message=mark("Prerequisites that are not in the course "
                                                                    "list: {names}"),
            action=mark("Correct the course ID, or add the course"),
            details={"names": _listed(unknown), "count": len(unknown)})
    if "training_record" in tables:
        taken = space.read_table("training_record")[["course_id", "course_name"]].astype(object)
        known = {*courses["course"], *courses["name"]}
        outside = taken[~taken["course_id"].isin(known) & ~taken["course_name"].isin(known)]
        if len(outside):
            label = outside["course_name"].fillna(outside["course_id"])
            yield Finding(
                status="ok", key="courses_not_listed",
                message=mark("{rows} {rows:training record is|training records are} of courses that are not in the "
                             "course list: {names}"),
                action=mark("Add the courses if their effect is to be measured"),
                details={"rows": len(outside), "names": _listed(sorted(label.astype(str).unique()))})


def _mentors(space: Workspace) -> Iterator[Finding]:
    mentors = space.read_table("mentor")["rep_id"]
    people = space.read_table("rep").set_index("rep_id")
    gone = people[people.index.isin(mentors) & (people["leave_date"].notna() | people["status"].fillna("").eq("left"))]
    if len(gone):
        yield Finding(
            status="watch", key="mentors_who_left", message=mark("{count} {count:mentor has left or is|mentors "
                                                                 "have left or are} leaving: {names}"),
            action=mark("Take them off the list of mentors"),
            details={"count": len(gone), "names": _listed(gone["name"])})


def _newest(space: Workspace, tables: set[str], last: pd.Timestamp) -> pd.Timestamp:
    if "order_line" not in tables:
        return last
    with space.connect(tables=["order_line"]) as connection:
        row = connection.execute("SELECT max(order_date) FROM order_line").fetchone()
    return max(last, pd.Timestamp(row[0])) if row and row[0] is not None else last


def _skill_names(space: Workspace) -> dict[str, str]:
    skills = space.read_table("skill")
    return dict(zip(skills["skill_id"], skills["name"], strict=True))


def _listed(names: Sequence[str] | pd.Series) -> str:
    """The first few names, and that there are more."""
    plain = [str(name) for name in names]
    return ", ".join(plain[:_NAMED]) + (" …" if len(plain) > _NAMED else "")
