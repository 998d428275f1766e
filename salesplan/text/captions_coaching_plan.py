"""What the columns of course plans and budget curves are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "course": mark("Course"),
    "gain_value": mark("Need closed (weighted levels)"),
    "seats": mark("Seats"),
    "seats_left": mark("Seats left"),
    "seat_cost": mark("Cost of seats"),
    "fixed_cost": mark("Cost of runs"),
    "reason_msgid": mark("Why it stays open"),
    "budget": mark("Budget"),
    "spent": mark("Cost of the plan"),
    "n_courses": mark("Courses held"),
    "training_hours": mark("Hours of training, all people"),
    "plan_value": mark("Need closed as the plan counts it (weighted levels)"),
    "bound_value": mark("No plan closes more than"),
    "is_proven": mark("Proven to be the best"),
    "open_value": mark("Need left open (weighted levels)"),
}
"""Column -> marked caption."""
