"""Judgements "how many times as important": two KPIs at a time, some of them perhaps not judged yet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, Sentence, known_choices
from salesplan.weighting.weights import check_names

Floats = NDArray[np.float64]

RECIPROCAL_TOLERANCE = 1e-6
LARGEST_RATIO = 1e6
"""A judgement beyond this is a slip of the keyboard, not an opinion."""

_RATIO = re.compile(r"^\s*([^/:：]+?)\s*(?:[/:：]\s*([^/:：]+?)\s*)?$")


@dataclass(frozen=True, kw_only=True, eq=False)
class PairwiseComparison:
    """A reciprocal matrix of judgements: row over column.

    Parameters
    ----------
    names
        The KPIs compared, at least two.
    matrix
        n x n. ``matrix[i][j] == 3`` means that KPI i is three times as important as KPI j; the mirror
        cell then holds 1/3 and the diagonal 1. NaN (in both cells) means not judged yet. Cells may be
        text such as ``"1/3"`` or ``"1:3"``.

    Raises
    ------
    InputError
        Not square, a cell that is not a positive number, a diagonal other than 1, two cells that
        contradict each other; row and column are named.

    Examples
    --------
    >>> c = PairwiseComparison(names=("sales", "visits"), matrix=[["1", "3"], ["1/3", "1"]])
    >>> c.ratio("sales", "visits"), c.is_complete
    (3.0, True)
    """

    names: tuple[str, ...]
    matrix: Floats

    def __post_init__(self) -> None:
        names = check_names(self.names)
        if len(names) < 2:
            raise InputError(f"names == {list(names)}, must be at least two KPIs to compare")
        object.__setattr__(self, "names", names)
        matrix = _read_cells(names, self.matrix)
        _check_reciprocal(names, matrix)
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which cells off the diagonal hold a judgement, n x n."""
        return ~np.isnan(self.matrix) & ~np.eye(len(self.names), dtype=bool)

    @property
    def n_judged(self) -> int:
        """Number of pairs judged."""
        return int(self.judged.sum()) // 2

    @cached_property
    def is_complete(self) -> bool:
        """Whether every pair is judged."""
        return not bool(np.isnan(self.matrix).any())

    def position(self, name: str) -> int:
        """Row of a KPI.

        Raises
        ------
        InputError
            Not among the names.
        """
        if name not in self.names:
            raise InputError(f"kpi == {name!r}, must be one of those compared", fix=known_choices(name, self.names))
        return self.names.index(name)

    def ratio(self, first: str, second: str) -> float:
        """How many times as important the first is as the second; NaN when not judged."""
        return float(self.matrix[self.position(first), self.position(second)])

    def changed(self, first: str, second: str, ratio: float | str | None) -> "PairwiseComparison":
        """The same comparison with one judgement given anew (or, with None, taken back)."""
        i, j = self.position(first), self.position(second)
        where = f"row {first}, column {second}"
        if i == j:
            raise InputError(f"{first!r} is compared with itself, must be two KPIs", where=where)
        value = np.nan if ratio is None else read_ratio(ratio, where=where)
        matrix = self.matrix.copy()
        matrix[i, j], matrix[j, i] = value, 1 / value
        return PairwiseComparison(names=self.names, matrix=matrix)

    def reordered(self, names: Sequence[str]) -> "PairwiseComparison":
        """The same judgements with the KPIs in another order."""
        if sorted(names) != sorted(self.names):
            raise InputError(f"names == {list(names)}, must be the KPIs compared: {', '.join(self.names)}")
        rows = [self.names.index(name) for name in names]
        return PairwiseComparison(names=tuple(names), matrix=self.matrix[np.ix_(rows, rows)])

    def parts(self) -> list[tuple[str, ...]]:
        """Groups of KPIs that judgements link, directly or through others; one group when all are linked."""
        linked = self.judged | np.eye(len(self.names), dtype=bool)
        for _ in range(len(self.names).bit_length()):
            linked = linked @ linked
        first = linked.argmax(axis=1)
        return [tuple(n for n, f in zip(self.names, first, strict=True) if f == at) for at in np.unique(first)]

    def check_linked(self) -> None:
        """Refuse judgements that leave groups of KPIs without any comparison between them.

        Raises
        ------
        InputError
            The groups are named.
        """
        if self.is_complete:
            return
        parts = self.parts()
        if len(parts) > 1:
            named = " | ".join(", ".join(part) for part in parts)
            raise InputError(
                f"the judgements fall into {len(parts)} groups that are never compared, must be linked",
                where=named,
                fix=f"Judge for instance {parts[0][0]} against {parts[1][0]}.",
                parts=parts,
            )

    def to_frame(self) -> pd.DataFrame:
        """The matrix with its names, rows over columns."""
        index = pd.Index(self.names, name="name")
        return pd.DataFrame(self.matrix.copy(), index=index, columns=list(self.names))

    def summary(self) -> pd.DataFrame:
        """One row a pair: kpi_a, kpi_b, ratio_factor (a over b; missing when not judged)."""
        above = np.triu_indices(len(self.names), 1)
        return pd.DataFrame({
            "kpi_a": [self.names[i] for i in above[0]],
            "kpi_b": [self.names[j] for j in above[1]],
            "ratio_factor": self.matrix[above],
        })  # fmt: skip


