"""Careers in spells: who worked from when to when in which tier, region and unit, and whether leaving ended it."""

from typing import Final

import pandas as pd

from salesplan.data.kpi_measures import KpiFacts
from salesplan.data.organisation import in_force, seats_at

CAREER_COLUMNS: Final = ("seller_id", "hire_date", "start_date", "end_date", "left", "leave_kind", "tier", "region", "org_id")
_PLACE: Final = ["tier", "region", "org_id"]
_BEFORE: Final = pd.Timestamp("1900-01-01")
_NEVER: Final = pd.Timestamp("2200-01-01")


def read_careers(facts: KpiFacts, *, until: pd.Timestamp) -> pd.DataFrame:
    """Spells of everybody employed at some time up to a day, see :func:`make_careers`."""
    rep, seats, units = (facts.connection.sql(f'SELECT * FROM "{name}" ORDER BY ALL').df()
                         for name in ("rep", "rep_assignment", "org_unit"))
    return make_careers(rep, seats, units, until=until)


def make_careers(
    rep: pd.DataFrame, rep_assignment: pd.DataFrame, org_unit: pd.DataFrame, *, until: pd.Timestamp
) -> pd.DataFrame:
    """One row for each spell of a career in one tier, region and unit.

    A person's first spell starts at their hire; one that is followed by another ends on the day that one starts, so that
    gaps between assignments belong to the one before. A region changes when the unit is moved, too. Who has no assignment
    or no hire date has one spell. Nothing from after the day is in it: who leaves later is still there.

    Parameters
    ----------
    rep, rep_assignment, org_unit
        Canonical tables.
    until
        The day.

    Returns
    -------
    DataFrame: ``seller_id, hire_date, start_date, end_date`` (missing: still running), ``left`` (the spell ended by
    leaving), ``leave_kind`` (regretted, managed or empty), ``tier`` (the role where none is given), ``region, org_id``.

    Examples
    --------
    >>> day = pd.Timestamp
    >>> rep = pd.DataFrame({"rep_id": ["r1"], "status": "left", "hire_date": day("2024-01-08"),
    ...                     "leave_date": day("2025-06-30"), "leave_kind": "regretted"})
    >>> seats = pd.DataFrame({"rep_id": "r1", "org_id": "e", "role": "rep", "tier": ["P1", "P2"], "manager_rep_id": None,
    ...                       "fte": 1.0, "quota_bearing": True, "valid_from": [day("2024-01-08"), day("2025-01-01")],
    ...                       "valid_to": [day("2024-12-20"), pd.NaT]})
    >>> units = pd.DataFrame({"org_id": ["e"], "parent_org_id": None, "name": "East", "level": "region", "region": None,
    ...                       "valid_from": pd.NaT})
    >>> found = make_careers(rep, seats, units, until=day("2025-12-31"))
    >>> found[["start_date", "end_date"]].astype(str).assign(left=found["left"], tier=found["tier"]).values.tolist()
    [['2024-01-08', '2025-01-01', False, 'P1'], ['2025-01-01', '2025-06-30', True, 'P2']]
    """
    hired, gone = pd.to_datetime(rep["hire_date"]), pd.to_datetime(rep["leave_date"])
    kind = rep["leave_kind"].astype(object).where(rep["leave_kind"].notna() & (gone <= until), "").replace("other", "")
    people = pd.DataFrame({"rep_id": rep["rep_id"], "hire_date": hired, "leave_date": gone.where(gone <= until), "leave_kind": kind})
    people = people[~(hired > until) & ~(gone.isna() & rep["status"].eq("left"))]
    seats = _seats(people, rep_assignment, until)
    spells = seats.merge(people, on="rep_id").sort_values(["rep_id", "start_date"], na_position="first", ignore_index=True)
    later = spells.groupby("rep_id")["start_date"].shift(-1)
    spells["end_date"] = later.fillna(spells["leave_date"])
    spells = _by_region(spells, _regions(org_unit, until)).rename(columns={"rep_id": "seller_id"})
    last = ~spells["seller_id"].duplicated(keep="last")
    spells["left"] = last & spells["leave_date"].notna()
    spells["leave_kind"] = spells["leave_kind"].where(spells["left"], "")
    return join_spells(spells[list(CAREER_COLUMNS)])


def join_spells(careers: pd.DataFrame) -> pd.DataFrame:
    """Spells by person and day, those that follow each other in the same tier, region and unit as one."""
    rows = careers.sort_values(["seller_id", "start_date"], kind="stable", na_position="first", ignore_index=True)
    place = rows[["seller_id", *_PLACE]].astype(object).where(rows[["seller_id", *_PLACE]].notna(), "")
    spell = place.ne(place.shift()).any(axis=1).cumsum()
    first, last = (rows.loc[~spell.duplicated(keep=keep)].reset_index(drop=True) for keep in ("first", "last"))
    ends = ["end_date", "left", "leave_kind"]
    return first.assign(**{column: last[column] for column in ends})[list(careers.columns)]


