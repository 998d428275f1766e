"""CSV as text: encoding by mark, UTF-8 or GB18030, delimiter by the first lines, rows numbered as in the file."""

import codecs
import csv
import io
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from salesplan.data.readers import Sheet, nothing_in
from salesplan.data.readers_layout import FOOTER, LOOK_AT_ROWS, find_header, raw_json, set_rows_apart
from salesplan.errors import DataError

DELIMITERS: Final = (",", ";", "\t", "|")
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_STEP: Final = 1 << 22


def find_encoding(content: bytes, *, where: str = "") -> str:
    """Name the encoding: a byte order mark, else strict UTF-8, else GB18030; never a guess by frequency.

    Raises
    ------
    DataError
        None of them reads the bytes.

    Examples
    --------
    >>> find_encoding("姓名".encode("utf-8")), find_encoding("姓名".encode("gbk"))
    ('utf-8', 'gb18030')
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    for name in ("utf-8", "gb18030"):
        if b"\0" not in content[:4096] and _reads(content, name):
            return name
    raise DataError(
        "bytes are neither UTF-8 nor GB18030 text",
        where=where,
        fix="Save the file as CSV UTF-8, or name its encoding in the mapping.",
    )


def _reads(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    view = memoryview(content)
    try:
        for start in range(0, len(content), _STEP):
            decoder.decode(view[start : start + _STEP], start + _STEP >= len(content))
    except UnicodeDecodeError:
        return False
    return True


def find_delimiter(lines: list[str]) -> str:
    """The delimiter that cuts most lines into the same number of cells (comma when none cuts).

    Examples
    --------
    >>> find_delimiter(["a;b;c", "1,5;2;3", "1,7;2;3"])
    ';'
    """
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(r) for r in csv.reader(lines, delimiter=delimiter) if any(c.strip() for c in r)]
        cut = pd.Series([w for w in widths if w > 1])
        if cut.empty:
            continue
        usual = int(cut.mode().iloc[-1])
        score = (cut == usual).sum() / max(len(widths), 1) + min(usual, 50) / 1000
        if score > best_score:
            best, best_score = delimiter, float(score)
    return best


def read_csv_sheet(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, header_row: int | None = None
) -> Sheet:
    """Read a CSV file as one sheet of text (see :func:`salesplan.data.readers.read_sheets`)."""
    content = path.read_bytes()
    found = encoding is None
    encoding = encoding or find_encoding(content, where=path.name)
    if encoding == "utf-8-sig":
        content = content.removeprefix(codecs.BOM_UTF8)
    elif encoding != "utf-8" or not found:
        try:
            content = content.decode(encoding).lstrip("\ufeff").encode("utf-8")
        except (UnicodeDecodeError, LookupError) as error:
            raise DataError(
                f"encoding == {encoding!r}, must be the encoding of the file: {error}",
                where=path.name,
                fix="Leave the encoding out to have it found, or name the right one.",
            ) from error
    head = content[:_STEP].decode("utf-8", errors="ignore")
    lines = [line for line in head.splitlines()[:200] if line.strip()]
    if not lines:
        raise nothing_in(path)
    delimiter = delimiter or find_delimiter(lines)
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    sample: list[list[str]] = []
    ends: list[int] = []
    try:
        for row in reader:
            if any(c.strip() for c in row):
                sample.append(row)
                ends.append(reader.line_num)
            if len(sample) >= LOOK_AT_ROWS:
                break
    except csv.Error as error:
        raise DataError(
            f"{path.name} cannot be read as CSV: {error}", where=path.name, fix="Export it again."
        ) from error
    at = None if header_row is None else next((i for i, end in enumerate(ends) if end >= header_row), 0)
    header = find_header(sample, at=at)
    if header is None:
        raise DataError(f"{path.name} has no header", where=path.name, fix="Export it with column names.")
    last = header.first + header.n_rows - 1
    body = [len(r) for r in sample[last + 1 :]]
    width = max([len(header.names), *(w for w in {*body} if body.count(w) * 2 > len(body))])
    names = [*header.names, *(f"column_{i + 1}" for i in range(len(header.names), width))]
    table, shape_faults = _arrow_table(content, names, delimiter, skip=ends[last], where=path.name)
    src_row, fault_rows = _row_numbers(content, table.num_rows, [f[0] for f in shape_faults], ends[last])
    table, src_row, apart = set_rows_apart(table, src_row)
    odd = _odd_rows(shape_faults, fault_rows, names, delimiter)
    apart = pd.concat([f for f in (apart, odd) if len(f)] or [apart]).sort_values("src_row", ignore_index=True)
    return Sheet(
        file=path.name,
        sheet="",
        table=table,
        src_row=src_row,
        set_apart=apart,
        filled={},
        unit=header.unit,
        encoding=encoding,
        delimiter=delimiter,
        header_rows=tuple(ends[header.first : last + 1]),
    )


def _arrow_table(
    content: bytes, names: list[str], delimiter: str, *, skip: int, where: str
) -> tuple[pa.Table, list[tuple[int, str]]]:
    odd: list[tuple[int, str]] = []

    def keep_odd(row: arrow_csv.InvalidRow) -> str:
        odd.append((row.number, row.text))
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(use_threads=False, skip_rows=skip, column_names=names, block_size=_STEP),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep_odd
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.table({n: pa.array([], pa.string()) for n in names}), []
        raise DataError(
            f"{where} cannot be read as CSV: {error}",
            where=where,
            fix="Look for an unclosed quotation mark, or export it again.",
        ) from error
    return table, odd


def _row_numbers(content: bytes, n_rows: int, odd: list[int], skip: int) -> tuple[np.ndarray, list[int]]:
    total = n_rows + len(odd)
    octets = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(octets == 10) if b"\n" in content else np.flatnonzero(octets == 13)
    starts = np.concatenate([[0], ends + 1])
    lengths = np.diff(np.concatenate([starts, [len(content) + 1]])) - 1
    carriage = np.zeros(len(starts), bool)
    one = lengths == 1
    carriage[one] = octets[starts[one]] == 13
    lines = np.flatnonzero((lengths > 0) & ~carriage) + 1
    lines = lines[lines > skip]
    ordinals = lines if len(lines) == total else np.arange(total) + skip + 1
    odd_positions = np.array([n - skip - 1 for n in odd], int)
    odd_positions = odd_positions[(odd_positions >= 0) & (odd_positions < total)]
    keep = np.ones(total, bool)
    keep[odd_positions] = False
    return ordinals[keep][:n_rows].astype(np.int64), [int(ordinals[p]) for p in odd_positions]


def _odd_rows(odd: list[tuple[int, str]], rows: list[int], names: list[str], delimiter: str) -> pd.DataFrame:
    import re

    footer = re.compile(FOOTER)
    records = []
    for (number, text), row in zip(odd, rows or [n for n, _ in odd], strict=False):
        cells = next(csv.reader([text], delimiter=delimiter), [])
        words = [c for c in cells if c.strip()]
        if not words:
            continue
        lone = len(words) == 1 and len(names) > 2
        reason = "footer_or_total_row" if lone or footer.match(words[0]) else "bad_row_shape"
        records.append({"src_row": row or number, "reason": reason, "raw": raw_json(names, cells)})
    return pd.DataFrame(records, columns=["src_row", "reason", "raw"])
