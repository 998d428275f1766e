"""Rounds in which the demo company's people are assessed: by themselves, their leads, tests and customers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan.data.demo_coaching_catalogue import CEILING_SKILL, LEADER_SKILL, SKILL_IDS, TIERS
from salesplan.data.demo_coaching_levels import SCALE, SkillLaw
from salesplan.data.demo_coaching_roll_out import LEVEL_GAIN, TAUGHT_SKILL, UP_TO_LEVEL, WORKING_COURSE, RollOut
from salesplan.data.demo_people import Staff
from salesplan.data.demo_sales import Sales

ROUNDS_BEFORE_END = (11, 6, 1)
"""Months from each round to the end of the data; the courses are held the month after the second one."""
SELF_BIAS, SELF_SLOPE, SELF_REFERENCE = 0.25, -0.60, 3.2
"""What people give themselves above their level: ``SELF_BIAS + SELF_SLOPE * (own mean level - SELF_REFERENCE)``."""
LENIENCY_SPREAD = 0.35
NOISE = {"self": 0.45, "manager": 0.40, "test": 0.25, "customer": 0.55}
"""Standard deviation of one score about what it should be, in levels, before it is rounded."""
TESTED = ("S01", "S02", "S03", "S04", "S05", "S06", "S07")
JUDGED_BY_CUSTOMERS = ("S06", "S09", "S10")
CUSTOMERS_EACH, CUSTOMER_ROUNDS = 2, (1, 2)
VISITORS = 2
"""People of the next team a lead judges too, so that leads can be compared."""
SOURCES = ("self", "manager", "test", "customer")
MEAN_OF = tuple(s for s in SKILL_IDS if s not in (CEILING_SKILL, LEADER_SKILL))
"""Skills whose mean is a person's overall level."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """What was said in each round, and the levels behind it.

    ``assessments`` holds ``round`` (number), ``date, person, skill, source, assessor`` (employee number, or customer id)
    and ``score`` (levels for people, points of 100 for tests, of 10 for customers). ``levels`` is a list of arrays, one
    a round: people by skill, NaN for those who were not assessed. ``leniency`` is by employee number, in levels.
    """

    rounds: list[tuple[str, int]]
    assessments: pd.DataFrame
    levels: list[np.ndarray]
    leniency: dict[str, float]


def round_name(month: pd.Period) -> str:
    """The quarter a round falls in.

    Examples
    --------
    >>> round_name(pd.Period("2026-09", "M"))
    '2026Q3'
    """
    return f"{month.year}Q{month.quarter}"


def make_scores(
    staff: Staff, sales: Sales, law: SkillLaw, roll_out: RollOut, span: pd.PeriodIndex, *, trainer: str,
    rng: np.random.Generator,
) -> Scores:
    """Draw three rounds: everybody at work judges themselves; leads their team and two more; tests; customers."""
    numbers = staff.people["employee_no"].to_numpy(object)
    leaders = staff.assignments[staff.assignments["tier"] == TIERS[-1]]
    directors = leaders.loc[leaders["role"] == "director", "employee_no"].tolist()
    leads = leaders[leaders["role"] == "manager"].sort_values("org_id")["employee_no"].tolist()
    leniency = {who: float(v) for who, v in zip([*directors, *leads], rng.normal(0, LENIENCY_SPREAD, len(leaders)),
                                                strict=True)}
    row = {number: i for i, number in enumerate(numbers)}
    taught = np.isin(np.arange(len(numbers)), roll_out.trained[WORKING_COURSE])
    rounds, levels, parts = [], [], []
    for number, before in enumerate(ROUNDS_BEFORE_END):
        month = len(span) - 1 - before
        rounds.append((round_name(span[month]), month))
        level = law.level(month, taught=taught & (month > roll_out.month), gain=LEVEL_GAIN, up_to=UP_TO_LEVEL,
                          taught_skill=TAUGHT_SKILL, faded=before == ROUNDS_BEFORE_END[-1])
        seats = np.flatnonzero((staff.occupant[:, month] >= 0) & (staff.strength[:, month] > 0))
        sellers = staff.occupant[seats, month]
        there = np.concatenate([[row[n] for n in (*directors, *leads)], sellers]).astype(int)
        pairs = _judges(staff, month, [row[n] for n in leads], leads, directors)
        buyers = _buyers(sales, seats, sellers, rng) if number in CUSTOMER_ROUNDS else []
        tested = [(int(p), trainer) for p in there if numbers[p] not in directors]
        asked = {"self": [(int(p), str(numbers[p])) for p in there], "manager": pairs, "test": tested,
                 "customer": buyers}
        for source, who in asked.items():
            if who:
                parts.append(_said(source, who, level, law.tier == TIERS[-1], leniency, rng).assign(round=number))
        seen = np.full_like(level, np.nan)
        seen[there] = level[there]
        seen[~(law.tier == TIERS[-1]), SKILL_IDS.index(LEADER_SKILL)] = np.nan
        levels.append(seen)
    frame = pd.concat(parts, ignore_index=True)
    first = np.array([span[m].start_time.normalize() for _, m in rounds], "datetime64[s]")[frame["round"]]
    frame["date"] = pd.to_datetime(first) + pd.to_timedelta(rng.integers(9, 24, len(frame)), unit="D")
    order = ["round", "source", "date", "person", "skill", "assessor"]
    return Scores(rounds=rounds, assessments=frame.sort_values(order, kind="stable", ignore_index=True), levels=levels,
                  leniency=leniency)


def _judges(
    staff: Staff, month: int, lead_rows: list[int], leads: list[str], directors: list[str]
) -> list[tuple[int, str]]:
    """Who is judged by whom: leads by their director, sellers by their lead, two of each team by the next lead, and
    one of each team by the director."""
    at_work = np.where(staff.strength[:, month] > 0, staff.occupant[:, month], -1)
    teams = staff.units[staff.units["level"] == "团队"].drop_duplicates("org_id", keep="last")
    above = dict(zip(teams["org_id"], teams["parent_org_id"], strict=True))
    director = {f"D{i}0": number for i, number in enumerate(directors, 1)}
    pairs = []
    for t, org in enumerate(sorted(above)):
        members = [int(p) for p in at_work[staff.seat_team == t] if p >= 0]
        boss = director[above[org]]
        pairs += [(p, leads[t]) for p in members]
        pairs += [(p, leads[(t + 1) % len(leads)]) for p in members[:VISITORS]]
        pairs += [(p, boss) for p in members[-1:]]
        pairs.append((lead_rows[t], boss))
    return pairs


def _buyers(
    sales: Sales, seats: np.ndarray, sellers: np.ndarray, rng: np.random.Generator
) -> list[tuple[int, str]]:
    own = sales.customers.groupby("seat").indices
    known = sales.customers["customer_id"].to_numpy(object)
    return [(int(person), str(known[c])) for seat, person in zip(seats, sellers, strict=True)
            for c in np.sort(rng.choice(own[seat], CUSTOMERS_EACH, replace=False))]


def _said(
    source: str, who: list[tuple[int, str]], level: np.ndarray, leads: np.ndarray, leniency: dict[str, float],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Scores of one source in one round."""
    skills = {"test": TESTED, "customer": JUDGED_BY_CUSTOMERS}.get(source, SKILL_IDS)
    columns = [SKILL_IDS.index(s) for s in skills]
    person = np.array([p for p, _ in who])
    mean = level[person][:, columns]
    if source == "self":
        mean = mean + self_bias(level)[person][:, None]
    if source == "manager":
        mean = mean + np.array([leniency[assessor] for _, assessor in who])[:, None]
    score = _on_scale(source, mean + rng.normal(0, NOISE[source], mean.shape))
    if source in ("self", "manager"):
        score[:, columns.index(SKILL_IDS.index(CEILING_SKILL))] = SCALE[1]
    frame = pd.DataFrame({
        "person": np.repeat(person, len(columns)), "skill": np.tile(np.array(skills, object), len(who)),
        "source": source, "assessor": np.repeat(np.array([a for _, a in who], object), len(columns)),
        "score": score.ravel()})
    return frame[(frame["skill"] != LEADER_SKILL) | leads[frame["person"]]]


def self_bias(level: np.ndarray) -> np.ndarray:
    """What each person gives themselves above their level, by their mean level."""
    own = level[:, [SKILL_IDS.index(s) for s in MEAN_OF]].mean(axis=1)
    return SELF_BIAS + SELF_SLOPE * (own - SELF_REFERENCE)


def _on_scale(source: str, level: np.ndarray) -> np.ndarray:
    """As it is written down: whole levels, half levels from leads, points of 100 from tests, of 10 from customers."""
    low, high = SCALE
    share = (level - low) / (high - low)
    if source == "test":
        return np.clip(np.round(100 * share), 0, 100)
    if source == "customer":
        return np.clip(np.round(1 + 9 * share), 1, 10)
    step = 0.5 if source == "manager" else 1.0
    return np.clip(np.round(level / step) * step, low, high)
