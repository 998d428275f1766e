"""What a review run calls that depends on the notebook: its data, its checks, its workbook, its actions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import pandas as pd

from salesplan.errors import InputError


class ReviewCompany(Protocol):
    """What a run needs to know of a company's data for a month."""

    @property
    def units(self) -> pd.DataFrame:
        """unit_id, parent_id, level, name of every node."""

    @property
    def label(self) -> str:
        """The month, ``2026-10``."""

    @property
    def fingerprint(self) -> str:
        """Changes with everything a review reads: tables, plans, what was decided before the month."""


@dataclass(frozen=True, kw_only=True)
class ReviewHooks:
    """Functions by dotted name, ``package.module:function``, so that a job can be sent to another machine.

    Parameters
    ----------
    preload
        ``(workspace, values) -> ReviewCompany``: loads the month once, before the first unit, and keeps it where the
        notebook's own loading finds it; the processes of the units inherit it.
    check
        ``(values) -> None``: raises where a value is outside its rule; called for the common parameters and for those of
        every unit before anything runs.
    workbook
        ``(workspace, values, path) -> None``: writes the workbook of one unit.
    actions
        ``(workspace, label, actions) -> None``: takes the actions a unit's review proposes, once all units are through.
    """

    preload: str
    check: str = ""
    workbook: str = ""
    actions: str = ""


_MONTH = "salesplan.reporting.review_company"
MONTHLY = ReviewHooks(preload=f"{_MONTH}:preload", check=f"{_MONTH}:check",
                      workbook=f"{_MONTH}:workbook", actions=f"{_MONTH}:actions")
"""What the kit's own monthly review uses."""


def hook(name: str) -> Callable[..., Any]:
    """The function of a dotted name.

    Examples
    --------
    >>> hook("os.path:basename")("/a/b")
    'b'

    Raises
    ------
    InputError
        There is none of this name.
    """
    module, _, function = name.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"hook == {name!r}, must be a function as package.module:function") from error
    return found


def open_company(hooks: ReviewHooks, workspace: str, values: Mapping[str, Any]) -> ReviewCompany:
    """Load the month of a run."""
    company: ReviewCompany = hook(hooks.preload)(workspace, dict(values))
    return company
