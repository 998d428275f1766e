"""View of the review panel, without a browser."""

import base64
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import traitlets

from salesplan.apps.review_model import ReviewModel
from salesplan.apps.review_panel import ReviewPanel, review_panel
from salesplan.data.action_store import ActionStore
from salesplan.data.plan_store import PlanStore
from salesplan.reporting.params_yaml import read_params
from salesplan.review.monthly_review import MonthlyReview
from salesplan.review.parameters import ReviewParameters
from tests.apps.reviewed_company import (
    EARLIER,
    PERIOD,
    TAG,
    as_seen,
    company_files,
    copied,
    model_of,
    of_unit,
    opened,
    without_reason,
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company_files(tmp_path_factory.mktemp("panel"))


@pytest.fixture(scope="module")
def review(company: Path) -> MonthlyReview:
    return opened(company)


@pytest.fixture
def own(company: Path, tmp_path: Path) -> Path:
    return copied(company, tmp_path)


def shown(model: ReviewModel, language: str = "zh") -> ReviewPanel:
    model.language = language
    panel = ReviewPanel(model, language)
    panel.settle()
    return panel


def names(panel: ReviewPanel) -> list[str]:
    return [button.description for button in panel.standing.board.names.children]


def click(panel: ReviewPanel, name: str) -> None:
    next(button for button in panel.standing.board.names.children if button.description == name).click()
    panel.settle()


def look(panel: ReviewPanel, view: str, unit: str = "") -> None:
    if unit:
        panel.where.unit.value = unit
    panel.view.value = view
    panel.settle()
    assert panel.banner.value == ""


def open_first(panel: ReviewPanel) -> str:
    panel.actions.list.children[0].children[1].click()
    return str(panel.actions.chosen)


def test_names_open_unit_team_and_person_and_crumbs_lead_back(review: MonthlyReview, company: Path) -> None:
    panel = shown(model_of(review, company))
    assert sorted(names(panel)) == ["East", "Unassigned", "West"] or sorted(names(panel)) == ["East", "West", "未分配"]
    click(panel, "East")
    assert panel.where.unit.value == "e" and 'data-place="e"' in panel.headline.value
    click(panel, "Two")
    click(panel, TAG)
    assert 'data-person="r3"' in panel.standing.page.value and "<script>" not in panel.standing.page.value + panel.headline.value
    assert panel.standing.table.layout.display == "none" and panel.where.unit.value == "t2"
    assert [crumb.description for crumb in panel.crumbs.children] == ["Co", "East", "Two", TAG]
    panel.crumbs.children[1].click()
    assert panel.model.place == "e" and panel.standing.table.layout.display is None and "Two" in names(panel)
    assert panel.banner.value == ""


def test_the_page_stands_before_its_figures_are_worked_out(company: Path) -> None:
    panel = ReviewPanel(model_of(opened(company, coverage=0.85), company), "zh")
    assert "正在计算" in panel.headline.value and panel.rest.is_waiting and len(panel.where.unit.options) > 5
    panel.rest.now()
    assert 'data-whole="false"' in panel.headline.value and names(panel)
    panel.settle()
    assert 'data-whole="true"' in panel.headline.value and "正在计算" not in panel.headline.value


def test_a_persons_page_has_figures_cause_evidence_and_bridge(review: MonthlyReview, company: Path) -> None:
    panel = shown(model_of(review, company))
    panel._act(lambda: panel.model.open_place("r1"))
    panel.settle()
    page = panel.standing.page.value
    assert "本年至今" in page and re.search(r'data-cause="\w+"', page) and "下一步" in page and "sp-r-step" in page
    steps = review.bridge_target.steps("r1")
    assert page.count('class="sp-r-step"') == int(steps["amount"].ne(0).sum())


def test_causes_are_drawn_when_asked_for(review: MonthlyReview, company: Path) -> None:
    panel = shown(model_of(review, company))
    panel.view.value = "why"
    assert "正在计算" in panel.why.value
    panel.settle()
    assert panel.why.value.count("<svg") >= 4 and panel.why.layout.display is None and panel.standing.layout.display == "none"


def test_an_action_is_decided_about_in_the_form(review: MonthlyReview, own: Path) -> None:
    panel = shown(model_of(review, own))
    look(panel, "actions", "e")
    chosen, form = open_first(panel), panel.actions
    assert form.form in form.list.children and form.owner.value and isinstance(form.due.value, dt.date)
    form.decision.value = "dismissed"
    child = next(c for c in form.form.children[2].children if "sp-r-save" in c._dom_classes)
    child.click()
    assert "没有写由谁决定" in form.told.value and form.chosen == chosen and not (own / "plan.db").exists()
    form.who.value = "<b>ana</b>"
    child.click()
    assert "没有写理由" in form.told.value
    form.why.value, form.owner.value, form.due.value = "not now", "王芳", dt.date(2026, 12, 1)
    child.click()
    page = form.list.children[0].children[0].value
    assert 'data-status="dismissed"' in page and "&lt;b&gt;ana" in page and "<b>ana" not in page and "王芳" in page
    assert form.form not in form.list.children and "已记录" in form.told.value and panel.banner.value == ""
    kept = ActionStore(own / "plan.db").read(period=PERIOD).iloc[0]
    assert (kept["action_id"], kept["owner"], str(kept["due"])[:10]) == (chosen, "王芳", "2026-12-01")


def test_what_was_not_changed_is_not_written_anew(review: MonthlyReview, own: Path) -> None:
    panel = shown(model_of(review, own), "en")
    look(panel, "actions", "e")
    open_first(panel)
    panel.actions.who.value, panel.actions.why.value = "ana", "agreed"
    panel._act(panel.actions.save)
    decision = ActionStore(own / "plan.db").decisions().iloc[0]
    assert decision["owner"] is None and decision["due"] is None and decision["decision"] == "accepted"


def test_a_choice_left_over_from_another_status_is_refused(review: MonthlyReview, own: Path) -> None:
    panel = shown(model_of(review, own))
    look(panel, "actions", "e")
    open_first(panel)
    with pytest.raises(traitlets.TraitError):
        panel.actions.decision.value = "reopened"
    panel.actions.chosen = "0123456789ab"  # nothing that is shown
    panel._act(panel.actions.save)
    assert panel.banner.value and not (own / "plan.db").exists()


def test_who_is_served_signs_and_nobody_else(review: MonthlyReview, own: Path) -> None:
    panel = shown(model_of(as_seen(review, "E5"), own, user="E5"))
    look(panel, "actions")
    open_first(panel)
    assert panel.actions.who.disabled and panel.actions.who.value == "E5"
    panel.actions.who.value, panel.actions.why.value = "the director", "agreed"  # a page can set any value
    panel._act(panel.actions.save)
    assert ActionStore(own / "plan.db").decisions()["who"].tolist() == ["E5"]


def test_units_out_of_scope_are_in_no_widget_and_cannot_be_asked_for(review: MonthlyReview, company: Path) -> None:
    panel = shown(model_of(as_seen(review, "E5"), company, user="E5"))
    options = [unit for _, unit in panel.where.unit.options]
    assert options == ["e", "t1", "t2"]
    with pytest.raises(traitlets.TraitError):
        panel.where.unit.value = "w"
    panel._act(lambda: panel.model.open_place("w"))
    assert "不是您在" in panel.banner.value and panel.model.place == "e"
    panel._act(lambda: panel.model.open_place("e"))
    for view in ("why", "actions", "earlier", "targets", "standing"):
        look(panel, view)
    assert not re.search(r"West|Three|孙洋|张伟 \(E1\)", _everything(panel))


def _everything(panel: ReviewPanel) -> str:
    found, todo = [], [panel]
    while todo:
        one: Any = todo.pop()
        state = {name: value for name, value in one.get_state().items() if not name.startswith("_")}
        found.append(str({name: value for name, value in state.items() if not isinstance(value, bytes)}))
        todo += list(getattr(one, "children", ()))
    return "".join(found) + panel.snapshot()


def test_a_seller_gets_a_page_without_buttons_to_decide(review: MonthlyReview, own: Path) -> None:
    panel = shown(model_of(as_seen(review, "E3"), own, user="E3"))
    assert 'data-person="r3"' in panel.standing.page.value
    look(panel, "targets")
    assert panel.targets.form.layout.display == "none" and "目标按单位调整" in panel.targets.page.value
    panel._act(panel.targets.approve)
    assert "只有" in panel.targets.told.value and not (own / "plan.db").exists()


def test_the_month_is_changed_in_the_picker(review: MonthlyReview, company: Path) -> None:
    panel = shown(model_of(review, company))
    assert (panel.where.month.value, panel.where.month.label) == (PERIOD, "2026年9月")
    before = panel.headline.value
    panel.where.month.value = EARLIER
    assert "正在计算" in panel.headline.value
    panel.settle()
    assert panel.headline.value != before and 'data-whole="true"' in panel.headline.value and panel.banner.value == ""
    panel.where.month.value = PERIOD
    assert panel.headline.value == before  # what was read is kept


def test_new_targets_are_approved_and_told_person_by_person(review: MonthlyReview, own: Path) -> None:
    panel = shown(model_of(review, own), "en")
    look(panel, "targets", "e")
    card = panel.targets
    assert card.form.layout.display is None and "Gap so far" in card.page.value
    assert "Agreed outside reason: tender cancelled" in card.page.value
    card.button.click()
    assert "who approves it, and why" in card.told.value
    card.who.value, card.why.value = "ana", "<i>tender</i> gone"
    card.button.click()
    panel.settle()
    assert panel.banner.value == "" and card.told.value == "" and card.form.layout.display == "none"
    assert "Approved by ana" in card.page.value and "<i>tender" not in card.page.value + card.difference.value
    assert "people get another target" in card.difference.value and "&lt;script&gt;" in card.difference.value
    with PlanStore(own / "plan.db") as store:
        assert store.versions()["status"].tolist() == ["draft", "approved"]
    card.why.value = "once more"
    panel._act(card.approve)
    assert "ana has approved an adjustment for this month already" in card.told.value


def test_a_refusal_says_why_with_its_arithmetic_and_offers_nothing(review: MonthlyReview, own: Path) -> None:
    panel = shown(model_of(without_reason(review), own))
    look(panel, "targets", "co")
    assert "不调整" in panel.targets.page.value and "计算过程" in panel.targets.page.value
    assert panel.targets.form.layout.display == "none"


def test_files_are_handed_over_inside_the_page(review: MonthlyReview, company: Path) -> None:
    panel = shown(model_of(review, company))
    panel.where.unit.value = "e"
    buttons = {kind: button for button in _buttons(panel) for kind in button._dom_classes if kind.startswith("sp-get")}
    buttons["sp-get-yaml"].click()
    given = ReviewParameters.read(read_params(_content(panel).decode()))
    assert (given.unit, given.period, given.language) == ("e", PERIOD, "zh")
    buttons["sp-get-page"].click()
    page = _content(panel).decode()
    assert page.startswith("<!doctype html>") and "East" in page and "West" not in page and "<script" not in page


def _buttons(panel: ReviewPanel) -> list[Any]:
    found: list[Any] = []
    todo: list[Any] = [panel]
    while todo:
        one = todo.pop()
        found += [one] if hasattr(one, "click") else []
        todo += list(getattr(one, "children", ()))
    return found


def _content(panel: ReviewPanel) -> bytes:
    return base64.b64decode(panel.links.value.split("base64,")[1].split('"')[0])


def test_a_report_gets_the_unit_it_is_about_as_plain_page(review: MonthlyReview, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SALESPLAN_LANGUAGE", "SALESPLAN_USER", "SALESPLAN_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    panel = review_panel(of_unit(review, "t2"))
    page = panel._repr_mimebundle_()["text/html"]
    assert "<details" in page and "&lt;script&gt;" in page and "<script" not in page
    assert not re.search("East|West|Three|孙洋", page) and page == review_panel(of_unit(review, "t2")).snapshot()


def test_the_app_prints_no_snapshot(review: MonthlyReview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESPLAN_LANGUAGE", "en")
    panel = review_panel(review)
    assert panel.language == "en" and "text/html" not in panel._repr_mimebundle_()
