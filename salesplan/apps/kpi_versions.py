"""Versions of the KPI scheme on the screen: saved for ever, listed, compared, approved for months to come."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import pandas as pd

from salesplan.calendars.period import read_period
from salesplan.errors import InputError, Sentence

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
        self, scheme: "KpiScheme", *, author: str, reason: str, valid_from: str, seen: int | None = None
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
        if not (signed := (self.user or author).strip()) or not reason.strip():
            raise InputError(Sentence("A version needs both: who saves it, and why."))
        if valid_from not in self.months:
            raise InputError(Sentence("A version can count from one of these months on: {months}; not from {month}",
                                      months=", ".join(self.months), month=valid_from),
                             fix=Sentence("A scheme never counts for months whose scores are known."))
        return self._opened().save(self.name, scheme.to_dict(), valid_from=valid_from, author=signed,
                                   reason=reason.strip(), based_on=seen)

    def approve(self, version: int, *, who: str, why: str) -> "SchemeVersion":
        """Approve a version: it counts from its month on.

        Raises
        ------
        InputError
            Nobody signs, no reason, or a version whose first month is already over.
        """
        if self.user:
            raise InputError(Sentence("A proposal cannot be approved here."),
                             fix=Sentence("Approve it where the whole company is seen."))
        if not who.strip() or not why.strip():
            raise InputError(Sentence("An approval needs both: who approves, and why."))
        kept = self._opened().read(self.name, version)
        if kept.status == "approved":
            raise InputError(Sentence("Version {n} is approved already", n=version),
                             fix=Sentence("Save a new version to change the scheme."))
        if kept.valid_from <= self.last_month:
            raise InputError(Sentence("Version {n} is for {month}, a scheme approved now must begin after {last_month}", n=version,
                                      month=str(kept.valid_from), last_month=str(self.last_month)),
                             fix=Sentence("A scheme never counts for months whose scores are known."))
        self._opened().approve(self.name, version, who=who.strip(), why=why.strip())
        return self._opened().read(self.name, version)

    def listed(self) -> pd.DataFrame:
        """Versions, newest first, each with the last decision about it.

        Returns
        -------
        DataFrame: ``version, status, valid_from, author, reason, saved_at``, and of the decision ``who, why, decided_at``,
        which are missing where none was made; ``by`` is the version that counts instead of a ``superseded`` one, 0 elsewhere.
        """
        columns, decision = ["version", "status", "valid_from", "author", "reason", "saved_at"], ["who", "why", "decided_at"]
        if self._is_empty():
            return pd.DataFrame(columns=[*columns, *decision, "by"])
        found = self._opened().versions(self.name)[columns]
        last = self._opened().decisions(self.name).drop_duplicates("version", keep="last")[["version", *decision]]
        joined = found.merge(last.astype({"version": found["version"].dtype}), on="version", how="left")
        approved = joined["status"] == "approved"
        newest = joined["version"].where(approved).groupby(joined["valid_from"]).transform("max")
        replaced = approved & (joined["version"] < newest)
        return joined.assign(
            status=joined["status"].mask(replaced, "superseded"), by=newest.where(replaced, 0).astype(int),
        ).sort_values("version", ascending=False, ignore_index=True)

    def in_force(self) -> "SchemeVersion | None":
        """The version the period on the screen is scored by; nothing while none is approved for it."""
        return None if self._is_empty() else self._opened().in_force(self.company_name, self.period)

    def compared(self, scheme: "KpiScheme", old: int, new: int) -> pd.DataFrame:
        """What one version says otherwise than another: ``set, kpi, field, old, new, cause``.

        Parameters
        ----------
        old, new
            Numbers of versions; `SCREEN` is the scheme on the screen.
        """
        if old == new:
            raise InputError(Sentence("Choose two different versions to compare."))
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

    def _is_empty(self) -> bool:
        return self._store is None and isinstance(self._place, Path) and not self._place.exists()

    def _opened(self) -> Any:
        if self._store is None:
            from salesplan.data.scheme_store import SchemeStore

            if isinstance(self._place, Path):
                self._place.parent.mkdir(parents=True, exist_ok=True)
            self._store = SchemeStore(self._place)  # type: ignore[arg-type]
        return self._store
