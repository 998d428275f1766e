"""Who can carry how much: capacity, potential and history of each seller as shares."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from salesplan.targets.capacity import seller_capacity
from salesplan.targets.parameters import TargetParameters
from salesplan.text import mark


class PlanningFacts(Protocol):
    """What target setting needs to know; ``salesplan.data.SalesData`` is one.

    Attributes
    ----------
    units
        ``unit_id``, ``parent_id``, ``level``, ``name``; sellers are leaves.
    sellers
        ``seller_id``, ``name``, ``org_id``, ``tier``, ``hire_date``, ``leave_date``, ``fte``.
    leaves
        ``seller_id``, ``start_date``, ``end_date``.
    history
        Monthly sales, index months, columns (unit_id, product_line), currency units.
    potential
        Market potential by ``seller_id``, currency units.
    product_lines
        Names of the product lines.
    settings
        ``currency``, ``country``, ``fiscal_start_month``, ``language``.
    """

    @property
    def units(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def sellers(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def leaves(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def history(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def potential(self) -> pd.Series: ...  # noqa: D102
    @property
    def product_lines(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def settings(self) -> Any: ...  # noqa: D102
    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102


def seller_shares(
    facts: PlanningFacts, months: pd.PeriodIndex, parameters: TargetParameters, *, last_year: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict]]:
    """Shares of capacity, potential and history, blended by the analyst's weights.

    Parameters
    ----------
    facts
        Sellers, leaves and potential.
    months
        The twelve months to plan.
    last_year
        Sales of the year before by ``seller_id``, currency units.

    Returns
    -------
    sellers
        Index ``seller_id``: ``name``, ``org_id``, ``tier``, ``capacity_months``, ``capacity_share``,
        ``potential_share``, ``history_share``, ``weight`` (sums to 1), ``last_year``.
    capacity
        Seller x month, fraction of a fully ramped full-time seller.
    notes
        What had to be assumed.
    """
    notes: list[dict] = []
    ids = facts.sellers["seller_id"].to_numpy()
    capacity = seller_capacity(facts.sellers, months, leaves=facts.leaves, ramp=parameters.ramp,
                               tier_productivity=parameters.tier_productivity, country=facts.settings.country)
    capacity = capacity.reindex(ids)
    able = capacity.sum(axis=1)
    sellers = facts.sellers.set_index("seller_id")[["name", "org_id", "tier"]].reindex(ids)
    sellers["capacity_months"] = able
    sellers["capacity_share"] = _share(able)
    sellers["last_year"] = last_year.reindex(ids).fillna(0.0)
    there = seller_capacity(facts.sellers.reindex(columns=["seller_id", "hire_date", "leave_date"]), months,
                            leaves=facts.leaves, country=facts.settings.country).reindex(ids).mean(axis=1)
    there = there.where(able > 0, 0.0)
    sellers["history_share"] = _share(sellers["last_year"].clip(lower=0) * there)
    potential = facts.potential.reindex(ids).clip(lower=0) * there
    weights = {"capacity_share": parameters.capacity_weight, "potential_share": parameters.potential_weight,
               "history_share": parameters.history_weight}
    if not potential.notna().any() or potential.sum() == 0:
        sellers["potential_share"] = np.nan
        if weights.pop("potential_share"):
            notes.append({"msgid": mark("No market potential is known: its weight goes to capacity and history."),
                          "details": {}})
    else:
        typical = (potential / able.where(able > 0)).median()
        missing = potential.isna() & (able > 0)
        if missing.any():
            notes.append({"msgid": mark("{n} sellers have no market potential: the median for their capacity is used."),
                          "details": {"n": int(missing.sum())}})
        sellers["potential_share"] = _share(potential.where(~missing, typical * able).fillna(0.0))
    if sellers["history_share"].sum() == 0:
        weights.pop("history_share")
    total = sum(weights.values())
    if total == 0:
        weights, total = {"capacity_share": 1.0}, 1.0
    blend = pd.Series(0.0, index=sellers.index)
    for name, weight in weights.items():
        blend += sellers[name] * (weight / total)
    sellers["weight"] = _share(blend)
    return sellers, capacity, notes


def _share(values: pd.Series) -> pd.Series:
    total = values.sum()
    return values / total if total > 0 else values * 0.0
