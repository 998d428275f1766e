"""Who may see which part of the coaching data: managers their people, sellers themselves, trainers skills without pay."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from salesplan.data.access import find_person, visible_units
from salesplan.data.careers import join_spells
from salesplan.data.coaching_frames import ANONYMOUS
from salesplan.data.coaching_results import AMOUNT
from salesplan.data.kpi_measures import KpiLike
from salesplan.data.organisation import TRAINING_ROLE
from salesplan.data.sales_data import PUBLIC
from salesplan.data.schema import TABLES
from salesplan.data.veiled_people import veil_figures, veil_profiles, veiled_ids
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.data.coaching_data import CoachingData

POTENTIAL_FACTOR: Final = "potential_factor"
"""Name of the potential as a multiple of the median, for readers who see no money."""
_FIGURES: Final = ("assessments", "training", "history", "quota", "leads", "leaves")
_MONEY_WORDS: Final = sorted({c.name for t in TABLES.values() for c in t.columns if c.kind == "money"} | {"list_amount"})
_MONEY: Final = re.compile(rf"\b({'|'.join(_MONEY_WORDS)})\b")


def visible_people(units: pd.DataFrame, staff: pd.DataFrame, user: str) -> pd.Index:
    """Units and people a person may see in coaching.

    As :func:`~salesplan.data.access.visible_units` for everybody but trainers: a trainer sees the unit they belong to
    with everybody in it and below.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b", "t1", "r1", "r2"],
    ...                       "parent_id": [None, "co", "co", "a", "a", "b"]})
    >>> staff = pd.DataFrame({"rep_id": ["t1", "r1", "r2"], "org_id": ["a", "a", "b"], "role": ["trainer", "rep", "rep"]})
    >>> visible_people(units, staff, "t1").tolist(), visible_people(units, staff, "r2").tolist()
    (['a', 't1', 'r1'], ['r2'])
    """
    person = find_person(staff, user)
    if not is_trainer(staff, user):
        return visible_units(units, staff, user)
    children = units.dropna(subset=["parent_id"]).groupby("parent_id")["unit_id"].agg(list).to_dict()
    todo, seen = [person["org_id"], person["rep_id"]], set()
    while todo:
        unit = todo.pop()
        if isinstance(unit, str) and unit not in seen:
            seen.add(unit)
            todo.extend(children.get(unit, []))
    return pd.Index(units.loc[units["unit_id"].isin(seen), "unit_id"], name="unit_id")


def is_trainer(staff: pd.DataFrame, user: str) -> bool:
    """Whether a person's assignment is that of a trainer."""
    return bool(find_person(staff, user)["role"] == TRAINING_ROLE)


def money_parts(kpis: Iterable[KpiLike]) -> frozenset[tuple[str, str]]:
    """The (KPI, field) pairs that are sums of money; a KPI that says no unit is taken for money where it adds money up.

    Examples
    --------
    >>> from types import SimpleNamespace as Entry
    >>> rate = Entry(code="collection_rate", unit="percent", numerator=Entry(value="sum(amount)", where=""),
    ...              denominator=Entry(value="sum(amount)", where=""))
    >>> sorted(money_parts([rate]))
    [('collection_rate', 'denominator'), ('collection_rate', 'numerator')]
    """
    found = set()
    for kpi in kpis:
        parts = {"numerator": kpi.numerator, "denominator": kpi.denominator}
        money = {field for field, part in parts.items()
                 if part is not None and _MONEY.search(f"{part.value} {part.where or ''}")}
        unit = getattr(kpi, "unit", None)
        if unit == "money" or (unit is None and money == {"numerator"}):
            money |= {"actual", "numerator"}
        found |= {(kpi.code, field) for field in money}
    return frozenset(found)


def without_money(data: "CoachingData") -> "CoachingData":
    """The same data with every sum of money of a result as a multiple of the usual one; what courses cost stays.

    Comparisons, slopes and verdicts are those of everybody else: only the unit is gone.
    """
    history = data.history.copy()
    for kpi in sorted({kpi for kpi, _part in data.money}):
        rows = history["kpi"].eq(kpi)
        parts = [part for code, part in data.money if code == kpi]
        usual = _usual(history.loc[rows, "actual" if "actual" in parts else parts[0]])
        history.loc[rows, parts] = history.loc[rows, parts] / usual
    potential = data.potential
    if potential.name == AMOUNT:
        potential = (potential / _usual(potential)).rename(POTENTIAL_FACTOR)
    usual = _usual(data.quota["sales"])
    note = {"msgid": mark("Results show as multiples of the usual, attainment and counts: money of sales and quotas is"
                          " hidden from trainers."), "details": {}, "scope": PUBLIC}
    return replace(data, history=history, potential=potential, shows_money=False, notes=[*data.notes, note],
                   quota=data.quota.assign(quota=data.quota["quota"] / usual, sales=data.quota["sales"] / usual))


