"""KPIs that say the same are found, with the one that could go; few people prove nothing."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.redundancy import redundancy
from tests.kpis.sales_world import card_of, sellers


def figures(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    base = rng.normal(1, 0.2, n)
    return pd.DataFrame({"orders": base, "sales_amount": base + rng.normal(0, 0.03, n), "visits": rng.normal(1, 0.2, n)})


def test_the_lighter_kpi_of_a_pair_could_go_and_support_goes_before_result():
    weights = {"orders": 0.5, "sales_amount": 0.3, "visits": 0.2}
    by_weight = redundancy(figures(), weights=weights).pairs
    assert by_weight.loc[0, ["kpi_a", "kpi_b", "status", "drop_kpi"]].tolist() == [
        "orders", "sales_amount", "redundant", "sales_amount"]
    assert by_weight["status"].tolist()[1:] == ["distinct", "distinct"]
    assert by_weight["drop_kpi"].tolist()[1:] == ["", ""]
    by_type = redundancy(figures(), weights=weights, kinds={"orders": "process", "sales_amount": "result"}).pairs
    assert by_type.loc[0, "drop_kpi"] == "orders"


def test_ranks_find_what_an_outlier_hides_and_opposites_are_not_redundant():
    rng = np.random.default_rng(2)
    a = np.sort(rng.lognormal(0, 1, 50))
    found = redundancy(pd.DataFrame({"a": a, "b": np.exp(a * 2), "c": -a})).pairs.set_index(["kpi_a", "kpi_b"])
    assert found.loc[("a", "b"), "pearson"] < 0.9 < found.loc[("a", "b"), "spearman"]
    assert found.loc[("a", "b"), "status"] == "redundant"
    assert found.loc[("a", "c"), "status"] == "distinct"


def test_intervals_contain_the_true_correlation():
    rng, held = np.random.default_rng(3), []
    for _ in range(150):
        x = rng.standard_normal((40, 1)) * np.sqrt(0.8) + rng.standard_normal((40, 2)) * np.sqrt(0.2)
        row = redundancy(pd.DataFrame(x, columns=["a", "b"])).pairs.iloc[0]
        held.append(row["pearson_lower"] <= 0.8 <= row["pearson_upper"])
    assert np.mean(held) == pytest.approx(0.9, abs=0.07)


def test_few_people_and_constant_columns_are_insufficient_evidence():
    assert redundancy(figures(8)).pairs["status"].eq("insufficient evidence").all()
    constant = redundancy(figures().assign(visits=1.0)).pairs.set_index(["kpi_a", "kpi_b"])
    assert constant.loc[("orders", "visits"), "status"] == "insufficient evidence"
    assert np.isnan(constant.loc[("orders", "visits"), "pearson"])


def test_a_gap_near_the_limit_is_perhaps():
    rng = np.random.default_rng(5)
    a = rng.standard_normal(12)
    found = redundancy(pd.DataFrame({"a": a, "b": a + 0.6 * rng.standard_normal(12)})).pairs.iloc[0]
    assert found["status"] == "perhaps" and found["drop_kpi"]


def test_order_of_kpis_and_units_change_nothing():
    plain = redundancy(figures()).pairs
    other = redundancy(figures()[["visits", "sales_amount", "orders"]] * 1000).pairs
    pd.testing.assert_frame_equal(plain, other, rtol=1e-9)


def test_what_the_ranks_do_without_it_is_told():
    rng = np.random.default_rng(6)
    card, _, _, _ = card_of(sellers(30, rng), rng)
    wide = pd.DataFrame({"visits": np.arange(30.0), "win_rate": np.arange(30.0) + 0.1 * rng.standard_normal(30)})
    found = redundancy(wide, weights={"visits": 0.3, "win_rate": 0.2}, card=card)
    assert list(found.survival) == ["win_rate"]
    assert found.summary().loc[0, "n"] == found.survival["win_rate"].n > 20


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="at least 2"):
        redundancy(figures()[["visits"]])
    with pytest.raises(InputError, match="limit == 1.5"):
        redundancy(figures(), limit=1.5)
