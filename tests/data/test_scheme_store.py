import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesplan.data.plan_store import PlanStore
from salesplan.data.scheme_store import SchemeStore
from salesplan.errors import InputError


def scheme(weight: float = 0.6, **more: object) -> dict:
    return {"name": "销售", "step": 0.05, "sets": [
        {"code": "senior", "applies_to": {"tier": ["骨干"]}, "items": [
            {"kpi": "sales_amount", "weight": weight, "rule": {"function": "capped", "cap": 150}, "target": {"from": "table"}},
            {"kpi": "visits", "weight": round(1 - weight, 2), "rule": {"function": "capped", "cap": 120}, "target": {"value": 20}},
        ]}], **more}


SAID = {"author": "分析员", "reason": "第一版"}


@pytest.fixture
def store(tmp_path):
    store = SchemeStore(tmp_path / "plan 库.db", today=datetime(2026, 6, 20))
    yield store
    store.close()


def test_a_version_is_read_back_as_it_was_saved(store):
    assert store.save("销售", scheme(), valid_from="2026-10", when=datetime(2026, 9, 20), **SAID) == 1
    got = store.read("销售")
    assert got.scheme == scheme()
    assert (got.version, got.status, got.author, got.reason) == (1, "draft", "分析员", "第一版")
    assert got.valid_from == pd.Period("2026-10", "M")
    assert got.saved_at == "2026-09-20T00:00:00+00:00"
    assert len(got.rule_version) == 12


def test_the_rule_version_follows_the_rules_alone(store):
    store.save("a", scheme(), valid_from="2026-10", **SAID)
    store.save("a", dict(reversed(scheme().items())), valid_from="2026-12", author="other", reason="again")
    store.save("a", scheme(0.55), valid_from="2026-10", **SAID)
    versions = store.versions("a").set_index("version")["rule_version"]
    assert versions[1] == versions[2] != versions[3]


def test_only_approved_versions_count_and_only_from_their_month_on(store):
    store.save("a", scheme(0.6), valid_from="2026-07", **SAID)
    store.save("a", scheme(0.5), valid_from="2026-10", **SAID)
    assert store.in_force("a", "2026-12") is None
    store.approve("a", 1, who="boss", why="ok")
    assert [store.in_force("a", p).version for p in ("2026-07", "2026-10", "2026Q3", "2026-W41")] == [1, 1, 1, 1]
    assert store.in_force("a", "2026-06") is None
    store.approve("a", 2, who="boss", why="ok")
    assert [store.in_force("a", p).version for p in ("2026-09", "2026-10", "2026Q3", "2026Q4", "2026-W40", "2026-W41")] == [
        1, 2, 1, 2, 1, 2]
    assert store.in_force("a", pd.Period("2026-12", "M")).scheme == scheme(0.5)


def test_of_two_for_one_month_the_newer_wins_whichever_was_approved_first(store):
    for weight in (0.6, 0.5):
        store.save("a", scheme(weight), valid_from="2026-10", **SAID)
    store.approve("a", 2, who="boss", why="ok")
    store.approve("a", 1, who="boss", why="ok")
    assert store.in_force("a", "2026-10").version == 2
    store.decide("a", 2, "withdrawn", who="boss", why="error")
    assert store.in_force("a", "2026-10").version == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=6), st.integers(1, 12), st.integers(1, 12))
def test_approving_never_touches_periods_before_its_month(tmp_path_factory, saved, late, asked):
    store = SchemeStore(tmp_path_factory.mktemp("s") / "plan.db", today=datetime(2025, 12, 20))
    for month, approved in saved:
        number = store.save("a", scheme(), valid_from=f"2026-{month:02d}", **SAID)
        if approved:
            store.approve("a", number, who="boss", why="ok")
    before = store.in_force("a", f"2026-{asked:02d}")
    number = store.save("a", scheme(0.5), valid_from=f"2026-{late:02d}", **SAID)
    store.approve("a", number, who="boss", why="ok")
    after = store.in_force("a", f"2026-{asked:02d}")
    if asked < late:
        assert (before and before.version) == (after and after.version)
    else:
        assert after is not None
    store.close()


def test_diff_names_set_kpi_and_field(store):
    store.save("a", scheme(), valid_from="2026-10", **SAID)
    changed = scheme(0.5)
    changed["sets"][0]["items"][1] = {"kpi": "calls", "weight": 0.5, "rule": {"function": "capped"}}
    store.save("a", changed, valid_from="2026-11", **SAID)
    got = store.diff("a", 1, 2)
    weight = got[(got["kpi"] == "sales_amount") & (got["field"] == "weight")].iloc[0]
    assert weight[["set", "old", "new", "cause"]].tolist() == ["senior", 0.6, 0.5, "changed"]
    assert set(got.loc[got["kpi"] == "visits", "cause"]) == {"removed"}
    assert set(got.loc[got["kpi"] == "calls", "cause"]) == {"added"}
    assert store.diff("a", 1, 1).empty


def test_plans_and_schemes_share_one_database(store, tmp_path):
    plans = PlanStore(tmp_path / "plan 库.db")
    frame = pd.DataFrame({"seller_id": ["r1"], "target_fen": [100]})
    plans.save(frame, name="2027", parameters={}, fingerprint="x", author="a", reason="b")
    store.save("a", scheme(), valid_from="2026-10", **SAID)
    assert len(plans.versions()) == len(store.versions()) == 1
    plans.close()


