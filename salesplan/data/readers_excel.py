"""XLS and XLSX as text: merged cells, formulas without a value, error values, and a guard against zip bombs."""

import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa

from salesplan.data.readers import Sheet
from salesplan.data.readers_layout import LOOK_AT_ROWS, Merged, find_header, set_rows_apart
from salesplan.errors import DataError

MAX_UNPACKED: Final = 1 << 30
"""Bytes a workbook may unpack to (1 GiB, far above the million rows a sheet can hold in practice)."""
MAX_RATIO: Final = 400
"""How much smaller than its content a part of 64 MB and more may be."""

_CELL: Final = re.compile(
    rb'<c r="([A-Z]{1,3})(\d+)"([^>]*)>\s*(?:<f[^>]*?(?:/>|>(.*?)</f>))?\s*(?:<v\s*/>|<v>(.*?)</v>)?\s*</c>', re.S
)
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def check_zip(path: Path) -> None:
    """Refuse a workbook that claims, or turns out, to unpack to more than a workbook may.

    Raises
    ------
    DataError
        Claimed size above ``MAX_UNPACKED``, an absurd ratio, contents that differ from the claim, or no zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            total = sum(part.file_size for part in parts)
            worst = max(
                (part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > 64 << 20), default=0
            )
            if total > MAX_UNPACKED or worst > MAX_RATIO:
                raise DataError(
                    f"{path.name} says it unpacks to {total / (1 << 20):,.0f} MB from "
                    f"{path.stat().st_size / (1 << 20):,.1f} MB, must be at most {MAX_UNPACKED >> 20:,} MB",
                    where=str(path),
                    fix="Do not open it unless you know who made it; export the rows as CSV.",
                )
            if any(part.flag_bits & 1 for part in parts):
                raise DataError(f"{path.name} is locked with a password", where=str(path), fix="Save it without one.")
            if "[Content_Types].xml" not in archive.namelist():
                raise DataError(f"{path.name} is a zip but no workbook", where=str(path), fix="Unpack it first.")
            for part in parts:
                with archive.open(part) as stream:
                    while stream.read(1 << 20):
                        pass
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path.name} is damaged: {error}", where=str(path), fix="Save it again as .xlsx") from error


def read_excel_sheets(path: Path, *, header_row: int | None = None, sheets: Sequence[str] | None = None) -> list[Sheet]:
    """Read every visible sheet that holds a table (see :func:`salesplan.data.readers.read_sheets`)."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    with path.open("rb") as stream:
        is_zip = stream.read(2) == b"PK"
    if is_zip:
        check_zip(path)
    try:
        book = CalamineWorkbook.from_path(path)
        wanted = [
            m.name
            for m in book.sheets_metadata
            if m.typ == SheetTypeEnum.WorkSheet
            and m.visible == SheetVisibleEnum.Visible
            and (sheets is None or m.name in sheets)
        ]
        found = []
        for name in wanted:
            page = book.get_sheet_by_name(name)
            rows = page.to_python(skip_empty_area=False)
            merged = [((a[0], a[1]), (b[0], b[1])) for a, b in (page.merged_cell_ranges or [])]
            hidden = _formulas_and_errors(path, name) if is_zip else {}
            sheet = _sheet(path.name, name, rows, merged, hidden, header_row)
            if sheet is not None:
                found.append(sheet)
    except PasswordError as error:
        raise DataError(
            f"{path.name} is locked with a password", where=str(path), fix="Save it without one."
        ) from error
    except (CalamineError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise DataError(
            f"{path.name} cannot be read as a workbook: {error}", where=str(path), fix="Save it again as .xlsx"
        ) from error
    if not found:
        raise DataError(f"{path.name} has no sheet with a table", where=str(path), fix="Export it again.")
    return found


def _sheet(
    file: str,
    name: str,
    rows: list[list[Any]],
    merged: Merged,
    hidden: dict[tuple[int, int], str],
    header_row: int | None,
) -> Sheet | None:
    width = max((len(r) for r in rows), default=0)
    head = [[_text(c) for c in r] for r in rows[:LOOK_AT_ROWS]]
    header = find_header(head, merged=merged, at=None if header_row is None else header_row - 1)
    if header is None:
        return None
    start = header.first + header.n_rows
    names = list(header.names) + [f"column_{i + 1}" for i in range(len(header.names), width)]
    columns = [[_text(row[j]) if j < len(row) else "" for row in rows[start:]] for j in range(width)]
    for (r, c), text in hidden.items():
        if r >= start and c < width and r - start < len(columns[c]) and not columns[c][r - start]:
            columns[c][r - start] = text
    filled: dict[str, list[int]] = {}
    for (r0, c0), (r1, c1) in merged:
        if r0 < start or r1 == r0 or c0 != c1 or c0 >= width:
            continue
        for r in range(r0 + 1, min(r1, len(rows) - 1) + 1):
            columns[c0][r - start] = columns[c0][r0 - start]
            filled.setdefault(names[c0], []).append(r - start)
    table = pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})
    blank = [n for n, c in zip(names, columns, strict=True) if n.startswith("column_") and not any(c)]
    table = table.drop_columns(blank)
    src_row = np.arange(start + 1, start + 1 + table.num_rows, dtype=np.int64)
    table, kept, apart = set_rows_apart(table, src_row)
    places = {n: np.flatnonzero(np.isin(kept, np.array(p) + start + 1)) for n, p in filled.items()}
    return Sheet(
        file=file,
        sheet=name,
        table=table,
        src_row=kept,
        set_apart=apart,
        filled=places,
        unit=header.unit,
        header_rows=tuple(range(header.first + 1, start + 1)),
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        if value == int(value):
            return str(int(value)) if abs(value) < 1e15 else f"{value:.14E}"
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return f"{value.total_seconds() / 86_400:.15g}" if isinstance(value, timedelta) else str(value)


def _formulas_and_errors(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Cells that show nothing because a formula was never calculated or ended in an error."""
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return {}
        xml = archive.read(part)
    if b"<f" not in xml and b't="e"' not in xml:
        return {}
    found = {}
    for match in _CELL.finditer(xml):
        column, row, attributes, formula, value = match.groups()
        if b't="e"' in attributes:
            text = (value or b"#VALUE!").decode()
        elif formula is not None and not value:
            text = "=" + formula.decode("utf-8", "replace")
        else:
            continue
        number = 0
        for letter in column.decode():
            number = number * 26 + ord(letter) - 64
        found[int(row) - 1, number - 1] = text
    return found


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return None
    targets = {r.get("Id"): r.get("Target", "") for r in relations}
    for entry in book.iter(f"{_MAIN}sheet"):
        if entry.get("name") == sheet:
            target = targets.get(entry.get(_REL), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in archive.namelist() else None
    return None
