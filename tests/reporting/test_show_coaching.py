"""Training needs on a page: true figures, in both languages, nobody named whom the reader may not see, text escaped."""

import dataclasses
import re
from functools import cache
from html import unescape

import numpy as np
import pandas as pd
import pytest

from salesplan.coaching.level_tables import FLAT
from salesplan.coaching.plan_cautions import effects_not_seen, plan_findings
from salesplan.coaching.power import power_table
from salesplan.coaching.reviewing import review_training_needs
from salesplan.coaching.training_needs import TrainingNeeds
from salesplan.reporting.coaching_names import CoachingNames, tier_order
from salesplan.reporting.diagnosis_words import evidence_sentences, said_verdict
from salesplan.reporting.page_parts import interval_text
from salesplan.reporting.show import Fragment
from salesplan.reporting.show_coaching import (
    coaching_provenance,
    show_assessments,
    show_diagnosis,
    show_effect,
    show_gaps,
    show_mentors,
    show_middle,
    show_needs,
    show_plan,
    show_ramp,
    show_retention,
    show_roll_out,
)
from salesplan.reporting.show_effect import said_kpi
from salesplan.text.wording import say_details
from tests.reporting.coached_company import IDLE, SELLERS, TAG, WEAK, needs


@cache
def found() -> TrainingNeeds:
    return needs()


def names(language: str = "en") -> CoachingNames:
    return CoachingNames.of(found().data, language)


def text(fragment: Fragment) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", fragment.html)))