def _usual(amounts: pd.Series) -> float:
    """Median of what is above nothing; not a number where nothing is."""
    return float(amounts[amounts > 0].median())


def scope_coaching(data: "CoachingData", user: str) -> "CoachingData":
    """The coaching data as a person may hold them (see :meth:`CoachingData.scoped_to`)."""
    person = find_person(data.staff, user)
    seen = set(visible_people(data.units, data.staff, user))
    everybody = set(data.people["seller_id"]) | set(data.careers["seller_id"])
    others = {} if set(data.people["seller_id"]) <= seen else veiled_ids(
        list(everybody), shown=everybody & seen, salt=data.fingerprint)
    scoped = replace(data, scope=person["rep_id"], assessments=_without_assessors(data.assessments, salt=data.fingerprint))
    if others:
        scoped = _veiled(scoped, others, seen, person["rep_id"])
    return without_money(scoped) if is_trainer(data.staff, user) else scoped


def _veiled(data: "CoachingData", others: Mapping[str, str], seen: Collection[str], viewer: str) -> "CoachingData":
    figures: dict[str, Any] = {name: veil_figures(getattr(data, name), others) for name in _FIGURES}
    assessed = data.assessments["assessor_id"].map(lambda one: others.get(one, one))
    figures["assessments"] = veil_figures(data.assessments.assign(assessor_id=assessed), others)
    strange = figures["training"]["seller_id"].isin(list(others.values()))
    figures["training"]["score"] = figures["training"]["score"].where(~strange)
    careers = data.careers.copy()
    other = careers["seller_id"].isin(list(others))
    for column in ("hire_date", "start_date", "end_date"):
        month = careers[column].dt.to_period("M").dt.to_timestamp()
        careers[column] = careers[column].where(~other, month)
    careers["org_id"] = careers["org_id"].astype(object).where(~other, None)
    potential = data.potential.rename(index=dict(others)).sort_index()
    kept = data.staff["rep_id"].isin({*seen, viewer}) | data.staff["org_id"].isin(seen)
    staff = data.staff[kept]
    staff = staff.assign(manager_rep_id=staff["manager_rep_id"].where(staff["manager_rep_id"].isin(staff["rep_id"]), None))
    units = data.units[data.units["unit_id"].isin(seen)]
    people = veil_profiles(data.people.drop(columns="is_shown"), others)
    months = data.people["hire_date"].dt.to_period("M").dt.to_timestamp()
    hired = dict(zip(data.people["seller_id"].map(lambda one: others.get(one, one)), months, strict=True))
    people["hire_date"] = pd.to_datetime(people["hire_date"]).fillna(people["seller_id"].map(hired))
    people["leave_date"] = pd.to_datetime(people["leave_date"])
    people["manager_id"] = people["manager_id"].where(people["manager_id"].isin(people["seller_id"]), None)
    people["team_code"] = people["seller_id"].map(_team_codes(data, others))
    return replace(
        data, **figures, people=people[[*data.people.columns, "team_code"]],
        careers=veil_figures(join_spells(careers), others), potential=potential,
        staff=staff.reset_index(drop=True),
        units=units.assign(parent_id=units["parent_id"].where(units["parent_id"].isin(seen), None)),
        goals=data.goals[data.goals["seller_id"].isin(seen)].reset_index(drop=True),
        mentors=data.mentors[data.mentors["seller_id"].isin(seen)].reset_index(drop=True),
        cannot_match=data.cannot_match[data.cannot_match[["mentor_id", "mentee_id"]].isin(seen).all(axis=1)].reset_index(
            drop=True),
        notes=[note for note in data.notes if note.get("scope") == PUBLIC])


def _team_codes(data: "CoachingData", others: Mapping[str, str]) -> dict[str, str | None]:
    """Who works in one team, under codes that name no team: chance is counted by teams, whoever may see whom."""
    teams = data.people.set_index(data.people["seller_id"].map(lambda one: others.get(one, one)))["org_id"]
    codes = veiled_ids(teams.dropna().unique().tolist(), shown=(), salt=f"{data.fingerprint}|team")
    return {str(who): codes.get(team) for who, team in teams.items()}


def _without_assessors(assessments: pd.DataFrame, *, salt: str) -> pd.DataFrame:
    """Colleagues and customers under names that mean nothing, the same for everybody they assessed."""
    hidden = assessments["source"].isin(ANONYMOUS)
    order = sorted(assessments.loc[hidden, "assessor_id"].dropna().unique(),
                   key=lambda one: sha256(f"{salt}|{one}".encode()).hexdigest())
    numbers = {one: f"rater {place}" for place, one in enumerate(order, start=1)}
    return assessments.assign(
        assessor_id=assessments["assessor_id"].astype(object).where(~hidden, assessments["assessor_id"].map(numbers)))
