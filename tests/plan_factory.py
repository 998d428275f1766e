"""A small target plan with a real hierarchy and consistent integers, made without a forecast."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from salesplan.hierarchy import Hierarchy
from salesplan.targets.parameters import TargetParameters
from salesplan.targets.plan import LEVELS, TargetPlan

YEAR = pd.period_range("2027-01", periods=12, freq="M")
LINES = ("软件", "硬件", "服务")
SEASON = np.array([1.05, 0.55, 1.1, 1.0, 1.0, 1.1, 0.9, 0.9, 1.15, 0.95, 1.05, 1.25])
PEOPLE = [
    "张伟 (E0042)",
    "李娜",
    "王芳",
    "刘洋",
    "陈静",
    "杨磊",
    "赵敏",
    "黄强",
    "周杰",
    "吴倩",
    "徐涛",
    "孙丽",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "马超",
    "朱琳",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class StandInForecast:
    """What pages need of a forecast of every node."""

    monthly: pd.DataFrame
    monthly_lower: pd.DataFrame
    monthly_upper: pd.DataFrame
    annual: pd.DataFrame
    backtest: pd.DataFrame
    seasonal_index: pd.DataFrame
    hierarchy: Hierarchy

    def draws(self, n: int = 2000, *, seed: int | None = None) -> np.ndarray:
        rows = self.annual.loc[self.hierarchy.bottom_ids]
        luck = np.random.default_rng(seed or 0).normal(size=(len(rows) + 1, n))
        return rows["mean"].to_numpy()[:, None] * (1 + 0.06 * luck[-1] + 0.12 * luck[:-1])

    def probability_at_least(self, amounts: pd.Series) -> pd.Series:
        from scipy.special import ndtr

        rows = self.annual.loc[amounts.index]
        return pd.Series(ndtr((rows["mean"] - amounts) / rows["sd"].clip(lower=1)), index=amounts.index)


@dataclass(frozen=True, kw_only=True, eq=False)
class StandInData:
    """What pages need of imported sales data."""

    history: pd.DataFrame
    currency: str = "CNY"
    fingerprint: str = "0f1e2d3c4b5a"
    source: str = "演示公司 <demo>"
    user: str | None = None


def make_units() -> pd.DataFrame:
    rows: list[tuple[str, str | None, str, str]] = [("company", None, "company", "示例股份有限公司")]
    people = iter(PEOPLE)
    for r, region in enumerate(("华东大区", "华南大区")):
        rows.append((f"r{r}", "company", "region", region))
        for t in range(2):
            rows.append((f"t{r}{t}", f"r{r}", "team", f"{region[:2]}{'一二'[t]}组"))
            rows += [(f"E{r}{t}{p}", f"t{r}{t}", "rep", next(people)) for p in range(4)]
    return pd.DataFrame(rows, columns=["unit_id", "parent_id", "level", "name"])


@lru_cache(maxsize=1)
def make_hierarchy() -> Hierarchy:
    return Hierarchy(units=make_units(), lines=LINES)


def _bottom_last_year() -> np.ndarray:
    rng = np.random.default_rng(3)
    sellers = make_hierarchy().leaf_positions.size
    return rng.lognormal(13.2, 0.35, (len(LINES), sellers)).round(2)


@lru_cache(maxsize=1)
def make_forecast() -> StandInForecast:
    tree = make_hierarchy()
    last = tree.aggregate(_bottom_last_year().reshape(-1))
    mean = last * 1.06
    sd = mean * np.where(tree.nodes["level"] == "rep", 0.16, 0.07)
    ids = pd.Index(tree.nodes["node_id"], name="node_id")
    share = SEASON / SEASON.sum()
    monthly = pd.DataFrame(mean[:, None] * share, index=ids, columns=YEAR)
    backtest = pd.DataFrame(
        {"WAPE": [0.061, 0.083, 0.121, 0.216], "skill": [0.31, 0.22, 0.12, -0.03]},
        index=pd.Index(["company", "region", "team", "rep"], name="level"),
    )
    season = pd.DataFrame([SEASON, SEASON**0.5, SEASON[::-1]], index=list(LINES), columns=YEAR)
    annual = pd.DataFrame(
        {
            "mean": mean,
            "sd": sd,
            "lower": mean - 1.2816 * sd,
            "upper": mean + 1.2816 * sd,
            "facts": 0.0,
            "last_year": last,
            "n_months": 40,
            "method": "ensemble",
        },
        index=ids,
    )
    return StandInForecast(
        monthly=monthly,
        monthly_lower=monthly * 0.86,
        monthly_upper=monthly * 1.15,
        annual=annual,
        backtest=backtest,
        seasonal_index=season / season.mean(axis=1).to_numpy()[:, None],
        hierarchy=tree,
    )


@lru_cache(maxsize=1)
def make_data() -> StandInData:
    tree = make_hierarchy()
    sellers = tree.units["unit_id"].to_numpy()[tree.leaf_positions]
    months = pd.period_range("2024-01", "2026-12", freq="M", name="month")
    growth = 1.05 ** (np.arange(len(months)) // 12 - 2)
    noise = np.random.default_rng(5).normal(1, 0.06, (len(months), len(LINES) * len(sellers)))
    base = _bottom_last_year().reshape(-1) * (np.tile(SEASON, 3) / SEASON.sum() * growth)[:, None]
    columns = pd.MultiIndex.from_tuples([(s, line) for line in LINES for s in sellers])
    return StandInData(history=pd.DataFrame(base * noise, index=months, columns=columns))


def _weeks() -> pd.DataFrame:
    days = pd.DataFrame({"day": pd.date_range("2027-01-01", "2027-12-31", freq="D")})
    days = days[days["day"].dt.dayofweek < 5]
    iso = days["day"].dt.isocalendar()
    days["iso_week"] = iso["year"].astype(str) + "-W" + iso["week"].astype(str).str.zfill(2)
    days["month"] = days["day"].dt.to_period("M")
    return days.groupby(["month", "iso_week"], as_index=False).size()


def _largest_remainder(total: int, weights: np.ndarray) -> np.ndarray:
    ideal = total * weights / weights.sum()
    parts = np.floor(ideal).astype(np.int64)
    parts[np.argsort(-(ideal - parts), kind="stable")[: total - int(parts.sum())]] += 1
    return parts


def make_plan(parameters: TargetParameters | None = None, **changes: object) -> TargetPlan:
    """A plan by growth alone; ``changes`` are parameters."""
    parameters = (parameters or TargetParameters(plan_year=2027)).with_changes(**changes)
    tree, forecast = make_hierarchy(), make_forecast()
    last = _bottom_last_year()
    sellers = tree.units["unit_id"].to_numpy()[tree.leaf_positions]
    weeks = _weeks()
    weights = weeks["size"].to_numpy(float) * SEASON[weeks["month"].dt.month.to_numpy() - 1]
    factors = {"floor": parameters.floor_value, "target": 1.0, "stretch": parameters.stretch_value}
    blocks = []
    for j, seller in enumerate(sellers):
        for i, line in enumerate(LINES):
            block = weeks[["month", "iso_week"]].copy()
            block.insert(0, "seller_id", seller)
            block.insert(1, "product_line", line)
            block["quarter"] = "2027Q" + block["month"].dt.quarter.astype(str)
            target = _largest_remainder(round(last[i, j] * (1 + parameters.growth)) * 100, weights)
            for level, factor in factors.items():
                block[f"{level}_fen"] = (
                    np.floor(target * factor).astype(np.int64)
                    if factor < 1
                    else np.ceil(target * factor).astype(np.int64)
                )
            blocks.append(block)
    cells = pd.concat(blocks, ignore_index=True)
    place = pd.Series(np.arange(len(sellers)), index=sellers)
    line_place = pd.Series(np.arange(len(LINES)), index=list(LINES))
    at = (
        line_place.reindex(cells["product_line"]).to_numpy() * len(sellers)
        + place.reindex(cells["seller_id"]).to_numpy()
    )
    nodes = tree.nodes.set_index("node_id")
    for level in LEVELS:
        bottom = np.zeros(len(sellers) * len(LINES), np.int64)
        np.add.at(bottom, at, cells[f"{level}_fen"].to_numpy())
        nodes[f"{level}_fen"] = tree.aggregate(bottom)
        nodes[level] = nodes[f"{level}_fen"] / 100
    nodes["last_year"] = forecast.annual["last_year"]
    nodes["forecast"] = forecast.annual["mean"]
    nodes["forecast_lower"], nodes["forecast_upper"] = forecast.annual["lower"], forecast.annual["upper"]
    nodes["forecast_part"] = nodes["forecast"]
    nodes["stretch_part"] = nodes["target"] - nodes["forecast"]
    nodes["growth"] = nodes["target"] / nodes["last_year"] - 1
    for level in LEVELS:
        nodes[f"p_{level}"] = forecast.probability_at_least(nodes[level])
    top = nodes.iloc[0]
    company = pd.DataFrame(
        {
            "amount": [top[level] for level in LEVELS],
            "growth": [top[level] / top["last_year"] - 1 for level in LEVELS],
            "p_attain": [top[f"p_{level}"] for level in LEVELS],
            "how": "",
            "details": [{}] * 3,
        },
        index=pd.Index(LEVELS, name="level"),
    )
    frame = tree.units.set_index("unit_id").loc[sellers]
    people = pd.DataFrame(
        {
            "name": frame["name"],
            "org_id": frame["parent_id"],
            "tier": "骨干",
            "capacity_share": 1 / len(sellers),
            "capacity_months": 12.0,
            "history_share": last.sum(axis=0) / last.sum(),
            "weight": 1 / len(sellers),
            "base": last.sum(axis=0) * 1.06,
            "lower": 0.0,
            "upper": np.inf,
            "target_fen": nodes.loc[[f"{seller}|*" for seller in sellers], "target_fen"].to_numpy(),
            "target": last.sum(axis=0) * (1 + parameters.growth),
            "rule": "",
        }
    ).rename_axis("seller_id")
    months = pd.DataFrame({"working_days": 21, "is_estimated": True}, index=YEAR)
    return TargetPlan(
        cells=cells,
        nodes=nodes,
        sellers=people,
        company=company,
        months=months,
        hierarchy=tree,
        forecast=forecast,
        parameters=parameters,
        year=YEAR,
        year_label="2027",
        currency="CNY",  # type: ignore[arg-type]
        fingerprint="0f1e2d3c4b5a",
        source="演示公司 <demo>",
    )
