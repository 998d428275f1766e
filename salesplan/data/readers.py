"""Any file a sales system exports, as sheets of text: CSV, XLS, XLSX."""

import codecs
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from salesplan.errors import DataError, Sentence

SUFFIXES: Final = (".csv", ".txt", ".tsv", ".xls", ".xlsx", ".xlsm")


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet:
    """A sheet (or a CSV file) as text.

    Parameters
    ----------
    file, sheet
        File name and sheet name (empty for CSV).
    table
        Arrow table of strings, one column a header, blank rows left out.
    src_row
        Row number in the file for each row of ``table``, counted from 1.
    set_apart
        Rows that are no records: ``src_row``, ``reason``, ``raw`` (JSON), in file order.
    filled
        Column to positions whose value was carried down from a merged cell.
    unit
        What one stands for in columns of money, where a title row says so ("单位：万元").
    encoding, delimiter, header_rows
        How it was read.
    """

    file: str
    sheet: str
    table: pa.Table
    src_row: np.ndarray
    set_apart: pd.DataFrame
    filled: dict[str, np.ndarray]
    unit: int = 1
    encoding: str = ""
    delimiter: str = ""
    header_rows: tuple[int, ...] = (1,)

    @property
    def columns(self) -> list[str]:
        """Headers, made unique."""
        return list(self.table.column_names)

    @property
    def label(self) -> str:
        """File and sheet as people say it."""
        return f"{self.file}[{self.sheet}]" if self.sheet else self.file

    def __len__(self) -> int:
        return int(self.table.num_rows)


def read_sheets(
    path: str | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    sheets: Sequence[str] | None = None,
) -> list[Sheet]:
    """Read a file as text, whatever its kind; the content decides, not the suffix.

    Parameters
    ----------
    encoding
        Only for text files that say nothing themselves; by default a byte order mark, else strict
        UTF-8, else GB18030.
    delimiter
        One of ``, ; tab |``; found from the first lines by default.
    header_row
        Row of the (first) header line, counted from 1; found by default.
    sheets
        Only these sheets of a workbook.

    Raises
    ------
    DataError
        Missing, empty, not a table, wrong encoding, locked with a password, or a zip that claims to
        unpack to more than a workbook may.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "订单.csv"
    >>> _ = file.write_bytes("订单编号;金额(万元)\\n007;1,5\\n合计;\\n".encode("gb18030"))
    >>> sheet = read_sheets(file)[0]
    >>> sheet.columns, sheet.table.to_pylist(), sheet.set_apart["reason"].tolist(), sheet.encoding
    (['订单编号', '金额(万元)'], [{'订单编号': '007', '金额(万元)': '1,5'}], ['footer_or_total_row'], 'gb18030')
    """
    from salesplan.data.readers_csv import read_csv_sheet
    from salesplan.data.readers_excel import read_excel_sheets

    path = Path(path)
    if not path.is_file():
        raise DataError(f"file == {str(path)!r}, must be a file that exists", fix="Check the path.")
    with path.open("rb") as stream:
        start = stream.read(512)
    if is_blank(path):
        raise nothing_in(path)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return read_excel_sheets(path, header_row=header_row, sheets=sheets)
    if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:6].lower().startswith((b"<html", b"<table", b"<!doct", b"<?xml")):
        raise DataError(
            f"{path.name} is a web page with a spreadsheet's name, must be CSV, XLS or XLSX",
            where=str(path),
            fix="Open it in Excel and save it as .xlsx",
        )
    try:
        return [read_csv_sheet(path, encoding=encoding, delimiter=delimiter, header_row=header_row)]
    except DataError as error:
        if path.suffix.lower() in (".xls", ".xlsx", ".xlsm"):
            raise DataError(
                f"{path.name} is not an Excel workbook, must be one (or text in columns)",
                where=str(path),
                fix="Export it again, or open it in Excel and save it as .xlsx",
            ) from error
        raise


def file_sha256(path: str | Path) -> str:
    """Fingerprint of a file's bytes (64 hex digits)."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_blank(path: Path) -> bool:
    """Whether a file holds nothing, or nothing but white space."""
    with path.open("rb") as stream:
        start = stream.read(512).removeprefix(codecs.BOM_UTF8)
    return not start.strip() and not path.read_bytes().removeprefix(codecs.BOM_UTF8).strip()


def nothing_in(path: Path) -> DataError:
    """The error that says that a file is empty."""
    return DataError(Sentence("{file} is empty, must hold a header and rows", file=path.name), where=str(path),
                     fix=Sentence("Export it again."))


def list_files(path: str | Path) -> list[Path]:
    """The readable files of a folder (sorted, hidden and Excel lock files left out), or the file itself.

    Raises
    ------
    DataError
        Nothing there that could be sales data.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"path == {str(path)!r}, must be a file or folder that exists", fix="Check the path.")
    found = sorted(
        p
        for p in path.rglob("*")
        if p.is_file() and p.suffix.lower() in SUFFIXES and not p.name.startswith((".", "~$"))
    )
    if not found:
        raise DataError(
            f"{path.name} holds no {', '.join(SUFFIXES)} file, must hold at least one",
            where=str(path),
            fix="Put the exports into this folder.",
        )
    return found
