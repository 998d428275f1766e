"""Room to move under rules on a tree, and the sets of rules that leave none."""

import numpy as np
import pytest

from salesplan.errors import InfeasibleTargetError
from salesplan.targets.conflicts import check_room

PARENTS = np.array([-1, 0, 0, 1, 1])
NAMES = ["company", "east", "west", "Li", "Wu"]
NONE = np.array([-np.inf] * 5)


def bounds(start, **values):
    filled = start.copy()
    for name, value in values.items():
        filled[NAMES.index(name)] = value
    return filled


def test_floors_and_caps_add_up_to_the_room_of_each_unit():
    room = check_room(PARENTS, bounds(NONE, west=0, Li=10, Wu=20, east=25), bounds(-NONE, west=5, Li=15, Wu=40, east=50),
                      NAMES)
    assert room.least.tolist() == [30, 30, 0, 10, 20]
    assert room.most.tolist() == [55, 50, 5, 15, 40]


def test_the_largest_floors_make_the_smallest_set():
    with pytest.raises(InfeasibleTargetError) as caught:
        check_room(PARENTS, bounds(NONE, west=3, Li=90, Wu=20), -NONE, NAMES, total=100)
    assert [r["unit"] for r in caught.value.details["binding"]] == ["Li", "Wu", "company"]
    assert "floor of Li 90 + floor of Wu 20 = 110, above total of company 100" in str(caught.value)


def test_a_cap_of_the_team_stands_for_those_of_its_people_where_it_suffices():
    with pytest.raises(InfeasibleTargetError) as caught:
        check_room(PARENTS, bounds(NONE, west=0, Li=0, Wu=0), bounds(-NONE, east=50, Li=20, Wu=25, west=30), NAMES,
                   total=100)
    assert [r["unit"] for r in caught.value.details["binding"]] == ["east", "west", "company"]


def test_differences_of_rounding_are_no_conflict():
    third = 100 / 3
    check_room(np.array([-1, 0, 0, 0]), np.array([-np.inf, third, third, third]), np.full(4, np.inf),
               ["co", "a", "b", "c"], total=third * 3 - 1e-9)


def test_long_lists_are_cut_short_in_words_and_kept_in_full_in_the_details():
    with pytest.raises(InfeasibleTargetError, match="4 more") as caught:
        check_room(np.array([-1] + [0] * 10), np.array([-np.inf] + [11.0] * 10), np.full(11, np.inf),
                   ["co"] + [f"s{i}" for i in range(10)], total=100)
    assert len(caught.value.details["binding"]) == 11
