"""The one figure to talk about: where a person is furthest below what the best quarter of their tier reaches."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan.coaching.peers import robust_spread
from salesplan.errors import InputError, known_choices

LOWER_IS_BETTER = frozenset(
    {"average_discount", "return_rate", "days_to_pay", "late_payment_rate", "sales_cycle_days", "overdue_deals"}
)
"""KPIs of the library of which less is better."""
BEST_QUARTER = 0.75
LEAST_MONTHS = 2
COLUMNS = ("kpi", "figure_value", "before_value", "recent_value", "p75_value", "n_peers", "spread_value", "z_value")
FLAT = 1e-9
IQR_OF_NORMAL = 1.349
"""Interquartile range of a normal sample over its standard deviation."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FocusMetric:
    """A person's KPIs against the best quarter of the tier.

    Attributes
    ----------
    table
        One row a KPI that can be compared, furthest behind first: kpi, figure_value (a month's, of the last months),
        before_value and recent_value (of the earlier and the later half of them; missing where there is none), p75_value
        (what the best quarter of peers reaches), n_peers (others with a figure), spread_value (how far peers are apart),
        z_value (figure less P75 over the spread; negative is behind, also where less is better).
    """

    seller_id: str
    tier: str
    table: pd.DataFrame
    n_months: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", self.table.copy())
        if not self.table["z_value"].is_monotonic_increasing:
            raise InputError("z_value is not in order, must rise", where=f"focus metric of {self.seller_id}")

    @property
    def focus(self) -> dict[str, Any] | None:
        """The row furthest below; nothing where nothing is below."""
        if self.table.empty or not self.table["z_value"].iloc[0] < 0:
            return None
        return {str(k): v for k, v in self.table.iloc[0].to_dict().items()}

    @property
    def strength(self) -> dict[str, Any] | None:
        """The row furthest above; nothing where nothing is."""
        if self.table.empty or not self.table["z_value"].iloc[-1] >= 0:
            return None
        return {str(k): v for k, v in self.table.iloc[-1].to_dict().items()}

    def to_frame(self) -> pd.DataFrame:
        """All KPIs, furthest behind first."""
        return self.table.copy()

    def summary(self) -> pd.DataFrame:
        """The first row."""
        return self.table.head(1)


@dataclass(frozen=True, kw_only=True, eq=False)
class MonthlyFigures:
    """Everybody's figures of the last months, worked out once for many people.

    ``figure``, ``before`` (earlier half), ``recent`` (later half): people x KPIs. ``noise``: seller_id, kpi, error (variance
    of a figure by chance). ``people``: index seller_id, tier, is_peer.
    """

    figure: pd.DataFrame
    before: pd.DataFrame
    recent: pd.DataFrame
    noise: pd.DataFrame
    people: pd.DataFrame
    n_months: int

    def __post_init__(self) -> None:
        for name in ("figure", "before", "recent", "noise", "people"):
            object.__setattr__(self, name, getattr(self, name).copy())


def monthly_figures(history: pd.DataFrame, people: pd.DataFrame, *, months: int = 6) -> MonthlyFigures:
    """Everybody's figure in each KPI: the mean of the last months, ratios weighted by their denominators.

    Parameters
    ----------
    history
        seller_id, kpi, month, actual; denominator of ratios where known.
    people
        seller_id, tier; is_seller where known (only those are peers).
    months
        The last months of the history that are looked at; people with fewer than two have no figure.

    Raises
    ------
    InputError
        A missing column, a person twice, months below 2.

    Examples
    --------
    >>> people = pd.DataFrame({"seller_id": ["a"], "tier": "core"})
    >>> rows = pd.DataFrame({"seller_id": "a", "kpi": "win_rate", "month": ["2026-09", "2026-10"], "actual": [0.5, 0.2],
    ...                      "denominator": [2, 10]})
    >>> float(monthly_figures(rows, people).figure.loc["a", "win_rate"])
    0.25
    """
    for label, frame, needed in (("history", history, ("seller_id", "kpi", "month", "actual")),
                                 ("people", people, ("seller_id", "tier"))):
        missing = [c for c in needed if c not in frame]
        if missing:
            raise InputError(f"{label} lacks {missing[0]!r}, must have {', '.join(needed)}")
    if people["seller_id"].duplicated().any():
        twice = people.loc[people["seller_id"].duplicated(), "seller_id"].iloc[0]
        raise InputError(f"seller_id == {twice!r} stands twice, must be once", where="people")
    if months < LEAST_MONTHS:
        raise InputError(f"months == {months}, must be at least {LEAST_MONTHS}")
    sells = people["is_seller"].eq(True).to_numpy() if "is_seller" in people else np.ones(len(people), bool)
    known = pd.DataFrame({"tier": people["tier"].astype(str).to_numpy(object), "is_peer": sells}, index=pd.Index(people["seller_id"]))
    rows = history[["seller_id", "kpi"]].assign(
        month=pd.PeriodIndex(history["month"], freq="M"), actual=pd.to_numeric(history["actual"], errors="coerce").astype(float),
        denominator=pd.to_numeric(history["denominator"], errors="coerce").astype(float) if "denominator" in history else np.nan)
    last = rows["month"].max()
    rows = rows[(rows["month"] > last - months) & rows["actual"].notna()] if len(rows) else rows
    late = rows["month"] > last - months // 2 if len(rows) else pd.Series(dtype=bool)
    each = rows.groupby(["seller_id", "kpi"])["actual"]
    noise = (each.var() / each.count()).rename("error").reset_index()
    return MonthlyFigures(figure=_figures(rows), before=_figures(rows[~late], least=1), recent=_figures(rows[late], least=1),
                          noise=noise, people=known, n_months=months)


