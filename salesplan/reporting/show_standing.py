"""Where a unit stands, on a page: its parts against target, judged then and as today's organisation would have it."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once, sentence
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show import Fragment
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.review.attainment import Attainment, Span

SPANS = {"month": mark("This month"), "quarter": mark("Quarter to date"), "year": mark("Year to date")}
PARTS = mark("This month, part by part")
WHOLE = mark("The unit as a whole")
RESTATED = mark("The unit as a whole, restated: as today's organisation would have it")
RESTATED_PARTS = mark("This month, part by part, restated: as today's organisation would have it")
SAME = mark("Nobody moved and no target changed since: as judged then and restated are the same.")
NO_PART = mark("Held by no part of today")
IN_OTHER_UNITS = mark("Less what these people had in other units")


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
    own = found.table[found.table["unit_id"].eq(unit_id)].reset_index(drop=True)
    whole = pd.DataFrame({
        "span": [say(SPANS[span], language) for span in own["span"]], "target": own["judged_target"], "actual": own["judged_actual"],
        "gap": own["judged_actual"] - own["judged_target"], "attainment": own["judged_attainment"],
    })  # fmt: skip
    parts = standing_parts(found, names, unit_id=unit_id)
    rest = standing_rest(found, names, unit_id=unit_id)
    parts = pd.concat([parts, rest], ignore_index=True) if len(rest) else parts
    table = parts[["name", "target", "actual", "gap", "attainment", "contribution_points"]]
    return joined(
        review_table(whole, language, title=WHOLE, currency=currency, kinds={"span": "text"}),
        *([review_table(table, language, title=PARTS, currency=currency, kinds={"name": "text"})] if len(table) else []),
        *_restated(found, names, unit_id=unit_id, currency=currency), notes_once(found.notes, language, currency=currency),
    )


def _restated(found: "Attainment", names: ReviewNames, *, unit_id: str, currency: str) -> list[Fragment]:
    """The same figures as today's organisation has them, where they differ from those of the time."""
    language = names.language
    own = found.table[found.table["unit_id"].eq(unit_id)]
    month = found.frame("month")
    below = month[month["parent_id"].eq(unit_id)]
    if not _moved(own).any() and not _moved(below).any():
        return [sentence(say(SAME, language))]
    pieces = []
    if _moved(own).any():
        whole = _restated_frame(own, [say(SPANS[span], language) for span in own["span"]], language)
        pieces.append(review_table(whole, language, title=RESTATED, currency=currency, kinds={"name": "text", "moved": "text"}))
    if _moved(below).any():
        below = below[~(below["level"].eq("former") & below["restated_actual_fen"].eq(0) & below["restated_target_fen"].eq(0))]
        parts = _restated_frame(below, [names.node(unit) for unit in below["unit_id"]], language)
        unit = month.set_index("unit_id").loc[unit_id]
        rest = {name: unit[f"restated_{name}"] - parts[name].sum() for name in ("target", "actual")}
        if any(abs(left) >= 0.005 for left in rest.values()):
            parts = pd.concat([parts, pd.DataFrame([{"name": say(NO_PART, language), **rest, "moved": ""}])], ignore_index=True)
        pieces.append(review_table(parts, language, title=RESTATED_PARTS, currency=currency, kinds={"name": "text", "moved": "text"}))
    return pieces


def _moved(rows: pd.DataFrame) -> pd.Series:
    """Whether restating changes anything of a row."""
    same_target = rows["restated_target"].fillna(-1).eq(rows["judged_target"].fillna(-1))
    return ~same_target | rows["restated_actual_fen"].ne(rows["judged_actual_fen"])


def _restated_frame(rows: pd.DataFrame, called: list[str], language: str) -> pd.DataFrame:
    return pd.DataFrame({
        "name": called, "target": rows["restated_target"].to_numpy(), "actual": rows["restated_actual"].to_numpy(),
        "attainment": rows["restated_attainment"].to_numpy(), "moved": [say(m, language) if m else "" for m in rows["moved_msgid"]],
    })  # fmt: skip


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


def standing_rest(found: "Attainment", names: ReviewNames, *, unit_id: str, span: "Span" = "month") -> pd.DataFrame:
    """What a unit's gap holds that none of its parts does: sales of people now elsewhere, and target not passed down.
    Columns as of `standing_parts`, which add up with these rows; empty where the parts are the whole."""
    own, shown = found.frame(span).set_index("unit_id").loc[unit_id], standing_parts(found, names, unit_id=unit_id, span=span)
    if shown.empty or pd.isna(own["judged_target"]):
        return shown.head(0)
    parts = found.contributions(unit_id, span)
    rest = parts[parts["unit_id"].eq("") & parts["gap_fen"].ne(0)]
    lines = pd.DataFrame({
        "unit_id": "", "name": [say(name, names.language) for name in rest["name"]], "target": rest["target_fen"] / 100,
        "actual": rest["actual_fen"] / 100, "gap": rest["gap_fen"] / 100, "attainment": float("nan"), "restated_attainment": float("nan"),
        "contribution_points": rest["contribution_points"], "moved_msgid": "",
    }).reset_index(drop=True)  # fmt: skip
    twice = {name: own[f"judged_{name}"] - shown[name].sum() - lines[name].sum() for name in ("target", "actual")}
    if any(abs(left) >= 0.005 for left in twice.values()):
        line = {"unit_id": "", "name": say(IN_OTHER_UNITS, names.language), **twice, "gap": twice["actual"] - twice["target"],
                "moved_msgid": ""}
        lines = pd.concat([lines, pd.DataFrame([line])], ignore_index=True)
    return lines
