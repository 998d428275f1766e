"""The review's notebook runs wherever notebooks run: in forked kernels under nbval, and under papermill alone, as the command does."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from typer.testing import CliRunner

from salesplan.cli.commands import app
from salesplan.kernels.fork_pool import can_fork
from salesplan.kernels.provisioner import NAME, PRELOAD
from salesplan.reporting.review_record import MIME
from tests.data.companies import make_workspace, small_tables
from tests.shared import ROOT

PERIOD, UNIT = "2026-09", "t1"
WARM = "salesplan.reporting.review_period"
NOTEBOOK = ROOT / "notebooks" / "monthly_review.ipynb"


@pytest.fixture
def environment(demo_workspace: Path) -> dict[str, str]:
    return {**os.environ, "SALESPLAN_WORKSPACE": str(demo_workspace), "PYTHONPATH": str(ROOT)}


@pytest.mark.skipif(not can_fork(), reason="this system cannot fork")
def test_it_shows_its_stored_headline_under_nbval_in_a_forked_kernel(environment: dict[str, str], tmp_path: Path) -> None:
    """A kernel that names the kit's provisioner is forked from a warm process; the notebook sees no difference."""
    book = nbformat.read(NOTEBOOK, as_version=4)
    book.metadata["kernelspec"] = {"name": "forked", "display_name": "Forked", "language": "python"}
    was_there = f"import sys\nassert {WARM!r} in sys.modules, 'not forked from a process that knew it'"
    book.cells.insert(0, new_code_cell(was_there))
    nbformat.write(book, tmp_path / "monthly_review.ipynb")
    spec = tmp_path / "kernels" / "forked" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Forked", "language": "python",
        "metadata": {PRELOAD: [WARM], "kernel_provisioner": {"provisioner_name": NAME, "config": {}}}}))
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", "-q", "monthly_review.ipynb"]
    done = subprocess.run(command, env=environment | {"JUPYTER_PATH": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def told(book: nbformat.NotebookNode) -> list[str]:
    """What the cells show a reader: words and the record, without pictures' bytes."""
    found = []
    for cell in book.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            continue
        for output in cell.get("outputs", []):
            assert output["output_type"] != "error", output
            data = output.get("data", {})
            words = re.sub(r"<style.*?</style>|<svg.*?</svg>", "", str(data.get("text/html", "")), flags=re.DOTALL)
            words = " ".join(re.sub(r"<[^>]+>", " ", words).split())
            if words or MIME in data:
                found.append(words + (json.dumps(data[MIME], sort_keys=True, ensure_ascii=False) if MIME in data else ""))
    return found


def test_papermill_alone_makes_of_it_what_the_command_makes(tmp_path: Path) -> None:
    """What a scheduler does: an input, an output, parameters by name."""
    workspace = make_workspace(tmp_path / "company", small_tables()).path
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), str(tmp_path / "plain.ipynb"), "-p", "unit", UNIT, "-p", "period", PERIOD,
               "-p", "workspace", str(workspace), "-p", "language", "en", "-k", "python3", "--no-progress-bar"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    ours = CliRunner().invoke(app, ["review", "-w", str(workspace), "--period", PERIOD, "--units", UNIT, "--format", "html", "-l", "en",
                                    "-o", str(tmp_path / "reviews")])
    assert ours.exit_code == 0, ours.output
    plain = told(nbformat.read(tmp_path / "plain.ipynb", as_version=4))
    kept = told(nbformat.read(tmp_path / "reviews" / PERIOD / UNIT / "monthly_review.ipynb", as_version=4))
    assert plain == kept and any("Attainment" in words for words in plain)
