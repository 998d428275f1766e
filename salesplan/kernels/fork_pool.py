"""Many tasks, each in a process of its own that is forked from this one with everything already imported."""

import gc
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any

from salesplan.errors import InputError, Sentence
from salesplan.kernels.forked_child import Answer, AnswerReader, begin_child, run_child
from salesplan.kernels.outcome import Outcome, Task, Told

_CHUNK, _LOG_TAIL = 1 << 20, 4000
_TICK = 0.2


def can_fork() -> bool:
    """Whether processes can be forked here (Linux and other Unix; forking is not safe on macOS)."""
    return hasattr(os, "fork") and sys.platform not in ("darwin", "win32", "emscripten", "wasi")


@dataclass
class _Running:
    task: Any
    place: int
    pid: int
    log: IO[bytes]
    started: float
    weighed: float = 0.0
    reader: AnswerReader = field(default_factory=AnswerReader)


def run_forked(
    work: Callable[[Task], Any],
    tasks: Iterable[Task],
    *,
    jobs: int = 2,
    timeout: float = 600.0,
    max_memory: int | None = None,
    told: Told | None = None,
    on_start: Callable[[int], None] | None = None,
) -> Iterator[Outcome[Task]]:
    """Do each task in a fork of this process and give the outcomes as they come.

    A task cannot change anything in this process nor in another task, and one that dies (killed, out of memory)
    spoils no other. Tasks are taken from the iterable only when a place is free, so that a thousand of them need no
    more memory than ``jobs``. When the iterator is closed, or this process is interrupted or told to end, the forks
    are killed; they do not outlive this process either.

    Parameters
    ----------
    work
        Called in the fork; what it returns is pickled back.
    jobs
        Forks at a time.
    timeout
        Seconds after which a fork is killed.
    max_memory
        Bytes of its own a fork may use before it is killed.
    told
        Called here with (task, value) for each value the work gives to `salesplan.kernels.tasks.tell`.
    on_start
        Called in each fork with the number of its place, before the work.

    Raises
    ------
    InputError
        ``jobs`` below 1, or no fork on this system.

    Examples
    --------
    >>> sorted(outcome.value for outcome in run_forked(lambda n: n * n, [1, 2, 3]))
    [1, 4, 9]
    """
    if jobs < 1:
        raise InputError(f"jobs == {jobs}, must be at least 1")
    if not can_fork():
        raise InputError("this system cannot fork processes", fix="Run the tasks one after another.")
    pool = _Pool(work, jobs=jobs, timeout=timeout, max_memory=max_memory, told=told, on_start=on_start)
    gc.collect()
    gc.freeze()  # what is here before the first fork stays shared
    try:
        with _ended_by_signal():
            yield from pool.run(iter(tasks))
    finally:
        pool.close()
        gc.unfreeze()


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """Being told to end is an exception like Ctrl-C, so that forks are ended and scratch files removed."""

    def leave(signum: int, _frame: Any) -> None:
        raise SystemExit(128 + signum)

    try:
        before = signal.getsignal(signal.SIGTERM)
        ours = before == signal.SIG_DFL and signal.signal(signal.SIGTERM, leave) is not None
    except ValueError:  # not the main thread: somebody else decides about signals
        ours = False
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


