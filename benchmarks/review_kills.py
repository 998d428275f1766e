"""A review run killed at random moments, again and again, against one that nobody disturbed: the same bytes?

``python -m benchmarks.review_kills [kills] [formats]``; the kit's own review of a small company of seven units. Without
formats every run makes pages, workbooks and, where a Chromium is, prints.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from salesplan.data.action_store import ActionStore
from salesplan.reporting.chromium import PrinterError, find_chromium
from salesplan.reporting.review_hooks import MONTHLY
from salesplan.reporting.review_record import read_run
from salesplan.reporting.review_run import run_review
from tests.data.companies import make_workspace, small_tables
from tests.reporting.review_example import final_files
from tests.shared import ROOT

KILLS = 50
KILLS_IN_A_FOLDER = 5
SEED = 7
PERIOD = "2026-09"
NOTEBOOK = ROOT / "notebooks" / "monthly_review.ipynb"


def _formats() -> tuple[str, ...]:
    if len(sys.argv) > 2:
        return tuple(sys.argv[2].split(","))
    try:
        find_chromium()
    except PrinterError:
        return ("html", "xlsx")
    return ("html", "pdf", "xlsx")


def _run(workspace: Path, output: Path) -> None:
    run_review(workspace, notebook=NOTEBOOK, hooks=MONTHLY, period=PERIOD, output=output, formats=_formats(), resume=True, jobs=2)


def _actions(workspace: Path) -> list[str]:
    with ActionStore(workspace / "plan.db") as store:
        return list(store.read(period=PERIOD)["action_id"])


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    folder = Path(tempfile.mkdtemp(prefix="review_kills_"))
    space = make_workspace(folder / "company", small_tables())
    _run(space.path, folder / "warm")  # everything is imported and the month worked out from here on
    start = time.perf_counter()
    _run(space.path, folder / "whole")
    length = time.perf_counter() - start
    wanted, asked = final_files(folder / "whole"), _actions(space.path)
    chance = random.Random(SEED)
    killed = ended = differ = left = 0
    while killed < kills:
        output = folder / f"killed_{killed}"
        for _ in range(min(KILLS_IN_A_FOLDER, kills - killed)):
            process = get_context("fork").Process(target=_run, args=(space.path, output))
            process.start()
            time.sleep(chance.uniform(0.0, 1.1) * length / 2)
            if process.is_alive():
                os.kill(process.pid or 0, signal.SIGKILL)
                killed += 1
            else:
                ended += 1
            process.join()
            for path in output.rglob("*"):
                name = path.relative_to(output)
                is_final = path.is_file() and not any(part.startswith(".") for part in name.parts) and path.name != "review.log"
                if is_final and str(name) in wanted and path.suffix in (".html", ".pdf", ".xlsx") and path.name != "index.html":
                    differ += path.read_bytes() != wanted[str(name)]
        _run(space.path, output)
        differ += final_files(output) != wanted
        left += len(list(output.rglob(".*")))
        assert read_run(output / PERIOD / "run.json")["state"] == "done"
        shutil.rmtree(output)
    differ += _actions(space.path) != asked
    shutil.rmtree(folder)
    print(f"killed {killed} times in runs of {length:.1f} s ({ended} had ended before); resumed runs or files that differ: {differ}, "
          f"half-made files left: {left} (both must be 0)")
    if differ or left:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
