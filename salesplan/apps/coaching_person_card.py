"""The card of one person: opened from the heatmap."""

from typing import TYPE_CHECKING

import ipywidgets as w

from salesplan.apps.coaching_person_html import person_html

if TYPE_CHECKING:
    from salesplan.apps.coaching_model import CoachingModel


class PersonCard(w.VBox):
    """Levels, verdict with its evidence, plan and next talk of the person who is open; hidden when nobody is."""

    def __init__(self, model: "CoachingModel", language: str) -> None:
        self.model, self.language = model, language
        self.page = w.HTML()
        super().__init__([self.page])
        self.add_class("sp-card")
        self.add_class("sp-c-person-card")

    def follow(self) -> None:
        """Show the person who is open."""
        self.page.value = person_html(self.model, self.language)
        self.layout.display = None if self.model.drill.person else "none"
