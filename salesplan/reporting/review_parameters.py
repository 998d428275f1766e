"""Parameters of a review run: one file for all units, and files beside it for single units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from salesplan.errors import ParameterError, SalesplanError, Sentence
from salesplan.reporting.notebook_parameters import check_notebook_parameters
from salesplan.reporting.params_yaml import read_params
from salesplan.reporting.review_hooks import ReviewHooks, hook
from salesplan.reporting.review_units import ReviewUnits

OF_THE_RUN = ("workspace", "unit", "period")
"""Parameters that the run itself gives each unit."""


@dataclass(frozen=True, kw_only=True)
class UnitParameters:
    """Common values, and for some units others.

    Examples
    --------
    >>> values = UnitParameters(common={"coverage": 0.8, "seed": 7}, own={"e1": {"coverage": 0.9}})
    >>> values.of("e1"), values.of("e2")
    ({'coverage': 0.9, 'seed': 7}, {'coverage': 0.8, 'seed': 7})
    """

    common: Mapping[str, Any]
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, unit_id: str) -> dict[str, Any]:
        """Values of one unit: its own over the common ones."""
        return {**self.common, **self.own.get(unit_id, {})}


def read_unit_parameters(
    common: Mapping[str, Any], file: Path | None, *, units: ReviewUnits, notebook: Path, hooks: ReviewHooks
) -> UnitParameters:
    """Read ``<name>.<unit>.yaml`` beside a run's parameter file and check everything before anything runs.

    Parameters
    ----------
    common
        The values of all units.
    file
        The run's parameter file, such as ``monthly_review.yaml``; for a single unit ``monthly_review.华东-一组.yaml`` beside
        it (id, name or path) says what is different there.

    Raises
    ------
    ParameterError
        A file for no unit, two for one, or a name or value that is wrong; the file is named.
    """
    own: dict[str, dict[str, Any]] = {}
    came: dict[str, str] = {}
    for path in _variants(file):
        where = path.name
        try:
            unit = units.find(path.name[len(f"{file.stem}.") : -len(path.suffix)] if file else "")
        except ParameterError as error:
            raise ParameterError(error.what, where=where, fix=error.fix) from error
        if unit.unit_id in own:
            raise ParameterError(Sentence("{file} and {other} are both for {unit}", file=where, other=came[unit.unit_id],
                                          unit=unit.said_path), where=str(path.parent), fix=Sentence("Keep one of them."))
        values = read_params(path)
        for name in OF_THE_RUN:
            if name in values:
                raise ParameterError(Sentence("{name} is given by the run, not for one unit", name=name), where=where,
                                     fix=Sentence("Take the line out."))
        try:
            own[unit.unit_id] = check_notebook_parameters(notebook, values)
            check_values({**common, **own[unit.unit_id], "unit": unit.unit_id}, hooks)
        except SalesplanError as error:
            raise ParameterError(error.what, where=where, fix=error.fix) from error
        came[unit.unit_id] = where
    return UnitParameters(common=dict(common), own=own)


def check_values(values: Mapping[str, Any], hooks: ReviewHooks) -> None:
    """Refuse values that the notebook's own rules refuse."""
    if hooks.check:
        hook(hooks.check)(dict(values))


def _variants(file: Path | None) -> list[Path]:
    if file is None:
        return []
    return sorted(path for path in file.parent.iterdir()
                  if path.suffix in (".yaml", ".yml") and path.name.startswith(f"{file.stem}.") and path.name != file.name
                  and path.name.removesuffix(path.suffix) != file.stem)
