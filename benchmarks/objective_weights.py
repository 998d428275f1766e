"""Weights taken from data beside pymcdm: the same answers where both mean the same, and the time they take.

Run: ``python benchmarks/objective_weights.py``.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from salesplan.weighting.critic import critic_weights
from salesplan.weighting.dispersion import standard_deviation_weights
from salesplan.weighting.entropy import entropy_weights
from salesplan.weighting.merec import merec_weights
from salesplan.weighting.objective import OBJECTIVE_METHODS, objective_weights
from salesplan.weighting.weights import Weights

PEOPLE, KPIS = 5_000, 6
BOOTSTRAPS = 500
REQUIRED_SECONDS = 10.0
"""For one method with its intervals over all people."""
REQUIRED_GAP = 1e-9


def make_people(n: int = PEOPLE, k: int = KPIS, seed: int = 7) -> pd.DataFrame:
    """Positive KPIs that overlap, on scales of their own."""
    rng = np.random.default_rng(seed)
    values = np.exp(0.3 * (rng.normal(size=(n, k)) + 0.6 * rng.normal(size=(n, 1))) + np.arange(k))
    return pd.DataFrame(values, columns=[f"kpi_{j}" for j in range(k)])


def plain(weights: Weights) -> np.ndarray:
    """The numbers alone, in the order of the columns."""
    return weights.to_series().to_numpy()


def best_of(times: int, run: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Shortest wall time of several runs, and the last result."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        result = run()
        spent.append(time.perf_counter() - begin)
    return min(spent), result


def compare_with_peer(frame: pd.DataFrame) -> list[str]:
    """The four methods both have; returns what differs."""
    try:
        from pymcdm import weights as peer
    except ImportError:
        print("pymcdm: peer not installed")
        return []
    x, more = frame.to_numpy(), np.ones(frame.shape[1])
    scaled = (x - x.min(axis=0)) / np.ptp(x, axis=0)
    pairs: dict[str, tuple[Callable[[], np.ndarray], Callable[[], np.ndarray]]] = {
        "entropy": (lambda: plain(entropy_weights(frame)), lambda: peer.entropy_weights(x)),
        "critic": (lambda: plain(critic_weights(frame)), lambda: peer.critic_weights(x)),
        # the peer does not scale: unscaled columns would give weights that depend on units
        "standard deviation": (
            lambda: plain(standard_deviation_weights(frame)), lambda: peer.standard_deviation_weights(scaled)),
        "merec": (lambda: plain(merec_weights(frame)), lambda: peer.merec_weights(x, more)),
    }
    failed = []
    for name, (ours, theirs) in pairs.items():
        kit_seconds, kit = best_of(5, ours)
        peer_seconds, other = best_of(5, theirs)
        gap = float(np.abs(kit - other).max())
        print(f"{name:20s} salesplan {kit_seconds * 1e3:7.2f} ms (input checked)   pymcdm {peer_seconds * 1e3:7.2f} ms"
              f"   ratio {peer_seconds / kit_seconds:5.2f}   largest difference {gap:.1e}")
        if gap > REQUIRED_GAP:
            failed.append(f"{name} differs from the peer")
    unscaled = np.abs(peer.standard_deviation_weights(x) - plain(standard_deviation_weights(frame))).max()
    turned = plain(critic_weights(frame, directions={"kpi_0": -1}))
    print(f"standard deviation without scaling, as the peer has it: off by {unscaled:.2f}; CRITIC with one KPI for which"
          f" less is better, which the peer ignores: off by {np.abs(peer.critic_weights(x) - turned).max():.2f}")
    return failed


def main() -> int:
    frame = make_people()
    print(f"{PEOPLE:,} people x {KPIS} KPIs")
    failed = compare_with_peer(frame)
    for method in OBJECTIVE_METHODS:
        begin = time.perf_counter()
        objective_weights(frame, method=method, bootstraps=BOOTSTRAPS)  # type: ignore[arg-type]
        seconds = time.perf_counter() - begin
        print(f"{method:20s} with intervals from {BOOTSTRAPS} resamples: {seconds:6.2f} s")
        if seconds > REQUIRED_SECONDS:
            failed.append(f"{method} with intervals")
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
