"""Where the quarter and the year will probably end, on a page."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING, format_money, format_percent

if TYPE_CHECKING:
    from salesplan.review.amber import Amber
    from salesplan.review.projection import Projection

QUARTER_END = mark("The quarter's end")
YEAR_END = mark("The year's end")
PARTS = mark("The year's end, part by part")
QUARTER_PARTS = mark("The quarter's end, part by part")


def show_outlook(
    quarter: "Projection", year: "Projection", amber: "Amber", names: ReviewNames, *, unit_id: str, currency: str = "CNY"
) -> Fragment:
    """The unit's probable ends with interval and chance of the target, then those of its parts.

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
    whole = pd.concat([quarter.table[quarter.table["unit_id"].eq(unit_id)], year.table[year.table["unit_id"].eq(unit_id)]])
    ends = [say(QUARTER_END, language), say(YEAR_END, language)]
    caption = say("{share} interval", language, share=format_percent(year.coverage, language, 0))
    parts, levels = [_table(whole, ends, names, currency, caption)], set()
    for end, title, flags in ((quarter, QUARTER_PARTS, amber.table), (year, PARTS, None)):
        below = end.table[end.table["parent_id"].eq(unit_id) & ~end.table["level"].eq("former")].sort_values("p_hit", kind="stable")
        if len(below):
            called = [names.node(unit) for unit in below["unit_id"]]
            parts.append(_table(below, called, names, currency, caption, title=title, flags=flags))
            levels |= {str(level).capitalize() for level in below["level"]}
    flagged = [note for note in amber.notes if note["details"]["level_msgid"] in levels]
    return joined(*parts, notes_once([*flagged, *quarter.notes, *year.notes], language, currency=currency))


def _table(
    rows: pd.DataFrame, called: list[str], names: ReviewNames, currency: str, interval: str, *, title: str = "",
    flags: pd.DataFrame | None = None,
) -> Fragment:
    language = names.language
    shown = pd.DataFrame({
        "name": called, "actual": rows["actual"].to_numpy(), "target": rows["target"].to_numpy(),
        "projected": rows["projected"].to_numpy(), "interval": money_interval(rows, language, currency=currency),
        "p_hit": rows["p_hit"].to_numpy(),
    })  # fmt: skip
    if flags is not None:
        shown["is_amber"] = flags.set_index("unit_id")["is_amber"].reindex(rows["unit_id"]).to_numpy()
    return show_table(shown.rename(columns={"interval": interval}), language, title=title, currency=currency,
                      kinds={"name": "text", interval: "text"})


def money_interval(rows: pd.DataFrame, language: str, *, currency: str = "CNY") -> list[str]:
    """``lower`` to ``upper`` of every row, in one cell."""
    joint = "至" if language == "zh" else " to "
    return [
        MISSING if pd.isna(low) or pd.isna(high)
        else f"{format_money(low, language, currency=currency)}{joint}{format_money(high, language, currency=currency)}"
        for low, high in zip(rows["lower"], rows["upper"], strict=True)
    ]  # fmt: skip
