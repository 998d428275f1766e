"""1,000 score statements as page and workbook with live formulas, beside one pandas ``to_excel`` and ``to_html`` a person.

Run: ``python -m benchmarks.statements`` (``--people 100`` for a quick look).
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.scorecard import make_company, make_scheme
from salesplan.kpis.score_people import score_people
from salesplan.kpis.scorecard import Scorecard
from salesplan.reporting.scorecard_workbook import export_scorecard_workbook
from salesplan.reporting.statements import export_statements

REQUIRED_SECONDS = 60.0


def make_card(people: int, seed: int = 7) -> Scorecard:
    """Scores of five KPIs by five scoring functions, 3 % of the figures missing, with bands."""
    profiles, table, _ = make_company(people, seed)
    card = score_people(table, make_scheme(), profiles, period="2026-10", fingerprint="0123456789ab")
    luck = np.random.default_rng(seed).normal(0, 5, (people, 400))
    return card.with_draws(pd.DataFrame(card.totals["score"].to_numpy()[:, None] + luck, index=card.totals.index))


def run_frames(card: Scorecard, folder: Path) -> int:
    """What somebody does with pandas alone: each person's rows as a sheet and a table; figures only, no formulas."""
    written = 0
    for who, rows in card.lines.groupby("seller_id"):
        total = card.totals.loc[[who]]
        with pd.ExcelWriter(folder / f"{who}.xlsx", engine="openpyxl") as book:
            total.to_excel(book, sheet_name="score")
            rows.to_excel(book, sheet_name="lines", index=False)
        (folder / f"{who}.html").write_text(total.to_html() + rows.to_html(index=False), encoding="utf-8")
        written += 2
    return written


def timed(run: Any, *arguments: Any, **options: Any) -> tuple[float, Any]:
    """Wall time of one run, and its result."""
    begin = time.perf_counter()
    result = run(*arguments, **options)
    return time.perf_counter() - begin, result


def main(people: int) -> int:
    card = make_card(people)
    with tempfile.TemporaryDirectory() as folder:
        own, naive, whole = (Path(folder) / name for name in ("own", "naive", "card.xlsx"))
        naive.mkdir()
        seconds, files = timed(export_statements, card, own, language="zh")
        size = sum(file.stat().st_size for file in files)
        peer, written = timed(run_frames, card, naive)
        book, _ = timed(export_scorecard_workbook, card, whole, language="zh")
    allowed = REQUIRED_SECONDS * people / 1000
    print(f"salesplan statements: {people:,} people, {len(files):,} files  {seconds:.2f} s  {seconds / people * 1e3:.1f} ms a person"
          f"  {size / 2**20:.1f} MB (required: {allowed:.0f} s)")
    print(f"pandas to_excel (openpyxl) and to_html, figures only: {written:,} files  {peer:.2f} s; ratio {peer / seconds:.1f} times faster")
    print(f"scorecard workbook of everybody: {book:.2f} s")
    failed = [what for what, bad in (("seconds", seconds > allowed), ("files", len(files) != 2 * people)) if bad]
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1000, help="how many people")
    sys.exit(main(options.parse_args().people))
