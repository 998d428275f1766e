"""What an actual is worth in points: one plain function for each way of scoring, all vectorised.

Points are on a scale where 100 means "as agreed". The functions know no policy: a target that cannot be
divided by is an error here, and `ScoringRule` decides what to do about it beforehand. Missing values stay missing.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError, known_choices

Floats = NDArray[np.float64]

EDGE_TOLERANCE = 1e-9
"""How far below a step's edge an actual may lie and still be on the step; 0.9 x 100 is not below 90."""


def achievement_rate(actual: ArrayLike, target: ArrayLike) -> Floats:
    """How much of the target was reached: ``100 a / t``.

    Parameters
    ----------
    actual, target
        Same unit, any shapes that broadcast; targets above 0.

    Raises
    ------
    InputError
        A target of zero or below.

    Examples
    --------
    >>> achievement_rate([90.0, 150.0], 100.0).tolist()
    [90.0, 150.0]
    """
    a, t = _pair(actual, target)
    _check_above_zero(t, "target")
    return 100.0 * a / t


def raw_percentage(actual: ArrayLike, *, full: float = 1.0) -> Floats:
    """The actual itself as points, whatever its target: ``100 a / full``.

    Parameters
    ----------
    actual
        A share (0.85), or a figure on a scale that ends at ``full``.
    full
        What counts as 100: 1 for shares, 5 for stars, 100 for percentages written as such.

    Raises
    ------
    InputError
        ``full`` is not above 0.

    Examples
    --------
    >>> raw_percentage([0.85, 0.1]).tolist(), raw_percentage(4.0, full=5).tolist()
    ([85.0, 10.0], 80.0)
    """
    _check_above_zero(np.asarray(full, float), "full")
    return 100.0 * np.asarray(actual, float) / full


def lower_is_better_reciprocal(actual: ArrayLike, target: ArrayLike) -> Floats:
    """Points when less is better, in proportion: ``100 t / a``; twice the target is worth 50.

    Parameters
    ----------
    actual, target
        Same unit, both above 0.

    Raises
    ------
    InputError
        An actual or a target of zero or below; an actual of zero would be worth infinitely much.

    Examples
    --------
    >>> lower_is_better_reciprocal([45.0, 20.0], 30.0).round(1).tolist()
    [66.7, 150.0]
    """
    a, t = _pair(actual, target)
    _check_above_zero(t, "target")
    _check_above_zero(a, "actual")
    return 100.0 * t / a


def lower_is_better_linear(actual: ArrayLike, target: ArrayLike) -> Floats:
    """Points when less is better, in a straight line: ``100 (2 - a / t)``; twice the target is worth 0.

    Raises
    ------
    InputError
        A target of zero or below.

    Examples
    --------
    >>> lower_is_better_linear([45.0, 70.0, 0.0], 30.0).round(1).tolist()
    [50.0, -33.3, 200.0]
    """
    a, t = _pair(actual, target)
    _check_above_zero(t, "target")
    return 100.0 * (2.0 - a / t)


def range_score(actual: ArrayLike, target: ArrayLike, *, minimum: ArrayLike) -> Floats:
    """How far the way from the least acceptable figure to the target was gone: ``100 (a - m) / (t - m)``.

    Parameters
    ----------
    actual, target, minimum
        Same unit. A minimum above the target is meant for figures where less is better (60 days are worth
        nothing, 30 are agreed).

    Raises
    ------
    InputError
        A target equal to the minimum.

    Examples
    --------
    >>> range_score([8.0, 5.0], 10.0, minimum=6.0).tolist(), range_score(45.0, 30.0, minimum=60.0).tolist()
    ([50.0, -25.0], 50.0)
    """
    a, t = _pair(actual, target)
    span = t - np.asarray(minimum, float)
    if (span == 0).any():
        raise InputError("the target equals the minimum, must leave a range between them", where="range_score")
    return 100.0 * (a - np.asarray(minimum, float)) / span


def capped(points: ArrayLike, *, floor: float | None = None, cap: float | None = None) -> Floats:
    """Keep points between a floor and a cap.

    Raises
    ------
    InputError
        The floor lies above the cap.

    Examples
    --------
    >>> capped([-5.0, 90.0, 150.0], floor=0, cap=120).tolist()
    [0.0, 90.0, 120.0]
    """
    if floor is not None and cap is not None and floor > cap:
        raise InputError(f"floor == {floor:g}, must not lie above the cap of {cap:g}", where="capped")
    low, high = -np.inf if floor is None else floor, np.inf if cap is None else cap
    return np.clip(np.asarray(points, float), low, high)


