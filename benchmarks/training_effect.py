"""Training effect with 2,000 wild bootstraps, beside fitting every draw anew and linearmodels' panel regression.

Run: ``python -m benchmarks training_effect``. Threads of the linear algebra library are held at one.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import sys  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from salesplan.coaching.training_effect import training_effect  # noqa: E402
from salesplan.coaching.wild_bootstrap import wild_cluster_bootstrap  # noqa: E402

PEOPLE, TEAMS, BOOTSTRAPS = 2000, 200, 2000
REQUIRED_SECONDS = 5.0
REQUIRED_GAP = 1e-8
RUNS = 300
MOST_CALLED = 0.07


def make_company(people: int, teams: int, *, seed: int, whole_teams: bool = True, effect: float = 0.0) -> pd.DataFrame:
    """People with a usual level in teams of unequal size with luck of their own; half of the teams or people trained."""
    rng = np.random.default_rng(seed)
    team = np.sort(rng.choice(teams, people, p=rng.dirichlet(np.full(teams, 3.0))))
    usual = 100 + rng.normal(0, 5, teams)[team] + rng.normal(0, 10, people)
    trained = (rng.permutation(teams) < teams // 2)[team] if whole_teams else rng.permutation(people) < people // 2
    pre = usual + rng.normal(0, 3, teams)[team] + rng.normal(0, 8, people)
    post = (1.03 * usual + rng.normal(0, 4, teams)[team] + rng.normal(0, 8, people)) * (1 + effect * trained)
    return pd.DataFrame({"seller_id": np.arange(people), "team": team, "trained": trained.astype(int), "pre": pre, "post": post})


def refit(frame: pd.DataFrame, draws: int) -> float:
    """The naive way: every draw of signs fitted anew; the p-value."""
    rng = np.random.default_rng(0)
    y, team = frame["post"].to_numpy(), frame["team"].to_numpy()
    x = np.column_stack([np.ones(len(y)), frame["trained"], frame["pre"]]).astype(float)
    groups = [np.flatnonzero(team == g) for g in np.unique(team)]

    def t_value(outcome: np.ndarray) -> float:
        inverse = np.linalg.inv(x.T @ x)
        beta = inverse @ (x.T @ outcome)
        rest = outcome - x @ beta
        meat = sum(np.outer(s, s) for s in (x[g].T @ rest[g] for g in groups))
        return float(beta[1] / np.sqrt((inverse @ meat @ inverse)[1, 1]))

    others = x[:, [0, 2]]
    fitted = others @ np.linalg.lstsq(others, y, rcond=None)[0]
    rest, observed = y - fitted, abs(t_value(y))
    code = np.unique(team, return_inverse=True)[1]
    reached = sum(abs(t_value(fitted + rng.choice([-1.0, 1.0], len(groups))[code] * rest)) >= observed for _ in range(draws))
    return (1 + reached) / (1 + draws)


def main() -> int:
    failed = []
    frame = make_company(PEOPLE, TEAMS, seed=1)
    for label, part in (("whole teams trained", frame),
                        ("people trained", make_company(PEOPLE, TEAMS, seed=1, whole_teams=False))):
        begin = time.perf_counter()
        found = training_effect(part, bootstraps=BOOTSTRAPS)
        seconds = time.perf_counter() - begin
        print(f"salesplan: {label}, {PEOPLE:,} people, {TEAMS} teams, ANCOVA and DiD, {BOOTSTRAPS:,} wild bootstraps each:"
              f" {seconds:.2f} s, {found.verdict} (required: {REQUIRED_SECONDS:.0f} s)")
        if seconds > REQUIRED_SECONDS:
            failed.append("time")
    y, code = frame["post"].to_numpy(), frame["team"].to_numpy()
    x = np.column_stack([np.ones(PEOPLE), frame["trained"], frame["pre"]]).astype(float)
    begin = time.perf_counter()
    own = wild_cluster_bootstrap(y, x, code, tested=1, bootstraps=BOOTSTRAPS)
    own_seconds = time.perf_counter() - begin
    begin = time.perf_counter()
    p = refit(frame, 100)
    naive_seconds = (time.perf_counter() - begin) * BOOTSTRAPS / 100
    print(f"one wild bootstrap with its interval: {own_seconds * 1e3:.0f} ms (p = {own.p_value:.3f}); fitting every draw anew,"
          f" p-value only: {naive_seconds:.1f} s (p = {p:.2f}): {naive_seconds / own_seconds:.0f} times faster")
    verdicts = [training_effect(make_company(80, 8, seed=s), randomised=True, bootstraps=499).verdict for s in range(RUNS)]
    called = np.isin(verdicts, ["works", "harmful"]).mean()
    print(f"placebo in 8 teams of unequal size called an effect: {called:.1%} of {RUNS} runs (required: {MOST_CALLED:.0%})")
    if called > MOST_CALLED + 0.02:
        failed.append("placebo")
    try:
        from linearmodels.panel import PanelOLS
    except ImportError:
        print("linearmodels: peer not installed")
    else:
        small = make_company(400, 40, seed=2, effect=0.1)
        long = pd.concat([small.assign(time=t, y=small[c], d=small["trained"] * t) for t, c in enumerate(("pre", "post"))])
        panel = long.set_index(["seller_id", "time"]).astype({"d": float})
        begin = time.perf_counter()
        peer = PanelOLS(panel["y"], panel[["d"]], entity_effects=True, time_effects=True).fit(
            cov_type="clustered", clusters=panel[["team"]])
        peer_seconds = time.perf_counter() - begin
        begin = time.perf_counter()
        rows = training_effect(small, errors="cr2").table.set_index("method")
        seconds = time.perf_counter() - begin
        gap = abs(float(peer.params["d"]) - float(rows.loc["did", "effect"]))
        print(f"linearmodels PanelOLS, one DiD of 400 people: {peer_seconds * 1e3:.0f} ms; the kit's four estimates with CR2:"
              f" {seconds * 1e3:.0f} ms, ratio {peer_seconds / seconds:.1f}; DiD differs by {gap:.1e}")
        if gap > REQUIRED_GAP:
            failed.append("estimate differs from the peer")
    print("FAILED: " + ", ".join(failed) if failed else "all requirements met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
