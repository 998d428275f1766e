"""``salesplan import``, ``check`` and ``schema``: data in, data trusted, tables listed."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from salesplan.cli.exits import Exit
from salesplan.cli.progress import progress_bar
from salesplan.cli.speaking import speak
from salesplan.errors import InputError, known_choices
from salesplan.text import check_language, say
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    import pandas as pd

    from salesplan.data.import_report import ImportReport
    from salesplan.data.mapping import Mapping
    from salesplan.data.workspace import Workspace

FORMATS = ("table", "csv", "json")


def run_import(
    path: Path, workspace: Path, *, mapping: str | None, yes: bool, acknowledge: list[str], tables: list[str],
    language: str | None,
) -> int:
    """Import, print the reconciliation and write the data-quality report."""
    from salesplan.cli.locate import find_notebook
    from salesplan.cli.reports import write_report
    from salesplan.data.importing import import_files
    from salesplan.data.workspace import Workspace

    folder = Workspace(workspace)
    lang = check_language(language or (folder.settings.language if folder.exists else "zh"))
    speak(lang)

    def ask(proposed: "Mapping") -> bool:
        typer.echo(proposed.to_yaml())
        for rule in proposed.files:
            if rule.not_used:
                typer.echo(say("{file}: columns not used: {columns}", lang, file=rule.match, columns=", ".join(rule.not_used)))
        if asks_nobody():
            typer.echo(say("Give --yes or --mapping: nobody can be asked here whether the proposed mapping is right", lang),
                       err=True)
            raise typer.Exit(Exit.USAGE)
        return typer.confirm(say("Use this mapping? It is saved in the workspace and can be edited there.", lang))

    with progress_bar() as report:
        outcome = import_files(path, folder, mapping=mapping, confirm=None if yes else ask,
                               acknowledge=acknowledge, tables=read_tables(tables),
                               progress=lambda step, done, total: report(say(step, lang), done, total))
    lang = check_language(language or folder.settings.language)  # a first import brings the mapping's
    print_import(outcome, lang)
    if not outcome.nothing_new or _report_is_missing(folder):
        _remove_stale_runs(folder)
        for page in write_report(find_notebook("data_quality"), folder.path, {"language": lang}, output=folder.reports):
            typer.echo(page)
    held = len(outcome.quarantine) if outcome.nothing_new else outcome.rows_quarantined
    return Exit.QUARANTINED if held else Exit.OK


def _report_is_missing(folder: "Workspace") -> bool:
    """Whether the data-quality page is absent or older than the last load (an import was cut off before it)."""
    page = folder.reports / "data_quality.html"
    newest = max((log.stat().st_mtime for log in folder.loads.glob("*.yaml")), default=0.0)
    return not page.is_file() or page.stat().st_mtime < newest


def _remove_stale_runs(folder: "Workspace") -> None:
    """Take away what a report that was cut off left behind."""
    for scratch in folder.reports.glob(".run-*"):
        shutil.rmtree(scratch, ignore_errors=True)


def read_tables(pairs: list[str]) -> dict[str, str]:
    """Read ``FILE=TABLE`` pairs.

    Examples
    --------
    >>> read_tables(["订单.xlsx[Sheet1]=order_line"])
    {'订单.xlsx[Sheet1]': 'order_line'}
    """
    chosen = {}
    for pair in pairs:
        file, equals, table = pair.rpartition("=")
        if not equals or not file:
            raise InputError(f"table == {pair!r}, must be FILE=TABLE", where="command line",
                             fix="Write for instance --table orders.csv=order_line.")
        chosen[file] = table
    return chosen


def asks_nobody() -> bool:
    """Whether the command runs where nobody can answer (a script); a proposal then needs ``--yes``."""
    return not sys.stdin.isatty()


def print_import(outcome: "ImportReport", lang: str) -> None:
    """Print the account of an import as sentences."""
    for line in outcome.lines(lang):
        typer.echo(line)


def run_check(workspace: Path, *, language: str | None) -> int:
    """Print how far the data can be trusted."""
    from salesplan.data.quality import check_quality
    from salesplan.data.workspace import Workspace

    speak(language)
    folder = Workspace(workspace).require()
    lang = check_language(language or folder.settings.language)
    speak(lang)
    quality = check_quality(folder)
    for msgid, details in quality.summary():
        typer.echo(say_details(msgid, details, lang, currency=folder.settings.currency))
    return Exit.QUARANTINED if len(quality.quarantine) else Exit.OK


def print_schema(table: str | None, format_: str, *, language: str) -> int:
    """Print the canonical tables and columns."""
    from salesplan.data.schema import schema_frame

    if format_ not in FORMATS:
        raise InputError(f"format == {format_!r}, must be an output format", where="command line",
                         fix=known_choices(format_, FORMATS))
    frame = schema_frame(table, language=check_language(language))
    if format_ == "csv":
        frame.to_csv(sys.stdout, index=False)
    elif format_ == "json":
        typer.echo(frame.to_json(orient="records", force_ascii=False, indent=2))
    else:
        _print_table(frame)
    return Exit.OK


def _print_table(frame: "pd.DataFrame") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for name, rows in frame.groupby("table", sort=False):
        shown = Table(title=str(name), title_justify="left", title_style="bold", box=None, pad_edge=False)
        for heading in ("column", "kind", "", "zh", "meaning"):
            shown.add_column(heading, no_wrap=heading in ("column", "kind"))
        for row in rows.to_dict("records"):
            need = "key" if row["in_key"] else "required" if row["required"] else ""
            meaning = f"{row['meaning']} {row['choices']}" if row["choices"] else str(row["meaning"])
            shown.add_row(str(row["column"]), str(row["kind"]), need, str(row["zh"]), meaning)
        console.print(shown, end="\n\n")
