"""Actions that reviews proposed, what was decided about each, and by whom; kept for ever beside the plan versions."""

import datetime as dt
import json
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pandas as pd
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from salesplan.data.action_tables import METADATA, REVIEW_ACTION, REVIEW_DECISION
from salesplan.data.store_engine import ATTEMPTS, Store, utc_text, wait_by_lot
from salesplan.errors import DataError, InputError, Sentence, known_choices

STATUS_AFTER: Final = {"accepted": "accepted", "dismissed": "dismissed", "done": "done", "reopened": "proposed"}
"""What can be decided about an action, and what it is afterwards; an action nobody decided about is ``proposed``."""
ACTION_COLUMNS: Final = ["action_id", "period", "unit_id", "node_id", "finding_key", "status", "message", "action", "details",
                         "owner", "due", "measure", "measure_value", "better", "decided_by", "why", "decided_at"]
_GIVEN: Final = ("unit_id", "finding_key", "message", "action")
_OPTIONAL: Final = ("action_id", "node_id", "details", "owner", "due", "measure", "measure_value", "better")
_BETTER: Final = ("higher", "lower")


def action_id(period: str | pd.Period, unit_id: str, finding_key: str, node_id: str = "") -> str:
    """Name of an action: the same for the same finding of the same node in the review of the same unit and month.

    Examples
    --------
    >>> action_id("2026-10", "D11", "pace_behind", "E0018") == action_id(pd.Period("2026-10", "M"), "D11", "pace_behind", "E0018")
    True
    >>> len(action_id("2026-10", "D11", "pace_behind"))
    12
    """
    return sha256("\x1f".join((str(period), unit_id, finding_key, node_id)).encode()).hexdigest()[:12]


