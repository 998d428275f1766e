"""The commands, their options and their examples."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from salesplan import __version__

app = typer.Typer(
    name="salesplan", no_args_is_help=True, add_completion=False, rich_markup_mode="markdown",
    help="Plan and coach a sales organisation from its own data. 销售目标设定、分解与复盘。",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Workspace = Annotated[Path, typer.Option("--workspace", "-w", envvar="SALESPLAN_WORKSPACE",
                                         help="Folder that keeps the imported data.")]
Language = Annotated[str | None, typer.Option("--language", "-l", help="zh or en; default: the workspace's.")]
User = Annotated[str | None, typer.Option(
    "--user", envvar="SALESPLAN_USER", help="Only what this person may see: id, employee number or e-mail. Trainers see no pay.")]


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command(epilog="Example: `salesplan demo demo --seed 7`")
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put it.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    language: Language = None,
) -> None:
    """Make the demo company, import it, plan it, write the reports, and say where to look."""
    from salesplan.cli.demo import run_demo

    _stop(run_demo(folder, seed=seed, language=language))


@app.command(name="import", epilog="Examples: `salesplan import exports/ -w company` · "
                                   "`salesplan import orders.xlsx -w company --mapping map.yaml --yes`")
def import_(
    path: Annotated[Path, typer.Argument(help="A file or a folder of CSV, XLS, XLSX.")],
    workspace: Workspace,
    mapping: Annotated[str | None, typer.Option(
        "--mapping", "-m", help="Mapping YAML, or the name of a packaged one; default: proposed from the headers.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Accept the proposed mapping without asking.")] = False,
    acknowledge: Annotated[list[str] | None, typer.Option(
        help="Accept a fault of a whole table by its code, such as unit_suspect_x10000.")] = None,
    table: Annotated[list[str] | None, typer.Option(
        help="FILE=TABLE (or 'FILE[SHEET]=TABLE', or =ignore) where the headers do not decide.")] = None,
    language: Language = None,
) -> None:
    """Read sales data into a workspace; bad rows go to quarantine, everything is reconciled."""
    from salesplan.cli.importing import run_import

    _stop(run_import(path, workspace, mapping=mapping, yes=yes, acknowledge=acknowledge or [], tables=table or [],
                     language=language))


@app.command(epilog="Example: `salesplan check -w company`; exit code 3 when rows are in quarantine")
def check(workspace: Workspace, language: Language = None) -> None:
    """Say how far the data can be trusted."""
    from salesplan.cli.importing import run_check

    _stop(run_check(workspace, language=language))


@app.command(epilog="Examples: `salesplan report target_setting -w company -p growth=0.15` · "
                    "`salesplan report target_setting -w company --params plan.yaml -o reports`")
def report(
    notebook: Annotated[str, typer.Argument(help="Name of a notebook, or path of your own.")],
    workspace: Workspace,
    params: Annotated[Path | None, typer.Option(help="YAML with parameters; the app downloads such a file.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--parameter", "-p", help="name=value, on top of the YAML.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the reports.")] = Path("reports"),
    user: User = None,
    language: Language = None,
) -> None:
    """Run a notebook into a self-contained offline page (and the plan as a workbook)."""
    from salesplan.cli.reports import run_reports

    _stop(run_reports(notebook, workspace, params=params, assignments=set_ or [], output=output, user=user, language=language))


@app.command(epilog="Examples: `salesplan statements -w company --period 2026-10` · "
                    "`salesplan statements -w company --seller 张伟 --format html -l zh`")
def statements(
    workspace: Workspace,
    period: Annotated[str, typer.Option(help="2026-10, 2026Q3, 2026-W41 or 2026; default: the last complete month.")] = "",
    params: Annotated[Path | None, typer.Option(help="YAML with KPI parameters; the app downloads such a file.")] = None,
    seller: Annotated[list[str] | None, typer.Option(help="Only this person, by id or unique name; may be repeated.")] = None,
    format_: Annotated[str, typer.Option("--format", help="html, xlsx or both, with a comma.")] = "html,xlsx",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the statements.")] = Path("reports/statements"),
    user: User = None,
    language: Language = None,
) -> None:
    """Score a period and write a statement for each person that recomputes its own score."""
    from salesplan.cli.statements import run_statements

    _stop(run_statements(workspace, params=params, period=period, sellers=seller or [], formats=format_, output=output,
                         user=user, language=language))


@app.command(epilog="Examples: `salesplan templates forms -l zh` · `salesplan templates forms -w company --user E0005`")
def templates(
    folder: Annotated[Path, typer.Argument(help="Where to put them.")] = Path("templates"),
    workspace: Annotated[Path | None, typer.Option(
        "--workspace", "-w", help="Fill in the people, skills, tiers and courses known here.")] = None,
    user: User = None,
    source: Annotated[str, typer.Option(help="Who assesses: manager, self or test.")] = "manager",
    language: Language = None,
) -> None:
    """Write the workbooks to hand out for skills, assessments, courses, goals and mentors."""
    from salesplan.cli.templates import run_templates

    _stop(run_templates(folder, workspace=workspace, user=user, source=source, language=language))


@app.command(name="development-sheets", epilog="Examples: `salesplan development-sheets -w company --period 2026-10` · "
                                               "`salesplan development-sheets -w company --user E0005 --format html`")
def development_sheets(
    workspace: Workspace,
    period: Annotated[str, typer.Option(help="Month such as 2026-10; default: the last complete month.")] = "",
    params: Annotated[Path | None, typer.Option(help="YAML with parameters of training needs; the app downloads such a file.")] = None,
    seller: Annotated[list[str] | None, typer.Option(help="Only this person, by id or unique name; may be repeated.")] = None,
    format_: Annotated[str, typer.Option("--format", help="html, xlsx or both, with a comma.")] = "html,xlsx",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the sheets.")] = Path("reports/development"),
    user: User = None,
    language: Language = None,
) -> None:
    """Write a development sheet for each person, and the training plan of everybody as a workbook."""
    from salesplan.cli.development_sheets import run_development_sheets

    _stop(run_development_sheets(workspace, params=params, period=period, sellers=seller or [], formats=format_,
                                 output=output, user=user, language=language))


@app.command(epilog="Examples: `salesplan review -w company --period 2026-10 --jobs 2` · "
                    "`salesplan review -w company --units 华东,华东-一组 --format html,pdf -l zh --resume` · "
                    "exit code 3 when some units failed")
def review(
    workspace: Workspace,
    period: Annotated[str, typer.Option(help="Month such as 2026-10; default: the last complete month.")] = "",
    units: Annotated[str, typer.Option(
        help="all, or with commas: ids, names, paths (华东-一组), level:team, 华东/* for a unit with all below it.")] = "all",
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Units at a time.")] = 2,
    format_: Annotated[str, typer.Option("--format", help="html (always made), pdf, xlsx, with commas.")] = "html,pdf,xlsx",
    resume: Annotated[bool, typer.Option("--resume", help="Leave out units that are done with the same data and parameters.")] = False,
    params: Annotated[Path | None, typer.Option(
        help="YAML with parameters; NAME.UNIT.yaml beside it changes those of one unit. "
             "Default: params/monthly_review.yaml of the workspace or of this folder.")] = None,
    output: Annotated[Path, typer.Option(
        "--output", "-o", help="Folder of the reviews; each month gets its own in it.")] = Path("reports/review"),
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler (tcp://…) to run on instead of here.")] = "",
    notebook: Annotated[str, typer.Option(help="Name of a notebook, or path of your own.")] = "monthly_review",
    language: Annotated[str | None, typer.Option("--language", "--lang", "-l", help="zh or en; default: the workspace's.")] = None,
) -> None:
    """Review a month: every unit's report, and an index page over them."""
    from salesplan.cli.review import run_monthly_review
    from salesplan.cli.scope import refuse_user

    refuse_user("review")
    _stop(run_monthly_review(workspace, period=period, units=units, jobs=jobs, formats=format_, language=language,
                             resume=resume, params=params, output=output, scheduler=scheduler, notebook=notebook))


