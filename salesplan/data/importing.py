"""Import a folder of exports into a workspace: read, map, check, reconcile, keep."""

import hashlib
import json
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.data.import_files import FilePlan, choose_mapping, plan_files, withdraw
from salesplan.data.import_report import BLANK, ISSUE_COLUMNS, ImportReport
from salesplan.data.import_tables import TableImport
from salesplan.data.mapping import FileRule, Mapping
from salesplan.data.mapping_apply import Extract, Sources, constant_rows, extract, find_column
from salesplan.data.quarantine import joined, write_readable
from salesplan.data.readers import Sheet, is_blank, list_files, read_sheets
from salesplan.data.reconciliation import reconcile, stored_reconciliation
from salesplan.data.schema import TABLES
from salesplan.data.supersede import supersede
from salesplan.data.table_faults import TableFault, check_acknowledged, stop_unless_acknowledged
from salesplan.data.unused_columns import columns_not_used
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, known_choices
from salesplan.text import mark

Progress = Callable[[str, int, int], None]
Confirm = Callable[[Mapping], bool | Mapping]


def import_files(
    path: str | Path,
    workspace: Workspace | str | Path,
    *,
    mapping: Mapping | str | Path | None = None,
    confirm: Confirm | None = None,
    progress: Progress | None = None,
    acknowledge: Collection[str] = (),
    tables: dict[str, str] | None = None,
    as_of: date | None = None,
) -> ImportReport:
    """Import a file or a folder; every row ends up taken, quarantined, counted as a copy, or set aside by a rule.

    Rows with a fault go whole to ``quarantine/``; the files themselves are kept in ``raw/``. A file that was imported
    before with the same mapping is not imported again; with another mapping its earlier rows give way. An empty file
    among others in a folder is left out, and the report says so.

    Parameters
    ----------
    path
        File, or folder with files.
    workspace
        Where the data go; made when absent, with the settings the mapping brings.
    mapping
        A mapping, a YAML file, or the name of one that comes with the kit. Otherwise the one saved in the workspace
        that fits, one of the kit's own, or a proposal made from the headers.
    confirm
        Shown a proposed mapping; ``True`` or a corrected mapping goes on, ``False`` stops.
    progress
        Called with a step (msgid), the number done and the number to do.
    acknowledge
        Faults of whole files to accept: ``unit_suspect_x10000``, ``column_renamed``.
    tables
        File (or ``file[sheet]``) to table, where a proposal cannot decide.
    as_of
        The day hire dates and order dates are compared with; today by default.

    Raises
    ------
    DataError
        Nothing to import, an unreadable file, an undecided or rejected proposal, a fault of a whole file, a circle
        in the organisation. Nothing is written then, except copies in ``raw/``.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "订单.csv").write_text("订单编号,订单日期,业务员,部门,产品,金额(万元)\\n"
    ...     "A1,2027年1月5日,张伟,华东,仪器,1.5\\n"
    ...     "A2,2027/1/6,张伟,华东,仪器,约3万\\n合计,,,,,4.5\\n", encoding="gb18030")
    >>> report = import_files(folder, folder / "工作区")
    >>> report.rows_ok, report.reasons()["reason"].tolist()
    (5, ['footer_or_total_row', 'unparseable_amount'])
    >>> import_files(folder, folder / "工作区").nothing_new
    True
    """
    check_acknowledged(acknowledge)
    tell = progress or (lambda step, done, total: None)
    space = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    files = [f for f in list_files(path) if space.path not in f.absolute().parents]
    read = _Reader()
    blank = [f for f in files if is_blank(f)] if Path(path).is_dir() else []
    if len(blank) < len(files):
        files = [f for f in files if f not in blank]
    chosen = choose_mapping(files, space, mapping=mapping, confirm=confirm, tables=tables or {}, read=read)
    _prepare(space, chosen)
    plan = plan_files(files, chosen, space)
    plan.skipped += [(f.name, BLANK) for f in blank]
    if not plan.new:
        return _nothing_new(plan, chosen, space)
    sheets = _read(plan, chosen, space, tell, read)
    faults, extracts = _extract(plan, chosen, sheets, acknowledge)
    stop_unless_acknowledged(faults, acknowledge)
    load_id = space.next_load_id()
    work = TableImport(space, chosen, load_id=load_id, as_of=as_of or date.today(), acknowledged=acknowledge)
    _some_rows(extracts)
    names = [t for t in TABLES if any(e.rule.table == t for e in extracts)]
    for done, name in enumerate(names):
        tell(mark("Checking tables"), done, len(names))
        work.add(name, [e for e in extracts if e.rule.table == name])
    work.finish()
    tell(mark("Checking tables"), len(names), len(names))
    report = _report(work, plan, chosen, columns_not_used(sheets, chosen), load_id)
    chosen.save(space.path / "mappings" / f"{chosen.source}.yaml")
    withdraw(space, plan.outdated)
    for done, batch in enumerate(work.batches):
        tell(mark("Writing tables"), done, len(work.batches))
        if batch.taken.any():
            space.append_load(batch.table.name, batch.stored(), load_id=load_id)
    tell(mark("Writing tables"), len(work.batches), len(work.batches))
    if len(report.quarantine):
        space.write_quarantine(report.quarantine, load_id=load_id)
        write_readable(report.quarantine, space.quarantine / f"{load_id}.csv")
    supersede(space, work.batches, {f.name: plan.identity[f]["sha256"] for f in plan.new}, load_id=load_id)
    space.write_load_log(_log(report, plan, acknowledge), load_id=load_id)
    return report


