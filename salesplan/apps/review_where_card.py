"""The card with which a month and a unit are chosen."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import pandas as pd

from salesplan.apps.panel_html import head, note
from salesplan.text import mark, say
from salesplan.text.numbers import format_date, format_month

if TYPE_CHECKING:
    from salesplan.apps.review_model import ReviewModel

INDENT = "\u3000"


class WhereCard(w.VBox):
    """Months with data and units that the reader may see; both lead where clicks lead."""

    def __init__(self, model: "ReviewModel", language: str, *, act: Callable[[Callable[[], Any]], None]) -> None:
        self.model, self.language = model, language
        self.month = w.Dropdown(description=say("Month", language))
        self.unit = w.Dropdown(description=say("Unit", language))
        self.told = w.HTML()
        self._filling = False
        for chooser, move in ((self.month, self._open_month), (self.unit, self._open_unit)):
            chooser.add_class("sp-r-choose")
            chooser.observe(partial(self._chosen, act, move), "value")
        self.month.add_class("sp-r-month")
        self.unit.add_class("sp-r-unit")
        super().__init__([w.HTML(head("fa-map-marker", say("Where and when", language))), self.month, self.unit, self.told])
        self.add_class("sp-card")
        self.add_class("sp-r-where")
        self.follow()

    def _chosen(self, act: Callable[[Callable[[], Any]], None], move: Callable[[str], None], change: Any) -> None:
        if not self._filling and change["new"] is not None:
            act(lambda: move(change["new"]))

    def _open_month(self, month: str) -> None:
        self.model.open_month(month)

    def _open_unit(self, unit: str) -> None:
        self.model.open_place(unit)

    def follow(self) -> None:
        """Show where the model stands."""
        model, lang = self.model, self.language
        self._filling = True
        try:
            months = [(format_month(pd.Period(month, "M"), lang), month) for month in model.months()]
            if list(self.month.options) != months:
                self.month.options = months
            self.month.value = model.month
            if not model.is_loaded:
                return
            names = model.names
            tree = [(INDENT * depth + names.node(unit), unit) for unit, depth in model.reader.tree]
            if list(self.unit.options) != tree:
                self.unit.options = tree
            known = {unit for _, unit in tree}
            self.unit.value = next((unit for unit in reversed(model.path()) if unit in known), None)
            data = model.company.data
            words = mark("The month is over.") if data.is_complete else mark("The month is under way: facts up to {day}.")
            self.told.value = note(say(words, lang, day=format_date(data.as_of, lang)))
        finally:
            self._filling = False
