"""Which columns of a file no rule reads: what an import passes over is said, not dropped in silence."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from salesplan.data.mapping import FileRule, Mapping, TableRule
from salesplan.data.mapping_apply import find_column
from salesplan.data.readers import Sheet


def columns_not_used(sheets: Sequence[Sheet], mapping: Mapping) -> dict[str, list[str]]:
    """Headers no rule of the mapping reads, by file (and sheet); sheets that feed no table are left out.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from salesplan.data.readers import read_sheets
    >>> file = Path(tempfile.mkdtemp()) / "o.csv"
    >>> _ = file.write_text("Nr,Date,Total,Colour\\n1,2027-01-05,5,red\\n", encoding="utf-8")
    >>> rules = Mapping.from_yaml('''
    ... source: shop
    ... files: [{match: o.csv, tables: [{table: order_line, columns: {order_id: Nr, order_date: Date, amount: Total}}]}]
    ... ''')
    >>> columns_not_used(read_sheets(file), rules)
    {'o.csv': ['Colour']}
    """
    found: dict[str, list[str]] = {}
    for sheet in sheets:
        rules = [r for r in mapping.files if r.tables and r.fits(sheet.file) and r.sheet in (None, sheet.sheet)]
        rest = _unread(sheet, rules, mapping)
        if rules and rest:
            found[sheet.label] = rest
    return found


def _unread(sheet: Sheet, rules: Sequence[FileRule], mapping: Mapping) -> list[str]:
    tables = [t for r in rules for t in r.tables]
    read = {find_column(sheet, name) for name in [*_named(tables), *_looked_up(sheet, mapping)]}
    wide = [re.compile(t.unpivot.columns) for t in tables if t.unpivot is not None]
    return [
        c
        for c in sheet.columns
        if c not in read and not c.startswith("column_") and not any(w.fullmatch(c) for w in wide)
    ]


def _named(tables: Sequence[TableRule]) -> Iterator[str]:
    for table in tables:
        yield from (s for rule in table.columns.values() for s in rule.sources)
        yield from (*table.where, *table.where_not)


def _looked_up(sheet: Sheet, mapping: Mapping) -> Iterator[str]:
    for file in mapping.files:
        for look in (k for t in file.tables for c in t.columns.values() for k in c.lookup):
            if fnmatchcase(sheet.file.casefold(), look.file.casefold()) and look.sheet in (None, sheet.sheet):
                yield from (look.match, look.value)
