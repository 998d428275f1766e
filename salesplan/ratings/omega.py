"""McDonald's omega: how much of a sum of items is one common factor."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.ratings.consistency import AGAINST, FEW_ROWS, complete_rows
from salesplan.text import mark

Array = NDArray[np.float64]

EXTRACTIONS = {"ml": mark("one factor by maximum likelihood"), "minres": mark("one factor by minimum residuals")}
ONE_FACTOR = mark("Omega stands for {extraction_msgid}; other extractions give other figures.")
POOR_FIT = mark("One factor leaves correlations of up to {residual_value} unexplained; the items may measure several things.")
_NEARLY_HEYWOOD = 0.005


@dataclass(frozen=True, kw_only=True, eq=False)
class McdonaldOmega:
    """Omega total of a one-factor model on correlations.

    ``omega_implied`` divides the common variance by what the model implies, ``omega_observed`` subtracts the unique
    variances from the observed variance of the sum; ``omega`` is the one asked for.
    """

    omega: float
    omega_implied: float
    omega_observed: float
    extraction: str
    variance: str
    loadings: pd.Series
    largest_residual: float
    n: int
    notes: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "loadings", self.loadings.copy())

    def to_frame(self) -> pd.DataFrame:
        """Loading and unique variance of each item."""
        return pd.DataFrame({"item": self.loadings.index, "loading": self.loadings.to_numpy(),
                             "unique_share": 1 - self.loadings.to_numpy() ** 2})


def mcdonald_omega(
    items: pd.DataFrame,
    *,
    extraction: Literal["ml", "minres"] = "ml",
    variance: Literal["implied", "observed"] | None = None,
    missing: Literal["error", "drop"] = "error",
) -> McdonaldOmega:
    """Reliability of a sum of items that need not weigh the same.

    Parameters
    ----------
    items
        One row an answer sheet, one column an item; at least three items.
    extraction
        ``ml``: maximum likelihood; ``minres``: smallest squared residual correlations. They differ on the same data.
    variance
        Variance of the sum below the fraction: ``implied`` by the model, usual with ml, or ``observed`` as is
        usual with minres. Left out, the usual one.
    missing
        A row with a gap is an ``error`` that names it, or is left out (``drop``) with a note.

    Raises
    ------
    InputError
        Bad data, or a Heywood case: an item whose whole variance, or more, is given to the factor, so that omega
        means nothing.

    Notes
    -----
    McDonald (1999), Test Theory. Correlations are analysed, so omega is of the sum of standardised items.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> common = rng.normal(size=(300, 1))
    >>> f = pd.DataFrame(common + rng.normal(size=(300, 4)), columns=list("abcd"))
    >>> round(mcdonald_omega(f).omega, 2)
    0.81
    """
    if extraction not in EXTRACTIONS:
        raise InputError(f"extraction == {extraction!r}, must be a known extraction",
                         fix=known_choices(extraction, EXTRACTIONS))
    kind = variance or ("implied" if extraction == "ml" else "observed")
    if kind not in ("implied", "observed"):
        raise InputError(f"variance == {kind!r}, must be a known variance",
                         fix=known_choices(kind, ("implied", "observed")))
    if items.shape[1] < 3:
        raise InputError(f"items == {items.shape[1]}, must be at least 3 for a factor")
    x, notes = complete_rows(items, missing, least=items.shape[1] + 1)
    still = [str(c) for c, s in zip(items.columns, x.std(axis=0), strict=True) if s <= 1e-12]
    if still:
        raise InputError("item has the same score in every row, must differ", where=f"column {still[0]}")
    r = np.asarray(np.corrcoef(x, rowvar=False))
    loading = _by_likelihood(r) if extraction == "ml" else _by_residuals(r)
    loading = loading * (1.0 if loading.sum() >= 0 else -1.0)
    heywood = np.flatnonzero(loading**2 >= 1 - _NEARLY_HEYWOOD)
    if heywood.size:
        raise InputError(
            f"loading == {loading[heywood[0]]:.3g}, must leave the item some variance of its own (Heywood case)",
            where=f"column {items.columns[heywood[0]]}, extraction {extraction}",
            fix="Leave the item out, join it with its twin, use more items, or report Cronbach's alpha.",
        )
    unique = 1 - loading**2
    common = loading.sum() ** 2
    implied, observed = common / (common + unique.sum()), 1 - unique.sum() / r.sum()
    residual = r - np.outer(loading, loading)
    largest = float(np.abs(residual[np.triu_indices(len(r), 1)]).max())
    notes.append({"msgid": ONE_FACTOR, "details": {"extraction_msgid": EXTRACTIONS[extraction]}})
    against = [str(c) for c, v in zip(items.columns, loading, strict=True) if v < 0]
    if against:
        notes.append({"msgid": AGAINST, "details": {"item_names": against}})
    if largest > 0.2:
        notes.append({"msgid": POOR_FIT, "details": {"residual_value": largest}})
    if len(x) < 30:
        notes.append({"msgid": FEW_ROWS, "details": {"n": len(x)}})
    return McdonaldOmega(
        omega=float(implied if kind == "implied" else observed), omega_implied=float(implied),
        omega_observed=float(observed), extraction=extraction, variance=kind, largest_residual=largest, n=len(x),
        loadings=pd.Series(loading, index=[str(c) for c in items.columns], name="loading"), notes=tuple(notes),
    )  # fmt: skip


def _by_likelihood(r: Array) -> Array:
    """Loadings that minimise ``log|S| + tr(R S^-1)``, given the unique variances (Joreskog 1967)."""
    from scipy.optimize import minimize

    k = len(r)

    def loadings(unique: Array) -> tuple[Array, Array, Array]:
        root = np.sqrt(unique)
        value, vector = np.linalg.eigh(r / np.outer(root, root))
        return root * vector[:, -1] * np.sqrt(max(value[-1] - 1, 0.0)), value, root

    def misfit(unique: Array) -> tuple[float, Array]:
        loading, value, _ = loadings(unique)
        rest = np.maximum(value[:-1], 1e-12)
        slope = (loading**2 + unique - np.diag(r)) / unique**2
        return float(np.sum(rest - np.log(rest)) - (k - 1)), slope

    start = (1 - 0.5 / k) / np.maximum(np.diag(np.linalg.pinv(r, hermitian=True)), 1.0)
    found = minimize(misfit, np.clip(start, 0.01, 1), jac=True, method="L-BFGS-B", bounds=[(_NEARLY_HEYWOOD / 2, 1.0)] * k,
                     options={"ftol": 1e-14, "gtol": 1e-10, "maxiter": 1000})
    return loadings(found.x)[0]


def _by_residuals(r: Array) -> Array:
    """Loadings that minimise the squared residual correlations off the diagonal."""
    from scipy.optimize import least_squares

    i, j = np.triu_indices(len(r), 1)
    value, vector = np.linalg.eigh(r)
    start = vector[:, -1] * np.sqrt(value[-1]) * 0.8

    def residual(loading: Array) -> Array:
        return r[i, j] - loading[i] * loading[j]

    return least_squares(residual, start, bounds=(-1, 1), xtol=1e-14, ftol=1e-14, gtol=1e-12).x
