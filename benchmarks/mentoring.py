"""Mentors matched both ways for 1,000 mentees and 200 mentors, beside a linear programme and a greedy choice.

Run: ``python -m benchmarks mentoring``. Threads of the linear algebra library are held at one; time is the processor's, so
that other work on the machine does not count.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import sys  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from salesplan.coaching.mentoring import match_mentors  # noqa: E402
from salesplan.coaching.stable_matching import blocking_pairs  # noqa: E402

MENTEES, MENTORS, SKILLS = 1000, 200, 25
REQUIRED_SECONDS = 2.0
REQUIRED_GAP = 1e-6


def make_company(mentees: int, mentors: int, skills: int, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """People of 60 units with levels, what their roles ask, and mentors who take three to seven."""
    rng = np.random.default_rng(seed)
    n = mentees + mentors
    ids = np.array([f"p{i:05d}" for i in range(n)])
    people = pd.DataFrame({"seller_id": ids, "org_id": rng.integers(0, 60, n).astype(str), "is_seller": True})
    guides = np.arange(n) >= mentees
    level = np.clip(rng.normal(np.where(guides, 4.1, 2.6), 0.4)[:, None] + rng.normal(0, 0.7, (n, skills)), 1, 5)
    required = np.where(guides, 4.0, 3.0)[:, None] + rng.choice([-0.5, 0.0, 0.5], skills)
    weight = rng.integers(1, 6, (2, skills))
    gaps = pd.DataFrame({
        "seller_id": np.repeat(ids, skills), "skill": np.tile([f"s{k:02d}" for k in range(skills)], n), "level": level.ravel(),
        "required_level": required.ravel(), "gap": np.maximum(required - level, 0).ravel(), "se": 0.25,
        "importance": np.tile(weight[0], n), "frequency": np.tile(weight[1], n)})  # fmt: skip
    return people, gaps, pd.DataFrame({"seller_id": ids[guides], "capacity": rng.integers(3, 8, mentors)})


def linear_programme(points: np.ndarray, capacity: np.ndarray) -> float:
    """The transportation problem handed to a general solver: the most points."""
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    n, m = points.shape
    rows = vstack([kron(eye_array(n), np.ones((1, m))), kron(np.ones((1, n)), eye_array(m))]).tocsr()
    found = linprog(-points.ravel(), A_ub=rows, b_ub=np.concatenate([np.ones(n), capacity]), bounds=(0, 1), method="highs")
    return float(-found.fun)


def first_come(points: np.ndarray, capacity: np.ndarray) -> float:
    """Each mentee in turn takes the best mentor with a free place: the points of what many companies do by hand."""
    left, total = capacity.copy(), 0.0
    for own in points:
        open_ = np.where(left > 0, own, 0.0)
        best = int(open_.argmax())
        if open_[best] > 0:
            left[best] -= 1
            total += float(own[best])
    return total


def main() -> int:
    failed = []
    people, gaps, mentors = make_company(MENTEES, MENTORS, SKILLS, seed=1)
    mentees = people["seller_id"].head(MENTEES).tolist()
    begin = time.process_time()
    match = match_mentors(people, gaps, mentors, mentees=mentees)
    seconds = time.process_time() - begin
    points, capacity = match.scores.allowed, match.mentor_load["capacity"].to_numpy()
    print(f"salesplan: {MENTEES:,} mentees, {MENTORS} mentors with {capacity.sum()} places, {SKILLS} skills, scores, reasons and"
          f" both matchings: {seconds:.2f} s (required: {REQUIRED_SECONDS:.0f} s)")
    if seconds > REQUIRED_SECONDS:
        failed.append("time")
    optimal, stable = match.total("optimal"), match.total("stable")
    print(f"points: optimal {optimal:,.0f}, stable {stable:,.0f} ({stable / optimal:.1%}), same pairs {match.overlap_share:.0%},"
          f" unmatched {int(match.unmatched['in_optimal'].sum())}")
    place = {who: at for at, who in enumerate(match.scores.mentors)}
    held = match.stable.set_index("mentee_id")["mentor_id"].map(place).reindex(list(match.scores.mentees)).fillna(-1)
    blocking = blocking_pairs(held.to_numpy(np.int64), points, capacity)
    print(f"blocking pairs in the stable matching: {len(blocking)}")
    if blocking:
        failed.append("stability")
    begin = time.process_time()
    peer = linear_programme(points, capacity.astype(float))
    peer_seconds = time.process_time() - begin
    print(f"general linear programme, the optimal matching alone: {peer_seconds:.1f} s, {peer_seconds / seconds:.0f} times the"
          f" whole above; totals differ by {abs(peer - optimal):.1e}")
    if abs(peer - optimal) > REQUIRED_GAP * optimal:
        failed.append("total differs from the linear programme")
    naive = first_come(points, capacity)
    print(f"first come, first served: {naive / optimal:.1%} of the optimal points")
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
