"""What a run of the kit's own monthly review calls: the month worked out once, the checks, the workbook, the actions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.data.action_store import ActionStore
from salesplan.data.plan_store import PlanStore
from salesplan.data.workspace import Workspace
from salesplan.errors import SalesplanError
from salesplan.reporting.review_period import PLAN_FILE, company_month, open_review_period
from salesplan.reporting.review_workbook import export_review_workbook
from salesplan.review.company_review import CompanyReview
from salesplan.review.parameters import ReviewParameters

PARTS = ("attainment", "outlook", "month_pace", "linearity", "quarter_end", "year_end", "amber", "quarter_rate", "year_rate", "closing",
         "signals", "triggers", "off_pace", "bridge_target", "bridge_last_year", "measures")  # fmt: skip
"""What is worked out for the whole company before the first unit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenedMonth:
    """A month of the whole company, worked out.

    Parameters
    ----------
    units
        ``unit_id, parent_id, level, name`` of every node.
    label
        The month, ``2026-10``.
    fingerprint
        Of everything a review reads: data, settings, approved plans, and earlier months' actions with what was decided.
    """

    units: pd.DataFrame
    label: str
    fingerprint: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", self.units.copy())


def preload(workspace: str, values: Mapping[str, Any]) -> OpenedMonth:
    """Work the month out for the whole company, where `open_review_period` of this process and its forks finds it.

    A part that cannot be worked out is left to the reviews that show it: each says why.

    Parameters
    ----------
    workspace
        Folder of the imported data.
    values
        Parameters of all units.
    """
    space = Workspace(workspace).require()
    recorded = _all_actions(space)
    company = company_month(space, ReviewParameters.read({**values, "workspace": str(space.path)}))
    for part in PARTS:
        try:
            getattr(company, part)
        except SalesplanError:
            continue
    return OpenedMonth(units=company.data.units[["unit_id", "parent_id", "level", "name"]], label=company.data.label,
                       fingerprint=_fingerprint(company, recorded))


def check(values: Mapping[str, Any]) -> None:
    """Refuse values outside their rules.

    Raises
    ------
    ParameterError
        An unknown name, or a value outside its rule.
    """
    ReviewParameters.read(values)


def workbook(workspace: str, values: Mapping[str, Any], path: str | Path) -> Path:
    """Write the workbook of the unit that the parameters name."""
    parameters = ReviewParameters.read({**values, "workspace": str(workspace)})
    return export_review_workbook(open_review_period(workspace, parameters), path, language=parameters.language)


def actions(workspace: str, label: str, actions: Sequence[Mapping[str, Any]]) -> int:
    """Keep the actions of a unit's review, those of the records its notebook shows; how many are new or say something else.

    Raises
    ------
    InputError
        An action whose id is not that of its month, unit, finding and node.
    """
    if not actions:
        return 0
    rows = [{**{name: action[name] for name in ("action_id", "unit_id", "node_id", "finding_key", "due", "measure_value")},
             "measure": action["measure"] or None, "better": action["better"] or None,
             **{name: action["kept"][name] for name in ("message", "action", "owner", "details")}} for action in actions]
    with ActionStore(Workspace(workspace).require().path / PLAN_FILE) as store:
        return store.propose(pd.DataFrame(rows), period=label)


def _all_actions(space: Workspace) -> pd.DataFrame | None:
    """All actions on record; None where there is no database yet.

    Its tables are made here where any are missing, so that the file stays as it is while the month is kept for it.
    """
    file = space.path / PLAN_FILE
    if not file.is_file():
        return None
    PlanStore(file).close()
    with ActionStore(file) as store:
        return store.read()


def _fingerprint(company: CompanyReview, recorded: pd.DataFrame | None) -> str:
    data = company.data
    told = {"data": data.fingerprint, "settings": asdict(data.settings), "actions": []}
    if recorded is not None:
        before = recorded[recorded["period"] < data.label]
        told["actions"] = [{name: str(value) for name, value in row.items()} for row in before.to_dict("records")]
    return sha256(json.dumps(told, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()[:12]
