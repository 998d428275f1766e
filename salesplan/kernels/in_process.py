"""A papermill engine that runs a notebook's cells in the process it is called in, without a kernel."""

import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from nbformat.v4 import new_output
from papermill.engines import Engine, papermill_engines

from salesplan.kernels.repeatable import reseed
from salesplan.kernels.shell import CapturingShell, fresh_shell

NAME = "salesplan_in_process"
INLINE_PICTURES = "module://matplotlib_inline.backend_inline"
BETWEEN_SAVES = 2.0
SKIPPED = "skip-execution"
LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
"""What a kernel says of its language."""


class InProcessEngine(Engine):
    """Runs cells in an IPython shell of this process.

    Fast, and not isolated: modules a notebook changes stay changed. It is meant for a process that was forked for
    this one notebook and ends with it.
    """

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, salesplan_progress: Any = None, execution_timeout: float | None = None,
        **_options: Any,
    ) -> None:
        """Run cell after cell; the first that fails ends the run, as in papermill's own engine."""
        os.environ.setdefault("MPLBACKEND", INLINE_PICTURES)
        reseed()
        _save_now_and_then(nb_man)
        total = len(nb_man.nb.cells)
        with fresh_shell() as shell, warnings.catch_warnings():
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                good = not _has_work(cell) or run_cell(shell, cell, seconds=execution_timeout)
                if not good:
                    nb_man.cell_exception(cell, cell_index=index)
                nb_man.cell_complete(cell, cell_index=index)
                if not good:
                    break
                if salesplan_progress is not None:
                    salesplan_progress(index + 1, total)
        nb_man.nb.metadata["language_info"] = LANGUAGE


def _save_now_and_then(nb_man: Any) -> None:
    """Write the half-run notebook every two seconds at most, and not twice a cell; its end is written in any case."""
    save, saved = nb_man.save, [0.0]

    def save_if_due(**options: Any) -> None:
        if nb_man.end_time is not None or time.monotonic() - saved[0] >= BETWEEN_SAVES:
            save(**options)
            saved[0] = time.monotonic()

    nb_man.save = save_if_due


def _has_work(cell: Any) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip()) and SKIPPED not in cell.metadata.get("tags", [])


def run_cell(shell: CapturingShell, cell: Any, *, seconds: float | None = None) -> bool:
    """Run one code cell and store what it shows; whether the run may go on."""
    cell.outputs = []
    shell.outputs, shell.clears_next = cell.outputs, False
    with _no_longer_than(seconds):
        result = shell.run_cell(cell.source, store_history=True, silent=False)
    cell.execution_count = shell.execution_count - 1
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return True
    if not any(output.output_type == "error" for output in cell.outputs):
        cell.outputs.append(new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[]))
    return "raises-exception" in cell.metadata.get("tags", [])


@contextmanager
def _no_longer_than(seconds: float | None) -> Iterator[None]:
    """Stop a cell by an alarm, where the system has one and this thread can hear it."""
    if not seconds or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signum: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"a cell took longer than {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def use_in_process_engine() -> str:
    """Make the engine known to papermill and give its name."""
    papermill_engines.register(NAME, InProcessEngine)
    return NAME
