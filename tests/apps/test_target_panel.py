"""State and view of the target panel, without a browser."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from salesplan.apps import drill, panel_html
from salesplan.apps.downloads import plan_parameters, plan_timetable, plan_workbook
from salesplan.apps.target_model import TargetModel
from salesplan.apps.target_panel import TargetPanel, target_panel
from salesplan.errors import InfeasibleTargetError, InputError, ParameterError
from salesplan.findings import Finding
from salesplan.plots import carried_months
from salesplan.reporting.params_yaml import read_params
from salesplan.targets.parameters import TargetParameters
from tests.plan_factory import make_data, make_forecast, make_plan


def set_targets(data: Any, forecast: Any, parameters: TargetParameters) -> Any:
    if parameters.growth > 0.5 or sum(rule["kind"] == "pin" for rule in parameters.rules) > 1:
        raise InfeasibleTargetError("caps of <b>华东</b> hold 9, must hold 10", fix="Raise a cap")
    return make_plan(parameters)


def make_model(**changes: Any) -> TargetModel:
    parameters = TargetParameters(plan_year=2027, **changes)
    return TargetModel(data=make_data(), forecast=make_forecast(), parameters=parameters, set_targets=set_targets)


@pytest.fixture
def panel() -> TargetPanel:
    return target_panel(
        make_data(), make_forecast(), TargetParameters(plan_year=2027), language="zh", set_targets=set_targets
    )


def test_moving_a_knob_makes_a_new_plan() -> None:
    model = make_model()
    before = model.plan.company.loc["target", "amount"]
    model.growth = 0.2
    model.recompute()
    assert model.plan.company.loc["target", "amount"] > before
    assert model.parameters.growth == 0.2 and not model.is_stale


def test_what_a_page_sends_is_checked() -> None:
    model = make_model()
    with pytest.raises(InputError, match="unit of the plan"):
        model.open_unit("nobody")
    with pytest.raises(InputError, match="month of the plan"):
        model.open_month("1999-01")
    with pytest.raises(InputError, match="A or B"):
        model.keep("C")
    with pytest.raises(Exception, match="target_by"):
        model.target_by = "magic"


def test_contradicting_knobs_keep_the_old_plan_and_say_so() -> None:
    model = make_model()
    plan = model.plan
    model.capacity_weight = model.potential_weight = model.history_weight = 0.0
    with pytest.raises(ParameterError, match="must not all be 0"):
        model.recompute()
    assert model.plan is plan and model.is_stale


def test_rows_add_up_at_every_step_down() -> None:
    plan = make_plan()
    company = plan.nodes.loc["company|*", "target"]
    assert sum(r.target for r in drill.unit_rows(plan, unit_id="company", language="zh")) == pytest.approx(
        company, abs=1e-6
    )
    person = plan.nodes.loc["E001|软件", "target"]
    months = drill.month_rows(plan, unit_id="E001", product_line="软件", language="zh", history=make_data().history)
    weeks = drill.week_rows(plan, unit_id="E001", product_line="软件", month="2027-03", language="zh")
    assert len(months) == 12 and sum(m.target for m in months) == pytest.approx(person, abs=1e-6)
    assert sum(w.target for w in weeks) == pytest.approx(months[2].target, abs=1e-6)
    assert months[0].last_year is not None


def test_equal_scenarios_differ_by_exactly_zero() -> None:
    model = make_model()
    model.keep("A")
    model.keep("B")
    paired = model.paired()
    assert paired is not None and paired["difference"] == 0.0 and paired["p_difference"] == 0.0


def test_scenario_b_of_the_parameters_is_shown_and_written_back() -> None:
    model = make_model(scenario_b={"growth": 0.3})
    assert model.scenario_b is not None and model.scenario_b.parameters.growth == 0.3
    content, name = plan_parameters(model, "en")
    assert name.endswith(".yaml") and read_params(content.decode())["scenario_b"] == {"growth": 0.3}


def test_the_slider_redraws_the_cards_and_the_table(panel: TargetPanel) -> None:
    cards, first = panel.kpis.value, panel.drill.row_pool[0][2].value
    panel.controls.sliders["growth"].value = 0.25
    assert panel.kpis.value != cards and panel.drill.row_pool[0][2].value != first
    assert panel.banner.value == ""


def test_an_infeasible_plan_is_told_escaped_and_the_panel_goes_on(panel: TargetPanel) -> None:
    panel.model.growth = 0.6
    assert "&lt;b&gt;华东" in panel.banner.value and "sp-banner" in panel.banner.value
    assert "sp-stale" in panel._dom_classes
    panel.pictures.later.now()
    assert "sp-banner" in panel.banner.value, "work that goes well aside takes no error off the page"
    panel.model.growth = 0.1
    assert panel.banner.value == "" and "sp-stale" not in panel._dom_classes


def test_the_table_can_be_followed_to_the_weeks_and_back(panel: TargetPanel) -> None:
    for _ in range(3):
        panel.drill.open_row(0)
    assert panel.model.path()[0] == "company" and len(panel.model.path()) == 4
    panel.drill.open_row(2)
    assert panel.model.month == "2027-03" and len(panel.crumbs.children) == 5
    assert all(row[1].disabled is not False for row in panel.drill.row_pool[: len(panel.drill.rows.children)])
    panel.crumbs.children[0].click()
    assert panel.model.unit_id == "company" and panel.model.view == "units"


def test_filters_and_start_values(panel: TargetPanel) -> None:
    panel.region.value = "r1"
    assert panel.model.unit_id == "r1"
    panel.line.value = "硬件"
    assert panel.model.node == "r1|硬件"
    panel.model.growth = 0.3
    panel.reset()
    assert panel.model.growth == 0.12 and panel.controls.sliders["growth"].value == 0.12


def test_a_level_by_chance_gets_the_range_of_a_chance(panel: TargetPanel) -> None:
    panel.controls.choices["stretch_by"].value = "probability"
    assert panel.model.stretch_value <= 0.5 and panel.controls.sliders["stretch_value"].max == 0.5
    panel.controls.choices["stretch_by"].value = "share"
    assert panel.model.stretch_value >= 1.0 and panel.controls.sliders["stretch_value"].min == 1.0


def test_limits_of_people_can_be_taken_off(panel: TargetPanel) -> None:
    panel.controls.sliders["bounds"].value = (-0.1, 0.4)
    assert (panel.model.min_growth, panel.model.max_growth) == (-0.1, 0.4)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_snapshot_shows_what_the_panel_shows(language: str) -> None:
    panel = target_panel(
        make_data(),
        make_forecast(),
        TargetParameters(plan_year=2027, scenario_b={"growth": 0.2}),
        language=language,
        set_targets=set_targets,
    )
    bundle = panel._repr_mimebundle_()
    page = bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<script" not in page and "&lt;script&gt;" in page and "http" not in page.replace("http://www.w3.org", "")
    assert panel.kpis.value in page and "sp-scenarios" in page and "<details" in page
    again = target_panel(
        make_data(),
        make_forecast(),
        TargetParameters(plan_year=2027, scenario_b={"growth": 0.2}),
        language=language,
        set_targets=set_targets,
    )
    assert again._repr_mimebundle_()["text/html"] == page


def test_findings_follow_the_plan_after_the_figures() -> None:
    asked: list[float] = []

    def review(plan: Any, data: Any) -> list[Finding]:
        asked.append(plan.parameters.growth)
        good = Finding(key="b", status="ok", message="all well")
        return [good, Finding(key="a", status="act", message="{growth} <b>", details={"growth": asked[-1]})]

    parameters = TargetParameters(plan_year=2027)
    panel = target_panel(
        make_data(), make_forecast(), parameters, language="en", set_targets=set_targets, review_targets=review
    )
    card = panel.findings
    assert card is not None and asked == []
    panel.model.growth = 0.2
    panel.model.growth = 0.3
    assert asked == [] and "sp-waiting" in card._dom_classes, "sliders do not wait for findings"
    card.later.now()
    assert asked == [0.3] and "+30.0% &lt;b&gt;" in card.cards.value and "sp-waiting" not in card._dom_classes
    assert card.cards.value.index("sp-act") < card.cards.value.index("<details>") < card.cards.value.index("all well")
    panel.model.open_unit("r1")
    card.later.now()
    assert asked == [0.3], "another node of the same plan has the same findings"
    assert "all well" not in panel.snapshot(), "the report has a section of its own"


def test_only_the_pictures_of_open_tabs_are_drawn(panel: TargetPanel) -> None:
    panel.pictures.later.now()
    tabs, chart = panel.pictures.cards[0]
    before = chart.value
    assert "<svg" in before and panel.pictures.shows("history") and not panel.pictures.shows("months")
    panel.model.growth = 0.2
    assert chart.value == before, "the figures come first"
    panel.pictures.later.now()
    assert chart.value != before
    tabs.value = "months"
    assert "每月目标" in chart.value or "按月" in chart.value


def test_files_are_handed_over_inside_the_page(panel: TargetPanel) -> None:
    panel._hand_over(plan_workbook)
    assert 'download="目标计划_2027.xlsx"' in panel.links.value and "base64," in panel.links.value
    content, name = plan_timetable(panel.model, "zh")
    assert content.startswith(b"BEGIN:VCALENDAR") and name.endswith(".ics")


def test_why_this_number_is_worked_out_when_it_is_asked_for(panel: TargetPanel) -> None:
    assert panel.drill.why.value == ""
    panel.drill.view.value = "why"
    assert "sp-explanation" in panel.drill.why.value and panel.drill.table.layout.display == "none"
    panel.model.open_unit("E000")
    assert panel.model.view == "why" and "张伟 (E0042)的目标" in panel.drill.why.value
    panel.line.value = "硬件"
    assert "硬件" in panel.drill.why.value
    panel.model.open_month("2027-03")
    assert panel.drill.why.layout.display == "none"
    panel.model.view = "why"
    assert "2027年3月" in panel.drill.why.value
    assert "<table class=\"sp-table sp-explanation" not in panel.snapshot()
    panel.model.open_unit("company")
    panel.model.view = "units"
    assert panel.drill.table.layout.display is None and panel.drill.rows.children


def plan_taken_over(node: str, forecast: float, *, facts: float | None = None, nothing_own: bool = False) -> Any:
    plan = make_plan()
    nodes = plan.nodes.copy()
    nodes.loc[node, "forecast"] = forecast
    outlook = plan.forecast
    if facts is not None:
        annual = outlook.annual.copy()
        annual["facts"] = outlook.monthly.iloc[:, : int(facts)].sum(axis=1)
        outlook = replace(outlook, annual=annual)
    if nothing_own:
        outlook = replace(outlook, monthly=outlook.monthly.copy())
        outlook.monthly.loc[node] = 0.0
    return replace(plan, nodes=nodes, forecast=outlook)


@pytest.mark.parametrize("nothing_own", [False, True])
@pytest.mark.parametrize("facts", [None, 4])
def test_months_add_up_to_the_forecast_with_what_is_taken_over(facts: int | None, nothing_own: bool) -> None:
    own = float(make_plan().nodes.loc["E001|*", "forecast"])
    plan = plan_taken_over("E001|*", own * 1.4, facts=facts, nothing_own=nothing_own)
    rows = drill.month_rows(plan, unit_id="E001", language="en", history=make_data().history)
    assert sum(r.forecast or 0 for r in rows) == pytest.approx(own * 1.4)
    total = panel_html.total_row(rows, name="Total", language="en")
    assert total.forecast == pytest.approx(own * 1.4) and total.last_year == pytest.approx(
        sum(r.last_year or 0 for r in rows)
    )
    if facts:
        own_months = plan.forecast.monthly.loc["E001|*"].to_numpy()[:4]
        assert np.allclose(carried_months(plan, "E001|*")["forecast"].to_numpy()[:4], own_months)
    same = carried_months(make_plan(), "company|*")["forecast"]
    assert same.to_numpy() == pytest.approx(make_plan().forecast.monthly.loc["company|*"].to_numpy())


def test_a_table_shows_no_column_of_dashes_and_says_what_its_sums_hold(panel: TargetPanel) -> None:
    assert "sp-c-chance" in panel.drill.table_head.value
    panel.model.view = "months"
    assert "sp-c-chance" not in panel.drill.table_head.value + panel.drill.table_foot.value
    assert "sp-c-last" in panel.drill.table_head.value
    rows = drill.month_rows(make_plan(), unit_id="E001", language="en", history=make_data().history.iloc[:-2])
    total = panel_html.total_row(rows, name="Total", language="en")
    assert rows[-1].last_year is None and total.last_note == "10 of 12 are known" and total.growth is None


def test_a_file_saved_while_b_is_on_the_screen_compares_a_and_b() -> None:
    model = make_model(growth=0.1)
    model.growth = 0.2
    model.recompute()
    model.keep("B")
    content, _ = plan_parameters(model, "en")
    read = read_params(content.decode())
    assert (read["growth"], read["scenario_b"]) == (0.1, {"growth": 0.2}) and model.file_holds_a
    again = make_model(**{k: v for k, v in read.items() if k != "plan_year"})
    assert again.scenario_b is not None and again.scenario_a is not None
    assert [s.parameters.growth for s in (again.scenario_a, again.scenario_b)] == [0.1, 0.2]
    model.growth = 0.3
    model.recompute()
    read = read_params(plan_parameters(model, "en")[0].decode())
    assert (read["growth"], read["scenario_b"]) == (0.3, {"growth": 0.2}) and not model.file_holds_a


def test_people_with_nothing_are_listed_and_empty_former_staff_are_not() -> None:
    plan = make_plan()
    empty = plan.nodes.copy()
    figures = ["target", "forecast", "last_year"]
    empty.loc["E001|*", [*figures, "p_target"]] = [0.0, 0.0, 0.0, np.nan]
    empty.loc["E002|*", [*figures, "level"]] = [0.0, 0.0, 0.0, "former"]
    empty.loc["E003|*", "level"] = "former"
    plan = replace(plan, nodes=empty)
    rows = {row.key: row for row in drill.unit_rows(plan, unit_id="t00", language="zh")}
    assert set(rows) == {"E000", "E001", "E003"} and rows["E001"].p_target is None
    tree = panel_html.organisation_tree(plan, language="zh")
    assert "李娜" in tree and "王芳" not in tree


def test_growth_on_a_part_of_a_year_is_not_shown() -> None:
    plan = make_plan()
    annual = plan.forecast.annual.copy()
    annual.loc["E001|*", "n_months"] = 5
    plan = replace(plan, forecast=replace(plan.forecast, annual=annual))
    rows = {row.key: row for row in drill.unit_rows(plan, unit_id="t00", language="en")}
    assert rows["E001"].growth is None and rows["E000"].growth is not None
    cells = panel_html.row_cells(rows["E001"], language="en", currency="CNY")
    assert '<abbr title="part of a year">–</abbr>' in cells
    assert 'title="part of a year"' in panel_html.kpi_cards(plan, node="E001|*", language="en")
    months = drill.month_rows(plan, unit_id="E001", language="en", history=make_data().history)
    assert all(m.growth is None for m in months)
    assert panel_html.total_row(months, name="Total", language="en").growth is None


def test_a_rule_is_added_listed_replaced_and_taken_off(panel: TargetPanel) -> None:
    panel.model.open_unit("E000")
    card = panel.rules
    assert "张伟" in card.who.value and card.amount.value > 0
    card.kind.value, card.amount.value, card.reason.value = "floor", 900_000.0, "<新客户>"
    card.add_button.click()
    rule = {"unit": "E000", "kind": "floor", "amount": 900_000.0, "reason": "<新客户>"}
    assert panel.model.plan.parameters.rules == [rule] and panel.banner.value == ""
    shown = card.listed.children[0].children[0].value
    assert "张伟 (E0042)：" in shown or "张伟 (E0042):" in shown
    assert "&lt;新客户&gt;" in shown and "90" in shown
    card.amount.value = 800_000.0
    card.add_button.click()
    assert [r["amount"] for r in panel.model.rules] == [800_000.0]
    assert read_params(plan_parameters(panel.model, "zh")[0].decode())["rules"] == panel.model.rules
    card.listed.children[0].children[1].click()
    assert panel.model.rules == [] and panel.model.plan.parameters.rules == [] and not card.listed.children
    card.amount.value = -1.0
    card.add_button.click()
    assert "must be zero or more" in panel.banner.value and panel.model.rules == []


def test_rules_that_cannot_hold_are_told_until_they_are_mended(panel: TargetPanel) -> None:
    for unit in ("E000", "E001"):
        panel.model.open_unit(unit)
        panel.rules.kind.value = "pin"
        panel.rules.add_button.click()
    assert "must hold 10" in panel.banner.value and panel.model.is_stale
    plan = panel.model.plan
    panel.model.open_unit("company")
    assert "must hold 10" in panel.banner.value and "sp-stale" in panel._dom_classes and panel.model.plan is plan
    panel.rules.listed.children[1].children[1].click()
    assert panel.banner.value == "" and not panel.model.is_stale and "sp-stale" not in panel._dom_classes
    assert [r["unit"] for r in panel.model.plan.parameters.rules] == ["E000"]


def test_what_is_seldom_moved_is_folded_away(panel: TargetPanel) -> None:
    fold, sliders = panel.controls.advanced, panel.controls.sliders
    inside = panel.controls.children[4].children[1]
    assert inside.layout.display == "none"
    fold.value = True
    assert inside.layout.display is None
    sliders["forecast_anchor"].value, sliders["attrition_rate"].value = 0.5, 0.3
    panel.controls.choices["allocation"].value = "entropic"
    made = panel.model.plan.parameters
    assert (made.forecast_anchor, made.attrition_rate, made.allocation) == (0.5, 0.3, "entropic")
    panel.reset()
    assert panel.model.allocation == "quadratic" and panel.model.rules == []
    assert panel.controls.choices["unit"].value == "yuan"
    assert "仅筛选显示" in panel.children[2].children[1].children[0].children[1].children[2].value
