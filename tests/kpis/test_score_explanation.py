"""A score opens into its own arithmetic, by id or by a name that only one person has."""

import math

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.score_explanation import ABOVE_CAP, BELOW_FLOOR, ScoreExplanation, explain_line
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scoring_policies import POLICY_TEXT, WEIGHT_RAISED, Policy
from salesplan.kpis.scoring_rules import ScoringRule
from salesplan.text.wording import say_details
from tests.kpis.scored_company import figures_of, kpi_set, people_of, scheme_of


@pytest.fixture(scope="module")
def card():
    people = people_of(25)
    people["name"] = [f"Seller {i}" for i in range(22)] + ["张伟 (E0042)", "张伟 (E0117)", "李娜（华东）"]
    return score_people(figures_of(people, missing=0.15), scheme_of(), people, period="2026-10")


def said(note, lang="en"):
    return say_details(note["msgid"], note["details"], lang)


def explained(rule, actual, target=np.nan, unit="", weight=1.0, nominal=1.0):
    one = ScoringRule.from_dict(rule)
    found = one.score_figures([actual], [target])
    line = {"kpi": "k", "actual": actual, "target": target, "raw_score": found.raw[0], "score": found.score[0],
            "weight": weight, "nominal_weight": nominal, "points": weight * found.score[0], "evidence_rows": 1,
            "case": found.policy[0]}
    return explain_line(line, one, unit)


def test_the_steps_recompute_the_score_of_everybody(card):
    for who, why in card.explain_all().items():
        steps = why.steps.dropna(subset="raw_score")
        limited = [min(max(raw, -math.inf if pd.isna(low) else low), math.inf if pd.isna(cap) else cap)
                   for raw, low, cap in zip(steps["raw_score"], steps["floor"], steps["cap"], strict=True)]
        total = sum(w * s for w, s in zip(steps["weight"], limited, strict=True))
        assert total == pytest.approx(card.totals.loc[who, "score"], abs=1e-9)
        assert why.score == card.totals.loc[who, "score"]
        assert steps["points"].sum() == pytest.approx(why.score, abs=1e-9)


@pytest.mark.parametrize(("rule", "actual", "target", "unit", "sentence"), [
    ({"function": "achievement_rate"}, 90_000.0, 100_000.0, "money", "100 × 90,000.00 ÷ 100,000.00 = 90.0"),
    ({"function": "lower_is_better_reciprocal", "cap": 120}, 45.0, 30.0, "days", "100 × 30 days ÷ 45 days = 66.7"),
    ({"function": "lower_is_better_linear"}, 45.0, 30.0, "days", "100 × (2 − 45 days ÷ 30 days) = 50.0"),
    ({"function": "raw_percentage"}, 0.85, 0.9, "percent", "100 × 85.0% = 85.0"),
    ({"function": "raw_percentage", "full": 5}, 4.0, np.nan, "points", "100 × 4.0 ÷ 5.0 = 80.0"),
    ({"function": "range_score", "minimum": 6}, 8.0, 10.0, "count", "100 × (8 − 6) ÷ (10 − 6) = 50.0"),
    ({"function": "piecewise", "points": [[60, 0], [80, 60], [100, 100]]}, 70.0, 100.0, "count",
     "0.0 + (60.0 − 0.0) × (70.0% − 60.0%) ÷ (80.0% − 60.0%) = 30.0"),
    ({"function": "piecewise", "points": [[60, 0], [80, 60]]}, 90.0, 100.0, "count", "90.0% is at or beyond the last point, 80.0%: 60.0"),
    ({"function": "piecewise", "points": [[60, 0], [80, 60]]}, 9.0, 100.0, "count", "9.0% is not above the first point, 60.0%: 0.0"),
    ({"function": "step_grade", "steps": [[60, 60], [80, 80]]}, 79.0, 100.0, "count", "79.0% is on the step from 60.0%: 60.0"),
    ({"function": "step_grade", "steps": [[60, 60], [80, 80]]}, 9.0, 100.0, "count", "9.0% reaches no step: 0.0"),
    ({"function": "step_grade", "of": "actual", "direction": "lower", "steps": [[2, 100], [5, 80]]}, 4.0, np.nan, "hours",
     "4 hours is on the step up to 5 hours: 80.0"),
    ({"function": "step_grade", "grades": {"优秀": 100, "良好": 80}}, "良好", "优秀", "percent", "Grade 良好 = 80.0"),
])  # fmt: skip
def test_the_formula_is_said_with_the_figures(rule, actual, target, unit, sentence):
    row = explained(rule, actual, target, unit)
    assert say_details(row["formula"], row["details"], "en") == sentence
    assert "{" not in say_details(row["formula"], row["details"], "zh")
    assert row["policies"] == ()


def test_cap_floor_and_raised_weight_are_said():
    above = explained({"function": "capped", "floor": 0, "cap": 120}, 150.0, 100.0, weight=0.5, nominal=0.4)
    assert [p["msgid"] for p in above["policies"]] == [ABOVE_CAP, WEIGHT_RAISED]
    assert said(above["policies"][0]) == "150.0 points lie above the cap: 120.0 count."
    below = explained({"function": "achievement_rate"}, -5.0, 100.0)
    assert [p["msgid"] for p in below["policies"]] == [POLICY_TEXT[Policy.NEGATIVE_AS_IS], BELOW_FLOOR]


