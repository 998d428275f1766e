import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.data.dataset import load
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError, MissingWorkspaceError
from tests.data.companies import counted, days, make_workspace, small_tables


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("shop"), small_tables())


@pytest.fixture(scope="module")
def data(shop):
    return load(shop)


def test_history_actuals_and_orders_tie_out(data):
    total = counted(small_tables()["order_line"])
    assert data.history.to_numpy().sum() == pytest.approx(total, abs=1e-6)
    assert data.actuals["amount"].sum() == pytest.approx(total, abs=1e-6)
    assert data.reconciliation.set_index("reason").loc["counted", "amount"] == pytest.approx(total)
    assert data.summary()["amount"] == pytest.approx(total)
    assert data.to_frame()["amount"].sum() == pytest.approx(total)


def test_frames_fit_the_hierarchy(data):
    tree = data.hierarchy()
    assert [f"{u}|{line}" for u, line in data.history.columns] == tree.bottom_ids.tolist()
    assert tree.aggregate(data.history.to_numpy().T)[0].sum() == pytest.approx(data.history.to_numpy().sum())
    assert isinstance(data.history.index, pd.PeriodIndex)
    assert data.history.index.name == "month"
    assert set(data.sellers["seller_id"]) == set(data.units.loc[data.units["level"] == "rep", "unit_id"])


def test_past_sales_follow_a_seller_who_moved(data):
    own = data.actuals[data.actuals["rep_id"] == "r1"]
    assert set(own["org_id"]) == {"t1", "t3"}
    assert data.history["r1"].to_numpy().sum() == pytest.approx(own["amount"].sum())
    assert data.units.set_index("unit_id").loc["r1", "parent_id"] == "t3"


def test_people_who_left_stay_as_one_leaf_of_their_unit(data):
    left = data.actuals[data.actuals["rep_id"] == "r4"]
    assert set(left["unit_id"]) == {"t2/former"}
    leaf = data.units.set_index("unit_id").loc["t2/former"]
    assert (leaf["level"], leaf["name"]) == ("former", "Former staff")


def test_orders_nobody_is_named_for_count_as_unassigned(data):
    nobody = data.actuals[data.actuals["rep_id"].isna() & (data.actuals["org_id"] == "unassigned")]
    assert set(nobody["unit_id"]) == {"unassigned/former"}
    assert nobody["amount"].abs().sum() > 0


def test_two_people_of_one_name_can_be_told_apart(data):
    assert data.sellers.set_index("seller_id")["name"][["r1", "r2"]].tolist() == ["张伟 (E1)", "张伟 (E2)"]


def test_a_seller_of_a_closed_unit_moves_to_the_unit_above(data):
    assert data.sellers.set_index("seller_id").loc["r6", "org_id"] == "w"


def test_potential_goes_to_the_owner_or_the_last_seller(data):
    assert data.potential["r1"] >= 100.0
    assert data.potential.sum() <= 700.0
    assert data.potential.index.isin(data.sellers["seller_id"]).all()


def test_notes_can_be_said_in_both_languages(data):
    from salesplan.text import say

    for note in data.notes:
        assert say(note["msgid"], "en", **note["details"])
        assert say(note["msgid"], "zh", **note["details"]) != say(note["msgid"], "en", **note["details"])


def test_an_unfinished_last_month_is_dropped_and_said(tmp_path):
    tables = small_tables()
    extra = tables["order_line"].head(1).assign(order_line_id="late", order_date=pd.Timestamp("2026-11-03"),
                                                status="closed", is_return=False, amount=1000.0)
    tables["order_line"] = pd.concat([tables["order_line"], extra])
    data = load(make_workspace(tmp_path, tables))
    assert str(data.period_end) == "2026-10"
    assert data.history.to_numpy().sum() == pytest.approx(counted(small_tables()["order_line"]))
    said = data.reconciliation.set_index("reason")["amount"]
    assert said["incomplete month"] == pytest.approx(1000.0)
    assert any(note["details"].get("month") == "2026-11" for note in data.notes)


def test_an_order_years_away_is_left_out_and_said(tmp_path):
    tables = small_tables()
    extra = tables["order_line"].head(1).assign(order_line_id="typo", order_date=pd.Timestamp("2031-01-05"),
                                                status="closed", is_return=False, amount=77.0)
    tables["order_line"] = pd.concat([tables["order_line"], extra])
    data = load(make_workspace(tmp_path, tables))
    assert str(data.period_end) == "2026-10"
    assert data.reconciliation.set_index("reason").loc["stray month", "amount"] == 77.0
    assert any(note["details"].get("months") == "2031-01" for note in data.notes)


def test_as_of_reads_nothing_later_and_uses_that_days_organisation(shop):
    early = load(shop, as_of="2026-03-31")
    assert str(early.period_end) == "2026-03"
    assert early.units.set_index("unit_id").loc["r1", "parent_id"] == "t1"
    assert any("later than" in note["msgid"] for note in early.notes)


def test_product_and_region_filters_keep_ties(shop, data):
    part = load(shop, products=["b"])
    assert part.product_lines == ["b"]
    assert part.history.to_numpy().sum() == pytest.approx(data.history.xs("b", axis=1, level=1).to_numpy().sum())
    east, west = load(shop, regions=["East"]), load(shop, regions=["w"])
    assert (east.top, west.top) == ("e", "w")
    both = load(shop, regions=["t1", "Three"])
    assert both.top == "co"
    assert set(both.sellers["seller_id"]) == {"r1", "r2", "r5"}
    lost = data.actuals.loc[data.actuals["unit_id"] == "unassigned/former", "amount"].sum()
    whole = data.history.to_numpy().sum()
    assert east.history.to_numpy().sum() + west.history.to_numpy().sum() + lost == pytest.approx(whole)


