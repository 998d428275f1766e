"""Judging pairs: one slider a pair, what follows from it, and which judgement to look at again."""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from salesplan.apps.kpi_html import consistency_html, judges_html
from salesplan.apps.kpi_judgements import FARTHEST, position_of, ratio_at, said_judgement
from salesplan.apps.kpi_model import AGREED, GROUP, JUDGED
from salesplan.apps.panel_html import e, head
from salesplan.kpis.kpi_weights import are_on_step
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel

Act = Callable[..., Any]
BETWEEN_STEPS = 0.001
"""Step of a slider that stands between two steps of the scheme, because KPIs without data are left out."""
STARTS = {GROUP: mark("All judges together"), AGREED: mark("Weights in force")}


class PairwiseCard(w.VBox):
    """Sliders from "nine times as important" over "equal" to the other side; every move gives weights and consistency.

    What the judgements come to stays in sight while any of the sliders is moved.

    Parameters
    ----------
    act
        Runs a change of the model, shows errors, and redraws the panel.
    """

    def __init__(self, model: "KpiModel", language: str, *, act: Act) -> None:
        self.model, self.language, self._act = model, language, act
        self._filling = False
        self._shown: tuple[str, tuple[str, ...]] = ("", ())
        self.start = w.Dropdown(description=say("Start from", language))
        self.start.add_class("sp-k-start")
        self.start.observe(self._choose_start, "value")
        self.sliders: dict[tuple[str, str], w.IntSlider] = {}
        self.words: dict[tuple[str, str], w.HTML] = {}
        self.pairs = w.VBox()
        self.pairs.add_class("sp-k-pairs")
        self.consistency, self.judges = w.HTML(), w.HTML()
        self.apply = w.Button(description=say("Apply the suggestion", language), icon="magic", layout={"width": "auto"})
        self.apply.add_class("sp-button")
        self.apply.add_class("sp-k-apply")
        self.apply.on_click(lambda _: act(model.apply_suggestion))
        self.summary = w.VBox([self.consistency, self.apply])
        self.summary.add_class("sp-k-summary")
        title = w.HTML(head("fa-exchange", say("Which matters more?", language)))
        super().__init__([title, self.start, self.summary, self.pairs, self.judges])
        self.add_class("sp-card")
        self.add_class("sp-k-pairwise")

    def follow(self) -> None:
        """Show the judgements of the model."""
        model, lang = self.model, self.language
        self.layout.display = None if model.method in (*JUDGED, "combined") and len(model.kpis) > 1 else "none"
        if self.layout.display == "none":
            return
        self._filling = True
        try:
            if (model.set_code, model.kpis) != self._shown:
                self._offer_starts()
                self._make_pairs()
                self.judges.value = judges_html(model, lang) if model.judges else ""
            if self.start.value != model.start:
                self.start.value = model.start
            for (a, b), slider in self.sliders.items():
                ratio = model.comparison.ratio(a, b)
                if slider.value != position_of(ratio):
                    slider.value = position_of(ratio)
                self.words[a, b].value = self._told(a, b, ratio)
        finally:
            self._filling = False
        self.consistency.value = consistency_html(model.ahp, model.library, lang)
        self.apply.disabled = model.ahp is None or (model.ahp.worst_triad or model.ahp.best_change) is None

    def _told(self, first: str, second: str, ratio: float) -> str:
        title = partial(self.model.library.title, language=self.language)
        return f'<div class="sp-k-said">{e(said_judgement(title(first), title(second), ratio, self.language))}</div>'

    def _offer_starts(self) -> None:
        judges = self.model.judges
        known = [GROUP] if judges else []
        options = [(say(STARTS[key], self.language), key) for key in (*known, AGREED)]
        options += [(self.model.name_of_judge(judge), judge) for judge in judges]
        self.start.options = options

    def _make_pairs(self) -> None:
        self._shown = (self.model.set_code, self.model.kpis)
        self.sliders, self.words, rows = {}, {}, []
        for a, b in combinations(self.model.kpis, 2):
            names = [e(self.model.library.title(kpi, self.language)) for kpi in (a, b)]
            ends = w.HTML(f'<div class="sp-k-ends"><span>{names[0]}</span><span>{names[1]}</span></div>')
            slider = w.IntSlider(min=-FARTHEST, max=FARTHEST, readout=False, continuous_update=True)
            slider.add_class("sp-k-pair-slider")
            slider.observe(partial(self._moved, a, b), "value")
            self.sliders[a, b], self.words[a, b] = slider, w.HTML()
            row = w.VBox([ends, slider, self.words[a, b]])
            row.add_class("sp-k-pair")
            rows.append(row)
        self.pairs.children = rows

    def _moved(self, first: str, second: str, change: Any) -> None:
        if not self._filling:
            self._act(partial(self.model.judge, first, second, ratio_at(int(change["new"]))))

    def _choose_start(self, change: Any) -> None:
        if not self._filling and change["new"]:
            self._act(partial(self.model.start_from, change["new"]))


