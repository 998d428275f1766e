"""Files a person takes away from the coaching panel, made in the kernel."""

from typing import TYPE_CHECKING

from salesplan.apps.panel_frame import Made
from salesplan.errors import InputError
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.apps.coaching_model import CoachingModel

FILENAME = mark("development_{seller}_{period}")


def training_file(model: "CoachingModel", language: str) -> Made:
    """The plan on the screen as a workbook, with needs, causes and mentors of the people the reader may see."""
    from salesplan.reporting.training_workbook import export_training_workbook

    _prove(model)
    content = export_training_workbook(model.needs, language=language)
    return content, say(mark("training_plan_{period}"), language, period=model.data.label) + ".xlsx"


def coaching_parameters(model: "CoachingModel", language: str) -> Made:
    """The parameters as the panel stands, as the file a report run reads."""
    from salesplan.reporting.params_yaml import write_params

    return write_params(model.parameters.with_changes(language=language)).encode(), "training_needs.yaml"


def sheet_page(model: "CoachingModel", language: str) -> Made:
    """The development sheet of the person who is open, as a page."""
    from salesplan.reporting.development_html import development_html

    who = _person(model, language)
    _prove(model)
    sheet = model.sheet_of(who)
    return development_html(sheet).encode(), _filename(model, language) + ".html"


def sheet_file(model: "CoachingModel", language: str) -> Made:
    """The development sheet of the person who is open, as a workbook whose gaps follow the levels."""
    from salesplan.reporting.development_workbook import development_workbook

    who = _person(model, language)
    _prove(model)
    return development_workbook(model.sheet_of(who)), _filename(model, language) + ".xlsx"


def _prove(model: "CoachingModel") -> None:
    """Wait for the proof, so that screen and file hold the plan that a report of the same budget gives."""
    if model.following is None and (proof := model.proof()) is not None:
        model.take(proof)


def _person(model: "CoachingModel", language: str) -> str:
    if not model.drill.person:
        raise InputError(say(mark("Open a person in the heatmap first."), language))
    return model.drill.person


def _filename(model: "CoachingModel", language: str) -> str:
    return say(FILENAME, language, seller=model.drill.person, period=model.data.label)
