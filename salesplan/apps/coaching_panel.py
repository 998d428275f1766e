"""The coaching panel: what may be spent left, gaps, people, plan and mentors right; it prints itself into a report."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps import coaching_downloads
from salesplan.apps.beside import Beside
from salesplan.apps.coaching_gaps_card import GapsCard
from salesplan.apps.coaching_heatmap import heatmap_html, legend_html
from salesplan.apps.coaching_html import coaching_style, settings_html
from salesplan.apps.coaching_knobs_card import KnobsCard
from salesplan.apps.coaching_mentors_card import MentorsCard, mentors_html
from salesplan.apps.coaching_model import CoachingModel, Proof
from salesplan.apps.coaching_person_card import PersonCard
from salesplan.apps.coaching_person_html import person_html
from salesplan.apps.coaching_plan_card import PlanCard, curve_html
from salesplan.apps.coaching_plan_html import courses_html, left_html, plan_headline, said_unplanned
from salesplan.apps.context import app_language
from salesplan.apps.panel_frame import Made, PanelFrame
from salesplan.apps.panel_html import head, note
from salesplan.text import check_language, mark

if TYPE_CHECKING:
    from salesplan.coaching.training_needs import TrainingNeeds

REST = 0.35  # seconds without a moved slider until the proof and the next 1,000 are worked out
FILES = (
    (mark("Training plan (XLSX)"), "file-excel-o", coaching_downloads.training_file, "sp-get-xlsx"),
    (mark("Parameters (YAML)"), "file-text-o", coaching_downloads.coaching_parameters, "sp-get-yaml"),
    (mark("Development sheet (HTML)"), "id-card-o", coaching_downloads.sheet_page, "sp-get-sheet"),
    (mark("Development sheet (XLSX)"), "id-card-o", coaching_downloads.sheet_file, "sp-get-sheet-xlsx"),
)
TOLD = mark("Development sheets are of the person who is open in the heatmap.")


class CoachingPanel(PanelFrame):
    """Heatmap of skills down to the person, budget with the plan that follows, mentors, files."""

    title = mark("Coaching panel")
    model: CoachingModel

    def __init__(self, model: CoachingModel, language: str) -> None:
        super().__init__(model, language)
        self.gaps = GapsCard(model, language, act=self._act)
        self.person = PersonCard(model, language)
        self.knobs = KnobsCard(model, language, act=self._act)
        self.headline = w.HTML()
        self.plan = PlanCard(model, language, safe=self._safe)
        self.mentors = MentorsCard(model, language, act=self._act)
        self.rest = Beside(self._prepare, self._aside(self._rest), seconds=REST)
        left = w.VBox([self.knobs, self._file_card(FILES, TOLD)])
        left.add_class("sp-controls")
        right = w.VBox([self.headline, self.gaps, self.person, self.plan, self.mentors])
        right.add_class("sp-result")
        body = w.HBox([left, right])
        body.add_class("sp-panel")
        self.children = [w.HTML(coaching_style()), self.banner, body]
        self.add_class("sp-coaching-panel")
        self._drawn: Any = None
        self.redraw()

    def _do(self, change: Callable[[], Any]) -> None:
        self.links.value = ""
        try:
            change()
        finally:
            self.redraw()

    def _hand_over(self, make: Callable[[Any, str], Made]) -> None:
        super()._hand_over(make)
        self.redraw()  # the file holds the proven plan, and so does the page

    def redraw(self) -> None:
        """Show what follows every move."""
        model = self.model
        self.gaps.follow()
        self.person.follow()
        if self._drawn is not model.needs:
            self._drawn = model.needs
            self.knobs.follow()
            self.headline.value = plan_headline(model, self.language, model.following)
            self.plan.follow()
            self.mentors.follow()
            if model.following is None and model.plan is not None:
                self.rest.ask()

    def _prepare(self) -> tuple[Proof | None, Any]:
        """What follows when the sliders rest: the proof, the next 1,000, the curve; given up when a slider moves again."""
        model = self.model
        proof = model.proof(is_wanted=self._is_resting)
        return proof, None if proof is None else proof.plans.curve(model.curve_budgets(), is_wanted=self._is_resting)

    def _is_resting(self) -> bool:
        """Whether no slider has moved since the work beside the page began."""
        return not self.rest.is_waiting

    def _rest(self, prepared: Callable[[], tuple[Proof | None, Any]]) -> None:
        proof, curve = prepared()
        if proof is not None:
            self.model.curve = curve
            self.model.take(proof)
        self.redraw()

    def snapshot(self) -> str:
        """The panel as plain HTML: settings, cover, the heatmap where it stands, plan, curve, mentors, the open person."""
        model, lang = self.model, self.language
        if (proof := model.settle()) is not None:
            model.curve = proof.plans.curve(model.curve_budgets())
            model.take(proof)

        def card(icon: str, title: str, inside: str) -> str:
            return f'<div class="sp-card">{head(icon, self._say(title))}{inside}</div>' if inside else ""

        if model.unplanned is None:
            plan = "".join([
                card("fa-graduation-cap", mark("Courses held"), courses_html(model, lang)),
                card("fa-line-chart", mark("What more money covers"), curve_html(model, lang)),
                card("fa-hourglass-half", mark("What is left and why"), left_html(model, lang)),
            ])
        else:
            plan = card("fa-graduation-cap", mark("Course plan"), note(said_unplanned(model, lang)))
        person = person_html(model, lang)
        return (
            f'{coaching_style()}<div class="sp-target-panel sp-coaching-panel sp-snapshot">{settings_html(model, lang)}'
            f"{plan_headline(model, lang, model.following)}"
            + card("fa-th", mark("Where are skills missing?"), heatmap_html(model.drill, lang, named=True) + legend_html(model.drill, lang))
            + (f'<div class="sp-card">{person}</div>' if person else "")
            + plan
            + card("fa-handshake-o", mark("Who guides whom"), mentors_html(model, lang))
            + "</div>"
        )


def coaching_panel(needs: "TrainingNeeds", *, language: str | None = None) -> CoachingPanel:
    """The panel with which skill gaps are looked into, courses are planned under a budget, and mentors are paired.

    Parameters
    ----------
    needs
        From `open_coaching_period`, as the person who looks may see it.
    language
        The reader's in the app, else the parameters' language by default.

    Raises
    ------
    SalesplanError
        The needs cannot be worked out; later failures are shown in the panel.
    """
    lang = check_language(language or app_language(needs.parameters.language))
    return CoachingPanel(CoachingModel(needs, lang), lang)