def test_the_database_itself_refuses_to_change_what_was_saved(store, tmp_path):
    store.save("a", scheme(), valid_from="2026-10", **SAID)
    store.approve("a", 1, who="boss", why="ok")
    with sqlite3.connect(tmp_path / "plan 库.db") as raw:
        for change in ("UPDATE scheme_version SET scheme = '{}'", "DELETE FROM scheme_decision", "DELETE FROM scheme_version"):
            with pytest.raises(sqlite3.IntegrityError, match="kept for ever"):
                raw.execute(change)


def test_a_newer_version_by_somebody_else_is_noticed(store):
    store.save("a", scheme(), valid_from="2026-10", **SAID)
    store.save("a", scheme(0.5), valid_from="2026-10", based_on=1, **SAID)
    with pytest.raises(InputError, match="based_on == 1, must be the newest version 2"):
        store.save("a", scheme(), valid_from="2026-10", based_on=1, **SAID)


def test_many_writers_get_numbers_of_their_own(store):
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: store.save("a", scheme(), valid_from="2026-10", **SAID), range(8)))
    assert sorted(numbers) == list(range(1, 9))


def test_decisions_are_kept_with_who_and_why(store):
    store.save("a", scheme(), valid_from="2026-10", **SAID)
    store.decide("a", 1, "rejected", who="hr", why="weights")
    store.approve("a", 1, who="boss", why="agreed")
    assert store.decisions("a")[["decision", "who", "why"]].to_numpy().tolist() == [
        ["rejected", "hr", "weights"], ["approved", "boss", "agreed"]]
    assert store.versions("a")["status"].tolist() == ["approved"]


@pytest.mark.parametrize(("change", "message"), [
    ({"valid_from": "2026Q4"}, "must be a month"), ({"valid_from": "soon"}, "must be a month"), ({"author": " "}, "author"),
    ({"reason": ""}, "reason"), ({"status": "aproved"}, "did you mean 'approved'")])
def test_what_is_not_said_is_asked_for(store, change, message):
    with pytest.raises(InputError, match=message):
        store.save("a", scheme(), **{"valid_from": "2026-10", **SAID, **change})


def test_unknown_schemes_versions_and_values_are_named(store):
    store.save("sales", scheme(), valid_from="2026-10", **SAID)
    with pytest.raises(InputError, match="did you mean 'sales'"):
        store.read("sale")
    with pytest.raises(InputError, match="Newest: 1"):
        store.approve("sales", 4, who="boss", why="ok")
    with pytest.raises(InputError, match="JSON"):
        store.save("sales", {"cap": float("inf")}, valid_from="2026-10", **SAID)
    with pytest.raises(InputError, match="must both be said"):
        store.approve("sales", 1, who="", why="ok")
    assert store.in_force("nothing", "2026-10") is None


NOVEMBER = datetime(2026, 11, 22)


def test_scores_of_months_that_are_over_never_change_silently(store):
    store.save("a", scheme(), valid_from="2026-10", **SAID)
    store.save("a", scheme(), valid_from="2026-11", **SAID)
    with pytest.raises(InputError, match="valid_from == 2026-10, must not lie before 2026-11.*scheme a version 1.*retroactive"):
        store.approve("a", 1, who="boss", why="ok", when=NOVEMBER)
    with pytest.raises(InputError, match="must not lie before"):
        store.decide("a", 1, "approved", who="boss", why="ok", when=NOVEMBER)
    with pytest.raises(InputError, match="must not lie before"):
        store.save("a", scheme(), valid_from="2026-10", status="approved", when=NOVEMBER, **SAID)
    assert store.in_force("a", "2026-10") is None
    store.approve("a", 2, who="boss", why="ok", when=NOVEMBER)
    with pytest.raises(InputError, match="must both be said"):
        store.approve("a", 1, who="boss", why=" ", when=NOVEMBER, retroactive=True)
    store.approve("a", 1, who="boss", why="October was scored by the wrong file", when=NOVEMBER, retroactive=True)
    assert [store.in_force("a", month).version for month in ("2026-10", "2026-11")] == [1, 2]
    assert store.decisions("a")["why"].tolist()[-1] == "October was scored by the wrong file"


@pytest.mark.parametrize("decision", ["withdrawn", "rejected"])
def test_a_version_that_is_withdrawn_still_counts_for_the_months_before(store, decision):
    store.save("a", scheme(), valid_from="2026-07", **SAID)
    store.approve("a", 1, who="boss", why="ok")
    store.decide("a", 1, decision, who="boss", why="error", when=NOVEMBER)
    found = {month: store.in_force("a", month) for month in ("2026-06", "2026-07", "2026-10", "2026-11", "2026-12")}
    assert [month for month, version in found.items() if version] == ["2026-07", "2026-10"]
    assert found["2026-10"].status == decision
    store.approve("a", 1, who="boss", why="it was right", when=NOVEMBER, retroactive=True)
    assert store.in_force("a", "2026-12").version == 1


def test_what_was_withdrawn_before_its_month_never_counts(store):
    store.save("a", scheme(), valid_from="2026-12", **SAID)
    store.approve("a", 1, who="boss", why="ok")
    store.decide("a", 1, "withdrawn", who="boss", why="error", when=NOVEMBER)
    assert all(store.in_force("a", month) is None for month in ("2026-11", "2026-12", "2027-03"))


def test_today_is_the_clock_unless_told(tmp_path):
    store = SchemeStore(tmp_path / "plan.db")
    store.save("a", scheme(), valid_from="2020-01", **SAID)
    with pytest.raises(InputError, match="must not lie before"):
        store.approve("a", 1, who="boss", why="ok")
    store.close()
