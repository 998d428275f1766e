"""Published cases of measured weights, relative importance, combination and rank acceptability."""

import json

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.weighting.acceptability import rank_acceptability
from salesplan.weighting.combination import combine_weights, game_theory_alphas
from salesplan.weighting.critic import critic_information, critic_weights
from salesplan.weighting.dispersion import standard_deviation_weights, variation_weights
from salesplan.weighting.entropy import column_entropy, entropy_weights
from salesplan.weighting.importance import relative_importance
from salesplan.weighting.principal_components import pca_weights, principal_components
from salesplan.weighting.weights import Weights
from tests.shared import shared_path


@pytest.fixture(scope="module")
def cases():
    path = shared_path("golden", "04_kpi_weighting.public.json")
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))}


def table_of(case):
    x = np.array(case["inputs"]["X"])
    names = [f"k{j}" for j in range(x.shape[1])]
    types = case["inputs"].get("types", [1] * len(names))
    return pd.DataFrame(x, columns=names), dict(zip(names, types, strict=True))


def close(actual, expected, case):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=case["tolerance"]["abs"])


def test_entropy(cases):
    case = cases["entropy_8x4"]
    frame, directions = table_of(case)
    close(column_entropy(frame, directions=directions), case["expected"]["entropy"], case)
    close(entropy_weights(frame, directions=directions).to_series(), case["expected"]["weights"], case)


def test_critic(cases):
    case = cases["critic_8x4_allmax"]
    frame, directions = table_of(case)
    expected = case["expected"]
    parts = critic_information(frame, directions=directions)
    close(parts.table["spread_value"], expected["sigma_ddof1"], case)
    close(parts.correlation, expected["R"], case)
    close(parts.table["information_value"], expected["information_C_ddof1"], case)
    close(critic_weights(frame, directions=directions).to_series(), expected["weights"], case)


def test_standard_deviation_and_variation(cases):
    case = cases["std_cv_weights"]
    frame, directions = table_of(case)
    expected = case["expected"]
    scaled = standard_deviation_weights(frame, directions=directions).to_series()
    close(scaled, expected["std_minmax_weights"], case)
    close(variation_weights(frame, directions=directions).to_series(), expected["cv_weights_ddof1"], case)
    assert np.abs(scaled.to_numpy() - expected["raw_std_share"]).max() > 0.1


def test_principal_components(cases):
    case = cases["pca_eigs"]
    frame, _ = table_of(case)
    expected = case["expected"]
    found = principal_components(frame)
    close(found.eigenvalues, expected["eigenvalues"], case)
    close(found.explained_share, expected["explained_ratio"], case)
    assert found.n_kept == expected["kaiser_m"]
    close(pca_weights(frame).to_series(), expected["weights_squared_loadings"], case)


def test_combination(cases):
    case = cases["combine_subj_obj"]
    expected = case["expected"]
    names = ("a", "b", "c", "d")
    sources = [
        Weights(names=names, values=np.array(case["inputs"][kind]), method=kind) for kind in ("subjective", "objective")
    ]
    close(combine_weights(sources, shares=[0.5, 0.5]).to_series(), expected["linear_half"], case)
    close(combine_weights(sources, how="multiplicative").to_series(), expected["multiplicative"], case)
    alphas = game_theory_alphas(sources)
    close(alphas, expected["game_alpha_raw"], case)
    close(alphas / alphas.sum(), expected["game_alpha_normalised"], case)
    close(combine_weights(sources, how="game_theory").to_series(), expected["game_weights"], case)


def test_conflicting_sources_are_refused_by_game_theory():
    a = Weights(names=("a", "b"), values=np.array([0.9, 0.1]), method="AHP")
    b = Weights(names=("a", "b"), values=np.array([0.5, 0.5]), method="Entropy")
    c = Weights(names=("a", "b"), values=np.array([0.7, 0.3]), method="CRITIC")
    with pytest.raises(InputError, match=r"determine one another|negative"):
        combine_weights([a, b, c], how="game_theory")


def test_relative_importance(cases):
    case = cases["relimp_swiss"]
    data = pd.read_csv(shared_path("golden", "data", "swiss.csv"), index_col=0)
    x, y = data[case["inputs"]["x"]], data[case["inputs"]["y"]]
    expected = case["expected"]
    found = relative_importance(x, y, bootstraps=0)
    table = found.table.set_index("name")
    close(found.r2, expected["R2"], case)
    columns = {"lmg": "explained_share", "first": "first_share", "last": "last_share", "betasq": "betasq_value",
               "pratt": "pratt_value", "car": "car_share"}  # fmt: skip
    for name, column in columns.items():
        close(table.loc[list(expected[name]), column], list(expected[name].values()), case)
    johnson = relative_importance(x, y, method="johnson", bootstraps=0).table.set_index("name")
    close(johnson.loc[list(expected["johnson_rw"]), "explained_share"], list(expected["johnson_rw"].values()), case)


def test_first_rank_acceptability(cases):
    case = cases["smaa_rank1"]
    scores = pd.DataFrame(case["inputs"]["S_minmax"])
    found = rank_acceptability(scores, n=100_000, seed=3)
    close(found.first, case["expected"]["rank1_acceptability"], case)
    assert found.first_error.max() < 0.002
