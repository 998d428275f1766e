"""``salesplan review``: a month's review of every unit, with a page that leads to them."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from salesplan.cli.exits import Exit
from salesplan.cli.locate import find_notebook
from salesplan.cli.progress import unit_progress
from salesplan.cli.speaking import speak
from salesplan.cli.stopping import Stop
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.reporting.review_run import Standing

PARAMS_FOLDER = "params"
MOST_ERRORS = 12
"""Failed units whose error is told; the index has them all."""


def run_monthly_review(
    workspace: Path, *, period: str, units: str, jobs: int, formats: str, language: str | None, resume: bool,
    params: Path | None, output: Path, scheduler: str, notebook: str,
) -> int:
    """Review a month and say where the index lies; the exit code tells whether every unit is done."""
    from salesplan.data.workspace import Workspace
    from salesplan.reporting.review_hooks import MONTHLY
    from salesplan.reporting.review_run import run_review

    speak(language)
    source = find_notebook(notebook)
    folder = Workspace(workspace).require()
    lang = language or folder.settings.language
    speak(lang)
    file = params or _usual_params(folder.path, source.stem)
    stop = Stop()
    try:
        with stop.on_signals(), unit_progress(lang) as draw:

            def progress(standing: "Standing") -> None:
                stop.heed()
                draw(standing)

            done = run_review(folder.path, notebook=source, hooks=MONTHLY, period=period, units=units, formats=formats.split(","),
                              language=language, jobs=jobs, output=output, resume=resume, scheduler=scheduler, params=file,
                              progress=progress)
    except KeyboardInterrupt:
        typer.secho(say("Stopped. The units that are done stay; go on with --resume.", lang), fg="yellow", err=True)
        return Exit.INTERRUPTED
    typer.echo(str(done.index))
    typer.echo(say("{n} {n:unit|units}: {n_done} done, {n_kept} kept from before, {n_failed} failed", lang, n=done.n_units,
                   n_done=done.n_units - done.n_kept - len(done.failed), n_kept=done.n_kept, n_failed=len(done.failed)))
    if done.ok:
        return Exit.OK
    typer.secho(say("Failed: {names}", lang, names=("、" if lang == "zh" else ", ").join(done.failed)), fg="red", err=True)
    for name, error in list(done.errors.items())[:MOST_ERRORS]:
        typer.secho(f"  {name}{'：' if lang == 'zh' else ': '}{error}", fg="red", err=True)
    return Exit.PARTLY_FAILED


def _usual_params(workspace: Path, stem: str) -> Path | None:
    """``params/<notebook>.yaml`` of the workspace, else of the folder the command is given in, where there is one."""
    for folder in (workspace, Path.cwd()):
        file = folder / PARAMS_FOLDER / f"{stem}.yaml"
        if file.is_file():
            return file
    return None

