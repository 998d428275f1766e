"""Which KPI set holds for whom: of those that fit, the one with the most conditions."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from salesplan.calendars.period import read_period
from salesplan.errors import InputError, Sentence
from salesplan.kpis.kpi_sets import PEOPLE, KpiSet


def fitting_set(sets: Sequence[KpiSet], profile: Mapping[str, Any], months: Collection[int]) -> KpiSet | None:
    """The set that holds for one person in some calendar months; nothing where none fits.

    Raises
    ------
    InputError
        Two sets fit equally well; both are named.
    """
    fits = [one for one in sets if one.applies_to.matches(profile, months)]
    if not fits:
        return None
    most = max(one.applies_to.n_conditions for one in fits)
    best = [one for one in fits if one.applies_to.n_conditions == most]
    if len(best) > 1:
        raise tie(best[0], best[1], said_person(profile))
    return best[0]


def fitting_codes(sets: Sequence[KpiSet], profiles: pd.DataFrame, period: Any) -> pd.Series:
    """Code of the set that holds for each person of a frame; missing for whom none fits.

    People with the same role, tier, product line and customer type are looked up once.
    """
    months = month_numbers(period)
    columns = [name for name in PEOPLE if name in profiles.columns]
    if not columns:
        one = fitting_set(sets, {}, months)
        return pd.Series([one.code if one else None] * len(profiles), index=profiles.index, name="set", dtype=object)
    kinds = profiles[columns].astype(object).where(profiles[columns].notna(), None)
    keys = pd.Series(list(zip(*(kinds[c] for c in columns), strict=True)), index=profiles.index, dtype=object)
    chosen = {key: fitting_set(sets, dict(zip(columns, key, strict=True)), months) for key in set(keys)}
    codes = [one.code if (one := chosen[key]) else None for key in keys]
    return pd.Series(codes, index=profiles.index, name="set", dtype=object)


def month_numbers(month: Any) -> tuple[int, ...]:
    """Calendar months (1 to 12) of a number or a named period.

    Examples
    --------
    >>> month_numbers(3), month_numbers("2026Q3")
    ((3,), (7, 8, 9))
    """
    if isinstance(month, int | np.integer):
        if not 1 <= month <= 12:
            raise InputError(Sentence("month == {given}, must be a number from 1 to 12", given=int(month)))
        return (int(month),)
    return tuple(sorted({int(m.month) for m in read_period(month).months}))


def said_person(profile: Mapping[str, Any]) -> str:
    """A person by id where it is known, with or else by what sets choose people by; for messages."""
    known = ", ".join(f"{name} {profile[name]}" for name in PEOPLE if pd.notna(profile.get(name)))
    who = profile.get("seller_id")
    if who and known:
        return Sentence("person {id} ({known})", id=who, known=known)
    return Sentence("person {id}", id=who) if who else known


def tie(first: KpiSet, second: KpiSet, who: str) -> InputError:
    """The fault of two sets between which nothing decides."""
    return InputError(Sentence("sets {first} and {second} fit equally well, must differ in how specific they are",
                               first=first.code, second=second.code), where=who, fix=Sentence("Give one of them a condition more."))
