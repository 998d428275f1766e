"""``salesplan templates``: the workbooks that are handed out to collect skills, assessments, courses, goals and mentors."""

from pathlib import Path

import typer

from salesplan.cli.exits import Exit
from salesplan.text import check_language, say


def run_templates(folder: Path, *, workspace: Path | None, user: str | None, source: str, language: str | None) -> int:
    """Write the templates; say where they lie and how they come back."""
    from salesplan.data.templates import export_templates
    from salesplan.data.workspace import Workspace

    space = None if workspace is None else Workspace(workspace).require()
    lang = check_language(language or (space.settings.language if space else "zh"))
    made = export_templates(folder, language=lang, workspace=space, user=user, source=source)
    for path in made:
        typer.echo(str(path))
    typer.echo(say("Fill them in, then import them: salesplan import {folder} --workspace {workspace}", lang, folder=folder,
                   workspace=workspace or "WORKSPACE"))
    return Exit.OK
