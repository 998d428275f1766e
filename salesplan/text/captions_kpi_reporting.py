"""What the columns of pages about KPIs are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "lower_quartile": mark("Lower quartile"),
    "middle": mark("Median"),
    "upper_quartile": mark("Upper quartile"),
}
"""Column -> marked caption."""
