import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.targets.capacity_gap import TeamModel, capacity_gap, productivity_by_tier

SURE = {"productivity_cv": 0.0, "market_cv": 0.0, "attrition_rate": 0.0, "fill_cv": 0.0}


def team(n=20, value=1.0):
    return pd.DataFrame(value, index=[f"s{i:03d}" for i in range(n)], columns=range(12))


def newcomer_by_hand(start, ramp, season):
    """Integrate the ramp over fine slices of every month."""
    time = (np.arange(12 * 1000) + 0.5) / 1000
    tenure = np.floor(time - start).astype(int)
    level = np.where(tenure < 0, 0.0, np.append(ramp, 1.0)[np.clip(tenure, 0, len(ramp))])
    return float((level.reshape(12, 1000).mean(axis=1) * season).sum())


@pytest.mark.parametrize("start", [0.0, 2.0, 3.3, 11.5, 12.0])
def test_newcomers_ramp_as_integrated_by_hand(start):
    season = np.array([0.5, 0.6, 1.1, 1, 1, 1, 1, 1, 1.1, 1.2, 1.2, 1.3])
    ramp = (0.1, 0.3, 0.6, 0.9)
    model = TeamModel(productivity=1.0, ramp=ramp, season=tuple(season))
    curve = model.newcomer_curve()
    assert np.interp(start, np.arange(13), curve) == pytest.approx(newcomer_by_hand(start, ramp, season), abs=2e-3)


def test_without_luck_output_is_arithmetic():
    model = TeamModel(productivity=100.0, months_to_fill=0.0, ramp=(), **SURE)
    vacancies = pd.DataFrame({"seat_id": ["v1"], "tier": ["A"], "start_month": [6.0]})
    gap = capacity_gap(team(2), target=2900.0, model=model, vacancies=vacancies)
    assert np.allclose(gap.output, 2 * 1200 + 600)
    assert gap.p_short == 0
    assert gap.p_short_of(3000.01) == 1
    assert gap.bridge["amount"].tolist() == pytest.approx([2400, 0, 0, 0, 0, 600, 3000])
    assert gap.by_month["total"].tolist() == pytest.approx([200] * 6 + [300] * 6)


def test_expected_loss_by_attrition_equals_the_integral():
    rate, months = 0.3, np.arange(12)
    hazard = -np.log1p(-rate) / 12
    kept = (np.exp(-hazard * months) - np.exp(-hazard * (months + 1))) / hazard
    model = TeamModel(productivity=1.0, **(SURE | {"attrition_rate": rate}), months_to_fill=50.0)
    gap = capacity_gap(team(60), target=1.0, model=model, draws=4000)
    assert gap.output.mean() / 60 == pytest.approx(kept.sum(), rel=0.005)
    assert gap.by_month["sellers"].to_numpy() / 60 == pytest.approx(kept, rel=0.02)


def test_attrition_and_successors_equal_a_simulation_by_months():
    """A second, naive simulation with explicit loops over small time steps."""
    rng = np.random.default_rng(5)
    hazard = -np.log1p(-0.4) / 12
    step, total = 0.02, 0.0
    ramp = np.array([0.0, 0.5, 1.0])
    runs = 3000
    for _ in range(runs):
        leave = rng.exponential(1 / hazard)
        start = leave + 3.0
        time = np.arange(0, 12, step) + step / 2
        tenure = np.floor(time - start).astype(int)
        after = np.where(tenure < 0, 0.0, ramp[np.clip(tenure, 0, 2)])
        total += ((time < leave) + after).sum() * step
    model = TeamModel(productivity=1.0, **(SURE | {"attrition_rate": 0.4}), months_to_fill=3.0, ramp=(0.0, 0.5))
    gap = capacity_gap(team(50), target=1.0, model=model, draws=3000)
    assert gap.output.mean() / 50 == pytest.approx(total / runs, rel=0.01)


def test_spread_of_independent_sellers_follows_the_square_root_law():
    model = TeamModel(productivity=1.0, **(SURE | {"productivity_cv": 0.4}))
    gap = capacity_gap(team(100), target=1200.0, model=model, draws=4000)
    assert gap.output.std() == pytest.approx(0.4 * 12 * 10, rel=0.05)
    assert gap.p_short == pytest.approx(0.5, abs=0.03)


def test_a_common_market_does_not_average_out():
    model = TeamModel(productivity=1.0, **(SURE | {"market_cv": 0.1}))
    gap = capacity_gap(team(100), target=1200.0, model=model, draws=4000)
    assert gap.output.std() / gap.output.mean() == pytest.approx(0.1, rel=0.03)


