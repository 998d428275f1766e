"""The sets of courses known so far, and for which prices they are known to hold everybody's best."""

from dataclasses import dataclass, field

import numpy as np

from salesplan.coaching.course_bundles import Bundles, empty_bundles, greedy_bundles, near_best_bundles
from salesplan.coaching.course_model import Array, CourseModel, Flags

_NEVER = 1e12


@dataclass(eq=False)
class SetPool:
    """Sets of courses that grow as prices are tried; what was listed exactly once need not be listed again.

    For each person ``listed_at`` keeps prices at which all sets with net above ``listed_to`` are in the pool. When
    prices fall by little, nothing outside the pool can have become the best, and the person is not searched again.
    """

    model: CourseModel
    bundles: Bundles = field(init=False)
    listed_at: Array = field(init=False)
    listed_to: Array = field(init=False)
    n_searched: int = 0

    def __post_init__(self) -> None:
        self.bundles = empty_bundles(self.model)
        self.listed_at = np.zeros((self.model.n_people, self.model.n_courses))
        self.listed_to = np.full(self.model.n_people, np.inf)

    def best(self, prices: Array, allowed: Flags, *, slack: float) -> tuple[Array, Array]:
        """Best net of each person over all sets of allowed courses, and a ceiling (the same unless the search was cut).

        Sets within ``slack`` of it are added to the pool for the people who had to be searched.
        """
        reached = self._reached(prices, allowed)
        open_to = self.listed_to + self._cheaper(prices, allowed)
        people = np.flatnonzero(open_to > reached - 1e-6)
        ceiling = reached.copy()
        if len(people):
            self.n_searched += len(people)
            part = self.model if len(people) == self.model.n_people else self.model.people(people)
            known = reached[people]
            if not np.isfinite(self.listed_to[people]).all():
                first = greedy_bundles(part, prices[people], allowed[people])
                known = np.maximum(known, first.net(prices[people]))
            found = near_best_bundles(part, prices[people], slack=slack, allowed=allowed[people], reached=known)
            more = found.bundles
            self.bundles = self.bundles.with_more(Bundles(person=people[more.person], taken=more.taken, points=more.points))
            reached[people], ceiling[people] = found.best, found.ceiling
            whole = found.ceiling <= found.best + 1e-9
            rows = people[whole]
            self.listed_at[rows] = np.where(allowed[rows], prices[rows], _NEVER)
            self.listed_to[rows] = found.best[whole] - slack
        return reached, ceiling

    def best_and_near(self, prices: Array, allowed: Flags, *, slack: float) -> tuple[Array, Array]:
        """As `best`, and the pool is sure to hold every set within ``slack`` of it."""
        reached = self._reached(prices, allowed)
        people = np.flatnonzero(self.listed_to + self._cheaper(prices, allowed) > reached - slack - 1e-6)
        self.listed_to[people] = np.inf
        return self.best(prices, allowed, slack=slack)

    def open_bundles(self, high: Array) -> Bundles:
        """Sets without courses that are not run at all."""
        return self.bundles.without(high <= 0)

    def _reached(self, prices: Array, allowed: Flags) -> Array:
        net = self.bundles.net(np.where(allowed, prices, np.inf))
        reached = np.zeros(self.model.n_people)
        np.maximum.at(reached, self.bundles.person, net)
        return reached

    def _cheaper(self, prices: Array, allowed: Flags) -> Array:
        """Most that any set of courses can have become cheaper since the person was listed."""
        model = self.model
        fall = np.where(allowed & ((model.alone > 0) | model.is_prerequisite), np.maximum(self.listed_at - prices, 0), 0)
        total = fall.sum(axis=1)
        with np.errstate(invalid="ignore"):
            packed = model.capacity * (fall / np.maximum(model.hours, 1e-9)).max(axis=1, initial=0.0)
        return np.fmin(total, packed)
