"""The card with which one person or unit gets a pin, a floor or a cap of their own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps.panel_html import e
from salesplan.hierarchy import node_id
from salesplan.plots.targets import shown_name
from salesplan.reporting.parameter_words import RULE_KINDS, said_rule
from salesplan.text import say

if TYPE_CHECKING:
    from salesplan.apps.target_model import TargetModel

Safe = Callable[[Callable[..., Any]], Callable[..., Any]]


class RulesCard(w.VBox):
    """A rule for whoever is on the screen, and the list of all rules, each to be taken off."""

    def __init__(self, model: "TargetModel", language: str, *, safe: Safe) -> None:
        self.model, self.language, self._safe = model, language, safe
        head = w.HTML(
            f'<h4><i class="fa fa-thumb-tack" aria-hidden="true"></i> {e(say("Pins, floors, caps", language))}</h4>'
        )
        self.who = w.HTML()
        self.kind = w.ToggleButtons(
            options=[(say(text, language), kind) for kind, text in RULE_KINDS.items()],
            value="cap",
            style={"button_width": "auto"},
        )
        self.kind.add_class("sp-toggle")
        style = {"description_width": "96px"}
        self.amount = w.FloatText(
            value=0.0, description=say("Amount ({currency})", language, currency=model.plan.currency), style=style
        )
        self.reason = w.Text(value="", description=say("Reason", language), style=style)
        self.add_button = w.Button(description=say("Add rule", language), icon="plus", layout={"width": "auto"})
        for widget, kind in ((self.amount, "sp-rule-amount"), (self.reason, "sp-rule-reason"),
                             (self.add_button, "sp-add-rule"), (self.add_button, "sp-button")):
            widget.add_class(kind)
        self.add_button.on_click(safe(lambda _: self.add()))
        self.listed = w.VBox()
        self.listed.add_class("sp-rule-list")
        super().__init__([head, self.who, self.kind, self.amount, self.reason, self.add_button, self.listed])
        self.add_class("sp-card")
        self.add_class("sp-rules")
        model.observe(safe(lambda _: self.follow()), "unit_id")
        model.observe(safe(lambda _: self.show()), "rules")
        self.follow()
        self.show()

    def follow(self) -> None:
        """Offer the rule to whoever is on the screen now, at the amount they have."""
        row = self.model.plan.nodes.loc[node_id(self.model.unit_id)]
        name = shown_name(row, self.language)
        self.who.value = f'<p class="sp-note">{e(say("For {name}, all product lines", self.language, name=name))}</p>'
        self.amount.value = float(round(float(row["target"])))

    def add(self) -> None:
        """Add the rule; one of the same kind for the same unit is replaced."""
        self.model.add_rule(self.kind.value, self.amount.value, self.reason.value)
        self.reason.value = ""

    def show(self) -> None:
        """List the rules there are."""
        self.listed.children = [self._line(place, rule) for place, rule in enumerate(self.model.rules)]

    def _line(self, place: int, rule: dict[str, Any]) -> w.HBox:
        off = w.Button(icon="times", tooltip=say("Remove rule", self.language), layout={"width": "32px"})
        off.add_class("sp-remove-rule")
        off.on_click(self._safe(lambda _: self.model.remove_rule(place)))
        named = {**rule, "unit": self._name_of(str(rule.get("unit", rule.get("unit_id", ""))))}
        named.pop("unit_id", None)
        line = w.HBox([w.HTML(f"<span>{e(said_rule(named, self.language))}</span>"), off])
        line.add_class("sp-rule")
        return line

    def _name_of(self, unit: str) -> str:
        nodes = self.model.plan.nodes
        return shown_name(nodes.loc[node_id(unit)], self.language) if node_id(unit) in nodes.index else unit
