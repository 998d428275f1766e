"""KPIs, weights and scores on a page: what is measured, what weighs how much, who scored what, and where it is from."""

import html
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from salesplan.kpis.library import RISK_WORDS, TYPE_WORDS, UNIT_WORDS, KpiLibrary
from salesplan.kpis.weighing import METHOD_NAMES
from salesplan.reporting.kpi_figures import said_figure, said_period
from salesplan.reporting.provenance import Provenance, provenance
from salesplan.reporting.show import Fragment, show_notes, show_table
from salesplan.reporting.show_ratings import show_ratings
from salesplan.reporting.show_scheme import show_scheme
from salesplan.text import mark, say

if TYPE_CHECKING:
    from salesplan.kpis.forced_distribution import ForcedDistribution
    from salesplan.kpis.parameters import KpiParameters
    from salesplan.kpis.scorecard import Scorecard
    from salesplan.kpis.weighing import Weighing

__all__ = ["kpi_provenance", "show_forced", "show_judges", "show_library", "show_ratings", "show_scheme", "show_scores"]

Note = Mapping[str, Any]

WITHOUT_DATA = mark("Without data in this period: {kpis}.")
NEEDS = mark("{kpi} (read from {tables})")
NO_JUDGES = mark("Nobody has compared the KPIs of this set in pairs.")
AGREEMENT = mark("Agreement of the judges' orders (Kendall's W): {value}; 1 is the same order, 0 none in common.")
ALL_CONSISTENT = mark("No judge contradicts themselves.")
TRIAD = mark(
    "{judge}: {kpis} do not fit together. {kpi_a} against {kpi_b} was judged {current}; {suggested} would fit the other"
    " judgements best ({index} {after_value} then, {now_value} now)."
)
CAVEAT = mark("{methods}: {caveat}")
FIRST_PEOPLE = mark("The first {n_shown} of {n_people} people, by score")
FIRST_OF_SETS = mark("The first people of each KPI set, by score ({n_shown} of {n_people})")
LEAST_OF_A_SET = 5
"""People shown of each KPI set, at least."""


def show_library(library: KpiLibrary, data: Any, language: str, *, currency: str = "CNY") -> Fragment:
    """Every KPI that has data in the period: how many people have a figure, what is usual, how it is gamed.

    Parameters
    ----------
    data
        Loaded KPI data: ``actuals`` (seller_id, kpi, actual); quartiles are over those who sell themselves, since the
        figures of leaders are their team's. A KPI that only leaders have is described by theirs.
    """
    figures = data.actuals[data.actuals["actual"].notna()]
    by = {str(kpi): part["actual"].to_numpy(float) for kpi, part in figures.groupby("kpi", sort=False)}
    if "is_seller" in data.profiles:
        own = figures[figures["seller_id"].isin(data.profiles.loc[data.profiles["is_seller"].astype(bool), "seller_id"])]
        by |= {str(kpi): part["actual"].to_numpy(float) for kpi, part in own.groupby("kpi", sort=False)}
    comma = "、" if language == "zh" else ", "
    rows = [
        {
            "kpi": kpi.title(language), "kpi_type": say(TYPE_WORDS[kpi.type], language),
            "kpi_unit": say(UNIT_WORDS[kpi.unit], language),
            "n_with_actual": len(by[kpi.code]),
            **{name: said_figure(float(np.quantile(by[kpi.code], at)), kpi.unit, language, currency=currency)
               for name, at in (("lower_quartile", 0.25), ("middle", 0.5), ("upper_quartile", 0.75))},
            "gaming_risk": say(RISK_WORDS[kpi.gaming_risk], language),
            "counter_kpi": comma.join(library.title(code, language) for code in kpi.counter_kpi) or "–",
            "source": comma.join(_table(name, language) for name in kpi.tables),
        }
        for kpi in library if kpi.code in by
    ]  # fmt: skip
    kinds = dict.fromkeys(("kpi", "lower_quartile", "middle", "upper_quartile", "source"), "text")
    table = show_table(pd.DataFrame(rows), language, kinds=kinds)
    gone = [kpi for kpi in library if kpi.code not in by]
    if not gone:
        return table
    named = [say(NEEDS, language, kpi=kpi.title(language), tables=comma.join(_table(t, language) for t in kpi.tables))
             for kpi in gone]
    return _joined(table, _sentence(say(WITHOUT_DATA, language, kpis=comma.join(named))))


