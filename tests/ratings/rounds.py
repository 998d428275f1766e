"""Made-up 360° rounds with known truth."""

import numpy as np
import pandas as pd

ITEMS = ("teamwork", "service", "planning")


def make_round(
    *, n_people: int = 20, seed: int = 0, noise: float = 6.0, severity: float = 8.0, name: str = "2026H1",
    items: tuple[str, ...] = ITEMS, peers: tuple[int, int] = (1, 6), customers: tuple[int, int] = (0, 5), pool: int = 12,
) -> pd.DataFrame:  # fmt: skip
    """People rated by a manager, peers, customers and themselves, on 0-100, in one linked design."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(70, 8, n_people)
    habits: dict[str, float] = {}
    rows = []
    for i in range(n_people):
        who = [(f"m{i % 3}", "manager"), (f"p{i:02d}", "self")]
        others = [f"p{j:02d}" for j in range(n_people) if j != i]
        who += [(r, "peer") for r in rng.choice(others, rng.integers(*peers), replace=False)]
        who += [(f"c{c}", "customer") for c in rng.choice(pool, rng.integers(*customers), replace=False)]
        for rater, relation in who:
            habit = habits.setdefault(rater, rng.normal(0, severity))
            for item in items:
                score = np.clip(truth[i] + habit + rng.normal(0, noise), 0, 100)
                rows.append((f"p{i:02d}", rater, relation, item, float(np.round(score, 1)), name))
    frame = pd.DataFrame(rows, columns=["ratee_id", "rater_id", "relation", "item", "score", "round"])
    return frame.assign(scale_min=0.0, scale_max=100.0)


def crossed(n_people: int, n_raters: int, *, share: float = 1.0, seed: int = 0, spread=(8.0, 5.0, 4.0)):
    """Single-item ratings on 0-100 with true levels and habits: (frame, levels, habits)."""
    rng = np.random.default_rng(seed)
    level, habit = 60 + rng.normal(0, spread[0], n_people), rng.normal(0, spread[1], n_raters)
    rows = [(f"p{i:03d}", f"r{j:03d}", level[i] + habit[j] + rng.normal(0, spread[2]))
            for i in range(n_people) for j in range(n_raters) if rng.random() < share]
    frame = pd.DataFrame(rows, columns=["ratee_id", "rater_id", "score"])
    frame = frame.assign(relation="peer", item="all", scale_min=-1000.0, scale_max=1000.0)
    return frame, level, habit
