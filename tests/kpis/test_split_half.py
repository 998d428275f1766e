"""Split halves recover a known reliability and say when they cannot."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.score_people import score_people
from salesplan.kpis.split_half import CAVEAT, LEFT_OUT, split_half
from tests.kpis.sales_world import card_of, scheme, sellers


def visits_world(n, rng, *, between, within, days=20):
    """Daily visits of people whose true means differ with sd `between`; every day has noise sd `within`."""
    ids, mean = [f"p{i:03d}" for i in range(n)], rng.normal(20, between, n)
    value = mean[:, None] + within * rng.standard_normal((n, days))
    dates = pd.bdate_range("2026-11-02", periods=days)
    daily = pd.DataFrame({"seller_id": np.repeat(ids, days), "kpi": "visits", "date": np.tile(dates, n),
                          "numerator": value.ravel(), "denominator": np.nan, "evidence_rows": 1})
    figures = pd.DataFrame({"seller_id": ids, "kpi": "visits", "actual": value.sum(axis=1), "target": 400.0,
                            "evidence_rows": days})
    return daily, score_people(figures, scheme(), pd.DataFrame({"seller_id": ids, "tier": "x"}), period="2026-11")


def test_known_reliability_is_recovered_within_the_interval():
    held, values = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = split_half(*visits_world(80, rng, between=1.0, within=4.0), bootstraps=200).table.set_index("kpi")
        true = 1.0 / (1.0 + 16 / 20)
        row = found.loc["visits"]
        held.append(row["reliability_lower"] <= true <= row["reliability_upper"])
        values.append(row["reliability"])
    assert np.mean(held) >= 0.75
    assert np.mean(values) == pytest.approx(1 / 1.8, abs=0.06)


def test_score_of_a_single_kpi_is_as_reliable_as_the_kpi():
    found = split_half(*visits_world(40, np.random.default_rng(1), between=3.0, within=3.0))
    table = found.table.set_index("kpi")
    assert found.score_reliability == pytest.approx(table.loc["visits", "reliability"], abs=1e-9)
    assert table.loc["score", "status"] == "ok"
    assert found.notes[0]["msgid"] == CAVEAT


def test_noise_alone_is_shaky_and_few_people_are_insufficient():
    noise = split_half(*visits_world(60, np.random.default_rng(2), between=0.0, within=3.0))
    assert noise.table["status"].tolist() == ["shaky", "shaky"]
    few = split_half(*visits_world(6, np.random.default_rng(2), between=3.0, within=3.0))
    assert few.table["status"].eq("insufficient evidence").all()
    assert few.table["reliability"].isna().all()


def test_all_kpis_of_a_card_are_split_by_days_or_weeks():
    rng = np.random.default_rng(3)
    card, daily, _, _ = card_of(sellers(150, rng, spread=3), rng)
    for halves in ("days", "weeks"):
        table = split_half(daily, card, halves=halves, bootstraps=200).table
        assert table["kpi"].tolist() == ["sales_amount", "visits", "win_rate", "score"]
        assert table["reliability"].between(-1, 1).all()
    without = split_half(daily[daily["kpi"] != "win_rate"], card, bootstraps=200)
    assert [n["details"] for n in without.notes if n["msgid"] == LEFT_OUT] == [{"kpis": ["win_rate"]}]


def test_bad_options_are_refused():
    daily, card = visits_world(12, np.random.default_rng(1), between=1.0, within=1.0)
    with pytest.raises(InputError, match="weeks"):
        split_half(daily, card, halves="months")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least 2 to split"):
        split_half(daily[daily["date"] == "2026-11-02"], card)
