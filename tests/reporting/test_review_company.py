"""What a run of the kit's own review calls: a month kept for its forks, its fingerprint, the workbook and the actions."""

import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from salesplan.data.action_store import ActionStore, action_id
from salesplan.data.plan_store import PlanStore
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError, ParameterError
from salesplan.reporting import review_company, review_period
from salesplan.reporting.review_company import PARTS
from salesplan.reporting.review_hooks import ReviewHooks, hook, open_company
from salesplan.reporting.review_period import PLAN_FILE, company_month, open_review_period
from salesplan.reporting.show_review import review_record
from salesplan.review.company_review import CompanyReview
from salesplan.review.parameters import ReviewParameters

HERE = "salesplan.reporting.review_company"
HOOKS = ReviewHooks(preload=f"{HERE}:preload", check=f"{HERE}:check", workbook=f"{HERE}:workbook", actions=f"{HERE}:actions")
VALUES = {"period": "2026-10", "language": "en"}


def proposal(period: str) -> list[dict[str, Any]]:
    """What the record of a unit's review holds for one action."""
    return [{
        "action_id": action_id(period, "D41", "year_end", "E0018"), "status": "act", "message": "said", "action": "said", "owner": "said",
        "due": "2026-11-15", "unit_id": "D41", "node_id": "E0018", "finding_key": "year_end", "measure": "", "measure_value": None,
        "better": "", "kept": {"message": "{name} is behind.", "action": "Visit more.", "owner": "Seller", "details": {"name": "张伟"}},
    }]  # fmt: skip


@pytest.fixture(scope="module")
def month(demo_workspace: Path) -> CompanyReview:
    return company_month(Workspace(demo_workspace), ReviewParameters(period="2026-10"))


@pytest.fixture
def space(month: CompanyReview, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace to write to, with the demo company's data; nothing is worked out."""
    monkeypatch.setattr(review_company, "PARTS", ())
    monkeypatch.setattr(review_period, "load_review_data", lambda *_, **__: month.data)
    return Workspace(tmp_path).create()


def test_what_was_worked_out_is_found_by_every_unit_of_the_run(
    demo_workspace: Path, month: CompanyReview, tmp_path: Path
) -> None:
    threads = threading.active_count()
    company = open_company(HOOKS, str(demo_workspace), VALUES)
    kept = company_month(Workspace(demo_workspace), ReviewParameters(period="2026-10"))
    assert kept is month
    assert set(PARTS) <= set(vars(kept))
    assert threading.active_count() == threads
    held = [os.readlink(f"/proc/self/fd/{at}") for at in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{at}")]
    assert not [file for file in held if str(demo_workspace) in file]
    own = ReviewParameters(period="2026-10", unit="D41", language="en", adjust_cap=0.1, external_trigger="tender cancelled")
    assert open_review_period(demo_workspace, own).company is kept
    assert (company.label, len(company.units)) == ("2026-10", len(kept.data.units))
    assert company.units["unit_id"].tolist() == kept.data.units["unit_id"].tolist()
    path = hook(HOOKS.workbook)(str(demo_workspace), {**VALUES, "unit": "D41"}, tmp_path / "one.xlsx")
    review = open_review_period(demo_workspace, ReviewParameters(period="2026-10", unit="D41"))
    assert review.names["D41"] in load_workbook(path)["Overview"]["A1"].value
    record = json.loads(json.dumps(review_record(review, "en")))
    shutil.copy(demo_workspace / "workspace.yaml", tmp_path)
    hook(HOOKS.actions)(str(tmp_path), company.label, record["actions"])
    with ActionStore(tmp_path / PLAN_FILE) as store:
        known = store.read()
    assert sorted(known["action_id"]) == sorted(action["action_id"] for action in record["actions"]) != []
    assert not known["message"].str.contains(record["actions"][0]["message"], regex=False).any()  # kept in every language, not as said


def test_earlier_decisions_change_the_fingerprint_this_months_do_not(space: Workspace) -> None:
    first = hook(HOOKS.preload)(str(space.path), VALUES).fingerprint
    take = hook(HOOKS.actions)
    assert take(str(space.path), "2026-10", proposal("2026-10")) == 1
    assert take(str(space.path), "2026-10", proposal("2026-10")) == 0
    with ActionStore(space.path / PLAN_FILE) as store:
        store.decide(proposal("2026-10")[0]["action_id"], "accepted", who="E0005", why="agreed")
    assert hook(HOOKS.preload)(str(space.path), VALUES).fingerprint == first
    assert take(str(space.path), "2026-09", proposal("2026-09")) == 1
    proposed = hook(HOOKS.preload)(str(space.path), VALUES).fingerprint
    with ActionStore(space.path / PLAN_FILE) as store:
        store.decide(proposal("2026-09")[0]["action_id"], "dismissed", who="E0005", why="on leave")
    decided = hook(HOOKS.preload)(str(space.path), VALUES).fingerprint
    assert len({first, proposed, decided}) == 3


def test_the_month_stays_kept_while_others_read_the_database(space: Workspace) -> None:
    hook(HOOKS.actions)(str(space.path), "2026-09", proposal("2026-09"))
    hook(HOOKS.preload)(str(space.path), VALUES)
    parameters = ReviewParameters(period="2026-10")
    kept = company_month(space, parameters)
    with ActionStore(space.path / PLAN_FILE) as reader:
        assert len(reader.read()) == 1
        assert (space.path / f"{PLAN_FILE}-wal").is_file()
        assert company_month(space, parameters) is kept
    PlanStore(space.path / PLAN_FILE).close()
    assert company_month(space, parameters) is kept


def test_a_part_that_cannot_be_worked_out_is_left_to_the_reviews(
    month: CompanyReview, demo_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        data = month.data

        @property
        def bridge_target(self) -> Any:
            raise InputError("no target")

    monkeypatch.setattr(review_company, "PARTS", ("bridge_target",))
    monkeypatch.setattr(review_company, "company_month", lambda *_: Broken())
    assert hook(HOOKS.preload)(str(demo_workspace), VALUES).label == "2026-10"


def test_wrong_values_and_foreign_ids_are_refused(tmp_path: Path) -> None:
    hook(HOOKS.check)({"coverage": 0.9, "unit": "D41"})
    with pytest.raises(ParameterError, match="coverage"):
        hook(HOOKS.check)({"coverage": 2.0})
    space = Workspace(tmp_path).create()
    assert hook(HOOKS.actions)(str(space.path), "2026-10", []) == 0
    with pytest.raises(InputError, match="action_id"):
        hook(HOOKS.actions)(str(space.path), "2026-11", proposal("2026-10"))


def test_the_units_are_a_copy() -> None:
    units = pd.DataFrame({"unit_id": ["a"], "parent_id": [None], "level": ["team"], "name": ["A"]})
    month = review_company.OpenedMonth(units=units, label="2026-10", fingerprint="0")
    units.loc[0, "name"] = "B"
    assert month.units["name"].tolist() == ["A"]
