"""What is kept in versions, whatever it is: numbered as saved, signed, decided about, and never overwritten."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from salesplan.data.store_engine import ATTEMPTS, Store, utc_text, wait_by_lot
from salesplan.errors import DataError, InputError, Sentence, known_choices


def version_table(name: str, metadata: MetaData, *content: Column[Any]) -> Table:
    """Table of versions: which of what, their content, who saved them, when and why."""
    return Table(
        name, metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(200), nullable=False),
        Column("version", Integer, nullable=False),
        Column("status", String(20), nullable=False),
        *content,
        Column("author", String(200), nullable=False),
        Column("reason", Text, nullable=False),
        Column("saved_at", String(40), nullable=False),
        UniqueConstraint("name", "version"),
    )  # fmt: skip


def decision_table(name: str, metadata: MetaData, *, of: str) -> Table:
    """Table of decisions about the versions of another table."""
    return Table(
        name, metadata,
        Column("id", Integer, primary_key=True),
        Column("version_id", Integer, ForeignKey(f"{of}.id"), nullable=False, index=True),
        Column("decision", String(20), nullable=False),
        Column("who", String(200), nullable=False),
        Column("why", Text, nullable=False),
        Column("decided_at", String(40), nullable=False),
    )  # fmt: skip


class VersionStore(Store):
    """Base of the stores of plans and of KPI schemes.

    A store says in ``kind`` what it keeps, names its two tables, and the statuses a version can have.
    """

    kind: ClassVar[str]
    versions_of: ClassVar[Table]
    decisions_on: ClassVar[Table]
    statuses: ClassVar[Sequence[str]]

    def __init__(self, url: str | Path) -> None:
        super().__init__(url, self.versions_of.metadata)

    def decisions(self, name: str) -> pd.DataFrame:
        """Decisions about the versions of a name in order: ``version, decision, who, why, decided_at``."""
        made, saved = self.decisions_on, self.versions_of
        columns = ["version", "decision", "who", "why", "decided_at"]
        query = (
            select(saved.c.version, *(made.c[c] for c in columns[1:])).join(made, made.c.version_id == saved.c.id)
            .where(saved.c.name == name).order_by(made.c.id)
        )
        return pd.DataFrame(self._fetch(query), columns=columns)

    def _fetch(self, query: Any) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _add(
        self, name: str, content: Mapping[str, Any], *, author: str, reason: str, status: str, based_on: int | None,
        when: datetime | None, then: Callable[[Connection, int], Any] | None = None,
    ) -> int:
        """Add a version and give its number; ``then`` writes what hangs on it, in the same transaction."""
        self._check_status(status)
        for field, value in (("name", name), ("author", author), ("reason", reason)):
            if not str(value).strip():
                raise InputError(Sentence("{field} == {value}, must be said", field=field, value=repr(value)),
                                 where=Sentence("{kind} version", kind=Sentence(self.kind)))
        for _ in range(ATTEMPTS):
            newest = self._newest(name)
            if based_on is not None and based_on != newest:
                raise InputError(Sentence("based_on == {based_on}, must be the newest version {newest}", based_on=based_on,
                                          newest=newest), where=Sentence("{kind} {name}", kind=Sentence(self.kind), name=name),
                                 fix=Sentence("Read the newest version, look at the difference and save again."))
            row = {"name": name, "version": newest + 1, "status": status, **content, "author": author, "reason": reason,
                   "saved_at": utc_text(when)}
            try:
                with self._engine.begin() as connection:
                    added = insert(self.versions_of).values(row).returning(self.versions_of.c.id)
                    key = connection.execute(added).scalar_one()
                    if then is not None:
                        then(connection, key)
                return newest + 1
            except IntegrityError:
                wait_by_lot()  # another process took the number: look again
        raise DataError(Sentence("{kind} {name} is being saved by others all the time", kind=Sentence(self.kind), name=repr(name)),
                        fix=Sentence("Save again."))

    def _record(self, row: Mapping[str, Any], decision: str, *, who: str, why: str, when: datetime | None) -> None:
        """Record a decision about a version."""
        if not who.strip() or not why.strip():
            raise InputError(Sentence("who == {who}, why == {why}, must both be said", who=repr(who), why=repr(why)),
                             where=Sentence("{kind} {name} version {version}", kind=Sentence(self.kind), name=row["name"],
                                            version=row["version"]))
        with self._engine.begin() as connection:
            connection.execute(insert(self.decisions_on).values(
                version_id=row["id"], decision=decision, who=who, why=why, decided_at=utc_text(when)))

    def _newest(self, name: str) -> int:
        saved = self.versions_of
        with self._engine.connect() as connection:
            return connection.execute(select(func.max(saved.c.version)).where(saved.c.name == name)).scalar() or 0

    def _row(self, name: str, version: int | None) -> dict[str, Any]:
        """One version as it was saved; the newest where none is named."""
        saved, wanted = self.versions_of, self._newest(name) if version is None else version
        rows = self._fetch(select(saved).where(saved.c.name == name, saved.c.version == wanted))
        if not rows:
            names = [row["name"] for row in self._fetch(select(saved.c.name).distinct())]
            newest = Sentence("Newest: {version}", version=self._newest(name))
            raise InputError(Sentence("{kind} {name} version {version}, must have been saved", kind=Sentence(self.kind),
                                      name=repr(name), version=version), fix=newest if name in names else known_choices(name, names))
        return rows[0]

    def _decided(self) -> dict[int, str]:
        """Row of a version -> the last decision about it."""
        made = self.decisions_on
        return {row["version_id"]: row["decision"]
                for row in self._fetch(select(made.c.version_id, made.c.decision).order_by(made.c.id))}

    def _check_status(self, status: str) -> None:
        if status not in self.statuses:
            raise InputError(f"status == {status!r}, must be known", fix=known_choices(status, self.statuses))
