"""``salesplan digest``: one message a recipient out of a month's reviews; shown first, sent when asked."""

from pathlib import Path

import typer
from rich.console import Console

from salesplan.cli.exits import Exit
from salesplan.cli.speaking import speak
from salesplan.errors import DataError, Sentence
from salesplan.text import check_language, say


def run_digest(
    workspace: Path, *, period: str, reviews: Path, send: bool, again: bool, language: str | None
) -> int:
    """Show what would go to whom, or send it; say what became of each message."""
    from salesplan.data.recipients import read_recipients
    from salesplan.data.review_data import load_review_data
    from salesplan.data.workspace import Workspace
    from salesplan.reporting.delivery import OUTCOMES, deliver
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
    summaries, files = [], {}
    for line in read_run(folder / RUN_FILE)["units"]:
        record = read_record(folder / line["folder"])
        if record is not None and record.state == "done":
            summaries.append({**record.review, "name": record.name})
            files[record.unit_id] = {form: folder / record.folder / str(file["name"]) for form, file in record.files.items()}
    data = load_review_data(space, period=period)
    digests = make_digests(recipients, summaries, label=data.label, units=data.units, people=data.staff, files=files, language=lang)
    made = deliver(digests, folder=folder, send=send, again=again)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for one in made:
        console.print(f"— {one.digest.name} ({one.digest.user}) · {one.channel} {one.address} · {say(OUTCOMES[one.outcome], lang)}")
        if one.reason:
            console.print(f"  {say(one.reason, lang)}")
        if not send:
            console.print(f"  {one.digest.title}\n{one.digest.body}")
        for file in one.files:
            console.print(f"  + {file.relative_to(folder)}")
        for file in one.files_left_out:
            console.print(f"  – {file.relative_to(folder)}: {say('this channel carries no files', lang)}")
    if not send:
        typer.echo(say("Nothing was sent. Add --send to send it.", lang))
    return Exit.FAILED if any(one.outcome == "failed" for one in made) else Exit.OK
