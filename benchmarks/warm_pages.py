"""The kit's pages against a page with one slider: time to the first widget, and ten people at once, in Chromium.

Run: ``python -m benchmarks.warm_pages`` (``--workspace company`` for one's own data, ``--pages target_setting``). Every page
has its own server; the servers run side by side, each has been visited before, and the pages are opened in turn.

Ten people at once are measured twice: ten pages in one browser on this machine, which then has to do the work of ten
people's computers as well (ten pages of one slider show how much that alone takes); and one page in the browser while nine
others ask for theirs, read them whole and hold them, which is what the server has to do. Beside the seconds stand the
seconds of processor the server, its kernels and its drawing processes took for each of those nine. A page that never
shows a widget counts as a failure.
"""

import argparse
import asyncio
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("target_setting", "kpi_weighting", "training_needs", "monthly_review")
RATIO, SECONDS, PEOPLE = 1.3, 5.0, 10
PORT, PATIENCE, REHEARSING = 8980, 120, 40
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

    def read(self) -> float:
        """Ask for the page and read it whole, as a program does; the seconds it took."""
        start = time.perf_counter()
        with urllib.request.urlopen(self.address, timeout=PATIENCE) as answer:
            whole = answer.read()
        return time.perf_counter() - start if b"</html>" in whole else math.inf

    def processor_seconds(self) -> float:
        """What this server and all its processes have used, those that have ended included."""
        used: dict[int, tuple[int, float]] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            used[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        own = {self.process.pid}
        while more := {pid for pid, (parent, _) in used.items() if parent in own} - own:
            own |= more
        return sum(used[pid][1] for pid in own if pid in used)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)


async def first_widget(visitor: Any, address: str) -> float:
    """Seconds from asking for a page to seeing its first widget, as somebody who was here before; never: infinity."""
    page = await visitor.new_page()
    start = time.perf_counter()
    try:
        await page.goto(address, wait_until="commit", timeout=1000 * PATIENCE)
        await page.wait_for_selector(WIDGET, state="visible", timeout=1000 * PATIENCE)
        return time.perf_counter() - start
    except Exception as error:
        print(f"  {address} shows no widget ({type(error).__name__})", flush=True)
        return math.inf
    finally:
        await page.close()


async def measure(browser_path: str, servers: dict[str, Server], rounds: int, people: int) -> dict[str, dict[str, list[float]]]:
    """Pages in turn, then ten visitors at once for each."""
    from playwright.async_api import async_playwright

    found: dict[str, dict[str, list[float]]] = {name: {} for name in servers}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(viewport={"width": 1366, "height": 900})
        for server in servers.values():
            await first_widget(context, server.address)
        for name in found:
            found[name]["alone"] = []
        for _ in range(rounds):
            for name, server in servers.items():
                found[name]["alone"].append(await first_widget(context, server.address))
                print(f"  {name}: {found[name]['alone'][-1]:.2f} s", flush=True)
                await asyncio.sleep(0.5)
        for name, server in servers.items():
            before = server.processor_seconds()
            found[name]["readers"] = list(await asyncio.gather(
                first_widget(context, server.address), *(asyncio.to_thread(server.read) for _ in range(people - 1))))
            found[name]["processor"] = [(server.processor_seconds() - before) / people]
            print(f"  {name}: one page while {people - 1} others load theirs {found[name]['readers'][0]:.1f} s", flush=True)
            await asyncio.sleep(2)
            found[name]["crowd"] = list(await asyncio.gather(*(first_widget(context, server.address) for _ in range(people))))
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
            time.sleep(REHEARSING)  # an app works its page out once, when it starts
            found = asyncio.run(measure(path, servers, rounds, people))
        finally:
            for server in servers.values():
                server.stop()
    trivial = statistics.median(found["one slider"]["alone"])
    missed = False
    for name, times in found.items():
        alone, ratio = statistics.median(times["alone"]), statistics.median(times["alone"]) / trivial
        lost = sum(map(math.isinf, [*times["alone"], *times["readers"], *times["crowd"]]))
        with_readers, last = max(times["readers"]), max(times["crowd"])
        print(f"{name}: first widget {alone:.2f} s ({ratio:.2f} of one slider); {people} at once: {with_readers:.1f} s with one "
              f"browser page among them, {times['processor'][0]:.2f} s of processor each; all {people} in one browser here: last "
              f"{last:.1f} s ({last / max(found['one slider']['crowd']):.2f} of one slider)"
              + (f"; {lost} pages NEVER showed a widget" if lost else ""))
        missed |= bool(lost) or (name != "one slider" and (ratio > RATIO or with_readers > SECONDS))
    print(f"required: at most {RATIO} of one slider, {PEOPLE} at once within {SECONDS:g} s on two cores, no page without widgets")
    return int(missed)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workspace", type=Path)
    options.add_argument("--pages", nargs="*", default=list(PAGES))
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--people", type=int, default=PEOPLE)
    given = options.parse_args()
    sys.exit(main(given.workspace, given.pages, given.rounds, given.people))
