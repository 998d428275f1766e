"""Skills at which everybody gets the top score: the item tells nobody apart and shows no progress."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from salesplan.coaching.assessments import check_scale
from salesplan.coaching.small_groups import INSUFFICIENT
from salesplan.errors import InputError
from salesplan.text import mark

THRESHOLD = 0.15
"""Share at the end of the scale above which an item is useless; a convention (Terwee and others 2007)."""
LEAST_SCORES = 10
"""Fewer scores than this say nothing about an item."""

CEILING = mark("useless at the top")
FLOOR = mark("useless at the bottom")
PERHAPS = mark("perhaps useless")


def ceiling_share(scores: ArrayLike, *, maximum: float, threshold: float = THRESHOLD) -> dict[str, Any]:
    """Share of scores at the top of the scale, and whether it makes the item useless.

    Returns
    -------
    dict
        ``ceiling_share``, ``threshold``, ``is_useless`` (share above the threshold), ``n``.

    Raises
    ------
    InputError
        No scores, or one above the maximum.

    Examples
    --------
    >>> ceiling_share([5, 5, 4, 3], maximum=5)
    {'ceiling_share': 0.5, 'threshold': 0.15, 'is_useless': True, 'n': 4}
    """
    values = np.asarray(scores, dtype=float)
    values = values[np.isfinite(values)]
    if not values.size:
        raise InputError("scores are empty, must be at least one")
    if (values > maximum + 1e-9).any():
        raise InputError(f"score == {values.max():g}, must be at most {maximum:g}")
    if not 0 < threshold < 1:
        raise InputError(f"threshold == {threshold:g}, must be a fraction between 0 and 1")
    share = float((values >= maximum - 1e-9).mean())
    return {"ceiling_share": share, "threshold": threshold, "is_useless": share > threshold, "n": int(values.size)}


def ceiling_items(
    assessments: pd.DataFrame,
    *,
    scale: tuple[float, float] = (1.0, 5.0),
    threshold: float = THRESHOLD,
    minimum: int = LEAST_SCORES,
    coverage: float = 0.9,
) -> pd.DataFrame:
    """Name the skills (by source) whose scores pile up at an end of the scale.

    Such an item hides who is better, and training on it cannot show: give it a harder question or a longer scale.

    Parameters
    ----------
    assessments
        skill, source, level as given (not averaged); optional seller_id and assessed_date: of each person, skill and
        source the latest counts.
    minimum
        Fewer scores are insufficient evidence.

    Returns
    -------
    DataFrame
        skill, source, n, ceiling_share and floor_share with lower and upper (Wilson), status (useless at the top or
        bottom where the whole interval is above the threshold, perhaps useless where it reaches beyond it, ok), worst first. A score
        within 0.5 % of the scale's end is at the end.

    Raises
    ------
    InputError
        A missing column or an odd threshold.

    Examples
    --------
    >>> f = pd.DataFrame({"skill": "care", "source": "manager", "level": [5] * 8 + [4] * 4})
    >>> ceiling_items(f)[["skill", "ceiling_share", "status"]].round(2).values.tolist()
    [['care', 0.67, 'useless at the top']]
    """
    low, high = check_scale(scale)
    missing = [c for c in ("skill", "source", "level") if c not in assessments]
    if missing:
        raise InputError(f"assessments lack {missing[0]!r}, must have skill, source and level")
    if not 0 < threshold < 1:
        raise InputError(f"threshold == {threshold:g}, must be a fraction between 0 and 1")
    if not 0 < coverage < 1:
        raise InputError(f"coverage == {coverage:g}, must be a fraction between 0 and 1")
    used = assessments
    if {"seller_id", "assessed_date"} <= set(assessments.columns):
        used = assessments.sort_values("assessed_date", kind="stable").drop_duplicates(
            ["seller_id", "skill", "source"], keep="last")
    level = pd.to_numeric(used["level"], errors="coerce")
    edge = 0.005 * (high - low)
    table = used.assign(_top=(level >= high - edge).astype(float), _bottom=(level <= low + edge).astype(float))[
        level.notna()].groupby(["skill", "source"], sort=True).agg(
        n=("_top", "size"), ceiling_share=("_top", "mean"), floor_share=("_bottom", "mean")).reset_index()
    for name in ("ceiling_share", "floor_share"):
        lower, upper = _wilson(table[name].to_numpy(float), table["n"].to_numpy(float), coverage)
        table.insert(int(table.columns.get_indexer(pd.Index([name]))[0]) + 1, f"{name}_lower", lower)
        table.insert(int(table.columns.get_indexer(pd.Index([name]))[0]) + 2, f"{name}_upper", upper)
    table["status"] = np.select(
        [table["n"] < minimum, table["ceiling_share_lower"] > threshold, table["floor_share_lower"] > threshold,
         (table["ceiling_share_upper"] > threshold) | (table["floor_share_upper"] > threshold)],
        [INSUFFICIENT, CEILING, FLOOR, PERHAPS], "ok")
    few = table["status"] == INSUFFICIENT
    shares = [c for c in table.columns if str(c).startswith(("ceiling_share", "floor_share"))]
    table.loc[few, shares] = np.nan
    worst = table[["ceiling_share", "floor_share"]].max(axis=1)
    order = pd.DataFrame({"few": few, "worst": -worst, "skill": table["skill"], "source": table["source"]})
    return table.loc[order.sort_values(list(order.columns)).index].reset_index(drop=True)


def _wilson(share: np.ndarray, n: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a share."""
    from scipy.special import ndtri

    z = float(ndtri((1 + coverage) / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
