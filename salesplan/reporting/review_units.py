"""Which units a review is made for: all, a level, ids, names and paths such as 华东-一组."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from salesplan.errors import ParameterError, Sentence
from salesplan.reporting.statements import statement_names

ALL = ("all", "全部")
SELLER_LEVEL = "rep"
FORMER = "/former"
NEAREST = 5
LISTED = 20
"""Most choices that an error lists."""
_COMMAS = re.compile(r"[,，;；、\n]+")
_JOINTS = re.compile(r"\s*[-/>·–—\\]\s*")


@dataclass(frozen=True, kw_only=True)
class ReviewUnit:
    """A unit a review can be made for.

    ``path`` holds the names from the top down to the unit, ``folder`` is its id as every system takes it for a folder.
    """

    unit_id: str
    name: str
    level: str
    parent_id: str
    path: tuple[str, ...]
    folder: str

    @property
    def depth(self) -> int:
        """How far below the top it stands."""
        return len(self.path) - 1

    @property
    def said_path(self) -> str:
        """Its path in one text, without the top; the top's own name for the top.

        Examples
        --------
        >>> ReviewUnit(unit_id="e1", name="一组", level="team", parent_id="e", path=("公司", "华东", "一组"), folder="e1").said_path
        '华东-一组'
        """
        return "-".join(self.path[1:] or self.path)


class ReviewUnits:
    """The units of an organisation in the order of its tree, found by what people call them.

    Parameters
    ----------
    units
        One row a node: unit_id, parent_id (missing for the top), level, name. Sellers (level ``rep``) and the places
        that keep former sellers are left out: a review is made for a unit.

    Examples
    --------
    >>> tree = ReviewUnits(pd.DataFrame({"unit_id": ["co", "e", "e1", "s", "s1"], "parent_id": [None, "co", "e", "co", "s"],
    ...     "level": ["company", "region", "team", "region", "team"], "name": ["公司", "华东", "一组", "华南", "一组"]}))
    >>> [unit.unit_id for unit in tree.chosen("华东-一组，华南")], [unit.unit_id for unit in tree.chosen("level:team")]
    (['e1', 's'], ['e1', 's1'])
    >>> [unit.unit_id for unit in tree.chosen("华东/*")], tree.find("华南-一").unit_id
    (['e', 'e1'], 's1')
    """

    def __init__(self, units: pd.DataFrame) -> None:
        ids = units["unit_id"].astype(str)
        kept = units[(units["level"] != SELLER_LEVEL) & ~ids.str.endswith(FORMER)]
        folders = statement_names(pd.Series(kept["unit_id"].astype(str).to_list(), index=kept["unit_id"].astype(str).to_list()))
        children: dict[str, list[str]] = {}
        rows: dict[str, tuple[str, str, str]] = {}
        for row in kept.itertuples(index=False):
            own, above = str(row.unit_id), str(row.parent_id) if isinstance(row.parent_id, str) else ""
            rows[own] = (str(row.name), str(row.level), above)
            children.setdefault(above, []).append(own)
        self._units: dict[str, ReviewUnit] = {}
        waiting: list[tuple[str, tuple[str, ...]]] = [(own, ()) for own in reversed(children.get("", []))]
        while waiting:
            own, above_path = waiting.pop()
            name, level, above = rows[own]
            path = (*above_path, name)
            self._units[own] = ReviewUnit(unit_id=own, name=name, level=level, parent_id=above, path=path, folder=folders[own])
            waiting += [(child, path) for child in reversed(children.get(own, []))]

    def __iter__(self) -> Iterator[ReviewUnit]:
        return iter(self._units.values())

    def __len__(self) -> int:
        return len(self._units)

    def __getitem__(self, unit_id: str) -> ReviewUnit:
        return self._units[unit_id]

    def __contains__(self, unit_id: object) -> bool:
        return unit_id in self._units

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels, from the top down."""
        return tuple(dict.fromkeys(unit.level for unit in sorted(self, key=lambda unit: unit.depth)))

    def chosen(self, asked: str) -> list[ReviewUnit]:
        """Units that are asked for, each once, in the order of the tree.

        Parameters
        ----------
        asked
            ``all``, or with commas between them ids, names, paths (``华东-一组``, ``华东/一组``), ``level:team``, and
            ``华东/*`` for a unit with everything below it. Names may be cut short (``华东`` for ``华东大区``) where one unit
            only is meant.

        Raises
        ------
        ParameterError
            Nothing is asked for, a unit or level is unknown (with the nearest ones), or a name is that of several units
            (with their paths).
        """
        words = [asked.strip()] if self._is_one(asked) else [word.strip() for word in _COMMAS.split(asked) if word.strip()]
        if not words or not words[0]:
            raise ParameterError(Sentence("units == {given}, must name at least one unit", given=repr(asked)),
                                 fix=Sentence("Write --units all, or names with commas between them."))
        wanted = {unit.unit_id for word in words for unit in self._of(word)}
        return [unit for unit in self if unit.unit_id in wanted]

    def find(self, word: str) -> ReviewUnit:
        """The one unit that an id, a name or a path means.

        Raises
        ------
        ParameterError
            As `chosen`.
        """
        found = self._matches(word)
        if len(found) > 1:
            raise ParameterError(
                Sentence("unit == {given}, must be one unit; it is the name of {n}", given=repr(word), n=len(found)),
                fix=Sentence("Write one of: {known}", known=self._listed(f"{u.said_path} ({u.unit_id})" for u in found)))
        if not found:
            raise ParameterError(Sentence("unit == {given}, must be a unit of the organisation", given=repr(word)),
                                 fix=self._nearest(word))
        return found[0]

    def _is_one(self, asked: str) -> bool:
        """Whether a text with commas in it is the name of one unit."""
        return bool(_COMMAS.search(asked)) and len(self._matches(asked)) == 1

    def _of(self, word: str) -> list[ReviewUnit]:
        if word.casefold() in ALL:
            return list(self)
        head, colon, level = word.replace("：", ":").partition(":")
        if colon and head.strip().casefold() == "level" and word not in self._units:
            found = [unit for unit in self if unit.level == level.strip()]
            if not found:
                raise ParameterError(Sentence("level == {given}, must be a level of the organisation", given=repr(level.strip())),
                                     fix=Sentence("Known: {known}", known=", ".join(self.levels)))
            return found
        if word.endswith("/*"):
            top = self.find(word[:-2])
            return [unit for unit in self if unit.path[: len(top.path)] == top.path and self._is_below(unit, top.unit_id)]
        return [self.find(word)]

    def _is_below(self, unit: ReviewUnit, top: str) -> bool:
        while unit.unit_id != top:
            if unit.parent_id not in self._units:
                return False
            unit = self._units[unit.parent_id]
        return True

    def _matches(self, word: str) -> list[ReviewUnit]:
        """By id, else by name, else by the end of the path, else by a path that leaves levels out; names may be cut short
        where nothing is called so in full."""
        if word in self._units:
            return [self._units[word]]
        plain = _plain(word)
        by_name = [unit for unit in self if _plain(unit.name) == plain]
        if by_name:
            return by_name
        ends = [unit for unit in self if any(_plain("/".join(unit.path[at:])) == plain for at in range(len(unit.path)))]
        if ends:
            return ends
        parts = plain.split("/")
        through = [unit for unit in self if len(parts) > 1 and _plain(unit.name) == parts[-1]
                   and _is_within(parts, [_plain(name) for name in unit.path])]
        return through or self._begun(parts)

    def _begun(self, parts: list[str]) -> list[ReviewUnit]:
        """Units whose name, and the names above it in their order, begin with the words."""
        if not all(parts):
            return []
        return [unit for unit in self if _plain(unit.name).startswith(parts[-1])
                and _begins_within(parts, [_plain(name) for name in unit.path])]

    def _nearest(self, word: str) -> Sentence:
        said = {_plain(text): unit.said_path for unit in self for text in (unit.unit_id, unit.said_path, unit.name)}
        near = list(dict.fromkeys(said[text] for text in get_close_matches(_plain(word), list(said), n=NEAREST, cutoff=0.5)))
        if near:
            return Sentence("Nearest: {known}", known=", ".join(near))
        return Sentence("Known: {known}", known=self._listed(unit.said_path for unit in self))

    def _listed(self, names: Iterator[str]) -> str:
        known = list(names)
        return ", ".join(known[:LISTED]) + (" …" if len(known) > LISTED else "")


def _plain(text: str) -> str:
    """Text with one way to write joints, widths, letters and blanks."""
    return _JOINTS.sub("/", unicodedata.normalize("NFKC", text).strip()).casefold()


def _begins_within(parts: list[str], path: list[str]) -> bool:
    """Whether names of the path begin with the parts, in their order."""
    left = iter(path)
    return all(any(name.startswith(part) for name in left) for part in parts)


def _is_within(parts: list[str], path: list[str]) -> bool:
    """Whether the parts stand in the path in their order."""
    left = iter(path)
    return all(part in left for part in parts)
