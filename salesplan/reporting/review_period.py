"""A month opened for review: its facts as the reader may see them, and what is made of them."""

from functools import lru_cache
from pathlib import Path

import pandas as pd

from salesplan.data.action_store import ACTION_COLUMNS, ActionStore
from salesplan.data.review_data import ReviewData, load_review_data
from salesplan.data.review_plans import plans_state
from salesplan.data.workspace import Workspace
from salesplan.review.company_review import CompanyReview
from salesplan.review.monthly_review import MonthlyReview
from salesplan.review.parameters import ReviewParameters

PLAN_FILE = "plan.db"
OF_ONE_UNIT = ("workspace", "language", "unit", "adjust_cap", "external_trigger", "trigger_change")
"""Parameters that change nothing of what is worked out for the whole company."""


def open_review_period(workspace: str | Path, parameters: ReviewParameters, *, user: str | None = None) -> MonthlyReview:
    """Load a month and offer its review; each part is worked out when it is asked for.

    The whole company's month is read and worked out once and kept while its files stay as they are, so that the reviews of
    many units in one process, or in processes forked from it, do not do it again, and all say the same of the same people.
    Who leads several separate units sees the first of them unless one is named.

    Parameters
    ----------
    workspace
        Folder of the imported data.
    parameters
        Month, unit, intervals.
    user
        Whose view it is; nothing shows the whole company.

    Raises
    ------
    MissingWorkspaceError, InputError, DataError
        No data, an unknown month, unit or person.
    """
    space = Workspace(workspace).require()
    company = company_month(space, parameters)
    data = company.data
    if user:
        data = data.scoped_to(user)
    if parameters.unit:
        data = data.for_unit(parameters.unit)
    elif data.units["unit_id"].iloc[0] not in set(company.data.units["unit_id"]):
        data = data.for_unit(str(data.units["unit_id"].iloc[1]))
    return MonthlyReview(data=data, company=company, parameters=parameters, earlier_actions=_earlier_actions(space, data))


def company_month(space: Workspace, parameters: ReviewParameters) -> CompanyReview:
    """The whole company's month; kept until a file of the workspace changes."""
    own = {name: ReviewParameters.model_fields[name].default for name in OF_ONE_UNIT}
    shared = parameters.with_changes(**own)
    return _company(str(space.path), shared, _stamp(space))


@lru_cache(maxsize=2)
def _company(path: str, parameters: ReviewParameters, stamp: tuple[tuple[str, int, int], ...]) -> CompanyReview:
    return CompanyReview(data=_loaded(path, parameters.period, stamp), parameters=parameters)


@lru_cache(maxsize=2)
def _loaded(path: str, period: str, stamp: tuple[tuple[str, int, int], ...]) -> ReviewData:
    return load_review_data(path, period=period or None)


def _stamp(space: Workspace) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of the files a month is read from, and the newest plan version and decision.

    Decisions about actions, kept in the same database, change nothing of it.
    """
    files = [*sorted((space.path / "canonical").rglob("*.parquet")), space.path / "workspace.yaml"]
    found = [(str(file.relative_to(space.path)), file.stat()) for file in files if file.is_file()]
    return (*((name, stat.st_mtime_ns, stat.st_size) for name, stat in found), ("plans", *plans_state(space)))


def _earlier_actions(space: Workspace, data: ReviewData) -> pd.DataFrame:
    """Actions of earlier months about units of the page."""
    if not (space.path / PLAN_FILE).is_file():
        return pd.DataFrame(columns=ACTION_COLUMNS)
    with ActionStore(space.path / PLAN_FILE) as store:
        return store.read(before=data.label, units=data.units["unit_id"].tolist())
