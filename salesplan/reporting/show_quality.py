"""The data-quality report: where rows and money went, what is held back, what has gaps."""

from typing import TYPE_CHECKING

import pandas as pd

from salesplan.data.schema import TABLES
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.data.quality import DataQuality

PARTS = ("in", "ok", "quarantined", "exact_dup", "set_aside")


def show_rows(quality: "DataQuality", language: str) -> Fragment:
    """Rows read from each table and where they went, with its dates and score."""
    frame = quality.tables[["table", *(f"rows_{p}" for p in PARTS), "first_date", "last_date", "score"]]
    return show_table(_named(frame, language), language, kinds={"score": "percent"})


def show_money(quality: "DataQuality", language: str, *, currency: str) -> Fragment:
    """Money read from each table that carries money, and where it went."""
    with_money = quality.tables[quality.tables["amount_in"] != 0]
    frame = with_money[["table", *(f"amount_{p}" for p in PARTS)]]
    return show_table(_named(frame, language), language, currency=currency)


def show_quarantine(quality: "DataQuality", language: str, *, currency: str) -> Fragment:
    """Rows held back by table and reason, in words."""
    if quality.reasons.empty:
        return _nothing(mark("No row is in quarantine."), language)
    frame = quality.reasons[["table", "meaning", "rows", "amount"]].rename(columns={"meaning": "why"})
    frame = frame.assign(why=[say(str(msgid), language) for msgid in frame["why"]])
    return show_table(_named(frame, language), language, currency=currency)


def show_gaps(quality: "DataQuality", language: str, *, most: int = 25) -> Fragment:
    """Columns with empty cells, the emptiest first; columns nobody filled are left out."""
    columns = quality.columns[(quality.columns["missing"] > 0) & (quality.columns["missing_share"] < 1)]
    if columns.empty:
        return _nothing(mark("No column has gaps."), language)
    frame = columns.nlargest(most, "missing_share")[["table", "column", "rows", "missing", "missing_share"]]
    words = [TABLES[t].column(c) for t, c in zip(frame["table"], frame["column"], strict=True)]
    frame = frame.assign(column=[word.zh if language == "zh" else word.en for word in words])
    return show_table(_named(frame, language), language)


def _named(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    return frame.assign(table=[TABLES[t].zh if language == "zh" else TABLES[t].en for t in frame["table"]])


def _nothing(msgid: str, language: str) -> Fragment:
    words = say(msgid, language)
    return Fragment(html=f"<p>{words}</p>", plain=words)
