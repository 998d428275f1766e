"""Everything a monthly review shows between its pictures, and what it hands to the index of all units."""

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.data.action_store import action_id
from salesplan.reporting.page_parts import joined, pictured
from salesplan.reporting.provenance import Provenance
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_record import MIME
from salesplan.reporting.show_adjustment import show_adjustment
from salesplan.reporting.show_bridge import show_bridge
from salesplan.reporting.show_closing import show_closing
from salesplan.reporting.show_follow_up import show_follow_up
from salesplan.reporting.show_off_pace import show_off_pace
from salesplan.reporting.show_outlook import show_outlook
from salesplan.reporting.show_rates import show_rates
from salesplan.reporting.show_signals import show_signals
from salesplan.reporting.show_standing import show_standing, standing_parts
from salesplan.reporting.show_status import show_status
from salesplan.reporting.show_work import show_work
from salesplan.review.proposed_actions import proposed_actions
from salesplan.text import say
from salesplan.text.numbers import format_month
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.review.monthly_review import MonthlyReview
    from salesplan.review.parameters import ReviewParameters

__all__ = [
    "ReviewNames", "joined", "pictured", "review_footer", "review_provenance", "show_adjustment", "show_bridge", "show_closing",
    "show_follow_up", "show_off_pace", "show_outlook", "show_rates", "show_signals", "show_standing",
    "show_status", "show_work", "standing_parts",
]  # fmt: skip
SPARK_MONTHS = 13


class ReviewFooter:
    """The footer of a review: where its numbers come from, and the unit's figures for the index and the digest."""

    def __init__(self, provenance: Provenance, record: Mapping[str, Any]) -> None:
        self.provenance, self.record = provenance, dict(record)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {**self.provenance._repr_mimebundle_(), MIME: self.record}


def review_provenance(review: "MonthlyReview", parameters: "ReviewParameters", *, language: str) -> ReviewFooter:
    """Source, month, parameters, fingerprint and version; with it goes the unit's record, which is not shown."""
    return ReviewFooter(review_footer(review, parameters, language=language), review_record(review, language))


def review_footer(review: "MonthlyReview", parameters: "ReviewParameters", *, language: str) -> Provenance:
    """Source, month and unit, parameters, fingerprint and version."""
    name = ReviewNames.of(review.data, language).node(review.top)
    given = {key: value for key, value in parameters.model_dump().items() if key not in ("workspace", "language", "period", "unit")}
    return Provenance(source=review.data.source, period=f"{format_month(review.data.month, language)} · {name}",
                      fingerprint=review.data.fingerprint, language=language, parameters=given)


def review_record(review: "MonthlyReview", language: str) -> dict[str, Any]:
    """The unit's figures and proposed actions, as plain values.

    Returns
    -------
    dict
        ``unit_id, name, level, parent_id, status`` (of the unit itself), ``attainment, p_quarter, p_hit`` (of the year),
        ``sparkline`` (attainment of the last months), ``n_act, n_watch, actions``: each with its words in the page's
        language, whom it is about, and what the action store keeps.
    """
    units = review.data.units.set_index("unit_id")
    statuses = [finding.status for finding in review.findings]
    month = review.attainment.frame("month").set_index("unit_id").loc[review.top]
    trend = review.measures
    own = trend[trend["node_id"].eq(review.top) & trend["measure"].eq("attainment")].sort_values("month")["value"].tail(SPARK_MONTHS)
    names = ReviewNames.of(review.data, language)
    actions = [_action(row, review.data.label, names, review.data.currency) for row in proposed_actions(review).to_dict("records")]
    return {
        "unit_id": review.top, "name": names.node(review.top),
        "level": str(units.loc[review.top, "level"]), "parent_id": _text(review.company.data.parents.get(review.top)),
        "status": review.status,
        "attainment": _number(month["judged_attainment"]), "p_quarter": _number(review.quarter_end.row(review.top)["p_hit"]),
        "p_hit": _number(review.year_end.row(review.top)["p_hit"]),
        "sparkline": [_number(value) for value in own], "n_act": statuses.count("act"), "n_watch": statuses.count("watch"),
        "actions": actions,
    }  # fmt: skip


def _action(row: Mapping[Any, Any], label: str, names: ReviewNames, currency: str) -> dict[str, Any]:
    language = names.language
    details = json.loads(json.dumps(row["details"], default=str))
    return {
        "action_id": action_id(label, row["unit_id"], row["finding_key"], row["node_id"]), "status": row["urgency"],
        "about": names.node(row["node_id"]) if row["node_id"] else "",
        "message": say_details(row["message"], row["details"], language, currency=currency),
        "action": say_details(row["action"], row["details"], language, currency=currency), "owner": say(row["owner"], language),
        "due": row["due"].isoformat(), "unit_id": row["unit_id"], "node_id": row["node_id"], "finding_key": row["finding_key"],
        "measure": row["measure"], "measure_value": _number(row["measure_value"]), "better": row["better"],
        "kept": {"message": row["message"], "action": row["action"], "owner": row["owner"], "details": details},
    }  # fmt: skip


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and pd.isna(value)) else str(value)
