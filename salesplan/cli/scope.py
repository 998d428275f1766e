"""Whose view a command makes: checked before anything is computed or served."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salesplan.apps.context import USER
from salesplan.cli.locate import COMMAND_LINE
from salesplan.errors import InputError, Sentence

WHOLE_COMPANY = ("data_quality", "system_selection")
"""Notebooks of the kit that have no view of one person."""


def check_user(user: str | None, *, workspace: Path, notebook: str = "") -> str | None:
    """The person a page is made for, if any.

    Raises
    ------
    InputError
        Nobody, or several, by that id in the list of people; or a page about the whole company.
    """
    from salesplan.data.access import find_person
    from salesplan.data.workspace import Workspace

    if not user:
        return None
    if notebook in WHOLE_COMPANY:
        raise InputError(Sentence("{name} is about the whole company, it has no view of one person", name=notebook),
                         where=COMMAND_LINE, fix=Sentence("Leave out --user, and SALESPLAN_USER if it is set."))
    find_person(Workspace(workspace).require().read_table("rep"), user)
    return user


@contextmanager
def seen_by(user: str | None) -> Iterator[None]:
    """What is run meanwhile, here and in processes started from here, is made for this person."""
    before = os.environ.get(USER)
    if user:
        os.environ[USER] = user
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(USER, None)
        else:
            os.environ[USER] = before


def refuse_user(command: str) -> None:
    """A command that writes for everybody does not run as one person.

    Raises
    ------
    InputError
        ``SALESPLAN_USER`` names somebody.
    """
    if user := os.environ.get(USER):
        raise InputError(Sentence("SALESPLAN_USER == {user}, but salesplan {command} writes for the whole company",
                                  user=repr(user), command=command),
                         where=COMMAND_LINE, fix=Sentence("Run it as an analyst, without SALESPLAN_USER."))
