"""Versions of the plan: saved for ever, signed, compared with the screen and with one another."""

from pathlib import Path
from typing import Any

import pytest

from salesplan.apps.plan_versions import SCREEN, PlanVersions, plan_lines
from salesplan.apps.target_panel import TargetPanel, target_panel
from salesplan.data.plan_store import PlanStore
from salesplan.errors import InputError
from salesplan.targets.parameters import TargetParameters
from tests.plan_factory import make_data, make_forecast, make_plan


@pytest.fixture
def versions(tmp_path: Path) -> PlanVersions:
    return PlanVersions(tmp_path / "plan.db")


def open_panel(store: Any, **changes: Any) -> TargetPanel:
    parameters = TargetParameters(plan_year=2027, **changes)
    return target_panel(
        make_data(), make_forecast(), parameters, set_targets=lambda _data, _forecast, p: make_plan(p), store=store
    )


def test_a_version_keeps_every_fen_by_seller_line_and_month() -> None:
    plan = make_plan()
    lines = plan_lines(plan)
    assert len(lines) == len(plan.sellers) * len(plan.lines) * 12
    assert lines["target_fen"].sum() == plan.nodes["target_fen"].iloc[0]
    assert set(lines["month"]) == {str(m) for m in plan.year}


def test_saving_adds_and_overwrites_nothing(versions: PlanVersions) -> None:
    assert versions.listed(make_plan()).empty
    assert versions.save(make_plan(), author="ana", reason="first", language="en") == 1
    assert versions.save(make_plan(growth=0.2), author="bo", reason="more", language="en", seen=1) == 2
    listed = versions.listed(make_plan())
    assert listed["version"].tolist() == [2, 1] and listed["author"].tolist() == ["bo", "ana"]
    assert listed["target"].tolist() == [p.nodes["target"].iloc[0] for p in (make_plan(growth=0.2), make_plan())]
    assert versions._opened().read("2027", 1).parameters["growth"] == 0.12


def test_two_people_do_not_save_past_one_another(versions: PlanVersions) -> None:
    versions.save(make_plan(), author="ana", reason="first", language="en", seen=0)
    with pytest.raises(InputError, match="newest version 1"):
        versions.save(make_plan(), author="bo", reason="second", language="en", seen=0)


@pytest.mark.parametrize(("author", "reason"), [("", "why"), ("ana", " ")])
def test_who_and_why_must_be_said(versions: PlanVersions, author: str, reason: str) -> None:
    with pytest.raises(InputError, match="保存人和原因"):
        versions.save(make_plan(), author=author, reason=reason, language="zh")
    assert versions.listed(make_plan()).empty


def test_whom_the_app_serves_signs_and_sees_own_versions_only(tmp_path: Path) -> None:
    PlanVersions(tmp_path / "plan.db").save(make_plan(), author="boss", reason="all", language="en")
    own = PlanVersions(tmp_path / "plan.db", user="E0042")
    assert own.listed(make_plan()).empty
    own.save(make_plan(), author="somebody else", reason="mine", language="en")
    assert own.listed(make_plan())["author"].tolist() == ["E0042"]


def test_the_screen_is_compared_person_by_person(versions: PlanVersions) -> None:
    versions.save(make_plan(), author="ana", reason="first", language="en")
    now = make_plan(growth=0.2)
    table = versions.compared(now, 1, SCREEN, language="en")
    expected = now.sellers["target"].sum() - make_plan().sellers["target"].sum()
    assert table["change"].sum() == pytest.approx(expected, rel=1e-6) and set(table["cause"]) == {"changed"}
    assert set(table["reason"]) == {"Plan on the screen"} and "李娜" in set(table["name"])
    assert versions.settings_changed(now, 1, SCREEN, language="en") == ["Growth: +12.0% → +20.0%"]
    back = versions.compared(now, SCREEN, 1, language="en")
    assert back["change"].sum() == -table["change"].sum() and set(back["reason"]) == {"first"}
    assert set(versions.compared(make_plan(), 1, SCREEN, language="en")["cause"]) == {"same"}


def test_the_store_is_the_same_for_two_versions(versions: PlanVersions) -> None:
    versions.save(make_plan(), author="ana", reason="first", language="en")
    versions.save(make_plan(growth=0.2), author="ana", reason="more", language="en")
    saved = versions.compared(make_plan(), 1, 2, language="en")
    screen = versions.compared(make_plan(growth=0.2), 1, SCREEN, language="en")
    assert saved[["seller_id", "change"]].equals(screen[["seller_id", "change"]])


def test_the_card_saves_lists_and_compares(tmp_path: Path) -> None:
    panel = open_panel(PlanStore(tmp_path / "plan.db"))
    card = panel.versions
    assert card is not None
    card.refresh()
    assert "还没有保存过版本" in card.listed.value and card.comparison.layout.display == "none"
    save = next(b for b in card.children[1].children if "sp-save-version" in b._dom_classes)
    save.click()
    assert "保存人和原因" in panel.banner.value and card.seen == 0
    card.author.value, card.reason.value = "<b>ana</b>", "首版"
    save.click()
    assert panel.banner.value == "" and "&lt;b&gt;ana" in card.listed.value and "<b>ana" not in card.listed.value
    assert "没有人的目标发生变化" in card.difference.value
    panel.model.growth = 0.2
    panel._compare_later.now()
    assert "16 人中有 16 人" in card.difference.value and "增长率：+12.0% → +20.0%" in card.difference.value
    assert "&lt;script&gt;" in card.difference.value and "<script" not in card.difference.value
    card.new.value = 1
    assert "两个不同的版本" in card.difference.value


def test_without_a_store_there_is_no_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SALESPLAN_WORKSPACE", raising=False)
    assert open_panel(None).versions is None
    monkeypatch.setenv("SALESPLAN_WORKSPACE", str(tmp_path))
    panel = open_panel(None)
    assert panel.versions is not None
    panel.versions.refresh()
    assert list(tmp_path.iterdir()) == [], "looking writes nothing"
