"""Why a unit's or person's month came out as it did, both bridges drawn, and what closing the gap takes."""

from typing import TYPE_CHECKING

from salesplan.reporting.show_bridge import show_bridge
from salesplan.reporting.show_closing import show_closing
from salesplan.reporting.show_work import show_work

if TYPE_CHECKING:
    from salesplan.reporting.review_names import ReviewNames
    from salesplan.review.monthly_review import MonthlyReview


def why_page(review: "MonthlyReview", names: "ReviewNames") -> str:
    """The way from target and from last year to the month's sales; drawing takes about a second."""
    unit, currency = review.top, str(review.data.currency)
    parts = [show_bridge(one, names, unit_id=unit, currency=currency) for one in (review.bridge_target, review.bridge_last_year)]
    parts.append(show_work(review.work, names, currency=currency))
    parts.append(show_closing(review.closing, names, unit_id=unit, currency=currency))
    return "".join(f'<div class="sp-r-bridge">{part.html}</div>' for part in parts if part.html)
