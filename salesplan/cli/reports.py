"""``salesplan report``: a notebook into a page, and for a target plan the workbook beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
import yaml

from salesplan.cli.exits import Exit
from salesplan.cli.locate import COMMAND_LINE, find_notebook
from salesplan.cli.progress import progress_bar
from salesplan.cli.scope import check_user, seen_by
from salesplan.cli.speaking import speak
from salesplan.errors import InputError, ParameterError, Sentence
from salesplan.text import LANGUAGES, check_language, say

_TRIAL_WEIGHTINGS = 100


def run_reports(
    notebook: str, workspace: Path, *, params: Path | None, assignments: list[str], output: Path, user: str | None = None,
    language: str | None,
) -> int:
    """Run one notebook and say where its page lies."""
    from salesplan.data.workspace import Workspace
    from salesplan.reporting.params_yaml import read_params

    speak(language)
    source = find_notebook(notebook)
    folder = Workspace(workspace).require()
    values: dict[str, Any] = dict(read_params(params)) if params else {}
    values.update(read_assignments(assignments))
    if language is not None:
        values["language"] = check_language(language)
    values.setdefault("language", folder.settings.language)
    if values["language"] in LANGUAGES:
        speak(values["language"])
    user = check_user(user, workspace=folder.path, notebook=source.stem)
    check_parameters(source.stem, values, workspace=folder.path)
    for path in write_report(source, folder.path, values, output=output, user=user):
        typer.echo(path)
    return Exit.OK


def check_parameters(notebook: str, values: Mapping[str, Any], *, workspace: Path) -> None:
    """Refuse wrong parameters of the kit's own notebooks, and files they name, before a kernel is started.

    Raises
    ------
    ParameterError, InputError, DataError
        As from the parameters' own ``read``, and from reading a decision file.
    """
    if notebook == "target_setting":
        from salesplan.targets.parameters import TargetParameters

        TargetParameters.read(values)
    elif notebook == "kpi_weighting":
        from salesplan.kpis.parameters import KpiParameters

        KpiParameters.read(values)
    elif notebook == "training_needs":
        from salesplan.coaching.parameters import CoachingParameters

        CoachingParameters.read(values)
    elif notebook == "monthly_review":
        from salesplan.review.parameters import ReviewParameters

        ReviewParameters.read(values)
    elif notebook == "system_selection":
        from salesplan.selection.parameters import SelectionParameters

        if file := SelectionParameters.read(values).decision_file:
            _check_decision(workspace, file)


def _check_decision(workspace: Path, file: str) -> None:
    """Refuse a decision file from which no choice can be computed."""
    from salesplan.data.decision_file import read_decision_file
    from salesplan.selection import Decision, choose_system

    decision = Decision.read(read_decision_file(workspace, file), where=file)
    try:
        choose_system(decision, n=_TRIAL_WEIGHTINGS)
    except InputError as error:
        raise InputError(error.what, where=f"{file}, {error.where}".rstrip(", "), fix=error.fix) from error


def read_assignments(assignments: list[str]) -> dict[str, Any]:
    """Read ``name=value`` pairs; values are YAML (``0.15``, ``[华东]``, ``true``, text).

    Examples
    --------
    >>> read_assignments(["growth=0.15", "regions=[华东]", "plan_year=2027"])
    {'growth': 0.15, 'regions': ['华东'], 'plan_year': 2027}
    """
    values: dict[str, Any] = {}
    for item in assignments:
        name, equals, text = item.partition("=")
        if not equals or not name:
            raise ParameterError(Sentence("parameter == {given}, must be name=value", given=repr(item)), where=COMMAND_LINE,
                                 fix=Sentence("Write for instance -p growth=0.15."))
        try:
            values[name.strip()] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ParameterError(Sentence("{name} == {given}, must be a YAML value", name=name, given=repr(text)),
                                 where=COMMAND_LINE, fix=Sentence("Quote text that holds : or [.")) from error
    return values


def write_report(source: Path, workspace: Path, values: Mapping[str, Any], *, output: Path, user: str | None = None) -> list[Path]:
    """Run a notebook, write its page and, for a target plan, its workbook; the files that were made."""
    from salesplan.reporting.run import run_report

    language = str(values["language"])
    with progress_bar() as report, seen_by(user):
        label = say("Running {name}", language, name=source.stem)
        page = run_report(source, dict(values), output_dir=output, workspace=workspace,
                          progress=lambda done, total: report(label, done, total))
    made = [page]
    if source.stem == "target_setting":
        made.append(_write_plan(workspace, values, output=output, user=user))
    return made


def _write_plan(workspace: Path, values: Mapping[str, Any], *, output: Path, user: str | None) -> Path:
    from salesplan.data import load
    from salesplan.reporting.workbook import export_plan_workbook
    from salesplan.targets import TargetParameters, plan_targets

    parameters = TargetParameters.read(values)
    data = load(workspace, user=user, products=parameters.products or None, regions=parameters.regions or None)
    return export_plan_workbook(plan_targets(data, parameters), output.resolve() / "target_plan.xlsx", language=parameters.language)
