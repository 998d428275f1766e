"""Facts before a plan: years compared with the same months, units restated and in the order of the organisation."""

import numpy as np
import pandas as pd
import pytest

from salesplan.targets import unit_sales, yearly_sales
from tests.targets.company import make_facts


@pytest.fixture(scope="module")
def facts():
    return make_facts(months=34)  # from March 2024


def test_a_part_of_a_year_is_compared_with_the_same_part(facts):
    years = yearly_sales(facts).set_index("fiscal_year")
    total = facts.history.sum(axis=1)
    assert years.loc["2024", "n_months"] == 10
    assert np.isnan(years.loc["2024", "growth"])
    assert np.isnan(years.loc["2025", "growth"]), "January and February of the year before are not known"
    assert years.loc["2026", "growth"] == pytest.approx(total["2026"].sum() / total["2025"].sum() - 1)
    assert years["amount"].sum() == pytest.approx(total.sum())


def test_fiscal_years_start_where_the_company_says(facts):
    facts.settings.fiscal_start_month = 7
    try:
        assert yearly_sales(facts)["fiscal_year"].tolist() == ["FY2024", "FY2025", "FY2026", "FY2027"]
    finally:
        facts.settings.fiscal_start_month = 1


def test_units_add_up_and_stand_in_the_order_of_the_organisation(facts):
    units = unit_sales(facts).set_index("name")
    last = facts.history.iloc[-12:].sum().sum()
    assert units.index[0] == "示例"
    assert units.loc["示例", "amount"] == pytest.approx(last)
    assert units.loc[["华东", "西部"], "amount"].sum() == pytest.approx(last)
    assert units.loc["华东", "depth"] == 1
    assert units.index.get_loc("上海") > units.index.get_loc("华东")
    assert units.loc["示例", "n_sellers"] == 8
    assert units.loc["示例", "share"] == pytest.approx(1)


def test_growth_of_units_is_missing_when_the_year_before_is_not_known():
    assert unit_sales(make_facts(months=20))["growth"].isna().all()
    assert isinstance(unit_sales(make_facts(months=20)), pd.DataFrame)
