"""Table after table of one load: find people and units, check rows, tell copies from contradictions."""

from collections.abc import Collection, Sequence
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from salesplan.data.batch import Batch, gather
from salesplan.data.coaching_frames import courses_before
from salesplan.data.duplicates import compare_with_stored, find_duplicates, number_lines
from salesplan.data.footers import footer_mismatches
from salesplan.data.import_report import ISSUE_COLUMNS
from salesplan.data.mapping import Mapping
from salesplan.data.mapping_apply import Extract
from salesplan.data.parsers import money_sum
from salesplan.data.people import match_people
from salesplan.data.quality_coaching import circles
from salesplan.data.quarantine import quarantined_rows, rows_set_apart
from salesplan.data.references import resolve_ids, unknown_ids
from salesplan.data.row_checks import check_organisation, check_rows
from salesplan.data.schema import TABLES
from salesplan.data.table_faults import find_unit_suspects, stop_unless_acknowledged
from salesplan.data.workspace import Workspace

_KNOWN = {
    "org_unit": ["org_id", "parent_org_id", "code", "name"],
    "rep": ["rep_id", "employee_no", "name", "email", "hire_date", "leave_date"],
    "rep_assignment": ["rep_id", "org_id", "valid_from", "valid_to"],
    "customer": ["customer_id", "name"],
    "product": ["product_id", "code", "name"],
    "skill": ["skill_id", "name", "name_en"],
    "course": ["course_id", "name", "prerequisites"],
}
_MAYBE_OUTSIDERS = ("rater_id", "judge_id", "assessor_id")
"""Columns of people who need not be on the staff list: what the file says stands where nobody is found."""
_RATED_BY = {"feedback": {"rater_id": "by_role"}, "skill_assessment": {"assessor_id": "source"}}
"""Who gave the scores of a table, and what they are to the person rated."""


