"""Versions of the KPI scheme on the screen: saved for ever, listed, compared, approved for months to come."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import pandas as pd

from salesplan.calendars.period import read_period
from salesplan.errors import InputError
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.data.scheme_store import SchemeStore, SchemeVersion
    from salesplan.kpis.scheme import KpiScheme

Place = Union[str, Path, "SchemeStore"]
SCREEN = 0
"""Stands for the scheme on the screen where a version is chosen."""
AHEAD = 6
"""Months a version can be saved for, beginning after the period."""


class SchemeVersions:
    """What the panel does with a scheme store; the store is opened when it is first needed.

    Parameters
    ----------
    place
        A scheme store, its URL, or the path of an SQLite file.
    name
        Name the versions are kept under.
    period
        The period on the screen: a version counts for later months only.
    user
        Whom the app serves: then nobody else can sign, and the versions are that person's proposals, kept apart
        from those of the company, which alone can be approved.
    """

    def __init__(self, place: Place, *, name: str, period: str, user: str | None = None) -> None:
        self.company_name, self.user = name, user
        self.name = f"{name} · {user}" if user else name
        self.last_month: pd.Period = read_period(period).last_month
        self.period = period
        self._place, self._store = place, None if isinstance(place, str | Path) else place

    @property
    def months(self) -> list[str]:
        """Months a version can be saved for: after the period, and not over."""
        now = pd.Period(pd.Timestamp.now(), freq="M") if self._store is None else self._store.this_month
        first = max(self.last_month + 1, now)
        return [str(first + ahead) for ahead in range(AHEAD)]

    def save(
        self, scheme: "KpiScheme", *, author: str, reason: str, valid_from: str, language: str, seen: int | None = None
    ) -> int:
        """Add the scheme as a new version and give its number; nothing saved before is touched.

        Parameters
        ----------
        valid_from
            First month it may count for; one of `months`.
        seen
            The newest version the author has seen; refused when somebody saved another meanwhile.

        Raises
        ------
        InputError
            No author or no reason, a month that is over, or a version saved by somebody else meanwhile.
        """
        signed = self._signed(author, reason, language)
        if valid_from not in self.months:
            raise InputError(f"valid_from == {valid_from!r}, must be one of {', '.join(self.months)}", where="KPI panel",
                             fix=say("A scheme never counts for months whose scores are known.", language))
        return self._opened().save(self.name, scheme.to_dict(), valid_from=valid_from, author=signed,
                                   reason=reason.strip(), based_on=seen)

    def approve(self, version: int, *, who: str, why: str, language: str) -> "SchemeVersion":
        """Approve a version: it counts from its month on.

        Raises
        ------
        InputError
            Nobody signs, no reason, or a version whose first month is already over.
        """
        if self.user:
            raise InputError(say("A proposal cannot be approved here.", language), where="KPI panel",
                             fix=say("Approve it where the whole company is seen.", language))
        signed = self._signed(who, why, language)
        kept = self._opened().read(self.name, version)
        if kept.valid_from <= self.last_month:
            raise InputError(f"version {version} is for {kept.valid_from}, must begin after {self.last_month}",
                             where="KPI panel", fix=say("A scheme never counts for months whose scores are known.", language))
        self._opened().approve(self.name, version, who=signed, why=why.strip())
        return self._opened().read(self.name, version)

    def listed(self) -> pd.DataFrame:
        """Versions, newest first: ``version, status, valid_from, author, reason, saved_at, rule_version``."""
        columns = ["version", "status", "valid_from", "author", "reason", "saved_at", "rule_version"]
        if self._is_empty():
            return pd.DataFrame(columns=columns)
        found = self._opened().versions(self.name)
        return found[columns].sort_values("version", ascending=False, ignore_index=True)

    def in_force(self) -> "SchemeVersion | None":
        """The version the period on the screen is scored by; nothing while none is approved for it."""
        return None if self._is_empty() else self._opened().in_force(self.company_name, self.period)

    def compared(self, scheme: "KpiScheme", old: int, new: int, *, language: str) -> pd.DataFrame:
        """What one version says otherwise than another: ``set, kpi, field, old, new, cause``.

        Parameters
        ----------
        old, new
            Numbers of versions; `SCREEN` is the scheme on the screen.
        """
        if old == new:
            raise InputError(say("Choose two different versions to compare.", language))
        if SCREEN not in (old, new):
            return self._opened().diff(self.name, old, new)
        from salesplan.data.scheme_store import SchemeStore

        kept = self._opened().read(self.name, old or new).scheme
        screen = scheme.to_dict()
        aside = SchemeStore("sqlite://")
        try:
            for one in (screen, kept) if old == SCREEN else (kept, screen):
                aside.save("two", one, valid_from=self.months[0], author="-", reason="-")
            return aside.diff("two", 1, 2)
        finally:
            aside.close()

    def _signed(self, author: str, reason: str, language: str) -> str:
        signed = (self.user or author).strip()
        if not signed or not reason.strip():
            raise InputError(say("A version needs both: who saves it, and why.", language))
        return signed

    def _is_empty(self) -> bool:
        return self._store is None and isinstance(self._place, Path) and not self._place.exists()

    def _opened(self) -> Any:
        if self._store is None:
            from salesplan.data.scheme_store import SchemeStore

            if isinstance(self._place, Path):
                self._place.parent.mkdir(parents=True, exist_ok=True)
            self._store = SchemeStore(self._place)  # type: ignore[arg-type]
        return self._store
