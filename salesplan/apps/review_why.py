"""Why a unit's or person's month came out as it did: both bridges, drawn."""

from typing import TYPE_CHECKING

from salesplan.reporting.show_bridge import show_bridge

if TYPE_CHECKING:
    from salesplan.reporting.review_names import ReviewNames
    from salesplan.review.monthly_review import MonthlyReview


def why_page(review: "MonthlyReview", names: "ReviewNames") -> str:
    """The way from target and from last year to the month's sales; drawing takes about a second."""
    bridges = (review.bridge_target, review.bridge_last_year)
    return "".join(f'<div class="sp-r-bridge">{show_bridge(one, names, unit_id=review.top, currency=review.data.currency).html}</div>'
                   for one in bridges)