def _seats(people: pd.DataFrame, rep_assignment: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """The seat of each person from each day on which it may have changed: rep_id, start_date, org_id, tier."""
    nowhere = pd.DataFrame({"rep_id": pd.Series([], dtype=object), "org_id": pd.Series([], dtype=object), "amount": []})
    held = people[["rep_id", "hire_date", "leave_date"]].merge(rep_assignment, on="rep_id")
    starts = pd.concat([held["valid_from"].fillna(held["hire_date"]), held["valid_to"] + pd.Timedelta(days=1)])
    days = pd.concat([held[["rep_id", "hire_date", "leave_date"]]] * 2).assign(start_date=pd.to_datetime(starts))
    days["start_date"] = days["start_date"].clip(lower=days["hire_date"])
    inside = (days["start_date"] <= until) & ~(days["start_date"] >= days["leave_date"]) | (days["start_date"] == days["hire_date"])
    days = days.loc[inside & days["hire_date"].notna(), ["rep_id", "start_date"]].drop_duplicates(ignore_index=True)
    days["turn"] = days.index.astype(str)
    offered = days.merge(rep_assignment, on="rep_id")
    offered = offered[in_force(offered, offered["start_date"])].assign(rep_id=lambda f: f["turn"])
    columns = ["rep_id", "start_date", "org_id", "tier"]
    parts = []
    if len(offered):
        chosen = seats_at(offered, nowhere, dict(zip(days["turn"], days["start_date"], strict=True)))
        chosen = chosen.drop(columns="manager_rep_id").rename(columns={"rep_id": "turn"})
        taken = days.merge(chosen, on="turn").sort_values(["rep_id", "start_date"])
        first = ~taken["rep_id"].duplicated()
        hire = taken["rep_id"].map(people.set_index("rep_id")["hire_date"])
        parts.append(taken.assign(start_date=taken["start_date"].where(~first, hire), tier=taken["tier"].fillna(taken["role"]))[columns])
    rest = people[~people["rep_id"].isin(parts[0]["rep_id"])] if parts else people
    last = rest["leave_date"].fillna(until)
    seat = seats_at(rep_assignment, nowhere, dict(zip(rest["rep_id"], last, strict=True)))
    alone = rest[["rep_id", "hire_date"]].merge(seat, on="rep_id", how="left").rename(columns={"hire_date": "start_date"})
    parts.append(alone.assign(tier=alone["tier"].fillna(alone["role"]))[columns])
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _by_region(spells: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """Spells cut where their unit came to another region."""
    cut = spells.merge(regions, on="org_id", how="left")
    since, until = cut.pop("since").fillna(_BEFORE), cut.pop("until").fillna(_NEVER)
    start, end = cut["start_date"], cut["end_date"].fillna(_NEVER)
    undated = start.isna() & (since < end) & (until >= end)
    crossed = (since < end) & (until > start) | (start >= end) & (since <= start) & (until > start)
    cut["start_date"] = start.where(~(since > start), since)
    cut["end_date"] = end.where(~(until < end), until).replace(_NEVER, pd.NaT)
    return cut[undated | crossed].sort_values(["rep_id", "start_date"], na_position="first", ignore_index=True)


def _regions(org_unit: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """The region of every unit from when to when (a later day, not included): org_id, since, until, region."""
    rows = org_unit.sort_values(["org_id", "valid_from"], na_position="first")
    began = pd.to_datetime(rows["valid_from"]).fillna(_BEFORE)
    parts = []
    for day in [_BEFORE, *sorted(set(began[(began > _BEFORE) & (began <= until)]))]:
        known = rows[(began <= day) | ~rows["org_id"].duplicated()].drop_duplicates("org_id", keep="last")
        found = _regions_of(known)
        parts.append(pd.DataFrame({"org_id": list(found), "since": day, "region": pd.Series(list(found.values()), dtype=object)}))
    table = pd.concat(parts, ignore_index=True).sort_values(["org_id", "since"], kind="stable", ignore_index=True)
    said = table["region"].fillna("")
    table = table[~(table["org_id"].eq(table["org_id"].shift()) & said.eq(said.shift()))].reset_index(drop=True)
    table["region"] = table["region"].astype(object).where(table["region"].notna(), None)
    return table.assign(until=table.groupby("org_id")["since"].shift(-1).fillna(_NEVER))


def _regions_of(units: pd.DataFrame) -> dict[str, str | None]:
    """The region of every unit: its own, else of the nearest unit above that names one or is one."""
    own = {}
    for org, region, level, name in zip(units["org_id"], units["region"], units["level"], units["name"], strict=True):
        own[org] = region if isinstance(region, str) and region else name if level == "region" else None
    parent = dict(zip(units["org_id"], units["parent_org_id"], strict=True))
    found: dict[str, str | None] = {}
    for org in parent:
        walk, seen = org, {org}
        while own.get(walk) is None and isinstance(parent.get(walk), str) and parent[walk] not in seen:
            walk = parent[walk]
            seen.add(walk)
        found[str(org)] = own.get(walk)
    return found
