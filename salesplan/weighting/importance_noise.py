"""What share of an outcome a predictor gets that has nothing to do with it: the zero line of shares."""

import numpy as np
from numpy.typing import NDArray

from salesplan.weighting.importance_sampling import gains_in_order
from salesplan.weighting.subset_lattice import subset_r2
from salesplan.weighting.weights import Floats


def noise_shares(correlation: Floats, n: int, *, orders: NDArray[np.intp] | None = None) -> Floats:
    """Mean explained share of each predictor had its values been dealt out to the people at random.

    Parameters
    ----------
    correlation
        Of the sample, outcome last.
    n
        People.
    orders
        Orders of entry to average over; all subsets without it.

    Returns
    -------
    ndarray
        One share of the outcome's variance for each predictor. It is a mean: a predictor that is noise lies below
        it in about two samples of three and above it in the third, so that lying above proves nothing.

    Notes
    -----
    Entering after a set S of s others, a column without any relation gains ``(1 - R2(S)) / (n - 1 - s)`` on
    average: one direction among the n - 1 - s that are left. The mean over all orders of entry is the share.

    Examples
    --------
    >>> r = np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.0], [0.6, 0.0, 1.0]])
    >>> noise_shares(r, 41).round(4).tolist()
    [0.0253, 0.0207]
    """
    p = len(correlation) - 1
    if orders is not None:
        gains = gains_in_order(correlation, orders)
        entering = np.take_along_axis(gains, orders, axis=1)
        before = np.cumsum(entering, axis=1) - entering
        found = np.empty(orders.shape)
        np.put_along_axis(found, orders, (1 - before) / (n - 1 - np.arange(p)), axis=1)
        return np.asarray(np.maximum(found, 0.0).mean(axis=0), float)
    subsets = np.arange(1 << p)
    size = ((subsets[:, None] >> np.arange(p)) & 1).sum(axis=1)
    gain = (1 - subset_r2(correlation[None])[:, 0]) / (n - 1 - size)
    shares = np.empty(p)
    for i in range(p):
        others = (subsets >> i) & 1 == 0
        shares[i] = (np.bincount(size[others], gain[others], p) / np.bincount(size[others], minlength=p)).mean()
    return shares
