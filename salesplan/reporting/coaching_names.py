"""What people, skills, courses and units are called on pages about training needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from salesplan.text import check_language


@dataclass(frozen=True, kw_only=True, eq=False)
class CoachingNames:
    """Names by id, in one language; an id without a name stands for itself, twins carry their id.

    ``tiers`` stand in the order of a career: newcomers first, those who lead last.

    Examples
    --------
    >>> names = CoachingNames(language="en", people={"E1": "Li Na"}, skills={"S1": "Closing"}, courses={}, units={})
    >>> names.skill("S1"), names.skill("S9"), names.joined(["S1", "S9"])
    ('Closing', 'S9', 'Closing, S9')
    """

    language: str
    people: Mapping[str, str]
    skills: Mapping[str, str]
    courses: Mapping[str, str]
    units: Mapping[str, str]
    tiers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_language(self.language)
        for name in ("people", "skills", "courses", "units"):
            object.__setattr__(self, name, _apart({str(k): str(v) for k, v in getattr(self, name).items()}))

    @classmethod
    def of(cls, data: Any, language: str) -> "CoachingNames":
        """The names in loaded coaching data; English names of skills and courses where they have one."""
        check_language(language)
        called = "name_en" if language == "en" else "name"
        return cls(language=language, people=_named(data.people, "seller_id", "name"), skills=_named(data.skills, "skill", called),
                   courses=_named(data.courses, "course", called), units=_named(data.units, "unit_id", "name"),
                   tiers=tier_order(data.people))

    def person(self, seller_id: Any) -> str:
        """Name of a person."""
        return self.people.get(str(seller_id), str(seller_id))

    def skill(self, skill: Any) -> str:
        """Name of a skill."""
        return self.skills.get(str(skill), str(skill))

    def course(self, course: Any) -> str:
        """Name of a course."""
        return self.courses.get(str(course), str(course))

    def unit(self, unit: Any) -> str:
        """Name of a team or other unit."""
        return self.units.get(str(unit), str(unit))

    def by_tier(self, frame: pd.DataFrame, column: str = "tier") -> pd.DataFrame:
        """The rows in the order of the tiers; tiers not known come last."""
        place = {tier: at for at, tier in enumerate(self.tiers)}
        order = frame[column].map(lambda tier: place.get(str(tier), len(place))).to_numpy().argsort(kind="stable")
        return frame.iloc[order].reset_index(drop=True)

    def joined(self, skills: Any) -> str:
        """Names of several skills, in one line."""
        if isinstance(skills, str):
            skills = [part for part in skills.split("+") if part]
        return ("、" if self.language == "zh" else ", ").join(self.skill(one) for one in skills)

    def in_notes(self, notes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Notes with the names of skills where a computation left their ids.

        Examples
        --------
        >>> names = CoachingNames(language="en", people={}, skills={"S1": "Closing"}, courses={}, units={})
        >>> names.in_notes([{"msgid": "Flat: {skills}", "details": {"skills": ["S1"], "n": 2}}])[0]["details"]
        {'skills': ['Closing'], 'n': 2}
        """
        told = []
        for note in notes:
            skills = note["details"].get("skills")
            named = {"skills": [self.skill(one) for one in skills]} if isinstance(skills, list | tuple) else {}
            told.append({**note, "details": {**note["details"], **named}})
        return told


def tier_order(people: pd.DataFrame) -> tuple[str, ...]:
    """Tiers from the shortest to the longest time in service; tiers of people who mostly do not sell themselves last.

    Examples
    --------
    >>> tier_order(pd.DataFrame({"tier": ["lead", "new", "core"], "tenure_months": [30, 4, 40],
    ...                          "is_seller": [False, True, True]}))
    ('new', 'core', 'lead')
    """
    known = people[people["tier"].notna() & (people["tier"].astype(str) != "")]
    tenure = pd.to_numeric(known["tenure_months"], errors="coerce").groupby(known["tier"].astype(str)).median()
    sells = known["is_seller"].astype(bool) if "is_seller" in known else pd.Series(True, index=known.index)
    leads = sells.groupby(known["tier"].astype(str)).mean() < 0.5
    return tuple(sorted(map(str, tenure.index), key=lambda tier: (bool(leads[tier]), float(tenure.fillna(0.0)[tier]), tier)))


def _named(frame: pd.DataFrame | None, key: str, name: str) -> dict[str, str]:
    if frame is None or key not in frame or name not in frame:
        return _named(frame, key, "name") if name == "name_en" else {}
    known = frame[frame[name].notna()]
    return dict(zip(known[key].astype(str), known[name].astype(str), strict=True))


def _apart(names: dict[str, str]) -> dict[str, str]:
    """Names with the id beside those that two share."""
    seen: dict[str, int] = {}
    for name in names.values():
        seen[name] = seen.get(name, 0) + 1
    return {one: f"{name} ({one})" if seen[name] > 1 else name for one, name in names.items()}
