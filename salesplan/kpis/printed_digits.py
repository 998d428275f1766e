"""How many decimals a statement needs so that its arithmetic, done by hand from what is printed, comes out as printed."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

TOTAL_DIGITS = 2
"""Decimals of a score as it is told."""
MOST_DIGITS = 6
MOST_MORE = 12
"""Decimals beyond the usual ones that a figure may get; floats hold no more."""
_BASE_DIGITS = {"money": 2, "percent": 1, "points": 1}
"""Decimals of a figure in its unit; others have none when they are whole, else one."""


@dataclass(frozen=True, kw_only=True)
class PrintedDigits:
    """Decimals of the points of a KPI, of its weight in percent, and of its weighted points."""

    score: int = TOTAL_DIGITS
    weight: int = 0
    points: int = TOTAL_DIGITS


def printed_digits(scores: Sequence[float], weights: Sequence[float], points: Sequence[float]) -> PrintedDigits:
    """The fewest decimals with which score × weight gives the weighted points, and these the total, as printed.

    Parameters
    ----------
    scores, weights, points
        Of the KPIs that count; weights are fractions.

    Examples
    --------
    >>> printed_digits([88.0, 95.0], [0.4, 0.6], [35.2, 57.0])
    PrintedDigits(score=2, weight=0, points=2)
    >>> printed_digits([80.2449, 91.3333, 70.1251], [0.45, 0.35, 0.2], [36.110205, 31.966655, 14.02502])
    PrintedDigits(score=3, weight=0, points=3)
    """
    total = round(math.fsum(points), TOTAL_DIGITS)
    fewest = next((d for d in range(TOTAL_DIGITS, MOST_DIGITS)
                   if _agrees(math.fsum(round(p, d) for p in points), total, TOTAL_DIGITS)), MOST_DIGITS)
    lines = list(zip(scores, weights, points, strict=True))
    least = 0 if all(abs(w * 100 - round(w * 100)) < 1e-7 for w in weights) else 1
    for score, weight in sorted(product(range(TOTAL_DIGITS, MOST_DIGITS), range(least, MOST_DIGITS)), key=sum):
        if all(_agrees(round(s, score) * round(w, weight + 2), round(p, fewest), fewest) for s, w, p in lines):
            return PrintedDigits(score=score, weight=weight, points=fewest)
    return PrintedDigits(score=MOST_DIGITS, weight=MOST_DIGITS, points=fewest)


def agreeing_digits(
    figures: Mapping[str, tuple[float, str]], formula: Callable[..., float], result: float, digits: int
) -> dict[str, int | None]:
    """The decimals of a formula's figures with which it gives its result as printed; nothing where the usual ones do.

    Parameters
    ----------
    figures
        Name -> value and unit.
    formula
        Takes the figures by name.
    digits
        Decimals of the result.

    Examples
    --------
    >>> rate = lambda actual, target: 100 * actual / target
    >>> agreeing_digits({"actual": (0.72222, "percent"), "target": (0.9, "percent")}, rate, 80.2467, 2)
    {'actual': 3, 'target': None}
    """
    printed = round(result, digits)
    for more in range(MOST_MORE):
        shown = {name: as_printed(value, unit, more) for name, (value, unit) in figures.items()}
        try:
            agrees = _agrees(formula(**shown), printed, digits)
        except ZeroDivisionError:
            continue
        if agrees:
            break
    return {name: None if not more or as_printed(value, unit, 0) == value else usual_digits(value, unit) + more
            for name, (value, unit) in figures.items()}


def usual_digits(value: float, unit: str) -> int:
    """Decimals a figure of a unit is printed with when nothing asks for more."""
    return _BASE_DIGITS[unit] if unit in _BASE_DIGITS else 0 if value == round(value) else 1


def as_printed(value: float, unit: str, more: int) -> float:
    """A figure as a reader sees it, with so many decimals more than usual."""
    return round(value, usual_digits(value, unit) + more + (2 if unit == "percent" else 0))


def with_digits(value: float, digits: int | None) -> Any:
    """A number as a detail of a sentence, with its decimals where they are not the usual ones."""
    return value if digits is None else {"number": value, "digits": digits}


def _agrees(by_hand: float, printed: float, digits: int) -> bool:
    return abs(by_hand - printed) <= 0.5 * 10.0**-digits + 1e-9
