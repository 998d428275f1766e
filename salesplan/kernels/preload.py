"""What to import before forking: the kit's own modules that a notebook asks for, and what they load at first use."""

import ast
import importlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

LOADED_LATER = (
    "pandas", "numpy", "ipywidgets", "duckdb", "pyarrow.parquet", "pyarrow.pandas_compat", "sqlalchemy", "scipy.optimize",
    "scipy.special", "holidays.countries", "chinese_calendar", "babel.dates", "babel.messages.pofile", "vl_convert",
    "salesplan.forecasting.forecast", "salesplan.reporting.html", "pandas.io.formats.style",
)
PACKAGE = "salesplan"


def notebook_modules(notebook: Path) -> tuple[str, ...]:
    """Modules of the kit a notebook imports, as ``module`` or ``module:name``; nothing of it is run.

    Examples
    --------
    >>> import tempfile
    >>> source = "import os, salesplan.data\\\\nfrom salesplan.plots import Chart"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "n.ipynb"
    ...     _ = path.write_text('{"cells": [{"cell_type": "code", "source": "%s"}]}' % source)
    ...     notebook_modules(path)
    ('salesplan.data', 'salesplan.plots:Chart')
    """
    found: dict[str, None] = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8")).get("cells", []):
        if cell.get("cell_type") == "code":
            found.update(dict.fromkeys(_imports("".join(cell.get("source", "")))))
    return tuple(found)


def _imports(source: str) -> Iterable[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with magics says for itself what it needs
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}:{alias.name}" for alias in node.names if alias.name != "*"]
        else:
            continue
        yield from (name for name in names if name.partition(":")[0].partition(".")[0] == PACKAGE)


def import_all(names: Iterable[str]) -> None:
    """Import modules, or names that may be modules themselves; what cannot be imported is left to who needs it."""
    for name in names:
        module, _, part = name.partition(":")
        try:
            if not hasattr(importlib.import_module(module), part or "__name__"):
                importlib.import_module(f"{module}.{part}")
        except Exception as error:  # a broken module must not keep the others cold
            print(f"not loaded beforehand: {name} ({type(error).__name__}: {error})", file=sys.stderr)
