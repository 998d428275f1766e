"""A fork of the warm process that also has the page: it works the page out, then kernels are forked from it.

The warm process itself holds modules alone. When files change, this fork is given up and another one takes its place;
until then, and when a page cannot be worked out, kernels are forked from the warm process and make their page themselves.
"""

import gc
import importlib
import os
import selectors
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from salesplan.errors import SalesplanError

READY, STALE, ORDER = b"r", b"s", b"o"
LOOK_SECONDS = 5.0
"""How often the files are looked at while nobody asks for a page."""
REST_SECONDS, FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0, 600.0
SHARE = 4.0
"""A page is made anew only after so many times the time that took has passed: a busy day leaves time for its users."""


class Page(Protocol):
    """A page that was worked out."""

    def is_fresh(self) -> bool:
        """Whether it would still be made the same."""

    def suits(self, environment: Mapping[str, str]) -> bool:
        """Whether it is the page of a kernel with this environment."""

    def open(self, shell: Any) -> None:
        """Let a kernel show it."""

    def forget(self) -> None:
        """Leave nothing of it in this process."""


Serve = Callable[[socket.socket, Page | None, Callable[[], None]], None]
"""Answers one order with a kernel forked from this process; the fork closes by the last what is not its own, and ends."""


class Stage:
    """The warm process's hold on the fork that has the page.

    Parameters
    ----------
    rehearsal
        ``{"call": "module:function", "options": {…}}``: what works the page out; it leaves no thread running, and raises
        a `SalesplanError` after it has said itself what was wrong.
    serve
        Answers an order, in the fork.
    leave
        Called in the fork, to close what is the parent's.
    """

    def __init__(self, rehearsal: Mapping[str, Any], serve: Serve, *, leave: Callable[[], None]) -> None:
        self._rehearsal, self._serve, self._leave = rehearsal, serve, leave
        self._line: socket.socket | None = None
        self._is_ready, self._begun, self._cost, self._due, self._pause = False, 0.0, 0.0, 0.0, FIRST_PAUSE

    def seconds_to_wait(self) -> float | None:
        """How long until another fork should be begun; None while there is one."""
        return None if self._line is not None else max(0.0, self._due - time.monotonic())

    def begin(self) -> socket.socket:
        """Fork, and let the fork work the page out; what it says is heard on the socket."""
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._begun = time.monotonic()
        if os.fork() == 0:
            here.close()
            try:
                self._leave()
                _play(self._rehearsal, there, self._serve)
            except SalesplanError:  # the call has said what was wrong
                pass
            except BaseException as error:  # nothing may return into the waiting loop of the parent
                print(f"the page is not worked out beforehand: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            finally:
                os._exit(0)
        there.close()
        self._line = here
        return here

    def hear(self) -> socket.socket | None:
        """Take what the fork says; the socket to listen to no longer when it has been given up."""
        if self._line is None:
            return None
        said = self._line.recv(1)
        if said == READY:
            self._is_ready, self._pause = True, FIRST_PAUSE
            self._cost = time.monotonic() - self._begun
            return None
        now = time.monotonic()
        if self._is_ready:
            self._due = max(now + REST_SECONDS, self._begun + SHARE * self._cost)
        else:
            self._due, self._pause = now + self._pause, min(2 * self._pause, LONGEST_PAUSE)
        line, self._line, self._is_ready = self._line, None, False
        return line

    def pass_on(self, client: socket.socket) -> bool:
        """Let the fork that has the page answer an order; whether there is one."""
        if self._line is None or not self._is_ready:
            return False
        try:
            socket.send_fds(self._line, [ORDER], [client.fileno()])
        except OSError:
            return False
        return True


def _play(rehearsal: Mapping[str, Any], line: socket.socket, serve: Serve) -> None:
    """Work the page out, say so, and serve until the parent gives this fork up."""
    module, _, name = rehearsal["call"].partition(":")
    page: Page = getattr(importlib.import_module(module), name)(**rehearsal["options"])
    gc.collect()
    gc.freeze()
    line.send(READY)
    selector = selectors.DefaultSelector()
    selector.register(line, selectors.EVENT_READ)

    def leave() -> None:
        selector.close()
        line.close()

    stale = False
    while True:
        ready = selector.select(None if stale else LOOK_SECONDS)
        if not stale and not page.is_fresh():
            stale = True
            page.forget()
            with suppress(OSError):
                line.send(STALE)
        if not ready:
            continue
        said, handles, _flags, _address = socket.recv_fds(line, 1, 1)
        if not said:
            return
        for handle in handles:
            with socket.socket(fileno=handle) as client:
                serve(client, None if stale else page, leave)
