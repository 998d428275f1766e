"""The figures of units and people that the panel shows: attainment, what each adds to the gap, the year's chance and its word."""

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from salesplan.review.unit_status import unit_statuses

if TYPE_CHECKING:
    from salesplan.apps.review_model import ReviewModel

COLUMNS: Final = ["unit_id", "parent_id", "level", "name", "target", "actual", "gap", "attainment", "restated", "contribution", "projected",
                  "lower", "upper", "p_hit", "status", "has_outlook"]  # fmt: skip


def all_rows(model: "ReviewModel") -> pd.DataFrame:
    """Every unit and person of what the reader sees; the year's end only where it has been worked out already."""
    month = model.company.attainment.frame("month")
    own = month[month["unit_id"].isin(list(model.reader.data.units["unit_id"]))]
    frame = pd.DataFrame({
        "unit_id": own["unit_id"].astype(str), "parent_id": own["parent_id"], "level": own["level"].astype(str),
        "name": [model.names.node(unit) for unit in own["unit_id"]], "target": own["judged_target"], "actual": own["judged_actual"],
        "gap": own["judged_actual"] - own["judged_target"], "attainment": own["judged_attainment"],
        "restated": own["restated_attainment"], "contribution": own["contribution_points"],
    }).reset_index(drop=True)  # fmt: skip
    ends = ["projected", "lower", "upper", "p_hit"]
    is_known = model.has("year_end")
    if is_known:
        year = model.company.year_end.table.set_index("unit_id")[ends].reindex(frame["unit_id"])
        frame[ends] = year.to_numpy()
        company = model.company
        words = unit_statuses(frame["unit_id"], quarter=company.quarter_end, year=company.year_end, month=company.attainment,
                              signals=company.signals if model.has("signals") else None)
        frame["status"] = words.to_numpy()
    else:
        frame[ends] = float("nan")
        frame["status"] = "unknown"
    return frame.assign(has_outlook=is_known)[COLUMNS]


def part_rows(frame: pd.DataFrame, place: str) -> pd.DataFrame:
    """The direct parts of a unit, furthest behind first; leaves of former staff only where they sold."""
    below = frame[frame["parent_id"].eq(place) & ~(frame["level"].eq("former") & frame["actual"].eq(0))]
    return below.sort_values(["gap", "unit_id"], kind="stable", na_position="last").reset_index(drop=True)


def row_of(frame: pd.DataFrame, place: str) -> dict[str, Any]:
    """The figures of one unit or person."""
    return {str(name): value for name, value in frame[frame["unit_id"].eq(place)].iloc[0].to_dict().items()}
