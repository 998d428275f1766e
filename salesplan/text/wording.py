"""Turns a marked sentence and its raw details into words: every value is formatted by its name."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.text import say
from salesplan.text.numbers import (
    format_count,
    format_date,
    format_money,
    format_month,
    format_percent,
    format_probability,
    format_signed_percent,
    format_week,
)

_COUNTS = ("n", "lines", "rows", "count", "months", "days", "sellers", "hires", "children")
_SHARES = ("share", "rate", "weight", "skill", "coverage", "buffer", "confidence", "attainment", "usual_lower", "usual_upper")
_CHOSEN = ("coverage", "coverage_share", "confidence", "asked_rate", "allowed_rate", "false_alarm_rate")
"""Shares that somebody chose: whole percents are said without decimals."""
_CHANGES = ("growth", "over_assignment", "compounded", "change")
_PLAIN = ("slope", "spearman", "factor", "value")


def say_details(msgid: str, details: Mapping[str, Any], lang: str, *, currency: str = "CNY") -> str:
    """Say a marked sentence with its details, in the reader's language.

    The name of a detail decides how it looks, so that compute code hands over raw numbers only:
    ``*_msgid`` is itself translated; ``*_fen`` is exact money; ``*_money`` names its currency; ``p_*`` a probability; ``*_share``,
    ``*_rate``, ``*_weight`` a percentage; ``*growth`` a signed percentage; ``*_score``, ``*_points`` one
    decimal; ``n``, ``n_*`` a count; dates, months and ISO weeks as such; text as it stands; texts by
    language (``{"zh", "en"}``) in that one; a sentence with its own details (``{"msgid", "details"}``) is
    said in place; any other number is money. A number that needs more decimals than its name gives it is handed over
    with them (``{"number", "digits"}``).

    Examples
    --------
    >>> say_details("{name}: {growth} to {target} ({p_target})", {"name": "Li", "growth": 0.12,
    ...             "target": 1234567.0, "p_target": 0.634}, "en")
    'Li: +12.0% to 1.23M (63%)'
    """
    spoken = {name: say_value(name, value, lang, currency=currency) for name, value in details.items()}
    return say(msgid, lang, **spoken)


def say_value(name: str, value: Any, lang: str, *, currency: str = "CNY") -> str:
    """One detail as text, by its name.

    Examples
    --------
    >>> say_value("target_fen", 123456, "zh"), say_value("skill", 0.081, "zh"), say_value("n_nodes", 3, "zh")
    ('1,234.56', '8.1%', '3')
    >>> say_value("kpi", {"zh": "拜访量", "en": "Visits"}, "zh"), say_value("win_rate", {"number": 0.3529, "digits": 2}, "zh")
    ('拜访量', '35.29%')
    """
    if isinstance(value, str):
        return _say_text(name, value, lang)
    if isinstance(value, Mapping) and "msgid" in value:
        return say_details(value["msgid"], value["details"], lang, currency=currency)
    if isinstance(value, Mapping) and "digits" in value:
        return _number_format(name, value["digits"])(value["number"], lang, currency)
    if isinstance(value, Mapping):
        return str(value[lang])
    if isinstance(value, list | tuple | set | np.ndarray | pd.Index):
        return ("、" if lang == "zh" else ", ").join(say_value(name, item, lang, currency=currency) for item in value)
    if isinstance(value, pd.Period):
        return format_month(value, lang)
    if isinstance(value, dt.date | pd.Timestamp):
        return format_date(value, lang)
    if isinstance(value, bool | np.bool_):
        return say("Yes" if value else "No", lang)
    if value is None or pd.isna(value):
        return "–"
    return _number_format(name)(value, lang, currency)


def _say_text(name: str, value: str, lang: str) -> str:
    if name.endswith("msgid"):
        return say(value, lang)
    if name == "iso_week":
        return format_week(value, lang)
    return value


def _number_format(name: str, digits: int | None = None) -> Callable[[Any, str, str], str]:
    def ends(*stems: str) -> bool:
        return any(name == stem or name.endswith(f"_{stem}") for stem in stems)

    one = 1 if digits is None else digits
    if name.endswith("_fen"):
        return lambda v, lang, currency: format_money(float(v) / 100, lang, currency=currency, digits=digits, scale="exact")
    if ends("money"):
        return lambda v, lang, currency: format_money(float(v), lang, currency=currency, digits=digits, with_unit=True)
    if name.startswith("p_") or name == "probability":
        return lambda v, lang, currency: format_probability(float(v), lang)
    if name.startswith("n_") or ends(*_COUNTS[1:]) or name == "n":
        return lambda v, lang, currency: format_count(v, lang, digits=0 if digits is None and float(v) == int(v) else one)
    if ends(*_CHANGES):
        return lambda v, lang, currency: format_signed_percent(float(v), lang, one)
    if name in _CHOSEN and digits is None:
        return lambda v, lang, currency: format_percent(float(v), lang, 0 if round(float(v) * 100, 6).is_integer() else 1)
    if ends(*_SHARES):
        return lambda v, lang, currency: format_percent(float(v), lang, one)
    if ends("score", "points"):
        return lambda v, lang, currency: format_count(v, lang, digits=one)
    if ends(*_PLAIN):
        return lambda v, lang, currency: f"{v:.4g}" if digits is None else f"{v:,.{digits}f}"
    return lambda v, lang, currency: format_money(float(v), lang, currency=currency, digits=digits)
