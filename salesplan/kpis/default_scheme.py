"""The KPI scheme a company starts from before it has one of its own."""

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from salesplan.errors import InputError, known_choices
from salesplan.kpis.library import KpiLibrary, load_library
from salesplan.kpis.scheme import KpiScheme


def default_scheme(
    library: KpiLibrary | None = None, *, name: str = "kpi_scheme", tiers: Mapping[str, Collection[str]] | None = None
) -> KpiScheme:
    """Sets for newcomers, seniors, managers and everybody else, ready to be changed.

    Parameters
    ----------
    library
        Library the KPIs come from; the packaged one by default.
    name
        Name of the scheme.
    tiers
        Set -> the company's own words for its tier, where they are not 新人, 骨干, 管理者.

    Raises
    ------
    InputError
        ``tiers`` names a set the scheme does not have.

    Examples
    --------
    >>> scheme = default_scheme(tiers={"newcomer": ["Junior"]})
    >>> scheme.codes, scheme["newcomer"].applies_to.tier
    (('newcomer', 'senior', 'manager', 'everyone'), ('Junior',))
    >>> [round(sum(one.weights.values()), 12) for one in scheme.sets]
    [1.0, 1.0, 1.0, 1.0]
    """
    given = _packaged()
    words = dict(tiers or {})
    codes = [one["code"] for one in given["sets"]]
    for code in words:
        if code not in codes:
            raise InputError(f"set == {code!r}, must be a set of the default scheme", fix=known_choices(code, codes))
    sets = [
        {**one, "applies_to": {**one.get("applies_to", {}), "tier": list(words[one["code"]])}} if one["code"] in words
        else one
        for one in given["sets"]
    ]  # fmt: skip
    return KpiScheme.from_dict({**given, "name": name, "sets": sets}, library=library or load_library())


@cache
def _packaged() -> dict[str, Any]:
    text = files("salesplan.kpis").joinpath("default_scheme.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
