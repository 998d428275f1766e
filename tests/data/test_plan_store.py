import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from salesplan.data.plan_store import PlanStore
from salesplan.errors import DataError, InputError

PLAN = pd.DataFrame({
    "seller_id": ["r1", "r1", "r2"], "product_line": ["x", "y", "x"],
    "month": pd.PeriodIndex(["2027-01"] * 3, freq="M"),
    "floor_fen": [90, 45, 180], "target_fen": [10_000, 5_000, 20_001]})
SAVED = {"name": "2027", "parameters": {"growth": 0.1, "name": "年度"}, "fingerprint": "abc", "author": "分析员",
         "reason": "first"}
THEN = datetime(2026, 11, 1, 9, 30, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture
def store(tmp_path):
    store = PlanStore(tmp_path / "plan 库.db")
    yield store
    store.close()


def test_a_version_is_read_back_as_it_was_saved(store):
    assert store.save(PLAN, **SAVED, when=THEN) == 1
    plan = store.read("2027")
    assert plan.frame["target_fen"].tolist() == [10_000, 5_000, 20_001]
    assert plan.frame["month"].tolist() == ["2027-01"] * 3
    assert list(plan.frame.columns) == ["seller_id", "product_line", "month", "floor_fen", "target_fen"]
    assert plan.parameters == {"growth": 0.1, "name": "年度"}
    assert (plan.author, plan.reason, plan.status, plan.fingerprint) == ("分析员", "first", "draft", "abc")
    assert plan.saved_at == "2026-11-01T01:30:00+00:00"


def test_a_time_without_a_zone_is_taken_as_utc(store):
    store.save(PLAN, **SAVED, when=datetime(2026, 11, 1))
    assert store.read("2027").saved_at == "2026-11-01T00:00:00+00:00"
    store.save(PLAN, **SAVED)
    assert datetime.fromisoformat(store.read("2027").saved_at) <= datetime.now(UTC)


def test_saving_adds_and_old_versions_stay(store):
    store.save(PLAN, **SAVED)
    store.save(PLAN.assign(target_fen=[1, 2, 3]), **SAVED | {"reason": "second"})
    assert store.read("2027", 1).frame["target_fen"].sum() == 35_001
    versions = store.versions("2027")
    assert versions["version"].tolist() == [1, 2]
    assert versions["target"].tolist() == [350.01, 0.06]
    assert versions["lines"].tolist() == [3, 3]


def test_the_database_itself_refuses_to_change_what_was_saved(store, tmp_path):
    store.save(PLAN, **SAVED)
    with sqlite3.connect(tmp_path / "plan 库.db") as raw:
        for change in ("UPDATE plan_line SET target_fen = 0", "DELETE FROM plan_version",
                       "UPDATE plan_version SET author = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="kept for ever"):
                raw.execute(change)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()


def test_who_when_and_why_of_every_decision_is_kept(store):
    store.save(PLAN, **SAVED)
    store.decide("2027", 1, "submitted", who="ana", why="done", when=THEN)
    store.approve("2027", 1, who="boss", why="agreed", when=THEN)
    decisions = store.decisions("2027")
    assert decisions["decision"].tolist() == ["submitted", "approved"]
    assert decisions["who"].tolist() == ["ana", "boss"]
    assert set(decisions["decided_at"]) == {"2026-11-01T01:30:00+00:00"}
    assert store.read("2027").status == "approved"


def test_a_newer_approved_version_supersedes_the_older(store):
    for version in (1, 2, 3):
        store.save(PLAN, **SAVED)
        store.approve("2027", version, who="boss", why="agreed")
    store.decide("2027", 3, "rejected", who="board", why="too low")
    assert store.versions("2027")["status"].tolist() == ["superseded", "approved", "rejected"]
    store.save(PLAN, **SAVED | {"name": "other"})
    assert store.versions("other")["status"].tolist() == ["draft"]


def test_diff_says_who_gets_what_and_why(store):
    store.save(PLAN, **SAVED)
    new = pd.DataFrame({"seller_id": ["r1", "r3", "r4"], "target_fen": [15_000, 20_001, 0],
                        "reason": [None, "takes over from r2", None]})
    store.save(new, **SAVED | {"reason": "r2 leaves"})
    diff = store.diff("2027", 1, 2).set_index("seller_id")
    assert diff["cause"].to_dict() == {"r2": "removed", "r3": "added", "r1": "same", "r4": "added"}
    assert diff["change"].to_dict() == {"r2": -200.01, "r3": 200.01, "r1": 0.0, "r4": 0.0}
    assert diff["change"].sum() == pytest.approx(0.0)
    assert diff.loc["r3", "reason"] == "takes over from r2"
    assert diff.loc["r2", "reason"] == "r2 leaves"
    assert pd.isna(diff.loc["r1", "reason"])
    assert diff.loc["r2", "growth"] == -1.0


def test_a_plan_of_nodes_is_compared_by_node(store):
    nodes = pd.DataFrame({"node_id": ["co|*", "a|*"], "target_fen": [300, 300], "stretch_fen": [400, 400]})
    store.save(nodes, **SAVED)
    store.save(nodes.assign(stretch_fen=[400, 500]), **SAVED)
    assert store.diff("2027", 1, 2, amount="stretch")["node_id"].tolist() == ["a|*", "co|*"]
    with pytest.raises(InputError, match="floor_fen"):
        store.diff("2027", 1, 2, amount="floor")


def test_two_who_save_at_once_get_two_versions(store):
    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(lambda n: store.save(PLAN, **SAVED | {"reason": f"{n}"}), range(8)))
    assert sorted(versions) == list(range(1, 9))


def test_a_version_based_on_an_old_one_is_refused(store):
    store.save(PLAN, **SAVED, based_on=0)
    store.save(PLAN, **SAVED, based_on=1)
    with pytest.raises(InputError, match="based_on == 1, must be the newest version 2"):
        store.save(PLAN, **SAVED, based_on=1)


@pytest.mark.parametrize(("frame", "word"), [
    (PLAN.assign(target_fen=[1.5, 2.0, 3.0]), "whole fen"),
    (PLAN.drop(columns="seller_id"), "seller_id or"),
    (PLAN.iloc[:0], "rows"),
    (PLAN.rename(columns={"month": "mont"}), "did you mean 'month'"),
])
def test_faulty_plans_are_refused(store, frame, word):
    with pytest.raises(InputError, match=word):
        store.save(frame, **SAVED)
    assert store.versions().empty


def test_faulty_words_are_refused(store):
    with pytest.raises(InputError, match="author"):
        store.save(PLAN, **SAVED | {"author": " "})
    with pytest.raises(InputError, match="did you mean 'draft'"):
        store.save(PLAN, **SAVED, status="drft")
    store.save(PLAN, **SAVED)
    with pytest.raises(InputError, match="both be said"):
        store.approve("2027", 1, who="boss", why="")
    with pytest.raises(InputError, match="did you mean '2027'"):
        store.read("2026")
    with pytest.raises(InputError, match="Newest: 1"):
        store.read("2027", 5)


def test_a_database_that_cannot_be_opened_does_not_print_its_password(tmp_path):
    with pytest.raises(DataError, match="cannot be opened") as caught:
        PlanStore("postgresql+nodriver://user:secret@host/db")
    assert "secret" not in str(caught.value)
    with pytest.raises(DataError):
        PlanStore(tmp_path / "no folder" / "plan.db")
