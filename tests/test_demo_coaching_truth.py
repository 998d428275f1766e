"""What is known of the demo company's skills, courses and coaching comes out of its files, within stated tolerances."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesplan.data.dataset import load
from salesplan.data.demo import DemoTruth
from salesplan.data.demo_coaching_truth import CoachingTruth
from salesplan.data.demo_people import RAMP
from salesplan.data.reducers.reduce import kpi_view
from salesplan.data.workspace import Workspace

HELD_BACK = {
    "unknown_skill": "unknown_skill", "unknown_course": "unknown_course", "unknown_seller": "unknown_rep",
    "score_outside_scale": "score_outside_scale", "unparseable_score": "unparseable_number",
    "unparseable_date": "unparseable_date", "value_below_zero": "value_below_zero",
    "mentor_is_mentee": "mentor_is_mentee", "footer_or_total_row": "footer_or_total_row"}
SETTLED, NEW = "骨干", "新人"


@pytest.fixture(scope="module")
def demo(demo_workspace: Path) -> DemoTruth:
    return DemoTruth.read(demo_workspace.parent / "demo_truth.yaml")


@pytest.fixture(scope="module")
def truth(demo: DemoTruth) -> CoachingTruth:
    return demo.coaching


@pytest.fixture(scope="module")
def space(demo_workspace: Path) -> Workspace:
    return Workspace(demo_workspace)


@pytest.fixture(scope="module")
def known(truth: CoachingTruth) -> pd.Series:
    """True levels by round, person and skill."""
    frames = {name: pd.DataFrame(people).T for name, people in truth.skill_level.items()}
    return pd.concat(frames).stack().rename_axis(["round", "rep_id", "skill_id"]).rename("known")


@pytest.fixture(scope="module")
def said(space: Workspace, known: pd.Series, truth: CoachingTruth) -> pd.DataFrame:
    """Assessments on the scale of levels, beside the true ones; without the skill in which all get the top."""
    frame = space.read_table("skill_assessment")
    low, high = truth.scale
    share = (frame["score"] - frame["scale_min"]) / (frame["scale_max"] - frame["scale_min"])
    frame = frame.assign(said=low + (high - low) * share).join(known, on=["round", "rep_id", "skill_id"])
    assert frame["known"].notna().all()
    return frame[frame["skill_id"] != truth.ceiling_skill].assign(off=lambda f: f["said"] - f["known"])


@pytest.fixture(scope="module")
def tests(said: pd.DataFrame) -> pd.DataFrame:
    """Levels by test: round and person by skill."""
    own = said[said["source"] == "test"]
    return own.pivot_table(index=["round", "rep_id"], columns="skill_id", values="said")


@pytest.fixture(scope="module")
def settled(truth: CoachingTruth) -> list[str]:
    """Settled sellers assessed in every round, without those planted."""
    planted = {person for people in truth.causes.values() for person in people}
    there = set.intersection(*(set(people) for people in truth.skill_level.values()))
    return sorted(p for p in there if truth.skill_tier[p] == SETTLED and p not in planted)


@pytest.fixture(scope="module")
def monthly(space: Workspace) -> dict[str, pd.DataFrame]:
    """Calls, and sales: person by month."""
    with space.connect() as connection:
        contact = kpi_view("contact", connection).to_pandas(date_as_object=False)
        sale = kpi_view("sale", connection).to_pandas(date_as_object=False)
    calls = contact[contact["is_call"]]
    count = pd.crosstab(calls["rep_id"], calls["date"].dt.to_period("M"))
    sold = sale.assign(month=sale["date"].dt.to_period("M"), amount=sale["amount"].astype(float))
    return {"calls": count, "sales": sold.pivot_table(index="rep_id", columns="month", values="amount", aggfunc="sum",
                                                      fill_value=0.0)}


def test_rows_arrive_and_planted_faults_are_held_back(space: Workspace, truth: CoachingTruth) -> None:
    held = space.read_quarantine()
    for table, rows in truth.rows.items():
        assert len(space.read_table(table)) == rows, table
        planted = {k: n for k, n in truth.faults[table].items() if k in HELD_BACK}
        expected: dict[str, int] = {}
        for kind, count in planted.items():
            expected[HELD_BACK[kind]] = expected.get(HELD_BACK[kind], 0) + count
        reasons = held.loc[held["table"] == table, "reasons"].astype(str)
        found = {reason: int(reasons.str.contains(reason).sum()) for reason in expected}
        assert found == expected and len(reasons) == sum(planted.values()), table
    assert set(truth.faults["skill_assessment"]) - set(HELD_BACK) == {"exact_duplicate", "blank_score"}


def test_twelve_skills_of_two_kinds_and_profiles_for_three_tiers(space: Workspace, truth: CoachingTruth) -> None:
    skills = space.read_table("skill").set_index("skill_id")
    assert skills["name"].to_dict() == {s: d["name"] for s, d in truth.skills.items()} and len(skills) == 12
    assert skills["name_en"].notna().all() and set(skills["kind"]) == {"knowledge", "skill"}
    profiles = space.read_table("role_profile")
    assert set(profiles["tier"]) == {NEW, SETTLED, "管理者"}
    assert set(profiles["role"].dropna()) == {"director"}
    assert profiles["required_level"].between(*truth.scale).all()


def test_the_trainer_belongs_to_the_company_and_sells_nothing(space: Workspace, truth: CoachingTruth) -> None:
    people = load(space).people.set_index("rep_id")
    own = people.loc[truth.trainer]
    assert own["role"] == "trainer" and own["org_id"] == "D00" and not own["is_seller"]
    testers = space.read_table("skill_assessment").query("source == 'test'")["assessor_id"]
    assert set(testers) == {truth.trainer}


def test_scores_are_about_the_true_levels(said: pd.DataFrame, truth: CoachingTruth) -> None:
    """Tests and customers are right on average; rounding to ninths or halves adds little to the noise stated."""
    off = said.groupby("source")["off"]
    assert abs(off.mean()["test"]) < 0.02 and abs(off.mean()["customer"]) < 0.05
    for source in ("test", "customer"):
        assert off.std()[source] == pytest.approx(truth.score_noise[source], rel=0.1)


def test_the_strong_rate_themselves_too_low_and_the_weak_too_high(
    said: pd.DataFrame, known: pd.Series, truth: CoachingTruth
) -> None:
    """Some 350 people and rounds with eleven scores each: the slope has a standard error of .02."""
    plain = known.drop([truth.ceiling_skill, "S12"], level="skill_id").groupby(["round", "rep_id"]).mean()
    own = said[said["source"] == "self"].groupby(["round", "rep_id"])["off"].mean()
    reference = truth.self_bias["reference"]
    slope, level = np.polyfit(plain[own.index] - reference, own, 1)
    assert slope == pytest.approx(truth.self_bias["slope"], abs=0.06)
    assert level == pytest.approx(truth.self_bias["level"], abs=0.04)
    order = plain[own.index].rank(pct=True)
    assert own[order > 0.9].mean() < -0.1 and own[order < 0.1].mean() > 0.5
    tier = pd.Series(truth.skill_tier)
    last = own.xs(list(truth.rounds)[-1], level="round")
    assert last.groupby(tier).mean().sub(pd.Series(truth.self_bias["by_tier"])).abs().max() < 0.12


def test_lenient_leads_are_those_stated(said: pd.DataFrame, truth: CoachingTruth) -> None:
    found = said[said["source"] == "manager"].groupby("assessor_id")["off"].mean()
    stated = pd.Series(truth.manager_leniency)
    assert set(found.index) == set(stated.index) and stated.std() > 0.2
    assert (found - stated).abs().max() < 0.1
    several = said[said["source"] == "manager"].groupby("rep_id")["assessor_id"].nunique()
    assert (several >= 2).sum() > 30  # leads can be told apart: some people are judged by two


def test_everybody_is_given_the_top_of_one_skill(space: Workspace, truth: CoachingTruth) -> None:
    scores = space.read_table("skill_assessment")
    own = scores[scores["skill_id"] == truth.ceiling_skill]
    assert len(own) > 500 and (own["score"] == own["scale_max"]).all()
    others = scores[(scores["skill_id"] != truth.ceiling_skill) & scores["source"].isin(["self", "manager"])]
    assert (others["score"] == others["scale_max"]).groupby(others["skill_id"]).mean().max() < 0.25


def test_directors_rate_only_themselves_and_the_newest_are_not_assessed(
    space: Workspace, truth: CoachingTruth
) -> None:
    sources = space.read_table("skill_assessment").groupby("rep_id")["source"].agg(set)
    assert sorted(p for p, how in sources.items() if how == {"self"}) == truth.only_self_rated
    assert len(truth.only_self_rated) == 4
    assert truth.never_assessed and not set(truth.never_assessed) & set(sources.index)
    hired = pd.to_datetime(space.read_table("rep").set_index("rep_id")["hire_date"])
    last = pd.Period(list(truth.rounds.values())[-1], "M")
    assert (hired[truth.never_assessed].dt.to_period("M") >= last).all()


def test_two_skills_go_with_their_kpi_and_the_others_do_not(
    said: pd.DataFrame, settled: list[str], demo: DemoTruth, truth: CoachingTruth
) -> None:
    """Of some 80 people a correlation has a standard error of .08 about .6 and of .11 about 0."""
    last = said[(said["round"] == list(truth.rounds)[-1]) & (said["source"] != "self")]
    lead = last["assessor_id"].map(pd.Series(truth.manager_leniency)).fillna(0.0)
    level = last.assign(said=last["said"] - lead).pivot_table(index="rep_id", columns="skill_id", values="said")
    chance = pd.Series(demo.win_rate)
    traits = {"sales_amount": np.log(pd.Series(demo.productivity)), "win_rate": np.log(chance / (1 - chance))}
    for skill, move in truth.skill_moves.items():
        found = level.loc[settled].drop(columns="S12").corrwith(traits[move["kpi"]][settled])
        assert found.idxmax() == skill
        assert move["found"] - 0.2 < found[skill] < move["found"] + 0.05
        assert move["found"] == pytest.approx(move["correlation"][SETTLED], abs=0.16)
        assert found.drop(list(truth.skill_moves)).abs().max() < 0.35
        assert move["correlation"][NEW] < move["correlation"][SETTLED] / 2


def test_competitor_knowledge_faded_and_nothing_else_did(
    tests: pd.DataFrame, settled: list[str], truth: CoachingTruth
) -> None:
    """Mean change of some 80 settled people in a test of noise .25: standard error .04."""
    before, after = (tests.xs(name, level="round").loc[settled] for name in list(truth.rounds)[1:])
    change = (after - before).mean()
    assert truth.fading["round"] == list(truth.rounds)[-1]
    assert change[truth.fading["skill"]] == pytest.approx(-truth.fading["levels"], abs=0.1)
    assert change.drop([truth.fading["skill"], truth.roll_out["skill"]]).abs().max() < 0.1


def test_gaps_and_needs_are_those_of_the_levels(space: Workspace, known: pd.Series, truth: CoachingTruth) -> None:
    profiles = space.read_table("role_profile")
    common = profiles[profiles["role"].isna()].set_index(["tier", "skill_id"])
    last = known.xs(list(truth.rounds)[-1], level="round").reset_index()
    last["tier"] = last["rep_id"].map(truth.skill_tier)
    last = last[last["tier"].isin([NEW, SETTLED])].join(common, on=["tier", "skill_id"], how="inner")
    gap = (last["required_level"] - last["known"]).clip(lower=0).groupby([last["tier"], last["skill_id"]]).mean()
    need = (gap * common["importance"] * common["frequency"]).dropna()
    for tier in (NEW, SETTLED):
        assert gap[tier].to_dict() == pytest.approx(truth.tier_gap[tier], abs=1e-3)
        ranked = need[tier][need[tier] > 0].sort_values(ascending=False)
        assert list(ranked.index) == truth.top_needs[tier]
    assert truth.top_needs[NEW][0] == "S01" and truth.top_needs["管理者"][0] in ("S08", "S10")


def test_causes_agree_with_sales_contacts_territory_and_skills(
    demo: DemoTruth, truth: CoachingTruth, said: pd.DataFrame, monthly: dict[str, pd.DataFrame], space: Workspace
) -> None:
    assert {cause: len(people) for cause, people in truth.causes.items()} == {
        "effort": 2, "skill": 3, "territory": 3, "ramp": 2}
    settled = demo.full_time_sellers
    for months in (6, 12):
        sold = monthly["sales"].iloc[:, -months:].sum(axis=1).reindex(list(demo.productivity), fill_value=0.0)
        usual = sold[settled].median()
        assert (sold[[p for people in truth.causes.values() for p in people]] < 0.95 * usual).all()
        assert (sold[truth.healthy] > usual).all()
    traits = pd.DataFrame(demo.process_traits).T[["visits", "proposals", "demos"]]
    effort = ((traits - traits.loc[settled].mean()) / traits.loc[settled].std()).mean(axis=1)
    assert (effort[truth.causes["effort"]] < effort[settled].quantile(0.25)).all()
    others = [p for cause in ("skill", "territory", "ramp") for p in truth.causes[cause]]
    assert (effort[[*others, *truth.healthy]] > effort[truth.causes["effort"]].max()).mean() > 0.95
    potential = space.read_table("customer").groupby("owner_rep_id")["potential"].sum()
    poor = potential[settled].quantile(0.25)
    assert (potential[truth.causes["territory"]] < poor).all() and (potential[truth.causes["skill"]] > poor).all()
    last = said[(said["round"] == list(truth.rounds)[-1]) & (said["source"] != "self")]
    level = last.pivot_table(index="rep_id", columns=last["skill_id"].map(lambda s: truth.skills[s]["kind"]),
                             values="said")
    typical_skill = level["skill"][level.index.isin(settled)]
    assert (level["skill"][truth.causes["skill"]] < typical_skill.quantile(0.1)).all()
    assert (level["knowledge"][truth.causes["skill"]] > level["knowledge"].quantile(0.2)).all()
    assert level["skill"][truth.causes["effort"] + truth.causes["territory"]].mean() > typical_skill.mean()
    hired = pd.to_datetime(space.read_table("rep").set_index("rep_id")["hire_date"])[truth.causes["ramp"]]
    months = [(pd.Period(demo.period_end, "M") - day.to_period("M")).n for day in hired]
    assert max(months) < len(RAMP)
    assert not {p for people in truth.causes.values() for p in people} & {
        *demo.twins, *demo.gaming["one_second_calls"], *demo.gaming["last_day_spike"], *demo.gaming["bunching"]}


def _effect(values: pd.DataFrame, trained: list[str], others: list[str]) -> tuple[float, float, float]:
    """Difference after the course with the value before it held equal, its standard error, and the plain rise."""
    people = [*trained, *others]
    design = np.column_stack([np.ones(len(people)), np.arange(len(people)) < len(trained), values["before"][people]])
    after = values["after"][people].to_numpy(float)
    beta = np.linalg.lstsq(design, after, rcond=None)[0]
    spare = after - design @ beta
    error = np.sqrt(np.linalg.inv(design.T @ design)[1, 1] * (spare @ spare) / (len(people) - 3))
    return beta[1], error, float((values["after"] - values["before"])[trained].mean())


def _around(monthly: pd.DataFrame, month: str) -> pd.DataFrame:
    at = pd.Period(month, "M")
    return pd.DataFrame({"before": monthly[[at - 3, at - 2, at - 1]].mean(axis=1),
                         "after": monthly[[at + 1, at + 2, at + 3]].mean(axis=1)})


def test_the_course_that_works_raises_its_skill_and_calls_by_the_known_amount(
    tests: pd.DataFrame, monthly: dict[str, pd.DataFrame], truth: CoachingTruth
) -> None:
    """Half of each team by lot; standard errors .08 levels and half a call a month."""
    plan = truth.roll_out
    level = tests[plan["skill"]].unstack("round")[list(truth.rounds)[1:]].set_axis(["before", "after"], axis=1)
    gain, error, _ = _effect(level, plan["trained"], plan["waiting"])
    assert gain == pytest.approx(plan["level_gain"], abs=2.5 * error) and gain > 3 * error
    calls = _around(monthly["calls"], plan["month"])
    more, error, _ = _effect(calls, plan["trained"], plan["waiting"])
    assert more == pytest.approx(plan["calls_a_month"], abs=2.5 * error) and more > 3 * error


def test_the_placebo_changes_nothing_it_promises(
    tests: pd.DataFrame, monthly: dict[str, pd.DataFrame], truth: CoachingTruth
) -> None:
    plan = truth.placebo
    for values in (tests["S06"].unstack("round")[list(truth.rounds)[1:]].set_axis(["before", "after"], axis=1),
                   _around(monthly["calls"], plan["month"]), _around(monthly["sales"], plan["month"])):
        gain, error, _ = _effect(values, plan["trained"], plan["waiting"])
        assert abs(gain) < 2 * error


def test_those_who_sold_least_recover_without_the_rescue_course_having_done_it(
    monthly: dict[str, pd.DataFrame], truth: CoachingTruth, demo: DemoTruth
) -> None:
    """Regression to the mean: a plain before and after shows far more than a fair comparison."""
    sales = _around(monthly["sales"], truth.rescue["month"])
    others = [p for p in demo.full_time_sellers if p not in truth.rescue["trained"]]
    gain, error, rise = _effect(sales, truth.rescue["trained"], others)
    before = sales["before"][truth.rescue["trained"]].mean()
    assert rise > 0.3 * before and abs(gain) < 2 * error and gain < rise / 2
    assert sales["before"][truth.rescue["trained"]].max() < sales["before"][others].median()


def test_courses_are_drawn_by_lot_within_teams(space: Workspace, truth: CoachingTruth, demo: DemoTruth) -> None:
    people = load(space).people.set_index("rep_id")["org_id"]
    for plan in (truth.roll_out, truth.placebo):
        arms = [*plan["trained"], *plan.get("absent", [])], plan["waiting"]
        first, second = (people[list(arm)].value_counts().reindex(people.unique(), fill_value=0) for arm in arms)
        assert (first - second).abs().max() <= 1
        assert set(arms[0]).isdisjoint(arms[1]) and {*arms[0], *arms[1]} <= set(demo.full_time_sellers)
    records = space.read_table("training_record")
    status = records[records["course_id"] == truth.roll_out["course"]].groupby("status")["rep_id"].agg(sorted)
    assert status.to_dict() == {"done": truth.roll_out["trained"], "planned": truth.roll_out["waiting"],
                                "absent": truth.roll_out["absent"]}


def test_courses_mentors_pairs_and_goals_arrive(space: Workspace, truth: CoachingTruth, demo: DemoTruth) -> None:
    courses = space.read_table("course").set_index("course_id")
    taught = space.read_table("course_skill")
    assert sorted(set(courses.index) - set(taught["course_id"])) == truth.no_skill_courses
    assert courses.index[~courses["is_offered"].astype(bool)].tolist() == truth.not_offered
    assert courses["exclusive_group"].value_counts().tolist() == [2]
    assert set(space.read_table("training_record")["course_id"].dropna()) <= set(courses.index)
    mentors = space.read_table("mentor").set_index("rep_id")["capacity"]
    assert mentors.astype(int).to_dict() == truth.mentors and set(truth.mentors) <= set(demo.full_time_sellers)
    pairs = space.read_table("cannot_match")[["mentor_id", "mentee_id"]].to_numpy().tolist()
    assert sorted(pairs) == sorted(truth.cannot_match)
    assert {mentor for mentor, _ in pairs} <= set(truth.mentors)
    goals = space.read_table("development_goal")
    assert goals["status"].value_counts().to_dict() == truth.goals
    end = pd.Period(demo.period_end, "M").end_time
    late = (goals["status"] == "open") & (pd.to_datetime(goals["due_date"]) <= end)
    assert late.sum() == truth.goals_overdue > 0


def test_people_leave_at_the_known_rate(space: Workspace, truth: CoachingTruth, demo: DemoTruth) -> None:
    """Of those employed at the start; some 25 of them left in 3,600 months: standard error .0016."""
    people = space.read_table("rep").set_index("rep_id")
    left = pd.to_datetime(people["leave_date"]).dropna()
    assert {p: f"{day:%Y-%m-%d}" for p, day in left.items()} == truth.leavers
    start, end = pd.Period(demo.period_start, "M"), pd.Period(demo.period_end, "M")
    sellers = people[people.index.isin(demo.productivity)]
    there = sellers[pd.to_datetime(sellers["hire_date"]) < start.start_time]
    gone = pd.to_datetime(there["leave_date"]).dt.to_period("M")
    at_risk = gone.map(lambda month: (end - 2 - start).n + 1 if pd.isna(month) else (month - start).n + 1)
    assert gone.notna().sum() / at_risk.sum() == pytest.approx(truth.monthly_leaving, abs=0.004)
