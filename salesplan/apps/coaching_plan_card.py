"""The card of the course plan: what the budget covers, who goes where, what is left and why."""

from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps.coaching_plan_html import courses_html, left_html, notes_html, people_html, said_unplanned
from salesplan.apps.panel_html import e, head, note
from salesplan.coaching.course_plan import NOTHING_NEEDED
from salesplan.text import mark, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from salesplan.apps.coaching_model import CoachingModel

VIEWS = (("courses", mark("Courses held")), ("people", mark("Who goes where")), ("left", mark("What is left and why")),
         ("curve", mark("What more money covers")))  # fmt: skip
WIDTH = 720


class PlanCard(w.VBox):
    """Figures follow every move; the proof, the next 1,000 and the curve when the sliders rest."""

    def __init__(self, model: "CoachingModel", language: str, *, safe: "Callable[..., Any]") -> None:
        self.model, self.language = model, language
        self.view = w.ToggleButtons(options=[(say(text, language), key) for key, text in VIEWS], value="courses",
                                    style={"button_width": "auto"})
        self.view.add_class("sp-tabs")
        self.view.observe(safe(lambda _: self._draw()), "value")
        self.page, self.foot = w.HTML(), w.HTML()
        super().__init__([w.HTML(head("fa-graduation-cap", say(mark("Course plan"), language))), self.view, self.page, self.foot])
        self.add_class("sp-card")
        self.add_class("sp-c-plan")

    def follow(self) -> None:
        """Show the plan of the model."""
        self._draw()
        plan = self.model.plan
        self.foot.value = "" if plan is None else notes_html(plan, self.model, self.language)

    def _draw(self) -> None:
        if self.model.unplanned is not None:
            self.page.value = note(said_unplanned(self.model, self.language))
            return
        kinds = {"courses": courses_html, "people": people_html, "left": left_html, "curve": curve_html}
        self.page.value = kinds[self.view.value](self.model, self.language)


def curve_html(model: "CoachingModel", language: str) -> str:
    """What each budget covers, as a picture; a word while it is worked out."""
    from salesplan.plots.coaching import plot_budget_curve

    if model.plan is None:
        return ""
    if not model.plan.need_value > 0:
        return note(say(NOTHING_NEEDED, language))
    if model.curve is None or len(model.curve) < 2:
        return f'<p class="sp-note">{e(say(mark("Working out what other budgets would cover …"), language))}</p>'
    extra = None if model.following is None else model.following.extra_share
    chart = plot_budget_curve(model.curve, language, budget=model.plan.budget, shadow_value=extra, currency=model.data.currency)
    return f'<div class="sp-picture" data-points="{len(model.curve)}">{chart.svg(width=WIDTH)}</div>'
