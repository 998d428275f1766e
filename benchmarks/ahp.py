"""AHP weights and consistency of many judges, and one slider moved: beside AHPy in the same run.

Run: ``python benchmarks/ahp.py`` (``--judges 50`` for a quick look). Both sides start from the same judgements of
pairs and end at weights, largest eigenvalue or ratio by Saaty's random index.
"""

import argparse
import sys
import time
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from salesplan.weighting import ahp_weights, pairwise_from

KPIS = tuple(f"kpi_{i}" for i in range(9))
SCALE = [1 / k for k in range(9, 1, -1)] + [float(k) for k in range(1, 10)]
REQUIRED_RATIO = 1.0
SLIDER_LIMIT_MS = 5.0
Judge = dict[tuple[str, str], float]


def make_judges(count: int, *, missing: int = 0, seed: int = 7) -> list[Judge]:
    """Answers around true weights, rounded to the scale 1/9 to 9; some pairs left out."""
    rng = np.random.default_rng(seed)
    pairs = list(combinations(range(len(KPIS)), 2))
    far = [k for k, (i, j) in enumerate(pairs) if j > i + 1]
    judges = []
    for _ in range(count):
        weights = rng.dirichlet(np.full(len(KPIS), 3.0))
        gone = set(rng.choice(far, missing, replace=False)) if missing else set()
        said = [np.log(weights[i] / weights[j]) + rng.normal(0, 0.3) for i, j in pairs]
        nearest = [SCALE[int(np.abs(np.log(SCALE) - s).argmin())] for s in said]
        judges.append({
            (KPIS[i], KPIS[j]): r for k, ((i, j), r) in enumerate(zip(pairs, nearest, strict=True)) if k not in gone
        })  # fmt: skip
    return judges


def run_kit(judges: list[Judge]) -> tuple[np.ndarray, np.ndarray]:
    """Weights and ratio of every judge."""
    results = [ahp_weights(pairwise_from(judge, KPIS)) for judge in judges]
    return np.array([r.weights.values for r in results]), np.array([r.cr for r in results])


def run_peer(judges: list[Judge]) -> tuple[np.ndarray, np.ndarray]:
    """The same by AHPy, with as many decimals."""
    from ahpy import Compare

    results = [Compare("kpis", judge, precision=12, random_index="saaty") for judge in judges]
    weights = np.array([[r.target_weights[k] for k in KPIS] for r in results])
    return weights, np.array([r.consistency_ratio for r in results])


def race(times: int, *runs: Callable[[], Any]) -> list[tuple[float, Any]]:
    """Shortest processor time of each and its result, taking turns so that both meet the same machine."""
    spent: list[list[float]] = [[] for _ in runs]
    results: list[Any] = [None] * len(runs)
    for _ in range(times):
        for at, run in enumerate(runs):
            begin = time.process_time()
            results[at] = run()
            spent[at].append(time.process_time() - begin)
    return [(min(one), result) for one, result in zip(spent, results, strict=True)]


def move_sliders(judge: Judge, moves: int, peer: bool) -> list[float]:
    """Milliseconds from each changed judgement to new weights and ratio; the kit's also find the worst triad."""
    if peer:
        from ahpy import Compare
    comparison, spent = pairwise_from(judge, KPIS), []
    for move in range(moves):
        pair, answer = (KPIS[move % 4], KPIS[4 + move % 5]), SCALE[move % len(SCALE)]
        begin = time.process_time()
        if peer:
            changed = Compare("kpis", judge | {pair: answer}, precision=12, random_index="saaty")
            shown = (changed.target_weights, changed.consistency_ratio)
        else:
            result = ahp_weights(comparison.changed(*pair, answer))
            shown = (result.weights, result.cr, result.worst_triad)
        spent.append((time.process_time() - begin) * 1000)
        assert None not in shown
    return spent


def main(count: int) -> int:
    failed = []
    judges, gappy = make_judges(count), make_judges(max(count // 10, 5), missing=6)
    try:
        (seconds, ours), (peer_seconds, theirs) = race(5, lambda: run_kit(judges), lambda: run_peer(judges))
    except ImportError:
        print("ahpy: peer not installed")
    else:
        off = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
        print(f"salesplan ahp_weights: {count} judges x {len(KPIS)} KPIs  {seconds / count * 1000:.3f} ms each "
              "(checked; with GCI)")
        print(f"AHPy Compare: {peer_seconds / count * 1000:.3f} ms each  largest difference {off:.1e}")
        print(f"ratio: {peer_seconds / seconds:.1f} times faster (required: {REQUIRED_RATIO:.0f})")
        if peer_seconds / seconds < REQUIRED_RATIO:
            failed.append("ratio to the peer")
        if off > 1e-6:
            failed.append("same numbers as the peer")
        (seconds, _), (peer_seconds, _) = race(2, lambda: run_kit(gappy), lambda: run_peer(gappy))
        print(f"six pairs not judged: {seconds / len(gappy) * 1000:.2f} ms (Harker), AHPy "
              f"{peer_seconds / len(gappy) * 1000:.1f} ms (optimal completion, other weights): "
              f"{peer_seconds / seconds:.0f} times faster")
        theirs = float(np.median(move_sliders(judges[0], 200, peer=True)))
        ours = float(np.median(move_sliders(judges[0], 200, peer=False)))
        print(f"one slider moved, median: {ours:.3f} ms with the worst triad, AHPy {theirs:.3f} ms without: "
              f"{theirs / ours:.1f} times faster")
    slowest = float(np.quantile(move_sliders(judges[0], 400, peer=False), 0.95))
    print(f"one slider moved: {slowest:.2f} ms at the 95th percentile (required: below {SLIDER_LIMIT_MS:.0f})")
    if slowest >= SLIDER_LIMIT_MS:
        failed.append("slider")
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--judges", type=int, default=300, help="number of judges")
    sys.exit(main(options.parse_args().judges))
