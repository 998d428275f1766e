"""A company of forty sellers and four leaders with skills, courses and results, made without a workspace."""

import numpy as np
import pandas as pd

from salesplan.coaching.parameters import CoachingParameters
from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.data.coaching_data import CoachingData
from salesplan.data.settings import WorkspaceSettings

EVIL = "=cmd|' /C calc'!A0"
TAG = "<script>alert(1)</script>"
MONTHS = pd.period_range("2025-05", "2026-10", freq="M")
SKILLS = {"S1": ("产品知识", "Product knowledge", "knowledge"), "S2": ("需求挖掘", "Needs discovery", "skill"),
          "S3": ("异议处理", "Objection handling", "skill"), "S4": (EVIL, "Negotiation", "skill")}
LEADERS = [f"M{i}" for i in range(4)]
SELLERS = [f"E{i:03d}" for i in range(40)]
WEAK = SELLERS[:4]
"""Sellers who lack skill; the next four visit nobody."""
IDLE = SELLERS[4:8]


def people() -> pd.DataFrame:
    ids = [*SELLERS, *LEADERS]
    names = [f"销售{i}" for i in range(40)] + [f"经理{i}" for i in range(4)]
    names[0], names[1], names[2], names[3] = f"林{TAG}", EVIL, "张伟 (E002)", "张伟 (E003)"
    tier = ["骨干"] * 28 + ["新人"] * 12 + ["管理者"] * 4
    tenure = [40 + i for i in range(28)] + [2 + i // 2 for i in range(12)] + [80, 90, 100, 110]
    return pd.DataFrame({
        "seller_id": ids, "name": names, "employee_no": ids, "org_id": [f"t{i % 4}" for i in range(40)] + ["t0", "t1", "t2", "t3"],
        "unit_name": [f"团队{i % 4}" for i in range(40)] + [f"团队{i}" for i in range(4)], "role": ["rep"] * 40 + ["manager"] * 4,
        "tier": tier, "hire_date": [pd.Timestamp("2026-10-31") - pd.DateOffset(months=m) for m in tenure], "leave_date": pd.NaT,
        "tenure_months": [float(t) for t in tenure], "manager_id": [LEADERS[i % 4] for i in range(40)] + [None] * 4,
        "is_seller": [True] * 40 + [False] * 4, "working_share": 1.0, "is_shown": True,
    })  # fmt: skip


def data(seed: int = 3) -> CoachingData:
    rng = np.random.default_rng(seed)
    who = people()
    true = pd.DataFrame(np.clip(rng.normal(3.3, 0.35, (44, 4)), 1, 5), index=who["seller_id"], columns=list(SKILLS))
    true.loc[WEAK, ["S2", "S3", "S4"]] = 1.8
    true.loc[LEADERS] += 0.6
    visits = pd.Series(rng.normal(40, 3, 40), index=SELLERS)
    visits[IDLE] = 14.0
    lift = true.loc[SELLERS, ["S2", "S3", "S4"]].mean(axis=1) / 3.3
    ramp = 1 - np.exp(-0.25 * np.minimum(who.set_index("seller_id").loc[SELLERS, "tenure_months"], 60))
    result = visits / 40 * lift**1.2 * ramp
    rows = []
    for seller in who["seller_id"]:
        for skill in SKILLS:
            level = float(true.loc[seller, skill])
            boss = "M0" if seller != "M0" else "M1"
            for source, assessor, day, noise in (("test", None, "2026-09-15", 0.2), ("manager", boss, "2026-09-20", 0.35),
                                                 ("self", seller, "2026-09-10", 0.4)):
                if source == "manager" and skill == "S4" and seller == SELLERS[9]:
                    continue
                rows.append((seller, skill, source, assessor, day, "2026H2", float(np.clip(level + rng.normal(0, noise), 1, 5))))
            rows.append((seller, skill, "manager", boss, "2026-03-20", "2026H1",
                         float(np.clip(level - 0.2 + rng.normal(0, 0.35), 1, 5))))
    said = pd.DataFrame(rows, columns=["seller_id", "skill", "source", "assessor_id", "assessed_date", "round", "level"])
    said["assessed_date"] = pd.to_datetime(said["assessed_date"])
    last = MONTHS[-6:]
    history, quota, leads = [], [], []
    for seller in SELLERS:
        for month in MONTHS:
            sold = 200_000 * float(result[seller]) * rng.normal(1, 0.06)
            history += [(seller, "sales_amount", month, sold, np.nan, sold, 9)]
            quota.append((seller, month, 200_000.0, sold, sold / 200_000.0))
            if month in last:
                n = round(float(visits[seller]) * rng.normal(1, 0.05))
                history += [(seller, "visits", month, n, np.nan, n, n), (seller, "win_rate", month, 3.0, 10.0, 0.3, 10)]
                leads.append((seller, month, 8))
    units = pd.DataFrame({"unit_id": ["co", *[f"t{i}" for i in range(4)]], "parent_id": [None, *["co"] * 4],
                          "level": ["company", *["team"] * 4], "name": ["公司", *[f"团队{i}" for i in range(4)]]})
    staff = pd.DataFrame({"rep_id": who["seller_id"], "org_id": who["org_id"], "role": who["role"], "manager_rep_id": who["manager_id"]})
    skills = pd.DataFrame([{"skill": s, "name": zh, "name_en": en, "kind": kind, "kpi": None, "description": None}
                           for s, (zh, en, kind) in SKILLS.items()])
    asked = {"新人": 3.0, "骨干": 3.8, "管理者": 4.2}
    profiles = pd.DataFrame([{"tier": t, "role": "", "skill": s, "required_level": level, "importance": 3.0 + i % 3,
                              "frequency": 4.0, "is_judged": True} for t, level in asked.items() for i, s in enumerate(SKILLS)])
    courses = pd.DataFrame({
        "course": ["C1", "C2", "C3"], "name": ["产品训练营", EVIL, "谈判实战"], "hours": [8.0, 12.0, 16.0], "cost": [500.0, 800.0, 1500.0],
        "fixed_cost": [0.0, 3000.0, 5000.0], "seats": [np.nan, 12.0, 10.0], "exclusive_group": None,
        "prerequisites": [(), (), ("C2",)], "delivery": "面授", "is_offered": True})
    taught = pd.DataFrame({"course": ["C1", "C2", "C2", "C3"], "skill": ["S1", "S2", "S3", "S4"], "gain": [0.8, 0.7, 0.9, 1.0],
                           "up_to_level": [4.5, 4.5, 4.5, 5.0]})
    records = pd.DataFrame({
        "seller_id": SELLERS[10:22], "course": "C1", "course_name": "产品训练营", "started_date": pd.Timestamp("2026-05-10"),
        "completed_date": [pd.Timestamp("2026-05-11")] * 6 + [pd.NaT] * 6, "status": ["done"] * 6 + ["planned"] * 6, "score": 80.0,
        "hours": 8.0, "cost": 500.0})
    goals = pd.DataFrame({"goal_id": ["g1", "g2"], "seller_id": [SELLERS[0], SELLERS[1]], "skill": ["S3", "S2"], "target_level": [3.5, 4.0],
                          "set_date": pd.Timestamp("2026-07-01"), "due_date": pd.Timestamp("2026-12-31"), "status": ["open", "done"],
                          "note": [TAG, None]})
    return CoachingData(
        people=who, careers=who[["seller_id", "hire_date", "tier", "org_id"]].assign(
            start_date=who["hire_date"], end_date=pd.NaT, left=False, leave_kind="", region="华东"),
        units=units, staff=staff, skills=skills, role_profiles=profiles, assessments=said, courses=courses, course_skills=taught,
        training=records, goals=goals, mentors=pd.DataFrame({"seller_id": SELLERS[24:28], "capacity": 2, "hours_per_week": 2.0}),
        cannot_match=pd.DataFrame({"mentor_id": [SELLERS[24]], "mentee_id": [SELLERS[30]], "reason": ["亲属"]}),
        history=pd.DataFrame(history, columns=["seller_id", "kpi", "month", "numerator", "denominator", "actual", "evidence_rows"]),
        quota=pd.DataFrame(quota, columns=["seller_id", "month", "quota", "sales", "attainment"]),
        potential=pd.Series(1e6, index=SELLERS, name="market_potential"),
        leads=pd.DataFrame(leads, columns=["seller_id", "month", "n_leads"]), scale=(1.0, 5.0), label="2026-10",
        period_start=pd.Timestamp("2026-10-01"), period_end=pd.Timestamp("2026-10-31"),
        settings=WorkspaceSettings(language="zh", currency="CNY"), fingerprint="0f1e2d3c4b5a", source="crm",
        money=frozenset({("sales_amount", "numerator"), ("sales_amount", "actual")}))  # fmt: skip


def needs(seed: int = 3, **parameters) -> TrainingNeeds:
    return TrainingNeeds(data=data(seed), parameters=CoachingParameters(budget=40_000, **parameters),
                         kpi_names={"sales_amount": {"zh": "销售额", "en": "Sales amount"}})


def shown_only(found: TrainingNeeds, visible: list[str]) -> TrainingNeeds:
    """The same needs for a reader who may name these people only."""
    import dataclasses

    who = found.data.people.copy()
    who["is_shown"] = who["seller_id"].isin(visible)
    who.loc[~who["is_shown"], "name"] = "–"
    return dataclasses.replace(found, data=dataclasses.replace(found.data, people=who))
