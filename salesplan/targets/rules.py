"""Floors, caps and pins as an analyst writes them, read into bounds of every unit and seller."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InfeasibleTargetError, InputError, known_choices

KINDS = ("pin", "floor", "cap")
FIELDS = ("unit", "kind", "amount", "growth", "reason")
COLUMNS = ["unit", "kind", "amount", "growth", "reason"]


def read_rules(rules: Iterable[Mapping[str, Any]] | pd.DataFrame) -> pd.DataFrame:
    """Read rules and say which one is incomplete.

    Parameters
    ----------
    rules
        One mapping (or row) a rule: ``unit`` (or ``unit_id``; an id, or a name that only one has),
        ``kind`` (``pin``, ``floor`` or ``cap``), either ``amount`` in currency units or ``growth``
        over last year as a fraction, and a ``reason``.

    Returns
    -------
    DataFrame
        Columns ``unit``, ``kind``, ``amount``, ``growth``, ``reason``.

    Raises
    ------
    InputError
        An unknown field or kind, no unit, or not exactly one of amount and growth; the rule's number
        is named.

    Examples
    --------
    >>> read_rules([{"unit": "E07", "kind": "cap", "growth": 0.2}])[["unit", "kind", "growth"]].values.tolist()
    [['E07', 'cap', 0.2]]
    """
    given: list[Mapping[Any, Any]] = (
        list(rules.to_dict("records")) if isinstance(rules, pd.DataFrame) else list(rules))
    read = [_read_rule({str(k): v for k, v in rule.items()}, number) for number, rule in enumerate(given, start=1)]
    frame = pd.DataFrame(read, columns=COLUMNS)
    return frame.astype({"amount": float, "growth": float, "unit": object, "kind": object, "reason": object})


def _read_rule(rule: dict[str, Any], number: int) -> dict[str, Any]:
    where = f"rule {number}"
    unit = rule.pop("unit_id", None) if "unit_id" in rule else rule.get("unit")
    unknown = sorted(set(rule) - set(FIELDS))
    if unknown:
        raise InputError(f"{unknown[0]} is not a field of a rule", where=where, fix=known_choices(unknown[0], FIELDS))
    if unit is None or not str(unit).strip() or pd.isna(unit):
        raise InputError("unit is missing, must be a unit or seller", where=where, fix="Write the id.")
    kind = str(rule.get("kind", "")).strip().lower()
    if kind not in KINDS:
        raise InputError(f"kind == {rule.get('kind')!r}, must be a kind of rule", where=where,
                         fix=known_choices(kind, KINDS))
    amount, growth = _number(rule, "amount", where), _number(rule, "growth", where)
    if np.isnan(amount) == np.isnan(growth):
        raise InputError("a rule must have either an amount or a growth", where=f"{where} ({kind} of {unit})",
                         fix="Give one of the two.")
    if amount < 0 or growth < -1:
        raise InputError(f"{kind} of {unit} is below zero, must be zero or more", where=where)
    reason = rule.get("reason")
    return {"unit": str(unit).strip(), "kind": kind, "amount": amount, "growth": growth,
            "reason": "" if pd.isna(reason) else str(reason)}


def _number(rule: Mapping[str, Any], name: str, where: str) -> float:
    value = rule.get(name)
    if value is None or value == "":
        return np.nan
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} == {value!r}, must be a number", where=where,
                         fix="Write amounts in currency units, growth as a fraction.") from None
    if np.isinf(number):
        raise InputError(f"{name} == {value!r}, must be a finite number", where=where)
    return number


def find_unit(called: str, units: pd.DataFrame) -> str:
    """The ``unit_id`` meant by an id, or by a name that only one unit or seller has.

    Raises
    ------
    InputError
        Nobody is called so (the nearest are named), or several are (their ids are listed).

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["E1", "E2", "E3"], "name": ["张伟 (E1)", "张伟 (E2)", "李娜"]})
    >>> find_unit("李娜", units)
    'E3'
    >>> find_unit("张伟", units)
    Traceback (most recent call last):
    ...
    salesplan.errors.InputError: unit == '张伟', is the name of 2: E1, E2. Where: rules. Fix: Write the id.
    """
    ids = units["unit_id"].astype(str)
    if (ids == called).any():
        return called
    names = units["name"].astype(str) if "name" in units else ids
    plain = pd.Series([n.removesuffix(f" ({i})") for n, i in zip(names, ids, strict=True)], index=ids.index)
    same = ids[(names == called) | (plain == called)].tolist()
    if len(same) == 1:
        return str(same[0])
    if same:
        raise InputError(f"unit == {called!r}, is the name of {len(same)}: {', '.join(sorted(same))}",
                         where="rules", fix="Write the id.", unit_ids=sorted(same))
    near = get_close_matches(called, [*ids, *names], n=3, cutoff=0.5)
    raise InputError(f"unit == {called!r}, must be a known unit or seller", where="rules",
                     fix=f"Did you mean {', '.join(near)}?" if near
                     else f"Use an id or a name, such as {', '.join([*ids[:3], *names[:3]])}.",
                     nearest=near)


def rule_bounds(
    rules: pd.DataFrame,
    units: pd.DataFrame,
    *,
    last_year: pd.Series,
    min_growth: float | None = None,
    max_growth: float | None = None,
    full_year: Collection[str] | None = None,
    unable: Collection[str] = (),
) -> pd.DataFrame:
    """Lowest and highest amount of every unit and seller under the rules.

    A rule for somebody by name goes before the growth limits that hold for all: a floor above the
    common cap lifts that cap, a cap below the common floor lowers that floor.

    Parameters
    ----------
    rules
        From :func:`read_rules`.
    units
        ``unit_id``, ``parent_id``, ``name``; leaves are the sellers.
    last_year
        Sales of last year by ``unit_id``, currency units, for rules by growth.
    min_growth, max_growth
        Floor and cap of every seller in `full_year` against last year, as fractions.
    full_year
        Sellers whose last year is complete; all with sales if not given.
    unable
        Sellers who cannot carry a target (no capacity in the year); their bounds are zero.

    Returns
    -------
    DataFrame
        Index ``unit_id`` in the order of `units`: ``lower`` (0 where no rule), ``upper`` (inf where
        none), ``floor_rule`` and ``cap_rule`` (which rule stands behind each: ``floor``, ``cap``,
        ``pin``, ``min_growth``, ``max_growth``, ``no_capacity`` or empty), ``rule`` (both, such as
        ``pin`` or ``floor+max_growth``), ``reason``.

    Raises
    ------
    InputError
        A unit is unknown or its name not unique, two rules of one kind for one unit differ, or a
        growth has no last year to refer to.
    InfeasibleTargetError
        The rules of one unit contradict one another (a pin outside its own floor or cap, a floor
        above its cap, a pin for somebody without capacity).

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": ["co", "a", "b"], "parent_id": [None, "co", "co"], "name": ["Co", "A", "B"]})
    >>> rules = read_rules([{"unit": "a", "kind": "pin", "amount": 50, "reason": "agreed"}])
    >>> bounds = rule_bounds(rules, units, last_year=pd.Series({"a": 40.0, "b": 100.0}), max_growth=0.2)
    >>> bounds[["lower", "upper"]].values.tolist()
    [[0.0, inf], [50.0, 50.0], [0.0, 120.0]]
    """
    ids = pd.Index(units["unit_id"], name="unit_id")
    sold = last_year.reindex(ids).fillna(0.0)
    named = _own_rules(rules, units, sold)
    is_leaf = ~ids.isin(set(units["parent_id"].dropna()))
    limited = is_leaf & (sold > 0).to_numpy()
    if full_year is not None:
        limited &= ids.isin(list(full_year))
    lower = pd.Series(0.0, index=ids)
    upper = pd.Series(np.inf, index=ids)
    why = pd.DataFrame({"floor": "", "cap": ""}, index=ids, dtype=object)
    if min_growth is not None:
        lower[limited], why.loc[limited, "floor"] = sold[limited] * (1 + min_growth), "min_growth"
    if max_growth is not None:
        upper[limited], why.loc[limited, "cap"] = sold[limited] * (1 + max_growth), "max_growth"
    if (lower > upper).any():
        raise InputError(f"min_growth == {min_growth}, must not exceed max_growth == {max_growth}")
    reasons = pd.Series("", index=ids, dtype=object)
    for unit, own in named.items():
        low, high, reasons[unit] = _together(own)
        if low is not None:
            lower[unit], why.loc[unit, "floor"] = low, "pin" if "pin" in own else "floor"
            if upper[unit] < low:
                upper[unit], why.loc[unit, "cap"] = (np.inf, "")
        if high is not None:
            upper[unit], why.loc[unit, "cap"] = high, "pin" if "pin" in own else "cap"
            if lower[unit] > high:
                lower[unit], why.loc[unit, "floor"] = 0.0, ""
    off = ids.isin(list(unable))
    asked = off & ((lower > 0) & why["floor"].isin(["pin", "floor"])).to_numpy()
    if asked.any():
        unit = ids[asked][0]
        kind, amount = str(why.loc[unit, "floor"]), float(lower[unit])
        raise InfeasibleTargetError(
            f"{kind} of {_name(units, unit)} is {amount:,.2f}, but they have no capacity in the year", where="rules",
            fix="Drop the rule, or correct hire and leave dates.",
            binding=[{"unit": unit, "kind": kind, "amount": amount}])
    lower[off], upper[off] = 0.0, 0.0
    why.loc[off, "floor"], why.loc[off, "cap"] = "no_capacity", "no_capacity"
    stands = ["+".join(dict.fromkeys(w for w in pair if w)) for pair in why.itertuples(index=False)]
    return pd.DataFrame({"lower": lower, "upper": upper, "rule": stands, "floor_rule": why["floor"],
                         "cap_rule": why["cap"], "reason": reasons}, index=ids)


def _own_rules(rules: pd.DataFrame, units: pd.DataFrame, sold: pd.Series) -> dict[str, dict[str, tuple[float, str]]]:
    named: dict[str, dict[str, tuple[float, str]]] = {}
    for rule in rules.to_dict("records"):
        unit, kind = find_unit(str(rule["unit"]), units), str(rule["kind"])
        amount = float(rule["amount"])
        if np.isnan(amount):
            if sold[unit] <= 0:
                raise InputError(f"{kind} of {_name(units, unit)} is a growth, but last year is "
                                 f"{sold[unit]:,.2f}", where="rules", fix="Write an amount.")
            amount = float(sold[unit]) * (1 + float(rule["growth"]))
        own = named.setdefault(unit, {})
        if kind in own and abs(own[kind][0] - amount) > 1e-9 * max(1.0, abs(amount)):
            raise InputError(f"{kind} of {_name(units, unit)} is given twice: {own[kind][0]:,.2f} and {amount:,.2f}",
                             where="rules", fix="Keep one of them.")
        own[kind] = (amount, str(rule["reason"]))
    for unit, own in named.items():
        _check_own(_name(units, unit), unit, own)
    return named


def _check_own(name: str, unit: str, own: Mapping[str, tuple[float, str]]) -> None:
    for low, high in (("pin", "cap"), ("floor", "pin"), ("floor", "cap")):
        if low in own and high in own and own[low][0] > own[high][0] * (1 + 1e-12):
            raise InfeasibleTargetError(
                f"{low} of {name} {own[low][0]:,.2f} is above {high} of {name} {own[high][0]:,.2f}",
                where="rules", fix="Change one of the two.",
                binding=[{"unit": unit, "kind": kind, "amount": own[kind][0]} for kind in (low, high)])


def _together(own: Mapping[str, tuple[float, str]]) -> tuple[float | None, float | None, str]:
    reason = "; ".join(dict.fromkeys(text for _, text in own.values() if text))
    if "pin" in own:
        return own["pin"][0], own["pin"][0], reason
    return (own["floor"][0] if "floor" in own else None, own["cap"][0] if "cap" in own else None, reason)


def _name(units: pd.DataFrame, unit: str) -> str:
    if "name" not in units:
        return unit
    name = str(units.loc[units["unit_id"] == unit, "name"].iloc[0])
    return name if unit in name else f"{name} ({unit})"
