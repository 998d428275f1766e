"""Pairs that together are worth most: the assignment problem with several places a mentor."""

from collections.abc import Sequence

import numpy as np

from salesplan.coaching.stable_matching import ALONE, Floats, Places, check_capacity, check_points


def optimal_matching(points: Floats, capacity: Sequence[int] | Places) -> Places:
    """Match so that the pairs' points sum to the most that can be.

    Parameters
    ----------
    points
        Mentees x mentors. Pairs of 0 or less are never made.
    capacity
        Mentees each mentor takes, 1 or more.

    Returns
    -------
    Array
        Place of each mentee's mentor, -1 without one.

    Raises
    ------
    InputError
        Points that are missing or not mentees x mentors, a capacity below 1.

    Notes
    -----
    A mentor with places for three stands in three columns (linear assignment; Crouse 2016 in scipy). The total is the only
    one; pairs may differ where points are equal.

    Examples
    --------
    >>> optimal_matching(np.array([[9.0, 8.0], [9.5, 1.0], [2.0, 0.0]]), [2, 1]).tolist()
    [1, 0, 0]
    """
    from scipy.optimize import linear_sum_assignment

    places = check_capacity(capacity)
    worth = np.maximum(check_points(points, len(places)), 0.0)
    column = np.repeat(np.arange(len(places)), np.minimum(places, len(worth)))
    found = np.full(len(worth), ALONE, np.int64)
    mentee, taken = linear_sum_assignment(worth[:, column], maximize=True)
    mentor = column[taken]
    real = worth[mentee, mentor] > 0
    found[mentee[real]] = mentor[real]
    return found


def matched_points(matched: Places, points: Floats) -> float:
    """Sum of the points of the pairs made.

    Examples
    --------
    >>> matched_points(np.array([1, -1]), np.array([[9.0, 8.0], [9.5, 1.0]]))
    8.0
    """
    has = np.flatnonzero(matched >= 0)
    return float(points[has, matched[has]].sum())
