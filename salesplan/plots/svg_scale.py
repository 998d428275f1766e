"""From values to pixels, and the round values an axis is marked with."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from salesplan.plots.svg_words import text_width


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A straight scale.

    Parameters
    ----------
    low, high
        Values at its two ends.
    start, end
        Pixels at its two ends.

    Examples
    --------
    >>> Scale(low=0, high=10, start=100, end=0).at(2.5)
    75.0
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Pixel of a value."""
        return self.start + (float(value) - self.low) / (self.high - self.low) * (self.end - self.start)


def tick_step(low: float, high: float, count: int) -> float:
    """The round step (1, 2 or 5 with noughts) that makes about so many marks.

    Examples
    --------
    >>> tick_step(0, 1000, 5), tick_step(0, 0.7, 4)
    (200.0, 0.2)
    """
    rough = max(high - low, 1e-9) / max(count, 1)
    size = 10.0 ** math.floor(math.log10(rough))
    ratio = rough / size
    factor = 10 if ratio >= 50**0.5 else 5 if ratio >= 10**0.5 else 2 if ratio >= 2**0.5 else 1
    return factor * size if size >= 1 else factor / round(1 / size)


def ticks(low: float, high: float, step: float) -> list[float]:
    """Multiples of the step from low to high.

    Examples
    --------
    >>> ticks(-0.1, 0.25, 0.1)
    [-0.1, 0.0, 0.1, 0.2]
    """
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(n * step, 10) + 0.0 for n in range(first, last + 1)]


def tick_labels(values: Sequence[float], step: float) -> list[str]:
    """Marks as text, all with the digits the step needs.

    Examples
    --------
    >>> tick_labels([-0.5, 0.0, 0.5], 0.5), tick_labels([0.0, 2000.0], 2000.0)
    (['−0.5', '0.0', '0.5'], ['0', '2,000'])
    """
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{value:,.{digits}f}".replace("-", "−") for value in values]


def marks_that_fit(low: float, high: float, width: float, *, count: int, size: float) -> tuple[list[float], list[str]]:
    """Marks of an axis across and their labels: fewer where the labels would not fit beside one another."""
    for wanted in range(count, 0, -1):
        step = tick_step(low, high, wanted)
        values = ticks(low, high, step)
        labels = tick_labels(values, step)
        room = width * step / (high - low) if high > low else width
        if all(text_width(label, size) + 8 <= room for label in labels):
            return values, labels
    return values[:1], labels[:1]
