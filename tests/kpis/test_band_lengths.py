"""What a longer period would tell apart, expected from one month, is what longer periods then tell apart."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.kpis.band_lengths import expected_bands
from salesplan.kpis.bands import count_bands, rank_bands
from salesplan.kpis.score_people import score_people
from tests.kpis.scored_company import kpi_set, people_of, scheme_of

RULES = {"visits": (1.0, {"function": "achievement_rate", "floor": None, "negative_actual": "as_is"})}


def month_of(true, error, rng, *, period="2026-10"):
    """A scorecard of a month in which people of known worth had luck of known size."""
    people = people_of(len(true)).assign(seller_id=[f"R{i:04d}" for i in range(len(true))])
    seen = true + error * rng.standard_normal(len(true))
    figures = pd.DataFrame({"seller_id": people["seller_id"], "kpi": "visits", "actual": seen, "target": 100.0, "evidence_rows": 30})
    card = score_people(figures, scheme_of(kpi_set("all", RULES)), people, period=period)
    return card.with_draws(pd.DataFrame(seen[:, None] + error[:, None] * rng.standard_normal((len(true), 300)), index=card.totals.index))


@pytest.mark.parametrize(("people", "spread"), [(20, 20.0), (120, 5.0), (120, 20.0)])
def test_the_bands_expected_of_a_month_are_those_of_longer_periods(people, spread):
    expected, found = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        true, error = 100 + spread * rng.standard_normal(people), rng.uniform(5, 12, people)
        told = expected_bands(month_of(true, error, rng), "all", n=80)
        assert told["months"].tolist() == [1, 3, 6, 12] and told["n"].eq(people).all()
        expected.append(told["n_bands"].to_numpy()[1:])
        found.append([count_bands(true + error / np.sqrt(k) * rng.standard_normal((30, people)), error / np.sqrt(k)).mean()
                      for k in (3, 6, 12)])
    np.testing.assert_allclose(np.mean(expected, axis=0), np.mean(found, axis=0), rtol=0.25)
    assert (np.diff(np.mean(expected, axis=0)) > 0).all()


def test_where_all_is_luck_no_length_of_time_tells_people_apart():
    rng = np.random.default_rng(1)
    told = [expected_bands(month_of(np.full(80, 100.0), np.full(80, 9.0), rng), "all", n=60) for _ in range(4)]
    assert np.mean([frame["n_bands"].to_numpy()[1:] for frame in told]) < 1.6
    assert np.mean([frame["true_points"].iloc[0] for frame in told]) < 4
    luck = told[0]["luck_points"]
    assert luck.iloc[0] == pytest.approx(9, abs=1) and luck.iloc[-1] == pytest.approx(9 / 12**0.5, abs=0.4)


def test_only_longer_periods_are_looked_at_and_few_people_give_nothing():
    rng = np.random.default_rng(2)
    true, error = 100 + 10 * rng.standard_normal(15), np.full(15, 6.0)
    assert expected_bands(month_of(true, error, rng, period="2026Q3"), "all", n=5)["months"].tolist() == [3, 6, 12]
    assert expected_bands(month_of(true, error, rng, period="2026"), "all", n=5)["months"].tolist() == [12]
    assert expected_bands(month_of(true[:2], error[:2], rng), "all", n=5).empty
    with pytest.raises(InputError, match="must be a set somebody is under"):
        expected_bands(month_of(true, error, rng), "seniors", n=5)


def test_counted_bands_are_those_of_the_rank_bands():
    rng = np.random.default_rng(3)
    error = rng.uniform(2, 9, 40)
    for scores in 100 + 15 * rng.standard_normal((8, 40)):
        whole = rank_bands(pd.Series(scores), standard_errors=error)
        assert count_bands(scores, error).tolist() == [whole["band"].max()]
