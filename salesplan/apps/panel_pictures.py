"""The pictures of the panel: which drawing shows what of the model."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import pandas as pd

from salesplan.apps.drill import month_rows
from salesplan.apps.later import Later
from salesplan.hierarchy import ALL_LINES
from salesplan.plots import (
    Chart,
    forecast_frame,
    plot_allocation,
    plot_attainment_probability,
    plot_forecast,
    plot_month_targets,
    plot_scenarios,
)
from salesplan.plots.targets import shown_name
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.apps.target_model import TargetModel

MOST_UNITS = 12
WIDTH = 480
WAIT = 0.05  # seconds, so that the figures go out first
LEFT = (("history", mark("History and year")), ("months", mark("Months")), ("scenarios", mark("Scenarios")))
RIGHT = (("carried", mark("Who carries what")), ("chance", mark("Chance")))


class PictureCards(w.HBox):
    """Two cards, each with tabs; only the picture whose tab is open is drawn, after the figures are out."""

    def __init__(
        self, model: "TargetModel", language: str, *, safe: Callable[..., Any], aside: Callable[..., Any]
    ) -> None:
        self.model, self.language = model, language
        self.later = Later(aside(self.draw), seconds=WAIT)
        self.cards: list[tuple[w.ToggleButtons, w.HTML]] = []
        for kinds in (LEFT, RIGHT):
            tabs = w.ToggleButtons(
                options=[(say(t, language), k) for k, t in kinds], value=kinds[0][0], style={"button_width": "auto"}
            )
            tabs.add_class("sp-tabs")
            tabs.observe(safe(lambda _: self.draw()), "value")
            self.cards.append((tabs, w.HTML(f'<div class="sp-picture sp-waiting">{say("Drawing …", language)}</div>')))
        boxes = [w.VBox(list(card)) for card in self.cards]
        for box in boxes:
            box.add_class("sp-card")
        super().__init__(boxes)
        self.add_class("sp-two")

    def shows(self, kind: str) -> bool:
        """Whether a picture's tab is open."""
        return any(tabs.value == kind for tabs, _ in self.cards)

    def draw(self) -> None:
        """Draw the two pictures whose tabs are open."""
        for tabs, chart in self.cards:
            picture = draw_picture(tabs.value, self.model, self.language)
            chart.value = f'<div class="sp-picture">{picture.svg(width=WIDTH)}</div>'


def draw_picture(kind: str, model: "TargetModel", language: str) -> Chart:
    """Draw one of ``history``, ``months``, ``carried``, ``chance``, ``scenarios`` of the node looked at.

    A person has nobody below: ``carried`` then shows the chance to attain.
    """
    plan, unit, line = model.plan, model.unit_id, model.product_line
    if kind == "carried" and model.has_children():
        return plot_allocation(plan, language, unit_id=unit, product_line=line, limit=MOST_UNITS)
    if kind in ("chance", "carried"):
        return plot_attainment_probability(plan, language, unit_id=unit, product_line=line)
    if kind == "scenarios":
        return plot_scenarios(scenario_frame(model, language), language, currency=plan.currency)
    name = shown_name(plan.nodes.loc[model.node], language) + ("" if line == ALL_LINES else f" · {line}")
    history = getattr(model.data, "history", None)
    if kind == "history":
        frame = forecast_frame(plan, history=history, unit_id=unit, product_line=line)
        coverage = float(plan.parameters.coverage)
        return plot_forecast(frame, language, title=name, currency=plan.currency, coverage=coverage)
    rows = month_rows(plan, unit_id=unit, product_line=line, language=language, history=history)
    columns = ("target", "floor", "stretch", "forecast", "last_year")
    frame = pd.DataFrame({c: [getattr(r, c) for r in rows] for c in columns}, index=plan.year, dtype=float)
    title = f"{name} · {say('Targets by month', language)}"
    return plot_month_targets(frame, language, title=title, currency=plan.currency)


def scenario_frame(model: "TargetModel", language: str) -> pd.DataFrame:
    """The node looked at in scenario A, in B and as the knobs stand now."""
    kept = [s for s in (model.scenario_a, model.scenario_b) if s is not None and model.node in s.plan.nodes.index]
    rows = {s.name: s.plan.nodes.loc[model.node] for s in kept}
    rows[say("Now", language)] = model.plan.nodes.loc[model.node]
    return pd.DataFrame(rows).T
