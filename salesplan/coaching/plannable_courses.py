"""Which courses a plan can be made of: those whose cost is known and whose prerequisites exist and run in no circle."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from salesplan.text import mark

UNKNOWN_BEFORE = mark("Not planned, because a prerequisite is not in the course list: {courses}.")
IN_CIRCLE = mark("Not planned, because their prerequisites run in a circle: {courses}.")
WITHOUT_COST = mark("Not planned, because nothing says what they cost (0 would say that they are free): {courses}.")


def plannable_courses(courses: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Courses with those taken off the offer that no plan can hold, and notes that name them.

    Where no course at all names a cost, money is not counted and all of them stay.

    Parameters
    ----------
    courses
        ``course``; optional ``name, name_en, cost, prerequisites, is_offered``.

    Examples
    --------
    >>> table = pd.DataFrame({"course": ["A", "B", "C"], "cost": 100.0, "prerequisites": [(), ("Z",), ("A",)]})
    >>> kept, notes = plannable_courses(table)
    >>> kept["is_offered"].tolist(), notes[0]["details"]["courses"]
    ([True, False, True], [{'zh': 'B → Z', 'en': 'B → Z'}])
    """
    table = courses.reset_index(drop=True)
    offered = table["is_offered"].astype("boolean").fillna(True).astype(bool) if "is_offered" in table else pd.Series(True, table.index)
    before = [tuple(one) for one in table["prerequisites"]] if "prerequisites" in table else [()] * len(table)
    known = set(table["course"])
    lost = [[one for one in asked if one not in known] for asked in before]
    unknown = pd.Series([bool(one) for one in lost], table.index)
    ring = table["course"].isin(_in_circles(dict(zip(table["course"], before, strict=True))))
    cost = table["cost"] if "cost" in table else pd.Series(0.0, table.index)
    free = cost.isna() & bool(cost.notna().any())
    notes = [
        {"msgid": msgid, "details": {"courses": [_called(table.iloc[at], lost[at]) for at in table.index[rows & offered]]}}
        for msgid, rows in ((UNKNOWN_BEFORE, unknown), (IN_CIRCLE, ring & ~unknown), (WITHOUT_COST, free & ~unknown & ~ring))
        if (rows & offered).any()
    ]
    apart = unknown | ring
    asked_for = pd.Series([() if out else asked for out, asked in zip(apart, before, strict=True)], table.index, dtype=object)
    kept = table.assign(is_offered=offered & ~apart & ~free, prerequisites=asked_for)
    return kept, notes


def _in_circles(before: dict[str, Iterable[str]]) -> set[str]:
    """Courses that ask for themselves, by way of others or not."""
    found = set()
    for start, asked in before.items():
        todo, seen = list(asked), set[str]()
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo.extend(before.get(one, ()))
        if start in seen:
            found.add(start)
    return found


def _called(course: pd.Series, lost: list[str]) -> dict[str, str]:
    more = f" → {', '.join(lost)}" if lost else ""
    zh = str(course.get("name") or course["course"])
    return {"zh": zh + more, "en": str(course.get("name_en") or zh) + more}
