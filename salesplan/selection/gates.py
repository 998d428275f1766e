"""Must-haves: a system that misses one is out, whatever its score."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from salesplan.errors import InputError, Sentence
from salesplan.selection.claims import GRADES


def check_gates(gates: Iterable[Mapping[str, Any]], systems: Iterable[str]) -> pd.DataFrame:
    """Which must-have each system meets, with the evidence for it.

    Parameters
    ----------
    gates
        One mapping a must-have: ``name`` and ``met``, a mapping system -> True, False or None (not known), and
        optionally ``evidence``, a mapping system -> grade (a vendor's claim unless said otherwise).
    systems
        All systems of the decision.

    Returns
    -------
    DataFrame ``gate, system, met, evidence, passes``: ``passes`` is False only where a must-have is known to be
    missed; unknown is neither, and stays to be found out.

    Raises
    ------
    InputError
        A gate without a name, with an unknown system or grade, or with an answer that is not yes, no or unknown.

    Examples
    --------
    >>> check_gates([{"name": "data stay in the country", "met": {"A": True, "B": False}}], ["A", "B", "C"])[
    ...     ["system", "met", "passes"]].values.tolist()
    [['A', True, True], ['B', False, False], ['C', None, True]]
    """
    known = list(systems)
    rows = []
    for at, gate in enumerate(gates, 1):
        name = str(gate.get("name", "")).strip()
        if not name:
            raise InputError(Sentence("{field} is empty, must be said", field="name"), where=Sentence("must-have {name}", name=at))
        met, evidence = dict(gate.get("met") or {}), dict(gate.get("evidence") or {})
        for system in {*met, *evidence} - set(known):
            raise InputError(Sentence("system == {given}, must be one of {choices}", given=repr(system), choices=known),
                             where=Sentence("must-have {name}", name=name))
        for system in known:
            answer, grade = met.get(system), evidence.get(system, "vendor_claim")
            where = Sentence("must-have {name}, {system}", name=name, system=system)
            if not (answer is None or isinstance(answer, bool)):
                raise InputError(Sentence("met == {given}, must be true, false or empty", given=repr(answer)), where=where)
            if grade not in GRADES:
                raise InputError(Sentence("evidence == {given}, must be one of {choices}", given=repr(grade), choices=list(GRADES)),
                                 where=where)
            rows.append((name, system, answer, grade if answer is not None else "", answer is not False))
    return pd.DataFrame(rows, columns=["gate", "system", "met", "evidence", "passes"]).astype({"met": object})
