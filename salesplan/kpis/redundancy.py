"""Do two KPIs say the same thing twice?"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from salesplan.errors import InputError
from salesplan.kpis.rank_survival import RankSurvival, rank_survival, scores_without
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.scoring_policies import Policy
from salesplan.text import mark

LIMIT = 0.9
"""Correlation above which two KPIs are called redundant."""
LEAST_PEOPLE = 10
"""Fewer people with both KPIs than this are insufficient evidence."""
MEASURED_CASES = (Policy.NONE, Policy.NEGATIVE_AS_IS, Policy.NEGATIVE_AS_ZERO)
"""Lines whose points come from the person's own figure."""

REDUNDANT = mark("redundant")
PERHAPS = mark("perhaps")
DISTINCT = mark("distinct")
INSUFFICIENT = mark("insufficient evidence")

_KEEP_ORDER = {"result": 0, "process": 1, "support": 2}
_COLUMNS = ["kpi_a", "kpi_b", "n", "pearson", "pearson_lower", "pearson_upper", "spearman", "spearman_lower",
            "spearman_upper", "status", "drop_kpi", "keep_kpi"]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Redundancy:
    """Pairs of KPIs and how alike they are.

    ``pairs`` has one row a pair: n, pearson and spearman with intervals, status (``redundant``, ``perhaps``
    when only the interval reaches the limit, ``distinct``, ``insufficient evidence``), drop_kpi (suggestion).
    ``survival`` says for each suggested KPI what the ranks do without it.
    """

    pairs: pd.DataFrame
    survival: Mapping[str, RankSurvival]
    limit: float
    coverage: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", self.pairs.copy())
        object.__setattr__(self, "survival", dict(self.survival))

    def to_frame(self) -> pd.DataFrame:
        """One row a pair, the most alike first."""
        return self.pairs.copy()

    def summary(self) -> pd.DataFrame:
        """One row a KPI suggested to be dropped: what the ranks do without it."""
        return pd.DataFrame([{"drop_kpi": kpi, **found.summary()} for kpi, found in self.survival.items()])


def redundancy(
    figures: pd.DataFrame,
    *,
    weights: Mapping[str, float] | pd.Series | None = None,
    kinds: Mapping[str, str] | None = None,
    limit: float = LIMIT,
    coverage: float = 0.9,
    card: Scorecard | None = None,
) -> Redundancy:
    """Which pairs of KPIs measure the same, and which of the two could go.

    Parameters
    ----------
    figures
        People x KPIs: attainment or points, so that a large territory does not make everything look alike.
    weights, kinds
        Weight of each KPI, and its type (result, process, support): of a pair, support goes before process
        before result, then the lighter one, then the later name.
    limit
        Correlation above which a pair is redundant, by Pearson or by ranks (Spearman).
    card
        Scores of the people; tells what the ranks do when a KPI is dropped.

    Raises
    ------
    InputError
        Fewer than two KPIs, or a limit outside 0 to 1.

    Notes
    -----
    Intervals by Fisher's z; for Spearman with the variance (1 + r^2 / 2) / (n - 3) of Bonett & Wright
    (2000). A negative correlation is not redundancy. High correlation in one period may be one shared
    cause, such as a product launch: look at several periods before dropping a KPI.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> f = pd.DataFrame({"orders": rng.normal(1, 0.2, 40), "margin": rng.normal(1, 0.2, 40)})
    >>> f["sales"] = f["orders"] + rng.normal(0, 0.02, 40)
    >>> redundancy(f, weights={"orders": 0.2, "sales": 0.5, "margin": 0.3}).pairs[["status", "drop_kpi"]].values[0].tolist()
    ['redundant', 'orders']
    """
    if figures.shape[1] < 2:
        raise InputError(f"KPIs == {figures.shape[1]}, must be at least 2 to compare")
    if not 0 < limit < 1:
        raise InputError(f"limit == {limit:g}, must be between 0 and 1")
    share = {} if weights is None else {str(k): float(v) for k, v in dict(weights).items()}
    rows = []
    for a, b in combinations(sorted(map(str, figures.columns)), 2):
        row = _pair(figures[a].to_numpy(float), figures[b].to_numpy(float), limit, coverage)
        drop = max((a, b), key=lambda k: (_KEEP_ORDER.get((kinds or {}).get(k, "process"), 1), -share.get(k, 0.0), k))
        alike = row["status"] in (REDUNDANT, PERHAPS)
        keep = a if drop == b else b
        rows.append({"kpi_a": a, "kpi_b": b, **row, "drop_kpi": drop if alike else "", "keep_kpi": keep if alike else ""})
    pairs = pd.DataFrame(rows, columns=_COLUMNS)
    largest = pairs[["pearson", "spearman"]].max(axis=1)
    pairs = pairs.iloc[np.lexsort((pairs.index, -largest.fillna(-2).to_numpy()))].reset_index(drop=True)
    survival = {}
    if card is not None:
        in_card = set(card.lines["kpi"])
        for kpi in dict.fromkeys(pairs.loc[pairs["status"] == REDUNDANT, "drop_kpi"]):
            if kpi in in_card:
                survival[kpi] = rank_survival(card.totals["score"], scores_without(card, kpi))
    return Redundancy(pairs=pairs, survival=survival, limit=limit, coverage=coverage)


def comparable_figures(card: Scorecard) -> pd.DataFrame:
    """People x KPIs on one scale: attainment, or a hundredth of the points of a KPI nobody has an attainment of.

    Lines that a policy filled in (the peers' median, zero for no data) are missing: they say nothing about the person.
    """
    lines = card.lines
    attained = lines["attainment"].astype(float)
    without = attained.groupby(lines["kpi"]).transform("count") == 0
    value = attained.where(~without, lines["score"].astype(float) / 100)
    measured = lines["case"].isin([int(case) for case in MEASURED_CASES])
    return lines.assign(value=value.where(measured)).pivot_table(index="seller_id", columns="kpi", values="value",
                                                                 aggfunc="first")


def _pair(x: np.ndarray, y: np.ndarray, limit: float, coverage: float) -> dict[str, Any]:
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    row: dict[str, Any] = {"n": len(x), **dict.fromkeys(_COLUMNS[3:9], np.nan), "status": INSUFFICIENT}
    if len(x) < LEAST_PEOPLE or np.ptp(x) <= 1e-12 * np.abs(x).max() or np.ptp(y) <= 1e-12 * np.abs(y).max():
        return row
    z = float(ndtri((1 + coverage) / 2))
    for name, (a, b), extra in (("pearson", (x, y), 0.0),
                                ("spearman", (pd.Series(x).rank(), pd.Series(y).rank()), 0.5)):  # fmt: skip
        r = float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))
        middle = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
        half = z * np.sqrt((1 + extra * r * r) / (len(x) - 3))
        row |= {name: r, f"{name}_lower": float(np.tanh(middle - half)), f"{name}_upper": float(np.tanh(middle + half))}
    if max(row["pearson"], row["spearman"]) > limit:
        row["status"] = REDUNDANT
    elif max(row["pearson_upper"], row["spearman_upper"]) > limit:
        row["status"] = PERHAPS
    else:
        row["status"] = DISTINCT
    return row
