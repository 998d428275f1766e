"""Files a person takes away from the KPI panel, made in the kernel."""

from typing import TYPE_CHECKING

from salesplan.apps.kpi_person import statement_of
from salesplan.errors import InputError
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel

Made = tuple[bytes, str]


def weighting_parameters(model: "KpiModel", language: str) -> Made:
    """The parameters as the panel stands, as the file a report run reads."""
    from salesplan.reporting.params_yaml import write_params

    return write_params(model.parameters.with_changes(language=language)).encode(), "kpi_weighting.yaml"


def scorecard_file(model: "KpiModel", language: str) -> Made:
    """Everybody's score under the scheme on the screen, as a workbook, and its file name."""
    from salesplan.reporting.scorecard_workbook import export_scorecard_workbook

    data = model.data
    content = export_scorecard_workbook(model.shown_card(), language=language, library=model.library, profiles=data.profiles,
                                        source=data.source, currency=data.currency)
    return content, say("scorecard_{period}", language, period=model.card().period) + ".xlsx"


def statement_page(model: "KpiModel", language: str) -> Made:
    """The statement of the person who is open, as a page."""
    from salesplan.reporting.statement_html import statement_html

    statement = statement_of(model, _person(model, language), language)
    return statement_html(statement).encode(), _filename(model, language) + ".html"


def statement_file(model: "KpiModel", language: str) -> Made:
    """The statement of the person who is open, as a workbook that computes the score again."""
    from salesplan.reporting.statement_workbook import statement_workbook

    statement = statement_of(model, _person(model, language), language)
    return statement_workbook(statement, currency=model.data.currency), _filename(model, language) + ".xlsx"


def _person(model: "KpiModel", language: str) -> str:
    if not model.people.person:
        raise InputError(say("Open a person in the table first.", language))
    return model.people.person


def _filename(model: "KpiModel", language: str) -> str:
    return say("statement_{seller}_{period}", language, seller=model.people.person, period=model.card().period)
