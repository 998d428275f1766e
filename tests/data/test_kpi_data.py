import re

import pandas as pd
import pytest

from salesplan.data.kpi_data import KpiData, load_kpi_data
from salesplan.data.workspace import Workspace
from salesplan.errors import DataError, InputError, MissingWorkspaceError
from salesplan.text.wording import say_details
from tests.data.companies import make_workspace
from tests.data.kpi_company import ALL, SALES, kpi_workspace, tables


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Workspace:
    return kpi_workspace(tmp_path_factory.mktemp("data"), source="shop")


@pytest.fixture(scope="module")
def data(shop) -> KpiData:
    return load_kpi_data(shop, ALL, period="2026-10", months=3)


def test_everything_of_one_period_is_there(data, shop):
    assert (data.label, data.source, data.currency, data.scope) == ("2026-10", "shop", "CNY", None)
    assert data.fingerprint == shop.fingerprint()
    assert data.kpis == tuple(kpi.code for kpi in ALL)
    assert len(data.actuals) == len(data.profiles) * len(ALL)
    assert set(data.ratings["by_role"]) == {"peer", "manager", "customer"}
    assert data.judgments["judge_id"].tolist() == ["m1", "外部专家"]
    whole = data.to_frame().set_index(["seller_id", "kpi"])
    assert whole.loc[("r1", "sales_amount"), ["actual", "target"]].tolist() == [210.0, 1200.0]


def test_frames_are_copies(data):
    before = data.actuals["actual"].sum()
    shown = data.to_frame()
    shown["actual"] = 0.0
    assert data.actuals["actual"].sum() == before


def test_summary_says_how_far_each_kpi_can_be_told(data):
    rows = data.summary().set_index("kpi")
    assert rows.index.tolist() == list(data.kpis)
    assert rows.loc["sales_amount", ["n_with_actual", "n_with_target"]].tolist() == [6, 2]
    assert data.without_data == []


def test_notes_say_what_is_missing_hidden_or_partial(data):
    said = {say_details(note["msgid"], note["details"], "en") for note in data.notes}
    assert any("belong to nobody who is scored" in text for text in said)
    assert any("no known scale" in text for text in said)
    assert any("3 groups of fewer than 3 anonymous raters are left out" in text for text in said)
    assert any(re.search(r"^Only \d+ months? of orders lies? before", text) for text in said)
    share = next(n for n in data.notes if "{share}" in n["msgid"])["details"]["share"]
    assert share == pytest.approx(40 / 400)


def test_the_last_month_that_is_over_is_the_default(shop):
    assert load_kpi_data(shop, [SALES], months=1).label == "2026-10"
    assert load_kpi_data(shop, [SALES], months=1, as_of="2026-10-09").label == "2026-09"
    assert load_kpi_data(shop, {"sales_amount": SALES}, months=1, period="2026Q4").label == "2026Q4"


def test_a_manager_sees_the_unit_and_a_seller_only_themself(data):
    assert set(data.visible_sellers("E5")) == {"m1", "r2", "r3"}
    team = data.scoped_to("m1")
    assert set(team.shown) == {"m1", "r2", "r3"}
    others = team.profiles[~team.profiles["is_shown"]]
    assert len(team.profiles) == len(data.profiles)
    assert others["seller_id"].str.startswith("other-").all()
    assert others[["employee_no", "org_id", "hire_date"]].isna().all(axis=None)
    assert set(others["name"]) == {"—"}
    for frame in (team.actuals, team.daily, team.history, team.targets, team.calls):
        assert set(frame["seller_id"]) <= set(team.profiles["seller_id"])
    for column in ("actual", "numerator"):
        assert sorted(team.actuals[column].dropna()) == sorted(data.actuals[column].dropna()), "figures stay for places and targets"
    alone = data.scoped_to("E1")
    assert set(alone.shown) == {"r1"}
    assert set(alone.people["rep_id"]) == {"r1"}
    assert set(alone.judgments["judge_id"]) == {"judge 1", "judge 2"}
    assert alone.scope == "r1"
    with pytest.raises(InputError, match="user == 'nobody'"):
        data.scoped_to("nobody")


