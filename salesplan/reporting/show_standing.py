"""Where a unit stands, on a page: its parts against target, judged then and as today's organisation would have it."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.review.attainment import Attainment

SPANS = {"month": mark("This month"), "quarter": mark("Quarter to date"), "year": mark("Year to date")}
PARTS = mark("This month, part by part")
WHOLE = mark("The unit as a whole")


def show_standing(found: "Attainment", names: ReviewNames, *, unit_id: str, currency: str = "CNY") -> Fragment:
    """The unit's month, quarter and year, then its parts and what each adds to the gap.

    Parameters
    ----------
    found
        Attainment of the month.
    unit_id
        The unit the page is about.
    """
    language = names.language
    own = found.table[found.table["unit_id"].eq(unit_id)]
    whole = pd.DataFrame({
        "span": [say(SPANS[span], language) for span in own["span"]], "target": own["judged_target"], "actual": own["judged_actual"],
        "gap": own["judged_actual"] - own["judged_target"], "attainment": own["judged_attainment"],
        "restated_attainment": own["restated_attainment"], "moved": [say(m, language) if m else "" for m in own["moved_msgid"]],
    }).reset_index(drop=True)  # fmt: skip
    parts = standing_parts(found, names, unit_id=unit_id)
    table = parts.assign(moved=[say(m, language) if m else "" for m in parts["moved_msgid"]]).drop(columns=["unit_id", "moved_msgid"])
    return joined(
        show_table(_without_empty(whole), language, title=WHOLE, currency=currency, kinds={"span": "text"}),
        *([show_table(_without_empty(table), language, title=PARTS, currency=currency, kinds={"name": "text"})] if len(table) else []),
        notes_once(found.notes, language, currency=currency),
    )


def standing_parts(found: "Attainment", names: ReviewNames, *, unit_id: str, span: str = "month") -> pd.DataFrame:
    """The unit's direct parts, furthest behind first: ``unit_id, name, target, actual, gap, attainment,
    restated_attainment, contribution_points, moved_msgid``; leaves of former staff only where they sold."""
    frame = found.table[found.table["span"].eq(span)]
    below = frame[frame["parent_id"].eq(unit_id) & ~(frame["level"].eq("former") & frame["judged_actual"].eq(0))]
    parts = pd.DataFrame({
        "unit_id": below["unit_id"], "name": [names.node(unit) for unit in below["unit_id"]], "target": below["judged_target"],
        "actual": below["judged_actual"], "gap": below["judged_actual"] - below["judged_target"],
        "attainment": below["judged_attainment"], "restated_attainment": below["restated_attainment"],
        "contribution_points": below["contribution_points"], "moved_msgid": below["moved_msgid"],
    })  # fmt: skip
    return parts.sort_values("gap", kind="stable", na_position="last").reset_index(drop=True)


def _without_empty(table: pd.DataFrame) -> pd.DataFrame:
    """The table without a restated column that says what the judged one says, and without an empty reason."""
    same = table["restated_attainment"].fillna(-1).round(6).eq(table["attainment"].fillna(-1).round(6)).all()
    left = [name for name, drop in (("restated_attainment", same), ("moved", not table["moved"].ne("").any())) if drop]
    return table.drop(columns=left)