def show_judges(
    weighing: "Weighing", language: str, library: KpiLibrary, *, parameters: "KpiParameters | None" = None,
    names: Mapping[str, str] | None = None,
) -> Fragment:
    """Who judged how consistently, how far from the group, and which judgement each should look at again first; below,
    folded, what no method can say.

    Parameters
    ----------
    parameters
        Their judgments, where given, stand for those of the workspace.
    names
        Judge id -> name; ids otherwise.
    """
    notes = [*_caveats(weighing, library, language), *named_notes(weighing.notes, library)]
    folded = show_notes(_once(notes), language)
    summary = html.escape(say(mark("What to know about each method"), language))
    more = Fragment(html=f"<details><summary>{summary}</summary>{folded.html}</details>", plain=folded.plain)
    return _joined(_judges(weighing, language, library, parameters, dict(names or {})), more)


def _judges(
    weighing: "Weighing", language: str, library: KpiLibrary, parameters: "KpiParameters | None", names: dict[str, str]
) -> Fragment:
    group = weighing.ahp
    if group is None:
        return _sentence(say(NO_JUDGES, language))
    judges = group.judges.assign(judge=[names.get(str(judge), str(judge)) for judge in group.judges["judge"]])
    parts = [show_table(judges, language, kinds={"cr_value": "number", "gci_value": "number", "judge": "text",
                                                       "distance_factor": "number"})]
    if not np.isnan(group.agreement):
        parts.append(_sentence(say(AGREEMENT, language, value=f"{group.agreement:.2f}")))
    notes = _worst_triads(weighing, library, parameters, names)
    parts.append(show_notes(notes, language) if notes else _sentence(say(ALL_CONSISTENT, language)))
    return _joined(*parts)


