import numpy as np
import pandas as pd

from salesplan.forecasting.history import check_history
from salesplan.forecasting.point import Settings, forecast_months
from tests.forecasting.companies import make_company


def test_rows_of_former_staff_fade_and_are_never_revived():
    company = make_company(sellers=4, former=True)
    sales = check_history(company.history, company.hierarchy)
    point = forecast_months(sales, until=40, horizon=14, settings=Settings())
    former = sales.former[: len(sales.bottom)]
    rows = point.monthly[company.hierarchy.bottom_positions[former]]
    assert (rows == 0).all()
    everywhere = company.hierarchy.nodes["unit_id"].str.endswith("/former").to_numpy()
    assert set(point.method[everywhere]) == {"fading"}


def test_orders_without_a_seller_shrink_from_month_to_month():
    company = make_company(sellers=4, former=True)
    history = company.history.copy()
    steady = [c for c in history if c[0].endswith("/former")]
    history[steady] = 1000.0
    sales = check_history(history, company.hierarchy)
    point = forecast_months(sales, until=40, horizon=14, settings=Settings())
    rows = point.monthly[company.hierarchy.bottom_positions[sales.former]]
    assert (np.diff(rows, axis=1) < 0).all()
    assert (rows[:, 0] < 1000).all()
    assert (rows > 0).all()


def test_a_backtest_treats_those_who_left_later_like_everybody_else():
    company = make_company(sellers=4, former=True)
    sales = check_history(company.history, company.hierarchy)
    point = forecast_months(sales, until=26, horizon=12, settings=Settings(), hindsight=False)
    assert "fading" not in set(point.method)


def test_newcomers_climb_the_ramp_of_their_colleagues():
    company = make_company(sellers=10, newcomers=8, future_hires=2, noise=0.05, growth=0.0, seed=4)
    sales = check_history(company.history, company.hierarchy, first_month=company.first_month)
    point = forecast_months(sales, until=40, horizon=14, settings=Settings())
    order = [tuple(b.split("|")) for b in company.hierarchy.bottom_ids]
    truth = company.hierarchy.aggregate(company.future[order].to_numpy().T)
    new = point.method == "cohort_ramp"
    assert new.sum() >= 4
    assert abs(point.monthly[new].sum() / truth[new].sum() - 1) < 0.3
    unseen = [i for i, n in enumerate(company.hierarchy.bottom_ids)
              if company.first_month[n.split("|")[0]] > company.history.index[-1]]
    rows = point.monthly[company.hierarchy.bottom_positions[unseen]]
    assert (rows[:, :2] == 0).all()
    assert (rows[:, 2] > 0).all()
    assert (rows[:, -1] > rows[:, 2]).all()


def test_hires_unknown_at_the_time_have_no_forecast():
    company = make_company(sellers=10, future_hires=2)
    sales = check_history(company.history, company.hierarchy, first_month=company.first_month)
    known = forecast_months(sales, until=40, horizon=14, settings=Settings())
    unknown = forecast_months(sales, until=40, horizon=14, settings=Settings(), hindsight=False)
    assert known.monthly[0].sum() > unknown.monthly[0].sum()


def test_a_new_product_line_is_forecast_from_its_level():
    company = make_company(sellers=4, lines=2)
    history = company.history.copy()
    history.iloc[:32, [i for i, c in enumerate(history) if c[1] == "line1"]] = 0.0
    sales = check_history(history, company.hierarchy)
    point = forecast_months(sales, until=40, horizon=12, settings=Settings())
    rows = np.array([i.endswith("|line1") for i in company.hierarchy.bottom_ids])
    assert set(point.method[company.hierarchy.bottom_positions[rows]]) == {"pooled"}
    recent = sales.bottom[rows, 32:].mean(axis=1)
    assert (np.abs(point.monthly[company.hierarchy.bottom_positions[rows]].mean(axis=1) / recent - 1) < 0.5).all()


def test_working_days_move_months_but_hardly_the_year():
    company = make_company(sellers=3)
    months = pd.period_range(company.history.index[0], periods=54, freq="M")
    sales = check_history(company.history, company.hierarchy)
    days = pd.Series(21, index=months)
    days.iloc[42] = 14
    plain = forecast_months(sales, until=40, horizon=14, settings=Settings())
    moved = forecast_months(sales, until=40, horizon=14, settings=Settings(working_days=days))
    ratio = moved.monthly[0] / plain.monthly[0]
    np.testing.assert_allclose(ratio[2], 14 / 21, rtol=0.01)
    np.testing.assert_allclose(np.delete(ratio, 2), 1, rtol=0.01)
