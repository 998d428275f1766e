"""`salesplan review` as an analyst uses it: one command, an index, exit codes a script can rely on."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import papermill
import pytest
from rich.console import Console
from typer.testing import CliRunner

from salesplan.cli import progress
from salesplan.cli.commands import app, run
from salesplan.cli.exits import Exit
from salesplan.data.workspace import Workspace
from salesplan.kernels.fork_pool import can_fork
from salesplan.reporting import review_hooks
from salesplan.reporting.review_record import MIME, read_run
from salesplan.reporting.review_run import Standing
from tests.reporting.review_example import HOOKS, review_notebook, review_workspace, runs
from tests.shared import ROOT

RUNNER = CliRunner()
pytestmark = pytest.mark.skipif(not can_fork(), reason="processes cannot be forked on this system")


@pytest.fixture
def company(tmp_path: Path, monkeypatch) -> Workspace:
    monkeypatch.setattr(review_hooks, "MONTHLY", HOOKS)
    monkeypatch.chdir(tmp_path)
    review_notebook(tmp_path / "own.ipynb")
    return review_workspace(tmp_path / "company")


def command(company: Workspace, *arguments: str) -> list[str]:
    return ["review", "-w", str(company.path), "--notebook", "own.ipynb", "--format", "html", "-o", "out", *arguments]


def test_every_unit_is_reviewed_and_the_index_named(company: Workspace) -> None:
    done = RUNNER.invoke(app, command(company, "--period", "2026-09", "--units", "华东-一组，二组", "--jobs", "2", "--lang", "zh"))
    assert done.exit_code == Exit.OK, done.output
    assert "2026-09/index.html" in done.output.replace("\n", "") and "2个单位：2个完成" in done.output
    assert "月度复盘" in (Path("out") / "2026-09" / "e1" / "own.html").read_text("utf-8")


def test_failed_units_are_said_by_name_and_exit_code(company: Workspace) -> None:
    (company.path / "bad.json").write_text(json.dumps(["e2"]))
    done = RUNNER.invoke(app, command(company, "--units", "e1,e2", "-l", "en"))
    assert done.exit_code == Exit.PARTLY_FAILED == 3
    assert "2 units: 1 done, 0 kept from before, 1 failed" in done.output and "Failed: e2" in done.output
    (company.path / "bad.json").unlink()
    again = RUNNER.invoke(app, command(company, "--units", "e1,e2", "-l", "en", "--resume"))
    assert again.exit_code == Exit.OK and "1 done, 1 kept from before, 0 failed" in again.output


@pytest.mark.parametrize(("arguments", "says"), [
    (["--units", "华冬-一组", "--lang", "zh"], "华东-一组"), (["--format", "doc", "-l", "en"], "html, pdf or xlsx"),
    (["--period", "soon", "-l", "en"], "soon"), (["--params", "gone.yaml", "-l", "en"], "gone.yaml"),
])  # fmt: skip
def test_what_is_wrong_is_one_line_and_nothing_runs(company: Workspace, arguments: list[str], says: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.argv", ["salesplan", *command(company, *arguments)])
    with pytest.raises(SystemExit) as stop:
        run()
    shown = capsys.readouterr().err.strip()
    assert stop.value.code == Exit.FAILED and says in shown and "\n" not in shown
    assert not runs(company) and not Path("out").exists()


@pytest.mark.parametrize("place", ["company/params", "params"])
def test_the_usual_parameter_file_and_that_of_one_unit_are_taken(company: Workspace, place: str) -> None:
    Path(place).mkdir()
    (Path(place) / "own.yaml").write_text("coverage: 0.6\n")
    (Path(place) / "own.华东-一组.yaml").write_text("coverage: 0.9\n")
    done = RUNNER.invoke(app, command(company, "--units", "e1,e2"))
    assert done.exit_code == Exit.OK, done.output
    (folder,) = (path for path in Path("out").iterdir() if path.is_dir())
    assert "coverage 0.9" in (folder / "e1" / "own.html").read_text("utf-8")
    assert "coverage 0.6" in (folder / "e2" / "own.html").read_text("utf-8")


MAIN = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from salesplan.reporting import review_hooks
from tests.reporting.review_example import HOOKS
review_hooks.MONTHLY = HOOKS
from salesplan.cli.commands import run
run()
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_so_and_leaves_a_record(company: Workspace, signum: int) -> None:
    Path("params").mkdir()
    Path("params/own.yaml").write_text("pause: 0.3\n")
    process = subprocess.Popen([sys.executable, "-c", MAIN, *command(company, "-l", "en", "--jobs", "1")], stderr=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not list(Path("out").glob("*/*/review.json")) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert process.poll() is None, ("ended before it was stopped", process.communicate())
    os.kill(process.pid, signum)
    said = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERRUPTED, said
    assert "go on with --resume" in said[1] and "Traceback" not in said[1]
    record = read_run(next(Path("out").glob("*/run.json")))
    assert record["state"] == "interrupted" and record["counts"]["done"] >= 1 and record["counts"]["not_run"] >= 1
    assert not list(Path("out").rglob(".*"))


def test_progress_is_drawn_on_a_terminal_and_nowhere_else(monkeypatch) -> None:
    standing = Standing(label="2026-10", n_units=9, n_done=3, n_kept=1, n_failed=2, running={
        "e1": ("华东-[b]一组", 3, 8), "e2": ("华东-二组", 0, 0)})
    drawn = {}
    for terminal in (True, False):
        file = io.StringIO()
        console = Console(file=file, force_terminal=terminal, width=160)
        monkeypatch.setattr(progress, "Console", lambda console=console, **_: console)
        with progress.unit_progress("zh") as report:
            report(standing)
        drawn[terminal] = file.getvalue()
    assert drawn[False].strip() == ""
    for said in ("复盘 2026-10", "6/9", "2个失败", "华东-[b]一组 3/8"):
        assert said in drawn[True], said


def test_papermills_own_engine_runs_the_same_notebook(company: Workspace, tmp_path: Path, monkeypatch) -> None:
    """What a scheduler with its own papermill does."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    book = papermill.execute_notebook(
        "own.ipynb", str(tmp_path / "run.ipynb"), progress_bar=False, kernel_name="python3",
        parameters={"workspace": str(company.path), "language": "en", "period": "2026-10", "unit": "e1"})
    shown = [output["data"][MIME] for cell in book.cells for output in cell.get("outputs", []) if MIME in output.get("data", {})]
    assert [one["unit_id"] for one in shown] == ["e1"]


def test_a_folder_that_cannot_be_written_is_one_line(company: Workspace, monkeypatch, capsys) -> None:
    Path("out").write_text("a file")
    monkeypatch.setattr("sys.argv", ["salesplan", *command(company, "--units", "e1", "-l", "zh")])
    with pytest.raises(SystemExit) as stop:
        run()
    shown = capsys.readouterr().err.strip()
    assert stop.value.code == Exit.FAILED and "无法写入复盘文件夹：需要文件夹的地方有一个文件" in shown and "\n" not in shown
