"""A company whose true skill levels are known, assessed by tests, lenient managers, customers and the people themselves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

TIERS = ("new", "core", "lead")


@dataclass(frozen=True)
class AssessedCompany:
    """``true``: people x skills x rounds; the frames as the compute room takes them."""

    people: pd.DataFrame
    true: np.ndarray
    assessments: pd.DataFrame
    profiles: pd.DataFrame
    skills: tuple[str, ...]
    leniency: np.ndarray


def assessed_company(
    seed: int,
    *,
    n_people: int = 120,
    n_skills: int = 6,
    n_rounds: int = 1,
    team_size: int = 10,
    sources: tuple[str, ...] = ("test", "manager", "customer", "self"),
    seen: dict[str, float] | None = None,
    noise: dict[str, float] | None = None,
    manager_bias: float = 0.35,
    leniency_sd: float = 0.3,
    halo_sd: float = 0.2,
    overrating: float = 0.4,
    modesty: float = -0.4,
    growth: float = 0.15,
    whole: bool = False,
) -> AssessedCompany:
    """Draw a company; ``seen`` is the share of skills a source rates, ``whole`` rounds scores to whole levels."""
    rng = np.random.default_rng(seed)
    sd = {"test": 0.35, "manager": 0.5, "customer": 0.7, "peer": 0.6, "self": 0.5} | (noise or {})
    share = {"test": 0.7, "manager": 0.95, "customer": 0.4, "peer": 0.5, "self": 0.95} | (seen or {})
    tier = rng.choice(3, n_people, p=[0.3, 0.5, 0.2])
    n_teams = max(1, n_people // team_size)
    team = rng.permutation(np.arange(n_people) % n_teams)
    skills = tuple(f"skill_{k:02d}" for k in range(n_skills))
    mean = np.array([2.4, 3.0, 3.5])[tier][:, None] + rng.normal(0, 0.25, n_skills)[None, :]
    ability = rng.normal(0, 0.35, n_people)[:, None] + rng.normal(0, 0.2, n_teams)[team][:, None]
    start = mean + ability + rng.normal(0, 0.35, (n_people, n_skills))
    steps = np.cumsum(np.r_[np.zeros((1, n_people, n_skills)),
                            rng.normal(growth, 0.15, (n_rounds - 1, n_people, n_skills))], axis=0)
    true = np.clip(start[None] + steps, 1.2, 4.8)
    leniency = rng.normal(0, leniency_sd, n_teams)
    dates = pd.date_range("2025-06-30", periods=n_rounds, freq="6ME")
    frames = []
    for source in sources:
        halo = rng.normal(0, halo_sd, n_people)[:, None]
        stays = rng.normal(0, sd[source] * 0.5, (n_people, n_skills))
        for at in range(n_rounds):
            rating = true[at] + halo + stays + rng.normal(0, sd[source] * np.sqrt(0.75), true[at].shape)
            if source == "manager":
                rating = rating + manager_bias + leniency[team][:, None]
            if source == "self":
                rating = rating + overrating + modesty * (true[at] - 3)
            if whole:
                rating = np.round(rating)
            i, k = np.nonzero(rng.random(rating.shape) < share[source])
            frames.append(pd.DataFrame({
                "seller_id": np.char.add("p", np.char.zfill(i.astype(str), 4)).astype(object),
                "skill": np.array(skills, dtype=object)[k], "source": source,
                "assessor_id": np.char.add("m", team[i].astype(str)).astype(object) if source == "manager" else "",
                "assessed_date": dates[at], "round": f"round {at + 1}", "level": np.clip(rating[i, k], 1, 5),
            }))  # fmt: skip
    people = pd.DataFrame({"seller_id": [f"p{i:04d}" for i in range(n_people)], "tier": np.array(TIERS)[tier],
                           "team": [f"t{t:02d}" for t in team], "role": ""})
    profiles = pd.DataFrame([
        {"tier": name, "role": "", "skill": skill, "required_level": level, "importance": 2 + k % 4,
         "frequency": 1 + (k * 2) % 5}
        for name, level in zip(TIERS, (3.0, 3.5, 4.0), strict=True) for k, skill in enumerate(skills)
    ])  # fmt: skip
    return AssessedCompany(people=people, true=true, assessments=pd.concat(frames, ignore_index=True), profiles=profiles,
                           skills=skills, leniency=leniency)
