"""The parts of the KPI panel that are plain HTML; the same in the live app and in the printed report."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.apps.kpi_judgements import said_ratio
from salesplan.apps.panel_html import e, note, panel_style
from salesplan.kpis.kpi_weights import are_on_step
from salesplan.kpis.library import TYPE_WORDS
from salesplan.kpis.scheme_notes import set_notes
from salesplan.kpis.weighing import METHOD_NAMES
from salesplan.reporting.kpi_figures import said_weights
from salesplan.reporting.show import show_notes
from salesplan.reporting.statement_html import said_weight
from salesplan.text import mark, say
from salesplan.text.numbers import format_count, format_percent
from salesplan.weighting.random_index import ACCEPTED_CR

if TYPE_CHECKING:
    from salesplan.apps.kpi_model import KpiModel
    from salesplan.kpis.library import KpiLibrary
    from salesplan.weighting.ahp import AhpWeights
    from salesplan.weighting.triads import Triad

EXACT = mark("before rounding {weight}")
MIX = mark("Results {result_share}, process and support {other_share}; agreed are {agreed_share} : {rest_share}")
WELL = mark("The judgements agree.")
BADLY = mark("The judgements contradict one another.")
NOT_JUDGED = mark("not measured: these weights come from no judged pairs")
OPEN_PAIRS = mark("Not all pairs are judged; only the geometric index can be given.")
TRIAD = mark("Worst triad: {kpis}. Look again at: {now}. The other judgements say: {then}.")
LEAST_FIT = mark("The three that fit least: {kpis}. Now: {now}. The other judgements say: {then}.")
AFTER = mark("CR would then be {value}.")
AFTER_GCI = mark("GCI would then be {value}.")


@lru_cache(maxsize=1)
def kpi_style() -> str:
    """Style of the panel: that of every panel, and its own."""
    css = (Path(__file__).parent / "kpi_panel.css").read_text(encoding="utf-8")
    return f"{panel_style()}<style>{css}</style>"


def headline(model: "KpiModel", language: str) -> str:
    """What the weights on the screen do to the people of the set, at a glance."""
    people, preview = model.people, model.preview
    members = np.flatnonzero(people.sets == model.set_code)
    after = preview.scores(model.scheme)[members]
    before = preview.before.totals["score"].to_numpy(float)[members]
    moved = _places_moved(before, after)
    n_moved, most = int((moved > 0).sum()), int(moved.max()) if len(moved) else 0

    def middle(values: Any) -> float:
        return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")

    def card(kind: str, title: str, value: str, small: str) -> str:
        return (f'<div class="sp-kpi sp-kpi-{kind}"><div class="sp-kpi-t">{e(title)}</div>'
                f'<div class="sp-kpi-v">{e(value)}</div><div class="sp-kpi-n">{e(small)}</div></div>')

    best = members[np.nanargmax(after)] if np.isfinite(after).any() else None
    ahp = model.ahp if model.rests_on_judgements else None
    cr = "–" if ahp is None else _number(ahp.cr, 3)
    judged = say(NOT_JUDGED, language) if ahp is None else ""
    if ahp is not None and ahp.is_consistent is not None:
        judged = say(WELL if ahp.is_consistent else BADLY, language)
    return (
        '<div class="sp-kpis sp-k-headline">'
        + card("forecast", say("Median score", language), format_count(middle(after), language, 1),
               say("{score} under the scheme in force", language, score=format_count(middle(before), language, 1)))
        + card("target", say("Change place", language), say("{n} of {all}", language, n=n_moved, all=len(members)),
               say("by {n} {n:place|places} at most", language, n=most))
        + card("stretch", say("First", language), "–" if best is None else people.called(str(people.sellers[best]), language),
               "" if best is None else say("{score} points", language, score=format_count(float(np.nanmax(after)), language, 1)))
        + card("levels", say("Consistency ratio CR", language), cr, judged)
        + "</div>"
    )


def _places_moved(before: Any, after: Any) -> Any:
    from salesplan.apps.kpi_preview import ranks

    return np.nan_to_num(np.abs(ranks(before) - ranks(after)))


def weights_html(model: "KpiModel", language: str) -> str:
    """The weights as they will stand in the scheme, their exact values, and results against process."""
    shown, exact = model.scheme[model.set_code].weights, model.weights.to_series()
    before, kinds = model.in_force[model.set_code].weights, model.kinds
    in_force = say("in force", language)
    widest = max([*shown.values(), *before.values()])
    printed, step = said_weights(shown, language), model.scheme.step
    stepped = (say("in steps of {step}", language, step=said_weight(step, language)) if are_on_step(shown, step=step)
               else say("in the agreed proportions: KPIs without data are left out", language))
    rows = "".join(
        f'<div class="sp-k-w"><div class="sp-k-w-n">{e(model.library.title(kpi, language))}'
        f'<em class="sp-k-kind sp-k-{kinds[kpi]}">{e(say(TYPE_WORDS[kinds[kpi]], language))}</em></div>'
        f'<div class="sp-k-bar"><span class="sp-k-{kinds[kpi]}" style="width:{100 * weight / widest:.1f}%"></span>'
        f'<i style="left:{100 * before[kpi] / widest:.1f}%" title="{e(in_force)} {e(said_weight(before[kpi], language))}"></i></div>'
        f"<b>{e(printed[kpi])}</b>"
        f'<small>{e(say(EXACT, language, weight=format_percent(float(exact[kpi]), language)))}</small></div>'
        for kpi, weight in shown.items()
    )
    total = e(said_weight(round(sum(shown.values()), 9), language))
    result = sum(weight for kpi, weight in shown.items() if kinds[kpi] == "result")
    shares = {"result_share": result, "other_share": 1 - result, "agreed_share": model.result_share,
              "rest_share": 1 - model.result_share}
    mix = say(MIX, language, **{name: format_percent(share, language, 0) for name, share in shares.items()})
    off = " sp-k-off" if abs(result - model.result_share) > 1e-9 else ""
    return (
        f'<div class="sp-k-weights">{rows}<div class="sp-k-w sp-k-sum"><div class="sp-k-w-n">{e(say("Sum", language))}</div>'
        f'<div></div><b>{total}</b><small>{e(stepped)}'
        f'</small></div></div><div class="sp-k-mix{off}"><div class="sp-split"><span style="width:{100 * result:.1f}%"></span>'
        f'<span style="width:{100 * (1 - result):.1f}%"></span><i style="left:{100 * model.result_share:.1f}%"></i></div>'
        f"<small>{e(mix)} · {e(say('The dark line marks the weight in force.', language))}</small></div>"
    )


def doubts_html(model: "KpiModel", language: str) -> str:
    """What is doubtful about the set on the screen, and what its method cannot say."""
    doubts = set_notes(model.scheme[model.set_code], model.library, agreed_share=model.result_share)
    caveats = named_notes(model.weights.caveats, model)
    page = ""
    for title, notes in ((mark("What this method cannot say"), caveats), (mark("Doubts about the set"), doubts)):
        if notes:
            page += f'<div class="sp-k-notes"><b>{e(say(title, language))}</b>{show_notes(notes, language).html}</div>'
    return page


def named_notes(notes: Sequence[Mapping[str, Any]], model: "KpiModel") -> list[dict[str, Any]]:
    """Notes with the names of KPIs and judges in place of their codes."""

    def named(value: Any) -> Any:
        if isinstance(value, str) and value in model.library:
            return model.library[value].name.model_dump()
        if isinstance(value, str) and value in model.judges:
            return model.name_of_judge(value)
        return [named(one) for one in value] if isinstance(value, list | tuple) else value

    return [{"msgid": n["msgid"], "details": {key: named(value) for key, value in n["details"].items()}} for n in notes]


def consistency_html(ahp: "AhpWeights | None", library: "KpiLibrary", language: str) -> str:
    """How far the judgements agree, and which one to look at again."""
    if ahp is None:
        return ""
    good = ahp.is_consistent
    tone = "fair" if good is None else "good" if good else "poor"
    cr = "–" if np.isnan(ahp.cr) else f"{ahp.cr:.3f}"
    gci = "–" if np.isnan(ahp.gci) else f"{ahp.gci:.3f}"
    limit = say("at most {limit}", language, limit=f"{ACCEPTED_CR:.2f}")
    index = say("random index: {name}", language, name=ahp.random_index) if ahp.random_index else say(OPEN_PAIRS, language)
    told = "" if good is None else say(WELL if good else BADLY, language)
    gci_limit = say("at most {limit}", language, limit=f"{ahp.gci_threshold:.2f}")
    page = (
        f'<div class="sp-k-cr"><em class="sp-chip sp-{tone}">CR {cr}</em><small>{e(limit)}</small>'
        f'<em class="sp-chip sp-{tone}">GCI {gci}</em><small>{e(gci_limit)}</small></div>'
        f'<p class="sp-k-told">{e(told)} <small>{e(index)}</small></p>'
    )
    worst = ahp.worst_triad
    return page if worst is None else page + f'<p class="sp-note">{triad_html(worst, library, language, agree=good is not False)}</p>'


def triad_html(worst: "Triad", library: "KpiLibrary", language: str, *, agree: bool) -> str:
    """The three judgements that disagree most, as a sentence with the change that helps."""

    def pair(ratio: float) -> str:
        return said_ratio(library.title(worst.first, language), library.title(worst.second, language), ratio, language)

    kpis = ("、" if language == "zh" else ", ").join(library.title(kpi, language) for kpi in worst.kpis)
    told = e(say(LEAST_FIT if agree else TRIAD, language, kpis=kpis, now=pair(worst.current), then=pair(worst.suggested)))
    by_gci = np.isnan(worst.cr_after)
    value = f"{worst.gci_after if by_gci else worst.cr_after:.3f}"
    return f"{told} {e(say(AFTER_GCI if by_gci else AFTER, language, value=value))}"


def judges_html(model: "KpiModel", language: str) -> str:
    """Each judge's own consistency and distance from the group."""
    group = model.weighing.ahp
    if group is None:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{e(model.name_of_judge(str(row['judge'])))}</th><td>{_number(row['cr_value'], 3)}</td>"
        f"<td><em class='sp-chip sp-{_tone(row['is_consistent'])}'>{e(_said_consistent(row['is_consistent'], language))}</em></td>"
        f"<td>{_number(row['distance_factor'], 2)}</td></tr>"
        for row in group.judges.to_dict("records")
    )
    heads = "".join(f"<th>{e(text)}</th>" for text in (say("Judge", language), "CR", "", say("Distance", language)))
    what = say("Distance: by what factor a judge's weights differ from the group's; 1 is not at all.", language)
    return (f'<table class="sp-scenarios sp-k-judges"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{note(what)}')


