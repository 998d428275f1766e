"""Folders for half-made files: they go with their run, or with the next one when a run was killed."""

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = re.compile(r"\.run-(?P<pid>\d+)@(?P<host>[^@]+)@.+")


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", platform.node()) or "host"


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """A folder inside ``folder`` that is gone afterwards; those that killed runs left there go as well."""
    sweep_scratch(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".run-{os.getpid()}@{_host()}@") as scratch:
        yield Path(scratch)


def sweep_scratch(folder: Path) -> None:
    """Remove what runs of this machine left in a folder when they were killed."""
    for path, pid in _left(folder):
        if not _is_alive(pid):
            shutil.rmtree(path, ignore_errors=True)


def rescue_notebook(folder: Path, pid: int, *, name: str) -> Path | None:
    """Keep the notebook a killed process was running as ``<name>.failed.ipynb``, as far as it came.

    None when it had not begun, or was killed while it wrote.
    """
    import nbformat

    from salesplan.reporting.kept_notebook import tidy_notebook

    kept: Path | None = None
    for path, owner in _left(folder):
        if owner != pid:
            continue
        part = path / f"{name}.ipynb"
        try:
            book = tidy_notebook(nbformat.read(str(part), as_version=4))
            nbformat.write(book, str(part))
            kept = part.replace(folder / f"{name}.failed.ipynb")
        except (OSError, ValueError, nbformat.ValidationError):
            pass
        shutil.rmtree(path, ignore_errors=True)
    return kept


def _left(folder: Path) -> list[tuple[Path, int]]:
    if not folder.is_dir():
        return []
    found = [(path, _NAME.fullmatch(path.name)) for path in folder.glob(".run-*")]
    return sorted((path, int(name["pid"])) for path, name in found if name and name["host"] == _host())


def _is_alive(pid: int) -> bool:
    if os.name == "nt":  # a signal of 0 would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not _is_ended(pid)


def _is_ended(pid: int) -> bool:
    """Whether a process has ended and only waits to be told to its parent, where the system says so."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return state[:1] in (["Z"], ["X"])
