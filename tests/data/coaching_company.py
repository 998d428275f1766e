"""The company of ``kpi_company`` with skills, assessments, courses, goals and mentors, and two trainers."""

from pathlib import Path

import pandas as pd

from salesplan.data.workspace import Workspace
from tests.data.companies import days, make_workspace
from tests.data.kpi_company import tables as kpi_tables


def tables() -> dict[str, pd.DataFrame]:
    """Sellers r1 (West), r2 (East), r4 (West, new), r3 and gone have left; t0 trains the company, t1 East."""
    whole = kpi_tables()
    whole["rep"] = pd.concat([whole["rep"], pd.DataFrame({
        "rep_id": ["t0", "t1"], "employee_no": ["E8", "E9"], "name": ["周训", "吴训"], "status": "active",
        "hire_date": days("2019-01-01", "2019-01-01"), "leave_date": days(None, None)})], ignore_index=True)
    whole["rep"]["leave_kind"] = whole["rep"]["rep_id"].map({"r3": "regretted", "gone": "managed"})
    whole["rep_assignment"] = pd.concat([whole["rep_assignment"], pd.DataFrame({
        "rep_id": ["t0", "t1"], "org_id": ["co", "e"], "role": "trainer", "tier": "T", "quota_bearing": [None, True]})],
        ignore_index=True)
    whole["rep_assignment"]["tier"] = whole["rep_assignment"]["tier"].replace({"P0": "新人", "P1": "骨干", "P2": "骨干"})
    said = [
        ("a1", "r1", "k1", "manager", "d1", "2026-06-10", "2026H1", 4.0, 1.0, 5.0),
        ("a2", "r1", "k1", "self", "r1", "2026-06-10", "2026H1", 5.0, 1.0, 5.0),
        ("a3", "r1", "k1", "test", None, "2026-09-10", None, 80.0, 0.0, 100.0),
        ("a4", "r2", "k1", "self", "r2", "2026-06-10", "2026H1", 3.0, 1.0, 5.0),
        ("a5", "r2", "k2", "customer", "c3", "2026-07-10", None, 8.0, 0.0, 10.0),
        ("a6", "r2", "k2", "peer", "r1", "2026-06-10", "2026H1", 2.0, 1.0, 5.0),
        ("a7", "r2", "k2", "peer", "r4", "2026-06-10", "2026H1", 3.0, 1.0, 5.0),
        ("a8", "r1", "k2", "peer", "r2", "2026-06-10", "2026H1", 2.0, 1.0, 5.0),
        ("a9", "r1", "k2", "peer", "r4", "2026-06-11", "2026H1", 3.0, 1.0, 5.0),
        ("b1", "r1", "k2", "peer", "m1", "2026-06-12", "2026H1", 4.0, 1.0, 5.0),
        ("b2", "r2", "k1", "manager", "m1", "2026-11-10", "2026H2", 5.0, 1.0, 5.0),
        ("b3", "r3", "k1", "manager", "m1", "2026-06-10", "2026H1", 5.0, 1.0, 5.0),
    ]
    return {
        **whole,
        "skill": pd.DataFrame({"skill_id": ["k1", "k2"], "name": ["产品知识", "谈判"], "name_en": ["Product knowledge", None],
                               "kind": ["knowledge", None], "kpi": ["win_rate", None]}),
        "role_profile": pd.DataFrame({
            "tier": ["新人", "骨干", "骨干", "骨干"], "role": [None, None, None, "senior"], "skill_id": ["k1", "k1", "k2", "k2"],
            "required_level": [2.0, 4.0, 80.0, 5.0], "importance": [5.0, 4.0, None, 4.0], "frequency": [3.0, 3.0, 3.0, 3.0],
            "scale_min": [1.0, 1.0, 0.0, 1.0], "scale_max": [5.0, 5.0, 100.0, 5.0]}),
        "skill_assessment": pd.DataFrame(said, columns=[
            "assessment_id", "rep_id", "skill_id", "source", "assessor_id", "assessed_date", "round", "score", "scale_min",
            "scale_max"]).assign(assessed_date=lambda f: pd.to_datetime(f["assessed_date"])),
        "course": pd.DataFrame({"course_id": ["c01", "c02"], "name": ["入门", "进阶"], "hours": [8.0, 16.0],
                                "cost": [500.0, None], "fixed_cost": [None, 2000.0], "seats": [None, 20],
                                "prerequisites": [None, "入门"], "is_offered": [None, False]}),
        "course_skill": pd.DataFrame({"course_id": ["c01", "c02", "c02"], "skill_id": ["k1", "k1", "k3"],
                                      "gain": [1.0, 1.5, 0.5], "up_to_level": [3.0, None, None]}),
        "training_record": pd.DataFrame({
            "record_id": ["1", "2", "3"], "rep_id": ["r1", "r2", "r3"], "course_id": ["入门", "c02", "c01"],
            "course_name": ["入门", "进阶", "入门"], "started_date": days("2026-05-01", "2026-12-01", "2026-05-01"),
            "completed_date": days("2026-05-02", None, "2026-05-02"), "status": ["done", "planned", "done"],
            "score": [90.0, None, 70.0], "hours": 8.0, "cost": 500.0}),
        "development_goal": pd.DataFrame({
            "goal_id": ["g1", "g2", "g3"], "rep_id": ["r1", "r2", "r2"], "skill_id": ["k2", "k1", "k2"],
            "target_level": [4.0, 5.0, 4.0], "set_date": days("2026-07-01", "2026-07-01", "2026-12-01"),
            "due_date": days("2026-12-31", "2026-12-31", "2027-03-01"), "status": ["open", "done", "open"],
            "note": ["每周演练", "秘密", None]}),
        "mentor": pd.DataFrame({"rep_id": ["r1", "m1", "r3"], "capacity": [2, None, 1], "hours_per_week": [1.5, None, 1.0]}),
        "cannot_match": pd.DataFrame({"mentor_id": ["r1", "r3"], "mentee_id": ["r2", "r2"], "reason": ["亲属", "x"]}),
    }


def coaching_workspace(folder: Path, **settings: object) -> Workspace:
    return make_workspace(folder, tables(), **{"currency": "CNY", **settings})