def show_scores(card: "Scorecard", language: str, *, top: int = 20, names: Mapping[str, str] | None = None) -> Fragment:
    """The best of each KPI set, with interval, rank interval and band; a summary by KPI set; the notes.

    Parameters
    ----------
    top
        How many people, shared out over the sets; 0 for the summary alone.
    names
        Name of each org unit by its id.
    """
    sets = {one.code: one.name.said(language) for one in getattr(card.scheme, "sets", ())}
    summary = card.summary()
    named = summary.assign(set=summary["set"].map(lambda code: sets.get(code, code)))
    parts = [show_table(named, language, kinds={"n_without_score": "count"})]
    ranked = in_order(card)
    ranked = ranked[ranked["rank"].notna()]
    if top and len(ranked):
        n_sets = ranked["set"].nunique()
        shown = ranked.groupby("set", sort=False).head(max(LEAST_OF_A_SET, top // n_sets)) if n_sets > 1 else ranked.head(top)
        frame = pd.DataFrame({
            "rank": shown["rank"].astype(int), "name": shown["name"].astype(str),
            "unit": [dict(names or {}).get(str(org), str(org)) for org in shown["org_id"]],
            "set": [sets.get(code, code) for code in shown["set"]], "score": shown["score"],
            "score_lower": shown["score_lower"], "score_upper": shown["score_upper"],
            "rank_lower": shown["rank_lower"], "rank_upper": shown["rank_upper"], "band": shown["band"],
            "company_rank": shown["company_rank"], "n_missing": shown["n_missing"],
        })  # fmt: skip
        if shown["company_rank"].isna().all():
            frame = frame.drop(columns="company_rank")
        if shown["band"].isna().all():
            frame = frame.drop(columns=["score_lower", "score_upper", "rank_lower", "rank_upper", "band"])
        kinds = {"rank": "count", "rank_lower": "count", "rank_upper": "count", "band": "count", "unit": "text",
                 "company_rank": "count"}
        title = say(FIRST_PEOPLE if n_sets == 1 else FIRST_OF_SETS, language, n_shown=f"{len(shown):,}",
                    n_people=f"{len(ranked):,}")
        parts += [_sentence(title, strong=True), show_table(frame.reset_index(drop=True), language, kinds=kinds)]
    return _joined(*parts, show_notes(card.notes, language))


def in_order(card: "Scorecard") -> pd.DataFrame:
    """Totals by KPI set in the scheme's order, within each by place; who has no set or no place comes last."""
    totals, known = card.totals, [one.code for one in getattr(card.scheme, "sets", ())]
    place = {code: at for at, code in enumerate([*known, *sorted(set(totals["set"].dropna()) - set(known))])}
    keys = totals.assign(_set=totals["set"].map(place).fillna(len(place)),
                         _place=totals["rank"].astype("Float64").fillna(np.inf).astype(float))
    return totals.loc[keys.sort_values(["_set", "_place"], kind="stable").index]


def show_forced(forced: "ForcedDistribution", language: str) -> Fragment:
    """Grades by quota: how many were agreed and given, how often a grade is wrong, and where a border is arbitrary."""
    return _joined(show_table(forced.summary(), language, kinds={"grade": "text"}), show_notes(forced.notes, language))


def kpi_provenance(
    data: Any, parameters: Any = None, card: "Scorecard | None" = None, *, language: str
) -> Provenance:
    """Which data, period, scheme and parameters a page about KPIs rests on.

    Parameters
    ----------
    card
        Scores of the page; their rule version and KPI scheme are shown with the parameters.
    """
    plain = provenance(data, parameters, language=language)
    facts: dict[str, Any] = {} if card is None else {
        say(mark("KPI scheme"), language): getattr(card.scheme, "name", ""),
        say(mark("Version of the rules"), language): card.rule_version,
    }
    label = card.period if card is not None else str(getattr(data, "label", ""))
    return Provenance(source=plain.source, period=said_period(label, language) if label else plain.period,
                      fingerprint=plain.fingerprint, language=language, parameters={**facts, **plain.parameters})


def named_notes(notes: Iterable[Note], library: KpiLibrary) -> list[dict[str, Any]]:
    """Notes in which codes of KPIs are replaced by their names in both languages.

    Examples
    --------
    >>> from salesplan.kpis.library import load_library
    >>> named_notes([{"msgid": "{kpi_a}", "details": {"kpi_a": "visits"}}], load_library())[0]["details"]["kpi_a"]["en"]
    'Visits'
    """
    def name(value: Any) -> Any:
        if isinstance(value, str):
            return library[value].name.model_dump() if value in library else value
        return [name(one) for one in value] if isinstance(value, list | tuple) else value

    return [{**note, "details": {key: name(value) for key, value in note["details"].items()}} for note in notes]


def _caveats(weighing: "Weighing", library: KpiLibrary, language: str) -> list[dict[str, Any]]:
    """What each method cannot say, the chosen one first; methods that share a caveat share its line."""
    order = [weighing.chosen, *(method for method in weighing.weights if method != weighing.chosen)]
    methods: dict[str, list[str]] = {}
    caveats: dict[str, dict[str, Any]] = {}
    for method in order:
        for caveat in named_notes(weighing.caveats(method), library):
            key = repr(sorted(caveat.items()))
            caveats[key] = caveat
            methods.setdefault(key, []).append(say(METHOD_NAMES[method], language))
    return [{"msgid": CAVEAT, "details": {"methods": " / ".join(methods[key]), "caveat": caveat}}
            for key, caveat in caveats.items()]


def _worst_triads(
    weighing: "Weighing", library: KpiLibrary, parameters: "KpiParameters | None", names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """For every judge who contradicts themselves, the judgement to look at again first."""
    from salesplan.kpis.parameters import KpiParameters
    from salesplan.kpis.weighing_material import judgments_of
    from salesplan.weighting.ahp import ahp_weights
    from salesplan.weighting.triads import ratio_text

    judges, _ = judgments_of(weighing.material.judgments, weighing.kpis, parameters or KpiParameters.read({}))
    notes: list[dict[str, Any]] = []
    for judge, comparison in judges.items():
        if len(comparison.parts()) > 1:
            continue
        own = ahp_weights(comparison)
        worst = own.worst_triad
        if worst is None or own.is_consistent is not False:
            continue
        by_cr = own.judged_by == "CR"
        notes.append({"msgid": TRIAD, "details": {
            "judge": names.get(judge, judge), "kpis": list(worst.kpis), "kpi_a": worst.first, "kpi_b": worst.second,
            "current": ratio_text(worst.current), "suggested": ratio_text(worst.suggested), "index": own.judged_by,
            "after_value": round(worst.cr_after if by_cr else worst.gci_after, 3),
            "now_value": round(own.cr if by_cr else own.gci, 3),
        }})  # fmt: skip
    return named_notes(notes, library)


def _table(name: str, language: str) -> str:
    from salesplan.data.schema import TABLES

    return TABLES[name].zh if language == "zh" and name in TABLES else name.replace("_", " ")


def _once(notes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each note once, in the order given."""
    return list({repr(note): note for note in notes}.values())


def _sentence(words: str, *, strong: bool = False) -> Fragment:
    said = html.escape(words)
    return Fragment(html=f"<p><b>{said}</b></p>" if strong else f"<p>{said}</p>", plain=words)


def _joined(*parts: Fragment) -> Fragment:
    return Fragment(html="".join(p.html for p in parts), plain="\n".join(p.plain for p in parts if p.plain))