def piecewise(x: ArrayLike, points: Sequence[Sequence[float]]) -> Floats:
    """Straight lines between agreed points, level beyond both ends.

    Parameters
    ----------
    x
        Attainment in percent, or the actual itself.
    points
        Pairs of x and points; x rises from pair to pair.

    Raises
    ------
    InputError
        Fewer than two pairs, or x that do not rise.

    Examples
    --------
    >>> piecewise([50, 70, 140], [(0, 0), (60, 0), (80, 60), (100, 100), (120, 150)]).tolist()
    [0.0, 30.0, 150.0]
    """
    edges, worth = _pairs(points, "points", least=2)
    value = np.asarray(x, float)
    return np.interp(value.ravel(), edges, worth).reshape(value.shape)


def step_grade(x: ArrayLike, steps: Sequence[Sequence[float]], *, below: float = 0.0, direction: str = "higher") -> Floats:
    """Points of the best step reached; who stands on an edge has reached it.

    Parameters
    ----------
    x
        Attainment in percent, or the actual itself.
    steps
        Pairs of edge and points, edges rising: "from 80: 80 points". With ``direction="lower"`` an edge reads
        "up to and including": ``[(30, 100), (45, 80)]`` gives 100 up to 30 days and 80 up to 45.
    below
        Points when no step is reached.

    Raises
    ------
    InputError
        No steps, edges that do not rise, or an unknown direction.

    Notes
    -----
    An edge counts as reached within ``EDGE_TOLERANCE`` (relative for edges above 1), so that 0.9 x 100 falls
    on the step from 90.

    Examples
    --------
    >>> step_grade([59, 60, 0.9 * 100], [(0, 0), (60, 60), (80, 80), (90, 100)]).tolist()
    [0.0, 60.0, 100.0]
    >>> step_grade([30, 31, 60], [(30, 100), (45, 80)], direction="lower").tolist()
    [100.0, 80.0, 0.0]
    """
    value = np.asarray(x, float)
    edges, worth = _pairs(steps, "steps", least=1)
    at = reached_step(value, edges, direction=direction)
    return np.where(np.isnan(value), np.nan, np.concatenate([worth, [below]])[at])


def reached_step(x: ArrayLike, edges: ArrayLike, *, direction: str = "higher") -> NDArray[np.intp]:
    """Position of the best step reached, or -1 for none (and for missing values).

    Raises
    ------
    InputError
        The direction is neither ``higher`` nor ``lower``.

    Examples
    --------
    >>> reached_step([-1.0, 0.0, 95.0], [0, 60, 90]).tolist(), reached_step([45.0, 46.0], [30, 45], direction="lower").tolist()
    ([-1, 0, 2], [1, -1])
    """
    if direction not in ("higher", "lower"):
        raise InputError(f"direction == {direction!r}, must be higher or lower",
                         fix=known_choices(direction, ("higher", "lower")))
    value, edge = np.asarray(x, float), np.asarray(edges, float)
    slack = EDGE_TOLERANCE * np.maximum(1.0, np.abs(edge))
    if direction == "higher":
        at = np.searchsorted(edge - slack, value, side="right") - 1
    else:
        at = np.searchsorted(edge + slack, value, side="left")
        at = np.where(at == len(edge), -1, at)
    return np.where(np.isnan(value), -1, at)


def grade_points(grades: Sequence[str], scale: Mapping[str, float]) -> Floats:
    """Points of grades given in words.

    Raises
    ------
    InputError
        A grade that is not on the scale; the nearest is named.

    Examples
    --------
    >>> grade_points(["良好", "优秀"], {"优秀": 100, "良好": 80}).tolist()
    [80.0, 100.0]
    """
    words = [str(grade).strip() for grade in grades]
    for at, word in enumerate(words):
        if word not in scale:
            raise InputError(f"grade == {word!r}, must be a grade of the scale", where=f"row {at + 1}",
                             fix=known_choices(word, scale))
    return np.array([scale[word] for word in words], float)


def _pair(actual: ArrayLike, target: ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(actual, float), np.asarray(target, float)


def _check_above_zero(values: Floats, name: str) -> None:
    if (values <= 0).any():
        raise InputError(f"{name} == {float(np.nanmin(values)):g}, must be above 0",
                         fix="Score through a ScoringRule, which says what to do with such values.")


def _pairs(pairs: Sequence[Sequence[float]], name: str, *, least: int) -> tuple[Floats, Floats]:
    table = np.asarray(pairs, float)
    if table.ndim != 2 or table.shape[1] != 2 or len(table) < least:
        raise InputError(f"{name} must be at least {least} pairs of a figure and its points")
    if not np.isfinite(table).all() or (np.diff(table[:, 0]) <= 0).any():
        raise InputError(f"{name} must be finite and rise from pair to pair, got {table[:, 0].tolist()}")
    return table[:, 0], table[:, 1]
