"""Apply a mapping to a sheet: text columns become typed columns, and no row is lost on the way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from salesplan.data.mapping import ColumnRule, Lookup, Mapping, PersonColumns, TableRule
from salesplan.data.parsers import Parsed, parse_column
from salesplan.data.parsers_amount import MISSING, header_unit
from salesplan.data.parsers_measure import duration_unit
from salesplan.data.readers import Sheet
from salesplan.data.row_codes import first_of_each, row_codes
from salesplan.data.schema import Column, Table, table_named
from salesplan.data.synonyms import normal_label, picklist_words
from salesplan.errors import DataError, known_choices


class Fault(NamedTuple):
    """One reason at some rows of an extract or batch; ``detail`` says more in words or ids."""

    column: str
    reason: str
    rows: np.ndarray
    detail: str = ""


@dataclass(kw_only=True, eq=False)
class Extract:
    """The rows one rule takes from one sheet.

    Parameters
    ----------
    columns
        Typed columns.
    base
        For each row, its position in the sheet.
    people, references
        Columns still to be turned into ids: people by their text columns, others by code or name.
    aside
        Positions in the sheet left out by the rule, and their money with its currency.
    """

    sheet: Sheet
    rule: TableRule
    columns: dict[str, pa.Array]
    base: np.ndarray
    faults: list[Fault] = field(default_factory=list)
    people: dict[str, dict[str, pa.Array]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    aside: np.ndarray = field(default_factory=lambda: np.array([], int))
    aside_amount: pa.Array | None = None
    aside_currency: pa.Array | None = None
    repeated: int = 0

    def __len__(self) -> int:
        return len(self.base)


class Sources:
    """All sheets at hand, for rules that look values up in another file."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self.sheets = list(sheets)
        self._found: dict[tuple[str, str | None, str, str], tuple[pa.Array, pa.Array]] = {}

    def find(self, file: str, sheet: str | None) -> Sheet:
        """The sheet a lookup means; DataError where it is absent."""
        for candidate in self.sheets:
            if fnmatchcase(candidate.file.casefold(), file.casefold()) and sheet in (None, candidate.sheet):
                return candidate
        raise DataError(
            f"file == {file!r}, must be among the files",
            where="lookup in the mapping",
            fix="Import the whole folder, or take the lookup out of the mapping.",
        )

    def carry(self, text: pa.Array, lookup: Lookup) -> pa.Array:
        """Each text's value in another file; empty where it is not there."""
        key = (lookup.file, lookup.sheet, lookup.match, lookup.value)
        if key not in self._found:
            other = self.find(lookup.file, lookup.sheet)
            match, value = (source_column(other, name) for name in (lookup.match, lookup.value))
            self._found[key] = (_plain_key(match), value)
        match, value = self._found[key]
        place = pc.index_in(_plain_key(text), value_set=match)
        return pc.fill_null(value.take(place), "")


def source_column(sheet: Sheet, name: str) -> pa.Array:
    """A column of a sheet by header (blanks, width of signs and a unit in brackets do not matter).

    Raises
    ------
    DataError
        The header is not there; the message names the nearest one.
    """
    found = find_column(sheet, name)
    if found is None:
        raise DataError(
            f"column == {name!r}, must be in the header of {sheet.label}",
            where=sheet.label,
            fix=known_choices(name, sheet.columns) + ". Correct the mapping, or import with a new one",
        )
    column = sheet.table[found]
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def find_column(sheet: Sheet, name: str) -> str | None:
    """The sheet's own spelling of a header, or ``None``."""
    if name in sheet.table.column_names:
        return name
    wanted = normal_label(name)
    same = [c for c in sheet.columns if normal_label(c) == wanted]
    return same[0] if len(same) == 1 else None


def _plain_key(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(text), r"^(\d+)\.0+$", r"\1")


