"""The draw is fair, balanced and can be repeated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.roll_out import roll_out
from salesplan.errors import InputError


def people(n: int = 60, teams: int = 6, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"seller_id": [f"p{i:03d}" for i in range(n)], "team": [f"t{k}" for k in rng.integers(0, teams, n)],
                         "tier": rng.choice(["新人", "骨干"], n), "pre": rng.normal(100, 15, n)})


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 70), st.integers(2, 4), st.integers(0, 1000))
def test_waves_differ_by_one_person_at_most_and_nobody_is_lost(n, waves, seed):
    frame = people(n)
    drawn = roll_out(frame, start="2026-11", waves=waves, strata=["tier"], alike="pre", seed=seed)
    assert sorted(drawn.assignment["seller_id"]) == sorted(frame["seller_id"])
    sizes = drawn.assignment["wave"].value_counts().reindex(range(1, waves + 1), fill_value=0)
    assert sizes.max() - sizes.min() <= 1


def test_teams_stay_together_when_teams_are_drawn():
    drawn = roll_out(people(), start="2026-11", by="team", alike="pre", seed=2)
    assert (drawn.assignment.groupby("team")["wave"].nunique() == 1).all()
    assert drawn.summary()["n_teams"].tolist() == [3, 3]
    assert any("luck of a team" in note["msgid"] for note in drawn.notes)


def test_colleagues_are_split_evenly_when_people_are_drawn():
    drawn = roll_out(people(), start="2026-11", seed=2)
    counts = drawn.assignment.groupby(["team", "wave"]).size().unstack(fill_value=0)
    assert (np.ptp(counts.to_numpy(), axis=1) <= 1).all()


def test_order_of_rows_does_not_matter_but_the_seed_does():
    frame = people()
    one = roll_out(frame, start="2026-11", alike="pre", seed=5).assignment
    two = roll_out(frame.sample(frac=1, random_state=3), start="2026-11", alike="pre", seed=5).assignment
    pd.testing.assert_frame_equal(one, two)
    assert not one["wave"].equals(roll_out(frame, start="2026-11", alike="pre", seed=6).assignment["wave"])


def test_everybody_has_the_same_chance():
    frame = people(12, teams=2)
    first = np.mean([roll_out(frame, start="2026-11", alike="pre", seed=s).assignment["wave"] == 1 for s in range(200)], axis=0)
    assert (np.abs(first - 0.5) < 0.16).all()


def test_an_earlier_figure_is_balanced_by_the_draw():
    frame = people(80, teams=1)
    with_it = [roll_out(frame, start="2026-11", alike="pre", seed=s).balance["difference"].iloc[0] for s in range(25)]
    without = [np.ptp(frame.merge(roll_out(frame.drop(columns="pre"), start="2026-11", seed=s).assignment, on="seller_id")
                      .groupby("wave")["pre"].mean()) / frame["pre"].std(ddof=0) for s in range(25)]
    assert np.mean(with_it) < 0.5 * np.mean(without)


def test_waves_start_far_enough_apart():
    months = roll_out(people(), start="2026-11", waves=3, months_between=5).summary()["start_month"].astype(str).tolist()
    assert months == ["2026-11", "2027-04", "2027-09"]


@pytest.mark.parametrize(("options", "message"), [
    ({"waves": 1}, "at least 2"), ({"by": "city"}, "by == 'city'"), ({"strata": ["city"]}, "column city is missing"),
    ({"alike": "tier"}, "column of numbers"), ({"waves": 7, "by": "team"}, "must not exceed"),
])
def test_bad_options(options, message):
    with pytest.raises(InputError, match=message):
        roll_out(people(), start="2026-11", **options)


def test_a_person_twice_is_named():
    with pytest.raises(InputError, match="p000 stands twice"):
        roll_out(pd.concat([people(), people().head(1)]), start="2026-11")
