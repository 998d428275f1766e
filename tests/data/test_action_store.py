"""Actions are proposed once, decided about by somebody, and nothing of it is lost."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from salesplan.data.action_store import ACTION_COLUMNS, ActionStore, action_id
from salesplan.data.plan_store import PlanStore
from salesplan.errors import InputError
from salesplan.text.spoken_errors import say_error


def actions(**changes: Any) -> pd.DataFrame:
    frame = pd.DataFrame({
        "unit_id": ["D11", "D11", "D12"], "node_id": ["E0018", "", "D12"], "finding_key": ["pace", "mix", "pace"],
        "message": "{name} is behind by {gap}.", "action": "Visit more.",
        "details": [{"name": "张伟", "gap": np.float64(120.5), "n_visits": np.int64(3)}, {}, {"month": pd.Period("2026-10", "M")}],
        "owner": ["E0018", None, "E0005"], "due": [date(2026, 11, 20), None, "2026-11-25"],
        "measure": ["visits", None, "attainment"], "measure_value": [3.0, None, 0.82], "better": ["higher", None, "higher"]})
    return frame.assign(**changes)


@pytest.fixture
def store(tmp_path: Path) -> ActionStore:
    return ActionStore(tmp_path / "plan.db")


def test_what_was_proposed_is_read_as_it_was(store: ActionStore) -> None:
    assert store.propose(actions(), period="2026-10") == 3
    read = store.read()
    assert read.columns.tolist() == ACTION_COLUMNS
    assert read["unit_id"].tolist() == ["D11", "D11", "D12"] and set(read["status"]) == {"proposed"}
    one = read[read["node_id"] == "E0018"].iloc[0]
    assert one["details"] == {"name": "张伟", "gap": 120.5, "n_visits": 3}
    assert one["action_id"] == action_id("2026-10", "D11", "pace", "E0018")
    assert one["due"] == pd.Timestamp("2026-11-20") and one["measure_value"] == 3.0 and one["period"] == "2026-10"
    assert read.loc[read["node_id"] == "", ["owner", "measure"]].iloc[0].tolist() == [None, None]


def test_proposing_again_adds_nothing_and_corrected_figures_keep_the_decision(store: ActionStore) -> None:
    store.propose(actions(), period="2026-10")
    one = action_id("2026-10", "D11", "pace", "E0018")
    store.decide(one, "accepted", who="E0005", why="")
    assert store.propose(actions(), period=pd.Period("2026-10", "M")) == 0
    assert store.propose(actions(measure_value=[4.0, None, 0.82]), period="2026-10") == 1
    read = store.read().set_index("action_id")
    assert len(read) == 3 and read.loc[one, "measure_value"] == 4.0 and read.loc[one, "status"] == "accepted"


def test_the_last_decision_counts_and_all_are_kept(store: ActionStore) -> None:
    store.propose(actions(), period="2026-10")
    one = action_id("2026-10", "D12", "pace", "D12")
    store.decide(one, "accepted", who="E0005", why="agreed", owner="E0030", due="2026-11-28", when=datetime(2026, 11, 2))
    row = store.read(units=["D12"]).iloc[0]
    assert (row["status"], row["owner"], row["due"], row["decided_by"]) == ("accepted", "E0030", pd.Timestamp("2026-11-28"), "E0005")
    store.decide(one, "done", who="E0030", why="visited", when=datetime(2026, 11, 20))
    row = store.read(units=["D12"]).iloc[0]
    assert (row["status"], row["owner"], row["why"], row["decided_at"][:10]) == ("done", "E0030", "visited", "2026-11-20")
    store.decide(one, "reopened", who="E0005", why="")
    assert store.read(units=["D12"])["status"].tolist() == ["proposed"]
    assert store.decisions(one)["decision"].tolist() == ["accepted", "done", "reopened"]


def test_periods_and_units_choose(store: ActionStore) -> None:
    store.propose(actions(), period="2026-09")
    store.propose(actions(), period="2026-10")
    assert set(store.read(before="2026-10")["period"]) == {"2026-09"}
    assert len(store.read(period="2026-10", units=["D11"])) == 2
    assert store.read(units=[]).empty and store.read(before="2026-01").columns.tolist() == ACTION_COLUMNS
    assert store.read()["action_id"].is_unique


@pytest.mark.parametrize(("arguments", "said"), [
    (("nothing", "accepted", {"who": "a", "why": "b"}), "必须是复盘提出过的行动"),
    (("{one}", "acepted", {"who": "a", "why": "b"}), "是否指“accepted”"),
    (("{one}", "accepted", {"who": "  ", "why": "b"}), "必须写明决定人"),
    (("{one}", "dismissed", {"who": "a", "why": " "}), "驳回行动必须写明理由"),
    (("{one}", "accepted", {"who": "a", "why": "", "due": "soon"}), "必须是日期"),
])
def test_what_cannot_be_decided_is_refused_in_the_readers_language(
    store: ActionStore, arguments: tuple[str, str, dict[str, str]], said: str
) -> None:
    store.propose(actions(), period="2026-10")
    name, decision, options = arguments
    with pytest.raises(InputError) as refused:
        store.decide(name.format(one=action_id("2026-10", "D11", "mix")), decision, **options)
    assert said in say_error(refused.value, "zh")
    assert store.decisions().empty


@pytest.mark.parametrize("wrong", [
    actions().drop(columns="message"), actions(nothing=1), actions(action_id="abc"), actions(better="more"),
    pd.concat([actions(), actions(message="other")]),
])
def test_actions_that_do_not_fit_are_refused(store: ActionStore, wrong: pd.DataFrame) -> None:
    with pytest.raises(InputError):
        store.propose(wrong, period="2026-10")
    with pytest.raises(InputError, match="must be a month"):
        store.propose(actions(), period="Q4 sometime")
    assert store.read().empty


def test_the_database_itself_keeps_what_was_said(store: ActionStore) -> None:
    store.propose(actions(), period="2026-10")
    for change in ("UPDATE review_action SET message = 'x'", "DELETE FROM review_action"):
        with pytest.raises(DatabaseError, match="kept for ever"), store.engine.begin() as connection:
            connection.execute(text(change))


def test_it_lives_beside_the_plans(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'plan.db'}"
    with ActionStore(url) as store, PlanStore(url) as plans:
        store.propose(actions(), period="2026-10")
        assert plans.versions().empty and len(ActionStore(url).read()) == 3


def test_same_details_are_written_alike_whatever_their_order(store: ActionStore) -> None:
    store.propose(actions(), period="2026-10")
    turned = [dict(reversed(list(one.items()))) for one in actions()["details"]]
    assert store.propose(actions(details=turned), period="2026-10") == 0
    assert json.dumps(store.read()["details"].iloc[-1]) == '{"month": "2026-10"}'
