"""A month opened for coaching: its facts as the reader may see them, and what is made of them."""

from pathlib import Path

from salesplan.coaching.diagnosis_material import CONVERSION_KPI, EFFORT_KPIS
from salesplan.coaching.parameters import PARAMETERS, CoachingParameters
from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.data.coaching_data import load_coaching_data
from salesplan.data.own_kpis import read_own_kpis
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, Sentence, known_choices
from salesplan.kpis.library import load_library
from salesplan.text import LANGUAGES

HISTORY_MONTHS = 24
"""Months of results: newcomers are followed over two years."""


def open_coaching_period(
    workspace: str | Path, parameters: CoachingParameters, *, user: str | None = None
) -> TrainingNeeds:
    """Load a month and offer its training needs; each part is worked out when it is asked for.

    Parameters
    ----------
    workspace
        Folder of the imported data.
    parameters
        Month, budget, tiers, course to judge.
    user
        Whose view it is; nothing shows the whole company.

    Raises
    ------
    MissingWorkspaceError, InputError, DataError
        No data, an unknown month, KPI or person, or nobody assessed.
    """
    space = Workspace(workspace).require()
    library = load_library(read_own_kpis(space))
    for name in ("driver_kpi", "effect_kpi"):
        code = getattr(parameters, name)
        if code and code != "attainment" and code not in library:
            raise InputError(Sentence("{name} == {given}, must be a KPI", name=name, given=repr(code)), where=PARAMETERS,
                             fix=known_choices(code, [*library.codes, "attainment"]))
    if parameters.driver_kpi in library and library[parameters.driver_kpi].direction == "lower":
        raise InputError(Sentence("driver_kpi == {given}, must be a KPI of which more is better", given=repr(parameters.driver_kpi)),
                         where=PARAMETERS, fix=Sentence("Choose sales_amount or another result."))
    meant = set(space.read_table("skill")["kpi"].dropna())
    wanted = {*EFFORT_KPIS, CONVERSION_KPI, parameters.driver_kpi, parameters.effect_kpi, *meant}
    kpis = library.pick(code for code in library.codes if code in wanted)
    data = load_coaching_data(space, period=parameters.period or None, months=HISTORY_MONTHS, kpis=kpis)
    names = {kpi.code: {lang: kpi.name.said(lang) for lang in LANGUAGES} for kpi in library}
    falling = frozenset(kpi.code for kpi in library if kpi.direction == "lower")
    return TrainingNeeds(data=data.scoped_to(user) if user else data, parameters=parameters, kpi_names=names,
                         lower_is_better=falling, kpi_units={kpi.code: kpi.unit for kpi in library})
