"""The canonical tables: which columns a fact has, what they mean, how they are stored."""

from typing import Final

import pandas as pd

from salesplan.data.schema_table import ARROW_TYPES, TECHNICAL, Column, Kind, Table
from salesplan.data.tables_activity import ACTIVITY_TABLES
from salesplan.data.tables_coaching import COACHING_TABLES
from salesplan.data.tables_sales import SALES_TABLES
from salesplan.errors import InputError, known_choices
from salesplan.text import say

__all__ = ["ARROW_TYPES", "TABLES", "TECHNICAL", "Column", "Kind", "Table", "schema_frame", "table_named"]

TABLES: Final[dict[str, Table]] = {
    table.name: table for table in (*SALES_TABLES, *ACTIVITY_TABLES, *COACHING_TABLES)}
"""Every canonical table by name, in the order an import checks them."""


def table_named(name: str) -> Table:
    """Look a table up by name.

    Raises
    ------
    InputError
        Unknown name; the message names the nearest one.

    Examples
    --------
    >>> table_named("order_line").zh
    '订单明细'
    """
    if name not in TABLES:
        raise InputError(f"table == {name!r}, must be a canonical table", fix=known_choices(name, TABLES))
    return TABLES[name]


def schema_frame(table: str | None = None, *, language: str = "en") -> pd.DataFrame:
    """What the canonical tables hold, one row a column.

    Parameters
    ----------
    table
        Only this table; all by default.
    language
        Language of ``meaning``; the captions come in both.

    Returns
    -------
    DataFrame with ``table, column, kind, required, in_key, choices, refers_to, zh, en, meaning``.

    Examples
    --------
    >>> schema_frame("product")["column"].tolist()[:3]
    ['product_id', 'code', 'name']
    """
    tables = TABLES.values() if table is None else [table_named(table)]
    rows = [
        {"table": t.name, "column": c.name, "kind": c.kind, "required": c.required, "in_key": c.name in t.key,
         "choices": ", ".join(c.choices), "refers_to": c.refers_to or "", "zh": c.zh, "en": c.en,
         "meaning": say(c.meaning, language)}
        for t in tables for c in t.columns
    ]
    return pd.DataFrame(rows)
