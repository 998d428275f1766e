import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.targets.explain import LISTED, Explanation, explain_node
from salesplan.targets.seller_arithmetic import seller_parts
from tests.targets.small_plan import make_small_plan

CASES = ["co|*", "co|x", "east|*", "west|y", "a|*", "d|*", "c|x"]


@pytest.fixture(scope="module")
def plan():
    return make_small_plan(cap=520.0)


@pytest.mark.parametrize("node", CASES)
def test_every_sum_ties_out_to_the_fen(plan, node):
    explanation = explain_node(plan, node)
    assert explanation.total_fen == plan.nodes.loc[node, "target_fen"]
    steps = explanation.steps
    groups = steps[steps["role"] != "info"].groupby("group")
    assert len(groups) >= 3
    for _, rows in groups:
        parts, total = rows[rows["role"] == "part"], rows[rows["role"] == "total"]
        assert parts["value_fen"].sum() == total["value_fen"].iloc[0] == explanation.total_fen
    assert np.allclose(steps["value"].dropna() * 100, steps["value_fen"].dropna().astype(float))


@pytest.mark.parametrize(
    ("node", "groups"),
    [
        ("co|*", {"growth", "forecast", "children", "lines", "months"}),
        ("co|x", {"growth", "forecast", "children", "months"}),
        ("a|*", {"growth", "forecast", "allocation", "lines", "months"}),
        ("c|x", {"growth", "forecast", "months"}),
    ],
)
def test_each_kind_of_node_opens_into_its_own_sums(plan, node, groups):
    assert set(explain_node(plan, node).steps["group"]) - {""} == groups


def test_a_free_seller_is_forecast_plus_share_of_the_stretch(plan):
    steps = explain_node(plan, "a|*").steps
    parts = steps[(steps["group"] == "allocation") & (steps["role"] == "part")]
    assert "Own forecast" in parts["text"].iloc[0]
    assert parts["value_fen"].iloc[0] == 100_000
    assert "by weight" in parts["text"].iloc[1]
    assert abs(parts["value_fen"].iloc[2:].sum()) <= 200  # nothing but rounding to yuan


def test_a_capped_seller_sees_what_the_cap_took_away(plan):
    steps = explain_node(plan, "d|*").steps
    held = steps[steps["text"].str.startswith("Held by a rule")]
    assert len(held) == 1
    assert held["inputs"].iloc[0]["rule_msgid"] == "most growth"
    assert held["value_fen"].iloc[0] < 0
    parts = steps[(steps["group"] == "allocation") & (steps["role"] == "part")]
    assert parts["value_fen"].sum() == 52_000


def test_business_taken_over_is_a_step_of_its_own():
    plan = make_small_plan()
    plan.sellers.loc["a", "forecast"] -= 100.0
    steps = explain_node(plan, "a|*").steps
    moved = steps[steps["text"].str.startswith("Business that moves")]
    assert moved["value_fen"].tolist() == [10_000]


def test_a_month_opens_into_weeks_and_lines(plan):
    explanation = explain_node(plan, "east", month="2027-02")
    cells = plan.cells[plan.cells["seller_id"].isin(["a", "b"]) & (plan.cells["month"] == pd.Period("2027-02", "M"))]
    assert explanation.total_fen == cells["target_fen"].sum()
    assert set(explanation.steps["group"]) - {""} == {"weeks", "lines"}
    assert any("21 of the year's 252 working days (estimated" in s for s in explanation.sentences("en"))
    by_line = explain_node(plan, "a|x", month=pd.Period("2027-12", "M"))
    assert any("times an average one" in s for s in by_line.sentences("en"))
    assert "for x in Dec 2027" in by_line.sentences("en")[0]


def test_months_of_a_node_add_up_to_its_year(plan):
    total = sum(explain_node(plan, "west|x", month=m).total_fen for m in plan.year)
    assert total == plan.nodes.loc["west|x", "target_fen"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("node", CASES)
def test_sentences_are_whole_in_both_languages(plan, node, lang):
    explanation = explain_node(plan, node)
    said = explanation.sentences(lang)
    listed = explanation.steps["group"].isin(LISTED) & (explanation.steps["role"] == "part")
    assert len(said) == len(explanation.steps) - listed.sum()
    assert all("{" not in s.replace("Cai {x}", "") for s in said)
    if lang == "zh":
        assert not any(s.isascii() for s in said)


def test_names_are_escaped_on_a_page(plan):
    page = explain_node(plan, "b|*").to_html("en") + explain_node(plan, "east|*")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;Bob" in page


def test_a_unit_without_forecast_or_history_still_explains_itself():
    plan = make_small_plan()
    plan.nodes.loc["d|y", ["last_year", "forecast"]] = 0.0
    text = " ".join(explain_node(plan, "d|y").sentences("en"))
    assert "no sales last year" in text


def test_all_sellers_at_their_bounds_still_tie_out():
    plan = make_small_plan()
    plan.sellers["upper"] = plan.sellers["target_fen"] / 100
    plan.sellers["rule"] = "pin"
    for seller in plan.sellers.index:
        steps = explain_node(plan, seller).steps
        assert steps.loc[steps["group"] == "allocation", "inputs"].iloc[-2]["rule_msgid"] == "pin"


def test_entropic_plans_multiply_the_base():
    plan = make_small_plan()
    plan.parameters.allocation = "entropic"
    base, total = plan.sellers["base"], plan.nodes.loc["co|*", "target"]
    plan.sellers["target_fen"] = (base * total / base.sum() * 100).round().astype(int)
    parts = seller_parts(plan, "b", int(plan.sellers.loc["b", "target_fen"]))
    assert [p[2] for p in parts][:2] == [200_000, round(2000 * (total / base.sum() - 1) * 100)]


def test_sums_that_do_not_tie_out_are_refused(plan):
    steps = explain_node(plan, "a|*").steps
    steps.loc[steps["role"] == "part", "value_fen"] += 1
    with pytest.raises(InputError, match="add up to"):
        Explanation(node_id="a|*", name="A", total_fen=1, steps=steps)


def test_unknown_nodes_and_months_are_named(plan):
    with pytest.raises(InputError, match="did you mean 'east"):
        explain_node(plan, "eats|*")
    with pytest.raises(InputError, match="month of the plan year"):
        explain_node(plan, "a|*", month="2028-01")
    with pytest.raises(InputError, match="month == soon"):
        explain_node(plan, "a|*", month="soon")


def test_the_plan_stays_as_it_was(plan):
    before = plan.nodes.copy(), plan.sellers.copy(), plan.cells.copy()
    explain_node(plan, "d|*")
    for now, then in zip((plan.nodes, plan.sellers, plan.cells), before, strict=True):
        pd.testing.assert_frame_equal(now, then)
