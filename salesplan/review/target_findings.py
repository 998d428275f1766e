"""Findings about targets that are missing: people without one for coming months, and units whose target stops at the unit."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from salesplan.findings import SALES_MANAGER, Finding
from salesplan.review.node_targets import SELLER_LEVEL
from salesplan.text import mark

if TYPE_CHECKING:
    from salesplan.review.projection import Projection

MOST_NAMES = 5
GAPS = mark(
    "{unit}: {n} {n:person sells|people sell} without a target for coming months ({people}). The {expected_amount} expected of"
    " them in these months count towards no target, and no chance is given for them."
)  # fmt: skip
GAPS_ACTION = mark("Set the missing targets, or say whose target these sales belong to.")
WHO = mark("{name}: {months}")
MORE = mark("{n} more")
STOPS = mark("{unit}: the target of {target} is not broken down to its {n} {n:person|people}.")
STOPS_ACTION = mark("Break it down to people: without that nobody's gap, its cause or anybody's chance can be told.")


def target_findings(year: "Projection", *, unit_id: str, names: Mapping[str, str], due: dt.date) -> list[Finding]:
    """What is missing in the targets of a unit and all people below it.

    Parameters
    ----------
    year
        Projection to the year's end, cut to the unit.
    """
    table = year.table
    people = table[table["level"].eq(SELLER_LEVEL)]
    own = people[people["parent_id"].eq(unit_id)]
    top, found = year.row(unit_id), []
    if len(own) and own["target"].isna().all() and pd.notna(top["target"]) and top["target"] > 0:
        found.append(Finding(key="targets_stop", status="watch", message=STOPS, action=STOPS_ACTION, owner=SALES_MANAGER, due=due,
                             node_id=unit_id, details={"unit": names.get(unit_id, unit_id), "target": float(top["target"]), "n": len(own)}))
    some = set(people.loc[people["target"].notna(), "unit_id"])
    gaps = year.gaps[year.gaps["is_ahead"].astype(bool) & year.gaps["unit_id"].isin(some)]
    if gaps.empty:
        return found
    months = gaps.groupby("unit_id", sort=False)["month"].agg(list)
    who = [{"msgid": WHO, "details": {"name": names.get(str(person), str(person)), "months": list(own_months)}}
           for person, own_months in months.head(MOST_NAMES).items()]
    if len(months) > MOST_NAMES:
        who.append({"msgid": MORE, "details": {"n": len(months) - MOST_NAMES}})
    found.append(Finding(
        key="target_gaps", status="watch", message=GAPS, action=GAPS_ACTION, owner=SALES_MANAGER, due=due, node_id=unit_id,
        details={"unit": names.get(unit_id, unit_id), "n": len(months), "people": who, "expected_amount": float(gaps["amount"].sum())}))
    return found
