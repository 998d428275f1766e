"""A judgement moves in the KPI panel: from the key to the redrawn table, in Chromium, for 1,000 people.

Run: ``python benchmarks/kpi_slider.py`` (``--people 200`` for a quick look). Served by the app's own server.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent
REQUIRED_MS = 150.0
PORT = 8967
SERVE = """
import sys
from salesplan.apps.server import run_app
run_app(sys.argv[1], workspace=sys.argv[2], port=int(sys.argv[3]), open_browser=False, announce=lambda a: print("READY", flush=True))
"""
CELL = """
import sys; sys.path.insert(0, {root!r})
from salesplan.apps.context import app_language
from salesplan.apps.kpi_panel import kpi_panel
from tests.apps.kpi_company import make_kpi_data, make_library, make_parameters, make_scheme
kpi_panel(make_kpi_data({people}), make_scheme(), make_parameters(weight_step=0.001), make_library(), language=app_language("zh"))
"""
MOVE = """
([at, key]) => new Promise((done, fail) => {
  const pair = document.querySelectorAll('.sp-k-pair')[at], words = pair.querySelector('.sp-k-said').parentElement;
  const places = new Map([[words, 0], [document.querySelector('.sp-k-figures .widget-html-content'), 0]]);
  const begin = performance.now();
  const seen = [...places.keys()].map(place => {
    const watch = new MutationObserver(() => {
      watch.disconnect();
      places.set(place, performance.now() - begin);
      if (place === words) setTimeout(() => done(-places.get(words)), 1000);  // the table may have nothing to change
      if ([...places.values()].every(Boolean)) requestAnimationFrame(() => done(performance.now() - begin));
    });
    watch.observe(place, {childList: true, subtree: true, characterData: true});
    return watch;
  });
  setTimeout(() => { seen.forEach(one => one.disconnect()); fail('nothing was redrawn'); }, 8000);
  const handle = pair.querySelector('.noUi-handle');
  handle.focus();
  handle.dispatchEvent(new KeyboardEvent('keydown', {key: key, bubbles: true, cancelable: true}));
})
"""
REST = """
() => new Promise(done => {
  const begin = performance.now();
  const look = () => document.querySelector('.sp-k-wait') ? setTimeout(look, 5) : done(performance.now() - begin);
  look();
})
"""


def write_page(folder: Path, people: int) -> Path:
    """A notebook with nothing but the panel."""
    book = new_notebook(
        cells=[new_markdown_cell("# KPI weighting"), new_code_cell(CELL.format(root=str(ROOT), people=people))],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    path = folder / "kpi_slider.ipynb"
    nbformat.write(book, str(path))
    return path


def measure(page: Any, moves: int, *, pause: tuple[float, float], seed: int = 7) -> np.ndarray:
    """Milliseconds of each move of a slider chosen by chance, with pauses of chance between them.

    Negative where only the sentence changed, because the weights in steps stay what they are.
    """
    chance = random.Random(seed)
    pairs = page.locator(".sp-k-pair").count()
    spent: list[float] = []
    back: dict[int, bool] = {}
    for _ in range(moves):
        at = chance.randrange(pairs)
        key = "ArrowRight" if back.get(at) else "ArrowLeft"
        back[at] = not back.get(at)
        spent.append(float(page.evaluate(MOVE, [at, key])))
        page.wait_for_timeout(1000 * chance.uniform(*pause))
    return np.array(spent)


def run(address: str, browser_path: str, moves: int) -> dict[str, np.ndarray]:
    """Open the page and move sliders as somebody who drags, and as somebody who stops to read."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.goto(address)
        page.wait_for_selector(".sp-k-people", timeout=120_000)
        page.wait_for_selector(".sp-k-stable", timeout=60_000)
        page.wait_for_timeout(3000)
        measure(page, 5, pause=(0.05, 0.1))
        found = {"dragging": measure(page, moves, pause=(0.01, 0.1)), "with pauses": measure(page, moves, pause=(0.1, 2.0))}
        measure(page, 1, pause=(0.0, 0.0))
        found["bands after the last move"] = np.array([page.evaluate(REST)])
        browser.close()
    return found


def main(people: int, moves: int) -> int:
    path = os.environ.get("SALESPLAN_CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), "")
    if not path:
        print("no Chromium on this machine (SALESPLAN_CHROMIUM names one); not measured")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        notebook = write_page(Path(folder), people)
        server = subprocess.Popen([sys.executable, "-c", SERVE, str(notebook), folder, str(PORT)], stdout=subprocess.PIPE,
                                  text=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})
        try:
            if server.stdout is None or not server.stdout.readline().startswith("READY"):
                raise SystemExit("the app did not start")
            found = run(f"http://127.0.0.1:{PORT}/", path, moves)
        finally:
            server.terminate()
            server.wait(15)
    for kind, spent in found.items():
        n_same, spent = int((spent < 0).sum()), np.abs(spent)
        p50, p95 = np.percentile(spent, [50, 95])
        print(f"{kind}: {len(spent)} moves ({n_same} of the sentence alone), {people:,} people  p50 {p50:.0f} ms"
              f"  p95 {p95:.0f} ms  longest {spent.max():.0f} ms")
    together = np.abs(np.concatenate([found["dragging"], found["with pauses"]]))
    p95 = float(np.percentile(together, 95))
    print(f"all moves: p95 {p95:.0f} ms (required: under {REQUIRED_MS:.0f} ms)")
    return 1 if p95 >= REQUIRED_MS else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1000)
    options.add_argument("--moves", type=int, default=100)
    given = options.parse_args()
    sys.exit(main(given.people, given.moves))
