"""A month's review of every unit: run, resumed, recorded and shown on one index page."""

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salesplan import __version__
from salesplan.calendars.period import read_period
from salesplan.data.workspace import Workspace
from salesplan.errors import ParameterError, Sentence, known_choices
from salesplan.reporting.chromium import find_chromium
from salesplan.reporting.dask_run import connected, require_distributed, run_on_cluster
from salesplan.reporting.many import ReportJob, ReportOutcome, run_many
from salesplan.reporting.notebook_parameters import check_notebook_parameters
from salesplan.reporting.output_folder import written_to
from salesplan.reporting.params_yaml import read_params
from salesplan.reporting.print_pdf import PdfPrinter
from salesplan.reporting.review_hooks import ReviewCompany, ReviewHooks, hook, open_company
from salesplan.reporting.review_index import write_index
from salesplan.reporting.review_job import FORMATS, UnitJob, after_page, begin, do_unit, fail, finish
from salesplan.reporting.review_parameters import UnitParameters, check_values, read_unit_parameters
from salesplan.reporting.review_record import (
    RUN_FILE,
    UnitRecord,
    described,
    digest,
    own_parameters,
    read_record,
    records_of,
    unit_key,
    write_run,
)
from salesplan.reporting.review_units import ReviewUnit, ReviewUnits
from salesplan.reporting.run_lock import only_run
from salesplan.text import check_language

INDEX_FILE = "index.html"
LOG_FILE = "review.log"
NEEDED = ("workspace", "language", "period", "unit")
"""Parameters a review notebook must have."""


@dataclass(kw_only=True)
class Standing:
    """How far a run is; ``running`` holds name, cells done and cells in all by unit."""

    label: str
    n_units: int
    n_done: int = 0
    n_kept: int = 0
    n_failed: int = 0
    running: dict[str, tuple[str, int, int]] = field(default_factory=dict)

    @property
    def n_through(self) -> int:
        """Units that need nothing more."""
        return self.n_done + self.n_kept + self.n_failed


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewRun:
    """What a run came to.

    Parameters
    ----------
    folder, index, record
        Where the units' folders lie, the page that leads to them, and the record for programs.
    label, fingerprint
        The month, and the data's fingerprint.
    n_units, n_kept
        Units asked for, and those of them that were done already.
    failed, errors
        Units that failed, by id; what went wrong, by their path.
    """

    folder: Path
    label: str
    fingerprint: str
    n_units: int
    n_kept: int
    failed: tuple[str, ...]
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def index(self) -> Path:
        """The index page."""
        return self.folder / INDEX_FILE

    @property
    def record(self) -> Path:
        """The record for programs."""
        return self.folder / RUN_FILE

    @property
    def ok(self) -> bool:
        """Whether every unit is done."""
        return not self.failed


def run_review(
    workspace: str | Path,
    *,
    notebook: str | Path,
    hooks: ReviewHooks,
    period: str = "",
    units: str = "all",
    formats: Sequence[str] = FORMATS,
    language: str | None = None,
    jobs: int = 2,
    output: str | Path = "reports/review",
    resume: bool = False,
    scheduler: str = "",
    params: str | Path | None = None,
    timeout: float = 600.0,
    progress: Callable[[Standing], None] | None = None,
) -> ReviewRun:
    """Review a month: the notebook once for each unit, and an index page over all of them.

    Each unit has a folder ``<output>/<month>/<unit id>/`` with its page, notebook, print, workbook and, written last,
    ``review.json``. ``run.json`` says ``running`` until all units are through; then it and ``index.html`` are written and take
    in what earlier runs made of other units from the same data. A unit that fails keeps its half-run notebook and stops no other. Times are
    in ``review.log`` alone: the same inputs give the same bytes everywhere else.

    Parameters
    ----------
    workspace
        Folder of the imported data.
    notebook
        A notebook with the parameters workspace, language, period and unit, that shows one output of
        `salesplan.reporting.review_record.MIME`.
    hooks
        What loads the month, checks parameters, writes workbooks and takes actions.
    period
        ``2026-10``; empty: what the parameter file says, else the last complete month.
    units
        As `salesplan.reporting.review_units.ReviewUnits.chosen` reads it.
    formats
        ``html`` (always made), ``pdf``, ``xlsx``.
    language
        zh or en; by default what the parameter file or the workspace says.
    jobs
        Units at a time.
    resume
        Leave out units that are done with the same data, parameters, notebook and version.
    scheduler
        Address of a Dask scheduler; its workers must see the same folders.
    params
        Parameter file; files beside it named ``<its name>.<unit>.yaml`` change values of single units.
    progress
        Called with the `Standing` whenever it changes.

    Raises
    ------
    SalesplanError
        Anything wrong that is known before the first unit: parameters, units, no data, no Chromium, no cluster, another
        run in the folder; or a folder that cannot be written to.
    """
    space = Workspace(workspace).require()
    made = _formats(formats, hooks)
    source = Path(notebook).resolve()
    if jobs < 1:
        raise ParameterError(f"jobs == {jobs}, must be at least 1")
    if "pdf" in made:
        find_chromium()
    if scheduler:
        require_distributed()
    file = None if params is None else Path(params)
    values = _common_values(space, source, hooks, file=file, period=period, language=language)
    company = open_company(hooks, str(space.path), values)
    values["period"] = company.label
    tree = ReviewUnits(company.units)
    chosen = tree.chosen(units)
    parameters = read_unit_parameters(values, file, units=tree, notebook=source, hooks=hooks)
    folder = Path(output).resolve() / company.label
    base = digest([described(source)["sha256"], company.fingerprint, company.label, __version__])
    with connected(scheduler) if scheduler else nullcontext() as client, written_to(folder), only_run(folder):
        _sweep(folder)
        (folder / INDEX_FILE).unlink(missing_ok=True)
        run = _Run(folder=folder, base=base, formats=made, notebook=source, space=space, hooks=hooks, company=company, tree=tree,
                   chosen=chosen, parameters=parameters, resume=resume, timeout=timeout, progress=progress)
        return run.run(jobs=jobs, client=client)