@app.command(epilog="Examples: `salesplan digest -w company --period 2026-10` · "
                    "`salesplan digest -w company --period 2026-10 --send`")
def digest(
    workspace: Workspace,
    period: Annotated[str, typer.Option(help="Month of the reviews, such as 2026-10.")],
    reviews: Annotated[Path, typer.Option(help="Folder of the reviews, as `salesplan review` wrote them.")] = Path("reports/review"),
    send: Annotated[bool, typer.Option("--send", help="Really send; without it only show what would go to whom.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Send even what was sent before.")] = False,
    language: Language = None,
) -> None:
    """Write each recipient's digest out of their own units' reviews, show it, and send it when asked."""
    from salesplan.cli.digest import run_digest
    from salesplan.cli.scope import refuse_user

    refuse_user("digest")
    _stop(run_digest(workspace, period=period, reviews=reviews, send=send, again=again, language=language))


@app.command(name="app", epilog="Examples: `salesplan app -w company` · "
                                "`SALESPLAN_PASSWORD=… salesplan app -w company --ip 0.0.0.0 --port 8866`")
def app_(
    workspace: Workspace,
    notebook: Annotated[str, typer.Argument(help="Which app.")] = "target_setting",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.")] = 8866,
    ip: Annotated[str, typer.Option(help="Address to listen on; any but loopback needs a password or token.")] = "127.0.0.1",
    password: Annotated[str | None, typer.Option(envvar="SALESPLAN_PASSWORD", help="Ask for this password.")] = None,
    token: Annotated[str | None, typer.Option(envvar="SALESPLAN_TOKEN", help="Ask for this token.")] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = False,
    user: User = None,
    language: Language = None,
) -> None:
    """Serve a notebook as an app, to the whole company's analysts or, with --user, as one person may see it."""
    from salesplan.cli.locate import find_notebook

    _serve(find_notebook(notebook), workspace, port=port, ip=ip, password=password, token=token,
           open_browser=open_browser, user=user, language=language)


