"""Inside a fork: cut from the terminal, tied to its parent, and with one line on which it answers."""

import ctypes
import io
import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from salesplan.kernels import talk
from salesplan.kernels.outcome import error_line, error_trace
from salesplan.kernels.repeatable import reseed

_HEAD = struct.Struct(">cQ")
_TOLD, _ANSWER = b"t", b"a"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a fork says at its end."""

    value: Any = None
    error: str = ""
    failure: BaseException | None = None
    trace: str = ""


class AnswerReader:
    """Puts together what comes out of a fork's line; a broken end is no answer."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self.answer: Answer | None = None

    def add(self, chunk: bytes) -> Iterator[Any]:
        """Take in bytes and give the values told in them."""
        self._waiting += chunk
        while len(self._waiting) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._waiting)
            if len(self._waiting) < _HEAD.size + length:
                return
            body = bytes(self._waiting[_HEAD.size : _HEAD.size + length])
            del self._waiting[: _HEAD.size + length]
            if kind == _ANSWER:
                self.answer = pickle.loads(body)  # written by our own fork
            else:
                yield pickle.loads(body)


def begin_child(parent: int, *, log: int) -> None:
    """Make a fork a process of its own: own group, no terminal, no inherited signals, ends with its parent."""
    os.setpgid(0, 0)
    if _LIBC is not None:
        _LIBC.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended just before
            os._exit(1)
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(fd, mode, closefd=False), encoding="utf-8", errors="replace", write_through=fd > 0)
        for fd, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    reseed()


def run_child(work: Callable[[Any], Any], task: Any, line: int) -> None:
    """Do the work and send its answer."""
    talk.speak_by(lambda value: _send(line, _TOLD, pickle.dumps(value)), alone=True)
    try:
        body = pickle.dumps(Answer(value=work(task)))
    except BaseException as error:  # whatever ends a task is told, and only there
        body = pickle.dumps(Answer(error=error_line(error), failure=_portable(error), trace=error_trace(error)))
    _send(line, _ANSWER, body)


def _portable(error: BaseException) -> BaseException | None:
    """The exception, if another process can read it."""
    try:
        return error if isinstance(pickle.loads(pickle.dumps(error)), BaseException) else None
    except Exception:
        return None


def _send(line: int, kind: bytes, body: bytes) -> None:
    view = memoryview(_HEAD.pack(kind, len(body)) + body)
    while view:
        view = view[os.write(line, view) :]
