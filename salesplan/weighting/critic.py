"""CRITIC weights: a KPI weighs more, the more it spreads and the less it repeats the others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.errors import InputError
from salesplan.text import mark
from salesplan.weighting.criteria_table import CriteriaTable, Floats, check_criteria, scale_min_max
from salesplan.weighting.objective_method import ObjectiveMethod, shares, weigh
from salesplan.weighting.weights import Weights

REWARDS_CONFLICT = mark(
    "CRITIC gives most weight to the KPI that runs against the others, which may be the one measured worst:"
    " noise, too, disagrees with everything."
)
NO_CONFLICT = 1e-12
"""Conflict per KPI below which all columns tell one story and CRITIC is 0/0."""


def _parts(values: Floats, signs: Floats) -> tuple[Floats, Floats]:
    scaled = scale_min_max(values, signs)
    spread = scaled.std(axis=-2, ddof=1)
    centred = scaled - scaled.mean(axis=-2, keepdims=True)
    unit = centred / np.linalg.norm(centred, axis=-2, keepdims=True)
    return spread, np.swapaxes(unit, -1, -2) @ unit


def _amounts(values: Floats, signs: Floats) -> Floats:
    spread, correlation = _parts(values, signs)
    amounts = spread * np.maximum(1 - correlation, 0.0).sum(axis=-1)
    known = amounts.sum(axis=-1, keepdims=True) > NO_CONFLICT * spread.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(known, amounts, np.nan), float)


def _check(table: CriteriaTable) -> None:
    if not np.isfinite(_amounts(table.numbers[None], table.signs)).all():
        raise InputError(
            f"{', '.join(table.names)} all move together (every correlation is 1), must differ from one another:"
            " CRITIC would be 0/0",
            where=f"columns {', '.join(table.names)}",
            fix="Keep one of them, or weigh them directly.",
        )


CRITIC = ObjectiveMethod(
    title=mark("CRITIC"),
    amounts=_amounts,
    check=_check,
    notes=lambda table: [{"msgid": REWARDS_CONFLICT, "details": {}}],
    least_rows=3,
)


def critic_weights(frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None) -> Weights:
    """Which KPIs add most that the others do not already say: spread times conflict.

    Parameters
    ----------
    frame
        One row a person, one column a KPI; at least three rows.
    directions
        KPI -> +1 or -1, applied before correlating, so that "fewer days" agrees with "more sales".

    Raises
    ------
    InputError
        All columns move together (0/0), a missing or non-numeric value, a KPI equal for everybody.

    Notes
    -----
    After min-max scaling by direction, ``C_j = sd_j * sum_k(1 - r_jk)``, weight = ``C_j / sum(C)``
    (Diakoulaki, Mavrotas & Papayannakis 1995). Neither unit nor zero point of a KPI matters.

    Examples
    --------
    >>> f = pd.DataFrame({"sales": [90, 110, 75, 130], "deals": [8, 12, 9, 15], "days": [30, 31, 45, 33]})
    >>> critic_weights(f, directions={"days": -1}).to_series().round(3).to_dict()
    {'sales': 0.187, 'deals': 0.334, 'days': 0.479}
    """
    return weigh(CRITIC, check_criteria(frame, directions=directions, least_rows=3))


@dataclass(frozen=True, kw_only=True, eq=False)
class CriticInformation:
    """The parts of CRITIC: ``table`` (criterion, spread_value, conflict_value, information_value, weight), ``correlation``."""

    table: pd.DataFrame
    correlation: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a KPI."""
        return self.table.copy()


def critic_information(frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None) -> CriticInformation:
    """Why CRITIC weighs as it does: each KPI's spread, its conflict with the others, and their product.

    Examples
    --------
    >>> f = pd.DataFrame({"sales": [90, 110, 75, 130], "deals": [8, 12, 9, 15], "days": [30, 31, 45, 33]})
    >>> critic_information(f).correlation.round(2).loc["sales"].tolist()
    [1.0, 0.92, -0.6]
    """
    table = check_criteria(frame, directions=directions, least_rows=3)
    _check(table)
    spread, correlation = _parts(table.numbers, table.signs)
    conflict = np.maximum(1 - correlation, 0.0).sum(axis=-1)
    names = list(table.names)
    return CriticInformation(
        table=pd.DataFrame({
            "criterion": names,
            "spread_value": spread,
            "conflict_value": conflict,
            "information_value": spread * conflict,
            "weight": shares(spread * conflict),
        }),
        correlation=pd.DataFrame(correlation, index=names, columns=names),
    )
