"""One app and one browser for all page tests."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.notebook_factory import ROOT, panel_notebook, small_notebook, write_notebook

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
SERVE = """
import sys
from salesplan.apps.server import run_app
notebook, workspace, port, token, password = sys.argv[1:]
run_app(notebook, workspace=workspace, port=int(port), token=token or None, password=password or None, open_browser=False,
        language="zh", announce=lambda address: print("READY", address, flush=True))
"""


@dataclass
class RunningApp:
    address: str
    workspace: Path
    process: subprocess.Popen

    @property
    def log(self) -> str:
        return (self.workspace / "logs" / "app.log").read_text(encoding="utf-8")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_app(notebook: Path, workspace: Path, *, token: str = "", password: str = "") -> RunningApp:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SUPER_SECRET": "hidden"}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(notebook), str(workspace), str(port), token, password],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=workspace,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("READY"):
        raise AssertionError(f"the app did not start: {line}{process.stdout.read()}")
    return RunningApp(address=f"http://127.0.0.1:{port}/", workspace=workspace, process=process)


@contextmanager
def served_panel(folder: Path, *, name: str, title: str, cell: str) -> Iterator[RunningApp]:
    """The app of a notebook of one heading and one cell that draws a panel."""
    notebook = write_notebook(folder / f"{name}.ipynb", new_markdown_cell(f"# {title}"), new_code_cell(cell))
    app = start_app(notebook, folder)
    try:
        yield app
    finally:
        stop_app(app)


def nothing_clipped(page: Any, selectors: str) -> None:
    """The page is no wider than its window, and no text is cut off."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    clipped = """q => [...document.querySelectorAll(q)].filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1)
        .map(e => e.className + ': ' + e.innerText)"""
    assert page.evaluate(clipped, selectors) == []


def stop_app(app: RunningApp) -> None:
    app.process.terminate()
    try:
        app.process.wait(15)
    except subprocess.TimeoutExpired:
        app.process.kill()


@pytest.fixture(scope="session")
def panel_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    folder = tmp_path_factory.mktemp("panel")
    app = start_app(panel_notebook(folder / "target_setting.ipynb"), folder)
    yield app
    stop_app(app)


@pytest.fixture(scope="session")
def locked_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    folder = tmp_path_factory.mktemp("locked")
    app = start_app(small_notebook(folder / "small.ipynb"), folder, password="open sesame")
    yield app
    stop_app(app)


def find_browser() -> str:
    named = os.environ.get("SALESPLAN_CHROMIUM")
    found = [p for p in (named, *map(shutil.which, BROWSERS)) if p and Path(p).exists()]
    if not found:
        pytest.skip("no Chromium on this machine (SALESPLAN_CHROMIUM names one); page tests are left out")
    return found[0]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = find_browser()
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@dataclass
class Watched:
    """A page and what it asked for and complained about."""

    page: Any
    requests: list[str]
    complaints: list[str]


def watch(browser: Any, address: str, *, width: int = 1360, height: int = 900) -> Watched:
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
    page = context.new_page()
    seen = Watched(page=page, requests=[], complaints=[])
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("response", lambda r: seen.complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.goto(address)
    return seen


def quiet(seen: Watched, app: RunningApp) -> bool:
    """Nothing was asked of anybody but the app, and nothing went wrong in the page."""
    local = (app.address, app.address.replace("http", "ws"), "data:", "blob:")
    assert [r for r in seen.requests if not r.startswith(local)] == [] and seen.complaints == []
    return True


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Watched]]:
    opened: list[Watched] = []

    def open_one(address: str, **options: int) -> Watched:
        opened.append(watch(browser, address, **options))
        return opened[-1]

    yield open_one
    for seen in opened:
        seen.page.context.close()


@pytest.fixture(scope="module")
def panel_page(browser: Any, panel_app: RunningApp) -> Iterator[Watched]:
    """The Chinese panel, wide; the tests that use it go on from one another's state."""
    seen = watch(browser, panel_app.address)
    yield seen
    seen.page.context.close()


def until(check: Callable[[], bool], *, seconds: float = 10) -> bool:
    """Wait for something that happens outside the page."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.1)
    return check()
