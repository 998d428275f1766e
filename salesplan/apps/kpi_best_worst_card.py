"""Judging by the most and the least important KPI only: two choices, few sliders, consistency with every move."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import numpy as np

from salesplan.apps.kpi_best_worst import MOST
from salesplan.apps.kpi_html import named_notes
from salesplan.apps.kpi_judgements import said_ratio
from salesplan.apps.panel_html import e, head, note
from salesplan.reporting.show import show_notes
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel
    from salesplan.weighting.best_worst import BestWorstWeights

Act = Callable[..., Any]
TOLD = mark("Choose the most and the least important KPI; then say how far the one is above the others, and they above the other.")
LIMITED = mark("{said} (at most: the answer for {best} against {worst}; raise that first)")
LISTS = {"best_to_others": mark("The most important against the others"), "others_to_worst": mark("The others against the least important")}


class BestWorstCard(w.VBox):
    """The most important KPI against all others, and they against the least important.

    Parameters
    ----------
    act
        Runs a change of the model, shows errors, and redraws the panel.
    """

    def __init__(self, model: "KpiModel", language: str, *, act: Act) -> None:
        self.model, self.language, self._act = model, language, act
        self._filling = False
        self._shown: tuple[Any, ...] = ()
        self._limited: tuple[str, str] | None = None
        self.best, self.worst = (w.Dropdown(description=say(text, language)) for text in (mark("Most important"), mark("Least important")))
        for name, choice in (("best", self.best), ("worst", self.worst)):
            choice.add_class(f"sp-k-{name}")
            choice.observe(partial(self._choose, name), "value")
        self.consistency, self.pairs = w.HTML(), w.VBox()
        self.summary = w.VBox([self.consistency])
        self.summary.add_class("sp-k-summary")
        self.pairs.add_class("sp-k-pairs")
        self.sliders: dict[tuple[str, str], w.IntSlider] = {}
        self.words: dict[tuple[str, str], w.HTML] = {}
        title = w.HTML(head("fa-arrows-v", say("Best and worst", language)) + note(say(TOLD, language)))
        super().__init__([title, self.best, self.worst, self.summary, self.pairs])
        for kind in ("sp-card", "sp-k-pairwise", "sp-k-best-worst"):
            self.add_class(kind)

    def follow(self) -> None:
        """Show the answers of the model."""
        model = self.model
        found = model.best_worst
        self.layout.display = None if found is not None else "none"
        if found is None:
            return
        answers = model.answers
        self._filling = True
        try:
            shown = (model.kpis, answers["best"], answers["worst"])
            if shown != self._shown:
                self._make(shown)
            for (listed, kpi), slider in self.sliders.items():
                times = answers[listed][kpi]
                slider.value = round(times)
                first, second = (answers["best"], kpi) if listed == "best_to_others" else (kpi, answers["worst"])
                said = said_ratio(self._title(first), self._title(second), times, self.language)
                if (listed, kpi) == self._limited:
                    said = say(LIMITED, self.language, said=said, best=self._title(answers["best"]), worst=self._title(answers["worst"]))
                self.words[listed, kpi].value = f'<div class="sp-k-said">{e(said)}</div>'
        finally:
            self._filling = False
        self.consistency.value = self._consistency(found)

    def _title(self, kpi: str) -> str:
        return self.model.library.title(kpi, self.language)

    def _make(self, shown: tuple[Any, ...]) -> None:
        self._shown, (kpis, best, worst) = shown, shown
        options = [(self._title(kpi), kpi) for kpi in kpis]
        for choice, value in ((self.best, best), (self.worst, worst)):
            choice.options = options
            choice.value = value
        self.sliders, self.words, rows = {}, {}, []
        for listed, title in LISTS.items():
            rows.append(w.HTML(f'<div class="sp-k-list">{e(say(title, self.language))}</div>'))
            against = [kpi for kpi in kpis if kpi != best and (kpi != worst or listed == "best_to_others")]
            for kpi in against:
                slider = w.IntSlider(min=1, max=MOST, readout=False, continuous_update=True)
                slider.add_class("sp-k-best-worst-slider")
                slider.observe(partial(self._moved, listed, kpi), "value")
                self.sliders[listed, kpi], self.words[listed, kpi] = slider, w.HTML()
                row = w.VBox([slider, self.words[listed, kpi]])
                row.add_class("sp-k-pair")
                rows.append(row)
        self.pairs.children = rows

    def _consistency(self, found: "BestWorstWeights") -> str:
        """The ratio that says whether the answers agree, its limit, and what to look at again."""
        good, lang = found.is_consistent, self.language
        tone = "fair" if good is None else "good" if good else "poor"
        limit = "–" if np.isnan(found.threshold) else f"{found.threshold:.3f}"
        told = "" if good is None else say("The judgements agree." if good else "The judgements contradict one another.", lang)
        is_whole = say("0 is without contradiction", lang)
        notes = show_notes(named_notes(found.weights.caveats, self.model), lang).html
        return (f'<div class="sp-k-cr"><em class="sp-chip sp-{tone}">{found.cr_input:.3f}</em><small>'
                f'{e(say("Input-based consistency ratio", lang))} · {e(say("at most {limit}", lang, limit=limit))}</small></div>'
                f'<div class="sp-k-cr"><em class="sp-chip sp-{tone}">ξ {found.xi:.3f}</em><small>{e(is_whole)}</small></div>'
                f'<p class="sp-k-told">{e(told)}</p>{notes}')

    def _choose(self, end: str, change: Any) -> None:
        if not self._filling and change["new"]:
            self._limited = None
            self._act(partial(self.model.choose_ends, **{end: change["new"]}))

    def _moved(self, listed: str, kpi: str, change: Any) -> None:
        if not self._filling:
            times, answers = int(change["new"]), self.model.answers
            above = kpi != answers["worst"] and times > answers["best_to_others"][answers["worst"]]
            self._limited = (listed, kpi) if above else None
            self._act(partial(self.model.answer, listed, kpi, times))
