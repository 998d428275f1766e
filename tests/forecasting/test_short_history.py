import numpy as np

from salesplan.forecasting.history import check_history
from salesplan.forecasting.ramp import cohort_ramp
from salesplan.forecasting.short_history import fading_forecast, kinds_of, newcomer_forecast, seller_sales
from tests.forecasting.companies import make_company


def test_rows_are_sorted_by_what_is_known_of_them():
    company = make_company(sellers=5, newcomers=4, future_hires=1, former=True, seed=3)
    sales = check_history(company.history, company.hierarchy, first_month=company.first_month)
    kinds = kinds_of(sales, sales.bottom, 0, True)
    tenure = 40 - sales.hired
    assert (kinds.unseen == (tenure <= 0)).all()
    assert (kinds.cold == ((tenure > 0) & (tenure < 12))).all()
    assert (kinds.gone == sales.former).all()
    assert not kinds.empty.any()


def test_a_regular_row_that_fell_silent_is_gone_and_a_sparse_one_is_not():
    company = make_company(sellers=4, lines=1)
    history = company.history.copy()
    history.iloc[33:, 0] = 0.0
    sparse = np.zeros(40)
    sparse[[4, 15, 26]] = 1000.0
    history.iloc[:, 1] = sparse
    sales = check_history(history, company.hierarchy)
    kinds = kinds_of(sales, sales.bottom, 0, True)
    place = company.hierarchy.bottom_ids.get_indexer(["|".join(c) for c in history.columns[:2]])
    assert kinds.gone[place].tolist() == [True, False]


def test_fading_rows_shrink_and_stopped_rows_stay_at_zero():
    history = np.array([np.r_[np.full(20, 100.0), np.zeros(4)], np.full(24, 100.0)])
    out = fading_forecast(history, np.ones((2, 12)), 12)
    assert (out[0] == 0).all()
    assert (np.diff(out[1]) < 0).all()
    assert fading_forecast(np.zeros((0, 24)), np.ones((0, 12)), 12).shape == (0, 12)


def test_newcomers_are_measured_against_their_own_team():
    company = make_company(sellers=6, newcomers=6, noise=0.02, seed=8)
    sales = check_history(company.history, company.hierarchy, first_month=company.first_month)
    kinds = kinds_of(sales, sales.bottom, 0, True)
    ramp = cohort_ramp(*seller_sales(sales, sales.bottom, sales.hired))
    flat = np.full((len(sales.bottom), 6), 1000.0)
    established = ~(kinds.cold | kinds.unseen)
    out = newcomer_forecast(sales, sales.bottom, flat, sales.hired, ramp, kinds.cold, established)
    assert (np.diff(out[kinds.cold], axis=1) >= -1e-9).all()
    assert (out[kinds.cold] > 0).all()
    assert (out[kinds.cold, -1] < 2500).all()
