"""Pairs that hold: no mentor and mentee would both rather have each other than whom they have."""

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from salesplan.errors import InputError

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
ALONE = -1
"""In place of a mentor: the mentee has none."""


def stable_matching(
    mentee_points: Floats, capacity: Sequence[int] | Places, *, mentor_points: Floats | None = None
) -> Places:
    """Match so that no mentee and mentor would both rather have each other; of all such matchings the best for mentees.

    Parameters
    ----------
    mentee_points
        Mentees x mentors: what the mentee gains by the mentor. Pairs of 0 or less are not wanted by either side.
    capacity
        Mentees each mentor takes, 1 or more.
    mentor_points
        Mentees x mentors: how much the mentor wants the mentee; the same points without.

    Returns
    -------
    Array
        Place of each mentee's mentor, -1 without one.

    Raises
    ------
    InputError
        Points that are missing or not of one shape, a capacity below 1.

    Notes
    -----
    Mentees propose (Gale & Shapley 1962; with several places Roth 1985). Between equal points the earlier place goes
    first, which leaves it stable: a pair blocks only where both strictly gain.

    Examples
    --------
    >>> stable_matching(np.array([[9.0, 8.0], [9.5, 1.0]]), [1, 1]).tolist()
    [1, 0]
    """
    gains, wanted, places = _checked(mentee_points, mentor_points, capacity)
    n = len(gains)
    fits = (gains > 0) & (wanted > 0)
    order = np.argsort(np.where(fits, -gains, np.inf), axis=1, kind="stable")
    tries = fits.sum(axis=1)
    rank = np.empty_like(order)
    by_mentor = np.argsort(-wanted, axis=0, kind="stable")
    np.put_along_axis(rank, by_mentor, np.broadcast_to(np.arange(n)[:, None], rank.shape), axis=0)
    asked = np.zeros(n, np.int64)
    held: list[list[tuple[int, int]]] = [[] for _ in places]
    free = list(range(n - 1, -1, -1))
    while free:
        mentee = free.pop()
        if asked[mentee] >= tries[mentee]:
            continue
        mentor = int(order[mentee, asked[mentee]])
        asked[mentee] += 1
        offer = (-int(rank[mentee, mentor]), mentee)
        if len(held[mentor]) < places[mentor]:
            heapq.heappush(held[mentor], offer)
        else:
            free.append(heapq.heappushpop(held[mentor], offer)[1])
    found = np.full(n, ALONE, np.int64)
    for mentor, taken in enumerate(held):
        for _, mentee in taken:
            found[mentee] = mentor
    return found


def blocking_pairs(
    matched: Places, mentee_points: Floats, capacity: Sequence[int] | Places, *, mentor_points: Floats | None = None
) -> list[tuple[int, int]]:
    """Pairs (mentee, mentor) that would both rather have each other than what they have; none in a stable matching.

    A mentee without a mentor would rather have any that has points, a mentor would rather fill a free place.

    Raises
    ------
    InputError
        As `stable_matching`, or not one mentor (or -1) for each mentee.

    Examples
    --------
    >>> blocking_pairs(np.array([0, 1]), np.array([[9.0, 8.0], [9.5, 1.0]]), [1, 1])
    [(1, 0)]
    """
    gains, wanted, places = _checked(mentee_points, mentor_points, capacity)
    matched = np.asarray(matched, np.int64)
    if matched.shape != (len(gains),) or (matched < ALONE).any() or (matched >= len(places)).any():
        raise InputError(f"matched has {matched.size} places, must name a mentor or -1 for each of {len(gains)} mentees")
    has = matched >= 0
    rows = np.arange(len(gains))
    now = np.where(has, gains[rows, np.where(has, matched, 0)], 0.0) if len(places) else np.zeros(len(gains))
    least = np.zeros(len(places))
    for mentor, room in enumerate(places):
        own = wanted[matched == mentor, mentor]
        least[mentor] = own.min() if len(own) >= room else 0.0
    rather = (gains > 0) & (wanted > 0) & (gains > now[:, None]) & (wanted > least)
    return [(int(mentee), int(mentor)) for mentee, mentor in np.argwhere(rather)]


def _checked(gains: Floats, wanted: Floats | None, capacity: Sequence[int] | Places) -> tuple[Floats, Floats, Places]:
    places = check_capacity(capacity)
    gains = check_points(gains, len(places))
    wanted = gains if wanted is None else check_points(wanted, len(places))
    if wanted.shape != gains.shape:
        raise InputError(f"mentor_points have shape {wanted.shape}, must have that of mentee_points, {gains.shape}")
    return gains, wanted, places


def check_points(points: Floats, n_mentors: int) -> Floats:
    """Points of mentees x mentors as an array.

    Raises
    ------
    InputError
        Not one column a mentor, or a missing number.

    Examples
    --------
    >>> check_points(np.array([[1.0, 2.0]]), 2).shape
    (1, 2)
    """
    table = np.asarray(points, float)
    if table.ndim != 2 or table.shape[1] != n_mentors:
        raise InputError(f"points have shape {table.shape}, must have one row a mentee and one column for each of"
                         f" {n_mentors} mentors")
    if not np.isfinite(table).all():
        mentee, mentor = np.argwhere(~np.isfinite(table))[0]
        raise InputError(f"points == {table[mentee, mentor]}, must be a number; 0 where a pair is not to be",
                         where=f"row {mentee + 1}, column {mentor + 1}")
    return table


def check_capacity(capacity: Sequence[int] | Places) -> Places:
    """Capacities as whole numbers of 1 or more.

    Raises
    ------
    InputError
        Anything else.

    Examples
    --------
    >>> check_capacity([2, 1]).tolist()
    [2, 1]
    """
    numbers = np.asarray(capacity, float)
    for at, number in enumerate(numbers):
        if not (np.isfinite(number) and number >= 1 and number == int(number)):
            raise InputError(f"capacity == {number:g}, must be a whole number, 1 or more", where=f"mentor {at + 1}",
                             fix="Take out mentors who take nobody.")
    return numbers.astype(np.int64)