@dataclass(kw_only=True, eq=False)
class _Run:
    folder: Path
    base: str
    formats: tuple[str, ...]
    notebook: Path
    space: Workspace
    hooks: ReviewHooks
    company: ReviewCompany
    tree: ReviewUnits
    chosen: list[ReviewUnit]
    parameters: UnitParameters
    resume: bool
    timeout: float
    progress: Callable[[Standing], None] | None
    failed: dict[str, str] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.standing = Standing(label=self.company.label, n_units=len(self.chosen))
        self.log = _Log(self.folder / LOG_FILE)

    def run(self, *, jobs: int, client: Any = None) -> ReviewRun:
        self.log.write(f"start: {len(self.chosen)} units, formats {','.join(self.formats)}, resume {self.resume}")
        write_run(self.folder / RUN_FILE, self._head("running", {"done": 0, "failed": 0, "not_run": len(self.chosen)}), [])
        state = "interrupted"
        try:
            self._told()
            if client is not None:
                self._on_cluster(client)
            else:
                self._here(jobs)
            self._pass_actions_on()
            state = "some_failed" if self.failed else "done"
        finally:
            self._write(state)
            self.log.write(f"end: {state}, {self.standing.n_done} done, {self.standing.n_kept} kept, {self.standing.n_failed} failed")
        return ReviewRun(folder=self.folder, label=self.company.label, fingerprint=self.company.fingerprint,
                         n_units=len(self.chosen), n_kept=self.standing.n_kept,
                         failed=tuple(unit.unit_id for unit in self.chosen if unit.unit_id in self.failed),
                         errors={unit.said_path: self.failed[unit.unit_id] for unit in self.chosen if unit.unit_id in self.failed})

    def _jobs(self) -> Iterator[UnitJob]:
        """Units that have to be run, made ready one after another."""
        for unit in self.chosen:
            values = {**self.parameters.of(unit.unit_id), "unit": unit.unit_id, "workspace": str(self.space.path)}
            job = UnitJob(unit=unit, notebook=self.notebook, workspace=str(self.space.path), values=values,
                          folder=self.folder / unit.folder, formats=self.formats, label=self.company.label,
                          key=unit_key(self.base, values, self.formats), base=self.base, hooks=self.hooks, timeout=self.timeout)
            before = read_record(job.folder) if self.resume else None
            if before is not None and before.is_finished(job.folder, job.key):
                self.standing.n_kept += 1
                self.log.write(f"{unit.unit_id}: kept")
                self._told()
                continue
            begin(job)
            self.started[unit.unit_id] = time.monotonic()
            self.standing.running[unit.unit_id] = (unit.said_path, 0, 0)
            self._told()
            yield job

    def _here(self, jobs: int) -> None:
        under_way: dict[str, UnitJob] = {}

        def reports() -> Iterator[ReportJob]:
            for job in self._jobs():
                under_way[str(job.folder)] = job
                yield ReportJob(notebook=job.notebook, params=job.values, output_dir=job.folder, name=job.stem,
                                workspace=self.space.path, then=_Then(job))

        def told(report: ReportJob, done: int, total: int) -> None:
            unit = under_way[str(report.output_dir)].unit
            self.standing.running[unit.unit_id] = (unit.said_path, done, total)
            self._told()

        outcomes = run_many(reports(), jobs=jobs, timeout=self.timeout, progress=told)
        with PdfPrinter() as printer:
            try:
                for outcome in outcomes:
                    job = under_way.pop(str(outcome.job.output_dir))
                    self._ended(_concluded(job, outcome, printer), outcome.trace or outcome.log)
            finally:
                outcomes.close()  # type: ignore[attr-defined]

    def _on_cluster(self, client: Any) -> None:
        for job, record, error in run_on_cluster(do_unit, self._jobs(), client=client):
            if record is None:
                record = fail(job, f"{type(error).__name__}: {error}", error)
            self._ended(record, "")

    def _ended(self, record: UnitRecord, trace: str) -> None:
        self.standing.running.pop(record.unit_id, None)
        seconds = time.monotonic() - self.started.pop(record.unit_id)
        if record.state == "done":
            self.standing.n_done += 1
            self.log.write(f"{record.unit_id}: done in {seconds:.1f} s")
        else:
            self.standing.n_failed += 1
            self.failed[record.unit_id] = record.error
            self.log.write(f"{record.unit_id}: failed after {seconds:.1f} s: {record.error}\n{trace}".rstrip())
        self._told()

    def _pass_actions_on(self) -> None:
        if not self.hooks.actions:
            return
        take = hook(self.hooks.actions)
        for unit in self.chosen:
            record = read_record(self.folder / unit.folder)
            if record is not None and record.state == "done" and record.review.get("actions"):
                take(str(self.space.path), self.company.label, list(record.review["actions"]))

    def _records(self) -> Iterator[UnitRecord]:
        return records_of(self.tree, self.folder, asked={unit.unit_id for unit in self.chosen}, base=self.base)

    def _write(self, state: str) -> None:
        counts = {"done": 0, "failed": 0, "not_run": 0}
        for record in self._records():
            counts[record.state] += 1
        if state != "interrupted":  # also what an earlier run left failed, and the reader sees on the page
            state = "some_failed" if counts["failed"] else "done"
        write_run(self.folder / RUN_FILE, self._head(state, counts), self._records())
        write_index(self.folder / INDEX_FILE, self._records, label=self.company.label, counts=counts,
                    fingerprint=self.company.fingerprint, language=str(self.parameters.common["language"]))

    def _head(self, state: str, counts: Mapping[str, int]) -> dict[str, Any]:
        return {"state": state, "period": self.company.label, "version": __version__, "fingerprint": self.company.fingerprint,
                "notebook": {"name": self.notebook.name, "sha256": described(self.notebook)["sha256"]},
                "formats": list(self.formats), "parameters": own_parameters(self.parameters.common), "counts": dict(counts)}

    def _told(self) -> None:
        if self.progress is not None:
            self.progress(self.standing)