@app.command(epilog="Examples: `salesplan schema` · `salesplan schema order_line --format csv`")
def schema(
    table: Annotated[str | None, typer.Argument(help="One table; default: all.")] = None,
    format_: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    language: Annotated[str, typer.Option("--language", "-l", help="zh or en, of the meanings.")] = "en",
) -> None:
    """List the canonical tables and columns: name, kind, meaning, in zh and en."""
    from salesplan.cli.importing import print_schema

    _stop(print_schema(table, format_, language=language))


def _serve(notebook: Path, workspace: Path, *, user: str | None, **options: object) -> None:
    from salesplan.apps.server import run_app
    from salesplan.cli.scope import check_user
    from salesplan.cli.speaking import speak
    from salesplan.data.workspace import Workspace as Folder
    from salesplan.text import say

    folder = Folder(workspace).require()
    language = str(options.pop("language") or folder.settings.language)
    speak(language)
    run_app(notebook, workspace=folder.path, language=language, user=check_user(user, workspace=folder.path, notebook=notebook.stem),
            announce=lambda address: typer.echo(say("The app is at {address} (Ctrl+C ends it)", language, address=address)),
            **options)  # type: ignore[arg-type]


def _stop(code: int) -> None:
    if code:
        raise typer.Exit(code)


def run() -> None:
    """Run the command asked for; turn errors into one line and an exit code."""
    from salesplan.cli.exits import Exit
    from salesplan.cli.speaking import speak, spoken
    from salesplan.errors import SalesplanError
    from salesplan.text.spoken_errors import say_error

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    speak("en")
    try:
        app()
    except SalesplanError as error:
        typer.secho(f"{type(error).__name__}: {say_error(error, spoken())}", fg="red", err=True)
        sys.exit(Exit.FAILED)
    except (PermissionError, FileNotFoundError, IsADirectoryError) as error:
        typer.secho(f"{type(error).__name__}: {error.strerror}: {error.filename}", fg="red", err=True)
        sys.exit(Exit.FAILED)
    except KeyboardInterrupt:
        typer.secho("Stopped.", fg="yellow", err=True)
        sys.exit(Exit.INTERRUPTED)
