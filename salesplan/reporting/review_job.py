"""The review of one unit: its notebook, page, workbook, print and, last, its record."""

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salesplan.errors import SalesplanError, Sentence
from salesplan.kernels.repeatable import one_thread
from salesplan.reporting.print_pdf import PdfPrinter
from salesplan.reporting.review_hooks import ReviewHooks, hook
from salesplan.reporting.review_record import UNIT_FILE, UnitRecord, described, own_parameters, read_record, read_review
from salesplan.reporting.review_units import ReviewUnit
from salesplan.reporting.run import run_report
from salesplan.text.spoken_errors import say_error

FORMATS = ("html", "pdf", "xlsx")
STARTING = 120.0
"""Seconds beside the notebook's own, for starting a process, workbook and print."""


@dataclass(frozen=True, kw_only=True)
class UnitJob:
    """One unit to review; everything a process, here or on another machine, needs for it.

    Parameters
    ----------
    unit
        The unit.
    notebook, workspace, values
        What to run, on which data, with which parameters.
    folder
        Folder of the unit's files.
    formats
        What to make: ``html`` always, ``pdf`` and ``xlsx`` where wanted.
    label
        The month.
    key, base
        As in `UnitRecord`.
    hooks
        What makes the workbook.
    timeout
        Seconds the notebook may take.
    """

    unit: ReviewUnit
    notebook: Path
    workspace: str
    folder: Path
    formats: tuple[str, ...]
    label: str
    key: str
    base: str
    hooks: ReviewHooks
    values: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = 600.0

    @property
    def stem(self) -> str:
        """Name of the files."""
        return self.notebook.stem

    @property
    def language(self) -> str:
        """Language of the pages."""
        return str(self.values.get("language", "zh"))

    def file(self, ending: str) -> Path:
        """Path of one of its files."""
        return self.folder / f"{self.stem}.{ending}"


def begin(job: UnitJob) -> None:
    """Make the folder and take back what said that the unit was done."""
    job.folder.mkdir(parents=True, exist_ok=True)
    (job.folder / UNIT_FILE).unlink(missing_ok=True)


def after_page(job: UnitJob, page: Path) -> dict[str, Any]:
    """What is made beside the page, in the same process; the figures for the index are given back."""
    review = read_review(page.with_suffix(".ipynb"), job.unit.unit_id)
    if "xlsx" in job.formats and job.hooks.workbook:
        part = job.folder / f".{job.stem}.part.xlsx"
        try:
            hook(job.hooks.workbook)(job.workspace, dict(job.values), part)
            part.replace(job.file("xlsx"))
        finally:
            part.unlink(missing_ok=True)
    return review


def finish(job: UnitJob, review: Mapping[str, Any], printer: PdfPrinter) -> UnitRecord:
    """Print the page where a PDF is wanted, and write the record of a unit that is done."""
    if "pdf" in job.formats:
        printer.print(job.file("html"), job.file("pdf"), footer=f"{job.unit.said_path} · {job.label}")
    for ending in FORMATS:
        if ending not in job.formats:
            job.file(ending).unlink(missing_ok=True)
    made = {ending: described(job.file(ending)) for ending in (*job.formats, "ipynb") if job.file(ending).is_file()}
    record = UnitRecord.of(job.unit, state="done", key=job.key, base=job.base, parameters=own_parameters(job.values),
                           files=made, review=dict(review))
    record.write(job.folder)
    return record


def fail(job: UnitJob, error: str, failure: BaseException | None = None) -> UnitRecord:
    """Keep the half-run notebook and the error of a unit that failed, and nothing that looks like its review."""
    kept = job.file("failed.ipynb")
    if job.file("ipynb").is_file():
        if kept.exists():
            job.file("ipynb").unlink()
        else:
            job.file("ipynb").replace(kept)
    for ending in FORMATS:
        job.file(ending).unlink(missing_ok=True)
    record = UnitRecord.of(
        job.unit, state="failed", base=job.base, parameters=own_parameters(job.values), error=said_failure(error, failure, job.language),
        files={"notebook": described(kept)} if kept.is_file() else {})
    record.write(job.folder)
    return record


def said_failure(error: str, failure: BaseException | None, language: str) -> str:
    """What went wrong in one line of the reader's language, without paths of this machine.

    Examples
    --------
    >>> from salesplan.errors import DataError
    >>> said_failure("", DataError("no targets", where="/home/ana/company"), "en")
    'no targets'
    """
    if failure is None and isinstance(error, Sentence):
        return say_error(SalesplanError(error), language).rstrip("。")
    if isinstance(failure, SalesplanError):
        return say_error(SalesplanError(failure.what), language).rstrip("。")
    return error or type(failure).__name__


def do_unit(job: UnitJob) -> UnitRecord:
    """Review one unit from beginning to end in a process of its own; a failure is recorded, not raised.

    For workers that do other things beside, such as those of a cluster.
    """
    begin(job)
    paths = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), *sys.path]
    environment = {**os.environ, **one_thread(os.environ), "PYTHONPATH": os.pathsep.join(dict.fromkeys(path for path in paths if path))}
    try:
        ended = subprocess.run([sys.executable, "-c", f"from {__name__} import do_unit_here; do_unit_here()"], input=pickle.dumps(job),
                               capture_output=True, timeout=job.timeout + STARTING, env=environment, check=False)
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        why: str = Sentence("its process ended with exit code {code}", code=ended.returncode)
        if said:
            why = Sentence("{what}: {words}", what=why, words=said[-1])
    except subprocess.TimeoutExpired:
        why = Sentence("took longer than {seconds} seconds and was stopped", seconds=f"{job.timeout:g}")
    return read_record(job.folder) or fail(job, why)


def do_unit_here() -> None:
    """Review the unit whose job is handed in on standard input, in this process, which does nothing else."""
    job: UnitJob = pickle.load(sys.stdin.buffer)  # written by `do_unit`
    try:
        page = run_report(job.notebook, job.values, output_dir=job.folder, workspace=job.workspace, name=job.stem,
                          timeout=job.timeout, engine="in_process")
        review = after_page(job, page)
        with PdfPrinter() as printer:
            finish(job, review, printer)
    except Exception as error:  # one unit's failure is its own
        fail(job, f"{type(error).__name__}: {error}", error)