class DirectCard(w.VBox):
    """One slider a KPI; when one moves the others share what is left, so that the sum stays 100 %."""

    def __init__(self, model: "KpiModel", language: str, *, act: Act) -> None:
        self.model, self.language, self._act = model, language, act
        self._filling = False
        self._shown: tuple[str, ...] = ()
        self.sliders: dict[str, w.FloatSlider] = {}
        self.rows = w.VBox()
        told = say("Move one weight; the others share the rest as they stood to one another.", language)
        title = w.HTML(head("fa-balance-scale", say("Agreed weights", language)) + f'<p class="sp-note">{e(told)}</p>')
        super().__init__([title, self.rows])
        self.add_class("sp-card")
        self.add_class("sp-k-direct")

    def follow(self) -> None:
        """Show the weights of the model."""
        model = self.model
        self.layout.display = None if model.method == "direct" else "none"
        if self.layout.display == "none":
            return
        self._filling = True
        try:
            if model.kpis != self._shown:
                self._make_sliders()
            on_step = are_on_step(model.agreed, step=model.scheme.step)
            for kpi, slider in self.sliders.items():
                slider.step = model.scheme.step if on_step else BETWEEN_STEPS
                slider.readout_format = ".0%" if on_step and round(model.scheme.step * 100, 9) >= 1 else ".1%"
                shown = _on_slider(model.agreed[kpi])
                if abs(slider.value - shown) > 1e-9:
                    slider.value = shown
        finally:
            self._filling = False

    def _make_sliders(self) -> None:
        self._shown, step = self.model.kpis, self.model.scheme.step
        self.sliders, rows = {}, []
        most = 1 - (len(self._shown) - 1) * step
        for kpi in self._shown:
            name = w.HTML(f'<div class="sp-k-ends"><span>{e(self.model.library.title(kpi, self.language))}</span></div>')
            slider = w.FloatSlider(
                value=_on_slider(self.model.agreed[kpi]), min=min(step, most), max=most, disabled=len(self._shown) == 1,
                continuous_update=True,
            )
            slider.add_class("sp-k-weight-slider")
            slider.observe(partial(self._moved, kpi), "value")
            self.sliders[kpi] = slider
            row = w.VBox([name, slider])
            row.add_class("sp-k-pair")
            rows.append(row)
        self.rows.children = rows

    def _moved(self, kpi: str, change: Any) -> None:
        moved = abs(float(change["new"]) - _on_slider(self.model.agreed[kpi])) > 0.6 * BETWEEN_STEPS
        if moved and not self._filling:  # a page sends a value back that it has put on its own grid: nobody moved that
            self._act(partial(self.model.move_weight, kpi, float(change["new"])))


def _on_slider(weight: float) -> float:
    """Where a slider stands for a weight: on its own grid, so that the page has nothing to put right."""
    return round(round(weight / BETWEEN_STEPS) * BETWEEN_STEPS, 9)
