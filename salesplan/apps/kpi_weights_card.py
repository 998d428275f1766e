"""The card of the weights: rounded, beside the agreed mix, with the method's caveats and all methods side by side."""

from typing import TYPE_CHECKING

import ipywidgets as w

from salesplan.apps.kpi_html import doubts_html, methods_html, weights_html
from salesplan.apps.panel_html import head, note
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel


class WeightsCard(w.VBox):
    """Weights follow every move; doubts and the comparison of methods when the slider rests."""

    def __init__(self, model: "KpiModel", language: str) -> None:
        self.model, self.language = model, language
        self.weights, self.doubts, self.methods = w.HTML(), w.HTML(), w.HTML()
        left = w.VBox([w.HTML(head("fa-pie-chart", say("Weights of the set", language))), self.weights, self.doubts])
        right = w.VBox([w.HTML(head("fa-columns", say("Methods side by side", language))), self.methods])
        super().__init__([left, right])
        for card in self.children:
            card.add_class("sp-card")
        self.add_class("sp-two")
        self.add_class("sp-k-weigh")

    def follow(self) -> None:
        """Show the weights of the model."""
        self.weights.value = weights_html(self.model, self.language)

    def prepare(self) -> tuple[str, str]:
        """What need not follow every move: doubts, and methods side by side."""
        told = say("Bars compare methods; small figures are the interval where the method has one.", self.language)
        return doubts_html(self.model, self.language), methods_html(self.model, self.language) + note(told)

    def show(self, prepared: tuple[str, str]) -> None:
        """Show what was prepared."""
        self.doubts.value, self.methods.value = prepared
