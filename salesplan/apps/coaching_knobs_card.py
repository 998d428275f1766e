"""The card of what training may take: money, hours, courses; moving one makes the plan again."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps.panel_html import head, note
from salesplan.reporting.kpi_figures import said_period
from salesplan.text import mark, say
from salesplan.text.numbers import format_money

if TYPE_CHECKING:
    from salesplan.apps.coaching_model import CoachingModel

LABEL = "110px"


class KnobsCard(w.VBox):
    """Sliders that act when they are let go."""

    def __init__(self, model: "CoachingModel", language: str, *, act: Callable[..., Any]) -> None:
        self.model, self.language, self._act = model, language, act
        self._filling = False
        given, look = model.parameters, {"description_width": LABEL}
        self.budget = w.SelectionSlider(
            options=[(self._money(stop), stop) for stop in model.stops], value=float(given.budget), continuous_update=False,
            description=say(mark("Budget"), language), style=look)
        self.hours_per_person = w.FloatSlider(
            value=given.hours_per_person, min=0, max=max(80.0, given.hours_per_person), step=1, readout_format=".0f",
            continuous_update=False, description=say(mark("Hours a person"), language), style=look)
        self.courses_per_person = w.IntSlider(
            value=given.courses_per_person, min=0, max=max(8, given.courses_per_person), continuous_update=False,
            description=say(mark("Courses a person"), language), style=look)
        self.knobs = {"budget": self.budget, "hours_per_person": self.hours_per_person,
                      "courses_per_person": self.courses_per_person}
        for name, knob in self.knobs.items():
            knob.add_class("sp-slider")
            knob.add_class(f"sp-c-knob-{name}")
            knob.observe(partial(self._move, name), "value")
        reset = w.Button(description=say(mark("Back to the start"), language), icon="undo", layout={"width": "auto"})
        reset.add_class("sp-button")
        reset.add_class("sp-reset")
        reset.on_click(lambda _: act(model.reset))
        buttons = w.HBox([reset])
        buttons.add_class("sp-buttons")
        period = say(mark("Needs of {period}; {n} {n:person|people} in the plan"), language,
                     period=said_period(str(model.data.label), language), n=0 if model.plan is None else model.plan.n_people)
        title = w.HTML(head("fa-sliders", say(mark("What may training take?"), language)) + note(period))
        super().__init__([title, *self.knobs.values(), buttons])
        self.add_class("sp-card")
        self.add_class("sp-c-knobs")

    def _money(self, amount: float) -> str:
        return format_money(amount, self.language, currency=self.model.data.currency)

    def _move(self, name: str, change: Any) -> None:
        if not self._filling:
            self._act(partial(self.model.set, **{name: change["new"]}))

    def follow(self) -> None:
        """Show what the model is set to."""
        self._filling = True
        try:
            for name, knob in self.knobs.items():
                if knob.value != getattr(self.model.parameters, name):
                    knob.value = getattr(self.model.parameters, name)
        finally:
            self._filling = False
