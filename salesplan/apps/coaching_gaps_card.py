"""The card of the skill gaps: a heatmap that opens from tiers to teams to people, by click or by choice."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps.coaching_drill import EVERY_TEAM
from salesplan.apps.coaching_heatmap import heatmap_html, legend_html, said_place
from salesplan.apps.named_board import NamedBoard
from salesplan.apps.panel_html import head, note
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.apps.coaching_model import CoachingModel

EVERYBODY = mark("Everybody in {tier}")


class GapsCard(w.VBox):
    """Names are buttons beside the heatmap; crumbs lead back, choosers lead anywhere."""

    def __init__(self, model: "CoachingModel", language: str, *, act: Callable[..., Any]) -> None:
        self.model, self.language, self._act = model, language, act
        self._filling = False
        drill = model.drill
        self.board = NamedBoard(lambda row: act(partial(drill.open_row, row)))
        self.board.add_class("sp-c-board")
        self.crumbs, self.place, self.legend = w.HBox(), w.HTML(), w.HTML()
        self.crumbs.add_class("sp-crumbs")
        self.choosers = {name: w.Dropdown(options=[("", "")], description=say(text, language)) for name, text in (
            ("tier", mark("Tier")), ("team", mark("Team")), ("person", mark("Person")))}  # fmt: skip
        for name, chooser in self.choosers.items():
            chooser.add_class(f"sp-c-choose-{name}")
            chooser.observe(partial(self._choose, name), "value")
        filters = w.HBox(list(self.choosers.values()))
        filters.add_class("sp-filters")
        title = w.HTML(head("fa-th", say(mark("Where are skills missing?"), language)))
        super().__init__([title, self.crumbs, filters, self.place, self.board, self.legend])
        self.add_class("sp-card")
        self.add_class("sp-c-gaps")

    def _choose(self, name: str, change: Any) -> None:
        if not self._filling:
            drill = self.model.drill
            action = {"tier": drill.open_tier, "team": drill.open_team, "person": drill.open_person}[name]
            self._act(partial(action, change["new"] or ""))

    def follow(self) -> None:
        """Show the place the model is at."""
        drill, lang = self.model.drill, self.language
        rows = drill.rows
        self._fill()
        self._draw_crumbs()
        self.place.value = note(said_place(drill, self.model.names, lang))
        names = [drill.row_name(row) for row in rows]
        self.board.show(rows, names, heatmap_html(drill, lang))
        self.legend.value = legend_html(drill, lang)

    def _fill(self) -> None:
        drill, names, lang = self.model.drill, self.model.names, self.language
        teams = drill.teams(drill.tier) if drill.tier else ()
        people = drill.people(drill.tier, drill.team) if drill.team else ()
        wanted: dict[str, list[tuple[str, str]]] = {
            "tier": [(say(mark("All tiers"), lang), ""), *[(tier, tier) for tier in drill.tiers]],
            "team": [(say(mark("All teams"), lang), ""), *[(names.unit(team), team) for team in teams],
                     *([(say(EVERYBODY, lang, tier=drill.tier), EVERY_TEAM)] if len(teams) > 1 else [])],
            "person": [(say(mark("Everybody"), lang), ""), *[(names.person(who), who) for who in people]],
        }
        values = {"tier": drill.tier, "team": drill.team, "person": drill.person}
        self._filling = True
        try:
            for name, chooser in self.choosers.items():
                if list(chooser.options) != wanted[name]:
                    chooser.options = wanted[name]
                if chooser.value != values[name]:
                    chooser.value = values[name]
                chooser.disabled = len(wanted[name]) == 1
        finally:
            self._filling = False

    def _draw_crumbs(self) -> None:
        drill, names = self.model.drill, self.model.names
        trail = [(say(mark("All tiers"), self.language), partial(drill.open_tier, ""))]
        if drill.tier:
            trail.append((drill.tier, partial(self._to_tier, drill.tier)))
        if drill.team:
            everybody = say(EVERYBODY, self.language, tier=drill.tier)
            trail.append((everybody if drill.team == EVERY_TEAM else names.unit(drill.team), partial(drill.open_person, "")))
        if drill.person:
            trail.append((names.person(drill.person), partial(drill.open_person, drill.person)))
        self.crumbs.children = [self._crumb(name, action, here=at == len(trail) - 1) for at, (name, action) in enumerate(trail)]

    def _to_tier(self, tier: str) -> None:
        drill = self.model.drill
        if len(drill.teams(tier)) > 1:  # back to the teams, be they too small to tell anything of
            drill.open_team("")
        else:
            drill.open_tier(tier)

    def _crumb(self, name: str, action: Callable[[], Any], *, here: bool) -> w.Button:
        crumb = w.Button(description=name, tooltip=name, layout={"width": "auto"})
        crumb.add_class("sp-crumb-here" if here else "sp-crumb")
        crumb.on_click(lambda _: self._act(action))
        return crumb