@pytest.mark.parametrize(("rule", "actual", "target", "case"), [
    ({"function": "achievement_rate"}, np.nan, 1.0, Policy.NO_ACTUAL_LEFT_OUT),
    ({"function": "achievement_rate", "missing": "zero"}, np.nan, 1.0, Policy.NO_ACTUAL_ZERO),
    ({"function": "achievement_rate"}, 1.0, np.nan, Policy.NO_TARGET_LEFT_OUT),
    ({"function": "achievement_rate", "zero_target": "full_if_any"}, 1.0, 0.0, Policy.ZERO_TARGET_FULL),
    ({"function": "lower_is_better_reciprocal", "cap": 120}, 0.0, 5.0, Policy.ZERO_ACTUAL_CAP),
    ({"function": "achievement_rate", "negative_actual": "exclude"}, -1.0, 5.0, Policy.NEGATIVE_LEFT_OUT),
])  # fmt: skip
def test_where_a_policy_decides_there_is_its_sentence_and_no_formula(rule, actual, target, case):
    row = explained(rule, actual, target, nominal=0.2, weight=0.2)
    assert row["formula"] == "" and row["policies"][0]["msgid"] == POLICY_TEXT[case]
    for lang in ("zh", "en"):
        assert "{" not in said(row["policies"][0], lang)


def test_a_return_counted_as_zero_is_explained_as_zero():
    row = explained({"function": "achievement_rate", "negative_actual": "zero"}, -5.0, 100.0, unit="count")
    assert say_details(row["formula"], row["details"], "en") == "100 × 0 ÷ 100 = 0.0"


def test_people_are_found_by_id_and_by_a_name_of_their_own(card):
    assert card.explain("R03").name == "Seller 3"
    assert card.explain("Seller 3").seller_id == "R03"
    assert card.explain("张伟 (E0117)").seller_id == "R23"
    assert card.explain("李娜").seller_id == "R24"


def test_a_name_that_two_have_lists_both_ids(card):
    with pytest.raises(InputError, match="is the name of 2: R22, R23") as caught:
        card.explain("张伟")
    assert caught.value.details["seller_ids"] == ["R22", "R23"]


def test_an_unknown_name_gets_the_nearest(card):
    with pytest.raises(InputError, match=r"must be a seller.*Did you mean.*Seller 1"):
        card.explain("Seler 1")
    with pytest.raises(InputError, match="such as R00"):
        card.explain("王五")


def test_twins_of_one_plain_name_keep_their_own_lines():
    people = people_of(2).assign(name=["王芳", "王芳"])
    table = figures_of(people)
    one = score_people(table, scheme_of(), people, period="2026-10")
    for who in people["seller_id"]:
        mine = table[table["seller_id"] == who].set_index("kpi")["actual"]
        assert {row["kpi"]: row["actual"] for row in one.explain(who).rows} == mine.to_dict()
    with pytest.raises(InputError, match="R00, R01"):
        one.explain("王芳")


def test_the_closing_sentence_gives_the_total(card):
    why = card.explain("R00")
    assert f"{why.score:.2f}" in said(why.closing)
    people = people_of(1)
    table = figures_of(people).assign(actual=np.nan)
    nothing = score_people(table, scheme_of(kpi_set("all", {"visits": (1.0, {"function": "achievement_rate"})})), people,
                           period="2026-10").explain("R00")
    assert math.isnan(nothing.score) and "no score" in said(nothing.closing)


def test_an_explanation_that_does_not_add_up_is_refused(card):
    why = card.explain("R00")
    with pytest.raises(InputError, match="what the rows add up to"):
        ScoreExplanation(seller_id="R00", name="x", set="all", score=why.score + 0.01, rows=why.rows, rules=why.rules)


def test_points_for_missing_figures_are_not_lifted_to_the_floor():
    rules = {"sales_amount": (0.5, {"function": "capped", "floor": 10, "cap": 120, "missing": "zero"}),
             "visits": (0.5, {"function": "achievement_rate"})}
    figures = pd.DataFrame({"seller_id": ["a"], "kpi": ["visits"], "actual": [1.0], "target": [1.0]})
    card = score_people(figures, scheme_of(kpi_set("all", rules)), pd.DataFrame({"seller_id": ["a"]}), period="2026-10")
    explained = card.explain("a")
    assert explained.recomputed() == explained.score == 50.0
    assert [note["msgid"] for note in explained.rows[0]["policies"]] == ["No data: 0 points by the rule."]


def test_an_explanation_reads_as_a_table_in_terminal_and_notebook(card):
    why = card.explain("张伟 (E0042)")
    text, page = repr(why), why._repr_html_()
    assert "ScoreExplanation(" not in text and "{" not in text and f"{why.score:.2f} points" in text
    assert len(text.splitlines()) == 2 + len(why.rows) + 1 and "100 ×" in text
    assert page.count("<tr>") == len(why.rows) + 1 and "张伟 (E0042)" in page and f"{why.score:.2f} 分" in page
    assert "Weighted points" in why.to_html("en")
    assert list(why.to_frame()) == ["kpi", "actual", "target", "raw_score", "score", "weight", "points"]


def test_names_with_markup_stay_text():
    row = {"kpi": "k", "raw_score": math.nan, "floor": None, "cap": None, "weight": 0.0, "score": math.nan, "points": math.nan,
           "actual": math.nan, "target": math.nan, "formula": "", "details": {}, "policies": (), "case": 0}
    why = ScoreExplanation(seller_id="x", name="<b>x", set="all", score=math.nan, rows=(row,),
                           rules=((ScoringRule(function="raw_percentage"), "count"),))
    assert "&lt;b&gt;x" in why.to_html("zh") and "no score" in repr(why)
