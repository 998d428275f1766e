"""Two- and three-way tables of targets with every margin held: iterative proportional fitting."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import linprog

from salesplan.errors import InfeasibleTargetError, InputError

AGREE = 1e-9
ENOUGH = 1e-9
STALLED = 200
AXES = ("row", "column", "layer")


def fit_margins(
    seed: ArrayLike,
    rows: ArrayLike,
    columns: ArrayLike,
    layers: ArrayLike | None = None,
    *,
    tolerance: float = 1e-12,
    max_rounds: int = 5_000,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    layer_names: Sequence[str] | None = None,
) -> NDArray[np.float64]:
    """Scale a table until its rows, columns and layers add up to what each was promised.

    Keeps the mix of the seed (who sells what) as far as the margins allow: every cell becomes
    ``seed x row factor x column factor``. Zeros stay zero.

    Parameters
    ----------
    seed
        Rows x columns (x layers), zero or more: last year's sales or the forecast.
    rows, columns, layers
        Totals to reach, zero or more, equal in sum; `layers` for a three-way table.
    tolerance
        Largest miss of a margin, relative to the total.
    max_rounds
        Rounds before giving up.
    row_names, column_names, layer_names
        Ids for messages, positions if not given. With them the order of rows changes nothing, to the
        last bit.

    Returns
    -------
    ndarray
        Same shape as `seed`.

    Raises
    ------
    InputError
        Shapes do not fit, numbers are missing or negative, or the sums of the margins differ by more
        than 1e-9 of the total.
    InfeasibleTargetError
        The zeros of the seed make the margins impossible; the rows and columns in the way are named
        and listed in ``details['binding']``.

    Notes
    -----
    Iterative proportional fitting (Deming and Stephan 1940) gives the table of least relative entropy
    to the seed. Cells which the margins force to zero are found beforehand (two-way), so that they do
    not slow the fit down. Whole units: :func:`salesplan.money.controlled_rounding`.

    Examples
    --------
    >>> fit_margins([[1, 1], [1, 3]], [10, 30], [16, 24]).round(3).tolist()
    [[6.0, 4.0], [10.0, 20.0]]
    >>> fit_margins([[0, 5], [5, 5]], [60, 40], [70, 30])
    Traceback (most recent call last):
    ...
    salesplan.errors.InfeasibleTargetError: row 0 can only be filled from column 1 (at most 30), but needs 60. ...
    """
    table = np.array(seed, dtype=float)
    margins = [np.asarray(m, dtype=float) for m in (rows, columns, layers) if m is not None]
    names = [_called(AXES[axis], given, size) for axis, (given, size) in enumerate(
        zip((row_names, column_names, layer_names)[: len(margins)], [m.size for m in margins], strict=True))]
    total = _check(table, margins)
    if total == 0:
        return np.zeros_like(table)
    order = [np.arange(len(n)) if given is None else np.argsort(np.array(n), kind="stable")
             for n, given in zip(names, (row_names, column_names, layer_names), strict=False)]
    grid = np.ix_(*order)
    fitted = np.empty_like(table)
    sorted_names = [[n[i] for i in o] for n, o in zip(names, order, strict=True)]
    fitted[grid] = _fit(table[grid], [m[o] for m, o in zip(margins, order, strict=True)], sorted_names, total,
                        tolerance, max_rounds)
    return fitted


def _fit(table: NDArray[np.float64], margins: list[NDArray[np.float64]], names: list[list[str]], total: float,
         tolerance: float, max_rounds: int) -> NDArray[np.float64]:
    for axis, margin in enumerate(margins):
        table *= _along(axis, (margin > 0).astype(float), table.ndim)
    scale = table.max()
    if scale > 0:
        table /= scale
    had_zeros = bool((table == 0).any())
    checked = not had_zeros
    miss = np.inf
    for attempt in range(1, max_rounds + 1):
        for axis, margin in enumerate(margins):
            others = tuple(a for a in range(table.ndim) if a != axis)
            sums = table.sum(axis=others)
            factor = np.divide(margin, sums, out=np.zeros_like(margin), where=sums > 0)
            table *= _along(axis, factor, table.ndim)
        miss = _miss(table, margins) / total
        if miss <= tolerance:
            return table
        if not checked and (attempt >= STALLED or _empty(table, margins)):
            table = _without_forced_zeros(table, margins, names, total)
            checked = True
    if miss <= ENOUGH:
        return table
    raise InfeasibleTargetError(
        f"margins are still off by {miss:.1e} of the total after {max_rounds} rounds", where="fit_margins",
        fix="Fill more cells of the seed, or allow more rounds.", binding=[])


def _along(axis: int, values: NDArray[np.float64], dimensions: int) -> NDArray[np.float64]:
    """Values shaped so that they multiply a table along one axis."""
    return values.reshape([-1 if a == axis else 1 for a in range(dimensions)])


def _miss(table: NDArray[np.float64], margins: list[NDArray[np.float64]]) -> float:
    worst = 0.0
    for axis, margin in enumerate(margins):
        others = tuple(a for a in range(table.ndim) if a != axis)
        worst = max(worst, float(np.abs(table.sum(axis=others) - margin).max(initial=0.0)))
    return worst


def _empty(table: NDArray[np.float64], margins: list[NDArray[np.float64]]) -> bool:
    """Whether a margin above zero has no cell left."""
    return any(((table.sum(axis=tuple(a for a in range(table.ndim) if a != axis)) == 0) & (margin > 0)).any()
               for axis, margin in enumerate(margins))


def _without_forced_zeros(table: NDArray[np.float64], margins: list[NDArray[np.float64]], names: list[list[str]],
                          total: float) -> NDArray[np.float64]:
    """The seed without cells that must be zero in every table with these margins; raises if there is none."""
    cells = np.flatnonzero(table.ravel() > 0)
    at = np.unravel_index(cells, table.shape)
    start = np.cumsum([0, *(m.size for m in margins)])
    lines = np.concatenate([axis + begin for axis, begin in zip(at, start[:-1], strict=True)])
    one = sparse.coo_matrix((np.ones(lines.size), (lines, np.tile(np.arange(cells.size), len(margins)))),
                            shape=(start[-1], cells.size))
    gaps = sparse.identity(start[-1])
    need = np.concatenate(margins) / total
    cost = np.concatenate([np.zeros(cells.size), np.ones(2 * start[-1])])
    matrix = sparse.hstack([one, gaps, -gaps]).tocsc()
    found = linprog(cost, A_eq=matrix, b_eq=need, bounds=(0, None), method="highs-ds")
    if found.status == 0 and found.fun > ENOUGH:
        price = found.eqlin.marginals
        _name_culprit(table, margins, names, [price[a:b] for a, b in pairwise(start)])
    if table.ndim != 2 or found.status != 0:
        return table
    flow = found.x[: cells.size] > 1e-12
    row, column = at[0], table.shape[0] + at[1]
    links = sparse.coo_matrix(
        (np.ones(cells.size + int(flow.sum())), (np.concatenate([row, column[flow]]),
                                                 np.concatenate([column, row[flow]]))),
        shape=(start[-1], start[-1]))
    _, part = sparse.csgraph.connected_components(links, connection="strong")
    forced = ~flow & (part[row] != part[column])
    table.flat[cells[forced]] = 0.0
    return table


def _name_culprit(table: NDArray[np.float64], margins: list[NDArray[np.float64]], names: list[list[str]],
                  price: list[NDArray[np.float64]]) -> None:
    if table.ndim == 2:
        for axis in (0, 1):
            group = _smallest_group(table if axis == 0 else table.T, margins[axis], margins[1 - axis],
                                    np.flatnonzero(price[axis] > 0.5))
            if group is not None:
                _raise(group, axis, margins, names)
    asking = [names[axis][i] for axis in range(table.ndim) for i in np.flatnonzero(price[axis] > 0.1)]
    giving = [names[axis][i] for axis in range(table.ndim) for i in np.flatnonzero(price[axis] < -0.1)]
    raise InfeasibleTargetError(
        f"{_and(asking)} need more than {_and(giving)} can give through the cells that are not zero",
        where="seed table", fix="Allow a cell that is zero, or change one of these margins.",
        binding=[*asking, *giving])


def _smallest_group(table: NDArray[np.float64], need: NDArray[np.float64], have: NDArray[np.float64],
                    lines: NDArray[np.intp]) -> tuple[list[int], list[int]] | None:
    """Fewest lines that together need more than all the lines they may be filled from have."""

    def lacks(chosen: list[int]) -> bool:
        return bool(chosen) and need[chosen].sum() > have[(table[chosen] > 0).any(axis=0)].sum() * (1 + ENOUGH) + 1e-12

    single = [i for i in range(need.size) if lacks([i])]
    chosen = single[:1] or [int(i) for i in lines]
    if not lacks(chosen):
        return None
    for one in list(chosen):
        rest = [i for i in chosen if i != one]
        if lacks(rest):
            chosen = rest
    return chosen, np.flatnonzero((table[chosen] > 0).any(axis=0)).tolist()


def _raise(group: tuple[list[int], list[int]], axis: int, margins: list[NDArray[np.float64]],
           names: list[list[str]]) -> None:
    asking, giving = group
    need, most = float(margins[axis][asking].sum()), float(margins[1 - axis][giving].sum())
    ask, give = [names[axis][i] for i in asking], [names[1 - axis][i] for i in giving]
    source = f"from {_and(give)} (at most {most:,.12g})" if give else "from nowhere"
    raise InfeasibleTargetError(
        f"{_and(ask)} can only be filled {source}, but {'need' if len(ask) > 1 else 'needs'} {need:,.12g}",
        where="seed table", fix="Allow a cell that is zero, or change one of these margins.",
        binding=[*ask, *give], need=need, most=most)


def _called(axis: str, given: Sequence[str] | None, size: int) -> list[str]:
    if given is None:
        return [f"{axis} {i}" for i in range(size)]
    if len(given) != size:
        raise InputError(f"{axis}_names has {len(given)} entries, must have one for each of {size} totals")
    return [str(name) for name in given]


def _and(names: list[str]) -> str:
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


def _check(table: NDArray[np.float64], margins: list[NDArray[np.float64]]) -> float:
    if table.shape != tuple(m.size for m in margins) or any(m.ndim != 1 for m in margins):
        raise InputError(f"seed is {table.shape}, must be {tuple(m.size for m in margins)} as the margins")
    if not all((np.isfinite(part) & (part >= 0)).all() for part in (table, *margins)):
        raise InputError("seed or margins hold missing or negative numbers, must be zero or more",
                         fix="Clip net returns to zero before fitting.")
    sums = [float(np.sort(m).sum()) for m in margins]
    total = max(sums, default=0.0)
    if max(sums, default=0.0) - min(sums, default=0.0) > AGREE * max(total, 1e-300):
        said = ", ".join(f"{axis}s {s:,.12g}" for axis, s in zip(AXES, sums, strict=False))
        raise InputError(f"sums of margins are {said}, must be equal", fix="Split one company total each way.",
                         sums=sums)
    return total
