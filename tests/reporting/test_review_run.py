"""Runs of a small company's review: every unit apart, resumed without doing work twice, the same bytes every time."""

import errno
import json
import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from salesplan.errors import InputError, ParameterError
from salesplan.kernels.fork_pool import can_fork
from salesplan.reporting import dask_run
from salesplan.reporting.chromium import VARIABLE, PrinterError
from salesplan.reporting.output_folder import OutputFolderError
from salesplan.reporting.review_record import UnitRecord, read_run
from salesplan.reporting.review_run import LOG_FILE, ReviewRun, Standing, run_review
from salesplan.reporting.run_lock import FolderInUseError, only_run
from salesplan.text.spoken_errors import say_error
from tests.reporting.review_example import (
    FIGURES,
    HOOKS,
    final_files,
    review_notebook,
    review_workspace,
    run_apart,
    runs,
)

ALL = {"co", "e", "e1", "e2", "s", "s1", "x<b>"}
KILLS = 4
needs_forks = pytest.mark.skipif(not can_fork(), reason="processes cannot be forked on this system")
pytestmark = needs_forks


class Office:
    """A workspace, a notebook and a folder for the output."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.space = review_workspace(folder / "company")
        self.notebook = review_notebook(folder / "monthly_review.ipynb")

    def run(self, output: str = "out", **options: Any) -> ReviewRun:
        return run_review(self.space.path, **{"notebook": self.notebook, "hooks": HOOKS, "output": self.folder / output,
                                              "formats": ("html", "xlsx"), "language": "en", **options})

    def bad(self, *units: str) -> None:
        (self.space.path / "bad.json").write_text(json.dumps(units))

    def forget_runs(self) -> None:
        (self.space.path / "runs.txt").unlink(missing_ok=True)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, ReviewRun, list[Standing]]:
    """All units, one of which fails."""
    office = Office(tmp_path_factory.mktemp("whole"))
    office.bad("s1")
    seen: list[Any] = []
    run = office.run(progress=lambda now: seen.append((now.n_done, now.n_failed, dict(now.running))))
    return office, run, seen


def test_one_failing_unit_stops_no_other_and_leaves_its_notebook_and_error(whole) -> None:
    _, run, _ = whole
    record = read_run(run.record)
    assert not run.ok and run.failed == ("s1",) and run.n_units == 7
    assert record["state"] == "some_failed" and record["counts"] == {"done": 6, "failed": 1, "not_run": 0}
    by_unit = {unit["unit_id"]: unit for unit in record["units"]}
    assert {unit for unit, one in by_unit.items() if one["state"] == "done"} == ALL - {"s1"}
    assert "no targets of <this> unit" in by_unit["s1"]["error"] and str(run.folder) not in json.dumps(record)
    assert sorted(p.name for p in (run.folder / "s1").iterdir()) == ["monthly_review.failed.ipynb", "review.json"]
    index = run.index.read_text("utf-8")
    assert "no targets of &lt;this&gt; unit" in index and "monthly_review.failed.ipynb" in index


def test_every_other_unit_has_its_files_and_figures(whole) -> None:
    _, run, _ = whole
    for unit in read_run(run.record)["units"]:
        if unit["unit_id"] != "s1":
            assert set(unit["files"]) == {"html", "xlsx", "ipynb"}
            assert all((run.folder / file["name"]).stat().st_size == file["bytes"] for file in unit["files"].values())
            assert unit["status"] in ("ok", "act", "watch", "unknown") and unit["attainment"] > 0.6


def test_progress_tells_running_done_and_failed_units(whole) -> None:
    _, _, seen = whole
    assert seen[-1] == (6, 1, {})
    assert max(len(running) for _, _, running in seen) == 2
    assert any(cells and done < cells for _, _, running in seen for _, done, cells in running.values())


def test_actions_of_units_that_are_done_are_handed_on(whole) -> None:
    office, _, _ = whole
    lines = [json.loads(line) for line in (office.space.path / "actions.jsonl").read_text("utf-8").splitlines()]
    assert {line["unit_id"] for line in lines} == {"e", "e2"} and {line["period"] for line in lines} == {"2026-10"}


def test_no_clock_stands_in_anything_but_the_log(whole, tmp_path: Path) -> None:
    office, run, _ = whole
    again = office.run(output=str(tmp_path / "elsewhere"), jobs=1)
    assert final_files(again.folder) == final_files(run.folder)
    assert (run.folder / LOG_FILE).read_text().count("done in") == 6


def test_a_resumed_run_does_only_what_is_not_done(office: Office) -> None:
    office.bad("e2")
    first = office.run(units="华东/*")
    office.forget_runs()
    office.bad()
    (first.folder / "e1" / "monthly_review.html").write_text("half")
    again = office.run(units="华东/*", resume=True)
    assert sorted(runs(office.space)) == ["e1", "e2"] and again.ok and again.n_kept == 1
    assert not (again.folder / "e2" / "monthly_review.failed.ipynb").exists()
    fresh = office.run(output="fresh", units="华东/*")
    assert final_files(again.folder) == final_files(fresh.folder)


@pytest.mark.parametrize("change", ["data", "parameters", "formats", "notebook"])
def test_a_resumed_run_does_again_what_would_come_out_differently(office: Office, change: str) -> None:
    office.run(units="e1")
    office.forget_runs()
    options: dict[str, Any] = {}
    if change == "data":
        file = office.space.path / FIGURES
        file.write_text(file.read_text("utf-8") + "\n", encoding="utf-8")
    elif change == "parameters":
        (office.folder / "monthly_review.e1.yaml").write_text("coverage: 0.9")
        (office.folder / "monthly_review.yaml").write_text("coverage: 0.8")
        options["params"] = office.folder / "monthly_review.yaml"
    elif change == "formats":
        options["formats"] = ["html"]
    else:
        office.notebook.write_text(office.notebook.read_text().replace("import json, time", "import time, json"))
    run = office.run(units="e1", resume=True, **options)
    assert runs(office.space) == ["e1"] and run.n_kept == 0
    made = {path.name for path in (run.folder / "e1").iterdir()}
    assert ("monthly_review.xlsx" in made) == (change != "formats")
    if change == "parameters":
        assert "coverage 0.9" in (run.folder / "e1" / "monthly_review.html").read_text("utf-8")


def test_units_of_an_earlier_run_stay_on_the_index_while_the_data_are_the_same(office: Office) -> None:
    office.run(units="e1")
    run = office.run(units="s")
    assert [unit["unit_id"] for unit in read_run(run.record)["units"]] == ["e1", "s"]
    file = office.space.path / FIGURES
    file.write_text(file.read_text("utf-8") + "\n", encoding="utf-8")
    assert [unit["unit_id"] for unit in read_run(office.run(units="s").record)["units"]] == ["s"]


def test_a_notebook_that_shows_another_unit_is_a_failure(office: Office) -> None:
    figures = json.loads((office.space.path / FIGURES).read_text("utf-8"))
    figures["e1"] = figures["e2"]
    (office.space.path / FIGURES).write_text(json.dumps(figures), encoding="utf-8")
    run = office.run(units="e1")
    assert run.failed == ("e1",) and not (run.folder / "e1" / "monthly_review.html").exists()
    assert "shows unit 'e2'" in read_run(run.record)["units"][0]["error"]


@pytest.mark.parametrize(("options", "error", "says"), [
    ({"units": "华冬"}, ParameterError, "unit == "), ({"formats": ["docx"]}, ParameterError, "html, pdf or xlsx"),
    ({"period": "2026Q3"}, ParameterError, "must be a month"), ({"period": "2026-13"}, InputError, "2026-13"),
    ({"language": "fr"}, ParameterError, "fr"), ({"jobs": 0}, ParameterError, "jobs"),
    ({"scheduler": "tcp://127.0.0.1:1", "units": "e1"}, Exception, "no cluster answers"),
])  # fmt: skip
def test_what_is_wrong_is_said_before_anything_runs(
    office: Office, monkeypatch, options: dict[str, Any], error: type, says: str
) -> None:
    if "scheduler" in options:
        pytest.importorskip("distributed")
        monkeypatch.setattr(dask_run, "PATIENCE", 0.5)
    with pytest.raises(error, match=says):
        office.run(**options)
    assert not runs(office.space) and not (office.folder / "out").exists()


def test_a_wrong_parameter_file_is_said_before_anything_runs(office: Office) -> None:
    file = office.folder / "p.yaml"
    for text, says in (("covrage: 0.7", "did you mean 'coverage'"), ("coverage: 2.0", "coverage == 2.0"), ("unit: e1", "given by the run")):
        file.write_text(text)
        with pytest.raises(ParameterError, match=says):
            office.run(params=file)
    assert not (office.folder / "out").exists() and not runs(office.space)


def test_without_a_browser_nothing_runs_when_pdf_is_wanted(office: Office, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "/nowhere/chrome")
    with pytest.raises(PrinterError):
        office.run(formats=["pdf"])
    assert not runs(office.space)


@pytest.mark.browser
@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium on this machine")
def test_pdf_is_made_and_the_same_every_time(office: Office) -> None:
    one, two = (office.run(output=name, formats=["pdf"], units="e1,x<b>", language="zh") for name in ("one", "two"))
    assert final_files(one.folder) == final_files(two.folder)
    assert (one.folder / "e1" / "monthly_review.pdf").read_bytes().startswith(b"%PDF")
    assert "PDF</a>" in one.index.read_text("utf-8")


def test_a_folder_another_run_writes_into_is_refused(office: Office) -> None:
    with only_run(office.folder / "out" / "2026-10"), pytest.raises(FolderInUseError):
        office.run(units="e1")
    assert not runs(office.space)


def test_an_interrupted_run_keeps_what_is_done_and_says_what_is_not(office: Office) -> None:
    def stop(now: Standing) -> None:
        if now.n_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.run(progress=stop, jobs=1)
    record = read_run(office.folder / "out" / "2026-10" / "run.json")
    assert record["state"] == "interrupted" and record["counts"] == {"done": 2, "failed": 0, "not_run": 5}
    assert "Not run yet" in (office.folder / "out" / "2026-10" / "index.html").read_text("utf-8")
    office.forget_runs()
    resumed = office.run(resume=True)
    assert resumed.n_kept == 2 and len(runs(office.space)) == 5
    assert final_files(resumed.folder) == final_files(office.run(output="fresh").folder)


def test_a_run_under_way_says_so_and_a_killed_one_goes_on_saying_so(office: Office) -> None:
    file = office.folder / "out" / "2026-10" / "run.json"
    seen: list[str] = []
    office.run(units="e1", progress=lambda _: seen.append(read_run(file)["state"]))
    assert set(seen) == {"running"} and read_run(file)["state"] == "done"
    process = run_apart(office.space, office.notebook, office.folder / "out")
    while read_run(file)["state"] == "done":
        time.sleep(0.01)
    process.kill()
    process.join()
    record = read_run(file)
    assert record["state"] == "running" and record["counts"] == {"done": 0, "failed": 0, "not_run": 7} and record["units"] == []


@pytest.mark.parametrize("place", ["out", "out/2026-10"])
def test_a_file_in_place_of_the_folder_is_one_sentence(office: Office, place: str) -> None:
    (office.folder / place).parent.mkdir(exist_ok=True)
    (office.folder / place).write_text("a file")
    with pytest.raises(OutputFolderError) as refused:
        office.run(units="e1")
    assert "需要文件夹的地方有一个文件" in say_error(refused.value, "zh") and not runs(office.space)


def test_a_full_disk_in_the_middle_of_a_run_is_one_sentence(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: UnitRecord, folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))

    monkeypatch.setattr(UnitRecord, "write", full)
    with pytest.raises(OutputFolderError, match="there is no space left") as refused:
        office.run(units="e1", formats=["html"])
    assert "磁盘已满" in say_error(refused.value, "zh") and "--resume" in refused.value.fix


def test_what_is_said_of_a_report_that_was_stopped_is_in_the_readers_language(office: Office) -> None:
    (office.folder / "p.yaml").write_text("pause: 30")
    run = office.run(units="e1", params=office.folder / "p.yaml", timeout=0.5, language="zh")
    assert run.errors == {"华东-一组": "用时超过0.5秒，已停止"}
    assert "用时超过0.5秒，已停止" in run.index.read_text("utf-8")


def test_killed_at_any_moment_the_resumed_run_equals_the_uninterrupted_one(office: Office) -> None:
    start = time.monotonic()
    office.run(output="whole")
    length = time.monotonic() - start
    wanted = final_files(office.folder / "whole")
    chance = random.Random(5)
    output = office.folder / "killed"
    for _ in range(KILLS):
        process = run_apart(office.space, office.notebook, output)
        time.sleep(chance.uniform(0.05, 0.9) * length)
        process.kill()
        process.join()
        for path in output.rglob("*.html"):
            if not any(part.startswith(".") for part in path.relative_to(output).parts):
                assert wanted[str(path.relative_to(output))] == path.read_bytes(), "a half-written file was left"
    office.run(output="killed", resume=True)
    assert final_files(output) == wanted
    assert not list(output.rglob(".*")), "nothing half-made is left"
