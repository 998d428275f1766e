"""Days of a period as material for drawing them again: which days could be worked is the country's matter."""

import numpy as np
import pandas as pd
import pytest

from salesplan.kpis.day_resampling import day_material
from salesplan.kpis.score_draws import score_draws
from salesplan.kpis.score_people import score_people
from tests.kpis.scored_company import kpi_set, people_of, scheme_of


@pytest.mark.parametrize(("country", "days"), [("CN", 18), ("DE", 22)])
def test_days_that_could_be_worked_are_those_of_the_country(country, days):
    dates = pd.to_datetime(["2026-10-01", "2026-10-08", "2026-10-30"])
    daily = pd.DataFrame({"seller_id": "a", "kpi": "visits", "date": dates, "numerator": 1.0, "denominator": np.nan,
                          "evidence_rows": 1})
    material = day_material(daily, pd.DataFrame({"visits": [3.0]}, index=["a"]), block="day", country=country)
    assert material.n_blocks == days
    assert material.kpis["visits"].numerator.sum() == 3


@pytest.mark.parametrize(("country", "days"), [("CN", 18), ("DE", 22)])
def test_luck_of_a_scorecard_is_drawn_over_the_days_of_its_country(country, days):
    people = people_of(3)
    rules = {"visits": (1.0, {"function": "achievement_rate"})}
    figures = pd.DataFrame({"seller_id": people["seller_id"], "kpi": "visits", "actual": 3.0, "target": 4.0, "evidence_rows": 3})
    card = score_people(figures, scheme_of(kpi_set("all", rules)), people, period="2026-10", country=country)
    dates = pd.to_datetime(["2026-10-01", "2026-10-08", "2026-10-30"])
    daily = pd.DataFrame([{"seller_id": who, "kpi": "visits", "date": day, "numerator": 1.0, "denominator": np.nan,
                           "evidence_rows": 1} for who in people["seller_id"] for day in dates])
    assert score_draws(daily, card, n=100).n_blocks == days
