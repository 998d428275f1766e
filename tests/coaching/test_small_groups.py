"""No group below the minimum can be worked out from what is shown."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.small_groups import group_status
from salesplan.errors import InputError


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 5), st.data())
def test_what_is_hidden_in_any_total_is_no_single_small_group(n_rows, n_columns, data):
    sizes = data.draw(st.lists(st.integers(0, 15), min_size=n_rows * n_columns, max_size=n_rows * n_columns))
    groups = pd.DataFrame([(a, b) for a in range(n_rows) for b in range(n_columns)], columns=["a", "b"])
    n = np.array(sizes)
    status = group_status(groups, n, minimum=5)
    hidden = status != "ok"
    assert hidden[n < 5].all()
    for size in range(2):
        for keep in combinations(["a", "b"], size):
            lines = groups.groupby(list(keep)).indices.values() if keep else [np.arange(len(groups))]
            for line in lines:
                secret = hidden[line] & (n[line] > 0)
                if secret.any() and not hidden[line].all():
                    assert n[line][secret].sum() >= 5 and secret.sum() >= 2


def test_large_groups_stay_shown():
    assert (group_status(pd.DataFrame({"t": list("abc")}), np.array([5, 6, 7])) == "ok").all()


def test_groups_of_nobody_need_no_company():
    assert group_status(pd.DataFrame({"t": list("ab")}), np.array([0, 9])).tolist() == ["insufficient evidence", "ok"]


def test_the_smallest_neighbour_is_hidden_too():
    assert group_status(pd.DataFrame({"t": list("abc")}), np.array([4, 30, 12])).tolist() == [
        "insufficient evidence", "ok", "hidden for the sake of a smaller group"]


def test_one_person_is_no_group():
    with pytest.raises(InputError, match="minimum == 1"):
        group_status(pd.DataFrame({"t": ["a"]}), np.array([3]), minimum=1)
