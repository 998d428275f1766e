"""Text that a spreadsheet would run as a formula is made harmless before it is written."""

import re
from typing import Any

import pandas as pd

_DANGEROUS = re.compile(r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]")
_NUMBER = re.compile(r"^\s*[+\-]?\d[\d,]*(\.\d*)?%?\s*$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def neutral_text(value: str) -> str:
    """Text that no spreadsheet takes for a formula; plain numbers stay as they are.

    Examples
    --------
    >>> neutral_text("=cmd|' /C calc'!A0"), neutral_text("-5.0%"), neutral_text("张伟")
    ("'=cmd|' /C calc'!A0", '-5.0%', '张伟')
    """
    clean = _CONTROL.sub("", value)
    return f"'{clean}" if _DANGEROUS.match(clean) and not _NUMBER.match(clean) else clean


def neutral_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy whose text cells, column names and index are harmless.

    Examples
    --------
    >>> neutral_frame(pd.DataFrame({"@name": ["+1-2", "ok"]})).to_dict("list")
    {"'@name": ["'+1-2", 'ok']}
    """

    def clean(value: Any) -> Any:
        return neutral_text(value) if isinstance(value, str) else value

    out = frame.copy()
    for place, kind in enumerate(out.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            out.isetitem(place, [clean(v) for v in out.iloc[:, place].astype(object)])
    out.columns = [clean(c) for c in out.columns]
    if not pd.api.types.is_numeric_dtype(out.index.dtype) and out.index.nlevels == 1:
        out.index = pd.Index([clean(i) for i in out.index], name=clean(out.index.name))
    return out
