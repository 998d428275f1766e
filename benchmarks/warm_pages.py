"""The kit's pages against a page with one slider: time to the first widget, and ten people at once, in Chromium.

Run: ``python -m benchmarks.warm_pages`` (``--workspace company`` for one's own data, ``--pages target_setting``). Every page
has its own server; the servers run side by side, each has been visited before, and the pages are opened in turn.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("target_setting", "kpi_weighting", "training_needs")
RATIO, SECONDS, PEOPLE = 1.3, 5.0, 10
PORT = 8980
WIDGET = ".jupyter-widgets:visible"
SERVE = """
import sys
from salesplan.apps.server import run_app
run_app(sys.argv[1], workspace=sys.argv[2], port=int(sys.argv[3]), open_browser=False, announce=lambda a: print("READY", flush=True))
"""


def trivial_page(folder: Path) -> Path:
    """One slider and nothing else."""
    book = new_notebook(cells=[new_code_cell("import ipywidgets\nipywidgets.IntSlider()")], metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    path = folder / "trivial.ipynb"
    nbformat.write(book, str(path))
    return path


class Server:
    """One page's server in a process of its own."""

    def __init__(self, notebook: Path, workspace: Path, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/"
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(notebook), str(workspace), str(port)], stdout=subprocess.PIPE, text=True,
            cwd=workspace, env={**os.environ, "PYTHONPATH": str(ROOT)})
        if self.process.stdout is None or not self.process.stdout.readline().startswith("READY"):
            raise SystemExit(f"the server of {notebook.stem} did not start")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)


async def first_widget(visitor: Any, address: str, *, patience: float = 120) -> float:
    """Seconds from asking for a page to seeing its first widget, as somebody who was here before."""
    page = await visitor.new_page()
    start = time.perf_counter()
    await page.goto(address, wait_until="commit", timeout=1000 * patience)
    try:
        await page.wait_for_selector(WIDGET, state="visible", timeout=1000 * patience)
    except Exception as error:
        raise SystemExit(f"{address} shows no widget: {await page.inner_text('body')}") from error
    seconds = time.perf_counter() - start
    await page.close()
    return seconds


async def measure(browser_path: str, servers: dict[str, Server], rounds: int, people: int) -> dict[str, dict[str, Any]]:
    """Pages in turn, then ten visitors at once for each."""
    from playwright.async_api import async_playwright

    found: dict[str, dict[str, Any]] = {name: {"alone": [], "crowd": []} for name in servers}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(viewport={"width": 1366, "height": 900})
        for server in servers.values():
            await first_widget(context, server.address)
        for _ in range(rounds):
            for name, server in servers.items():
                found[name]["alone"].append(await first_widget(context, server.address))
                print(f"  {name}: {found[name]['alone'][-1]:.2f} s", flush=True)
                await asyncio.sleep(0.5)
        for name, server in servers.items():
            found[name]["crowd"] = await asyncio.gather(*(first_widget(context, server.address) for _ in range(people)))
            await asyncio.sleep(2)
        await browser.close()
    return found


def main(workspace: Path | None, pages: list[str], rounds: int, people: int) -> int:
    path = os.environ.get("SALESPLAN_CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), "")
    if not path:
        print("no Chromium on this machine (SALESPLAN_CHROMIUM names one); not measured")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if workspace is None:
            subprocess.run([sys.executable, "-m", "salesplan", "demo", folder], check=True, stdout=subprocess.DEVNULL)
            workspace = Path(folder) / "workspace"
        notebooks = {"one slider": trivial_page(Path(folder)), **{name: ROOT / "notebooks" / f"{name}.ipynb" for name in pages}}
        servers: dict[str, Server] = {}
        try:
            for number, (name, notebook) in enumerate(notebooks.items()):
                servers[name] = Server(notebook, workspace.resolve(), PORT + number)
            time.sleep(5)
            found = asyncio.run(measure(path, servers, rounds, people))
        finally:
            for server in servers.values():
                server.stop()
    trivial = statistics.median(found["one slider"]["alone"])
    missed = False
    for name, times in found.items():
        alone, last = statistics.median(times["alone"]), max(times["crowd"], default=0.0)
        ratio = alone / trivial
        print(f"{name}: first widget {alone:.2f} s ({ratio:.2f} of one slider); {people} at once: last {last:.1f} s")
        missed |= name != "one slider" and (ratio > RATIO or last > SECONDS)
    print(f"required: at most {RATIO} of one slider, {PEOPLE} at once within {SECONDS:g} s")
    return int(missed)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workspace", type=Path)
    options.add_argument("--pages", nargs="*", default=list(PAGES))
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--people", type=int, default=PEOPLE)
    given = options.parse_args()
    sys.exit(main(given.workspace, given.pages, given.rounds, given.people))
