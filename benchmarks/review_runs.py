"""One report for each of 60 units on 2 workers, against papermill one after another and against no notebooks at all.

Run: ``python -m benchmarks.review_runs`` (``--units 12`` for a quick look, ``--workspace company`` for one's own data,
``--whole`` to run every report of the plain loop too). Without ``--whole`` the plain loop runs a sample of the same
notebooks and its time for all of them is that of the sample times units: its reports cost the same each.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from salesplan.kernels.repeatable import limit_threads, skip_iri_grammar

ROOT = Path(__file__).resolve().parent.parent
UNITS, WORKERS, SAMPLE = 60, 2, 4
FASTER, NO_NOTEBOOKS, MEMORY = 20.0, 3.0, 4.0
NOTEBOOK = "monthly_review"
PLAIN = """
import sys, json, papermill
notebook, output, parameters = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
import time
for number, values in enumerate(parameters):
    start = time.perf_counter()
    papermill.execute_notebook(notebook, f"{output}/{number}.ipynb", parameters=values, progress_bar=False, kernel_name="python3")
    print(time.perf_counter() - start, flush=True)
"""


def unit_parameters(workspace: Path, units: int) -> list[dict[str, Any]]:
    """Parameters of each unit's report; a company with fewer units has each of them reviewed several times."""
    from salesplan.data.review_data import load_review_data

    data = load_review_data(workspace)
    known = data.units.loc[~data.units["level"].isin(["rep", "former"]), "unit_id"].tolist()
    return [{"workspace": str(workspace), "language": "zh", "period": data.label, "unit": known[n % len(known)]}
            for n in range(units)]


def compute(values: dict[str, Any]) -> None:
    """What one report computes and shows, pictures included, without a notebook."""
    from salesplan.plots import plot_control, plot_progress, plot_standing
    from salesplan.reporting import show_review as show
    from salesplan.reporting.review_period import open_review_period
    from salesplan.reporting.show import show_findings
    from salesplan.review.parameters import ReviewParameters

    review = open_review_period(values["workspace"], ReviewParameters.read(values))
    language, top = values["language"], review.top
    names = show.ReviewNames.of(review.data, language)
    for shown in (
        show.show_follow_up(review.followed, names), show.show_standing(review.attainment, names, unit_id=top),
        plot_standing(show.standing_parts(review.attainment, names, unit_id=top), language),
        plot_progress(review.course, review.ends, language),
        show.show_outlook(review.quarter_end, review.year_end, review.amber, names, unit_id=top),
        show.show_rates(review.month_pace, review.quarter_rate, review.year_rate, review.linearity, names, unit_id=top),
        show.show_bridge(review.bridge_target, names, unit_id=top), show.show_bridge(review.bridge_last_year, names, unit_id=top),
        plot_control(review.signals, top, language), show.show_signals(review.signals, names),
        show.show_off_pace(review.off_pace, names), show.show_adjustment(review.adjustment, names),
        show_findings(review.findings, language),
    ):
        shown._repr_html_()
    show.review_provenance(review, review.parameters, language=language)._repr_mimebundle_()


def forget() -> None:
    """Nothing is kept of what was loaded before."""
    from salesplan.reporting import review_period

    review_period._company.cache_clear()
    review_period._loaded.cache_clear()


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_ours(notebook: Path, parameters: list[dict[str, Any]], output: Path) -> None:
    """All reports, with their pages, in a process of their own; memory is that of all its processes."""
    from salesplan.reporting.many import ReportJob, run_many
    from salesplan.reporting.review_company import preload

    preload(parameters[0]["workspace"], {name: parameters[0][name] for name in ("language", "period")})
    jobs = (ReportJob(notebook=notebook, params=values, output_dir=output, name=f"u{n}") for n, values in enumerate(parameters))
    for outcome in run_many(jobs, jobs=WORKERS):
        if not outcome.ok:
            raise SystemExit(f"{outcome.job.stem}: {outcome.error}\n{outcome.trace}{outcome.log}")


def run_plain(notebook: Path, parameters: list[dict[str, Any]], output: Path) -> list[float]:
    """The loop everybody writes; seconds of each report, imports of papermill itself not counted."""
    import json

    output.mkdir()
    command = [sys.executable, "-c", PLAIN, str(notebook), str(output), json.dumps(parameters)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


def main(name: str, workspace: Path | None, units: int, sample: int) -> int:
    limit_threads()
    skip_iri_grammar()
    notebook = ROOT / "notebooks" / f"{name}.ipynb"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if workspace is None:
            subprocess.run([sys.executable, "-m", "salesplan", "demo", str(folder)], check=True, stdout=subprocess.DEVNULL)
            workspace = folder / "workspace"
        parameters = unit_parameters(workspace.resolve(), units)
        half = sample - sample // 2
        plain = run_plain(notebook, parameters[:half], folder / "before")
        forget()
        ours = seconds(lambda: run_ours(notebook, parameters, folder / "ours"))
        plain += run_plain(notebook, parameters[half:sample], folder / "after")
        largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024
        forget()
        bare = seconds(lambda: list(map(compute, parameters)))
    loop = statistics.mean(plain) * units
    memory = largest * (WORKERS + 1) / 2**30
    said = "measured" if sample >= units else f"{sample} measured, times {units / sample:g}"
    print(f"{name}, {units} units, {WORKERS} workers: {ours:.1f} s ({ours / units:.2f} s each), pages included, imports included")
    print(f"plain papermill loop: {loop:.0f} s ({said}; {statistics.mean(plain):.2f} s each)  {loop / ours:.1f} times as long"
          f" (required: {FASTER:g})")
    print(f"without notebooks in one process: {bare:.1f} s; ours is {ours / bare:.2f} of it (required: at most {NO_NOTEBOOKS:g})")
    print(f"memory: at most {memory:.2f} GB, were nothing shared (required: under {MEMORY:g})")
    return int(loop / ours < FASTER or ours > NO_NOTEBOOKS * bare or memory > MEMORY)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workspace", type=Path)
    options.add_argument("--units", type=int, default=UNITS)
    options.add_argument("--sample", type=int, default=SAMPLE)
    options.add_argument("--whole", action="store_true")
    given = options.parse_args()
    sys.exit(main(NOTEBOOK, given.workspace, given.units, given.units if given.whole else min(given.sample, given.units)))
