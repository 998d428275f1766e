"""Versions of the plan on the screen: saved for ever, listed, compared person by person."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import pandas as pd

from salesplan.apps.panel_controls import setting_changes
from salesplan.errors import InputError
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.data.plan_store import PlanStore, PlanVersion
    from salesplan.targets.plan import TargetPlan

Place = Union[str, Path, "PlanStore"]
SCREEN = 0
"""Stands for the plan on the screen where a version is chosen."""

LEVELS = ("floor_fen", "target_fen", "stretch_fen")


def plan_lines(plan: "TargetPlan") -> pd.DataFrame:
    """A plan as a version keeps it: seller x product line x month, whole fen.

    Returns
    -------
    DataFrame
        ``seller_id``, ``product_line``, ``month`` ("2027-03") and ``floor_fen``, ``target_fen``, ``stretch_fen``.
    """
    sums = plan.cells.groupby(["seller_id", "product_line", "month"], observed=True, sort=True)[list(LEVELS)].sum()
    return sums.reset_index().assign(month=lambda f: f["month"].astype(str))


class PlanVersions:
    """What the panel does with a plan store; the store is opened when it is first needed.

    Parameters
    ----------
    place
        A plan store, its URL, or the path of an SQLite file.
    user
        Whom the app serves: then nobody else can sign, and only this person's versions are seen.
    """

    def __init__(self, place: Place, *, user: str | None = None) -> None:
        self.user = user
        self._place, self._store = place, None if isinstance(place, str | Path) else place

    def name_of(self, plan: "TargetPlan") -> str:
        """Name the versions of a plan are kept under: its year, and whose part of the company it is."""
        return f"{plan.year_label} · {self.user}" if self.user else plan.year_label

    def save(
        self, plan: "TargetPlan", *, author: str, reason: str, language: str, seen: int | None = None
    ) -> int:
        """Add the plan as a new version and give its number; nothing saved before is touched.

        Parameters
        ----------
        seen
            The newest version the author has seen; refused when somebody saved another meanwhile.

        Raises
        ------
        InputError
            No author or no reason, or a version saved by somebody else meanwhile.
        """
        signed = (self.user or author).strip()
        if not signed or not reason.strip():
            raise InputError(say("A version needs both: who saves it, and why.", language))
        values = plan.parameters.model_dump(mode="json")
        values.pop("workspace", None)
        return self._opened().save(
            plan_lines(plan),
            name=self.name_of(plan),
            parameters=values,
            fingerprint=plan.fingerprint,
            author=signed,
            reason=reason.strip(),
            based_on=seen,
        )

    def listed(self, plan: "TargetPlan") -> pd.DataFrame:
        """Versions of the plan's year, newest first: ``version, saved_at, author, reason, target, status``."""
        columns = ["version", "saved_at", "author", "reason", "target", "status"]
        if self._store is None and isinstance(self._place, Path) and not self._place.exists():
            return pd.DataFrame(columns=columns)
        found = self._opened().versions(self.name_of(plan))
        return found[columns].sort_values("version", ascending=False, ignore_index=True)

    def compared(self, plan: "TargetPlan", old: int, new: int, *, language: str) -> pd.DataFrame:
        """Who gets more or less in one version than in another, largest change first.

        Parameters
        ----------
        old, new
            Numbers of versions; `SCREEN` is the plan on the screen.

        Returns
        -------
        DataFrame
            ``seller_id, name, old, new, change, growth, cause, reason``; amounts in currency units.
        """
        if old == new:
            raise InputError(say("Choose two different versions to compare.", language))
        if SCREEN in (old, new):
            table = self._with_screen(plan, old, new, language)
        else:
            table = self._opened().diff(self.name_of(plan), old, new)
        names = plan.sellers["name"].astype(str)
        table.insert(1, "name", [names.get(s, s) for s in table["seller_id"]])
        return table

    def settings_changed(self, plan: "TargetPlan", old: int, new: int, *, language: str) -> list[str]:
        """What was set otherwise in the second of two versions, in words; and whether the data are others."""
        before, after = (self._made_from(plan, version) for version in (old, new))
        said = setting_changes(before[0], after[0], language)
        if before[1] != after[1]:
            said.append(say("The data have changed: {old} → {new}", language, old=before[1], new=after[1]))
        return said

    def _made_from(self, plan: "TargetPlan", version: int) -> tuple[Mapping[str, Any], str]:
        if version == SCREEN:
            return plan.parameters.model_dump(mode="json"), plan.fingerprint
        kept = self._read(plan, version)
        return kept.parameters, kept.fingerprint

    def _read(self, plan: "TargetPlan", version: int) -> "PlanVersion":
        return self._opened().read(self.name_of(plan), version)

    def _with_screen(self, plan: "TargetPlan", old: int, new: int, language: str) -> pd.DataFrame:
        """The same comparison as between two versions, in a store that is gone afterwards."""
        from salesplan.data.plan_store import PlanStore

        screen = (plan_lines(plan), say("Plan on the screen", language))
        saved = self._read(plan, old or new)
        kept = (saved.frame, saved.reason)
        aside = PlanStore("sqlite://")
        try:
            for frame, reason in (screen, kept) if old == SCREEN else (kept, screen):
                people = frame.groupby("seller_id", as_index=False)[list(LEVELS)].sum()
                aside.save(people, name="two", parameters={}, fingerprint="", author="-", reason=reason)
            return aside.diff("two", 1, 2)
        finally:
            aside.close()

    def _opened(self) -> "PlanStore":
        if self._store is None:
            from salesplan.data.plan_store import PlanStore

            if isinstance(self._place, Path):
                self._place.parent.mkdir(parents=True, exist_ok=True)
            self._store = PlanStore(self._place)  # type: ignore[arg-type]
        return self._store
