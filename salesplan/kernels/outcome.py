"""What became of a task, and the line on which it talks while it runs."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Told = Callable[[Any, Any], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome(Generic[Task]):
    """What became of one task.

    Parameters
    ----------
    task
        The task itself, the very object that was handed in.
    value
        What the work returned.
    error
        Empty, or what went wrong in one line; a `salesplan.errors.Sentence` where the task was stopped or its process died.
    failure
        The exception itself, where it could be brought over from the task's process.
    trace
        Where it went wrong, for a log.
    log
        The end of what the task's process printed.
    seconds
        From its start to its end.
    pid
        The process it ran in.
    """

    task: Task
    value: Any = None
    error: str = ""
    failure: BaseException | None = None
    trace: str = ""
    log: str = ""
    seconds: float = 0.0
    pid: int = 0

    @property
    def ok(self) -> bool:
        """Whether the work came to its end."""
        return not self.error


def error_line(error: BaseException) -> str:
    """An exception in one line.

    Examples
    --------
    >>> error_line(ValueError("no such unit\\nand more"))
    'ValueError: no such unit'
    """
    first = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def error_trace(error: BaseException) -> str:
    """Where an exception came from."""
    return "".join(traceback.format_exception(error))
