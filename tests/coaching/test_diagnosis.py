"""Is it a training problem? Planted causes are told apart, the healthy are left alone, doubt is said."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.diagnosis import diagnose
from salesplan.coaching.verdicts import TRAINING, VERDICT_WORDS
from salesplan.errors import InputError
from tests.coaching.company_of_causes import World, simulate_company
from tests.coaching.funnel_company import FunnelWorld, simulate_funnel

CAUSES = ["effort", "territory", "skill", "ramp"]


@lru_cache
def confusion(world: World | FunnelWorld, seeds: range) -> pd.DataFrame:
    """True cause x verdict, summed over companies."""
    found = []
    for seed in seeds:
        simulate = simulate_company if isinstance(world, World) else simulate_funnel
        measures, cause = simulate(world, seed=seed)
        found.append(pd.DataFrame({"cause": cause, "verdict": diagnose(measures).people["verdict"]}))
    table = pd.concat(found)
    return pd.crosstab(table["cause"], table["verdict"]).reindex(columns=list(VERDICT_WORDS), fill_value=0)


def told_apart(table: pd.DataFrame) -> float:
    return sum(table.loc[cause, cause] for cause in CAUSES) / table.loc[CAUSES].to_numpy().sum()


def healthy_to_training(table: pd.DataFrame) -> float:
    return table.loc["healthy", list(TRAINING)].sum() / table.loc["healthy"].sum()


FULL = World(otherwise_ordinary=1.0)
"""Sellers under a cause differ as much as others in everything else."""


@pytest.mark.parametrize(("world", "least", "companies"), [
    (FULL, 0.80, 20),
    (World(sellers=120, otherwise_ordinary=1.0), 0.76, 8),
    (World(), 0.85, 5),
    (World(sales_sd=0.35, own_sd=0.15, otherwise_ordinary=1.0), 0.76, 6),
    (World(knowledge_too=True, slopes=(0.6, 0.5, 0.25, 0.2), otherwise_ordinary=1.0), 0.85, 5),
    (FunnelWorld(), 0.66, 8),
    (FunnelWorld(deals=36, raters=8), 0.76, 8),
], ids=["usual", "few sellers", "else alike", "noisy results", "knowledge too, flat slopes", "deal by deal", "precise marks"])
def test_four_causes_are_told_apart_and_the_healthy_are_not_trained(world, least, companies):
    table = confusion(world, range(500, 500 + companies))
    assert told_apart(table) >= least, table.to_string()
    assert healthy_to_training(table) < 0.05, table.to_string()


def test_no_cause_hides_behind_the_others():
    table = confusion(FULL, range(500, 520))
    for cause in CAUSES:
        assert table.loc[cause, cause] / table.loc[cause].sum()  >= 0.65, table.to_string()
        # the verdict of each is right more often than not among the planted
        assert table.loc[CAUSES, cause].sum() < 1.2 * table.loc[cause].sum()


def test_smaller_effects_are_seen_less_and_never_send_more_healthy_people_to_training():
    tables = [confusion(World(drop=drop), range(500, 505)) for drop in ((0.78, 0.82), (0.60, 0.70), (0.45, 0.55))]
    shares = [told_apart(table) for table in tables]
    assert shares == sorted(shares) and shares[0] < 0.7 < 0.9 < shares[2]
    assert healthy_to_training(tables[0]) < 0.05


def test_imprecise_assessments_lead_to_doubt_rather_than_to_training():
    precise, vague = World(), World(level_se=(0.7, 0.9))
    seeds = range(500, 505)
    with_precise, with_vague = confusion(precise, seeds), confusion(vague, seeds)
    assert with_vague.loc["skill", "skill"] < 0.5 * with_precise.loc["skill", "skill"]
    assert with_vague.loc["skill", "cannot_tell"] > with_precise.loc["skill", "cannot_tell"]
    assert healthy_to_training(with_vague) <= healthy_to_training(with_precise)


def test_without_planted_causes_hardly_anybody_is_trained():
    table = confusion(World(rate=0.0, newcomers=0.0), range(740, 745))
    assert healthy_to_training(table) < 0.05


@pytest.mark.parametrize("seed", range(3))
def test_nobody_with_a_fine_result_is_sent_to_training(seed):
    measures, _ = simulate_company(World(), seed=seed)
    usual = measures["result"].median()
    people = diagnose(measures, fine_result=usual).people
    trained = people[people["verdict"].isin(TRAINING) | people["second"].isin(TRAINING)]
    assert (trained["result_value"] < usual).all()
    assert (people.loc[measures["result"] >= usual, "verdict"] == "healthy").all()


def company(n=60, *, seed=0, newcomers=0):
    """Everybody as usual, results exactly what effort, leads, skill and ramp make of them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "tier": "骨干", "tenure_months": rng.uniform(20, 60, n), "effort": 40 * np.exp(rng.normal(0, 0.15, n)),
        "leads": 10 * np.exp(rng.normal(0, 0.15, n)), "knowledge": rng.normal(3.2, 0.35, n).clip(1, 5),
        "skill": rng.normal(3.2, 0.35, n).clip(1, 5)}, index=[f"s{i:02d}" for i in range(n)])
    frame.loc[frame.index[n - newcomers:], "tenure_months"] = rng.uniform(1, 10, newcomers)
    return frame, rng


