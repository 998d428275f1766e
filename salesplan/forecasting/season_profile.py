"""Month by month pattern of each product line, as much of its own as its years agree on."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SMALLEST_INDEX = 0.05


def season_profiles(lines: ArrayLike, company: ArrayLike, *, fallback: ArrayLike, period: int = 12) -> Floats:
    """Seasonal index of each product line for spreading a year over its months.

    A line's yearly patterns, taken without their growth, are averaged; where they differ from the company's
    by more than their scatter from year to year explains, the line keeps the difference:
    ``index = company + w (own - company)`` with ``w = max(0, 1 - noise / difference^2)``.
    Source: Miller & Williams (2003), IJF 19:669 (shrinkage of seasonals after James & Stein).

    Parameters
    ----------
    lines, company
        Sales by month, working days and moving holidays taken out; lines x months, and months.
    fallback
        Index (lines x months of the season) for lines with less than two whole years or a year of nothing.

    Returns
    -------
    Lines x months of the season, mean 1; the first is the month after the history ends.

    Examples
    --------
    >>> flat, peak = np.ones(4), np.array([0.5, 0.5, 0.5, 2.5])
    >>> sales = np.vstack([np.tile(flat, 3), np.tile(peak, 3)])
    >>> season_profiles(sales, sales.sum(axis=0), fallback=np.ones((2, 4)), period=4).tolist()
    [[1.0, 1.0, 1.0, 1.0], [0.5, 0.5, 0.5, 2.5]]
    """
    y = np.vstack([np.asarray(company, float), np.atleast_2d(np.asarray(lines, float))])
    index = np.array(fallback, float)
    years = y.shape[1] // period
    if years < 2:
        return index
    blocks = np.maximum(y[:, -years * period:], 0.0).reshape(len(y), years, period)
    known = (blocks.sum(axis=2) > 0).all(axis=1)
    if not known[0]:
        return index
    patterns = _without_growth(blocks[known])
    difference = patterns[1:] - patterns[0]
    mean = difference.mean(axis=1)
    noise = difference.var(axis=1, ddof=1).mean(axis=1) / years
    size = (mean**2).mean(axis=1)
    kept = np.clip(1 - np.divide(noise, size, out=np.ones_like(size), where=size > 0), 0.0, 1.0)
    own = np.maximum(patterns[0].mean(axis=0) + kept[:, None] * mean, SMALLEST_INDEX)
    index[known[1:]] = own / own.mean(axis=1, keepdims=True)
    return index


def _without_growth(blocks: Floats) -> Floats:
    """Pattern of each year (mean 1) with the growth from the first year to the last taken out of its months."""
    years, period = blocks.shape[1:]
    total = blocks.sum(axis=2)
    growth = (total[:, -1] / total[:, 0]) ** (1 / (years - 1))
    inside = growth[:, None] ** ((np.arange(period) - (period - 1) / 2) / period)
    level = blocks / inside[:, None, :]
    return np.asarray(level / level.mean(axis=2, keepdims=True))
