"""Ctrl+C, and being told to end by a scheduler or at shutdown, stop a long run in good order."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType


class _Forks:
    """Whether this process is being forked right now."""

    under_way = False

    def begin(self) -> None:
        self.under_way = True

    def end(self) -> None:
        self.under_way = False


class Stop:
    """Turns signals into `KeyboardInterrupt`.

    In the middle of a fork an exception would be lost, and locks could stay closed: what was asked then is raised at the
    next step of the run, which calls `heed`.

    Examples
    --------
    >>> stop = Stop()
    >>> with stop.on_signals():
    ...     stop.heed()
    """

    def __init__(self) -> None:
        self.asked = False

    def heed(self) -> None:
        """Stop here if that was asked."""
        if self.asked:
            raise KeyboardInterrupt

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if not _forks().under_way:
            raise KeyboardInterrupt

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Listen meanwhile; nothing changes where this is not the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        _forks()
        before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@cache
def _forks() -> _Forks:
    """Watch forks from now on; the last to be registered is the first to hear of one and the last to hear of its end."""
    forks = _Forks()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=forks.begin, after_in_parent=forks.end, after_in_child=forks.end)
    return forks
