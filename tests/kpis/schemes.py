"""Small KPI schemes for tests."""

from salesplan.kpis.scheme import KpiScheme

RULE = {"function": "achievement_rate"}


def item(kpi, weight, **target):
    return {"kpi": kpi, "weight": weight, "rule": RULE, "target": target or {"value": 10}}


def kpi_set(code, weights, *, applies_to=None, **more):
    return {"code": code, "name": {"zh": f"组{code}", "en": f"Set {code}"}, "applies_to": applies_to or {},
            "items": [item(kpi, weight) for kpi, weight in weights.items()], **more}


def scheme(*sets, **more):
    return KpiScheme(name="test", sets=sets or [kpi_set("all", {"sales_amount": 0.7, "visits": 0.3})], **more)
