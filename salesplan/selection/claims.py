"""Scores of systems with where they come from; what contradicts itself is shown, and counts as a range."""

from typing import Final

import numpy as np
import pandas as pd

from salesplan.errors import InputError, Sentence, known_choices
from salesplan.text import mark

GRADES: Final[dict[str, str]] = {
    "measured": mark("Measured"),
    "tried": mark("Tried by ourselves"),
    "vendor_claim": mark("Vendor claim"),
}
"""Evidence grades, the strongest first."""

COLUMNS: Final = ("system", "criterion", "value", "evidence", "source")


def check_claims(claims: pd.DataFrame, *, lowest: float | None = None, highest: float | None = None) -> pd.DataFrame:
    """Check scores of systems: every one has a number, an evidence grade and a source.

    Parameters
    ----------
    claims
        ``system, criterion, value, evidence, source``; optional ``said_on``, ``note``.
    lowest, highest
        Ends of the scale, where all criteria share one.

    Raises
    ------
    InputError
        Missing column, value or source, unknown grade, a score outside the scale, one source that gives a
        system two different scores on one criterion; the row is named.

    Examples
    --------
    >>> check_claims(pd.DataFrame([["A", "ease", 8, "vendor", "leaflet"]], columns=COLUMNS))
    Traceback (most recent call last):
    salesplan.errors.InputError: evidence == 'vendor', must be a grade. Where: row 1 (A, ease). Fix: did you mean ...
    """
    missing = [c for c in COLUMNS if c not in claims]
    if missing:
        raise InputError(Sentence("claims lack the columns {missing}, must have {columns}", missing=missing, columns=list(COLUMNS)))
    checked = claims.reset_index(drop=True).copy()
    checked["value"] = pd.to_numeric(checked["value"], errors="coerce")
    for at, row in enumerate(checked.itertuples(index=False), 1):
        where = Sentence("row {at} ({system}, {criterion})", at=at, system=str(row.system), criterion=str(row.criterion))
        if row.evidence not in GRADES:
            raise InputError(Sentence("evidence == {given}, must be a grade", given=repr(row.evidence)), where=where,
                             fix=known_choices(row.evidence, GRADES))
        value = float(str(row.value))
        if not np.isfinite(value):
            raise InputError(Sentence("value == {given}, must be a number", given=repr(claims["value"].iloc[at - 1])), where=where)
        if (lowest is not None and value < lowest) or (highest is not None and value > highest):
            raise InputError(Sentence("value == {given}, must be on the scale {lowest} to {highest}", given=f"{value:g}",
                                      lowest="–∞" if lowest is None else f"{lowest:g}",
                                      highest="∞" if highest is None else f"{highest:g}"), where=where)
        for name in ("system", "criterion", "source"):
            if not str(getattr(row, name) or "").strip():
                raise InputError(Sentence("{field} is empty, must be said", field=name), where=where)
    same = checked.groupby(["system", "criterion", "source"])["value"].nunique()
    if (same > 1).any():
        system, criterion, source = same[same > 1].index[0]
        raise InputError(Sentence("source == {given} gives two different values, must give one", given=repr(source)),
                         where=f"{system}, {criterion}")
    return checked


def contradictions(claims: pd.DataFrame) -> pd.DataFrame:
    """Which sources contradict one another about a system and criterion.

    Returns
    -------
    DataFrame ``system, criterion, lowest_value, highest_value, difference_value, n_sources, sources, is_set_aside``, the
    largest difference first; empty when all agree. ``is_set_aside``: the strongest evidence is at one with itself, and what
    differs is weaker and does not count.

    Examples
    --------
    >>> two = pd.DataFrame([["S", "overall", 8, "vendor_claim", "x"], ["S", "overall", 9, "vendor_claim", "y"]],
    ...                    columns=COLUMNS)
    >>> contradictions(two)[["system", "difference_value", "n_sources"]].values.tolist()
    [['S', 1.0, 2]]
    """
    checked = check_claims(claims)
    counted = _strongest(checked).groupby(["system", "criterion"])["value"].nunique().to_dict()
    rows = []
    for (system, criterion), group in checked.groupby(["system", "criterion"], sort=False):
        low, high = float(group["value"].min()), float(group["value"].max())
        if high > low:
            said = [f"{s}: {v:g}" for s, v in zip(group["source"], group["value"], strict=True)]
            rows.append((system, criterion, low, high, high - low, group["source"].nunique(), "; ".join(said),
                         counted[(system, criterion)] == 1))
    frame = pd.DataFrame(rows, columns=["system", "criterion", "lowest_value", "highest_value", "difference_value",
                                        "n_sources", "sources", "is_set_aside"])
    return frame.sort_values("difference_value", ascending=False, kind="stable").reset_index(drop=True)


def best_evidence(claims: pd.DataFrame) -> pd.DataFrame:
    """One cell for each system and criterion: the mean of the strongest evidence there is, with its range.

    Weaker evidence is set aside where stronger exists: a measurement is not mixed with a vendor's claim.

    Returns
    -------
    DataFrame ``system, criterion, value, value_lower, value_upper, evidence, n_sources``; the range spans what the
    sources of that grade say.

    Examples
    --------
    >>> both = pd.DataFrame([["S", "ease", 9, "vendor_claim", "x"], ["S", "ease", 6, "tried", "pilot"]], columns=COLUMNS)
    >>> best_evidence(both)[["value", "evidence"]].values.tolist()
    [[6.0, 'tried']]
    """
    kept = _strongest(check_claims(claims))
    grouped = kept.groupby(["system", "criterion"], sort=False)
    frame = grouped.agg(value=("value", "mean"), value_lower=("value", "min"), value_upper=("value", "max"),
                        evidence=("evidence", "first"), n_sources=("source", "nunique"))
    return frame.reset_index()


def _strongest(checked: pd.DataFrame) -> pd.DataFrame:
    strength = checked["evidence"].map({grade: at for at, grade in enumerate(GRADES)})
    return checked[strength == strength.groupby([checked["system"], checked["criterion"]]).transform("min")]
