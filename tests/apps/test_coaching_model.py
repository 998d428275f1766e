"""State of the coaching panel without widgets: the drill, the knobs, the plan under any budget, and who may be named."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from salesplan.apps.coaching_budget import MOST_STOPS, BudgetPlans, budget_stops, curve_stops, nice_step
from salesplan.apps.coaching_downloads import training_file
from salesplan.apps.coaching_drill import EVERY_TEAM, MISSING, SAME_FOR_ALL, is_grey
from salesplan.apps.coaching_model import CoachingModel
from salesplan.apps.coaching_plan_card import curve_html
from salesplan.apps.coaching_plan_html import left_html, plan_headline
from salesplan.coaching.small_groups import SHOWN
from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.errors import InputError, ParameterError
from salesplan.reporting.training_workbook import export_training_workbook
from tests.reporting.coached_company import LEADERS, SELLERS, needs, shown_only

NEEDS = needs()


@pytest.fixture
def model() -> CoachingModel:
    return CoachingModel(NEEDS, "zh")


def with_data(found: TrainingNeeds, **changes: object) -> TrainingNeeds:
    return dataclasses.replace(found, data=dataclasses.replace(found.data, **changes))


def test_the_drill_leads_from_tiers_to_teams_to_a_person(model: CoachingModel) -> None:
    drill = model.drill
    assert drill.depth == "tier" and drill.rows == ("新人", "骨干", "管理者")
    drill.open_row("骨干")
    assert drill.depth == "team" and set(drill.rows) == {"t0", "t1", "t2", "t3"}
    drill.open_row("t1")
    assert drill.depth == "person" and set(drill.rows) == {who for who in SELLERS[:28] if int(who[1:]) % 4 == 1}
    drill.open_row("E005")
    assert (drill.tier, drill.team, drill.person) == ("骨干", "t1", "E005")
    drill.open_tier("")
    assert (drill.depth, drill.person) == ("tier", "")


def test_rows_of_people_stand_with_the_largest_gap_first(model: CoachingModel) -> None:
    model.drill.open_tier("骨干")
    model.drill.open_team("t1")
    means = model.drill.cells().groupby("row")["gap"].mean()
    assert list(model.drill.rows) == list(means.sort_values(ascending=False, kind="stable").index)


def test_small_teams_have_no_figure_and_their_tier_opens_at_its_people(model: CoachingModel) -> None:
    drill = model.drill
    drill.open_tier("管理者")
    assert drill.team == EVERY_TEAM and set(drill.rows) == set(LEADERS)
    drill.open_person("M2")
    assert (drill.team, drill.person) == (EVERY_TEAM, "M2")
    drill.open_team("")
    cells = drill.cells()
    assert cells["gap"].isna().all() and cells["state"].map(is_grey).all()


def test_a_skill_without_an_assessment_is_named_so(model: CoachingModel) -> None:
    gone = NEEDS.data.assessments
    found = with_data(NEEDS, assessments=gone[~((gone["seller_id"] == "E005") & (gone["skill"] == "S2"))])
    drill = CoachingModel(found, "zh").drill
    drill.open_person("E005")
    cells = drill.cells().set_index(["row", "skill"])
    assert cells.loc[("E005", "S2"), "state"] == MISSING and cells.loc[("E005", "S1"), "state"] == SHOWN


@pytest.mark.parametrize(("action", "value"), [("open_tier", "董事"), ("open_team", "t9"), ("open_person", "E999")])
def test_what_a_page_sends_is_checked(model: CoachingModel, action: str, value: str) -> None:
    model.drill.open_tier("骨干")
    with pytest.raises(InputError, match=value):
        getattr(model.drill, action)(value)
    assert model.drill.tier == "骨干"


def test_a_manager_sees_own_people_only_and_the_company_for_comparison() -> None:
    own = [who for who in SELLERS if int(who[1:]) % 4 == 2]
    model = CoachingModel(shown_only(NEEDS, own), "zh")
    assert model.drill.rows == ("新人", "骨干", "管理者")
    everyone = CoachingModel(NEEDS, "zh").drill.cells()
    pd.testing.assert_frame_equal(model.drill.cells(), everyone)
    model.drill.open_tier("骨干")
    assert model.drill.team == "t2" and set(model.drill.rows) <= set(own)
    with pytest.raises(InputError, match="E001"):
        model.drill.open_person("E001")
    with pytest.raises(InputError, match="E001"):
        model.sheet_of("E001")
    assert model.plan is not None
    assert set(model.plan.assignments["seller_id"]) | set(model.plan.coverage["seller_id"]) <= set(own)
    pairs = model.mentors
    named = {*pairs.optimal["mentor_id"], *pairs.optimal["mentee_id"], *pairs.unmatched["mentee_id"]}
    assert named <= set(own)


def test_the_plan_follows_the_budget_within_money_hours_and_courses(model: CoachingModel) -> None:
    shares = []
    for budget in (0, 10_000, 20_000, 40_000):
        model.set(budget=budget)
        assert model.plan is not None and model.plan.budget == budget and model.plan.spent <= budget
        shares.append(model.plan.covered_share)
    assert shares == sorted(shares) and shares[0] == 0 < shares[-1]
    model.set(hours_per_person=8, courses_per_person=1)
    per_person = model.plan.assignments.groupby("seller_id").agg(n=("course", "size"), hours=("hours", "sum"))
    assert per_person["n"].max() == 1 and per_person["hours"].max() <= 8


def test_rest_proves_the_plan_and_tells_what_more_money_adds(model: CoachingModel) -> None:
    model.set(budget=5_000)
    assert model.following is None
    proof = model.proof()
    assert proof is not None
    model.take(proof)
    assert model.plan is proof.plan and model.plan.is_proven
    exact = NEEDS.planner.shadow_value(5_000)
    assert model.following is not None and model.following.extra_share == pytest.approx(exact.extra_share)


def test_a_page_nobody_waits_for_shows_the_plan_of_the_needs_themselves() -> None:
    own = needs()
    model = CoachingModel(own, "zh")
    proof = model.settle()
    assert proof is not None and proof.plan is own.plan and proof.plan.is_proven
    model.set(budget=7_000)
    other = model.settle()
    alone = dataclasses.replace(own, parameters=own.parameters.with_changes(budget=7_000))
    assert other is not None
    pd.testing.assert_frame_equal(other.plan.assignments, alone.plan.assignments)


def test_a_file_taken_after_a_move_holds_the_proven_plan_and_so_does_the_page(model: CoachingModel) -> None:
    model.set(budget=6_000)
    content, _ = training_file(model, "zh")
    alone = dataclasses.replace(NEEDS, parameters=NEEDS.parameters.with_changes(budget=6_000))
    assert model.plan is not None and model.plan.is_proven and model.following is not None
    pd.testing.assert_frame_equal(model.plan.assignments, alone.plan.assignments)
    assert content == export_training_workbook(alone, language="zh")


def test_a_reader_whose_people_need_no_course_is_told_so() -> None:
    verdicts = NEEDS.diagnosis.people["verdict"]
    model = CoachingModel(shown_only(NEEDS, [str(verdicts.index[verdicts.eq("effort")][0])]), "en")
    proof = model.settle()
    assert proof is not None and model.plan is not None and not model.plan.need_value
    model.curve = proof.plans.curve(model.curve_budgets())
    model.take(proof)
    assert "nothing is planned" in curve_html(model, "en") and "nothing is planned" in left_html(model, "en")
    assert "Need covered" in plan_headline(model, "en", model.following)


def test_a_proof_for_a_budget_left_meanwhile_is_not_shown(model: CoachingModel) -> None:
    proof = model.proof()
    model.set(budget=3_000)
    shown = model.plan
    assert proof is not None
    model.take(proof)
    assert model.plan is shown and model.following is None


def test_parts_that_no_knob_moves_are_kept(model: CoachingModel) -> None:
    levels, diagnosis, plan = model.needs.levels, model.needs.diagnosis, model.plan
    model.set(matching="stable")
    assert model.plan is plan and model.parameters.matching == "stable"
    model.set(budget=7_000)
    assert model.needs.levels is levels and model.needs.diagnosis is diagnosis and model.plan is not plan
    assert model.base.parameters.budget == 40_000
    model.reset()
    assert model.parameters == model.base.parameters


def test_the_needs_of_the_model_carry_the_plan_on_the_screen(model: CoachingModel) -> None:
    model.set(budget=9_000)
    assert model.needs.plan is model.plan and model.needs.parameters.budget == 9_000
    assert model.needs.planner.solve(9_000).spent <= 9_000


@pytest.mark.parametrize(("knobs", "error"), [({"seed": 3}, InputError), ({"budget": -1}, ParameterError),
                                              ({"courses_per_person": 99}, ParameterError)])
def test_knobs_outside_their_rule_change_nothing(model: CoachingModel, knobs: dict[str, float], error: type[Exception]) -> None:
    before = model.needs
    with pytest.raises(error):
        model.set(**knobs)
    assert model.needs is before


def test_own_ratings_are_told_beside_those_of_others(model: CoachingModel) -> None:
    own = model.own_levels("E000")
    said = NEEDS.data.assessments
    mine = said[(said["seller_id"] == "E000") & (said["source"] == "self") & (said["skill"] == "S1")]["level"]
    assert set(own) == {"S1", "S2", "S3", "S4"} and own["S1"] == pytest.approx(float(mine.iloc[0]))


def test_without_results_there_is_a_heatmap_and_a_reason_in_place_of_a_plan() -> None:
    quota = NEEDS.data.quota
    history = NEEDS.data.history
    found = with_data(NEEDS, quota=quota.iloc[:0], history=history.iloc[:0], leads=NEEDS.data.leads.iloc[:0])
    model = CoachingModel(found, "zh")
    assert model.plan is None and model.unplanned is not None and model.proof() is None
    model.set(budget=1_000)
    assert model.parameters.budget == 1_000 and model.drill.rows


def test_stops_of_the_slider_are_round_and_hold_the_budget() -> None:
    for cost, budget in ((549_600, 100_000), (21_100, 40_000), (0, 0), (3e6, 123_456)):
        stops = budget_stops(cost, budget)
        assert stops[0] == 0 and budget in stops and len(stops) <= MOST_STOPS + 2 and stops == sorted(set(stops))
        if cost:
            assert 2 * cost <= stops[-1] <= 2.2 * cost + nice_step(2 * cost / MOST_STOPS) or stops[-1] == budget
        curve = curve_stops(stops, budget)
        assert {0.0, stops[-1], budget} <= set(curve) <= set(stops)


def test_a_curve_that_is_no_longer_wanted_ends() -> None:
    plans = BudgetPlans(NEEDS.planner)
    asked = iter([True, True, False])
    curve = plans.curve([0.0, 2_000.0, 4_000.0, 8_000.0], is_wanted=lambda: next(asked))
    assert curve["budget"].tolist() == [0.0, 2_000.0] and np.isfinite(curve["covered_share"]).all()


def test_a_skill_in_which_all_are_rated_alike_is_grey_for_that_reason() -> None:
    said = NEEDS.data.assessments
    found = with_data(NEEDS, assessments=said.assign(level=said["level"].where(said["skill"] != "S1", 5.0)))
    drill = CoachingModel(found, "zh").drill
    cells = drill.cells().set_index(["row", "skill"])["state"]
    assert cells["骨干", "S1"] == SAME_FOR_ALL and cells["新人", "S2"] != SAME_FOR_ALL
    drill.open_person("E005")
    assert drill.cells().set_index(["row", "skill"])["state"]["E005", "S1"] == SAME_FOR_ALL
