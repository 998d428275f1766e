"""What a reader of KPIs should know about the facts behind them."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from salesplan.calendars.period import NamedPeriod
from salesplan.data.kpi_measures import FEWEST_RATERS, KpiFacts, KpiLike
from salesplan.data.sales_data import PUBLIC
from salesplan.text import mark

MONTHS_SEEN: Final = 12
"""With fewer months of orders before a period, old customers pass for new ones."""
VISITS_SEEN: Final = 3
"""With fewer months of activities before a period, visits to customers seen before pass for first ones."""


def kpi_notes(
    facts: KpiFacts, kpis: Sequence[KpiLike], *, when: NamedPeriod, actuals: pd.DataFrame, profiles: pd.DataFrame,
    targets: pd.DataFrame,
) -> list[dict[str, Any]]:
    """Remarks on the KPIs of a period, as ``{"msgid", "details", "scope"}``: what is missing, partial or hidden."""
    sources = {m.source for k in kpis for m in (k.numerator, k.denominator) if m is not None}
    notes = _without_data(actuals, when)
    if "sale" in sources:
        notes += _sales(facts, when, profiles)
    if "contact" in sources:
        notes += _contacts(facts, when)
    if "deal" in sources:
        notes += _deals(facts)
    if "customer_voice" in sources:
        notes += _scores(facts, when)
    return notes + _targets(targets, profiles, when)


def _note(msgid: str, *, scope: str = "company", **details: Any) -> dict[str, Any]:
    return {"msgid": msgid, "details": details, "scope": scope}


def _without_data(actuals: pd.DataFrame, when: NamedPeriod) -> list[dict[str, Any]]:
    found = actuals.groupby("kpi", sort=False)["actual"].count()
    missing = found.index[found == 0].tolist()
    if not missing:
        return []
    return [_note(mark("{kpis}: nothing to measure them by in {period}."), scope=PUBLIC, kpis=", ".join(missing),
                  period=when.label)]


def _days(when: NamedPeriod) -> str:
    return f"BETWEEN DATE '{when.start:%Y-%m-%d}' AND DATE '{when.end:%Y-%m-%d}'"


def _sales(facts: KpiFacts, when: NamedPeriod, profiles: pd.DataFrame) -> list[dict[str, Any]]:
    facts.keep("sale")
    notes = []
    first, last = facts.fetch("SELECT min(date) AS first, max(date) AS last FROM sale").iloc[0]
    if pd.notna(last) and last < when.end - pd.Timedelta(days=7):
        notes.append(_note(mark("Orders end on {last_date}, before the end of {period}."), scope=PUBLIC,
                           last_date=pd.Timestamp(last), period=when.label))
    if pd.notna(first):
        seen = (when.start.to_period("M") - pd.Timestamp(first).to_period("M")).n
        if seen < MONTHS_SEEN:
            notes.append(_note(mark("Only {n_months} {n_months:month of orders lies|months of orders lie} before {period}: customers who"
                                    " bought earlier pass for new ones."), scope=PUBLIC, n_months=max(seen, 0), period=when.label))
    booked = facts.fetch(f"SELECT rep_id, sum(amount)::DOUBLE AS amount FROM sale WHERE date {_days(when)} GROUP BY ALL")
    total = float(booked["amount"].sum())
    others = float(booked.loc[~booked["rep_id"].isin(profiles["seller_id"]), "amount"].sum())
    if total > 0 and abs(others) > 0.001 * total:
        notes.append(_note(mark("{share} of the sales of {period} belong to nobody who is scored."),
                           share=others / total, amount=others, period=when.label))
    return notes


def _contacts(facts: KpiFacts, when: NamedPeriod) -> list[dict[str, Any]]:
    facts.keep("contact")
    first = facts.fetch("SELECT min(date) AS first FROM contact")["first"].iloc[0]
    seen = VISITS_SEEN if pd.isna(first) else (when.start.to_period("M") - pd.Timestamp(str(first)).to_period("M")).n
    if seen >= VISITS_SEEN:
        return []
    return [_note(mark("Only {n_months} {n_months:month of activities lies|months of activities lie} before {period}: visits to"
                       " customers seen earlier pass for first visits."), scope=PUBLIC, n_months=max(seen, 0), period=when.label)]


def _deals(facts: KpiFacts) -> list[dict[str, Any]]:
    facts.keep("deal")
    n = facts.count("SELECT 1 FROM deal WHERE status IN ('won', 'lost') AND closed_date IS NULL")
    return [_note(mark("{n} {n:deal is|deals are} won or lost without a closing day and {n:counts|count} in no period."), n=n)] if n else []


def _scores(facts: KpiFacts, when: NamedPeriod) -> list[dict[str, Any]]:
    facts.keep("customer_voice")
    notes = []
    if n := facts.count(f"SELECT 1 FROM customer_voice WHERE score01 IS NULL AND date {_days(when)}"):
        notes.append(_note(mark("{n} {n:score has|scores have} no known scale and {n:does|do} not count."), n=n))
    hidden = (f"SELECT 1 FROM customer_voice WHERE {facts.anonymous} AND date {_days(when)} "
              f"GROUP BY rep_id, by_role, topic HAVING count(DISTINCT rater_id) < {FEWEST_RATERS}")
    if n := facts.count(hidden):
        notes.append(_note(mark("{n} {n:group|groups} of fewer than {n_least} anonymous raters {n:is|are} left out, so that nobody learns "
                                "who said what."), scope=PUBLIC, n=n, n_least=FEWEST_RATERS))
    return notes


def _targets(targets: pd.DataFrame, profiles: pd.DataFrame, when: NamedPeriod) -> list[dict[str, Any]]:
    present = targets["seller_id"].map(profiles.set_index("seller_id")["working_share"])
    short = targets[(targets["covered_share"] < 0.999) & (targets["covered_share"] < present - 0.05)]
    if short.empty:
        return []
    return [_note(mark("Targets of {n_sellers} people span only a part of {period}."),
                  n_sellers=int(short["seller_id"].nunique()), period=when.label,
                  sellers=sorted(short["seller_id"].unique()))]
