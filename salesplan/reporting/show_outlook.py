"""Where the quarter and the year will probably end, on a page."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.reporting.page_parts import joined, notes_once
from salesplan.reporting.review_names import ReviewNames
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say
from salesplan.text.numbers import MISSING, format_money, format_percent

if TYPE_CHECKING:
    from salesplan.review.projection import Projection

QUARTER_END = mark("The quarter's end")
YEAR_END = mark("The year's end")
PARTS = mark("The year's end, part by part")


def show_outlook(
    quarter: "Projection", year: "Projection", names: ReviewNames, *, unit_id: str, currency: str = "CNY"
) -> Fragment:
    """The unit's probable ends with interval and chance of the target, then those of its parts.

    Parameters
    ----------
    quarter, year
        Projections to the end of the quarter and of the year.
    unit_id
        The unit the page is about.
    """
    language = names.language
    whole = pd.concat([quarter.table[quarter.table["unit_id"].eq(unit_id)], year.table[year.table["unit_id"].eq(unit_id)]])
    ends = [say(QUARTER_END, language), say(YEAR_END, language)]
    below = year.table[year.table["parent_id"].eq(unit_id) & ~year.table["level"].eq("former")].sort_values("p_hit", kind="stable")
    caption = say("{share} interval", language, share=format_percent(year.coverage, language, 0))
    parts = [_table(whole, ends, names, currency, caption)]
    if len(below):
        called = [names.node(unit) for unit in below["unit_id"]]
        parts.append(_table(below, called, names, currency, caption, title=PARTS))
    return joined(*parts, notes_once([*quarter.notes, *year.notes], language, currency=currency))


def _table(
    rows: pd.DataFrame, called: list[str], names: ReviewNames, currency: str, interval: str, *, title: str = ""
) -> Fragment:
    language = names.language
    shown = pd.DataFrame({
        "name": called, "actual": rows["actual"].to_numpy(), "target": rows["target"].to_numpy(),
        "projected": rows["projected"].to_numpy(), "interval": money_interval(rows, language, currency=currency),
        "p_hit": rows["p_hit"].to_numpy(),
    })  # fmt: skip
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
