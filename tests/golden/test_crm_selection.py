"""Published and constructed cases of multi-criteria choice."""

import json

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.selection import promethee_flows, saw_scores, topsis_scores, vikor_scores
from salesplan.selection.claims import COLUMNS, best_evidence, contradictions
from salesplan.selection.methods import ranks_of
from salesplan.selection.robustness import dominated
from salesplan.weighting.critic import critic_weights
from salesplan.weighting.entropy import entropy_weights
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden") / "09_crm_selection.public.json"
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def table(inputs, rows="alternatives"):
    columns = inputs.get("criteria", [f"c{i}" for i in range(len(inputs["X"][0]))])
    return pd.DataFrame(inputs["X"], index=inputs.get(rows, [f"a{i}" for i in range(len(inputs["X"]))]), columns=columns)


def of(values, columns):
    return dict(zip(columns, values, strict=True))


def test_topsis_reproduces_hwang_and_yoon(cases):
    case = cases["topsis_fighter"]
    m = table(case["inputs"])
    weights, signs = of(case["inputs"]["weights"], m.columns), of(case["inputs"]["types"], m.columns)
    scores = topsis_scores(m, weights, directions=signs)
    assert scores.tolist() == pytest.approx(case["expected"]["closeness"], abs=1e-6)
    assert scores.tolist() == pytest.approx(case["expected"]["published"], abs=0.002)
    assert ranks_of(scores).tolist() == case["expected"]["ranking"]
    other = topsis_scores(m, weights, directions=signs, normalisation="min_max")
    assert other.tolist() == pytest.approx(case["expected"]["pymcdm_default_minmax"], abs=1e-6)


def test_star_table_is_dominated_and_tied(cases):
    case = cases["seed_crm_stars"]
    m = table(case["inputs"], rows="systems")
    weights, signs = of(case["inputs"]["weights"], m.columns), dict.fromkeys(m.columns, 1)
    assert topsis_scores(m, weights, directions=signs).tolist() == pytest.approx(case["expected"]["topsis"])
    saw = saw_scores(m, weights, directions=signs)
    assert saw.tolist() == pytest.approx(case["expected"]["saw_ratio"])
    assert ranks_of(saw).tolist() == case["expected"]["rank_min"]
    flows = promethee_flows(m, weights, directions=signs)
    assert flows.tolist() == pytest.approx(case["expected"]["promethee_usual_net_flow"])
    assert len(dominated(m, signs)) == 3
    assert entropy_weights(m).values.tolist() == pytest.approx(case["expected"]["entropy_weights"])
    with pytest.raises(InputError, match="易用性"):
        critic_weights(m)


def test_articles_that_contradict_one_another_are_shown(cases):
    case = cases["seed_crm_inconsistent_scores"]
    rows = [(system, "overall", value, "vendor_claim", f"article {i}")
            for system, values in case["inputs"]["scores"].items() for i, value in enumerate(values)]
    claims = pd.DataFrame(rows, columns=list(COLUMNS))
    found = contradictions(claims).set_index("system")["difference_value"]
    expected = {s: d for s, d in case["expected"]["difference"].items() if d > 0}
    assert found.to_dict() == pytest.approx(expected)
    assert best_evidence(claims).set_index("system")["value"].to_dict() == pytest.approx(case["expected"]["mean"])


def test_five_systems_by_four_methods(cases):
    case = cases["crm_5x5"]
    inputs, expected = case["inputs"], case["expected"]
    m = table(inputs)
    weights, signs = of(inputs["weights"], m.columns), of(inputs["types"], m.columns)
    low, high = of(inputs["promethee_q"], m.columns), of(inputs["promethee_p"], m.columns)
    results = {
        "topsis": topsis_scores(m, weights, directions=signs),
        "saw_linear": saw_scores(m, weights, directions=signs, normalisation="linear"),
        "saw_minmax": saw_scores(m, weights, directions=signs, normalisation="min_max"),
        "promethee_usual": promethee_flows(m, weights, directions=signs),
        "promethee_vshape2": promethee_flows(m, weights, directions=signs, indifference=low, preference=high),
        "vikor_Q": vikor_scores(m, weights, directions=signs),
    }
    for name, scores in results.items():
        np.testing.assert_allclose(scores, expected[name], atol=1e-9, err_msg=name)
    assert ranks_of(results["topsis"]).tolist() == expected["rank"]["topsis"]
    assert ranks_of(results["saw_linear"]).tolist() == expected["rank"]["saw_linear"]
    assert ranks_of(results["promethee_usual"]).tolist() == expected["rank"]["promethee"]
    assert ranks_of(results["vikor_Q"], more_is_better=False).tolist() == expected["rank"]["vikor"]
