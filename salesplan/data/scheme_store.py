"""Versions of KPI schemes: who set which rules, when, why, and from which month they count."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pandas as pd
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from salesplan.data.kpi_period import KpiPeriod, read_period
from salesplan.data.scheme_tables import METADATA, SCHEME_DECISION, SCHEME_VERSION
from salesplan.data.store_engine import open_store, utc_text
from salesplan.errors import DataError, InputError, known_choices

SCHEME_STATUSES: Final = ("draft", "submitted", "approved", "rejected", "withdrawn")
"""What can be decided about a version; the last decision holds. Only an approved version ever counts."""
_COLUMNS = ["name", "version", "status", "valid_from", "rule_version", "author", "reason", "saved_at"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SchemeVersion:
    """One saved version of a KPI scheme.

    ``scheme`` is the scheme as plain values, ``valid_from`` the first month it may count for (period M) and
    ``rule_version`` 12 hex digits that change when any rule, weight or target changes.
    """

    name: str
    version: int
    status: str
    valid_from: pd.Period
    scheme: dict[str, Any]
    rule_version: str
    author: str
    reason: str
    saved_at: str


class SchemeStore:
    """Versions of KPI schemes beside the plans in one database; saving adds, nothing is ever overwritten.

    Parameters
    ----------
    url
        SQLAlchemy URL or a path to an SQLite file, such as ``workspace.plan_url``.
    today
        The day decisions are made on; the date (UTC) by default. Months before this day's are over: what counted in
        them is kept.

    Examples
    --------
    >>> import tempfile
    >>> store = SchemeStore(Path(tempfile.mkdtemp()) / "plan.db", today=datetime(2026, 9, 20))
    >>> rules = {"name": "sales", "sets": [{"code": "all", "items": [{"kpi": "sales_amount", "weight": 1.0}]}]}
    >>> store.save("sales", rules, valid_from="2026-10", author="ana", reason="first")
    1
    >>> store.in_force("sales", "2026-10") is None            # a draft counts for nothing
    True
    >>> store.approve("sales", 1, who="boss", why="agreed")
    >>> store.in_force("sales", "2026-11").version, store.in_force("sales", "2026-09")
    (1, None)
    """

    def __init__(self, url: str | Path, *, today: datetime | None = None) -> None:
        self._engine = open_store(url, METADATA)
        self._today = today

    def __repr__(self) -> str:
        return f"SchemeStore({self._engine.url.render_as_string(hide_password=True)!r})"

    @property
    def this_month(self) -> pd.Period:
        """The month it is: versions are approved for it or later ones."""
        return pd.Period(self._today or datetime.now(UTC).replace(tzinfo=None), freq="M")

    @property
    def engine(self) -> Engine:
        """The database connection pool."""
        return self._engine

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def save(
        self, name: str, scheme: Mapping[str, Any], *, valid_from: str | pd.Period, author: str, reason: str,
        status: str = "draft", based_on: int | None = None, when: datetime | None = None,
    ) -> int:
        """Add a version and give its number (1, 2, …).

        Parameters
        ----------
        scheme
            The scheme as plain values; anything JSON can hold.
        valid_from
            First month it may count for.
        author, reason
            Who saved it and why.
        based_on
            The version the author started from; refused when a newer one was saved meanwhile.
        when
            Time of saving; now (UTC) by default.

        Raises
        ------
        InputError
            No month, unknown status, no author or reason, a scheme JSON cannot hold, a version saved by somebody
            else meanwhile, or one that would count at once for a month that is over.
        """
        month = _month(valid_from)
        _check_status(status)
        when = when or self._today
        if status == "approved":
            _check_not_over(month, when, where=f"scheme {name}")
        for field, value in (("name", name), ("author", author), ("reason", reason)):
            if not str(value).strip():
                raise InputError(f"{field} == {value!r}, must be said", where="scheme version")
        written = _canonical(scheme)
        for _ in range(5):
            newest = self._newest(name)
            if based_on is not None and based_on != newest:
                raise InputError(f"based_on == {based_on}, must be the newest version {newest}", where=f"scheme {name}",
                                 fix="Read the newest version, look at the difference and save again.")
            row = {"name": name, "version": newest + 1, "status": status, "valid_from": str(month), "scheme": written,
                   "rule_version": sha256(written.encode()).hexdigest()[:12], "author": author, "reason": reason,
                   "saved_at": utc_text(when)}
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(SCHEME_VERSION).values(row))
                return newest + 1
            except IntegrityError:
                continue  # another process took the number: look again
        raise DataError(f"scheme {name!r} is being saved by others all the time", fix="Save again.")

    def versions(self, name: str | None = None) -> pd.DataFrame:
        """What has been saved: ``name, version, status, valid_from, rule_version, author, reason, saved_at``."""
        query = select(SCHEME_VERSION).order_by(SCHEME_VERSION.c.name, SCHEME_VERSION.c.version)
        if name is not None:
            query = query.where(SCHEME_VERSION.c.name == name)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        decided = self._decided()
        frame = pd.DataFrame([{**row, "status": decided.get(row["id"], row["status"])} for row in rows],
                             columns=_COLUMNS)
        return frame.assign(valid_from=pd.PeriodIndex(frame["valid_from"], freq="M"))

    def read(self, name: str, version: int | None = None) -> SchemeVersion:
        """A version as it was saved; the newest by default.

        Raises
        ------
        InputError
            No such scheme or version.
        """
        wanted = self._newest(name) if version is None else version
        query = select(SCHEME_VERSION).where(SCHEME_VERSION.c.name == name, SCHEME_VERSION.c.version == wanted)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
            names = connection.execute(select(SCHEME_VERSION.c.name).distinct()).scalars().all()
        if row is None:
            fix = known_choices(name, names) if name not in names else f"Newest: {self._newest(name)}"
            raise InputError(f"scheme {name!r} version {version}, must have been saved", fix=fix)
        return SchemeVersion(
            name=name, version=row["version"], status=self._decided().get(row["id"], row["status"]),
            valid_from=pd.Period(row["valid_from"], freq="M"), scheme=json.loads(row["scheme"]),
            rule_version=row["rule_version"], author=row["author"], reason=row["reason"], saved_at=row["saved_at"])

    def decide(
        self, name: str, version: int, decision: str, *, who: str, why: str, when: datetime | None = None,
        retroactive: bool = False,
    ) -> None:
        """Record a decision about a version: who, when and why.

        Scores of months that are over do not change silently. An approval for such months must be marked as
        ``retroactive``. Any other decision about an approved version (withdrawn, rejected) ends it from the month of
        the decision on; months before keep it. To correct those, approve a better version for them, retroactively.

        Parameters
        ----------
        when
            Moment of the decision; the store's day, or now, by default. Months are those of UTC.
        retroactive
            Whether an approval may change months that are over; ``why`` then says what was wrong with them.

        Raises
        ------
        InputError
            Unknown version or decision, nobody signs, no reason, or an approval from a month that is over on.
        """
        _check_status(decision)
        kept = self.read(name, version)
        when = when or self._today
        if decision == "approved" and not retroactive:
            _check_not_over(kept.valid_from, when, where=f"scheme {name} version {version}")
        if not who.strip() or not why.strip():
            raise InputError(f"who == {who!r}, why == {why!r}, must both be said",
                             where=f"scheme {name} version {version}")
        key = select(SCHEME_VERSION.c.id).where(SCHEME_VERSION.c.name == name, SCHEME_VERSION.c.version == version)
        with self._engine.begin() as connection:
            connection.execute(insert(SCHEME_DECISION).values(
                version_id=connection.execute(key).scalar_one(), decision=decision, who=who, why=why,
                decided_at=utc_text(when)))

    def approve(
        self, name: str, version: int, *, who: str, why: str, when: datetime | None = None, retroactive: bool = False
    ) -> None:
        """Approve a version: it counts from its ``valid_from`` on, until a later month's version is approved.

        Parameters as in :meth:`decide`: a ``valid_from`` before the month of ``when`` needs ``retroactive``.
        """
        self.decide(name, version, "approved", who=who, why=why, when=when, retroactive=retroactive)

    def decisions(self, name: str) -> pd.DataFrame:
        """Decisions about a scheme in order: ``version, decision, who, why, decided_at``."""
        columns = ["version", "decision", "who", "why", "decided_at"]
        query = (
            select(SCHEME_VERSION.c.version, *(SCHEME_DECISION.c[c] for c in columns[1:]))
            .join(SCHEME_DECISION, SCHEME_DECISION.c.version_id == SCHEME_VERSION.c.id)
            .where(SCHEME_VERSION.c.name == name).order_by(SCHEME_DECISION.c.id)
        )
        with self._engine.connect() as connection:
            return pd.DataFrame(connection.execute(query).mappings().all(), columns=columns)

    def in_force(self, name: str, period: str | pd.Period | KpiPeriod) -> SchemeVersion | None:
        """The version a period is scored by; ``None`` where none is approved for it.

        Of the approved versions whose ``valid_from`` is not after the month the period begins in, the one with the
        latest ``valid_from``; of several for one month, the newest. A version thus never touches the scores of periods
        that begin before its ``valid_from``, whenever it is approved. One that was withdrawn later still counts for the
        months before its withdrawal; its ``status`` is then ``withdrawn``.
        """
        month = read_period(period).start.to_period("M")
        saved = self.versions(name)
        ends = self._ended(name)
        kept = [version in ends and month < ends[version] for version in saved["version"]]
        counted = (saved["status"] == "approved") | pd.Series(kept, index=saved.index, dtype=bool)
        fit = saved[counted & (saved["valid_from"] <= month)]
        if fit.empty:
            return None
        return self.read(name, int(fit.sort_values(["valid_from", "version"])["version"].iloc[-1]))

    def diff(self, name: str, old: int, new: int) -> pd.DataFrame:
        """What ``new`` says otherwise than ``old``.

        Returns
        -------
        DataFrame: ``set, kpi`` (empty where the change concerns the whole scheme or set), ``field, old, new, cause``
        (added, removed, changed), in the order of the scheme.
        """
        before, after = (_flat(self.read(name, version).scheme) for version in (old, new))
        rows = []
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key) or (key in before) != (key in after):
                cause = "added" if key not in before else "removed" if key not in after else "changed"
                rows.append((*key, before.get(key), after.get(key), cause))
        return pd.DataFrame(rows, columns=["set", "kpi", "field", "old", "new", "cause"])

    def _newest(self, name: str) -> int:
        query = select(func.max(SCHEME_VERSION.c.version)).where(SCHEME_VERSION.c.name == name)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() or 0

    def _ended(self, name: str) -> dict[int, pd.Period]:
        """Version -> month from which it no longer counts, for versions that were approved once and are no more."""
        query = select(SCHEME_VERSION.c.version, SCHEME_VERSION.c.status).where(SCHEME_VERSION.c.name == name)
        with self._engine.connect() as connection:
            approved = {row.version: row.status == "approved" for row in connection.execute(query)}
        ends: dict[int, pd.Period] = {}
        made = self.decisions(name)
        for version, decision, moment in zip(made["version"], made["decision"], made["decided_at"], strict=True):
            if decision == "approved":
                approved[version] = True
                ends.pop(version, None)
            elif approved.get(version):
                approved[version] = False
                ends[version] = pd.Period(moment[:7], freq="M")
        return ends

    def _decided(self) -> dict[int, str]:
        query = select(SCHEME_DECISION.c.version_id, SCHEME_DECISION.c.decision).order_by(SCHEME_DECISION.c.id)
        with self._engine.connect() as connection:
            return {row.version_id: row.decision for row in connection.execute(query)}


def _canonical(scheme: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(scheme), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"scheme cannot be written as JSON: {error}", where="scheme version") from error


def _month(value: str | pd.Period) -> pd.Period:
    month = read_period(value)
    if month.kind != "month":
        raise InputError(f"valid_from == {value!r}, must be a month", fix="Write 2026-10.")
    return month.last_month


def _check_not_over(month: pd.Period, when: datetime | None, *, where: str) -> None:
    now = pd.Period(utc_text(when)[:7], freq="M")
    if month < now:
        raise InputError(f"valid_from == {month}, must not lie before {now}: scores of months that are over would change",
                         where=where, fix="Save it from a month to come on, or approve it with retroactive=True and say why.")


def _check_status(status: str) -> None:
    if status not in SCHEME_STATUSES:
        raise InputError(f"status == {status!r}, must be known", fix=known_choices(status, SCHEME_STATUSES))


def _flat(scheme: Mapping[str, Any]) -> dict[tuple[str, str, str], Any]:
    """Each value of a scheme under its set, KPI and field."""
    found: dict[tuple[str, str, str], Any] = {}
    _walk({k: v for k, v in scheme.items() if k != "sets"}, ("", ""), "", found)
    for one in scheme.get("sets", []):
        code = str(one.get("code", ""))
        _walk({k: v for k, v in one.items() if k not in ("items", "code")}, (code, ""), "", found)
        for item in one.get("items", []):
            _walk({k: v for k, v in item.items() if k != "kpi"}, (code, str(item.get("kpi", ""))), "", found)
    return found


def _walk(value: Any, place: tuple[str, str], field: str, found: dict[tuple[str, str, str], Any]) -> None:
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            _walk(part, place, f"{field}.{key}" if field else str(key), found)
    elif field:
        found[*place, field] = value
