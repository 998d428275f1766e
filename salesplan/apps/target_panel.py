"""The target panel: sliders left, plan right; the same object prints itself into a report."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import pandas as pd

from salesplan.apps import downloads, panel_html
from salesplan.apps.context import app_user, app_workspace
from salesplan.apps.drill_card import DrillCard
from salesplan.apps.findings_card import FindingsCard
from salesplan.apps.later import Later
from salesplan.apps.panel_controls import Controls
from salesplan.apps.panel_frame import Made, PanelFrame
from salesplan.apps.panel_pictures import WIDTH, PictureCards, draw_picture
from salesplan.apps.plan_versions import Place, PlanVersions
from salesplan.apps.rules_card import RulesCard
from salesplan.apps.target_model import KNOBS, ReviewTargets, SetTargets, TargetModel
from salesplan.apps.versions_card import VersionsCard
from salesplan.hierarchy import ALL_LINES
from salesplan.plots import Chart
from salesplan.plots.targets import shown_name
from salesplan.text import check_language, mark, say
from salesplan.text.numbers import format_month

if TYPE_CHECKING:
    from salesplan.targets.parameters import TargetParameters

PLAN_FILE = "plan.db"
VERSIONS_WAIT = 1.0  # seconds until the versions are read: after figures, pictures and findings


class TargetPanel(PanelFrame):
    """Sliders left, the plan right.

    Parameters
    ----------
    model
        State and rules; tests move it without a browser.
    language
        Language of everything in the panel.
    versions
        Where versions of the plan are kept; without it they cannot be saved.
    """

    title = mark("Target panel")
    model: TargetModel

    def __init__(self, model: TargetModel, language: str, *, versions: PlanVersions | None = None) -> None:
        super().__init__(model, language)
        self.controls = Controls(model, language)
        self.crumbs = w.HBox()
        self.kpis, self.compared = w.HTML(), w.HTML()
        self.drill = DrillCard(model, language, safe=self._safe)
        self.rules = RulesCard(model, language, safe=self._safe)
        self.pictures = PictureCards(model, language, safe=self._safe, aside=self._aside)
        self.findings = FindingsCard(model, language, aside=self._aside) if model.review_targets else None
        self.versions: VersionsCard | None = None
        if versions is not None:
            self.versions = VersionsCard(model, versions, language=language, safe=self._safe)
            self._compare_later = Later(self._aside(self.versions.follow), seconds=VERSIONS_WAIT)
        self.line = w.Dropdown(
            options=[(say("All product lines", language), ALL_LINES), *[(str(n), n) for n in model.plan.lines]],
            value=model.product_line,
            description=say("Product line", language),
        )
        self.region = w.Dropdown(options=self._regions(), value="", description=say("Region", language))
        self.controls.children = [*self.controls.children, self.rules, self._scenario_card(), self._download_card()]
        self.children = [w.HTML(panel_html.panel_style()), self.banner, w.HBox([self.controls, self._right_side()])]
        self.children[2].add_class("sp-panel")
        self._listen()
        self.redraw()
        self._follow()

    def _note(self, text: str, **values: Any) -> str:
        return f'<p class="sp-note">{panel_html.e(self._say(text, **values))}</p>'

    def _show_banner(self, text: str) -> None:
        if text or not self.model.is_stale:  # a plan that cannot be made stays told until it is mended
            self.banner.value = text

    def _regions(self) -> list[tuple[str, str]]:
        units = self.model.plan.hierarchy.units
        below = units[units["parent_id"] == self.model.top]
        inner = below[below["unit_id"].isin(units["parent_id"])]
        return [
            (self._say(mark("Whole company")), ""),
            *[(str(n), str(u)) for u, n in zip(inner["unit_id"], inner["name"], strict=True)],
        ]

    def _right_side(self) -> w.VBox:
        only = w.HTML(self._note(mark("View only; the plan covers the whole company.")))
        filters = w.HBox([self.region, self.line, only])
        filters.add_class("sp-filters")
        self.crumbs.add_class("sp-crumbs")
        more = [card for card in (self.findings, self.versions) if card is not None]
        side = w.VBox([w.HBox([self.crumbs, filters]), self.kpis, self.pictures, self.drill, *more])
        side.children[0].add_class("sp-where")
        side.add_class("sp-result")
        return side

    def _button(self, text: str, icon: str, action: Callable[[], Any], *, kind: str = "") -> w.Button:
        button = w.Button(description=self._say(text), icon=icon, layout={"width": "auto"})
        button.add_class("sp-button")
        if kind:
            button.add_class(kind)
        button.on_click(self._safe(lambda _: action()))
        return button

    def _scenario_card(self) -> w.VBox:
        keep_a = self._button(mark("Keep as A"), "bookmark", lambda: self._keep("A"), kind="sp-keep-a")
        keep_b = self._button(mark("Keep as B"), "bookmark-o", lambda: self._keep("B"), kind="sp-keep-b")
        reset = self._button(mark("Back to the start"), "undo", self.reset, kind="sp-reset")
        buttons = w.HBox([keep_a, keep_b, reset])
        buttons.add_class("sp-buttons")
        return self.controls._card("fa-columns", mark("Scenarios"), buttons, self.compared)

    def _download_card(self) -> w.VBox:
        buttons = w.HBox(
            [
                self._button(
                    mark("Plan (XLSX)"),
                    "file-excel-o",
                    lambda: self._hand_over(downloads.plan_workbook),
                    kind="sp-get-xlsx",
                ),
                self._button(
                    mark("Parameters (YAML)"),
                    "file-text-o",
                    lambda: self._hand_over(downloads.plan_parameters),
                    kind="sp-get-yaml",
                ),
                self._button(
                    mark("Calendar (ICS)"),
                    "calendar",
                    lambda: self._hand_over(downloads.plan_timetable),
                    kind="sp-get-ics",
                ),
            ]
        )
        buttons.add_class("sp-buttons")
        return self.controls._card("fa-download", mark("Downloads"), buttons, self.links)

    def _listen(self) -> None:
        self.model.observe(self._safe(self._recompute), list(KNOBS))
        self.model.observe(self._safe(lambda _: self.redraw()), ["unit_id", "month", "product_line", "view"])
        self.line.observe(self._safe(lambda change: self._choose_line(change["new"])), "value")
        self.region.observe(self._safe(lambda change: self.model.open_unit(change["new"] or self.model.top)), "value")

    def _recompute(self, change: Any = None) -> None:
        self.add_class("sp-stale")
        self.links.value = ""
        self.model.recompute()
        self.redraw()
        self.remove_class("sp-stale")
        self._follow()

    def _follow(self) -> None:
        """What is not of the node but of the whole plan follows when the sliders rest."""
        if self.findings is not None:
            self.findings.follow()
        if self.versions is not None:
            self._compare_later.ask()

    def _choose_line(self, line: str) -> None:
        self.model.product_line = line

    def reset(self) -> None:
        """Every knob back to where the panel started."""
        self.model.take(self.model.base)

    def _keep(self, name: str) -> None:
        self.model.keep(name)
        self._show_scenarios()
        if self.pictures.shows("scenarios"):
            self.pictures.draw()

    def _hand_over(self, make: Callable[[Any, str], Made]) -> None:
        super()._hand_over(make)
        if make is downloads.plan_parameters and self.model.file_holds_a:
            self.links.value += self._note(mark("The file holds scenario A, and what B on the screen sets otherwise."))

    def redraw(self) -> None:
        """Show the plan of the node looked at."""
        model = self.model
        self.kpis.value = panel_html.kpi_cards(model.plan, node=model.node, language=self.language)
        self._draw_crumbs()
        self.drill.draw()
        self._show_scenarios()
        self.pictures.later.ask()

    def _draw_crumbs(self) -> None:
        names = self.model.plan.nodes
        trail: list[w.Widget] = []
        path = self.model.path()
        for unit in path:
            name = shown_name(names.loc[f"{unit}|{ALL_LINES}"], self.language)
            last = unit == path[-1] and not self.model.month
            trail.append(self._crumb(name, partial(self.model.open_unit, unit), here=last))
        if self.model.month:
            name = format_month(pd.Period(self.model.month, freq="M"), self.language)
            trail.append(self._crumb(name, lambda: None, here=True))
        self.crumbs.children = trail

    def _crumb(self, name: str, action: Callable[[], Any], *, here: bool) -> w.Button:
        crumb = w.Button(description=name, tooltip=name, layout={"width": "auto"})
        crumb.add_class("sp-crumb-here" if here else "sp-crumb")
        crumb.on_click(self._safe(lambda _: action()))
        return crumb

    def _show_scenarios(self) -> None:
        if self.model.scenario_a is not None and self.model.scenario_b is not None:
            self.compared.value = self._scenario_html()
        else:
            self.compared.value = self._note(mark("Keep a plan as A, move a slider, keep another as B."))

    def _scenario_html(self) -> str:
        a, b = self.model.scenario_a, self.model.scenario_b
        if a is None or b is None:
            return ""
        return panel_html.scenario_table(a, b, node=self.model.node, language=self.language, paired=self.model.paired())

    def picture_of(self, kind: str) -> Chart:
        """One of the panel's pictures, of the node looked at."""
        return draw_picture(kind, self.model, self.language)

    def snapshot(self) -> str:
        """The panel as plain HTML: what it shows now, and the whole organisation to open."""
        model, lang = self.model, self.language
        first, rows = self.drill.drill_rows()
        kinds = [
            "history",
            "months",
            *(["carried"] if model.has_children() else []),
            "chance",
            *(["scenarios"] if model.scenario_b is not None else []),
        ]
        pictures = "".join(
            f'<div class="sp-card sp-picture">{self.picture_of(k).svg(width=WIDTH)}</div>' for k in kinds
        )
        compared = ""
        if model.scenario_a is not None and model.scenario_b is not None:
            table = self._scenario_html()
            compared = f'<div class="sp-card"><h4>{panel_html.e(self._say(mark("Scenarios")))}</h4>{table}</div>'
        table = (
            panel_html.organisation_tree(model.plan, product_line=model.product_line, language=lang)
            if model.unit_id == model.top and model.view != "months"
            else panel_html.static_table(rows, first=first, language=lang, currency=model.plan.currency)
        )
        return (
            f'{panel_html.panel_style()}<div class="sp-target-panel sp-snapshot">'
            f"{panel_html.settings_table(model.plan, language=lang)}"
            f"{panel_html.kpi_cards(model.plan, node=model.node, language=lang)}"
            f'<div class="sp-pictures">{pictures}</div>{compared}<div class="sp-card sp-table-card">{table}</div></div>'
        )


