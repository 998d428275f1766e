"""Files a person takes away: made in the kernel, handed over inside the page, no address needed."""

import base64
import html
from typing import TYPE_CHECKING

from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.apps.target_model import TargetModel

MIMES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "application/x-yaml",
    "ics": "text/calendar;charset=utf-8",
    "csv": "text/csv;charset=utf-8",
}


def download_link(content: bytes, filename: str, caption: str, *, start: bool = False) -> str:
    """A link that saves the content; ``start`` lets the app's page follow it at once.

    Examples
    --------
    >>> download_link(b"a: 1", "p.yaml", "Parameters")
    '<a class="sp-download" download="p.yaml" href="data:application/x-yaml;base64,YTogMQ==">Parameters <small>(1 kB)</small></a>'
    """
    mime = MIMES.get(filename.rsplit(".", 1)[-1], "application/octet-stream")
    size = max(1, round(len(content) / 1024))
    return (
        f'<a class="sp-download" {"data-sp-start " if start else ""}download="{html.escape(filename)}" '
        f'href="data:{mime};base64,{base64.b64encode(content).decode()}">{html.escape(caption)} <small>({size} kB)</small></a>'
    )


def plan_workbook(model: "TargetModel", language: str) -> tuple[bytes, str]:
    """The plan shown, as a workbook, and its file name."""
    from salesplan.reporting.workbook import export_plan_workbook

    content = export_plan_workbook(model.plan, language=language)
    return content, say("target_plan_{year}", language, year=model.plan.year_label) + ".xlsx"


def plan_parameters(model: "TargetModel", language: str) -> tuple[bytes, str]:
    """The parameters of the plan shown, as the file a report run reads."""
    from salesplan.reporting.params_yaml import write_params

    parameters = model.parameters_with_scenario().with_changes(language=language)
    return write_params(parameters).encode(), "target_setting.yaml"


def plan_timetable(model: "TargetModel", language: str) -> tuple[bytes, str]:
    """The planning calendar of the plan's year, for Outlook or a telephone."""
    from salesplan.targets.timetable import planning_timetable

    country = str(getattr(getattr(model.data, "settings", None), "country", "CN"))
    content = planning_timetable(model.plan.year, country=country).to_ics(language)
    return content, say("planning_calendar_{year}", language, year=model.plan.year_label) + ".ics"
