"""The captions of every room, each kept in a file of its own; where two name a column the first one holds."""

from importlib import import_module

_ROOMS = (
    "coaching_causes", "coaching_data", "coaching_gaps", "coaching_pages", "coaching_plan", "coaching_effect", "coaching_mentors",
    "data", "kpi_quality", "kpi_reporting", "kpis", "ratings", "review_bridge", "review_data", "review_pages", "review_stand",
    "review_warn", "scoring", "selection", "weighting", "weighting_objective",
)  # fmt: skip

ROOM_CAPTIONS: dict[str, str] = {
    name: words for room in reversed(_ROOMS) for name, words in import_module(f"salesplan.text.captions_{room}").CAPTIONS.items()
}