def pairwise_from(
    judgments: Mapping[str, float | str] | Mapping[tuple[str, str], float | str], names: Sequence[str]
) -> PairwiseComparison:
    """Build a comparison from the judgements somebody gave, pair by pair.

    Parameters
    ----------
    judgments
        ``"a/b"`` (or the pair ``("a", "b")``) -> how many times as important a is as b: a number, or
        text such as ``"1/3"`` or ``"1:3"``. Pairs left out are not judged.
    names
        All KPIs, in the order wanted.

    Raises
    ------
    InputError
        Arguments that are no judgements and names (perhaps swapped), an unknown KPI, a KPI against itself, a pair
        judged twice with different answers, a judgement that is not a positive number.

    Examples
    --------
    >>> c = pairwise_from({"sales/visits": 3, "margin/sales": "1/2"}, ["sales", "margin", "visits"])
    >>> c.matrix.round(2).tolist()
    [[1.0, 2.0, 3.0], [0.5, 1.0, nan], [0.33, nan, 1.0]]
    """
    if not isinstance(judgments, Mapping):
        raise InputError(
            Sentence("judgments == {kind}, must be a mapping of 'a/b' to how many times as important a is as b",
                     kind=type(judgments).__name__), where=Sentence("the first argument of {function}", function="pairwise_from"),
            fix=Sentence("Give the judgements first and then the names, such as {example}.",
                         example='pairwise_from({"sales/visits": 3}, ["sales", "visits"])'))
    if isinstance(names, str | Mapping):
        raise InputError(
            Sentence("names == {kind}, must be a list of the KPIs that are compared", kind=type(names).__name__),
            where=Sentence("the second argument of {function}", function="pairwise_from"),
            fix=Sentence("Give the judgements first and then the names, such as {example}.",
                         example='pairwise_from({"sales/visits": 3}, ["sales", "visits"])'))
    known = check_names(names)
    place = {name: at for at, name in enumerate(known)}
    rows = [[1.0 if i == j else np.nan for j in range(len(known))] for i in range(len(known))]
    seen: dict[tuple[int, int], float] = {}
    for pair, answer in judgments.items():
        first, second = _read_pair(pair, place)
        if first == second:
            raise InputError(f"{first!r} is compared with itself, must be two KPIs", where=f"judgement {pair!r}")
        i, j = place[first], place[second]
        if isinstance(answer, float) and 1 / LARGEST_RATIO <= answer <= LARGEST_RATIO:
            value = answer
        else:
            value = read_ratio(answer, where=f"row {first}, column {second}")
        before = seen.get((i, j), value)
        if abs(before / value - 1) > RECIPROCAL_TOLERANCE:
            raise InputError(
                f"{first} over {second} is judged twice, {before:g} and {value:g}, must be judged once",
                where=f"row {first}, column {second}",
            )
        rows[i][j] = seen[i, j] = value
        rows[j][i] = seen[j, i] = 1 / value
    return PairwiseComparison(names=known, matrix=np.array(rows))


