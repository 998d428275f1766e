import datetime as dt

import numpy as np
import pandas as pd
import pytest

from salesplan.findings import to_frame
from salesplan.targets.capacity_gap import TeamModel, capacity_gap
from salesplan.targets.judgement import review_plan
from salesplan.targets.judgement_people import best_growth
from tests.targets.small_plan import LINES, SELLERS, make_small_plan


def found(plan, **options):
    return {f.key: f for f in review_plan(plan, **options)}


def test_a_sound_plan_has_nothing_to_act_on():
    findings = review_plan(make_small_plan(growth=0.06))
    assert "act" not in {f.status for f in findings}
    by_key = {f.key: f for f in findings}
    assert by_key["company_target"].status == "ok"
    assert by_key["stretch_stacking"].details["over_assignment"] == 0


def test_a_target_out_of_reach_is_called_so_at_every_level():
    cases = found(make_small_plan(growth=0.6))
    assert cases["company_target"].status == "act"
    assert cases["company_floor"].status == "act"
    assert cases["units_too_hard"].status == "act"
    assert cases["sellers_too_hard"].details["n"] == 4
    assert cases["share_at_quota"].status == "watch"
    assert cases["company_target"].due == dt.date(2027, 1, 31)


def test_an_undemanding_target_is_called_so():
    cases = found(make_small_plan(growth=-0.3))
    assert cases["company_target"].status == "watch"
    assert cases["sellers_too_easy"].details["n"] == 4
    assert "below the forecast" in cases["stretch_part"].text("en")


def test_stacked_stretch_is_found():
    plan = make_small_plan()
    plan.nodes.loc["a|*", "target_fen"] += 10_000
    assert found(plan)["stretch_stacking"].status == "act"


def test_growth_beyond_the_best_year_is_found():
    months = pd.period_range("2023-01", periods=48, freq="M")
    columns = pd.MultiIndex.from_product([SELLERS, LINES])
    history = pd.DataFrame(100.0, index=months, columns=columns)
    history.loc[months[24:36], ("b", "x")] = 300.0
    assert best_growth(history)["b"] == pytest.approx(1.0)
    assert best_growth(history)["a"] == pytest.approx(0.0)
    finding = found(make_small_plan(), history=history)["beyond_best_year"]
    assert finding.details["n"] == 3
    assert "<script>Bob" not in finding.details["names"]


def test_best_growth_is_missing_without_two_years():
    short = pd.DataFrame({"a": np.ones(20)}, index=pd.period_range("2025-01", periods=20, freq="M"))
    assert best_growth(short).isna().all()


def test_sellers_at_a_bound_are_counted_but_not_those_merely_under_a_rule():
    plan = make_small_plan(cap=520.0)
    plan.sellers["rule"] = "min_growth+max_growth"
    assert found(plan)["held_by_rules"].details["names"] == ["Dan"]


def test_forecast_without_skill_names_the_levels():
    finding = found(make_small_plan())["forecast_skill"]
    assert (finding.status, finding.details["levels"]) == ("watch", ["rep"])
    plan = make_small_plan()
    plan.forecast.backtest = plan.forecast.backtest.iloc[:1]
    assert found(plan)["forecast_skill"].status == "ok"
    plan.forecast.backtest = None
    assert found(plan)["forecast_skill"].status == "unknown"


def test_growth_is_spelled_out_so_that_the_traps_show():
    details = found(make_small_plan(growth=0.5))["growth_meaning"].details
    assert details["quarter_growth"] == pytest.approx(0.1066819197)
    assert details["month_growth"] == pytest.approx(0.0343660832)
    assert details["quarter_trap_growth"] == 0.125
    assert details["sum_month_growth"] == pytest.approx(0.0610, abs=5e-5)
    plan = make_small_plan(growth=0.3)
    plan.parameters.growth_basis = "run_rate"
    assert found(plan)["run_rate_growth"].status == "watch"


def test_announced_parts_that_do_not_make_the_year_are_caught_by_name():
    plan = make_small_plan(growth=0.5)
    cases = found(plan, claims={"quarterly": 0.12, "monthly": 0.04, "weekly_amount": plan.nodes["target"].iloc[0] / 48})
    assert {"growth_compounding", "weeks_in_a_year"} <= set(cases)


def test_estimated_holidays_and_data_notes_are_passed_on():
    cases = found(make_small_plan())
    assert cases["estimated_holidays"].details["n"] == 12
    assert cases["data_note"].text("en") == "2 sellers have no market potential"


@pytest.mark.parametrize(("target", "status"), [(1000.0, "ok"), (50_000.0, "act")])
def test_a_capacity_gap_is_a_finding(target, status):
    team = pd.DataFrame(1.0, index=range(10), columns=range(12))
    gap = capacity_gap(team, target=target, model=TeamModel(productivity=100.0), max_hires=3)
    finding = found(make_small_plan(), capacity=gap)["capacity_gap"]
    assert finding.status == status
    if status == "act":
        assert "Even 3 further hires" in finding.action_text("en")


def test_new_sellers_without_history_are_pointed_out():
    plan = make_small_plan()
    plan.forecast.annual.loc["d|*", "method"] = "cohort_ramp"
    assert found(plan)["short_history"].details["names"] == ["Dan"]


def test_fairness_of_a_small_team_is_unknown():
    potential = pd.Series(np.arange(1.0, 5.0), index=SELLERS)
    cases = found(make_small_plan(), potential=potential)
    assert cases["fairness_potential"].status == "unknown"
    assert "fairness_tenure_months" not in cases


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_is_a_whole_sentence_in_both_languages(lang):
    team = pd.DataFrame(1.0, index=range(10), columns=range(12))
    gap = capacity_gap(team, target=12_100.0, model=TeamModel(productivity=100.0))
    for growth in (-0.3, 0.1, 0.6):
        table = to_frame(review_plan(make_small_plan(growth=growth, cap=600.0), capacity=gap), lang)
        said = table["message"].str.replace("Cai {x}", "", regex=False)
        assert not said.str.contains("{", regex=False).any()
        rows = table[table["key"] != "data_note"]
        if lang == "zh":
            assert not rows["message"].map(str.isascii).any()
            assert not rows.loc[rows["action"] != "", "action"].map(str.isascii).any()


def test_sellers_at_target_are_counted_with_the_dependence_of_the_forecast():
    plan = make_small_plan(growth=0.05)
    free = found(plan)["share_at_quota"].details
    independent = found(plan, correlation=0.0)["share_at_quota"].details
    together = found(plan, correlation=1.0)["share_at_quota"].details
    assert free["expected_share"] == pytest.approx(independent["expected_share"], abs=0.02)
    assert (free["lower_share"], free["upper_share"]) == (independent["lower_share"], independent["upper_share"])
    assert together["lower_share"] < free["lower_share"]
