"""Kernels show what was worked out before, as long as it is still true, to the one it was worked out for."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell

from salesplan.apps.later import Later, finish_waiting
from salesplan.kernels.fork_pool import can_fork
from salesplan.kernels.own_kernel import OwnKernelSpecs, kernel_transport, start_warm_process
from salesplan.kernels.warm_forks import warm_forks
from tests.notebook_factory import ROOT, write_notebook

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system cannot fork")
IMPORTS = "import os, ipywidgets\nfrom pathlib import Path"
WHO = "made_by = os.getpid(); print(made_by, Path(os.environ['SALESPLAN_WORKSPACE'], 'figure.txt').read_text())"
SLIDER = "slider = ipywidgets.IntSlider(value=len(os.environ['SALESPLAN_USER'])); slider"
Ask = Callable[..., tuple[list[Any], Any]]


def environment(workspace: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT),
            "SALESPLAN_WORKSPACE": str(workspace), "SALESPLAN_LANGUAGE": "zh", "SALESPLAN_USER": "E1",
            "SALESPLAN_LOG": str(workspace / "logs" / "app.log"), **more}


@contextmanager
def rehearsing(workspace: Path, *cells: str) -> Iterator[Ask]:
    """A warm process that rehearses these cells; each call starts a kernel and runs them."""
    from jupyter_client.manager import KernelManager

    notebook = write_notebook(workspace.parent / "page.ipynb", *map(new_code_cell, cells))
    modules = ("ipywidgets", str(workspace).replace(",", ""))  # the second cannot be imported: a process of its own
    rehearsal = {"call": "salesplan.apps.rehearsal:rehearse", "options": {"notebook": str(notebook)}}
    started: list[tuple[Any, Any]] = []

    def ask(*asked: str, **more: str) -> tuple[list[Any], Any]:
        manager = KernelManager(kernel_spec_manager=OwnKernelSpecs(preload=list(modules)), transport=kernel_transport())
        manager.start_kernel(env=environment(workspace, **more))
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        started.append((manager, client))
        shown: list[Any] = []
        for cell in asked or cells:
            client.execute_interactive(cell, timeout=60, output_hook=lambda message: shown.append(message["content"]))
        return shown, manager.provisioner.pid

    try:
        start_warm_process(modules, environment=environment(workspace), rehearsal=rehearsal)
        yield ask
    finally:
        for manager, client in started:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
        warm_forks(modules).stop()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "company"
    (folder / "logs").mkdir(parents=True)
    (folder / "figure.txt").write_text("100")
    return folder


def said(shown: list[Any]) -> tuple[int, str]:
    """Which process worked the figure out, and the figure."""
    pid, figure = next(str(s["text"]) for s in shown if "text" in s).split()
    return int(pid), figure


def wait_until_rehearsed(ask: Ask, *, not_by: int = 0, seconds: float = 40) -> tuple[int, str]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        shown, kernel = ask()
        by, figure = said(shown)
        if by not in (kernel, not_by):
            return by, figure
        time.sleep(0.3)
    raise AssertionError("the page was never worked out beforehand")


def test_kernels_show_what_stands_until_a_file_changes(workspace: Path) -> None:
    with rehearsing(workspace, IMPORTS, WHO, SLIDER) as ask:
        by, figure = wait_until_rehearsed(ask)
        assert figure == "100"
        shown, kernel = ask(IMPORTS, WHO, SLIDER, "slider.value += 1; print(slider.value, slider.comm.kernel is not None)", WHO)
        texts = [str(s["text"]).split() for s in shown if "text" in s]
        assert texts[0] == [str(by), "100"] and texts[1] == ["3", "True"]
        assert texts[2] == [str(kernel), "100"]  # asked again, it is worked out again
        assert any("application/vnd.jupyter.widget-view+json" in s.get("data", {}) for s in shown)
        assert said(ask()[0]) == (by, "100")  # what one page did is nothing to the next
        (workspace / "figure.txt").write_text("2000")
        shown, kernel = ask()
        assert said(shown) == (kernel, "2000")
        again, figure = wait_until_rehearsed(ask, not_by=by)
        assert again != by and figure == "2000"


def test_another_user_or_language_gets_a_page_of_their_own(workspace: Path) -> None:
    with rehearsing(workspace, IMPORTS, WHO, SLIDER) as ask:
        wait_until_rehearsed(ask)
        count = "print(len(ipywidgets.widgets.widget._instances), slider.value)"
        for more in ({"SALESPLAN_USER": "E0002"}, {"SALESPLAN_LANGUAGE": "en"}):
            shown, kernel = ask(IMPORTS, WHO, SLIDER, count, **more)
            texts = [str(s["text"]).split() for s in shown if "text" in s]
            assert texts[0][0] == str(kernel)
            assert texts[1] == ["3", str(len(more.get("SALESPLAN_USER", "E1")))]  # a slider, its layout, its style: no other


def test_a_page_that_cannot_be_worked_out_is_left_to_its_kernel_and_stands_in_the_log(workspace: Path) -> None:
    with rehearsing(workspace, IMPORTS, WHO, "1 / 0") as ask:
        log = workspace / "logs" / "app.log"
        end = time.monotonic() + 40
        while time.monotonic() < end and not log.exists():
            time.sleep(0.1)
        assert "ZeroDivisionError" in log.read_text(encoding="utf-8")
        shown, kernel = ask()
        assert said(shown)[0] == kernel


def test_waiting_work_and_what_it_asks_for_is_done() -> None:
    done: list[str] = []
    second = Later(lambda: done.append("second"), seconds=60)
    first = Later(lambda: (done.append("first"), second.ask()), seconds=60)
    first.ask()
    finish_waiting()
    assert done == ["first", "second"]
