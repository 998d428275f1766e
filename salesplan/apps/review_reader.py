"""What somebody may see and decide of a month's review."""

from functools import cached_property
from typing import Any

from salesplan.data.access import find_person, visible_units
from salesplan.data.organisation import LEADING_ROLES
from salesplan.data.review_access import SCOPE_LEVEL
from salesplan.reporting.review_names import ReviewNames

PERSON, FORMER = "rep", "former"


class ReviewReader:
    """The part of the review that a reader sees.

    Parameters
    ----------
    data
        Review data, cut to what the reader may see.
    user
        Who reads; nobody in particular where the whole company is open to whoever has the page.
    """

    def __init__(self, data: Any, *, user: str | None) -> None:
        self.data, self.user = data, user
        units = data.units
        self._level = dict(zip(units["unit_id"].astype(str), units["level"].astype(str), strict=True))
        self._parent = {str(unit): above for unit, above in data.parents.items()}
        self._names: dict[str, ReviewNames] = {}

    @cached_property
    def units(self) -> frozenset[str]:
        """Ids of units and people that can be opened."""
        return frozenset(unit for unit, level in self._level.items() if level not in (SCOPE_LEVEL, FORMER))

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Units and people with nothing above them that the reader sees, in the order of the organisation."""
        return tuple(unit for unit in self._level if unit in self.units and self.parent(unit) is None)

    @cached_property
    def tree(self) -> tuple[tuple[str, int], ...]:
        """Units, and people who stand alone, from the top down, each with its depth."""
        below: dict[str, list[str]] = {}
        for unit in self._level:
            above = self.parent(unit)
            if above is not None and unit in self.units and self.level(unit) != PERSON:
                below.setdefault(above, []).append(unit)
        found: list[tuple[str, int]] = []
        todo = [(unit, 0) for unit in reversed(self.roots)]
        while todo:
            unit, depth = todo.pop()
            found.append((unit, depth))
            todo += [(one, depth + 1) for one in reversed(below.get(unit, []))]
        return tuple(found)

    def level(self, unit: str) -> str:
        """``company``, ``region``, ``team``, … or ``rep`` for a person."""
        return self._level.get(unit, "")

    def parent(self, unit: str) -> str | None:
        """The unit above, where the reader sees it."""
        above = self._parent.get(unit)
        return above if isinstance(above, str) and above in self.units else None

    def path(self, place: str) -> list[str]:
        """From the top of what the reader sees down to a unit or person."""
        found = [place]
        while (above := self.parent(found[0])) is not None:
            found.insert(0, above)
        return found

    def names(self, language: str) -> ReviewNames:
        """What units and people are called; nothing is known of others."""
        if language not in self._names:
            self._names[language] = ReviewNames.of(self.data, language)
        return self._names[language]

    def leads(self, unit: str) -> bool:
        """Whether the reader decides for a unit: leads it or one above it. A seller decides for nobody."""
        if unit not in self.units:
            return False
        if self.user is None:
            return True
        staff = self.data.staff
        person = find_person(staff, self.user)
        if person["role"] not in LEADING_ROLES:
            return False
        return unit in set(visible_units(self.data.units, staff, self.user))
