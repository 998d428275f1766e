"""A company of any size as KPI data, made without files, for tests of the KPI panel and its benchmark."""

import numpy as np
import pandas as pd

from salesplan.data.kpi_data import KpiData
from salesplan.data.settings import WorkspaceSettings
from salesplan.kpis.library import KpiLibrary, load_library
from salesplan.kpis.parameters import KpiParameters
from salesplan.kpis.scheme import KpiScheme

MONTH = "2026-10"
LEVELS = {"sales_amount": 400_000.0, "receipts": 350_000.0, "win_rate": 0.4, "visits": 40.0, "customer_satisfaction": 0.8}
WEIGHTS = {
    "senior": {"sales_amount": 0.4, "receipts": 0.3, "win_rate": 0.1, "visits": 0.2},
    "newcomer": {"sales_amount": 0.5, "visits": 0.3, "customer_satisfaction": 0.2},
}
RATINGS = ["rep_id", "by_role", "rater_id", "topic", "round", "given_date", "score", "scale_min", "scale_max"]
TIERS = {"senior": "骨干", "newcomer": "新人"}
NAMES = ("张伟", "李娜", "王芳", "<b>赵敏</b>", "陈杰", "刘洋", "黄丽", "周强", "吴静", "徐磊")
JUDGED = {
    "A01": {("sales_amount", "receipts"): 2, ("sales_amount", "win_rate"): 5, ("sales_amount", "visits"): 3,
            ("receipts", "win_rate"): 3, ("receipts", "visits"): 2, ("win_rate", "visits"): 0.5},
    "A02": {("sales_amount", "receipts"): 3, ("sales_amount", "win_rate"): 1 / 3, ("sales_amount", "visits"): 5,
            ("receipts", "win_rate"): 3, ("receipts", "visits"): 1, ("win_rate", "visits"): 2},
}  # fmt: skip


