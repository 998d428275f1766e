"""Who may see what."""

import pandas as pd

from salesplan.data.organisation import LEADING_ROLES
from salesplan.errors import InputError, Sentence


def find_person(people: pd.DataFrame, user: str) -> pd.Series:
    """The person a user id stands for: person id, employee number or e-mail; never a name.

    Parameters
    ----------
    people
        ``rep_id`` and, where known, ``employee_no`` and ``email``.

    Raises
    ------
    InputError
        Nobody, or several, by that id. The message names nobody else.

    Examples
    --------
    >>> people = pd.DataFrame({"rep_id": ["r1", "r2"], "employee_no": ["E1", "E2"]})
    >>> find_person(people, "E2")["rep_id"]
    'r2'
    """
    for column in ("rep_id", "employee_no", "email"):
        if column not in people:
            continue
        wanted, known = user, people[column].astype("string")
        if column == "email":
            wanted, known = user.casefold(), known.str.casefold()
        found = people[(known == wanted).fillna(False).astype(bool)]
        if len(found) > 1:
            raise InputError(Sentence("user == {user}, must stand for one person", user=repr(user)),
                             where=Sentence("{column} is used {n} times", column=column, n=len(found)),
                             fix=Sentence("Use the person id."))
        if len(found) == 1:
            return found.iloc[0]
    raise InputError(Sentence("user == {user}, must be the person id, employee number or e-mail of somebody employed",
                              user=repr(user)), fix=Sentence("Look the person up in the staff list."))


def visible_units(units: pd.DataFrame, assignments: pd.DataFrame, user: str) -> pd.Index:
    """Units and sellers a person may see.

    A manager or director sees the unit they are in with everything below it, and everybody who reports
    to them, directly or through others. A seller sees only themself. Nobody sees a unit above.

    Parameters
    ----------
    units
        ``unit_id, parent_id`` with sellers as leaves.
    assignments
        One row a person: ``rep_id, org_id, role``; ``manager_rep_id``, ``employee_no`` and ``email`` where known.
    user
        Person id, employee number or e-mail.

    Returns
    -------
    Index of ``unit_id`` in the order of ``units``.

    Raises
    ------
    InputError
        Unknown user, or nothing in the tree that they may see.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b", "r1", "r2", "r3"],
    ...                       "parent_id": [None, "co", "co", "a", "a", "b"]})
    >>> people = pd.DataFrame({"rep_id": ["m1", "r1", "r2", "r3"], "org_id": ["a", "a", "a", "b"],
    ...                        "role": ["manager", "rep", "rep", "rep"]})
    >>> visible_units(units, people, "m1").tolist(), visible_units(units, people, "r3").tolist()
    (['a', 'r1', 'r2'], ['r3'])
    """
    person = find_person(assignments, user)
    team = _reports(assignments, person["rep_id"])
    roots = set(team["rep_id"])
    leading = team[team["role"].isin(LEADING_ROLES)]
    roots |= set(leading["org_id"].dropna())
    children = units.dropna(subset=["parent_id"]).groupby("parent_id")["unit_id"].agg(list).to_dict()
    known = set(units["unit_id"])
    todo, seen = [r for r in roots if r in known], set()
    while todo:
        unit = todo.pop()
        if unit not in seen:
            seen.add(unit)
            todo.extend(children.get(unit, []))
    if not seen:
        raise InputError(Sentence("user == {user}, must lead a unit or carry a target to see any of the plan", user=repr(user)),
                         fix=Sentence("Give the person an assignment in force."))
    return pd.Index(units.loc[units["unit_id"].isin(seen), "unit_id"], name="unit_id")


def _reports(people: pd.DataFrame, rep_id: str) -> pd.DataFrame:
    found = {rep_id}
    if "manager_rep_id" in people:
        while True:
            below = set(people.loc[people["manager_rep_id"].isin(found), "rep_id"]) | found
            if below == found:
                break
            found = below
    return people[people["rep_id"].isin(found)]
