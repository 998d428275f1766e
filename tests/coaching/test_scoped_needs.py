"""A manager, a trainer and a seller get every part of training needs, with the company's own verdicts and plan."""

import dataclasses
from functools import cached_property

import pandas as pd
import pytest

from salesplan.coaching.course_effects import course_called
from salesplan.coaching.next_roll_out import LATER_WAVE
from salesplan.coaching.pairing import KEPT_APART
from salesplan.coaching.plan_cautions import PART_ONLY
from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.errors import DataError, InputError
from tests.reporting.coached_company import needs

PARTS = [name for name, value in vars(TrainingNeeds).items() if isinstance(value, cached_property)]


@pytest.fixture(scope="module")
def whole() -> TrainingNeeds:
    found = needs()
    data = found.data
    trainer = data.staff.assign(role=data.staff["role"].where(data.staff["rep_id"].ne("M3"), "trainer"),
                                org_id=data.staff["org_id"].where(data.staff["rep_id"].ne("M3"), "co"))
    leaves = trainer.rename(columns={"rep_id": "unit_id", "org_id": "parent_id"})[["unit_id", "parent_id"]]
    units = pd.concat([data.units, leaves.assign(level="rep", name=leaves["unit_id"])], ignore_index=True)
    return dataclasses.replace(found, data=dataclasses.replace(data, staff=trainer, units=units))


def as_seen_by(found: TrainingNeeds, user: str) -> TrainingNeeds:
    return dataclasses.replace(found, data=found.data.scoped_to(user))


@pytest.mark.parametrize(("user", "n_shown"), [("M0", 11), ("M3", 44), ("E005", 1)])
def test_every_part_is_there_for_every_reader(whole: TrainingNeeds, user: str, n_shown: int) -> None:
    own = as_seen_by(whole, user)
    assert len(own.shown) == n_shown
    for part in PARTS:
        getattr(own, part)
    assert set(own.plan.assignments["seller_id"]) <= set(own.shown)
    for seller in list(own.shown)[:2]:
        own.development(seller)


def test_verdicts_and_the_effect_of_a_course_are_those_of_the_company(whole: TrainingNeeds) -> None:
    for user in ("M0", "M3", "E005"):
        own = as_seen_by(whole, user)
        theirs = whole.diagnosis.people.loc[[s for s in own.shown if s in whole.diagnosis.people.index], "verdict"]
        assert own.diagnosis.people.loc[theirs.index, "verdict"].tolist() == theirs.tolist()
        assert own.effect is not None and own.effect.effect is not None
        assert whole.effect is not None and whole.effect.effect is not None
        assert own.effect.effect.effect_share == pytest.approx(whole.effect.effect.effect_share)
        assert own.effect.effect.p_value == pytest.approx(whole.effect.effect.p_value)


def test_a_trainer_and_the_company_get_the_same_plan(whole: TrainingNeeds) -> None:
    assert as_seen_by(whole, "M3").plan.assignments.equals(whole.plan.assignments)


def test_who_belongs_to_no_team_stands_alone(whole: TrainingNeeds) -> None:
    people = whole.data.people
    lone = dataclasses.replace(whole, data=dataclasses.replace(
        whole.data, people=people.assign(org_id=people["org_id"].where(people["seller_id"].ne("E011")))))
    assert lone.effect is not None and lone.effect.effect is not None


def test_tiers_that_nobody_has_are_refused(whole: TrainingNeeds) -> None:
    with pytest.raises(InputError, match=r"mentor_tiers == 'abc', must be a tier: .*骨干"):
        dataclasses.replace(whole, parameters=whole.parameters.with_changes(mentor_tiers=["abc"]))
    with pytest.raises(InputError, match=r"mentor_tiers == 'trainer', must be a tier: (?!.*trainer)"):
        dataclasses.replace(whole, parameters=whole.parameters.with_changes(mentor_tiers=["trainer"]))


def test_a_month_before_the_first_assessment_is_named_with_its_date(whole: TrainingNeeds) -> None:
    early = dataclasses.replace(whole.data, assessments=whole.data.assessments.iloc[:0],
                                first_assessed=pd.Timestamp("2027-03-10"))
    with pytest.raises(DataError, match=rf"period == '{whole.data.label}', must not lie before the first assessment on "
                                        "2027-03-10"):
        dataclasses.replace(whole, data=early)


def test_a_course_may_be_called_by_its_name(whole: TrainingNeeds) -> None:
    first = whole.data.courses.iloc[0]
    assert course_called(whole.data, first["name"]) == first["course"]
    assert course_called(whole.data, "xyz") == "xyz"


def test_a_reader_of_part_of_the_company_is_told_whose_plan_it_is(whole: TrainingNeeds) -> None:
    part = [note["details"] for note in as_seen_by(whole, "M0").plan.notes if note["msgid"] == PART_ONLY]
    assert part == [{"n": 11, "n_all": 44, "budget_money": whole.parameters.budget}]
    assert not whole.of_part(whole.plan)


def test_a_plan_of_development_takes_the_mentors_own_hours_and_names_a_later_wave(whole: TrainingNeeds) -> None:
    pair = whole.mentors.optimal.iloc[0]
    mentors = pd.DataFrame({"seller_id": [pair["mentor_id"]], "capacity": [1], "hours_per_week": [1.5]})
    own = dataclasses.replace(whole, data=dataclasses.replace(whole.data, mentors=mentors))
    mentee = own.mentors.optimal["mentee_id"].iloc[0]
    steps = own.development(mentee).steps.query("how == 'mentor'")
    assert steps["hours"].tolist() == own.mentors.load()["hours"].tolist() == [19.5]
    assert whole.roll_out is not None
    later = whole.roll_out.later()
    notes = {note["msgid"]: note["details"] for note in whole.development(str(later.index[0])).notes}
    assert notes[LATER_WAVE]["start_month"] == later.iloc[0]
    first = whole.roll_out.to_frame().query("wave == 1")["seller_id"].iloc[0]
    assert LATER_WAVE not in {note["msgid"] for note in whole.development(str(first)).notes}


def test_pairs_not_to_be_matched_are_counted_beside_the_mentors(whole: TrainingNeeds) -> None:
    pair = whole.mentors.optimal.iloc[[0]]
    apart = pd.concat([pair[["mentor_id", "mentee_id"]], pd.DataFrame({"mentor_id": ["M0"], "mentee_id": ["M1"]})])
    own = dataclasses.replace(whole, data=dataclasses.replace(whole.data, cannot_match=apart.reset_index(drop=True)))
    assert [n["details"] for n in own.mentors.notes if n["msgid"] == KEPT_APART] == [{"n": 2, "n_kept": 1}]
