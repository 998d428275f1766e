"""The wild bootstrap gives what fitting every draw again would give, only sooner."""

import numpy as np
import pytest

from salesplan.coaching.wild_bootstrap import wild_cluster_bootstrap
from salesplan.errors import InputError


def sample(n_teams: int, effect: float = 0.0, seed: int = 1):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), rng.integers(3, 12, n_teams))
    trained = (team % 2).astype(float)
    y = effect * trained + rng.normal(0, 2, n_teams)[team] + rng.normal(0, 3, len(team))
    return y, np.column_stack([np.ones(len(team)), trained, rng.normal(size=len(team))]), team


def by_hand(y, x, team, null, signs):
    """Every sign vector fitted anew, t by CR1 without a correction (it cancels)."""

    def t_value(outcome):
        beta = np.linalg.lstsq(x, outcome, rcond=None)[0]
        rest, inverse = outcome - x @ beta, np.linalg.inv(x.T @ x)
        meat = sum(np.outer(s, s) for s in (x[team == g].T @ rest[team == g] for g in np.unique(team)))
        return (beta[1] - null) / np.sqrt((inverse @ meat @ inverse)[1, 1])

    others = np.delete(x, 1, axis=1)
    shifted = y - null * x[:, 1]
    fitted = others @ np.linalg.lstsq(others, shifted, rcond=None)[0]
    rest = shifted - fitted
    drawn = np.array([t_value(fitted + null * x[:, 1] + s[team] * rest) for s in signs])
    return (1 + (np.abs(drawn) >= abs(t_value(y)) * (1 - 1e-9)).sum()) / (1 + len(signs))


def test_all_signs_of_seven_teams_agree_with_fitting_them_all():
    y, x, team = sample(7, effect=3)
    signs = np.array(np.meshgrid(*[[-1, 1]] * 7)).reshape(7, -1).T
    found = wild_cluster_bootstrap(y, x, team, tested=1, draws="rademacher")
    assert found.n_draws == 128
    assert found.p_value == pytest.approx(by_hand(y, x, team, 0.0, signs))


def test_the_interval_holds_what_is_not_rejected():
    y, x, team = sample(7, effect=8)
    found = wild_cluster_bootstrap(y, x, team, tested=1, draws="rademacher", coverage=0.8)
    signs = np.array(np.meshgrid(*[[-1, 1]] * 7)).reshape(7, -1).T
    width = found.upper - found.lower
    assert by_hand(y, x, team, found.lower - 0.05 * width, signs) <= 0.2 < by_hand(y, x, team, found.lower + 0.05 * width, signs)
    assert by_hand(y, x, team, found.upper + 0.05 * width, signs) <= 0.2 < by_hand(y, x, team, found.upper - 0.05 * width, signs)


def test_p_value_and_interval_say_the_same():
    for seed in range(20):
        found = wild_cluster_bootstrap(*sample(9, effect=3, seed=seed), tested=1, bootstraps=499, seed=seed)
        assert (found.p_value <= 0.05) == (not found.lower <= 0 <= found.upper)


def test_with_two_teams_nothing_is_ruled_out():
    found = wild_cluster_bootstrap(*sample(2, effect=50), tested=1)
    assert found.p_value > 0.05
    assert np.isinf(found.lower) and np.isinf(found.upper)


def test_seed_decides_and_input_is_left_alone():
    y, x, team = sample(15, effect=1)
    kept = y.copy(), x.copy(), team.copy()
    one, two = (wild_cluster_bootstrap(y, x, team, tested=1, seed=3) for _ in range(2))
    assert (one.p_value, one.lower, one.upper) == (two.p_value, two.lower, two.upper)
    assert one.draws == "rademacher" and one.n_draws == 2000
    for before, after in zip(kept, (y, x, team), strict=True):
        np.testing.assert_array_equal(before, after)


def test_placebo_in_ten_teams_is_seldom_called_an_effect():
    called = np.mean([wild_cluster_bootstrap(*sample(10, seed=s), tested=1, bootstraps=299, seed=s).p_value < 0.05
                      for s in range(300)])
    assert called <= 0.09


@pytest.mark.parametrize(("options", "message"), [({"bootstraps": 10}, "at least 100"), ({"draws": "coin"}, "draws == 'coin'")])
def test_bad_options(options, message):
    with pytest.raises(InputError, match=message):
        wild_cluster_bootstrap(*sample(5), tested=1, **options)
