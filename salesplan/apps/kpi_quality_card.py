"""How firm the ranks are and what speaks against the set; worked out when the sliders rest."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import pandas as pd

from salesplan.apps.beside import Beside
from salesplan.apps.panel_html import e, head, note
from salesplan.kpis.set_quality import TWO_SIDED, who_may_be_first
from salesplan.reporting.show import page_css, show_findings, show_notes
from salesplan.reporting.statement_html import said_weight
from salesplan.text import mark, say
from salesplan.text.numbers import format_percent, format_probability
from salesplan.weighting.acceptability import RankAcceptability, rank_acceptability
from salesplan.weighting.stability import rank_changes, weight_stability_intervals

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel

SWING = 0.2
SHOWN = 10
"""The best by score, who are shown; whoever else other weightings could put first is tried with them."""
WEIGHTINGS = 5_000
FEWEST = 3
WAIT = 2.0  # seconds after the bands are shown until the set is reviewed: whoever stops to read, not whoever drags on
HEADS = (
    mark("KPI"), mark("Weight"), mark("First place holds from – to"), mark("A fifth less"), mark("A fifth more"),
)  # fmt: skip
MOVES = mark("{n} move, by {n_places} {n_places:place|places} at most")
NOBODY_MOVES = mark("nobody moves")
FIRSTS = mark(
    "The {n} best of those with all figures, in order of their score, among {n_tried} whom other weights could put first. The"
    " bar is the share of {n_weightings} weightings drawn that put them first; drawing moves it by {error} at most."
)
TOO_FEW = mark("Too few people with all figures to try other weights ({n}).")


class QualityCard(w.VBox):
    """Stability of the ranks, who is first under how many weightings, and findings about the set."""

    def __init__(self, model: "KpiModel", language: str, *, aside: Callable[..., Any]) -> None:
        self.model, self.language = model, language
        self.stability, self.firsts, self.found = w.HTML(), w.HTML(), w.HTML()
        self.later = Beside(self._review, aside(self._show_review), seconds=WAIT)
        left = w.VBox([w.HTML(head("fa-anchor", say("How firm are the ranks?", language))), self.stability])
        right = w.VBox([w.HTML(head("fa-trophy", say("First under how many weightings?", language))), self.firsts])
        findings = w.VBox([w.HTML(f"<style>{page_css()}</style>" + head("fa-flag-o", say("Findings", language))), self.found])
        for card in (left, right, findings):
            card.add_class("sp-card")
        findings.add_class("sp-findings-card")
        pair = w.HBox([left, right])
        pair.add_class("sp-two")
        self.findings = findings
        findings.layout.display = None if model.review is not None else "none"
        super().__init__([pair, findings])
        self.add_class("sp-k-quality")

    def follow(self) -> None:
        """Pale until the scheme on the screen has been looked at."""
        self.add_class("sp-waiting")

    def prepare(self) -> tuple[str, str]:
        """Stability, and who is first under how many weightings."""
        return stability_html(self.model, self.language)

    def show(self, prepared: tuple[str, str]) -> None:
        """Show what was prepared, and ask for the findings."""
        self.stability.value, self.firsts.value = prepared
        self.remove_class("sp-waiting")
        if self.model.review is not None:
            self.findings.add_class("sp-waiting")
            self.later.ask()

    def _review(self) -> str:
        return show_findings(self.model.findings(), self.language, currency=self.model.data.currency, folded=("ok",)).html

    def _show_review(self, found: Callable[[], str]) -> None:
        self.found.value = found()
        self.findings.remove_class("sp-waiting")


def complete_points(model: "KpiModel") -> pd.DataFrame:
    """Scores of the people of the set who have all KPIs: people x KPIs."""
    return model.preview.again.points(model.set_code).dropna()


def stability_html(model: "KpiModel", language: str) -> tuple[str, str]:
    """How far each weight may move, what a fifth more or less does, and who is first under how many weightings."""
    scores = complete_points(model)
    if len(scores) < FEWEST or scores.shape[1] < 2:
        few = note(say(TOO_FEW, language, n=len(scores)))
        return few, few
    weights = model.scheme[model.set_code].weights
    return _stability_table(scores, weights, model, language), _firsts(scores, weights, model, language)


def _stability_table(scores: pd.DataFrame, weights: dict[str, float], model: "KpiModel", language: str) -> str:
    room = {row["criterion"]: row for row in weight_stability_intervals(scores, weights).to_dict("records")}
    changes = rank_changes(scores, weights, swing=SWING).to_dict("records")
    effect = {(row["criterion"], row["weight_change"] > 0): row for row in changes}

    def moved(kpi: str, *, more: bool) -> str:
        row = effect[kpi, more]
        n = int(row["n_moved"])
        told = say(MOVES, language, n=n, n_places=int(row["n_places"])) if n else say(NOBODY_MOVES, language)
        first = "" if row["first_keeps"] else f'<small>{e(say("another is first", language))}</small>'
        return f"{e(told)}{first}"

    rows = ""
    for kpi, weight in weights.items():
        row = room[kpi]
        lower, upper = float(row["weight_lower"]), float(row["weight_upper"])
        rivals = [model.people.called(str(row[side]), language) for side in ("challenger_below", "challenger_above") if row[side]]
        told = say("then {names}", language, names=("、" if language == "zh" else ", ").join(rivals)) if rivals else ""
        rival = f"<small>{e(told)}</small>" if told else ""
        bar = (f'<div class="sp-k-room"><span style="left:{100 * lower:.1f}%;width:{100 * (upper - lower):.1f}%"></span>'
               f'<i style="left:{100 * weight:.1f}%"></i></div>')
        rows += (f"<tr><th scope='row'>{e(model.library.title(kpi, language))}</th><td>{e(said_weight(weight, language))}</td>"
                 f"<td>{bar}{e(format_percent(lower, language, 0))} – {e(format_percent(upper, language, 0))}{rival}</td>"
                 f"<td>{moved(kpi, more=False)}</td><td>{moved(kpi, more=True)}</td></tr>")
    heads = "".join(f"<th>{e(say(text, language))}</th>" for text in HEADS)
    told = say("{n} {n:person|people} with all figures; one weight moves, the others keep their proportions.", language, n=len(scores))
    return (f'<div class="sp-table-wrap" tabindex="0"><table class="sp-k-table sp-k-stable"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>{note(told)}")


def _firsts(scores: pd.DataFrame, weights: dict[str, float], model: "KpiModel", language: str) -> str:
    total = scores @ pd.Series(weights)[scores.columns]
    tried = who_may_be_first(scores, total)
    found: RankAcceptability = rank_acceptability(scores.loc[tried], n=WEIGHTINGS, seed=model.base.seed, ranks=1)
    best = tried[:SHOWN]
    shown = [(model.people.called(str(who), language), float(found.first[who])) for who in best]
    if len(tried) > len(best):
        shown.append((say("all others", language), float(found.first.drop(best).sum())))
    rows = "".join(
        f'<div class="sp-k-first"><span>{e(name)}</span>'
        f'<div class="sp-k-bar"><span style="width:{100 * share:.1f}%"></span></div>'
        f"<b>{e(format_probability(share, language))}</b></div>"
        for name, share in shown
    )
    told = say(FIRSTS, language, n=len(best), n_tried=len(tried), n_weightings=f"{WEIGHTINGS:,}",
               error=format_percent(TWO_SIDED * float(found.first_error.max()), language))
    return rows + note(told) + show_notes(found.caveats, language).html
