"""Findings: what a plan's reader should know, why, what to do, who and by when."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.text import mark, say
from salesplan.text.wording import say_details

Status = Literal["ok", "watch", "act", "unknown"]

STATUSES: tuple[Status, ...] = ("act", "watch", "unknown", "ok")
"""Most urgent first; the order in which findings are shown."""

STATUS_WORDS: dict[Status, str] = {
    "act": mark("Act"),
    "watch": mark("Watch"),
    "unknown": mark("Unknown"),
    "ok": mark("OK"),
}

SALES_DIRECTOR = mark("Sales director")
SALES_MANAGER = mark("Sales manager")
SELLER = mark("Seller")
ANALYST = mark("Sales analyst")
PEOPLE_PARTNER = mark("HR partner")


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding:
    """One case: what was found, the evidence, and what to do about it.

    Parameters
    ----------
    key
        Name of the case, stable between runs (``target_above_best_year``).
    status
        ``act``, ``watch``, ``ok`` or ``unknown`` (too little evidence to say).
    message, action
        Marked sentences; values come from ``details``.
    details
        Raw numbers of the evidence, named so that `say_details` can format them.
    owner
        Role that should act (marked).
    due
        Day by which; missing when there is nothing to do.
    node_id
        Node of the plan that is meant; empty for the plan as a whole.

    Examples
    --------
    >>> f = Finding(key="skill", status="ok", message="Forecast beats last year's figures by {skill}.",
    ...             details={"skill": 0.08})
    >>> f.text("en")
    "Forecast beats last year's figures by 8.0%."
    """

    key: str
    status: Status
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    action: str = ""
    owner: str = ""
    due: dt.date | None = None
    node_id: str = ""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise InputError(
                f"status == {self.status!r}, {known_choices(self.status, STATUSES)}", where=f"finding {self.key}"
            )
        object.__setattr__(self, "details", dict(self.details))

    def text(self, lang: str, *, currency: str = "CNY") -> str:
        """What was found, as a sentence."""
        return say_details(self.message, self.details, lang, currency=currency)

    def action_text(self, lang: str, *, currency: str = "CNY") -> str:
        """What to do, as a sentence; empty when nothing is to be done."""
        return say_details(self.action, self.details, lang, currency=currency) if self.action else ""


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Most urgent first; within a status in the order given."""
    return sorted(findings, key=lambda f: STATUSES.index(f.status))


def to_frame(findings: Iterable[Finding], lang: str | None = None, *, currency: str = "CNY") -> pd.DataFrame:
    """Findings as a table: status, message, action, owner, due.

    Parameters
    ----------
    lang
        Language of the words; without it the frame keeps the English sentences and raw ``details``.

    Examples
    --------
    >>> f = Finding(key="k", status="watch", message="{n_nodes} units", details={"n_nodes": 2})
    >>> to_frame([f], "en")[["status", "message"]].values.tolist()
    [['Watch', '2 units']]
    """
    columns = ["key", "status", "message", "action", "owner", "due", "node_id"]
    rows = []
    for f in sort_findings(findings):
        row: dict[str, Any] = {"key": f.key, "status": f.status, "due": f.due, "node_id": f.node_id}
        if lang is None:
            row |= {"message": f.message, "action": f.action, "owner": f.owner, "details": dict(f.details)}
        else:
            row |= {
                "status": say(STATUS_WORDS[f.status], lang),
                "message": f.text(lang, currency=currency),
                "action": f.action_text(lang, currency=currency),
                "owner": say(f.owner, lang) if f.owner else "",
            }
        rows.append(row)
    frame = pd.DataFrame(rows, columns=columns if lang else [*columns, "details"])
    frame["due"] = pd.Series([row["due"] for row in rows], index=frame.index, dtype=object)
    return frame
