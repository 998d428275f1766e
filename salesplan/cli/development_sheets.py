"""``salesplan development-sheets``: one development sheet a person, and the training plan of everybody."""

from pathlib import Path

import typer

from salesplan.cli.exits import Exit
from salesplan.cli.progress import progress_bar
from salesplan.text import check_language, say


def run_development_sheets(
    workspace: Path, *, params: Path | None, period: str, sellers: list[str], formats: str, output: Path,
    user: str | None, language: str | None,
) -> int:
    """Work out the training needs of a month and write the sheets; say where they lie."""
    from salesplan.coaching.parameters import CoachingParameters
    from salesplan.data.workspace import Workspace
    from salesplan.errors import ParameterError, known_choices
    from salesplan.reporting.coaching_period import open_coaching_period
    from salesplan.reporting.params_yaml import read_params
    from salesplan.reporting.person_sheets import export_development_sheets
    from salesplan.reporting.statements import FORMATS, write_whole
    from salesplan.reporting.training_workbook import export_training_workbook

    kinds = [kind.strip().lower() for kind in formats.split(",") if kind.strip()]
    for kind in kinds or [""]:
        if kind not in FORMATS:
            raise ParameterError(f"format == {kind!r}, must be html or xlsx", where="command line",
                                 fix=known_choices(kind, list(FORMATS)))
    folder = Workspace(workspace).require()
    values = dict(read_params(params)) if params else {}
    if period:
        values["period"] = period
    values.setdefault("language", folder.settings.language)
    parameters = CoachingParameters.read(values)
    lang = check_language(language or parameters.language)
    needs = open_coaching_period(folder.path, parameters, user=user)
    place = output / needs.data.label
    label = say("Writing development sheets", lang)
    plan = None if sellers else export_training_workbook(needs, language=lang)  # before a file is written: it asks for everything
    with progress_bar() as report:
        made = export_development_sheets(needs, place, language=lang, formats=kinds, sellers=sellers or None,
                                         progress=lambda done, total: report(label, done, total))
    if plan is not None:
        made.append(write_whole(place / "training_plan.xlsx", plan))
    typer.echo(say("{n} files in {folder}", lang, n=len(made), folder=place))
    return Exit.OK
