"""View of the coaching panel, without a browser."""

import base64
import dataclasses
import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from salesplan.apps.coaching_drill import EVERY_TEAM
from salesplan.apps.coaching_panel import CoachingPanel, coaching_panel
from salesplan.coaching.parameters import CoachingParameters
from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.data.coaching_access import without_money
from salesplan.errors import InputError
from salesplan.reporting.params_yaml import read_params
from tests.reporting.coached_company import EVIL, IDLE, SELLERS, TAG, WEAK, needs, shown_only

NEEDS = needs()


def trained(found: TrainingNeeds) -> TrainingNeeds:
    """The needs as a trainer sees them."""
    return dataclasses.replace(found, data=without_money(found.data))


@pytest.fixture
def panel() -> CoachingPanel:
    return coaching_panel(NEEDS, language="zh")


def names(panel: CoachingPanel) -> list[str]:
    return [button.description for button in panel.gaps.board.names.children]


def click(panel: CoachingPanel, name: str) -> None:
    next(button for button in panel.gaps.board.names.children if button.description == name).click()


def opened(panel: CoachingPanel, seller_id: str) -> str:
    panel._act(lambda: panel.model.drill.open_person(seller_id))
    assert panel.banner.value == ""
    return panel.person.page.value


def states(panel: CoachingPanel) -> list[str]:
    return re.findall(r'data-state="([^"]+)"', panel.gaps.board.figures.value)


def pages(panel: CoachingPanel) -> str:
    """Everything the panel can show, tab by tab."""
    shown = [panel.snapshot()]
    for key in ("courses", "people", "left", "curve"):
        panel.plan.view.value = key
        shown.append(panel.plan.page.value + panel.plan.foot.value)
    return "".join(shown)


def test_names_open_tier_team_and_person_and_crumbs_lead_back(panel: CoachingPanel) -> None:
    assert names(panel) == ["新人", "骨干", "管理者"] and panel.person.layout.display == "none"
    click(panel, "骨干")
    assert sorted(names(panel)) == ["团队0", "团队1", "团队2", "团队3"] and panel.gaps.choosers["tier"].value == "骨干"
    click(panel, "团队1")
    assert len(names(panel)) == 7
    click(panel, "销售5")
    assert 'data-person="E005"' in panel.person.page.value and panel.person.layout.display is None
    trail = [crumb.description for crumb in panel.gaps.crumbs.children]
    assert trail == ["全部层级", "骨干", "团队1", "销售5"]
    panel.gaps.crumbs.children[1].click()
    assert panel.model.drill.depth == "team" and panel.person.layout.display == "none"
    panel.gaps.crumbs.children[0].click()
    assert names(panel) == ["新人", "骨干", "管理者"]


def test_choosers_lead_where_clicks_lead(panel: CoachingPanel) -> None:
    choosers = panel.gaps.choosers
    assert choosers["team"].disabled and choosers["person"].disabled
    choosers["tier"].value = "新人"
    assert panel.model.drill.team == EVERY_TEAM and len(names(panel)) == 12
    choosers["team"].value = "t2"
    choosers["person"].value = "E030"
    assert 'data-person="E030"' in panel.person.page.value
    choosers["person"].value = ""
    assert panel.person.page.value == "" and panel.model.drill.team == "t2"


def test_cells_without_enough_evidence_are_grey_and_say_why(panel: CoachingPanel) -> None:
    assert "insufficient evidence" in states(panel)
    assert "sp-c-few" in panel.gaps.board.figures.value and "证据不足，仅4人有他人评价" in panel.gaps.board.figures.value
    assert "n=4" in panel.gaps.board.figures.value
    click(panel, "骨干")
    assert set(states(panel)) == {"ok"}


def test_a_person_shows_levels_self_and_verdict_with_evidence(panel: CoachingPanel) -> None:
    page = opened(panel, WEAK[2])
    assert 'data-verdict="skill"' in page and 'data-trains="true"' in page and "技能不足" in page
    assert page.count("sp-c-span") > 4 and page.count("sp-c-own") > 4 and "27名同类同事" in page
    page = opened(panel, IDLE[1])
    assert 'data-verdict="effort"' in page and 'data-trains="false"' in page
    assert "不诊断业绩" in opened(panel, "M1")


