"""A shortfall carried into the months left, with a limit on what any month may take."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salesplan.errors import InputError
from salesplan.money import split_exact

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class RollForward:
    """Months left after the shortfall was rolled into them.

    ``rolled`` would keep the year's total, ``capped`` is what the limit lets through; ``unabsorbed`` is what then is
    missing to the total. ``left`` are the months left as they were, ``max_up`` the limit.
    """

    required: float
    factor: float
    left: Floats
    rolled: Floats
    capped: Floats
    unabsorbed: float
    max_up: float | None

    def in_fen(self) -> Ints:
        """The capped months in whole fen: none beyond its limit, and together what is required as far as limits let it.

        Raises
        ------
        InputError
            Targets or results were no whole fen.

        Examples
        --------
        >>> roll_forward([100, 100, 101, 100], [90], max_up=0.05).in_fen().tolist()
        [103, 105, 103]
        """
        wanted, old = round(self.required), [round(value) for value in self.left.tolist()]
        if wanted != self.required or old != self.left.tolist():
            raise InputError("targets or results are no whole fen, must be whole fen", where="roll forward")
        if self.max_up is None:
            return split_exact(wanted, self.left)
        cap = Fraction(str(float(self.max_up)))
        most = np.array([int(v * (1 + cap)) for v in old], np.int64)
        least = np.array([-int(-(v * (1 - cap))) for v in old], np.int64)
        if wanted >= most.sum():
            return most
        if wanted <= least.sum():
            return least
        even = split_exact(wanted, self.left)
        new = np.clip(even, least, most)
        rest = wanted - int(new.sum())  # fen that rounding put beyond a limit go where there is room
        for i in range(len(new)):
            step = int(np.clip(rest, least[i] - new[i], most[i] - new[i]))
            new[i] += step
            rest -= step
        return new


def roll_forward(
    plan: ArrayLike, actual: ArrayLike, *, max_up: float | None = None, required: float | None = None
) -> RollForward:
    """Spread what the ended months left open over the months left, in proportion to their targets.

    Parameters
    ----------
    plan
        Targets of all months.
    actual
        Results of the ended months, from the first on. Their targets do not change.
    max_up
        Most that a month's target may move, as a share of it, up or down.
    required
        What is asked of the months left together; without it what keeps the year's total.

    Raises
    ------
    InputError
        No month left, nothing planned for those left, or a limit below 0.

    Examples
    --------
    >>> found = roll_forward([100, 100, 100], [90], max_up=0.03)
    >>> found.rolled.tolist(), found.capped.tolist(), round(found.unabsorbed, 6)
    ([105.0, 105.0], [103.0, 103.0], 4.0)
    """
    targets, results = np.asarray(plan, dtype=float), np.asarray(actual, dtype=float)
    left = targets[len(results):]
    if not len(left) or not left.sum() > 0:
        raise InputError(f"{len(results)} of {len(targets)} months have ended, must leave months with a target",
                         where="roll forward")
    if max_up is not None and not max_up >= 0:
        raise InputError(f"max_up == {max_up:g}, must be 0 or more", where="roll forward")
    asked = float(targets.sum() - results.sum()) if required is None else float(required)
    factor = asked / float(left.sum())
    kept = factor if max_up is None else float(np.clip(factor, 1 - max_up, 1 + max_up))
    return RollForward(required=asked, factor=factor, left=left, rolled=left * factor, capped=left * kept,
                       unabsorbed=asked - float((left * kept).sum()), max_up=max_up)
