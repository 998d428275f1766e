"""What the columns of the data and the actions of a monthly review are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "visits": mark("Visits"),
    "contacts": mark("Contacts"),
    "opportunities": mark("New opportunities"),
    "won": mark("Deals won"),
    "lost": mark("Deals lost"),
    "new_customers": mark("New customers"),
    "pipeline": mark("Open pipeline"),
    "judged": mark("Target as judged"),
    "restated": mark("Target restated"),
    "is_in_service": mark("In service"),
    "n_orders": mark("Number of orders"),
    "finding_key": mark("Case"),
    "measure_value": mark("Measured then"),
    "better": mark("Better when"),
    "decided_by": mark("Decided by"),
    "action_id": mark("Action id"),
}
"""Column -> marked caption."""
