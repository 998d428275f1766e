"""Projections of the monthly review in simulated companies: coverage, chances, errors against naive ones, amber.

Run: ``python -m benchmarks review_projection``. 3 teams x 6 sellers, 39 months of history, monthly luck of a seller 20 %,
4 % shared by company and by team, drift 3 % a month, targets spread by 15 %; three days of the year in turn.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import sys  # noqa: E402
import time  # noqa: E402

import pandas as pd  # noqa: E402

from tests.review.projected_companies import amber_rates, error_ratio, projected_companies, reliability  # noqa: E402

COMPANIES = 40
DAYS = ("2026-05-15", "2026-06-30", "2026-08-14")
COVERAGE_BAND = (0.72, 0.93)
LARGEST_RATIO = 0.9
MID_PERIODS = (("quarter", "2026-05-15"), ("year", "2026-06-30"))


def main() -> int:
    failed = []
    begin = time.perf_counter()
    rows = pd.concat([projected_companies(range(2000, 2000 + COMPANIES), day) for day in DAYS], ignore_index=True)
    seconds = (time.perf_counter() - begin) / COMPANIES / len(DAYS)
    print(f"{COMPANIES} companies on {len(DAYS)} days, {seconds:.2f} s each for three projections with their flags")
    rows = rows[rows["sd"] > 0]
    for (span, level), part in rows.groupby(["span", "level"]):
        cover, linear, share = part["inside"].mean(), error_ratio(part, "projected_linear"), error_ratio(part, "projected_by_share")
        print(f"  {span:8s}{level:8s} 80 % covers {cover:.0%}; error {linear:.2f} of a steady pace's, {share:.2f} of past shares'"
              f" ({len(part)} cases)")
        if level == "rep" and not COVERAGE_BAND[0] <= cover <= COVERAGE_BAND[1]:
            failed.append(f"coverage {span} {level}")
        if linear > LARGEST_RATIO:
            failed.append(f"error {span} {level}")
    for span, part in rows.groupby("span"):
        print(f"  {span}: " + "; ".join(f"stated {r.stated:.0%} hit {r.hit:.0%} (n={r.n})" for r in reliability(part).itertuples()))
    for span, day in MID_PERIODS:
        part = rows[(rows["span"] == span) & (rows["day"] == day) & (rows["level"] == "rep")]
        caught, false = amber_rates(part)
        print(f"  amber in the middle of the {span}, people: catches {caught:.0%} of later misses, flags {false:.0%} of later hits;"
              f" promised {part['caught_rate'].mean():.0%} and {part['false_alarm_rate'].mean():.0%}")
        if caught < 0.8 or false > 0.2:
            failed.append(f"amber {span}")
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
