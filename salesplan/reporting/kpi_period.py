"""A period opened for scoring: its facts, the scheme that holds for it, the KPIs known, cut to who is looking."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from salesplan.calendars.period import read_period
from salesplan.data.kpi_data import KpiData, load_kpi_data
from salesplan.data.kpi_measures import KpiFacts
from salesplan.data.organisation_facts import last_complete_month
from salesplan.data.own_kpis import KPI_FILE, read_own_kpis
from salesplan.data.scheme_store import SchemeStore, SchemeVersion
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError, Sentence, Title
from salesplan.kpis.library import KpiLibrary, load_library
from salesplan.kpis.parameters import KpiParameters
from salesplan.kpis.period_scores import agreed_scheme, with_data_only
from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.scheme_notes import unreadable_notes


@dataclass(frozen=True, kw_only=True, eq=False)
class KpiPeriod:
    """What a scorecard is made from.

    Attributes
    ----------
    data
        Facts of the period as the reader may see them.
    scheme
        The scheme in force, without KPIs that have no data.
    library
        The kit's KPIs and the workspace's own.
    version
        The stored version the scheme comes from; nothing where the packaged one holds.
    """

    data: KpiData
    scheme: KpiScheme
    library: KpiLibrary
    version: SchemeVersion | None = None

    @property
    def unit_names(self) -> dict[str, str]:
        """Unit id -> name."""
        return dict(zip(self.data.units["unit_id"].astype(str), self.data.units["name"].astype(str), strict=True))

    @property
    def people_names(self) -> dict[str, str]:
        """Person id -> name, twins told apart."""
        return dict(zip(self.data.profiles["seller_id"].astype(str), self.data.profiles["name"].astype(str), strict=True))

    @property
    def rule_version(self) -> str:
        """Which rules the scores follow: the stored version's number and hash, or the scheme's hash alone."""
        return f"v{self.version.version} {self.scheme.rule_version}" if self.version else self.scheme.rule_version

    @property
    def unreadable(self) -> list[dict[str, Any]]:
        """The company's own KPIs that were put aside, each with where it stands and what is wrong, as notes."""
        return unreadable_notes(self.library)

    @property
    def notes(self) -> list[dict[str, Any]]:
        """What to know before scoring: KPIs put aside first, then what the data lack, then doubts about the scheme."""
        aside = self.unreadable
        return [*aside, *self.data.notes, *(note for note in self.scheme.notes(self.library) if note not in aside)]


def open_kpi_period(workspace: str | Path, parameters: KpiParameters, *, user: str | None = None) -> KpiPeriod:
    """Load a period with the scheme that holds for it.

    Parameters
    ----------
    workspace
        Folder of the imported data.
    parameters
        Period, name of the scheme, months of history.
    user
        Whose view it is; nothing shows the whole company.

    Raises
    ------
    MissingWorkspaceError, InputError
        No data, an unknown period or person, a scheme none of whose KPIs has data, or a period in which nobody has a
        figure of any of them: targets alone make no score. KPIs of the company's own that cannot be read or measured
        stand in ``library.unreadable`` and in ``notes``; nobody is scored under a set that uses one.
    """
    space = Workspace(workspace).require()
    library, data = _measured(space, parameters)
    version = version_in_force(space, parameters.scheme_name, data.label)
    agreed = agreed_scheme(library, parameters, stored=version.scheme if version else None)
    if named := agreed.named_raters:  # what these say was left out like everybody's; now it is known that it need not be
        library, data = _measured(space, parameters, named_raters=named)
    counted = [kpi for kpi in agreed.kpis if kpi in library]
    if counted and not _told(data.actuals, counted).any():
        raise _no_figures(space, parameters, data, library, counted, named_raters=named)
    scheme = with_data_only(agreed, data, library)
    return KpiPeriod(data=data.scoped_to(user, named_raters=named) if user else data, scheme=scheme, library=library, version=version)


def _told(figures: pd.DataFrame, kpis: Collection[str]) -> pd.Series:
    """Which rows hold a figure of one of the KPIs; a target alone is none."""
    return figures["kpi"].isin(kpis) & figures["actual"].notna()


def _no_figures(
    space: Workspace, parameters: KpiParameters, data: KpiData, library: KpiLibrary, kpis: Collection[str], *,
    named_raters: Collection[str],
) -> InputError:
    """The fault of a period in which nobody has a figure of the KPIs, whatever targets it has."""
    past, asked = data.history, read_period(data.label).last_month
    if not _told(past, kpis).any():  # too far away to look back from: look from the month that has begun in the orders
        with suppress(DataError), KpiFacts(space) as facts:
            first, last = _months_of_orders(facts, where=str(space.path))
            several = max(parameters.history_months, (last - first).n + 2) if asked < last else parameters.history_months
            away = parameters.model_copy(update={"period": str(last + 1), "history_months": several})
            past = _measured(space, away, named_raters=named_raters)[1].history
    past = past[_told(past, kpis)]
    titles = [Title(library.title(kpi, "en"), zh=library.title(kpi, "zh")) for kpi in kpis
              if past.empty or kpi in set(past["kpi"])]
    return InputError(
        Sentence("period == {given}, must be one with data: nobody has a figure in it of the KPIs that count, {kpis}",
                 given=repr(data.label), kpis=titles), where=str(space.path),
        fix=Sentence("Import data of the period.") if past.empty
        else Sentence("The first month with figures is {month}.", month=str(past["month"].min())) if asked < past["month"].min()
        else Sentence("The last month with figures is {month}.", month=str(past["month"].max())))


def _months_of_orders(facts: KpiFacts, *, where: str) -> tuple[pd.Period, pd.Period]:
    """The first month of the orders and the last that is over."""
    last = last_complete_month(facts, where=where)
    first = facts.connection.sql("SELECT strftime(min(order_date), '%Y-%m') FROM order_line").fetchall()[0][0]
    return pd.Period(first, freq="M"), last


def _measured(
    space: Workspace, parameters: KpiParameters, *, named_raters: Collection[str] = ()
) -> tuple[KpiLibrary, KpiData]:
    """The KPIs and their facts; a KPI of the company's own that cannot be read or measured is put aside."""
    own, file = read_own_kpis(space), str(space.path / KPI_FILE)
    library = load_library(own, file=file, skip_faulty=True)
    while True:
        try:
            return library, load_kpi_data(space, library, period=parameters.period or None,
                                          months=parameters.history_months, named_raters=named_raters)
        except InputError as fault:
            kpi = fault.details.get("kpi")
            if kpi not in own or kpi not in library:
                raise
            where = Sentence("{file}, {place}", file=file, place=fault.where)
            library = library.without(kpi, InputError(fault.what, where=where, fix=fault.fix))


def version_in_force(space: Workspace, name: str, period: str) -> SchemeVersion | None:
    """The stored scheme version that counts in a period; nothing where none was ever stored."""
    if not (space.path / "plan.db").is_file():
        return None
    with SchemeStore(space.plan_url) as store:
        return store.in_force(name, period)