def extract(
    sheet: Sheet, rule: TableRule, mapping: Mapping, sources: Sources, *, skip_missing: bool = False
) -> Extract:
    """Take one table's rows from a sheet.

    Parameters
    ----------
    skip_missing
        Optional columns whose source header is absent become empty instead of an error.

    Raises
    ------
    DataError
        A source column of the rule is not in the sheet.
    """
    table = table_named(rule.table)
    kept, aside = _choose_rows(sheet, rule)
    view = Sheet(**{**sheet.__dict__, "table": sheet.table.take(pa.array(kept)) if len(aside) else sheet.table})
    rest = sheet.table.take(pa.array(aside)) if len(aside) else None
    if rule.unpivot is not None:
        view, within = _long(view, rule)
        kept = kept[within]
    result = Extract(sheet=sheet, rule=rule, columns={}, base=kept, aside=aside)
    for name, column_rule in rule.columns.items():
        column = table.column(name)
        if skip_missing and not column.required and any(find_column(view, s) is None for s in column_rule.sources):
            continue
        _fill(result, table, column, column_rule, view, mapping, sources)
    if rest is not None and table.amount in rule.columns:
        amount_rule = rule.columns[table.amount]
        left = Sheet(**{**sheet.__dict__, "table": rest})
        text = _evaluate(amount_rule, left, sources)
        parsed = _parse(text, table.column(table.amount), amount_rule, left, mapping, table=table.name)
        result.aside_amount, result.aside_currency = parsed.cells, parsed.currency
        if "currency" in rule.columns:
            said = rule.columns["currency"]
            currency = _evaluate(said, left, sources)
            result.aside_currency = _parse(
                currency, table.column("currency"), said, left, mapping, table=table.name
            ).cells
    if rule.distinct:
        _keep_distinct(result, table)
    return result


def constant_rows(rule: TableRule, mapping: Mapping) -> Extract | None:
    """The rows written in the mapping itself, as an extract of a sheet named for the mapping."""
    if not rule.rows:
        return None
    names = list(dict.fromkeys(n for row in rule.rows for n in row))
    data = pa.table({n: pa.array([row.get(n, "") for row in rule.rows], pa.string()) for n in names})
    sheet = Sheet(
        file=f"mapping {mapping.source}",
        sheet="",
        table=data,
        src_row=np.arange(1, len(data) + 1),
        set_apart=pd.DataFrame(columns=["src_row", "reason", "raw"]),
        filled={},
    )
    plain = rule.model_copy(
        update={
            "rows": [],
            "columns": {n: ColumnRule.model_validate(n) for n in names},
            "where": {},
            "where_not": {},
            "unpivot": None,
        }
    )
    return extract(sheet, plain, mapping, Sources([sheet]))


def _choose_rows(sheet: Sheet, rule: TableRule) -> tuple[np.ndarray, np.ndarray]:
    keep = np.ones(len(sheet), bool)
    for words, wanted in ((rule.where, True), (rule.where_not, False)):
        for name, values in words.items():
            text = pc.utf8_trim_whitespace(source_column(sheet, name))
            inside = pc.is_in(text, value_set=pa.array(values, pa.string())).to_numpy(zero_copy_only=False)
            keep &= inside == wanted
    amount = table_named(rule.table).amount
    if amount in rule.columns and sheet.filled:
        for source in rule.columns[amount].sources:
            carried = sheet.filled.get(find_column(sheet, source) or "")
            if carried is not None:
                keep[carried] = False
    return np.flatnonzero(keep), np.flatnonzero(~keep)


def _long(sheet: Sheet, rule: TableRule) -> tuple[Sheet, np.ndarray]:
    unpivot = rule.unpivot
    if unpivot is None:
        return sheet, np.arange(len(sheet))
    pattern = re.compile(unpivot.columns)
    wide = [(c, m) for c in sheet.columns if (m := pattern.fullmatch(c))]
    if not wide:
        raise DataError(
            f"no header fits {unpivot.columns!r}", where=sheet.label, fix="Correct unpivot.columns in the mapping."
        )
    blank = pa.array(sorted({v for w in MISSING for v in (w, w.upper())}))
    parts, within = [], []
    others = [c for c in sheet.columns if c not in {c for c, _ in wide}]
    for name, match in wide:
        cells = pc.utf8_trim_whitespace(sheet.table[name])
        filled = np.flatnonzero(~pc.is_in(cells, value_set=blank).to_numpy(zero_copy_only=False))
        part = sheet.table.select(others).take(pa.array(filled))
        caption = match.group(1) if match.groups() else name
        part = part.append_column(unpivot.name, pa.repeat(pa.scalar(caption), len(filled)))
        parts.append(part.append_column(unpivot.value, cells.take(pa.array(filled))))
        within.append(filled)
    unit = max([sheet.unit, *(header_unit(c) for c, _ in wide)])
    return Sheet(**{**sheet.__dict__, "table": pa.concat_tables(parts), "unit": unit, "filled": {}}), np.concatenate(
        within
    )


