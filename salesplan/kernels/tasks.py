"""Many tasks at once: in forks of this process, or in threads where there are none."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from typing import Any, Literal

from salesplan.errors import InputError, known_choices
from salesplan.kernels.drawing import Drawers
from salesplan.kernels.fork_pool import can_fork, run_forked
from salesplan.kernels.outcome import Outcome, Task, Told, error_line, error_trace
from salesplan.kernels.preload import import_all
from salesplan.kernels.talk import speak_by, tell

__all__ = ["Outcome", "Way", "forks", "run_tasks", "tell"]

Way = Literal["auto", "fork", "thread"]
_TICK = 0.1


def run_tasks(
    work: Callable[[Task], Any],
    tasks: Iterable[Task],
    *,
    jobs: int = 2,
    timeout: float = 600.0,
    max_memory: int | None = None,
    preload: Sequence[str] = (),
    way: Way = "auto",
    told: Told | None = None,
    draws: bool = False,
) -> Iterator[Outcome[Task]]:
    """Do each task apart from the others and give the outcomes as they come.

    Parameters
    ----------
    work
        What to do with a task. Its result is sent back, so it should be small: paths and figures.
    jobs
        Tasks at a time.
    timeout, max_memory
        Seconds and bytes after which a fork is stopped. Threads cannot be stopped: there the work has to keep time.
    preload
        Modules to import once, before the first task (``module`` or ``module:name``).
    way
        ``fork``: a process for each task; ``thread``: threads of this process, for work that starts processes
        of its own; ``auto``: forks wherever the system has them.
    told
        Called here with (task, value) whenever the work says something with `tell`.
    draws
        Pictures are drawn by processes that are kept warm beside the forks.

    Raises
    ------
    InputError
        ``jobs`` below 1, an unknown ``way``, or forks asked for where there are none.
    """
    if jobs < 1:
        raise InputError(f"jobs == {jobs}, must be at least 1")
    if way not in ("auto", "fork", "thread"):
        raise InputError(f"way == {way!r}, {known_choices(way, ('auto', 'fork', 'thread'))}")
    import_all(preload)
    if not forks(way):
        yield from _run_in_threads(work, tasks, jobs=jobs, told=told)
        return
    with Drawers(jobs if draws else 0) as drawers:
        yield from run_forked(work, tasks, jobs=jobs, timeout=timeout, max_memory=max_memory, told=told,
                              on_start=drawers.use if draws else None)


def forks(way: Way) -> bool:
    """Whether tasks get processes of their own that are forked from this one.

    Examples
    --------
    >>> forks("thread"), forks("fork")
    (False, True)
    """
    return way == "fork" or (way == "auto" and can_fork())


def _run_in_threads(
    work: Callable[[Task], Any], tasks: Iterable[Task], *, jobs: int, told: Told | None
) -> Iterator[Outcome[Task]]:
    waiting, running, said = iter(tasks), set[Future[Outcome[Task]]](), SimpleQueue[tuple[Task, Any]]()
    more = True
    with ThreadPoolExecutor(jobs, thread_name_prefix="salesplan-task") as pool:
        while more or running:
            while more and len(running) < jobs:
                try:
                    task = next(waiting)
                except StopIteration:
                    more = False
                    break
                running.add(pool.submit(_in_thread, work, task, said))
            done, running = wait(running, timeout=_TICK, return_when=FIRST_COMPLETED)
            _pass_on(said, told)
            yield from (one.result() for one in done)


def _in_thread(work: Callable[[Task], Any], task: Task, said: "SimpleQueue[tuple[Task, Any]]") -> Outcome[Task]:
    start = time.monotonic()
    speak_by(lambda value: said.put((task, value)))
    try:
        return Outcome(task=task, value=work(task), seconds=time.monotonic() - start)
    except Exception as error:  # one task's failure is its own
        return Outcome(task=task, error=error_line(error), failure=error, trace=error_trace(error),
                       seconds=time.monotonic() - start)
    finally:
        speak_by(None)


def _pass_on(said: "SimpleQueue[tuple[Task, Any]]", told: Told | None) -> None:
    while True:
        try:
            task, value = said.get_nowait()
        except Empty:
            return
        if told is not None:
            told(task, value)