def results(frame, rng, sd=0.05):
    ramp = np.where(frame["tenure_months"] < 12, 1 - 0.1 ** (frame["tenure_months"] / 9), 1.0)
    return (frame["effort"] / 40) ** 0.8 * (frame["leads"] / 10) ** 0.6 * ramp * np.exp(
        0.3 * (frame["skill"] - 3.2) + 0.2 * (frame["knowledge"] - 3.2) + rng.normal(0, sd, len(frame)))


def test_several_causes_give_a_main_and_a_second():
    frame, rng = company()
    frame.loc["s00", ["effort", "skill"]] = [20.0, 2.0]
    frame.loc["s01", ["effort", "skill"]] = [30.0, 1.2]
    found = diagnose(frame.assign(result=results(frame, rng))).people
    assert found.loc["s00", ["verdict", "second"]].tolist() == ["effort", "skill"]
    assert found.loc["s01", ["verdict", "second"]].tolist() == ["skill", "effort"], "clearly the larger part"


def test_a_newcomer_on_the_ramp_is_compared_with_the_ramp_and_one_behind_it_with_other_causes():
    frame, rng = company(80, newcomers=14)
    frame.loc["s66":"s78", "tenure_months"] = np.linspace(1, 10, 13)
    frame.loc["s79", ["tenure_months", "effort"]] = [5.0, 18.0]
    found = diagnose(frame.assign(result=results(frame, rng))).people
    early = found[(frame["tenure_months"] < 6) & (found.index != "s79")]
    assert len(early) >= 4
    assert (early["verdict"] == "ramp").all()
    assert (early["result_change"] < -0.2).all()
    assert found.loc["s79", ["verdict", "second"]].tolist() == ["effort", "ramp"]


def test_leads_that_fail_because_visits_do_are_no_fault_of_the_territory():
    measures, cause = simulate_funnel(FunnelWorld(drop=(0.45, 0.55)), seed=3)
    found = diagnose(measures)
    lazy = cause.index[cause == "effort"]
    assert (measures.loc[lazy, "leads"] < 0.75 * measures["leads"].median()).mean() > 0.8
    assert (found.people.loc[lazy, "verdict"] == "effort").mean() > 0.8
    told = pd.concat([found.explain(i).set_index("measure").loc["leads"] for i in lazy], axis=1)
    assert (told.loc["usual_value"] < 0.9 * measures["leads"].median()).mean() > 0.8, "compared with what so many visits bring"


def test_a_result_just_below_usual_that_strengths_hold_up_is_looked_into():
    frame, rng = company(120)
    frame.loc["s00", ["effort", "leads", "knowledge", "skill"]] = [22.0, 10.0, 3.2, 3.2]
    made = results(frame, rng)
    made["s00"] = 0.96 * made.median()
    found = diagnose(frame.assign(result=made, result_se=0.1 * made)).people
    assert found.loc["s00", "verdict"] == "effort"
    assert found.loc["s00", "result_change"] > -0.1
    made["s00"] = 1.1 * made.median()
    assert diagnose(frame.assign(result=made, result_se=0.1 * made)).people.loc["s00", "verdict"] == "healthy"


def test_the_first_months_are_never_blamed_on_anything_else():
    frame, rng = company(80, newcomers=14)
    frame.loc["s79", ["tenure_months", "effort", "skill"]] = [1.0, 15.0, 1.0]
    found = diagnose(frame.assign(result=results(frame, rng))).people
    assert found.loc["s79", "verdict"] == "ramp"


def test_a_ramp_from_elsewhere_is_taken():
    frame, rng = company(60, newcomers=3)
    told = diagnose(frame.assign(result=results(frame, rng)), t90=9.0)
    assert told.t90 == 9.0
    assert told.people.loc["s59", "ramp_share"] == pytest.approx(1 - 0.1 ** (frame.loc["s59", "tenure_months"] / 9))


