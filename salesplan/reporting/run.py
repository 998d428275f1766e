"""Run a notebook with checked parameters and keep its page; a failed run is kept apart."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import nbformat

from salesplan.errors import InputError, ParameterError, SalesplanError, Sentence, known_choices
from salesplan.kernels.talk import has_own_process
from salesplan.reporting.html import export_html
from salesplan.reporting.kept_notebook import tidy_notebook
from salesplan.reporting.notebook_parameters import check_notebook_parameters, read_notebook_parameters
from salesplan.reporting.params_yaml import read_params
from salesplan.reporting.scratch import scratch_folder
from salesplan.text import check_language

Progress = Callable[[int, int], None]
Engine = Literal["auto", "kernel", "in_process"]
ENGINES: tuple[Engine, ...] = ("auto", "kernel", "in_process")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


KERNEL_NAME = "python3"
STARTS = 3
"""How often a kernel is started, on a fresh connection each time, before a run is given up."""
_START_FAILURES = ("Kernel died before replying", "Kernel didn't respond", "Invalid Signature", "Address already in use")


class ReportError(SalesplanError, RuntimeError):
    """A notebook stopped on the way; the half-run notebook is kept (``details['notebook']``)."""


class KernelStartError(ReportError):
    """The kernel of a notebook could not be started; nothing of the notebook was run."""


def run_report(
    notebook: str | Path,
    params: Mapping[str, Any] | str | Path | None = None,
    *,
    output_dir: str | Path,
    language: str | None = None,
    workspace: str | Path | None = None,
    name: str | None = None,
    progress: Progress | None = None,
    engine: Engine = "auto",
    timeout: float = 600,
    start_timeout: float = 60,
) -> Path:
    """Run a notebook and write ``<name>.html`` and ``<name>.ipynb`` into a folder.

    Names and types of all parameters are checked first, so that a misspelt one stops the run instead
    of being passed over. Files appear only when the run is complete, and the same inputs give the same bytes,
    whichever engine ran the cells.

    Parameters
    ----------
    params
        A mapping, or a YAML file as `salesplan.reporting.params_yaml` writes it.
    language, workspace
        Given to the notebook's parameters of these names, over what ``params`` says.
    name
        Name of the files; the notebook's name by default.
    progress
        Called with (cells done, cells in all) as the run goes on.
    engine
        ``kernel`` runs the cells in a kernel of their own, ``in_process`` in this process, which is faster and for a
        process that does nothing else; ``auto`` is ``in_process`` in a process that was forked for this run
        (`salesplan.reporting.many`), ``kernel`` elsewhere.
    timeout, start_timeout
        Seconds one cell may take, and the kernel may take to start.

    Returns
    -------
    Path
        The HTML page.

    Raises
    ------
    InputError
        No such notebook, or an unknown engine.
    ParameterError
        An unknown name or a wrong type, before anything runs.
    ReportError
        A cell failed; its error in one line, ``<name>.failed.ipynb`` and ``details`` for more.
    KernelStartError
        The kernel could not be started, `STARTS` times in a row.
    """
    source = Path(notebook).resolve()
    if not source.is_file():
        raise InputError(f"notebook == {str(notebook)!r}, must be a file", where="run_report", fix="Check the path.")
    if engine not in ENGINES:
        raise InputError(f"engine == {engine!r}, {known_choices(engine, ENGINES)}", where="run_report")
    values = _all_values(source, params, language=language, workspace=workspace)
    said_in = check_language(str(values.get("language", language or "zh")))
    folder = Path(output_dir).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    stem = name or source.stem
    in_process = engine == "in_process" or (engine == "auto" and has_own_process())
    with scratch_folder(folder) as scratch:
        part = scratch / f"{stem}.ipynb"
        try:
            if in_process:
                _execute_here(source, part, values, progress=progress, timeout=timeout)
            else:
                _execute_in_kernel(source, part, values, progress=progress, timeout=timeout, start_timeout=start_timeout)
        except Exception as error:
            raise _failure(error, part, folder / f"{stem}.failed.ipynb") from error
        book = _tidied(part)
        page = scratch / f"{stem}.html"
        export_html(book, page, language=said_in)
        os.replace(part, folder / f"{stem}.ipynb")
        os.replace(page, folder / f"{stem}.html")
    (folder / f"{stem}.failed.ipynb").unlink(missing_ok=True)
    return folder / f"{stem}.html"


def _all_values(
    source: Path, params: Mapping[str, Any] | str | Path | None, *, language: str | None, workspace: str | Path | None
) -> dict[str, Any]:
    values = dict(params) if isinstance(params, Mapping) else read_params(Path(params)) if params is not None else {}
    known = read_notebook_parameters(source)
    if language is not None and "language" in known:
        values["language"] = check_language(language)
    if workspace is not None and "workspace" in known:
        values["workspace"] = str(Path(workspace).resolve())
    elif values.get("workspace"):
        values["workspace"] = str(Path(str(values["workspace"])).resolve())
    return check_notebook_parameters(source, values)


def _tidied(part: Path) -> nbformat.NotebookNode:
    book = tidy_notebook(nbformat.read(str(part), as_version=4))
    nbformat.write(book, str(part))
    return book


def _execute(source: Path, part: Path, values: Mapping[str, Any], *, timeout: float, **options: Any) -> None:
    import logging

    import papermill

    logging.getLogger("papermill").setLevel(logging.WARNING)
    papermill.execute_notebook(
        str(source), str(part), parameters=dict(values), kernel_name=KERNEL_NAME, language="python",
        progress_bar=False, log_output=False, execution_timeout=int(timeout), **options,
    )


def _execute_here(source: Path, part: Path, values: Mapping[str, Any], *, progress: Progress | None, timeout: float) -> None:
    from salesplan.kernels.in_process import use_in_process_engine

    _execute(source, part, values, timeout=timeout, engine_name=use_in_process_engine(), salesplan_progress=progress,
             cwd=str(source.parent))


def _execute_in_kernel(
    source: Path,
    part: Path,
    values: Mapping[str, Any],
    *,
    progress: Progress | None,
    timeout: float,
    start_timeout: float,
) -> None:
    from salesplan.kernels.kernel_engine import use_kernel_engine

    cells: list[int] = []

    def told(done: int, total: int) -> None:
        cells.append(done)
        if progress is not None:
            progress(done, total)

    for attempt in range(1, STARTS + 1):
        try:
            _execute(
                source,
                part,
                values,
                timeout=timeout,
                engine_name=use_kernel_engine(),
                start_timeout=int(start_timeout),
                salesplan_progress=told,
                resources={"metadata": {"path": str(source.parent)}},  # the kernel works there, this process stays
            )
        except (RuntimeError, ValueError) as error:
            if cells or not _did_not_start(error):
                raise
            if attempt == STARTS:
                raise KernelStartError(
                    Sentence("the notebook's kernel did not start in {n} attempts: {reason}", n=STARTS, reason=_first_line(error)),
                    where=str(source),
                    fix=Sentence("Run it once more; if that does not help, look for a full disk or too little memory."),
                ) from error
        else:
            return


def _did_not_start(error: Exception) -> bool:
    """Whether a run failed before its kernel answered: it died, stayed silent, or another one sat on its ports."""
    return any(words in str(error) for words in _START_FAILURES)


def _first_line(error: Exception) -> str:
    return next(iter(_ANSI.sub("", str(error)).strip().splitlines()), type(error).__name__)


def _failure(error: Exception, part: Path, kept: Path) -> SalesplanError:
    """The error of the run in one line, with the half-run notebook put where it can be opened."""
    if isinstance(error, KernelStartError):
        return error
    if part.exists():
        _tidied(part)
        os.replace(part, kept)
    where = str(kept) if kept.exists() else ""
    name, value = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", str(error))
    first = _ANSI.sub("", str(value)).strip().splitlines()
    count = getattr(error, "exec_count", None)
    cell = f"cell {count}: " if count else ""
    if isinstance(error, ParameterError):
        return error
    return ReportError(
        Sentence("the notebook stopped at {place}: {reason}", place=f"{cell}{name}", reason=first[0] if first else ""),
        where=where,
        fix=Sentence("Open the kept notebook to see the cell."),
        notebook=where,
        ename=name,
        cell=count,
    )
