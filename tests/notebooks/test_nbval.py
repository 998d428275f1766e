"""The notebooks run as stored, and their headline is what is stored in them."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.shared import ROOT


@pytest.mark.parametrize("name", ["target_setting", "data_quality", "kpi_weighting", "training_needs", "system_selection"])
def test_notebook_runs_and_shows_its_stored_headline(name, demo_workspace, tmp_path):
    notebook = shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", tmp_path)
    environment = {**os.environ, "SALESPLAN_WORKSPACE": str(demo_workspace), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider", "-q", notebook]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_a_changed_headline_is_noticed(demo_workspace, tmp_path):
    import nbformat

    book = nbformat.read(ROOT / "notebooks" / "data_quality.ipynb", as_version=4)
    for cell in book.cells:
        for output in cell.get("outputs", []):
            output["data"]["text/plain"] = "another number"
    nbformat.write(book, tmp_path / "changed.ipynb")
    environment = {**os.environ, "SALESPLAN_WORKSPACE": str(demo_workspace), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider", "-q", "changed.ipynb"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "another number" in done.stdout
