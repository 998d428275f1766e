"""Who a row is about, and who gave the score in it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from salesplan.data.parsers_amount import fold

_SCALES: Final = {"百分制": ("0", "100"), "十分制": ("0", "10"), "五分制": ("1", "5"), "10分制": ("0", "10"),
                  "100分制": ("0", "100"), "5分制": ("1", "5"), "7分制": ("1", "7")}
_SCORED_BY: Final = ("test", "manager", "self", "customer", "peer")
_RANGE: Final = re.compile(r"[(\[【]\s*(\d+)\s*[-–~至]\s*(\d+)\s*[分级]?\s*[)\]】]")
_FULL: Final = re.compile(r"满分\s*(\d+)")


def person(
    headers: Mapping[str, str],
    *,
    number: str = "employee_no",
    name: str = "rep_name",
    email: str = "rep_email",
    org: str | None = "org_name",
) -> dict[str, Any] | None:
    """How a row says who is meant, or ``None`` when it does not."""
    said = {"employee_no": headers.get(number), "email": headers.get(email), "name": headers.get(name)}
    if not any(said.values()):
        return None
    if org is not None:
        said["org"] = headers.get(org) or headers.get("org_id")
    return {"person": {k: v for k, v in said.items() if v}}


def feedback_rules(headers: Mapping[str, str], rules: dict[str, Any]) -> None:
    """Fill in the rules of a score: who gave it, what it is about, and the scale its header names.

    A column "满意度" is a score on the topic ``satisfaction``; where no relation is named and customers are,
    customers gave it.
    """
    satisfied = headers.get("satisfaction")
    if "score" not in rules and satisfied:
        rules["score"] = {"from": satisfied}
        rules.setdefault("topic", {"const": "satisfaction"})
    if "rater_id" not in rules:
        said = person(headers, number="rater_employee_no", name="rater_name", email="", org=None)
        customer = headers.get("customer_id") or headers.get("customer_name")
        if said:
            rules["rater_id"] = said
        elif customer:
            rules["rater_id"] = {"from": customer}
            rules.setdefault("by_role", {"const": "customer"})
    if satisfied:
        rules.setdefault("by_role", {"const": "customer"})
    if "score" in rules:
        scale_rules(rules["score"]["from"], rules)


def assessment_rules(headers: Mapping[str, str], rules: dict[str, Any]) -> None:
    """Fill in who assessed, what it was where only customers are named, and the scale the header of the score names."""
    if "assessor_id" not in rules:
        said = person(headers, number="assessor_employee_no", name="assessor_name", email="", org=None)
        customer = headers.get("customer_id") or headers.get("customer_name")
        if said:
            rules["assessor_id"] = said
        elif customer:
            rules["assessor_id"] = {"from": customer}
            rules.setdefault("source", {"const": "customer"})
    named = next(((headers[f"{source}_score"], source) for source in _SCORED_BY if f"{source}_score" in headers), None)
    if "score" not in rules and named is not None:
        rules["score"] = {"from": named[0]}
        rules.setdefault("source", {"const": named[1]})
    if "score" in rules:
        scale_rules(rules["score"]["from"], rules)


def scale_rules(header: str, rules: dict[str, Any]) -> None:
    """Fill in the scale that the header of a score names, where no column does."""
    for column, value in zip(("scale_min", "scale_max"), named_scale(header) or (), strict=False):
        rules.setdefault(column, {"const": value})


def named_scale(header: str) -> tuple[str, str] | None:
    """Lowest and highest score a header names, if it does.

    Examples
    --------
    >>> named_scale("评分（1-5分）"), named_scale("满意度(百分制)"), named_scale("得分(满分100)"), named_scale("评分")
    (('1', '5'), ('0', '100'), ('0', '100'), None)
    """
    folded = fold(header)
    if match := _RANGE.search(folded):
        return (match[1], match[2]) if int(match[1]) < int(match[2]) else None
    if match := _FULL.search(folded):
        return "0" if int(match[1]) >= 10 else "1", match[1]
    found = max((word for word in _SCALES if word in folded), key=len, default=None)
    return _SCALES[found] if found else None
