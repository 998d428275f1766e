"""Runs of notebooks: checked before, complete or kept apart, the same bytes every time."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from salesplan.errors import InputError, ParameterError
from salesplan.kernels.own_kernel import OwnKernelManager
from salesplan.reporting.html import export_html
from salesplan.reporting.notebook_parameters import check_notebook_parameters, read_notebook_parameters
from salesplan.reporting.run import STARTS, KernelStartError, ReportError, run_report
from tests.notebook_factory import small_notebook, write_notebook
from tests.shared import ROOT


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return small_notebook(tmp_path / "small.ipynb")


def test_parameters_are_read_with_their_types(notebook: Path) -> None:
    known = read_notebook_parameters(notebook)
    assert list(known) == ["growth", "language", "regions"]
    assert known["regions"].annotation == list[str]
    assert known["growth"].default == 0.1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"grwth": 0.2}, "did you mean 'growth'"),
        ({"growth": "0.2"}, "must be float"),
        ({"regions": "east"}, "must be list\\[str\\]"),
        ({"growth": True}, "must be float"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_runs(
    notebook: Path, tmp_path: Path, values: dict, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        run_report(notebook, values, output_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_whole_numbers_are_floats_where_the_notebook_says_so(notebook: Path) -> None:
    value = check_notebook_parameters(notebook, {"growth": 1})["growth"]
    assert isinstance(value, float)


def test_a_parameters_cell_that_computes_is_refused(tmp_path: Path) -> None:
    from nbformat.v4 import new_code_cell

    cell = new_code_cell("growth: float = 1 + 1")
    cell.metadata["tags"] = ["parameters"]
    with pytest.raises(ParameterError, match="name: type = constant"):
        read_notebook_parameters(write_notebook(tmp_path / "n.ipynb", cell))


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a file"):
        run_report(tmp_path / "none.ipynb", output_dir=tmp_path)


def test_two_runs_give_the_same_page_and_only_complete_files(notebook: Path, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("growth: 0.25\n", encoding="utf-8")
    seen: list[tuple[int, int]] = []
    first = run_report(
        notebook,
        tmp_path / "p.yaml",
        output_dir=tmp_path / "one",
        language="en",
        progress=lambda done, total: seen.append((done, total)),
    )
    second = run_report(notebook, {"growth": 0.25}, output_dir=tmp_path / "two", language="en")
    text = first.read_text(encoding="utf-8")
    assert first.read_bytes() == second.read_bytes()
    assert "0.5" in text and "A small report" in text and "小报告" not in text
    assert "&lt;crm&gt;" in text and "0f1e2d3c4b5a" in text
    assert "<script" not in text and "http" not in text
    assert seen[-1][0] == seen[-1][1]
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == ["small.html", "small.ipynb"]


def test_a_failed_run_keeps_the_half_run_notebook_apart(tmp_path: Path) -> None:
    notebook = small_notebook(tmp_path / "bad.ipynb", body="raise ValueError('no such region')")
    with pytest.raises(ReportError, match="no such region") as caught:
        run_report(notebook, output_dir=tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["bad.failed.ipynb"]
    assert "\n" not in str(caught.value)
    assert Path(caught.value.details["notebook"]).exists()


def test_a_widget_is_shown_by_its_snapshot_and_parameter_cells_are_left_out() -> None:
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "abc"}}
    cells = [
        new_code_cell("growth: float = 0.1  # secret note"),
        new_code_cell(
            "panel",
            outputs=[
                new_output("display_data", data={**view, "text/html": "<p>snapshot</p>"}),
                new_output("display_data", data=view),
            ],
        ),
    ]
    cells[0].metadata["tags"] = ["parameters"]
    text = export_html(new_notebook(cells=cells), language="zh", facts={"单位": "<华东>"})
    assert "<p>snapshot</p>" in text and "abc" not in text and "secret note" not in text and "&lt;华东&gt;" in text


def test_markdown_made_from_data_cannot_carry_markup() -> None:
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    cell = new_code_cell(
        "x",
        outputs=[
            new_output("display_data", data={"text/markdown": "<img src=x onerror=alert(1)>"}),
            new_output("stream", name="stdout", text="<script>alert(1)</script>"),
        ],
    )
    text = export_html(new_notebook(cells=[cell]), language="en")
    assert "<img" not in text and "<script" not in text and "&lt;script&gt;" in text


def test_every_kernel_has_a_connection_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also two that are made in one folder at the same moment."""
    monkeypatch.chdir(tmp_path)
    managers = [OwnKernelManager() for _ in range(2)]
    for manager in managers:
        manager.write_connection_file()
    infos = [manager.get_connection_info() for manager in managers]
    sockets = [{f"{info['ip']}:{info[port]}" for port in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")}
               for info in infos]
    assert len(sockets[0]) == 5 and not sockets[0] & sockets[1]
    assert list(tmp_path.iterdir()) == [], "nothing is left in the folder of the run"
    folders = [Path(manager.connection_file).parent for manager in managers]
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in folders if sys.platform != "win32")
    del managers, manager
    gc.collect()
    assert not any(folder.exists() for folder in folders)


def test_reports_started_at_the_same_moment_do_not_disturb_one_another(notebook: Path, tmp_path: Path) -> None:
    command = "import sys; from salesplan.reporting.run import run_report; run_report(sys.argv[1], output_dir=sys.argv[2])"
    runs = [subprocess.Popen([sys.executable, "-c", command, str(notebook), str(tmp_path / f"out{i}")], cwd=tmp_path,
                             stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}) for i in range(3)]
    errors = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], errors
    pages = [(tmp_path / f"out{i}" / "small.html").read_bytes() for i in range(3)]
    assert pages[0] == pages[1] == pages[2]
    assert {path.name for path in tmp_path.iterdir()} == {"small.ipynb", "out0", "out1", "out2"}


@pytest.mark.parametrize("error", [RuntimeError("Kernel died before replying to kernel_info"), ValueError("Invalid Signature: b'00'")])
def test_a_kernel_that_does_not_start_is_started_anew(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    import papermill

    sound, calls = papermill.execute_notebook, []

    def twice_bad(*arguments: object, **options: object) -> object:
        calls.append(options)
        if len(calls) < STARTS:
            raise error
        return sound(*arguments, **options)

    monkeypatch.setattr(papermill, "execute_notebook", twice_bad)
    assert run_report(notebook, output_dir=tmp_path / "out").is_file()
    assert len(calls) == STARTS
    monkeypatch.setattr(papermill, "execute_notebook", lambda *_, **__: (_ for _ in ()).throw(error))
    with pytest.raises(KernelStartError, match=f"did not start in {STARTS} attempts: {str(error)[:11]}") as caught:
        run_report(notebook, output_dir=tmp_path / "none")
    assert "\n" not in str(caught.value) and not list((tmp_path / "none").iterdir())


def test_a_cell_that_fails_is_never_run_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    body = f"open({str(count)!r}, 'a').write('x')\nraise RuntimeError('Invalid Signature of a contract')"
    with pytest.raises(ReportError, match="Invalid Signature of a contract") as caught:
        run_report(small_notebook(tmp_path / "bad.ipynb", body=body), output_dir=tmp_path / "out")
    assert not isinstance(caught.value, KernelStartError) and count.read_text() == "x"
