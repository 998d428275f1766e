"""Many reports in forks: as alone, one failure stops no other, killed ones leave their notebook and nothing else."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from salesplan.errors import ParameterError
from salesplan.kernels.fork_pool import can_fork
from salesplan.reporting.many import ReportJob, run_many
from salesplan.reporting.run import ReportError, run_report
from tests.notebook_factory import small_notebook
from tests.shared import ROOT

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system cannot fork")
BODY = """
import os, time
from pathlib import Path
print("before")
time.sleep(0.6 if growth > 4 else 0)
if growth == 5: os.kill(os.getpid(), 9)
if growth == 6: time.sleep(60)
if growth == 7: raise ValueError("no such region")
growth * 2
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_notebook(tmp_path_factory.mktemp("many") / "small.ipynb", body=BODY)


def jobs(notebook: Path, folder: Path, *growths: float) -> list[ReportJob]:
    return [ReportJob(notebook=notebook, params={"growth": float(g)}, output_dir=folder, name=f"u{g}", language="en") for g in growths]


def test_reports_are_the_same_bytes_in_the_pool_alone_in_a_kernel_and_whatever_the_hash_seed(notebook: Path, tmp_path: Path) -> None:
    pool = list(run_many(jobs(notebook, tmp_path / "pool", 1, 2, 3)))
    assert all(one.ok and one.page == (tmp_path / "pool" / f"{one.job.stem}.html").resolve() for one in pool)
    run_report(notebook, {"growth": 1.0}, output_dir=tmp_path / "alone", name="u1", language="en")
    command = ("import sys; from salesplan.reporting.run import run_report; "
               "run_report(sys.argv[1], {'growth': 2.0}, output_dir=sys.argv[2], name='u2', language='en', engine='in_process')")
    subprocess.run([sys.executable, "-c", command, str(notebook), str(tmp_path / "alone")], check=True, timeout=120,
                   env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"})
    for path in sorted((tmp_path / "alone").iterdir()):
        assert path.read_bytes() == (tmp_path / "pool" / path.name).read_bytes(), path.name
    assert len(list((tmp_path / "alone").iterdir())) == 4 and len(list((tmp_path / "pool").iterdir())) == 6
    kept = (tmp_path / "pool" / "u1.ipynb").read_text(encoding="utf-8")
    assert "_time" not in kept and "duration" not in kept and ".run-" not in kept and '"growth": 1.0' in kept


def test_one_that_fails_hangs_or_is_killed_stops_no_other_and_leaves_its_notebook(notebook: Path, tmp_path: Path) -> None:
    wrong = ReportJob(notebook=notebook, params={"grwth": 1}, output_dir=tmp_path, name="wrong")
    seen: list[tuple[str, int, int]] = []
    done = {one.job.stem: one for one in run_many([*jobs(notebook, tmp_path, 1, 5, 6, 7, 2), wrong], timeout=8, jobs=3,
                                                  progress=lambda job, cells, total: seen.append((job.stem, cells, total)))}
    assert done["u1"].ok and done["u2"].ok and ("u2", 7, 7) in seen
    assert "signal 9" in done["u5"].error and "longer than 8 seconds" in done["u6"].error
    assert isinstance(done["u7"].failure, ReportError) and "no such region" in done["u7"].error
    assert isinstance(done["wrong"].failure, ParameterError) and done["wrong"].notebook is None
    for name in ("u5", "u6", "u7"):
        assert done[name].page is None and done[name].notebook == tmp_path / f"{name}.failed.ipynb"
        assert nbformat.read(str(done[name].notebook), 4).metadata.papermill["parameters"]["growth"] == float(name[1:])
    assert {path.name for path in tmp_path.iterdir()} == {
        "u1.html", "u1.ipynb", "u2.html", "u2.ipynb", "u5.failed.ipynb", "u6.failed.ipynb", "u7.failed.ipynb"}


def test_more_files_are_made_in_the_same_process(notebook: Path, tmp_path: Path) -> None:
    def then(page: Path) -> dict:
        page.with_suffix(".txt").write_text("more", encoding="utf-8")
        return {"bytes": page.stat().st_size, "pid": os.getpid()}

    (one,) = run_many([ReportJob(notebook=notebook, output_dir=tmp_path, name="u", then=then)])
    assert one.value["bytes"] == one.page.stat().st_size and one.value["pid"] != os.getpid()
    assert (tmp_path / "u.txt").read_text() == "more"


COUNT_THREADS = "import os\nprint('threads', len(os.listdir('/proc/self/task')) if os.path.isdir('/proc/self/task') else 1)"
DRAW = """
from salesplan.plots.chart import Chart
encoding = {"x": {"field": "x", "type": "quantitative"}}
Chart(spec={"mark": "bar", "data": {"values": [{"x": growth}]}, "encoding": encoding}, description="One bar")
"""


def test_charts_are_drawn_beside_the_forks_and_the_same_as_here(tmp_path: Path) -> None:
    from nbformat.v4 import new_code_cell

    source = small_notebook(tmp_path / "chart.ipynb", body=COUNT_THREADS + DRAW)
    book = nbformat.read(str(source), 4)
    book.cells.append(new_code_cell(COUNT_THREADS))
    nbformat.write(book, str(source))
    (one,) = run_many([ReportJob(notebook=source, output_dir=tmp_path / "pool")])
    assert one.ok, one.trace
    cells = nbformat.read(str(tmp_path / "pool" / "chart.ipynb"), 4).cells
    counts = [o.text for cell in cells for o in cell.get("outputs", []) if o.output_type == "stream"]
    assert len(counts) == 2 and counts[0] == counts[1], "the drawing engine's threads are not in the fork"
    run_report(source, output_dir=tmp_path / "kernel")
    pages = [(tmp_path / folder / "chart.html").read_text(encoding="utf-8") for folder in ("pool", "kernel")]
    svg = [page[page.index("<svg") : page.rindex("</svg>")] for page in pages]
    assert svg[0] == svg[1]


def test_ordinary_kernels_make_the_same_reports_where_there_are_no_forks(notebook: Path, tmp_path: Path) -> None:
    (ours,) = run_many(jobs(notebook, tmp_path / "forks", 1))
    outcomes = list(run_many(jobs(notebook, tmp_path / "threads", 1, 7), way="thread"))
    assert sorted(one.ok for one in outcomes) == [False, True]
    assert (tmp_path / "threads" / "u1.html").read_bytes() == ours.page.read_bytes()
    assert (tmp_path / "threads" / "u7.failed.ipynb").exists()


PROGRAM = """
import sys
from pathlib import Path
from salesplan.reporting.many import ReportJob, run_many
jobs = [ReportJob(notebook=Path(sys.argv[1]), params={"growth": g}, output_dir=Path(sys.argv[2]), name=f"u{g:g}") for g in (1.0, 6.0, 6.5)]
for one in run_many(jobs, progress=lambda job, *cells: job.stem == "u6" and cells[0] == 3 and print("HANGS", flush=True)):
    print(one.job.stem, flush=True)
"""


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_leaves_whole_files_and_the_next_one_cleans_up(notebook: Path, tmp_path: Path, signum: int) -> None:
    out = tmp_path / "out"
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, str(notebook), str(out)], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})
    for line in program.stdout:
        if "HANGS" in line:
            break
    time.sleep(0.2)
    program.send_signal(signum)
    program.communicate(timeout=30)
    left = {path.name for path in out.iterdir()}
    if signum == signal.SIGTERM:
        assert not any(name.startswith(".run-") for name in left)
    else:
        assert any(name.startswith(".run-") for name in left), "killed in the middle"
    assert all((out / name).stat().st_size for name in left if not name.startswith(".run-"))
    assert next(iter(run_many(jobs(notebook, out, 2)))).ok
    assert not [path.name for path in out.iterdir() if path.name.startswith(".run-")]


def test_memory_does_not_grow_with_the_number_of_reports(tmp_path: Path) -> None:
    from nbformat.v4 import new_code_cell

    from tests.notebook_factory import write_notebook

    cell = new_code_cell("unit: int = 0")
    cell.metadata["tags"] = ["parameters"]
    source = write_notebook(tmp_path / "n.ipynb", cell, new_code_cell("unit + 1"))
    sizes: list[int] = []
    all_of_them = (ReportJob(notebook=source, params={"unit": n}, output_dir=tmp_path / "out", name=f"u{n}") for n in range(60))
    for number, one in enumerate(run_many(all_of_them)):
        assert one.ok, one.trace
        if number in (15, 59):
            sizes.append(int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    assert sizes[1] - sizes[0] < 8 * 2**20 and len(list((tmp_path / "out").iterdir())) == 120
