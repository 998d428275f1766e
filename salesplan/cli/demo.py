"""``salesplan demo``: the whole way from a folder of exports to reports and an app."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from salesplan.cli.exits import Exit
from salesplan.cli.locate import find_notebook
from salesplan.cli.progress import progress_bar
from salesplan.cli.reports import write_report
from salesplan.text import check_language, say

if TYPE_CHECKING:
    from salesplan.data.workspace import Workspace


def run_demo(folder: Path, *, seed: int, language: str | None) -> int:
    """Make, import, plan, report; print where to look."""
    from salesplan.cli.importing import print_import
    from salesplan.data.demo import make_demo_company
    from salesplan.data.importing import import_files
    from salesplan.data.workspace import Workspace

    lang = check_language(language or "zh")
    exports, reports = folder / "exports", folder / "reports"
    typer.echo(say("Making the demo company in {folder}", lang, folder=exports))
    make_demo_company(exports, seed=seed)
    workspace = Workspace(folder / "workspace")
    if not workspace.exists:
        workspace.create(language=lang, source=say("Demo company", lang))
    with progress_bar() as report:
        outcome = import_files(exports, workspace, progress=report)
    print_import(outcome, lang)
    languages = [lang] if language else ["zh", "en"]
    made = []
    for said_in in languages:
        for name in ("data_quality", "target_setting", "kpi_weighting", "training_needs", "system_selection"):
            made += write_report(find_notebook(name), workspace.path, {"language": said_in},
                                 output=reports / said_in)
    made += _review(workspace, reports, lang)
    typer.secho("\n" + say("Look at:", lang), bold=True)
    for path in made:
        typer.echo(f"  {path}")
    typer.secho(say("Open the app with:", lang), bold=True)
    typer.echo(f"  salesplan app --workspace {workspace.path}    (make app)")
    for name in ("kpi_weighting", "training_needs", "monthly_review"):
        typer.echo(f"  salesplan app {name} --workspace {workspace.path}")
    return Exit.OK


def _review(workspace: "Workspace", reports: Path, language: str) -> list[Path]:
    """The reviews of the last two complete months, so that the second opens with what became of the first one's actions."""
    from salesplan.data.review_data import load_review_data
    from salesplan.reporting.review_hooks import MONTHLY
    from salesplan.reporting.review_run import run_review

    last = load_review_data(workspace).month
    made = []
    for month in (last - 1, last):
        done = run_review(workspace.path, notebook=find_notebook("monthly_review"), hooks=MONTHLY, period=str(month),
                          units="all" if month == last else "level:region", formats=["html", "xlsx"], language=language,
                          jobs=2, output=reports / "review", resume=True)
        made.append(done.index)
    return made
