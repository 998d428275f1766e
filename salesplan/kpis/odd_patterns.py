"""Odd records in a scorecard's figures: what they look like, who is asked about them, and what the ranks do without them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.calendars.period import read_period
from salesplan.findings import ANALYST, SALES_MANAGER, Finding, Status
from salesplan.kpis.gaming import SHORT_CALL_SECONDS, bunching, last_day_spikes, short_calls
from salesplan.kpis.gaming_check import GamingCheck
from salesplan.kpis.library import KpiLibrary
from salesplan.kpis.rank_survival import RankSurvival, figures_without, rank_survival, scores_with, scores_without
from salesplan.kpis.scorecard import Scorecard
from salesplan.text import mark

CALLS = "calls"

BUNCHED = mark(
    "{kpi}: {n_above} figures lie just above {threshold_rate} and {n_below} just below; {expected_share} above would be"
    " usual."
)
LATE = mark(
    "{kpi}: {n} {n:person brings|people bring} far more of the month on its last days than the usual {usual_share}: {names}. Set to a false"
    " alarm in {alarm_rate} of companies whose people have similar habits; at 5 % simulations found 0 to 6 %."
)
SHORT = mark(
    "{n} {n:person has|people have} far more calls of a few seconds than the usual {usual_share}: {names}. Set to a false alarm in"
    " {alarm_rate} of companies whose people have similar habits; at 5 % simulations found 0 to 6 %."
)
QUIET_PATTERNS = mark(
    "No unusual patterns in {n_tested} tests of thresholds, last days and short calls. Each kind is set to a false alarm"
    " in {alarm_rate} of cases; at 5 %, among people with similar habits, simulations found 0 to 7 %."
)
PATTERNS_UNKNOWN = mark("Unusual patterns cannot be looked for: too few figures, people or calls.")
SURVIVES = mark("Without {what} the ranks stay much as they are (correlation {survival_value}).")
CHANGES = mark("Without {what} {n_moved} people change place (correlation {survival_value}).")
SHORT_CALLS_OUT = mark("the short calls of the people named")

LOOK_AT_IT = mark("Look at the records with the people concerned; there may be a good reason.")


def name_of(kpi: str, library: KpiLibrary) -> Any:
    """Name of a KPI in both languages; a code the library does not hold stands for itself."""
    return library[kpi].name.model_dump() if kpi in library else kpi


def odd_patterns(
    card: Scorecard, daily: pd.DataFrame, *, library: KpiLibrary, history: pd.DataFrame | None = None,
    contacts: pd.DataFrame | None = None, thresholds: Sequence[float] = (1.0,), last_days: int = 2, rate: float = 0.05,
) -> list[tuple[str, GamingCheck]]:
    """Every check of the records behind a scorecard, with the KPI it is about (none for thresholds).

    Parameters
    ----------
    card, daily, history, contacts, thresholds, last_days
        As for `check_set_quality`.
    rate
        Chance of any false alarm of each kind.
    """
    kpis = sorted(map(str, card.lines["kpi"].unique()))
    units, tier = {kpi: library[kpi].unit for kpi in kpis if kpi in library}, card.totals["tier"]
    past = card.lines if history is None else history[history["kpi"].isin(kpis)]
    found = [("", bunching(past.assign(attainment=past["attainment"].astype(float)), thresholds=thresholds, units=units,
                           false_alarm_rate=rate))]  # fmt: skip
    sums = [kpi for kpi in kpis if (daily["kpi"] == kpi).any() and daily.loc[daily["kpi"] == kpi, "denominator"].isna().all()]
    found += [(kpi, last_day_spikes(daily, kpi=kpi, last_days=last_days, false_alarm_rate=rate / len(sums), groups=tier,
                                    country=card.country)) for kpi in sums]
    if contacts is not None and len(contacts):
        found.append((CALLS, short_calls(contacts, false_alarm_rate=rate, groups=tier)))
    return found


def pattern_findings(
    patterns: Sequence[tuple[str, GamingCheck]], card: Scorecard, *, library: KpiLibrary, rate: float = 0.05
) -> list[Finding]:
    """What is worth a look, in sentences; one that says so where nothing is, or where nothing can be told."""
    found: list[Finding] = []

    def look(key: str, message: str, **details: Any) -> None:
        found.append(Finding(key=key, status="watch", message=message, details=details, action=LOOK_AT_IT,
                             owner=SALES_MANAGER))

    for kpi, check in patterns:
        odd = check.flagged
        if not len(odd):
            continue
        if check.kind == "bunching":
            for row in odd.to_dict("records"):
                look(f"bunching_{row['kpi']}", BUNCHED, kpi=name_of(row["kpi"], library), n_above=row["n_above"],
                     n_below=row["n_below"], threshold_rate=row["threshold_rate"], expected_share=row["expected_share"])
            continue
        named = card.totals["name"].astype(str)
        people = sorted(named.get(who, str(who)) for who in odd["seller_id"])
        shown = [*people[:10], "…"] if len(people) > 10 else people
        late = check.kind == "last_days"
        look(f"{check.kind}_{kpi}", LATE if late else SHORT, n=len(people), names=shown, usual_share=check.usual_share,
             alarm_rate=rate, **({"kpi": name_of(kpi, library)} if late else {}))
    tested = sum(check.n_tested for _, check in patterns)
    status: Status = "ok" if tested else "unknown"
    if not found:
        found.append(Finding(key="patterns", status=status, message=QUIET_PATTERNS if tested else PATTERNS_UNKNOWN,
                             details={"n_tested": tested, "alarm_rate": rate} if tested else {}))
    return found


def survival_without(
    card: Scorecard, patterns: Sequence[tuple[str, GamingCheck]], *, contacts: pd.DataFrame | None = None
) -> dict[str, RankSurvival]:
    """What the ranks do without each KPI that looks odd, and (``rows``) without the short calls of the period."""
    found: dict[str, RankSurvival] = {}
    before, in_card = card.totals["score"], set(card.lines["kpi"])
    odd: set[str] = set()
    for kpi, check in patterns:
        odd |= set(check.flagged["kpi"]) if check.kind == "bunching" else {kpi} if len(check.flagged) else set()
        dated = None if contacts is None or "date" not in contacts else contacts
        if check.kind == "short_calls" and len(check.flagged) and CALLS in in_card and dated is not None:
            found["rows"] = rank_survival(before, scores_with(card, _without_short_calls(card, check.flagged, dated)))
    for kpi in sorted(odd & in_card):
        found[kpi] = rank_survival(before, scores_without(card, kpi))
    return found


def survival_findings(survival: Mapping[str, RankSurvival], *, library: KpiLibrary) -> list[Finding]:
    """What the ranks do without what looked odd, in sentences."""
    return [
        Finding(
            key=f"survival_{key}", status="ok" if result.status == "ok" else "watch",
            message=SURVIVES if result.status == "ok" else CHANGES, owner=ANALYST,
            details={"what": {"msgid": SHORT_CALLS_OUT, "details": {}} if key == "rows" else name_of(key, library),
                     "survival_value": result.spearman, "n_moved": result.n_moved})
        for key, result in survival.items() if np.isfinite(result.spearman)
    ]  # fmt: skip


def _without_short_calls(card: Scorecard, flagged: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Calls of the people flagged without the short ones of the scorecard's period."""
    mine = card.lines[(card.lines["kpi"] == CALLS) & card.lines["seller_id"].isin(flagged["seller_id"])]
    actual = pd.to_numeric(mine["actual"], errors="coerce")
    figures = pd.DataFrame({"seller_id": mine["seller_id"], "kpi": CALLS, "numerator": actual, "denominator": np.nan,
                            "actual": actual}).dropna(subset=["actual"])
    period, date = read_period(card.period), pd.to_datetime(contacts["date"]).dt.normalize()
    counted = date.between(period.start, period.end) & (contacts["seconds"] < SHORT_CALL_SECONDS)
    away = contacts.loc[counted & contacts["seller_id"].isin(figures["seller_id"]), ["seller_id"]]
    return figures_without(figures, away.assign(kpi=CALLS, numerator=1.0))
