"""What a manager should know of a diagnosis: who needs training, who something else, and what to do by when."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from salesplan.coaching.diagnosis import MOST_MISS, Diagnosis
from salesplan.coaching.diagnosis_material import DiagnosisMaterial
from salesplan.coaching.verdicts import TRAINING
from salesplan.findings import PEOPLE_PARTNER, SALES_DIRECTOR, SALES_MANAGER, Finding, Status
from salesplan.text import mark

MONTHS_MISSED = 3
"""Months missed in a row from which a person is named."""
MOST_NAMED = 10
LITTLE = 0.8
"""Part of the peers' median below which an effort KPI is little."""
TRAINER = mark("Trainer")

MISSED = mark(
    "{name} has missed the target {n_months} months in a row ({attainment} of it in all) and does little: {kpi}"
    " {figure_value} a month, {usual_value} is usual among {n_peers} peers."
)
MISSED_NO_PART = mark(
    "{name} has missed the target {n_months} months in a row ({attainment} of it in all) and does little:"
    " {effort_change} against {n_peers} peers."
)
MISSED_LEAVE = mark(
    "{name} has missed the target {n_months} months in a row ({attainment} of it in all; {n_leave} months on leave not counted)"
    " and does little: {kpi} {figure_value} a month worked, {usual_value} is usual among {n_peers} peers."
)
MISSED_LEAVE_NO_PART = mark(
    "{name} has missed the target {n_months} months in a row ({attainment} of it in all; {n_leave} months on leave not counted)"
    " and does little: {effort_change} against {n_peers} peers."
)
TRAIN_OR_REALLOCATE = mark(
    "Ask in the 1:1 what keeps {name} from customers. Train planning and visits if it is not known how to; reallocate"
    " accounts, leads or other tasks if time or distance is the reason. Look again in two months."
)
EFFORT = mark("{n} sellers are low for lack of effort, not of skill: {names}.")
EFFORT_ACTION = mark("Agree on visits in the 1:1, and look at what else fills their time; a course is not the answer yet.")
SKILL = mark("{n} sellers are low and lack skill or knowledge, with effort and territory as usual: {names}.")
SKILL_ACTION = mark("Confirm it in a joint visit or a test, then put them first in the course plan.")
TERRITORY = mark("{n} sellers are low because of few leads or a poor territory: {names}. Training will not mend it.")
TERRITORY_ACTION = mark("Move accounts or leads, or set the target for what the territory holds.")
RAMP = mark("{n} newcomers are low because they are still in the ramp: {names}.")
RAMP_ACTION = mark("Do not judge them by the full target yet; give each a mentor and compare with the ramp monthly.")
OPEN = mark("{n} sellers are low and no figure says why: {names}.")
OPEN_ACTION = mark("Talk with them before anything is booked, and fill the figures that are missing.")
WASTED = mark("{n} of {n_enrolled} sellers waiting for a course are low for lack of effort, leads or territory, which a"
              " course will not mend: {names}.")  # fmt: skip
WASTED_ACTION = mark("Mend that first, and offer the seats to those who lack the skill.")
MOST_MISS_ACTION = mark("Check the targets against the forecast first; where all miss, single people are not the reason.")


def diagnosis_findings(
    diagnosis: Diagnosis,
    material: DiagnosisMaterial | None = None,
    *,
    names: Mapping[str, str] | None = None,
    kpi_names: Mapping[str, Any] | None = None,
    enrolled: Collection[str] = (),
    only: Collection[str] | None = None,
    due: dt.date | None = None,
) -> list[Finding]:
    """Findings of a diagnosis, each with its evidence, action and owner.

    Parameters
    ----------
    material
        Where the measures came from: adds months missed, and which KPI of effort is low.
    names
        seller_id -> name; ids otherwise.
    kpi_names
        KPI code -> ``{"zh": …, "en": …}``; codes otherwise.
    enrolled
        Who waits for a course.
    only
        People who may be named and counted; everybody by default.
    due
        Day by which to act.

    Notes
    -----
    A seller with little effort who has missed the target three months or more in a row is a finding of their own, as in
    the textbook example: months missed, few visits, so train or reallocate.
    """
    named = dict(names or {})
    people = diagnosis.people
    if only is not None:
        people = people[people.index.isin(list(only))]
    found = [
        Finding(key="most_miss", status="watch", message=MOST_MISS, details=note["details"], action=MOST_MISS_ACTION,
                owner=SALES_DIRECTOR, due=due)
        for note in diagnosis.notes if note["msgid"] == MOST_MISS
    ]  # fmt: skip
    low_effort = people.index[people["verdict"] == "effort"]
    single = [] if material is None else _missed(diagnosis, material, low_effort, named, kpi_names or {}, due)
    found += single
    told = {finding.node_id for finding in single}
    rest = [seller for seller in low_effort if seller not in told]
    groups: list[tuple[str, Status, list[Any], str, str, str]] = [
        ("low_effort", "act", rest, EFFORT, EFFORT_ACTION, SALES_MANAGER),
        ("training_need", "act", [one for one in diagnosis.to_training if one in people.index], SKILL, SKILL_ACTION, TRAINER),
        ("poor_territory", "act", _with(people, "territory"), TERRITORY, TERRITORY_ACTION, SALES_DIRECTOR),
        ("in_ramp", "watch", _with(people, "ramp"), RAMP, RAMP_ACTION, SALES_MANAGER),
        ("cause_open", "unknown", _low_and_open(people), OPEN, OPEN_ACTION, SALES_MANAGER),
    ]
    for key, status, sellers, message, action, owner in groups:
        if sellers:
            found.append(Finding(key=key, status=status, message=message, action=action, owner=owner, due=due,
                                 details={"n": len(sellers), "names": _named(sellers, named)}))
    waiting = [seller for seller in people.index if seller in set(enrolled)]
    wasted = [seller for seller in waiting if people.loc[seller, "verdict"] in ("effort", "territory")
              and people.loc[seller, "second"] not in TRAINING]  # fmt: skip
    if wasted:
        found.append(Finding(key="course_without_need", status="watch", message=WASTED, action=WASTED_ACTION,
                             owner=PEOPLE_PARTNER, due=due, details={
                                 "n": len(wasted), "n_enrolled": len(waiting), "names": _named(wasted, named)}))
    return found


