"""Causes planted in a company come out, and nobody is named for luck or for being new."""

import numpy as np
import pandas as pd
import pytest

from salesplan.errors import InputError
from salesplan.review.off_pace import off_pace
from tests.review.off_pace_company import PLANTED, make_off_pace_company


@pytest.fixture(scope="module")
def confusion() -> pd.DataFrame:
    parts = []
    for seed in range(3):
        world = make_off_pace_company(seed=seed)
        found = off_pace(world.process, world.sellers, world.targets, month=world.month, potential=world.potential).table
        called = found.set_index("seller_id")["cause"].reindex(world.truth.index).fillna("on pace")
        parts.append(pd.DataFrame({"truth": world.truth.to_numpy(), "called": called.to_numpy()}))
    whole = pd.concat(parts)
    return pd.crosstab(whole["truth"], whole["called"])


def test_a_named_cause_is_the_true_one(confusion):
    table = confusion.reindex(columns=list(PLANTED), fill_value=0)
    right = sum(table.loc[name, name] for name in PLANTED)
    assert right / table.loc[list(PLANTED)].to_numpy().sum() >= 0.9
    assert right / confusion.loc[list(PLANTED)].to_numpy().sum() >= 0.5


def test_ordinary_sellers_are_rarely_given_a_cause(confusion):
    named = confusion.reindex(columns=list(PLANTED), fill_value=0).loc["ordinary"].sum()
    assert named / confusion.loc["ordinary"].sum() <= 0.02
    assert confusion.loc["ordinary", "cannot_tell"] > 0


def test_newcomers_on_the_ramp_are_not_off_pace():
    world = make_off_pace_company(seed=1)
    found = off_pace(world.process, world.sellers, world.targets, month=world.month).table.set_index("seller_id")
    new = found[found.index.isin(world.truth.index[world.truth == "ramp"])]
    on_ramp = new[new["cause"] == "ramp"]
    assert len(on_ramp) >= 0.7 * len(new)
    assert not on_ramp["is_off_pace"].any()
    assert not set(new["cause"]) & set(PLANTED)


def test_without_visits_nothing_is_made_up():
    world = make_off_pace_company(seed=2)
    blind = world.process.assign(visits=np.nan, opportunities=np.nan)
    found = off_pace(blind, world.sellers, world.targets, month=world.month).table
    assert set(found["cause"]) <= {"cannot_tell", "ramp", "deal_size", "absence"}


def test_the_visits_named_would_make_up_the_gap():
    world = make_off_pace_company(seed=3)
    found = off_pace(world.process, world.sellers, world.targets, month=world.month)
    row = found.table[found.table["cause"] == "activity"].iloc[0]
    assert row["details"]["n_visits"] > row["details"]["n_mean"] > 0
    steps = found.explain(row["seller_id"]).set_index("step")
    assert steps.loc["activity", "change"] < -0.25


def test_a_missing_column_is_named():
    world = make_off_pace_company(seed=2, sellers=20)
    with pytest.raises(InputError, match="orders"):
        off_pace(world.process.drop(columns="orders"), world.sellers, world.targets, month=world.month)
