"""Who is meant: by number, e-mail, confirmed identity, then a name that is unique within unit and date."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from salesplan.data.row_codes import first_of_each, row_codes

METHODS = ("employee_no", "email", "confirmed", "name", "name_in_unit", "none", "blank")
"""How a person was found; ``none`` means not at all, ``blank`` that nothing was given."""

_LEFT = re.compile(r"[(（\[【]\s*(?:已?离职|离岗|停用|left|inactive)\s*[)）\]】]")
_CJK_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_NUMBER_IN_NAME = re.compile(r"^(.*?)[\s(（\[]+([a-z]{0,4}\d{2,})[)）\]]?$|^([a-z]{0,4}\d{2,})[\s\-_/]+(.*)$")
_NUMBER_IN_BRACKETS = re.compile(r"^(.*?)\s*[(（\[]([^()（）\[\]]+)[)）\]]$")


def normal_name(name: str) -> str:
    """A name as it is compared: width and case folded, "(离职)" off, no gap between characters.

    Examples
    --------
    >>> normal_name("张 伟（离职）"), normal_name("José  Saraiva")
    ('张伟', 'josé saraiva')
    """
    text = _LEFT.sub("", unicodedata.normalize("NFKC", name)).strip()
    return _CJK_GAP.sub("", " ".join(text.split())).casefold()


@dataclass(frozen=True, kw_only=True, eq=False)
class PersonMatches:
    """Whom each row means.

    Parameters
    ----------
    rep_id
        Person of each row; empty where none was given or none is certain.
    method
        One of ``METHODS`` for each row.
    doubts
        For rows that could not be decided: what was said and who it could be.
    """

    rep_id: pa.Array
    method: np.ndarray
    doubts: dict[int, str]


def match_people(
    said: Mapping[str, pa.Array],
    *,
    reps: pd.DataFrame,
    assignments: pd.DataFrame,
    units: pd.DataFrame,
    dates: pa.Array | None = None,
    identities: Mapping[str, str] | None = None,
) -> PersonMatches:
    """Find the person each row means; two people of one name are never taken for one.

    A number or e-mail that is given but unknown is not replaced by a name. A name that several people
    bear is decided by the unit named in the row and by who worked there on the row's day; else nobody is.

    Parameters
    ----------
    said
        Text columns ``employee_no``, ``email``, ``name``, ``org`` (any of them), one length.
    reps, assignments, units
        Canonical ``rep``, ``rep_assignment`` and ``org_unit``.
    dates
        Day of each row.
    identities
        Confirmed: what the source says ("张伟", or "张伟 @ 华东一队") to ``rep_id`` or employee number.

    Examples
    --------
    >>> reps = pd.DataFrame({"rep_id": ["r1", "r2"], "employee_no": ["E1", "E2"], "name": ["张伟", "张伟"],
    ...                      "email": None, "hire_date": None, "leave_date": None})
    >>> seats = pd.DataFrame({"rep_id": ["r1", "r2"], "org_id": ["a", "b"], "valid_from": None, "valid_to": None})
    >>> units = pd.DataFrame({"org_id": ["a", "b"], "parent_org_id": None, "code": None, "name": ["华东", "华南"]})
    >>> got = match_people({"name": pa.array(["张伟", "张伟"]), "org": pa.array(["华南", ""])},
    ...                    reps=reps, assignments=seats, units=units)
    >>> got.rep_id.to_pylist(), got.doubts
    (['r2', None], {1: '张伟: E1, E2'})
    """
    n = len(next(iter(said.values())))
    directory = _Directory(reps, assignments, units, identities or {})
    parts = {
        k: pc.fill_null(pc.utf8_trim_whitespace(said[k]), "") if k in said else pa.repeat(pa.scalar(""), n)
        for k in ("employee_no", "email", "name", "org")
    }
    day = dates if dates is not None else pa.nulls(n, pa.date32())
    names = parts["name"].dictionary_encode()
    crowded = pa.array([directory.needs_place(t) for t in names.dictionary.to_pylist()], pa.bool_()).take(names.indices)
    columns = [*parts.values(), pc.if_else(crowded, day, pa.scalar(None, pa.date32()))]
    codes = row_codes(columns)
    first = np.flatnonzero(first_of_each(codes))
    codes = pd.factorize(codes)[0]
    said_once = [column.take(pa.array(first)).to_pylist() for column in columns]
    answers = [directory.find(*row) for row in zip(*said_once, strict=True)]
    ids = pa.array([a[0] for a in answers], pa.string()).take(pa.array(codes))
    method = np.array([a[1] for a in answers], dtype=object)[codes]
    unsure = np.flatnonzero(method == "none")
    return PersonMatches(rep_id=ids, method=method, doubts={int(i): answers[codes[i]][2] for i in unsure})


class _Directory:
    """Everybody known, by number, e-mail and name."""

    def __init__(
        self, reps: pd.DataFrame, assignments: pd.DataFrame, units: pd.DataFrame, identities: Mapping[str, str]
    ) -> None:
        self.number = {str(i).casefold(): str(i) for i in reps["rep_id"]}
        filled = reps[reps["employee_no"].notna()]
        self.number |= dict(zip(filled["employee_no"].astype(str).str.casefold(), filled["rep_id"], strict=True))
        mails = reps[reps["email"].notna()]
        mail = mails.assign(email=mails["email"].astype(str).str.strip().str.casefold()).drop_duplicates(
            "email", keep=False
        )
        self.email = dict(zip(mail["email"], mail["rep_id"], strict=True))
        self.names: dict[str, list[str]] = {}
        for rep_id, name in zip(reps["rep_id"], reps["name"], strict=True):
            if not pd.isna(name):
                self.names.setdefault(normal_name(str(name)), []).append(rep_id)
        self.names = {k: sorted(set(v)) for k, v in self.names.items()}
        self.shown = {
            r: (e if isinstance(e, str) and e else r) for r, e in zip(reps["rep_id"], reps["employee_no"], strict=True)
        }
        self.spans = {
            r: (_day(h), _day(x)) for r, h, x in zip(reps["rep_id"], reps["hire_date"], reps["leave_date"], strict=True)
        }
        self.seats: dict[str, list[tuple[str, date | None, date | None]]] = {}
        for r, o, a, b in zip(
            assignments["rep_id"],
            assignments["org_id"],
            assignments["valid_from"],
            assignments["valid_to"],
            strict=True,
        ):
            self.seats.setdefault(r, []).append((o, _day(a), _day(b)))
        self.parent = dict(zip(units["org_id"], units["parent_org_id"], strict=True))
        self.unit_names: dict[str, set[str]] = {}
        for org, *words in zip(units["org_id"], units["org_id"], units["code"], units["name"], strict=True):
            for word in words:
                if not pd.isna(word):
                    self.unit_names.setdefault(normal_name(str(word)), set()).add(org)
        self.identities = {tuple(normal_name(p) for p in said.split("@")): str(who) for said, who in identities.items()}

    def needs_place(self, name: str) -> bool:
        return len(self.names.get(normal_name(name), ())) > 1

    def find(self, employee_no: str, email: str, name: str, org: str, day: date | None) -> tuple[str | None, str, str]:
        if employee_no:
            found = self.number.get(employee_no.casefold())
            return (found, "employee_no", "") if found else (None, "none", self._doubt(employee_no, name))
        if email:
            found = self.email.get(email.casefold())
            return (found, "email", "") if found else (None, "none", self._doubt(email, name))
        plain = normal_name(name)
        if not plain:
            return None, "blank", ""
        confirmed = self.identities.get((plain, normal_name(org))) or self.identities.get((plain,))
        if confirmed:
            found = self.number.get(confirmed.casefold())
            return (found, "confirmed", "") if found else (None, "none", confirmed)
        people = self.names.get(plain, [])
        for number, rest in _numbers_in(plain) if not people else []:
            found = self.number.get(number)
            if found and found in self.names.get(rest, [found]):
                return found, "employee_no", ""
        if len(people) == 1:
            return people[0], "name", ""
        if len(people) > 1:
            there = [p for p in people if self._was_there(p, org, day)]
            if len(there) == 1:
                return there[0], "name_in_unit", ""
        return None, "none", self._doubt(name, name)

    def _was_there(self, person: str, org: str, day: date | None) -> bool:
        hired, left = self.spans.get(person, (None, None))
        if day is not None and ((hired and day < hired) or (left and day > left)):
            return False
        if not org:
            return True
        wanted = self.unit_names.get(normal_name(org), {org})
        for unit, start, end in self.seats.get(person, []):
            if day is not None and ((start and day < start) or (end and day > end)):
                continue
            walk: object = unit
            steps = 0
            while isinstance(walk, str) and steps < 32:
                if walk in wanted:
                    return True
                walk, steps = self.parent.get(str(walk)), steps + 1
        return False

    def _doubt(self, said: str, name: str) -> str:
        people = self.names.get(normal_name(name), [])
        return f"{said}: {', '.join(self.shown[p] for p in people)}" if people else said


def _numbers_in(name: str) -> list[tuple[str, str]]:
    """Numbers a name comes with, and the rest of it: "王芳 (E02)", "E02 王芳"; any text in brackets may be one.

    Examples
    --------
    >>> _numbers_in("王芳 (b-7)"), _numbers_in("e02-王芳"), _numbers_in("王芳")
    ([('b-7', '王芳')], [('e02', '王芳')], [])
    """
    found = []
    if match := _NUMBER_IN_NAME.match(name):
        found.append((match[2] or match[3], ((match[1] if match[2] else match[4]) or "").strip()))
    if match := _NUMBER_IN_BRACKETS.match(name):
        found.append((match[2].strip(), match[1].strip()))
    return list(dict.fromkeys(found))


def _day(value: object) -> date | None:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    return pd.Timestamp(value).date()  # type: ignore[arg-type]
