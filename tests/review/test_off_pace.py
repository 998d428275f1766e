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


def test_of_newcomers_about_one_in_twenty_is_called_off_pace():
    called = []
    for seed in (50, 51):
        world = make_off_pace_company(seed=seed, newcomers=0.5, rate=0.0, sellers=100)
        found = off_pace(world.process, world.sellers, world.targets, month=world.month).table.set_index("seller_id")["is_off_pace"]
        called += found.reindex(world.truth.index[world.truth == "ramp"]).fillna(False).tolist()
    assert len(called) >= 80 and np.mean(called) <= 0.1


def test_without_visits_nothing_is_made_up():
    world = make_off_pace_company(seed=2)
    blind = world.process.assign(visits=np.nan, opportunities=np.nan)
    found = off_pace(blind, world.sellers, world.targets, month=world.month).table
    assert set(found["cause"]) <= {"cannot_tell", "ramp", "deal_size", "absence"}


def test_the_step_that_fell_is_shown_fallen():
    world = make_off_pace_company(seed=3)
    found = off_pace(world.process, world.sellers, world.targets, month=world.month)
    row = found.table[found.table["cause"] == "activity"].iloc[0]
    steps = found.explain(row["seller_id"]).set_index("step")
    assert steps.loc["activity", "change"] < -0.25


def test_a_missing_column_is_named():
    world = make_off_pace_company(seed=2, sellers=20)
    with pytest.raises(InputError, match="orders"):
        off_pace(world.process.drop(columns="orders"), world.sellers, world.targets, month=world.month)


def two_newcomers(share: float) -> pd.DataFrame:
    """What is said of a newcomer who is all but settled, and of one in the first month without an order."""
    world = make_off_pace_company(seed=4, newcomers=0.0, rate=0.0, sellers=40)
    sellers, process = world.sellers.copy(), world.process.copy()
    sellers.loc[0, "hire_date"], sellers.loc[1, "hire_date"] = (world.month - 9).start_time, world.month.start_time
    recent = process["month"] > world.month - 3
    old = process["seller_id"].eq("s000") & recent
    process.loc[old, "amount_fen"] = (process.loc[old, "amount_fen"] * share).astype("int64")
    process.loc[old, "orders"] = np.round(process.loc[old, "orders"] * share)
    process = process[~process["seller_id"].eq("s001") | process["month"].eq(world.month)]
    process.loc[process["seller_id"].eq("s001"), ["orders", "amount_fen"]] = 0
    targets = world.targets[~world.targets["scope_id"].eq("s001") | world.targets["month"].eq(world.month)].copy()
    targets.loc[targets["scope_id"].eq("s001"), "judged"] = 40_000.0
    return off_pace(process, sellers, targets, month=world.month).table.set_index("seller_id")


def test_who_is_all_but_settled_is_not_excused_by_being_new_and_a_first_month_without_order_is_luck():
    found = two_newcomers(0.3)
    assert found.loc["s000", "cause"] != "ramp" and found.loc["s000", "is_off_pace"]
    assert found.loc["s001", "cause"] == "ramp" and found.loc["s001", "p_luck"] > 0.5
    assert "chance" in found.loc["s001", "evidence_msgid"]


def test_where_orders_do_not_follow_visits_no_step_of_the_visits_is_a_cause():
    world = make_off_pace_company(seed=0)
    found = off_pace(world.process, world.sellers, world.targets, month=world.month, follows_visits=False).table
    assert set(found["cause"]) <= {"cannot_tell", "ramp", "deal_size", "absence"}
    said = found.loc[found["evidence_msgid"].str.contains("hardly follow"), "details"]
    assert len(said) and all("conversion" not in [step["msgid"] for step in one["steps"]] for one in said)


def test_a_result_made_of_usual_steps_names_only_steps_that_are_known():
    world = make_off_pace_company(seed=2, rate=0.0, newcomers=0.0)
    hard = world.targets.assign(judged=world.targets["judged"] * 2)
    blind = world.process.assign(visits=np.nan, opportunities=np.nan)
    found = off_pace(blind, world.sellers, hard, month=world.month).table
    said = found[found["evidence_msgid"].str.contains("not recorded, so it")]
    assert len(said) and all({step["msgid"] for step in one["steps"]} <= {"days present", "amount an order"} for one in said["details"])
    seen = off_pace(world.process, world.sellers, hard, month=world.month).table
    whole = seen[seen["evidence_msgid"].str.contains("either the target")]
    assert len(whole) and all(len(one["steps"]) == 5 for one in whole["details"])