def test_a_moved_budget_makes_the_plan_again(panel: CoachingPanel) -> None:
    before = panel.headline.value
    panel.knobs.budget.value = 10_000.0
    plan = panel.model.plan
    assert plan is not None and plan.spent <= 10_000 and panel.headline.value != before and panel.banner.value == ""
    assert panel.plan.page.value.count("data-course=") == len(plan.runs)
    panel.plan.view.value = "people"
    assert panel.plan.page.value.count("data-person=") == plan.assignments["seller_id"].nunique()
    panel.plan.view.value = "left"
    assert panel.plan.page.value.count("data-reason=") == plan.left_uncovered()["reason_msgid"].nunique()
    panel.knobs.hours_per_person.value = 8.0
    assert panel.model.plan is not plan and panel.model.plan.assignments.groupby("seller_id")["hours"].sum().max() <= 8
    panel.knobs.budget.value = 0.0
    assert "没有人参加课程" in panel.plan.page.value or "data-reason" in panel.plan.page.value
    panel._act(panel.model.reset)
    assert panel.knobs.budget.value == 40_000 and panel.knobs.hours_per_person.value == NEEDS.parameters.hours_per_person


def test_the_next_thousand_and_the_curve_follow_at_rest(panel: CoachingPanel) -> None:
    panel.knobs.budget.value = 6_000.0
    panel.plan.view.value = "curve"
    assert "正在计算" in panel.headline.value and "正在计算" in panel.plan.page.value
    panel.rest.now()
    assert "正在计算" not in panel.headline.value and "<svg" in panel.plan.page.value
    assert 'data-proven="true"' in panel.headline.value and re.search(r"\+\d", panel.headline.value)


def test_pairs_have_reasons_and_those_left_over_are_named(panel: CoachingPanel) -> None:
    page = panel.mentors.page.value
    match = panel.model.mentors
    assert page.count("data-mentor=") == len(match.optimal) and page.count("data-unmatched=") == match.unmatched["in_optimal"].sum()
    assert "明显更强" in page or "强" in page
    panel.mentors.matching.value = "stable"
    assert panel.model.parameters.matching == "stable" and panel.mentors.page.value.count("data-mentor=") == len(match.stable)
    assert panel.mentors.page.value != page


def test_lists_of_mentors_that_contradict_one_another_stop_no_other_card(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any) -> Any:
        raise InputError("seller_id == 'E027' is a mentor and a mentee, must be one of them")

    monkeypatch.setattr(TrainingNeeds, "mentors", property(fail))
    panel = coaching_panel(needs(), language="zh")
    assert "E027" in panel.mentors.page.value and panel.plan.page.value.count("data-course=") > 0


def test_files_are_handed_over_inside_the_page(panel: CoachingPanel) -> None:
    buttons = {kind: button for button in _buttons(panel) for kind in button._dom_classes if kind.startswith("sp-get")}
    panel.knobs.budget.value = 12_000.0
    panel.mentors.matching.value = "stable"
    buttons["sp-get-yaml"].click()
    given = CoachingParameters.read(read_params(_content(panel).decode()))
    assert (given.budget, given.matching, given.hours_per_person) == (12_000, "stable", NEEDS.parameters.hours_per_person)
    buttons["sp-get-xlsx"].click()
    book = load_workbook(io.BytesIO(_content(panel)))
    assert len(book.sheetnames) > 3 and "培训计划_2026-10.xlsx" in panel.links.value
    buttons["sp-get-sheet"].click()
    assert "请先在热力图中打开一位人员" in panel.banner.value
    opened(panel, "E005")
    buttons["sp-get-sheet"].click()
    assert "销售5" in _content(panel).decode() and "发展计划_E005_2026-10.html" in panel.links.value
    buttons["sp-get-sheet-xlsx"].click()
    assert load_workbook(io.BytesIO(_content(panel))).sheetnames