class _Reader:
    """Reads each file once, although a proposal and the import both want it."""

    def __init__(self) -> None:
        self._read: dict[tuple[Path, str | None, str | None, int | None], list[Sheet]] = {}

    def __call__(self, file: Path, rule: FileRule | None = None) -> list[Sheet]:
        options = (rule.encoding, rule.delimiter, rule.header_row) if rule else (None, None, None)
        if (file, *options) not in self._read:
            encoding, delimiter, header_row = options
            self._read[file, *options] = read_sheets(
                file, encoding=encoding, delimiter=delimiter, header_row=header_row
            )
        return self._read[file, *options]


def _prepare(space: Workspace, mapping: Mapping) -> None:
    if not space.exists:
        known = ("language", "currency", "country", "fiscal_start_month", "target_set")
        space.create(source=mapping.source, **{k: v for k, v in mapping.settings.items() if k in known})


def _read(plan: FilePlan, mapping: Mapping, space: Workspace, tell: Progress, read: "_Reader") -> list[Sheet]:
    sheets: list[Sheet] = []
    wanted = [*plan.new, *plan.looked_up]
    for done, file in enumerate(wanted):
        tell(mark("Reading files"), done, len(wanted))
        space.keep_raw(file)
        rule = next((r for r in mapping.files if r.fits(file.name)), None)
        sheets.extend(read(file, rule))
    tell(mark("Reading files"), len(wanted), len(wanted))
    return sheets


def _extract(
    plan: FilePlan, mapping: Mapping, sheets: list[Sheet], acknowledge: Collection[str]
) -> tuple[list[TableFault], list[Extract]]:
    sources, found, faults = Sources(sheets), [], []
    new = {f.name for f in plan.new}
    for rule in mapping.files:
        mine = [s for s in sheets if s.file in new and rule.fits(s.file) and rule.sheet in (None, s.sheet)]
        if rule.sheet is None and len(mine) > 1:
            whole = [s for s in mine if all(find_column(s, c) for t in rule.tables for c in _sources(t))]
            mine = whole or mine[:1]
        if not mine:
            continue
        for table in rule.tables:
            if (constant := constant_rows(table, mapping)) is not None:
                found.append(constant)
            for sheet in mine if table.columns else []:
                missing = [c for c in _sources(table) if find_column(sheet, c) is None]
                if missing:
                    needed = {
                        n
                        for n, r in table.columns.items()
                        if TABLES[table.table].column(n).required
                        and any(find_column(sheet, c) is None for c in r.sources)
                    }
                    fault = _renamed(sheet, missing)
                    faults.append(fault)
                    if needed or "column_renamed" not in acknowledge:
                        stop_unless_acknowledged([fault], () if needed else acknowledge)
                found.append(extract(sheet, table, mapping, sources, skip_missing=bool(missing)))
    if not found:
        raise DataError("no rows to import", where=mapping.source, fix="Check which files the mapping names.")
    return faults, found


