"""A course is picked by who waits for it, and the reader is told among how many it was picked."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.course_effects import CHOSEN, LUCK, NAMED, courses_to_judge, judge_course
from salesplan.coaching.parameters import CoachingParameters
from salesplan.errors import InputError
from salesplan.text.wording import say_details

MONTHS = pd.period_range("2026-01", "2026-12", freq="M")
PEOPLE = pd.DataFrame({"seller_id": [f"p{i:02d}" for i in range(40)], "org_id": "t", "tier": "x"})


def records(course: str, n_done: int, n_waiting: int, dated: bool = True) -> pd.DataFrame:
    n = n_done + n_waiting
    day = pd.Timestamp("2026-05-10") if dated else pd.NaT
    return pd.DataFrame({"seller_id": PEOPLE["seller_id"][:n], "course": course, "course_name": course.upper(),
                         "status": ["done"] * n_done + ["planned"] * n_waiting,
                         "started_date": pd.Series([day] * n_done + [pd.NaT] * n_waiting, dtype="datetime64[ns]"),
                         "completed_date": pd.Series([day] * n_done + [pd.NaT] * n_waiting, dtype="datetime64[ns]")})


def company(*courses: pd.DataFrame) -> Any:
    rng = np.random.default_rng(1)
    quota = pd.DataFrame([(p, m, 100 + rng.normal(0, 5)) for p in PEOPLE["seller_id"] for m in MONTHS],
                         columns=["seller_id", "month", "sales"]).assign(quota=100.0)
    return SimpleNamespace(
        training=pd.concat(courses, ignore_index=True), quota=quota.assign(attainment=quota["sales"] / quota["quota"]),
        history=pd.DataFrame(columns=["seller_id", "month", "kpi", "actual", "numerator", "denominator"]),
        course_skills=pd.DataFrame(columns=["course", "skill", "gain"]), skills=pd.DataFrame(columns=["skill", "kpi"]))


def test_the_course_with_most_waiting_is_judged_and_it_is_said_among_how_many():
    data = company(records("a", 20, 5), records("b", 10, 12), records("c", 4, 20))
    found = judge_course(data, PEOPLE, CoachingParameters())
    assert found is not None and found.effect is not None and found.course == "b"
    details = {note["msgid"]: note["details"] for note in found.effect.notes}
    assert details[CHOSEN] == {"n": 2} and details[LUCK] == {"n_courses": 20} and NAMED not in details
    for language in ("zh", "en"):
        assert "20" in say_details(LUCK, details[LUCK], language)


def test_a_course_asked_for_is_not_said_to_be_chosen():
    data = company(records("a", 20, 5), records("b", 10, 12))
    found = judge_course(data, PEOPLE, CoachingParameters(effect_course="a"))
    assert found is not None and found.effect is not None and found.course == "a"
    told = {note["msgid"] for note in found.effect.notes}
    assert NAMED in told and LUCK in told and CHOSEN not in told


def test_a_course_completed_on_days_unknown_cannot_be_judged():
    data = company(records("a", 20, 15, dated=False), records("b", 10, 12))
    assert courses_to_judge(data)["course"].tolist() == ["b"]
    with pytest.raises(InputError, match="on a known day"):
        judge_course(data, PEOPLE, CoachingParameters(effect_course="a"))
    assert judge_course(company(records("a", 20, 15, dated=False)), PEOPLE, CoachingParameters()) is None


def test_what_a_next_roll_out_could_show_follows_the_spread_of_those_not_trained():
    from types import SimpleNamespace

    import numpy as np
    import pandas as pd
    import pytest

    from salesplan.coaching.course_effects import roll_out_power
    from salesplan.coaching.power import smallest_effect

    rng = np.random.default_rng(4)
    pre = rng.normal(100, 10, 400)
    frame = pd.DataFrame({"trained": np.arange(400) % 2, "pre": pre, "post": 50 + 0.5 * pre + rng.normal(0, 75**0.5, 400)})
    table = roll_out_power(SimpleNamespace(material=SimpleNamespace(frame=frame))).table
    row = table[table["method"].eq("ancova") & table["n_trained"].eq(40)].iloc[0]
    assert row["smallest_effect"] == pytest.approx(smallest_effect(sd=10, n_trained=40, n_comparison=40, correlation=0.5), rel=0.12)
    assert row["smallest_effect_share"] == pytest.approx(row["smallest_effect"] / 100, rel=0.02)
    assert roll_out_power(SimpleNamespace(material=SimpleNamespace(frame=frame.head(8)))) is None
