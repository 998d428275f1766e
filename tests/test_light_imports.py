"""Statistics, drawing, widgets and runners load when they are used, not when the kit is imported."""

import subprocess
import sys

import pytest

HEAVY = ("statsmodels", "vl_convert", "ipywidgets", "papermill", "nbconvert", "voila", "sqlalchemy", "xlsxwriter",
         "openpyxl", "jupyter_server", "matplotlib", "scipy.stats")


@pytest.mark.parametrize(("statement", "allowed"), [
    ("import salesplan", ()),
    ("import salesplan.data", ()),
    ("import salesplan.targets", ()),
    ("import salesplan.forecasting", ()),
    ("import salesplan.kpis", ()),
    ("import salesplan.selection", ()),
    ("import salesplan.ratings", ()),
    ("import salesplan.cli.commands", ()),
    ("import salesplan.apps.target_panel", ("ipywidgets",)),
    ("import salesplan.apps.kpi_panel", ("ipywidgets", "sqlalchemy")),
])
def test_importing_a_room_loads_nothing_heavy(statement, allowed):
    code = f"import sys; {statement}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= set(allowed)


def test_the_package_itself_imports_nothing():
    code = "import sys; before = set(sys.modules); import salesplan; print(*set(sys.modules) - before - {'salesplan'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pandas" not in done.stdout
    assert "numpy" not in done.stdout