@dataclass(frozen=True)
class _Then:
    """What follows a unit's page in its own process."""

    job: UnitJob

    def __call__(self, page: Path) -> Mapping[str, Any]:
        return after_page(self.job, page)


def _concluded(job: UnitJob, outcome: ReportOutcome, printer: PdfPrinter) -> UnitRecord:
    """The record of a unit whose process has ended."""
    if not outcome.ok:
        return fail(job, outcome.error, outcome.failure)
    try:
        return finish(job, outcome.value, printer)
    except Exception as error:  # one unit's print is its own
        return fail(job, f"{type(error).__name__}: {error}", error)


class _Log:
    """The one place where times stand."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, words: str) -> None:
        with self.path.open("a", encoding="utf-8") as out:
            out.write(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} {words}\n")


def _formats(formats: Sequence[str], hooks: ReviewHooks) -> tuple[str, ...]:
    asked = [str(form).strip().lower() for form in formats if str(form).strip()]
    for form in asked or [""]:
        if form not in FORMATS:
            raise ParameterError(Sentence("format == {given}, must be html, pdf or xlsx", given=repr(form)),
                                 fix=known_choices(form, FORMATS))
    return tuple(form for form in FORMATS if form == "html" or (form in asked and (form != "xlsx" or hooks.workbook)))


def _common_values(
    space: Workspace, notebook: Path, hooks: ReviewHooks, *, file: Path | None, period: str, language: str | None
) -> dict[str, Any]:
    """Values of all units, checked; without the unit."""
    values = dict(read_params(file)) if file is not None else {}
    if values.pop("unit", ""):
        raise ParameterError(Sentence("{name} is given by the run, not for one unit", name="unit"), where=str(file),
                             fix=Sentence("Take the line out."))
    if period:
        values["period"] = period
    if values.get("period") and read_period(str(values["period"])).kind != "month":
        raise ParameterError(Sentence("period == {given}, must be a month", given=repr(values["period"])),
                             fix=Sentence("Write for instance --period 2026-10."))
    if values.get("period"):
        values["period"] = read_period(str(values["period"])).label
    values["language"] = check_language(str(language or values.get("language") or space.settings.language))
    values["workspace"] = str(space.path)
    checked = check_notebook_parameters(notebook, {"unit": "", "period": "", **values})
    del checked["unit"]
    if not checked["period"]:
        del checked["period"]
    check_values(checked, hooks)
    return checked


def _sweep(folder: Path) -> None:
    """Remove what killed runs left half-made; nobody else writes here while the folder is held."""
    for place in (folder, *(path for path in folder.iterdir() if path.is_dir())):
        for left in place.glob(".run-*"):
            shutil.rmtree(left, ignore_errors=True)
        for left in place.glob(".*.part*"):
            left.unlink(missing_ok=True)

