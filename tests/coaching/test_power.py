"""What could be seen before the course begins: as promised when tried out."""

import numpy as np
import pytest

from salesplan.coaching.power import effect_power, people_needed, power_table, smallest_effect
from salesplan.errors import InputError


def test_twelve_and_twelve_with_a_spread_of_six_cannot_see_less_than_seven():
    assert smallest_effect(sd=6, n_trained=12, n_comparison=12, method="post_only") == pytest.approx(7.2, abs=0.05)


@pytest.mark.parametrize("method", ["ancova", "did", "post_only"])
def test_power_is_how_often_it_is_seen(method):
    rng = np.random.default_rng(1)
    n, r, effect, runs = 15, 0.6, 6.0, 2000
    shared = rng.normal(0, np.sqrt(r), (runs, 2 * n))
    pre, post = (7 * (shared + rng.normal(0, np.sqrt(1 - r), (runs, 2 * n))) for _ in range(2))
    trained = np.repeat([0.0, 1.0], n)
    post = post + effect * trained
    outcome = post - pre if method == "did" else post
    design = np.broadcast_to(np.column_stack([np.ones(2 * n), trained]), (runs, 2 * n, 2))
    if method == "ancova":
        design = np.concatenate([design, pre[:, :, None]], axis=2)
    inverse = np.linalg.inv(design.transpose(0, 2, 1) @ design)
    beta = (inverse @ design.transpose(0, 2, 1) @ outcome[:, :, None])[..., 0]
    rest = outcome - (design @ beta[..., None])[..., 0]
    freedom = 2 * n - design.shape[2]
    t = beta[:, 1] / np.sqrt((rest**2).sum(axis=1) / freedom * inverse[:, 1, 1])
    from scipy.special import stdtrit

    seen = (np.abs(t) > stdtrit(freedom, 0.975)).mean()
    promised = effect_power(effect, sd=7, n_trained=n, n_comparison=n, correlation=r, method=method)
    assert seen == pytest.approx(promised, abs=0.04)


def test_whole_teams_count_like_far_fewer_people():
    alone = smallest_effect(sd=10, n_trained=80, n_comparison=80)
    teams = smallest_effect(sd=10, n_trained=80, n_comparison=80, team_size=8, icc=0.2)
    uneven = smallest_effect(sd=10, n_trained=80, n_comparison=80, team_size=8, icc=0.2, team_size_variation=0.7)
    assert alone < 0.65 * teams < teams < uneven


def test_people_needed_are_just_enough():
    n = people_needed(4, sd=10, correlation=0.5)
    assert effect_power(4, sd=10, n_trained=n, n_comparison=n, correlation=0.5) >= 0.8
    assert effect_power(4, sd=10, n_trained=n - 1, n_comparison=n - 1, correlation=0.5) < 0.8
    assert people_needed(4, sd=10, team_size=6, icc=0.1) % 6 == 0


def test_the_table_orders_the_methods_by_what_they_see():
    table = power_table([10, 40], sd=12, mean=100, correlation=0.7, team_size=5, icc=0.1)
    wide = table.summary()
    assert (wide["ancova"] < wide["did"]).all() and (wide["did"] < wide["post_only"]).all()
    assert table.table["n_teams"].tolist() == [4] * 3 + [16] * 3
    assert len(table.notes) == 2


@pytest.mark.parametrize("change", [{"sd": 0}, {"icc": 1}, {"correlation": 1}, {"n_trained": 0}, {"team_size": 0.5},
                                    {"method": "guess"}, {"power": 0.01}])
def test_bad_options(change):
    with pytest.raises(InputError):
        smallest_effect(**({"sd": 5, "n_trained": 10, "n_comparison": 10} | change))


def test_an_effect_of_nothing_or_next_to_nothing_has_no_number():
    with pytest.raises(InputError, match="different from zero"):
        people_needed(0, sd=1)
    with pytest.raises(InputError, match="more than"):
        people_needed(1e-6, sd=1)


def test_the_note_says_how_often_the_smallest_effect_is_missed():
    note = power_table([12], sd=6, power=0.9).notes[-1]
    assert note["details"]["p_missed"] == pytest.approx(0.1)
    assert note["details"]["smallest_value"] == pytest.approx(smallest_effect(sd=6, n_trained=12, n_comparison=12,
                                                                              correlation=0.5, power=0.9))
