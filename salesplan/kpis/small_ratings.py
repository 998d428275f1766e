"""Figures that rest on so few scores that a reader could tell who gave them: they do not count."""

import re
from collections.abc import Collection

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.kpis.library import Kpi, KpiLibrary

LEAST_SCORES = 3
"""Fewer scores than this do not count."""
RATING_SOURCES = ("customer_voice", "feedback")
NAMED_ROLES = frozenset({"self", "customer"})
"""Those whose scores are no secret: it is known who gave them. Customers answer surveys under their name; where they
take part in a 360° round, their small groups are left out when the data are read. Managers only where a scheme says so."""

_ROLE = re.compile(r"\bby_role\b\s*(=|IN\b)\s*\(?((?:\s*'[^']*'\s*,?)+)", re.IGNORECASE)


def is_confidential(kpi: Kpi, *, named: Collection[str] = ()) -> bool:
    """Whether colleagues, reports or managers may be among those whose scores a KPI averages.

    Parameters
    ----------
    named
        Roles that score under their name because the scheme says so (``scheme.named_raters``).

    Examples
    --------
    >>> from salesplan.kpis.library import load_library
    >>> library = load_library()
    >>> is_confidential(library["teamwork_rating"]), is_confidential(library["visits"])
    (True, False)
    """
    measures = [kpi.numerator, *([kpi.denominator] if kpi.denominator is not None else [])]
    return any(m.source in RATING_SOURCES and not _named_only(m.where, NAMED_ROLES | set(named)) for m in measures)


def _named_only(where: str, named: Collection[str]) -> bool:
    found = _ROLE.findall(where)
    roles = {role for _, listed in found for role in re.findall(r"'([^']*)'", listed)}
    return bool(roles) and roles <= set(named) and len(found) == len(re.findall(r"\bby_role\b", where))


def has_few_scores(
    figures: pd.DataFrame, library: KpiLibrary, *, minimum: int = LEAST_SCORES, named: Collection[str] = ()
) -> pd.Series:
    """Which rows are averages of at least one but fewer than the minimum of confidential scores.

    Parameters
    ----------
    figures
        kpi, evidence_rows.

    Returns
    -------
    Series of bool on the index of ``figures``.
    """
    if minimum < 1:
        raise InputError(f"minimum == {minimum}, must be at least 1 (1 hides nothing)")
    if "evidence_rows" not in figures:
        return pd.Series(False, index=figures.index)
    codes = [code for code in figures["kpi"].unique() if code in library and is_confidential(library[code], named=named)]
    rows = pd.to_numeric(figures["evidence_rows"], errors="coerce").to_numpy(float, na_value=np.nan)
    return figures["kpi"].isin(codes) & (rows > 0) & (rows < minimum)


def hide_small_ratings(
    figures: pd.DataFrame, library: KpiLibrary, *, minimum: int = LEAST_SCORES, named: Collection[str] = ()
) -> pd.DataFrame:
    """Figures in which averages of too few confidential scores are missing, so that no score is computed from them.

    Hiding such a figure only where it is shown would not do: it could be worked out from the total.

    Parameters
    ----------
    figures
        seller_id, kpi, actual, evidence_rows; numerator and denominator go with the actual.
    minimum
        Fewest scores behind a figure.
    named
        Roles that score under their name because the scheme says so.

    Examples
    --------
    >>> from salesplan.kpis.library import load_library
    >>> said = pd.DataFrame({"seller_id": ["a", "b"], "kpi": "leadership_rating", "actual": [0.9, 0.8],
    ...                      "evidence_rows": [2, 3]})
    >>> hide_small_ratings(said, load_library())["actual"].tolist()
    [nan, 0.8]
    """
    few = has_few_scores(figures, library, minimum=minimum, named=named)
    hidden = figures.copy()
    for column in ("actual", "numerator", "denominator"):
        if column in hidden:
            hidden[column] = hidden[column].where(~few, np.nan)
    return hidden
