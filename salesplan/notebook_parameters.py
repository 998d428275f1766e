"""Parameters of a notebook: one flat list, the same in the app, the YAML and the parameters cell."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from salesplan.errors import ParameterError, SalesplanError, Sentence, known_choices
from salesplan.text.value_rules import broken_rule

EARLIEST = 1900
"""A word such as October is read as a month of year 1: no month is meant before this year."""


class NotebookParameters(BaseModel):
    """Base of every notebook's parameters: checked by name and value, and what is wrong said in one line.

    A process derives from it, gives each field a default and a description, and says in ``subject`` what its
    parameters are of.

    Examples
    --------
    >>> class Shelf(NotebookParameters):
    ...     subject: ClassVar[str] = "shelf"
    ...     boards: int = 3
    >>> Shelf.read({"board": 4})
    Traceback (most recent call last):
    salesplan.errors.ParameterError: board is not a parameter of shelf. Where: shelf parameters. Fix: did you mean 'boards'? ...
    >>> Shelf(boards=3).with_changes(boards=5).boards
    5
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    subject: ClassVar[str] = "this notebook"

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Check names and values.

        Raises
        ------
        ParameterError
            An unknown name or a value outside its rule; the name, the value and the rule are in the message.
        """
        where = Sentence("{subject} parameters", subject=Sentence(cls.subject))
        for name in values:
            if name not in cls.model_fields:
                raise ParameterError(Sentence("{name} is not a parameter of {subject}", name=name, subject=Sentence(cls.subject)),
                                     where=where,
                                     fix=known_choices(name, list(cls.model_fields)))
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise ParameterError(_fault(name, first), where=where, fix=_own_fix(first) or cls.fix_for(name, first["input"])
                                 ) from error

    @classmethod
    def from_notebook(cls, namespace: Mapping[str, Any]) -> Self:
        """Take the parameters out of a notebook's namespace (``globals()``)."""
        return cls.read({name: namespace[name] for name in cls.model_fields if name in namespace})

    def with_changes(self, **changes: Any) -> Self:
        """The same parameters with some of them changed, checked again."""
        return self.read({**self.model_dump(), **changes})

    @classmethod
    def fix_for(cls, name: str, value: object) -> str:
        """What to do about a value that is refused: by default what the parameter means."""
        field = cls.model_fields.get(name.split(".")[0])
        if field is None or not field.description:
            return Sentence("Correct the value.")
        return Sentence("{name}: {description}.", name=name, description=Sentence(field.description))


def check_month(period: str) -> str:
    """A month as its parameter gives it, ``2026-10``; nothing stays nothing.

    Raises
    ------
    ValueError
        No month, or one written in another way: how to write it is said.

    Examples
    --------
    >>> check_month("2026-10"), check_month("")
    ('2026-10', '')
    >>> check_month("October")
    Traceback (most recent call last):
    ValueError: must be a month such as '2026-10'
    """
    if not period:
        return period
    try:
        month = pd.Period(period, freq="M")
    except ValueError:
        month = None
    if month is None or month.year < EARLIEST:
        raise ValueError(Sentence("must be a month such as '{month}'", month="2026-10"))
    if str(month) != period:
        raise ValueError(Sentence("must be a month such as '{month}'", month=str(month)))
    return period


def _fault(name: str, first: Mapping[str, Any]) -> str:
    """What is wrong, with the parameter and its value said once."""
    given, fault = first["input"], first.get("ctx", {}).get("error")
    rule = broken_rule(first)
    if not name:
        return rule
    if first["type"] == "missing" or not (isinstance(given, str | int | float) or given is None):
        return Sentence("{name} {rule}", name=name, rule=rule)
    if isinstance(fault, SalesplanError) and ", must " in rule:
        return rule if rule.startswith(f"{name} == ") else f"{name} == {given!r}, must {rule.split(', must ', 1)[1]}"
    if fault is None and isinstance(rule, Sentence):
        return Sentence("{name} == {given}, {rule}", name=name, given=repr(given), rule=rule)
    return Sentence("{name} == {given}: {rule}", name=name, given=repr(given), rule=rule)


def _own_fix(first: Mapping[str, Any]) -> str:
    """What the check behind a parameter says to do, where it says so."""
    fault = first.get("ctx", {}).get("error")
    return fault.fix if isinstance(fault, SalesplanError) else ""