def read_ratio(answer: Any, *, where: str = "") -> float:
    """A judgement as a number: 3, ``"3"``, ``"1/3"``, ``"1:3"``.

    Raises
    ------
    InputError
        Not a positive number, or a division by zero.

    Examples
    --------
    >>> read_ratio("1:4"), read_ratio(5), read_ratio("0.5")
    (0.25, 5.0, 0.5)
    """
    value = np.nan
    if isinstance(answer, str):
        found = _RATIO.match(answer)
        try:
            if found:
                value = float(found[1]) / float(found[2] or 1)
        except (ValueError, ZeroDivisionError):
            value = np.nan
    elif not isinstance(answer, bool | np.bool_):
        try:
            value = float(answer)
        except (TypeError, ValueError):
            value = np.nan
    if not 1 / LARGEST_RATIO <= value <= LARGEST_RATIO:
        raise InputError(
            f"judgement == {answer!r}, must be a positive number such as 3 or 1/3",
            where=where,
            fix="1 means equally important, 9 far more, 1/9 far less.",
        )
    return value


def _read_pair(pair: Any, names: Mapping[str, int]) -> tuple[str, str]:
    if isinstance(pair, tuple) and len(pair) == 2 and pair[0] in names and pair[1] in names:
        return pair
    if isinstance(pair, str):
        cuts = [(pair[:at].strip(), pair[at + 1 :].strip()) for at, sign in enumerate(pair) if sign == "/"]
        both = [cut for cut in cuts if cut[0] in names and cut[1] in names]
        if len(both) == 1:
            return both[0]
        if len(both) > 1 or not cuts:
            raise InputError(f"pair == {pair!r}, must be two names with one / between them", where="judgements")
        pair = cuts[0]
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise InputError(f"pair == {pair!r}, must be 'a/b' or two names", where="judgements")
    for name in pair:
        if name not in names:
            raise InputError(
                f"kpi == {name!r}, must be one of those compared",
                where=f"judgement {pair[0]}/{pair[1]}",
                fix=known_choices(name, names),
            )
    return pair[0], pair[1]


def _read_cells(names: tuple[str, ...], given: Any) -> Floats:
    try:
        cells = np.asarray(given)
    except ValueError:
        cells = np.empty(0)
    if cells.shape != (len(names), len(names)):
        raise InputError(
            f"matrix has the shape {cells.shape}, must have a row and a column for each of {len(names)} names",
            where=", ".join(names),
        )
    if cells.dtype.kind in "fiu":
        return cells.astype(float)
    matrix = np.full(cells.shape, np.nan)
    cells = np.asarray(given, dtype=object)
    for i, j in np.ndindex(*cells.shape):
        cell = cells[i, j]
        gap = cell is None or (isinstance(cell, float) and np.isnan(cell)) or str(cell).strip().lower() in ("", "nan")
        if not gap:
            matrix[i, j] = read_ratio(cell, where=_cell(names, i, j))
    return matrix


def _check_reciprocal(names: tuple[str, ...], matrix: Floats) -> None:
    off = np.abs(matrix - 1).diagonal()
    if not (off <= RECIPROCAL_TOLERANCE).all():
        at = int(np.flatnonzero(~(off <= RECIPROCAL_TOLERANCE))[0])
        raise InputError(
            f"judgement == {matrix[at, at]:g}, must be 1: a KPI is as important as itself", where=_cell(names, at, at)
        )
    gap = np.isnan(matrix)
    bad = ~gap & ~((matrix >= 1 / LARGEST_RATIO) & (matrix <= LARGEST_RATIO))
    if bad.any():
        i, j = np.argwhere(bad)[0]
        read_ratio(float(matrix[i, j]), where=_cell(names, i, j))
    if (gap != gap.T).any():
        i, j = np.argwhere(gap & ~gap.T)[0]
        raise InputError(
            "judgement is missing while the mirror cell holds one, must be given in both or in neither",
            where=_cell(names, i, j), fix=f"Write 1/{matrix[j, i]:g}.",
        )  # fmt: skip
    wrong = np.abs(matrix * matrix.T - 1) > RECIPROCAL_TOLERANCE
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        raise InputError(
            f"judgement == {matrix[i, j]:g} while the mirror cell holds {matrix[j, i]:g}, must be its reciprocal",
            where=_cell(names, i, j), fix=f"Write {1 / matrix[i, j]:g} in row {names[j]}, column {names[i]}.",
        )  # fmt: skip


def _cell(names: tuple[str, ...], i: int, j: int) -> str:
    return f"row {names[i]}, column {names[j]}"
