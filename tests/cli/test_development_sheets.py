"""`salesplan development-sheets` as a trainer uses it: sheets of the people asked for, faults named, nothing else written."""

from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from salesplan.cli.commands import app
from salesplan.data.workspace import Workspace
from salesplan.errors import ParameterError
from tests.data.coaching_company import coaching_workspace

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Workspace:
    return coaching_workspace(tmp_path_factory.mktemp("coached") / "workspace")


def run(company: Workspace, *arguments: str):
    return RUNNER.invoke(app, ["development-sheets", "-w", str(company.path), "--period", "2026-10", *arguments])


def test_everybody_gets_a_sheet_and_the_plan_is_there(company: Workspace, tmp_path: Path) -> None:
    done = run(company, "-o", str(tmp_path), "-l", "en")
    assert done.exit_code == 0, done.output
    made = sorted(p.name for p in (tmp_path / "2026-10").iterdir())
    pages, books = ([m for m in made if m.endswith(end)] for end in (".html", ".xlsx"))
    assert "training_plan.xlsx" in books and len(pages) == len(books) - 1
    assert f"{len(made)} files in" in done.output.replace("\n", "")
    assert "Needs by tier" in load_workbook(tmp_path / "2026-10" / "training_plan.xlsx").sheetnames


def test_one_person_and_format_only(company: Workspace, tmp_path: Path) -> None:
    done = run(company, "-o", str(tmp_path), "--seller", "r1", "--format", "html")
    assert done.exit_code == 0, done.output
    made = [p.name for p in (tmp_path / "2026-10").iterdir()]
    assert len(made) == 1 and made[0].startswith("r1_") and made[0].endswith(".html")
    page = (tmp_path / "2026-10" / made[0]).read_text("utf-8")
    assert "个人发展表" in page and "产品知识" in page


def test_a_seller_sees_only_themself(company: Workspace, tmp_path: Path) -> None:
    done = run(company, "-o", str(tmp_path), "--user", "r1", "--format", "html")
    assert done.exit_code == 0, done.output
    assert {p.name.split("_")[0] for p in (tmp_path / "2026-10").glob("*.html")} == {"r1"}


def test_an_unknown_format_or_person_is_named(company: Workspace, tmp_path: Path) -> None:
    assert isinstance(run(company, "-o", str(tmp_path), "--format", "pdf").exception, ParameterError)
    done = run(company, "-o", str(tmp_path), "--seller", "nobody")
    assert done.exit_code != 0 and "nobody" in str(done.exception)
    assert not list(tmp_path.rglob("*.html"))
