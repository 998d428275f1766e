"""One short message a recipient: how their units stand, and what they are to do first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.data.access import find_person, visible_units
from salesplan.data.recipients import RECIPIENT_FILE, Recipient
from salesplan.errors import InputError, Sentence, known_choices
from salesplan.findings import STATUS_WORDS, STATUSES
from salesplan.text import say
from salesplan.text.numbers import format_percent, format_probability

LONGEST = 1_800
"""Bytes a message has at most: group robots of 企业微信 take 2,048."""
MOST_UNITS = 12
MOST_ACTIONS = 5


@dataclass(frozen=True, kw_only=True)
class Digest:
    """A message as it would go out.

    Attributes
    ----------
    user, name
        Whom it is for.
    title, body
        Plain text in the recipient's language.
    units
        Units it speaks of, all within what the recipient may see.
    files
        Reviews of these units that go with it where the channel carries files.
    recipient
        Where it goes.
    """

    user: str
    name: str
    language: str
    title: str
    body: str
    units: tuple[str, ...]
    files: tuple[Path, ...]
    recipient: Recipient


@dataclass(frozen=True, kw_only=True)
class Digests:
    """The messages of a month, and why an entry gets none: ``left_out`` says it with the entry's number."""

    made: tuple[Digest, ...]
    left_out: tuple[InputError, ...]


def make_digests(
    recipients: Sequence[Recipient], summaries: Sequence[Mapping[str, Any]], *, label: str, units: pd.DataFrame,
    people: pd.DataFrame, files: Mapping[str, Mapping[str, Path]], language: str = "zh",
) -> Digests:
    """Write the message of each recipient out of the units they lead.

    Parameters
    ----------
    recipients
        From :func:`~salesplan.data.recipients.read_recipients`.
    summaries
        What each review says of its unit: ``unit_id, name, status, attainment, p_quarter, p_hit, actions``.
    label
        The month, as text.
    units, people
        The organisation and everybody employed: who may see what.
    files
        unit_id -> format -> file.
    language
        Where a recipient names none.

    Returns
    -------
    One digest a recipient, in their order; who leads no reviewed unit is left out, and the others get theirs.

    Raises
    ------
    InputError
        An unknown person, or a unit outside what the person may see: the file is wrong then, and nothing is made.
    """
    by_unit = {str(row["unit_id"]): row for row in summaries}
    called = dict(zip(units["unit_id"].astype(str), units["name"].astype(str), strict=True)) | {
        unit: str(row["name"]) for unit, row in by_unit.items()}
    made, left_out = [], []
    for place, recipient in enumerate(recipients, start=1):
        where = Sentence("{file}, entry {n}", file=RECIPIENT_FILE, n=recipient.entry or place)
        person = find_person(people, recipient.user)
        visible = [str(unit) for unit in visible_units(units, people, recipient.user)]
        wanted = _wanted(recipient, visible, called, where) if recipient.units else visible
        chosen = [unit for unit in wanted if unit in by_unit]
        if not chosen:
            left_out.append(InputError(Sentence("{user} leads no unit with a review and gets no digest", user=recipient.user),
                                       where=where, fix=Sentence("Review the unit first, or take the entry out.")))
            continue
        said_in = recipient.language or language
        rows = [by_unit[unit] for unit in chosen]
        made.append(Digest(
            user=str(person["rep_id"]), name=str(person["name"]), language=said_in, recipient=recipient,
            title=say("Sales review {period}: {unit}", said_in, period=label, unit=rows[0]["name"]),
            body=digest_text(rows, said_in), units=tuple(chosen),
            files=tuple(files[unit][kind] for unit in chosen for kind in recipient.attach if kind in files.get(unit, {}))))
    return Digests(made=tuple(made), left_out=tuple(left_out))


