"""Long work beside the page: computed in a thread of its own, shown when it is done and still wanted."""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from salesplan.apps.later import Later

PATIENCE = 0.0005
"""Seconds that the page's thread waits for its turn while work is done beside it; the default is ten times that."""


class Beside(Later):
    """As `Later`, but the page goes on answering while the work is done.

    Whoever calls `now` gets the work done at once and in their own thread.

    Parameters
    ----------
    work
        Computes something and touches no widget. It runs in one thread, one call after the other.
    show
        Called in the page's own thread with a function that gives the result or raises the work's error; not called
        when the work was asked for again meanwhile.
    seconds
        How long it waits after it was last asked.

    Examples
    --------
    >>> shown = []
    >>> job = Beside(lambda: 6 * 7, lambda result: shown.append(result()), seconds=60)
    >>> job.ask(); job.now(); shown
    [42]
    """

    def __init__(self, work: Callable[[], Any], show: Callable[[Callable[[], Any]], Any], *, seconds: float) -> None:
        super().__init__(lambda: show(work), seconds=seconds)
        self._compute, self._show, self._round = work, show, 0
        self._thread: ThreadPoolExecutor | None = None

    def ask(self) -> None:
        """Do the work when nothing was asked for some time; what is under way is no longer wanted."""
        self._round += 1
        self.is_waiting = True
        self._stop_timer()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no loop: whoever wants the result calls `now`
            return
        self._timer = loop.call_later(self.seconds, self._begin, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self.is_waiting, wanted = False, self._round
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="salesplan-beside")
        self._thread.submit(self._still, wanted).add_done_callback(
            lambda done: loop.call_soon_threadsafe(partial(self._finish, done, wanted)))

    def _still(self, wanted: int) -> Any:
        if wanted != self._round:
            return None
        patience = sys.getswitchinterval()
        sys.setswitchinterval(PATIENCE)
        try:
            return self._compute()
        finally:
            sys.setswitchinterval(patience)

    def _finish(self, done: "Future[Any]", wanted: int) -> None:
        if wanted == self._round:
            self._show(done.result)
