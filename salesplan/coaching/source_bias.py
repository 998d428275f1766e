"""What a source, and a manager, adds to everybody's rating: leniency estimated where sources judged the same skill."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salesplan.coaching.assessments import SOURCES, Array
from salesplan.coaching.source_noise import LEAST_PAIRS, MANAGER, RatingCells, SourceNoise

LEAST_COMPARED = 5
"""People whom a source must have rated beside another before the others are brought to its scale."""
LEAST_MANAGERS = 2
"""Managers of such people, where managers are named."""
VAGUE_BIAS = 0.125
"""Spread that is thought possible of a source's bias before looking, as a share of the scale."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceBias:
    """Biases that were estimated together, and how uncertain they still are.

    ``effects`` and ``covariance`` are of the columns that `loadings` sets: a source's bias, its deviation in a skill, a
    manager's leniency. A rating minus its loadings times the effects is on the scale of the reference source. Where a source
    is ``flat`` in a skill (skills x sources, `flat_ratings`), nothing is taken off: at the end of the scale a mild and a
    severe manager write the same.
    """

    effects: Array
    covariance: Array
    source_column: NDArray[np.int64]
    skill_column: NDArray[np.int64]
    manager_column: NDArray[np.int64]
    flat: NDArray[np.bool_]

    def loadings(self, cells: RatingCells, weights: Array) -> Any:
        """Sparse matrix, cells x effects: the weighted sum over sources of what each rating carries.

        ``weights`` has the shape of ``cells.rating``; zero leaves a rating out.
        """
        from scipy.sparse import coo_array

        row, source = np.nonzero(np.where(self.flat[cells.skill], 0.0, weights))
        value = weights[row, source]
        columns = [self.source_column[source], self.skill_column[cells.skill[row], source],
                   np.where(source == MANAGER, self._of_manager(cells.manager[row]), -1)]
        used = [c >= 0 for c in columns]
        data = np.concatenate([value[u] for u in used])
        where = (np.concatenate([row[u] for u in used]), np.concatenate([c[u] for c, u in zip(columns, used, strict=True)]))
        return coo_array((data, where), shape=(len(cells.seller), len(self.effects))).tocsr()

    def _of_manager(self, manager: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.where(manager >= 0, self.manager_column[manager], -1) if len(self.manager_column) else -np.ones_like(manager)

    def adjustments(self, cells: RatingCells) -> Array:
        """What to take off each rating, cells x sources."""
        padded = np.r_[self.effects, 0.0]
        off = padded[self.source_column][None, :] + padded[self.skill_column[cells.skill]]
        off[:, MANAGER] += padded[self._of_manager(cells.manager)]
        return np.where(self.flat[cells.skill], 0.0, off)


def pairs_of(compared: RatingCells, counted: NDArray[np.bool_], source: int) -> NDArray[np.bool_]:
    """Which compared cells hold a rating by the source and one by another counted source."""
    there = np.isfinite(compared.rating) & counted
    return np.asarray(there[:, source] & (there.sum(axis=1) > 1))


def reference_source(weights: Array, cells: RatingCells, compared: RatingCells) -> int:
    """The source whose ratings the others are brought to: the heaviest that was compared often enough.

    It takes `LEAST_PAIRS` ratings beside another source, of `LEAST_COMPARED` people (of `LEAST_MANAGERS` managers where
    named). Where no source has them, the heaviest of those that rated at least half as much as the busiest. Of equals the
    first of `SOURCES` counts. ``weights`` of sources that do not count or did not speak are 0.
    """
    counted = weights > 0
    n_managers = len(np.unique(cells.manager[cells.manager >= 0]))
    order = [int(s) for s in np.argsort(-weights, kind="stable") if counted[s]]
    for source in order:
        with_it = compared.take(pairs_of(compared, counted, source))
        managers = with_it.manager[(with_it.manager >= 0) & np.isfinite(with_it.rating[:, MANAGER])]
        enough = len(np.unique(managers)) >= min(LEAST_MANAGERS, n_managers)
        if len(with_it.seller) >= LEAST_PAIRS and len(np.unique(with_it.seller)) >= LEAST_COMPARED and (enough or not len(managers)):
            return source
    busy = np.isfinite(cells.rating).sum(axis=0)
    return next((s for s in order if 2 * busy[s] >= busy[order].max()), int(np.argmax(weights)))


def estimate_bias(
    compared: RatingCells,
    noise: SourceNoise,
    counted: NDArray[np.bool_],
    *,
    reference: int,
    flat: NDArray[np.bool_],
    n_managers: int,
    n_sellers: int,
    width: float,
) -> SourceBias:
    """Best linear unbiased prediction of biases from differences within person x skill.

    True levels are absorbed (a team of strong people is not taken for a lenient manager); a person's halo with a source
    is a random effect, so that one favourite rated on 25 skills is one favourite, not 25 proofs of leniency.

    Notes
    -----
    Henderson (1975) mixed model equations, levels eliminated by cell, halos by person.
    """
    n_skills = len(flat)
    others = [s for s in np.flatnonzero(counted) if s != reference]
    source_column = np.full(len(SOURCES), -1, dtype=np.int64)
    source_column[others] = np.arange(len(others))
    size = len(others)
    skill_column = np.full((n_skills, len(SOURCES)), -1, dtype=np.int64)
    if noise.bias_spread > 0 and n_skills > 1:
        for source in others:
            skill_column[:, source] = size + np.arange(n_skills)
            size += n_skills
    managers_differ = noise.leniency > 0 and counted[MANAGER]
    manager_column = size + np.arange(n_managers) if managers_differ else np.full(n_managers, -1, dtype=np.int64)
    n_deviations = size - len(others)
    size += n_managers if managers_differ else 0
    prior = np.r_[np.full(len(others), (VAGUE_BIAS * width) ** 2), np.full(n_deviations, noise.bias_spread or 1.0),
                  np.full(size - len(others) - n_deviations, noise.leniency or 1.0)]
    bias = SourceBias(effects=np.zeros(size), covariance=np.diag(prior), source_column=source_column,
                      skill_column=skill_column, manager_column=manager_column, flat=flat)
    if not size or not len(compared.seller):
        return bias
    normal, right = _reduced_equations(compared, noise, counted, bias, n_sellers)
    covariance: Array = np.linalg.inv(normal + np.diag(1 / prior)).astype(float)
    return SourceBias(effects=covariance @ right, covariance=covariance, source_column=source_column,
                      skill_column=skill_column, manager_column=manager_column, flat=flat)


def _reduced_equations(
    cells: RatingCells, noise: SourceNoise, counted: NDArray[np.bool_], bias: SourceBias, n_sellers: int
) -> tuple[Array, Array]:
    """Normal equations of the biases after levels and halos are eliminated."""
    from scipy.sparse import bsr_array, coo_array, csr_array, diags_array, hstack

    at = np.flatnonzero(counted)
    row, place = np.nonzero(np.isfinite(cells.rating[:, at]))
    source = at[place]
    y = cells.rating[row, source]
    precision = cells.n[row, source] / noise.own[source]
    ones = np.ones(len(row))
    single = RatingCells(seller=cells.seller[row], skill=cells.skill[row], round=cells.round[row],
                         manager=cells.manager[row], rating=cells.rating[row], n=cells.n[row], day=cells.day[row])
    only = np.zeros((len(row), len(SOURCES)))
    only[np.arange(len(row)), source] = 1.0
    effects = bias.loadings(single, only)
    halo = coo_array((ones, (np.arange(len(row)), cells.seller[row] * len(at) + place)),
                     shape=(len(row), n_sellers * len(at))).tocsr()
    design = csr_array(hstack([halo, effects]))
    of_cell = coo_array((precision, (row, np.arange(len(row)))), shape=(len(cells.seller), len(row))).tocsr()
    total = np.bincount(row, precision, minlength=len(cells.seller))
    absorbed = of_cell @ design
    weighted = design.T @ diags_array(precision)
    normal = csr_array(weighted @ design - absorbed.T @ diags_array(1 / total) @ absorbed)
    right = weighted @ y - absorbed.T @ ((of_cell @ y) / total)
    n_halo = n_sellers * len(at)
    halo_prior = np.tile(1 / np.maximum(noise.halo[at], 1e-6 * noise.own[at]), n_sellers)
    blocks = bsr_array(normal[:n_halo, :n_halo] + diags_array(halo_prior), blocksize=(len(at), len(at)))
    inverse = bsr_array((np.linalg.inv(blocks.data), blocks.indices, blocks.indptr), shape=blocks.shape)
    cross = normal[:n_halo, n_halo:]
    reduced = normal[n_halo:, n_halo:] - cross.T @ (inverse @ cross)
    return reduced.toarray(), right[n_halo:] - cross.T @ (inverse @ right[:n_halo])
