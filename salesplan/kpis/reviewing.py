"""What a reader should know before a KPI scheme is agreed: judgments, weights, what the scores can tell."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.calendars.working_days import working_day_from
from salesplan.findings import ANALYST, SALES_DIRECTOR, Finding
from salesplan.kpis.library import KpiLibrary
from salesplan.kpis.scheme_notes import UNREADABLE
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.set_quality import SetQuality, check_set_quality
from salesplan.kpis.weighing import METHOD_NAMES, Weighing
from salesplan.text import mark
from salesplan.text.spoken_errors import sentence_detail

DAYS_TO_ACT = 10
MOVED = 0.1


def kpi_quality(data: Any, card: Scorecard, *, library: KpiLibrary, coverage: float = 0.9, seed: int = 0) -> SetQuality:
    """Is it a good set? Weights varied, KPIs that repeat one another, reliability, odd records, and whether ranks survive.

    Parameters
    ----------
    data
        ``daily``, ``calls`` and ``profiles`` of `load_kpi_data`; leaders, who are not ``is_seller``, are compared with nobody.
    card
        Scores of the period.
    """
    calls, profiles = getattr(data, "calls", None), data.profiles
    people = pd.Index(profiles.loc[profiles["is_seller"].eq(True), "seller_id"]) if "is_seller" in profiles else None
    return check_set_quality(card, data.daily, contacts=calls if calls is not None and len(calls) else None,
                             library=library, people=people, coverage=coverage, seed=seed)


def review_kpis(
    weighing: Weighing, card: Scorecard, quality: SetQuality, *, library: KpiLibrary,
    names: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Findings about judgments, weights and scores, beside those of the set's quality.

    Parameters
    ----------
    weighing
        Weights of the set looked at.
    card
        Scores under the chosen weights.
    quality
        From `kpi_quality`.
    names
        Judge id -> name; ids otherwise.
    """
    found = [*_unreadable(card, library), *_judges(weighing, names or {}), *_moved(weighing, library), *_bands(card)]
    due = (working_day_from(pd.Period(card.period, freq="M").end_time.date() + dt.timedelta(days=DAYS_TO_ACT), country=card.country)
           if len(card.period) == 7 else None)
    timed = [_with_due(finding, due) for finding in found]
    return [*timed, *quality.findings]


def _with_due(finding: Finding, due: dt.date | None) -> Finding:
    if due is None or finding.status not in ("act", "watch") or finding.due is not None:
        return finding
    return Finding(key=finding.key, status=finding.status, message=finding.message, details=finding.details,
                   action=finding.action, owner=finding.owner, due=due, node_id=finding.node_id)


def _unreadable(card: Scorecard, library: KpiLibrary) -> list[Finding]:
    """The company's own KPIs that cannot be used: urgent where a set of the scheme asks for one."""
    asked = getattr(card.scheme, "kpis", ())
    return [
        Finding(key=f"unreadable_{code}", status="act" if code in asked else "watch", owner=ANALYST, message=UNREADABLE,
                details={"kpi": code, "where": sentence_detail(fault.where), "reason": sentence_detail(fault.what)},
                action=mark("Mend the entry; until then nobody is scored under a set that uses the KPI."))
        for code, fault in library.unreadable.items()
    ]


def _judges(weighing: Weighing, names: Mapping[str, str]) -> list[Finding]:
    """Judges who contradict themselves, and the group as a whole."""
    if weighing.ahp is None:
        return []
    found = []
    judges = weighing.ahp.judges
    inconsistent = judges[judges["is_consistent"].eq(False)] if "is_consistent" in judges else judges.iloc[:0]
    if len(inconsistent):
        found.append(Finding(
            key="judge_contradicts", status="act", owner=ANALYST,
            message=mark("Judgments that contradict themselves: {names}."),
            details={"names": [names.get(str(judge), str(judge)) for judge in inconsistent["judge"]]},
            action=mark("Show them the three KPIs that fit together worst and ask again, before the weights are agreed.")))
    elif len(judges):
        found.append(Finding(key="judges_consistent", status="ok", details={"n_judges": len(judges)},
                             message=mark("{n_judges:The one judge is|All {n_judges} judges are} consistent.")))
    if len(judges) > 1 and np.isfinite(weighing.ahp.agreement) and weighing.ahp.agreement < 0.5:
        found.append(Finding(
            key="judges_disagree", status="watch", owner=SALES_DIRECTOR,
            message=mark("The judges do not agree on the order of the KPIs (Kendall's W {agreement_value})."),
            details={"agreement_value": float(weighing.ahp.agreement)},
            action=mark("Talk about what each KPI is for before the judgments are averaged.")))
    return found


def _moved(weighing: Weighing, library: KpiLibrary) -> list[Finding]:
    """KPIs that judges or data weigh far from what is agreed."""
    agreed = weighing.weights["direct"].to_series()
    found = []
    for method in ("ahp", "importance"):
        if method not in weighing.weights:
            continue
        gap = (weighing.weights[method].to_series() - agreed).abs()
        kpi = str(gap.idxmax())
        if gap[kpi] >= MOVED:
            found.append(Finding(
                key=f"weights_differ_{method}", status="watch", owner=SALES_DIRECTOR,
                message=mark("{kpi}: {method_msgid} says {found_weight}, agreed are {agreed_weight}."),
                details={"kpi": library[kpi].name.model_dump(), "method_msgid": METHOD_NAMES[method],
                         "found_weight": float(weighing.weights[method][kpi]), "agreed_weight": float(agreed[kpi])},
                action=mark("Decide which of the two is meant, and say why in the next version of the scheme.")))
    return found


def _bands(card: Scorecard) -> list[Finding]:
    banded = card.totals[card.totals["band"].notna()]
    bands = banded.groupby(["set", "band"])["score"].size()
    if bands.empty:
        return []
    most, n_sets = int(bands.max()), int(banded["set"].nunique())
    if len(bands) == n_sets and most > 2:
        return [Finding(
            key="nobody_told_apart", status="watch", owner=SALES_DIRECTOR, details={"n": len(banded)},
            message=mark("Nobody of {n} can be told apart by the scores of this period: the order is mostly luck."),
            action=mark("Rank over a quarter or a year, and pay and praise by attainment rather than by place."))]
    return [Finding(
        key="bands", status="ok", details={"n_bands": len(bands), "n": len(banded), "n_largest": most, "n_sets": n_sets},
        message=mark("{n} people under {n_sets} KPI {n_sets:set|sets} fall into {n_bands} bands; {n_largest} share the largest."))]
