"""A plan of two teams, four sellers and two product lines, made by hand so that every number is known."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from salesplan.hierarchy import Hierarchy, node_id

SELLERS = ["a", "b", "c", "d"]
LINES = ["x", "y"]
YEAR = pd.period_range("2027-01", periods=12, freq="M")


class SmallForecast:
    """Independent normal sellers; draws with common random numbers for a seed."""

    def __init__(self, mean: dict[str, float], cv: float = 0.1) -> None:
        units = pd.DataFrame(
            {
                "unit_id": ["co", "east", "west", *SELLERS],
                "parent_id": [None, "co", "co", "east", "east", "west", "west"],
                "level": ["company", "team", "team", "rep", "rep", "rep", "rep"],
                "name": ["Company", "East", "West", "Ann", "<script>Bob", "Cai {x}", "Dan"],
            }
        )
        self.hierarchy = Hierarchy(units=units, lines=LINES)
        self.bottom = np.array([mean[s] * share for share in (0.7, 0.3) for s in SELLERS])
        self.cv = cv
        summing = self.hierarchy.summing.toarray()
        nodes = self.hierarchy.nodes["node_id"]
        totals = summing @ self.bottom
        sd = np.sqrt((summing**2) @ (self.bottom * cv) ** 2)
        self.annual = pd.DataFrame(
            {
                "mean": totals,
                "sd": sd,
                "lower": totals - 1.28 * sd,
                "upper": totals + 1.28 * sd,
                "last_year": totals / 1.05,
                "n_months": 36,
                "method": "ensemble",
            },
            index=nodes,
        )
        self.backtest = pd.DataFrame({"skill": [0.1, -0.02]}, index=pd.Index(["company", "rep"], name="level"))
        self.coverage = 0.8
        self.seasonal_index = pd.DataFrame(1.0, index=LINES, columns=YEAR)

    def draws(self, n: int = 2000, seed: int = 0) -> np.ndarray:
        z = np.random.default_rng(seed).standard_normal((len(self.bottom), n))
        return self.bottom[:, None] * (1 + self.cv * z)

    def quantile(self, q: float) -> pd.Series:
        return self.annual["mean"] + self.annual["sd"] * ndtri(q)

    def probability_at_least(self, amounts: pd.Series) -> pd.Series:
        rows = self.annual.loc[amounts.index]
        return pd.Series(ndtr((rows["mean"] - amounts) / rows["sd"]), index=amounts.index)


def make_small_plan(
    *, growth: float = 0.12, cap: float = np.inf, mean: dict[str, float] | None = None, forecast: Any = None
) -> Any:
    """Plan by ``clip(base + mu * weight)`` with a cap for seller d, rounded to whole yuan."""
    mean = mean or {"a": 1000.0, "b": 2000.0, "c": 1500.0, "d": 500.0}
    forecast = forecast or SmallForecast(mean)
    base = np.array([mean[s] for s in SELLERS])
    weight = np.array([0.3, 0.3, 0.2, 0.2])
    upper = np.array([np.inf, np.inf, np.inf, cap])
    last = base / 1.05
    total = round(last.sum() * (1 + growth))
    free = np.ones(4, bool)
    x = base.copy()
    for _ in range(4):
        mu = (total - x[~free].sum() - base[free].sum()) / weight[free].sum()
        x = np.where(free, base + mu * weight, x)
        over = free & (x > upper)
        if not over.any():
            break
        x, free = np.where(over, upper, x), free & ~over
    yuan = np.floor(x).astype(np.int64)
    yuan[np.argsort(np.floor(x) - x, kind="stable")[: total - yuan.sum()]] += 1
    rows = []
    for i, seller in enumerate(SELLERS):
        for line in LINES:
            annual = round(yuan[i] * 0.7) if line == "x" else yuan[i] - round(yuan[i] * 0.7)
            cuts = np.diff(np.round(np.linspace(0, annual * 100, 25)).astype(np.int64))
            for piece, fen in enumerate(cuts):
                month = YEAR[piece // 2]
                week = f"2027-W{1 + month.month * 4 - 4 + piece % 2:02d}"
                rows.append((seller, line, month, week, int(fen * 0.9), int(fen), int(fen * 1.1 + 1)))
    columns = ["seller_id", "product_line", "month", "iso_week", "floor_fen", "target_fen", "stretch_fen"]
    cells = pd.DataFrame(rows, columns=columns)
    return SimpleNamespace(
        cells=cells,
        nodes=_nodes(forecast, cells),
        sellers=_sellers(base, weight, upper, last, yuan),
        company=pd.DataFrame(
            {
                "amount": [float(total)],
                "growth": [growth],
                "how": ["{level_msgid}: set to {amount_fen}, which is {growth} on last year."],
                "details": [{"level_msgid": "Target", "amount_fen": total * 100, "growth": growth}],
            },
            index=["target"],
        ),
        months=pd.DataFrame({"working_days": 21, "is_estimated": True}, index=YEAR),
        hierarchy=forecast.hierarchy,
        forecast=forecast,
        parameters=SimpleNamespace(unit="yuan", allocation="quadratic", growth=growth, growth_basis="year_sum"),
        year=YEAR,
        year_label="2027",
        currency="CNY",
        notes=({"msgid": "{n} sellers have no market potential", "details": {"n": 2}},),
    )


def _sellers(base: Any, weight: Any, upper: Any, last: Any, yuan: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["Ann", "<script>Bob", "Cai {x}", "Dan"],
            "org_id": ["east", "east", "west", "west"],
            "capacity_months": 12.0,
            "capacity_share": 0.25,
            "potential_share": np.nan,
            "history_share": last / last.sum(),
            "weight": weight,
            "forecast": base,
            "carried_forecast": base,
            "base": base,
            "lower": 0.0,
            "upper": upper,
            "rule": ["", "", "", "max_growth" if np.isfinite(upper[3]) else ""],
            "last_year": last,
            "target_fen": yuan * 100,
        },
        index=pd.Index(SELLERS, name="seller_id"),
    )


def _nodes(forecast: Any, cells: pd.DataFrame) -> pd.DataFrame:
    nodes = forecast.hierarchy.nodes.set_index("node_id")
    sums = cells.groupby(["seller_id", "product_line"])[["floor_fen", "target_fen", "stretch_fen"]].sum()
    order = [(s, line) for line in LINES for s in SELLERS]
    assert [node_id(s, line) for s, line in order] == forecast.hierarchy.bottom_ids.tolist()
    for level in ("floor", "target", "stretch"):
        nodes[f"{level}_fen"] = forecast.hierarchy.aggregate(sums[f"{level}_fen"].loc[order].to_numpy())
        nodes[level] = nodes[f"{level}_fen"] / 100
        nodes[f"p_{level}"] = forecast.probability_at_least(nodes[level])
    annual = forecast.annual
    nodes["forecast"], nodes["last_year"] = annual["mean"], annual["last_year"]
    nodes["forecast_lower"], nodes["forecast_upper"] = annual["lower"], annual["upper"]
    nodes["growth"] = nodes["target"] / nodes["last_year"] - 1
    return nodes
