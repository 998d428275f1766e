"""Where the quarter and the year will probably end, on a page."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.review_table import review_table
from salesplan.reporting.show import Fragment
from salesplan.text import mark, say
from salesplan.text.numbers import format_percent

if TYPE_CHECKING:
    from salesplan.review.amber import Amber
    from salesplan.review.projection import Projection

ENDS = mark("How the quarter and the year will probably end")
QUARTER_END = mark("The quarter's end")
YEAR_END = mark("The year's end")
PARTS = mark("The year's end, part by part")
QUARTER_PARTS = mark("The quarter's end, part by part")
REACHED, MISSED = mark("Target reached"), mark("Target missed")
GONE = mark("Former staff")
NOBODY_HAS = mark("Target that nobody here has any more")
FORMER = "former"
OPEN = ["lower", "upper", "p_hit"]
"""Columns that say something while the end is open only."""


def show_outlook(
    quarter: "Projection", year: "Projection", amber: "Amber", names: ReviewNames, *, unit_id: str, currency: str = "CNY"
) -> Fragment:
    """The unit's probable ends with interval and chance of the target, then those of its parts, which add up to them.

    A period that is over has no interval and no chance: it says whether the target was reached.

    Parameters
    ----------
    quarter, year
        Projections to the end of the quarter and of the year.
    amber
        Flags of who will probably miss the quarter.
    unit_id
        The unit the page is about.
    """
    language = names.language
    ends = pd.concat([_told(end.table[end.table["unit_id"].eq(unit_id)], [say(called, language)], end, language)
                      for end, called in ((quarter, QUARTER_END), (year, YEAR_END))], ignore_index=True)
    parts, levels = [_table(ends, language, currency, year.coverage, title=ENDS)], set()
    for end, title, flags in ((quarter, QUARTER_PARTS, amber.table), (year, PARTS, None)):
        below = end.table[end.table["parent_id"].eq(unit_id) & ~end.table["level"].eq(FORMER)].sort_values("p_hit", kind="stable")
        if below.empty:
            continue
        shown = _told(below, [names.node(unit) for unit in below["unit_id"]], end, language)
        if flags is not None and not is_over(end):
            shown["is_amber"] = flags.set_index("unit_id")["is_amber"].reindex(below["unit_id"]).to_numpy()
            levels |= {str(level).capitalize() for level in below["level"]}
        shown = pd.concat([shown, outlook_rest(end, unit_id=unit_id, language=language)], ignore_index=True)
        parts.append(_table(shown, language, currency, end.coverage, title=title))
    flagged = [note for note in amber.notes if note["details"]["level_msgid"] in levels]
    return joined(*parts, notes_once([*flagged, *quarter.notes, *year.notes], language, currency=currency))


def is_over(end: "Projection") -> bool:
    """Whether nothing of the period is still to come."""
    return end.months_left <= 0


def outlook_rest(end: "Projection", *, unit_id: str, language: str) -> pd.DataFrame:
    """What the unit's end holds that none of its parts of today does, as rows ``name, actual, target, projected``: sales of people
    who left, and target that nobody has any more. With them every column of money adds up."""
    own = end.row(unit_id)
    below = end.table[end.table["parent_id"].eq(unit_id)]
    gone = below[below["level"].eq(FORMER)]
    rows = []
    if gone[["actual", "projected"]].abs().to_numpy().sum() >= 0.005:
        rows.append({"name": say(GONE, language), "actual": gone["actual"].sum(), "target": np.nan, "projected": gone["projected"].sum()})
    left = own["target"] - below.loc[~below["level"].eq(FORMER), "target"].sum()
    if pd.notna(left) and abs(left) >= 0.005:
        rows.append({"name": say(NOBODY_HAS, language), "actual": np.nan, "target": left, "projected": np.nan})
    return pd.DataFrame(rows, columns=["name", "actual", "target", "projected"])


def _told(rows: pd.DataFrame, called: list[str], end: "Projection", language: str) -> pd.DataFrame:
    shown = rows[["actual", "target", "projected", *OPEN]].reset_index(drop=True)
    shown.insert(0, "name", called)
    if is_over(end):
        missed = shown["actual"].lt(shown["target"])
        said = missed.map({True: say(MISSED, language), False: say(REACHED, language)})
        shown = shown.assign(**dict.fromkeys(OPEN, np.nan), said=said.where(shown["target"].notna(), ""))
    return shown


def _table(shown: pd.DataFrame, language: str, currency: str, coverage: float, *, title: str) -> Fragment:
    caption = say("{share} interval", language, share=format_percent(coverage, language, 0))
    is_open = bool(shown[OPEN].notna().any(axis=None))
    if "said" in shown:
        shown = shown.assign(said=shown["said"].fillna(""))
    if "is_amber" in shown:
        shown = shown.assign(is_amber=[{True: say("Yes", language), False: say("No", language)}.get(flag, "")
                                       for flag in shown["is_amber"]])
    kinds = dict.fromkeys(("name", *(name for name in ("said", "is_amber") if name in shown)), "text")
    return review_table(shown if is_open else shown.drop(columns=OPEN), language, title=title, currency=currency, kinds=kinds,
                        interval=caption if is_open else "")
