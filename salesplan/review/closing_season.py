"""What the months left are expected to bring, made part of how a gap is closed: their season, and luck all orders share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from salesplan.review.projection import Projection

FARTHEST = 4.0
"""Most that the months left may differ from the usual, up or down; beyond it the figures of the work do not describe the node."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Sales still to come of a node: mean, and spread over the mean."""

    mean: float
    spread: float

    def season(self, usual: float) -> float:
        """How much more the months left bring than usual work would; 1 where one of them is unknown."""
        known = self.mean > 0 and np.isfinite(usual) and usual > 0
        return float(np.clip(self.mean / usual, 1 / FARTHEST, FARTHEST)) if known else 1.0

    def shared(self, orders: float, variation: float) -> float:
        """Variance of the rate of orders (over its square) beside the luck of single orders and their sizes.

        Examples
        --------
        >>> round(Expected(mean=1e6, spread=0.1).shared(400.0, 1.0), 4)
        0.005
        """
        return max(self.spread**2 - (1 + variation**2) / max(orders, 1.0), 0.0)


def expected_rest(projection: "Projection") -> Mapping[str, Expected]:
    """What is still to come of the sales a target is about, by node; without those whose chance cannot be given."""
    table = projection.table
    table = table[table["p_hit"].notna()]
    rest = (table["projected"] - table["actual"]).to_numpy(float)
    spread = np.divide(table["sd"].to_numpy(float), rest, out=np.zeros(len(rest)), where=rest > 0)
    return {str(unit): Expected(mean=float(mean), spread=float(sd))
            for unit, mean, sd in zip(table["unit_id"], table["covered_rest"], spread, strict=True)}


def doubt_as_seen(seen: tuple[float, float], variance: float, *, repeats: bool) -> tuple[float, float]:
    """Fewer (orders, trials) of the same rate, so that a rate judged from them varies by as much more.

    Examples
    --------
    >>> orders, trials = doubt_as_seen((500.0, 1000.0), 0.01, repeats=True)
    >>> round(orders + 0.5, 1), round((orders + 0.5) / trials, 3)
    (83.3, 0.5)
    """
    orders, trials = seen
    if variance <= 0 or orders <= 0 or trials <= 0:
        return seen
    rate = orders / trials
    left = 1.0 if repeats else 1 - min(rate, 1.0)
    if left <= 0:
        return seen
    if repeats:
        shape = max(1 / (1 / orders + variance), 0.5)
        return shape - 0.5, shape / rate
    shape = max(1 / (1 / orders + variance / left), 1.0 + 1e-9)
    return shape - 1, max(shape / rate - 2, shape - 1)