class TableImport:
    """The tables of one load, added in schema order, each checked against those before it."""

    def __init__(
        self, space: Workspace, mapping: Mapping, *, load_id: str, as_of: date, acknowledged: Collection[str]
    ) -> None:
        self.space, self.mapping, self.load_id, self.as_of = space, mapping, load_id, as_of
        self.acknowledged = acknowledged
        self.currency = space.settings.currency
        self.batches: list[Batch] = []
        self.set_apart: dict[int, list[int]] = {}
        self.replaced: dict[str, int] = {}
        self._new: dict[str, Batch] = {}
        self._cache: dict[str, pd.DataFrame] = {}
        self._sheets: set[tuple[str, str]] = set()
        self._apart: list[pd.DataFrame] = []
        self._extra: list[dict[str, object]] = []

    def add(self, name: str, extracts: Sequence[Extract]) -> None:
        """Check one table's rows. Raises DataError for faults of whole files nobody acknowledged."""
        batch, people = gather(TABLES[name], extracts, currency=self.currency)
        self._new[name] = batch
        for column, parts in people.items():
            self._find_people(batch, column, parts)
        self._resolve(batch)
        for rater, relation in _RATED_BY.get(name, {}).items():
            self._find_raters(batch, rater, relation)
        number_lines(batch)
        check_rows(batch, as_of=self.as_of)
        self._check_references(batch)
        find_duplicates(batch)
        if name == "org_unit":
            check_organisation(self.known("org_unit"), where=", ".join(sorted({e.sheet.label for e in extracts})))
        stop_unless_acknowledged(find_unit_suspects(batch, self.space), self.acknowledged)
        self.replaced[name] = compare_with_stored(batch, self.space)
        self._cache.pop(name, None)
        self.batches.append(batch)

    def finish(self) -> None:
        """What only all tables together tell: sellers without a unit; rows set apart and totals at the foot."""
        for batch in self.batches:
            self.set_apart[id(batch)] = [self._take_apart(part, batch) for part in batch.extracts]
        if "rep" in self._new:
            batch = self._new["rep"]
            seated = self.known("rep_assignment")["rep_id"]
            lonely = unknown_ids(batch.columns["rep_id"], seated)
            batch.add("rep_id", "rep_without_unit", lonely[batch.taken[lonely]], note=True)
        if "course" in self._new:
            self._note_prerequisites(self._new["course"])

    def _note_prerequisites(self, batch: Batch) -> None:
        """Remark on courses that ask for one another in a circle or for one that is not there: they cannot be planned."""
        ids = pd.Series(batch.columns["course_id"].to_pylist(), dtype=object)
        before = courses_before(self.known("course").rename(columns={"course_id": "course"}))
        for course, asked in before.items():
            if lost := [one for one in asked if one not in before]:
                rows = np.flatnonzero(ids.eq(course).to_numpy() & batch.taken)
                batch.add("prerequisites", "unknown_prerequisite", rows, f"{course} → {', '.join(lost)}", note=True)
        for ring in circles(before):
            batch.add("prerequisites", "course_circle", np.flatnonzero(ids.isin(ring)), " → ".join(ring), note=True)

    def known(self, name: str) -> pd.DataFrame:
        """What is known of a table: stored rows and those of this load that are not quarantined."""
        if name not in self._cache:
            columns = _KNOWN[name]
            parts = [self.space.read_table(name)[columns].astype(object)] if name in self.space.tables() else []
            if name in self._new:
                batch = self._new[name]
                live = ~(batch.quarantined | batch.dropped)
                parts.append(
                    pa.table({c: batch.columns[c] for c in columns}).filter(pa.array(live)).to_pandas().astype(object)
                )
            whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
            key = [k for k in TABLES[name].key if k in columns]
            self._cache[name] = whole.drop_duplicates(key, keep="last", ignore_index=True)
        return self._cache[name]

    def held_back(self) -> list[pd.DataFrame]:
        """Everything for quarantine."""
        return [*self._apart, *(quarantined_rows(b, load_id=self.load_id) for b in self.batches)]

    def issues(self) -> pd.DataFrame:
        """Remarks on rows that were taken, by file, table, column and reason."""
        rows = list(self._extra)
        for batch in self.batches:
            src, taken = batch.src_row, batch.taken
            for note in batch.notes:
                live = note.rows[taken[note.rows]]
                for number in np.unique(batch.extract_no[live]):
                    mine = live[batch.extract_no[live] == number]
                    rows.append(
                        {
                            "file": batch.extracts[number].sheet.label,
                            "table": batch.table.name,
                            "column": note.column,
                            "reason": note.reason,
                            "rows": len(mine),
                            "detail": note.detail,
                            "src_rows": ", ".join(str(r) for r in src[mine[:5]]),
                        }
                    )
            rows += _returned(batch)
            said = {"table": batch.table.name, "column": "", "reason": "repeated_attributes", "detail": ""}
            rows += [
                {**said, "file": p.sheet.label, "rows": p.repeated, "src_rows": ""}
                for p in batch.extracts
                if p.repeated
            ]
        return pd.DataFrame(rows, columns=list(ISSUE_COLUMNS))

    def _take_apart(self, part: Extract, batch: Batch) -> int:
        place = (part.sheet.file, part.sheet.sheet)
        main = batch.table.amount is not None or not any(
            TABLES[e.rule.table].amount for b in self.batches for e in b.extracts if e.sheet is part.sheet
        )
        if not len(part.sheet.set_apart) or place in self._sheets or part.rule.distinct or not main:
            return 0
        self._sheets.add(place)
        self._apart.append(rows_set_apart(part, load_id=self.load_id))
        self._extra += footer_mismatches(part, batch)
        return len(part.sheet.set_apart)

    def _find_people(self, batch: Batch, column: str, parts: list[tuple[int, dict[str, pa.Array]]]) -> None:
        dates = batch.columns.get(batch.table.date or ("valid_from" if "valid_from" in batch.columns else "start_date"))
        if batch.table.name in ("customer", "rep_assignment"):
            dates = None
        whole, reps = batch.columns[column], self.known("rep")
        for start, said in parts:
            n = len(next(iter(said.values())))
            if reps.empty:
                whole = _with_part(whole, start, _as_said(said))
                continue
            found = match_people(
                said,
                reps=reps,
                assignments=self.known("rep_assignment"),
                units=self.known("org_unit"),
                dates=None if dates is None else dates.slice(start, n),
                identities=self.mapping.identities,
            )
            who = found.rep_id if column not in _MAYBE_OUTSIDERS else pc.coalesce(found.rep_id, *_words_said(said))
            whole = _with_part(whole, start, who)
            by_doubt: dict[str, list[int]] = {}
            for row, doubt in found.doubts.items():
                by_doubt.setdefault(doubt, []).append(row + start)
            optional = column in ("manager_rep_id", "owner_rep_id")
            if column in _MAYBE_OUTSIDERS:
                by_doubt = {d: rows for d, rows in by_doubt.items() if ": " in d}
                optional = True
            for doubt, rows in by_doubt.items():
                batch.add(column, "unknown_rep", np.array(rows), doubt, note=optional)
        batch.columns[column] = whole

    def _resolve(self, batch: Batch) -> None:
        wanted = {c: r for part in batch.extracts for c, r in part.references.items()}
        for column, table in wanted.items():
            known = self.known(table)
            if known.empty:
                continue
            ids, _ = resolve_ids(batch.columns[column], known, TABLES[table].key[0])
            batch.columns[column] = ids
        self._cache.pop(batch.table.name, None)

    def _find_raters(self, batch: Batch, rater: str, relation: str) -> None:
        """Raters who are customers become customer ids; whoever rates themself is the person rated."""
        raters, roles = batch.columns[rater], batch.columns[relation]
        known = self.known("customer")
        if not known.empty:
            customers = pc.fill_null(pc.equal(roles, "customer"), False)
            raters = pc.if_else(customers, resolve_ids(raters, known, "customer_id")[0], raters)
        own = pc.if_else(pc.equal(roles, "self"), batch.columns["rep_id"], pa.scalar(None, pa.string()))
        batch.columns[rater] = pc.coalesce(raters, own)

    def _check_references(self, batch: Batch) -> None:
        for column in batch.table.columns:
            if column.refers_to is None or self.known(column.refers_to).empty:
                continue
            known = self.known(column.refers_to)[TABLES[column.refers_to].key[0]]
            self._unknown(
                batch, column.name, column.refers_to, unknown_ids(batch.columns[column.name], known), column.required
            )
        if batch.table.name == "target":
            kinds = batch.columns["scope_type"]
            for kind, table in (("rep", "rep"), ("org", "org_unit"), ("customer", "customer")):
                mine = pc.fill_null(pc.equal(kinds, kind), False).to_numpy(zero_copy_only=False)
                if mine.any() and not self.known(table).empty:
                    lost = unknown_ids(batch.columns["scope_id"], self.known(table)[TABLES[table].key[0]])
                    self._unknown(batch, "scope_id", table, lost[mine[lost]], True)

    def _unknown(self, batch: Batch, column: str, table: str, rows: np.ndarray, required: bool) -> None:
        if not rows.size:
            return
        reason = {
            "rep": "unknown_rep",
            "org_unit": "unknown_org",
            "customer": "unknown_customer",
            "product": "unknown_product",
            "skill": "unknown_skill",
            "course": "unknown_course",
        }[table]
        said = batch.columns[column].take(pa.array(rows)).to_pylist()
        seller = table == "rep" and column == "rep_id"
        for word, places in pd.Series(said).groupby(said, sort=False).groups.items():
            batch.add(column, reason, rows[np.asarray(places, int)], str(word), note=not (required or seller))
        if not (required or seller) and table in ("rep", "org_unit"):
            mask = np.zeros(len(batch), bool)
            mask[rows] = True
            batch.columns[column] = pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), batch.columns[column])


