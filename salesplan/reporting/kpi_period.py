"""A period opened for scoring: its facts, the scheme that holds for it, the KPIs known, cut to who is looking."""

from dataclasses import dataclass
from pathlib import Path

from salesplan.data.kpi_data import KpiData, load_kpi_data
from salesplan.data.own_kpis import KPI_FILE, read_own_kpis
from salesplan.data.scheme_store import SchemeStore, SchemeVersion
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, Sentence
from salesplan.kpis.library import KpiLibrary, load_library
from salesplan.kpis.parameters import KpiParameters
from salesplan.kpis.period_scores import scheme_in_force
from salesplan.kpis.scheme import KpiScheme


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
        No data, an unknown period or person, or a scheme none of whose KPIs has data. KPIs of the company's own that
        cannot be read or measured stand in ``library.unreadable``; nobody is scored under a set that uses one.
    """
    space = Workspace(workspace).require()
    library, data = _measured(space, parameters)
    if data.actuals["actual"].isna().all():
        reach = data.history.loc[data.history["actual"].notna(), "month"]
        raise InputError(Sentence("period == {given}, must be one with data: nobody has a figure in it", given=repr(data.label)),
                         where=str(space.path), fix=Sentence("The last month with figures is {month}.", month=str(reach.max()))
                         if len(reach) else Sentence("Import data of the period."))
    version = version_in_force(space, parameters.scheme_name, data.label)
    scheme = scheme_in_force(data, library, parameters, stored=version.scheme if version else None)
    return KpiPeriod(data=data.scoped_to(user) if user else data, scheme=scheme, library=library, version=version)


def _measured(space: Workspace, parameters: KpiParameters) -> tuple[KpiLibrary, KpiData]:
    """The KPIs and their facts; a KPI of the company's own that cannot be read or measured is put aside."""
    own, file = read_own_kpis(space), str(space.path / KPI_FILE)
    library = load_library(own, file=file, skip_faulty=True)
    while True:
        try:
            return library, load_kpi_data(space, library, period=parameters.period or None, months=parameters.history_months)
        except InputError as fault:
            kpi = fault.details.get("kpi")
            if kpi not in own or kpi not in library:
                raise
            library = library.without(kpi, InputError(fault.what, where=f"{file}, {fault.where}", fix=fault.fix))


def version_in_force(space: Workspace, name: str, period: str) -> SchemeVersion | None:
    """The stored scheme version that counts in a period; nothing where none was ever stored."""
    if not (space.path / "plan.db").is_file():
        return None
    with SchemeStore(space.plan_url) as store:
        return store.in_force(name, period)
