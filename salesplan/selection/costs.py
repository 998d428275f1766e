"""What a system costs over some years, as a range: prices are seldom one number before a contract is signed."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError, Sentence
from salesplan.selection.claims import GRADES


def cost_ranges(costs: Iterable[Mapping[str, Any]], *, users: tuple[float, float, float], years: int = 3) -> pd.DataFrame:
    """Lowest, likely and highest total cost of each system.

    Parameters
    ----------
    costs
        One mapping an item: ``system``, ``item``, ``low``, ``likely``, ``high`` in currency units, ``per``: ``once``,
        ``year`` or ``user_year``; optionally ``from_year`` (1 unless said) for items that start later, and ``evidence``
        (a vendor's claim unless said; a signed offer is ``measured``).
    users
        Lowest, likely and highest number of users.
    years
        Length, 1 to 10.

    Returns
    -------
    DataFrame ``system, amount_lower, amount, amount_upper, evidence`` (the weakest of its items), the cheapest likely total
    first. The ends add up the
    ends of all items (everything goes well, everything goes badly), so the truth should seldom lie outside.

    Raises
    ------
    InputError
        Missing or negative prices, low above high, an unknown ``per``; the item is named.

    Examples
    --------
    >>> items = [{"system": "A", "item": "licence", "low": 600, "likely": 800, "high": 1000, "per": "user_year"},
    ...          {"system": "A", "item": "set-up", "low": 20000, "likely": 30000, "high": 60000, "per": "once"}]
    >>> cost_ranges(items, users=(40, 50, 60)).values.tolist()
    [['A', 92000.0, 150000.0, 240000.0, 'vendor_claim']]
    """
    if not 1 <= years <= 10:
        raise InputError(Sentence("years == {given}, must be 1 to 10", given=years))
    people = np.array(users, dtype=float)
    if people.shape != (3,) or not (np.diff(people) >= 0).all() or people[0] < 0:
        raise InputError(Sentence("users == {given}, must be lowest, likely and highest number in order", given=str(tuple(users))))
    rows = []
    for at, item in enumerate(costs, 1):
        where = Sentence("cost {at} ({system}, {item})", at=at, system=str(item.get("system", "?")), item=str(item.get("item", "?")))
        try:
            price = np.array([float(item[end]) for end in ("low", "likely", "high")])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(Sentence("low, likely and high, must all be numbers"), where=where) from error
        if not (np.isfinite(price).all() and price[0] >= 0 and (np.diff(price) >= 0).all()):
            raise InputError(Sentence("low, likely, high == {given}, must be zero or more and in order", given=str(price.tolist())),
                             where=where)
        start = item.get("from_year", 1)
        if isinstance(start, bool) or not isinstance(start, int) or start < 1:
            raise InputError(Sentence("from_year == {given}, must be a whole number from 1", given=repr(start)), where=where)
        running = max(years - start + 1, 0)
        times = {"once": np.ones(3) * (running > 0), "year": np.full(3, running), "user_year": people * running}
        if item.get("per") not in times or not item.get("system"):
            raise InputError(Sentence("per == {given}, must be one of {choices}, and system be named", given=repr(item.get("per")),
                                      choices=list(times)), where=where)
        grade = str(item.get("evidence", "vendor_claim"))
        if grade not in GRADES:
            raise InputError(Sentence("evidence == {given}, must be one of {choices}", given=repr(grade), choices=list(GRADES)),
                             where=where)
        rows.append((str(item["system"]), *(price * times[item["per"]]), list(GRADES).index(grade)))
    names = ["system", "amount_lower", "amount", "amount_upper", "evidence"]
    totals = dict.fromkeys(names[1:4], "sum") | {"evidence": "max"}
    frame = pd.DataFrame(rows, columns=names).groupby("system", sort=False, as_index=False).agg(totals)
    frame["evidence"] = [list(GRADES)[int(at)] for at in frame["evidence"]]
    return frame.sort_values("amount", kind="stable").reset_index(drop=True)