def _fill(
    result: Extract, table: Table, column: Column, rule: ColumnRule, view: Sheet, mapping: Mapping, sources: Sources
) -> None:
    if rule.person is not None:
        result.people[column.name] = _person_text(rule.person, view)
        return
    text = _evaluate(rule, view, sources)
    parsed = _parse(text, column, rule, view, mapping, table=table.name)
    values = parsed.cells
    if rule.shift_months or rule.snap:
        values = _shifted(values, rule.shift_months, rule.snap)
    result.columns[column.name] = values
    if rule.refer is not None:
        result.references[column.name] = rule.refer
    result.faults.extend(Fault(column.name, reason, rows) for reason, rows in parsed.faults.items())
    if parsed.currency is not None and "currency" in table.names and "currency" not in result.rule.columns:
        result.columns["currency"] = parsed.currency


def _person_text(person: PersonColumns, view: Sheet) -> dict[str, pa.Array]:
    return {
        part: pc.utf8_trim_whitespace(source_column(view, name)) for part, name in person.model_dump().items() if name
    }


def _evaluate(rule: ColumnRule, view: Sheet, sources: Sources) -> pa.Array:
    n = len(view)
    if rule.const is not None:
        text = pa.repeat(pa.scalar(rule.const), n)
    elif rule.join is not None:
        parts = [pc.utf8_trim_whitespace(source_column(view, name)) for name in rule.join]
        text = pc.binary_join_element_wise(*parts, rule.sep)
    else:
        names = rule.sources
        text = source_column(view, names[0])
        for name in names[1:]:
            blank = pc.equal(pc.utf8_trim_whitespace(text), "")
            text = pc.if_else(blank, source_column(view, name), text)
    for lookup in rule.lookup:
        text = sources.carry(text, lookup)
    if rule.map is not None:
        encoded = pc.utf8_trim_whitespace(text).dictionary_encode()
        keep = rule.otherwise == "keep"
        words = [rule.map.get(w, w if keep else "") for w in encoded.dictionary.to_pylist()]
        text = pa.array(words, pa.string()).take(encoded.indices)
    if rule.default is not None:
        text = pc.if_else(pc.equal(pc.utf8_trim_whitespace(text), ""), pa.scalar(rule.default), text)
    if rule.prefix:
        trimmed = pc.utf8_trim_whitespace(text)
        text = pc.if_else(pc.equal(trimmed, ""), trimmed, pc.binary_join_element_wise(rule.prefix, trimmed, ""))
    return text


def _parse(
    text: pa.Array, column: Column, rule: ColumnRule, view: Sheet, mapping: Mapping, *, table: str
) -> Parsed:
    unit = rule.unit_value
    if unit is None:
        unit = 1
        if column.kind == "money" and rule.const is None:
            unit = max((header_unit(find_column(view, s) or s) for s in rule.sources), default=1)
            unit = view.unit if unit == 1 and column.name in ("amount", "value") else unit
        elif (rule.parse or column.parser) == "duration":
            unit = max((duration_unit(find_column(view, s) or s) for s in rule.sources), default=1)
    worded = column.kind == "enum" or column.parser == "code"
    words = picklist_words(column.name, table=table) if worded else None
    return parse_column(
        text, column, parser=rule.parse, unit=unit, order=mapping.date_order, timezone=mapping.timezone, words=words
    )


def _shifted(values: pa.Array, months: int, snap: str | None) -> pa.Array:
    encoded = values.dictionary_encode()
    days = pd.Series(pd.to_datetime(encoded.dictionary.to_pylist()))
    days = days + pd.DateOffset(months=months)
    if snap is not None:
        start = days.dt.to_period("M").dt.start_time
        after = start + pd.DateOffset(months=1)
        days = start.where((days - start) <= (after - days), after)
        if snap == "month_end":
            days = days - pd.Timedelta(days=1)
    return pa.array(days.dt.date, pa.date32()).take(encoded.indices)


def _keep_distinct(result: Extract, table: Table) -> None:
    key = [result.columns[k] for k in table.key if k in result.columns]
    if not key:
        return
    first = first_of_each(row_codes(key))
    first &= ~np.all([pc.is_null(k).to_numpy(zero_copy_only=False) for k in key], axis=0)
    result.repeated = int(first_of_each(row_codes(list(result.columns.values()))).sum() - first.sum())
    place = np.cumsum(first) - 1
    take = pa.array(first)
    result.columns = {k: v.filter(take) for k, v in result.columns.items()}
    result.people = {c: {k: v.filter(take) for k, v in parts.items()} for c, parts in result.people.items()}
    result.faults = [f._replace(rows=place[f.rows[first[f.rows]]]) for f in result.faults if first[f.rows].any()]
    result.base = result.base[first]
    result.aside, result.aside_amount, result.aside_currency = np.array([], int), None, None