class ActionStore(Store):
    """Proposed actions and decisions in a database; nothing is ever overwritten.

    Parameters
    ----------
    url
        SQLAlchemy URL or a path to an SQLite file: the one of the plan versions.

    Examples
    --------
    >>> import tempfile
    >>> store = ActionStore(Path(tempfile.mkdtemp()) / "plan.db")
    >>> found = pd.DataFrame({"unit_id": ["D11"], "node_id": ["E0018"], "finding_key": ["pace_behind"],
    ...                       "message": ["{name} is behind."], "action": ["Visit more."], "details": [{"name": "张伟"}]})
    >>> store.propose(found, period="2026-10"), store.propose(found, period="2026-10")
    (1, 0)
    >>> one = store.read()["action_id"].iloc[0]
    >>> store.decide(one, "accepted", who="E0005", why="agreed", owner="E0018", due="2026-11-20")
    >>> store.read(before="2026-11")[["status", "owner", "decided_by"]].values.tolist()
    [['accepted', 'E0018', 'E0005']]
    """

    def __init__(self, url: str | Path) -> None:
        super().__init__(url, METADATA)

    def propose(self, actions: pd.DataFrame, *, period: str | pd.Period, when: dt.datetime | None = None) -> int:
        """Keep the actions a review proposes; those kept before with the same content are left as they are.

        An action proposed again with other figures (the data were corrected) keeps its id, what was decided about it, and
        all it said before; the newest counts.

        Parameters
        ----------
        actions
            ``unit_id, finding_key, message, action`` and optionally ``node_id, details`` (dict), ``owner, due, measure,
            measure_value, better`` (``higher`` or ``lower``), ``action_id``.
        period
            Month of the review, such as ``2026-10``.
        when
            Time of proposing; now (UTC) by default.

        Returns
        -------
        How many were new or said something else than before.

        Raises
        ------
        InputError
            A missing or unknown column, an id that is not that of the action, an action listed twice with different content,
            or a day that is none.
        """
        rows = _rows(actions, _month(period))
        for _ in range(ATTEMPTS):
            known = self._newest(list(rows))
            moment, added = utc_text(when), []
            for name, row in rows.items():
                before = known.get(name)
                if before is None or any(before[key] != value for key, value in row.items()):
                    revision = 1 if before is None else before["revision"] + 1
                    added.append({**row, "revision": revision, "proposed_at": moment})
            if not added:
                return 0
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(REVIEW_ACTION), added)
                return len(added)
            except IntegrityError:
                wait_by_lot()  # another process proposed the same: look again
        raise DataError("actions are being proposed by others all the time", fix="Propose again.")

    def decide(
        self, action_id: str, decision: str, *, who: str, why: str, owner: str | None = None,
        due: str | dt.date | None = None, when: dt.datetime | None = None,
    ) -> None:
        """Record what was decided about an action.

        Parameters
        ----------
        decision
            ``accepted``, ``dismissed``, ``done`` or ``reopened``.
        who, why
            Who decided, and why; to dismiss an action takes a reason.
        owner, due
            Who does it by when, where other than proposed.

        Raises
        ------
        InputError
            No such action or decision, nobody who decides, no reason for dismissing, or a day that is none.
        """
        if decision not in STATUS_AFTER:
            raise InputError(Sentence("decision == {decision}, must be one that can be made about an action", decision=repr(decision)),
                             fix=known_choices(decision, list(STATUS_AFTER)))
        if not who.strip():
            raise InputError(Sentence("who == {who}, must say who decides", who=repr(who)))
        if decision == "dismissed" and not why.strip():
            raise InputError(Sentence("why == {why}, must give a reason for dismissing an action", why=repr(why)))
        if not self._newest([action_id]):
            raise InputError(Sentence("action == {action}, must have been proposed by a review", action=repr(action_id)),
                             fix=Sentence("Look the action up in the list of open actions."))
        with self._engine.begin() as connection:
            connection.execute(insert(REVIEW_DECISION).values(
                action_id=action_id, decision=decision, who=who.strip(), why=why.strip(), owner=owner or None,
                due=_day(due), decided_at=utc_text(when)))

    def read(
        self, *, before: str | pd.Period | None = None, period: str | pd.Period | None = None,
        units: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Actions as they stand, oldest period first.

        Parameters
        ----------
        before
            Only of reviews of earlier months.
        period
            Only of the review of this month.
        units
            Only of the reviews of these units.

        Returns
        -------
        DataFrame: ``action_id, period, unit_id, node_id, finding_key, status`` (``proposed``, ``accepted``, ``dismissed``,
        ``done``), ``message, action, details`` (dict), ``owner, due`` (day), ``measure, measure_value, better, decided_by,
        why, decided_at``; ``owner`` and ``due`` as decided last, else as proposed.
        """
        query = select(REVIEW_ACTION).order_by(REVIEW_ACTION.c.revision)
        if before is not None:
            query = query.where(REVIEW_ACTION.c.period < _month(before))
        if period is not None:
            query = query.where(REVIEW_ACTION.c.period == _month(period))
        with self._engine.connect() as connection:
            rows = {row["action_id"]: dict(row) for row in connection.execute(query).mappings()}
        wanted = None if units is None else set(units)
        rows = {name: row for name, row in rows.items() if wanted is None or row["unit_id"] in wanted}
        decided = self.decisions()
        for decision in decided[decided["action_id"].isin(list(rows))].to_dict("records"):
            row = rows[decision["action_id"]]
            row |= {"status": STATUS_AFTER[decision["decision"]], "decided_by": decision["who"], "why": decision["why"],
                    "decided_at": decision["decided_at"]}
            row |= {name: decision[name] for name in ("owner", "due") if decision[name] is not None}
        for row in rows.values():
            row.setdefault("status", "proposed")
            row["details"] = json.loads(row["details"])
        frame = pd.DataFrame(list(rows.values())).reindex(columns=ACTION_COLUMNS)
        texts = {name: "object" for name in ACTION_COLUMNS if name not in ("due", "measure_value")}
        frame = frame.astype({**texts, "measure_value": float})
        frame["due"] = pd.to_datetime(frame["due"]).astype("datetime64[us]")
        for name in ("owner", "measure", "better", "decided_by", "why", "decided_at"):
            frame[name] = frame[name].where(frame[name].notna(), None)
        return frame.sort_values(["period", "unit_id", "node_id", "finding_key"], ignore_index=True)

    def decisions(self, action_id: str | None = None) -> pd.DataFrame:
        """Every decision in order: ``action_id, decision, who, why, owner, due, decided_at``."""
        columns = ["action_id", "decision", "who", "why", "owner", "due", "decided_at"]
        query = select(*(REVIEW_DECISION.c[c] for c in columns)).order_by(REVIEW_DECISION.c.id)
        if action_id is not None:
            query = query.where(REVIEW_DECISION.c.action_id == action_id)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return pd.DataFrame(rows, columns=columns, dtype=object)

    def _newest(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        """What each action says now."""
        found: dict[str, dict[str, Any]] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(ids), 500):
                query = select(REVIEW_ACTION).where(REVIEW_ACTION.c.action_id.in_(ids[start:start + 500]))
                for row in connection.execute(query.order_by(REVIEW_ACTION.c.revision)).mappings():
                    found[row["action_id"]] = dict(row)
        return found


def _rows(actions: pd.DataFrame, period: str) -> dict[str, dict[str, Any]]:
    """Actions as the store keeps them, by id."""
    known = [*_GIVEN, *_OPTIONAL]
    for column in actions.columns:
        if column not in known:
            raise InputError(f"column == {column!r}, must be one of an action", fix=known_choices(column, known))
    for column in _GIVEN:
        if column not in actions or actions[column].isna().any():
            raise InputError(f"{column} is missing, must be given for every action", where="actions")
    rows: dict[str, dict[str, Any]] = {}
    for given in actions.to_dict("records"):
        row = {name: _plain(given.get(name)) for name in known}
        row["node_id"] = row["node_id"] or ""
        name = action_id(period, row["unit_id"], row["finding_key"], row["node_id"])
        if row["action_id"] not in (None, name):
            raise InputError(f"action_id == {row['action_id']!r}, must be {name!r}", where=f"{row['finding_key']} of {row['unit_id']}")
        if row["better"] not in (None, *_BETTER):
            raise InputError(f"better == {row['better']!r}, must be 'higher' or 'lower'", where=f"{row['finding_key']} of {row['unit_id']}")
        value = row["measure_value"]
        row |= {"action_id": name, "period": period, "due": _day(row["due"]), "details": _written(row["details"]),
                "measure_value": None if value is None else float(value)}
        if rows.setdefault(name, row) != row:
            raise InputError(f"action {name} is listed twice with different content, must be listed once",
                             where=f"{row['finding_key']} of {row['unit_id']}")
    return rows


def _plain(value: Any) -> Any:
    return None if not isinstance(value, dict | list) and pd.isna(value) else value


def _written(details: Any) -> str:
    return json.dumps(details or {}, ensure_ascii=False, sort_keys=True, default=_said)


def _said(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, set | tuple):
        return sorted(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _day(day: Any) -> str | None:
    if day is None or pd.isna(day) or day == "":
        return None
    try:
        return str(pd.Timestamp(day).date().isoformat())
    except (ValueError, TypeError) as error:
        raise InputError(Sentence("due == {due}, must be a day such as 2026-11-20", due=repr(day))) from error


def _month(period: str | pd.Period) -> str:
    try:
        return str(pd.Period(period, freq="M"))
    except (ValueError, TypeError) as error:
        raise InputError(Sentence("period == {given}, must be a month such as 2026-10", given=repr(period))) from error
