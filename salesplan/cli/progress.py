"""A progress bar on long work; silent where nobody is looking."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.reporting.review_run import Standing

Report = Callable[[str, int, int], None]


@contextmanager
def progress_bar() -> Iterator[Report]:
    """Give a function ``report(step, done, total)`` that draws one bar a step on standard error."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        tasks: dict[str, int] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)  # type: ignore[arg-type]

        yield report


MOST_NAMES = 3
"""Running units that are named on the line."""


@contextmanager
def unit_progress(language: str) -> Iterator["Callable[[Standing], None]"]:
    """Give a function that draws how far a review run is: done, failed and running units, on standard error.

    The line is drawn by the caller alone: a thread that redraws it would stand in the way of forked processes.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[more]}"))
    with Progress(*columns, console=console, disable=not console.is_terminal, auto_refresh=False) as bar:
        task = bar.add_task("", total=None, more="")

        def report(standing: "Standing") -> None:
            bar.update(task, description=say("Review {month}", language, month=standing.label), total=standing.n_units,
                       completed=standing.n_through, more=escape(_now(standing, language)))
            bar.refresh()

        yield report


def _now(standing: "Standing", language: str) -> str:
    """What failed and what runs, in a few words."""
    failed = [say("{n} failed", language, n=standing.n_failed)] if standing.n_failed else []
    running = [f"{name} {done}/{total}" if total else name for name, done, total in standing.running.values()]
    more = [f"+{len(running) - MOST_NAMES}"] if len(running) > MOST_NAMES else []
    return " · ".join([*failed, *running[:MOST_NAMES], *more])
