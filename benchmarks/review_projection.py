"""Projections of the monthly review in simulated companies: coverage, widths, chances, errors against naive ones, amber.

Run: ``python -m benchmarks review_projection``. Calm companies: 3 teams x 6 sellers, 39 months of history, monthly luck of a
seller 20 %, 4 % shared by company and by team, drift 3 % a month, targets spread by 15 %; three days of the year in turn.
Restless ones (``tests/review/restless_company.py``): sums of few uneven deals, lasting shocks, seasons that differ, growth
that changes, people who come and go; five days, those where a forecast knows least among them.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import sys  # noqa: E402
import time  # noqa: E402

import pandas as pd  # noqa: E402

from tests.review.projected_companies import (  # noqa: E402
    amber_rates,
    error_ratio,
    projected_companies,
    reliability,
    restless_companies,
)

COMPANIES, RESTLESS = 30, 16
DAYS = ("2026-05-15", "2026-06-30", "2026-08-14")
RESTLESS_DAYS = ("2026-02-28", "2026-05-15", "2026-05-31", "2026-08-14", "2026-11-13")
COVERAGE_BAND = (0.72, 0.93)
LARGEST_RATIO = 0.9
MID_PERIODS = (("quarter", "2026-05-15"), ("year", "2026-06-30"))


def judge(name: str, rows: pd.DataFrame) -> list[str]:
    """Print coverage, width and errors by period and level, and chances; what fails."""
    failed = []
    for (span, level), part in rows.groupby(["span", "level"]):
        cover, linear, share = part["inside"].mean(), error_ratio(part, "projected_linear"), error_ratio(part, "projected_by_share")
        lowest = part.groupby("day")["inside"].mean()
        width = ((part["upper"] - part["lower"]) / part["projected"].clip(lower=1)).clip(upper=3).mean()
        print(f"  {span:8s}{level:8s} 80 % covers {cover:.0%} (lowest {lowest.min():.0%}, {lowest.idxmin()}), {width:.0%} wide; "
              f"error {linear:.2f} of a steady pace's, {share:.2f} of past shares' ({len(part)} cases)")
        if not COVERAGE_BAND[0] <= cover <= (COVERAGE_BAND[1] if level == "rep" else 1.0):
            failed.append(f"coverage {name} {span} {level}")
        if linear > LARGEST_RATIO:
            failed.append(f"error {name} {span} {level}")
    for (span, unit), part in rows.groupby(["span", rows["level"] != "rep"]):
        print(f"  {span}, {'units' if unit else 'people'}: "
              + "; ".join(f"stated {r.stated:.0%} hit {r.hit:.0%} (n={r.n})" for r in reliability(part).itertuples()))
    return failed


def main() -> int:
    begin = time.perf_counter()
    rows = pd.concat([projected_companies(range(2000, 2000 + COMPANIES), day) for day in DAYS], ignore_index=True)
    seconds = (time.perf_counter() - begin) / COMPANIES / len(DAYS)
    print(f"{COMPANIES} calm companies on {len(DAYS)} days, {seconds:.2f} s each for three projections with their flags")
    rows = rows[rows["sd"] > 0]
    failed = judge("calm", rows)
    for span, day in MID_PERIODS:
        for level in ("rep", "team"):
            part = rows[(rows["span"] == span) & (rows["day"] == day) & (rows["level"] == level)]
            caught, false = amber_rates(part)
            allowed = 0.0 if level == "rep" else 2 * (0.16 / part["is_hit"].sum()) ** 0.5  # few teams: two standard errors
            print(f"  amber in the middle of the {span}, {level}: catches {caught:.0%} of later misses, flags {false:.0%} of later hits;"
                  f" promised {part['caught_rate'].mean():.0%} and {part['false_alarm_rate'].mean():.0%}")
            if caught < 0.8 - allowed or false > 0.2 + allowed:
                failed.append(f"amber {span} {level}")
    print(f"{RESTLESS} restless companies on {len(RESTLESS_DAYS)} days")
    wild = restless_companies(range(3000, 3000 + RESTLESS), RESTLESS_DAYS)
    failed += judge("restless", wild[wild["sd"] > 0])
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
