"""One run at a time in a folder: a lock that a killed run cannot leave behind."""

import contextlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salesplan.errors import InputError, Sentence

NAME = ".running"
PATIENCE = 10.0
"""Seconds to wait for what is left of a run that was killed a moment ago."""
_TICK = 0.05


class FolderInUseError(InputError):
    """Another run is writing into the folder."""


@contextmanager
def only_run(folder: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a folder for this run; what the system holds goes with the process, however it ends.

    Raises
    ------
    FolderInUseError
        Another run holds it, and its process lives.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with only_run(folder):
    ...     print([path.name for path in folder.iterdir()])
    ['.running']
    >>> list(folder.iterdir())
    []
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    end = time.monotonic() + patience
    while True:
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if _take(held):
            if _is_still(held, path):
                break
        elif _is_alive(_owner(held)) or time.monotonic() > end:
            pid = _owner(held)
            os.close(held)
            raise FolderInUseError(
                Sentence("another run (process {pid}) is writing into this folder", pid=pid or "?"), where=str(folder),
                fix=Sentence("Wait until it has ended, or choose another folder with --output."))
        os.close(held)
        time.sleep(_TICK)
    try:
        os.ftruncate(held, 0)
        os.lseek(held, 0, os.SEEK_SET)
        os.write(held, json.dumps({"pid": os.getpid(), "host": platform.node()}).encode())
        yield
    finally:
        _leave(held, path)


def _take(held: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(held, 1 << 20, os.SEEK_SET)  # a byte far behind the text, which stays readable
            msvcrt.locking(held, msvcrt.LK_NBLCK, 1)
            os.lseek(held, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _leave(held: int, path: Path) -> None:
    """Remove the file while it is held, so that nobody can hold a file that is gone."""
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(held)
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            path.unlink()


def _is_still(held: int, path: Path) -> bool:
    """Whether the file that is held is the one that others will find."""
    try:
        there = path.stat()
    except OSError:
        return False
    own = os.fstat(held)
    return (own.st_ino, own.st_dev) == (there.st_ino, there.st_dev)


def _owner(held: int) -> int:
    os.lseek(held, 0, os.SEEK_SET)
    try:
        said = json.loads(os.read(held, 4096))
        return int(said["pid"]) if said["host"] == platform.node() else 0
    except (ValueError, KeyError, TypeError):
        return 0


def _is_alive(pid: int) -> bool:
    """Whether a process of this machine runs; unknown ones are waited for."""
    if not pid or sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
