import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.forecasting import HierarchyForecast, forecast_hierarchy
from tests.forecasting.companies import make_company

COMPANY = make_company(sellers=8, lines=2)
YEAR = COMPANY.future.index[2:14]


@pytest.fixture(scope="module")
def forecast() -> HierarchyForecast:
    return forecast_hierarchy(COMPANY.history, COMPANY.hierarchy, year=YEAR)


def test_draws_spread_like_the_intervals_at_every_level(forecast):
    totals = COMPANY.hierarchy.aggregate(forecast.draws(3000))
    lower, upper = (forecast.annual[side].to_numpy()[:, None] for side in ("lower", "upper"))
    inside = (totals >= lower) & (totals <= upper)
    by_level = pd.Series(inside.mean(axis=1)).groupby(COMPANY.hierarchy.nodes["level"]).mean()
    assert by_level.between(0.7, 0.93).all(), by_level
    assert (totals >= 0).all()
    np.testing.assert_allclose(totals.mean(axis=1), forecast.annual["mean"], rtol=0.05)


def test_same_seed_same_draws(forecast):
    np.testing.assert_array_equal(forecast.draws(50, seed=3), forecast.draws(50, seed=3))
    assert not np.array_equal(forecast.draws(50, seed=3), forecast.draws(50, seed=4))


def test_probability_falls_with_the_amount_and_matches_the_interval(forecast):
    top = forecast.annual.index[0]
    chances = [float(forecast.probability_at_least(pd.Series({top: a}))[top])
               for a in forecast.annual.loc[top, ["lower", "mean", "upper"]]]
    assert chances[0] == pytest.approx(0.9)
    assert 0.4 < chances[1] < 0.55
    assert chances[2] == pytest.approx(0.1)
    np.testing.assert_allclose(forecast.quantile(0.9), forecast.annual["upper"])


def test_frames_do_not_share_memory_with_the_result(forecast):
    frame = forecast.to_frame()
    frame["mean"] = 0.0
    assert forecast.annual["mean"].iloc[0] > 0
    assert {"level", "unit_id"} <= set(frame.columns)


def test_explain_opens_a_node(forecast):
    opened = forecast.explain("s003|line1")
    assert opened["method"] == "ensemble"
    assert opened["level"] == "rep"
    assert opened["wape"] > 0
    assert forecast.summary()["lower"] < forecast.summary()["mean"] < forecast.summary()["upper"]


def test_bad_questions_are_refused(forecast):
    with pytest.raises(InputError, match="did you mean 's003"):
        forecast.explain("s003|line9")
    with pytest.raises(InputError):
        forecast.quantile(1.0)
    with pytest.raises(InputError):
        forecast.draws(0)


def test_incoherent_months_cannot_be_stored(forecast):
    wrong = forecast.monthly.copy()
    wrong.iloc[0, 0] *= 2
    with pytest.raises(InputError, match="add up"):
        HierarchyForecast(**{**vars(forecast), "monthly": wrong})


def test_company_chance_counted_in_draws_is_the_chance_stated(forecast):
    top = forecast.annual.index[0]
    total = forecast.draws(20_000).sum(axis=0)
    for amount in forecast.annual.loc[top, ["lower", "mean", "upper"]]:
        stated = float(forecast.probability_at_least(pd.Series({top: amount}))[top])
        assert np.mean(total >= amount) == pytest.approx(stated, abs=0.015)