def test_unknown_filters_name_what_there_is(shop):
    with pytest.raises(InputError, match="Known: L1, b"):
        load(shop, products=["L2"])
    with pytest.raises(InputError, match="did you mean 'East'"):
        load(shop, regions=["Est"])
    with pytest.raises(InputError, match="must be a day"):
        load(shop, as_of="soon")


def test_workspaces_without_orders_are_refused(tmp_path):
    with pytest.raises(MissingWorkspaceError):
        load(tmp_path / "none")
    shop = Workspace(tmp_path).create()
    with pytest.raises(MissingWorkspaceError, match="imported data"):
        load(shop)
    shop.append_load("rep", small_tables()["rep"], load_id="000001")
    with pytest.raises(DataError, match="orders == 0"):
        load(shop)


def test_orders_alone_are_enough(tmp_path):
    lines = pd.DataFrame({"order_line_id": list("abc"), "order_id": list("abc"), "amount": [1.0, 2.0, 4.0],
                          "order_date": days("2026-01-30", "2026-02-27", "2026-03-31")})
    data = load(make_workspace(tmp_path, {"order_line": lines}))
    assert data.history.sum().tolist() == [7.0]
    assert data.product_lines == ["all"]
    assert data.sellers.empty
    assert data.units["unit_id"].tolist() == ["unassigned", "unassigned/former"]


def test_months_without_orders_are_zero_not_missing(tmp_path):
    lines = pd.DataFrame({"order_line_id": list("ab"), "order_id": list("ab"), "amount": [1.0, 2.0],
                          "order_date": days("2026-01-30", "2026-04-30")})
    history = load(make_workspace(tmp_path, {"order_line": lines})).history
    assert history.sum(axis=1).tolist() == [1.0, 0.0, 0.0, 2.0]


def test_the_orders_own_currency_is_used_when_there_is_one(tmp_path):
    tables = small_tables(lines=40)
    tables["order_line"]["currency"] = "USD"
    assert load(make_workspace(tmp_path / "a", tables)).currency == "USD"
    tables["order_line"].loc[:9, "currency"] = "EUR"
    with pytest.raises(DataError, match="currency == 'CNY'"):
        load(make_workspace(tmp_path / "b", tables))
    mixed = load(make_workspace(tmp_path / "c", tables, currency="USD"))
    assert any("another currency" in note["msgid"] for note in mixed.notes)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(tmp_path_factory, seed):
    tables = small_tables(seed, lines=60)
    shuffled = {name: frame.sample(frac=1, random_state=seed) for name, frame in tables.items()}
    one = load(make_workspace(tmp_path_factory.mktemp("one"), tables))
    two = load(make_workspace(tmp_path_factory.mktemp("two"), shuffled))
    assert one.fingerprint == two.fingerprint
    pd.testing.assert_frame_equal(one.history, two.history)
    pd.testing.assert_frame_equal(one.units, two.units)
    pd.testing.assert_frame_equal(one.actuals, two.actuals)


def test_a_dataset_keeps_its_own_copy(data):
    frame = data.history.copy()
    again = type(data)(**{**vars_of(data), "history": frame})
    frame.iloc[0, 0] += 1e6
    assert again.history.iloc[0, 0] == data.history.iloc[0, 0]


def test_frames_that_do_not_tie_are_refused(data):
    wrong = data.history * 2
    with pytest.raises(DataError, match="must be the same total"):
        type(data)(**{**vars_of(data), "history": wrong})
    with pytest.raises(InputError, match="history columns"):
        type(data)(**{**vars_of(data), "history": data.history.iloc[:, 1:]})


def vars_of(data) -> dict:
    from dataclasses import fields

    return {f.name: getattr(data, f.name) for f in fields(data)}


def test_scope_of_a_manager_is_their_unit_and_nothing_else(data):
    east = data.scoped_to("m1")
    assert east.top == "e"
    assert east.scope == "m1"
    assert set(east.sellers["seller_id"]) == {"m1", "r2", "r3"}
    assert not {"r1", "w", "t3", "co"} & set(east.units["unit_id"])
    assert set(east.targets["scope_id"]) == {"e", "r3"}


def test_scope_of_a_seller_is_themself(data):
    own = data.scoped_to("E3")
    assert own.units["unit_id"].tolist() == ["r3"]
    assert own.people["rep_id"].tolist() == ["r3"]
    assert own.history.to_numpy().sum() == pytest.approx(data.history["r3"].to_numpy().sum())


@pytest.mark.parametrize("user", ["m1", "r1", "r3"])
def test_scoping_leaks_no_id_name_or_amount(data, user):
    part = data.scoped_to(user)
    kept = set(part.units["unit_id"]) | {user}
    others = set(data.people["rep_id"]) - set(part.people["rep_id"])
    assert others
    assert set(part.people["rep_id"]) <= kept
    text = "\n".join(frame.to_csv() for frame in (
        part.units, part.sellers, part.leaves, part.targets, part.people, part.actuals, part.reconciliation))
    text += str(part.notes) + str(part.history.columns.tolist()) + str(part.potential.index.tolist())
    for other in others:
        assert f"{other}," not in text
        assert f"'{other}'" not in text
    whole = data.history.to_numpy().sum()
    assert f"{whole:.0f}" not in text
    assert np.isclose(part.actuals["amount"].sum(), part.history.to_numpy().sum())


def test_load_for_a_user_is_the_scoped_data(shop, data):
    assert load(shop, user="m1").summary() == data.scoped_to("m1").summary()
    with pytest.raises(InputError, match="user == '张伟'"):
        load(shop, user="张伟")
