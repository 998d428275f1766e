"""People (or other alternatives) by KPI: checked once, for every method that weighs KPIs by their spread."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.text import mark
from salesplan.weighting.weights import Floats, Note

FEW_PEOPLE = 10
"""Below this number of rows, weights taken from data are mostly noise."""

MEASURES_SPREAD = mark(
    "These weights say how much the KPIs spread in this sample of {n_people}, not how much they matter;"
    " they move when people's results move. Use them as a cross-check or a small part of a blend."
)
TOO_FEW = mark(
    "Only {n_people} rows, fewer than {n_least}: with so few, weights taken from the data are mostly noise."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CriteriaTable:
    """Checked numbers, n rows x k criteria, and +1 or -1 for each criterion (more or less is better)."""

    names: tuple[str, ...]
    rows: pd.Index
    numbers: Floats
    signs: Floats

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def in_fixed_order(self) -> tuple["CriteriaTable", NDArray[np.intp]]:
        """The same table in an order that does not depend on how it came, and each column's place in it."""
        columns = np.array(sorted(range(len(self.names)), key=lambda j: self.names[j]))
        numbers = self.numbers[:, columns]
        rows = np.lexsort(numbers.T[::-1])
        table = CriteriaTable(
            names=tuple(self.names[j] for j in columns),
            rows=self.rows[rows],
            numbers=numbers[rows],
            signs=self.signs[columns],
        )
        return table, np.argsort(columns)


def check_criteria(
    frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None, least_rows: int = 2
) -> CriteriaTable:
    """Check that every KPI is a number for everybody and differs between people.

    Parameters
    ----------
    frame
        One row a person, one column a KPI.
    directions
        KPI -> ``+1`` (more is better, the default) or ``-1`` (less is better).
    least_rows
        Fewest rows the method can work with.

    Raises
    ------
    InputError
        A missing or non-numeric cell, a KPI equal for everybody, a KPI named twice, fewer than two KPIs,
        too few rows, an unknown name or value in ``directions``.

    Examples
    --------
    >>> check_criteria(pd.DataFrame({"visits": [3, 4], "days": [9, 7]}), directions={"days": -1}).signs.tolist()
    [1.0, -1.0]
    """
    names = tuple(str(c) for c in frame.columns)
    rows = frame.index
    if len(names) < 2:
        raise InputError(f"KPIs == {len(names)}, must be at least 2 to weigh one against another")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"KPI named {twice[0]!r} twice, must have names of their own", where=f"column {twice[0]}")
    if len(rows) < least_rows:
        raise InputError(f"rows == {len(rows)}, must be at least {least_rows} for this method")
    numbers = _numbers(frame, names, rows)
    same = np.ptp(numbers, axis=0) <= 1e-12 * np.abs(numbers).max(axis=0)
    if same.any():
        alike = {names[j]: numbers[0, j] for j in np.flatnonzero(same)}
        held = ", ".join(f"{name} == {value:g}" for name, value in alike.items())
        raise InputError(
            f"{held} for everybody, must differ between people",
            where=f"column {', '.join(alike)}",
            fix="Leave out a KPI that does not tell people apart, or weigh it directly.",
        )
    return CriteriaTable(names=names, rows=rows, numbers=numbers, signs=_signs(names, directions))


def check_no_negative(table: CriteriaTable, *, zero: bool = True, because: str) -> None:
    """Refuse values below zero (or at zero, where ``zero`` is False), naming the cell.

    Raises
    ------
    InputError
        Such a value.
    """
    wrong = np.argwhere(table.numbers < 0 if zero else table.numbers <= 0)
    if len(wrong):
        i, j = wrong[0]
        raise InputError(
            f"{table.names[j]} == {table.numbers[i, j]:g}, must {'not be negative' if zero else 'be above 0'}: {because}",
            where=f"row {table.rows[i]}, column {table.names[j]}",
            fix="Use a method that works on the range (CRITIC, standard deviation) or measure from a natural zero.",
        )


def scale_min_max(values: Floats, signs: Floats) -> Floats:
    """Each column from 0 (worst) to 1 (best) over the rows; NaN where a column does not differ.

    ``values`` is ``(..., rows, criteria)``.
    """
    lowest, highest = values.min(axis=-2, keepdims=True), values.max(axis=-2, keepdims=True)
    span = np.where(highest > lowest, highest - lowest, np.nan)
    return np.asarray(np.where(signs > 0, values - lowest, highest - values) / span, float)


def sample_notes(table: CriteriaTable) -> list[Note]:
    """What holds for every weight that is computed from a sample."""
    notes: list[Note] = [{"msgid": MEASURES_SPREAD, "details": {"n_people": table.n}}]
    if table.n < FEW_PEOPLE:
        notes.append({"msgid": TOO_FEW, "details": {"n_people": table.n, "n_least": FEW_PEOPLE}})
    return notes


def _numbers(frame: pd.DataFrame, names: tuple[str, ...], rows: pd.Index) -> Floats:
    if all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in frame.dtypes):
        plain = frame.to_numpy(float)
        if np.isfinite(plain).all():
            return plain.copy()
    columns = []
    for j, name in enumerate(names):
        column = frame.iloc[:, j]
        number = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        wrong = np.flatnonzero(~np.isfinite(number))
        if wrong.size:
            first = int(wrong[0])
            raise InputError(
                f"{name} == {_said(column.iloc[first])}, must be a number",
                where=f"row {rows[first]}, column {name}",
                fix="Leave this person out or fill the gap by a rule you can defend; nothing is filled in silence.",
            )
        columns.append(number)
    return np.column_stack(columns)


def _said(value: object) -> str:
    """A cell as a message shows it: ``nan`` rather than ``np.float64(nan)``."""
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _signs(names: tuple[str, ...], directions: Mapping[str, int] | None) -> Floats:
    given = {str(name): sign for name, sign in (directions or {}).items()}
    for name, sign in given.items():
        if name not in names:
            raise InputError(f"directions name {name!r}, {known_choices(name, names)}", where="directions")
        if sign not in (1, -1):
            raise InputError(f"direction == {sign!r}, must be 1 or -1", where=f"directions, {name}")
    return np.array([float(given.get(name, 1)) for name in names])
