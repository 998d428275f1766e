"""What the columns of skill, course and assessment data are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "n_assessed": mark("People assessed"),
    "n_assessments": mark("Assessments"),
    "n_open_goals": mark("Open goals"),
    "n_courses_done": mark("Courses done"),
}
"""Column -> marked caption."""
