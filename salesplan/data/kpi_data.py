"""Everything a scorecard of one period is made from, read once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.calendars.period import NamedPeriod, read_period
from salesplan.data.access import find_person, visible_units
from salesplan.data.kpi_actuals import kpi_actuals, kpi_daily, kpi_history
from salesplan.data.kpi_measures import KpiFacts, KpiLike
from salesplan.data.kpi_notes import kpi_notes
from salesplan.data.kpi_targets import kpi_targets
from salesplan.data.organisation_facts import last_complete_month, organisation_at
from salesplan.data.rating_access import ratings_for
from salesplan.data.sales_data import PUBLIC
from salesplan.data.seller_profiles import seller_profiles
from salesplan.data.settings import WorkspaceSettings
from salesplan.data.veiled_people import veil_figures, veil_profiles, veiled_ids
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError

PEER_MONTHS = 3
"""Months before the period that targets from colleagues look at."""
_FRAMES = ("profiles", "actuals", "daily", "history", "targets", "ratings", "judgments", "calls", "units", "people")
_FIGURES = ("actuals", "daily", "history", "targets", "calls")


@dataclass(frozen=True, kw_only=True, eq=False)
class KpiData:
    """Facts of one period for scoring.

    Attributes
    ----------
    profiles
        Who is scored, from :func:`~salesplan.data.seller_profiles.seller_profiles`; in a scoped view ``is_shown`` is
        False for colleagues whose figures count without their names.
    actuals, daily, history
        From :func:`~salesplan.data.kpi_actuals.kpi_actuals`, ``kpi_daily`` and ``kpi_history``.
    targets
        From :func:`~salesplan.data.kpi_targets.kpi_targets`.
    ratings
        Feedback rows of the months read: ``rep_id, by_role, rater_id, topic, round, given_date, score, scale_min,
        scale_max``.
    judgments
        Pairwise judgements of KPIs: ``judge_id, kpi_set, kpi_a, kpi_b, ratio, given_date``.
    calls
        Calls of the months read with a known length: ``seller_id, date, seconds``.
    units, people
        The organisation at the period's end with the scored as leaves, and everybody employed: who may see whom.
    kpis
        Codes of the KPIs, in order.
    label, period_start, period_end
        The period: what it is called, first and last day.
    notes
        What a reader should know, as ``{"msgid", "details", "scope"}``.
    scope
        Person whose view it is; ``None`` for everybody's.
    """

    profiles: pd.DataFrame
    actuals: pd.DataFrame
    daily: pd.DataFrame
    history: pd.DataFrame
    targets: pd.DataFrame
    ratings: pd.DataFrame
    judgments: pd.DataFrame
    calls: pd.DataFrame
    units: pd.DataFrame
    people: pd.DataFrame
    kpis: Sequence[str]
    label: str
    period_start: pd.Timestamp
    period_end: pd.Timestamp
    settings: WorkspaceSettings
    fingerprint: str
    source: str
    notes: Sequence[dict[str, Any]] = field(default=())
    scope: str | None = None

    def __post_init__(self) -> None:
        for name in _FRAMES:
            object.__setattr__(self, name, getattr(self, name).copy())
        object.__setattr__(self, "kpis", tuple(self.kpis))
        object.__setattr__(self, "notes", [dict(note) for note in self.notes])
        strange = set(self.actuals["seller_id"]) - set(self.profiles["seller_id"])
        if strange:
            raise DataError(f"actuals name {sorted(strange)[:3]}, must name people of profiles only")

    @property
    def currency(self) -> str:
        """ISO code all money is in."""
        return self.settings.currency

    def to_frame(self) -> pd.DataFrame:
        """One row a person and KPI: ``seller_id, kpi, numerator, denominator, actual, target, evidence_rows``."""
        whole = self.actuals.merge(self.targets[["seller_id", "kpi", "target"]], on=["seller_id", "kpi"], how="left")
        return whole[["seller_id", "kpi", "numerator", "denominator", "actual", "target", "evidence_rows"]]

    def summary(self) -> pd.DataFrame:
        """How far each KPI can be told: ``kpi, n_with_actual, n_with_target, evidence_rows, median``."""
        whole = self.to_frame().groupby("kpi", sort=False)
        found = whole.agg(n_with_actual=("actual", "count"), n_with_target=("target", "count"),
                          evidence_rows=("evidence_rows", "sum"), median=("actual", "median"))
        return found.reindex(list(self.kpis)).reset_index(names="kpi")

    @property
    def shown(self) -> pd.Index:
        """Ids of the people the reader may see; everybody in an unscoped view."""
        kept = self.profiles["is_shown"] if "is_shown" in self.profiles else pd.Series(True, index=self.profiles.index)
        return pd.Index(self.profiles.loc[kept.astype(bool), "seller_id"], name="seller_id")

    @property
    def without_data(self) -> list[str]:
        """KPIs nobody has an actual of."""
        found = set(self.actuals.loc[self.actuals["actual"].notna(), "kpi"])
        return [code for code in self.kpis if code not in found]

    def visible_sellers(self, user: str) -> pd.Index:
        """Whom of the scored a person may see (person id, employee number or e-mail).

        Score everybody first and then show these: ranks and targets taken from colleagues need them all.

        Raises
        ------
        InputError
            Unknown user, or nobody whose data they may see.
        """
        seen = visible_units(self.units, self.people, user)
        return pd.Index(self.profiles.loc[self.profiles["seller_id"].isin(seen), "seller_id"], name="seller_id")

    def scoped_to(self, user: str, *, named_raters: Collection[str] = ()) -> "KpiData":
        """The same data as a person may see it: of everybody else nothing but figures without a name is left.

        A manager sees the unit with everything below it, a seller only themself. Others keep their figures, tier and
        role under ids that mean nothing (``is_shown`` False in ``profiles``), so that places, targets from colleagues
        and weights are those of the whole company; whoever shows people leaves them out. Of scores, those of fewer
        than three anonymous raters are gone, and no rater can be told from the others by name; raters in the roles of
        ``named_raters`` are not anonymous.

        Raises
        ------
        InputError
            Unknown user, or nobody whose data they may see.
        """
        person = find_person(self.people, user)
        seen = set(visible_units(self.units, self.people, user))
        if set(self.profiles["seller_id"]) <= seen:
            return replace(self, scope=person["rep_id"], ratings=ratings_for(self.ratings, salt=self.fingerprint, named=named_raters))
        units = self.units[self.units["unit_id"].isin(seen)]
        ids = set(self.profiles["seller_id"]) & seen
        others = veiled_ids(list(self.profiles["seller_id"]), shown=ids, salt=self.fingerprint)
        figures: dict[str, Any] = {name: veil_figures(getattr(self, name), others) for name in _FIGURES}
        people = self.people[self.people["rep_id"].isin(seen | {person["rep_id"]}) | self.people["org_id"].isin(seen)]
        people = people.assign(manager_rep_id=people["manager_rep_id"].where(
            people["manager_rep_id"].isin(people["rep_id"]), None))
        ratings = self.ratings[self.ratings["rep_id"].isin(ids)]
        known = ids | {person["rep_id"]}
        judges = {one: f"judge {place}" for place, one in
                  enumerate(sorted(set(self.judgments["judge_id"].astype(str)) - known), start=1)}
        return replace(
            self, **figures, profiles=veil_profiles(self.profiles, others), scope=person["rep_id"],
            people=people.reset_index(drop=True),
            units=units.assign(parent_id=units["parent_id"].where(units["parent_id"].isin(seen), None)),
            ratings=ratings_for(ratings, salt=self.fingerprint, named=named_raters),
            judgments=self.judgments.assign(judge_id=self.judgments["judge_id"].astype(str).replace(judges)),
            notes=[note for note in self.notes if note.get("scope") == PUBLIC])


def load_kpi_data(
    workspace: Workspace | str | Path, library: Iterable[KpiLike] | Mapping[str, KpiLike], *,
    period: str | pd.Period | NamedPeriod | None = None, user: str | None = None, months: int = 12,
    as_of: str | pd.Timestamp | None = None, product_lines: Sequence[str] | None = None,
    customer_types: Sequence[str] | None = None, named_raters: Collection[str] = (),
) -> KpiData:
    """Measure every KPI of a library for everybody of a period.

    Parameters
    ----------
    workspace
        Folder of imported data.
    library
        The KPIs.
    period
        Month, quarter, ISO week or year; the last month that is over in the orders by default.
    user
        Only what this person may see (person id, employee number or e-mail); all by default.
    months
        Months of ratings and calls, the period's last one included, and least months of history: history always
        reaches back three months before the period, since colleagues' targets are taken from those.
    as_of
        Facts up to and including this day.
    product_lines, customer_types
        Only facts of these; KPIs whose facts do not tell stay missing.
    named_raters
        Roles (``manager``) whose scores are given under the rater's name; groups of fewer than three others do not count.

    Raises
    ------
    MissingWorkspaceError
        The folder holds no imported data.
    DataError
        No period is given and there are no orders to tell one from.
    InputError
        No such period, an unknown user, or a KPI that cannot be measured.
    """
    space = (workspace if isinstance(workspace, Workspace) else Workspace(workspace)).require()
    kpis = list(library.values() if isinstance(library, Mapping) else library)
    with KpiFacts(space, as_of=as_of, named_raters=named_raters) as facts:
        when = read_period(last_complete_month(facts, where=str(space.path)) if period is None else period)
        profiles = seller_profiles(facts, period=when)
        chosen: dict[str, Any] = {"period": when, "product_lines": product_lines, "customer_types": customer_types,
                                  "profiles": profiles}
        actuals = kpi_actuals(facts, kpis, **chosen)
        daily = kpi_daily(facts, kpis, **chosen)
        history = kpi_history(facts, kpis, months=max(months, _n_months(when) + PEER_MONTHS), **chosen)
        targets = kpi_targets(facts, kpis, period=when, product_lines=product_lines, profiles=profiles)
        units, people = organisation_at(facts, profiles, when.end)
        ratings, judgments, calls = _ratings(facts, when, months), _judgments(facts, when), _calls(facts, when, months)
        notes = kpi_notes(facts, kpis, when=when, actuals=actuals, profiles=profiles, targets=targets)
        fingerprint = space.fingerprint(connection=facts.connection)
        settings = replace(space.settings, currency=facts.currency or space.settings.currency)
    data = KpiData(
        profiles=profiles, actuals=actuals, daily=daily, history=history, targets=targets, ratings=ratings,
        judgments=judgments, calls=calls[calls["seller_id"].isin(profiles["seller_id"])],
        units=units, people=people, kpis=[kpi.code for kpi in kpis], label=when.label,
        period_start=when.start, period_end=when.end, settings=settings, fingerprint=fingerprint,
        source=settings.source or space.path.name, notes=notes)
    return data if user is None else data.scoped_to(user, named_raters=named_raters)


def _n_months(when: NamedPeriod) -> int:
    return (when.last_month - when.start.to_period("M")).n + 1


def _ratings(facts: KpiFacts, when: NamedPeriod, months: int) -> pd.DataFrame:
    start = when.last_month.to_timestamp() - pd.DateOffset(months=months - 1)
    facts.keep("customer_voice")
    return facts.fetch(
        "SELECT rep_id, by_role, rater_id, topic, round, given_date, score, scale_min, scale_max FROM customer_voice "
        f"WHERE given_date BETWEEN DATE '{start:%Y-%m-%d}' AND DATE '{when.end:%Y-%m-%d}' ORDER BY ALL")


def _calls(facts: KpiFacts, when: NamedPeriod, months: int) -> pd.DataFrame:
    start = when.last_month.to_timestamp() - pd.DateOffset(months=months - 1)
    facts.keep("contact")
    return facts.fetch(
        "SELECT rep_id AS seller_id, date, seconds FROM contact WHERE is_call AND seconds IS NOT NULL "
        f"AND date BETWEEN DATE '{start:%Y-%m-%d}' AND DATE '{when.end:%Y-%m-%d}' ORDER BY ALL")


def _judgments(facts: KpiFacts, when: NamedPeriod) -> pd.DataFrame:
    facts.keep("kpi_judgment")
    return facts.fetch(
        "SELECT judge_id, kpi_set, kpi_a, kpi_b, ratio, given_date FROM kpi_judgment "
        f"WHERE given_date IS NULL OR given_date <= DATE '{when.end:%Y-%m-%d}' ORDER BY ALL")
