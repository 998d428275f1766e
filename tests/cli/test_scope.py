"""Whom a command works for: named or taken from the environment, never somebody else, never everybody by mistake."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from salesplan.cli.commands import app
from salesplan.cli.scope import seen_by
from salesplan.data.workspace import Workspace
from salesplan.errors import InputError
from tests.data.coaching_company import coaching_workspace

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Workspace:
    return coaching_workspace(tmp_path_factory.mktemp("scoped") / "workspace")


@pytest.fixture
def served(monkeypatch) -> list[str | None]:
    asked: list[str | None] = []
    monkeypatch.setattr("salesplan.apps.server.run_app", lambda *_, user, **__: asked.append(user))
    return asked


def test_the_app_is_served_as_the_person_named_or_of_the_environment(company: Workspace, served: list[str | None]) -> None:
    command = ["app", "training_needs", "-w", str(company.path)]
    for arguments, environment in ((["--user", "r1"], {}), ([], {"SALESPLAN_USER": "r2"}), ([], {})):
        done = RUNNER.invoke(app, [*command, *arguments], env={"SALESPLAN_USER": None, **environment})
        assert done.exit_code == 0, done.output
    assert served == ["r1", "r2", None]


def test_nobody_is_served_in_the_name_of_a_stranger(company: Workspace, served: list[str | None]) -> None:
    done = RUNNER.invoke(app, ["app", "training_needs", "-w", str(company.path)], env={"SALESPLAN_USER": "nobody"})
    assert isinstance(done.exception, InputError) and "'nobody'" in str(done.exception) and not served


def test_a_report_runs_as_that_person_and_leaves_the_environment_alone(
    company: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SALESPLAN_USER", raising=False)
    seen: list[str | None] = []

    def look(*_: object, **__: object) -> Path:
        seen.append(os.environ.get("SALESPLAN_USER"))
        return tmp_path / "page.html"

    monkeypatch.setattr("salesplan.reporting.run.run_report", look)
    for arguments in (["--user", "r1"], []):
        done = RUNNER.invoke(app, ["report", "training_needs", "-w", str(company.path), "-o", str(tmp_path), *arguments])
        assert done.exit_code == 0, done.output
    assert seen == ["r1", None] and "SALESPLAN_USER" not in os.environ


def test_pages_and_commands_about_the_whole_company_refuse_one_persons_view(company: Workspace) -> None:
    limited = {"SALESPLAN_USER": "r1"}
    for command in (["report", "data_quality"], ["review"], ["digest", "--period", "2026-10"]):
        done = RUNNER.invoke(app, [*command, "-w", str(company.path)], env=limited)
        assert isinstance(done.exception, InputError) and "whole company" in str(done.exception)


def test_a_view_ends_with_the_work_it_was_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESPLAN_USER", "r1")
    inside: list[str] = []

    def fail() -> None:
        with seen_by("r2"):
            inside.append(os.environ["SALESPLAN_USER"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (inside, os.environ["SALESPLAN_USER"]) == (["r2"], "r1")
