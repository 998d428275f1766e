"""Halo: raters who have one opinion of a person and write it on every line."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError
from salesplan.ratings.ratings_table import check_ratings
from salesplan.text import mark

HALO_R = 0.9
"""Mean correlation between items, within raters, from which items are called one opinion."""

LEAST_FORMS = 5
"""Fewer people rated by somebody say nothing about how his items go together."""

HALO = mark("Items go together almost completely within raters ({value}): the form measures one overall impression.")
NO_HALO = mark("Items go together at {value} within raters; raters tell them apart.")
HALO_RATERS = mark("{n} of {n_raters} raters give all items of a person nearly the same standing.")
FLAT_RATERS = mark("{n} of {n_raters} raters never gave two items of a person different scores.")
REAL_OR_HALO = mark("People who are good at everything look the same as halo; compare with raters who do differ.")
UNKNOWN_HALO = mark("Too few forms with all items to judge whether raters tell items apart.")


@dataclass(frozen=True, kw_only=True, eq=False)
class HaloCheck:
    """Whether raters tell items apart.

    ``raters`` by rater_id: n_ratings (forms of two items and more), mean_item_r (mean correlation between items over
    the people he rated; missing under five forms), flat_share (forms with one score on all lines), verdict (halo, flat,
    ok, unknown). It names raters: for whoever runs the round. ``mean_item_r`` pools all raters after taking out each
    rater's item means; ``eigenvalue_factor`` is the first over the second eigenvalue of that correlation matrix,
    ``first_factor_share`` the first one's share.
    """

    raters: pd.DataFrame
    mean_item_r: float
    eigenvalue_factor: float
    first_factor_share: float
    n_items: int
    n_forms: int
    notes: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "raters", self.raters.copy())

    def to_frame(self) -> pd.DataFrame:
        """Counts by verdict, without names."""
        n = self.raters["verdict"].value_counts()
        return pd.DataFrame({"verdict": n.index, "n_raters": n.to_numpy()}).sort_values("verdict", ignore_index=True)

    def summary(self) -> pd.DataFrame:
        """One row for the round."""
        return pd.DataFrame([{"mean_item_r": self.mean_item_r, "eigenvalue_factor": self.eigenvalue_factor,
                              "first_factor_share": self.first_factor_share, "n_items": self.n_items, "n_ratings": self.n_forms}])


def halo_check(frame: pd.DataFrame, *, threshold: float = HALO_R) -> HaloCheck:
    """Do raters tell the items apart, or write one impression on every line?

    Parameters
    ----------
    frame
        Ratings as for `check_ratings`, several items. Self-ratings are left out.
    threshold
        Mean within-rater correlation of items that is called halo.

    Raises
    ------
    InputError
        Fewer than two items, or no form with two items.

    Notes
    -----
    After Cooper (1981), Ubiquitous halo, Psychological Bulletin 90. Correlations are taken over the people a rater rated,
    within raters, so that severity plays no part. True overall ability looks alike; the check points, it does not
    prove.

    Examples
    --------
    >>> f = pd.DataFrame([("p%d" % p, "r", "peer", i, 1 + p % 5) for p in range(6) for i in ("a", "b", "c")],
    ...                  columns=["ratee_id", "rater_id", "relation", "item", "score"])
    >>> halo_check(f).raters["verdict"].tolist()
    ['flat']
    """
    if not 0 < threshold <= 1:
        raise InputError(f"threshold == {threshold:g}, must be a correlation above 0 and at most 1")
    table = check_ratings(frame)
    table = table[table["relation"] != "self"]
    wide = table.pivot_table(index=["rater_id", "ratee_id", "round"], columns="item", values="points")
    wide = wide[wide.notna().sum(axis=1) >= 2]
    if wide.shape[1] < 2 or not len(wide):
        raise InputError("forms with two items: none, must have some for halo to be judged")
    x = wide.to_numpy(float)
    rater, names = pd.factorize(wide.index.get_level_values("rater_id"), sort=True)
    flat = np.nanmax(x, axis=1) - np.nanmin(x, axis=1) < 1e-9
    raters = pd.DataFrame({"rater_id": names, "n_ratings": np.bincount(rater)})
    raters["mean_item_r"] = [_mean_r(x[rater == i]) for i in range(len(names))]
    raters["flat_share"] = np.bincount(rater, flat) / np.bincount(rater)
    known = raters["n_ratings"] >= LEAST_FORMS
    raters["verdict"] = np.select(
        [known & (raters["flat_share"] == 1), known & (raters["mean_item_r"] > threshold), known], ["flat", "halo", "ok"],
        "unknown",
    )  # fmt: skip
    mean_r, ratio, share = _pooled(x, rater)
    notes = _notes(mean_r, threshold, raters, int(known.sum()))
    return HaloCheck(raters=raters, mean_item_r=mean_r, eigenvalue_factor=ratio, first_factor_share=share, n_items=x.shape[1],
                     n_forms=len(x), notes=tuple(notes))


def _mean_r(x: NDArray[np.float64]) -> float:
    """Mean correlation between items over the complete forms of one rater."""
    x = x[:, np.isfinite(x).any(axis=0)]
    x = x[np.isfinite(x).all(axis=1)]
    spread = x.std(axis=0) if len(x) else np.zeros(0)
    if len(x) < LEAST_FORMS or (spread > 1e-9).sum() < 2:
        return np.nan
    r = np.asarray(np.corrcoef(x[:, spread > 1e-9], rowvar=False))
    return float(r[np.triu_indices(len(r), 1)].mean())


def _pooled(x: NDArray[np.float64], rater: NDArray[Any]) -> tuple[float, float, float]:
    """Pooled within-rater correlations over complete forms: mean, ratio of the first two eigenvalues, first share."""
    whole = np.isfinite(x).all(axis=1)
    x, rater = x[whole], rater[whole]
    if not len(x):
        return np.nan, np.nan, np.nan
    _, code = np.unique(rater, return_inverse=True)
    n = np.bincount(code)
    means = np.stack([np.bincount(code, c) / n for c in x.T], axis=1)
    within = x - means[code]
    if len(x) - len(n) < LEAST_FORMS or (within.std(axis=0) < 1e-9).any():
        return np.nan, np.nan, np.nan
    covariance = within.T @ within
    spread = np.sqrt(np.diag(covariance))
    r = covariance / np.outer(spread, spread)
    value = np.linalg.eigvalsh(r)[::-1]
    ratio = value[0] / value[1] if value[1] > 1e-12 else np.inf
    return float(r[np.triu_indices(len(r), 1)].mean()), float(ratio), float(value[0] / value.sum())


def _notes(mean_r: float, threshold: float, raters: pd.DataFrame, n_known: int) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    if np.isnan(mean_r):
        notes.append({"msgid": UNKNOWN_HALO, "details": {}})
    else:
        notes.append({"msgid": HALO if mean_r > threshold else NO_HALO, "details": {"value": mean_r}})
    for verdict, msgid in (("halo", HALO_RATERS), ("flat", FLAT_RATERS)):
        n = int((raters["verdict"] == verdict).sum())
        if n:
            notes.append({"msgid": msgid, "details": {"n": n, "n_raters": n_known}})
    if len(notes) > 1 or (not np.isnan(mean_r) and mean_r > threshold):
        notes.append({"msgid": REAL_OR_HALO, "details": {}})
    return notes