def test_without_effort_training_is_never_the_verdict():
    frame, rng = company()
    frame.loc["s00", "skill"] = 1.4
    measures = frame.assign(result=results(frame, rng))
    assert diagnose(measures).people.loc["s00", "verdict"] == "skill"
    found = diagnose(measures.drop(columns="effort"))
    assert found.people.loc["s00", "verdict"] == "cannot_tell"
    assert "visits" in found.people.loc["s00", "next_step_msgid"]
    assert not found.people["verdict"].isin(TRAINING).any()
    assert any("Not looked at" in note["msgid"] for note in found.notes)


def test_a_territory_that_the_target_already_allows_for_is_no_cause():
    frame, rng = company(150)
    frame["territory"] = 100 * np.exp(rng.normal(0, 0.4, 150))
    fair = diagnose(frame.assign(result=results(frame, rng, 0.1)))
    counted = diagnose(frame.assign(result=results(frame, rng, 0.1) * (frame["territory"] / 100) ** 0.7))
    assert fair.slopes.loc["territory", "slope"] < 0.1 < counted.slopes.loc["territory", "slope"]
    poor = frame.index[frame["territory"] < 65]
    assert len(poor) >= 10
    assert (counted.people.loc[poor, "verdict"] == "territory").mean() > 0.7
    assert (fair.people.loc[poor, "verdict"] == "territory").mean() < 0.2


def test_unknown_figures_lead_to_cannot_tell_with_the_step_that_is_missing():
    frame, rng = company()
    frame.loc["s00", "skill"] = 1.2
    measures = frame.assign(result=results(frame, rng))
    measures.loc["s00", ["skill", "knowledge"]] = np.nan
    measures.loc["s01", "result"] = np.nan
    found = diagnose(measures)
    assert found.people.loc["s00", "verdict"] == "cannot_tell"
    assert "Assess" in found.people.loc["s00", "next_step_msgid"]
    assert found.people.loc["s00", "unchecked"] == ("territory", "knowledge", "skill")
    assert found.people.loc["s01", "verdict"] == "cannot_tell"
    assert "No result" in found.people.loc["s01", "next_step_msgid"]


def test_low_conversion_with_usual_levels_is_pointed_out():
    frame, rng = company()
    measures = frame.assign(result=results(frame, rng), conversion=0.25 * np.exp(rng.normal(0, 0.1, 60)))
    measures.loc["s00", ["result", "conversion"]] = [0.5, 0.1]
    measures.loc["s00", ["effort", "leads", "skill", "knowledge"]] = [40, 10, 3.2, 3.2]
    found = diagnose(measures)
    assert found.people.loc["s00", "verdict"] == "cannot_tell"
    assert "Few deals" in found.people.loc["s00", "next_step_msgid"]
    assert found.explain("s00").set_index("measure").loc["conversion", "status"] == "low"


def test_a_seller_without_any_visit_is_low_not_infinite():
    frame, rng = company()
    measures = frame.assign(result=results(frame, rng))
    measures.loc["s00", ["effort", "result"]] = [0.0, -5.0]
    found = diagnose(measures)
    assert found.people.loc["s00", "verdict"] == "effort"
    assert np.isfinite(found.people["result_change"]).all()


def test_explanation_has_the_steps_in_order_and_agrees_with_the_verdict():
    measures, _ = simulate_company(World(), seed=4)
    found = diagnose(measures)
    steps = ["result", "effort", "leads", "territory", "ramp", "knowledge", "skill"]
    for seller, row in found.people.iterrows():
        told = found.explain(seller)
        assert told["measure"].tolist() == [s for s in steps if s in set(told["measure"])]
        status = told.set_index("measure")["status"]
        if row["verdict"] == "territory":
            assert "low" in (status["leads"], status["territory"])
        elif row["verdict"] in ("effort", "knowledge", "skill"):
            assert status[row["verdict"]] == "low"
            assert 0 < row["shortfall_share"] <= 1
            assert row["probability"] >= 0.5
        assert status["result"] == ("usual" if row["verdict"] == "healthy" and status["result"] != "high" else
                                    "high" if row["verdict"] == "healthy" else "low")
    with pytest.raises(InputError, match="was not diagnosed"):
        found.explain("nobody")


def test_summary_counts_everybody_once():
    measures, _ = simulate_company(World(), seed=5)
    found = diagnose(measures)
    assert found.summary()["n"].sum() == len(measures)
    assert found.summary("tier").drop(columns="tier").to_numpy().sum() == len(measures)
    with pytest.raises(InputError, match="by == 'town'"):
        found.summary("town")


