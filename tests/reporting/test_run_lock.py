"""One run at a time in a folder, whatever became of the one before."""

import json
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from salesplan.reporting.run_lock import NAME, FolderInUseError, only_run
from tests.shared import ROOT

HOLD = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from salesplan.reporting.run_lock import only_run
with only_run(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_run_is_refused_with_the_process_that_holds_the_folder(tmp_path: Path, holder) -> None:
    with pytest.raises(FolderInUseError, match=f"process {holder.pid}"), only_run(tmp_path):
        pass
    assert (tmp_path / NAME).is_file()


def test_a_killed_run_leaves_the_folder_free(tmp_path: Path, holder) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert (tmp_path / NAME).is_file(), "the killed run could not tidy up"
    with only_run(tmp_path):
        assert json.loads((tmp_path / NAME).read_text())["pid"] == os.getpid()
    assert not list(tmp_path.iterdir())


def test_a_folder_whose_number_was_given_to_another_process_is_free(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps({"pid": 1, "host": platform.node()}))
    with only_run(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_a_failed_run_leaves_the_folder_free(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), only_run(tmp_path):
            1 / 0  # noqa: B018
