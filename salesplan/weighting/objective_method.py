"""What every method has that takes weights from data: an amount for each KPI, and what must be known about it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from salesplan.errors import InputError
from salesplan.weighting.criteria_table import CriteriaTable, Floats, Note, sample_notes
from salesplan.weighting.weights import Weights


@dataclass(frozen=True, kw_only=True)
class ObjectiveMethod:
    """One method: ``amounts`` of many samples at once, shares of which are the weights.

    Parameters
    ----------
    title
        Marked name.
    amounts
        ``(samples, rows, criteria), signs -> (samples, criteria)``, not negative; a row of NaN where a
        sample has no answer.
    check
        Raises `InputError` for a table the method cannot answer for.
    notes
        The method's own caveats.
    """

    title: str
    amounts: Callable[[Floats, Floats], Floats]
    check: Callable[[CriteriaTable], None]
    notes: Callable[[CriteriaTable], list[Note]]
    least_rows: int = 2


def weigh(method: ObjectiveMethod, table: CriteriaTable) -> Weights:
    """Weights of one sample by a method, with the caveats of samples and of the method.

    Raises
    ------
    InputError
        The method has no answer for these numbers.
    """
    method.check(table)
    values = shares(method.amounts(table.numbers[None], table.signs))[0]
    if not np.isfinite(values).all():
        raise InputError(
            f"{', '.join(table.names)} give no weights by this method, must differ between people",
            fix="Compare the columns with one another, or weigh directly.",
        )
    notes = [*sample_notes(table), *method.notes(table)]
    return Weights(
        names=table.names, values=values, method=method.title, caveats=tuple(notes), measured_share=1.0
    )


def shares(amounts: Floats) -> Floats:
    """Amounts as shares of their sum; NaN where the sum is nothing."""
    total = amounts.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.asarray(amounts / np.where(total > 0, total, np.nan), float)
