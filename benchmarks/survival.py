"""Kaplan-Meier, log-rank, Cox and cumulative incidence of 20,000 careers, beside lifelines and statsmodels.

Run: ``python -m benchmarks survival``. Threads of the linear algebra library are held at one.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import sys  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from salesplan.coaching.cox import cox_regression  # noqa: E402
from salesplan.coaching.cumulative_incidence import cumulative_incidence  # noqa: E402
from salesplan.coaching.retention import retention  # noqa: E402
from salesplan.coaching.survival import kaplan_meier, logrank  # noqa: E402

PEOPLE = 20_000
REQUIRED_GAP = 1e-6


def make_careers(n: int = PEOPLE, seed: int = 3) -> tuple[np.ndarray, np.ndarray, pd.DataFrame, np.ndarray]:
    """Months (with ties), cause of leaving (0 still there), three marks, and months at which watching began."""
    rng = np.random.default_rng(seed)
    x = pd.DataFrame({"north": rng.integers(0, 2, n), "newcomer": rng.integers(0, 2, n), "score": rng.normal(size=n)}, dtype=float)
    entry = np.round(rng.uniform(0, 20, n), 1) * (rng.random(n) < 0.5) * 1.0
    stay = rng.exponential(30 / np.exp(0.5 * x["north"] + 0.3 * x["newcomer"] - 0.2 * x["score"]))
    end = rng.uniform(6, 60, n)
    time_seen = np.round(entry + np.minimum(stay, end), 1) + 0.05
    return time_seen, np.where(stay < end, rng.integers(1, 3, n), 0), x, entry


def timed(call: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """Fastest of a few runs, and the result."""
    seconds, found = [], None
    for _ in range(repeats):
        begin = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), found


def main() -> int:
    failed = []
    months, cause, x, entry = make_careers()
    event = (cause > 0).astype(int)
    own = {
        "Kaplan-Meier": timed(lambda: kaplan_meier(months, event, entry=entry)),
        "log-rank": timed(lambda: logrank(months, event, x["north"])),
        "Cox, Efron, late entry": timed(lambda: cox_regression(months, event, x, entry=entry)),
        "cumulative incidence": timed(lambda: cumulative_incidence(months, cause)),
    }
    print(f"salesplan, {PEOPLE:,} careers: " + ", ".join(f"{k} {s * 1e3:.0f} ms" for k, (s, _) in own.items()))
    hired = pd.Timestamp("2012-01-01") + pd.to_timedelta(np.random.default_rng(1).integers(0, 4000, 2000), "D")
    careers = pd.DataFrame({"seller_id": range(2000), "hire_date": hired, "start_date": hired, "left": True,
                            "group": np.arange(2000) % 8, "end_date": hired + pd.to_timedelta((months[:2000] * 30).round(), "D")})
    seconds, _ = timed(lambda: retention(careers, by="group", as_of="2025-06-30"))
    print(f"retention of 2,000 people in 8 groups, curves, rates, ratios: {seconds:.2f} s")
    from statsmodels.duration.hazard_regression import PHReg

    seconds, peer = timed(lambda: PHReg(months, x.to_numpy(), status=event, entry=entry, ties="efron").fit(), 1)
    ours, fit = own["Cox, Efron, late entry"]
    gap = float(np.abs(fit.table["coefficient"].to_numpy() - peer.params).max())
    print(f"statsmodels PHReg: {seconds:.2f} s, ratio {seconds / ours:.0f}, coefficients differ by {gap:.1e}")
    if gap > 1e-4:
        failed.append("Cox differs from statsmodels")
    try:
        warnings.simplefilter("ignore")
        from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
        from lifelines.statistics import logrank_test
    except ImportError:
        print("lifelines: peer not installed")
    else:
        failed += beside_lifelines(months, cause, x, entry, own, (KaplanMeierFitter, logrank_test, CoxPHFitter, AalenJohansenFitter))
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


def beside_lifelines(
    months: np.ndarray, cause: np.ndarray, x: pd.DataFrame, entry: np.ndarray, own: dict[str, tuple[float, Any]],
    peers: tuple[Any, ...],
) -> list[str]:  # fmt: skip
    """Same figures, and how long each takes."""
    kaplan, test, cox, johansen = peers
    event, failed = (cause > 0).astype(int), []
    north = x["north"] == 1
    table = x.assign(t=months, e=event, entry=entry)
    grid = np.arange(1, 60)

    def cox_gap(found: Any) -> float:
        return float(np.abs(found.params_.to_numpy() - own["Cox, Efron, late entry"][1].table["coefficient"].to_numpy()).max())

    def km_gap(found: Any) -> float:
        return float(np.abs(found.survival_function_at_times(grid).to_numpy() - own["Kaplan-Meier"][1].at(grid)).max())

    calls: dict[str, tuple[Callable[[], Any], Callable[[Any], float], int]] = {
        "Kaplan-Meier": (lambda: kaplan().fit(months, event, entry=entry), km_gap, 3),
        "log-rank": (lambda: test(months[north], months[~north], event[north], event[~north]),
                     lambda found: abs(found.test_statistic - own["log-rank"][1].chi2) / own["log-rank"][1].chi2, 3),
        "Cox, Efron, late entry": (lambda: cox().fit(table, "t", "e", entry_col="entry"), cox_gap, 1),
        "cumulative incidence": (
            lambda: johansen(calculate_variance=False, jitter_level=1e-9, seed=1).fit(months, cause, event_of_interest=1),
            lambda found: float(np.abs(found.cumulative_density_.iloc[:, 0].reindex(grid, method="ffill").to_numpy()
                                       - own["cumulative incidence"][1].at(grid, 1)).max()), 1),
    }
    for label, (call, gap_of, repeats) in calls.items():
        seconds, found = timed(call, repeats)
        gap = gap_of(found)
        print(f"lifelines {label}: {seconds * 1e3:.0f} ms, ratio {seconds / own[label][0]:.1f}, figures differ by {gap:.1e}")
        # lifelines breaks ties of competing causes by jitter; its incidence is the nearest it gives.
        if gap > (1e-3 if label == "cumulative incidence" else REQUIRED_GAP):
            failed.append(f"{label} differs from lifelines")
    return failed


if __name__ == "__main__":
    sys.exit(main())
