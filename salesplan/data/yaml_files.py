"""YAML that people write by hand: where it breaks is told by line and column, in the reader's language."""

from pathlib import Path
from typing import Any

import yaml

from salesplan.errors import DataError, Sentence


def read_yaml(path: Path) -> Any:
    """The plain content of a YAML file; nothing where it is empty.

    Raises
    ------
    DataError
        No YAML, or not in UTF-8; file, line and column are named.

    Examples
    --------
    >>> import tempfile
    >>> broken = Path(tempfile.mkdtemp()) / "kpis.yaml"
    >>> _ = broken.write_text("visits:\\n  name: {zh: 拜访", encoding="utf-8")
    >>> read_yaml(broken)
    Traceback (most recent call last):
    ...
    salesplan.errors.DataError: kpis.yaml cannot be read as YAML from line 2, column ... on. Where: ...kpis.yaml. Fix: ...
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(Sentence("{file} is not written in UTF-8", file=path.name), where=str(path),
                        fix=Sentence("Save the file in UTF-8.")) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        if mark is None:
            raise DataError(Sentence("{file} holds a character that YAML does not allow", file=path.name), where=str(path),
                            fix=Sentence("Save the file in UTF-8.")) from error
        raise DataError(
            Sentence("{file} cannot be read as YAML from line {line}, column {column} on", file=path.name, line=str(mark.line + 1),
                     column=str(mark.column + 1)), where=str(path),
            fix=Sentence("Look at this line and the one before: indent with spaces, a space after each colon, brackets and"
                         " quotation marks closed.")) from error
