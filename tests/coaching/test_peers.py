"""Whom a person is compared with, and what is usual there."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.coaching.peers import find_peers, ramp_band, thirds
from salesplan.errors import InputError


def people(**sizes):
    rows = [(stage, tier, region) for (stage, tier, region), n in sizes["groups"].items() for _ in range(n)]
    return pd.DataFrame(rows, columns=["stage", "tier", "region"], index=[f"s{i:03d}" for i in range(len(rows))])


def test_the_narrowest_group_that_is_large_enough_is_taken():
    table = people(groups={("r", "a", "east"): 10, ("r", "a", "west"): 3, ("r", "b", "east"): 4, ("n", "a", "east"): 12})
    found = find_peers(table, by=("stage", "tier", "region"), minimum=8).table
    assert found["peers"].groupby([table["stage"], table["tier"], table["region"]]).first().to_dict() == {
        ("n", "a", "east"): "n · a · east", ("r", "a", "east"): "r · a · east", ("r", "a", "west"): "r · a",
        ("r", "b", "east"): "r"}
    assert found.loc["s000", "n_peers"] == 9
    assert found.loc["s010", "n_peers"] == 12, "the wider group counts all of its people"
    assert found.loc["s013", "n_peers"] == 16


def test_a_gap_in_a_level_skips_it():
    table = people(groups={("r", "a", "east"): 10, ("r", "a", None): 2})
    table["tier"] = None
    found = find_peers(table, by=("stage", "tier", "region"), minimum=5).table["peers"]
    assert found.iloc[0] == "r · east"
    assert found.iloc[-1] == "r"


def test_usual_of_groups_that_differ_stays_apart_and_of_equal_groups_is_one():
    rng = np.random.default_rng(1)
    table = people(groups={("r", t, "x"): 12 for t in "abcdef"})
    noise = pd.Series(rng.normal(0, 1, len(table)), index=table.index)
    peers = find_peers(table, by=("tier",), minimum=8)
    apart = peers.usual(noise + table["tier"].map({t: 10.0 * i for i, t in enumerate("abcdef")}))
    assert apart.groupby(table["tier"]).first().diff().dropna().between(8.5, 11.5).all()
    alike = peers.usual(noise)
    assert alike.groupby(table["tier"]).first().std() < 0.5 * noise.groupby(table["tier"]).median().std()


def test_people_far_out_do_not_shift_what_is_usual():
    table = people(groups={("r", "a", "x"): 40})
    peers = find_peers(table, by=("tier",), minimum=8)
    values = pd.Series(np.random.default_rng(2).normal(100, 5, 40), index=table.index)
    bad = values.copy()
    bad.iloc[:8] = 20.0
    assert peers.usual(bad).iloc[0] == pytest.approx(values.iloc[8:].median(), abs=1.0)


def test_counts_of_others_leave_out_oneself_and_gaps():
    table = people(groups={("r", "a", "x"): 8, ("r", "b", "x"): 2})
    values = pd.Series(1.0, index=table.index)
    values.iloc[0] = np.nan
    others = find_peers(table, by=("tier",), minimum=5).others(values)
    assert others.iloc[[0, 1, 9]].tolist() == [7, 6, 8]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), min_size=1, max_size=40), st.integers(3, 10))
def test_every_group_has_the_minimum_or_is_everybody(rows, minimum):
    table = pd.DataFrame(rows, columns=["tier", "region"], index=[f"s{i}" for i in range(len(rows))])
    found = find_peers(table, by=("tier", "region"), minimum=minimum).table
    named = found[found["peers"] != ""]
    assert (named["n_peers"] + 1 >= minimum).all()
    assert (found.loc[found["peers"] == "", "n_peers"] == len(rows) - 1).all()


def test_thirds_hold_a_third_each_and_bands_end_with_the_ramp():
    assert thirds(pd.Series(np.arange(30.0))).value_counts().tolist() == [10, 10, 10]
    assert ramp_band(pd.Series([0.0, 2.9, 3.0, 7.9, 8.0, np.nan]), ramp_months=8).tolist() == [
        "0-3", "0-3", "3-6", "6-8", "ramped", "ramped"]


@pytest.mark.parametrize(("change", "message"), [
    ({"by": ("town",)}, "by == 'town'"), ({"minimum": 2}, "minimum == 2"),
])
def test_wrong_groups_are_named(change, message):
    with pytest.raises(InputError, match=message):
        find_peers(people(groups={("r", "a", "x"): 8}), **({"by": ("tier",)} | change))
    table = people(groups={("r", "a", "x"): 8})
    with pytest.raises(InputError, match="comes twice"):
        find_peers(pd.concat([table, table.head(1)]), by=("tier",))