def make_kpi_data(people: int = 60, *, seed: int = 3) -> KpiData:
    """People in units of ten, seniors and newcomers, with daily figures, twelve months, targets and two judges."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"E{i:04d}" for i in range(people)], dtype=object)
    teams = max(1, people // 10)
    team = np.array([f"T{i % teams:03d}" for i in range(people)], dtype=object)
    name = [f"{NAMES[i % len(NAMES)]} ({ids[i]})" for i in range(people)]
    profiles = pd.DataFrame({
        "seller_id": ids, "name": name, "employee_no": ids, "org_id": team, "unit_name": team, "role": "seller",
        "tier": np.where(np.arange(people) % 4 == 3, "新人", "骨干"), "hire_date": pd.Timestamp("2020-01-01"),
        "tenure_months": 60.0, "working_share": 1.0, "product_line": "*", "customer_type": "*", "is_seller": True,
    })  # fmt: skip
    skill = rng.lognormal(0, 0.25, (people, len(LEVELS)))
    daily, actuals = _days(rng, ids, skill)
    targets = pd.DataFrame([(who, kpi, LEVELS[kpi]) for who in ids for kpi in ("sales_amount", "receipts", "visits")],
                           columns=["seller_id", "kpi", "target"])
    judged = [(judge, "senior", a, b, float(ratio), pd.Timestamp("2026-09-01"))
              for judge, pairs in JUDGED.items() for (a, b), ratio in pairs.items()]
    units = pd.DataFrame({"unit_id": ["D00", *sorted(set(team))], "parent_id": [None, *["D00"] * teams],
                          "level": ["company", *["team"] * teams], "name": ["示例公司", *[f"{t}队" for t in sorted(set(team))]]})
    leaves = pd.DataFrame({"unit_id": ids, "parent_id": team, "level": "rep", "name": name})
    return KpiData(
        profiles=profiles, actuals=actuals, daily=daily, history=_months(rng, ids, skill), targets=targets,
        ratings=pd.DataFrame(columns=RATINGS, dtype=object), calls=pd.DataFrame({"seller_id": [], "seconds": []}),
        judgments=pd.DataFrame(judged, columns=["judge_id", "kpi_set", "kpi_a", "kpi_b", "ratio", "given_date"]),
        units=pd.concat([units, leaves], ignore_index=True), people=_staff(profiles), kpis=list(LEVELS), label=MONTH,
        period_start=pd.Timestamp("2026-10-01"), period_end=pd.Timestamp("2026-10-31"), settings=WorkspaceSettings(),
        fingerprint="0f1e2d3c4b5a", source="演示公司 <demo>",
    )  # fmt: skip


def _staff(profiles: pd.DataFrame) -> pd.DataFrame:
    """The sellers, a manager of each unit (M and the unit's number) and the two judges, who lead the company."""
    teams = sorted(set(profiles["org_id"]))
    judges = pd.DataFrame({"rep_id": list(JUDGED), "name": ["钱总监", "孙总监"], "org_id": "D00", "role": "director"})
    managers = pd.DataFrame({"rep_id": [f"M{t[1:]}" for t in teams], "name": [f"{t}经理" for t in teams], "org_id": teams,
                             "role": "manager"})
    sellers = profiles[["seller_id", "name", "org_id", "role"]].rename(columns={"seller_id": "rep_id"})
    return pd.concat([judges, managers, sellers], ignore_index=True).assign(manager_rep_id=None)


def _days(rng: np.random.Generator, ids: np.ndarray, skill: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    dates = pd.bdate_range("2026-10-08", "2026-10-31")
    people, n = len(ids), len(dates)
    parts, totals = [], []
    for at, (kpi, level) in enumerate(LEVELS.items()):
        if level < 1:
            below = rng.poisson(1.5, (people, n)).astype(float)
            top = rng.binomial(below.astype(int), np.clip(level * skill[:, at], 0.02, 0.98)[:, None]).astype(float)
            rows = below
        else:
            top = rng.gamma(2.0, level / n / 2.0, (people, n)) * skill[:, at][:, None]
            top = np.round(top) if kpi == "visits" else top
            below, rows = np.full((people, n), np.nan), np.ones((people, n))
        frame = pd.DataFrame({"seller_id": np.repeat(ids, n), "kpi": kpi, "date": np.tile(dates, people),
                              "numerator": top.ravel(), "denominator": below.ravel(), "evidence_rows": rows.ravel()})
        parts.append(frame[frame["evidence_rows"] > 0])
        whole = np.nansum(below, axis=1) if level < 1 else np.ones(people)
        actual = np.divide(top.sum(axis=1), whole, out=np.full(people, np.nan), where=whole > 0)
        totals.append(pd.DataFrame({"seller_id": ids, "kpi": kpi, "numerator": top.sum(axis=1),
                                    "denominator": whole if level < 1 else np.nan, "actual": actual,
                                    "evidence_rows": rows.sum(axis=1).astype(int)}))
    return pd.concat(parts, ignore_index=True), pd.concat(totals, ignore_index=True)


def _months(rng: np.random.Generator, ids: np.ndarray, skill: np.ndarray) -> pd.DataFrame:
    months = pd.period_range("2025-11", MONTH, freq="M")
    frames = []
    for at, (kpi, level) in enumerate(LEVELS.items()):
        value = level * skill[:, [at]] * rng.lognormal(0, 0.2, (len(ids), len(months)))
        below = np.full(value.shape, 30.0 if level < 1 else np.nan)
        value = np.clip(value, 0.0, 1.0) if level < 1 else value
        frames.append(pd.DataFrame({
            "seller_id": np.repeat(ids, len(months)), "kpi": kpi, "month": months.append([months] * (len(ids) - 1)),
            "numerator": (value * (30.0 if level < 1 else 1.0)).ravel(), "denominator": below.ravel(),
            "actual": value.ravel(), "evidence_rows": 30,
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def make_scheme() -> KpiScheme:
    """One set for seniors, one for newcomers."""
    rule = {"function": "capped", "floor": 0, "cap": 150}

    def item(kpi: str, weight: float) -> dict[str, object]:
        target = {"value": LEVELS[kpi]} if LEVELS[kpi] < 1 else {"from": "table"}
        return {"kpi": kpi, "weight": weight, "rule": rule, "target": target}

    return KpiScheme(name="kpi_scheme", sets=[
        {"code": code, "name": {"zh": TIERS[code], "en": code.title()}, "applies_to": {"tier": [TIERS[code]]},
         "items": [item(kpi, weight) for kpi, weight in weights.items()]} for code, weights in WEIGHTS.items()])


def make_scheme_off_step() -> KpiScheme:
    """The same where nobody has receipts: the seniors' other weights stand in proportion, off the step."""
    entry = make_scheme().restricted_to([kpi for kpi in LEVELS if kpi != "receipts"]).to_dict()
    for item in entry["sets"][0]["items"]:
        item["weight"] = WEIGHTS["senior"][item["kpi"]] / 0.7
    return KpiScheme.from_dict(entry)


def make_library() -> KpiLibrary:
    """The packaged library."""
    return load_library()


def make_parameters(**changes: object) -> KpiParameters:
    """Parameters of the panel: pairs judged by all."""
    return KpiParameters.read({"kpi_set": "senior", "method": "ahp", **changes})
