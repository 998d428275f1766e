"""What a reader should doubt about a KPI set, and where its targets come from, as notes and words."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import pandas as pd

from salesplan.kpis.kpi_sets import KpiSet, SchemeItem
from salesplan.kpis.library import KpiLibrary
from salesplan.kpis.target_rules import AGREED, AGREED_FOR_TIER, FROM_PEERS, FROM_TABLE, NO_TARGET_NEEDED
from salesplan.text import mark, say
from salesplan.text.spoken_errors import sentence_detail

if TYPE_CHECKING:
    from salesplan.kpis.scheme import KpiScheme

Note = dict[str, Any]

MOST_KPIS = 5
FEWEST_KPIS = 3
LEAST_WEIGHT = 0.05
"""A KPI that weighs less changes nobody's week."""

TOO_MANY = mark(
    "{set} has {n_kpis} KPIs, more than {n_most}: attention is spread thin and each weighs too little to change what"
    " people do."
)
TOO_FEW = mark(
    "{set} has {n_kpis} of at least {n_least} KPIs: part of the work is not seen, and a single figure is easily gamed."
)
LIGHT = mark("{set}: {kpi} weighs {weight}, less than {least_weight}; nobody will work for it.")
OFF_MIX = mark("{set}: results weigh {result_share}, agreed were {agreed_share}.")
NO_COUNTER = mark("{set}: {kpi} is easily gamed ({gaming}); none of the KPIs that would show it is in the set: {counters}.")
RELATIVE = mark(
    "{set}: without a target of their own, people are measured at colleagues of their tier for {kpis} ({quantile_share} of"
    " those lay below); such targets move with the colleagues, whatever the company needs."
)
DROPPED = mark("{set}: no data for {kpis}; the other KPIs of the set take over their weight: {weights}.")
KPI_WEIGHT = mark("{kpi} {weight}")
UNUSED_TARGETS = mark(
    "{set}: the target table holds targets for {kpis} that count for nothing, because the scheme scores them without a"
    " target or takes it from elsewhere; to use them, write target: {{from: table}}."
)
UNREADABLE = mark("{kpi} cannot be used ({where}): {reason}.")
SET_DROPPED = mark("{set}: none of its KPIs has data ({kpis}); the set is left out.")


def set_notes(one: KpiSet, library: KpiLibrary, *, agreed_share: float) -> list[Note]:
    """Doubts about one set: how many KPIs, light ones, results against process, gaming, relative targets.

    Parameters
    ----------
    agreed_share
        What results are meant to weigh where the set does not say so itself.
    """
    name = one.name.model_dump()
    notes: list[Note] = []

    def say_so(msgid: str, **details: Any) -> None:
        notes.append({"msgid": msgid, "details": {"set": name, **details}})

    if len(one.items) > MOST_KPIS:
        say_so(TOO_MANY, n_kpis=len(one.items), n_most=MOST_KPIS)
    if len(one.items) < FEWEST_KPIS:
        say_so(TOO_FEW, n_kpis=len(one.items), n_least=FEWEST_KPIS)
    for item in one.items:
        if item.weight < LEAST_WEIGHT - 1e-9:
            say_so(LIGHT, kpi=_title(library, item.kpi), weight=item.weight, least_weight=LEAST_WEIGHT)
    agreed = agreed_share if one.result_share is None else one.result_share
    result = result_share(one, library)
    if abs(result - agreed) > 1e-9:
        say_so(OFF_MIX, result_share=result, agreed_share=agreed)
    for item in one.items:
        kpi = library[item.kpi]
        if kpi.gaming_risk == "high" and not set(kpi.counter_kpi) & set(one.kpis):
            say_so(NO_COUNTER, kpi=_title(library, item.kpi), gaming=kpi.gaming.model_dump(),
                   counters=[_title(library, code) for code in kpi.counter_kpi])
    relative: dict[float, list[Any]] = {}
    for item in one.items:
        if item.rule.needs_target and item.target is not None and item.target.peers is not None:
            quantile = item.target.peers if library[item.kpi].direction == "higher" else 1 - item.target.peers
            relative.setdefault(quantile, []).append(_title(library, item.kpi))
    for quantile, titles in relative.items():
        say_so(RELATIVE, kpis=titles, quantile_share=quantile)
    return notes


def dropped_notes(
    dropped: Mapping[str, Sequence[str]], sets: Sequence[KpiSet], library: KpiLibrary
) -> list[Note]:
    """What was left out of a scheme because it has no data, set by set, and what the others weigh since."""
    left = {one.code: one for one in sets}
    notes: list[Note] = []
    for code, kpis in dropped.items():
        gone = [_title(library, kpi) for kpi in kpis]
        if code not in left:
            notes.append({"msgid": SET_DROPPED, "details": {"set": code, "kpis": gone}})
            continue
        weights = [{"msgid": KPI_WEIGHT, "details": {"kpi": _title(library, kpi), "weight": weight}}
                   for kpi, weight in left[code].weights.items()]
        notes.append({"msgid": DROPPED, "details": {"set": left[code].name.model_dump(), "kpis": gone, "weights": weights}})
    return notes


def unused_target_notes(
    scheme: "KpiScheme", profiles: pd.DataFrame, targets: pd.DataFrame | None, *, period: Any, library: KpiLibrary
) -> list[Note]:
    """Targets in the table that no score looks at, because the set takes none or agreed ones, set by set.

    Parameters
    ----------
    profiles
        As for `KpiScheme.sets_of`.
    targets
        seller_id, kpi, target: the target table's figures for the period.
    """
    if targets is None or targets.empty:
        return []
    set_of = pd.Series(scheme.sets_of(profiles, period).to_numpy(), index=profiles["seller_id"].astype(str))
    given = targets[targets["target"].notna()]
    held = given.assign(set=set_of.reindex(given["seller_id"].astype(str)).to_numpy()).groupby("set")["kpi"].agg(set)
    notes: list[Note] = []
    for one in scheme.readable_sets(library):
        unused = [item.kpi for item in one.items if item.kpi in held.get(one.code, ())
                  and not (item.rule.needs_target and item.target is not None and item.target.from_ == "table")]
        if unused:
            notes.append({"msgid": UNUSED_TARGETS, "details": {"set": one.name.model_dump(),
                                                               "kpis": [_title(library, kpi) for kpi in unused]}})
    return notes


def unreadable_notes(library: KpiLibrary) -> list[Note]:
    """The company's own KPIs that cannot be used, and why."""
    return [{"msgid": UNREADABLE, "details": {"kpi": code, "where": sentence_detail(fault.where),
                                              "reason": sentence_detail(fault.what)}}
            for code, fault in library.unreadable.items()]


def result_share(one: KpiSet, library: KpiLibrary) -> float:
    """What the result KPIs of a set weigh together; process and support make up the rest."""
    return sum(item.weight for item in one.items if library[item.kpi].type == "result")


def said_sources(item: SchemeItem, language: str) -> str:
    """Where an item's targets come from, in words: all its sources in the order in which they are asked."""
    rule = item.target
    if rule is None or not item.rule.needs_target:
        return say(NO_TARGET_NEEDED, language)
    sources = [
        (rule.from_ == "table", FROM_TABLE), (bool(rule.by_tier), AGREED_FOR_TIER), (rule.value is not None, AGREED),
        (rule.peers is not None, FROM_PEERS),
    ]  # fmt: skip
    words = [say(source, language) for there, source in sources if there]
    return reduce(lambda first, other: say("{first}; else {other}", language, first=first, other=other), words)


def _title(library: KpiLibrary, code: str) -> Any:
    return library[code].name.model_dump() if code in library else code
