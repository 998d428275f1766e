"""A unit's review says the same as the company's, adds up, and hands its actions on."""

import json
import re
import shutil

import pandas as pd
import pytest

from salesplan.data.action_store import ACTION_COLUMNS, ActionStore, action_id
from salesplan.data.review_data import load_review_data
from salesplan.findings import to_frame
from salesplan.plots import plot_progress, plot_standing
from salesplan.reporting import show_review as show
from salesplan.reporting.review_company import actions as keep_actions
from salesplan.reporting.review_period import open_review_period
from salesplan.review.company_review import CompanyReview
from salesplan.review.monthly_review import MonthlyReview
from salesplan.review.parameters import ReviewParameters

MONTH = "2026-10"


@pytest.fixture(scope="module")
def company(demo_workspace):
    return open_review_period(demo_workspace, ReviewParameters(period=MONTH))


def _unit(workspace, level):
    whole = open_review_period(workspace, ReviewParameters(period=MONTH))
    unit = whole.data.units.loc[whole.data.units["level"].eq(level), "unit_id"].iloc[-1]
    return open_review_period(workspace, ReviewParameters(period=MONTH, unit=unit))


@pytest.fixture(scope="module")
def region(demo_workspace):
    return _unit(demo_workspace, "region")


@pytest.fixture(scope="module")
def team(demo_workspace):
    return _unit(demo_workspace, "team")


def test_a_unit_says_what_the_company_says_of_it(company, region):
    for part in ("quarter_end", "year_end"):
        own, above = getattr(region, part).row(region.top), getattr(company, part).row(region.top)
        pd.testing.assert_series_equal(own, above, check_names=False)
    month = company.attainment.frame().set_index("unit_id")["judged_actual"]
    assert region.attainment.frame().set_index("unit_id")["judged_actual"].equals(month.reindex(region.nodes))


def test_a_unit_holds_nothing_of_others(company, region):
    others = set(company.nodes) - set(region.nodes)
    for frame, column in ((region.attainment.table, "unit_id"), (region.signals.table, "unit_id"),
                          (region.off_pace.table, "seller_id"), (region.measures, "node_id"), (region.year_end.table, "unit_id")):
        assert not set(frame[column]) & others


def test_bridges_start_at_the_target_and_end_at_the_sales(company, region, team):
    for review in (company, region, team):
        month = review.attainment.frame().set_index("unit_id").loc[review.top]
        row = review.bridge_target.by([review.top]).iloc[0]
        assert row["start_fen"] == round(month["judged_target"] * 100)
        assert row["end_fen"] == round(month["judged_actual"] * 100)
        for bridge in (review.bridge_target, review.bridge_last_year):
            steps = bridge.by([review.top]).iloc[0]
            assert sum(int(steps[part]) for part in bridge.parts) == steps["end_fen"] - steps["start_fen"]


def test_the_course_of_the_year_ends_in_the_projection(region):
    assert region.course["projected"].iloc[-1] == pytest.approx(region.year_end.row(region.top)["projected"])
    assert region.ends["lower"].lt(region.course["projected"].iloc[-1]).iloc[-1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_of_the_page_is_said_in_its_language(region, language):
    names = show.ReviewNames.of(region.data, language)
    top = region.top
    page = "".join(part._repr_html_() for part in (
        show.show_follow_up(region.followed, names), show.show_standing(region.attainment, names, unit_id=top),
        show.show_outlook(region.quarter_end, region.year_end, region.amber, names, unit_id=top),
        show.show_rates(region.month_pace, region.quarter_rate, region.year_rate, region.linearity, names, unit_id=top),
        show.show_signals(region.signals, names), show.show_off_pace(region.off_pace, names),
        show.show_adjustment(region.adjustment, names)))
    words = re.sub(r"<[^>]+>|&\w+;", " ", page)
    assert "nan" not in words.lower()
    assert "{" not in words
    if language == "zh":
        assert not re.findall(r"[A-Za-z]{4,}(?: [A-Za-z]{2,}){2,}", words)
    assert plot_standing(show.standing_parts(region.attainment, names, unit_id=top), language).description
    assert plot_progress(region.course, region.ends, language).description


def test_findings_say_numbers_people_can_read(company, team):
    for review in (company, team):
        for language in ("zh", "en"):
            told = " ".join(to_frame(review.findings, language)[["message", "action"]].to_numpy().ravel())
            assert "{" not in told
            assert not re.search(r"\d\.\d{4,}", told)


def test_nobody_is_named_twice_for_the_same_gap(team):
    people = set(team.data.sellers["seller_id"])
    keys = [(f.node_id, f.key.split("_")[0]) for f in team.findings if f.node_id in people]
    both = {node for node, kind in keys if kind == "off"} & {node for node, kind in keys if kind == "part"}
    assert not both


def test_the_record_is_plain_and_its_actions_are_kept_and_come_back(region, demo_workspace, tmp_path):
    record = show.review_record(region, "zh")
    assert json.loads(json.dumps(record)) == record
    assert record["unit_id"] == region.top
    assert record["actions"]
    for action in record["actions"]:
        assert action["action_id"] == action_id(MONTH, action["unit_id"], action["finding_key"], action["node_id"])
    space = tmp_path / "company"
    shutil.copytree(demo_workspace, space)
    assert keep_actions(str(space), MONTH, record["actions"]) == len(record["actions"])
    with ActionStore(space / "plan.db") as store:
        first = record["actions"][0]["action_id"]
        store.decide(first, "accepted", who="E0005", why="agreed")
        kept = store.read(before="2026-11", units=region.nodes)
    later = MonthlyReview(data=region.data, company=region.company, parameters=region.parameters, earlier_actions=kept)
    assert set(later.followed["action_id"]) == {action["action_id"] for action in record["actions"]}
    page = show.show_follow_up(later.followed, show.ReviewNames.of(region.data, "en"))._repr_html_()
    assert "Accepted" in page
    assert "agreed" in page
    assert "{" not in re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    undecided = [f for f in later.findings if f.key == "undecided_actions"]
    assert len(undecided) == (1 if len(record["actions"]) > 1 else 0)



def test_the_plan_to_be_adjusted_is_the_target_that_is_shown(company, region, team):
    for review in (company, region, team):
        assert review.adjustment.ledger["plan_fen"] == pytest.approx(100 * review.year_end.row(review.top)["target"], abs=100)


def test_a_month_under_way_is_not_held_against_a_whole_one(demo_workspace):
    data = load_review_data(demo_workspace, period=MONTH, as_of="2026-10-14")
    company = CompanyReview(data=data, parameters=ReviewParameters())
    review = MonthlyReview(data=data, company=company, parameters=ReviewParameters(),
                           earlier_actions=pd.DataFrame(columns=ACTION_COLUMNS))
    assert not data.is_complete
    assert review.attainment.notes[0]["details"] == {"as_of": pd.Timestamp("2026-10-14")}
    september = data.lines.loc[data.lines["month"].eq(pd.Period("2026-09")), "amount_fen"].sum()
    for bridge in (review.bridge_target, review.bridge_last_year):
        assert bridge.by([review.top]).iloc[0]["end_fen"] == september
    assert review.off_pace.month == review.signals.month == pd.Period("2026-09")
    assert not any(finding.key == "part_behind" for finding in review.findings)
    assert review.measures["month"].max() == pd.Period("2026-09")
    assert review.month_pace.table["share_elapsed"].iloc[0] < 1
    assert review.adjustment.months["is_ended"].sum() == 9
