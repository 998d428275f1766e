"""Plan versions, approvals and decisions, kept for ever."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import func, insert, select

from salesplan.data.plan_tables import AMOUNT_COLUMNS, KEY_COLUMNS, PLAN_DECISION, PLAN_LINE, PLAN_VERSION
from salesplan.data.version_store import VersionStore
from salesplan.errors import InputError, known_choices
from salesplan.text import mark

STATUSES = ("draft", "submitted", "approved", "rejected", "frozen")
"""What can be decided about a version; an approved one becomes ``superseded`` when a newer one is approved."""

CHANGES = {"added": mark("Added"), "removed": mark("Removed"), "changed": mark("Changed"), "same": mark("Unchanged")}
"""Causes a difference may have, and what they are called."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanVersion:
    """One saved version: the plan's lines and what it was made from."""

    name: str
    version: int
    status: str
    frame: pd.DataFrame
    parameters: dict[str, Any]
    fingerprint: str
    author: str
    reason: str
    saved_at: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", self.frame.copy())

    def to_frame(self) -> pd.DataFrame:
        """The lines of the plan."""
        return self.frame.copy()


class PlanStore(VersionStore):
    """Versions of plans in a database; saving adds, nothing is ever overwritten.

    Parameters
    ----------
    url
        SQLAlchemy URL (SQLite, PostgreSQL …) or a path to an SQLite file. SQLite runs in WAL mode, so that
        readers and a writer do not block one another.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> store = PlanStore(Path(tempfile.mkdtemp()) / "plan.db")
    >>> plan = pd.DataFrame({"seller_id": ["r1", "r2"], "target_fen": [100_00, 200_00]})
    >>> store.save(plan, name="2027", parameters={"growth": 0.1}, fingerprint="abc", author="ana", reason="first")
    1
    >>> store.save(plan.assign(target_fen=[150_00, 200_00]), name="2027", parameters={"growth": 0.2},
    ...            fingerprint="abc", author="ana", reason="r1 takes over a customer")
    2
    >>> store.diff("2027", 1, 2)[["seller_id", "old", "new", "change", "cause"]].values.tolist()
    [['r1', 100.0, 150.0, 50.0, 'changed'], ['r2', 200.0, 200.0, 0.0, 'same']]
    >>> store.approve("2027", 2, who="boss", why="agreed in the review")
    >>> store.versions("2027")["status"].tolist()
    ['draft', 'approved']
    """

    kind = mark("plan")
    versions_of, decisions_on, statuses = PLAN_VERSION, PLAN_DECISION, STATUSES

    def save(
        self, plan_frame: pd.DataFrame, *, name: str, parameters: Mapping[str, Any], fingerprint: str, author: str,
        reason: str, status: str = "draft", based_on: int | None = None, when: datetime | None = None,
    ) -> int:
        """Add a version and give its number (1, 2, …).

        Parameters
        ----------
        plan_frame
            One row a line: ``seller_id`` or ``node_id``, optionally ``unit_id, product_line, month, iso_week``;
            whole ``floor_fen, target_fen, stretch_fen`` (at least one); optionally ``reason`` of the line.
        parameters
            What the plan was computed with; anything JSON can hold.
        fingerprint
            Of the data it was computed from.
        author, reason
            Who saved it and why.
        based_on
            The version the author started from; refused when a newer one was saved meanwhile.
        when
            Time of saving; now (UTC) by default.

        Raises
        ------
        InputError
            Unknown column or status, an amount that is no whole number, no author or reason, or a
            version saved by somebody else meanwhile.
        """
        lines = _lines(plan_frame)
        self._check_status(status)
        try:
            written = json.dumps(dict(parameters), ensure_ascii=False, sort_keys=True, default=str)
        except (TypeError, ValueError) as error:
            raise InputError("parameters cannot be written as JSON", where=str(error)) from error
        content = {"fingerprint": fingerprint, "parameters": written}
        return self._add(
            name, content, author=author, reason=reason, status=status, based_on=based_on, when=when,
            then=lambda connection, key: connection.execute(
                insert(PLAN_LINE), [{"version_id": key, **line} for line in lines]))

    def versions(self, name: str | None = None) -> pd.DataFrame:
        """What has been saved: ``name, version, status, author, reason, fingerprint, saved_at, lines, target``.

        ``target`` is the sum of the targets in currency units.
        """
        columns = [PLAN_VERSION.c[c] for c in ("name", "version", "author", "reason", "fingerprint", "saved_at")]
        query = (
            select(*columns, PLAN_VERSION.c.id, func.count(PLAN_LINE.c.place).label("lines"),
                   func.sum(PLAN_LINE.c.target_fen).label("target"))
            .join(PLAN_LINE, PLAN_LINE.c.version_id == PLAN_VERSION.c.id)
            .group_by(*columns, PLAN_VERSION.c.id).order_by(PLAN_VERSION.c.name, PLAN_VERSION.c.version)
        )
        if name is not None:
            query = query.where(PLAN_VERSION.c.name == name)
        frame = pd.DataFrame(self._fetch(query))
        if frame.empty:
            return pd.DataFrame(columns=["name", "version", "status", "author", "reason", "fingerprint", "saved_at",
                                         "lines", "target"])
        frame["target"] = frame["target"].astype(float) / 100
        status = self._statuses()
        frame.insert(2, "status", [status[i] for i in frame.pop("id")])
        return frame

    def read(self, name: str, version: int | None = None) -> PlanVersion:
        """A version with its lines as they were saved; the newest by default."""
        row = self._row(name, version)
        query = select(PLAN_LINE).where(PLAN_LINE.c.version_id == row["id"]).order_by(PLAN_LINE.c.place)
        frame = pd.DataFrame(self._fetch(query)).drop(columns=["version_id", "place"])
        frame = frame.dropna(axis="columns", how="all")
        return PlanVersion(name=name, version=row["version"], status=self._statuses()[row["id"]], frame=frame,
                           parameters=json.loads(row["parameters"]), fingerprint=row["fingerprint"],
                           author=row["author"], reason=row["reason"], saved_at=row["saved_at"])

    def decide(
        self, name: str, version: int, decision: str, *, who: str, why: str, when: datetime | None = None
    ) -> None:
        """Record a decision about a version: who, when and why."""
        self._check_status(decision)
        self._record(self._row(name, version), decision, who=who, why=why, when=when)

    def approve(self, name: str, version: int, *, who: str, why: str, when: datetime | None = None) -> None:
        """Approve a version; an approved older one counts as superseded from then on."""
        self.decide(name, version, "approved", who=who, why=why, when=when)

    def diff(self, name: str, old: int, new: int, *, amount: str = "target") -> pd.DataFrame:
        """Who gets more or less in ``new`` than in ``old``, and why.

        Parameters
        ----------
        amount
            ``floor``, ``target`` or ``stretch``.

        Returns
        -------
        DataFrame, one row a seller (or node, where the plan has no sellers), largest change first:
        the id, ``old, new, change`` in currency units, ``growth`` (change / old), ``cause`` (added, removed,
        changed, same) and ``reason``: what is noted on the person's lines in the new version, else
        the reason the version was saved for.
        """
        column = f"{amount}_fen"
        if column not in AMOUNT_COLUMNS:
            raise InputError(f"amount == {amount!r}, must be floor, target or stretch")
        before, after = self.read(name, old), self.read(name, new)
        key = "seller_id" if all("seller_id" in v.frame for v in (before, after)) else "node_id"
        sums = []
        for plan in (before, after):
            if key not in plan.frame or column not in plan.frame:
                raise InputError(f"version {plan.version} has no {key} or {column}, must have both to be compared",
                                 where=f"plan {name}")
            sums.append(plan.frame.groupby(key)[column].sum())
        frame = pd.concat(sums, axis=1, keys=["old", "new"])
        cause = pd.Series("changed", index=frame.index)
        cause[frame["old"].isna()], cause[frame["new"].isna()] = "added", "removed"
        frame = frame.fillna(0).astype("int64")
        frame["change"] = frame["new"] - frame["old"]
        cause[(frame["change"] == 0) & (cause == "changed")] = "same"
        frame = frame / 100
        frame["growth"] = (frame["change"] / frame["old"]).where(frame["old"] != 0)
        frame["cause"] = cause
        frame["reason"] = _reasons(after, key).reindex(frame.index)
        frame.loc[frame["reason"].isna() & (cause != "same"), "reason"] = after.reason
        order = frame["change"].abs().sort_values(ascending=False, kind="stable").index
        return frame.loc[order].rename_axis(key).reset_index()

    def _statuses(self) -> dict[int, str]:
        rows = self._fetch(select(PLAN_VERSION).order_by(PLAN_VERSION.c.version))
        status = {row["id"]: row["status"] for row in rows} | self._decided()
        newer: set[str] = set()
        for row in reversed(rows):
            if status[row["id"]] in ("approved", "frozen"):
                if row["name"] in newer:
                    status[row["id"]] = "superseded"
                newer.add(row["name"])
        return status


