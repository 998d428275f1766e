"""A scheme: weights that add up exactly, changes that keep them so, a version, and honest notes."""

import hashlib
import json
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError, ParameterError
from salesplan.kpis.default_scheme import default_scheme
from salesplan.kpis.library import load_library
from salesplan.kpis.scheme import KpiScheme
from salesplan.reporting.kpi_figures import said_weights
from salesplan.text.spoken_errors import say_error
from salesplan.text.wording import say_details
from salesplan.weighting.weights import Weights
from tests.kpis.schemes import RULE, item, kpi_set, scheme

LIBRARY = load_library()


def exact_sum(one, step):
    steps = round(1 / step)
    return sum(Fraction(round(weight * steps), steps) for weight in one.weights.values())


def said(made, language="en", library=None):
    return [say_details(note["msgid"], note["details"], language) for note in made.notes(library)]


@pytest.mark.parametrize(("weights", "message"), [
    ({"sales_amount": 0.7, "visits": 0.35}, "weights of set all add up to 105 %.*sales_amount 70 %, visits 35 %.*Move 5 %"),
    ({"sales_amount": 0.7, "visits": 0.25}, "weights of set all add up to 95 %"),
    ({"sales_amount": 0.72, "visits": 0.28}, "weight of sales_amount == 0.72, must be a multiple of 0.05.*set all"),
    ({"sales_amount": 1.2}, "weight.*1.2.*set all, kpi sales_amount"),
    ({"sales_amount": 1.0, "visits": 0}, "weight.*set all, kpi visits"),
])
def test_weights_that_are_not_exactly_whole_are_refused(weights, message):
    with pytest.raises(InputError, match=message):
        scheme(kpi_set("all", weights))


def test_float_noise_is_not_mistaken_for_a_wrong_sum():
    made = scheme(kpi_set("all", {"sales_amount": 0.1 + 0.2, "visits": 0.3 + 0.4}), step=0.1)
    assert made["all"].weights == {"sales_amount": 0.3, "visits": 0.7}


def test_a_kpi_or_set_that_stands_twice_is_named():
    twice = {**kpi_set("all", {}), "items": [item("visits", 0.5), item("visits", 0.5)]}
    with pytest.raises(InputError, match="kpi visits stands twice in set all"):
        scheme(twice)
    with pytest.raises(InputError, match="set a stands twice"):
        scheme(kpi_set("a", {"visits": 1}), kpi_set("a", {"calls": 1}, applies_to={"tier": ["x"]}))


def test_unknown_kpis_and_rules_of_the_wrong_direction_are_refused():
    with pytest.raises(InputError, match="kpi == 'vists'.*set all, kpi vists.*did you mean 'visits'"):
        scheme(kpi_set("all", {"vists": 1})).check(LIBRARY)
    with pytest.raises(InputError, match="achievement_rate.*must fit days_to_pay, where lower is better.*set all"):
        KpiScheme.from_dict(scheme(kpi_set("all", {"days_to_pay": 1})).to_dict(), library=LIBRARY)
    backwards = {"kpi": "visits", "weight": 1, "rule": {"function": "lower_is_better_linear"}, "target": {"value": 3}}
    with pytest.raises(InputError, match="must fit visits, where higher is better"):
        scheme({**kpi_set("all", {}), "items": [backwards]}).check(LIBRARY)


@pytest.mark.parametrize(("entry", "message"), [
    ({"kpi": "visits", "weight": 1, "rule": RULE}, "target of visits is missing.*set all, kpi visits"),
    ({"kpi": "visits", "weight": 1, "rule": {"function": "achievment_rate"}, "target": {"value": 1}},
     "function == 'achievment_rate'.*set all, kpi visits.*did you mean 'achievement_rate'"),
    ({"kpi": "visits", "weight": 1, "rule": RULE, "target": {"value": 1}, "wieght": 2}, "wieght.*not a field.*kpi visits"),
])
def test_a_faulty_item_names_set_and_kpi(entry, message):
    with pytest.raises(InputError, match=message):
        scheme({**kpi_set("all", {}), "items": [entry]})


def test_other_faults_of_a_scheme():
    with pytest.raises(InputError, match="sets is missing"):
        KpiScheme.from_dict({"name": "x"})
    with pytest.raises(InputError, match="scheme == list"):
        KpiScheme.from_dict([])
    with pytest.raises(InputError, match=r"name\.en is missing.*scheme test, set x"):
        scheme({**kpi_set("x", {"visits": 1}), "name": {"zh": "组"}})
    with pytest.raises(ParameterError, match="step == 0.3"):
        scheme(step=0.3)


def test_json_round_trip_keeps_the_scheme_and_its_version():
    made = default_scheme()
    text = json.dumps(made.to_dict(), ensure_ascii=False)
    again = KpiScheme.from_dict(json.loads(text), library=LIBRARY)
    assert again == made and again.rule_version == made.rule_version