def _number(value: Any, digits: int) -> str:
    return "–" if pd.isna(value) else f"{value:.{digits}f}"


def _tone(consistent: Any) -> str:
    return "fair" if pd.isna(consistent) else "good" if consistent else "poor"


def _said_consistent(consistent: Any, language: str) -> str:
    if _tone(consistent) == "fair":
        return "–"
    return say("consistent" if consistent else "contradictory", language)


def methods_html(model: "KpiModel", language: str) -> str:
    """Weights by every method, one column a KPI; the chosen one stands out."""
    found = model.compared()
    heads = "".join(f"<th>{e(model.library.title(kpi, language))}</th>" for kpi in model.kpis)
    most = max(float(weights.to_series().max()) for weights in found.values())
    rows = "".join(
        f'<tr{" class=sp-k-chosen" if name == model.method else ""}><th scope="row">{e(say(METHOD_NAMES[name], language))}</th>'
        + "".join(_cell(weights, at, most, language) for at in range(len(model.kpis))) + "</tr>"
        for name, weights in found.items()
    )
    return (f'<div class="sp-table-wrap" tabindex="0"><table class="sp-k-table sp-k-methods"><thead><tr>'
            f'<th>{e(say("Method", language))}</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>')


def _cell(weights: Any, at: int, most: float, language: str) -> str:
    value = float(weights.to_frame()["weight"].iloc[at])
    span = ""
    if weights.lower is not None:
        lower, upper = (100 * float(end[at]) for end in (weights.lower, weights.upper))
        span = f"<small>{lower:.0f}–{upper:.0f}%</small>"
    shade = 100 * value / most
    return (f'<td style="background:linear-gradient(to right,#dbeafe {shade:.0f}%,transparent {shade:.0f}%)">'
            f"{e(format_percent(value, language))}{span}</td>")
