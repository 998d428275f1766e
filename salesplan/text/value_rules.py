"""What a value breaks of its rule, as a sentence that can be said in the reader's language."""

from collections.abc import Mapping
from typing import Any

from salesplan.errors import SalesplanError, Sentence
from salesplan.text import mark

_RULES: Mapping[str, tuple[str, str]] = {
    "greater_than": (mark("must be more than {limit}"), "gt"),
    "greater_than_equal": (mark("must be at least {limit}"), "ge"),
    "less_than": (mark("must be less than {limit}"), "lt"),
    "less_than_equal": (mark("must be at most {limit}"), "le"),
    **dict.fromkeys(("string_too_short", "too_short"), (mark("must have a length of at least {limit}"), "min_length")),
    **dict.fromkeys(("string_too_long", "too_long"), (mark("must have a length of at most {limit}"), "max_length")),
}
"""Kind of fault -> its sentence, and where the limit stands."""
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), mark("must be a whole number")),
    **dict.fromkeys(("float_parsing", "float_type"), mark("must be a number")),
    **dict.fromkeys(("bool_parsing", "bool_type"), mark("must be true or false")),
    **dict.fromkeys(("date_parsing", "date_type", "date_from_datetime_parsing", "date_from_datetime_inexact"),
                    mark("must be a date such as 2026-10-31")),
    "finite_number": mark("must be a finite number"),
    "string_type": mark("must be text"),
    "list_type": mark("must be a list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), mark("must be names with values")),
    "missing": mark("is missing"),
    "extra_forbidden": mark("is not known here"),
}


def broken_rule(fault: Mapping[str, Any]) -> str:
    """The rule a value breaks, from one entry of a validation's ``errors()``.

    A check that raised keeps its own words; a kind that is not known keeps those of the validation, in English.

    Examples
    --------
    >>> broken_rule({"type": "less_than_equal", "ctx": {"le": 0.5}, "msg": "Input should be less than or equal to 0.5"})
    'must be at most 0.5'
    >>> broken_rule({"type": "literal_error", "ctx": {"expected": "'zh' or 'en'"}, "msg": "Input should be 'zh' or 'en'"})
    "must be one of 'zh', 'en'"
    """
    kind, given = str(fault.get("type", "")), fault.get("ctx") or {}
    raised = given.get("error")
    if isinstance(raised, SalesplanError):
        return raised.what
    if isinstance(raised, Exception) and raised.args and isinstance(raised.args[0], Sentence):
        return raised.args[0]
    if kind in _RULES and _RULES[kind][1] in given:
        msgid, limit = _RULES[kind]
        return Sentence(msgid, limit=f"{given[limit]:g}" if isinstance(given[limit], int | float) else str(given[limit]))
    if kind in ("literal_error", "enum") and given.get("expected"):
        return Sentence("must be one of {known}", known=str(given["expected"]).replace(" or ", ", ").split(", "))
    if kind in _KINDS:
        return Sentence(_KINDS[kind])
    return str(fault.get("msg", "")).removeprefix("Value error, ")