def focus_metric(
    figures: MonthlyFigures, seller_id: str, *, minimum: int = 5, lower_is_better: Collection[str] = LOWER_IS_BETTER
) -> FocusMetric:
    """Compare each KPI of a person with the best quarter of the tier, in units of how far peers are apart.

    Parameters
    ----------
    figures
        From `monthly_figures`.
    seller_id
        Whose figures.
    minimum
        Other people of the tier with a figure, below which a KPI is not compared.
    lower_is_better
        KPIs of which less is better: there the best quarter is the lowest.

    Raises
    ------
    InputError
        An unknown person, or a minimum below 3.

    Notes
    -----
    The spread is the largest of three standard deviations: from the median absolute deviation and from the interquartile
    range of peers' figures, and that of a figure by chance (from the months of each person, root mean square over peers),
    so that counts in which peers hardly differ do not come first. Where all three are 0, nothing is compared. P75 is that
    of the others, not of the person. It knows nothing of territory or tenure: that is what the diagnosis is for.

    Examples
    --------
    >>> people = pd.DataFrame({"seller_id": list("abcdefg"), "tier": "core"})
    >>> rows = [(p, "visits", m, v) for p, v in zip("abcdefg", [20, 38, 40, 41, 42, 44, 46]) for m in ("2026-09", "2026-10")]
    >>> history = pd.DataFrame(rows, columns=["seller_id", "kpi", "month", "actual"])
    >>> found = focus_metric(monthly_figures(history, people), "a")
    >>> found.focus["kpi"], found.focus["figure_value"], found.focus["p75_value"], found.focus["n_peers"]
    ('visits', 20.0, 43.5, 6)
    """
    if minimum < 3:
        raise InputError(f"minimum == {minimum}, must be at least 3")
    people = figures.people
    if seller_id not in people.index:
        raise InputError(f"seller_id == {seller_id!r}, must be one of the people",
                         fix=known_choices(seller_id, list(map(str, people.index))) if len(people) < 50 else "")
    tier = str(people.loc[seller_id, "tier"])
    others = people.index[people["is_peer"] & (people["tier"] == tier) & (people.index != seller_id)]
    peers = figures.figure[figures.figure.index.isin(others)]
    noise = figures.noise[figures.noise["seller_id"].isin(others)].groupby("kpi")["error"].mean().fillna(0.0)
    rows = []
    for kpi in figures.figure.columns:
        values = peers[kpi].dropna().to_numpy(float)
        figure = _one(figures.figure, seller_id, kpi)
        if len(values) < minimum or not np.isfinite(figure):
            continue
        sign = -1.0 if kpi in lower_is_better else 1.0
        low, high = np.quantile(values, [1 - BEST_QUARTER, BEST_QUARTER])
        p75 = float(high if sign > 0 else low)
        spread = max(robust_spread(values), float(high - low) / IQR_OF_NORMAL, float(np.sqrt(noise.get(kpi, 0.0))))
        if not spread > FLAT * max(1.0, abs(p75)):
            continue
        rows.append({"kpi": kpi, "figure_value": figure, "before_value": _one(figures.before, seller_id, kpi),
                     "recent_value": _one(figures.recent, seller_id, kpi), "p75_value": p75, "n_peers": len(values),
                     "spread_value": spread, "z_value": sign * (figure - p75) / spread})  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(["z_value", "kpi"], ignore_index=True)
    return FocusMetric(seller_id=seller_id, tier=tier, table=table, n_months=figures.n_months)


def _figures(rows: pd.DataFrame, *, least: int = LEAST_MONTHS) -> pd.DataFrame:
    """People x KPIs: mean of the months, ratios weighted by their denominators."""
    weight = rows["denominator"].where(rows["denominator"] > 0)
    part = rows[["seller_id", "kpi"]].assign(value=rows["actual"], weight=weight, product=rows["actual"] * weight)
    made = part.groupby(["seller_id", "kpi"]).agg(n=("value", "size"), mean=("value", "mean"), n_weights=("weight", "count"),
                                                  weight=("weight", "sum"), product=("product", "sum"))  # fmt: skip
    weighted = made["product"] / made["weight"].where(made["weight"] > 0)
    figure = made["mean"].where(made["n_weights"] < made["n"], weighted).where(made["n"] >= least)
    wide = figure.rename("figure").reset_index()
    return wide.pivot_table(index="seller_id", columns="kpi", values="figure") if len(wide) else pd.DataFrame()


def _one(figures: pd.DataFrame, seller_id: str, kpi: Any) -> float:
    if kpi not in figures.columns or seller_id not in figures.index:
        return float("nan")
    return float(figures[kpi].loc[seller_id])
