"""``salesplan digest``: one message a recipient out of a month's reviews; shown first, sent when asked."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from salesplan.cli.exits import Exit
from salesplan.cli.speaking import speak
from salesplan.errors import DataError, Sentence
from salesplan.text import check_language, say
from salesplan.text.spoken_errors import say_error

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table


def run_digest(
    workspace: Path, *, period: str, reviews: Path, send: bool, again: bool, language: str | None
) -> int:
    """Show what would go to whom, or send it; say what became of each message."""
    from salesplan.data.recipients import read_recipients
    from salesplan.data.review_data import load_review_data
    from salesplan.data.workspace import Workspace
    from salesplan.reporting.delivery import deliver, deliveries_frame
    from salesplan.reporting.digest import make_digests
    from salesplan.reporting.review_record import RUN_FILE, read_record, read_run

    speak(language)
    space = Workspace(workspace).require()
    lang = check_language(language or space.settings.language)
    speak(lang)
    recipients = read_recipients(space)
    folder = reviews / period
    if not (folder / RUN_FILE).is_file():
        raise DataError(Sentence("there are no reviews of {period}", period=period), where=str(folder),
                        fix=Sentence("Run `salesplan review --period {period}` first.", period=period))
    run = read_run(folder / RUN_FILE)
    if run["state"] == "running":
        raise DataError(Sentence("the reviews of {period} are not finished", period=period), where=str(folder), fix=Sentence(
            "Wait until the run has ended; if it was stopped, go on with `salesplan review --period {period} --resume`.", period=period))
    summaries, files = [], {}
    for line in run["units"]:
        record = read_record(folder / line["folder"])
        if record is not None and record.state == "done":
            summaries.append({**record.review, "name": record.name})
            files[record.unit_id] = {form: folder / record.folder / str(file["name"]) for form, file in record.files.items()}
    data = load_review_data(space, period=period)
    digests = make_digests(recipients, summaries, label=data.label, units=data.units, people=data.staff, files=files, language=lang)
    made = deliver(digests.made, folder=folder, send=send, again=again)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for one in made:
        if not send or one.files or one.files_left_out:
            console.print(f"— {one.digest.name} ({one.digest.user}) · {one.channel}")
        if not send:
            console.print(f"  {one.digest.title}\n{one.digest.body}")
        if one.outcome == "would_fail":
            console.print(f"  ! {_said(one.reason, lang)}")
        for file in one.files:
            console.print(f"  + {file.relative_to(folder)}")
        for file in one.files_left_out:
            console.print(f"  – {file.relative_to(folder)}: {say('this channel carries no files', lang)}")
    if made:
        console.print(_table(deliveries_frame(made), [_said(one.reason, lang) if one.outcome == "failed" else "" for one in made], lang))
    for error in digests.left_out:
        typer.secho(say_error(error, lang), fg="yellow", err=True)
    if not send:
        typer.echo(say("Nothing was sent. Add --send to send it.", lang))
    if not made or any(one.outcome == "failed" for one in made):
        return Exit.FAILED
    return Exit.PARTLY_FAILED if digests.left_out or any(one.outcome == "would_fail" for one in made) else Exit.OK


def _said(reason: str, lang: str) -> str:
    if isinstance(reason, Sentence):
        return say(reason.msgid, lang, **reason.values)
    return say(reason, lang) if reason else ""


def _table(frame: "pd.DataFrame", reasons: list[str], lang: str) -> "Table":
    """What became of each message, a row each."""
    from rich.table import Table

    from salesplan.reporting.delivery import OUTCOMES
    from salesplan.text.captions import CAPTIONS

    said = frame.assign(delivery=[say(OUTCOMES[one], lang) for one in frame["delivery"]],
                        reason=reasons)
    said = said if said["reason"].any() else said.drop(columns="reason")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in said.columns:
        table.add_column(say(CAPTIONS[name], lang), no_wrap=name in ("recipient", "delivery"), overflow="fold",
                         justify="right" if name in ("units", "n_files", "n_files_left_out") else "left")
    for row in said.itertuples(index=False):
        table.add_row(*(str(value) for value in row))
    return table