def _with(people: pd.DataFrame, verdict: str) -> list[Any]:
    return list(people.index[people["verdict"] == verdict])


def _low_and_open(people: pd.DataFrame) -> list[Any]:
    return list(people.index[(people["verdict"] == "cannot_tell") & people["result_change"].notna()])


def _named(sellers: list[Any], names: Mapping[str, str]) -> list[str]:
    shown = [names.get(str(seller), str(seller)) for seller in sellers[:MOST_NAMED]]
    return [*shown, "…"] if len(sellers) > MOST_NAMED else shown


def _missed(
    diagnosis: Diagnosis, material: DiagnosisMaterial, sellers: pd.Index, names: Mapping[str, str],
    kpi_names: Mapping[str, Any], due: dt.date | None,
) -> list[Finding]:
    """One finding for each seller with little effort who has missed for months; the longest first."""
    targets = material.targets.reindex(sellers)
    missed = targets[targets["months_missed"] >= MONTHS_MISSED].sort_values("months_missed", ascending=False, kind="stable")
    found = []
    for seller, row in missed.head(MOST_NAMED).iterrows():
        name = names.get(str(seller), str(seller))
        details: dict[str, Any] = {"name": name, "n_months": int(row["months_missed"]),
                                   "attainment": float(row["missed_attainment"])}
        part = _lowest_part(diagnosis, material, str(seller))
        if part is None:
            told = diagnosis.explain(str(seller))
            effort = told[told["measure"] == "effort"].iloc[0]
            details |= {"effort_change": float(effort["deviation_change"]), "n_peers": int(effort["n_peers"])}
        else:
            kpi, figure, usual, n_peers = part
            details |= {"kpi": kpi_names.get(kpi, kpi), "figure_value": figure, "usual_value": usual, "n_peers": n_peers}
        away = int(row["missed_leave_months"])
        if away:
            details["n_leave"] = away
        message = (MISSED_LEAVE_NO_PART if away else MISSED_NO_PART) if part is None else MISSED_LEAVE if away else MISSED
        found.append(Finding(key="missed_months_low_effort", status="act", due=due, owner=SALES_MANAGER, node_id=str(seller),
                             message=message, details=details, action=TRAIN_OR_REALLOCATE))
    return found


def _lowest_part(
    diagnosis: Diagnosis, material: DiagnosisMaterial, seller: str
) -> tuple[str, float, float, int] | None:
    """The first effort KPI clearly below the median of the person's peers, else the one furthest below it."""
    parts = material.effort_parts
    group = diagnosis.people.index[diagnosis.people["peers"] == diagnosis.people.loc[seller, "peers"]]
    others = parts.reindex(group.drop(seller))
    table = pd.DataFrame({"own": parts.loc[seller].astype(float), "usual": others.median(), "n": others.notna().sum()})
    table = table[table["own"].notna() & (table["usual"] > 0)]
    if table.empty:
        return None
    ratio = table["own"] / table["usual"]
    low = ratio.index[ratio < LITTLE]
    kpi = str(low[0] if len(low) else ratio.idxmin())
    row = table.loc[[kpi]].iloc[0]
    return kpi, round(float(row["own"]), 1), round(float(row["usual"]), 1), int(row["n"])
