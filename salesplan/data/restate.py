"""Past sales under today's organisation: what a seller sold follows the seller."""

import pandas as pd

from salesplan.data.organisation import UNASSIGNED
from salesplan.errors import InputError
from salesplan.hierarchy import Hierarchy
from salesplan.text import mark

FORMER = "former"
FORMER_NAME = mark("Former staff")
UNASSIGNED_NAME = mark("Unassigned")
COMPANY = "company"
COMPANY_NAME = mark("Company")
SELLER_LEVEL = "rep"


def former_leaf(org_id: str) -> str:
    """Leaf of a unit that takes the sales of people no longer there.

    Examples
    --------
    >>> former_leaf("d01")
    'd01/former'
    """
    return f"{org_id}/{FORMER}"


def restate(actuals: pd.DataFrame, sellers: pd.DataFrame, homes: dict[str, str]) -> pd.Series:
    """Leaf of today's organisation for every row of the booked actuals.

    Rows of today's sellers go to the seller wherever they were booked. All other rows (people who left,
    leaders without a target, orders without a seller) stay with the unit they were booked on, or with
    the nearest unit above it that still exists, else with ``unassigned``. Every row gets one leaf, so
    the total cannot change.

    Parameters
    ----------
    actuals
        ``org_id, rep_id`` as booked.
    sellers
        ``seller_id`` of today's sellers.
    homes
        Booked unit -> unit in force today, see :func:`salesplan.data.organisation.home_units`.

    Examples
    --------
    >>> booked = pd.DataFrame({"org_id": ["a", "a", "gone"], "rep_id": ["r1", "r9", None]})
    >>> restate(booked, pd.DataFrame({"seller_id": ["r1"]}), {"a": "a"}).tolist()
    ['r1', 'a/former', 'unassigned/former']
    """
    home = actuals["org_id"].map(homes).fillna(UNASSIGNED)
    leaf = home.astype(object) + f"/{FORMER}"
    is_seller = actuals["rep_id"].isin(sellers["seller_id"])
    return leaf.where(~is_seller, actuals["rep_id"])


def make_units(org_units: pd.DataFrame, sellers: pd.DataFrame, leaves: pd.Series) -> pd.DataFrame:
    """The tree targets run down: units in force, sellers, and a leaf for former staff where it has history.

    Units with neither people nor history below them are left out. When several units have no parent,
    a company is put above them; a unit with an unknown parent is put below the top.

    Parameters
    ----------
    org_units
        ``org_id, parent_org_id, name, level`` in force, from :func:`salesplan.data.organisation.units_at`.
    sellers
        ``seller_id, name, org_id``; ``org_id`` in force or ``unassigned``.
    leaves
        Leaf of every row of history, from :func:`restate`.

    Returns
    -------
    DataFrame ``unit_id, parent_id, level, name``, top first.

    Raises
    ------
    InputError
        A circle in the organisation, or a unit and a seller with the same id.

    Examples
    --------
    >>> org = pd.DataFrame({"org_id": ["a", "b"], "parent_org_id": [None, None], "name": ["A", "B"],
    ...                     "level": ["team", "team"]})
    >>> people = pd.DataFrame({"seller_id": ["r1"], "name": ["王芳"], "org_id": ["a"]})
    >>> make_units(org, people, pd.Series(["r1", "b/former"]))["unit_id"].tolist()
    ['company', 'a', 'b', 'r1', 'b/former']
    """
    same = sorted(set(org_units["org_id"]) & set(sellers["seller_id"]))
    if same:
        raise InputError(f"ids {same[:5]} name a unit and a seller, must be distinct", where="organisation",
                         fix="Give units or people a prefix in the mapping.")
    former = sorted(set(leaves) - set(sellers["seller_id"]))
    former_orgs = [leaf.removesuffix(f"/{FORMER}") for leaf in former]
    units = pd.DataFrame({"unit_id": org_units["org_id"], "parent_id": org_units["parent_org_id"],
                          "level": org_units["level"], "name": org_units["name"]}).astype(object)
    units["level"] = units["level"].fillna("team")
    if UNASSIGNED in former_orgs or (sellers["org_id"] == UNASSIGNED).any():
        usual = units.loc[units["unit_id"].isin(sellers["org_id"]), "level"].mode()
        level = usual.iloc[0] if len(usual) else "team"
        units.loc[len(units)] = [UNASSIGNED, None, level, UNASSIGNED_NAME]
    people = pd.DataFrame({"unit_id": sellers["seller_id"], "parent_id": sellers["org_id"],
                           "level": SELLER_LEVEL, "name": sellers["name"]})
    gone = pd.DataFrame({"unit_id": former, "parent_id": former_orgs, "level": FORMER, "name": FORMER_NAME})
    units = _needed(units, pd.concat([people, gone])["parent_id"])
    tree = _single_top(pd.concat([units, people, gone], ignore_index=True).astype(object))
    tree["parent_id"] = tree["parent_id"].where(tree["parent_id"].notna(), None)
    return Hierarchy(units=tree).units


def _needed(units: pd.DataFrame, used: pd.Series) -> pd.DataFrame:
    parent = dict(zip(units["unit_id"], units["parent_id"], strict=True))
    needed: set[str] = set()
    for unit in used.unique():
        walk = unit
        while not pd.isna(walk) and walk in parent and walk not in needed:
            needed.add(walk)
            walk = parent[walk]
    return units[units["unit_id"].isin(needed)]


def _single_top(tree: pd.DataFrame) -> pd.DataFrame:
    orphan = ~tree["parent_id"].isin(tree["unit_id"])
    tops = tree.loc[orphan, "unit_id"].tolist()
    own = [t for t in tops if t != UNASSIGNED and pd.isna(tree.loc[tree["unit_id"] == t, "parent_id"].iloc[0])]
    if len(tops) == 1:
        tree.loc[orphan, "parent_id"] = None
        return tree
    if len(own) == 1:
        tree.loc[orphan, "parent_id"] = [None if t == own[0] else own[0] for t in tops]
        return tree
    if (tree["unit_id"] == COMPANY).any():
        raise InputError(f"tops == {tops[:5]}, must be one when a unit is called {COMPANY!r}", where="organisation",
                         fix="Give the other units a parent.")
    tree.loc[orphan, "parent_id"] = COMPANY
    top = pd.DataFrame({"unit_id": [COMPANY], "parent_id": [None], "level": ["company"], "name": [COMPANY_NAME]})
    return pd.concat([top, tree], ignore_index=True)


def restated_history(actuals: pd.DataFrame, hierarchy: Hierarchy, months: pd.PeriodIndex) -> pd.DataFrame:
    """Months x (leaf, product line), zero where nothing was sold; columns in the order of the bottom nodes.

    Parameters
    ----------
    actuals
        ``month, unit_id`` (leaf), ``product_line, amount``.
    """
    leaves = hierarchy.units["unit_id"].to_numpy()[hierarchy.leaf_positions]
    pairs = [(leaf, line) for line in hierarchy.lines for leaf in leaves]
    columns = pd.MultiIndex.from_tuples(pairs, names=["unit_id", "product_line"])
    wide = actuals.pivot_table(index="month", columns=["unit_id", "product_line"], values="amount", aggfunc="sum")
    wide = wide.reindex(index=months, columns=columns).fillna(0.0).astype(float)
    wide.index = pd.PeriodIndex(wide.index, freq="M", name="month")
    return wide
