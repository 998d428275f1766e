"""A placebo is no effect, a true one is found, and "cannot tell" is an answer."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.training_effect import (
    BRACKET,
    FEWEST,
    HOPELESS,
    NO_SHARE,
    NOT_BY_LOT,
    VERDICTS,
    training_effect,
)
from salesplan.errors import InputError
from salesplan.text import say
from salesplan.text.wording import say_details


def company(rng, n_teams: int, choose: str, effect: float = 0.0, even: bool = False) -> pd.DataFrame:
    """People with a usual level, teams with luck of their own, trained by lot or because figures were low."""
    size = np.full(n_teams, 8) if even else np.maximum(3, rng.poisson(rng.gamma(2, 4, n_teams)))
    team = np.repeat(np.arange(n_teams), size)
    n = len(team)
    usual = 100 + rng.normal(0, 5, n_teams)[team] + rng.normal(0, 10, n)
    pre = usual + rng.normal(0, 3, n_teams)[team] + rng.normal(0, 8, n)
    post = 1.03 * usual + rng.normal(0, 4, n_teams)[team] + rng.normal(0, 8, n)
    trained = np.zeros(n)
    if choose == "teams":
        trained[np.isin(team, rng.permutation(n_teams)[: n_teams // 2])] = 1
    elif choose == "lot":
        for g in range(n_teams):
            own = np.flatnonzero(team == g)
            trained[rng.permutation(own)[: len(own) // 2]] = 1
    else:
        low = {"low": pre, "weak": usual + rng.normal(0, 5, n)}[choose]
        trained[np.argsort(low)[: n // 2]] = 1
    return pd.DataFrame({"seller_id": [f"p{i}" for i in range(n)], "team": [f"t{g}" for g in team], "trained": trained,
                         "pre": pre, "post": post * (1 + effect * trained)})


@pytest.mark.parametrize(("choose", "n_teams", "randomised"), [
    ("teams", 6, True), ("teams", 12, True), ("lot", 6, True), ("lot", 12, False), ("low", 4, False), ("low", 16, False),
    ("weak", 16, False),
])
def test_placebo_is_called_an_effect_at_most_seven_times_in_a_hundred(choose, n_teams, randomised):
    rng = np.random.default_rng(17)
    found = [training_effect(company(rng, n_teams, choose), randomised=randomised, bootstraps=199, seed=s).verdict
             for s in range(150)]
    called = np.isin(found, ["works", "harmful"]).mean()
    # 7 % and what chance adds to 150 runs.
    assert called <= 0.07 + 1.64 * np.sqrt(0.05 * 0.95 / 150)


@pytest.mark.parametrize(("choose", "randomised"), [("lot", True), ("teams", True), ("low", False)])
def test_a_true_ten_per_cent_is_recovered(choose, randomised):
    rng = np.random.default_rng(3)
    found = [training_effect(company(rng, 20, choose, effect=0.1, even=True), randomised=randomised, bootstraps=199, seed=s)
             for s in range(60)]
    assert np.mean([f.effect_share for f in found]) == pytest.approx(0.1, abs=0.015)
    held = np.mean([f.share(f.effect_lower) <= 0.1 <= f.share(f.effect_upper) for f in found])
    assert held >= 0.88
    assert np.mean([f.verdict == "works" for f in found]) > 0.7
    assert not any(f.verdict in ("harmful", "no_sign") for f in found)


def test_picking_low_figures_fools_before_and_after_but_not_the_verdict():
    found = training_effect(company(np.random.default_rng(2), 30, "low"))
    rows = found.table.set_index("method")
    assert rows.loc["pre_post", "effect_lower"] > 0
    assert rows.loc["did", "effect_lower"] > 0
    assert found.verdict not in ("works", "harmful")
    assert found.regression_to_mean > 3
    assert found.parts()["effect"].sum() == pytest.approx(found.gain)


def test_return_to_the_usual_level_is_what_separates_the_two_fair_comparisons():
    frame = company(np.random.default_rng(4), 30, "low").drop(columns="team")
    found = training_effect(frame)
    rows = found.table.set_index("method")["effect"]
    assert found.regression_to_mean == pytest.approx(rows["did"] - rows["ancova"])


def test_whole_teams_are_the_unit_of_chance():
    rng = np.random.default_rng(8)
    frame = company(rng, 8, "teams")
    found, alone = training_effect(frame), training_effect(frame.drop(columns="team"))
    assert (found.unit, found.n_teams, alone.unit) == ("team", 8, "person")
    assert found.effect_upper - found.effect_lower > 1.5 * (alone.effect_upper - alone.effect_lower)


def test_harm_and_no_sign_are_told():
    rng = np.random.default_rng(6)
    assert training_effect(company(rng, 40, "lot", effect=-0.1), randomised=True).verdict == "harmful"
    large = training_effect(company(rng, 120, "lot", even=True), randomised=True)
    assert large.verdict == "no_sign"
    assert large.smallest_share < 0.05
    assert large.share(large.effect_upper) < large.least_share


def test_few_people_cannot_tell_and_say_what_could_have_been_seen():
    frame = company(np.random.default_rng(1), 3, "lot", even=True)
    found = training_effect(frame, randomised=True)
    assert found.verdict == "cannot_tell"
    assert found.smallest_share > 0.05
    for language in ("zh", "en"):
        text = say_details(found.message, found.details, language)
        assert "{" not in text and "nan" not in text
        assert say(VERDICTS[found.verdict], language)


def test_one_team_beside_one_team_is_no_evidence_however_large_the_difference():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"seller_id": range(40), "team": ["a"] * 20 + ["b"] * 20, "trained": [1] * 20 + [0] * 20,
                          "pre": rng.normal(100, 5, 40)})
    frame["post"] = frame["pre"] + 50 * frame["trained"] + rng.normal(0, 1, 40)
    found = training_effect(frame)
    assert found.verdict == "cannot_tell"
    assert "however large" in say_details(found.message, found.details, "en")


def test_the_smallest_effect_is_seen_as_often_as_promised():
    rng = np.random.default_rng(9)
    first = training_effect(company(rng, 12, "lot", even=True), randomised=True)
    share = first.smallest_share
    seen = np.mean([training_effect(company(rng, 12, "lot", effect=share, even=True), randomised=True).verdict == "works"
                    for _ in range(100)])
    assert 0.65 < seen < 0.95


def test_without_a_lot_nothing_is_said_of_what_could_have_been_seen():
    frame = company(np.random.default_rng(4), 4, "weak", effect=0.05)
    found = training_effect(frame, bootstraps=199)
    assert found.verdict == "cannot_tell" and np.isnan(found.smallest_effect) and found.message == NOT_BY_LOT
    for language in ("zh", "en"):
        text = say_details(found.message, found.details, language)
        assert "{" not in text and "nan" not in text and "–" not in text
    assert "drawn by lot" in say_details(found.message, found.details, "en")
    assert any(note["msgid"] == BRACKET and "usually lies between" in note["msgid"] for note in found.notes)


def test_two_comparisons_that_must_agree_need_the_larger_effect():
    frame = company(np.random.default_rng(5), 12, "lot", even=True)
    both, one = (training_effect(frame, randomised=True, method=method) for method in ("bracket", "ancova"))
    rows = both.table.set_index("method")["effect"]
    assert both.smallest_effect >= one.smallest_effect + abs(both.effect - rows["ancova"]) - 1e-9


def test_too_few_people_are_hopeless_even_when_drawn_by_lot():
    frame = pd.DataFrame({"seller_id": range(8), "trained": [1, 0] * 4, "pre": [10.0, 11, 12, 13, 9, 10, 11, 12],
                          "post": [15.0, 11, 17, 14, 14, 10, 16, 12]})
    found = training_effect(frame, randomised=True)
    assert found.smallest_effect == np.inf and found.message == HOPELESS


def test_a_figure_around_zero_is_told_in_its_own_unit():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"seller_id": range(24), "trained": [1, 0] * 12, "pre": rng.normal(-5, 3, 24),
                          "post": rng.normal(-5, 3, 24)})
    found = training_effect(frame, randomised=True)
    assert found.message == NO_SHARE
    assert "nan" not in say_details(found.message, found.details, "en")


def test_an_earlier_trend_is_told():
    frame = company(np.random.default_rng(3), 20, "lot")
    frame["pre_trend"] = np.random.default_rng(4).normal(0, 1, len(frame)) + 2 * frame["trained"]
    assert any("already moving apart" in note["msgid"] for note in training_effect(frame).notes)


def test_people_in_several_cohorts_are_compared_within():
    frame = company(np.random.default_rng(3), 12, "lot", even=True)
    frame["cohort"] = np.where(np.arange(len(frame)) % 2, "2026-01", "2026-04")
    shifted = frame.assign(post=frame["post"] + 40 * (frame["cohort"] == "2026-04"))
    again = pd.concat([shifted, shifted[shifted["trained"] == 0].assign(cohort="2026-09")])
    one, two = training_effect(frame, randomised=True), training_effect(shifted, randomised=True)
    assert one.effect == pytest.approx(two.effect, rel=1e-9)
    assert training_effect(again, randomised=True).n_comparison == one.n_comparison


def test_people_without_figures_are_counted():
    frame = company(np.random.default_rng(3), 12, "lot", even=True)
    frame.loc[(frame["trained"] == 1) & (frame.index % 3 == 0), "post"] = np.nan
    notes = {note["msgid"][:30] for note in training_effect(frame).notes}
    assert any(text.startswith("{n} of {n_all} people") for text in notes)
    assert any(text.startswith("{trained_share} of the trained") for text in notes)


@pytest.mark.parametrize(("change", "message"), [
    (lambda f: f.drop(columns="pre"), "column pre is missing"), (lambda f: f.assign(trained=0), "nobody trained"),
    (lambda f: f.assign(trained=1), "nobody to compare"), (lambda f: f.assign(trained=2), "must be 0 or 1"),
    (lambda f: f.assign(pre="many"), "must be a number"), (lambda f: f.assign(seller_id="x"), "stands twice"),
    (lambda f: f.assign(team=None), "team is empty"),
])
def test_bad_input_is_named(change, message):
    with pytest.raises(InputError, match=message):
        training_effect(change(company(np.random.default_rng(1), 6, "lot")))


@pytest.mark.parametrize("options", [{"coverage": 1.0}, {"power": 0}, {"least_share": 2}, {"method": "x"}, {"errors": "x"}])
def test_bad_options_are_refused(options):
    with pytest.raises(InputError):
        training_effect(company(np.random.default_rng(1), 6, "lot"), **options)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1e6), st.floats(-50, 50))
def test_unit_and_order_of_rows_do_not_matter(seed, unit, shift):
    rng = np.random.default_rng(seed)
    frame = company(rng, 6, "lot", effect=0.1)
    if min((frame["trained"] == 1).sum(), (frame["trained"] == 0).sum()) < FEWEST:
        return
    before = frame.copy()
    one = training_effect(frame)
    moved = frame.assign(pre=(frame["pre"] + shift) * unit, post=(frame["post"] + shift) * unit).sample(frac=1, random_state=seed)
    two = training_effect(moved)
    pd.testing.assert_frame_equal(frame, before)
    np.testing.assert_allclose([two.effect, two.effect_lower, two.effect_upper],
                               np.array([one.effect, one.effect_lower, one.effect_upper]) * unit, rtol=1e-6, atol=1e-6 * unit)


def test_a_figure_that_should_fall_is_judged_the_other_way_round():
    rng = np.random.default_rng(3)
    pre = rng.normal(45.0, 5, 120)
    trained = np.arange(120) % 2
    frame = pd.DataFrame({"seller_id": [f"p{i}" for i in range(120)], "trained": trained, "pre": pre,
                          "post": pre - 10.0 * trained + rng.normal(0, 2, 120)})
    fell = training_effect(frame, randomised=True, lower_is_better=True, bootstraps=199)
    assert fell.verdict == "works" and fell.effect < 0 and "less is better" in fell.message
    assert training_effect(frame, randomised=True, bootstraps=199).verdict == "harmful"
    rose = training_effect(frame.assign(post=2 * pre - frame["post"]), randomised=True, lower_is_better=True, bootstraps=199)
    assert rose.verdict == "harmful"
