"""Findings about the plan on the screen, under its table; they follow every slider, after the figures."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps.later import Later
from salesplan.reporting.show import page_css, show_findings
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.apps.target_model import TargetModel

WAIT = 0.6  # seconds without a moved slider before the plan is reviewed


class FindingsCard(w.VBox):
    """What the plan's reader should know, what to do, who and by when."""

    def __init__(self, model: "TargetModel", language: str, *, aside: Callable[..., Any]) -> None:
        self.model, self.language = model, language
        self.later = Later(aside(self.draw), seconds=WAIT)
        head = w.HTML(
            f'<style>{page_css()}</style><h4><i class="fa fa-flag-o" aria-hidden="true"></i> '
            f"{say('Findings', language)}</h4>"
        )
        self.cards = w.HTML(f'<p class="sp-note">{say("Reviewing the plan …", language)}</p>')
        super().__init__([head, self.cards])
        self.add_class("sp-card")
        self.add_class("sp-findings-card")

    def follow(self) -> None:
        """Pale until the plan on the screen has been reviewed."""
        self.add_class("sp-waiting")
        self.later.ask()

    def draw(self) -> None:
        """Show the findings about the plan on the screen."""
        self.cards.value = show_findings(
            self.model.findings(), self.language, currency=self.model.plan.currency, folded=("ok",)
        ).html
        self.remove_class("sp-waiting")