def _buttons(panel: CoachingPanel) -> list[Any]:
    found, todo = [], [panel]
    while todo:
        one = todo.pop()
        found += [one] if hasattr(one, "click") else []
        todo += list(getattr(one, "children", ()))
    return found


def _content(panel: CoachingPanel) -> bytes:
    found = re.search(r"base64,([^\"]+)", panel.links.value)
    assert found is not None
    return base64.b64decode(found.group(1))


def test_a_reader_of_one_team_finds_no_other_name_anywhere() -> None:
    own = [who for who in SELLERS if int(who[1:]) % 4 == 3]
    panel = coaching_panel(shown_only(NEEDS, own), language="zh")
    opened(panel, "E007")
    page = pages(panel)
    others = [who for who in SELLERS if who not in own]
    assert not [who for who in others if re.search(rf"{who}\b|{re.escape(_name(who))}(?!\d)", page)]
    assert "销售7" in page


def _name(seller_id: str) -> str:
    return str(NEEDS.people.set_index("seller_id").loc[seller_id, "name"])


def test_a_trainer_sees_skills_and_course_costs_but_no_result_money() -> None:
    panel, whole = coaching_panel(trained(NEEDS), language="zh"), coaching_panel(NEEDS, language="zh")
    verdict = re.compile(r'<section class="sp-c-verdict".*?</section>')
    for who in (WEAK[2], IDLE[1]):
        seen, plain = (verdict.search(opened(one, who)) for one in (panel, whole))
        assert seen is not None and plain is not None
        assert "万" not in seen.group() and "万" in plain.group() and "%" in seen.group()
    assert "这段时间不能销售" not in panel.mentors.page.value
    assert "万元" in panel.headline.value and panel.model.plan is not None


def test_names_are_text_everywhere(panel: CoachingPanel) -> None:
    opened(panel, "E000")
    page = pages(panel)
    assert TAG not in page and "&lt;script&gt;" in page and EVIL.replace("'", "&#x27;") in page


def test_the_report_shows_what_the_panel_shows(panel: CoachingPanel) -> None:
    panel.knobs.budget.value = 8_000.0
    bundle = panel._repr_mimebundle_()
    page = bundle["text/html"]
    assert "8,000" in page and "<svg" in page and "正在计算" not in page and "data-mentor=" in page and "data-reason=" in page
    assert bundle["text/plain"] == "辅导面板" and "<button" not in page
    for row in ("新人", "骨干", "管理者"):
        assert f'<th scope="row">{row}</th>' in page


def test_without_results_the_reason_stands_in_place_of_the_plan() -> None:
    data = NEEDS.data
    bare = dataclasses.replace(data, quota=data.quota.iloc[:0], history=data.history.iloc[:0], leads=data.leads.iloc[:0])
    panel = coaching_panel(dataclasses.replace(NEEDS, data=bare), language="zh")
    assert "无法制定计划" in panel.plan.page.value and panel.headline.value == "" and len(names(panel)) == 3
    assert "无法制定计划" in panel.snapshot()
    panel._act(lambda: panel.model.drill.open_person("E005"))
    assert panel.banner.value == "" and "sp-c-skills" in panel.person.page.value


def test_an_error_reaches_the_person_and_the_panel_goes_on(panel: CoachingPanel) -> None:
    panel._act(lambda: panel.model.drill.open_person("<b>"))
    assert "sp-banner" in panel.banner.value and "<b>'" not in panel.banner.value
    click(panel, "骨干")
    assert panel.banner.value == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_word_is_of_the_language(language: str) -> None:
    panel = coaching_panel(NEEDS, language=language)
    opened(panel, "E005")
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", pages(panel), flags=re.S)
    if language == "zh":
        assert not re.findall(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}", text)
    else:
        assert "Where are skills missing?" in text and "Course plan" not in text and "现有水平" not in text
