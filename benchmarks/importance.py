"""Relative importance of 12 predictors with 1,000 bootstraps on one core, beside pingouin's one fit.

Run: ``python benchmarks/importance.py``. Threads of the linear algebra library are held at one.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import resource  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from salesplan.weighting.importance import relative_importance  # noqa: E402

PEOPLE, PREDICTORS, BOOTSTRAPS = 300, 12, 1000
REQUIRED_SECONDS = 10.0
REQUIRED_GB = 1.0
REQUIRED_GAP = 1e-8


def make_sample(p: int = PREDICTORS, n: int = PEOPLE, seed: int = 7) -> tuple[pd.DataFrame, pd.Series]:
    """Overlapping process KPIs and a result that depends on them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) + 0.7 * rng.normal(size=(n, 1))
    y = x @ rng.uniform(0, 1, p) + 3 * rng.normal(size=n)
    return pd.DataFrame(x, columns=[f"kpi_{j:02d}" for j in range(p)]), pd.Series(y, name="sales")


def peak_gb() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> int:
    failed = []
    x, y = make_sample()
    begin = time.perf_counter()
    found = relative_importance(x, y, bootstraps=BOOTSTRAPS)
    seconds = time.perf_counter() - begin
    print(f"salesplan LMG: {PREDICTORS} predictors ({2**PREDICTORS:,} subsets), {PEOPLE} people, {BOOTSTRAPS:,} bootstraps:"
          f" {seconds:.2f} s ({seconds / (BOOTSTRAPS + 1) * 1e3:.2f} ms a fit), peak memory {peak_gb():.2f} GB"
          f" (required: {REQUIRED_SECONDS:.0f} s, {REQUIRED_GB:.0f} GB)")
    if seconds > REQUIRED_SECONDS or peak_gb() > REQUIRED_GB:
        failed.append("time or memory")
    for p, method in ((15, "lmg"), (20, "lmg"), (PREDICTORS, "johnson")):
        begin = time.perf_counter()
        other = relative_importance(*make_sample(p), method=method, bootstraps=BOOTSTRAPS)  # type: ignore[arg-type]
        spent = time.perf_counter() - begin
        print(f"  {method}, {p} predictors: {spent:.2f} s, sampling error up to {other.sampling_error.max():.1e}")
    try:
        import pingouin
    except ImportError:
        print("pingouin: peer not installed")
    else:
        begin = time.perf_counter()
        peer = pingouin.linear_regression(x, y, relimp=True)
        peer_seconds = time.perf_counter() - begin
        gap = float(np.abs(peer["relimp"].to_numpy(float)[1:] - found.table["explained_share"].to_numpy()).max())
        begin = time.perf_counter()
        relative_importance(x, y, bootstraps=0)
        single = time.perf_counter() - begin
        print(f"pingouin linear_regression(relimp=True): {peer_seconds:.2f} s a fit; 1,000 bootstraps would take"
              f" {peer_seconds * BOOTSTRAPS / 60:.0f} minutes. Largest difference {gap:.1e}")
        print(f"ratio: {peer_seconds / single:.0f} times faster for one fit ({single * 1e3:.1f} ms),"
              f" {peer_seconds / (seconds / (BOOTSTRAPS + 1)):,.0f} times a fit when bootstrapping")
        if gap > REQUIRED_GAP:
            failed.append("shares differ from the peer")
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
