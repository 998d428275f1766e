"""Work that waits until the page has what the person looks at."""

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

MOST_ROUNDS = 20
_made: "WeakSet[Later]" = WeakSet()


class Later:
    """Do something soon, but not before what was just shown has gone out; asked again, it waits anew.

    Where no event loop runs (a script, a test) it waits until `now` is called.

    Parameters
    ----------
    work
        What to do; its errors are its own affair.
    seconds
        How long it waits after it was last asked.

    Examples
    --------
    >>> done = []
    >>> job = Later(lambda: done.append("drawn"), seconds=0.1)
    >>> job.ask(); job.ask(); done
    []
    >>> job.now(); job.now(); done
    ['drawn']
    """

    def __init__(self, work: Callable[[], Any], *, seconds: float) -> None:
        self.work, self.seconds = work, seconds
        self.is_waiting = False
        self._timer: asyncio.TimerHandle | None = None
        _made.add(self)

    def ask(self) -> None:
        """Do the work when nothing was asked for some time."""
        self.is_waiting = True
        self._stop_timer()
        try:
            self._timer = asyncio.get_running_loop().call_later(self.seconds, self.now)
        except RuntimeError:  # no loop: whoever wants the result calls `now`
            self._timer = None

    def now(self) -> None:
        """Do the work at once if it waits; else nothing."""
        self._stop_timer()
        if self.is_waiting:
            self.is_waiting = False
            self.work()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def finish_waiting() -> None:
    """Do all work that waits, and what it asks for, at once and in this thread.

    Examples
    --------
    >>> done = []
    >>> job = Later(lambda: done.append("drawn"), seconds=60)
    >>> job.ask(); finish_waiting(); finish_waiting(); done
    ['drawn']
    """
    for _ in range(MOST_ROUNDS):
        waiting = [job for job in _made if job.is_waiting]
        for job in waiting:
            job.now()
        if not waiting:
            return
