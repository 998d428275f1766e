"""Weights from principal components: a KPI weighs more, the more it shares with the others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.text import mark
from salesplan.weighting.criteria_table import CriteriaTable, Floats, Note, check_criteria
from salesplan.weighting.objective_method import ObjectiveMethod, weigh
from salesplan.weighting.weights import Weights

REWARDS_AGREEMENT = mark(
    "Principal components give most weight to KPIs that repeat one another: the same thing measured twice"
    " weighs twice. {n_components} of {n_criteria} components are kept (eigenvalue of at least 1)."
)
RUNS_AGAINST = mark(
    "{names} runs against the other KPIs on the first component, yet its weight is positive like all others:"
    " squared loadings forget the sign. Check its direction."
)
ON_THE_EDGE = mark(
    "The eigenvalue {edge_value} lies next to the limit of 1: one component more or less would give other weights."
)
CLEAR_LOADING = 0.3
EDGE = 0.05
"""Distance of an eigenvalue from 1 within which keeping the component is a matter of chance."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PrincipalComponents:
    """Components of the correlation matrix, largest first; ``loadings`` are KPIs x components, signs arbitrary."""

    names: tuple[str, ...]
    eigenvalues: Floats
    loadings: Floats
    n_kept: int

    @property
    def explained_share(self) -> Floats:
        """Share of the total variance that each component carries."""
        return np.asarray(self.eigenvalues / self.eigenvalues.sum(), float)

    @property
    def communality(self) -> Floats:
        """Share of each KPI's variance that the kept components carry: squared loadings added up."""
        return np.asarray((self.loadings[:, : self.n_kept] ** 2).sum(axis=1), float)

    def to_frame(self) -> pd.DataFrame:
        """One row a KPI: its communality and its loading on each kept component."""
        frame = pd.DataFrame({"criterion": self.names, "communality_share": self.communality})
        for at in range(self.n_kept):
            frame[f"component_{at + 1}_value"] = self.loadings[:, at]
        return frame


def principal_components(
    frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None
) -> PrincipalComponents:
    """How many stories the KPIs tell, and which KPI tells which.

    Parameters
    ----------
    frame
        One row a person, one column a KPI; at least three rows.
    directions
        KPI -> +1 or -1, applied before correlating; turns signs of loadings, no weight.

    Notes
    -----
    Eigenvectors of the correlation matrix; components with an eigenvalue of at least 1 are kept (Kaiser
    1960). The sign of a component has no meaning; here each is turned so that its loadings sum to a
    positive number.

    Examples
    --------
    >>> f = pd.DataFrame({"sales": [90, 110, 75, 130], "deals": [8, 12, 9, 15], "visits": [30, 31, 29, 30]})
    >>> principal_components(f).n_kept
    1
    """
    return _components(check_criteria(frame, directions=directions, least_rows=3))


def _components(table: CriteriaTable) -> PrincipalComponents:
    eigenvalues, vectors = _eigen(table.numbers * table.signs)
    eigenvalues, vectors = np.maximum(eigenvalues[::-1], 0.0), vectors[:, ::-1]
    vectors = vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    return PrincipalComponents(
        names=table.names,
        eigenvalues=eigenvalues,
        loadings=vectors * np.sqrt(eigenvalues),
        n_kept=int((eigenvalues >= 1 - 1e-9).sum()),
    )


def _eigen(values: Floats) -> tuple[Floats, Floats]:
    """Of the correlation matrix of ``(..., rows, criteria)``, smallest eigenvalue first."""
    centred = values - values.mean(axis=-2, keepdims=True)
    length = np.linalg.norm(centred, axis=-2, keepdims=True)
    unit = centred / np.where(length > 0, length, np.nan)
    found = np.linalg.eigh(np.nan_to_num(np.swapaxes(unit, -1, -2) @ unit))
    return found.eigenvalues, found.eigenvectors


def _amounts(values: Floats, signs: Floats) -> Floats:
    eigenvalues, vectors = _eigen(values * signs)
    kept = np.where(eigenvalues >= 1 - 1e-9, eigenvalues, 0.0)
    weighted = ((vectors**2) @ (kept**2)[..., None])[..., 0]
    alike = (np.ptp(values, axis=-2) == 0).any(axis=-1, keepdims=True)
    return np.asarray(np.where(alike, np.nan, weighted), float)


def _notes(table: CriteriaTable) -> list[Note]:
    found = _components(table)
    notes: list[Note] = [
        {"msgid": REWARDS_AGREEMENT, "details": {"n_components": found.n_kept, "n_criteria": len(table.names)}}
    ]
    first = found.loadings[:, 0]
    against = [name for name, loading in zip(table.names, first, strict=True) if loading < -CLEAR_LOADING]
    if against:
        notes.append({"msgid": RUNS_AGAINST, "details": {"names": against}})
    near = found.eigenvalues[np.argmin(np.abs(found.eigenvalues - 1))]
    if abs(near - 1) < EDGE:
        notes.append({"msgid": ON_THE_EDGE, "details": {"edge_value": float(near)}})
    return notes


PCA = ObjectiveMethod(
    title=mark("Principal components"), amounts=_amounts, check=lambda table: None, notes=_notes, least_rows=3
)


def pca_weights(frame: pd.DataFrame, *, directions: Mapping[str, int] | None = None) -> Weights:
    """Which KPIs carry most of what the KPIs have in common: squared loadings on the kept components.

    Parameters
    ----------
    frame
        One row a person, one column a KPI; at least three rows.
    directions
        KPI -> +1 or -1; used for the note on KPIs that run against the others.

    Raises
    ------
    InputError
        A missing or non-numeric value, a KPI equal for everybody, fewer than two KPIs or three rows.

    Notes
    -----
    One variant of several: on each kept component the squared loadings (eigenvalue l times squared entry v of the
    eigenvector) are multiplied by the variance l that the component explains, ``sum_k l_k (l_k v_jk^2)``, divided
    by the sum over KPIs; without rotation. Large components so count twice. The variant of Nicoletti, Scarpetta &
    Boylaud (2000) and OECD/JRC (2008) first scales the squared loadings of a component to a sum of one and then
    multiplies by its explained share; without rotation that gives ``sum_k l_k v_jk^2``, the communality
    (`PrincipalComponents.communality`), over its sum. The two differ as soon as two components are kept, and
    neither is the true weight of a KPI. Neither unit nor zero point of a KPI matters.

    Examples
    --------
    >>> f = pd.DataFrame({"sales": [90, 110, 75, 130], "deals": [8, 12, 9, 15], "visits": [30, 31, 29, 30]})
    >>> pca_weights(f).to_series().round(3).to_dict()
    {'sales': 0.415, 'deals': 0.36, 'visits': 0.225}
    """
    return weigh(PCA, check_criteria(frame, directions=directions, least_rows=3))
