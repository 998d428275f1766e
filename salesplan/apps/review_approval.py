"""An adjustment of targets approved: saved as a version of the plan beside what stood before, and told person by person."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from salesplan.apps.review_actions import LONGEST, TOO_LONG
from salesplan.calendars.fiscal import FiscalCalendar
from salesplan.errors import DataError, InputError, Sentence
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.data.plan_store import PlanStore
    from salesplan.review.adjustment import Adjustment
    from salesplan.review.monthly_review import MonthlyReview

PLAN_FILE: Final = "plan.db"
KIND: Final = "adjustment"
_WHERE: Final = mark("adjustment of targets")
_KEY: Final = ["seller_id", "month"]
NOT_LEADING: Final = mark("only who leads {unit} can approve new targets for it")
NOTHING: Final = mark("nothing is proposed for {unit}, so there is nothing to approve")
UNSIGNED: Final = mark("A version needs both: who approves it, and why.")
ALREADY: Final = mark("{who} has approved an adjustment for this month already")
MOVED: Final = mark("the plan has changed since this page was opened, so the proposal no longer fits it")
LOOK_AGAIN: Final = mark("Open the page anew and look at the proposal again.")
NO_STORE: Final = mark("this page was opened without a workspace, so nothing can be approved")
BEFORE: Final = mark("As it stood before the adjustment")


@dataclass(frozen=True, kw_only=True, eq=False)
class Approved:
    """An adjustment that was approved: by whom, when and why, and what it changes for each person.

    ``changes`` is as from :meth:`~salesplan.data.plan_store.PlanStore.diff`.
    """

    name: str
    version: int
    unit_id: str
    who: str
    why: str
    decided_at: str
    changes: pd.DataFrame


class AdjustmentDesk:
    """Approves adjustments in the workspace's plan database.

    Parameters
    ----------
    workspace
        Its folder; without one nothing can be approved.
    user
        Whom the app serves: then nobody else can sign.
    """

    def __init__(self, workspace: Path | None, *, user: str | None = None) -> None:
        self.file, self.workspace, self.user = workspace / PLAN_FILE if workspace else None, workspace, user
        self._store: PlanStore | None = None

    @property
    def can_keep(self) -> bool:
        """Whether there is a place to write to."""
        return self.file is not None

    def seen(self, review: "MonthlyReview") -> int:
        """Number of the newest version of the unit's adjustments; handed back when approving."""
        if not self._exists():
            return 0
        found = self._opened().versions(plan_name(review))
        return int(found["version"].max()) if len(found) else 0

    def approved(self, review: "MonthlyReview") -> Approved | None:
        """The adjustment approved for this month that concerns anybody of the unit, the newest one."""
        if not self._exists():
            return None
        store, people = self._opened(), set(review.data.sellers["seller_id"].astype(str))
        versions = store.versions()
        head = f"{year_label(review)} · "
        rows = versions[versions["status"].isin(["approved", "superseded"]) & versions["name"].astype(str).str.startswith(head)]
        found: list[Approved] = []
        for row in rows.to_dict("records"):
            kept = store.read(row["name"], int(row["version"]))
            made = kept.parameters
            if made.get("kind") != KIND or made.get("period") != review.data.label or not people & set(kept.frame["seller_id"]):
                continue
            decided = store.decisions(row["name"])
            last = decided[decided["version"].eq(kept.version)].iloc[-1]
            changes = store.diff(row["name"], int(made["before"]), kept.version)
            found.append(Approved(
                name=kept.name, version=kept.version, unit_id=str(made["unit"]), who=str(last["who"]), why=str(last["why"]),
                decided_at=str(last["decided_at"]), changes=changes[changes["seller_id"].isin(people)].reset_index(drop=True)))
        return max(found, key=lambda one: one.decided_at, default=None)

    def approve(self, review: "MonthlyReview", *, leads: bool, who: str, why: str, seen: int, language: str) -> Approved:
        """Save the plan that is proposed as a new version and approve it; what stood before is kept beside it.

        Parameters
        ----------
        leads
            Whether the reader leads the unit.
        who
            Who approves; passed over where the app serves somebody.
        seen
            From `seen` when the proposal was shown.

        Raises
        ------
        InputError
            The reader does not lead the unit, nothing is proposed, no name or reason, the plan has changed, or somebody
            approved meanwhile.
        """
        found, unit = review.adjustment, review.names.get(review.top, review.top)
        if not leads:
            raise InputError(Sentence(NOT_LEADING, unit=unit), where=Sentence(_WHERE))
        if found is None or found.status != "proposed":
            raise InputError(Sentence(NOTHING, unit=unit), where=Sentence(_WHERE))
        signed, reason = (self.user or who).strip(), why.strip()
        if not signed or not reason:
            raise InputError(Sentence(UNSIGNED), where=Sentence(_WHERE))
        for name, text in (("who", signed), ("reason", reason)):
            if len(text) > LONGEST:
                raise InputError(Sentence(TOO_LONG, name=name, n=len(text), most=LONGEST), where=Sentence(_WHERE))
        if (earlier := self.approved(review)) is not None:
            raise InputError(Sentence(ALREADY, who=earlier.who), where=Sentence(_WHERE), fix=Sentence(LOOK_AGAIN))
        self._check_plan(review, found)
        store, name = self._opened(), plan_name(review)
        made: dict[str, Any] = {
            "kind": KIND, "unit": review.top, "period": review.data.label,
            **{key: getattr(review.parameters, key) for key in ("adjust_cap", "external_trigger", "trigger_change")}}
        common: dict[str, Any] = {"name": name, "fingerprint": review.data.fingerprint, "author": signed}
        before = self._base(store, found, seen=seen, reason=say(BEFORE, language), made=made, common=common)
        version = store.save(months_left(found), parameters={**made, "before": before}, reason=reason, based_on=before, **common)
        store.approve(name, version, who=signed, why=reason)
        approved = self.approved(review)
        if approved is None:
            raise DataError(f"version {version} was approved and is not found", where=Sentence(_WHERE))
        return approved

    def _base(
        self, store: "PlanStore", found: "Adjustment", *, seen: int, reason: str, made: Mapping[str, Any], common: Mapping[str, Any]
    ) -> int:
        """Number of the version that holds the plan as it stood; saved where the newest does not."""
        was = months_left(found, column="old_fen")
        if seen:
            newest = store.read(common["name"], seen)
            kept = newest.frame.reindex(columns=[*_KEY, "target_fen"]).sort_values(_KEY, ignore_index=True)
            if kept.astype(str).equals(was.sort_values(_KEY, ignore_index=True).astype(str)):
                return seen
        return store.save(was, parameters={**made, "kind": "before"}, reason=reason, based_on=seen, **common)

    def _check_plan(self, review: "MonthlyReview", found: "Adjustment") -> None:
        """The proposal starts from the plan that counts now."""
        from salesplan.data.review_plans import read_plans
        from salesplan.data.workspace import Workspace

        if self.workspace is None:
            raise DataError(Sentence(NO_STORE), where=Sentence(_WHERE))
        plans = read_plans(Workspace(self.workspace).require(), months=review.data.year_months)
        own = plans[plans["scope_type"].eq("rep")].rename(columns={"scope_id": "seller_id"})
        both = found.lines.merge(own[[*_KEY, "restated"]], on=_KEY, how="inner")
        if (both["restated"] * 100 - both["old_fen"]).abs().gt(0.5).any():
            raise InputError(Sentence(MOVED), where=Sentence(_WHERE), fix=Sentence(LOOK_AGAIN))

    def _exists(self) -> bool:
        return self.file is not None and (self._store is not None or self.file.is_file())

    def _opened(self) -> "PlanStore":
        if self.file is None:
            raise DataError(Sentence(NO_STORE), where=Sentence(_WHERE))
        if self._store is None:
            from salesplan.data.plan_store import PlanStore

            self._store = PlanStore(self.file)
        return self._store


def months_left(found: "Adjustment", *, column: str = "target_fen") -> pd.DataFrame:
    """Lines of a plan version: the months that are not over; ended ones are left to what counted then.

    Parameters
    ----------
    column
        ``old_fen`` for the plan as it stood.
    """
    ended = found.months.loc[found.months["is_ended"], "month"]
    lines = found.lines[~found.lines["month"].isin(ended)]
    return pd.DataFrame({"seller_id": lines["seller_id"], "month": lines["month"].astype(str),
                         "target_fen": lines[column].astype("int64")}).reset_index(drop=True)


def year_label(review: "MonthlyReview") -> str:
    """What the fiscal year of the month is called, as plans of the year are."""
    calendar = FiscalCalendar(start_month=review.data.settings.fiscal_start_month)
    return calendar.label(int(calendar.year_of(review.data.month)))


def plan_name(review: "MonthlyReview") -> str:
    """Name the versions of a unit's adjustments are kept under: the plan of its year, and the unit.

    The lines count for the unit's people before those of the company's plan while they were approved later.
    """
    return f"{year_label(review)} · {review.top}"
