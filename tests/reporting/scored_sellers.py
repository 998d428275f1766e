"""Sellers scored by every scoring function and most policies, for tests of what is shown about their scores."""

from functools import cache

import numpy as np
import pandas as pd

from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scorecard import Scorecard
from salesplan.kpis.target_rules import AGREED, FROM_PEERS, FROM_TABLE

EASY = {"zero_target": "exclude", "negative_target": "exclude"}
RULES: dict[str, tuple[float, dict]] = {
    "sales_amount": (0.2, {"function": "capped", "floor": 0, "cap": 120, "zero_target": "full_if_any",
                           "negative_target": "exclude"}),
    "receipts": (0.1, {"function": "achievement_rate", "floor": None, **EASY}),
    "days_to_pay": (0.1, {"function": "lower_is_better_reciprocal", "cap": 130, **EASY}),
    "average_discount": (0.05, {"function": "lower_is_better_linear", "cap": 150, "zero_target": "full_if_any"}),
    "gross_margin": (0.1, {"function": "range_score", "minimum": 0.1, "cap": 120, **EASY}),
    "return_rate": (0.05, {"function": "range_score", "minimum": 0.2, "direction": "lower", **EASY}),
    "orders": (0.1, {"function": "piecewise", "points": [[0, 0], [60, 0], [80, 60], [100, 100], [120, 150]],
                     "negative_actual": "zero", **EASY}),
    "visits": (0.1, {"function": "step_grade", "steps": [[60, 60], [80, 80], [90, 100]], "below": 10, "floor": 20, **EASY}),
    "sales_cycle_days": (0.05, {"function": "step_grade", "of": "actual", "direction": "lower",
                                "steps": [[30, 100], [45, 80], [60, 50]], "missing": "zero"}),
    "crm_completeness": (0.05, {"function": "raw_percentage", "full": 5, "missing": "peer_median"}),
    "teamwork_rating": (0.05, {"function": "step_grade", "grades": {"优秀": 100, "良好": 80, "=A*": 60}}),
    "win_rate": (0.05, {"function": "step_grade", "of": "actual", "steps": [[0.1, 50], [0.3, 100]], "grades": {"A": 90},
                        "negative_actual": "exclude"}),
}
NAMES = ["张伟 (E0042)", "李娜", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "王芳", "../etc", "张伟 (E0099)", "O'Brien & Sons"]
IDS = ["E0042", "E0002", "E0003", "E0004", "E0005", "E/6", "E0099", "CON"]
TARGETS = {"sales_amount": 100_000.0, "receipts": 90_000.0, "days_to_pay": 30.0, "average_discount": 0.1,
           "gross_margin": 0.3, "return_rate": 0.05, "orders": 40.0, "visits": 20.0}  # fmt: skip


def sellers() -> pd.DataFrame:
    return pd.DataFrame({"seller_id": IDS, "name": NAMES, "org_id": ["T1"] * 4 + ["T2"] * 4, "tier": "骨干",
                         "role": "sales", "unit_name": ["华东=一部"] * 4 + ["华南"] * 4,
                         "employee_no": ["E0042", "N2", "N3", "N4", "N5", "N6", "N7", "N8"]})


def figures() -> pd.DataFrame:
    """Eight people: ordinary, at edges, above caps, and with gaps, zeros and negatives."""
    rows = {
        "sales_amount": [90_000, 150_000, -5_000, 0, 100_000, 88_888.88, None, 70_000],
        "receipts": [90_000, 45_000, -9_000, 1, 120_000, None, 66_666.66, 90_000],
        "days_to_pay": [30, 45, 0, 20.5, None, 61, 12, 33.3],
        "average_discount": [0.1, 0.15, 0.0, 0.3, 0.05, 0.111, 0.2, 0.08],
        "gross_margin": [0.3, 0.2, 0.05, 0.5, 0.25, None, 0.1, 0.28],
        "return_rate": [0.05, 0.2, 0.0, 0.3, 0.1, 0.07, None, 0.01],
        "orders": [40, 24, -3, 60, 28, 33, 44, 0],
        "visits": [18, 16, 12, 11.999, 40, 0, None, 17.99],
        "sales_cycle_days": [30, 45, 60, 60.5, None, 31, 12, 45.0000001],
        "crm_completeness": [5, 4.5, 0, None, 3.3, 2.25, 1, 4],
        "teamwork_rating": ["优秀", "良好", "=A*", None, "优秀", "良好", "优秀", None],
        "win_rate": ["A", 0.3, 0.1, 0.05, -0.2, 0.299999, None, 0.5],
    }
    special = {("sales_amount", 3): 0.0, ("sales_amount", 5): 0.0, ("average_discount", 2): 0.0, ("receipts", 7): np.nan,
               ("orders", 4): 0.0, ("gross_margin", 7): 0.1}
    parts = []
    for kpi, values in rows.items():
        for at, (who, actual) in enumerate(zip(IDS, values, strict=True)):
            target = special.get((kpi, at), TARGETS.get(kpi, np.nan))
            parts.append({
                "seller_id": who, "kpi": kpi, "actual": np.nan if actual is None else actual, "target": target,
                "evidence_rows": 3 + at, "target_source": FROM_TABLE if kpi == "sales_amount" else
                FROM_PEERS if kpi == "receipts" else AGREED, "full_target": target * 2 if kpi == "orders" else target,
                "working_share": 0.5 if kpi == "orders" else 1.0,
            })  # fmt: skip
    return pd.DataFrame(parts)


def scheme() -> KpiScheme:
    items = [{"kpi": kpi, "weight": weight, "rule": rule, "target": {"from": "table"}} for kpi, (weight, rule) in RULES.items()]
    return KpiScheme(name="every rule", sets=[{"code": "all", "name": {"zh": "全员", "en": "Everybody"}, "items": items}])


@cache
def card(*, bands: bool = True) -> Scorecard:
    found = score_people(figures(), scheme(), sellers(), period="2026-10", fingerprint="0f1e2d3c4b5a")
    if not bands:
        return found
    luck = np.random.default_rng(3).normal(0, 4, (len(IDS), 400))
    return found.with_draws(pd.DataFrame(found.totals["score"].to_numpy()[:, None] + luck, index=found.totals.index))
