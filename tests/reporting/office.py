"""LibreOffice as the other program that computes our workbooks."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest


def recalculated(files: Sequence[Path], folder: Path) -> list[Path]:
    """Workbooks opened, computed and saved by LibreOffice; the test is skipped where there is none."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    command = [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to",
               "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), *map(str, files)]
    done = subprocess.run(command, capture_output=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [folder / "out" / file.name for file in files]
