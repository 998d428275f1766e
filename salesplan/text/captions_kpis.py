"""What the columns of the KPI library, of schemes and of targets are called for people."""

from salesplan.text import mark

CAPTIONS: dict[str, str] = {
    "kpi_name": mark("KPI name"),
    "kpi_type": mark("KPI type"),
    "kpi_unit": mark("Measured in"),
    "direction": mark("Direction"),
    "grain": mark("Shortest period"),
    "gaming_risk": mark("Gaming risk"),
    "gaming": mark("How it is gamed"),
    "counter_kpi": mark("Counter-KPI"),
    "tables": mark("Data needed"),
    "set_name": mark("Name of the KPI set"),
    "scoring": mark("Scored by"),
    "targets_from": mark("Targets from"),
    "target_source": mark("Source of the target"),
    "full_target": mark("Target of the full period"),
    "working_share": mark("Share of working days"),
}
"""Column -> marked caption."""
