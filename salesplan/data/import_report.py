"""What an import did: rows and money, rows held back, remarks, files left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from salesplan.data.mapping import Mapping
from salesplan.data.quarantine import count_main_reasons, meaning_of
from salesplan.data.reconciliation import Reconciliation
from salesplan.data.schema import TABLES
from salesplan.text import mark, say

BLANK = mark("the file is empty; export it again")
"""Why an empty file among others is left out."""
_Sentence = tuple[str, dict[str, Any]]
MOST_NAMED = 12
"""Columns not used that are named for one file; the others are counted."""
ISSUE_COLUMNS = ("file", "table", "column", "reason", "rows", "src_rows", "detail")


@dataclass(frozen=True, kw_only=True, eq=False)
class ImportReport:
    """The account of one import.

    Parameters
    ----------
    load_id
        Number of the load; empty when nothing was new.
    source
        Name of the mapping.
    reconciliation
        Rows and money by file and table; it checks itself.
    quarantine
        Rows held back, with reason and raw row.
    issues
        Remarks on rows that were taken: ``file, table, column, reason, rows, src_rows, detail``.
    skipped
        Files left out: ``file, why``.
    unchanged
        Files imported before that have not changed.
    replaced
        Table to number of stored rows that a newer version replaced.
    mapping
        The mapping used.
    not_used
        File to the headers no rule of the mapping reads.
    stored_loads
        When nothing was new: the earlier loads of these files, whose account the report repeats.
    """

    load_id: str
    source: str
    reconciliation: Reconciliation
    quarantine: pd.DataFrame
    issues: pd.DataFrame
    skipped: pd.DataFrame
    unchanged: tuple[str, ...] = ()
    replaced: dict[str, int] = field(default_factory=dict)
    mapping: Mapping | None = None
    not_used: dict[str, list[str]] = field(default_factory=dict)
    stored_loads: tuple[str, ...] = ()

    @property
    def nothing_new(self) -> bool:
        """Whether every file had been imported before."""
        return not self.load_id

    @property
    def rows_ok(self) -> int:
        """Rows taken."""
        return self.reconciliation.total["ok"]

    @property
    def rows_quarantined(self) -> int:
        """Rows held back."""
        return self.reconciliation.total["quarantined"]

    def to_frame(self) -> pd.DataFrame:
        """Rows and money, one row a file, sheet and table."""
        return self.reconciliation.to_frame()

    def reasons(self) -> pd.DataFrame:
        """Why rows were held back, each row under its first reason: ``table, reason, meaning, rows, amount``."""
        return count_main_reasons(self.quarantine)

    def summary(self) -> list[tuple[str, dict[str, Any]]]:
        """The account as sentences: msgid and details (see :meth:`lines` for said ones)."""
        return list(self._sentences())

    def lines(self, lang: str) -> list[str]:
        """The account as sentences in a language."""
        return [
            say(msgid, lang, **{k: _said(k, v, lang) for k, v in details.items()})
            for msgid, details in self._sentences()
        ]

    def _sentences(self) -> Iterator[_Sentence]:
        if self.nothing_new:
            yield (
                mark("Nothing new: all {files} files were imported before and have not changed"),
                {"files": len(self.unchanged)},
            )
            if self.stored_loads:
                yield mark("The account of load {loads}, as it was kept:"), {"loads": ", ".join(self.stored_loads)}
            yield from (*self._account(), *self._held_back(), *self._noted())
            yield from self._left_out(BLANK)
            return
        yield mark("Load {load_id} from {source}"), {"load_id": self.load_id, "source": self.source}
        yield from (*self._account(), *self._held_back(), *self._noted())
        for table, count in self.replaced.items():
            if count:
                yield mark("{table}: {rows} stored rows replaced by newer versions"), {"table": table, "rows": count}
        for file, columns in self.not_used.items():
            more = len(columns) - MOST_NAMED
            said = ", ".join(columns[:MOST_NAMED]) + (f" … (+{more})" if more > 0 else "")
            yield mark("{file}: columns not used: {columns}"), {"file": file, "columns": said}
        yield from self._left_out()
        for file in self.unchanged:
            yield mark("{file} was imported before and has not changed"), {"file": file}

    def _left_out(self, only: str | None = None) -> Iterator[_Sentence]:
        for file, why in self.skipped.itertuples(index=False):
            if only in (None, why):
                yield mark("Left out {file}: {why}"), {"file": file, "why": why}

    def _account(self) -> Iterator[_Sentence]:
        rows = self.reconciliation.lines.groupby("file", sort=False)["rows_in"].sum()
        for file in rows.index[rows == 0]:
            yield mark("Attention: {file} holds headers but no rows"), {"file": str(file)}
        for record in self.reconciliation.by_table().to_dict("records"):
            row = {str(k): v for k, v in record.items()}
            table = str(row["table"])
            yield (
                mark(
                    "{table}: {rows_in} rows = {rows_ok} taken + {rows_quarantined} quarantined + "
                    "{rows_exact_dup} exact duplicates + {rows_set_aside} set aside"
                ),
                {"table": table, **{k: int(v) for k, v in row.items() if k.startswith("rows_")}},
            )
            if TABLES[table].amount is not None:
                yield from self._money(table, row)

    def _money(self, table: str, row: dict[str, Any]) -> Iterator[_Sentence]:
        unreadable = {"table": table, "rows_unreadable_amount": int(row["rows_unreadable_amount"])}
        currencies = self.reconciliation.by_currency(table)
        if len(currencies) < 2:
            money = {k: v for k, v in row.items() if k.startswith("amount_")}
            yield (
                mark(
                    "{table}: money {amount_in} = {amount_ok} + {amount_quarantined} + {amount_exact_dup} + "
                    "{amount_set_aside}; {rows_unreadable_amount} amounts cannot be read"
                ),
                {**unreadable, **money},
            )
            return
        for record in currencies.to_dict("records"):
            yield (
                mark(
                    "{table}: {currency} {amount_in} = {amount_ok} + {amount_quarantined} + {amount_exact_dup} + "
                    "{amount_set_aside}"
                ),
                {"table": table, **{str(k): v for k, v in record.items()}},
            )
        if unreadable["rows_unreadable_amount"]:
            yield mark("{table}: {rows_unreadable_amount} amounts cannot be read"), unreadable
        yield (
            mark(
                "Attention: {table} holds several currencies ({currencies}). They are never added up: plans count "
                "one currency; convert before the import, or plan one at a time"
            ),
            {"table": table, "currencies": ", ".join(currencies["currency"])},
        )

    def _held_back(self) -> Iterator[_Sentence]:
        for record in self.reasons().to_dict("records"):
            details = {k: record[k] for k in ("table", "rows", "meaning")}
            yield mark("Quarantined in {table}: {rows} rows, {meaning}"), details

    def _noted(self) -> Iterator[_Sentence]:
        said = self.issues.assign(
            meaning=[meaning_of(r, d) for r, d in zip(self.issues["reason"], self.issues["detail"], strict=True)]
        )
        for (table, reason, meaning), rows in said.groupby(["table", "reason", "meaning"], sort=False):
            details = {"table": str(table), "rows": int(rows["rows"].sum()), "meaning": str(meaning)}
            if reason == "possible_duplicate_line":
                yield (
                    mark("Noted in {table}: {rows} rows, {meaning} ({example})"),
                    {**details, "example": str(rows["detail"].iloc[0])},
                )
            elif reason in ("course_circle", "unknown_prerequisite"):
                example = "; ".join(dict.fromkeys(map(str, rows["detail"])))
                yield mark("Noted in {table}: {rows} rows, {meaning} ({example})"), {**details, "example": example}
            elif reason == "returned_orders":
                amount = sum((Decimal(str(d)) for d in rows["detail"]), Decimal(0))
                yield mark("Noted in {table}: {rows} rows, {amount_void}: {meaning}"), {**details, "amount_void": amount}
            else:
                yield mark("Noted in {table}: {rows} rows, {meaning}"), details


def _said(name: str, value: Any, lang: str) -> Any:
    if name == "table" and value in TABLES:
        return TABLES[value].zh if lang == "zh" else TABLES[value].en
    if name.startswith("amount_"):
        return f"{value:,.2f}"
    if name in ("why", "meaning"):
        return say(value, lang)
    return f"{value:,}" if isinstance(value, int) else value
