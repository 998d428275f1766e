"""The left side of the panel: sliders and choices, each linked to a trait of the model."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.reporting.parameter_words import said_value
from salesplan.text import mark, say
from salesplan.text.numbers import format_money, format_percent, format_signed_percent

if TYPE_CHECKING:
    from salesplan.apps.target_model import TargetModel

LABEL = "96px"

CAPTIONS = {
    "target_by": mark("Set the target by"),
    "growth": mark("Growth"),
    "target_amount": mark("Amount"),
    "target_probability": mark("Chance"),
    "floor_value": mark("Floor"),
    "stretch_value": mark("Stretch"),
    "capacity_weight": mark("Capacity"),
    "potential_weight": mark("Potential"),
    "history_weight": mark("History"),
    "min_growth": mark("Least growth of a person"),
    "max_growth": mark("Most growth of a person"),
    "unit": mark("Round to"),
    "forecast_anchor": mark("Weight of the own forecast"),
    "allocation": mark("Way of sharing out"),
    "attrition_rate": mark("Sellers who leave in a year"),
    "rules": mark("Pins, floors and caps"),
}
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "target_by": (("growth", mark("Growth")), ("amount", mark("Amount")), ("probability", mark("Chance"))),
    "floor_by": (("share", mark("Share of target")), ("probability", mark("Chance"))),
    "stretch_by": (("share", mark("Share of target")), ("probability", mark("Chance"))),
    "allocation": (
        ("quadratic", mark("Equal distance (quadratic)")),
        ("entropic", mark("Equal proportion (entropic)")),
    ),
    "unit": (("fen", "0.01"), ("yuan", "1"), ("thousand", "1,000"), ("ten_thousand", "10,000")),
}
_SHARES = {"floor_value": (0.5, 1.0), "stretch_value": (1.0, 1.5)}
_CHANCES = {"floor_value": (0.5, 0.99), "stretch_value": (0.01, 0.5)}


def shown_setting(name: str, values: Mapping[str, Any], language: str) -> str:
    """A parameter in a reader's words; empty where it does not apply.

    Examples
    --------
    >>> shown_setting("growth", {"growth": 0.12, "target_by": "growth"}, "en")
    '+12.0%'
    >>> shown_setting("growth", {"growth": 0.12, "target_by": "amount"}, "en")
    ''
    """
    value = values.get(name)
    needed = {"growth": "growth", "target_amount": "amount", "target_probability": "probability"}.get(name)
    if value is None or value == [] or (needed and values.get("target_by") != needed):
        return ""
    if name == "rules":
        return said_value(name, value, language)
    if name in CHOICES:
        text = dict(CHOICES[name])[str(value)]
        return text if text[0].isdigit() else say(text, language)
    if name in ("growth", "min_growth", "max_growth"):
        return format_signed_percent(float(value), language)
    if name == "target_amount":
        return format_money(float(value), language)
    if name in ("floor_value", "stretch_value"):
        way = say(dict(CHOICES["floor_by"])[str(values[name.replace("value", "by")])], language)
        return f"{format_percent(float(value), language, 0)} ({way})"
    return format_percent(float(value), language, 0)


def setting_changes(old: Mapping[str, Any], new: Mapping[str, Any], language: str) -> list[str]:
    """What is set otherwise in the second of two sets of parameters, one sentence each.

    Examples
    --------
    >>> setting_changes({"growth": 0.12, "target_by": "growth"}, {"growth": 0.15, "target_by": "growth"}, "en")
    ['Growth: +12.0% → +15.0%']
    """
    said = []
    for name, caption in CAPTIONS.items():
        before, after = (shown_setting(name, values, language) or "–" for values in (old, new))
        if before != after:
            said.append(_change(say(caption, language), before, after, language))
    known = {*CAPTIONS, "floor_by", "stretch_by", "scenario_b", "workspace", "language"}
    return said + [
        _change(name, old.get(name), value, language)
        for name, value in new.items()
        if name not in known and value != old.get(name)
    ]


def _change(name: str, before: object, after: object, language: str) -> str:
    return say("{name}: {before} → {after}", language, name=name, before=before, after=after)


class Controls(w.VBox):
    """Cards of sliders; moving one changes the model's trait when it is let go."""

    def __init__(self, model: "TargetModel", language: str) -> None:
        self.model, self.language = model, language
        self.sliders: dict[str, Any] = {}
        self.choices: dict[str, Any] = {}
        cards = [self._target_card(), self._levels_card(), self._weights_card(), self._bounds_card()]
        cards.append(self._advanced_card())
        super().__init__(cards)
        self.add_class("sp-controls")

    def _say(self, text: str, **values: Any) -> str:
        return say(text, self.language, **values)

    def _card(self, icon: str, title: str, *children: w.Widget) -> w.VBox:
        head = w.HTML(f'<h4><i class="fa {icon}" aria-hidden="true"></i> {self._say(title)}</h4>')
        card = w.VBox([head, *children])
        card.add_class("sp-card")
        return card

    def _slider(self, name: str, *, low: float, high: float, step: float = 0.01, form: str = ".0%") -> w.FloatSlider:
        value = float(getattr(self.model, name) or 0.0)
        slider = w.FloatSlider(
            value=value,
            min=min(low, value),
            max=max(high, value),
            step=step,
            description=self._say(CAPTIONS[name]),
            readout_format=form,
            continuous_update=False,
            style={"description_width": LABEL},
        )
        slider.add_class("sp-slider")
        slider.add_class(f"sp-slider-{name}")
        w.link((self.model, name), (slider, "value")) if getattr(self.model, name) is not None else None
        self.sliders[name] = slider
        return slider

    def _choice(self, name: str, *, caption: str = "") -> w.ToggleButtons:
        options = [(text if text[0].isdigit() else self._say(text), key) for key, text in CHOICES[name]]
        choice = w.ToggleButtons(
            options=options,
            value=getattr(self.model, name),
            description=caption,
            style={"button_width": "auto", "description_width": LABEL},
        )
        choice.add_class("sp-toggle")
        w.link((self.model, name), (choice, "value"))
        self.choices[name] = choice
        return choice

    def _target_card(self) -> w.VBox:
        growth = self._slider("growth", low=-0.3, high=0.6, form="+.0%")
        chance = self._slider("target_probability", low=0.05, high=0.95)
        amount = w.FloatText(
            value=self.model.target_amount or round(float(self.model.plan.company["amount"]["target"])),
            description=self._say(CAPTIONS["target_amount"]),
            continuous_update=False,
            style={"description_width": LABEL},
        )
        amount.add_class("sp-slider")
        amount.observe(lambda change: setattr(self.model, "target_amount", float(change["new"])), "value")
        self.sliders["target_amount"] = amount
        by = self._choice("target_by")

        def show(change: Any = None) -> None:
            for name, widget in (("growth", growth), ("probability", chance), ("amount", amount)):
                widget.layout.display = None if self.model.target_by == name else "none"

        self.model.observe(show, "target_by")
        show()
        return self._card("fa-bullseye", mark("Target"), by, growth, chance, amount)

    def _levels_card(self) -> w.VBox:
        children: list[w.Widget] = []
        for name in ("floor_value", "stretch_value"):
            by = name.replace("value", "by")
            low, high = (_SHARES if getattr(self.model, by) == "share" else _CHANCES)[name]
            slider = self._slider(name, low=low, high=high)
            choice = self._choice(by)
            self.model.observe(lambda change, name=name: self._change_way(name, change["new"]), by)
            children += [slider, choice]
        return self._card("fa-sliders", mark("Floor and stretch"), *children)

    def _change_way(self, name: str, way: str) -> None:
        """A level set by share has another range than one set by chance; take a sensible value over."""
        low, high = (_SHARES if way == "share" else _CHANCES)[name]
        value = {"floor_value": 0.9, "stretch_value": 1.1 if way == "share" else 0.2}[name]
        slider = self.sliders[name]
        if not low <= getattr(self.model, name) <= high:
            with slider.hold_trait_notifications():
                slider.min, slider.max = min(low, slider.min), max(high, slider.max)
            setattr(self.model, name, value)
        slider.min, slider.max = (low, high) if low <= slider.max else (slider.min, slider.max)
        slider.max = high

    def _weights_card(self) -> w.VBox:
        names = ("capacity_weight", "potential_weight", "history_weight")
        sliders = [self._slider(n, low=0.0, high=1.0, step=0.05, form=".2f") for n in names]
        shares = w.HTML()

        def show(change: Any = None) -> None:
            values = [float(getattr(self.model, n)) for n in names]
            whole = sum(values)
            parts = [v / whole if whole > 0 else 0.0 for v in values]
            bar = "".join(f'<span style="width:{100 * p:.1f}%"></span>' for p in parts)
            words = " · ".join(
                f"{say(CAPTIONS[n], self.language)} {format_percent(p, self.language, 0)}"
                for n, p in zip(names, parts, strict=True)
            )
            shares.value = (
                f'<div class="sp-weights"><div class="sp-weights-bar">{bar}</div><small>{words}</small></div>'
            )

        self.model.observe(show, list(names))
        show()
        return self._card("fa-balance-scale", mark("Weights of the stretch"), *sliders, shares)

    def _bounds_card(self) -> w.VBox:
        low, high = self.model.min_growth, self.model.max_growth
        on = w.Checkbox(
            value=low is not None or high is not None,
            description=self._say(mark("Limit each person's growth")),
            indent=False,
        )
        span = w.FloatRangeSlider(
            value=(low if low is not None else -0.3, high if high is not None else 0.6),
            min=min(-1.0, low or 0),
            max=max(1.5, high or 0),
            step=0.05,
            readout_format="+.0%",
            continuous_update=False,
        )
        span.add_class("sp-slider")
        busy = [False]

        def to_model(change: Any = None) -> None:
            if busy[0]:
                return
            span.disabled = not on.value
            with self.model.hold_trait_notifications():
                self.model.min_growth = float(span.value[0]) if on.value else None
                self.model.max_growth = float(span.value[1]) if on.value else None

        def from_model(change: Any = None) -> None:
            busy[0] = True
            try:
                on.value = self.model.min_growth is not None or self.model.max_growth is not None
                span.disabled = not on.value
                if on.value:
                    span.value = (
                        self.model.min_growth if self.model.min_growth is not None else span.min,
                        self.model.max_growth if self.model.max_growth is not None else span.max,
                    )
            finally:
                busy[0] = False

        on.observe(to_model, "value")
        span.observe(to_model, "value")
        self.model.observe(from_model, ["min_growth", "max_growth"])
        self.sliders["bounds"] = span
        return self._card(
            "fa-arrows-v",
            mark("Floors and caps of people"),
            on,
            span,
        )

    def _advanced_card(self) -> w.VBox:
        """What is seldom moved, folded away."""
        inside = w.VBox(
            [
                self._slider("forecast_anchor", low=0.0, high=1.0, step=0.05),
                self._choice("allocation"),
                self._slider("attrition_rate", low=0.0, high=0.6),
                self._choice("unit", caption=self._say(CAPTIONS["unit"])),
            ],
            layout={"display": "none"},
        )
        fold = w.ToggleButton(
            value=False, description=self._say(mark("Advanced")), icon="cogs", layout={"width": "auto"}
        )
        fold.add_class("sp-button")
        fold.add_class("sp-fold")
        fold.observe(lambda change: setattr(inside.layout, "display", None if change["new"] else "none"), "value")
        self.advanced = fold
        card = w.VBox([fold, inside])
        card.add_class("sp-card")
        return card