def _some_rows(extracts: list[Extract]) -> None:
    """Refuse files that hold headers and nothing else."""
    if not any(len(e) or len(e.aside) or len(e.sheet.set_apart) for e in extracts):
        raise DataError(
            "there are headers but no rows, must be at least one row",
            where=", ".join(sorted({e.sheet.label for e in extracts})),
            fix="Export again, and check the filters and dates of the export.",
        )


def _sources(table: Any) -> list[str]:
    return [
        c
        for r in table.columns.values()
        for c in r.sources
        if table.unpivot is None or c not in (table.unpivot.name, table.unpivot.value)
    ]


def _renamed(sheet: Sheet, missing: list[str]) -> TableFault:
    near = "; ".join(f"{m}: {known_choices(m, sheet.columns).split('?')[0]}" for m in missing[:3])
    return TableFault(
        code="column_renamed",
        where=sheet.label,
        what=f"columns {missing} are not in the header, must be there",
        fix=f"Correct the mapping ({near}) or have a new one proposed.",
        details={"missing": missing},
    )


def _report(
    work: TableImport, plan: FilePlan, mapping: Mapping, not_used: dict[str, list[str]], load_id: str
) -> ImportReport:
    held = work.held_back()
    return ImportReport(
        load_id=load_id,
        source=mapping.source,
        reconciliation=reconcile(work.batches, work.set_apart),
        quarantine=joined(held),
        issues=work.issues(),
        skipped=_frame(plan.skipped),
        unchanged=tuple(f.name for f in plan.unchanged),
        replaced=work.replaced,
        not_used=not_used,
        mapping=mapping,
    )


def _nothing_new(plan: FilePlan, mapping: Mapping, space: Workspace) -> ImportReport:
    if not plan.unchanged:
        raise DataError(
            f"no file fits mapping '{mapping.source}'",
            where=", ".join(f for f, _ in plan.skipped[:6]),
            fix="Name another mapping, or have one proposed.",
        )
    loads = sorted(set(plan.stored_in.values()))
    logs = [log for load, log in space.read_load_logs().items() if load in loads]
    held = space.read_quarantine()
    return ImportReport(
        load_id="",
        stored_loads=tuple(loads),
        source=mapping.source,
        reconciliation=stored_reconciliation(logs),
        quarantine=held[held["load_id"].isin(loads)].reset_index(drop=True) if len(held) else joined([]),
        issues=pd.DataFrame([i for log in logs for i in log.get("issues", [])], columns=list(ISSUE_COLUMNS)),
        skipped=_frame(plan.skipped),
        unchanged=tuple(f.name for f in plan.unchanged),
        mapping=mapping,
    )


def _frame(skipped: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(skipped, columns=["file", "why"])


def _log(report: ImportReport, plan: FilePlan, acknowledge: Collection[str]) -> dict[str, Any]:
    lines = json.loads(report.to_frame().to_json(orient="records", force_ascii=False, default_handler=str))
    exact = report.to_frame()
    money = report.reconciliation.currencies.to_dict("records")
    for line, row in zip(lines, exact.to_dict("records"), strict=True):
        line.update({k: str(v) for k, v in row.items() if str(k).startswith("amount_")})
    issues = report.issues.astype(object).where(report.issues.notna(), None).to_dict("records")
    return {
        "source": report.source,
        "files": [{"name": f.name, **plan.identity[f]} for f in plan.new],
        "mapping": hashlib.sha256((report.mapping.to_yaml() if report.mapping else "").encode()).hexdigest()[:12],
        "acknowledged": sorted(acknowledge),
        "reconciliation": lines,
        "currencies": [{str(k): str(v) for k, v in m.items()} for m in money],
        "issues": [{k: (int(v) if k == "rows" else v) for k, v in i.items()} for i in issues],
        "replaced": {k: int(v) for k, v in report.replaced.items()},
        "skipped": plan.skipped_dict(),
    }
