"""Who makes a team's gap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.review.contributions import shortfall_contributions

fen = st.integers(-10**9, 10**9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10**9), fen), min_size=1, max_size=12))
def test_contributions_add_up_to_the_teams_gap_in_points(pairs: list[tuple[int, int]]):
    target, actual = (np.array(x, float) for x in zip(*pairs, strict=True))
    found = shortfall_contributions(target, actual)
    team = 100 * (actual.sum() / target.sum() - 1)
    assert found["contribution_points"].sum() == pytest.approx(team, rel=1e-9, abs=1e-6)


def test_a_member_without_target_contributes_its_sales():
    found = shortfall_contributions([100.0, np.nan], [90.0, 20.0])
    assert found["contribution_points"].tolist() == [-10.0, 20.0]
    assert np.isnan(found["attainment"].iloc[1])


def test_zero_and_negative_targets_have_no_attainment():
    found = shortfall_contributions([0.0, -5.0, 105.0], [3.0, 1.0, 100.0])
    assert np.isnan(found["attainment"].iloc[:2]).all()
    assert found["contribution_points"].tolist() == pytest.approx([3.0, 6.0, -5.0])


def test_missing_sales_are_refused():
    with pytest.raises(InputError):
        shortfall_contributions([1.0], [np.nan])
    with pytest.raises(InputError):
        shortfall_contributions([1.0, 2.0], [1.0])
