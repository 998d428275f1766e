"""Whether a ranking survives a change: a KPI dropped, suspicious rows left out, a rule altered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.errors import InputError, known_choices
from salesplan.kpis.scorecard import Scorecard

TOP_SHARE = 0.1
"""Share of the people counted as the top (at least one)."""
LEAST_PEOPLE = 5
"""Fewer people than this in both rankings are not compared."""
SURVIVES_TOP = 0.8
SURVIVES_CORRELATION = 0.9


@dataclass(frozen=True, kw_only=True, eq=False)
class RankSurvival:
    """Two rankings of the same people.

    ``table`` has one row a person: score and rank before and after, move (places gained). ``spearman`` and
    ``kendall`` correlate the rankings, ``n_moved`` counts those who change place, ``top_kept_share`` is the share
    of the top that stays at the top. ``status`` is ``ok`` (survives), ``watch`` or ``unknown`` (too few people).
    """

    table: pd.DataFrame
    n: int
    n_moved: int
    spearman: float
    kendall: float
    top_kept_share: float
    largest_move: int
    status: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())

    def to_frame(self) -> pd.DataFrame:
        """One row a person."""
        return self.table.copy()

    def summary(self) -> dict[str, Any]:
        """The numbers by name."""
        return {"n": self.n, "n_moved": self.n_moved, "spearman": self.spearman, "kendall": self.kendall,
                "top_kept_share": self.top_kept_share, "largest_move": self.largest_move, "status": self.status}


def rank_survival(before: pd.Series, after: pd.Series, *, top_share: float = TOP_SHARE) -> RankSurvival:
    """How much a ranking changes; the people without a score on either side are left out of both.

    Parameters
    ----------
    before, after
        Score of each person, index the person; higher is better.
    top_share
        Share of the people called the top.

    Raises
    ------
    InputError
        A person stands twice, or the share is not a fraction.

    Notes
    -----
    Called surviving when Spearman's correlation is at least 0.9 and at least 80 % of the top stay there; both are
    conventions. Equal scores share the better place.

    Examples
    --------
    >>> before = pd.Series({"a": 5.0, "b": 4.0, "c": 3.0, "d": 2.0, "e": 1.0})
    >>> moved = rank_survival(before, before.where(before.index != "e", 6.0))
    >>> moved.n_moved, moved.largest_move, moved.top_kept_share, moved.status
    (5, 4, 0.0, 'watch')
    """
    if not 0 < top_share < 1:
        raise InputError(f"top_share == {top_share:g}, must be between 0 and 1")
    for side, scores in (("before", before), ("after", after)):
        if not scores.index.is_unique:
            raise InputError(f"person {scores.index[scores.index.duplicated()][0]!r} stands twice", where=side)
    both = pd.DataFrame({"score_before": before, "score_after": after.reindex(before.index)}).dropna().round(9)
    ranks = both.rank(ascending=False, method="min").astype(int)
    table = both.assign(rank_before=ranks["score_before"], rank_after=ranks["score_after"])
    table["move"] = table["rank_before"] - table["rank_after"]
    n = len(table)
    if n < 2:
        return RankSurvival(table=table, n=n, n_moved=0, spearman=np.nan, kendall=np.nan, top_kept_share=np.nan,
                            largest_move=0, status="unknown")
    spearman, kendall = _correlations(table)
    top = max(1, round(n * top_share))
    was, stays = table["rank_before"] <= top, table["rank_after"] <= top
    kept = float((was & stays).sum() / was.sum())
    survives = spearman >= SURVIVES_CORRELATION and kept >= SURVIVES_TOP
    return RankSurvival(
        table=table, n=n, n_moved=int((table["move"] != 0).sum()), spearman=spearman, kendall=kendall,
        top_kept_share=kept, largest_move=int(table["move"].abs().max()),
        status="unknown" if n < LEAST_PEOPLE else "ok" if survives else "watch",
    )  # fmt: skip


def _correlations(table: pd.DataFrame) -> tuple[float, float]:
    a, b = table["score_before"], table["score_after"]
    if a.nunique() < 2 or b.nunique() < 2:
        return float("nan"), float("nan")
    from scipy.stats import kendalltau  # heavy, and needed here only

    return float(np.corrcoef(a.rank(), b.rank())[0, 1]), float(kendalltau(a, b).statistic)


def scores_without(card: Scorecard, kpi: str) -> pd.Series:
    """Total scores when one KPI is dropped and its weight goes to the person's other KPIs in proportion.

    Raises
    ------
    InputError
        The KPI is in nobody's set.

    Notes
    -----
    A person whose score rests on that KPI alone has no score without it.
    """
    lines = card.lines
    known = sorted(lines["kpi"].unique())
    if kpi not in known:
        raise InputError(f"kpi == {kpi!r}, must be a KPI of the scorecard", fix=known_choices(kpi, known))
    left = lines[(lines["kpi"] != kpi) & lines["score"].notna()]
    sums = (left["weight"] * left["score"]).groupby(left["seller_id"]).sum()
    whole = left["weight"].groupby(left["seller_id"]).sum()
    return (sums / whole.where(whole > 0)).reindex(card.totals.index)


def figures_without(figures: pd.DataFrame, suspicious: pd.DataFrame) -> pd.DataFrame:
    """Figures of a period without some of the rows behind them, to be scored again.

    Parameters
    ----------
    figures
        seller_id, kpi, numerator, denominator, actual (and what else there is, kept as it is).
    suspicious
        seller_id, kpi, numerator, and denominator where the KPI has one: what the rows to be left out add
        up to.

    Returns
    -------
    DataFrame
        Like ``figures``; the actual of the people concerned is computed anew on the KPI's own scale.

    Raises
    ------
    InputError
        A column is missing, or rows of a person and KPI that has no figure.

    Examples
    --------
    >>> figures = pd.DataFrame({"seller_id": ["a"], "kpi": ["calls"], "numerator": [50.0], "denominator": [np.nan],
    ...                         "actual": [50.0]})
    >>> figures_without(figures, pd.DataFrame({"seller_id": ["a"], "kpi": ["calls"], "numerator": [30.0]}))["actual"].tolist()
    [20.0]
    """
    for column in ("seller_id", "kpi", "numerator"):
        if column not in suspicious:
            raise InputError(f"{column} is missing, must be a column", where="suspicious")
    changed = figures.copy()
    keys = pd.MultiIndex.from_frame(changed[["seller_id", "kpi"]])
    away = suspicious.assign(denominator=suspicious.get("denominator", np.nan))
    sums = away.groupby(["seller_id", "kpi"])[["numerator", "denominator"]].sum()
    missing = sums.index.difference(keys)
    if len(missing):
        raise InputError(f"{missing[0][1]} of {missing[0][0]} has no figure to take rows from", where="suspicious")
    at = keys.get_indexer(sums.index)
    rows: Mapping[str, np.ndarray] = {c: changed[c].to_numpy(float).copy() for c in ("numerator", "denominator", "actual")}
    ratio = np.isfinite(rows["denominator"][at])
    plain = np.where(ratio, rows["numerator"][at] / np.where(ratio, rows["denominator"][at], 1.0), rows["numerator"][at])
    scale = np.divide(rows["actual"][at], plain, out=np.ones(len(at)), where=plain != 0)
    top = rows["numerator"][at] - sums["numerator"].to_numpy(float)
    below = rows["denominator"][at] - sums["denominator"].to_numpy(float)
    rows["numerator"][at], rows["denominator"][at] = top, np.where(ratio, below, np.nan)
    left = np.where(ratio, np.divide(top, below, out=np.full(len(at), np.nan), where=below > 0), top)
    rows["actual"][at] = scale * left
    return changed.assign(**rows)


def scores_with(card: Scorecard, figures: pd.DataFrame) -> pd.Series:
    """Total scores when some figures are replaced, by the same rules, targets and weights.

    Parameters
    ----------
    figures
        seller_id, kpi, actual; pairs that are not on the scorecard, and figures that are missing, change
        nothing.

    Notes
    -----
    A line that was left out stays left out; one that its rule would now leave out counts with 0 points.
    """
    lines = card.lines
    given = figures.set_index(["seller_id", "kpi"])["actual"]
    at = given.index.get_indexer(pd.MultiIndex.from_frame(lines[["seller_id", "kpi"]]))
    new = np.where(at >= 0, pd.to_numeric(given, errors="coerce").to_numpy(float)[at], np.nan)
    points = lines["points"].to_numpy(float).copy()
    changed = np.isfinite(new) & lines["score"].notna().to_numpy()
    for (code, kpi), part in lines[changed].groupby(["set", "kpi"], sort=False):
        rows = part.index.to_numpy()
        target = pd.to_numeric(part["target"], errors="coerce").to_numpy(float)
        score = card.rules[str(code), str(kpi)].score(new[rows], target)
        points[rows] = part["weight"].to_numpy(float) * np.nan_to_num(score)
    total = pd.Series(points).groupby(lines["seller_id"].to_numpy()).sum(min_count=1)
    return total.reindex(card.totals.index).where(card.totals["score"].notna())