def _wanted(recipient: Recipient, seen: Collection[str], called: Mapping[str, str], where: Sentence) -> list[str]:
    """Units an entry names, by id or name; only such the person may see."""
    names = {called[unit]: unit for unit in seen if unit in called}
    found = []
    for unit in recipient.units:
        if unit not in seen and unit not in names:
            raise InputError(Sentence("{unit} is no unit {user} may see", unit=repr(unit), user=recipient.user),
                             where=where, fix=known_choices(unit, [*names, *seen]))
        found.append(unit if unit in seen else names[unit])
    return found


def digest_text(rows: Sequence[Mapping[str, Any]], language: str) -> str:
    """The message: a line a unit, then what is to be done first.

    Examples
    --------
    >>> row = {"name": "华东大区", "status": "act", "attainment": 0.912, "p_hit": 0.34, "actions": [
    ...        {"status": "act", "about": "张伟", "action": "Review the open deals.", "owner": "Sales manager", "due": "2026-11-15"}]}
    >>> print(digest_text([row], "en"))
    华东大区: Act; attainment 91.2%; chance of the year's target 34%
    <BLANKLINE>
    To do first:
    1. 张伟: Review the open deals. (华东大区, Sales manager, 2026-11-15)
    """
    lines = [_unit_line(row, language) for row in rows[:MOST_UNITS]]
    if len(rows) > MOST_UNITS:
        lines.append(say("and {n} more units: see the index", language, n=len(rows) - MOST_UNITS))
    todo = _first_actions(rows)
    if todo:
        lines += ["", say("To do first:", language)]
        lines += [f"{place}. {_action_line(row, action, language)}" for place, (row, action) in enumerate(todo[:MOST_ACTIONS], start=1)]
        if len(todo) > MOST_ACTIONS:
            lines.append(say("and {n} more in the reviews", language, n=len(todo) - MOST_ACTIONS))
    return shorten("\n".join(lines))


def _unit_line(row: Mapping[str, Any], language: str) -> str:
    parts = [say(STATUS_WORDS[row["status"]], language)] if row.get("status") in STATUS_WORDS else []
    if _known(row.get("attainment")):
        parts.append(say("attainment {share}", language, share=format_percent(row["attainment"], language)))
    if _known(row.get("p_quarter")):
        parts.append(say("chance of the quarter's target {share}", language, share=format_probability(row["p_quarter"], language)))
    if _known(row.get("p_hit")):
        parts.append(say("chance of the year's target {share}", language, share=format_probability(row["p_hit"], language)))
    colon, between = ("：", "；") if language == "zh" else (": ", "; ")
    return f"{row['name']}{colon}{between.join(parts)}"


def _first_actions(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every action once, most urgent first: what a team is told stands in its region's review as well."""
    found, told = [], set()
    for row in rows:
        for action in row.get("actions", ()):
            key = action.get("action_id") or (action.get("node_id"), action.get("action"))
            if action.get("action") and key not in told:
                told.add(key)
                found.append((row, action))
    return sorted(found, key=lambda pair: STATUSES.index(pair[1].get("status", "ok")))


def _action_line(row: Mapping[str, Any], action: Mapping[str, Any], language: str) -> str:
    """Whom or what it is about, what to do, and, for someone below, of which unit; who does it and by when."""
    about = str(action.get("about") or row["name"])
    parts = (row["name"] if about != row["name"] else "", action.get("owner"), action.get("due"))
    if language == "zh":
        return f"{about}：{action['action']}（{'，'.join(str(part) for part in parts if part)}）"
    return f"{about}: {action['action']} ({', '.join(str(part) for part in parts if part)})"


def _known(value: object) -> bool:
    return isinstance(value, int | float) and value == value


def shorten(text: str) -> str:
    """Cut at the end of a line so that a group robot takes it.

    Examples
    --------
    >>> len(shorten("一行\\n" * 900).encode()) <= LONGEST
    True
    """
    kept: list[str] = []
    for line in text.split("\n"):
        if len("\n".join([*kept, line, "…"]).encode()) > LONGEST:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return text
