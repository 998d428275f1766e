"""Judgements of pairs as a slider holds them and as people say them."""

from collections.abc import Mapping

import numpy as np

from salesplan.text import mark, say
from salesplan.weighting.pairwise import PairwiseComparison
from salesplan.weighting.triads import ratio_text

FARTHEST = 8
"""Positions of a slider to either side of "equally important": 2 to 9 times."""
NEAR = 0.005
ANSWERS = np.array([1.0 - p if p <= 0 else 1.0 / (1 + p) for p in range(-FARTHEST, FARTHEST + 1)])
"""Ratios at the positions, from left to right: 9 to 1/9."""

BETWEEN_STEPS = mark("{said} (between two steps; the slider stands at {times})")
NEAR_MIDDLE = mark("{said} (between two steps; the slider stands in the middle)")
MORE = mark("{more} is {times} times as important as {less}")
EQUAL = mark("{first} and {second} are equally important")
OPEN = mark("{first} and {second}: not judged yet")


def position_of(ratio: float) -> int:
    """Where a slider stands: left of the middle the first KPI is more important, right of it the second.

    Between two steps it stands at the one that is nearer as a ratio, on the same side or in the middle.

    Examples
    --------
    >>> position_of(3.0), position_of(1.0), position_of(1 / 9), position_of(2.4), position_of(40.0)
    (-2, 0, 8, -1, -8)
    >>> position_of(1.1), position_of(1 / 1.1)
    (0, 0)
    >>> position_of(1.64), position_of(1 / 1.85), position_of(2.35)
    (-1, 1, -1)
    """
    return 0 if np.isnan(ratio) else int(np.abs(np.log(ANSWERS / ratio)).argmin()) - FARTHEST


def ratio_at(position: int) -> float:
    """How many times as important the first KPI is at a slider's position.

    Examples
    --------
    >>> ratio_at(-2), ratio_at(0), ratio_at(8) == 1 / 9
    (3.0, 1.0, True)
    """
    return float(ANSWERS[position + FARTHEST])


def is_on_a_step(ratio: float) -> bool:
    """Whether a slider can stand exactly at a judgement.

    Examples
    --------
    >>> is_on_a_step(3.0), is_on_a_step(1 / 3), is_on_a_step(2.4), is_on_a_step(float("nan"))
    (True, True, False, True)
    """
    return bool(np.isnan(ratio) or _are_equal(ratio) or abs(np.log(ratio_at(position_of(ratio)) / ratio)) < 1e-9)


def _are_equal(ratio: float) -> bool:
    return bool(abs(np.log(ratio)) < NEAR)


def said_ratio(first: str, second: str, ratio: float, language: str) -> str:
    """A judgement as a sentence that always names the more important KPI first.

    Examples
    --------
    >>> said_ratio("Sales", "Visits", 3.0, "en"), said_ratio("Sales", "Visits", 0.5, "en")
    ('Sales is 3 times as important as Visits', 'Visits is 2 times as important as Sales')
    >>> said_ratio("Sales", "Visits", 1.0, "en")
    'Sales and Visits are equally important'
    >>> said_ratio("Sales", "Visits", 1.1, "en")
    'Sales is 1.1 times as important as Visits'
    """
    if np.isnan(ratio):
        return say(OPEN, language, first=first, second=second)
    if _are_equal(ratio):
        return say(EQUAL, language, first=first, second=second)
    more, less, times = (first, second, ratio) if ratio > 1 else (second, first, 1 / ratio)
    return say(MORE, language, more=more, less=less, times=_said_times(times))


def said_judgement(first: str, second: str, ratio: float, language: str) -> str:
    """As `said_ratio`, and where the judgement lies between two steps of a slider also where the slider stands.

    Examples
    --------
    >>> said_judgement("Sales", "Visits", 3.0, "en")
    'Sales is 3 times as important as Visits'
    >>> said_judgement("Sales", "Visits", 2.449, "en")
    'Sales is 2.45 times as important as Visits (between two steps; the slider stands at 2)'
    >>> said_judgement("Sales", "Visits", 1 / 1.1, "en")
    'Visits is 1.1 times as important as Sales (between two steps; the slider stands in the middle)'
    """
    said = said_ratio(first, second, ratio, language)
    if is_on_a_step(ratio):
        return said
    step = ratio_at(position_of(ratio))
    if step == 1:
        return say(NEAR_MIDDLE, language, said=said)
    return say(BETWEEN_STEPS, language, said=said, times=_said_times(max(step, 1 / step)))


def _said_times(times: float) -> str:
    """So many times with two decimals, without noughts at the end."""
    return f"{times:.2f}".rstrip("0").rstrip(".")


def judgement_text(ratio: float) -> float | str:
    """A judgement for the parameter file: 3, ``1/3``, or the number itself when it lies between the answers.

    Examples
    --------
    >>> judgement_text(3.0), judgement_text(1 / 3), judgement_text(2.3456789)
    (3.0, '1/3', 2.345679)
    """
    if np.abs(np.log(ANSWERS / ratio)).min() < 1e-9:
        return ratio_text(ratio) if ratio < 1 - NEAR else float(round(ratio))
    return round(float(ratio), 6)


def written(comparison: PairwiseComparison) -> dict[str, float | str]:
    """All judgements of a comparison as the parameter file holds them: a/b -> ratio; what is not judged is left out.

    Examples
    --------
    >>> written(PairwiseComparison(names=("a", "b"), matrix=[[1, "1/3"], [3, 1]]))
    {'a/b': '1/3'}
    """
    pairs = comparison.summary()
    return {f"{a}/{b}": judgement_text(float(ratio)) for a, b, ratio in
            zip(pairs["kpi_a"], pairs["kpi_b"], pairs["ratio_factor"], strict=True) if not np.isnan(ratio)}


def from_weights(weights: Mapping[str, float]) -> PairwiseComparison:
    """Judgements that give back the weights they are made from: each the ratio of two weights.

    Examples
    --------
    >>> from_weights({"a": 0.6, "b": 0.3, "c": 0.1}).ratio("a", "b")
    2.0
    """
    values = np.array([max(float(w), 1e-4) for w in weights.values()])
    return PairwiseComparison(names=tuple(weights), matrix=values[:, None] / values[None, :])
