"""A small company with one set of five KPIs, each scored by another function, for tests of scorecards."""

import numpy as np
import pandas as pd

from salesplan.kpis.scheme import KpiScheme

RULES = {
    "sales_amount": (0.4, {"function": "capped", "floor": 0, "cap": 120}),
    "days_to_pay": (0.2, {"function": "lower_is_better_reciprocal", "cap": 120}),
    "gross_margin": (0.1, {"function": "range_score", "minimum": 0.1, "cap": 120}),
    "visits": (0.2, {"function": "step_grade", "steps": [[0, 0], [60, 60], [80, 80], [90, 100]]}),
    "teamwork_rating": (0.1, {"function": "piecewise", "of": "actual", "points": [[0, 0], [0.6, 60], [1, 100]]}),
}
TARGETS = {"sales_amount": 100_000.0, "days_to_pay": 30.0, "gross_margin": 0.3, "visits": 60.0, "teamwork_rating": np.nan}


def kpi_set(code, rules, **applies_to):
    items = [{"kpi": kpi, "weight": weight, "rule": rule, "target": {"from": "table"}} for kpi, (weight, rule) in rules.items()]
    return {"code": code, "name": {"zh": code, "en": code}, "items": items, "applies_to": applies_to}


def scheme_of(*sets):
    return KpiScheme(name="test", sets=list(sets) or [kpi_set("all", RULES)])


def people_of(n):
    ids = [f"R{i:02d}" for i in range(n)]
    return pd.DataFrame({"seller_id": ids, "name": [f"Seller {i}" for i in ids], "tier": "core", "role": "sales",
                         "org_id": [f"T{i % 3}" for i in range(n)]})


def figures_of(people, seed=5, missing=0.0):
    rng = np.random.default_rng(seed)
    actual = {"sales_amount": lambda n: rng.normal(95_000, 30_000, n), "days_to_pay": lambda n: rng.uniform(15, 60, n),
              "gross_margin": lambda n: rng.uniform(0.05, 0.4, n), "visits": lambda n: rng.integers(20, 90, n).astype(float),
              "teamwork_rating": lambda n: rng.uniform(0.2, 1, n)}
    parts = [pd.DataFrame({"seller_id": people["seller_id"], "kpi": kpi, "actual": draw(len(people)),
                           "target": TARGETS[kpi], "evidence_rows": 30}) for kpi, draw in actual.items()]
    table = pd.concat(parts, ignore_index=True)
    table.loc[rng.random(len(table)) < missing, "actual"] = np.nan
    return table
