"""Who sees which part of a monthly review, and that nothing of others is left in it."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesplan.data.review_access import ELSEWHERE, places_in_tree
from salesplan.data.review_data import ReviewData, load_review_data
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from salesplan.text.spoken_errors import say_error
from tests.data.coaching_company import tables as company_tables
from tests.data.companies import make_workspace, small_tables
from tests.data.kpi_company import tables as kpi_tables

FRAMES = ("units", "sellers", "lines", "daily", "booked", "targets", "seats", "process", "deals", "staff")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("access") / "w", small_tables(), fiscal_start_month=4)


@pytest.fixture(scope="module")
def data(company: Workspace) -> ReviewData:
    return load_review_data(company, period="2026-09")


def words(data: ReviewData) -> set[Any]:
    """Every text in the data, and every name a note tells."""
    found: set[Any] = set(data.history.columns) | set(data.former_leaves) | set(data.former_leaves.values())
    for name in FRAMES:
        frame = getattr(data, name)
        for column in frame:
            if not pd.api.types.is_numeric_dtype(frame[column]):
                found |= set(frame[column].dropna().astype(str))
    return found | {str(value) for note in data.notes for value in note["details"].values()}


def test_children_of_a_unit_add_up_to_it(data: ReviewData) -> None:
    below = [unit for unit, above in data.parents.items() if above == data.top]
    for frame in ("lines", "daily", "booked"):
        parts = sum(getattr(data.for_unit(unit), frame)["amount_fen"].sum() for unit in below)
        assert parts == getattr(data, frame)["amount_fen"].sum()
    assert sum(data.for_unit(unit).history.to_numpy().sum() for unit in below) == pytest.approx(data.history.to_numpy().sum())


@pytest.mark.parametrize("unit", ["e", "w", "t1", "t2", "t3", "r1", "r2", "t2/former", "unassigned"])
def test_a_units_part_is_what_was_sold_there_and_by_its_people(data: ReviewData, unit: str) -> None:
    part = data.for_unit(unit)
    kept = {one for one in data.units["unit_id"] if unit in _chain(data, one)}
    assert part.top == unit and set(part.units["unit_id"]) == kept and not part.is_whole
    assert part.units["parent_id"].isna().sum() == 1
    pd.testing.assert_frame_equal(part.daily, data.daily[data.daily["unit_id"].isin(kept)].reset_index(drop=True))
    own = data.lines[data.lines["unit_id"].isin(kept)]
    assert part.lines["amount_fen"].tolist() == own["amount_fen"].tolist()
    assert list(part.history.columns) == [leaf for leaf in data.history.columns if leaf in kept]
    judged = data.booked["rep_id"].eq(unit) if unit in set(data.sellers["seller_id"]) else data.booked["org_id"].isin(kept)
    if "/" not in unit:
        assert part.booked["amount_fen"].sum() == data.booked.loc[judged, "amount_fen"].sum()


def _chain(data: ReviewData, unit: str) -> list[str | None]:
    chain: list[str | None] = [unit]
    while chain[-1] is not None:
        chain.append(data.parents[chain[-1]])
    return chain


def test_nothing_of_others_is_left(data: ReviewData) -> None:
    east, west = data.for_unit("e"), data.for_unit("w")
    assert {"r2", "r3", "m1", "t1", "One", "王芳"} <= words(east)
    assert not {"w", "t3", "r6", "孙洋", "West", "Three"} & words(east)
    assert {"r1", "r6", "t3"} <= words(west)
    assert not {"e", "t1", "t2", "r2", "r3", "r4", "m1", "East", "One", "王芳", "李娜", "陈静"} & words(west)
    assert ELSEWHERE in set(west.lines["org_id"])  # where r1 sat before is not named
    assert all(note["scope"] == "public" for note in west.notes)


def test_who_has_moved_on_is_still_judged_where_they_were(data: ReviewData) -> None:
    """The old unit keeps what was sold in it; what the seller did elsewhere, and their name, it does not see."""
    old = data.for_unit("t1")
    mine = old.booked[old.booked["rep_id"] == "r1"]
    assert mine["amount_fen"].sum() > 0 and mine["month"].max() < pd.Period("2026-07", "M")
    assert "r1" not in set(old.sellers["seller_id"]) | set(old.process["seller_id"]) | set(old.lines["rep_id"])
    assert "张伟 (E1)" not in words(old)
    asked = old.targets[old.targets["scope_id"] == "r1"]
    assert asked["judged"].notna().all() and asked["restated"].isna().all()
    assert set(asked["month"]) == set(pd.period_range("2026-01", "2026-06", freq="M"))


def test_a_manager_sees_the_unit_and_a_seller_only_themself(company: Workspace) -> None:
    led = load_review_data(company, period="2026-09", user="m1")
    assert set(led.sellers["seller_id"]) == {"m1", "r2", "r3"} and led.scope == "m1" and led.top == "e"
    own = load_review_data(company, period="2026-09", user="R2@X.example")
    assert own.shown.tolist() == ["r2"] == own.units["unit_id"].tolist()
    assert set(own.booked["rep_id"]) == {"r2"} == set(own.lines["rep_id"])
    assert not {"r1", "r3", "王芳", "t3", "陈静"} & words(own)
    assert set(own.staff["rep_id"]) == {"r2"}
    with pytest.raises(InputError):
        own.for_unit("r3")


def test_a_part_cut_twice_is_the_part(data: ReviewData) -> None:
    twice, once = data.for_unit("e").for_unit("t2"), data.for_unit("t2")
    for name in (*FRAMES[:-1], "history", "peers"):
        pd.testing.assert_frame_equal(getattr(twice, name), getattr(once, name))
    assert data.for_unit(data.top) is data


def test_who_leads_people_elsewhere_gets_a_top_of_their_own(tmp_path: Path) -> None:
    tables = small_tables()
    seats = tables["rep_assignment"]
    seats.loc[seats["rep_id"].eq("r6"), "manager_rep_id"] = "m1"
    data = load_review_data(make_workspace(tmp_path / "w", tables), period="2026-09")
    seen = data.scoped_to("m1")
    assert seen.top == "scope/m1" and {"e", "r6"} == set(seen.units.loc[seen.units["parent_id"] == seen.top, "unit_id"])
    of_r6 = data.booked.loc[data.booked["rep_id"] == "r6", "amount_fen"].sum()
    in_east = data.booked.loc[data.booked["org_id"].isin(["e", "t1", "t2"]), "amount_fen"].sum()
    assert of_r6 != 0 and seen.booked["amount_fen"].sum() == of_r6 + in_east
    assert "t3" not in words(seen) and "Three" not in words(seen)


def test_a_trainer_sees_no_review_and_strangers_none(tmp_path: Path) -> None:
    data = load_review_data(make_workspace(tmp_path / "w", company_tables(), currency="CNY"), period="2026-10")
    with pytest.raises(InputError, match="trainers do not see") as refused:
        data.scoped_to("t1")
    assert "培训师" in say_error(refused.value, "zh")
    with pytest.raises(InputError, match="must be the person id"):
        data.scoped_to("nobody")


def test_an_unknown_unit_is_refused_with_the_nearest(data: ReviewData) -> None:
    with pytest.raises(InputError, match="did you mean 't2/former'"):
        data.for_unit("t2/forme")


def test_medians_are_of_five_and_stay_in_every_part(tmp_path: Path) -> None:
    tables = kpi_tables()
    people = [f"s{n}" for n in range(6)]
    tables["rep"] = pd.DataFrame({"rep_id": people, "name": people, "status": "active"})
    tables["rep_assignment"] = pd.DataFrame({"rep_id": people, "org_id": ["e"] * 5 + ["w"], "role": "rep",
                                             "tier": ["A"] * 5 + ["B"], "quota_bearing": True})
    first = tables["order_line"].iloc[[1]]
    tables["order_line"] = pd.concat([
        first.assign(rep_id=one, order_line_id=one, order_id=one, order_date=pd.Timestamp("2026-10-20"), amount=100.0 * (n + 1))
        for n, one in enumerate(people)], ignore_index=True)
    data = load_review_data(make_workspace(tmp_path / "w", tables, currency="CNY"), period="2026-10")
    size = data.peers[data.peers["measure"] == "amount_per_order"]
    assert size[["tier", "median", "n"]].values.tolist() == [["A", 300.0, 5]]
    pd.testing.assert_frame_equal(data.for_unit("w").peers, data.peers)


def test_places_run_depth_first() -> None:
    units = pd.DataFrame({"unit_id": ["co", "a", "b", "x", "y"], "parent_id": [None, "co", "co", "b", "a"]})
    assert places_in_tree(units) == {"co": 0, "a": 1, "y": 2, "b": 3, "x": 4}


def test_first_purchases_reach_back_beyond_the_lines_and_name_nobody_elses(data: ReviewData) -> None:
    first = data.first_purchases.set_index(["kind", "id"])["month"]
    assert first.index.is_unique and len(first)
    for kind in ("customer", "product"):
        sold = data.lines[(data.lines["amount_fen"] > 0) & data.lines[f"{kind}_id"].ne("")]
        known = sold.groupby(f"{kind}_id")["month"].min()
        told = first.xs(kind).reindex(known.index)
        assert (pd.PeriodIndex(told) <= pd.PeriodIndex(known)).all()
        assert set(first.xs(kind).index) <= set(data.lines[f"{kind}_id"])
        part = data.for_unit("t1")
        mine = part.first_purchases[part.first_purchases["kind"] == kind]
        assert set(mine["id"]) == set(first.xs(kind).index) & set(part.lines[f"{kind}_id"])
