import numpy as np

from salesplan.forecasting import forecast_hierarchy
from salesplan.forecasting.shocks import _normals, draw_bottom, fit_shocks
from tests.forecasting.companies import make_company


def test_known_company_shock_is_found():
    company = make_company(sellers=10, lines=2)
    tree = company.hierarchy
    mean = tree.aggregate(np.ones(len(tree.bottom_ids)))
    shared = 0.1
    sd = np.sqrt(shared**2 * mean**2 + 0.3**2 * mean)
    shocks = fit_shocks(tree, mean, sd)
    assert np.sqrt(shocks.variance[shocks.names.index("unit0")]) == np.clip(np.sqrt(shocks.variance.max()), 0.09, 0.11)
    totals = tree.aggregate(draw_bottom(tree, shocks, mean, sd, n=4000, seed=1))
    np.testing.assert_allclose(totals.std(axis=1)[:3], sd[:3], rtol=0.05)


def test_same_luck_for_the_same_seller_in_another_order():
    company = make_company(sellers=3)
    year = company.future.index[2:14]
    units = company.hierarchy.units
    turned = type(company.hierarchy)(units=units.iloc[::-1], lines=company.hierarchy.lines)
    one = forecast_hierarchy(company.history, company.hierarchy, year=year)
    two = forecast_hierarchy(company.history, turned, year=year)
    a, b = one.draws(200), two.draws(200)
    order = two.hierarchy.bottom_ids.get_indexer(one.hierarchy.bottom_ids)
    np.testing.assert_allclose(a, b[order], rtol=1e-6)


def test_company_draws_have_the_company_spread_where_levels_disagree():
    company = make_company(sellers=10, lines=2)
    tree = company.hierarchy
    mean = tree.aggregate(np.ones(len(tree.bottom_ids)))
    relative = {"company": 0.1, "region": 0.07, "team": 0.09, "rep": 0.24}
    sd = mean * np.where(tree.nodes["is_bottom"], 0.3, tree.nodes["level"].map(relative))
    totals = tree.aggregate(draw_bottom(tree, fit_shocks(tree, mean, sd), mean, sd, n=20_000, seed=1))
    np.testing.assert_allclose(totals[0].std(), sd[0], rtol=0.03)


def test_names_that_share_a_checksum_do_not_share_their_luck():
    from zlib import crc32

    assert crc32(b"plumless") == crc32(b"buckeroo")
    one, two = _normals("plumless", 1, 500), _normals("buckeroo", 1, 500)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.2
