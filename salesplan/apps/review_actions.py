"""What is decided about the actions of reviews: listed, checked, written down; no widget in sight."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from salesplan.data.action_store import ACTION_COLUMNS, STATUS_AFTER, ActionStore, action_id
from salesplan.errors import DataError, InputError, Sentence
from salesplan.reporting.show_follow_up import DECISIONS as SAID
from salesplan.review.proposed_actions import proposed_actions
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.review.monthly_review import MonthlyReview

DECISIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "proposed": ("accepted", "dismissed"), "accepted": ("done", "dismissed", "reopened"), "dismissed": ("reopened",),
    "done": ("reopened",),
}  # fmt: skip
"""Status of an action -> what can be decided about it."""
NEEDS_REASON: Final = ("accepted", "dismissed", "reopened")
LONGEST: Final = 400
_WHERE: Final = mark("actions of the review")
_KEPT: Final = ("unit_id", "node_id", "finding_key", "message", "action", "details", "owner", "due", "measure", "measure_value", "better")
UNSIGNED: Final = mark("nobody is named who decides; it must be said")
NO_REASON: Final = mark("no reason is given; it must be said why")
TOO_LONG: Final = mark("{name} has {n} characters, must have at most {most}")
NOT_HERE: Final = mark("action == {action}, must be one of the actions shown")
NOT_NOW: Final = mark("decision == {decision}, cannot be made about an action that is {status}")
MEANWHILE: Final = mark("{who} has decided about this action meanwhile: {status}")
LOOK: Final = mark("Look at what was decided, then decide anew if need be.")
AT_ONCE: Final = mark("{who} decided at the same moment otherwise; both are on record, and the later one counts.")
NO_STORE: Final = mark("this page was opened without a workspace, so decisions cannot be kept")


class ActionDesk:
    """Reads and decides about actions in the workspace's plan database.

    Parameters
    ----------
    file
        The database; it is made when something is decided first. Without one, actions are shown only.
    user
        Whom the app serves: then nobody else can sign.
    """

    def __init__(self, file: Path | None, *, user: str | None = None) -> None:
        self.file, self.user = file, user
        self._store: ActionStore | None = None

    @property
    def can_keep(self) -> bool:
        """Whether there is a place to write decisions to."""
        return self.file is not None

    def earlier(self, month: str, units: Sequence[str]) -> pd.DataFrame:
        """Actions of earlier months about some units, as they stand."""
        return self._read(before=month, units=units)

    def of_month(self, review: "MonthlyReview") -> pd.DataFrame:
        """Actions of a unit's month, those proposed by the review and those on record, with what was decided.

        Returns
        -------
        DataFrame: the action store's columns, ``urgency`` (act or watch, where the review proposes it today) and
        ``n_decisions``, which a decision hands back to show what its maker has seen.
        """
        month, unit = review.data.label, review.top
        found = proposed_actions(review)
        found.insert(0, "action_id", [action_id(month, unit, key, node)
                                      for key, node in zip(found["finding_key"], found["node_id"], strict=True)])
        kept = self._read(period=month, units=[unit]).to_dict("records")
        known: dict[str, dict[Any, Any]] = {str(row["action_id"]): row for row in kept}
        rows: list[dict[Any, Any]] = []
        for row in found.to_dict("records"):
            stands: dict[Any, Any] = {"status": "proposed", **known.get(str(row["action_id"]), {})}
            own = {name: stands[name] for name in ("owner", "due") if not _is_empty(stands.get(name))}
            decided = {name: stands.get(name) for name in ("status", "decided_by", "why", "decided_at")}
            whole: dict[Any, Any] = {**row, "period": month, **decided, **own}
            rows.append(whole)
        here = set(found["action_id"])
        rows += [{**row, "urgency": ""} for name, row in known.items() if name not in here and row["status"] != "proposed"]
        return self._counted(pd.DataFrame(rows, columns=[*ACTION_COLUMNS, "urgency"], dtype=object))

    def about(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Actions on record, with how many decisions there are about each."""
        return self._counted(frame)

    def about_person(self, month: str, seller_id: str) -> pd.DataFrame:
        """Actions on record of a month that are about one person, whoever's review proposed them."""
        found = self._read(period=month)
        return self._counted(found[found["node_id"].eq(seller_id)].assign(urgency="").reset_index(drop=True))

    def decide(
        self, shown: pd.DataFrame, chosen: str, decision: str, *, who: str, why: str, owner: str | None = None, due: Any = None
    ) -> str:
        """Write down what was decided about one of the actions shown.

        Parameters
        ----------
        shown
            The actions the person sees, from `of_month` or `about`; nothing else can be decided about.
        chosen
            Id of the action.
        decision
            One of `DECISIONS` for its status.
        who
            Who decides; passed over where the app serves somebody.
        owner, due
            Who does it by when, where other than proposed.

        Returns
        -------
        Who decided at the same moment otherwise; empty where nobody did.

        Raises
        ------
        InputError
            Not an action shown, a decision its status does not allow, nobody who decides, no reason, or somebody
            who decided meanwhile.
        """
        rows = shown[shown["action_id"].eq(chosen)]
        if rows.empty:
            raise InputError(Sentence(NOT_HERE, action=repr(chosen)), where=Sentence(_WHERE))
        row: dict[str, Any] = {str(name): value for name, value in rows.iloc[0].to_dict().items()}
        signed, reason = (self.user or who).strip(), why.strip()
        if decision not in DECISIONS[row["status"]]:
            raise InputError(Sentence(NOT_NOW, decision=repr(decision), status=Sentence(SAID[row["status"]])), where=Sentence(_WHERE))
        if not signed:
            raise InputError(Sentence(UNSIGNED), where=Sentence(_WHERE))
        if not reason and decision in NEEDS_REASON:
            raise InputError(Sentence(NO_REASON), where=Sentence(_WHERE))
        for name, text in (("who", signed), ("reason", reason), ("owner", owner or "")):
            if len(text) > LONGEST:
                raise InputError(Sentence(TOO_LONG, name=name, n=len(text), most=LONGEST), where=Sentence(_WHERE))
        store = self._opened()
        self._propose(store, row)
        before = store.decisions(chosen)
        if len(before) != int(row["n_decisions"]):
            last = before.iloc[-1]
            raise InputError(Sentence(MEANWHILE, who=str(last["who"]), status=Sentence(SAID[STATUS_AFTER[str(last["decision"])]])),
                             where=Sentence(_WHERE), fix=Sentence(LOOK))
        store.decide(chosen, decision, who=signed, why=reason, owner=owner or None, due=None if _is_empty(due) else due)
        others = store.decisions(chosen).iloc[int(row["n_decisions"]):]
        others = others[others["who"].ne(signed) & others["decision"].ne(decision)]
        return "、".join(sorted(set(others["who"].astype(str))))

    def _propose(self, store: ActionStore, row: Mapping[str, Any]) -> None:
        """See to it that the action is on record: one that a review proposes today, as it stands today."""
        if not row.get("urgency"):
            return
        plain = {name: row[name] for name in _KEPT}
        plain["due"] = plain["due"] if not row["n_decisions"] else None
        known = store.read(period=row["period"], units=[row["unit_id"]])
        if row["action_id"] not in set(known["action_id"]):
            store.propose(pd.DataFrame([plain]), period=row["period"])

    def _read(self, **where: Any) -> pd.DataFrame:
        if self._store is None and (self.file is None or not self.file.is_file()):
            return pd.DataFrame(columns=ACTION_COLUMNS)
        return self._opened().read(**where)

    def _counted(self, frame: pd.DataFrame) -> pd.DataFrame:
        count: dict[str, int] = {}
        if self._store is not None:
            count = {str(key): int(n) for key, n in self._store.decisions()["action_id"].value_counts().items()}
        return frame.assign(n_decisions=[count.get(str(one), 0) for one in frame["action_id"]])

    def _opened(self) -> ActionStore:
        if self.file is None:
            raise DataError(Sentence(NO_STORE), where=Sentence(_WHERE))
        if self._store is None:
            self._store = ActionStore(self.file)
        return self._store


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or bool(pd.isna(value))
