"""What kind of value a column holds: read from its name, then from its values."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import pandas as pd

from salesplan.errors import InputError, known_choices

Kind = Literal[
    "money", "money_fen", "percent", "signed_percent", "probability", "points", "count", "number", "flag",
    "date", "month", "quarter", "week", "plain", "word", "name", "text",
]  # fmt: skip
KINDS: tuple[str, ...] = Kind.__args__  # type: ignore[attr-defined]
NUMERIC: frozenset[str] = frozenset(
    {"money", "money_fen", "percent", "signed_percent", "probability", "points", "count", "number"}
)

_MONEY = frozenset({
    "actual", "amount", "annual", "annual_target", "base", "capacity", "capacity_gap", "children_amount",
    "children_total",
    "difference", "expected", "expected_shortfall", "floor", "forecast", "forecast_part", "gap", "history",
    "last_year", "list_price", "lower", "mean", "median", "potential", "projected", "required",
    "required_per_day", "sd", "shortfall", "stretch", "stretch_part", "surplus", "target", "total",
    "unit_cost", "unit_price", "upper", "same_months_before", "amount_in", "amount_ok", "amount_quarantined",
    "amount_exact_dup", "amount_set_aside", "judged_target", "judged_actual", "judged_untargeted", "restated_target",
    "restated_actual", "restated_untargeted", "moved_target", "moved_actual", "ahead", "planned", "projected_gap",
    "projected_by_share", "projected_linear", "best_per_day", "usual_per_day", "last_year_per_day",
})  # fmt: skip
_PERCENT = frozenset({"share", "rate", "weight", "attainment", "coverage", "wape", "annual_wape", "fraction",
                      "survival", "incidence"})  # fmt: skip
_PERCENT_ENDS = ("_share", "_rate", "_weight", "_attainment", "_ratio", "_coverage", "_wape")
_POINTS = frozenset({"score", "points"})
_POINTS_ENDS = ("_score", "_points")
_LEVELS = frozenset({"skill_gap", "skill_surplus", "need", "importance", "frequency", "performance"})
"""Skill levels and what is made of them: on the scale the company rates on."""
_SIGNED = frozenset({"bias", "over_assignment", "compounded", "growth", "skill", "change", "stacking", "error"})
_SIGNED_ENDS = ("_growth", "_change", "_error", "_skill")
_COUNT_ENDS = ("_days", "_rows", "_total", "_elapsed", "_left")
_PLAIN = frozenset({"year", "fiscal_year", "fiscal_period", "iso_year", "src_row", "row", "version", "sort"})
_P_VALUES = frozenset({"p", "p_value", "p_holm"})
_TIMES = frozenset({"hazard_ratio"})
"""How many times as fast or as much: 1 is equal."""
QUARTER_LABEL = re.compile(r"^(FY)?\d{4}-?Q[1-4]$")
WEEK_LABEL = re.compile(r"^\d{4}-?W\d{2}$")
_WORD = frozenset({"level", "status", "method", "rule", "kind", "period_type", "tier", "role"})


def column_kind(name: Any, values: pd.Series | None = None) -> Kind:
    """How a column is to be written, from its name and, where the name does not say, its values.

    Examples
    --------
    >>> column_kind("target_fen"), column_kind("p_target"), column_kind("forecast_lower")
    ('money_fen', 'probability', 'money')
    >>> column_kind("score"), column_kind("score_lower"), column_kind("weight")
    ('points', 'points', 'percent')
    >>> column_kind("working_days"), column_kind(pd.Period("2027-01", "M"), pd.Series([1.0]))
    ('count', 'money')
    """
    dtype = None if values is None else values.dtype
    if dtype is not None:
        if isinstance(dtype, pd.PeriodDtype):
            return "month" if dtype.freq.name.startswith("M") else "quarter"
        if pd.api.types.is_datetime64_any_dtype(dtype):
            return "month" if name in ("month", "first_month") else "date"
        if pd.api.types.is_bool_dtype(dtype):
            return "flag"
    if is_period_label(name):
        return "money"
    named = _kind_by_name(str(name))
    numeric = dtype is None or pd.api.types.is_numeric_dtype(dtype) or _holds_numbers(cast(pd.Series, values))
    if named is not None and (named not in NUMERIC or numeric):
        return named
    if dtype is None or not numeric:
        return "text"
    return "count" if pd.api.types.is_integer_dtype(dtype) else "number"


def _kind_by_name(name: str) -> Kind | None:
    stem = re.sub(r"_(lower|upper)$", "", name)
    if stem.endswith("_fen"):
        return "money_fen"
    if stem in _P_VALUES or stem in _TIMES:
        return "number"
    if stem.startswith("p_") or stem == "probability":
        return "probability"
    if stem.endswith("_id") or stem.endswith("_no") or stem == "code" or stem in _PLAIN:
        return "plain"
    if stem in _SIGNED or stem.endswith(_SIGNED_ENDS):
        return "signed_percent"
    if stem in _PERCENT or stem.endswith(_PERCENT_ENDS) or stem.startswith("share_"):
        return "percent"
    if stem in _POINTS or stem.endswith(_POINTS_ENDS):
        return "points"
    if stem in _LEVELS or stem.endswith("_level"):
        return "number"
    if stem in _MONEY or stem.startswith("amount_") or stem.endswith("_amount"):
        return "money"
    if stem.startswith("n_") or stem == "n" or stem.endswith(_COUNT_ENDS) or stem in ("days", "orders", "rows"):
        return "count"
    if stem in ("month", "first_month"):
        return "month"
    if stem == "quarter":
        return "quarter"
    if stem in ("iso_week", "week"):
        return "week"
    if stem == "date" or stem.endswith("_date") or stem in ("valid_from", "valid_to", "week_start", "as_of"):
        return "date"
    if stem in ("name", "product_line"):
        return "name"
    return "word" if stem in _WORD or stem.endswith("msgid") else None


def _holds_numbers(values: pd.Series) -> bool:
    """Whether an object column holds nothing but numbers and gaps (Decimal, mixed int and None)."""
    present = values.dropna()
    return len(present) > 0 and pd.api.types.infer_dtype(present) in (
        "integer", "floating", "mixed-integer-float", "decimal",
    )  # fmt: skip


def is_period_label(name: Any) -> bool:
    """Whether a column is labelled by a month, quarter or week, as in a table with months across."""
    if isinstance(name, pd.Period):
        return True
    return isinstance(name, str) and bool(QUARTER_LABEL.match(name) or WEEK_LABEL.match(name))


def column_kinds(frame: pd.DataFrame, kinds: Mapping[Any, str] | None = None) -> list[Kind]:
    """Kind of each column, by position; ``kinds`` decides for the columns it names.

    Raises
    ------
    InputError
        ``kinds`` names an unknown kind.
    """
    chosen = dict(kinds or {})
    for kind in chosen.values():
        if kind not in KINDS:
            raise InputError(f"kind == {kind!r}, must be a kind of column", fix=known_choices(kind, KINDS))
    found: list[Kind] = []
    for at, name in enumerate(frame.columns):
        if name in chosen:
            found.append(cast(Kind, chosen[name]))
            continue
        parts: Sequence[Any] = name if isinstance(name, tuple) else (name,)
        values = frame.iloc[:, at]
        known = [k for k in (column_kind(part, values) for part in parts) if k not in ("text", "count", "number")]
        found.append(known[-1] if known else column_kind(parts[-1], values))
    return found