def test_nothing_of_others_stays_in_what_a_person_holds(data):
    alone = data.scoped_to("r2")
    held = "".join(frame.to_csv() for frame in (alone.profiles, alone.actuals, alone.daily, alone.history, alone.targets,
                                                alone.ratings, alone.judgments, alone.units, alone.people))
    for secret in ("王芳", "E3", "李娜", "r4", "外部专家"):
        assert secret not in held
    assert all(note["scope"] == "public" for note in alone.notes)


def test_raters_cannot_be_told_from_what_a_person_holds(data):
    own = data.scoped_to("r1").ratings
    peers = own[own["by_role"] == "peer"]
    assert len(peers) == 3
    assert peers["rater_id"].str.fullmatch(r"rater \d+").all()
    assert data.scoped_to("r2").ratings["by_role"].tolist() == []                 # two peers and one manager are too few
    assert data.scoped_to("r2", named_raters=["manager"]).ratings["by_role"].tolist() == ["manager"]
    everything = data.scoped_to("d1")
    assert set(everything.profiles["seller_id"]) == set(data.profiles["seller_id"])
    assert not everything.ratings.loc[everything.ratings["by_role"] == "peer", "rater_id"].isin(["r2", "r3", "r4"]).any()


def test_the_user_can_be_given_at_once(shop):
    assert set(load_kpi_data(shop, [SALES], period="2026-10", user="E5", months=1).shown) == {"m1", "r2", "r3"}


def test_no_workspace_and_no_orders_are_said(tmp_path):
    with pytest.raises(MissingWorkspaceError):
        load_kpi_data(tmp_path / "nothing", [SALES], period="2026-10")
    bare = make_workspace(tmp_path / "w", {"rep": tables()["rep"]}, currency="CNY")
    with pytest.raises(DataError, match="Name a period"):
        load_kpi_data(bare, [SALES])
    assert load_kpi_data(bare, [SALES], period="2026-10").without_data == ["sales_amount"]


def test_actuals_of_strangers_are_refused(data):
    with pytest.raises(DataError, match="people of profiles only"):
        KpiData(**{**vars(data), "profiles": data.profiles.head(1)})


def test_the_demo_company_can_be_measured(demo_workspace):
    found = load_kpi_data(demo_workspace, [SALES], months=2)
    actual = found.to_frame().set_index("seller_id")
    sellers = found.profiles.set_index("seller_id")["is_seller"]
    assert (actual.loc[sellers[sellers].index, "actual"] >= 0).mean() > 0.95
    top = found.profiles.loc[found.profiles["role"] == "director", "seller_id"].iloc[0]
    below = found.visible_sellers(top)
    own = actual.loc[[s for s in below if sellers[s]], "actual"].sum()
    assert actual.loc[top, "actual"] == pytest.approx(own)


def test_dates_are_days(data):
    assert data.daily["date"].map(pd.Timestamp).between(data.period_start, data.period_end).all()


@pytest.mark.parametrize(("period", "first"), [("2026-10", "2026-07"), ("2026Q3", "2026-04"), ("2026", "2025-10"),
                                               ("2026-W40", "2026-06")])
def test_history_reaches_three_months_before_the_period_however_little_is_asked_for(shop, period, first):
    months = load_kpi_data(shop, [SALES], period=period, months=1).history["month"]
    assert months.min() == pd.Period(first, "M")


def test_calls_have_their_day(data):
    calls = data.calls.set_index("seller_id")
    assert set(calls.columns) == {"date", "seconds"}
    assert pd.Timestamp(calls.loc["r1", "date"]) == pd.Timestamp("2026-10-07")


def test_first_visits_in_young_data_are_doubted(data):
    assert any("months of activities lie} before {period}" in note["msgid"] for note in data.notes)
