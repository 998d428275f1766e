"""What the columns of mentor pairs, development plans and one-on-one talks are called."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "mentee_id": mark("Mentee"),
    "mentor_id": mark("Mentor"),
    "same_unit": mark("Same unit"),
    "in_optimal": mark("Left out of the best pairs"),
    "in_stable": mark("Left out of the stable pairs"),
    "n_optimal": mark("Mentees (best pairs)"),
    "n_stable": mark("Mentees (stable pairs)"),
    "selling_cost": mark("Selling time, cost"),
    "mentor_level": mark("Mentor's level"),
    "learn_level": mark("Levels to learn"),
    "is_forbidden": mark("Not to be paired"),
    "is_optimal": mark("In the best pairs"),
    "is_stable": mark("In the stable pairs"),
    "begin_month": mark("Begins"),
    "due_month": mark("Due month"),
    "target_level": mark("Target level"),
    "goal_id": mark("Goal"),
    "goal_date": mark("Goal due"),
    "due_date": mark("Due date"),
    "is_overdue": mark("Overdue"),
    "n_steps": mark("Steps"),
    "before_value": mark("Earlier half"),
    "recent_value": mark("Later half"),
    "p75_value": mark("Best quarter (P75)"),
}
"""Column name to caption (msgid)."""
