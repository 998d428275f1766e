"""Errors a planner can act on: what is wrong, where, what was expected, what to do."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any


class Sentence(str):
    """An English sentence that keeps its pattern and values, so that whoever shows it can say it in another language.

    Parameters
    ----------
    msgid
        The sentence with its gaps, as it stands in the catalogues.
    values
        What fills the gaps: plain text and numbers, sentences, titles, or a list of these.

    Examples
    --------
    >>> said = Sentence("period == {given}, must be a month", given="'foo'")
    >>> said, said.msgid
    ("period == 'foo', must be a month", 'period == {given}, must be a month')
    """

    msgid: str
    values: dict[str, Any]

    def __new__(cls, msgid: str, /, **values: Any) -> "Sentence":
        """Fill the gaps in English."""
        gaps = {name: ", ".join(map(str, v)) if isinstance(v, list | tuple) else v for name, v in values.items()}
        self = super().__new__(cls, msgid.format(**gaps) if values else msgid)
        self.msgid, self.values = msgid, values
        return self


class Title(str):
    """A name in English that keeps what it is called in other languages, for a gap of a `Sentence`.

    Examples
    --------
    >>> Title("Visits", zh="拜访量"), Title("Visits", zh="拜访量").others
    ('Visits', {'zh': '拜访量'})
    """

    others: dict[str, str]

    def __new__(cls, name: str, /, **others: str) -> "Title":
        """The English name."""
        self = super().__new__(cls, name)
        self.others = others
        return self


class SalesplanError(Exception):
    """Root of every error the kit raises on purpose.

    Parameters
    ----------
    what
        What is wrong, as ``name == value, must be ...``. Where a `Sentence` is given here, in ``where`` or ``fix``,
        `salesplan.text.spoken_errors.say_error` says it in the reader's language.
    where
        File, row, column, node or parameter that holds the fault.
    fix
        What the reader can do about it.
    details
        Data of the error (sums, offending rows), kept as attributes for programs.

    Examples
    --------
    >>> str(SalesplanError("growth == 12, must be a fraction", where="params", fix="Write 0.12."))
    'growth == 12, must be a fraction. Where: params. Fix: Write 0.12.'
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "", **details: Any) -> None:
        self.what = what
        self.where = where
        self.fix = fix
        self.details = details
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [self.what.rstrip(".")]
        if self.where:
            parts.append(f"Where: {self.where.rstrip('.')}")
        if self.fix:
            parts.append(f"Fix: {self.fix.rstrip('.')}")
        return parts[0] if len(parts) == 1 else ". ".join(parts) + "."


class InputError(SalesplanError, ValueError):
    """A value handed to a function is outside what the function can answer for."""


class ParameterError(SalesplanError, ValueError):
    """A parameter of a notebook, YAML file or command line is unknown or of the wrong kind."""


class DataError(SalesplanError, ValueError):
    """A file or table cannot be read as sales data."""


class InfeasibleTargetError(SalesplanError, ValueError):
    """Floors, caps and pins cannot hold together; ``details['binding']`` lists the rules that clash."""


class MissingWorkspaceError(SalesplanError, FileNotFoundError):
    """The workspace folder has no imported data yet."""


def known_choices(value: object, choices: Collection[str]) -> str:
    """Say what could have been meant.

    Examples
    --------
    >>> known_choices("entropc", ["quadratic", "entropic"])
    "did you mean 'entropic'? Known: entropic, quadratic"
    """
    known = ", ".join(sorted(map(str, choices)))
    near = get_close_matches(str(value), [str(c) for c in choices], n=1)
    if near:
        return Sentence("did you mean '{near}'? Known: {known}", near=near[0], known=known)
    return Sentence("Known: {known}", known=known)
