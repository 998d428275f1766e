"""Workbooks to hand out: skills, assessments, courses, goals and mentors, with lists to pick from and instructions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd

from salesplan.data.coaching_data import CoachingData, load_coaching_data
from salesplan.data.coaching_frames import plain_table, to_scale
from salesplan.data.organisation import TRAINING_ROLE
from salesplan.data.template_forms import LEVELS, TEMPLATES
from salesplan.data.template_workbook import template_workbook
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError, known_choices
from salesplan.text import check_language

SOURCES: Final = ("manager", "self", "test")
"""Who can be asked to fill in a prepared list of assessments."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """What the forms of a workspace offer and already hold.

    Attributes
    ----------
    people, skills, courses, tiers
        Words of the lists to pick from.
    rows
        Table to rows written already: entry (column of a form) to value.
    currency
        ISO code of the money.
    """

    people: Sequence[str] = ()
    skills: Sequence[str] = ()
    courses: Sequence[str] = ()
    tiers: Sequence[str] = ()
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    currency: str = "CNY"


def export_templates(
    folder: str | Path, *, language: str = "zh", workspace: Workspace | str | Path | None = None,
    user: str | None = None, source: str = "manager", as_of: date | None = None,
) -> list[Path]:
    """Write the workbooks that are handed out to collect skills, assessments, courses, goals and mentors.

    Each has a sheet of instructions; lists, number ranges and dates are checked where they are typed. Filled in, they
    import as they are. With a workspace the lists offer its people, tiers, skills and courses, what is known already is
    filled in, and the assessments have a row for every person and skill their tier needs: rows that keep an empty score
    are passed over on import.

    Parameters
    ----------
    folder
        Where they go (made when absent).
    language
        ``zh`` or ``en``.
    workspace
        Folder of imported data.
    user
        Only the people this person may see.
    source
        Who the prepared assessments are for: ``manager``, ``self`` or ``test``.
    as_of
        Day written into them; today by default.

    Returns
    -------
    The files.

    Raises
    ------
    InputError
        Another language or source, an unknown user, or a user without a workspace.

    Examples
    --------
    >>> import tempfile
    >>> [file.name for file in export_templates(tempfile.mkdtemp(), language="zh")]
    ['岗位技能要求.xlsx', '技能评估.xlsx', '课程目录.xlsx', '发展目标.xlsx', '导师.xlsx']
    """
    check_language(language)
    if source not in SOURCES:
        raise InputError(f"source == {source!r}, must be known", fix=known_choices(source, SOURCES))
    if workspace is None and user is not None:
        raise InputError(f"user == {user!r}, must come with a workspace", fix="Name the workspace.")
    day = as_of or date.today()
    prepared = Prepared()
    if workspace is not None:
        space = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
        prepared = prepare_forms(_data(space, user, day), space, source=source, day=day, language=language)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    made = []
    for template in TEMPLATES:
        path = place / template.file_name(language)
        path.write_bytes(template_workbook(template, prepared, language=language))
        made.append(path)
    return made


def prepare_forms(
    data: CoachingData, space: Workspace, *, source: str = "manager", day: date, language: str = "zh"
) -> Prepared:
    """What the forms offer and hold for the people a reader may see.

    Parameters
    ----------
    space
        Where skills, requirements and courses stand as they were given, so that they come back unchanged.
    source
        Who the assessments are for; their rows name the manager or the person as the assessor.
    day
        Day of the assessments.
    language
        Skills are called by their English names in ``en``.
    """
    people = data.people[data.people["is_shown"]].sort_values(["org_id", "name", "seller_id"])
    person = {row["seller_id"]: person_label(row["name"], row["employee_no"], row["seller_id"]) for row in _records(people)}
    plain = _labels(data.skills, "skill", "name")
    skills = _labels(data.skills, "skill", "name_en") if language == "en" else plain
    courses = _labels(data.courses, "course", "name")
    return Prepared(
        people=list(person.values()), skills=list(skills.values()), courses=list(courses.values()),
        tiers=sorted({*data.people["tier"].dropna(), *data.role_profiles["tier"]} - {TRAINING_ROLE}), currency=data.currency,
        rows={"skill": _skills(space, plain), "role_profile": _role_profiles(space, plain),
              "course": _records(plain_table(space, "course")), "course_skill": _course_skills(space, courses, skills),
              "skill_assessment": _assessments(data, people, person, skills, source=source, day=day)})


def person_label(name: str, employee_no: object, seller_id: str) -> str:
    """A person as lists offer them: the name with a number an import knows.

    Examples
    --------
    >>> person_label("张伟 (E0042)", "E0042", "p1"), person_label("王芳", None, "p2")
    ('张伟 (E0042)', '王芳 (p2)')
    """
    number = str(employee_no) if isinstance(employee_no, str) and employee_no else seller_id
    return name if name.endswith(f"({number})") else f"{name} ({number})"


def _data(workspace: Workspace, user: str | None, day: date) -> CoachingData:
    try:
        return load_coaching_data(workspace, months=1, user=user)
    except DataError:  # no orders tell the month
        return load_coaching_data(workspace, period=f"{day:%Y-%m}", months=1, user=user)


def _labels(frame: pd.DataFrame, key: str, name: str) -> dict[str, str]:
    """What each skill or course is called in lists: its name, or its id where several bear the name."""
    shared = frame[name].duplicated(keep=False)
    return dict(zip(frame[key], frame[name].where(~shared, frame[key]), strict=True))


def _skills(space: Workspace, skills: Mapping[str, str]) -> list[dict[str, Any]]:
    """The skill list, and skills that are used but stand in none."""
    listed = _records(plain_table(space, "skill"))
    return [*listed, *({"skill_id": one, "name": one} for one in skills if one not in {row["skill_id"] for row in listed})]


def _role_profiles(space: Workspace, skills: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = plain_table(space, "role_profile")
    rows["required_level"] = to_scale(rows["required_level"], rows["scale_min"], rows["scale_max"], LEVELS).round(6)
    return [{**row, "skill_name": skills[row["skill_id"]]} for row in _records(rows)]


def _course_skills(space: Workspace, courses: Mapping[str, str], skills: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**row, "course_name": courses.get(row["course_id"], row["course_id"]), "skill_name": skills[row["skill_id"]]}
            for row in _records(plain_table(space, "course_skill"))]


def _assessments(
    data: CoachingData, people: pd.DataFrame, person: Mapping[str, str], skills: Mapping[str, str], *, source: str, day: date
) -> list[dict[str, Any]]:
    """A row without a score for every person and skill of their tier; all skills where there are no role profiles."""
    needed: dict[tuple[str, str], set[str]] = {}
    for row in _records(data.role_profiles):
        needed.setdefault((row["tier"], row["role"]), set()).add(row["skill"])
    rows = []
    for one in _records(people):
        own = needed.get((one["tier"], ""), set()) | needed.get((one["tier"], one["role"]), set()) if needed else set(skills)
        assessor = {"manager": one["manager_id"], "self": one["seller_id"]}.get(source)
        rows += [{"rep_name": person[one["seller_id"]], "skill_name": skills[skill], "source": source,
                  "assessor_name": person.get(assessor or ""), "assessed_date": day} for skill in skills if skill in own]
    return rows


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