PAGES = {
    "assessments": lambda n, w: show_assessments(n.levels, w),
    "gaps": lambda n, w: show_gaps(n.gaps, w),
    "needs": lambda n, w: show_needs(n.needs, w),
    "person_needs": lambda n, w: show_needs(n.person_needs, w, top=1),
    "diagnosis": lambda n, w: show_diagnosis(n.diagnosis, w),
    "plan": lambda n, w: show_plan(n.plan, w, shadow=n.shadow_value),
    "mentors": lambda n, w: show_mentors(n.mentors, w),
    "effect": lambda n, w: show_effect(n.effect, w.language, kpi_names=n.kpi_names),
    "roll out": lambda n, w: show_roll_out(n.roll_out, w, kpi_names=n.kpi_names),
    "middle": lambda n, w: show_middle(n.middle, w, path=n.path),
    "ramp": lambda n, w: show_ramp(n.ramp, w),
    "retention": lambda n, w: show_retention(n.retention, w),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_piece_is_the_same_every_time_and_harmless(name: str, language: str) -> None:
    page = PAGES[name](found(), names(language))
    assert page.html == PAGES[name](found(), names(language)).html and page.plain
    assert "<script" not in page.html and ">nan<" not in page.html and ">None<" not in page.html
    assert not re.search(r"\{\w+\}", text(page)), "a gap of a sentence was not filled"


def test_names_follow_the_language_and_twins_stay_apart() -> None:
    assert names("en").skill("S3") == "Objection handling" and names("zh").skill("S3") == "异议处理"
    assert names().person("E002") != names().person("E003") and names().person("X9") == "X9"
    assert names().tiers == ("新人", "骨干", "管理者")
    assert names().joined("S1+S3") == "Product knowledge, Objection handling" and names("zh").joined(["S2"]) == "需求挖掘"
    double = CoachingNames(language="en", people={"a": "Li", "b": "Li"}, skills={}, courses={}, units={})
    assert {double.person("a"), double.person("b")} == {"Li (a)", "Li (b)"}


def test_tiers_nobody_knows_come_last() -> None:
    frame = pd.DataFrame({"tier": ["odd", "管理者", "新人"]})
    assert names().by_tier(frame)["tier"].tolist() == ["新人", "管理者", "odd"]
    assert tier_order(pd.DataFrame({"tier": [None, ""], "tenure_months": [1, 2]})) == ()


def test_gaps_are_those_found() -> None:
    page = text(show_gaps(found().gaps, names()))
    table = found().gaps.by("tier").set_index("tier")
    row = table.loc["骨干"]
    assert f"{row['gap']:.2f}" in page and f"{row['gap_lower']:.2f}–{row['gap_upper']:.2f}" in page
    assert table.loc["管理者", "status"] == "insufficient evidence" and "insufficient evidence" in page
    assert "hidden for the sake of a smaller group" in page, "a total would give the leaders away"


def test_needs_stand_in_order_with_the_range_of_their_rank() -> None:
    rows = found().needs.top(5)
    page = text(show_needs(found().needs, names()))
    first = rows[(rows["tier"] == "骨干") & (rows["rank"] == 1)].iloc[0]
    assert f"{names().skill(first['skill'])}" in page and f"{first['need']:.1f}" in page
    assert f"{first['rank_lower']:.0f}–{first['rank_upper']:.0f}" in page and "too few people for a rank" in page
    nobody = dataclasses.replace(found().needs, table=found().needs.table.assign(need=0.0))
    assert "No need above zero" in text(show_needs(nobody, names()))


def test_who_is_low_is_named_with_the_cause_and_others_are_not() -> None:
    people = found().diagnosis.people
    assert set(people.loc[WEAK, "verdict"]) == {"skill"} and set(people.loc[IDLE, "verdict"]) == {"effort"}
    page = show_diagnosis(found().diagnosis, names(), top=40)
    shown = text(page)
    assert TAG in shown and "Skill: train" in shown and "Effort" in shown and "joint visit" in shown
    healthy = people.index[people["verdict"] == "healthy"]
    assert not [one for one in healthy if re.search(rf"{names().person(one)}\b", shown)]
    few = text(show_diagnosis(found().diagnosis, names(), shown=[IDLE[0]]))
    assert names().person(IDLE[0]) in few and names().person(IDLE[1]) not in few
    assert "Nobody's result is low" in text(show_diagnosis(found().diagnosis, names(), shown=[]))


def test_evidence_says_figure_usual_and_standing() -> None:
    lines = evidence_sentences(found().diagnosis, IDLE[0], "en", result_is_money=True)
    row = found().diagnosis.explain(IDLE[0]).set_index("measure")
    assert lines[0].startswith("Result: ") and "K" in lines[0] and "below usual" in lines[0]
    effort = next(line for line in lines if line.startswith("Effort"))
    assert f"{row.loc['effort', 'deviation_change'] * 100:.0f}%" in effort
    assert any("of the shortfall" in line for line in lines)
    veiled = evidence_sentences(found().diagnosis, IDLE[0], "en", result_is_money=True, shows_money=False)
    assert "K" not in veiled[0] and "%" in veiled[0], "money is told as a change"
    assert said_verdict("", "en") == ""


def test_a_step_without_figures_says_so() -> None:
    diagnosis = found().diagnosis
    gone = diagnosis.evidence.assign(figure_value=np.where(diagnosis.evidence["measure"] == "leads", np.nan,
                                                           diagnosis.evidence["figure_value"]))
    lines = evidence_sentences(dataclasses.replace(diagnosis, evidence=gone), WEAK[0], "en")
    assert "Leads: no figures" in lines


def test_the_effect_is_told_in_shares_with_the_misleading_figures_named() -> None:
    judged = found().effect
    assert judged is not None and judged.effect is not None
    page = text(show_effect(judged, "en", kpi_names=found().kpi_names, power=power_table([12, 24], sd=6, mean=100)))
    for value in judged.effect.table["effect"]:
        assert f"{judged.effect.share(float(value)) * 100:+.1f}%" in page
    assert "misleading" in page and "Measured by" in page and "What could be seen" in page
    assert not re.search(r"e\+0\d", page), "no amount in powers of ten"
    assert "No course" in text(show_effect(None, "en"))
    assert said_kpi("attainment", None, "zh") == "达成率" and said_kpi("sales_amount", found().kpi_names, "en") == "Sales amount"


def test_sales_of_segments_are_shares_for_those_who_see_no_money() -> None:
    assert found().middle is not None
    page = text(show_middle(found().middle, names(), path=found().path))
    ratio = found().middle.table.set_index("segment")["sales_share"]
    assert f"{ratio['middle'] * 100:.1f}%" in page and "Unit: ¥" in page
    veiled = text(show_middle(found().middle, names(), path=found().path, shows_money=False))
    assert "Unit: ¥" not in veiled and f"{ratio['middle'] * 100:.1f}%" in veiled
    assert "Too few sellers" in text(show_middle(None, names()))
    assert "see no sales" in text(show_middle(None, names(), shows_money=False))


def test_a_plan_adds_up_and_says_what_stays_open() -> None:
    plan = found().plan
    page = text(show_plan(plan, names(), shadow=found().shadow_value, top=50))
    assert f"{plan.covered_share * 100:.1f}%" in page and "proven" in page
    assert "The next ¥1,000 would close" in page and "so far close" in page
    going = plan.assignments.groupby("seller_id")["course"].agg(list)
    for seller, courses in going.items():
        assert names().person(seller) in page and " → ".join(names().course(c) for c in courses) in page
    left = plan.left_uncovered().iloc[0]
    assert names().skill(left["skill"]) in page and left["reason_msgid"] in page
    nothing = text(show_plan(found().planner.solve(0.0), names()))
    assert "Nobody is sent" in nothing or "0.0" in nothing
    open_gap = dataclasses.replace(plan, bound_value=plan.value + 10 * plan.unit)
    assert "A better plan could close at most" in text(show_plan(open_gap, names()))


def test_managers_whom_the_reader_may_not_see_are_in_no_table() -> None:
    levels = found().levels
    strict = pd.DataFrame({"assessor_id": ["M0", "other-0007"], "n": 9, "leniency_level": 0.6, "leniency_level_lower": 0.4,
                           "leniency_level_upper": 0.8})
    called = dataclasses.replace(names(), people={**names().people, "other-0007": "— (other-0007)"})
    page = text(show_assessments(dataclasses.replace(levels, leniency=strict), called))
    assert names().person("M0") in page and "other-0007" not in page


def test_parts_of_a_gain_add_up_to_it() -> None:
    effect = found().effect.effect
    before = effect.mean_trained - effect.gain
    page = text(show_effect(found().effect, "en"))
    assert effect.parts()["effect"].sum() == pytest.approx(effect.gain)
    parts = page.split("as a share of their figure before the course")[1]
    for share in (*(effect.parts()["effect"] / before), effect.gain / before):
        assert f"{share * 100:+.1f}%" in parts
    assert "Gain of the trained in all" in parts


def test_a_plan_says_what_speaks_against_it_and_what_its_shares_are_of() -> None:
    page = text(show_plan(found().plan, names()))
    assert "have a result that is fine against peers" in page and "count 3 times" in page and "leaves out gaps below" in page
    judged = effects_not_seen(found().plan, {"C2": "cannot_tell"}, {"C2": {"zh": "乙", "en": "Closing"}})
    assert "Closing (Cannot tell)" in say_details(judged[0]["msgid"], judged[0]["details"], "en")
    assert not effects_not_seen(found().plan, {"C2": "works"})
    assert "Cost of seats" in page


def test_a_course_that_did_harm_is_a_finding_with_its_people_and_money() -> None:
    plan = found().plan
    own = plan.runs.set_index("course").loc["C2"]
    bad = {f.key: f for f in plan_findings(plan, {"C2": "harmful"}, {})}
    assert bad["course_did_harm"].status == "act" and bad["course_did_harm"].details["n"] == own["n_people"]
    assert bad["course_did_harm"].details["cost_money"] == own["cost"] and own["name"] in bad["course_did_harm"].text("zh")
    assert {f.key for f in plan_findings(plan, {"C2": "no_sign"}, {})} >= {"course_without_effect"}
    assert not plan_findings(plan, {"C2": "works"}, {})


def test_a_share_retained_names_the_months_it_is_read_at() -> None:
    page = text(show_retention(found().retention, names()))
    known = found().retention.table["retained_share"].notna().any()
    assert known == ("Still there in month" in page) == ("Months are counted from the day" in page)


def test_sales_of_a_seller_are_sales_over_the_number_in_the_table() -> None:
    page = text(show_middle(found().middle, names()))
    top = found().middle.table.set_index("segment").loc["top"]
    assert f"{top['n']:.1f}" in page and "divided by the number in the table" in page


def test_pairs_carry_their_reason_and_both_matchings_are_told() -> None:
    match = found().mentors
    page = text(show_mentors(match, names(), top=50))
    for pair in match.optimal.to_dict("records"):
        assert names().person(pair["mentee_id"]) in page and names().person(pair["mentor_id"]) in page
    assert "is clearly stronger where" in page and "Best pairs in all" in page and "Pairs that hold" in page
    assert len(match.unmatched) and "Without a mentor, and why" in page and "full" in page
    assert f"{match.total('optimal'):.1f}" in page and f"{match.total('stable'):.1f}" in page
    assert "Worth of the selling time" in page or "Selling amount" in page
    veiled = text(show_mentors(match, names(), matching="stable", shows_money=False))
    assert "Unit: ¥" not in veiled and "Pairs: Pairs that hold" in veiled


def test_nothing_found_is_said_in_a_sentence() -> None:
    assert "Too few newcomers" in text(show_ramp(None, names())) and "Too few people" in text(show_retention(None, names()))


def test_groups_that_are_too_small_say_why() -> None:
    page = text(show_retention(found().retention, names()))
    hidden = found().retention.table.query("status != 'ok'")
    assert len(hidden) == 0 or "insufficient evidence" in page or "hidden" in page
    shown = found().retention.table.query("status == 'ok'")
    assert all(f"{int(n)}" in page for n in shown["n"])


@pytest.mark.parametrize(("low", "high", "kind", "said"), [
    (0.131, 0.26, "level", "0.13–0.26"), (-0.2, 0.1, "level", "-0.20 to 0.10"), (0.5, 0.6, "percent", "50.0%–60.0%"),
    (-0.05, 0.2, "change", "-5.0% to +20.0%"), (9.96, 14.0, "months", "10.0–14.0"), (np.nan, 1.0, "level", "–"),
])
def test_intervals_stand_in_one_cell(low: float, high: float, kind, said: str) -> None:
    assert interval_text(low, high, kind, "en") == said


def test_the_page_says_where_its_numbers_come_from() -> None:
    note = coaching_provenance(found().data, found().parameters, language="en")
    assert note.period == "Oct 2026" and note.fingerprint == "0f1e2d3c4b5a" and note.source == "crm"
    assert {"budget", "driver_kpi"} <= set(note.parameters) and "workspace" not in note.parameters


def test_everybody_low_can_be_listed() -> None:
    low = found().diagnosis.people.query("verdict != 'healthy'")
    page = text(show_diagnosis(found().diagnosis, names(), top=len(SELLERS)))
    assert all(names().person(one) in page for one in low.index if one not in ("E000",))


def test_the_next_course_is_drawn_and_told_in_waves() -> None:
    following = found().roll_out
    assert following is not None
    page = text(show_roll_out(following, names(), kpi_names=found().kpi_names))
    waves = following.drawn.summary()
    assert names().course(following.course) in page and "seed 7" in page and waves["n"].sum() == len(following.to_frame())
    assert "No course" in text(show_roll_out(None, names()))


def test_english_readers_get_english_names_of_courses() -> None:
    courses = found().data.courses.assign(name_en="Closing class")
    data = dataclasses.replace(found().data, courses=courses)
    course = courses["course"].iloc[0]
    assert CoachingNames.of(data, "en").course(course).startswith("Closing class")
    assert CoachingNames.of(data, "zh").course(course) == names("zh").course(course)


def test_weights_and_skills_of_assessments_are_explained_by_name() -> None:
    flat = {"msgid": FLAT, "details": {"skills": ["S3"], "n": 2}}
    page = text(show_assessments(dataclasses.replace(found().levels, notes=(flat,)), names("zh")))
    assert "至少有一个来源对异议处理的评分" in page and "S3" not in page
    assert "其中 25.0% 属于没有评分的来源（客户评价、同事评价）" in page and "不参与计算" in page


def test_a_ceiling_names_the_source_in_the_readers_language() -> None:
    table = pd.DataFrame({"skill": ["S3"], "source": ["manager"], "status": ["useless at the top"], "ceiling_share": [0.9]})
    needs_of = dataclasses.replace(found())
    vars(needs_of)["ceilings"] = table
    findings = review_training_needs(needs_of, names={})
    said = [say_details(f.message, f.details, "zh") for f in findings if f.key == "ceiling_item"]
    assert said == ["上级评价对异议处理的打分有90.0%的人得了最高分：这一项分不出高低。"]
