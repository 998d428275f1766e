"""Do items measure one thing: Cronbach's alpha with what each item does to it, McDonald's omega."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.ratings.resampling import percentile_interval
from salesplan.text import mark

Array = NDArray[np.float64]

AGAINST = mark("{item_names} runs against the other items: turn its scores round, or leave it out.")
NOT_ONE_THING = mark("Items that hang together can still measure several things; alpha does not show which.")
ROWS_LEFT_OUT = mark("{n} of {n_rows} rows lack an answer and were left out.")
ONE_VALUE = mark("{item_names} has the same score for everybody; standardised alpha cannot be computed.")
FEW_ROWS = mark("Only {n} rows; the interval is wide, read it before the figure.")


@dataclass(frozen=True, kw_only=True, eq=False)
class CronbachAlpha:
    """Internal consistency of a set of items.

    ``items`` by item: n, alpha_if_dropped, item_rest_r (with the sum of the other items), is_against (negative).
    ``n_dropped`` of ``n_resamples`` had no figure because all sums were the same; above a tenth of them the interval
    is missing.
    """

    alpha: float
    alpha_lower: float
    alpha_upper: float
    standardised: float
    items: pd.DataFrame
    n: int
    n_items: int
    interval: str
    coverage: float
    n_resamples: int
    n_dropped: int
    notes: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", self.items.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row an item."""
        return self.items.reset_index()

    def summary(self) -> pd.DataFrame:
        """One row: alpha with interval, standardised alpha, rows, items."""
        return pd.DataFrame([{"alpha": self.alpha, "alpha_lower": self.alpha_lower, "alpha_upper": self.alpha_upper,
                              "standardised_alpha": self.standardised, "n": self.n, "n_items": self.n_items}])


def cronbach_alpha(
    items: pd.DataFrame,
    *,
    interval: Literal["feldt", "bootstrap"] = "feldt",
    missing: Literal["error", "drop"] = "error",
    coverage: float = 0.95,
    bootstraps: int = 1000,
    seed: int = 0,
) -> CronbachAlpha:
    """How well a sum of items would repeat itself with other items of the kind.

    Parameters
    ----------
    items
        One row an answer sheet, one column an item.
    interval
        ``feldt``: from the F distribution (Feldt, Woodruff & Salih 1987); ``bootstrap``: resampled rows, percentiles.
    missing
        A row with a gap is an ``error`` that names it, or is left out (``drop``) with a note.

    Raises
    ------
    InputError
        Fewer than two items or three rows, a gap, text instead of numbers, or sums that do not differ.

    Notes
    -----
    Cronbach (1951). Item-rest correlations leave the item itself out of the sum.

    Examples
    --------
    >>> f = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 5], "c": [1, 3, 3, 4, 4]})
    >>> a = cronbach_alpha(f)
    >>> round(a.alpha, 3), a.items["alpha_if_dropped"].round(2).to_dict()
    (0.954, {'a': 0.88, 'b': 0.93, 'c': 0.97})
    """
    if interval not in ("feldt", "bootstrap"):
        raise InputError(f"interval == {interval!r}, must be a known way",
                         fix=known_choices(interval, ("feldt", "bootstrap")))
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1")
    x, notes = complete_rows(items, missing)
    n, k = x.shape
    covariance = np.cov(x, rowvar=False)
    if covariance.sum() <= 1e-12 * max(1.0, float(np.trace(covariance))):
        raise InputError("sums of the items are the same in every row, must differ for alpha")
    alpha = _alpha(covariance)
    spread = np.sqrt(np.diag(covariance))
    still = [str(c) for c, s in zip(items.columns, spread, strict=True) if s <= 1e-12]
    if still:
        notes.append({"msgid": ONE_VALUE, "details": {"item_names": still}})
        standardised = np.nan
    else:
        standardised = _alpha(covariance / np.outer(spread, spread))
    table = _item_table(items, covariance, n)
    against = [str(c) for c in table.index[table["is_against"]]]
    if against:
        notes.append({"msgid": AGAINST, "details": {"item_names": against}})
    if n < 30:
        notes.append({"msgid": FEW_ROWS, "details": {"n": n}})
    notes.append({"msgid": NOT_ONE_THING, "details": {}})
    n_resamples = n_dropped = 0
    if interval == "feldt":
        lower, upper = _feldt(alpha, n, k, (1 - coverage) / 2)
    else:
        n_resamples = bootstraps
        lower, upper, n_dropped, said = percentile_interval(_resampled(x, bootstraps, seed), coverage)
        notes += said
    return CronbachAlpha(alpha=alpha, alpha_lower=lower, alpha_upper=upper, standardised=float(standardised), items=table,
                         n=n, n_items=k, interval=interval, coverage=coverage, n_resamples=n_resamples,
                         n_dropped=n_dropped, notes=tuple(notes))


