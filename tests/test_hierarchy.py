"""The tree: every node is the sum of its sellers, and a broken tree is refused by name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.errors import InputError
from salesplan.hierarchy import Hierarchy


def units(parents: list[int | None]) -> pd.DataFrame:
    return pd.DataFrame({
        "unit_id": [f"u{i}" for i in range(len(parents))],
        "parent_id": [None if p is None else f"u{p}" for p in parents],
        "level": "x", "name": [f"U{i}" for i in range(len(parents))],
    })


@st.composite
def random_trees(draw: st.DrawFn) -> list[int | None]:
    size = draw(st.integers(2, 25))
    return [None, *[draw(st.integers(0, i - 1)) for i in range(1, size)]]


@given(random_trees(), st.integers(1, 3), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_every_parent_is_the_sum_of_its_children_on_every_line(parents, n_lines, random):
    frame = units(parents)
    order = list(range(len(frame)))
    random.shuffle(order)
    tree = Hierarchy(units=frame.iloc[order], lines=[f"l{i}" for i in range(n_lines)])
    bottom = np.arange(1, len(tree.bottom_ids) + 1, dtype=np.int64) ** 2
    total = pd.Series(tree.aggregate(bottom), index=tree.nodes["node_id"])
    sums = total.groupby(tree.nodes.set_index("node_id")["parent_id"]).sum()
    assert (sums == total[sums.index]).all()
    by_line = total.groupby(tree.nodes.set_index("node_id")["unit_id"]).sum() - total.filter(regex=r"\|\*$").rename(
        lambda n: n[:-2])
    assert (by_line == total.filter(regex=r"\|\*$").rename(lambda n: n[:-2])[by_line.index]).all()
    assert total.iloc[0] == bottom.sum()
    assert total.dtype.kind == "i"


def test_parents_come_before_children_whatever_the_input_order():
    tree = Hierarchy(units=units([None, 0, 1, 2]).iloc[::-1], lines=["l"])
    assert tree.units["unit_id"].tolist() == ["u0", "u1", "u2", "u3"]
    assert tree.parent_positions.tolist() == [-1, 0, 1, 2]


@pytest.mark.parametrize(("change", "says"), [
    (lambda f: f.assign(parent_id=["u2", "u0", "u1"]), "circle"),
    (lambda f: f.assign(parent_id=[None, None, "u0"]), "exactly one unit without a parent"),
    (lambda f: f.assign(parent_id=[None, "u0", "gone"]), "gone"),
    (lambda f: f.assign(unit_id=["u0", "u1", "u1"]), "listed once"),
])
def test_a_broken_organisation_is_refused_with_its_ids(change, says):
    with pytest.raises(InputError, match=says):
        Hierarchy(units=change(units([None, 0, 0])))


def test_a_cycle_below_a_sound_top_is_named():
    with pytest.raises(InputError, match=r"u2.*circle|circle"):
        Hierarchy(units=units([None, 2, 1]))


@pytest.mark.parametrize("lines", [[], ["*"], ["a", "a"]])
def test_product_lines_must_be_distinct_and_real(lines):
    with pytest.raises(InputError, match="lines"):
        Hierarchy(units=units([None, 0]), lines=lines)


def test_aggregate_refuses_the_wrong_number_of_rows():
    with pytest.raises(InputError, match="rows"):
        Hierarchy(units=units([None, 0, 0])).aggregate(np.ones(3))
