"""Versions of KPI schemes: who set which rules, when, why, and from which month they count."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pandas as pd
from sqlalchemy import select

from salesplan.calendars.period import NamedPeriod, read_period
from salesplan.data.scheme_tables import SCHEME_DECISION, SCHEME_VERSION
from salesplan.data.store_engine import utc_text
from salesplan.data.version_store import VersionStore
from salesplan.errors import InputError, Sentence
from salesplan.text import mark

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


class SchemeStore(VersionStore):
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

    kind = mark("scheme")
    versions_of, decisions_on, statuses = SCHEME_VERSION, SCHEME_DECISION, SCHEME_STATUSES

    def __init__(self, url: str | Path, *, today: datetime | None = None) -> None:
        super().__init__(url)
        self._today = today

    @property
    def this_month(self) -> pd.Period:
        """The month it is: versions are approved for it or later ones."""
        return pd.Period(self._today or datetime.now(UTC).replace(tzinfo=None), freq="M")

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
        self._check_status(status)
        when = when or self._today
        if status == "approved":
            _check_not_over(month, when, where=f"scheme {name}")
        written = _canonical(scheme)
        content = {"valid_from": str(month), "scheme": written, "rule_version": sha256(written.encode()).hexdigest()[:12]}
        return self._add(name, content, author=author, reason=reason, status=status, based_on=based_on, when=when)

    def versions(self, name: str | None = None) -> pd.DataFrame:
        """What has been saved: ``name, version, status, valid_from, rule_version, author, reason, saved_at``."""
        query = select(SCHEME_VERSION).order_by(SCHEME_VERSION.c.name, SCHEME_VERSION.c.version)
        if name is not None:
            query = query.where(SCHEME_VERSION.c.name == name)
        decided = self._decided()
        frame = pd.DataFrame([{**row, "status": decided.get(row["id"], row["status"])} for row in self._fetch(query)],
                             columns=_COLUMNS)
        return frame.assign(valid_from=pd.PeriodIndex(frame["valid_from"], freq="M"))

    def read(self, name: str, version: int | None = None) -> SchemeVersion:
        """A version as it was saved; the newest by default.

        Raises
        ------
        InputError
            No such scheme or version.
        """
        row = self._row(name, version)
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
        self._check_status(decision)
        kept, when = self._row(name, version), when or self._today
        if decision == "approved" and not retroactive:
            _check_not_over(pd.Period(kept["valid_from"], freq="M"), when, where=f"scheme {name} version {version}")
        self._record(kept, decision, who=who, why=why, when=when)

    def approve(
        self, name: str, version: int, *, who: str, why: str, when: datetime | None = None, retroactive: bool = False
    ) -> None:
        """Approve a version: it counts from its ``valid_from`` on, until a later month's version is approved.

        Parameters as in :meth:`decide`: a ``valid_from`` before the month of ``when`` needs ``retroactive``.
        """
        self.decide(name, version, "approved", who=who, why=why, when=when, retroactive=retroactive)

    def in_force(self, name: str, period: str | pd.Period | NamedPeriod) -> SchemeVersion | None:
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

    def _ended(self, name: str) -> dict[int, pd.Period]:
        """Version -> month from which it no longer counts, for versions that were approved once and are no more."""
        query = select(SCHEME_VERSION.c.version, SCHEME_VERSION.c.status).where(SCHEME_VERSION.c.name == name)
        approved = {row["version"]: row["status"] == "approved" for row in self._fetch(query)}
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
        raise InputError(
            Sentence("valid_from == {month}, must not lie before {now}: scores of months that are over would change",
                     month=str(month), now=str(now)), where=where,
            fix=Sentence("Save it from a month to come on, or approve it with retroactive=True and say why."))


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
