"""Judgements for the tests of AHP: consistent ones, noisy ones, and hypothesis strategies for both."""

import numpy as np
from hypothesis import strategies as st

from salesplan.weighting.best_change import SCALE
from salesplan.weighting.pairwise import PairwiseComparison

NAMES = ("sales_amount", "gross_profit", "new_customers", "visits", "satisfaction", "receipts", "training", "calls", "tidy")


def comparison(matrix, names=NAMES) -> PairwiseComparison:
    return PairwiseComparison(names=tuple(names[: len(matrix)]), matrix=np.asarray(matrix))


def consistent(weights) -> PairwiseComparison:
    values = np.asarray(weights, float)
    return comparison(values[:, None] / values[None, :])


def without(given: PairwiseComparison, *pairs: tuple[str, str]) -> PairwiseComparison:
    for first, second in pairs:
        given = given.changed(first, second, None)
    return given


weights = st.lists(st.floats(0.05, 1.0), min_size=3, max_size=8)


@st.composite
def judgements(draw, least: int = 3, most: int = 7) -> PairwiseComparison:
    """Any answers on the scale 1/9 to 9."""
    n = draw(st.integers(least, most))
    matrix = np.eye(n)
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        matrix[i, j] = draw(st.sampled_from(list(SCALE)))
        matrix[j, i] = 1 / matrix[i, j]
    return comparison(matrix)


@st.composite
def gappy(draw) -> PairwiseComparison:
    """Answers with some pairs not judged, the KPIs still linked by a chain."""
    given = draw(judgements(least=4, most=6))
    for i, j in zip(*np.triu_indices(len(given.names), 2), strict=True):
        if draw(st.booleans()):
            given = given.changed(given.names[i], given.names[j], None)
    return given