def test_rule_version_is_the_hash_of_the_canonical_json():
    made = default_scheme()
    canonical = json.dumps(made.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert made.rule_version == hashlib.sha256(canonical.encode()).hexdigest()[:12]
    shuffled = json.loads(json.dumps(made.to_dict(), sort_keys=True))
    assert KpiScheme.from_dict(shuffled).rule_version == made.rule_version
    assert made.with_weights("senior", {**made["senior"].weights, "sales_amount": 0.35, "visits": 0.2}).rule_version \
        != made.rule_version


def test_default_scheme_is_sound():
    made = default_scheme()
    made.check(LIBRARY)
    types = LIBRARY.types()
    process = {one.code: sum(w for k, w in one.weights.items() if types[k] != "result") for one in made.sets}
    assert all(exact_sum(one, made.step) == 1 and 3 <= len(one.items) <= 5 for one in made.sets)
    assert process["newcomer"] > process["senior"] == pytest.approx(0.3)
    assert made.set_for({"tier": "新人"}, 3).code == "newcomer"
    assert made.set_for({"tier": "没见过"}, 3).code == "everyone"
    assert not [text for text in said(made) if "weigh" in text or "at least" in text or "more than" in text]


def test_default_scheme_takes_a_company_s_own_tiers():
    made = default_scheme(name="ours", tiers={"newcomer": ["P1", "P2"]})
    assert made.name == "ours" and made.set_for({"tier": "P2"}, 1).code == "newcomer"
    with pytest.raises(InputError, match="set == 'junior'"):
        default_scheme(tiers={"junior": ["P1"]})


def test_a_workspace_with_only_orders_still_gets_a_scheme():
    small = default_scheme().restricted_to(["sales_amount", "orders", "gross_margin"])
    assert small["senior"].weights == {"sales_amount": 1.0}
    assert small["manager"].weights == {"sales_amount": 0.7, "gross_margin": 0.3}
    assert small.dropped["everyone"] == ("collection_rate", "visits", "follow_up_rate")
    assert "Everybody else: no data for Collection rate, Visits, Visit follow-up rate" in " ".join(said(small))
    assert "骨干：回款额、客户满意度" in " ".join(said(small, "zh"))
    assert KpiScheme.from_dict(small.to_dict()) == small
    assert default_scheme().rule_version != small.rule_version


def test_sets_without_any_data_go_and_nothing_left_is_an_error():
    made = scheme(kpi_set("a", {"visits": 1}, applies_to={"tier": ["a"]}), kpi_set("b", {"sales_amount": 1}))
    left = made.restricted_to(["sales_amount"])
    assert left.codes == ("b",)
    assert "a: none of its KPIs has data (Visits)" in said(left)[0]
    with pytest.raises(InputError, match="none of the KPIs of scheme test has data"):
        made.restricted_to(["receipts"])
    assert made.without_data(["visits"]) == ("sales_amount",)
    assert made.restricted_to(["visits", "sales_amount", "calls"]) == made


def test_restricting_twice_remembers_both():
    made = scheme(kpi_set("all", {"sales_amount": 0.4, "visits": 0.3, "calls": 0.3}))
    twice = made.restricted_to(["sales_amount", "visits"]).restricted_to(["sales_amount"])
    assert twice.dropped["all"] == ("calls", "visits")


@pytest.mark.parametrize(("made", "words"), [
    (scheme(kpi_set("all", {"sales_amount": 0.7, "visits": 0.3})), "Set all has 2 of at least 3 KPIs"),
    (scheme(kpi_set("all", dict.fromkeys(["orders", "deals_won", "demos", "proposals", "receipts"], 0.15) | {"calls": 0.25})),
     "Set all has 6 KPIs, more than 5"),
    (scheme(kpi_set("all", {"sales_amount": 0.68, "receipts": 0.02, "visits": 0.3}), step=0.02), "Receipts weighs 2.0%"),
    (scheme(kpi_set("all", {"orders": 0.5, "visits": 0.5})), "results weigh 50.0%, agreed were 70.0%"),
    (scheme(kpi_set("all", {"calls": 1})), "Calls is easily gamed (Calls of one second)"),
])
def test_doubtful_sets_are_noted_with_the_reason(made, words):
    assert any(words in text for text in said(made)), said(made)


def test_a_set_that_states_its_own_mix_and_holds_its_counter_is_not_noted():
    fine = scheme(kpi_set("all", {"orders": 0.4, "average_order_value": 0.1, "demos": 0.5}, result_share=0.5))
    assert said(fine) == []


def test_targets_from_colleagues_are_noted():
    one = {**kpi_set("all", {}), "items": [item("orders", 0.4), item("average_order_value", 0.3), item("demos", 0.3, peers=0.75)]}
    assert said(scheme(one)) == [
        "Set all: without a target of their own, people are measured at colleagues of their tier for Demonstrations (75.0%"
        " of those lay below); such targets move with the colleagues, whatever the company needs."]


def test_notes_speak_of_a_company_s_own_kpis():
    packaged = LIBRARY["visits"].model_dump(exclude={"code"})
    library = load_library({"tours": {**packaged, "name": {"zh": "巡店", "en": "Store tours"}}})
    made = scheme(kpi_set("all", {"tours": 1}))
    assert any("Store tours" in text for text in said(made, library=library))
    with pytest.raises(InputError, match="kpi == 'tours'"):
        made.notes()


@settings(max_examples=60)
@given(st.lists(st.floats(1e-4, 1.0), min_size=5, max_size=5), st.sampled_from([0.05, 0.1, 0.02, 0.01]), st.permutations(range(5)))
def test_any_weights_round_to_exactly_one_with_a_step_for_each(raw, step, order):
    made = scheme(kpi_set("all", dict.fromkeys(default_scheme()["senior"].kpis, 0.2)), step=step)
    weights = dict(zip(made["all"].kpis, [v / sum(raw) for v in raw], strict=True))
    changed = made.with_weights("all", weights)
    assert exact_sum(changed["all"], step) == 1
    assert min(changed["all"].weights.values()) >= step - 1e-12
    names = list(weights)
    mixed = made.with_weights("all", {names[at]: weights[names[at]] for at in order})
    assert mixed["all"].weights == changed["all"].weights


def test_with_weights_takes_what_the_weighting_methods_give():
    made = default_scheme()
    given_weights = Weights(names=made["senior"].kpis, values=[0.4, 0.3, 0.1, 0.1, 0.1], method="AHP")
    changed = made.with_weights("senior", given_weights)
    assert list(changed["senior"].weights.values()) == [0.4, 0.3, 0.1, 0.1, 0.1]
    assert made["senior"].weights != changed["senior"].weights, "the scheme itself is not changed"
    assert changed["newcomer"] == made["newcomer"]


@pytest.mark.parametrize(("weights", "message"), [
    ({"sales_amount": 1.0}, "visits has no weight.*set all"),
    ({"sales_amount": 0.5, "visits": 0.3, "vists": 0.2}, "kpi == 'vists'.*did you mean 'visits'"),
    ({"sales_amount": 0.7, "visits": 0.5}, "add up to"),
    ({"sales_amount": 1.3, "visits": -0.3}, "visits"),
])
def test_with_weights_refuses_what_does_not_fit(weights, message):
    with pytest.raises(InputError, match=message):
        scheme().with_weights("all", weights)
    with pytest.raises(InputError, match="set == 'al'.*did you mean 'all'"):
        scheme().with_weights("al", {})


def test_items_come_change_and_go_while_weights_stay_whole():
    made = default_scheme()
    more = made.with_item("senior", item("calls", 0.25, value=100))
    assert more["senior"].weights["calls"] == 0.25 and exact_sum(more["senior"], more.step) == 1
    changed = more.with_item("senior", {**item("calls", 0.25), "rule": {"function": "capped", "floor": 0, "cap": 110}})
    assert changed["senior"].item("calls").rule.cap == 110 and changed["senior"].kpis == more["senior"].kpis
    less = more.without_item("senior", "calls")
    assert less["senior"].kpis == made["senior"].kpis and exact_sum(less["senior"], less.step) == 1
    for faulty, message in [(item("calls", 0.9), "must leave each other KPI a step"), (item("calls", 0.07), "multiple of"),
                            ({"kpi": "calls"}, "weight is missing.*kpi calls")]:
        with pytest.raises(InputError, match=message):
            made.with_item("senior", faulty)
    with pytest.raises(InputError, match="kpi == 'calls'"):
        made.without_item("senior", "calls")
    with pytest.raises(InputError, match="only KPI"):
        scheme(kpi_set("all", {"visits": 1})).without_item("all", "visits")


def test_too_many_kpis_for_the_step():
    made = scheme(kpi_set("all", {"orders": 0.5, "visits": 0.5}), step=0.5)
    with pytest.raises(InputError, match="must leave each other KPI a step of 0.5"):
        made.with_item("all", item("calls", 0.5))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_table_of_a_scheme(language):
    table = default_scheme().to_frame(language)
    assert table.columns.tolist() == ["set", "set_name", "kpi", "kpi_name", "kpi_type", "weight", "scoring", "targets_from"]
    assert table.groupby("set")["weight"].sum().round(9).eq(1).all()
    first = table.iloc[0]
    assert first["targets_from"] == ("目标表；否则前三个月同职级同事的水平" if language == "zh"
                                     else "Target table; else Colleagues of the tier, the three months before")
    assert table.loc[table["kpi"] == "crm_completeness", "targets_from"].unique().tolist() == [
        "计分不需要目标" if language == "zh" else "Scored without a target"]


def test_what_stays_without_data_lies_on_the_step_and_equal_weights_stay_equal():
    made = scheme(kpi_set("all", {"sales_amount": 0.4, "receipts": 0.2, "win_rate": 0.15, "visits": 0.15, "calls": 0.1}))
    left = made.restricted_to(["sales_amount", "receipts", "win_rate", "visits"])["all"].weights
    assert left == {"sales_amount": 0.45, "receipts": 0.25, "win_rate": 0.15, "visits": 0.15}
    again = made.restricted_to(["sales_amount", "visits", "win_rate"])
    assert KpiScheme.from_dict(json.loads(json.dumps(again.to_dict()))) == again
    whole = again.with_weights("all", again["all"].weights)
    assert exact_sum(whole["all"], whole.step) == 1, "weights people choose lie on the step again"


@settings(max_examples=40)
@given(st.lists(st.integers(1, 12), min_size=3, max_size=6), st.integers(0, 5))
def test_a_lost_kpi_never_sets_equals_apart_nor_turns_the_order(parts, lost):
    kpis = ["sales_amount", "receipts", "win_rate", "visits", "calls", "orders"][: len(parts)]
    steps, lost = sum(parts), kpis[lost % len(parts)]
    made = scheme(kpi_set("all", {k: p / steps for k, p in zip(kpis, parts, strict=True)}), step=1 / steps)
    left = made.restricted_to([k for k in kpis if k != lost])["all"].weights
    before = made["all"].weights
    assert sum(left.values()) == pytest.approx(1, abs=1e-12)
    for a, b in combinations(left, 2):
        assert (left[a] > left[b]) == (before[a] > before[b]) and (left[a] == left[b]) == (before[a] == before[b])


def test_three_equals_keep_a_third_each_and_print_alike():
    made = scheme(kpi_set("all", {"sales_amount": 0.25, "receipts": 0.25, "visits": 0.25, "calls": 0.25}))
    left = made.restricted_to(["sales_amount", "receipts", "visits"])
    assert set(left["all"].weights.values()) == {1 / 3} and set(said_weights(left["all"].weights, "en").values()) == {"33.3%"}
    assert "take over their weight: Sales amount 33.3%, Receipts 33.3%, Visits 33.3%" in " ".join(said(left))


def test_weights_off_the_step_are_only_for_sets_that_lost_kpis():
    entry = scheme(kpi_set("all", {"sales_amount": 0.5, "visits": 0.3, "calls": 0.2})).restricted_to(["visits", "calls"]).to_dict()
    with pytest.raises(InputError, match="must be a multiple of 0.05|must add up"):
        KpiScheme.from_dict({**{k: v for k, v in entry.items() if k != "dropped"},
                             "sets": [{**entry["sets"][0], "items": [item("visits", 0.61), item("calls", 0.39)]}]})
    off = [{**entry["sets"][0], "items": [item("visits", 0.61), item("calls", 0.38)]}]
    with pytest.raises(InputError, match="weights of set all add up to 99 %"):
        KpiScheme.from_dict({**entry, "sets": off})


@pytest.mark.parametrize(("entry", "spoken"), [
    ({"kpi": "visits", "weight": 1, "rule": {"function": "range_score"}, "target": {"value": 1}},
     "缺少 minimum，range_score 必须填写。位置：方案 test，指标组 all、指标 visits。"),
    ({"kpi": "visits", "weight": 1, "rule": RULE, "target": {}},
     "target：target 没有写来源，应有 from、by_tier、value 或 peers。位置：方案 test，指标组 all、指标 visits。"),
    ({"kpi": "visits", "weight": 1, "rule": {"function": "piecewise", "points": [[0, 10], [50, 5]]}, "target": {"value": 1}},
     "points 在数值变好时由 10 分降到 5 分（方向 higher）；数值更好，得分不能更低。位置：方案 test，指标组 all、指标 visits。"),
    ({"kpi": "visits", "weight": 1, "rule": {"function": "lower_is_better_linear"}, "target": {"value": 1}},
     "rule 为 lower_is_better_linear（方向 lower），与 visits 不符：该指标越高越好。位置：方案 test，指标组 all、指标 visits。"
     "处理：请用 achievement_rate 或 capped。"),
])
def test_what_is_wrong_with_a_rule_is_said_in_the_readers_language(entry, spoken):
    with pytest.raises(InputError) as caught:
        scheme({**kpi_set("all", {}), "items": [entry]}).check(LIBRARY)
    assert say_error(caught.value, "zh") == spoken
