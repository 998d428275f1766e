"""The captions of every room, each kept in a file of its own; where two name a column the first one holds."""

from salesplan.text import (
    captions_coaching_causes,
    captions_coaching_data,
    captions_coaching_effect,
    captions_coaching_gaps,
    captions_coaching_mentors,
    captions_coaching_pages,
    captions_coaching_plan,
    captions_data,
    captions_kpi_quality,
    captions_kpi_reporting,
    captions_kpis,
    captions_ratings,
    captions_review_bridge,
    captions_review_data,
    captions_review_pages,
    captions_review_stand,
    captions_scoring,
    captions_selection,
    captions_weighting,
    captions_weighting_objective,
)

_ROOMS = (
    captions_coaching_causes,
    captions_coaching_data,
    captions_coaching_gaps,
    captions_coaching_pages,
    captions_coaching_plan,
    captions_coaching_effect,
    captions_coaching_mentors,
    captions_data,
    captions_kpi_quality,
    captions_kpi_reporting,
    captions_kpis,
    captions_ratings,
    captions_review_bridge,
    captions_review_data,
    captions_review_pages,
    captions_review_stand,
    captions_scoring,
    captions_selection,
    captions_weighting,
    captions_weighting_objective,
)

ROOM_CAPTIONS: dict[str, str] = {name: words for room in reversed(_ROOMS) for name, words in room.CAPTIONS.items()}
