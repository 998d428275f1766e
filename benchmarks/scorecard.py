"""5,000 people x 5 KPIs scored, explained, and banded by resampled days, beside a plain row-wise pandas loop.

Run: ``python benchmarks/scorecard.py`` (``--people 1000`` for a quick look).
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.score_draws import score_draws
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scorecard import Scorecard

DAYS, DRAWS = 22, 400
REQUIRED_SECONDS = 2.0
REQUIRED_SCORING = 0.2
RULES: dict[str, tuple[float, dict[str, Any]]] = {
    "sales_amount": (0.4, {"function": "capped", "floor": 0, "cap": 120}),
    "receipts": (0.2, {"function": "achievement_rate", "cap": 120}),
    "gross_margin": (0.1, {"function": "range_score", "minimum": 0.1, "cap": 120}),
    "days_to_pay": (0.1, {"function": "lower_is_better_reciprocal", "cap": 120}),
    "visits": (0.2, {"function": "step_grade", "steps": [[0, 0], [60, 60], [80, 80], [90, 100], [110, 120]]}),
}
TARGETS = {"sales_amount": 100_000.0, "receipts": 90_000.0, "gross_margin": 0.3, "days_to_pay": 30.0, "visits": 60.0}


def make_scheme() -> KpiScheme:
    """One set of five KPIs, each scored by another function."""
    items = [{"kpi": kpi, "weight": weight, "rule": rule, "target": {"from": "table"}} for kpi, (weight, rule) in RULES.items()]
    return KpiScheme(name="benchmark", sets=[{"code": "all", "name": {"zh": "全员", "en": "All"}, "items": items}])


def make_company(people: int, seed: int = 7) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Profiles, figures (3 % missing) and the daily figures they come from."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"R{i:05d}" for i in range(people)], dtype=object)
    profiles = pd.DataFrame({"seller_id": ids, "name": ids, "org_id": [f"T{i // 10:03d}" for i in range(people)],
                             "tier": np.where(np.arange(people) % 5 == 0, "new", "core"), "role": "sales"})
    dates = pd.bdate_range("2026-10-01", periods=DAYS)
    rates = {"gross_margin": (0.3, 1000.0), "days_to_pay": (30.0, 5.0)}
    parts, figures = [], []
    for kpi, target in TARGETS.items():
        low, size = rates.get(kpi, (0.0, 0.0))
        skill = rng.lognormal(-0.05, 0.3, people)[:, None]
        if low:
            denominator = rng.gamma(2.0, size / 2, (people, DAYS))
            numerator = denominator * low * skill * rng.lognormal(0, 0.2, (people, DAYS))
            actual = numerator.sum(axis=1) / denominator.sum(axis=1)
        else:
            numerator = rng.gamma(3.0, target / DAYS / 3.0, (people, DAYS)) * skill
            denominator = np.full((people, DAYS), np.nan)
            actual = numerator.sum(axis=1)
        parts.append(pd.DataFrame({"seller_id": np.repeat(ids, DAYS), "kpi": kpi, "date": np.tile(dates, people),
                                   "numerator": numerator.ravel(), "denominator": denominator.ravel(), "evidence_rows": 1}))
        figures.append(pd.DataFrame({"seller_id": ids, "kpi": kpi, "actual": actual, "target": target, "evidence_rows": DAYS}))
    table, daily = pd.concat(figures, ignore_index=True), pd.concat(parts, ignore_index=True)
    lost = rng.random(len(table)) < 0.03
    gone = pd.MultiIndex.from_frame(table.loc[lost, ["seller_id", "kpi"]])
    table.loc[lost, "actual"] = np.nan
    kept = ~pd.MultiIndex.from_frame(daily[["seller_id", "kpi"]]).isin(gone)
    return profiles, table, daily[kept].reset_index(drop=True)


def run_rowwise(table: pd.DataFrame, profiles: pd.DataFrame) -> pd.Series:
    """The same points and totals as somebody writes them with apply and groupby."""

    def score_row(row: pd.Series) -> float:
        actual, target, kpi = row["actual"], row["target"], row["kpi"]
        if pd.isna(actual):
            return float("nan")
        if kpi == "gross_margin":
            points = 100 * (actual - 0.1) / (target - 0.1)
        elif kpi == "days_to_pay":
            points = 100 * target / actual
        elif kpi == "visits":
            rate = 100 * actual / target
            return float(max(worth for edge, worth in ((0, 0), (60, 60), (80, 80), (90, 100), (110, 120)) if rate >= edge - 1e-9))
        else:
            points = 100 * actual / target
        return float(min(max(points, 0), 120))

    def total_of(person: pd.DataFrame) -> float:
        there = person.dropna(subset="score")
        return float((there["score"] * there["weight"]).sum() / there["weight"].sum()) if len(there) else float("nan")

    lines = table.copy()
    lines["score"] = lines.apply(score_row, axis=1)
    lines["weight"] = lines["kpi"].map({kpi: weight for kpi, (weight, _) in RULES.items()})
    totals = lines.groupby("seller_id")[["score", "weight"]].apply(total_of)
    return totals.reindex(profiles["seller_id"])


def timed(times: int, run: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest wall time of several runs, and the last result."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        result = run()
        spent.append(time.perf_counter() - begin)
    return min(spent), result


def main(people: int) -> int:
    scheme = make_scheme()
    profiles, table, daily = make_company(people)
    scoring, card = timed(5, lambda: score_people(table, scheme, profiles, period="2026-10"))
    peer, totals = timed(1, lambda: run_rowwise(table, profiles))

    fresh = [replace(card) for _ in range(3)]
    explaining, explained = timed(3, lambda: fresh.pop().explain_all())
    drawing, draws = timed(3, lambda: score_draws(daily, card, n=DRAWS, seed=1))
    banding, banded = timed(3, lambda: card.with_draws(draws))
    total = scoring + explaining + drawing + banding
    off = float(np.nanmax(np.abs(card.totals["score"].to_numpy() - totals.to_numpy(float))))
    worst = max(abs(e.recomputed() - e.score) for e in explained.values() if e.score == e.score)
    print(f"people: {people:,} x {len(RULES)} KPIs, {len(daily):,} daily figures, {DRAWS} draws")
    print(f"score {scoring:.3f} s, explain all {explaining:.3f} s, draws {drawing:.3f} s, bands {banding:.3f} s: "
          f"{total:.2f} s together (required: {REQUIRED_SECONDS:.0f})")
    print(f"row-wise pandas, scores only: {peer:.3f} s; ratio {peer / scoring:.0f} times faster; largest difference {off:.1e}")
    print(f"explanations: {len(explained):,}, largest gap to the score {worst:.1e}; {bands_of(banded)}")
    failed = [what for what, bad in (
        ("seconds together", total > REQUIRED_SECONDS), ("seconds of scoring", scoring > REQUIRED_SCORING),
        ("same scores as the row-wise loop", off > 1e-6), ("explanations", worst > 1e-9),
    ) if bad]  # fmt: skip
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


def bands_of(card: Scorecard) -> str:
    """How many bands, and how wide a typical rank interval is."""
    width = (card.totals["rank_upper"] - card.totals["rank_lower"]).dropna()
    return f"{int(card.totals['band'].max())} bands, median rank interval {int(width.median()):,} places wide"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=5000, help="how many people")
    sys.exit(main(options.parse_args().people))
