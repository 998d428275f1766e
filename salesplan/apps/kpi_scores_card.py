"""The card of the people: ranked, filtered, page by page, each open down to the arithmetic."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps.kpi_person import person_html
from salesplan.apps.kpi_table import table_html
from salesplan.apps.named_board import NamedBoard
from salesplan.apps.panel_html import e, head, note
from salesplan.reporting.show import show_notes
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel

Act = Callable[..., Any]
Page = tuple[list[str], list[str], tuple[str, str], int]
"""Ids and names of the people of a page, their figures up to the open person and after, and how many come up to there."""
INDENT = "\u2003"


class ScoresCard(w.VBox):
    """Names are buttons beside the table, so that they stay in sight when it is moved sideways.

    Whoever is open has the arithmetic right below the own row: the table goes on after it.
    """

    def __init__(self, model: "KpiModel", language: str, *, act: Act) -> None:
        self.model, self.language, self._act = model, language, act
        self._filling = False
        people = model.people
        self.unit = w.Dropdown(
            options=[(say("All units", language), ""), *[(INDENT * depth + name, unit) for unit, name, depth in people.units()]],
            value=people.unit_id, description=say("Unit", language))
        self.kpi_set = w.Dropdown(options=self._sets(), value=people.set_code, description=say("KPI set", language))
        self.search = w.Text(placeholder=say("Name or number", language), description=say("Search", language))
        for name, widget in (("unit_id", self.unit), ("set_code", self.kpi_set), ("query", self.search)):
            widget.add_class(f"sp-k-filter-{name}")
            widget.observe(partial(self._filter, name), "value")
        filters = w.HBox([self.unit, self.kpi_set, self.search])
        filters.add_class("sp-filters")
        self.board, self.below = (NamedBoard(lambda seller: self._act(lambda: people.open(seller))) for _ in range(2))
        self.foot, self.person = w.HTML(), w.HTML()
        self._brought = ""  # whose arithmetic the page has moved into sight already
        self.back, self.ahead = (self._turn(icon, text, step) for icon, text, step in
                                 (("chevron-left", mark("Page before"), -1), ("chevron-right", mark("Next page"), 1)))
        self.page = w.HTML()
        pager = w.HBox([self.back, self.page, self.ahead])
        pager.add_class("sp-k-pager")
        title = w.HTML(head("fa-list-ol", say("Scores of the period", language)))
        super().__init__([title, filters, self.board, self.person, self.below, pager, self.foot])
        self.add_class("sp-card")
        self.add_class("sp-k-scores")

    def _sets(self) -> list[tuple[str, str]]:
        held = self.model.preview.again.sets
        return [(say("All sets", self.language), ""),
                *[(one.name.said(self.language), one.code) for one in self.model.in_force.sets if one.code in held]]

    def _turn(self, icon: str, text: str, step: int) -> w.Button:
        button = w.Button(icon=icon, tooltip=say(text, self.language), layout={"width": "auto"})
        button.add_class("sp-button")
        button.on_click(lambda _: self._act(lambda: self.model.people.choose(page=self.model.people.page + step)))
        return button

    def _filter(self, name: str, change: Any) -> None:
        if not self._filling:
            self._act(lambda: self.model.people.choose(**{name: change["new"] or ""}))

    def follow(self) -> None:
        """Show the page of people under the weights of the model."""
        people, lang = self.model.people, self.language
        self._filling = True
        try:
            if self.kpi_set.value != people.set_code:
                self.kpi_set.value = people.set_code
        finally:
            self._filling = False
        self._show_page(self._page())
        n, pages = len(people.shown()), people.n_pages
        self.back.disabled, self.ahead.disabled = people.page == 0, people.page >= pages - 1
        told = say("Page {page} of {pages} · {n} {n:person|people}", lang, page=people.page + 1, pages=pages, n=n)
        self.page.value = f'<span class="sp-k-page">{e(told)}</span>'
        self._show_person()

    def _page(self) -> Page:
        rows, person = self.model.people.rows(self.model.scheme), self.model.people.person
        if not len(rows):
            return [], [], (note(say("Nobody here; change the filters.", self.language)), ""), 0
        first = list(rows.index).index(person) + 1 if person in rows.index else len(rows)
        above, below = table_html(self.model, rows, self.language, split=first)
        scroll = '<div class="sp-k-scroll" tabindex="0">{}</div>'
        return list(rows.index), list(rows["name"]), (scroll.format(above), scroll.format(below) if below else ""), first

    def _show_page(self, page: Page) -> None:
        sellers, names, (above, below), first = page
        tooltips = [f"{name} · {seller}" for name, seller in zip(names, sellers, strict=True)]
        for board, figures, part in ((self.board, above, slice(first)), (self.below, below, slice(first, None))):
            board.show(sellers[part], names[part], figures, tooltips=tooltips[part])
        self.below.layout.display = None if below else "none"

    def _show_person(self) -> None:
        model = self.model
        if not model.people.person:
            self._put_person("")
        elif model.preview.has_card(model.scheme):
            self._put_person(person_html(model, model.people.person, self.language))
        else:
            self.person.add_class("sp-waiting")

    def _put_person(self, page: str) -> None:
        """Show the arithmetic; the page moves it into sight once, when the person has just been opened."""
        who = self.model.people.person
        self.person.value = f"<div data-sp-show>{page}</div>" if page and who != self._brought else page
        self._brought = who
        self.person.remove_class("sp-waiting")

    def prepare(self) -> tuple[Page, str, str]:
        """The page with its bands, the notes of the scorecard and the open person."""
        card, person = self.model.shown_card(), self.model.people.person
        told = say("Columns of the KPIs hold weighted points; they add up to the score.", self.language)
        currency = self.model.data.currency
        notes = show_notes(card.notes, self.language, currency=currency).html
        fold = f"<details><summary>{e(say('What to know about these scores', self.language))}</summary>{notes}</details>"
        return self._page(), note(told) + fold, person_html(self.model, person, self.language) if person else ""

    def show(self, prepared: tuple[Page, str, str]) -> None:
        """Show what was prepared."""
        page, self.foot.value, person = prepared
        self._show_page(page)
        self._put_person(person)
