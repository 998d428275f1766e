"""One level from several ratings: the weighted mean of what sources say once their biases are taken off."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salesplan.coaching.assessments import Array
from salesplan.coaching.source_bias import SourceBias
from salesplan.coaching.source_noise import RatingCells, SourceNoise


@dataclass(frozen=True, kw_only=True, eq=False)
class CombinedRatings:
    """Person x skill: ``raw`` level (NaN where no counted source spoke), ``noise`` its own error variance, ``common`` the
    error variance that biases leave, ``loadings`` on the biases, ``parts`` each source's share of the level, ``total`` the
    sum of faded weights. ``unclear``: only flat ratings, so there is no level."""

    raw: Array
    noise: Array
    common: Array
    loadings: Any
    parts: Array
    total: Array
    unclear: NDArray[np.bool_]

    def with_self(self, corrected: Array, own_noise: float, weight: float) -> "CombinedRatings":
        """The same with corrected self-ratings mixed in where others spoke as well."""
        there = np.isfinite(corrected) & np.isfinite(self.raw)
        share = np.where(there, weight / (self.total + weight), 0.0)
        return replace(
            self,
            raw=np.where(there, (1 - share) * self.raw + share * np.nan_to_num(corrected), self.raw),
            noise=(1 - share) ** 2 * self.noise + share**2 * own_noise,
            common=(1 - share) ** 2 * self.common,
            loadings=_scaled_rows(self.loadings, 1 - share),
            parts=self.parts * (1 - share)[:, None],
        )


def combine_ratings(
    cells: RatingCells, age: Array, noise: SourceNoise, bias: SourceBias, weights: Array, *, half_life: float,
    scale: tuple[float, float],
) -> CombinedRatings:  # fmt: skip
    """Weight ratings by source and age (months), after biases.

    The error of an old rating contains how far true levels move in that time; where that is not known its variance doubles
    with each half-life. Flat ratings count nothing. A rating at the end of the scale may stand for anything beyond what is
    left of it once its bias is off: half the way to the end is added to its error.
    """
    spoken = np.where(np.isfinite(cells.rating), 0.5 ** (age / half_life), 0.0) * weights
    fade = np.where(bias.flat[cells.skill], 0.0, spoken)
    total = fade.sum(axis=1)
    part = np.divide(fade, total[:, None], out=np.zeros_like(fade), where=total[:, None] > 0)
    rating = np.nan_to_num(cells.rating)
    left = rating - bias.adjustments(cells)
    error = noise.total / cells.n * (2.0 ** (age / half_life) if np.isnan(noise.drift) else 1.0)
    error = error + _beyond_the_end(rating, left, scale)
    loadings = bias.loadings(cells, part)
    shared = loadings @ bias.covariance
    return CombinedRatings(
        raw=np.where(total > 0, np.clip((part * left).sum(axis=1), *scale), np.nan),
        noise=(part**2 * error).sum(axis=1) + np.nan_to_num(noise.drift) * (part * age).sum(axis=1),
        common=np.asarray(loadings.multiply(shared).sum(axis=1)).ravel() if shared.size else np.zeros(len(total)),
        loadings=loadings,
        parts=part,
        total=total,
        unclear=(spoken.sum(axis=1) > 0) & (total == 0),
    )


def _beyond_the_end(rating: Array, left: Array, scale: tuple[float, float]) -> Array:
    """Variance of what a rating at the end of the scale may hide."""
    low, high = scale
    edge = 0.005 * (high - low)
    top, bottom = np.where(rating >= high - edge, high - left, 0.0), np.where(rating <= low + edge, left - low, 0.0)
    return np.asarray((np.maximum(np.maximum(top, bottom), 0.0) / 2) ** 2)


def _scaled_rows(matrix: Any, factor: Array) -> Any:
    from scipy.sparse import diags_array

    return (diags_array(factor) @ matrix).tocsr()