def target_panel(
    data: Any,
    forecast: Any,
    parameters: "TargetParameters",
    *,
    language: str | None = None,
    set_targets: SetTargets | None = None,
    review_targets: ReviewTargets | None = None,
    store: Place | None = None,
) -> TargetPanel:
    """The panel with which a plan is set, tried out and taken away.

    Parameters
    ----------
    data
        Loaded sales data, already scoped to the person who looks.
    forecast
        Forecast of the same organisation and year.
    parameters
        Where the sliders start; ``scenario_b`` fills scenario B.
    language
        The parameters' language by default.
    set_targets
        ``(data, forecast, parameters) -> TargetPlan``; the kit's own by default.
    review_targets
        ``(plan, data) -> list[Finding]`` for the findings under the table; the kit's own beside its own
        ``set_targets``.
    store
        Where versions of the plan are kept: a `PlanStore`, its URL or path; by default ``plan.db`` of the
        workspace. Without either there is no card to save versions.

    Raises
    ------
    SalesplanError
        The first plan cannot be made; later failures are shown in the panel.
    """
    lang = check_language(language or parameters.language)
    review = review_targets or (_own_review if set_targets is None else None)
    model = TargetModel(
        data=data,
        forecast=forecast,
        parameters=parameters,
        set_targets=set_targets or _own_targets,
        review_targets=review,
    )
    folder = app_workspace(parameters.workspace)
    place = store if store is not None else Path(folder) / PLAN_FILE if folder else None
    return TargetPanel(model, lang, versions=None if place is None else PlanVersions(place, user=app_user()))


def _own_review(plan: Any, data: Any) -> Any:
    from salesplan.targets.reviewing import review_targets

    return review_targets(plan, data)


def _own_targets(data: Any, forecast: Any, parameters: "TargetParameters") -> Any:
    from salesplan.targets.planning import year_to_plan
    from salesplan.targets.setting import set_targets

    return set_targets(data, forecast, parameters, year=year_to_plan(data, parameters))
