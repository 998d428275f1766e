"""Published cases of scoring: the mixed table, the functions, piecewise lines and steps."""

import json

import numpy as np
import pytest

from salesplan.kpis.articles_table import articles_scheme, articles_table
from salesplan.kpis.scheme import KpiScheme
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scoring_rules import ScoringRule
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden", "05_scoring_ratings.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def close(actual, expected, case):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=case["tolerance"]["abs"])


@pytest.mark.parametrize(("rules", "points", "total"), [
    ("as_printed", "as_printed", "total_as_printed"), ("achievement_rate", "ratio_rule", "ratio_rule_total"),
])  # fmt: skip
def test_the_printed_table_under_either_rule(cases, rules, points, total):
    case = cases["seed_score_85_5"]
    table = articles_table()
    percent = {"customer_satisfaction", "win_rate"}
    for row, (_, weight, target, actual, _) in zip(table.to_dict("records"), case["inputs"]["rows"], strict=True):
        scale = 0.01 if row["kpi"] in percent else 10_000 if row["kpi"] == "sales_amount" else 1
        assert row["weight"] == pytest.approx(weight / 100)
        assert row["target"] == (pytest.approx(target * scale) if scale != 1 else target)
        assert row["actual"] == (pytest.approx(actual * scale) if scale != 1 else actual)
    people = table[["seller_id"]].drop_duplicates().assign(tier="x")
    card = score_people(table, KpiScheme.from_dict(articles_scheme(rules)), people, period="2026-01")
    close(card.lines["points"], case["expected"][points], case)
    close(card.totals["score"].iloc[0], case["expected"][total], case)


def test_scoring_functions(cases):
    case = cases["scoring_functions"]
    rules = {
        "ratio": ScoringRule(function="achievement_rate"),
        "ratio_capped_120": ScoringRule(function="capped", floor=0, cap=120),
        "ratio_floor": ScoringRule(function="achievement_rate", floor=0),
        "lower_better_reciprocal": ScoringRule(function="lower_is_better_reciprocal", cap=120),
        "lower_better_linear": ScoringRule(function="lower_is_better_linear", floor=0, cap=120),
    }
    scores = []
    for given in case["inputs"]["cases"]:
        name = given["fn"].split(" ")[0]
        rule = ScoringRule(function="range_score", minimum=given["min"]) if name == "range" else rules[name]
        scores.append(float(rule.score(given["a"], given["t"])))
    close(scores, case["expected"]["score"], case)


def test_piecewise_lines_and_steps(cases):
    case = cases["piecewise_step"]
    given, expected = case["inputs"], case["expected"]
    attainment = np.array(given["attainment"]) / 100
    lines = ScoringRule(function="piecewise", points=given["piecewise"])
    steps = ScoringRule(function="step_grade", steps=given["steps"])
    close(lines.score(attainment, 1.0), expected["piecewise_score"], case)
    close(steps.score(attainment, 1.0), expected["step_score"], case)
    close(steps.score(attainment * 700_000, 700_000), expected["step_score"], case)
