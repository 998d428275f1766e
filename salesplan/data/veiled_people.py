"""Colleagues whom a reader may not see: their figures stay for places and targets, nothing says whose they are."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Final

import pandas as pd

VEILED_NAME: Final = "—"
"""What stands where a name was."""
KEPT_FACTS: Final = ("role", "tier", "tenure_months", "working_share", "product_line", "customer_type", "is_seller")
"""What a KPI set, a target or a comparison asks of a colleague."""


def veiled_ids(ids: Collection[str], *, shown: Collection[str], salt: str) -> dict[str, str]:
    """An id that means nothing for everybody who is not shown, the same each time for the same data.

    Examples
    --------
    >>> veiled_ids(["r1", "r2", "r3"], shown=["r2"], salt="x")
    {'r1': 'other-0001', 'r3': 'other-0002'}
    """
    others = sorted(set(ids) - set(shown), key=lambda one: sha256(f"{salt}|{one}".encode()).hexdigest())
    return {one: f"other-{place:04d}" for place, one in enumerate(others, start=1)}


def veil_profiles(profiles: pd.DataFrame, ids: Mapping[str, str]) -> pd.DataFrame:
    """Profiles in which others have neither name nor number nor unit; ``is_shown`` tells them from the rest."""
    other = profiles["seller_id"].isin(list(ids))
    veiled = profiles.assign(is_shown=~other)
    for column in profiles.columns.difference(["seller_id", *KEPT_FACTS]):
        veiled[column] = veiled[column].astype(object).where(~other, None)
    veiled.loc[other, "name"] = VEILED_NAME
    veiled["seller_id"] = veiled["seller_id"].map(lambda one: ids.get(one, one))
    return veiled.sort_values("seller_id", ignore_index=True)


def veil_figures(figures: pd.DataFrame, ids: Mapping[str, str]) -> pd.DataFrame:
    """Figures under the ids of :func:`veiled_ids`, in an order that says nothing either."""
    return figures.assign(seller_id=figures["seller_id"].map(lambda one: ids.get(one, one))).sort_values(
        [c for c in ("seller_id", "kpi", "month", "date") if c in figures], kind="stable", ignore_index=True)
