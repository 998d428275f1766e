"""``salesplan statements``: one score statement a person, and the workbook of everybody."""

from pathlib import Path

import typer

from salesplan.cli.exits import Exit
from salesplan.cli.progress import progress_bar
from salesplan.cli.speaking import speak
from salesplan.text import check_language, say


def run_statements(
    workspace: Path, *, params: Path | None, period: str, sellers: list[str], formats: str, output: Path,
    user: str | None, language: str | None,
) -> int:
    """Score a period and write the statements; say where they lie."""
    from salesplan.data.workspace import Workspace
    from salesplan.errors import ParameterError, Sentence, known_choices
    from salesplan.kpis.parameters import KpiParameters
    from salesplan.kpis.period_scores import score_period
    from salesplan.kpis.weighing import weigh_kpis
    from salesplan.reporting.kpi_period import open_kpi_period
    from salesplan.reporting.params_yaml import read_params
    from salesplan.reporting.scorecard_workbook import export_scorecard_workbook
    from salesplan.reporting.statements import export_statements, unscored_notes
    from salesplan.text.wording import say_details

    kinds = [kind.strip() for kind in formats.split(",") if kind.strip()]
    for kind in kinds or [""]:
        if kind not in ("html", "xlsx"):
            raise ParameterError(Sentence("format == {given}, must be html or xlsx", given=repr(kind)), where=Sentence("command line"),
                                 fix=known_choices(kind, ["html", "xlsx"]))
    speak(language)
    folder = Workspace(workspace).require()
    speak(language or folder.settings.language)
    values = dict(read_params(params)) if params else {}
    if period:
        values["period"] = period
    values.setdefault("language", folder.settings.language)
    parameters = KpiParameters.read(values)
    lang = check_language(language or parameters.language)
    opened = open_kpi_period(folder.path, parameters, user=user)
    scheme = opened.scheme
    if params:
        scheme = weigh_kpis(opened.data, scheme, parameters, library=opened.library).scheme(scheme)
    card = score_period(opened.data, scheme, library=opened.library, coverage=parameters.coverage, seed=parameters.seed,
                        rule_version=opened.rule_version if scheme is opened.scheme else scheme.rule_version)
    for note in [*opened.unreadable, *unscored_notes(card)]:
        typer.secho(say_details(note["msgid"], note["details"], lang), fg="yellow", err=True)
    chosen = [card.seller_of(name) for name in sellers] or None
    place = output / opened.data.label
    label = say("Writing statements", lang)
    with progress_bar() as report:
        made = export_statements(card, place, language=lang, library=opened.library, formats=tuple(kinds),
                                 sellers=chosen, profiles=opened.data.profiles,
                                 source=opened.data.source, currency=opened.data.currency,
                                 progress=lambda done, total: report(label, done, total))
    if chosen is None:
        made.append(export_scorecard_workbook(
            card, place / "scorecard.xlsx", language=lang, library=opened.library, profiles=opened.data.profiles,
            source=opened.data.source, currency=opened.data.currency))
    typer.echo(say("{n} {n:file|files} in {folder}", lang, n=len(made), folder=place))
    return Exit.OK
