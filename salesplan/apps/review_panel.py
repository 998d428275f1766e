"""The review panel: month and unit left, drill-down, causes, actions and new targets right; it prints itself into a report."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as w

from salesplan.apps import review_downloads
from salesplan.apps.beside import Beside
from salesplan.apps.context import app_language, app_user, app_workspace, in_app
from salesplan.apps.panel_frame import PanelFrame
from salesplan.apps.panel_html import note
from salesplan.apps.review_action_card import ActionsCard
from salesplan.apps.review_adjustment_card import AdjustmentCard
from salesplan.apps.review_html import headline_html, review_style, waiting
from salesplan.apps.review_model import Job, ReviewModel
from salesplan.apps.review_rows import row_of
from salesplan.apps.review_standing_card import StandingCard
from salesplan.apps.review_where_card import WhereCard
from salesplan.errors import SalesplanError
from salesplan.text import check_language, mark
from salesplan.text.numbers import format_month
from salesplan.text.spoken_errors import say_error

if TYPE_CHECKING:
    from salesplan.review.monthly_review import MonthlyReview

SOON = 0.02  # seconds until the next part is worked out: what was just shown goes out first
VIEWS: Final = (
    ("standing", mark("Standing")), ("why", mark("Causes")), ("actions", mark("Actions")), ("earlier", mark("Earlier actions")),
    ("targets", mark("New targets")),
)  # fmt: skip
FILES: Final = (
    (mark("This page (HTML)"), "file-code-o", review_downloads.standing_page, "sp-get-page"),
    (mark("Parameters (YAML)"), "file-text-o", review_downloads.review_parameters, "sp-get-yaml"),
)
TOLD: Final = mark("The page holds the unit looked at and everybody below; the parameters make its full report.")
MOST_STEPS = 20


class ReviewPanel(PanelFrame):
    """Where everybody stands, why, what to do, what became of actions, whether targets should change."""

    title = mark("Review panel")
    model: ReviewModel

    def __init__(self, model: ReviewModel, language: str) -> None:
        super().__init__(model, language)
        self.where = WhereCard(model, language, act=self._act)
        self.crumbs, self.crumb_pool = w.HBox(), []  # type: ignore[var-annotated]
        self.crumbs.add_class("sp-crumbs")
        self.headline = w.HTML(waiting(language))
        views = [(self._say(text), key) for key, text in VIEWS]
        self.view = w.ToggleButtons(options=views, value=model.view, style={"button_width": "auto"})
        self.view.add_class("sp-tabs")
        self.view.add_class("sp-r-views")
        self.view.observe(lambda change: self._act(lambda: model.open_view(change["new"])), "value")
        self.standing = StandingCard(model, language, act=self._act)
        self.why = w.HTML()
        self.actions = ActionsCard(model, language, earlier=False, act=self._act)
        self.earlier = ActionsCard(model, language, earlier=True, act=self._act)
        self.targets = AdjustmentCard(model, language, act=self._act)
        self.pages: dict[str, w.Widget] = {
            "standing": self.standing, "why": self.why, "actions": self.actions, "earlier": self.earlier, "targets": self.targets}
        self._job: Job | None = None
        self.rest = Beside(self._work, self._aside(self._finish), seconds=SOON)
        body = w.VBox([self.view, *self.pages.values()])
        body.add_class("sp-card")
        body.add_class("sp-r-body")
        left = w.VBox([self.where, self._file_card(FILES, TOLD)])
        left.add_class("sp-controls")
        place = w.HBox([self.crumbs])
        place.add_class("sp-where")
        right = w.VBox([place, self.headline, body])
        right.add_class("sp-result")
        whole = w.HBox([left, right])
        whole.add_class("sp-panel")
        self.children = [w.HTML(review_style()), self.banner, whole]
        self.add_class("sp-review-panel")
        self.redraw()

    def _do(self, change: Callable[[], Any]) -> None:
        self.links.value = ""
        try:
            change()
        finally:
            self.redraw()

    def redraw(self) -> None:
        """Show what is known, and have the rest worked out beside the page."""
        model = self.model
        self.where.follow()
        self._draw_crumbs()
        if model.is_loaded and model.has("attainment"):
            self.headline.value = headline_html(row_of(model.rows, model.place), model)
        else:
            self.headline.value = waiting(self.language)
        self.view.value = model.view
        for key, page in self.pages.items():
            page.layout.display = None if key == model.view else "none"
        if model.view == "why":
            self._draw_why()
        else:
            self.pages[model.view].follow()
        job = model.job()
        if job is not None:
            self._job = job
            self.rest.ask()
        elif model.is_loaded and model.needs_months:
            self._job = model.months_job()
            self.rest.ask()

    def _draw_why(self) -> None:
        model = self.model
        page = model.pages.get((model.month, model.place))
        fault = model.fault(*model.wanted()) if model.is_loaded else None
        self.why.value = page or (waiting(self.language) if fault is None else note(say_error(fault, self.language)))

    def _work(self) -> tuple[Job, Any]:
        """The job at hand: its result, or the error of the kit that stands in its way."""
        job = self._job
        assert job is not None
        try:
            return job, job.work()
        except SalesplanError as error:
            return job, error

    def _finish(self, worked: Callable[[], tuple[Job, Any]]) -> None:
        job, result = worked()
        self.model.finish(job, result)
        self.redraw()
        if isinstance(result, SalesplanError) and job.part == "company":
            raise result

    def settle(self) -> None:
        """Work out what the view needs, now: for whoever does not wait."""
        for _ in range(MOST_STEPS):
            if not self.rest.is_waiting:
                return
            self.rest.now()

    def _draw_crumbs(self) -> None:
        model = self.model
        if not model.is_loaded:
            return
        path = model.path()
        while len(self.crumb_pool) < len(path):
            self.crumb_pool.append(self._new_crumb(len(self.crumb_pool)))
        for place, (crumb, unit) in enumerate(zip(self.crumb_pool, path, strict=False)):
            crumb.description = crumb.tooltip = model.names.node(unit)
            here = place == len(path) - 1
            crumb.add_class("sp-crumb-here" if here else "sp-crumb")
            crumb.remove_class("sp-crumb" if here else "sp-crumb-here")
        self.crumbs.children = self.crumb_pool[: len(path)]

    def _new_crumb(self, place: int) -> w.Button:
        crumb = w.Button(layout={"width": "auto"})
        crumb.on_click(lambda _: self._act(lambda: self.model.open_place(self.model.path()[place])))
        return crumb

    def snapshot(self) -> str:
        """The unit and everybody below it as plain HTML, to open and close without a kernel."""
        model = self.model
        title = f"{model.names.node(model.place)} · {format_month(model.company.data.month, self.language)}"
        return review_style() + review_downloads.standing_html(model, title)


def review_panel(review: "MonthlyReview", *, language: str | None = None) -> ReviewPanel:
    """The panel with which a month is looked into and decided about.

    Parameters
    ----------
    review
        From `open_review_period`, as the person who looks may see it.
    language
        The reader's in the app, else the parameters' language by default.
    """
    lang = check_language(language or app_language(review.parameters.language))
    model = ReviewModel(review, lang, workspace=app_workspace(review.parameters.workspace) or None, user=app_user(), is_live=in_app())
    return ReviewPanel(model, lang)
