"""The facts of a monthly review: one total to the fen, judged where it was sold, restated where people are now."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesplan.data.review_data import ReviewData, load_review_data
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, MissingWorkspaceError
from tests.data.companies import days, make_workspace, small_tables
from tests.data.kpi_company import kpi_workspace
from tests.data.kpi_company import tables as kpi_tables

MONTH = pd.Period("2026-09", "M")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_workspace(tmp_path_factory.mktemp("review") / "w", small_tables(), fiscal_start_month=4)


@pytest.fixture(scope="module")
def data(company: Workspace) -> ReviewData:
    return load_review_data(company, period="2026-09")


def by_hand(start: str, end: str) -> pd.DataFrame:
    """Order lines that count in some days, signed, in fen."""
    lines = small_tables()["order_line"]
    kept = lines[(lines["status"].fillna("closed") != "void") & lines["order_date"].between(start, end)]
    fen = (kept["amount"].where(~kept["is_return"], -kept["amount"]) * 100).round().astype("int64")
    return kept.assign(amount_fen=fen, month=kept["order_date"].dt.to_period("M"))


# ---- one total


def test_every_frame_tells_the_orders_total_to_the_fen(data: ReviewData) -> None:
    two_years = by_hand("2025-04-01", "2026-09-30")
    assert data.lines["amount_fen"].sum() == two_years["amount_fen"].sum()
    assert data.lines["month"].min() == pd.Period("2025-04", "M") and data.lines["month"].max() == MONTH
    whole = by_hand("2025-01-01", "2026-09-30")  # 25 months reach beyond the first order
    assert data.daily["amount_fen"].sum() == data.booked["amount_fen"].sum() == whole["amount_fen"].sum()
    assert round(data.history.to_numpy().sum() * 100) == whole["amount_fen"].sum()
    by_month = whole.groupby("month")["amount_fen"].sum()
    assert (data.booked.groupby("month")["amount_fen"].sum() == by_month).all()
    assert np.allclose(data.history.sum(axis=1) * 100, by_month)
    by_day = whole.groupby("order_date")["amount_fen"].sum()
    assert (data.daily.groupby("date")["amount_fen"].sum() == by_day).all()


def test_the_year_is_the_companys_and_its_quarter_too(data: ReviewData) -> None:
    assert [str(m) for m in data.year_months[[0, -1]]] == ["2026-04", "2027-03"] and len(data.year_months) == 12
    assert [str(m) for m in data.quarter_months] == ["2026-07", "2026-08", "2026-09"]
    assert data.is_complete and data.as_of == data.period_end == pd.Timestamp("2026-09-30")


def test_amounts_with_fractions_of_a_fen_add_up_to_the_rounded_month(tmp_path: Path) -> None:
    tables = small_tables(lines=300)
    rng = np.random.default_rng(5)
    tables["order_line"]["amount"] = rng.integers(1, 10**7, 300) / 10_000
    tables["order_line"] = tables["order_line"].assign(is_return=False, status="closed", rep_id="r2", org_id="t1")
    data = load_review_data(make_workspace(tmp_path / "w", tables), period="2026-09")
    lines = tables["order_line"][tables["order_line"]["order_date"] <= "2026-09-30"]
    exact = (lines["amount"] * 10_000).round().astype("int64").groupby(lines["order_date"].dt.to_period("M")).sum()
    booked = data.booked.groupby("month")["amount_fen"].sum()
    assert (booked * 100 - exact).abs().max() <= 50
    assert data.lines["amount_fen"].sum() == data.daily["amount_fen"].sum() == booked.sum()


# ---- whose sale it was, and whose it is


def test_a_sale_is_judged_where_the_seller_sat_that_day_and_restated_where_they_sit_now(data: ReviewData) -> None:
    own = data.booked[data.booked["rep_id"] == "r1"].assign(late=lambda f: f["month"] >= pd.Period("2026-07", "M"))
    assert set(own.loc[~own["late"], "org_id"]) == {"t1"} and set(own.loc[own["late"], "org_id"]) == {"t3"}
    mine = by_hand("2025-01-01", "2026-09-30")
    assert own["amount_fen"].sum() == mine.loc[mine["rep_id"] == "r1", "amount_fen"].sum()
    assert data.parents["r1"] == "t3"
    assert round(data.history["r1"].sum() * 100) == own["amount_fen"].sum()
    moved = data.lines[data.lines["unit_id"] == "r1"]
    assert set(moved["org_id"]) == {"t1", "t3"}
    before = moved.loc[moved["month"] < pd.Period("2026-07", "M"), "amount_fen"].sum()
    judged = data.lines.groupby("org_id")["amount_fen"].sum()
    restated = data.lines.assign(org=data.lines["unit_id"].map(data.parents)).groupby("org")["amount_fen"].sum()
    assert before > 0 and judged["t1"] - restated["t1"] == before == restated["t3"] - judged["t3"]


def test_what_leavers_and_nobody_sold_stays_with_the_unit(data: ReviewData) -> None:
    left = data.lines[data.lines["rep_id"] == "r4"]
    assert set(left["unit_id"]) == {"t2/former"} and data.former_leaves["r4"] == "t2/former"
    nobody = data.lines[data.lines["rep_id"] == ""]
    assert set(nobody["unit_id"]) <= {"t1/former", "t2/former", "w/former", "unassigned/former"}
    assert "unassigned/former" in set(nobody["unit_id"])
    units = data.units.set_index("unit_id")["level"]
    assert (units[[c for c in data.history.columns if "/" in c]] == "former").all()
    told = [n for n in data.notes if "name no seller" in n["msgid"] or "belong to no unit" in n["msgid"]]
    assert len(told) == 2 and all(n["details"]["amount"] != 0 for n in told)


def test_people_of_one_name_are_told_apart(data: ReviewData) -> None:
    names = data.sellers.set_index("seller_id")["name"]
    assert names["r1"] == "张伟 (E1)" and names["r2"] == "张伟 (E2)" and names["r3"] == "王芳"
    assert set(data.sellers["seller_id"]) == {"r1", "r2", "r3", "r6", "m1"}  # the manager sells; r5 comes next year


def test_a_unit_whose_people_have_all_moved_on_keeps_what_it_was_judged_by(tmp_path: Path) -> None:
    tables = small_tables()
    tables["rep_assignment"]["org_id"] = tables["rep_assignment"]["org_id"].replace({"t1": "t9"}).mask(
        tables["rep_assignment"]["rep_id"] == "r2", "t2")
    extra = pd.DataFrame({"org_id": ["t9"], "parent_org_id": ["e"], "name": ["Nine"], "level": ["team"]})
    tables["org_unit"] = pd.concat([tables["org_unit"], extra], ignore_index=True)
    tables["order_line"]["org_id"] = None
    data = load_review_data(make_workspace(tmp_path / "w", tables), period="2026-09")
    assert "t9" in set(data.units["unit_id"])
    assert data.booked.loc[data.booked["org_id"] == "t9", "amount_fen"].sum() > 0
    assert (data.history["t9/former"] == 0).all()
    assert set(data.booked["org_id"]) | set(data.seats["org_id"]) <= set(data.units["unit_id"])


def test_seats_follow_the_seller_month_by_month(data: ReviewData) -> None:
    seats = data.seats.set_index(["seller_id", "month"])
    assert seats.loc[("r1", pd.Period("2026-06", "M")), "org_id"] == "t1"
    assert seats.loc[("r1", pd.Period("2026-07", "M")), "org_id"] == "t3"
    last = seats.loc[("r4", pd.Period("2026-03", "M"))]
    assert last["org_id"] == "t2" and last["is_in_service"]  # the last day of the month was the last one there
    assert ("r4", pd.Period("2026-04", "M")) not in seats.index and "r5" not in set(data.seats["seller_id"])
    assert seats.index.is_unique
    assert seats.loc[("r6", MONTH), "org_id"] == "w"  # the unit was closed: the nearest above it


# ---- the month


def test_a_month_under_way_counts_up_to_its_last_order(company: Workspace) -> None:
    data = load_review_data(company, period="2026-09", as_of="2026-09-15")
    known = by_hand("2026-09-01", "2026-09-15")
    assert not data.is_complete and data.as_of == known["order_date"].max() <= pd.Timestamp("2026-09-15")
    now = data.lines["month"] == MONTH
    assert data.lines.loc[now, "amount_fen"].sum() == known["amount_fen"].sum()
    assert data.history.index[-1] == MONTH - 1 and data.booked["month"].max() == MONTH
    assert any("under way" in n["msgid"] for n in data.notes)
    whole = load_review_data(company, period="2026-08", as_of="2026-09-15")
    assert whole.is_complete and whole.daily["date"].max() <= pd.Timestamp("2026-08-31")


def test_the_last_month_that_is_over_is_taken_by_default(company: Workspace) -> None:
    assert load_review_data(company, as_of="2026-09-15").label == "2026-08"


@pytest.mark.parametrize("period", ["2024-12", "2026-11", "2026Q3"])
def test_a_month_without_orders_is_refused(company: Workspace, period: str) -> None:
    with pytest.raises(InputError, match="period == "):
        load_review_data(company, period=period)


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingWorkspaceError):
        load_review_data(Workspace(tmp_path / "w").create())


# ---- what people did


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> ReviewData:
    return load_review_data(kpi_workspace(tmp_path_factory.mktemp("kpi") / "w"), period="2026-10", as_of="2026-11-30")


def test_process_counts_by_hand(worked: ReviewData) -> None:
    rows = worked.process[worked.process["month"] == pd.Period("2026-10", "M")].set_index("seller_id")
    assert rows.loc["r1", ["visits", "contacts"]].tolist() == [2, 3]  # a visit called off is none
    assert rows.loc["r2", ["visits", "contacts"]].tolist() == [2, 2]  # a task is no contact, nor a call to nobody
    assert rows.loc["r1", ["orders", "amount_fen", "customers"]].tolist() == [1, 21_000, 1]
    assert rows.loc["r2", "amount_fen"] == 10_000  # the order in dollars does not count
    assert rows.loc["r1", ["won", "lost"]].tolist() == [1, 1]
    assert rows.loc["r2", ["opportunities", "won"]].tolist() == [2, 0]  # the deal was won in November only
    assert rows.loc["r4", "working_days"] == 10 and rows.loc["r3", "working_days"] < rows.loc["r1", "working_days"] == 18
    assert "gone" not in rows.index and "m1" not in rows.index


def test_deals_stand_as_they_did_on_the_day(worked: ReviewData) -> None:
    deals = worked.deals.set_index("opportunity_id")
    assert deals.loc["o3", "status"] == "open" and pd.isna(deals.loc["o3", "closed_date"])
    assert pd.isna(deals.loc["o3", "amount"])  # dollars
    assert deals.loc["o1", "status"] == "won" and deals.loc["o1", "closed_date"] == pd.Timestamp("2026-10-11")


def test_other_currencies_are_said_and_do_not_count(worked: ReviewData) -> None:
    assert worked.currency == "CNY"
    note = next(n for n in worked.notes if "another currency" in n["msgid"])
    assert note["details"]["lines"] == 1


def test_what_a_source_does_not_tell_is_unknown_not_nothing(tmp_path: Path) -> None:
    tables = {k: v for k, v in kpi_tables().items() if k not in ("activity", "opportunity", "target")}
    data = load_review_data(make_workspace(tmp_path / "w", tables, currency="CNY"), period="2026-10")
    assert data.process[["visits", "contacts", "opportunities", "won", "lost", "pipeline"]].isna().all(axis=None)
    assert data.process["orders"].notna().all() and len(data.process)
    assert data.deals.empty and data.targets.empty and data.peers.empty
    said = " ".join(n["msgid"] for n in data.notes)
    assert "no activities" in said and "no opportunities" in said and "no sales targets" in said
    assert data.for_unit("e").targets.empty


def test_months_before_a_source_began_are_unknown(worked: ReviewData) -> None:
    rows = worked.process.set_index(["seller_id", "month"]).loc["r1"]
    early, now = pd.Period("2026-08", "M"), pd.Period("2026-10", "M")
    assert np.isnan(rows.loc[early, "visits"]) and rows.loc[now, "visits"] == 2
    assert np.isnan(rows.loc[pd.Period("2026-09", "M"), "opportunities"])  # the first deals ended in October


def test_pipeline_is_what_was_open_at_each_months_end(tmp_path: Path) -> None:
    tables = kpi_tables()
    tables["opportunity"] = pd.DataFrame({
        "opportunity_id": ["a", "b", "c", "d"], "rep_id": "r1", "customer_id": "c1", "stage": ["won", "lost", "need", "need"],
        "status": ["won", "void", "open", "won"], "amount": [100.0, 20.0, 7.0, 3.0], "currency": "CNY",
        "created_date": days("2026-07-01", "2026-07-02", "2026-10-05", "2026-07-01"),
        "expected_close_date": days(*["2026-12-01"] * 4),
        "closed_date": days("2026-09-15", "2026-10-15", None, "2026-08-03")})
    data = load_review_data(make_workspace(tmp_path / "w", tables, currency="CNY"), period="2026-10")
    own = data.process[data.process["seller_id"] == "r1"].set_index("month")["pipeline"]
    assert own[["2026-08", "2026-09", "2026-10"]].tolist() == [120.0, 20.0, 7.0]
    won = data.process[data.process["seller_id"] == "r1"].set_index("month")["won"]
    assert won[["2026-08", "2026-09", "2026-10"]].tolist() == [1, 1, 0]


# ---- the same each time


def test_loading_twice_gives_the_same(company: Workspace, data: ReviewData) -> None:
    again = load_review_data(company, period="2026-09")
    assert again.fingerprint == data.fingerprint and again.notes == data.notes
    for name in ("units", "sellers", "lines", "daily", "history", "booked", "targets", "seats", "process", "deals", "peers"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(data, name))


def test_the_given_frames_are_not_those_kept(data: ReviewData) -> None:
    before = data.lines["amount_fen"].sum()
    cut = data.for_unit("e")
    cut.lines.loc[:, "amount_fen"] = 0
    assert data.lines["amount_fen"].sum() == before


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_companies_of_chance_are_judged_by_the_seat_of_the_day(tmp_path: Path, seed: int) -> None:
    """By plain pandas: the assignment in force that day, else the booked unit, else nowhere; closed units count above."""
    tables = small_tables(seed=seed, lines=250)
    data = load_review_data(make_workspace(tmp_path / "w", tables), period="2026-08")
    lines = tables["order_line"]
    kept = lines[(lines["status"].fillna("closed") != "void") & (lines["order_date"] <= "2026-08-31")]
    fen = (kept["amount"].where(~kept["is_return"], -kept["amount"]) * 100).round().astype("int64")
    seat = kept["rep_id"].map({"r2": "t1", "r3": "t2", "r4": "t2", "m1": "e", "r6": "w"}).astype(object)
    seat = seat.mask(kept["rep_id"] == "r1", np.where(kept["order_date"] < "2026-07-01", "t1", "t3"))
    seat = seat.fillna(kept["org_id"].replace("old", "w")).fillna("unassigned")
    assert data.booked.groupby("org_id")["amount_fen"].sum().to_dict() == fen.groupby(seat).sum().to_dict()
    here = kept["rep_id"].where(kept["rep_id"].isin(data.sellers["seller_id"]), seat + "/former")
    restated = fen.groupby(here).sum()
    assert (data.history.sum() * 100).round().astype("int64")[restated.index].tolist() == restated.tolist()
    assert data.history.to_numpy().sum() * 100 == pytest.approx(fen.sum())


# ---- the demo company


@pytest.fixture(scope="module")
def demo(demo_workspace: Path) -> ReviewData:
    return load_review_data(demo_workspace, period="2026-10")


def test_the_demo_review_ties_to_its_order_files(demo: ReviewData, demo_workspace: Path) -> None:
    orders = Workspace(demo_workspace).read_table("order_line")
    orders = orders[orders["status"].fillna("closed").isin(["approved", "closed"]) & orders["order_date"].ge("2025-01-01")]
    signed = orders["amount"].where(~orders["is_return"].fillna(False).astype(bool), -orders["amount"].abs())
    assert demo.lines["amount_fen"].sum() == round(float(signed[orders["order_date"] <= "2026-10-31"].sum()) * 100)
    assert len(demo.sellers) == 108 and demo.is_complete
    assert set(demo.booked["org_id"]) | set(demo.seats["org_id"]) <= set(demo.units["unit_id"])
    assert set(demo.lines["unit_id"]) == set(demo.history.columns[(demo.history.loc["2025-01":] != 0).any()])


def test_demo_visits_are_known_since_they_were_recorded(demo: ReviewData) -> None:
    known = demo.process.groupby("month")[["visits", "won"]].agg(lambda column: column.notna().mean())
    assert (known[known.index < pd.Period("2025-08", "M")] == 0).all(axis=None)
    assert (known[known.index >= pd.Period("2025-08", "M")] == 1).all(axis=None)
    assert demo.peers["n"].min() >= 5 and set(demo.peers["measure"]) == {
        "visits_per_day", "orders_per_visit", "amount_per_order", "pipeline_per_target"}
    moved = next(note for note in demo.notes if "another unit" in note["msgid"])
    assert moved["details"] == {"unit": "厦门团队", "month": pd.Period("2025-03", "M")}


def test_demo_targets_of_the_month_are_of_people_and_units(demo: ReviewData) -> None:
    now = demo.targets[demo.targets["month"] == demo.month].set_index("scope_id")["judged"]
    assert {"D00", "D10", "D11"} <= set(now.index) and demo.targets["month"].nunique() == 24
    teams = demo.units.loc[demo.units["level"] == "team", "unit_id"]
    asked = demo.for_unit("D11").targets
    assert set(asked.loc[asked["scope_type"] == "org", "scope_id"]) == {"D11"} and now[teams].gt(0).all()