class _Pool:
    def __init__(
        self, work: Callable[[Any], Any], *, jobs: int, timeout: float, max_memory: int | None, told: Told | None,
        on_start: Callable[[int], None] | None,
    ) -> None:
        self.work, self.timeout, self.max_memory, self.told, self.on_start = work, timeout, max_memory, told, on_start
        self.free = list(range(jobs))[::-1]
        self.selector = selectors.DefaultSelector()

    def run(self, waiting: Iterator[Any]) -> Iterator[Outcome[Any]]:
        more = True
        while more or self.selector.get_map():
            while more and self.free:
                try:
                    task = next(waiting)
                except StopIteration:
                    more = False
                    break
                self._start(task)
            for key, _event in self.selector.select(timeout=_TICK):
                running: _Running = key.data
                chunk = os.read(key.fd, _CHUNK)
                self._hear(running, chunk)
                if not chunk or running.reader.answer is not None:
                    yield self._finish(key)
            for key in list(self.selector.get_map().values()):
                if why := self._overdue(key.data):
                    yield self._finish(key, stopped=why)

    def _start(self, task: Any) -> None:
        reads, writes = os.pipe()
        log = _unnamed_file()
        sys.stdout.flush()
        sys.stderr.flush()
        parent, place = os.getpid(), self.free.pop()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                self.selector.close()
                begin_child(parent, log=log.fileno())
                if self.on_start is not None:
                    self.on_start(place)
                run_child(self.work, task, writes)
                code = 0
            finally:
                os._exit(code)
        os.close(writes)
        running = _Running(task=task, place=place, pid=pid, log=log, started=time.monotonic())
        self.selector.register(reads, selectors.EVENT_READ, running)

    def _hear(self, running: _Running, chunk: bytes) -> None:
        for value in running.reader.add(chunk):
            if self.told is not None:
                self.told(running.task, value)

    def _overdue(self, running: _Running) -> str:
        """Why a task has to be stopped, or that its process has ended while something it started holds its line."""
        if time.monotonic() - running.started > self.timeout:
            return Sentence("took longer than {seconds} seconds and was stopped", seconds=f"{self.timeout:g}")
        if self.max_memory is not None and time.monotonic() - running.weighed > _TICK:
            running.weighed = time.monotonic()
            if _own_memory(running.pid) > self.max_memory:
                return Sentence("needed more than {size} MB of memory and was stopped", size=f"{self.max_memory / 2**20:,.0f}")
        return Sentence("left a process behind") if _has_ended(running.pid) else ""

    def _finish(self, key: selectors.SelectorKey, *, stopped: str = "") -> Outcome[Any]:
        running: _Running = key.data
        self.selector.unregister(key.fd)
        if stopped and _has_ended(running.pid):  # its last words may still be in the line
            os.set_blocking(key.fd, False)
            with suppress(BlockingIOError):
                self._hear(running, os.read(key.fd, _CHUNK))
            stopped = ""
        os.close(key.fd)
        status = _end(running.pid, at_once=bool(stopped))
        self.free.append(running.place)
        log = _tail(running.log)
        seconds = time.monotonic() - running.started
        answer = running.reader.answer
        if answer is None or stopped:
            code = os.waitstatus_to_exitcode(status)
            died = (Sentence("its process was killed by signal {number}", number=-code) if code < 0
                    else Sentence("its process ended with exit code {code}", code=code))
            answer = Answer(error=stopped or died)
        return Outcome(task=running.task, value=answer.value, error=answer.error, failure=answer.failure,
                       trace=answer.trace, log=log, seconds=seconds, pid=running.pid)

    def close(self) -> None:
        """Kill what still runs."""
        for key in list(self.selector.get_map().values()):
            os.close(key.fd)
            _end(key.data.pid, at_once=True)
            key.data.log.close()
        self.selector.close()


def _unnamed_file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("salesplan"), "w+b", buffering=0)
    import tempfile

    return tempfile.TemporaryFile(buffering=0)


def _tail(log: IO[bytes]) -> str:
    with log:
        end = log.seek(0, os.SEEK_END)
        log.seek(max(0, end - _LOG_TAIL))
        return log.read().decode("utf-8", "replace")


def _own_memory(pid: int) -> int:
    """Bytes that are a process's own, not shared with this one; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as told:
            found = [line.split()[1] for line in told if line.startswith("Private_")]
    except OSError:
        return 0
    return sum(map(int, found)) * 1024


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(pid: int, *, at_once: bool) -> int:
    """Wait for a fork (killed first, if it must be) and end what it has started; its status."""
    if at_once:
        _kill_group(pid)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    _kill_group(pid)  # the group keeps its number until the fork is buried
    return os.waitpid(pid, 0)[1]


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
