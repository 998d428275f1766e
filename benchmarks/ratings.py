"""Reliability of ratings beside pingouin: intraclass correlations and Cronbach's alpha of the same matrix.

Run: ``python benchmarks/ratings.py`` (``--people 20000`` for a larger table). Severity at the size of a company is timed
without a peer.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from salesplan.ratings import cronbach_alpha, intraclass_correlation, rater_severity

RATERS = 8
REQUIRED_RATIO = 1.0


def make_ratings(people: int, seed: int = 3) -> pd.DataFrame:
    """People x raters, complete, with raters of different severity."""
    rng = np.random.default_rng(seed)
    x = rng.normal(3, 0.8, (people, 1)) + rng.normal(0, 0.4, (1, RATERS)) + rng.normal(0, 0.7, (people, RATERS))
    return pd.DataFrame(np.clip(np.round(x), 1, 5), columns=[f"r{i}" for i in range(RATERS)])


def make_round(ratees: int = 500, raters: int = 1500, n: int = 5000, seed: int = 5) -> pd.DataFrame:
    """One item, each rater a few people."""
    rng = np.random.default_rng(seed)
    pairs = np.unique(np.column_stack([rng.integers(0, ratees, 2 * n), rng.integers(0, raters, 2 * n)]), axis=0)
    ratee, rater = rng.permutation(pairs)[:n].T
    score = 60 + rng.normal(0, 8, ratees)[ratee] + rng.normal(0, 6, raters)[rater] + rng.normal(0, 8, n)
    return pd.DataFrame({"ratee_id": [f"p{i}" for i in ratee], "rater_id": [f"r{i}" for i in rater], "relation": "peer",
                         "item": "all", "score": np.clip(score, 0, 100), "scale_min": 0, "scale_max": 100})


def best_of(times: int, run: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest wall time of several runs, and the last result."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        result = run()
        spent.append(time.perf_counter() - begin)
    return min(spent), result


def peer_icc(pingouin: Any, ratings: pd.DataFrame) -> tuple[float, np.ndarray]:
    """The peer wants one row a rating; making it is not timed."""
    long = ratings.reset_index().melt(id_vars="index", var_name="rater", value_name="score")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds, table = best_of(3, lambda: pingouin.intraclass_corr(
            data=long, targets="index", raters="rater", ratings="score"))
    return seconds, table["ICC"].to_numpy(float)


def main(people: int) -> int:
    ratings = make_ratings(people)
    failed = []
    icc_seconds, icc = best_of(5, lambda: intraclass_correlation(ratings))
    alpha_seconds, alpha = best_of(5, lambda: cronbach_alpha(ratings))
    print(f"salesplan, {people:,} people x {RATERS} raters: six ICC {icc_seconds * 1e3:.2f} ms, "
          f"alpha {alpha_seconds * 1e3:.2f} ms")
    try:
        import pingouin
    except ImportError:
        print("pingouin: peer not installed")
    else:
        seconds, values = peer_icc(pingouin, ratings)
        gap = float(np.abs(np.sort(values) - np.sort(icc.table["icc"].to_numpy(float))).max())
        print(f"pingouin intraclass_corr: {seconds * 1e3:.2f} ms, largest difference {gap:.1e}, "
              f"ratio: {seconds / icc_seconds:.1f} times faster")
        failed += ["ICC differs"] if gap > 1e-8 else []
        failed += ["ICC ratio"] if seconds / icc_seconds < REQUIRED_RATIO else []
        seconds, (value, interval) = best_of(3, lambda: pingouin.cronbach_alpha(data=ratings))
        gap = max(abs(value - alpha.alpha), *np.abs(np.array(interval) - [alpha.alpha_lower, alpha.alpha_upper]))
        print(f"pingouin cronbach_alpha: {seconds * 1e3:.2f} ms, largest difference {gap:.1e} (its interval has three "
              f"digits), ratio: {seconds / alpha_seconds:.1f} times faster; ours adds each item's part")
        failed += ["alpha differs"] if gap > 6e-4 else []
    company = make_round()
    for method in ("fixed", "mixed"):
        seconds, found = best_of(1, lambda m=method: rater_severity(company, method=m))
        print(f"severity, {method}: {len(found.ratees)} people x {len(found.raters)} raters, {len(company):,} ratings: "
              f"{seconds:.2f} s")
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=2000, help="people rated by all raters")
    sys.exit(main(options.parse_args().people))
