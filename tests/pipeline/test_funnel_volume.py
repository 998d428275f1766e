"""Volumes hold what they promise, and money needs more than deals."""

import numpy as np
import pytest

from salesplan.errors import InputError
from salesplan.pipeline.backward_funnel import backward_funnel
from salesplan.pipeline.funnel_rates import funnel_rate
from salesplan.pipeline.funnel_volume import FunnelVolume, sales_goal


def volume_for_deals(deals: int, *, confidence: float = 0.8, **more: object) -> FunnelVolume:
    return sales_goal(deals, mean_deal=1, deal_variation=0, **more).volume(confidence)


def test_sums_of_skewed_deals_reach_the_amount_as_often_as_promised():
    found = sales_goal(600_000.0, mean_deal=30_000.0, deal_variation=1.2, rate=0.2).volume(0.8)
    rng = np.random.default_rng(5)
    spread = np.sqrt(np.log1p(1.2**2))
    deals = rng.binomial(found.n_needed, 0.2, 4000)
    reached = [rng.lognormal(np.log(30_000) - spread**2 / 2, spread, k).sum() >= 600_000 for k in deals]
    assert np.mean(reached) == pytest.approx(0.8, abs=0.03)
    assert found.n_needed > volume_for_deals(20, rate=0.2, confidence=0.8).n_needed
    assert found.p_mean < 0.55


def test_an_uncertain_rate_asks_for_more():
    sure, unsure = volume_for_deals(20, rate=19 / 152), volume_for_deals(20, seen=(18, 150))
    assert unsure.n_needed > sure.n_needed
    assert volume_for_deals(20, seen=(180, 1500)).n_needed < unsure.n_needed


def test_visits_that_bring_several_orders_each_reach_the_amount_as_often_as_promised():
    goal = sales_goal(400_000.0, mean_deal=20_000.0, deal_variation=0.9, seen=(180, 150), repeats=True)
    found = goal.volume(0.8)
    rng = np.random.default_rng(7)
    spread = np.sqrt(np.log1p(0.9**2))
    rates = rng.gamma(180.5, 1 / 150, 4000)
    orders = rng.poisson(rates * found.n_needed)
    reached = [rng.lognormal(np.log(20_000) - spread**2 / 2, spread, k).sum() >= 400_000 for k in orders]
    assert np.mean(reached) == pytest.approx(found.p_reached, abs=0.03)
    assert found.p_reached >= 0.8 > goal.chance(found.n_needed - 1)
    assert goal.chance(0) == 0


@pytest.mark.parametrize("call", [
    lambda: volume_for_deals(0, rate=0.1), lambda: volume_for_deals(5, seen=(3, 0), repeats=True),
    lambda: volume_for_deals(5), lambda: volume_for_deals(5, rate=0.1, seen=(1, 2)),
    lambda: volume_for_deals(5, rate=1.5), lambda: volume_for_deals(5, seen=(3, 2)), lambda: volume_for_deals(5, rate=0.1, confidence=1.0),
    lambda: sales_goal(0.0, mean_deal=1.0, deal_variation=1.0, rate=0.1),
    lambda: backward_funnel(1.0, mean_deal=0.0, rates={"visits": 0.5}), lambda: backward_funnel(1.0, mean_deal=1.0, rates={}),
    lambda: backward_funnel(1.0, mean_deal=1.0, rates={"visits": 0.0}), lambda: funnel_rate([(0, 5)]),
    lambda: funnel_rate([(5, 10), (3, 6)]),
])
def test_impossible_questions_are_refused(call):
    with pytest.raises(InputError):
        call()
