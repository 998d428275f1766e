"""Many reports at once: each in a process of its own, forked from one that has everything imported."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from salesplan.kernels.preload import LOADED_LATER, notebook_modules
from salesplan.kernels.tasks import Outcome, Way, forks, run_tasks, tell
from salesplan.reporting.run import ReportError, run_report
from salesplan.reporting.scratch import rescue_notebook, sweep_scratch

RUNNERS = ("papermill", "salesplan.kernels.in_process", "nbconvert.exporters.html", "salesplan.reporting.show")
"""What every report needs, whatever its notebook."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportJob:
    """One report to make.

    Parameters
    ----------
    notebook, params, output_dir, name, language, workspace
        As for `salesplan.reporting.run.run_report`.
    then
        Called in the report's process with its page, to write more (a workbook, a print); its small result is kept.
    """

    notebook: Path
    output_dir: Path
    params: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    language: str | None = None
    workspace: Path | None = None
    then: Callable[[Path], Any] | None = None

    @property
    def stem(self) -> str:
        """Name of the report's files."""
        return self.name or Path(self.notebook).stem


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportOutcome:
    """What became of one report.

    Parameters
    ----------
    job
        The report that was asked for.
    page
        Its page; None when it was not made.
    value
        What ``job.then`` returned.
    error
        Empty, or what went wrong in one line; ``failure`` is the exception, where there was one.
    notebook
        The notebook as far as it ran, of a report that failed, hung or was killed.
    trace, log
        For the log: where it went wrong, and the end of what its process printed.
    seconds
        From its start to its end.
    """

    job: ReportJob
    page: Path | None = None
    value: Any = None
    error: str = ""
    failure: BaseException | None = None
    notebook: Path | None = None
    trace: str = ""
    log: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the report was made."""
        return not self.error


def run_many(
    reports: Iterable[ReportJob],
    *,
    jobs: int = 2,
    timeout: float = 600.0,
    max_memory: int | None = None,
    preload: Sequence[str] = (),
    way: Way = "auto",
    progress: Callable[[ReportJob, int, int], None] | None = None,
) -> Iterator[ReportOutcome]:
    """Make reports and give their outcomes as they come, which need not be the order they were asked in.

    A report that fails, hangs or is killed stops no other and leaves its half-run notebook. Reports are taken from the
    iterable when there is room for them. When the iterator is closed, reports under way are given up and leave
    nothing; those that are done stay.

    Parameters
    ----------
    jobs
        Reports at a time.
    timeout
        Seconds a report may take (where there are no forks: one of its cells).
    max_memory
        Bytes a report's process may use of its own.
    preload
        Modules to import once, beside those of the kit that the first notebook asks for.
    way
        As for `salesplan.kernels.tasks.run_tasks`; in threads each report has an ordinary kernel.
    progress
        Called with (job, cells done, cells in all).
    """
    folders: set[Path] = set()

    def taken() -> Iterator[ReportJob]:
        for job in chain(first, waiting):
            folders.add(Path(job.output_dir))
            yield job

    def make(job: ReportJob) -> tuple[Path, Any]:
        page = run_report(job.notebook, job.params, output_dir=job.output_dir, language=job.language,
                          workspace=job.workspace, name=job.stem, timeout=timeout,
                          progress=lambda done, total: tell((done, total)))
        return page, None if job.then is None else job.then(page)

    def told(job: ReportJob, cells: tuple[int, int]) -> None:
        if progress is not None:
            progress(job, *cells)

    waiting = iter(reports)
    first = list(islice(waiting, 1))
    modules = (*RUNNERS, *preload)
    if forks(way) and first:
        modules = (*modules, *LOADED_LATER, *notebook_modules(Path(first[0].notebook)))
        rehearse()
    outcomes = run_tasks(make, taken(), jobs=jobs, timeout=timeout, max_memory=max_memory,
                         preload=modules, way=way, told=told, draws=True)
    try:
        for outcome in outcomes:
            yield _report_outcome(outcome)
    finally:
        outcomes.close()  # type: ignore[attr-defined]
        for folder in folders:
            sweep_scratch(folder)


def rehearse() -> None:
    """Run and export a notebook of a few lines here, so that what is set up at its first use is there in every fork.

    In Chinese, so that its catalogue, which takes longer to read than all else, is read once.
    """
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = [new_markdown_cell("# Rehearsal\n\n*Words*"), new_code_cell("language: str = 'zh'"),
             new_code_cell("from salesplan.reporting.show import show_style\nshow_style()\nprint(language)")]
    cells[1].metadata["tags"] = ["parameters"]
    with tempfile.TemporaryDirectory(prefix="salesplan_") as folder:
        source = Path(folder) / "rehearsal.ipynb"
        nbformat.write(new_notebook(cells=cells), str(source))
        run_report(source, output_dir=Path(folder) / "out", language="zh", engine="in_process")


def _report_outcome(outcome: Outcome[ReportJob]) -> ReportOutcome:
    page, value = outcome.value or (None, None)
    return ReportOutcome(job=outcome.task, page=page, value=value, error=outcome.error, failure=outcome.failure,
                         notebook=_half_run(outcome), trace=outcome.trace, log=outcome.log, seconds=outcome.seconds)


def _half_run(outcome: Outcome[ReportJob]) -> Path | None:
    """The notebook of a report that was not made: kept by the run itself, or rescued from a killed one."""
    if isinstance(outcome.failure, ReportError) and outcome.failure.details.get("notebook"):
        return Path(outcome.failure.details["notebook"])
    if outcome.error and outcome.failure is None and outcome.pid:
        return rescue_notebook(Path(outcome.task.output_dir).resolve(), outcome.pid, name=outcome.task.stem)
    return None
