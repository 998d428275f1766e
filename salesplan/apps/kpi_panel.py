"""The KPI panel: judgements left, weights and people right; the same object prints itself into a report."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps import kpi_downloads, kpi_html
from salesplan.apps.beside import Beside
from salesplan.apps.context import app_language, app_user, app_workspace
from salesplan.apps.kpi_best_worst_card import BestWorstCard
from salesplan.apps.kpi_model import BEST_WORST, KpiModel, ReviewSet
from salesplan.apps.kpi_pairwise_card import DirectCard, PairwiseCard
from salesplan.apps.kpi_quality_card import QualityCard, stability_html
from salesplan.apps.kpi_scores_card import ScoresCard
from salesplan.apps.kpi_table import table_html
from salesplan.apps.kpi_versions import Place, SchemeVersions
from salesplan.apps.kpi_versions_card import SchemeVersionsCard
from salesplan.apps.kpi_weights_card import WeightsCard
from salesplan.apps.panel_frame import PanelFrame
from salesplan.apps.panel_html import head, note
from salesplan.kpis.weighing import METHOD_NAMES, Weighing
from salesplan.reporting.kpi_figures import said_period
from salesplan.text import check_language, mark

if TYPE_CHECKING:
    from salesplan.kpis.library import KpiLibrary
    from salesplan.kpis.parameters import KpiParameters
    from salesplan.kpis.scheme import KpiScheme

STORE_FILE = "plan.db"
REST = 0.35  # seconds without a moved slider until what need not follow every move is drawn
SNAPSHOT_ROWS = 15
FILES = (
    (mark("Scorecard (XLSX)"), "file-excel-o", kpi_downloads.scorecard_file, "sp-get-xlsx"),
    (mark("Parameters (YAML)"), "file-text-o", kpi_downloads.weighting_parameters, "sp-get-yaml"),
    (mark("Statement (HTML)"), "id-card-o", kpi_downloads.statement_page, "sp-get-statement"),
    (mark("Statement (XLSX)"), "id-card-o", kpi_downloads.statement_file, "sp-get-statement-xlsx"),
)


class KpiPanel(PanelFrame):
    """Judgements, weights and people of a KPI set.

    Parameters
    ----------
    model
        State and rules; tests move it without a browser.
    language
        Language of everything in the panel.
    versions
        Where versions of the scheme are kept; without it they cannot be saved.
    """

    title = mark("KPI panel")
    model: KpiModel

    def __init__(self, model: KpiModel, language: str, *, versions: SchemeVersions | None = None) -> None:
        super().__init__(model, language)
        self._filling = False
        self.headline = w.HTML()
        self.kpi_set = w.Dropdown(options=self._set_options(), value=model.set_code, description=self._say(mark("KPI set")))
        self.method = w.Dropdown(options=self._method_options(), value=model.method, description=self._say(mark("Weights by")))
        self.kpi_set.add_class("sp-k-choose-set")
        self.method.add_class("sp-k-choose-method")
        self.measured = w.HTML()
        self.pairwise, self.direct = (card(model, language, act=self._act) for card in (PairwiseCard, DirectCard))
        self.best_worst = BestWorstCard(model, language, act=self._act)
        self.weights = WeightsCard(model, language)
        self.scores = ScoresCard(model, language, act=self._act)
        self.quality = QualityCard(model, language, aside=self._aside)
        self.versions = None if versions is None else SchemeVersionsCard(model, versions, language=language, safe=self._safe)
        self.rest = Beside(self._prepare, self._aside(self._rest), seconds=REST)
        told = mark("Statements are of the person who is open in the table.")
        files = self._file_card(FILES, told)
        left = w.VBox([self._choice_card(), self.pairwise, self.best_worst, self.direct, files])
        left.add_class("sp-controls")
        more = [] if self.versions is None else [self.versions]
        right = w.VBox([self.headline, self.weights, self.scores, self.quality, *more])
        right.add_class("sp-result")
        body = w.HBox([left, right])
        body.add_class("sp-panel")
        self.children = [w.HTML(kpi_html.kpi_style()), self.banner, body]
        self.add_class("sp-kpi-panel")
        self.kpi_set.observe(partial(self._choose, model.choose_set), "value")
        self.method.observe(partial(self._choose, model.choose_method), "value")
        self.redraw()
        self.rest.ask()

    def _do(self, change: Callable[[], Any]) -> None:
        self.links.value = ""
        try:
            change()
        finally:
            self.redraw()
            self.rest.ask()

    def _choose(self, action: Callable[[str], None], change: Any) -> None:
        if not self._filling and change["new"]:
            self._act(partial(action, change["new"]))

    def _set_options(self) -> list[tuple[str, str]]:
        held = self.model.preview.before.totals["set"].value_counts()
        words = mark("{name} · {n} {n:person|people}")
        return [(self._say(words, name=one.name.said(self.language), n=int(held.get(one.code, 0))), one.code)
                for one in self.model.in_force.sets]

    def _method_options(self) -> list[tuple[str, str]]:
        return [(self._say(METHOD_NAMES[name]), name) for name in self.model.methods]

    def _choice_card(self) -> w.VBox:
        self.switch = self._button(mark("Compare pairs"), "exchange", self._switch_method, kind="sp-k-switch")
        reset = self._button(mark("Back to the start"), "undo", lambda: self._act(self.model.reset), kind="sp-reset")
        period = said_period(str(self.model.data.label), self.language)
        title = w.HTML(head("fa-sliders", self._say(mark("What counts how much?")))
                       + note(self._say(mark("Scores of {period}"), period=period)))
        best_worst = partial(self._act, partial(self.model.choose_method, BEST_WORST[0]))
        self.to_best_worst = self._button(mark("Best and worst only"), "arrows-v", best_worst, kind="sp-k-to-best-worst")
        buttons = w.HBox([self.switch, self.to_best_worst, reset])
        buttons.add_class("sp-buttons")
        card = w.VBox([title, self.kpi_set, self.method, self.measured, buttons])
        card.add_class("sp-card")
        card.add_class("sp-k-choice")
        return card

    def _switch_method(self) -> None:
        """To and fro between judging pairs and setting weights directly."""
        self._act(partial(self.model.choose_method, "ahp" if self.model.method == "direct" else "direct"))

    def redraw(self) -> None:
        """Show what follows every move."""
        model = self.model
        self._filling = True
        try:
            if self.kpi_set.value != model.set_code:
                self.kpi_set.value = model.set_code
            options = self._method_options()
            if list(self.method.options) != options:
                self.method.options = options
            if self.method.value != model.method:
                self.method.value = model.method
        finally:
            self._filling = False
        if model.is_stale:
            self.add_class("sp-stale")
        else:
            self.remove_class("sp-stale")
        self.switch.layout.display = None if len(model.kpis) > 1 else "none"
        self.to_best_worst.layout.display = None if len(model.kpis) > 1 and model.method not in BEST_WORST else "none"
        self.switch.description = self._say(mark("Compare pairs") if model.method == "direct" else mark("Set directly"))
        moves = model.method in ("direct", "ahp", "ahp_geometric", "combined", *BEST_WORST)
        told = mark("These weights are computed from the data or from given answers; no slider moves them.")
        self.measured.value = "" if moves else note(self._say(told))
        self.pairwise.follow()
        self.best_worst.follow()
        self.direct.follow()
        self.weights.follow()
        self.headline.value = kpi_html.headline(model, self.language)
        self.scores.follow()
        self.quality.follow()

    def _prepare(self) -> list[Any]:
        """What follows when the sliders rest: bands, doubts, stability; given up when a slider moves again."""
        return [card.prepare() for card in (self.scores, self.weights, self.quality) if not self.rest.is_waiting]

    def _rest(self, prepared: Callable[[], list[Any]]) -> None:
        scores, weights, quality = prepared()
        self.scores.show(scores)
        self.weights.show(weights)
        self.quality.show(quality)
        if self.versions is not None:
            self.versions.follow()

    def snapshot(self) -> str:
        """The panel as plain HTML: weights, methods, consistency, stability, and the best of the scorecard."""
        model, lang = self.model, self.language
        model.card()

        def card(icon: str, title: str, inside: str) -> str:
            return f'<div class="sp-card">{head(icon, title)}{inside}</div>'

        one = model.scheme[model.set_code]
        what = note(self._say(mark("KPI set {set}, weights by {method}"), set=one.name.said(lang),
                                       method=self._say(METHOD_NAMES[model.method])))
        judged = ""
        if model.rests_on_judgements:
            inside = kpi_html.consistency_html(model.ahp, model.library, lang) + kpi_html.judges_html(model, lang)
            judged = card("fa-exchange", self._say(mark("Which matters more?")), inside)
        rows = model.people.rows(model.scheme, page=0, most=SNAPSHOT_ROWS)
        table = f'<div class="sp-k-scroll">{table_html(model, rows, lang, names=True)[0]}</div>' if len(rows) else ""
        best = self._say(mark("The first {n} of {all} people"), n=len(rows), all=len(model.people.shown()))
        stability, firsts = stability_html(model, lang)
        return (
            f'{kpi_html.kpi_style()}<div class="sp-target-panel sp-kpi-panel sp-snapshot">{what}'
            f"{kpi_html.headline(model, lang)}"
            + card("fa-pie-chart", self._say(mark("Weights of the set")),
                   kpi_html.weights_html(model, lang) + kpi_html.doubts_html(model, lang))
            + card("fa-columns", self._say(mark("Methods side by side")), kpi_html.methods_html(model, lang))
            + judged
            + card("fa-list-ol", self._say(mark("Scores of the period")), note(best) + table)
            + card("fa-anchor", self._say(mark("How firm are the ranks?")), stability)
            + card("fa-trophy", self._say(mark("First under how many weightings?")), firsts)
            + "</div>"
        )


def kpi_panel(
    data: Any,
    scheme: "KpiScheme",
    parameters: "KpiParameters",
    library: "KpiLibrary",
    *,
    weighing: Weighing | None = None,
    language: str | None = None,
    store: Place | None = None,
    review_set: ReviewSet | None = None,
) -> KpiPanel:
    """The panel with which a KPI set is weighed, tried on real people, and saved.

    Parameters
    ----------
    data
        Facts of one period (`load_kpi_data`), already scoped to the person who looks.
    scheme
        The scheme in force, of KPIs that have data.
    parameters
        Where the panel starts: set, method, judgements.
    library
        The KPIs.
    weighing
        One set weighed by every method, where that has been done already; other sets are weighed when chosen.
    language
        The reader's in the app, else the parameters' language by default.
    store
        Where versions of the scheme are kept: a `SchemeStore`, its URL or path; by default ``plan.db`` of the
        workspace. Without either there is no card to save versions.
    review_set
        ``(scorecard, data) -> SetQuality`` for the findings; the kit's own by default.

    Raises
    ------
    SalesplanError
        The parameters do not fit the data; later failures are shown in the panel.
    """
    lang = check_language(language or app_language(parameters.language))
    model = KpiModel(data=data, scheme=scheme, parameters=parameters, library=library, weighing=weighing,
                     review=review_set or partial(_own_review, library, parameters))
    folder = app_workspace(parameters.workspace)
    place = store if store is not None else Path(folder) / STORE_FILE if folder else None
    versions = None if place is None else SchemeVersions(place, name=parameters.scheme_name, period=str(data.label), user=app_user())
    return KpiPanel(model, lang, versions=versions)


def _own_review(library: "KpiLibrary", parameters: "KpiParameters", card: Any, data: Any) -> Any:
    from salesplan.kpis.reviewing import kpi_quality

    return kpi_quality(data, card, library=library, coverage=parameters.coverage, seed=parameters.seed)