def complete_rows(items: pd.DataFrame, missing: str, *, least: int = 3) -> tuple[Array, list[dict[str, Any]]]:
    """Numbers without gaps, and the note on rows left out."""
    if missing not in ("error", "drop"):
        raise InputError(f"missing == {missing!r}, must be a known way", fix=known_choices(missing, ("error", "drop")))
    if items.shape[1] < 2:
        raise InputError(f"items == {items.shape[1]}, must be at least 2")
    numeric = all(pd.api.types.is_numeric_dtype(t) for t in items.dtypes)
    numbers = items if numeric else items.apply(pd.to_numeric, errors="coerce")
    x = numbers.to_numpy(float, na_value=np.nan)
    bad = np.argwhere(~np.isfinite(x))
    notes: list[dict[str, Any]] = []
    if len(bad):
        at, column = bad[0]
        given = items.iloc[at, column]
        where = f"row {items.index[at]}, column {items.columns[column]}"
        if pd.notna(given):
            raise InputError(f"score == {given!r}, must be a number", where=where)
        rows = np.unique(bad[:, 0])
        if missing == "error":
            raise InputError(f"{len(rows)} rows lack an answer, must be complete", where=where,
                             fix="Choose missing='drop' to leave such rows out.", rows=rows.tolist())
        text = [(i, j) for i, j in bad if pd.notna(items.iloc[i, j])]
        if text:
            i, j = text[0]
            raise InputError(f"score == {items.iloc[i, j]!r}, must be a number",
                             where=f"row {items.index[i]}, column {items.columns[j]}")
        notes.append({"msgid": ROWS_LEFT_OUT, "details": {"n": len(rows), "n_rows": len(x)}})
        x = np.delete(x, rows, axis=0)
    if len(x) < least:
        raise InputError(f"complete rows == {len(x)}, must be at least {least}")
    return x, notes


def _alpha(covariance: Array) -> float:
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def _item_table(items: pd.DataFrame, covariance: Array, n: int) -> pd.DataFrame:
    k = len(covariance)
    own, row = np.diag(covariance), covariance.sum(axis=1)
    rest = row.sum() - 2 * row + own
    nothing = rest <= 1e-12 * max(float(row.sum()), 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.where(nothing | (own <= 0), np.nan, (row - own) / np.sqrt(own * rest))
        dropped = (k - 1) / max(k - 2, 1) * (1 - (own.sum() - own) / rest)
    if k == 2:
        dropped = np.full(k, np.nan)
    names = pd.Index([str(c) for c in items.columns], name="item")
    return pd.DataFrame({"n": n, "alpha_if_dropped": np.where(nothing, np.nan, dropped), "item_rest_r": r,
                         "is_against": r < 0}, index=names)


def _feldt(alpha: float, n: int, k: int, tail: float) -> tuple[float, float]:
    from scipy.special import fdtri

    df1, df2 = n - 1, (n - 1) * (k - 1)
    low, high = 1 / float(fdtri(df2, df1, 1 - tail)), float(fdtri(df1, df2, 1 - tail))
    return 1 - (1 - alpha) * high, 1 - (1 - alpha) * low


def _resampled(x: Array, bootstraps: int, seed: int) -> Array:
    """Alpha of each resample of rows, missing where sums do not differ."""
    if bootstraps < 100:
        raise InputError(f"bootstraps == {bootstraps}, must be at least 100")
    n, k = x.shape
    times = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=bootstraps).astype(float)
    centred = x - x.mean(axis=0)
    total = centred.sum(axis=1)

    def variance(column: Array) -> Array:
        return times @ column**2 / n - (times @ column / n) ** 2

    parts = sum(variance(c) for c in centred.T)
    whole = variance(total)
    with np.errstate(divide="ignore", invalid="ignore"):
        alphas = k / (k - 1) * (1 - parts / whole)
    return np.where(whole > 1e-12 * float((total**2).mean()), alphas, np.nan)
