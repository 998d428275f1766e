"""The database in which versions are kept: opened alike for plans and KPI schemes, rows added and never changed."""

from datetime import UTC, datetime
from pathlib import Path
from random import uniform
from time import sleep
from typing import Any, Self

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from salesplan.errors import DataError

ATTEMPTS = 20
"""How often a number is asked for while others save at the same time."""
LONGEST_WAIT = 0.05
"""Seconds waited at most before it is asked for again."""


def open_store(url: str | Path, metadata: MetaData) -> Engine:
    """Open a database and make the tables that are missing.

    Parameters
    ----------
    url
        SQLAlchemy URL or a path to an SQLite file; SQLite runs in WAL mode.
    metadata
        The tables.

    Raises
    ------
    DataError
        The database cannot be opened; a password in the URL is not repeated.
    """
    if isinstance(url, Path) or "://" not in url:
        url = f"sqlite:///{Path(url).absolute()}"
    try:
        engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _sqlite_ready)
        metadata.create_all(engine)
    except (SQLAlchemyError, ImportError) as error:
        raise DataError(f"plan store cannot be opened: {type(error).__name__}", where=_without_password(url),
                        fix="Check the URL, that the folder exists, and that the database's driver is installed."
                        ) from error
    return engine


def wait_by_lot() -> None:
    """Wait a little, as long as the lot says, so that two who save at the same moment do not collide for ever."""
    sleep(uniform(0, LONGEST_WAIT))


class Store:
    """A database kept open for one purpose, with its tables; used in a ``with`` it is closed again."""

    def __init__(self, url: str | Path, metadata: MetaData) -> None:
        self._engine = open_store(url, metadata)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._engine.url.render_as_string(hide_password=True)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def engine(self) -> Engine:
        """The database connection pool."""
        return self._engine

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def forbid_changes(metadata: MetaData, message: str) -> None:
    """Have an SQLite database itself refuse to change or delete rows of these tables, with a message."""

    @event.listens_for(metadata, "after_create")
    def _add_triggers(_: Any, connection: Connection, **__: Any) -> None:
        if connection.dialect.name != "sqlite":
            return
        for table in metadata.tables:
            for change in ("UPDATE", "DELETE"):
                connection.execute(text(
                    f"CREATE TRIGGER IF NOT EXISTS keep_{table}_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{message}'); END"))


def utc_text(when: datetime | None) -> str:
    """A moment as ISO text in UTC; now by default, a time without a zone is UTC.

    Examples
    --------
    >>> utc_text(datetime(2026, 11, 1))
    '2026-11-01T00:00:00+00:00'
    """
    if when is None:
        when = datetime.now(UTC)
    moment = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return moment.isoformat(timespec="seconds")


def _without_password(url: str) -> str:
    head, _, tail = url.rpartition("@")
    return f"{head.split('://')[0]}://…@{tail}" if head else url


def _sqlite_ready(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "busy_timeout = 10000", "foreign_keys = ON", "synchronous = NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