def test_each_seat_keeps_its_luck_whatever_the_order_or_company():
    model = TeamModel(productivity=1.0)
    shuffled = team(15).sample(frac=1, random_state=1)
    one, two = (capacity_gap(frame, target=150.0, model=model) for frame in (team(15), shuffled))
    assert np.array_equal(one.output, two.output)
    fewer = capacity_gap(team(15).drop(index="s003"), target=150.0, model=model)
    assert (fewer.output <= one.output + 1e-9).all()


def test_the_same_seed_gives_the_same_answer_and_another_seed_another():
    model = TeamModel(productivity=1.0)
    a, b, c = (capacity_gap(team(5), target=50.0, model=model, seed=s) for s in (1, 1, 2))
    assert np.array_equal(a.output, b.output)
    assert not np.array_equal(a.output, c.output)


def test_hires_needed_is_the_smallest_number_that_suffices():
    model = TeamModel(productivity=100.0)
    gap = capacity_gap(team(30), target=36_500.0, model=model)
    assert gap.hires_needed is not None
    assert gap.p_with_hires[gap.hires_needed] >= 0.8 > gap.p_with_hires[gap.hires_needed - 1]
    assert (np.diff(gap.p_with_hires) >= 0).all()
    assert gap.to_frame()["hires"].tolist() == list(range(gap.hires_needed + 1))


def test_a_target_beyond_all_hires_says_so():
    gap = capacity_gap(team(3), target=1e9, model=TeamModel(productivity=1.0), max_hires=4)
    assert gap.hires_needed is None
    assert len(gap.p_with_hires) == 5


def test_bridge_adds_up_and_months_add_up_to_expected_output():
    gap = capacity_gap(team(12), target=100.0, model=TeamModel(productivity=3.0))
    assert gap.bridge["amount"].iloc[:-1].sum() == pytest.approx(gap.output.mean())
    assert gap.by_month["total"].sum() == pytest.approx(gap.output.mean())


def test_known_leavers_are_not_replaced():
    leaver = team(1)
    leaver.iloc[0, 6:] = 0.0
    model = TeamModel(productivity=1.0, **(SURE | {"attrition_rate": 0.9}), months_to_fill=0.0, ramp=())
    gap = capacity_gap(leaver, target=1.0, model=model)
    assert gap.output.max() <= 6.0
    assert gap.by_month["successors"].sum() == 0


def test_future_hires_do_not_leave_before_they_come():
    late = team(1)
    late.iloc[0, :10] = 0.0
    model = TeamModel(productivity=1.0, **(SURE | {"attrition_rate": 0.5}), months_to_fill=50.0)
    gap = capacity_gap(late, target=1.0, model=model, draws=4000)
    assert gap.output.mean() == pytest.approx(2.0, rel=0.07)
    assert gap.output.mean() > 1.8


def test_rates_differ_by_tier():
    tiers = pd.Series({"s000": "A", "s001": "B"})
    model = TeamModel(productivity={"A": 10.0, "B": 1.0}, **SURE)
    assert capacity_gap(team(2), target=1.0, model=model, tiers=tiers).output[0] == pytest.approx(132.0)


def test_productivity_is_read_from_last_year_with_small_tiers_pooled():
    sellers = pd.DataFrame(
        {
            "tier": ["A"] * 6 + ["B"],
            "last_year": [12.0, 24.0] * 3 + [120.0],
            "capacity_months": [12.0] * 7,
        }
    )
    table = productivity_by_tier(sellers)
    assert table.loc["A", "productivity"] == pytest.approx(1.5)
    assert table.loc["A", "productivity_cv"] == pytest.approx(1 / 3)
    assert table.loc["B", "productivity"] == pytest.approx(228 / 84)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: TeamModel(productivity=1.0, attrition_rate=1.0), "attrition_rate == 1.0"),
        (lambda: TeamModel(productivity=1.0, months_to_fill=-1), "months_to_fill == -1"),
        (lambda: TeamModel(productivity=1.0, ramp=(1.2,)), "ramp"),
        (lambda: TeamModel(productivity=1.0, season=(1.0,) * 11), "12 weights"),
        (lambda: capacity_gap(team(2).iloc[:, :11], target=1.0, model=TeamModel(productivity=1.0)), "12 months"),
        (lambda: capacity_gap(pd.concat([team(1)] * 2), target=1.0, model=TeamModel(productivity=1.0)), "listed once"),
        (lambda: capacity_gap(team(1), target=np.nan, model=TeamModel(productivity=1.0)), "target == nan"),
        (
            lambda: productivity_by_tier(pd.DataFrame({"tier": ["A"], "last_year": [1.0], "capacity_months": [0.0]})),
            "no row",
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(InputError, match=words):
        call()