def _lines(frame: pd.DataFrame) -> list[dict[str, Any]]:
    known = [*KEY_COLUMNS, *AMOUNT_COLUMNS, "reason"]
    for column in frame.columns:
        if column not in known:
            raise InputError(f"column == {column!r}, must be one a plan version keeps",
                             fix=known_choices(column, known))
    amounts = [c for c in AMOUNT_COLUMNS if c in frame]
    if frame.empty or not amounts or not {"seller_id", "node_id"} & set(frame.columns):
        raise InputError(f"plan_frame has columns {list(frame.columns)} and {len(frame)} rows, must have seller_id or "
                         "node_id, an amount in fen, and rows")
    for column in amounts:
        if not pd.api.types.is_integer_dtype(frame[column]) or frame[column].isna().any():
            raise InputError(f"{column} holds {frame[column].dtype}, must be whole fen",
                             fix="Use the plan's *_fen columns.")
    texts = {c: frame[c].astype("string").astype(object).where(frame[c].notna(), None)
             for c in frame.columns if c not in amounts}
    whole = pd.DataFrame({**texts, **{c: frame[c].astype("int64") for c in amounts}})
    whole.insert(0, "place", range(len(whole)))
    return [{str(name): value for name, value in line.items()} for line in whole.to_dict("records")]


def _reasons(plan: PlanVersion, key: str) -> pd.Series:
    if "reason" not in plan.frame:
        return pd.Series(dtype=object)
    said = plan.frame.dropna(subset=["reason"]).drop_duplicates([key, "reason"])
    return said.groupby(key)["reason"].agg("; ".join)
