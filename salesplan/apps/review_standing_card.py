"""The drill-down: parts of a unit with their figures, down to a person's page."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps.named_board import NamedBoard
from salesplan.apps.panel_html import note
from salesplan.apps.review_html import figures_html, legend_html, waiting
from salesplan.apps.review_person_html import person_html
from salesplan.apps.review_rows import part_rows
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.apps.review_model import ReviewModel

MOST_ROWS = 80


class StandingCard(w.VBox):
    """Rows that open what they name; a person has a page instead."""

    def __init__(self, model: "ReviewModel", language: str, *, act: Callable[[Callable[[], Any]], None]) -> None:
        self.model, self.language = model, language
        self.board = NamedBoard(lambda place: act(lambda: model.open_place(place)))
        self.board.add_class("sp-r-board")
        self.page, self.foot = w.HTML(), w.HTML()
        self.table = w.VBox([self.board, self.foot])
        super().__init__([self.page, self.table])
        self.add_class("sp-r-standing")
        self._show_page(waiting(language))

    def _show_page(self, page: str) -> None:
        """Show a page instead of the table; without one, the table."""
        self.page.value = page
        self.page.layout.display, self.table.layout.display = (None, "none") if page else ("none", None)

    def follow(self) -> None:
        """Show the parts of the unit, or the person."""
        model, lang = self.model, self.language
        if not model.is_loaded or not model.has("attainment"):
            self._show_page(waiting(lang))
            return
        if model.is_person:
            self._show_page(person_html(model) + (waiting(lang) if model.missing() else ""))
            return
        rows = part_rows(model.rows, model.place)
        shown = rows.head(MOST_ROWS)
        names = [str(name) for name in shown["name"]]
        self.board.show([str(unit) for unit in shown["unit_id"]], names, figures_html(shown, model))
        for button, level in zip(self.board.pool, shown["level"], strict=False):
            button.disabled = level == "former"
        more = say("{n} more are in the report.", lang, n=len(rows) - len(shown)) if len(rows) > len(shown) else ""
        self.foot.value = legend_html(rows, lang) + (note(more) if more else "")
        self._show_page("")
