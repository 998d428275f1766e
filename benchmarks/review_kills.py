"""A review run killed at random moments, again and again, against one that nobody disturbed: the same bytes?

``python -m benchmarks.review_kills [kills]``; every run makes pages, workbooks and, where a Chromium is, prints.
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

from salesplan.reporting.chromium import PrinterError, find_chromium
from salesplan.reporting.review_record import read_run
from salesplan.reporting.review_run import run_review
from tests.reporting.review_example import HOOKS, final_files, review_notebook, review_workspace

KILLS = 50
KILLS_IN_A_FOLDER = 5
SEED = 7


def _formats() -> tuple[str, ...]:
    try:
        find_chromium()
    except PrinterError:
        return ("html", "xlsx")
    return ("html", "pdf", "xlsx")


def _run(workspace: Path, notebook: Path, output: Path) -> None:
    run_review(workspace, notebook=notebook, hooks=HOOKS, output=output, formats=_formats(), resume=True, jobs=2)


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    folder = Path(tempfile.mkdtemp(prefix="review_kills_"))
    space, notebook = review_workspace(folder / "company"), review_notebook(folder / "monthly_review.ipynb")
    _run(space.path, notebook, folder / "warm")  # everything is imported from here on
    start = time.perf_counter()
    _run(space.path, notebook, folder / "whole")
    length = time.perf_counter() - start
    wanted = final_files(folder / "whole")
    chance = random.Random(SEED)
    killed = ended = differ = left = 0
    while killed < kills:
        output = folder / f"killed_{killed}"
        for _ in range(min(KILLS_IN_A_FOLDER, kills - killed)):
            process = get_context("fork").Process(target=_run, args=(space.path, notebook, output))
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
        _run(space.path, notebook, output)
        differ += final_files(output) != wanted
        left += len(list(output.rglob(".*")))
        assert read_run(output / "2026-10" / "run.json")["state"] == "done"
        shutil.rmtree(output)
    shutil.rmtree(folder)
    print(f"killed {killed} times in runs of {length:.1f} s ({ended} had ended before); resumed runs or files that differ: {differ}, "
          f"half-made files left: {left} (both must be 0)")
    if differ or left:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