def test_targets_that_most_miss_are_said():
    frame, rng = company()
    found = diagnose(frame.assign(result=0.6 * results(frame, rng)), fine_result=1.0)
    assert any("look at the targets" in note["msgid"] for note in found.notes)
    assert (found.people["verdict"] == "healthy").mean() > 0.5, "missing with everybody else is no fault of one"


def test_input_is_not_changed_and_order_does_not_matter():
    measures, _ = simulate_company(World(sellers=80), seed=6)
    before = measures.copy()
    first = diagnose(measures).people["verdict"]
    pd.testing.assert_frame_equal(measures, before)
    shuffled = diagnose(measures.sample(frac=1, random_state=1)).people["verdict"]
    assert first.equals(shuffled.reindex(first.index))


@pytest.mark.parametrize(("change", "message"), [
    (lambda m: m.drop(columns="result"), "no column 'result'"),
    (lambda m: m.assign(skill=7.0), "skill == 7, must be a number between 1 and 5"),
    (lambda m: m.assign(effort=-1.0), "effort == -1"),
    (lambda m: m.assign(effort="many"), "effort == 'many'"),
    (lambda m: m.assign(effort=0.0), "effort is 0 or less for everybody"),
    (lambda m: m.assign(tenure_months=-3.0), "tenure_months == -3"),
    (lambda m: pd.concat([m, m.head(1)]), "comes twice"),
    (lambda m: m.head(5), "5 people with results"),
])
def test_wrong_measures_are_named(change, message):
    measures, _ = simulate_company(World(sellers=60), seed=7)
    with pytest.raises(InputError, match=message):
        diagnose(change(measures))


@pytest.mark.parametrize("option", [{"low": 1.2}, {"share": 0.0}, {"behind_ramp": 0.1}, {"minimum": 2}, {"by": ["town"]}])
def test_wrong_options_are_named(option):
    measures, _ = simulate_company(World(sellers=60), seed=7)
    with pytest.raises(InputError, match="town" if "by" in option else next(iter(option))):
        diagnose(measures, **option)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(9, 40), gone=st.floats(0, 0.6))
def test_any_gaps_give_a_verdict_with_a_next_step(seed, n, gone):
    measures, _ = simulate_company(World(sellers=n), seed=seed)
    rng = np.random.default_rng(seed)
    holes = measures.mask(rng.random(measures.shape) < gone)
    holes["tier"], holes["result"] = measures["tier"], measures["result"]
    people = diagnose(holes).people
    assert set(people["verdict"]) <= set(VERDICT_WORDS)
    assert people["next_step_msgid"].str.len().gt(10).all()
    assert not (people["verdict"].isin(TRAINING) & holes["effort"].isna()).any()


def test_sales_of_a_tier_of_few_are_not_held_against_those_of_another():
    frame, rng = company()
    measures = frame.assign(result=results(frame, rng))
    few = measures.index[:4]
    measures.loc[few, "tier"] = "经理"
    measures.loc[few, "result"] *= 0.4
    found = diagnose(measures)
    assert (found.people.loc[few, "verdict"] == "cannot_tell").all()
    assert found.people.loc[few, "next_step_msgid"].str.startswith("Too few peers in the tier").all()
    assert found.people.loc[few, "result_change"].isna().all()
    assert any(note["details"].get("n") == 4 and "too few peers" in note["msgid"] for note in found.notes)
    assert diagnose(measures, within_tier=False).people.loc[few, "result_change"].lt(-0.3).all()
    assert diagnose(measures, fine_result=1.0).people.loc[few, "result_change"].lt(-0.3).all()


def test_a_newcomer_in_a_tier_of_few_is_compared_with_the_ramp():
    frame, rng = company(60, newcomers=6)
    frame.loc[frame.index[-6:], "tier"] = "新人"
    found = diagnose(frame.assign(result=results(frame, rng))).people
    assert found.loc[frame.index[-6:], "result_change"].notna().all()


def test_noughts_for_most_are_no_measure_of_effort_and_that_is_said():
    frame, rng = company()
    measures = frame.assign(result=results(frame, rng))
    measures.loc[measures.index[:36], "effort"] = 0.0
    found = diagnose(measures)
    assert not found.people["verdict"].isin(["effort", *TRAINING]).any()
    assert found.people["unchecked"].map(lambda missing: "effort" in missing).all()
    assert any("same figure" in note["msgid"] for note in found.notes)
