"""A small company to plan: two regions, three teams, eight sellers, two lines, three years of sales."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

LINES = ["仪器", "耗材"]


def make_facts(*, seed: int = 3, months: int = 36, order: np.ndarray | None = None) -> SimpleNamespace:
    """Facts as ``salesplan.data.load`` gives them; ``order`` shuffles the sellers' rows."""
    rng = np.random.default_rng(seed)
    units = [("co", None, "company", "示例"), ("east", "co", "region", "华东"), ("west", "co", "region", "西部"),
             ("e1", "east", "team", "上海"), ("e2", "east", "team", "杭州"), ("w1", "west", "team", "成都")]
    teams = ["e1", "e1", "e1", "e2", "e2", "w1", "w1", "w1"]
    sellers = pd.DataFrame({
        "seller_id": [f"E{i}" for i in range(8)], "name": ["张伟 (E0)", "张伟 (E1)", *[f"销售{i}" for i in range(2, 8)]],
        "org_id": teams, "tier": ["骨干"] * 7 + ["新人"], "hire_date": pd.Timestamp("2020-03-01"),
        "leave_date": pd.NaT, "fte": 1.0, "role": "rep", "status": "active",
    })
    sellers.loc[7, "hire_date"] = pd.Timestamp("2026-10-01")
    index = pd.period_range(end="2026-12", periods=months, freq="M", name="month")
    season = 1 + 0.25 * np.sin(2 * np.pi * np.arange(months) / 12)
    columns = {}
    for line in LINES:
        for seller in sellers["seller_id"]:
            level = rng.lognormal(11.5, 0.4)
            sales = level * season * rng.lognormal(0, 0.15, months)
            if seller == "E7":
                sales[:-3] = 0.0
            columns[seller, line] = sales
        columns["w1/former", line] = np.where(np.arange(months) < months - 10, 50_000.0, 0.0)
    if order is not None:
        sellers = sellers.iloc[order]
    leaves = [(row.seller_id, row.org_id, "rep", row.name) for row in sellers.itertuples(index=False)]
    frame = pd.DataFrame([*units, *leaves, ("w1/former", "w1", "former", "Former staff")],
                         columns=["unit_id", "parent_id", "level", "name"])
    history = pd.DataFrame(columns, index=index)
    wanted = [(u, line) for line in LINES for u in [*sellers["seller_id"], "w1/former"]]
    history = history[wanted]
    history.columns = pd.MultiIndex.from_tuples(wanted, names=["unit_id", "product_line"])
    return SimpleNamespace(
        units=frame, sellers=sellers.reset_index(drop=True), history=history, product_lines=LINES,
        leaves=pd.DataFrame({"seller_id": ["E2"], "start_date": [pd.Timestamp("2027-03-01")],
                             "end_date": [pd.Timestamp("2027-05-31")]}),
        potential=pd.Series(np.arange(8.0) + 4, index=[f"E{i}" for i in range(8)]) * 1e6,
        settings=SimpleNamespace(currency="CNY", country="CN", fiscal_start_month=1, language="zh"),
        fingerprint="abc", source="made", currency="CNY",
    )