def _returned(batch: Batch) -> list[dict[str, object]]:
    """Void lines that are returns: kept, but no sales; how many and how much, by file."""
    if batch.table.name != "order_line":
        return []
    gone = pc.and_(pc.equal(batch.columns["status"], "void"), batch.columns["is_return"])
    mask = pc.fill_null(gone, False).to_numpy(zero_copy_only=False) & batch.taken
    rows = []
    for number in np.unique(batch.extract_no[mask]):
        mine = np.flatnonzero(mask & (batch.extract_no == number))
        amount = money_sum(batch.columns["amount"].take(pa.array(mine)))
        rows.append(
            {
                "file": batch.extracts[number].sheet.label,
                "table": "order_line",
                "column": "is_return",
                "reason": "returned_orders",
                "rows": len(mine),
                "detail": str(amount),
                "src_rows": ", ".join(str(r) for r in batch.src_row[mine[:5]]),
            }
        )
    return rows


def _as_said(said: dict[str, pa.Array]) -> pa.Array:
    """The surest of what a file says of a person."""
    return next(iter(_words_said(said)), pa.nulls(len(next(iter(said.values()))), pa.string()))


def _words_said(said: dict[str, pa.Array]) -> list[pa.Array]:
    """What a file says of a person, the surest first; empty cells say nothing."""
    nothing = pa.scalar(None, pa.string())
    return [pc.if_else(pc.equal(said[part], ""), nothing, said[part]) for part in ("employee_no", "email", "name") if part in said]


def _with_part(whole: pa.Array, start: int, part: pa.Array) -> pa.Array:
    return pa.concat_arrays([whole.slice(0, start), part, whole.slice(start + len(part))])
