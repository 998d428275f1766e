"""Coherent draws: what hits the company hits every seller, what hits a team hits its sellers."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from scipy import sparse
from scipy.optimize import nnls

from salesplan.forecasting.distribution import draw_at, relative_spread
from salesplan.forecasting.history import Floats, Ints
from salesplan.hierarchy import Hierarchy

NODES_AT_ONCE = 200_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Shocks:
    """Relative variance of each shared shock, and the group each bottom node belongs to in it."""

    names: tuple[str, ...]
    groups: tuple[Ints, ...]
    labels: tuple[tuple[str, ...], ...]
    variance: Floats


def fit_shocks(hierarchy: Hierarchy, mean: Floats, sd: Floats) -> Shocks:
    """Variances of company, unit and product-line shocks that give every level its calibrated spread.

    A node's variance is the sum over its bottom nodes of their own variance, plus what they share:
    ``var_i = sum_j sd_j^2 + sum_k v_k (sum_g (sum_{j in g and i} m_j)^2 - sum_{j in i} m_j^2)``. The shared
    variances ``v_k`` (one for each depth, for all lines and for each line) are fitted by non-negative least
    squares over the nodes above the bottom, each weighed by its own variance. The shock of all is then set so
    that the company's own spread holds: its chances are read from draws as well as from its interval.
    """
    place = hierarchy.bottom_positions
    m, own = mean[place], sd[place] ** 2
    names, groups, labels = _components(hierarchy)
    s = hierarchy.summing
    upper = np.setdiff1d(np.arange(s.shape[0]), place)
    upper = upper[(sd[upper] > 0) & (mean[upper] > 0)]
    if not len(upper) or not names:
        return Shocks(names=names, groups=groups, labels=labels, variance=np.zeros(len(names)))
    a = s[upper]
    alone, squares = a @ own, a @ m**2
    columns = []
    for group in groups:
        member = sparse.csr_matrix((m, (np.arange(len(m)), group)), shape=(len(m), int(group.max()) + 1))
        columns.append(np.asarray((a @ member).power(2).sum(axis=1)).ravel() - squares)
    weight = 1 / sd[upper] ** 2
    # every level counts the same, however many nodes it has
    nodes = hierarchy.nodes.iloc[upper]
    key = nodes["level"].astype(str) + (nodes["product_line"] == "*").map({True: "|*", False: "|each"})
    weight = weight / np.sqrt(key.map(key.value_counts()).to_numpy(float))
    design = np.stack(columns, axis=1) * weight[:, None]
    missing = (sd[upper] ** 2 - alone) * weight
    variance, _ = nnls(design, missing)
    if upper[0] == 0 and design[0, 0] > 0:
        variance[0] = max(variance[0] + (missing[0] - design[0] @ variance) / design[0, 0], 0.0)
    return Shocks(names=names, groups=groups, labels=labels, variance=variance)


def draw_bottom(hierarchy: Hierarchy, shocks: Shocks, mean: Floats, sd: Floats, *, n: int, seed: int) -> Floats:
    """Draws of every bottom node (bottom nodes x n), summing to every level.

    Each shock takes its random numbers from its own name and the seed, so that the same seller meets the
    same luck in every scenario, whoever else is planned.
    """
    place = hierarchy.bottom_positions
    m, s = mean[place], sd[place]
    spread = relative_spread(m, s)
    shared = np.zeros((len(m), n))
    left = spread**2
    for name, group, label, variance in zip(shocks.names, shocks.groups, shocks.labels, shocks.variance, strict=True):
        if variance > 0:
            # the widest shock first: a node too steady for all of them gives up the narrow ones
            part = np.minimum(variance, left)
            left = left - part
            luck = np.stack([_normals(f"{name}:{who}", seed, n) for who in label])
            shared += np.sqrt(part)[:, None] * luck[group]
    alone = np.sqrt(np.maximum(left, 0.0))
    own = np.stack([_normals(f"own:{b}", seed, n) for b in hierarchy.bottom_ids])
    scale = np.where(spread > 0, spread, 1.0)
    return draw_at(m[:, None], s[:, None], (shared + alone[:, None] * own) / scale[:, None])


def _normals(name: str, seed: int, n: int) -> Floats:
    label = int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.PCG64([seed, label])).standard_normal(n)


def _components(hierarchy: Hierarchy) -> tuple[tuple[str, ...], tuple[Ints, ...], tuple[tuple[str, ...], ...]]:
    up, leaves, lines = hierarchy.parent_positions, hierarchy.leaf_positions, len(hierarchy.lines)
    ids = hierarchy.units["unit_id"].astype(str).to_numpy()
    chains = []
    for leaf in leaves:
        chain = [leaf]
        while up[chain[-1]] >= 0:
            chain.append(up[chain[-1]])
        chains.append(chain[::-1])
    depth = max(len(c) for c in chains)
    names: list[str] = []
    groups: list[Ints] = []
    labels: list[tuple[str, ...]] = []
    for d in range(depth):
        at = np.array([c[min(d, len(c) - 1)] for c in chains])
        units, unit_group = np.unique(at, return_inverse=True)
        if d < depth - 1 or lines > 1:
            names.append(f"unit{d}")
            groups.append(np.tile(unit_group, lines))
            labels.append(tuple(ids[units]))
        if d < depth - 1 and lines > 1:
            names.append(f"line{d}")
            groups.append((np.arange(lines)[:, None] * len(units) + unit_group).ravel())
            labels.append(tuple(f"{u}|{line}" for line in hierarchy.lines for u in ids[units]))
    return tuple(names), tuple(groups), tuple(labels)
