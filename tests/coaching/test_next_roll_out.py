"""The waiting list of the next course: everybody of it once, drawn alike, and what it can show."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from salesplan.coaching.next_roll_out import LEAST_DRAWN, MORE_RUNS, PROPOSAL, next_roll_out
from salesplan.coaching.parameters import CoachingParameters

PEOPLE = pd.DataFrame({"seller_id": [f"s{i:02d}" for i in range(40)], "team": [f"t{i // 8}" for i in range(40)],
                       "tier": ["骨干"] * 30 + ["新人"] * 10})
BOOKED = pd.DataFrame({"seller_id": [*PEOPLE["seller_id"][:24], *PEOPLE["seller_id"][20:32], "s39"],
                       "course": ["ask"] * 24 + ["close"] * 12 + ["care"]})
PLAN = SimpleNamespace(assignments=BOOKED)
END = pd.Timestamp("2026-10-31")


def drawn(**options):
    parameters = CoachingParameters(**options.pop("parameters", {}))
    return next_roll_out(options.pop("plan", PLAN), PEOPLE, parameters, period_end=END, **options)


def judged(sd: float, mean: float = 100.0):
    rng = np.random.default_rng(0)
    before = rng.normal(mean, sd, 60)
    frame = pd.DataFrame({"trained": 0, "pre": before, "post": 0.5 * (before - mean) + mean + rng.normal(0, 0.87 * sd, 60)})
    return SimpleNamespace(kpi="visits", material=SimpleNamespace(frame=frame))


def test_everybody_of_the_largest_course_is_drawn_once_and_waves_are_alike():
    found = drawn(outcome=pd.Series(np.arange(40.0), index=PEOPLE["seller_id"]))
    assert found.course == "ask"
    table = found.to_frame()
    assert sorted(table["seller_id"]) == sorted(PEOPLE["seller_id"][:24])
    assert table["wave"].value_counts().to_dict() == {1: 12, 2: 12}
    assert set(table["start_month"].astype(str)) == {"2026-11", "2027-03"}
    assert table.groupby("team")["wave"].mean().between(1.4, 1.6).all()


def test_waves_are_a_proposal_and_cost_the_runs_they_need_beyond_the_plan():
    courses = pd.DataFrame({"course": ["ask"], "seats": [24.0], "fixed_cost": [5000.0]})
    notes = {note["msgid"]: note["details"] for note in drawn(courses=courses).notes}
    assert notes[MORE_RUNS] == {"n": 1, "extra_money": 5000.0} and PROPOSAL in notes
    full = drawn(courses=courses.assign(seats=12.0))  # the plan needs two runs itself
    assert [note["msgid"] for note in full.notes] == [PROPOSAL]
    assert set(full.later().index) == set(full.to_frame().query("wave == 2")["seller_id"])


def test_the_course_asked_for_is_drawn_where_enough_go_and_the_seed_decides():
    assert drawn(parameters={"effect_course": "close"}).course == "close"
    assert drawn(parameters={"effect_course": "care"}).course == "ask"
    first, again, other = (drawn(parameters={"seed": seed}).to_frame()["wave"].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_too_few_people_make_no_waiting_list():
    few = SimpleNamespace(assignments=BOOKED.groupby("course").head(LEAST_DRAWN - 1))
    assert drawn(plan=few) is None


def test_what_the_waves_can_show_follows_the_spread_of_the_figure():
    calm, wild = drawn(judged=judged(10.0)), drawn(judged=judged(40.0))
    assert 0.05 < calm.smallest_share < 0.2 < wild.smallest_share
    assert calm.n_wanted < 40 < wild.n_wanted
    assert np.isnan(drawn().smallest_share) and np.isnan(drawn().n_wanted)
    assert np.isnan(drawn(judged=judged(10.0, mean=-5.0)).smallest_share), "no shares of a figure below zero"
