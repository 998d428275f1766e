"""CSV files that open rightly in Excel: UTF-8 with its mark, harmless text."""

from pathlib import Path
from typing import overload

import pandas as pd

from salesplan.reporting.neutral import neutral_frame


@overload
def export_csv(frame: pd.DataFrame, path: None = None, *, index: bool = False) -> bytes: ...
@overload
def export_csv(frame: pd.DataFrame, path: str | Path, *, index: bool = False) -> Path: ...
def export_csv(frame: pd.DataFrame, path: str | Path | None = None, *, index: bool = False) -> bytes | Path:
    """Write a table for a spreadsheet, or give its bytes when no path is given.

    Text that starts with ``= + - @`` or a control character gets an apostrophe before it; the file
    starts with a UTF-8 mark, so that Excel reads Chinese; lines end as Excel writes them.

    Examples
    --------
    >>> export_csv(pd.DataFrame({"name": ["=1+1"], "target": [1.5]}))
    b"\\xef\\xbb\\xbfname,target\\r\\n'=1+1,1.5\\r\\n"
    """
    text = neutral_frame(frame).to_csv(index=index, lineterminator="\r\n")
    content = b"\xef\xbb\xbf" + text.encode()
    if path is None:
        return content
    target = Path(path)
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content)
    part.replace(target)
    return target
