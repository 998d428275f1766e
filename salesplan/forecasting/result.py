"""A forecast of every node of the tree: months, the year, its uncertainty and its record."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from salesplan.errors import InputError, known_choices
from salesplan.forecasting.backtest import leaning_levels
from salesplan.forecasting.distribution import amount_at, chance_of_at_least
from salesplan.forecasting.shocks import Shocks, draw_bottom, fit_shocks
from salesplan.hierarchy import Hierarchy

Floats = NDArray[np.float64]

COHERENT = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class HierarchyForecast:
    """Forecast of organisation x product line for one year.

    Attributes
    ----------
    monthly, monthly_lower, monthly_upper
        Nodes x months of the year, currency; months already over hold the facts.
    annual
        By node: ``mean`` (facts + forecast), ``sd``, ``lower``, ``upper``, ``facts`` (months already over),
        ``last_year`` (the 12 months before; months not over yet at their forecast), ``n_months`` of
        history, ``method``.
    backtest
        By ``level`` and ``by_product_line``: mase, rmsse, wape, annual_wape, bias (below zero: too low), skill
        (against the seasonal naive), coverage of the interval, folds, nodes.
    seasonal_index
        Product line x months of the year, per working day, mean 1.
    outliers
        One-off months set aside: node_id, month, amount_before, amount_after.
    notes
        What a reader must know: dicts of ``msgid`` and ``details``.
    """

    hierarchy: Hierarchy
    year: pd.PeriodIndex
    monthly: pd.DataFrame
    monthly_lower: pd.DataFrame
    monthly_upper: pd.DataFrame
    annual: pd.DataFrame
    backtest: pd.DataFrame
    seasonal_index: pd.DataFrame
    outliers: pd.DataFrame
    ramp: pd.Series
    festival: pd.Series
    coverage: float
    seed: int
    reconciliation: str
    notes: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("monthly", "monthly_lower", "monthly_upper", "annual", "backtest", "seasonal_index", "outliers"):
            object.__setattr__(self, name, getattr(self, name).copy())
        months = self.monthly.to_numpy()
        summed = self.hierarchy.aggregate(months[self.hierarchy.bottom_positions])
        size = max(float(np.abs(months).max(initial=0.0)), 1.0)
        if not np.allclose(summed, months, rtol=0, atol=COHERENT * size):
            raise InputError("monthly forecasts do not add up over the hierarchy", where="HierarchyForecast.monthly")

    @property
    def _expected(self) -> tuple[Floats, Floats, Floats]:
        facts = self.annual["facts"].to_numpy()
        return facts, self.annual["mean"].to_numpy() - facts, self.annual["sd"].to_numpy()

    def shocks(self) -> Shocks:
        """Shared shocks behind the draws, fitted to the spread of every level."""
        _, mean, sd = self._expected
        return fit_shocks(self.hierarchy, mean, sd)

    def draws(self, n: int = 2000, *, seed: int | None = None) -> Floats:
        """Possible years: annual totals of the bottom nodes (bottom nodes x n), coherent by summing.

        Spread at every level follows the backtest. The same seed gives the same luck to the same seller,
        so that two scenarios can be compared draw by draw.
        """
        if n < 1:
            raise InputError(f"n == {n}, must be at least 1 draw")
        facts, mean, sd = self._expected
        bottom = draw_bottom(self.hierarchy, self.shocks(), mean, sd, n=n, seed=self.seed if seed is None else seed)
        return bottom + facts[self.hierarchy.bottom_positions][:, None]

    def probability_at_least(self, amounts: pd.Series) -> pd.Series:
        """Chance that a node's year reaches an amount (node_id -> currency)."""
        place = self._places(amounts.index)
        facts, mean, sd = (x[place] for x in self._expected)
        chance = chance_of_at_least(mean, sd, amounts.to_numpy(float) - facts)
        return pd.Series(chance, index=amounts.index, name="probability")

    def quantile(self, q: float) -> pd.Series:
        """Annual amount of each node that is not exceeded with probability ``q``."""
        if not 0 < q < 1:
            raise InputError(f"q == {q}, must be between 0 and 1")
        facts, mean, sd = self._expected
        return pd.Series(facts + amount_at(mean, sd, q), index=self.annual.index, name=f"q{q:g}")

    def leaning(self, *, share: float = 0.5) -> pd.DataFrame:
        """Levels of the backtest that were missed to one side: ``|bias|`` above ``share`` of the annual WAPE."""
        return leaning_levels(self.backtest, share=share)

    def to_frame(self) -> pd.DataFrame:
        """Annual forecast with the description of each node."""
        nodes = self.hierarchy.nodes.set_index("node_id")
        return nodes[["unit_id", "product_line", "level", "name"]].join(self.annual)

    def summary(self) -> pd.Series:
        """The company's year in one line."""
        top = self.annual.iloc[0]
        first = self.backtest.iloc[0] if len(self.backtest) else pd.Series(dtype=float)
        return pd.Series({**top[["mean", "lower", "upper", "last_year"]],
                          "growth": top["mean"] / top["last_year"] - 1 if top["last_year"] else np.nan,
                          "annual_wape": first.get("annual_wape", np.nan), "skill": first.get("skill", np.nan)})

    def explain(self, node: str) -> pd.Series:
        """All that is known of one node's year: facts, forecast, interval, method and its level's record."""
        place = self._places(pd.Index([node]))[0]
        about = self.hierarchy.nodes.iloc[place]
        record = self.backtest[(self.backtest["level"] == about["level"])
                               & (self.backtest["by_product_line"] == (about["product_line"] != "*"))]
        known = record.iloc[0][["mase", "wape", "annual_wape", "bias", "skill", "coverage", "folds"]] if len(record) else {}
        described = about[["name", "level", "product_line"]]
        return pd.Series({**described, **self.annual.iloc[place], **dict(known)}, name=node)

    def _places(self, ids: pd.Index) -> NDArray[np.intp]:
        place = self.annual.index.get_indexer(ids)
        if (place < 0).any():
            missing = str(ids[int(np.flatnonzero(place < 0)[0])])
            raise InputError(f"node_id == {missing!r}, must be a node of the hierarchy",
                             fix=known_choices(missing, list(self.annual.index[:200])))
        return place
